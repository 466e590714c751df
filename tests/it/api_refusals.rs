//! What the API refuses: each with its code, its field, and nothing changed.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use std::collections::BTreeSet;

use entente::accounts::Scope;
use entente::web::problem::CODES;
use serde_json::{Value, json};

use crate::api_world::{Ask, World, meeting};

/// A meeting with one thing changed; null takes the field away.
fn changed(pointer: &str, value: Value) -> Value {
    let mut body = meeting();
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Value::Array(items) => items[field.parse::<usize>().unwrap()] = value,
        object if value.is_null() => drop(object.as_object_mut().unwrap().remove(field)),
        object => object[field] = value,
    }
    body
}

#[actix_web::test]
async fn a_body_that_cannot_be_used_is_refused_by_its_field() {
    let w = World::new();
    let token = w.member("ana@example.org", "Ana").await;
    let before = w.head().await;
    let many: Vec<_> = (0..51).map(|i| json!({ "email": format!("g{i}@example.net") })).collect();
    for (body, field, says) in [
        (changed("/titel", json!("x")), "titel", "did you mean `title`?"),
        (changed("/host/emial", json!("x")), "host.emial", "did you mean `email`?"),
        (changed("/guests/0/fax", json!("x")), "guests[0].fax", "known are: email"),
        (changed("/host", json!(["ana@example.org", null, null])), "host", "an object"),
        (changed("/guests/0", json!("ben@example.net")), "guests[0]", "an object"),
        (changed("/start", Value::Null), "start", "needed"),
        (changed("/host", Value::Null), "host", "needed"),
        (changed("/host/email", Value::Null), "host.email", "needed"),
        (changed("/guests/0/email", Value::Null), "guests[0].email", "needed"),
        (changed("/title", json!(7)), "title", "integer"),
        (changed("/guests", json!("ben@example.net")), "guests", "sequence"),
        (changed("/start", json!("2026-11-25T10:30:00")), "start", "with an offset"),
        (changed("/start", json!("2026-11-25")), "start", "with an offset"),
        (changed("/start", json!("tomorrow")), "start", "with an offset"),
        (changed("/start", json!(1_795_600_000)), "start", "integer"),
        (changed("/end", json!("2026-02-30T10:30:00Z")), "end", "with an offset"),
        (changed("/end", json!("2026-11-25T10:30:00+01:00")), "end", "after the start"),
        (changed("/end", json!("2026-11-27T10:30:00+01:00")), "end", "24 hours"),
        (changed("/start", json!("2026-11-01T10:30:00Z")), "start", "past"),
        (changed("/host/time_zone", json!("Europe/Pariss")), "host.time_zone", "IANA"),
        (changed("/guests/0/time_zone", json!("+01:00")), "guests[0].time_zone", "IANA"),
        (changed("/host/email", json!("ana")), "host.email", "mail address"),
        (changed("/guests/0/email", json!("ben@")), "guests[0].email", "mail address"),
        (
            changed("/guests/0/email", json!("ben@example.net\r\nBcc: x@example.com")),
            "guests[0].email",
            "mail address",
        ),
        (changed("/guests/0/email", json!("scheduling+x@example.org")), "guests", "organizer"),
        (changed("/guests", json!(many)), "guests", "50"),
        (changed("/decline", json!("maybe")), "decline", "strict"),
        (changed("/approval", json!("nobody")), "approval", "everyone"),
        (json!([]), "body", "This cannot be used"),
        (json!("x"), "body", "This cannot be used"),
    ] {
        let reply = w.ask(Ask::new("POST", "/api/v1/meetings").bearer(&token).json(&body)).await;
        assert_eq!((reply.code, reply.problem().as_str()), (400, "invalid"), "{body}: {}", reply.text);
        let problem = reply.json();
        assert_eq!(problem["field"], field, "{body}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains(says), "{problem}");
    }
    assert_eq!(w.head().await, before, "what is refused changes nothing");
}

#[actix_web::test]
async fn what_is_no_json_or_no_single_json_is_refused() {
    let w = World::new();
    let token = w.member("ana@example.org", "Ana").await;
    let twice = r#"{"title":"a","title":"b","start":"x","end":"x","host":{"email":"ana@example.org"}}"#;
    let deep = "[".repeat(100_000);
    for (body, field) in [
        ("", "body"),
        ("{", "body"),
        ("{} {}", "start"),
        ("nonsense", "body"),
        (twice, "title"),
        (&deep, "body"),
    ] {
        let ask = Ask::new("POST", "/api/v1/meetings").bearer(&token).text("application/json", body);
        let reply = w.ask(ask).await;
        assert_eq!((reply.code, reply.problem().as_str()), (400, "invalid"), "{}", reply.text);
        assert_eq!(reply.json()["field"], field);
    }
    let mut trailing = meeting().to_string();
    trailing.push_str(" {}");
    let reply =
        w.ask(Ask::new("POST", "/api/v1/meetings").bearer(&token).text("application/json", trailing)).await;
    assert_eq!((reply.code, &reply.json()["field"]), (400, &json!("body")));
}

#[actix_web::test]
async fn another_media_type_is_refused_before_the_body_is_read() {
    let w = World::new();
    let token = w.token(None, &[Scope::Admin]).await;
    for (path, media_type) in [
        ("/api/v1/meetings", "text/plain"),
        ("/api/v1/meetings", "application/x-www-form-urlencoded"),
        ("/api/v1/meetings", "application/jsonx"),
        ("/api/v1/imip/inbound", "application/json"),
        ("/api/v1/imip/inbound", "multipart/form-data; boundary=x"),
        ("/api/v1/hooks/email-status", "message/rfc822"),
        ("/api/v1/tokens", ""),
    ] {
        let reply = w.ask(Ask::new("POST", path).bearer(&token).text(media_type, "x")).await;
        assert_eq!((reply.code, reply.problem().as_str()), (415, "media-type"), "{path} {media_type}");
    }
    let packed = Ask::new("POST", "/api/v1/meetings").bearer(&token).header("content-encoding", "gzip");
    assert_eq!(w.ask(packed.json(&meeting())).await.problem(), "media-type");
    let fine = Ask::new("POST", "/api/v1/meetings").bearer(&token);
    let reply = w.ask(fine.text("Application/JSON; charset=utf-8", meeting().to_string())).await;
    assert_eq!(reply.code, 201, "{}", reply.text);
}

#[actix_web::test]
async fn what_is_too_large_is_refused_at_its_announcement_or_at_its_first_byte_too_many() {
    let w = World::with(|config| {
        config.limits.body_max_bytes = 4_096;
        config.inbound.size_max_bytes = 65_536;
    });
    let token = w.token(None, &[Scope::Admin]).await;
    let mut long = meeting();
    long["description"] = "x".repeat(4_096).into();
    let reply = w.ask(Ask::new("POST", "/api/v1/meetings").bearer(&token).json(&long)).await;
    assert_eq!((reply.code, reply.problem().as_str()), (413, "too-large"));
    let said = Ask::new("POST", "/api/v1/imip/inbound").bearer(&token).header("content-length", "99999999");
    let reply = w.ask(said.text("message/rfc822", "")).await;
    assert_eq!((reply.code, reply.problem().as_str()), (413, "too-large"));
    let reply = w
        .ask(
            Ask::new("POST", "/api/v1/imip/inbound")
                .bearer(&token)
                .text("message/rfc822", "x".repeat(65_537)),
        )
        .await;
    assert_eq!((reply.code, reply.problem().as_str()), (413, "too-large"));
    let anonymous = Ask::new("POST", "/api/v1/imip/inbound").text("message/rfc822", "x".repeat(65_537));
    assert_eq!(w.ask(anonymous).await.code, 401, "who comes first, then what they bring");
}

#[actix_web::test]
async fn a_query_is_as_strict_as_a_body() {
    let w = World::new();
    let token = w.token(None, &[Scope::Admin]).await;
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "query"),
        ("past=maybe", "query"),
        ("cursor=x", "cursor"),
        ("cursor=1.mtg_1", "cursor"),
        ("page=2", "page"),
        ("limit=1&limit=2", "limit"),
    ] {
        let reply = w.ask(Ask::new("GET", format!("/api/v1/meetings?{query}")).bearer(&token)).await;
        assert_eq!((reply.code, reply.problem().as_str()), (400, "invalid"), "{query}: {}", reply.text);
        assert_eq!(reply.json()["field"], field, "{query}: {}", reply.text);
    }
    let ask = Ask::new("POST", "/api/v1/imip/inbound?rcpt=nobody").bearer(&token).text("message/rfc822", "x");
    assert_eq!(w.ask(ask).await.json()["field"], "rcpt");
}

#[actix_web::test]
async fn a_token_does_what_its_scopes_say_and_no_more() {
    let w = World::new();
    let user = w.user("ana@example.org", "Ana", entente::accounts::Role::Member).await;
    let reader = w.token(Some(user), &[Scope::MeetingsRead]).await;
    let nobody = w.token(None, &[Scope::MeetingsRead, Scope::MeetingsWrite]).await;
    assert_eq!(w.ask(Ask::new("GET", "/api/v1/meetings").bearer(&reader)).await.code, 200);
    let reply = w.ask(Ask::new("POST", "/api/v1/meetings").bearer(&reader).json(&meeting())).await;
    assert_eq!((reply.code, reply.problem().as_str()), (403, "denied"));
    assert!(reply.text.contains("meetings.write"));
    for ask in [Ask::new("GET", "/api/v1/meetings"), Ask::new("POST", "/api/v1/meetings").json(&meeting())] {
        let reply = w.ask(ask.bearer(&nobody)).await;
        assert_eq!((reply.code, reply.problem().as_str()), (403, "denied"));
    }
    for given in ["", "Basic YTpi", "Bearer", "Bearer ", "Bearer ent_unknown", "bearer x y"] {
        let reply = w.ask(Ask::new("GET", "/api/v1/meetings").header("authorization", given)).await;
        assert_eq!((reply.code, reply.problem().as_str()), (401, "unauthenticated"), "{given}");
        assert_eq!(
            reply.header("www-authenticate"),
            Some(r#"Bearer realm="entente", error="invalid_token""#)
        );
    }
    let reply = w.ask(Ask::new("GET", "/api/v1/meetings")).await;
    assert_eq!(reply.header("www-authenticate"), Some(r#"Bearer realm="entente""#));
}

#[actix_web::test]
async fn a_member_writes_to_so_many_new_people_a_day_and_is_told_when_to_come_back() {
    let w = World::with(|config| config.meetings.new_recipients_per_day = 2);
    let token = w.member("ana@example.org", "Ana").await;
    let to = |names: &[&str]| {
        let mut body = meeting();
        body["guests"] = names.iter().map(|name| json!({ "email": format!("{name}@example.net") })).collect();
        Ask::new("POST", "/api/v1/meetings").bearer(&token).json(&body)
    };
    assert_eq!(w.ask(to(&["ben", "cleo"])).await.code, 201);
    let before = w.head().await;
    let reply = w.ask(to(&["dan"])).await;
    assert_eq!((reply.code, reply.problem().as_str()), (429, "throttled"));
    assert_eq!(reply.header("retry-after"), Some("86401"));
    assert_eq!(w.head().await, before);
    assert_eq!(w.ask(to(&["ben", "cleo"])).await.code, 201, "they are known by now");
    w.clock.advance(86_400_000);
    let mut later = meeting();
    later["guests"] = json!([{ "email": "dan@example.net" }]);
    assert_eq!(w.ask(Ask::new("POST", "/api/v1/meetings").bearer(&token).json(&later)).await.code, 201);
}

/// Every code that a source file refuses with: `refused("…"` or `refusal("…"`, on one line or two.
fn codes_in_sources() -> BTreeSet<String> {
    fn walk(directory: &std::path::Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|kind| kind == "rs") && !path.ends_with("tests.rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                for opening in ["refused(", "refusal("] {
                    for (at, _) in text.match_indices(opening) {
                        let rest = text[at + opening.len()..].trim_start();
                        let code = rest.strip_prefix('"').and_then(|rest| rest.split('"').next());
                        let is_code =
                            |code: &&str| code.bytes().all(|b| b.is_ascii_lowercase() || b".-".contains(&b));
                        found.extend(code.filter(is_code).map(str::to_owned));
                    }
                }
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found
}

#[test]
fn every_code_is_listed_once_and_explained() {
    let listed: BTreeSet<_> = CODES.iter().map(|code| code.code.to_owned()).collect();
    assert_eq!(listed.len(), CODES.len(), "a code is listed twice");
    let used = codes_in_sources();
    let missing: Vec<_> = used.difference(&listed).collect();
    assert!(missing.is_empty(), "not in web::problem::CODES: {missing:?}");
    let manual = include_str!("../../docs/errors.md");
    let rows: BTreeSet<(String, u16, String)> = manual
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix("| `")?.split('|').map(str::trim);
            let code = cells.next()?.trim_matches('`').to_owned();
            Some((code, cells.next()?.parse().ok()?, cells.next()?.to_owned()))
        })
        .collect();
    let expected = CODES.iter().map(|code| (code.code.to_owned(), code.status, code.title.to_owned()));
    let expected: BTreeSet<_> = expected.collect();
    let lacking: Vec<_> = expected.difference(&rows).collect();
    let extra: Vec<_> = rows.difference(&expected).collect();
    assert!(lacking.is_empty() && extra.is_empty(), "docs/errors.md lacks {lacking:?} and has {extra:?} too");
}
