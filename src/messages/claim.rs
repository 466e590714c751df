//! Handing over: what waits in an agent's inbox, under a lease.

use super::deliver::inbox;
use super::end::{end_overdue, finish, receipt};
use super::model::{Delivery, State};
use super::sql;
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, DeliveryId, Id};
use crate::base::time::Timestamp;
use crate::queue;
use crate::store::Cx;

/// The most that is handed over at once.
const LIMIT_MAX: u32 = 100;

/// A delivery that was handed over.
#[derive(Clone, Debug)]
pub struct Handed {
    /// The delivery.
    pub delivery: Delivery,
    /// What its agent answers with: good for this attempt alone.
    pub lease: String,
}

/// Whether something waits in an inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ready {
    /// It can be had now.
    Now,
    /// Nothing before then, unless something comes.
    At(Timestamp),
    /// Nothing, unless something comes.
    Nothing,
}

/// The lease of an attempt: nobody else can make it up.
pub(super) fn lease(cx: &Cx<'_>, one: &Delivery) -> String {
    cx.keys().link_secret("delivery", &format!("{} {}", one.id, one.attempts))
}

/// Refuses whoever an inbox is not: it is its program's, and its owner's.
pub(super) fn mine(cx: &Cx<'_>, who: &Actor, agent: AgentId) -> Result<()> {
    if agents::is_own(cx, who, agent)? { Ok(()) } else { Err(Error::NotFound("agent")) }
}

/// Whether [`claim`] would hand anything over now: a read, so that whoever waits writes nothing.
pub fn ready(cx: &Cx<'_>, who: &Actor, agent: AgentId) -> Result<Ready> {
    mine(cx, who, agent)?;
    let topic = inbox(agent);
    if queue::is_ready(cx, &topic)? {
        return Ok(Ready::Now);
    }
    Ok(next_change(cx, agent)?.map_or(Ready::Nothing, Ready::At))
}

/// When something changes by itself in an inbox, and may be had then that cannot be had now: it falls due, a lease ends, or what
/// it waits for expires.
fn next_change(cx: &Cx<'_>, agent: AgentId) -> Result<Option<Timestamp>> {
    let due = queue::due_after(cx, &inbox(agent))?;
    let change = sql::next_change(cx, agent)?.filter(|at| *at > cx.now);
    Ok(due.into_iter().chain(change).min())
}

/// What came to be had by itself in an agent's inbox after `since`, sent for later, put off, or taken back from whoever was
/// handed it; and when to look again.
pub fn came_due(
    cx: &Cx<'_>,
    who: &Actor,
    agent: AgentId,
    since: Timestamp,
) -> Result<(Vec<Delivery>, Option<Timestamp>)> {
    mine(cx, who, agent)?;
    let came = if since < cx.now { sql::came_due(cx, agent, since, LIMIT_MAX)? } else { Vec::new() };
    Ok((came, next_change(cx, agent)?))
}

/// Hands over up to `limit` of what waits for an agent, the first in order first. What `may` says is not permitted any
/// more is dead, and its sender is told.
pub fn claim(
    cx: &mut Cx<'_>,
    who: &Actor,
    agent: AgentId,
    limit: u32,
    may: &dyn Fn(&mut Cx<'_>, &Delivery) -> Result<bool>,
) -> Result<Vec<Handed>> {
    mine(cx, who, agent)?;
    end_overdue(cx)?;
    let lease_ms = cx.house().message_lease_ms;
    let most = i64::from(cx.house().message_attempts);
    let mut handed = Vec::new();
    loop {
        let claimed = queue::claim_elsewhere(cx, &inbox(agent), limit.clamp(1, LIMIT_MAX), lease_ms)?;
        let is_over = claimed.is_empty();
        for work in claimed {
            let Some(mut one) = sql::delivery(cx, DeliveryId::from_uuid(work.id.uuid()))? else {
                queue::drop_work(cx, work.id)?;
                continue;
            };
            // What ends by itself ends in batches, and this may not have had its turn.
            let end = if one.has_expired(cx.now) {
                Some((State::Expired, "time"))
            } else if work.attempt > most {
                Some((State::Dead, "attempts"))
            } else {
                (!may(cx, &one)?).then_some((State::Dead, "not_permitted"))
            };
            if let Some((state, reason)) = end {
                finish(cx, &Actor::house(&work.trace), &mut one, state, Some(reason))?;
                continue;
            }
            (one.state, one.attempts) = (State::Processing, work.attempt);
            one.leased_until = Some(cx.now.plus(lease_ms));
            sql::hand_over(cx, &one)?;
            if one.attempts == 1 {
                receipt(cx, who, &one)?;
            }
            handed.push(Handed { lease: lease(cx, &one), delivery: one });
        }
        // What was dropped may have held something else up.
        if is_over || !handed.is_empty() {
            return Ok(handed);
        }
    }
}
