//! A time in plain words: "can we do 3pm on Tuesday?".
//!
//! It finds the one time that a text proposes, or nothing: two different times, a stretch of time ("after
//! 3pm"), a time that is refused ("I can't do 3pm"), a date that may be read in two ways are not guessed
//! at. English mainly; German, French and Spanish where it is cheap. What it finds fills in a form that a
//! person then confirms; it does not know whether anybody is free.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, Weekday};

use crate::base::time::Resolved;
use crate::base::{Timestamp, Zone};
use crate::itip::{city, is_possible};

use super::lexicon::{Part, is_but, is_cue, is_move, is_no, month, weekday_short};
use super::read::{Mention, TimeOfDay, Week, mentions, next_date};
use super::tokens::{Kind, Token, tokens};

/// The longest text that is looked at, in bytes.
const TEXT_BYTES_MAX: usize = 16 * 1024;

/// The time that `text` proposes, as start and end: words are read at `now` in `zone`, `current` is the
/// meeting as it stands. A time without a day is on the meeting's day, a time without an end keeps its
/// length. `None` if there is none, more than one, one that has passed, or the one that stands.
pub fn proposed_time(
    text: &str,
    now: Timestamp,
    zone: Zone,
    current: (Timestamp, Timestamp),
) -> Option<(Timestamp, Timestamp)> {
    if text.len() > TEXT_BYTES_MAX {
        return None;
    }
    let tokens = tokens(text);
    let is_move = tokens.iter().any(|token| is_move(token.word()));
    let mut said = Said::default();
    for clause in clauses(&tokens) {
        for mention in mentions(clause) {
            said.take(mention)?;
        }
    }
    let frame = Frame { now, zone, current };
    let found = frame.find(&said, is_move)?;
    (is_possible(found.0, found.1, now) && found != current).then_some(found)
}

/// The stretches of text that do not say no. A comma carries a no on, unless a new proposal begins.
fn clauses(tokens: &[Token]) -> Vec<&[Token]> {
    let mut kept = Vec::new();
    let (mut from, mut was_no, mut carries) = (0, false, false);
    for at in 0..=tokens.len() {
        let Some(end) = tokens.get(at).map_or(Some(End::Hard), |_| end(tokens, at)) else { continue };
        let clause = &tokens[from..at];
        let is_no = says_no(clause) || carries && was_no;
        if !is_no {
            kept.push(clause);
        }
        was_no = is_no && !clause.is_empty();
        carries = end == End::Comma;
        from = at;
    }
    kept
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// What follows is another sentence, or another half of it.
    Hard,
    /// What follows goes on.
    Comma,
}

fn end(tokens: &[Token], at: usize) -> Option<End> {
    let begins_proposal = || tokens[at + 1..].iter().take(3).any(|token| is_cue(token.word()));
    match &tokens[at].kind {
        Kind::Break | Kind::Sign('!' | '?' | ';') => Some(End::Hard),
        Kind::Sign('.') => {
            // "9.30", "25. November", "am 25. um 9", "Nov. 25" do not end here.
            let before = at.checked_sub(1).map(|at| &tokens[at]);
            let is_inside = tokens.get(at + 1).is_some_and(|next| {
                let is_named =
                    |token: &&Token| month(token.word()).or(weekday_short(token.word()).map(|_| 0)).is_some();
                let after_number = before.is_some_and(|before| before.number().is_some());
                next.is_glued
                    || after_number && (month(next.word()).is_some() || next.word() == "um")
                    || next.number().is_some() && before.as_ref().is_some_and(is_named)
            });
            (!is_inside).then_some(End::Hard)
        }
        Kind::Sign(',') if begins_proposal() => Some(End::Hard),
        Kind::Sign(',') => {
            tokens.get(at + 1).is_some_and(|next| next.number().is_none()).then_some(End::Comma)
        }
        Kind::Word(word, _) if is_but(word) => Some(End::Hard),
        _ => None,
    }
}

fn says_no(clause: &[Token]) -> bool {
    clause.iter().enumerate().any(|(at, token)| {
        let before = at.checked_sub(1).map_or("", |at| clause[at].word());
        let after = clause.get(at + 1).map_or("", Token::word);
        let is_polite = matches!(
            (before, token.word(), after),
            ("why", "not", _) | (_, "no", "problem" | "worries") | (_, "not", "a")
        );
        is_no(token.word()) && !is_polite
    })
}

/// What a text has named, each kind once.
#[derive(Debug, Default)]
struct Said {
    days: Vec<Mention>,
    hour: Option<(TimeOfDay, Option<TimeOfDay>)>,
    is_same_time: bool,
    part: Option<Part>,
    length: Option<i64>,
    shift: Option<i64>,
    zone: Option<String>,
}

impl Said {
    /// Takes a mention in; `None` if it contradicts an earlier one or names no point in time.
    fn take(&mut self, mention: Mention) -> Option<()> {
        match mention {
            Mention::Vague => return None,
            Mention::Time(start, end) => match self.hour {
                Some(known) if known == (start, end) || known == (start, None) => {
                    self.hour = Some((start, end));
                }
                Some(known) if known.0 == start && end.is_none() => {}
                Some(_) => return None,
                None => self.hour = Some((start, end)),
            },
            Mention::SameTime => self.is_same_time = true,
            Mention::Part(part) => once(&mut self.part, part)?,
            Mention::Tonight => {
                once(&mut self.part, Part::Evening)?;
                self.days.push(Mention::FromToday(0));
            }
            Mention::Length(length) => once(&mut self.length, length)?,
            Mention::Shift(shift) => once(&mut self.shift, shift)?,
            Mention::Zone(zone) => once(&mut self.zone, zone)?,
            day => {
                if !self.days.contains(&day) {
                    self.days.push(day);
                }
            }
        }
        Some(())
    }
}

fn once<T: PartialEq>(place: &mut Option<T>, value: T) -> Option<()> {
    if place.as_ref().is_some_and(|known| *known != value) {
        return None;
    }
    *place = Some(value);
    Some(())
}

/// What a text is read against.
struct Frame {
    now: Timestamp,
    zone: Zone,
    current: (Timestamp, Timestamp),
}

impl Frame {
    fn find(&self, said: &Said, is_move: bool) -> Option<(Timestamp, Timestamp)> {
        let length = said.length.unwrap_or(self.current.1.since(self.current.0));
        if let Some(shift) = said.shift {
            let alone = said.days.is_empty() && said.hour.is_none() && !said.is_same_time;
            let start = self.current.0.plus(shift);
            return alone.then(|| (start, start.plus(length)));
        }
        let zone = self.zone_of(said)?;
        let (hour, end) = match said.hour {
            None if said.is_same_time && said.days.is_empty() => return None,
            None if said.is_same_time => {
                let local = self.zone.local(self.current.0);
                let start = once_at(self.zone, self.day(said)?.and_time(local.time()))?;
                return Some((start, start.plus(length)));
            }
            None => return None,
            Some((first, Some(second))) if is_move => {
                // "Move it from 10:30 to 3pm" is no stretch of time.
                let local = zone.local(self.current.0).time();
                let is_from_current = in_part(first, None).and_then(Self::clock) == Some(local);
                if !is_from_current {
                    return None;
                }
                (second, None)
            }
            Some(said) => said,
        };
        let day = self.day(said)?;
        let start = in_part(hour, said.part)?;
        let at = |(hour, minute): (u32, u32)| once_at(zone, day.and_hms_opt(hour, minute, 0)?);
        let from = at(start)?;
        let until = match end {
            None => from.plus(length),
            Some(end) => {
                let end = in_part(end, said.part)?;
                // "11 to 1": past noon, unless it was written otherwise.
                at(if end <= start && end.0 <= 12 && start.0 <= 12 { (end.0 % 12 + 12, end.1) } else { end })?
            }
        };
        Some((from, until))
    }

    fn clock((hour, minute): (u32, u32)) -> Option<chrono::NaiveTime> {
        chrono::NaiveTime::from_hms_opt(hour, minute, 0)
    }

    /// The zone that was named with the time, or the reader's.
    fn zone_of(&self, said: &Said) -> Option<Zone> {
        let Some(name) = &said.zone else { return Some(self.zone) };
        let own = [self.current.0, self.now]
            .into_iter()
            .any(|at| self.zone.abbreviation(at).is_some_and(|own| own == *name));
        if own {
            return Some(self.zone);
        }
        match name.as_str() {
            "UTC" | "GMT" => Some(Zone::UTC),
            "my" | "our" | "local" | "meine" => Some(self.zone),
            "EST" | "EDT" | "ET" | "eastern" => Zone::parse("America/New_York"),
            "CDT" | "CT" | "central" => Zone::parse("America/Chicago"),
            "MDT" | "MT" | "mountain" => Zone::parse("America/Denver"),
            "PST" | "PDT" | "PT" | "pacific" => Zone::parse("America/Los_Angeles"),
            "CET" | "CEST" | "MEZ" | "MESZ" => Zone::parse("Europe/Paris"),
            "EET" | "EEST" => Zone::parse("Europe/Helsinki"),
            "JST" => Zone::parse("Asia/Tokyo"),
            "AEST" | "AEDT" => Zone::parse("Australia/Sydney"),
            place => city(place).or_else(|| city(place.split(' ').nth(1)?)),
        }
    }

    /// The one day that is named, or the meeting's own.
    fn day(&self, said: &Said) -> Option<NaiveDate> {
        let today = self.zone.date(self.now);
        let meeting = self.zone.date(self.current.0);
        let (mut day, mut weekday, mut is_next_week) = (None, None, false);
        for mention in &said.days {
            let named = match *mention {
                Mention::Weekday(day, week) => {
                    // The same weekday twice, once with its week, is one.
                    match weekday {
                        Some((known, _)) if known != day => return None,
                        Some((_, Week::Any)) | None => weekday = Some((day, week)),
                        Some(_) => {}
                    }
                    continue;
                }
                Mention::NextWeek => {
                    is_next_week = true;
                    continue;
                }
                Mention::Date(Some(year), month, day) => NaiveDate::from_ymd_opt(year, month, day),
                Mention::Date(None, month, day) => next_date(today, month, day),
                Mention::DayOfMonth(day) => day_of_month(today, day),
                Mention::FromToday(days) => shifted(today, days),
                Mention::FromMeeting(days) => shifted(meeting, days),
                _ => None,
            };
            once(&mut day, named?)?;
        }
        match (day, weekday) {
            (Some(day), None) => (!is_next_week || same_week(day, shifted(today, 7)?)).then_some(day),
            (Some(day), Some((weekday, _))) => (day.weekday() == weekday).then_some(day),
            (None, Some((weekday, week))) => {
                let week = if is_next_week { Week::Next } else { week };
                named_weekday(today, weekday, week)
            }
            (None, None) if is_next_week => {
                let week = shifted(today, 7)?;
                let found = week.week(Weekday::Mon).checked_first_day()?;
                let day =
                    found.checked_add_days(Days::new(u64::from(meeting.weekday().num_days_from_monday())))?;
                // A week alone says a day only with "same time".
                said.is_same_time.then_some(day)
            }
            (None, None) => Some(meeting),
        }
    }
}

fn named_weekday(today: NaiveDate, weekday: Weekday, week: Week) -> Option<NaiveDate> {
    let ahead = weekday.days_since(today.weekday());
    let in_week = |first: NaiveDate| {
        let monday = first.week(Weekday::Mon).checked_first_day()?;
        monday.checked_add_days(Days::new(u64::from(weekday.num_days_from_monday())))
    };
    match week {
        // Today's own name may be meant for today or for a week from now.
        Week::Any => (ahead > 0).then(|| shifted(today, i64::from(ahead)))?,
        Week::This => in_week(today).filter(|day| *day >= today),
        Week::Next => in_week(shifted(today, 7)?),
    }
}

fn same_week(one: NaiveDate, other: NaiveDate) -> bool {
    one.iso_week() == other.iso_week()
}

/// The next day of that number, this month or the month after.
fn day_of_month(today: NaiveDate, day: u32) -> Option<NaiveDate> {
    let this = today.with_day(day);
    let next = || today.with_day(1)?.checked_add_months(chrono::Months::new(1))?.with_day(day);
    this.filter(|this| *this >= today).or_else(next)
}

fn shifted(day: NaiveDate, days: i64) -> Option<NaiveDate> {
    day.checked_add_signed(chrono::TimeDelta::try_days(days)?)
}

/// A time of day, in the part of the day that was named, or in working hours: 7 to 12 is the morning,
/// 1 to 6 the afternoon. `None` if the part contradicts it.
fn in_part(said: TimeOfDay, part: Option<Part>) -> Option<(u32, u32)> {
    let hour = match (said.is_open, part) {
        (true, None) if said.hour < 7 => said.hour + 12,
        (true, Some(Part::Morning)) if said.hour == 12 => return None,
        (true, Some(Part::Afternoon | Part::Evening)) if said.hour < 12 => said.hour + 12,
        (false, Some(Part::Morning)) if said.hour >= 12 => return None,
        (false, Some(Part::Afternoon)) if said.hour < 12 => return None,
        (false, Some(Part::Evening)) if said.hour < 16 => return None,
        _ => said.hour,
    };
    Some((hour, said.minute))
}

/// A wall-clock time that exists; of one that comes twice, the first.
fn once_at(zone: Zone, local: NaiveDateTime) -> Option<Timestamp> {
    match zone.resolve(local) {
        Resolved::Once(at) | Resolved::Twice(at) => Some(at),
        Resolved::Skipped(_) => None,
    }
}
