//! Approvals through every door: decided once, across a restart, told to whoever asked, and what a rule will do said beforehand.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use entente::accounts::{self, Scope};
use entente::agents::{self, Kind};
use entente::base::id::ApprovalId;
use entente::base::time::{DAY, HOUR, MINUTE};
use entente::journal;
use entente::post::letter::Says;
use entente::queue;
use entente::tasks::approvals::{self, ApprovalState, Choice, NewRule};
use entente::tasks::{self, TOPIC};
use serde_json::{Value, json};

use crate::pages_tasks::{pair, person};
use crate::pages_world::{BEN, CLEO, World, operator};

impl World {
    /// A token of somebody's own, which may decide.
    async fn deciding(&self, email: &'static str) -> String {
        let user = self.user(email).await.id;
        self.write(move |cx| {
            let scopes = [Scope::TasksRead, Scope::TasksWrite, Scope::ApprovalsDecide, Scope::SessionsRead];
            let (_, secret) = accounts::create_token(cx, &operator(), Some(user), "own", &scopes)?;
            Ok(secret.expose().to_owned())
        })
        .await
    }

    /// Cleo has a rule for what Ben asks: it approves after half an hour.
    async fn rule_of_cleo(&self, connection: &str) {
        let (cleo, connection) = (person(self.user(CLEO).await.id), connection.parse().unwrap());
        self.write(move |cx| {
            let new = NewRule {
                connection: Some(connection),
                kind: "payment".to_owned(),
                decision: Choice::Approve,
                after_minutes: 30,
                until: None,
            };
            approvals::add_rule(cx, &cleo, &new).map(drop)
        })
        .await;
    }

    /// Does what is due of rules; gives how much that was.
    async fn rules_work(&self) -> usize {
        self.write(|cx| {
            let leases = queue::claim(cx, TOPIC, 10, MINUTE)?;
            leases.iter().try_for_each(|lease| approvals::due(cx, lease))?;
            Ok(leases.len())
        })
        .await
    }

    /// How often something happened to an approval.
    async fn times(&self, id: ApprovalId, kind: &'static str) -> usize {
        let story = self.read(move |cx| journal::story(cx, &id, 100)).await;
        story.into_iter().filter(|one| one.kind == kind).count()
    }

    /// What waits in the inbox of a program: the data of each step.
    async fn inbox(&self, agent: &str, token: &str) -> Vec<Value> {
        let path = format!("/api/v1/agents/{agent}/inbox?limit=20");
        let inbox = self.did("GET", &path, token, &Value::Null).await;
        let all = inbox["messages"].as_array().unwrap().iter();
        all.map(|one| {
            assert_eq!(one["message"]["type"], "decided", "{one}");
            one["message"]["body"]["data"].clone()
        })
        .collect()
    }
}

#[actix_web::test]
async fn a_decision_asked_twice_is_answered_as_it_stands_and_another_one_is_refused() {
    let (w, ..) = pair().await;
    let id = w.approval(BEN, CLEO).await;
    let cleo = w.deciding(CLEO).await;
    let path = format!("/api/v1/approvals/{id}/decide");
    let yes = json!({ "choice": "approve", "note": "It is worth it." });
    let first = w.did("POST", &path, &cleo, &yes).await;
    assert_eq!(first["state"], "approved");
    for again in [&yes, &json!({ "choice": "approve" })] {
        assert_eq!(w.did("POST", &path, &cleo, again).await, first, "as it stands");
    }
    let other = w.call("POST", &path, &cleo, Some(&json!({ "choice": "refuse" })), &[]).await;
    assert_eq!((other.code, other.problem().as_str()), (409, "approval.decided"));
    let reworded = json!({ "choice": "approve", "note": "On second thoughts" });
    assert_eq!(w.call("POST", &path, &cleo, Some(&reworded), &[]).await.code, 409, "a note is not changed");
    assert_eq!((w.times(id, "approval.voted").await, w.times(id, "approval.approved").await), (1, 1));
}

#[actix_web::test]
async fn an_approval_after_a_restart_is_decided_by_its_rule_exactly_once() {
    let (w, connection, _) = pair().await;
    w.rule_of_cleo(&connection).await;
    let id = w.approval(BEN, CLEO).await;
    assert_eq!(w.rules_work().await, 0, "not before its time");
    let w = w.reopened();
    assert_eq!((w.seen(CLEO, id).await.state, w.rules_work().await), (ApprovalState::Pending, 0));
    w.clock.advance(31 * MINUTE);
    let w = w.reopened();
    assert_eq!((w.rules_work().await, w.rules_work().await), (1, 0));
    let w = w.reopened();
    w.clock.advance(HOUR);
    assert_eq!(w.rules_work().await, 0, "and not again after another one");
    assert_eq!(w.seen(BEN, id).await.state, ApprovalState::Approved);
    assert_eq!((w.times(id, "approval.approved").await, w.times(id, "approval.voted").await), (1, 0));
    let cleo = person(w.user(CLEO).await.id);
    assert_eq!(w.read(move |cx| approvals::rules(cx, &cleo)).await[0].uses, 1);
}

#[actix_web::test]
async fn an_approval_after_a_restart_is_decided_by_its_mailed_link_and_takes_the_rule_off() {
    let (w, connection, _) = pair().await;
    w.rule_of_cleo(&connection).await;
    let id = w.approval(BEN, CLEO).await;
    w.follow().await;
    let (_, refuse) = w.approval_links(CLEO).await;
    let w = w.reopened();
    let mut stranger = w.browser();
    let looked = stranger.get(&refuse).await;
    looked.is(200).says("Refuse this?").says("If you do nothing, a rule of yours approves it on");
    stranger.press_on(&looked, "refuse", &[]).await.is(200).says("It is refused");
    w.clock.advance(HOUR);
    assert_eq!(w.rules_work().await, 0, "what was decided waits for no rule");
    let w = w.reopened();
    w.browser().get(&refuse).await.is(200).says("It was refused");
    assert_eq!(
        (w.seen(BEN, id).await.state, w.times(id, "approval.refused").await),
        (ApprovalState::Refused, 1)
    );
}

#[actix_web::test]
async fn page_and_mail_say_when_a_rule_will_decide_and_only_to_whose_rule_it_is() {
    let (w, connection, max) = pair().await;
    w.rule_of_cleo(&connection).await;
    let asked = json!({ "kind": "payment", "about": "Pay 40 euros?", "of": { "connection": connection } });
    let one = w.did("POST", "/api/v1/approvals", &max, &asked).await;
    assert_eq!(one["planned"], Value::Null, "whoever asks is not told");
    let path = format!("/approvals/{}", one["id"].as_str().unwrap());
    w.follow().await;
    // 09:30 UTC is 04:30 in New York.
    let words = "If you do nothing, a rule of yours approves it on Fri 20 Nov, 04:30";
    let mut cleo = w.browser_of(CLEO).await;
    for page in [path.as_str(), "/approvals", "/", "/notices"] {
        cleo.get(page).await.is(200).says(words);
    }
    let mut ben = w.browser_of(BEN).await;
    assert!(!ben.get(&path).await.text.contains("a rule"));
    let Says::ApprovalAsk { rule, .. } = w.newest_letter(CLEO).await.letter.says else { panic!("it asks") };
    assert_eq!(rule.map(|(approves, _)| approves), Some(true));
    let token = w.deciding(CLEO).await;
    let seen = w.did("GET", &format!("/api/v1{path}"), &token, &Value::Null).await;
    assert_eq!(
        (&seen["planned"]["decision"], &seen["planned"]["at"]),
        (&json!("approve"), &json!("2026-11-20T09:30:00Z"))
    );
    w.clock.advance(31 * MINUTE);
    assert_eq!(w.rules_work().await, 1);
    cleo.get(&path).await.is(200).says("A rule approved it.");
}

#[actix_web::test]
async fn nothing_is_said_of_a_rule_that_will_not_decide_any_more() {
    let (w, connection, _) = pair().await;
    let (agent, token) = w.program_of(BEN, Kind::Service, "Rex").await;
    let cleos = person(w.user(CLEO).await.id);
    let through = connection.parse().unwrap();
    w.rule_of_cleo(&connection).await;
    w.write(move |cx| {
        let until = Some(cx.now.plus(20 * MINUTE));
        let new = NewRule {
            connection: Some(through),
            kind: "order".to_owned(),
            decision: Choice::Refuse,
            after_minutes: 30,
            until,
        };
        approvals::add_rule(cx, &cleos, &new).map(drop)
    })
    .await;
    let ask = async |kind: &str| {
        let asked = json!({ "kind": kind, "about": "Pay 40 euros?", "of": { "connection": connection } });
        let one = w.did("POST", "/api/v1/approvals", &token, &asked).await;
        format!("/approvals/{}", one["id"].as_str().unwrap())
    };
    let (order, payment) = (ask("order").await, ask("payment").await);
    let (mut cleo, reads) = (w.browser_of(CLEO).await, w.deciding(CLEO).await);
    assert!(
        !cleo.get(&order).await.is(200).text.contains("a rule of yours"),
        "it ends before it would decide"
    );
    cleo.get(&payment).await.is(200).says("a rule of yours approves it");
    // What asked is retired: the mail that is written from now on says nothing of the rule, and neither does anything else.
    let ben = person(w.user(BEN).await.id);
    let rex = agent.parse().unwrap();
    w.write(move |cx| agents::deactivate(cx, &ben, rex).map(drop)).await;
    w.follow().await;
    for page in [payment.as_str(), order.as_str(), "/approvals", "/", "/notices"] {
        assert!(!cleo.get(page).await.is(200).text.contains("a rule of yours"), "{page}");
    }
    let seen = w.did("GET", &format!("/api/v1{payment}"), &reads, &Value::Null).await;
    assert_eq!((&seen["state"], &seen["planned"]), (&json!("pending"), &Value::Null));
    let Says::ApprovalAsk { rule, .. } = w.newest_letter(CLEO).await.letter.says else { panic!("it asks") };
    assert_eq!(rule, None);
    let (approve, _) = w.approval_links(CLEO).await;
    let looked = w.browser().get(&approve).await;
    assert!(!looked.is(200).says("Approve this?").text.contains("a rule of yours"));
    // And so it is.
    w.clock.advance(HOUR);
    w.rules_work().await;
    let seen = w.did("GET", &format!("/api/v1{payment}"), &reads, &Value::Null).await;
    assert_eq!(seen["state"], "pending");
}

#[actix_web::test]
async fn a_program_finds_in_its_inbox_what_became_of_an_approval_that_belongs_to_no_task() {
    let (w, connection, _) = pair().await;
    let (agent, token) = w.program_of(BEN, Kind::Service, "Rex").await;
    let new = json!({ "kind": "payment", "about": "Pay?", "of": { "connection": connection } });
    let ask = || async { w.did("POST", "/api/v1/approvals", &token, &new).await };
    let cleo = w.deciding(CLEO).await;
    for (choice, decision) in [("approve", "approved"), ("refuse", "refused")] {
        let one = ask().await;
        let path = format!("/api/v1/approvals/{}/decide", one["id"].as_str().unwrap());
        w.did("POST", &path, &cleo, &json!({ "choice": choice })).await;
        let told = w.inbox(&agent, &token).await;
        assert_eq!(told.len(), 1, "once");
        assert_eq!((&told[0]["approval"], &told[0]["decision"]), (&one["id"], &json!(decision)));
        assert_eq!(told[0]["kind"], "payment");
    }
    // What the program takes back itself it knows.
    let one = ask().await;
    w.did("POST", &format!("/api/v1/approvals/{}/cancel", one["id"].as_str().unwrap()), &token, &Value::Null)
        .await;
    assert!(w.inbox(&agent, &token).await.is_empty());
    let late = ask().await;
    w.clock.advance(8 * DAY);
    w.write(|cx| tasks::expire_overdue(cx).map(drop)).await;
    // A token lives for minutes; what was handed over and never acknowledged is handed over again.
    let token = w.token_of(BEN, agent.parse().unwrap()).await;
    let told = w.inbox(&agent, &token).await;
    let expired = told.iter().find(|one| one["approval"] == late["id"]).unwrap();
    assert_eq!(expired["decision"], "expired");
}

#[actix_web::test]
async fn sessions_of_every_kind_are_listed_by_kind_and_read_by_their_id() {
    let (w, ..) = pair().await;
    let task = w.task(BEN, CLEO).await;
    let approval = w.approval(BEN, CLEO).await;
    for token in [w.deciding(BEN).await, w.deciding(CLEO).await] {
        for (kind, field, id) in
            [("task", "task", task.to_string()), ("approval", "approval", approval.to_string())]
        {
            let list = w.did("GET", &format!("/api/v1/sessions?kind={kind}"), &token, &Value::Null).await;
            assert_eq!(list["sessions"].as_array().unwrap().len(), 1, "{list}");
            let listed = &list["sessions"][0];
            assert_eq!((&listed["kind"], &listed[field]), (&json!(kind), &json!(id)));
            let path = format!("/api/v1/sessions/{}", listed["id"].as_str().unwrap());
            assert_eq!(&w.did("GET", &path, &token, &Value::Null).await, listed);
        }
        for kind in ["scheduling", "conversation"] {
            let list = w.did("GET", &format!("/api/v1/sessions?kind={kind}"), &token, &Value::Null).await;
            assert_eq!(list, json!({ "sessions": [], "next": null }));
        }
        let wrong = w.call("GET", "/api/v1/sessions?kind=dance", &token, None, &[]).await;
        assert_eq!((wrong.code, wrong.json()["field"].clone()), (400, json!("kind")));
    }
    let cleo = w.deciding(CLEO).await;
    w.did("POST", &format!("/api/v1/approvals/{approval}/decide"), &cleo, &json!({ "choice": "refuse" }))
        .await;
    let list = w.did("GET", "/api/v1/sessions?kind=approval", &cleo, &Value::Null).await;
    let one = &list["sessions"][0];
    assert_eq!((&one["phase"], &one["state"]), (&json!("completed"), &json!("refused")));
    // What is over is erased with its session.
    w.clock.advance(8 * DAY);
    w.write(|cx| tasks::delete_ended(cx).map(drop)).await;
    let list = w.did("GET", "/api/v1/sessions?kind=approval", &cleo, &Value::Null).await;
    assert_eq!(list["sessions"], json!([]));
}
