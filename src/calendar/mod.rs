//! Calendars: where busy time comes from, what is taken, and what is held (`docs/calendar.md`).
//!
//! A *holder* is whose time it is: a user, or a resource. A *source* is where a holder's busy time comes from; of its
//! events only skeletons are kept, never a title. *Busy* is an interval that is taken, laid ready for looking; a *hold*
//! is one reserved for a while. Tables owned: `calendar_accounts`, `sources`, `source_objects`, `source_events`,
//! `busy`, `holds`, `calendar_writes`.
//!
//! What the house writes into somebody's calendar is planned and remembered here ([`plan_write`], [`laid`]), and what its holder
//! does to it there is told to whoever asks ([`take_back`]).
//!
//! It knows no HTTP, no meeting and no grant. Whoever reads a calendar hands over what was read ([`take_in`]); whoever
//! looks at somebody's time has settled who is asking ([`busy()`]).
//!
//! To add a kind of source: its word in [`SourceKind`], and whoever reads it in the door `sync`.

mod add;
mod answer;
mod back;
mod change;
mod hold;
mod holder;
mod house;
mod lay;
mod missing;
mod model;
mod person;
mod reading;
mod roll;
mod see;
mod sql;
mod taken;
#[cfg(test)]
pub(crate) mod tests;
mod write;

pub use add::{NewAccount, add, may_probe};
pub use answer::{answer_laid, answer_left, begin_answer, is_to_answer};
pub use back::{Back, Said, changed, take_back};
pub use change::{SourceChange, change, read_now, remove, renew};
pub use hold::{Hold, hold, holds_of, release};
pub use holder::HolderId;
pub use house::{has_house, meetings_between, meetings_of, occupy, open_house, put_right};
pub use missing::missing;
pub use model::{
    Access, Due, Failure, Fault, Found, Mark, Object, Objects, Problem, Reading, SOURCES_MAX, Source,
    SourceKind,
};
pub use person::{end, erase, export};
pub use reading::{due, failed, hurry, read_since, take_in};
pub use roll::{FOLLOWER, delete_ended, ensure_due, kept_from, roll_on, set_zone};
pub use see::{access_of, elsewhere, own, source, sources};
pub use taken::{Stale, Taken, busy, busy_but};
pub use write::{
    Errand, Laid, TAKING_OUT, Theirs, begin_write, give_up_write, is_written, laid, plan_write, take_out,
    taken_out, to_take_out,
};

pub use crate::itip::feed::{Interval, Kind};

/// The queue's topic of readings: keyed by source, ordered by account.
pub const TOPIC: &str = "sources";
