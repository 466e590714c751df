//! The ends of a connection: withdrawn, declined, revoked, or out of time.

use super::model::{Connection, Pair, Side, State};
use super::{Me, decide, grant, me, see, sql};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::ConnectionId;
use crate::base::time::DAY;
use crate::journal::{self, Happening};
use crate::store::Cx;

/// How long questions are listed, in milliseconds.
const QUESTIONS_MS: i64 = 400 * DAY;
/// How many invitations are ended in one unit of work.
const OVERDUE_MAX: u32 = 500;

/// Ends a connection from either side, with the grants of both: an invitation of one's own is taken back, one that
/// came is declined, a connection is revoked. What is over stays as it is.
pub fn end(cx: &mut Cx<'_>, who: &Actor, id: ConnectionId) -> Result<Connection> {
    who.people_only()?;
    let me = me(cx, who)?;
    let (pair, seen) = see::mine(cx, &me, id)?;
    if !end_pair(cx, who, &me, &pair, &seen)? {
        return Ok(seen);
    }
    let pair = sql::pair(cx, id, me.user.id)?.ok_or(Error::NotFound("connection"))?;
    pair.seen_by(seen.side, cx.now).ok_or(Error::NotFound("connection"))
}

/// Says whether there was something to end.
pub(super) fn end_pair(
    cx: &mut Cx<'_>,
    who: &Actor,
    me: &Me,
    pair: &Pair,
    seen: &Connection,
) -> Result<bool> {
    match (seen.state, seen.side) {
        (State::Invited, Side::Inviter) => {
            sql::set_ended(cx, pair.id, State::Withdrawn, Some(me.user.id), cx.now)?;
            grant::take_back(cx, pair)?;
            journal::append(cx, who, &Happening::to("connection.withdrawn", &pair.id))?;
        }
        (State::Invited, Side::Invitee) => decide::refuse(cx, who, pair)?,
        (State::Connected, side) => {
            sql::set_ended(cx, pair.id, State::Revoked, Some(me.user.id), cx.now)?;
            grant::take_back(cx, pair)?;
            let mut happening = Happening::to("connection.revoked", &pair.id);
            if let Some(other) = pair.other_user(side) {
                happening = happening.with(&other);
            }
            journal::append(cx, who, &happening)?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Ends an invitation whose time is over, as of the time it was to end.
pub(super) fn expire(cx: &mut Cx<'_>, pair: &Pair) -> Result<()> {
    sql::set_ended(cx, pair.id, State::Expired, None, pair.expires_at)?;
    grant::take_back(cx, pair)?;
    let who = Actor::house("overdue-invitations");
    journal::append(cx, &who, &Happening::to("connection.expired", &pair.id)).map(drop)
}

/// Ends the invitations whose time is over; gives how many.
pub fn end_overdue(cx: &mut Cx<'_>) -> Result<usize> {
    let overdue = sql::overdue(cx, OVERDUE_MAX)?;
    for pair in &overdue {
        expire(cx, pair)?;
    }
    Ok(overdue.len())
}

/// Deletes questions that were listed long enough; gives how many.
pub fn delete_ended(cx: &Cx<'_>) -> Result<usize> {
    sql::delete_questions_before(cx, cx.now.plus(-QUESTIONS_MS))
}
