//! Somebody's calendar program: KDE's `KCalendarCore` (`tests/parts/kitip.cpp`), with a calendar file of its own.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

use crate::rig::mailbox::Message;
use crate::rig::process::{fetched, open_directory};

/// What a person may say to an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// `PARTSTAT=ACCEPTED`
    Accepted,
    /// `PARTSTAT=DECLINED`
    Declined,
    /// `PARTSTAT=TENTATIVE`
    Tentative,
}

/// One person's calendar program.
pub(crate) struct Peer {
    address: String,
    dir: tempfile::TempDir,
}

impl Peer {
    /// A program with an empty calendar, used by the person who has this address.
    #[track_caller]
    pub(crate) fn new(address: &str) -> Self {
        Self { address: address.to_owned(), dir: open_directory("peer") }
    }

    /// Takes a REQUEST, CANCEL or DECLINECOUNTER (iCalendar text) into its calendar. Gives
    /// `{"method", "outcome": "added"|"updated"|"cancelled"|"stale"|"unknown"|"counter-declined"|"ignored", "events": […]}`.
    #[track_caller]
    pub(crate) fn apply(&self, calendar: &str) -> Value {
        let store = self.store();
        parse(&kitip(&["apply", &store.to_string_lossy()], calendar))
    }

    /// The events its calendar holds: `[{"uid", "sequence", "dtstart", "dtend", "status", "summary", "description",
    /// "location", "organizer", "organizer_name", "attendees": [{"email", "name", "partstat", "rsvp"}]}]`, times in UTC.
    #[track_caller]
    pub(crate) fn events(&self) -> Vec<Value> {
        let shown = parse(&kitip(&["show", &self.store().to_string_lossy()], ""));
        shown["events"].as_array().cloned().unwrap_or_default()
    }

    /// Its REPLY to an invitation, as iCalendar text.
    #[track_caller]
    pub(crate) fn reply(&self, answer: Answer, invitation: &str) -> String {
        let answer = match answer {
            Answer::Accepted => "accepted",
            Answer::Declined => "declined",
            Answer::Tentative => "tentative",
        };
        kitip(&["reply", answer, &self.address], invitation)
    }

    /// Its COUNTER: another time (RFC 3339) for the same thing, with a comment unless that is empty.
    #[track_caller]
    pub(crate) fn counter(&self, start: &str, end: &str, comment: &str, invitation: &str) -> String {
        kitip(&["counter", start, end, &self.address, comment], invitation)
    }

    /// Its REFRESH: "send me the present state".
    #[track_caller]
    pub(crate) fn refresh(&self, invitation: &str) -> String {
        kitip(&["refresh", &self.address], invitation)
    }

    /// An answer as a mail to the invitation's Reply-To (else From): gives the recipient's address and the raw message.
    #[track_caller]
    pub(crate) fn mail(&self, invitation: &Message, answer: &str) -> (String, Vec<u8>) {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let to =
            invitation.header("Reply-To").or_else(|| invitation.header("From")).expect("somebody sent it");
        let to = to.rsplit('<').next().unwrap_or(&to).trim_end_matches('>').trim().to_owned();
        let method =
            answer.lines().find_map(|line| line.strip_prefix("METHOD:")).expect("an answer has a method");
        let (from, subject, method) = (&self.address, invitation.subject(), method.trim());
        let original = invitation.header("Message-ID").unwrap_or_default();
        let id = format!("{}.{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        #[expect(clippy::disallowed_methods, reason = "the mail is sent in real time by a real server")]
        let date = chrono::Utc::now().to_rfc2822();
        let raw = format!(
            "From: {from}\r\nTo: {to}\r\nSubject: Re: {subject}\r\nDate: {date}\r\nMessage-ID: <{id}@peer.example.org>\r\n\
             In-Reply-To: {original}\r\nReferences: {original}\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/mixed; boundary=\"=_kitip\"\r\n\r\n\
             --=_kitip\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{method}\r\n\
             --=_kitip\r\nContent-Type: text/calendar; method={method}; charset=utf-8\r\n\
             Content-Disposition: attachment\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{answer}\r\n--=_kitip--\r\n"
        );
        (to, raw.into_bytes())
    }

    fn store(&self) -> PathBuf {
        self.dir.path().join("calendar.ics")
    }
}

/// The property's value, parameters included, with folded lines joined.
pub(crate) fn property(calendar: &str, name: &str) -> Option<String> {
    let joined = calendar.replace('\r', "").replace("\n ", "");
    let line =
        joined.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([':', ';'])));
    line.map(|line| line[name.len()..].to_owned())
}

#[track_caller]
fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("kitip printed no JSON ({error}): {text}"))
}

/// Runs the program with `input`; panics with its complaint where it has one.
#[track_caller]
fn kitip(arguments: &[&str], input: &str) -> String {
    let mut command = Command::new(fetched("kitip"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("kitip starts");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("kitip reads its input");
    let output = child.wait_with_output().expect("kitip ends");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "kitip {arguments:?}: {complaint}\ninput was:\n{input}");
    String::from_utf8(output.stdout).expect("kitip prints UTF-8")
}
