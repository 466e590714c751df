//! The statements of notices.

use super::kind::{Kind, Mail};
use super::model::{Facts, Notice};
use crate::base::error::{Error, Result};
use crate::base::id::{NoticeId, UserId};
use crate::base::time::Timestamp;
use crate::store::{Cx, Row};
use crate::values;

const NOTICE: &str =
    "id, user_id, place, number, kind, subject, matter, about, facts, created_at, read_at, settled_at";

fn notice(row: &Row<'_>) -> Result<Notice> {
    let (kind, facts): (String, String) = (row.get("kind")?, row.get("facts")?);
    Ok(Notice {
        id: row.get("id")?,
        user: row.get("user_id")?,
        place: row.get("place")?,
        number: row.get("number")?,
        kind: Kind::parse(&kind).ok_or_else(|| Error::internal("a kind of notice is not one of ours"))?,
        subject: row.get("subject")?,
        matter: row.get("matter")?,
        about: row.get("about")?,
        created_at: row.get("created_at")?,
        read_at: row.get("read_at")?,
        settled_at: row.get("settled_at")?,
        facts: serde_json::from_str(&facts).map_err(Error::internal)?,
    })
}

/// A notice to be kept.
pub(super) struct New<'a> {
    pub(super) user: UserId,
    pub(super) number: i64,
    pub(super) kind: Kind,
    pub(super) subject: &'a str,
    pub(super) matter: Option<&'a str>,
    /// The account it tells of, for when that is erased.
    pub(super) about: Option<&'a str>,
    pub(super) facts: Facts,
    pub(super) mail: Mail,
}

/// Whether somebody was told of this entry before.
pub(super) fn is_told(cx: &Cx<'_>, user: UserId, number: i64, kind: Kind) -> Result<bool> {
    let found = cx.db.one(
        "SELECT 1 AS found FROM notices WHERE user_id = $1 AND number = $2 AND kind = $3",
        values![user, number, kind.as_str()],
        |row| row.get::<i64>("found"),
    )?;
    Ok(found.is_some())
}

pub(super) fn insert(cx: &Cx<'_>, new: New<'_>) -> Result<Notice> {
    let (id, place, turn): (NoticeId, _, _) = (cx.id(), next_place(cx, new.user)?, next_turn(cx)?);
    let facts = serde_json::to_string(&new.facts).map_err(Error::internal)?;
    cx.db.change_one(
        "INSERT INTO notices (id, user_id, place, turn, number, kind, subject, matter, about, facts, mail, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        values![
            id, new.user, place, turn, new.number, new.kind.as_str(), new.subject, new.matter, new.about, facts,
            new.mail.as_str(), cx.now
        ],
    )?;
    Ok(Notice {
        id,
        user: new.user,
        place,
        number: new.number,
        kind: new.kind,
        subject: new.subject.to_owned(),
        matter: new.matter.map(str::to_owned),
        about: new.about.map(str::to_owned),
        created_at: cx.now,
        read_at: None,
        settled_at: None,
        facts: new.facts,
    })
}

fn next_place(cx: &Cx<'_>, user: UserId) -> Result<i64> {
    let place = cx.db.one(
        "INSERT INTO notice_readers (user_id, place, digested) VALUES ($1, 1, 0)
         ON CONFLICT (user_id) DO UPDATE SET place = notice_readers.place + 1 RETURNING place",
        values![user],
        |row| row.get("place"),
    )?;
    place.ok_or_else(|| Error::internal("a notice has no place"))
}

fn next_turn(cx: &Cx<'_>) -> Result<i64> {
    let turn = cx.db.one(
        "INSERT INTO notice_turns (name, turn) VALUES ('notices', 1)
         ON CONFLICT (name) DO UPDATE SET turn = notice_turns.turn + 1 RETURNING turn",
        &[],
        |row| row.get("turn"),
    )?;
    turn.ok_or_else(|| Error::internal("a notice has no turn"))
}

pub(super) fn turn(cx: &Cx<'_>) -> Result<i64> {
    let turn =
        cx.db.one("SELECT turn FROM notice_turns WHERE name = 'notices'", &[], |row| row.get("turn"))?;
    Ok(turn.unwrap_or(0))
}

/// The changes after `turn`, oldest first: whose notice it was.
pub(super) fn changed_since(cx: &Cx<'_>, turn: i64) -> Result<Vec<(UserId, i64)>> {
    cx.db.all("SELECT user_id, turn FROM notices WHERE turn > $1 ORDER BY turn", values![turn], |row| {
        Ok((row.get("user_id")?, row.get("turn")?))
    })
}

pub(super) fn place(cx: &Cx<'_>, user: UserId) -> Result<i64> {
    let place = cx
        .db
        .one("SELECT place FROM notice_readers WHERE user_id = $1", values![user], |row| row.get("place"))?;
    Ok(place.unwrap_or(0))
}

pub(super) fn digested(cx: &Cx<'_>, user: UserId) -> Result<i64> {
    let place =
        cx.db.one("SELECT digested FROM notice_readers WHERE user_id = $1", values![user], |row| {
            row.get("digested")
        })?;
    Ok(place.unwrap_or(0))
}

pub(super) fn set_digested(cx: &Cx<'_>, user: UserId, place: i64) -> Result<()> {
    cx.db
        .execute("UPDATE notice_readers SET digested = $2 WHERE user_id = $1", values![user, place])
        .map(drop)
}

/// How many are unread; counted no further than `most`.
pub(super) fn unread(cx: &Cx<'_>, user: UserId, most: u32) -> Result<usize> {
    let sql = "SELECT place FROM notices WHERE user_id = $1 AND read_at IS NULL LIMIT $2";
    Ok(cx.db.all(sql, values![user, most], |row| row.get::<i64>("place"))?.len())
}

pub(super) fn newest(cx: &Cx<'_>, user: UserId, before: i64, limit: u32) -> Result<Vec<Notice>> {
    let sql = format!(
        "SELECT {NOTICE} FROM notices WHERE user_id = $1 AND place < $2 ORDER BY place DESC LIMIT $3"
    );
    cx.db.all(&sql, values![user, before, limit], notice)
}

pub(super) fn newest_unread(cx: &Cx<'_>, user: UserId, before: i64, limit: u32) -> Result<Vec<Notice>> {
    let sql = format!(
        "SELECT {NOTICE} FROM notices WHERE user_id = $1 AND place < $2 AND read_at IS NULL
         ORDER BY place DESC LIMIT $3"
    );
    cx.db.all(&sql, values![user, before, limit], notice)
}

pub(super) fn after(cx: &Cx<'_>, user: UserId, place: i64, limit: u32) -> Result<Vec<Notice>> {
    let sql =
        format!("SELECT {NOTICE} FROM notices WHERE user_id = $1 AND place > $2 ORDER BY place LIMIT $3");
    cx.db.all(&sql, values![user, place, limit], notice)
}

/// The unread ones after `place` that wait for the digest, oldest first.
pub(super) fn for_digest(cx: &Cx<'_>, user: UserId, place: i64) -> Result<Vec<Notice>> {
    let sql = format!(
        "SELECT {NOTICE} FROM notices
         WHERE user_id = $1 AND place > $2 AND read_at IS NULL AND mail = 'daily' ORDER BY place"
    );
    cx.db.all(&sql, values![user, place], notice)
}

pub(super) fn one(cx: &Cx<'_>, user: UserId, id: NoticeId) -> Result<Option<Notice>> {
    let sql = format!("SELECT {NOTICE} FROM notices WHERE id = $1 AND user_id = $2");
    cx.db.one(&sql, values![id, user], notice)
}

pub(super) fn mark_read(cx: &Cx<'_>, user: UserId, id: NoticeId) -> Result<()> {
    cx.db
        .execute(
            "UPDATE notices SET read_at = $3, turn = $4 WHERE id = $1 AND user_id = $2 AND read_at IS NULL",
            values![id, user, cx.now, next_turn(cx)?],
        )
        .map(drop)
}

pub(super) fn mark_all(cx: &Cx<'_>, user: UserId, until: i64) -> Result<()> {
    cx.db
        .execute(
            "UPDATE notices SET read_at = $3, turn = $4 WHERE user_id = $1 AND place <= $2 AND read_at IS NULL",
            values![user, until, cx.now, next_turn(cx)?],
        )
        .map(drop)
}

/// Those that `mark_all` would mark and that came after `since`.
pub(super) fn unread_since(cx: &Cx<'_>, user: UserId, until: i64, since: Timestamp) -> Result<Vec<Notice>> {
    let sql = format!(
        "SELECT {NOTICE} FROM notices
         WHERE user_id = $1 AND place <= $2 AND read_at IS NULL AND created_at > $3"
    );
    cx.db.all(&sql, values![user, until, since], notice)
}

/// Those that wait for a decision about `matter`.
pub(super) fn open(cx: &Cx<'_>, matter: &str) -> Result<Vec<Notice>> {
    let sql = format!("SELECT {NOTICE} FROM notices WHERE matter = $1 AND settled_at IS NULL");
    cx.db.all(&sql, values![matter], notice)
}

/// Those about something that nobody took note of yet.
pub(super) fn unread_of(cx: &Cx<'_>, subject: &str) -> Result<Vec<Notice>> {
    let sql = format!("SELECT {NOTICE} FROM notices WHERE subject = $1 AND read_at IS NULL");
    cx.db.all(&sql, values![subject], notice)
}

/// Those of others that tell of somebody.
pub(super) fn about(cx: &Cx<'_>, user: UserId) -> Result<Vec<Notice>> {
    let sql = format!("SELECT {NOTICE} FROM notices WHERE about = $1");
    cx.db.all(&sql, values![user.to_string()], notice)
}

/// Nothing waits any more.
pub(super) fn settle(cx: &Cx<'_>, notice: &Notice) -> Result<()> {
    cx.db
        .execute(
            "UPDATE notices SET settled_at = $2, read_at = COALESCE(read_at, $2), turn = $3 WHERE id = $1",
            values![notice.id, cx.now, next_turn(cx)?],
        )
        .map(drop)
}

pub(super) fn delete_before(cx: &Cx<'_>, before: Timestamp) -> Result<usize> {
    cx.db.execute("DELETE FROM notices WHERE created_at < $1", values![before])
}

/// Takes a person out: theirs go, and what those of others say of them.
pub(super) fn erase(cx: &Cx<'_>, user: UserId) -> Result<()> {
    cx.db.execute("DELETE FROM notices WHERE user_id = $1", values![user])?;
    cx.db.execute("DELETE FROM notice_readers WHERE user_id = $1", values![user])?;
    cx.db.execute("DELETE FROM notice_preferences WHERE user_id = $1", values![user])?;
    cx.db.execute("DELETE FROM notice_hours WHERE user_id = $1", values![user])?;
    cx.db
        .execute(
            "UPDATE notices SET facts = '{}', about = NULL, turn = $2 WHERE about = $1",
            values![user.to_string(), next_turn(cx)?],
        )
        .map(drop)
}

pub(super) fn preference(cx: &Cx<'_>, user: UserId, kind: Kind) -> Result<Option<Mail>> {
    let road = cx.db.one(
        "SELECT road FROM notice_preferences WHERE user_id = $1 AND kind = $2",
        values![user, kind.as_str()],
        |row| row.get::<String>("road"),
    )?;
    Ok(road.as_deref().and_then(Mail::parse))
}

pub(super) fn set_preference(cx: &Cx<'_>, user: UserId, kind: Kind, mail: Mail) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO notice_preferences (user_id, kind, road) VALUES ($1, $2, $3)
         ON CONFLICT (user_id, kind) DO UPDATE SET road = excluded.road",
        values![user, kind.as_str(), mail.as_str()],
    )
}

/// Minutes from local midnight.
pub(super) struct Hours {
    pub(super) quiet: Option<(u32, u32)>,
    pub(super) digest_at: u32,
    pub(super) remind_minutes: Option<u32>,
}

pub(super) fn hours(cx: &Cx<'_>, user: UserId) -> Result<Option<Hours>> {
    cx.db.one(
        "SELECT quiet_from, quiet_until, digest_at, remind_minutes FROM notice_hours WHERE user_id = $1",
        values![user],
        |row| {
            let (from, until): (Option<u32>, Option<u32>) = (row.get("quiet_from")?, row.get("quiet_until")?);
            Ok(Hours {
                quiet: from.zip(until),
                digest_at: row.get("digest_at")?,
                remind_minutes: row.get("remind_minutes")?,
            })
        },
    )
}

pub(super) fn set_hours(cx: &Cx<'_>, user: UserId, hours: &Hours) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO notice_hours (user_id, quiet_from, quiet_until, digest_at, remind_minutes)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (user_id) DO UPDATE SET quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until,
             digest_at = excluded.digest_at, remind_minutes = excluded.remind_minutes",
        values![
            user,
            hours.quiet.map(|(from, _)| from),
            hours.quiet.map(|(_, until)| until),
            hours.digest_at,
            hours.remind_minutes
        ],
    )
}
