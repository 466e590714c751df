//! Accounts and sources.

use crate::base::error::{Error, Result};
use crate::base::id::{CalendarAccountId, SourceId};
use crate::base::time::{Timestamp, Zone};
use crate::calendar::model::{Access, Failure, Fault, Mark, Problem, Source, SourceKind};
use crate::calendar::{HolderId, NewAccount};
use crate::store::{Cx, Row};
use crate::values;

/// A source to be kept.
pub(in crate::calendar) struct NewSource<'a> {
    pub(in crate::calendar) id: SourceId,
    pub(in crate::calendar) holder: HolderId,
    pub(in crate::calendar) account: Option<CalendarAccountId>,
    pub(in crate::calendar) kind: SourceKind,
    pub(in crate::calendar) name: String,
    pub(in crate::calendar) path: &'a str,
    pub(in crate::calendar) place_hash: &'a str,
    pub(in crate::calendar) zone: Zone,
    pub(in crate::calendar) counts: bool,
    pub(in crate::calendar) writable: bool,
    pub(in crate::calendar) next_at: Option<Timestamp>,
}

pub(in crate::calendar) fn insert_source(cx: &Cx<'_>, new: &NewSource<'_>) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO sources (id, holder_id, account_id, kind, name, path, place_hash, zone, counts, writable, writes, edition,
             mark, failures, next_at, problem_words, is_told, total, free, faults, faults_total, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 1, '{}', 0, $11, '', 0, 0, 0, '[]', 0, $12)",
        values![
            new.id, new.holder, new.account, new.kind.as_str(), new.name, new.path, new.place_hash, new.zone, new.counts,
            new.writable, new.next_at, cx.now
        ],
    )
}

pub(in crate::calendar) fn insert_account(
    cx: &Cx<'_>,
    id: CalendarAccountId,
    new: &NewAccount,
    sealed: &[u8],
) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO calendar_accounts (id, holder_id, provider, name, server, access, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![id, new.holder, new.kind.as_str(), new.name, new.server, sealed, cx.now],
    )
}

const SOURCE: &str = "s.id, s.holder_id, s.account_id, s.kind, s.name, a.server, s.path, s.zone, s.counts, s.writable, s.writes,
    s.edition, s.mark, s.read_at, s.tried_at, s.failures, s.next_at, s.problem, s.problem_words, s.is_told, s.total, s.free,
    s.faults, s.faults_total, s.known_until, s.created_at, s.write_problem, s.write_words, s.write_failed_at,
    s.begun_at FROM sources s LEFT JOIN calendar_accounts a ON a.id = s.account_id";

fn is_stale(cx: &Cx<'_>, counts: bool, kind: SourceKind, read_at: Option<Timestamp>) -> bool {
    let oldest = cx.now.plus(-cx.house().calendar_stale_ms);
    counts && kind.is_outside() && read_at.is_none_or(|read| read < oldest)
}

fn kind_of(row: &Row<'_>) -> Result<SourceKind> {
    SourceKind::parse(&row.get::<String>("kind")?)
        .ok_or_else(|| Error::internal("a source of no kind of ours"))
}

fn source_row(cx: &Cx<'_>, row: &Row<'_>) -> Result<Source> {
    let kind = kind_of(row)?;
    let problem: Option<String> = row.get("problem")?;
    let write_problem: Option<String> = row.get("write_problem")?;
    let (counts, read_at) = (row.get("counts")?, row.get("read_at")?);
    Ok(Source {
        id: row.get("id")?,
        holder: row.get("holder_id")?,
        account: row.get("account_id")?,
        kind,
        name: row.get("name")?,
        server: row.get::<Option<String>>("server")?.unwrap_or_default(),
        path: row.get("path")?,
        zone: row.get("zone")?,
        counts,
        writable: row.get("writable")?,
        writes: row.get("writes")?,
        read_at,
        tried_at: row.get("tried_at")?,
        failures: row.get("failures")?,
        next_at: row.get("next_at")?,
        problem: problem.as_deref().and_then(Problem::parse),
        problem_words: row.get("problem_words")?,
        total: row.get("total")?,
        free: row.get("free")?,
        faults: serde_json::from_str(&row.get::<String>("faults")?).map_err(Error::internal)?,
        faults_total: row.get("faults_total")?,
        known_until: row.get("known_until")?,
        created_at: row.get("created_at")?,
        is_stale: is_stale(cx, counts, kind, read_at),
        write_problem: write_problem.as_deref().and_then(Problem::parse),
        write_words: row.get::<Option<String>>("write_words")?.unwrap_or_default(),
        write_failed_at: row.get("write_failed_at")?,
        begun_at: row.get("begun_at")?,
        edition: row.get("edition")?,
        is_told: row.get("is_told")?,
        mark: Mark::of_text(&row.get::<String>("mark")?)?,
    })
}

pub(in crate::calendar) fn source(cx: &Cx<'_>, id: SourceId) -> Result<Option<Source>> {
    cx.db.one(&format!("SELECT {SOURCE} WHERE s.id = $1"), values![id], |row| source_row(cx, row))
}

/// Of one holder: the house's own first, then oldest first.
pub(in crate::calendar) fn sources_of(cx: &Cx<'_>, holder: HolderId) -> Result<Vec<Source>> {
    cx.db.all(
        &format!("SELECT {SOURCE} WHERE s.holder_id = $1 ORDER BY s.account_id IS NOT NULL, s.id"),
        values![holder],
        |row| source_row(cx, row),
    )
}

pub(in crate::calendar) fn house_of(cx: &Cx<'_>, holder: HolderId) -> Result<Option<Source>> {
    cx.db.one(
        &format!("SELECT {SOURCE} WHERE s.holder_id = $1 AND s.place_hash = $2"),
        values![holder, SourceKind::House.as_str()],
        |row| source_row(cx, row),
    )
}

pub(in crate::calendar) fn sources_of_account(
    cx: &Cx<'_>,
    account: CalendarAccountId,
) -> Result<Vec<Source>> {
    cx.db.all(&format!("SELECT {SOURCE} WHERE s.account_id = $1 ORDER BY s.id"), values![account], |row| {
        source_row(cx, row)
    })
}

/// What is known of the health of the sources of a holder that count, but the house's own.
pub(in crate::calendar) struct Health {
    pub(in crate::calendar) read_at: Option<Timestamp>,
    pub(in crate::calendar) known_until: Option<Timestamp>,
    pub(in crate::calendar) is_stale: bool,
}

pub(in crate::calendar) fn health(cx: &Cx<'_>, holder: HolderId) -> Result<Vec<Health>> {
    cx.db.all(
        "SELECT kind, read_at, known_until FROM sources
         WHERE holder_id = $1 AND counts = 1 AND account_id IS NOT NULL",
        values![holder],
        |row| {
            let read_at = row.get("read_at")?;
            Ok(Health {
                read_at,
                known_until: row.get("known_until")?,
                is_stale: is_stale(cx, true, kind_of(row)?, read_at),
            })
        },
    )
}

/// How many sources a holder has, the house's own not counted.
pub(in crate::calendar) fn count_of(cx: &Cx<'_>, holder: HolderId) -> Result<usize> {
    let found = cx.db.one(
        "SELECT COUNT(*) AS many FROM sources WHERE holder_id = $1 AND account_id IS NOT NULL",
        values![holder],
        |row| row.get::<i64>("many"),
    )?;
    Ok(usize::try_from(found.unwrap_or(0)).unwrap_or(usize::MAX))
}

pub(in crate::calendar) fn is_at(cx: &Cx<'_>, holder: HolderId, place_hash: &str) -> Result<bool> {
    let found = cx.db.one(
        "SELECT 1 AS found FROM sources WHERE holder_id = $1 AND place_hash = $2",
        values![holder, place_hash],
        |row| row.get::<i64>("found"),
    )?;
    Ok(found.is_some())
}

pub(in crate::calendar) fn access(cx: &Cx<'_>, account: CalendarAccountId) -> Result<Access> {
    let sealed =
        cx.db.one("SELECT access FROM calendar_accounts WHERE id = $1", values![account], |row| {
            row.get::<Vec<u8>>("access")
        })?;
    Access::open(cx, &sealed.ok_or_else(|| Error::internal("a source without its account"))?)
}

pub(in crate::calendar) fn set_access(cx: &Cx<'_>, account: CalendarAccountId, sealed: &[u8]) -> Result<()> {
    cx.db.change_one("UPDATE calendar_accounts SET access = $2 WHERE id = $1", values![account, sealed])
}

pub(in crate::calendar) fn set_server(cx: &Cx<'_>, account: CalendarAccountId, server: &str) -> Result<()> {
    cx.db.change_one("UPDATE calendar_accounts SET server = $2 WHERE id = $1", values![account, server])
}

pub(in crate::calendar) fn place_of(cx: &Cx<'_>, id: SourceId) -> Result<Option<String>> {
    cx.db.one("SELECT place_hash FROM sources WHERE id = $1", values![id], |row| row.get("place_hash"))
}

pub(in crate::calendar) fn set_place(cx: &Cx<'_>, id: SourceId, place_hash: &str) -> Result<()> {
    cx.db.change_one("UPDATE sources SET place_hash = $2 WHERE id = $1", values![id, place_hash])
}

pub(in crate::calendar) fn set_choices(
    cx: &Cx<'_>,
    id: SourceId,
    name: &str,
    counts: bool,
    writes: bool,
) -> Result<()> {
    cx.db.change_one(
        "UPDATE sources SET name = $2, counts = $3, writes = $4 WHERE id = $1",
        values![id, name, counts, writes],
    )
}

/// None of a holder's sources is written to.
pub(in crate::calendar) fn write_nowhere(cx: &Cx<'_>, holder: HolderId) -> Result<()> {
    cx.db
        .execute("UPDATE sources SET writes = 0 WHERE holder_id = $1 AND writes = 1", values![holder])
        .map(drop)
}

pub(in crate::calendar) fn raise_edition(cx: &Cx<'_>, id: SourceId) -> Result<()> {
    cx.db.change_one("UPDATE sources SET edition = edition + 1 WHERE id = $1", values![id])
}

pub(in crate::calendar) fn set_next(cx: &Cx<'_>, id: SourceId, next: Option<Timestamp>) -> Result<()> {
    cx.db.change_one("UPDATE sources SET next_at = $2 WHERE id = $1", values![id, next])
}

pub(in crate::calendar) fn set_zone(cx: &Cx<'_>, id: SourceId, zone: Zone) -> Result<()> {
    cx.db.change_one("UPDATE sources SET zone = $2 WHERE id = $1", values![id, zone])
}

pub(in crate::calendar) fn set_known(cx: &Cx<'_>, id: SourceId, until: Timestamp) -> Result<()> {
    cx.db.change_one("UPDATE sources SET known_until = $2 WHERE id = $1", values![id, until])
}

/// It was read.
pub(in crate::calendar) fn set_read(
    cx: &Cx<'_>,
    source: &Source,
    mark: &Mark,
    (begun, next): (Timestamp, Timestamp),
) -> Result<()> {
    cx.db.change_one(
        "UPDATE sources SET mark = $2, read_at = $3, tried_at = $3, failures = 0, next_at = $4, problem = NULL,
             problem_words = '', is_told = 0, known_until = $5, begun_at = $6
         WHERE id = $1",
        values![source.id, mark.to_text()?, cx.now, next, source.known_until, begun],
    )
}

/// It could not be read.
pub(in crate::calendar) fn set_failed(
    cx: &Cx<'_>,
    id: SourceId,
    failure: &Failure,
    (failures, next): (i64, Option<Timestamp>),
    is_told: bool,
) -> Result<()> {
    cx.db.change_one(
        "UPDATE sources SET tried_at = $2, failures = $3, next_at = $4, problem = $5, problem_words = $6, is_told = $7
         WHERE id = $1",
        values![id, cx.now, failures, next, failure.problem.as_str(), failure.words, is_told],
    )
}

/// What was wrong may be so no longer: if it is, its holder is told again.
pub(in crate::calendar) fn clear_problem(cx: &Cx<'_>, id: SourceId) -> Result<()> {
    cx.db.change_one(
        "UPDATE sources SET failures = 0, problem = NULL, problem_words = '', is_told = 0 WHERE id = $1",
        values![id],
    )
}

/// Lays together what was read of the objects.
pub(in crate::calendar) fn sum_up(cx: &Cx<'_>, id: SourceId, faults_most: usize) -> Result<()> {
    let mut faults: Vec<serde_json::Value> = Vec::new();
    let kept = cx.db.all(
        "SELECT faults FROM source_objects WHERE source_id = $1 AND faults_total > 0 ORDER BY href LIMIT 100",
        values![id],
        |row| row.get::<String>("faults"),
    )?;
    for text in kept {
        let more: Vec<serde_json::Value> = serde_json::from_str(&text).map_err(Error::internal)?;
        faults.extend(more);
    }
    faults.truncate(faults_most);
    let faults = serde_json::to_string(&faults).map_err(Error::internal)?;
    cx.db.change_one(
        "UPDATE sources SET faults = $2,
             total = (SELECT COALESCE(SUM(o.total), 0) FROM source_objects o WHERE o.source_id = $1),
             free = (SELECT COALESCE(SUM(o.free), 0) FROM source_objects o WHERE o.source_id = $1),
             faults_total = (SELECT COALESCE(SUM(o.faults_total), 0) FROM source_objects o WHERE o.source_id = $1)
         WHERE id = $1",
        values![id, faults],
    )
}

/// How many events a source has, how many of them take no time, and what was wrong with them.
pub(in crate::calendar) fn set_summary(
    cx: &Cx<'_>,
    id: SourceId,
    (total, free): (usize, usize),
    (faults, faults_total): (&[&Fault], usize),
) -> Result<()> {
    let count = |many: usize| i64::try_from(many).unwrap_or(i64::MAX);
    cx.db.change_one(
        "UPDATE sources SET total = $2, free = $3, faults = $4, faults_total = $5 WHERE id = $1",
        values![
            id,
            count(total),
            count(free),
            serde_json::to_string(faults).map_err(Error::internal)?,
            count(faults_total)
        ],
    )
}

/// Sources that are not expanded up to `until`.
pub(in crate::calendar) fn behind(cx: &Cx<'_>, until: Timestamp, limit: u32) -> Result<Vec<Source>> {
    cx.db.all(
        &format!("SELECT {SOURCE} WHERE s.known_until < $1 ORDER BY s.known_until LIMIT $2"),
        values![until, limit],
        |row| source_row(cx, row),
    )
}

/// Sources whose reading is due.
pub(in crate::calendar) fn due(cx: &Cx<'_>, limit: u32) -> Result<Vec<Source>> {
    cx.db.all(
        &format!("SELECT {SOURCE} WHERE s.next_at <= $1 ORDER BY s.next_at LIMIT $2"),
        values![cx.now, limit],
        |row| source_row(cx, row),
    )
}

pub(in crate::calendar) fn delete_source(cx: &Cx<'_>, id: SourceId) -> Result<()> {
    cx.db.change_one("DELETE FROM sources WHERE id = $1", values![id])
}

pub(in crate::calendar) fn delete_account(cx: &Cx<'_>, id: CalendarAccountId) -> Result<()> {
    cx.db.change_one("DELETE FROM calendar_accounts WHERE id = $1", values![id])
}
