//! Meetings and their participants.

use crate::base::error::{Error, Result};
use crate::base::house::{Approval, Decline};
use crate::base::id::{Id, MeetingId, ParticipantId, UserId};
use crate::base::text::Address;
use crate::base::time::Timestamp;
use crate::itip::{PartStat, uid_key};
use crate::meetings::model::{Delivery, Meeting, Participant, Role, Status};
use crate::post::letter::TokenMode;
use crate::store::{Cx, Row};
use crate::values;

fn word<T: serde::de::DeserializeOwned>(word: &str) -> Result<T> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).map_err(Error::internal)
}

fn decline_word(decline: Decline) -> &'static str {
    match decline {
        Decline::Strict => "strict",
        Decline::Soft => "soft",
    }
}

fn approval_word(approval: Approval) -> &'static str {
    match approval {
        Approval::Everyone => "everyone",
        Approval::Host => "host",
    }
}

pub(in crate::meetings) fn insert_meeting(cx: &Cx<'_>, meeting: &Meeting) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO meetings (id, uid, sequence, edition, status, title, location, description, start_at, end_at, time_zone,
             decline, approval, token_mode, owner_id, created_at, revised_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        values![
            meeting.id, meeting.uid, meeting.sequence, meeting.edition, meeting.status.as_str(), meeting.title,
            meeting.location, meeting.description, meeting.start, meeting.end, meeting.zone,
            decline_word(meeting.decline), approval_word(meeting.approval), meeting.token_mode.as_str(), meeting.owner,
            meeting.created_at, meeting.revised_at
        ],
    )
}

const MEETING: &str =
    "id, uid, sequence, edition, status, title, location, description, start_at, end_at, time_zone,
    decline, approval, token_mode, owner_id, created_at, revised_at";

fn meeting_row(row: &Row<'_>) -> Result<Meeting> {
    let token_mode: String = row.get("token_mode")?;
    Ok(Meeting {
        id: row.get("id")?,
        uid: row.get("uid")?,
        sequence: row.get("sequence")?,
        edition: row.get("edition")?,
        status: Status::stored(&row.get::<String>("status")?)?,
        title: row.get("title")?,
        location: row.get("location")?,
        description: row.get("description")?,
        start: row.get("start_at")?,
        end: row.get("end_at")?,
        zone: row.get("time_zone")?,
        decline: word(&row.get::<String>("decline")?)?,
        approval: word(&row.get::<String>("approval")?)?,
        token_mode: TokenMode::parse(&token_mode)
            .ok_or_else(|| Error::internal("a token mode is not one of ours"))?,
        owner: row.get("owner_id")?,
        created_at: row.get("created_at")?,
        revised_at: row.get("revised_at")?,
        participants: Vec::new(),
        resources: Vec::new(),
    })
}

/// A meeting with everybody at it.
pub(in crate::meetings) fn meeting(cx: &Cx<'_>, id: MeetingId) -> Result<Option<Meeting>> {
    let found =
        cx.db.one(&format!("SELECT {MEETING} FROM meetings WHERE id = $1"), values![id], meeting_row)?;
    found.map(|meeting| with_participants(cx, meeting)).transpose()
}

/// The meeting with this UID: exactly, or else in any case (some clients change it).
pub(in crate::meetings) fn meeting_by_uid(cx: &Cx<'_>, uid: &str) -> Result<Option<Meeting>> {
    let sql = format!("SELECT {MEETING} FROM meetings WHERE uid = $1");
    for spelling in [uid.trim().to_owned(), uid_key(uid)] {
        if let Some(meeting) = cx.db.one(&sql, values![spelling], meeting_row)? {
            return with_participants(cx, meeting).map(Some);
        }
    }
    Ok(None)
}

fn with_participants(cx: &Cx<'_>, mut meeting: Meeting) -> Result<Meeting> {
    meeting.participants = cx.db.all(
        "SELECT p.id, p.role, p.name, p.address, p.time_zone, p.added_by, p.same_as, p.erased_at, i.partstat, i.answered_stamp,
             i.answered_at, i.answered_by, i.delivery, i.delivery_detail, i.first_message_id, i.last_letter_id
         FROM participants p JOIN invitations i ON i.participant_id = p.id
         WHERE p.meeting_id = $1 ORDER BY p.position",
        values![meeting.id],
        participant_row,
    )?;
    meeting.resources = super::resources(cx, meeting.id)?;
    // Who shares a mailbox shares what became of its one mail.
    for at in 0..meeting.participants.len() {
        let Some(main) = meeting.participants[at].same_as else { continue };
        let Ok(main) = meeting.participant(main).cloned() else { continue };
        meeting.participants[at].delivery = main.delivery;
        meeting.participants[at].delivery_detail = main.delivery_detail;
    }
    Ok(meeting)
}

fn participant_row(row: &Row<'_>) -> Result<Participant> {
    Ok(Participant {
        id: row.get("id")?,
        role: Role::stored(&row.get::<String>("role")?)?,
        name: row.get("name")?,
        address: row.get("address")?,
        zone: row.get("time_zone")?,
        added_by: row.get("added_by")?,
        same_as: row.get("same_as")?,
        is_erased: row.get::<Option<Timestamp>>("erased_at")?.is_some(),
        partstat: PartStat::parse(&row.get::<String>("partstat")?).unwrap_or_default(),
        answered_stamp: row.get("answered_stamp")?,
        answered_at: row.get("answered_at")?,
        answered_by: row.get("answered_by")?,
        delivery: Delivery::stored(&row.get::<String>("delivery")?)?,
        delivery_detail: row.get("delivery_detail")?,
        first_message_id: row.get("first_message_id")?,
        last_letter: row.get("last_letter_id")?,
    })
}

/// The reply token of a new participant: its keyed hash, and itself, sealed.
pub(in crate::meetings) struct ReplyToken {
    pub(in crate::meetings) hash: String,
    pub(in crate::meetings) sealed: Vec<u8>,
}

pub(in crate::meetings) fn insert_participant(
    cx: &Cx<'_>,
    meeting: &Meeting,
    participant: &Participant,
    position: i64,
    token: &ReplyToken,
) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO participants (id, meeting_id, position, role, name, address, address_key, time_zone, added_by, same_as,
             reply_token_hash, sealed_reply_token, start_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        values![
            participant.id, meeting.id, position, participant.role.as_str(), participant.name, participant.address,
            participant.address.key(), participant.zone, participant.added_by, participant.same_as, token.hash,
            token.sealed, meeting.start
        ],
    )?;
    let invitation: crate::base::id::InvitationId = cx.id();
    cx.db.change_one(
        "INSERT INTO invitations (id, participant_id, meeting_id, partstat, delivery, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        values![
            invitation,
            participant.id,
            meeting.id,
            participant.partstat.as_str(),
            participant.delivery.as_str(),
            cx.now
        ],
    )
}

/// The meeting and participant that a reply token names.
pub(in crate::meetings) fn by_reply_token(
    cx: &Cx<'_>,
    hash: &str,
) -> Result<Option<(MeetingId, ParticipantId)>> {
    cx.db.one("SELECT meeting_id, id FROM participants WHERE reply_token_hash = $1", values![hash], |row| {
        Ok((row.get("meeting_id")?, row.get("id")?))
    })
}

pub(in crate::meetings) fn sealed_reply_token(cx: &Cx<'_>, id: ParticipantId) -> Result<Option<Vec<u8>>> {
    cx.db.one("SELECT sealed_reply_token FROM participants WHERE id = $1", values![id], |row| {
        row.get("sealed_reply_token")
    })
}

pub(in crate::meetings) fn meeting_of(cx: &Cx<'_>, id: ParticipantId) -> Result<Option<MeetingId>> {
    cx.db.one("SELECT meeting_id FROM participants WHERE id = $1", values![id], |row| row.get("meeting_id"))
}

/// Moves a meeting to a new revision; nothing happens, and `false` comes back, if it is at another one. Of an open
/// meeting nobody was sent anything: there is no older revision to be told apart from, and SEQUENCE stays 0.
pub(in crate::meetings) fn revise(
    cx: &Cx<'_>,
    meeting: &Meeting,
    start: Timestamp,
    end: Timestamp,
    status: Status,
) -> Result<bool> {
    let was_sent = meeting.status != Status::Open;
    let changed = cx.db.execute(
        "UPDATE meetings SET sequence = sequence + $8, edition = 0, start_at = $3, end_at = $4, status = $5, revised_at = $6,
             cancelled_at = $7
         WHERE id = $1 AND sequence = $2",
        values![
            meeting.id,
            meeting.sequence,
            start,
            end,
            status.as_str(),
            cx.now,
            (status == Status::Cancelled).then_some(cx.now),
            i64::from(was_sent)
        ],
    )?;
    if changed == 0 {
        return Ok(false);
    }
    if was_sent {
        cx.db.change_one(
            "INSERT INTO revisions (meeting_id, sequence, start_at, end_at, revised_at) VALUES ($1, $2, $3, $4, $5)",
            values![meeting.id, meeting.sequence, meeting.start, meeting.end, meeting.revised_at],
        )?;
    }
    if start != meeting.start {
        cx.db.execute(
            "UPDATE participants SET start_at = $2 WHERE meeting_id = $1",
            values![meeting.id, start],
        )?;
    }
    Ok(true)
}

/// The starts of a meeting's older revisions.
pub(in crate::meetings) fn older_starts(cx: &Cx<'_>, id: MeetingId) -> Result<Vec<Timestamp>> {
    cx.db.all("SELECT start_at FROM revisions WHERE meeting_id = $1", values![id], |row| row.get("start_at"))
}

/// An open meeting has its guest.
pub(in crate::meetings) fn schedule(cx: &Cx<'_>, id: MeetingId) -> Result<()> {
    cx.db
        .change_one("UPDATE meetings SET status = 'scheduled' WHERE id = $1 AND status = 'open'", values![id])
}

/// The next edition of a meeting's present revision.
pub(in crate::meetings) fn next_edition(cx: &Cx<'_>, id: MeetingId) -> Result<i64> {
    cx.db
        .one(
            "UPDATE meetings SET edition = edition + 1 WHERE id = $1 RETURNING edition",
            values![id],
            |row| row.get("edition"),
        )?
        .ok_or(Error::NotFound("meeting"))
}

/// A place in a list ordered by start and id.
#[derive(Clone, Copy, Debug)]
pub(in crate::meetings) struct Place {
    pub(in crate::meetings) start: Timestamp,
    pub(in crate::meetings) id: MeetingId,
}

fn place_row(row: &Row<'_>) -> Result<Place> {
    Ok(Place { start: row.get("start_at")?, id: row.get("id")? })
}

/// Meetings after `from`, soonest first; or before it, latest first.
pub(in crate::meetings) fn places(cx: &Cx<'_>, from: Place, ahead: bool, limit: u32) -> Result<Vec<Place>> {
    let sql = if ahead {
        "SELECT start_at, id FROM meetings WHERE (start_at, id) > ($1, $2) ORDER BY start_at, id LIMIT $3"
    } else {
        "SELECT start_at, id FROM meetings WHERE (start_at, id) < ($1, $2) ORDER BY start_at DESC, id DESC LIMIT $3"
    };
    cx.db.all(sql, values![from.start, from.id, limit], place_row)
}

/// As [`places`], for what an account made.
pub(in crate::meetings) fn places_of_owner(
    cx: &Cx<'_>,
    owner: UserId,
    from: Place,
    ahead: bool,
    limit: u32,
) -> Result<Vec<Place>> {
    let sql = if ahead {
        "SELECT start_at, id FROM meetings WHERE owner_id = $1 AND (start_at, id) > ($2, $3)
         ORDER BY start_at, id LIMIT $4"
    } else {
        "SELECT start_at, id FROM meetings WHERE owner_id = $1 AND (start_at, id) < ($2, $3)
         ORDER BY start_at DESC, id DESC LIMIT $4"
    };
    cx.db.all(sql, values![owner, from.start, from.id, limit], place_row)
}

/// As [`places`], for those an address is at.
pub(in crate::meetings) fn places_of_address(
    cx: &Cx<'_>,
    address: &Address,
    from: Place,
    ahead: bool,
    limit: u32,
) -> Result<Vec<Place>> {
    let sql = if ahead {
        "SELECT start_at, meeting_id AS id FROM participants WHERE address_key = $1 AND (start_at, meeting_id) > ($2, $3)
         ORDER BY start_at, meeting_id LIMIT $4"
    } else {
        "SELECT start_at, meeting_id AS id FROM participants WHERE address_key = $1 AND (start_at, meeting_id) < ($2, $3)
         ORDER BY start_at DESC, meeting_id DESC LIMIT $4"
    };
    cx.db.all(sql, values![address.key(), from.start, from.id, limit], place_row)
}

/// Every participant that an address is.
pub(in crate::meetings) fn participants_of_address(
    cx: &Cx<'_>,
    address_key: &str,
) -> Result<Vec<(MeetingId, ParticipantId)>> {
    cx.db.all(
        "SELECT meeting_id, id FROM participants WHERE address_key = $1 ORDER BY start_at DESC, meeting_id DESC",
        values![address_key],
        |row| Ok((row.get("meeting_id")?, row.get("id")?)),
    )
}

/// Forgets whom an account has brought to a meeting.
pub(in crate::meetings) fn forget_who_added(cx: &Cx<'_>, id: MeetingId, user: UserId) -> Result<usize> {
    let sql = "UPDATE participants SET added_by = NULL WHERE meeting_id = $1 AND added_by = $2";
    cx.db.execute(sql, values![id, user])
}

/// Forgets which meetings an account has made, and whom it has brought to them.
pub(in crate::meetings) fn forget_owner(cx: &Cx<'_>, user: UserId) -> Result<()> {
    cx.db.execute(
        "UPDATE participants SET added_by = NULL
         WHERE meeting_id IN (SELECT id FROM meetings WHERE owner_id = $1) AND added_by = $1",
        values![user],
    )?;
    cx.db.execute("UPDATE meetings SET owner_id = NULL WHERE owner_id = $1", values![user]).map(drop)
}

/// Takes everything personal out of a participant's rows; the rows stay, so that the meeting's story does.
/// Their reply token is nobody's from here on.
pub(in crate::meetings) fn erase_participant(cx: &Cx<'_>, id: ParticipantId) -> Result<()> {
    let nobody = format!("erased-{}", id.uuid().simple());
    cx.db.change_one(
        "UPDATE participants SET name = '', address = $2, address_key = $2, time_zone = NULL, reply_token_hash = $3,
             sealed_reply_token = $4, erased_at = $5
         WHERE id = $1",
        values![id, format!("{nobody}@erased.invalid"), nobody, Vec::<u8>::new(), cx.now],
    )?;
    cx.db.change_one(
        "UPDATE invitations SET delivery_detail = NULL, updated_at = $2 WHERE participant_id = $1",
        values![id, cx.now],
    )?;
    cx.db.execute("DELETE FROM aliases WHERE participant_id = $1", values![id])?;
    cx.db.execute("DELETE FROM held_replies WHERE participant_id = $1", values![id])?;
    cx.db.execute(
        "UPDATE proposals SET note = '' WHERE participant_id = $1 AND meeting_id IN
             (SELECT meeting_id FROM participants WHERE id = $1)",
        values![id],
    )?;
    Ok(())
}

/// Takes the host's words out of a meeting: they are forgotten with the host.
pub(in crate::meetings) fn erase_words(cx: &Cx<'_>, id: MeetingId) -> Result<()> {
    cx.db.change_one(
        "UPDATE meetings SET title = $2, location = '', description = '' WHERE id = $1",
        values![id, cx.house().default_title],
    )
}

pub(in crate::meetings) fn set_participant_address(
    cx: &Cx<'_>,
    id: ParticipantId,
    address: &Address,
) -> Result<()> {
    cx.db.change_one(
        "UPDATE participants SET address = $2, address_key = $3 WHERE id = $1",
        values![id, address, address.key()],
    )
}

pub(in crate::meetings) fn add_alias(cx: &Cx<'_>, id: ParticipantId, address_key: &str) -> Result<()> {
    cx.db
        .execute(
            "INSERT INTO aliases (participant_id, address_key) VALUES ($1, $2) ON CONFLICT (participant_id, address_key) DO NOTHING",
            values![id, address_key],
        )
        .map(drop)
}

pub(in crate::meetings) fn aliases(cx: &Cx<'_>, id: ParticipantId) -> Result<Vec<String>> {
    cx.db.all("SELECT address_key FROM aliases WHERE participant_id = $1", values![id], |row| {
        row.get("address_key")
    })
}
