//! The meetings of this house as a calendar that is read: by the worker, over the API and on its page.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use entente::accounts::Scope;
use entente::base::id::SourceId;
use entente::base::time::{DAY, Timestamp};
use entente::base::{Actor, Road, Who};
use entente::calendar::{self, HolderId};
use entente::journal;
use entente::values;
use serde_json::{Value, json};

use crate::api_world::{Ask, Reply};
use crate::pages_world::{self, BEN};
use crate::sync_world::Reading;
use crate::web_log::logged;

/// What Ada's token lets its bearer do.
const SCOPES: [Scope; 4] =
    [Scope::MeetingsRead, Scope::MeetingsWrite, Scope::CalendarRead, Scope::CalendarWrite];

/// Ada's house with a meeting of hers, her token, and the path of the source that her meetings write to.
async fn with_a_meeting() -> (Reading, String, String) {
    let house = Reading::new().await;
    let token = house.world.token(Some(house.ada), &SCOPES).await;
    let new = json!({
        "title": "Salary talk", "start": "2026-11-25T10:30:00+01:00", "end": "2026-11-25T11:30:00+01:00",
        "host": { "email": "ada@example.org" }, "guests": [{ "email": "ben@example.net" }],
    });
    let made = house.world.ask(Ask::new("POST", "/api/v1/meetings").bearer(&token).json(&new)).await;
    assert_eq!(made.code, 201, "{}", made.text);
    let list = house.world.ask(Ask::new("GET", "/api/v1/sources").bearer(&token)).await.json();
    let id = list["sources"][0]["id"].as_str().unwrap();
    (house, token, format!("/api/v1/sources/{id}"))
}

async fn ask(house: &Reading, method: &str, token: &str, path: &str) -> Reply {
    house.world.ask(Ask::new(method, path).bearer(token)).await
}

/// Every row of a source's busy time.
async fn rows(house: &Reading, source: SourceId) -> Vec<String> {
    let sql =
        "SELECT uid || ' ' || starts_at || ' ' || ends_at || ' ' || tentative || ' ' || holder_id AS one
        FROM busy WHERE source_id = $1 ORDER BY one";
    house.world.write(move |cx| cx.db.all(sql, values![source], |row| row.get("one"))).await
}

fn id_of(path: &str) -> SourceId {
    path.rsplit('/').next().unwrap().parse().unwrap()
}

#[actix_web::test]
async fn what_drifted_is_put_right_by_the_days_reading_and_logged_once_without_a_title() {
    let (house, token, path) = with_a_meeting().await;
    let (source, ada) = (id_of(&path), HolderId::User(house.ada));
    let shown = ask(&house, "GET", &token, &path).await.json();
    assert_eq!((&shown["kind"], &shown["read"]), (&json!("house"), &Value::Null));
    assert_eq!(house.work().await, 1, "as soon as it is made");
    let shown = ask(&house, "GET", &token, &path).await.json();
    assert_eq!((shown["read"].is_string(), &shown["events"]), (true, &json!(1)));
    assert_eq!(house.work().await, 0, "then at a time of its own");
    let before = rows(&house, source).await;
    assert_eq!(before.len(), 1);
    house
        .world
        .write(move |cx| {
            cx.db.execute("DELETE FROM busy WHERE source_id = $1", values![source])?;
            cx.db.execute(
                "INSERT INTO busy (source_id, href, uid, instance, starts_at, ends_at, tentative, holder_id)
                 VALUES ($1, '', 'mtg_00000000000000000000000000000007', '', $2, $3, 0, $4)",
                values![source, cx.now.plus(DAY), cx.now.plus(2 * DAY), ada],
            )
        })
        .await;
    house.world.clock.advance(DAY);
    house.world.write(|cx| calendar::ensure_due(cx, &Actor::house("t"))).await;
    let ((), log) = logged(async {
        assert_eq!(house.work().await, 1);
        house.world.clock.advance(DAY);
        assert_eq!(house.work().await, 1);
    })
    .await;
    assert_eq!(rows(&house, source).await, before);
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let told: Vec<Value> = lines.filter(|line| line["level"] == "WARN").collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((&told[0]["source"], &told[0]["rows"]), (&json!(source.to_string()), &json!(2)));
    assert!(!log.contains("Salary"), "{log}");
    let story = house.world.write(move |cx| journal::story(cx, &source, 10)).await;
    let kinds: Vec<String> = story.into_iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, ["source.repaired"]);
    let shown = ask(&house, "GET", &token, &path).await.json();
    assert_eq!((&shown["events"], &shown["free"], &shown["stale"]), (&json!(1), &json!(0), &json!(false)));
    assert!(shown["read"].is_string() && shown["next"].is_string() && shown["problem"].is_null(), "{shown}");
}

#[actix_web::test]
async fn it_is_read_now_for_whoever_asks_and_not_changed_by_them() {
    let (house, token, path) = with_a_meeting().await;
    let read = ask(&house, "POST", &token, &format!("{path}/read")).await;
    assert_eq!(read.code, 200, "{}", read.text);
    assert_eq!(house.work().await, 1);
    let shown = ask(&house, "GET", &token, &path).await.json();
    let now = Timestamp::from_ms(house.world.clock.now().ms()).to_rfc3339();
    assert_eq!((&shown["read"], &shown["events"]), (&json!(now), &json!(1)));
    assert!(shown["next"].as_str().unwrap() > now.as_str(), "{shown}");
    let refused = [
        house
            .world
            .ask(Ask::new("PATCH", path.as_str()).bearer(&token).json(&json!({ "counts": false })))
            .await,
        house
            .world
            .ask(Ask::new("PUT", format!("{path}/access")).bearer(&token).json(&json!({ "url": "x" })))
            .await,
        ask(&house, "DELETE", &token, &path).await,
    ];
    for reply in refused {
        assert_eq!((reply.code, reply.problem().as_str()), (409, "source.house"));
    }
    // Nobody else has it read.
    let other = house.world.member("eve@example.org", "Eve").await;
    assert_eq!(ask(&house, "POST", &other, &format!("{path}/read")).await.code, 404);
}

#[actix_web::test]
async fn the_page_says_when_it_was_checked_and_offers_nothing_to_choose() {
    let w = pages_world::World::new().await;
    let mut ben = w.browser_of(BEN).await;
    w.meeting().await;
    let page = ben.get("/calendar").await;
    page.is(200)
        .says("What you are booked for takes your time from that moment on.")
        .says("always up to date");
    assert!(!page.text.contains("Checked against"), "not yet");
    let user = w.user(BEN).await.id;
    let who = Actor::new(Who::User { id: user, admin: false }, Road::Page, "t");
    let source = w.read(move |cx| Ok(calendar::sources(cx, &who, user.into())?.remove(0).id)).await;
    let path = format!("/calendar/sources/{source}");
    let page = ben.get(&path).await;
    page.is(200)
        .says("Meetings of this house")
        .says("not yet")
        .says("Check it now")
        .says("Back to your calendar");
    for word in ["What to call it", "Remove", "Change what lets the house in", "Known until"] {
        assert!(!page.text.contains(word), "{word}");
    }
    let checking = ben.press(&path, "read", &[]).await;
    checking.is(303);
    assert_eq!(checking.header("location"), format!("{path}?done=source-reading"));
    let client = entente::net::Client::new(&[]);
    let worker = entente::sync::worker(w.web.store.clone(), client);
    for lease in w.write(|cx| entente::queue::claim(cx, calendar::TOPIC, 9, 60_000)).await {
        (worker.handler)(lease).await.unwrap();
    }
    ben.get("/calendar").await.says("Checked against your meetings just now · 1 meeting");
    ben.get(&path).await.says("Last checked").says("just now").says("Checked again").says("1 meeting");
    for (button, fields) in [("save", vec![("name", "Mine")]), ("remove", vec![]), ("write", vec![])] {
        let page = ben.get("/calendar/sources/new").await;
        let csrf = page.text.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let fields = [vec![("csrf", csrf.unwrap()), ("do", button)], fields].concat();
        ben.post(&path, &fields).await.is(409).says("always part of your calendar");
    }
}
