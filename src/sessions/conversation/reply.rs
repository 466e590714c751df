//! Replying: what somebody says in a conversation themselves, in place of the agent that the house plays for them.

use super::model::{Conversation, Entry, Shape};
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::messages;
use crate::store::Cx;

/// Which of these entries of a transcript wait for an answer of the caller's own, the newest first; `None`: they cannot say
/// anything there themselves, since it is over, the house plays for them there no more, or agents are switched off.
pub fn replies<'a>(
    cx: &Cx<'_>,
    who: &Actor,
    one: &Conversation,
    said: &'a [Entry],
) -> Result<Option<Vec<&'a Entry>>> {
    if !cx.house().agents_enabled {
        return Ok(None);
    }
    let own = agents::speaking(cx, who)?.id;
    if !who.is_person() || one.ended_at.is_some() || one.shape == Shape::System || !one.has(own) {
        return Ok(None);
    }
    let is_answer = |entry: &Entry| entry.from == Some(own) && !entry.is_told();
    let mut waiting = Vec::new();
    for entry in said.iter().rev() {
        let is_answered = said.iter().any(|other| other.answers == Some(entry.id) && is_answer(other));
        let is_request = entry.kind == "request" && entry.erased_at.is_none() && entry.from != Some(own);
        // What a program of theirs was handed is that program's to answer.
        let is_theirs = is_request
            && !is_answered
            && messages::of_message(cx, entry.id)?.iter().any(|it| it.to == own && it.attempts > 0);
        if is_theirs {
            waiting.push(entry);
        }
    }
    Ok(Some(waiting))
}
