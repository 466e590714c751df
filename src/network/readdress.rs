//! Somebody's address is another now: what is between them and others goes by the new one, and so do the blocks that
//! others laid on the old. Nobody is shown it.

use super::invite::pair_key;
use super::model::State;
use super::sql;
use crate::base::error::Result;
use crate::base::id::UserId;
use crate::base::text::Address;
use crate::links;
use crate::store::Cx;

/// Lets everything between `user` and others go by another address.
pub fn readdress(cx: &mut Cx<'_>, user: UserId, old: &Address, new: &Address) -> Result<()> {
    let (old, new) = (links::address_hash(cx, old), links::address_hash(cx, new));
    // Before anything moves: whoever is live with them already, and has asked the new address as well, has asked twice;
    // and what they asked of that address themselves they asked of themselves.
    for id in sql::ids_of_invitee(cx, &new)? {
        let Some(pair) = sql::pair(cx, id, user)?.filter(|pair| pair.state == State::Invited) else {
            continue;
        };
        if pair.inviter == user || sql::live(cx, &pair_key(&pair.inviter_hash, &old))?.is_some() {
            sql::set_ended(cx, id, State::Withdrawn, Some(pair.inviter), cx.now)?;
        }
    }
    for (id, theirs) in sql::of_inviter(cx, user)? {
        sql::set_inviter_hash(cx, id, &new, &pair_key(&new, &theirs))?;
    }
    for id in sql::ids_of_invitee(cx, &old)? {
        let Some(pair) = sql::pair(cx, id, user)? else { continue };
        // What an inviter typed is what they are shown while it waits: the new address is not theirs to know.
        sql::set_invitee(cx, id, &new, &pair_key(&pair.inviter_hash, &new))?;
    }
    sql::copy_blocks(cx, &old, &new)
}
