//! What the bearer of a mailed link can do, and what nobody can do by opening one.

use entente::base::id::InboundId;
use entente::base::time::{DAY, HOUR};
use entente::config::Confirm;
use entente::itip::PartStat;
use entente::links::Purpose;
use entente::meetings::{self, ProposalStatus, Status, hold};
use entente::post::letter::Says;

use crate::pages_world::{ANA, BEN, Pair, Setting, World, at, forms, hash, operator, plain};

const NEW: [(&str, &str); 4] = [
    ("date", "2026-11-26"),
    ("from", "14:00"),
    ("until", "14:45"),
    ("note", "A train later. ana@example.net"),
];

/// Ana asks for Thursday 26 November, 14:00 in Lisbon.
async fn ask(w: &World, pair: Pair) -> String {
    let respond = w.link(pair.guest, Purpose::Respond).await;
    w.browser().press(&respond, "propose", &NEW).await.is(200).says("Your request is on its way");
    respond
}

/// A reply of Ana's that came without proof.
async fn held(w: &World, pair: Pair, what: hold::Held) -> String {
    w.write(move |cx| {
        let meeting = meetings::load(cx, pair.id)?;
        let inbound: InboundId = cx.id();
        hold::hold(cx, &operator(), &meeting, pair.guest, (inbound, &what, None))
    })
    .await;
    w.link(pair.guest, Purpose::Confirm).await
}

#[actix_web::test]
async fn scanner_heads_and_gets_of_every_link_leave_every_row_as_it_was() {
    let w = World::new().await;
    let pair = w.meeting().await;
    let confirm =
        held(&w, pair, hold::Held::Answer { partstat: "declined".to_owned(), note: String::new() }).await;
    let used = ask(&w, pair).await;
    let user = w.user(BEN).await;
    w.invite(BEN, "dora@example.net").await;
    let connect = w.connect_link("dora@example.net").await;
    let to_confirm = w.booking_to_confirm(BEN).await;
    let (_, page) = w.booking_link(BEN).await;
    let links = [
        to_confirm,
        format!("/b/{page}"),
        format!("/b/{page}?start=2026-11-30T10:00:00Z&zone=Asia/Tokyo"),
        "/b/unknown".to_owned(),
        "/booking?t=unknown".to_owned(),
        used,
        w.link(pair.host, Purpose::Respond).await,
        w.link(pair.host, Purpose::Approve).await,
        w.link(pair.host, Purpose::Decline).await,
        confirm,
        w.link(pair.guest, Purpose::AboutYou).await,
        w.link(pair.guest, Purpose::AboutYou).await.replace("/about-you", "/about-you.json"),
        w.path(
            Purpose::SignIn,
            w.write(move |cx| entente::accounts::sign_in_link(cx, &operator(), user.id)).await,
        ),
        connect,
        "/connect?t=unknown".to_owned(),
        "/reschedule?r=unknown".to_owned(),
        "/approve?t=unknown".to_owned(),
        "/decline?t=unknown".to_owned(),
        "/confirm?t=unknown".to_owned(),
        "/about-you?t=unknown".to_owned(),
        "/sign-in/link?t=unknown".to_owned(),
        "/set-up?t=unknown".to_owned(),
        "/reschedule".to_owned(),
    ];
    let mut scanner = w.browser();
    let mut ben = w.browser_of(BEN).await;
    let before = w.rows();
    for later in [0, 3 * DAY, 30 * DAY] {
        w.clock.advance(later);
        for link in &links {
            for browser in [&mut scanner, &mut ben] {
                browser.head(link).await;
                let first = browser.get(link).await;
                let second = browser.get(link).await;
                assert_eq!(first.code, second.code, "{link}");
            }
        }
        assert_eq!(hash(&before), hash(&w.rows()), "after {later} ms:\n{before}\n--- now:\n{}", w.rows());
    }
    // Nor does looking around, signed in: not even when somebody was last seen is noted.
    for path in [
        "/",
        "/meetings",
        "/meetings?past=1",
        "/connections",
        "/connections/questions",
        "/booking-links",
        "/booking-links/new",
        "/settings",
        &format!("/meetings/{}", pair.id),
    ] {
        ben.get(path).await;
        ben.head(path).await;
    }
    assert_eq!(hash(&before), hash(&w.rows()));
}

#[actix_web::test]
async fn an_invitation_is_answered_by_link_and_the_second_press_as_the_first() {
    let w = World::new().await;
    let pair = w.meeting().await;
    let respond = w.link(pair.guest, Purpose::Respond).await;
    let mut ana = w.browser();
    ana.get(&respond).await.is(200).says("Request a new time").says("Ben").says("Wednesday 25 November 2026");
    let first = ana.press(&respond, "accept", &[]).await;
    first.is(200).says("You accepted").says("Ben can see that you are coming");
    let second = ana.press(&respond, "accept", &[]).await;
    assert_eq!(plain(&first.text), plain(&second.text));
    assert_eq!(w.load(pair.id).await.participants[1].partstat, PartStat::Accepted);
    ana.press(&respond, "tentative", &[]).await.is(200).says("perhaps");
    assert_eq!(w.load(pair.id).await.participants[1].partstat, PartStat::Tentative);
    let declined = ana.get(&respond).await;
    let first = ana.press_on(&declined, "decline", &[]).await;
    first.is(200).says("You declined, and the meeting is cancelled");
    let second = ana.press_on(&declined, "decline", &[]).await;
    assert_eq!(first.text, second.text, "pressed twice");
    assert_eq!(w.load(pair.id).await.status, Status::Cancelled);
    ana.get(&respond).await.is(200).says("This meeting is cancelled");
    ana.press_on(&declined, "accept", &[]).await.is(200).says("This meeting is cancelled");
}

#[actix_web::test]
async fn a_new_time_is_asked_for_approved_and_the_meeting_moves_once() {
    let w = World::new().await;
    let pair = w.meeting().await;
    let respond = w.link(pair.guest, Purpose::Respond).await;
    let mut ana = w.browser();
    let page = ana.get(&respond).await;
    let first = ana.press_on(&page, "propose", &NEW).await;
    first.is(200).says("Your request is on its way").says("Thursday 26 November 2026");
    let second = ana.press_on(&page, "propose", &NEW).await;
    assert_eq!(first.text, second.text, "pressed twice");
    ana.get(&respond).await.is(200).says("You asked for a new time").says("Withdraw it");
    let approve = w.link(pair.host, Purpose::Approve).await;
    let mut ben = w.browser();
    let page = ben.get(&approve).await;
    page.is(200)
        .says("Approve this new time?")
        .says("Ana asks to move")
        .says("Paris time")
        .says("15:00 – 15:45");
    page.says("A train later.").says("[address removed]");
    assert!(!page.text.contains("data-auto"));
    ben.press_on(&page, "approve", &[]).await.is(200).says("The meeting has moved");
    let moved = w.load(pair.id).await;
    assert_eq!((moved.sequence, moved.start), (1, at("2026-11-26T14:00:00Z")));
    let rows = w.rows();
    ben.press_on(&page, "approve", &[]).await.is(200).says("The meeting has moved");
    assert_eq!(hash(&rows), hash(&w.rows()), "the second press changed nothing");
    ben.get(&approve).await.is(200).says("This was decided already");
    let decline = w.link(pair.host, Purpose::Decline).await;
    ben.post(&decline, &[("do", "decline")]).await.is(200).says("This was decided already");
    assert_eq!(w.load(pair.id).await.sequence, 1);
}

#[actix_web::test]
async fn a_declined_proposal_leaves_the_meeting_and_its_asker_can_ask_again() {
    let w = World::new().await;
    let pair = w.meeting().await;
    let respond = ask(&w, pair).await;
    let decline = w.link(pair.host, Purpose::Decline).await;
    let mut ben = w.browser();
    ben.get(&decline).await.is(200).says("Decline this new time?").says("without reasons");
    ben.press(&decline, "decline", &[]).await.is(200).says("The meeting stays");
    ben.post(&decline, &[("do", "decline")]).await.is(200).says("The meeting stays");
    assert_eq!(w.load(pair.id).await.sequence, 0);
    let mut ana = w.browser();
    ana.get(&respond).await.is(200).says("This link has been used").says("Request new time").says("Accept");
    let newest = w.link(pair.guest, Purpose::Respond).await;
    assert_ne!(newest, respond, "the mail with the news brings a fresh link");
    ana.get(&newest).await.is(200).says("Send the request");
    ana.press(&respond, "accept", &[]).await.is(200).says("You accepted");
}

#[actix_web::test]
async fn a_request_is_taken_back() {
    let w = World::new().await;
    let pair = w.meeting().await;
    let respond = ask(&w, pair).await;
    let mut ana = w.browser();
    let page = ana.get(&respond).await;
    ana.press_on(&page, "withdraw", &[]).await.is(200).says("You took it back");
    ana.press_on(&page, "withdraw", &[]).await.is(200).says("You took it back");
    let approve = w.link(pair.host, Purpose::Approve).await;
    let mut ben = w.browser();
    ben.get(&approve).await.is(200).says("The request was taken back");
    ben.post(&approve, &[("do", "approve")]).await.is(200).says("The request was taken back");
    assert_eq!(w.load(pair.id).await.sequence, 0);
}

#[actix_web::test]
async fn double_proposals_the_latest_is_decided_and_the_earlier_superseded() {
    let w = World::new().await;
    let pair = w.meeting().await;
    ask(&w, pair).await;
    let first = w.link(pair.host, Purpose::Approve).await;
    // Ben asks for another time, by his own link, before he decides.
    let respond = w.link(pair.host, Purpose::Respond).await;
    let other = [("date", "2026-11-27"), ("from", "09:00"), ("until", "09:45")];
    w.browser().press(&respond, "propose", &other).await.is(200);
    w.browser().get(&first).await.is(200).says("Another time took its place");
    w.browser().post(&first, &[("do", "approve")]).await.is(200).says("Another time took its place");
    assert_eq!(w.load(pair.id).await.sequence, 0);
    let second = w.link(pair.guest, Purpose::Approve).await;
    w.browser().press(&second, "approve", &[]).await.is(200).says("The meeting has moved");
    let moved = w.load(pair.id).await;
    assert_eq!((moved.sequence, moved.start), (1, at("2026-11-27T08:00:00Z")));
}

#[actix_web::test]
async fn simultaneous_approves_move_the_meeting_once() {
    let w = World::new().await;
    let guests = [(ANA, "Ana", None), ("dora@example.com", "Dora", None)];
    let pair = w.meeting_with(&guests, |_| {}).await;
    ask(&w, pair).await;
    let dora = w.load(pair.id).await.participants[2].id;
    let (of_ben, of_dora) = (w.link(pair.host, Purpose::Approve).await, w.link(dora, Purpose::Approve).await);
    let (mut ben, mut again, mut other) = (w.browser(), w.browser(), w.browser());
    let press = [("do", "approve")];
    let (one, two, three) = futures_util::join!(
        ben.post(&of_ben, &press),
        again.post(&of_ben, &press),
        other.post(&of_dora, &press)
    );
    for reply in [&one, &two, &three] {
        reply.is(200);
    }
    let moves = [&one, &two, &three].iter().filter(|it| it.text.contains("The meeting has moved")).count();
    assert!(moves >= 1, "the last approval moves it");
    assert_eq!(w.load(pair.id).await.sequence, 1);
    let updates = w.letters(pair.guest).await;
    let is_update = |says: &Says| says.is_event() && says.event().is_some_and(|event| event.sequence == 1);
    assert_eq!(updates.iter().filter(|kept| is_update(&kept.letter.says)).count(), 1);
}

#[actix_web::test]
async fn forwarded_invites_a_strangers_answer_changes_nothing() {
    let setting = Setting { open_mailroom: true, ..Setting::new() };
    let w = World::with(setting).await;
    let pair = w.meeting().await;
    w.send_mail().await;
    let mail = w.read(|cx| Ok(entente::post::mailroom::mails(cx, ANA, 1)?.remove(0).id)).await;
    let path = format!("/mailroom/{ANA}/{mail}");
    let reply = w.browser().press(&path, "forward", &[("stranger", "eve@example.edu")]).await;
    reply.is(200).says("eve@example.edu accepted the forwarded invitation");
    assert!(
        reply.text.contains(">ignored<") || reply.text.contains(">needs confirmation<"),
        "{}",
        reply.text
    );
    let meeting = w.load(pair.id).await;
    assert!(meeting.participants.iter().all(|one| one.partstat == PartStat::NeedsAction));
    assert_eq!(meeting.participants.len(), 2);
}

#[actix_web::test]
async fn expired_tokens_open_a_friendly_page_that_sends_a_fresh_link() {
    let w = World::new().await;
    let pair = w.meeting().await;
    ask(&w, pair).await;
    let approve = w.link(pair.host, Purpose::Approve).await;
    w.clock.advance(49 * HOUR);
    let mut ben = w.browser();
    let page = ben.get(&approve).await;
    page.is(410).says("This link has expired").says("Request new time");
    ben.post(&approve, &[("do", "approve")]).await.is(410).says("This link has expired");
    let before = w.letters(pair.host).await.len();
    ben.press_on(&page, "fresh", &[]).await.is(200).says("Look in your mailbox");
    assert_eq!(w.letters(pair.host).await.len(), before + 1);
    let fresh = w.link(pair.host, Purpose::Respond).await;
    ben.get(&fresh).await.is(200).says("Send the request");
    // The respond link of an earlier revision is old as well.
    let old = w.link(pair.guest, Purpose::Respond).await;
    w.write(move |cx| {
        let (start, end) = (at("2026-11-28T09:00:00Z"), at("2026-11-28T10:00:00Z"));
        meetings::move_to(cx, &operator(), pair.id, start, end)
    })
    .await;
    let page = w.browser().get(&old).await;
    page.is(410).says("This link has expired").says("Request new time");
    w.browser().post(&old, &[("do", "accept")]).await.is(410);
}

#[actix_web::test]
async fn attendee_modifies_locally_and_the_page_and_the_next_mail_show_what_counts() {
    let setting = Setting { open_mailroom: true, ..Setting::new() };
    let w = World::with(setting).await;
    let pair = w.meeting().await;
    w.send_mail().await;
    // Ana drags the event in her calendar, which answers with its own idea of the time.
    let mail = w.read(|cx| Ok(entente::post::mailroom::mails(cx, ANA, 1)?.remove(0))).await;
    let action = entente::mail::mailroom::Action::Accept;
    let raw = entente::mail::mailroom::act(&mail.raw, &action, w.clock.now(), "local").expect("a reply");
    let text = String::from_utf8_lossy(&raw).replace("20261125T093000Z", "20261125T153000Z");
    let received = entente::mail::inbound::Received {
        raw: text.into_bytes(),
        road: "mailroom",
        rcpt: None,
        arrived: entente::itip::Arrival { at: w.clock.now(), number: 1 },
        cursor: None,
    };
    w.web.intake.take(received).await.expect("an outcome");
    let meeting = w.load(pair.id).await;
    assert_eq!((meeting.start, meeting.sequence), (at("2026-11-25T09:30:00Z"), 0));
    let respond = w.link(pair.guest, Purpose::Respond).await;
    w.browser().get(&respond).await.says("09:30 – 10:15");
    // The invitation sent again puts it right.
    let mut ben = w.browser_of(BEN).await;
    let page = format!("/meetings/{}", pair.id);
    ben.press(&page, &format!("{page}/resend"), &[]).await.is(303);
    let newest = &w.letters(pair.guest).await[0];
    let event = newest.letter.says.event().expect("an event");
    assert_eq!((event.start, event.edition), (meeting.start.ms(), 1));
}

#[actix_web::test]
async fn non_calendar_replies_are_answered_with_a_link_whose_form_is_filled() {
    let setting = Setting { open_mailroom: true, ..Setting::new() };
    let w = World::with(setting).await;
    let pair = w.meeting().await;
    w.send_mail().await;
    let mail = w.read(|cx| Ok(entente::post::mailroom::mails(cx, ANA, 1)?.remove(0).id)).await;
    let path = format!("/mailroom/{ANA}/{mail}");
    let reply = w.browser().press(&path, "words", &[("text", "can we do 3pm?")]).await;
    reply.is(200).says("An answer in words was sent").says(">answered<");
    let link = w.link(pair.guest, Purpose::Respond).await;
    let page = w.browser().get(&link).await;
    let form = forms(&page.text).into_iter().find(|form| form.action == link).expect("the form");
    let field =
        |name: &str| form.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str());
    assert_eq!(
        (field("date"), field("from"), field("until")),
        (Some("2026-11-25"), Some("15:00"), Some("15:45"))
    );
    assert_eq!(field("zone"), Some("Europe/Lisbon"));
}

#[actix_web::test]
async fn a_held_reply_is_confirmed_by_its_button_and_once() {
    let w = World::new().await;
    let pair = w.meeting().await;
    let confirm =
        held(&w, pair, hold::Held::Answer { partstat: "declined".to_owned(), note: String::new() }).await;
    let mut ana = w.browser();
    let page = ana.get(&confirm).await;
    page.is(200).says("You declined. Is that so?").says("cancelled for everybody");
    assert_eq!(w.load(pair.id).await.status, Status::Scheduled);
    let first = ana.press_on(&page, "confirm", &[]).await;
    first.is(200).says("You declined, and the meeting is cancelled");
    let second = ana.press_on(&page, "confirm", &[]).await;
    assert_eq!(first.text, second.text);
    assert_eq!(w.load(pair.id).await.status, Status::Cancelled);
}

#[actix_web::test]
async fn a_held_reply_to_an_earlier_time_is_not_taken_any_more() {
    let w = World::new().await;
    let pair = w.meeting().await;
    let asked = (at("2026-11-26T14:00:00Z").ms(), at("2026-11-26T15:00:00Z").ms());
    let confirm = held(&w, pair, hold::Held::Propose(asked.0, asked.1, String::new())).await;
    w.browser().get(&confirm).await.is(200).says("You asked for a new time. Is that so?");
    w.write(move |cx| {
        let (start, end) = (at("2026-11-28T09:00:00Z"), at("2026-11-28T10:00:00Z"));
        meetings::move_to(cx, &operator(), pair.id, start, end)
    })
    .await;
    w.browser().get(&confirm).await.is(200).says("The meeting has changed since");
    w.browser().post(&confirm, &[("do", "confirm")]).await.is(200).says("The meeting has changed since");
}

#[actix_web::test]
async fn an_unknown_link_is_noted_when_somebody_acts_by_it_and_not_when_it_is_opened() {
    let w = World::new().await;
    let noted = || w.read(|cx| entente::journal::count_since(cx, "link.invalid", at("2026-01-01T00:00:00Z")));
    let mut browser = w.browser();
    for path in ["/reschedule?r=no", "/approve?t=no", "/decline?t=no", "/confirm?t=no", "/about-you?t=no"] {
        browser.get(path).await.is(404).says("not known here");
        assert_eq!(noted().await, 0, "{path}");
    }
    let presses = [
        ("/reschedule?r=no", "accept"),
        ("/approve?t=no", "approve"),
        ("/decline?t=no", "decline"),
        ("/confirm?t=no", "confirm"),
        ("/about-you?t=no", "never"),
    ];
    for (n, (path, button)) in (1..).zip(presses) {
        browser.post(path, &[("do", button)]).await.is(404).says("not known here");
        assert_eq!(noted().await, n, "{path}");
    }
    let ours = browser.press("/reschedule?r=no", "fresh", &[]).await;
    ours.is(200).says("If the link was ours");
}

#[actix_web::test]
async fn times_that_cannot_be_come_back_with_everything_typed() {
    let w = World::new().await;
    let pair = w
        .meeting_with(&[(ANA, "Ana", Some("Europe/Paris"))], |new| {
            new.start = at("2027-03-27T09:30:00Z");
            new.end = at("2027-03-27T10:15:00Z");
        })
        .await;
    let respond = w.link(pair.guest, Purpose::Respond).await;
    let cases = [
        ([("date", "2027-03-28"), ("from", "02:30"), ("until", "04:00")], "does not exist that day in Paris"),
        ([("date", "2026-11-01"), ("from", "10:00"), ("until", "11:00")], "already past"),
        (
            [("date", "2027-03-28"), ("from", "11:00"), ("until", "10:00")],
            "The end must come after the start.",
        ),
        ([("date", "2039-03-28"), ("from", "10:00"), ("until", "11:00")], "five years ahead"),
        ([("date", "2027-03-27"), ("from", "10:30"), ("until", "11:15")], "the meeting has already"),
        ([("date", "soon"), ("from", "10:30"), ("until", "11:15")], "should look like 2026-11-25"),
    ];
    for (typed, words) in cases {
        let with_note = [&typed[..], &[("note", "A note that stays")]].concat();
        let reply = w.browser().press(&respond, "propose", &with_note).await;
        reply.is(422).says(words).says("A note that stays").says("What you typed is kept").says(typed[0].1);
    }
    let long = [("date", "2027-03-28"), ("from", "10:00"), ("until", "11:00"), ("until_date", "2027-04-02")];
    w.browser().press(&respond, "propose", &long).await.is(422).says("24 hours at most");
    assert!(w.read(move |cx| Ok(meetings::see(cx, &operator(), pair.id)?.proposals.is_empty())).await);
    // Of an hour that comes twice the first is meant, and it is taken.
    let twice = [("date", "2027-10-31"), ("from", "02:30"), ("until", "03:30")];
    w.browser().press(&respond, "propose", &twice).await.is(200);
    let seen = w.read(move |cx| meetings::see(cx, &operator(), pair.id)).await;
    assert_eq!(seen.proposals[0].proposal.start, at("2027-10-31T00:30:00Z"));
    assert_eq!(seen.proposals[0].proposal.status, ProposalStatus::Pending);
}

#[actix_web::test]
async fn where_no_scanner_reads_the_mail_the_page_may_press_its_own_button() {
    let mut setting = Setting::new();
    setting.config.links.confirm = Confirm::Auto;
    let w = World::with(setting).await;
    let pair = w.meeting().await;
    ask(&w, pair).await;
    for purpose in [Purpose::Approve, Purpose::Decline] {
        let link = w.link(pair.host, purpose).await;
        w.browser().get(&link).await.is(200).says("data-auto");
    }
}

#[actix_web::test]
async fn what_is_stored_can_be_seen_taken_away_silenced_and_erased() {
    let w = World::new().await;
    let pair = w.meeting().await;
    let about = w.link(pair.guest, Purpose::AboutYou).await;
    let mut ana = w.browser();
    let page = ana.get(&about).await;
    page.is(200).says("an…@example.net").says("Practice session").says("with Ben").says("Invitation");
    assert!(!page.text.contains(BEN));
    let json = ana.get(&about.replace("/about-you", "/about-you.json")).await;
    assert_eq!(json.header("content-type"), "application/json");
    json.is(200).says(ANA).says("Practice session");
    assert!(!json.text.contains(BEN));
    ana.press(&about, "never", &[]).await.is(200).says("No more mail to you");
    ana.get(&about).await.says("Nothing is written to this address any more");
    ana.press(&about, "again", &[]).await.is(200).says("You can be invited again");
    ana.press(&about, "erase", &[]).await.is(422).says("Tick this box first");
    let page = ana.get(&about).await;
    ana.press_on(&page, "erase", &[("sure", "yes")]).await.is(200).says("It is erased");
    ana.press_on(&page, "erase", &[("sure", "yes")]).await.is(200).says("It is erased");
    ana.get(&about).await.is(200).says("It is erased");
    let rows = w.rows();
    assert!(!rows.contains(ANA) && !rows.contains("\"Ana\""), "nothing of hers is left");
}
