//! The statements of webhooks.

use super::model::{Event, EventState, Receiver, State, Webhook};
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, EntryId, UserId, WebhookEventId, WebhookId};
use crate::base::time::Timestamp;
use crate::store::{Cx, Row};
use crate::values;

const WEBHOOK: &str = "id, user_id, agent_id, kinds, receiver, state, failing_since, created_at";

/// A row, its receiver still sealed.
struct Sealed {
    webhook: (WebhookId, UserId, Option<AgentId>, String, String, Option<Timestamp>, Timestamp),
    receiver: Vec<u8>,
}

fn webhook_row(row: &Row<'_>) -> Result<Sealed> {
    Ok(Sealed {
        webhook: (
            row.get("id")?,
            row.get("user_id")?,
            row.get("agent_id")?,
            row.get("kinds")?,
            row.get("state")?,
            row.get("failing_since")?,
            row.get("created_at")?,
        ),
        receiver: row.get("receiver")?,
    })
}

fn opened(cx: &Cx<'_>, sealed: Sealed) -> Result<Webhook> {
    let (id, user, agent, kinds, state, failing_since, created_at) = sealed.webhook;
    Ok(Webhook {
        id,
        user,
        agent,
        kinds: kinds.split(',').map(str::to_owned).collect(),
        state: State::parse(&state).ok_or_else(|| Error::internal("a webhook in no state"))?,
        failing_since,
        created_at,
        receiver: Receiver::open(cx, id, &sealed.receiver)?,
    })
}

pub(super) fn webhook(cx: &Cx<'_>, id: WebhookId) -> Result<Option<Webhook>> {
    let sql = format!("SELECT {WEBHOOK} FROM webhooks WHERE id = $1");
    cx.db.one(&sql, values![id], webhook_row)?.map(|one| opened(cx, one)).transpose()
}

pub(super) fn of_user(cx: &Cx<'_>, user: UserId) -> Result<Vec<Webhook>> {
    let sql = format!("SELECT {WEBHOOK} FROM webhooks WHERE user_id = $1 ORDER BY id");
    cx.db.all(&sql, values![user], webhook_row)?.into_iter().map(|one| opened(cx, one)).collect()
}

pub(super) fn of_agent(cx: &Cx<'_>, agent: AgentId) -> Result<Vec<Webhook>> {
    let sql = format!("SELECT {WEBHOOK} FROM webhooks WHERE agent_id = $1");
    cx.db.all(&sql, values![agent], webhook_row)?.into_iter().map(|one| opened(cx, one)).collect()
}

/// Whether there is any webhook at all.
pub(super) fn is_any(cx: &Cx<'_>) -> Result<bool> {
    let found = cx.db.one("SELECT id FROM webhooks LIMIT 1", &[], |row| row.get::<WebhookId>("id"))?;
    Ok(found.is_some())
}

pub(super) fn insert(cx: &Cx<'_>, one: &Webhook) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO webhooks (id, user_id, agent_id, kinds, receiver, state, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![
            one.id,
            one.user,
            one.agent,
            one.kinds.join(","),
            one.receiver.seal(cx, one.id)?,
            one.state.as_str(),
            one.created_at
        ],
    )
}

/// Keeps everything of a webhook that can change.
pub(super) fn update(cx: &Cx<'_>, one: &Webhook) -> Result<()> {
    cx.db.change_one(
        "UPDATE webhooks SET kinds = $2, receiver = $3, state = $4, failing_since = $5 WHERE id = $1",
        values![
            one.id,
            one.kinds.join(","),
            one.receiver.seal(cx, one.id)?,
            one.state.as_str(),
            one.failing_since
        ],
    )
}

pub(super) fn set_failing_since(cx: &Cx<'_>, id: WebhookId, since: Option<Timestamp>) -> Result<()> {
    cx.db.change_one("UPDATE webhooks SET failing_since = $2 WHERE id = $1", values![id, since])
}

pub(super) fn delete(cx: &Cx<'_>, id: WebhookId) -> Result<()> {
    cx.db.execute("DELETE FROM webhook_events WHERE webhook_id = $1", values![id])?;
    cx.db.execute("DELETE FROM webhooks WHERE id = $1", values![id]).map(drop)
}

const EVENT: &str = "id, webhook_id, entry_id, kind, data, happened_at, state, attempts, tried_at, status, error, expires_at, ended_at";

fn event_row(row: &Row<'_>) -> Result<Event> {
    let state: String = row.get("state")?;
    let data: String = row.get("data")?;
    Ok(Event {
        id: row.get("id")?,
        webhook: row.get("webhook_id")?,
        entry: row.get("entry_id")?,
        kind: row.get("kind")?,
        data: serde_json::from_str(&data).map_err(Error::internal)?,
        happened_at: row.get("happened_at")?,
        state: EventState::parse(&state).ok_or_else(|| Error::internal("an event in no state"))?,
        attempts: row.get("attempts")?,
        tried_at: row.get("tried_at")?,
        status: row.get("status")?,
        error: row.get("error")?,
        expires_at: row.get("expires_at")?,
        ended_at: row.get("ended_at")?,
    })
}

/// An event to be written.
pub(super) struct New<'a> {
    pub(super) webhook: WebhookId,
    pub(super) entry: Option<EntryId>,
    pub(super) kind: &'a str,
    pub(super) data: &'a serde_json::Value,
    pub(super) happened_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

/// Writes an event; `None`: the webhook was told of that entry already.
pub(super) fn insert_event(cx: &Cx<'_>, new: &New<'_>) -> Result<Option<WebhookEventId>> {
    let id: WebhookEventId = cx.id();
    let written = cx.db.execute(
        "INSERT INTO webhook_events
             (id, webhook_id, entry_id, kind, data, happened_at, state, attempts, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, 'waiting', 0, $7, $8)
         ON CONFLICT (webhook_id, entry_id) DO NOTHING",
        values![
            id,
            new.webhook,
            new.entry,
            new.kind,
            new.data.to_string(),
            new.happened_at,
            cx.now,
            new.expires_at
        ],
    )?;
    Ok((written == 1).then_some(id))
}

/// What waits beyond so many, but for the very first; a hundred at once: as one comes, one goes.
pub(super) fn too_many_waiting(cx: &Cx<'_>, webhook: WebhookId, most: u32) -> Result<Vec<WebhookEventId>> {
    cx.db.all(
        "SELECT id FROM webhook_events WHERE webhook_id = $1 AND ended_at IS NULL
         AND id > (SELECT MIN(id) FROM webhook_events WHERE webhook_id = $1 AND ended_at IS NULL)
         ORDER BY id DESC LIMIT 100 OFFSET $2",
        values![webhook, most.saturating_sub(1)],
        |row| row.get("id"),
    )
}

pub(super) fn delete_event(cx: &Cx<'_>, id: WebhookEventId) -> Result<()> {
    cx.db.execute("DELETE FROM webhook_events WHERE id = $1", values![id]).map(drop)
}

pub(super) fn event(cx: &Cx<'_>, id: WebhookEventId) -> Result<Option<Event>> {
    cx.db.one(&format!("SELECT {EVENT} FROM webhook_events WHERE id = $1"), values![id], event_row)
}

/// Events of a webhook, newest first, those before `before` if it is given.
pub(super) fn events(
    cx: &Cx<'_>,
    webhook: WebhookId,
    before: Option<WebhookEventId>,
    limit: u32,
) -> Result<Vec<Event>> {
    match before {
        Some(before) => cx.db.all(
            &format!(
                "SELECT {EVENT} FROM webhook_events WHERE webhook_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
            ),
            values![webhook, before, limit],
            event_row,
        ),
        None => cx.db.all(
            &format!("SELECT {EVENT} FROM webhook_events WHERE webhook_id = $1 ORDER BY id DESC LIMIT $2"),
            values![webhook, limit],
            event_row,
        ),
    }
}

/// What a webhook is still to be told, oldest first.
pub(super) fn waiting(cx: &Cx<'_>, webhook: WebhookId) -> Result<Vec<WebhookEventId>> {
    cx.db.all(
        "SELECT id FROM webhook_events WHERE webhook_id = $1 AND ended_at IS NULL ORDER BY id",
        values![webhook],
        |row| row.get("id"),
    )
}

/// Counts an attempt that begins now.
pub(super) fn begin_attempt(cx: &Cx<'_>, id: WebhookEventId) -> Result<()> {
    cx.db.change_one(
        "UPDATE webhook_events SET attempts = attempts + 1, tried_at = $2 WHERE id = $1",
        values![id, cx.now],
    )
}

/// Keeps how the last attempt went, of an event that goes on waiting.
pub(super) fn set_answer(
    cx: &Cx<'_>,
    id: WebhookEventId,
    status: Option<i64>,
    error: Option<&str>,
) -> Result<()> {
    cx.db.change_one(
        "UPDATE webhook_events SET status = $2, error = $3 WHERE id = $1",
        values![id, status, error],
    )
}

pub(super) fn end_event(cx: &Cx<'_>, id: WebhookEventId, state: EventState) -> Result<()> {
    cx.db.change_one(
        "UPDATE webhook_events SET state = $2, ended_at = $3 WHERE id = $1",
        values![id, state.as_str(), cx.now],
    )
}

/// Lets an event that has ended wait again.
pub(super) fn revive_event(cx: &Cx<'_>, id: WebhookEventId, expires: Timestamp) -> Result<()> {
    cx.db.change_one(
        "UPDATE webhook_events SET state = 'waiting', status = NULL, error = NULL, ended_at = NULL, expires_at = $2
         WHERE id = $1",
        values![id, expires],
    )
}

/// Ends what was still to be told and should have been by `before`; gives how much.
pub(super) fn expire(cx: &Cx<'_>, before: Timestamp) -> Result<usize> {
    cx.db.execute(
        "UPDATE webhook_events SET state = 'expired', ended_at = $2 WHERE ended_at IS NULL AND expires_at < $1",
        values![before, cx.now],
    )
}

pub(super) fn delete_ended(cx: &Cx<'_>, before: Timestamp) -> Result<usize> {
    cx.db.execute("DELETE FROM webhook_events WHERE ended_at IS NOT NULL AND ended_at < $1", values![before])
}
