//! Sessions in which work is done, or several decide: the transcript of a task, of an approval that belongs to none, or of a
//! group, and how its steps get to the
//! programs concerned.
//!
//! What a step means, and whose it is to take, the rooms of tasks and of groups know; here it is written down, sealed, and put on its way.

mod reach;
mod sql;

use serde_json::Value;

pub(super) use self::reach::is_permitted;
pub use self::reach::{may_ask, reaches};
use super::any::Kind;
use super::conversation::Entry;
use super::conversation::sql::{self as entries, Content, NewEntry};
use super::model::Phase;
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::base::id::{AgentId, ConnectionId, MessageId, RoleId, SessionId, UserId};
use crate::base::time::Timestamp;
use crate::messages::{self, NewDelivery, Type, Undeliverable};
use crate::queue::Priority;
use crate::store::Cx;

/// The most entries of a transcript that are given at once.
const TRANSCRIPT_MAX: u32 = 200;
/// How many of its last ones a story has.
const LATEST_MAX: u32 = 500;

/// The session of a task, an approval or a group, to be opened.
#[derive(Clone, Copy, Debug)]
pub struct NewWork<'a> {
    /// Its id.
    pub id: SessionId,
    /// What it is of.
    pub kind: Kind,
    /// Who asks.
    pub by: UserId,
    /// The program of theirs that does; `None`: the person.
    pub agent: Option<AgentId>,
    /// Through which connection; `None`: through none, or through one for each who is asked.
    pub connection: Option<ConnectionId>,
    /// The role of which whoever fills it is asked; `None`: somebody is, or some agent.
    pub role: Option<RoleId>,
    /// How it stands, in its kind's words.
    pub state: &'a str,
    /// Until when it waits.
    pub expires: Timestamp,
}

/// A step of a task or of a group, to be written down.
#[derive(Clone, Copy, Debug)]
pub struct NewStep<'a> {
    /// The session.
    pub session: SessionId,
    /// Whose step it is; `None`: the house's.
    pub author: Option<UserId>,
    /// The program of theirs that took it; `None`: the person, or the house.
    pub agent: Option<AgentId>,
    /// What it is called.
    pub kind: &'a str,
    /// What it is to the programs that get it.
    pub is: Type,
    /// What it says.
    pub data: &'a Value,
    /// The programs that are to know of it.
    pub to: &'a [AgentId],
    /// Those of them whose inboxes take no more of it: nothing is delivered there, and whoever asks is told so.
    pub full: &'a [AgentId],
    /// Whose agent asks, where the house says it for somebody: that one is told what could not be delivered.
    pub asks: Option<AgentId>,
}

/// Opens the session of a task, an approval or a group.
pub fn open(cx: &Cx<'_>, new: &NewWork<'_>) -> Result<()> {
    sql::insert(cx, new)
}

/// Lets somebody's agent put one more into these inboxes, or says when to try again. Those that take no more keep nothing from the
/// others: gives whose they are. `asks_others`: somebody is asked besides who has no inbox.
///
/// # Errors
/// `Throttled`; `Full`, where nobody who is asked has room for it.
pub fn admit(cx: &Cx<'_>, from: AgentId, to: &[AgentId], asks_others: bool) -> Result<Vec<AgentId>> {
    let mut full = messages::admit_to_some(cx, from, to, Priority::Medium)?;
    if !full.is_empty() && full.len() == to.len() && !asks_others {
        return Err(full.swap_remove(0).1);
    }
    Ok(full.into_iter().map(|(agent, _)| agent).collect())
}

/// Whether an inbox takes no more of what goes on in somebody's name.
pub fn is_full(cx: &Cx<'_>, from: AgentId, to: AgentId) -> Result<bool> {
    messages::is_full(cx, from, to)
}

/// Lets somebody, or a program for them, take one more step that these are to know of, or says when to try again: gives those
/// whose inboxes take no more of it.
///
/// # Errors
/// `Throttled`; a person is never refused for what lies in the inboxes of others.
pub fn admit_step(cx: &Cx<'_>, who: &Actor, id: SessionId, to: &[AgentId]) -> Result<Vec<AgentId>> {
    let from = reach::speaking(who);
    let told = reach::told(cx, id, (Some(from), Type::Step), to)?;
    messages::admit_step(cx, from, &told, who.agent().is_some())
}

/// Writes a step down, and puts it into the inboxes of those who are to know of it, and may. One that gets nothing now finds it
/// in the transcript.
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
    let told = reach::told(cx, step.session, (from, step.is), step.to)?;
    for to in told.iter().filter(|to| Some(**to) != step.agent) {
        let Some(road) = messages::road_of(cx, *to)? else { continue };
        let is_full = step.full.contains(to);
        let delivery = NewDelivery {
            message: id,
            session: step.session,
            from: if is_full { from.or(step.asks) } else { from },
            to: *to,
            way: if is_full { Err(Undeliverable::InboxFull) } else { Ok(road) },
            kind: step.is,
            priority: Priority::Medium,
            not_before: None,
            expires_at: None,
            answers: None,
        };
        messages::deliver(cx, who, &delivery)?;
    }
    Ok(())
}

/// Whether a program has said something in it.
pub fn has_said(cx: &Cx<'_>, id: SessionId, agent: AgentId) -> Result<bool> {
    sql::has_said(cx, id, agent)
}

/// Keeps how it stands.
pub fn stand(cx: &Cx<'_>, id: SessionId, phase: Phase, state: &str, ended: Option<Timestamp>) -> Result<()> {
    sql::stand(cx, id, phase, state, ended)
}

/// What was said after a place, in order, as far as somebody may read it who may read the session: a page of it; 0: from the
/// beginning.
pub fn transcript(
    cx: &Cx<'_>,
    id: SessionId,
    after: i64,
    may_read: &dyn Fn(&mut Entry) -> bool,
) -> Result<Vec<Entry>> {
    let (mut read, mut after) = (Vec::new(), after);
    loop {
        let found = sql::entries(cx, id, (after, TRANSCRIPT_MAX))?;
        let is_last = found.len() < TRANSCRIPT_MAX as usize;
        for (mut entry, _) in found {
            after = entry.place;
            if may_read(&mut entry) {
                read.push(entry);
            }
        }
        // What somebody may not read makes no page an empty one that has others after it.
        if is_last || read.len() >= TRANSCRIPT_MAX as usize {
            read.truncate(TRANSCRIPT_MAX as usize);
            return Ok(read);
        }
    }
}

/// The end of what was said, in order: for whoever may read all of it.
pub fn latest(cx: &Cx<'_>, id: SessionId) -> Result<Vec<Entry>> {
    let after = (sql::places(cx, id)? - i64::from(LATEST_MAX)).max(0);
    Ok(sql::entries(cx, id, (after, LATEST_MAX))?.into_iter().map(|(entry, _)| entry).collect())
}

/// Takes a session away, with what was said and what is still on its way.
pub fn delete(cx: &mut Cx<'_>, id: SessionId) -> Result<()> {
    messages::erase_of_session(cx, id)?;
    sql::delete(cx, id)
}

/// Ends what is under way to somebody's program in a session that they are in no more.
pub fn withhold(cx: &mut Cx<'_>, who: &Actor, id: SessionId, agent: AgentId) -> Result<usize> {
    messages::drop_of_both(cx, who, id, agent)
}

/// Takes out what somebody said: their words, not that they said something.
pub fn forget(cx: &Cx<'_>, id: SessionId, user: UserId) -> Result<()> {
    sql::forget(cx, id, user)
}
