//! Reading a rule: lenient about case and blanks, strict about what it means.
//!
//! A part that is not understood makes the whole rule not understood: half a rule would be another rule.

use std::str::FromStr;

use chrono::{NaiveDate, NaiveDateTime, Weekday};

use super::rule::{BadRule, Frequency, Rule, Until, WEEKDAYS};

/// The longest rule that is read, in bytes; the longest that means something is shorter.
const BYTES_MAX: usize = 8_192;

impl FromStr for Rule {
    type Err = BadRule;

    fn from_str(text: &str) -> Result<Self, BadRule> {
        if text.len() > BYTES_MAX {
            return Err(BadRule("a rule of more than 8 KiB".to_owned()));
        }
        let upper = text.trim().to_ascii_uppercase();
        // Some programs repeat the property's name.
        let upper = upper.strip_prefix("RRULE:").unwrap_or(&upper);
        let mut rule = Self {
            frequency: Frequency::Daily,
            interval: 1,
            count: None,
            until: None,
            seconds: 0,
            minutes: 0,
            hours: 0,
            months: 0,
            month_days: 0,
            month_days_back: 0,
            year_days: Vec::new(),
            weeks: Vec::new(),
            weekdays: Vec::new(),
            positions: Vec::new(),
            week_start: Weekday::Mon,
        };
        let mut seen: Vec<&str> = Vec::new();
        for part in upper.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let bad = || BadRule(part.chars().take(60).collect());
            let (name, value) = part.split_once('=').ok_or_else(bad)?;
            let (name, value) = (name.trim(), value.trim());
            if seen.contains(&name) {
                return Err(bad());
            }
            seen.push(name);
            rule.take(name, value).ok_or_else(bad)?;
        }
        if seen.contains(&"FREQ") { Ok(rule) } else { Err(BadRule("no FREQ".to_owned())) }
    }
}

impl Rule {
    /// Takes one part in; `None` if it means nothing.
    fn take(&mut self, name: &str, value: &str) -> Option<()> {
        match name {
            "FREQ" => self.frequency = Frequency::WORDS.iter().find(|(word, _)| *word == value)?.1,
            "INTERVAL" => self.interval = value.parse().ok().filter(|interval| *interval >= 1)?,
            "COUNT" => self.count = Some(value.parse().ok().filter(|count| *count >= 1)?),
            "UNTIL" => self.until = Some(until(value)?),
            // A leap second is the one before it.
            "BYSECOND" => self.seconds = set(value, 0, 60, |second| second.min(59))?,
            "BYMINUTE" => self.minutes = set(value, 0, 59, |minute| minute)?,
            "BYHOUR" => self.hours = set(value, 0, 23, |hour| hour)?,
            "BYMONTH" => self.months = set(value, 1, 12, |month| month)?,
            "BYMONTHDAY" => {
                for day in signed(value, 31)? {
                    let bit = 1_u64 << day.unsigned_abs();
                    if day > 0 { self.month_days |= bit } else { self.month_days_back |= bit }
                }
            }
            "BYYEARDAY" => self.year_days = signed(value, 366)?,
            "BYWEEKNO" => self.weeks = signed(value, 53)?,
            "BYSETPOS" => self.positions = signed(value, 366)?,
            "BYDAY" => self.weekdays = weekdays(value)?,
            "WKST" => self.week_start = Weekday::try_from(weekday(value)?).ok()?,
            // RFC 7529: what was always meant may be said.
            "RSCALE" if value == "GREGORIAN" => {}
            "SKIP" if value == "OMIT" => {}
            _ if name.starts_with("X-") => {}
            _ => return None,
        }
        Some(())
    }
}

fn items(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|item| !item.is_empty())
}

/// Numbers from `min` to `max` (less than 64) as bits.
fn set(value: &str, min: u32, max: u32, meant: fn(u32) -> u32) -> Option<u64> {
    items(value).try_fold(0, |set, item| {
        let number: u32 = item.parse().ok()?;
        (min..=max).contains(&number).then(|| set | 1 << meant(number))
    })
}

/// Numbers from 1 to `max` and from -1 to -`max`, sorted, each once.
fn signed(value: &str, max: u16) -> Option<Vec<i16>> {
    let mut found = Vec::new();
    for item in items(value) {
        let number: i16 = item.parse().ok()?;
        if number == 0 || number.unsigned_abs() > max {
            return None;
        }
        found.push(number);
    }
    found.sort_unstable();
    found.dedup();
    Some(found)
}

/// `MO`, `1MO`, `+1MO`, `-1SU`.
fn weekdays(value: &str) -> Option<Vec<(i16, u8)>> {
    let mut found = Vec::new();
    for item in items(value) {
        let (number, day) = item.split_at_checked(item.len().checked_sub(2)?)?;
        let nth: i16 = if number.is_empty() { 0 } else { number.trim().parse().ok()? };
        if nth.unsigned_abs() > 53 || (nth == 0 && !number.is_empty()) {
            return None;
        }
        found.push((nth, weekday(day)?));
    }
    found.sort_unstable();
    found.dedup();
    Some(found)
}

fn weekday(value: &str) -> Option<u8> {
    WEEKDAYS.iter().position(|day| *day == value).and_then(|day| u8::try_from(day).ok())
}

fn until(value: &str) -> Option<Until> {
    let plain: String = value.chars().filter(|c| !matches!(c, '-' | ':')).collect();
    let (text, is_utc) = plain.strip_suffix('Z').map_or((plain.as_str(), false), |text| (text, true));
    let digits = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'T');
    match text.len() {
        8 if digits => NaiveDate::parse_from_str(text, "%Y%m%d").ok().map(Until::Day),
        15 if digits => {
            let at = NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").ok()?;
            Some(if is_utc { Until::Utc(at) } else { Until::Local(at) })
        }
        _ => None,
    }
}
