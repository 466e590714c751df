//! The statements of deliveries.

pub(super) mod attachments;
pub(super) mod lanes;
pub(super) mod public_keys;

use std::collections::BTreeSet;

use super::model::{Brought, Delivery, Inbox, State, Type};
use crate::base::error::Result;
use crate::base::id::{AgentId, DeliveryId, MessageId, SessionId};
use crate::base::time::Timestamp;
use crate::queue::Priority;
use crate::store::{Cx, Row, ToValue, Value};
use crate::values;

const COLUMNS: &str =
    "type, state, id, message_id, session_id, from_id, to_id, priority, reason, error, attempts,
    created_at, due_at, expires_at, leased_until, ended_at";

fn row(row: &Row<'_>) -> Result<Delivery> {
    let (kind, state): (String, String) = (row.get("type")?, row.get("state")?);
    Ok(Delivery {
        id: row.get("id")?,
        message: row.get("message_id")?,
        session: row.get("session_id")?,
        from: row.get("from_id")?,
        to: row.get("to_id")?,
        kind: Type::stored(&kind)?,
        priority: Priority::from_level(row.get("priority")?),
        state: State::stored(&state)?,
        reason: row.get("reason")?,
        error: row.get("error")?,
        attempts: row.get("attempts")?,
        created_at: row.get("created_at")?,
        due_at: row.get("due_at")?,
        expires_at: row.get("expires_at")?,
        leased_until: row.get("leased_until")?,
        ended_at: row.get("ended_at")?,
    })
}

/// Writes a delivery that there was not; one that is under way counts in its lane.
pub(in crate::messages) fn insert(cx: &Cx<'_>, one: &Delivery) -> Result<()> {
    if one.ended_at.is_none() {
        lanes::enter(cx, one)?;
    }
    cx.db.change_one(
        "INSERT INTO deliveries (id, message_id, session_id, from_id, to_id, type, priority, state, reason, attempts,
             created_at, due_at, expires_at, ended_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11, $12, $13)",
        values![
            one.id,
            one.message,
            one.session,
            one.from,
            one.to,
            one.kind.as_str(),
            one.priority.level(),
            one.state.as_str(),
            one.reason,
            one.created_at,
            one.due_at,
            one.expires_at,
            one.ended_at
        ],
    )
}

/// A delivery was handed over and is under way as before: its indexes are left alone, but that of leases.
pub(in crate::messages) fn hand_over(cx: &Cx<'_>, one: &Delivery) -> Result<()> {
    cx.db.change_one(
        "UPDATE deliveries SET state = $2, attempts = $3, leased_until = $4 WHERE id = $1",
        values![one.id, one.state.as_str(), one.attempts, one.leased_until],
    )
}

/// Writes how a delivery stands now.
pub(in crate::messages) fn update(cx: &Cx<'_>, one: &Delivery) -> Result<()> {
    cx.db.change_one(
        "UPDATE deliveries SET priority = $2, state = $3, reason = $4, error = $5, attempts = $6, due_at = $7,
             leased_until = $8, ended_at = $9 WHERE id = $1",
        values![
            one.id,
            one.priority.level(),
            one.state.as_str(),
            one.reason,
            one.error,
            one.attempts,
            one.due_at,
            one.leased_until,
            one.ended_at
        ],
    )
}

pub(in crate::messages) fn delivery(cx: &Cx<'_>, id: DeliveryId) -> Result<Option<Delivery>> {
    cx.db.one(&format!("SELECT {COLUMNS} FROM deliveries WHERE id = $1"), values![id], row)
}

pub(in crate::messages) fn of_message(cx: &Cx<'_>, message: MessageId) -> Result<Vec<Delivery>> {
    let sql = format!("SELECT {COLUMNS} FROM deliveries WHERE message_id = $1 ORDER BY id");
    cx.db.all(&sql, values![message], row)
}

/// Those of a session that are under way.
pub(in crate::messages) fn live_of_session(cx: &Cx<'_>, session: SessionId) -> Result<Vec<Delivery>> {
    let sql = format!("SELECT {COLUMNS} FROM deliveries WHERE session_id = $1 AND ended_at IS NULL");
    cx.db.all(&sql, values![session], row)
}

/// What is under way to agent $1: found by the sessions in which something is.
const LIVE_TO: &str = "to_id = $1 AND ended_at IS NULL
    AND session_id IN (SELECT l.session_id FROM lanes l WHERE l.to_id = $1 AND l.is_live = TRUE)";

/// Those to an agent that are under way.
pub(in crate::messages) fn live_to(cx: &Cx<'_>, agent: AgentId) -> Result<Vec<Delivery>> {
    cx.db.all(&format!("SELECT {COLUMNS} FROM deliveries WHERE {LIVE_TO} ORDER BY id"), values![agent], row)
}

/// Those from an agent that are under way.
pub(in crate::messages) fn live_from(cx: &Cx<'_>, agent: AgentId) -> Result<Vec<Delivery>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM deliveries WHERE from_id = $1 AND ended_at IS NULL
             AND session_id IN (SELECT l.session_id FROM lanes l WHERE l.from_id = $1 AND l.is_live = TRUE)
         ORDER BY id"
    );
    cx.db.all(&sql, values![agent], row)
}

/// Whether something of one agent's was handed over to another in a session.
pub(in crate::messages) fn has_written(
    cx: &Cx<'_>,
    session: SessionId,
    from: AgentId,
    to: AgentId,
) -> Result<bool> {
    let sql = "SELECT 1 AS written FROM deliveries
         WHERE session_id = $1 AND from_id = $2 AND to_id = $3 AND attempts > 0 LIMIT 1";
    Ok(cx.db.one(sql, values![session, from, to], |row| row.get::<i64>("written"))?.is_some())
}

/// The agents to which something was brought in a session.
pub(in crate::messages) fn brought(cx: &Cx<'_>, session: SessionId) -> Result<Vec<Brought>> {
    cx.db.all(
        "SELECT to_id, MAX(attempts) AS attempts,
             MAX(CASE WHEN state IN ('queued', 'processing', 'delivered') THEN 1 ELSE 0 END) AS kept
         FROM deliveries WHERE session_id = $1 GROUP BY to_id",
        values![session],
        |row| {
            Ok(Brought {
                agent: row.get("to_id")?,
                is_handed: row.get::<i64>("attempts")? > 0,
                is_kept: row.get::<i64>("kept")? > 0,
            })
        },
    )
}

/// Whether there is a delivery to an agent in a session.
pub(in crate::messages) fn is_known_to(cx: &Cx<'_>, session: SessionId, to: AgentId) -> Result<bool> {
    let sql = "SELECT 1 AS known FROM deliveries WHERE session_id = $1 AND to_id = $2 LIMIT 1";
    Ok(cx.db.one(sql, values![session, to], |row| row.get::<i64>("known"))?.is_some())
}

/// Those to an agent that came to be had by themselves after `since`, the first first.
pub(in crate::messages) fn came_due(
    cx: &Cx<'_>,
    agent: AgentId,
    since: Timestamp,
    limit: u32,
) -> Result<Vec<Delivery>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM deliveries WHERE {LIVE_TO}
             AND ((leased_until IS NULL AND due_at > created_at AND due_at > $2 AND due_at <= $3)
                  OR (leased_until > $2 AND leased_until <= $3))
         ORDER BY due_at, id LIMIT $4"
    );
    cx.db.all(&sql, values![agent, since, cx.now, limit], row)
}

/// What is under way to an agent, or to all.
pub(in crate::messages) fn inbox(cx: &Cx<'_>, agent: Option<AgentId>) -> Result<Inbox> {
    let which = match agent {
        Some(_) => LIVE_TO,
        None => {
            "ended_at IS NULL AND session_id IN (SELECT l.session_id FROM lanes l WHERE l.is_live = TRUE)"
        }
    };
    let given: Vec<Value> = agent.iter().map(ToValue::to_value).chain([cx.now.to_value()]).collect();
    let now = format!("${}", given.len());
    let sql = format!(
        "SELECT COUNT(*) AS under_way, COUNT(leased_until) AS held,
             SUM(CASE WHEN leased_until <= {now} THEN 1 ELSE 0 END) AS stuck,
             MIN(CASE WHEN leased_until IS NULL AND due_at <= {now} THEN due_at END) AS oldest
         FROM deliveries WHERE {which}"
    );
    let read = |row: &Row<'_>| {
        let (under_way, held): (i64, i64) = (row.get("under_way")?, row.get("held")?);
        Ok(Inbox {
            waiting: under_way - held,
            held,
            stuck: row.get::<Option<i64>>("stuck")?.unwrap_or(0),
            oldest_at: row.get("oldest")?,
        })
    };
    Ok(cx.db.one(&sql, &given, read)?.unwrap_or_default())
}

/// Those whose time is over.
pub(in crate::messages) fn expired(cx: &Cx<'_>, limit: u32) -> Result<Vec<Delivery>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM deliveries WHERE expires_at IS NOT NULL AND ended_at IS NULL AND expires_at <= $1
         ORDER BY expires_at LIMIT $2"
    );
    cx.db.all(&sql, values![cx.now, limit], row)
}

/// Those that were handed over and whose lease is over.
pub(in crate::messages) fn lapsed(cx: &Cx<'_>, limit: u32) -> Result<Vec<Delivery>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM deliveries WHERE leased_until IS NOT NULL AND leased_until <= $1
         ORDER BY leased_until LIMIT $2"
    );
    cx.db.all(&sql, values![cx.now, limit], row)
}

/// When something happens by itself to what waits for an agent: a lease ends, or a time is over.
pub(in crate::messages) fn next_change(cx: &Cx<'_>, agent: AgentId) -> Result<Option<Timestamp>> {
    let sql = format!(
        "SELECT MIN(leased_until) AS lease, MIN(expires_at) AS expiry FROM deliveries WHERE {LIVE_TO}"
    );
    let read = |row: &Row<'_>| {
        let (lease, expiry): (Option<Timestamp>, Option<Timestamp>) = (row.get("lease")?, row.get("expiry")?);
        Ok(lease.into_iter().chain(expiry).min())
    };
    Ok(cx.db.one(&sql, values![agent], read)?.flatten())
}

/// Deletes deliveries that ended before an instant, and the lanes of which nothing is known any more; gives how many deliveries.
pub(in crate::messages) fn delete_before(cx: &Cx<'_>, before: Timestamp, limit: u32) -> Result<usize> {
    let of: Vec<SessionId> = cx.db.all(
        "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE ended_at IS NOT NULL AND ended_at < $1
             ORDER BY ended_at LIMIT $2) RETURNING session_id",
        values![before, limit],
        |row| row.get("session_id"),
    )?;
    for session in of.iter().collect::<BTreeSet<_>>() {
        lanes::delete_unknown(cx, *session)?;
    }
    Ok(of.len())
}

/// Deletes what is known of deliveries in a session.
pub(in crate::messages) fn delete_of_session(cx: &Cx<'_>, session: SessionId) -> Result<()> {
    cx.db.execute("DELETE FROM deliveries WHERE session_id = $1", values![session])?;
    lanes::delete_of_session(cx, session)
}

/// Deletes what is known of deliveries to and from an agent.
pub(in crate::messages) fn delete_of_agent(cx: &Cx<'_>, agent: AgentId) -> Result<()> {
    for side in ["to_id", "from_id"] {
        let sql = format!(
            "DELETE FROM deliveries WHERE {side} = $1
                 AND session_id IN (SELECT l.session_id FROM lanes l WHERE l.{side} = $1)"
        );
        cx.db.execute(&sql, values![agent])?;
    }
    lanes::delete_of_agent(cx, agent)
}
