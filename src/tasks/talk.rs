//! What is said in a task: each step is an entry of its session's transcript, and brought to the programs of the other side.

use serde_json::{Value, json};

use super::model::{State, Task, To};
use super::step;
use crate::agents;
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::Result;
use crate::base::id::{AgentId, Id, RoleId, SessionId, TaskId, UserId};
use crate::base::time::Timestamp;
use crate::messages::{self, Type};
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

/// The role that a task is for, if it is for one.
fn role_of(task: &Task) -> Option<RoleId> {
    match task.to {
        To::Role(role) => Some(role),
        _ => None,
    }
}

/// Opens the session that a task's transcript belongs to.
pub(super) fn open(cx: &Cx<'_>, task: &Task) -> Result<()> {
    let new = NewWork {
        id: task.session,
        kind: Kind::Task,
        by: task.from,
        agent: task.from_agent,
        connection: task.connection,
        role: role_of(task),
        state: task.state.as_str(),
        expires: task.due_at,
    };
    work::open(cx, &new)
}

/// Writes a step down, and brings it to the programs of whoever else is concerned.
pub(super) fn say(cx: &mut Cx<'_>, who: &Actor, task: &Task, kind: &str, body: &Value) -> Result<()> {
    say_but(cx, who, task, (kind, body), &[])
}

/// As [`say`], but that nothing is delivered to those whose inboxes are full.
pub(super) fn say_but(
    cx: &mut Cx<'_>,
    who: &Actor,
    task: &Task,
    (kind, body): (&str, &Value),
    full: &[AgentId],
) -> Result<()> {
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
    if task.state.is_over() {
        let but: Vec<AgentId> = to.iter().copied().chain(agent).collect();
        messages::drop_unheard(cx, &Actor::house(&who.trace), task.session, &but)?;
    }
    let said = NewStep {
        session: task.session,
        author,
        agent,
        kind,
        is: Type::Step,
        data: &data,
        to: &to,
        full,
        asks: None,
    };
    work::say(cx, who, &said)
}

/// Lets somebody take one more step that programs are told of, or says when to try again: gives those whose inboxes take no more
/// of it.
pub(super) fn admit(cx: &Cx<'_>, who: &Actor, task: &Task) -> Result<Vec<AgentId>> {
    let to = concerned(cx, who.user(), who.agent(), task)?;
    work::admit_step(cx, who, task.session, &to)
}

/// The program that a task is put before in somebody's place: the one that plays for them, where whoever sent it reaches that.
/// `None`: they are asked themselves.
fn asked_for(cx: &Cx<'_>, task: &Task, user: UserId) -> Result<Option<AgentId>> {
    let is_to_role = matches!(task.to, To::Role(_));
    playing(cx, &sender(task), user, is_to_role).map(|found| found.map(|one| one.agent.id))
}

/// The program that plays for somebody, where another may put work before it.
pub(super) fn playing(
    cx: &Cx<'_>,
    who: &Actor,
    user: UserId,
    is_to_role: bool,
) -> Result<Option<agents::Registered>> {
    let Some(program) = agents::plays_for(cx, user)? else { return Ok(None) };
    Ok(work::may_ask(cx, who, program.agent.id, is_to_role)?.then_some(program))
}

/// Whether a program may have to do with a task of another's: nothing goes between two agents of which one blocks the other.
pub(super) fn hears(cx: &Cx<'_>, who: &Actor, task: &Task) -> Result<bool> {
    match who.agent().filter(|_| who.user() != Some(task.from)) {
        Some(agent) => Ok(!agents::are_blocked(cx, agent, sent_by(task))?),
        None => Ok(true),
    }
}

/// The agent that a task is from: the program that sent it, or the built-in one of whoever did.
pub(super) fn sent_by(task: &Task) -> AgentId {
    task.from_agent.unwrap_or_else(|| AgentId::from_uuid(task.from.uuid()))
}

/// Whoever sent a task, as they did.
fn sender(task: &Task) -> Actor {
    let user = task.from;
    let who = task.from_agent.map_or(Who::User { id: user, admin: false }, |id| Who::Agent { id, user });
    Actor::new(who, Road::Worker, "")
}

/// Whether a task of a role is put before somebody without a program that is reached, and so without an inbox that could be full.
pub(super) fn asks_people(cx: &Cx<'_>, task: &Task) -> Result<bool> {
    let To::Role(role) = task.to else { return Ok(false) };
    for member in agents::members(cx, role)? {
        if member != task.from && asked_for(cx, task, member)?.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The programs that are to know of a step: whichever sent the task, whichever is at it, and while it is not taken on, whichever
/// could do it; of how it ended, whichever has anything of it. Whoever took the step knows.
pub(super) fn concerned(
    cx: &Cx<'_>,
    author: Option<UserId>,
    by: Option<AgentId>,
    task: &Task,
) -> Result<Vec<AgentId>> {
    let mut to: Vec<AgentId> = task.from_agent.into_iter().collect();
    match (task.agent, task.to, task.user) {
        _ if task.state.is_over() => to.extend(having(cx, task)?),
        (Some(agent), ..) => to.push(agent),
        // What is asked of oneself is for the person, or for the program that plays for them.
        (None, To::User(user), _)
            if task.state == State::Submitted && (author != Some(user) || by.is_some()) =>
        {
            to.extend(asked_for(cx, task, user)?);
        }
        (None, To::Role(role), None) => {
            for member in agents::members(cx, role)? {
                if member != task.from {
                    to.extend(asked_for(cx, task, member)?);
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

/// The programs that have anything of a task: what was handed over to them, be it that they never took it on, or what they took on
/// by themselves.
fn having(cx: &Cx<'_>, task: &Task) -> Result<Vec<AgentId>> {
    let handed = messages::brought(cx, task.session)?.into_iter().filter(|one| one.is_handed);
    let mut having: Vec<AgentId> = handed.map(|one| one.agent).collect();
    if let Some(agent) = task.agent
        && work::has_said(cx, task.session, agent)?
    {
        having.push(agent);
    }
    Ok(having)
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
