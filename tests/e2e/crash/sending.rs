//! Kill -9 while sixty-four callers send at once, and while what they sent is handed over: what was answered is there, none of it
//! twice, and it comes in the documented order (`docs/messages.md`), whatever happened in between.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use entente::base::Chance;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;
use toml::toml;

use super::calls::Caller;
use crate::rig::{PATIENCE, Server, wait_until};

/// How many callers there are, each with a conversation of its own.
const CALLERS: usize = 64;
/// How many messages each of them sends.
const EACH: usize = 30;
/// Whose programs send.
const SENDERS: [&str; 4] = ["Ben", "Cleo", "Dora", "Emil"];
/// How often the process is killed while they send.
const KILLS: usize = 6;
/// How many are handed over at once.
const HANDED: usize = 16;
/// After how many hand-overs it is killed again, with what was handed over in hand.
const KILLED_AT: [usize; 2] = [5, 61];
/// By how much a priority comes before the one below it, in milliseconds.
const LEVEL_MS: i64 = 60_000;

/// A program with its token.
#[derive(Clone)]
pub(super) struct Program {
    pub(super) id: String,
    pub(super) token: String,
}

/// A delivery as it lies in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Waiting {
    id: String,
    message: String,
    conversation: String,
    rank: i64,
}

/// The callers' side of the house.
#[derive(Clone)]
pub(super) struct Town {
    pub(super) caller: Caller,
    client: Client,
    url: String,
}

impl Town {
    pub(super) fn of(server: &Server) -> Self {
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(20)).build();
        Self { caller: Caller::new(server), client: client.expect("a client"), url: server.url() }
    }

    pub(super) fn call(&self, method: Method, token: &str, path: &str, body: &Value) -> RequestBuilder {
        let request = self.client.request(method, format!("{}/api/v1{path}", self.url)).bearer_auth(token);
        if body.is_null() {
            return request;
        }
        request.header("Content-Type", "application/json").body(body.to_string())
    }

    pub(super) async fn done(
        &self,
        method: Method,
        token: &str,
        path: &str,
        body: Value,
        status: u16,
    ) -> Value {
        self.caller.insist(self.call(method, token, path, &body), status).await
    }

    /// A program of somebody's, that has given a sign of life.
    async fn program(&self, owner: &str, name: &str) -> Program {
        let new = json!({ "kind": "personal", "name": name, "registration": {} });
        let made = self.done(Method::POST, owner, "/agents", new, 201).await;
        let id = made["id"].as_str().expect("an id").to_owned();
        let key = json!({ "name": "Laptop", "scopes": ["messages.read", "messages.write", "tasks.write"] });
        let made = self.done(Method::POST, owner, &format!("/agents/{id}/keys"), key, 201).await;
        let key = made["secret"].as_str().expect("a secret");
        let issued = self.done(Method::POST, key, "/agents/token", json!({}), 200).await;
        let token = issued["access_token"].as_str().expect("a token").to_owned();
        self.done(Method::POST, &token, &format!("/agents/{id}/heartbeat"), json!({}), 200).await;
        Program { id, token }
    }

    /// Somebody who is connected with Ana, and their program.
    pub(super) async fn sender(&self, server: &Server, ana: &str, name: &str) -> Program {
        let token = person(server, name);
        let address = json!({ "email": address(name) });
        let asked = self.done(Method::POST, ana, "/connections", address, 201).await;
        let path = format!("/connections/{}/accept", asked["id"].as_str().expect("a connection"));
        self.done(Method::POST, &token, &path, Value::Null, 200).await;
        self.program(&token, &format!("{name}'s program")).await
    }

    /// Sends so many messages in one conversation, each until it is answered; gives it, and their ids in that order.
    async fn send_all(
        self,
        from: Program,
        conversation: String,
        progress: Arc<watch::Sender<usize>>,
    ) -> (String, Vec<String>) {
        let mut sent = Vec::with_capacity(EACH);
        for number in 0..EACH {
            let said = json!({ "type": "notification", "text": format!("{conversation} {number}") });
            let path = format!("/conversations/{conversation}/messages");
            let call = self.call(Method::POST, &from.token, &path, &said);
            let answer = self.caller.insist(call.header("Idempotency-Key", number.to_string()), 201).await;
            sent.push(answer["id"].as_str().expect("a message").to_owned());
            progress.send_modify(|count| *count += 1);
        }
        (conversation, sent)
    }

    /// What an agent is handed at once, in the order in which it came.
    pub(super) async fn handed(&self, to: &Program) -> Vec<Value> {
        let path = format!("/agents/{}/inbox?limit={HANDED}", to.id);
        let given = self.done(Method::GET, &to.token, &path, Value::Null, 200).await;
        given["messages"].as_array().expect("messages").clone()
    }

    /// Has an agent acknowledge what it was handed; gives its state from then on.
    pub(super) async fn acknowledged(&self, by: &Program, handed: &Value) -> Value {
        let path = format!("/deliveries/{}/ack", handed["delivery"].as_str().expect("a delivery"));
        let lease = json!({ "lease": handed["lease"] });
        self.done(Method::POST, &by.token, &path, lease, 200).await["state"].clone()
    }
}

fn address(name: &str) -> String {
    format!("{}@entente.test", name.to_lowercase())
}

/// Somebody new; gives their token.
pub(super) fn person(server: &Server, name: &str) -> String {
    server.cli_ok(&["user", "add", "--name", name, "--time-zone", "UTC", "--email", &address(name)]);
    let scopes = "agents.read,agents.write,connections.read,connections.write,messages.read,messages.write,tasks.write,approvals.decide";
    let create = ["token", "create", "--name", "e2e", "--user", &address(name), "--scope", scopes];
    server.cli_ok(&create).lines().last().expect("a token").trim().to_owned()
}

/// Every delivery that waits, with its place in the order of the documents: due, less a minute for each level of its priority.
fn waiting(server: &Server) -> Vec<Waiting> {
    let file = server.dir().join("data/entente.db");
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let books = rusqlite::Connection::open_with_flags(file, flags).expect("the books can be read");
    let sql = "SELECT id, message_id, session_id, due_at, priority FROM deliveries WHERE ended_at IS NULL";
    let mut waiting = books.prepare(sql).expect("there are deliveries");
    let all = waiting.query_map([], |row| {
        let (due, priority): (i64, i64) = (row.get(3)?, row.get(4)?);
        let rank = due - priority * LEVEL_MS;
        // In the store an id is the UUID's 36 characters.
        let outside = |prefix: &str, at: usize| {
            row.get(at).map(|id: String| format!("{prefix}_{}", id.replace('-', "")))
        };
        Ok(Waiting {
            id: outside("dlv", 0)?,
            message: outside("msg", 1)?,
            conversation: outside("ses", 2)?,
            rank,
        })
    });
    all.and_then(Iterator::collect).expect("deliveries")
}

/// What is handed over next, as the documents say: of each conversation only the first, and of those the first in rank.
fn next(left: &mut Vec<Waiting>) -> Vec<String> {
    let mut first: BTreeMap<String, Waiting> = BTreeMap::new();
    for one in left.iter() {
        let known = first.entry(one.conversation.clone()).or_insert_with(|| one.clone());
        if one.id < known.id {
            *known = one.clone();
        }
    }
    let mut heads: Vec<Waiting> = first.into_values().collect();
    heads.sort_by(|one, other| (one.rank, &one.id).cmp(&(other.rank, &other.id)));
    heads.truncate(HANDED);
    left.retain(|one| !heads.contains(one));
    heads.into_iter().map(|one| one.id).collect()
}

/// A house that lets much through, without mail of its own.
pub(super) fn house() -> Server {
    Server::start_with(None, |config| {
        let given = toml! {
            [limits]
            requests_per_minute = 1_000_000
            api_requests_per_minute = 1_000_000
            [agents]
            conversations_max = 100
            conversations_usual = 100
            requests = 1_000_000
            burst = 1_000_000
            urgent_requests = 1_000_000
            urgent_burst = 1_000_000
            queue_max = 10_000
            refusals_per_hour = 0
            floods_per_hour = 0
        };
        config.extend(given);
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_sixty_four_senders_were_told_is_kept_survives_kills_once_and_in_order() {
    let begun = Instant::now();
    let seed = u64::from_le_bytes(Chance::system().bytes());
    eprintln!("kills by seed {seed}");
    let server = house();
    let town = Town::of(&server);
    let ana = person(&server, "Ana");
    let maya = town.program(&ana, "Maya").await;
    let mut senders = Vec::with_capacity(SENDERS.len());
    for name in SENDERS {
        senders.push(town.sender(&server, &ana, name).await);
    }

    let progress = Arc::new(watch::channel(0).0);
    let mut callers = JoinSet::new();
    for number in 0..CALLERS {
        let from = senders[number % senders.len()].clone();
        let new = json!({ "with": [maya.id], "about": "information", "urgency": 1 + number % 5 });
        let begun = town.done(Method::POST, &from.token, "/conversations", new, 201).await;
        let conversation = begun["id"].as_str().expect("a conversation").to_owned();
        callers.spawn(town.clone().send_all(from, conversation, progress.clone()));
    }
    let (kills, chance) = (progress.subscribe(), Chance::seeded(seed));
    let killed = tokio::task::spawn_blocking(move || kill_at_random(server, &kills, &chance));
    let mut sent = BTreeMap::new();
    while let Some(of_one) = callers.join_next().await {
        let (conversation, messages) = of_one.expect("a caller was answered");
        sent.insert(conversation, messages);
    }
    let told: BTreeSet<String> = sent.values().flatten().cloned().collect();
    let mut server = killed.await.expect("the server came back every time");
    assert_eq!(told.len(), CALLERS * EACH, "every message has an id of its own");

    assert_eq!(server.stop(), Some(0));
    let mut left = waiting(&server);
    let there: BTreeSet<String> = left.iter().map(|one| one.message.clone()).collect();
    assert_eq!((left.len(), &there), (CALLERS * EACH, &told), "all that was answered, and nothing else");
    tokio::task::block_in_place(|| server.restart());

    let mut round = 0;
    let mut came: BTreeMap<String, Vec<String>> = BTreeMap::new();
    while !left.is_empty() {
        let handed = town.handed(&maya).await;
        let ids: Vec<&str> = handed.iter().filter_map(|one| one["delivery"].as_str()).collect();
        assert_eq!(ids, next(&mut left), "round {round}");
        if KILLED_AT.contains(&round) {
            server.kill9();
            tokio::task::block_in_place(|| server.restart());
        }
        for one in &handed {
            assert_eq!(town.acknowledged(&maya, one).await, "delivered");
            let text = |name: &str| one["message"][name].as_str().expect("a message").to_owned();
            came.entry(text("session")).or_default().push(text("id"));
        }
        round += 1;
    }
    assert_eq!(came, sent, "of each conversation they came as they were sent");
    assert!(town.handed(&maya).await.is_empty(), "nothing comes twice");
    assert_eq!(server.stop(), Some(0));
    server.cli_ok(&["audit", "verify"]);
    let (kills, took) = (KILLS + KILLED_AT.len(), begun.elapsed());
    eprintln!("{} messages, {kills} kills, {round} hand-overs, {took:.1?}", CALLERS * EACH);
}

/// Kills the server once at a random moment of each part of the whole, as many as there are kills, and starts it again.
fn kill_at_random(mut server: Server, progress: &watch::Receiver<usize>, chance: &Chance) -> Server {
    let part = CALLERS * EACH / KILLS;
    for kill in 0..KILLS {
        let within = usize::try_from(chance.up_to(part as u64 - 1)).unwrap_or_default();
        let step = kill * part + within;
        wait_until(&format!("kill {kill} at message {step}"), PATIENCE, || {
            (*progress.borrow() >= step).then_some(())
        });
        server.kill9();
        server.restart();
    }
    server
}
