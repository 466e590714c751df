//! Nudging: one reminder to a participant who has not answered, by a letter in the thread of their invitation.
//!
//! When to remind, and whether by mail, is for whoever calls; here it is held that there is still something to answer.

use super::model::{Delivery, Meeting, Participant, Proposal, ProposalStatus};
use super::{sql, write};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{LinkId, ParticipantId};
use crate::base::time::Timestamp;
use crate::itip::PartStat;
use crate::links::{self, Purpose};
use crate::post::letter::{self, Enqueued, Says};
use crate::store::Cx;

/// Those at a meeting ahead who were invited to its present revision and have said nothing. Whose invitation did not
/// arrive is not among them: a reminder would not either.
pub fn unanswered(cx: &Cx<'_>, meeting: &Meeting) -> Result<Vec<ParticipantId>> {
    if !meeting.is_ahead(cx.now) {
        return Ok(Vec::new());
    }
    let proposals = sql::proposals(cx, meeting.id)?;
    let is_silent = |one: &&Participant| {
        // Whoever asked for a new time has said something, and waits for the others now.
        let asks = |proposal: &Proposal| proposal.by == one.id && proposal.status == ProposalStatus::Pending;
        one.partstat == PartStat::NeedsAction
            && one.first_message_id.is_some()
            && !matches!(one.delivery, Delivery::Failed | Delivery::Bounced)
            && !proposals.iter().any(asks)
    };
    Ok(meeting.written_to().filter(is_silent).map(|one| one.id).collect())
}

/// Reminds one participant by mail that their answer is awaited, not before `not_before`; once for each `key`, however
/// often it is called, and not at all where nothing is awaited of them. Says whether a letter was written.
pub fn nudge(
    cx: &Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    participant: ParticipantId,
    (key, not_before): (String, Option<Timestamp>),
) -> Result<bool> {
    if !unanswered(cx, meeting)?.contains(&participant) {
        return Ok(false);
    }
    let reader = meeting.participant(participant)?;
    let says = Says::Nudge {
        event: write::event(meeting, reader),
        respond: match invited_by(cx, reader)? {
            Some(respond) => respond,
            None => write::respond_link(cx, meeting, reader, None)?,
        },
    };
    let draft = write::draft(who, meeting, reader, key, says);
    Ok(matches!(letter::enqueue_at(cx, draft, not_before)?, Enqueued::Yes(..)))
}

/// The link that the reader's invitation brought, if it still acts.
fn invited_by(cx: &Cx<'_>, reader: &Participant) -> Result<Option<LinkId>> {
    let Some(letter) = reader.last_letter else { return Ok(None) };
    let respond = match letter::without_bytes(cx, letter) {
        Ok(kept) => match kept.letter.says {
            Says::Invitation { respond, .. } | Says::Update { respond, .. } => respond,
            _ => return Ok(None),
        },
        // Letters are not kept for ever.
        Err(Error::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(links::is_live(cx, Purpose::Respond, respond)?.then_some(respond))
}
