//! The first phase in calendars that are written to: a tentative event holds the time there, under the UID and the name that the
//! meeting's own will have, so that it becomes that one, and nobody ever sees two.

use serde::{Deserialize, Serialize};

use super::model::{Proposal, Session};
use super::{book, sql};
use crate::accounts;
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::base::id::{MeetingId, ParticipantId, SessionId, UserId};
use crate::base::text::Address;
use crate::base::time::Timestamp;
use crate::calendar;
use crate::meetings::{self, Meeting, NewMeeting};
use crate::queue::Leased;
use crate::store::Cx;

/// The ids that a meeting and some of those at it will have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reserved {
    pub(super) meeting: MeetingId,
    /// Those whose calendar is written to.
    pub(super) parties: Vec<(UserId, ParticipantId)>,
}

/// A tentative event, for whoever writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Whose it is.
    pub participant: ParticipantId,
    /// Its UID.
    pub uid: String,
    /// What the meeting will be called.
    pub title: String,
    /// When it begins.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
}

/// Reserves what is needed to hold the time in the calendars of those whose agreement it needs; `None`: nobody has one to write to.
pub(super) fn reserve(cx: &Cx<'_>, session: &Session, proposal: &Proposal) -> Result<Option<Reserved>> {
    let meeting: MeetingId = cx.id();
    let (uid, mut parties) = (meetings::uid_of(cx, meeting), Vec::new());
    for party in session.required() {
        let participant: ParticipantId = cx.id();
        if calendar::plan_write(cx, participant, party.user, &uid, proposal.end)? {
            parties.push((party.user, participant));
        }
    }
    Ok(Some(Reserved { meeting, parties }).filter(|reserved| !reserved.parties.is_empty()))
}

/// Where the time of a booking is held, besides here; nowhere, if there is nothing to be booked any more.
pub fn to_hold(cx: &Cx<'_>, lease: &Leased) -> Result<Vec<Held>> {
    let Some((session, underway)) = book::booking_of(cx, lease)? else { return Ok(Vec::new()) };
    let Some(reserved) = underway.reserved else { return Ok(Vec::new()) };
    let proposal = session.proposals.iter().find(|one| one.id == underway.proposal);
    let Some(proposal) = proposal else { return Ok(Vec::new()) };
    let title = match session.purpose.as_str() {
        "" => cx.house().default_title.clone(),
        purpose => purpose.to_owned(),
    };
    let held = |(_, participant): &(UserId, ParticipantId)| Held {
        participant: *participant,
        uid: meetings::uid_of(cx, reserved.meeting),
        title: title.clone(),
        start: proposal.start,
        end: proposal.end,
    };
    Ok(reserved.parties.iter().map(held).collect())
}

/// Makes the meeting, with the ids that were reserved for it; what was held of it becomes the meeting's own. Everybody at it
/// has agreed to its time.
pub(super) fn create(cx: &mut Cx<'_>, who: &Actor, session: &Session, new: &NewMeeting) -> Result<Meeting> {
    let people = std::iter::once(&new.host).chain(&new.guests);
    let agreed: Vec<Address> = people.map(|person| person.address.clone()).collect();
    let reserved = sql::underway(cx, session.id)?.and_then(|underway| underway.reserved);
    let Some(Reserved { meeting, parties }) = reserved else {
        return meetings::create_agreed(cx, who, new, &agreed, None);
    };
    let mut participants = Vec::new();
    for (user, participant) in &parties {
        participants.push((accounts::get(cx, *user)?.address, *participant));
    }
    let reserved = meetings::Reserved { meeting, participants };
    let made = meetings::create_agreed(cx, who, new, &agreed, Some(&reserved))?;
    for (_, participant) in parties {
        // Who shares another's mailbox gets nothing of their own.
        if !made.participant(participant).is_ok_and(meetings::Participant::is_written_to) {
            calendar::take_out(cx, participant, &who.trace)?;
        }
    }
    Ok(made)
}

/// Takes out of calendars again what a booking that comes to nothing has laid there.
pub(super) fn take_out(cx: &Cx<'_>, session: SessionId) -> Result<()> {
    let reserved = sql::underway(cx, session)?.and_then(|underway| underway.reserved);
    for (_, participant) in reserved.map(|reserved| reserved.parties).unwrap_or_default() {
        calendar::take_out(cx, participant, "session-bookings")?;
    }
    Ok(())
}
