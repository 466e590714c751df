//! What entries about group decisions mean for figures: who was asked, who answered in time or too late and how long it took,
//! who was silent, and what came to a decision.
//!
//! Each time an answer is awaited is a thread of its own, of the group and the round, with whoever began the group as the other
//! one. Threads stay until the group is erased: what comes after its end is counted as well, as late.

use super::gather::{agent_of, doer};
use super::sql;
use super::tally::{Figure, Tally};
use crate::base::error::Result;
use crate::base::id::AgentId;
use crate::journal::Entry;
use crate::store::Cx;

/// The thread of one agent in one round.
fn round(group: &str, entry: &Entry) -> String {
    format!("{group} {}", entry.amount.unwrap_or(0))
}

/// Whoever began the group; nobody, to themselves.
fn beginner(cx: &Cx<'_>, group: &str, agent: AgentId) -> Result<Option<AgentId>> {
    let began = sql::threads(cx, group)?.pop().map(|thread| thread.agent);
    Ok(began.filter(|other| *other != agent))
}

pub(super) fn group(cx: &Cx<'_>, tally: &mut Tally, entry: &Entry, word: &str) -> Result<()> {
    let Some(id) = entry.subject.as_deref() else { return Ok(()) };
    match word {
        "started" => match doer(entry) {
            Some(from) if sql::insert_thread(cx, id, (from, None), entry.at())? => {
                tally.count(Figure::Started, from, entry.at(), None);
                Ok(())
            }
            _ => Ok(()),
        },
        "awaited" => awaited(cx, tally, entry, id),
        "answered" => answered(cx, tally, entry, id),
        "late" => late(cx, tally, entry, id),
        "silent" => silent(cx, tally, entry, id),
        "completed" => completed(cx, tally, entry, id),
        "erased" => sql::end_threads_within(cx, id),
        _ => Ok(()),
    }
}

fn awaited(cx: &Cx<'_>, tally: &mut Tally, entry: &Entry, id: &str) -> Result<()> {
    let Some(agent) = agent_of(entry.object.as_deref()) else { return Ok(()) };
    let other = beginner(cx, id, agent)?;
    if sql::insert_thread(cx, &round(id, entry), (agent, other), entry.at())? {
        tally.count(Figure::Asked, agent, entry.at(), other);
    }
    Ok(())
}

/// An answer that counts: the first of a round, whatever it is changed to later. A person may answer before their program does,
/// which was asked: then nobody waited for them.
fn answered(cx: &Cx<'_>, tally: &mut Tally, entry: &Entry, id: &str) -> Result<()> {
    let (Some(by), at) = (doer(entry), entry.at()) else { return Ok(()) };
    let (place, other) = (round(id, entry), beginner(cx, id, by)?);
    match sql::thread_of(cx, &place, by)? {
        Some(thread) if thread.is_answered => return Ok(()),
        Some(thread) => tally.time(by, at, other, at.since(thread.began_at)),
        None => sql::insert_thread(cx, &place, (by, other), at).map(drop)?,
    }
    sql::answer_thread(cx, &place, by, other)?;
    tally.count(Figure::Answered, by, at, other);
    tally.count(Figure::Succeeded, by, at, other);
    Ok(())
}

/// An answer that does not count, once for each round in which there was none in time.
fn late(cx: &Cx<'_>, tally: &mut Tally, entry: &Entry, id: &str) -> Result<()> {
    let (Some(by), at) = (doer(entry), entry.at()) else { return Ok(()) };
    let (place, other) = (round(id, entry), beginner(cx, id, by)?);
    let awaited = sql::thread_of(cx, &place, by)?;
    if awaited.as_ref().is_some_and(|thread| thread.is_answered)
        || !sql::insert_thread(cx, &format!("{place} late"), (by, other), at)?
    {
        return Ok(());
    }
    if let Some(thread) = awaited {
        tally.time(by, at, other, at.since(thread.began_at));
    }
    tally.count(Figure::Late, by, at, other);
    Ok(())
}

fn silent(cx: &Cx<'_>, tally: &mut Tally, entry: &Entry, id: &str) -> Result<()> {
    let Some(agent) = agent_of(entry.object.as_deref()) else { return Ok(()) };
    let thread = sql::thread_of(cx, &round(id, entry), agent)?;
    if thread.is_some_and(|thread| !thread.is_answered) {
        tally.count(Figure::Failed, agent, entry.at(), beginner(cx, id, agent)?);
        tally.error(agent, entry.at(), &entry.kind);
    }
    Ok(())
}

/// It was decided, or decided against: of all that answered in time it is complete.
fn completed(cx: &Cx<'_>, tally: &mut Tally, entry: &Entry, id: &str) -> Result<()> {
    for agent in sql::answerers_within(cx, id)? {
        tally.count(Figure::Completed, agent, entry.at(), beginner(cx, id, agent)?);
    }
    Ok(())
}
