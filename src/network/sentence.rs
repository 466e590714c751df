//! A grant in plain language: one paragraph that says what an agent can now do. Pages, mails and the API show the same.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::constraints::{Constraints, Day, Place};
use super::grant::{Grant, Reveal, Scope};
use crate::base::time::{Timestamp, Zone};

/// Who reads a grant, and what the other is called.
#[derive(Clone, Copy, Debug)]
pub enum Reading<'a> {
    /// Whoever gave it reads; the other's name.
    Grantor(&'a str),
    /// Whoever has it reads; the other's name.
    Grantee(&'a str),
}

impl Reading<'_> {
    /// Whose agent it is.
    fn agent(self) -> String {
        match self {
            Self::Grantor("somebody") => "Somebody’s agent".to_owned(),
            Self::Grantor(other) => format!("{other}’s agent"),
            Self::Grantee(_) => "Your agent".to_owned(),
        }
    }

    /// Whose time it is.
    fn owner(self) -> String {
        match self {
            Self::Grantor(_) => "your".to_owned(),
            Self::Grantee(other) => format!("{other}’s"),
        }
    }

    /// Who says yes, with the verb.
    fn confirms(self) -> String {
        match self {
            Self::Grantor(_) => "you confirm".to_owned(),
            Self::Grantee(other) => format!("{other} confirms"),
        }
    }

    fn them(self) -> String {
        match self {
            Self::Grantor(_) => "you".to_owned(),
            Self::Grantee(other) => other.to_owned(),
        }
    }
}

/// What a grant lets an agent do, at `now`; an end date is told in `zone`.
pub fn sentence(grant: &Grant, reading: Reading<'_>, zone: Zone, now: Timestamp) -> String {
    if grant.scopes.is_empty() {
        return format!("{} can know and do nothing for now.", reading.agent());
    }
    if let Some(end) = grant.ends_at.filter(|end| *end <= now) {
        let day = crate::base::time::long_date(zone.date(end));
        return format!("{} can know and do nothing any more: this ended on {day}.", reading.agent());
    }
    let mut told = format!("{} can {}.", reading.agent(), listed(&abilities(grant, reading)));
    if grant.scopes.contains(&Scope::AvailabilityRead) {
        told.push_str(match grant.reveal {
            Reveal::Slots => " Nothing else of the day is shown.",
            Reveal::Busy => " What fills that time is never shown.",
        });
    }
    let plans = [Scope::AvailabilityRead, Scope::Propose, Scope::BookConfirmed, Scope::BookAlone];
    if plans.iter().any(|scope| grant.scopes.contains(scope)) {
        told.push(' ');
        let hours = match &grant.constraints.hours {
            None => format!("within {} working hours", reading.owner()),
            Some(_) => format!("at the hours set here within {} working hours", reading.owner()),
        };
        let _ = write!(told, "Only {}", conditions(&grant.constraints, hours));
    }
    if let Some(end) = grant.ends_at {
        let _ = write!(told, " All this ends on {}.", crate::base::time::long_date(zone.date(end)));
    }
    told
}

/// How a room or thing can be had by its rules: `It can be had at any hour, 5 minutes to 8 hours long, …`
pub fn rules_sentence(rules: &Constraints, has_hours: bool) -> String {
    let hours = if has_hours { "at the hours set here" } else { "at any hour" };
    format!("It can be had {}", conditions(rules, hours.to_owned()))
}

fn abilities(grant: &Grant, reading: Reading<'_>) -> Vec<String> {
    let (owner, them) = (reading.owner(), reading.them());
    let books_alone = grant.scopes.contains(&Scope::BookAlone);
    let ability = |scope: &Scope| match scope {
        Scope::ProfileRead => Some(format!("read {owner} name and time zone")),
        Scope::AvailabilityRead => Some(match grant.reveal {
            Reveal::Slots => format!("learn which times would suit {them}"),
            Reveal::Busy => format!("learn when {them} {} busy", be(reading)),
        }),
        Scope::Propose => Some(format!("propose times to {them}")),
        // Whoever may book alone needs nobody to confirm.
        Scope::BookConfirmed if books_alone => None,
        Scope::BookConfirmed => Some(format!("book a meeting once {} it", reading.confirms())),
        Scope::BookAlone => Some(format!("book meetings with {them} without asking anybody")),
    };
    grant.scopes.iter().filter_map(ability).collect()
}

fn be(reading: Reading<'_>) -> &'static str {
    match reading {
        Reading::Grantor(_) => "are",
        Reading::Grantee(_) => "is",
    }
}

fn conditions(constraints: &Constraints, hours: String) -> String {
    let Constraints { weekdays, notice_minutes, horizon_days, length, per_week, .. } = constraints;
    let mut parts = Vec::new();
    if weekdays.len() < Day::ALL.len() {
        parts.push(days(weekdays));
    }
    parts.push(hours);
    parts.push(if length.min == length.max {
        format!("{} long", minutes(length.min))
    } else {
        format!("{} to {} long", minutes(length.min), minutes(length.max))
    });
    let ahead = match notice_minutes {
        0 => format!("at most {} ahead", many(*horizon_days, "day")),
        notice => format!("from {} to {} ahead", minutes(*notice), many(*horizon_days, "day")),
    };
    parts.push(ahead);
    if constraints.places.len() < Place::ALL.len() {
        let places: Vec<_> = constraints.places.iter().map(|place| place.words().to_owned()).collect();
        parts.push(either(&places));
    }
    let mut told = parts.join(", ");
    if let Some(most) = per_week {
        let _ = write!(told, ", and at most {most} a week");
    }
    match (constraints.buffer_before_minutes, constraints.buffer_after_minutes) {
        (0, 0) => {}
        (before, 0) => drop(write!(told, ", with {} free before", minutes(before))),
        (0, after) => drop(write!(told, ", with {} free after", minutes(after))),
        (before, after) => {
            let _ = write!(told, ", with {} free before and {} after", minutes(before), minutes(after));
        }
    }
    told.push('.');
    told
}

/// `on Mondays and Fridays`, `from Monday to Friday`.
fn days(weekdays: &BTreeSet<Day>) -> String {
    let work: BTreeSet<Day> = Day::ALL[..5].iter().copied().collect();
    if *weekdays == work {
        "from Monday to Friday".to_owned()
    } else {
        let names: Vec<_> = weekdays.iter().map(|day| format!("{}s", day.name())).collect();
        format!("on {}", listed(&names))
    }
}

/// `45 minutes`, `2 hours`, `3 days`.
fn minutes(minutes: u32) -> String {
    match minutes {
        days if days > 0 && days.is_multiple_of(1_440) => many(days / 1_440, "day"),
        hours if hours > 0 && hours.is_multiple_of(60) => many(hours / 60, "hour"),
        minutes => many(minutes, "minute"),
    }
}

fn many(count: u32, unit: &str) -> String {
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

fn listed(words: &[String]) -> String {
    joined(words, "and")
}

fn either(words: &[String]) -> String {
    joined(words, "or")
}

fn joined(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [one, other] => format!("{one} {last} {other}"),
        [first @ .., end] => format!("{}, {last} {end}", first.join(", ")),
    }
}
