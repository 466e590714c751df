//! Notices: what a person should know. As yet the alerts: what an administrator should know of the house.
//!
//! Learns everything from the journal, and is called by no room. Uses the post's facts to remember which
//! incidents were told.

mod alert;
#[cfg(test)]
mod tests;

pub use alert::{Alert, FOLLOWER, ended_alerts, open_alerts, watch};
