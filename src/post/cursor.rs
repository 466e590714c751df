//! How far each folder of the organizer's mailbox was read. A cursor moves in the transaction that takes the
//! message in, so that a message is done when its effect is.

use super::sql;
use crate::base::error::Result;
use crate::base::time::Timestamp;
use crate::store::Cx;

/// A place in a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The folder's UIDVALIDITY (RFC 9051, 2.3.1.1): if it changes, UIDs mean something else.
    pub uid_validity: u32,
    /// The last UID that was taken in.
    pub uid: u32,
    /// When.
    pub read_at: Timestamp,
}

/// Where reading a folder goes on.
pub fn get(cx: &Cx<'_>, mailbox: &str, folder: &str) -> Result<Option<Cursor>> {
    sql::cursor(cx, mailbox, folder)
}

/// Moves on.
pub fn set(cx: &Cx<'_>, mailbox: &str, folder: &str, uid_validity: u32, uid: u32) -> Result<()> {
    sql::set_cursor(cx, mailbox, folder, uid_validity, uid)
}
