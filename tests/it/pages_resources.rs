//! Rooms and things through their pages: an administrator adds, changes and retires them, and everybody asks for them.

use entente::agents;
use entente::meetings;

use crate::pages_world::{ANA, BEN, CLEO, ROOT, Reply, World, at, operator};

/// Where a reply leads.
#[track_caller]
fn leads(reply: &Reply) -> String {
    assert_eq!(reply.code, 303, "{}", reply.main());
    reply.header("location").to_owned()
}

/// A room's page, of a room that was just added by its page.
async fn added(w: &World, name: &str) -> String {
    let mut root = w.browser_of(ROOT).await;
    let typed = [("name", name), ("zone", "Europe/Paris")];
    let done = root.press("/admin/resources", "/admin/resources", &typed).await;
    leads(&done).split('?').next().unwrap_or_default().to_owned()
}

fn id_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

const TEA: [(&str, &str); 7] = [
    ("zone", "Europe/Paris"),
    ("title", "Tea"),
    ("date", "2026-11-24"),
    ("from", "15:00"),
    ("until", "16:00"),
    ("guest_name", "Ana"),
    ("guest_email", ANA),
];

/// Tea on Tuesday at three in a room, asked for by the form.
async fn tea(w: &World, who: &'static str, room: &str) -> Reply {
    let mut browser = w.browser_of(who).await;
    let mut typed = TEA.to_vec();
    typed.push(("resources", room));
    browser.press("/meetings/new", "book", &typed).await
}

#[actix_web::test]
async fn an_administrator_adds_a_room_and_says_in_plain_words_how_it_can_be_had() {
    let w = World::new().await;
    let mut root = w.browser_of(ROOT).await;
    root.get("/admin/resources").await.is(200).says("There are none yet").says("Rooms and things");
    let path = added(&w, "Blue Room").await;
    let anything = "It can be had at any hour, 5 minutes to 8 hours long, at most 365 days ahead.";
    root.get(&path)
        .await
        .is(200)
        .says(anything)
        .says("No meeting ahead has it.")
        .says("no calendar elsewhere");
    let typed =
        [("hours", "Mon 08:00-18:00; Tue 08:00-18:00"), ("notice_minutes", "60"), ("length.max", "120")];
    let would =
        "It can be had at the hours set here, 5 minutes to 2 hours long, from 1 hour to 365 days ahead.";
    let before = w.rows();
    let preview = root.press(&path, "preview", &typed).await;
    preview.is(200).says("If you save this:").says(would).says(anything).says("Mon 08:00-18:00");
    assert_eq!(w.rows(), before, "nothing is written");
    let saved = root.press(&path, "save", &typed).await;
    assert_eq!(leads(&saved), format!("{path}?done=saved"));
    root.get(&path).await.says(would);
    root.get("/admin/resources").await.says("Blue Room").says(would);
}

#[actix_web::test]
async fn what_cannot_be_meant_comes_back_beside_its_field() {
    let w = World::new().await;
    let mut root = w.browser_of(ROOT).await;
    let list = "/admin/resources";
    root.press(list, list, &[("name", " "), ("zone", "Europe/Paris")])
        .await
        .is(422)
        .says("Say what people call it.");
    root.press(list, list, &[("name", "Attic"), ("zone", "Nowhere")])
        .await
        .is(422)
        .says("not a time zone")
        .says("Attic");
    let path = added(&w, "Blue Room").await;
    root.press(&path, "save", &[("hours", "nine to five")])
        .await
        .is(422)
        .says("nine to five")
        .says("like 09:00-12:00");
    root.press(&path, "save", &[("length.max", "1")]).await.is(422).says("from 5 to 1440");
    root.press(&path, "save", &[("zone", "Nowhere")]).await.is(422).says("not a time zone");
    root.press(&path, "save", &[("name", "")]).await.is(422).says("Say what people call it.");
}

#[actix_web::test]
async fn a_rooms_calendar_is_added_seen_with_its_health_and_taken_away() {
    let w = World::new().await;
    let mut root = w.browser_of(ROOT).await;
    let path = added(&w, "Blue Room").await;
    let form = format!("{path}/calendars/new");
    root.get(&form).await.is(200).says("Where Blue Room is booked as well.");
    let typed = [("url", "https://dav.example.org"), ("username", "door"), ("password", "right")];
    let done = root.press(&form, "caldav", &typed).await;
    assert_eq!(leads(&done), format!("{path}?done=source-added"));
    let page = root.get(&path).await;
    page.is(200).says("dav.example.org").says("Not read yet").says("a calendar cannot be read");
    let from = page.text.find("/calendar/sources/").unwrap_or_else(|| panic!("a link to it"));
    let source = page.text[from..].split('"').next().unwrap_or_default().to_owned();
    root.get(&source).await.is(200).says("Its events take the time of Blue Room").says("Back to Blue Room");
    w.browser_of(BEN).await.get(&source).await.is(404);
    let wrong = root
        .press(
            &form,
            "caldav",
            &[("url", "https://dav.example.org"), ("username", "door"), ("password", "hunter2")],
        )
        .await;
    wrong
        .is(422)
        .says("does not accept the user name and password")
        .says("Where Blue Room is booked as well.");
    let gone = root.press(&source, "remove", &[]).await;
    assert_eq!(leads(&gone), format!("{path}?done=source-removed"));
}

#[actix_web::test]
async fn a_meeting_takes_a_room_and_whoever_comes_second_is_offered_other_times() {
    let w = World::new().await;
    let path = added(&w, "Blue Room").await;
    let room = id_of(&path);
    let mut ben = w.browser_of(BEN).await;
    ben.get("/meetings/new").await.says("Blue Room").says("Each answers by itself.");
    let page = ben.get(&leads(&tea(&w, BEN, room).await)).await;
    page.is(200).says("Blue Room").says("accepted");
    w.browser_of(ROOT).await.get(&path).await.says("One meeting ahead has it.");
    let mut cleo = w.browser_of(CLEO).await;
    let mut typed = TEA.to_vec();
    typed.push(("resources", room));
    let refused = cleo.press("/meetings/new", "book", &typed).await;
    refused.is(409).says("Blue Room: It is taken.").says("These times can be had.").says("24 Nov");
    let at_four = at("2026-11-24T15:00:00Z").ms().to_string();
    let booked = cleo.press_on(&refused, "/meetings", &[("at", &at_four)]).await;
    cleo.get(&leads(&booked)).await.is(200).says("accepted");
}

#[actix_web::test]
async fn a_meeting_that_moves_to_when_its_room_is_taken_says_so_on_its_page() {
    let w = World::new().await;
    let path = added(&w, "Blue Room").await;
    let room = id_of(&path);
    let first = leads(&tea(&w, BEN, room).await).split('?').next().unwrap_or_default().to_owned();
    let mut cleo = w.browser_of(CLEO).await;
    let mut later = TEA.to_vec();
    later[2] = ("date", "2026-11-25");
    later.push(("resources", room));
    leads(&cleo.press("/meetings/new", "book", &later).await);
    let mut ben = w.browser_of(BEN).await;
    let moving = format!("{first}/move");
    let typed = [("date", "2026-11-25"), ("from", "15:30"), ("until", "16:30")];
    let moved = ben.press(&first, &moving, &typed).await;
    let page = ben.get(&leads(&moved)).await;
    page.is(200).says("A room that cannot be had then was let go.");
    page.says("Blue Room was let go: it is taken at the new time.").says("let go");
    w.follow().await;
    ben.get("/notices").await.says("For Tea, Blue Room was let go: it is taken at the new time.");
}

#[actix_web::test]
async fn a_retired_room_is_asked_for_no_more() {
    let w = World::new().await;
    let path = added(&w, "Blue Room").await;
    let room = id_of(&path).to_owned();
    let meeting = leads(&tea(&w, BEN, &room).await);
    let mut root = w.browser_of(ROOT).await;
    let done = root.press(&path, "retire", &[]).await;
    assert_eq!(leads(&done), "/admin/resources?done=resource-retired");
    root.get("/admin/resources").await.says("retired");
    root.get(&path).await.is(200).says("It is retired: nobody can ask for it");
    root.get(&format!("{path}/calendars/new")).await.is(409);
    w.follow().await;
    let store = w.web.store.clone();
    while entente::journal::follow(&store, meetings::FOLLOWER).await.unwrap_or_default() > 0 {}
    let mut ben = w.browser_of(BEN).await;
    let page = ben.get(&meeting).await;
    page.says("Blue Room was let go: it can no longer be had in this house.");
    let form = ben.get("/meetings/new").await;
    assert!(!form.text.contains("Blue Room"), "it is not offered");
    tea(&w, BEN, &room).await.is(422).says("A room that can no longer be had");
}

#[actix_web::test]
async fn a_session_and_a_booking_link_are_asked_for_with_a_room() {
    let w = World::new().await;
    let path = added(&w, "Blue Room").await;
    let room = id_of(&path).to_owned();
    w.connection(BEN, CLEO).await;
    let mut ben = w.browser_of(BEN).await;
    let line = "/sessions/new?line=45%20minutes%20with%20Cleo%20next%20week%20in%20the%20blue%20room";
    let page = ben.get(line).await;
    page.is(200).says("in Blue Room.");
    assert!(page.text.contains(&format!("value=\"{room}\" checked")), "{}", page.main());
    let typed = [("resources", room.as_str()), ("place", "in_person"), ("name", "ben")];
    let link = leads(&ben.press("/booking-links/new", "make", &typed).await);
    ben.get(&link).await.is(200).says("checked");
    w.browser().get("/b/ben").await.is(200).says("in person: Blue Room");
    let admin = w.browser_of(ROOT).await.press(&path, "retire", &[]).await;
    leads(&admin);
    ben.get(&link).await.says("A room that can no longer be had");
    w.browser().get("/b/ben").await.is(200).says("in person");
}

#[actix_web::test]
async fn nobody_but_an_administrator_sees_or_changes_them() {
    let w = World::new().await;
    let path = added(&w, "Blue Room").await;
    let mut ben = w.browser_of(BEN).await;
    for page in ["/admin/resources", &path, &format!("{path}/calendars/new")] {
        ben.get(page).await.is(403);
    }
    let all = w.read(|cx| agents::list(cx, &operator())).await;
    assert_eq!(all.len(), 1);
}
