//! Sessions that book into a calendar that is written to: the time is held there first, and becomes the meeting's own event.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::time::Duration;

use entente::accounts::Scope;
use entente::base::time::MINUTE;
use entente::queue::{self, Leased};
use entente::sessions;
use entente::sync;
use serde_json::{Value, json};

use crate::api_world::Ask;
use crate::calendar_writes_world::{ADA, PATIENCE, Writing};
use crate::dav_server::Manner;

const MINE: &[Scope] = &[
    Scope::ConnectionsRead,
    Scope::ConnectionsWrite,
    Scope::SessionsRead,
    Scope::SessionsWrite,
    Scope::CalendarRead,
];

/// Ada's house, and a session of hers with Ben whose agents have agreed: it is to be booked.
struct Booking {
    w: Writing,
    ada: String,
    id: String,
}

impl Booking {
    async fn new() -> Self {
        let w = Writing::new().await;
        // What was read before is not what was read since.
        w.house.world.clock.advance(1_000);
        let ada = w.house.world.token(Some(w.house.ada), MINE).await;
        let ben = w.house.world.member("ben@example.net", "Ben").await;
        let world = &w.house.world;
        let connection = world.connected(&ada, &ben).await;
        let scopes = ["calendar.availability.read", "calendar.events.propose", "calendar.events.write.auto"];
        let grant = json!({ "scopes": scopes, "constraints": { "notice_minutes": 0 } });
        let path = format!("/api/v1/connections/{connection}/grants");
        world.ask(Ask::new("PUT", path).bearer(&ben).json(&grant)).await;
        let new = json!({
            "with": [connection], "purpose": "Budget", "length_minutes": 45,
            "from": "2026-11-25T00:00:00+01:00", "to": "2026-11-26T00:00:00+01:00",
        });
        let reply = world.ask(Ask::new("POST", "/api/v1/sessions").bearer(&ada).json(&new)).await;
        assert_eq!(reply.code, 201, "{}", reply.text);
        let id = reply.json()["id"].as_str().unwrap().to_owned();
        let booking = Self { w, ada, id };
        booking.let_agents_speak().await;
        assert_eq!(booking.session().await["state"], "booking");
        booking
    }

    async fn session(&self) -> Value {
        let path = format!("/api/v1/sessions/{}", self.id);
        self.w.house.world.ask(Ask::new("GET", path).bearer(&self.ada)).await.json()
    }

    async fn let_agents_speak(&self) {
        loop {
            let speak = self.w.house.world.write(|cx| {
                let leases = queue::claim(cx, sessions::AGENTS, 10, MINUTE)?;
                leases.iter().try_for_each(|lease| sessions::step(cx, lease))?;
                Ok(leases.len())
            });
            if speak.await == 0 {
                return;
            }
        }
    }

    async fn claimed(&self) -> Leased {
        self.w.house.world.write(|cx| queue::claim(cx, sessions::BOOKINGS, 1, MINUTE)).await.remove(0)
    }

    /// The worker of bookings does its work, while that of readings does its own.
    async fn book(&self) {
        let (lease, house) = (self.claimed().await, &self.w.house);
        let worker = sync::bookings(house.world.web.store.clone(), house.client.clone(), PATIENCE);
        let mut booked = (worker.handler)(lease);
        loop {
            tokio::select! {
                done = &mut booked => return done.unwrap(),
                () = tokio::time::sleep(Duration::from_millis(20)) => { house.work().await; }
            }
        }
    }

    /// The same, which dies when the time is held in the calendar and nothing was read yet.
    async fn begin_and_die(&self) {
        let (lease, house) = (self.claimed().await, &self.w.house);
        let worker = sync::bookings(house.world.web.store.clone(), house.client.clone(), PATIENCE);
        let booked = (worker.handler)(lease);
        tokio::pin!(booked);
        loop {
            tokio::select! {
                done = &mut booked => panic!("it waits for a reading: {done:?}"),
                () = tokio::time::sleep(Duration::from_millis(20)) => {}
            }
            if !self.w.events().is_empty() {
                return;
            }
        }
    }
}

#[tokio::test]
async fn a_tentative_event_holds_the_time_and_becomes_the_meetings_own() {
    let b = Booking::new().await;
    b.book().await;
    let held = b.w.event();
    for has in ["STATUS:TENTATIVE", "SUMMARY:Budget"] {
        assert!(held.contains(has), "{has}: {held}");
    }
    assert!(!held.contains("ATTENDEE") && !held.contains("ORGANIZER"), "nobody is named: {held}");
    let session = b.session().await;
    assert_eq!(session["state"], "confirmed");
    b.w.settle().await;
    let event = b.w.event();
    let uid = |event: &str| event.lines().find(|line| line.starts_with("UID:")).unwrap().to_owned();
    assert_eq!(uid(&held), uid(&event), "the very same");
    assert!(
        event.contains("STATUS:CONFIRMED") && event.contains("ORGANIZER;SCHEDULE-AGENT=CLIENT"),
        "{event}"
    );
    assert_eq!((b.w.calls("PUT"), b.w.calls("GET"), b.w.mails(ADA).await.len()), (2, 0, 0));
    let meeting = session["meeting"].as_str().unwrap().parse().unwrap();
    assert_eq!(b.w.standing(meeting).await.0, "in-calendar");
    assert_eq!(b.w.busy_of_source().await, Vec::<String>::new(), "what holds the time is not busy besides");
    assert_eq!(b.w.mails("ben@example.net").await.len(), 1);
}

#[tokio::test]
async fn a_booking_that_is_undone_takes_its_tentative_event_out() {
    let b = Booking::new().await;
    // All of that day is taken meanwhile.
    let whole = crate::dav_server::event("taken", 11, 8, 20).replace("20270111", "20261125");
    b.w.server.dav().put("taken.ics", &whole);
    b.book().await;
    assert_eq!(
        (b.session().await["state"].as_str(), b.session().await["reason"].as_str()),
        (Some("negotiating"), Some("slot-taken"))
    );
    b.w.settle().await;
    assert!(b.w.event().contains("UID:taken"), "{:?}", b.w.events());
    assert!(b.w.is_quiet().await);
}

#[tokio::test]
async fn a_crash_between_the_phases_leaves_no_tentative_event() {
    let b = Booking::new().await;
    b.begin_and_die().await;
    assert!(b.w.event().contains("STATUS:TENTATIVE"));
    b.w.house.world.clock.advance(MINUTE);
    assert_eq!(b.w.house.world.write(sessions::give_up).await, 1);
    b.w.settle().await;
    b.w.house.world.clock.advance(2 * MINUTE);
    b.w.settle().await;
    assert_eq!(b.w.events(), Vec::<String>::new());
    assert!(b.w.is_quiet().await);
}

#[tokio::test]
async fn a_crash_between_the_phases_that_is_done_again_in_time_makes_one_event() {
    let b = Booking::new().await;
    b.begin_and_die().await;
    // The next process frees the lease and does the same once more.
    let again = b.w.house.world.write(|cx| {
        let sql = "UPDATE queue SET leased_until = $1 WHERE leased_by IS NOT NULL AND leased_until > 0 AND topic = $2";
        cx.db.execute(sql, entente::values![cx.now.plus(-1), sessions::BOOKINGS])
    });
    again.await;
    b.book().await;
    b.w.settle().await;
    assert_eq!(b.session().await["state"], "confirmed");
    assert!(b.w.event().contains("STATUS:CONFIRMED"));
    assert_eq!(b.w.mails(ADA).await.len(), 0);
}

#[tokio::test]
async fn a_calendar_that_cannot_be_written_does_not_stop_the_booking() {
    for manner in [Manner::Says(507), Manner::Says(500), Manner::Silent] {
        let b = Booking::new().await;
        b.w.server.dav().writes = vec![manner; 50];
        b.book().await;
        assert_eq!(b.session().await["state"], "confirmed", "{manner:?}");
        b.w.settle().await;
        assert_eq!((b.w.events().len(), b.w.mails(ADA).await.len()), (0, 1), "{manner:?}");
    }
}
