//! The statements of registrations, relations and presence.

use super::{AGENT_COLUMNS, agent_row, written};
use crate::agents::model::Agent;
use crate::agents::registration::{Claimed, Registered, Relation};
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, Id, UserId};
use crate::base::time::Timestamp;
use crate::store::{Cx, Fact, Row};
use crate::values;

const COLUMNS: &str =
    "r.handle, r.capabilities, r.preferences, r.claimed, r.about, r.resource_id, r.is_direct, r.is_group,
    r.is_discoverable, r.lease_until, r.active_at, r.shut_out_until, r.shut_out_reason,
    (SELECT COUNT(*) FROM agent_engagements e WHERE e.agent_id = a.id)
        + (SELECT COUNT(*) FROM agent_conversations c WHERE c.agent_id = a.id) AS engaged";
const FROM: &str =
    "FROM agents a JOIN registrations r ON r.agent_id = a.id LEFT JOIN users u ON u.id = a.user_id";

fn registered_row(row: &Row<'_>) -> Result<Registered> {
    let agent = agent_row(row)?;
    let handle = row.get("handle")?;
    registration_row(row, agent, handle)
}

fn registration_row(row: &Row<'_>, agent: Agent, handle: String) -> Result<Registered> {
    let (capabilities, preferences): (String, String) = (row.get("capabilities")?, row.get("preferences")?);
    let claimed: String = row.get("claimed")?;
    let broken = || Error::internal("what an agent claimed is not one of ours");
    Ok(Registered {
        agent,
        handle,
        about: row.get("about")?,
        resource: row.get("resource_id")?,
        capabilities: serde_json::from_str(&capabilities).map_err(Error::internal)?,
        preferences: serde_json::from_str(&preferences).map_err(Error::internal)?,
        is_direct: row.get("is_direct")?,
        is_group: row.get("is_group")?,
        is_discoverable: row.get("is_discoverable")?,
        claimed: Claimed::parse(&claimed).ok_or_else(broken)?,
        lease_until: row.get("lease_until")?,
        active_at: row.get("active_at")?,
        shut_out_until: row.get("shut_out_until")?,
        shut_out_reason: row.get("shut_out_reason")?,
        engaged: u32::try_from(row.get::<i64>("engaged")?).unwrap_or(u32::MAX),
    })
}

pub(in crate::agents) fn registered(cx: &Cx<'_>, id: AgentId) -> Result<Option<Registered>> {
    let sql = format!("SELECT {AGENT_COLUMNS}, {COLUMNS} {FROM} WHERE a.id = $1");
    cx.db.one(&sql, values![id], registered_row)
}

/// An agent that another one may meet: a program, with its registration, or somebody's built-in one, without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::agents) enum Met {
    Program(Registered),
    Other(Agent),
}

const MET: Fact = Fact {
    name: "agents.met",
    tables: &["agents", "registrations", "users", "agent_engagements", "agent_conversations"],
};

/// An agent of any kind by its id: one statement, be it a program or not, or not there.
pub(in crate::agents) fn met(cx: &Cx<'_>, id: AgentId) -> Result<Option<Met>> {
    cx.known(MET, values![id], |cx| read_met(cx, id))
}

fn read_met(cx: &Cx<'_>, id: AgentId) -> Result<Option<Met>> {
    let sql = format!(
        "SELECT {AGENT_COLUMNS}, {COLUMNS} FROM agents a LEFT JOIN registrations r ON r.agent_id = a.id
             LEFT JOIN users u ON u.id = a.user_id WHERE a.id = $1"
    );
    cx.db.one(&sql, values![id], |row| {
        let agent = agent_row(row)?;
        match row.get::<Option<String>>("handle")? {
            Some(handle) => registration_row(row, agent, handle).map(Met::Program),
            None => Ok(Met::Other(agent)),
        }
    })
}

pub(in crate::agents) fn registered_of(cx: &Cx<'_>, user: UserId) -> Result<Vec<Registered>> {
    let sql = format!("SELECT {AGENT_COLUMNS}, {COLUMNS} {FROM} WHERE a.user_id = $1 ORDER BY a.id");
    cx.db.all(&sql, values![user], registered_row)
}

pub(in crate::agents) fn by_handle(cx: &Cx<'_>, handle: &str) -> Result<Option<Registered>> {
    let sql = format!("SELECT {AGENT_COLUMNS}, {COLUMNS} {FROM} WHERE r.handle = $1");
    cx.db.one(&sql, values![handle], registered_row)
}

pub(in crate::agents) fn playing(cx: &Cx<'_>, user: UserId) -> Result<Option<Registered>> {
    let sql = format!(
        "SELECT {AGENT_COLUMNS}, {COLUMNS} {FROM} WHERE a.user_id = $1 AND a.kind = 'personal' AND a.state = 'active'"
    );
    cx.db.one(&sql, values![user], registered_row)
}

pub(in crate::agents) fn insert_agent(cx: &Cx<'_>, agent: &Agent) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO agents (id, kind, user_id, name, state, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        values![
            agent.id,
            agent.kind.as_str(),
            agent.user,
            agent.name,
            agent.state.as_str(),
            agent.created_at
        ],
    )
}

/// Says whether the handle was free.
pub(in crate::agents) fn insert_registration(cx: &Cx<'_>, one: &Registered) -> Result<bool> {
    let (capabilities, preferences) = (written(&one.capabilities)?, written(&one.preferences)?);
    let inserted = cx.db.execute(
        "INSERT INTO registrations (agent_id, handle, about, resource_id, capabilities, preferences, is_direct, is_group,
         is_discoverable, claimed, lease_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (handle) DO NOTHING",
        values![
            one.agent.id, one.handle, one.about, one.resource, capabilities, preferences, one.is_direct, one.is_group,
            one.is_discoverable, one.claimed.as_str(), one.lease_until
        ],
    )?;
    Ok(inserted == 1)
}

pub(in crate::agents) fn update(cx: &Cx<'_>, one: &Registered) -> Result<()> {
    let (capabilities, preferences) = (written(&one.capabilities)?, written(&one.preferences)?);
    cx.db.change_one(
        "UPDATE agents SET name = $2, state = $3 WHERE id = $1",
        values![one.agent.id, one.agent.name, one.agent.state.as_str()],
    )?;
    cx.db.change_one(
        "UPDATE registrations SET about = $2, resource_id = $3, capabilities = $4, preferences = $5, is_direct = $6,
         is_group = $7, is_discoverable = $8 WHERE agent_id = $1",
        values![
            one.agent.id, one.about, one.resource, capabilities, preferences, one.is_direct, one.is_group,
            one.is_discoverable
        ],
    )
}

/// The program that answers for a resource.
pub(in crate::agents) fn answering(cx: &Cx<'_>, resource: AgentId) -> Result<Option<AgentId>> {
    cx.db.one("SELECT agent_id FROM registrations WHERE resource_id = $1", values![resource], |row| {
        row.get("agent_id")
    })
}

/// It is there no more; when it last gave a sign of life stays as it was.
pub(in crate::agents) fn end_lease(cx: &Cx<'_>, id: AgentId) -> Result<()> {
    cx.db.change_one("UPDATE registrations SET lease_until = $2 WHERE agent_id = $1", values![id, cx.now])
}

pub(in crate::agents) fn set_lease(
    cx: &Cx<'_>,
    id: AgentId,
    claimed: Claimed,
    until: Timestamp,
) -> Result<()> {
    cx.db.change_one(
        "UPDATE registrations SET claimed = $2, lease_until = $3, active_at = $4, inactive_told_at = NULL WHERE agent_id = $1",
        values![id, claimed.as_str(), until, cx.now],
    )
}

/// Until when a program is shut out, and why; `None`: it is in.
/// Whose lease ended after an instant, and by now.
pub(in crate::agents) fn lapsed(cx: &Cx<'_>, since: Timestamp) -> Result<Vec<AgentId>> {
    cx.db.all(
        "SELECT agent_id FROM registrations WHERE lease_until > $1 AND lease_until <= $2 ORDER BY lease_until",
        values![since, cx.now],
        |row| row.get("agent_id"),
    )
}

/// When the next lease ends that goes on.
pub(in crate::agents) fn next_lapse(cx: &Cx<'_>) -> Result<Option<Timestamp>> {
    cx.db.one(
        "SELECT lease_until FROM registrations WHERE lease_until > $1 ORDER BY lease_until LIMIT 1",
        values![cx.now],
        |row| row.get("lease_until"),
    )
}

pub(in crate::agents) fn set_shut_out(
    cx: &Cx<'_>,
    id: AgentId,
    until: Option<(Timestamp, &str)>,
) -> Result<()> {
    cx.db.change_one(
        "UPDATE registrations SET shut_out_until = $2, shut_out_reason = $3 WHERE agent_id = $1",
        values![id, until.map(|(at, _)| at), until.map(|(_, why)| why.to_owned())],
    )
}

/// A program that gives no sign of life.
pub(in crate::agents) struct Silent {
    pub(in crate::agents) id: AgentId,
    pub(in crate::agents) owner: UserId,
    pub(in crate::agents) name: String,
    /// Whether it never gave one.
    pub(in crate::agents) never_came: bool,
}

/// Programs that act and gave no sign of life since an instant, those that were added before it and never gave one among them,
/// and whose owners were not told.
pub(in crate::agents) fn silent(cx: &Cx<'_>, since: Timestamp, limit: u32) -> Result<Vec<Silent>> {
    let silent = |cx: &Cx<'_>, which: &str, never_came: bool, limit: u32| {
        let sql = format!(
            "SELECT r.agent_id, a.user_id, a.name FROM registrations r JOIN agents a ON a.id = r.agent_id
             WHERE r.inactive_told_at IS NULL AND {which} AND a.state = 'active' AND a.user_id IS NOT NULL
             ORDER BY r.active_at LIMIT $2"
        );
        cx.db.all(&sql, values![since, limit], |row| {
            let (id, owner, name) = (row.get("agent_id")?, row.get("user_id")?, row.get("name")?);
            Ok(Silent { id, owner, name, never_came })
        })
    };
    let mut found = silent(cx, "r.active_at < $1", false, limit)?;
    let left = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(limit));
    found.extend(silent(cx, "r.active_at IS NULL AND a.created_at < $1", true, left)?);
    Ok(found)
}

pub(in crate::agents) fn set_told(cx: &Cx<'_>, id: AgentId) -> Result<()> {
    cx.db
        .change_one("UPDATE registrations SET inactive_told_at = $2 WHERE agent_id = $1", values![id, cx.now])
}

/// How many programs are there, and how many are shut out.
pub(in crate::agents) fn many(cx: &Cx<'_>) -> Result<(i64, i64)> {
    let count = |sql: &str| cx.db.one(sql, values![cx.now], |row| row.get::<i64>("many"));
    let there = count("SELECT COUNT(*) AS many FROM registrations WHERE lease_until > $1")?;
    let out = count(
        "SELECT COUNT(*) AS many FROM registrations WHERE shut_out_until IS NOT NULL AND shut_out_until > $1",
    )?;
    Ok((there.unwrap_or(0), out.unwrap_or(0)))
}

/// Everybody's programs after one of them, in the order of their ids.
pub(in crate::agents) fn registered_after(
    cx: &Cx<'_>,
    after: Option<AgentId>,
    limit: u32,
) -> Result<Vec<Registered>> {
    let after = after.unwrap_or_else(|| AgentId::from_uuid(uuid::Uuid::nil()));
    let sql = format!(
        "SELECT {AGENT_COLUMNS}, {COLUMNS} {FROM} WHERE r.agent_id > $1 ORDER BY r.agent_id LIMIT $2"
    );
    cx.db.all(&sql, values![after, limit], registered_row)
}

/// Programs that were retired before, which is when their lease ended for good.
pub(in crate::agents) fn retired(cx: &Cx<'_>, before: Timestamp, limit: u32) -> Result<Vec<AgentId>> {
    cx.db.all(
        "SELECT r.agent_id FROM registrations r JOIN agents a ON a.id = r.agent_id
         WHERE r.lease_until < $1 AND a.state = 'retired' ORDER BY r.lease_until LIMIT $2",
        values![before, limit],
        |row| row.get("agent_id"),
    )
}

/// Takes an agent off the lists of all others.
pub(in crate::agents) fn forget_on_lists(cx: &Cx<'_>, id: AgentId) -> Result<usize> {
    cx.db.execute("DELETE FROM agent_relations WHERE other_id = $1", values![id])
}

pub(in crate::agents) fn delete_registered(cx: &Cx<'_>, id: AgentId) -> Result<()> {
    forget_on_lists(cx, id)?;
    for sql in [
        "DELETE FROM agent_relations WHERE agent_id = $1",
        "DELETE FROM agent_keys WHERE agent_id = $1",
        "DELETE FROM agent_engagements WHERE agent_id = $1",
        "DELETE FROM agent_conversations WHERE agent_id = $1",
        "DELETE FROM registrations WHERE agent_id = $1",
        "DELETE FROM agents WHERE id = $1",
    ] {
        cx.db.execute(sql, values![id])?;
    }
    Ok(())
}

const BETWEEN: Fact = Fact { name: "agents.between", tables: &["agent_relations"] };

/// What an agent thinks of another one, and that one of it.
pub(in crate::agents) fn between(
    cx: &Cx<'_>,
    one: AgentId,
    other: AgentId,
) -> Result<(Option<Relation>, Option<Relation>)> {
    cx.known(BETWEEN, values![one, other], |cx| read_between(cx, one, other))
}

fn read_between(cx: &Cx<'_>, one: AgentId, other: AgentId) -> Result<(Option<Relation>, Option<Relation>)> {
    let words = cx.db.one(
        "SELECT (SELECT relation FROM agent_relations WHERE agent_id = $1 AND other_id = $2) AS ours,
             (SELECT relation FROM agent_relations WHERE agent_id = $2 AND other_id = $1) AS theirs",
        values![one, other],
        |row| Ok((row.get::<Option<String>>("ours")?, row.get::<Option<String>>("theirs")?)),
    )?;
    let relation = |word: Option<String>| word.as_deref().and_then(Relation::parse);
    let (ours, theirs) = words.unwrap_or_default();
    Ok((relation(ours), relation(theirs)))
}

pub(in crate::agents) fn relations(cx: &Cx<'_>, of: AgentId) -> Result<Vec<(AgentId, Relation)>> {
    let rows = cx.db.all(
        "SELECT other_id, relation FROM agent_relations WHERE agent_id = $1 ORDER BY other_id",
        values![of],
        |row| Ok((row.get::<AgentId>("other_id")?, row.get::<String>("relation")?)),
    )?;
    Ok(rows.into_iter().filter_map(|(other, word)| Some((other, Relation::parse(&word)?))).collect())
}

pub(in crate::agents) fn set_relation(
    cx: &Cx<'_>,
    of: AgentId,
    other: AgentId,
    relation: Relation,
) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO agent_relations (agent_id, other_id, relation) VALUES ($1, $2, $3)
         ON CONFLICT (agent_id, other_id) DO UPDATE SET relation = excluded.relation",
        values![of, other, relation.as_str()],
    )
}

pub(in crate::agents) fn delete_relation(cx: &Cx<'_>, of: AgentId, other: AgentId) -> Result<bool> {
    let deleted = cx
        .db
        .execute("DELETE FROM agent_relations WHERE agent_id = $1 AND other_id = $2", values![of, other])?;
    Ok(deleted == 1)
}
