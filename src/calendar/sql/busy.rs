//! What is taken, and what is held.

use std::collections::BTreeMap;

use crate::base::error::Result;
use crate::base::id::{HoldId, Id, MeetingId, SourceId};
use crate::base::time::Timestamp;
use crate::calendar::lay::Event;
use crate::calendar::model::{Source, SourceKind};
use crate::calendar::{Hold, HolderId};
use crate::itip::feed::{Interval, Kind};
use crate::store::Cx;
use crate::values;

pub(in crate::calendar) fn insert_busy(
    cx: &Cx<'_>,
    source: &Source,
    event: Event<'_>,
    piece: Interval,
) -> Result<()> {
    let is_tentative = event.kind == Kind::Tentative;
    cx.db.change_one(
        "INSERT INTO busy (source_id, href, uid, instance, starts_at, ends_at, tentative, holder_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (source_id, href, uid, instance, starts_at) DO UPDATE SET ends_at = excluded.ends_at",
        values![
            source.id,
            event.href,
            event.uid,
            event.instance,
            piece.start,
            piece.end,
            is_tentative,
            source.holder
        ],
    )
}

/// The rows of a holder that begin in a span, in the order of their starts: start, end, and whether it is uncertain.
/// `but` leaves out a meeting of the house, and its copies in other calendars: whoever accepts an invitation has the
/// meeting there too, under the UID that the invitation gave it.
pub(in crate::calendar) fn each_busy(
    cx: &Cx<'_>,
    holder: HolderId,
    from: Timestamp,
    to: Timestamp,
    but: Option<&str>,
    mut found: impl FnMut(i64, i64, bool),
) -> Result<()> {
    let Some(but) = but else {
        return cx.db.each(
            "SELECT starts_at, ends_at, tentative FROM busy
             WHERE holder_id = $1 AND starts_at >= $2 AND starts_at < $3 ORDER BY starts_at",
            values![holder, from, to],
            |row| {
                found(row.int(0)?, row.int(1)?, row.int(2)? != 0);
                Ok(())
            },
        );
    };
    // Thirty-two digits and an `@` begin the UID of a meeting; nothing else is an `@` alone.
    let meeting = but.parse::<MeetingId>().map(|id| id.uuid().simple().to_string()).unwrap_or_default();
    cx.db.each(
        "SELECT starts_at, ends_at, tentative FROM busy
         WHERE holder_id = $1 AND starts_at >= $2 AND starts_at < $3 AND uid <> $4 AND substr(uid, 1, 33) <> $5
         ORDER BY starts_at",
        values![holder, from, to, but, format!("{meeting}@")],
        |row| {
            found(row.int(0)?, row.int(1)?, row.int(2)? != 0);
            Ok(())
        },
    )
}

/// The holds of a holder that begin in a span and whose time is not over, in the order of their starts. `but` leaves out
/// those of one subject.
pub(in crate::calendar) fn each_held(
    cx: &Cx<'_>,
    holder: HolderId,
    from: Timestamp,
    to: Timestamp,
    but: Option<&str>,
    mut found: impl FnMut(i64, i64),
) -> Result<()> {
    cx.db.each(
        "SELECT starts_at, ends_at FROM holds
         WHERE holder_id = $1 AND starts_at >= $2 AND starts_at < $3 AND expires_at > $4 AND subject <> $5
         ORDER BY starts_at",
        values![holder, from, to, cx.now, but.unwrap_or_default()],
        |row| {
            found(row.int(0)?, row.int(1)?);
            Ok(())
        },
    )
}

/// What a source takes, by time.
pub(in crate::calendar) fn busy_of_source(
    cx: &Cx<'_>,
    source: SourceId,
    limit: u32,
) -> Result<Vec<(Timestamp, Timestamp, bool)>> {
    cx.db.all(
        "SELECT starts_at, ends_at, tentative FROM busy WHERE source_id = $1 ORDER BY starts_at LIMIT $2",
        values![source, limit],
        |row| Ok((row.get("starts_at")?, row.get("ends_at")?, row.get("tentative")?)),
    )
}

pub(in crate::calendar) fn count_busy(cx: &Cx<'_>, source: SourceId) -> Result<usize> {
    let found =
        cx.db.one("SELECT COUNT(*) AS many FROM busy WHERE source_id = $1", values![source], |row| {
            row.get::<i64>("many")
        })?;
    Ok(usize::try_from(found.unwrap_or(0)).unwrap_or(usize::MAX))
}

pub(in crate::calendar) fn delete_busy(cx: &Cx<'_>, source: SourceId) -> Result<()> {
    cx.db.execute("DELETE FROM busy WHERE source_id = $1", values![source]).map(drop)
}

/// What a meeting of the house takes.
pub(in crate::calendar) fn delete_busy_of(cx: &Cx<'_>, source: SourceId, uid: &str) -> Result<()> {
    cx.db
        .execute("DELETE FROM busy WHERE source_id = $1 AND href = '' AND uid = $2", values![source, uid])
        .map(drop)
}

/// The meetings that a source of the house's own has rows of.
pub(in crate::calendar) fn meetings_laid(cx: &Cx<'_>, source: SourceId) -> Result<BTreeMap<String, String>> {
    let found = cx.db.all("SELECT DISTINCT uid FROM busy WHERE source_id = $1", values![source], |row| {
        Ok((row.get("uid")?, String::new()))
    })?;
    Ok(found.into_iter().collect())
}

/// A row of a source of the house's own.
pub(in crate::calendar) struct LaidRow {
    pub(in crate::calendar) href: String,
    pub(in crate::calendar) uid: String,
    pub(in crate::calendar) instance: String,
    pub(in crate::calendar) start: i64,
    pub(in crate::calendar) end: i64,
    pub(in crate::calendar) kind: Kind,
    /// As it stands there, whatever that is.
    pub(in crate::calendar) holder: String,
}

/// All rows of a source of the house's own.
pub(in crate::calendar) fn laid_of_house(cx: &Cx<'_>, source: SourceId) -> Result<Vec<LaidRow>> {
    cx.db.all(
        "SELECT href, uid, instance, starts_at, ends_at, tentative, holder_id FROM busy WHERE source_id = $1",
        values![source],
        |row| {
            Ok(LaidRow {
                href: row.get("href")?,
                uid: row.get("uid")?,
                instance: row.get("instance")?,
                start: row.get("starts_at")?,
                end: row.get("ends_at")?,
                kind: if row.get("tentative")? { Kind::Tentative } else { Kind::Busy },
                holder: row.get("holder_id")?,
            })
        },
    )
}

pub(in crate::calendar) fn delete_row(cx: &Cx<'_>, source: SourceId, row: &LaidRow) -> Result<()> {
    cx.db.change_one(
        "DELETE FROM busy WHERE source_id = $1 AND href = $2 AND uid = $3 AND instance = $4 AND starts_at = $5",
        values![source, row.href, row.uid, row.instance, row.start],
    )
}

/// Deletes what of a source was over before `before`.
pub(in crate::calendar) fn delete_past(cx: &Cx<'_>, source: SourceId, before: Timestamp) -> Result<()> {
    cx.db.execute("DELETE FROM busy WHERE source_id = $1 AND ends_at < $2", values![source, before]).map(drop)
}

/// How many meetings lie in two of the house's own sources.
pub(in crate::calendar) fn shared(
    cx: &Cx<'_>,
    (one, ours): (HolderId, SourceId),
    theirs: SourceId,
    from: Timestamp,
    to: Timestamp,
) -> Result<i64> {
    // A meeting of more than two days lies in pieces: its first is the one that no other leads up to.
    let found = cx.db.one(
        "SELECT COUNT(*) AS many FROM busy a
         WHERE a.holder_id = $1 AND a.starts_at >= $2 AND a.starts_at < $3 AND a.source_id = $4
             AND NOT EXISTS (SELECT 1 FROM busy p WHERE p.source_id = $4 AND p.href = '' AND p.uid = a.uid AND p.instance = ''
                 AND p.starts_at < a.starts_at)
             AND EXISTS (SELECT 1 FROM busy b WHERE b.source_id = $5 AND b.href = '' AND b.uid = a.uid)",
        values![one, from, to, ours, theirs],
        |row| row.get::<i64>("many"),
    )?;
    Ok(found.unwrap_or(0))
}

/// What the house's meetings take of a holder's time before `to`: meeting by meeting, out of an index that covers it.
pub(in crate::calendar) fn each_meeting(
    cx: &Cx<'_>,
    holder: HolderId,
    to: Timestamp,
    mut found: impl FnMut(String, Timestamp),
) -> Result<()> {
    cx.db.each(
        "SELECT b.uid, b.starts_at FROM sources s JOIN busy b ON b.source_id = s.id AND b.href = ''
         WHERE s.holder_id = $1 AND s.place_hash = $2 AND b.starts_at < $3",
        values![holder, SourceKind::House.as_str(), to],
        |row| {
            found(row.get("uid")?, row.get("starts_at")?);
            Ok(())
        },
    )
}

/// Whether a meeting of the house takes a holder's time.
pub(in crate::calendar) fn takes_time(cx: &Cx<'_>, holder: HolderId, meeting: MeetingId) -> Result<bool> {
    let found = cx.db.one(
        "SELECT 1 AS found FROM sources s JOIN busy b ON b.source_id = s.id AND b.href = '' AND b.uid = $3
         WHERE s.holder_id = $1 AND s.place_hash = $2 LIMIT 1",
        values![holder, SourceKind::House.as_str(), meeting.to_string()],
        |row| row.get::<i64>("found"),
    )?;
    Ok(found.is_some())
}

pub(in crate::calendar) fn insert_hold(
    cx: &Cx<'_>,
    id: HoldId,
    holder: HolderId,
    piece: Interval,
    subject: &str,
    until: Timestamp,
) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO holds (id, holder_id, starts_at, ends_at, subject, expires_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![id, holder, piece.start, piece.end, subject, until, cx.now],
    )
}

pub(in crate::calendar) fn holds_of(cx: &Cx<'_>, subject: &str) -> Result<Vec<Hold>> {
    cx.db.all(
        "SELECT id, holder_id, starts_at, ends_at, expires_at FROM holds
         WHERE subject = $1 AND expires_at > $2 ORDER BY holder_id, starts_at",
        values![subject, cx.now],
        |row| {
            Ok(Hold {
                id: row.get("id")?,
                holder: row.get("holder_id")?,
                from: row.get("starts_at")?,
                to: row.get("ends_at")?,
                until: row.get("expires_at")?,
            })
        },
    )
}

pub(in crate::calendar) fn delete_holds(cx: &Cx<'_>, subject: &str) -> Result<usize> {
    cx.db.execute("DELETE FROM holds WHERE subject = $1", values![subject])
}

pub(in crate::calendar) fn delete_holds_of(cx: &Cx<'_>, holder: HolderId) -> Result<()> {
    cx.db.execute("DELETE FROM holds WHERE holder_id = $1", values![holder]).map(drop)
}

pub(in crate::calendar) fn delete_expired_holds(cx: &Cx<'_>) -> Result<usize> {
    cx.db.execute("DELETE FROM holds WHERE expires_at <= $1", values![cx.now])
}
