//! What every page has: the frame around it, pills, flashes, errors beside fields, the pager.

use std::sync::LazyLock;

use crate::base::Error;
use crate::base::Timestamp;
use crate::base::Zone;

pub use crate::mail::letters::view::When;

/// A page of which every state can be shown without a room behind it.
pub trait Page: askama::Template + Sized {
    /// One sample for each state that looks different: a short name and the page.
    fn samples() -> Vec<(&'static str, Self)>;
}

/// The frame around a page: who reads it, where they are, in which zone, and what was just done.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// What stands in the browser's tab, before the house's name.
    pub title: String,
    /// Where the reader is.
    pub current: Nav,
    /// Who is signed in, if somebody is.
    pub viewer: Option<Viewer>,
    /// Whether the mailroom is mounted.
    pub mailroom: bool,
    /// How many things need the reader; shown beside Home.
    pub needs_me: usize,
    /// How many notices are unread; shown beside Notices. 100 means that or more.
    pub unread: usize,
    /// The reader's zone by its IANA name.
    pub zone: String,
    /// The same as people say it: `Paris time, UTC+1`.
    pub zone_words: String,
    /// This page's path and query, to come back to after the zone was changed.
    pub path: String,
    /// The form token of the session; empty where nobody is signed in.
    pub csrf: String,
    /// What was just done, said once.
    pub flash: Option<Flash>,
}

impl Frame {
    /// A frame for a reader in `zone`; everything else is filled in by name.
    pub fn new(title: impl Into<String>, path: impl Into<String>, zone: Zone, now: Timestamp) -> Self {
        Self {
            title: title.into(),
            path: path.into(),
            zone: zone.name().to_owned(),
            zone_words: zone.named(now),
            ..Self::default()
        }
    }

    /// For a form in which nothing can be wrong.
    pub fn no_errors(&self) -> FieldErrors {
        FieldErrors::none()
    }

    /// Whether the reader is at a place that is folded away where there is little room.
    pub fn is_folded_here(&self) -> bool {
        self.current != Nav::Elsewhere && self.current.is_rare()
    }

    /// Whether the reader runs this house.
    pub fn is_admin(&self) -> bool {
        self.viewer.as_ref().is_some_and(|viewer| viewer.is_admin)
    }

    /// The places in the header, as far as this reader has them.
    pub fn places(&self) -> Vec<Place> {
        let signed_in = self.viewer.is_some();
        [
            (true, Nav::Home, "/", "Home"),
            (signed_in, Nav::Meetings, "/meetings", "Meetings"),
            (signed_in, Nav::Calendar, "/calendar", "Calendar"),
            (signed_in, Nav::Sessions, "/sessions", "Sessions"),
            (signed_in, Nav::Connections, "/connections", "Connections"),
            (signed_in, Nav::Agents, "/agents", "Agents"),
            (signed_in, Nav::Booking, "/booking-links", "Booking links"),
            (signed_in, Nav::Notices, "/notices", "Notices"),
            (signed_in, Nav::Settings, "/settings", "Settings"),
            (self.is_admin(), Nav::Admin, "/admin", "Admin"),
            (self.mailroom, Nav::Mailroom, "/mailroom", "Mailroom"),
        ]
        .into_iter()
        .filter(|(shown, ..)| *shown)
        .map(|(_, nav, href, words)| Place {
            href,
            words,
            is_here: nav == self.current,
            is_rare: signed_in && nav.is_rare(),
            badge: match nav {
                Nav::Home => self.needs_me,
                Nav::Notices => self.unread,
                _ => 0,
            },
            is_live: nav == Nav::Notices,
        })
        .collect()
    }
}

/// One place in the header.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Where it leads.
    pub href: &'static str,
    /// What it is called.
    pub words: &'static str,
    /// Whether the reader is there.
    pub is_here: bool,
    /// Whether it is folded away where there is little room.
    pub is_rare: bool,
    /// A number beside it; none if 0.
    pub badge: usize,
    /// Whether the number changes while the page is open.
    pub is_live: bool,
}

impl Place {
    /// The number as it is shown: nobody reads a hundred.
    pub fn count(&self) -> String {
        if self.badge < 100 { self.badge.to_string() } else { "99+".to_owned() }
    }
}

/// The places a page can belong to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Nav {
    /// None of them.
    #[default]
    Elsewhere,
    /// What needs the reader, and what comes up.
    Home,
    /// Meetings.
    Meetings,
    /// When their time is taken.
    Calendar,
    /// Where agents agree on a time.
    Sessions,
    /// Who the reader knows here.
    Connections,
    /// Who acts for the reader, what is asked of them and of whom, and what programs are told.
    Agents,
    /// Where guests pick a time of the reader's.
    Booking,
    /// What the reader should know.
    Notices,
    /// The reader's own settings.
    Settings,
    /// For administrators.
    Admin,
    /// The mailroom.
    Mailroom,
}

impl Nav {
    /// Whether few come here every day.
    fn is_rare(self) -> bool {
        !matches!(self, Self::Home | Self::Meetings | Self::Calendar | Self::Notices)
    }
}

/// Who is signed in.
#[derive(Clone, Debug, Default)]
pub struct Viewer {
    /// As they call themselves; the address where they gave no name (their own, on their own page).
    pub name: String,
    /// Whether they run this house.
    pub is_admin: bool,
}

/// What was just done or refused, said once at the top of the next page.
#[derive(Clone, Debug, Default)]
pub struct Flash {
    /// How it went.
    pub tone: Tone,
    /// A sentence.
    pub words: String,
}

/// How a state is meant. The word says it; the colour only repeats it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Neither good nor bad.
    #[default]
    Plain,
    /// Good: accepted, delivered, done.
    Yes,
    /// Waiting, or to be looked at.
    Wait,
    /// Declined, failed, cancelled.
    No,
}

impl Tone {
    /// The class in the stylesheet.
    pub fn class(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Yes => "yes",
            Self::Wait => "wait",
            Self::No => "no",
        }
    }
}

/// A try that was refused, on the page on which it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// Why; empty: nothing was.
    pub says: String,
    /// What was written, which would be lost otherwise; may be empty.
    pub typed: String,
}

/// A state as a word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pill {
    /// The word.
    pub words: String,
    /// How it is meant.
    pub tone: Tone,
}

impl Pill {
    /// Any word.
    pub fn new(words: impl Into<String>, tone: Tone) -> Self {
        Self { words: words.into(), tone }
    }

    /// From a `partstat` of the contract; an unknown one is shown as it is.
    pub fn partstat(partstat: &str) -> Self {
        match partstat {
            "needs-action" => Self::new("no answer yet", Tone::Plain),
            "accepted" => Self::new("accepted", Tone::Yes),
            "declined" => Self::new("declined", Tone::No),
            "tentative" => Self::new("tentative", Tone::Wait),
            "delegated" => Self::new("delegated", Tone::Wait),
            other => Self::new(other, Tone::Plain),
        }
    }

    /// From a `delivery` of the contract; an unknown one is shown as it is.
    pub fn delivery(delivery: &str) -> Self {
        match delivery {
            "queued" => Self::new("to be sent", Tone::Plain),
            "sent" => Self::new("sent", Tone::Plain),
            "delivered" => Self::new("delivered", Tone::Yes),
            "in-calendar" => Self::new("in the calendar", Tone::Yes),
            "delayed" => Self::new("delayed", Tone::Wait),
            "failed" => Self::new("could not be sent", Tone::No),
            "bounced" => Self::new("came back", Tone::No),
            other => Self::new(other, Tone::Plain),
        }
    }

    /// From a meeting's `status` of the contract; an unknown one is shown as it is.
    pub fn status(status: &str) -> Self {
        match status {
            "open" => Self::new("open to a guest", Tone::Wait),
            "scheduled" => Self::new("scheduled", Tone::Yes),
            "cancelled" => Self::new("cancelled", Tone::No),
            other => Self::new(other, Tone::Plain),
        }
    }

    /// From a proposal's `status` of the contract; an unknown one is shown as it is.
    pub fn proposal(status: &str) -> Self {
        match status {
            "pending" => Self::new("waiting", Tone::Wait),
            "approved" => Self::new("approved", Tone::Yes),
            "declined" => Self::new("declined", Tone::No),
            other => Self::new(other, Tone::Plain),
        }
    }

    /// From an inbound `outcome` of the contract; an unknown one is shown as it is.
    pub fn outcome(outcome: &str) -> Self {
        let tone = match outcome {
            "applied" | "proposal" | "refresh" | "answered" => Tone::Yes,
            "needs_confirmation" | "bounce" => Tone::Wait,
            "rejected" => Tone::No,
            _ => Tone::Plain,
        };
        Self::new(outcome.replace('_', " "), tone)
    }
}

/// What is wrong with a form, field by field, each with a sentence that says what it should be.
#[derive(Clone, Debug, Default)]
pub struct FieldErrors(Vec<(String, String)>);

impl FieldErrors {
    /// Nothing wrong.
    pub fn none() -> Self {
        Self::default()
    }

    /// One field is wrong.
    pub fn one(field: impl Into<String>, message: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.add(field, message);
        errors
    }

    /// Notes a field that is wrong.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push((field.into(), message.into()));
    }

    /// From an error that names a field.
    pub fn from_error(error: &Error) -> Option<Self> {
        match error {
            Error::Invalid { field, message } => Some(Self::one(field.as_ref(), message.clone())),
            _ => None,
        }
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The sentence for a field, empty if it is fine.
    pub fn of(&self, field: &str) -> &str {
        self.0.iter().find(|(name, _)| name == field).map_or("", |(_, message)| message)
    }

    /// All sentences, in the order they were found.
    pub fn all(&self) -> &[(String, String)] {
        &self.0
    }
}

/// Links to the neighbours of one page of a list.
#[derive(Clone, Debug, Default)]
pub struct Pager {
    /// What leads back to the list's beginning, unless this is it.
    pub first: Option<String>,
    /// What leads on, unless this is the end.
    pub next: Option<String>,
}

/// One of several things to choose from.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What the reader sees.
    pub words: String,
    /// What it means, in a sentence; may be empty.
    pub hint: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

impl Choice {
    /// A choice with what it means.
    pub fn new(
        value: impl Into<String>,
        words: impl Into<String>,
        hint: impl Into<String>,
        chosen: bool,
    ) -> Self {
        Self { value: value.into(), words: words.into(), hint: hint.into(), chosen }
    }
}

/// The options of every list of zones, written once.
static ZONE_OPTIONS: LazyLock<String> =
    LazyLock::new(|| Zone::names().flat_map(|name| ["<option value=\"", name, "\">"]).collect());

/// The options of every list of zones.
pub fn zone_options() -> &'static str {
    &ZONE_OPTIONS
}

/// Changes with the stylesheet and the script, so that a browser fetches them when they are new and keeps them
/// for good otherwise.
pub const VERSION: u64 = fnv(
    include_bytes!("../../../static/entente.js"),
    fnv(include_bytes!("../../../static/entente.css"), 0xcbf2_9ce4_8422_2325),
);

/// FNV-1a: told apart are versions of one file, not enemies.
const fn fnv(bytes: &[u8], mut hash: u64) -> u64 {
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x100_0000_01b3);
        at += 1;
    }
    hash
}
