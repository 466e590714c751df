//! The mailroom's shelves: what each person's mailbox holds while there is no mail server.

use super::{packed, sql};
use crate::base::error::{Error, Result};
use crate::base::id::LetterId;
use crate::base::text::Address;
use crate::base::time::Timestamp;
use crate::store::Cx;

/// A mail in the mailroom.
#[derive(Clone, Debug)]
pub struct Shelved {
    /// The letter it was, or a new id for what came from elsewhere.
    pub id: LetterId,
    /// Whose mailbox, in lower case.
    pub address_key: String,
    /// When it came.
    pub received_at: Timestamp,
    /// The message.
    pub raw: Vec<u8>,
}

/// Lays a message into a mailbox, once per Message-ID.
pub fn shelve(cx: &Cx<'_>, id: LetterId, to: &Address, message_id: &str, raw: &[u8]) -> Result<()> {
    let sealed = packed::pack(cx.ground(), "mailroom", raw)?;
    sql::shelve(cx, id, &to.key(), message_id, &sealed)
}

/// The mailboxes: address, how many mails, when the newest came.
pub fn mailboxes(cx: &Cx<'_>) -> Result<Vec<(String, i64, Timestamp)>> {
    sql::mailboxes(cx)
}

/// The mails of a mailbox, newest first.
pub fn mails(cx: &Cx<'_>, address_key: &str, limit: u32) -> Result<Vec<Shelved>> {
    sql::shelved_of(cx, address_key, limit)?
        .into_iter()
        .map(|(id, address_key, received_at, sealed)| {
            Ok(Shelved { id, address_key, received_at, raw: packed::unpack(cx, "mailroom", &sealed)? })
        })
        .collect()
}

/// One mail.
pub fn mail(cx: &Cx<'_>, id: LetterId) -> Result<Shelved> {
    let (id, address_key, received_at, sealed) = sql::shelved(cx, id)?.ok_or(Error::NotFound("mail"))?;
    Ok(Shelved { id, address_key, received_at, raw: packed::unpack(cx, "mailroom", &sealed)? })
}

/// Empties the mailbox of somebody who is forgotten; gives how many mails there were.
pub fn erase(cx: &Cx<'_>, address: &Address) -> Result<usize> {
    sql::erase_shelved(cx, &address.key())
}

/// Deletes what came before `before`.
pub fn delete_before(cx: &Cx<'_>, before: Timestamp) -> Result<usize> {
    sql::delete_shelved(cx, before)
}
