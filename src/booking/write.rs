//! What guests are written before they are at a meeting: the letter that proves the address, and how it ended.

use std::fmt::Write;

use super::model::{Booking, BookingLink};
use super::open::{self, Host};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::links::{self, About, Purpose};
use crate::post::letter::{self, BookingEnd, Draft, Face, Says};
use crate::store::Cx;

fn draft(who: &Actor, booking: &Booking, says: Says) -> Draft {
    Draft {
        to: booking.guest_address.clone(),
        name: Some(booking.guest_name.clone()),
        zone: booking.guest_zone,
        participant: None,
        unique_key: format!("{} {}", says.kind(), booking.id),
        in_reply_to: None,
        expires: Some(booking.start),
        trace: who.trace.clone(),
        says,
    }
}

fn face(host: Option<&Host>) -> Face {
    Face { name: host.and_then(|host| host.name.clone()), is_host: true }
}

/// Writes the letter with the link that confirms.
pub(super) fn ask_guest(
    cx: &Cx<'_>,
    who: &Actor,
    booking: &Booking,
    link: &BookingLink,
    host: &Host,
) -> Result<()> {
    let about = About { detail: Some(booking.id.to_string()), ..About::default() };
    let confirm = links::issue(cx, Purpose::Booking, &booking.guest_address, &about, booking.end)?;
    let says = Says::BookingConfirm {
        booking: booking.id,
        host: link.user,
        title: link.says.title.clone(),
        span: (booking.start.ms(), booking.end.ms()),
        by: face(Some(host)),
        confirm,
        expires: booking.expires_at.ms(),
    };
    let draft = Draft { expires: Some(booking.expires_at), ..draft(who, booking, says) };
    letter::enqueue(cx, draft).map(drop)
}

/// Tells a guest how it ended, where no meeting came of it.
pub(super) fn tell_guest(
    cx: &Cx<'_>,
    who: &Actor,
    booking: &Booking,
    link: &BookingLink,
    (end, words): (BookingEnd, String),
) -> Result<()> {
    let host = match open::host_of(cx, link) {
        Ok(host) => Some(host),
        Err(Error::NotFound(_)) => None,
        Err(error) => return Err(error),
    };
    let is_open = host.is_some() && link.state == super::LinkState::Active && !link.needs_pass();
    let says = Says::BookingEnded {
        booking: booking.id,
        host: link.user,
        title: link.says.title.clone(),
        span: (booking.start.ms(), booking.end.ms()),
        by: face(host.as_ref()),
        end,
        words,
        path: if is_open { link.path() } else { String::new() },
    };
    // That it does not take place is news also once its time has come.
    let draft = Draft { expires: None, ..draft(who, booking, says) };
    letter::enqueue(cx, draft).map(drop)
}

/// What the meeting is about: the link's description, and what the guest said to its questions.
pub(super) fn description(booking: &Booking, link: &BookingLink) -> String {
    let mut description = link.says.description.clone();
    for answered in &booking.answers {
        let gap = if description.is_empty() { "" } else { "\n\n" };
        let _ = write!(description, "{gap}{}\n{}", answered.question, answered.answer);
    }
    description
}
