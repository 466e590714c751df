//! The built-in agent: plays for a user who has no agent of their own, or whose own is silent, by the same functions as everybody, and never goes
//! beyond what they granted.
//!
//! It is deterministic: the same session and the same calendars give the same step.

use super::message::Message;
use super::model::{Party, Proposal, Session, Standing};
use super::{awaited, common, conversation, play, say, sql, view};
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{SessionId, UserId};
use crate::base::time::SECOND;
use crate::messages;
use crate::queue::{self, Leased, Work};
use crate::slots::{Check, Gathered};
use crate::store::Cx;

/// The queue's topic of steps that agents are to take.
pub const AGENTS: &str = messages::BUILTIN;

/// Wakes the agents of everybody who has something to say. Where that takes people no program is waited for: the house hands it
/// over to them.
pub(super) fn wake(cx: &Cx<'_>, who: &Actor, session: &Session) -> Result<()> {
    let is_for_people = awaited::is_for_people(cx, session)?;
    for party in session.parties.iter().filter(|party| session.awaits(party)) {
        if party.agent.is_some() && !is_for_people {
            play::wait_for(cx, &who.trace, session, party)?;
            continue;
        }
        let payload = serde_json::json!({ "session": session.id, "user": party.user });
        let key = format!("{} {} {}", session.id, session.version, party.user);
        // Steps of one session are taken one at a time, in order.
        let work = Work::of(AGENTS, &who.trace, payload).keyed(key).ordered(session.id.to_string());
        queue::enqueue(cx, &work)?;
    }
    Ok(())
}

/// One step of one party's agent. What there is nothing to say to is done; where its questions of this hour are spent, it
/// goes on when there are new ones.
pub fn step(cx: &mut Cx<'_>, lease: &Leased) -> Result<()> {
    if conversation::is_due(lease) {
        return conversation::due(cx, lease);
    }
    match take(cx, lease) {
        Err(Error::Throttled { retry_after_s }) => {
            let seconds = i64::try_from(retry_after_s).unwrap_or(i64::MAX / SECOND);
            let at = cx.now.plus(seconds.saturating_mul(SECOND));
            queue::retry_at(cx, lease, "its questions of this hour are spent", at, i64::MAX).map(drop)
        }
        taken => {
            let waits = taken?;
            queue::done(cx, lease)?;
            waits.map_or(Ok(()), |(session, party)| play::wait_for(cx, &lease.trace, &session, &party))
        }
    }
}

/// Takes the step, unless it is another's: then for whom it is still to be waited.
fn take(cx: &mut Cx<'_>, lease: &Leased) -> Result<Option<(Session, Party)>> {
    let field = |name: &str| lease.payload[name].as_str().unwrap_or_default().to_owned();
    let id: SessionId = field("session").parse().map_err(|_| Error::internal("a step of no session"))?;
    let user: UserId = field("user").parse().map_err(|_| Error::internal("a step of nobody's agent"))?;
    let Some(mut session) = sql::session(cx, id)? else { return Ok(None) };
    let Ok(party) = session.party(user).cloned() else { return Ok(None) };
    if !session.awaits(&party) || !common::is_there(cx, user) {
        return Ok(None);
    }
    let is_for_program = party.agent.is_some() && !awaited::is_for_people(cx, &session)?;
    if is_for_program && play::stand_in_at(cx, &session, &party)?.is_none_or(|at| at > cx.now) {
        return Ok(Some((session, party)));
    }
    act(cx, lease, &mut session, user).map(|()| None)
}

fn act(cx: &mut Cx<'_>, lease: &Leased, session: &mut Session, user: UserId) -> Result<()> {
    let id = session.id;
    let who = Actor::new(Who::User { id: user, admin: false }, Road::Worker, lease.trace.clone());
    if session.open_proposals().next().is_none() {
        return speak(cx, &who, id, &Message::Proposal { slots: Vec::new() });
    }
    let Some(own) = view::own(cx, session, user)? else {
        return say::not_any_more(cx, &who, session);
    };
    match choice(session, &own, user) {
        Choice::Nothing => Ok(()),
        Choice::Accept(proposal) => speak(cx, &who, id, &Message::Accept { proposal: proposal.id }),
        Choice::Other if session.rounds < session.rounds_max => say::counter(cx, &who, session, user),
        // The rounds are over: the next proposal hands it over to the people.
        Choice::Other => speak(cx, &who, id, &Message::Proposal { slots: Vec::new() }),
    }
}

/// What the house's agent says; what it is refused is no error: the session has gone on without it.
fn speak(cx: &mut Cx<'_>, who: &Actor, id: SessionId, message: &Message) -> Result<()> {
    match say::say(cx, who, id, message) {
        Ok(_) | Err(Error::Refused { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

enum Choice<'a> {
    Accept(&'a Proposal),
    Other,
    Nothing,
}

/// The time on the table that suits: the one that people lean to, else that most have agreed to, else the best. It is not agreed
/// to twice.
fn choice<'a>(session: &'a Session, gathered: &Gathered, user: UserId) -> Choice<'a> {
    let agreeing = |proposal: &Proposal| session.agreeing(proposal.id);
    let is_free = |proposal: &&Proposal| matches!(gathered.check(proposal.start), Check::Free { .. });
    let mut fitting: Vec<&Proposal> = session.open_proposals().filter(is_free).collect();
    // Stable: of those that as many agree to, the best stays first.
    let leaning = session.leaning();
    fitting.sort_by_key(|proposal| {
        let is_leant_to = leaning == Some(proposal.id);
        std::cmp::Reverse((is_leant_to, agreeing(proposal)))
    });
    let Some(best) = fitting.first() else { return Choice::Other };
    let mine = session.parties.iter().find(|party| party.user == user);
    let has_agreed = mine.is_some_and(|party| {
        party.proposal == Some(best.id) && matches!(party.standing, Standing::Agrees | Standing::Confirms)
    });
    let is_sure = mine.is_some_and(|party| party.standing == Standing::Confirms);
    // What whoever began it was named for by their agent they agree to, unless they have the last word.
    let agrees_unasked =
        user == session.initiator && mine.is_none_or(|party| !party.has_stepped_in || party.has_agreed());
    let is_elsewhere = mine.is_some_and(|party| party.has_agreed() && party.proposal != Some(best.id));
    let is_own = best.author == user && !is_elsewhere && (agrees_unasked || agreeing(best) == 0);
    if has_agreed || is_sure || is_own { Choice::Nothing } else { Choice::Accept(best) }
}
