//! The whole house, from a booking to its mails, while something fails: the mail server in every way it can, the
//! disk, and the clock. What happens to messages that come in stands with those (`inbound_poll`, `inbound_faults`).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::sync::Arc;
use std::time::Duration;

use entente::app::jobs;
use entente::base::time::{DAY, HOUR, MINUTE, SECOND};
use entente::base::{Actor, Error, Result, Road, Timestamp, Who};
use entente::journal;
use entente::links::Purpose;
use entente::mail::letters::{Outbox, Transport};
use entente::mail::wire::{Security, Smtp, SmtpSettings};
use entente::meetings::{self, Delivery, Meeting, ProposalStatus, by_link};
use entente::post;
use entente::post::letter::Says;
use entente::queue::{self, Worker};
use entente::store::{Durability, Options, Store};

use crate::letters_sink::{Fault, Sink};
use crate::letters_world::{GUESTS, HOST, World, operator};

const ROBIN: &str = GUESTS[0];

impl World {
    /// How far the invitations of host and guest have come.
    fn delivery(&self, meeting: &Meeting) -> [Delivery; 2] {
        let now = self.read(|cx| meetings::load(cx, meeting.id));
        [now.participants[0].delivery, now.participants[1].delivery]
    }

    fn waits_again(&self) -> bool {
        self.read(|cx| queue::topics(cx))
            .iter()
            .any(|topic| topic.topic == post::TOPIC && topic.retrying == 1)
    }

    /// The journal holds, and tells the same however often it is asked.
    fn verify(&self) {
        assert!(self.read(|cx| journal::verify(cx, None)).is_ok(), "the journal's chain holds");
    }
}

/// An outbox that waits so many seconds for an answer: on a busy machine too, only a fault is a fault.
fn patient(world: &World, port: u16, seconds: u64) -> Outbox {
    let settings = SmtpSettings {
        port,
        tls: Security::None,
        hello_name: "entente.test".to_owned(),
        connections: 2,
        connect_timeout: Duration::from_secs(15),
        command_timeout: Duration::from_secs(seconds),
        data_timeout: Duration::from_secs(seconds),
        ..SmtpSettings::new("localhost")
    };
    Outbox::new(world.store.clone(), Transport::Smtp(Smtp::new(settings).unwrap()), None, 2)
}

/// A booking whose guest's mail meets `fault`: the host's goes out, the guest's waits, is shown as waiting, and goes
/// out with the same bytes when it is tried again. Gives how often the guest's message was heard to its end.
async fn outlived(fault: Fault) -> usize {
    let world = World::new();
    let meeting = world.book_two();
    // A connection that was kept and hangs says nothing of the mail: it is tried once more on a fresh one.
    let often = if fault == Fault::HangAtRcpt { 2 } else { 1 };
    let whose = if fault == Fault::Greeting421 { "" } else { ROBIN };
    let sink = Sink::with_faults(whose, &vec![fault; often]).await;
    let patience = if fault == Fault::HangAtRcpt { 2 } else { 15 };
    let outbox = patient(&world, sink.port, patience);
    world.work_until(&outbox, |world| sink.faults_left() < often && world.waits_again()).await;
    sink.recover();
    world.work_until(&outbox, |world| world.delivery(&meeting).contains(&Delivery::Sent)).await;
    assert!(world.delivery(&meeting).contains(&Delivery::Queued), "{fault:?}");
    world.clock.advance(31 * SECOND);
    world.work_until(&outbox, |world| world.all_are("sent")).await;
    assert_eq!(world.delivery(&meeting), [Delivery::Sent; 2], "{fault:?}");
    assert_eq!([HOST, ROBIN].map(|to| sink.taken_for(to).len()), [1, 1], "{fault:?}");
    let heard: Vec<_> = sink.heard().into_iter().filter(|heard| heard.to == ROBIN).collect();
    assert!(heard.iter().all(|one| one.bytes == heard[0].bytes), "{fault:?}");
    assert!(world.read(|cx| queue::topics(cx)).is_empty(), "nothing waits, nothing is dead");
    world.verify();
    heard.len()
}

#[tokio::test]
async fn a_mail_server_that_answers_421_loses_no_invitation() {
    outlived(Fault::Greeting421).await;
}

#[tokio::test]
async fn a_mail_server_that_answers_451_loses_no_invitation() {
    assert_eq!(outlived(Fault::Rcpt451).await, 1);
}

#[tokio::test]
async fn a_mail_server_that_hangs_loses_no_invitation() {
    assert_eq!(outlived(Fault::HangAtRcpt).await, 1);
}

#[tokio::test]
async fn a_mail_server_that_closes_in_the_middle_of_data_loses_no_invitation() {
    assert_eq!(outlived(Fault::CloseInData).await, 1);
}

#[tokio::test]
async fn a_mail_server_that_takes_a_mail_and_closes_gets_the_same_bytes_again() {
    assert_eq!(outlived(Fault::CloseAfterData).await, 2);
}

#[tokio::test]
async fn a_mail_server_that_answers_550_marks_the_invitation_and_the_host_is_told() {
    let world = World::new();
    let meeting = world.book_two();
    let sink = Sink::with_faults(ROBIN, &[Fault::Rcpt550]).await;
    let outbox = patient(&world, sink.port, 15);
    let is_over = |world: &World| {
        world.states().iter().any(|(kind, _, state)| *kind == "delivery-failed" && *state == "sent")
            && !world.states().iter().any(|(_, _, state)| *state == "queued")
    };
    world.work_until(&outbox, is_over).await;
    assert_eq!(world.delivery(&meeting), [Delivery::Sent, Delivery::Failed]);
    assert_eq!([HOST, ROBIN].map(|to| sink.taken_for(to).len()), [2, 0], "the invitation, and the news");
    // Nothing is lost: it is a dead letter, and goes out when somebody has seen to it.
    assert_eq!(world.write(|cx| queue::retry_dead_topic(cx, post::TOPIC)), 1);
    world.work_until(&outbox, |world| world.all_are("sent")).await;
    assert_eq!(world.delivery(&meeting), [Delivery::Sent; 2]);
    world.verify();
}

fn book(store: &Store, like: &Meeting) -> Result<Meeting> {
    let (store, like) = (store.clone(), like.clone());
    let person = |one: &meetings::Participant| meetings::Person {
        address: one.address.clone(),
        name: Some(one.name.clone()),
        zone: one.zone,
    };
    let new = meetings::NewMeeting {
        title: like.title.clone(),
        start: like.start,
        end: like.end,
        location: String::new(),
        video: false,
        description: "A word on every page. ".repeat(100),
        host: person(&like.participants[0]),
        guests: vec![person(&like.participants[1])],
        resources: Vec::new(),
        decline: None,
        approval: None,
    };
    let write = move || store.write_blocking(move |cx| meetings::create(cx, &operator(), &new));
    std::thread::spawn(write).join().unwrap()
}

#[tokio::test]
async fn a_full_disk_refuses_a_booking_whole_and_loses_nothing_that_was_booked() {
    let full = World::with(|_| {}, Some(380));
    let first = full.book_two();
    let mut booked = 1;
    let why = loop {
        match book(&full.store, &first) {
            Ok(_) => booked += 1,
            Err(why) => break why,
        }
        assert!(booked < 10_000, "the disk never filled up");
    };
    assert!(matches!(&why, Error::StorageFull(_)), "{why}");
    let count = |world: &World| {
        let sql = "SELECT (SELECT COUNT(*) FROM meetings WHERE id > '') AS meetings, (SELECT COUNT(*) FROM letters WHERE id > '') AS letters";
        world.read(|cx| {
            cx.db.one(sql, &[], |row| Ok((row.get::<i64>("meetings")?, row.get::<i64>("letters")?)))
        })
    };
    // However often it is asked: a booking is there whole or not at all, and whoever reads is answered.
    for _ in 0..3 {
        assert!(book(&full.store, &first).is_err());
        assert_eq!(count(&full), Some((booked, 2 * booked)));
    }
    full.verify();
    // There is room again.
    let options = Options { durability: Durability::Process, ..Options::at(full.store.path()) };
    let (store, _) = Store::open(&options, full.store.ground().clone(), journal::seal).unwrap();
    let world = World { store, clock: full.clock.clone(), directory: tempfile::tempdir().unwrap() };
    book(&world.store, &first).unwrap();
    let sink = Sink::start().await;
    world.work_until(&patient(&world, sink.port, 15), |world| world.all_are("sent")).await;
    assert_eq!(i64::try_from(sink.heard().len()).unwrap(), 2 * (booked + 1));
    world.verify();
}

#[tokio::test]
async fn a_clock_that_steps_back_an_hour_delays_no_mail_and_keeps_the_order() {
    let world = World::new();
    let first = world.book_two();
    world.clock.advance(-HOUR);
    let second = world.book_two();
    assert!(second.id > first.id, "ids go on rising");
    let (id, start, end) = (first.id, first.start, first.end);
    world.write(move |cx| meetings::cancel(cx, &operator(), id));
    world.write(move |cx| {
        let id = second.id;
        meetings::move_to(cx, &operator(), id, start.plus(HOUR), end.plus(HOUR))
    });
    let sink = Sink::start().await;
    let outbox = patient(&world, sink.port, 15);
    world.work_until(&outbox, |world| !world.states().iter().any(|(_, _, state)| *state == "queued")).await;
    assert!(world.read(|cx| queue::topics(cx)).is_empty());
    world.verify();
}

/// Does what is due of the deadlines until `done`.
async fn watch_deadlines(world: &World, done: impl Fn(&World) -> bool) {
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let store = world.store.clone();
    let handler: queue::Handler = Arc::new(move |lease| {
        let store = store.clone();
        Box::pin(async move { store.write(move |cx| jobs::deadline(cx, &lease)).await })
    });
    let worker = Worker { topic: meetings::DEADLINES, parallel: 1, lease_ms: MINUTE, handler };
    let running = tokio::spawn(queue::run(world.store.clone(), worker, stopped));
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        while !done(world) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let outcome = waited.await;
    stop.send(true).unwrap();
    running.await.unwrap();
    assert!(outcome.is_ok(), "waited in vain");
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_lets_a_deadline_take_effect_once_and_a_step_back_does_not_undo_it() {
    let world = World::new();
    let meeting = world.book_two();
    let Says::Invitation { respond, .. } = world.letter("invitation", ROBIN).letter.says else {
        unreachable!()
    };
    let secret = world.secret(Purpose::Respond, respond);
    let asked = (meeting.start.plus(DAY), meeting.end.plus(DAY));
    let who = Actor::new(Who::Anyone, Road::Page, "0123456789abcdef0123456789abcdef");
    world.write(move |cx| by_link::propose(cx, &who, &secret, asked, "").map(drop));
    let id = meeting.id;
    let status = move |world: &World| {
        let seen = world.read(|cx| meetings::see(cx, &operator(), id));
        seen.proposals[0].proposal.status
    };
    // An hour back is no deadline; two days ahead is.
    world.clock.advance(-HOUR);
    assert!(world.write(|cx| queue::claim(cx, meetings::DEADLINES, 10, MINUTE)).is_empty());
    assert_eq!(status(&world), ProposalStatus::Pending);
    world.clock.advance(HOUR + 2 * DAY);
    watch_deadlines(&world, |world| status(world) == ProposalStatus::Expired).await;
    world.clock.advance(-DAY);
    assert_eq!(world.write(|cx| meetings::expire_overdue(cx, &operator())), 0);
    assert_eq!(status(&world), ProposalStatus::Expired);
    let told =
        world.states().iter().filter(|(kind, to, _)| *kind == "proposal-outcome" && to == ROBIN).count();
    assert_eq!(told, 1, "the proposer is told once");
    let now: Timestamp = world.read(|cx| meetings::load(cx, id)).start;
    assert_eq!(now, meeting.start, "the meeting is where it was");
    world.verify();
}
