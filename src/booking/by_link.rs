//! What the owner of a page can do by the links of the mail that asks them about a booking: approve it or decline it, without
//! signing in.
//!
//! Looking changes nothing. A link is one person's, about one booking and one of the two; it acts once, as that person, and ends
//! with the time that is held.

use super::model::{Booking, BookingLink, BookingState};
use super::{decide, sql};
use crate::accounts::{self, User};
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{BookingId, LinkId};
use crate::links::{self, About, Link, Purpose, Standing};
use crate::store::Cx;

/// What a link does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Approves.
    Approve,
    /// Declines.
    Decline,
}

impl Verb {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Decline => "decline",
        }
    }
}

/// A booking as the bearer of a link of its owner's sees it.
#[derive(Clone, Debug)]
pub struct ToDecide {
    /// What was asked for.
    pub booking: Booking,
    /// Where.
    pub link: BookingLink,
    /// Whose decision it is.
    pub user: User,
    /// What the link does.
    pub verb: Verb,
    /// Whether the link still acts.
    pub standing: Standing,
}

impl ToDecide {
    /// Whether there is something to decide by this link at `now`.
    pub fn is_open(&self, now: crate::base::Timestamp) -> bool {
        self.standing == Standing::Live && self.booking.state_at(now) == BookingState::Waiting
    }
}

/// Makes the links of a mail that asks its owner about a booking: that which approves, and that which declines.
pub fn decision_links(cx: &Cx<'_>, user: &User, booking: &Booking) -> Result<(LinkId, LinkId)> {
    let make = |verb: Verb| {
        let about = About {
            user: Some(user.id),
            detail: Some(format!("{} {}", booking.id, verb.as_str())),
            ..About::default()
        };
        links::issue(cx, Purpose::BookingDecide, &user.address, &about, booking.expires_at)
    };
    Ok((make(Verb::Approve)?, make(Verb::Decline)?))
}

/// Opens a link. Changes nothing. What its account or its booking is no more is no link.
pub fn to_decide(cx: &Cx<'_>, secret: &str) -> Result<ToDecide> {
    found(cx, secret).map(|(_, found)| found)
}

fn found(cx: &Cx<'_>, secret: &str) -> Result<(Link, ToDecide)> {
    let unknown = || Error::NotFound("link");
    let found = links::find(cx, Purpose::BookingDecide, secret)?;
    let detail = found.about.detail.clone().unwrap_or_default();
    let (booking, verb) = detail.split_once(' ').ok_or_else(unknown)?;
    let booking: BookingId = booking.parse().map_err(|_| unknown())?;
    let verb = if verb == Verb::Approve.as_str() { Verb::Approve } else { Verb::Decline };
    let user = accounts::of_link(cx, &found)?;
    let booking = sql::booking(cx, booking)?.filter(|one| one.user == user.id).ok_or_else(unknown)?;
    let link = sql::link(cx, booking.link)?.ok_or_else(unknown)?;
    let standing = found.standing(cx.now);
    Ok((found, ToDecide { booking, link, user, verb, standing }))
}

/// Does what a link says, as the person it was mailed to, and gives how it stands then; `words` are for the guest, where it is
/// declined. A refusal leaves the link as it was.
pub fn decide_by_link(cx: &mut Cx<'_>, who: &Actor, secret: &str, words: &str) -> Result<ToDecide> {
    let (link, found) = found(cx, secret)?;
    if !found.is_open(cx.now) {
        return Err(Error::refused("booking.over", "This request no longer waits: nothing was done."));
    }
    let me = Actor::new(Who::User { id: found.user.id, admin: false }, Road::Link, who.trace.clone());
    let booking = match found.verb {
        Verb::Approve => decide::approve(cx, &me, found.booking.id)?,
        Verb::Decline => decide::decline(cx, &me, found.booking.id, words)?,
    };
    links::use_up(cx, link.id)?;
    Ok(ToDecide { booking, standing: Standing::Used, ..found })
}
