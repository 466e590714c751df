//! What happened to a task, in words.

use super::tasks::called;
use super::words;
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::base::id::UserId;
use crate::base::time::{Timestamp, Zone};
use crate::store::Cx;
use crate::tasks::{self, Said, Task};
use crate::web::view::tasks::TaskLine;

/// The story of a task, newest first.
pub(super) fn story(
    cx: &Cx<'_>,
    who: &Actor,
    task: &Task,
    me: UserId,
    (zone, now): (Zone, Timestamp),
) -> Result<Vec<TaskLine>> {
    let said = tasks::latest(cx, who, task.id)?;
    let users: Vec<_> = said.iter().filter_map(|one| one.author).collect();
    let programs: Vec<_> = said.iter().filter_map(|one| one.agent).collect();
    let people = tasks::people(cx, &users, &programs, &[])?;
    let line = |one: &Said| {
        let by = called(&people, me, one.author, one.agent);
        let by = if one.author.is_none() { "The house".to_owned() } else { words::sentence(&by) };
        let text = |name: &str| one.body.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
        let (what, note) = match one.kind.as_str() {
            "submitted" => (format!("{by} asked."), ""),
            "taken" => (format!("{by} took it on."), ""),
            "progress" => match one.body.get("percent").and_then(serde_json::Value::as_u64) {
                Some(percent) => (format!("{by} said how far it is: {percent} %."), text("note")),
                None => (format!("{by} said how far it is."), text("note")),
            },
            "question" => (format!("{by} asked back."), text("question")),
            "answer" => (format!("{by} answered."), text("answer")),
            "approval" => (format!("{by} asked for an approval."), text("about")),
            "decided" => match text("decision") {
                "approved" => ("It was approved.".to_owned(), ""),
                "refused" => ("It was refused.".to_owned(), ""),
                "expired" => ("Nobody decided in time.".to_owned(), ""),
                _ => ("The approval was called off.".to_owned(), ""),
            },
            "completed" => {
                let result = one.body.get("result");
                let said = ["text", "answer"].iter().find_map(|name| result?.get(name)?.as_str());
                (format!("{by} did it."), said.unwrap_or_default())
            }
            "failed" => (format!("{by} could not do it."), text("reason")),
            "rejected" => (format!("{by} did not want to."), text("reason")),
            "canceled" if one.author.is_none() => ("It was called off.".to_owned(), text("reason")),
            "canceled" => (format!("{by} took it back."), text("reason")),
            "expired" => ("Its time was over.".to_owned(), ""),
            other => (format!("{by}: {other}."), ""),
        };
        TaskLine {
            what,
            note: note.to_owned(),
            near: words::near(zone, one.at, now),
            iso: one.at.to_rfc3339(),
        }
    };
    Ok(said.iter().rev().map(line).collect())
}
