//! Webhooks: programs of a person are told, at an address of theirs, of what happens that concerns that person
//! (`docs/webhooks.md`).
//!
//! Learns everything from the journal ([`FOLLOWER`]): for each entry of a kind that a webhook has chosen, and that concerns
//! its owner, an event is written and work of topic [`TOPIC`] is enqueued. A worker takes it ([`begin`]), makes the call
//! and says what came of it ([`ended`]). Tables owned: `webhooks`, `webhook_events`.
//!
//! It knows neither HTTP nor which addresses may be called, and an event says no more than which thing it is about: what
//! became of that is read over the API, by whoever may.

mod concern;
mod deliver;
mod follow;
mod kinds;
mod model;
mod own;
mod part;
mod sign;
mod sql;
#[cfg(test)]
mod tests;

pub use deliver::{Call, Outcome, begin, ended};
pub use follow::FOLLOWER;
pub use kinds::{FAMILIES, Family, TEST, all as all_kinds};
pub use model::{Change, Event, EventState, Events, NewWebhook, State, Webhook};
pub use own::{add, change, events, list, remove, replay, rotate, test, wakes, webhook};
pub use part::{delete_ended, erase, export};

use crate::base::time::{DAY, HOUR, SECOND};
use crate::queue::Backoff;

/// The queue's topic of what is to be told.
pub const TOPIC: &str = "webhooks";
/// The most webhooks of a person.
pub const WEBHOOKS_MAX: usize = 20;
/// The most events that wait while a webhook is told nothing; where there are more, the oldest go.
pub const WAITING_MAX: u32 = 1_000;
/// The most bytes of what is told at once.
pub const BODY_BYTES_MAX: usize = 16 * 1024;
/// For how long an event is tried, in milliseconds.
pub const PATIENCE: i64 = 3 * DAY;
/// When nothing came through for so long, in milliseconds, the webhook is paused.
pub const FAILING_AFTER: i64 = 2 * DAY;
/// For how long what was signed with before counts beside what is signed with now, in milliseconds.
pub const OVERLAP: i64 = DAY;
/// The longest that a receiver may ask us to wait, in milliseconds.
const WAIT_MAX: i64 = DAY;
/// How attempts are spread: up to 30 s, 1 min, 2 min and so on, and never more than four hours apart.
const BACKOFF: Backoff = Backoff { first_ms: 30 * SECOND, longest_ms: 4 * HOUR, attempts_max: i64::MAX };
