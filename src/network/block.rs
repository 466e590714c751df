//! Not wanting to hear of somebody: it ends what there is, and stands until it is lifted.

use super::model::Connection;
use super::{end, me, see, sql};
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::base::id::ConnectionId;
use crate::journal::{self, Happening};
use crate::store::Cx;

/// Blocks the other side of a connection. They see what they would see anyway: an invitation goes on waiting, a
/// connection was ended. Their later invitations are answered as any other and never shown.
pub fn block(cx: &mut Cx<'_>, who: &Actor, id: ConnectionId) -> Result<Connection> {
    who.people_only()?;
    let me = me(cx, who)?;
    let (pair, seen) = see::mine(cx, &me, id)?;
    if sql::insert_block(cx, me.user.id, pair.other_hash(seen.side), id)? {
        journal::append(cx, who, &Happening::to("connection.blocked", &id))?;
    }
    end::end_pair(cx, who, &me, &pair, &seen)?;
    see::mine(cx, &me, id).map(|(_, seen)| seen)
}

/// Lifts a block. What it ended stays ended.
pub fn unblock(cx: &mut Cx<'_>, who: &Actor, id: ConnectionId) -> Result<Connection> {
    who.people_only()?;
    let me = me(cx, who)?;
    let (pair, seen) = see::mine(cx, &me, id)?;
    if sql::delete_block(cx, me.user.id, pair.other_hash(seen.side))? {
        journal::append(cx, who, &Happening::to("connection.unblocked", &id))?;
    }
    see::mine(cx, &me, id).map(|(_, seen)| seen)
}
