//! Who reaches whom: lists of trust and of blocks, and the one rule that knows what they mean.

use uuid::Uuid;

use super::model::{Agent, State};
use super::own;
use super::register::{owned, registered};
use super::registration::{Privacy, Registered, Relation};
use super::sql::registry;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, Id, UserId};
use crate::journal::{self, Happening};
use crate::network;
use crate::store::Cx;

/// The most agents on an agent's lists.
pub const RELATIONS_MAX: usize = 1_000;

/// As what an agent is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// By itself.
    Direct,
    /// As one of a group.
    Group,
}

/// Writes what an agent of one's own thinks of another. An agent that there is not is no error: nobody learns which
/// there are.
pub fn relate(cx: &mut Cx<'_>, who: &Actor, id: AgentId, other: AgentId, relation: Relation) -> Result<()> {
    owned(cx, who, id)?;
    if other == id {
        return Err(Error::invalid("other", "An agent is no stranger to itself."));
    }
    let known = registry::relations(cx, id)?;
    if known.contains(&(other, relation)) {
        return Ok(());
    }
    if known.len() >= RELATIONS_MAX && !known.iter().any(|(one, _)| *one == other) {
        let words = format!("There are {RELATIONS_MAX} on its lists already; take one off first.");
        return Err(Error::refused("agent.too-many-relations", words));
    }
    registry::set_relation(cx, id, other, relation)?;
    let kind = match relation {
        Relation::Trusted => "agent.trusted",
        Relation::Blocked => "agent.blocked",
    };
    journal::append(cx, who, &Happening::to(kind, &id).with(&other)).map(drop)
}

/// Takes another agent off the lists of one's own. Twice is once.
pub fn unrelate(cx: &mut Cx<'_>, who: &Actor, id: AgentId, other: AgentId) -> Result<()> {
    owned(cx, who, id)?;
    if registry::delete_relation(cx, id, other)? {
        journal::append(cx, who, &Happening::to("agent.unrelated", &id).with(&other))?;
    }
    Ok(())
}

/// The lists of an agent of one's own.
pub fn relations(cx: &Cx<'_>, who: &Actor, id: AgentId) -> Result<Vec<(AgentId, Relation)>> {
    let one = registered(cx, who, id)?;
    // They are its owner's own business, an administrator's not.
    if one.agent.user.is_none() || one.agent.user != who.user() {
        return Err(Error::NotFound("agent"));
    }
    registry::relations(cx, id)
}

/// Whether `from` reaches `to`. A block on either side, of the agents or of the people whose they are, wins over
/// everything; then those of one owner reach each other; then it is for `to` to say how open it is.
///
/// It takes as many statements whatever the answer is, and for one that there is not.
pub fn reaches(cx: &Cx<'_>, from: &Agent, to: Option<&Registered>, reach: Reach) -> Result<bool> {
    let (is_open, ours) = standing(cx, from, to, reach)?;
    Ok(is_open && ours != Some(Relation::Blocked))
}

/// Whether `to` lets `from` reach it, whatever `from` thinks of it. As many statements as of one that there is not.
pub(super) fn is_open_to(cx: &Cx<'_>, from: &Agent, to: Option<&Registered>, reach: Reach) -> Result<bool> {
    standing(cx, from, to, reach).map(|(is_open, _)| is_open)
}

/// Whether `to` lets `from` reach it, and what `from` thinks of it.
fn standing(
    cx: &Cx<'_>,
    from: &Agent,
    to: Option<&Registered>,
    reach: Reach,
) -> Result<(bool, Option<Relation>)> {
    let (id, owner) = to.map_or((AgentId::from_uuid(Uuid::nil()), None), |to| (to.agent.id, to.agent.user));
    let (ours, theirs) = registry::between(cx, from.id, id)?;
    let nobody = UserId::from_uuid(Uuid::nil());
    let (one, other) = (from.user.unwrap_or(nobody), owner.unwrap_or(nobody));
    let between = network::between(cx, one, other)?;
    let Some(to) = to else { return Ok((false, ours)) };
    let lets = match reach {
        Reach::Direct => to.is_direct,
        Reach::Group => to.is_group,
    };
    let is_blocked = between.are_blocked || theirs == Some(Relation::Blocked);
    if !lets || is_blocked || to.agent.state == State::Retired {
        return Ok((false, ours));
    }
    let is_open = match to.preferences.privacy {
        Privacy::Open => true,
        Privacy::Moderate => between.are_connected,
        Privacy::Strict => false,
    };
    let is_own = from.user.is_some() && from.user == to.agent.user;
    Ok((is_open || theirs == Some(Relation::Trusted) || is_own, ours))
}

/// Whether nothing goes between two agents, whatever else holds: one of them has blocked the other, or one of the people whose they
/// are has.
pub fn are_blocked(cx: &Cx<'_>, one: AgentId, other: AgentId) -> Result<bool> {
    let (ours, theirs) = registry::between(cx, one, other)?;
    if ours == Some(Relation::Blocked) || theirs == Some(Relation::Blocked) {
        return Ok(true);
    }
    // A built-in agent that is still to be made has the number of its user.
    let owner = |id: AgentId| -> Result<UserId> {
        Ok(own::owner_of(cx, id)?.unwrap_or_else(|| UserId::from_uuid(id.uuid())))
    };
    let (one, other) = (owner(one)?, owner(other)?);
    Ok(one != other && network::are_blocked(cx, one, other)?)
}

/// Whether an agent itself blocks one of these.
pub fn blocks_any(cx: &Cx<'_>, id: AgentId, others: &[AgentId]) -> Result<bool> {
    let lists = registry::relations(cx, id)?;
    Ok(lists.iter().any(|(other, relation)| *relation == Relation::Blocked && others.contains(other)))
}

/// Those of one owner's agents that `to` may be open to, with the owners connected or not: [`reaches`] is true of no other.
pub(super) fn hopeful<'a>(
    cx: &Cx<'_>,
    from: &'a [Agent],
    to: &Registered,
    are_connected: bool,
) -> Result<Vec<&'a Agent>> {
    let is_open = match to.preferences.privacy {
        Privacy::Open => true,
        Privacy::Moderate => are_connected,
        Privacy::Strict => false,
    };
    if is_open || from.iter().any(|one| one.user.is_some() && one.user == to.agent.user) {
        return Ok(from.iter().collect());
    }
    let lists = registry::relations(cx, to.agent.id)?;
    Ok(from.iter().filter(|one| lists.contains(&(one.id, Relation::Trusted))).collect())
}
