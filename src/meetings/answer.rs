//! Answering an invitation: what counts, and what a decline does.

use super::model::{Meeting, Participant};
use super::{in_calendar, occupancy, propose, revise, sql, write};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::ParticipantId;
use crate::base::time::Timestamp;
use crate::itip::{self, Arrival, Order, PartStat, Reply, Revision, Stale};
use crate::post::letter;
use crate::store::Cx;

/// What became of an answer.
#[derive(Clone, Debug)]
pub enum Answered {
    /// It is recorded; if it was a decline that ends the meeting, the meeting is cancelled.
    Applied {
        /// The meeting after it.
        meeting: Box<Meeting>,
        /// Whether it cancelled the meeting.
        cancelled: bool,
    },
    /// It answers an earlier time, or an earlier word of the same person.
    Stale(Stale),
    /// It says what is recorded already, or nothing.
    Same,
    /// The meeting is cancelled or over: there is nothing to answer.
    Pointless(&'static str),
}

/// Takes in a reply that is known to be `participant`'s, if it is the latest to the present revision
/// (RFC 5546, 2.1.5, as far as real programs keep to it).
pub(super) fn reply(
    cx: &mut Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    participant: ParticipantId,
    reply: &Reply,
) -> Result<Answered> {
    if let Err(error) = meeting.must_be_ahead(cx.now) {
        let why = if error.code() == "meeting.past" {
            "The meeting is over."
        } else {
            "The meeting was cancelled."
        };
        return Ok(Answered::Pointless(why));
    }
    match weigh(cx, meeting, participant, reply)? {
        Order::Noop => Ok(Answered::Same),
        Order::Stale(why) => {
            let participant = addressee(meeting, participant)?;
            let data = serde_json::json!({ "partstat": reply.answer.partstat.as_str() });
            write::tell(cx, who, "invitation.answered-late", meeting, Some(participant), &data)?;
            Ok(Answered::Stale(why))
        }
        Order::Current => record(cx, who, meeting, addressee(meeting, participant)?, reply.answer),
    }
}

/// What a reply of `participant` is worth against the present revision and what they answered last.
pub(super) fn weigh(
    cx: &Cx<'_>,
    meeting: &Meeting,
    participant: ParticipantId,
    reply: &Reply,
) -> Result<Order> {
    let participant = addressee(meeting, participant)?;
    let older_starts = sql::older_starts(cx, meeting.id)?;
    let revision = Revision {
        sequence: u32::try_from(meeting.sequence).unwrap_or(u32::MAX),
        dtstamp: asked_at(cx, meeting, participant)?,
        start: meeting.start,
        older_starts: &older_starts,
    };
    let latest = sql::latest_answer(cx, participant)?;
    Ok(itip::order(&revision, latest.as_ref(), reply))
}

/// The DTSTAMP of the REQUEST that a participant was sent last: some programs answer with that one.
fn asked_at(cx: &Cx<'_>, meeting: &Meeting, participant: ParticipantId) -> Result<Timestamp> {
    let Some(id) = meeting.participant(participant)?.last_letter else { return Ok(meeting.revised_at) };
    match letter::without_bytes(cx, id) {
        Ok(kept) => Ok(meeting.revised_at.max(Timestamp::from_ms(kept.letter.at))),
        Err(Error::NotFound(_)) => Ok(meeting.revised_at),
        Err(error) => Err(error),
    }
}

/// Those who have agreed to a meeting's present time have accepted it; gives who they are. What their calendar programs
/// say of it later is known then, and whatever else they say is a later word.
pub(super) fn accept(
    cx: &Cx<'_>,
    road: &str,
    meeting: &mut Meeting,
    has_agreed: impl Fn(&Participant) -> bool,
) -> Result<Vec<ParticipantId>> {
    let answer = itip::Answer {
        partstat: PartStat::Accepted,
        dtstamp: None,
        replied_at: None,
        // A mailbox tells the time of an arrival in whole seconds.
        arrived: Arrival { at: cx.now.whole_second(), number: 0 },
    };
    let recorded = sql::Recorded { answer, sequence: meeting.sequence, road };
    let id = meeting.id;
    let mut accepted = Vec::new();
    for one in meeting.participants.iter_mut().filter(|one| has_agreed(one)) {
        sql::record_answer(cx, id, one.id, &recorded)?;
        one.partstat = PartStat::Accepted;
        accepted.push(one.id);
    }
    Ok(accepted)
}

/// Takes in an answer given on a page of ours, to what the page showed.
pub fn answer(
    cx: &mut Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    participant: ParticipantId,
    partstat: PartStat,
) -> Result<Answered> {
    let participant = addressee(meeting, participant)?;
    let latest = sql::latest_answer(cx, participant)?;
    if latest.is_some_and(|latest| latest.partstat == partstat) {
        // What they say again may take back what they asked for since; a decline that has cancelled the
        // meeting is answered as the first time.
        if meeting.is_ahead(cx.now) && is_plain(partstat) {
            propose::withdraw_pending(cx, who, meeting, participant)?;
        }
        return Ok(Answered::Same);
    }
    meeting.must_be_ahead(cx.now)?;
    if partstat == PartStat::NeedsAction {
        return Ok(Answered::Same);
    }
    let arrived = Arrival { at: cx.now, number: 0 };
    let answer = itip::Answer { partstat, dtstamp: Some(cx.now), replied_at: None, arrived };
    record(cx, who, meeting, participant, answer)
}

/// Whether an answer is a plain yes or no, which takes back what its giver has proposed.
pub(super) fn is_plain(partstat: PartStat) -> bool {
    matches!(partstat, PartStat::Accepted | PartStat::Declined)
}

/// Who gets the mail for a participant: themselves, or the one whose mailbox they share.
fn addressee(meeting: &Meeting, participant: ParticipantId) -> Result<ParticipantId> {
    let participant = meeting.participant(participant)?;
    Ok(participant.same_as.unwrap_or(participant.id))
}

fn record(
    cx: &mut Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    participant: ParticipantId,
    answer: itip::Answer,
) -> Result<Answered> {
    let road = who.road.as_str();
    sql::record_answer(
        cx,
        meeting.id,
        participant,
        &sql::Recorded { answer, sequence: meeting.sequence, road },
    )?;
    // Whoever has said something is not reminded to.
    if answer.partstat != PartStat::NeedsAction {
        letter::supersede(cx, participant, &["nudge"])?;
    }
    let data = serde_json::json!({ "partstat": answer.partstat.as_str() });
    write::tell(cx, who, "invitation.answered", meeting, Some(participant), &data)?;
    let is_off = answer.partstat == PartStat::Declined && meeting.is_off_after_decline(participant);
    let meeting = if is_off {
        revise::cancel_after_decline(cx, who, meeting, participant)?
    } else {
        if is_plain(answer.partstat) {
            propose::withdraw_pending(cx, who, meeting, participant)?;
        }
        let answered = super::load(cx, meeting.id)?;
        occupancy::note(cx, &answered)?;
        in_calendar::lay_answer(cx, who, participant, answer.partstat)?;
        answered
    };
    Ok(Answered::Applied { meeting: Box::new(meeting), cancelled: is_off })
}
