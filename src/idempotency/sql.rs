//! The statements of idempotency.

use super::Key;
use crate::base::error::Result;
use crate::base::time::Timestamp;
use crate::store::Cx;
use crate::values;

/// A row.
pub(super) struct Kept {
    pub(super) body_hash: String,
    pub(super) status: u16,
    pub(super) sealed: Vec<u8>,
}

pub(super) fn find(cx: &Cx<'_>, key: &Key, since: Timestamp) -> Result<Option<Kept>> {
    cx.db.one(
        "SELECT status, body_hash, sealed_answer FROM idempotency
         WHERE caller = $1 AND route = $2 AND idempotency_key = $3 AND created_at > $4",
        values![key.caller, key.route, key.key, since],
        |row| {
            let status: u32 = row.get("status")?;
            Ok(Kept {
                body_hash: row.get("body_hash")?,
                status: u16::try_from(status).unwrap_or(200),
                sealed: row.get("sealed_answer")?,
            })
        },
    )
}

/// Keeps an answer; one whose time is over makes place.
pub(super) fn keep(cx: &Cx<'_>, key: &Key, body_hash: &str, status: u16, sealed: &[u8]) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO idempotency (caller, route, idempotency_key, body_hash, status, sealed_answer, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (caller, route, idempotency_key) DO UPDATE SET
             body_hash = excluded.body_hash, status = excluded.status, sealed_answer = excluded.sealed_answer,
             created_at = excluded.created_at",
        values![key.caller, key.route, key.key, body_hash, u32::from(status), sealed, cx.now],
    )
}

pub(super) fn delete_before(cx: &Cx<'_>, before: Timestamp) -> Result<usize> {
    cx.db.execute("DELETE FROM idempotency WHERE created_at <= $1", values![before])
}

pub(super) fn delete_of(cx: &Cx<'_>, caller: &str) -> Result<usize> {
    cx.db.execute("DELETE FROM idempotency WHERE caller = $1", values![caller])
}
