//! From period to period: the times of a rule within a span.

use chrono::{Datelike, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};

use super::budget::Budget;
use super::days::{DayRules, month_length, week_start};
use super::rule::{Frequency, Rule, bits};
use super::subday;

/// What is asked: wall clocks all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The event's start: from here the rule counts, and what it leaves unsaid is taken from it.
    pub start: NaiveDateTime,
    /// The last moment of the rule, if it has one; times on it count.
    pub until: Option<NaiveDateTime>,
    /// Times before this are not told.
    pub from: NaiveDateTime,
    /// Nor times from here on.
    pub to: NaiveDateTime,
}

/// How a walk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The rule has no further time.
    Ended,
    /// The rule may go on behind the span.
    GoesOn,
    /// The budget was spent: what lies before `reached` is known, the rest is not.
    Spent {
        /// The first moment that was not looked at.
        reached: NaiveDateTime,
    },
}

/// Counts and tells the times that are found, and says when to stop.
pub(super) struct Finds<'a> {
    pub(super) span: &'a Span,
    left: Option<u32>,
    found: &'a mut dyn FnMut(NaiveDateTime),
}

impl Finds<'_> {
    /// One time of the rule, later than those before it; the outcome if it was the last to be told.
    pub(super) fn take(&mut self, at: NaiveDateTime) -> Option<Outcome> {
        if at < self.span.start {
            return None;
        }
        if self.span.until.is_some_and(|until| at > until) {
            return Some(Outcome::Ended);
        }
        if at >= self.span.to {
            return Some(Outcome::GoesOn);
        }
        if at >= self.span.from {
            (self.found)(at);
        }
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(1);
            if *left == 0 {
                return Some(Outcome::Ended);
            }
        }
        None
    }

    /// The outcome, if no time from `at` on can be told.
    pub(super) fn is_behind(&self, at: NaiveDateTime) -> Option<Outcome> {
        if self.span.until.is_some_and(|until| at > until) {
            return Some(Outcome::Ended);
        }
        (at >= self.span.to).then_some(Outcome::GoesOn)
    }
}

impl Rule {
    /// Tells the times of the rule within the span, in their order, each once.
    ///
    /// The start itself is told only where the rule takes it. A rule without COUNT is entered right before the span;
    /// so is one with COUNT where every period has one time; any other is counted from its start.
    pub fn walk(&self, span: &Span, budget: &mut Budget, found: &mut dyn FnMut(NaiveDateTime)) -> Outcome {
        let mut first = 0;
        let mut left = self.count;
        if self.count.is_none() || self.is_plain() {
            first = self.first_period(span);
            if let Some(count) = left {
                match u32::try_from(first).ok().and_then(|before| count.checked_sub(before)) {
                    None | Some(0) => return Outcome::Ended,
                    rest => left = rest,
                }
            }
        }
        let mut finds = Finds { span, left, found };
        if self.frequency < Frequency::Daily {
            return subday::walk(self, first, budget, &mut finds);
        }
        let days = DayRules::of(self, span.start);
        let times = self.times(span.start);
        let mut chosen = Vec::new();
        for n in first.. {
            let Some(period) = self.period(span.start, n) else { return Outcome::Ended };
            let reached = period.and_time(NaiveTime::MIN);
            if let Some(outcome) = finds.is_behind(reached) {
                return outcome;
            }
            chosen.clear();
            let looked_at = self.days_of(period, &days, &mut chosen);
            if !budget.spend(1 + looked_at / 8) {
                return Outcome::Spent { reached };
            }
            if let Some(outcome) = self.tell(&chosen, &times, budget, &mut finds) {
                return outcome;
            }
        }
        Outcome::Ended
    }

    /// A period that begins before the span and is as near to it as arithmetic tells.
    fn first_period(&self, span: &Span) -> i64 {
        let ahead = span.from.signed_duration_since(span.start).num_seconds();
        if ahead <= 0 {
            return 0;
        }
        let unit = match self.frequency {
            Frequency::Secondly => 1,
            Frequency::Minutely => 60,
            Frequency::Hourly => 3_600,
            Frequency::Daily => 86_400,
            Frequency::Weekly => 7 * 86_400,
            // Never shorter than the real ones, so that the guess is never too far.
            Frequency::Monthly => 31 * 86_400,
            Frequency::Yearly => 366 * 86_400,
        };
        let exact = match self.frequency {
            Frequency::Monthly | Frequency::Yearly => {
                let months = i64::from(span.from.year() - span.start.year()) * 12
                    + i64::from(span.from.month())
                    - i64::from(span.start.month());
                if self.frequency == Frequency::Monthly { months } else { months / 12 }
            }
            _ => ahead / unit,
        };
        (exact / i64::from(self.interval) - 1).max(0)
    }

    /// The first day of the nth period; `None` behind the end of all calendars.
    fn period(&self, start: NaiveDateTime, n: i64) -> Option<NaiveDate> {
        let by = n.checked_mul(i64::from(self.interval))?;
        let date = start.date();
        let day = match self.frequency {
            Frequency::Yearly => {
                let year = i64::from(date.year()).checked_add(by)?;
                NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, 1, 1)?
            }
            Frequency::Monthly => {
                date.with_day(1)?.checked_add_months(Months::new(u32::try_from(by).ok()?))?
            }
            Frequency::Weekly => {
                let first = week_start(date, self.week_start)?;
                first.checked_add_signed(TimeDelta::try_days(by.checked_mul(7)?)?)?
            }
            _ => date.checked_add_signed(TimeDelta::try_days(by)?)?,
        };
        (day.year() <= 9_999).then_some(day)
    }

    /// The days that the rule takes of the period; how many were looked at.
    fn days_of(&self, period: NaiveDate, days: &DayRules, chosen: &mut Vec<NaiveDate>) -> u32 {
        let mut looked_at = 0;
        let mut look = |first: NaiveDate, length: u32| {
            looked_at += length;
            let all = first.iter_days().take(usize::try_from(length).unwrap_or_default());
            chosen.extend(all.filter(|day| days.take(*day)));
        };
        match self.frequency {
            Frequency::Yearly => {
                for month in (1..=12).filter(|month| days.months == 0 || days.months >> month & 1 == 1) {
                    if let Some(first) = period.with_month(month) {
                        look(first, month_length(first));
                    }
                }
            }
            Frequency::Monthly => {
                if days.months == 0 || days.months >> period.month() & 1 == 1 {
                    look(period, month_length(period));
                }
            }
            Frequency::Weekly => look(period, 7),
            _ => look(period, 1),
        }
        looked_at
    }

    /// The times of a day.
    fn times(&self, start: NaiveDateTime) -> Vec<NaiveTime> {
        let or = |set: u64, own: u32| if set == 0 { 1 << own } else { set };
        let (hours, minutes) = (or(self.hours, start.hour()), or(self.minutes, start.minute()));
        let seconds = or(self.seconds, start.second());
        let times = bits(hours).flat_map(|hour| {
            bits(minutes).flat_map(move |minute| {
                bits(seconds).filter_map(move |second| NaiveTime::from_hms_opt(hour, minute, second))
            })
        });
        times.collect()
    }

    /// Tells the times of one period, or those of its positions.
    fn tell(
        &self,
        days: &[NaiveDate],
        times: &[NaiveTime],
        budget: &mut Budget,
        finds: &mut Finds,
    ) -> Option<Outcome> {
        let all = days.len() * times.len();
        let at = |i: usize| Some(days.get(i / times.len())?.and_time(*times.get(i % times.len())?));
        let mut tell = |at: NaiveDateTime| {
            if !budget.spend(1) {
                return Some(Outcome::Spent { reached: at });
            }
            finds.take(at)
        };
        if self.positions.is_empty() {
            return (0..all).filter_map(at).find_map(tell);
        }
        places(&self.positions, all).into_iter().filter_map(at).find_map(&mut tell)
    }
}

/// The places (from 0) of positions (from 1, or from -1 at the end) in a set of `all`, sorted, each once.
pub(super) fn places(positions: &[i16], all: usize) -> Vec<usize> {
    let place = |position: &i16| {
        let steps = usize::from(position.unsigned_abs());
        if *position > 0 { Some(steps - 1).filter(|at| *at < all) } else { all.checked_sub(steps) }
    };
    let mut places: Vec<usize> = positions.iter().filter_map(place).collect();
    places.sort_unstable();
    places.dedup();
    places
}
