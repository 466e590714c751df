//! Lanes: what is under way from one agent to another in a conversation is counted, and the count is what there is.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use entente::base::time::{DAY, MINUTE};
use entente::journal;
use entente::messages;
use entente::sessions::{self, conversation};
use entente::store::Store;
use serde_json::{Value, json};

use crate::api_messages::{Two, request, texts};
use crate::plans::no_query_scans;

/// Each lane with what is counted as under way in it, and with what is; and what is known of it at all.
fn lanes(store: &Store) -> Vec<(i64, i64, bool)> {
    let read = store.read_blocking(|cx| {
        cx.db.all(
            "SELECT l.under_way, l.is_live, 1 AS line,
                 (SELECT COUNT(*) FROM deliveries d WHERE d.session_id = l.session_id AND d.to_id = l.to_id
                      AND COALESCE(d.from_id, 'house') = l.from_id AND d.ended_at IS NULL) AS found
             FROM lanes l ORDER BY l.session_id, l.from_id",
            &[],
            |row| Ok((row.get("under_way")?, row.get("found")?, row.get("is_live")?)),
        )
    });
    read.unwrap()
}

/// What is counted as under way in each lane, where that is what there is.
fn counted(two: &Two) -> Vec<i64> {
    let all = lanes(&two.w.web.store);
    for (counted, found, is_live) in &all {
        assert_eq!((counted, *is_live), (found, *found > 0), "a lane counts what is under way");
    }
    all.into_iter().map(|(counted, ..)| counted).collect()
}

#[actix_web::test]
async fn whatever_becomes_of_messages_their_lanes_count_what_is_under_way() {
    let two = Two::new().await;
    let (talk, other) = (two.talk(&json!({})).await, two.talk(&json!({})).await);
    for text in ["a", "b", "c", "d"] {
        two.say(&talk, &request(text)).await;
    }
    two.say(&other, &request("elsewhere")).await;
    assert_eq!(counted(&two), [4, 1]);
    let handed = two.inbox().await;
    assert_eq!(counted(&two), [4, 1], "what was handed over is under way");
    assert_eq!(texts(&handed), ["a", "elsewhere"]);
    two.answer("ack", &handed[0], &Value::Null).await;
    two.answer("nack", &handed[1], &json!({ "delay_seconds": 60 })).await;
    assert_eq!(counted(&two), [3, 1]);
    let next = two.inbox().await;
    two.answer("give-up", &next[0], &json!({ "error": "no" })).await;
    assert_eq!(counted(&two), [2, 1]);
    let mut brief = request("brief");
    let now = two.w.web.store.read(|cx| Ok(cx.now)).await.unwrap();
    brief["expires_at"] = json!(now.plus(MINUTE).to_rfc3339());
    let sent = two.say(&other, &brief).await;
    let gone = two.say(&other, &request("taken back")).await;
    assert_eq!(counted(&two), [2, 3]);
    let path = format!("/api/v1/deliveries/{}", gone["deliveries"][0]["id"].as_str().unwrap());
    two.done("DELETE", path, &two.maya.token, &Value::Null).await;
    two.w.clock.advance(2 * MINUTE);
    two.w.write(messages::end_overdue).await;
    assert_eq!(counted(&two), [2, 1], "{sent}");
    let close = format!("/api/v1/conversations/{talk}/close");
    two.done("POST", close, &two.maya.token, &json!({})).await;
    assert_eq!(
        counted(&two),
        [2, 1, 1],
        "what waits is still handed over, and what the house says of the end as well"
    );
    two.w.clock.advance(60 * DAY);
    two.w.write(conversation::erase_due).await;
    assert_eq!(counted(&two), [1], "what is erased leaves no lane");
}

#[actix_web::test]
async fn a_program_that_is_retired_has_nothing_under_way_to_it() {
    let two = Two::new().await;
    let talk = two.talk(&json!({})).await;
    for text in ["a", "b"] {
        two.say(&talk, &request(text)).await;
    }
    assert_eq!(counted(&two), [2]);
    two.done("DELETE", format!("/api/v1/agents/{}", two.max.id), &two.ben, &Value::Null).await;
    while journal::follow(&two.w.web.store, sessions::FOLLOWER).await.unwrap() > 0 {}
    assert_eq!(counted(&two), [0, 1], "whoever wrote to it is told that it left");
}

/// Ana and Ben, whose programs play in a session in which Ana has named a time herself; and its path.
async fn played() -> (Two, String) {
    let two = Two::new().await;
    let grant = json!({
        "scopes": ["calendar.availability.read", "calendar.events.propose", "calendar.events.write.confirm"],
        "constraints": { "notice_minutes": 0 },
    });
    let path = format!("/api/v1/connections/{}/grants", two.connection);
    two.done("PUT", path, &two.ben, &grant).await;
    let new = json!({
        "with": [two.connection], "length_minutes": 30,
        "from": "2026-11-25T00:00:00+01:00", "to": "2026-11-28T00:00:00+01:00",
    });
    let begun = two.done("POST", "/api/v1/sessions", &two.ana, &new).await;
    let path = format!("/api/v1/sessions/{}", begun["id"].as_str().unwrap());
    let slot = json!({ "start": "2026-11-25T10:00:00+01:00", "end": "2026-11-25T10:30:00+01:00" });
    let said = json!({ "type": "proposal", "slots": [slot] });
    two.done("POST", format!("{path}/messages"), &two.ana, &said).await;
    assert_eq!(counted(&two), [1, 1], "each program is told");
    (two, path)
}

#[actix_web::test]
async fn a_session_that_came_to_nothing_leaves_no_lane_when_it_is_swept() {
    let (two, path) = played().await;
    two.done("DELETE", path, &two.ana, &Value::Null).await;
    two.w.clock.advance(90 * DAY);
    assert_eq!(two.w.write(sessions::delete_ended).await, 0);
    assert_eq!(counted(&two).len(), 2);
    two.w.clock.advance(MINUTE);
    assert_eq!(two.w.write(sessions::delete_ended).await, 1);
    assert!(counted(&two).is_empty());
    no_query_scans(&two.w.web.store);
}

#[actix_web::test]
async fn a_session_that_came_to_a_meeting_leaves_no_lane_once_nothing_is_known_of_what_was_said() {
    let (two, path) = played().await;
    let seen = two.done("GET", path.clone(), &two.ben, &Value::Null).await;
    let yes = json!({ "proposal": seen["proposals"][0]["id"] });
    let said = two.done("POST", format!("{path}/confirm"), &two.ben, &yes).await;
    assert_eq!(said["state"], "confirmed", "{said}");
    // Maya has dealt with what she was told, Max never comes.
    let inbox = format!("/api/v1/agents/{}/inbox", two.maya.id);
    let given = two.done("GET", inbox, &two.maya.token, &Value::Null).await;
    for one in given["messages"].as_array().unwrap() {
        let ack = format!("/api/v1/deliveries/{}/ack", one["delivery"].as_str().unwrap());
        two.done("POST", ack, &two.maya.token, &json!({ "lease": one["lease"] })).await;
    }
    let talk = two.talk(&json!({})).await;
    two.say(&talk, &request("something else")).await;
    let swept = || two.w.write(|cx| messages::delete_ended(cx));
    two.w.clock.advance(60 * DAY);
    while two.w.write(messages::end_overdue).await > 0 {}
    let known = counted(&two).len();
    assert_eq!((known, swept().await), (7, 0));
    two.w.clock.advance(306 * DAY);
    assert!(swept().await > 0);
    assert_eq!(counted(&two).len(), 4, "{:?}", lanes(&two.w.web.store));
    two.w.clock.advance(60 * DAY);
    assert!(swept().await > 0);
    assert_eq!(counted(&two), [1]);
    assert_eq!(two.done("GET", path, &two.ben, &Value::Null).await["state"], "confirmed");
    no_query_scans(&two.w.web.store);
}
