//! Who plays for a party: a program of theirs, where they have registered one that has room, else the built-in agent.
//!
//! That is settled when a session begins, and stays so until the program may not any more, or blocks an agent of another party's. A
//! program that says nothing for as long as its owner waits is stood in for, step by step: it may answer the next one itself.

use super::builtin::{self, AGENTS};
use super::model::{Party, Session, Standing};
use super::sql;
use super::state::Step;
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, Id, SessionId, UserId};
use crate::base::time::{MINUTE, Timestamp};
use crate::messages;
use crate::queue::{self, Work};
use crate::store::Cx;

/// What the key of work says that stands in for a program.
pub(super) const STAND_IN: &str = "stand-in";

/// Refuses to begin a session for a program that does not play for its owner, or is in as many as it can be in.
///
/// Gives whether its owner has the last word: a program that may not make meetings by itself begins one only so far.
pub(super) fn may_begin(cx: &Cx<'_>, who: &Actor) -> Result<bool> {
    let (Some(id), Some(user)) = (who.agent(), who.user()) else { return Ok(false) };
    let Some(one) = agents::plays_for(cx, user)?.filter(|one| one.agent.id == id) else {
        return Err(not_played());
    };
    if one.active_at.is_none() {
        let words = "This agent has never given a sign of life: the built-in one acts until it does.";
        return Err(Error::refused("session.not-played", words));
    }
    if agents::is_full(cx, &one) {
        let words =
            "This agent is in as many conversations as it can be in at once. One of them must end first.";
        return Err(Error::refused("agent.conversations", words));
    }
    Ok(!one.capabilities.reserve)
}

/// Refuses a step of a program in whose hands the session is not, or not now: while its owner decides, and once they have, a
/// program may say a word about it and change nothing.
pub(super) fn may_speak(who: &Actor, party: &Party, step: Step) -> Result<()> {
    let Some(id) = who.agent() else { return Ok(()) };
    if party.agent != Some(id) {
        return Err(not_played());
    }
    match party.standing {
        Standing::Decides | Standing::Confirms if step != Step::Note => {
            let words = "This is for the agent's owner to decide now, or they have decided.";
            Err(Error::refused("session.decides", words))
        }
        _ => Ok(()),
    }
}

fn not_played() -> Error {
    let words = "This agent does not play for its owner here: the built-in one does.";
    Error::refused("session.not-played", words)
}

/// Settles who plays for each party of a session that begins. A program that blocks an agent of another party's does not: it would
/// hear only some of them.
pub(super) fn settle(cx: &Cx<'_>, session: &mut Session) -> Result<()> {
    let mut programs: Vec<(UserId, AgentId)> = Vec::new();
    for party in &session.parties {
        programs.extend(agents::plays_for(cx, party.user)?.map(|program| (party.user, program.agent.id)));
    }
    let users: Vec<UserId> = session.parties.iter().map(|party| party.user).collect();
    for (user, agent) in &programs {
        let built_in =
            users.iter().filter(|other| *other != user).map(|other| AgentId::from_uuid(other.uuid()));
        let others = programs.iter().filter(|(other, _)| other != user).map(|(_, agent)| *agent);
        if agents::blocks_any(cx, *agent, &built_in.chain(others).collect::<Vec<_>>())? {
            continue;
        }
        for party in session.parties.iter_mut().filter(|party| party.user == *user) {
            party.agent = agents::engage(cx, *user, session.id)?;
        }
    }
    Ok(())
}

/// A program blocks another agent: where that speaks for a party the built-in one takes over from the program. Gives in how many
/// sessions that is.
pub(super) fn step_back(cx: &mut Cx<'_>, who: &Actor, agent: AgentId, other: AgentId) -> Result<usize> {
    let mut many = 0;
    for (id, user) in agents::engaged(cx, agent)? {
        let Some(session) = sql::session(cx, id)?.filter(|one| !one.state.is_over()) else { continue };
        let speaks =
            |party: &Party| party.agent == Some(other) || AgentId::from_uuid(party.user.uuid()) == other;
        if !session.parties.iter().any(|party| party.user != user && speaks(party)) {
            continue;
        }
        agents::step_back(cx, agent, id)?;
        messages::drop_of_both(cx, who, id, agent)?;
        queue::withdraw(cx, AGENTS, &stand_in_key(id, user))?;
        if let Some(session) = sql::session(cx, id)? {
            builtin::wake(cx, who, &session)?;
        }
        many += 1;
    }
    Ok(many)
}

/// Waits for the program that plays for a party, as long as its owner lets it.
pub(super) fn wait_for(cx: &Cx<'_>, trace: &str, session: &Session, party: &Party) -> Result<()> {
    let Some(at) = stand_in_at(cx, session, party)? else { return Ok(()) };
    let payload = serde_json::json!({ "session": session.id, "user": party.user });
    // One for each party: when it is due it looks how long nothing was said.
    let key = stand_in_key(session.id, party.user);
    let work = Work::of(AGENTS, trace, payload).keyed(key.clone()).ordered(key).not_before(at);
    queue::enqueue(cx, &work).map(drop)
}

fn stand_in_key(session: SessionId, user: UserId) -> String {
    format!("{session} {STAND_IN} {user}")
}

/// The program of somebody's waits for others, or they for it, in another way now: what was planned is planned anew.
pub(super) fn plan_anew(cx: &Cx<'_>, who: &Actor, agent: AgentId) -> Result<()> {
    for (id, user) in agents::engaged(cx, agent)? {
        queue::withdraw(cx, AGENTS, &stand_in_key(id, user))?;
        if let Some(session) = sql::session(cx, id)?.filter(|one| !one.state.is_over()) {
            builtin::wake(cx, who, &session)?;
        }
    }
    Ok(())
}

/// When the built-in agent stands in for a party's program; `None`: never, or there is none.
pub(super) fn stand_in_at(cx: &Cx<'_>, session: &Session, party: &Party) -> Result<Option<Timestamp>> {
    let Some(id) = party.agent else { return Ok(None) };
    let Some(one) = agents::plays_for(cx, party.user)?.filter(|one| one.agent.id == id) else {
        return Ok(Some(cx.now));
    };
    let Some(minutes) = one.preferences.stand_in_minutes else { return Ok(None) };
    let since = sql::last_step_at(cx, session.id)?.unwrap_or(session.created_at);
    Ok(Some(since.plus(i64::from(minutes) * MINUTE)))
}

/// The built-in agent takes over whatever a program played in; gives how many sessions that were.
pub fn take_over(cx: &mut Cx<'_>, who: &Actor, agent: AgentId) -> Result<usize> {
    let released = agents::release(cx, agent)?;
    for (id, _) in &released {
        if let Some(session) = sql::session(cx, *id)?.filter(|one| !one.state.is_over()) {
            builtin::wake(cx, who, &session)?;
        }
    }
    Ok(released.len())
}

/// The built-in agent takes over where programs play though agents were switched off; gives how many sessions those were, a
/// few programs at once. At start.
pub fn take_over_stranded(cx: &mut Cx<'_>) -> Result<usize> {
    let who = Actor::house("start");
    let mut taken = 0;
    for agent in agents::stranded(cx)? {
        taken += take_over(cx, &who, agent)?;
    }
    Ok(taken)
}
