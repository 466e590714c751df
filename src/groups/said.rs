//! What was said in a group, for whoever may know it by now. The house's own entries point to what members answered; their words
//! are put in when such an entry is handed over or read, so that they lie in one place, and go with whoever said them.

use serde_json::Value;

use super::model::{Answered, Group};
use super::see::{self, Seen};
use super::talk;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{SessionId, UserId};
use crate::messages::Type;
use crate::sessions::conversation::{Entry, Received};
use crate::sessions::work;
use crate::store::Cx;

/// Whose answer something speaks of, and in which round.
fn whose(said: &Value) -> Option<(UserId, i64)> {
    let user = said.get("user")?.as_str()?.parse().ok()?;
    Some((user, said.get("round")?.as_i64()?))
}

/// The answer that something speaks of, as far as the reader may know it: their own, and of others' what counts.
fn known<'a>(group: &'a Group, me: UserId, said: &Value) -> Option<&'a Answered> {
    let (user, round) = whose(said)?;
    let is_it = |one: &&Answered| said.get("revision").and_then(Value::as_i64) == Some(one.revision);
    if user == me {
        return group.answers.iter().find(|one| (one.user, one.round) == (user, round) && is_it(one));
    }
    group.answer_in(round, user).filter(is_it)
}

/// The answers that an entry points to.
fn pointed_to(data: &mut Value) -> Option<&mut Vec<Value>> {
    data.get_mut("answers")?.as_array_mut()
}

/// What was said in a group of the caller's after a place, in order: of what others answered, what they may know by now and
/// what counts.
pub fn transcript(cx: &Cx<'_>, who: &Actor, id: SessionId, after: i64) -> Result<Vec<Entry>> {
    let Seen { group, me, left_out, .. } = see::group(cx, who, id)?;
    work::transcript(cx, id, after, &|entry| {
        let Some(data) = entry.body.get_mut("data") else { return true };
        if let Some(answers) = pointed_to(data) {
            *answers =
                answers.iter().filter_map(|said| known(&group, me, said)).map(talk::answered).collect();
        }
        if data.get("event").and_then(Value::as_str) == Some("ended") && data.get("outcome").is_some() {
            return see::is_end_of(data, left_out);
        }
        let is_answer = entry.kind == Type::GroupResponse.as_str() && entry.erased_at.is_none();
        !is_answer || known(&group, me, data).is_some()
    })
}

/// What is handed over to a program of the caller's, with the answers that it points to as they stand by now: those that the
/// program may read. Whose answer was erased meanwhile is not among them.
pub fn with_answers(cx: &Cx<'_>, who: &Actor, mut received: Vec<Received>) -> Result<Vec<Received>> {
    for Received { handed, entry } in &mut received {
        let of_group = entry.kind == Type::GroupBroadcast.as_str();
        let answers = entry.body.get_mut("data").filter(|_| of_group).and_then(pointed_to);
        let Some(answers) = answers.filter(|answers| !answers.is_empty()) else { continue };
        let Some(group) = readable(cx, who, entry.session)? else {
            answers.clear();
            continue;
        };
        let pointed = answers.iter().filter_map(whose);
        let there: Vec<_> = pointed.filter_map(|(user, round)| group.answer_in(round, user)).collect();
        let there = talk::readable(cx, handed.delivery.to, &there)?;
        *answers = there.into_iter().map(talk::answered).collect();
    }
    Ok(received)
}

/// A group with the answers that the caller may know; `None`: they belong to it no more.
fn readable(cx: &Cx<'_>, who: &Actor, id: SessionId) -> Result<Option<Group>> {
    match see::group(cx, who, id) {
        Ok(seen) => Ok(Some(seen.group)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
