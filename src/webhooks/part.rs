//! A person's part of the webhooks, to take away and to erase; and what is kept for a while only.

use serde_json::{Value, json};

use super::{deliver, sql};
use crate::base::error::Result;
use crate::base::id::UserId;
use crate::base::time::{HOUR, Timestamp};
use crate::journal;
use crate::store::Cx;

/// How many events of a webhook are read at once.
const EXPORT_MAX: u32 = 500;

/// What is stored of somebody here, as a document to take away. What is signed with is not in it.
pub fn export(cx: &Cx<'_>, user: UserId) -> Result<Value> {
    let mut webhooks = Vec::new();
    for one in sql::of_user(cx, user)? {
        let mut events = Vec::new();
        let mut before = None;
        loop {
            let page = sql::events(cx, one.id, before, EXPORT_MAX)?;
            before = page.last().map(|event| event.id);
            if before.is_none() {
                break;
            }
            events.extend(page.iter().map(|event| {
                json!({
                    "kind": event.kind,
                    "data": event.data,
                    "happened": event.happened_at.to_rfc3339(),
                    "state": event.state.as_str(),
                    "ended": event.ended_at.map(Timestamp::to_rfc3339),
                })
            }));
        }
        webhooks.push(json!({
            "url": one.url(),
            "agent": one.agent,
            "kinds": one.kinds,
            "state": one.state.as_str(),
            "created": one.created_at.to_rfc3339(),
            "events": events,
        }));
    }
    Ok(webhooks.into())
}

/// Erases everything there is of somebody here.
pub fn erase(cx: &mut Cx<'_>, user: UserId) -> Result<()> {
    for one in sql::of_user(cx, user)? {
        deliver::withdraw(cx, one.id)?;
        sql::delete(cx, one.id)?;
        journal::forget(cx, &one.id)?;
    }
    Ok(())
}

/// Ends what nobody sends any more, and deletes what ended long ago; gives how many.
pub fn delete_ended(cx: &Cx<'_>) -> Result<usize> {
    // What is tried just now ends by itself.
    sql::expire(cx, cx.now.plus(-HOUR))?;
    sql::delete_ended(cx, cx.now.plus(-cx.house().notice_retention_ms))
}
