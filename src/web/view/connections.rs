//! Connections: who there is, who waits, and who asked what about the reader; and what an invitation's link opens.

use askama::Template;

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
            waiting: vec![Waiting {
                id: "con_01".to_owned(),
                by: "Robin".to_owned(),
                words: "Shall we let our calendars find a time?".to_owned(),
                until: "4 Dec, 13:00".to_owned(),
            }],
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

/// A question that was asked about the reader.
#[derive(Clone, Debug)]
pub struct Asked {
    /// When: `today 11:20`.
    pub when: String,
    /// Whose agent asked.
    pub by: String,
    /// The connection's page; empty where there is none.
    pub href: String,
    /// For what: `your name and your time zone`.
    pub what: String,
    /// What for; may be empty.
    pub purpose: String,
    /// Whether it was answered.
    pub outcome: Pill,
    /// What was shown.
    pub shown: String,
}

/// The page with what was asked about the reader.
#[derive(Debug, Template)]
#[template(path = "connections/questions.html")]
pub struct Questions {
    /// The frame.
    pub frame: Frame,
    /// The questions, newest first.
    pub rows: Vec<Asked>,
    /// Links to the neighbours of this page.
    pub pager: Pager,
}

impl Page for Questions {
    fn samples() -> Vec<(&'static str, Self)> {
        let asked = |by: &str, outcome, shown: &str| Asked {
            when: "today 11:20".to_owned(),
            by: by.to_owned(),
            href: "/connections/con_02".to_owned(),
            what: "name and time zone".to_owned(),
            purpose: "to plan a meeting".to_owned(),
            outcome,
            shown: shown.to_owned(),
        };
        let frame = || sample::frame("Who asked", "/connections/questions", Nav::Connections);
        let rows = vec![
            asked("Kim", Pill::new("answered", Tone::Yes), "your name and your time zone"),
            asked("Noor", Pill::new("refused", Tone::No), "nothing"),
        ];
        vec![
            ("questions", Self { frame: frame(), rows, pager: Pager::default() }),
            ("questions-empty", Self { frame: frame(), rows: Vec::new(), pager: Pager::default() }),
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
