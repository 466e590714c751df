//! A disk that is full: a small one of its own, mounted by `tests/run`, with a file on it that takes all that is left.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use reqwest::Method;
use tokio::sync::Mutex;

use super::calls::{Caller, once, reply};
use super::ledger::Ledger;
use super::sink::Sink;
use super::{booking, guest, start, wait_until_sent};
use crate::rig::{PATIENCE, Reply, Server, wait_until};

/// Where `tests/run` says that it has mounted the small disk.
const DISK: &str = "ENTENTE_SMALL_DISK";

/// One test at a time has the disk: it fills it.
static TURN: Mutex<()> = Mutex::const_new(());

/// A directory on the small disk, removed with what is in it.
fn on_the_small_disk() -> tempfile::TempDir {
    let Some(disk) = std::env::var_os(DISK).map(PathBuf::from) else {
        panic!("{DISK} is not set: `tests/run` mounts a small disk and says where")
    };
    assert!(disk.is_dir(), "{DISK} says {}, and there is nothing: `tests/run` mounts it", disk.display());
    tempfile::tempdir_in(disk).expect("a directory on the small disk")
}

/// Takes every byte that is left on the disk, until it is dropped.
struct Ballast(PathBuf);

impl Ballast {
    fn fill(directory: &Path) -> Self {
        let path = directory.join("ballast");
        let mut file = File::create(&path).expect("a file on the small disk");
        for size in [65_536, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        Self(path)
    }
}

impl Drop for Ballast {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).expect("the ballast can be thrown off");
    }
}

/// Books from `n` on until the house cannot: gives how many it took, and how it refused the next. What SQLite has
/// in its log already is filled first.
async fn book_until_refused(caller: &Caller, mut n: usize) -> (usize, Reply) {
    loop {
        let call = caller.book(&format!("lesson-{n}"), &booking(n));
        let answer = once(&call).await.expect("it answers, whatever its disk says");
        if answer.status != 201 {
            return (n, answer);
        }
        n += 1;
        assert!(n < 10_000, "the disk never filled up");
    }
}

async fn ready(server: &Server) -> u16 {
    server.fetch(Method::GET, "/readyz").await.status
}

fn wait_until_ready(server: &Server) {
    tokio::task::block_in_place(|| {
        wait_until("it is ready", PATIENCE, || {
            let asked = tokio::runtime::Handle::current().block_on(ready(server));
            (asked == 200).then_some(())
        });
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_said_and_costs_nothing_once_there_is_room_again() {
    let _turn = TURN.lock().await;
    let disk = on_the_small_disk();
    let sink = Sink::start().await;
    let data = disk.path().join("data");
    let mut server = start(sink.port, |config| {
        config.insert("data_dir".to_owned(), data.display().to_string().into());
    });
    let caller = Caller::new(&server);
    caller.insist(caller.book("lesson-1", &booking(1)), 201).await;
    sink.wait_for(2).await;
    let invitation =
        sink.heard().into_iter().find(|heard| heard.to == guest(1)).expect("the guest was invited");
    let answer = reply(&invitation.bytes, "ACCEPTED").expect("an invitation");
    assert_eq!(ready(&server).await, 200);

    // Mail is handed over while the disk fills up: what became of it cannot be recorded.
    sink.hold(true);
    caller.insist(caller.book("lesson-2", &booking(2)), 201).await;
    sink.wait_for(4).await;
    let ballast = Ballast::fill(disk.path());
    let (refused, how) = book_until_refused(&caller, 3).await;
    assert_eq!(how.status, 507, "{how:?}");
    assert_eq!(how.json()["title"], "The disk is full");
    assert_eq!(ready(&server).await, 503);
    let taken = once(&caller.push(&answer)).await.expect("it answers");
    assert_eq!(taken.status, 507, "{taken:?}");
    sink.hold(false);
    tokio::task::block_in_place(|| {
        wait_until("it says what is wrong", PATIENCE, || {
            server.log().contains("what became of a mail cannot be recorded").then_some(())
        });
    });
    assert!(server.log().contains("disk is full"), "{}", server.log());
    // It answers readers all the while.
    caller.insist(caller.get("/api/v1/meetings"), 200).await;

    drop(ballast);
    wait_until_ready(&server);
    caller.insist(caller.book(&format!("lesson-{refused}"), &booking(refused)), 201).await;
    let taken = caller.insist(caller.push(&answer), 200).await;
    assert_eq!(taken["outcome"], "applied", "{taken}");
    tokio::task::block_in_place(|| wait_until_sent(&server));
    server.cli_ok(&["audit", "verify"]);
    assert_eq!(server.stop(), Some(0));
    let books = Ledger::read(&server);
    assert_eq!(books.meeting_ids().len(), refused);
    assert_eq!(books.agrees_with(&sink), 0, "what was handed over was recorded, late");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_killed_on_a_full_disk_comes_back_whole() {
    let _turn = TURN.lock().await;
    let disk = on_the_small_disk();
    let sink = Sink::start().await;
    let data = disk.path().join("data");
    let mut server = start(sink.port, |config| {
        config.insert("data_dir".to_owned(), data.display().to_string().into());
    });
    let caller = Caller::new(&server);
    let mut booked = 1;
    for _ in 0..3 {
        let ballast = Ballast::fill(disk.path());
        (booked, _) = book_until_refused(&caller, booked).await;
        server.kill9();
        drop(ballast);
        tokio::task::block_in_place(|| server.restart());
    }
    caller.insist(caller.book(&format!("lesson-{booked}"), &booking(booked)), 201).await;
    tokio::task::block_in_place(|| wait_until_sent(&server));
    server.cli_ok(&["audit", "verify"]);
    assert_eq!(server.stop(), Some(0));
    let books = Ledger::read(&server);
    assert_eq!(books.meeting_ids().len(), booked);
    books.agrees_with(&sink);
}
