//! Seeing figures: an agent's are its owner's, and its own.

use chrono::Datelike;

use super::gather::FOLLOWER;
use super::model::{Figures, Pair, Sums};
use super::sql;
use super::tally::day;
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::AgentId;
use crate::base::time::DAY;
use crate::journal;
use crate::store::Cx;

/// The most days that are asked for at once.
pub const DAYS_MAX: i64 = 366;
/// How many days there are, where nobody says.
const DAYS_USUAL: i64 = 30;
/// The most others that are named.
const PAIRS_MAX: usize = 50;

/// Refuses whoever the agent is not.
pub(super) fn mine(cx: &Cx<'_>, who: &Actor, agent: AgentId) -> Result<()> {
    if agents::is_theirs(cx, who, agent)? { Ok(()) } else { Err(Error::NotFound("agent")) }
}

/// What an agent of the caller's did from a day to another one (of UTC, `2026-11-22`), both counted; the last thirty, if not
/// given.
pub fn figures(
    cx: &Cx<'_>,
    who: &Actor,
    agent: AgentId,
    (from, to): (Option<&str>, Option<&str>),
) -> Result<Figures> {
    mine(cx, who, agent)?;
    let (from, to) = span(cx, (from, to), DAYS_MAX)?;
    let place = (agent, from.as_str(), to.as_str());
    let days = sql::by_day(cx, place)?;
    let mut total = Sums::default();
    for sums in days.values() {
        total.merge(sums);
    }
    let mut pairs = Vec::new();
    for (other, sums) in sql::by_other(cx, place)? {
        let Ok(other) = other.parse::<AgentId>() else { continue };
        pairs.push(Pair { other, name: String::new(), sums });
    }
    pairs.sort_by_key(|pair| (-(pair.sums.received + pair.sums.sent + pair.sums.asked), pair.other));
    pairs.truncate(PAIRS_MAX);
    for pair in &mut pairs {
        pair.name = agents::name_of(cx, pair.other)?;
    }
    Ok(Figures {
        errors: sql::errors(cx, place)?,
        reported: sql::metrics(cx, place)?,
        behind: journal::lag(cx, FOLLOWER.name)?,
        days: days.into_iter().collect(),
        span: (from, to),
        total,
        pairs,
    })
}

/// The first and the last of the days that are asked for: no more of them than `days_max`.
pub(super) fn span(
    cx: &Cx<'_>,
    (from, to): (Option<&str>, Option<&str>),
    days_max: i64,
) -> Result<(String, String)> {
    let no_day = |field: &'static str| Error::invalid(field, "This should be a day, like 2026-11-22.");
    let read = |field: &'static str, text: &str| {
        chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()
            // Written as we write it, and of a year that has four digits.
            .filter(|date| date.to_string() == text && (1..=9_999).contains(&date.year()))
            .ok_or_else(|| no_day(field))
    };
    let to = read("to", &to.map_or_else(|| day(cx.now), str::to_owned))?;
    let usual = || to.checked_sub_signed(chrono::Duration::days(DAYS_USUAL - 1));
    let from = match from {
        Some(text) => read("from", text)?,
        None => usual().ok_or_else(|| no_day("to"))?,
    };
    let days = (to - from).num_days() + 1;
    if days < 1 {
        return Err(Error::invalid("from", "This should not be after the last day."));
    }
    if days > days_max {
        return Err(Error::invalid("from", format!("Ask for {days_max} days at most.")));
    }
    Ok((from.to_string(), to.to_string()))
}

/// The first day of which failures count as recent: yesterday.
pub(super) fn yesterday(cx: &Cx<'_>) -> String {
    day(cx.now.plus(-DAY))
}
