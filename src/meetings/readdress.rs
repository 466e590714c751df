//! Somebody's address is another now: they are at their meetings by it. Of what is ahead the new address gets the
//! invitation, with the same UID and SEQUENCE and the answer as it stands; the old one gets nothing any more.

use super::model::{Meeting, Participant, Status};
use super::write::{self, Sending};
use super::{load, sql};
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::base::id::ParticipantId;
use crate::base::text::Address;
use crate::itip::PartStat;
use crate::links::{self, Purpose};
use crate::post::letter;
use crate::store::Cx;

/// Letters to the old address that are not to leave any more.
const OF_THE_OLD_ADDRESS: [&str; 6] =
    ["invitation", "update", "proposal-ask", "fresh-link", "auto-answer", "nudge"];

/// Lets whoever holds `old` be at their meetings as `new`. Where `new` is at the same meeting already, both stay as they
/// are. Whoever calls has made sure that both are theirs.
pub fn readdress(cx: &mut Cx<'_>, who: &Actor, old: &Address, new: &Address) -> Result<()> {
    for (id, me) in sql::participants_of_address(cx, &old.key())? {
        let meeting = load(cx, id)?;
        if meeting.participants.iter().any(|one| one.address.key() == new.key()) {
            continue;
        }
        sql::set_participant_address(cx, me, new)?;
        // An answer out of the calendar that the old invitation lies in is theirs still.
        sql::add_alias(cx, me, &old.key())?;
        for purpose in [Purpose::Respond, Purpose::Approve, Purpose::Decline, Purpose::Confirm] {
            links::replace(cx, me, purpose)?;
        }
        letter::supersede(cx, me, &OF_THE_OLD_ADDRESS)?;
        write::tell(cx, who, "participant.readdressed", &meeting, Some(me), &serde_json::json!({}))?;
        invite_anew(cx, who, &load(cx, id)?, me)?;
    }
    Ok(())
}

fn invite_anew(cx: &mut Cx<'_>, who: &Actor, meeting: &Meeting, me: ParticipantId) -> Result<()> {
    let reader = meeting.participant(me)?;
    let is_wanted = |reader: &Participant| reader.is_written_to() && reader.partstat != PartStat::Declined;
    if meeting.status == Status::Scheduled && meeting.is_ahead(cx.now) && is_wanted(reader) {
        write::send(cx, who, meeting, reader, Sending::Invitation)?;
    }
    Ok(())
}
