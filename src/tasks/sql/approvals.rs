//! The statements of approvals and votes.

use serde_json::Value;

use super::{opened, opened_line, sealed, sealed_line};
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, ApprovalId, ConnectionId, TaskId, UserId};
use crate::base::time::Timestamp;
use crate::store::{self, Cx, Row, ToValue};
use crate::tasks::approvals::model::{Approval, ApprovalState, Choice, Of, Vote};
use crate::values;

const APPROVAL: &str =
    "id, task_id, kind, about, payload, from_user_id, from_agent_id, of_kind, of_id, connection_id, needed,
    state, rule_id, version, created_at, due_at, ended_at";

impl Of {
    fn kind(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Role(_) => "role",
        }
    }
}

impl ToValue for Of {
    /// The id, as the store has it.
    fn to_value(&self) -> store::Value {
        match self {
            Self::User(id) => id.to_value(),
            Self::Role(id) => id.to_value(),
        }
    }
}

fn of_row(row: &Row<'_>) -> Result<Of> {
    let word: String = row.get("of_kind")?;
    match word.as_str() {
        "user" => Ok(Of::User(row.get("of_id")?)),
        "role" => Ok(Of::Role(row.get("of_id")?)),
        _ => Err(Error::internal(format!("{word} decides nothing"))),
    }
}

fn approval_row(cx: &Cx<'_>, row: &Row<'_>) -> Result<Approval> {
    let id: ApprovalId = row.get("id")?;
    let place = id.to_string();
    let (state, payload): (String, Option<Vec<u8>>) = (row.get("state")?, row.get("payload")?);
    Ok(Approval {
        id,
        task: row.get("task_id")?,
        kind: row.get("kind")?,
        about: opened_line(cx, &place, row.get("about")?)?,
        payload: payload.map(|sealed| opened(cx, &place, &sealed)).transpose()?,
        from: row.get("from_user_id")?,
        from_agent: row.get("from_agent_id")?,
        of: of_row(row)?,
        connection: row.get("connection_id")?,
        needed: row.get("needed")?,
        state: ApprovalState::stored(&state)?,
        rule: row.get("rule_id")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        due_at: row.get("due_at")?,
        ended_at: row.get("ended_at")?,
        votes: Vec::new(),
    })
}

pub(in crate::tasks) fn insert(cx: &Cx<'_>, one: &Approval) -> Result<()> {
    let place = one.id.to_string();
    let payload = one.payload.as_ref().map(|payload: &Value| sealed(cx, &place, payload));
    cx.db.change_one(
        "INSERT INTO approvals (id, task_id, kind, about, payload, from_user_id, from_agent_id, of_kind, of_id, needed,
             state, rule_id, version, created_at, due_at, connection_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        values![
            one.id,
            one.task,
            one.kind,
            sealed_line(cx, &place, &one.about),
            payload,
            one.from,
            one.from_agent,
            one.of.kind(),
            one.of,
            one.needed,
            one.state.as_str(),
            one.rule,
            one.version,
            one.created_at,
            one.due_at,
            one.connection
        ],
    )
}

/// Writes how an approval stands now. One value of it is written once.
pub(in crate::tasks) fn update(cx: &Cx<'_>, one: &mut Approval) -> Result<()> {
    if one.state.is_over() && one.ended_at.is_none() {
        one.ended_at = Some(cx.now);
    }
    let changed = cx.db.execute(
        "UPDATE approvals SET state = $3, rule_id = $4, ended_at = $5, version = version + 1
         WHERE id = $1 AND version = $2",
        values![one.id, one.version, one.state.as_str(), one.rule, one.ended_at],
    )?;
    if changed == 0 {
        return Err(Error::internal("an approval was changed twice in one unit of work"));
    }
    one.version += 1;
    Ok(())
}

pub(in crate::tasks) fn approval(cx: &Cx<'_>, id: ApprovalId) -> Result<Option<Approval>> {
    let found =
        cx.db.one(&format!("SELECT {APPROVAL} FROM approvals WHERE id = $1"), values![id], |row| {
            approval_row(cx, row)
        })?;
    found.map(|one| with_votes(cx, one)).transpose()
}

fn with_votes(cx: &Cx<'_>, mut one: Approval) -> Result<Approval> {
    let place = one.id.to_string();
    one.votes = cx.db.all(
        "SELECT v.user_id, u.name, v.choice, v.note, v.road, v.created_at FROM approval_votes v
         LEFT JOIN users u ON u.id = v.user_id WHERE v.approval_id = $1 ORDER BY v.user_id",
        values![one.id],
        |row| {
            let choice: String = row.get("choice")?;
            Ok(Vote {
                user: row.get("user_id")?,
                name: row.get::<Option<String>>("name")?.unwrap_or_default(),
                choice: Choice::stored(&choice)?,
                note: opened_line(cx, &place, row.get("note")?)?,
                road: row.get("road")?,
                at: row.get("created_at")?,
                counts: true,
            })
        },
    )?;
    Ok(one)
}

pub(in crate::tasks) fn set_vote(cx: &Cx<'_>, id: ApprovalId, vote: &Vote) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO approval_votes (approval_id, user_id, choice, note, road, created_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (approval_id, user_id) DO UPDATE SET choice = excluded.choice, note = excluded.note,
             road = excluded.road, created_at = excluded.created_at",
        values![
            id,
            vote.user,
            vote.choice.as_str(),
            sealed_line(cx, &id.to_string(), &vote.note),
            vote.road,
            vote.at
        ],
    )
}

/// What somebody, or whoever fills a role, is asked to decide, newest first; of one state, where one is named.
pub(in crate::tasks) fn of(
    cx: &Cx<'_>,
    of: Of,
    (state, before): (&str, ApprovalId),
    limit: u32,
) -> Result<Vec<Approval>> {
    let found = if state.is_empty() {
        cx.db.all(
            &format!(
                "SELECT {APPROVAL} FROM approvals WHERE of_kind = $1 AND of_id = $2
                     AND state IN ('pending', 'approved', 'refused', 'expired', 'canceled') AND id < $3
                 ORDER BY id DESC LIMIT $4"
            ),
            values![of.kind(), of, before, limit],
            |row| approval_row(cx, row),
        )?
    } else {
        cx.db.all(
            &format!(
                "SELECT {APPROVAL} FROM approvals WHERE of_kind = $1 AND of_id = $2 AND state = $3 AND id < $4
                 ORDER BY id DESC LIMIT $5"
            ),
            values![of.kind(), of, state, before, limit],
            |row| approval_row(cx, row),
        )?
    };
    found.into_iter().map(|one| with_votes(cx, one)).collect()
}

/// What somebody, or a program of theirs, asked for, newest first.
pub(in crate::tasks) fn from(
    cx: &Cx<'_>,
    user: UserId,
    (state, before): (&str, ApprovalId),
    limit: u32,
) -> Result<Vec<Approval>> {
    let found = cx.db.all(
        &format!(
            "SELECT {APPROVAL} FROM approvals WHERE from_user_id = $1 AND id < $2 AND ($3 = '' OR state = $3)
             ORDER BY id DESC LIMIT $4"
        ),
        values![user, before, state, limit],
        |row| approval_row(cx, row),
    )?;
    found.into_iter().map(|one| with_votes(cx, one)).collect()
}

pub(in crate::tasks) fn of_task(cx: &Cx<'_>, task: TaskId) -> Result<Vec<Approval>> {
    let found = cx.db.all(
        &format!("SELECT {APPROVAL} FROM approvals WHERE task_id = $1 ORDER BY id"),
        values![task],
        |row| approval_row(cx, row),
    )?;
    found.into_iter().map(|one| with_votes(cx, one)).collect()
}

pub(in crate::tasks) fn overdue(cx: &Cx<'_>, limit: u32) -> Result<Vec<ApprovalId>> {
    cx.db.all(
        "SELECT id FROM approvals WHERE ended_at IS NULL AND due_at <= $1 ORDER BY due_at LIMIT $2",
        values![cx.now, limit],
        |row| row.get("id"),
    )
}

pub(in crate::tasks) fn ended_before(cx: &Cx<'_>, before: Timestamp, limit: u32) -> Result<Vec<ApprovalId>> {
    cx.db.all(
        "SELECT id FROM approvals WHERE ended_at IS NOT NULL AND ended_at < $1 ORDER BY ended_at LIMIT $2",
        values![before, limit],
        |row| row.get("id"),
    )
}

/// All that somebody asked for, and all that was asked of them alone.
pub(in crate::tasks) fn all_of(cx: &Cx<'_>, user: UserId) -> Result<Vec<ApprovalId>> {
    cx.db.all(
        "SELECT id FROM approvals WHERE from_user_id = $1
         UNION SELECT id FROM approvals WHERE of_kind = 'user' AND of_id = $1",
        values![user],
        |row| row.get("id"),
    )
}

/// What waits of all that somebody asked for, and of what was asked of them alone.
pub(in crate::tasks) fn pending_of(cx: &Cx<'_>, user: UserId) -> Result<Vec<ApprovalId>> {
    cx.db.all(
        "SELECT id FROM approvals WHERE from_user_id = $1 AND ended_at IS NULL
         UNION SELECT id FROM approvals WHERE of_kind = 'user' AND of_id = $1 AND state = 'pending'",
        values![user],
        |row| row.get("id"),
    )
}

/// What waits of what was asked through a connection.
pub(in crate::tasks) fn pending_through(cx: &Cx<'_>, connection: ConnectionId) -> Result<Vec<ApprovalId>> {
    cx.db.all(
        "SELECT id FROM approvals WHERE connection_id = $1 AND ended_at IS NULL",
        values![connection],
        |row| row.get("id"),
    )
}

/// What waits of what a program asked for.
pub(in crate::tasks) fn pending_from(cx: &Cx<'_>, owner: UserId, agent: AgentId) -> Result<Vec<ApprovalId>> {
    cx.db.all(
        "SELECT id FROM approvals WHERE from_user_id = $1 AND from_agent_id = $2 AND ended_at IS NULL ORDER BY id",
        values![owner, agent],
        |row| row.get("id"),
    )
}

/// What waits for a person, or for those who fill a role, to decide it.
pub(in crate::tasks) fn pending_at(cx: &Cx<'_>, of: Of) -> Result<Vec<ApprovalId>> {
    cx.db.all(
        "SELECT id FROM approvals WHERE of_kind = $1 AND of_id = $2 AND state = 'pending' ORDER BY id",
        values![of.kind(), of],
        |row| row.get("id"),
    )
}

/// What waits for those who fill any role to decide it.
pub(in crate::tasks) fn pending_at_roles(cx: &Cx<'_>) -> Result<Vec<ApprovalId>> {
    cx.db.all(
        "SELECT id FROM approvals WHERE of_kind = 'role' AND state = 'pending' ORDER BY id",
        values![],
        |row| row.get("id"),
    )
}

pub(in crate::tasks) fn delete(cx: &Cx<'_>, id: ApprovalId) -> Result<()> {
    cx.db.execute("DELETE FROM approval_votes WHERE approval_id = $1", values![id])?;
    cx.db.execute("DELETE FROM approvals WHERE id = $1", values![id]).map(drop)
}

/// The votes of somebody, newest first: for what is taken away.
pub(in crate::tasks) fn votes_of(cx: &Cx<'_>, user: UserId) -> Result<Vec<ApprovalId>> {
    cx.db.all(
        "SELECT approval_id FROM approval_votes WHERE user_id = $1 ORDER BY approval_id",
        values![user],
        |row| row.get("approval_id"),
    )
}

pub(in crate::tasks) fn delete_votes_of(cx: &Cx<'_>, user: UserId) -> Result<usize> {
    cx.db.execute("DELETE FROM approval_votes WHERE user_id = $1", values![user])
}
