//! One person's part in tasks and approvals: to take away, to end, to erase.

use serde_json::{Value, json};

use super::approvals::{self, Approval, ApprovalState};
use super::end::over;
use super::model::{State, Task};
use super::sql::approvals as asked;
use super::sql::{rules, tasks as sql};
use super::{talk, types};
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::base::id::UserId;
use crate::base::time::Timestamp;
use crate::journal;
use crate::sessions::any;
use crate::store::Cx;

/// Everything of the tasks somebody asked for or did, the approvals they asked for or decided, and their rules.
pub fn export(cx: &Cx<'_>, user: UserId) -> Result<Value> {
    let mut tasks = Vec::new();
    for (id, _) in sql::all_of(cx, user)? {
        if let Some(task) = sql::task(cx, id)? {
            tasks.push(exported_task(cx, &task, user)?);
        }
    }
    let mut ids = asked::all_of(cx, user)?;
    ids.extend(asked::votes_of(cx, user)?);
    ids.sort_unstable();
    ids.dedup();
    let mut approvals = Vec::new();
    for id in ids {
        approvals.extend(asked::approval(cx, id)?.map(|one| exported_approval(&one, user)));
    }
    let rules = rules::rules_of(cx, user)?.into_iter().map(|rule| {
        json!({
            "kind": rule.kind,
            "connection": rule.connection,
            "decision": rule.decision.as_str(),
            "after_minutes": rule.after_minutes,
            "until": rule.until.map(Timestamp::to_rfc3339),
            "uses": rule.uses,
        })
    });
    Ok(json!({ "tasks": tasks, "approvals": approvals, "approval_rules": rules.collect::<Vec<_>>() }))
}

fn exported_task(cx: &Cx<'_>, task: &Task, user: UserId) -> Result<Value> {
    Ok(json!({
        "id": task.id,
        "type": task.kind,
        "role": if task.from == user { "sender" } else { "receiver" },
        "payload": task.payload,
        "result": task.result,
        "note": task.note,
        "state": task.state.as_str(),
        "kept": any::kept(cx, task.session, user)?,
        "created": task.created_at.to_rfc3339(),
        "ended": task.ended_at.map(Timestamp::to_rfc3339),
    }))
}

fn exported_approval(one: &Approval, user: UserId) -> Value {
    let vote = one.vote_of(user).map(|vote| {
        json!({ "choice": vote.choice.as_str(), "note": vote.note, "at": vote.at.to_rfc3339(), "road": vote.road })
    });
    json!({
        "id": one.id,
        "kind": one.kind,
        "about": one.about,
        "payload": one.payload,
        "role": if one.from == user { "asked" } else { "decides" },
        "state": one.state.as_str(),
        "vote": vote,
        "created": one.created_at.to_rfc3339(),
        "ended": one.ended_at.map(Timestamp::to_rfc3339),
    })
}

/// Ends what goes on of somebody who leaves: what they sent is taken back, what they are at has failed; their rules go.
pub fn leave(cx: &mut Cx<'_>, who: &Actor, user: UserId) -> Result<()> {
    for id in sql::alive_of(cx, user)? {
        let Some(mut task) = sql::task(cx, id)?.filter(|task| !task.state.is_over()) else { continue };
        let state = if task.from == user { State::Canceled } else { State::Failed };
        over(cx, who, &mut task, state, "Somebody left.")?;
    }
    for id in asked::pending_of(cx, user)? {
        if let Some(one) = asked::approval(cx, id)?.filter(|one| one.state == ApprovalState::Pending) {
            approvals::end(cx, who, one, ApprovalState::Canceled)?;
        }
    }
    rules::delete_of(cx, user).map(drop)
}

/// Erases what somebody asked for, was asked and said: their tasks and approvals go, with what others said in them.
pub fn erase(cx: &mut Cx<'_>, who: &Actor, user: UserId) -> Result<()> {
    leave(cx, who, user)?;
    for (id, session) in sql::all_of(cx, user)? {
        for one in asked::of_task(cx, id)? {
            asked::delete(cx, one.id)?;
            journal::forget(cx, &one.id)?;
        }
        talk::delete(cx, session)?;
        sql::delete(cx, id)?;
        journal::forget(cx, &id)?;
    }
    for id in asked::all_of(cx, user)? {
        asked::delete(cx, id)?;
        approvals::forget(cx, id)?;
        journal::forget(cx, &id)?;
    }
    asked::delete_votes_of(cx, user)?;
    types::erase(cx, user)
}
