//! Notices through their doors: the API, the page with its decisions, what is mailed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use entente::accounts::{Role, Scope};
use entente::base::actor::{Actor, Road, Who};
use entente::base::time::{DAY, MINUTE};
use entente::itip::PartStat;
use entente::journal::{self, Happening};
use entente::meetings::{self, Asked};
use entente::notices;
use entente::queue;
use serde_json::{Value, json};

use crate::api_world::{Ask, World};
use crate::pages_world::{BEN, CLEO, Pair, World as Pages};

/// Ana with a token, a meeting of hers with Ben, and what Ben has said to it, each time another thing.
async fn answered(w: &World, answers: &[PartStat]) -> String {
    let token = w.member("ana@example.org", "Ana").await;
    let id: entente::base::id::MeetingId = w.booked(&token).await.parse().unwrap();
    for partstat in answers.iter().copied() {
        w.write(move |cx| {
            let meeting = meetings::load(cx, id)?;
            let ben = meeting.participants[1].id;
            let who = Actor::new(Who::Participant(ben), Road::Link, "t");
            meetings::answer(cx, &who, &meeting, ben, partstat).map(drop)
        })
        .await;
    }
    follow(w).await;
    token
}

async fn follow(w: &World) {
    for follower in notices::FOLLOWERS {
        while journal::follow(&w.web.store, follower).await.unwrap() > 0 {}
    }
}

const ANSWERS: [PartStat; 3] = [PartStat::Accepted, PartStat::Tentative, PartStat::Accepted];

/// Without what is another one each time.
fn blurred(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                if matches!(name.as_str(), "id" | "subject") {
                    *field =
                        Value::from(field.as_str().unwrap_or_default().split('_').next().unwrap_or_default());
                } else if name == "url" {
                    *field = Value::from(field.as_str().unwrap_or_default().split("mtg_").next());
                } else {
                    *field = blurred(field.take());
                }
            }
            value
        }
        Value::Array(items) => Value::Array(items.iter_mut().map(|item| blurred(item.take())).collect()),
        _ => value,
    }
}

#[actix_web::test]
async fn notices_are_listed_page_by_page_and_marked_read() {
    let w = World::new();
    let token = answered(&w, &ANSWERS).await;
    let all = w.ask(Ask::new("GET", "/api/v1/notices").bearer(&token)).await;
    insta::assert_json_snapshot!("notices_list", blurred(all.json()));
    let first = w.ask(Ask::new("GET", "/api/v1/notices?limit=2").bearer(&token)).await.json();
    let next = first["next"].as_str().unwrap();
    let path = format!("/api/v1/notices?limit=2&cursor={next}");
    let second = w.ask(Ask::new("GET", path).bearer(&token)).await.json();
    let places = |page: &Value| -> Vec<i64> {
        page["notices"].as_array().unwrap().iter().map(|one| one["place"].as_i64().unwrap()).collect()
    };
    assert_eq!((places(&first), places(&second), &second["next"]), (vec![3, 2], vec![1], &Value::Null));
    let id = first["notices"][0]["id"].as_str().unwrap().to_owned();
    for _ in 0..2 {
        let path = format!("/api/v1/notices/{id}/read");
        let read = w.ask(Ask::new("POST", path).bearer(&token)).await;
        assert_eq!((read.code, read.json()["read"].is_string()), (200, true));
    }
    let unread = w.ask(Ask::new("GET", "/api/v1/notices?unread=true").bearer(&token)).await.json();
    assert_eq!((places(&unread), &unread["unread"]), (vec![2, 1], &json!(2)));
    let some = Ask::new("POST", "/api/v1/notices/read").bearer(&token).json(&json!({ "place": 1 }));
    assert_eq!(w.ask(some).await.json(), json!({ "unread": 1 }));
    let other = Ask::new("POST", "/api/v1/notices/read").bearer(&token).text("text/plain", "all of them");
    assert_eq!(w.ask(other).await.problem(), "media-type");
    // All there are: what may be left out may be left out altogether.
    let all = || Ask::new("POST", "/api/v1/notices/read").bearer(&token);
    for rest in [all(), all().json(&json!({})), all().text("application/json", "")] {
        assert_eq!(w.ask(rest).await.json(), json!({ "unread": 0 }));
    }
}

#[actix_web::test]
async fn what_cannot_be_asked_of_notices_is_named() {
    let w = World::new();
    let token = answered(&w, &[]).await;
    let put = |body: Value| Ask::new("PUT", "/api/v1/notices/preferences").bearer(&token).json(&body);
    for (ask, field) in [
        (Ask::new("GET", "/api/v1/notices?limit=0").bearer(&token), "limit"),
        (Ask::new("GET", "/api/v1/notices?cursor=x").bearer(&token), "cursor"),
        (Ask::new("GET", "/events?since=x").bearer(&token), "since"),
        (Ask::new("GET", "/events").bearer(&token).header("last-event-id", "-1"), "since"),
        (put(json!({ "digest_at": "25:00" })), "digest_at"),
        (put(json!({ "digest_at": "08:00", "quiet_hours": "22" })), "quiet_hours"),
        (put(json!({ "digest_at": "08:00", "quiet_hours": "00:00-24:00" })), "quiet_hours"),
        (put(json!({ "digest_at": "08:00", "mail": { "meeting.eaten": "never" } })), "mail.meeting.eaten"),
        (put(json!({ "digest_at": "08:00", "mail": { "nudge": "weekly" } })), "mail.nudge"),
        (put(json!({ "digest_at": "08:00", "remind_minutes": 0 })), "remind_minutes"),
    ] {
        let reply = w.ask(ask).await;
        assert_eq!((reply.problem().as_str(), &reply.json()["field"]), ("invalid", &json!(field)));
    }
}

#[actix_web::test]
async fn what_is_mailed_is_chosen_over_the_api() {
    let w = World::new();
    let token = answered(&w, &[]).await;
    let usual = w.ask(Ask::new("GET", "/api/v1/notices/preferences").bearer(&token)).await;
    insta::assert_json_snapshot!("notices_preferences", usual.json());
    let body = json!({
        "mail": { "meeting.answered": "daily" }, "quiet_hours": "22:00-07:00", "digest_at": "09:30",
        "remind_minutes": null,
    });
    let put = Ask::new("PUT", "/api/v1/notices/preferences").bearer(&token).json(&body);
    let chosen = w.ask(put).await.json();
    assert_eq!(chosen["mail"]["meeting.answered"], "daily");
    assert_eq!(chosen["mail"]["connection.invited"], "at_once", "what is not given is as usual");
    assert_eq!((&chosen["quiet_hours"], &chosen["digest_at"]), (&json!("22:00-07:00"), &json!("09:30")));
    assert_eq!(chosen["remind_minutes"], Value::Null);
    let kept = w.ask(Ask::new("GET", "/api/v1/notices/preferences").bearer(&token)).await.json();
    assert_eq!(kept, chosen);
}

#[actix_web::test]
async fn a_token_needs_the_scope_for_what_it_does() {
    let w = World::new();
    let user = w.user("ana@example.org", "Ana", Role::Member).await;
    let reader = w.token(Some(user), &[Scope::NoticesRead]).await;
    let writer = w.token(Some(user), &[Scope::NoticesWrite]).await;
    let meetings = w.token(Some(user), &[Scope::MeetingsRead]).await;
    let mark = || Ask::new("POST", "/api/v1/notices/read").json(&json!({}));
    for (token, list, read) in [(&reader, 200, 403), (&writer, 403, 200), (&meetings, 403, 403)] {
        assert_eq!(w.ask(Ask::new("GET", "/api/v1/notices").bearer(token)).await.code, list);
        assert_eq!(w.ask(Ask::new("GET", "/events").bearer(token)).await.code, list);
        assert_eq!(w.ask(mark().bearer(token)).await.code, read);
    }
}

/// The guest asks for a new time, and somebody asks the host to connect.
async fn asked(w: &Pages) {
    let pair = w.meeting().await;
    let ben = w.user(BEN).await.id;
    w.write(move |cx| {
        let meeting = meetings::load(cx, pair.id)?;
        let who = Actor::new(Who::Participant(pair.guest), Road::Link, "0af7651916cd43dd8448eb211c80319c");
        let (start, end) = (meeting.start.plus(86_400_000), meeting.end.plus(86_400_000));
        let asked = Asked { start, end, note: "A train later?", road: "link" };
        meetings::propose(cx, &who, &meeting, pair.guest, &asked)?;
        let data = json!({ "name": "Kim" });
        let what = Happening::to("connection.invited", &"con_01".to_owned()).with(&ben).data(&data);
        journal::append(cx, &who, &what).map(drop)
    })
    .await;
    w.follow().await;
}

#[actix_web::test]
async fn the_page_has_the_decisions_in_place_and_the_badge_is_on_every_page() {
    let w = Pages::new().await;
    let mut ben = w.browser_of(BEN).await;
    ben.get("/notices").await.is(200).says("Nothing to tell yet");
    asked(&w).await;
    let page = ben.get("/notices").await;
    page.is(200)
        .says("Ana asks to move")
        .says("A train later?")
        .says("Kim asks to connect with you.")
        .says("action=\"/connections/con_01\"")
        .says("value=\"accept\"");
    for path in ["/", "/meetings", "/settings", "/notices?unread=1"] {
        let page = ben.get(path).await;
        assert!(page.text.contains("data-unread><span>2</span>"), "{path}: {}", page.text);
    }
    ben.press_on(&page, "approve", &[]).await.is(303);
    w.follow().await;
    let page = ben.get("/notices").await;
    page.is(200).says("Ana asks to move");
    assert!(!page.text.contains("value=\"approve\""), "it is decided");
    assert!(page.text.contains("data-unread><span>1</span>"));
}

#[actix_web::test]
async fn a_notice_is_marked_read_by_its_button_and_all_by_theirs() {
    let w = Pages::new().await;
    let mut ben = w.browser_of(BEN).await;
    asked(&w).await;
    let page = ben.get("/notices").await;
    let path = page.text.split("action=\"").find(|rest| rest.starts_with("/notices/ntc_")).unwrap();
    let path = path.split('"').next().unwrap().to_owned();
    let read = ben.press_on(&page, &path, &[]).await;
    assert_eq!((read.code, read.header("location")), (303, "/notices"));
    assert!(ben.get("/").await.text.contains("data-unread><span>1</span>"));
    // What comes after the page was opened stays unread.
    let page = ben.get("/notices").await;
    asked_again(&w).await;
    ben.press_on(&page, "/notices/read", &[]).await.is(303);
    let left = ben.get("/notices?unread=1").await;
    left.says("Robin asks to connect").says("data-unread><span>1</span>");
    ben.press("/notices", "/notices/read", &[]).await.is(303);
    ben.get("/notices?unread=1").await.says("Nothing is unread");
}

/// The day after the invitation, which the guest has left alone.
async fn nudged(w: &Pages) -> Pair {
    let pair = w.meeting_with(&[(CLEO, "Cleo", None)], |_| {}).await;
    w.send_mail().await;
    w.follow().await;
    w.clock.advance(DAY);
    w.write(|cx| {
        let leases = queue::claim(cx, notices::TOPIC, 50, MINUTE)?;
        leases.iter().try_for_each(|lease| notices::due(cx, lease))
    })
    .await;
    w.follow().await;
    pair
}

#[actix_web::test]
async fn who_has_not_answered_does_so_in_the_notice() {
    let w = Pages::new().await;
    let pair = nudged(&w).await;
    let mut cleo = w.browser_of(CLEO).await;
    let page = cleo.get("/notices").await;
    let words = "Your answer to Practice session with Ben is awaited.";
    page.is(200).says(words).says("data-unread><span>2</span>");
    let action = format!("/meetings/{}/ask", pair.id);
    page.says(&format!("action=\"{action}\"")).says(">Accept</button>").says(">Another time</a>");
    let user = w.user(CLEO).await.id;
    let shown = w.read(move |cx| notices::after(cx, user, 0, 10, "t")).await.pop().unwrap();
    assert!(matches!(shown.waits, notices::Waits::Answer(_)), "what the API and the stream tell of");
    cleo.press_on(&page, "accept", &[]).await.is(200);
    let meeting = w.load(pair.id).await;
    assert_eq!(meeting.participant(pair.guest).unwrap().partstat, PartStat::Accepted);
    w.follow().await;
    let page = cleo.get("/notices").await;
    page.is(200).says(words).says("data-unread><span>1</span>");
    assert!(!page.text.contains(">Accept</button>"), "it is answered");
}

async fn asked_again(w: &Pages) {
    let ben = w.user(BEN).await.id;
    w.write(move |cx| {
        let who = Actor::house("0af7651916cd43dd8448eb211c80319c");
        let data = json!({ "name": "Robin" });
        let what = Happening::to("connection.invited", &"con_02".to_owned()).with(&ben).data(&data);
        journal::append(cx, &who, &what).map(drop)
    })
    .await;
    w.follow().await;
}

#[actix_web::test]
async fn what_is_mailed_is_chosen_on_a_page() {
    let w = Pages::new().await;
    let mut ben = w.browser_of(BEN).await;
    let page = ben.get("/settings/notices").await;
    page.is(200).says("Quiet hours").says("Paris time").says("In the daily digest");
    let typed = [
        ("mail.meeting.answered", "daily"),
        ("quiet_from", "22:00"),
        ("quiet_until", "07:00"),
        ("remind", "30"),
    ];
    let saved = ben.press_on(&page, "/settings/notices", &typed).await;
    assert_eq!((saved.code, saved.header("location")), (303, "/settings/notices?done=saved"));
    let ben_id = w.user(BEN).await.id;
    let who = Actor::new(Who::User { id: ben_id, admin: false }, Road::Page, "t");
    let chosen = w.read(move |cx| notices::preferences(cx, &who)).await;
    assert_eq!(chosen.mail[&notices::Kind::MeetingAnswered], notices::Mail::Daily);
    assert_eq!(chosen.mail[&notices::Kind::ConnectionInvited], notices::Mail::AtOnce);
    assert_eq!(chosen.quiet.unwrap().to_string(), "22:00-07:00");
    assert_eq!((chosen.digest_at, chosen.remind_minutes), (480, Some(30)));
    let page = ben.get("/settings/notices").await;
    for (field, value, words) in [
        ("quiet_until", "", "a beginning and an end"),
        ("quiet_until", "22:00", "leave some of the day"),
        ("digest_at", "noon", "a time of day"),
        ("mail.nudge", "weekly", "Choose one of the list"),
        ("remind", "soon", "Choose one of the list"),
    ] {
        ben.press_on(&page, "/settings/notices", &[(field, value)]).await.is(422).says(words);
    }
}

#[actix_web::test]
async fn kinds_of_notices_stand_folded_under_what_they_are_about() {
    let w = Pages::new().await;
    let mut ben = w.browser_of(BEN).await;
    let page = ben.get("/settings/notices").await;
    let main = page.main().to_owned();
    let groups = ["Connections", "Meetings", "What agents arrange", "Calendars", "Booking links"];
    let places: Vec<_> = groups
        .iter()
        .map(|group| main.find(&format!("<summary><span>{group} <span")).unwrap_or_default())
        .collect();
    assert!(places.is_sorted() && places[0] > 0, "{places:?} in {main}");
    page.says("2 of 3 by mail").says("No meeting came of a session");
    assert!(!main.contains("Agents found no time") && !main.contains("fold\" open"), "{main}");
    let wrong = ben.press_on(&page, "/settings/notices", &[("mail.nudge", "weekly")]).await;
    let open =
        wrong.is(422).main().split("<details").find(|part| part.contains("mail.nudge")).map(str::to_owned);
    assert!(open.unwrap_or_default().starts_with(" class=\"fold\" open"), "what is wrong is not folded away");
}
