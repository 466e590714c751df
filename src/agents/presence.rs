//! Signs of life: a lease that heartbeats renew. Whoever gives none is offline, whatever they said before.

use super::model::State;
use super::register::{owned, registered, switched_off};
use super::registration::{Claimed, Presence, Registered};
use super::sql::registry;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::AgentId;
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

/// Whether a program gives signs of life now: neither asleep, nor shut out, nor retired.
pub fn is_there(cx: &Cx<'_>, id: AgentId) -> Result<bool> {
    let found = registry::registered(cx, id)?;
    Ok(found.is_some_and(|one| one.presence(cx.house(), cx.now) != Presence::Offline))
}
