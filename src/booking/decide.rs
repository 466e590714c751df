//! What becomes of a booking that waits: the host approves or declines, or nobody does in time.

use super::model::{Booking, BookingLink, BookingState};
use super::times::{self, Checked, Stage};
use super::{offer, open, request, sql, write};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::BookingId;
use crate::base::text;
use crate::journal::{self, Happening};
use crate::post::letter::BookingEnd;
use crate::store::Cx;

/// How many bookings are ended in one go.
const PAGE: u32 = 100;
/// The longest words to a guest, in characters.
const WORDS_CHARS_MAX: usize = 500;

/// Refuses what was settled otherwise.
fn must_wait(booking: &Booking, cx: &Cx<'_>) -> Result<()> {
    match booking.state_at(cx.now) {
        BookingState::Waiting => Ok(()),
        _ => Err(Error::refused("booking.over", "This request no longer waits: nothing was done.")),
    }
}

/// The host approves: the meeting is made. Approving again is answered as the first time.
pub fn approve(cx: &mut Cx<'_>, who: &Actor, id: BookingId) -> Result<Booking> {
    let (booking, link) = offer::booking(cx, who, id)?;
    if booking.state == BookingState::Booked {
        return Ok(booking);
    }
    must_wait(&booking, cx)?;
    let host = open::host_of(cx, &link)?;
    times::release(cx, id)?;
    if let Checked::Taken { .. } = times::check(cx, &link, &host, &booking, Stage::Decide)? {
        return Err(Error::refused(
            "booking.taken",
            "Something else is in your calendar then by now, or the room is taken. Decline, or make room first.",
        ));
    }
    request::book(cx, who, &booking, &link, &host)?;
    sql::booking(cx, id)?.ok_or(Error::NotFound("booking"))
}

/// The host declines; the guest is told, with `words`. Declining again is answered as the first time.
pub fn decline(cx: &mut Cx<'_>, who: &Actor, id: BookingId, words: &str) -> Result<Booking> {
    let (booking, link) = offer::booking(cx, who, id)?;
    if booking.state == BookingState::Declined {
        return Ok(booking);
    }
    must_wait(&booking, cx)?;
    end(cx, who, &booking, &link, BookingEnd::Declined, words)?;
    sql::booking(cx, id)?.ok_or(Error::NotFound("booking"))
}

/// Declines everything that waits at a link, or is still to be confirmed.
pub(super) fn decline_open(cx: &mut Cx<'_>, who: &Actor, link: &BookingLink) -> Result<()> {
    for booking in sql::bookings_of_user(cx, link.user)? {
        let is_open = matches!(booking.state_at(cx.now), BookingState::Waiting | BookingState::Unconfirmed);
        if booking.link == link.id && is_open {
            end(cx, who, &booking, link, BookingEnd::Declined, "")?;
        }
    }
    Ok(())
}

/// Ends a booking without a meeting. A guest who has confirmed is told; whoever never has is nobody's guest.
fn end(
    cx: &mut Cx<'_>,
    who: &Actor,
    booking: &Booking,
    link: &BookingLink,
    how: BookingEnd,
    words: &str,
) -> Result<()> {
    let (state, kind) = match how {
        BookingEnd::Declined => (BookingState::Declined, "booking.declined"),
        BookingEnd::Expired => (BookingState::Expired, "booking.expired"),
    };
    times::release(cx, booking.id)?;
    sql::settle(cx, booking.id, state, None)?;
    if booking.state == BookingState::Waiting {
        let words = text::paragraphs(words, WORDS_CHARS_MAX);
        write::tell_guest(cx, who, booking, link, (how, words))?;
    }
    journal::append(cx, who, &Happening::to(kind, &booking.id).with(&link.user)).map(drop)
}

/// Ends what nobody confirmed or decided in time; gives how many. Their holds ended by the clock.
pub fn expire_overdue(cx: &mut Cx<'_>, who: &Actor) -> Result<usize> {
    let overdue = sql::overdue(cx, PAGE)?;
    for booking in &overdue {
        let link = sql::link(cx, booking.link)?.ok_or(Error::NotFound("booking link"))?;
        end(cx, who, booking, &link, BookingEnd::Expired, "")?;
    }
    Ok(overdue.len())
}

/// Deletes what is kept for a while only: bookings long past, and single-use addresses that open no more; gives how many.
pub fn delete_ended(cx: &Cx<'_>) -> Result<usize> {
    let before = cx.now.plus(-cx.house().raw_retention_ms);
    Ok(sql::delete_ended(cx, before)? + sql::delete_passes_before(cx, before)?)
}
