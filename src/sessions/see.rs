//! Seeing: a session is its parties' to see, and nobody else's.

use super::model::{Said, Session};
use super::sql;
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, Id, SessionId, UserId};
use crate::store::Cx;

/// The most entries of a transcript that are given at once.
const TRANSCRIPT_MAX: u32 = 200;

/// A page of sessions.
#[derive(Clone, Debug)]
pub struct Page {
    /// Newest first.
    pub sessions: Vec<Session>,
    /// Where the next page begins; `None`: this was the last.
    pub next: Option<SessionId>,
}

/// Whoever asks.
pub(super) fn me(who: &Actor) -> Result<UserId> {
    who.user().ok_or_else(|| Error::denied("Sessions are people's own: act as a user."))
}

/// A session that the asker takes part in.
pub fn session(cx: &Cx<'_>, who: &Actor, id: SessionId) -> Result<Session> {
    let me = me(who)?;
    let session = sql::session(cx, id)?.ok_or(Error::NotFound("session"))?;
    session.party(me)?;
    Ok(session)
}

/// A room or thing that a session needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// Which.
    pub id: AgentId,
    /// What it is called.
    pub name: String,
    /// Whether it can still be had: one that was retired is needed no more.
    pub is_there: bool,
}

/// The rooms and things that a session needs, for rooms and doors that have settled who is asking.
pub fn rooms(cx: &Cx<'_>, session: &Session) -> Result<Vec<Room>> {
    let mut rooms = Vec::with_capacity(session.want.resources.len());
    for id in &session.want.resources {
        if let Some(agent) = agents::ever(cx, *id)? {
            let is_there = agent.state == agents::State::Active;
            rooms.push(Room { id: *id, name: agent.name, is_there });
        }
    }
    Ok(rooms)
}

/// The asker's sessions, newest first.
pub fn sessions(cx: &Cx<'_>, who: &Actor, before: Option<SessionId>, limit: u32) -> Result<Page> {
    let me = me(who)?;
    let before = before.unwrap_or_else(|| SessionId::from_uuid(uuid::Uuid::max()));
    let mut sessions = sql::sessions_of(cx, me, before, limit + 1)?;
    let is_more = sessions.len() > limit as usize;
    sessions.truncate(limit as usize);
    let next = sessions.last().filter(|_| is_more).map(|session| session.id);
    Ok(Page { sessions, next })
}

/// What was said in a session after a place, in order; 0: from the beginning.
pub fn transcript(cx: &Cx<'_>, who: &Actor, id: SessionId, after: i64) -> Result<Vec<Said>> {
    session(cx, who, id)?;
    sql::said_after(cx, id, after, TRANSCRIPT_MAX)
}
