//! The statements of sessions in which work is done.

use super::NewWork;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, ConnectionId, RoleId, SessionId, UserId};
use crate::base::time::Timestamp;
use crate::sessions::any::Kind;
use crate::sessions::conversation::sql::{Found, entry_row};
use crate::sessions::model::Phase;
use crate::store::{Cx, Fact};
use crate::values;

pub(super) fn insert(cx: &Cx<'_>, new: &NewWork<'_>) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO sessions (id, kind, phase, state, initiator_id, want, rounds, rounds_max, places, version,
             created_at, expires_at, by_agent_id, connection_id, role_id)
         VALUES ($1, $6, 'pending', $2, $3, '{}', 0, 0, 0, 1, $4, $5, $7, $8, $9)",
        values![
            new.id,
            new.state,
            new.by,
            cx.now,
            new.expires,
            new.kind.as_str(),
            new.agent,
            new.connection,
            new.role
        ],
    )
}

/// Work that somebody began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Work {
    pub(super) id: SessionId,
    pub(super) kind: Kind,
    /// Who began it.
    pub(super) initiator: UserId,
    /// The program of theirs that did.
    pub(super) agent: Option<AgentId>,
    /// Through which connection it was asked.
    pub(super) connection: Option<ConnectionId>,
    /// The role of which whoever fills it was asked, if one was.
    pub(super) role: Option<RoleId>,
}

const WORK: Fact = Fact { name: "sessions.work", tables: &["sessions"] };

/// The work that a session is; `None`: it is something else.
pub(super) fn work(cx: &Cx<'_>, id: SessionId) -> Result<Option<Work>> {
    cx.known(WORK, values![id], |cx| read_work(cx, id))
}

fn read_work(cx: &Cx<'_>, id: SessionId) -> Result<Option<Work>> {
    cx.db.one(
        "SELECT kind, initiator_id, by_agent_id, connection_id, role_id FROM sessions
         WHERE id = $1 AND kind IN ('task', 'approval', 'group')",
        values![id],
        |row| {
            Ok(Work {
                id,
                kind: Kind::stored(&row.get::<String>("kind")?)?,
                initiator: row.get("initiator_id")?,
                agent: row.get("by_agent_id")?,
                connection: row.get("connection_id")?,
                role: row.get("role_id")?,
            })
        },
    )
}

/// Whether a program has said something in a session.
pub(super) fn has_said(cx: &Cx<'_>, id: SessionId, agent: AgentId) -> Result<bool> {
    let sql = "SELECT 1 AS said FROM session_messages WHERE session_id = $1 AND agent_id = $2 LIMIT 1";
    Ok(cx.db.one(sql, values![id, agent], |row| row.get::<i64>("said"))?.is_some())
}

/// Takes out what somebody said in a session.
pub(super) fn forget(cx: &Cx<'_>, id: SessionId, user: UserId) -> Result<()> {
    cx.db
        .execute(
            "UPDATE session_messages SET content = NULL, erased_at = $3, author_id = NULL, agent_id = NULL
             WHERE session_id = $1 AND author_id = $2",
            values![id, user, cx.now],
        )
        .map(drop)
}

/// The place of the next entry, which it takes.
pub(super) fn next_place(cx: &Cx<'_>, id: SessionId) -> Result<i64> {
    let place = cx.db.one(
        "UPDATE sessions SET places = places + 1, version = version + 1 WHERE id = $1 RETURNING places",
        values![id],
        |row| row.get("places"),
    )?;
    place.ok_or_else(|| Error::internal("work without its session"))
}

pub(super) fn stand(
    cx: &Cx<'_>,
    id: SessionId,
    phase: Phase,
    state: &str,
    ended: Option<Timestamp>,
) -> Result<()> {
    cx.db.change_one(
        "UPDATE sessions SET phase = $2, state = $3, ended_at = $4 WHERE id = $1",
        values![id, phase.as_str(), state, ended],
    )
}

/// How many entries the transcript of a session has.
pub(super) fn places(cx: &Cx<'_>, id: SessionId) -> Result<i64> {
    let places =
        cx.db.one("SELECT places FROM sessions WHERE id = $1", values![id], |row| row.get("places"))?;
    Ok(places.unwrap_or(0))
}

pub(super) fn entries(cx: &Cx<'_>, id: SessionId, (after, limit): (i64, u32)) -> Result<Vec<Found>> {
    cx.db.all(
        "SELECT m.id, m.session_id, m.place, m.author_id, m.by_person, m.agent_id, m.type, m.content, m.answers,
             m.created_at, m.erased_at FROM session_messages m WHERE m.session_id = $1 AND m.place > $2
         ORDER BY m.place LIMIT $3",
        values![id, after, limit],
        |row| entry_row(cx, row),
    )
}

pub(super) fn delete(cx: &Cx<'_>, id: SessionId) -> Result<()> {
    cx.db.execute("DELETE FROM session_messages WHERE session_id = $1", values![id])?;
    cx.db
        .execute("DELETE FROM sessions WHERE id = $1 AND kind IN ('task', 'approval', 'group')", values![id])
        .map(drop)
}
