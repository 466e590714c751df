//! What a message proposes: a time, words from which a person may read one, or nothing.
//!
//! A COUNTER with PARTSTAT=DECLINED is a proposal and no decline; a COUNTER that changes nothing, or
//! names a time that cannot be, is a plain answer. Whether the time suits anybody is not known here.

use crate::base::time::{DAY, HOUR};
use crate::base::{Timestamp, Zone};

use super::model::Method;
use super::moment::Moment;
use super::read::Incoming;

/// The longest meeting that is proposed, in milliseconds.
pub const LENGTH_MAX: i64 = 24 * HOUR;
/// How far ahead a proposal may lie, in milliseconds.
pub(super) const HORIZON: i64 = 2 * 366 * DAY;

/// The meeting as it stands.
#[derive(Clone, Copy, Debug)]
pub struct Current {
    /// Its start.
    pub start: Timestamp,
    /// Its end.
    pub end: Timestamp,
    /// The proposer's zone, for times without one.
    pub zone: Zone,
}

/// What a message proposes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proposal {
    /// Nothing: what counts is its PARTSTAT.
    None,
    /// A new time. The note is untrusted.
    Time {
        /// The new start.
        start: Timestamp,
        /// The new end.
        end: Timestamp,
        /// What was said with it.
        note: Option<String>,
    },
    /// A comment and no time; `words::proposed_time` may find one in it.
    Words(String),
}

/// What `message` proposes at `now`, in the order: COUNTER, Apple's parameter, comment.
pub fn proposal(message: &Incoming, current: Current, now: Timestamp) -> Proposal {
    let (start, end) = match message.method {
        Method::Counter => (message.start, message.end),
        Method::Reply => {
            let proposed = message.attendees.iter().find_map(|attendee| attendee.proposed);
            (proposed.map(|(start, _)| start), proposed.and_then(|(_, end)| end))
        }
        _ => return Proposal::None,
    };
    let time = start.and_then(|start| new_time(start, end, current, now));
    match (time, &message.comment) {
        (Some((start, end)), note) => Proposal::Time { start, end, note: note.clone() },
        (None, Some(words)) => Proposal::Words(words.clone()),
        (None, None) => Proposal::None,
    }
}

fn new_time(
    start: Moment,
    end: Option<Moment>,
    current: Current,
    now: Timestamp,
) -> Option<(Timestamp, Timestamp)> {
    // A whole day is a wish and not a time.
    if matches!(start, Moment::Day(_)) {
        return None;
    }
    let start = start.instant(current.zone);
    let end = end.map_or(start.plus(current.end.since(current.start)), |end| end.instant(current.zone));
    is_possible(start, end, now).then_some((start, end)).filter(|new| *new != (current.start, current.end))
}

/// Whether a meeting may be at that time at all.
pub fn is_possible(start: Timestamp, end: Timestamp, now: Timestamp) -> bool {
    start > now && end > start && end.since(start) <= LENGTH_MAX && start.since(now) <= HORIZON
}
