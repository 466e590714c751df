//! Connections: who there is, who waits, and who asked what about the reader; and what an invitation's link opens.

use askama::Template;

use super::grants::ready;
use super::parts::Choice;
use super::parts::FieldErrors;
use super::parts::Frame;
use super::parts::Nav;
use super::parts::Page;
use super::parts::Pager;
use super::parts::Pill;
use super::parts::Tone;
use super::sample;

/// An invitation that waits for the reader, answered by a post to `/connections/{id}` (`do` = `accept`, `decline`,
/// `block`).
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Its id.
    pub id: String,
    /// Who invites: a name.
    pub by: String,
    /// What they say; may be empty.
    pub words: String,
    /// Until when it can be accepted: `4 Dec, 13:00`.
    pub until: String,
}

impl Waiting {
    pub(super) fn sample() -> Self {
        Self {
            id: "con_01".to_owned(),
            by: "Robin".to_owned(),
            words: "Shall we let our calendars find a time?".to_owned(),
            until: "4 Dec, 13:00".to_owned(),
        }
    }
}

/// A connection in a list.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// The other's name, or what the reader typed.
    pub name: String,
    /// Since when, or until when: `since 18 Nov, 09:14`.
    pub when: String,
    /// How it stands.
    pub pill: Pill,
}

/// The page. A new invitation (`email`, `words`) is posted to it.
#[derive(Debug, Template)]
#[template(path = "connections/list.html")]
pub struct Connections {
    /// The frame.
    pub frame: Frame,
    /// Invitations to the reader.
    pub waiting: Vec<Waiting>,
    /// Field `ready` of their answer.
    pub ready: Vec<Choice>,
    /// Connections, newest first.
    pub connected: Vec<Row>,
    /// Invitations of the reader's; taken back by a post to `/connections/{id}` (`do` = `end`).
    pub invited: Vec<Row>,
    /// What is over.
    pub over: Vec<Row>,
    /// Links to the neighbours of this page.
    pub pager: Pager,
    /// Field `email`, as typed.
    pub email: String,
    /// Field `words`, as typed.
    pub words: String,
    /// What is wrong with the invitation.
    pub errors: FieldErrors,
}

fn row(id: &str, name: &str, when: &str, pill: Pill) -> Row {
    Row { id: id.to_owned(), name: name.to_owned(), when: when.to_owned(), pill }
}

impl Page for Connections {
    fn samples() -> Vec<(&'static str, Self)> {
        let full = Self {
            waiting: vec![Waiting::sample()],
            connected: vec![row("con_02", "Kim", "since 18 Nov, 09:14", Pill::new("connected", Tone::Yes))],
            invited: vec![row(
                "con_03",
                "sam@example.org",
                "until 4 Dec, 13:00",
                Pill::new("waits", Tone::Wait),
            )],
            over: vec![row("con_04", "Noor", "since 12 Nov, 10:02", Pill::new("ended", Tone::Plain))],
            pager: Pager { first: None, next: Some("/connections?after=con_04".to_owned()) },
            ..Self::nobody()
        };
        let wrong = Self {
            email: "sam at example".to_owned(),
            errors: FieldErrors::one(
                "email",
                "This is not a mail address that can be written to, like ana@example.org.",
            ),
            ..Self::nobody()
        };
        let empty = Self::nobody();
        vec![("connections", full), ("connections-empty", empty), ("connections-wrong", wrong)]
    }
}

impl Connections {
    fn nobody() -> Self {
        Self {
            frame: sample::frame("Connections", "/connections", Nav::Connections),
            waiting: Vec::new(),
            ready: ready("nothing"),
            connected: Vec::new(),
            invited: Vec::new(),
            over: Vec::new(),
            pager: Pager::default(),
            email: String::new(),
            words: String::new(),
            errors: FieldErrors::none(),
        }
    }
}

/// Questions about the reader that were alike.
#[derive(Clone, Debug)]
pub struct Asked {
    /// When: `11:20`, `11:20 to 11:24, 3 times`.
    pub when: String,
    /// For what, and what for where that says more: `to propose a time, to arrange a meeting`.
    pub what: String,
    /// Whether they were answered.
    pub outcome: Pill,
    /// What was shown.
    pub shown: String,
}

/// What one agent asked about the reader for one thing, on one day.
#[derive(Clone, Debug)]
pub struct AskedFor {
    /// Whose agent asked.
    pub by: String,
    /// The connection's page; empty where there is none.
    pub href: String,
    /// What for: `to arrange a meeting`.
    pub purpose: String,
    /// `11:20, 5 questions, 1 refused`.
    pub summary: String,
    /// The questions, newest first, those that are alike once.
    pub rows: Vec<Asked>,
}

/// A day on which something was asked about the reader.
#[derive(Clone, Debug)]
pub struct AskedDay {
    /// `Saturday 21 November 2026`.
    pub words: String,
    /// What was asked, newest first.
    pub asked: Vec<AskedFor>,
}

/// The page with what was asked about the reader.
#[derive(Debug, Template)]
#[template(path = "connections/questions.html")]
pub struct Questions {
    /// The frame.
    pub frame: Frame,
    /// The days, newest first.
    pub days: Vec<AskedDay>,
    /// Links to the neighbours of this page.
    pub pager: Pager,
}

impl Page for Questions {
    fn samples() -> Vec<(&'static str, Self)> {
        let row = |when: &str, what: &str, outcome, shown: &str| Asked {
            when: when.to_owned(),
            what: what.to_owned(),
            outcome,
            shown: shown.to_owned(),
        };
        let (yes, no) = (Pill::new("answered", Tone::Yes), Pill::new("refused", Tone::No));
        let session = AskedFor {
            by: "Kim".to_owned(),
            href: "/connections/con_02".to_owned(),
            purpose: "to arrange a meeting".to_owned(),
            summary: "11:20, 4 questions, 1 refused".to_owned(),
            rows: vec![
                row("11:20", "to book a meeting by itself", no.clone(), "nothing"),
                row(
                    "11:20, 2 times",
                    "to propose a time, to find 45 minutes, from 23 to 27 November 2026",
                    yes.clone(),
                    "that times may be proposed to you",
                ),
                row("11:20", "to propose a time", yes.clone(), "that times may be proposed to you"),
            ],
        };
        let one = AskedFor {
            by: "Noor".to_owned(),
            href: String::new(),
            purpose: "your name and time zone".to_owned(),
            summary: "09:02, refused".to_owned(),
            rows: vec![row("09:02", "your name and time zone", no, "nothing")],
        };
        let day = |words: &str, asked| AskedDay { words: words.to_owned(), asked };
        let days =
            vec![day("Friday 20 November 2026", vec![session]), day("Wednesday 18 November 2026", vec![one])];
        let frame = || sample::frame("Who asked", "/connections/questions", Nav::Connections);
        vec![
            ("questions", Self { frame: frame(), days, pager: Pager::default() }),
            ("questions-empty", Self { frame: frame(), days: Vec::new(), pager: Pager::default() }),
        ]
    }
}

/// What an invitation's link leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To accept, as an account that there is.
    Accept,
    /// To make an account and accept.
    Join,
    /// To nothing before an administrator made an account.
    Closed,
    /// To what was accepted.
    Done,
    /// To what was just declined.
    Declined,
    /// To nothing: it is over.
    Over,
    /// To whoever it was sent to: the reader invited.
    Own,
}

/// What an invitation's link opens. Its one form posts to its own path; `do` is `accept`, `join` (with `name` and
/// `zone`) or `decline`.
#[derive(Debug, Template)]
#[template(path = "connections/connect.html")]
pub struct Connect {
    /// The frame.
    pub frame: Frame,
    /// Where the form is posted: this page's own path and query.
    pub action: String,
    /// What it leads to.
    pub way: Way,
    /// Who invites, at the start of a sentence.
    pub by: String,
    /// What they say; may be empty.
    pub words: String,
    /// Until when it can be accepted: `4 Dec, 13:00`.
    pub until: String,
    /// Whether it was declined, as things stand.
    pub is_declined: bool,
    /// As whom the reader accepts; empty where they are not signed in.
    pub reader: String,
    /// The connection's page.
    pub href: String,
    /// Field `name`, as typed.
    pub name: String,
    /// Field `zone`, as typed.
    pub zone: String,
    /// Field `ready`: what the other's agent may do from the beginning.
    pub ready: Vec<Choice>,
    /// What is wrong with the account.
    pub errors: FieldErrors,
}

impl Page for Connect {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = |way| Self {
            frame: sample::bare("An invitation", "/connect?t=sample"),
            action: "/connect?t=sample".to_owned(),
            way,
            by: "Alex".to_owned(),
            words: "Shall we let our calendars find a time?".to_owned(),
            until: "4 Dec, 13:00".to_owned(),
            is_declined: false,
            reader: String::new(),
            href: "/connections/con_01".to_owned(),
            name: String::new(),
            zone: "Europe/Paris".to_owned(),
            ready: ready("nothing"),
            errors: FieldErrors::none(),
        };
        let wrong = Self {
            errors: FieldErrors::one("name", "Say what others should call you."),
            is_declined: true,
            ..page(Way::Join)
        };
        vec![
            ("connect-accept", Self { reader: "Robin".to_owned(), ..page(Way::Accept) }),
            ("connect-accept-address", page(Way::Accept)),
            ("connect-join", page(Way::Join)),
            ("connect-join-wrong", wrong),
            ("connect-closed", page(Way::Closed)),
            ("connect-done", page(Way::Done)),
            ("connect-declined", page(Way::Declined)),
            ("connect-over", page(Way::Over)),
            ("connect-own", page(Way::Own)),
        ]
    }
}
