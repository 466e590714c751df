//! One person's part in sessions: to take away, to end, to erase.

use serde_json::{Value, json};

use super::{any, conversation, end, sql};
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::base::id::{Id, SessionId, UserId};
use crate::store::Cx;

/// The most sessions that an export has.
const EXPORTED_MAX: u32 = 10_000;
/// The most entries of a transcript that an export has.
const SAID_MAX: u32 = 1_000;

/// Everything of the sessions somebody takes part in: what they said, what they agreed to, and how it ended.
pub fn export(cx: &Cx<'_>, user: UserId) -> Result<Value> {
    let sessions = sql::sessions_of(cx, user, SessionId::from_uuid(uuid::Uuid::max()), EXPORTED_MAX)?;
    let mut all = Vec::with_capacity(sessions.len());
    for session in sessions {
        let said = sql::said_after(cx, session.id, 0, SAID_MAX)?;
        let said = said.into_iter().filter(|said| said.author == Some(user));
        let said: Vec<Value> = said
            .map(|said| json!({ "at": said.at.to_rfc3339(), "type": said.kind, "body": said.body }))
            .collect();
        let mine = session.party(user).ok().and_then(|me| me.proposal);
        let agreed = session.proposals.iter().find(|one| Some(one.id) == mine);
        let agreed =
            agreed.map(|one| json!({ "start": one.start.to_rfc3339(), "end": one.end.to_rfc3339() }));
        all.push(json!({
            "id": session.id,
            "purpose": session.purpose,
            "metadata": any::any(cx, session.id)?.metadata,
            "state": session.state.as_str(),
            "reason": session.reason,
            "created_at": session.created_at.to_rfc3339(),
            "meeting": session.meeting,
            "conversation": session.conversation,
            "with": session.parties.iter().filter(|party| party.user != user).map(|party| party.name.clone())
                .collect::<Vec<_>>(),
            "standing": session.party(user).map(|me| me.standing.as_str()).ok(),
            "agreed_to": agreed,
            "said": said,
        }));
    }
    Ok(Value::Array(all))
}

/// Ends the sessions of somebody who leaves; gives how many.
pub fn leave(cx: &mut Cx<'_>, who: &Actor, user: UserId) -> Result<usize> {
    let alive = sql::alive_of(cx, user)?;
    for id in &alive {
        if let Some(mut session) = sql::session(cx, *id)? {
            end::without(cx, who, &mut session, |party| party.user == user)?;
        }
    }
    Ok(alive.len())
}

/// Takes somebody's words out of all sessions. That there was one, and how it ended, is the other side's as well.
pub fn erase(cx: &mut Cx<'_>, who: &Actor, user: UserId) -> Result<()> {
    leave(cx, who, user)?;
    conversation::erase(cx, who, user)?;
    sql::forget_words(cx, user)?;
    sql::forget_purposes(cx, user)?;
    any::sql::forget(cx, user)?;
    Ok(())
}
