//! The statements of agents.

pub(super) mod engagements;
pub(super) mod keys;
pub(super) mod registry;
pub(super) mod roles;

use super::model::{Agent, Kind, State};
use crate::base::error::{Error, Result};
use crate::base::hours::Week;
use crate::base::id::{AgentId, UserId};
use crate::base::time::Zone;
use crate::network::Constraints;
use crate::store::{Cx, Fact, Row};
use crate::values;

/// A built-in one is called as its user is; whoever has a user lives where they do.
const AGENT_COLUMNS: &str =
    "a.kind, a.state, a.week, a.rules, a.id, a.user_id,
    CASE a.kind WHEN 'builtin' THEN u.name ELSE a.name END AS name, COALESCE(u.time_zone, a.zone) AS zone, a.created_at";
const FROM: &str = "FROM agents a LEFT JOIN users u ON u.id = a.user_id";

fn agent_row(row: &Row<'_>) -> Result<Agent> {
    let (kind, state): (String, String) = (row.get("kind")?, row.get("state")?);
    let broken = || Error::internal("an agent is not one of ours");
    let (week, rules): (Option<String>, Option<String>) = (row.get("week")?, row.get("rules")?);
    let rules: Option<Constraints> = read(rules)?;
    Ok(Agent {
        id: row.get("id")?,
        kind: Kind::parse(&kind).ok_or_else(broken)?,
        user: row.get("user_id")?,
        name: row.get::<Option<String>>("name")?.unwrap_or_default(),
        zone: row.get::<Option<Zone>>("zone")?.unwrap_or(Zone::UTC),
        week: read::<Week>(week)?,
        rules: rules.unwrap_or_default(),
        state: State::parse(&state).ok_or_else(broken)?,
        created_at: row.get("created_at")?,
    })
}

fn read<T: serde::de::DeserializeOwned>(text: Option<String>) -> Result<Option<T>> {
    text.map(|text| serde_json::from_str(&text).map_err(Error::internal)).transpose()
}

fn written<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

const AGENT: Fact = Fact { name: "agents.agent", tables: &["agents", "users"] };

pub(super) fn agent(cx: &Cx<'_>, id: AgentId) -> Result<Option<Agent>> {
    let read = |cx: &Cx<'_>| {
        cx.db.one(&format!("SELECT {AGENT_COLUMNS} {FROM} WHERE a.id = $1"), values![id], agent_row)
    };
    cx.known(AGENT, values![id], read)
}

pub(super) fn of_user(cx: &Cx<'_>, user: UserId) -> Result<Option<Agent>> {
    cx.db.one(
        &format!("SELECT {AGENT_COLUMNS} {FROM} WHERE a.user_id = $1 AND a.kind = 'builtin'"),
        values![user],
        agent_row,
    )
}

pub(super) fn resources(cx: &Cx<'_>) -> Result<Vec<Agent>> {
    cx.db.all(
        &format!("SELECT {AGENT_COLUMNS} {FROM} WHERE a.kind = 'resource' ORDER BY a.name, a.id"),
        &[],
        agent_row,
    )
}

pub(super) fn insert_builtin(cx: &Cx<'_>, id: AgentId, user: UserId) -> Result<()> {
    cx.db.execute(
        "INSERT INTO agents (id, kind, user_id, name, state, created_at) VALUES ($1, 'builtin', $2, '', 'active', $3)
         ON CONFLICT (id) DO NOTHING",
        values![id, user, cx.now],
    )?;
    Ok(())
}

pub(super) fn insert_resource(cx: &Cx<'_>, agent: &Agent) -> Result<()> {
    let week = agent.week.as_ref().map(written).transpose()?;
    cx.db.change_one(
        "INSERT INTO agents (id, kind, name, zone, week, rules, state, created_at)
         VALUES ($1, 'resource', $2, $3, $4, $5, $6, $7)",
        values![
            agent.id,
            agent.name,
            agent.zone,
            week,
            written(&agent.rules)?,
            agent.state.as_str(),
            agent.created_at
        ],
    )
}

pub(super) fn set_resource(cx: &Cx<'_>, agent: &Agent) -> Result<()> {
    let week = agent.week.as_ref().map(written).transpose()?;
    cx.db.change_one(
        "UPDATE agents SET name = $2, zone = $3, week = $4, rules = $5, state = $6 WHERE id = $1",
        values![agent.id, agent.name, agent.zone, week, written(&agent.rules)?, agent.state.as_str()],
    )
}

pub(super) fn delete_builtin(cx: &Cx<'_>, user: UserId) -> Result<usize> {
    cx.db.execute("DELETE FROM agents WHERE user_id = $1 AND kind = 'builtin'", values![user])
}
