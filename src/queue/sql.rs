//! The queue's statements.

use super::elsewhere::ELSEWHERE;
use super::line::{self, Left};
use super::{Leased, Work};
use crate::base::error::{Error, Result};
use crate::base::id::{WorkId, lowest_at};
use crate::base::time::Timestamp;
use crate::store::{Db, Row, Value};
use crate::values;

/// A row of the queue, whole.
#[derive(Clone, Debug)]
pub(super) struct Queued {
    pub(super) id: WorkId,
    pub(super) topic: String,
    pub(super) unique_key: Option<String>,
    pub(super) ordering_key: Option<String>,
    pub(super) priority: i64,
    pub(super) attempts: i64,
    pub(super) error: Option<String>,
    pub(super) trace: String,
    pub(super) payload: String,
    pub(super) created_at: Timestamp,
}

pub(super) const COLUMNS: &str =
    "id, topic, unique_key, ordering_key, priority, attempts, error, trace, payload, created_at";

pub(super) fn queued(row: &Row<'_>) -> Result<Queued> {
    Ok(Queued {
        id: row.get("id")?,
        topic: row.get("topic")?,
        unique_key: row.get("unique_key")?,
        ordering_key: row.get("ordering_key")?,
        priority: row.get("priority")?,
        attempts: row.get("attempts")?,
        error: row.get("error")?,
        trace: row.get("trace")?,
        payload: row.get("payload")?,
        created_at: row.get("created_at")?,
    })
}

pub(super) fn insert(
    db: &Db<'_>,
    id: WorkId,
    work: &Work,
    due: Timestamp,
    rank: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let line = work.ordering_key.as_deref().map(|key| (work.topic.as_ref(), key));
    let last = line.map(|(topic, key)| line::last(db, topic, key)).transpose()?.flatten();
    let changed = db.execute(
        "INSERT INTO queue (id, topic, unique_key, ordering_key, after_id, priority, rank, due_at, expires_at, attempts, trace, payload, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11, $12)
         ON CONFLICT (topic, unique_key) WHERE unique_key IS NOT NULL DO NOTHING",
        values![
            id,
            work.topic.as_ref(),
            work.key,
            work.ordering_key,
            last,
            work.priority.level(),
            rank,
            due,
            work.expires_at,
            work.trace,
            work.payload.to_string(),
            now
        ],
    )?;
    if let Some(line) = line.filter(|_| changed == 1) {
        line::join(db, line, last, id)?;
    }
    Ok(changed == 1)
}

pub(super) fn free_ended(db: &Db<'_>, topic: &str, now: Timestamp) -> Result<usize> {
    db.execute(
        "UPDATE queue SET leased_by = NULL, leased_until = NULL
         WHERE leased_by IS NOT NULL AND leased_until <= $1 AND topic = $2",
        values![now, topic],
    )
}

pub(super) fn has_ended(db: &Db<'_>, topic: &str, now: Timestamp) -> Result<bool> {
    let ended = db.one(
        "SELECT 1 AS ended FROM queue WHERE leased_by IS NOT NULL AND leased_until <= $1 AND topic = $2 LIMIT 1",
        values![now, topic],
        |row| row.get::<i64>("ended"),
    )?;
    Ok(ended.is_some())
}

/// How far an id may be ahead of the clock before the clock counts as set back, in milliseconds: ids of a busy
/// process run ahead a little.
const AHEAD_MS: i64 = 5_000;

/// What was due at once when it was enqueued, at a time that has not come yet: the clock was set back since. Found by
/// the ids, which never go back, and of which there are none ahead as long as nobody sets the clock.
const SET_BACK: &str =
    "id > $1 AND leased_by IS NULL AND created_at > $2 AND due_at > $2 AND due_at <= created_at";

fn is_set_back(db: &Db<'_>, now: Timestamp) -> Result<bool> {
    let sql = format!("SELECT 1 AS ahead FROM queue WHERE {SET_BACK} LIMIT 1");
    let ahead: WorkId = lowest_at(now.plus(AHEAD_MS));
    Ok(db.one(&sql, values![ahead, now], |row| row.get::<i64>("ahead"))?.is_some())
}

pub(super) fn make_due_after_set_back(db: &Db<'_>, now: Timestamp) -> Result<usize> {
    let sql = format!("UPDATE queue SET due_at = $2, rank = $2 - priority * 60000 WHERE {SET_BACK}");
    let ahead: WorkId = lowest_at(now.plus(AHEAD_MS));
    db.execute(&sql, values![ahead, now])
}

pub(super) fn newest(db: &Db<'_>) -> Result<Option<WorkId>> {
    db.one("SELECT id FROM queue ORDER BY id DESC LIMIT 1", &[], |row| row.get("id"))
}

pub(super) fn free_others(db: &Db<'_>, instance: &str) -> Result<usize> {
    db.execute(
        "UPDATE queue SET leased_by = NULL, leased_until = NULL
         WHERE leased_by IS NOT NULL AND leased_by <> $1 AND leased_by <> $2",
        values![instance, ELSEWHERE],
    )
}

/// What has expired in `topic` and is not being worked on.
pub(super) fn expired(db: &Db<'_>, topic: &str, now: Timestamp) -> Result<Vec<Queued>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM queue
         WHERE expires_at IS NOT NULL AND expires_at <= $1 AND topic = $2 AND leased_by IS NULL"
    );
    db.all(&sql, values![now, topic], queued)
}

/// The condition under which work of topic $1 can be claimed at $2: nothing of its key stands before it. A rank is never
/// later than its due time, so the bound on `rank` lets the index stop at what could be ready.
const READY: &str =
    "q.topic = $1 AND q.after_id IS NULL AND q.rank <= $2 AND q.leased_by IS NULL AND q.due_at <= $2
    AND (q.expires_at IS NULL OR q.expires_at > $2)";

fn leased(row: &Row<'_>, holder: &str) -> Result<Leased> {
    let payload: String = row.get("payload")?;
    Ok(Leased {
        id: row.get("id")?,
        topic: row.get("topic")?,
        ordering_key: row.get("ordering_key")?,
        attempt: row.get("attempts")?,
        holder: holder.to_owned(),
        trace: row.get("trace")?,
        payload: serde_json::from_str(&payload).map_err(Error::internal)?,
        expires_at: row.get("expires_at")?,
        rank: row.get("rank")?,
    })
}

pub(super) fn claim(
    db: &Db<'_>,
    topic: &str,
    limit: u32,
    instance: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<Vec<Leased>> {
    let sql = format!(
        "UPDATE queue SET leased_by = $3, leased_until = $4, attempts = attempts + 1
         WHERE id IN (SELECT q.id FROM queue q WHERE {READY} ORDER BY q.rank, q.id LIMIT $5)
         RETURNING payload, id, topic, ordering_key, attempts, trace, expires_at, rank"
    );
    let mut claimed =
        db.all(&sql, values![topic, now, instance, until, limit], |row| leased(row, instance))?;
    claimed.sort_by_key(|lease| (lease.rank, lease.id));
    Ok(claimed)
}

pub(super) fn is_ready(db: &Db<'_>, topic: &str, now: Timestamp) -> Result<bool> {
    let ready = format!("SELECT 1 AS ready FROM queue q WHERE {READY} LIMIT 1");
    if db.one(&ready, values![topic, now], |row| row.get::<i64>("ready"))?.is_some() {
        return Ok(true);
    }
    let expired = db.one(
        "SELECT 1 AS expired FROM queue
         WHERE expires_at IS NOT NULL AND expires_at <= $1 AND topic = $2 AND leased_by IS NULL LIMIT 1",
        values![now, topic],
        |row| row.get::<i64>("expired"),
    )?;
    Ok(expired.is_some() || has_ended(db, topic, now)? || is_set_back(db, now)?)
}

pub(super) fn next_due(db: &Db<'_>, topic: &str) -> Result<Option<Timestamp>> {
    db.one(
        "SELECT due_at FROM queue WHERE topic = $1 AND after_id IS NULL AND leased_by IS NULL
         ORDER BY rank, id LIMIT 1",
        values![topic],
        |row| row.get("due_at"),
    )
}

/// The longest that work stands before its due time in rank, in milliseconds: three steps of priority.
const RANK_AHEAD_MS: i64 = 180_000;

/// When the next work of `topic` falls due that is not due yet. What waits for another of its key is no part of it.
pub(super) fn due_after(db: &Db<'_>, topic: &str, now: Timestamp) -> Result<Option<Timestamp>> {
    db.one(
        "SELECT due_at FROM queue WHERE topic = $1 AND after_id IS NULL AND rank > $2 AND leased_by IS NULL AND due_at > $3
         ORDER BY due_at LIMIT 1",
        values![topic, now.plus(-RANK_AHEAD_MS), now],
        |row| row.get("due_at"),
    )
}

/// The condition under which a lease still stands.
const HELD: &str = "id = $1 AND leased_by = $2 AND attempts = $3";

pub(super) fn delete_leased(db: &Db<'_>, lease: &Leased) -> Result<bool> {
    take_off(db, HELD, values![lease.id, lease.holder, lease.attempt])
}

pub(super) fn extend(db: &Db<'_>, lease: &Leased, until: Timestamp) -> Result<bool> {
    let sql = format!("UPDATE queue SET leased_until = $4 WHERE {HELD}");
    Ok(db.execute(&sql, values![lease.id, lease.holder, lease.attempt, until])? == 1)
}

pub(super) fn put_back(db: &Db<'_>, lease: &Leased, at: Timestamp, error: &str) -> Result<bool> {
    let sql = format!(
        "UPDATE queue SET leased_by = NULL, leased_until = NULL, due_at = $4, rank = $4 - priority * 60000, error = $5 WHERE {HELD}"
    );
    Ok(db.execute(&sql, values![lease.id, lease.holder, lease.attempt, at, error])? == 1)
}

pub(super) fn leased_row(db: &Db<'_>, lease: &Leased) -> Result<Option<Queued>> {
    let sql = format!("SELECT {COLUMNS} FROM queue WHERE {HELD}");
    db.one(&sql, values![lease.id, lease.holder, lease.attempt], queued)
}

/// The lease that a holder has on work, if they have one.
pub(super) fn lease(db: &Db<'_>, id: WorkId, holder: &str) -> Result<Option<Leased>> {
    db.one(
        "SELECT payload, id, topic, ordering_key, attempts, trace, expires_at, rank FROM queue
         WHERE id = $1 AND leased_by = $2",
        values![id, holder],
        |row| leased(row, holder),
    )
}

/// Another priority for work that waits; says whether it does.
pub(super) fn set_priority(db: &Db<'_>, id: WorkId, level: i64) -> Result<bool> {
    let sql =
        "UPDATE queue SET priority = $2, rank = due_at - $2 * 60000 WHERE id = $1 AND leased_by IS NULL";
    Ok(db.execute(sql, values![id, level])? == 1)
}

pub(super) fn delete(db: &Db<'_>, id: WorkId) -> Result<bool> {
    take_off(db, "id = $1", values![id])
}

pub(super) fn delete_waiting(db: &Db<'_>, topic: &str, key: &str) -> Result<bool> {
    take_off(db, "topic = $1 AND unique_key = $2 AND leased_by IS NULL", values![topic, key])
}

/// Deletes the one row that `which` says, if it is there, and lets who stood behind it step up.
fn take_off(db: &Db<'_>, which: &str, given: &[Value]) -> Result<bool> {
    let sql = format!("DELETE FROM queue WHERE {which} RETURNING {}", Left::COLUMNS);
    let Some(left) = db.one(&sql, given, Left::of)? else { return Ok(false) };
    line::leave(db, &left)?;
    Ok(true)
}
