//! Tests of the post, and what a town has that has one.

use super::inbound::{Inbound, Outcome};
use super::letter::{Draft, Enqueued, Face, Kept, Says, State, TokenMode};
use super::*;
use crate::base::house::{House, Subaddress};
use crate::base::id::{InboundId, LetterId};
use crate::base::time::{DAY, HOUR, MINUTE, Timestamp, Zone};
use crate::journal;
use crate::links;
use crate::queue;
pub(crate) use crate::store::town::{NOW, Town, address};
use crate::values;

impl Town {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// A town whose house has other policies.
    pub(crate) fn with(change: impl Fn(&mut House)) -> Self {
        Self::open(journal::seal, change)
    }

    /// Every letter that was ever written and is kept, oldest first.
    pub(crate) fn letters(&self) -> Vec<Kept> {
        self.read(|cx| {
            let ids =
                cx.db.all("SELECT id FROM letters ORDER BY created_at, id", &[], |row| row.get("id"))?;
            ids.into_iter().map(|id: LetterId| letter::get(cx, id)).collect()
        })
    }

    pub(crate) fn assert_journal_verifies(&self) {
        self.read(|cx| journal::verify(cx, None)).expect("the journal verifies");
    }
}

fn alert(to: &str, key: &str) -> Draft {
    Draft {
        to: address(to),
        name: None,
        zone: Zone::UTC,
        participant: None,
        says: Says::Alert { title: "Mail comes back".to_owned(), text: "Look at the queue.".to_owned() },
        unique_key: key.to_owned(),
        in_reply_to: None,
        expires: None,
        trace: "t".to_owned(),
    }
}

fn enqueue_one(town: &Town, draft: &Draft) -> Enqueued {
    let draft = draft.clone();
    town.write(move |cx| enqueue(cx, draft.clone())).unwrap()
}

fn id_of(enqueued: &Enqueued) -> LetterId {
    match enqueued {
        Enqueued::Yes(id, _) => *id,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_letter_is_written_once_and_keeps_its_message_id() {
    let town = Town::new();
    let draft = alert("ana@example.org", "alert 1");
    let Enqueued::Yes(id, message_id) = enqueue_one(&town, &draft) else { panic!("it is new") };
    assert_eq!(enqueue_one(&town, &draft), Enqueued::Before);
    assert!(message_id.ends_with("@entente.test"));
    let kept = town.read(|cx| letter::by_message_id(cx, &message_id)).unwrap();
    assert_eq!(kept.letter.id, id);
    let waiting = town.write(|cx| queue::claim(cx, TOPIC, 10, MINUTE)).unwrap();
    assert_eq!(waiting.len(), 1);
}

#[test]
fn a_letter_holds_no_secret_of_its_links() {
    let town = Town::new();
    let id = id_of(&enqueue_one(&town, &alert("ana@example.org", "alert 1")));
    let kept = town.read(|cx| letter::get(cx, id));
    let secret = town.secret(links::Purpose::AboutYou, kept.letter.reader.about_you);
    assert!(!town.whole_text().contains(&secret));
}

#[test]
fn the_bytes_of_the_first_attempt_stay_and_go_when_the_letter_has_left() {
    let town = Town::new();
    let id = id_of(&enqueue_one(&town, &alert("ana@example.org", "alert 1")));
    let keep = |bytes: &'static [u8]| {
        town.write(move |cx| letter::keep_bytes(cx, id, bytes, Some(b"BEGIN:VCALENDAR"))).unwrap()
    };
    assert_eq!(keep(b"first"), b"first");
    assert_eq!(keep(b"second"), b"first");
    town.write(move |cx| letter::settle(cx, id, State::Sent, Some("250 ok"))).unwrap();
    let kept = town.read(|cx| letter::get(cx, id));
    assert_eq!((kept.state, kept.bytes, kept.sent_at), (State::Sent, None, Some(NOW)));
    let calendar = town.read(|cx| letter::calendar(cx, id));
    assert_eq!(calendar.as_deref(), Some(&b"BEGIN:VCALENDAR"[..]));
}

#[test]
fn whoever_asked_for_no_mail_gets_none_but_what_they_ask_for() {
    let town = Town::new();
    let ana = address("Ana@example.org");
    town.write(move |cx| suppress::suppress(cx, &links::address_hash(cx, &ana))).unwrap();
    assert_eq!(enqueue_one(&town, &alert("ana@EXAMPLE.org", "alert 1")), Enqueued::Suppressed);
    let probe = Draft { says: Says::Probe { token: "t".to_owned() }, ..alert("ana@example.org", "probe 1") };
    assert!(matches!(enqueue_one(&town, &probe), Enqueued::Yes(..)));
    let ana = address("ana@example.org");
    town.write(move |cx| suppress::lift(cx, &links::address_hash(cx, &ana))).unwrap();
    assert!(matches!(enqueue_one(&town, &alert("ana@example.org", "alert 1")), Enqueued::Yes(..)));
    assert!(
        !town
            .read(|cx| cx
                .db
                .all("SELECT address_hash FROM suppressions", &[], |row| row.get::<String>("address_hash")))
            .iter()
            .any(|hash| hash.contains("ana"))
    );
}

#[test]
fn letters_go_when_their_time_of_keeping_is_over_unless_they_still_wait() {
    let town = Town::new();
    let sent = id_of(&enqueue_one(&town, &alert("ana@example.org", "alert 1")));
    enqueue_one(&town, &alert("ana@example.org", "alert 2"));
    town.write(move |cx| letter::settle(cx, sent, State::Sent, None)).unwrap();
    assert_eq!(town.write(|cx| letter::delete_ended(cx)).unwrap(), 0);
    town.clock.advance(31 * DAY);
    assert_eq!(town.write(|cx| letter::delete_ended(cx)).unwrap(), 1);
    assert_eq!(town.letters().len(), 1);
}

#[test]
fn erasing_an_address_takes_its_letters_from_the_queue_and_the_dead() {
    let town = Town::new();
    for key in ["alert 1", "alert 2"] {
        enqueue_one(&town, &alert("ana@example.org", key));
    }
    enqueue_one(&town, &alert("ben@example.org", "alert 3"));
    town.write(|cx| {
        let first = queue::claim(cx, TOPIC, 1, MINUTE)?.remove(0);
        queue::bury(cx, &first, queue::Reason::Refused, "550 ana@example.org is nobody")
    })
    .unwrap();
    assert_eq!(town.write(|cx| letter::erase(cx, None, &address("ana@example.org"))).unwrap(), 2);
    assert!(!town.whole_text().contains("ana@example.org"));
    assert_eq!(town.letters().len(), 1);
    assert_eq!(town.write(|cx| queue::claim(cx, TOPIC, 10, MINUTE)).unwrap().len(), 1);
}

#[test]
fn a_person_is_named_to_others_by_name_or_by_what_they_are() {
    let face = |name: Option<&str>, is_host| Face { name: name.map(str::to_owned), is_host };
    assert_eq!(face(Some("Ana"), true).words(), "Ana");
    assert_eq!(face(None, true).words(), "your host");
    assert_eq!(face(None, false).words(), "your guest");
}

fn inbound_of(id: InboundId, message_id: &str, at: Timestamp) -> Inbound {
    Inbound {
        id,
        road: "imap".to_owned(),
        message_id: message_id.to_owned(),
        content_hash: "c".to_owned(),
        received_at: at,
        outcome: Outcome::Ignored,
        reason: "It is about no meeting of this house.".to_owned(),
        detail: Some("Lunch?".to_owned()),
        meeting: None,
        participant: None,
        method: None,
        partstat: None,
        sequence: None,
        authenticity: None,
        size_bytes: 4,
        trace: "t".to_owned(),
    }
}

#[test]
fn an_inbound_message_is_known_again_by_its_id_and_content_and_its_bytes_go_in_time() {
    let town = Town::new();
    let id = town
        .write(|cx| {
            let id = cx.id();
            inbound::keep(cx, &inbound_of(id, "m1@example.org", cx.now), b"raw message")?;
            Ok(id)
        })
        .unwrap();
    assert!(town.read(|cx| inbound::known(cx, "m1@example.org", "c")).is_some());
    assert!(town.read(|cx| inbound::known(cx, "m1@example.org", "d")).is_none());
    assert_eq!(town.read(|cx| inbound::raw(cx, id)).as_deref(), Some(&b"raw message"[..]));
    town.write(move |cx| inbound::authenticity(cx, id, "dkim=pass")).unwrap();
    town.clock.advance(31 * DAY);
    assert_eq!(town.write(|cx| inbound::delete_ended(cx)).unwrap(), 1);
    assert_eq!(town.read(|cx| inbound::raw(cx, id)), None);
    assert_eq!(town.read(|cx| inbound::get(cx, id)).detail, None);
    assert_eq!(town.read(|cx| inbound::newest(cx, cx.now, 10)).len(), 1);
    town.clock.advance(366 * DAY);
    town.write(|cx| inbound::delete_ended(cx)).unwrap();
    assert!(town.read(|cx| inbound::known(cx, "m1@example.org", "c")).is_none());
}

#[test]
fn the_mailroom_shelves_a_message_once_and_forgets_it() {
    let town = Town::new();
    let ana = address("Ana@example.org");
    for _ in 0..2 {
        let ana = ana.clone();
        town.write(move |cx| mailroom::shelve(cx, cx.id(), &ana, "m1@entente.test", b"raw")).unwrap();
    }
    assert_eq!(town.read(|cx| mailroom::mailboxes(cx)), [("ana@example.org".to_owned(), 1, NOW)]);
    let mails = town.read(|cx| mailroom::mails(cx, "ana@example.org", 10));
    assert_eq!(mails[0].raw, b"raw");
    assert_eq!(town.read(|cx| mailroom::mail(cx, mails[0].id)).raw, b"raw");
    assert_eq!(town.write(|cx| mailroom::delete_before(cx, NOW)).unwrap(), 0);
    assert_eq!(town.write(move |cx| mailroom::erase(cx, &ana)).unwrap(), 1);
}

#[test]
fn a_mailbox_cursor_moves_on_and_starts_anew_with_another_uidvalidity() {
    let town = Town::new();
    assert_eq!(town.read(|cx| cursor::get(cx, "box", "INBOX")), None);
    town.write(|cx| cursor::set(cx, "box", "INBOX", 7, 41)).unwrap();
    town.write(|cx| cursor::set(cx, "box", "INBOX", 8, 1)).unwrap();
    let cursor = town.read(|cx| cursor::get(cx, "box", "INBOX")).unwrap();
    assert_eq!((cursor.uid_validity, cursor.uid, cursor.read_at), (8, 1, NOW));
    assert_eq!(town.read(|cx| cursor::get(cx, "box", "Junk")), None);
}

#[test]
fn the_token_mode_is_as_configured_or_as_the_probe_found() {
    let mode = |subaddress, is_mailroom, probe: Option<&'static str>| {
        let town = Town::with(|house| {
            house.subaddress = subaddress;
            house.is_mailroom = is_mailroom;
        });
        if let Some(found) = probe {
            town.write(move |cx| fact::set(cx, fact::PROBE, found)).unwrap();
        }
        town.read(|cx| fact::token_mode(cx))
    };
    assert_eq!(mode(Subaddress::On, false, None), TokenMode::Full);
    assert_eq!(mode(Subaddress::Off, true, Some("full")), TokenMode::Off);
    assert_eq!(mode(Subaddress::Auto, true, None), TokenMode::Full);
    assert_eq!(mode(Subaddress::Auto, false, None), TokenMode::Off);
    assert_eq!(mode(Subaddress::Auto, false, Some("not-from")), TokenMode::NotFrom);
    assert_eq!(mode(Subaddress::Auto, false, Some("full")), TokenMode::Full);
}

#[test]
fn a_fact_is_learnt_and_forgotten() {
    let town = Town::new();
    town.write(|cx| fact::set(cx, "incident", "1")).unwrap();
    town.clock.advance(HOUR);
    town.write(|cx| fact::set(cx, "incident", "2")).unwrap();
    assert_eq!(town.read(|cx| fact::get(cx, "incident")), Some(("2".to_owned(), NOW.plus(HOUR))));
    town.write(|cx| fact::clear(cx, "incident")).unwrap();
    assert_eq!(town.read(|cx| fact::get(cx, "incident")), None);
}

#[test]
fn what_is_packed_for_one_place_does_not_open_in_another() {
    let town = Town::new();
    let sealed = packed::pack(town.store.ground(), "letter", &[b'a'; 10_000]).unwrap();
    assert!(sealed.len() < 1_000, "it is compressed");
    assert_eq!(town.read(|cx| packed::unpack(cx, "letter", &sealed)).len(), 10_000);
    assert!(town.store.read_blocking(|cx| packed::unpack(cx, "inbound", &sealed)).is_err());
    let none: Vec<String> = town.read(|cx| {
        cx.db.all("SELECT id FROM letters WHERE address_hash = $1", values!["x"], |row| row.get("id"))
    });
    assert!(none.is_empty());
}
