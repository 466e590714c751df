//! Falling back: what a program was asked in its owner's place, or had taken on for them, is its owner's to do by hand once the
//! program lets it go, or may have to do with it no more. The owner hears of it as if they had been asked at once.

use serde_json::json;

use super::model::{State, Task, To};
use super::sql::tasks as sql;
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::base::id::{AgentId, DeliveryId, UserId};
use crate::journal::{self, Happening};
use crate::messages::{self, Brought};
use crate::sessions::work;
use crate::store::Cx;

/// What the journal says of it. Subject: the task; object: its owner from now on.
const FELL_BACK: &str = "task.fell-back";

/// Those before which a task was put in somebody's place, or by name. Whatever it is, a role is asked by hand as well.
fn put_before(cx: &Cx<'_>, task: &Task) -> Result<Vec<Brought>> {
    let mut before = Vec::new();
    for one in messages::brought(cx, task.session)? {
        let is_asked = match task.to {
            To::Agent(id) => one.agent == id,
            To::User(user) => {
                task.from_agent != Some(one.agent) && agents::owner_of(cx, one.agent)? == Some(user)
            }
            To::Role(_) => false,
        };
        if is_asked {
            before.push(one);
        }
    }
    Ok(before)
}

/// Whether it was put before a program in somebody's place when it was sent, so that they were not asked themselves.
pub fn is_before_program(cx: &Cx<'_>, task: &Task) -> Result<bool> {
    put_before(cx, task).map(|before| !before.is_empty())
}

/// Whether a program still has it, and may take it on. What it is asked by name it may, however closed it is.
fn keeps(cx: &Cx<'_>, task: &Task, one: &Brought) -> Result<bool> {
    Ok(one.is_kept && (matches!(task.to, To::Agent(_)) || work::reaches(cx, task.session, one.agent)?))
}

fn is_kept(cx: &Cx<'_>, task: &Task, before: &[Brought]) -> Result<bool> {
    for one in before {
        if keeps(cx, task, one)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether nobody but a person will take on what nobody has: it was put before no program, or that has let it go.
pub(super) fn is_by_hand(cx: &Cx<'_>, task: &Task) -> Result<bool> {
    let before = put_before(cx, task)?;
    if matches!(task.to, To::Agent(_)) && before.is_empty() {
        return Ok(false);
    }
    // What fell back stays its owner's, though the program were reached again.
    Ok(task.fell_at.is_some() || !is_kept(cx, task, &before)?)
}

/// What a program had taken on is its owner's from now on.
pub(super) fn from_worker(cx: &mut Cx<'_>, who: &Actor, task: &mut Task) -> Result<()> {
    task.agent = None;
    sql::update(cx, task)?;
    note(cx, who, task)
}

/// Looks again at what a program was asked in its owner's place: it is no more, or reached by fewer.
pub(super) fn look_again(cx: &mut Cx<'_>, who: &Actor, agent: AgentId) -> Result<()> {
    let Some(owner) = agents::owner_of(cx, agent)? else { return Ok(()) };
    for id in sql::untaken_by(cx, owner)? {
        if let Some(task) = sql::task(cx, id)? {
            let_go(cx, who, &task)?;
        }
    }
    Ok(())
}

/// Something could not be delivered, or was given up: where that put a task before a program, its owner is asked.
pub(super) fn undelivered(cx: &mut Cx<'_>, who: &Actor, id: DeliveryId) -> Result<()> {
    let Some(one) = messages::get(cx, id)? else { return Ok(()) };
    let Some(id) = sql::of_session(cx, one.session)? else { return Ok(()) };
    match sql::task(cx, id)? {
        Some(task) => let_go(cx, who, &task),
        None => Ok(()),
    }
}

/// Where no program has any more what was put before one, and nobody has taken it on, it falls back: once.
fn let_go(cx: &mut Cx<'_>, who: &Actor, task: &Task) -> Result<()> {
    if task.state_at(cx.now) != State::Submitted || task.fell_at.is_some() {
        return Ok(());
    }
    let before = put_before(cx, task)?;
    if before.is_empty() || is_kept(cx, task, &before)? {
        return Ok(());
    }
    note(cx, who, task)
}

fn note(cx: &mut Cx<'_>, who: &Actor, task: &Task) -> Result<()> {
    let Some(owner): Option<UserId> = task.user else { return Ok(()) };
    sql::fell(cx, task.id)?;
    let data = json!({ "type": task.kind, "state": task.state.as_str() });
    let happening = Happening::to(FELL_BACK, &task.id).with(&owner).amount(task.version);
    journal::append(cx, who, &happening.data(&data)).map(drop)
}
