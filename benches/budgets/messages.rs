//! What programs say to each other over HTTP: kept for good before it is answered, handed over under a lease, and acknowledged.
//! Sixty-four clients, each with an agent, a token and a conversation of its own, one request after the other.
//!
//! Beside the bare store (the same text as one piece of work, handed in or taken and done by as many callers in a transaction
//! each) and beside a bare actix handler that reads the same request and answers as many bytes. All share the machine with
//! the clients.

use std::net::SocketAddr;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use actix_web::{App, HttpResponse, HttpServer, web as actix};
use entente::accounts::{self, NewUser, Role, Scope};
use entente::agents::{self, Kind, NewRegistration};
use entente::base::actor::{Actor, Road, Who};
use entente::base::id::{AgentId, SessionId};
use entente::base::time::{MINUTE, Zone};
use entente::base::{House, Result};
use entente::network::{self, Invitation, NewGrant};
use entente::queue::{self, Work};
use entente::sessions::conversation::{self, NewConversation, Request, Rights, With};
use entente::store::{Cx, Store};
use serde_json::Value;
use tokio::task::JoinSet;

use crate::house;
use crate::http::{Answer, Client};
use crate::measure::{median, quantile, rate};
use crate::token_page::serve;

const CLIENTS: usize = 64;
/// Messages that each client sends in a round.
const EACH: usize = 150;
const ROUNDS: usize = 5;
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
/// What is aimed at.
const SENDS_AIM: f64 = 10_000.0;
const P99_AIM_MS: f64 = 50.0;

/// A program with a conversation.
#[derive(Clone)]
struct Program {
    agent: AgentId,
    token: String,
    conversation: SessionId,
}

/// What all clients met in a round.
struct Load {
    per_second: f64,
    p99_ms: f64,
}

/// Measures and prints.
pub(crate) fn run() {
    let mut rows: [Vec<Load>; 6] = Default::default();
    for _ in 0..ROUNDS {
        let directory = tempfile::tempdir().expect("a directory");
        let runtime = house::runtime();
        let _inside = runtime.enter();
        let store = open(directory.path());
        let programs = programs(&store);
        let address = serve(&store);
        let (sent, answer) = send_all(address, &programs);
        let (taken, handed) = take_all(address, &programs);
        rows[0].push(sent);
        rows[3].push(taken);
        let bare = tempfile::tempdir().expect("a directory");
        let bare = house::open(bare.path());
        rows[1].push(runtime.block_on(bare_sends(&bare)));
        rows[4].push(runtime.block_on(bare_takes(&bare)));
        rows[2].push(send_all(handler(answer), &programs).0);
        rows[5].push(take_all(handler(handed), &programs).0);
    }
    print("sends over HTTP, 64 clients", &rows[0..3]);
    print("leases and acknowledgements over HTTP", &rows[3..6]);
    let (many, p99) = (middle(&rows[0], |load| load.per_second), middle(&rows[0], |load| load.p99_ms));
    let word = if many >= SENDS_AIM && p99 < P99_AIM_MS { "kept" } else { "MISSED" };
    println!("{:<46} aim >= {SENDS_AIM}/s, p99 < {P99_AIM_MS} ms {word}", "");
}

fn middle(loads: &[Load], of: impl Fn(&Load) -> f64) -> f64 {
    median(&loads.iter().map(of).collect::<Vec<_>>())
}

fn print(name: &str, rows: &[Vec<Load>]) {
    for (which, loads) in ["ours", "the bare store", "a bare actix handler"].iter().zip(rows) {
        let ratios: Vec<f64> =
            rows[0].iter().zip(loads).map(|(ours, other)| ours.per_second / other.per_second).collect();
        println!(
            "{name:<46} {which:<21} {:>9.0} /s  p99 {:>7.2} ms  ratio {:>5.2}",
            middle(loads, |load| load.per_second),
            middle(loads, |load| load.p99_ms),
            median(&ratios)
        );
    }
}

/// A house without the limits that a bench would reach.
fn open(directory: &std::path::Path) -> Store {
    house::open_with(directory, |house: &mut House| {
        house.invitations_per_day = u32::MAX;
        house.new_recipients_per_day = u32::MAX;
        house.message_requests = 1_000_000;
        house.message_burst = 1_000_000;
        house.message_queue_max = 1_000_000;
    })
}

/// Sixty-four people, connected two by two; each runs a program, and each two of them have two conversations.
fn programs(store: &Store) -> Vec<Program> {
    store
        .write_blocking(|cx| {
            let mut all = Vec::with_capacity(CLIENTS);
            for pair in 0..CLIENTS / 2 {
                let (one, other) = (person(cx, 2 * pair)?, person(cx, 2 * pair + 1)?);
                let address = house::address(&format!("person{}@example.org", 2 * pair + 1));
                let invitation = Invitation { address, words: String::new(), grant: None };
                let id = network::invite(cx, &one.0, &invitation)?.id;
                network::accept(cx, &other.0, id, Some(&NewGrant::default()))?;
                let (first, second) = (program(cx, &one.0)?, program(cx, &other.0)?);
                let (from, to) = (acting(one.1, first.0), acting(other.1, second.0));
                all.push(Program {
                    agent: first.0,
                    token: first.1,
                    conversation: begin(cx, &from, second.0)?,
                });
                all.push(Program {
                    agent: second.0,
                    token: second.1,
                    conversation: begin(cx, &to, first.0)?,
                });
            }
            Ok(all)
        })
        .expect("programs")
}

fn person(cx: &mut Cx<'_>, number: usize) -> Result<(Actor, entente::base::id::UserId)> {
    let new = NewUser {
        address: house::address(&format!("person{number}@example.org")),
        name: format!("Person {number}"),
        zone: Some(Zone::UTC),
        role: Role::Member,
    };
    let id = accounts::add(cx, &house::operator(), &new)?.id;
    Ok((Actor::new(Who::User { id, admin: false }, Road::Api, TRACE), id))
}

fn acting(user: entente::base::id::UserId, id: AgentId) -> Actor {
    Actor::new(Who::Agent { id, user }, Road::Api, TRACE)
}

fn program(cx: &mut Cx<'_>, owner: &Actor) -> Result<(AgentId, String)> {
    let new = NewRegistration::of(Kind::Personal, "Maya");
    let id = agents::register(cx, owner, &new)?.agent.id;
    let scopes = [Scope::MessagesRead, Scope::MessagesWrite];
    let (_, key) = agents::make_key(cx, owner, id, "bench", &scopes)?;
    Ok((id, agents::exchange(cx, &key, None)?.token.expose().to_owned()))
}

fn begin(cx: &mut Cx<'_>, who: &Actor, with: AgentId) -> Result<SessionId> {
    let new = NewConversation {
        with: vec![With::Agent(with)],
        shape: None,
        request: Request::Information,
        topic: "Practice session".to_owned(),
        urgency: 3,
        answer_minutes: None,
        rights: Rights::default(),
        keep_days: None,
    };
    Ok(conversation::begin(cx, who, &new)?.id)
}

/// What is said: about 150 bytes.
fn said(number: usize) -> String {
    serde_json::json!({
        "type": "notification",
        "text": format!("The practice session number {number} begins at nine in the small room, and bring the papers."),
        "data": { "number": number }
    })
    .to_string()
}

/// All clients at once, each doing its own so many times: how many in a second, the 99th of a hundred, and the last answer.
fn load(
    address: SocketAddr,
    programs: &[Program],
    each: fn(&mut Client, &Program, usize) -> Answer,
) -> (Load, Answer) {
    let barrier = Barrier::new(CLIENTS + 1);
    let mut times = Vec::with_capacity(CLIENTS * EACH);
    let mut last = None;
    let mut took = Duration::ZERO;
    std::thread::scope(|threads| {
        let client = |program: &Program| {
            let (program, barrier) = (program.clone(), &barrier);
            threads.spawn(move || {
                let mut client = Client::connect(address).expect("a connection");
                let mut times = Vec::with_capacity(EACH);
                let mut last = None;
                barrier.wait();
                for number in 0..EACH {
                    let begin = Instant::now();
                    last = Some(each(&mut client, &program, number));
                    times.push(begin.elapsed().as_secs_f64() * 1_000.0);
                }
                (times, last)
            })
        };
        let all: Vec<_> = programs.iter().map(client).collect();
        barrier.wait();
        let begin = Instant::now();
        for thread in all {
            let (met, answer) = thread.join().expect("a client");
            times.extend(met);
            last = answer;
        }
        took = begin.elapsed();
    });
    let load = Load { per_second: rate(CLIENTS * EACH, took), p99_ms: quantile(&times, 0.99) };
    (load, last.expect("an answer"))
}

fn post(client: &mut Client, program: &Program, path: &str, key: Option<usize>, body: &str) -> Answer {
    let key = key.map(|key| format!("Idempotency-Key: {key}\r\n")).unwrap_or_default();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n{key}\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        program.token,
        body.len()
    );
    client.send(&request).expect("an answer")
}

fn send_all(address: SocketAddr, programs: &[Program]) -> (Load, Answer) {
    load(address, programs, |client, program, number| {
        let path = format!("/api/v1/conversations/{}/messages", program.conversation);
        let answer = post(client, program, &path, Some(number), &said(number));
        assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
        answer
    })
}

/// Takes one message and acknowledges it: two calls.
fn take_all(address: SocketAddr, programs: &[Program]) -> (Load, Answer) {
    load(address, programs, |client, program, _| {
        let request = format!(
            "GET /api/v1/agents/{}/inbox?limit=1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\r\n",
            program.agent, program.token
        );
        let inbox = client.send(&request).expect("an answer");
        let shown: Value = serde_json::from_slice(&inbox.body).expect("JSON");
        let (id, lease) = (&shown["messages"][0]["delivery"], &shown["messages"][0]["lease"]);
        let (id, lease) = (id.as_str().expect("a delivery"), lease.as_str().expect("a lease"));
        let body = format!("{{\"lease\":\"{lease}\"}}");
        let answer = post(client, program, &format!("/api/v1/deliveries/{id}/ack"), None, &body);
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        inbox
    })
}

/// Answers everything with these bytes, having read the request.
fn handler(answer: Answer) -> SocketAddr {
    let body = actix::Bytes::from(answer.body);
    let workers = std::thread::available_parallelism().map_or(2, usize::from).min(8);
    let server = HttpServer::new(move || {
        let body = body.clone();
        let any = move |given: actix::Bytes| {
            let body = body.clone();
            async move {
                let read = serde_json::from_slice::<Value>(&given).ok();
                let status = match read.as_ref().and_then(|read| read.get("text")) {
                    Some(_) => actix_web::http::StatusCode::CREATED,
                    None => actix_web::http::StatusCode::OK,
                };
                HttpResponse::build(status).content_type("application/json").body(body)
            }
        };
        App::new().default_service(actix::to(any))
    })
    .workers(workers)
    .disable_signals()
    .bind("127.0.0.1:0")
    .expect("a port");
    let address = server.addrs()[0];
    drop(tokio::spawn(server.run()));
    address
}

fn topic(client: usize) -> String {
    format!("bench {client}")
}

/// As many callers, each of whom does its own so many times, in a transaction of the store for each.
async fn callers<F, T>(store: &Store, each: F) -> Load
where
    F: Fn(Store, usize, usize) -> T + Clone + Send + 'static,
    T: Future<Output = ()> + Send + 'static,
{
    let begin = Instant::now();
    let mut callers = JoinSet::new();
    for client in 0..CLIENTS {
        let (store, each) = (store.clone(), each.clone());
        callers.spawn(async move {
            let mut times = Vec::with_capacity(EACH);
            for number in 0..EACH {
                let begin = Instant::now();
                each(store.clone(), client, number).await;
                times.push(begin.elapsed().as_secs_f64() * 1_000.0);
            }
            times
        });
    }
    let times: Vec<f64> = callers.join_all().await.into_iter().flatten().collect();
    Load { per_second: rate(CLIENTS * EACH, begin.elapsed()), p99_ms: quantile(&times, 0.99) }
}

async fn bare_sends(store: &Store) -> Load {
    let send = |store: Store, client: usize, number: usize| async move {
        let hand_in = move |cx: &mut Cx<'_>| {
            queue::enqueue(cx, &Work::of(topic(client), TRACE, Value::String(said(number)))).map(drop)
        };
        store.write(hand_in).await.expect("a piece of work");
    };
    callers(store, send).await
}

async fn bare_takes(store: &Store) -> Load {
    let take = |store: Store, client: usize, _| async move {
        let leased =
            store.write(move |cx| queue::claim(cx, &topic(client), 1, MINUTE)).await.expect("a lease");
        assert_eq!(leased.len(), 1, "work waits");
        store.write(move |cx| queue::done(cx, &leased[0])).await.expect("it is done");
    };
    callers(store, take).await
}
