//! One full inbox keeps nothing from the others who are asked: of a group decision when it begins and in each of its rounds, and of a
//! task that a role is asked for.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use entente::accounts::{Role, Scope};
use serde_json::{Value, json};

use crate::api_groups::Three;
use crate::api_messages::request;
use crate::plans::no_query_scans;

/// Ben's program Max and Cleo's program Kit, each with its token, in a house in which two messages are one sender's share of an inbox.
struct Programs {
    three: Three,
    max: (String, String),
    kit: (String, String),
}

impl Programs {
    async fn new() -> Self {
        let three = Three::with(|config| config.agents.queue_max = 8).await;
        let max = three.program(&three.ben, "Max").await;
        let kit = three.program(&three.cleo, "Kit").await;
        Self { three, max, kit }
    }

    /// Ana's agent has said to a program what it takes, which leaves it lying.
    async fn fill(&self, with: &str) {
        let new = json!({ "with": [with], "about": "social" });
        let talk = self.three.done("POST", "/api/v1/conversations", &self.three.ana, &new).await;
        let path = format!("/api/v1/conversations/{}/messages", talk["id"].as_str().unwrap());
        for _ in 0..2 {
            self.three.done("POST", path.clone(), &self.three.ana, &request("Hello")).await;
        }
    }

    /// The events, or types, that wait for a program, by name; it is done with them.
    async fn inbox(&self, (id, token): &(String, String)) -> Vec<String> {
        let path = format!("/api/v1/agents/{id}/inbox");
        let mut told = Vec::new();
        loop {
            let handed = self.three.done("GET", path.clone(), token, &Value::Null).await;
            let handed = handed["messages"].as_array().unwrap().clone();
            if handed.is_empty() {
                told.sort_unstable();
                return told;
            }
            for one in handed {
                let message = &one["message"];
                let event = message["body"]["data"]["event"].as_str().or(message["type"].as_str());
                told.push(event.unwrap().to_owned());
                let ack = format!("/api/v1/deliveries/{}/ack", one["delivery"].as_str().unwrap());
                self.three.done("POST", ack, token, &json!({ "lease": one["lease"] })).await;
            }
        }
    }

    /// What did not get to whom of what Ana's agent asked, as she reads it: the state of each such delivery.
    async fn undelivered(&self) -> Vec<(String, String)> {
        let ana = self.three.builtin("ana@example.org").await;
        let path = format!("/api/v1/agents/{ana}/receipts");
        let told = self.three.done("GET", path, &self.three.ana, &Value::Null).await;
        let mut dead = Vec::new();
        for one in told["receipts"].as_array().unwrap().iter().filter(|one| one["kind"] == "dead") {
            let path = format!("/api/v1/deliveries/{}", one["delivery"].as_str().unwrap());
            let seen = self.three.done("GET", path, &self.three.ana, &Value::Null).await;
            assert_eq!(seen["state"], "dead");
            dead.push((one["to"].as_str().unwrap().to_owned(), seen["reason"].as_str().unwrap().to_owned()));
        }
        dead
    }
}

#[actix_web::test]
async fn a_group_begins_without_the_program_whose_inbox_is_full_and_its_person_is_asked() {
    let two = Programs::new().await;
    two.fill(&two.three.with[1]).await;
    let group = two.three.begin(json!({ "quorum": 1000 })).await;
    assert_eq!(two.inbox(&two.max).await, ["asked"]);
    assert_eq!(two.inbox(&two.kit).await, ["request"; 2]);
    assert_eq!(two.undelivered().await, [(two.kit.0.clone(), "inbox_full".to_owned())]);
    two.three.follow().await;
    assert_eq!(two.three.asked_by_mail("cleo@example.net").await, 1);
    // It belongs to the group all the same, and answers where it learns of it.
    let path = format!("/api/v1/groups/{}/answer", group["id"].as_str().unwrap());
    let said = two.three.done("PUT", path, &two.kit.1, &json!({ "text": "On Friday" })).await;
    assert_eq!((&said["answered"], &said["state"]), (&json!(1), &json!("answering")));
    no_query_scans(&two.three.w.web.store);
}

#[actix_web::test]
async fn a_group_of_which_every_program_has_a_full_inbox_is_refused_unless_people_are_asked_as_well() {
    let two = Programs::new().await;
    two.fill(&two.three.with[1]).await;
    let alone = json!({ "question": "When?", "with": [two.three.with[1]] });
    let reply = two.three.ask("POST", "/api/v1/groups", &two.three.ana, &alone).await;
    assert_eq!((reply.code, reply.header("retry-after")), (429, Some("30")));
    assert_eq!(two.inbox(&two.kit).await, ["request"; 2]);
    two.fill(&two.three.with[1]).await;
    // Ben has no program any more.
    let path = format!("/api/v1/agents/{}", two.max.0);
    two.three.done("DELETE", path, &two.three.ben, &Value::Null).await;
    two.three.begin(json!({})).await;
    assert_eq!(two.undelivered().await, [(two.kit.0.clone(), "inbox_full".to_owned())]);
}

#[actix_web::test]
async fn a_round_goes_on_without_the_program_whose_inbox_is_full_and_it_counts_as_silent() {
    let two = Programs::new().await;
    let group = two.three.pieces(json!({ "mode": "consensus", "threshold": 1000 })).await;
    for program in [&two.max, &two.kit] {
        assert_eq!(two.inbox(program).await, ["asked"]);
    }
    two.fill(&two.three.with[1]).await;
    for (who, votes) in
        [(&two.three.ana, ["yes", "no"]), (&two.max.1, ["no", "yes"]), (&two.kit.1, ["yes", "no"])]
    {
        assert_eq!(two.three.answer(who, &group, &votes).await.code, 200);
    }
    assert_eq!(two.inbox(&two.max).await, ["answer", "answer", "asked"]);
    // What others said of whom it has room is theirs to tell, and gets there; of whoever filled it nothing more does.
    assert_eq!(two.inbox(&two.kit).await, ["answer", "request", "request"]);
    assert_eq!(two.undelivered().await, vec![(two.kit.0.clone(), "inbox_full".to_owned()); 2]);
    two.three.follow().await;
    assert_eq!(two.three.asked_by_mail("cleo@example.net").await, 1);
    two.three.closes().await;
    let figures = two.three.figures(&two.kit.0, &two.three.cleo).await;
    assert_eq!(figures["errors"][0]["kind"], "group.silent");
    assert_eq!(["asked", "answered"].map(|name| figures["total"][name].as_i64()), [Some(2), Some(1)]);
}

#[actix_web::test]
async fn a_role_is_asked_though_one_of_its_programs_has_a_full_inbox_and_one_agent_is_not() {
    let two = Programs::new().await;
    let root = two.three.w.user("root@example.org", "Root", Role::Admin).await;
    let root = two.three.w.token(Some(root), &[Scope::Admin, Scope::AgentsRead, Scope::AgentsWrite]).await;
    let role = two.three.w.role(&root).await;
    let mut members = Vec::new();
    for token in [&two.three.ben, &two.three.cleo] {
        let profile = two.three.done("GET", "/api/v1/profile", token, &Value::Null).await;
        members.push(profile["user"].clone());
    }
    let fill = async |members: &[Value]| {
        let path = format!("/api/v1/roles/{role}/members");
        two.three.done("PUT", path, &root, &json!({ "members": members })).await;
    };
    fill(&members[..]).await;
    two.fill(&two.three.with[1]).await;
    let task = |to: Value| json!({ "type": "todo", "to": to, "payload": { "text": "Tune the piano" } });
    let ask = async |to: Value| two.three.ask("POST", "/api/v1/tasks", &two.three.ana, &task(to)).await;
    assert_eq!(ask(json!({ "role": role })).await.code, 201);
    assert_eq!(two.inbox(&two.max).await, ["submitted"]);
    assert_eq!(two.inbox(&two.kit).await, ["request"; 2]);
    assert_eq!(two.undelivered().await, [(two.kit.0.clone(), "inbox_full".to_owned())]);
    // Whoever is asked alone, or where nobody has room, says no before anything is stored.
    two.fill(&two.three.with[1]).await;
    assert_eq!(ask(json!({ "user": members[1] })).await.code, 429);
    fill(&members[1..]).await;
    assert_eq!(ask(json!({ "role": role })).await.code, 429);
    assert_eq!(two.inbox(&two.kit).await, ["request"; 2]);
    assert_eq!(two.undelivered().await.len(), 1);
    no_query_scans(&two.three.w.web.store);
}
