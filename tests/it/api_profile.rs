//! The profile over the API: the whole of what a program is answered, from hours to the end of the account.

use entente::accounts::{Role, Scope};
use entente::base::time::DAY;
use entente::meetings::{self, Status};
use entente::post::letter::Says;
use insta::{assert_json_snapshot, with_settings};
use serde_json::{Value, json};

use crate::api::blurred;
use crate::api_world::{Ask, Reply, World, meeting};

macro_rules! snapshot {
    ($name:literal, $value:expr) => {
        let value = blurred($value);
        with_settings!({ sort_maps => true }, { assert_json_snapshot!($name, value) })
    };
}

async fn send(w: &World, token: &str, method: &str, path: &str, body: &Value) -> Reply {
    let ask = Ask::new(method, format!("/api/v1/profile{path}")).bearer(token);
    w.ask(if body.is_null() { ask } else { ask.json(body) }).await
}

#[actix_web::test]
async fn a_profile_is_shown_and_changed_by_what_is_given() {
    let w = World::new();
    let ana = w.member("ana@example.org", "Ana").await;
    snapshot!("api_profile", send(&w, &ana, "GET", "", &Value::Null).await.json());
    let change = json!({
        "name": "Ana S.",
        "time_zone": "Asia/Kathmandu",
        "hours": { "monday": ["13:30-17:00", "9:00-12:30"], "saturday": ["22:00-06:00"], "friday": [] },
    });
    assert_eq!(send(&w, &ana, "PATCH", "", &change).await.code, 200);
    let day = json!({ "windows": ["10:00-14:00"], "words": "Christmas Eve" });
    let set = send(&w, &ana, "PUT", "/exceptions/2026-12-24", &day).await;
    assert_eq!(
        set.json(),
        json!({ "date": "2026-12-24", "windows": ["10:00-14:00"], "words": "Christmas Eve" })
    );
    assert_eq!(send(&w, &ana, "PUT", "/exceptions/2026-12-25", &json!({})).await.code, 200);
    assert_eq!(send(&w, &ana, "PUT", "/exceptions/2026-12-26", &json!({})).await.code, 200);
    for _ in 0..2 {
        assert_eq!(send(&w, &ana, "DELETE", "/exceptions/2026-12-26", &Value::Null).await.code, 204);
    }
    snapshot!("api_profile_changed", send(&w, &ana, "GET", "", &Value::Null).await.json());
    let head = w.head().await;
    assert_eq!(send(&w, &ana, "PATCH", "", &change).await.code, 200);
    assert_eq!(send(&w, &ana, "PATCH", "", &json!({})).await.code, 200);
    assert_eq!(w.head().await, head, "what is the same already is no change");
    let forgotten = send(&w, &ana, "PATCH", "", &json!({ "hours": null })).await.json();
    assert_eq!(
        (&forgotten["hours"]["is_default"], &forgotten["hours"]["friday"][0]),
        (&json!(true), &json!("09:00-17:00"))
    );
}

#[actix_web::test]
async fn what_cannot_be_used_is_named_by_its_field_and_changes_nothing() {
    let w = World::new();
    let ana = w.member("ana@example.org", "Ana").await;
    let head = w.head().await;
    for (method, path, body, field, words) in [
        ("PATCH", "", json!({ "nmae": "Ana" }), "nmae", "did you mean `name`?"),
        ("PATCH", "", json!({ "email": "ana@example.net" }), "email", "no such field"),
        ("PATCH", "", json!({ "name": " " }), "name", "call you"),
        ("PATCH", "", json!({ "time_zone": "Mars/Olympus" }), "time_zone", "Europe/Paris"),
        ("PATCH", "", json!({ "hours": [] }), "hours", "an object"),
        ("PATCH", "", json!({ "hours": { "mondays": [] } }), "hours.mondays", "did you mean `monday`?"),
        (
            "PATCH",
            "",
            json!({ "hours": { "monday": ["09:00-12:00", "noon"] } }),
            "hours.monday[1]",
            "like 09:00-12:30",
        ),
        (
            "PATCH",
            "",
            json!({ "hours": { "monday": ["09:00-12:00", "11:00-13:00"] } }),
            "hours.monday",
            "overlap",
        ),
        ("PATCH", "", json!({ "hours": { "monday": ["22:00-09:30"] } }), "hours.monday", "overlap"),
        ("PUT", "/exceptions/2026-11-17", json!({}), "date", "over"),
        ("PUT", "/exceptions/2026-02-30", json!({}), "date", "look like"),
        ("PUT", "/exceptions/2026-2-3", json!({}), "date", "look like"),
        (
            "PUT",
            "/exceptions/2026-12-24",
            json!({ "windows": ["24:00-25:00"] }),
            "windows[0]",
            "like 09:00-12:30",
        ),
        (
            "PUT",
            "/exceptions/2026-12-24",
            json!({ "windows": ["09:00-12:00", "11:00-13:00"] }),
            "windows",
            "overlap",
        ),
        ("DELETE", "/exceptions/tomorrow", Value::Null, "date", "look like"),
        ("POST", "/deletion", json!({ "sure": true }), "body", "no body"),
    ] {
        let reply = send(&w, &ana, method, path, &body).await;
        assert_eq!((reply.code, reply.problem().as_str()), (400, "invalid"), "{method} {path} {body}");
        let problem = reply.json();
        assert_eq!(problem["field"], field, "{method} {path} {body}");
        assert!(problem["detail"].as_str().unwrap().contains(words), "{problem}");
    }
    assert_eq!(w.head().await, head);
}

#[actix_web::test]
async fn a_token_opens_what_its_scope_says_and_one_of_nobody_has_no_profile() {
    let w = World::new();
    let ana = w.user("ana@example.org", "Ana", Role::Member).await;
    let meetings = w.token(Some(ana), &[Scope::MeetingsRead, Scope::MeetingsWrite]).await;
    let reads = w.token(Some(ana), &[Scope::ProfileRead]).await;
    let nobody = w.token(None, &[Scope::ProfileRead, Scope::ProfileWrite]).await;
    let operator = w.token(None, &[Scope::Admin]).await;
    for (token, method, path, code, words) in [
        (&meetings, "GET", "", 403, "profile.read"),
        (&meetings, "GET", "/export", 403, "profile.read"),
        (&reads, "GET", "", 200, ""),
        (&reads, "PATCH", "", 403, "profile.write"),
        (&reads, "POST", "/deletion", 403, "profile.write"),
        (&nobody, "GET", "", 403, "acts for nobody"),
        (&operator, "GET", "/export", 403, "acts for nobody"),
    ] {
        let reply = send(&w, token, method, path, &Value::Null).await;
        assert_eq!(reply.code, code, "{method} {path}: {}", reply.text);
        assert!(reply.text.contains(words), "{}", reply.text);
    }
}

#[actix_web::test]
async fn everything_stored_is_one_file_to_take_away() {
    let w = World::new();
    let ana = w.member("ana@example.org", "Ana").await;
    w.booked(&ana).await;
    send(&w, &ana, "PUT", "/exceptions/2026-12-24", &json!({ "words": "Christmas Eve" })).await;
    let reply = send(&w, &ana, "GET", "/export", &Value::Null).await;
    assert_eq!(reply.header("content-disposition"), Some("attachment; filename=\"entente.json\""));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert!(!reply.text.contains("ben@example.net"), "nobody else's address is in it");
    snapshot!("api_profile_export", reply.json());
}

#[actix_web::test]
async fn an_account_is_deleted_kept_and_deleted_again() {
    let w = World::new();
    let ana = w.member("ana@example.org", "Ana").await;
    let id = w.booked(&ana).await;
    let ask = || Ask::new("POST", "/api/v1/profile/deletion").bearer(&ana).key("k1");
    let due = "2026-11-25T09:00:00Z";
    let first = w.ask(ask()).await;
    assert_eq!(first.code, 200, "{}", first.text);
    assert_eq!(first.json(), json!({ "due": due, "meetings_cancelled": 1, "invitations_declined": 0 }));
    let again = w.ask(ask()).await;
    assert_eq!((again.header("idempotency-replayed"), again.json()), (Some("true"), first.json()));
    let id = id.parse().unwrap();
    let meeting_now = w.web.store.read(move |cx| meetings::load(cx, id)).await.unwrap();
    assert_eq!(meeting_now.status, Status::Cancelled);
    let guest = meeting_now.participants[1].id;
    let letters =
        w.web.store.read(move |cx| entente::post::letter::of_participant(cx, guest, 10)).await.unwrap();
    assert!(letters.iter().any(|kept| matches!(kept.letter.says, Says::Cancellation { .. })));
    w.clock.advance(DAY);
    let shown = send(&w, &ana, "GET", "", &Value::Null).await.json();
    assert_eq!(shown["deletion"], json!({ "due": due }));
    let kept = send(&w, &ana, "DELETE", "/deletion", &Value::Null).await;
    assert_eq!((kept.code, &kept.json()["deletion"]), (200, &Value::Null));
    assert_eq!(send(&w, &ana, "DELETE", "/deletion", &Value::Null).await.code, 200);
    // The account works as before; only what has ended stays ended.
    assert_eq!(w.ask(Ask::new("POST", "/api/v1/meetings").bearer(&ana).json(&meeting())).await.code, 201);
    let later = send(&w, &ana, "POST", "/deletion", &Value::Null).await.json();
    assert_eq!((&later["due"], &later["meetings_cancelled"]), (&json!("2026-11-26T09:00:00Z"), &json!(1)));
}

#[actix_web::test]
async fn the_last_administrator_is_told_to_make_another_first() {
    let w = World::new();
    let root = w.user("root@example.org", "Root", Role::Admin).await;
    let root = w.token(Some(root), &[Scope::Admin]).await;
    let refused = send(&w, &root, "POST", "/deletion", &Value::Null).await;
    assert_eq!((refused.code, refused.problem().as_str()), (409, "user.last-admin"));
}
