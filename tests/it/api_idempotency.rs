//! The `Idempotency-Key`: nothing twice, and nothing shown again to whom it is no longer shown.

use entente::accounts::{self, Role, Scope};
use serde_json::json;

use crate::api_world::{Ask, World, meeting, operator};

fn create(token: &str, key: &str) -> Ask {
    Ask::new("POST", "/api/v1/meetings").bearer(token).key(key).json(&meeting())
}

#[actix_web::test]
async fn the_same_key_and_body_are_answered_as_before_and_done_once() {
    let w = World::new();
    let token = w.member("ana@example.org", "Ana").await;
    let first = w.ask(create(&token, "k1")).await;
    assert_eq!((first.code, first.header("idempotency-replayed")), (201, None));
    let head = w.head().await;
    w.clock.advance(60_000);
    let second = w.ask(create(&token, "k1")).await;
    assert_eq!((second.code, second.header("idempotency-replayed")), (201, Some("true")));
    assert_eq!(second.json(), first.json());
    assert_eq!(second.header("location"), first.header("location"));
    assert_eq!(w.head().await, head, "nothing happened twice");
    let other = w.ask(create(&token, "k2")).await;
    assert_ne!(other.json()["id"], first.json()["id"]);
    let path = format!("/api/v1/meetings/{}/resend", first.json()["id"].as_str().unwrap());
    let resend = async || w.ask(Ask::new("POST", &path).bearer(&token).key("k1")).await;
    assert_eq!(resend().await.header("idempotency-replayed"), None, "another route, another call");
    let head = w.head().await;
    assert_eq!(resend().await.header("idempotency-replayed"), Some("true"));
    assert_eq!(w.head().await, head);
}

#[actix_web::test]
async fn the_same_key_with_another_body_is_refused() {
    let w = World::new();
    let token = w.member("ana@example.org", "Ana").await;
    assert_eq!(w.ask(create(&token, "k1")).await.code, 201);
    let head = w.head().await;
    let mut other = meeting();
    other["title"] = "Another".into();
    let reply = w.ask(Ask::new("POST", "/api/v1/meetings").bearer(&token).key("k1").json(&other)).await;
    assert_eq!((reply.code, reply.problem().as_str()), (422, "idempotency.mismatch"));
    assert_eq!(w.head().await, head);
}

#[actix_web::test]
async fn a_key_belongs_to_its_caller() {
    let w = World::new();
    let ana = w.member("ana@example.org", "Ana").await;
    let admin = w.token(None, &[Scope::Admin]).await;
    let hers = w.ask(create(&ana, "k1")).await.json();
    let theirs = w.ask(create(&admin, "k1")).await;
    assert_eq!(theirs.header("idempotency-replayed"), None);
    assert_ne!(theirs.json()["id"], hers["id"]);
}

#[actix_web::test]
async fn a_refusal_is_not_kept_and_an_answer_is_for_a_day() {
    let w = World::new();
    let token = w.member("ana@example.org", "Ana").await;
    let mut bad = meeting();
    bad["end"] = bad["start"].clone();
    let reply = w.ask(Ask::new("POST", "/api/v1/meetings").bearer(&token).key("k1").json(&bad)).await;
    assert_eq!(reply.code, 400);
    let first = w.ask(create(&token, "k1")).await;
    assert_eq!(first.code, 201, "the key is still free");
    w.clock.advance(86_400_000);
    let next_day = w.ask(create(&token, "k1")).await;
    assert_eq!((next_day.code, next_day.header("idempotency-replayed")), (201, None));
    assert_ne!(next_day.json()["id"], first.json()["id"]);
}

#[actix_web::test]
async fn a_replay_asks_again_whether_its_caller_may() {
    let w = World::new();
    let ana = w.user("ana@example.org", "Ana", Role::Member).await;
    let token = w.token(Some(ana), &[Scope::MeetingsWrite]).await;
    assert_eq!(w.ask(create(&token, "k1")).await.code, 201);
    let id = w
        .write(move |cx| {
            let id = accounts::tokens(cx, &operator())?.remove(0).id;
            accounts::revoke_token(cx, &operator(), id)?;
            Ok(id)
        })
        .await;
    let reply = w.ask(create(&token, "k1")).await;
    assert_eq!((reply.code, reply.problem().as_str()), (401, "unauthenticated"), "{id}");
}

#[actix_web::test]
async fn a_call_that_is_still_running_is_told_so() {
    let w = World::new();
    let token = w.member("ana@example.org", "Ana").await;
    let key = entente::idempotency::Key {
        caller: entente::base::secret::sha256(token.as_bytes()),
        route: "POST /api/v1/meetings".to_owned(),
        key: "k1".to_owned(),
    };
    let turn = w.web.state.running.begin(key).unwrap();
    let reply = w.ask(create(&token, "k1")).await;
    assert_eq!((reply.code, reply.problem().as_str()), (409, "idempotency.running"));
    assert_eq!(w.ask(create(&token, "k2")).await.code, 201, "another call is not held up");
    drop(turn);
    assert_eq!(w.ask(create(&token, "k1")).await.code, 201);
}

#[actix_web::test]
async fn many_at_once_with_one_key_make_one_meeting() {
    let w = World::new();
    let token = w.member("ana@example.org", "Ana").await;
    let calls = (0..20).map(|_| w.ask(create(&token, "k1")));
    let replies = futures_util::future::join_all(calls).await;
    let ids: std::collections::BTreeSet<_> = replies
        .iter()
        .filter(|reply| reply.code == 201)
        .map(|reply| reply.json()["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 1);
    assert!(replies.iter().all(|reply| [201, 409].contains(&reply.code)));
    let list = w.ask(Ask::new("GET", "/api/v1/meetings").bearer(&w.token(None, &[Scope::Admin]).await)).await;
    assert_eq!(list.json()["meetings"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn a_key_that_is_none_is_refused() {
    let w = World::new();
    let token = w.member("ana@example.org", "Ana").await;
    for key in ["", " ", &"k".repeat(256)] {
        let reply = w.ask(create(&token, key)).await;
        assert_eq!((reply.code, &reply.json()["field"]), (400, &json!("Idempotency-Key")));
    }
    assert_eq!(w.ask(create(&token, &"k".repeat(255))).await.code, 201);
}

#[actix_web::test]
async fn a_new_tokens_secret_is_shown_again_to_the_same_call_alone() {
    let w = World::new();
    let admin = w.token(None, &[Scope::Admin]).await;
    let new = json!({ "name": "Calendar", "scopes": ["hooks.write"] });
    let ask = Ask::new("POST", "/api/v1/tokens").bearer(&admin).key("k1").json(&new);
    let first = w.ask(ask.clone()).await;
    assert_eq!(w.ask(ask).await.json(), first.json());
    let secret = first.json()["secret"].as_str().unwrap().to_owned();
    let file = std::fs::read(w.directory().join("entente.db-wal")).unwrap();
    assert!(
        !file.windows(secret.len()).any(|window| window == secret.as_bytes()),
        "it lies there in the clear"
    );
}
