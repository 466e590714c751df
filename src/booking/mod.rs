//! Booking links: pages where guests pick a slot, and what they asked for (`docs/booking.md`).
//!
//! A *booking link* is offered by a user; a *booking* is what a guest asked for there. Until the guest has shown that the
//! address is theirs, and until the host has decided where the host confirms, the time is held, for a while that ends by
//! the clock. Tables owned: `booking_links`, `booking_passes`, `bookings`.
//!
//! It knows no page and no cookie: doors bring in who a browser was proven to be ([`Visitor`]). What is free is for
//! `slots` to say, holding is `calendar`'s, and the meeting is made by `meetings`, in the name of the link's owner.

mod about_you;
mod by_link;
mod decide;
mod model;
mod offer;
mod open;
mod proof;
mod request;
mod sql;
mod suits;
#[cfg(test)]
mod tests;
mod times;
mod write;

pub use about_you::{erase, export, leave};
pub use by_link::{ToDecide, Verb, decide_by_link, decision_links, to_decide};
pub use decide::{approve, decline, delete_ended, expire_overdue};
pub use model::{
    Access, AnswerKind, Answered, Booking, BookingLink, BookingState, Confirmation, LinkChange, LinkState,
    NewLink, Optional, Pass, Question,
};
pub use offer::{Page, booking, bookings, change, get, mine, offer, pass, passes, remove, waiting};
pub use open::{Host, Offer, near, open, slots};
pub use proof::{PROOF_MS, proof, proven};
pub use request::{Opened, Request, Requested, Visitor, confirm, look, request, withdraw};
pub use suits::{Shared, shared, suits_both};
pub use times::{Free, Time};

use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::UserId;

/// Whoever asks, about what is their own.
fn own(who: &Actor) -> Result<UserId> {
    who.user().ok_or_else(|| Error::denied("Booking links are a person's own: act as a user."))
}
