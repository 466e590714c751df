//! The API's main path: what a program sends, and the whole of what it is answered.

use std::collections::{BTreeMap, BTreeSet};

use entente::accounts::{Role, Scope};
use entente::post::letter::{self, State};
use entente::web;
use insta::{assert_json_snapshot, with_settings};
use serde_json::{Value, json};

use crate::api_world::{Ask, World, meeting, operator};
use crate::described::hold;

/// Snapshots a whole answer, with its keys in order and every id by the order it appears in.
macro_rules! snapshot {
    ($name:literal, $value:expr) => {
        with_settings!({ sort_maps => true }, { assert_json_snapshot!($name, blurred($value)) })
    };
}

/// With every id as `mtg_1`, `par_1`, `par_2`, ….
pub(crate) fn blurred(mut value: Value) -> Value {
    fn walk(value: &mut Value, known: &mut BTreeMap<String, String>, many: &mut BTreeMap<String, usize>) {
        match value {
            Value::String(text) => {
                for (id, short) in known.iter() {
                    *text = text.replace(id, short);
                }
                if let Some((prefix, rest)) = text.clone().split_once('_')
                    && rest.len() == 32
                    && prefix.len() == 3
                {
                    let number = many.entry(prefix.to_owned()).and_modify(|n| *n += 1).or_insert(1);
                    let short = format!("{prefix}_{number}");
                    known.insert(rest.to_owned(), number.to_string());
                    *text = short;
                }
            }
            Value::Array(all) => all.iter_mut().for_each(|one| walk(one, known, many)),
            Value::Object(fields) => {
                let mut names: Vec<String> = fields.keys().cloned().collect();
                names.sort();
                for name in names {
                    walk(&mut fields[&name], known, many);
                }
            }
            _ => {}
        }
    }
    walk(&mut value, &mut BTreeMap::new(), &mut BTreeMap::new());
    value
}

#[actix_web::test]
async fn a_meeting_is_made_shown_moved_and_cancelled() {
    let w = World::new();
    let token = w.member("ana@example.org", "Ana").await;
    let reply = w.ask(Ask::new("POST", "/api/v1/meetings").bearer(&token).json(&meeting())).await;
    assert_eq!(reply.code, 201, "{}", reply.text);
    let made = reply.json();
    let id = made["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/meetings/{id}");
    assert_eq!(reply.header("location"), Some(path.as_str()));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    snapshot!("api_meeting_made", made.clone());
    let shown = w.ask(Ask::new("GET", &path).bearer(&token)).await;
    assert_eq!((shown.code, shown.json()), (200, made));
    w.clock.advance(60_000);
    let later = json!({ "start": "2026-11-26T09:00:00Z", "end": "2026-11-26T10:00:00Z" });
    let moved = w.ask(Ask::new("PATCH", &path).bearer(&token).json(&later)).await;
    assert_eq!(moved.code, 200, "{}", moved.text);
    let moved = moved.json();
    assert_eq!((&moved["sequence"], &moved["start"]), (&json!(1), &json!("2026-11-26T09:00:00Z")));
    let cancelled = w.ask(Ask::new("DELETE", &path).bearer(&token)).await;
    assert_eq!((cancelled.code, &cancelled.json()["status"]), (200, &json!("cancelled")));
    let again = w.ask(Ask::new("DELETE", &path).bearer(&token)).await;
    assert_eq!((again.code, again.json()), (200, cancelled.json()), "cancelled is cancelled");
    let story = w.ask(Ask::new("GET", format!("{path}/story")).bearer(&token)).await;
    assert_eq!(story.code, 200);
    assert!(!story.text.contains('@'), "a story holds no address");
    snapshot!("api_meeting_story", story.json());
}

#[actix_web::test]
async fn an_address_is_shown_to_its_owner_to_whoever_named_it_and_to_administrators() {
    let w = World::new();
    let ana = w.member("ana@example.org", "Ana").await;
    let ben = w.member("ben@example.net", "Ben").await;
    let operator = w.token(None, &[Scope::Admin]).await;
    let path = format!("/api/v1/meetings/{}", w.booked(&ana).await);
    for (token, emails) in [
        (&ana, [Some("ana@example.org"), Some("ben@example.net")]),
        (&ben, [None, Some("ben@example.net")]),
        (&operator, [Some("ana@example.org"), Some("ben@example.net")]),
    ] {
        let shown = w.ask(Ask::new("GET", &path).bearer(token)).await.json();
        let shown: Vec<_> = (0..2).map(|i| shown["participants"][i]["email"].as_str()).collect();
        assert_eq!(shown, emails);
    }
    let list = w.ask(Ask::new("GET", "/api/v1/meetings").bearer(&ben)).await;
    assert_eq!(list.code, 200);
    assert!(!list.text.contains("ana@example.org"));
}

#[actix_web::test]
async fn a_meeting_without_a_guest_is_open_until_it_is_booked() {
    let w = World::new();
    let token = w.member("ana@example.org", "Ana").await;
    let mut open = meeting();
    open["guests"] = json!([]);
    let made = w.ask(Ask::new("POST", "/api/v1/meetings").bearer(&token).json(&open)).await.json();
    assert_eq!(made["status"], "open");
    let path = format!("/api/v1/meetings/{}", made["id"].as_str().unwrap());
    let resend = w.ask(Ask::new("POST", format!("{path}/resend")).bearer(&token)).await;
    assert_eq!((resend.code, resend.problem().as_str()), (409, "meeting.open"));
    let guest = json!({ "guest": { "email": "ben@example.net", "name": "Ben" } });
    let booked = w.ask(Ask::new("POST", format!("{path}/book")).bearer(&token).json(&guest)).await;
    assert_eq!(booked.code, 200, "{}", booked.text);
    let booked = booked.json();
    assert_eq!(
        (&booked["status"], booked["participants"].as_array().unwrap().len()),
        (&json!("scheduled"), 2)
    );
    let twice = w.ask(Ask::new("POST", format!("{path}/book")).bearer(&token).json(&guest)).await;
    assert_eq!((twice.code, twice.problem().as_str()), (409, "meeting.booked"));
    let resent = w.ask(Ask::new("POST", format!("{path}/resend")).bearer(&token)).await;
    assert_eq!((resent.code, &resent.json()["sequence"]), (200, &json!(0)));
}

#[actix_web::test]
async fn a_list_goes_on_from_page_to_page_and_back_into_the_past() {
    let w = World::new();
    let token = w.member("ana@example.org", "Ana").await;
    for day in [25, 23, 24, 26, 27] {
        let mut one = meeting();
        one["title"] = format!("Day {day}").into();
        one["start"] = format!("2026-11-{day}T10:00:00Z").into();
        one["end"] = format!("2026-11-{day}T11:00:00Z").into();
        assert_eq!(w.ask(Ask::new("POST", "/api/v1/meetings").bearer(&token).json(&one)).await.code, 201);
    }
    let pages = async |query: &str| {
        let (mut titles, mut cursor, mut pages) = (Vec::new(), None::<String>, 0);
        loop {
            let more = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
            let page =
                w.ask(Ask::new("GET", format!("/api/v1/meetings?limit=2{query}{more}")).bearer(&token)).await;
            assert_eq!(page.code, 200, "{}", page.text);
            let page = page.json();
            titles.extend(page["meetings"].as_array().unwrap().iter().map(|one| one["title"].clone()));
            pages += 1;
            cursor = page["next"].as_str().map(str::to_owned);
            if cursor.is_none() {
                return (pages, titles);
            }
        }
    };
    assert_eq!(
        pages("").await,
        (3, ["Day 23", "Day 24", "Day 25", "Day 26", "Day 27"].map(Value::from).to_vec())
    );
    assert_eq!(pages("&past=true").await.1.len(), 0);
    w.clock.advance(7 * 86_400_000 + 3 * 3_600_000);
    assert_eq!(pages("").await.1, ["Day 26", "Day 27"].map(Value::from));
    assert_eq!(pages("&past=true").await, (2, ["Day 25", "Day 24", "Day 23"].map(Value::from).to_vec()));
}

#[actix_web::test]
async fn what_became_of_a_mail_is_seen_on_its_invitation() {
    let w = World::new();
    let token = w.member("ana@example.org", "Ana").await;
    let hooks = w.token(None, &[Scope::HooksWrite]).await;
    let id = w.booked(&token).await;
    let path = format!("/api/v1/meetings/{id}");
    let meeting = id.parse().unwrap();
    let message_id = w
        .write(move |cx| {
            let meeting = entente::meetings::load(cx, meeting)?;
            let kept = letter::of_participant(cx, meeting.participants[1].id, 1)?.remove(0);
            entente::meetings::settle(cx, &operator(), kept.letter.id, State::Sent, None)?;
            Ok(kept.letter.message_id)
        })
        .await;
    let delivery = async || {
        let shown = w.ask(Ask::new("GET", &path).bearer(&token)).await.json();
        shown["participants"][1]["delivery"].as_str().unwrap().to_owned()
    };
    let tell = async |recipient: &str, event: &str, message_id: &str| {
        let status = json!({ "message_id": message_id, "recipient": recipient, "event": event, "detail": "250 <x@example.net> ok" });
        let reply = w.ask(Ask::new("POST", "/api/v1/hooks/email-status").bearer(&hooks).json(&status)).await;
        assert_eq!(reply.code, 200, "{}", reply.text);
        reply.json()["outcome"].as_str().unwrap().to_owned()
    };
    assert_eq!(delivery().await, "sent");
    assert_eq!(tell("ana@example.org", "bounced", &message_id).await, "unknown", "it did not go to her");
    assert_eq!(tell("ben@example.net", "bounced", "none@example.org").await, "unknown");
    assert_eq!(delivery().await, "sent");
    assert_eq!(tell("Ben@Example.net", "delivered", &format!("<{message_id}>")).await, "recorded");
    assert_eq!(delivery().await, "delivered");
    assert_eq!(tell("ben@example.net", "bounced", &message_id).await, "recorded");
    assert_eq!(delivery().await, "bounced");
}

#[actix_web::test]
async fn a_meeting_without_a_place_is_by_video_where_the_house_has_it() {
    let w = World::with(|config| config.meetings.video_url = "https://video.example.org/{id}".to_owned());
    let token = w.member("ana@example.org", "Ana").await;
    let place = async |location: Option<&str>| {
        let mut one = meeting();
        if let Some(location) = location {
            one["location"] = location.into();
        }
        let made = w.ask(Ask::new("POST", "/api/v1/meetings").bearer(&token).json(&one)).await.json();
        made["location"].as_str().unwrap().to_owned()
    };
    assert!(place(None).await.starts_with("https://video.example.org/"));
    assert_eq!(place(Some("Room 5")).await, "Room 5");
    assert_eq!(place(Some("")).await, "");
}

#[actix_web::test]
async fn tokens_are_made_listed_and_taken_back() {
    let w = World::new();
    let ana = w.user("ana@example.org", "Ana", Role::Member).await;
    let admin = w.token(None, &[Scope::Admin]).await;
    let new = json!({ "name": "Calendar", "scopes": ["meetings.write", "meetings.read"], "user": ana });
    let made = w.ask(Ask::new("POST", "/api/v1/tokens").bearer(&admin).json(&new)).await;
    assert_eq!(made.code, 201, "{}", made.text);
    let made = made.json();
    let secret = made["secret"].as_str().unwrap().to_owned();
    w.booked(&secret).await;
    let mut list = w.ask(Ask::new("GET", "/api/v1/tokens").bearer(&admin)).await;
    assert!(!list.text.contains(&secret));
    list.text = list.text.replace("ent_", "");
    snapshot!("api_tokens", list.json());
    let path = format!("/api/v1/tokens/{}", made["token"]["id"].as_str().unwrap());
    assert_eq!(w.ask(Ask::new("DELETE", &path).bearer(&admin)).await.code, 204);
    let gone = w.ask(Ask::new("GET", "/api/v1/meetings").bearer(&secret)).await;
    assert_eq!((gone.code, gone.problem().as_str()), (401, "unauthenticated"));
    assert_eq!(gone.header("www-authenticate"), Some(r#"Bearer realm="entente", error="invalid_token""#));
}

#[actix_web::test]
async fn the_trace_id_of_a_caller_goes_into_the_journal_and_the_answer() {
    let w = World::new();
    let token = w.member("ana@example.org", "Ana").await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let given = format!("00-{trace}-00f067aa0ba902b7-01");
    let ask = Ask::new("POST", "/api/v1/meetings").bearer(&token).header("traceparent", given.clone());
    assert_eq!(w.ask(ask.json(&meeting())).await.code, 201);
    let entries = w.web.store.read(|cx| entente::journal::after(cx, 0, 100)).await.unwrap();
    assert!(entries.iter().any(|entry| entry.kind == "meeting.booked" && entry.trace == trace));
    let refused = w.ask(Ask::new("GET", "/api/v1/none").header("traceparent", given)).await;
    assert_eq!(refused.json()["trace"], trace);
}

#[actix_web::test]
async fn the_description_names_every_route_and_the_answers_keep_to_it() {
    let w = World::new();
    let reply = w.ask(Ask::new("GET", "/api/openapi.json")).await;
    assert_eq!(reply.text, web::api::openapi());
    let document = reply.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    let described: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            methods.as_object().unwrap().keys().map(move |method| (method.to_ascii_uppercase(), path.clone()))
        })
        .collect();
    let mounted: BTreeSet<_> =
        web::api::ROUTES.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned())).collect();
    assert_eq!(described, mounted);
    let admin = w.token(None, &[Scope::Admin]).await;
    let id = w.booked(&admin).await;
    let root = w.user("root@example.org", "Root", Role::Admin).await;
    let root = w.token(Some(root), &[Scope::Admin]).await;
    let profile = w.ask(Ask::new("GET", "/api/v1/profile").bearer(&root)).await.json();
    hold(&document, "Profile", &profile);
    for (name, path) in [
        ("Meeting", format!("/api/v1/meetings/{id}")),
        ("MeetingList", "/api/v1/meetings".to_owned()),
        ("Story", format!("/api/v1/meetings/{id}/story")),
        ("TokenList", "/api/v1/tokens".to_owned()),
        ("Health", "/readyz".to_owned()),
        ("Problem", "/api/v1/none".to_owned()),
    ] {
        hold(&document, name, &w.ask(Ask::new("GET", path).bearer(&admin)).await.json());
    }
    let mut references = Vec::new();
    collect_references(&document, &mut references);
    for reference in references {
        let found = document.pointer(reference.trim_start_matches('#'));
        assert!(found.is_some(), "{reference} leads nowhere");
    }
}

fn collect_references(value: &Value, to: &mut Vec<String>) {
    match value {
        Value::Array(all) => all.iter().for_each(|one| collect_references(one, to)),
        Value::Object(fields) => {
            to.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|one| collect_references(one, to));
        }
        _ => {}
    }
}
