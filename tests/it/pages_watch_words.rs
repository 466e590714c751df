//! What watching pages say: plain words for all that happened, a scale beneath each drawing, and no more than their reader may know.

use entente::agents::Kind;
use entente::base::id::AgentId;
use entente::tasks::{self, Step};
use serde_json::{Value, json};

use crate::pages_tasks::{pair, person};
use crate::pages_world::{BEN, CLEO, ROOT};

#[actix_web::test]
async fn the_log_of_an_agent_has_plain_words_for_tasks_approvals_and_conversations() {
    let (w, connection, max) = pair().await;
    let new = json!({ "type": "todo", "to": { "connection": connection }, "payload": { "text": "Tune it" } });
    let sent = w.did("POST", "/api/v1/tasks", &max, &new).await;
    let agent = sent["from"]["agent"].as_str().unwrap_or_default().to_owned();
    let task = w.task(CLEO, BEN).await;
    for (verb, body) in [
        ("take", json!({})),
        ("progress", json!({ "percent": 50 })),
        ("ask", json!({ "question": "Which one?" })),
    ] {
        w.did("POST", &format!("/api/v1/tasks/{task}/{verb}"), &max, &body).await;
    }
    let cleo = person(w.user(CLEO).await.id);
    w.write(move |cx| {
        tasks::step(cx, &cleo, task, None, &Step::Answer("The large one".to_owned())).map(drop)
    })
    .await;
    let asked = json!({ "kind": "payment", "about": "Pay 40 euros?", "of": { "connection": connection } });
    w.did("POST", "/api/v1/approvals", &max, &asked).await;
    w.did("POST", &format!("/api/v1/tasks/{task}/complete"), &max, &json!({ "result": {} })).await;
    let mut ben = w.browser_of(BEN).await;
    let page = ben.get(&format!("/agents/{agent}/activity")).await;
    page.is(200)
        .says("It sent a task")
        .says("It said how far a task is")
        .says("It asked something about a task")
        .says("It asked for an approval")
        .says("It did a task");
    for raw in ["task.", "approval.", "message.", "session.", "group.", "delivery.", "agent."] {
        assert!(!page.main().contains(raw), "{raw} {}", page.main());
    }
}

#[actix_web::test]
async fn messages_for_agents_that_sleep_are_no_jobs_that_wait() {
    let (w, ..) = pair().await;
    let (max, _) = w.program_of(BEN, Kind::Personal, "Rex").await;
    let max: AgentId = max.parse().unwrap_or_else(|_| panic!("an id"));
    w.task(CLEO, BEN).await;
    let mut root = w.browser_of(ROOT).await;
    w.clock.advance(60_000);
    let page = root.get("/admin").await;
    let jobs = page.is(200).text.split("Jobs waiting").nth(1).and_then(|rest| rest.split("</div>").next());
    let jobs = jobs.unwrap_or_default();
    assert!(jobs.contains(">0<") && !jobs.contains("late"), "{jobs}");
    page.says("Messages for agents").says("inbox");
    let inbox = w.read(move |cx| entente::messages::inbox_of(cx, Some(max))).await;
    assert_eq!(inbox.waiting, 1, "it waits for Rex to come");
}

#[actix_web::test]
async fn conversations_are_a_tab_beside_tasks_and_each_drawing_says_what_its_height_stands_for() {
    let (w, ..) = pair().await;
    let mut ben = w.browser_of(BEN).await;
    let tab = "href=\"/conversations\"";
    for page in ["/agents", "/tasks", "/approvals", "/approvals/rules", "/groups", "/webhooks"] {
        assert!(ben.get(page).await.is(200).text.contains(&format!("{tab}>Conversations</a>")), "{page}");
    }
    let own = format!("{tab} aria-current=\"page\">Conversations</a>");
    assert!(ben.get("/conversations").await.is(200).text.contains(&own));
    w.meeting().await;
    w.send_mail().await;
    let mut root = w.browser_of(ROOT).await;
    root.get("/admin").await.is(200).says("The line at the top stands for 2, the one at the bottom for 0.");
}

#[actix_web::test]
async fn an_owner_is_not_told_in_which_conversation_somebody_said_how_content_they_are() {
    let (w, _, max) = pair().await;
    let task = w.task(CLEO, BEN).await;
    let taken = w.did("POST", &format!("/api/v1/tasks/{task}/take"), &max, &json!({})).await;
    let done = w.did("POST", &format!("/api/v1/tasks/{task}/complete"), &max, &json!({ "result": {} })).await;
    let (agent, session) = (taken["by"]["agent"].clone(), done["session"].clone());
    let (agent, session) = (agent.as_str().unwrap_or_default(), session.as_str().unwrap_or_default());
    let cleo = person(w.user(CLEO).await.id);
    let (id, of) = (agent.parse().unwrap_or_else(|_| panic!("{taken}")), session.parse());
    let of = of.unwrap_or_else(|_| panic!("{done}"));
    w.write(move |cx| entente::analytics::rate(cx, &cleo, of, id, 2)).await;
    let mut ben = w.browser_of(BEN).await;
    let page = ben.get(&format!("/agents/{agent}/activity")).await;
    page.is(200).says("Somebody said how content they are");
    let row = page.text.split("Somebody said how content").nth(1).and_then(|rest| rest.split("</tr>").next());
    assert!(!row.unwrap_or_default().contains("ses_"), "{row:?}");
    let seen = w.did("GET", &format!("/api/v1/tasks/{task}"), &max, &Value::Null).await;
    assert_eq!(seen["state"], "completed");
}
