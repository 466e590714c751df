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
    let due = queue::next_due(cx, &topic)?.filter(|due| *due > cx.now);
    let change = sql::next_change(cx, agent)?.filter(|at| *at > cx.now);
    Ok(due.into_iter().chain(change).min().map_or(Ready::Nothing, Ready::At))
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
    let mut handed = Vec::new();
    loop {
        let claimed = queue::claim_elsewhere(cx, &inbox(agent), limit.clamp(1, LIMIT_MAX), lease_ms)?;
        let is_over = claimed.is_empty();
        for work in claimed {
            let Some(mut one) = sql::delivery(cx, DeliveryId::from_uuid(work.id.uuid()))? else {
                queue::drop_work(cx, work.id)?;
                continue;
            };
            if !may(cx, &one)? {
                finish(cx, &Actor::house(&work.trace), &mut one, State::Dead, Some("not_permitted"))?;
                continue;
            }
            (one.state, one.attempts) = (State::Processing, work.attempt);
            one.leased_until = Some(cx.now.plus(lease_ms));
            sql::update(cx, &one)?;
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
