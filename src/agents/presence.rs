//! Signs of life: a lease that heartbeats renew. Whoever gives none is offline, whatever they said before.

use super::model::State;
use super::register::{owned, registered, switched_off};
use super::registration::{Claimed, Presence, Registered};
use super::sql::registry;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::AgentId;
use crate::base::time::Timestamp;
use crate::journal::{self, Happening};
use crate::store::Cx;

/// How many signs of life may be missed.
const MISSED: i64 = 3;

/// A sign of life of an agent: by itself, or by its owner's program. Gives how it stands now.
///
/// Coming back after a time offline is journalled; every single heartbeat is not.
pub fn beat(cx: &mut Cx<'_>, who: &Actor, id: AgentId, claimed: Claimed) -> Result<Registered> {
    if !cx.house().agents_enabled {
        return Err(switched_off());
    }
    let one = if who.agent().is_some() { registered(cx, who, id)? } else { owned(cx, who, id)? };
    if one.agent.state == State::Retired {
        return Err(Error::refused("agent.retired", "This agent is retired."));
    }
    let was_there = cx.now < one.lease_until;
    let until = cx.now.plus(MISSED * cx.house().agent_heartbeat_ms);
    registry::set_lease(cx, id, claimed, until.max(one.lease_until))?;
    if !was_there {
        journal::append(cx, who, &Happening::to("agent.online", &id))?;
    }
    registered(cx, who, id)
}

/// Whose presence ended after `since` with nothing renewing it; and until when nobody's ends that was not looked at, however
/// many come meanwhile. `None`: those that ended within the length of one lease.
pub fn lapsed(cx: &Cx<'_>, since: Option<Timestamp>) -> Result<(Vec<AgentId>, Timestamp)> {
    let lease_ms = MISSED * cx.house().agent_heartbeat_ms;
    let ended = registry::lapsed(cx, since.unwrap_or(cx.now.plus(-lease_ms)))?;
    // A lease that begins from now on ends no sooner than that.
    let latest = cx.now.plus(lease_ms);
    Ok((ended, registry::next_lapse(cx)?.map_or(latest, |next| next.min(latest))))
}

/// Whether a program gives signs of life now: neither asleep, nor shut out, nor retired.
pub fn is_there(cx: &Cx<'_>, id: AgentId) -> Result<bool> {
    Ok(presence(cx, id)?.is_some_and(|presence| presence != Presence::Offline))
}

/// How a program stands now, for rooms that have settled who is asking; `None`: there is none.
pub fn presence(cx: &Cx<'_>, id: AgentId) -> Result<Option<Presence>> {
    Ok(registry::registered(cx, id)?.map(|one| one.presence(cx.house(), cx.now)))
}
