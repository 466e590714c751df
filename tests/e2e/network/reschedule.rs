//! Rescheduling: whoever was mailed the link of a meeting is offered the times that suit both, out of both calendars, without
//! signing in and without scripts.

use reqwest::Method;
use serde_json::{Value, json};

use super::town::{Town, at};
use crate::booking::{GUEST, HOST, assert_private, book, link, rfc3339, seen, seen_when};
use crate::rig::{Browser, property};

const SHARES: &[&str] = &["calendar.availability.read"];
/// The times on the page, as it offers them.
const OFFERED: &str =
    "[...document.querySelectorAll('main ul.slots button')].map(it => it.value.split('pick:')[1])";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_the_link_of_a_mail_a_meeting_is_moved_to_a_time_that_both_calendars_have() {
    let town = Town::connected(SHARES).await;
    // She has time for him on Mondays alone.
    let id = town.connection(HOST).await;
    let mondays = json!({ "scopes": SHARES, "constraints": { "notice_minutes": 0, "weekdays": ["mon"] } });
    town.ok(HOST, Method::PUT, &format!("/connections/{id}/grants"), mondays).await;
    // Until half past three, and from half past four, on his clock: one hour is left of that day.
    town.is_busy(HOST, &["09:00-14:30"]).await;
    town.is_busy(GUEST, &["16:30-17:00"]).await;
    let admin = tokio::task::block_in_place(|| town.server.token("admin"));
    let meeting = book(&town.server, &admin, &[GUEST]).await;
    let address = link(&town.mail_to(GUEST, "Trio rehearsal — Invitation"), "reschedule");

    let looking = Browser::start().await;
    looking.open(&address).await;
    let mut faults = looking.faults("reschedule-may-ask").await;
    let questions = town.get(HOST, "/connections/questions").await;
    assert_eq!(questions["questions"], json!([]), "looking asks nothing");
    looking.press("Show times that suit both of you").await;
    faults.extend(looking.faults("reschedule-offered").await);
    assert_eq!(faults, Vec::<String>::new());

    let plain = Browser::without_scripts().await;
    plain.open(&address).await;
    plain.press("Show times that suit both of you").await;
    let page = plain.evaluate("document.documentElement.outerHTML").await.to_string();
    assert!(!page.contains(HOST.user) && !page.contains("Dentist"), "{page}");
    let wanted = rfc3339(at(GUEST, town.day, 15, 30));
    let offered = plain.evaluate(OFFERED).await;
    let offered: Vec<&str> = offered.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let of_that_day: Vec<_> =
        offered.iter().filter(|start| start.starts_with(&town.day.to_string())).collect();
    assert_eq!(of_that_day, [&wanted], "{offered:?}");
    let questions = town.get(HOST, "/connections/questions").await;
    let all = questions["questions"].as_array().expect("questions");
    assert!(all.len() == 2 && all.iter().all(|one| one["asked_by"] == GUEST.name), "{questions}");

    plain.click(&format!("main ul.slots button[value='pick:{wanted}']")).await;
    assert_eq!(plain.evaluate(OFFERED).await, json!(offered), "and all of them are there still");
    let asked = town.get(HOST, "/connections/questions").await;
    assert_eq!(asked, questions, "and nobody was asked again");
    assert_eq!(plain.evaluate("document.querySelector('input[name=from]').value").await, "15:30");
    plain.press("Send the request").await;
    let asked = seen(&town.server, &admin, &meeting).await;
    assert_eq!(asked["proposals"][0]["start"], wanted.as_str(), "{asked}");
    plain.open(&link(&town.mail_to(HOST, "Approve new time"), "approve")).await;
    plain.press("Approve the new time").await;
    let moved = seen_when(&town.server, &admin, &meeting, "the move", |one| one["sequence"] == 1).await;
    assert_eq!(moved["start"], wanted.as_str());
    for (reader, other) in [(HOST, GUEST), (GUEST, HOST)] {
        let update = town.mail_to(reader, "Updated Time");
        assert_private(&update, reader, &[other]);
        let event = update.calendar().expect("an event");
        assert_eq!(property(&event, "SEQUENCE").as_deref(), Some(":1"));
    }
}
