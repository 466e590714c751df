//! Who is there to see what an agent does right now: the others of its conversations, as far as it reaches them.

use std::collections::BTreeMap;

use super::model::{Conversation, Member, Shape};
use super::send::road;
use super::sql;
use crate::agents::{self, Agent, Presence};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, SessionId};
use crate::store::Cx;

/// The conversations that the caller's agent is in and that go on.
pub fn joined(cx: &Cx<'_>, who: &Actor) -> Result<Vec<SessionId>> {
    let from = agents::speaking(cx, who)?;
    sql::open_of(cx, from.id)
}

/// An agent that shares a conversation with another one, and in which: in the first that was found.
pub type Companion = (SessionId, AgentId);

/// The agents that share a conversation with the caller's, this one or any that goes on, and that it reaches: whoever is
/// blocked on either side is none of them. Each is there once.
///
/// # Errors
/// `NotFound`, if the caller's agent is not in this one; `conversation.over`.
pub fn audience(cx: &Cx<'_>, who: &Actor, only: Option<SessionId>) -> Result<Vec<Companion>> {
    let from = agents::speaking(cx, who)?;
    match only {
        Some(id) => around(cx, &from, &[id]),
        None => around(cx, &from, &sql::open_of(cx, from.id)?),
    }
}

/// As [`audience`] of all conversations, of any agent, for rooms that have settled who is asking.
pub fn company(cx: &Cx<'_>, agent: AgentId) -> Result<Vec<Companion>> {
    match agents::any(cx, agent)? {
        Some(one) => around(cx, &one, &sql::open_of(cx, agent)?),
        None => Ok(Vec::new()),
    }
}

/// How the others in a conversation that goes on stand, as far as an agent of the caller's in it reaches them, by agent. Those that
/// the house plays are none of them: they are there in any case.
pub fn presences(cx: &Cx<'_>, who: &Actor, one: &Conversation) -> Result<BTreeMap<AgentId, Presence>> {
    let mut found = BTreeMap::new();
    if one.ended_at.is_some() || one.shape == Shape::System {
        return Ok(found);
    }
    let is_own = |member: &&Member| match who.agent() {
        Some(agent) => member.agent == agent,
        None => member.user.is_some() && member.user == who.user(),
    };
    for own in one.present().filter(is_own) {
        let Some(own) = agents::any(cx, own.agent)?.filter(|own| own.state == agents::State::Active) else {
            continue;
        };
        for other in one.present().filter(|other| other.agent != own.id) {
            if !found.contains_key(&other.agent) && road(cx, one, &own, other.agent)?.is_some() {
                found.extend(agents::presence(cx, other.agent)?.map(|how| (other.agent, how)));
            }
        }
    }
    Ok(found)
}

/// How those stand who are of a company, as far as they are there; each with the conversation that is shared.
pub fn attending(cx: &Cx<'_>, company: &[Companion]) -> Result<Vec<(Companion, Presence)>> {
    let mut there = Vec::new();
    for one in company {
        let how = agents::presence(cx, one.1)?.filter(|how| *how != Presence::Offline);
        there.extend(how.map(|how| (*one, how)));
    }
    Ok(there)
}

/// A conversation, for rooms that have settled who is asking; `None`: it is gone.
pub fn known(cx: &Cx<'_>, id: SessionId) -> Result<Option<Conversation>> {
    sql::nameless(cx, id)
}

fn around(cx: &Cx<'_>, from: &Agent, sessions: &[SessionId]) -> Result<Vec<Companion>> {
    let mut found = BTreeMap::new();
    for id in sessions {
        let one = sql::nameless(cx, *id)?.filter(|one| one.has(from.id));
        let one = one.ok_or(Error::NotFound("conversation"))?;
        if one.ended_at.is_some() {
            return Err(Error::refused("conversation.over", "This conversation is over."));
        }
        // What the house tells all its agents makes no company of them.
        let others = one.present().filter(|_| one.shape != Shape::System);
        for agent in others.map(|member| member.agent).filter(|agent| *agent != from.id) {
            if !found.contains_key(&agent) && road(cx, &one, from, agent)?.is_some() {
                found.insert(agent, *id);
            }
        }
    }
    Ok(found.into_iter().map(|(agent, session)| (session, agent)).collect())
}
