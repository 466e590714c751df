//! Routing: the one place that knows who may write to whom, and by which road it gets there.

use super::model::Delivery;
use super::sql;
use crate::agents::{self, Agent, Kind, Reach, State};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, MessageId};
use crate::store::Cx;
use crate::worded;

worded! {
    /// By which road a message gets to an agent.
    Road {
        /// Its program asks for what waits in its inbox.
        Inbox = "inbox",
        /// The house plays it: the message goes before its user.
        Builtin = "builtin",
    }
}

/// An agent that is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The agent.
    pub to: agents::Registered,
    /// By which road.
    pub road: Road,
}

/// How `from` reaches `to`, if it may: neither blocks the other, and `to` is as open as it takes. `None` for whatever
/// reason, and for an agent that there is not, by as many statements.
///
/// It is asked when a message is sent, and again when it is handed over.
pub fn route(cx: &Cx<'_>, from: &Agent, to: AgentId, reach: Reach) -> Result<Option<Route>> {
    let met = agents::meet(cx, from, to, reach)?;
    Ok(met.map(|to| Route { road: road_to(to.agent.kind), to }))
}

fn road_to(kind: Kind) -> Road {
    match kind {
        Kind::Builtin | Kind::Resource => Road::Builtin,
        Kind::Personal | Kind::Service | Kind::Room => Road::Inbox,
    }
}

/// The road to an agent that acts, whoever writes to it: for what the house itself has to say.
pub fn road_of(cx: &Cx<'_>, to: AgentId) -> Result<Option<Road>> {
    let there = agents::any(cx, to)?.filter(|one| one.state == State::Active && cx.house().agents_enabled);
    Ok(there.map(|one| road_to(one.kind)))
}

/// What became of a message of one's own: each of its deliveries, with the road that it takes while it is under way.
pub fn routes(cx: &Cx<'_>, who: &Actor, message: MessageId) -> Result<Vec<(Delivery, Option<Road>)>> {
    let all = sql::of_message(cx, message)?;
    let from = all.first().and_then(|one| one.from).ok_or(Error::NotFound("message"))?;
    if !agents::is_theirs(cx, who, from)? {
        return Err(Error::NotFound("message"));
    }
    let road = |one: Delivery| {
        let kind = if one.state.is_over() { None } else { agents::kind_of(cx, one.to)? };
        Ok((one, kind.map(road_to)))
    };
    all.into_iter().map(road).collect()
}
