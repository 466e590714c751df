//! Invitations, and the replies that are held.

use crate::base::error::Result;
use crate::base::id::{InboundId, LetterId, MeetingId, ParticipantId};
use crate::base::time::Timestamp;
use crate::itip;
use crate::meetings::model::Delivery;
use crate::store::Cx;
use crate::values;

/// An answer to be recorded.
pub(in crate::meetings) struct Recorded<'a> {
    pub(in crate::meetings) answer: itip::Answer,
    pub(in crate::meetings) sequence: i64,
    pub(in crate::meetings) road: &'a str,
}

/// Records an answer for a participant and for whoever shares their mailbox.
pub(in crate::meetings) fn record_answer(
    cx: &Cx<'_>,
    meeting: MeetingId,
    participant: ParticipantId,
    recorded: &Recorded<'_>,
) -> Result<()> {
    let answer = &recorded.answer;
    cx.db
        .execute(
            "UPDATE invitations SET partstat = $3, answered_sequence = $4, answered_at = $5, answered_stamp = $6,
                 answered_reply_time = $7, arrived_at = $8, arrived_number = $9, answered_by = $10, updated_at = $5
             WHERE participant_id = $2 OR participant_id IN
                 (SELECT id FROM participants WHERE meeting_id = $1 AND same_as = $2)",
            values![
                meeting,
                participant,
                answer.partstat.as_str(),
                recorded.sequence,
                cx.now,
                answer.dtstamp,
                answer.replied_at,
                answer.arrived.at,
                answer.arrived.number,
                recorded.road
            ],
        )
        .map(drop)
}

/// The participant's latest answer to the present revision, if there is one.
pub(in crate::meetings) fn latest_answer(
    cx: &Cx<'_>,
    participant: ParticipantId,
) -> Result<Option<itip::Answer>> {
    let found = cx.db.one(
        "SELECT partstat, answered_stamp, answered_reply_time, arrived_at, arrived_number FROM invitations
         WHERE participant_id = $1 AND answered_at IS NOT NULL",
        values![participant],
        |row| {
            let partstat: String = row.get("partstat")?;
            let arrived = itip::Arrival { at: row.get("arrived_at")?, number: row.get("arrived_number")? };
            Ok(itip::PartStat::parse(&partstat).map(|partstat| {
                Ok(itip::Answer {
                    partstat,
                    dtstamp: row.get("answered_stamp")?,
                    replied_at: row.get("answered_reply_time")?,
                    arrived,
                })
            }))
        },
    )?;
    found.flatten().transpose()
}

/// Back to needs-action for everybody: the time changed.
pub(in crate::meetings) fn reset_answers(cx: &Cx<'_>, meeting: MeetingId) -> Result<()> {
    cx.db
        .execute(
            "UPDATE invitations SET partstat = 'needs-action', answered_sequence = NULL, answered_at = NULL,
                 answered_stamp = NULL, answered_reply_time = NULL, arrived_at = NULL, arrived_number = NULL, answered_by = NULL, updated_at = $2
             WHERE meeting_id = $1",
            values![meeting, cx.now],
        )
        .map(drop)
}

/// Notes which letter carries a participant's invitation now.
pub(in crate::meetings) fn note_letter(
    cx: &Cx<'_>,
    participant: ParticipantId,
    letter: LetterId,
    message_id: &str,
    method: &str,
) -> Result<()> {
    cx.db.change_one(
        "UPDATE invitations SET last_letter_id = $2, last_message_id = $3, last_method = $4, delivery = 'queued',
             delivery_detail = NULL, first_message_id = COALESCE(first_message_id, $3), updated_at = $5
         WHERE participant_id = $1",
        values![participant, letter, message_id, method, cx.now],
    )
}

pub(in crate::meetings) fn set_delivery(
    cx: &Cx<'_>,
    participant: ParticipantId,
    delivery: Delivery,
    detail: Option<&str>,
) -> Result<()> {
    cx.db.change_one(
        "UPDATE invitations SET delivery = $2, delivery_detail = $3, updated_at = $4 WHERE participant_id = $1",
        values![participant, delivery.as_str(), detail, cx.now],
    )
}

/// As [`set_delivery`], where this letter carries the participant's invitation now.
pub(in crate::meetings) fn set_delivery_by(
    cx: &Cx<'_>,
    participant: ParticipantId,
    letter: LetterId,
    delivery: Delivery,
    detail: Option<&str>,
) -> Result<()> {
    cx.db
        .execute(
            "UPDATE invitations SET delivery = $3, delivery_detail = $4, updated_at = $5
             WHERE participant_id = $1 AND last_letter_id = $2",
            values![participant, letter, delivery.as_str(), detail, cx.now],
        )
        .map(drop)
}

/// Meetings with an invitation that has trouble on its way, newest first.
pub(in crate::meetings) fn troubled(
    cx: &Cx<'_>,
    limit: u32,
) -> Result<Vec<(MeetingId, ParticipantId, Timestamp)>> {
    cx.db.all(
        "SELECT meeting_id, participant_id, updated_at FROM invitations
         WHERE delivery IN ('failed', 'bounced', 'delayed') ORDER BY updated_at DESC LIMIT $1",
        values![limit],
        |row| Ok((row.get("meeting_id")?, row.get("participant_id")?, row.get("updated_at")?)),
    )
}

/// A reply that waits for its participant to confirm it.
pub(in crate::meetings) struct HeldRow {
    pub(in crate::meetings) meeting: MeetingId,
    pub(in crate::meetings) participant: ParticipantId,
    pub(in crate::meetings) sequence: i64,
    pub(in crate::meetings) answer: String,
    pub(in crate::meetings) alias_key: Option<String>,
    pub(in crate::meetings) settled_at: Option<Timestamp>,
}

pub(in crate::meetings) fn insert_held(cx: &Cx<'_>, id: InboundId, held: &HeldRow) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO held_replies (id, meeting_id, participant_id, sequence, answer, alias_key, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![id, held.meeting, held.participant, held.sequence, held.answer, held.alias_key, cx.now],
    )
}

pub(in crate::meetings) fn held(cx: &Cx<'_>, id: InboundId) -> Result<Option<HeldRow>> {
    cx.db.one(
        "SELECT meeting_id, participant_id, sequence, answer, alias_key, settled_at FROM held_replies WHERE id = $1",
        values![id],
        |row| {
            Ok(HeldRow {
                meeting: row.get("meeting_id")?,
                participant: row.get("participant_id")?,
                sequence: row.get("sequence")?,
                answer: row.get("answer")?,
                alias_key: row.get("alias_key")?,
                settled_at: row.get("settled_at")?,
            })
        },
    )
}

pub(in crate::meetings) fn delete_held(cx: &Cx<'_>, before: Timestamp) -> Result<usize> {
    cx.db.execute("DELETE FROM held_replies WHERE created_at < $1", values![before])
}

pub(in crate::meetings) fn settle_held(cx: &Cx<'_>, id: InboundId) -> Result<bool> {
    Ok(cx.db.execute(
        "UPDATE held_replies SET settled_at = $2 WHERE id = $1 AND settled_at IS NULL",
        values![id, cx.now],
    )? == 1)
}
