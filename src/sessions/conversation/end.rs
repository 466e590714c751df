//! The ends of a conversation: closed, left by everybody else, silent for too long; and what becomes of what was said.

use super::content::NewMessage;
use super::model::{Conversation, Shape};
use super::send::speak;
use super::{see, sql, withhold};
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, SessionId};
use crate::base::time::DAY;
use crate::journal::{self, Happening};
use crate::messages::{self, Road, Type, Way};
use crate::store::Cx;

/// How many are looked at in one unit of work.
const AT_ONCE: u32 = 200;
/// How long it is known that there was a conversation, in milliseconds.
const KEPT_MS: i64 = 90 * DAY;

/// Closes a conversation. Of a group whoever did not begin it leaves it, and the others go on. Twice is once.
pub fn close(cx: &mut Cx<'_>, who: &Actor, id: SessionId) -> Result<Conversation> {
    let mut one = see::to_act_in(cx, who, id)?;
    if one.ended_at.is_some() {
        return Ok(one);
    }
    let own: Vec<AgentId> = one
        .present()
        .filter(|member| match who.agent() {
            Some(agent) => member.agent == agent,
            None => member.user.is_some() && member.user == who.user(),
        })
        .map(|member| member.agent)
        .collect();
    if own.is_empty() {
        return Ok(one);
    }
    if one.shape == Shape::Direct || own.contains(&one.initiator) {
        over(cx, who, &mut one, "closed")?;
        return Ok(one);
    }
    for agent in own {
        leave(cx, who, &mut one, agent)?;
    }
    Ok(one)
}

/// An agent is in it no more; where only one is left it is over.
fn leave(cx: &mut Cx<'_>, who: &Actor, one: &mut Conversation, agent: AgentId) -> Result<()> {
    sql::leave(cx, one.id, agent)?;
    agents::part(cx, agent, one.id)?;
    messages::drop_of_both(cx, who, one.id, agent)?;
    for member in one.members.iter_mut().filter(|member| member.agent == agent) {
        member.left_at = Some(cx.now);
    }
    journal::append(cx, who, &Happening::to("conversation.left", &one.id).with(&agent))?;
    if one.present().count() < 2 && one.ended_at.is_none() {
        over(cx, who, one, "left")?;
    }
    Ok(())
}

/// Ends a conversation, and tells those who are in it, but whoever did it, if anything was said. What is under way is still
/// delivered, but what was to come later.
fn over(cx: &mut Cx<'_>, who: &Actor, one: &mut Conversation, reason: &str) -> Result<()> {
    messages::drop_deferred(cx, who, one.id)?;
    let mut ways: Vec<(AgentId, Way)> = Vec::new();
    for member in one.present().filter(|_| one.places > 0) {
        let did_it = match who.agent() {
            Some(agent) => member.agent == agent,
            None => member.user.is_some() && member.user == who.user(),
        };
        let has_inbox = messages::road_of(cx, member.agent)? == Some(Road::Inbox);
        if !did_it && has_inbox {
            ways.push((member.agent, Ok(Road::Inbox)));
        }
    }
    if !ways.is_empty() {
        let house = Actor::house(&who.trace);
        let data = serde_json::json!({ "event": "closed", "reason": reason });
        speak(cx, &house, one, (None, &ways), &NewMessage::of(Type::System, data))?;
    }
    one.reason = Some(reason.to_owned());
    one.ended_at = Some(cx.now);
    one.erase_at = Some(cx.now.plus(i64::from(one.keep_days) * DAY));
    let phase = match reason {
        "silence" => "expired",
        "left" => "cancelled",
        _ => "completed",
    };
    sql::end(cx, one, phase)?;
    agents::part_all(cx, one.id)?;
    journal::append(cx, who, &Happening::to("conversation.closed", &one.id).amount(one.places)).map(drop)
}

/// Takes an agent out of every conversation that goes on, and everything that waits for it away.
pub(super) fn leave_all(cx: &mut Cx<'_>, who: &Actor, agent: AgentId) -> Result<usize> {
    let open = sql::open_of(cx, agent)?;
    for id in &open {
        if let Some(mut one) = sql::conversation(cx, *id)? {
            if one.initiator == agent {
                over(cx, who, &mut one, "left")?;
            } else {
                leave(cx, who, &mut one, agent)?;
            }
        }
    }
    messages::drop_of_agent(cx, who, agent)?;
    Ok(open.len())
}

/// Where a program was retired it is in no conversation any more; where it is open to fewer, what waited of the others is dead.
pub(in crate::sessions) fn agent_changed(cx: &mut Cx<'_>, who: &Actor, agent: AgentId) -> Result<()> {
    let is_retired = agents::any(cx, agent)?.is_none_or(|one| one.state == agents::State::Retired);
    if is_retired {
        leave_all(cx, who, agent).map(drop)
    } else {
        withhold::from_agent(cx, who, agent).map(drop)
    }
}

/// Ends the conversations in which nothing was said for too long; gives how many.
pub fn expire_silent(cx: &mut Cx<'_>) -> Result<usize> {
    let who = Actor::house("silent-conversations");
    let silent = sql::silent(cx, AT_ONCE)?;
    for id in &silent {
        let mut one = sql::conversation(cx, *id)?.ok_or(Error::NotFound("conversation"))?;
        over(cx, &who, &mut one, "silence")?;
    }
    Ok(silent.len())
}

/// Erases what was said in conversations that ended as long ago as was said; gives how many. The journal keeps that it was
/// said, by whom, to whom and when, and verifies.
pub fn erase_due(cx: &mut Cx<'_>) -> Result<usize> {
    let who = Actor::house("retention");
    let due = sql::to_erase(cx, AT_ONCE)?;
    for id in &due {
        messages::erase_of_session(cx, *id)?;
        sql::erase_words(cx, *id)?;
        journal::append(cx, &who, &Happening::to("conversation.erased", id))?;
    }
    Ok(due.len())
}

/// Deletes conversations that ended a while ago and whose words are erased; gives how many.
pub fn delete_ended(cx: &Cx<'_>) -> Result<usize> {
    sql::delete_before(cx, cx.now.plus(-KEPT_MS), AT_ONCE)
}
