//! Meetings: what is on the calendar, who is at it, what each was sent and answered, and how its time changes.
//!
//! Everybody gets an event of their own with one ATTENDEE, from the organizer's address with a token of their
//! own; nobody sees anybody's address. Tables owned: `meetings`, `revisions`, `participants`, `aliases`,
//! `invitations`, `proposals`, `decisions`, `held_replies`, `meeting_resources`.
//!
//! Meetings know no MIME and no page: letters are enqueued as facts ([`crate::post`]), and the doors bring in
//! what people and their programs answer ([`incoming`], [`by_link`]).
//!
//! To add something that can be done to a meeting: one file named for the verb, a function that takes
//! `&mut Cx` and `who`, its rows in `sql/`, its entry by `write::tell`, its letter in `write.rs`.

pub mod about_you;
mod answer;
mod book;
pub mod by_link;
mod delivery;
pub mod hold;
mod in_calendar;
pub mod incoming;
mod leave;
mod model;
mod nudge;
mod occupancy;
mod propose;
mod readdress;
mod resources;
mod revise;
mod said;
mod see;
mod sql;
#[cfg(test)]
mod tests;
mod write;

pub use answer::{Answered, answer};
pub use book::{Reserved, book, create, create_agreed, create_for, resend, uid_of};
pub use delivery::{Report, report, settle};
pub use in_calendar::{answer_of, in_calendar};
pub use leave::{Ahead, ahead_of, leave};
pub use model::{
    Delivery, Meeting, NewMeeting, Participant, Person, Proposal, ProposalStatus, Role, Status, check_time,
};
pub use nudge::{nudge, unanswered};
pub use occupancy::{FOLLOWER, Time, occupy_missing, times_of};
pub use propose::{
    Asked, DEADLINES, Decided, Decision, decide, expire, expire_overdue, get as proposal, propose, withdraw,
};
pub use readdress::readdress;
pub use resources::{Resource, ResourceState, ahead_in, let_go_words, room_times};
pub use revise::{cancel, move_to};
pub use see::{Listing, Page, Seen, SeenProposal, awaiting_me, list, see, story, troubled};

use crate::base::error::{Error, Result};
use crate::base::id::{MeetingId, ParticipantId};
use crate::base::text::Address;
use crate::store::Cx;
use see::managed;

/// Deletes what is kept for a while only; gives how much that was.
pub fn delete_ended(cx: &Cx<'_>) -> Result<usize> {
    hold::delete_ended(cx)
}

/// A meeting, for rooms and doors that have settled who is asking.
pub fn load(cx: &Cx<'_>, id: MeetingId) -> Result<Meeting> {
    sql::meeting(cx, id)?.ok_or(Error::NotFound("meeting"))
}

/// The token in the organizer's address of a participant's mails. For the door that writes the mail.
pub fn reply_token(cx: &Cx<'_>, participant: ParticipantId) -> Result<Option<String>> {
    let sealed = sql::sealed_reply_token(cx, participant)?.filter(|sealed| !sealed.is_empty());
    let Some(sealed) = sealed else { return Ok(None) };
    let token = cx.keys().open("reply-token", &sealed)?;
    String::from_utf8(token).map(Some).map_err(Error::internal)
}

/// The addresses of everybody at a meeting but `reader`, if they are at it, those they are known to write from too:
/// what must not be in a mail to `reader`.
pub fn addresses_of_others(
    cx: &Cx<'_>,
    meeting: &Meeting,
    reader: Option<ParticipantId>,
) -> Result<Vec<Address>> {
    let same_as = reader.and_then(|reader| meeting.participant(reader).ok()).and_then(|one| one.same_as);
    let mut addresses = Vec::new();
    for other in &meeting.participants {
        let is_reader = |id| Some(id) == reader || Some(id) == same_as;
        if is_reader(other.id) || other.same_as.is_some_and(|main| Some(main) == reader) {
            continue;
        }
        addresses.push(other.address.clone());
        addresses.extend(sql::aliases(cx, other.id)?.iter().filter_map(|alias| Address::parse(alias)));
    }
    Ok(addresses)
}

/// The meeting that a participant is at.
pub fn meeting_of(cx: &Cx<'_>, participant: ParticipantId) -> Result<MeetingId> {
    sql::meeting_of(cx, participant)?.ok_or(Error::NotFound("participant"))
}
