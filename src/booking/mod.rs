//! Booking links: pages where guests pick a slot, and what they asked for (`docs/booking.md`).
//!
//! It knows no page and no cookie.
