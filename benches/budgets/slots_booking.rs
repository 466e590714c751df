//! Sixty-four guests who ask for overlapping times of one booking page at the same moment, each by a connection of their
//! own, beside as many who ask for times that nobody else wants. Each time goes to exactly one.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Barrier;
use std::time::Instant;

use entente::accounts::{self, NewUser, Role};
use entente::base::actor::{Actor, Who};
use entente::base::time::{DAY, HOUR, MINUTE, Timestamp, Zone};
use entente::booking::{self, NewLink};
use entente::store::Store;

use crate::house;
use crate::http::Client;
use crate::measure::{Limit, Pairs};
use crate::token_page;

const GUESTS: usize = 64;
const ROUNDS: usize = 9;

/// Measures and prints: the slowest answer of all, in milliseconds.
pub(crate) fn run() {
    let mut pairs = Pairs::default();
    for _ in 0..ROUNDS {
        pairs.add(slowest(true), slowest(false));
    }
    pairs.print("one page, 64 guests at once, slowest answer", "ms", Limit::Below(1.5));
}

/// A house of its own that serves, with a page; all guests at once. The time of the slowest answer.
fn slowest(overlapping: bool) -> f64 {
    let directory = tempfile::tempdir().expect("a directory");
    let store = house::open(directory.path());
    let runtime = house::runtime();
    let _inside = runtime.enter();
    let starts = offer(&store, overlapping);
    let address = token_page::serve(&store);
    let barrier = Barrier::new(GUESTS);
    let answers: Vec<(f64, u16, Timestamp)> = std::thread::scope(|threads| {
        let all: Vec<_> = (0..GUESTS)
            .map(|guest| {
                let (start, barrier) = (starts[guest % starts.len()], &barrier);
                threads.spawn(move || ask(address, guest, start, barrier))
            })
            .collect();
        all.into_iter().map(|thread| thread.join().expect("a guest")).collect()
    });
    let won: Vec<&(f64, u16, Timestamp)> = answers.iter().filter(|(_, status, _)| *status == 202).collect();
    let times: BTreeSet<i64> = won.iter().map(|(.., start)| start.ms()).collect();
    assert_eq!(times.len(), won.len(), "a time went to two guests");
    let apart = times.iter().zip(times.iter().skip(1)).all(|(one, next)| next - one >= 60 * MINUTE);
    assert!(apart && (overlapping || won.len() == GUESTS), "{} got a time", won.len());
    answers.iter().map(|(ms, ..)| *ms).fold(0.0, f64::max)
}

/// One guest asks for an hour; what it took, and what came of it.
fn ask(address: SocketAddr, guest: usize, start: Timestamp, barrier: &Barrier) -> (f64, u16, Timestamp) {
    let body = format!(
        "{{\"start\":\"{}\",\"name\":\"Guest\",\"email\":\"guest{guest}@example.net\"}}",
        start.to_rfc3339()
    );
    let request = format!(
        "POST /api/v1/b/page/bookings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         X-Forwarded-For: 198.51.100.{guest}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut client = Client::connect(address).expect("a connection");
    barrier.wait();
    let begin = Instant::now();
    let answer = client.send(&request).expect("an answer");
    (begin.elapsed().as_secs_f64() * 1_000.0, answer.status, start)
}

/// A page with an hour at every quarter. The starts to ask for: four hours of quarters, or whole hours apart.
fn offer(store: &Store, overlapping: bool) -> Vec<Timestamp> {
    let made = store.write_blocking(move |cx| {
        let new = NewUser {
            address: house::address("host@example.org"),
            name: "Host".to_owned(),
            zone: Some(Zone::UTC),
            role: Role::Member,
        };
        let user = accounts::add(cx, &house::operator(), &new)?;
        let who = Actor { who: Who::User { id: user.id, admin: false }, ..house::operator() };
        let page =
            NewLink { name: "page".to_owned(), lengths: vec![60], step_minutes: 15, ..NewLink::default() };
        booking::offer(cx, &who, &page)?;
        let offer = booking::open(cx, "page", None)?;
        let free = booking::slots(cx, &offer, 60, (cx.now.plus(2 * DAY), cx.now.plus(60 * DAY)))?;
        let starts = free.times.iter().map(|time| time.start);
        Ok(if overlapping {
            starts.take(16).collect()
        } else {
            starts.filter(|start| start.ms() % HOUR == 0).take(GUESTS).collect()
        })
    });
    made.expect("a page")
}
