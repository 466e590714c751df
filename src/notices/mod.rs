//! Notices: what a person should know, in-app and by mail, and what an administrator should know of the house (alerts).
//!
//! Learns everything from the journal ([`FOLLOWERS`]), and is called by no room. What falls due later (a reminder, a
//! nudge, a digest) is work of the queue ([`TOPIC`]) that [`due`] does. Each person chooses by kind what is mailed, and
//! when ([`preferences`]). Tables owned: `notices`, `notice_readers`, `notice_turns`, `notice_preferences`,
//! `notice_hours`. Uses the post's facts to remember which incidents were told.
//!
//! Notices know no page and no stream: doors list them ([`list`]) and are told whose changed ([`changed_since`]).
//!
//! To add a kind: its line in `kind.rs`, its arm in `learn.rs`, its sentence in `words.rs`.

mod agent;
mod alert;
mod choose;
mod conversation;
mod deadline;
mod fresh;
mod gone;
mod group;
mod kind;
mod learn;
mod mail;
mod model;
mod part;
mod read;
mod session;
mod sql;
mod task;
#[cfg(test)]
mod tests;
mod words;

pub use alert::{Alert, ended_alerts, open_alerts, watch};
pub use choose::{Preferences, preferences, quiet_until, set_preferences};
pub use deadline::{TOPIC, due};
pub use fresh::fresh;
pub use group::is_group_settled;
pub use kind::{Group, Kind, Mail};
pub use model::{Listing, Notice, Page, Shown, Waits};
pub use part::{delete_ended, erase, export};
pub use read::{after, changed_since, list, mark_all, mark_read, place, turn, unread};
pub use task::is_settled;
pub use words::{advice, sentence};

use crate::journal::Follower;

/// Those who read the journal for this room.
pub const FOLLOWERS: [Follower; 2] = [alert::FOLLOWER, learn::FOLLOWER];
