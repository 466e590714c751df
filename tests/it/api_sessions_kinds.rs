//! Sessions of every kind, as the description of the API has them.

use entente::accounts::{Role, Scope};
use serde_json::{Value, json};

use crate::api_world::{Ask, World};
use crate::described::{answer, fits};

const KINDS: [&str; 5] = ["scheduling", "conversation", "task", "approval", "group"];

/// What a token is for that begins a session of any kind, ends it, and reads it.
const WRITES: &[Scope] = &[
    Scope::ConnectionsWrite,
    Scope::SessionsRead,
    Scope::SessionsWrite,
    Scope::MessagesWrite,
    Scope::TasksWrite,
];

async fn got(w: &World, token: &str, method: &str, path: &str, body: Option<Value>) -> Value {
    let ask = Ask::new(method, path).bearer(token);
    let reply = w.ask(if let Some(body) = body { ask.json(&body) } else { ask }).await;
    assert_eq!(reply.code, 200, "{method} {path}: {}", reply.text);
    reply.json()
}

#[actix_web::test]
async fn sessions_of_every_kind_are_what_the_description_says() {
    let w = World::new();
    let (ana, ben) = (w.member("ana@example.org", "Ana").await, w.member("ben@example.net", "Ben").await);
    w.session(&ana, &ben).await;
    w.conversation(&ana, &ben).await;
    w.task(&ana, &ben).await;
    w.approval(&ana, &ben).await;
    w.group(&ana, &ben).await;
    let document = got(&w, "", "GET", "/api/openapi.json", None).await;
    let (list, one) = ("/api/v1/sessions", "/api/v1/sessions/{id}");
    let schema = |method: &str, path: &str| answer(&document, method, path, "200");
    let held = |method: &str, path: &str, value: &Value| {
        assert_eq!(fits(&document, schema(method, path), value, path), Ok(()), "{value:#}");
    };
    for kind in KINDS {
        let mut id = String::new();
        for token in [&ana, &ben] {
            let page = got(&w, token, "GET", &format!("{list}?kind={kind}"), None).await;
            held("get", list, &page);
            let listed = &page["sessions"][0];
            assert_eq!((page["sessions"].as_array().map(Vec::len), &listed["kind"]), (Some(1), &json!(kind)));
            listed["id"].as_str().unwrap_or_default().clone_into(&mut id);
            let shown = got(&w, token, "GET", &format!("{list}/{id}"), None).await;
            held("get", one, &shown);
            assert_eq!(&shown, listed);
        }
        // The description says by its kind which of its schemas a session has.
        let of_kind = schema("get", one)["$ref"].as_str().and_then(|path| document.pointer(&path[1..]));
        let leads = of_kind.map(|schema| schema["discriminator"]["mapping"][kind].clone());
        let shown = got(&w, &ana, "GET", &format!("{list}/{id}"), None).await;
        let exact = json!({ "$ref": leads.expect("a schema of its own") });
        assert_eq!(fits(&document, &exact, &shown, kind), Ok(()));
        // What is kept beside it, and its end.
        let change = json!({ "purpose": "Practice", "metadata": { "room": 3 } });
        held("put", one, &got(&w, &ana, "PUT", &format!("{list}/{id}"), Some(change)).await);
        let end = if kind == "conversation" { "completed" } else { "cancelled" };
        let ended = got(&w, &ana, "PUT", &format!("{list}/{id}"), Some(json!({ "phase": end }))).await;
        held("put", one, &ended);
        let over = got(&w, &ana, "GET", &format!("{list}/{id}"), None).await;
        held("get", one, &over);
        assert!(over["ended"].is_string());
        held("get", list, &got(&w, &ben, "GET", &format!("{list}?kind={kind}"), None).await);
    }
}

#[actix_web::test]
async fn a_session_is_ended_with_what_the_door_of_its_kind_asks_for_besides() {
    for (kind, end, lacks) in [
        ("scheduling", "cancelled", None),
        ("conversation", "completed", Some(Scope::MessagesWrite)),
        ("task", "cancelled", Some(Scope::TasksWrite)),
        ("approval", "cancelled", Some(Scope::TasksWrite)),
        ("group", "cancelled", None),
    ] {
        let w = World::new();
        let user = w.user("ana@example.org", "Ana", Role::Member).await;
        let ana = w.token(Some(user), WRITES).await;
        let ben = w.member("ben@example.net", "Ben").await;
        match kind {
            "scheduling" => w.session(&ana, &ben).await,
            "conversation" => w.conversation(&ana, &ben).await,
            "task" => w.task(&ana, &ben).await,
            "approval" => w.approval(&ana, &ben).await,
            _ => w.group(&ana, &ben).await,
        };
        let listed = got(&w, &ana, "GET", &format!("/api/v1/sessions?kind={kind}"), None).await;
        let path = format!("/api/v1/sessions/{}", listed["sessions"][0]["id"].as_str().unwrap_or_default());
        let put = |token: String| {
            let ask = Ask::new("PUT", path.as_str())
                .bearer(&token)
                .json(&json!({ "phase": end, "purpose": "Other" }));
            w.ask(ask)
        };
        let zoe = w.user("zoe@example.com", "Zoe", Role::Member).await;
        let zoe = w.token(Some(zoe), &[Scope::SessionsWrite]).await;
        assert_eq!(put(zoe).await.code, 404, "{kind}: there is nothing for a stranger");
        let bare = w.token(Some(user), &[Scope::SessionsWrite]).await;
        if let Some(scope) = lacks {
            let before = got(&w, &ana, "GET", &path, None).await;
            let refused = put(bare).await;
            let words = format!("This token may not be used for this: it lacks {}.", scope.as_str());
            let told = (refused.code, refused.problem(), refused.json()["detail"].clone());
            assert_eq!(told, (403, "denied".to_owned(), json!(words)), "{kind}");
            assert_eq!(got(&w, &ana, "GET", &path, None).await, before, "{kind}: nothing is changed");
        } else {
            assert_eq!(put(bare).await.code, 200, "{kind}");
        }
        assert_eq!(put(ana.clone()).await.code, 200, "{kind}");
        assert_eq!(got(&w, &ana, "GET", &path, None).await["phase"], end, "{kind}");
    }
}

#[test]
fn an_answer_that_is_not_what_the_description_says_is_seen() {
    let document = json!({ "components": { "schemas": {
        "One": { "type": "object", "required": ["kind"],
            "properties": { "kind": { "type": "string", "enum": ["one"] }, "many": { "type": ["integer", "null"] } } },
        "Two": { "type": "object", "required": ["kind"],
            "properties": { "kind": { "type": "string", "enum": ["two"] }, "of": { "type": "array", "items": { "$ref": "#/One" } } } },
        "Both": { "oneOf": [{ "$ref": "#/One" }, { "$ref": "#/Two" }] },
    } } });
    let fit = |value: Value| fits(&document, &json!({ "$ref": "#/Both" }), &value, "it").is_ok();
    assert!(fit(json!({ "kind": "one", "many": null })));
    assert!(fit(json!({ "kind": "two", "of": [{ "kind": "one", "many": 3 }] })));
    for wrong in [
        json!({ "kind": "three" }),
        json!({ "many": 3 }),
        json!({ "kind": "one", "many": "3" }),
        json!({ "kind": "one", "other": 3 }),
        json!({ "kind": "two", "of": [{ "kind": "two" }] }),
        json!([]),
    ] {
        assert!(!fit(wrong.clone()), "{wrong}");
    }
}
