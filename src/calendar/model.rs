//! The types of calendars: sources with their health, what a reading is asked for, and what it brought.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::HolderId;
use super::write::Theirs;
use crate::base::error::{Error, Result};
use crate::base::id::{CalendarAccountId, SourceId};
use crate::base::secret::Secret;
use crate::base::text::Address;
use crate::base::time::{Timestamp, Zone};
use crate::itip::feed::{self, Feed};
use crate::queue::Leased;

/// The most sources of one holder, the house's own not counted.
pub const SOURCES_MAX: usize = 20;

/// What a source is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourceKind {
    /// An iCalendar text at an address.
    Ics,
    /// A collection of a CalDAV server (RFC 4791).
    CalDav,
    /// The meetings of this house. They write to it as they change; reading it only looks whether that is so.
    House,
}

impl SourceKind {
    /// The word kept in the store and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ics => "ics",
            Self::CalDav => "caldav",
            Self::House => "house",
        }
    }

    /// From that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Ics, Self::CalDav, Self::House].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Why a source could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// No such host, or it does not answer.
    Unreachable,
    /// The house does not call this address: it is a private one, or no HTTP.
    NotAllowed,
    /// User name and password, or the address's own secret, are not accepted.
    Refused,
    /// Nothing is there.
    NotFound,
    /// Something is there, and it is no calendar.
    NotACalendar,
    /// It is larger than what is read.
    TooLarge,
    /// It took too long.
    TimeOut,
    /// The server says that something is wrong with it.
    Server,
}

impl Problem {
    const ALL: [Self; 8] = [
        Self::Unreachable,
        Self::NotAllowed,
        Self::Refused,
        Self::NotFound,
        Self::NotACalendar,
        Self::TooLarge,
        Self::TimeOut,
        Self::Server,
    ];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::NotAllowed => "not-allowed",
            Self::Refused => "refused",
            Self::NotFound => "not-found",
            Self::NotACalendar => "not-a-calendar",
            Self::TooLarge => "too-large",
            Self::TimeOut => "time-out",
            Self::Server => "server",
        }
    }

    /// From the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|problem| problem.as_str() == word)
    }

    /// Whether it is likely to pass without anybody doing anything.
    pub const fn may_pass(self) -> bool {
        matches!(self, Self::Unreachable | Self::TimeOut | Self::Server)
    }

    /// In plain words, for whoever the source belongs to.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Unreachable => "The server cannot be reached.",
            Self::NotAllowed => "This house does not call this address.",
            Self::Refused => "The server does not accept the user name and password.",
            Self::NotFound => "There is no calendar at this address any more.",
            Self::NotACalendar => "What is at this address is not a calendar.",
            Self::TooLarge => "The calendar is too large to be read.",
            Self::TimeOut => "The server took too long to answer.",
            Self::Server => "The server answered with an error.",
        }
    }
}

/// Something wrong with one event of a source. The rest is read all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The event's UID, or the name of the object; may be empty.
    pub uid: String,
    /// The line of the text on which the event begins, from 1; 0 if there is none.
    pub line: usize,
    /// The stable code: `feed.…`, `itip.…`.
    pub code: String,
    /// What is wrong and what it counts as, as the second half of a sentence.
    pub words: String,
}

impl From<&feed::Fault> for Fault {
    fn from(fault: &feed::Fault) -> Self {
        Self {
            uid: fault.uid.clone(),
            line: fault.line,
            code: fault.why.code().to_owned(),
            words: fault.why.to_string(),
        }
    }
}

/// Where somebody's busy time comes from, with its health. What lets us in is never part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice or a fact of its own")]
pub struct Source {
    /// Its id.
    pub id: SourceId,
    /// Whose time it is.
    pub holder: HolderId,
    /// What lets us in; the house's own has none.
    pub account: Option<CalendarAccountId>,
    /// What it is read from.
    pub kind: SourceKind,
    /// What its holder calls it.
    pub name: String,
    /// The host it lies on; empty for the house's own.
    pub server: String,
    /// Of the collection; empty for a feed.
    pub path: String,
    /// Where days, and times without a zone, are read.
    pub zone: Zone,
    /// Whether its events count as busy.
    pub counts: bool,
    /// Whether it can be written to.
    pub writable: bool,
    /// Whether its holder's meetings are written there: one source at most of each holder.
    pub writes: bool,
    /// When it was last read.
    pub read_at: Option<Timestamp>,
    /// When that was last tried.
    pub tried_at: Option<Timestamp>,
    /// How many tries have failed since it was last read.
    pub failures: i64,
    /// When it is read next; `None` if it is not, until its holder does something.
    pub next_at: Option<Timestamp>,
    /// Why the last try failed.
    pub problem: Option<Problem>,
    /// What was said then, for its holder.
    pub problem_words: String,
    /// How many events there are.
    pub total: i64,
    /// How many of them take no time.
    pub free: i64,
    /// What was wrong with events: the first [`feed::FAULTS_MAX`].
    pub faults: Vec<Fault>,
    /// How many faults there were.
    pub faults_total: i64,
    /// How far ahead it is expanded.
    pub known_until: Option<Timestamp>,
    /// Since when there is one.
    pub created_at: Timestamp,
    /// Whether it counts and was not read lately, or never.
    pub is_stale: bool,
    /// Why it did not take what was to be written there last.
    pub write_problem: Option<Problem>,
    /// What was said then, for its holder.
    pub write_words: String,
    /// When that was.
    pub write_failed_at: Option<Timestamp>,
    /// When the reading began that it was last read by.
    pub(super) begun_at: Option<Timestamp>,
    /// A reading that began under another one is not taken in.
    pub(super) edition: i64,
    /// Whether its holder was told of the present outage.
    pub(super) is_told: bool,
    pub(super) mark: Mark,
}

impl Source {
    /// Whether it is read at all.
    pub fn is_read(&self) -> bool {
        self.counts || self.writes
    }

    /// Whether it cannot be read, for so long or for such a reason that its holder was told.
    pub fn is_unreadable(&self) -> bool {
        self.is_read() && self.is_told
    }
}

/// What lets us in: kept sealed, printed as `***`. An address of a feed is a secret as well.
#[derive(Clone, PartialEq, Eq)]
pub struct Access {
    /// Where it is: of a feed the address, of CalDAV where discovery ended (the calendars' home).
    pub url: Secret,
    /// The name to sign in with, where one is needed.
    pub username: Option<String>,
    /// And the password, best one of an app's own.
    pub password: Option<Secret>,
}

#[derive(Serialize, Deserialize)]
struct Plain {
    url: String,
    username: Option<String>,
    password: Option<String>,
}

/// Where sealed access lies, as its seal says.
const SEALED: &str = "calendar-access";

impl Access {
    pub(super) fn seal(&self, cx: &crate::store::Cx<'_>) -> Result<Vec<u8>> {
        let plain = Plain {
            url: self.url.expose().to_owned(),
            username: self.username.clone(),
            password: self.password.as_ref().map(|password| password.expose().to_owned()),
        };
        let text = serde_json::to_vec(&plain).map_err(Error::internal)?;
        Ok(cx.keys().seal(cx.chance(), SEALED, &text))
    }

    pub(super) fn open(cx: &crate::store::Cx<'_>, sealed: &[u8]) -> Result<Self> {
        let text = cx.keys().open(SEALED, sealed)?;
        let plain: Plain = serde_json::from_slice(&text).map_err(Error::internal)?;
        Ok(Self {
            url: plain.url.into(),
            username: plain.username,
            password: plain.password.map(Secret::from),
        })
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Access(***)")
    }
}

/// A calendar that a probe found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its name, as its owner sees it.
    pub name: String,
    /// Of the collection, as the reader needs it again; empty for a feed.
    pub path: String,
    /// Whether it can be written to.
    pub writable: bool,
}

/// How far a source was read, in whatever its server has: all that is there is sent along next time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mark {
    /// Of `sync-collection` (RFC 6578).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_token: Option<String>,
    /// The collection's `getctag`, which changes with anything in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ctag: Option<String>,
    /// Of a feed (RFC 9110, 8.8.3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Of a feed (RFC 9110, 8.8.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
    /// SHA-256 of a feed, where the server says nothing of the kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

/// A reading that is to be done now.
#[derive(Clone, Debug)]
pub struct Due {
    /// Of which source.
    pub source: SourceId,
    /// Whose time it is.
    pub holder: HolderId,
    /// Through which account; `None`: the house's own.
    pub account: Option<CalendarAccountId>,
    /// What it is read from.
    pub kind: SourceKind,
    /// Of the collection; empty for a feed.
    pub path: String,
    /// What lets us in; the house's own needs nothing.
    pub access: Option<Access>,
    /// How far it was read.
    pub mark: Mark,
    /// The objects that are known, each with its `ETag`; of the house's own the meetings that take time.
    pub objects: BTreeMap<String, String>,
    /// Those that the house has laid down, known or not, each with what tells whether it has written it since.
    pub ours: BTreeMap<String, String>,
    /// The reader's own addresses, the present one first.
    pub me: Vec<Address>,
    /// Where days, and times without a zone, are read.
    pub zone: Zone,
    /// Intervals are wanted from here.
    pub from: Timestamp,
    /// Until here.
    pub until: Timestamp,
    /// When it began.
    pub(super) begun: Timestamp,
    /// Under which edition of the source it began.
    pub(super) edition: i64,
    pub(super) lease: Leased,
}

/// What a reading brought.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Its objects.
    pub objects: Objects,
    /// How far it was read: kept for the next reading.
    pub mark: Mark,
}

/// The objects of a reading.
#[derive(Clone, Debug)]
pub enum Objects {
    /// Nothing has changed.
    Unchanged,
    /// These are all there are.
    Whole(Vec<Object>),
    /// Only these have changed.
    Changes {
        /// New ones and others.
        changed: Vec<Object>,
        /// The `href` of those that are there no more.
        gone: Vec<String>,
    },
}

/// One object of a source: of CalDAV a resource, of a feed all of it.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its name within the source; empty for a feed; of the house's own the meeting's id.
    pub href: String,
    /// Its version; empty if there is none.
    pub etag: String,
    /// What was read, between the `from` and `until` of [`Due`]; or why nothing was. Then what was known of it stays.
    pub read: Result<Feed, Fault>,
    /// Of one that the house has laid down: what it says now.
    pub theirs: Option<Theirs>,
}

/// That a source could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Why.
    pub problem: Problem,
    /// What its holder should know beyond that, as a sentence without anything secret; may be empty.
    pub words: String,
    /// After how many milliseconds the server wants to be asked again, if it said so.
    pub retry_after_ms: Option<i64>,
}
