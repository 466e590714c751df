//! Tasks and approvals, end to end: a program hands work on and asks, people do and decide on pages, by mail and by token.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use actix_web::http::Method;
use entente::accounts::Scope;
use entente::agents::{self, Kind, NewRegistration};
use entente::base::actor::{Actor, Road, Who};
use entente::base::id::{AgentId, ApprovalId, TaskId};
use entente::base::time::{DAY, HOUR};
use entente::links::{self, Purpose};
use entente::notices;
use entente::post::letter::{self, Says};
use entente::queue;
use entente::tasks::approvals::{self, Approval, NewApproval};
use entente::tasks::{self, Named, NewTask};
use serde_json::{Value, json};

use crate::pages_world::{BEN, CLEO, ROOT, Reply, TRACE, World, address, operator};

const SCOPES: [Scope; 4] = [Scope::TasksRead, Scope::TasksWrite, Scope::MessagesRead, Scope::MessagesWrite];

pub(crate) fn person(user: entente::base::id::UserId) -> Actor {
    Actor::new(Who::User { id: user, admin: false }, Road::Page, TRACE)
}

impl World {
    /// A program of somebody's, and a token of it.
    pub(crate) async fn program_of(
        &self,
        email: &'static str,
        kind: Kind,
        name: &'static str,
    ) -> (String, String) {
        let who = person(self.user(email).await.id);
        let new = NewRegistration { is_discoverable: true, ..NewRegistration::of(kind, name) };
        let id = self.write(move |cx| Ok(agents::register(cx, &who, &new)?.agent.id)).await;
        (id.to_string(), self.token_of(email, id).await)
    }

    /// A token of a program, by a key of its own.
    pub(crate) async fn token_of(&self, email: &'static str, id: AgentId) -> String {
        let who = person(self.user(email).await.id);
        let secret = self
            .write(move |cx| Ok(agents::make_key(cx, &who, id, "Server", &SCOPES)?.1.expose().to_owned()))
            .await;
        let token = self.call("POST", "/api/v1/agents/token", &secret, Some(&json!({})), &[]).await;
        token.json()["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: Option<&Value>,
        more: &[(&str, &str)],
    ) -> Reply {
        let bearer = format!("Bearer {token}");
        let mut headers = vec![("authorization", bearer.as_str()), ("content-type", "application/json")];
        headers.extend(more);
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let length = body.map(ToString::to_string);
        self.browser().send(&method, path, length, &headers).await
    }

    /// As [`Self::call`], for what must come about.
    pub(crate) async fn did(&self, method: &str, path: &str, token: &str, body: &Value) -> Value {
        let reply = self.call(method, path, token, (!body.is_null()).then_some(body), &[]).await;
        assert!(reply.code < 300, "{} {}", reply.code, reply.text);
        reply.json()
    }

    /// Somebody asks somebody they are connected with to do something.
    pub(crate) async fn task(&self, from: &'static str, to: &'static str) -> TaskId {
        let (from, to) = (person(self.user(from).await.id), self.user(to).await.id);
        self.write(move |cx| {
            let new = NewTask {
                kind: tasks::TODO.to_owned(),
                to: Named::User(to),
                payload: json!({ "text": "Tune the piano" }),
                due_at: None,
                trace_flags: String::new(),
            };
            Ok(tasks::send(cx, &from, &new)?.id)
        })
        .await
    }

    /// Somebody asks somebody they are connected with to approve something.
    pub(crate) async fn approval(&self, from: &'static str, of: &'static str) -> ApprovalId {
        let (from, of) = (person(self.user(from).await.id), self.user(of).await.id);
        self.write(move |cx| {
            let new = NewApproval {
                task: None,
                kind: "payment".to_owned(),
                about: "Pay 40 euros for the hall?".to_owned(),
                payload: Some(json!({ "amount": 40 })),
                of: Named::User(of),
                needed: None,
                due_at: None,
            };
            Ok(approvals::ask(cx, &from, &new)?.id)
        })
        .await
    }

    /// An approval, as somebody sees it.
    pub(crate) async fn seen(&self, by: &'static str, id: ApprovalId) -> Approval {
        let who = person(self.user(by).await.id);
        self.read(move |cx| approvals::approval(cx, &who, id)).await
    }

    /// The paths of the newest mailed question of somebody: the one that approves, and the one that refuses.
    pub(crate) async fn approval_links(&self, of: &'static str) -> (String, String) {
        let Says::ApprovalAsk { approve, refuse, .. } = self.newest_letter(of).await.letter.says else {
            panic!("it asks")
        };
        (self.path(Purpose::Approval, approve), self.path(Purpose::Approval, refuse))
    }
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {} {}", self.code, self.text))
    }

    pub(crate) fn problem(&self) -> String {
        let kind = self.json()["type"].as_str().unwrap().to_owned();
        kind.rsplit('#').next().unwrap().to_owned()
    }
}

/// Ben and Cleo, connected; Ben runs Max, which plays for him.
pub(crate) async fn pair() -> (World, String, String) {
    let w = World::new().await;
    let connection = w.connection(BEN, CLEO).await.to_string();
    let (_, token) = w.program_of(BEN, Kind::Service, "Max").await;
    (w, connection, token)
}

#[actix_web::test]
async fn a_program_hands_a_task_on_and_a_person_without_one_does_it_on_the_page() {
    let (w, connection, max) = pair().await;
    let traced = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let new = json!({
        "type": "todo", "to": { "connection": connection },
        "payload": { "text": "Send the score to Dora.\nThe second movement, please. cleo.member@example.com" },
    });
    let sent = w.call("POST", "/api/v1/tasks", &max, Some(&new), &[("traceparent", traced)]).await;
    assert_eq!(sent.code, 201, "{}", sent.text);
    let task = sent.json();
    assert_eq!((&task["state"], &task["phase"]), (&json!("submitted"), &json!("pending")));
    let told = task["traceparent"].as_str().unwrap();
    assert!(told.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && told.ends_with("-01"), "{told}");
    assert_ne!(told, traced, "whoever does it goes on from the house");
    assert!(!task["payload"].to_string().contains("cleo.member@"), "addresses are taken out");
    let path = format!("/tasks/{}", task["id"].as_str().unwrap());
    assert_eq!(sent.header("location"), format!("/api/v1{path}"));

    // Cleo is told in-app and by mail, and finds the buttons in place.
    w.follow().await;
    let mut cleo = w.browser_of(CLEO).await;
    cleo.get("/").await.says("Max, for Ben, asks you").says("Send the score to Dora");
    cleo.get("/notices").await.says("Max, for Ben, asks you: Send the score to Dora.").says("I will do it");
    let Says::Notice { news, .. } = w.newest_letter(CLEO).await.letter.says else { panic!("it tells") };
    assert_eq!((news.kind.as_str(), news.path.as_str()), ("task.asked", path.as_str()));
    cleo.press(&path, "take", &[]).await.is(303);
    let seen = w.did("GET", &format!("/api/v1{path}"), &max, &Value::Null).await;
    assert_eq!((&seen["state"], &seen["by"]["name"]), (&json!("working"), &json!("Cleo")));
    cleo.press(&path, "progress", &[("percent", "50"), ("words", "Half of it")]).await.is(303);
    cleo.press(&path, "done", &[("words", "It is in the shared folder.")]).await.is(303);
    cleo.get(&path).await.is(200).says("done").says("It is in the shared folder.").says("You did it.");
    // The program learns of each step from its inbox, under the same trace.
    let agent = task["from"]["agent"].as_str().unwrap();
    let mut steps = Vec::new();
    for kind in ["taken", "progress", "completed"] {
        // Of one task they come in order: the next once the one before is dealt with.
        let inbox = w.did("GET", &format!("/api/v1/agents/{agent}/inbox?limit=20"), &max, &Value::Null).await;
        let one = &inbox["messages"][0];
        assert_eq!((&one["message"]["type"], inbox["messages"].as_array().unwrap().len()), (&json!(kind), 1));
        let ack = format!("/api/v1/deliveries/{}/ack", one["delivery"].as_str().unwrap());
        w.did("POST", &ack, &max, &json!({ "lease": one["lease"] })).await;
        steps.push((kind, one["message"]["body"]["data"].clone()));
    }
    assert_eq!(steps[1].1["percent"], 50);
    assert_eq!(steps[2].1["result"], json!({ "text": "It is in the shared folder." }));
    assert!(steps.iter().all(|(_, data)| data["traceparent"] == task["traceparent"]));
    let seen = w.did("GET", &format!("/api/v1{path}"), &max, &Value::Null).await;
    assert_eq!(
        (&seen["state"], &seen["phase"], &seen["percent"]),
        (&json!("completed"), &json!("completed"), &json!(100))
    );
    w.follow().await;
    let page = cleo.get("/").await;
    assert!(!page.text.contains("Send the score"), "nothing waits any more");
}

#[actix_web::test]
async fn one_person_asks_another_a_question_on_the_page_and_is_told_the_answer() {
    let (w, connection, _) = pair().await;
    let mut ben = w.browser_of(BEN).await;
    let typed = [
        ("to", connection.as_str()),
        ("type", "question"),
        ("text", "Which hall?"),
        ("choices", "Large\n\nGarden"),
    ];
    let done = ben.press("/tasks", "/tasks", &typed).await;
    done.is(303);
    let path = done.header("location").split('?').next().unwrap().to_owned();
    w.follow().await;
    let mut cleo = w.browser_of(CLEO).await;
    cleo.get("/tasks").await.says("Ben asks you").says("Which hall?").says("Garden");
    cleo.press(&path, "done", &[("words", "The roof")]).await.is(422).says("Answer with one of the choices.");
    cleo.press(&path, "ask", &[("words", "For how many?")]).await.is(303);
    w.follow().await;
    ben.get("/").await.says("Cleo asks about").says("For how many?");
    ben.press(&path, "reply", &[("words", "Forty")]).await.is(303);
    w.follow().await;
    cleo.get("/notices").await.says("Ben answered about “Which hall”.");
    cleo.press(&path, "done", &[("words", "Garden")]).await.is(303);
    w.follow().await;
    ben.get("/notices").await.says("Cleo did what was asked: Which hall?");
    let Says::Notice { news, .. } = w.newest_letter(BEN).await.letter.says else { panic!("it tells") };
    assert_eq!((news.kind.as_str(), news.word.as_str()), ("task.ended", "completed"));
    ben.get(&path).await.says("Garden").says("Cleo asked back.").says("You answered.");
    // What is over never changes, and pressing again says so.
    for button in ["done", "fail", "cancel"] {
        let csrf = csrf(&mut cleo).await;
        let again = cleo.post(&path, &[("csrf", &csrf), ("do", button), ("words", "Large")]).await;
        assert!(matches!(again.code, 403 | 409), "{button}: {}", again.code);
    }
    ben.get(&path).await.says("Garden");
}

/// The token that a browser's forms carry.
async fn csrf(browser: &mut crate::pages_world::Browser<'_>) -> String {
    let page = browser.get("/settings").await;
    let (_, rest) = page.text.split_once("name=\"csrf\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[actix_web::test]
async fn the_form_that_asks_somebody_asks_once_and_says_what_is_missing() {
    let (w, connection, _) = pair().await;
    let mut ben = w.browser_of(BEN).await;
    let page = ben.get("/tasks").await;
    let typed = [("to", connection.as_str()), ("type", "todo"), ("text", "Tune the piano")];
    let first = ben.press_on(&page, "/tasks", &typed).await;
    let second = ben.press_on(&page, "/tasks", &typed).await;
    assert_eq!((first.code, first.header("location")), (303, second.header("location")));
    ben.press("/tasks", "/tasks", &[("to", &connection), ("text", " ")])
        .await
        .is(422)
        .says("Say what you ask.");
    let strange = [("to", "con_0123456789abcdef0123456789abcdef"), ("text", "Hello")];
    ben.press("/tasks", "/tasks", &strange).await.is(422).says("Choose somebody of the list.");
    ben.get("/tasks?sent=1").await.says("Tune the piano").says("to Cleo");
}

#[actix_web::test]
async fn a_program_asks_for_an_approval_and_its_person_decides_by_page_and_cannot_decide_twice() {
    let (w, connection, max) = pair().await;
    let asked = json!({ "kind": "payment", "about": "Pay 40 euros for the hall?", "of": { "connection": connection } });
    let one = w.did("POST", "/api/v1/approvals", &max, &asked).await;
    let path = format!("/approvals/{}", one["id"].as_str().unwrap());
    w.follow().await;
    let mut cleo = w.browser_of(CLEO).await;
    cleo.get("/").await.says("Max, for Ben, asks you to decide").says("Pay 40 euros for the hall?");
    cleo.get("/approvals").await.says("Pay 40 euros for the hall?");
    cleo.press(&path, "approve", &[("words", "It is worth it.")]).await.is(303);
    let csrf = csrf(&mut cleo).await;
    let again = |choice: &'static str| vec![("csrf", csrf.clone()), ("do", choice.to_owned())];
    for (choice, code) in [("approve", 303), ("refuse", 409)] {
        let fields = again(choice);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        cleo.post(&path, &fields).await.is(code);
    }
    let seen = w.did("GET", &format!("/api/v1{path}"), &max, &Value::Null).await;
    assert_eq!((&seen["state"], &seen["votes"][0]["note"]), (&json!("approved"), &json!("It is worth it.")));
    assert_eq!((&seen["votes"][0]["road"], &seen["may_decide"]), (&json!("page"), &json!(false)));
    // No program decides, whatever its token says.
    let decide = json!({ "choice": "approve" });
    let refused = w.call("POST", &format!("/api/v1{path}/decide"), &max, Some(&decide), &[]).await;
    assert_eq!((refused.code, refused.problem().as_str()), (403, "denied"));
}

#[actix_web::test]
async fn the_mailed_links_decide_once_and_a_fresh_one_is_sent_for_one_that_expired() {
    let (w, ..) = pair().await;
    let id = w.approval(BEN, CLEO).await;
    w.follow().await;
    let (approve, refuse) = w.approval_links(CLEO).await;
    let mut stranger = w.browser();
    let looked = stranger.get(&approve).await;
    looked.is(200).says("Approve this?").says("Pay 40 euros for the hall?");
    let seen = w.seen(CLEO, id).await;
    assert_eq!(seen.state, approvals::ApprovalState::Pending, "looking changes nothing");
    stranger.press_on(&looked, "approve", &[("words", "Fine")]).await.is(200).says("It is approved");
    stranger.press_on(&looked, "approve", &[]).await.is(200).says("It was approved");
    stranger.get(&refuse).await.is(200).says("It was approved");
    let seen = w.seen(CLEO, id).await;
    assert_eq!(
        (seen.votes.len(), seen.votes[0].road.as_str(), seen.votes[0].note.as_str()),
        (1, "link", "Fine")
    );

    // A link that is replaced, while it waits: a fresh one can be had.
    w.approval(BEN, CLEO).await;
    w.follow().await;
    let (approve, _) = w.approval_links(CLEO).await;
    let user = w.user(CLEO).await.id;
    w.write(move |cx| links::replace_of_user(cx, user, &[Purpose::Approval]).map(drop)).await;
    let page = stranger.get(&approve).await;
    page.is(410).says("Send me a fresh link");
    stranger.press_on(&page, "fresh", &[]).await.is(200);
    let (fresh, _) = w.approval_links(CLEO).await;
    assert_ne!(fresh, approve);
    stranger.get(&fresh).await.is(200).says("Approve this?");
    w.clock.advance(8 * DAY);
    w.write(|cx| tasks::expire_overdue(cx).map(drop)).await;
    stranger.get(&fresh).await.is(200).says("It is too late to decide this");
    stranger.get("/approvals/decide?t=nonsense").await.is(404);
}

#[actix_web::test]
async fn rules_are_off_until_a_person_makes_one_on_the_page_and_they_decide_from_then_on() {
    let (w, connection, max) = pair().await;
    let mut cleo = w.browser_of(CLEO).await;
    cleo.get("/approvals/rules").await.says("There are none: you decide everything yourself.");
    let asked = json!({ "kind": "payment", "about": "Pay?", "of": { "connection": connection } });
    let ask = || w.did("POST", "/api/v1/approvals", &max, &asked);
    assert_eq!(ask().await["state"], "pending", "off unless somebody makes one");
    let typed =
        [("whose", connection.as_str()), ("kind", "All!"), ("decision", "approve"), ("after_minutes", "0")];
    cleo.press("/approvals/rules", "add", &typed)
        .await
        .is(422)
        .says("lower-case letters")
        .says("value=\"All!\"");
    let typed = [
        ("whose", connection.as_str()),
        ("kind", "payment"),
        ("decision", "approve"),
        ("after_minutes", "0"),
    ];
    cleo.press("/approvals/rules", "add", &typed).await.is(303);
    cleo.get("/approvals/rules")
        .await
        .says("What Ben, or a program of theirs, asks of kind “payment” is approved at once.");
    let decided = ask().await;
    assert_eq!((&decided["state"], decided["rule"].is_string()), (&json!("approved"), true));
    w.follow().await;
    cleo.get("/notices").await.says("A rule of yours approved what Max, for Ben, asked: Pay?");
    cleo.press("/approvals/rules", "remove", &[]).await.is(303);
    assert_eq!(ask().await["state"], "pending");
}

#[actix_web::test]
async fn a_key_of_another_caller_is_another_call_and_the_same_key_on_another_route_too() {
    let (w, connection, max) = pair().await;
    let (_, other) = w.program_of(CLEO, Kind::Service, "Mia").await;
    let new = json!({ "type": "todo", "to": { "connection": connection }, "payload": { "text": "Once" } });
    let key = [("idempotency-key", "one")];
    let first = w.call("POST", "/api/v1/tasks", &max, Some(&new), &key).await;
    let again = w.call("POST", "/api/v1/tasks", &max, Some(&new), &key).await;
    assert_eq!((first.code, again.code), (201, 201));
    assert_eq!(
        (first.json()["id"].clone(), again.header("idempotency-replayed")),
        (again.json()["id"].clone(), "true")
    );
    let others = w.call("POST", "/api/v1/tasks", &other, Some(&new), &key).await;
    assert_eq!(others.code, 201, "{}", others.text);
    assert_ne!(others.json()["id"], first.json()["id"]);
    let path = format!("/api/v1/tasks/{}/cancel", first.json()["id"].as_str().unwrap());
    let canceled = w.call("POST", &path, &max, Some(&json!({})), &key).await;
    assert_eq!((canceled.code, canceled.json()["state"].clone()), (200, json!("canceled")));
    let changed =
        json!({ "type": "todo", "to": { "connection": connection }, "payload": { "text": "Twice" } });
    let mismatch = w.call("POST", "/api/v1/tasks", &max, Some(&changed), &key).await;
    assert_eq!((mismatch.code, mismatch.problem().as_str()), (422, "idempotency.mismatch"));
}

#[actix_web::test]
async fn a_type_is_declared_with_a_schema_and_what_does_not_fit_it_is_refused_by_its_field() {
    let (w, _, max) = pair().await;
    let (mia, token) = w.program_of(CLEO, Kind::Service, "Mia").await;
    let path = format!("/api/v1/agents/{mia}/task-types/translate");
    let schema = json!({
        "type": "object", "required": ["text", "into"], "additionalProperties": false,
        "properties": { "text": { "type": "string", "maxLength": 100 }, "into": { "enum": ["pt", "de"] } },
    });
    let unknown = json!({ "payload": { "type": "string", "pattern": "^a" } });
    let refused = w.call("PUT", &path, &token, Some(&unknown), &[]).await;
    assert_eq!((refused.code, refused.json()["field"].clone()), (400, json!("payload.pattern")));
    let result = json!({ "type": "object", "required": ["text"] });
    w.did("PUT", &path, &token, &json!({ "about": "Translates", "payload": schema, "result": result })).await;
    let send = |payload: Value| json!({ "type": "translate", "to": { "agent": mia }, "payload": payload });
    for (payload, field) in [
        (json!({ "text": "Olá" }), "payload.into"),
        (json!({ "text": "Olá", "into": "fr" }), "payload.into"),
        (json!({ "text": 3, "into": "pt" }), "payload.text"),
        (json!({ "text": "Olá", "into": "pt", "fast": true }), "payload.fast"),
    ] {
        let refused = w.call("POST", "/api/v1/tasks", &max, Some(&send(payload)), &[]).await;
        assert_eq!((refused.code, refused.json()["field"].clone()), (400, json!(field)), "{}", refused.text);
    }
    let task = w.did("POST", "/api/v1/tasks", &max, &send(json!({ "text": "Hello", "into": "pt" }))).await;
    let inbox = w.did("GET", &format!("/api/v1/agents/{mia}/inbox"), &token, &Value::Null).await;
    let data = &inbox["messages"][0]["message"]["body"]["data"];
    assert_eq!((&data["task"], &data["payload"]["into"]), (&task["id"], &json!("pt")), "{inbox}");
    let path = format!("/api/v1/tasks/{}", task["id"].as_str().unwrap());
    w.did("POST", &format!("{path}/take"), &token, &json!({})).await;
    let bad = w.call("POST", &format!("{path}/complete"), &token, Some(&json!({ "result": {} })), &[]).await;
    assert_eq!((bad.code, bad.json()["field"].clone()), (400, json!("result.text")));
    let old = json!({ "result": { "text": "Olá" }, "version": 1 });
    let revised = w.call("POST", &format!("{path}/complete"), &token, Some(&old), &[]).await;
    assert_eq!((revised.code, revised.problem().as_str()), (409, "task.revised"));
    let done = json!({ "result": { "text": "Olá" }, "version": 2 });
    assert_eq!(w.did("POST", &format!("{path}/complete"), &token, &done).await["state"], "completed");
    for (step, body) in [("cancel", json!({})), ("fail", json!({ "reason": "No" })), ("take", json!({}))] {
        let token = if step == "cancel" { &max } else { &token };
        let over = w.call("POST", &format!("{path}/{step}"), token, Some(&body), &[]).await;
        assert!(matches!(over.code, 403 | 409), "{step}: {}", over.text);
    }
    assert_eq!(w.did("GET", &path, &max, &Value::Null).await["result"], json!({ "text": "Olá" }));
}

#[actix_web::test]
async fn tasks_and_approvals_of_others_and_none_at_all_are_answered_alike() {
    let (w, ..) = pair().await;
    let (_, root) = w.program_of(ROOT, Kind::Service, "Rex").await;
    let task = w.task(BEN, CLEO).await.to_string();
    let approval = w.approval(BEN, CLEO).await.to_string();
    let blurred = |reply: &Reply, id: &str| {
        let mut body = reply.json();
        body["trace"] = "".into();
        (reply.code, body.to_string().replace(id, ""))
    };
    for (method, path, id, other) in [
        ("GET", "/api/v1/tasks/{}", &task, "tsk_0123456789abcdef0123456789abcdef"),
        ("POST", "/api/v1/tasks/{}/take", &task, "tsk_0123456789abcdef0123456789abcdef"),
        ("POST", "/api/v1/tasks/{}/cancel", &task, "nonsense"),
        ("GET", "/api/v1/approvals/{}", &approval, "apr_0123456789abcdef0123456789abcdef"),
        ("POST", "/api/v1/approvals/{}/cancel", &approval, "nonsense"),
    ] {
        let body = (method == "POST").then(|| json!({}));
        let there = w.call(method, &path.replace("{}", id), &root, body.as_ref(), &[]).await;
        let none = w.call(method, &path.replace("{}", other), &root, body.as_ref(), &[]).await;
        assert_eq!(blurred(&there, id), blurred(&none, other), "{method} {path}");
        assert_eq!(there.code, 404);
    }
    // Nor does sending tell whether somebody, or an agent, is there.
    let ben = w.user(BEN).await.id.to_string();
    let (quiet, _) = w.program_of(BEN, Kind::Personal, "Quiet").await;
    for (there, none) in [
        (json!({ "user": ben }), json!({ "user": "usr_0123456789abcdef0123456789abcdef" })),
        (json!({ "agent": quiet }), json!({ "agent": "agt_0123456789abcdef0123456789abcdef" })),
    ] {
        let new = |to: &Value| json!({ "type": "todo", "to": to, "payload": { "text": "Hello" } });
        let there = w.call("POST", "/api/v1/tasks", &root, Some(&new(&there)), &[]).await;
        let none = w.call("POST", "/api/v1/tasks", &root, Some(&new(&none)), &[]).await;
        assert_eq!(blurred(&there, "x"), blurred(&none, "x"));
    }
}

#[actix_web::test]
async fn what_is_over_is_erased_after_a_week_with_its_transcript_and_the_journal_still_verifies() {
    let (w, ..) = pair().await;
    let id = w.task(BEN, CLEO).await;
    let mut cleo = w.browser_of(CLEO).await;
    cleo.press(&format!("/tasks/{id}"), "done", &[("words", "Quillon tuned it")]).await.is(303);
    w.write(|cx| tasks::delete_ended(cx).map(drop)).await;
    cleo.get(&format!("/tasks/{id}")).await.is(200).says("Quillon tuned it");
    w.clock.advance(7 * DAY + HOUR);
    w.write(|cx| tasks::delete_ended(cx).map(drop)).await;
    let mut cleo = w.browser_of(CLEO).await;
    cleo.get(&format!("/tasks/{id}")).await.is(404);
    let kept = w
        .read(move |cx| {
            let story: Vec<_> =
                entente::journal::story(cx, &id, 50)?.into_iter().map(|one| one.kind).collect();
            entente::journal::verify(cx, None)?.unwrap();
            Ok(story)
        })
        .await;
    assert_eq!(kept, ["task.submitted", "task.completed", "task.erased"]);
}

#[actix_web::test]
async fn a_session_of_any_kind_has_a_phase_and_changes_only_as_its_kind_lets_it() {
    let (w, connection, _) = pair().await;
    let user = w.user(BEN).await.id;
    let token = w
        .write(move |cx| {
            let scopes = [Scope::SessionsRead, Scope::SessionsWrite, Scope::TasksRead, Scope::TasksWrite];
            let made = entente::accounts::create_token(cx, &operator(), Some(user), "test", &scopes)?;
            Ok(made.1.expose().to_owned())
        })
        .await;
    let new = json!({ "type": "todo", "to": { "connection": connection }, "payload": { "text": "Tune it" } });
    let task = w.did("POST", "/api/v1/tasks", &token, &new).await;
    let path = format!("/api/v1/sessions/{}", task["session"].as_str().unwrap());
    let seen = w.did("GET", &path, &token, &Value::Null).await;
    assert_eq!(
        (&seen["kind"], &seen["phase"], &seen["task"]),
        (&json!("task"), &json!("pending"), &task["id"])
    );
    let change = json!({ "purpose": "The piano", "metadata": { "ticket": 7 }, "phase": "pending" });
    let changed = w.did("PUT", &path, &token, &change).await;
    assert_eq!((&changed["purpose"], &changed["metadata"]["ticket"]), (&json!("The piano"), &json!(7)));
    for (change, code, problem) in [
        (json!({ "phase": "completed" }), 409, "session.transition"),
        (json!({ "phase": "active" }), 409, "session.transition"),
        (json!({ "phase": "danced" }), 400, "invalid"),
        (json!({ "metadata": [] }), 400, "invalid"),
        (json!({ "metadata": { "long": "x".repeat(5_000) } }), 400, "invalid"),
        (json!({ "phase": "cancelled" }), 200, ""),
        (json!({ "phase": "cancelled" }), 200, ""),
        (json!({ "phase": "pending" }), 409, "session.transition"),
    ] {
        let reply = w.call("PUT", &path, &token, Some(&change), &[]).await;
        assert_eq!(reply.code, code, "{change} {}", reply.text);
        assert!(problem.is_empty() || reply.problem() == problem, "{}", reply.text);
    }
    let seen =
        w.did("GET", &format!("/api/v1/tasks/{}", task["id"].as_str().unwrap()), &token, &Value::Null).await;
    assert_eq!(seen["state"], "canceled");
}

#[actix_web::test]
async fn nobodys_mailbox_is_filled_by_what_one_other_asks_and_the_rest_is_in_the_days_mail() {
    let (w, _, _) = pair().await;
    for _ in 0..23 {
        w.task(BEN, CLEO).await;
    }
    w.follow().await;
    let letters =
        w.read(move |cx| letter::of_address(cx, &links::address_hash(cx, &address(CLEO)), 100)).await;
    let asked = letters.iter().filter(
        |one| matches!(&one.letter.says, Says::Notice { news, .. } if news.kind.as_str() == "task.asked"),
    );
    assert_eq!(asked.count(), 20);
    w.clock.advance(2 * DAY);
    w.write(|cx| {
        let leases = queue::claim(cx, notices::TOPIC, 50, HOUR)?;
        leases.iter().try_for_each(|lease| notices::due(cx, lease))
    })
    .await;
    let Says::Digest { news, .. } = w.newest_letter(CLEO).await.letter.says else { panic!("it gathers") };
    assert_eq!(news.len(), 3);
}

#[actix_web::test]
async fn what_was_written_stays_on_the_page_that_refuses_it() {
    let (w, _, _) = pair().await;
    let path = format!("/tasks/{}", w.task(BEN, CLEO).await);
    let mut cleo = w.browser_of(CLEO).await;
    let odd = [("percent", "half"), ("words", "Half of the strings are new")];
    cleo.press(&path, "progress", &odd)
        .await
        .is(422)
        .says("a number from 0 to 100")
        .says("Half of the strings");
    let before = cleo.get(&path).await;
    cleo.press(&path, "done", &[]).await.is(303);
    let late = [("words", "It cannot be tuned in a day")];
    cleo.press_on(&before, "fail", &late)
        .await
        .is(409)
        .says("The task is over")
        .says("It cannot be tuned in a day");
    let path = format!("/approvals/{}", w.approval(BEN, CLEO).await);
    let before = cleo.get(&path).await;
    cleo.press(&path, "approve", &[]).await.is(303);
    let late = [("words", "Not for so much")];
    cleo.press_on(&before, "refuse", &late).await.is(409).says("What you wrote:").says("Not for so much");
}
