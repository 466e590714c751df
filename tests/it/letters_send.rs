//! Sending through servers that misbehave, crashes, and a full disk: nothing lost, nothing twice, and the same
//! bytes at every attempt.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use entente::base::Error;
use entente::base::secret::Secret;
use entente::base::time::{HOUR, MINUTE, SECOND};
use entente::journal;
use entente::mail::letters::{Outbox, Transport, probe};
use entente::mail::wire::{Arrived, DkimSigner, Limits};
use entente::meetings;
use entente::post::letter::{self, State};
use entente::post::{self, fact, mailroom, suppress};
use entente::queue;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::letters_sink::{Fault, Sink};
use crate::letters_world::{GUESTS, HOST, World, address, operator, reword};

const ROBIN: &str = GUESTS[0];

fn dead(world: &World) -> Vec<queue::DeadLetter> {
    world.read(|cx| queue::dead_letters(cx, post::TOPIC, 10))
}

fn retrying(world: &World) -> i64 {
    let topics = world.read(|cx| queue::topics(cx));
    topics.iter().filter(|topic| topic.topic == post::TOPIC).map(|topic| topic.retrying).sum()
}

fn subject(bytes: &[u8]) -> String {
    Arrived::parse(bytes, &Limits::default()).unwrap().headers.subject
}

fn sequence(bytes: &[u8]) -> u32 {
    let arrived = Arrived::parse(bytes, &Limits::default()).unwrap();
    entente::itip::read(arrived.calendars[0].text.as_bytes()).unwrap().sequence.unwrap()
}

#[tokio::test]
async fn what_fails_for_now_is_sent_later_with_the_same_bytes() {
    for fault in [
        Fault::Greeting421,
        Fault::Rcpt451,
        Fault::HangAtRcpt,
        Fault::CloseInData,
        Fault::CloseAfterData,
        Fault::Data452,
    ] {
        let world = World::new();
        // One mailbox, one letter: its connection is a new one, and not a kept one that may be replaced.
        world.book("Alone together", "", &[("QuillonMarsh+music@hosts.example", "Kim")]);
        let sink = Sink::with_faults(HOST, &[fault]).await;
        let outbox = world.outbox(sink.port, 1);
        world.work_until(&outbox, |world| sink.faults_left() == 0 && retrying(world) == 1).await;
        let waiting = world.letters().remove(0);
        assert_eq!(waiting.state, State::Queued);
        let sealed = waiting.bytes.expect("sealed before the first attempt");
        world.clock.advance(31 * SECOND);
        world.work_until(&outbox, |world| world.all_are("sent")).await;
        assert_eq!(sink.taken_for(HOST).len(), 1, "{fault:?}");
        let heard = sink.heard();
        assert!(heard.iter().all(|heard| heard.bytes == sealed), "{fault:?}");
        let wholly_heard = matches!(fault, Fault::CloseAfterData | Fault::Data452);
        assert_eq!(heard.len(), if wholly_heard { 2 } else { 1 }, "{fault:?}");
        assert!(world.letters()[0].bytes.is_none(), "links lie nowhere after the last attempt");
        assert!(dead(&world).is_empty());
    }
}

#[tokio::test]
async fn a_refusal_is_marked_shown_and_told_to_the_host_and_can_be_tried_again() {
    let world = World::new();
    let meeting = world.book_two();
    let sink = Sink::with_faults(ROBIN, &[Fault::Rcpt550]).await;
    let outbox = world.outbox(sink.port, 2);
    world
        .work_until(&outbox, |world| {
            world.states().len() == 3 && !world.states().iter().any(|s| s.2 == "queued")
        })
        .await;
    let letter = world.letter("invitation", ROBIN);
    assert_eq!(letter.state, State::Failed);
    assert_eq!(letter.detail.as_deref(), Some("550 5.1.1 <[address removed]>: no such user"));
    let robin = world.read(|cx| meetings::load(cx, meeting.id)).participants.remove(1);
    assert_eq!(robin.delivery, meetings::Delivery::Failed);
    assert_eq!(dead(&world)[0].reason, "refused");
    let told: Vec<String> = sink.taken_for(HOST).iter().map(|heard| subject(&heard.bytes)).collect();
    assert!(told.contains(&"An invitation to Practice session did not arrive".to_owned()), "{told:?}");
    assert_eq!(world.write(|cx| queue::retry_dead_topic(cx, post::TOPIC)), 1);
    world.work_until(&outbox, |world| world.letter("invitation", ROBIN).state == State::Sent).await;
    let robin = world.read(|cx| meetings::load(cx, meeting.id)).participants.remove(1);
    assert_eq!(robin.delivery, meetings::Delivery::Sent);
}

#[tokio::test]
async fn after_the_last_attempt_it_is_a_dead_letter() {
    let world = World::new();
    world.book_two();
    world.write(|cx| cx.db.execute("UPDATE queue SET attempts = 59 WHERE id > ''", &[]));
    let sink = Sink::with_faults(ROBIN, &[Fault::Rcpt451]).await;
    let outbox = world.outbox(sink.port, 1);
    world.work_until(&outbox, |world| world.letter("invitation", ROBIN).state == State::Failed).await;
    assert_eq!(dead(&world)[0].reason, "attempts");
}

#[tokio::test]
async fn what_was_sealed_before_a_crash_is_what_is_sent() {
    let world = World::new();
    world.book_two();
    let id = world.letter("invitation", ROBIN).letter.id;
    let sealed = b"Subject: sealed by an older program\r\n\r\nx\r\n";
    world.write(move |cx| {
        queue::claim(cx, post::TOPIC, 10, SECOND)?;
        letter::keep_bytes(cx, id, sealed, Some(b"BEGIN:VCALENDAR")).map(drop)
    });
    world.clock.advance(2 * SECOND);
    let sink = Sink::start().await;
    world.work_until(&world.outbox(sink.port, 1), |world| world.all_are("sent")).await;
    assert_eq!(sink.taken_for(ROBIN)[0].bytes, sealed);
    let calendar = world.read(|cx| letter::calendar(cx, id));
    assert_eq!(calendar.as_deref(), Some(&b"BEGIN:VCALENDAR"[..]), "kept for the record");
}

#[tokio::test]
async fn letters_of_one_reader_keep_their_order() {
    let world = World::new();
    let meeting = world.book_two();
    let sink = Sink::with_faults(ROBIN, &[Fault::Rcpt451]).await;
    let outbox = world.outbox(sink.port, 4);
    let (id, start, end) = (meeting.id, meeting.start, meeting.end);
    world.work_until(&outbox, |world| retrying(world) == 1).await;
    // Nothing newer overtakes what waits for its retry, and what waits is not worth sending any more.
    world.write(move |cx| {
        meetings::move_to(cx, &operator(), id, start.plus(HOUR), end.plus(HOUR))?;
        meetings::resend(cx, &operator(), id)?;
        meetings::cancel(cx, &operator(), id).map(drop)
    });
    world.clock.advance(MINUTE);
    world.work_until(&outbox, |world| !world.states().iter().any(|s| s.2 == "queued")).await;
    let robin: Vec<_> = sink.taken_for(ROBIN).iter().map(|heard| subject(&heard.bytes)).collect();
    assert_eq!(robin, ["Practice session — Cancelled"]);
    let host: Vec<_> = sink.taken_for(HOST).iter().map(|h| (sequence(&h.bytes), subject(&h.bytes))).collect();
    assert_eq!(host.first().unwrap(), &(0, "Practice session — Invitation".to_owned()));
    assert_eq!(host.last().unwrap(), &(2, "Practice session — Cancelled".to_owned()));
    assert!(host.is_sorted_by_key(|(sequence, _)| *sequence));
}

#[tokio::test]
async fn a_newer_revision_supersedes_an_unsent_older_one() {
    let world = World::new();
    let meeting = world.book_two();
    let (id, start, end) = (meeting.id, meeting.start, meeting.end);
    world.write(move |cx| meetings::move_to(cx, &operator(), id, start.plus(HOUR), end.plus(HOUR)));
    let sink = Sink::start().await;
    world
        .work_until(&world.outbox(sink.port, 2), |world| !world.states().iter().any(|s| s.2 == "queued"))
        .await;
    for to in [HOST, ROBIN] {
        let taken = sink.taken_for(to);
        assert_eq!(taken.len(), 1);
        assert_eq!(
            (sequence(&taken[0].bytes), subject(&taken[0].bytes)),
            (1, "Practice session — Invitation".to_owned())
        );
    }
}

#[tokio::test]
async fn an_older_revision_that_was_in_hand_does_not_go_out_later() {
    let world = World::new();
    let meeting = world.book_two();
    let (id, start, end) = (meeting.id, meeting.start, meeting.end);
    world.write(move |cx| {
        queue::claim(cx, post::TOPIC, 10, SECOND)?;
        meetings::move_to(cx, &operator(), id, start.plus(HOUR), end.plus(HOUR))
    });
    world.clock.advance(2 * SECOND);
    let sink = Sink::start().await;
    world
        .work_until(&world.outbox(sink.port, 2), |world| !world.states().iter().any(|s| s.2 == "queued"))
        .await;
    assert_eq!(sink.taken_for(ROBIN).iter().map(|heard| sequence(&heard.bytes)).collect::<Vec<_>>(), [1]);
    assert_eq!(world.letter("invitation", ROBIN).state, State::Superseded);
}

#[tokio::test]
async fn several_connections_are_used_at_once() {
    let world = World::new();
    for _ in 0..2 {
        world.book_two();
    }
    let sink = Sink::together(4).await;
    world.work_until(&world.outbox(sink.port, 4), |world| world.all_are("sent")).await;
    assert_eq!((sink.connections(), sink.heard().len(), sink.refused()), (4, 4, 0));
}

/// Counts how often an outcome could not be recorded.
struct Failures(Arc<AtomicUsize>);

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Failures {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        if event.metadata().target().ends_with("letters::send") {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
}

#[tokio::test]
async fn a_disk_that_is_full_when_the_outcome_is_recorded_loses_and_doubles_nothing() {
    let failures = Arc::new(AtomicUsize::new(0));
    let _guard = tracing_subscriber::registry().with(Failures(failures.clone())).set_default();
    let world = World::with(|_| {}, Some(400));
    world.write(|cx| {
        cx.db.execute("CREATE TABLE junk (id TEXT NOT NULL, body BYTEA)", &[])?;
        // Recording needs room, which there is not: what a page has left over is not enough.
        let needy = "CREATE TRIGGER needy AFTER UPDATE ON letters WHEN NEW.state = 'sent'
             BEGIN INSERT INTO junk (id, body) VALUES ('needed', zeroblob(20000)); END";
        cx.db.execute(needy, &[])
    });
    world.book("Alone together", "", &[("QuillonMarsh+music@hosts.example", "Kim")]);
    let store = world.store.clone();
    let sink = Sink::doing(Arc::new(move || {
        let add = |cx: &mut entente::store::Cx<'_>| {
            cx.db.execute("INSERT INTO junk (id, body) VALUES ('x', zeroblob(3500))", &[])
        };
        while store.write_blocking(add).is_ok() {}
    }))
    .await;
    let outbox = world.outbox(sink.port, 1);
    let store = world.store.clone();
    world
        .work_until(&outbox, |world| {
            if failures.load(Ordering::SeqCst) == 1 {
                let store = store.clone();
                let delete = move || store.write_blocking(|cx| cx.db.execute("DELETE FROM junk", &[]));
                std::thread::spawn(delete).join().unwrap().unwrap();
            }
            world.all_are("sent")
        })
        .await;
    assert!(failures.load(Ordering::SeqCst) > 0, "the disk was full");
    assert_eq!(sink.heard().len(), 1);
}

#[tokio::test]
async fn two_participants_with_one_mailbox_get_one_message() {
    let world = World::new();
    world.book("Alone together", "", &[("QuillonMarsh+music@hosts.example", "Kim")]);
    let sink = Sink::start().await;
    world.work_until(&world.outbox(sink.port, 2), |world| world.all_are("sent")).await;
    assert_eq!(sink.heard().len(), 1);
    assert_eq!(sink.heard()[0].to, HOST);
}

#[tokio::test]
async fn a_mail_that_holds_anothers_address_is_stopped_and_says_so() {
    let world = World::new();
    let meeting = world.book_two();
    let id = world.letter("invitation", HOST).letter.id;
    world.write(move |cx| reword(cx, id, "Second movement.", "Ask TamsinWeir@one.example"));
    let sink = Sink::start().await;
    world
        .work_until(&world.outbox(sink.port, 2), |world| !world.states().iter().any(|s| s.2 == "queued"))
        .await;
    assert!(sink.taken_for(HOST).is_empty());
    assert_eq!(world.letter("invitation", HOST).state, State::Failed);
    assert_eq!(dead(&world)[0].reason, "refused");
    let stopped = world.read(move |cx| journal::story(cx, &id, 10));
    assert_eq!(stopped.iter().map(|entry| entry.kind.as_str()).collect::<Vec<_>>(), ["letter.leak-stopped"]);
    assert!(
        world.read(|cx| meetings::load(cx, meeting.id)).participants[0].delivery
            == meetings::Delivery::Failed
    );
}

#[tokio::test]
async fn what_is_no_longer_wanted_or_worth_sending_is_not_sent() {
    let world = World::new();
    world.book_two();
    world.write(|cx| {
        let hash = entente::links::address_hash(cx, &address(ROBIN));
        suppress::suppress(cx, &hash)
    });
    let sink = Sink::start().await;
    let outbox = world.outbox(sink.port, 2);
    world.work_until(&outbox, |world| world.letter("invitation", ROBIN).state == State::Failed).await;
    assert!(sink.taken_for(ROBIN).is_empty() && dead(&world).is_empty());
    let late = World::new();
    late.book_two();
    late.clock.advance(30 * 24 * HOUR);
    late.work_until(&late.outbox(sink.port, 2), |world| world.all_are("failed")).await;
    assert_eq!(
        dead(&late).iter().map(|dead| dead.reason.as_str()).collect::<Vec<_>>(),
        ["expired", "expired"]
    );
}

#[tokio::test]
async fn a_reader_who_is_forgotten_is_not_written_to() {
    let world = World::new();
    world.book_two();
    world.write(|cx| {
        queue::claim(cx, post::TOPIC, 10, SECOND)?;
        meetings::about_you::erase(cx, &operator(), &address(ROBIN))
    });
    world.clock.advance(2 * SECOND);
    let sink = Sink::start().await;
    world
        .work_until(&world.outbox(sink.port, 2), |world| !world.states().iter().any(|s| s.2 == "queued"))
        .await;
    assert!(sink.taken_for(ROBIN).is_empty());
    assert_eq!(world.read(|cx| queue::topics(cx)), []);
}

#[tokio::test]
async fn the_mailroom_lays_each_mail_into_its_readers_mailbox() {
    let world = World::new();
    world.book_two();
    let outbox = Outbox::new(world.store.clone(), Transport::Mailroom, None, 4);
    world.work_until(&outbox, |world| world.all_are("delivered")).await;
    for to in [HOST, ROBIN] {
        let mails = world.read(|cx| mailroom::mails(cx, to, 10));
        assert_eq!(
            mails.iter().map(|mail| subject(&mail.raw)).collect::<Vec<_>>(),
            ["Practice session — Invitation"]
        );
        let calendar = world.read(|cx| letter::calendar(cx, mails[0].id)).unwrap();
        assert!(calendar.starts_with(b"BEGIN:VCALENDAR"));
    }
}

#[tokio::test]
async fn mails_are_signed_and_the_envelope_carries_the_token() {
    let world = World::new();
    world.book_two();
    let key = Secret::new(include_str!("../fixtures/mime/dkim-rsa.pem"));
    let signer = || DkimSigner::new("entente.test", "mail", &key).unwrap();
    let sink = Sink::start().await;
    let transport = world.outbox(sink.port, 1).transport().clone();
    let outbox = Outbox::new(world.store.clone(), transport, Some(signer()), 1);
    world.work_until(&outbox, |world| world.all_are("sent")).await;
    for heard in sink.heard() {
        assert_eq!(crate::wire_compose::verdict(&signer(), &heard.bytes).await, mail_auth::DkimResult::Pass);
        let token = world.token(world.letter("invitation", &heard.to).letter.reader.participant).unwrap();
        assert_eq!(heard.from, format!("scheduling+{token}@entente.test"));
    }
}

#[test]
fn a_probe_is_sent_when_one_is_due_and_what_it_found_is_forgotten_when_the_road_closes() {
    let probed = World::with(
        |house| {
            house.subaddress = entente::base::house::Subaddress::Auto;
            house.is_mailroom = false;
        },
        None,
    );
    let ensure = || probed.write(|cx| probe::ensure_probe(cx, &operator()));
    assert!(ensure());
    assert!(!ensure(), "its answer is waited for");
    probed.clock.advance(MINUTE);
    probed.write(|cx| fact::set(cx, fact::PROBE, "full"));
    probed.clock.advance(6 * 24 * HOUR);
    assert!(!ensure(), "what was found is good for a week");
    probed.clock.advance(2 * 24 * HOUR);
    assert!(ensure());
    assert!(probed.read(|cx| fact::get(cx, fact::PROBE)).is_some());
    probed.clock.advance(2 * HOUR);
    assert!(ensure(), "nothing came back");
    assert!(probed.read(|cx| fact::get(cx, fact::PROBE)).is_none());
    probed.clock.advance(2 * HOUR);
    assert!(!ensure(), "a mailbox that takes no sub-addresses is not asked all day");
    probed.clock.advance(5 * HOUR);
    assert!(ensure());
    let kept = probed.letters().pop().unwrap();
    let rendered = probed.rendered(&kept);
    let arrived = Arrived::parse(&rendered.bytes, &Limits::default()).unwrap();
    let to = arrived.headers.to[0].address.as_str();
    assert!(to.starts_with("scheduling+"));
    assert_eq!(arrived.headers.from[0].address.as_str(), to);
    assert_eq!(arrived.headers.reply_to[0].address.as_str(), to);
    assert_eq!(rendered.envelope_from.as_str(), to);
    assert!(!World::new().write(|cx| probe::ensure_probe(cx, &operator())), "nothing leaves the mailroom");
}

#[test]
fn an_outbox_is_made_of_the_configuration_and_names_the_file_it_cannot_use() {
    let world = World::new();
    let text = |extra: &str| format!("data_dir = \"{}\"\n{extra}", world.directory.path().display());
    let load = |extra: &str| {
        let file = world.directory.path().join("config.toml");
        std::fs::write(&file, text(extra)).unwrap();
        entente::config::Config::load(Some(&file), std::iter::empty()).unwrap()
    };
    let outbox = |extra: &str| Outbox::from_config(world.store.clone(), &load(extra));
    assert!(matches!(outbox("").unwrap().transport(), Transport::Mailroom));
    let smtp = "[mail.smtp]\nhost = \"smtp.example.org\"\n";
    assert!(matches!(outbox(smtp).unwrap().transport(), Transport::Smtp(_)));
    let missing = format!("{smtp}ca_file = \"nowhere.pem\"\n");
    let dkim = "[mail.dkim]\ndomain = \"example.org\"\nselector = \"mail\"\nkey_file = \"nowhere.pem\"\n";
    for extra in [missing.as_str(), dkim] {
        let error = outbox(extra).err().unwrap();
        assert!(
            matches!(&error, Error::Invalid { message, .. } if message.contains("nowhere.pem")),
            "{error}"
        );
    }
}
