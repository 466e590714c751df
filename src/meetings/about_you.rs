//! What meetings store about the holder of an address, and how it is erased. Other rooms store more: `app::person`
//! asks all of them.

use super::model::{Meeting, Participant, Proposal, Role, Status};
use super::{occupancy, propose, revise, said, sql};
use crate::accounts;
use crate::base::actor::{Actor, Who};
use crate::base::error::{Error, Result};
use crate::base::house::Decline;
use crate::base::id::{MeetingId, ParticipantId};
use crate::base::text::Address;
use crate::base::time::Timestamp;
use crate::itip::PartStat;
use crate::journal::{self, Happening};
use crate::links::{self, Link, Purpose, Standing};
use crate::post::letter::{self, Kept};
use crate::post::{inbound, mailroom, suppress};
use crate::store::Cx;

/// How many letters are listed.
const LETTERS_MAX: u32 = 100;
/// How many letters are told of in what is taken away.
const EXPORTED_LETTERS_MAX: u32 = 10_000;

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
    /// Whether they have an account.
    pub has_account: bool,
    /// What they proposed, with what they said.
    pub proposals: Vec<Proposal>,
    /// What else they said, to which meeting and when.
    pub words: Vec<(MeetingId, Timestamp, String)>,
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
    let address = holder(cx, &link, &letters)?
        .filter(|address| links::address_hash(cx, address) == link.address_hash)
        .ok_or_else(|| Error::refused("erased", "What was stored about you was erased."))?;
    stored(cx, address, LETTERS_MAX)
}

/// What is stored about the holder of `address`. Whoever calls has made sure that it is for them.
fn stored(cx: &Cx<'_>, address: Address, letters_max: u32) -> Result<Stored> {
    let hash = links::address_hash(cx, &address);
    let meetings = sql::participants_of_address(cx, &address.key())?
        .into_iter()
        .map(|(meeting, participant)| Ok((super::load(cx, meeting)?, participant)))
        .collect::<Result<Vec<_>>>()?;
    let (mut proposals, mut words) = (Vec::new(), Vec::new());
    for (meeting, me) in &meetings {
        let said = said::by(cx, meeting.id, *me)?;
        words.extend(said.into_iter().map(|(at, note)| (meeting.id, at, note)));
        proposals.extend(sql::proposals(cx, meeting.id)?.into_iter().filter(|one| one.by == *me));
    }
    Ok(Stored {
        meetings,
        letters: letter::of_address(cx, &hash, letters_max)?,
        suppressed: suppress::is_suppressed_hash(cx, &hash)?,
        has_account: accounts::by_address(cx, &address)?.is_some(),
        proposals,
        words,
        address,
    })
}

/// The address that a link is bound to, found where it is stored: the link itself knows only its hash.
fn holder(cx: &Cx<'_>, link: &Link, letters: &[Kept]) -> Result<Option<Address>> {
    if let Some(kept) = letters.first() {
        return Ok(Address::parse(&kept.letter.reader.address));
    }
    if let (Some(meeting), Some(participant)) = (link.about.meeting, link.about.participant) {
        let meeting = super::load(cx, meeting)?;
        return Ok(Some(meeting.participant(participant)?.address.clone()));
    }
    match link.about.user.map(|user| accounts::get(cx, user)) {
        Some(Ok(user)) => Ok(Some(user.address)),
        Some(Err(Error::NotFound(_))) | None => Ok(None),
        Some(Err(error)) => Err(error),
    }
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

/// Erases what meetings and the post store about the holder of `address`: names, addresses, answers, letters, messages,
/// links and notes go; the fact that there was a meeting stays, and the journal still verifies. That they asked never
/// to be written to stays too, as a keyed hash. Meetings ahead are cancelled for the others, or go on without them;
/// they themselves get no mail about it.
pub fn erase(cx: &mut Cx<'_>, who: &Actor, address: &Address) -> Result<()> {
    let user = accounts::by_address(cx, address)?.map(|user| user.id);
    for (meeting, participant) in sql::participants_of_address(cx, &address.key())? {
        erase_at(cx, who, meeting, participant)?;
        if let Some(user) = user {
            sql::forget_who_added(cx, meeting, user)?;
        }
    }
    if let Some(user) = user {
        sql::forget_owner(cx, user)?;
    }
    letter::erase(cx, None, address)?;
    mailroom::erase(cx, address)?;
    Ok(())
}

/// Erases a participant, and who is known at the same meeting by other addresses of the same mailbox.
fn erase_at(cx: &mut Cx<'_>, who: &Actor, id: MeetingId, participant: ParticipantId) -> Result<()> {
    let meeting = super::load(cx, id)?;
    if is_off_without(&meeting, participant, cx.now) {
        revise::cancel_for_erasure(cx, who, &meeting, participant)?;
    }
    let are_gone =
        |one: &&Participant| !one.is_erased && (one.id == participant || one.same_as == Some(participant));
    for one in meeting.participants.iter().filter(are_gone) {
        occupancy::release(cx, id, &one.address)?;
        sql::erase_participant(cx, one.id)?;
        letter::erase(cx, Some(one.id), &one.address)?;
        letter::forget_face(cx, id, &one.face())?;
        inbound::erase(cx, id, one.id)?;
        links::erase(cx, one.id)?;
        journal::forget_object(cx, &id, one.id)?;
        if one.role == Role::Host {
            sql::erase_words(cx, id)?;
        }
        let actor = Actor { who: Who::Participant(one.id), ..who.clone() };
        journal::append(cx, &actor, &Happening::to("participant.erased", &id).with(&one.id))?;
    }
    let left = super::load(cx, id)?;
    if left.is_ahead(cx.now) {
        propose::leave(cx, who, &left, participant)?;
    }
    Ok(())
}

/// Whether a meeting cannot go on without a participant: they are its host, or nobody is left to meet.
fn is_off_without(meeting: &Meeting, participant: ParticipantId, now: Timestamp) -> bool {
    let stays =
        |one: &Participant| one.id != participant && one.same_as != Some(participant) && !one.is_erased;
    let comes = |one: &Participant| meeting.decline == Decline::Soft || one.partstat != PartStat::Declined;
    let is_host = meeting.host().is_ok_and(|host| host.id == participant);
    let has_guest =
        meeting.participants.iter().any(|one| one.role == Role::Guest && stays(one) && comes(one));
    let shares_mailbox =
        meeting.participants.iter().any(|one| one.id == participant && one.same_as.is_some());
    let is_with_others = meeting.written_to().filter(|one| stays(one)).count() > 1;
    let goes_on = !is_host && (shares_mailbox || has_guest && is_with_others);
    match meeting.status {
        Status::Cancelled => false,
        Status::Open => is_host,
        Status::Scheduled => meeting.end > now && !goes_on,
    }
}

/// What meetings and the post store about the holder of `address`, as a document to take away.
pub fn export(cx: &Cx<'_>, address: &Address) -> Result<serde_json::Value> {
    let stored = stored(cx, address.clone(), EXPORTED_LETTERS_MAX)?;
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
                "time_zone": one.zone.map(crate::base::time::Zone::name),
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
    let proposals: Vec<_> = stored
        .proposals
        .iter()
        .map(|one| {
            serde_json::json!({
                "meeting": one.meeting,
                "start": one.start.to_rfc3339(),
                "end": one.end.to_rfc3339(),
                "note": one.note,
                "status": one.status.as_str(),
            })
        })
        .collect();
    let words: Vec<_> = stored
        .words
        .iter()
        .map(|(meeting, at, note)| serde_json::json!({ "meeting": meeting, "at": at.to_rfc3339(), "note": note }))
        .collect();
    Ok(serde_json::json!({
        "never_write_to_me": stored.suppressed,
        "meetings": meetings,
        "proposals": proposals,
        "words": words,
        "letters": letters,
    }))
}
