//! Finding a time: which there are, why these, and why no others (`docs/slots.md`).
//!
//! `set`, `rules`, `rank` and `why` are sorted integers, without a store or a clock. The room owns no table and books
//! nothing: it asks `network` whether it may look, `accounts` for hours, `calendar` for what is taken, `agents` for rooms
//! and things, and reckons. Whoever looks at others' time takes two steps: [`ask`] in a write, [`gather`] in a read.
//!
//! To add a rule: its word in [`Rule`], what it lets through in `rules.rs`, and its sentences in `why.rs`.

mod ask;
mod look;
mod party;
mod prefer;
mod rank;
mod rules;
mod set;
#[cfg(test)]
mod tests;
mod trouble;
mod why;

pub use ask::{Asked, Cleared, MOST_MAX, PEOPLE_MAX, SPAN_DAYS_MAX, Search, ask};
pub use look::{Busy, Gathered, Named, ask_busy, busy_of, check, gather};
pub use party::{Asking, as_granted, check_thing, granted, party, things};
pub use prefer::{PREFERRED_DAYS_MAX, Prefer};
pub use rank::{Check, Found, Reason, Slot, check as check_offer, find as offer};
pub use rules::{Limits, Party, Rule, STEP_MS, Span, Want, examine, resolve};
pub use set::Set;
pub use trouble::{Day, Examined, Puzzle, Shown, troubleshoot};
pub use why::{Barrier, Whose, Why};
