//! One process per data directory: how it stops, what it leaves behind when it cannot, and who may work beside it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::calls::{Caller, reply};
use super::ledger::Ledger;
use super::sink::Sink;
use super::{booking, guest, host, start, wait_until_sent};
use crate::rig::{PATIENCE, Server, wait_until};

/// What the program promises after SIGTERM.
const FINISH: Duration = Duration::from_secs(10);

/// Stops the server on a thread of its own; gives it back with its exit code and how long that took.
fn stop_aside(mut server: Server) -> tokio::task::JoinHandle<(Server, Option<i32>, Duration)> {
    tokio::task::spawn_blocking(move || {
        let begun = Instant::now();
        let code = server.stop();
        (server, code, begun.elapsed())
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_told_to_stop_finishes_what_is_in_hand() {
    let sink = Sink::start().await;
    let server = start(sink.port, |_| {});
    let caller = Caller::new(&server);
    sink.hold(true);
    caller.insist(caller.book("one", &booking(1)), 201).await;
    sink.wait_for(2).await;
    let log = server.dir().join("server.log");
    let stopping = stop_aside(server);
    tokio::task::block_in_place(|| {
        wait_until("it stops", PATIENCE, || {
            std::fs::read_to_string(&log).ok()?.contains("stopping").then_some(())
        });
    });
    sink.hold(false);
    let (server, code, took) = stopping.await.expect("it stopped");
    assert_eq!(code, Some(0));
    assert!(took < FINISH, "{took:?}");
    // Both outcomes were recorded before the end: nothing goes out a second time.
    assert_eq!(Ledger::read(&server).agrees_with(&sink), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_a_mail_server_nor_a_caller_that_hangs_keeps_it_from_stopping() {
    let sink = Sink::start().await;
    let server = start(sink.port, |_| {});
    let caller = Caller::new(&server);
    sink.hold(true);
    caller.insist(caller.book("one", &booking(1)), 201).await;
    sink.wait_for(2).await;
    let mut slow = TcpStream::connect(server.url().trim_start_matches("http://")).expect("it listens");
    slow.write_all(b"POST /api/v1/meetings HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{")
        .expect("it listens");
    let (mut server, code, took) = stop_aside(server).await.expect("it stopped");
    assert_eq!(code, Some(0), "{}", server.log());
    assert!(took < FINISH, "{took:?}");
    drop(slow);
    // What was in hand is due again as soon as the next one starts, long before its lease would have ended.
    sink.hold(false);
    tokio::task::block_in_place(|| {
        server.restart();
        wait_until_sent(&server);
    });
    server.stop();
    assert_eq!(Ledger::read(&server).agrees_with(&sink), 2, "the same bytes, once more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_process_had_leased_is_due_again_at_the_next_start() {
    let sink = Sink::start().await;
    let mut server = start(sink.port, |_| {});
    let caller = Caller::new(&server);
    sink.hold(true);
    caller.insist(caller.book("one", &booking(1)), 201).await;
    sink.wait_for(2).await;
    server.kill9();
    sink.hold(false);
    tokio::task::block_in_place(|| {
        server.restart();
        wait_until_sent(&server);
    });
    assert!(server.log().contains("a former process had begun"), "{}", server.log());
    server.stop();
    assert_eq!(Ledger::read(&server).agrees_with(&sink), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_server_on_the_same_directory_is_refused_and_the_first_serves_on() {
    let sink = Sink::start().await;
    let mut server = start(sink.port, |_| {});
    let caller = Caller::new(&server);
    sink.hold(true);
    caller.insist(caller.book("one", &booking(1)), 201).await;
    sink.wait_for(2).await;
    let second = tokio::task::block_in_place(|| server.cli(&["serve"]));
    let said = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(1), "{said}");
    assert!(said.contains("Another server runs on") && said.contains("Stop it first"), "{said}");
    // It has taken nothing from the first one's hands.
    sink.hold(false);
    tokio::task::block_in_place(|| wait_until_sent(&server));
    caller.insist(caller.book("two", &booking(2)), 201).await;
    tokio::task::block_in_place(|| wait_until_sent(&server));
    assert_eq!(server.stop(), Some(0));
    assert_eq!(Ledger::read(&server).agrees_with(&sink), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_works_beside_the_server_which_notices_what_it_wrote() {
    let sink = Sink::start().await;
    let mut server = start(sink.port, |_| {});
    let cli = |words: &[&str]| tokio::task::block_in_place(|| server.cli_ok(words));
    let (host, guest) = (host(1), guest(1));
    let time = ["--start", "2031-03-04T10:00:00Z", "--minutes", "45"];
    let book = [
        &["--json", "meeting", "book", "--title", "Lesson 1", "--host", &host, "--guest", &guest],
        &time[..],
    ];
    let booked: Value = serde_json::from_str(&cli(&book.concat())).expect("a document");
    let id = booked["id"].as_str().expect("an id").to_owned();
    sink.wait_for(2).await;

    let invitation = sink.heard().into_iter().find(|heard| heard.to == guest).expect("the guest was invited");
    let raw = reply(&invitation.bytes, "ACCEPTED").expect("an invitation");
    let taken = tokio::task::block_in_place(|| server.cli_with(&["--json", "inbound", "ingest", "-"], &raw));
    let taken: Value = serde_json::from_slice(&taken.stdout).expect("a document");
    assert_eq!(taken["outcome"], "applied", "{taken}");
    let shown: Value = serde_json::from_str(&cli(&["--json", "meeting", "show", &id])).expect("a document");
    assert!(shown.to_string().contains("\"accepted\""), "{shown}");

    cli(&["meeting", "move", &id, "--start", "2031-03-05T10:00:00Z", "--end", "2031-03-05T10:45:00Z"]);
    sink.wait_for(4).await;
    cli(&["meeting", "resend", &id]);
    sink.wait_for(6).await;
    cli(&["meeting", "cancel", &id]);
    sink.wait_for(8).await;
    cli(&["user", "add", "--email", "ana@entente.test", "--name", "Ana", "--admin"]);
    let copy = server.dir().join("copy.db").display().to_string();
    for words in [
        &["meeting", "list"][..],
        &["user", "list"],
        &["token", "list"],
        &["mail", "status"],
        &["mail", "retry"],
        &["audit", "verify"],
        &["audit", "checkpoint"],
        &["audit", "export"],
        &["config", "check"],
        &["backup", &copy],
    ] {
        cli(words);
    }
    tokio::task::block_in_place(|| wait_until_sent(&server));
    assert_eq!(server.stop(), Some(0));
    assert_eq!(Ledger::read(&server).agrees_with(&sink), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_who_is_being_answered_when_it_stops_gets_the_answer() {
    let sink = Sink::start().await;
    let server = start(sink.port, |_| {});
    let token = server.token("admin");
    let address = server.url().trim_start_matches("http://").to_owned();
    let body = booking(1).to_string();
    let (first, rest) = body.split_at(10);
    let mut call = TcpStream::connect(&address).expect("it listens");
    let head = format!(
        "POST /api/v1/meetings HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    call.write_all(head.as_bytes()).expect("it listens");
    // It asks for the body: so the call is in hand.
    let mut asked = [0; 25];
    call.read_exact(&mut asked).expect("it answers");
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
    call.write_all(first.as_bytes()).expect("it listens");
    let log = server.dir().join("server.log");
    let stopping = stop_aside(server);
    tokio::task::block_in_place(|| {
        wait_until("it stops", PATIENCE, || {
            std::fs::read_to_string(&log).ok()?.contains("stopping").then_some(())
        });
    });
    call.write_all(rest.as_bytes()).expect("it reads what is in hand");
    let mut answer = String::new();
    call.read_to_string(&mut answer).expect("it answers what is in hand");
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let (mut server, code, took) = stopping.await.expect("it stopped");
    assert_eq!(code, Some(0));
    assert!(took < FINISH, "{took:?}");
    // What it was promised goes out after the next start.
    tokio::task::block_in_place(|| {
        server.restart();
        wait_until_sent(&server);
    });
    server.stop();
    let books = Ledger::read(&server);
    assert_eq!((books.meetings.len(), books.agrees_with(&sink)), (1, 0));
}
