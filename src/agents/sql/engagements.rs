//! The statements of engagements.

use crate::base::error::Result;
use crate::base::id::{AgentId, SessionId, UserId};
use crate::store::Cx;
use crate::values;

/// How many programs are looked at in one go.
const AT_ONCE: u32 = 100;

pub(in crate::agents) fn insert(cx: &Cx<'_>, session: SessionId, user: UserId, agent: AgentId) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO agent_engagements (session_id, user_id, agent_id) VALUES ($1, $2, $3)",
        values![session, user, agent],
    )
}

pub(in crate::agents) fn delete_of_session(cx: &Cx<'_>, session: SessionId) -> Result<usize> {
    cx.db.execute("DELETE FROM agent_engagements WHERE session_id = $1", values![session])
}

pub(in crate::agents) fn delete(cx: &Cx<'_>, session: SessionId, agent: AgentId) -> Result<usize> {
    cx.db.execute(
        "DELETE FROM agent_engagements WHERE session_id = $1 AND agent_id = $2",
        values![session, agent],
    )
}

pub(in crate::agents) fn of_agent(cx: &Cx<'_>, agent: AgentId) -> Result<Vec<(SessionId, UserId)>> {
    cx.db.all(
        "SELECT session_id, user_id FROM agent_engagements WHERE agent_id = $1 ORDER BY session_id",
        values![agent],
        |row| Ok((row.get("session_id")?, row.get("user_id")?)),
    )
}

pub(in crate::agents) fn delete_of_agent(cx: &Cx<'_>, agent: AgentId) -> Result<usize> {
    cx.db.execute("DELETE FROM agent_engagements WHERE agent_id = $1", values![agent])
}

pub(in crate::agents) fn join(cx: &Cx<'_>, session: SessionId, agent: AgentId) -> Result<()> {
    cx.db.execute(
        "INSERT INTO agent_conversations (session_id, agent_id) VALUES ($1, $2)
         ON CONFLICT (session_id, agent_id) DO NOTHING",
        values![session, agent],
    )?;
    Ok(())
}

pub(in crate::agents) fn part(cx: &Cx<'_>, session: SessionId, agent: AgentId) -> Result<usize> {
    cx.db.execute(
        "DELETE FROM agent_conversations WHERE session_id = $1 AND agent_id = $2",
        values![session, agent],
    )
}

pub(in crate::agents) fn part_all(cx: &Cx<'_>, session: SessionId) -> Result<usize> {
    cx.db.execute("DELETE FROM agent_conversations WHERE session_id = $1", values![session])
}

pub(in crate::agents) fn engaged(cx: &Cx<'_>) -> Result<Vec<AgentId>> {
    cx.db.all(
        "SELECT DISTINCT agent_id FROM agent_engagements ORDER BY agent_id LIMIT $1",
        values![AT_ONCE],
        |row| row.get("agent_id"),
    )
}
