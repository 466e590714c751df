//! Seeing: a session is its parties' to see, and nobody else's.

use super::model::{Role, Said, Session};
use super::{sql, view};
use crate::agents;
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, Id, SessionId, UserId};
use crate::base::time::{MINUTE, Timestamp};
use crate::network::{self, Scope};
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

/// A session in which somebody must decide.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The session.
    pub session: Session,
    /// By when.
    pub until: Timestamp,
}

/// The asker's sessions in which they must decide, newest first.
pub fn waiting(cx: &Cx<'_>, who: &Actor, limit: u32) -> Result<Vec<Waiting>> {
    let me = me(who)?;
    let waiting = sql::waiting_for(cx, me, limit)?.into_iter().map(|session| {
        let until = decide_by(cx, &session, me)?;
        Ok(Waiting { session, until })
    });
    waiting.collect()
}

/// By when somebody can decide: the session's end, or before the last of the times they must decide about starts, with the
/// notice that they and whoever began it want.
pub fn decide_by(cx: &Cx<'_>, session: &Session, user: UserId) -> Result<Timestamp> {
    let mut notice_ms = 0;
    for party in session.required().filter(|party| party.role != Role::Initiator) {
        let (Some(connection), true) = (party.connection, party.user == user || user == session.initiator)
        else {
            continue;
        };
        let one = Actor::new(Who::User { id: user, admin: false }, Road::Worker, "");
        let grants = match network::grants(cx, &one, connection) {
            Ok(grants) => grants,
            Err(Error::NotFound(_)) => continue,
            Err(error) => return Err(error),
        };
        for grant in [grants.given, grants.received] {
            if grant.allows(Scope::Propose, cx.now) {
                notice_ms = notice_ms.max(i64::from(grant.constraints.notice_minutes) * MINUTE);
            }
        }
    }
    let last = session.to_decide(user).into_iter().map(|proposal| proposal.start.plus(-notice_ms)).max();
    Ok(last.map_or(session.expires_at, |last| last.min(session.expires_at)))
}

/// What a party must do before a yes of theirs counts: allow that a meeting is booked which they confirm.
pub fn may_confirm(cx: &Cx<'_>, session: &Session, user: UserId) -> Result<bool> {
    Ok(view::leave_of(cx, session, session.party(user)?)?.is_some())
}

/// The end of a session's transcript, in order, and whether there is more before it.
pub fn latest(cx: &Cx<'_>, who: &Actor, id: SessionId) -> Result<(Vec<Said>, bool)> {
    let session = session(cx, who, id)?;
    let after = (session.places - i64::from(TRANSCRIPT_MAX)).max(0);
    Ok((sql::said_after(cx, id, after, TRANSCRIPT_MAX)?, after > 0))
}

/// What was said in a session after a place, in order; 0: from the beginning.
pub fn transcript(cx: &Cx<'_>, who: &Actor, id: SessionId, after: i64) -> Result<Vec<Said>> {
    session(cx, who, id)?;
    sql::said_after(cx, id, after, TRANSCRIPT_MAX)
}
