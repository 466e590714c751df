//! A wish: one line that asks for a meeting, such as "45 minutes with Ben next week, not before 10".
//!
//! Every word must be understood. What is left over, what can be read in two ways, and what nobody can know (a
//! Wednesday when today is one, "soon", "3/4") makes the whole line [`Unclear`], with what was not understood: no time
//! is guessed. What somebody says is a wish ("preferably in the morning") is kept apart from what they ask for. What was read is shown to its writer before anything is sent to anybody. English.
//!
//! It knows the names that its writer may mean, and nothing else of those people. What it does not understand a language
//! model may help with ([`Model`], [`helped`]); what that says is checked by the same rules, and nothing is taken from it.

mod days;
mod grammar;
mod helped;
mod hours;
mod mailed;
mod pieces;
mod prefer;

use std::fmt;

use chrono::NaiveDate;

use crate::base::hours::{NamedDay, Window};
use crate::base::text::Address;
use crate::base::{Timestamp, Zone};

pub use helped::{Answering, Model, Phrases, helped, may_be_asked};
pub use mailed::{Mailed, Unread, mailed};

/// The shortest meeting that can be asked for, in minutes.
pub const MINUTES_MIN: u32 = 5;
/// The longest, in minutes: a working day.
pub const MINUTES_MAX: u32 = 480;
/// The longest line that is read, in bytes.
const BYTES_MAX: usize = 1_000;
/// How many days ahead a line without a day looks.
pub const DAYS_AHEAD: u64 = 14;
/// How many days the days of a line may span.
const DAYS_MAX: u64 = 370;

/// For whom a line is read.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// When it was written.
    pub now: Timestamp,
    /// Where its writer is.
    pub zone: Zone,
    /// Whom the writer may mean by a name.
    pub people: &'a [Known],
}

/// Somebody whom the writer knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Their whole name; may be empty.
    pub name: String,
    /// Their address, where the writer may know it.
    pub address: Option<Address>,
}

/// Whom a line names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// The one at this place of [`Reader::people`].
    Known(usize),
    /// Somebody by their address.
    Address(Address),
}

/// How they are to meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Over a video link.
    Video,
    /// By phone.
    Phone,
    /// In one room.
    InPerson,
}

/// When a line says that it would be better: a wish, and no condition. What it does not say is `None` or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Better {
    /// On which days: all that were named, in order.
    pub days: Vec<NamedDay>,
    /// Within which part of a day the whole meeting would lie.
    pub within: Option<Window>,
    /// At which minute from midnight it would begin, exactly.
    pub at: Option<u16>,
}

impl Better {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What a line asks for. What it does not say is `None` or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// With whom; never empty.
    pub with: Vec<Whom>,
    /// How long, in minutes.
    pub minutes: Option<u32>,
    /// On which days, in the writer's zone: sorted, each once.
    pub days: Vec<NaiveDate>,
    /// Within which part of each of these days the whole meeting is to lie.
    pub within: Option<Window>,
    /// At which minute from midnight it is to begin, exactly.
    pub at: Option<u16>,
    /// How.
    pub way: Option<Way>,
    /// What about, as it was written.
    pub about: Option<String>,
    /// When it would be better.
    pub better: Better,
}

/// Why a line is not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unclear {
    /// There is nothing in it, or far too much.
    Length,
    /// It does not say with whom.
    Nobody,
    /// A name that the writer's people do not have.
    Stranger(String),
    /// A name that several have: these.
    Several(String, Vec<String>),
    /// These words.
    Words(Vec<String>),
    /// It can be read in two ways.
    TwoWays(String),
    /// It says two things where one can be.
    Twice(&'static str),
    /// It asks for something that repeats.
    Repeats,
    /// So long a meeting cannot be asked for, nor so short a one.
    Minutes,
    /// There is no such day or time.
    NoSuch(String),
    /// What it says of the time of day, taken together, leaves none.
    NoHours(Vec<String>),
    /// It goes over more days than are looked at.
    TooLong,
    /// All of it is over, or it leaves no day.
    NoDay,
    /// What would be better cannot be, by what it asks for itself: both.
    Against(String, String),
}

impl fmt::Display for Unclear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length => write!(f, "Say in one line whom you want to meet, for how long, and when."),
            Self::Nobody => write!(f, "With whom? Name somebody: “45 minutes with Ben next week”."),
            Self::Stranger(name) => {
                write!(
                    f,
                    "You have no connection called “{name}”. Use their name as it is in your connections."
                )
            }
            Self::Several(name, all) => {
                write!(f, "“{name}” may be {}. Use the whole name.", all.join(" or "))
            }
            Self::Words(words) => {
                let words = quoted(words).join(", ");
                write!(f, "Not understood: {words}. Nothing was guessed; say it in other words.")
            }
            Self::TwoWays(words) => write!(f, "“{words}” can be read in two ways. Say it in other words."),
            Self::Twice(what) => write!(f, "It says two {what}. Say one."),
            Self::Repeats => write!(f, "Meetings that repeat cannot be asked for yet. Ask for one."),
            Self::Minutes => {
                write!(f, "A meeting can be {MINUTES_MIN} minutes to {} hours long.", MINUTES_MAX / 60)
            }
            Self::NoSuch(what) => write!(f, "There is no “{what}”."),
            Self::NoHours(said) => {
                write!(f, "{}: that leaves no time of the day. Say another.", quoted(said).join(" and "))
            }
            Self::TooLong => write!(f, "That goes over more than a year. Say fewer days."),
            Self::Against(better, asked) => {
                write!(f, "{better} would be better, and {asked} is asked for: it cannot be both. Say which.")
            }
            Self::NoDay => write!(f, "That leaves no day ahead. Say another."),
        }
    }
}

fn quoted(words: &[String]) -> Vec<String> {
    words.iter().map(|word| format!("“{word}”")).collect()
}

/// Reads a line.
///
/// # Errors
/// [`Unclear`], if anything in it is not understood for certain.
pub fn read(line: &str, reader: &Reader<'_>) -> Result<Wish, Unclear> {
    if line.len() > BYTES_MAX {
        return Err(Unclear::Length);
    }
    let pieces = pieces::pieces(line).filter(|pieces| !pieces.is_empty()).ok_or(Unclear::Length)?;
    grammar::read(&pieces, reader)
}
