//! Days on which clocks change: working hours, busy time from real calendars and the booked time agree on both sides of
//! them, with two zones that change in the same night, and with two that change in different weeks.

use reqwest::Method;
use serde_json::json;

use super::house::House;
use super::town::event;
use crate::booking::{GUEST, HOST, Somebody, assert_private};
use crate::rig::Peer;

const NEW_YORKER: Somebody = Somebody { zone: "America/New_York", ..HOST };

/// Both work from midnight to six on Sundays: the hours in which clocks change.
async fn work_on_sunday_nights(house: &House) {
    for who in [HOST, GUEST] {
        let hours = json!({ "hours": { "sunday": ["00:00-06:00"] } });
        house.ok(who, Method::PATCH, "/profile", hours).await;
    }
}

/// What stands in both mailboxes, as somebody else's calendar program reads it.
fn is_invited(house: &House, subject: &str, start: &str) {
    for (reader, other) in [(HOST, GUEST), (GUEST, HOST)] {
        let mail = tokio::task::block_in_place(|| {
            house.mail.mailbox(reader.user).wait_for_subject(&format!("{subject} — Invitation"))
        });
        assert_private(&mail, reader, &[other]);
        let peer = Peer::new(&reader.address());
        peer.apply(&mail.calendar().expect("an invitation"));
        assert_eq!(peer.events()[0]["dtstart"], start, "{subject} for {}", reader.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_the_night_of_a_change_the_one_free_time_is_found_with_busy_events_across_it() {
    let house = House::open("2027-03-01T06:00:00Z", [HOST, GUEST]).await;
    work_on_sunday_nights(&house).await;
    // 2027-03-28, 01:00 UTC: Lisbon goes from 1 to 2, Paris from 2 to 3.
    // 2027-10-31, 01:00 UTC: Lisbon goes from 2 to 1, Paris from 3 to 2.
    let maras = [
        // Until 01:30 UTC: two and a half hours, though the clock says three and a half.
        ("spring", event(HOST, "spring", "20270327T230000", "20270328T023000", "")),
        // Until 00:30 UTC: the first half past one of two.
        ("autumn", event(HOST, "autumn", "20271030T230000", "20271031T013000", "")),
    ];
    let bens = [
        // From 01:30 to 03:00 UTC.
        ("spring", event(GUEST, "spring", "20270328T033000", "20270328T050000", "")),
        // From 00:30 UTC, the first half past two, to 02:30 UTC.
        ("autumn", event(GUEST, "autumn", "20271031T023000", "20271031T033000", "")),
        // From 04:00 UTC.
        ("morning", event(GUEST, "morning", "20271031T050000", "20271031T060000", "")),
    ];
    house.with_events(HOST, &maras).await;
    house.with_events(GUEST, &bens).await;
    // Their hours: 00:00 to 05:00 and 23:00 to 04:00 UTC. What the calendars leave is 03:00 to 04:00 UTC.
    let spring = house.asks("60 minutes with Ben on 2027-03-28", "Spring forward").await;
    assert_eq!(spring, "2027-03-28T03:00:00Z");
    is_invited(&house, "Spring forward", "2027-03-28T03:00:00Z");
    // Their hours: 23:00 to 06:00 and 22:00 to 05:00 UTC. What the calendars leave is 02:30 to 04:00 UTC.
    let autumn = house.asks("90 minutes with Ben on 2027-10-31", "Fall back").await;
    assert_eq!(autumn, "2027-10-31T02:30:00Z");
    is_invited(&house, "Fall back", "2027-10-31T02:30:00Z");
    assert_eq!(house.asks("30 minutes with Ben on 2027-10-31", "No more").await, "no-common-time");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn between_the_changes_of_two_continents_weekly_events_keep_their_own_clock() {
    let house = House::open("2027-03-01T06:00:00Z", [NEW_YORKER, GUEST]).await;
    let weekly = |who, uid, from, to| event(who, uid, from, to, "RRULE:FREQ=WEEKLY\r\n");
    // Every Monday from nine to ten in New York, and from four to half past in Paris.
    house
        .with_events(HOST, &[("hers", weekly(NEW_YORKER, "hers", "20270301T090000", "20270301T100000"))])
        .await;
    house.with_events(GUEST, &[("his", weekly(GUEST, "his", "20270301T160000", "20270301T163000"))]).await;
    for (line, start) in [
        // Six hours apart: 14:00 to 16:00 UTC suits both, her hour takes the first, his half of the second.
        ("30 minutes with Ben on 2027-03-08", "2027-03-08T15:30:00Z"),
        // Five, New York has changed: 13:00 to 16:00; hers 13 to 14, his 15:00 to 15:30.
        ("60 minutes with Ben on 2027-03-15", "2027-03-15T14:00:00Z"),
        // Six again, both have: 13:00 to 15:00; hers 13 to 14, his 14:00 to 14:30.
        ("30 minutes with Ben on 2027-03-29", "2027-03-29T14:30:00Z"),
        // Five, Paris has changed back: 13:00 to 16:00; hers 13 to 14, his 15:00 to 15:30.
        ("60 minutes with Ben on 2027-11-01", "2027-11-01T14:00:00Z"),
        // Six: 14:00 to 16:00; hers 14 to 15, his 15:00 to 15:30.
        ("30 minutes with Ben on 2027-11-08", "2027-11-08T15:30:00Z"),
    ] {
        assert_eq!(house.asks(line, "Trio rehearsal").await, start, "{line}");
    }
    house.stop().await;
}
