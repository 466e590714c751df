//! What an agent did, in figures and one by one; how it is; and everybody's agents, for administrators.

use std::collections::BTreeMap;

use actix_web::web::{Path, Query};
use chrono::NaiveDate;

use super::admin;
use super::agents::{path, pills, switched_on};
use super::visit::{Answer, Visit, ok};
use super::watch_words::told;
use super::words;
use crate::accounts;
use crate::agents::{self, Kind, Registered, State};
use crate::analytics::{self, Activity, By, Figures, Health, Sums};
use crate::base::error::{Error, Result};
use crate::base::id::AgentId;
use crate::base::time::{SECOND, Timestamp, Zone, long_date};
use crate::store::Cx;
use crate::web::view::admin::Tab;
use crate::web::view::bars::{self, Bar, Bars, Figure};
use crate::web::view::parts::{FieldErrors, Nav, Pager, Pill, Tone};
use crate::web::view::watch::{
    ActivityPage, ActivityRow, EverybodysAgents, EverybodysRow, FiguresPage, PairRow, ReportedRow,
};

/// How many rows a page has.
const ROWS: u32 = 50;

/// Which days.
#[derive(serde::Deserialize)]
pub(super) struct Days {
    from: Option<String>,
    to: Option<String>,
}

/// `GET /agents/{id}/figures`.
pub(super) async fn figures(visit: Visit, id: Path<String>, days: Query<Days>) -> Answer {
    visit.user()?;
    let (id, who): (AgentId, _) = (id.parse()?, visit.actor());
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let (from, to) = (given(&days.from), given(&days.to));
    let read = visit.read(move |cx| {
        let (name, home) = (agents::name_of(cx, id)?, home(cx, id)?);
        let found = analytics::figures(cx, &who, id, (from.as_deref(), to.as_deref()));
        match found {
            Ok(found) => Ok((name, home, found, FieldErrors::none())),
            // The days are another's to choose: the last thirty are shown with what is wrong.
            Err(error @ Error::Invalid { .. }) => {
                let usual = analytics::figures(cx, &who, id, (None, None))?;
                Ok((name, home, usual, FieldErrors::from_error(&error).unwrap_or_default()))
            }
            Err(error) => Err(error),
        }
    });
    let (name, back, found, errors) = read.await?;
    let (zone, now) = (visit.zone(None), visit.now);
    let name = if name.is_empty() { "your agent".to_owned() } else { name };
    let (empty, drawn): (Vec<_>, Vec<_>) = charts(&found).into_iter().partition(Bars::is_empty);
    ok(&FiguresPage {
        frame: visit.frame(&format!("What {name} did"), Nav::Agents),
        path: format!("{}/figures", path(id)),
        back,
        activity: format!("{}/activity", path(id)),
        lead: lead(&found.span),
        behind: behind(found.behind),
        figures: numbers(&found.total),
        from: found.span.0.clone(),
        to: found.span.1.clone(),
        errors,
        nothing: nothing(&empty, drawn.is_empty(), &name, goes_on(&found, visit.now)),
        charts: drawn,
        pairs: found.pairs.iter().map(pair).collect(),
        errors_by_kind: found
            .errors
            .iter()
            .map(|one| (trouble(&one.kind), one.many, words::near(zone, one.last_at, now)))
            .collect(),
        reported: found
            .reported
            .into_iter()
            .map(|one| ReportedRow {
                name: one.name,
                many: one.many,
                total: one.total,
                least: one.least,
                most: one.most,
            })
            .collect(),
        name,
    })
}

/// Where an agent is to be found: a program on its page, the built-in one among all of its user's, and so all of them where
/// programs are switched off.
fn home(cx: &Cx<'_>, id: AgentId) -> Result<String> {
    let is_program = agents::kind_of(cx, id)?.is_some_and(agents::Kind::is_registered);
    Ok(if is_program && cx.house().agents_enabled { path(id) } else { "/agents".to_owned() })
}

fn date(day: &str) -> Option<NaiveDate> {
    day.parse().ok()
}

/// Which days these are.
pub(super) fn lead(span: &(String, String)) -> String {
    match (date(&span.0), date(&span.1)) {
        (Some(from), Some(to)) => format!("From {} to {}.", long_date(from), long_date(to)),
        _ => String::new(),
    }
}

pub(super) fn behind(entries: i64) -> String {
    // What was just done by this very page's reader is always on its way.
    if entries < 200 {
        return String::new();
    }
    format!("Figures are being computed: {entries} entries of the journal are still to be read.")
}

/// How long something took at most, in plain words.
pub(super) fn took(ms: Option<i64>) -> String {
    match ms {
        None => "—".to_owned(),
        Some(ms) if ms < SECOND => format!("0.{} s", format!("{ms:03}").trim_end_matches('0')),
        Some(ms) if ms < 90 * SECOND => format!("{} s", ms / SECOND),
        Some(ms) => words::span(ms),
    }
}

pub(super) fn percent(sums: &Sums) -> String {
    sums.success_percent().map_or_else(|| "—".to_owned(), |percent| format!("{percent} %"))
}

/// How content people were.
pub(super) fn content(sums: &Sums) -> String {
    match sums.satisfaction_hundredths() {
        Some(score) => format!("{}.{} of 5", score / 100, score % 100 / 10),
        None => "—".to_owned(),
    }
}

fn numbers(total: &Sums) -> Vec<Figure> {
    let figure = |name: &str, value: String, note: String| Figure { name: name.to_owned(), value, note };
    let content = content(total);
    // A person may answer before their program is awaited: then there are more answers than questions.
    let (in_groups, answered) = match (total.asked.max(total.answered), total.late) {
        (0, 0) => ("—".to_owned(), "none was asked".to_owned()),
        (many, 0) => (format!("{} of {many}", total.answered), "answered in time".to_owned()),
        (many, late) => {
            (format!("{} of {many}", total.answered), format!("answered in time, {late} too late"))
        }
    };
    vec![
        figure("Messages", format!("{} came", total.received), format!("{} went out", total.sent)),
        figure("Began", total.started.to_string(), format!("{} came to their end", total.completed)),
        figure(
            "Went well",
            percent(total),
            format!("{} of {}", total.succeeded, total.succeeded + total.failed),
        ),
        figure(
            "Half of its answers within",
            took(total.times.percentile(50)),
            format!("95 of 100 within {}", took(total.times.percentile(95))),
        ),
        figure("Group decisions", in_groups, answered),
        figure("How content people were", content, format!("{} ratings", total.ratings)),
    ]
}

/// Whether the last of the days is still going on, or to come.
fn goes_on(found: &Figures, now: Timestamp) -> bool {
    date(&found.span.1).is_some_and(|last| last >= now.utc().date_naive())
}

/// What stands in place of the drawings in which there would be nothing: a heading and a line; none, if there is something in
/// all of them.
fn nothing(empty: &[Bars], is_all: bool, name: &str, goes_on: bool) -> Option<(String, String)> {
    let when = if goes_on { "Nothing yet" } else { "Nothing in these days" };
    let titles: Vec<_> = empty.iter().map(|chart| chart.title.to_lowercase()).collect();
    let (heading, line) = match (empty, goes_on) {
        ([], _) => return None,
        _ if !is_all => ("Besides", format!("{when}: {}.", titles.join(", "))),
        (_, true) => (
            "Day by day",
            format!("{when}. What {name} is sent, begins and answers is drawn here, day by day."),
        ),
        (_, false) => ("Day by day", format!("{when}.")),
    };
    Some((heading.to_owned(), line))
}

/// The drawings, each day of the span in each of them.
fn charts(found: &Figures) -> Vec<Bars> {
    let (Some(from), Some(to)) = (date(&found.span.0), date(&found.span.1)) else { return Vec::new() };
    let by_day: BTreeMap<&str, &Sums> = found.days.iter().map(|(day, sums)| (day.as_str(), sums)).collect();
    let none = Sums::default();
    let days: Vec<(String, &Sums)> = from
        .iter_days()
        .take_while(|day| *day <= to)
        .map(|day| {
            let sums = by_day.get(day.to_string().as_str()).copied().unwrap_or(&none);
            (day.format("%-d %b").to_string(), sums)
        })
        .collect();
    let chart = |title: &str, words: (&str, &str), kind: bars::Kind, of: fn(&Sums) -> (i64, i64)| Bars {
        title: title.to_owned(),
        words: (words.0.to_owned(), words.1.to_owned()),
        more: String::new(),
        kind,
        none: String::new(),
        bars: days
            .iter()
            .map(|(label, sums)| {
                let (good, bad) = of(sums);
                Bar {
                    label: label.clone(),
                    good: admin::count(good),
                    bad: admin::count(bad),
                    more: String::new(),
                }
            })
            .collect(),
    };
    let mut ended = chart("What ended", ("went well", "went wrong"), bars::Kind::Stacked, |sums| {
        (sums.succeeded, sums.failed)
    });
    "went well, of a hundred".clone_into(&mut ended.more);
    for (bar, (_, sums)) in ended.bars.iter_mut().zip(&days) {
        bar.more = percent(sums);
    }
    vec![
        chart("Messages that came", ("came", ""), bars::Kind::Stacked, |sums| (sums.received, 0)),
        chart("Messages that went out", ("went out", ""), bars::Kind::Stacked, |sums| (sums.sent, 0)),
        chart("What it began", ("began", "came to their end"), bars::Kind::Beside, |sums| {
            (sums.started, sums.completed)
        }),
        ended,
        chart("What it answered in group decisions", ("in time", "too late"), bars::Kind::Stacked, |sums| {
            (sums.answered, sums.late)
        }),
        chart(
            "Within how many seconds its answers came",
            ("seconds for half of them", "seconds for 95 of 100"),
            bars::Kind::Each(0),
            |sums| (seconds(sums, 50), seconds(sums, 95)),
        ),
        chart("How content people were", ("of 5", ""), bars::Kind::Each(1), |sums| {
            (sums.satisfaction_hundredths().map_or(0, |score| score / 10), 0)
        }),
    ]
}

/// Within how many seconds so many of a hundred answers came, rounded up; 0: there were none.
fn seconds(sums: &Sums, percent: i64) -> i64 {
    sums.times.percentile(percent).map_or(0, |ms| (ms + SECOND - 1) / SECOND)
}

fn pair(pair: &analytics::Pair) -> PairRow {
    let name = if pair.name.is_empty() { "somebody’s agent".to_owned() } else { pair.name.clone() };
    PairRow {
        name,
        received: pair.sums.received,
        sent: pair.sums.sent,
        success: percent(&pair.sums),
        median: took(pair.sums.times.percentile(50)),
    }
}

/// What went wrong, in plain words.
fn trouble(kind: &str) -> String {
    match kind {
        "delivery.failed" => "It gave a message up",
        "delivery.expired" => "A message was not taken in time",
        "delivery.dead" => "A message was handed over and never acknowledged",
        "task.failed" => "It could not do a task",
        "task.rejected" => "It did not want to do a task",
        "task.expired" => "A task was not done in time",
        "group.silent" => "It did not answer in a group decision in time",
        "agent.shut-out" => "It was shut out for a while",
        other => told(other, true),
    }
    .to_owned()
}

/// Before which entry a page begins.
#[derive(serde::Deserialize)]
pub(super) struct Before {
    before: Option<i64>,
}

/// `GET /agents/{id}/activity`.
pub(super) async fn activity(visit: Visit, id: Path<String>, part: Query<Before>) -> Answer {
    visit.user()?;
    let (id, who, before): (AgentId, _, _) = (id.parse()?, visit.actor(), part.before);
    let read = visit.read(move |cx| {
        let (rows, next) = analytics::activity(cx, &who, id, before, ROWS)?;
        Ok((agents::name_of(cx, id)?, home(cx, id)?, rows, next))
    });
    let (name, back, rows, next) = read.await?;
    let (zone, now) = (visit.zone(None), visit.now);
    let own = format!("{}/activity", path(id));
    let name = if name.is_empty() { "your agent".to_owned() } else { name };
    ok(&ActivityPage {
        frame: visit.frame(&format!("What happened with {name}"), Nav::Agents),
        back,
        figures: format!("{}/figures", path(id)),
        rows: rows.iter().map(|one| row(one, zone, now)).collect(),
        pager: Pager {
            first: before.map(|_| own.clone()),
            next: next.map(|number| format!("{own}?before={number}")),
        },
        name,
    })
}

fn row(one: &Activity, zone: Zone, now: Timestamp) -> ActivityRow {
    let by = match one.by {
        By::Itself => "itself",
        By::Owner => "you",
        By::House => "the house",
        By::Other if one.other.is_some() => "another agent",
        By::Other => "somebody else",
    };
    ActivityRow {
        near: words::near(zone, one.at, now),
        iso: one.at.to_rfc3339(),
        what: told(&one.kind, one.by == By::Itself).to_owned(),
        by: by.to_owned(),
        about: one.about.clone().unwrap_or_default(),
    }
}

/// How an agent is, as its page shows it: a name and a value each.
pub(super) fn health_facts(health: &Health, zone: Zone, now: Timestamp) -> Vec<(String, String)> {
    let fact = |name: &str, value: String| (name.to_owned(), value);
    let waiting = match health.inbox.oldest_at {
        Some(at) if now.since(at) >= SECOND => {
            format!("{}, the oldest since {}", health.inbox.waiting, words::near(zone, at, now))
        }
        _ => health.inbox.waiting.to_string(),
    };
    let mut facts =
        vec![fact("Messages that wait for it", waiting), fact("In its hands", health.inbox.held.to_string())];
    if health.inbox.stuck > 0 {
        facts.push(fact("Of these for too long", health.inbox.stuck.to_string()));
    }
    facts.push(fact("Went wrong since yesterday", health.failures.to_string()));
    facts
}

/// That it is shut out, until when and why.
pub(super) fn shut_out_words(health: &Health, zone: Zone, now: Timestamp) -> Option<String> {
    let (until, reason) = health.shut_out.as_ref()?;
    let why = agents::Pattern::parse(reason).map_or("", agents::Pattern::words);
    Some(format!(
        "It is shut out until {}: {why}. Its keys and tokens count for nothing until then.",
        words::near(zone, *until, now)
    ))
}

/// After which agent a page begins.
#[derive(serde::Deserialize)]
pub(super) struct After {
    after: Option<String>,
}

/// `GET /admin/agents`.
pub(super) async fn everybodys(visit: Visit, part: Query<After>) -> Answer {
    visit.admin()?;
    let after: Option<AgentId> = part.after.as_deref().map(str::parse).transpose()?;
    let who = visit.actor();
    let read = visit.read(move |cx| {
        let mut all = agents::everybodys(cx, &who, after, ROWS + 1)?;
        let is_more = all.len() > ROWS as usize;
        all.truncate(ROWS as usize);
        let all = all.into_iter().map(|one| {
            let owner = match one.agent.user.map(|user| accounts::get(cx, user)) {
                Some(Ok(user)) => user.given_name().unwrap_or_else(|| "somebody".to_owned()),
                Some(Err(Error::NotFound(_))) | None => "nobody".to_owned(),
                Some(Err(error)) => return Err(error),
            };
            Ok((one, owner))
        });
        Ok((admin::tabs(cx, Tab::Agents)?, all.collect::<Result<Vec<_>>>()?, is_more))
    });
    let (tabs, all, is_more) = read.await?;
    let next = all.last().filter(|_| is_more).map(|(one, _)| format!("/admin/agents?after={}", one.agent.id));
    ok(&EverybodysAgents {
        frame: visit.frame("Everybody’s agents", Nav::Admin),
        tabs,
        is_off: switched_on(&visit).is_err(),
        rows: all.iter().map(|(one, owner)| everybodys_row(&visit, one, owner)).collect(),
        pager: Pager { first: after.map(|_| "/admin/agents".to_owned()), next },
    })
}

fn everybodys_row(visit: &Visit, one: &Registered, owner: &str) -> EverybodysRow {
    let (zone, now) = (visit.zone(None), visit.now);
    // Switched off they have no pages of their own, on which these things would be done.
    let is_on = switched_on(visit).is_ok();
    let is_active = one.agent.state == State::Active;
    EverybodysRow {
        href: if is_on { path(one.agent.id) } else { String::new() },
        name: one.agent.name.clone(),
        handle: one.handle.clone(),
        owner: owner.to_owned(),
        kind: one.agent.kind.as_str().to_owned(),
        pills: if is_on || !is_active {
            pills(visit, one, false)
        } else {
            vec![Pill::new("switched off", Tone::Plain)]
        },
        seen: one.active_at.map_or_else(|| "never".to_owned(), |at| words::near(zone, at, now)),
        is_shut_out: is_on && one.shut_out(now).is_some(),
        retiring: (is_on && is_active).then(|| retiring(one.agent.kind, owner)),
    }
}

/// What follows from retiring it, in a line.
fn retiring(kind: Kind, owner: &str) -> String {
    let then = match kind {
        Kind::Personal => format!(", and {owner}’s built-in agent acts in its place"),
        Kind::Room => ", and the room or thing answers by its own rules".to_owned(),
        _ => String::new(),
    };
    format!("Its keys stop working at once{then}. This cannot be taken back.")
}

#[cfg(test)]
mod tests {
    use super::took;

    #[test]
    fn what_took_long_is_told_in_plain_words() {
        let told = [None, Some(100), Some(250), Some(5_000), Some(60_000)].map(took);
        assert_eq!(told, ["—", "0.1 s", "0.25 s", "5 s", "60 s"]);
        assert!(!took(Some(604_800_000)).is_empty());
    }
}
