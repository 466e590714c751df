//! Points in time as iCalendar writes them: an instant, a wall clock without a zone, a day.
//!
//! It knows value formats (RFC 5545, 3.3.4 to 3.3.6, read leniently) and no property.

use chrono::{NaiveDate, NaiveDateTime};

use crate::base::time::{DAY, HOUR, MINUTE, SECOND};
use crate::base::{Timestamp, Zone};

/// When something starts or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// An instant: the zone was UTC, known by name, or described in the message.
    At(Timestamp),
    /// A wall clock without a zone, or in one that nobody knows.
    Floating(NaiveDateTime),
    /// A whole day.
    Day(NaiveDate),
}

impl Moment {
    /// The instant; what has no zone of its own is read in `zone`, a day as its midnight.
    pub fn instant(self, zone: Zone) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Floating(local) => zone.resolve(local).instant(),
            Self::Day(day) => zone.midnight(day),
        }
    }

    /// Later by `ms`; a day by whole days.
    #[must_use]
    pub(super) fn plus(self, ms: i64) -> Self {
        let delta = chrono::TimeDelta::milliseconds(ms);
        match self {
            Self::At(at) => Self::At(at.plus(ms)),
            Self::Floating(local) => Self::Floating(local.checked_add_signed(delta).unwrap_or(local)),
            Self::Day(day) => Self::Day(day.checked_add_signed(delta).unwrap_or(day)),
        }
    }
}

/// A DATE or DATE-TIME value as it stands, before its zone is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    Utc(Timestamp),
    Local(NaiveDateTime),
    Day(NaiveDate),
}

/// Reads `20261125`, `20261125T103000`, `20261125T103000Z`; tolerates the signs of RFC 3339, missing
/// seconds and lower case. `None` if it is anything else, or outside the years 1 to 9999.
pub(super) fn written(value: &str) -> Option<Written> {
    let value = value.trim();
    if value.len() > 32 {
        return None;
    }
    if value.contains('-')
        && let Some(at) = Timestamp::parse_rfc3339(&value.to_ascii_uppercase())
    {
        return Some(Written::Utc(at));
    }
    let plain: String = value.chars().filter(|c| !matches!(c, '-' | ':')).collect();
    let upper = plain.to_ascii_uppercase();
    let (text, is_utc) = upper.strip_suffix('Z').map_or((upper.as_str(), false), |text| (text, true));
    let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
    let number = |text: &str, from: usize, to: usize| -> Option<u32> {
        let digits = text.get(from..to)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    if date.len() != 8 {
        return None;
    }
    let year = i32::try_from(number(date, 0, 4)?).ok().filter(|year| *year >= 1)?;
    let day = NaiveDate::from_ymd_opt(year, number(date, 4, 6)?, number(date, 6, 8)?)?;
    let Some(time) = time else { return Some(Written::Day(day)) };
    let time = time.split('.').next()?;
    let second = match time.len() {
        4 => 0,
        // A leap second is the one before it.
        6 => number(time, 4, 6)?.min(59),
        _ => return None,
    };
    let local = day.and_hms_opt(number(time, 0, 2)?, number(time, 2, 4)?, second)?;
    Some(if is_utc { Written::Utc(local.and_utc().into()) } else { Written::Local(local) })
}

/// The instant of a property that is UTC by definition (`DTSTAMP`): without a zone it is UTC all the same.
pub(super) fn utc(value: &str) -> Option<Timestamp> {
    match written(value)? {
        Written::Utc(at) => Some(at),
        Written::Local(local) => Some(local.and_utc().into()),
        Written::Day(_) => None,
    }
}

/// A length of time as a calendar means it: days that may be 23 hours long, and exact time after them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Length {
    pub(super) days: i64,
    /// Exact, in milliseconds.
    pub(super) ms: i64,
}

impl Length {
    /// In milliseconds, with days of 24 hours.
    pub(super) const fn total(self) -> i64 {
        self.days.saturating_mul(DAY).saturating_add(self.ms)
    }
}

/// A duration in milliseconds (`PT45M`, `P1DT2H`, `-P1W`); `None` if it is none or longer than ten years.
pub(super) fn duration(value: &str) -> Option<i64> {
    length(value).map(Length::total)
}

/// A duration with its days apart (RFC 5545, 3.3.6); `None` if it is none or longer than ten years.
pub(super) fn length(value: &str) -> Option<Length> {
    let value = value.trim().to_ascii_uppercase();
    let (sign, text) = match value.strip_prefix('-') {
        Some(text) => (-1, text),
        None => (1, value.strip_prefix('+').unwrap_or(&value)),
    };
    let (mut days, mut ms, mut number, mut is_time, mut units) = (0_i64, 0_i64, None::<i64>, false, 0);
    for c in text.strip_prefix('P')?.chars() {
        if let Some(digit) = c.to_digit(10) {
            number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(i64::from(digit))?);
            continue;
        }
        if c == 'T' {
            is_time = true;
            continue;
        }
        let (sum, unit) = match (c, is_time) {
            ('W', false) => (&mut days, 7),
            ('D', false) => (&mut days, 1),
            ('H', true) => (&mut ms, HOUR),
            ('M', true) => (&mut ms, MINUTE),
            ('S', true) => (&mut ms, SECOND),
            _ => return None,
        };
        *sum = sum.checked_add(number.take()?.checked_mul(unit)?)?;
        units += 1;
    }
    let total = Length { days, ms };
    let is_one = units > 0 && number.is_none() && total.total() <= 3660 * DAY;
    is_one.then_some(Length { days: sign * days, ms: sign * ms })
}

/// A UTC instant as iCalendar writes it.
pub(super) fn to_utc(at: Timestamp) -> String {
    at.utc().format("%Y%m%dT%H%M%SZ").to_string()
}
