//! Times of day: from when, until when, between, at.

use super::Unclear;
use super::grammar::Text;
use super::pieces::Kind;
use crate::base::hours::Window;
use crate::words::lexicon::{Part, hour_word, part};

/// The minutes of a day.
const DAY: u16 = 1_440;

/// What a line says of the time of day.
#[derive(Debug, Default)]
pub(super) struct Hours {
    from: Option<u16>,
    until: Option<u16>,
    part: Option<(u16, u16)>,
    pub(super) at: Option<u16>,
    /// As it was written.
    said: Vec<String>,
}

/// Something that is said of the time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Not before this minute from midnight.
    From(u16),
    /// Over by this minute.
    Until(u16),
    /// Between both.
    Between(u16, u16),
    /// A part of the day.
    Part(u16, u16),
    /// At this minute.
    At(u16),
}

/// What "tonight" says of the time of day.
pub(super) const TONIGHT: Said = Said::Part(17 * 60, 22 * 60);

impl Hours {
    pub(super) fn take(&mut self, said: Said, written: String) -> Result<(), Unclear> {
        if !self.said.contains(&written) {
            self.said.push(written);
        }
        let once = |place: &mut Option<u16>, minute: u16| match place.replace(minute) {
            Some(known) if known != minute => Err(Unclear::Twice("times")),
            _ => Ok(()),
        };
        match said {
            Said::From(minute) => once(&mut self.from, minute),
            Said::Until(minute) => once(&mut self.until, minute),
            Said::Between(from, until) => {
                once(&mut self.from, from)?;
                once(&mut self.until, until)
            }
            Said::At(minute) => once(&mut self.at, minute),
            Said::Part(from, until) => match self.part.replace((from, until)) {
                Some(known) if known != (from, until) => Err(Unclear::Twice("parts of the day")),
                _ => Ok(()),
            },
        }
    }

    /// The part of the day that is left, if one was named.
    pub(super) fn window(&self) -> Result<Option<Window>, Unclear> {
        let (mut from, mut until) = self.part.unwrap_or((0, DAY));
        from = from.max(self.from.unwrap_or(0));
        until = until.min(self.until.unwrap_or(DAY));
        let none = || Unclear::NoHours(self.said.clone());
        if self.at.is_some_and(|at| at < from || at >= until) {
            return Err(none());
        }
        if (from, until) == (0, DAY) {
            return Ok(None);
        }
        Window::new(from, until).map(Some).ok_or_else(none)
    }

    /// What was said, as it was written.
    pub(super) fn as_said(&self) -> String {
        super::quoted(&self.said).join(" and ")
    }
}

/// What is said of the time of day at `at`, and in how many pieces.
pub(super) fn said(text: &Text<'_>, at: usize) -> Result<Option<(Said, usize)>, Unclear> {
    if let Some(found) = bound(text, at) {
        return Ok(Some(found));
    }
    if let Some((from, until, length)) = stretch(text, at) {
        if until <= from {
            return Err(Unclear::NoSuch(text.written(at, at + length)));
        }
        return Ok(Some((Said::Between(from, until), length)));
    }
    if let Some((minute, length)) = point(text, at) {
        let or = text.word(at + length) == "or";
        if or && minute_of(text, at + length + 1, true).is_some()
            || or && text.word(at + length + 1) == "at" && minute_of(text, at + length + 2, true).is_some()
        {
            return Err(Unclear::Twice("times"));
        }
        return Ok(Some((Said::At(minute), length)));
    }
    Ok(part_of_day(text, at))
}

/// `not before 10`, `after 2pm`, `by 17:00`, `no later than 4`.
fn bound(text: &Text<'_>, at: usize) -> Option<(Said, usize)> {
    let words = |n: usize| text.word(at + n);
    let (is_from, length) = match (words(0), words(1), words(2)) {
        ("not" | "never", "before", _) | ("not" | "no", "earlier", "than") => {
            (true, if words(2) == "than" { 3 } else { 2 })
        }
        ("not" | "never", "after" | "past", _) | ("not" | "no", "later", "than") => {
            (false, if words(2) == "than" { 3 } else { 2 })
        }
        ("earlier", "than", _) => (false, 2),
        ("later", "than", _) => (true, 2),
        ("any", "time", "after") => (true, 3),
        ("after" | "from" | "since", ..) => (true, 1),
        ("before" | "by" | "until" | "till", ..) => (false, 1),
        _ => return None,
    };
    // A stretch has its own rule: "from 9 to 12".
    let (minute, more) = minute_of(text, at + length, true)?;
    if words(0) == "from" && joins(text, at + length + more) {
        return None;
    }
    let mut length = length + more;
    length += usize::from(text.word(at + length) == "onwards");
    Some((if is_from { Said::From(minute) } else { Said::Until(minute) }, length))
}

fn joins(text: &Text<'_>, at: usize) -> bool {
    matches!(text.word(at), "to" | "and" | "until" | "till") || text.is(at, '-')
}

/// `between 9 and 12`, `from 9 to 12`, `9-12`, `2 to 5pm`.
fn stretch(text: &Text<'_>, at: usize) -> Option<(u16, u16, usize)> {
    let says = matches!(text.word(at), "between" | "from");
    let start = at + usize::from(says);
    let first = hour_of(text, start)?;
    let joint = start + first.length;
    if !joins(text, joint) || text.word(joint) == "and" && text.word(at) != "between" {
        return None;
    }
    let second = hour_of(text, joint + 1)?;
    let is_marked = says || first.is_marked || second.is_marked;
    if !is_marked {
        return None;
    }
    let until = second.minute();
    // "2 to 5pm": both are of the same half of the day.
    let from = match (first.half, second.half) {
        (None, Some(half)) if !first.is_sure && first.hour < 12 => {
            let same = with_half(first.hour, first.minute, half);
            if same < until { same } else { first.minute() }
        }
        _ => first.minute(),
    };
    // "9 to 1": past noon.
    let until = if until <= from && second.half.is_none() && !second.is_sure && until + 720 <= DAY {
        until + 720
    } else {
        until
    };
    Some((from, until, joint + 1 + second.length - at))
}

/// `at 3pm`, `at 15:00`, `3pm`, `at noon`.
fn point(text: &Text<'_>, at: usize) -> Option<(u16, usize)> {
    let says = usize::from(text.word(at) == "at" || text.is(at, '@'));
    let (minute, length) = minute_of(text, at + says, says > 0)?;
    Some((minute, says + length))
}

/// `mornings`, `in the afternoon`, `tomorrow evening`.
fn part_of_day(text: &Text<'_>, at: usize) -> Option<(Said, usize)> {
    let mut start = at;
    if text.word(start) == "in" && text.word(start + 1) == "the" {
        start += 2;
    }
    let word = text.word(start);
    let (from, until) = match part(word.strip_suffix('s').unwrap_or(word)).filter(|_| word != "night")? {
        Part::Morning => (6 * 60, 12 * 60),
        Part::Afternoon => (12 * 60, 18 * 60),
        Part::Evening => (17 * 60, 22 * 60),
    };
    let mut length = start + 1 - at;
    length += usize::from(text.word(at + length) == "only");
    Some((Said::Part(from, until), length))
}

/// A time of day as it was written.
#[derive(Clone, Copy)]
struct Clock {
    hour: u16,
    minute: u16,
    /// am is 0, pm is 12.
    half: Option<u16>,
    /// Whether it can be no bare number: it has minutes, or half of the day.
    is_marked: bool,
    /// Whether it was written by the 24-hour clock.
    is_sure: bool,
    length: usize,
}

impl Clock {
    /// The minute from midnight; a bare hour is one of the working day: 7 to 12 in the morning, 1 to 6 after noon.
    fn minute(self) -> u16 {
        match self.half {
            Some(half) => with_half(self.hour, self.minute, half),
            None if self.is_sure || self.hour >= 7 => self.hour * 60 + self.minute,
            None => (self.hour + 12) * 60 + self.minute,
        }
    }
}

fn with_half(hour: u16, minute: u16, half: u16) -> u16 {
    (hour % 12 + half) * 60 + minute
}

/// The minute from midnight that is written at `at`; a bare number counts where it `may_be_bare`.
pub(super) fn minute_of(text: &Text<'_>, at: usize, may_be_bare: bool) -> Option<(u16, usize)> {
    let hour = hour_of(text, at)?;
    (hour.is_marked || may_be_bare).then(|| (hour.minute(), hour.length))
}

fn hour_of(text: &Text<'_>, at: usize) -> Option<Clock> {
    let sure =
        |hour, minute, length| Clock { hour, minute, half: None, is_marked: true, is_sure: true, length };
    match text.word(at) {
        "noon" | "midday" => return Some(sure(12, 0, 1)),
        word => {
            if let Some(hour) =
                hour_word(word).filter(|_| !text.begins_amount(at)).and_then(|hour| u16::try_from(hour).ok())
            {
                let is_clock = text.word(at + 1) == "o'clock";
                return Some(Clock {
                    hour,
                    minute: 0,
                    half: half(text, at + 1),
                    is_marked: is_clock || half(text, at + 1).is_some(),
                    is_sure: false,
                    length: 1 + usize::from(is_clock) + usize::from(half(text, at + 1).is_some()),
                });
            }
        }
    }
    let (Kind::Number(hour, digits), false) = (text.kind(at)?.clone(), text.is(at + 1, '/')) else {
        return None;
    };
    let hour = u16::try_from(hour).ok().filter(|hour| *hour <= 24 && digits <= 2)?;
    let minutes = || match text.kind(at + 2) {
        Some(Kind::Number(minute, 2)) if *minute < 60 && text.is_glued(at + 1) && text.is_glued(at + 2) => {
            u16::try_from(*minute).ok()
        }
        _ => None,
    };
    let written = if text.is(at + 1, ':') || text.is(at + 1, '.') { minutes() } else { None };
    let (minute, mut length) = written.map_or((0, 1), |minute| (minute, 3));
    if written.is_some() && text.is(at + 3, '.') && text.is_glued(at + 3) {
        // A date: 3.12.2026.
        return None;
    }
    let half = half(text, at + length);
    if half.is_some() && !(1..=12).contains(&hour) {
        return None;
    }
    let is_clock = text.word(at + length) == "o'clock";
    length += usize::from(half.is_some()) + usize::from(is_clock);
    let is_sure = half.is_none() && (hour > 12 || hour == 0 || written.is_some() && digits == 2);
    let is_marked = half.is_some() || is_clock || written.is_some();
    // "at 3 December" is no time, nor is "after 3 days".
    let is_day = !is_marked && (text.begins_day_after_number(at) || text.begins_amount(at));
    if is_day || hour == 24 && minute > 0 {
        return None;
    }
    Some(Clock { hour, minute, half, is_marked, is_sure, length })
}

fn half(text: &Text<'_>, at: usize) -> Option<u16> {
    match text.word(at) {
        "am" => Some(0),
        "pm" => Some(12),
        _ => None,
    }
}
