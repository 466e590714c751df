//! What is said in a task: each step is an entry of its session's transcript, and brought to the programs of the other side.

use serde_json::{Value, json};

use super::model::{State, Task, To};
use super::step;
use crate::agents;
use crate::base::actor::{Actor, Who};
use crate::base::error::Result;
use crate::base::id::{AgentId, SessionId, TaskId, UserId};
use crate::base::time::Timestamp;
use crate::messages::Type;
use crate::sessions::any::Kind;
use crate::sessions::conversation::Entry;
use crate::sessions::work::{self, NewStep, NewWork};
use crate::store::Cx;

/// A step, as the transcript has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// Where it stands: 1, 2, 3, …
    pub place: i64,
    /// Whose step it was; `None`: the house's.
    pub author: Option<UserId>,
    /// The program of theirs that took it.
    pub agent: Option<AgentId>,
    /// `submitted`, `taken`, `progress`, `question`, `answer`, `approval`, `decided`, or how it ended.
    pub kind: String,
    /// What was said with it.
    pub body: Value,
    /// When.
    pub at: Timestamp,
}

/// Opens the session that a task's transcript belongs to.
pub(super) fn open(cx: &Cx<'_>, task: &Task) -> Result<()> {
    let new = NewWork {
        id: task.session,
        kind: Kind::Task,
        by: task.from,
        agent: task.from_agent,
        state: task.state.as_str(),
        expires: task.due_at,
    };
    work::open(cx, &new)
}

/// Writes a step down, and brings it to the programs of whoever else is concerned.
pub(super) fn say(cx: &mut Cx<'_>, who: &Actor, task: &Task, kind: &str, body: &Value) -> Result<()> {
    let author = match who.who {
        Who::House => None,
        _ => who.user(),
    };
    let mut data = json!({
        "task": task.id,
        "type": task.kind,
        "state": task.state.as_str(),
        "version": task.version + i64::from(kind != "submitted"),
        "traceparent": task.trace,
    });
    if let (Some(all), Some(said)) = (data.as_object_mut(), body.as_object()) {
        all.extend(said.clone());
    }
    let to = concerned(cx, author, who.agent(), task)?;
    let agent = who.agent();
    let said = NewStep { session: task.session, author, agent, kind, is: Type::Step, data: &data, to: &to };
    work::say(cx, who, &said)
}

/// The programs that are to know of a step: whichever sent the task, whichever is at it, and while it is not taken on, whichever
/// could do it. Whoever took the step knows.
pub(super) fn concerned(
    cx: &Cx<'_>,
    author: Option<UserId>,
    by: Option<AgentId>,
    task: &Task,
) -> Result<Vec<AgentId>> {
    let mut to: Vec<AgentId> = task.from_agent.into_iter().collect();
    // Whoever could have done it is told as well that it need not be done.
    let is_open = task.state == State::Submitted || task.state.is_over();
    match (task.agent, task.to, task.user) {
        (Some(agent), ..) => to.push(agent),
        // What is asked of oneself is for the person, or for the program that plays for them.
        (None, To::User(user), _) if is_open && (author != Some(user) || by.is_some()) => {
            to.extend(agents::plays_for(cx, user)?.map(|one| one.agent.id));
        }
        (None, To::Role(role), None) => {
            for member in agents::members(cx, role)? {
                if member != task.from {
                    to.extend(agents::plays_for(cx, member)?.map(|one| one.agent.id));
                }
            }
        }
        _ => {}
    }
    to.sort_unstable();
    to.dedup();
    to.retain(|agent| Some(*agent) != by);
    Ok(to)
}

/// Keeps how the task stands at its session as well.
pub(super) fn keep(cx: &Cx<'_>, task: &Task) -> Result<()> {
    work::stand(cx, task.session, task.state.phase(), task.state.as_str(), task.ended_at)
}

/// Takes the transcript away, and what is still on its way.
pub(super) fn delete(cx: &mut Cx<'_>, session: SessionId) -> Result<()> {
    work::delete(cx, session)
}

/// What was said in a task of the caller's after a place, in order, as it was put into inboxes.
pub fn transcript(cx: &Cx<'_>, who: &Actor, id: TaskId, after: i64) -> Result<Vec<Entry>> {
    let (task, _) = step::theirs(cx, who, id)?;
    work::transcript(cx, task.session, after, &|_| true)
}

/// What was said last in a task of the caller's, in order.
pub fn latest(cx: &Cx<'_>, who: &Actor, id: TaskId) -> Result<Vec<Said>> {
    let (task, _) = step::theirs(cx, who, id)?;
    let entries = work::latest(cx, task.session)?.into_iter();
    let said = entries.map(|entry| Said {
        place: entry.place,
        author: entry.author,
        agent: entry.from,
        kind: entry.kind,
        body: entry.body.get("data").cloned().unwrap_or_default(),
        at: entry.at,
    });
    Ok(said.collect())
}
