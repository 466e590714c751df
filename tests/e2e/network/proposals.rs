//! Proposals: A's agent names times; B is told with the times at hand; both read them in the transcript; B counters, and
//! what B named is what A's agent goes on with.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;

use super::town::{CONFIRM, Town, at, span};
use crate::booking::{GUEST, HOST, assert_no_trace, link, rfc3339};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn proposals_respect_both_calendars_stand_in_the_transcript_and_are_answered_by_a_counter() {
    let town = Town::connected(CONFIRM).await;
    town.is_busy(HOST, &["09:00-10:00", "12:00-13:00"]).await;
    town.is_busy(GUEST, &["10:00-11:30"]).await;
    let id = town.begins("45 minutes with Ben on {day}", "Trio rehearsal").await;
    let session = town.session_when(&id, "awaiting_confirmation").await;
    let taken = [
        (at(HOST, town.day, 9, 0), at(HOST, town.day, 10, 0)),
        (at(HOST, town.day, 12, 0), at(HOST, town.day, 13, 0)),
        (at(GUEST, town.day, 10, 0), at(GUEST, town.day, 11, 30)),
    ];
    let (opens, closes) = (at(GUEST, town.day, 10, 0), at(GUEST, town.day, 17, 0));
    let proposals = session["proposals"].as_array().expect("proposals");
    assert!((1..=3).contains(&proposals.len()), "{session}");
    for proposal in proposals {
        let (start, end) = span(proposal);
        assert!(start >= opens && end <= closes, "within the hours of both: {proposal}");
        assert!(taken.iter().all(|(from, to)| end <= *from || start >= *to), "{proposal}");
    }
    let (hers, his) = (town.transcript(HOST, &id).await, town.transcript(GUEST, &id).await);
    assert_eq!(hers, his, "both read the same");
    let (kind, body) = &hers[0];
    assert_eq!((kind.as_str(), body["slots"].as_array().map(Vec::len)), ("proposal", Some(proposals.len())));

    let notice = town.notice(GUEST, "session.decision").await;
    assert_eq!(notice["waits"], json!(true), "{notice}");
    let asked = town.mail_to(GUEST, "waits for you to decide");
    assert_no_trace(&asked, &[HOST]);
    let first = link(&asked, "decide");

    // Ben names a time of his own: that he agrees to it goes without saying, and Mara's agent takes it.
    let (start, end) = (at(GUEST, town.day, 16, 0), at(GUEST, town.day, 16, 45));
    let counter = json!({ "type": "counter", "slots": [{ "start": rfc3339(start), "end": rfc3339(end) }] });
    town.ok(GUEST, Method::POST, &format!("/sessions/{id}/messages"), counter).await;
    town.session_when(&id, "confirmed").await;
    let meetings = town.meetings(GUEST).await;
    assert_eq!(span(&meetings[0]), (start, start + TimeDelta::minutes(45)));
    let said: Vec<String> = town.transcript(HOST, &id).await.into_iter().map(|(kind, _)| kind).collect();
    assert!(said.contains(&"counter".to_owned()), "{said:?}");
    // What the older mail asked is decided: its button does nothing any more.
    let late = town.server.post(&first, &[("do", "agree")]).await;
    assert!(late.body.contains("It is booked") || late.body.contains("nothing to decide"), "{late:?}");
    assert_eq!(town.meetings(HOST).await.len(), 1);
    assert_eq!(town.holds(), 0);
}
