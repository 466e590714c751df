//! What would be better: a wish, which moves slots up and never takes one away.

use serde::{Deserialize, Serialize};

use super::rank::Reason;
use super::rules::{self, Span, Want};
use super::set::Set;
use crate::base::hours::{Hours, NamedDay, Week, Window};
use crate::base::time::Zone;

/// The most days that may be named: each day of the longest search.
pub const PREFERRED_DAYS_MAX: usize = 100;

/// When a meeting would rather be, on the clock and the calendar of whoever asks. What is empty does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prefer {
    /// Whole within this part of a day.
    #[serde(default)]
    pub within: Option<Window>,
    /// It begins on one of these days.
    #[serde(default)]
    pub days: Vec<NamedDay>,
}

impl Prefer {
    /// Whether nothing is preferred.
    pub fn is_empty(&self) -> bool {
        self.within.is_none() && self.days.is_empty()
    }
}

/// What is preferred, as instants.
pub(super) struct Preferred {
    hours: Option<Set>,
    days: Option<Set>,
}

impl Preferred {
    pub(super) fn of(prefer: &Prefer, zone: Zone, span: Span) -> Self {
        let Span { from, to } = span.with_margin();
        let hours = prefer.within.map(|window| {
            rules::resolve(&Hours { week: Week::every_day(window), ..Hours::default() }, zone, from, to)
        });
        let named = |prefer: &Prefer| -> Set {
            let all = zone.date(from).iter_days().take_while(|day| *day <= zone.date(to));
            all.filter(|day| prefer.days.iter().any(|named| named.is(*day)))
                .map(|day| (zone.midnight(day).ms(), zone.midnight(day.succ_opt().unwrap_or(day)).ms()))
                .collect()
        };
        Self { hours, days: (!prefer.days.is_empty()).then(|| named(prefer)) }
    }

    /// How much of it an interval has: nothing, one of hours and day, or both.
    pub(super) fn met(&self, start: i64, end: i64) -> usize {
        let hours = self.hours.as_ref().is_some_and(|hours| hours.contains(start, end));
        let days = self.days.as_ref().is_some_and(|days| days.contains(start, start + 1));
        usize::from(hours) + usize::from(days)
    }

    /// What an interval is offered for that has so much of it.
    pub(super) fn reason(&self, met: usize) -> Option<Reason> {
        let all = usize::from(self.hours.is_some()) + usize::from(self.days.is_some());
        match met {
            0 => None,
            met if met == all => Some(Reason::Preferred),
            _ => Some(Reason::PartlyPreferred),
        }
    }
}

impl Want {
    /// Whether a meeting that starts at `start` is when it would rather be: [`Reason::Preferred`], partly, or not.
    pub fn preference(&self, start: crate::base::Timestamp) -> Option<Reason> {
        let end = start.plus(self.length_ms);
        let preferred = Preferred::of(&self.prefer, self.zone, Span { from: start, to: end });
        preferred.reason(preferred.met(start.ms(), end.ms()))
    }
}
