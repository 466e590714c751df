//! All of somebody's agents at a glance: what each of them did in some days.

use super::gather::FOLLOWER;
use super::model::{Glance, Overview, Sums};
use super::see::{DAYS_MAX, mine, span};
use super::sql;
use crate::agents::{self, Agent};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, Id};
use crate::journal;
use crate::store::Cx;

/// The most agents that are told of at once.
pub const GLANCES_MAX: u32 = 50;
/// The most days that are asked for at once, where no agent is named.
pub const DAYS_OF_ALL_MAX: i64 = 92;

/// What the caller's agents did from a day to another one (as [`super::figures`] has them), up to `limit` of them, from `after` on:
/// the built-in one and all programs in the order in which they were made, those that are retired as well. A program has itself
/// alone. Where `agent` is named it is that one alone, and the span may be as long as of its figures.
///
/// # Errors
/// `Denied`, if nobody's agents are asked for; `NotFound`, if the one that is named is none of theirs; `agent.off`.
pub fn overview(
    cx: &Cx<'_>,
    who: &Actor,
    agent: Option<AgentId>,
    (from, to): (Option<&str>, Option<&str>),
    (after, limit): (Option<AgentId>, u32),
) -> Result<Overview> {
    let mut all = match agent {
        Some(id) => {
            mine(cx, who, id)?;
            agents::any(cx, id)?.into_iter().collect()
        }
        None => own(cx, who)?,
    };
    let days_max = if agent.is_some() { DAYS_MAX } else { DAYS_OF_ALL_MAX };
    let (from, to) = span(cx, (from, to), days_max)?;
    all.sort_by_key(|one: &Agent| one.id);
    all.retain(|one| after.is_none_or(|after| one.id > after));
    let limit = limit.clamp(1, GLANCES_MAX) as usize;
    let is_more = all.len() > limit;
    all.truncate(limit);
    let next = all.last().filter(|_| is_more).map(|one| one.id);
    let mut glances = Vec::with_capacity(all.len());
    for one in all {
        mine(cx, who, one.id)?;
        let days = sql::by_day(cx, (one.id, &from, &to))?;
        let mut total = Sums::default();
        for sums in days.values() {
            total.merge(sums);
        }
        glances.push(Glance { agent: one, days: days.into_iter().collect(), total });
    }
    let behind = journal::lag(cx, FOLLOWER.name)?;
    Ok(Overview { span: (from, to), agents: glances, next, behind })
}

/// The agents that are the caller's.
fn own(cx: &Cx<'_>, who: &Actor) -> Result<Vec<Agent>> {
    let Some(user) = who.user() else {
        return Err(Error::denied("Figures are known to whoever has agents."));
    };
    let mut all: Vec<_> = agents::registered_of(cx, who)?.into_iter().map(|one| one.agent).collect();
    if who.agent().is_none() {
        all.extend(agents::any(cx, AgentId::from_uuid(user.uuid()))?);
    }
    Ok(all)
}
