//! A skeleton's time within a span.

use std::collections::HashSet;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use crate::base::time::DAY;
use crate::base::{Timestamp, Zone};
use crate::recur::{Budget, Outcome, Rule, Span, Until};

use super::super::moment::{Length, Written};
use super::skeleton::Skeleton;
use super::wall::{Wall, midnight};
use super::{EVENT_STEPS, Interval, NotSkeleton, union};

/// No two wall clocks are further apart.
const CLOCKS_APART: i64 = 26;

/// When an event takes time within a span.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expanded {
    /// Sorted and disjoint.
    pub intervals: Vec<Interval>,
    /// Whether it may take time behind the span as well.
    pub goes_on: bool,
    /// If it recurs more often than is followed: from here on all the span counts as taken.
    pub unknown_from: Option<Timestamp>,
}

/// Tells when the event of a skeleton takes time between two instants, days and times without a zone being read in
/// `zone`.
///
/// # Errors
/// [`NotSkeleton`] if the text is none.
pub fn expand(skeleton: &str, zone: Zone, from: Timestamp, to: Timestamp) -> Result<Expanded, NotSkeleton> {
    Ok(within(&skeleton.parse()?, zone, from, to, &mut Budget::of(EVENT_STEPS)))
}

/// As [`expand`], out of the budget of a whole calendar.
pub(super) fn within(
    skeleton: &Skeleton,
    zone: Zone,
    from: Timestamp,
    to: Timestamp,
    budget: &mut Budget,
) -> Expanded {
    let mut expansion = Expansion::of(skeleton, zone, from, to);
    expansion.take(skeleton.start, None);
    for (date, length) in &skeleton.dates {
        let local = match date {
            Written::Utc(at) => skeleton.wall.local(*at, zone),
            Written::Local(local) => *local,
            Written::Day(day) if skeleton.is_day => midnight(*day),
            // A day among times: at the time of day of the start.
            Written::Day(day) => day.and_time(skeleton.start.time()),
        };
        let at = match date {
            Written::Utc(at) if !skeleton.is_day => Some(*at),
            _ => None,
        };
        expansion.take_at(local, at, *length);
    }
    if skeleton.length.total() > 0 {
        for rule in &skeleton.rules {
            expansion.follow(rule, budget);
        }
    }
    expansion.done()
}

struct Expansion<'a> {
    skeleton: &'a Skeleton,
    zone: Zone,
    from: Timestamp,
    to: Timestamp,
    left_out: HashSet<Timestamp>,
    left_out_days: HashSet<NaiveDate>,
    found: Vec<Interval>,
    goes_on: bool,
    unknown_from: Option<Timestamp>,
}

impl<'a> Expansion<'a> {
    fn of(skeleton: &'a Skeleton, zone: Zone, from: Timestamp, to: Timestamp) -> Self {
        let (mut left_out, mut left_out_days) = (HashSet::new(), HashSet::new());
        for date in &skeleton.except {
            match date {
                Written::Day(day) => drop(left_out_days.insert(*day)),
                Written::Local(local) if skeleton.is_day => drop(left_out_days.insert(local.date())),
                Written::Utc(at) if skeleton.is_day => drop(left_out_days.insert(zone.date(*at))),
                Written::Local(local) => drop(left_out.insert(skeleton.wall.instant(*local, zone))),
                Written::Utc(at) => drop(left_out.insert(*at)),
            }
        }
        Self {
            skeleton,
            zone,
            from,
            to,
            left_out,
            left_out_days,
            found: Vec::new(),
            goes_on: false,
            unknown_from: None,
        }
    }

    /// One time of the event, on its wall clock.
    fn take(&mut self, local: NaiveDateTime, length: Option<Length>) {
        self.take_at(local, None, length);
    }

    /// One time of the event: its instant, if it is known better than by its wall clock.
    fn take_at(&mut self, local: NaiveDateTime, at: Option<Timestamp>, length: Option<Length>) {
        let Skeleton { wall, since, before, shift, .. } = self.skeleton;
        if since.is_some_and(|since| local < since) || before.is_some_and(|before| local >= before) {
            return;
        }
        if self.left_out_days.contains(&local.date()) {
            return;
        }
        let length = length.unwrap_or(self.skeleton.length);
        let (local, at) = if *shift == 0 {
            let at = at.unwrap_or_else(|| wall.instant(local, self.zone));
            if self.left_out.contains(&at) {
                return;
            }
            (local, at)
        } else {
            if !self.left_out.is_empty() && self.left_out.contains(&wall.instant(local, self.zone)) {
                return;
            }
            let local = moved(local, *shift);
            (local, wall.instant(local, self.zone))
        };
        let end = end(wall, local, at, length, self.zone);
        self.goes_on |= end > self.to;
        let whole = Interval { start: at.ms(), end: end.ms() };
        if let Some(interval) = whole.within(self.from, self.to) {
            match self.found.last_mut() {
                Some(last) if last.start <= interval.start && interval.start <= last.end => {
                    last.end = last.end.max(interval.end);
                }
                _ => self.found.push(interval),
            }
        }
    }

    /// All times of a rule.
    fn follow(&mut self, rule: &Rule, budget: &mut Budget) {
        let skeleton = self.skeleton;
        let around = |at: Timestamp, hours: i64| moved(at.utc().naive_utc(), hours * 3_600 - skeleton.shift);
        // Days may be 25 hours long, and more than one of an event's may be.
        let reach = skeleton.length.total().saturating_add(skeleton.length.days.saturating_mul(DAY / 12));
        let span = Span {
            start: skeleton.start,
            until: rule.until().map(|until| self.last_moment(until)),
            from: around(self.from.plus(-reach), -CLOCKS_APART).max(skeleton.since.unwrap_or(skeleton.start)),
            to: around(self.to, CLOCKS_APART).min(skeleton.before.unwrap_or(NaiveDateTime::MAX)),
        };
        let mut own = Budget::of(EVENT_STEPS.min(budget.left()));
        let given = own.left();
        let outcome = rule.walk(&span, &mut own, &mut |at| self.take(at, None));
        let _ = budget.spend(given - own.left());
        match outcome {
            Outcome::Ended => {}
            Outcome::GoesOn => self.goes_on |= skeleton.before.is_none_or(|before| before > span.to),
            Outcome::Spent { reached } => {
                self.goes_on = true;
                let reached = skeleton.wall.instant(moved(reached, skeleton.shift), self.zone).max(self.from);
                if reached < self.to {
                    self.unknown_from =
                        Some(self.unknown_from.map_or(reached, |earlier| earlier.min(reached)));
                }
            }
        }
    }

    /// The last moment of a rule on the event's wall clock. Where programs do not agree what was meant, the later.
    fn last_moment(&self, until: Until) -> NaiveDateTime {
        match until {
            Until::Day(day) => day.and_hms_opt(23, 59, 59).unwrap_or_else(|| midnight(day)),
            Until::Local(local) => local,
            Until::Utc(utc) => {
                let local = self.skeleton.wall.local(utc.and_utc().into(), self.zone);
                // For days, some write the reader's midnight, some the day's in UTC.
                if self.skeleton.is_day { local.max(utc) } else { local }
            }
        }
    }

    fn done(mut self) -> Expanded {
        if let Some(from) = self.unknown_from {
            self.found.push(Interval { start: from.ms(), end: self.to.ms() });
        }
        Expanded { intervals: union(self.found), goes_on: self.goes_on, unknown_from: self.unknown_from }
    }
}

/// Days by the wall clock, what is left in exact time (RFC 5545, 3.3.6).
fn end(wall: &Wall, local: NaiveDateTime, at: Timestamp, length: Length, reader: Zone) -> Timestamp {
    let begin = match length.days {
        0 => at,
        days => wall.instant(moved(local, days.saturating_mul(DAY / 1_000)), reader),
    };
    begin.plus(length.ms)
}

fn moved(local: NaiveDateTime, seconds: i64) -> NaiveDateTime {
    TimeDelta::try_seconds(seconds).and_then(|by| local.checked_add_signed(by)).unwrap_or(local)
}
