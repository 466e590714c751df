//! What survives when the process, the disk or the mail server does not: the real program is killed, its disk is
//! filled up, its mail server goes silent, and afterwards nothing is lost and nothing doubled.
//!
//! The mail server is a sink in this process ([`sink`]), which remembers every message; the callers ([`calls`]) do what
//! a careful program does: they ask again, under the same key, until they are answered.

mod calendars;
mod calls;
mod disk;
mod kill;
mod ledger;
mod phases;
mod process;
mod rules;
mod sending;
mod sink;

use serde_json::{Value, json};
use toml::{Table, toml};

use crate::rig::{PATIENCE, Server, wait_until};

/// The program, mailing to `port`, with limits that one caller with many hands does not meet.
#[track_caller]
fn start(port: u16, change: impl FnOnce(&mut Table)) -> Server {
    Server::start_with(None, |config| {
        let port = i64::from(port);
        let given = toml! {
            [mail]
            transport = "smtp"
            [mail.smtp]
            host = "127.0.0.1"
            port = port
            tls = "none"
            [limits]
            requests_per_minute = 1_000_000
            api_requests_per_minute = 1_000_000
        };
        config.extend(given);
        change(config);
    })
}

/// A booking of the `n`th pair.
fn booking(n: usize) -> Value {
    json!({
        "title": format!("Lesson {n}"), "start": "2031-03-04T10:00:00Z", "end": "2031-03-04T10:45:00Z",
        "host": { "email": host(n), "name": "Alex" },
        "guests": [{ "email": guest(n), "name": "Robin" }],
    })
}

fn host(n: usize) -> String {
    format!("host{}@entente.test", n % 20)
}

fn guest(n: usize) -> String {
    format!("guest{n}@entente.test")
}

/// Waits until no mail waits and none is in hand.
#[track_caller]
fn wait_until_sent(server: &Server) {
    wait_until("all mail is sent", PATIENCE, || {
        let status: Value = serde_json::from_str(&server.cli_ok(&["mail", "status", "--json"])).ok()?;
        let mail = status["topics"].as_array()?.iter().find(|topic| topic["topic"] == "mail");
        mail.is_none_or(|mail| mail["depth"] == 0).then_some(())
    });
}
