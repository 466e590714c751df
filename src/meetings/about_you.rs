//! What is stored about the holder of an address, and how it is erased.

use super::model::Meeting;
use super::{revise, sql};
use crate::base::actor::{Actor, Who};
use crate::base::error::{Error, Result};
use crate::base::id::ParticipantId;
use crate::base::text::Address;
use crate::journal::{self, Happening};
use crate::links::{self, Purpose, Standing};
use crate::post::letter::{self, Kept};
use crate::post::{inbound, suppress};
use crate::store::Cx;

/// How many letters are listed.
const LETTERS_MAX: u32 = 100;

/// What is stored about somebody.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The address; shown to nobody but its holder.
    pub address: Address,
    /// Their part in each meeting, latest first.
    pub meetings: Vec<(Meeting, ParticipantId)>,
    /// The newest letters to them.
    pub letters: Vec<Kept>,
    /// Whether they asked never to be written to.
    pub suppressed: bool,
}

/// Opens the link to what is stored about its holder. Changes nothing.
pub fn open(cx: &Cx<'_>, secret: &str) -> Result<Stored> {
    let link = links::find(cx, Purpose::AboutYou, secret)?;
    if link.standing(cx.now) == Standing::Expired {
        return Err(Error::refused(
            "link.expired",
            "This link has expired. Every mail from us carries a newer one.",
        ));
    }
    let letters = letter::of_address(cx, &link.address_hash, LETTERS_MAX)?;
    let by_letter = letters.first().and_then(|kept| Address::parse(&kept.letter.reader.address));
    let address = match (by_letter, link.about.meeting, link.about.participant) {
        (Some(address), ..) => address,
        (None, Some(meeting), Some(participant)) => {
            let meeting = super::load(cx, meeting)?;
            meeting.participant(participant)?.address.clone()
        }
        _ => return Err(Error::NotFound("link")),
    };
    if links::address_hash(cx, &address) != link.address_hash {
        return Err(Error::refused("erased", "What was stored about you was erased."));
    }
    let meetings = sql::participants_of_address(cx, &address.key())?
        .into_iter()
        .map(|(meeting, participant)| Ok((super::load(cx, meeting)?, participant)))
        .collect::<Result<_>>()?;
    let suppressed = suppress::is_suppressed_hash(cx, &link.address_hash)?;
    Ok(Stored { address, meetings, letters, suppressed })
}

/// Never to be written to again, or to be written to again after all.
pub fn set_suppressed(cx: &mut Cx<'_>, who: &Actor, secret: &str, suppressed: bool) -> Result<Stored> {
    let stored = open(cx, secret)?;
    let hash = links::address_hash(cx, &stored.address);
    let kind = if suppressed {
        suppress::suppress(cx, &hash)?;
        "address.suppressed"
    } else {
        suppress::lift(cx, &hash)?;
        "address.lifted"
    };
    journal::append(cx, who, &Happening::of(kind))?;
    open(cx, secret)
}

/// Erases what is stored about the holder of a link. Meetings ahead are cancelled for the others, or go on
/// without them; they themselves get no mail about it.
pub fn erase(cx: &mut Cx<'_>, who: &Actor, secret: &str) -> Result<()> {
    let stored = open(cx, secret)?;
    erase_address(cx, who, &stored.address)
}

/// Erases a person by address: names, addresses, letters, messages, links and notes go; the fact that
/// there was a meeting stays, and the journal still verifies.
pub fn erase_address(cx: &mut Cx<'_>, who: &Actor, address: &Address) -> Result<()> {
    for (meeting, participant) in sql::participants_of_address(cx, &address.key())? {
        let meeting = super::load(cx, meeting)?;
        let one = meeting.participant(participant)?;
        if one.is_written_to() && meeting.is_ahead(cx.now) {
            let left = meeting.written_to().filter(|other| other.id != participant).count();
            let is_host = meeting.host().is_ok_and(|host| host.id == participant);
            if is_host || left < 2 {
                revise::cancel_for_erasure(cx, who, &meeting, participant)?;
            }
        }
        letter::erase(cx, participant)?;
        inbound::erase(cx, meeting.id, participant)?;
        links::erase(cx, participant)?;
        journal::forget_object(cx, &meeting.id, participant)?;
        sql::erase_participant(cx, participant)?;
        let actor = Actor { who: Who::Participant(participant), ..who.clone() };
        journal::append(cx, &actor, &Happening::to("participant.erased", &meeting.id).with(&participant))?;
    }
    Ok(())
}

/// What is stored, as a document to take away.
pub fn export(stored: &Stored) -> serde_json::Value {
    let meetings: Vec<_> = stored
        .meetings
        .iter()
        .filter_map(|(meeting, me)| {
            let one = meeting.participant(*me).ok()?;
            Some(serde_json::json!({
                "id": meeting.id,
                "title": meeting.title,
                "start": meeting.start.to_rfc3339(),
                "end": meeting.end.to_rfc3339(),
                "status": meeting.status.as_str(),
                "role": one.role.as_str(),
                "name": one.name,
                "partstat": one.partstat.as_str(),
                "delivery": one.delivery.as_str(),
            }))
        })
        .collect();
    let letters: Vec<_> = stored
        .letters
        .iter()
        .map(|kept| {
            serde_json::json!({
                "kind": kept.letter.says.kind(),
                "written": crate::base::time::Timestamp::from_ms(kept.letter.at).to_rfc3339(),
                "state": kept.state.as_str(),
            })
        })
        .collect();
    serde_json::json!({
        "address": stored.address.as_str(),
        "never_write_to_me": stored.suppressed,
        "meetings": meetings,
        "letters": letters,
    })
}
