//! The ends that nobody steps to: out of time, through a connection that is no more, at a program that is retired; and what
//! becomes of what is over.

use std::str::FromStr;

use serde_json::json;

use super::approvals::{self, Approval, ApprovalState, Of};
use super::fall;
use super::find_time;
use super::model::{State, Task};
use super::sql::approvals as asked;
use super::sql::tasks as sql;
use super::talk;
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::base::id::{AgentId, ConnectionId, RoleId, SessionId, TaskId, UserId};
use crate::journal::{self, Entry, Follower, Happening};
use crate::store::Cx;

/// How many are ended in one unit of work.
const MOST: u32 = 200;

/// Ends what goes on through a connection that is over, what a retired program was asked, and what was asked of a role that is no
/// more; what such a program had taken on falls back to its owner, and what it asked to be decided is called off, and so it is with
/// what one of two agents between which a block stands now asked of the other. What was put before a program that does not get it, or
/// gives it up, falls back as well. Where others may
/// decide than before, what waits is counted again. A time that was found, or was not, ends the task that asked for it.
pub const FOLLOWER: Follower = Follower { name: "tasks", apply };

fn apply(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    let who = Actor::house("tasks");
    let subject = entry.subject.as_deref();
    match entry.kind.as_str() {
        "connection.revoked" | "connection.blocked" | "connection.erased" => match parsed(subject) {
            Some(connection) => end_through(cx, &who, connection),
            None => Ok(()),
        },
        "agent.retired" => match parsed(subject) {
            Some(agent) => retired(cx, &who, agent),
            None => Ok(()),
        },
        "agent.blocked" => match (parsed(subject), parsed(entry.object.as_deref())) {
            (Some(one), Some(other)) => blocked(cx, &who, (one, other)),
            _ => Ok(()),
        },
        "agent.changed" | "agent.unrelated" => match parsed(subject) {
            Some(agent) => fall::look_again(cx, &who, agent),
            None => Ok(()),
        },
        "delivery.dead" | "delivery.failed" | "delivery.expired" => match parsed(entry.object.as_deref()) {
            Some(delivery) => fall::undelivered(cx, &who, delivery),
            None => Ok(()),
        },
        "role.filled" | "role.removed" => match parsed::<RoleId>(subject) {
            Some(role) => refilled(cx, &who, role),
            None => Ok(()),
        },
        "user.disabled" | "user.enabled" | "user.erased" => match parsed::<UserId>(subject) {
            Some(user) => came_or_went(cx, &who, user),
            None => Ok(()),
        },
        "session.confirmed" | "session.ended" => match parsed::<SessionId>(subject) {
            Some(session) => find_time::settle(cx, &who, session),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

fn parsed<T: FromStr>(subject: Option<&str>) -> Option<T> {
    subject.and_then(|id| id.parse().ok())
}

/// Ends a task in the house's name, and tells whoever sent it and whoever is at it.
pub(super) fn over(cx: &mut Cx<'_>, who: &Actor, task: &mut Task, state: State, note: &str) -> Result<()> {
    task.state = state;
    note.clone_into(&mut task.note);
    approvals::cancel_of_task(cx, who, task.id)?;
    let kind = match state {
        State::Expired => "task.expired",
        State::Completed => "task.completed",
        State::Failed => "task.failed",
        _ => "task.canceled",
    };
    let data = json!({ "type": task.kind, "state": task.state.as_str() });
    let happening = Happening::to(kind, &task.id).with(&task.from).amount(task.version + 1);
    journal::append(cx, who, &happening.data(&data))?;
    talk::say(cx, who, task, state.as_str(), &json!({ "reason": note, "result": task.result }))?;
    sql::update(cx, task)?;
    talk::keep(cx, task)
}

fn alive(cx: &Cx<'_>, id: TaskId) -> Result<Option<Task>> {
    Ok(sql::task(cx, id)?.filter(|task| !task.state.is_over()))
}

fn end_through(cx: &mut Cx<'_>, who: &Actor, connection: ConnectionId) -> Result<()> {
    for id in sql::alive_through(cx, connection)? {
        if let Some(mut task) = alive(cx, id)? {
            over(cx, who, &mut task, State::Canceled, "You are not connected any more.")?;
        }
    }
    for id in asked::pending_through(cx, connection)? {
        if let Some(one) = pending(cx, id)? {
            approvals::end(cx, who, one, ApprovalState::Canceled)?;
        }
    }
    approvals::end_through(cx, who, connection)
}

fn pending(cx: &Cx<'_>, id: crate::base::id::ApprovalId) -> Result<Option<Approval>> {
    Ok(asked::approval(cx, id)?.filter(|one| one.state == ApprovalState::Pending))
}

fn retired(cx: &mut Cx<'_>, who: &Actor, agent: AgentId) -> Result<()> {
    let Some(owner) = agents::owner_of(cx, agent)? else { return Ok(()) };
    for id in sql::alive_at(cx, owner, agent)? {
        let Some(mut task) = alive(cx, id)? else { continue };
        if task.to == super::To::Agent(agent) {
            over(cx, who, &mut task, State::Failed, "The program that was asked is no more.")?;
        } else {
            fall::from_worker(cx, who, &mut task)?;
        }
    }
    fall::look_again(cx, who, agent)?;
    for id in asked::pending_from(cx, owner, agent)? {
        if let Some(one) = pending(cx, id)? {
            approvals::end(cx, who, one, ApprovalState::Canceled)?;
        }
    }
    Ok(())
}

/// Two agents hear of each other no more: what one of them asked of the other by name is called off, and what the other took on,
/// or was asked in its owner's place, falls back to its owner.
fn blocked(cx: &mut Cx<'_>, who: &Actor, (one, other): (AgentId, AgentId)) -> Result<()> {
    for (worker, sender) in [(one, other), (other, one)] {
        let Some(owner) = agents::owner_of(cx, worker)? else { continue };
        for id in sql::alive_at(cx, owner, worker)? {
            let Some(mut task) = alive(cx, id)?.filter(|task| talk::sent_by(task) == sender) else {
                continue;
            };
            if task.to == super::To::Agent(worker) {
                over(cx, who, &mut task, State::Canceled, "The program that was asked is reached no more.")?;
            } else {
                fall::from_worker(cx, who, &mut task)?;
            }
        }
        fall::look_again(cx, who, worker)?;
    }
    Ok(())
}

/// Others fill a role now, or it is no more: what waits for it is counted again, and what nobody will take on comes to nothing.
fn refilled(cx: &mut Cx<'_>, who: &Actor, role: RoleId) -> Result<()> {
    for id in asked::pending_at(cx, Of::Role(role))? {
        approvals::recount(cx, who, id)?;
    }
    if agents::is_role(cx, role)? {
        return Ok(());
    }
    for id in sql::untaken_of(cx, role)? {
        if let Some(mut task) = alive(cx, id)? {
            over(cx, who, &mut task, State::Canceled, "The role that was asked is no more.")?;
        }
    }
    Ok(())
}

/// Somebody may decide no more, or again, in whatever role they are.
fn came_or_went(cx: &mut Cx<'_>, who: &Actor, user: UserId) -> Result<()> {
    let mut ids = asked::pending_at(cx, Of::User(user))?;
    ids.extend(asked::pending_at_roles(cx)?);
    ids.into_iter().try_for_each(|id| approvals::recount(cx, who, id))
}

/// Ends what waited too long: tasks, approvals and rules; gives how many.
pub fn expire_overdue(cx: &mut Cx<'_>) -> Result<usize> {
    let who = Actor::house("overdue-tasks");
    let approvals = asked::overdue(cx, MOST)?;
    for id in &approvals {
        if let Some(one) = pending(cx, *id)? {
            approvals::end(cx, &who, one, ApprovalState::Expired)?;
        }
    }
    let tasks = sql::overdue(cx, MOST)?;
    for id in &tasks {
        let Some(mut task) = alive(cx, *id)? else { continue };
        if find_time::call_off(cx, &who, &task)? {
            over(cx, &who, &mut task, State::Expired, "")?;
        } else if let Some(session) = task.about {
            find_time::settle(cx, &who, session)?;
        }
    }
    Ok(approvals.len() + tasks.len() + approvals::end_over(cx, &who)?)
}

/// Deletes what is over and was kept long enough: payload, result, transcript, votes and notes; gives how many. That there was
/// one, who asked whom, and how it ended, stays in the journal.
pub fn delete_ended(cx: &mut Cx<'_>) -> Result<usize> {
    let who = Actor::house("kept-tasks");
    let before = cx.now.plus(-cx.house().task_retention_ms);
    let tasks = sql::ended_before(cx, before, MOST)?;
    for (id, session) in &tasks {
        for one in asked::of_task(cx, *id)? {
            asked::delete(cx, one.id)?;
        }
        talk::delete(cx, *session)?;
        sql::delete(cx, *id)?;
        journal::append(cx, &who, &Happening::to("task.erased", id))?;
    }
    let decided = asked::ended_before(cx, before, MOST)?;
    for id in &decided {
        asked::delete(cx, *id)?;
        approvals::forget(cx, *id)?;
        journal::append(cx, &who, &Happening::to("approval.erased", id))?;
    }
    Ok(tasks.len() + decided.len())
}
