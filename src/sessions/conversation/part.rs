//! One person's part in conversations: to take away, to erase.

use serde_json::{Value, json};

use super::{end, sql};
use crate::agents;
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::Result;
use crate::base::id::{AgentId, Id, SessionId, UserId};
use crate::sessions::any;
use crate::store::Cx;

/// The most conversations that an export has.
const EXPORTED_MAX: u32 = 10_000;
/// The most entries of one that it has.
const SAID_MAX: u32 = 10_000;

/// The conversations of somebody's agents: what they said, and that others said something.
pub fn export(cx: &Cx<'_>, user: UserId) -> Result<Value> {
    let found = sql::of_user(cx, user, SessionId::from_uuid(uuid::Uuid::max()), EXPORTED_MAX)?;
    let mut all = Vec::with_capacity(found.len());
    for one in found {
        let entries = sql::entries_of_user(cx, one.id, user, (0, SAID_MAX))?;
        let said: Vec<Value> = entries
            .into_iter()
            .filter(|(entry, _)| entry.author == Some(user))
            .map(|(entry, _)| {
                json!({ "at": entry.at.to_rfc3339(), "by": entry.from, "type": entry.kind, "body": entry.body })
            })
            .collect();
        let others = one.members.iter().filter(|member| member.user != Some(user));
        all.push(json!({
            "id": one.id,
            "kept": any::kept(cx, one.id, user)?,
            "about": one.request.as_str(),
            "topic": one.topic,
            "created_at": one.created_at.to_rfc3339(),
            "ended_at": one.ended_at.map(crate::base::time::Timestamp::to_rfc3339),
            "with": others.map(|member| member.name.clone()).collect::<Vec<_>>(),
            "said": said,
        }));
    }
    Ok(Value::Array(all))
}

/// Takes somebody's agents out of all conversations, and erases what they said. That there was one is the others' as well.
pub(in crate::sessions) fn erase(cx: &mut Cx<'_>, who: &Actor, user: UserId) -> Result<()> {
    let themselves = Actor::new(Who::User { id: user, admin: false }, Road::Worker, who.trace.clone());
    let programs: Vec<AgentId> =
        agents::registered_of(cx, &themselves)?.into_iter().map(|one| one.agent.id).collect();
    for agent in [AgentId::from_uuid(user.uuid())].into_iter().chain(programs) {
        end::leave_all(cx, who, agent)?;
    }
    sql::forget_words(cx, user)
}
