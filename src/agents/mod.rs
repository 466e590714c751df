//! Agents: who acts for a user, or for a room or thing (`docs/slots.md`).
//!
//! Every user has a built-in agent, made with the account: it has the account's own UUID, and speaks with the profile's
//! name, zone and hours. A *resource* is a room or a thing that answers by itself: administrators give it a name, a zone,
//! hours and rules, and a calendar of its own, whose holder it is. Table owned: `agents`.
//!
//! It does not know what is agreed with them, nor what is taken of their time.

mod change;
mod model;
mod own;
mod sql;
#[cfg(test)]
mod tests;

pub use change::{RESOURCES_MAX, add, change, retire};
pub use model::{Agent, AgentChange, Kind, NewAgent, State, open_rules};
pub use own::{FOLLOWER, erase, export, own};

use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::AgentId;
use crate::store::Cx;

/// The agents that somebody may know of: their own first, then the rooms and things by name. An administrator sees
/// those that are retired as well.
pub fn list(cx: &Cx<'_>, who: &Actor) -> Result<Vec<Agent>> {
    let me = known(who)?;
    let mut agents = match me {
        Some(user) => sql::of_user(cx, user)?.into_iter().collect(),
        None => Vec::new(),
    };
    let resources = sql::resources(cx)?;
    agents.extend(resources.into_iter().filter(|one| who.is_admin() || one.state == State::Active));
    Ok(agents)
}

/// An agent. Somebody else's, or one that is retired, is not there, but for administrators.
pub fn get(cx: &Cx<'_>, who: &Actor, id: AgentId) -> Result<Agent> {
    let me = known(who)?;
    let agent = sql::agent(cx, id)?.ok_or(Error::NotFound("agent"))?;
    let is_theirs = match agent.kind {
        Kind::Builtin => agent.user == me,
        Kind::Resource => agent.state == State::Active,
    };
    if is_theirs || who.is_admin() { Ok(agent) } else { Err(Error::NotFound("agent")) }
}

/// A room or thing whose time may be asked for: for rooms that have settled who is asking.
pub fn resource(cx: &Cx<'_>, id: AgentId) -> Result<Agent> {
    there(cx, id)?.ok_or(Error::NotFound("agent"))
}

/// The most rooms and things that a meeting, or whatever becomes one, can name.
pub const NAMED_MAX: usize = 10;

/// The rooms and things that somebody has named as needed: each there, and named once; else the field `resources` is
/// refused.
pub fn named(cx: &Cx<'_>, ids: &[AgentId]) -> Result<Vec<Agent>> {
    if ids.len() > NAMED_MAX {
        let message = format!("A meeting can have {NAMED_MAX} rooms and things at most.");
        return Err(Error::invalid("resources", message));
    }
    let mut found: Vec<Agent> = Vec::with_capacity(ids.len());
    for id in ids {
        if found.iter().any(|known| known.id == *id) {
            return Err(Error::invalid("resources", "Name every room or thing once."));
        }
        let message = "There is no such room or thing, or it can no longer be had.";
        found.push(there(cx, *id)?.ok_or_else(|| Error::invalid("resources", message))?);
    }
    Ok(found)
}

/// A room or thing, unless it is retired.
fn there(cx: &Cx<'_>, id: AgentId) -> Result<Option<Agent>> {
    let found = sql::agent(cx, id)?;
    Ok(found.filter(|agent| agent.kind == Kind::Resource && agent.state == State::Active))
}

/// A room or thing, retired or not: for what people had of it.
pub fn ever(cx: &Cx<'_>, id: AgentId) -> Result<Option<Agent>> {
    Ok(sql::agent(cx, id)?.filter(|agent| agent.kind == Kind::Resource))
}

/// Those of some rooms and things that are not retired.
pub fn still_there(cx: &Cx<'_>, ids: &[AgentId]) -> Result<Vec<Agent>> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(there(cx, *id)?);
    }
    Ok(found)
}

/// Whoever asks, if it is somebody of this house; strangers know no agent.
fn known(who: &Actor) -> Result<Option<crate::base::id::UserId>> {
    match who.user() {
        None if !who.is_admin() => Err(Error::denied("Agents are known to users of this house.")),
        user => Ok(user),
    }
}
