//! How content people are with what agents did, said on the pages of tasks, group decisions and approvals, without scripts.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use entente::accounts::{self, Scope};
use entente::agents::Kind;
use entente::analytics;
use entente::base::actor::{Actor, Road, Who};
use entente::base::id::UserId;
use entente::groups::tally::Vote;
use entente::groups::{self, NewAnswer};
use entente::journal;
use entente::tasks;
use serde_json::json;

use crate::pages_tasks::{pair, person};
use crate::pages_world::{BEN, CLEO, Reply, TRACE, World, operator};
use crate::plans::no_query_scans;

const ASKS: &str = "How well was it done?";

impl World {
    async fn gathered(&self) {
        while journal::gather(&self.web.store, analytics::FOLLOWER).await.unwrap() > 0 {}
    }

    /// What Ben asks of a program, of a type that it declares with its token; gives the task's id.
    async fn tuned(&self, program: &str, token: &str) -> String {
        let declared = json!({ "payload": { "type": "object" } });
        self.did("PUT", &format!("/api/v1/agents/{program}/task-types/tune"), token, &declared).await;
        let (ben, id) = (person(self.user(BEN).await.id), program.parse().unwrap());
        let task = self.write(move |cx| {
            let new = tasks::NewTask {
                kind: "tune".to_owned(),
                to: tasks::Named::Agent(id),
                payload: json!({}),
                due_at: None,
                trace_flags: String::new(),
            };
            tasks::send(cx, &ben, &new)
        });
        task.await.id.to_string()
    }
}

/// The choices of a form, each with its number, and which one is taken.
fn scores(page: &Reply) -> Vec<(String, bool)> {
    let inputs = page.text.split("<input type=\"radio\"").skip(1);
    let inputs =
        inputs.map(|rest| rest.split('>').next().unwrap()).filter(|one| one.contains("name=\"score\""));
    inputs
        .map(|one| {
            let value = one.split("value=\"").nth(1).unwrap().split('"').next().unwrap();
            (value.to_owned(), one.contains(" checked"))
        })
        .collect()
}

fn taken(page: &Reply) -> Vec<String> {
    scores(page).into_iter().filter(|(_, is)| *is).map(|(value, _)| value).collect()
}

#[actix_web::test]
async fn whoever_asked_for_a_task_says_how_well_a_program_did_it_and_can_change_that() {
    let (w, ..) = pair().await;
    let (mia, token) = w.program_of(CLEO, Kind::Service, "Mia").await;
    let path = format!("/tasks/{}", w.tuned(&mia, &token).await);
    let mut ben = w.browser_of(BEN).await;
    assert!(!ben.get(&path).await.is(200).text.contains(ASKS), "it goes on");
    w.did("POST", &format!("/api/v1{path}/complete"), &token, &json!({ "result": {} })).await;
    let page = ben.get(&path).await;
    page.is(200).says(ASKS).says("What Mia did").says("<legend>");
    let values: Vec<_> = scores(&page).into_iter().map(|(value, _)| value).collect();
    assert_eq!((values, taken(&page)), (["1", "2", "3", "4", "5"].map(str::to_owned).to_vec(), Vec::new()));
    let said = ben.press_on(&page, "rate", &[("agent", &mia), ("score", "4")]).await;
    said.is(303);
    assert_eq!(said.header("location"), format!("{path}?done=rated"));
    let page = ben.get(&path).await;
    page.says("You said: Well.").says("Change it");
    assert_eq!(taken(&page), ["4"]);
    ben.press_on(&page, "rate", &[("agent", &mia), ("score", "2")]).await.is(303);
    assert_eq!(taken(&ben.get(&path).await), ["2"]);
    ben.press_on(&page, "rate", &[("agent", &mia), ("score", "6")]).await.is(400);
    ben.press_on(&page, "rate", &[("agent", &mia), ("score", "")]).await.is(400);
    // Whoever runs it has nothing to say, and finds what others said in its figures.
    let mut cleo = w.browser_of(CLEO).await;
    assert!(!cleo.get(&path).await.is(200).text.contains(ASKS));
    w.gathered().await;
    cleo.get(&format!("/agents/{mia}/figures")).await.is(200).says("2.0 of 5").says("1 ratings");
    no_query_scans(&w.web.store);
}

#[actix_web::test]
async fn nobody_rates_what_a_person_did_by_hand() {
    let (w, ..) = pair().await;
    let task = w.task(BEN, CLEO).await;
    let path = format!("/tasks/{task}");
    let mut cleo = w.browser_of(CLEO).await;
    cleo.press(&path, "done", &[("words", "")]).await.is(303);
    let mut ben = w.browser_of(BEN).await;
    let page = ben.get(&path).await;
    assert!(!page.is(200).says("done").text.contains(ASKS));
}

/// What the pages are about, begun by Ben: a group decision that Cleo's program answers.
async fn decided(w: &World) -> (groups::Group, String) {
    let (mia, _) = w.program_of(CLEO, Kind::Personal, "Mia").await;
    let (ben, cleo): (UserId, UserId) = (w.user(BEN).await.id, w.user(CLEO).await.id);
    let (program, owner) = (mia.parse().unwrap(), person(cleo));
    w.write(move |cx| entente::agents::beat(cx, &owner, program, entente::agents::Claimed::Online).map(drop))
        .await;
    let (asks, id) = (person(ben), w.group(BEN, CLEO, &["Bach"]).await);
    let group = w
        .write(move |cx| {
            let open = groups::group(cx, &asks, id)?.group;
            let yes = open.candidates.iter().map(|one| (one.id, Vote::Yes)).collect();
            groups::answer(cx, &asks, id, &NewAnswer { votes: yes, ..NewAnswer::default() })
        })
        .await;
    let candidate = group.candidates[0].id;
    let max = Actor::new(Who::Agent { id: program, user: cleo }, Road::Api, TRACE);
    let group = w
        .write(move |cx| {
            let votes = [(candidate, Vote::Yes)].into_iter().collect();
            groups::answer(cx, &max, id, &NewAnswer { votes, ..NewAnswer::default() })
        })
        .await;
    (group, mia)
}

#[actix_web::test]
async fn members_say_how_well_agents_answered_in_a_group_decision_that_is_over() {
    let (w, ..) = pair().await;
    let (group, mia) = decided(&w).await;
    assert!(group.state.is_over());
    let path = format!("/groups/{}", group.id);
    // Ben answered by himself: of the two it is Mia's work that is rated, by her owner as well.
    for who in [BEN, CLEO] {
        let mut browser = w.browser_of(who).await;
        let page = browser.get(&path).await;
        page.is(200).says(ASKS).says("What Mia did");
        assert_eq!(scores(&page).len(), 5);
        browser.press_on(&page, "rate", &[("agent", &mia), ("score", "5")]).await.is(303);
        browser.get(&path).await.says("You said: Very well.");
    }
    w.gathered().await;
    let mut cleo = w.browser_of(CLEO).await;
    let page = cleo.get(&format!("/agents/{mia}/figures")).await;
    page.is(200)
        .says("5.0 of 5")
        .says("2 ratings")
        .says("1 of 1")
        .says("What it answered in group decisions");
    no_query_scans(&w.web.store);
}

#[actix_web::test]
async fn whoever_was_asked_to_approve_says_how_well_the_program_asked() {
    let (w, connection, max) = pair().await;
    let asked = json!({ "kind": "payment", "about": "Pay 40 euros?", "of": { "connection": connection } });
    let one = w.did("POST", "/api/v1/approvals", &max, &asked).await;
    let (path, agent) =
        (format!("/approvals/{}", one["id"].as_str().unwrap()), one["from"]["agent"].as_str().unwrap());
    let mut cleo = w.browser_of(CLEO).await;
    assert!(!cleo.get(&path).await.is(200).text.contains(ASKS), "it waits");
    cleo.press(&path, "refuse", &[("words", "")]).await.is(303);
    let page = cleo.get(&path).await;
    page.is(200).says(ASKS).says("What Max did");
    cleo.press_on(&page, "rate", &[("agent", agent), ("score", "1")]).await.is(303);
    cleo.get(&path).await.says("You said: Not at all.");
    // Its owner was not asked; and what a person asks by themselves is no agent's work.
    let mut ben = w.browser_of(BEN).await;
    assert!(!ben.get(&path).await.is(200).text.contains(ASKS));
    let by_hand = format!("/approvals/{}", w.approval(BEN, CLEO).await);
    cleo.press(&by_hand, "approve", &[("words", "")]).await.is(303);
    assert!(!cleo.get(&by_hand).await.is(200).text.contains(ASKS));
    w.gathered().await;
    ben.get(&format!("/agents/{agent}/figures")).await.says("1.0 of 5");
    no_query_scans(&w.web.store);
}

#[actix_web::test]
async fn an_approval_that_belongs_to_a_task_is_rated_by_itself_on_its_page_and_over_the_api() {
    let (w, connection, _) = pair().await;
    // Ben asks Cleo's program; that asks Ben, and its owner, before it goes on.
    let (mia, token) = w.program_of(CLEO, Kind::Service, "Mia").await;
    let task = w.tuned(&mia, &token).await;
    w.did("POST", &format!("/api/v1/tasks/{task}/take"), &token, &json!({})).await;
    let ask = async |about: &str, of: serde_json::Value| {
        let new = json!({ "kind": "payment", "about": about, "of": of, "task": task });
        w.did("POST", "/api/v1/approvals", &token, &new).await["id"].as_str().unwrap().to_owned()
    };
    let bens = ask("Pay 40 euros for strings?", json!({ "connection": connection })).await;
    let cleos = ask("Use the large hall?", json!({ "user": w.user(CLEO).await.id.to_string() })).await;
    let (path, page_of_task) = (format!("/approvals/{bens}"), format!("/tasks/{task}"));
    let (mut ben, mut cleo) = (w.browser_of(BEN).await, w.browser_of(CLEO).await);
    assert!(!ben.get(&path).await.is(200).text.contains(ASKS), "it waits");
    ben.press(&path, "approve", &[("words", "")]).await.is(303);
    cleo.press(&format!("/approvals/{cleos}"), "approve", &[("words", "")]).await.is(303);

    // On the task's page stands where that is said; what is decided by somebody else is no link to nowhere.
    let say = format!("<a href=\"{path}#rating\">Say how well it was asked");
    let page = ben.get(&page_of_task).await;
    page.is(200).says(&say).says("Use the large hall?");
    assert!(!page.text.contains(&cleos), "that one is not his to open");
    ben.get(&format!("/approvals/{cleos}")).await.is(404);
    let page = ben.get(&path).await;
    page.is(200).says(ASKS).says("What Mia did").says("id=\"rating\"");
    let said = ben.press_on(&page, "rate", &[("agent", &mia), ("score", "4")]).await;
    assert_eq!(said.is(303).header("location"), format!("{path}?done=rated"));
    ben.get(&page_of_task).await.says("How well it was asked, you said: Well");

    // Over the API, in a person's name; what was said of the approval is nothing that is said of the task.
    let rate = async |by: &str, approval: &str, score: i64| {
        let rating = format!("/api/v1/approvals/{approval}/ratings/{mia}");
        w.call("PUT", &rating, by, Some(&json!({ "score": score })), &[]).await.code
    };
    let user = w.user(CLEO).await.id;
    let cleos_token = w
        .write(move |cx| {
            let scopes = [Scope::SessionsWrite];
            let (_, secret) = accounts::create_token(cx, &operator(), Some(user), "test", &scopes)?;
            Ok(secret.expose().to_owned())
        })
        .await;
    assert_eq!(rate(&cleos_token, &cleos, 2).await, 204);
    assert_eq!(rate(&cleos_token, &cleos, 6).await, 400);
    assert_eq!(rate(&cleos_token, &bens, 2).await, 404, "it was asked of Ben, and its program asked");
    w.did("POST", &format!("/api/v1/tasks/{task}/complete"), &token, &json!({ "result": {} })).await;
    assert_eq!(taken(&ben.get(&page_of_task).await), Vec::<String>::new(), "the task is rated by itself");
    w.gathered().await;
    cleo.get(&format!("/agents/{mia}/figures")).await.is(200).says("3.0 of 5").says("2 ratings");
    no_query_scans(&w.web.store);
}
