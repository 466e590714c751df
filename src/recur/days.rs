//! Which days a rule takes.

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta, Weekday};

use super::rule::{Frequency, Rule};

/// A rule's conditions on days, with what it leaves unsaid taken from its start.
pub(super) struct DayRules<'a> {
    rule: &'a Rule,
    /// Bits 1 to 12; 0 is every month.
    pub(super) months: u64,
    month_days: u64,
    month_days_back: u64,
    /// Every such weekday: bits from Monday.
    weekdays: u8,
    /// The nth such weekday of its month or year.
    nth: Vec<(i16, u8)>,
    is_nth_of_month: bool,
}

impl<'a> DayRules<'a> {
    pub(super) fn of(rule: &'a Rule, start: NaiveDateTime) -> Self {
        // Below a month, a number before a weekday means nothing (RFC 5545 forbids it), and is not looked at.
        let counts = rule.frequency >= Frequency::Monthly;
        let mut days = Self {
            rule,
            months: rule.months,
            month_days: rule.month_days,
            month_days_back: rule.month_days_back,
            weekdays: rule
                .weekdays
                .iter()
                .filter(|day| day.0 == 0 || !counts)
                .fold(0, |set, day| set | 1 << day.1),
            nth: rule.weekdays.iter().copied().filter(|day| day.0 != 0 && counts).collect(),
            is_nth_of_month: rule.frequency == Frequency::Monthly || rule.months != 0,
        };
        let own_weekday = 1 << start.weekday().num_days_from_monday();
        if !rule.names_days() {
            match rule.frequency {
                Frequency::Yearly => {
                    if days.months == 0 {
                        days.months = 1 << start.month();
                    }
                    days.month_days = 1 << start.day();
                }
                Frequency::Monthly => days.month_days = 1 << start.day(),
                Frequency::Weekly => days.weekdays = own_weekday,
                _ => {}
            }
        } else if rule.weekdays.is_empty()
            && rule.year_days.is_empty()
            && rule.month_days | rule.month_days_back == 0
            && rule.frequency == Frequency::Yearly
        {
            // Weeks by number alone: the start's weekday of each.
            days.weekdays = own_weekday;
        }
        days
    }

    /// Whether every day is taken.
    pub(super) fn is_every(&self) -> bool {
        self.months | self.month_days | self.month_days_back == 0
            && self.weekdays == 0
            && self.nth.is_empty()
            && self.rule.year_days.is_empty()
            && self.rule.weeks.is_empty()
    }

    /// Whether the rule takes this day.
    pub(super) fn take(&self, day: NaiveDate) -> bool {
        (self.months == 0 || self.months >> day.month() & 1 == 1)
            && self.take_by_month_day(day)
            && self.take_by_weekday(day)
            && self.take_by_year_day(day)
            && (self.rule.weeks.is_empty() || self.take_by_week(day))
    }

    fn take_by_month_day(&self, day: NaiveDate) -> bool {
        self.month_days | self.month_days_back == 0
            || self.month_days >> day.day() & 1 == 1
            || self.month_days_back >> (month_length(day) - day.day() + 1) & 1 == 1
    }

    fn take_by_year_day(&self, day: NaiveDate) -> bool {
        let days = &self.rule.year_days;
        days.is_empty() || {
            let (ordinal, length) = (number(day.ordinal()), number(year_length(day)));
            days.binary_search(&ordinal).is_ok() || days.binary_search(&(ordinal - length - 1)).is_ok()
        }
    }

    fn take_by_weekday(&self, day: NaiveDate) -> bool {
        if self.weekdays == 0 && self.nth.is_empty() {
            return true;
        }
        let weekday = day.weekday().num_days_from_monday();
        if self.weekdays >> weekday & 1 == 1 {
            return true;
        }
        let (at, length) = if self.is_nth_of_month {
            (day.day(), month_length(day))
        } else {
            (day.ordinal(), year_length(day))
        };
        let (from_start, from_end) = (number((at - 1) / 7 + 1), -number((length - at) / 7 + 1));
        self.nth.iter().any(|(nth, of)| u32::from(*of) == weekday && (*nth == from_start || *nth == from_end))
    }

    /// Weeks begin on `WKST`, and the first has four days of the year at least. A day counts in the period of the
    /// calendar year it lies in, whichever year its week belongs to.
    fn take_by_week(&self, day: NaiveDate) -> bool {
        let Some(fourth) = week_start(day, self.rule.week_start)
            .and_then(|start| start.checked_add_signed(TimeDelta::days(3)))
        else {
            return false;
        };
        let before = fourth.ordinal0() / 7;
        let after = (year_length(fourth) - fourth.ordinal()) / 7;
        let weeks = &self.rule.weeks;
        weeks.binary_search(&number(before + 1)).is_ok() || weeks.binary_search(&-number(after + 1)).is_ok()
    }
}

/// The first day of the week that `day` lies in.
pub(super) fn week_start(day: NaiveDate, first: Weekday) -> Option<NaiveDate> {
    day.checked_sub_signed(TimeDelta::days(i64::from(day.weekday().days_since(first))))
}

/// The days of a month.
pub(super) fn month_length(day: NaiveDate) -> u32 {
    u32::from(day.num_days_in_month())
}

fn year_length(day: NaiveDate) -> u32 {
    if day.leap_year() { 366 } else { 365 }
}

/// A number of days of at most a year.
fn number(days: u32) -> i16 {
    i16::try_from(days).unwrap_or(i16::MAX)
}
