//! In which order messages come, under which lease, and what becomes of those that do not come about.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use entente::base::time::{MINUTE, SECOND};
use entente::journal;
use entente::messages;
use serde_json::{Value, json};

use crate::api_messages::{Two, done, request, texts};
use crate::plans::no_query_scans;

fn with_priority(text: &str, priority: &str) -> Value {
    json!({ "type": "notification", "text": text, "priority": priority })
}

impl Two {
    /// Says each in a conversation of its own, so that none waits for another.
    async fn say_apart(&self, all: &[(&str, &str)]) -> Vec<Value> {
        let mut sent = Vec::new();
        for (text, priority) in all {
            let talk = self.talk(&json!({})).await;
            sent.push(self.say(&talk, &with_priority(text, priority)).await);
        }
        sent
    }

    fn delivery(sent: &Value) -> &str {
        sent["deliveries"][0]["id"].as_str().unwrap()
    }
}

#[actix_web::test]
async fn what_is_urgent_comes_first_and_after_a_restart_as_well() {
    let mut two = Two::new().await;
    let all = [("c", "medium"), ("d", "low"), ("a", "urgent"), ("b", "high")];
    let sent = two.say_apart(&all).await;
    let place = |sent: &Value| format!("/api/v1/deliveries/{}", Two::delivery(sent));
    let position = two.done("GET", place(&sent[1]), &two.maya.token, &Value::Null).await["position"].clone();
    assert_eq!(position, json!(3));
    two.w = two.w.reopened();
    // Handed over one by one and all at once, it is the same order.
    let path = format!("/api/v1/agents/{}/inbox?limit=1", two.max.id);
    let first = two.done("GET", path, &two.max.token, &Value::Null).await;
    assert_eq!(texts(first["messages"].as_array().unwrap()), ["a"]);
    let store = &two.w.web.store;
    store.write(|cx| entente::queue::free_leases_of_others(cx)).await.unwrap();
    assert_eq!(texts(&two.inbox().await), ["b", "c", "d"], "a start takes no message from whoever has it");
    let reply = two.answer("ack", &first["messages"][0], &Value::Null).await;
    assert_eq!(reply.json()["state"], "delivered");
}

#[actix_web::test]
async fn what_is_urgent_cannot_starve_what_has_waited_long_enough() {
    let two = Two::new().await;
    two.say_apart(&[("old and low", "low")]).await;
    two.w.clock.advance(4 * MINUTE);
    two.say_apart(&[("new and urgent", "urgent"), ("new and low", "low")]).await;
    assert_eq!(texts(&two.inbox().await), ["old and low", "new and urgent", "new and low"]);
}

#[actix_web::test]
async fn what_waits_can_be_made_more_urgent_by_its_sender_until_it_is_handed_over() {
    let two = Two::new().await;
    let sent = two.say_apart(&[("a", "medium"), ("b", "medium")]).await;
    let path = format!("/api/v1/deliveries/{}", Two::delivery(&sent[1]));
    let higher = json!({ "priority": "urgent" });
    let changed = two.done("PATCH", path.clone(), &two.maya.token, &higher).await;
    assert_eq!(changed["priority"], "urgent");
    assert_eq!(two.done("GET", path.clone(), &two.maya.token, &Value::Null).await["position"], 0);
    // Who did it, to which, and how urgent it is now: once, however often it is said.
    two.done("PATCH", path.clone(), &two.maya.token, &higher).await;
    let delivery = Two::delivery(&sent[1]).to_owned();
    let kept = two.w.web.store.read(move |cx| journal::after(cx, 0, 1_000)).await.unwrap();
    let kept: Vec<_> = kept.iter().filter(|entry| entry.kind == "delivery.reprioritised").collect();
    let [one] = kept.as_slice() else { panic!("{kept:?}") };
    let maya = Some(two.maya.id.clone());
    assert_eq!((Some(one.actor.clone()), one.subject.clone()), (maya.clone(), maya));
    assert_eq!((one.object.clone(), one.amount), (Some(delivery), Some(3)));
    assert_eq!(texts(&two.inbox().await), ["b", "a"]);
    let late = two.ask("PATCH", path.clone(), &two.maya.token, &higher).await;
    assert_eq!((late.code, late.problem().as_str()), (409, "delivery.under-way"));
    assert_eq!(two.ask("PATCH", path, &two.max.token, &higher).await.code, 404);
}

#[actix_web::test]
async fn messages_of_one_sender_in_one_conversation_come_in_order_and_a_refused_first_one_holds_up_the_rest()
{
    let two = Two::new().await;
    let talk = two.talk(&json!({})).await;
    for text in ["first", "second"] {
        two.say(&talk, &request(text)).await;
    }
    let other = two.talk(&json!({})).await;
    two.say(&other, &request("elsewhere")).await;
    let handed = two.inbox().await;
    assert_eq!(texts(&handed), ["first", "elsewhere"]);
    let put_back = two.answer("nack", &handed[0], &json!({ "delay_seconds": 30, "error": "busy" })).await;
    assert_eq!(put_back.json()["state"], "queued");
    assert!(two.inbox().await.is_empty(), "the second waits for the first, which is put off");
    two.w.clock.advance(30 * SECOND);
    let again = two.inbox().await;
    assert_eq!((texts(&again), &again[0]["attempt"]), (vec!["first"], &json!(2)));
    two.answer("ack", &again[0], &Value::Null).await;
    assert_eq!(texts(&two.inbox().await), ["second"]);
}

#[actix_web::test]
async fn acknowledging_one_leaves_the_others() {
    let two = Two::new().await;
    let sent = two.say_apart(&[("a", "high"), ("b", "medium"), ("c", "low")]).await;
    let handed = two.inbox().await;
    assert_eq!(texts(&handed), ["a", "b", "c"]);
    let states = async || {
        let mut all = Vec::new();
        for one in &sent {
            let path = format!("/api/v1/deliveries/{}", Two::delivery(one));
            let shown = two.done("GET", path, &two.maya.token, &Value::Null).await;
            all.push(shown["state"].as_str().unwrap().to_owned());
        }
        all
    };
    assert_eq!(two.answer("ack", &handed[1], &Value::Null).await.code, 200);
    assert_eq!(states().await, ["processing", "delivered", "processing"]);
    assert_eq!(two.receipts().await, ["delivered", "delivered", "delivered", "processed"]);
    assert!(two.inbox().await.is_empty(), "the others are still with whoever was handed them");
    // By their own leases, which the other's end did not touch; and what is not answered comes again, alone.
    assert_eq!(two.answer("ack", &handed[0], &Value::Null).await.code, 200);
    assert_eq!(states().await, ["delivered", "delivered", "processing"]);
    two.w.clock.advance(6 * MINUTE);
    assert_eq!(texts(&two.inbox().await), ["c"]);
}

#[actix_web::test]
async fn a_message_for_later_comes_then_and_holds_up_nothing() {
    let two = Two::new().await;
    let talk = two.talk(&json!({})).await;
    let mut later = request("later");
    let now = two.w.web.store.read(|cx| Ok(cx.now)).await.unwrap();
    later["not_before"] = json!(now.plus(10 * MINUTE).to_rfc3339());
    two.say(&talk, &later).await;
    two.say(&talk, &request("now")).await;
    assert_eq!(texts(&two.inbox().await), ["now"]);
    two.w.clock.advance(10 * MINUTE);
    let handed = two.inbox().await;
    assert!(texts(&handed).contains(&"later"), "{handed:?}");
}

#[actix_web::test]
async fn a_lease_that_ends_returns_the_message_and_the_old_lease_is_refused() {
    let two = Two::new().await;
    let talk = two.talk(&json!({})).await;
    two.say(&talk, &request("Hello")).await;
    let first = two.inbox().await;
    two.w.clock.advance(4 * MINUTE);
    let working = two.answer("working", &first[0], &Value::Null).await;
    assert_eq!(working.json()["state"], "processing");
    two.w.clock.advance(4 * MINUTE);
    assert!(two.inbox().await.is_empty(), "whoever says that they are at it keeps it");
    two.w.clock.advance(MINUTE);
    let late = two.answer("ack", &first[0], &Value::Null).await;
    assert_eq!((late.code, late.problem().as_str()), (409, "delivery.stale"));
    let second = two.inbox().await;
    assert_eq!((&second[0]["attempt"], second[0]["lease"] == first[0]["lease"]), (&json!(2), false));
    let stale = two.answer("ack", &first[0], &Value::Null).await;
    assert_eq!((stale.code, stale.problem().as_str()), (409, "delivery.stale"));
    assert_eq!(two.answer("ack", &second[0], &Value::Null).await.code, 200);
    let twice = two.answer("ack", &second[0], &Value::Null).await;
    assert_eq!(twice.problem(), "delivery.stale");
    assert_eq!(two.receipts().await, ["delivered", "processed"], "it is told once that it was handed over");
}

#[actix_web::test]
async fn after_its_last_attempt_a_message_is_dead_with_the_last_words_about_it() {
    let two = Two::new().await;
    let talk = two.talk(&json!({})).await;
    let sent = two.say(&talk, &request("Hello")).await;
    for _ in 0..2 {
        let handed = two.inbox().await;
        two.answer("nack", &handed[0], &json!({ "delay_seconds": 0, "error": "Ask ben@example.net" })).await;
    }
    two.inbox().await;
    two.w.clock.advance(5 * MINUTE);
    assert!(two.inbox().await.is_empty());
    assert_eq!(two.receipts().await, ["delivered", "dead (attempts)"]);
    let path = format!("/api/v1/deliveries/{}", Two::delivery(&sent));
    let told = two.done("GET", path, &two.maya.token, &Value::Null).await;
    assert_eq!(
        (&told["state"], &told["error"], &told["position"]),
        (&json!("dead"), &json!("Ask [address removed]"), &Value::Null)
    );
}

#[actix_web::test]
async fn a_message_that_is_given_up_has_failed_and_its_sender_knows_why() {
    let two = Two::new().await;
    let talk = two.talk(&json!({})).await;
    two.say(&talk, &request("Hello")).await;
    let handed = two.inbox().await;
    let reply = two.answer("give-up", &handed[0], &json!({ "error": "I cannot read this." })).await;
    assert_eq!(reply.json()["state"], "failed");
    assert_eq!(two.receipts().await, ["delivered", "failed (given_up)"]);
}

#[actix_web::test]
async fn a_message_whose_time_is_over_expires_and_its_sender_sees_it_though_nobody_asked_for_it() {
    let two = Two::new().await;
    let talk = two.talk(&json!({})).await;
    let now = two.w.web.store.read(|cx| Ok(cx.now)).await.unwrap();
    let mut soon = request("Before ten?");
    soon["expires_at"] = json!(now.plus(3 * MINUTE).to_rfc3339());
    two.say(&talk, &soon).await;
    two.say(&talk, &soon).await;
    let handed = two.inbox().await;
    assert_eq!(handed.len(), 1);
    two.w.clock.advance(3 * MINUTE);
    // Acknowledged too late it has expired all the same.
    assert_eq!(two.answer("ack", &handed[0], &Value::Null).await.json()["state"], "expired");
    two.w.write(messages::end_overdue).await;
    assert_eq!(two.receipts().await, ["delivered", "expired (time)", "expired (time)"]);
    assert!(two.inbox().await.is_empty());
    let store = two.w.web.store.clone();
    assert!(store.read(|cx| Ok(journal::verify(cx, None)?.is_ok())).await.unwrap());
    no_query_scans(&store);
}

#[actix_web::test]
async fn receipts_go_on_where_they_left_off_and_are_their_agents_own() {
    let two = Two::new().await;
    let talk = two.talk(&json!({})).await;
    two.say(&talk, &request("Hello")).await;
    let path = format!("/api/v1/agents/{}/receipts", two.maya.id);
    let handed = two.inbox().await;
    let first = two.done("GET", path.clone(), &two.maya.token, &Value::Null).await;
    assert_eq!(first["receipts"].as_array().unwrap().len(), 1);
    two.answer("ack", &handed[0], &Value::Null).await;
    let on = format!("{path}?since={}", first["next"]);
    let second = done(&two.w, "GET", on, &two.maya.token, &Value::Null).await;
    assert_eq!(
        (&second["receipts"][0]["kind"], &second["receipts"][0]["to"]),
        (&json!("processed"), &json!(two.max.id))
    );
    assert_eq!(second["receipts"].as_array().unwrap().len(), 1);
    assert_eq!(two.ask("GET", path.clone(), &two.max.token, &Value::Null).await.code, 404);
    // Its owner watches.
    assert_eq!(two.ask("GET", path, &two.ana, &Value::Null).await.code, 200);
}
