//! Revising: moving a meeting and cancelling it. Each raises SEQUENCE once, for everybody; of an open meeting, of which
//! nobody has been sent anything, it raises nothing.

use super::answer;
use super::model::{Meeting, Participant, Proposal, ProposalStatus, Status, check_time};
use super::occupancy;
use super::propose;
use super::resources;
use super::sql;
use super::write::{self, Sending};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{MeetingId, ParticipantId, ProposalId};
use crate::base::time::Timestamp;
use crate::itip::PartStat;
use crate::post::letter::{Cause, Outcome};
use crate::store::Cx;

/// Moves a meeting at once, for those who may.
pub fn move_to(
    cx: &mut Cx<'_>,
    who: &Actor,
    id: MeetingId,
    start: Timestamp,
    end: Timestamp,
) -> Result<Meeting> {
    let meeting = super::managed(cx, who, id)?;
    let (start, end) = (start.whole_second(), end.whole_second());
    if meeting.status != Status::Open {
        meeting.must_be_ahead(cx.now)?;
    }
    check_time(start, end, cx.now, cx.house().length_max_ms)?;
    if (start, end) == (meeting.start, meeting.end) {
        return Ok(meeting);
    }
    apply(cx, who, &meeting, start, end, None)
}

/// Brings a meeting to its next revision at a new time. `approved` is the proposal that did it; all
/// others that wait are superseded. Everybody is asked anew but whoever proposed the time and those who
/// approved it: they have said yes to it.
pub(super) fn apply(
    cx: &mut Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    start: Timestamp,
    end: Timestamp,
    approved: Option<&Proposal>,
) -> Result<Meeting> {
    if !sql::revise(cx, meeting, start, end, meeting.status)? {
        return Err(Error::refused(
            "meeting.revised",
            "Somebody else has just changed this meeting. Look again.",
        ));
    }
    sql::reset_answers(cx, meeting.id)?;
    let mut moved = super::load(cx, meeting.id)?;
    if let Some(proposal) = approved {
        answer::accept(cx, &proposal.road, &mut moved, |one| one.id == proposal.by)?;
        let decisions = sql::decisions(cx, proposal.id)?;
        let said_yes =
            |one: &Participant| decisions.iter().any(|(who, said)| *who == one.id && said == "approved");
        answer::accept(cx, who.road.as_str(), &mut moved, said_yes)?;
    }
    let let_go = resources::follow(cx, &mut moved)?;
    occupancy::note(cx, &moved)?;
    supersede_pending(cx, who, &moved, approved.map(|proposal| proposal.id), None)?;
    let story = serde_json::json!({
        "start": start.ms(), "end": end.ms(), "was_start": meeting.start.ms(), "was_end": meeting.end.ms(),
    });
    write::tell(cx, who, "meeting.moved", &moved, None, &story)?;
    if let Some(proposal) = approved {
        let data = serde_json::json!({ "partstat": PartStat::Accepted.as_str(), "proposal": proposal.id });
        let house = Actor::house(&who.trace);
        write::tell(cx, &house, "invitation.answered", &moved, Some(proposal.by), &data)?;
    }
    resources::tell(cx, who, &moved, &let_go)?;
    if moved.status == Status::Scheduled {
        write::send_all(cx, who, &moved, Sending::Update(meeting.start, meeting.end))?;
    }
    super::load(cx, meeting.id)
}

/// Cancels a meeting for everybody. Cancelling what is cancelled changes nothing.
pub fn cancel(cx: &mut Cx<'_>, who: &Actor, id: MeetingId) -> Result<Meeting> {
    let meeting = super::managed(cx, who, id)?;
    if meeting.status == Status::Cancelled {
        return Ok(meeting);
    }
    if meeting.status == Status::Scheduled && meeting.end <= cx.now {
        return Err(Error::refused("meeting.past", "This meeting is over."));
    }
    call_off(cx, who, &meeting, |_| Cause::CalledOff)
}

/// Cancels because its host leaves the house.
pub(super) fn call_off_for_leaving(cx: &mut Cx<'_>, who: &Actor, meeting: &Meeting) -> Result<()> {
    call_off(cx, who, meeting, |_| Cause::CalledOff).map(drop)
}

/// Cancels because somebody declined.
pub(super) fn cancel_after_decline(
    cx: &mut Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    decliner: ParticipantId,
) -> Result<Meeting> {
    call_off(
        cx,
        who,
        meeting,
        |reader| {
            if reader.id == decliner { Cause::YouDeclined } else { Cause::OtherDeclined }
        },
    )
}

/// Cancels because somebody is forgotten: they themselves get no mail any more.
pub(super) fn cancel_for_erasure(
    cx: &mut Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    erased: ParticipantId,
) -> Result<()> {
    let mut others = revise_to_cancelled(cx, who, meeting)?;
    others.participants.retain(|one| one.id != erased && one.same_as != Some(erased));
    write::cancel_all(cx, who, &others, |_| Cause::House)
}

fn call_off(
    cx: &mut Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    cause: impl Fn(&Participant) -> Cause,
) -> Result<Meeting> {
    let cancelled = revise_to_cancelled(cx, who, meeting)?;
    if meeting.status == Status::Scheduled {
        write::cancel_all(cx, who, &cancelled, cause)?;
    }
    super::load(cx, meeting.id)
}

fn revise_to_cancelled(cx: &mut Cx<'_>, who: &Actor, meeting: &Meeting) -> Result<Meeting> {
    if !sql::revise(cx, meeting, meeting.start, meeting.end, Status::Cancelled)? {
        return Err(Error::refused(
            "meeting.revised",
            "Somebody else has just changed this meeting. Look again.",
        ));
    }
    let cancelled = super::load(cx, meeting.id)?;
    occupancy::note(cx, &cancelled)?;
    supersede_pending(cx, who, &cancelled, None, None)?;
    write::tell(cx, who, "meeting.cancelled", &cancelled, None, &serde_json::json!({}))?;
    Ok(cancelled)
}

/// Supersedes what is pending, but `except`. A proposer who is not told by something else is told by
/// mail: that is all but `asked`, who are about to be asked about a newer proposal.
pub(super) fn supersede_pending(
    cx: &mut Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    except: Option<ProposalId>,
    newer: Option<(&Proposal, &[ParticipantId])>,
) -> Result<()> {
    for proposal in sql::proposals(cx, meeting.id)? {
        let is_newer = newer.is_some_and(|(newer, _)| newer.id == proposal.id);
        if proposal.status != ProposalStatus::Pending || Some(proposal.id) == except || is_newer {
            continue;
        }
        sql::settle_proposal(cx, proposal.id, ProposalStatus::Superseded, None)?;
        propose::close(cx, meeting, proposal.id)?;
        let data = serde_json::json!({ "proposal": proposal.id });
        write::tell(cx, who, "proposal.superseded", meeting, Some(proposal.by), &data)?;
        if let Some((newer, asked)) = newer
            && newer.by != proposal.by
            && !asked.contains(&proposal.by)
        {
            write::tell_outcome(cx, who, meeting, &proposal, Outcome::Superseded)?;
        }
    }
    Ok(())
}
