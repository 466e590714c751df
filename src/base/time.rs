//! Instants, zones and the clock. An instant is UTC milliseconds; a zone is an IANA name.
//!
//! Nobody else asks the system for the time: whoever needs it is given a [`Timestamp`] or a [`Clock`].

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{
    DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeZone, Timelike, Utc,
};
use chrono_tz::{OffsetName, TZ_VARIANTS, Tz};

/// One second in milliseconds.
pub const SECOND: i64 = 1_000;
/// One minute in milliseconds.
pub const MINUTE: i64 = 60 * SECOND;
/// One hour in milliseconds.
pub const HOUR: i64 = 60 * MINUTE;
/// Twenty-four hours in milliseconds.
pub const DAY: i64 = 24 * HOUR;

/// An instant: milliseconds since 1970-01-01T00:00:00Z, within the years 1 to 9999.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The first instant that can be written as RFC 3339.
    pub const MIN: Self = Self(-62_135_596_800_000);
    /// The last instant that can be written as RFC 3339.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// From UTC milliseconds; what lies outside the years 1 to 9999 is clamped.
    pub const fn from_ms(ms: i64) -> Self {
        if ms < Self::MIN.0 {
            Self::MIN
        } else if ms > Self::MAX.0 {
            Self::MAX
        } else {
            Self(ms)
        }
    }

    /// UTC milliseconds.
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// Later by `ms` milliseconds (earlier, if negative).
    #[must_use]
    pub const fn plus(self, ms: i64) -> Self {
        Self::from_ms(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to `self`.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// The same instant without its fraction of a second: what iCalendar can carry.
    #[must_use]
    pub const fn whole_second(self) -> Self {
        Self(self.0 - self.0.rem_euclid(SECOND))
    }

    /// As chrono's instant.
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }

    /// Reads RFC 3339 with an offset; `None` if it is anything else.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let parsed = DateTime::parse_from_rfc3339(text).ok()?;
        Some(Self::from_ms(parsed.timestamp_millis()))
    }

    /// RFC 3339 in UTC, with milliseconds only where there are any: `2026-11-25T10:30:00Z`.
    pub fn to_rfc3339(self) -> String {
        let format = if self.0 % SECOND == 0 { SecondsFormat::Secs } else { SecondsFormat::Millis };
        self.utc().to_rfc3339_opts(format, true)
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(instant: DateTime<Utc>) -> Self {
        Self::from_ms(instant.timestamp_millis())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

/// How a local time that a clock change skips or repeats is resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// The local time exists once.
    Once(Timestamp),
    /// The local time exists twice; the first is given (RFC 5545, 3.3.5).
    Twice(Timestamp),
    /// The local time does not exist; given is what the offset before the gap makes of it (RFC 5545, 3.3.5).
    Skipped(Timestamp),
}

impl Resolved {
    /// The instant, however it was found.
    pub fn instant(self) -> Timestamp {
        match self {
            Self::Once(at) | Self::Twice(at) | Self::Skipped(at) => at,
        }
    }
}

/// An IANA time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Zone(Tz);

impl Zone {
    /// UTC.
    pub const UTC: Self = Self(Tz::UTC);

    /// By its IANA name (`Europe/Paris`), in any case.
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.trim();
        let in_any_case = || TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(name)).copied();
        name.parse().ok().or_else(in_any_case).map(Self)
    }

    /// The IANA name.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The place, as people say it: `Europe/Paris` is `Paris`, `America/New_York` is `New York`.
    pub fn place(self) -> String {
        let name = self.0.name();
        name.rsplit('/').next().unwrap_or(name).replace('_', " ")
    }

    /// The offset in force at `at`, written `UTC+1`, `UTC-3:30`, or `UTC`.
    pub fn offset(self, at: Timestamp) -> String {
        use chrono::Offset;
        let seconds = at.utc().with_timezone(&self.0).offset().fix().local_minus_utc();
        let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
        match (minutes / 60, minutes % 60) {
            (0, 0) => "UTC".to_owned(),
            (hours, 0) => format!("UTC{sign}{hours}"),
            (hours, rest) => format!("UTC{sign}{hours}:{rest:02}"),
        }
    }

    /// The zone's own abbreviation at `at`, where it has one in letters (`CET`).
    pub fn abbreviation(self, at: Timestamp) -> Option<String> {
        let local = at.utc().with_timezone(&self.0);
        let name = local.offset().abbreviation()?;
        name.chars().all(|c| c.is_ascii_alphabetic()).then(|| name.to_owned())
    }

    /// Wall-clock time at `at`.
    pub fn local(self, at: Timestamp) -> NaiveDateTime {
        at.utc().with_timezone(&self.0).naive_local()
    }

    /// The instant of a wall-clock time, with gaps and overlaps told apart.
    pub fn resolve(self, local: NaiveDateTime) -> Resolved {
        use chrono::offset::LocalResult;
        match self.0.from_local_datetime(&local) {
            LocalResult::Single(at) => Resolved::Once(at.to_utc().into()),
            LocalResult::Ambiguous(first, second) => Resolved::Twice(first.min(second).to_utc().into()),
            LocalResult::None => {
                // The offset before the gap: a gap is never longer than a day.
                let before = local - chrono::TimeDelta::days(1);
                let earlier = self.0.from_local_datetime(&before).earliest();
                let at = earlier
                    .map_or_else(|| local.and_utc(), |earlier| earlier.to_utc() + chrono::TimeDelta::days(1));
                Resolved::Skipped(at.into())
            }
        }
    }

    /// When a date begins in this zone: its midnight, or what the clocks make of it where they skip that.
    pub fn midnight(self, date: NaiveDate) -> Timestamp {
        self.resolve(date.and_time(NaiveTime::MIN)).instant()
    }

    /// The date it is at `at` in this zone.
    pub fn date(self, at: Timestamp) -> NaiveDate {
        self.local(at).date()
    }

    /// All zone names, for a choice on a page.
    pub fn names() -> impl Iterator<Item = &'static str> {
        chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).filter(|name| {
            name.contains('/') && !name.starts_with("Etc/") && !name.starts_with("US/") || *name == "UTC"
        })
    }

    /// `Wednesday 25 November 2026, 10:30 – 11:15`; the second day is named where it is another one.
    pub fn span(self, start: Timestamp, end: Timestamp) -> String {
        let (from, until) = (self.local(start), self.local(end));
        if from.date() == until.date() {
            format!("{}, {} – {}", long_date(from.date()), hour(from), hour(until))
        } else {
            format!(
                "{}, {} – {}, {}",
                long_date(from.date()),
                hour(from),
                long_date(until.date()),
                hour(until)
            )
        }
    }

    /// `Wed 25 Nov, 10:30`.
    pub fn short(self, at: Timestamp) -> String {
        self.local(at).format("%a %-d %b, %H:%M").to_string()
    }

    /// `Wednesday 25 November 2026, 10:30`.
    pub fn long(self, at: Timestamp) -> String {
        let local = self.local(at);
        format!("{}, {}", long_date(local.date()), hour(local))
    }

    /// `Paris time, UTC+1`: the words that stand beside every time.
    pub fn named(self, at: Timestamp) -> String {
        if self == Self::UTC {
            return "UTC".to_owned();
        }
        format!("{} time, {}", self.place(), self.offset(at))
    }
}

/// How long something lasts, in words: `15 minutes`, `24 hours`, `2 days`; less than a minute is told as one.
pub fn lasting(ms: i64) -> String {
    // A letter's date has no fraction of a second, so a life may seem a second longer than it is.
    let (count, unit) = match ms.max(MINUTE) {
        ms if ms >= 2 * DAY => (ms / DAY, "day"),
        ms if ms >= 2 * HOUR => (ms / HOUR, "hour"),
        ms => (ms / MINUTE, "minute"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

/// The Monday of a date's week; where the calendar begins later than that, the date itself.
pub fn monday(date: NaiveDate) -> NaiveDate {
    let since = u64::from(date.weekday().num_days_from_monday());
    date.checked_sub_days(Days::new(since)).unwrap_or(date)
}

/// `Wednesday 25 November 2026`.
pub fn long_date(date: NaiveDate) -> String {
    format!("{} {} {} {}", date.format("%A"), date.day(), date.format("%B"), date.year())
}

/// `10:30`.
fn hour(local: NaiveDateTime) -> String {
    format!("{:02}:{:02}", local.hour(), local.minute())
}

/// Where the time comes from: the system, or a value that a test sets.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `at` until it is moved; its clones move with it.
    pub fn set_at(at: Timestamp) -> Self {
        Self(Source::Set(Arc::new(AtomicI64::new(at.ms()))))
    }

    /// Moves a set clock by `ms`; the system's clock is not moved.
    pub fn advance(&self, ms: i64) {
        if let Source::Set(at) = &self.0 {
            at.fetch_add(ms, Ordering::SeqCst);
        }
    }

    /// Now.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the system for the time")]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => Utc::now().into(),
            Source::Set(at) => Timestamp::from_ms(at.load(Ordering::SeqCst)),
        }
    }
}
