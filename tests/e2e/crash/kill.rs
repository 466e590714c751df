//! Kill -9 at random points during a thousand bookings, while their invitations go out and the answers come in: half of
//! them into a real mailbox that is read over IMAP, half over HTTP, some by both roads.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use entente::base::Chance;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::calls::{Caller, reply};
use super::ledger::{Ledger, message_id};
use super::sink::Sink;
use super::{booking, guest, host, start, wait_until_sent};
use crate::rig::{MailRig, Message, PATIENCE, Server, imap_config, wait_until};

const BOOKINGS: usize = 1_000;
const CALLERS: usize = 12;
const REPLIERS: usize = 8;
const KILLS: u32 = 12;
/// The whole test takes half a minute in a debug build; this is for a very busy machine.
const LIMIT: Duration = Duration::from_mins(3);

/// How far the world has come: bookings, mails and replies, each counted once.
type Progress = watch::Sender<u64>;

fn one_more(progress: &Progress) {
    progress.send_modify(|count| *count += 1);
}

/// What the `n`th guest answers.
fn answer(n: usize) -> &'static str {
    match n % 10 {
        3 => "DECLINED",
        7 => "TENTATIVE",
        _ => "ACCEPTED",
    }
}

/// By which roads the `n`th guest's answer comes: into the mailbox, over HTTP. A mailbox that a provider also pushes
/// brings some of them twice.
fn roads(n: usize) -> (bool, bool) {
    let by_mailbox = (n / 10).is_multiple_of(2);
    (by_mailbox, !by_mailbox || n.is_multiple_of(20))
}

/// What the callers were told: the ids of their meetings, what became of the replies they pushed, and the Message-IDs of
/// those that lie in the mailbox.
#[derive(Default)]
struct Told {
    bookings: Mutex<BTreeMap<usize, Value>>,
    pushed: Mutex<BTreeMap<usize, String>>,
    laid: Mutex<BTreeSet<String>>,
}

fn locked<T>(told: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    told.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whoever brings the answers in.
#[derive(Clone)]
struct Hands {
    caller: Caller,
    mail: Arc<MailRig>,
    told: Arc<Told>,
    progress: Arc<Progress>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_process_that_is_killed_under_load_loses_nothing_and_doubles_nothing_but_mail() {
    let begun = Instant::now();
    let seed = u64::from_le_bytes(Chance::system().bytes());
    eprintln!("kills by seed {seed}");
    let sink = Arc::new(Sink::start().await);
    let mail = Arc::new(tokio::task::block_in_place(MailRig::start));
    let server = start(sink.port, |config| {
        if let Some(table) = config.get_mut("mail").and_then(toml::Value::as_table_mut) {
            table.insert("imap".to_owned(), imap_config(&mail).into());
        }
    });
    let caller = Caller::new(&server);
    let (told, progress) = (Arc::new(Told::default()), Arc::new(Progress::new(0)));

    let mut hands = JoinSet::new();
    let next = Arc::new(AtomicUsize::new(0));
    for _ in 0..CALLERS {
        hands.spawn(book_all(caller.clone(), next.clone(), told.clone(), progress.clone()));
    }
    let repliers = Hands { caller: caller.clone(), mail, told: told.clone(), progress: progress.clone() };
    hands.spawn(reply_to_all(repliers, sink.clone()));
    let kills = progress.subscribe();
    let killed = tokio::task::spawn_blocking(move || kill_at_random(server, &kills, &Chance::seeded(seed)));
    while let Some(ended) = hands.join_next().await {
        ended.expect("a caller was answered");
    }
    let mut server = killed.await.expect("the server came back every time");
    let loaded = begun.elapsed();

    tokio::task::block_in_place(|| {
        wait_until_read(&server, locked(&told.laid).len());
        wait_until_sent(&server);
    });
    let bookings = locked(&told.bookings).clone();
    for (n, booked) in bookings {
        let path = format!("/api/v1/meetings/{}", booked["id"].as_str().unwrap_or_default());
        let now = caller.insist(caller.get(&path), 200).await;
        stands(n, &booked, &now);
    }
    server.cli_ok(&["audit", "verify"]);
    assert_eq!(server.stop(), Some(0));
    let repeats = balance(&Ledger::read(&server), &told, &sink);
    let all = begun.elapsed();
    eprintln!(
        "{BOOKINGS} bookings, {KILLS} kills, {repeats} mails repeated; load {loaded:.1?}, all {all:.1?}"
    );
    assert!(all < LIMIT, "it took {all:?}");
}

/// Books until nothing is left to be booked.
async fn book_all(caller: Caller, next: Arc<AtomicUsize>, told: Arc<Told>, progress: Arc<Progress>) {
    loop {
        let n = next.fetch_add(1, Ordering::SeqCst);
        if n >= BOOKINGS {
            return;
        }
        let booked = caller.insist(caller.book(&format!("lesson-{n}"), &booking(n)), 201).await;
        locked(&told.bookings).insert(n, booked);
        one_more(&progress);
    }
}

/// Answers every guest's invitation as it comes, several at a time, until all are answered.
async fn reply_to_all(repliers: Hands, sink: Arc<Sink>) {
    let (mut count, mut seen, mut known) = (sink.count(), 0, HashSet::new());
    let mut hands = JoinSet::new();
    while known.len() < BOOKINGS {
        count.changed().await.expect("the sink lives as long as the test");
        for heard in sink.heard_after(seen) {
            seen += 1;
            one_more(&repliers.progress);
            let Some(n) =
                heard.to.strip_prefix("guest").and_then(|rest| rest.split('@').next()?.parse().ok())
            else {
                continue;
            };
            // A mail that was repeated is answered once, as a person would.
            if !known.insert(n) {
                continue;
            }
            let raw = reply(&heard.bytes, answer(n)).expect("the first mail is the invitation");
            if hands.len() >= REPLIERS {
                hands.join_next().await.map(Result::unwrap);
            }
            hands.spawn(bring(repliers.clone(), n, raw));
        }
    }
    while let Some(ended) = hands.join_next().await {
        ended.expect("a reply was brought");
    }
}

/// Brings the `n`th guest's answer in, whether the server runs at the moment or not.
async fn bring(hands: Hands, n: usize, raw: Vec<u8>) {
    let (by_mailbox, by_http) = roads(n);
    if by_mailbox {
        let (mail, raw) = (hands.mail.clone(), raw.clone());
        let laid = tokio::task::spawn_blocking(move || {
            let message = Message { raw, flags: String::new() };
            let to = message.header("To").expect("the reply has one");
            let laid = mail.lay(&guest(n), to.trim_matches(['<', '>']), &message.raw);
            laid.map(|()| message_id(&message.raw))
        });
        let id = laid.await.expect("it does not panic").expect("the mailbox takes it");
        locked(&hands.told.laid).insert(id);
    }
    if by_http {
        let taken = hands.caller.insist(hands.caller.push(&raw), 200).await;
        let outcome = taken["outcome"].as_str().unwrap_or_default().to_owned();
        locked(&hands.told.pushed).insert(n, outcome);
    }
    one_more(&hands.progress);
}

/// Waits until so many messages of the mailbox are on the books.
#[track_caller]
fn wait_until_read(server: &Server, many: usize) {
    wait_until(&format!("{many} messages of the mailbox are taken in"), PATIENCE, || {
        let journal = server.cli_ok(&["audit", "export"]);
        let entries = journal.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let read = entries.filter(|entry| {
            entry["kind"].as_str().is_some_and(|kind| kind.starts_with("inbound."))
                && entry["data"]["road"] == "imap"
        });
        (read.count() >= many).then_some(())
    });
}

/// Kills the server whenever the world has come a random step further, and starts it again.
fn kill_at_random(mut server: Server, progress: &watch::Receiver<u64>, chance: &Chance) -> Server {
    for kill in 0..KILLS {
        let step = *progress.borrow() + 20 + chance.up_to(250);
        wait_until(&format!("kill {kill} at step {step}"), PATIENCE, || {
            (*progress.borrow() >= step).then_some(())
        });
        server.kill9();
        server.restart();
    }
    server
}

/// What was promised is what is there: the booking, and the guest's answer to it.
#[track_caller]
fn stands(n: usize, booked: &Value, now: &Value) {
    assert_eq!((&booked["id"], &booked["uid"], &booked["title"]), (&now["id"], &now["uid"], &now["title"]));
    let guest = &now["participants"][1];
    assert_eq!(guest["partstat"], answer(n).to_ascii_lowercase(), "the reply to lesson {n}: {now}");
    let status = if answer(n) == "DECLINED" { "cancelled" } else { "scheduled" };
    assert_eq!(now["status"], status, "lesson {n}");
}

/// Holds the books against what callers were told and the mail server heard; gives how many mails were repeated.
#[track_caller]
fn balance(books: &Ledger, told: &Told, sink: &Sink) -> usize {
    let (bookings, pushed, laid) = (locked(&told.bookings), locked(&told.pushed), locked(&told.laid));
    let ids = books.meeting_ids();
    assert_eq!((ids.len(), bookings.len()), (BOOKINGS, BOOKINGS));
    assert_eq!((laid.len(), pushed.len()), (BOOKINGS / 2, BOOKINGS / 2 + BOOKINGS / 20));
    let (invitations, cancellations) = (books.count("invitation"), books.count("cancellation"));
    let declined = (0..BOOKINGS).filter(|n| answer(*n) == "DECLINED").count();
    assert_eq!((invitations.len(), cancellations.len()), (2 * BOOKINGS, 2 * declined));
    assert_eq!(books.letters.len(), 2 * (BOOKINGS + declined), "nothing else was written");
    for n in 0..BOOKINGS {
        let id = &ids[&format!("Lesson {n}")];
        for address in [host(n), guest(n)] {
            let key = (id.clone(), address);
            assert_eq!(invitations.get(&key), Some(&1), "{key:?}");
            let cancelled = (answer(n) == "DECLINED").then_some(&1);
            assert_eq!(cancellations.get(&key), cancelled, "{key:?}");
        }
    }
    // The same reply is a duplicate where the first answer to it was lost, or where it came by both roads.
    assert!(pushed.values().all(|outcome| outcome == "applied" || outcome == "duplicate"), "{pushed:?}");
    // On the books each is once, and applied, and answered its invitation once.
    assert_eq!(books.inbound.len(), BOOKINGS);
    assert!(books.inbound.iter().all(|(_, outcome)| outcome == "applied"), "{:?}", books.inbound);
    assert!(laid.iter().all(|id| books.inbound.iter().any(|(known, _)| known == id)), "a mail was lost");
    let answered: HashSet<_> = books.answers.iter().collect();
    assert_eq!((answered.len(), books.answers.len()), (BOOKINGS, BOOKINGS), "an answer counted twice");
    // The place in the mailbox moves with the message's transaction: none was read twice.
    assert_eq!(books.arrivals.iter().filter(|road| *road == "imap").count(), laid.len());
    books.agrees_with(sink)
}
