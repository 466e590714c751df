//! The statements of links.

use super::{About, Link, Purpose};
use crate::base::error::Result;
use crate::base::id::{LinkId, ParticipantId, ProposalId, UserId};
use crate::base::time::Timestamp;
use crate::store::{Cx, Row};
use crate::values;

pub(super) fn insert(
    cx: &Cx<'_>,
    (id, purpose): (LinkId, Purpose),
    secret_hash: &str,
    address_hash: &str,
    about: &About,
    expires_at: Timestamp,
) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO links (id, purpose, secret_hash, address_hash, meeting_id, participant_id, proposal_id, user_id,
             detail, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        values![
            id,
            purpose.as_str(),
            secret_hash,
            address_hash,
            about.meeting,
            about.participant,
            about.proposal,
            about.user,
            about.detail,
            cx.now,
            expires_at
        ],
    )
}

pub(super) fn by_hash(cx: &Cx<'_>, secret_hash: &str) -> Result<Option<Link>> {
    cx.db.one(
        "SELECT id, address_hash, meeting_id, participant_id, proposal_id, user_id, detail, expires_at, used_at, replaced_at
         FROM links WHERE secret_hash = $1",
        values![secret_hash],
        link,
    )
}

pub(super) fn newest(cx: &Cx<'_>, purpose: Purpose, participant: ParticipantId) -> Result<Option<LinkId>> {
    cx.db.one(
        "SELECT id FROM links WHERE participant_id = $1 AND purpose = $2 ORDER BY created_at DESC LIMIT 1",
        values![participant, purpose.as_str()],
        |row| row.get("id"),
    )
}

fn link(row: &Row<'_>) -> Result<Link> {
    Ok(Link {
        id: row.get("id")?,
        address_hash: row.get("address_hash")?,
        about: About {
            meeting: row.get("meeting_id")?,
            participant: row.get("participant_id")?,
            proposal: row.get("proposal_id")?,
            user: row.get("user_id")?,
            detail: row.get("detail")?,
        },
        expires_at: row.get("expires_at")?,
        used_at: row.get("used_at")?,
        replaced_at: row.get("replaced_at")?,
    })
}

/// Uses a link up; says whether this was the first time.
pub fn use_up(cx: &Cx<'_>, id: LinkId) -> Result<bool> {
    Ok(cx
        .db
        .execute("UPDATE links SET used_at = $2 WHERE id = $1 AND used_at IS NULL", values![id, cx.now])?
        == 1)
}

/// Ends the links of `purpose` that a participant holds, used or not: a newer mail brings a newer one.
pub fn replace(cx: &Cx<'_>, participant: ParticipantId, purpose: Purpose) -> Result<usize> {
    cx.db.execute(
        "UPDATE links SET replaced_at = $3 WHERE participant_id = $1 AND purpose = $2 AND replaced_at IS NULL",
        values![participant, purpose.as_str(), cx.now],
    )
}

/// Uses up every link about a proposal: it is decided.
pub fn use_up_proposal(cx: &Cx<'_>, proposal: ProposalId) -> Result<usize> {
    cx.db.execute(
        "UPDATE links SET used_at = $2 WHERE proposal_id = $1 AND used_at IS NULL",
        values![proposal, cx.now],
    )
}

/// Ends every sign-in link of an account.
pub fn replace_sign_in(cx: &Cx<'_>, user: UserId) -> Result<usize> {
    replace_of_user(cx, user, &[Purpose::SignIn])
}

/// Ends every link of an account for these purposes.
pub fn replace_of_user(cx: &Cx<'_>, user: UserId, purposes: &[Purpose]) -> Result<usize> {
    let mut ended = 0;
    for purpose in purposes {
        ended += cx.db.execute(
            "UPDATE links SET replaced_at = $3 WHERE user_id = $1 AND purpose = $2 AND replaced_at IS NULL",
            values![user, purpose.as_str(), cx.now],
        )?;
    }
    Ok(ended)
}

/// Deletes links that ended before `before`; gives how many.
pub fn delete_ended(cx: &Cx<'_>, before: Timestamp) -> Result<usize> {
    cx.db.execute("DELETE FROM links WHERE expires_at < $1", values![before])
}

/// Deletes the links of a participant, who is forgotten. Those to what is stored about them stay until they
/// expire: they hold a keyed hash and no address, and say that all was erased.
pub fn erase(cx: &Cx<'_>, participant: ParticipantId) -> Result<usize> {
    cx.db.execute(
        "DELETE FROM links WHERE participant_id = $1 AND purpose <> $2",
        values![participant, Purpose::AboutYou.as_str()],
    )
}

/// Deletes the links of an account, which is erased, but those to what is stored about its holder.
pub fn erase_of_user(cx: &Cx<'_>, user: UserId) -> Result<usize> {
    cx.db.execute(
        "DELETE FROM links WHERE user_id = $1 AND purpose <> $2",
        values![user, Purpose::AboutYou.as_str()],
    )
}
