//! Booking pages: what a guest without an account and without scripts goes through, and what the owner does.

use entente::base::actor::{Actor, Road, Who};
use entente::base::time::{DAY, HOUR, MINUTE};
use entente::booking;
use entente::meetings;
use entente::web::session;

use crate::pages_world::{BEN, Browser, CLEO, Pair, Reply, Setting, World, address, forms};

const GUEST: &str = "dora@example.net";

/// Makes a link with one press; gives its page.
async fn quick(w: &World, owner: &mut Browser<'_>) -> (String, String) {
    let made = owner.press("/booking-links", "quick", &[]).await;
    made.is(303);
    let link = made.header("location").split('?').next().unwrap_or_default().to_owned();
    let (_, name) = w.booking_link(BEN).await;
    (link, format!("/b/{name}"))
}

/// The links of a page that lead on with a time, in order.
pub(crate) fn times(page: &Reply) -> Vec<String> {
    let hrefs = page.main().split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    hrefs.filter(|href| href.contains("start=")).map(|href| href.replace("&#38;", "&")).collect()
}

/// The buttons of the times that a page offers for moving a meeting.
pub(crate) fn picks(page: &Reply) -> Vec<String> {
    let values = page.main().split("value=\"pick:").skip(1).filter_map(|rest| rest.split('"').next());
    values.map(|start| format!("pick:{start}")).collect()
}

/// Picks the first time of a page and sends the form.
async fn ask(guest: &mut Browser<'_>, page: &str, email: &str) -> Reply {
    let shown = guest.get(page).await;
    let first = times(&shown).remove(0);
    let form = guest.get(&first).await;
    let action = form.is(200).text.clone();
    let action =
        forms(&action).into_iter().find(|form| form.action.starts_with("/b/")).map(|form| form.action);
    guest.press_on(&form, &action.unwrap_or_default(), &[("name", "Dora"), ("email", email)]).await
}

#[actix_web::test]
async fn a_guest_books_in_a_zone_of_their_own_without_scripts_or_account() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let (_, page) = quick(&w, &mut ben).await;
    let mut guest = w.browser();
    // Friday ten in Paris with four hours' notice; nine to five there.
    let shown = guest.get(&page).await;
    shown
        .is(200)
        .says("With Ben, by video.")
        .says("Times are in Paris time, UTC+1.")
        .says("Friday 20 November 2026");
    assert!(times(&shown)[0].ends_with("start=2026-11-20T13:00:00Z"), "{:?}", times(&shown));
    let tokyo = guest.get(&format!("{page}?length=30&zone=Asia/Tokyo")).await;
    tokyo.says("Times are in Tokyo time, UTC+9.").says(">22:00<").says("Saturday 21 November 2026");
    let nowhere = guest.get(&format!("{page}?zone=Mars")).await;
    nowhere.is(200).says("That is not a time zone.");
    let look = ask(&mut guest, &format!("{page}?length=30&zone=Asia/Tokyo"), GUEST).await;
    look.is(200).says("Look in your mailbox").says("22:00 – 22:30").says("Tokyo time, UTC+9");
    assert!(!look.text.contains(GUEST), "the address is not shown again");
    let link = w.confirm_link(address(GUEST)).await;
    let confirm = guest.get(&link).await;
    confirm.is(200).says("Confirm your time").says("22:00 – 22:30");
    assert!(!guest.cookies.contains_key(session::GUEST), "looking remembers nothing");
    let booked = guest.press(&link, "confirm", &[]).await;
    booked.is(200).says("It is booked");
    guest.post(&link, &[("do", "confirm")]).await.is(200).says("It is booked");
    guest.get(&link).await.is(200).says("It is booked");
    // The browser is remembered, for this address alone.
    assert!(guest.cookies.contains_key(session::GUEST));
    ask(&mut guest, &page, "DORA@example.net").await.is(200).says("It is booked");
    ask(&mut guest, &page, "kim@example.net").await.is(200).says("Look in your mailbox");
    let mut other = w.browser();
    ask(&mut other, &page, GUEST).await.is(200).says("Look in your mailbox");
}

#[actix_web::test]
async fn what_was_typed_stays_beside_what_is_wrong_with_it() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let (link, page) = quick(&w, &mut ben).await;
    let saved = ben
        .press(
            &link,
            "save",
            &[("question-1", "What about?"), ("required-1", "yes"), ("question-3", "Phone?")],
        )
        .await;
    saved.is(303);
    let mut guest = w.browser();
    let shown = guest.get(&page).await;
    let form = guest.get(&times(&shown)[0]).await;
    form.says("What about?").says("Phone? <span class=\"soft\">(optional)</span>");
    let typed = [("name", "Dora"), ("email", "dora at example"), ("answer-1", "A quartet")];
    let wrong = guest.press_on(&form, &page, &typed).await;
    wrong.is(422).says("not a mail address").says("value=\"dora at example\"").says("A quartet");
    let lacking = guest.press_on(&form, &page, &[("name", "Dora"), ("email", GUEST)]).await;
    lacking.is(422).says("Please answer this.").says("aria-describedby=\"answer-1-error\"");
    let wrong = ben.press(&link, "save", &[("lengths", "2"), ("title", "Talk")]).await;
    wrong.is(422).says("A length is from 5 to 720 minutes.").says("value=\"Talk\"");
}

#[actix_web::test]
async fn a_time_that_somebody_took_meanwhile_is_said_and_others_are_offered() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let (_, page) = quick(&w, &mut ben).await;
    let (mut one, mut other) = (w.browser(), w.browser());
    let first = times(&one.get(&page).await).remove(0);
    let form = other.get(&first).await;
    ask(&mut one, &page, GUEST).await.says("Look in your mailbox");
    let taken = other.press_on(&form, &page, &[("name", "Kim"), ("email", "kim@example.net")]).await;
    taken.is(409).says("This time is taken").says("The nearest that are free");
    assert_eq!(times(&taken).len(), 3);
    other.get(&first).await.is(409).says("This time is taken");
    other.get(&times(&taken)[0]).await.is(200).says("Your mail address");
}

#[actix_web::test]
async fn by_hand_the_owner_decides_where_they_are_told_and_the_guest_is_told() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let (link, page) = quick(&w, &mut ben).await;
    ben.press(&link, "save", &[("confirmation", "by_hand")]).await.is(303);
    let mut guest = w.browser();
    guest.get(&page).await.says("Ben confirms each request");
    for email in [GUEST, "kim@example.net"] {
        ask(&mut guest, &page, email).await.says("Look in your mailbox");
        let path = w.confirm_link(address(email)).await;
        guest.press(&path, "confirm", &[]).await.is(200).says("Ben is asked").says("Take it back");
    }
    w.follow().await;
    let notices = ben.get("/notices").await;
    notices.says("Dora asks for a time with you: 30 minutes.");
    let approved = ben.press_on(&notices, "approve", &[]).await;
    approved.is(303);
    ben.get(approved.header("location")).await.says("It is booked.").says("waits for you");
    w.follow().await;
    assert!(!ben.get("/").await.says("One thing needs you").text.contains("2 things"));
    let declined = ben.press("/", "decline", &[("words", "Another week?")]).await;
    declined.is(303);
    let mails = w.letters_to("dora@example.net").await;
    let (one, two) = (mails, w.letters_to("kim@example.net").await);
    let both: Vec<_> = [one, two].concat();
    assert!(both.contains(&"booking-ended") && both.contains(&"invitation"), "{both:?}");
    ben.get("/").await.says("Nothing needs you");
}

#[actix_web::test]
async fn pages_that_are_paused_removed_used_or_unknown_are_not_there() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let (link, page) = quick(&w, &mut ben).await;
    let mut guest = w.browser();
    let unknown = guest.get("/b/nobody").await;
    unknown.is(404);
    ben.press(&link, "pause", &[]).await.is(303);
    guest.get(&page).await.is(404);
    guest.post(&page, &[("start", "2026-11-23T10:00:00Z"), ("name", "D"), ("email", GUEST)]).await.is(404);
    ben.press(&link, "resume", &[]).await.is(303);
    guest.get(&page).await.is(200);
    ben.press(&link, "save", &[("access", "single_use")]).await.is(303);
    guest.get(&page).await.is(404);
    let made = ben.press(&link, "pass", &[("words", "For Dora")]).await;
    made.is(200).says("Copy the address now.");
    let address_text =
        made.text.split("id=\"fresh-address\">").nth(1).and_then(|rest| rest.split('<').next());
    let path = address_text.and_then(|text| text.split_once("/b/")).map(|(_, rest)| format!("/b/{rest}"));
    let path = path.unwrap_or_default();
    assert!(!ben.get(&link).await.text.contains(&path), "it is shown once");
    ask(&mut guest, &path, GUEST).await.is(200).says("Look in your mailbox");
    guest.get(&path).await.is(404);
    ben.press(&link, "remove", &[]).await.is(303);
    ben.get(&link).await.is(404);
    guest.get("/booking?t=unknown").await.is(404).says("not known here");
    guest.post("/booking?t=unknown", &[("do", "confirm")]).await.is(404).says("not known here");
}

#[actix_web::test]
async fn a_link_that_was_opened_too_late_says_so_and_leads_to_other_times() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let (_, page) = quick(&w, &mut ben).await;
    let mut guest = w.browser();
    ask(&mut guest, &page, GUEST).await;
    let link = w.confirm_link(address(GUEST)).await;
    w.clock.advance(31 * MINUTE);
    guest.get(&link).await.is(200).says("Too late for this time").says(&format!("href=\"{page}\""));
    guest.post(&link, &[("do", "confirm")]).await.is(200).says("Too late for this time");
}

#[actix_web::test]
async fn a_page_of_another_site_confirms_nothing() {
    let w = World::new().await;
    let link = w.booking_to_confirm(BEN).await;
    let mut guest = w.browser();
    let elsewhere = [("sec-fetch-site", "cross-site")];
    let refused =
        guest.send(&actix_web::http::Method::POST, &link, Some("do=confirm".to_owned()), &elsewhere).await;
    refused.is(403);
    guest.get(&link).await.says("Confirm your time");
}

#[actix_web::test]
async fn a_meeting_that_came_from_a_link_is_moved_to_one_of_its_times_or_any_other() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let (_, page) = quick(&w, &mut ben).await;
    let mut guest = w.browser();
    ask(&mut guest, &page, GUEST).await;
    let link = w.confirm_link(address(GUEST)).await;
    guest.press(&link, "confirm", &[]).await.says("It is booked");
    let pair = w.pair_of(GUEST).await;
    let respond = w.link(pair.guest, entente::links::Purpose::Respond).await;
    let before = w.rows();
    let offered = guest.get(&respond).await;
    offered.is(200).says("Times that suit both of you").says("Or choose any other time there.");
    let picked = guest.press_on(&offered, &picks(&offered)[1], &[("note", "A train later.")]).await;
    picked.is(200).says("Times that suit both of you").says("A train later.");
    assert!(before == w.rows(), "looking changes nothing");
    guest.press_on(&picked, "propose", &[]).await.is(200);
    let meeting = w.load(pair.id).await;
    let asked = w.read(move |cx| booking_proposal(cx, pair)).await;
    assert_eq!(asked.since(meeting.start), HOUR, "the second of those that are offered");
}

fn booking_proposal(
    cx: &entente::store::Cx<'_>,
    pair: Pair,
) -> entente::base::Result<entente::base::time::Timestamp> {
    let who = Actor::new(Who::House, Road::Worker, "t");
    Ok(meetings::see(cx, &who, pair.id)?.proposals.remove(0).proposal.start)
}

#[actix_web::test]
async fn with_a_calendar_that_was_not_read_the_page_says_that_the_host_confirms() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let (_, page) = quick(&w, &mut ben).await;
    let user = w.user(BEN).await.id;
    w.write(move |cx| {
        let who = Actor::new(Who::User { id: user, admin: false }, Road::Page, "t");
        let new = entente::calendar::NewAccount {
            holder: user.into(),
            kind: entente::calendar::SourceKind::Ics,
            name: String::new(),
            server: "feeds.example.org".to_owned(),
            access: entente::calendar::Access {
                url: "https://feeds.example.org/secret".to_owned().into(),
                username: None,
                password: None,
            },
            zone: None,
        };
        let found =
            entente::calendar::Found { name: "Work".to_owned(), path: String::new(), writable: false };
        entente::calendar::add(cx, &who, &new, &[found]).map(drop)
    })
    .await;
    let mut guest = w.browser();
    guest.get(&page).await.is(200).says("Ben confirms each request: a calendar could not be read lately");
    ask(&mut guest, &page, GUEST).await.is(200);
    let link = w.confirm_link(address(GUEST)).await;
    guest.press(&link, "confirm", &[]).await.is(200).says("Ben is asked");
    assert_eq!(
        w.read(move |cx| {
            let who = Actor::new(Who::User { id: user, admin: false }, Road::Page, "t");
            Ok(booking::waiting(cx, &who)?.len())
        })
        .await,
        1
    );
}

#[actix_web::test]
async fn the_owner_approves_by_the_mailed_link_once_and_without_signing_in() {
    let w = World::new().await;
    let (approve, decline) = w.booking_decision(BEN).await;
    let before = w.rows();
    let mut browser = w.browser();
    let page = browser.get(&approve).await;
    page.is(200).says("Approve this booking?").says("Dora asks for a time with you").says("Paris time");
    assert!(!page.text.contains("guests.example") && !page.text.contains(BEN), "no address");
    browser.get(&decline).await.is(200).says("Decline this booking?").says("A word to Dora");
    assert_eq!(w.rows(), before, "looking changes nothing");
    browser.press_on(&page, "approve", &[]).await.is(200).says("It is booked");
    for link in [&approve, &decline] {
        browser.get(link).await.is(200).says("It was approved before");
        browser.post(link, &[("do", "approve")]).await.is(200).says("It was approved before");
    }
    assert!(w.letters_to(BEN).await.contains(&"invitation"));
}

#[actix_web::test]
async fn the_owner_declines_by_the_mailed_link_with_a_word_to_the_guest() {
    let w = World::new().await;
    let (approve, decline) = w.booking_decision(BEN).await;
    let mut browser = w.browser();
    let typed = [("words", "Not this month, write to x@example.org")];
    browser.press(&decline, "decline", &typed).await.is(200).says("You declined").says("Dora is told");
    browser.get(&approve).await.is(200).says("It was declined before");
    browser.post(&approve, &[("do", "approve")]).await.is(200).says("It was declined before");
    assert!(!w.letters_to(BEN).await.contains(&"invitation"));
}

#[actix_web::test]
async fn the_owners_mailed_links_end_with_the_time_that_is_held_and_with_their_account() {
    let w = World::new().await;
    let (approve, _) = w.booking_decision(BEN).await;
    w.clock.advance(3 * DAY);
    let mut browser = w.browser();
    browser.get(&approve).await.is(200).says("It is too late");
    browser.post(&approve, &[("do", "approve")]).await.is(200).says("It is too late");
    let (approve, _) = w.booking_decision(BEN).await;
    let ben = w.user(BEN).await.id;
    w.write(move |cx| entente::accounts::disable(cx, &crate::pages_world::operator(), ben).map(drop)).await;
    browser.get(&approve).await.is(404);
    let unknown = "/booking/decide?t=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    browser.get(unknown).await.is(404).says("not known here");
    browser.press(unknown, "fresh", &[]).await.is(200).says("a fresh one is on its way");
}

#[actix_web::test]
async fn where_something_else_lies_in_the_calendar_by_then_the_link_says_so_and_stays() {
    let w = World::new().await;
    let (approve, decline) = w.booking_decision(BEN).await;
    let ben = w.user(BEN).await.id;
    w.write(move |cx| {
        let taken = (cx.now, cx.now.plus(30 * DAY), entente::calendar::Kind::Busy);
        let meeting: entente::base::id::MeetingId = cx.id();
        entente::calendar::occupy(cx, ben, meeting, Some(taken))
    })
    .await;
    let mut browser = w.browser();
    browser
        .press(&approve, "approve", &[])
        .await
        .is(409)
        .says("Something else is in your calendar then by now");
    // What still waits can be asked about once more.
    browser.post(&approve, &[("do", "fresh")]).await.is(200);
    let letters = w.letters_to(BEN).await;
    assert_eq!(letters.iter().filter(|kind| **kind == "booking-ask").count(), 2);
    browser.press(&decline, "decline", &[]).await.is(200).says("You declined");
}

#[actix_web::test]
async fn a_page_that_knows_no_zone_of_its_reader_asks_for_it_and_no_other_does() {
    let w = World::new().await;
    let (_, page) = quick(&w, &mut w.browser_of(BEN).await).await;
    let mut guest = w.browser();
    guest.get(&page).await.says("If you are elsewhere, say where:").says("class=\"inline\" data-guess-zone");
    let guessed = |reply: &Reply| reply.text.contains("data-guess-zone");
    assert!(!guessed(&guest.get(&format!("{page}?zone=Asia/Tokyo")).await), "the address names one");
    assert!(!guessed(&guest.get(&format!("{page}?zone=Mars")).await), "what was typed stays");
    assert!(!guessed(&w.browser_of(CLEO).await.get(&page).await), "a profile has one");
    guest.post("/zone", &[("zone", "Asia/Tokyo"), ("back", &page)]).await.is(303);
    let kept = guest.get(&page).await;
    assert!(!guessed(&kept) && kept.text.contains("Times are in Tokyo time"), "the browser keeps one");
}

#[actix_web::test]
async fn a_guest_whose_host_confirms_is_told_that_the_button_asks_and_does_not_book() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let (link, page) = quick(&w, &mut ben).await;
    ask(&mut w.browser(), &page, GUEST).await.says("Press the button in it, and the time is yours.");
    ben.press(&link, "save", &[("confirmation", "by_hand")]).await.is(303);
    let look = ask(&mut w.browser(), &page, "kim@example.net").await;
    look.says("and Ben is asked: nothing is booked before Ben says yes.");
    assert!(!look.text.contains("the time is yours"));
}

#[actix_web::test]
async fn how_long_a_time_is_held_for_a_decision_is_told_as_configured() {
    let mut setting = Setting::new();
    setting.house.booking_decide_ms = 12 * HOUR;
    let w = World::with(setting).await;
    let mut ben = w.browser_of(BEN).await;
    ben.get("/booking-links/new").await.says("The time is held while you decide, for 12 hours at most.");
}

#[actix_web::test]
async fn a_notice_that_asks_has_the_buttons_and_the_words_of_home() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let (link, page) = quick(&w, &mut ben).await;
    ben.press(&link, "save", &[("confirmation", "by_hand")]).await.is(303);
    ask(&mut w.browser(), &page, GUEST).await.says("Look in your mailbox");
    let path = w.confirm_link(address(GUEST)).await;
    w.browser().press(&path, "confirm", &[]).await.is(200);
    w.invite(CLEO, BEN).await;
    w.follow().await;
    for place in ["/", "/notices"] {
        let shown = ben.get(place).await;
        shown.says("A word to Dora, if you decline").says("Block Cleo").says("They ask me first");
        assert_eq!(shown.main().matches("class=\"primary\"").count(), 1, "{place}: {}", shown.main());
    }
    ben.press("/notices", "approve", &[]).await.is(303);
}
