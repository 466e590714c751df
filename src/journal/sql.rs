//! The journal's statements.

use super::Entry;
use super::chain::{self, Fixed};
use crate::base::error::{Error, Result};
use crate::base::id::{EntryId, lowest_at};
use crate::base::time::Timestamp;
use crate::store::{Db, FromValue, Row, ToValue, Value};
use crate::values;

/// An entry on its way to the sealer.
pub(super) struct Unsealed {
    pub(super) id: EntryId,
    pub(super) at: Timestamp,
    pub(super) kind: String,
    pub(super) actor: String,
    pub(super) road: String,
    pub(super) trace: String,
    pub(super) subject: Option<String>,
    pub(super) object: Option<String>,
    pub(super) amount: Option<i64>,
    pub(super) data: Option<String>,
    pub(super) salt: Option<Vec<u8>>,
    pub(super) data_hash: String,
}

impl Unsealed {
    pub(super) fn into_values(self) -> Vec<Value> {
        let text = |text: Option<String>| text.map_or(Value::Null, Value::Text);
        vec![
            self.id.to_value(),
            self.at.to_value(),
            Value::Text(self.kind),
            Value::Text(self.actor),
            Value::Text(self.road),
            Value::Text(self.trace),
            text(self.subject),
            text(self.object),
            self.amount.to_value(),
            text(self.data),
            self.salt.map_or(Value::Null, Value::Bytes),
            Value::Text(self.data_hash),
        ]
    }
}

fn read<T: FromValue>(values: &[Value], at: usize) -> Result<T> {
    values
        .get(at)
        .and_then(|value| T::from_value(value.given()))
        .ok_or_else(|| Error::internal("an entry was handed over in another shape"))
}

/// Chains a handed-over entry to the head with `previous` as its hash; gives its own.
pub(super) fn insert(db: &Db<'_>, number: i64, previous: &str, entry: &[Value]) -> Result<String> {
    let fixed = Fixed {
        number,
        id: read::<EntryId>(entry, 0)?.to_string(),
        at: read(entry, 1)?,
        kind: read(entry, 2)?,
        actor: read(entry, 3)?,
        road: read(entry, 4)?,
        trace: read(entry, 5)?,
        subject: read(entry, 6)?,
        object: read(entry, 7)?,
        amount: read(entry, 8)?,
        data_hash: read(entry, 11)?,
    };
    let hash = chain::hash(previous, &fixed);
    let mut all = entry.to_vec();
    all.push(Value::Int(number));
    all.push(Value::Text(hash.clone()));
    db.change_one(
        "INSERT INTO journal (id, at, kind, actor, road, trace, subject, object, amount, data, salt, data_hash, number, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        &all,
    )?;
    Ok(hash)
}

/// Number and hash of the newest entry. A journal pruned to nothing begins after its last checkpoint.
pub(super) fn head(db: &Db<'_>) -> Result<(i64, String)> {
    let read = |row: &Row<'_>| Ok((row.get("number")?, row.get("hash")?));
    let newest = db.one("SELECT number, hash FROM journal ORDER BY number DESC LIMIT 1", &[], read)?;
    match newest {
        Some(head) => Ok(head),
        None => Ok(pruned_at(db)?.unwrap_or((0, chain::GENESIS.to_owned()))),
    }
}

/// Number and hash of the entry up to which the journal was pruned, if it was.
pub(super) fn pruned_at(db: &Db<'_>) -> Result<Option<(i64, String)>> {
    db.one(
        "SELECT number, hash FROM checkpoints WHERE pruned = TRUE ORDER BY number DESC LIMIT 1",
        &[],
        |row| Ok((row.get("number")?, row.get("hash")?)),
    )
}

const COLUMNS: &str =
    "number, id, at, kind, actor, road, trace, subject, object, amount, data, salt, data_hash, hash";

/// A row with what its verification needs.
pub(super) struct Sealed {
    pub(super) entry: Entry,
    pub(super) raw_data: Option<String>,
    pub(super) salt: Option<Vec<u8>>,
    pub(super) data_hash: String,
    pub(super) hash: String,
}

fn sealed(row: &Row<'_>) -> Result<Sealed> {
    let raw_data: Option<String> = row.get("data")?;
    let entry = Entry {
        number: row.get("number")?,
        id: row.get("id")?,
        at: row.get("at")?,
        kind: row.get("kind")?,
        actor: row.get("actor")?,
        road: row.get("road")?,
        trace: row.get("trace")?,
        subject: row.get("subject")?,
        object: row.get("object")?,
        amount: row.get("amount")?,
        data: raw_data.as_deref().and_then(|data| serde_json::from_str(data).ok()),
    };
    Ok(Sealed {
        entry,
        raw_data,
        salt: row.get("salt")?,
        data_hash: row.get("data_hash")?,
        hash: row.get("hash")?,
    })
}

pub(super) fn sealed_after(db: &Db<'_>, number: i64, limit: u32) -> Result<Vec<Sealed>> {
    readable_after(db, number, limit)?.into_iter().collect()
}

/// As [`sealed_after`], telling of each row by itself whether it can be read: somebody may have tampered with it.
pub(super) fn readable_after(db: &Db<'_>, number: i64, limit: u32) -> Result<Vec<Result<Sealed>>> {
    let sql = format!("SELECT {COLUMNS} FROM journal WHERE number > $1 ORDER BY number LIMIT $2");
    db.all(&sql, values![number, limit], |row| Ok(sealed(row)))
}

pub(super) fn after(db: &Db<'_>, number: i64, limit: u32) -> Result<Vec<Entry>> {
    Ok(sealed_after(db, number, limit)?.into_iter().map(|row| row.entry).collect())
}

pub(super) fn by_subject(db: &Db<'_>, subject: &str, limit: u32) -> Result<Vec<Entry>> {
    let sql = format!("SELECT {COLUMNS} FROM journal WHERE subject = $1 ORDER BY number LIMIT $2");
    Ok(db.all(&sql, values![subject, limit], sealed)?.into_iter().map(|row| row.entry).collect())
}

pub(super) fn by_subject_after(db: &Db<'_>, subject: &str, number: i64, limit: u32) -> Result<Vec<Entry>> {
    let sql =
        format!("SELECT {COLUMNS} FROM journal WHERE subject = $1 AND number > $2 ORDER BY number LIMIT $3");
    Ok(db.all(&sql, values![subject, number, limit], sealed)?.into_iter().map(|row| row.entry).collect())
}

pub(super) fn about_before(db: &Db<'_>, subject: &str, number: i64, limit: u32) -> Result<Vec<Entry>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM journal WHERE subject = $1 AND number < $2 ORDER BY number DESC LIMIT $3"
    );
    Ok(db.all(&sql, values![subject, number, limit], sealed)?.into_iter().map(|row| row.entry).collect())
}

/// What a program did. The two bounds are those of the index, which has programs alone.
pub(super) fn of_agent_before(db: &Db<'_>, agent: &str, number: i64, limit: u32) -> Result<Vec<Entry>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM journal WHERE actor = $1 AND actor >= 'agt_' AND actor < 'agt~' AND number < $2
         ORDER BY number DESC LIMIT $3"
    );
    Ok(db.all(&sql, values![agent, number, limit], sealed)?.into_iter().map(|row| row.entry).collect())
}

pub(super) fn marks_after(
    db: &Db<'_>,
    number: i64,
    limit: u32,
) -> Result<Vec<(i64, String, Option<String>)>> {
    db.all(
        "SELECT number, kind, subject FROM journal WHERE number > $1 ORDER BY number LIMIT $2",
        values![number, limit],
        |row| Ok((row.get("number")?, row.get("kind")?, row.get("subject")?)),
    )
}

pub(super) fn of_kind_after(db: &Db<'_>, kind: &str, number: i64, limit: u32) -> Result<Vec<Entry>> {
    let sql =
        format!("SELECT {COLUMNS} FROM journal WHERE kind = $1 AND number > $2 ORDER BY number LIMIT $3");
    Ok(db.all(&sql, values![kind, number, limit], sealed)?.into_iter().map(|row| row.entry).collect())
}

/// The newest entries of `kind`, newest first.
pub(super) fn newest(db: &Db<'_>, kind: &str, limit: u32) -> Result<Vec<Entry>> {
    let sql = format!("SELECT {COLUMNS} FROM journal WHERE kind = $1 ORDER BY number DESC LIMIT $2");
    Ok(db.all(&sql, values![kind, limit], sealed)?.into_iter().map(|row| row.entry).collect())
}

pub(super) fn count_since(db: &Db<'_>, kind: &str, since: Timestamp) -> Result<i64> {
    // Ids rise with time; those of a busy process run ahead of it a little.
    let lowest: EntryId = lowest_at(since);
    let first = db.one(
        "SELECT number FROM journal WHERE id >= $1 AND at >= $2 ORDER BY id LIMIT 1",
        values![lowest, since],
        |row| row.get::<i64>("number"),
    )?;
    let Some(first) = first else { return Ok(0) };
    let counted = db.one(
        "SELECT COUNT(*) AS many FROM journal WHERE kind = $1 AND number >= $2",
        values![kind, first],
        |row| row.get("many"),
    )?;
    Ok(counted.unwrap_or(0))
}

/// How many entries of each kind there are up to entry `number`. Walks an index: for once at a start.
pub(super) fn count_by_kind(db: &Db<'_>, number: i64) -> Result<Vec<(String, i64)>> {
    db.all(
        "SELECT kind, COUNT(*) AS many FROM journal WHERE number <= $1 GROUP BY kind",
        values![number],
        |row| Ok((row.get("kind")?, row.get("many")?)),
    )
}

/// The kinds and amounts of the entries after `number`, oldest first, with their numbers.
pub(super) fn kinds_after(db: &Db<'_>, number: i64, limit: u32) -> Result<Vec<(i64, String, Option<i64>)>> {
    db.all(
        "SELECT number, kind, amount FROM journal WHERE number > $1 ORDER BY number LIMIT $2",
        values![number, limit],
        |row| Ok((row.get("number")?, row.get("kind")?, row.get("amount")?)),
    )
}

pub(super) fn forget_subject(db: &Db<'_>, subject: &str) -> Result<usize> {
    db.execute(
        "UPDATE journal SET data = NULL, salt = NULL WHERE subject = $1 AND data IS NOT NULL",
        values![subject],
    )
}

pub(super) fn forget_object(db: &Db<'_>, subject: &str, object: &str) -> Result<usize> {
    db.execute(
        "UPDATE journal SET data = NULL, salt = NULL WHERE subject = $1 AND object = $2 AND data IS NOT NULL",
        values![subject, object],
    )
}

pub(super) fn delete_up_to(db: &Db<'_>, number: i64) -> Result<usize> {
    db.execute("DELETE FROM journal WHERE number <= $1", values![number])
}

pub(super) fn hash_of(db: &Db<'_>, number: i64) -> Result<Option<String>> {
    db.one("SELECT hash FROM journal WHERE number = $1", values![number], |row| row.get("hash"))
}

/// Keeps a checkpoint. Where one of the same entry is kept already, only a pruning replaces it.
pub(super) fn insert_checkpoint(db: &Db<'_>, checkpoint: &chain::Checkpoint) -> Result<()> {
    db.execute(
        "INSERT INTO checkpoints (number, hash, at, signature, pruned) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (number) DO UPDATE SET hash = excluded.hash, at = excluded.at, signature = excluded.signature,
             pruned = excluded.pruned
         WHERE excluded.pruned = TRUE AND checkpoints.pruned = FALSE",
        values![checkpoint.number, checkpoint.hash, checkpoint.at, checkpoint.signature, checkpoint.pruned],
    )
    .map(drop)
}

/// Every checkpoint from entry `number` on, oldest first.
pub(super) fn checkpoints_from(db: &Db<'_>, number: i64) -> Result<Vec<chain::Checkpoint>> {
    db.all(
        "SELECT number, hash, at, signature, pruned FROM checkpoints WHERE number >= $1 ORDER BY number",
        values![number],
        |row| {
            Ok(chain::Checkpoint {
                number: row.get("number")?,
                hash: row.get("hash")?,
                at: row.get("at")?,
                signature: row.get("signature")?,
                pruned: row.get("pruned")?,
            })
        },
    )
}

/// Where a follower has got to, and how often its next entry has failed. Made at 0 where there is none.
pub(super) fn cursor(db: &Db<'_>, name: &str) -> Result<(i64, i64)> {
    let read = |row: &Row<'_>| Ok((row.get("cursor_number")?, row.get("failures")?));
    let found =
        db.one("SELECT cursor_number, failures FROM followers WHERE name = $1", values![name], read)?;
    Ok(found.unwrap_or((0, 0)))
}

/// Where every follower has got to, by name.
pub(super) fn cursors(db: &Db<'_>) -> Result<Vec<(String, i64)>> {
    db.all("SELECT name, cursor_number FROM followers ORDER BY name", &[], |row| {
        Ok((row.get("name")?, row.get("cursor_number")?))
    })
}

pub(super) fn move_cursor(db: &Db<'_>, name: &str, number: i64, failures: i64, now: Timestamp) -> Result<()> {
    db.change_one(
        "INSERT INTO followers (name, cursor_number, failures, updated_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (name) DO UPDATE SET cursor_number = excluded.cursor_number, failures = excluded.failures,
             updated_at = excluded.updated_at",
        values![name, number, failures, now],
    )
}

pub(super) fn set_aside(db: &Db<'_>, name: &str, number: i64, error: &str, now: Timestamp) -> Result<()> {
    db.execute(
        "INSERT INTO set_aside (follower, number, error, at) VALUES ($1, $2, $3, $4) ON CONFLICT (follower, number) DO NOTHING",
        values![name, number, error, now],
    )
    .map(drop)
}

/// The entry that the slowest follower has read last, if anybody follows.
pub(super) fn slowest_cursor(db: &Db<'_>) -> Result<Option<i64>> {
    db.one("SELECT cursor_number FROM followers ORDER BY cursor_number LIMIT 1", &[], |row| {
        row.get("cursor_number")
    })
}
