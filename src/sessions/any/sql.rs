//! The statements of sessions of any kind.

use serde_json::Value;

use super::{Any, Kind};
use crate::base::error::{Error, Result};
use crate::base::id::{SessionId, UserId};
use crate::sessions::model::Phase;
use crate::store::{Cx, Row};
use crate::values;

/// Where what is kept beside a session lies sealed.
const METADATA: &str = "sessions.metadata";
/// Where what a session is for lies sealed.
const PURPOSE: &str = "sessions.purpose";

/// What a session is for, as it lies in the store; `None`: nobody said.
pub(in crate::sessions) fn sealed(cx: &Cx<'_>, purpose: &str) -> Option<Vec<u8>> {
    (!purpose.is_empty()).then(|| cx.keys().seal(cx.chance(), PURPOSE, purpose.as_bytes()))
}

/// What [`sealed`] made.
pub(in crate::sessions) fn purpose(cx: &Cx<'_>, row: &Row<'_>) -> Result<String> {
    let sealed: Option<Vec<u8>> = row.get("sealed_purpose")?;
    let plain = sealed.map(|sealed| cx.keys().open(PURPOSE, &sealed)).transpose()?.unwrap_or_default();
    String::from_utf8(plain).map_err(Error::internal)
}

fn any_row(cx: &Cx<'_>, row: &Row<'_>) -> Result<Any> {
    let (kind, phase): (String, String) = (row.get("kind")?, row.get("phase")?);
    let metadata: Option<Vec<u8>> = row.get("metadata")?;
    let opened = metadata.map(|sealed| cx.keys().open(METADATA, &sealed)).transpose()?;
    let metadata = opened.map(|plain| serde_json::from_slice(&plain)).transpose().map_err(Error::internal)?;
    Ok(Any {
        id: row.get("id")?,
        kind: Kind::stored(&kind)?,
        phase: Phase::stored(&phase)?,
        state: row.get("state")?,
        purpose: purpose(cx, row)?,
        metadata: metadata.unwrap_or_else(|| serde_json::json!({})),
        initiator: row.get("initiator_id")?,
        by_agent: row.get("by_agent_id")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        ended_at: row.get("ended_at")?,
    })
}

pub(super) fn any(cx: &Cx<'_>, id: SessionId) -> Result<Option<Any>> {
    cx.db.one(
        "SELECT id, kind, phase, state, sealed_purpose, metadata, initiator_id, by_agent_id, version, created_at, expires_at,
             ended_at
         FROM sessions WHERE id = $1",
        values![id],
        |row| any_row(cx, row),
    )
}

pub(super) fn describe(cx: &Cx<'_>, id: SessionId, purpose: &str, metadata: &Value) -> Result<()> {
    let beside = cx.keys().seal(cx.chance(), METADATA, metadata.to_string().as_bytes());
    cx.db.change_one(
        "UPDATE sessions SET sealed_purpose = $2, metadata = $3, version = version + 1 WHERE id = $1",
        values![id, sealed(cx, purpose), beside],
    )
}

/// Takes what somebody kept beside the sessions that they began.
pub(in crate::sessions) fn forget(cx: &Cx<'_>, user: UserId) -> Result<usize> {
    cx.db.execute(
        "UPDATE sessions SET metadata = NULL WHERE initiator_id = $1 AND metadata IS NOT NULL AND id IN
             (SELECT session_id FROM session_parties WHERE user_id = $1
              UNION SELECT session_id FROM conversation_members WHERE user_id = $1)",
        values![user],
    )
}
