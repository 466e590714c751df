//! What waits for an agent that may not be handed over any more, since somebody was blocked, or is connected no more: it is
//! dead at once, so that nothing of theirs fills an inbox.

use super::receive::is_permitted;
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::base::id::{AgentId, ConnectionId, UserId};
use crate::messages::{self, Delivery};
use crate::network;
use crate::store::Cx;

/// What waits for an agent is looked at again, whoever sent it; gives how much of it is dead.
pub(super) fn from_agent(cx: &mut Cx<'_>, who: &Actor, agent: AgentId) -> Result<usize> {
    look_again(cx, who, agent, |_| true)
}

/// Two agents do not want to hear of each other any more, or one not of the other.
pub(in crate::sessions) fn between_agents(
    cx: &mut Cx<'_>,
    who: &Actor,
    (one, other): (AgentId, AgentId),
) -> Result<usize> {
    let to_one = look_again(cx, who, one, |delivery| delivery.from == Some(other))?;
    let to_other = look_again(cx, who, other, |delivery| delivery.from == Some(one))?;
    Ok(to_one + to_other)
}

/// A connection is over: what waits between the agents of the two is looked at again.
pub(in crate::sessions) fn through(cx: &mut Cx<'_>, who: &Actor, connection: ConnectionId) -> Result<usize> {
    let Some((one, other)) = network::users_of(cx, connection)? else { return Ok(0) };
    let (ones, others) = (agents_of(cx, one)?, agents_of(cx, other)?);
    let mut withheld = 0;
    for (receiving, sending) in [(&ones, &others), (&others, &ones)] {
        for agent in receiving {
            withheld +=
                look_again(cx, who, *agent, |one| one.from.is_some_and(|from| sending.contains(&from)))?;
        }
    }
    Ok(withheld)
}

/// The agents of somebody: the built-in one, and their programs.
fn agents_of(cx: &Cx<'_>, user: UserId) -> Result<Vec<AgentId>> {
    let builtin = agents::own(cx, user)?.id;
    Ok([builtin].into_iter().chain(agents::programs_of(cx, user)?).collect())
}

fn look_again(
    cx: &mut Cx<'_>,
    who: &Actor,
    to: AgentId,
    is_theirs: impl Fn(&Delivery) -> bool,
) -> Result<usize> {
    let mut withheld = 0;
    for one in messages::waiting(cx, to)?.into_iter().filter(is_theirs) {
        if !is_permitted(cx, &one)? {
            messages::withhold(cx, who, one)?;
            withheld += 1;
        }
    }
    Ok(withheld)
}
