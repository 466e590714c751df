//! Seeing meetings: who may, what they see, and a meeting's story.

use super::model::{Meeting, Proposal, Status};
use super::sql::{self, Place};
use crate::accounts;
use crate::base::actor::{Actor, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{Id, MeetingId, ParticipantId};
use crate::base::text::Address;
use crate::base::time::Timestamp;
use crate::journal::{self, Entry};
use crate::store::Cx;

/// The most entries of a story that are shown.
const STORY_MAX: u32 = 500;

/// A meeting as somebody sees it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The meeting. Its participants' addresses are for rooms; show [`Seen::addresses`].
    pub meeting: Meeting,
    /// What was proposed, oldest first.
    pub proposals: Vec<SeenProposal>,
    /// The participant who is looking, if they are one.
    pub me: Option<ParticipantId>,
    /// Whether they may move and cancel it.
    pub may_manage: bool,
    /// The addresses they may see, by participant in order: their own, and those they named themselves;
    /// an administrator's program sees all.
    pub addresses: Vec<Option<Address>>,
}

/// A proposal, with whom it waits for.
#[derive(Clone, Debug)]
pub struct SeenProposal {
    /// The proposal.
    pub proposal: Proposal,
    /// Whose decision is still awaited.
    pub awaited: Vec<ParticipantId>,
}

/// A meeting, if `who` may see it. Not theirs to see and not there at all are the same.
pub fn see(cx: &Cx<'_>, who: &Actor, id: MeetingId) -> Result<Seen> {
    let meeting = super::load(cx, id)?;
    let me = participant_of(cx, who, &meeting)?;
    let may_manage = may_manage(who, &meeting, me);
    if !may_manage && me.is_none() {
        return Err(Error::NotFound("meeting"));
    }
    let sees_all = matches!(who.who, Who::Operator | Who::House | Who::User { admin: true, .. });
    let addresses = meeting
        .participants
        .iter()
        .map(|one| {
            let is_mine = me.is_some_and(|me| me == one.id || one.same_as == Some(me));
            let named_by_me = one.added_by.is_some() && one.added_by == who.user();
            (sees_all || is_mine || named_by_me).then(|| one.address.clone())
        })
        .collect();
    Ok(Seen { proposals: proposals(cx, id)?, me, may_manage, addresses, meeting })
}

/// What was proposed for a meeting, oldest first.
pub(super) fn proposals(cx: &Cx<'_>, id: MeetingId) -> Result<Vec<SeenProposal>> {
    sql::proposals(cx, id)?
        .into_iter()
        .map(|proposal| {
            let awaited = sql::decisions(cx, proposal.id)?
                .into_iter()
                .filter(|(_, said)| said == "awaited")
                .map(|(approver, _)| approver)
                .collect();
            Ok(SeenProposal { proposal, awaited })
        })
        .collect()
}

fn participant_of(cx: &Cx<'_>, who: &Actor, meeting: &Meeting) -> Result<Option<ParticipantId>> {
    let key = match who.who {
        Who::Participant(id) => return Ok(meeting.participant(id).ok().map(|one| one.id)),
        Who::User { id, .. } | Who::Agent { user: id, .. } => accounts::get(cx, id)?.address.key(),
        Who::Operator | Who::House | Who::Anyone => return Ok(None),
    };
    let found = meeting.participants.iter().find(|one| one.address.key() == key);
    Ok(found.map(|one| one.same_as.unwrap_or(one.id)))
}

fn may_manage(who: &Actor, meeting: &Meeting, me: Option<ParticipantId>) -> bool {
    let is_owner = meeting.owner.is_some() && meeting.owner == who.user();
    let is_host =
        who.user().is_some() && me.is_some() && meeting.host().is_ok_and(|host| Some(host.id) == me);
    who.is_admin() || is_owner || is_host
}

/// A meeting that `who` may move and cancel. To somebody who may only see it, it says so.
pub(super) fn managed(cx: &Cx<'_>, who: &Actor, id: MeetingId) -> Result<Meeting> {
    let meeting = super::load(cx, id)?;
    let me = participant_of(cx, who, &meeting)?;
    if may_manage(who, &meeting, me) {
        Ok(meeting)
    } else if me.is_some() {
        Err(Error::denied("Only the host may do this. Ask for a new time instead."))
    } else {
        Err(Error::NotFound("meeting"))
    }
}

/// What happened to a meeting, oldest first.
pub fn story(cx: &Cx<'_>, who: &Actor, id: MeetingId) -> Result<Vec<Entry>> {
    see(cx, who, id)?;
    journal::story(cx, &id, STORY_MAX)
}

/// Which meetings to list.
#[derive(Clone, Copy, Debug)]
pub struct Listing {
    /// Those that are not over, soonest first; or those before now, latest first.
    pub ahead: bool,
    /// Go on after this one.
    pub after: Option<(Timestamp, MeetingId)>,
    /// How many.
    pub limit: u32,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Page {
    /// The meetings.
    pub meetings: Vec<Seen>,
    /// Where the next page begins, if there is one.
    pub next: Option<(Timestamp, MeetingId)>,
}

/// The meetings that `who` made or is at; all, for an administrator's program.
pub fn list(cx: &Cx<'_>, who: &Actor, listing: Listing) -> Result<Page> {
    let edge = if listing.ahead { uuid::Uuid::nil() } else { uuid::Uuid::max() };
    // What has begun and is not over is still ahead; no meeting is longer than the house allows.
    let from = if listing.ahead { cx.now.plus(-cx.house().length_max_ms) } else { cx.now };
    let (start, id) = listing.after.unwrap_or((from, MeetingId::from_uuid(edge)));
    let place = Place { start, id };
    let limit = listing.limit.clamp(1, 200);
    let mut places = match who.who {
        Who::Operator | Who::House => sql::places(cx, place, listing.ahead, limit + 1)?,
        Who::User { id, .. } | Who::Agent { user: id, .. } => {
            let address = accounts::get(cx, id)?.address;
            let mut all = sql::places_of_owner(cx, id, place, listing.ahead, limit + 1)?;
            all.extend(sql::places_of_address(cx, &address, place, listing.ahead, limit + 1)?);
            all
        }
        Who::Participant(_) | Who::Anyone => return Err(Error::Unauthenticated("Sign in first.")),
    };
    places.sort_by_key(|place| (place.start, place.id));
    places.dedup_by_key(|place| place.id);
    if !listing.ahead {
        places.reverse();
    }
    let more = places.len() > limit as usize;
    places.truncate(limit as usize);
    let next = places.last().filter(|_| more).map(|last| (last.start, last.id));
    let mut meetings = Vec::with_capacity(places.len());
    for place in places {
        let seen = see(cx, who, place.id)?;
        if listing.ahead == (seen.meeting.end > cx.now) {
            meetings.push(seen);
        }
    }
    Ok(Page { meetings, next })
}

/// Pending proposals of the listed meetings that wait for the one who looks.
pub fn awaiting_me(page: &Page) -> Vec<(&Seen, &SeenProposal)> {
    page.meetings
        .iter()
        .filter(|seen| seen.meeting.status == Status::Scheduled)
        .flat_map(|seen| seen.proposals.iter().map(move |proposal| (seen, proposal)))
        .filter(|(seen, proposal)| seen.me.is_some_and(|me| proposal.awaited.contains(&me)))
        .filter(|(_, proposal)| proposal.proposal.status == super::model::ProposalStatus::Pending)
        .collect()
}

/// Meetings with an invitation that has trouble on its way, newest first. Only an administrator may.
pub fn troubled(cx: &Cx<'_>, who: &Actor, limit: u32) -> Result<Vec<(Meeting, ParticipantId, Timestamp)>> {
    if !who.is_admin() {
        return Err(Error::denied("Only an administrator may do this."));
    }
    sql::troubled(cx, limit)?
        .into_iter()
        .map(|(meeting, participant, at)| Ok((super::load(cx, meeting)?, participant, at)))
        .collect()
}
