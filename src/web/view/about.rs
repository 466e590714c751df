//! What is stored about the reader, opened by the link at the foot of every mail; and how to end it.

use askama::Template;

use super::parts::FieldErrors;
use super::parts::Frame;
use super::parts::Page;
use super::parts::Pill;
use super::parts::Tone;
use super::parts::When;
use super::sample;

/// A meeting the reader is stored at.
#[derive(Clone, Debug)]
pub struct StoredMeeting {
    /// Its title.
    pub title: String,
    /// The other side: `with Robin`.
    pub with: String,
    /// When it is or was.
    pub when: When,
    /// The reader's answer.
    pub answer: Pill,
}

/// A connection, or an invitation to connect.
#[derive(Clone, Debug)]
pub struct StoredConnection {
    /// Who asked whom: a sentence without its full stop.
    pub what: String,
    /// What the inviter said; may be empty.
    pub words: String,
    /// When they asked: `18 Nov, 09:14`.
    pub when: String,
    /// How it stands.
    pub pill: Pill,
}

/// A letter that was written to the reader.
#[derive(Clone, Debug)]
pub struct StoredLetter {
    /// Its subject.
    pub subject: String,
    /// When it was sent: `18 Nov, 09:14`.
    pub when: String,
    /// How it fared.
    pub delivery: Pill,
}

/// The page. Its one form posts to its own path; `do` is `never`, `again`, or `erase` (with the box
/// `sure` = `yes` ticked).
#[derive(Debug, Template)]
#[template(path = "about/about.html")]
pub struct AboutYou {
    /// The frame.
    pub frame: Frame,
    /// Where the form is posted: this page's own path and query.
    pub action: String,
    /// The address the link was made for, or as much of it as is to be shown.
    pub address: String,
    /// The name that hosts gave the reader; may be empty.
    pub name: String,
    /// Whether the reader has an account here, which goes with the rest.
    pub has_account: bool,
    /// The meetings, newest first.
    pub meetings: Vec<StoredMeeting>,
    /// Connections and invitations to connect, newest first.
    pub connections: Vec<StoredConnection>,
    /// The letters, newest first.
    pub letters: Vec<StoredLetter>,
    /// What else is kept, a sentence each.
    pub also: Vec<String>,
    /// Whether nothing is written to this address any more, as its holder wished.
    pub is_silent: bool,
    /// Where all of it can be had as JSON.
    pub download_href: String,
    /// What is wrong: `sure`.
    pub errors: FieldErrors,
}

impl AboutYou {
    fn sample() -> Self {
        Self {
            frame: sample::bare("What is stored about you", "/about-you?y=sample"),
            action: "/about-you?y=sample".to_owned(),
            address: "ro…@example.org".to_owned(),
            name: "Robin".to_owned(),
            has_account: false,
            meetings: vec![StoredMeeting {
                title: "Practice session".to_owned(),
                with: "with Alex".to_owned(),
                when: sample::old_time(),
                answer: Pill::partstat("accepted"),
            }],
            connections: vec![StoredConnection {
                what: "Kim asked you to connect with them".to_owned(),
                words: "Shall we let our calendars find a time?".to_owned(),
                when: "19 Nov, 11:20".to_owned(),
                pill: Pill::new("waits for you", Tone::Wait),
            }],
            letters: vec![StoredLetter {
                subject: "Practice session — Invitation".to_owned(),
                when: "18 Nov, 09:14".to_owned(),
                delivery: Pill::delivery("delivered"),
            }],
            also: vec![
                "2 replies of yours, as they came, until 18 December.".to_owned(),
                "What you did by links, and when, in the log of this house.".to_owned(),
            ],
            is_silent: false,
            download_href: "/about-you.json?y=sample".to_owned(),
            errors: FieldErrors::none(),
        }
    }
}

impl Page for AboutYou {
    fn samples() -> Vec<(&'static str, Self)> {
        let silent = Self { is_silent: true, has_account: true, ..Self::sample() };
        let empty = Self {
            name: String::new(),
            meetings: Vec::new(),
            connections: Vec::new(),
            letters: Vec::new(),
            also: Vec::new(),
            ..Self::sample()
        };
        let unsure = Self { errors: FieldErrors::one("sure", "Tick this box first."), ..Self::sample() };
        vec![
            ("about-you", Self::sample()),
            ("about-you-silent", silent),
            ("about-you-empty", empty),
            ("about-you-unsure", unsure),
        ]
    }
}

/// After something was done there.
#[derive(Debug, Template)]
#[template(path = "about/done.html")]
pub struct AboutDone {
    /// The frame.
    pub frame: Frame,
    /// What was done.
    pub heading: String,
    /// What that means.
    pub lead: String,
    /// Back to the page; empty after erasure, when its link is gone too.
    pub back_href: String,
}

impl AboutDone {
    /// Nothing will be written to the address any more.
    pub fn never(frame: Frame, back_href: String) -> Self {
        Self {
            frame,
            heading: "No more mail to you".to_owned(),
            lead: "Nothing will be written to this address again, by anybody who uses this house. Only a fingerprint of the address is kept, to know it by. Meetings you are in stay in your calendar and are no longer updated.".to_owned(),
            back_href,
        }
    }

    /// The address may be written to again.
    pub fn again(frame: Frame, back_href: String) -> Self {
        Self {
            frame,
            heading: "You can be invited again".to_owned(),
            lead: "Invitations and their updates will be sent to this address as before.".to_owned(),
            back_href,
        }
    }

    /// What was stored is gone.
    pub fn erased(frame: Frame) -> Self {
        Self {
            frame,
            heading: "It is erased".to_owned(),
            lead: "Your name, your address, your answers and your words are gone from this house. The links in its old mails no longer work. What lies in your own mailbox and calendar is yours to delete.".to_owned(),
            back_href: String::new(),
        }
    }
}

impl Page for AboutDone {
    fn samples() -> Vec<(&'static str, Self)> {
        let frame = || sample::bare("What is stored about you", "/about-you?y=sample");
        let back = || "/about-you?y=sample".to_owned();
        vec![
            ("about-never", Self::never(frame(), back())),
            ("about-again", Self::again(frame(), back())),
            ("about-erased", Self::erased(frame())),
        ]
    }
}
