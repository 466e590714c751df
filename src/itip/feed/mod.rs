//! From somebody's whole calendar to the time they are busy. Pure: bytes in, intervals out (`docs/calendar.md`).
//!
//! [`read`] takes an iCalendar text and tells per event when it takes its reader's time; [`expand`] tells the same of
//! an event's *skeleton* for another span; [`union`] lays intervals together. A skeleton is all that is to be kept of
//! an event: times, rules, and whether it is certain. No title, no place and no address is even looked at, but the
//! reader's own among the attendees.
//!
//! One bad event never stops the rest: it becomes a [`Fault`]. It does not know where a calendar comes from, when it
//! was last read, or what becomes of the intervals.

mod expand;
mod fault;
mod gather;
mod intervals;
mod series;
mod skeleton;
mod wall;

#[cfg(test)]
mod tests;

pub use expand::{Expanded, expand};
pub use fault::{Fault, NotSkeleton, Why};
pub use intervals::{Interval, union};

use std::collections::BTreeSet;

use crate::base::text::Address;
use crate::base::{Timestamp, Zone};
use crate::recur::Budget;

use super::Refusal;
use super::content::{Limits, calendars_within};

/// The largest calendar that is read, in bytes.
pub const BYTES_MAX: usize = 10 << 20;
/// The most content lines that are read of it.
pub const LINES_MAX: usize = 1_000_000;
/// The most components that are read of it.
pub const COMPONENTS_MAX: usize = 100_000;
/// The most events with a fault that are told apart; further ones are only counted.
pub const FAULTS_MAX: usize = 100;
/// The steps (see [`Budget`]) that the rules of one event may take.
pub const EVENT_STEPS: u32 = 100_000;
/// The steps that all rules of one calendar may take.
pub const FEED_STEPS: u32 = 2_000_000;

const LIMITS: Limits = Limits {
    bytes: BYTES_MAX,
    lines: LINES_MAX,
    components: COMPONENTS_MAX,
    keeps: |name| {
        matches!(
            name,
            "UID"
                | "RECURRENCE-ID"
                | "SEQUENCE"
                | "DTSTART"
                | "DTEND"
                | "DURATION"
                | "RRULE"
                | "RDATE"
                | "EXDATE"
                | "STATUS"
                | "TRANSP"
                | "ATTENDEE"
                | "X-MICROSOFT-CDO-BUSYSTATUS"
                | "FREEBUSY"
                | "TZID"
                | "X-LIC-LOCATION"
                | "TZOFFSETFROM"
                | "TZOFFSETTO"
        )
    },
};

/// For whom a calendar is read, and which part of it.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// The reader's own addresses: what they declined does not take their time.
    pub me: &'a [Address],
    /// Where days, and times without a zone, are read.
    pub zone: Zone,
    /// Intervals begin here at the earliest.
    pub from: Timestamp,
    /// And end here at the latest.
    pub to: Timestamp,
}

/// Which event: the same event has the same key at every reading.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The `UID`; empty if the event has none.
    pub uid: String,
    /// Empty for an event itself, else which of its instances: `20261125T093000Z`, `20261125T103000` (no zone),
    /// `20261125`, with `+` behind it for this one and all that follow. `#2` and so on tells events apart that
    /// share even that. `busy` and `tentative` are the parts of a VFREEBUSY.
    pub instance: String,
}

/// How certain it is that time is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The time is taken.
    Busy,
    /// The time may be taken.
    Tentative,
}

/// An event that takes time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusyEvent {
    /// Which event.
    pub key: Key,
    /// Within what was asked for, sorted, disjoint; empty if its time is only later.
    pub intervals: Vec<Interval>,
    /// Whether the time is certainly taken.
    pub kind: Kind,
    /// What [`expand`] needs to find its time again: one line of ASCII.
    pub skeleton: String,
}

/// What was read of a calendar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Feed {
    /// The events that take time in the span or may take time after it, by their keys.
    pub events: Vec<BusyEvent>,
    /// What was wrong, in the order in which it was found: of each event the first, of the first [`FAULTS_MAX`] events.
    pub faults: Vec<Fault>,
    /// How many events had a fault.
    pub faults_total: usize,
    /// How many VEVENTs and VFREEBUSYs were read.
    pub total: usize,
    /// How many of them take no time: marked so, cancelled, declined by the reader, or without a length.
    pub free: usize,
    /// On which lines the events begin that have a fault.
    at_fault: BTreeSet<usize>,
}

impl Feed {
    /// What there is to read of one event: when it takes time, or that it takes none.
    pub fn of(event: Option<BusyEvent>) -> Self {
        Self {
            total: 1,
            free: usize::from(event.is_none()),
            events: Vec::from_iter(event),
            ..Self::default()
        }
    }

    /// Tells of an event once, however much is wrong with it: an event is what somebody looks for, and mends.
    fn fault(&mut self, fault: Fault) {
        if !self.at_fault.insert(fault.line) {
            return;
        }
        self.faults_total += 1;
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(fault);
        }
    }
}

/// Reads a calendar.
///
/// # Errors
/// A [`Refusal`] if it is no calendar, or larger than what is read. A calendar that is refused says nothing about
/// anybody's time, least of all that it is free.
pub fn read(bytes: &[u8], reader: &Reader) -> Result<Feed, Refusal> {
    let calendars = calendars_within(bytes, &LIMITS)?;
    let mut feed = Feed::default();
    let entries = gather::entries(&calendars, reader, &mut feed);
    let mut budget = Budget::of(FEED_STEPS);
    for planned in series::plan(entries, reader.zone, &mut feed) {
        let found = expand::within(&planned.skeleton, reader.zone, reader.from, reader.to, &mut budget);
        if let Some(reached) = found.unknown_from {
            feed.fault(Fault {
                uid: planned.key.uid.clone(),
                line: planned.line,
                why: Why::Endless { from: reached },
            });
        }
        if found.intervals.is_empty() && !found.goes_on {
            continue;
        }
        feed.events.push(BusyEvent {
            key: planned.key,
            intervals: found.intervals,
            kind: planned.skeleton.kind,
            skeleton: planned.skeleton.to_string(),
        });
    }
    feed.events.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(feed)
}
