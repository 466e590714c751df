//! What became of a time that the program of a room was asked about: it is told, in its inbox, when that is booked, or let go by
//! whatever undid it, and when the meeting that came of it is moved or called off later.

use serde_json::json;

use super::answering::{self, Asked};
use super::common::{self, Voice};
use super::model::Session;
use super::sql;
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, MeetingId};
use crate::base::time::Timestamp;
use crate::journal::Entry;
use crate::meetings::{self, Meeting, Resource};
use crate::store::Cx;
use crate::worded;

/// In the body of such an entry: what became of it.
pub(super) const BECAME: &str = "became";

worded! {
    /// What becomes of a time.
    Became {
        /// The room is taken then.
        Booked = "booked",
        /// Nobody wants the room then, or not any more.
        LetGo = "let-go",
        /// The meeting has the room at this time now, and no more at the one before.
        Moved = "moved",
        /// The meeting was called off.
        Cancelled = "cancelled",
    }
}

/// When a meeting has a room, or had it.
type Time = (Timestamp, Timestamp);

/// A booking is over: tells the program of each room that was asked. `meeting`: what came of it, if anything did. Whoever refused
/// is not among them any more.
pub(super) fn tell(
    cx: &mut Cx<'_>,
    who: &Actor,
    session: &mut Session,
    meeting: Option<&Meeting>,
) -> Result<()> {
    let Some(underway) = sql::underway(cx, session.id)? else { return Ok(()) };
    let proposal = session.proposals.iter().find(|one| one.id == underway.proposal);
    let Some(time) = proposal.map(|one| (one.start, one.end)) else { return Ok(()) };
    for Asked { room, agent, .. } in underway.rooms {
        let has_it = meeting.is_some_and(|one| one.resources.iter().any(|it| it.id == room && it.is_there()));
        let became = if has_it { Became::Booked } else { Became::LetGo };
        say(cx, who, session, (room, agent), (became, time))?;
    }
    Ok(())
}

/// Tells one program, as long as it answers for that room.
fn say(
    cx: &mut Cx<'_>,
    who: &Actor,
    session: &mut Session,
    (room, agent): (AgentId, AgentId),
    (became, time): (Became, Time),
) -> Result<()> {
    if agents::room_of(cx, agent)? != Some(room) {
        return Ok(());
    }
    let mut body = answering::about(cx, session, room, (session.chosen, time))?;
    body[BECAME] = json!(became.as_str());
    let house = Actor::house(&who.trace);
    common::write_down_as(cx, &house, session, Voice::House, ("room", &body), &[agent])
}

/// The meeting that a session booked was moved or called off, or goes on without a room: tells the programs that were asked in that
/// session, and answer for its rooms still.
pub(super) fn follow(cx: &mut Cx<'_>, who: &Actor, entry: &Entry) -> Result<()> {
    let subject = entry.subject.as_deref().and_then(|id| id.parse::<MeetingId>().ok());
    let meeting = match subject.map(|id| meetings::load(cx, id)) {
        Some(Ok(meeting)) => meeting,
        // It was erased since.
        None | Some(Err(Error::NotFound(_))) => return Ok(()),
        Some(Err(error)) => return Err(error),
    };
    for room in &meeting.resources {
        let Some(said) = said_of(entry, &meeting, room) else { continue };
        let Some(agent) = agents::program_of(cx, room.id)? else { continue };
        for id in sql::asked_for(cx, agent, meeting.id)? {
            let Some(mut session) = sql::session(cx, id)? else { continue };
            say(cx, who, &mut session, (room.id, agent), said)?;
            sql::update(cx, &mut session)?;
        }
    }
    Ok(())
}

/// What an entry of the journal says of a room of a meeting. At which time it goes on without the room is none of that program's: it
/// is told which time is free again.
fn said_of(entry: &Entry, meeting: &Meeting, room: &Resource) -> Option<(Became, Time)> {
    let at = |field| entry.number_of(field).map(Timestamp::from_ms);
    match entry.kind.as_str() {
        "meeting.cancelled" if room.is_there() => Some((Became::Cancelled, (meeting.start, meeting.end))),
        "meeting.moved" if room.is_there() => Some((Became::Moved, (at("start")?, at("end")?))),
        "meeting.moved" if room.let_go_at == Some(entry.at()) => {
            Some((Became::LetGo, (at("was_start")?, at("was_end")?)))
        }
        _ => None,
    }
}
