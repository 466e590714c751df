//! Dead letters: work that could not be done, kept until somebody looks.

use super::sql::{self, Queued};
use super::{Priority, line};
use crate::base::error::{Error, Result};
use crate::base::id::WorkId;
use crate::base::time::Timestamp;
use crate::store::{Cx, Row};
use crate::values;

/// Why work is dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Its last attempt failed.
    Attempts,
    /// It was no longer worth doing.
    Expired,
    /// It can never succeed: the other side said so, or a rule of ours stopped it.
    Refused,
}

impl Reason {
    /// The word kept in the store and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Attempts => "attempts",
            Self::Expired => "expired",
            Self::Refused => "refused",
        }
    }
}

/// A dead letter.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct DeadLetter {
    /// The work.
    pub id: WorkId,
    /// Its topic.
    pub topic: String,
    /// Its key.
    pub key: Option<String>,
    /// How often it was tried.
    pub attempts: i64,
    /// `attempts`, `expired` or `refused`.
    pub reason: String,
    /// What went wrong the last time.
    pub error: Option<String>,
    /// The trace id of what asked for it.
    pub trace: String,
    /// What was to be done.
    pub payload: serde_json::Value,
    /// When it died, in UTC milliseconds.
    pub died_at: i64,
}

/// Moves a row of the queue to the dead letters.
pub(super) fn lay(cx: &Cx<'_>, row: Queued, reason: Reason, error: Option<&str>) -> Result<()> {
    if !sql::delete(&cx.db, row.id)? {
        return Ok(());
    }
    let error = error.map(str::to_owned).or(row.error);
    cx.db.change_one(
        "INSERT INTO dead_letters (id, topic, unique_key, ordering_key, priority, attempts, reason, error, trace, payload, created_at, died_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        values![
            row.id, row.topic, row.unique_key, row.ordering_key, row.priority, row.attempts, reason.as_str(), error,
            row.trace, row.payload, row.created_at, cx.now
        ],
    )
}

fn dead(row: &Row<'_>) -> Result<DeadLetter> {
    let payload: String = row.get("payload")?;
    Ok(DeadLetter {
        id: row.get("id")?,
        topic: row.get("topic")?,
        key: row.get("unique_key")?,
        attempts: row.get("attempts")?,
        reason: row.get("reason")?,
        error: row.get("error")?,
        trace: row.get("trace")?,
        payload: serde_json::from_str(&payload).map_err(Error::internal)?,
        died_at: row.get::<Timestamp>("died_at")?.ms(),
    })
}

/// The newest dead letters of `topic`, at most `limit`.
pub fn dead_letters(cx: &Cx<'_>, topic: &str, limit: u32) -> Result<Vec<DeadLetter>> {
    cx.db.all(
        "SELECT id, topic, unique_key, attempts, reason, error, trace, payload, died_at FROM dead_letters
         WHERE topic = $1 ORDER BY died_at DESC LIMIT $2",
        values![topic, limit],
        dead,
    )
}

/// The dead letters of `topic` that nobody has settled yet ([`settle`]), oldest first, at most `limit`.
pub fn unsettled(cx: &Cx<'_>, topic: &str, limit: u32) -> Result<Vec<DeadLetter>> {
    cx.db.all(
        "SELECT id, topic, unique_key, attempts, reason, error, trace, payload, died_at FROM dead_letters
         WHERE topic = $1 AND settled_at IS NULL ORDER BY died_at, id LIMIT $2",
        values![topic, limit],
        dead,
    )
}

/// Nothing waits any more for what a dead letter was to do: whoever did has been told. It stays for the operator to see; put
/// back on the queue and dead again, it is to be settled again.
pub fn settle(cx: &Cx<'_>, id: WorkId) -> Result<()> {
    cx.db.execute("UPDATE dead_letters SET settled_at = $1 WHERE id = $2", values![cx.now, id]).map(drop)
}

/// One dead letter.
pub fn dead_letter(cx: &Cx<'_>, id: WorkId) -> Result<DeadLetter> {
    let found = cx.db.one(
        "SELECT id, topic, unique_key, attempts, reason, error, trace, payload, died_at FROM dead_letters WHERE id = $1",
        values![id],
        dead,
    )?;
    found.ok_or(Error::NotFound("dead letter"))
}

/// Puts a dead letter back on the queue, due now, with its attempts forgotten and no expiry.
pub fn retry_dead(cx: &Cx<'_>, id: WorkId) -> Result<()> {
    let row = cx
        .db
        .one(&format!("SELECT {} FROM dead_letters WHERE id = $1", sql::COLUMNS), values![id], sql::queued)?
        .ok_or(Error::NotFound("dead letter"))?;
    let priority = Priority::from_level(row.priority);
    let changed = cx.db.execute(
        "INSERT INTO queue (id, topic, unique_key, ordering_key, priority, rank, due_at, attempts, error, trace, payload, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $10, $11)
         ON CONFLICT (topic, unique_key) WHERE unique_key IS NOT NULL DO NOTHING",
        values![
            row.id, row.topic, row.unique_key, row.ordering_key, row.priority, priority.rank(cx.now), cx.now,
            row.error, row.trace, row.payload, row.created_at
        ],
    )?;
    if changed == 0 {
        return Err(Error::refused("queue.exists", "The same work is on the queue already."));
    }
    line::step_in(&cx.db, &row)?;
    drop_dead(cx, id)
}

/// Puts all dead letters of `topic` back on the queue; gives how many.
pub fn retry_dead_topic(cx: &Cx<'_>, topic: &str) -> Result<usize> {
    let all = dead_letters(cx, topic, 10_000)?;
    let mut put_back = 0;
    for letter in &all {
        match retry_dead(cx, letter.id) {
            Ok(()) => put_back += 1,
            Err(Error::Refused { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(put_back)
}

/// Throws away the dead letters of `topic` with this key; gives how many there were.
pub fn drop_dead_keyed(cx: &Cx<'_>, topic: &str, key: &str) -> Result<usize> {
    cx.db.execute("DELETE FROM dead_letters WHERE topic = $1 AND unique_key = $2", values![topic, key])
}

/// Throws a dead letter away.
pub fn drop_dead(cx: &Cx<'_>, id: WorkId) -> Result<()> {
    match cx.db.execute("DELETE FROM dead_letters WHERE id = $1", values![id])? {
        0 => Err(Error::NotFound("dead letter")),
        _ => Ok(()),
    }
}
