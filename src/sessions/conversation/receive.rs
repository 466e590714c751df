//! Receiving: what waits in an agent's inbox, with what it says.

use super::model::Entry;
use super::send::road;
use super::sql;
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::base::id::AgentId;
use crate::messages::{self, AttachmentState, Delivery, Handed, Type};
use crate::sessions::answering;
use crate::sessions::sql as sessions;
use crate::sessions::work;
use crate::store::Cx;

/// A message that was handed over.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its delivery, and the lease to answer with.
    pub handed: Handed,
    /// What it says.
    pub entry: Entry,
}

/// Hands over up to `limit` of what waits for an agent of the caller's, the first in order first.
pub fn receive(cx: &mut Cx<'_>, who: &Actor, agent: AgentId, limit: u32) -> Result<Vec<Received>> {
    let handed = messages::claim(cx, who, agent, limit, &|cx, one| is_permitted(cx, one))?;
    let mut received = Vec::with_capacity(handed.len());
    for handed in handed {
        // What was said lies there as long as its deliveries do.
        if let Some((entry, mut sealed)) = sql::entry(cx, handed.delivery.message)? {
            let part = sealed.remove(&agent);
            let from = entry.from.or(handed.delivery.from);
            let entry = with_attachments(cx, Entry { sealed: part, from, ..entry })?;
            received.push(Received { handed, entry });
        }
    }
    Ok(received)
}

/// An entry with what it points to, but for what is in quarantine.
pub(super) fn with_attachments(cx: &Cx<'_>, mut entry: Entry) -> Result<Entry> {
    entry.attachments = messages::attachments(cx, entry.id)?;
    entry.attachments.retain(|one| one.state == AttachmentState::Listed);
    Ok(entry)
}

/// Whether an agent may be told that a message is on its way to it: what was handed over it knows, the rest as long as it would
/// be.
pub fn may_hear(cx: &Cx<'_>, one: &Delivery) -> Result<bool> {
    Ok(one.attempts > 0 || (one.state != messages::State::Dead && is_permitted(cx, one)?))
}

/// Whether a message may still be handed over: its recipient is still in the session, and whoever said it still reaches it.
pub(super) fn is_permitted(cx: &Cx<'_>, one: &Delivery) -> Result<bool> {
    let is_step = one.kind == Type::Step || one.kind.is_of_group();
    if let (true, Some(may)) = (is_step, work::is_permitted(cx, one)?) {
        return Ok(may);
    }
    if is_step {
        return is_played(cx, one);
    }
    let Some(conversation) = sql::nameless(cx, one.session)?.filter(|it| it.has(one.to)) else {
        return Ok(false);
    };
    let Some(from) = one.from else { return Ok(messages::road_of(cx, one.to)?.is_some()) };
    match agents::any(cx, from)?.filter(|from| from.state == agents::State::Active) {
        Some(from) => Ok(road(cx, &conversation, &from, one.to)?.is_some()),
        None => Ok(false),
    }
}

/// Of a scheduling session: its recipient's owner is a party, and neither of the two agents, nor of the people whose they are, blocked
/// the other; or it answers for a room that is asked for. By what they granted each other its parties hear of it, however closed their programs
/// are.
fn is_played(cx: &Cx<'_>, one: &Delivery) -> Result<bool> {
    if !agents::plays(cx, one.to)? {
        return answering::is_told(cx, one);
    }
    let Some(owner) = agents::owner_of(cx, one.to)? else { return Ok(false) };
    let session = sessions::session(cx, one.session)?;
    let is_party = session.is_some_and(|session| session.party(owner).is_ok());
    let is_blocked = match one.from {
        Some(from) => agents::are_blocked(cx, from, one.to)?,
        None => false,
    };
    Ok(is_party && !is_blocked)
}
