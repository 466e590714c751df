//! Sessions of every kind, as the description of the API has them.

use serde_json::{Value, json};

use crate::api_world::{Ask, World};
use crate::described::{answer, fits};

const KINDS: [&str; 5] = ["scheduling", "conversation", "task", "approval", "group"];

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
