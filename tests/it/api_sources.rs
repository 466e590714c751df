//! Sources and busy time over the API: the whole of what programs are answered.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use entente::base::time::MINUTE;
use entente::calendar::{self, Failure, Mark, Object, Objects, Problem, Reading};
use entente::itip::feed::{self, Reader};
use entente::queue;
use insta::{assert_json_snapshot, with_settings};
use serde_json::{Value, json};

use crate::api_world::{Ask, Reply, World};

const ROOT: &str = "/api/v1/sources";

const FEED: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n\
    BEGIN:VEVENT\r\nUID:a\r\nDTSTART:20261125T093000Z\r\nDTEND:20261125T101500Z\r\nSUMMARY:Secret\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nUID:b\r\nDTSTART:20261125T100000Z\r\nDTEND:20261125T110000Z\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nUID:c\r\nDTSTART:20261126T090000Z\r\nDTEND:20261126T100000Z\r\nSTATUS:TENTATIVE\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nUID:d\r\nDTSTART:20261126T090000Z\r\nDTEND:20261126T100000Z\r\nTRANSP:TRANSPARENT\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nUID:e\r\nDTSTART:soon\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

async fn ana() -> (World, String) {
    let w = World::new();
    let ana = w.member("ana@example.org", "Ana").await;
    (w, ana)
}

async fn send(w: &World, method: &str, token: &str, path: &str, body: &Value) -> Reply {
    w.ask(Ask::new(method, path).bearer(token).json(body)).await
}

async fn get(w: &World, token: &str, path: &str) -> Reply {
    w.ask(Ask::new("GET", path).bearer(token)).await
}

/// Does the reading that is due, as the worker does: the feed, or a failure.
async fn read(w: &World, failure: Option<Problem>) {
    w.write(move |cx| {
        let lease = queue::claim(cx, calendar::TOPIC, 1, MINUTE)?.remove(0);
        let due = calendar::due(cx, &lease)?.unwrap();
        if let Some(problem) = failure {
            let failure = Failure { problem, words: String::new(), retry_after_ms: None };
            return calendar::failed(cx, &due, &failure);
        }
        let reader = Reader { me: &due.me, zone: due.zone, from: due.from, to: due.until };
        let object = Object {
            href: String::new(),
            etag: String::new(),
            read: Ok(feed::read(FEED.as_bytes(), &reader).unwrap()),
            theirs: None,
        };
        calendar::take_in(cx, &due, &Reading { objects: Objects::Whole(vec![object]), mark: Mark::default() })
    })
    .await;
}

/// With ids by what they are.
fn blurred(reply: &Reply) -> Value {
    let mut text = reply.text.clone();
    while let Some(at) = text.find("\"src_0") {
        text.replace_range(at + 1..at + 37, "src_…");
    }
    serde_json::from_str(&text).unwrap()
}

macro_rules! snapshot {
    ($name:literal, $reply:expr) => {{
        let told = blurred($reply);
        with_settings!({ sort_maps => true }, { assert_json_snapshot!($name, told) })
    }};
}

#[actix_web::test]
async fn a_feed_is_added_read_and_becomes_busy_time_without_a_title() {
    let (w, ana) = ana().await;
    let new = json!({ "kind": "ics", "url": "https://cal.example.org/secret.ics", "name": "Work" });
    let reply = send(&w, "POST", &ana, ROOT, &new).await;
    assert_eq!(reply.code, 201, "{}", reply.text);
    let id = reply.json()["sources"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(reply.header("location"), Some(format!("{ROOT}/{id}").as_str()));
    snapshot!("source_added", &reply);
    let span = "/api/v1/busy?from=2026-11-23T00:00:00%2B01:00&to=2026-11-30T00:00:00%2B01:00";
    assert_eq!(get(&w, &ana, span).await.json()["stale"], json!({ "sources": 1, "since": null }));
    read(&w, None).await;
    snapshot!("source_read", &get(&w, &ana, &format!("{ROOT}/{id}")).await);
    snapshot!("busy", &get(&w, &ana, span).await);
    let list = get(&w, &ana, ROOT).await;
    assert!(!list.text.contains("secret"), "the address is a secret: {}", list.text);
}

#[actix_web::test]
async fn an_account_brings_its_calendars_and_one_of_them_is_written_to() {
    let (w, ana) = ana().await;
    let new =
        json!({ "kind": "caldav", "url": "https://dav.example.org", "username": "ana", "password": "right" });
    let reply = send(&w, "POST", &ana, ROOT, &new).await;
    let names: Vec<Value> =
        reply.json()["sources"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["Work", "Birthdays"]);
    let ids: Vec<String> = reply.json()["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{ROOT}/{}", one["id"].as_str().unwrap()))
        .collect();
    let unread = json!({ "counts": false, "name": "Days" });
    let changed = send(&w, "PATCH", &ana, &ids[1], &unread).await.json();
    assert_eq!((&changed["counts"], &changed["next"]), (&json!(false), &Value::Null));
    let written = send(&w, "PATCH", &ana, &ids[0], &json!({ "writes": true })).await.json();
    assert_eq!((&written["writes"], &written["write_problem"]), (&json!(true), &Value::Null));
    let refused = send(&w, "PATCH", &ana, &ids[1], &json!({ "writes": true })).await;
    assert_eq!((refused.code, refused.problem().as_str()), (409, "source.read-only"));
    let another =
        json!({ "kind": "caldav", "url": "https://two.example.org", "username": "ana", "password": "right" });
    let other = send(&w, "POST", &ana, ROOT, &another).await.json();
    let other = format!("{ROOT}/{}", other["sources"][0]["id"].as_str().unwrap());
    assert_eq!(send(&w, "PATCH", &ana, &other, &json!({ "writes": true })).await.code, 200);
    assert_eq!(get(&w, &ana, &ids[0]).await.json()["writes"], json!(false), "only one is written to");
    for source in get(&w, &ana, ROOT).await.json()["sources"].as_array().unwrap() {
        if source["server"] == "two.example.org" {
            let path = format!("{ROOT}/{}", source["id"].as_str().unwrap());
            assert_eq!(w.ask(Ask::new("DELETE", path).bearer(&ana)).await.code, 204);
        }
    }
    let path = format!("{}/read", ids[1]);
    assert_eq!(w.ask(Ask::new("POST", path).bearer(&ana)).await.problem(), "source.unused");
    for id in &ids {
        assert_eq!(w.ask(Ask::new("DELETE", id.as_str()).bearer(&ana)).await.code, 204);
        assert_eq!(w.ask(Ask::new("DELETE", id.as_str()).bearer(&ana)).await.code, 404);
    }
    assert_eq!(get(&w, &ana, ROOT).await.json()["sources"], json!([]));
}

#[actix_web::test]
async fn what_is_not_there_is_refused_with_the_reason_and_nothing_is_kept() {
    let (w, ana) = ana().await;
    let dav = |password: &str| json!({ "kind": "caldav", "url": "https://dav.example.org", "username": "ana", "password": password });
    let ics = |url: &str| json!({ "kind": "ics", "url": url });
    for (new, code, problem) in [
        (dav("wrong"), 409, "source.refused"),
        (ics("https://gone.example.org/a"), 409, "source.not-found"),
        (ics("https://down.example.org/a"), 502, "source.unreachable"),
        (ics("https://192.168.1.1/a"), 409, "source.not-allowed"),
        (json!({ "kind": "house", "url": "x" }), 400, "invalid"),
        (json!({ "kind": "caldav", "url": "https://dav.example.org" }), 400, "invalid"),
        (json!({ "kind": "ics", "url": "https://cal.example.org/a", "username": "ana" }), 400, "invalid"),
        (ics(" "), 400, "invalid"),
        (ics("https://cal.example.org/\n"), 400, "invalid"),
    ] {
        let reply = send(&w, "POST", &ana, ROOT, &new).await;
        assert_eq!((reply.code, reply.problem().as_str()), (code, problem), "{new}");
    }
    assert_eq!(get(&w, &ana, ROOT).await.json()["sources"], json!([]));
}

#[actix_web::test]
async fn a_key_adds_once_and_says_nothing_of_the_password() {
    let (w, ana) = ana().await;
    let new =
        json!({ "kind": "caldav", "url": "https://dav.example.org", "username": "ana", "password": "right" });
    let ask = || w.ask(Ask::new("POST", ROOT).bearer(&ana).key("k").json(&new));
    let (first, again) = (ask().await, ask().await);
    assert_eq!((first.code, &first.text), (again.code, &again.text));
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.header("location"), first.header("location"));
    let other = json!({ "kind": "ics", "url": "https://cal.example.org/a.ics" });
    let reply = w.ask(Ask::new("POST", ROOT).bearer(&ana).key("k").json(&other)).await;
    assert_eq!(reply.problem(), "idempotency.mismatch");
    assert_eq!(send(&w, "POST", &ana, ROOT, &new).await.problem(), "source.exists");
    let hash = entente::base::secret::sha256(new.to_string().as_bytes());
    let kept = w.write(move |cx| {
        cx.db.all("SELECT body_hash FROM idempotency WHERE created_at > 0", &[], |row| {
            row.get::<String>("body_hash")
        })
    });
    assert!(kept.await.iter().all(|kept| *kept != hash), "a hash without a key would let passwords be tried");
}

#[actix_web::test]
async fn a_new_password_is_tried_at_once() {
    let (w, ana) = ana().await;
    let id = w.source(&ana).await;
    read(&w, Some(Problem::Refused)).await;
    let path = format!("{ROOT}/{id}");
    let refused = get(&w, &ana, &path).await.json();
    assert_eq!((&refused["problem"]["code"], &refused["next"]), (&json!("refused"), &Value::Null));
    assert_eq!(refused["problem"]["words"], "The server does not accept the user name and password.");
    let access = format!("{path}/access");
    for wrong in [json!({}), json!({ "password": "x" }), json!({ "url": "" })] {
        assert_eq!(send(&w, "PUT", &ana, &access, &wrong).await.problem(), "invalid");
    }
    let new = json!({ "url": "https://other.example.org/new-secret.ics" });
    let reply = send(&w, "PUT", &ana, &access, &new).await.json();
    assert_eq!((&reply["problem"], &reply["server"]), (&Value::Null, &json!("other.example.org")));
    assert!(reply["next"].is_string());
    read(&w, None).await;
    assert_eq!(get(&w, &ana, &path).await.json()["stale"], false);
}

#[actix_web::test]
async fn busy_time_is_asked_for_by_a_span_that_can_be() {
    let (w, ana) = ana().await;
    for (query, field) in [
        ("", "from"),
        ("?from=2026-11-23T00:00:00Z", "to"),
        ("?from=2026-11-23&to=2026-11-30T00:00:00Z", "from"),
        ("?from=2026-11-30T00:00:00Z&to=2026-11-23T00:00:00Z", "to"),
        ("?from=2026-11-23T00:00:00Z&to=2027-11-23T00:00:00Z", "to"),
        ("?from=2026-11-23T00:00:00Z&to=2026-11-30T00:00:00Z&who=ben", "who"),
    ] {
        let reply = get(&w, &ana, &format!("/api/v1/busy{query}")).await;
        assert_eq!((reply.problem().as_str(), &reply.json()["field"]), ("invalid", &json!(field)), "{query}");
    }
}

#[actix_web::test]
async fn a_rooms_calendars_are_the_administrators_to_add_and_see() {
    let (w, ana) = ana().await;
    let root = w.user("root@example.org", "Root", entente::accounts::Role::Admin).await;
    let root = w.token(Some(root), &[entente::accounts::Scope::Admin]).await;
    let room = "agt_0123456789abcdef0123456789abcdef";
    let new =
        json!({ "kind": "ics", "url": "https://cal.example.org/room.ics", "name": "Room", "agent": room });
    assert_eq!(send(&w, "POST", &ana, ROOT, &new).await.problem(), "denied");
    let added = send(&w, "POST", &root, ROOT, &new).await;
    assert_eq!(added.code, 201, "{}", added.text);
    let id = format!("{ROOT}/{}", added.json()["sources"][0]["id"].as_str().unwrap());
    let list = format!("{ROOT}?agent={room}");
    assert_eq!(get(&w, &root, &list).await.json()["sources"].as_array().unwrap().len(), 1);
    assert_eq!(get(&w, &root, ROOT).await.json()["sources"], json!([]), "it is not their own");
    assert_eq!(get(&w, &ana, &list).await.problem(), "denied");
    assert_eq!(get(&w, &ana, &id).await.code, 404);
    assert_eq!(get(&w, &root, &format!("{ROOT}?agent=nobody")).await.code, 404);
    read(&w, None).await;
    assert_eq!(get(&w, &root, &id).await.json()["stale"], false);
    assert_eq!(w.ask(Ask::new("DELETE", id).bearer(&root)).await.code, 204);
}
