//! What is said by steps of tasks, sessions and groups obeys what messages obey: blocks, connections and openness, when it is said and
//! when it is handed over, and how much one may send.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use entente::accounts::{Role, Scope};
use entente::base::actor::{Actor, Road, Who};
use entente::base::id::{AgentId, TaskId};
use entente::config::Config;
use entente::journal;
use entente::sessions;
use entente::store::Cx;
use entente::{agents, groups, messages, notices, tasks};
use serde_json::{Value, json};

use crate::api_messages::{Program, ask, done, program_for, receipts, request};
use crate::api_messages_who::let_the_house_speak;
use crate::api_world::{Reply, World};
use crate::plans::no_query_scans;

pub(crate) const SCOPES: &[&str] = &[
    "messages.read",
    "messages.write",
    "agents.read",
    "tasks.read",
    "tasks.write",
    "sessions.read",
    "sessions.write",
];
const AUTO: &[&str] = &[
    "calendar.availability.read",
    "calendar.events.propose",
    "calendar.events.write.auto",
    "calendar.events.write.confirm",
];

/// Ana and Ben, connected, each with a program that has to do with tasks and sessions: Maya is Ana's, Max is Ben's. Each lets the
/// other's agent propose times.
pub(crate) struct Pair {
    pub(crate) w: World,
    pub(crate) ana: String,
    pub(crate) ben: String,
    pub(crate) connection: String,
    pub(crate) maya: Program,
    pub(crate) max: Program,
}

impl Pair {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let w = World::with(change);
        let ana = w.member("ana@example.org", "Ana").await;
        let ben = w.member("ben@example.net", "Ben").await;
        let connection = w.connected(&ana, &ben).await;
        let grant = json!({ "scopes": AUTO, "constraints": { "notice_minutes": 0 } });
        for who in [&ana, &ben] {
            done(&w, "PUT", format!("/api/v1/connections/{connection}/grants"), who, &grant).await;
        }
        let maya = program_for(&w, &ana, "Maya", SCOPES).await;
        let max = program_for(&w, &ben, "Max", SCOPES).await;
        Self { w, ana, ben, connection, maya, max }
    }

    pub(crate) async fn ask(
        &self,
        method: &'static str,
        path: impl Into<String>,
        who: &str,
        body: &Value,
    ) -> Reply {
        ask(&self.w, method, path, who, body).await
    }

    pub(crate) async fn done(
        &self,
        method: &'static str,
        path: impl Into<String>,
        who: &str,
        body: &Value,
    ) -> Value {
        done(&self.w, method, path, who, body).await
    }

    /// A task for Ben; gives its id.
    pub(crate) async fn task(&self, from: &str) -> String {
        let new = json!({
            "type": "todo", "to": { "connection": self.connection }, "payload": { "text": "Tune it" },
        });
        let sent = self.done("POST", "/api/v1/tasks", from, &new).await;
        sent["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn step(&self, who: &str, task: &str, verb: &str, body: &Value) -> Reply {
        self.ask("POST", format!("/api/v1/tasks/{task}/{verb}"), who, body).await
    }

    /// What somebody is told of a task: its state, and whether a program is at it.
    pub(crate) async fn stands(&self, who: &str, task: &str) -> (String, bool) {
        let seen = self.done("GET", format!("/api/v1/tasks/{task}"), who, &Value::Null).await;
        (seen["state"].as_str().unwrap().to_owned(), !seen["by"]["agent"].is_null())
    }

    /// What one program thinks of another one.
    pub(crate) async fn block(&self, owner: &str, one: &str, other: &str) {
        let path = format!("/api/v1/agents/{one}/relations/{other}");
        self.done("PUT", path, owner, &json!({ "relation": "blocked" })).await;
    }

    /// What somebody's program is from now on.
    pub(crate) async fn is(&self, owner: &str, program: &Program, registration: Value) {
        let path = format!("/api/v1/agents/{}", program.id);
        self.done("PATCH", path, owner, &json!({ "registration": registration })).await;
    }

    /// What a program is handed: state of the task, or what the step is called. All of it is acknowledged.
    pub(crate) async fn inbox(&self, of: &Program) -> Vec<String> {
        let mut words = Vec::new();
        loop {
            let path = format!("/api/v1/agents/{}/inbox", of.id);
            let given = self.done("GET", path, &of.token, &Value::Null).await;
            let handed = given["messages"].as_array().unwrap().clone();
            if handed.is_empty() {
                return words;
            }
            for one in &handed {
                words.push(word(&one["message"]));
                let path = format!("/api/v1/deliveries/{}/ack", one["delivery"].as_str().unwrap());
                self.done("POST", path, &of.token, &json!({ "lease": one["lease"] })).await;
            }
        }
    }

    /// What became of what Maya sent.
    pub(crate) async fn receipts(&self) -> Vec<String> {
        receipts(&self.w, &self.maya).await
    }

    /// Lets those who follow the journal read all there is.
    pub(crate) async fn follow(&self) {
        for follower in
            [sessions::FOLLOWER, tasks::FOLLOWER, groups::FOLLOWER].into_iter().chain(notices::FOLLOWERS)
        {
            while journal::follow(&self.w.web.store, follower).await.unwrap() > 0 {}
        }
    }

    /// The kinds of somebody's notices, newest first.
    pub(crate) async fn notices(&self, who: &str) -> Vec<String> {
        let told = self.done("GET", "/api/v1/notices", who, &Value::Null).await;
        let kinds =
            told["notices"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap().to_owned());
        kinds.collect()
    }

    /// A scheduling session with Ben; gives it as it began.
    async fn session(&self, from: &str) -> Value {
        let new = json!({
            "with": [self.connection], "purpose": "Budget", "length_minutes": 45,
            "from": "2026-11-25T00:00:00+01:00", "to": "2026-11-27T00:00:00+01:00",
        });
        self.done("POST", "/api/v1/sessions", from, &new).await
    }
}

/// A step in a word.
fn word(message: &Value) -> String {
    let (kind, data) = (message["type"].as_str().unwrap(), &message["body"]["data"]);
    let said = data["event"].as_str().or(data["state"].as_str()).unwrap_or_default();
    format!("{kind} {said}").trim().to_owned()
}

fn many_at_once(config: &mut Config) {
    config.agents.burst = 10_000;
}

#[actix_web::test]
async fn a_task_that_waits_is_dead_once_a_block_stands_or_the_connection_is_over_and_nothing_more_of_it_comes()
 {
    for how in ["block", "blocked", "disconnect"] {
        let pair = Pair::new().await;
        let (by_program, by_hand) = (pair.task(&pair.maya.token).await, pair.task(&pair.ana).await);
        match how {
            "block" => pair.block(&pair.ben, &pair.max.id, &pair.maya.id).await,
            "blocked" => pair.block(&pair.ana, &pair.maya.id, &pair.max.id).await,
            _ => {
                let path = format!("/api/v1/connections/{}", pair.connection);
                pair.done("DELETE", path, &pair.ben, &Value::Null).await;
            }
        }
        let handed = pair.inbox(&pair.max).await;
        let by_ana = if how == "disconnect" { Vec::new() } else { vec!["submitted submitted"] };
        assert_eq!(handed, by_ana, "what is not asked by the one that is blocked comes: {how}");
        assert_eq!(pair.receipts().await, ["dead (not_permitted)"], "{how}");
        pair.follow().await;
        assert!(pair.inbox(&pair.max).await.is_empty(), "{how}");
        let state = if how == "disconnect" { "canceled" } else { "submitted" };
        for task in [&by_program, &by_hand] {
            assert_eq!(pair.stands(&pair.ana, task).await, (state.to_owned(), false), "{how}");
        }
        let told = pair.inbox(&pair.maya).await;
        let of_the_end: &[&str] = if how == "disconnect" { &["canceled canceled"] } else { &[] };
        assert_eq!(told, of_the_end, "whoever sent it is told by the house: {how}");
        no_query_scans(&pair.w.web.store);
    }
}

#[actix_web::test]
async fn what_a_role_is_asked_is_handed_to_nobody_who_does_not_fill_it_any_more() {
    let pair = Pair::new().await;
    let root = pair.w.user("root@example.org", "Root", Role::Admin).await;
    let root = pair.w.token(Some(root), &[Scope::Admin, Scope::AgentsRead, Scope::AgentsWrite]).await;
    let role = pair.w.role(&root).await;
    let ben = pair.done("GET", "/api/v1/profile", &pair.ben, &Value::Null).await["user"].clone();
    let fill = async |members: Value| {
        let path = format!("/api/v1/roles/{role}/members");
        pair.done("PUT", path, &root, &json!({ "members": members })).await;
    };
    fill(json!([ben])).await;
    let new = json!({ "type": "todo", "to": { "role": role }, "payload": { "text": "Tune it" } });
    for _ in 0..2 {
        pair.done("POST", "/api/v1/tasks", &pair.maya.token, &new).await;
    }
    let path = format!("/api/v1/agents/{}/inbox?limit=1", pair.max.id);
    let handed = pair.done("GET", path, &pair.max.token, &Value::Null).await;
    assert_eq!(handed["messages"].as_array().unwrap().len(), 1, "as long as he fills it");
    fill(json!([])).await;
    assert!(pair.inbox(&pair.max).await.is_empty());
    let dead = pair.receipts().await;
    assert_eq!(dead.last().map(String::as_str), Some("dead (not_permitted)"));
    no_query_scans(&pair.w.web.store);
}

#[actix_web::test]
async fn a_task_to_somebody_whose_program_the_sender_does_not_reach_is_put_before_them_and_not_into_its_inbox()
 {
    for how in ["block", "blocked", "strict", "closed", "open"] {
        let pair = Pair::new().await;
        match how {
            "block" => pair.block(&pair.ben, &pair.max.id, &pair.maya.id).await,
            "blocked" => pair.block(&pair.ana, &pair.maya.id, &pair.max.id).await,
            "strict" => {
                pair.is(&pair.ben, &pair.max, json!({ "preferences": { "privacy": "strict" } })).await;
            }
            "closed" => pair.is(&pair.ben, &pair.max, json!({ "direct": false })).await,
            _ => {}
        }
        let task = pair.task(&pair.maya.token).await;
        pair.follow().await;
        let is_told = how == "open";
        assert_eq!(pair.inbox(&pair.max).await.len(), usize::from(is_told), "{how}");
        assert_eq!(
            pair.receipts().await.len(),
            2 * usize::from(is_told),
            "nobody learns of a program: {how}"
        );
        let asked = pair.notices(&pair.ben).await.contains(&"task.asked".to_owned());
        assert_eq!(asked, !is_told, "{how}");
        let has_block = how.starts_with("block");
        let taken = pair.step(&pair.max.token, &task, "take", &json!({})).await;
        assert_eq!(taken.code, if has_block { 403 } else { 200 }, "{how}: {}", taken.text);
        // Whoever sent it gets the answer, be it of the person or of a program that nobody reaches.
        let by = if has_block { &pair.ben } else { &pair.max.token };
        pair.step(by, &task, "complete", &json!({ "result": {} })).await;
        assert_eq!(pair.stands(&pair.ana, &task).await.0, "completed", "{how}");
        let told = pair.inbox(&pair.maya).await;
        assert_eq!(told.last().unwrap(), "completed completed", "{how}");
    }
}

#[actix_web::test]
async fn whoever_takes_part_in_a_task_is_answered_however_closed_both_are() {
    let pair = Pair::new().await;
    let strict = || json!({ "preferences": { "privacy": "strict" }, "direct": false });
    pair.is(&pair.ana, &pair.maya, strict()).await;
    let task = pair.task(&pair.maya.token).await;
    pair.step(&pair.max.token, &task, "ask", &json!({ "question": "Which one?" })).await;
    pair.is(&pair.ben, &pair.max, strict()).await;
    pair.follow().await;
    assert_eq!(pair.inbox(&pair.maya).await, ["question input_required"]);
    pair.step(&pair.maya.token, &task, "answer", &json!({ "answer": "The grand." })).await;
    let handed = pair.inbox(&pair.max).await;
    assert_eq!(handed.last().unwrap(), "answer working");
    pair.step(&pair.max.token, &task, "complete", &json!({ "result": {} })).await;
    assert_eq!(pair.inbox(&pair.maya).await, ["completed completed"]);
    // What it was at when the connection ended it is told by the house, and nothing else of it.
    let task = pair.task(&pair.maya.token).await;
    pair.step(&pair.max.token, &task, "take", &json!({})).await;
    pair.step(&pair.max.token, &task, "ask", &json!({ "question": "Which one?" })).await;
    pair.inbox(&pair.maya).await;
    pair.step(&pair.maya.token, &task, "answer", &json!({ "answer": "The grand." })).await;
    pair.done("DELETE", format!("/api/v1/connections/{}", pair.connection), &pair.ana, &Value::Null).await;
    assert!(pair.inbox(&pair.max).await.is_empty());
    pair.follow().await;
    assert!(pair.inbox(&pair.max).await.is_empty(), "nothing of it was ever handed over");
    assert_eq!(pair.inbox(&pair.maya).await, ["canceled canceled"]);
}

#[actix_web::test]
async fn what_a_program_took_on_falls_back_to_its_owner_once_a_block_stands_and_what_it_alone_was_asked_is_called_off()
 {
    let pair = Pair::new().await;
    let task = pair.task(&pair.maya.token).await;
    assert_eq!(pair.inbox(&pair.max).await, ["submitted submitted"]);
    pair.step(&pair.max.token, &task, "take", &json!({})).await;
    let schema = json!({ "payload": { "type": "object" } });
    let path = format!("/api/v1/agents/{}/task-types/translate", pair.max.id);
    pair.done("PUT", path, &pair.ben, &schema).await;
    let new = json!({ "type": "translate", "to": { "agent": pair.max.id }, "payload": {} });
    let named = pair.done("POST", "/api/v1/tasks", &pair.maya.token, &new).await;
    let named = named["id"].as_str().unwrap().to_owned();
    assert_eq!(pair.inbox(&pair.max).await, ["submitted submitted"]);
    assert_eq!(pair.inbox(&pair.maya).await, ["taken working"]);
    pair.block(&pair.ben, &pair.max.id, &pair.maya.id).await;
    pair.follow().await;
    assert_eq!(pair.stands(&pair.ana, &task).await, ("working".to_owned(), false), "Ben is at it now");
    assert_eq!(pair.stands(&pair.ana, &named).await.0, "canceled");
    assert_eq!(pair.inbox(&pair.max).await, ["canceled canceled"], "the house ends what it knew of");
    assert_eq!(pair.inbox(&pair.maya).await, ["canceled canceled"]);
    assert_eq!(pair.step(&pair.max.token, &task, "complete", &json!({ "result": {} })).await.code, 403);
    assert_eq!(pair.step(&pair.ben, &task, "complete", &json!({ "result": {} })).await.code, 200);
    assert_eq!(pair.inbox(&pair.maya).await, ["completed completed"]);
}

#[actix_web::test]
async fn progress_without_end_fills_nobodys_inbox_and_others_and_the_end_of_it_still_get_through() {
    let pair = Pair::with(many_at_once).await;
    let task = pair.task(&pair.maya.token).await;
    let (max, id) = (pair.max.id.parse::<AgentId>().unwrap(), task.parse::<TaskId>().unwrap());
    let work = move |cx: &mut Cx<'_>| {
        let user = agents::owner_of(cx, max)?.unwrap();
        let who = Actor::new(Who::Agent { id: max, user }, Road::Api, "t");
        for _ in 0..250 {
            tasks::step(cx, &who, id, None, &tasks::Step::Progress(None, "Still at it".to_owned()))?;
        }
        Ok(())
    };
    pair.w.write(work).await;
    // A quarter of what an inbox takes.
    let reply = pair.step(&pair.max.token, &task, "progress", &json!({ "note": "And on" })).await;
    assert_eq!((reply.code, reply.problem().as_str()), (429, "throttled"), "{}", reply.text);
    assert_eq!(reply.header("retry-after"), Some("30"));
    let asked = pair.step(&pair.max.token, &task, "ask", &json!({ "question": "Which?" })).await;
    assert_eq!(asked.code, 429);
    assert_eq!(pair.stands(&pair.ana, &task).await.0, "working", "what is refused changed nothing");
    // A third agent is heard.
    let zoe = pair.w.member("zoe@example.com", "Zoe").await;
    pair.is(&pair.ana, &pair.maya, json!({ "preferences": { "privacy": "open" } })).await;
    let zed = program_for(&pair.w, &zoe, "Zed", SCOPES).await;
    let talk = json!({ "with": [pair.maya.id], "about": "social" });
    let talk = pair.done("POST", "/api/v1/conversations", &zed.token, &talk).await;
    let path = format!("/api/v1/conversations/{}/messages", talk["id"].as_str().unwrap());
    assert_eq!(pair.ask("POST", path, &zed.token, &request("Hello")).await.code, 201);
    // A person goes on by hand: what has no room is not delivered, and stands in the transcript.
    assert_eq!(pair.step(&pair.ben, &task, "progress", &json!({ "note": "Nearly" })).await.code, 200);
    assert_eq!(pair.step(&pair.max.token, &task, "complete", &json!({ "result": {} })).await.code, 200);
    let maya: AgentId = pair.maya.id.parse().unwrap();
    let inbox = pair.w.web.store.read(move |cx| messages::inbox_of(cx, Some(maya))).await.unwrap();
    // Zed's word, Ben's, and the end of it besides.
    assert_eq!(inbox.waiting, 250 + 3);
    no_query_scans(&pair.w.web.store);
}

#[actix_web::test]
async fn so_many_steps_at_once_are_taken_as_messages_are_and_it_is_said_when_to_try_again() {
    let pair = Pair::with(|config| config.agents.burst = 3).await;
    let task = pair.task(&pair.maya.token).await;
    // A person counts as their built-in agent, and is heard by two: the program that asked, and their own that is at it.
    for (who, expected) in [(&pair.max.token, [200, 200, 200, 429]), (&pair.ben, [200, 429, 429, 429])] {
        let mut codes = Vec::new();
        for _ in 0..4 {
            codes.push(pair.step(who, &task, "progress", &json!({ "note": "More" })).await);
        }
        let told: Vec<u16> = codes.iter().map(|reply| reply.code).collect();
        assert_eq!(told, expected);
        assert_eq!(codes[3].header("retry-after"), Some("1"));
    }
    pair.w.clock.advance(1_000);
    assert_eq!(pair.step(&pair.max.token, &task, "progress", &json!({})).await.code, 200);
    // In a session as well, but for what ends it.
    let session = pair.session(&pair.maya.token).await;
    let path = format!("/api/v1/sessions/{}/messages", session["id"].as_str().unwrap());
    let note = json!({ "type": "note", "text": "Hello" });
    let mut told = Vec::new();
    for _ in 0..4 {
        told.push(pair.ask("POST", path.clone(), &pair.maya.token, &note).await.code);
    }
    assert_eq!(told.last(), Some(&429));
    let cancel = json!({ "type": "cancel", "note": "" });
    let ended = pair.ask("POST", path, &pair.maya.token, &cancel).await;
    assert!(ended.code < 300, "{} {}", ended.code, ended.text);
}

#[actix_web::test]
async fn a_program_that_blocks_anothers_plays_in_no_session_with_it_and_its_owner_goes_on_without_it() {
    for how in ["before", "in the middle"] {
        let pair = Pair::new().await;
        if how == "before" {
            pair.block(&pair.ben, &pair.max.id, &pair.maya.id).await;
        }
        let session = pair.session(&pair.maya.token).await;
        let path = format!("/api/v1/sessions/{}", session["id"].as_str().unwrap());
        if how == "in the middle" {
            let propose = json!({});
            pair.done("POST", format!("{path}/proposals"), &pair.maya.token, &propose).await;
            pair.block(&pair.ben, &pair.max.id, &pair.maya.id).await;
            assert!(pair.inbox(&pair.max).await.is_empty(), "at once");
            pair.follow().await;
        } else {
            pair.done("POST", format!("{path}/proposals"), &pair.maya.token, &json!({})).await;
        }
        let seen = pair.done("GET", path.clone(), &pair.ana, &Value::Null).await;
        let agents: Vec<&Value> =
            seen["parties"].as_array().unwrap().iter().map(|one| &one["agent"]).collect();
        assert_eq!(
            agents,
            [&json!(pair.maya.id), &Value::Null],
            "whoever blocks nobody loses nothing: {how}"
        );
        let said = json!({ "type": "note", "text": "Hello" });
        let refused = pair.ask("POST", format!("{path}/messages"), &pair.max.token, &said).await;
        assert_eq!((refused.code, refused.problem().as_str()), (409, "session.not-played"), "{how}");
        let_the_house_speak(&pair.w).await;
        assert!(pair.inbox(&pair.max).await.is_empty(), "{how}");
        assert!(!pair.inbox(&pair.maya).await.is_empty(), "Ben's built-in agent answers: {how}");
        no_query_scans(&pair.w.web.store);
    }
}
