//! What a program lets go of, or may do no more, is its owner's to do, who is asked by hand then; and how a task ended is told to whoever
//! has anything of it.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use entente::accounts::{Role, Scope};
use entente::base::actor::{Actor, Road, Who};
use entente::base::id::UserId;
use entente::base::text::Address;
use entente::base::time::MINUTE;
use entente::links;
use entente::post::letter::{self, Says};
use entente::tasks;
use serde_json::{Value, json};

use crate::api_messages::{Program, program_for};
use crate::api_steps::{Pair, SCOPES};
use crate::plans::no_query_scans;

impl Pair {
    /// How often Ben was asked by hand: by notice, and by mail.
    async fn asked(&self) -> (usize, usize) {
        self.follow().await;
        self.follow().await;
        let notices = self.notices(&self.ben).await;
        let letters = self.w.web.store.read(|cx| {
            let hash = links::address_hash(cx, &Address::parse("ben@example.net").unwrap());
            letter::of_address(cx, &hash, 50)
        });
        let is_asking = |says: &Says| matches!(says, Says::Notice { news, .. } if news.kind == "task.asked");
        let mailed = letters.await.unwrap().iter().filter(|kept| is_asking(&kept.letter.says)).count();
        (notices.iter().filter(|kind| *kind == "task.asked").count(), mailed)
    }

    /// Whose token it is.
    async fn user(&self, token: &str) -> UserId {
        let profile = self.done("GET", "/api/v1/profile", token, &Value::Null).await;
        profile["user"].as_str().unwrap().parse().unwrap()
    }

    /// What waits for Ben on his page.
    async fn waits(&self) -> Vec<String> {
        let who = Actor::new(Who::User { id: self.user(&self.ben).await, admin: false }, Road::Page, "t");
        let waiting = self.w.web.store.read(move |cx| tasks::waiting(cx, &who, 20)).await.unwrap();
        waiting.iter().map(|task| task.id.to_string()).collect()
    }

    /// Hands Max what comes first, and lets him answer for it.
    async fn lets_go(&self, verb: &str, body: Value) {
        let path = format!("/api/v1/agents/{}/inbox", self.max.id);
        let given = self.done("GET", path, &self.max.token, &Value::Null).await;
        let one = &given["messages"][0];
        let mut said = json!({ "lease": one["lease"] });
        said.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        let path = format!("/api/v1/deliveries/{}/{verb}", one["delivery"].as_str().unwrap());
        self.done("POST", path, &self.max.token, &said).await;
    }

    /// What one program thinks of another one no more.
    async fn forget(&self, owner: &str, one: &Program, other: &Program) {
        let path = format!("/api/v1/agents/{}/relations/{}", one.id, other.id);
        self.done("DELETE", path, owner, &Value::Null).await;
    }

    async fn trust(&self) {
        let path = format!("/api/v1/agents/{}/relations/{}", self.max.id, self.maya.id);
        self.done("PUT", path, &self.ben, &json!({ "relation": "trusted" })).await;
    }

    /// Max may not do any more what Maya asks of Ben.
    async fn part(&self, how: &str) {
        match how {
            "block" => self.block(&self.ben, &self.max.id, &self.maya.id).await,
            "blocked" => self.block(&self.ana, &self.maya.id, &self.max.id).await,
            "strict" => {
                self.is(&self.ben, &self.max, json!({ "preferences": { "privacy": "strict" } })).await;
            }
            "closed" => self.is(&self.ben, &self.max, json!({ "direct": false })).await,
            "trusted no more" => self.forget(&self.ben, &self.max, &self.maya).await,
            "retired" => {
                let path = format!("/api/v1/agents/{}", self.max.id);
                self.done("DELETE", path, &self.ben, &Value::Null).await;
            }
            "given up" => self.lets_go("give-up", json!({ "error": "I cannot." })).await,
            _ => self.lets_go("nack", json!({})).await,
        }
    }

    /// He may again.
    async fn meet(&self, how: &str) {
        match how {
            "block" => self.forget(&self.ben, &self.max, &self.maya).await,
            "blocked" => self.forget(&self.ana, &self.maya, &self.max).await,
            "strict" => {
                self.is(&self.ben, &self.max, json!({ "preferences": { "privacy": "moderate" } })).await;
            }
            "closed" => self.is(&self.ben, &self.max, json!({ "direct": true })).await,
            "trusted no more" => self.trust().await,
            _ => {}
        }
    }

    /// What Maya asks of somebody.
    async fn sent(&self, kind: &str, to: Value, payload: Value) -> String {
        let new = json!({ "type": kind, "to": to, "payload": payload });
        let sent = self.done("POST", "/api/v1/tasks", &self.maya.token, &new).await;
        sent["id"].as_str().unwrap().to_owned()
    }

    /// A role that these fill.
    async fn role(&self, members: &[UserId]) -> String {
        let root = self.w.user("root@example.org", "Root", Role::Admin).await;
        let root = self.w.token(Some(root), &[Scope::Admin, Scope::AgentsRead, Scope::AgentsWrite]).await;
        let role = self.w.role(&root).await;
        let path = format!("/api/v1/roles/{role}/members");
        self.done("PUT", path, &root, &json!({ "members": members })).await;
        role
    }
}

#[actix_web::test]
async fn what_was_put_before_a_program_that_may_do_it_no_more_or_lets_it_go_is_put_before_its_owner_once() {
    let by_others = ["block", "blocked", "strict", "closed", "trusted no more", "retired"];
    let unread = by_others.into_iter().map(|how| (how, false));
    let read = by_others.into_iter().map(|how| (how, true));
    for (how, is_handed) in unread.chain(read).chain([("given up", false), ("too often", false)]) {
        let pair = Pair::with(|config| config.agents.attempts = 1).await;
        if how == "trusted no more" {
            pair.is(&pair.ben, &pair.max, json!({ "preferences": { "privacy": "strict" } })).await;
            pair.trust().await;
        }
        let task = pair.task(&pair.maya.token).await;
        assert_eq!(pair.asked().await, (0, 0), "{how}: his program is");
        if is_handed {
            assert_eq!(pair.inbox(&pair.max).await, ["submitted submitted"], "{how}");
        }
        assert!(pair.waits().await.is_empty(), "{how}");
        pair.part(how).await;
        let is_there = how != "retired";
        for _ in 0..2 {
            assert_eq!(pair.asked().await, (1, 1), "{how} {is_handed}");
            assert!(!is_there || pair.inbox(&pair.max).await.is_empty(), "{how} {is_handed}");
            assert_eq!(pair.waits().await, std::slice::from_ref(&task), "{how} {is_handed}");
            // The road is open again: nothing happens twice, nor when it is closed once more.
            pair.meet(how).await;
            assert_eq!(pair.asked().await, (1, 1), "{how} {is_handed}");
            assert!(!is_there || pair.inbox(&pair.max).await.is_empty(), "{how} {is_handed}");
            assert_eq!(pair.waits().await, std::slice::from_ref(&task), "{how} {is_handed}");
            if by_others.contains(&how) && is_there {
                pair.part(how).await;
            }
        }
        pair.meet(how).await;
        assert_eq!(pair.step(&pair.ben, &task, "complete", &json!({ "result": {} })).await.code, 200);
        assert_eq!(pair.stands(&pair.ana, &task).await, ("completed".to_owned(), false), "{how}");
        assert_eq!(pair.inbox(&pair.maya).await.last().unwrap(), "completed completed", "{how}");
        pair.follow().await;
        assert!(pair.waits().await.is_empty(), "{how}");
        if is_there {
            let was_handed = is_handed || !by_others.contains(&how);
            let told: &[&str] = if was_handed { &["completed completed"] } else { &[] };
            assert_eq!(
                pair.inbox(&pair.max).await,
                told,
                "{how} {is_handed}: the end is for whoever has anything of it"
            );
        }
        no_query_scans(&pair.w.web.store);
    }
}

#[actix_web::test]
async fn what_a_program_was_at_when_a_block_came_or_it_was_retired_its_owner_is_asked_to_go_on_with() {
    for how in ["block", "blocked", "retired"] {
        let pair = Pair::new().await;
        let role = pair.role(&[pair.user(&pair.ben).await]).await;
        let by_connection = json!({ "connection": pair.connection });
        let mut tasks = Vec::new();
        for (to, told) in [(by_connection, 0), (json!({ "role": role }), 1)] {
            let task = pair.sent("todo", to, json!({ "text": "Tune it" })).await;
            assert_eq!(pair.asked().await.0, told, "{how}: of a role everybody is asked by hand");
            let taken = pair.step(&pair.max.token, &task, "take", &json!({})).await;
            assert_eq!(taken.code, 200, "{}", taken.text);
            tasks.push(task);
        }
        let (noticed, mailed) = pair.asked().await;
        assert_eq!((noticed, pair.waits().await.len()), (1, 0), "{how}");
        pair.part(how).await;
        let told = (noticed + tasks.len(), mailed + tasks.len());
        assert_eq!((pair.asked().await, pair.waits().await.len()), (told, tasks.len()), "{how}");
        pair.meet(how).await;
        assert_eq!(pair.asked().await, told, "{how}: once of each");
        for task in &tasks {
            assert_eq!(pair.stands(&pair.ana, task).await, ("working".to_owned(), false), "{how}");
            assert_eq!(pair.step(&pair.ben, task, "complete", &json!({ "result": {} })).await.code, 200);
        }
        pair.follow().await;
        assert!(pair.waits().await.is_empty(), "{how}");
    }
}

#[actix_web::test]
async fn nobody_is_asked_anew_by_a_block_who_was_asked_by_hand_all_along_or_of_what_is_over_or_taken_on() {
    // Never put before the program.
    let pair = Pair::new().await;
    pair.part("strict").await;
    let task = pair.task(&pair.maya.token).await;
    assert_eq!((pair.asked().await, pair.waits().await), ((1, 1), vec![task]));
    pair.part("closed").await;
    pair.part("block").await;
    assert_eq!(pair.asked().await, (1, 1));
    // Over, and done by hand before anything came.
    let pair = Pair::new().await;
    let (over, by_hand) = (pair.task(&pair.maya.token).await, pair.task(&pair.maya.token).await);
    pair.step(&pair.maya.token, &over, "cancel", &json!({ "reason": "" })).await;
    assert_eq!(pair.step(&pair.ben, &by_hand, "take", &json!({})).await.code, 200);
    pair.part("block").await;
    assert_eq!((pair.asked().await, pair.waits().await), ((0, 0), vec![by_hand]));
    // Of a role everybody is asked by hand at first.
    let pair = Pair::new().await;
    let role = pair.role(&[pair.user(&pair.ben).await]).await;
    pair.sent("todo", json!({ "role": role }), json!({ "text": "Tune it" })).await;
    pair.part("block").await;
    assert_eq!(pair.asked().await, (1, 1));
    assert_eq!(pair.receipts().await, ["dead (not_permitted)"]);
}

#[actix_web::test]
async fn what_a_program_was_asked_by_name_and_lets_go_its_owner_is_asked_and_what_a_block_ends_nobody() {
    for (how, told) in [("given up", (1, 1)), ("too often", (1, 1)), ("closed", (1, 1)), ("block", (0, 0))] {
        let pair = Pair::with(|config| config.agents.attempts = 1).await;
        let path = format!("/api/v1/agents/{}/task-types/translate", pair.max.id);
        pair.done("PUT", path, &pair.ben, &json!({ "payload": { "type": "object" } })).await;
        let task = pair.sent("translate", json!({ "agent": pair.max.id }), json!({})).await;
        assert_eq!((pair.asked().await, pair.waits().await), ((0, 0), Vec::new()), "{how}");
        pair.part(how).await;
        let waits = if told == (1, 1) { vec![task] } else { Vec::new() };
        assert_eq!((pair.asked().await, pair.waits().await), (told, waits), "{how}");
    }
}

#[actix_web::test]
async fn how_a_task_ended_is_told_to_a_program_that_was_handed_it_and_never_took_it_on_and_to_no_other() {
    for (how, word) in [
        ("disconnect", "canceled canceled"),
        ("cancel", "canceled canceled"),
        ("expire", "expired expired"),
        ("by hand", "completed completed"),
        // What the house says of it comes, however closed the program is; what the sender says does not.
        ("expire closed", "expired expired"),
        ("cancel closed", ""),
    ] {
        for is_handed in [true, false] {
            let pair = Pair::new().await;
            let due = pair.w.clock.now().plus(2 * MINUTE).to_rfc3339();
            let new = json!({
                "type": "todo", "to": { "connection": pair.connection }, "payload": { "text": "Tune it" }, "due": due,
            });
            let task = pair.done("POST", "/api/v1/tasks", &pair.maya.token, &new).await;
            let task = task["id"].as_str().unwrap();
            if is_handed {
                assert_eq!(pair.inbox(&pair.max).await, ["submitted submitted"], "{how}");
            }
            if how.ends_with("closed") {
                pair.part("closed").await;
            }
            match how {
                "disconnect" => {
                    let path = format!("/api/v1/connections/{}", pair.connection);
                    pair.done("DELETE", path, &pair.ana, &Value::Null).await;
                }
                "by hand" => {
                    let done = pair.step(&pair.ben, task, "complete", &json!({ "result": {} })).await;
                    assert_eq!(done.code, 200, "{}", done.text);
                }
                "cancel" | "cancel closed" => {
                    let done = pair.step(&pair.maya.token, task, "cancel", &json!({ "reason": "" })).await;
                    assert_eq!(done.code, 200, "{}", done.text);
                }
                _ => {
                    pair.w.clock.advance(3 * MINUTE);
                    pair.w.write(|cx| tasks::expire_overdue(cx).map(drop)).await;
                }
            }
            pair.follow().await;
            let told = pair.inbox(&pair.max).await;
            let expected: Vec<&str> =
                [word].into_iter().filter(|word| is_handed && !word.is_empty()).collect();
            assert_eq!(told, expected, "{how} {is_handed}");
            let mut became = pair.receipts().await;
            became.retain(|one| one.starts_with("dead"));
            let why = if how == "disconnect" { "dead (not_permitted)" } else { "dead (closed)" };
            let unheard: Vec<&str> = [why].into_iter().filter(|_| !is_handed).collect();
            assert_eq!(became, unheard, "{how}: what nobody was handed is dead with the task");
            no_query_scans(&pair.w.web.store);
        }
    }
}

#[actix_web::test]
async fn how_what_a_role_was_asked_ended_is_told_to_those_programs_of_it_that_were_handed_it() {
    let pair = Pair::new().await;
    let zoe = pair.w.member("zoe@example.com", "Zoe").await;
    let zed = program_for(&pair.w, &zoe, "Zed", SCOPES).await;
    let role = pair.role(&[pair.user(&pair.ben).await, pair.user(&zoe).await]).await;
    let task = pair.sent("todo", json!({ "role": role }), json!({ "text": "Tune it" })).await;
    assert_eq!(pair.inbox(&pair.max).await, ["submitted submitted"]);
    assert_eq!(pair.step(&zoe, &task, "complete", &json!({ "result": {} })).await.code, 200);
    pair.follow().await;
    assert_eq!(pair.inbox(&pair.max).await, ["completed completed"], "it need not be done");
    assert!(pair.inbox(&zed).await.is_empty());
    assert_eq!(pair.inbox(&pair.maya).await, ["completed completed"]);
}
