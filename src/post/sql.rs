//! The post's statements.

use super::cursor::Cursor;
use super::inbound::{Inbound, Outcome};
use super::letter::{Kept, Letter, State};
use crate::base::error::{Error, Result};
use crate::base::id::{Id, InboundId, LetterId, MeetingId, ParticipantId};
use crate::base::text::Address;
use crate::base::time::{DAY, Timestamp};
use crate::store::{self, Cx};
use crate::values;

/// What a new letter's row has besides the letter.
pub(super) struct Row<'a> {
    pub(super) kind: &'static str,
    pub(super) unique_key: &'a str,
    pub(super) meeting: Option<MeetingId>,
    pub(super) address: &'a Address,
    pub(super) address_hash: &'a str,
    pub(super) keep_until: Timestamp,
}

/// Where what a letter says lies sealed: its reader, and words and names of others.
const SEALED: &str = "letters.letter";

fn sealed(cx: &Cx<'_>, letter: &Letter) -> Result<Vec<u8>> {
    let json = serde_json::to_vec(letter).map_err(Error::internal)?;
    Ok(cx.keys().seal(cx.chance(), SEALED, &json))
}

pub(super) fn insert_letter(cx: &Cx<'_>, letter: &Letter, row: &Row<'_>) -> Result<bool> {
    let changed = cx.db.execute(
        "INSERT INTO letters (id, kind, unique_key, meeting_id, participant_id, address, address_hash, message_id, sealed_letter,
             state, created_at, expires_at, keep_until)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'queued', $10, $11, $12)
         ON CONFLICT (unique_key) DO NOTHING",
        values![
            letter.id, row.kind, row.unique_key, row.meeting, letter.reader.participant, row.address, row.address_hash,
            letter.message_id, sealed(cx, letter)?, cx.now, letter.expires, row.keep_until
        ],
    )?;
    Ok(changed == 1)
}

const LETTER: &str = "sealed_letter, state, detail, sent_at";

fn kept(cx: &Cx<'_>, row: &store::Row<'_>) -> Result<Kept> {
    let sealed: Vec<u8> = row.get("sealed_letter")?;
    let state: String = row.get("state")?;
    Ok(Kept {
        letter: serde_json::from_slice(&cx.keys().open(SEALED, &sealed)?).map_err(Error::internal)?,
        state: State::parse(&state).ok_or_else(|| Error::internal("a letter's state is not one of ours"))?,
        detail: row.get("detail")?,
        sent_at: row.get("sent_at")?,
        bytes: None,
    })
}

pub(super) fn letter(cx: &Cx<'_>, id: LetterId) -> Result<Option<Kept>> {
    cx.db.one(&format!("SELECT {LETTER} FROM letters WHERE id = $1"), values![id], |row| kept(cx, row))
}

pub(super) fn sealed_bytes(cx: &Cx<'_>, id: LetterId) -> Result<Option<Vec<u8>>> {
    let found = cx
        .db
        .one("SELECT sealed_bytes FROM letters WHERE id = $1", values![id], |row| row.get("sealed_bytes"))?;
    Ok(found.flatten())
}

pub(super) fn letter_by_message_id(cx: &Cx<'_>, message_id: &str) -> Result<Option<Kept>> {
    cx.db.one(&format!("SELECT {LETTER} FROM letters WHERE message_id = $1"), values![message_id], |row| {
        kept(cx, row)
    })
}

pub(super) fn letters_of_participant(
    cx: &Cx<'_>,
    participant: ParticipantId,
    limit: u32,
) -> Result<Vec<Kept>> {
    let sql =
        format!("SELECT {LETTER} FROM letters WHERE participant_id = $1 ORDER BY created_at DESC LIMIT $2");
    cx.db.all(&sql, values![participant, limit], |row| kept(cx, row))
}

pub(super) fn letters_of_address(cx: &Cx<'_>, address_hash: &str, limit: u32) -> Result<Vec<Kept>> {
    let sql =
        format!("SELECT {LETTER} FROM letters WHERE address_hash = $1 ORDER BY created_at DESC LIMIT $2");
    cx.db.all(&sql, values![address_hash, limit], |row| kept(cx, row))
}

/// Keeps the bytes, unless there are some already or the letter is gone; says whether it did.
pub(super) fn keep_bytes(cx: &Cx<'_>, id: LetterId, sealed: &[u8], calendar: Option<&[u8]>) -> Result<bool> {
    let changed = cx.db.execute(
        "UPDATE letters SET sealed_bytes = $2, sealed_calendar = $3 WHERE id = $1 AND sealed_bytes IS NULL",
        values![id, sealed, calendar],
    )?;
    Ok(changed == 1)
}

pub(super) fn sealed_calendar(cx: &Cx<'_>, id: LetterId) -> Result<Option<Vec<u8>>> {
    let found = cx.db.one("SELECT sealed_calendar FROM letters WHERE id = $1", values![id], |row| {
        row.get("sealed_calendar")
    })?;
    Ok(found.flatten())
}

pub(super) fn settle(
    cx: &Cx<'_>,
    id: LetterId,
    state: State,
    detail: Option<&str>,
    erase: bool,
) -> Result<()> {
    let sent_at = matches!(state, State::Sent | State::Delivered).then_some(cx.now);
    cx.db.change_one(
        "UPDATE letters SET state = $2, detail = $3, sent_at = COALESCE(sent_at, $4),
             sealed_bytes = CASE WHEN $5 THEN NULL ELSE sealed_bytes END
         WHERE id = $1",
        values![id, state.as_str(), detail, sent_at, erase],
    )
}

pub(super) fn last_sent(cx: &Cx<'_>) -> Result<Option<Timestamp>> {
    let sql = "SELECT sent_at FROM letters WHERE sent_at IS NOT NULL ORDER BY sent_at DESC LIMIT 1";
    cx.db.one(sql, &[], |row| row.get("sent_at"))
}

pub(super) fn queued_of_participant(
    cx: &Cx<'_>,
    participant: ParticipantId,
) -> Result<Vec<(LetterId, String)>> {
    // Asked for by participant alone: told the state too, the engine takes the index of states and walks through all
    // that waits in the house.
    let all: Vec<(LetterId, String, String)> = cx.db.all(
        "SELECT id, kind, state FROM letters WHERE participant_id = $1 ORDER BY created_at",
        values![participant],
        |row| Ok((row.get("id")?, row.get("kind")?, row.get("state")?)),
    )?;
    let queued = all.into_iter().filter(|(_, _, state)| state == State::Queued.as_str());
    Ok(queued.map(|(id, kind, _)| (id, kind)).collect())
}

pub(super) fn queued_by_key(cx: &Cx<'_>, unique_key: &str) -> Result<Option<LetterId>> {
    let sql = "SELECT id FROM letters WHERE unique_key = $1 AND state = 'queued'";
    cx.db.one(sql, values![unique_key], |row| row.get("id"))
}

pub(super) fn delete_letters(cx: &Cx<'_>) -> Result<usize> {
    cx.db.execute("DELETE FROM letters WHERE keep_until < $1 AND state <> 'queued'", values![cx.now])
}

/// The letters of a participant, and those to an address.
pub(super) fn letters_to_erase(
    cx: &Cx<'_>,
    participant: Option<ParticipantId>,
    address_hash: &str,
) -> Result<Vec<LetterId>> {
    cx.db.all(
        "SELECT id FROM letters WHERE participant_id = $1
         UNION SELECT id FROM letters WHERE address_hash = $2",
        values![participant, address_hash],
        |row| row.get("id"),
    )
}

pub(super) fn delete_letter(cx: &Cx<'_>, id: LetterId) -> Result<()> {
    cx.db.execute("DELETE FROM letters WHERE id = $1", values![id]).map(drop)
}

pub(super) fn letters_of_meeting(cx: &Cx<'_>, meeting: MeetingId) -> Result<Vec<Kept>> {
    cx.db.all(&format!("SELECT {LETTER} FROM letters WHERE meeting_id = $1"), values![meeting], |row| {
        kept(cx, row)
    })
}

/// Replaces what a letter says; the calendar part that was kept for the record goes.
pub(super) fn rewrite_letter(cx: &Cx<'_>, letter: &Letter) -> Result<()> {
    cx.db.change_one(
        "UPDATE letters SET sealed_letter = $2, sealed_calendar = NULL WHERE id = $1",
        values![letter.id, sealed(cx, letter)?],
    )
}

/// Whether a participant has letters that carry a REQUEST: one that may have reached them, and one that was
/// taken back.
pub(super) fn has_requests(cx: &Cx<'_>, participant: ParticipantId) -> Result<(bool, bool)> {
    let states: Vec<String> = cx.db.all(
        "SELECT state FROM letters WHERE participant_id = $1 AND kind IN ('invitation', 'update')",
        values![participant],
        |row| row.get("state"),
    )?;
    let (taken_back, sent): (Vec<_>, Vec<_>) =
        states.iter().partition(|state| *state == State::Superseded.as_str());
    Ok((!sent.is_empty(), !taken_back.is_empty()))
}

const INBOUND: &str =
    "id, road, message_id, content_hash, received_at, outcome, reason, detail, meeting_id, participant_id,
    method, partstat, sequence, authenticity, size_bytes, trace";

fn inbound_row(row: &store::Row<'_>) -> Result<Inbound> {
    let outcome: String = row.get("outcome")?;
    Ok(Inbound {
        id: row.get("id")?,
        road: row.get("road")?,
        message_id: row.get("message_id")?,
        content_hash: row.get("content_hash")?,
        received_at: row.get("received_at")?,
        outcome: Outcome::parse(&outcome).ok_or_else(|| Error::internal("an outcome is not one of ours"))?,
        reason: row.get("reason")?,
        detail: row.get("detail")?,
        meeting: row.get("meeting_id")?,
        participant: row.get("participant_id")?,
        method: row.get("method")?,
        partstat: row.get("partstat")?,
        sequence: row.get("sequence")?,
        authenticity: row.get("authenticity")?,
        size_bytes: row.get("size_bytes")?,
        trace: row.get("trace")?,
    })
}

pub(super) fn inbound_known(cx: &Cx<'_>, message_id: &str, content_hash: &str) -> Result<Option<Inbound>> {
    let sql = format!("SELECT {INBOUND} FROM inbound_messages WHERE message_id = $1 AND content_hash = $2");
    cx.db.one(&sql, values![message_id, content_hash], inbound_row)
}

pub(super) fn insert_inbound(
    cx: &Cx<'_>,
    inbound: &Inbound,
    sealed: &[u8],
    keep_until: Timestamp,
) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO inbound_messages (id, road, message_id, content_hash, received_at, outcome, reason, detail, meeting_id,
             participant_id, method, partstat, sequence, authenticity, sealed_raw, size_bytes, keep_until, trace)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        values![
            inbound.id, inbound.road, inbound.message_id, inbound.content_hash, inbound.received_at,
            inbound.outcome.as_str(), inbound.reason, inbound.detail, inbound.meeting, inbound.participant,
            inbound.method, inbound.partstat, inbound.sequence, inbound.authenticity, sealed, inbound.size_bytes,
            keep_until, inbound.trace
        ],
    )
}

pub(super) fn inbound(cx: &Cx<'_>, id: InboundId) -> Result<Option<Inbound>> {
    cx.db.one(&format!("SELECT {INBOUND} FROM inbound_messages WHERE id = $1"), values![id], inbound_row)
}

pub(super) fn sealed_raw(cx: &Cx<'_>, id: InboundId) -> Result<Option<Vec<u8>>> {
    let found = cx.db.one("SELECT sealed_raw FROM inbound_messages WHERE id = $1", values![id], |row| {
        row.get("sealed_raw")
    })?;
    Ok(found.flatten())
}

pub(super) fn inbound_newest(cx: &Cx<'_>, before: Timestamp, limit: u32) -> Result<Vec<Inbound>> {
    let sql = format!(
        "SELECT {INBOUND} FROM inbound_messages WHERE received_at < $1 ORDER BY received_at DESC LIMIT $2"
    );
    cx.db.all(&sql, values![before, limit], inbound_row)
}

pub(super) fn set_authenticity(cx: &Cx<'_>, id: InboundId, found: &str) -> Result<()> {
    cx.db.execute("UPDATE inbound_messages SET authenticity = $2 WHERE id = $1", values![id, found]).map(drop)
}

/// Raw bytes go when their time is over; the row, by which a message is known again, stays a year longer.
pub(super) fn erase_inbound(cx: &Cx<'_>) -> Result<usize> {
    let erased = cx.db.execute(
        "UPDATE inbound_messages SET sealed_raw = NULL, detail = NULL WHERE keep_until < $1 AND sealed_raw IS NOT NULL",
        values![cx.now],
    )?;
    cx.db.execute("DELETE FROM inbound_messages WHERE keep_until < $1", values![cx.now.plus(-365 * DAY)])?;
    Ok(erased)
}

pub(super) fn erase_words_of_inbound(cx: &Cx<'_>, id: InboundId) -> Result<()> {
    cx.db
        .change_one("UPDATE inbound_messages SET sealed_raw = NULL, detail = NULL WHERE id = $1", values![id])
}

pub(super) fn erase_inbound_of(cx: &Cx<'_>, meeting: MeetingId, participant: ParticipantId) -> Result<usize> {
    cx.db.execute(
        "UPDATE inbound_messages SET sealed_raw = NULL, detail = NULL, authenticity = NULL
         WHERE meeting_id = $1 AND (participant_id = $2 OR participant_id IS NULL)",
        values![meeting, participant],
    )
}

pub(super) fn cursor(cx: &Cx<'_>, mailbox: &str, folder: &str) -> Result<Option<Cursor>> {
    cx.db.one(
        "SELECT uid_validity, uid, read_at FROM mailbox_cursors WHERE mailbox = $1 AND folder = $2",
        values![mailbox, folder],
        |row| {
            Ok(Cursor {
                uid_validity: row.get("uid_validity")?,
                uid: row.get("uid")?,
                read_at: row.get("read_at")?,
            })
        },
    )
}

pub(super) fn set_cursor(
    cx: &Cx<'_>,
    mailbox: &str,
    folder: &str,
    uid_validity: u32,
    uid: u32,
) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO mailbox_cursors (mailbox, folder, uid_validity, uid, read_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (mailbox, folder) DO UPDATE SET uid_validity = excluded.uid_validity, uid = excluded.uid,
             read_at = excluded.read_at",
        values![mailbox, folder, uid_validity, uid, cx.now],
    )
}

pub(super) fn suppress(cx: &Cx<'_>, address_hash: &str) -> Result<()> {
    cx.db
        .execute(
            "INSERT INTO suppressions (address_hash, created_at) VALUES ($1, $2) ON CONFLICT (address_hash) DO NOTHING",
            values![address_hash, cx.now],
        )
        .map(drop)
}

pub(super) fn lift(cx: &Cx<'_>, address_hash: &str) -> Result<()> {
    cx.db.execute("DELETE FROM suppressions WHERE address_hash = $1", values![address_hash]).map(drop)
}

pub(super) fn is_suppressed(cx: &Cx<'_>, address_hash: &str) -> Result<bool> {
    let found = cx.db.one(
        "SELECT 1 AS found FROM suppressions WHERE address_hash = $1",
        values![address_hash],
        |row| row.get::<i64>("found"),
    )?;
    Ok(found.is_some())
}

pub(super) fn fact(cx: &Cx<'_>, name: &str) -> Result<Option<(String, Timestamp)>> {
    cx.db.one("SELECT value, at FROM facts WHERE name = $1", values![name], |row| {
        Ok((row.get("value")?, row.get("at")?))
    })
}

pub(super) fn set_fact(cx: &Cx<'_>, name: &str, value: &str) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO facts (name, value, at) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at",
        values![name, value, cx.now],
    )
}

pub(super) fn clear_fact(cx: &Cx<'_>, name: &str) -> Result<()> {
    cx.db.execute("DELETE FROM facts WHERE name = $1", values![name]).map(drop)
}

pub(super) fn shelve(
    cx: &Cx<'_>,
    id: LetterId,
    address_key: &str,
    message_id: &str,
    sealed: &[u8],
) -> Result<()> {
    cx.db
        .execute(
            "INSERT INTO mailroom (id, address_key, message_id, sealed_raw, received_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (message_id) DO NOTHING",
            values![id, address_key, message_id, sealed, cx.now],
        )
        .map(drop)
}

pub(super) fn mailboxes(cx: &Cx<'_>) -> Result<Vec<(String, i64, Timestamp)>> {
    cx.db.all(
        "SELECT address_key, COUNT(*) AS mails, MAX(received_at) AS newest FROM mailroom GROUP BY address_key",
        &[],
        |row| Ok((row.get("address_key")?, row.get("mails")?, row.get("newest")?)),
    )
}

type Shelved = (LetterId, String, Timestamp, Vec<u8>);

fn shelved_row(row: &store::Row<'_>) -> Result<Shelved> {
    Ok((row.get("id")?, row.get("address_key")?, row.get("received_at")?, row.get("sealed_raw")?))
}

pub(super) fn shelved_of(cx: &Cx<'_>, address_key: &str, limit: u32) -> Result<Vec<Shelved>> {
    cx.db.all(
        "SELECT id, address_key, received_at, sealed_raw FROM mailroom
         WHERE address_key = $1 ORDER BY received_at DESC LIMIT $2",
        values![address_key, limit],
        shelved_row,
    )
}

pub(super) fn shelved(cx: &Cx<'_>, id: LetterId) -> Result<Option<Shelved>> {
    cx.db.one(
        "SELECT id, address_key, received_at, sealed_raw FROM mailroom WHERE id = $1",
        values![id],
        shelved_row,
    )
}

pub(super) fn erase_shelved(cx: &Cx<'_>, address_key: &str) -> Result<usize> {
    cx.db.execute("DELETE FROM mailroom WHERE address_key = $1", values![address_key])
}

pub(super) fn delete_shelved(cx: &Cx<'_>, before: Timestamp) -> Result<usize> {
    cx.db.execute("DELETE FROM mailroom WHERE received_at < $1", values![before])
}

/// Ids rise with time, so what is new has a greater one.
pub(super) fn outcomes_after(
    cx: &Cx<'_>,
    after: Option<InboundId>,
    limit: u32,
) -> Result<Vec<(InboundId, Option<String>, String)>> {
    let after = after.unwrap_or(InboundId::from_uuid(uuid::Uuid::nil()));
    cx.db.all(
        "SELECT id, method, outcome FROM inbound_messages WHERE id > $1 ORDER BY id LIMIT $2",
        values![after, limit],
        |row| Ok((row.get("id")?, row.get("method")?, row.get("outcome")?)),
    )
}
