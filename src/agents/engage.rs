//! Engagements: which program plays for whom in which session that goes on, and in how many it can be at once.

use super::register::plays_for;
use super::registration::Registered;
use super::sql::engagements as sql;
use crate::base::error::Result;
use crate::base::id::{AgentId, SessionId, UserId};
use crate::store::Cx;

/// Lets the program that plays for somebody play for them in a session, if there is one, and it has room for one more.
/// `None`: the built-in agent does; as it does until the program has given its first sign of life. It stays so until the session ends, or the program may not any more.
pub fn engage(cx: &Cx<'_>, user: UserId, session: SessionId) -> Result<Option<AgentId>> {
    let may = |one: &Registered| one.active_at.is_some() && !is_full(cx, one);
    let Some(one) = plays_for(cx, user)?.filter(may) else { return Ok(None) };
    sql::insert(cx, session, user, one.agent.id)?;
    Ok(Some(one.agent.id))
}

/// Whether a program is in as many conversations as it can be in at once.
pub fn is_full(cx: &Cx<'_>, one: &Registered) -> bool {
    one.is_full(cx.house())
}

/// A session is over: nobody plays in it any more.
pub fn disengage(cx: &Cx<'_>, session: SessionId) -> Result<()> {
    sql::delete_of_session(cx, session).map(drop)
}

/// A program plays no more: takes it out of all sessions that go on, and gives which those were, with whom it played for.
pub fn release(cx: &Cx<'_>, agent: AgentId) -> Result<Vec<(SessionId, UserId)>> {
    let engaged = sql::of_agent(cx, agent)?;
    sql::delete_of_agent(cx, agent)?;
    Ok(engaged)
}

/// A program plays in one session no more.
pub fn step_back(cx: &Cx<'_>, agent: AgentId, session: SessionId) -> Result<()> {
    sql::delete(cx, session, agent).map(drop)
}

/// The sessions that a program plays in, with whom it plays for.
pub fn engaged(cx: &Cx<'_>, agent: AgentId) -> Result<Vec<(SessionId, UserId)>> {
    sql::of_agent(cx, agent)
}

/// The programs that play in sessions though none may, since agents were switched off; a few at once.
pub fn stranded(cx: &Cx<'_>) -> Result<Vec<AgentId>> {
    if cx.house().agents_enabled { Ok(Vec::new()) } else { sql::engaged(cx) }
}

/// A program is in a conversation from now on: it counts among those it is in at once.
pub fn join(cx: &Cx<'_>, agent: AgentId, session: SessionId) -> Result<()> {
    sql::join(cx, session, agent)
}

/// An agent is in a conversation no more.
pub fn part(cx: &Cx<'_>, agent: AgentId, session: SessionId) -> Result<()> {
    sql::part(cx, session, agent).map(drop)
}

/// A conversation is over: nobody is in it any more.
pub fn part_all(cx: &Cx<'_>, session: SessionId) -> Result<()> {
    sql::part_all(cx, session).map(drop)
}
