//! Proposals, and the decisions they wait for.

use crate::base::error::Result;
use crate::base::id::{MeetingId, ParticipantId, ProposalId};
use crate::base::time::Timestamp;
use crate::meetings::model::{Proposal, ProposalStatus};
use crate::store::{Cx, Row};
use crate::values;

pub(in crate::meetings) fn insert_proposal(cx: &Cx<'_>, proposal: &Proposal) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO proposals (id, meeting_id, sequence, participant_id, road, start_at, end_at, note, status, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        values![
            proposal.id, proposal.meeting, proposal.sequence, proposal.by, proposal.road, proposal.start,
            proposal.end, proposal.note, proposal.status.as_str(), proposal.created_at, proposal.expires_at
        ],
    )
}

const PROPOSAL: &str =
    "id, meeting_id, sequence, participant_id, road, start_at, end_at, note, status, created_at, expires_at,
    decided_at, decided_by";

fn proposal_row(row: &Row<'_>) -> Result<Proposal> {
    Ok(Proposal {
        id: row.get("id")?,
        meeting: row.get("meeting_id")?,
        sequence: row.get("sequence")?,
        by: row.get("participant_id")?,
        road: row.get("road")?,
        start: row.get("start_at")?,
        end: row.get("end_at")?,
        note: row.get("note")?,
        status: ProposalStatus::stored(&row.get::<String>("status")?)?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        decided_at: row.get("decided_at")?,
        decided_by: row.get("decided_by")?,
    })
}

pub(in crate::meetings) fn proposal(cx: &Cx<'_>, id: ProposalId) -> Result<Option<Proposal>> {
    cx.db.one(&format!("SELECT {PROPOSAL} FROM proposals WHERE id = $1"), values![id], proposal_row)
}

pub(in crate::meetings) fn proposals(cx: &Cx<'_>, meeting: MeetingId) -> Result<Vec<Proposal>> {
    let sql = format!("SELECT {PROPOSAL} FROM proposals WHERE meeting_id = $1 ORDER BY created_at, id");
    cx.db.all(&sql, values![meeting], proposal_row)
}

/// Settles a proposal that is pending; says whether it was.
pub(in crate::meetings) fn settle_proposal(
    cx: &Cx<'_>,
    id: ProposalId,
    status: ProposalStatus,
    by: Option<ParticipantId>,
) -> Result<bool> {
    let changed = cx.db.execute(
        "UPDATE proposals SET status = $2, decided_at = $3, decided_by = $4 WHERE id = $1 AND status = 'pending'",
        values![id, status.as_str(), cx.now, by],
    )?;
    Ok(changed == 1)
}

pub(in crate::meetings) fn insert_decision(
    cx: &Cx<'_>,
    proposal: ProposalId,
    approver: ParticipantId,
) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO decisions (proposal_id, participant_id, decision) VALUES ($1, $2, 'awaited')",
        values![proposal, approver],
    )
}

/// Records what an approver said; says whether they were asked and had not said it before.
pub(in crate::meetings) fn decide(
    cx: &Cx<'_>,
    proposal: ProposalId,
    approver: ParticipantId,
    decision: &str,
) -> Result<bool> {
    let changed = cx.db.execute(
        "UPDATE decisions SET decision = $3, decided_at = $4
         WHERE proposal_id = $1 AND participant_id = $2 AND decision = 'awaited'",
        values![proposal, approver, decision, cx.now],
    )?;
    Ok(changed == 1)
}

/// A proposal no longer waits for somebody; says whether it did.
pub(in crate::meetings) fn delete_awaited(
    cx: &Cx<'_>,
    proposal: ProposalId,
    approver: ParticipantId,
) -> Result<bool> {
    let changed = cx.db.execute(
        "DELETE FROM decisions WHERE proposal_id = $1 AND participant_id = $2 AND decision = 'awaited'",
        values![proposal, approver],
    )?;
    Ok(changed == 1)
}

/// Whose approval a proposal waits for, and what each said: `awaited`, `approved`, `declined`.
pub(in crate::meetings) fn decisions(
    cx: &Cx<'_>,
    proposal: ProposalId,
) -> Result<Vec<(ParticipantId, String)>> {
    cx.db.all(
        "SELECT participant_id, decision FROM decisions WHERE proposal_id = $1 ORDER BY participant_id",
        values![proposal],
        |row| Ok((row.get("participant_id")?, row.get("decision")?)),
    )
}

/// Pending proposals whose time is over.
pub(in crate::meetings) fn overdue(cx: &Cx<'_>, now: Timestamp, limit: u32) -> Result<Vec<Proposal>> {
    let sql = format!(
        "SELECT {PROPOSAL} FROM proposals WHERE status = 'pending' AND expires_at <= $1 ORDER BY expires_at LIMIT $2"
    );
    cx.db.all(&sql, values![now, limit], proposal_row)
}
