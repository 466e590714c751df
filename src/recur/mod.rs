//! Recurrence rules (RFC 5545, 3.3.10): text in, wall-clock times out. Pure: no zone, no clock, no calendar.
//!
//! [`Rule`] reads and writes a rule; [`Rule::walk`] finds its times within a span, going there directly where the
//! rule allows it, and never further than its [`Budget`]. It works on wall clocks only: what a wall clock means in a
//! zone, and which times are left out or added, is the business of whoever asks (`itip::feed`).

mod budget;
mod days;
mod parse;
mod rule;
mod subday;
mod walk;

#[cfg(test)]
mod tests;

pub use budget::Budget;
pub use rule::{BadRule, Frequency, Rule, Until};
pub use walk::{Outcome, Span};
