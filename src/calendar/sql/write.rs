//! What is laid into calendars.

use crate::base::error::{Error, Result};
use crate::base::id::{ParticipantId, SourceId};
use crate::base::time::Timestamp;
use crate::calendar::HolderId;
use crate::calendar::model::Failure;
use crate::calendar::write::{Laid, Standing};
use crate::store::{self, Cx};
use crate::values;

/// What is laid into a calendar, or is about to be.
pub(in crate::calendar) struct Row {
    pub(in crate::calendar) participant: ParticipantId,
    pub(in crate::calendar) holder: HolderId,
    pub(in crate::calendar) source: SourceId,
    pub(in crate::calendar) href: String,
    pub(in crate::calendar) uid: String,
    pub(in crate::calendar) standing: Standing,
    pub(in crate::calendar) etag: Option<String>,
    pub(in crate::calendar) laid: Option<Laid>,
    pub(in crate::calendar) tried: Option<Laid>,
    pub(in crate::calendar) begun: Option<Timestamp>,
    pub(in crate::calendar) access: Option<Vec<u8>>,
    /// Since when it is not where it was.
    pub(in crate::calendar) missing: Option<Timestamp>,
}

const ROW: &str = "participant_id, holder_id, source_id, href, uid, state, etag, laid, tried, begun_at, access, missing_at FROM calendar_writes";

fn text_of(laid: &Laid) -> Result<String> {
    serde_json::to_string(laid).map_err(Error::internal)
}

fn row(row: &store::Row<'_>) -> Result<Row> {
    let laid = |name: &str| -> Result<Option<Laid>> {
        let text: Option<String> = row.get(name)?;
        text.map(|text| serde_json::from_str(&text).map_err(Error::internal)).transpose()
    };
    Ok(Row {
        participant: row.get("participant_id")?,
        holder: row.get("holder_id")?,
        source: row.get("source_id")?,
        href: row.get("href")?,
        uid: row.get("uid")?,
        standing: Standing::parse(&row.get::<String>("state")?)
            .ok_or_else(|| Error::internal("what is laid into a calendar stands as none of ours"))?,
        etag: row.get("etag")?,
        laid: laid("laid")?,
        tried: laid("tried")?,
        begun: row.get("begun_at")?,
        access: row.get("access")?,
        missing: row.get("missing_at")?,
    })
}

pub(in crate::calendar) fn write_of(cx: &Cx<'_>, participant: ParticipantId) -> Result<Option<Row>> {
    cx.db.one(&format!("SELECT {ROW} WHERE participant_id = $1"), values![participant], row)
}

pub(in crate::calendar) fn writes_of_source(cx: &Cx<'_>, source: SourceId) -> Result<Vec<Row>> {
    cx.db.all(&format!("SELECT {ROW} WHERE source_id = $1 ORDER BY href"), values![source], row)
}

/// What a holder's calendars miss.
pub(in crate::calendar) fn missing_of(cx: &Cx<'_>, holder: HolderId) -> Result<Vec<Row>> {
    let sql = format!("SELECT {ROW} WHERE holder_id = $1 AND missing_at IS NOT NULL ORDER BY participant_id");
    cx.db.all(&sql, values![holder], row)
}

pub(in crate::calendar) fn set_missing(
    cx: &Cx<'_>,
    participant: ParticipantId,
    since: Option<Timestamp>,
) -> Result<()> {
    cx.db.change_one(
        "UPDATE calendar_writes SET missing_at = $2 WHERE participant_id = $1",
        values![participant, since],
    )
}

/// It lies somewhere else now, in a version that nobody told.
pub(in crate::calendar) fn set_place_of_write(
    cx: &Cx<'_>,
    participant: ParticipantId,
    source: SourceId,
    href: &str,
) -> Result<()> {
    cx.db.change_one(
        "UPDATE calendar_writes SET source_id = $2, href = $3, etag = NULL, missing_at = NULL WHERE participant_id = $1",
        values![participant, source, href],
    )
}

/// Whether an object of a source is the house's own.
pub(in crate::calendar) fn is_ours(cx: &Cx<'_>, source: SourceId, href: &str) -> Result<bool> {
    let found = cx.db.one(
        "SELECT 1 AS found FROM calendar_writes WHERE source_id = $1 AND href = $2",
        values![source, href],
        |row| row.get::<i64>("found"),
    )?;
    Ok(found.is_some())
}

pub(in crate::calendar) fn insert_write(cx: &Cx<'_>, new: &Row, keep_until: Timestamp) -> Result<()> {
    let tried = new.tried.as_ref().map(text_of).transpose()?;
    cx.db
        .execute(
            "INSERT INTO calendar_writes (participant_id, holder_id, source_id, href, uid, state, tried, access, keep_until, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (participant_id) DO NOTHING",
            values![
                new.participant,
                new.holder,
                new.source,
                new.href,
                new.uid,
                new.standing.as_str(),
                tried,
                new.access,
                keep_until,
                cx.now
            ],
        )
        .map(drop)
}

pub(in crate::calendar) fn begin_write(
    cx: &Cx<'_>,
    participant: ParticipantId,
    since: Timestamp,
    tried: &Laid,
) -> Result<()> {
    cx.db.change_one(
        "UPDATE calendar_writes SET begun_at = $2, tried = $3 WHERE participant_id = $1",
        values![participant, since, text_of(tried)?],
    )
}

/// What an answer that is being written says; `None`: none is.
pub(in crate::calendar) fn set_tried(
    cx: &Cx<'_>,
    participant: ParticipantId,
    tried: Option<&Laid>,
) -> Result<()> {
    cx.db.change_one(
        "UPDATE calendar_writes SET tried = $2 WHERE participant_id = $1",
        values![participant, tried.map(text_of).transpose()?],
    )
}

pub(in crate::calendar) fn set_laid(
    cx: &Cx<'_>,
    participant: ParticipantId,
    etag: Option<&str>,
    laid: &Laid,
    keep_until: Timestamp,
) -> Result<()> {
    cx.db.change_one(
        "UPDATE calendar_writes SET etag = $2, laid = $3, tried = NULL, begun_at = NULL, missing_at = NULL,
             keep_until = CASE WHEN state = 'open' THEN $4 ELSE keep_until END
         WHERE participant_id = $1",
        values![participant, etag, text_of(laid)?, keep_until],
    )
}

/// What lies there was changed by its holder: another version, or nothing any more.
pub(in crate::calendar) fn set_theirs(
    cx: &Cx<'_>,
    participant: ParticipantId,
    etag: Option<&str>,
    laid: Option<&Laid>,
) -> Result<()> {
    cx.db.change_one(
        "UPDATE calendar_writes SET etag = $2, laid = $3, missing_at = NULL WHERE participant_id = $1",
        values![participant, etag, laid.map(text_of).transpose()?],
    )
}

pub(in crate::calendar) fn set_leaving(
    cx: &Cx<'_>,
    participant: ParticipantId,
    standing: Standing,
    access: &[u8],
    keep_until: Timestamp,
) -> Result<()> {
    cx.db.change_one(
        "UPDATE calendar_writes SET state = $2, access = $3, keep_until = $4, begun_at = NULL WHERE participant_id = $1",
        values![participant, standing.as_str(), access, keep_until],
    )
}

pub(in crate::calendar) fn delete_write(cx: &Cx<'_>, participant: ParticipantId) -> Result<()> {
    cx.db.execute("DELETE FROM calendar_writes WHERE participant_id = $1", values![participant]).map(drop)
}

pub(in crate::calendar) fn delete_ended_writes(cx: &Cx<'_>, limit: u32) -> Result<usize> {
    let ended: Vec<ParticipantId> = cx.db.all(
        "SELECT participant_id FROM calendar_writes WHERE keep_until < $1 ORDER BY keep_until LIMIT $2",
        values![cx.now, limit],
        |row| row.get("participant_id"),
    )?;
    for participant in &ended {
        delete_write(cx, *participant)?;
    }
    Ok(ended.len())
}

/// Why a source did not take an event; `None`: it took one.
pub(in crate::calendar) fn set_write_problem(
    cx: &Cx<'_>,
    source: SourceId,
    failure: Option<&Failure>,
) -> Result<()> {
    let Some(failure) = failure else {
        return cx
            .db
            .execute(
                "UPDATE sources SET write_problem = NULL, write_words = NULL, write_failed_at = NULL
                 WHERE id = $1 AND write_problem IS NOT NULL",
                values![source],
            )
            .map(drop);
    };
    cx.db
        .execute(
            "UPDATE sources SET write_problem = $2, write_words = $3, write_failed_at = $4 WHERE id = $1",
            values![source, failure.problem.as_str(), failure.words, cx.now],
        )
        .map(drop)
}
