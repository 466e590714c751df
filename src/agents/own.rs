//! The agent that every user has: made with the account, gone with it.

use serde_json::{Value, json};

use super::announce;
use super::keys::Key;
use super::model::{Agent, Kind, State, open_rules};
use super::register::delete;
use super::registration::{Registered, Relation};
use super::sql;
use crate::accounts;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, Id, UserId};
use crate::base::time::Timestamp;
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

/// A user's built-in agent, be it that it is still to be made.
pub(super) fn to_be(cx: &Cx<'_>, user: UserId) -> Result<Agent> {
    Ok(sql::of_user(cx, user)?.unwrap_or_else(|| unmade(cx, user)))
}

/// A user's built-in agent as it will be when it is made.
pub(super) fn unmade(cx: &Cx<'_>, user: UserId) -> Agent {
    Agent {
        id: AgentId::from_uuid(user.uuid()),
        kind: Kind::Builtin,
        user: Some(user),
        name: String::new(),
        zone: cx.house().zone,
        week: None,
        rules: open_rules(),
        state: State::Active,
        created_at: cx.now,
    }
}

/// For whom an agent acts, as long as there is one; a room or thing acts for nobody.
pub fn owner_of(cx: &Cx<'_>, id: AgentId) -> Result<Option<UserId>> {
    Ok(sql::agent(cx, id)?.and_then(|agent| agent.user))
}

/// The programs that somebody has registered, those that are retired as well, for rooms that have settled who is asking.
pub fn programs_of(cx: &Cx<'_>, user: UserId) -> Result<Vec<AgentId>> {
    Ok(sql::registry::registered_of(cx, user)?.into_iter().map(|one| one.agent.id).collect())
}

/// What kind of agent it is, as long as there is one.
pub fn kind_of(cx: &Cx<'_>, id: AgentId) -> Result<Option<Kind>> {
    Ok(sql::agent(cx, id)?.map(|agent| agent.kind))
}

/// An agent of any kind, for rooms that have settled who is asking.
pub fn any(cx: &Cx<'_>, id: AgentId) -> Result<Option<Agent>> {
    sql::agent(cx, id)
}

/// What is stored of somebody's agents, and the roles that they are in.
pub fn export(cx: &Cx<'_>, user: UserId) -> Result<Value> {
    let told = |agent: Agent| json!({ "id": agent.id, "created": agent.created_at.to_rfc3339() });
    let mut programs = Vec::new();
    for one in sql::registry::registered_of(cx, user)? {
        programs.push(exported(cx, &one)?);
    }
    let roles = sql::roles::roles_of(cx, user)?.into_iter().map(|(_, name)| name);
    Ok(json!({
        "builtin": sql::of_user(cx, user)?.map_or(Value::Null, told),
        "registered": programs,
        "announcements": announce::export(cx, user)?,
        "roles": roles.collect::<Vec<_>>(),
    }))
}

fn exported(cx: &Cx<'_>, one: &Registered) -> Result<Value> {
    let id = one.agent.id;
    let relations = sql::registry::relations(cx, id)?;
    let told =
        |(other, relation): &(AgentId, Relation)| json!({ "agent": other, "relation": relation.as_str() });
    Ok(json!({
        "id": id,
        "kind": one.agent.kind.as_str(),
        "name": one.agent.name,
        "handle": one.handle,
        "about": one.about,
        "resource": one.resource,
        "capabilities": one.capabilities,
        "preferences": one.preferences,
        "reach": { "direct": one.is_direct, "group": one.is_group, "discoverable": one.is_discoverable },
        "state": one.agent.state.as_str(),
        "created": one.agent.created_at.to_rfc3339(),
        "last_sign_of_life": one.active_at.map(Timestamp::to_rfc3339),
        "keys": sql::keys::keys_of(cx, id)?.iter().map(exported_key).collect::<Vec<_>>(),
        "relations": relations.iter().map(told).collect::<Vec<_>>(),
    }))
}

fn exported_key(key: &Key) -> Value {
    json!({
        "name": key.name,
        "scopes": key.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>(),
        "created": key.created_at.to_rfc3339(),
        "used": key.used_at.map(Timestamp::to_rfc3339),
        "revoked": key.revoked_at.map(Timestamp::to_rfc3339),
    })
}

/// Takes somebody's agents away with their account, out of the lists of others as well.
pub fn erase(cx: &mut Cx<'_>, user: UserId) -> Result<()> {
    for one in sql::registry::registered_of(cx, user)? {
        delete(cx, one.agent.id)?;
    }
    announce::forget(cx, user)?;
    sql::roles::leave_roles(cx, user)?;
    sql::registry::forget_on_lists(cx, AgentId::from_uuid(user.uuid()))?;
    sql::delete_builtin(cx, user).map(drop)
}
