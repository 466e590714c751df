//! The mailroom, and every page with real data behind it, written where a browser can open them.

use std::fs;
use std::path::Path;

use entente::base::time::HOUR;
use entente::itip::PartStat;
use entente::links::Purpose;
use entente::meetings;
use entente::post::mailroom;

use crate::pages_world::{ANA, BEN, CLEO, ROOT, Setting, World, operator};

async fn demo() -> World {
    World::with(Setting { open_mailroom: true, ..Setting::new() }).await
}

/// The path of the newest mail in a mailbox.
async fn newest(w: &World, whose: &'static str) -> String {
    let mail = w.read(move |cx| Ok(mailroom::mails(cx, whose, 1)?.remove(0).id)).await;
    format!("/mailroom/{whose}/{mail}")
}

#[actix_web::test]
async fn each_mailbox_shows_what_its_owner_would_see() {
    let w = demo().await;
    w.meeting().await;
    w.send_mail().await;
    let mut browser = w.browser();
    browser.get("/mailroom").await.is(200).says(ANA).says(BEN).says("Practice session — Invitation");
    browser.get(&format!("/mailroom/{ANA}")).await.is(200).says("Ana’s mailbox").says(">invitation<");
    let path = newest(&w, ANA).await;
    let page = browser.get(&path).await;
    page.is(200)
        .says("new in the calendar")
        .says("Message-ID")
        .says("<dd class=\"mono\">REQUEST</dd>")
        .says("Lisbon time")
        .says("sandbox=");
    assert!(!page.text.contains(BEN), "nor in the mailroom does one mailbox show the other's address");
    let frame = browser.get(&format!("{path}/html")).await;
    frame.is(200);
    assert!(frame.header("content-security-policy").starts_with("sandbox allow-popups"));
    assert!(frame.header("content-security-policy").contains("default-src 'none'"));
    assert_eq!(frame.header("x-frame-options"), "SAMEORIGIN");
    browser.get(&path.replace(ANA, BEN)).await.is(404);
    browser.get("/mailroom/nobody@example.org").await.is(200).says("No mail yet");
    browser.get("/mailroom/no-address").await.is(404);
}

#[actix_web::test]
async fn its_buttons_answer_as_calendar_programs_do() {
    let w = demo().await;
    let pair = w.meeting().await;
    w.send_mail().await;
    let path = newest(&w, ANA).await;
    let mut browser = w.browser();
    let accepted = browser.press(&path, "accept", &[]).await;
    accepted.is(200).says("A REPLY, accepted, was sent in Ana’s name.").says(">applied<");
    assert_eq!(w.load(pair.id).await.participants[1].partstat, PartStat::Accepted);
    w.clock.advance(HOUR);
    browser.press(&path, "tentative", &[]).await.is(200).says(">applied<");
    w.clock.advance(HOUR);
    let gap = [("date", "2027-03-28"), ("from", "01:30"), ("until", "02:30"), ("zone", "Europe/Paris")];
    browser.press(&path, "counter", &gap).await.is(422).says("does not exist that day in Paris");
    let counter = [("date", "2026-11-26"), ("from", "14:00"), ("until", "14:45"), ("zone", "Europe/Lisbon")];
    browser.press(&path, "counter", &counter).await.is(200).says("A COUNTER").says(">proposal<");
    w.send_mail().await;
    browser.get(&newest(&w, BEN).await).await.is(200).says("Approve");
    browser.press(&path, "words", &[("text", " ")]).await.is(422).says("Write something first");
    browser.press(&path, "forward", &[("stranger", "x")]).await.is(422).says("like ana@example.org");
    browser.press(&path, "bounce", &[]).await.is(200).says(">bounce<");
    assert_eq!(w.load(pair.id).await.participants[1].delivery.as_str(), "bounced");
    w.clock.advance(HOUR);
    browser.press(&path, "decline", &[]).await.is(200).says(">applied<");
    w.send_mail().await;
    let path = newest(&w, ANA).await;
    browser.get(&path).await.is(200).says("removed from the calendar");
    let mut root = w.browser_of(ROOT).await;
    let list = root.get("/admin/inbound").await;
    list.is(200).says("REPLY, accepted").says("COUNTER").says("Practice session");
    let at = list.text.find("/admin/inbound/inb_").expect("a message");
    let one = list.text[at..].split('"').next().expect("its address").to_owned();
    root.get(&one).await.is(200).says("METHOD").says("Kept until 20 December 2026").says("Message-ID");
}

#[actix_web::test]
async fn in_a_house_that_serves_the_mailroom_is_for_administrators() {
    let w = World::new().await;
    w.meeting().await;
    w.send_mail().await;
    let path = newest(&w, ANA).await;
    w.browser().get(&path).await.is(401);
    w.browser().post(&path, &[("do", "accept")]).await.is(401);
    let mut ben = w.browser_of(BEN).await;
    ben.get(&path).await.is(403);
    let mut root = w.browser_of(ROOT).await;
    root.post(&path, &[("do", "accept")]).await.is(403).says("This form is too old");
    root.press(&path, "accept", &[]).await.is(200).says(">applied<");
}

/// Writes real pages with real data to `target/tmp/pages`, with their stylesheet beside them: for screenshots.
#[actix_web::test]
async fn every_page_answers_its_owner_and_is_written_for_a_look() {
    let w = demo().await;
    let pair = w.meeting().await;
    let group = w
        .meeting_with(&[(CLEO, "Cleo", None), (ANA, "Ana", None), ("dora@example.edu", "", None)], |new| {
            new.title = "Design walk".to_owned();
            new.start = new.start.plus(20 * HOUR);
            new.end = new.end.plus(21 * HOUR);
        })
        .await;
    let open = w
        .meeting_with(&[], |new| {
            new.title = "Office hour".to_owned();
            new.start = new.start.plus(44 * HOUR);
            new.end = new.end.plus(45 * HOUR);
        })
        .await;
    w.send_mail().await;
    let mut ana = w.browser();
    let respond = w.link(pair.guest, Purpose::Respond).await;
    let unused = w.link(pair.host, Purpose::Respond).await;
    ana.press(&respond, "accept", &[]).await.is(200);
    w.clock.advance(HOUR);
    let new = [
        ("date", "2026-11-26"),
        ("from", "14:00"),
        ("until", "14:45"),
        ("note", "A train later would help."),
    ];
    ana.press(&respond, "propose", &new).await.is(200);
    w.send_mail().await;
    let mut ben = w.browser_of(BEN).await;
    let mut root = w.browser_of(ROOT).await;
    w.write(move |cx| {
        let letter = entente::post::letter::of_participant(cx, group.guest, 1)?.remove(0).letter.id;
        let state = entente::post::letter::State::Bounced;
        meetings::settle(cx, &operator(), letter, state, Some("550 5.1.1 the mailbox does not exist"))
    })
    .await;
    let mail = newest(&w, ANA).await;
    root.press(&mail, "tentative", &[]).await.is(200);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    fs::create_dir_all(&folder).expect("a folder");
    for name in ["entente.css", "entente.js", "favicon.svg"] {
        fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("static").join(name), folder.join(name))
            .expect(name);
    }
    let pages = [
        ("home", "/".to_owned()),
        ("meetings", "/meetings".to_owned()),
        ("meeting", format!("/meetings/{}", pair.id)),
        ("meeting-group", format!("/meetings/{}", group.id)),
        ("meeting-open", format!("/meetings/{}", open.id)),
        ("meeting-new", "/meetings/new".to_owned()),
        ("ask", format!("/meetings/{}/ask", pair.id)),
        ("settings", "/settings".to_owned()),
        ("approve", w.link(pair.host, Purpose::Approve).await),
        ("decline", w.link(pair.host, Purpose::Decline).await),
        ("respond", unused),
        ("respond-waiting", respond),
        ("about-you", w.link(pair.guest, Purpose::AboutYou).await),
    ];
    let of_root = [
        ("admin", "/admin".to_owned()),
        ("admin-dead", "/admin/dead".to_owned()),
        ("admin-inbound", "/admin/inbound".to_owned()),
        ("admin-delivery", "/admin/delivery".to_owned()),
        ("admin-users", "/admin/users".to_owned()),
        ("admin-alerts", "/admin/alerts".to_owned()),
        ("mailroom", "/mailroom".to_owned()),
        ("mailbox", format!("/mailroom/{ANA}")),
        ("message", mail),
    ];
    let write = |name: &str, html: &str| {
        let local = html.replace("\"/static/", "\"").replace(".css?v=", ".css#").replace(".js?v=", ".js#");
        fs::write(folder.join(format!("{name}.html")), local).expect(name);
    };
    for (name, path) in pages {
        let page = ben.get(&path).await;
        page.is(200);
        write(name, &page.text);
    }
    for (name, path) in of_root {
        let page = root.get(&path).await;
        page.is(200);
        write(name, &page.text);
    }
    let mut nobody = w.browser();
    write("welcome", &nobody.get("/").await.text);
    write("sign-in", &nobody.get("/sign-in").await.text);
    write("link-unknown", &nobody.get("/reschedule?r=no").await.text);
    write("not-found", &nobody.get("/nowhere").await.text);
}
