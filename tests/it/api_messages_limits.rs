//! What keeps an inbox its owner's: what has ended is not handed over, nobody fills it alone, and what is taken back, blocked or
//! closed takes no place in it.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use entente::agents;
use entente::base::actor::{Actor, Road, Who};
use entente::base::id::AgentId;
use entente::base::time::{DAY, MINUTE, SECOND};
use entente::journal;
use entente::messages::{self, Type};
use entente::sessions::{self, conversation};
use serde_json::{Value, json};

use crate::api_messages::{Two, ask, done, program, request, texts};
use crate::api_world::World;
use crate::plans::no_query_scans;

impl Two {
    /// Maya sends Max so many messages for later, in milliseconds from now; with `None` they expire never.
    async fn send_for_later(&self, talk: &str, many: usize, (later_ms, expires_ms): (i64, Option<i64>)) {
        let (maya, talk) = (self.maya.id.parse::<AgentId>().unwrap(), talk.parse().unwrap());
        let work = move |cx: &mut entente::store::Cx<'_>| {
            let user = agents::owner_of(cx, maya)?.unwrap();
            let who = Actor::new(Who::Agent { id: maya, user }, Road::Api, "t");
            let new = conversation::NewMessage {
                kind: Type::Notification,
                text: "Hello".to_owned(),
                data: None,
                attachments: Vec::new(),
                sealed: std::collections::BTreeMap::new(),
                answers: None,
                to: Vec::new(),
                priority: None,
                not_before: Some(cx.now.plus(later_ms)),
                expires_at: expires_ms.map(|ms| cx.now.plus(ms)),
            };
            for _ in 0..many {
                conversation::send(cx, &who, talk, &new)?;
            }
            Ok(())
        };
        self.w.write(work).await;
    }

    /// How much is under way to Max.
    async fn under_way(&self) -> i64 {
        let max: AgentId = self.max.id.parse().unwrap();
        let inbox = self.w.web.store.read(move |cx| messages::inbox_of(cx, Some(max))).await.unwrap();
        inbox.waiting + inbox.held
    }

    /// Lets those who follow the journal read all there is.
    async fn follow(&self) {
        while journal::follow(&self.w.web.store, sessions::FOLLOWER).await.unwrap() > 0 {}
    }
}

fn many_at_once(config: &mut entente::config::Config) {
    config.agents.burst = 10_000;
}

#[actix_web::test]
async fn of_more_than_two_hundred_messages_whose_time_is_over_none_is_handed_over() {
    let two = Two::with(many_at_once).await;
    let talk = two.talk(&json!({})).await;
    two.send_for_later(&talk, 230, (8 * SECOND, Some(9 * SECOND))).await;
    two.w.clock.advance(10 * SECOND + 500);
    assert!(two.inbox().await.is_empty());
    assert_eq!(two.under_way().await, 0);
    let receipts = two.receipts().await;
    assert!(
        receipts.len() > 150 && receipts.iter().all(|one| one == "expired (time)"),
        "a page of the journal"
    );
    no_query_scans(&two.w.web.store);
}

#[actix_web::test]
async fn of_more_than_two_hundred_messages_that_lapsed_together_none_is_handed_over_once_more_than_it_may_be()
{
    let two = Two::with(|config| {
        many_at_once(config);
        config.agents.attempts = 1;
    })
    .await;
    let talk = two.talk(&json!({})).await;
    two.send_for_later(&talk, 230, (SECOND, None)).await;
    two.w.clock.advance(SECOND);
    let path = format!("/api/v1/agents/{}/inbox?limit=100", two.max.id);
    for many in [100, 100, 30] {
        let handed = two.done("GET", path.clone(), &two.max.token, &Value::Null).await;
        assert_eq!(handed["messages"].as_array().unwrap().len(), many);
    }
    two.w.clock.advance(5 * MINUTE);
    let handed = two.done("GET", path, &two.max.token, &Value::Null).await;
    assert_eq!(handed["messages"], json!([]));
    assert_eq!(two.under_way().await, 0);
}

#[actix_web::test]
async fn nobody_fills_an_inbox_alone_and_where_several_did_nobody_else_is_blamed_and_the_house_is_heard() {
    let two = Two::with(|config| {
        config.agents.queue_max = 8;
        config.agents.floods_per_hour = 3;
    })
    .await;
    let open = json!({ "registration": { "preferences": { "privacy": "open" } } });
    two.done("PATCH", format!("/api/v1/agents/{}", two.max.id), &two.ben, &open).await;
    let say = async |token: &str| {
        let new = json!({ "with": [two.max.id], "about": "social" });
        let talk = two.done("POST", "/api/v1/conversations", token, &new).await;
        format!("/api/v1/conversations/{}/messages", talk["id"].as_str().unwrap())
    };
    let zoe = two.w.member("zoe@example.com", "Zoe").await;
    let zed = program(&two.w, &zoe, "Zed").await;
    let kim = two.w.member("kim@example.com", "Kim").await;
    let kit = program(&two.w, &kim, "Kit").await;
    // A quarter of the inbox each.
    let mayas = say(&two.maya.token).await;
    for (token, path) in [
        (&two.maya.token, mayas.clone()),
        (&two.ana, say(&two.ana).await),
        (&zed.token, say(&zed.token).await),
        (&zoe, say(&zoe).await),
    ] {
        for code in [201, 201, 429] {
            let reply = two.ask("POST", path.clone(), token, &request("Hello")).await;
            assert_eq!(reply.code, code, "{}", reply.text);
        }
        let reply = two.ask("POST", path, token, &request("Hello")).await;
        assert_eq!((reply.problem().as_str(), reply.header("retry-after")), ("throttled", Some("30")));
    }
    let path = say(&kit.token).await;
    for _ in 0..5 {
        let reply = two.ask("POST", path.clone(), &kit.token, &request("Hello")).await;
        assert_eq!((reply.code, reply.problem().as_str()), (429, "inbox.full"));
        assert_eq!(reply.header("retry-after"), Some("30"));
    }
    // The house's own words go in all the same.
    let root = two.w.user("root@example.org", "Root", entente::accounts::Role::Admin).await;
    let root = two.w.token(Some(root), &[entente::accounts::Scope::Admin]).await;
    let new = json!({ "with": [two.max.id], "about": "information", "shape": "system" });
    let told = two.done("POST", "/api/v1/conversations", &root, &new).await;
    let path = format!("/api/v1/conversations/{}/messages", told["id"].as_str().unwrap());
    let words = json!({ "type": "system", "text": "We move house on Friday." });
    assert_eq!(two.ask("POST", path, &root, &words).await.code, 201);
    assert_eq!(two.under_way().await, 9);
    no_query_scans(&two.w.web.store);
}

#[actix_web::test]
async fn what_waited_for_later_is_gone_with_a_block_with_the_connection_and_with_its_conversation() {
    for how in ["block", "disconnect", "close", "stricter"] {
        let two = Two::with(many_at_once).await;
        let talk = two.talk(&json!({})).await;
        two.send_for_later(&talk, 3, (89 * DAY, None)).await;
        assert_eq!(two.under_way().await, 3);
        let max = format!("/api/v1/agents/{}", two.max.id);
        match how {
            "block" => {
                let path = format!("{max}/relations/{}", two.maya.id);
                two.done("PUT", path, &two.ben, &json!({ "relation": "blocked" })).await;
            }
            "disconnect" => {
                let path = format!("/api/v1/connections/{}", two.connection);
                two.done("DELETE", path, &two.ben, &Value::Null).await;
            }
            "close" => {
                let path = format!("/api/v1/conversations/{talk}/close");
                two.done("POST", path, &two.max.token, &Value::Null).await;
            }
            _ => {
                let strict = json!({ "registration": { "preferences": { "privacy": "strict" } } });
                two.done("PATCH", max, &two.ben, &strict).await;
            }
        }
        two.follow().await;
        assert_eq!(two.under_way().await, 0, "{how}");
        let reason = if how == "close" { "dead (closed)" } else { "dead (not_permitted)" };
        assert_eq!(two.receipts().await, [reason; 3], "{how}");
        no_query_scans(&two.w.web.store);
    }
}

#[actix_web::test]
async fn what_waits_is_taken_back_by_its_sender_and_what_was_handed_over_is_not() {
    let two = Two::new().await;
    let talk = two.talk(&json!({})).await;
    let first = two.say(&talk, &request("No, forget it")).await;
    let second = two.say(&talk, &request("This one")).await;
    let path = |sent: &Value| format!("/api/v1/deliveries/{}", sent["deliveries"][0]["id"].as_str().unwrap());
    assert_eq!(two.ask("DELETE", path(&first), &two.max.token, &Value::Null).await.code, 404);
    for _ in 0..2 {
        let gone = two.done("DELETE", path(&first), &two.maya.token, &Value::Null).await;
        assert_eq!((&gone["state"], &gone["reason"]), (&json!("dead"), &json!("withdrawn")));
    }
    assert_eq!(texts(&two.inbox().await), ["This one"], "what was behind it comes");
    assert_eq!(two.receipts().await, ["dead (withdrawn)", "delivered"], "twice is once");
    let late = two.ask("DELETE", path(&second), &two.maya.token, &Value::Null).await;
    assert_eq!((late.code, late.problem().as_str()), (409, "delivery.under-way"));
}

#[actix_web::test]
async fn a_conversation_in_which_nothing_was_said_ends_without_a_word() {
    let two = Two::new().await;
    for says in [false, true] {
        let talk = two.talk(&json!({})).await;
        if says {
            two.say(&talk, &request("Hello")).await;
        }
        let path = format!("/api/v1/conversations/{talk}/close");
        two.done("POST", path, &two.maya.token, &Value::Null).await;
        assert_eq!(two.under_way().await, if says { 2 } else { 0 });
    }
}

#[actix_web::test]
async fn one_person_takes_no_more_than_half_of_an_agents_conversations_and_all_others_still_find_it() {
    let two = Two::new().await;
    let open = json!({ "registration": { "preferences": { "privacy": "open" } } });
    two.done("PATCH", format!("/api/v1/agents/{}", two.max.id), &two.ben, &open).await;
    let new = json!({ "with": [two.max.id], "about": "social" });
    for _ in 0..5 {
        two.talk(&json!({})).await;
    }
    for token in [&two.maya.token, &two.ana] {
        let reply = two.ask("POST", "/api/v1/conversations", token, &new).await;
        assert_eq!((reply.code, reply.problem().as_str()), (409, "agent.conversations"));
    }
    let zoe = two.w.member("zoe@example.com", "Zoe").await;
    let zed = program(&two.w, &zoe, "Zed").await;
    assert_eq!(two.ask("POST", "/api/v1/conversations", &zed.token, &new).await.code, 201);
}

#[actix_web::test]
async fn a_person_whose_program_is_in_as_many_as_it_can_be_in_is_reached_by_their_built_in_agent() {
    let two = Two::new().await;
    let one = json!({ "registration": { "capabilities": { "conversations_max": 1 } } });
    two.done("PATCH", format!("/api/v1/agents/{}", two.max.id), &two.ben, &one).await;
    let begin = async || {
        let new = json!({ "with": [two.connection], "about": "social" });
        let talk = two.done("POST", "/api/v1/conversations", &two.maya.token, &new).await;
        talk["members"].to_string().contains(&two.max.id)
    };
    assert_eq!((begin().await, begin().await), (true, false));
}

#[actix_web::test]
async fn what_the_house_tells_takes_no_agents_place_in_a_conversation() {
    let two = Two::new().await;
    let one = json!({ "registration": { "capabilities": { "conversations_max": 1 } } });
    two.done("PATCH", format!("/api/v1/agents/{}", two.max.id), &two.ben, &one).await;
    let root = two.w.user("root@example.org", "Root", entente::accounts::Role::Admin).await;
    let root = two.w.token(Some(root), &[entente::accounts::Scope::Admin]).await;
    let new = json!({ "with": [two.max.id], "about": "information", "shape": "system" });
    two.done("POST", "/api/v1/conversations", &root, &new).await;
    two.talk(&json!({})).await;
}

#[actix_web::test]
async fn a_text_that_is_too_long_is_refused_and_not_cut() {
    let two = Two::new().await;
    let talk = two.talk(&json!({})).await;
    let path = format!("/api/v1/conversations/{talk}/messages");
    let long = "é".repeat(5_000);
    assert_eq!(two.say(&talk, &request(&long)).await["place"], 1);
    let reply = two.ask("POST", path, &two.maya.token, &request(&format!("{long}e"))).await;
    assert_eq!((reply.code, &reply.json()["field"]), (400, &json!("text")));
    assert_eq!(texts(&two.inbox().await), [long]);
}

#[actix_web::test]
async fn what_cannot_be_meant_is_refused_by_its_own_name() {
    let two = Two::new().await;
    let talk = two.talk(&json!({})).await;
    two.say(&talk, &request("Hello")).await;
    let inbox = format!("/api/v1/agents/{}/inbox", two.max.id);
    for (query, field) in
        [("wait=-1", "wait"), ("wait=61", "wait"), ("limit=0", "limit"), ("limit=-5", "limit")]
    {
        let reply = two.ask("GET", format!("{inbox}?{query}"), &two.max.token, &Value::Null).await;
        assert_eq!((reply.code, &reply.json()["field"]), (400, &json!(field)), "{query}");
    }
    let handed = two.inbox().await;
    let reply = two.answer("nack", &handed[0], &json!({ "delay_seconds": -1 })).await;
    let words = "A message is put off by 0 seconds or more, and by 7 days at most.";
    assert_eq!((reply.code, &reply.json()["detail"]), (400, &json!(words)));
    // Beyond what there is nobody can have been: whoever says so goes on from now.
    let path = format!("/api/v1/agents/{}/receipts?since=999999999", two.maya.id);
    let next = two.done("GET", path, &two.maya.token, &Value::Null).await["next"].as_i64().unwrap();
    assert_eq!(next, two.w.head().await);
}

#[actix_web::test]
async fn where_agents_are_switched_off_neither_a_token_nor_a_key_nor_a_search_is_good_for_anything() {
    let two = Two::new().await;
    let handle = two.done("GET", format!("/api/v1/agents/{}", two.max.id), &two.ben, &Value::Null).await;
    let handle = handle["registration"]["handle"].as_str().unwrap().to_owned();
    let key = json!({ "name": "Laptop", "scopes": ["messages.read"] });
    let keys = format!("/api/v1/agents/{}/keys", two.max.id);
    let key = two.done("POST", keys, &two.ben, &key).await["secret"].as_str().unwrap().to_owned();
    let found = format!("/api/v1/agents/found?handle={}", handle.to_uppercase());
    let Two { w, ben, max, ana, .. } = two;
    let seen = ask(&w, "GET", found.clone(), &ana, &Value::Null).await;
    assert_eq!(seen.code, 404, "it does not want to be found");
    let wanted = json!({ "registration": { "discoverable": true } });
    done(&w, "PATCH", format!("/api/v1/agents/{}", max.id), &ben, &wanted).await;
    done(&w, "GET", found.clone(), &ana, &Value::Null).await;
    done(&w, "POST", "/api/v1/agents/token", &key, &json!({})).await;
    let w: World = w.reopened_with(|config| config.agents.enabled = false);
    for (method, path, body) in [
        ("GET", format!("/api/v1/agents/{}/inbox", max.id), Value::Null),
        ("POST", format!("/api/v1/agents/{}/heartbeat", max.id), json!({})),
        ("GET", "/api/v1/agents/sharing".to_owned(), Value::Null),
    ] {
        let reply = ask(&w, method, path.clone(), &max.token, &body).await;
        assert_eq!((reply.code, reply.problem().as_str()), (409, "agent.off"), "{path}: {}", reply.text);
    }
    // A good key is told so, and told nothing else however often it comes; of a wrong one nothing is told.
    for _ in 0..130 {
        w.clock.advance(SECOND);
        let exchange = ask(&w, "POST", "/api/v1/agents/token", &key, &json!({})).await;
        assert_eq!((exchange.code, exchange.problem().as_str()), (409, "agent.off"));
        let late =
            ask(&w, "POST", format!("/api/v1/agents/{}/heartbeat", max.id), &max.token, &json!({})).await;
        assert_eq!((late.code, late.problem().as_str()), (409, "agent.off"));
    }
    let wrong = format!("{}x", &key[..key.len() - 1]);
    for (path, secret) in [("/api/v1/agents/token", wrong.as_str()), ("/api/v1/agents/sharing", "a.b.c")] {
        let method = if path.ends_with("token") { "POST" } else { "GET" };
        let body = if method == "POST" { json!({}) } else { Value::Null };
        let reply = ask(&w, method, path, secret, &body).await;
        assert_eq!((reply.code, reply.problem().as_str()), (401, "unauthenticated"), "{path}");
    }
    for path in [found.as_str(), "/api/v1/agents/sharing"] {
        let reply = ask(&w, "GET", path, &ana, &Value::Null).await;
        assert_eq!((reply.code, reply.problem().as_str()), (409, "agent.off"), "{path}");
    }
    let beat = ask(&w, "POST", format!("/api/v1/agents/{}/heartbeat", max.id), &ben, &json!({})).await;
    assert_eq!(beat.problem(), "agent.off");
    let w: World = w.reopened_with(|config| config.agents.enabled = true);
    done(&w, "POST", "/api/v1/agents/token", &key, &json!({})).await;
    done(&w, "POST", format!("/api/v1/agents/{}/heartbeat", max.id), &max.token, &json!({})).await;
}

#[actix_web::test]
async fn one_full_inbox_keeps_a_message_from_nobody_else_of_a_group_and_its_sender_sees_whose_it_was() {
    let two = Two::with(|config| config.agents.queue_max = 2).await;
    let zoe = two.w.member("zoe@example.com", "Zoe").await;
    let zed = program(&two.w, &zoe, "Zed").await;
    let open = json!({ "registration": { "preferences": { "privacy": "open" } } });
    two.done("PATCH", format!("/api/v1/agents/{}", zed.id), &zoe, &open).await;
    // Others fill it.
    for token in [&two.ana, &two.ben] {
        let new = json!({ "with": [zed.id], "about": "social" });
        let talk = two.done("POST", "/api/v1/conversations", token, &new).await;
        let path = format!("/api/v1/conversations/{}/messages", talk["id"].as_str().unwrap());
        two.done("POST", path, token, &request("Hello")).await;
    }
    let talk = two.talk(&json!({ "with": [two.max.id, zed.id] })).await;
    let sent = two.say(&talk, &request("Is there a room?")).await;
    let mut states: Vec<_> = sent["deliveries"].as_array().unwrap().iter().collect();
    states.sort_by_key(|one| one["to"] == zed.id);
    let state = |at: usize| (&states[at]["state"], &states[at]["reason"]);
    assert_eq!(state(0), (&json!("queued"), &Value::Null));
    assert_eq!(state(1), (&json!("dead"), &json!("inbox_full")));
    assert_eq!(texts(&two.inbox().await), ["Is there a room?"]);
    assert_eq!(two.receipts().await, ["dead (inbox_full)", "delivered"]);
    // It alone is told nothing.
    let mut alone = request("And you?");
    alone["to"] = json!([zed.id]);
    let path = format!("/api/v1/conversations/{talk}/messages");
    let reply = two.ask("POST", path, &two.maya.token, &alone).await;
    assert_eq!((reply.code, reply.problem().as_str()), (429, "inbox.full"));
    no_query_scans(&two.w.web.store);
}
