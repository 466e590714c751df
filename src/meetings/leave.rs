//! Leaving: what becomes of the meetings ahead of somebody who deletes their account. They are off or declined at once,
//! while there is still somebody whose word it is; what is stored of them goes when their time to think is over.

use super::answer::{self, Answered};
use super::model::{Role, Status};
use super::revise;
use super::sql::{self, Place};
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::base::id::{Id, MeetingId, ParticipantId};
use crate::base::text::Address;
use crate::calendar;
use crate::itip::PartStat;
use crate::store::Cx;

/// How many meetings are looked at in one go.
const PAGE: u32 = 100;

/// The meetings ahead of somebody, by what becomes of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ahead {
    /// Those they host: off, if they leave.
    pub hosted: Vec<MeetingId>,
    /// Those they are invited to and have not declined, with who they are there.
    pub invited: Vec<(MeetingId, ParticipantId)>,
}

/// The meetings ahead of whoever holds `address`. Whoever calls has made sure that they may know.
pub fn ahead_of(cx: &Cx<'_>, address: &Address) -> Result<Ahead> {
    let mut ahead = Ahead::default();
    // What has begun and is not over is still ahead; no meeting is longer than the house allows.
    let begin = cx.now.plus(-cx.house().length_max_ms);
    let mut next = Some(Place { start: begin, id: MeetingId::from_uuid(uuid::Uuid::nil()) });
    while let Some(from) = next {
        let places = sql::places_of_address(cx, address, from, true, PAGE)?;
        for place in &places {
            sort(cx, address, place.id, &mut ahead)?;
        }
        next = places.last().copied().filter(|_| places.len() == PAGE as usize);
    }
    Ok(ahead)
}

fn sort(cx: &Cx<'_>, address: &Address, id: MeetingId, ahead: &mut Ahead) -> Result<()> {
    let meeting = super::load(cx, id)?;
    let me = meeting.participants.iter().find(|one| one.address.key() == address.key());
    let Some(me) = me.filter(|_| meeting.status != Status::Cancelled && meeting.end > cx.now) else {
        return Ok(());
    };
    if me.role == Role::Host {
        ahead.hosted.push(id);
    } else if me.same_as.is_none() && me.partstat != PartStat::Declined && meeting.is_ahead(cx.now) {
        ahead.invited.push((id, me.id));
    }
    Ok(())
}

/// Takes whoever holds `address` out of the meetings ahead: those they host are cancelled, and everybody is written
/// to; those they are invited to are declined, which does what a decline does. Gives what was to be done; once done,
/// it is nothing. Whoever calls has made sure that `who` may.
pub fn leave(cx: &mut Cx<'_>, who: &Actor, address: &Address) -> Result<Ahead> {
    let ahead = ahead_of(cx, address)?;
    for id in &ahead.hosted {
        let meeting = super::load(cx, *id)?;
        revise::call_off_for_leaving(cx, who, &meeting)?;
    }
    for (id, me) in &ahead.invited {
        let meeting = super::load(cx, *id)?;
        let answered = answer::answer(cx, who, &meeting, *me, PartStat::Declined)?;
        // Where that calls it off, the calendar it was written into is told so by a letter.
        if !matches!(answered, Answered::Applied { cancelled: true, .. }) {
            calendar::take_out(cx, *me, &who.trace)?;
        }
    }
    Ok(ahead)
}
