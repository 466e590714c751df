//! The mailbox is read to its end and past every fault of its server: nothing is lost, nothing doubled.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::sync::Arc;
use std::time::Duration;

use entente::base::time::Timestamp;
use entente::mail::inbound::Cursor;
use entente::mail::inbound::poll::{PollStatus, poll};
use entente::post;
use entente::post::inbound::{Inbound, Outcome};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::inbound_mailbox::Mailbox;
use crate::inbound_world::{ANA, World, words};

/// The reading of a mailbox, until it is stopped.
struct Reading {
    status: Arc<PollStatus>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Reading {
    fn start(world: &World, mailbox: &Mailbox) -> Self {
        let (stop, stopped) = watch::channel(false);
        let status = Arc::new(PollStatus::default());
        let task = tokio::spawn(poll(
            world.intake.clone(),
            mailbox.settings(),
            Mailbox::options(),
            status.clone(),
            stopped,
        ));
        Self { status, stop, task }
    }

    async fn stop(self) {
        self.stop.send_replace(true);
        tokio::time::timeout(Duration::from_secs(10), self.task).await.unwrap().unwrap();
    }
}

async fn rows(world: &World) -> Vec<Inbound> {
    let mut rows = world.read(|cx| post::inbound::newest(cx, Timestamp::MAX, 1000)).await;
    rows.sort_by_key(|row| row.id);
    rows
}

/// Waits until something committed makes `is_so` true.
async fn until(world: &World, is_so: impl AsyncFn() -> bool) {
    let wait = async {
        let mut changes = world.store.changes();
        while !is_so().await {
            changes.changed().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait).await.unwrap();
}

/// Waits for what no commit tells.
async fn soon(is_so: impl Fn() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait).await.unwrap();
}

async fn cursor(world: &World, folder: &'static str) -> Option<(u32, u32)> {
    let found = world.read(move |cx| post::cursor::get(cx, "entente@localhost", folder)).await;
    found.map(|cursor| (cursor.uid_validity, cursor.uid))
}

/// Messages that can be told apart, of which the second last accepts.
async fn letters(world: &World, many: usize) -> Vec<Vec<u8>> {
    let organizer = world.organizer().await;
    let mut out = Vec::new();
    for n in 0..many {
        if n + 2 == many {
            out.push(world.reply(|r| r.id = format!("{n}@x.example.org")).await);
        } else {
            let headers = format!("Message-ID: <{n}@x.example.org>\r\nAuto-Submitted: auto-replied\r\n");
            out.push(words(ANA, &organizer, &headers, &format!("I am away, {n}.")));
        }
    }
    out
}

fn ids(rows: &[Inbound]) -> Vec<String> {
    rows.iter().map(|row| row.message_id.clone()).collect()
}

fn expected(many: usize) -> Vec<String> {
    (0..many).map(|n| format!("{n}@x.example.org")).collect()
}

#[tokio::test]
async fn what_lies_there_and_what_comes_later_is_taken_in_order_from_both_folders() {
    let (world, mailbox) = (World::new().await, Mailbox::start().await);
    let mails = letters(&world, 8).await;
    for (uid, raw) in (3..).zip(&mails[..6]) {
        mailbox.put("INBOX", uid, raw);
    }
    mailbox.put("Spam", 9, &mails[7]);
    let reading = Reading::start(&world, &mailbox);
    until(&world, async || rows(&world).await.len() == 7).await;
    mailbox.put("INBOX", 20, &mails[6]);
    until(&world, async || cursor(&world, "INBOX").await == Some((1, 20))).await;
    assert_eq!(world.ana_says().await, "accepted");
    assert_eq!(cursor(&world, "Spam").await, Some((1, 9)));
    // The status is told of a message after the store has it.
    soon(|| reading.status.state().taken == 8 && reading.status.state().last_success.is_some()).await;
    reading.stop().await;
    let mut told = expected(8);
    told.rotate_right(1);
    assert_eq!(ids(&rows(&world).await), told, "junk first, then the inbox in order");
    let heard = mailbox.heard();
    assert!(heard.iter().any(|line| line.starts_with("UID SEARCH SINCE 13-Nov-2026")), "{heard:?}");
    assert!(heard.iter().all(|line| !line.contains("\\Seen") && !line.contains("EXPUNGE")));
    assert!(heard.iter().any(|line| line.starts_with("UID STORE") && line.contains("$Entente")));
    assert!(heard.iter().any(|line| line == "IDLE"));
}

#[tokio::test]
async fn a_connection_that_breaks_off_inside_a_message_loses_and_doubles_nothing() {
    let (world, mailbox) = (World::new().await, Mailbox::start().await);
    for (uid, raw) in (1..).zip(letters(&world, 12).await) {
        mailbox.put("INBOX", uid, &raw);
    }
    mailbox.cut_after(&[0, 1, 4, 2, 7, 0]);
    mailbox.tell_twice();
    let reading = Reading::start(&world, &mailbox);
    until(&world, async || cursor(&world, "INBOX").await == Some((1, 12))).await;
    reading.stop().await;
    assert_eq!(ids(&rows(&world).await), expected(12));
    assert_eq!(world.ana_says().await, "accepted");
}

#[tokio::test]
async fn a_folder_built_anew_is_read_again_and_every_message_is_known_again() {
    let (world, mailbox) = (World::new().await, Mailbox::start().await);
    let mails = letters(&world, 8).await;
    for (uid, raw) in (1..).zip(&mails[..7]) {
        mailbox.put("INBOX", uid, raw);
    }
    let reading = Reading::start(&world, &mailbox);
    until(&world, async || cursor(&world, "INBOX").await == Some((1, 7))).await;
    reading.stop().await;
    let meeting = world.now().await;
    // The same messages under lower numbers, and one that is new.
    mailbox.build_anew("INBOX", 1);
    mailbox.put("INBOX", 8, &mails[7]);
    let reading = Reading::start(&world, &mailbox);
    until(&world, async || cursor(&world, "INBOX").await == Some((2, 8))).await;
    reading.stop().await;
    assert_eq!(ids(&rows(&world).await), expected(8));
    assert_eq!(world.now().await.sequence, meeting.sequence);
}

#[tokio::test]
async fn a_message_that_lies_there_twice_is_one() {
    let (world, mailbox) = (World::new().await, Mailbox::start().await);
    let mails = letters(&world, 2).await;
    for uid in 1..=6 {
        mailbox.put("INBOX", uid, &mails[0]);
    }
    mailbox.put("Spam", 1, &mails[0]);
    let reading = Reading::start(&world, &mailbox);
    until(&world, async || cursor(&world, "INBOX").await == Some((1, 6))).await;
    reading.stop().await;
    assert_eq!(ids(&rows(&world).await), ["0@x.example.org"]);
}

#[tokio::test]
async fn what_cannot_be_read_is_rejected_and_passed() {
    let (world, mailbox) = (World::new().await, Mailbox::start().await);
    let mails = letters(&world, 3).await;
    mailbox.put("INBOX", 1, b"no header at all");
    mailbox.put("INBOX", 2, &[b"Subject: large\r\n\r\n".as_slice(), &[b'x'; 5000]].concat());
    mailbox.put("INBOX", 3, &mails[1]);
    let reading = Reading::start(&world, &mailbox);
    until(&world, async || cursor(&world, "INBOX").await == Some((1, 3))).await;
    reading.stop().await;
    let rows = rows(&world).await;
    let outcomes: Vec<Outcome> = rows.iter().map(|row| row.outcome).collect();
    assert_eq!(outcomes, [Outcome::Rejected, Outcome::Rejected, Outcome::Applied]);
    assert_eq!((rows[1].size_bytes, rows[1].reason.contains("5018 bytes")), (5018, true));
}

#[tokio::test]
async fn an_empty_mailbox_of_long_ago_is_not_read_from_its_beginning() {
    let (world, mailbox) = (World::new().await, Mailbox::start().await);
    let reading = Reading::start(&world, &mailbox);
    until(&world, async || cursor(&world, "INBOX").await.is_some()).await;
    reading.stop().await;
    assert_eq!(cursor(&world, "INBOX").await, Some((1, 0)));
    assert_eq!(rows(&world).await.len(), 0);
}

#[tokio::test]
async fn a_message_is_not_taken_in_before_the_one_before_it() {
    let world = World::new().await;
    let place = |uid, after| Cursor {
        mailbox: "m".to_owned(),
        folder: "INBOX".to_owned(),
        uid_validity: 1,
        uid,
        after,
    };
    let mails = letters(&world, 2).await;
    let mut second = world.received(mails[1].clone());
    second.cursor = Some(place(2, Some(1)));
    assert_eq!(world.intake.take(second.clone()).await.unwrap_err().code(), "inbound.out-of-order");
    assert_eq!(rows(&world).await.len(), 0);
    let mut first = world.received(mails[0].clone());
    first.cursor = Some(place(1, None));
    world.intake.take(first).await.unwrap();
    world.intake.take(second).await.unwrap();
    assert_eq!(ids(&rows(&world).await), expected(2));
}
