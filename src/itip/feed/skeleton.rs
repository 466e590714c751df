//! All that is kept of an event: its times, its rules, and whether it is certain.
//!
//! As text it is one line of words: `1 b 20261125T103000 Europe/Paris 0+2700 r=FREQ=WEEKLY x=20261202T103000`.
//! The first word is the version of this form.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDateTime;

use crate::base::time::SECOND;
use crate::recur::Rule;

use super::super::moment::{Length, Written, to_utc, written};
use super::wall::Wall;
use super::{Kind, NotSkeleton};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Skeleton {
    pub(super) kind: Kind,
    /// Of an event of whole days, a midnight.
    pub(super) start: NaiveDateTime,
    pub(super) is_day: bool,
    pub(super) wall: Wall,
    pub(super) length: Length,
    pub(super) rules: Vec<Rule>,
    /// Times beside the rules; some with a length of their own.
    pub(super) dates: Vec<(Written, Option<Length>)>,
    /// Times that are left out; a day leaves out all of its times.
    pub(super) except: Vec<Written>,
    /// Only times from here on, before they are shifted.
    pub(super) since: Option<NaiveDateTime>,
    /// Only times before this, before they are shifted.
    pub(super) before: Option<NaiveDateTime>,
    /// By how many seconds each time is moved.
    pub(super) shift: i64,
}

fn local_text(local: NaiveDateTime) -> String {
    local.format("%Y%m%dT%H%M%S").to_string()
}

pub(super) fn written_text(value: Written) -> String {
    match value {
        Written::Utc(at) => to_utc(at),
        Written::Local(local) => local_text(local),
        Written::Day(day) => day.format("%Y%m%d").to_string(),
    }
}

fn length_text(length: Length) -> String {
    format!("{}+{}", length.days, length.ms / SECOND)
}

fn length_of(text: &str) -> Option<Length> {
    let (days, seconds) = text.split_once('+')?;
    let (days, seconds): (i64, i64) = (days.parse().ok()?, seconds.parse().ok()?);
    let is_one = (0..=4_000_000).contains(&days) && seconds >= 0;
    is_one.then_some(Length { days, ms: seconds.checked_mul(SECOND)? })
}

fn local_of(text: &str) -> Option<NaiveDateTime> {
    match written(text)? {
        Written::Local(local) => Some(local),
        _ => None,
    }
}

impl fmt::Display for Skeleton {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Busy => 'b',
            Kind::Tentative => 't',
        };
        let start = written_text(if self.is_day {
            Written::Day(self.start.date())
        } else {
            Written::Local(self.start)
        });
        write!(f, "1 {kind} {start} {} {}", self.wall.to_text(), length_text(self.length))?;
        for rule in &self.rules {
            write!(f, " r={rule}")?;
        }
        for (i, (date, length)) in self.dates.iter().enumerate() {
            f.write_str(if i == 0 { " d=" } else { "," })?;
            f.write_str(&written_text(*date))?;
            if let Some(length) = length {
                write!(f, "/{}", length_text(*length))?;
            }
        }
        for (i, date) in self.except.iter().enumerate() {
            f.write_str(if i == 0 { " x=" } else { "," })?;
            f.write_str(&written_text(*date))?;
        }
        if let Some(since) = self.since {
            write!(f, " s={}", local_text(since))?;
        }
        if let Some(before) = self.before {
            write!(f, " u={}", local_text(before))?;
        }
        if self.shift != 0 {
            write!(f, " m={}", self.shift)?;
        }
        Ok(())
    }
}

impl FromStr for Skeleton {
    type Err = NotSkeleton;

    fn from_str(text: &str) -> Result<Self, NotSkeleton> {
        read(text).ok_or(NotSkeleton)
    }
}

fn read(text: &str) -> Option<Skeleton> {
    let mut words = text.split(' ');
    if words.next()? != "1" {
        return None;
    }
    let kind = match words.next()? {
        "b" => Kind::Busy,
        "t" => Kind::Tentative,
        _ => return None,
    };
    let (start, is_day) = match written(words.next()?)? {
        Written::Local(local) => (local, false),
        Written::Day(day) => (super::wall::midnight(day), true),
        Written::Utc(_) => return None,
    };
    let mut skeleton = Skeleton {
        kind,
        start,
        is_day,
        wall: Wall::of_text(words.next()?)?,
        length: length_of(words.next()?)?,
        rules: Vec::new(),
        dates: Vec::new(),
        except: Vec::new(),
        since: None,
        before: None,
        shift: 0,
    };
    for word in words {
        let (name, value) = word.split_once('=')?;
        match name {
            "r" => skeleton.rules.push(value.parse().ok()?),
            "d" => {
                for date in value.split(',') {
                    let (date, length) = date.split_once('/').map_or((date, None), |(d, l)| (d, Some(l)));
                    let length = match length {
                        Some(length) => Some(length_of(length)?),
                        None => None,
                    };
                    skeleton.dates.push((written(date)?, length));
                }
            }
            "x" => {
                for date in value.split(',') {
                    skeleton.except.push(written(date)?);
                }
            }
            "s" => skeleton.since = Some(local_of(value)?),
            "u" => skeleton.before = Some(local_of(value)?),
            "m" => skeleton.shift = value.parse().ok()?,
            _ => return None,
        }
    }
    Some(skeleton)
}
