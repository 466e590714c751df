//! The statements of attachments.

use crate::base::error::{Error, Result};
use crate::base::id::{MessageId, SessionId};
use crate::messages::attachment::{Attachment, AttachmentState};
use crate::store::Cx;
use crate::values;

/// Where a sealed address lies.
const PLACE: &str = "attachments.url";

pub(in crate::messages) fn insert(
    cx: &Cx<'_>,
    message: MessageId,
    session: SessionId,
    one: &Attachment,
) -> Result<()> {
    let url = cx.keys().seal(cx.chance(), PLACE, one.url.as_bytes());
    cx.db.change_one(
        "INSERT INTO attachments (id, message_id, session_id, name, media_type, size, sha256, url, state, reason)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        values![
            one.id,
            message,
            session,
            one.name,
            one.media_type,
            one.size,
            one.sha256,
            url,
            one.state.as_str(),
            one.reason
        ],
    )
}

pub(in crate::messages) fn of_message(cx: &Cx<'_>, message: MessageId) -> Result<Vec<Attachment>> {
    cx.db.all(
        "SELECT id, name, media_type, size, sha256, url, state, reason FROM attachments
         WHERE message_id = $1 ORDER BY id",
        values![message],
        |row| {
            let (state, url): (String, Vec<u8>) = (row.get("state")?, row.get("url")?);
            Ok(Attachment {
                id: row.get("id")?,
                name: row.get("name")?,
                media_type: row.get("media_type")?,
                size: row.get("size")?,
                sha256: row.get("sha256")?,
                url: String::from_utf8(cx.keys().open(PLACE, &url)?).map_err(Error::internal)?,
                state: AttachmentState::stored(&state)?,
                reason: row.get("reason")?,
            })
        },
    )
}

pub(in crate::messages) fn delete_of_session(cx: &Cx<'_>, session: SessionId) -> Result<usize> {
    cx.db.execute("DELETE FROM attachments WHERE session_id = $1", values![session])
}
