//! Finding a time: which there are, why these, and why no others (`docs/slots.md`).
//!
//! `set`, `rules`, `rank` and `why` are sorted integers, without a store or a clock. The room owns no table and books
//! nothing: it asks `network` whether it may look, `accounts` for hours, `calendar` for what is taken, `agents` for
//! resources, and reckons.
//!
//! To add a rule: its word in [`Rule`], what it lets through in `rules.rs`, and its sentences in `why.rs`.

mod rank;
mod rules;
mod set;
#[cfg(test)]
mod tests;
mod why;

pub use rank::{Check, Found, Reason, Slot, check as check_time, find as find_among};
pub use rules::{Limits, Party, Rule, STEP_MS, Span, Want, examine, resolve};
pub use set::Set;
pub use why::{Barrier, Whose, Why};
