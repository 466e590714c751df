//! Events out of components: what of each concerns time.

use crate::base::Zone;
use crate::base::text::Address;
use crate::base::time::{HOUR, SECOND};
use crate::recur::Rule;

use super::super::content::{Component, Line};
use super::super::moment::{Length, length};
use super::super::read::{UID_BYTES_MAX, address};
use super::skeleton::Skeleton;
use super::wall::{Wall, When, Zones};
use super::{Fault, Feed, Kind, Reader, Why};

/// How much of a value is shown in a fault, in characters.
const SHOWN_MAX: usize = 60;
/// The most RRULEs of one event; RFC 5545 wants one at most.
const RULES_MAX: usize = 5;

/// One VEVENT, or what one VFREEBUSY says of one kind.
pub(super) struct Entry {
    pub(super) uid: String,
    pub(super) line: usize,
    /// Of a VFREEBUSY, which of its kinds this is.
    pub(super) part: &'static str,
    pub(super) sequence: i64,
    /// Which instance of its series it changes.
    pub(super) instance: Option<When>,
    /// Whether it changes all later ones too.
    pub(super) and_future: bool,
    /// `None` if it takes no time.
    pub(super) kind: Option<Kind>,
    pub(super) start: When,
    pub(super) length: Length,
    pub(super) rules: Vec<Rule>,
    pub(super) dates: Vec<(When, Option<Length>)>,
    pub(super) except: Vec<When>,
}

impl Entry {
    /// Its skeleton, if it stands for itself.
    pub(super) fn skeleton(&self, kind: Kind, zone: Zone) -> Skeleton {
        let wall = &self.start.wall;
        let seen = |when: &When| when.seen_from(wall, zone);
        Skeleton {
            kind,
            start: self.start.local(),
            is_day: self.start.is_day(),
            wall: wall.clone(),
            length: self.length,
            rules: self.rules.clone(),
            dates: self.dates.iter().map(|(when, length)| (seen(when), *length)).collect(),
            except: self.except.iter().map(seen).collect(),
            since: None,
            before: None,
            shift: 0,
        }
    }
}

/// Everything in the calendars that concerns time.
pub(super) fn entries(calendars: &[Component], reader: &Reader, feed: &mut Feed) -> Vec<Entry> {
    let mut zones = Zones::of(calendars);
    let mut found = Vec::new();
    let mut open: Vec<&Component> = calendars.iter().rev().collect();
    while let Some(component) = open.pop() {
        match component.name.as_str() {
            "VEVENT" => {
                feed.total += 1;
                let mut one =
                    Gathering { component, zones: &mut zones, zone: reader.zone, feed, uid: uid(component) };
                found.extend(one.event(reader.me));
            }
            "VFREEBUSY" => {
                feed.total += 1;
                let mut one =
                    Gathering { component, zones: &mut zones, zone: reader.zone, feed, uid: uid(component) };
                one.free_busy(&mut found);
            }
            _ => {}
        }
        // An event inside another forgot an END before it; alarms are not looked into.
        if component.name != "VALARM" {
            open.extend(component.inner.iter().rev());
        }
    }
    found
}

fn uid(component: &Component) -> String {
    let text = component.line("UID").map(Line::text).unwrap_or_default();
    let clean: String = text.chars().filter(|c| !c.is_control()).collect();
    let clean = clean.trim();
    let end =
        clean.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= UID_BYTES_MAX).last();
    clean.get(..end.unwrap_or_default()).unwrap_or_default().to_owned()
}

fn shown(value: &str) -> String {
    value.chars().filter(|c| !c.is_control()).take(SHOWN_MAX).collect()
}

struct Gathering<'a, 'b> {
    component: &'a Component,
    zones: &'a mut Zones<'b>,
    zone: Zone,
    feed: &'a mut Feed,
    uid: String,
}

impl Gathering<'_, '_> {
    fn fault(&mut self, why: Why) {
        self.feed.fault(Fault { uid: self.uid.clone(), line: self.component.at, why });
    }

    /// A time, and a fault if its zone is not known.
    fn when(&mut self, line: &Line, value: &str) -> Option<When> {
        let (when, unknown) = self.zones.when(line, value)?;
        if let Some(tzid) = unknown {
            self.fault(Why::UnknownZone(shown(&tzid)));
        }
        Some(when)
    }

    fn event(&mut self, me: &[Address]) -> Option<Entry> {
        let component = self.component;
        let kind = kind(component, me);
        let start = match component.line("DTSTART") {
            Some(line) => match self.when(line, &line.value) {
                Some(start) => start,
                None => return self.without_start(&line.value),
            },
            None => return self.without_start(""),
        };
        let (mut instance, mut and_future, mut uid) = (None, false, self.uid.clone());
        if let Some(line) = component.line("RECURRENCE-ID") {
            instance = self.when(line, &line.value);
            and_future =
                line.parameter("RANGE").is_some_and(|range| range.eq_ignore_ascii_case("THISANDFUTURE"));
            if instance.is_none() {
                self.fault(Why::BadInstance(shown(&line.value)));
                // No version of its series, nor a change of it: an event of its own.
                uid.clear();
            }
        }
        let length = self.length(&start);
        let is_series = component.line("RECURRENCE-ID").is_none();
        let rules = if is_series { self.rules() } else { Vec::new() };
        let dates = if is_series { self.dates() } else { Vec::new() };
        let except = if is_series { self.except() } else { Vec::new() };
        let takes_time = length.total() > 0 || dates.iter().any(|(_, length)| length.is_some());
        let kind = kind.filter(|_| takes_time);
        if kind.is_none() {
            self.feed.free += 1;
        }
        Some(Entry {
            uid,
            line: component.at,
            part: "",
            sequence: component.line("SEQUENCE").and_then(|line| line.value.trim().parse().ok()).unwrap_or(0),
            instance,
            and_future,
            kind,
            start,
            length,
            rules,
            dates,
            except,
        })
    }

    fn without_start(&mut self, value: &str) -> Option<Entry> {
        self.fault(Why::NoStart(shown(value)));
        None
    }

    /// How long it takes (RFC 5545, 3.6.1): up to `DTEND`, else `DURATION`, else its day if it is one, else no time.
    fn length(&mut self, start: &When) -> Length {
        let fallback = if start.is_day() { Length { days: 1, ms: 0 } } else { Length { days: 0, ms: HOUR } };
        if let Some(line) = self.component.line("DTEND") {
            let end = self.when(line, &line.value);
            if let Some(length) = end.and_then(|end| between(start, &end, self.zone)) {
                return length;
            }
            self.fault(Why::BadEnd(shown(&line.value)));
            return fallback;
        }
        if let Some(line) = self.component.line("DURATION") {
            match length(&line.value).filter(|length| length.days >= 0 && length.ms >= 0) {
                Some(Length { days: 0, ms: 0 }) if start.is_day() => {}
                Some(length) => return length,
                None => {
                    self.fault(Why::BadEnd(shown(&line.value)));
                    return fallback;
                }
            }
        }
        if start.is_day() { fallback } else { Length::default() }
    }

    fn rules(&mut self) -> Vec<Rule> {
        let mut rules = Vec::new();
        for line in self.component.all("RRULE").filter(|line| !line.value.trim().is_empty()).take(RULES_MAX) {
            match line.value.parse::<Rule>() {
                Ok(rule) => rules.push(rule),
                Err(bad) => self.fault(Why::BadRule(bad.to_string())),
            }
        }
        rules
    }

    fn dates(&mut self) -> Vec<(When, Option<Length>)> {
        let mut dates = Vec::new();
        for line in self.component.all("RDATE") {
            for value in items(line) {
                match self.period(line, value) {
                    Some(date) => dates.push(date),
                    None => self.fault(Why::BadDate(shown(value))),
                }
            }
        }
        dates
    }

    fn except(&mut self) -> Vec<When> {
        let mut dates = Vec::new();
        for line in self.component.all("EXDATE") {
            for value in items(line) {
                match self.when(line, value) {
                    Some(date) => dates.push(date),
                    None => self.fault(Why::BadDate(shown(value))),
                }
            }
        }
        dates
    }

    /// A time, or a PERIOD: start and end, or start and duration (RFC 5545, 3.3.9).
    fn period(&mut self, line: &Line, value: &str) -> Option<(When, Option<Length>)> {
        let Some((start, rest)) = value.split_once('/') else {
            return Some((self.when(line, value)?, None));
        };
        let start = self.when(line, start)?;
        let length = match length(rest) {
            Some(length) => Some(length).filter(|length| length.days >= 0 && length.ms >= 0),
            None => self.when(line, rest).and_then(|end| between(&start, &end, self.zone)),
        }?;
        Some((start, Some(length)))
    }

    /// The periods that somebody is busy, by their kind.
    fn free_busy(&mut self, found: &mut Vec<Entry>) {
        let mut taken: [Vec<(When, Option<Length>)>; 2] = [Vec::new(), Vec::new()];
        for line in self.component.all("FREEBUSY") {
            let place = match line.parameter("FBTYPE").map(str::to_ascii_uppercase).as_deref() {
                Some("FREE") => continue,
                Some("BUSY-TENTATIVE") => 1,
                _ => 0,
            };
            for value in items(line) {
                match self.period(line, value) {
                    Some(period @ (_, Some(_))) => taken[place].push(period),
                    _ => self.fault(Why::BadDate(shown(value))),
                }
            }
        }
        if taken.iter().all(Vec::is_empty) {
            self.feed.free += 1;
        }
        for (periods, kind) in taken.into_iter().zip([Kind::Busy, Kind::Tentative]) {
            let mut periods = periods.into_iter();
            let Some((start, length)) = periods.next() else { continue };
            found.push(Entry {
                uid: self.uid.clone(),
                line: self.component.at,
                part: if kind == Kind::Busy { "busy" } else { "tentative" },
                sequence: 0,
                instance: None,
                and_future: false,
                kind: Some(kind),
                start,
                length: length.unwrap_or_default(),
                rules: Vec::new(),
                dates: periods.collect(),
                except: Vec::new(),
            });
        }
    }
}

fn items(line: &Line) -> impl Iterator<Item = &str> {
    line.value.split(',').map(str::trim).filter(|value| !value.is_empty())
}

/// From start to end: exact for times, whole days for days; `None` if the end is before the start.
fn between(start: &When, end: &When, zone: Zone) -> Option<Length> {
    if start.is_day() {
        let days = end.local().date().signed_duration_since(start.local().date()).num_days();
        // A day that ends on itself is that day, to many programs.
        return (days >= 0).then(|| Length { days: days.max(1), ms: 0 });
    }
    let is_floating = start.wall == Wall::Reader && end.wall == Wall::Reader;
    let ms = if is_floating {
        // The same length wherever it is read.
        end.local().signed_duration_since(start.local()).num_milliseconds()
    } else if end.is_day() {
        start.wall.instant(end.local(), zone).since(start.instant(zone))
    } else {
        end.instant(zone).since(start.instant(zone))
    };
    (ms >= 0).then_some(Length { days: 0, ms: ms - ms % SECOND })
}

/// Whether it takes the reader's time, and how certainly; `None` if it does not.
fn kind(component: &Component, me: &[Address]) -> Option<Kind> {
    let word = |name: &str| component.line(name).map(|line| line.value.trim().to_ascii_uppercase());
    let (status, shown_as) = (word("STATUS"), word("X-MICROSOFT-CDO-BUSYSTATUS"));
    if word("TRANSP").as_deref() == Some("TRANSPARENT")
        || status.as_deref() == Some("CANCELLED")
        || matches!(shown_as.as_deref(), Some("FREE" | "WORKINGELSEWHERE"))
    {
        return None;
    }
    let mut is_tentative = status.as_deref() == Some("TENTATIVE") || shown_as.as_deref() == Some("TENTATIVE");
    for line in component.all("ATTENDEE") {
        let said = line.parameter("PARTSTAT").map(str::to_ascii_uppercase);
        let declined = match said.as_deref() {
            Some("DECLINED") => true,
            Some("TENTATIVE") => false,
            _ => continue,
        };
        let named = [address(&line.value), line.parameter("EMAIL").and_then(address)];
        if named.iter().flatten().any(|one| me.iter().any(|mine| mine.key() == one.key())) {
            if declined {
                return None;
            }
            is_tentative = true;
        }
    }
    Some(if is_tentative { Kind::Tentative } else { Kind::Busy })
}
