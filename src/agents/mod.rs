//! Agents: who acts for a user, or for a room or thing (`docs/slots.md`, `docs/hub.md`).
//!
//! Every user has a built-in agent, made with the account: it has the account's own UUID, and speaks with the profile's
//! name, zone and hours. A *resource* is a room or a thing that answers by itself: administrators give it a name, a zone,
//! hours and rules, and a calendar of its own, whose holder it is. A *registered* agent is a program that somebody runs:
//! it has a handle, capabilities, keys, and is there as long as it gives signs of life.
//!
//! Tables owned: `agents`, `registrations`, `agent_relations`, `agent_keys`, `signing_keys`, `roles`,
//! `role_members`, `agent_engagements`, `agent_conversations`.
//!
//! It does not know what is agreed with them, what is taken of their time, nor what they say to each other.

mod announce;
mod change;
mod credential;
mod engage;
mod find;
mod keys;
mod meet;
mod model;
mod own;
mod presence;
mod register;
mod registration;
mod relations;
mod roles;
mod shut_out;
mod socket_room;
mod sql;
#[cfg(test)]
mod tests;

pub use announce::{
    ANNOUNCED, Announcement, NewAnnouncement, Numbered, announce, announced, announced_to, announcements,
};
pub use change::{RESOURCES_MAX, add, change, end, rename, retire};
pub use credential::{
    Caller, Claims, Issued, PublicKey, exchange, opened, proven, public_keys, renew_signing_keys,
};
pub use engage::{disengage, engage, engaged, is_full, join, part, part_all, release, step_back, stranded};
pub use find::{Face, find, in_role, listed, reached, sharing};
pub use keys::{KEYS_MAX, Key, PREFIX as KEY_PREFIX, keys, make_key, revoke_key};
pub use meet::{is_own, is_theirs, meet, speaking};
pub use model::{Agent, AgentChange, Kind, NewAgent, State, open_rules};
pub use own::{FOLLOWER, any, erase, export, kind_of, own, owner_of, programs_of};
pub use presence::{beat, is_there, lapsed, presence};
pub use register::{
    REGISTERED_MAX, answers_for, deactivate, delete_ended, plays, plays_for, program_of, register,
    registered, registered_of, reregister, room_of,
};
pub use registration::{
    Capabilities, CapabilitiesChange, Claimed, NewRegistration, Preferences, PreferencesChange, Presence,
    Privacy, Registered, RegistrationChange, Relation, Seen, is_for_agents,
};
pub use relations::{RELATIONS_MAX, Reach, are_blocked, blocks_any, reaches, relate, relations, unrelate};
pub use roles::{
    MEMBERS_MAX, ROLES_MAX, Role, add_role, change_role, is_in_role, is_role, may_fill, members, remove_role,
    role, role_name, roles, roles_of, set_members,
};
pub use shut_out::{NEVER_CAME, Pattern, everybodys, let_in, many, shut_out, tell_inactive};
pub use socket_room::SocketRoom;

use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::AgentId;
use crate::store::Cx;

/// The agents that somebody may see all of: their own first, built-in and programs, then the rooms and things by name. An
/// administrator sees those that are retired as well.
pub fn list(cx: &Cx<'_>, who: &Actor) -> Result<Vec<Seen>> {
    let me = known(who)?;
    let own = match me {
        Some(user) => sql::of_user(cx, user)?,
        None => None,
    };
    let mut agents: Vec<Seen> = own.into_iter().map(Seen::House).collect();
    agents.extend(registered_of(cx, who)?.into_iter().map(Seen::Program));
    agents.extend(resources(cx, who)?.into_iter().map(Seen::House));
    Ok(agents)
}

/// The rooms and things by name. An administrator sees those that are retired as well.
pub fn resources(cx: &Cx<'_>, who: &Actor) -> Result<Vec<Agent>> {
    known(who)?;
    let all = sql::resources(cx)?.into_iter();
    Ok(all.filter(|one| who.is_admin() || one.state == State::Active).collect())
}

/// An agent, all of it. Somebody else's, or a room that is retired, is not there, but for administrators.
pub fn get(cx: &Cx<'_>, who: &Actor, id: AgentId) -> Result<Seen> {
    let me = known(who)?;
    let agent = sql::agent(cx, id)?.ok_or(Error::NotFound("agent"))?;
    let is_theirs = match agent.kind {
        Kind::Builtin => agent.user == me,
        Kind::Resource => agent.state == State::Active,
        Kind::Personal | Kind::Service | Kind::Room => return registered(cx, who, id).map(Seen::Program),
    };
    if is_theirs || who.is_admin() { Ok(Seen::House(agent)) } else { Err(Error::NotFound("agent")) }
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

/// Whether an agent of any kind is there and not retired.
pub fn is_active(cx: &Cx<'_>, id: AgentId) -> Result<bool> {
    Ok(sql::agent(cx, id)?.is_some_and(|agent| agent.state == State::Active))
}

/// What an agent is called, for rooms that have settled who is asking; empty: it is no more, or has no name.
pub fn name_of(cx: &Cx<'_>, id: AgentId) -> Result<String> {
    Ok(sql::agent(cx, id)?.map(|agent| agent.name).unwrap_or_default())
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
