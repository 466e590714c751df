//! What this room stores of a person: taken away, and erased.

use serde_json::{Value, json};

use super::model::Source;
use super::{HolderId, change, sql};
use crate::base::error::Result;
use crate::base::id::UserId;
use crate::base::time::Timestamp;
use crate::journal;
use crate::store::Cx;

/// The most intervals in a document.
const INTERVALS_MAX: u32 = 20_000;

/// Somebody's sources and what is known of their time, as a part of what they take away. What lets the house into their
/// calendars is theirs to know already, and is not in it.
pub fn export(cx: &Cx<'_>, user: UserId) -> Result<Value> {
    let holder = HolderId::User(user);
    let mut sources = Vec::new();
    for source in sql::sources_of(cx, holder)? {
        let busy = sql::busy_of_source(cx, source.id, INTERVALS_MAX)?;
        let busy: Vec<Value> = busy
            .into_iter()
            .map(|(start, end, is_tentative)| {
                json!({ "start": start.to_rfc3339(), "end": end.to_rfc3339(), "tentative": is_tentative })
            })
            .collect();
        sources.push(with(&source, &busy));
    }
    Ok(json!({ "calendars": sources }))
}

fn with(source: &Source, busy: &[Value]) -> Value {
    json!({
        "id": source.id,
        "kind": source.kind.as_str(),
        "name": source.name,
        "server": source.server,
        "counts": source.counts,
        "writes": source.writes,
        "added": source.created_at.to_rfc3339(),
        "read": source.read_at.map(Timestamp::to_rfc3339),
        "busy": busy,
    })
}

/// Ends all that is known of a holder's time: of a room or thing that is no more.
pub fn end(cx: &Cx<'_>, holder: HolderId) -> Result<()> {
    for source in sql::sources_of(cx, holder)? {
        change::take_out(cx, &source, "calendar")?;
        journal::forget(cx, &source.id)?;
    }
    sql::delete_holds_of(cx, holder)
}

/// Erases somebody's sources with everything that was read of them, what lets the house in, and what is held of their
/// time.
pub fn erase(cx: &Cx<'_>, user: UserId) -> Result<()> {
    end(cx, HolderId::User(user))
}
