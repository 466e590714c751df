//! What came in by mail, and what became of each message: for administrators.

use actix_web::web::{Path, Query};

use super::admin::tabs;
use super::visit::{Answer, Visit, ok};
use super::words;
use crate::base::error::{Error, Result};
use crate::base::id::InboundId;
use crate::base::time::{DAY, MINUTE, Timestamp, Zone};
use crate::meetings;
use crate::post::inbound::{self, Inbound, Outcome};
use crate::store::Cx;
use crate::web::view::admin::Tab;
use crate::web::view::inbound::{InboundList, InboundOne, InboundRow};
use crate::web::view::parts::{Choice, Nav, Pager, Pill};

/// How many messages a page shows.
const ROWS: usize = 50;
/// How many are read at a time, to find those of one outcome.
const BATCH: u32 = 200;
/// How many are looked through for one page.
const LOOKED_AT: usize = 2_000;

/// Which messages.
#[derive(serde::Deserialize)]
pub(super) struct Part {
    #[serde(default)]
    outcome: String,
    #[serde(default)]
    before: String,
}

/// The messages of one page, and where the next begins.
fn found(
    cx: &Cx<'_>,
    wanted: Option<Outcome>,
    before: Timestamp,
) -> Result<(Vec<Inbound>, Option<Timestamp>)> {
    let (mut rows, mut from, mut seen) = (Vec::new(), before, 0);
    while seen < LOOKED_AT {
        let batch = inbound::newest(cx, from, BATCH)?;
        let is_last = batch.len() < BATCH as usize;
        for one in batch {
            seen += 1;
            from = one.received_at;
            if wanted.is_some_and(|wanted| wanted != one.outcome) {
                continue;
            }
            rows.push(one);
            if rows.len() == ROWS {
                return Ok((rows, Some(from)));
            }
        }
        if is_last {
            return Ok((rows, None));
        }
    }
    Ok((rows, Some(from)))
}

/// `GET /admin/inbound`.
pub(super) async fn list(visit: Visit, part: Query<Part>) -> Answer {
    visit.admin()?;
    let wanted = Outcome::parse(&part.outcome);
    let before: Option<Timestamp> = part.before.parse().ok().map(Timestamp::from_ms);
    // What has just come is before a minute from now.
    let from = before.unwrap_or(visit.now.plus(MINUTE));
    let (zone, now) = (visit.zone(None), visit.now);
    let (tabs, rows, next) = visit
        .read(move |cx| {
            let (found, next) = found(cx, wanted, from)?;
            let rows: Vec<_> = found.iter().map(|one| row(cx, one, zone, now)).collect::<Result<_>>()?;
            Ok((tabs(cx, Tab::Inbound)?, rows, next))
        })
        .await?;
    let filter = wanted.map_or(String::new(), |wanted| format!("outcome={}&", wanted.as_str()));
    ok(&InboundList {
        frame: visit.frame("What came in", Nav::Admin),
        tabs,
        outcomes: choices(wanted),
        rows,
        pager: Pager {
            first: before.map(|_| format!("/admin/inbound?{filter}").trim_end_matches(['?', '&']).to_owned()),
            next: next.map(|at| format!("/admin/inbound?{filter}before={}", at.ms())),
        },
    })
}

fn choices(chosen: Option<Outcome>) -> Vec<Choice> {
    let all = Outcome::ALL.into_iter().map(|outcome| {
        let word = outcome.as_str();
        Choice::new(word, word.replace('_', " "), "", chosen == Some(outcome))
    });
    std::iter::once(Choice::new("", "Everything", "", chosen.is_none())).chain(all).collect()
}

/// `REPLY, accepted`, `delivery report`, `plain words`.
fn what(one: &Inbound) -> String {
    match (&one.method, &one.partstat, one.outcome) {
        (Some(method), Some(partstat), _) => format!("{method}, {}", partstat.to_ascii_lowercase()),
        (Some(method), None, _) => method.clone(),
        (None, _, Outcome::Bounce) => "delivery report".to_owned(),
        (None, _, Outcome::AutoReply) => "an automatic answer".to_owned(),
        (None, _, Outcome::Answered) => "plain words".to_owned(),
        (None, _, _) => "a message".to_owned(),
    }
}

fn row(cx: &Cx<'_>, one: &Inbound, zone: Zone, now: Timestamp) -> Result<InboundRow> {
    let meeting = match one.meeting.map(|id| meetings::load(cx, id)) {
        Some(Ok(meeting)) => meeting.title,
        Some(Err(Error::NotFound(_))) | None => String::new(),
        Some(Err(error)) => return Err(error),
    };
    Ok(InboundRow {
        href: format!("/admin/inbound/{}", one.id),
        when: words::near(zone, one.received_at, now),
        what: what(one),
        outcome: Pill::outcome(one.outcome.as_str()),
        reason: one.reason.clone(),
        meeting,
    })
}

/// `GET /admin/inbound/{id}`.
pub(super) async fn one(visit: Visit, id: Path<String>) -> Answer {
    visit.admin()?;
    let id: InboundId = id.parse()?;
    let (tabs, one, raw) = visit
        .read(move |cx| Ok((tabs(cx, Tab::Inbound)?, inbound::get(cx, id)?, inbound::raw(cx, id)?)))
        .await?;
    let zone = visit.zone(None);
    let days = i64::from(visit.web.config.retention.raw_mail_days);
    let kept = if raw.is_some() {
        let until = zone.date(one.received_at.plus(days * DAY));
        format!("Kept until {}.", until.format("%-d %B %Y"))
    } else {
        format!("The message itself was kept for {days} days and is gone.")
    };
    ok(&InboundOne {
        frame: visit.frame("A message that came in", Nav::Admin),
        tabs,
        what: words::sentence(&what(&one)),
        outcome: Pill::outcome(one.outcome.as_str()),
        reason: one.reason.clone(),
        meeting_href: one.meeting.map_or_else(String::new, |id| format!("/meetings/{id}")),
        facts: facts(&one, zone, visit.now),
        raw: raw.map(|raw| String::from_utf8_lossy(&raw).into_owned()),
        kept,
    })
}

fn facts(one: &Inbound, zone: Zone, now: Timestamp) -> Vec<(String, String)> {
    let came = format!("{}, by {}", words::near(zone, one.received_at, now), one.road);
    let known = [
        ("Came", Some(came)),
        ("Message-ID", (!one.message_id.is_empty()).then(|| one.message_id.clone())),
        ("METHOD", one.method.clone()),
        ("PARTSTAT", one.partstat.clone()),
        ("SEQUENCE", one.sequence.map(|number| number.to_string())),
        ("What could be read", one.detail.clone()),
        ("Authenticity", one.authenticity.clone()),
        ("Size", Some(format!("{} bytes", one.size_bytes))),
        ("Trace", Some(one.trace.clone())),
    ];
    known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
