//! Times that suit both, offered for moving a meeting of two users who share their time: to whoever is signed in, and to
//! whoever bears the link of a mail.

use entente::accounts;
use entente::base::actor::{Actor, Road, Who};
use entente::base::time::{DAY, HOUR};
use entente::links::Purpose;
use entente::meetings::{self, Proposal, incoming};
use entente::network::{self, Scope};

use crate::pages_booking::picks;
use crate::pages_world::{ANA, BEN, Browser, CLEO, Pair, ROOT, Setting, TRACE, World, at, operator};

const BUTTON: &str = "Show times that suit both of you";
const OFFERED: &str = "Times that suit both of you";

/// Ben hosts a meeting with Cleo; both have accounts, are connected, and let each other's agent know when they have time.
async fn sharing(w: &World) -> Pair {
    let connection = w.connection(BEN, CLEO).await;
    for email in [BEN, CLEO] {
        w.grant(connection, email, &[Scope::AvailabilityRead]).await;
    }
    w.meeting_with(&[(CLEO, "Cleo", None)], |_| {}).await
}

async fn ben_of(w: &World) -> Actor {
    Actor::new(Who::User { id: w.user(BEN).await.id, admin: false }, Road::Page, TRACE)
}

/// Who asked when Ben has time, newest first.
async fn asked_ben(w: &World) -> Vec<String> {
    let ben = ben_of(w).await;
    let log = w.read(move |cx| network::questions(cx, &ben, None, 10)).await;
    log.questions.iter().map(|one| one.asker.clone().unwrap_or_default()).collect()
}

/// The page has no button and asks nobody, when it is pressed all the same; any time can be asked for.
async fn offers_nothing(w: &World, browser: &mut Browser<'_>, link: &str) {
    let shown = browser.get(link).await;
    shown.is(200).says("Send the request");
    assert!(!shown.text.contains(BUTTON), "{}", shown.main());
    // The form with all its fields, as if it had the button.
    let pressed = browser.press_on(&shown, "propose", &[("do", "times")]).await;
    pressed.is(200).says("Send the request");
    assert!(!pressed.text.contains(OFFERED), "{}", pressed.main());
    assert_eq!(asked_ben(w).await, Vec::<String>::new(), "nobody was asked");
}

async fn proposal(w: &World, pair: Pair) -> Proposal {
    w.read(move |cx| Ok(meetings::see(cx, &operator(), pair.id)?.proposals.remove(0).proposal)).await
}

#[actix_web::test]
async fn two_users_who_share_their_time_ask_for_times_by_a_button_and_the_question_is_listed() {
    let w = World::new().await;
    let pair = sharing(&w).await;
    let respond = w.link(pair.guest, Purpose::Respond).await;
    let mut cleo = w.browser_of(CLEO).await;
    let page = format!("/meetings/{}/ask", pair.id);
    for path in [&respond, &page] {
        let shown = cleo.get(path).await;
        shown.is(200).says(BUTTON);
        let found = cleo.press_on(&shown, "times", &[]).await;
        found.is(200).says(OFFERED);
        let picked = cleo.press_on(&found, &picks(&found)[0], &[]).await;
        picked.is(200).says(OFFERED);
        assert_eq!(picks(&picked), picks(&found), "and all are there still, without another question");
    }
    let mut ben = w.browser_of(BEN).await;
    let listed = ben.get("/connections/questions").await;
    listed.says("2 questions, all answered").says("2 times. Shown: which times suit you");
    assert_eq!(listed.main().matches("to find 45 minutes").count(), 1, "{}", listed.main());
    // Without the form's token nobody asks in somebody's name.
    cleo.post(&page, &[("do", "times")]).await.is(403);
    cleo.post(&respond, &[("do", "times")]).await.is(403);
}

#[actix_web::test]
async fn the_bearer_of_a_mailed_link_asks_as_whom_it_was_mailed_to_and_moves_the_meeting_to_such_a_time() {
    let w = World::new().await;
    let pair = sharing(&w).await;
    let respond = w.link(pair.guest, Purpose::Respond).await;
    let mut bearer = w.browser();
    let rows = w.rows();
    let shown = bearer.get(&respond).await;
    shown.is(200).says(BUTTON).says("Ben can see that you asked.");
    assert!(rows == w.rows(), "looking asks nothing");
    let found = bearer.press_on(&shown, "times", &[]).await;
    found.is(200).says(OFFERED).says("Or choose any other time there.");
    for address in [BEN, CLEO] {
        assert!(!found.text.contains(address), "{}", found.main());
    }
    // Nine to five in Paris and in New York, on the link's own page.
    let offered = picks(&found);
    assert_eq!(offered[0], "pick:2026-11-20T14:00:00Z", "{offered:?}");
    let listed = w.browser_of(BEN).await.get("/connections/questions").await;
    listed.says("Cleo").says("to find 45 minutes").says("which times suit you");
    assert_eq!(asked_ben(&w).await, ["Cleo"]);
    // A time fills the form, and the rest is as with any other.
    let rows = w.rows();
    let monday = offered.iter().find(|href| href.contains("2026-11-23T15:00:00Z")).expect("it suits both");
    let picked = bearer.press_on(&found, monday, &[]).await;
    assert!(rows == w.rows(), "nor does picking one");
    bearer.press_on(&picked, "propose", &[]).await.is(200).says("Your request is on its way");
    let asked = proposal(&w, pair).await;
    assert_eq!((asked.start, asked.end), (at("2026-11-23T15:00:00Z"), at("2026-11-23T15:45:00Z")));
    let approve = w.link(pair.host, Purpose::Approve).await;
    w.browser().press(&approve, "approve", &[]).await.is(200).says("The meeting has moved");
    assert_eq!(w.load(pair.id).await.start, at("2026-11-23T15:00:00Z"));
    // The host is asked for times by the link of their own as well.
    let hosts = w.link(pair.host, Purpose::Respond).await;
    w.browser().press(&hosts, "times", &[]).await.is(200).says(OFFERED);
}

#[actix_web::test]
async fn a_time_written_in_a_mail_stays_in_the_form_beside_those_that_suit_both() {
    let w = World::new().await;
    let pair = sharing(&w).await;
    w.write(move |cx| {
        let meeting = meetings::load(cx, pair.id)?;
        let words =
            incoming::Words { text: "Can we do 2026-11-27 at 10:00?", message_id: None, thread: "one" };
        let mail = Actor::new(Who::Participant(pair.guest), Road::Mail, TRACE);
        incoming::words(cx, &mail, &meeting, pair.guest, &words).map(drop)
    })
    .await;
    let respond = w.link(pair.guest, Purpose::Respond).await;
    let mut bearer = w.browser();
    let found = bearer.press(&respond, "times", &[]).await;
    found.is(200).says(OFFERED).says("value=\"2026-11-27\"");
    bearer.press_on(&found, "propose", &[]).await.is(200).says("Your request is on its way");
    let asked = proposal(&w, pair).await;
    // Ten o'clock in New York, where Cleo is.
    assert_eq!((asked.start, asked.end), (at("2026-11-27T15:00:00Z"), at("2026-11-27T15:45:00Z")));
}

#[actix_web::test]
async fn the_list_and_what_was_typed_stay_while_times_are_picked_and_no_second_question_is_spent() {
    let mut setting = Setting::new();
    setting.house.questions_per_hour = 1;
    let w = World::with(setting).await;
    let pair = sharing(&w).await;
    let respond = w.link(pair.guest, Purpose::Respond).await;
    let note = "A train later would help.";
    for (mut browser, path) in
        [(w.browser(), respond.clone()), (w.browser_of(CLEO).await, format!("/meetings/{}/ask", pair.id))]
    {
        let shown = browser.get(&path).await;
        let typed = [("note", note), ("date", "2026-11-27"), ("from", "14:10"), ("until", "14:55")];
        let found = browser.press_on(&shown, "times", &typed).await;
        found.is(200).says(OFFERED).says(note).says("value=\"14:10\"").says("value=\"2026-11-27\"");
        let asked = asked_ben(&w).await;
        let rows = w.rows();
        let all = picks(&found);
        let first = browser.press_on(&found, &all[3], &[]).await;
        first.is(200).says(OFFERED).says(note);
        let second = browser.press_on(&first, &all[0], &[("note", "Or sooner.")]).await;
        second.is(200).says("Or sooner.").says("value=\"09:00\"");
        let wrong = browser.press_on(&second, "propose", &[("date", "2026-11-01")]).await;
        wrong.is(422).says(OFFERED).says("Or sooner.");
        for page in [&first, &second, &wrong] {
            assert_eq!(picks(page), all);
        }
        assert!(rows == w.rows(), "nothing was written");
        assert_eq!(asked_ben(&w).await, asked);
        w.clock.advance(HOUR);
    }
    // What the form brings back is no way to learn anything, and is not shown where nothing is shared any more.
    let shown = w.browser().get(&respond).await;
    let brought = [
        ("do", "pick:2026-11-21T03:00:00Z"),
        ("offered", "2026-11-21T03:00:00Z nonsense 2020-01-01T00:00:00Z"),
    ];
    let echoed = w.browser().press_on(&shown, "propose", &brought).await;
    echoed.is(200);
    assert_eq!(picks(&echoed), ["pick:2026-11-21T03:00:00Z"]);
    let ben = w.user(BEN).await.id;
    w.write(move |cx| accounts::disable(cx, &operator(), ben)).await;
    let closed = w.browser().press_on(&shown, "propose", &brought).await;
    closed.is(200).says("Send the request");
    assert!(!closed.text.contains(OFFERED), "{}", closed.main());
}

#[actix_web::test]
async fn each_look_spends_from_the_budget_of_the_two_whoever_bears_the_link() {
    let mut setting = Setting::new();
    setting.house.questions_per_hour = 2;
    let w = World::with(setting).await;
    let pair = sharing(&w).await;
    let respond = w.link(pair.guest, Purpose::Respond).await;
    w.browser().press(&respond, "times", &[]).await.is(200).says(OFFERED);
    w.browser_of(CLEO).await.press(&respond, "times", &[]).await.is(200).says(OFFERED);
    let spent = w.browser().press(&respond, "times", &[]).await;
    spent.is(429);
    assert!(!spent.text.contains(OFFERED));
    assert_eq!(asked_ben(&w).await, ["Cleo", "Cleo"]);
    // It is the other direction that was spent, and only that.
    let hosts = w.link(pair.host, Purpose::Respond).await;
    w.browser().press(&hosts, "times", &[]).await.is(200).says(OFFERED);
    w.clock.advance(HOUR);
    w.browser().press(&respond, "times", &[]).await.is(200).says(OFFERED);
}

#[actix_web::test]
async fn whoever_is_known_to_be_another_is_offered_nothing_of_what_two_people_share() {
    let w = World::new().await;
    let pair = sharing(&w).await;
    let respond = w.link(pair.guest, Purpose::Respond).await;
    // A third, and the other at the meeting, to whom it was forwarded.
    for email in [ROOT, BEN] {
        offers_nothing(&w, &mut w.browser_of(email).await, &respond).await;
    }
    // Not even where they share their own time with whom the meeting is with.
    let connection = w.connection(ROOT, BEN).await;
    for email in [ROOT, BEN] {
        w.grant(connection, email, &[Scope::AvailabilityRead]).await;
    }
    offers_nothing(&w, &mut w.browser_of(ROOT).await, &respond).await;
    w.browser().press(&respond, "times", &[]).await.is(200).says(OFFERED);
}

#[actix_web::test]
async fn an_address_without_an_account_and_one_that_is_shut_out_or_shares_nothing_have_free_entry() {
    let w = World::new().await;
    let stranger = w.meeting().await;
    offers_nothing(&w, &mut w.browser(), &w.link(stranger.guest, Purpose::Respond).await).await;
    let pair = w.meeting_with(&[(CLEO, "Cleo", None)], |_| {}).await;
    let respond = w.link(pair.guest, Purpose::Respond).await;
    offers_nothing(&w, &mut w.browser(), &respond).await;
    let connection = w.connection(BEN, CLEO).await;
    w.grant(connection, CLEO, &[Scope::AvailabilityRead]).await;
    offers_nothing(&w, &mut w.browser(), &respond).await;
    w.grant(connection, BEN, &[Scope::AvailabilityRead]).await;
    w.browser().get(&respond).await.says(BUTTON);
    // Three are no pair.
    let trio = w.meeting_with(&[(CLEO, "Cleo", None), (ANA, "Ana", None)], |_| {}).await;
    offers_nothing(&w, &mut w.browser(), &w.link(trio.guest, Purpose::Respond).await).await;
    for email in [CLEO, BEN] {
        let id = w.user(email).await.id;
        w.write(move |cx| accounts::disable(cx, &operator(), id)).await;
        offers_nothing(&w, &mut w.browser(), &respond).await;
        w.write(move |cx| accounts::enable(cx, &operator(), id)).await;
    }
    w.browser().get(&respond).await.says(BUTTON);
    let ben = ben_of(&w).await;
    w.write(move |cx| network::end(cx, &ben, connection).map(drop)).await;
    offers_nothing(&w, &mut w.browser(), &respond).await;
}

#[actix_web::test]
async fn a_link_that_is_used_old_or_of_what_is_over_or_erased_asks_nobody() {
    let w = World::new().await;
    let pair = sharing(&w).await;
    let respond = w.link(pair.guest, Purpose::Respond).await;
    let (mut bearer, mut cleo) = (w.browser(), w.browser_of(CLEO).await);
    let had = [bearer.get(&respond).await, cleo.get(&respond).await];
    let new = [("date", "2026-11-26"), ("from", "16:00"), ("until", "16:45")];
    bearer.press_on(&had[0], "propose", &new).await.is(200);
    // Waiting for the decision, and used.
    bearer.press_on(&had[0], "times", &[]).await.is(200).says("You asked for a new time");
    cleo.press_on(&had[1], "times", &[]).await.is(200).says("You asked for a new time");
    w.browser().press(&w.link(pair.host, Purpose::Decline).await, "decline", &[]).await.is(200);
    bearer.press_on(&had[0], "times", &[]).await.is(200).says("This link has been used");
    cleo.press_on(&had[1], "times", &[]).await.is(200).says("This link has been used");
    // Of an earlier revision.
    let outcome = w.link(pair.guest, Purpose::Respond).await;
    w.write(move |cx| {
        let (start, end) = (at("2026-11-27T15:00:00Z"), at("2026-11-27T15:45:00Z"));
        meetings::move_to(cx, &operator(), pair.id, start, end).map(drop)
    })
    .await;
    for browser in [&mut bearer, &mut cleo] {
        browser.get(&outcome).await.is(410).says("This link has expired");
    }
    bearer.post(&outcome, &[("do", "times")]).await.is(410).says("This link has expired");
    let newest = w.link(pair.guest, Purpose::Respond).await;
    let shown = cleo.get(&newest).await;
    shown.says(BUTTON);
    w.clock.advance(8 * DAY);
    cleo.press_on(&shown, "times", &[]).await.is(200).says("This meeting is over");
    bearer.post(&newest, &[("do", "times")]).await.is(200).says("This meeting is over");
    bearer.post("/reschedule?r=no", &[("do", "times")]).await.is(404).says("not known here");
    assert_eq!(asked_ben(&w).await, Vec::<String>::new());
}

#[actix_web::test]
async fn the_link_of_whoever_had_themselves_erased_asks_nobody() {
    let w = World::new().await;
    let pair = sharing(&w).await;
    let respond = w.link(pair.guest, Purpose::Respond).await;
    let about = w.link(pair.guest, Purpose::AboutYou).await;
    let mut bearer = w.browser();
    let page = bearer.get(&about).await;
    bearer.press_on(&page, "erase", &[("sure", "yes")]).await.is(200).says("It is erased");
    bearer.get(&respond).await.is(404);
    bearer.post(&respond, &[("do", "times")]).await.is(404);
    assert_eq!(asked_ben(&w).await, Vec::<String>::new());
}
