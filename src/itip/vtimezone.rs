//! A zone described in the message itself (RFC 5545, 3.6.5): the last resort, for zones nobody knows by name.
//!
//! It reads `STANDARD` and `DAYLIGHT` with a yearly RRULE or with RDATEs, which is what programs write;
//! it knows no other recurrence.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, TimeDelta, Weekday};

use crate::base::Timestamp;

use super::content::Component;
use super::moment::{Written, written};

/// The most onsets by RDATE that are kept of one observance.
const DATES_MAX: usize = 1_000;

/// A zone's rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rules {
    observances: Vec<Observance>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Observance {
    is_standard: bool,
    /// What it was read from.
    source: Source,
    /// Seconds east of Greenwich, before and after the onset.
    from: i32,
    to: i32,
    start: NaiveDateTime,
    yearly: Option<Yearly>,
    dates: Vec<NaiveDateTime>,
}

/// An observance's properties, as texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Source {
    from: String,
    to: String,
    start: String,
    rule: String,
    dates: Vec<String>,
}

/// `FREQ=YEARLY`: a day of a month, at the time of day of `start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Yearly {
    month: u32,
    day: DayRule,
    /// As local time before the onset.
    until: Option<NaiveDateTime>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DayRule {
    /// The day of the month.
    Number(u32),
    /// The nth such weekday; from the end if negative.
    Nth(i8, Weekday),
    /// The first such weekday on or after a day of the month.
    OnOrAfter(u32, Weekday),
}

impl Rules {
    /// Reads a VTIMEZONE; `None` if nothing can be told from it (some programs write empty ones).
    pub(super) fn read(component: &Component) -> Option<Self> {
        let observances: Vec<Observance> = component.inner.iter().filter_map(Observance::read).collect();
        (!observances.is_empty()).then_some(Self { observances })
    }

    /// The instant of a local time: one that is skipped has the offset before the gap, of one that
    /// comes twice the first is meant (RFC 5545, 3.3.5).
    pub(super) fn instant(&self, local: NaiveDateTime) -> Option<Timestamp> {
        let offset = self.offset(local)?;
        let utc = local.checked_sub_signed(TimeDelta::seconds(i64::from(offset)))?;
        Some(utc.and_utc().into())
    }

    /// The wall clock at an instant.
    pub(super) fn local(&self, at: Timestamp) -> NaiveDateTime {
        let utc = at.utc().naive_utc();
        let there = |offset: i32| utc.checked_add_signed(TimeDelta::seconds(i64::from(offset)));
        let offsets = self.observances.iter().flat_map(|one| [one.to, one.from]);
        let mut walls = offsets.filter_map(there);
        walls
            .find(|local| self.instant(*local) == Some(at))
            // The second time through an hour that comes twice: the offset of the first, after it.
            .or_else(|| {
                let hour = TimeDelta::hours(3);
                let before = self.offset(utc.checked_sub_signed(hour)?)?;
                there(before)
            })
            .unwrap_or(utc)
    }

    /// As one word, from which [`Rules::of_text`] makes the same rules again.
    pub(super) fn to_text(&self) -> String {
        let observance = |one: &Observance| {
            let Source { from, to, start, rule, dates } = &one.source;
            let kind = if one.is_standard { 'S' } else { 'D' };
            format!("{kind}/{from}/{to}/{start}/{rule}/{}", dates.join(","))
        };
        self.observances.iter().map(observance).collect::<Vec<_>>().join("|")
    }

    /// The rules that [`Rules::to_text`] wrote; `None` if it did not.
    pub(super) fn of_text(text: &str) -> Option<Self> {
        let observance = |text: &str| {
            let parts: Vec<String> = text.split('/').map(str::to_owned).collect();
            let [kind, from, to, start, rule, dates] = <[String; 6]>::try_from(parts).ok()?;
            let dates = dates.split(',').filter(|date| !date.is_empty()).map(str::to_owned).collect();
            Observance::of(kind == "S", Source { from, to, start, rule, dates })
        };
        let observances: Option<Vec<Observance>> = text.split('|').map(observance).collect();
        observances.filter(|all| !all.is_empty()).map(|observances| Self { observances })
    }

    fn offset(&self, local: NaiveDateTime) -> Option<i32> {
        let latest = self
            .observances
            .iter()
            .filter_map(|observance| observance.last_onset(local).map(|onset| (onset, observance)))
            .max_by_key(|(onset, _)| *onset);
        let Some((onset, observance)) = latest else {
            // Before the first onset: what it changes from, and better a standard time than not.
            let first = self.observances.iter().min_by_key(|one| (one.first_onset(), !one.is_standard))?;
            return Some(first.from);
        };
        let gap = TimeDelta::seconds(i64::from(observance.to) - i64::from(observance.from));
        let is_skipped = gap > TimeDelta::zero() && local.signed_duration_since(onset) < gap;
        Some(if is_skipped { observance.from } else { observance.to })
    }
}

impl Observance {
    fn read(component: &Component) -> Option<Self> {
        let is_standard = match component.name.as_str() {
            "STANDARD" => true,
            "DAYLIGHT" => false,
            _ => return None,
        };
        let value = |name: &str| component.line(name).map(|line| clean(&line.value)).unwrap_or_default();
        let dates = component.all("RDATE").flat_map(|line| line.value.split(',')).map(clean);
        let source = Source {
            from: value("TZOFFSETFROM"),
            to: value("TZOFFSETTO"),
            start: value("DTSTART"),
            rule: value("RRULE"),
            dates: dates.take(DATES_MAX).collect(),
        };
        Self::of(is_standard, source)
    }

    fn of(is_standard: bool, source: Source) -> Option<Self> {
        let to = seconds_east(&source.to)?;
        let from = seconds_east(&source.from).unwrap_or(to);
        let start = local(&source.start, from);
        let start = start.or_else(|| NaiveDate::from_ymd_opt(1601, 1, 1)?.and_hms_opt(0, 0, 0))?;
        Some(Self {
            is_standard,
            from,
            to,
            start,
            yearly: Yearly::read(&source.rule, start, from),
            dates: source.dates.iter().filter_map(|date| local(date, from)).collect(),
            source,
        })
    }

    fn first_onset(&self) -> NaiveDateTime {
        self.dates.iter().copied().chain([self.start]).min().unwrap_or(self.start)
    }

    /// The latest onset at or before `local`.
    fn last_onset(&self, local: NaiveDateTime) -> Option<NaiveDateTime> {
        let yearly = self.yearly.iter().flat_map(|rule| {
            // This year's, last year's, and the last of a rule that has ended.
            let last = rule.until.map_or(local.year(), |until| until.year().min(local.year()));
            [last, last - 1].into_iter().filter_map(|year| {
                let onset = rule.onset(year)?.and_time(self.start.time());
                (onset >= self.start && rule.until.is_none_or(|until| onset <= until)).then_some(onset)
            })
        });
        self.dates.iter().copied().chain([self.start]).chain(yearly).filter(|onset| *onset <= local).max()
    }
}

impl Yearly {
    fn read(rule: &str, start: NaiveDateTime, from: i32) -> Option<Self> {
        let rule = rule.to_ascii_uppercase();
        let part = |name: &str| {
            rule.split(';').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('=')).map(str::trim)
        };
        if part("FREQ")? != "YEARLY" {
            return None;
        }
        let month = part("BYMONTH").and_then(|month| month.parse().ok()).unwrap_or(start.month());
        let first_day = part("BYMONTHDAY").and_then(|days| days.split(',').next()?.parse::<u32>().ok());
        let position = part("BYSETPOS").and_then(|position| position.parse::<i8>().ok());
        let weekday = part("BYDAY").and_then(weekday_rule);
        let day = match (weekday, first_day) {
            (Some((0, weekday)), Some(first)) => DayRule::OnOrAfter(first, weekday),
            (Some((0, weekday)), None) => DayRule::Nth(position.unwrap_or(1), weekday),
            (Some((nth, weekday)), _) => DayRule::Nth(nth, weekday),
            (None, first) => DayRule::Number(first.unwrap_or(start.day())),
        };
        let until = part("UNTIL").and_then(|until| local(until, from));
        Some(Self { month, day, until })
    }

    fn onset(&self, year: i32) -> Option<NaiveDate> {
        match self.day {
            DayRule::Number(day) => NaiveDate::from_ymd_opt(year, self.month, day),
            DayRule::Nth(nth, weekday) if nth > 0 => {
                NaiveDate::from_weekday_of_month_opt(year, self.month, weekday, nth.unsigned_abs())
            }
            DayRule::Nth(nth, weekday) => (1..=5_u8)
                .rev()
                .filter_map(|n| NaiveDate::from_weekday_of_month_opt(year, self.month, weekday, n))
                .nth(usize::from(nth.unsigned_abs().saturating_sub(1))),
            DayRule::OnOrAfter(day, weekday) => {
                let first = NaiveDate::from_ymd_opt(year, self.month, day)?;
                let ahead = weekday.days_since(first.weekday());
                first.checked_add_days(Days::new(u64::from(ahead)))
            }
        }
    }
}

/// `-1SU` is the last Sunday; a bare `SU` has the number 0.
fn weekday_rule(text: &str) -> Option<(i8, Weekday)> {
    let text = text.split(',').next()?.trim();
    let split = text.len().checked_sub(2)?;
    let (number, day) = (text.get(..split)?, text.get(split..)?);
    let weekday = match day {
        "MO" => Weekday::Mon,
        "TU" => Weekday::Tue,
        "WE" => Weekday::Wed,
        "TH" => Weekday::Thu,
        "FR" => Weekday::Fri,
        "SA" => Weekday::Sat,
        "SU" => Weekday::Sun,
        _ => return None,
    };
    let number = if number.is_empty() { 0 } else { number.trim_start_matches('+').parse().ok()? };
    Some((number, weekday))
}

/// What can stand in one word: values here are letters, digits and a few signs.
fn clean(value: &str) -> String {
    value
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | ':' | ';' | '=' | ','))
        .collect()
}

/// A local time; one written in UTC is taken to the wall clock before the onset.
fn local(value: &str, from: i32) -> Option<NaiveDateTime> {
    match written(value)? {
        Written::Local(local) => Some(local),
        Written::Utc(at) => at.utc().naive_utc().checked_add_signed(TimeDelta::seconds(i64::from(from))),
        Written::Day(day) => day.and_hms_opt(0, 0, 0),
    }
}

/// `+0100`, `-0330`, `+013000` in seconds.
fn seconds_east(value: &str) -> Option<i32> {
    let value = value.trim();
    let (sign, digits) = match value.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => (1, value),
    };
    let digits = digits.replace(':', "");
    if !matches!(digits.len(), 4 | 6) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i32 = if digits.len() == 4 { format!("{digits}00") } else { digits }.parse().ok()?;
    let (hours, minutes, seconds) = (number / 10_000, number / 100 % 100, number % 100);
    (hours <= 18 && minutes < 60 && seconds < 60).then_some(sign * (hours * 3600 + minutes * 60 + seconds))
}
