//! Tasks and approvals as people read them: what belongs to a question, and what nobody can decide or do any more.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use entente::accounts::{self, Scope};
use entente::agents::{self, Kind};
use entente::base::id::{AgentId, RoleId};
use entente::base::time::DAY;
use entente::journal;
use entente::post::letter::Says;
use entente::tasks;
use serde_json::{Value, json};

use crate::pages_tasks::{pair, person};
use crate::pages_world::{BEN, CLEO, ROOT, World, operator};
use crate::plans::no_query_scans;

impl World {
    /// Lets the room of tasks read the journal, and the notices after it.
    async fn ends(&self) {
        while journal::follow(&self.web.store, tasks::FOLLOWER).await.unwrap() > 0 {}
        self.follow().await;
    }

    /// A role that these fill.
    async fn role_of(&self, emails: &[&'static str]) -> RoleId {
        let mut members = Vec::new();
        for email in emails {
            members.push(self.user(email).await.id);
        }
        self.write(move |cx| {
            let id = agents::add_role(cx, &operator(), "Front desk", "")?.id;
            agents::set_members(cx, &operator(), id, &members).map(|role| role.id)
        })
        .await
    }
}

#[actix_web::test]
async fn whoever_asked_is_told_when_too_few_are_left_to_decide_and_when_a_role_is_no_more() {
    let (w, _, max) = pair().await;
    let role = w.role_of(&[CLEO, ROOT]).await;
    let ben = person(w.user(BEN).await.id);
    let own = w
        .write(move |cx| {
            let (_, secret) = accounts::create_token(
                cx,
                &operator(),
                ben.user(),
                "own",
                &[Scope::TasksRead, Scope::TasksWrite],
            )?;
            Ok(secret.expose().to_owned())
        })
        .await;
    let asked = json!({ "kind": "payment", "about": "Buy new stands?", "of": { "role": role }, "needed": 2 });
    let by_hand = w.did("POST", "/api/v1/approvals", &own, &asked).await["id"].clone();
    let by_program = w.did("POST", "/api/v1/approvals", &max, &asked).await["id"].clone();
    w.ends().await;
    let mut cleo = w.browser_of(CLEO).await;
    cleo.get("/").await.is(200).says("Buy new stands?");
    let only = w.user(CLEO).await.id;
    w.write(move |cx| agents::set_members(cx, &operator(), role, &[only]).map(drop)).await;
    w.ends().await;
    let page = cleo.get("/").await;
    assert!(!page.is(200).text.contains("Buy new stands?"), "nothing waits for Cleo any more");
    for id in [&by_hand, &by_program] {
        let path = format!("/api/v1/approvals/{}", id.as_str().unwrap());
        assert_eq!(w.did("GET", &path, &own, &Value::Null).await["state"], "canceled");
    }
    let mut ben = w.browser_of(BEN).await;
    let told = ben.get("/notices").await;
    told.is(200).says("Too few are left who could decide: Buy new stands?");
    assert!(told.text.contains(by_hand.as_str().unwrap()));
    assert!(!told.text.contains(by_program.as_str().unwrap()), "the program reads its inbox");
    ben.get(&format!("/approvals/{}", by_hand.as_str().unwrap())).await.is(200).says("called off");

    let todo = json!({ "type": "todo", "to": { "role": role }, "payload": { "text": "Open the hall" } });
    let task = w.did("POST", "/api/v1/tasks", &own, &todo).await["id"].clone();
    w.write(move |cx| agents::remove_role(cx, &operator(), role)).await;
    w.ends().await;
    let path = format!("/tasks/{}", task.as_str().unwrap());
    ben.get(&path).await.is(200).says("called off").says("The role that was asked is no more.");
    ben.get("/notices").await.is(200).says("It was called off: Open the hall.");
    // Somebody shut out is looked for in all that waits.
    let cleo = w.user(CLEO).await.id;
    w.write(move |cx| accounts::disable(cx, &operator(), cleo).map(drop)).await;
    w.ends().await;
    no_query_scans(&w.web.store);
}

#[actix_web::test]
async fn the_mailed_question_its_page_and_every_button_show_what_belongs_to_it() {
    let (w, connection, max) = pair().await;
    let asked = json!({
        "kind": "payment", "about": "Pay 40 euros?", "of": { "connection": connection },
        "payload": { "amount": 40_000 },
    });
    let one = w.did("POST", "/api/v1/approvals", &max, &asked).await;
    w.ends().await;
    let Says::ApprovalAsk { payload, .. } = w.newest_letter(CLEO).await.letter.says else {
        panic!("it asks")
    };
    assert_eq!(payload, "{\n  \"amount\": 40000\n}");
    let (approve, refuse) = w.approval_links(CLEO).await;
    for link in [&approve, &refuse] {
        w.browser().get(link).await.is(200).says("amount&#34;: 40000");
    }
    let mut cleo = w.browser_of(CLEO).await;
    let path = format!("/approvals/{}", one["id"].as_str().unwrap());
    for page in [path.as_str(), "/approvals", "/", "/notices"] {
        cleo.get(page).await.is(200).says("amount&#34;: 40000");
    }
    // What is much stands in the mail as far as it goes, and says that there is more; addresses stand on pages alone.
    let much = json!({
        "kind": "payment", "about": "Pay them all?", "of": { "connection": connection },
        "payload": { "a": "kim@example.net", "b": "x".repeat(3_000) },
    });
    w.did("POST", "/api/v1/approvals", &max, &much).await;
    w.ends().await;
    let Says::ApprovalAsk { payload, .. } = w.newest_letter(CLEO).await.letter.says else {
        panic!("it asks")
    };
    assert!(payload.contains("[address removed]") && !payload.contains("kim@"), "{payload}");
    assert!(payload.ends_with("…\n(There is more of it: all of it stands on its page.)"), "{payload}");
    assert!(payload.chars().count() < 2_100);
}

#[actix_web::test]
async fn the_mail_of_a_question_has_its_choices_and_by_when_it_waits() {
    let (w, connection, max) = pair().await;
    let new = json!({
        "type": "question", "to": { "connection": connection },
        "payload": { "text": "Which hall?", "choices": ["Large", "Garden"] },
    });
    w.did("POST", "/api/v1/tasks", &max, &new).await;
    w.ends().await;
    let Says::Notice { choices, .. } = w.newest_letter(CLEO).await.letter.says else { panic!("it tells") };
    let choices = choices.unwrap();
    assert_eq!(choices.answers, ["Large", "Garden"]);
    assert_eq!(choices.until, w.clock.now().plus(7 * DAY).ms());
    w.send_mail().await;
    let mut cleo = w.browser_of(CLEO).await;
    cleo.get("/notices").await.is(200).says("Garden");
}

#[actix_web::test]
async fn the_story_of_a_task_says_how_its_approval_was_decided() {
    let (w, connection, max) = pair().await;
    let task = w.task(CLEO, BEN).await;
    w.did("POST", &format!("/api/v1/tasks/{task}/take"), &max, &json!({})).await;
    let asked = json!({
        "kind": "payment", "about": "Pay the tuner?", "of": { "connection": connection }, "task": task,
    });
    let one = w.did("POST", "/api/v1/approvals", &max, &asked).await;
    let path = format!("/approvals/{}", one["id"].as_str().unwrap());
    let mut cleo = w.browser_of(CLEO).await;
    cleo.press(&path, "approve", &[]).await.is(303);
    cleo.get(&format!("/tasks/{task}")).await.is(200).says("It was approved.");
}

#[actix_web::test]
async fn a_page_offers_no_step_of_a_task_whose_time_is_over() {
    let (w, ..) = pair().await;
    let path = format!("/tasks/{}", w.task(BEN, CLEO).await);
    let mut cleo = w.browser_of(CLEO).await;
    cleo.get(&path).await.is(200).says("I will do it");
    w.clock.advance(7 * DAY);
    let page = cleo.get(&path).await;
    page.is(200).says("not done in time");
    assert!(!page.text.contains("I will do it"));
}

#[actix_web::test]
async fn a_program_says_what_a_session_is_for_that_it_began_and_of_no_other() {
    let (w, connection, max) = pair().await;
    let (rex, _) = w.program_of(BEN, Kind::Service, "Rex").await;
    let ben = w.user(BEN).await.id;
    let own = w
        .write(move |cx| {
            let scopes = [Scope::TasksRead, Scope::TasksWrite, Scope::SessionsRead, Scope::SessionsWrite];
            let (_, secret) = accounts::create_token(cx, &operator(), Some(ben), "own", &scopes)?;
            Ok(secret.expose().to_owned())
        })
        .await;
    let may_change = async |id: AgentId| {
        let key = w.write(move |cx| {
            let scopes = [Scope::TasksRead, Scope::SessionsWrite];
            Ok(agents::make_key(cx, &person(ben), id, "Server", &scopes)?.1.expose().to_owned())
        });
        let token = w.did("POST", "/api/v1/agents/token", &key.await, &json!({})).await;
        token["access_token"].as_str().unwrap().to_owned()
    };
    let rex = may_change(rex.parse().unwrap()).await;
    let new = json!({ "type": "todo", "to": { "connection": connection }, "payload": { "text": "Tune it" } });
    let path = async |token: &str| {
        let task = w.did("POST", "/api/v1/tasks", token, &new).await;
        let by = task["from"]["agent"].as_str().map(str::to_owned);
        (format!("/api/v1/sessions/{}", task["session"].as_str().unwrap()), by)
    };
    let ((by_hand, _), (by_max, id)) = (path(&own).await, path(&max).await);
    let change = json!({ "purpose": "The piano", "metadata": { "ticket": 7 } });
    for session in [&by_hand, &by_max] {
        let refused = w.call("PUT", session, &rex, Some(&change), &[]).await;
        assert_eq!((refused.code, refused.problem().as_str()), (403, "denied"), "{session}");
    }
    let max = may_change(id.unwrap().parse().unwrap()).await;
    let itself = json!({ "purpose": "By Max" });
    assert_eq!(w.did("PUT", &by_max, &max, &itself).await["purpose"], "By Max");
    assert_eq!(w.call("PUT", &by_hand, &max, Some(&itself), &[]).await.code, 403);
    // Whose they are says so of both.
    for session in [&by_hand, &by_max] {
        assert_eq!(w.did("PUT", session, &own, &change).await["purpose"], "The piano");
    }
}
