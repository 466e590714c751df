//! The ends of a session that are no meeting: called off, refused, revoked, out of time.

use std::str::FromStr;

use super::book::{self, BOOKINGS};
use super::builtin::AGENTS;
use super::model::{Party, Session, Standing, State};
use super::{became, common, conversation, held, narrow, play, sql};
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::base::id::{AgentId, ConnectionId, SessionId};
use crate::base::time::DAY;
use crate::journal::{Entry, Follower};
use crate::messages;
use crate::queue;
use crate::store::Cx;

/// How long a session without a meeting is kept, in milliseconds.
const KEPT_MS: i64 = 90 * DAY;
/// How many are ended in one unit of work.
const OVERDUE_MAX: u32 = 200;

/// Ends a session, with a stable word that says why, and tells everybody but whoever did it.
pub(super) fn over(
    cx: &mut Cx<'_>,
    who: &Actor,
    session: &mut Session,
    state: State,
    reason: &'static str,
) -> Result<()> {
    session.state = state;
    session.reason = Some(reason.to_owned());
    // What somebody said themselves needs no word of the house.
    if !matches!(reason, "declined" | "canceled") {
        common::write_down(cx, who, session, None, "error", &serde_json::json!({ "reason": reason }))?;
    }
    sql::update(cx, session)?;
    common::tell(cx, who, "session.ended", session)
}

/// Ends what goes on through a connection as soon as that is over, or its grant lets nothing be proposed any more, and
/// tells both. A grant that was changed otherwise has what is on the table looked at again, and so has a conversation in which
/// less is shared. Where a program may not play any more, or blocks another that it would hear of, the built-in agent takes
/// over. What waits between agents that do not reach each other any more is dead. Of a meeting that came of one, and is moved or
/// called off, the programs hear that answered for its rooms.
pub const FOLLOWER: Follower = Follower { name: "sessions", apply };

fn apply(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    let who = Actor::house("sessions");
    let subject = entry.subject.as_deref();
    match entry.kind.as_str() {
        "connection.revoked" | "connection.blocked" | "connection.erased" => match parsed(subject) {
            Some(connection) => {
                end_through(cx, &who, connection)?;
                conversation::through(cx, &who, connection).map(drop)
            }
            None => Ok(()),
        },
        "agent.blocked" => match (parsed(subject), parsed(entry.object.as_deref())) {
            (Some(one), Some(other)) => {
                play::step_back(cx, &who, one, other)?;
                conversation::between_agents(cx, &who, (one, other)).map(drop)
            }
            _ => Ok(()),
        },
        "grant.changed" => match parsed(subject) {
            Some(connection) => narrow::look_again(cx, &who, connection).map(drop),
            None => Ok(()),
        },
        "conversation.narrowed" => match parsed(subject) {
            Some(conversation) => held::look_again(cx, &who, conversation),
            None => Ok(()),
        },
        "meeting.cancelled" | "meeting.moved" => became::follow(cx, &who, entry),
        "agent.retired" | "agent.changed" => match parsed(subject) {
            Some(agent) => agent_changed(cx, &who, agent),
            None => Ok(()),
        },
        // Whoever was trusted may have been reached by that alone.
        "agent.unrelated" => match parsed(subject) {
            Some(agent) => conversation::agent_changed(cx, &who, agent),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

/// A program may more or less than before, or nothing at all.
fn agent_changed(cx: &mut Cx<'_>, who: &Actor, agent: AgentId) -> Result<()> {
    conversation::agent_changed(cx, who, agent)?;
    if agents::plays(cx, agent)? {
        play::plan_anew(cx, who, agent)
    } else {
        play::take_over(cx, who, agent).map(drop)
    }
}

fn parsed<T: FromStr>(subject: Option<&str>) -> Option<T> {
    subject.and_then(|id| id.parse().ok())
}

/// Ends the sessions that went on through a connection that is no more; gives how many.
pub fn end_through(cx: &mut Cx<'_>, who: &Actor, connection: ConnectionId) -> Result<usize> {
    let alive = sql::alive_through(cx, connection)?;
    for id in &alive {
        if let Some(mut session) = sql::session(cx, *id)? {
            without(cx, who, &mut session, |party| party.connection == Some(connection))?;
        }
    }
    Ok(alive.len())
}

/// Somebody cannot take part any more: without whoever need not come it goes on, and else it is over.
pub(super) fn without(
    cx: &mut Cx<'_>,
    who: &Actor,
    session: &mut Session,
    is_gone: impl Fn(&Party) -> bool,
) -> Result<()> {
    if session.required().any(&is_gone) {
        book::let_go(cx, who, session)?;
        return over(cx, who, session, State::Canceled, "revoked");
    }
    for party in session.parties.iter_mut().filter(|party| is_gone(party)) {
        (party.standing, party.proposal) = (Standing::Declined, None);
    }
    sql::update(cx, session)
}

/// Ends what cannot go on because a step of it failed for good on a fault of ours: sessions, and messages that one of the house's
/// own agents was to read. Each dead letter is gone through once, oldest first, and stays for the operator to see. Gives how much
/// was ended.
pub fn fail_dead(cx: &mut Cx<'_>) -> Result<usize> {
    let mut failed = 0;
    for topic in [AGENTS, BOOKINGS] {
        for letter in queue::unsettled(cx, topic, OVERDUE_MAX)? {
            let is_ended = messages::fail_dead(cx, letter.id)? || fail_step(cx, letter.key.as_deref())?;
            failed += usize::from(is_ended);
            queue::settle(cx, letter.id)?;
        }
    }
    Ok(failed)
}

/// Ends the session whose step lies dead, unless it went on without it; says whether it did.
fn fail_step(cx: &mut Cx<'_>, key: Option<&str>) -> Result<bool> {
    let mut words = key.unwrap_or_default().split(' ');
    let id = words.next().and_then(|id| id.parse::<SessionId>().ok());
    let version = words.next();
    // What stood in for a program is due at no version: nothing else would be said for it.
    let is_stand_in = version == Some(play::STAND_IN);
    let version = version.and_then(|version| version.parse::<i64>().ok());
    let session = id.map(|id| sql::session(cx, id)).transpose()?.flatten();
    let Some(mut session) = session.filter(|one| !one.state.is_over()) else { return Ok(false) };
    // Whatever else was said since, it goes on from there.
    if version != Some(session.version) && !is_stand_in {
        return Ok(false);
    }
    let who = Actor::house("failed-sessions");
    book::let_go(cx, &who, &mut session)?;
    over(cx, &who, &mut session, State::Error, "fault")?;
    Ok(true)
}

/// Ends the sessions whose time is over; gives how many.
pub fn expire_overdue(cx: &mut Cx<'_>) -> Result<usize> {
    let who = Actor::house("overdue-sessions");
    let overdue = sql::overdue(cx, OVERDUE_MAX)?;
    for id in &overdue {
        if let Some(mut session) = sql::session(cx, *id)? {
            book::let_go(cx, &who, &mut session)?;
            over(cx, &who, &mut session, State::Expired, "time")?;
        }
    }
    Ok(overdue.len())
}

/// Deletes sessions that came to nothing a while ago; gives how many. What led to a meeting stays as long as the meeting.
pub fn delete_ended(cx: &mut Cx<'_>) -> Result<usize> {
    let ended = sql::ended_before(cx, cx.now.plus(-KEPT_MS), OVERDUE_MAX)?;
    for id in &ended {
        messages::erase_of_session(cx, *id)?;
        sql::delete(cx, *id)?;
    }
    Ok(ended.len())
}
