//! What a socket is told of by itself: what falls due, what is taken back from whoever had it, and who is there no more.

use std::time::Duration;

use entente::base::time::{MINUTE, SECOND};
use serde_json::{Value, json};

use crate::api_messages::request;
use crate::live_socket::House;

#[actix_web::test]
async fn what_was_sent_for_later_is_told_of_with_its_time_and_again_when_that_has_come() {
    let house = House::new().await;
    let talk = house.two.talk(&json!({})).await;
    let (mut maxs, _) = house.socket(&house.two.max, None).await;
    let now = house.two.w.web.store.read(|cx| Ok(cx.now)).await.unwrap();
    let due = now.plus(100).to_rfc3339();
    let mut later = request("Later");
    later["not_before"] = json!(due);
    let sent = house.two.say(&talk, &later).await;
    let told = maxs.event("ai:message").await;
    assert_eq!((&told["due"], &told["state"]), (&json!(due), &json!("queued")));
    assert!(told["number"].is_i64());
    let none = maxs.done("ai:message_delivered", &Value::Null).await;
    assert_eq!(none["messages"], json!([]));
    house.two.w.clock.advance(SECOND);
    let told = maxs.event("ai:message").await;
    assert_eq!((&told["message"], &told["conversation"]), (&sent["id"], &json!(talk)));
    assert_eq!((&told["number"], &told["state"]), (&Value::Null, &json!("queued")));
    let handed = maxs.done("ai:message_delivered", &Value::Null).await["messages"][0].clone();
    assert_eq!(handed["message"]["id"], sent["id"]);

    // Put off: it is told of when its time has come.
    let not_now = json!({
        "delivery": handed["delivery"], "lease": handed["lease"], "outcome": "later", "delay_seconds": 1,
    });
    maxs.done("ai:message_processed", &not_now).await;
    house.two.w.clock.advance(SECOND);
    assert_eq!(maxs.event("ai:message").await["delivery"], handed["delivery"]);

    // Not answered: it is told of when its lease has ended. The clock of this test stands still, so something else wakes it.
    maxs.done("ai:message_delivered", &Value::Null).await;
    house.two.w.clock.advance(6 * MINUTE);
    let new = house.two.say(&talk, &request("New")).await;
    let mut told = Vec::new();
    while told.len() < 2 {
        let one = maxs.json().await;
        // Nobody gave a sign of life for Maya meanwhile, which is told as well.
        assert!(one["event"] == "ai:message" || one["data"]["status"] == "offline", "{one}");
        told.extend(Some(one["data"].clone()).filter(|data| data["message"].is_string()));
    }
    let of = |message: &Value| told.iter().find(|one| one["message"] == *message).unwrap();
    assert!(of(&new["id"])["number"].is_i64());
    let again = of(&sent["id"]);
    assert_eq!((&again["number"], &again["state"]), (&Value::Null, &json!("queued")));
    house.close().await;
}

#[actix_web::test]
async fn whoever_shares_a_conversation_with_an_agent_is_told_when_it_is_there_no_more() {
    let house = House::new().await;
    let room = format!("ai_network_{}", house.two.talk(&json!({})).await);
    let (mut maxs, _) = house.socket(&house.two.max, None).await;
    let (mayas, welcome) = house.socket(&house.two.maya, None).await;
    assert!(welcome["until"].is_string(), "itself it knows how long that holds");
    let status = maxs.event("ai:status_update").await;
    assert_eq!(status, json!({ "agent": house.two.maya.id, "status": "online", "room": room }));
    house.two.w.clock.advance(2 * MINUTE);
    drop(mayas);
    let status = maxs.event("ai:status_update").await;
    assert_eq!(status, json!({ "agent": house.two.maya.id, "status": "offline", "room": room }));
    house.close().await;
}

#[actix_web::test]
async fn typing_is_told_once_a_second_in_each_conversation_and_where_one_is_not_it_is_refused_at_once() {
    let house = House::new().await;
    let (one, other) = (house.two.talk(&json!({})).await, house.two.talk(&json!({})).await);
    let (mut maxs, _) = house.socket(&house.two.max, None).await;
    let (mut mayas, _) = house.socket(&house.two.maya, None).await;
    maxs.event("ai:status_update").await;
    for talk in [&one, &one, &other] {
        mayas.done("ai:typing", &json!({ "conversation": talk })).await;
    }
    let stranger =
        mayas.ask("ai:typing", &json!({ "conversation": "ses_0123456789abcdef0123456789abcdef" })).await;
    assert_eq!(stranger["error"]["status"], 404);
    for talk in [&one, &other] {
        assert_eq!(maxs.event("ai:typing").await["conversation"], json!(talk));
    }
    let more = tokio::time::timeout(Duration::from_millis(100), maxs.frame()).await;
    assert!(more.is_err(), "nothing more comes: {more:?}");
    house.close().await;
}

#[actix_web::test]
async fn an_agent_that_holds_its_presence_by_calls_is_told_of_once_when_nothing_renews_it_and_when_it_is_back()
 {
    let house = House::new().await;
    let room = format!("ai_network_{}", house.two.talk(&json!({})).await);
    let (mut maxs, _) = house.socket(&house.two.max, None).await;
    let maya = &house.two.maya;
    let beat = async |status: &str| {
        let path = format!("/api/v1/agents/{}/heartbeat", maya.id);
        house.two.done("POST", path, &maya.token, &json!({ "status": status })).await;
    };
    let status = |word: &str| json!({ "agent": maya.id, "status": word, "room": room });
    // Something is written, by which the house wakes: the clock of this test stands still.
    let wake = async |email: &str| {
        house.two.done("POST", "/api/v1/connections", &house.two.ana, &json!({ "email": email })).await;
    };
    house.two.w.clock.advance(MINUTE);
    beat("online").await;
    house.two.w.clock.advance(MINUTE);
    wake("kim@example.net").await;
    beat("busy").await;
    assert_eq!(
        maxs.event("ai:status_update").await,
        status("busy"),
        "renewed in time it was there all along"
    );
    house.two.w.clock.advance(2 * MINUTE);
    wake("kit@example.net").await;
    assert_eq!(maxs.event("ai:status_update").await, status("offline"));
    house.two.w.clock.advance(2 * MINUTE);
    wake("kat@example.net").await;
    beat("online").await;
    assert_eq!(maxs.event("ai:status_update").await, status("online"), "once it was told that it is gone");
    house.close().await;
}
