//! Who may write to whom, how much, and what is kept of it.

use std::time::Duration;

use actix_web::rt;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entente::agents::{self, Reach};
use entente::app::person;
use entente::base::id::AgentId;
use entente::base::text::Address;
use entente::base::time::{DAY, HOUR, MINUTE};
use entente::config::Config;
use entente::journal;
use entente::messages;
use entente::notices;
use entente::queue;
use entente::sessions::{self, conversation};
use entente::store::{Cx, statements};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::api_messages::{Two, ask, done, program, request, texts};
use crate::api_world::{Ask, World, operator};
use crate::plans::no_query_scans;

/// Lets the house's own agents do what there is to do.
pub(crate) async fn let_the_house_speak(w: &World) {
    let work = |cx: &mut Cx<'_>| {
        let leases = queue::claim(cx, sessions::AGENTS, 10, MINUTE)?;
        for lease in &leases {
            sessions::step(cx, lease)?;
        }
        Ok(leases.len())
    };
    while w.write(work).await > 0 {}
}

#[actix_web::test]
async fn whom_the_target_blocks_or_is_connected_with_no_more_gets_nothing_through_not_even_what_waited() {
    for ends in ["block", "disconnect"] {
        let two = Two::new().await;
        let talk = two.talk(&json!({})).await;
        two.say(&talk, &request("Hello")).await;
        if ends == "block" {
            let path = format!("/api/v1/agents/{}/relations/{}", two.max.id, two.maya.id);
            two.done("PUT", path, &two.ben, &json!({ "relation": "blocked" })).await;
        } else {
            two.done("DELETE", format!("/api/v1/connections/{}", two.connection), &two.ana, &Value::Null)
                .await;
        }
        assert!(two.inbox().await.is_empty(), "{ends}");
        assert_eq!(two.receipts().await, ["dead (not_permitted)"], "{ends}");
        let path = format!("/api/v1/conversations/{talk}/messages");
        let reply = two.ask("POST", path.clone(), &two.maya.token, &request("Again")).await;
        assert_eq!((reply.code, reply.problem().as_str()), (404, "not-found"), "{ends}");
        let seen = two.done("GET", path, &two.max.token, &Value::Null).await;
        assert_eq!(
            seen["messages"],
            json!([]),
            "what was not handed over is not read by another road: {ends}"
        );
    }
}

#[actix_web::test]
async fn whoever_is_not_reached_is_not_there_by_as_many_statements_as_one_that_there_is_not() {
    let two = Two::new().await;
    let zoe = two.w.member("zoe@example.com", "Zoe").await;
    let far = program(&two.w, &zoe, "Far").await;
    let strict = json!({ "registration": { "preferences": { "privacy": "strict" } } });
    let maya: AgentId = two.maya.id.parse().unwrap();
    let counted = |id: String| {
        let read = two.w.web.store.read(move |cx| {
            let from = agents::any(cx, maya)?.unwrap();
            let before = statements::run_here();
            let found = messages::route(cx, &from, id.parse()?, Reach::Direct)?;
            Ok((found.is_some(), statements::run_here() - before))
        });
        async move { read.await.unwrap() }
    };
    let nobody = "agt_0123456789abcdef0123456789abcdef".to_owned();
    let reached = counted(two.max.id.clone()).await;
    assert!(reached.0);
    assert_eq!(counted(nobody.clone()).await, (false, reached.1));
    assert_eq!(counted(far.id.clone()).await, (false, reached.1));
    let blurred = |text: &str, id: &str| {
        let mut body: Value = serde_json::from_str(text).unwrap();
        body["trace"] = json!("");
        body.to_string().replace(id, "")
    };
    let begin = async |id: &str| {
        let new = json!({ "with": [id], "about": "social" });
        let reply = two.ask("POST", "/api/v1/conversations", &two.maya.token, &new).await;
        (reply.code, blurred(&reply.text, id))
    };
    let unknown = begin(&nobody).await;
    assert_eq!(unknown.0, 404);
    assert_eq!(begin(&far.id).await, unknown);
    assert_eq!(begin("nonsense").await, unknown);
    two.done("PATCH", format!("/api/v1/agents/{}", two.max.id), &two.ben, &strict).await;
    assert_eq!(begin(&two.max.id).await, unknown);
    assert_eq!(counted(two.max.id.clone()).await, (false, reached.1));
    let keys =
        two.ask("GET", format!("/api/v1/agents/{}/public-keys", far.id), &two.maya.token, &Value::Null);
    assert_eq!(blurred(&keys.await.text, ""), unknown.1);
}

#[actix_web::test]
async fn too_much_is_refused_before_anything_is_stored_and_it_is_said_when_to_try_again() {
    let two = Two::with(|config| config.agents.burst = 3).await;
    let talk = two.talk(&json!({})).await;
    let path = format!("/api/v1/conversations/{talk}/messages");
    for _ in 0..2 {
        two.say(&talk, &request("Hello")).await;
    }
    let reply = two.ask("POST", path.clone(), &two.maya.token, &request("Hello")).await;
    assert_eq!((reply.code, reply.header("retry-after")), (429, Some("1")), "{}", reply.text);
    let seen = two.done("GET", path.clone(), &two.maya.token, &Value::Null).await;
    assert_eq!(seen["messages"].as_array().unwrap().len(), 2);
    // What is urgent has a flow of its own.
    let urgent = json!({ "type": "notification", "text": "Fire", "priority": "urgent" });
    assert_eq!(two.ask("POST", path.clone(), &two.maya.token, &urgent).await.code, 201);
    two.w.clock.advance(1_000);
    assert_eq!(two.ask("POST", path, &two.maya.token, &request("Hello")).await.code, 201);
}

#[actix_web::test]
async fn a_full_inbox_takes_no_more() {
    let two = Two::with(|config| config.agents.queue_max = 2).await;
    // One each: of neither there waits too much.
    let mut talks = Vec::new();
    for token in [&two.maya.token, &two.ana] {
        let new = json!({ "with": [two.max.id], "about": "social" });
        let talk = two.done("POST", "/api/v1/conversations", token, &new).await;
        let path = format!("/api/v1/conversations/{}/messages", talk["id"].as_str().unwrap());
        two.done("POST", path.clone(), token, &request("Hello")).await;
        talks.push(path);
    }
    let zoe = two.w.member("zoe@example.com", "Zoe").await;
    let open = json!({ "registration": { "preferences": { "privacy": "open" } } });
    two.done("PATCH", format!("/api/v1/agents/{}", two.max.id), &two.ben, &open).await;
    let new = json!({ "with": [two.max.id], "about": "social" });
    let talk = two.done("POST", "/api/v1/conversations", &zoe, &new).await;
    let path = format!("/api/v1/conversations/{}/messages", talk["id"].as_str().unwrap());
    let reply = two.ask("POST", path.clone(), &zoe, &request("Hello")).await;
    assert_eq!((reply.code, reply.problem().as_str()), (429, "inbox.full"));
    assert_eq!(reply.header("retry-after"), Some("30"));
    let handed = two.inbox().await;
    two.answer("ack", &handed[0], &Value::Null).await;
    assert_eq!(two.ask("POST", path, &zoe, &request("Hello")).await.code, 201);
}

#[actix_web::test]
async fn a_message_that_is_sent_twice_under_one_key_is_there_once_and_anothers_key_is_another() {
    let two = Two::new().await;
    let talk = two.talk(&json!({})).await;
    let path = format!("/api/v1/conversations/{talk}/messages");
    let send = async |token: &str, text: &str| {
        let new = Ask::new("POST", path.clone()).bearer(token).header("idempotency-key", "one");
        two.w.ask(new.json(&request(text))).await
    };
    let first = send(&two.maya.token, "Hello").await;
    let again = send(&two.maya.token, "Hello").await;
    assert_eq!((first.code, first.json()), (again.code, again.json()));
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(send(&two.maya.token, "Another").await.code, 422);
    let theirs = send(&two.max.token, "Hello").await;
    assert_eq!(theirs.code, 201);
    assert_ne!(theirs.json()["id"], first.json()["id"]);
    assert_eq!(two.inbox().await.len(), 1);
}

#[actix_web::test]
async fn whoever_has_no_program_is_told_and_whoever_asked_knows_that_they_were() {
    let w = World::new();
    let ana = w.member("ana@example.org", "Ana").await;
    let ben = w.member("ben@example.net", "Ben").await;
    let connection = w.connected(&ana, &ben).await;
    let maya = program(&w, &ana, "Maya").await;
    let new = json!({ "with": [connection], "about": "social" });
    let talk = done(&w, "POST", "/api/v1/conversations", &maya.token, &new).await;
    let path = format!("/api/v1/conversations/{}/messages", talk["id"].as_str().unwrap());
    let sent = done(&w, "POST", path.clone(), &maya.token, &request("Lunch? See https://evil.example")).await;
    let route = format!("/api/v1/messages/{}/route", sent["id"].as_str().unwrap());
    let road = done(&w, "GET", route, &maya.token, &Value::Null).await;
    assert_eq!(road["deliveries"][0]["road"], "builtin");
    let_the_house_speak(&w).await;
    let inbox = format!("/api/v1/agents/{}/inbox", maya.id);
    let told = done(&w, "GET", inbox, &maya.token, &Value::Null).await;
    let message = &told["messages"][0]["message"];
    assert_eq!(
        (&message["type"], &message["body"]["data"], &message["answers"], &message["by_person"]),
        (&json!("response"), &json!({ "told": true }), &sent["id"], &json!(false))
    );
    for follower in notices::FOLLOWERS {
        while journal::follow(&w.web.store, follower).await.expect("the journal is read") > 0 {}
    }
    let notices = done(&w, "GET", "/api/v1/notices", &ben, &Value::Null).await;
    let newest = &notices["notices"][0];
    assert_eq!(newest["kind"], "conversation.told");
    let words = newest.to_string();
    assert!(words.contains("Maya writes to you: “Lunch?") && !words.contains("evil.example"), "{words}");
    assert!(words.contains(&format!("/conversations/{}", talk["id"].as_str().unwrap())), "{words}");
    // They answer themselves, as their built-in agent.
    let answer = json!({ "type": "response", "text": "Yes.", "answers": sent["id"] });
    done(&w, "POST", path, &ben, &answer).await;
    no_query_scans(&w.web.store);
}

#[actix_web::test]
async fn whoever_owes_an_answer_is_reminded_once() {
    let two = Two::new().await;
    let talk = two.talk(&json!({ "answer_minutes": 10 })).await;
    let sent = two.say(&talk, &request("Well?")).await;
    let handed = two.inbox().await;
    two.answer("ack", &handed[0], &Value::Null).await;
    two.w.clock.advance(10 * MINUTE);
    let_the_house_speak(&two.w).await;
    let reminder = two.inbox().await;
    assert_eq!(
        (&reminder[0]["message"]["type"], &reminder[0]["message"]["body"]["data"]),
        (&json!("system"), &json!({ "event": "reminder", "message": sent["id"] }))
    );
    assert_eq!(reminder[0]["message"]["from"], Value::Null);
    two.answer("ack", &reminder[0], &Value::Null).await;
    two.w.clock.advance(2 * MINUTE);
    let_the_house_speak(&two.w).await;
    assert!(two.inbox().await.is_empty());
}

/// What somebody was told of an answer that is still waited for.
async fn reminders(w: &World, of: &str) -> Vec<String> {
    for follower in notices::FOLLOWERS {
        while journal::follow(&w.web.store, follower).await.expect("the journal is read") > 0 {}
    }
    let all = done(w, "GET", "/api/v1/notices", of, &Value::Null).await;
    let all =
        all["notices"].as_array().expect("a list").iter().filter(|one| one["kind"] == "conversation.awaited");
    all.map(|one| one["text"].as_str().expect("a text").to_owned()).collect()
}

#[actix_web::test]
async fn a_person_who_owes_an_answer_is_reminded_once_and_that_they_were_told_is_no_answer() {
    let w = World::new();
    let ana = w.member("ana@example.org", "Ana").await;
    let ben = w.member("ben@example.net", "Ben").await;
    let connection = w.connected(&ana, &ben).await;
    let maya = program(&w, &ana, "Maya").await;
    let new = json!({ "with": [connection], "about": "social", "answer_minutes": 10 });
    let talk = done(&w, "POST", "/api/v1/conversations", &maya.token, &new).await;
    let path = format!("/api/v1/conversations/{}/messages", talk["id"].as_str().unwrap());
    let asked = done(&w, "POST", path.clone(), &maya.token, &request("Lunch?")).await;
    let_the_house_speak(&w).await;
    w.clock.advance(9 * MINUTE);
    let_the_house_speak(&w).await;
    assert!(reminders(&w, &ben).await.is_empty(), "there is time left");
    w.clock.advance(MINUTE);
    let_the_house_speak(&w).await;
    assert_eq!(reminders(&w, &ben).await, ["Maya still waits for your answer to “Lunch?”."]);
    w.clock.advance(2 * MINUTE);
    let_the_house_speak(&w).await;
    assert_eq!(reminders(&w, &ben).await.len(), 1, "once");
    // Who has answered is reminded of nothing, and only that answer counts as one.
    let answer = |to: &Value| json!({ "type": "response", "text": "Yes.", "answers": to["id"] });
    done(&w, "POST", path.clone(), &ben, &answer(&asked)).await;
    let again = done(&w, "POST", path.clone(), &maya.token, &request("At one?")).await;
    let_the_house_speak(&w).await;
    done(&w, "POST", path, &ben, &answer(&again)).await;
    w.clock.advance(HOUR);
    let_the_house_speak(&w).await;
    assert_eq!(reminders(&w, &ben).await.len(), 1);
    let amounts = |cx: &mut Cx<'_>| {
        let all = journal::after(cx, 0, 1_000)?;
        let took = all.into_iter().filter(|entry| entry.kind == "message.response");
        Ok(took.map(|entry| entry.amount).collect::<Vec<_>>())
    };
    let took = w.web.store.read(amounts).await.unwrap();
    assert_eq!(took, [None, Some(12 * MINUTE), None, Some(0)], "told, answered, told, answered");
    no_query_scans(&w.web.store);
}

#[actix_web::test]
async fn how_the_others_stand_is_shown_to_whoever_is_in_a_conversation_and_reaches_them() {
    let two = Two::new().await;
    let talk = two.talk(&json!({})).await;
    let path = format!("/api/v1/conversations/{talk}");
    let shown = async |token: &str| {
        let one = two.done("GET", path.clone(), token, &Value::Null).await;
        let of = |id: &str| {
            let all = one["members"].as_array().unwrap().iter();
            all.clone().find(|member| member["agent"] == *id).unwrap()["presence"].clone()
        };
        (of(&two.maya.id), of(&two.max.id))
    };
    let away = json!({ "status": "away" });
    two.done("POST", format!("/api/v1/agents/{}/heartbeat", two.max.id), &two.ben, &away).await;
    let (none, online, away) = (Value::Null, json!("online"), json!("away"));
    assert_eq!(shown(&two.maya.token).await, (none.clone(), away.clone()));
    assert_eq!(shown(&two.max.token).await, (online.clone(), none.clone()));
    assert_eq!(shown(&two.ben).await, (online, none.clone()), "his program reaches hers");
    let listed = two.done("GET", "/api/v1/conversations", &two.maya.token, &Value::Null).await;
    assert_eq!(listed["conversations"][0]["members"][1]["presence"], none, "that is for one of them");
    two.w.clock.advance(2 * MINUTE);
    assert_eq!(shown(&two.maya.token).await, (none.clone(), json!("offline")));
    let path = format!("/api/v1/agents/{}/relations/{}", two.max.id, two.maya.id);
    two.done("PUT", path, &two.ben, &json!({ "relation": "blocked" })).await;
    assert_eq!(shown(&two.maya.token).await, (none.clone(), none.clone()));
    assert_eq!(shown(&two.max.token).await, (none.clone(), none));
    no_query_scans(&two.w.web.store);
}

#[actix_web::test]
async fn what_was_said_is_erased_when_its_time_is_over_and_the_journal_still_verifies() {
    let two = Two::new().await;
    let talk = two.talk(&json!({ "about": "task", "topic": "The secret topic" })).await;
    two.say(&talk, &request("The secret words")).await;
    let about = json!({ "purpose": "The secret purpose", "metadata": { "note": "secret" } });
    let described = two.done("PUT", format!("/api/v1/sessions/{talk}"), &two.ana, &about).await;
    assert_eq!(described["purpose"], "The secret purpose");
    let taken = two.done("GET", "/api/v1/profile/export", &two.ana, &Value::Null).await;
    assert!(taken.to_string().contains("The secret purpose"), "it is theirs to take away");
    let handed = two.inbox().await;
    two.answer("ack", &handed[0], &Value::Null).await;
    let closed =
        two.done("POST", format!("/api/v1/conversations/{talk}/close"), &two.ana, &Value::Null).await;
    assert_eq!((&closed["state"], &closed["keep_days"]), (&json!("closed"), &json!(7)));
    let path = format!("/api/v1/conversations/{talk}/messages");
    let over = two.ask("POST", path.clone(), &two.max.token, &request("More")).await;
    assert_eq!(over.problem(), "conversation.over");
    // Whoever is in it hears that it is over.
    assert_eq!(two.inbox().await[0]["message"]["body"]["data"]["event"], "closed");
    assert_eq!(two.w.write(conversation::erase_due).await, 0);
    two.w.clock.advance(7 * DAY);
    let before = done(&two.w, "GET", path.clone(), &two.ana, &Value::Null).await;
    assert!(before.to_string().contains("The secret words"));
    assert_eq!(two.w.write(conversation::erase_due).await, 1);
    let after = done(&two.w, "GET", path, &two.ana, &Value::Null).await;
    assert!(!after.to_string().contains("secret"));
    assert!(after["messages"][0]["erased"].is_string());
    let shown = done(&two.w, "GET", format!("/api/v1/conversations/{talk}"), &two.ana, &Value::Null).await;
    assert_eq!(shown["topic"], "");
    let session = format!("/api/v1/sessions/{talk}");
    let kept = two.done("GET", session.clone(), &two.ana, &Value::Null).await;
    assert_eq!((&kept["purpose"], &kept["metadata"]), (&json!(""), &json!({})));
    let late = two.ask("PUT", session, &two.ana, &about).await;
    assert_eq!(late.problem(), "conversation.over");
    let store = two.w.web.store.clone();
    let verified = store.read(|cx| Ok(journal::verify(cx, None)?.is_ok())).await.unwrap();
    assert!(verified);
    two.w.clock.advance(91 * DAY);
    assert_eq!(two.w.write(|cx| conversation::delete_ended(cx)).await, 1);
    no_query_scans(&store);
}

#[actix_web::test]
async fn what_is_suspicious_is_in_quarantine_where_its_sender_alone_sees_it() {
    let two = Two::new().await;
    let talk = two.talk(&json!({})).await;
    let file = |name: &str, media_type: &str, url: &str| json!({ "name": name, "media_type": media_type, "size": 12, "sha256": "a".repeat(64), "url": url });
    let https = "https://files.example.org/plan.pdf";
    let mut new = request("See these.");
    new["attachments"] = json!([
        file("plan.pdf", "application/pdf", https),
        file("plan.exe", "application/octet-stream", https),
        file("plan.pdf", "application/pdf", "https://10.0.0.1/plan.pdf"),
        file("plan.pdf", "nonsense", https),
        file(".plan", "application/pdf", https),
        json!({
            "name": "film.mp4", "media_type": "video/mp4", "size": 200_000_000, "sha256": "b".repeat(64), "url": https,
        }),
        file("notes.txt", "text/plain; charset=utf-8", https),
    ]);
    let sent = two.say(&talk, &new).await;
    let word = |one: &Value| one["reason"].as_str().unwrap_or("listed").to_owned();
    let told: Vec<String> = sent["attachments"].as_array().unwrap().iter().map(word).collect();
    assert_eq!(told, ["listed", "program", "url", "media_type", "name", "too_large", "listed"]);
    let handed = two.inbox().await;
    let given = handed[0]["message"]["attachments"].as_array().unwrap();
    assert_eq!((given.len(), &given[0]["url"]), (2, &json!(https)));
    new["attachments"][0]["sha256"] = json!("none");
    let path = format!("/api/v1/conversations/{talk}/messages");
    let reply = two.ask("POST", path, &two.maya.token, &new).await;
    assert_eq!((reply.code, &reply.json()["field"]), (400, &json!("attachments[0].sha256")));
}

/// What looks like a JWE for a key of this name.
fn jwe(kid: &str, alg: &str) -> String {
    let point = URL_SAFE_NO_PAD.encode([9; 32]);
    let header = json!({
        "alg": alg, "enc": "A256GCM", "kid": kid, "epk": { "kty": "OKP", "crv": "X25519", "x": point },
    });
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    format!(
        "{}..{}.{}.{}",
        part(header.to_string().as_bytes()),
        part(&[1; 12]),
        part(b"sealed"),
        part(&[2; 16])
    )
}

#[actix_web::test]
async fn a_part_that_is_sealed_for_a_published_key_is_passed_on_unread_to_its_recipient_alone() {
    let two = Two::new().await;
    let key = json!({ "kty": "OKP", "crv": "X25519", "kid": "one", "x": URL_SAFE_NO_PAD.encode([7; 32]) });
    let path = format!("/api/v1/agents/{}/public-keys", two.max.id);
    two.done("PUT", path.clone(), &two.max.token, &json!({ "keys": [key] })).await;
    let found = two.done("GET", path.clone(), &two.maya.token, &Value::Null).await;
    assert_eq!(found["keys"], json!([key]));
    let talk = two.talk(&json!({})).await;
    let with = |part: &str| json!({ "type": "request", "sealed": { two.max.id.clone(): part } });
    let say = format!("/api/v1/conversations/{talk}/messages");
    let good = jwe("one", "ECDH-ES");
    two.done("POST", say.clone(), &two.maya.token, &with(&good)).await;
    let handed = two.inbox().await;
    assert_eq!(handed[0]["message"]["sealed"], json!(good));
    let owners = two.done("GET", say.clone(), &two.ben, &Value::Null).await;
    assert_eq!(owners["messages"][0]["sealed"], Value::Null);
    for bad in [jwe("two", "ECDH-ES"), jwe("one", "RSA-OAEP"), good.replace('.', ""), "a.b.c.d.e".to_owned()]
    {
        let reply = two.ask("POST", say.clone(), &two.maya.token, &with(&bad)).await;
        assert_eq!(
            (reply.code, &reply.json()["field"]),
            (400, &json!(format!("sealed.{}", two.max.id))),
            "{bad}"
        );
    }
    // A key is never another under its name, and one that is taken back counts no more.
    let other = json!({ "kty": "OKP", "crv": "X25519", "kid": "one", "x": URL_SAFE_NO_PAD.encode([8; 32]) });
    let reply = two.ask("PUT", path.clone(), &two.max.token, &json!({ "keys": [other] })).await;
    assert_eq!(reply.problem(), "agent.public-key");
    two.done("PUT", path, &two.ben, &json!({ "keys": [] })).await;
    assert_eq!(two.ask("POST", say, &two.maya.token, &with(&good)).await.code, 400);
}

#[actix_web::test]
async fn whoever_waits_for_a_message_is_woken_by_it() {
    let two = Two::new().await;
    let talk = two.talk(&json!({})).await;
    let (stop, stopped) = watch::channel(false);
    let (state, store) = (two.w.web.state.clone(), two.w.web.store.clone());
    let reader = rt::spawn(async move { state.live.run(&store, stopped).await });
    // It waits for longer than this test does: what comes back was woken.
    let path = format!("/api/v1/agents/{}/inbox?wait=60", two.max.id);
    let waits = two.done("GET", path, &two.max.token, &Value::Null);
    let waits = tokio::time::timeout(Duration::from_secs(30), waits);
    let sends = async {
        while two.w.web.state.live.attended() == 0 {
            tokio::task::yield_now().await;
        }
        two.say(&talk, &request("Wake up")).await
    };
    let (handed, _) = futures_util::join!(waits, sends);
    let handed = handed.expect("nobody woke whoever waits");
    assert_eq!(texts(handed["messages"].as_array().unwrap()), ["Wake up"]);
    assert_eq!(two.w.web.state.live.attended(), 0);
    stop.send_replace(true);
    two.say(&talk, &request("Bye")).await;
    reader.await.unwrap();
}

#[actix_web::test]
async fn rights_are_taken_away_and_never_more_than_people_let() {
    let two = Two::new().await;
    let all = json!({ "calendar": true, "location": true, "commitments": true });
    let talk = two.talk(&json!({ "rights": all })).await;
    let path = format!("/api/v1/conversations/{talk}");
    let rights = async || two.done("GET", path.clone(), &two.max.token, &Value::Null).await["rights"].clone();
    let none = json!({ "calendar": false, "location": false, "commitments": false });
    assert_eq!(rights().await, none, "nobody let anybody anything");
    let grant = json!({ "scopes": ["calendar.availability.read"] });
    let grants = format!("/api/v1/connections/{}/grants", two.connection);
    for token in [&two.ana, &two.ben] {
        two.done("PUT", grants.clone(), token, &grant).await;
    }
    assert_eq!(rights().await["calendar"], true);
    two.done("PUT", format!("{path}/rights"), &two.max.token, &none).await;
    assert_eq!(rights().await, none);
    let reply = two.ask("PUT", format!("{path}/rights"), &two.maya.token, &all).await;
    assert_eq!(reply.problem(), "conversation.rights");
}

#[actix_web::test]
async fn a_group_goes_on_when_one_leaves_and_a_retired_program_is_in_nothing_any_more() {
    let two = Two::new().await;
    let aid =
        done(&two.w, "POST", "/api/v1/agents", &two.ben, &json!({ "kind": "service", "name": "Aid" })).await;
    let aid = aid["id"].as_str().unwrap();
    let new = json!({ "with": [two.max.id, aid], "about": "task" });
    let talk = two.done("POST", "/api/v1/conversations", &two.maya.token, &new).await;
    assert_eq!(talk["shape"], "group");
    let path = format!("/api/v1/conversations/{}", talk["id"].as_str().unwrap());
    let sent = two.done("POST", format!("{path}/messages"), &two.maya.token, &request("All of you")).await;
    assert_eq!(sent["deliveries"].as_array().unwrap().len(), 2);
    two.done("POST", format!("{path}/close"), &two.max.token, &Value::Null).await;
    let shown = two.done("GET", path.clone(), &two.maya.token, &Value::Null).await;
    assert_eq!(shown["state"], "open");
    two.done("DELETE", format!("/api/v1/agents/{aid}"), &two.ben, &Value::Null).await;
    while journal::follow(&two.w.web.store, sessions::FOLLOWER).await.unwrap() > 0 {}
    let shown = two.done("GET", path, &two.maya.token, &Value::Null).await;
    assert_eq!((&shown["state"], &shown["reason"]), (&json!("closed"), &json!("left")));
    assert_eq!(two.receipts().await, ["dead (not_permitted)"; 2]);
}

#[actix_web::test]
async fn an_agent_is_in_no_more_conversations_than_it_may_be() {
    let two = Two::new().await;
    let one = json!({ "registration": { "capabilities": { "conversations_max": 1 } } });
    two.done("PATCH", format!("/api/v1/agents/{}", two.max.id), &two.ben, &one).await;
    let talk = two.talk(&json!({})).await;
    let presence = format!("/api/v1/agents/{}/presence", two.max.id);
    assert_eq!(two.done("GET", presence.clone(), &two.ben, &Value::Null).await["presence"], "busy");
    let new = json!({ "with": [two.max.id], "about": "social" });
    let reply = two.ask("POST", "/api/v1/conversations", &two.maya.token, &new).await;
    assert_eq!(reply.problem(), "agent.conversations");
    two.done("POST", format!("/api/v1/conversations/{talk}/close"), &two.maya.token, &Value::Null).await;
    assert_eq!(two.done("GET", presence, &two.ben, &Value::Null).await["presence"], "online");
}

#[actix_web::test]
async fn an_agent_of_which_its_owner_says_nothing_is_in_as_many_conversations_as_is_usual() {
    let two = Two::with(|config| config.agents.conversations_usual = 1).await;
    two.talk(&json!({})).await;
    let new = json!({ "with": [two.max.id], "about": "social" });
    let reply = two.ask("POST", "/api/v1/conversations", &two.maya.token, &new).await;
    assert_eq!(reply.problem(), "agent.conversations");
    for most in [4, 10] {
        let more = json!({ "registration": { "capabilities": { "conversations_max": most } } });
        for (program, owner) in [(&two.max, &two.ben), (&two.maya, &two.ana)] {
            two.done("PATCH", format!("/api/v1/agents/{}", program.id), owner, &more).await;
        }
        two.talk(&json!({})).await;
    }
    assert_eq!(Config::default().agents.conversations_usual, 5);
}

#[actix_web::test]
async fn whoever_leaves_takes_what_they_said_away_and_what_waited_for_them_is_gone() {
    let two = Two::new().await;
    let talk = two.talk(&json!({ "topic": "Ours" })).await;
    two.say(&talk, &request("To Max")).await;
    let path = format!("/api/v1/conversations/{talk}/messages");
    let answer = json!({ "type": "notification", "text": "Max was here" });
    two.done("POST", path.clone(), &two.max.token, &answer).await;
    let inbox = format!("/api/v1/agents/{}/inbox", two.maya.id);
    two.done("GET", inbox, &two.maya.token, &Value::Null).await;
    // Of what he began, what he said that it is for goes as well.
    let begun = json!({ "with": [two.maya.id], "about": "information" });
    let begun = two.done("POST", "/api/v1/conversations", &two.max.token, &begun).await;
    let session = format!("/api/v1/sessions/{}", begun["id"].as_str().unwrap());
    two.done("PUT", session.clone(), &two.ben, &json!({ "purpose": "For Max", "metadata": { "a": "b" } }))
        .await;
    let export = two.done("GET", "/api/v1/profile/export", &two.ben, &Value::Null).await;
    assert!(export["conversations"].to_string().contains("For Max"));
    assert_eq!(export["conversations"][1]["said"][0]["body"]["text"], "Max was here");
    assert_eq!(export["messages"].as_array().unwrap().len(), 2);
    two.w
        .write(|cx| {
            let ben = person::Person::at(cx, &Address::parse("ben@example.net").unwrap())?;
            person::erase(cx, &operator(), &ben)
        })
        .await;
    let seen = two.done("GET", path, &two.maya.token, &Value::Null).await.to_string();
    assert!(seen.contains("To Max") && !seen.contains("Max was here"), "{seen}");
    let kept = two.done("GET", session, &two.ana, &Value::Null).await;
    assert_eq!((&kept["purpose"], &kept["phase"]), (&json!(""), &json!("cancelled")));
    let shown = two.done("GET", format!("/api/v1/conversations/{talk}"), &two.maya.token, &Value::Null).await;
    assert_eq!(shown["state"], "closed");
    no_query_scans(&two.w.web.store);
}

#[actix_web::test]
async fn where_agents_are_switched_off_nothing_is_said_and_what_was_said_can_be_read() {
    let two = Two::new().await;
    let talk = two.talk(&json!({ "with": [two.max.id] })).await;
    two.say(&talk, &request("Lunch?")).await;
    let Two { w, ana, ben, maya, max, .. } = two;
    let w: World = w.reopened_with(|config| config.agents.enabled = false);
    let path = format!("/api/v1/conversations/{talk}");
    let said = done(&w, "GET", format!("{path}/messages"), &ana, &Value::Null).await;
    assert_eq!(said["messages"][0]["body"]["text"], "Lunch?");
    assert_eq!(
        done(&w, "GET", "/api/v1/conversations", &ana, &Value::Null).await["conversations"][0]["id"],
        talk
    );
    assert_eq!(done(&w, "GET", path.clone(), &ben, &Value::Null).await["state"], "open");
    for (id, owner) in [(&maya.id, &ana), (&max.id, &ben)] {
        done(&w, "GET", format!("/api/v1/agents/{id}/figures"), owner, &Value::Null).await;
    }
    let new = json!({ "with": [max.id], "about": "social" });
    for (method, path, body) in [
        ("POST", "/api/v1/conversations".to_owned(), new),
        ("POST", format!("{path}/messages"), request("Dinner?")),
        ("POST", format!("{path}/close"), json!({})),
    ] {
        let reply = ask(&w, method, path.clone(), &ana, &body).await;
        assert_eq!((reply.code, reply.problem().as_str()), (409, "agent.off"), "{path}: {}", reply.text);
    }
}
