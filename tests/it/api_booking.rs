//! Booking links over the API: the owner's calls, the guests' calls, and what happens when many come at once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::collections::BTreeSet;

use entente::base::actor::{Actor, Road, Who};
use entente::base::time::{HOUR, MINUTE, Timestamp};
use entente::booking::{self, BookingState};
use entente::links::{self, Purpose};
use entente::post::letter::{self, Says};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::api_world::{Ask, Reply, World};

/// What is another in every run, taken out.
fn blurred(reply: &Reply) -> Value {
    let mut body = reply.json();
    for field in ["id", "trace", "booking_link", "meeting"] {
        if let Some(value) = body.get_mut(field).filter(|value| value.is_string()) {
            *value = json!(format!("[{field}]"));
        }
    }
    body
}

/// An owner's token, and the path of a link of theirs.
async fn owner(w: &World, link: Value) -> (String, String, String) {
    let token = w.member("ana@example.org", "Ana").await;
    let reply = w.ask(Ask::new("POST", "/api/v1/booking-links").bearer(&token).json(&link)).await;
    assert_eq!(reply.code, 201, "{}", reply.text);
    let path = reply.header("location").unwrap().to_owned();
    (token, path, reply.json()["name"].as_str().unwrap().to_owned())
}

fn booking(start: &str, email: &str) -> Value {
    json!({ "start": start, "name": "Robin", "email": email, "time_zone": "America/New_York" })
}

/// Presses the button that the letter to a guest leads to.
async fn confirm(w: &World, email: &str) -> BookingState {
    let email = entente::base::text::Address::parse(email).unwrap();
    w.write(move |cx| {
        let hash = links::address_hash(cx, &email);
        let letters = letter::of_address(cx, &hash, 10)?;
        let found = letters.into_iter().find_map(|kept| match kept.letter.says {
            Says::BookingConfirm { confirm, .. } => Some(confirm),
            _ => None,
        });
        let url = links::url(cx.keys(), "", Purpose::Booking, found.unwrap());
        let who = Actor::new(Who::Anyone, Road::Link, "0".repeat(32));
        Ok(booking::confirm(cx, &who, url.split_once('=').unwrap().1)?.booking.state)
    })
    .await
}

#[actix_web::test]
async fn an_owner_offers_changes_lists_and_removes_a_link() {
    let w = World::new();
    let (token, path, _) = owner(&w, json!({})).await;
    let shown = w.ask(Ask::new("GET", &path).bearer(&token)).await;
    insta::assert_json_snapshot!("booking_link", blurred(&shown));
    let change = json!({
        "version": 1, "title": "A talk", "lengths": [60, 30], "per_day": 3, "state": "paused",
        "questions": [{ "label": "What about?", "required": true, "kind": "text" }],
        "hours": [["10:00-12:00"], [], [], [], [], [], []],
    });
    let changed = w.ask(Ask::new("PATCH", &path).bearer(&token).json(&change)).await.json();
    assert_eq!(
        (&changed["version"], &changed["lengths"], &changed["state"]),
        (&json!(2), &json!([30, 60]), &json!("paused"))
    );
    let again = w.ask(Ask::new("PATCH", &path).bearer(&token).json(&change)).await;
    assert_eq!(again.problem(), "booking.revised");
    let back = json!({ "per_day": null, "hours": null, "state": "active" });
    let changed = w.ask(Ask::new("PATCH", &path).bearer(&token).json(&back)).await.json();
    assert_eq!((&changed["per_day"], &changed["hours"]), (&Value::Null, &Value::Null));
    for (field, value) in [
        ("state", json!("gone")),
        ("place", json!("moon")),
        ("questions", json!([{ "label": "x", "kind": "y" }])),
    ] {
        let refused = w.ask(Ask::new("PATCH", &path).bearer(&token).json(&json!({ field: value }))).await;
        assert_eq!((refused.code, refused.problem().as_str()), (400, "invalid"), "{field}");
    }
    assert_eq!(w.ask(Ask::new("DELETE", &path).bearer(&token)).await.code, 204);
    assert_eq!(w.ask(Ask::new("GET", &path).bearer(&token)).await.code, 404);
    let listed = w.ask(Ask::new("GET", "/api/v1/booking-links").bearer(&token)).await.json();
    assert_eq!(listed, json!({ "booking_links": [] }));
}

#[actix_web::test]
async fn a_guests_program_finds_a_time_and_asks_for_it_without_a_token() {
    let w = World::new();
    let (token, path, name) = owner(&w, json!({ "confirmation": "by_hand" })).await;
    let slots = format!("/api/v1/b/{name}/slots?from=2026-11-19T00:00:00Z&to=2026-11-19T10:00:00Z");
    let found = w.ask(Ask::new("GET", slots)).await;
    insta::assert_json_snapshot!("booking_slots", found.json());
    let bookings = format!("/api/v1/b/{name}/bookings");
    let asked = w
        .ask(Ask::new("POST", &bookings).json(&booking("2026-11-19T09:00:00+01:00", "robin@example.net")))
        .await;
    assert_eq!((asked.code, &asked.json()["state"]), (202, &json!("unconfirmed")));
    let again =
        w.ask(Ask::new("POST", &bookings).json(&booking("2026-11-19T08:00:00Z", "robin@example.net"))).await;
    assert_eq!(again.json(), asked.json(), "the same again is answered as the first time");
    let taken =
        w.ask(Ask::new("POST", &bookings).json(&booking("2026-11-19T08:00:00Z", "kim@example.net"))).await;
    assert_eq!((taken.code, taken.problem().as_str()), (409, "booking.taken"));
    insta::assert_json_snapshot!("booking_taken", blurred(&taken));
    assert_eq!(confirm(&w, "robin@example.net").await, BookingState::Waiting);
    let listed = w.ask(Ask::new("GET", format!("{path}/bookings")).bearer(&token)).await;
    assert!(!listed.text.contains("robin@example.net"), "the guest's address is not the host's to see");
    let id = listed.json()["bookings"][0]["id"].as_str().unwrap().to_owned();
    let approved = w.ask(Ask::new("POST", format!("/api/v1/bookings/{id}/approve")).bearer(&token)).await;
    insta::assert_json_snapshot!("booking_approved", blurred(&approved));
}

#[actix_web::test]
async fn what_cannot_be_asked_for_is_refused_by_its_field() {
    let w = World::new();
    let (_, _, name) = owner(&w, json!({})).await;
    let path = format!("/api/v1/b/{name}/bookings");
    let start = "2026-11-19T09:00:00+01:00";
    for (body, field) in [
        (json!({ "start": "tomorrow", "name": "R", "email": "r@example.net" }), "start"),
        (json!({ "start": start, "name": "", "email": "r@example.net" }), "name"),
        (json!({ "start": start, "name": "R", "email": "nobody" }), "email"),
        (json!({ "start": start, "name": "R", "email": "scheduling@example.org" }), "email"),
        (json!({ "start": start, "name": "R", "email": "r@example.net", "length": 45 }), "length"),
        (json!({ "start": start, "name": "R", "email": "r@example.net", "time_zone": "Mars" }), "time_zone"),
        (json!({ "start": start, "name": "R", "email": "r@example.net", "answers": ["x"] }), "answers"),
        (json!({ "start": start, "name": "R", "email": "r@example.net", "admin": true }), "admin"),
    ] {
        let refused = w.ask(Ask::new("POST", &path).json(&body)).await;
        assert_eq!((refused.code, refused.json()["field"].as_str()), (400, Some(field)), "{}", refused.text);
    }
    for path in ["/api/v1/b/nobody/slots", "/api/v1/b/ANA-31/slots"] {
        assert_eq!(w.ask(Ask::new("GET", path)).await.code, 404, "{path}");
    }
    let query = format!("/api/v1/b/{name}/slots?from=2026-11-20T00:00:00Z&to=2026-11-19T00:00:00Z");
    assert_eq!(w.ask(Ask::new("GET", query)).await.code, 400);
}

/// What is held, and what is open, in the store.
const HOLDS: &str = "holds WHERE";
const BOOKINGS: &str = "bookings WHERE state IN ('unconfirmed', 'waiting') AND";

/// Sixty-four guests, each from an address of their own, ask at the same moment for an hour that overlaps with the
/// others' hours.
#[actix_web::test]
async fn of_sixty_four_who_ask_for_overlapping_times_at_once_each_time_goes_to_exactly_one() {
    let w = World::new();
    let link =
        json!({ "lengths": [60], "step_minutes": 15, "hours": [[], [], [], ["09:00-13:00"], [], [], []] });
    let (_, _, name) = owner(&w, link).await;
    let first = Timestamp::parse_rfc3339("2026-11-26T08:00:00Z").unwrap();
    let asks = (0..64_i64).map(|guest| {
        let start = first.plus((guest * 7 % 13) * 15 * MINUTE);
        let body = booking(&start.to_rfc3339(), &format!("guest{guest}@example.net"));
        let from = format!("198.51.100.{}", guest + 1);
        let ask = Ask::new("POST", format!("/api/v1/b/{name}/bookings")).json(&body).from(&from);
        let w = &w;
        async move { (guest, start, w.ask(ask).await) }
    });
    let answered = join_all(asks).await;
    let (won, lost): (Vec<_>, Vec<_>) = answered.into_iter().partition(|(_, _, reply)| reply.code == 202);
    let mut starts: Vec<_> = won.iter().map(|(_, start, _)| *start).collect();
    starts.sort_unstable();
    assert!(starts.windows(2).all(|pair| pair[1].since(pair[0]) >= HOUR), "no two overlap: {starts:?}");
    assert!((2..=4).contains(&starts.len()), "{starts:?}");
    for (guest, _, reply) in &lost {
        assert_eq!((reply.code, reply.problem().as_str()), (409, "booking.taken"), "{guest}");
        let offered: BTreeSet<_> =
            reply.json()["alternatives"].as_array().unwrap().iter().map(ToString::to_string).collect();
        assert!(!offered.is_empty(), "{guest} is told of other times");
    }
    let count = |part: &'static str| {
        let w = &w;
        w.write(move |cx| {
            let now = cx.now;
            let many = format!("SELECT COUNT(*) AS many FROM {part} expires_at > $1");
            let found = cx.db.one(&many, entente::values![now], |row| row.get::<i64>("many"))?;
            Ok(found.unwrap_or(0))
        })
    };
    let held = i64::try_from(starts.len()).unwrap();
    assert_eq!((count(HOLDS).await, count(BOOKINGS).await), (held, held), "nothing is kept of the others");
    for (guest, ..) in &won {
        assert_eq!(confirm(&w, &format!("guest{guest}@example.net")).await, BookingState::Booked);
    }
    assert_eq!(count(HOLDS).await, 0, "no hold is left over");
}

/// Two guests whose letters lead to the same button at the same moment, and two hosts' decisions.
#[actix_web::test]
async fn of_many_presses_of_one_button_one_meeting_comes() {
    let w = World::new();
    let (token, path, name) = owner(&w, json!({ "confirmation": "by_hand" })).await;
    let ask = booking("2026-11-19T09:00:00+01:00", "robin@example.net");
    w.ask(Ask::new("POST", format!("/api/v1/b/{name}/bookings")).json(&ask)).await;
    let pressed = join_all((0..16).map(|_| confirm(&w, "robin@example.net"))).await;
    assert!(pressed.iter().all(|state| *state == BookingState::Waiting));
    let listed = w.ask(Ask::new("GET", format!("{path}/bookings")).bearer(&token)).await.json();
    let id = listed["bookings"][0]["id"].as_str().unwrap().to_owned();
    let approvals = join_all(
        (0..16).map(|_| w.ask(Ask::new("POST", format!("/api/v1/bookings/{id}/approve")).bearer(&token))),
    );
    let meetings: BTreeSet<_> =
        approvals.await.iter().map(|reply| reply.json()["meeting"].as_str().unwrap().to_owned()).collect();
    assert_eq!(meetings.len(), 1);
    let late = w.ask(Ask::new("POST", format!("/api/v1/bookings/{id}/decline")).bearer(&token)).await;
    assert_eq!(late.problem(), "booking.over");
}

#[actix_web::test]
async fn a_key_that_another_caller_uses_again_is_theirs_alone() {
    let w = World::new();
    let (ana, path, _) = owner(&w, json!({ "access": "single_use" })).await;
    let ben = w.member("ben@example.net", "Ben").await;
    let pass =
        |token: &str| Ask::new("POST", format!("{path}/passes")).bearer(token).json(&json!({})).key("k1");
    let first = w.ask(pass(&ana)).await;
    assert_eq!(first.code, 201, "{}", first.text);
    assert_eq!(w.ask(pass(&ben)).await.code, 404);
    let again = w.ask(pass(&ana)).await;
    assert_eq!((again.json(), again.header("idempotency-replayed")), (first.json(), Some("true")));
}
