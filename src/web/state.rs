//! What the web doors remember in this process, whichever of its threads answers: limits, counters, heartbeats.
//!
//! Nothing here outlives the process, and nothing is lost with it.

use std::sync::Arc;

use super::checked::Checked;
use super::health::Pulse;
use super::idempotency::Running;
use super::limits::Limits;
use super::live::Live;
use super::metrics::Counters;
use super::strikes::Strikes;
use crate::base::time::Timestamp;
use crate::config::Config;
use crate::mail::inbound::poll::PollStatus;
use crate::net::Client;
use crate::store::Store;

/// The memory of the web doors.
pub struct State {
    /// How often each client may ask.
    pub limits: Limits,
    /// Tokens of agents whose signature was checked.
    pub checked: Checked,
    /// What agents were refused lately.
    pub strikes: Strikes,
    /// The calls with an idempotency key that are being answered.
    pub running: Running,
    /// What was counted of the journal.
    pub counters: Counters,
    /// Who listens for notices.
    pub live: Live,
    /// How reading the mailbox goes, where one is read.
    pub mailbox: Arc<PollStatus>,
    /// Which workers are alive.
    pub pulse: Pulse,
    /// Calls other servers.
    pub client: Client,
    /// Since when this process serves.
    pub since: Timestamp,
}

impl State {
    /// A memory with nothing in it.
    pub fn new(store: &Store, config: &Config) -> Self {
        let clock = store.ground().clock.clone();
        Self {
            since: clock.now(),
            strikes: Strikes::new(config, clock.clone()),
            limits: Limits::new(config, clock),
            checked: Checked::default(),
            running: Running::default(),
            counters: Counters::default(),
            live: Live::default(),
            mailbox: Arc::default(),
            pulse: Pulse::default(),
            client: Client::new(&config.net.allow).asking(&config.net.name_servers),
        }
    }
}
