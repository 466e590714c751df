//! Saying something: into the transcript, and on its way to everybody who is addressed, in one transaction.

use super::begin::SILENCE_MS;
use super::content::NewMessage;
use super::house;
use super::model::{Conversation, Shape};
use super::sql::{self, NewEntry};
use crate::agents::{self, Agent, Kind};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, MessageId, SessionId};
use crate::base::time::{HOUR, Timestamp};
use crate::messages::{self, Attachment, Delivery, Full, NewDelivery, Road, Type, Undeliverable, Way};
use crate::store::Cx;

/// Something that was said.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Its id.
    pub id: MessageId,
    /// Where it stands in the transcript.
    pub place: i64,
    /// When.
    pub at: Timestamp,
    /// To whom it is on its way.
    pub deliveries: Vec<Delivery>,
    /// What it points to; its sender sees what is in quarantine, and why.
    pub attachments: Vec<Attachment>,
}

/// Says something in a conversation, as a program itself or as a person's built-in agent. When this has come about it is kept,
/// and delivered sooner or later, or its sender is told why not.
///
/// # Errors
/// `NotFound`, if the caller's agent is not in it, or none of those who are addressed is reached; `conversation.over`;
/// `Throttled`, before anything is stored; `Full`, where nobody who is reached has room for it.
pub fn send(cx: &mut Cx<'_>, who: &Actor, id: SessionId, new: &NewMessage) -> Result<Sent> {
    let from = agents::speaking(cx, who)?;
    let mut one = sql::nameless(cx, id)?.ok_or(Error::NotFound("conversation"))?;
    may_speak(who, &one, &from, new)?;
    let to = addressed(&one, &from, new)?;
    let priority = new.priority.unwrap_or(one.priority());
    // What the house has to say goes into a full inbox as well.
    let full = match one.shape {
        Shape::System => Vec::new(),
        _ => messages::admit_to_some(cx, from.id, &to, priority)?,
    };
    if one.shape == Shape::Group {
        messages::admit_in_group(cx, one.id, to.len())?;
    }
    let ways = ways(cx, (&one, &from), to, full)?;
    speak(cx, who, &mut one, (Some(&from), &ways), new)
}

/// How what is said gets to each who is addressed: who may not be told, or whose inbox is full, keeps nothing from the others.
fn ways(
    cx: &Cx<'_>,
    (one, from): (&Conversation, &Agent),
    to: Vec<AgentId>,
    mut full: Vec<Full>,
) -> Result<Vec<(AgentId, Way)>> {
    let mut ways: Vec<(AgentId, Way)> = Vec::with_capacity(to.len());
    for agent in to {
        let is_full = full.iter().any(|(known, _)| *known == agent);
        let way = match road(cx, one, from, agent)? {
            None => Err(Undeliverable::NotPermitted),
            Some(_) if is_full => Err(Undeliverable::InboxFull),
            Some(road) => Ok(road),
        };
        ways.push((agent, way));
    }
    if ways.iter().any(|(_, way)| way.is_ok()) {
        return Ok(ways);
    }
    // Whoever is not reached says nothing of their inbox.
    let first = ways.iter().find(|(_, way)| *way == Err(Undeliverable::InboxFull)).map(|(agent, _)| *agent);
    let at = full.iter().position(|(agent, _)| Some(*agent) == first);
    Err(at.map_or(Error::NotFound("agent"), |at| full.swap_remove(at).1))
}

fn may_speak(who: &Actor, one: &Conversation, from: &Agent, new: &NewMessage) -> Result<()> {
    if !one.has(from.id) {
        return Err(Error::NotFound("conversation"));
    }
    if one.ended_at.is_some() {
        return Err(Error::refused("conversation.over", "This conversation is over."));
    }
    if one.shape == Shape::System && one.initiator != from.id {
        return Err(Error::denied("Here the house tells its agents something, and they say nothing."));
    }
    match new.kind {
        Type::Request | Type::Response | Type::Notification => Ok(()),
        Type::System if one.shape == Shape::System && who.is_admin() => Ok(()),
        _ => Err(Error::invalid("type", "This should be request, response or notification.")),
    }
}

fn addressed(one: &Conversation, from: &Agent, new: &NewMessage) -> Result<Vec<AgentId>> {
    let others = || one.present().map(|member| member.agent).filter(|agent| *agent != from.id);
    let mut to: Vec<AgentId> = Vec::new();
    for agent in &new.to {
        if !others().any(|other| other == *agent) {
            return Err(Error::invalid("to", "Name others who are in this conversation."));
        }
        if !to.contains(agent) {
            to.push(*agent);
        }
    }
    if to.is_empty() {
        to = others().collect();
    }
    if to.is_empty() {
        return Err(Error::refused("conversation.over", "Nobody else is in this conversation any more."));
    }
    if let Some(stranger) = new.sealed.keys().find(|agent| !to.contains(agent)) {
        return Err(Error::invalid(format!("sealed.{stranger}"), "This message is not for that agent."));
    }
    Ok(to)
}

/// By which road an agent gets what another one says in a conversation; `None`: it may not.
///
/// Whoever began it, or wrote to it there, gets its answer as long as they themselves reach it: an agent that nobody reaches is
/// answered where it asks, and nobody is asked whom they could not answer.
pub(super) fn road(cx: &Cx<'_>, one: &Conversation, from: &Agent, to: AgentId) -> Result<Option<Road>> {
    if one.shape == Shape::System && one.initiator == from.id {
        // What the house says reaches every agent that there is.
        return messages::road_of(cx, to);
    }
    if let Some(route) = messages::route(cx, from, to, one.shape.reach())? {
        return Ok(Some(route.road));
    }
    if one.initiator != to && !messages::has_written(cx, one.id, to, from.id)? {
        return Ok(None);
    }
    let Some(asker) = agents::any(cx, to)?.filter(|it| it.state == agents::State::Active) else {
        return Ok(None);
    };
    match messages::route(cx, &asker, from.id, one.shape.reach())? {
        Some(_) => messages::road_of(cx, to),
        None => Ok(None),
    }
}

/// Says something, by whoever it is that may: `None` is the house.
pub(super) fn speak(
    cx: &mut Cx<'_>,
    who: &Actor,
    one: &mut Conversation,
    (from, ways): (Option<&Agent>, &[(AgentId, Way)]),
    new: &NewMessage,
) -> Result<Sent> {
    let content = new.content(cx.now)?;
    for (agent, part) in &content.sealed {
        messages::check_sealed(cx, *agent, part)?;
    }
    let answered =
        new.answers.map(|answers| answered(cx, (who, from), one.id, answers)).transpose()?.flatten();
    one.places += 1;
    // To the hour: it is a month away.
    let expires_at = cx.now.plus(SILENCE_MS);
    if one.places == 1 || expires_at.since(one.expires_at) >= HOUR {
        one.expires_at = expires_at;
        sql::goes_on(cx, one)?;
    }
    let id: MessageId = cx.id();
    let entry = NewEntry {
        id,
        session: one.id,
        place: one.places,
        from: from.map(|agent| agent.id),
        author: from.and_then(|agent| agent.user),
        by_person: from.is_some() && who.is_person(),
        kind: new.kind.as_str(),
        answers: new.answers,
        content: &content,
    };
    sql::insert_entry(cx, &entry)?;
    let attachments = messages::attach(cx, (id, one.id), &new.attachments)?;
    let mut deliveries = Vec::with_capacity(ways.len());
    for (to, way) in ways {
        let delivery = NewDelivery {
            message: id,
            session: one.id,
            from: from.map(|agent| agent.id),
            to: *to,
            way: *way,
            kind: new.kind,
            priority: new.priority.unwrap_or(one.priority()),
            not_before: new.not_before.filter(|at| *at > cx.now),
            expires_at: new.expires_at,
            answers: answered.filter(|(asker, _)| asker == to).map(|(_, at)| at),
        };
        deliveries.push(messages::deliver(cx, who, &delivery)?);
    }
    let sent = Sent { id, place: one.places, at: cx.now, deliveries, attachments };
    house::remind_later(cx, who, one, new, &sent)?;
    Ok(sent)
}

/// Who said what is answered, and since when it could be, if `from` answers it for the first time: what was sent for later was
/// not there before.
fn answered(
    cx: &Cx<'_>,
    (who, from): (&Actor, Option<&Agent>),
    session: SessionId,
    message: MessageId,
) -> Result<Option<(AgentId, Timestamp)>> {
    let found = sql::entry(cx, message)?.filter(|(entry, _)| entry.session == session);
    let (entry, _) =
        found.ok_or_else(|| Error::invalid("answers", "There is no such message in this conversation."))?;
    let (Some(from), Some(asker)) = (from, entry.from) else { return Ok(None) };
    // That a person was told answers nothing: they do, once they have.
    if from.kind == Kind::Builtin && !who.is_person() {
        return Ok(None);
    }
    if sql::has_answered(cx, session, from.id, message)? {
        return Ok(None);
    }
    let since = messages::of_message_to(cx, message, from.id)?.map_or(entry.at, |one| one.since());
    // Who knew of it by another road may have answered before.
    Ok(Some((asker, since.min(cx.now))))
}
