//! The composition root: the one place that sees everything. Opens the house, starts what works in it,
//! and stops it again.
//!
//! To add a worker, name it in [`workers`]; to add a periodic job, in [`jobs`]; a follower, in [`followers`]; a room
//! that stores something about people, in [`person`].

pub mod address;
pub mod demo;
mod followers;
pub mod jobs;
mod key;
pub mod person;
mod serve;
pub mod webhooks;
mod workers;

use std::sync::Arc;

use crate::base::error::{Error, Result};
use crate::base::house::{self, House};
use crate::base::id::Id;
use crate::base::random::Chance;
use crate::base::secret::{Keys, hex};
use crate::base::time::{Clock, DAY, HOUR, MINUTE, SECOND};
use crate::config::{self, Config};
use crate::journal;
use crate::queue;
use crate::store::{Ground, Options, Store, Upgrade};

pub use serve::{Serving, Signals, serve, set_up_link};

/// An opened house: for `serve`, and for every command beside it.
#[derive(Clone)]
pub struct App {
    /// The store.
    pub store: Store,
    /// The configuration.
    pub config: Arc<Config>,
    /// What opening did to the schema.
    pub upgrade: Upgrade,
}

impl App {
    /// Opens the house in its data directory, which is made if it is not there, with the key that lies
    /// beside the database.
    pub fn open(config: Config, clock: Clock, chance: Chance) -> Result<Self> {
        std::fs::create_dir_all(&config.data_dir).map_err(|error| {
            Error::refused(
                "data-dir",
                format!("The data directory {} cannot be made: {error}", config.data_dir.display()),
            )
        })?;
        let database = config.database_path();
        let master = key::read_or_make(&config.key_path(), database.exists(), &chance)?;
        let ground = Ground {
            clock,
            house: Arc::new(house_of(&config)),
            keys: Keys::derive(&master),
            instance: format!("{}-{}", std::process::id(), hex(&chance.bytes::<6>())),
            chance,
        };
        let (store, upgrade) = Store::open(&Options::at(database), ground, journal::seal)?;
        // Should the clock have been set back since: what is enqueued now must not overtake what waits.
        if let Some(newest) = store.read_blocking(|cx| queue::newest(cx))? {
            store.ground().chance.rise_above(newest.uuid());
        }
        if let Some(copy) = &upgrade.copy {
            tracing::info!(from = upgrade.from, to = upgrade.to, copy = %copy.display(), "the schema was upgraded");
        }
        Ok(Self { store, config: Arc::new(config), upgrade })
    }
}

/// The house's facts and policies, as its configuration gives them.
pub fn house_of(config: &Config) -> House {
    House {
        organizer: config.organizer.address.clone(),
        organizer_name: config.organizer.name.clone(),
        public_url: config.server.public_url.clone(),
        zone: config.organizer.time_zone,
        subaddress: match config.organizer.subaddress {
            config::Subaddress::Auto => house::Subaddress::Auto,
            config::Subaddress::On => house::Subaddress::On,
            config::Subaddress::Off => house::Subaddress::Off,
        },
        is_mailroom: config.mail.transport == config::Transport::Mailroom,
        decline: match config.meetings.decline {
            config::Decline::Strict => house::Decline::Strict,
            config::Decline::Soft => house::Decline::Soft,
        },
        approval: match config.meetings.approval {
            config::Approval::Everyone => house::Approval::Everyone,
            config::Approval::Host => house::Approval::Host,
        },
        video_url: config.meetings.video_url.clone(),
        default_title: config.meetings.default_title.clone(),
        length_max_ms: i64::from(config.meetings.length_max_hours) * HOUR,
        new_recipients_per_day: config.meetings.new_recipients_per_day,
        sign_up: match config.accounts.sign_up {
            config::SignUp::Invited => house::SignUp::Invited,
            config::SignUp::Closed => house::SignUp::Closed,
        },
        invitations_per_day: config.network.invitations_per_day,
        invitation_ms: i64::from(config.network.invitation_days) * DAY,
        questions_per_hour: config.network.questions_per_hour,
        calendar_read_ms: i64::from(config.calendar.read_minutes) * MINUTE,
        calendar_stale_ms: i64::from(config.calendar.stale_minutes) * MINUTE,
        calendar_horizon_ms: i64::from(config.calendar.horizon_days) * DAY,
        booking_confirm_ms: i64::from(config.booking.confirm_minutes) * MINUTE,
        booking_decide_ms: i64::from(config.booking.decide_hours) * HOUR,
        booking_open_per_guest: config.booking.open_per_guest,
        session_ms: i64::from(config.sessions.hours) * HOUR,
        session_rounds: config.sessions.rounds,
        agents_enabled: config.agents.enabled,
        agent_token_ms: i64::from(config.agents.token_seconds) * SECOND,
        agent_signing_ms: i64::from(config.agents.signing_days) * DAY,
        agent_heartbeat_ms: i64::from(config.agents.heartbeat_seconds) * SECOND,
        agent_conversations_usual: config.agents.conversations_usual,
        agent_conversations_max: config.agents.conversations_max,
        message_lease_ms: i64::from(config.agents.message_seconds) * SECOND,
        message_attempts: config.agents.attempts,
        message_queue_max: config.agents.queue_max,
        message_requests: config.agents.requests,
        message_window_ms: i64::from(config.agents.window_seconds) * SECOND,
        message_burst: config.agents.burst,
        message_urgent_requests: config.agents.urgent_requests,
        message_urgent_burst: config.agents.urgent_burst,
        message_group_requests: config.agents.group_requests,
        message_group_burst: config.agents.group_burst,
        agent_shut_out_ms: i64::from(config.agents.shut_out_minutes) * MINUTE,
        agent_inactive_ms: i64::from(config.agents.inactive_days) * DAY,
        group_max: config.agents.group_max,
        group_threshold: thousandths(config.agents.threshold),
        group_ms: i64::from(config.agents.group_seconds) * SECOND,
        task_ms: i64::from(config.agents.task_days) * DAY,
        task_retention_ms: i64::from(config.agents.keep_task_days) * DAY,
        decision_ms: i64::from(config.links.decision_hours) * HOUR,
        raw_retention_ms: i64::from(config.retention.raw_mail_days) * DAY,
        notice_retention_ms: i64::from(config.retention.notice_days) * DAY,
        alert_bounce_percent: percent(config.alerts.bounce_rate),
        alert_parser_failures: i64::from(config.alerts.parser_failures),
        alert_invalid_links: i64::from(config.alerts.invalid_links),
    }
}

/// A share from 0 to 1 as so many of a thousand.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share from 0 to 1 gives 0 to 1000"
)]
fn thousandths(share: f64) -> u32 {
    (share * 1_000.0).round() as u32
}

/// A share from 0 to 1 as so many of a hundred.
#[expect(clippy::cast_possible_truncation, reason = "a share from 0 to 1 gives 0 to 100")]
fn percent(share: f64) -> i64 {
    (share * 100.0).round() as i64
}
