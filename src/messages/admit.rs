//! How much an agent may send, and how much may wait: asked before anything is stored.

use super::sql::lanes;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, SessionId};
use crate::limits::{self, Flow};
use crate::queue::Priority;
use crate::store::Cx;

/// After how many seconds it is worth trying again where an inbox is full.
const FULL_SECONDS: u64 = 30;

/// Of an inbox one sender fills no more than this part.
pub const SHARE: i64 = 4;

/// Lets `from` send one message to each of `to`, or says when to try again. Each priority has a flow of its own, so that what
/// is urgent waits for nothing else.
///
/// # Errors
/// `Throttled`: too much at once, or too much of the sender's that waits, altogether or in one of the inboxes; `Full`: an inbox
/// takes no more, whoever filled it.
pub fn admit(cx: &Cx<'_>, from: AgentId, to: &[AgentId], priority: Priority) -> Result<()> {
    match admit_to_some(cx, from, to, priority)?.into_iter().next() {
        Some((_, refusal)) => Err(refusal),
        None => Ok(()),
    }
}

/// An agent whose inbox takes no more of a sender's, and what that one is told where nobody else is addressed.
pub type Full = (AgentId, Error);

/// As [`admit`], where those whose inboxes take no more keep nothing from the others: gives who they are. Where all of them
/// are, nothing was spent.
///
/// # Errors
/// `Throttled`: too much at once, or too much of the sender's that waits altogether.
pub fn admit_to_some(cx: &Cx<'_>, from: AgentId, to: &[AgentId], priority: Priority) -> Result<Vec<Full>> {
    let many = i64::try_from(to.len().max(1)).unwrap_or(i64::MAX);
    let most = i64::from(cx.house().message_queue_max);
    if lanes::waiting_from(cx, from)? + many > most {
        return Err(too_much());
    }
    let mut full = Vec::new();
    for agent in to {
        full.extend(refusal(cx, from, *agent, most)?.map(|refusal| (*agent, refusal)));
    }
    // Last: what is refused writes nothing.
    if to.is_empty() || full.len() < to.len() {
        pass(cx, from, many, priority)?;
    }
    Ok(full)
}

/// Whether an inbox takes no more of a sender's: for rooms in which something goes on that was admitted when it began.
pub fn is_full(cx: &Cx<'_>, from: AgentId, to: AgentId) -> Result<bool> {
    refusal(cx, from, to, i64::from(cx.house().message_queue_max)).map(|refusal| refusal.is_some())
}

/// Why an inbox takes no more of a sender's, if it does not.
fn refusal(cx: &Cx<'_>, from: AgentId, agent: AgentId, most: i64) -> Result<Option<Error>> {
    let waiting = lanes::waiting_for(cx, agent)?;
    let share = (most / SHARE).max(1);
    if waiting >= share && lanes::waiting_between(cx, from, agent)? >= share {
        return Ok(Some(too_much()));
    }
    Ok((waiting >= most).then_some(Error::Full { retry_after_s: FULL_SECONDS }))
}

fn too_much() -> Error {
    Error::Throttled { retry_after_s: FULL_SECONDS }
}

/// Lets so many of a sender's messages of one priority through, or says when to try again.
pub(super) fn pass(cx: &Cx<'_>, from: AgentId, many: i64, priority: Priority) -> Result<()> {
    let house = cx.house();
    let (requests, burst) = match priority {
        Priority::Urgent => (house.message_urgent_requests, house.message_urgent_burst),
        _ => (house.message_requests, house.message_burst),
    };
    let name = match priority {
        Priority::Low => "messages-low",
        Priority::Medium => "messages-medium",
        Priority::High => "messages-high",
        Priority::Urgent => "messages-urgent",
    };
    limits::pass(cx, flow(cx, name, requests, burst), &from.to_string(), many)
}

/// Lets a message to so many through in a whole group, whoever sends it, or says when to try again. Asked of members alone:
/// whoever is none learns nothing of what is said there.
pub fn admit_in_group(cx: &Cx<'_>, session: SessionId, many: usize) -> Result<()> {
    let house = cx.house();
    let flow = flow(cx, "messages-group", house.message_group_requests, house.message_group_burst);
    limits::pass(cx, flow, &session.to_string(), i64::try_from(many).unwrap_or(i64::MAX))
}

fn flow(cx: &Cx<'_>, name: &'static str, requests: u32, burst: u32) -> Flow {
    let window_ms = cx.house().message_window_ms;
    Flow { name, burst: i64::from(burst), most: i64::from(requests), window_ms }
}
