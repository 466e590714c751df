//! The agent that every user has: made with the account, gone with it.

use serde_json::{Value, json};

use super::model::Agent;
use super::sql;
use crate::accounts;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, Id, UserId};
use crate::journal::{Entry, Follower};
use crate::store::Cx;

/// Makes an agent for every account that is made.
pub const FOLLOWER: Follower = Follower { name: "agents", apply };

fn apply(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    let user = entry.subject.as_deref().filter(|_| entry.kind == "user.added").map(str::parse::<UserId>);
    match user {
        // An account may be gone again before its making is read.
        Some(Ok(user)) if !matches!(accounts::get(cx, user), Err(Error::NotFound(_))) => {
            own(cx, user).map(drop)
        }
        _ => Ok(()),
    }
}

/// A user's built-in agent, made if it is not there yet.
pub fn own(cx: &Cx<'_>, user: UserId) -> Result<Agent> {
    if let Some(agent) = sql::of_user(cx, user)? {
        return Ok(agent);
    }
    sql::insert_builtin(cx, AgentId::from_uuid(user.uuid()), user)?;
    sql::of_user(cx, user)?.ok_or(Error::NotFound("agent"))
}

/// What is stored of somebody's agent.
pub fn export(cx: &Cx<'_>, user: UserId) -> Result<Value> {
    let told = |agent: Agent| json!({ "id": agent.id, "created": agent.created_at.to_rfc3339() });
    Ok(sql::of_user(cx, user)?.map_or(Value::Null, told))
}

/// Takes somebody's agent away with their account.
pub fn erase(cx: &Cx<'_>, user: UserId) -> Result<()> {
    sql::delete_builtin(cx, user).map(drop)
}
