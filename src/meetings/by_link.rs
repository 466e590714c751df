//! What the bearer of a mailed link can do: answer, ask for a new time, decide, have a fresh link.
//!
//! Looking changes nothing, whatever the link; only the functions that take `&mut Cx` act.

use super::answer::{self, Answered};
use super::model::{Meeting, Proposal, ProposalStatus, Status};
use super::propose::{self, Asked, Decided, Decision};
use super::{see, sql, write};
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::id::ParticipantId;
use crate::base::time::{HOUR, Timestamp};
use crate::itip::PartStat;
use crate::journal::{self, Happening};
use crate::limits::{self, Budget};
use crate::links::{self, Link, Purpose, Standing};
use crate::store::Cx;

/// How often a participant may have a fresh link sent.
const FRESH: Budget = Budget { name: "fresh-link", most: 5, window_ms: HOUR };

/// A link with what it is about, for its page.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Whether it still acts.
    pub standing: Standing,
    /// The meeting.
    pub meeting: Meeting,
    /// Whose link it is.
    pub me: ParticipantId,
    /// The proposal it decides, for such a link.
    pub proposal: Option<Proposal>,
    /// The proposal of theirs that is pending, if there is one.
    pub mine: Option<Proposal>,
    /// What this participant has said to the proposal: `awaited`, `approved`, `declined`.
    pub said: Option<String>,
    /// The time to fill the form with.
    pub suggested: Option<(Timestamp, Timestamp)>,
}

impl Opened {
    /// Who looks at it: whoever is signed in as themselves, and else, as long as the link acts, whom it was mailed to.
    pub fn reader(&self, who: &Actor) -> Actor {
        match who.who {
            Who::Anyone if self.standing == Standing::Live => {
                Actor { road: Road::Link, ..bearer(who, self.me) }
            }
            _ => who.clone(),
        }
    }
}

/// Opens a link. Changes nothing.
pub fn open(cx: &Cx<'_>, purpose: Purpose, secret: &str) -> Result<Opened> {
    let link = links::find(cx, purpose, secret)?;
    let me = link.about.participant.ok_or(Error::NotFound("link"))?;
    let meeting = super::load(cx, link.about.meeting.ok_or(Error::NotFound("link"))?)?;
    let reader = meeting.participant(me)?;
    // Bound to the address it was sent to: an erased participant's links are nobody's.
    if links::address_hash(cx, &reader.address) != link.address_hash {
        return Err(Error::NotFound("link"));
    }
    let proposal = link.about.proposal.map(|id| propose::get(cx, id)).transpose()?;
    let said = match &proposal {
        Some(proposal) => {
            sql::decisions(cx, proposal.id)?.into_iter().find(|(one, _)| *one == me).map(|(_, said)| said)
        }
        None => None,
    };
    let mine = sql::proposals(cx, meeting.id)?
        .into_iter()
        .find(|proposal| proposal.by == me && proposal.status == ProposalStatus::Pending);
    let suggested = suggested(&link);
    Ok(Opened { standing: link.standing(cx.now), meeting, me, proposal, mine, said, suggested })
}

fn suggested(link: &Link) -> Option<(Timestamp, Timestamp)> {
    let (start, end) = link.about.detail.as_deref()?.split_once(' ')?;
    Some((Timestamp::from_ms(start.parse().ok()?), Timestamp::from_ms(end.parse().ok()?)))
}

/// The bearer of a link as an actor.
fn bearer(who: &Actor, me: ParticipantId) -> Actor {
    Actor { who: Who::Participant(me), ..who.clone() }
}

/// Refuses a link that no longer acts, by what is the matter with it.
fn must_be_live(standing: Standing) -> Result<()> {
    match standing {
        Standing::Live => Ok(()),
        Standing::Used => Err(Error::refused("link.used", "This link was used already.")),
        Standing::Expired => Err(Error::refused("link.expired", "This link has expired.")),
    }
}

/// Answers the invitation. A respond link answers as often as its bearer changes their mind, also after
/// it was used up by a proposal.
pub fn answer(cx: &mut Cx<'_>, who: &Actor, secret: &str, partstat: PartStat) -> Result<(Opened, Answered)> {
    let opened = open(cx, Purpose::Respond, secret)?;
    let said = opened.meeting.participant(opened.me)?.partstat;
    if opened.standing == Standing::Expired
        && !(opened.meeting.status == Status::Cancelled && said == partstat)
    {
        opened.meeting.must_be_ahead(cx.now)?;
        must_be_live(opened.standing)?;
    }
    let who = bearer(who, opened.me);
    let answered = answer::answer(cx, &who, &opened.meeting, opened.me, partstat)?;
    Ok((opened, answered))
}

/// Asks for a new time, which uses the link up. The same request again is answered as the first time.
pub fn propose(
    cx: &mut Cx<'_>,
    who: &Actor,
    secret: &str,
    (start, end): (Timestamp, Timestamp),
    note: &str,
) -> Result<(Opened, Proposal)> {
    let opened = open(cx, Purpose::Respond, secret)?;
    let link = links::find(cx, Purpose::Respond, secret)?;
    if let Some(used_at) = link.used_at {
        // Link and proposal were made use of in one unit of work: they share its time.
        let time = (start.whole_second(), end.whole_second());
        let first = sql::proposals(cx, opened.meeting.id)?
            .into_iter()
            .find(|one| one.by == opened.me && one.created_at == used_at && (one.start, one.end) == time);
        if let Some(first) = first {
            return Ok((opened, first));
        }
    }
    opened.meeting.must_be_ahead(cx.now)?;
    must_be_live(opened.standing)?;
    let who = bearer(who, opened.me);
    let asked = Asked { start, end, note, road: "link" };
    let proposal = propose::propose(cx, &who, &opened.meeting, opened.me, &asked)?;
    links::use_up(cx, link.id)?;
    Ok((opened, proposal))
}

/// Takes back one's own pending proposal.
pub fn withdraw(cx: &mut Cx<'_>, who: &Actor, secret: &str) -> Result<Opened> {
    let opened = open(cx, Purpose::Respond, secret)?;
    propose::withdraw_pending(cx, &bearer(who, opened.me), &opened.meeting, opened.me)?;
    open(cx, Purpose::Respond, secret)
}

/// Decides about a proposal. The second click is answered as the first.
pub fn decide(cx: &mut Cx<'_>, who: &Actor, purpose: Purpose, secret: &str) -> Result<(Opened, Decided)> {
    let opened = open(cx, purpose, secret)?;
    let proposal = opened.proposal.as_ref().ok_or(Error::NotFound("link"))?;
    let decision = match purpose {
        Purpose::Approve => Decision::Approve,
        _ => Decision::Decline,
    };
    let who = bearer(who, opened.me);
    let decided = propose::decide(cx, &who, &opened.meeting, (proposal.id, opened.me), decision)?;
    let link = links::find(cx, purpose, secret)?;
    links::use_up(cx, link.id)?;
    Ok((opened, decided))
}

/// Sends a fresh link to the address that a used or expired one was bound to. Whoever asks learns
/// nothing: the answer is the same whatever the link was.
pub fn fresh(cx: &mut Cx<'_>, who: &Actor, purpose: Purpose, secret: &str) -> Result<()> {
    let opened = match open(cx, purpose, secret) {
        Ok(opened) => opened,
        Err(Error::NotFound(_)) => return invalid(cx, who, purpose),
        Err(error) => return Err(error),
    };
    if !opened.meeting.is_ahead(cx.now) {
        return Ok(());
    }
    if !limits::allows(cx, FRESH, &opened.me.to_string(), 1)? {
        return Ok(());
    }
    let who = bearer(who, opened.me);
    let reader = opened.meeting.participant(opened.me)?;
    let is_awaited = opened.said.as_deref() == Some("awaited");
    match opened.proposal.filter(|proposal| is_awaited && proposal.status == ProposalStatus::Pending) {
        Some(proposal) if proposal.expires_at > cx.now => {
            let edition = cx.now.ms();
            write::ask(cx, &who, &opened.meeting, &proposal, reader, edition)?;
        }
        _ => write::fresh_link(cx, &who, &opened.meeting, reader)?,
    }
    let happening = Happening::to("link.renewed", &opened.meeting.id).with(&opened.me);
    journal::append(cx, &who, &happening).map(drop)
}

/// Notes that somebody came with a link that is none of ours: many of them are an alert.
pub fn invalid(cx: &mut Cx<'_>, who: &Actor, purpose: Purpose) -> Result<()> {
    let data = serde_json::json!({ "purpose": purpose.as_str() });
    journal::append(cx, who, &Happening::of("link.invalid").data(&data)).map(drop)
}

/// The proposals of an opened link's meeting, for its page.
pub fn proposals(cx: &Cx<'_>, opened: &Opened) -> Result<Vec<see::SeenProposal>> {
    see::proposals(cx, opened.meeting.id)
}
