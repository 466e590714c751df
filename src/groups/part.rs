//! One person's part in groups: to take away, to end, to erase.

use serde_json::{Value, json};

use super::model::Group;
use super::sql::{answers, groups as sql};
use super::{end, talk};
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::base::id::UserId;
use crate::base::time::Timestamp;
use crate::journal::{self, Happening};
use crate::sessions::{any, work};
use crate::store::Cx;

/// Everything of the groups that somebody began or belonged to, with what they answered.
pub fn export(cx: &Cx<'_>, user: UserId) -> Result<Value> {
    let mut groups = Vec::new();
    for id in sql::all_of(cx, user)? {
        if let Some(group) = sql::group(cx, id)? {
            let kept = any::kept(cx, id, user)?;
            groups.push(exported(&group, user, kept.as_ref()));
        }
    }
    Ok(json!({ "groups": groups }))
}

fn exported(group: &Group, user: UserId, kept: Option<&Value>) -> Value {
    let answers = group.answers.iter().filter(|one| one.user == user);
    let left = group.members.iter().find(|one| one.user == user).and_then(|one| one.left_at);
    json!({
        "id": group.id,
        "question": group.question,
        "role": if group.initiator == user { "initiator" } else { "member" },
        "mode": group.mode.as_str(),
        "state": group.state.as_str(),
        "candidates": group.candidates.iter().map(talk::candidate).collect::<Vec<_>>(),
        "answers": answers.map(talk::answered).collect::<Vec<_>>(),
        "kept": kept,
        "created": group.created_at.to_rfc3339(),
        "left": left.map(Timestamp::to_rfc3339),
        "ended": group.ended_at.map(Timestamp::to_rfc3339),
    })
}

/// Ends what goes on of somebody who leaves: what they began is taken back, the rest goes on without them.
pub fn leave(cx: &mut Cx<'_>, who: &Actor, user: UserId) -> Result<()> {
    end::end_of(cx, who, user)
}

/// Erases what somebody began with all that was answered to it, and what they answered elsewhere. What a group came to stays,
/// in numbers.
pub fn erase(cx: &mut Cx<'_>, who: &Actor, user: UserId) -> Result<()> {
    leave(cx, who, user)?;
    for id in sql::all_of(cx, user)? {
        let Some(group) = sql::group(cx, id)? else { continue };
        if group.initiator == user {
            work::delete(cx, id)?;
            sql::delete(cx, id)?;
            journal::append(cx, who, &Happening::to("group.erased", &id))?;
            journal::forget(cx, &id)?;
        } else {
            answers::delete_answers_of(cx, id, user)?;
            work::forget(cx, id, user)?;
            sql::delete_member(cx, id, user)?;
        }
    }
    Ok(())
}
