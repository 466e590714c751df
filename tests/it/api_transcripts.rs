//! What was said in sessions of every kind that have steps: read by whoever takes part in them, and by nobody else.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use entente::accounts::Scope;
use entente::base::id::SessionId;
use entente::messages::Type;
use entente::sessions::work::{self, NewStep};
use serde_json::{Value, json};

use crate::api_groups::Three;
use crate::api_messages::{Program, ask, done, program_for};
use crate::api_world::{World, operator};
use crate::described::{answer, fits};
use crate::plans::no_query_scans;

const SCOPES: &[&str] = &["sessions.read", "tasks.read", "tasks.write", "messages.read"];

fn kinds(all: &[Value]) -> Vec<&str> {
    all.iter().map(|one| one["type"].as_str().unwrap()).collect()
}

/// A transcript after a place, held against the description of the API.
async fn read(w: &World, token: &str, session: &str, after: i64) -> Vec<Value> {
    let path = "/api/v1/sessions/{id}/messages";
    let found =
        done(w, "GET", format!("{}?after={after}", path.replace("{id}", session)), token, &Value::Null).await;
    let document = done(w, "GET", "/api/openapi.json", "", &Value::Null).await;
    assert_eq!(fits(&document, answer(&document, "get", path, "200"), &found, path), Ok(()), "{found:#}");
    found["messages"].as_array().unwrap().clone()
}

async fn code(w: &World, token: &str, session: &str) -> u16 {
    ask(w, "GET", format!("/api/v1/sessions/{session}/messages"), token, &Value::Null).await.code
}

/// What a program is handed, each acknowledged.
async fn inbox(w: &World, of: &Program) -> Vec<Value> {
    let path = format!("/api/v1/agents/{}/inbox", of.id);
    let mut all = Vec::new();
    loop {
        let handed = done(w, "GET", path.clone(), &of.token, &Value::Null).await;
        let handed = handed["messages"].as_array().unwrap().clone();
        if handed.is_empty() {
            return all;
        }
        for one in handed {
            let ack = format!("/api/v1/deliveries/{}/ack", one["delivery"].as_str().unwrap());
            done(w, "POST", ack, &of.token, &json!({ "lease": one["lease"] })).await;
            all.push(one["message"].clone());
        }
    }
}

#[actix_web::test]
async fn either_side_of_a_task_reads_what_was_said_in_it_as_its_inbox_had_it_and_nobody_else_does() {
    let w = World::new();
    let (ana, ben) = (w.member("ana@example.org", "Ana").await, w.member("ben@example.net", "Ben").await);
    let connection = w.connected(&ana, &ben).await;
    let (maya, max) =
        (program_for(&w, &ana, "Maya", SCOPES).await, program_for(&w, &ben, "Max", SCOPES).await);
    let new = json!({ "type": "question", "to": { "connection": connection }, "payload": { "text": "Which hall?" } });
    let task = done(&w, "POST", "/api/v1/tasks", &maya.token, &new).await;
    let (id, session) = (task["id"].as_str().unwrap(), task["session"].as_str().unwrap());
    for (who, verb, body) in [
        (&max, "ask", json!({ "question": "For how many?" })),
        (&maya, "answer", json!({ "answer": "For thirty." })),
        (&max, "progress", json!({ "percent": 50, "note": "I look." })),
        (&max, "complete", json!({ "result": { "answer": "The large one" } })),
    ] {
        done(&w, "POST", format!("/api/v1/tasks/{id}/{verb}"), &who.token, &body).await;
    }
    let said = read(&w, &max.token, session, 0).await;
    let all = ["submitted", "question", "answer", "progress", "completed"];
    assert_eq!(kinds(&said), all);
    let words = [&said[0]["body"]["data"]["payload"]["text"], &said[1]["body"]["data"]["question"]];
    assert_eq!(words, [&json!("Which hall?"), &json!("For how many?")]);
    assert_eq!((&said[0]["agent"], &said[1]["agent"]), (&json!(maya.id), &json!(max.id)));
    for who in [&maya.token, &ana, &ben] {
        assert_eq!(read(&w, who, session, 0).await, said);
    }
    assert_eq!(read(&w, &maya.token, session, 4).await, said[4..]);
    assert!(read(&w, &maya.token, session, 5).await.is_empty());
    // Whoever lost what they were handed finds it there.
    for of in [&maya, &max] {
        let handed = inbox(&w, of).await;
        assert!(!handed.is_empty());
        for one in handed {
            let kept = said.iter().find(|kept| kept["id"] == one["id"]).unwrap();
            assert_eq!((&kept["body"], &kept["type"]), (&one["body"], &one["type"]));
        }
    }
    let zoe = w.member("zoe@example.com", "Zoe").await;
    let zed = program_for(&w, &zoe, "Zed", SCOPES).await;
    assert_eq!((code(&w, &zoe, session).await, code(&w, &zed.token, session).await), (404, 404));
    // It takes what reading tasks takes.
    let hers = done(&w, "GET", "/api/v1/profile", &ana, &Value::Null).await["user"].as_str().unwrap().parse();
    let less = w.token(Some(hers.unwrap()), &[Scope::SessionsRead]).await;
    assert_eq!(code(&w, &less, session).await, 403);
    no_query_scans(&w.web.store);
}

#[actix_web::test]
async fn a_long_transcript_is_read_page_by_page() {
    let w = World::new();
    let ana = w.member("ana@example.org", "Ana").await;
    let me = done(&w, "GET", "/api/v1/profile", &ana, &Value::Null).await["user"].clone();
    let new = json!({ "type": "todo", "to": { "user": me }, "payload": { "text": "Tune it" } });
    let task = done(&w, "POST", "/api/v1/tasks", &ana, &new).await;
    let session = task["session"].as_str().unwrap();
    let id: SessionId = session.parse().unwrap();
    w.write(move |cx| {
        for note in 0..210 {
            let data = json!({ "note": note });
            let step = NewStep {
                session: id,
                author: None,
                agent: None,
                kind: "progress",
                is: Type::Step,
                data: &data,
                to: &[],
                full: &[],
                asks: None,
            };
            work::say(cx, &operator(), &step)?;
        }
        Ok(())
    })
    .await;
    let first = read(&w, &ana, session, 0).await;
    let place = |one: &Value| one["place"].as_i64().unwrap();
    assert_eq!((first.len(), place(&first[0]), place(&first[199])), (200, 1, 200));
    let rest = read(&w, &ana, session, 200).await;
    assert_eq!(place(&rest[0]), 201);
    assert_eq!(rest.last().unwrap()["body"]["data"]["note"], 209);
}

#[actix_web::test]
async fn how_an_approval_was_decided_is_read_by_whoever_asked_and_whoever_decided() {
    let w = World::new();
    let (ana, ben) = (w.member("ana@example.org", "Ana").await, w.member("ben@example.net", "Ben").await);
    let id = w.approval(&ana, &ben).await;
    let session = id.replace("apr_", "ses_");
    assert!(read(&w, &ana, &session, 0).await.is_empty());
    let decide = format!("/api/v1/approvals/{id}/decide");
    done(&w, "POST", decide, &ben, &json!({ "choice": "approve" })).await;
    for who in [&ana, &ben] {
        let said = read(&w, who, &session, 0).await;
        assert_eq!(
            (kinds(&said), &said[0]["body"]["data"]["decision"]),
            (vec!["decided"], &json!("approved"))
        );
    }
    let zoe = w.member("zoe@example.com", "Zoe").await;
    assert_eq!(code(&w, &zoe, &session).await, 404);
    no_query_scans(&w.web.store);
}

#[actix_web::test]
async fn the_transcript_of_a_group_tells_each_member_what_they_may_know_by_now() {
    let three = Three::new().await;
    three.program(&three.ben, "Max").await;
    let candidates = json!([{ "label": "Bach" }, { "label": "Ligeti" }]);
    let new = json!({ "question": "Which piece?", "subject": "question", "candidates": candidates, "quorum": 1000 });
    let group = three.begin(new).await;
    let session = group["id"].as_str().unwrap();
    for votes in [["no", "no"], ["yes", "no"]] {
        assert_eq!(three.answer(&three.cleo, &group, &votes).await.code, 200);
    }
    assert_eq!(three.answer(&three.ana, &group, &["yes", "if_need_be"]).await.code, 200);
    let answers = async |who: &str| {
        let said = read(&three.w, who, session, 0).await;
        let all = said.iter().filter(|one| one["body"]["data"]["event"] == "answered");
        all.map(|one| {
            let data = &one["body"]["data"];
            (one["author"].clone(), data["revision"].as_i64().unwrap())
        })
        .collect::<Vec<_>>()
    };
    let users =
        async |who: &str| done(&three.w, "GET", "/api/v1/profile", who, &Value::Null).await["user"].clone();
    let (ana, ben, cleo) = (users(&three.ana).await, users(&three.ben).await, users(&three.cleo).await);
    assert_eq!(answers(&three.cleo).await, [(cleo.clone(), 1), (cleo.clone(), 2)]);
    assert_eq!(answers(&three.ana).await, [(ana.clone(), 1)]);
    assert!(answers(&three.ben).await.is_empty(), "nobody knows yet what the others say");
    assert_eq!(three.answer(&three.ben, &group, &["yes", "no"]).await.code, 200);
    let all = [(cleo, 2), (ana, 1), (ben.clone(), 1)];
    assert_eq!(answers(&three.ben).await, all, "by then they do, and what Cleo said first counts no more");
    let said = read(&three.w, &three.ben, session, 0).await;
    assert_eq!(
        (kinds(&said).first(), kinds(&said).last()),
        (Some(&"group_broadcast"), Some(&"group_consensus"))
    );
    let zoe = three.w.member("zoe@example.com", "Zoe").await;
    assert_eq!(code(&three.w, &zoe, session).await, 404);
    no_query_scans(&three.w.web.store);
}

#[actix_web::test]
async fn what_came_before_a_turn_is_handed_over_with_its_words_and_read_again_in_the_transcript() {
    let three = Three::new().await;
    let max =
        program_for(&three.w, &three.ben, "Max", &["sessions.read", "messages.read", "messages.write"]).await;
    let group = three.begin(json!({ "question": "Which piece?", "mode": "sequential" })).await;
    let id = group["id"].as_str().unwrap();
    let path = format!("/api/v1/groups/{id}/answer");
    done(&three.w, "PUT", path, &three.ana, &json!({ "text": "The slow one" })).await;
    let handed = inbox(&three.w, &max).await;
    let [asked] = handed.as_slice() else { panic!("{handed:#?}") };
    let answers = asked["body"]["data"]["answers"].as_array().unwrap();
    let me = done(&three.w, "GET", "/api/v1/profile", &three.ana, &Value::Null).await["user"].clone();
    let said: Vec<_> = answers.iter().map(|one| (&one["user"], &one["text"], &one["revision"])).collect();
    assert_eq!(said, [(&me, &json!("The slow one"), &json!(1))]);
    let again = read(&three.w, &max.token, id, 0).await;
    assert!(again.iter().any(|one| one["id"] == asked["id"] && one["body"] == asked["body"]), "{again:#?}");
    no_query_scans(&three.w.web.store);
}
