//! The troubleshooter: why a time is not offered, told to whom it belongs.

use actix_web::http::StatusCode;
use actix_web::web::Query;
use chrono::NaiveTime;

use super::visit::{Answer, Visit, page};
use crate::base::error::{Error, Result};
use crate::base::id::ConnectionId;
use crate::base::time::{MINUTE, Timestamp, Zone, long_date};
use crate::network::{self, Connection, Reading, Reveal, State};
use crate::slots::{self, Examined, Puzzle, Rule, Set, Shown};
use crate::web::form;
use crate::web::view::parts::{Choice, FieldErrors, Nav, Pill, Tone};
use crate::web::view::why::{DayRow, Findings, RuleRow, WhyPage};

/// How many connections there are to choose from.
const CONNECTIONS: u32 = 200;

/// What is looked into, as it is typed.
#[derive(serde::Deserialize)]
pub(super) struct Typed {
    date: Option<String>,
    at: Option<String>,
    length: Option<String>,
    with: Option<String>,
}

/// `GET /calendar/why`.
pub(super) async fn show(visit: Visit, typed: Query<Typed>) -> Answer {
    // Hours and days are told on the clock of the profile, by which the rules go.
    let zone = visit.user()?.zone;
    let (who, now) = (visit.actor(), visit.now);
    let known = visit.read(move |cx| network::connections(cx, &who, None, CONNECTIONS)).await?.connections;
    let known: Vec<Connection> = known.into_iter().filter(|one| one.state == State::Connected).collect();
    let with = typed.with.as_deref().filter(|id| !id.is_empty());
    let asked = read(&typed, zone, with);
    let length = typed.length.clone().unwrap_or_else(|| "30".to_owned());
    let mut shown = WhyPage {
        frame: visit.frame("Why is there no time?", Nav::Calendar),
        date: typed.date.clone().unwrap_or_else(|| zone.date(now).to_string()),
        at: typed.at.clone().unwrap_or_else(|| "10:00".to_owned()),
        length,
        with: choices(&known, with),
        errors: FieldErrors::none(),
        findings: None,
    };
    let puzzle = match asked {
        None => return page(StatusCode::OK, &shown),
        Some(Ok(puzzle)) => puzzle,
        Some(Err(errors)) => {
            shown.errors = errors;
            return page(StatusCode::UNPROCESSABLE_ENTITY, &shown);
        }
    };
    let other = puzzle.with.and_then(|id| known.iter().find(|one| one.id == id));
    if puzzle.with.is_some() && other.is_none() {
        return Err(Error::NotFound("connection").into());
    }
    let who = visit.actor();
    let examined = visit.read(move |cx| slots::troubleshoot(cx, &who, &puzzle)).await?;
    shown.findings = Some(findings(&examined, &puzzle, other, (zone, now)));
    page(StatusCode::OK, &shown)
}

fn choices(known: &[Connection], with: Option<&str>) -> Vec<Choice> {
    let one = |one: &Connection| {
        let id = one.id.to_string();
        let chosen = with == Some(id.as_str());
        Choice::new(id, one.called(), "", chosen)
    };
    std::iter::once(Choice::new("", "Myself", "", with.is_none())).chain(known.iter().map(one)).collect()
}

/// The time that was asked for, or what is wrong with it; nothing, where nothing was asked.
fn read(typed: &Typed, zone: Zone, with: Option<&str>) -> Option<Result<Puzzle, FieldErrors>> {
    let (date, at) = (typed.date.as_deref()?, typed.at.as_deref().unwrap_or_default());
    let mut errors = FieldErrors::none();
    let date = form::date(date).map_err(|words| errors.add("date", words)).ok();
    let time = NaiveTime::parse_from_str(at, "%H:%M").ok();
    if time.is_none() {
        errors.add("at", "This should be a time of day, like 10:30.");
    }
    let length: Option<i64> = typed.length.as_deref().unwrap_or("30").trim().parse().ok();
    let length = length.filter(|minutes| (5..=1_440).contains(minutes));
    if length.is_none() {
        errors.add("length", "A meeting has from 5 to 1440 minutes.");
    }
    let with: Option<Option<ConnectionId>> = match with {
        None => Some(None),
        Some(id) => id.parse().ok().map(Some),
    };
    if with.is_none() {
        errors.add("with", "Choose somebody from the list.");
    }
    Some(match (date, time, length, with) {
        (Some(date), Some(time), Some(length), Some(with)) => {
            let start = zone.resolve(date.and_time(time)).instant();
            Ok(Puzzle { start, length_ms: length * MINUTE, with })
        }
        _ => Err(errors),
    })
}

fn findings(
    examined: &Examined,
    puzzle: &Puzzle,
    other: Option<&Connection>,
    (zone, now): (Zone, Timestamp),
) -> Findings {
    let is_free = examined.rules.iter().all(|(_, lets_through)| *lets_through);
    let told = examined.shown.as_ref().zip(other);
    let verdict = match (told, is_free) {
        (Some((shown, other)), _) if !shown.is_shown => {
            format!("{} is not offered any time of yours.", other.called())
        }
        (Some((_, other)), true) => {
            format!("Nothing of yours is in the way: {} can be offered this time.", other.called())
        }
        (Some((_, other)), false) => format!("{} is not offered this time.", other.called()),
        (None, true) => "Nothing is in the way: you can meet then.".to_owned(),
        (None, false) => "You cannot meet then.".to_owned(),
    };
    let day = &examined.day;
    Findings {
        time: zone.span(puzzle.start, puzzle.start.plus(puzzle.length_ms)),
        is_free: is_free && examined.shown.as_ref().is_none_or(|shown| shown.is_shown),
        verdict,
        is_stale: examined.is_stale,
        shown: told.map(|(shown, other)| said(shown, other, zone, now)),
        href: other.map(|other| format!("/connections/{}", other.id)).unwrap_or_default(),
        rules: examined.rules.iter().map(|(rule, lets_through)| row(*rule, *lets_through)).collect(),
        date: long_date(zone.date(puzzle.start)),
        day: vec![
            DayRow {
                name: "Working hours",
                times: times(&day.hours, zone),
                none: "You do not work on this day.",
            },
            DayRow { name: "Taken", times: times(&day.busy, zone), none: "Nothing." },
            DayRow { name: "Perhaps taken", times: times(&day.tentative, zone), none: "Nothing." },
            DayRow { name: "Held for somebody", times: times(&day.held, zone), none: "Nothing." },
            DayRow { name: "Room for it", times: times(&day.room, zone), none: "Nowhere on this day." },
        ],
    }
}

/// What somebody is shown, and the grant that says so.
fn said(shown: &Shown, other: &Connection, zone: Zone, now: Timestamp) -> (String, String) {
    let what = match (shown.is_shown, shown.grant.reveal) {
        (false, _) => "Nothing of your time.",
        (true, Reveal::Slots) => "Times that would suit you, and nothing else of your day.",
        (true, Reveal::Busy) => "When you are busy, and never with what.",
    };
    let called = other.called();
    (what.to_owned(), network::sentence(&shown.grant, Reading::Grantor(&called), zone, now))
}

fn row(rule: Rule, lets_through: bool) -> RuleRow {
    let (name, fine, in_the_way) = match rule {
        Rule::Length => {
            ("Length", "It has a length that is allowed.", "It is shorter or longer than is allowed.")
        }
        Rule::Place => ("Place", "You can meet in any way that is allowed.", "You do not meet in this way."),
        Rule::Notice => ("Notice", "It is far enough ahead.", "It is over, or starts too soon."),
        Rule::Horizon => (
            "Horizon",
            "It is not too far ahead.",
            "It is farther ahead than is allowed, or than your calendars are known.",
        ),
        Rule::Weekdays => ("Days", "It is on a day that is allowed.", "It is on a day that is not allowed."),
        Rule::Hours => ("Hours", "It is within the hours that count.", "It is outside the hours that count."),
        Rule::Busy | Rule::Taken => (
            "Calendar",
            "Nothing is in your calendar then.",
            "Something is in your calendar then, or too close before or after.",
        ),
        Rule::Held => ("Held", "It is held for nobody.", "It is held for somebody who has not decided yet."),
        Rule::Full => ("Meetings a week", "There is room in that week.", "That week has had its most."),
    };
    RuleRow {
        name,
        words: if lets_through { fine } else { in_the_way },
        verdict: if lets_through { Pill::new("fine", Tone::Yes) } else { Pill::new("in the way", Tone::No) },
    }
}

/// `09:00 – 12:30, 13:30 – 24:00`.
fn times(set: &Set, zone: Zone) -> String {
    let clock = |at: i64| zone.local(Timestamp::from_ms(at)).format("%H:%M").to_string();
    let span = |(start, end)| match clock(end).as_str() {
        "00:00" => format!("{} – 24:00", clock(start)),
        until => format!("{} – {until}", clock(start)),
    };
    let all: Vec<String> = set.iter().map(span).collect();
    all.join(", ")
}
