//! Ten thousand damaged messages, and a disk that fills up: every message ends in an outcome or comes again.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use entente::base::house::{Decline, House};
use entente::base::random::Chance;
use entente::base::time::{HOUR, Timestamp};
use entente::config::Config;
use entente::journal;
use entente::mail::inbound::poll::{PollStatus, poll};
use entente::mail::inbound::{Intake, Received};
use entente::mail::wire::Verifier;
use entente::meetings::{self, Status};
use entente::post;
use entente::post::inbound::Outcome;
use entente::store::{Durability, Options, Store};
use futures_util::{StreamExt, stream};
use tokio::sync::watch;

use crate::inbound_mailbox::Mailbox;
use crate::inbound_outcomes::dsn;
use crate::inbound_world::{ANA, BEN, World, at, fill, fixtures, house, template, wired, words};

/// What is put into messages to confuse who reads them.
const POISON: &[&str] = &[
    "\r\n",
    "\n",
    "\0",
    "=",
    "=\r\n",
    "BEGIN:VEVENT\r\n",
    "END:VEVENT\r\n",
    "END:VCALENDAR\r\n",
    "METHOD:CANCEL\r\n",
    "METHOD:COUNTER\r\n",
    "PARTSTAT=DECLINED",
    "SEQUENCE:-1\r\n",
    "SEQUENCE:99999999999\r\n",
    "DTSTART:99991231T235959Z\r\n",
    "DTEND:00010101T000000Z\r\n",
    "DTSTART;TZID=Nowhere:20261126T140000\r\n",
    "DURATION:-P9999999D\r\n",
    "RECURRENCE-ID:20261125T103000Z\r\n",
    "Content-Type: multipart/mixed; boundary=\"\"\r\n",
    "Content-Type: message/rfc822\r\n",
    "Content-Transfer-Encoding: base64\r\n",
    "charset=utf-7",
    "charset=iso-2022-jp",
    "\u{feff}",
    "\u{202e}",
    "\u{1f600}",
    "Auto-Submitted: auto-replied\r\n",
    "Return-Path: <>\r\n",
    "Message-ID: <>\r\n",
    "To: <scheduling+@entente.test>\r\n",
    "From: a@example.org, b@example.org\r\n",
    "ATTENDEE;PARTSTAT=ACCEPTED:mailto:ben.host@example.org\r\n",
    "--b\r\n",
    "--b--\r\n",
    "{{",
    "%s%n",
    "' OR 1=1 --",
    "COMMENT:ben.host@example.org\r\n",
    "\r\r\n",
    "\t",
];

/// Damages a message in one to six places.
fn damage(chance: &Chance, raw: &mut Vec<u8>, other: &[u8]) {
    let up_to = |most: usize| usize::try_from(chance.up_to(most as u64)).unwrap();
    for _ in 0..=up_to(5) {
        let place = up_to(raw.len());
        match chance.up_to(6) {
            0 => raw.truncate(place.max(raw.len() / 3)),
            1 if place < raw.len() => raw[place] = chance.bytes::<1>()[0],
            2 => {
                let end = (place + up_to(80)).min(raw.len());
                raw.drain(place..end);
            }
            3 => {
                let end = (place + up_to(200)).min(raw.len());
                let piece = raw[place..end].to_vec();
                raw.splice(place..place, piece);
            }
            4 => {
                let from = up_to(other.len());
                raw.truncate(place);
                raw.extend(&other[from..]);
            }
            _ => {
                let poison = POISON[up_to(POISON.len() - 1)];
                raw.splice(place..place, poison.bytes());
            }
        }
    }
}

async fn seeds(world: &World) -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (participant, address) in [(world.ana, ANA), (world.ben, BEN)] {
        let organizer = format!("scheduling+{}@entente.test", world.token(participant).await);
        for name in fixtures() {
            // What the transfer encodings hide is damaged as well: half of the seeds go without them.
            let text = fill(&template(&name), &world.uid, &organizer, address, 1);
            let plain = text.replace("{{BASE64}}\n", "").replace("{{QP}}\n", "").replace("{{END}}\n", "");
            let plain = plain.replace("Encoding: base64", "Encoding: 8bit");
            seeds.push(wired(&text));
            seeds.push(wired(&plain));
        }
        let thread = "References: <t@entente.test>\r\n";
        seeds.push(words(address, &organizer, thread, "Can we do 3pm on Thursday?\r\n\r\n> before"));
        seeds.push(dsn(&organizer, address, "failed", ""));
    }
    seeds
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_damaged_messages_each_end_in_an_outcome_and_break_nothing() {
    let world = World::with(House { decline: Decline::Soft, ..house() }, None).await;
    let (chance, seeds) = (Chance::seeded(20_261_120), seeds(&world).await);
    let many = 10_000;
    let pick = |n: usize| &seeds[n % seeds.len()];
    let mails = (0..many).map(|n| {
        let mut raw = pick(n).clone();
        damage(&chance, &mut raw, pick(n * 7 + 3));
        if n % 10 != 0 {
            // The first of two counts: nine of ten are no duplicates.
            raw.splice(0..0, format!("Message-ID: <{n}@x.example.org>\r\n").bytes());
        }
        let mut received = world.received(raw);
        received.road = ["imap", "webhook", "cli"][n % 3];
        received
    });
    let taken: Vec<_> = stream::iter(mails)
        .map(|received| world.intake.take(received))
        .buffer_unordered(64)
        .map(Result::unwrap)
        .collect()
        .await;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut new = HashSet::new();
    for one in &taken {
        *counts.entry(one.outcome.as_str()).or_default() += 1;
        new.insert(one.id);
        assert!(!one.reason.contains("could not be taken in"), "{}", one.reason);
        assert!(!one.reason.contains('@'), "{}", one.reason);
    }
    assert_eq!(taken.len(), many);
    let rows = world.read(|cx| post::inbound::newest(cx, Timestamp::MAX, 20_000)).await;
    assert_eq!(rows.len(), new.len(), "{counts:?}");
    for kind in ["applied", "stale", "duplicate", "proposal", "bounce", "ignored", "rejected"] {
        assert!(counts.contains_key(kind), "{kind} is missing: {counts:?}");
    }
    holds(&world).await;
}

/// What must be so whatever came in.
async fn holds(world: &World) {
    let meeting = world.now().await;
    assert_eq!((meeting.participants.len(), meeting.sequence, meeting.status), (2, 1, Status::Scheduled));
    assert_eq!((meeting.start, meeting.end), (at("2026-11-25T10:30:00Z"), at("2026-11-25T11:15:00Z")));
    let now = world.clock.now();
    for (start, end, _, note) in world.proposals().await {
        assert!(start > now && end > start && end.since(start) <= 24 * HOUR, "{start} {end}");
        assert!(!note.contains('@'), "{note}");
    }
    for (reader, other) in [(world.ana, "ben.host"), (world.ben, "ana.guest")] {
        for kept in world.letters(reader).await {
            let says = serde_json::to_string(&kept.letter.says).unwrap();
            assert!(!says.contains(other), "{says}");
        }
    }
    let verified = world.read(|cx| journal::verify(cx, None)).await;
    assert!(verified.is_ok(), "the journal's chain holds");
}

/// The same database, with as many pages as it wants.
fn reopened(world: &World) -> (Store, Intake) {
    let options = Options { durability: Durability::Process, ..Options::at(world.store.path()) };
    let (store, _) = Store::open(&options, world.store.ground().clone(), journal::seal).unwrap();
    let intake = Intake::new(store.clone(), &Config::default()).with_verifier(Verifier::offline());
    (store, intake)
}

#[tokio::test]
async fn a_full_disk_takes_nothing_in_and_the_same_message_counts_afterwards() {
    let world = World::with(house(), Some(380)).await;
    let organizer = world.organizer().await;
    let mut noise = 0;
    loop {
        let text: String = entente::base::secret::hex(&Chance::seeded(noise).bytes::<20_000>());
        let raw =
            words("zoe@elsewhere.example.net", &organizer, &format!("Message-ID: <{noise}@x>\r\n"), &text);
        if world.intake.take(world.received(raw)).await.is_err() {
            break;
        }
        noise += 1;
        assert!(noise < 1000, "the disk never filled up");
    }
    let raw = [world.reply(|r| r.partstat = "DECLINED").await, vec![b'\n'; 200_000]].concat();
    // However often it comes: nothing or all of it.
    let mut received = world.received(raw);
    received.raw.extend(entente::base::secret::hex(&Chance::seeded(7).bytes::<60_000>()).bytes());
    let (before, rows) = (world.now().await, count(&world.store).await);
    for _ in 0..3 {
        assert!(world.intake.take(received.clone()).await.is_err());
    }
    assert_eq!((world.now().await.status, count(&world.store).await), (before.status, rows));
    let (store, intake) = reopened(&world);
    let taken = intake.take(Received { ..received.clone() }).await.unwrap();
    assert_eq!(taken.outcome, Outcome::Applied, "{}", taken.reason);
    let id = world.meeting;
    let meeting = store.read(move |cx| meetings::load(cx, id)).await.unwrap();
    assert_eq!(meeting.status, Status::Cancelled);
    assert_eq!(intake.take(received).await.unwrap().outcome, Outcome::Duplicate);
}

async fn count(store: &Store) -> usize {
    store.read(|cx| post::inbound::newest(cx, Timestamp::MAX, 10_000)).await.unwrap().len()
}

#[tokio::test]
async fn a_disk_that_fills_up_while_the_mailbox_is_read_stops_it_there_and_it_goes_on_there() {
    let (world, mailbox) = (World::with(house(), Some(400)).await, Mailbox::start().await);
    let organizer = world.organizer().await;
    let many = 300_u32;
    for uid in 1..=many {
        let text = entente::base::secret::hex(&Chance::seeded(uid.into()).bytes::<1500>());
        let raw =
            words("zoe@elsewhere.example.net", &organizer, &format!("Message-ID: <{uid}@x>\r\n"), &text);
        mailbox.put("INBOX", uid, &raw);
    }
    let status = Arc::new(PollStatus::default());
    let (stop, stopped) = watch::channel(false);
    let first = tokio::spawn(poll(
        world.intake.clone(),
        mailbox.settings(),
        Mailbox::options(),
        status.clone(),
        stopped,
    ));
    // It has tried again and again, and has not passed over what it could not keep.
    let stuck = async {
        while status.state().failures < 3 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), stuck).await.unwrap();
    assert!(status.state().last_error.unwrap().1.contains("could not be stored"));
    stop.send_replace(true);
    first.await.unwrap();
    let taken = count(&world.store).await;
    assert!(taken > 0 && taken < many as usize, "{taken}");
    let (store, intake) = reopened(&world);
    let (stop, stopped) = watch::channel(false);
    let status = Arc::new(PollStatus::default());
    let second = tokio::spawn(poll(intake, mailbox.settings(), Mailbox::options(), status.clone(), stopped));
    let read = async {
        while status.state().last_success.is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_mins(1), read).await.unwrap();
    stop.send_replace(true);
    second.await.unwrap();
    assert_eq!(count(&store).await, many as usize);
    assert_eq!(usize::try_from(status.state().taken).unwrap(), many as usize - taken, "each was taken once");
}
