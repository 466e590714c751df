//! Holds: intervals reserved for a while. They end by the clock, whoever takes note of it.

use super::lay::pieces;
use super::{HolderId, sql};
use crate::base::error::{Error, Result};
use crate::base::id::HoldId;
use crate::base::time::Timestamp;
use crate::itip::feed::Interval;
use crate::store::Cx;

/// An interval that is reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Its id.
    pub id: HoldId,
    /// Whose time it is.
    pub holder: HolderId,
    /// When it begins.
    pub from: Timestamp,
    /// When it ends.
    pub to: Timestamp,
    /// Until when it is reserved.
    pub until: Timestamp,
}

/// Reserves an interval of a holder's time for `subject`, an id with its prefix, until it is released or its time is
/// over. Whoever calls has checked in the same transaction that it is free.
pub fn hold(
    cx: &Cx<'_>,
    holder: HolderId,
    from: Timestamp,
    to: Timestamp,
    subject: &str,
    until: Timestamp,
) -> Result<HoldId> {
    let mut first = None;
    for piece in pieces(Interval { start: from.ms(), end: to.ms() }) {
        let id: HoldId = cx.id();
        sql::insert_hold(cx, id, holder, piece, subject, until)?;
        first.get_or_insert(id);
    }
    first.ok_or_else(|| Error::internal("a hold of no time"))
}

/// Ends all that `subject` holds; gives whether there was anything.
pub fn release(cx: &Cx<'_>, subject: &str) -> Result<bool> {
    sql::delete_holds(cx, subject).map(|many| many > 0)
}

/// What `subject` holds now, by holder and time.
pub fn holds_of(cx: &Cx<'_>, subject: &str) -> Result<Vec<Hold>> {
    let mut held: Vec<Hold> = Vec::new();
    for piece in sql::holds_of(cx, subject)? {
        match held.last_mut() {
            Some(last) if last.holder == piece.holder && last.to == piece.from => last.to = piece.to,
            _ => held.push(piece),
        }
    }
    Ok(held)
}
