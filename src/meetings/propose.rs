//! Proposing a new time, and deciding about it.

use super::model::{Meeting, Proposal, ProposalStatus, check_time};
use super::{revise, sql, write};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{ParticipantId, ProposalId};
use crate::base::text;
use crate::base::time::{DAY, Timestamp};
use crate::limits::{self, Budget};
use crate::links;
use crate::post::letter::{self, Outcome};
use crate::queue::{self, Work};
use crate::store::Cx;

/// The longest note, in characters.
pub(super) const NOTE_CHARS_MAX: usize = 1_000;
/// How often one participant may ask for a new time: each mails the others.
const PROPOSALS: Budget = Budget { name: "proposals", most: 20, window_ms: DAY };
/// The queue's topic of deadlines: each names the proposal whose time is over.
pub const DEADLINES: &str = "deadlines";

/// A new time that somebody asks for.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// When it would begin.
    pub start: Timestamp,
    /// When it would end.
    pub end: Timestamp,
    /// What they say; addresses in it are blanked.
    pub note: &'a str,
    /// By which road: `link`, `counter`, `page`, `confirmed`.
    pub road: &'a str,
}

/// Proposes a new time. Those whose approval it needs are asked by mail; if nobody's is needed, it is the
/// time at once. Earlier proposals that still wait are superseded. The same again, while it waits, is answered
/// as the first time.
pub fn propose(
    cx: &mut Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    proposer: ParticipantId,
    asked: &Asked<'_>,
) -> Result<Proposal> {
    meeting.must_be_ahead(cx.now)?;
    let (start, end) = (asked.start.whole_second(), asked.end.whole_second());
    check_time(start, end, cx.now, cx.house().length_max_ms)?;
    if (start, end) == (meeting.start, meeting.end) {
        return Err(Error::refused("proposal.same-time", "This is the time that the meeting has already."));
    }
    let by = meeting.participant(proposer)?;
    let by = by.same_as.unwrap_or(by.id);
    let note = text::paragraphs(asked.note, NOTE_CHARS_MAX);
    if let Some(same) = same_pending(cx, meeting, by, (start, end), &note)? {
        return Ok(same);
    }
    limits::spend(cx, PROPOSALS, &by.to_string(), 1)?;
    let approvers = meeting.approvers(by);
    let proposal = Proposal {
        id: cx.id(),
        meeting: meeting.id,
        sequence: meeting.sequence,
        by,
        road: asked.road.to_owned(),
        start,
        end,
        note,
        status: ProposalStatus::Pending,
        created_at: cx.now,
        expires_at: cx.now.plus(cx.house().decision_ms).min(start).min(meeting.end),
        decided_at: None,
        decided_by: None,
    };
    sql::insert_proposal(cx, &proposal)?;
    let data = serde_json::json!({
        "proposal": proposal.id, "start": start.ms(), "end": end.ms(), "note": proposal.note, "road": asked.road,
    });
    write::tell(cx, who, "proposal.made", meeting, Some(by), &data)?;
    revise::supersede_pending(cx, who, meeting, None, Some((&proposal, &approvers)))?;
    if approvers.is_empty() {
        settle_approved(cx, who, meeting, &proposal, by)?;
        return get(cx, proposal.id);
    }
    for approver in approvers {
        sql::insert_decision(cx, proposal.id, approver)?;
        write::ask(cx, who, meeting, &proposal, meeting.participant(approver)?, 0)?;
    }
    let deadline = Work::of(DEADLINES, &who.trace, serde_json::json!({ "proposal": proposal.id }))
        .keyed(proposal.id.to_string())
        .not_before(proposal.expires_at);
    queue::enqueue(cx, &deadline)?;
    Ok(proposal)
}

/// The same proposal of the same participant, if it waits.
fn same_pending(
    cx: &Cx<'_>,
    meeting: &Meeting,
    by: ParticipantId,
    time: (Timestamp, Timestamp),
    note: &str,
) -> Result<Option<Proposal>> {
    Ok(sql::proposals(cx, meeting.id)?.into_iter().find(|one| {
        one.status == ProposalStatus::Pending
            && one.sequence == meeting.sequence
            && one.by == by
            && (one.start, one.end) == time
            && one.note == note
            && one.expires_at > cx.now
    }))
}

/// Ends what a proposal that is settled has left behind: its links, its deadline, and questions about it that
/// have not left yet.
pub(super) fn close(cx: &Cx<'_>, meeting: &Meeting, id: ProposalId) -> Result<()> {
    links::use_up_proposal(cx, id)?;
    queue::withdraw(cx, DEADLINES, &id.to_string())?;
    // Of one meeting one proposal waits at most: every unsent question is about this one.
    for one in meeting.written_to() {
        letter::supersede(cx, one.id, &["proposal-ask"])?;
    }
    Ok(())
}

/// A proposal.
pub fn get(cx: &Cx<'_>, id: ProposalId) -> Result<Proposal> {
    sql::proposal(cx, id)?.ok_or(Error::NotFound("proposal"))
}

/// What an approver says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Yes.
    Approve,
    /// No.
    Decline,
}

/// What became of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// The meeting has the new time.
    Moved,
    /// Recorded; others are still to say something.
    Awaiting,
    /// The proposal is declined.
    Declined,
}

/// Decides about a proposal. The same decision again is answered as the first time; of two that race,
/// the second finds the sequence advanced and changes nothing.
pub fn decide(
    cx: &mut Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    (id, approver): (ProposalId, ParticipantId),
    decision: Decision,
) -> Result<Decided> {
    let proposal = get(cx, id)?;
    let said = sql::decisions(cx, id)?.into_iter().find(|(one, _)| *one == approver);
    let (_, said) = said.ok_or_else(|| Error::denied("You were not asked about this proposal."))?;
    if let Some(decided) = said_before(&proposal, &said, decision) {
        return Ok(decided);
    }
    must_be_pending(&proposal, meeting, cx.now)?;
    if said != "awaited" {
        return Err(Error::refused("proposal.decided", "You have decided about this proposal already."));
    }
    let data = serde_json::json!({ "proposal": id });
    match decision {
        Decision::Decline => {
            sql::decide(cx, id, approver, "declined")?;
            sql::settle_proposal(cx, id, ProposalStatus::Declined, Some(approver))?;
            close(cx, meeting, id)?;
            write::tell(cx, who, "proposal.declined", meeting, Some(approver), &data)?;
            write::tell_outcome(cx, who, meeting, &proposal, Outcome::Declined)?;
            Ok(Decided::Declined)
        }
        Decision::Approve => {
            sql::decide(cx, id, approver, "approved")?;
            write::tell(cx, who, "proposal.approved", meeting, Some(approver), &data)?;
            if sql::decisions(cx, id)?.iter().any(|(_, said)| said == "awaited") {
                return Ok(Decided::Awaiting);
            }
            settle_approved(cx, who, meeting, &proposal, approver)?;
            Ok(Decided::Moved)
        }
    }
}

/// What the same decision came to when it was taken first.
fn said_before(proposal: &Proposal, said: &str, decision: Decision) -> Option<Decided> {
    match (said, decision) {
        ("approved", Decision::Approve) => Some(match proposal.status {
            ProposalStatus::Approved => Decided::Moved,
            _ => Decided::Awaiting,
        }),
        ("declined", Decision::Decline) => Some(Decided::Declined),
        _ => None,
    }
}

fn must_be_pending(proposal: &Proposal, meeting: &Meeting, now: Timestamp) -> Result<()> {
    let refusal = |code, words: &str| Err(Error::refused(code, words));
    match proposal.status {
        ProposalStatus::Approved => refusal("proposal.approved", "This proposal was approved already."),
        ProposalStatus::Declined => refusal("proposal.declined", "This proposal was declined already."),
        ProposalStatus::Expired => refusal("proposal.expired", "Nobody decided about this proposal in time."),
        ProposalStatus::Withdrawn => refusal("proposal.withdrawn", "This proposal was taken back."),
        ProposalStatus::Superseded => {
            refusal("proposal.superseded", "This proposal no longer stands: something newer took its place.")
        }
        ProposalStatus::Pending if proposal.sequence != meeting.sequence => {
            refusal("proposal.superseded", "The meeting has changed since this was proposed.")
        }
        ProposalStatus::Pending if proposal.expires_at <= now => {
            refusal("proposal.expired", "Nobody decided about this proposal in time.")
        }
        ProposalStatus::Pending => meeting.must_be_ahead(now),
    }
}

fn settle_approved(
    cx: &mut Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    proposal: &Proposal,
    by: ParticipantId,
) -> Result<()> {
    sql::settle_proposal(cx, proposal.id, ProposalStatus::Approved, Some(by))?;
    close(cx, meeting, proposal.id)?;
    revise::apply(cx, who, meeting, proposal.start, proposal.end, Some(proposal)).map(drop)
}

/// The proposer takes a proposal back. Whom the question has reached is told that there is nothing to decide.
pub fn withdraw(
    cx: &mut Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    (id, proposer): (ProposalId, ParticipantId),
) -> Result<Proposal> {
    let proposal = get(cx, id)?;
    if proposal.by != proposer {
        return Err(Error::NotFound("proposal"));
    }
    if take_back(cx, who, meeting, &proposal)? {
        let asked: Vec<_> = sql::decisions(cx, id)?.into_iter().map(|(asked, _)| asked).collect();
        write::tell_withdrawn(cx, who, meeting, &proposal, &asked)?;
    }
    get(cx, id)
}

/// Takes a proposal back; says whether it still waited.
fn take_back(cx: &mut Cx<'_>, who: &Actor, meeting: &Meeting, proposal: &Proposal) -> Result<bool> {
    let (id, by) = (proposal.id, proposal.by);
    if !sql::settle_proposal(cx, id, ProposalStatus::Withdrawn, Some(by))? {
        return Ok(false);
    }
    close(cx, meeting, id)?;
    let data = serde_json::json!({ "proposal": id });
    write::tell(cx, who, "proposal.withdrawn", meeting, Some(by), &data)?;
    Ok(true)
}

/// Takes back what a participant has proposed and nobody has decided: their plain answer says more. Says
/// whether there was anything.
pub(super) fn withdraw_pending(
    cx: &mut Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    proposer: ParticipantId,
) -> Result<bool> {
    let mut any = false;
    for proposal in sql::proposals(cx, meeting.id)? {
        if proposal.by == proposer && proposal.status == ProposalStatus::Pending {
            withdraw(cx, who, meeting, (proposal.id, proposer))?;
            any = true;
        }
    }
    Ok(any)
}

/// Takes somebody who is forgotten out of what is pending: their own proposal goes, and nobody waits for
/// their word any longer. Of one who is forgotten nothing more is written to anybody.
pub(super) fn leave(cx: &mut Cx<'_>, who: &Actor, meeting: &Meeting, gone: ParticipantId) -> Result<()> {
    for proposal in sql::proposals(cx, meeting.id)? {
        if proposal.by == gone {
            take_back(cx, who, meeting, &proposal)?;
            continue;
        }
        if proposal.status != ProposalStatus::Pending || !sql::delete_awaited(cx, proposal.id, gone)? {
            continue;
        }
        let decisions = sql::decisions(cx, proposal.id)?;
        if !decisions.is_empty() && decisions.iter().all(|(_, said)| said == "approved") {
            settle_approved(cx, who, meeting, &proposal, proposal.by)?;
        }
    }
    Ok(())
}

/// Lets a proposal expire whose time is over, and tells its proposer. Anything else changes nothing.
pub fn expire(cx: &mut Cx<'_>, who: &Actor, id: ProposalId) -> Result<()> {
    let Some(proposal) = sql::proposal(cx, id)? else { return Ok(()) };
    if proposal.expires_at > cx.now || !sql::settle_proposal(cx, id, ProposalStatus::Expired, None)? {
        return Ok(());
    }
    let meeting = super::load(cx, proposal.meeting)?;
    close(cx, &meeting, id)?;
    let data = serde_json::json!({ "proposal": id });
    write::tell(cx, who, "proposal.expired", &meeting, Some(proposal.by), &data)?;
    write::tell_outcome(cx, who, &meeting, &proposal, Outcome::Expired)
}

/// Lets everything expire whose time is over: what the deadlines' own work missed.
pub fn expire_overdue(cx: &mut Cx<'_>, who: &Actor) -> Result<usize> {
    let overdue = sql::overdue(cx, cx.now, 200)?;
    for proposal in &overdue {
        expire(cx, who, proposal.id)?;
    }
    Ok(overdue.len())
}
