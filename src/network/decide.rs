//! Answering an invitation.

use super::grant::{self, NewGrant};
use super::invite::seen;
use super::model::{Connection, Pair, Side, State};
use super::{me, see, sql};
use crate::accounts::User;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::ConnectionId;
use crate::journal::{self, Happening};
use crate::store::Cx;

/// Accepts an invitation, and writes at most one's own grant. Accepting again is answered as the first time; who
/// declined may still change their mind while the invitation lives.
pub fn accept(
    cx: &mut Cx<'_>,
    who: &Actor,
    id: ConnectionId,
    grant: Option<&NewGrant>,
) -> Result<Connection> {
    who.people_only()?;
    let me = me(cx, who)?;
    let (pair, seen) = see::mine(cx, &me, id)?;
    invitee_only(&seen)?;
    match seen.state {
        State::Connected => Ok(seen),
        State::Invited | State::Declined if !pair.is_overdue(cx.now) && pair.state == State::Invited => {
            if seen.is_blocked {
                return Err(Error::refused(
                    "connection.blocked",
                    "You blocked this person. Lift the block first.",
                ));
            }
            connect(cx, who, &me.user, &pair, grant)
        }
        _ => Err(over()),
    }
}

/// Declines an invitation; its inviter is not told. Declining again changes nothing.
pub fn decline(cx: &mut Cx<'_>, who: &Actor, id: ConnectionId) -> Result<Connection> {
    who.people_only()?;
    let me = me(cx, who)?;
    let (pair, seen) = see::mine(cx, &me, id)?;
    invitee_only(&seen)?;
    match seen.state {
        State::Declined => Ok(seen),
        State::Invited => {
            refuse(cx, who, &pair)?;
            see::mine(cx, &me, id).map(|(_, seen)| seen)
        }
        State::Connected => Err(Error::refused(
            "connection.connected",
            "You are connected already; end the connection instead.",
        )),
        _ => Err(over()),
    }
}

fn invitee_only(seen: &Connection) -> Result<()> {
    match seen.side {
        Side::Invitee => Ok(()),
        Side::Inviter => Err(Error::denied("Only whoever was invited can answer an invitation.")),
    }
}

fn over() -> Error {
    Error::refused("connection.over", "This invitation is over. Ask to be invited again.")
}

/// Notes that an invitation is not wanted. It goes on waiting as far as its inviter can see.
pub(super) fn refuse(cx: &mut Cx<'_>, who: &Actor, pair: &Pair) -> Result<()> {
    sql::set_declined(cx, pair.id)?;
    if let Some(invitee) = pair.invitee {
        sql::delete_grant(cx, pair.id, invitee)?;
    }
    journal::append(cx, who, &Happening::to("connection.declined", &pair.id)).map(drop)
}

/// Connects an inviter and `invitee`, who wants it.
pub(super) fn connect(
    cx: &mut Cx<'_>,
    who: &Actor,
    invitee: &User,
    pair: &Pair,
    grant: Option<&NewGrant>,
) -> Result<Connection> {
    who.people_only()?;
    sql::set_connected(cx, pair.id, invitee.id)?;
    journal::append(cx, who, &Happening::to("connection.accepted", &pair.id).with(&pair.inviter))?;
    if let Some(grant) = grant {
        grant::write(cx, who, (pair.id, invitee.id), grant)?;
    }
    let pair = sql::pair(cx, pair.id, invitee.id)?.ok_or(Error::NotFound("connection"))?;
    seen(&pair, Side::Invitee, cx)
}
