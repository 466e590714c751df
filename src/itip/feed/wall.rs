//! Whose wall clock a time is on.

use std::collections::HashMap;
use std::rc::Rc;

use chrono::{FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use crate::base::{Timestamp, Zone};

use super::super::content::{Component, Line};
use super::super::moment::{Written, written};
use super::super::vtimezone::Rules;
use super::super::zones::{Named, named};

/// The most zones that a calendar may describe; more are not looked at.
const DESCRIBED_MAX: usize = 500;

/// A wall clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wall {
    /// The reader's: of times without a zone, and of days.
    Reader,
    Zone(Zone),
    Offset(FixedOffset),
    /// Described in the calendar itself.
    Described(Rc<Rules>),
}

impl Wall {
    pub(super) const UTC: Self = Self::Zone(Zone::UTC);

    /// The instant of a wall-clock time; one that is skipped or comes twice by RFC 5545, 3.3.5.
    pub(super) fn instant(&self, local: NaiveDateTime, reader: Zone) -> Timestamp {
        match self {
            Self::Reader => reader.resolve(local).instant(),
            Self::Zone(zone) => zone.resolve(local).instant(),
            Self::Offset(offset) => {
                let utc = local.checked_sub_signed(TimeDelta::seconds(i64::from(offset.local_minus_utc())));
                utc.unwrap_or(local).and_utc().into()
            }
            Self::Described(rules) => rules.instant(local).unwrap_or_else(|| local.and_utc().into()),
        }
    }

    /// The wall-clock time at an instant.
    pub(super) fn local(&self, at: Timestamp, reader: Zone) -> NaiveDateTime {
        match self {
            Self::Reader => reader.local(at),
            Self::Zone(zone) => zone.local(at),
            Self::Offset(offset) => at.utc().with_timezone(offset).naive_local(),
            Self::Described(rules) => rules.local(at),
        }
    }

    /// As one word: `-`, `Europe/Paris`, `+05:30`, or `V` and rules.
    pub(super) fn to_text(&self) -> String {
        match self {
            Self::Reader => "-".to_owned(),
            Self::Zone(zone) => zone.name().to_owned(),
            Self::Offset(offset) => offset.to_string(),
            Self::Described(rules) => format!("V{}", rules.to_text()),
        }
    }

    /// What [`Wall::to_text`] wrote.
    pub(super) fn of_text(text: &str) -> Option<Self> {
        if text == "-" {
            return Some(Self::Reader);
        }
        Zone::parse(text)
            .map(Self::Zone)
            .or_else(|| text.starts_with(['+', '-']).then(|| text.parse().ok().map(Self::Offset))?)
            .or_else(|| Rules::of_text(text.strip_prefix('V')?).map(|rules| Self::Described(Rc::new(rules))))
    }
}

/// A time as a property has it: as written, and on whose clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct When {
    pub(super) written: Written,
    pub(super) wall: Wall,
}

impl When {
    /// The wall-clock time, a day as its midnight.
    pub(super) fn local(&self) -> NaiveDateTime {
        match self.written {
            Written::Utc(at) => at.utc().naive_utc(),
            Written::Local(local) => local,
            Written::Day(day) => midnight(day),
        }
    }

    pub(super) fn instant(&self, reader: Zone) -> Timestamp {
        match self.written {
            Written::Utc(at) => at,
            _ => self.wall.instant(self.local(), reader),
        }
    }

    pub(super) fn is_day(&self) -> bool {
        matches!(self.written, Written::Day(_))
    }

    /// As it stands in the lists of an event on that wall clock: local there, UTC elsewhere.
    pub(super) fn seen_from(&self, wall: &Wall, reader: Zone) -> Written {
        match self.written {
            Written::Local(_) if self.wall != *wall => Written::Utc(self.instant(reader)),
            other => other,
        }
    }
}

/// The beginning of a day.
pub(super) fn midnight(day: NaiveDate) -> NaiveDateTime {
    day.and_time(NaiveTime::MIN)
}

/// The zones of a calendar: each name is looked up once.
pub(super) struct Zones<'a> {
    described: Vec<(String, &'a Component)>,
    known: HashMap<String, Option<Wall>>,
}

impl<'a> Zones<'a> {
    pub(super) fn of(calendars: &'a [Component]) -> Self {
        let all = calendars.iter().flat_map(|calendar| calendar.within("VTIMEZONE")).take(DESCRIBED_MAX);
        let named = |zone: &'a Component| Some((zone.line("TZID")?.text().trim().to_ascii_lowercase(), zone));
        Self { described: all.filter_map(named).collect(), known: HashMap::new() }
    }

    /// The clock of a property's value; `Err` names a zone that nobody knows.
    pub(super) fn wall(&mut self, line: &Line) -> Result<Wall, String> {
        let Some(tzid) = line.parameter("TZID") else { return Ok(Wall::Reader) };
        if let Some(known) = self.known.get(tzid) {
            return known.clone().ok_or_else(|| tzid.to_owned());
        }
        let wall = self.look_up(tzid);
        self.known.insert(tzid.to_owned(), wall.clone());
        wall.ok_or_else(|| tzid.to_owned())
    }

    /// By name, else by libical's hint, else by the calendar's own description.
    fn look_up(&self, tzid: &str) -> Option<Wall> {
        let by_name = named(tzid).map(|named| match named {
            Named::Zone(zone) => Wall::Zone(zone),
            Named::Offset(offset) => Wall::Offset(offset),
        });
        by_name.or_else(|| {
            let key = tzid.to_ascii_lowercase();
            let component = self.described.iter().find(|(name, _)| *name == key)?.1;
            let location = component.line("X-LIC-LOCATION").and_then(|line| Zone::parse(&line.value));
            location
                .map(Wall::Zone)
                .or_else(|| Rules::read(component).map(|rules| Wall::Described(Rc::new(rules))))
        })
    }

    /// A time with its clock; the name of the zone as well, if nobody knows it and the reader's is taken.
    pub(super) fn when(&mut self, line: &Line, value: &str) -> Option<(When, Option<String>)> {
        let written = written(value)?;
        let (wall, unknown) = match written {
            Written::Utc(_) => (Wall::UTC, None),
            Written::Day(_) => (Wall::Reader, None),
            Written::Local(_) => match self.wall(line) {
                Ok(wall) => (wall, None),
                Err(tzid) => (Wall::Reader, Some(tzid)),
            },
        };
        Some((When { written, wall }, unknown))
    }
}
