//! What entries of the journal mean for figures. Only the fixed part of an entry counts, which is never erased: whoever reads
//! the journal again comes to the same.

use super::sql::{self, Thread};
use super::tally::{Figure, Tally, day};
use super::together;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, Id, UserId};
use crate::journal::{self, Entry, Gatherer, Happening};
use crate::store::Cx;

/// Computes figures.
pub const FOLLOWER: Gatherer = Gatherer { name: "analytics", apply };

/// Erases what was computed, and has the follower read the journal from its beginning.
///
/// # Errors
/// `figures.pruned`: part of the journal lies in an archive.
pub fn recompute(cx: &mut Cx<'_>, who: &Actor) -> Result<()> {
    if journal::is_pruned(cx)? {
        let words = "The journal was pruned: what its archive says could not be computed again.";
        return Err(Error::refused("figures.pruned", words));
    }
    sql::clear(cx)?;
    journal::restart(cx, FOLLOWER.name)?;
    journal::append(cx, who, &Happening::of("figures.recomputed")).map(drop)
}

fn apply(cx: &mut Cx<'_>, entries: &[Entry]) -> Result<()> {
    let mut tally = Tally::default();
    for entry in entries {
        let Some((family, word)) = entry.kind.split_once('.') else { continue };
        match family {
            "message" => message(cx, &mut tally, entry, word)?,
            "delivery" => delivery(cx, &mut tally, entry, word)?,
            "conversation" => conversation(cx, &mut tally, entry, word)?,
            "task" => task(cx, &mut tally, entry, word)?,
            "group" => together::group(cx, &mut tally, entry, word)?,
            "session" => session(cx, &mut tally, entry, word)?,
            "agent" => agent(cx, &mut tally, entry, word)?,
            "user" if word == "erased" => {
                if let Some(user) = parsed::<UserId>(entry.subject.as_deref()) {
                    forget(cx, &mut tally, AgentId::from_uuid(user.uuid()))?;
                    sql::delete_ratings_by(cx, user)?;
                }
            }
            _ => {}
        }
    }
    tally.keep(cx)
}

fn parsed<I: std::str::FromStr>(text: Option<&str>) -> Option<I> {
    text.and_then(|text| text.parse().ok())
}

/// The agent of an id: a person's is their built-in one.
pub(super) fn agent_of(id: Option<&str>) -> Option<AgentId> {
    let user = || parsed::<UserId>(id).map(|user| AgentId::from_uuid(user.uuid()));
    parsed::<AgentId>(id).or_else(user)
}

/// The agent that did it.
pub(super) fn doer(entry: &Entry) -> Option<AgentId> {
    agent_of(Some(&entry.actor))
}

/// A message is on its way to an agent.
fn message(cx: &Cx<'_>, tally: &mut Tally, entry: &Entry, word: &str) -> Result<()> {
    let Some(to) = agent_of(entry.subject.as_deref()) else { return Ok(()) };
    let (from, at) = (doer(entry), entry.at());
    tally.count(Figure::Received, to, at, from);
    let Some(from) = from else { return Ok(()) };
    tally.count(Figure::Sent, from, at, Some(to));
    if let (Some(ms), "response") = (entry.amount, word) {
        tally.time(from, at, Some(to), ms);
    }
    match &entry.object {
        Some(id) => sql::insert_thread(cx, id, (to, Some(from)), at).map(drop),
        None => Ok(()),
    }
}

/// What became of it. A receipt that has no number is nobody's fault.
fn delivery(cx: &Cx<'_>, tally: &mut Tally, entry: &Entry, word: &str) -> Result<()> {
    let Some(id) = entry.object.as_deref().filter(|_| word != "delivered") else { return Ok(()) };
    let at = entry.at();
    for Thread { agent, other, .. } in sql::end_threads(cx, id)? {
        match word {
            "processed" => tally.count(Figure::Succeeded, agent, at, other),
            "failed" | "expired" | "dead" if entry.amount.is_some() => {
                tally.count(Figure::Failed, agent, at, other);
                tally.error(agent, at, &entry.kind);
            }
            _ => {}
        }
    }
    Ok(())
}

fn conversation(cx: &Cx<'_>, tally: &mut Tally, entry: &Entry, word: &str) -> Result<()> {
    let Some(id) = entry.subject.as_deref() else { return Ok(()) };
    let (at, member) = (entry.at(), agent_of(entry.object.as_deref()));
    match word {
        "begun" => {
            let from = doer(entry);
            if let Some(from) = from
                && sql::insert_thread(cx, id, (from, None), at)?
            {
                tally.count(Figure::Started, from, at, None);
            }
            member.map_or(Ok(()), |member| sql::insert_thread(cx, id, (member, from), at).map(drop))
        }
        "left" => member.map_or(Ok(()), |member| sql::end_thread(cx, id, member)),
        "closed" => {
            let was_silent = entry.actor == "house";
            for thread in sql::end_threads(cx, id)?.into_iter().filter(|_| !was_silent) {
                tally.count(Figure::Completed, thread.agent, at, thread.other);
            }
            Ok(())
        }
        "erased" => sql::end_threads(cx, id).map(drop),
        _ => Ok(()),
    }
}

/// A task has one thread, of whoever sent it; the other one is whoever is asked, and then whoever does it. Nobody is another one to
/// themselves.
fn task(cx: &Cx<'_>, tally: &mut Tally, entry: &Entry, word: &str) -> Result<()> {
    let Some(id) = entry.subject.as_deref() else { return Ok(()) };
    let at = entry.at();
    if word == "submitted" {
        let Some(from) = doer(entry) else { return Ok(()) };
        let to = agent_of(entry.object.as_deref());
        if sql::insert_thread(cx, id, (from, to), at)? {
            tally.count(Figure::Started, from, at, to.filter(|to| *to != from));
        }
        return Ok(());
    }
    let Some(thread) = sql::threads(cx, id)?.pop() else { return Ok(()) };
    let from = |by: AgentId| Some(thread.agent).filter(|from| *from != by);
    let by = match word {
        "expired" => thread.other,
        _ => doer(entry).or(thread.other),
    };
    let is_by_doer = matches!(word, "taken" | "progress" | "question" | "completed" | "failed" | "rejected");
    if let Some(by) = by.filter(|_| is_by_doer && !thread.is_answered) {
        // What the house does as it is asked, nobody was waited for.
        if doer(entry).is_some() {
            tally.time(by, at, from(by), at.since(thread.began_at));
        }
        sql::answer_thread(cx, id, thread.agent, Some(by))?;
    }
    match (word, by) {
        ("completed", Some(by)) => {
            tally.count(Figure::Completed, by, at, from(by));
            tally.count(Figure::Succeeded, by, at, from(by));
        }
        ("failed" | "rejected" | "expired", Some(by)) => {
            tally.count(Figure::Failed, by, at, from(by));
            tally.error(by, at, &entry.kind);
        }
        _ => {}
    }
    let is_over = matches!(word, "completed" | "failed" | "rejected" | "expired" | "canceled" | "erased");
    if is_over { sql::end_threads(cx, id).map(drop) } else { Ok(()) }
}

/// A session that looks for a time. Who speaks in it takes part; there is an entry for each party, of which the first counts.
fn session(cx: &Cx<'_>, tally: &mut Tally, entry: &Entry, word: &str) -> Result<()> {
    let Some(id) = entry.subject.as_deref() else { return Ok(()) };
    let at = entry.at();
    match word {
        "started" => match doer(entry) {
            Some(from) if sql::insert_thread(cx, id, (from, None), at)? => {
                tally.count(Figure::Started, from, at, None);
                Ok(())
            }
            _ => Ok(()),
        },
        "proposal" | "counter" | "accept" | "decline" | "confirm" | "cancel" => {
            doer(entry).map_or(Ok(()), |agent| sql::insert_thread(cx, id, (agent, None), at).map(drop))
        }
        "confirmed" => {
            for thread in sql::end_threads(cx, id)? {
                tally.count(Figure::Completed, thread.agent, at, None);
                tally.count(Figure::Succeeded, thread.agent, at, None);
            }
            Ok(())
        }
        "ended" => {
            for thread in sql::end_threads(cx, id)? {
                tally.count(Figure::Failed, thread.agent, at, None);
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn agent(cx: &Cx<'_>, tally: &mut Tally, entry: &Entry, word: &str) -> Result<()> {
    let Some(agent) = parsed::<AgentId>(entry.subject.as_deref()) else { return Ok(()) };
    let at = entry.at();
    match word {
        "rated" => {
            let (session, user) = (parsed(entry.object.as_deref()), parsed(Some(&entry.actor)));
            let (Some(session), Some(user), Some(score)) = (session, user, entry.amount) else {
                return Ok(());
            };
            sql::read_rating(cx, (session, agent, user), score, &day(at), at)
        }
        "shut-out" => {
            tally.error(agent, at, &entry.kind);
            Ok(())
        }
        "erased" => forget(cx, tally, agent),
        _ => Ok(()),
    }
}

fn forget(cx: &Cx<'_>, tally: &mut Tally, agent: AgentId) -> Result<()> {
    tally.forget(agent);
    sql::delete_of_agent(cx, agent)
}
