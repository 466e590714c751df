//! A person's hours: local wall time by weekday, with exceptions by date.
//!
//! Nothing is an instant until a zone and a span of time are given ([`Hours::between`]), so that nine o'clock stays nine
//! o'clock on both sides of a clock change. Whose hours they are, and who may read them, is for the rooms.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Weekday};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::time::{Resolved, Timestamp, Zone};

/// The minutes of a day that no clock change makes longer or shorter.
const DAY_MINUTES: u16 = 1_440;
/// The most windows a day may have.
pub const WINDOWS_MAX: usize = 12;

/// A part of a day, in minutes from local midnight. One that ends at or before the minute it starts at ends on the next
/// day, as a night shift does; a whole day is `00:00-24:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    start: u16,
    end: u16,
}

impl Window {
    /// From `start` (0 to 1439) to `end`, both in minutes from local midnight; an end beyond 1440 lies on the next day.
    /// `None` for what is no time of day, is empty, or is longer than a day.
    pub fn new(start: u16, end: u16) -> Option<Self> {
        (start < DAY_MINUTES && start < end && end - start <= DAY_MINUTES).then_some(Self { start, end })
    }

    /// Reads `09:00-12:30`; an end at or before the start lies on the next day: `22:00-06:00`.
    pub fn parse(text: &str) -> Option<Self> {
        let (start, end) = text.split_once(['-', '–'])?;
        let (start, end) = (minutes(start)?, minutes(end)?);
        Self::new(start, if end <= start { end + DAY_MINUTES } else { end })
    }

    /// When it starts, in minutes from local midnight.
    pub fn start(self) -> u16 {
        self.start
    }

    /// When it ends, in minutes from the midnight before its start.
    pub fn end(self) -> u16 {
        self.end
    }

    /// The longest stretch that two parts of every day have in common, in minutes.
    pub fn shared(self, other: Self) -> u16 {
        let common = |one: Self, other: Self, later: u16| {
            one.end.min(other.end + later).saturating_sub(one.start.max(other.start + later))
        };
        let (same, next, before) =
            (common(self, other, 0), common(self, other, DAY_MINUTES), common(other, self, DAY_MINUTES));
        same.max(next).max(before)
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = if self.end > DAY_MINUTES { self.end - DAY_MINUTES } else { self.end };
        write!(f, "{:02}:{:02}-{:02}:{:02}", self.start / 60, self.start % 60, end / 60, end % 60)
    }
}

impl Serialize for Window {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Window {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(format!("{text:?} is no time of day such as 09:00-12:30"))
        })
    }
}

/// A day that is named: by its weekday, or by its date. As text `tue` or `2026-11-24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedDay {
    /// Each one of this name.
    Weekday(Weekday),
    /// That one.
    Date(NaiveDate),
}

impl NamedDay {
    /// From its text.
    pub fn parse(text: &str) -> Option<Self> {
        let weekdays = std::iter::successors(Some(Weekday::Mon), |day| Some(day.succ())).take(7);
        let mut named = weekdays.map(Self::Weekday);
        named.find(|day| day.to_string() == text).or_else(|| text.parse().ok().map(Self::Date))
    }

    /// As people call it: `Tuesday`, `24 Nov`.
    pub fn name(self) -> String {
        match self {
            Self::Weekday(day) => {
                let names = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
                names[day.num_days_from_monday() as usize].to_owned()
            }
            Self::Date(day) => day.format("%-d %b").to_string(),
        }
    }

    /// Whether it is this day.
    pub fn is(self, date: NaiveDate) -> bool {
        match self {
            Self::Weekday(day) => date.weekday() == day,
            Self::Date(day) => date == day,
        }
    }
}

impl fmt::Display for NamedDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weekday(day) => write!(f, "{}", day.to_string().to_lowercase()),
            Self::Date(day) => write!(f, "{day}"),
        }
    }
}

impl Serialize for NamedDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NamedDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("{text:?} is no day such as tue or 2026-11-24")))
    }
}

/// Reads `9:00`, `09:30` or `24:00` as minutes from midnight.
fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let digits = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !digits(hour, 2) || !digits(minute, 2) || minute.len() != 2 {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (minute < 60 && hour * 60 + minute <= DAY_MINUTES).then_some(hour * 60 + minute)
}

/// Why a list of windows is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadWindows {
    /// Two of them share a minute.
    Overlap(Window, Window),
    /// There are more than [`WINDOWS_MAX`].
    TooMany,
}

impl fmt::Display for BadWindows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overlap(one, other) => write!(f, "{one} and {other} overlap."),
            Self::TooMany => write!(f, "A day can have {WINDOWS_MAX} windows at most."),
        }
    }
}

/// Puts the windows of one day in order; refuses those that overlap.
pub fn of_a_day(mut windows: Vec<Window>) -> Result<Vec<Window>, BadWindows> {
    if windows.len() > WINDOWS_MAX {
        return Err(BadWindows::TooMany);
    }
    windows.sort_unstable();
    match windows.windows(2).find(|pair| pair[1].start < pair[0].end) {
        Some(pair) => Err(BadWindows::Overlap(pair[0], pair[1])),
        None => Ok(windows),
    }
}

/// The windows of each weekday, Monday first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "[Vec<Window>; 7]")]
pub struct Week([Vec<Window>; 7]);

impl Week {
    /// Seven lists of windows, Monday first; each is put in order. None may overlap another, over midnight included.
    pub fn new(days: [Vec<Window>; 7]) -> Result<Self, BadWindows> {
        let mut week: [Vec<Window>; 7] = Default::default();
        for (at, windows) in days.into_iter().enumerate() {
            week[at] = of_a_day(windows)?;
        }
        for at in 0..7 {
            let (Some(&last), Some(&first)) = (week[at].last(), week[(at + 1) % 7].first()) else { continue };
            if last.end > first.start + DAY_MINUTES {
                return Err(BadWindows::Overlap(last, first));
            }
        }
        Ok(Self(week))
    }

    /// The same window on every day.
    pub fn every_day(window: Window) -> Self {
        Self(std::array::from_fn(|_| vec![window]))
    }

    /// Nine to five from Monday to Friday: what is meant by somebody who said nothing.
    pub fn office() -> Self {
        let day = vec![Window { start: 9 * 60, end: 17 * 60 }];
        Self(std::array::from_fn(|at| if at < 5 { day.clone() } else { Vec::new() }))
    }

    /// The windows of a weekday.
    pub fn on(&self, day: chrono::Weekday) -> &[Window] {
        &self.0[day.num_days_from_monday() as usize]
    }

    /// All seven, Monday first.
    pub fn days(&self) -> &[Vec<Window>; 7] {
        &self.0
    }
}

impl TryFrom<[Vec<Window>; 7]> for Week {
    type Error = BadWindows;

    fn try_from(days: [Vec<Window>; 7]) -> Result<Self, BadWindows> {
        Self::new(days)
    }
}

/// A week, and the dates that have other windows than their weekday; a date without any is a day off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hours {
    /// What holds on every date that has no exception.
    pub week: Week,
    /// What holds on these dates in its place.
    pub exceptions: BTreeMap<NaiveDate, Vec<Window>>,
}

impl Hours {
    /// The windows that start on `date`.
    pub fn on(&self, date: NaiveDate) -> &[Window] {
        self.exceptions.get(&date).map_or_else(|| self.week.on(date.weekday()), Vec::as_slice)
    }

    /// The spans of time within `from` to `to` that these hours cover in `zone`: sorted, apart from each other, none
    /// empty. A start that a clock change skips or repeats is read as RFC 5545 (3.3.5) says; an end that is skipped is the
    /// moment of the change, so that nobody is asked to stay beyond the minute they named.
    pub fn between(&self, zone: Zone, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, Timestamp)> {
        let mut spans: Vec<(Timestamp, Timestamp)> = Vec::new();
        if to <= from {
            return spans;
        }
        let last = zone.date(to);
        // A window of the day before may reach into the first day.
        let mut next = zone.date(from).pred_opt();
        while let Some(date) = next.filter(|date| *date <= last) {
            for window in self.on(date) {
                let start = zone.resolve(local(date, window.start)).instant().max(from);
                let end = closing(zone, local(date, window.end)).min(to);
                if start < end {
                    spans.push((start, end));
                }
            }
            next = date.succ_opt();
        }
        merged(spans)
    }
}

fn local(date: NaiveDate, minutes: u16) -> NaiveDateTime {
    let day = date.checked_add_days(Days::new(u64::from(minutes / DAY_MINUTES))).unwrap_or(date);
    day.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(minutes % DAY_MINUTES))
}

/// The instant at which a window ends; the moment of the change, where a clock change skips its end.
fn closing(zone: Zone, end: NaiveDateTime) -> Timestamp {
    let resolved = zone.resolve(end);
    let Resolved::Skipped(_) = resolved else { return resolved.instant() };
    // No change of any clock skips more than a day and a bit (Samoa skipped a day in 2011).
    let before = (1..=26 * 60).find_map(|minutes| match zone.resolve(end - TimeDelta::minutes(minutes)) {
        Resolved::Skipped(_) => None,
        found => Some(found.instant().plus(super::time::MINUTE)),
    });
    before.unwrap_or_else(|| resolved.instant())
}

/// Sorted, and apart from each other.
fn merged(mut spans: Vec<(Timestamp, Timestamp)>) -> Vec<(Timestamp, Timestamp)> {
    spans.sort_unstable();
    let mut apart: Vec<(Timestamp, Timestamp)> = Vec::with_capacity(spans.len());
    for (start, end) in spans {
        match apart.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => apart.push((start, end)),
        }
    }
    apart
}
