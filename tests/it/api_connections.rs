//! Connections over the API: the whole of what programs are answered, from both sides.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use insta::{assert_json_snapshot, with_settings};
use serde_json::{Value, json};

use crate::api_world::{Ask, Reply, World};

const ROOT: &str = "/api/v1/connections";

/// A house with Ana and Ben, and their tokens.
async fn people() -> (World, String, String) {
    let w = World::new();
    let ana = w.member("ana@example.org", "Ana").await;
    let ben = w.member("ben@example.net", "Ben").await;
    (w, ana, ben)
}

async fn invite(w: &World, token: &str, body: &Value) -> Reply {
    w.ask(Ask::new("POST", ROOT).bearer(token).json(body)).await
}

async fn post(w: &World, token: &str, path: &str) -> Reply {
    w.ask(Ask::new("POST", path).bearer(token)).await
}

async fn get(w: &World, token: &str, path: &str) -> Reply {
    w.ask(Ask::new("GET", path).bearer(token)).await
}

/// With ids and traces by what they are.
fn blurred(reply: &Reply) -> Value {
    let mut text = String::new();
    for part in reply.text.split('"') {
        let id = part.split_once('_').filter(|(prefix, rest)| prefix.len() == 3 && rest.len() == 32);
        let part = id.map_or_else(|| part.to_owned(), |(prefix, _)| format!("{prefix}_…"));
        if !text.is_empty() || part != "{" {
            text.push_str(&part);
        } else {
            text.push('{');
        }
        text.push('"');
    }
    text.pop();
    let mut body: Value = serde_json::from_str(&text).unwrap();
    if let Some(trace) = body.get_mut("trace") {
        *trace = "…".into();
    }
    json!({ "status": reply.code, "body": body })
}

macro_rules! snapshot {
    ($name:literal, $reply:expr) => {{
        let told = blurred($reply);
        with_settings!({ sort_maps => true }, { assert_json_snapshot!($name, told) })
    }};
}

#[actix_web::test]
async fn two_people_connect_and_each_grants_their_own_side() {
    let (w, ana, ben) = people().await;
    let new = json!({ "email": "Ben@example.net", "words": "Shall we?", "grant": { "scopes": ["profile.basic.read"] } });
    let made = invite(&w, &ana, &new).await;
    snapshot!("connection_invited", &made);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let path = format!("{ROOT}/{id}");
    assert_eq!(made.header("location"), Some(path.as_str()));
    snapshot!("connection_received", &get(&w, &ben, ROOT).await);
    let grant = json!({ "grant": {
        "scopes": ["calendar.availability.read", "calendar.events.propose"],
        "constraints": { "weekdays": ["mon", "tue"], "hours": [["09:00-12:00"], ["14:00-18:00"], [], [], [], [], []] },
        "ends_at": "2026-12-31T18:00:00+01:00",
    }});
    let accepted = w.ask(Ask::new("POST", format!("{path}/accept")).bearer(&ben).json(&grant)).await;
    snapshot!("connection_accepted", &accepted);
    snapshot!("connection_grants", &get(&w, &ana, &format!("{path}/grants")).await);
    let set = json!({ "scopes": ["calendar.events.write.confirm"], "reveal": "busy", "version": 1 });
    let set = w.ask(Ask::new("PUT", format!("{path}/grants")).bearer(&ana).json(&set)).await;
    assert_eq!((set.code, set.json()["given"]["version"].as_i64()), (200, Some(2)));
    let late = json!({ "scopes": [], "version": 1 });
    let late = w.ask(Ask::new("PUT", format!("{path}/grants")).bearer(&ana).json(&late)).await;
    assert_eq!((late.code, late.problem().as_str()), (409, "grant.revised"));
    let ended = w.ask(Ask::new("DELETE", path.clone()).bearer(&ben)).await;
    snapshot!("connection_revoked", &ended);
    assert_eq!(get(&w, &ana, &path).await.json()["state"], "revoked");
}

#[actix_web::test]
async fn an_address_with_an_account_without_one_and_a_blocked_inviter_are_answered_alike() {
    let (w, ana, ben) = people().await;
    let first = w.connected(&ana, &ben).await;
    assert_eq!(post(&w, &ben, &format!("{ROOT}/{first}")).await.code, 405);
    let cleo = w.member("cleo@example.net", "Cleo").await;
    let to_ben = invite(&w, &cleo, &json!({ "email": "ben@example.net" })).await;
    let blocked = to_ben.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(post(&w, &ben, &format!("{ROOT}/{blocked}/block")).await.json()["blocked"], true);
    let seen = get(&w, &cleo, &format!("{ROOT}/{blocked}")).await;
    assert_eq!(seen.text, to_ben.text, "as it was");
    let alike = |reply: &Reply, email: &str| blurred(reply).to_string().replace(email, "…");
    let to_nobody = invite(&w, &cleo, &json!({ "email": "dan@example.net" })).await;
    assert_eq!(alike(&to_nobody, "dan@example.net"), alike(&to_ben, "ben@example.net"));
}

#[actix_web::test]
async fn the_profile_is_told_within_a_grant_and_refused_alike_without() {
    let (w, ana, ben) = people().await;
    let id = w.connected(&ana, &ben).await;
    let path = format!("{ROOT}/{id}/profile");
    let refused = get(&w, &ben, &path).await;
    snapshot!("connection_profile_refused", &refused);
    let unknown = get(&w, &ben, &format!("{ROOT}/con_0123456789abcdef0123456789abcdef/profile")).await;
    assert_eq!(blurred(&unknown), blurred(&refused));
    let grant = json!({ "scopes": ["profile.basic.read"] });
    w.ask(Ask::new("PUT", format!("{ROOT}/{id}/grants")).bearer(&ana).json(&grant)).await;
    snapshot!("connection_profile", &get(&w, &ben, &path).await);
    assert_eq!(get(&w, &ana, &path).await.code, 403, "the other direction is not granted");
    w.ask(Ask::new("DELETE", format!("{ROOT}/{id}")).bearer(&ana)).await;
    assert_eq!(blurred(&get(&w, &ben, &path).await), blurred(&refused));
    snapshot!("connection_questions", &get(&w, &ana, &format!("{ROOT}/questions?limit=10")).await);
}

#[actix_web::test]
async fn lists_have_pages_and_refuse_what_is_no_cursor() {
    let (w, ana, ben) = people().await;
    w.connected(&ana, &ben).await;
    invite(&w, &ana, &json!({ "email": "dan@example.net" })).await;
    let first = get(&w, &ana, &format!("{ROOT}?limit=1")).await.json();
    let next = first["next"].as_str().unwrap();
    let second = get(&w, &ana, &format!("{ROOT}?limit=1&cursor={next}")).await.json();
    assert_eq!(second["next"], Value::Null);
    assert_ne!(first["connections"][0]["id"], second["connections"][0]["id"]);
    for (query, field) in [("?limit=0", "limit"), ("?cursor=zzz", "cursor"), ("?page=2", "page")] {
        for list in [ROOT.to_owned(), format!("{ROOT}/questions")] {
            let refused = get(&w, &ana, &format!("{list}{query}")).await;
            assert_eq!((refused.code, refused.json()["field"].as_str()), (400, Some(field)), "{list}{query}");
        }
    }
}

#[actix_web::test]
async fn bad_invitations_and_grants_name_their_field() {
    let (w, ana, ben) = people().await;
    let id = w.connected(&ana, &ben).await;
    for (body, field) in [
        (json!({ "email": "ana" }), "email"),
        (json!({ "email": "ana@example.org" }), "email"),
        (json!({ "mail": "x@example.org" }), "mail"),
        (json!({ "email": "x@example.org", "grant": { "scopes": ["everything"] } }), "grant.scopes[0]"),
    ] {
        let refused = invite(&w, &ana, &body).await;
        assert_eq!((refused.code, refused.json()["field"].as_str()), (400, Some(field)), "{}", refused.text);
    }
    for (body, field) in [
        (json!({}), "scopes"),
        (json!({ "scopes": [], "ends_at": "tomorrow" }), "ends_at"),
        (json!({ "scopes": [], "ends_at": "2020-01-01T00:00:00Z" }), "ends_at"),
        (json!({ "scopes": [], "reveal": "titles" }), "reveal"),
        (json!({ "scopes": [], "constraints": { "weekdays": ["someday"] } }), "constraints.weekdays[0]"),
        (
            json!({ "scopes": [], "constraints": { "hours": [["9 to 5"], [], [], [], [], [], []] } }),
            "constraints.hours",
        ),
        (json!({ "scopes": [], "constraints": { "notice": 5 } }), "constraints.notice"),
    ] {
        let ask = Ask::new("PUT", format!("{ROOT}/{id}/grants")).bearer(&ana).json(&body);
        let refused = w.ask(ask).await;
        let named = refused.json()["field"].as_str().unwrap_or_default().to_owned();
        assert!(refused.code == 400 && named.starts_with(field), "{field}: {}", refused.text);
    }
}

#[actix_web::test]
async fn the_same_key_is_answered_as_before() {
    let (w, ana, _) = people().await;
    let ask = || Ask::new("POST", ROOT).bearer(&ana).key("k").json(&json!({ "email": "dan@example.net" }));
    let first = w.ask(ask()).await;
    let second = w.ask(ask()).await;
    assert_eq!((first.code, &first.text), (second.code, &second.text));
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
}
