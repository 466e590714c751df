//! The log of an agent, as the journal has it: what it did, and what was done to it. No words, no addresses.

use super::see::mine;
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::base::id::{AgentId, UserId};
use crate::base::time::Timestamp;
use crate::journal::{self, Entry};
use crate::store::Cx;
use crate::worded;

worded! {
    /// Who did something.
    By {
        /// The agent.
        Itself = "itself",
        /// Its owner.
        Owner = "owner",
        /// The house, by itself or by whoever runs it.
        House = "house",
        /// Another agent, or another person.
        Other = "other",
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Its place: falls from one to the next.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// What: a kind of the journal.
    pub kind: String,
    /// Who did it.
    pub by: By,
    /// The other agent, where it was one.
    pub other: Option<AgentId>,
    /// What it was about, where it was not the agent itself, as an id: a delivery, a task, a session.
    pub about: Option<String>,
    /// By which road.
    pub road: String,
}

/// What an agent of the caller's did, and what was done to it, newest first, before a number; and where the next page begins.
pub fn activity(
    cx: &Cx<'_>,
    who: &Actor,
    agent: AgentId,
    before: Option<i64>,
    limit: u32,
) -> Result<(Vec<Activity>, Option<i64>)> {
    mine(cx, who, agent)?;
    let owner = agents::owner_of(cx, agent)?;
    let mut entries = journal::of_agent(cx, agent, before.unwrap_or(i64::MAX), limit + 1)?;
    let is_more = entries.len() > limit as usize;
    entries.truncate(limit as usize);
    let next = entries.last().filter(|_| is_more).map(|entry| entry.number);
    Ok((entries.iter().map(|entry| told(entry, agent, owner)).collect(), next))
}

fn told(entry: &Entry, agent: AgentId, owner: Option<UserId>) -> Activity {
    let me = agent.to_string();
    let other: Option<AgentId> = entry.actor.parse().ok().filter(|other| *other != agent);
    let by = match entry.actor.as_str() {
        actor if actor == me => By::Itself,
        actor if owner.is_some_and(|user| user.to_string() == actor) => By::Owner,
        "house" | "operator" => By::House,
        _ => By::Other,
    };
    let subject = entry.subject.as_deref().filter(|subject| *subject != me);
    // Who fills a role, and whose a connection is, is another's to read.
    let shown = |id: &&str| {
        ["dlv_", "tsk_", "ses_", "apr_", "mtg_", "key_", "att_", "prp_"]
            .iter()
            .any(|kind| id.starts_with(kind))
    };
    // Of which conversation a rating is would tell who gave it.
    let shown = |id: &&str| entry.kind != "agent.rated" && shown(id);
    let about = subject.filter(shown).or(entry.object.as_deref().filter(shown)).map(str::to_owned);
    Activity {
        number: entry.number,
        at: entry.at(),
        kind: entry.kind.clone(),
        by,
        other,
        about,
        road: entry.road.clone(),
    }
}
