//! Finding a time, end to end over HTTP, beside the interval arithmetic alone.
//!
//! Everybody has 300 events in thirty days, read from a feed, works nine to five in one of four zones, and has granted their availability to
//! whoever asks, who looks for 45 minutes with all of them. Each call asks every one of them, which is a durable write,
//! reads everybody's time, and reckons.

use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Instant;

use entente::accounts::{self, NewUser, Role, Scope};
use entente::base::actor::{Actor, Road, Who};
use entente::base::id::{ConnectionId, UserId};
use entente::base::time::{DAY, HOUR, MINUTE, Timestamp, Zone};
use entente::calendar::{self, Access, Mark, NewAccount, Object, Objects, Reading, SourceKind};
use entente::itip::feed::{self, Reader};
use entente::network::{self, Constraints, Invitation, NewGrant};
use entente::queue;
use entente::slots::{self, Search, Span};
use entente::store::Store;

use crate::house;
use crate::http::Client;
use crate::measure::{quantile, time};
use crate::token_page::serve;

const EVENTS: u64 = 300;
const DAYS: i64 = 30;
const ROUNDS: usize = 400;
/// Calls before those that are counted.
const WARM: usize = 40;
/// How many people, and the p99 in milliseconds that is promised of so many.
const SIZES: [(usize, Option<f64>); 4] = [(2, Some(5.0)), (10, None), (50, Some(20.0)), (200, None)];

/// Measures and prints.
pub(crate) fn run() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = house::open_with(directory.path(), |house| {
        house.questions_per_hour = u32::MAX;
        house.invitations_per_day = u32::MAX;
        house.new_recipients_per_day = u32::MAX;
    });
    let most = SIZES.iter().map(|(people, _)| *people).max().unwrap_or(0);
    let town = Town::build(&store, most);
    let runtime = house::runtime();
    let _inside = runtime.enter();
    let address = serve(&store);
    for (people, budget) in SIZES {
        let alone = town.reckon(&store, people);
        let times = town.ask(address, people);
        let (p50, p99) = (quantile(&times, 0.5), quantile(&times, 0.99));
        let name = format!("slots, {people} people x {EVENTS} events x {DAYS} days");
        let budget = budget.map_or(String::new(), |budget| {
            format!("  p99 budget < {budget} {}", if p99 < budget { "kept" } else { "MISSED" })
        });
        println!("{name:<46} p50 {p50:>8.2} ms  p99 {p99:>8.2} ms  arithmetic {alone:>8.3} ms{budget}");
    }
}

/// Whoever asks, and all whom they know.
struct Town {
    asker: Actor,
    token: String,
    known: Vec<ConnectionId>,
    span: Span,
}

impl Town {
    fn build(store: &Store, most: usize) -> Self {
        let now = store.ground().clock.now();
        let (asker, token) = store
            .write_blocking(|cx| {
                let user = person(cx, 0)?;
                let (_, secret) = accounts::create_token(
                    cx,
                    &house::operator(),
                    Some(user),
                    "bench",
                    &[Scope::CalendarRead],
                )?;
                Ok((acting(user), secret.expose().to_owned()))
            })
            .expect("an asker");
        let from = Timestamp::from_ms(now.ms() - now.ms().rem_euclid(DAY) + DAY);
        let span = Span { from, to: from.plus(DAYS * DAY) };
        fill(store, asker.user().expect("a user"), 0, from);
        let known = (1..most).map(|number| befriend(store, &asker, number, from)).collect();
        Self { asker, token, known, span }
    }

    fn with(&self, people: usize) -> &[ConnectionId] {
        &self.known[..people - 1]
    }

    /// The median of the arithmetic alone, in milliseconds.
    fn reckon(&self, store: &Store, people: usize) -> f64 {
        let (who, search) = (
            self.asker.clone(),
            Search { with: self.with(people).to_vec(), length_minutes: Some(45), ..Search::alone(self.span) },
        );
        let asked = store.write_blocking(move |cx| slots::ask(cx, &who, &search)).expect("a question");
        let cleared = asked.allowed().expect("a yes");
        let gathered =
            store.read_blocking(move |cx| slots::gather(cx, &cleared, None)).expect("everybody's time");
        let times: Vec<f64> = (0..ROUNDS / 4)
            .map(|_| time(|| drop(std::hint::black_box(gathered.find()))).as_secs_f64() * 1_000.0)
            .collect();
        quantile(&times, 0.5)
    }

    /// What each call takes, one after the other, in milliseconds.
    fn ask(&self, address: SocketAddr, people: usize) -> Vec<f64> {
        let with: Vec<String> = self.with(people).iter().map(ToString::to_string).collect();
        let body = serde_json::json!({
            "with": with, "length_minutes": 45,
            "from": self.span.from.to_rfc3339(), "to": self.span.to.to_rfc3339(),
        })
        .to_string();
        let request = format!(
            "POST /api/v1/slots HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        );
        let mut client = Client::connect(address).expect("a connection");
        let ask = |client: &mut Client| {
            let begin = Instant::now();
            let answer = client.send(&request).expect("an answer");
            let took = begin.elapsed().as_secs_f64() * 1_000.0;
            assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
            took
        };
        for _ in 0..WARM {
            ask(&mut client);
        }
        (0..ROUNDS).map(|_| ask(&mut client)).collect()
    }
}

fn acting(user: UserId) -> Actor {
    Actor::new(Who::User { id: user, admin: false }, Road::Api, "0af7651916cd43dd8448eb211c80319c")
}

fn person(cx: &mut entente::store::Cx<'_>, number: usize) -> entente::base::Result<UserId> {
    let zones = ["Europe/Paris", "Europe/London", "Europe/Athens", "Africa/Lagos"];
    let new = NewUser {
        address: house::address(&format!("person{number}@example.org")),
        name: format!("Person {number}"),
        zone: Zone::parse(zones[number % zones.len()]),
        role: Role::Member,
    };
    Ok(accounts::add(cx, &house::operator(), &new)?.id)
}

/// Makes an account that is connected with the asker and lets their agent learn when it has time.
fn befriend(store: &Store, asker: &Actor, number: usize, from: Timestamp) -> ConnectionId {
    let asker = asker.clone();
    let (user, connection) = store
        .write_blocking(move |cx| {
            let user = person(cx, number)?;
            let invitation = Invitation {
                address: house::address(&format!("person{number}@example.org")),
                words: String::new(),
                grant: None,
            };
            let id = network::invite(cx, &asker, &invitation)?.id;
            let grant = NewGrant {
                scopes: [network::Scope::AvailabilityRead].into(),
                constraints: Constraints { per_week: Some(50), ..Constraints::default() },
                ..NewGrant::default()
            };
            network::accept(cx, &acting(user), id, Some(&grant))?;
            Ok((user, id))
        })
        .expect("a connection");
    fill(store, user, number, from);
    connection
}

/// Reads a feed of events into somebody's calendar, of a quarter of an hour to an hour each.
fn fill(store: &Store, user: UserId, number: usize, from: Timestamp) {
    let text = feed_text(number, from);
    store
        .write_blocking(move |cx| {
            let account = NewAccount {
                holder: user.into(),
                kind: SourceKind::Ics,
                name: String::new(),
                server: "calendar.example.org".to_owned(),
                access: Access {
                    url: format!("https://calendar.example.org/{number}").into(),
                    username: None,
                    password: None,
                },
                zone: None,
            };
            let found = calendar::Found { name: "Work".to_owned(), path: String::new(), writable: false };
            calendar::add(cx, &acting(user), &account, &[found])?;
            let lease = queue::claim(cx, calendar::TOPIC, 1, MINUTE)?.remove(0);
            let due = calendar::due(cx, &lease)?.expect("it is due");
            let reader = Reader { me: &due.me, zone: due.zone, from: due.from, to: due.until };
            let read = feed::read(text.as_bytes(), &reader).expect("it is a calendar");
            let object = Object { href: String::new(), etag: String::new(), read: Ok(read), theirs: None };
            let reading = Reading { objects: Objects::Whole(vec![object]), mark: Mark::default() };
            calendar::take_in(cx, &due, &reading).map(drop)
        })
        .expect("a calendar");
}

fn feed_text(number: usize, from: Timestamp) -> String {
    let stamp = |at: Timestamp| at.utc().format("%Y%m%dT%H%M%SZ").to_string();
    let mut text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//bench//EN\r\n".to_owned();
    let mut state = number as u64 + 1;
    for event in 0..EVENTS {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let draw = |of: u64, shift: u32| i64::try_from((state >> shift) % of).unwrap_or(0);
        let day = i64::try_from(event).unwrap_or(0) % DAYS;
        // Of ten events a day two take working time, else nobody would have any left with fifty people.
        let hour = if event / 30 < 2 { 8 + draw(9, 20) } else { 18 + draw(5, 20) };
        let start = from.plus(day * DAY + hour * HOUR + draw(4, 30) * 15 * MINUTE);
        let end = start.plus((1 + draw(4, 40)) * 15 * MINUTE);
        let _ = write!(
            text,
            "BEGIN:VEVENT\r\nUID:{number}-{event}\r\nDTSTART:{}\r\nDTEND:{}\r\nEND:VEVENT\r\n",
            stamp(start),
            stamp(end)
        );
    }
    text.push_str("END:VCALENDAR\r\n");
    text
}
