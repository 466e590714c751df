//! Webhooks: which addresses are not called, who may not add one, and what there is not.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use entente::accounts::Scope;
use entente::net::{Client, Names, SystemNames};
use entente::webhooks;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use crate::api_world::Ask;
use crate::http_server::Told;
use crate::webhooks::{Hooks, allow, receiver};

#[tokio::test]
async fn an_address_that_may_not_be_called_is_refused_when_it_is_given_and_when_it_is_called() {
    let h = Hooks::new().await;
    for (url, says) in [
        ("http://hooks.example.org/in", "https://"),
        ("ftp://hooks.example.org/in", "https://"),
        ("https://10.0.0.1/in", "does not call"),
        ("https://[::1]/in", "does not call"),
        ("http://169.254.169.254/latest", "https://"),
        ("https://ana:secret@hooks.example.org/", "a password"),
        ("https://hooks.example.org/#in", "a #"),
        ("nonsense", "like https://"),
    ] {
        let new = json!({ "url": url, "kinds": ["meeting.*"] });
        let reply = h.send(&h.ana, "POST", "/api/v1/webhooks", Some(new)).await;
        assert_eq!((reply.code, &reply.json()["field"]), (400, &json!("url")), "{url}");
        assert!(reply.text.contains(says), "{url}: {}", reply.text);
    }
    // A name that leads inside is found out with the call.
    let inside = Client::with_names(&[], Arc::new(Inside), Duration::from_mins(2));
    let h = Hooks { client: inside, ..h };
    let (path, _) = h.add(&h.ana, "https://hooks.example.org/in", &["meeting.booked"]).await;
    h.book().await;
    h.work().await;
    let event = h.events(&path).await.remove(0);
    assert_eq!(event["state"], "waiting");
    assert!(event["error"].as_str().expect("why").contains("does not call"), "{event}");
}

/// A book of names that all lead inside.
struct Inside;

impl Names for Inside {
    fn look_up(&self, _: &str) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        Box::pin(async { Ok(vec!["10.0.0.7".parse().expect("an address")]) })
    }
}

#[tokio::test]
async fn a_receiver_that_never_answers_and_one_that_talks_for_ever_hold_nobody_up() {
    let h = Hooks::new().await;
    let endless = receiver(vec![Told::repeated(vec![b'a'; 65_536], 10_000)]).await;
    let (path, _) = h.add(&h.ana, &endless.url("/in"), &["meeting.booked"]).await;
    h.book().await;
    h.work().await;
    assert_eq!(h.states(&path).await, ["meeting.booked delivered"], "its words are not read");
    let silent = receiver(vec![Told::silent()]).await;
    let hurried = Client::with_names(&allow(), Arc::new(SystemNames), Duration::from_secs(1));
    let h = Hooks { client: hurried, ..h };
    let (path, _) = h.add(&h.ana, &silent.url("/in"), &["meeting.booked"]).await;
    h.book_another().await;
    h.work().await;
    let event = h.events(&path).await.remove(0);
    assert_eq!((&event["error"], &event["status"]), (&json!("it took longer than 1 s"), &Value::Null));
}

#[tokio::test]
async fn what_there_is_not_is_refused_by_its_name_and_so_is_one_webhook_too_many() {
    let h = Hooks::new().await;
    let add = async |kinds: Value| {
        let new = json!({ "url": "https://hooks.example.org/in", "kinds": kinds });
        h.send(&h.ana, "POST", "/api/v1/webhooks", Some(new)).await
    };
    for (kinds, field, says) in [
        (json!(["meeting.booked", "meeting.eaten"]), "kinds[1]", "meeting.eaten"),
        (json!(["letter.*"]), "kinds[0]", "letter.*"),
        (json!(["*"]), "kinds[0]", "*"),
        (json!(["webhook.test"]), "kinds[0]", "webhook.test"),
        (json!([]), "kinds", "at least one"),
    ] {
        let reply = add(kinds).await;
        assert_eq!((reply.code, &reply.json()["field"]), (400, &json!(field)));
        assert!(reply.text.contains(says), "{}", reply.text);
    }
    for _ in 0..webhooks::WEBHOOKS_MAX {
        assert_eq!(add(json!(["meeting.moved", "meeting.moved", "agent.*"])).await.code, 201);
    }
    let reply = add(json!(["meeting.*"])).await;
    assert_eq!((reply.code, reply.problem().as_str()), (409, "webhook.too-many"));
    let list = h.shown("/api/v1/webhooks").await;
    assert_eq!(list["webhooks"][0]["kinds"], json!(["meeting.moved", "agent.*"]));
    assert_eq!(list["kinds"].as_array().map(Vec::len), Some(webhooks::all_kinds().count()));
    let state = h.send(&h.ana, "PATCH", "/api/v1/webhooks/whk_0", Some(json!({ "state": "gone" }))).await;
    assert_eq!(state.code, 404);
}

#[tokio::test]
async fn a_secret_is_shown_once_and_again_only_for_the_key_of_its_call() {
    let h = Hooks::new().await;
    let new = json!({ "url": "https://hooks.example.org/in", "kinds": ["meeting.*"] });
    let ask = || Ask::new("POST", "/api/v1/webhooks").bearer(&h.ana).key("k").json(&new);
    let (first, again) = (h.w.ask(ask()).await, h.w.ask(ask()).await);
    assert_eq!((first.code, again.code), (201, 201));
    assert_eq!(first.json(), again.json());
    let list = h.shown("/api/v1/webhooks").await;
    assert_eq!(list["webhooks"].as_array().map(Vec::len), Some(1));
    assert!(!list.to_string().contains("whsec_"));
    // Removed, its kept answer is nobody's.
    let id = first.json()["webhook"]["id"].as_str().unwrap().to_owned();
    assert_eq!(h.send(&h.ana, "DELETE", &format!("/api/v1/webhooks/{id}"), None).await.code, 204);
    assert_eq!(h.w.ask(ask()).await.code, 404);
}

#[tokio::test]
async fn no_program_says_who_else_is_told() {
    let h = Hooks::new().await;
    let program = h.w.program(&h.ana).await;
    let key = program.split_once(' ').map_or(program.as_str(), |(id, _)| id);
    let ask = json!({ "name": "k", "scopes": ["webhooks.read"] });
    let refused = h.send(&h.ana, "POST", &format!("/api/v1/agents/{key}/keys"), Some(ask)).await;
    assert_eq!(refused.code, 400, "{}", refused.text);
    let user = h.w.user("cleo@example.net", "Cleo", entente::accounts::Role::Member).await;
    let reader = h.w.token(Some(user), &[Scope::WebhooksRead]).await;
    let new = json!({ "url": "https://hooks.example.org/in", "kinds": ["meeting.*"] });
    assert_eq!(h.send(&reader, "POST", "/api/v1/webhooks", Some(new)).await.code, 403);
    assert_eq!(h.send(&reader, "GET", "/api/v1/webhooks", None).await.code, 200);
}

/// The text of all sources but those of webhooks.
fn sources(folder: &std::path::Path, into: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry of it").path();
        if path.is_dir() && !path.ends_with("webhooks") && !path.ends_with("tests") {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push_str(&std::fs::read_to_string(&path).expect("a source"));
        }
    }
}

#[test]
fn every_kind_that_can_be_chosen_is_one_that_the_journal_is_told() {
    let mut all = String::new();
    sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    for kind in webhooks::all_kinds() {
        assert!(all.contains(&format!("\"{kind}\"")), "{kind}");
    }
}
