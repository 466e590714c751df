//! The manual of agents, run as it stands: every block of Python in `docs/agents.md`, by two programs against a running house.

use reqwest::Method;
use serde_json::{Value, json};

use super::town::{AUTO, Town};
use crate::booking::{GUEST, HOST, Somebody, in_days, rfc3339};
use crate::rig::{Agent, eventually};

const MANUAL: &str = include_str!("../../../docs/agents.md");

/// The blocks of Python of the manual, in order.
fn blocks() -> Vec<&'static str> {
    let fenced = MANUAL.split("```python\n").skip(1);
    fenced.map(|rest| rest.split("```").next().expect("a block ends")).collect()
}

/// The one block in which this stands.
fn block(words: &str) -> String {
    let found: Vec<_> = blocks().into_iter().filter(|block| block.contains(words)).collect();
    let [one] = found.as_slice() else { panic!("{words:?} stands in {} blocks", found.len()) };
    (*one).to_owned()
}

/// A block with what its reader puts in place of what stands there.
fn filled(block: &str, with: &[(&str, &str)]) -> String {
    with.iter().fold(block.to_owned(), |text, (place, value)| {
        assert!(text.contains(place), "{place:?} is not in: {text}");
        text.replace(place, value)
    })
}

fn within(function: &str, block: &str) -> String {
    let lines = block.lines().map(|line| format!("    {line}\n"));
    format!("\ndef {function}(message):\n{}", lines.collect::<String>())
}

/// Registers a program of somebody's with a key for what the manual says; gives its id and the key.
async fn registered(town: &Town, who: Somebody, name: &str) -> (String, String) {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let capabilities = json!({ "schedule": true });
    let new = json!({ "kind": "personal", "name": name, "registration": { "capabilities": capabilities } });
    let id = text(&town.ok(who, Method::POST, "/agents", new).await["id"]);
    let scopes = [
        "sessions.read",
        "sessions.write",
        "messages.read",
        "messages.write",
        "connections.read",
        "agents.read",
        "tasks.read",
        "tasks.write",
        "profile.read",
    ];
    let key = json!({ "name": "Laptop", "scopes": scopes });
    let made = registrar(town, who).ok(Method::POST, &format!("/agents/{id}/keys"), key).await;
    (id, text(&made["secret"]))
}

/// Somebody's own token for what is to be done here.
struct Registrar<'t> {
    town: &'t Town,
    token: String,
}

fn registrar(town: &Town, who: Somebody) -> Registrar<'_> {
    let scopes = "agents.read,agents.write,sessions.read,sessions.write,messages.read,messages.write,connections.read,tasks.read,\
        tasks.write,profile.read,approvals.decide";
    let create = ["token", "create", "--name", "setup", "--user", &who.address(), "--scope", scopes];
    let said = tokio::task::block_in_place(|| town.server.cli_ok(&create));
    Registrar { town, token: said.lines().last().expect("a token").trim().to_owned() }
}

impl Registrar<'_> {
    async fn ok(&self, method: Method, path: &str, body: Value) -> Value {
        let body = Some(&body).filter(|body| !body.is_null());
        let reply = self.town.server.api(method, &format!("/api/v1{path}"), &self.token, body).await;
        assert!(reply.status < 300, "{path}: {} {}", reply.status, reply.body);
        reply.json()
    }

    async fn get(&self, path: &str) -> Value {
        self.ok(Method::GET, path, Value::Null).await
    }
}

/// What both programs begin with, and the loop that they end with.
fn frame(url: &str, key: &str) -> (String, String) {
    let begin = filled(&block("def bearer():"), &[("https://meet.example.org", url), ("eak_…", key)]);
    let (lives, inbox) = (block("def sign_of_life():"), block("while True:"));
    let (deal, stays) = inbox.split_once("while True:").expect("a loop");
    (format!("{begin}\n{lives}\n{deal}"), format!("\nwhile True:{stays}"))
}

/// Deals with each message by this function first, and then as the manual does.
const FIRST: &str =
    "\nas_ever = deal_with\n\ndef deal_with(one):\n    first(one[\"message\"])\n    as_ever(one)\n";

/// Mara's own agent writes to Max, who answers; and asks him in a group.
async fn answers_and_votes(mara: &Registrar<'_>, ben: &Registrar<'_>, max: &str, with: &str) {
    let new = json!({ "with": [max], "about": "information" });
    let talk = mara.ok(Method::POST, "/conversations", new).await["id"].as_str().expect("an id").to_owned();
    let said = format!("/conversations/{talk}/messages");
    let asked = mara.ok(Method::POST, &said, json!({ "type": "request", "text": "Lunch?" })).await;
    eventually("Max answers", async || {
        let all = mara.get(&said).await;
        let mut all = all["messages"].as_array()?.iter();
        all.any(|one| one["answers"] == asked["id"] && one["body"]["text"] == "I have read it.").then_some(())
    })
    .await;
    let new = json!({
        "question": "Which hall?", "subject": "question", "with": [with], "candidates": [{ "label": "The garden" }],
    });
    let group = mara.ok(Method::POST, "/groups", new).await["id"].as_str().expect("an id").to_owned();
    eventually("Max votes", async || {
        let seen = ben.get(&format!("/groups/{group}")).await;
        let answers = seen["answers"].as_array()?;
        answers.iter().any(|one| one["agent"] == max).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_python_of_the_manual_does_what_the_manual_says() {
    let town = Town::connected(AUTO).await;
    let (host, guest) = (registrar(&town, HOST), registrar(&town, GUEST));
    let (maya, max) = (registered(&town, HOST, "Maya").await, registered(&town, GUEST, "Max").await);
    let with = host.get("/connections").await["connections"][0]["id"].as_str().expect("an id").to_owned();
    let me = host.get("/profile").await["user"].as_str().expect("an id").to_owned();
    let soon = rfc3339(in_days(3, 0));
    let (from, to) = (rfc3339(in_days(5, 0)), rfc3339(in_days(9, 0)));

    // Maya looks for a time, asks a question of Ben and an approval of Mara, and told what becomes of both.
    let (begin, stays) = frame(&town.server.url(), &maya.1);
    let begins = block("\"purpose\": \"Lunch\"");
    let dates =
        [("2026-12-01T09:00:00+01:00", from.as_str()), ("2026-12-05T18:00:00+01:00", &to), ("con_…", &with)];
    let begins = filled(&begins, &dates);
    let asks = block("\"/api/v1/approvals\"");
    let asks = filled(&asks, &[("con_…", &with), ("usr_…", &me), ("2026-11-25T18:00:00+01:00", &soon)]);
    let told = format!("\ndef first(message):\n{}", block("They prefer"));
    let hers = Agent::start_text(&format!("{begin}{begins}{asks}{told}{FIRST}{stays}"));

    // Max answers what is written to him, and what a group is asked.
    let (begin, stays) = frame(&town.server.url(), &max.1);
    let votes = within("vote", &block("/answer\""));
    let first = "\nsuits = lambda one: True\n\ndef first(message):\n    if message[\"type\"] == \"group_broadcast\":\n        vote(message)\n";
    let his = Agent::start_text(&format!("{begin}{votes}{first}{FIRST}{stays}"));
    let both = || format!("Maya:\n{}\nMax:\n{}", hers.log(), his.log());
    for (who, id) in [(&host, &maya.0), (&guest, &max.0)] {
        eventually("its program is there", async || {
            let known = who.get(&format!("/agents/{id}/presence")).await;
            (known["presence"] == "online").then_some(())
        })
        .await;
    }

    eventually("Ben is asked which hall he prefers", async || {
        let asked = guest.get("/tasks").await;
        let id = asked["tasks"][0]["id"].as_str()?.to_owned();
        guest
            .ok(
                Method::POST,
                &format!("/tasks/{id}/complete"),
                json!({ "result": { "answer": "The garden" } }),
            )
            .await;
        Some(())
    })
    .await;
    eventually("Mara is asked whether the hall is paid", async || {
        let asked = host.get("/approvals").await;
        let id = asked["approvals"][0]["id"].as_str()?.to_owned();
        host.ok(Method::POST, &format!("/approvals/{id}/decide"), json!({ "choice": "approve" })).await;
        Some(())
    })
    .await;
    eventually("Maya told of both", async || {
        let log = hers.log();
        (log.contains("They prefer The garden") && log.contains("Pay\n")).then_some(())
    })
    .await;
    let sessions = host.get("/sessions").await;
    assert_eq!(sessions["sessions"][0]["purpose"], "Lunch", "{sessions}\n{}", both());

    answers_and_votes(&host, &guest, &max.0, &with).await;
    assert!(!both().contains("refused:") && !both().contains("Traceback"), "{}", both());
}
