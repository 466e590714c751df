//! Sessions through their pages: one line becomes a preview and then a session, people decide where it is shown or by the
//! links of a mail, and the transcript says who did what.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use entente::accounts::{self, NewUser, Role};
use entente::base::actor::{Actor, Road, Who};
use entente::base::time::{DAY, HOUR, MINUTE};
use entente::links::Purpose;
use entente::network::Scope;
use entente::notices::{self, Kind, Listing, Mail, Preferences, Waits};
use entente::post::letter::Says;
use entente::sessions;
use entente::sessions::conversation::{self, NewConversation, Request, Rights, With};

use crate::pages_world::{ANA, BEN, CLEO, Reply, World, address, operator, zone};

const LINE: &str = "/sessions/new?line=45%20minutes%20with%20Ana%20next%20week%2C%20not%20before%2010";

/// Where a form leads.
#[track_caller]
fn leads(reply: &Reply) -> String {
    assert_eq!(reply.code, 303, "{}", reply.main());
    reply.header("location").to_owned()
}

/// A house in which Ana, in Lisbon, has an account as well.
async fn world() -> World {
    let w = World::new().await;
    w.write(|cx| {
        let zone = Some(zone("Europe/Lisbon"));
        let new = NewUser { address: address(ANA), name: "Ana".to_owned(), zone, role: Role::Member };
        accounts::add(cx, &operator(), &new).map(drop)
    })
    .await;
    w
}

async fn connected(w: &World, scopes: &[Scope]) {
    let id = w.connection(BEN, ANA).await;
    w.grant(id, ANA, scopes).await;
}

const CONFIRM: &[Scope] = &[Scope::AvailabilityRead, Scope::Propose, Scope::BookConfirmed];
const AUTO: &[Scope] = &[Scope::AvailabilityRead, Scope::Propose, Scope::BookConfirmed, Scope::BookAlone];

/// The kinds of somebody's notices, newest first, and whether each asks something.
async fn told(w: &World, email: &'static str) -> Vec<(Kind, bool)> {
    let id = w.user(email).await.id;
    let who = Actor::new(Who::User { id, admin: false }, Road::Page, "t");
    let listing = Listing { unread: false, before: None, limit: 50 };
    let page = w.read(move |cx| notices::list(cx, &who, listing)).await;
    page.notices.iter().map(|one| (one.notice.kind, !matches!(one.waits, Waits::Nothing))).collect()
}

/// The texts of the letters to somebody, newest first.
async fn letters_to(w: &World, email: &'static str) -> Vec<Says> {
    let letters = w
        .read(move |cx| {
            let hash = entente::links::address_hash(cx, &address(email));
            entente::post::letter::of_address(cx, &hash, 50)
        })
        .await;
    letters.into_iter().map(|kept| kept.letter.says).collect()
}

#[actix_web::test]
async fn a_line_becomes_a_preview_that_asks_nobody_and_its_button_begins_a_session() {
    let w = world().await;
    connected(&w, AUTO).await;
    let mut ben = w.browser_of(BEN).await;
    ben.get("/").await.says("Ask for a meeting").says("action=\"/sessions/new\"");
    let before = w.rows();
    let page = ben.get(LINE).await;
    page.is(200)
        .says("Understood: 45 minutes with Ana, Mon 23 Nov to Sun 29 Nov, not before 10:00.")
        .says("value=\"2026-11-23\"")
        .says("value=\"10:00\"")
        .says("Ana’s agent is asked when Ana has time, and may agree by itself.");
    assert_eq!(w.rows(), before, "looking asks nobody");
    assert!(!page.text.contains(ANA), "by name only");
    let changed = ben.press_on(&page, "preview", &[("length_minutes", "30"), ("title", "Tea")]).await;
    changed.is(200).says("value=\"30\"").says("value=\"Tea\"");
    let begun = leads(&ben.press_on(&changed, "start", &[]).await);
    assert!(begun.starts_with("/sessions/ses_") && begun.ends_with("?done=session-started"), "{begun}");
    let path = begun.split('?').next().unwrap().to_owned();
    ben.get(&begun)
        .await
        .says("agents at work")
        .says("The agents are at it")
        .says("data-busy")
        .says("30 minutes");
    w.agents().await;
    let page = ben.get(&path).await;
    page.says("It is booked.")
        .says("See the meeting")
        .says("Your agent proposed times")
        .says("Ana’s agent agreed");
    page.says("Monday 23 November 2026, 10:00 – 10:30").says("Paris time, UTC+1 (09:00 – 09:30 UTC)");
    assert!(!page.text.contains("data-live"), "nothing changes any more");
    ben.get("/sessions").await.says("Tea").says("with Ana").says("booked");
    let ana = w.browser_of(ANA).await.get(&path).await;
    ana.says("Your agent agreed").says("Ben’s agent proposed times").says("09:00 – 09:30");
    assert!(!ana.text.contains(BEN), "by name only");
    w.browser_of(CLEO).await.get(&path).await.is(404);
}

#[actix_web::test]
async fn a_line_that_is_not_understood_says_what_and_is_kept() {
    let w = world().await;
    connected(&w, CONFIRM).await;
    let mut ben = w.browser_of(BEN).await;
    let page = ben.get("/sessions/new?line=45%20minutes%20with%20Zoe%20next%20week").await;
    page.is(422).says("value=\"45 minutes with Zoe next week\"").says("aria-invalid");
    assert!(!page.text.contains("Understood"));
    // The plain form below it works without any line.
    let none = ben.press_on(&page, "start", &[("title", "Tea")]).await;
    none.is(422).says("Choose at least one person").says("value=\"Tea\"");
    for (field, typed, words) in [
        ("length_minutes", "2", "whole number from 5 to 1440"),
        ("first", "soon", "should look like 2026-11-25"),
        ("earliest", "ten", "should look like 10:30"),
        ("last", "2026-11-01", "leaves no time ahead"),
    ] {
        let page = ben.get(LINE).await;
        ben.press_on(&page, "start", &[(field, typed)]).await.is(422).says(words).says(typed);
    }
    let page = ben.get(LINE).await;
    let days = ben.press_on(&page, "start", &[("days", "2026-11-24"), ("days", "Thursday")]).await;
    days.is(422).says("should look like 2026-11-25").says("value=\"2026-11-24\" checked");
}

#[actix_web::test]
async fn whoever_did_not_let_one_ask_is_not_asked() {
    let w = world().await;
    connected(&w, &[Scope::ProfileRead]).await;
    let mut ben = w.browser_of(BEN).await;
    let page = ben.get(LINE).await;
    page.says("Ana has not let your agent propose times: nothing can be asked.");
    ben.press_on(&page, "start", &[]).await.is(422).says("so nobody was asked");
    w.browser_of(CLEO).await.get("/sessions/new").await.says("You are connected with nobody yet");
    ben.get("/sessions").await.says("No agent has asked yet");
}

#[actix_web::test]
async fn a_decision_is_taken_where_it_is_shown_on_home_in_notices_and_on_the_page() {
    let w = world().await;
    let id = w.session(BEN, ANA).await;
    let path = format!("/sessions/{id}");
    w.agents().await;
    assert_eq!(told(&w, ANA).await.first(), Some(&(Kind::SessionDecision, true)));
    assert!(told(&w, ANA).await.contains(&(Kind::SessionStarted, false)));
    w.browser_of(BEN).await.get(&path).await.says("waits for others").says("it waits for Ana");
    let mut ana = w.browser_of(ANA).await;
    let home = ana.get("/").await;
    home.says("One thing needs you").says("Agree to this time");
    let notices = ana.get("/notices").await;
    notices.says("Second movement with Ben waits for you to decide.").says("Agree to this time");
    notices.says("Ben wants to arrange Second movement with you.");
    // Not this one: the agents go on with another.
    let refused = leads(&ana.press_on(&notices, "refuse", &[]).await);
    assert_eq!(refused, format!("{path}?done=session-refused"));
    w.follow().await;
    assert!(told(&w, ANA).await.iter().all(|(_, asks)| !asks), "nothing waits while the agents are at it");
    w.agents().await;
    assert_eq!(told(&w, ANA).await.first(), Some(&(Kind::SessionDecision, true)), "asked again");
    let page = ana.get(&path).await;
    page.says("you decide").says("You refused a time").says("data-live");
    // The same button twice does it once.
    let agreed = leads(&ana.press_on(&page, "agree", &[]).await);
    assert_eq!(agreed, format!("{path}?done=session-booked"));
    ana.press_on(&page, "agree", &[]).await.is(409).says("came to a meeting already");
    w.follow().await;
    assert!(told(&w, ANA).await.iter().all(|(_, asks)| !asks));
    assert!(told(&w, BEN).await.contains(&(Kind::MeetingBooked, false)));
    ana.get("/").await.says("Nothing needs you");
    ana.get(&path).await.says("You agreed to a time").says("It was booked").says("See the meeting");
}

#[actix_web::test]
async fn a_mailed_decision_is_taken_without_signing_in_once_and_by_its_button_alone() {
    let w = world().await;
    let (agree, refuse) = w.decision(BEN, ANA).await;
    let before = w.rows();
    let mut ana = w.browser();
    let page = ana.get(&agree).await;
    page.is(200).says("Agree to this time?").says("Second movement with Ben").says("Lisbon time");
    assert!(!page.text.contains(ANA) && !page.text.contains(BEN), "no address");
    ana.get(&refuse).await.is(200).says("Not this time?");
    assert_eq!(w.rows(), before, "looking changes nothing");
    let done = ana.press_on(&page, "agree", &[]).await;
    done.is(200).says("It is booked");
    for link in [&agree, &refuse] {
        ana.get(link).await.is(200).says("It is booked").says("Nothing more has changed now");
        ana.post(link, &[]).await.is(200).says("Nothing more has changed now");
    }
    // The transcript says who, as a person; both have their invitation.
    let id = w.user(BEN).await.id;
    let who = Actor::new(Who::User { id, admin: false }, Road::Page, "t");
    let all = w.read(move |cx| sessions::sessions(cx, &who, None, 5)).await;
    let path = format!("/sessions/{}", all.sessions[0].id);
    w.browser_of(BEN).await.get(&path).await.says("Ana agreed to a time");
    for email in [BEN, ANA] {
        let letters = letters_to(&w, email).await;
        assert!(letters.iter().any(|says| matches!(says, Says::Invitation { .. })), "{email}");
    }
    // What is none of ours is told apart from nothing.
    let unknown = ana.get("/decide?t=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa").await;
    unknown.is(404).says("not known here");
    ana.post("/decide?t=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", &[]).await.is(404);
}

#[actix_web::test]
async fn a_mailed_refusal_lets_the_agents_go_on_and_ends_the_first_letters_links() {
    let w = world().await;
    let (agree, refuse) = w.decision(BEN, ANA).await;
    let mut ana = w.browser();
    ana.press(&refuse, "refuse", &[]).await.is(200).says("You refused this time");
    ana.get(&agree).await.is(200).says("There is nothing to decide here any more");
    ana.get(&refuse).await.is(200).says("There is nothing to decide here any more");
    w.agents().await;
    let Says::Decision { times, .. } = w.newest_letter(ANA).await.letter.says else { panic!("asked again") };
    let again = w.path(Purpose::Decide, times[0].1);
    assert_ne!(again, agree);
    ana.press(&again, "agree", &[]).await.is(200).says("It is booked");
}

#[actix_web::test]
async fn a_link_dies_with_the_session_and_with_its_reader() {
    let w = world().await;
    let (agree, _) = w.decision(BEN, ANA).await;
    w.clock.advance(4 * DAY);
    w.browser().get(&agree).await.is(200).says("nothing to decide");
    w.write(sessions::expire_overdue).await;
    w.browser().get(&agree).await.is(200).says("Nobody decided in time");
    w.browser().post(&agree, &[]).await.is(200).says("Nobody decided in time");
    w.follow().await;
    assert_eq!(told(&w, BEN).await.first(), Some(&(Kind::SessionEnded, false)));
    w.browser_of(BEN).await.get("/notices").await.says("nobody decided in time");
    let ana = w.user(ANA).await.id;
    w.write(move |cx| accounts::disable(cx, &operator(), ana).map(drop)).await;
    w.browser().get(&agree).await.is(404);
}

#[actix_web::test]
async fn times_are_named_by_hand_and_a_refused_one_offers_others_as_buttons() {
    let w = world().await;
    let id = w.session(BEN, ANA).await;
    let path = format!("/sessions/{id}");
    w.agents().await;
    let mut ana = w.browser_of(ANA).await;
    let empty = ana.press(&path, "propose", &[]).await;
    empty.is(422).says("Name at least one time");
    let half = ana.press(&path, "propose", &[("date", "2026-11-26"), ("from", "half past")]).await;
    half.is(422).says("should look like 10:30").says("value=\"2026-11-26\"").says("value=\"half past\"");
    // At night Ben does not work: what can be had instead is one press away.
    let night = ana.press(&path, "propose", &[("date", "2026-11-26"), ("from", "03:00")]).await;
    night.is(409).says("This time cannot be had").says("name=\"start\"");
    let start =
        night.text.split("name=\"start\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let proposed = ana.press_on(&night, "propose", &[("start", &start)]).await;
    assert_eq!(leads(&proposed), format!("{path}?done=session-proposed"));
    ana.get(&path).await.says("You named other times").says("You named it.").says("agents at work");
    // Ben's agent takes it, and Ana has said so herself: it is booked.
    w.agents().await;
    ana.get(&path).await.says("It is booked");
}

#[actix_web::test]
async fn something_is_said_without_addresses_and_a_session_is_ended_with_a_reason_for_all() {
    let w = world().await;
    let id = w.session(BEN, ANA).await;
    let path = format!("/sessions/{id}");
    w.agents().await;
    let mut ana = w.browser_of(ANA).await;
    let said = ana.press(&path, "say", &[("note", "Write to ana.guest@example.net <b>please</b>")]).await;
    assert_eq!(leads(&said), format!("{path}?done=session-said"));
    let mut ben = w.browser_of(BEN).await;
    let page = ben.get(&path).await;
    page.says("Ana said something").says("&#60;b&#62;please");
    assert!(!page.text.contains(ANA), "an address in a note is taken out");
    let ended = ana.press(&path, "end", &[]).await;
    assert_eq!(leads(&ended), format!("{path}?done=session-ended"));
    ben.get(&path).await.says("no meeting").says("It was ended").says("Ana ended it");
    ana.press_on(&page, "end", &[]).await.is(403);
    w.follow().await;
    ben.get("/notices").await.says("There is no meeting for Second movement with Ana: it was called off.");
    assert!(!told(&w, ANA).await.iter().any(|(kind, _)| *kind == Kind::SessionEnded), "they know");
    let none = format!("/sessions/{}", w.session(BEN, ANA).await);
    w.agents().await;
    leads(&ana.press(&none, "none", &[("note", "Not this month.")]).await);
    ben.get(&none).await.says("Ana declined.").says("Not this month.");
}

#[actix_web::test]
async fn whoever_asked_is_told_when_their_own_agent_finds_no_time() {
    let w = world().await;
    connected(&w, CONFIRM).await;
    let mut ben = w.browser_of(BEN).await;
    // On a Sunday neither of them works.
    let page = ben.get(LINE).await;
    let sunday = [("first", "2026-11-29"), ("last", "2026-11-29")];
    let begun = leads(&ben.press_on(&page, "start", &sunday).await);
    w.agents().await;
    let path = begun.split('?').next().unwrap().to_owned();
    ben.get(&path).await.says("No time suits everybody within what was asked for.");
    assert_eq!(told(&w, BEN).await.first(), Some(&(Kind::SessionEnded, false)));
    ben.get("/notices").await.says("no time suits everybody");
}

#[actix_web::test]
async fn a_decision_is_mailed_at_once_as_chosen_and_taken_back_when_it_was_decided_before_it_left() {
    let w = world().await;
    let ana = w.user(ANA).await.id;
    let who = Actor::new(Who::User { id: ana, admin: false }, Road::Page, "t");
    // At night in Lisbon: the mail waits for the morning.
    let quiet =
        Preferences { quiet: entente::base::hours::Window::new(8 * 60, 12 * 60), ..Preferences::default() };
    w.write(move |cx| notices::set_preferences(cx, &who, &quiet).map(drop)).await;
    let id = w.session(BEN, ANA).await;
    w.agents().await;
    w.send_mail().await;
    let mut browser = w.browser_of(ANA).await;
    let path = format!("/sessions/{id}");
    leads(&browser.press(&path, "agree", &[]).await);
    w.follow().await;
    w.clock.advance(4 * HOUR + MINUTE);
    w.send_mail().await;
    let mailed = mails(&w, ANA).await;
    assert!(mailed.iter().all(|text| !text.contains("/decide?t=")), "it was decided: {mailed:?}");
    // And whoever does not want it mailed is told in-app alone.
    let who = Actor::new(Who::User { id: ana, admin: false }, Road::Page, "t");
    let never = Preferences {
        mail: [(Kind::SessionDecision, Mail::Never)].into_iter().collect(),
        ..Preferences::default()
    };
    w.write(move |cx| notices::set_preferences(cx, &who, &never).map(drop)).await;
    w.session(BEN, ANA).await;
    w.agents().await;
    w.send_mail().await;
    assert!(mails(&w, ANA).await.iter().all(|text| !text.contains("/decide?t=")));
    assert_eq!(told(&w, ANA).await.first(), Some(&(Kind::SessionDecision, true)));
}

/// The plain texts of the mails that reached somebody.
async fn mails(w: &World, email: &'static str) -> Vec<String> {
    let found = w.read(move |cx| entente::post::mailroom::mails(cx, email, 50)).await;
    let mut texts = Vec::new();
    for mail in found {
        let bytes = w.read(move |cx| entente::post::mailroom::mail(cx, mail.id)).await.raw;
        let parsed = mail_parser::MessageParser::default().parse(&bytes).unwrap();
        texts.push(parsed.body_text(0).unwrap_or_default().into_owned());
    }
    texts
}

#[actix_web::test]
async fn the_mail_of_a_decision_has_both_buttons_and_no_address() {
    let w = world().await;
    w.decision(BEN, ANA).await;
    w.send_mail().await;
    let mailed = mails(&w, ANA).await;
    let text = mailed.iter().find(|text| text.contains("/decide?t=")).expect("it was mailed");
    assert!(text.contains("Second movement with Ben waits for you to decide."), "{text}");
    assert!(text.contains("Lisbon time") && text.contains("UTC") && text.contains("Not this one:"), "{text}");
    assert!(!text.contains(BEN) && !text.contains(ANA), "{text}");
}

#[actix_web::test]
async fn whoever_holds_a_used_decision_link_has_a_fresh_one_sent_while_something_waits() {
    let w = world().await;
    let (agree, refuse) = w.decision(BEN, ANA).await;
    let mut ana = w.browser();
    ana.press(&refuse, "refuse", &[]).await.is(200);
    // The agents are at it: nothing waits, and nothing is offered.
    assert!(!ana.get(&refuse).await.text.contains("fresh"));
    w.agents().await;
    let before = letters_to(&w, ANA).await.len();
    for (link, words) in [(&refuse, "This link has been used"), (&agree, "This link has expired")] {
        let rows = w.rows();
        let page = ana.get(link).await;
        page.is(410).says(words).says("Send me a fresh link");
        assert!(!page.text.contains(ANA) && !page.text.contains(BEN), "no address");
        assert_eq!(w.rows(), rows, "looking changes nothing");
        w.clock.advance(1_000);
        let sent = ana.press_on(&page, "fresh", &[]).await;
        sent.is(200).says("a fresh one is on its way to the address it was made for");
    }
    let letters = letters_to(&w, ANA).await;
    assert_eq!(letters.len(), before + 2);
    let Says::Decision { times, .. } = &letters[0] else { panic!("it asks once more") };
    let fresh = w.path(Purpose::Decide, times[0].1);
    // Five an hour, and of a link that is none of ours the answer is the same.
    for _ in 0..8 {
        w.clock.advance(1_000);
        ana.post(&refuse, &[("do", "fresh")]).await.is(200).says("a fresh one is on its way");
    }
    assert_eq!(letters_to(&w, ANA).await.len(), before + 5);
    let unknown = "/decide?t=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    ana.press(unknown, "fresh", &[]).await.is(200).says("a fresh one is on its way");
    ana.press(&fresh, "agree", &[]).await.is(200).says("It is booked");
    // It is decided: the page says so, and there is nothing to send.
    ana.get(&refuse).await.is(200).says("It is booked");
    w.follow().await;
    w.clock.advance(2 * HOUR);
    let after = letters_to(&w, ANA).await.len();
    ana.post(&refuse, &[("do", "fresh")]).await.is(200).says("a fresh one is on its way");
    assert_eq!(letters_to(&w, ANA).await.len(), after);
}

#[actix_web::test]
async fn what_was_asked_for_is_told_by_the_clock_of_whoever_reads_and_in_the_days_of_whoever_asked() {
    let w = world().await;
    connected(&w, CONFIRM).await;
    let mut ben = w.browser_of(BEN).await;
    let line = "/sessions/new?line=45%20minutes%20with%20Ana%20next%20week%2C%20between%2010%20and%2012";
    let page = ben.get(line).await;
    let begun = leads(&ben.press_on(&page, "start", &[]).await);
    let path = begun.split('?').next().unwrap().to_owned();
    ben.get(&path).await.says("45 minutes, 23 Nov to 29 Nov, 10:00 to 12:00");
    let mut ana = w.browser_of(ANA).await;
    ana.get(&path).await.says("45 minutes, 23 Nov to 29 Nov, 09:00 to 11:00");
    ana.get("/sessions").await.says("45 minutes, 23 Nov to 29 Nov, 09:00 to 11:00");
}

#[actix_web::test]
async fn what_would_be_better_is_shown_before_and_after_and_says_why_a_time_was_named() {
    let w = world().await;
    connected(&w, CONFIRM).await;
    let mut ben = w.browser_of(BEN).await;
    let line = "/sessions/new?line=45%20minutes%20with%20Ana%20next%20week%2C%20preferably%20on%20Tuesday%20after%2014";
    let page = ben.get(line).await;
    page.is(200)
        .says("Mon 23 Nov to Sun 29 Nov, if possible on Tuesday and not before 14:00.")
        .says("value=\"tue\" checked")
        .says("id=\"better-from\" name=\"better_from\" type=\"time\" value=\"14:00\"");
    for (field, typed, words) in [
        ("better_until", "noon", "should look like 10:30"),
        ("better_until", "14:30", "leave no room for it"),
        ("last", "2026-11-23", "None of the days that are asked for"),
    ] {
        ben.press_on(&page, "start", &[(field, typed)]).await.is(422).says(words);
    }
    let more = [("better_days", "tue"), ("better_days", "2026-11-26")];
    let changed = ben.press_on(&page, "preview", &more).await;
    changed.is(200).says("value=\"2026-11-26\" checked").says(">26 Nov</label>");
    let begun = leads(&ben.press_on(&changed, "start", &[]).await);
    let path = begun.split('?').next().unwrap().to_owned();
    w.agents().await;
    ben.get(&path)
        .await
        .says("You would rather meet on Tuesday or 26 Nov, from 14:00; other times are named")
        .says("Your agent named it: when you would rather meet.")
        .says("Paris time, UTC+1 (13:00 – 13:45 UTC): when you would rather meet");
    let mut ana = w.browser_of(ANA).await;
    ana.get(&path)
        .await
        .says("Ben would rather meet on Tuesday or 26 Nov, from 13:00; other times are named")
        .says("Ben’s agent named it: when Ben would rather meet.");
    // What can be had instead of a time that cannot says it, too.
    let night = ana.press(&path, "propose", &[("date", "2026-11-24"), ("from", "03:00")]).await;
    night.is(409).says("the day or the hour that Ben would rather have</span></button>");
}

#[actix_web::test]
async fn fields_that_repeat_the_sentence_are_folded_and_days_are_ticked() {
    let w = world().await;
    connected(&w, CONFIRM).await;
    let mut ben = w.browser_of(BEN).await;
    let page = ben.get(LINE).await;
    page.says("Understood: 45 minutes with Ana")
        .says("<details class=\"change-it\"><summary>Change something");
    page.says("Only on some of these days").says(">Tue 24 Nov</label>");
    assert!(!page.text.contains("Like 2026-11-24"), "{}", page.main());
    ben.get("/sessions/new").await.says("<details class=\"change-it\" open>");
    let typed = [("days", "2026-11-24"), ("days", "2026-11-26")];
    let preview = ben.press_on(&page, "preview", &typed).await;
    preview.says("value=\"2026-11-24\" checked").says("value=\"2026-11-26\" checked");
    let begun = leads(&ben.press_on(&page, "start", &typed).await);
    ben.get(&begun).await.says("45 minutes, 24 Nov, 26 Nov, from 10:00");
}

#[actix_web::test]
async fn what_could_not_be_begun_is_not_shown_as_if_it_could() {
    let w = world().await;
    connected(&w, CONFIRM).await;
    let mut ben = w.browser_of(BEN).await;
    let page = ben.get(LINE).await;
    let backwards = [("first", "2026-11-27"), ("last", "2026-11-25")];
    let narrow = [("better_from", "10:00"), ("better_until", "10:20")];
    for (typed, words) in [(backwards, "That leaves no time ahead"), (narrow, "leave no room for it")] {
        for button in ["preview", "start"] {
            let refused = ben.press_on(&page, button, &typed).await;
            refused.is(422).says(words).says(&format!("value=\"{}\"", typed[0].1));
        }
    }
    ben.press_on(&page, "preview", &[]).await.is(200);
}

#[actix_web::test]
async fn a_time_that_somebody_named_themselves_is_theirs_whatever_they_agree_to_afterwards() {
    let w = world().await;
    let id = w.session(BEN, ANA).await;
    let path = format!("/sessions/{id}");
    w.agents().await;
    let mut ben = w.browser_of(BEN).await;
    let page = ben.get(&path).await;
    assert!(page.text.contains("agent named it"), "{}", page.main());
    let two = [("date", "2026-11-26"), ("from", "11:00"), ("date", "2026-11-26"), ("from", "14:00")];
    let mut ana = w.browser_of(ANA).await;
    leads(&ana.press(&path, "propose", &two).await);
    let me = w.user(ANA).await.id;
    w.write(move |cx| {
        let who = Actor::new(Who::User { id: me, admin: false }, Road::Page, "t");
        let proposal = sessions::session(cx, &who, id)?.open_proposals().next().unwrap().id;
        sessions::say(cx, &who, id, &sessions::Message::Accept { proposal }).map(drop)
    })
    .await;
    let page = ben.get(&path).await;
    page.says("Ana named other times");
    assert_eq!(page.main().matches("Ana named it.").count(), 2, "{}", page.main());
    assert!(!page.text.contains("agent named it"), "{}", page.main());
}

#[actix_web::test]
async fn a_session_and_the_conversation_that_it_began_in_show_each_other_and_what_is_taken_away_there() {
    let w = world().await;
    let connection = w.connection(BEN, ANA).await;
    w.grant(connection, ANA, CONFIRM).await;
    let ben = Actor::new(Who::User { id: w.user(BEN).await.id, admin: false }, Road::Page, "t");
    let (talk, session) = w
        .write(move |cx| {
            let talk = NewConversation {
                with: vec![With::Person(connection)],
                shape: None,
                request: Request::Schedule,
                topic: "Before the concert".to_owned(),
                urgency: 3,
                answer_minutes: None,
                rights: Rights { calendar: true, location: false, commitments: true },
                keep_days: None,
            };
            let talk = conversation::begin(cx, &ben, &talk)?.id;
            let wish = sessions::wish(cx, &ben, "45 minutes with Ana next week", None)?.understood()?;
            let new = sessions::New { conversation: Some(talk), ..wish.new };
            Ok((talk, sessions::start(cx, &ben, &new)?.allowed()?.id))
        })
        .await;
    let (path, of_talk) = (format!("/sessions/{session}"), format!("/conversations/{talk}"));
    let mut ben = w.browser_of(BEN).await;
    ben.get(&path).await.says("Began in the conversation").says("Before the concert").says(&of_talk);
    let mut ana = w.browser_of(ANA).await;
    let page = ana.get(&of_talk).await;
    page.says("What began here").says("goes on").says(&path);
    leads(&ana.press_on(&page, "narrow", &[("rights", "commitments")]).await);
    w.agents().await;
    ben.get(&path).await.says("you decide").says("yours to name some").says("a person decides");
    ben.get("/").await.says("One thing needs you").says("Name times for it");
    assert!(told(&w, BEN).await.iter().any(|(kind, _)| *kind == Kind::SessionDecision));
    assert!(
        matches!(letters_to(&w, BEN).await.first(), Some(Says::Notice { .. })),
        "he is told by mail as well"
    );
}
