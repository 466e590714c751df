//! Tasks and scheduling sessions as figures tell them: with whom, how long, and the same when they are computed again.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use entente::accounts;
use entente::agents;
use entente::analytics;
use entente::base::text::Address;
use entente::base::time::SECOND;
use entente::journal;
use entente::tasks;
use serde_json::{Value, json};

use crate::api_sessions::{CONFIRM, Pair};
use crate::api_watch::{gather, rows};
use crate::api_world::operator;
use crate::plans::no_query_scans;

impl Pair {
    /// The built-in agent of somebody, as a follower makes it.
    async fn builtin(&self, email: &'static str) -> String {
        let own = self.w.write(move |cx| {
            let user = accounts::by_address(cx, &Address::parse(email).unwrap())?.unwrap();
            Ok(agents::own(cx, user.id)?.id.to_string())
        });
        own.await
    }

    /// Ana has the house find a time with Ben; gives the session's path.
    async fn find_time(&self) -> String {
        let me = self.get(&self.ana, "/api/v1/profile").await["user"].clone();
        let payload = json!({
            "with": [self.id], "minutes": 45, "from": "2026-11-25T00:00:00+01:00", "to": "2026-11-27T00:00:00+01:00",
        });
        let new = json!({ "type": "find_time", "to": { "user": me }, "payload": payload });
        let begun = self.post(&self.ana, "/api/v1/tasks", &new).await;
        assert_eq!(begun.code, 201, "{}", begun.text);
        self.let_agents_speak().await;
        let newest = self.get(&self.ana, "/api/v1/sessions").await["sessions"][0]["id"].clone();
        format!("/api/v1/sessions/{}", newest.as_str().unwrap())
    }

    /// Ana asks Ben to do something; gives the task's path.
    async fn todo(&self) -> String {
        let new =
            json!({ "type": "todo", "to": { "connection": self.id }, "payload": { "text": "Tune it" } });
        let begun = self.post(&self.ana, "/api/v1/tasks", &new).await;
        assert_eq!(begun.code, 201, "{}", begun.text);
        format!("/api/v1/tasks/{}", begun.json()["id"].as_str().unwrap())
    }

    async fn figures(&self, agent: &str, by: &str) -> Value {
        gather(&self.w.web.store).await;
        self.get(by, &format!("/api/v1/agents/{agent}/figures")).await
    }

    /// A time is found and booked, another one is not, one thing is done and one refused, and something of each goes on.
    async fn busy(&self) {
        let met = self.find_time().await;
        let session = self.get(&self.ben, &met).await;
        let mine = session["parties"].as_array().unwrap().iter().find(|one| one["name"] == "Ben").unwrap();
        let yes = json!({ "proposal": mine["proposal"] });
        assert_eq!(self.post(&self.ben, &format!("{met}/confirm"), &yes).await.code, 200);
        let lost = self.find_time().await;
        self.post(&self.ben, &format!("{lost}/messages"), &json!({ "type": "decline" })).await;
        let done = self.todo().await;
        self.w.clock.advance(4 * SECOND);
        for (step, body) in [("take", json!({})), ("complete", json!({ "result": {} }))] {
            let reply = self.post(&self.ben, &format!("{done}/{step}"), &body).await;
            assert!(reply.code < 300, "{step}: {}", reply.text);
        }
        let refused = self.todo().await;
        self.w.clock.advance(40 * SECOND);
        let no = json!({ "reason": "It is in tune." });
        let reply = self.post(&self.ben, &format!("{refused}/reject"), &no).await;
        assert!(reply.code < 300, "{}", reply.text);
        self.todo().await;
        self.start().await;
        self.let_agents_speak().await;
        while journal::follow(&self.w.web.store, tasks::FOLLOWER).await.unwrap() > 0 {}
    }
}

#[actix_web::test]
async fn what_the_house_does_for_somebody_is_with_nobody_and_took_nobody_any_time() {
    let pair = Pair::new(CONFIRM).await;
    let (ana, ben) = (pair.builtin("ana@example.org").await, pair.builtin("ben@example.net").await);
    pair.busy().await;
    let mine = pair.figures(&ana, &pair.ana).await;
    let total = &mine["total"];
    // Two tasks of the house's with a session each, a session without one, and three tasks of Ben's.
    assert_eq!(total["started"], 8);
    assert_eq!(total["response_time"]["many"], 0, "the house takes a task as it is asked");
    let with: Vec<_> = mine["with"].as_array().unwrap().iter().map(|one| one["agent"].clone()).collect();
    assert_eq!(with, [json!(ben)], "nobody is another one to themselves");
    let errors: Vec<_> = mine["errors"].as_array().unwrap().iter().map(|one| one["kind"].clone()).collect();
    assert_eq!(errors, ["task.failed"]);
    let theirs = pair.figures(&ben, &pair.ben).await;
    assert_eq!(
        theirs["total"]["response_time"],
        json!({ "many": 2, "median_ms": 5_000, "p95_ms": 60_000 }),
        "what he took, and what he refused"
    );
    no_query_scans(&pair.w.web.store);
}

#[actix_web::test]
async fn what_tasks_and_scheduling_sessions_add_up_to_is_the_same_when_it_is_computed_again() {
    let pair = Pair::new(CONFIRM).await;
    let (ana, ben) = (pair.builtin("ana@example.org").await, pair.builtin("ben@example.net").await);
    pair.busy().await;
    let told = [pair.figures(&ana, &pair.ana).await, pair.figures(&ben, &pair.ben).await];
    let before = rows(&pair.w.web.store).await;
    assert!(told.iter().all(|one| one["total"]["completed"].as_i64() > Some(0)), "{told:?}");
    let goes_on = || before.iter().filter(|line| line.split(' ').count() == 4).count();
    assert!(goes_on() >= 2, "a task and a session: {before:#?}");
    pair.w.write(|cx| analytics::recompute(cx, &operator())).await;
    assert!(rows(&pair.w.web.store).await.is_empty());
    gather(&pair.w.web.store).await;
    assert_eq!(rows(&pair.w.web.store).await, before);
    let again = [pair.figures(&ana, &pair.ana).await, pair.figures(&ben, &pair.ben).await];
    assert_eq!(again, told);
    no_query_scans(&pair.w.web.store);
}
