//! Lines: work with the same ordering key, each behind the one before it.
//!
//! Who stands behind whom is written with the work (`after_id`), so that what can be done is found without looking at what
//! waits behind it; `queue_lines` says who is last. Whoever leaves a line, from its front or out of its middle, hands the place
//! on to the one behind.

use super::sql::Queued;
use crate::base::error::Result;
use crate::base::id::WorkId;
use crate::store::{Db, Row};
use crate::values;

/// All work of topic $1 as `standing`: what is first, by itself or in its line, and whoever stands behind that.
pub(super) const STANDING: &str = "WITH RECURSIVE standing (id) AS (
         SELECT f.id FROM queue f WHERE f.topic = $1 AND f.after_id IS NULL
         UNION ALL SELECT b.id FROM standing JOIN queue b ON b.after_id = standing.id)";

/// Where work stood that is on the queue no more.
pub(super) struct Left {
    id: WorkId,
    topic: String,
    ordering_key: Option<String>,
    after: Option<WorkId>,
}

impl Left {
    /// What a statement gives back of work that it takes off the queue.
    pub(super) const COLUMNS: &str = "id, topic, ordering_key, after_id";

    pub(super) fn of(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            topic: row.get("topic")?,
            ordering_key: row.get("ordering_key")?,
            after: row.get("after_id")?,
        })
    }
}

/// Behind which work the next one with this key stands, if there is any.
pub(super) fn last(db: &Db<'_>, topic: &str, ordering_key: &str) -> Result<Option<WorkId>> {
    let sql = "SELECT last_id FROM queue_lines WHERE topic = $1 AND ordering_key = $2";
    db.one(sql, values![topic, ordering_key], |row| row.get("last_id"))
}

/// `id` has joined the line behind `last`.
pub(super) fn join(
    db: &Db<'_>,
    (topic, ordering_key): (&str, &str),
    last: Option<WorkId>,
    id: WorkId,
) -> Result<()> {
    let sql = match last {
        Some(_) => "UPDATE queue_lines SET last_id = $3 WHERE topic = $1 AND ordering_key = $2",
        None => "INSERT INTO queue_lines (topic, ordering_key, last_id) VALUES ($1, $2, $3)",
    };
    db.change_one(sql, values![topic, ordering_key, id])
}

/// The one behind `left` takes its place, if somebody is; if nobody is, the one before it is last.
pub(super) fn leave(db: &Db<'_>, left: &Left) -> Result<()> {
    let Some(key) = &left.ordering_key else { return Ok(()) };
    if db.execute("UPDATE queue SET after_id = $2 WHERE after_id = $1", values![left.id, left.after])? > 0 {
        return Ok(());
    }
    if let Some(before) = left.after {
        return join(db, (&left.topic, key), Some(left.id), before);
    }
    let sql = "DELETE FROM queue_lines WHERE topic = $1 AND ordering_key = $2";
    db.change_one(sql, values![left.topic, key])
}

/// Where work that comes back stands: before all that came after it and is not being done.
pub(super) fn step_in(db: &Db<'_>, back: &Queued) -> Result<()> {
    let Some(key) = &back.ordering_key else { return Ok(()) };
    let sql = format!(
        "SELECT id, after_id FROM queue WHERE id IN ({STANDING} SELECT id FROM standing)
             AND ordering_key = $2 AND id > $3 AND leased_by IS NULL ORDER BY id LIMIT 1"
    );
    let next = db.one(&sql, values![back.topic, key, back.id], |row| {
        Ok((row.get::<WorkId>("id")?, row.get::<Option<WorkId>>("after_id")?))
    })?;
    let (behind, before) = match next {
        Some((next, before)) => (Some(next), before),
        None => (None, last(db, &back.topic, key)?),
    };
    db.change_one("UPDATE queue SET after_id = $2 WHERE id = $1", values![back.id, before])?;
    match behind {
        Some(next) => db.change_one("UPDATE queue SET after_id = $2 WHERE id = $1", values![next, back.id]),
        None => join(db, (&back.topic, key), before, back.id),
    }
}
