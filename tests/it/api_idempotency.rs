//! The `Idempotency-Key`: nothing twice, and nothing shown again to whom it is no longer shown.

use entente::accounts::{self, Role, Scope};
use entente::web;
use serde_json::{Value, json};

use crate::access::{self, Cast, ROWS, Row};
use crate::api_messages::{Two, request};
use crate::api_world::{Ask, Reply, World, meeting, operator};

/// The POSTs that look at no key, and why.
const KEYLESS: [(&str, &str); 6] = [
    ("/api/v1/agents/token", "its answer is a secret that is kept nowhere, and can be had again"),
    ("/api/v1/agents/{id}/heartbeat", "it is there to be repeated"),
    ("/api/v1/b/{name}/bookings", "the same is asked for once, by what it says"),
    ("/api/v1/slots", "it looks, and changes nothing"),
    ("/api/v1/slots/check", "it looks, and changes nothing"),
    ("/api/v1/wishes", "it reads a line, and changes nothing"),
];

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

/// What a row's route is asked; of a raw message one that is none of anybody's, in place of no message at all.
fn asked(row: &Row, id: &str) -> Ask {
    if row.route.1 == "/api/v1/imip/inbound" {
        return Ask::new("POST", row.route.1).text("message/rfc822", "From: a@example.com\r\n\r\nHello\r\n");
    }
    // A notice that there is not, in place of an id that is none.
    let id = if row.route.1.contains("/notices/{id}") { "ntc_0123456789abcdef0123456789abcdef" } else { id };
    access::ask(row, id)
}

#[actix_web::test]
async fn every_post_of_the_description_does_once_what_it_does_under_a_key_but_for_those_that_say_why_not() {
    let document: Value = serde_json::from_str(web::api::openapi()).unwrap();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let Some(post) = methods.get("post") else { continue };
        let has_key = post["parameters"].to_string().contains("Idempotency-Key");
        let is_keyless = KEYLESS.iter().any(|(keyless, _)| keyless == path);
        assert_eq!(has_key, !is_keyless, "{path}");
        let row = ROWS.iter().find(|row| row.route == ("POST", path.as_str())).unwrap();
        let cast = Cast::new().await;
        let place = cast.place(row).await;
        let call = async |key: &str| -> Reply {
            cast.w.ask(asked(row, &place).bearer(&cast.tokens[row.caller()]).key(key)).await
        };
        let none = call(&"k".repeat(256)).await;
        let refused = none.code == 400 && none.json()["field"] == "Idempotency-Key";
        assert_eq!(refused, has_key, "{path}: {} {}", none.code, none.text);
        let first = call("k1").await;
        // What cannot come about in this house is refused anew each time.
        if is_keyless || first.code >= 300 {
            continue;
        }
        assert_eq!(first.header("idempotency-replayed"), None, "{path}");
        let head = cast.w.head().await;
        let again = call("k1").await;
        assert_eq!(
            (again.code, &again.text, again.header("idempotency-replayed")),
            (first.code, &first.text, Some("true")),
            "{path}"
        );
        assert_eq!(cast.w.head().await, head, "{path}");
    }
}

#[actix_web::test]
async fn an_acknowledgement_whose_answer_was_lost_is_answered_again_under_its_key_and_is_stale_without_one() {
    let two = Two::new().await;
    for (verb, more, state) in [
        ("ack", json!({}), "delivered"),
        ("nack", json!({ "delay_seconds": 600 }), "queued"),
        ("working", json!({}), "processing"),
        ("give-up", json!({ "error": "No." }), "failed"),
    ] {
        let talk = two.talk(&json!({})).await;
        two.say(&talk, &request(verb)).await;
        let handed = two.inbox().await.remove(0);
        let mut body = json!({ "lease": handed["lease"] });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let path = format!("/api/v1/deliveries/{}/{verb}", handed["delivery"].as_str().unwrap());
        let ask = Ask::new("POST", &path).bearer(&two.max.token).json(&body);
        let first = two.w.ask(ask.clone().key("k1")).await;
        assert_eq!((first.code, &first.json()["state"]), (200, &json!(state)), "{}", first.text);
        two.w.clock.advance(1_000);
        let head = two.w.head().await;
        let again = two.w.ask(ask.clone().key("k1")).await;
        assert_eq!(
            (again.code, &again.text, again.header("idempotency-replayed")),
            (200, &first.text, Some("true"))
        );
        assert_eq!(two.w.head().await, head);
        let mut other = body.clone();
        other["lease"] = "another".into();
        let other = two.w.ask(Ask::new("POST", &path).bearer(&two.max.token).json(&other).key("k1")).await;
        assert_eq!((other.code, other.problem().as_str()), (422, "idempotency.mismatch"));
        // Its sender has no part in it, whatever key they give.
        let theirs = Ask::new("POST", &path).bearer(&two.maya.token).json(&body).key("k1");
        assert_eq!(two.w.ask(theirs).await.code, 404);
        let bare = two.w.ask(ask).await;
        if verb == "working" {
            assert_eq!(bare.code, 200, "the lease is the same as long as it lasts");
            two.answer("ack", &handed, &json!({})).await;
        } else {
            assert_eq!((bare.code, bare.problem().as_str()), (409, "delivery.stale"));
        }
    }
}

#[actix_web::test]
async fn what_a_program_reports_of_itself_is_counted_once_under_its_key() {
    let two = Two::new().await;
    let path = format!("/api/v1/agents/{}/metrics", two.max.id);
    let said = json!({ "metrics": [{ "name": "tokens", "value": 7 }] });
    for key in ["k1", "k1", "k2"] {
        let reply = two.w.ask(Ask::new("POST", &path).bearer(&two.max.token).json(&said).key(key)).await;
        assert_eq!((reply.code, reply.text.as_str()), (204, ""));
    }
    let figures =
        two.done("GET", format!("/api/v1/agents/{}/figures", two.max.id), &two.ben, &Value::Null).await;
    assert_eq!(
        figures["reported"],
        json!([{ "name": "tokens", "many": 2, "total": 14, "least": 7, "most": 7 }])
    );
}
