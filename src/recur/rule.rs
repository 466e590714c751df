//! A recurrence rule as a value, and as text again.

use std::fmt;

use chrono::{NaiveDate, NaiveDateTime, Weekday};

/// How often a rule's period comes round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Frequency {
    /// Every so many seconds.
    Secondly,
    /// Every so many minutes.
    Minutely,
    /// Every so many hours.
    Hourly,
    /// Every so many days.
    Daily,
    /// Every so many weeks, which begin on `WKST`.
    Weekly,
    /// Every so many months.
    Monthly,
    /// Every so many years.
    Yearly,
}

impl Frequency {
    /// All of them, with the words of RFC 5545.
    pub(super) const WORDS: [(&'static str, Self); 7] = [
        ("SECONDLY", Self::Secondly),
        ("MINUTELY", Self::Minutely),
        ("HOURLY", Self::Hourly),
        ("DAILY", Self::Daily),
        ("WEEKLY", Self::Weekly),
        ("MONTHLY", Self::Monthly),
        ("YEARLY", Self::Yearly),
    ];
}

/// The last moment of a rule, which it includes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// That whole day, by the wall clock of the event.
    Day(NaiveDate),
    /// By the wall clock of the event.
    Local(NaiveDateTime),
    /// In UTC.
    Utc(NaiveDateTime),
}

/// A recurrence rule: RFC 5545, 3.3.10, the whole of it.
///
/// Sets of numbers are kept as bits where they are small. An empty set is a part that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub(super) frequency: Frequency,
    /// At least 1.
    pub(super) interval: u32,
    /// At least 1.
    pub(super) count: Option<u32>,
    pub(super) until: Option<Until>,
    /// Bits 0 to 59.
    pub(super) seconds: u64,
    /// Bits 0 to 59.
    pub(super) minutes: u64,
    /// Bits 0 to 23.
    pub(super) hours: u64,
    /// Bits 1 to 12.
    pub(super) months: u64,
    /// Bits 1 to 31, from the month's beginning.
    pub(super) month_days: u64,
    /// Bits 1 to 31, from the month's end.
    pub(super) month_days_back: u64,
    /// ±1 to ±366, sorted.
    pub(super) year_days: Vec<i16>,
    /// ±1 to ±53, sorted.
    pub(super) weeks: Vec<i16>,
    /// The nth such weekday, every one if 0; sorted.
    pub(super) weekdays: Vec<(i16, u8)>,
    /// ±1 to ±366, sorted.
    pub(super) positions: Vec<i16>,
    pub(super) week_start: Weekday,
}

impl Rule {
    /// How often its period comes round.
    pub const fn frequency(&self) -> Frequency {
        self.frequency
    }

    /// The last moment it says, if it says one.
    pub const fn until(&self) -> Option<Until> {
        self.until
    }

    /// Whether every period has exactly one time: the nth time is the nth period's.
    pub(super) fn is_plain(&self) -> bool {
        let bits = self.seconds | self.minutes | self.hours | self.months;
        bits == 0 && !self.names_days() && self.positions.is_empty() && self.frequency <= Frequency::Weekly
    }

    /// Whether a part says which days of the period are meant, so that the start's own day does not.
    pub(super) fn names_days(&self) -> bool {
        self.month_days | self.month_days_back != 0
            || !self.year_days.is_empty()
            || !self.weeks.is_empty()
            || !self.weekdays.is_empty()
    }
}

/// Why a rule was not understood: the part, as it was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the recurrence rule is not understood at “{0}”")]
pub struct BadRule(pub(super) String);

/// The two letters of a weekday, counted from Monday.
pub(super) const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// The bits of a set, in their order.
pub(super) fn bits(set: u64) -> impl Iterator<Item = u32> {
    (0..64).filter(move |bit| set >> bit & 1 == 1)
}

fn list<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    values: impl Iterator<Item = T>,
) -> fmt::Result {
    for (i, value) in values.enumerate() {
        if i == 0 { write!(f, ";{name}={value}")? } else { write!(f, ",{value}")? }
    }
    Ok(())
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = Frequency::WORDS.iter().find(|(_, one)| *one == self.frequency).map_or("", |row| row.0);
        write!(f, "FREQ={word}")?;
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        if let Some(count) = self.count {
            write!(f, ";COUNT={count}")?;
        }
        match self.until {
            Some(Until::Day(day)) => write!(f, ";UNTIL={}", day.format("%Y%m%d"))?,
            Some(Until::Local(at)) => write!(f, ";UNTIL={}", at.format("%Y%m%dT%H%M%S"))?,
            Some(Until::Utc(at)) => write!(f, ";UNTIL={}Z", at.format("%Y%m%dT%H%M%S"))?,
            None => {}
        }
        list(f, "BYMONTH", bits(self.months))?;
        list(f, "BYWEEKNO", self.weeks.iter())?;
        list(f, "BYYEARDAY", self.year_days.iter())?;
        let back = bits(self.month_days_back).map(|day| -i64::from(day));
        list(f, "BYMONTHDAY", bits(self.month_days).map(i64::from).chain(back))?;
        list(
            f,
            "BYDAY",
            self.weekdays.iter().map(|(nth, day)| {
                let day = WEEKDAYS.get(usize::from(*day)).copied().unwrap_or_default();
                if *nth == 0 { day.to_owned() } else { format!("{nth}{day}") }
            }),
        )?;
        list(f, "BYHOUR", bits(self.hours))?;
        list(f, "BYMINUTE", bits(self.minutes))?;
        list(f, "BYSECOND", bits(self.seconds))?;
        list(f, "BYSETPOS", self.positions.iter())?;
        if self.week_start != Weekday::Mon {
            let at = usize::try_from(self.week_start.num_days_from_monday()).unwrap_or_default();
            write!(f, ";WKST={}", WEEKDAYS.get(at).copied().unwrap_or_default())?;
        }
        Ok(())
    }
}
