//! What may be shared in a conversation: no more than its members say, and never more than their people let.

use super::model::{Conversation, Rights};
use super::{see, sql};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{SessionId, UserId};
use crate::journal::{self, Happening};
use crate::network::{self, Scope};
use crate::store::Cx;

/// Takes rights of a conversation away. Any member may, and nobody gives more than there is.
///
/// # Errors
/// `conversation.rights` for more; `conversation.over`.
pub fn set_rights(cx: &mut Cx<'_>, who: &Actor, id: SessionId, rights: Rights) -> Result<Conversation> {
    let mut one = see::to_act_in(cx, who, id)?;
    if one.ended_at.is_some() {
        return Err(Error::refused("conversation.over", "This conversation is over."));
    }
    let before = one.rights;
    let is_wider = rights.calendar && !before.calendar
        || rights.location && !before.location
        || rights.commitments && !before.commitments;
    if is_wider {
        let words = "Rights are taken away in a conversation, and not given. Begin another one for more.";
        return Err(Error::refused("conversation.rights", words));
    }
    if rights != before {
        sql::set_rights(cx, id, rights)?;
        one.rights = rights;
        journal::append(cx, who, &Happening::to("conversation.narrowed", &id))?;
    }
    Ok(one)
}

/// What may be shared in a conversation as things stand: what its members left, as far as each two of their people let the
/// other's agent know and do it.
pub fn may_share(cx: &Cx<'_>, one: &Conversation) -> Result<Rights> {
    let mut users: Vec<UserId> = one.present().filter_map(|member| member.user).collect();
    users.sort_unstable();
    users.dedup();
    let mut rights = one.rights;
    let among = |wanted: bool, scope: Scope| -> Result<bool> {
        if !wanted {
            return Ok(false);
        }
        for (at, user) in users.iter().enumerate() {
            for other in &users[at + 1..] {
                if network::mutual(cx, *user, Some(*other), scope)?.is_none() {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    };
    rights.calendar = among(rights.calendar, Scope::AvailabilityRead)?;
    rights.location = among(rights.location, Scope::ProfileRead)?;
    rights.commitments = among(rights.commitments, Scope::BookConfirmed)?;
    Ok(rights)
}
