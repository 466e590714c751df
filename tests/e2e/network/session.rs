//! Session: A begins one by a line of words; B hears of it; what the agents agree on respects both calendars.

use chrono::TimeDelta;
use serde_json::json;

use super::town::{AUTO, Town, at, span};
use crate::booking::{GUEST, HOST, assert_private};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_becomes_the_one_time_that_both_calendars_leave() {
    let town = Town::connected(AUTO).await;
    // Lisbon's noon is one in Paris: from there an hour is all that the two leave.
    town.is_busy(HOST, &["09:00-11:00", "13:00-17:00"]).await;
    town.is_busy(GUEST, &["11:30-13:00"]).await;
    let id = town.begins("60 minutes with Ben on {day}", "Trio rehearsal").await;

    let notice = town.notice(GUEST, "session.started").await;
    assert!(notice["text"].as_str().is_some_and(|text| text.contains(HOST.name)), "{notice}");
    let session = town.session_when(&id, "confirmed").await;
    let noon = at(HOST, town.day, 12, 0);
    let chosen =
        session["proposals"].as_array().expect("proposals").iter().find(|one| one["state"] == "chosen");
    assert_eq!(span(chosen.expect("a time")), (noon, noon + TimeDelta::minutes(60)), "{session}");
    assert_eq!(session["proposals"].as_array().map(Vec::len), Some(1), "there was no other: {session}");

    for (reader, other) in [(HOST, GUEST), (GUEST, HOST)] {
        let invitation = town.mail_to(reader, "Trio rehearsal — Invitation");
        assert_private(&invitation, reader, &[other]);
        let meetings = town.meetings(reader).await;
        assert_eq!((meetings.len(), span(&meetings[0])), (1, (noon, noon + TimeDelta::minutes(60))));
        town.notice(reader, "meeting.booked").await;
    }
    // Whoever was asked reads what about, and what was shown.
    let questions = town.get(GUEST, "/connections/questions").await;
    assert!(questions["questions"].as_array().is_some_and(|all| !all.is_empty()), "{questions}");

    // The same hour is not there a second time.
    let id = town.begins("60 minutes with Ben on {day}", "Another").await;
    let session = town.session_when(&id, "canceled").await;
    assert_eq!(session["reason"], json!("no-common-time"), "{session}");
    assert_eq!(town.holds(), 0);
}
