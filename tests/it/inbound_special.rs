//! What is no answer of a calendar program: the probe, Outlook's `winmail.dat`, the later check of a sender, the
//! mailroom's buttons.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use entente::base::house::{House, Subaddress};
use entente::base::time::{Timestamp, Zone};
use entente::itip::{self, PartStat};
use entente::mail::inbound::{VERIFY, verify_worker};
use entente::mail::mailroom::{self, Action};
use entente::mail::wire::{AutoSubmitted, CalendarPart, Mail, Party};
use entente::meetings::Status;
use entente::post::fact;
use entente::post::inbound::Outcome;
use entente::post::letter::{self, Draft, Enqueued, Says};
use entente::queue;

use crate::inbound_world::{ANA, BEN, TRACE, World, address, at, house};

const TOKEN: &str = "abcdefghijklmnopqrstuvwxyz";

/// Sends a probe, as the house does; gives its Message-ID.
async fn probe(world: &World) -> String {
    let write = world.store.write(|cx| {
        let draft = Draft {
            to: cx.house().organizer.with_tag(TOKEN),
            name: None,
            zone: Zone::UTC,
            participant: None,
            says: Says::Probe { token: TOKEN.to_owned() },
            unique_key: "probe 1".to_owned(),
            in_reply_to: None,
            expires: None,
            trace: TRACE.to_owned(),
        };
        letter::enqueue(cx, draft)
    });
    match write.await.unwrap() {
        Enqueued::Yes(_, message_id) => message_id,
        other => panic!("{other:?}"),
    }
}

async fn found(world: &World) -> Option<String> {
    world.read(|cx| fact::get(cx, fact::PROBE)).await.map(|(found, _)| found)
}

#[tokio::test]
async fn the_probe_tells_which_addresses_survive_the_road() {
    let sent = format!("scheduling+{TOKEN}@entente.test");
    let plain = "scheduling@entente.test".to_owned();
    let srs = "bounces+scheduling=entente.test@relay.example.net".to_owned();
    let cases = [
        // To, From, Reply-To, Return-Path.
        ([&sent, &sent, &sent, &sent], "full"),
        ([&sent, &plain, &sent, &sent], "not-from"),
        ([&sent, &plain, &plain, &sent], "off"),
        ([&sent, &sent, &sent, &srs], "off"),
        ([&plain, &sent, &sent, &sent], "off"),
    ];
    for (addresses, expected) in cases {
        for keeps_id in [true, false] {
            let world = World::with(House { subaddress: Subaddress::Auto, ..house() }, None).await;
            let id = probe(&world).await;
            let id = if keeps_id { id } else { "rewritten@relay.example.net".to_owned() };
            let [to, from, reply_to, return_path] = addresses;
            let raw = format!(
                "Return-Path: <{return_path}>\r\nDelivered-To: {sent}\r\nFrom: Entente <{from}>\r\nTo: <{to}>\r\n\
                 Reply-To: <{reply_to}>\r\nSubject: Entente probe\r\nMessage-ID: <{id}>\r\n\
                 Auto-Submitted: auto-generated\r\n\r\nprobe\r\n"
            );
            let taken = world.take(raw).await;
            assert_eq!(taken.outcome, Outcome::Ignored);
            assert_eq!(found(&world).await.as_deref(), Some(expected), "{addresses:?} {keeps_id}");
        }
    }
}

#[tokio::test]
async fn a_probe_that_was_not_read_from_the_mailbox_proves_nothing() {
    let world = World::with(House { subaddress: Subaddress::Auto, ..house() }, None).await;
    let (id, sent) = (probe(&world).await, format!("scheduling+{TOKEN}@entente.test"));
    let raw = format!(
        "From: <{sent}>\r\nTo: <{sent}>\r\nReply-To: <{sent}>\r\nMessage-ID: <{id}>\r\n\r\nprobe\r\n"
    );
    for road in ["cli", "mailroom"] {
        let mut received = world.received(raw.clone());
        received.road = road;
        world.intake.take(received).await.unwrap();
        assert_eq!(found(&world).await, None, "{road}");
    }
}

/// A `winmail.dat` with a message class and, if given, the UID in its global object id.
fn winmail(class: &str, uid: Option<&str>) -> Vec<u8> {
    let mut out = vec![0x78, 0x9f, 0x3e, 0x22, 1, 0];
    let mut attribute = |id: u32, data: &[u8]| {
        out.push(1);
        out.extend(id.to_le_bytes());
        out.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        out.extend(data);
        out.extend([0, 0]);
    };
    attribute(0x0007_8008, format!("{class}\0").as_bytes());
    if let Some(uid) = uid {
        let mut id = vec![4, 0, 0, 0, 0x82, 0, 0xe0, 0, 0x74, 0xc5, 0xb7, 0x10, 0x1a, 0x82, 0xe0, 8];
        id.extend([0; 20]);
        id.extend(u32::try_from(12 + uid.len() + 1).unwrap().to_le_bytes());
        id.extend(b"vCal-Uid\x01\0\0\0");
        id.extend(uid.as_bytes());
        id.push(0);
        let mut properties = vec![1, 0, 0, 0, 0x02, 0x01, 0x05, 0x80];
        properties
            .extend([0x90, 0xda, 0xd8, 0x6e, 0x0b, 0x45, 0x1b, 0x10, 0x98, 0xda, 0, 0xaa, 0, 0x3f, 0x13, 5]);
        properties.extend([0, 0, 0, 0, 0x23, 0, 0, 0, 1, 0, 0, 0]);
        properties.extend(u32::try_from(id.len()).unwrap().to_le_bytes());
        id.resize(id.len().div_ceil(4) * 4, 0);
        properties.extend(id);
        attribute(0x0006_9003, &properties);
    }
    out
}

#[tokio::test]
async fn an_outlook_answer_in_winmail_dat_counts_where_its_uid_or_the_token_says_which() {
    let cases = [
        ("IPM.Schedule.Meeting.Resp.Pos", true, true, Outcome::Applied, "accepted"),
        ("IPM.Schedule.Meeting.Resp.Tent", false, true, Outcome::Applied, "tentative"),
        ("IPM.Schedule.Meeting.Resp.Neg", true, true, Outcome::Applied, "declined"),
        ("IPM.Schedule.Meeting.Resp.Neg", true, false, Outcome::NeedsConfirmation, "needs-action"),
        ("IPM.Schedule.Meeting.Resp.Neg", false, false, Outcome::Ignored, "needs-action"),
        // No answer: what was written beside it counts.
        ("IPM.Note", true, true, Outcome::Answered, "needs-action"),
    ];
    for (class, has_uid, has_token, outcome, says) in cases {
        let world = World::new().await;
        let to = if has_token { world.organizer().await } else { "scheduling@entente.test".to_owned() };
        let head = format!(
            "From: <{ANA}>\r\nTo: <{to}>\r\nSubject: Answer\r\nMessage-ID: <o@example.org>\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee you\r\n\
             --b\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        );
        let uid = has_uid.then_some(world.uid.as_str());
        let raw = [head.as_bytes(), &winmail(class, uid), b"\r\n--b--\r\n"].concat();
        let taken = world.take(raw).await;
        let came_to = (taken.outcome, world.ana_says().await);
        assert_eq!(came_to, (outcome, says), "{class} {has_uid} {has_token} {}", taken.reason);
    }
}

#[tokio::test]
async fn a_sender_whom_the_token_proved_is_checked_afterwards() {
    let world = World::new().await;
    let taken = world.take(world.reply(|_| {}).await).await;
    let worker = verify_worker(world.intake.clone());
    let lease = world.store.write(|cx| queue::claim(cx, VERIFY, 10, 60_000)).await.unwrap().remove(0);
    (worker.handler)(lease).await.unwrap();
    let kept = world.kept(&taken).await;
    assert_eq!(kept.authenticity.as_deref(), Some("token; dmarc=unknown dkim=unknown, checked here"));
    assert!(!world.read(|cx| queue::is_ready(cx, VERIFY)).await);
    // Without the token it was checked before, and is not again.
    world.take(world.reply(|r| r.to = "scheduling@entente.test".to_owned()).await).await;
    assert!(!world.read(|cx| queue::is_ready(cx, VERIFY)).await);
}

/// Ana's invitation as it lies in her mailbox.
async fn invitation(world: &World, method: itip::Outgoing) -> Vec<u8> {
    let (meeting, organizer) = (world.now().await, address(&world.organizer().await));
    let letter = world.letters(world.ana).await.remove(0).letter;
    let name = Some("Ben via Entente".to_owned());
    let calendar = itip::compose(&itip::Event {
        method,
        uid: meeting.uid.clone(),
        sequence: u32::try_from(meeting.sequence).unwrap(),
        dtstamp: Timestamp::from_ms(letter.at),
        start: meeting.start,
        end: meeting.end,
        summary: meeting.title.clone(),
        location: None,
        description: None,
        organizer: itip::Party { address: organizer.clone(), name },
        attendee: itip::Party { address: address(ANA), name: Some("Ana Guest".to_owned()) },
        partstat: PartStat::NeedsAction,
        created: meeting.created_at,
        last_modified: meeting.created_at,
        url: None,
        comment: None,
    })
    .unwrap();
    let mail = Mail {
        from: Party::new("Ben via Entente", organizer.clone()),
        reply_to: Some(Party::new("Ben via Entente", organizer.clone())),
        to: Party::new("Ana Guest", address(ANA)),
        envelope_from: organizer,
        envelope_to: address(ANA),
        subject: "Practice Session — Invitation".to_owned(),
        message_id: letter.message_id,
        date: Timestamp::from_ms(letter.at),
        in_reply_to: None,
        references: Vec::new(),
        text: "Wednesday 25 November 2026, 11:30 – 12:15 (Paris time)\nRequest new time: http://localhost"
            .to_owned(),
        html: None,
        calendar: Some(CalendarPart { method: method.as_str().to_owned(), bytes: calendar.into_bytes() }),
        auto_submitted: AutoSubmitted::Generated,
        extra: Vec::new(),
    };
    mail.compose()
}

#[tokio::test]
async fn each_button_of_the_mailroom_does_what_the_real_program_would() {
    let counter = || Action::Counter {
        start: at("2026-11-26T14:00:00Z"),
        end: at("2026-11-26T14:45:00Z"),
        comment: "A day later?\nPlease".to_owned(),
    };
    let stranger =
        |accepts| Action::ForwardedStranger { address: address("zoe@elsewhere.example.net"), accepts };
    let cases = [
        (Action::Accept, Outcome::Applied, "accepted"),
        (Action::Tentative, Outcome::Applied, "tentative"),
        (Action::Decline, Outcome::Applied, "declined"),
        (counter(), Outcome::Proposal, "needs-action"),
        (Action::Words("Can we do 3pm on Thursday?".to_owned()), Outcome::Answered, "needs-action"),
        (Action::Bounce, Outcome::Bounce, "needs-action"),
        (stranger(true), Outcome::NeedsConfirmation, "needs-action"),
        (stranger(false), Outcome::NeedsConfirmation, "needs-action"),
    ];
    for (action, outcome, says) in cases {
        let world = World::with(House { is_mailroom: true, ..house() }, None).await;
        let mail = invitation(&world, itip::Outgoing::Request).await;
        let made = mailroom::act(&mail, &action, world.clock.now(), "0af7651916cd43dd").unwrap();
        assert!(!String::from_utf8(made.clone()).unwrap().contains(BEN));
        let mut received = world.received(made);
        received.road = "mailroom";
        let taken = world.intake.take(received).await.unwrap();
        assert_eq!((taken.outcome, world.ana_says().await), (outcome, says), "{action:?} {}", taken.reason);
        assert_eq!(taken.participant, Some(world.ana), "{action:?}");
        let is_off = action == Action::Decline;
        assert_eq!(world.now().await.status == Status::Cancelled, is_off, "{action:?}");
        if outcome == Outcome::Bounce {
            assert_eq!(world.now().await.participant(world.ana).unwrap().delivery.as_str(), "bounced");
        }
        // Nothing that stays in the house is worth a look into DNS.
        assert!(!world.read(|cx| queue::is_ready(cx, VERIFY)).await);
    }
}

#[tokio::test]
async fn the_words_of_the_mailroom_carry_the_time_and_quote_the_mail() {
    let world = World::new().await;
    let mail = invitation(&world, itip::Outgoing::Request).await;
    let said = Action::Words("Can we do 3pm on Thursday?".to_owned());
    let made = mailroom::act(&mail, &said, world.clock.now(), "1").unwrap();
    let text = String::from_utf8(made.clone()).unwrap();
    assert!(text.contains("> Request new time") && !text.contains("Auto-Submitted"), "{text}");
    world.take(made).await;
    let letters = world.letters(world.ana).await;
    let found = letters.iter().find_map(|kept| match &kept.letter.says {
        Says::AutoAnswer { found, .. } => *found,
        _ => None,
    });
    assert_eq!(found.map(|(start, _)| start), Some(at("2026-11-26T14:00:00Z").ms()));
}

#[tokio::test]
async fn the_card_shows_what_a_calendar_program_would_and_only_an_invitation_is_answered() {
    let world = World::new().await;
    let card = mailroom::card(&invitation(&world, itip::Outgoing::Request).await).unwrap();
    assert_eq!((card.title.as_str(), card.start), ("Practice Session", at("2026-11-25T10:30:00Z")));
    assert_eq!((card.organizer.as_str(), card.sequence, card.is_cancelled), ("Ben via Entente", 1, false));
    assert_eq!(card.attendee.map(|one| one.as_str().to_owned()).as_deref(), Some(ANA));
    let cancelled = invitation(&world, itip::Outgoing::Cancel).await;
    assert!(mailroom::card(&cancelled).unwrap().is_cancelled);
    let plain = b"From: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\n\r\nwords\r\n";
    assert_eq!(mailroom::card(plain), None);
    for raw in [&cancelled[..], plain, b"junk"] {
        let refused = mailroom::act(raw, &Action::Accept, world.clock.now(), "1").unwrap_err();
        assert_eq!(refused.code(), "invalid");
    }
    let backwards = Action::Counter {
        start: at("2026-11-26T14:00:00Z"),
        end: at("2026-11-26T13:00:00Z"),
        comment: String::new(),
    };
    let mail = invitation(&world, itip::Outgoing::Request).await;
    assert_eq!(mailroom::act(&mail, &backwards, world.clock.now(), "1").unwrap_err().code(), "invalid");
}

#[tokio::test]
async fn what_only_an_organizer_sends_is_ignored_and_said_so_even_with_a_right_token() {
    for (method, named) in [
        ("REQUEST", "A REQUEST"),
        ("CANCEL", "A CANCEL"),
        ("ADD", "An ADD"),
        ("PUBLISH", "A PUBLISH"),
        ("DECLINECOUNTER", "A DECLINECOUNTER"),
        ("SURPRISE", "A message of an unknown method"),
    ] {
        for (from, participant) in [(ANA, true), ("zoe@elsewhere.example.net", false)] {
            let world = World::new().await;
            let before = world.now().await;
            let letters = (world.letters(world.ana).await.len(), world.letters(world.ben).await.len());
            let raw = world.reply(|r| {
                r.method = method;
                from.clone_into(&mut r.from);
                // As it would be if it counted: newer than ours, at another time, off.
                (r.sequence, r.start, r.end) = (Some(99), "20261127T100000Z", "20261127T110000Z");
                r.lines = "STATUS:CANCELLED\r\n".to_owned();
            });
            let taken = world.take(raw.await).await;
            let kept = world.kept(&taken).await;
            let whose = participant.then_some(world.ana);
            assert_eq!(
                (kept.outcome, kept.meeting),
                (Outcome::Ignored, Some(world.meeting)),
                "{method} {from}"
            );
            assert_eq!(kept.participant, whose, "{method} {from}");
            let why =
                format!("{named} from outside: this mailbox organizes, and takes no invitations or changes.");
            assert_eq!((kept.reason.as_str(), &taken.reason), (why.as_str(), &why), "{from}");
            assert_eq!(kept.method.as_deref(), Some(method));
            let id = taken.id;
            let raw = world.read(move |cx| entente::post::inbound::raw(cx, id)).await;
            assert!(raw.is_some(), "it can be looked at");
            let now = world.now().await;
            let time = |meeting: &entente::meetings::Meeting| (meeting.start, meeting.end, meeting.sequence);
            assert_eq!((time(&now), now.status), (time(&before), before.status), "{method} {from}");
            assert_eq!(world.ana_says().await, "needs-action");
            let after = (world.letters(world.ana).await.len(), world.letters(world.ben).await.len());
            assert_eq!(after, letters, "{method} {from}: nobody is written to");
        }
    }
}
