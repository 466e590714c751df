//! What can be wrong with one event, and what it counts as then.

use crate::base::Timestamp;

/// Something wrong with one event of a calendar. The rest of the calendar is read all the same.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct Fault {
    /// The event's `UID`; empty if it has none.
    pub uid: String,
    /// The line of the text that the event begins on, from 1.
    pub line: usize,
    /// What is wrong.
    pub why: Why,
}

/// What is wrong, and what the event counts as.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// No `DTSTART`, or none that is a time. It is not counted: nobody can say when it is.
    #[error("it has no start that is a time: “{0}”; it is left out")]
    NoStart(String),
    /// An end or a length that cannot be. It counts for an hour (a day, if it is of whole days).
    #[error("its end is not after its start, or is no time: “{0}”; it counts for an hour, or for its day")]
    BadEnd(String),
    /// A zone that is not known by name and not described. It is read in the reader's zone.
    #[error("its time zone “{0}” is not known; it is read in your own")]
    UnknownZone(String),
    /// A rule that is not understood. Only the times that are named one by one are counted.
    #[error("{0}; only its first time is counted")]
    BadRule(String),
    /// A date of a list that is no time. It is left out of the list.
    #[error("“{0}” in its list of dates is no time, and is left out of it")]
    BadDate(String),
    /// A `RECURRENCE-ID` that is no time. The event is counted beside its series.
    #[error("it changes “{0}” of its series, which is no time; it counts beside the series")]
    BadInstance(String),
    /// A change of this and all later instances that turns times into days, or days into times. It changes one only.
    #[error("it changes all later instances between times and whole days; only the one is changed")]
    DaysAndTimes,
    /// Two events with one UID that are not versions of each other. Both are counted.
    #[error("another event has the same UID; both are counted")]
    SameUid,
    /// It recurs more often than is followed. From there to the end of the span all time counts as taken.
    #[error("it recurs more often than can be followed; all time from {from} on counts as busy")]
    Endless {
        /// From when on.
        from: Timestamp,
    },
}

impl Why {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoStart(_) => "feed.no-start",
            Self::BadEnd(_) => "feed.bad-end",
            Self::UnknownZone(_) => "feed.unknown-zone",
            Self::BadRule(_) => "feed.bad-rule",
            Self::BadDate(_) => "feed.bad-date",
            Self::BadInstance(_) => "feed.bad-instance",
            Self::DaysAndTimes => "feed.days-and-times",
            Self::SameUid => "feed.same-uid",
            Self::Endless { .. } => "feed.endless",
        }
    }
}

/// A text that no [`read`](super::read) wrote as a skeleton.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not an event's skeleton")]
pub struct NotSkeleton;
