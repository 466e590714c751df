//! Holding: what is asked and done in a conversation goes by what its members left to be shared there, besides what the
//! people's grants say.
//!
//! A call is in a conversation when it names one. Who is concerned are the caller and those whom it is about, and nobody else
//! who is in the conversation: whatever the others grant each other decides nothing here.

use super::model::{Member, Right, Shape};
use super::{see, sql};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{ConnectionId, SessionId};
use crate::network;
use crate::store::Cx;

/// Why what a conversation does not let is refused.
pub(in crate::sessions) const WITHHELD: &str =
    "The members of the conversation that this is in do not share this there, or not any more.";

/// Holds a call to the conversation that it names, if it names one: what it asks for or does with the people at the other
/// sides of these connections takes that `right` of it.
///
/// # Errors
/// `NotFound` where no agent of the caller's, or of one of them, is in it; `conversation.over`; `conversation.rights`.
pub fn hold(
    cx: &Cx<'_>,
    who: &Actor,
    id: Option<SessionId>,
    with: &[ConnectionId],
    right: Right,
) -> Result<()> {
    let Some(id) = id else { return Ok(()) };
    let unknown = || Error::NotFound("conversation");
    let one = see::to_act_in(cx, who, id)?;
    let is_own = |member: &Member| match who.agent() {
        Some(agent) => member.agent == agent,
        None => member.user.is_some() && member.user == who.user(),
    };
    // What the house tells all its agents makes no company of them.
    if one.shape == Shape::System || !one.present().any(is_own) {
        return Err(unknown());
    }
    if one.ended_at.is_some() {
        return Err(Error::refused("conversation.over", "This conversation is over."));
    }
    for connection in with {
        let sides = network::users_of(cx, *connection)?;
        let other = sides.and_then(|(one, other)| match who.user() {
            Some(me) if me == one => Some(other),
            Some(me) if me == other => Some(one),
            _ => None,
        });
        let other = other.ok_or_else(unknown)?;
        if !one.present().any(|member| member.user == Some(other)) {
            return Err(unknown());
        }
    }
    if one.rights.lets(right) { Ok(()) } else { Err(Error::refused("conversation.rights", WITHHELD)) }
}

/// Whether what began in a conversation may go by this right of it now, for rooms that have settled that it did. One that is over
/// lets what it let at its end.
pub fn lets(cx: &Cx<'_>, id: SessionId, right: Right) -> Result<bool> {
    Ok(sql::rights(cx, id)?.is_some_and(|rights| rights.lets(right)))
}
