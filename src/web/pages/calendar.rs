//! The reader's calendar: a week of what is taken of their time, and where that comes from.

use actix_web::web::Query;
use chrono::{Datelike, Days, NaiveDate};

use super::visit::{Answer, Visit, ok};
use super::words;
use crate::accounts;
use crate::base::error::Error;
use crate::base::time::{self, MINUTE, Timestamp, Zone, long_date};
use crate::calendar::{self, HolderId, Interval, Source, SourceKind, Taken};
use crate::web::form;
use crate::web::view::calendar::{Bar, Day, Hour, SourceRow, TakenSpan, Week};
use crate::web::view::parts::{Nav, Pill, Tone};

/// Minutes of a day.
const DAY_MINUTES: i64 = 1_440;
/// What the house's own source is called on pages.
pub(super) const HOUSE: &str = "Meetings of this house";
/// The hours that are drawn at least.
const DRAWN: (i64, i64) = (7, 20);

/// Which week is to be shown: any day of it.
#[derive(serde::Deserialize)]
pub(super) struct WhichWeek {
    week: Option<String>,
}

/// `GET /calendar`.
pub(super) async fn week(visit: Visit, which: Query<WhichWeek>) -> Answer {
    let user = visit.user()?.id;
    let zone = visit.zone(None);
    let today = zone.date(visit.now);
    let asked = match which.week.as_deref() {
        Some(text) => form::date(text).map_err(|_| Error::NotFound("page"))?,
        None => today,
    };
    let monday = time::monday(asked);
    let bounds: Vec<Timestamp> = (0..=7).map(|day| zone.midnight(after(monday, day))).collect();
    let (from, to) = (bounds[0], bounds[7]);
    let who = visit.actor();
    let (taken, hours, sources) = visit
        .read(move |cx| {
            let holder = HolderId::User(user);
            let taken = calendar::busy(cx, &[holder], from, to)?.remove(&holder);
            let taken = taken.ok_or_else(|| Error::internal("nothing is known of a holder"))?;
            let (own, hours) = accounts::hours_of(cx, user)?;
            Ok((taken, hours.between(own, from, to), calendar::sources(cx, &who, holder)?))
        })
        .await?;
    let hours: Vec<Interval> =
        hours.iter().map(|(start, end)| Interval { start: start.ms(), end: end.ms() }).collect();
    let days: Vec<Day> = (0..7)
        .map(|at| {
            let span = (bounds[at], bounds[at + 1]);
            day(zone, (after(monday, at as u64), today), span, &hours, &taken, visit.now)
        })
        .collect();
    let (first, last) = drawn(&days);
    let address = |date: NaiveDate| format!("/calendar?week={date}");
    ok(&Week {
        words: week_words(monday),
        before: address(monday - Days::new(7)),
        after: address(after(monday, 7)),
        present: if monday == time::monday(today) { String::new() } else { "/calendar".to_owned() },
        from: first * 60,
        length: (last - first) * 60,
        hours: (first..last).map(|hour| Hour { words: format!("{hour:02}") }).collect(),
        is_folded: days.iter().any(|day| day.is_folded),
        days,
        stale: stale_words(&taken),
        beyond: beyond(zone, &taken, to),
        written: written_words(&sources),
        has_own: sources.iter().any(|source| source.kind != SourceKind::House),
        sources: rows(&visit, HolderId::User(user), &sources),
        frame: visit.frame("Calendar", Nav::Calendar),
    })
}

fn after(date: NaiveDate, days: u64) -> NaiveDate {
    date + Days::new(days)
}

/// `23 – 29 November 2026`, `28 December 2026 – 3 January 2027`.
fn week_words(monday: NaiveDate) -> String {
    let sunday = after(monday, 6);
    let until = sunday.format("%-d %B %Y");
    if monday.year() != sunday.year() {
        format!("{} – {until}", monday.format("%-d %B %Y"))
    } else if monday.month() != sunday.month() {
        format!("{} – {until}", monday.format("%-d %B"))
    } else {
        format!("{} – {until}", monday.day())
    }
}

/// What of a list lies in a day, as minutes of its wall clock. On a day that is longer or shorter than others it is
/// drawn where the clock stands.
fn within(zone: Zone, span: (Timestamp, Timestamp), list: &[Interval]) -> Vec<(i64, i64)> {
    let minute =
        |ms: i64| zone.local(Timestamp::from_ms(ms)).signed_duration_since(local(zone, span.0)).num_minutes();
    let cut = list.iter().filter_map(|one| {
        let (start, end) = (one.start.max(span.0.ms()), one.end.min(span.1.ms()));
        (start < end).then_some((start, end))
    });
    cut.map(|(start, end)| {
        let until = if end == span.1.ms() { DAY_MINUTES } else { minute(end) };
        (minute(start).clamp(0, DAY_MINUTES), until.clamp(0, DAY_MINUTES))
    })
    .collect()
}

fn local(zone: Zone, at: Timestamp) -> chrono::NaiveDateTime {
    zone.date(at).and_time(chrono::NaiveTime::MIN)
}

fn day(
    zone: Zone,
    (date, today): (NaiveDate, NaiveDate),
    span: (Timestamp, Timestamp),
    hours: &[Interval],
    taken: &Taken,
    now: Timestamp,
) -> Day {
    let lists: [(&[Interval], &'static str, &'static str); 3] =
        [(&taken.tentative, "perhaps", "perhaps"), (&taken.held, "held", "held"), (&taken.busy, "busy", "")];
    let bar = |(from, until): (i64, i64), class| Bar { x: from, width: (until - from).max(1), class };
    let mut bars: Vec<Bar> = within(zone, span, hours).into_iter().map(|one| bar(one, "hours")).collect();
    let mut said: Vec<(i64, TakenSpan)> = Vec::new();
    for (list, class, how) in lists {
        for one in within(zone, span, list) {
            bars.push(bar(one, class));
            said.push((one.0, TakenSpan { words: span_words(one), how }));
        }
    }
    said.sort_by_key(|(from, _)| *from);
    let is_today = date == today;
    Day {
        name: date.format("%A").to_string(),
        date: date.format("%-d %b").to_string(),
        is_today,
        is_folded: date < today && time::monday(date) == time::monday(today),
        bars,
        now: is_today.then(|| zone.local(now).signed_duration_since(local(zone, now)).num_minutes()),
        taken: said.into_iter().map(|(_, one)| one).collect(),
    }
}

fn span_words((from, until): (i64, i64)) -> String {
    let clock = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
    if (from, until) == (0, DAY_MINUTES) {
        "all day".to_owned()
    } else {
        format!("{} – {}", clock(from), clock(until))
    }
}

/// The hours that hold everything there is to draw.
fn drawn(days: &[Day]) -> (i64, i64) {
    let bars = || days.iter().flat_map(|day| &day.bars).chain(&[]);
    let first = bars().map(|bar| bar.x / 60).min().unwrap_or(DRAWN.0);
    let last = bars().map(|bar| (bar.x + bar.width + 59) / 60).max().unwrap_or(DRAWN.1);
    (first.min(DRAWN.0), last.max(DRAWN.1).min(24))
}

fn stale_words(taken: &Taken) -> String {
    let which = match taken.stale.map(|stale| stale.sources) {
        None => return String::new(),
        Some(1) => "One calendar was".to_owned(),
        Some(many) => format!("{many} calendars were"),
    };
    format!(
        "{which} not read lately. What was last known still counts, but nothing is booked by itself until that is over."
    )
}

fn beyond(zone: Zone, taken: &Taken, to: Timestamp) -> String {
    if taken.known_until >= to {
        return String::new();
    }
    let date = long_date(zone.date(taken.known_until));
    format!("Nothing is known from {date} on, so nothing is offered there.")
}

/// The sources of somebody, or of a room or thing. Where no meeting was ever written, the house's own is there all the same.
pub(super) fn rows(visit: &Visit, holder: HolderId, sources: &[Source]) -> Vec<SourceRow> {
    let mut rows: Vec<SourceRow> = sources.iter().map(|source| row(visit, source)).collect();
    if !sources.iter().any(|source| source.kind == SourceKind::House) {
        rows.insert(0, house(holder));
    }
    rows
}

fn house(holder: HolderId) -> SourceRow {
    SourceRow {
        href: String::new(),
        name: HOUSE.to_owned(),
        server: String::new(),
        pill: house_pill(),
        words: house_words(holder).to_owned(),
        wrong: String::new(),
        is_written: false,
        may_write: false,
    }
}

/// The same, once there are meetings: whether they were looked through, and when.
fn house_row(visit: &Visit, source: &Source) -> SourceRow {
    let whose = if source.holder.user().is_some() { "your" } else { "its" };
    let checked = source.read_at.map_or_else(String::new, |read| {
        format!(" Checked against {whose} meetings {} · {}", ago(visit, read), events(source))
    });
    let faulty = match source.faults_total {
        0 => String::new(),
        many => format!(" · {many} could not be looked at"),
    };
    let words = format!("{}{checked}{faulty}", house_words(source.holder));
    let href = format!("/calendar/sources/{}", source.id);
    SourceRow { href, words, wrong: wrong(source), ..house(source.holder) }
}

/// How the house's own is: as its meetings write to it, it lacks nothing.
pub(super) fn house_pill() -> Pill {
    Pill::new("always up to date", Tone::Yes)
}

/// What the house's own is, in a sentence.
pub(super) fn house_words(holder: HolderId) -> &'static str {
    match holder {
        HolderId::User(_) => "What you are booked for takes your time from that moment on.",
        HolderId::Agent(_) => "What it is booked for takes its time from that moment on.",
    }
}

/// Where meetings go, where there is a choice.
fn written_words(sources: &[Source]) -> String {
    match sources.iter().find(|source| source.writes) {
        Some(source) => {
            format!("Your meetings are written into “{}”; you get no invitations by mail.", source.name)
        }
        None if sources.iter().any(|source| source.writable) => {
            "Your meetings reach you as invitations by mail. Choose a calendar, and they are written into it instead."
                .to_owned()
        }
        None => String::new(),
    }
}

fn row(visit: &Visit, source: &Source) -> SourceRow {
    if source.kind == SourceKind::House {
        return house_row(visit, source);
    }
    let mut said = Vec::new();
    if let Some(read) = source.read_at {
        said.push(format!("Read {}", ago(visit, read)));
        said.push(events(source));
        if source.faults_total > 0 {
            said.push(format!("{} with a fault", source.faults_total));
        }
    } else if source.is_read() {
        said.push("Not read yet".to_owned());
    }
    SourceRow {
        href: format!("/calendar/sources/{}", source.id),
        name: source.name.clone(),
        server: source.server.clone(),
        pill: pill(source),
        words: said.join(" · "),
        wrong: match (source.problem, source.write_problem) {
            (None, Some(_)) => {
                "The last meeting could not be written there, and was sent by mail.".to_owned()
            }
            _ => wrong(source),
        },
        is_written: source.writes,
        may_write: source.writable && source.holder.user().is_some() && !source.writes,
    }
}

/// `3 minutes ago`, and a time of day where that is long ago.
pub(super) fn ago(visit: &Visit, at: Timestamp) -> String {
    let passed = visit.now.since(at);
    match passed / MINUTE {
        0 => "just now".to_owned(),
        1..=90 => format!("{} ago", words::span(passed)),
        _ => words::near(visit.zone(None), at, visit.now),
    }
}

/// `214 events, 12 of them take no time`; of the house's own `12 meetings`.
pub(super) fn events(source: &Source) -> String {
    let what = if source.kind == SourceKind::House { "meeting" } else { "event" };
    let many = if source.total == 1 { format!("1 {what}") } else { format!("{} {what}s", source.total) };
    match source.free {
        0 => many,
        1 => format!("{many}, 1 of them takes no time"),
        free => format!("{many}, {free} of them take no time"),
    }
}

/// How a source is, in a word.
pub(super) fn pill(source: &Source) -> Pill {
    match source.problem {
        _ if !source.is_read() => Pill::new("does not count", Tone::Plain),
        Some(_) if source.is_stale || source.is_unreadable() => Pill::new("cannot be read", Tone::No),
        Some(_) => Pill::new("tried again", Tone::Wait),
        None if source.read_at.is_none() => Pill::new("is being read", Tone::Wait),
        None if source.is_stale => Pill::new("not read lately", Tone::Wait),
        None => Pill::new("up to date", Tone::Yes),
    }
}

/// What is wrong with a source, as a sentence; empty if nothing is.
pub(super) fn wrong(source: &Source) -> String {
    match source.problem {
        None => String::new(),
        Some(problem) if source.problem_words.is_empty() => problem.sentence().to_owned(),
        Some(_) => source.problem_words.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_is_named_by_what_changes_in_it() {
        let words = |date: &str| week_words(time::monday(form::date(date).unwrap_or_default()));
        assert_eq!(words("2026-11-25"), "23 – 29 November 2026");
        assert_eq!(words("2026-12-01"), "30 November – 6 December 2026");
        assert_eq!(words("2027-01-01"), "28 December 2026 – 3 January 2027");
    }

    #[test]
    fn a_long_day_is_drawn_by_its_wall_clock() {
        let zone = Zone::parse("Europe/Paris").unwrap_or(Zone::UTC);
        let date = form::date("2026-10-25").unwrap_or_default();
        let span = (zone.midnight(date), zone.midnight(after(date, 1)));
        assert_eq!(span.1.since(span.0), 25 * 60 * MINUTE);
        let all = [Interval { start: span.0.ms() - 1, end: span.1.ms() + 1 }];
        assert_eq!(within(zone, span, &all), [(0, DAY_MINUTES)]);
        let noon = span.0.plus(13 * 60 * MINUTE).ms();
        let lunch = [Interval { start: noon, end: noon + 60 * MINUTE }];
        assert_eq!(within(zone, span, &lunch), [(720, 780)]);
    }
}
