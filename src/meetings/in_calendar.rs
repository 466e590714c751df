//! What somebody does in their own calendar to the event that the house has written there: taken as their word, once.

use super::model::Meeting;
use super::propose::Asked;
use super::write::{self, Sending};
use super::{answer, propose, sql};
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::id::ParticipantId;
use crate::base::time::DAY;
use crate::calendar::{self, Back, Said};
use crate::itip::PartStat;
use crate::limits::{self, Budget};
use crate::post::letter::{self, State};
use crate::store::Cx;

/// How often one participant's event is laid back to what is booked: a server that will not keep it so is left alone.
const LAID_BACK: Budget = Budget { name: "laid-back", most: 10, window_ms: DAY };

/// Takes in what somebody has done: an event that is gone is declined, another time is proposed, an answer is answered. What
/// they did to an earlier revision, or to a meeting that is over or off, is overtaken.
pub fn in_calendar(cx: &mut Cx<'_>, trace: &str, back: &Back) -> Result<()> {
    let Some(id) = sql::meeting_of(cx, back.participant)? else { return Ok(()) };
    let meeting = super::load(cx, id)?;
    if back.sequence != meeting.sequence || !meeting.is_ahead(cx.now) {
        return Ok(());
    }
    let who = Actor::new(Who::Participant(back.participant), Road::Calendar, trace);
    match back.said {
        Said::Gone => answered(cx, &who, &meeting, back.participant, PartStat::Declined),
        Said::Answered(partstat) => answered(cx, &who, &meeting, back.participant, partstat),
        Said::Moved(start, end) => {
            let asked = Asked { start, end, note: "", road: Road::Calendar.as_str() };
            match propose::propose(cx, &who, &meeting, back.participant, &asked) {
                // A time that cannot be is none; the event is laid back all the same.
                Ok(_) | Err(Error::Invalid { .. } | Error::Refused { .. } | Error::Throttled { .. }) => {}
                Err(error) => return Err(error),
            }
            lay_back(cx, &who, &meeting, back.participant)
        }
        Said::Old => lay_back(cx, &who, &meeting, back.participant),
    }
}

fn answered(
    cx: &mut Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    participant: ParticipantId,
    partstat: PartStat,
) -> Result<()> {
    match answer::answer(cx, who, meeting, participant, partstat) {
        Ok(_) | Err(Error::Refused { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Has the event written as it is booked, by a letter of its own. Where the proposal has become the time, one is on its way.
fn lay_back(cx: &mut Cx<'_>, who: &Actor, meeting: &Meeting, participant: ParticipantId) -> Result<()> {
    let mut present = super::load(cx, meeting.id)?;
    if present.sequence != meeting.sequence || !limits::allows(cx, LAID_BACK, &participant.to_string(), 1)? {
        return Ok(());
    }
    present.edition = sql::next_edition(cx, present.id)?;
    let reader = present.participant(participant)?;
    write::send(cx, who, &present, reader, Sending::Invitation)
}

/// Has the event of somebody sent by mail that was taken out of the calendar it lay in.
pub(super) fn by_mail_instead(cx: &mut Cx<'_>, trace: &str, participant: ParticipantId) -> Result<()> {
    let Some(id) = sql::meeting_of(cx, participant)? else { return Ok(()) };
    let mut meeting = super::load(cx, id)?;
    if !meeting.is_ahead(cx.now) || meeting.participant(participant)?.is_erased {
        return Ok(());
    }
    // What is still to be written, or was sent by mail meanwhile, comes by itself.
    let Some(last) = meeting.participant(participant)?.last_letter else { return Ok(()) };
    match letter::without_bytes(cx, last) {
        Ok(kept) if kept.state != State::InCalendar => return Ok(()),
        // Letters are not kept for ever.
        Ok(_) | Err(Error::NotFound(_)) => {}
        Err(error) => return Err(error),
    }
    meeting.edition = sql::next_edition(cx, id)?;
    let reader = meeting.participant(participant)?;
    write::send(cx, &Actor::house(trace), &meeting, reader, Sending::Invitation)
}

/// What somebody has answered by now to a meeting that is ahead: what their event in their own calendar is to say. `None`: nothing
/// that it does not say by itself.
pub fn answer_of(cx: &Cx<'_>, participant: ParticipantId) -> Result<Option<PartStat>> {
    let Some(id) = sql::meeting_of(cx, participant)? else { return Ok(None) };
    let meeting = super::load(cx, id)?;
    let one = meeting.participant(participant)?;
    let is_answered =
        meeting.is_ahead(cx.now) && one.is_written_to() && one.partstat != PartStat::NeedsAction;
    Ok(is_answered.then_some(one.partstat))
}

/// Has an answer that was not given there laid into the event in its giver's own calendar, if it lies in one. Where that cannot be
/// done it stays as it is, and nobody is written to: they know what they answered.
pub(super) fn lay_answer(
    cx: &Cx<'_>,
    who: &Actor,
    participant: ParticipantId,
    partstat: PartStat,
) -> Result<()> {
    if calendar::is_to_answer(cx, participant, partstat)? {
        letter::enqueue_answer(cx, participant, (0, cx.now), &who.trace)?;
    }
    Ok(())
}
