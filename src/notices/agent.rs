//! Notices of programs: one is shut out, or gives no sign of life, be it that it never came.

use super::kind::Kind;
use super::learn::{self, Tidings};
use super::model::Facts;
use crate::accounts;
use crate::agents::{NEVER_CAME, Pattern};
use crate::base::error::{Error, Result};
use crate::journal::Entry;
use crate::post::letter::News;
use crate::store::Cx;

/// Reads an entry about a program: its owner is told, and of one that is shut out administrators are as well.
pub(super) fn learn(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    let Some(subject) = entry.subject.as_deref() else { return Ok(()) };
    let kind = match entry.kind.as_str() {
        "agent.shut-out" => Kind::AgentShutOut,
        "agent.inactive" => Kind::AgentInactive,
        // It is in again, there again, or gone.
        _ => return learn::settle(cx, subject, None),
    };
    let mut readers = if kind == Kind::AgentShutOut { accounts::administrators(cx)? } else { Vec::new() };
    if let Some(owner) =
        learn::user_in(entry.object.as_deref()).filter(|owner| readers.iter().all(|one| one.id != *owner))
    {
        match accounts::get(cx, owner) {
            Ok(user) => readers.push(user),
            Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    for user in readers.iter().filter(|user| user.disabled_at.is_none()) {
        let facts = Facts {
            name: entry.text("name").map(str::to_owned),
            word: entry.text("reason").map(str::to_owned),
            ..Facts::default()
        };
        let matter = Some(subject.to_owned());
        learn::tell(cx, entry, user, Tidings { kind, subject, matter, about: None, facts })?;
    }
    Ok(())
}

/// The sentence of such a notice.
pub(super) fn sentence(news: &News) -> String {
    let name = if news.title.is_empty() { "an agent" } else { news.title.as_str() };
    if news.kind == Kind::AgentInactive.as_str() && news.word == NEVER_CAME {
        return format!("{name} has given no sign of life since it was added.");
    }
    if news.kind == Kind::AgentInactive.as_str() {
        return format!("{name} gives no sign of life any more.");
    }
    match Pattern::parse(&news.word) {
        Some(why) => format!("{name} is shut out for a while: {}.", why.words()),
        None => format!("{name} is shut out for a while."),
    }
}
