//! A user mails a line to the organizer: the answer shows what was understood, its link's page begins it, and a mail that
//! may be anybody's makes the house write to nobody else, a little, and nothing more.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use entente::accounts::{self, NewUser, Role};
use entente::base::time::{DAY, HOUR};
use entente::config::Imap;
use entente::itip::Arrival;
use entente::links::{Purpose, address_hash};
use entente::mail::inbound::{Received, Taken};
use entente::network::Scope;
use entente::post::inbound::Outcome;
use entente::post::letter::{self, Letter, Says, WishRead};
use entente::post::{mailroom, suppress};
use entente::sessions;
use entente::words::wish;

use crate::pages_world::{ANA, BEN, CLEO, Setting, World, address, at, operator, zone};

const ORGANIZER: &str = "scheduling@entente.test";
const LINE: &str = "45 minutes with Ana next week, not before 10";
const PROVEN: &str =
    "Authentication-Results: mx.entente.test; dkim=pass header.d=example.org; dmarc=pass\r\n";
pub(crate) const CONFIRM: &[Scope] = &[Scope::AvailabilityRead, Scope::Propose, Scope::BookConfirmed];

/// A house in which Ana has an account as well, is connected with Ben and lets his agent ask; whose mail server says who
/// is who.
async fn world(scopes: &[Scope]) -> World {
    world_with(scopes, |_| {}).await
}

/// The same with a setting changed by `change`.
pub(crate) async fn world_with(scopes: &[Scope], change: impl FnOnce(&mut Setting)) -> World {
    let mut setting = Setting::new();
    change(&mut setting);
    setting.house.is_mailroom = false;
    setting.config.mail.imap =
        Some(Imap { trusted_authserv_id: "mx.entente.test".to_owned(), ..Imap::default() });
    let w = World::with(setting).await;
    w.write(|cx| {
        let zone = Some(zone("Europe/Lisbon"));
        let new = NewUser { address: address(ANA), name: "Ana".to_owned(), zone, role: Role::Member };
        accounts::add(cx, &operator(), &new).map(drop)
    })
    .await;
    let id = w.connection(BEN, ANA).await;
    w.grant(id, ANA, scopes).await;
    w
}

/// A mail as programs write it.
pub(crate) struct Mail<'a> {
    pub(crate) headers: &'a str,
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) text: &'a str,
    pub(crate) id: &'a str,
}

pub(crate) const WISH: Mail<'static> =
    Mail { headers: PROVEN, from: BEN, to: ORGANIZER, subject: LINE, text: "", id: "one@mail.example.org" };

impl Mail<'_> {
    fn raw(&self) -> Vec<u8> {
        let Mail { headers, from, to, subject, text, id } = self;
        format!(
            "{headers}From: Ben <{from}>\r\nTo: <{to}>\r\nSubject: {subject}\r\nMessage-ID: <{id}>\r\n\
             Date: Fri, 20 Nov 2026 09:00:00 +0000\r\n\r\n{text}\r\n"
        )
        .into_bytes()
    }
}

pub(crate) async fn take(w: &World, mail: &Mail<'_>) -> Taken {
    let arrived = Arrival { at: w.clock.now(), number: 1 };
    let received = Received { raw: mail.raw(), road: "imap", rcpt: None, arrived, cursor: None };
    w.web.intake.take(received).await.unwrap()
}

/// The answers to somebody's wishes, newest first.
async fn answers(w: &World, email: &'static str) -> Vec<Letter> {
    let letters = w.read(move |cx| letter::of_address(cx, &address_hash(cx, &address(email)), 100)).await;
    letters.into_iter().map(|kept| kept.letter).filter(|one| matches!(one.says, Says::Wish { .. })).collect()
}

pub(crate) async fn read(w: &World) -> WishRead {
    let Says::Wish { read, .. } = answers(w, BEN).await.remove(0).says else { panic!("an answer") };
    read
}

/// The path of the link in the newest answer.
async fn link(w: &World) -> String {
    let Says::Wish { link, .. } = answers(w, BEN).await.remove(0).says else { panic!("an answer") };
    w.path(Purpose::Wish, link.expect("it can begin"))
}

/// How many sessions there are of Ben's.
pub(crate) async fn begun(w: &World) -> usize {
    let id = w.user(BEN).await.id;
    let who = entente::base::actor::Actor::new(
        entente::base::actor::Who::User { id, admin: false },
        entente::base::actor::Road::Page,
        "t",
    );
    w.read(move |cx| sessions::sessions(cx, &who, None, 50)).await.sessions.len()
}

#[actix_web::test]
async fn a_mailed_line_is_answered_with_a_preview_and_the_button_of_its_page_begins() {
    let w = world(CONFIRM).await;
    let taken = take(&w, &WISH).await;
    assert_eq!(taken.outcome, Outcome::Answered, "{}", taken.reason);
    let answer = answers(&w, BEN).await.remove(0);
    assert_eq!(answer.in_reply_to.as_deref(), Some(WISH.id), "it is of the same conversation");
    let shown = read(&w).await;
    assert_eq!((shown.line.as_str(), shown.title.as_str()), (LINE, "45 minutes with Ana"));
    let fields: Vec<_> = shown.fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    assert_eq!(
        fields,
        [
            "With: Ana",
            "How long: 45 minutes",
            "Days: Mon 23 Nov to Sun 29 Nov 2026",
            "Hours: Not before 10:00 (Paris time, UTC+1)",
            "How: However it suits",
        ]
    );
    assert_eq!(shown.asked, ["Ana’s agent is asked when Ana has time. Ana then decides."]);
    let id = taken.id;
    assert_eq!(
        w.read(move |cx| entente::post::inbound::raw(cx, id)).await,
        None,
        "the mail itself is not kept"
    );
    assert_eq!(w.read(move |cx| entente::post::inbound::get(cx, id)).await.detail, None);
    assert_eq!(begun(&w).await, 0);
    let path = link(&w).await;
    let before = w.rows();
    let mut browser = w.browser();
    let page = browser.get(&path).await;
    page.is(200).says("Is this what you want?").says("Not before 10:00 (Paris time, UTC+1)");
    page.says("Ana then decides").says("Let the agents find a time");
    assert!(!page.text.contains(ANA) && !page.text.contains(BEN), "no address");
    assert_eq!(w.rows(), before, "looking changes nothing");
    browser.press_on(&page, "start", &[]).await.is(200).says("The agents are at work");
    assert_eq!(begun(&w).await, 1);
    // Pressed once more, it has acted already.
    browser.press_on(&page, "start", &[]).await.is(410).says("This link has been used");
    browser.get(&path).await.is(410).says("Send me a fresh link");
    assert_eq!(begun(&w).await, 1);
    w.agents().await;
    w.browser_of(ANA).await.get("/").await.says("Agree to this time");
}

#[actix_web::test]
async fn what_would_be_better_is_a_field_of_its_own_in_the_answer_and_on_its_page() {
    let w = world(CONFIRM).await;
    let subject = "45 minutes with Ana next week, not before 10, mornings preferred";
    take(&w, &Mail { subject, ..WISH }).await;
    let shown = read(&w).await;
    let better = ("Better".to_owned(), "Between 06:00 and 12:00; other times if not".to_owned());
    assert!(shown.fields.contains(&better), "{:?}", shown.fields);
    let path = link(&w).await;
    let mut browser = w.browser();
    let page = browser.get(&path).await;
    page.is(200).says("<dt>Better</dt><dd>Between 06:00 and 12:00; other times if not</dd>");
    browser.press_on(&page, "start", &[]).await.is(200).says("The agents are at work");
    w.agents().await;
    w.browser_of(ANA).await.get("/").await.says("Ben’s agent named it: when Ben would rather meet.");
}

#[actix_web::test]
async fn whoever_is_signed_in_is_led_to_the_session() {
    let w = world(CONFIRM).await;
    take(&w, &WISH).await;
    let path = link(&w).await;
    let mut ben = w.browser_of(BEN).await;
    let led = ben.press(&path, "start", &[]).await;
    led.is(303);
    assert!(led.header("location").starts_with("/sessions/ses_"));
}

#[actix_web::test]
async fn the_answer_says_what_was_not_understood_and_gives_lines_that_would_be() {
    let w = world(CONFIRM).await;
    for (at, (subject, says)) in [
        ("something soon with Ana", "“something”"),
        ("45 minutes with Zoe next week", "no connection called “Zoe”"),
        ("an hour with dora@example.net tomorrow", "not connected with somebody you named by address"),
        ("30 minutes with Ana on 3/4", "can be read in two ways"),
        ("Ana tomorrow at 10", "say how long"),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("unclear{at}@mail.example.org");
        let taken = take(&w, &Mail { subject, id: &id, ..WISH }).await;
        assert_eq!(taken.outcome, Outcome::Answered, "{subject}");
        let shown = read(&w).await;
        assert!(shown.unclear.contains(says), "{subject}: {}", shown.unclear);
        assert!(!shown.line.contains("dora@"), "{}", shown.line);
        assert_eq!(shown.examples.len(), 3);
    }
    assert_eq!(begun(&w).await, 0);
    // What is offered as an example is understood, on every day of a week.
    let examples = read(&w).await.examples;
    for day in 20..27 {
        let people = [wish::Known { name: "Ana".to_owned(), address: None }];
        let now = at(&format!("2026-11-{day}T09:00:00Z"));
        let reader = wish::Reader { now, zone: zone("Europe/Paris"), people: &people };
        for line in &examples {
            assert!(wish::read(line, &reader).is_ok(), "{line} on the {day}th");
        }
    }
}

#[actix_web::test]
async fn a_name_that_several_have_is_said() {
    let w = world(CONFIRM).await;
    w.write(|cx| {
        let cleo = accounts::by_address(cx, &address(CLEO))?.unwrap();
        let who = entente::base::actor::Who::User { id: cleo.id, admin: false };
        let who = entente::base::actor::Actor { who, ..operator() };
        let named =
            accounts::ProfileChange { name: Some("Ana".to_owned()), ..accounts::ProfileChange::default() };
        accounts::change_profile(cx, &who, &named).map(drop)
    })
    .await;
    w.connection(BEN, CLEO).await;
    take(&w, &WISH).await;
    assert!(read(&w).await.unclear.contains("“Ana” may be Ana or Ana"), "{:?}", read(&w).await);
}

#[actix_web::test]
async fn the_same_mail_is_answered_once_by_whichever_road() {
    let w = world(CONFIRM).await;
    take(&w, &WISH).await;
    assert_eq!(take(&w, &WISH).await.outcome, Outcome::Duplicate);
    // A list put a line below it: other bytes, the same message.
    take(&w, &Mail { text: "-- \r\nsent through somebody", ..WISH }).await;
    assert_eq!(answers(&w, BEN).await.len(), 1);
}

#[actix_web::test]
async fn a_mail_that_is_not_proven_is_answered_to_the_account_alone_and_quoted_nowhere() {
    let w = world(CONFIRM).await;
    let said = "30 minutes with Ana next week about cheap pills http://spam.example/";
    let forged = |id| Mail { headers: "", subject: said, id, ..WISH };
    assert_eq!(take(&w, &forged("a@x.example")).await.outcome, Outcome::Answered);
    let answer = answers(&w, BEN).await.remove(0);
    assert!(matches!(answer.says, Says::Wish { is_proven: false, .. }));
    let shown = read(&w).await;
    assert!(shown.line.is_empty() && !format!("{shown:?}").contains("spam.example"), "{shown:?}");
    assert_eq!(begun(&w).await, 0);
    // What nobody understood is not quoted either, and said once a day.
    let noise = |id| Mail { headers: "", subject: "Buy soon at spam.example", id, ..WISH };
    take(&w, &noise("b@x.example")).await;
    assert!(!format!("{:?}", read(&w).await).contains("spam"));
    assert_eq!(take(&w, &noise("c@x.example")).await.outcome, Outcome::Ignored);
    // Three a day in all, and a failed check is no better than none.
    let failed = "Authentication-Results: mx.entente.test; dmarc=fail\r\n";
    take(&w, &Mail { headers: failed, id: "d@x.example", ..WISH }).await;
    let last = take(&w, &forged("e@x.example")).await;
    assert_eq!((last.outcome, answers(&w, BEN).await.len()), (Outcome::Ignored, 3), "{}", last.reason);
    // What is proven has a budget of its own.
    assert_eq!(take(&w, &Mail { id: "f@x.example", ..WISH }).await.outcome, Outcome::Answered);
    w.clock.advance(DAY);
    assert_eq!(take(&w, &forged("g@x.example")).await.outcome, Outcome::Answered);
}

#[actix_web::test]
async fn somebody_is_answered_twenty_times_a_day() {
    let w = world(CONFIRM).await;
    for at in 0..21 {
        let id = format!("many{at}@mail.example.org");
        take(&w, &Mail { id: &id, ..WISH }).await;
    }
    assert_eq!(answers(&w, BEN).await.len(), 20);
}

#[actix_web::test]
async fn what_is_no_wish_of_a_user_to_the_house_is_treated_as_before() {
    let w = world(CONFIRM).await;
    take(&w, &WISH).await;
    let answered = answers(&w, BEN).await.remove(0).message_id;
    let reply = format!("{PROVEN}In-Reply-To: <{answered}>\r\n");
    let automatic = format!("{PROVEN}Auto-Submitted: auto-replied\r\n");
    let bulk = format!("{PROVEN}List-Id: <people.example.org>\r\n");
    let bounce = format!("{PROVEN}Return-Path: <>\r\n");
    let copy = format!("{PROVEN}Cc: <{ORGANIZER}>\r\n");
    let tagged = "scheduling+abcdefghijklmnopqrstuvwxyz@entente.test";
    for (case, mail) in [
        ("a reply to our letter", Mail { headers: &reply, ..WISH }),
        ("a machine's", Mail { headers: &automatic, ..WISH }),
        ("a list's", Mail { headers: &bulk, ..WISH }),
        ("a bounce", Mail { headers: &bounce, ..WISH }),
        ("a copy", Mail { headers: &copy, to: "somebody@example.org", ..WISH }),
        ("to a token", Mail { to: tagged, ..WISH }),
        ("a stranger's", Mail { from: "stranger@example.org", ..WISH }),
        ("our own", Mail { from: ORGANIZER, ..WISH }),
    ] {
        let id = format!("{}@mail.example.org", case.replace([' ', '\''], ""));
        let taken = take(&w, &Mail { id: &id, ..mail }).await;
        assert!(matches!(taken.outcome, Outcome::Ignored | Outcome::AutoReply), "{case}: {}", taken.reason);
        assert_eq!(answers(&w, BEN).await.len(), 1, "{case}");
    }
    let ben = w.user(BEN).await.id;
    w.write(move |cx| accounts::disable(cx, &operator(), ben).map(drop)).await;
    assert_eq!(take(&w, &Mail { id: "off@mail.example.org", ..WISH }).await.outcome, Outcome::Ignored);
}

#[actix_web::test]
async fn whoever_did_not_let_one_ask_is_not_asked_and_taking_it_back_counts() {
    let w = world(&[Scope::ProfileRead]).await;
    take(&w, &WISH).await;
    let Says::Wish { link: None, read, .. } = answers(&w, BEN).await.remove(0).says else {
        panic!("no link")
    };
    assert_eq!(read.asked, ["Ana has not let your agent propose times: nothing can be asked."]);

    let w = world(CONFIRM).await;
    take(&w, &WISH).await;
    let path = link(&w).await;
    let mut browser = w.browser();
    let page = browser.get(&path).await;
    let id = w.write(|cx| {
        let ana = accounts::by_address(cx, &address(ANA))?.unwrap();
        let who = entente::base::actor::Who::User { id: ana.id, admin: false };
        let who = entente::base::actor::Actor { who, ..operator() };
        let all = entente::network::connections(cx, &who, None, 5)?;
        entente::network::end(cx, &who, all.connections[0].id)?;
        Ok(all.connections[0].id)
    });
    id.await;
    browser.get(&path).await.is(200).says("not connected with you any more").says("To your connections");
    browser.press_on(&page, "start", &[]).await.is(409).says("so nobody was asked");
    assert_eq!(begun(&w).await, 0);
}

#[actix_web::test]
async fn a_link_expires_is_sent_afresh_and_is_over_with_the_time_that_was_wanted() {
    let w = world(CONFIRM).await;
    take(&w, &WISH).await;
    let path = link(&w).await;
    w.clock.advance(49 * HOUR);
    let mut browser = w.browser();
    let page = browser.get(&path).await;
    page.is(410).says("This link has expired");
    browser.post(&path, &[("do", "start")]).await.is(410).says("This link has expired");
    let sent = browser.press_on(&page, "fresh", &[]).await;
    sent.is(200).says("If the link was ours, a fresh one is on its way");
    assert!(!sent.text.contains(BEN));
    let fresh = link(&w).await;
    assert_ne!(fresh, path);
    browser.press(&fresh, "start", &[]).await.is(200).says("The agents are at work");
    // Of one that is none of ours the answer is the same, and so it is once too many are asked for.
    let unknown = "/wish?t=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    browser.press(unknown, "fresh", &[]).await.is(200).says("If the link was ours");
    for _ in 0..6 {
        w.clock.advance(1);
        browser.post(&path, &[("do", "fresh")]).await.is(200);
    }
    assert_eq!(answers(&w, BEN).await.len(), 6);
    w.clock.advance(10 * DAY);
    browser.get(&path).await.is(200).says("The time that was wanted is over");
    browser.post(&path, &[("do", "fresh")]).await.is(200);
    assert_eq!(answers(&w, BEN).await.len(), 6);
}

#[actix_web::test]
async fn whoever_asked_never_to_be_written_to_is_answered_what_they_ask_and_not_what_others_forge() {
    let w = world(CONFIRM).await;
    w.write(|cx| suppress::suppress(cx, &address_hash(cx, &address(BEN)))).await;
    let forged = take(&w, &Mail { headers: "", id: "forged@x.example", ..WISH }).await;
    assert_eq!(forged.outcome, Outcome::Ignored, "{}", forged.reason);
    assert_eq!(take(&w, &WISH).await.outcome, Outcome::Answered);
}

#[actix_web::test]
async fn the_letters_are_whole_in_text_and_html_and_hold_no_address() {
    let w = world(CONFIRM).await;
    take(&w, &Mail { text: "Best wishes from Ben", ..WISH }).await;
    take(&w, &Mail { subject: "soon", id: "two@mail.example.org", ..WISH }).await;
    take(&w, &Mail { headers: "", id: "three@mail.example.org", ..WISH }).await;
    w.send_mail().await;
    let mails = w.read(|cx| mailroom::mails(cx, BEN, 50)).await;
    let mut told = Vec::new();
    for mail in mails {
        let raw = w.read(move |cx| mailroom::mail(cx, mail.id)).await.raw;
        let parsed = mail_parser::MessageParser::default().parse(&raw).unwrap();
        let (text, html) = (parsed.body_text(0).unwrap(), parsed.body_html(0).unwrap());
        assert!(!text.contains(ANA) && !html.contains(ANA));
        if text.contains("/wish?t=") || text.contains("not understood") {
            assert_eq!(parsed.header("Auto-Submitted").and_then(|it| it.as_text()), Some("auto-replied"));
            let secret = |text: &str| {
                let parts: Vec<_> = text.split("?t=").collect();
                parts.iter().enumerate().fold(String::new(), |all, (at, part)| {
                    let cut = if at == 0 {
                        part
                    } else {
                        part.trim_start_matches(|c: char| c.is_ascii_alphanumeric())
                    };
                    all + if at == 0 { "" } else { "?t=…" } + cut
                })
            };
            told.push(format!(
                "{}\n\n{}\n======\n{}",
                parsed.subject().unwrap(),
                secret(&text),
                secret(&html)
            ));
        }
    }
    assert_eq!(told.len(), 3);
    told.sort();
    insta::assert_snapshot!("wish_letters", told.join("\n======\n").replace('\r', ""));
}
