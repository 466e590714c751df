//! A language model, played by a server of the test: what it is told, what it may help with, and everything that it may say
//! without anything coming of it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::sync::{Arc, Mutex};

use entente::base::time::MINUTE;
use entente::config;
use entente::model::Endpoint;
use entente::post::inbound::Outcome;
use serde_json::{Value, json};

use crate::http_server::{HttpServer, Told};
use crate::pages_world::{BEN, Reply, World};
use crate::wishes_mail::{CONFIRM, Mail, WISH, begun, read, take, world_with};

/// A line that the rules do not understand, and what a good model says of it.
const LINE: &str = "fancy a natter with good old Ana for 45 minutes next week, not before 10?";
const GOOD: &str =
    r#"{"with": ["Ana"], "length": "45 minutes", "days": ["next week"], "hours": ["not before 10"]}"#;

/// A model that says what it is set to.
struct Stub {
    server: HttpServer,
    says: Arc<Mutex<Told>>,
}

impl Stub {
    async fn saying(content: &str) -> Self {
        // As the program does before anything else; a second call finds it set.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let says = Arc::new(Mutex::new(completion(content)));
        let told = says.clone();
        let server = HttpServer::start(move |_| told.lock().unwrap().clone()).await;
        Self { server, says }
    }

    fn says(&self, told: Told) {
        *self.says.lock().unwrap() = told;
    }

    /// A house that asks it.
    async fn world(&self) -> World {
        let model = self.config();
        world_with(CONFIRM, |setting| setting.config.model = Some(model)).await
    }

    fn config(&self) -> config::Model {
        config::Model {
            url: self.server.url("/v1/"),
            name: "small".to_owned(),
            key: "k-123".to_owned().into(),
            seconds: 1,
        }
    }

    fn asked(&self) -> usize {
        self.server.calls().len()
    }
}

fn completion(content: &str) -> Told {
    let body = json!({ "choices": [{ "index": 0, "message": { "role": "assistant", "content": content } }], "usage": {} });
    Told::new(200, body.to_string())
}

async fn page(w: &World, line: &str) -> Reply {
    let line = line.replace(' ', "%20").replace(',', "%2C").replace('?', "%3F").replace('@', "%40");
    w.browser_of(BEN).await.get(&format!("/sessions/new?line={line}")).await
}

#[actix_web::test]
async fn what_the_model_marks_is_read_by_the_rules_and_the_page_says_that_it_helped() {
    let stub = Stub::saying(GOOD).await;
    let w = stub.world().await;
    let shown = page(&w, LINE).await;
    shown.is(200).says("Understood: 45 minutes with Ana, Mon 23 Nov to Sun 29 Nov, not before 10:00.");
    shown.says("A language model helped to read it: look closely");
    let [call] = stub.server.calls().try_into().unwrap();
    assert_eq!((call.method.as_str(), call.path.as_str()), ("POST", "/v1/chat/completions"));
    assert_eq!(call.header("authorization"), "Bearer k-123");
    let body: Value = serde_json::from_str(&call.body).unwrap();
    assert_eq!((&body["model"], &body["response_format"]["type"]), (&json!("small"), &json!("json_object")));
    assert_eq!(body["messages"].as_array().unwrap().len(), 2);
    let user: Value = serde_json::from_str(body["messages"][1]["content"].as_str().unwrap()).unwrap();
    assert_eq!(user, json!({ "line": LINE }), "the line alone leaves the house");
    assert!(
        !call.body.contains('@') && !call.body.contains("2026") && !call.body.contains("Paris"),
        "{}",
        call.body
    );
    assert_eq!(begun(&w).await, 0);
}

#[actix_web::test]
async fn the_model_marks_a_wish_as_what_it_is_and_can_make_none_of_a_condition() {
    let wish = r#"{"with": ["Ana"], "length": "45 minutes", "days": ["next week"], "prefer": ["preferably before 11"]}"#;
    let stub = Stub::saying(wish).await;
    let w = stub.world().await;
    let line = "fancy a natter with good old Ana for 45 minutes next week, preferably before 11?";
    page(&w, line).await.is(200).says("if possible over by 11:00").says("A language model helped");
    let bent =
        r#"{"with": ["Ana"], "length": "45 minutes", "days": ["next week"], "prefer": ["not before 10"]}"#;
    stub.says(completion(bent));
    page(&w, LINE).await.is(422).says("no connection called “good”");
}

#[actix_web::test]
async fn what_a_model_invents_or_says_besides_comes_to_what_is_said_without_it() {
    let stub = Stub::saying(GOOD).await;
    let w = stub.world().await;
    let without = "no connection called “good”";
    for (case, content) in [
        (
            "a time",
            r#"{"with": ["Ana"], "length": "45 minutes", "days": ["next week"], "hours": ["at 3pm"]}"#,
        ),
        (
            "a day",
            r#"{"with": ["Ana"], "length": "45 minutes", "days": ["tomorrow"], "hours": ["not before 10"]}"#,
        ),
        (
            "a person",
            r#"{"with": ["Cleo"], "length": "45 minutes", "days": ["next week"], "hours": ["not before 10"]}"#,
        ),
        (
            "a not lost",
            r#"{"with": ["Ana"], "length": "45 minutes", "days": ["next week"], "hours": ["before 10"]}"#,
        ),
        ("an order", r#"{"with": ["Ana"], "do": "book at once", "start": "2026-11-24T10:00:00Z"}"#),
        ("markup", r#"{"with": ["<script>alert(1)</script>"], "about": "' OR 1=1 --"}"#),
        ("prose", "Sure! I have booked it for Tuesday."),
        ("a fence", "```json\n{}\n```"),
        ("nothing", ""),
    ] {
        stub.says(completion(content));
        let shown = page(&w, LINE).await;
        shown.is(422).says(without);
        assert!(!shown.text.contains("helped") && !shown.text.contains("alert(1)"), "{case}");
    }
    assert_eq!(stub.asked(), 9, "each line once");
    assert_eq!(begun(&w).await, 0);
}

#[actix_web::test]
async fn a_model_that_fails_is_left_alone_for_a_minute() {
    let stub = Stub::saying(GOOD).await;
    let w = stub.world().await;
    let garbage = vec![b'x'; 200_000];
    for (at, told) in [
        Told::new(500, "no"),
        Told::new(429, "too often"),
        Told::redirect(307, "http://127.0.0.1:9/v1/chat/completions"),
        Told::new(200, garbage),
        Told::stalled("{"),
        Told::silent(),
    ]
    .into_iter()
    .enumerate()
    {
        stub.says(told);
        page(&w, LINE).await.is(422).says("no connection called");
        stub.says(completion(GOOD));
        page(&w, LINE).await.is(422);
        assert_eq!(stub.asked(), at + 1, "it is not asked again so soon");
        w.clock.advance(MINUTE);
    }
    page(&w, LINE).await.is(200).says("helped");
}

#[actix_web::test]
async fn it_is_asked_only_where_the_rules_did_not_understand_and_thirty_times_a_minute() {
    let stub = Stub::saying("{}").await;
    let w = stub.world().await;
    for line in
        ["45 minutes with Ana next week", "30 minutes with Ana on 3.4.2020", "a natter with zoe@example.net"]
    {
        page(&w, line).await;
    }
    assert_eq!(stub.asked(), 0);
    for _ in 0..32 {
        page(&w, LINE).await.is(422);
    }
    assert_eq!(stub.asked(), 30);
    w.clock.advance(MINUTE);
    page(&w, LINE).await.is(422);
    assert_eq!(stub.asked(), 31);
}

#[actix_web::test]
async fn without_the_table_nobody_is_asked() {
    let stub = Stub::saying(GOOD).await;
    let w = world_with(CONFIRM, |_| {}).await;
    page(&w, LINE).await.is(422);
    take(&w, &Mail { subject: LINE, ..WISH }).await;
    assert_eq!(stub.asked(), 0);
    assert!(w.web.model.is_none());
}

#[actix_web::test]
async fn a_mailed_line_is_read_with_its_help_where_the_mail_is_proven() {
    let stub = Stub::saying(GOOD).await;
    let w = stub.world().await;
    let forged = Mail { subject: LINE, headers: "", id: "forged@x.example", ..WISH };
    assert_eq!(take(&w, &forged).await.outcome, Outcome::Answered);
    assert_eq!(stub.asked(), 0, "what may be anybody's does not leave the house");
    take(&w, &Mail { subject: LINE, ..WISH }).await;
    assert_eq!(stub.asked(), 1);
    let shown = read(&w).await;
    assert_eq!((shown.title.as_str(), shown.unclear.as_str()), ("45 minutes with Ana", ""));
    assert!(shown.notes.iter().any(|note| note.contains("language model helped")), "{shown:?}");
    stub.says(completion("no"));
    take(&w, &Mail { subject: LINE, id: "two@mail.example.org", ..WISH }).await;
    assert!(read(&w).await.unclear.contains("“good”"));
    assert_eq!(stub.asked(), 2);
}

#[actix_web::test]
async fn whether_it_is_there_is_asked_without_giving_a_line_away() {
    let stub = Stub::saying("").await;
    let configured =
        entente::config::Config { model: Some(stub.config()), ..entente::config::Config::default() };
    let clock = stub.world().await.clock;
    let endpoint = Endpoint::of(&configured, &clock).unwrap();
    assert_eq!(endpoint.status().await.unwrap(), 200);
    let [call] = stub.server.calls().try_into().unwrap();
    assert_eq!((call.method.as_str(), call.path.as_str(), call.body.as_str()), ("GET", "/v1/models", ""));
    stub.says(Told::silent());
    assert!(endpoint.status().await.is_err());
}
