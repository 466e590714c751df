//! The statements of tasks.

use super::{opened, opened_line, sealed, sealed_line};
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, ConnectionId, MeetingId, RoleId, SessionId, TaskId, UserId};
use crate::base::time::Timestamp;
use crate::store::{self, Cx, Row, ToValue};
use crate::tasks::model::{State, Task, To};
use crate::values;

const TASK: &str = "id, session_id, type, from_user_id, from_agent_id, to_kind, to_id, connection_id, user_id, agent_id,
    payload, result, note, state, percent, about_id, trace, version, created_at, changed_at, due_at, ended_at, fell_at";

/// Whom something is addressed to, from its two columns.
pub(in crate::tasks) fn to_row(row: &Row<'_>, kind: &str, id: &str) -> Result<To> {
    let word: String = row.get(kind)?;
    match word.as_str() {
        "agent" => Ok(To::Agent(row.get(id)?)),
        "user" => Ok(To::User(row.get(id)?)),
        "role" => Ok(To::Role(row.get(id)?)),
        _ => Err(Error::internal(format!("{word} is nobody to ask"))),
    }
}

impl ToValue for To {
    /// The id, as the store has it.
    fn to_value(&self) -> store::Value {
        match self {
            Self::Agent(id) => id.to_value(),
            Self::User(id) => id.to_value(),
            Self::Role(id) => id.to_value(),
        }
    }
}

fn task_row(cx: &Cx<'_>, row: &Row<'_>) -> Result<Task> {
    let id: TaskId = row.get("id")?;
    let place = id.to_string();
    let (payload, result): (Vec<u8>, Option<Vec<u8>>) = (row.get("payload")?, row.get("result")?);
    let state: String = row.get("state")?;
    Ok(Task {
        id,
        session: row.get("session_id")?,
        kind: row.get("type")?,
        from: row.get("from_user_id")?,
        from_agent: row.get("from_agent_id")?,
        to: to_row(row, "to_kind", "to_id")?,
        connection: row.get("connection_id")?,
        user: row.get("user_id")?,
        agent: row.get("agent_id")?,
        payload: opened(cx, &place, &payload)?,
        result: result.map(|sealed| opened(cx, &place, &sealed)).transpose()?,
        note: opened_line(cx, &place, row.get("note")?)?,
        state: State::stored(&state)?,
        percent: row.get("percent")?,
        about: row.get("about_id")?,
        trace: row.get("trace")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        changed_at: row.get("changed_at")?,
        due_at: row.get("due_at")?,
        ended_at: row.get("ended_at")?,
        fell_at: row.get("fell_at")?,
    })
}

pub(in crate::tasks) fn insert(cx: &Cx<'_>, task: &Task) -> Result<()> {
    let place = task.id.to_string();
    cx.db.change_one(
        "INSERT INTO tasks (id, session_id, type, from_user_id, from_agent_id, to_kind, to_id, user_id, agent_id, payload,
             state, about_id, trace, version, created_at, changed_at, due_at, connection_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, $16, $17)",
        values![
            task.id,
            task.session,
            task.kind,
            task.from,
            task.from_agent,
            task.to.kind(),
            task.to,
            task.user,
            task.agent,
            sealed(cx, &place, &task.payload),
            task.state.as_str(),
            task.about,
            task.trace,
            task.version,
            task.created_at,
            task.due_at,
            task.connection
        ],
    )
}

/// Writes how a task stands now. One value of it is written once: a second, older one is a fault of ours.
pub(in crate::tasks) fn update(cx: &Cx<'_>, task: &mut Task) -> Result<()> {
    if task.state.is_over() && task.ended_at.is_none() {
        task.ended_at = Some(cx.now);
    }
    task.changed_at = cx.now;
    let place = task.id.to_string();
    let changed = cx.db.execute(
        "UPDATE tasks SET user_id = $3, agent_id = $4, result = $5, note = $6, state = $7, percent = $8, about_id = $9,
             changed_at = $10, ended_at = $11, version = version + 1
         WHERE id = $1 AND version = $2",
        values![
            task.id,
            task.version,
            task.user,
            task.agent,
            task.result.as_ref().map(|result| sealed(cx, &place, result)),
            sealed_line(cx, &place, &task.note),
            task.state.as_str(),
            task.percent,
            task.about,
            cx.now,
            task.ended_at
        ],
    )?;
    if changed == 0 {
        return Err(Error::internal("a task was changed twice in one unit of work"));
    }
    task.version += 1;
    Ok(())
}

pub(in crate::tasks) fn task(cx: &Cx<'_>, id: TaskId) -> Result<Option<Task>> {
    cx.db.one(&format!("SELECT {TASK} FROM tasks WHERE id = $1"), values![id], |row| task_row(cx, row))
}

/// The task whose transcript a session has.
pub(in crate::tasks) fn of_session(cx: &Cx<'_>, session: SessionId) -> Result<Option<TaskId>> {
    cx.db.one("SELECT id FROM tasks WHERE session_id = $1", values![session], |row| row.get("id"))
}

/// The tasks that wait for a session to come to something.
pub(in crate::tasks) fn about(cx: &Cx<'_>, session: SessionId) -> Result<Vec<TaskId>> {
    cx.db.all("SELECT id FROM tasks WHERE about_id = $1 AND ended_at IS NULL", values![session], |row| {
        row.get("id")
    })
}

/// Which tasks are listed.
#[derive(Clone, Copy, Debug)]
pub(in crate::tasks) struct Wanted<'a> {
    pub(in crate::tasks) before: TaskId,
    pub(in crate::tasks) limit: u32,
    /// Empty: any.
    pub(in crate::tasks) state: &'a str,
    /// Empty: any.
    pub(in crate::tasks) kind: &'a str,
    /// Only what is not over.
    pub(in crate::tasks) is_open: bool,
}

const FILTERS: &str = "($4 = '' OR state = $4) AND ($5 = '' OR type = $5) AND ($6 = 0 OR ended_at IS NULL)";

/// What somebody asked for, newest first.
pub(in crate::tasks) fn sent(cx: &Cx<'_>, user: UserId, wanted: Wanted<'_>) -> Result<Vec<Task>> {
    cx.db.all(
        &format!(
            "SELECT {TASK} FROM tasks WHERE from_user_id = $1 AND id < $2 AND {FILTERS} ORDER BY id DESC LIMIT $3"
        ),
        values![user, wanted.before, wanted.limit, wanted.state, wanted.kind, i64::from(wanted.is_open)],
        |row| task_row(cx, row),
    )
}

/// What somebody is asked, or took on, newest first.
pub(in crate::tasks) fn received(cx: &Cx<'_>, user: UserId, wanted: Wanted<'_>) -> Result<Vec<Task>> {
    cx.db.all(
        &format!(
            "SELECT {TASK} FROM tasks WHERE user_id = $1 AND id < $2 AND {FILTERS} ORDER BY id DESC LIMIT $3"
        ),
        values![user, wanted.before, wanted.limit, wanted.state, wanted.kind, i64::from(wanted.is_open)],
        |row| task_row(cx, row),
    )
}

/// What whoever fills a role is asked, newest first; taken on or not.
pub(in crate::tasks) fn to_role(cx: &Cx<'_>, role: RoleId, wanted: Wanted<'_>) -> Result<Vec<Task>> {
    cx.db.all(
        &format!(
            "SELECT {TASK} FROM tasks WHERE to_kind = 'role' AND to_id = $1 AND id < $2 AND {FILTERS}
             ORDER BY id DESC LIMIT $3"
        ),
        values![role, wanted.before, wanted.limit, wanted.state, wanted.kind, i64::from(wanted.is_open)],
        |row| task_row(cx, row),
    )
}

pub(in crate::tasks) fn overdue(cx: &Cx<'_>, limit: u32) -> Result<Vec<TaskId>> {
    cx.db.all(
        "SELECT id FROM tasks WHERE ended_at IS NULL AND due_at <= $1 ORDER BY due_at LIMIT $2",
        values![cx.now, limit],
        |row| row.get("id"),
    )
}

/// Of what goes on, what is somebody's or a program's: sent by them, or theirs to do.
pub(in crate::tasks) fn alive_of(cx: &Cx<'_>, user: UserId) -> Result<Vec<TaskId>> {
    cx.db.all(
        "SELECT id FROM tasks WHERE from_user_id = $1 AND ended_at IS NULL
         UNION SELECT id FROM tasks WHERE user_id = $1 AND ended_at IS NULL",
        values![user],
        |row| row.get("id"),
    )
}

/// Of what goes on, what was asked through a connection.
pub(in crate::tasks) fn alive_through(cx: &Cx<'_>, connection: ConnectionId) -> Result<Vec<TaskId>> {
    cx.db.all(
        "SELECT id FROM tasks WHERE connection_id = $1 AND ended_at IS NULL",
        values![connection],
        |row| row.get("id"),
    )
}

/// Of what goes on, what a role was asked and nobody of it has taken on.
pub(in crate::tasks) fn untaken_of(cx: &Cx<'_>, role: RoleId) -> Result<Vec<TaskId>> {
    cx.db.all(
        "SELECT id FROM tasks WHERE to_kind = 'role' AND to_id = $1 AND user_id IS NULL AND ended_at IS NULL ORDER BY id",
        values![role],
        |row| row.get("id"),
    )
}

/// Of what goes on, what a program is asked or took on.
pub(in crate::tasks) fn alive_at(cx: &Cx<'_>, owner: UserId, agent: AgentId) -> Result<Vec<TaskId>> {
    cx.db.all(
        "SELECT id FROM tasks WHERE user_id = $1 AND agent_id = $2 AND ended_at IS NULL",
        values![owner, agent],
        |row| row.get("id"),
    )
}

/// Of what goes on, what somebody themselves was asked, or a program in their place, and nobody has taken on.
pub(in crate::tasks) fn untaken_by(cx: &Cx<'_>, user: UserId) -> Result<Vec<TaskId>> {
    cx.db.all(
        "SELECT id FROM tasks WHERE user_id = $1 AND to_kind = 'user' AND state = 'submitted' ORDER BY id",
        values![user],
        |row| row.get("id"),
    )
}

/// A task is its owner's to do by hand from now on.
pub(in crate::tasks) fn fell(cx: &Cx<'_>, id: TaskId) -> Result<()> {
    cx.db.change_one("UPDATE tasks SET fell_at = $2 WHERE id = $1", values![id, cx.now])
}

/// A task belongs to the meeting that came of it.
pub(in crate::tasks) fn belongs_to(cx: &Cx<'_>, id: TaskId, meeting: MeetingId) -> Result<()> {
    cx.db.change_one("UPDATE tasks SET meeting_id = $2 WHERE id = $1", values![id, meeting])
}

/// What is over since before the house keeps it, and belongs to no meeting.
pub(in crate::tasks) fn ended_before(
    cx: &Cx<'_>,
    before: Timestamp,
    limit: u32,
) -> Result<Vec<(TaskId, SessionId)>> {
    cx.db.all(
        "SELECT id, session_id FROM tasks WHERE ended_at IS NOT NULL AND ended_at < $1 AND meeting_id IS NULL
         ORDER BY ended_at LIMIT $2",
        values![before, limit],
        |row| Ok((row.get("id")?, row.get("session_id")?)),
    )
}

/// All that somebody asked for or took on.
pub(in crate::tasks) fn all_of(cx: &Cx<'_>, user: UserId) -> Result<Vec<(TaskId, SessionId)>> {
    cx.db.all(
        "SELECT id, session_id FROM tasks WHERE from_user_id = $1 UNION SELECT id, session_id FROM tasks WHERE user_id = $1",
        values![user],
        |row| Ok((row.get("id")?, row.get("session_id")?)),
    )
}

pub(in crate::tasks) fn delete(cx: &Cx<'_>, id: TaskId) -> Result<usize> {
    cx.db.execute("DELETE FROM tasks WHERE id = $1", values![id])
}
