//! Rooms and things for which a program answers: between the two phases of a booking it is asked in its inbox, and has so long
//! for its answer. Where it gives no sign of life, or says nothing in time, what the house knows of the room's rules and time
//! decides alone; where it refuses, what was held is let go. It hears what became of the time (`became.rs`).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::became::BECAME;
use super::book;
use super::common::{self, Voice};
use super::model::{Proposal, ProposalState, Session, State};
use super::see;
use super::sql::{self, Underway};
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, ProposalId, SessionId};
use crate::base::time::{SECOND, Timestamp};
use crate::journal::{self, Happening};
use crate::messages::{self, Delivery};
use crate::store::Cx;
use crate::worded;

/// How long a program has for its answer, in milliseconds: with what reading calendars takes, less than a booking is given.
pub(super) const ANSWER_MS: i64 = 20 * SECOND;

worded! {
    /// What the program of a room says of a time.
    Verdict {
        /// It can be had then.
        Accept = "accept",
        /// It cannot.
        Decline = "decline",
    }
}

/// A room or thing whose program is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) room: AgentId,
    pub(super) agent: AgentId,
    pub(super) has_agreed: bool,
}

/// What a program was asked, and has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The session.
    pub session: SessionId,
    /// The room or thing.
    pub room: AgentId,
    /// What was said of it.
    pub verdict: Verdict,
    /// When it is wanted.
    pub start: Timestamp,
    /// Until when.
    pub end: Timestamp,
}

/// The rooms and things of a session whose programs are there to be asked.
pub(super) fn to_ask(cx: &Cx<'_>, session: &Session) -> Result<Vec<Asked>> {
    let mut asked = Vec::new();
    for room in common::resources(cx, session)? {
        if let Some(agent) = agents::answers_for(cx, room)? {
            asked.push(Asked { room, agent, has_agreed: false });
        }
    }
    Ok(asked)
}

/// Whether a step may still be handed over to the program of a room: a question as long as it is asked about that time, and what
/// became of one as long as it answers for that room.
pub(super) fn is_told(cx: &Cx<'_>, one: &Delivery) -> Result<bool> {
    let Some(said) = sql::said(cx, one.message)? else { return Ok(false) };
    let is_same = |field: &str, id: &dyn ToString| said.body[field].as_str() == Some(id.to_string().as_str());
    if said.body.get(BECAME).is_some() {
        return Ok(agents::room_of(cx, one.to)?.is_some_and(|room| is_same("room", &room)));
    }
    let asks = |underway: &Underway| underway.rooms.iter().any(|asked| asked.agent == one.to);
    let underway = sql::underway(cx, one.session)?.filter(asks);
    Ok(underway.is_some_and(|underway| is_same("proposal", &underway.proposal)))
}

/// Asks each of them, by its inbox.
pub(super) fn ask(
    cx: &mut Cx<'_>,
    who: &Actor,
    session: &mut Session,
    (proposal, asked): (&Proposal, &[Asked]),
) -> Result<()> {
    let until = cx.now.plus(ANSWER_MS).to_rfc3339();
    for one in asked {
        let mut body = told(cx, session, one.room, proposal)?;
        body["until"] = json!(until);
        common::write_down_as(cx, who, session, Voice::House, ("room", &body), &[one.agent])?;
    }
    Ok(())
}

fn told(cx: &Cx<'_>, session: &Session, room: AgentId, proposal: &Proposal) -> Result<Value> {
    about(cx, session, room, (Some(proposal.id), (proposal.start, proposal.end)))
}

/// Which room, by its name, which proposal, and from when to when.
pub(super) fn about(
    cx: &Cx<'_>,
    session: &Session,
    room: AgentId,
    (proposal, (start, end)): (Option<ProposalId>, (Timestamp, Timestamp)),
) -> Result<Value> {
    let name = see::rooms(cx, session)?.into_iter().find(|one| one.id == room).map(|one| one.name);
    Ok(json!({
        "room": room,
        "name": name,
        "proposal": proposal,
        "start": start.to_rfc3339(),
        "end": end.to_rfc3339(),
    }))
}

/// The answer of a program that was asked. When all have agreed the booking goes on at once; where one refuses, the time is off the table.
///
/// # Errors
/// Not found: the session is none, or this program was not asked in it. `session.room-settled`: it was, and is not any more.
/// `session.proposal-over`: it is asked about another time by now.
pub fn answer_for_room(
    cx: &mut Cx<'_>,
    who: &Actor,
    id: SessionId,
    (which, verdict): (ProposalId, Verdict),
) -> Result<Answered> {
    let unknown = || Error::NotFound("session");
    let agent = who.agent().ok_or_else(unknown)?;
    let mut session = sql::session(cx, id)?.ok_or_else(unknown)?;
    let underway = sql::underway(cx, id)?.filter(|_| session.state == State::Booking);
    let place = |underway: &Underway| underway.rooms.iter().position(|one| one.agent == agent);
    let Some((mut underway, at)) = underway.and_then(|one| place(&one).map(|at| (one, at))) else {
        return Err(settled(cx, &session, agent, which)?.unwrap_or_else(unknown));
    };
    let proposal = session.proposals.iter().find(|one| one.id == underway.proposal).cloned();
    let proposal = proposal.ok_or_else(|| Error::internal("a booking of no proposal"))?;
    if proposal.id != which {
        return Err(Error::refused("session.proposal-over", "This time is not on the table any more."));
    }
    let room = underway.rooms[at].room;
    let answered = Answered { session: id, room, verdict, start: proposal.start, end: proposal.end };
    if verdict == Verdict::Accept && underway.rooms[at].has_agreed {
        return Ok(answered);
    }
    let mut body = told(cx, &session, room, &proposal)?;
    body["answer"] = json!(verdict.as_str());
    common::write_down_as(cx, who, &mut session, Voice::Room(agent), ("room", &body), &[])?;
    let said = json!({ "room": room, "answer": verdict.as_str() });
    journal::append(cx, who, &Happening::to("session.room", &id).amount(session.places).data(&said))?;
    match verdict {
        Verdict::Decline => {
            // What became of it, it knows: the others are told.
            underway.rooms.remove(at);
            sql::set_rooms(cx, &underway)?;
            book::undo(cx, &Actor::house(&who.trace), &mut session, "slot-taken")?;
        }
        Verdict::Accept => {
            underway.rooms[at].has_agreed = true;
            agreed(cx, who, &underway)?;
            sql::update(cx, &mut session)?;
        }
    }
    Ok(answered)
}

/// What a program is told that was asked in a session about one of its times, and answers when that is settled; `None`: it was
/// not asked.
fn settled(cx: &Cx<'_>, session: &Session, agent: AgentId, which: ProposalId) -> Result<Option<Error>> {
    let is_its = agents::room_of(cx, agent)?.is_some_and(|room| session.want.resources.contains(&room));
    let proposal = session.proposals.iter().find(|one| one.id == which).filter(|_| is_its);
    let Some(proposal) = proposal else { return Ok(None) };
    if !messages::is_known_to(cx, session.id, agent)? {
        return Ok(None);
    }
    let words = match proposal.state {
        ProposalState::Chosen => "It is too late for an answer: this time was booked.",
        _ if session.chosen == Some(which) => "It is too late for an answer: this time is being booked.",
        _ => "It is too late for an answer: this time was let go.",
    };
    Ok(Some(Error::refused("session.room-settled", words)))
}

/// Keeps that a room can be had; where that was the last one, nobody is waited for any more.
fn agreed(cx: &Cx<'_>, who: &Actor, underway: &Underway) -> Result<()> {
    sql::set_rooms(cx, underway)?;
    // Where the time to answer is over already, it is being booked without.
    if underway.rooms.iter().all(|one| one.has_agreed) && book::call_off(cx, underway)? {
        book::go_on(cx, who, underway, None)?;
    }
    Ok(())
}
