//! Who may be told of a step of a task, an approval or a group: asked when it is said, and again when it is handed over.
//!
//! Where two agents, or the people whose they are, block each other nothing goes between them. Whoever began something gets its
//! answer. Who is asked is reached as they want to be, until they take part themselves; what is asked through a connection is said
//! as long as that stands.

use super::sql::{self, Work};
use crate::agents::{self, Reach};
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, Id, SessionId, UserId};
use crate::messages::{self, Type};
use crate::network;
use crate::sessions::any::Kind;
use crate::store::Cx;

/// A step on its way: whose it is (`None`: the house's), and for whom.
#[derive(Clone, Copy)]
struct Said {
    from: Option<AgentId>,
    /// Whose agent said it.
    author: Option<UserId>,
    to: AgentId,
    /// Whose program is told.
    owner: UserId,
    is: Type,
}

/// Whether a step may still be handed over. `None`: it is a step of something else.
pub(in crate::sessions) fn is_permitted(cx: &Cx<'_>, one: &messages::Delivery) -> Result<Option<bool>> {
    let Some(work) = sql::work(cx, one.session)? else { return Ok(None) };
    may(cx, &work, (one.from, one.kind), one.to).map(Some)
}

/// Those of `to` that may be told of a step.
pub(super) fn told(
    cx: &Cx<'_>,
    id: SessionId,
    said: (Option<AgentId>, Type),
    to: &[AgentId],
) -> Result<Vec<AgentId>> {
    let mut told = Vec::with_capacity(to.len());
    if to.is_empty() {
        return Ok(told);
    }
    let work = sql::work(cx, id)?.ok_or_else(|| Error::internal("a step of no session"))?;
    for agent in to {
        if may(cx, &work, said, *agent)? {
            told.push(*agent);
        }
    }
    Ok(told)
}

/// Whether somebody, or a program for them, may put work before a program: neither blocks the other, and it is as open to them as
/// it takes, unless whoever fills a role is asked.
pub fn may_ask(cx: &Cx<'_>, who: &Actor, to: AgentId, is_to_role: bool) -> Result<bool> {
    if agents::are_blocked(cx, speaking(who), to)? {
        return Ok(false);
    }
    Ok(is_to_role || agents::owner_of(cx, to)? == who.user() || is_reached(cx, who, to)?)
}

/// Whether what whoever began it asks may be handed over to a program as things are now.
pub fn reaches(cx: &Cx<'_>, id: SessionId, to: AgentId) -> Result<bool> {
    let Some(work) = sql::work(cx, id)? else { return Ok(false) };
    let from = speaking(&asking(cx, &work)?);
    may(cx, &work, (Some(from), Type::Step), to)
}

fn may(cx: &Cx<'_>, work: &Work, (from, is): (Option<AgentId>, Type), to: AgentId) -> Result<bool> {
    if messages::road_of(cx, to)?.is_none() {
        return Ok(false);
    }
    let author = match from {
        Some(from) if agents::are_blocked(cx, from, to)? => return Ok(false),
        Some(from) => agents::owner_of(cx, from)?,
        None => None,
    };
    let Some(owner) = agents::owner_of(cx, to)? else { return Ok(true) };
    let said = Said { from, author, to, owner, is };
    match work.kind {
        Kind::Group => in_group(cx, work, said),
        _ => in_task(cx, work, said),
    }
}

/// A member is asked as one of a group, by whoever began it; what the others answer comes through these.
fn in_group(cx: &Cx<'_>, work: &Work, said: Said) -> Result<bool> {
    let initiator = work.initiator;
    if said.owner == initiator {
        return Ok(true);
    }
    let asks = asking(cx, work)?;
    if !network::are_connected(cx, initiator, said.owner)?
        || agents::are_blocked(cx, speaking(&asks), said.to)?
    {
        return Ok(false);
    }
    let from = match said.from {
        Some(from) if said.author == Some(initiator) => {
            agents::any(cx, from)?.filter(|one| one.state == agents::State::Active)
        }
        None if said.is == Type::GroupBroadcast => Some(agents::speaking(cx, &asks)?),
        _ => return Ok(true),
    };
    match from {
        Some(from) => Ok(messages::route(cx, &from, said.to, Reach::Group)?.is_some()),
        None => Ok(false),
    }
}

/// Whoever sent a task gets what is said of it. Whoever is asked does where they are reached, fill the role that is asked, or take
/// part already; and hears from the house how what was handed over ended.
fn in_task(cx: &Cx<'_>, work: &Work, said: Said) -> Result<bool> {
    if said.owner == work.initiator {
        return Ok(said.from.is_none() || said.author == Some(work.initiator) || stands(cx, work)?);
    }
    let asks = asking(cx, work)?;
    if stands(cx, work)? && !agents::are_blocked(cx, speaking(&asks), said.to)? {
        // What a role is asked is nobody's who does not fill it, however well they are reached.
        let is_asked = match work.role {
            Some(role) => agents::is_in_role(cx, role, said.owner)?,
            None => is_reached(cx, &asks, said.to)?,
        };
        if is_asked || sql::has_said(cx, work.id, said.to)? {
            return Ok(true);
        }
    }
    let sender = work.agent.unwrap_or_else(|| AgentId::from_uuid(work.initiator.uuid()));
    Ok(said.from.is_none() && messages::has_written(cx, work.id, sender, said.to)?)
}

/// Whether the connection through which it was asked, if it was through one, is still there.
fn stands(cx: &Cx<'_>, work: &Work) -> Result<bool> {
    let Some(connection) = work.connection else { return Ok(true) };
    match network::users_of(cx, connection)? {
        Some((one, other)) => network::are_connected(cx, one, other),
        None => Ok(false),
    }
}

/// Whether a program lets whoever asks reach it: as whoever looks for it, a person with each of their agents.
fn is_reached(cx: &Cx<'_>, who: &Actor, to: AgentId) -> Result<bool> {
    match agents::reached(cx, who, to, Reach::Direct) {
        Ok(_) => Ok(true),
        Err(Error::NotFound(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// As whom it was begun: the program that did, as long as it acts, else the person whose it is.
fn asking(cx: &Cx<'_>, work: &Work) -> Result<Actor> {
    let user = work.initiator;
    let who = match work.agent {
        Some(id) if agents::is_active(cx, id)? => Who::Agent { id, user },
        _ => Who::User { id: user, admin: false },
    };
    Ok(Actor::new(who, Road::Worker, ""))
}

/// The agent that speaks for whoever acts: a program itself, a person's built-in one.
pub(super) fn speaking(who: &Actor) -> AgentId {
    let built_in = |user: UserId| AgentId::from_uuid(user.uuid());
    who.agent().or_else(|| who.user().map(built_in)).unwrap_or_else(|| AgentId::from_uuid(uuid::Uuid::nil()))
}
