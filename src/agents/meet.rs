//! Meeting: who speaks for a caller, and an agent of any kind as another one meets it.

use super::model::{Agent, Kind, State};
use super::register::switched_off;
use super::registration::{Capabilities, Claimed, Preferences, Registered};
use super::relations::{Reach, reaches};
use super::sql::registry::Met;
use super::{own, sql};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, Id, UserId};
use crate::base::time::Timestamp;
use crate::store::Cx;

/// As which agent somebody writes to others: a program as itself, a person as their built-in agent.
///
/// # Errors
/// `agent.off`, where agents are switched off; `agent.retired`.
pub fn speaking(cx: &Cx<'_>, who: &Actor) -> Result<Agent> {
    if !cx.house().agents_enabled {
        return Err(switched_off());
    }
    let agent = match (who.agent(), who.user()) {
        (Some(id), _) => sql::agent(cx, id)?.ok_or(Error::NotFound("agent"))?,
        (None, Some(user)) => own::to_be(cx, user)?,
        (None, None) => return Err(Error::denied("Agents write for somebody: act as a user.")),
    };
    if agent.state == State::Retired {
        return Err(Error::refused("agent.retired", "This agent is retired."));
    }
    Ok(agent)
}

/// Whether an agent is the caller's to act with: a program itself, a person's built-in one or a program of theirs.
///
/// # Errors
/// `agent.off`, where agents are switched off.
pub fn is_own(cx: &Cx<'_>, who: &Actor, id: AgentId) -> Result<bool> {
    if !cx.house().agents_enabled {
        return Err(switched_off());
    }
    is_theirs(cx, who, id)
}

/// Whether an agent is the caller's, to be looked at: what was said and done stays theirs to read where agents are switched off.
pub fn is_theirs(cx: &Cx<'_>, who: &Actor, id: AgentId) -> Result<bool> {
    Ok(match (who.agent(), who.user()) {
        (Some(agent), _) => agent == id,
        (None, Some(user)) => sql::agent(cx, id)?.is_some_and(|one| one.user == Some(user)),
        (None, None) => false,
    })
}

/// The agent of this id, if `from` reaches it: a program as it wants to be reached, and a built-in agent by those of
/// people whom its user is connected with.
///
/// It takes as many statements whatever the answer is, and for an agent that there is not.
pub fn meet(cx: &Cx<'_>, from: &Agent, to: AgentId, reach: Reach) -> Result<Option<Registered>> {
    let met = match sql::registry::met(cx, to)? {
        Some(Met::Program(program)) => program,
        Some(Met::Other(agent)) if agent.kind == Kind::Builtin => builtin(agent),
        // One that is still to be made; of somebody who is not there it is nobody's, whom nobody is connected with.
        _ => builtin(own::unmade(cx, UserId::from_uuid(to.uuid()))),
    };
    Ok(if reaches(cx, from, Some(&met), reach)? && cx.house().agents_enabled { Some(met) } else { None })
}

/// A built-in agent as others meet it: it is written to by whoever its user is connected with, and is there always.
fn builtin(agent: Agent) -> Registered {
    Registered {
        handle: String::new(),
        about: String::new(),
        resource: None,
        capabilities: Capabilities::default(),
        preferences: Preferences::default(),
        is_direct: true,
        is_group: true,
        is_discoverable: false,
        claimed: Claimed::Online,
        lease_until: Timestamp::from_ms(0),
        active_at: None,
        engaged: 0,
        shut_out_until: None,
        shut_out_reason: None,
        agent,
    }
}
