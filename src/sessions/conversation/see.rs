//! Seeing: a conversation is its agents' to see, and whoever's they are; each sees what they said and what was handed over.

use super::model::{Conversation, Entry};
use super::receive::with_attachments;
use super::sql;
use crate::base::actor::{Actor, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, Id, MessageId, SessionId, UserId};
use crate::messages;
use crate::store::Cx;

/// The most entries of a transcript that are given at once.
const TRANSCRIPT_MAX: u32 = 200;

/// A page of conversations.
#[derive(Clone, Debug)]
pub struct Page {
    /// Newest first.
    pub conversations: Vec<Conversation>,
    /// Where the next page begins; `None`: this was the last.
    pub next: Option<SessionId>,
}

/// Whose eyes they are: a program's own, or a person's, for all that is theirs.
#[derive(Clone, Copy)]
enum Eyes {
    Agent(AgentId),
    User(UserId),
}

fn eyes(cx: &Cx<'_>, who: &Actor) -> Result<Eyes> {
    match who.who {
        Who::Agent { id, .. } => {
            // Switched off, or retired: nothing is to be seen by this road.
            crate::agents::speaking(cx, who)?;
            Ok(Eyes::Agent(id))
        }
        // What was said stays theirs to read.
        Who::User { id, .. } => Ok(Eyes::User(id)),
        _ => Err(Error::denied("Conversations are somebody's own: act as a user.")),
    }
}

/// A conversation of the caller's, with which eyes they see it.
fn seen(cx: &Cx<'_>, who: &Actor, id: SessionId) -> Result<(Conversation, Eyes)> {
    let eyes = eyes(cx, who)?;
    let one = sql::conversation(cx, id)?.ok_or(Error::NotFound("conversation"))?;
    let is_in = one.members.iter().any(|member| match eyes {
        Eyes::Agent(agent) => member.agent == agent,
        Eyes::User(user) => member.user == Some(user),
    });
    if is_in { Ok((one, eyes)) } else { Err(Error::NotFound("conversation")) }
}

/// The same, to do something in it.
///
/// # Errors
/// `agent.off`, where agents are switched off.
pub(super) fn to_act_in(cx: &Cx<'_>, who: &Actor, id: SessionId) -> Result<Conversation> {
    crate::agents::speaking(cx, who)?;
    conversation(cx, who, id)
}

/// A conversation that an agent of the caller's is or was in.
pub fn conversation(cx: &Cx<'_>, who: &Actor, id: SessionId) -> Result<Conversation> {
    seen(cx, who, id).map(|(one, _)| one)
}

/// What somebody was told who has no program.
#[derive(Clone, Debug)]
pub struct Told {
    /// In which conversation.
    pub session: SessionId,
    /// What the agent that wrote is called; may be empty.
    pub from: String,
    /// What it wrote; empty, if that is erased or was for programs alone.
    pub text: String,
}

/// A message that was handed over to somebody's built-in agent, for rooms that have settled who is asking. `None`: it is
/// gone, or was for somebody else.
pub fn told(cx: &Cx<'_>, user: UserId, message: MessageId) -> Result<Option<Told>> {
    let Some((entry, _)) = sql::entry(cx, message)? else { return Ok(None) };
    let Some(one) = sql::conversation(cx, entry.session)? else { return Ok(None) };
    let own = AgentId::from_uuid(user.uuid());
    let is_theirs = messages::of_message(cx, message)?.iter().any(|it| it.to == own && it.attempts > 0);
    if !is_theirs && entry.erased_at.is_none() {
        return Ok(None);
    }
    let from = one.members.into_iter().find(|member| Some(member.agent) == entry.from);
    Ok(Some(Told {
        session: one.id,
        from: from.map(|member| member.name).unwrap_or_default(),
        text: entry.body["text"].as_str().unwrap_or_default().to_owned(),
    }))
}

/// The caller's conversations, newest first.
pub fn conversations(cx: &Cx<'_>, who: &Actor, before: Option<SessionId>, limit: u32) -> Result<Page> {
    let before = before.unwrap_or_else(|| SessionId::from_uuid(uuid::Uuid::max()));
    let mut conversations = match eyes(cx, who)? {
        Eyes::Agent(agent) => sql::of_agent(cx, agent, before, limit + 1)?,
        Eyes::User(user) => sql::of_user(cx, user, before, limit + 1)?,
    };
    let is_more = conversations.len() > limit as usize;
    conversations.truncate(limit as usize);
    let next = conversations.last().filter(|_| is_more).map(|one| one.id);
    Ok(Page { conversations, next })
}

/// What the caller's agents said in a conversation after a place, and what was handed over to them; 0: from the beginning.
/// What the caller pointed to is there as well, be it in quarantine.
pub fn transcript(cx: &Cx<'_>, who: &Actor, id: SessionId, after: i64) -> Result<Vec<Entry>> {
    let (_, eyes) = seen(cx, who, id)?;
    let found = match eyes {
        Eyes::Agent(agent) => sql::entries_of_agent(cx, id, agent, (after, TRANSCRIPT_MAX))?,
        Eyes::User(user) => sql::entries_of_user(cx, id, user, (after, TRANSCRIPT_MAX))?,
    };
    let mut entries = Vec::with_capacity(found.len());
    for (mut entry, mut sealed) in found {
        let is_own = match eyes {
            Eyes::Agent(agent) => entry.from == Some(agent),
            Eyes::User(user) => entry.author == Some(user),
        };
        entry.sealed = match eyes {
            Eyes::Agent(agent) => sealed.remove(&agent),
            Eyes::User(_) => None,
        };
        entries.push(if is_own {
            entry.attachments = messages::attachments(cx, entry.id)?;
            entry
        } else {
            with_attachments(cx, entry)?
        });
    }
    Ok(entries)
}
