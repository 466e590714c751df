//! Idempotency: what a call with an `Idempotency-Key` was answered, so that it is answered so again.
//!
//! The key, the hash of the body and the answer are kept in the transaction of the effect ([`keep`]), so that
//! there is never the one without the other. A key belongs to one caller and one route. Answers are sealed: they
//! hold what the caller was shown, addresses and secrets included. Table owned: `idempotency`.
//!
//! It does not know what an answer says, nor whether its caller may still read it: whoever finds one asks again.

mod sql;
#[cfg(test)]
mod tests;

use crate::base::error::{Error, Result};
use crate::base::time::DAY;
use crate::store::Cx;

/// How long an answer is kept, in milliseconds.
pub const KEPT_MS: i64 = DAY;

/// What the caller of [`find`] and [`keep`] goes by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Who called.
    pub caller: String,
    /// Method and path.
    pub route: String,
    /// The key they gave.
    pub key: String,
}

/// An answer that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its HTTP status.
    pub status: u16,
    /// Its JSON.
    pub body: serde_json::Value,
}

/// The answer that this call was given before; `None` if it is new. The same key with another body is refused.
pub fn find(cx: &Cx<'_>, key: &Key, body_hash: &str) -> Result<Option<Answer>> {
    let Some(kept) = sql::find(cx, key, cx.now.plus(-KEPT_MS))? else { return Ok(None) };
    if kept.body_hash != body_hash {
        return Err(Error::refused(
            "idempotency.mismatch",
            "This Idempotency-Key was used for another request already. Take a new key for a new request.",
        ));
    }
    let body =
        serde_json::from_slice(&cx.keys().open("idempotency", &kept.sealed)?).map_err(Error::internal)?;
    Ok(Some(Answer { status: kept.status, body }))
}

/// Keeps the answer of a call, in the transaction of its effect.
pub fn keep(cx: &Cx<'_>, key: &Key, body_hash: &str, answer: &Answer) -> Result<()> {
    let plain = serde_json::to_vec(&answer.body).map_err(Error::internal)?;
    let sealed = cx.keys().seal(cx.chance(), "idempotency", &plain);
    sql::keep(cx, key, body_hash, answer.status, &sealed)
}

/// Deletes the answers whose time is over; gives how many.
pub fn delete_ended(cx: &Cx<'_>) -> Result<usize> {
    sql::delete_before(cx, cx.now.plus(-KEPT_MS))
}

/// Deletes what was kept for a caller who is forgotten; gives how much that was.
pub fn forget(cx: &Cx<'_>, caller: &str) -> Result<usize> {
    sql::delete_of(cx, caller)
}
