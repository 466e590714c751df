//! Sessions in which work is done: the transcript of a task, and how its steps get to the programs concerned.
//!
//! What a step means, and whose it is to take, the room of tasks knows; here it is written down, sealed, and put on its way.

mod sql;

use serde_json::Value;

use super::conversation::Entry;
use super::conversation::sql::{self as entries, Content, NewEntry};
use super::model::Phase;
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::base::id::{AgentId, MessageId, SessionId, UserId};
use crate::base::time::Timestamp;
use crate::messages::{self, NewDelivery, Type};
use crate::network;
use crate::queue::Priority;
use crate::store::Cx;

/// The most entries of a transcript that are given at once.
const TRANSCRIPT_MAX: u32 = 500;

/// A step of a task, to be written down.
#[derive(Clone, Copy, Debug)]
pub struct NewStep<'a> {
    /// The task's session.
    pub session: SessionId,
    /// Whose step it is; `None`: the house's.
    pub author: Option<UserId>,
    /// The program of theirs that took it; `None`: the person, or the house.
    pub agent: Option<AgentId>,
    /// What it is called.
    pub kind: &'a str,
    /// What it says.
    pub data: &'a Value,
    /// The programs that are to know of it.
    pub to: &'a [AgentId],
}

/// Opens the session of a task.
pub fn open(cx: &Cx<'_>, id: SessionId, by: UserId, state: &str, expires: Timestamp) -> Result<()> {
    sql::insert(cx, id, by, state, expires)
}

/// Lets somebody's agent put one more into these inboxes, or says when to try again.
pub fn admit(cx: &Cx<'_>, from: AgentId, to: &[AgentId]) -> Result<()> {
    messages::admit(cx, from, to, Priority::Medium)
}

/// Writes a step down, and puts it into the inboxes of those who are to know of it. One that gets nothing now finds it in the
/// transcript.
pub fn say(cx: &mut Cx<'_>, who: &Actor, step: &NewStep<'_>) -> Result<()> {
    let id: MessageId = cx.id();
    let content = Content { data: Some(step.data.clone()), ..Content::default() };
    let entry = NewEntry {
        id,
        session: step.session,
        place: sql::next_place(cx, step.session)?,
        from: step.agent,
        author: step.author,
        by_person: step.author.is_some() && step.agent.is_none(),
        kind: step.kind,
        answers: None,
        content: &content,
    };
    entries::insert_entry(cx, &entry)?;
    let from = match (step.agent, step.author) {
        (Some(agent), _) => Some(agent),
        (None, Some(user)) => Some(agents::own(cx, user)?.id),
        (None, None) => None,
    };
    for to in step.to.iter().filter(|to| Some(**to) != step.agent) {
        let Some(road) = messages::road_of(cx, *to)? else { continue };
        let delivery = NewDelivery {
            message: id,
            session: step.session,
            from,
            to: *to,
            road: Some(road),
            kind: Type::Step,
            priority: Priority::Medium,
            not_before: None,
            expires_at: None,
            answers: None,
        };
        messages::deliver(cx, who, &delivery)?;
    }
    Ok(())
}

/// Keeps how the task stands.
pub fn stand(cx: &Cx<'_>, id: SessionId, phase: Phase, state: &str, ended: Option<Timestamp>) -> Result<()> {
    sql::stand(cx, id, phase, state, ended)
}

/// What was said, in order: for whoever may read the task.
pub fn transcript(cx: &Cx<'_>, id: SessionId) -> Result<Vec<Entry>> {
    Ok(sql::entries(cx, id, TRANSCRIPT_MAX)?.into_iter().map(|(entry, _)| entry).collect())
}

/// Takes the session of a task away, with what was said and what is still on its way.
pub fn delete(cx: &mut Cx<'_>, id: SessionId) -> Result<()> {
    messages::erase_of_session(cx, id)?;
    sql::delete(cx, id)
}

/// Whether a step of a task may still be handed over: there is the task, its recipient is a program that acts, and neither side
/// has blocked the other. `None`: it is a step of something else.
pub(super) fn is_permitted(cx: &Cx<'_>, one: &messages::Delivery) -> Result<Option<bool>> {
    if !sql::is_work(cx, one.session)? {
        return Ok(None);
    }
    let owner = agents::owner_of(cx, one.to)?;
    let author = one.from.map(|from| agents::owner_of(cx, from)).transpose()?.flatten();
    let is_blocked = match (owner, author) {
        (Some(owner), Some(author)) if owner != author => network::are_blocked(cx, owner, author)?,
        _ => false,
    };
    Ok(Some(!is_blocked && messages::road_of(cx, one.to)?.is_some()))
}
