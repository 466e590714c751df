//! Agents that agree, from the first step to the meeting, beside as many pieces of empty work on the same queue; a hundred people who are told
//! yes to one time at the same moment, beside as many whose times nobody else wants; and a line of words that is read.
//!
//! Everybody's agent is the built-in one, books by itself, and has no calendar elsewhere to wait for.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use entente::accounts::{self, NewUser, Role, Scope};
use entente::base::actor::{Actor, Road, Who};
use entente::base::id::{ConnectionId, ProposalId, SessionId, UserId};
use entente::base::time::{DAY, HOUR, MINUTE, Timestamp, Zone};
use entente::base::{House, Result};
use entente::network::{self, Constraints, Invitation, NewGrant};
use entente::queue::{self, Leased, Work, Worker};
use entente::sessions::{self, Message, New, ProposalState, Session, Slot, State, Want};
use entente::slots::Prefer;
use entente::store::{Cx, Store};
use entente::words::wish;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::house;
use crate::http::Client;
use crate::measure::{Limit, Pairs, quantile, rate, time};
use crate::token_page::serve;

/// Sessions of a round, each of two people of its own.
const SESSIONS: usize = 400;
const CALLERS: usize = 64;
const ROUNDS: usize = 5;
/// Who are told yes at once.
const CONFIRMS: usize = 100;
const CONFIRM_ROUNDS: usize = 9;
/// Whom the reader of a line may mean.
const KNOWN: usize = 50;
const LINES: usize = 1_000;
const LINE: &str = "45 minutes with Person 17 in the next two weeks, not before 10, about the budget";

/// Measures and prints.
pub(crate) fn run() {
    let mut whole = Pairs::default();
    for _ in 0..ROUNDS {
        let directory = tempfile::tempdir().expect("a directory");
        let (took, steps) = agree(directory.path());
        whole.add(rate(SESSIONS, took), rate(SESSIONS, idle(steps)));
    }
    whole.print("sessions, begun to confirmed, 64 callers", "/s", Limit::AtLeast(0.2));
    let mut confirms = Pairs::default();
    for _ in 0..CONFIRM_ROUNDS {
        confirms.add(slowest(true), slowest(false));
    }
    confirms.print("100 confirms of one time at once, slowest", "ms", Limit::Below(1.5));
    words();
}

fn open(directory: &Path) -> Store {
    house::open_with(directory, |house: &mut House| {
        house.questions_per_hour = u32::MAX;
        house.invitations_per_day = u32::MAX;
        house.new_recipients_per_day = u32::MAX;
    })
}

fn acting(user: UserId) -> Actor {
    Actor::new(Who::User { id: user, admin: false }, Road::Api, "0af7651916cd43dd8448eb211c80319c")
}

fn person(cx: &mut Cx<'_>, number: usize) -> Result<UserId> {
    let new = NewUser {
        address: house::address(&format!("person{number}@example.org")),
        name: format!("Person {number}"),
        zone: Some(Zone::UTC),
        role: Role::Member,
    };
    Ok(accounts::add(cx, &house::operator(), &new)?.id)
}

/// Connects somebody with the person of this number, who lets their agent book by itself.
fn befriend(cx: &mut Cx<'_>, asker: UserId, (number, granting): (usize, UserId)) -> Result<ConnectionId> {
    let address = house::address(&format!("person{number}@example.org"));
    let invitation = Invitation { address, words: String::new(), grant: None };
    let id = network::invite(cx, &acting(asker), &invitation)?.id;
    let scopes =
        [network::Scope::AvailabilityRead, network::Scope::Propose, network::Scope::BookAlone].into();
    let constraints = Constraints { notice_minutes: 0, ..Constraints::default() };
    let grant = NewGrant { scopes, constraints, ..NewGrant::default() };
    network::accept(cx, &acting(granting), id, Some(&grant))?;
    Ok(id)
}

/// A meeting of 45 minutes within a week from tomorrow.
fn wanted(now: Timestamp, with: ConnectionId) -> New {
    let tomorrow = now.ms() - now.ms().rem_euclid(DAY) + DAY;
    let want = Want {
        resources: Vec::new(),
        minutes: 45,
        from: tomorrow,
        to: tomorrow + 7 * DAY,
        days: Vec::new(),
        within: None,
        place: None,
        prefer: Prefer::default(),
    };
    New {
        purpose: "Practice session".to_owned(),
        with: vec![with],
        optional: Vec::new(),
        want,
        conversation: None,
    }
}

/// The worker of the house's agents, as the program runs it, whose work `step` does; counts the steps.
fn agents(store: &Store, steps: &Arc<AtomicUsize>, step: fn(&mut Cx<'_>, &Leased) -> Result<()>) -> Worker {
    let (store, steps) = (store.clone(), steps.clone());
    Worker {
        topic: sessions::AGENTS,
        parallel: 4,
        lease_ms: MINUTE,
        handler: Arc::new(move |lease| {
            let store = store.clone();
            steps.fetch_add(1, Ordering::Relaxed);
            Box::pin(async move { store.write(move |cx| step(cx, &lease)).await })
        }),
    }
}

fn nothing(cx: &mut Cx<'_>, lease: &Leased) -> Result<()> {
    queue::done(cx, lease)
}

/// As many pieces of work that do nothing, handed in by as many callers: what the queue alone takes.
fn idle(steps: usize) -> Duration {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(directory.path());
    let runtime = house::runtime();
    let (stop, stopping) = watch::channel(false);
    let none = Arc::new(AtomicUsize::new(0));
    let working = runtime.spawn(queue::run(store.clone(), agents(&store, &none, nothing), stopping));
    let took = time(|| {
        runtime.block_on(async {
            let mut callers = JoinSet::new();
            for caller in 0..CALLERS {
                let store = store.clone();
                callers.spawn(async move {
                    for _ in (caller..steps).step_by(CALLERS) {
                        let hand_in = |cx: &mut Cx<'_>| {
                            let payload = serde_json::json!({ "session": "none", "user": "nobody" });
                            queue::enqueue(cx, &Work::of(sessions::AGENTS, "bench", payload)).map(drop)
                        };
                        store.write(hand_in).await.expect("work");
                    }
                });
            }
            callers.join_all().await;
            all_done(&store).await;
        });
    });
    stop.send_replace(true);
    runtime.block_on(working).expect("the worker ends");
    took
}

/// Waits until the agents have nothing left to do.
async fn all_done(store: &Store) {
    let mut changes = store.changes();
    loop {
        changes.mark_unchanged();
        let topics = store.read(|cx| queue::topics(cx)).await.expect("the queue");
        let depth: i64 =
            topics.iter().filter(|topic| topic.topic == sessions::AGENTS).map(|topic| topic.depth).sum();
        if depth == 0 {
            return;
        }
        changes.changed().await.expect("the house stands");
    }
}

/// What it takes from the first session to the last meeting, and how many steps the agents took.
fn agree(directory: &Path) -> (Duration, usize) {
    let store = open(directory);
    let pairs: Vec<(UserId, ConnectionId)> = store
        .write_blocking(|cx| {
            let pair = |number: usize| {
                let (asker, other) = (person(cx, 2 * number)?, person(cx, 2 * number + 1)?);
                Ok((asker, befriend(cx, asker, (2 * number + 1, other))?))
            };
            (0..SESSIONS).map(pair).collect::<Result<_>>()
        })
        .expect("pairs");
    let runtime: Runtime = house::runtime();
    let (stop, stopping) = watch::channel(false);
    let steps = Arc::new(AtomicUsize::new(0));
    let working = runtime.spawn(queue::run(store.clone(), agents(&store, &steps, sessions::step), stopping));
    let took = time(|| runtime.block_on(all_confirmed(&store, pairs)));
    stop.send_replace(true);
    runtime.block_on(working).expect("the agents end");
    (took, steps.load(Ordering::Relaxed))
}

async fn all_confirmed(store: &Store, pairs: Vec<(UserId, ConnectionId)>) {
    let pairs = Arc::new(pairs);
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let (store, pairs) = (store.clone(), pairs.clone());
        callers.spawn(async move {
            for (asker, connection) in pairs.iter().copied().skip(caller).step_by(CALLERS) {
                let begin = move |cx: &mut Cx<'_>| {
                    sessions::start(cx, &acting(asker), &wanted(cx.now, connection))?.allowed()
                };
                store.write(begin).await.expect("a session");
            }
        });
    }
    callers.join_all().await;
    all_done(store).await;
    let confirmed = move |cx: &mut Cx<'_>| {
        let mut many = 0;
        for (asker, _) in pairs.iter() {
            let page = sessions::sessions(cx, &acting(*asker), None, 1)?;
            many += page.sessions.iter().filter(|one| one.state == State::Confirmed).count();
        }
        Ok(many)
    };
    assert_eq!(store.read(confirmed).await.expect("sessions"), SESSIONS, "each has its meeting");
}

/// A house in which a hundred people have named one and the same time to Ben, or each another: he says yes to all of them
/// at once, by a connection each. The slowest answer, in milliseconds.
fn slowest(same: bool) -> f64 {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(directory.path());
    let runtime = house::runtime();
    let _inside = runtime.enter();
    let (token, named) = named(&store, same);
    let address = serve(&store);
    let barrier = Barrier::new(CONFIRMS);
    let answers: Vec<(f64, u16)> = std::thread::scope(|threads| {
        let confirm = |(session, proposal): &(SessionId, ProposalId)| {
            let body = format!("{{\"proposal\":\"{proposal}\"}}");
            let request = format!(
                "POST /api/v1/sessions/{session}/confirm HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
                 Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            let barrier = &barrier;
            threads.spawn(move || {
                let mut client = Client::connect(address).expect("a connection");
                barrier.wait();
                let begin = Instant::now();
                let answer = client.send(&request).expect("an answer");
                (begin.elapsed().as_secs_f64() * 1_000.0, answer.status)
            })
        };
        let all: Vec<_> = named.iter().map(confirm).collect();
        all.into_iter().map(|thread| thread.join().expect("a caller")).collect()
    });
    let of = |status: u16| answers.iter().filter(|(_, answer)| *answer == status).count();
    let expected = if same { (1, CONFIRMS - 1) } else { (CONFIRMS, 0) };
    assert_eq!((of(200), of(409)), expected, "one booking, and all others refused");
    answers.iter().map(|(took, _)| *took).fold(0.0, f64::max)
}

/// Ben's token, and what was named to him.
fn named(store: &Store, same: bool) -> (String, Vec<(SessionId, ProposalId)>) {
    store
        .write_blocking(move |cx| {
            let ben = person(cx, 0)?;
            let (_, secret) =
                accounts::create_token(cx, &house::operator(), Some(ben), "bench", &[Scope::SessionsWrite])?;
            let mut named = Vec::with_capacity(CONFIRMS);
            for number in 1..=CONFIRMS {
                let asker = person(cx, number)?;
                let connection = befriend(cx, asker, (0, ben))?;
                named.push(name(cx, asker, connection, if same { 0 } else { number })?);
            }
            Ok((secret.expose().to_owned(), named))
        })
        .expect("sessions")
}

/// Begins a session and names the `at`th hour that both have.
fn name(
    cx: &mut Cx<'_>,
    asker: UserId,
    connection: ConnectionId,
    at: usize,
) -> Result<(SessionId, ProposalId)> {
    let who = acting(asker);
    let mut new = wanted(cx.now, connection);
    (new.want.minutes, new.want.to) = (15, new.want.from + 14 * DAY);
    let session: Session = sessions::start(cx, &who, &new)?.allowed()?;
    // Eight hours a day, each of four quarters, on weekdays alone.
    let quarters = i64::try_from(at).unwrap_or(0);
    let mut start = Timestamp::from_ms(new.want.from);
    let mut left = quarters / 32;
    loop {
        let is_weekday =
            !matches!(chrono::Datelike::weekday(&start.utc()), chrono::Weekday::Sat | chrono::Weekday::Sun);
        if is_weekday && left == 0 {
            break;
        }
        left -= i64::from(is_weekday);
        start = start.plus(DAY);
    }
    let start = start.plus(9 * HOUR + (quarters % 32) * 15 * MINUTE);
    let slots = vec![Slot::of(start, start.plus(15 * MINUTE))];
    let answer = sessions::say(cx, &who, session.id, &Message::Proposal { slots })?;
    assert!(answer.refused.is_none(), "{:?}", answer.refused);
    let open = answer.session.proposals.iter().find(|one| one.state == ProposalState::Open);
    Ok((session.id, open.expect("a time").id))
}

/// How long a line takes from the call to the preview, beside the reading of its words alone.
fn words() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(directory.path());
    let runtime = house::runtime();
    let _inside = runtime.enter();
    let token = store
        .write_blocking(|cx| {
            let asker = person(cx, 0)?;
            for number in 1..=KNOWN {
                let other = person(cx, number)?;
                befriend(cx, asker, (number, other))?;
            }
            let scopes = [Scope::SessionsRead];
            let (_, secret) = accounts::create_token(cx, &house::operator(), Some(asker), "bench", &scopes)?;
            Ok(secret.expose().to_owned())
        })
        .expect("an asker");
    let times = preview(serve(&store), &token);
    let people: Vec<wish::Known> =
        (1..=KNOWN).map(|number| wish::Known { name: format!("Person {number}"), address: None }).collect();
    let reader = wish::Reader { now: store.ground().clock.now(), zone: Zone::UTC, people: &people };
    let alone: Vec<f64> = (0..LINES)
        .map(|_| time(|| drop(std::hint::black_box(wish::read(LINE, &reader)))).as_secs_f64() * 1_000.0)
        .collect();
    let (p50, p99, alone) = (quantile(&times, 0.5), quantile(&times, 0.99), quantile(&alone, 0.5));
    println!(
        "{:<46} p50 {p50:>8.2} ms  p99 {p99:>8.2} ms  words {alone:>8.3} ms",
        "a line read, 50 connections"
    );
}

fn preview(address: SocketAddr, token: &str) -> Vec<f64> {
    let body = serde_json::json!({ "line": LINE }).to_string();
    let request = format!(
        "POST /api/v1/wishes HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut client = Client::connect(address).expect("a connection");
    (0..LINES)
        .map(|_| {
            let begin = Instant::now();
            let answer = client.send(&request).expect("an answer");
            let took = begin.elapsed().as_secs_f64() * 1_000.0;
            assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
            took
        })
        .collect()
}
