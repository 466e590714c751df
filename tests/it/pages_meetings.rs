//! Meetings of somebody who is signed in: booking, moving, deciding in place, the story, and nobody's address.

use entente::agents;
use entente::base::actor::{Actor, Road, Who};
use entente::base::id::ParticipantId;
use entente::base::time::{DAY, HOUR};
use entente::links::Purpose;
use entente::mail::inbound::Received;
use entente::meetings::{self, Listing, Status};
use entente::web::pages::ROUTES;

use crate::pages_world::{ANA, BEN, CLEO, Pair, ROOT, TRACE, World, at, hash, operator};

async fn only_meeting(w: &World) -> meetings::Meeting {
    let listing = Listing { ahead: true, after: None, limit: 10 };
    w.read(move |cx| Ok(meetings::list(cx, &operator(), listing)?.meetings.remove(0).meeting)).await
}

#[actix_web::test]
async fn a_meeting_is_booked_by_the_form() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    ben.get("/").await.is(200).says("Nothing needs you, and nothing is coming up.");
    let typed = [
        ("title", "Second movement"),
        ("date", "2026-11-24"),
        ("from", "15:00"),
        ("until", "15:45"),
        ("guest_name", "Ana"),
        ("guest_email", ANA),
        ("place", "Room 4"),
        ("description", "Write to ana.guest@example.net"),
    ];
    let form = ben.get("/meetings/new").await;
    let booked = ben.press_on(&form, "book", &typed).await;
    booked.is(303);
    let again = ben.press_on(&form, "book", &typed).await;
    assert_eq!(again.header("location"), booked.header("location"), "pressed twice, booked once");
    let page = ben.get(booked.header("location")).await;
    page.is(200)
        .says("It is booked")
        .says("Second movement")
        .says("Tuesday 24 November 2026")
        .says("15:00 – 15:45");
    page.says("You booked it").says("Paris time").says("[address removed]");
    let meeting = only_meeting(&w).await;
    assert_eq!((meeting.start, meeting.participants.len()), (at("2026-11-24T14:00:00Z"), 2));
    ben.get("/").await.says("Second movement").says("with Ana");
    ben.get("/meetings").await.says("Second movement");
    let listing = Listing { ahead: true, after: None, limit: 10 };
    assert_eq!(w.read(move |cx| Ok(meetings::list(cx, &operator(), listing)?.meetings.len())).await, 1);
    ben.get("/meetings?past=1").await.says("Nothing has passed yet");
}

#[actix_web::test]
async fn a_booking_that_cannot_be_comes_back_with_everything_typed() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let typed = [
        ("title", "Title that stays"),
        ("date", "2027-03-28"),
        ("from", "02:30"),
        ("until", "04:00"),
        ("guest_name", "Ana"),
        ("guest_email", "ana at example"),
        ("description", "Words that stay"),
        ("decline", "soft"),
    ];
    let reply = ben.press("/meetings/new", "book", &typed).await;
    reply
        .is(422)
        .says("does not exist that day in Paris")
        .says("like ana@example.org")
        .says("Title that stays");
    reply.says("Words that stay").says("ana at example").says("2 fields need another look");
    assert!(reply.text.contains("value=\"soft\" checked"), "the choice is kept");
    let more = ben.press_on(&reply, "more", &[]).await;
    more.is(200).says("Mail address of guest 5").says("Title that stays");
    let past = [("title", "Late"), ("date", "2026-11-19"), ("from", "10:00"), ("until", "11:00")];
    ben.press("/meetings/new", "book", &past).await.is(422).says("already past");
    let own = [
        ("date", "2026-11-24"),
        ("from", "10:00"),
        ("until", "11:00"),
        ("guest_email", "scheduling@entente.test"),
    ];
    ben.press("/meetings/new", "book", &own).await.is(422).says("nobody can be invited there");
}

#[actix_web::test]
async fn an_open_meeting_waits_for_its_guest() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let typed = [("title", "Held time"), ("date", "2026-11-24"), ("from", "15:00"), ("until", "15:45")];
    let made = ben.press("/meetings/new", "book", &typed).await;
    let path = made.header("location").split('?').next().expect("a path").to_owned();
    ben.get(&path).await.is(200).says("Name the guest").says("with no guest yet");
    let book = format!("{path}/book");
    ben.press(&path, &book, &[("name", "Ana"), ("email", "nowhere")]).await.is(422).says("nowhere");
    ben.press(&path, &book, &[("name", "Ana"), ("email", ANA)]).await.is(303);
    ben.get(&path).await.says("scheduled").says("You named the guest");
    let mut twice = w.browser_of(BEN).await;
    let page = twice.get(&path).await;
    assert!(!page.text.contains("Name the guest"));
}

#[actix_web::test]
async fn the_host_moves_cancels_and_sends_again_and_a_second_press_does_nothing_more() {
    let w = World::new().await;
    let pair = w.meeting().await;
    w.send_mail().await;
    let mut ben = w.browser_of(BEN).await;
    let path = format!("/meetings/{}", pair.id);
    let page = ben.get(&path).await;
    for _ in 0..2 {
        ben.press_on(&page, &format!("{path}/resend"), &[]).await.is(303);
    }
    assert_eq!(w.load(pair.id).await.edition, 1, "sent again once");
    let to = [("date", "2026-11-26"), ("from", "09:00"), ("until", "09:45")];
    for _ in 0..2 {
        ben.press_on(&page, &format!("{path}/move"), &to).await.is(303);
    }
    let moved = w.load(pair.id).await;
    assert_eq!((moved.sequence, moved.start), (1, at("2026-11-26T08:00:00Z")));
    let gap = [("date", "2027-03-28"), ("from", "02:15"), ("until", "03:45")];
    let wrong = ben.press(&path, &format!("{path}/move"), &gap).await;
    wrong
        .is(422)
        .says("does not exist that day in Paris")
        .says("2027-03-28")
        .says("The meeting has not moved");
    ben.get(&path).await.says("You moved it to Thu 26 Nov, 09:00");
    for _ in 0..2 {
        ben.press_on(&page, &format!("{path}/cancel"), &[]).await.is(303);
    }
    ben.get(&path).await.says("cancelled").says("You cancelled it");
    assert_eq!(w.load(pair.id).await.sequence, 2);
}

#[actix_web::test]
async fn a_guest_with_an_account_asks_in_place_and_the_host_decides_in_place() {
    let w = World::new().await;
    let pair = w.meeting_with(&[(CLEO, "Cleo", None)], |_| {}).await;
    let path = format!("/meetings/{}", pair.id);
    let mut cleo = w.browser_of(CLEO).await;
    let page = cleo.get(&path).await;
    page.is(200).says("Answer, or ask for a new time").says("04:30 – 05:15").says("New York time");
    assert!(!page.text.contains("/cancel"), "a guest does not cancel it");
    let page = cleo.get(&format!("{path}/ask")).await;
    for _ in 0..2 {
        let asked =
            [("date", "2026-11-26"), ("from", "10:00"), ("until", "10:45"), ("note", "Later is better.")];
        cleo.press_on(&page, "propose", &asked).await.is(200).says("Your request is on its way");
    }
    cleo.get(&path).await.says("You ask to move").says("Withdraw it");
    let mut ben = w.browser_of(BEN).await;
    ben.get("/").await.says("One thing needs you").says("Cleo asks to move").says("Later is better.");
    let stranger = w.browser_of(ROOT).await;
    let page = ben.get("/").await;
    ben.press_on(&page, "approve", &[]).await.is(303);
    ben.press_on(&page, "approve", &[]).await.is(303);
    let moved = w.load(pair.id).await;
    assert_eq!((moved.sequence, moved.start), (1, at("2026-11-26T15:00:00Z")));
    ben.get(&path)
        .await
        .says("Cleo asked for a new time")
        .says("You approved the new time")
        .says("The meeting moved to");
    cleo.get(&path).await.says("You asked for a new time").says("Ben approved the new time");
    cleo.press(&format!("{path}/ask"), "accept", &[]).await.is(200).says("You accepted");
    let page = cleo.get(&format!("{path}/ask")).await;
    for _ in 0..2 {
        cleo.press_on(&page, "decline", &[]).await.is(200).says("You declined, and the meeting is cancelled");
    }
    assert_eq!(w.load(pair.id).await.status, Status::Cancelled);
    ben.get(&path).await.says("because Cleo declined");
    drop(stranger);
}

#[actix_web::test]
async fn the_story_tells_what_happened_by_names_and_roads() {
    let w = World::new().await;
    let pair = w.meeting().await;
    w.send_mail().await;
    w.clock.advance(HOUR);
    let respond = w.link(pair.guest, Purpose::Respond).await;
    w.browser().press(&respond, "accept", &[]).await.is(200);
    w.clock.advance(DAY);
    let new = [("date", "2026-11-26"), ("from", "14:00"), ("until", "14:45"), ("note", "A train later.")];
    w.browser().press(&respond, "propose", &new).await.is(200);
    w.send_mail().await;
    let decline = w.link(pair.host, Purpose::Decline).await;
    w.browser().press(&decline, "decline", &[]).await.is(200);
    let mut ben = w.browser_of(BEN).await;
    let page = ben.get(&format!("/meetings/{}", pair.id)).await;
    page.says("You booked it").says("The invitation to you and Ana was delivered").says("Ana accepted");
    page.says("by link, yesterday 11:00")
        .says("Ana asked for a new time: Thu 26 Nov, 15:00")
        .says("A train later.");
    page.says("You declined the new time");
    let order = ["You declined", "Ana asked", "Ana accepted", "You booked it"].map(|words| {
        let story = page.text.split_once("class=\"story\"").expect("a story").1;
        story.find(words).expect(words)
    });
    assert!(order.is_sorted(), "newest first");
}

#[actix_web::test]
async fn the_story_tells_whose_agent_did_it() {
    let w = World::new().await;
    let pair = w.meeting_with(&[(CLEO, "Cleo", None)], |_| {}).await;
    let ben = w.user(BEN).await.id;
    let id = pair.id;
    w.write(move |cx| {
        let new = agents::NewRegistration {
            capabilities: agents::Capabilities { reserve: true, ..agents::Capabilities::default() },
            ..agents::NewRegistration::of(agents::Kind::Personal, "Max")
        };
        let owner = Actor::new(Who::User { id: ben, admin: false }, Road::Page, TRACE);
        let max = agents::register(cx, &owner, &new)?.agent.id;
        let max = Actor::new(Who::Agent { id: max, user: ben }, Road::Api, TRACE);
        meetings::cancel(cx, &max, id)
    })
    .await;
    let path = format!("/meetings/{id}");
    w.browser_of(BEN).await.get(&path).await.says("You booked it").says("Your agent cancelled it");
    w.browser_of(CLEO).await.get(&path).await.says("Ben booked it").says("An agent of Ben’s cancelled it");
}

/// Ana accepts by her calendar program, with a comment, and later writes a mail.
async fn ana_answers_and_writes(w: &World, pair: &Pair, ana: ParticipantId) {
    let token = w.read(move |cx| meetings::reply_token(cx, ana)).await.expect("a token");
    let organizer = w.web.store.ground().house.organizer.with_tag(&token);
    let uid = w.load(pair.id).await.uid;
    let head = format!("From: <{ANA}>\r\nTo: <{}>\r\n", organizer.as_str());
    let reply = format!(
        "{head}Subject: Re\r\nMessage-ID: <1@x>\r\nContent-Type: text/calendar; method=REPLY\r\n\r\n\
         BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nSEQUENCE:0\r\n\
         COMMENT:Can we do 3pm on Tuesday? <b>{ANA}</b>\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:{ANA}\r\n\
         END:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    let words = format!("{head}Subject: Re\r\nMessage-ID: <2@x>\r\n\r\nWhere do I park?\r\n");
    for raw in [reply, words] {
        let arrived = entente::itip::Arrival { at: w.clock.now(), number: 1 };
        let received = Received { raw: raw.into_bytes(), road: "cli", rcpt: None, arrived, cursor: None };
        w.web.intake.take(received).await.expect("an outcome");
        w.clock.advance(HOUR);
    }
}

#[actix_web::test]
async fn the_story_shows_what_was_said_with_an_answer_and_without_one() {
    let w = World::new().await;
    let pair = w.meeting().await;
    w.send_mail().await;
    ana_answers_and_writes(&w, &pair, pair.guest).await;
    let mut ben = w.browser_of(BEN).await;
    let page = ben.get(&format!("/meetings/{}", pair.id)).await;
    page.says("Ana accepted").says("Can we do 3pm on Tuesday? &#60;b&#62;[address removed]");
    page.says("Ana got a link for the time in their words");
    page.says("Ana wrote in words").says("Where do I park?");
    assert_eq!(page.text.matches("Can we do 3pm").count(), 1, "said once, told once");
}

#[actix_web::test]
async fn among_several_guests_what_one_said_is_the_hosts_to_read() {
    let w = World::new().await;
    let pair = w.meeting_with(&[(CLEO, "Cleo", None), (ANA, "Ana", None)], |_| {}).await;
    w.send_mail().await;
    let ana = w.load(pair.id).await.participants[2].id;
    ana_answers_and_writes(&w, &pair, ana).await;
    let path = format!("/meetings/{}", pair.id);
    w.browser_of(BEN).await.get(&path).await.says("Can we do 3pm").says("Where do I park?");
    let page = w.browser_of(CLEO).await.get(&path).await;
    page.says("Ana accepted").says("Ana wrote in words");
    assert!(!page.text.contains("Can we do 3pm") && !page.text.contains("Where do I park?"));
}

#[actix_web::test]
async fn a_host_whose_own_invitation_came_back_sees_it_on_the_meetings_page_and_the_administrator_on_theirs()
{
    let w = World::new().await;
    let pair = w.meeting().await;
    w.send_mail().await;
    let letter = w.letters(pair.host).await.remove(0).letter.id;
    w.write(move |cx| {
        let state = entente::post::letter::State::Bounced;
        meetings::settle(cx, &operator(), letter, state, Some("550 5.2.2 mailbox full"))
    })
    .await;
    let page = format!("/meetings/{}", pair.id);
    let seen = w.browser_of(BEN).await.get(&page).await;
    seen.is(200)
        .says("came back</span>")
        .says("550 5.2.2 mailbox full")
        .says("The invitation to you came back");
    let list = w.browser_of(ROOT).await.get("/admin/delivery").await;
    list.is(200).says(&page).says("the host, Ben").says("550 5.2.2 mailbox full");
    assert_eq!(w.letters(pair.guest).await.len(), 1, "it is no business of the guest's");
}

#[actix_web::test]
async fn an_invitation_that_lies_in_somebodys_calendar_is_said_to_lie_there() {
    let w = World::new().await;
    let pair = w.meeting().await;
    let letter = w.letters(pair.guest).await.remove(0).letter.id;
    w.write(move |cx| {
        let state = entente::post::letter::State::InCalendar;
        meetings::settle(cx, &operator(), letter, state, None)
    })
    .await;
    let page = w.browser_of(BEN).await.get(&format!("/meetings/{}", pair.id)).await;
    page.is(200).says("in the calendar</span>").says("was written into the calendar");
}

#[actix_web::test]
async fn no_page_shows_anybody_the_address_of_somebody_else() {
    let w = World::new().await;
    let dora = "dora@example.edu";
    let pair = w.meeting_with(&[(CLEO, "", None), (ANA, "Ana", None), (dora, "", None)], |_| {}).await;
    w.send_mail().await;
    let ana = w.load(pair.id).await.participants[2].id;
    let respond = w.link(ana, Purpose::Respond).await;
    let new = [("date", "2026-11-26"), ("from", "14:00"), ("until", "14:45")];
    w.browser().press(&respond, "propose", &new).await.is(200);
    let bounce = format!("550 5.1.1 <{ANA}> unknown");
    let letter =
        w.letters(ana).await.into_iter().find(|kept| kept.letter.says.is_event()).expect("one").letter.id;
    w.write(move |cx| {
        let state = entente::post::letter::State::Bounced;
        meetings::settle(cx, &operator(), letter, state, Some(&bounce))
    })
    .await;
    let all = [BEN, CLEO, ANA, dora];
    let meeting = pair.id.to_string();
    for (who, own) in [(BEN, BEN), (CLEO, CLEO)] {
        let mut browser = w.browser_of(who).await;
        for (_, route) in ROUTES.iter().filter(|(method, _)| *method == "GET") {
            let page = browser.get(&route.replace("{id}", &meeting)).await;
            for other in all.iter().filter(|other| **other != own) {
                assert!(!page.text.contains(other), "{who} sees {other} on {route}");
                let local = other.split('@').next().expect("a local part");
                assert!(!page.text.contains(local), "{who} sees {local} on {route}");
            }
        }
    }
    for (id, own) in [(ana, ANA), (pair.host, BEN)] {
        for purpose in [Purpose::Respond, Purpose::AboutYou] {
            let path = w.link(id, purpose).await;
            let page = w.browser().get(&path).await;
            page.is(200);
            for other in all.iter().filter(|other| **other != own) {
                assert!(!page.text.contains(other), "{own} sees {other} on {path}");
            }
        }
    }
    let mut cleo = w.browser_of(CLEO).await;
    let page = cleo.get(&format!("/meetings/{meeting}")).await;
    page.says("Ben").says("Your guest").says("Ana");
    assert!(!page.text.contains("came back"), "how others' mail fares is the host's to know");
    let mut ben = w.browser_of(BEN).await;
    ben.get(&format!("/meetings/{meeting}")).await.says("came back").says("[address removed]");
}

#[actix_web::test]
async fn a_long_list_is_paged_and_nothing_is_left_out() {
    let w = World::new().await;
    for n in 0..65 {
        w.meeting_with(&[(ANA, "Ana", None)], move |new| {
            new.title = format!("Meeting {n:02}");
            new.start = new.start.plus(n * HOUR);
            new.end = new.end.plus(n * HOUR);
        })
        .await;
    }
    let mut root = w.browser_of(BEN).await;
    let (mut path, mut seen, mut pages) = ("/meetings".to_owned(), Vec::new(), 0);
    loop {
        let page = root.get(&path).await;
        page.is(200);
        seen.extend((0..65).filter(|n| page.text.contains(&format!("Meeting {n:02}<"))));
        pages += 1;
        let Some((before, _)) = page.text.split_once("\" rel=\"next\"") else { break };
        path = crate::pages_world::plain(before.rsplit('"').next().expect("an address"));
    }
    assert_eq!((pages, seen), (3, (0..65).collect()));
}

#[actix_web::test]
async fn administrators_look_after_the_house() {
    let w = World::new().await;
    let pair = w.meeting().await;
    let mut root = w.browser_of(ROOT).await;
    w.write(|cx| entente::queue::hold(cx, entente::post::TOPIC, "Restored from a backup.")).await;
    root.get("/admin").await.is(200).says("Outgoing mail is held.").says("Restored from a backup.");
    root.press("/admin", "/admin/release", &[]).await.is(303);
    assert!(!root.get("/admin").await.text.contains("Outgoing mail is held."));
    // A mail that cannot be sent, tried again, arrives after all.
    w.write(|cx| {
        let leases = entente::queue::claim(cx, entente::post::TOPIC, 1, 60_000)?;
        let (lease, reason) = (&leases[0], entente::queue::Reason::Refused);
        let id = lease.payload["letter"].as_str().expect("an id").parse()?;
        entente::queue::bury(cx, lease, reason, "550 5.1.1 <ana.guest@example.net> unknown")?;
        meetings::settle(cx, &operator(), id, entente::post::letter::State::Failed, Some("550 5.1.1"))
    })
    .await;
    root.get("/admin/dead").await.is(200).says("Practice session — Invitation").says("[address removed]");
    root.get("/admin/delivery").await.is(200).says("could not be sent").says("550 5.1.1");
    let dead = root.get("/admin/dead").await;
    root.press_on(&dead, "retry", &[]).await.is(303);
    root.press_on(&dead, "retry", &[]).await.is(303);
    w.send_mail().await;
    root.get("/admin/dead").await.says("None");
    root.get("/admin/delivery").await.is(200).says("Everything arrives");
    assert!(w.load(pair.id).await.participants.iter().all(|one| one.delivery.as_str() == "delivered"));
    root.get("/admin/alerts").await.is(200).says("All quiet");
    root.get("/admin/inbound?outcome=ignored").await.is(200).says("Nothing yet");
}

#[actix_web::test]
async fn administrators_add_and_shut_out_users() {
    let w = World::new().await;
    let mut root = w.browser_of(ROOT).await;
    let new = [("name", "Dan"), ("email", "dan@example.org"), ("zone", "Europe/Rome"), ("role", "member")];
    let page = root.get("/admin/users").await;
    root.press_on(&page, "/admin/users", &new).await.is(303);
    root.press_on(&page, "/admin/users", &new)
        .await
        .is(422)
        .says("There is an account with this address already");
    let wrong = [("name", "Eve"), ("email", "eve"), ("zone", "Rome")];
    root.press_on(&page, "/admin/users", &wrong).await.is(422).says("value=\"eve\"").says("value=\"Rome\"");
    let mut ben = w.browser_of(BEN).await;
    let id = w.user(BEN).await.id;
    let path = format!("/admin/users/{id}");
    let csrf = crate::pages_world::forms(&page.text)[0].fields[0].1.clone();
    let made = root.post(&path, &[("csrf", &csrf), ("do", "link")]).await;
    made.is(200).says("http://localhost:8080/sign-in/link?t=");
    root.post(&path, &[("csrf", &csrf), ("do", "disable")]).await.is(303);
    ben.get("/meetings").await.is(401);
    root.post(&path, &[("csrf", &csrf), ("do", "enable")]).await.is(303);
    let own = format!("/admin/users/{}", w.user(ROOT).await.id);
    root.post(&own, &[("csrf", &csrf), ("do", "disable")]).await.is(409).says("last administrator");
    assert_ne!(hash(&w.rows()), hash(""));
}
