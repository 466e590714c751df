//! Objects of sources, and the skeletons of their events.

use std::collections::BTreeMap;

use crate::base::error::{Error, Result};
use crate::base::id::SourceId;
use crate::calendar::HolderId;
use crate::calendar::lay::Event;
use crate::calendar::model::{Fault, Object};
use crate::itip::feed::{Key, Kind};
use crate::store::{Cx, Row};
use crate::values;

fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Busy => "busy",
        Kind::Tentative => "tentative",
    }
}

/// The objects that are known, with their versions.
pub(in crate::calendar) fn etags(cx: &Cx<'_>, source: SourceId) -> Result<BTreeMap<String, String>> {
    let found =
        cx.db.all("SELECT href, etag FROM source_objects WHERE source_id = $1", values![source], |row| {
            Ok((row.get("href")?, row.get("etag")?))
        })?;
    Ok(found.into_iter().collect())
}

/// How many events an object was last known to have, and how many of them take no time.
pub(in crate::calendar) fn object_counts(
    cx: &Cx<'_>,
    source: SourceId,
    href: &str,
) -> Result<Option<(i64, i64)>> {
    cx.db.one(
        "SELECT total, free FROM source_objects WHERE source_id = $1 AND href = $2",
        values![source, href],
        |row| Ok((row.get("total")?, row.get("free")?)),
    )
}

pub(in crate::calendar) fn set_object(
    cx: &Cx<'_>,
    source: SourceId,
    object: &Object,
    (total, free): (i64, i64),
    (faults, faults_total): (&[Fault], i64),
) -> Result<()> {
    let faults = serde_json::to_string(faults).map_err(Error::internal)?;
    cx.db.change_one(
        "INSERT INTO source_objects (source_id, href, etag, total, free, faults, faults_total)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (source_id, href) DO UPDATE SET etag = excluded.etag, total = excluded.total, free = excluded.free,
             faults = excluded.faults, faults_total = excluded.faults_total",
        values![source, object.href, object.etag, total, free, faults, faults_total],
    )
}

/// An object with its events and what they take.
pub(in crate::calendar) fn delete_object(cx: &Cx<'_>, source: SourceId, href: &str) -> Result<()> {
    cx.db.execute("DELETE FROM busy WHERE source_id = $1 AND href = $2", values![source, href])?;
    cx.db.execute("DELETE FROM source_events WHERE source_id = $1 AND href = $2", values![source, href])?;
    cx.db
        .execute("DELETE FROM source_objects WHERE source_id = $1 AND href = $2", values![source, href])
        .map(drop)
}

/// The events of an object that are kept, with their skeletons.
pub(in crate::calendar) fn events_of(
    cx: &Cx<'_>,
    source: SourceId,
    href: &str,
) -> Result<Vec<(Key, String)>> {
    cx.db.all(
        "SELECT uid, instance, skeleton FROM source_events WHERE source_id = $1 AND href = $2",
        values![source, href],
        |row| Ok((key_of(row)?, row.get("skeleton")?)),
    )
}

fn key_of(row: &Row<'_>) -> Result<Key> {
    Ok(Key { uid: row.get("uid")?, instance: row.get("instance")? })
}

/// Where in a holder's calendars an event of this UID takes time.
pub(in crate::calendar) fn places_of_uid(
    cx: &Cx<'_>,
    holder: HolderId,
    uid: &str,
) -> Result<Vec<(SourceId, String)>> {
    cx.db.all(
        "SELECT DISTINCT e.source_id, e.href FROM sources s JOIN source_events e ON e.source_id = s.id AND e.uid = $2
         WHERE s.holder_id = $1 ORDER BY e.source_id, e.href",
        values![holder, uid],
        |row| Ok((row.get("source_id")?, row.get("href")?)),
    )
}

/// Has an object fetched by the next reading, whatever its version.
pub(in crate::calendar) fn forget_version(cx: &Cx<'_>, source: SourceId, href: &str) -> Result<()> {
    cx.db
        .execute(
            "UPDATE source_objects SET etag = '' WHERE source_id = $1 AND href = $2",
            values![source, href],
        )
        .map(drop)
}

/// An event that is kept.
pub(in crate::calendar) struct Kept {
    pub(in crate::calendar) href: String,
    pub(in crate::calendar) key: Key,
    pub(in crate::calendar) kind: Kind,
    pub(in crate::calendar) skeleton: String,
}

/// All events of a source.
pub(in crate::calendar) fn events(cx: &Cx<'_>, source: SourceId) -> Result<Vec<Kept>> {
    cx.db.all(
        "SELECT href, uid, instance, kind, skeleton FROM source_events WHERE source_id = $1",
        values![source],
        |row| {
            let is_tentative = row.get::<String>("kind")? == kind_word(Kind::Tentative);
            Ok(Kept {
                href: row.get("href")?,
                key: key_of(row)?,
                kind: if is_tentative { Kind::Tentative } else { Kind::Busy },
                skeleton: row.get("skeleton")?,
            })
        },
    )
}

pub(in crate::calendar) fn insert_event(
    cx: &Cx<'_>,
    source: SourceId,
    event: Event<'_>,
    skeleton: &str,
) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO source_events (source_id, href, uid, instance, kind, skeleton) VALUES ($1, $2, $3, $4, $5, $6)",
        values![source, event.href, event.uid, event.instance, kind_word(event.kind), skeleton],
    )
}

/// An event with what it takes.
pub(in crate::calendar) fn delete_event(cx: &Cx<'_>, source: SourceId, href: &str, key: &Key) -> Result<()> {
    let values = values![source, href, key.uid, key.instance];
    cx.db.execute(
        "DELETE FROM busy WHERE source_id = $1 AND href = $2 AND uid = $3 AND instance = $4",
        values,
    )?;
    cx.db.change_one(
        "DELETE FROM source_events WHERE source_id = $1 AND href = $2 AND uid = $3 AND instance = $4",
        values,
    )
}

/// Everything that was read of a source, as if it never had been.
pub(in crate::calendar) fn forget_readings(cx: &Cx<'_>, source: SourceId) -> Result<()> {
    super::delete_busy(cx, source)?;
    cx.db.execute("DELETE FROM source_events WHERE source_id = $1", values![source])?;
    cx.db.execute("DELETE FROM source_objects WHERE source_id = $1", values![source])?;
    cx.db
        .execute(
            "UPDATE sources SET mark = '{}', read_at = NULL, begun_at = NULL, tried_at = NULL, failures = 0, problem = NULL, problem_words = '',
                 is_told = 0, total = 0, free = 0, faults = '[]', faults_total = 0, known_until = NULL
             WHERE id = $1",
            values![source],
        )
        .map(drop)
}
