//! The statements of types.

use crate::base::error::Result;
use crate::base::id::{AgentId, UserId};
use crate::store::{Cx, Row};
use crate::tasks::schema::Schema;
use crate::tasks::types::TaskType;
use crate::values;

fn type_row(row: &Row<'_>) -> Result<TaskType> {
    let (payload, result): (String, Option<String>) = (row.get("payload")?, row.get("result")?);
    Ok(TaskType {
        id: Some(row.get("id")?),
        name: row.get("name")?,
        about: row.get("about")?,
        payload: Schema::stored(&payload)?,
        result: result.as_deref().map(Schema::stored).transpose()?,
        created_at: Some(row.get("created_at")?),
    })
}

pub(in crate::tasks) fn named(cx: &Cx<'_>, agent: AgentId, name: &str) -> Result<Option<TaskType>> {
    cx.db.one(
        "SELECT id, name, about, payload, result, created_at FROM task_types WHERE agent_id = $1 AND name = $2",
        values![agent, name],
        type_row,
    )
}

pub(in crate::tasks) fn of_agent(cx: &Cx<'_>, agent: AgentId) -> Result<Vec<TaskType>> {
    cx.db.all(
        "SELECT id, name, about, payload, result, created_at FROM task_types WHERE agent_id = $1 ORDER BY name",
        values![agent],
        type_row,
    )
}

pub(in crate::tasks) fn set(cx: &Cx<'_>, agent: AgentId, one: &TaskType) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO task_types (id, agent_id, name, about, payload, result, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (agent_id, name) DO UPDATE SET about = excluded.about, payload = excluded.payload, result = excluded.result",
        values![
            one.id,
            agent,
            one.name,
            one.about,
            one.payload.value().to_string(),
            one.result.as_ref().map(|schema| schema.value().to_string()),
            one.created_at.unwrap_or(cx.now)
        ],
    )
}

pub(in crate::tasks) fn delete(cx: &Cx<'_>, agent: AgentId, name: &str) -> Result<bool> {
    let deleted =
        cx.db.execute("DELETE FROM task_types WHERE agent_id = $1 AND name = $2", values![agent, name])?;
    Ok(deleted > 0)
}

pub(in crate::tasks) fn delete_of_user(cx: &Cx<'_>, user: UserId) -> Result<usize> {
    cx.db.execute(
        "DELETE FROM task_types WHERE agent_id IN (SELECT id FROM agents WHERE user_id = $1)",
        values![user],
    )
}
