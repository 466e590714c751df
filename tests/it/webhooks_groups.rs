//! What webhooks are told of groups: to whom, in which order, and nothing that anybody said.

use entente::base::time::SECOND;
use entente::groups;
use entente::queue;
use serde_json::{Value, json};

use crate::api_world::{Ask, World};
use crate::http_server::HttpServer;
use crate::webhooks::{Hooks, receiver};

/// What each was told, oldest first: its type and its data.
fn told(server: &HttpServer) -> Vec<(String, Value)> {
    let read = |body: &str| serde_json::from_str::<Value>(body).expect("JSON");
    let all = server.calls().into_iter().map(|call| read(&call.body));
    all.map(|one| (one["type"].as_str().expect("a type").to_owned(), one["data"].clone())).collect()
}

fn kinds(server: &HttpServer) -> Vec<String> {
    told(server).into_iter().map(|(kind, _)| kind.trim_start_matches("group.").to_owned()).collect()
}

/// Ana, and Ben whom she asks; Cleo belongs to nothing of it. Each has a webhook for groups.
struct Three {
    h: Hooks,
    ben: String,
    servers: [HttpServer; 3],
}

impl Three {
    async fn new() -> Self {
        let h = Hooks::new().await;
        let ben = h.w.member("ben@example.net", "Ben").await;
        let cleo = h.w.member("cleo@example.com", "Cleo").await;
        let servers = [receiver(vec![]).await, receiver(vec![]).await, receiver(vec![]).await];
        for (token, server) in [&h.ana, &ben, &cleo].into_iter().zip(&servers) {
            h.add(token, &server.url("/in"), &["group.*"]).await;
        }
        Self { h, ben, servers }
    }

    async fn done(&self, token: &str, method: &str, path: String, body: Value) -> Value {
        let ask = Ask::new(method, path.clone()).bearer(token);
        let reply = self.h.w.ask(if body.is_null() { ask } else { ask.json(&body) }).await;
        assert!(reply.code < 300, "{path}: {} {}", reply.code, reply.text);
        if reply.code == 204 { Value::Null } else { reply.json() }
    }

    /// Ana asks Ben; gives its path.
    async fn begin(&self, more: Value) -> String {
        let mut new =
            json!({ "question": "Which piece?", "with": [self.h.w.connected(&self.h.ana, &self.ben).await] });
        for (name, value) in more.as_object().expect("an object") {
            new[name] = value.clone();
        }
        let begun = self.done(&self.h.ana, "POST", "/api/v1/groups".to_owned(), new).await;
        format!("/api/v1/groups/{}", begun["id"].as_str().expect("an id"))
    }

    async fn answer(&self, token: &str, group: &str, words: &str) -> Value {
        self.done(token, "PUT", format!("{group}/answer"), json!({ "text": words })).await
    }

    /// Does what falls due of groups after so many seconds.
    async fn later(&self, seconds: i64) {
        self.h.w.clock.advance(seconds * SECOND);
        due(&self.h.w).await;
    }
}

async fn due(w: &World) {
    w.write(|cx| {
        let leases = queue::claim(cx, groups::TOPIC, 20, 60_000)?;
        leases.iter().try_for_each(|lease| groups::due(cx, lease))
    })
    .await;
}

#[tokio::test]
async fn a_groups_members_are_told_how_it_goes_and_what_it_came_to_and_nobody_else_is() {
    let t = Three::new().await;
    let group = t.begin(json!({ "quorum": 1000 })).await;
    t.answer(&t.ben, &group, "The slow one").await;
    t.answer(&t.ben, &group, "The fast one").await;
    let closed = t.answer(&t.h.ana, &group, "Either").await;
    assert_eq!(closed["outcome"], "decided");
    t.answer(&t.ben, &group, "Neither").await;
    t.h.work().await;
    let [anas, bens, cleos] = &t.servers;
    let all = ["started", "answered", "answered", "answered", "closed", "late"];
    assert_eq!(kinds(anas), all);
    assert_eq!(kinds(bens), [&all[..1], &["asked"], &all[1..]].concat(), "he is asked himself");
    assert!(cleos.calls().is_empty());
    let events = told(anas);
    let ben = &closed["members"][1]["user"];
    for (at, user, revision) in [(1, ben, 1), (2, ben, 2), (3, &closed["initiator"], 1), (5, ben, 3)] {
        let data = &events[at].1;
        assert_eq!((&data["user"], &data["round"], &data["revision"]), (user, &json!(1), &json!(revision)));
    }
    let data = &events[4].1;
    assert_eq!((&data["outcome"], &data["meeting"]), (&json!("decided"), &Value::Null));
    assert_eq!(data["subject"], closed["id"]);
    for server in &t.servers {
        for call in server.calls() {
            for word in ["piece", "slow", "fast", "Either", "Ana", "Ben", "@"] {
                assert!(!call.body.contains(word), "{word}: {}", call.body);
            }
        }
    }
}

#[tokio::test]
async fn turns_reminders_leaving_and_every_end_are_told_to_those_who_may_know() {
    let t = Three::new().await;
    let [anas, bens, _] = &t.servers;
    let group = t.begin(json!({ "mode": "sequential", "turn_seconds": 600 })).await;
    t.answer(&t.h.ana, &group, "Mine").await;
    t.later(301).await;
    t.later(300).await;
    t.h.work().await;
    assert_eq!(kinds(anas), ["started", "answered", "turn", "skipped", "closed"]);
    assert_eq!(kinds(bens), ["started", "answered", "turn", "asked", "reminded", "skipped", "closed"]);
    assert_eq!(told(anas)[2].1["user"], told(anas)[3].1["user"]);

    // Whoever left is told nothing more; closed before its time, it says so.
    let group = t.begin(json!({ "quorum": 500 })).await;
    t.done(&t.ben, "POST", format!("{group}/leave"), Value::Null).await;
    t.done(&t.h.ana, "POST", format!("{group}/close"), Value::Null).await;
    t.h.work().await;
    let (mine, his) = (kinds(anas).split_off(5), kinds(bens).split_off(7));
    assert_eq!(mine, ["started", "left", "shut", "closed"]);
    assert!(his.is_empty(), "it was over for him before anything was read: {his:?}");
    assert_eq!(told(anas)[8].1["outcome"], "no_quorum");

    // Rounds, and what is taken back.
    let candidates = json!([{ "label": "One" }, { "label": "Two" }]);
    let more = json!({ "mode": "consensus", "candidates": candidates, "threshold": 1000, "quorum": 1000 });
    let group = t.begin(more).await;
    let shown = t.done(&t.h.ana, "GET", group.clone(), Value::Null).await;
    let votes = |first: &str, second: &str| {
        let id = |at: usize| shown["candidates"][at]["id"].as_str().expect("an id").to_owned();
        json!({ "votes": { id(0): first, id(1): second } })
    };
    t.done(&t.ben, "PUT", format!("{group}/answer"), votes("yes", "no")).await;
    t.done(&t.h.ana, "PUT", format!("{group}/answer"), votes("no", "yes")).await;
    t.done(&t.h.ana, "POST", format!("{group}/cancel"), Value::Null).await;
    t.h.work().await;
    assert_eq!(
        kinds(anas).split_off(9),
        ["started", "answered", "answered", "round", "asked", "closed"],
        "in another round she is asked as everybody is"
    );
    assert_eq!(told(anas)[12].1["round"], 2);
    assert_eq!(told(anas)[14].1["outcome"], "cancelled");
    assert_eq!(
        kinds(bens).split_off(7),
        ["started", "asked", "answered", "answered", "round", "asked", "closed"]
    );
}

#[tokio::test]
async fn a_program_that_acts_for_somebody_is_told_of_their_groups_as_long_as_it_may_schedule() {
    let t = Three::new().await;
    let new = json!({ "kind": "personal", "name": "Max" });
    let max = t.done(&t.ben, "POST", "/api/v1/agents".to_owned(), new).await["id"].clone();
    let other = json!({ "kind": "service", "name": "Rex" });
    let rex = t.done(&t.ben, "POST", "/api/v1/agents".to_owned(), other).await["id"].clone();
    let servers = [receiver(vec![]).await, receiver(vec![]).await];
    for (agent, server) in [&max, &rex].into_iter().zip(&servers) {
        let new = json!({ "url": server.url("/in"), "kinds": ["group.*"], "agent": agent });
        t.done(&t.ben, "POST", "/api/v1/webhooks".to_owned(), new).await;
    }
    t.begin(json!({})).await;
    t.h.work().await;
    assert_eq!(kinds(&servers[0]), ["started", "asked"]);
    let off = json!({ "registration": { "capabilities": { "schedule": false } } });
    t.done(&t.ben, "PATCH", format!("/api/v1/agents/{}", max.as_str().expect("an id")), off).await;
    t.begin(json!({})).await;
    t.h.work().await;
    assert_eq!(servers[0].calls().len(), 2);
    assert!(servers[1].calls().is_empty(), "what a service is for is no decision of its owner's");
}
