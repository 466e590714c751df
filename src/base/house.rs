//! The house's own facts and policies, as rooms need them: taken from the configuration once, at start.

use serde::{Deserialize, Serialize};

use super::text::Address;
use super::time::{DAY, HOUR, MINUTE, SECOND, Zone};

/// What a decline does to a meeting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decline {
    /// The host's decline, or the last guest's, cancels for everybody.
    #[default]
    Strict,
    /// It is recorded and nothing more.
    Soft,
}

/// Whose approval moves a meeting that somebody asks to move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Approval {
    /// Everybody's but the proposer's.
    #[default]
    Everyone,
    /// The host's alone.
    Host,
}

/// Whether mails carry a token in the organizer's address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Subaddress {
    /// As the probe that the server mails to itself found.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

/// Who may make an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignUp {
    /// Whoever was invited by somebody who has one, and whoever an administrator adds.
    #[default]
    Invited,
    /// Only whoever an administrator adds.
    Closed,
}

/// Facts and policies of this house.
#[derive(Clone, Debug)]
pub struct House {
    /// The central mailbox.
    pub organizer: Address,
    /// How it signs.
    pub organizer_name: String,
    /// Where people reach the pages; without a slash at its end.
    pub public_url: String,
    /// The zone of last resort.
    pub zone: Zone,
    /// Whether addresses carry tokens.
    pub subaddress: Subaddress,
    /// Whether mail stays in the house (the mailroom), so that every road leads back.
    pub is_mailroom: bool,
    /// What a decline does where a meeting does not say.
    pub decline: Decline,
    /// Whose approval moves a meeting where it does not say.
    pub approval: Approval,
    /// A template of video places; `{id}` becomes the meeting's id. Empty: none.
    pub video_url: String,
    /// The title of a meeting that has none.
    pub default_title: String,
    /// The longest meeting, in milliseconds.
    pub length_max_ms: i64,
    /// How many addresses a member may have written to for the first time, in a day.
    pub new_recipients_per_day: u32,
    /// Who may make an account.
    pub sign_up: SignUp,
    /// How many people an account may ask to connect, in a day.
    pub invitations_per_day: u32,
    /// How long an invitation to connect can be accepted, in milliseconds.
    pub invitation_ms: i64,
    /// How many questions one account may ask about another, in an hour.
    pub questions_per_hour: u32,
    /// From one reading of a calendar to the next, in milliseconds.
    pub calendar_read_ms: i64,
    /// After which a calendar that could not be read counts as stale, in milliseconds.
    pub calendar_stale_ms: i64,
    /// How far ahead calendars are expanded, in milliseconds.
    pub calendar_horizon_ms: i64,
    /// How long a time is held for a guest who has not confirmed their address, in milliseconds.
    pub booking_confirm_ms: i64,
    /// How long a time is held while the host has not decided, in milliseconds.
    pub booking_decide_ms: i64,
    /// How many times are held for one guest at once.
    pub booking_open_per_guest: u32,
    /// How long a session may go on, in milliseconds.
    pub session_ms: i64,
    /// How many rounds of proposals a session has, before the people are asked.
    pub session_rounds: u32,
    /// Whether programs may be registered as agents.
    pub agents_enabled: bool,
    /// How long an agent's token is good, in milliseconds.
    pub agent_token_ms: i64,
    /// How long the house signs with the same key, in milliseconds.
    pub agent_signing_ms: i64,
    /// How often an agent is to give a sign of life, in milliseconds.
    pub agent_heartbeat_ms: i64,
    /// In how many conversations an agent may be at once of which nobody said in how many.
    pub agent_conversations_usual: u32,
    /// The most conversations that an agent may be in at once.
    pub agent_conversations_max: u32,
    /// How long an agent has a message to itself that it was handed, in milliseconds.
    pub message_lease_ms: i64,
    /// How often a message is handed over, before it counts as undeliverable.
    pub message_attempts: u32,
    /// How many messages may wait for one agent, and how many from one.
    pub message_queue_max: u32,
    /// How many messages of one priority an agent sends in [`Self::message_window_ms`].
    pub message_requests: u32,
    /// In what time, in milliseconds.
    pub message_window_ms: i64,
    /// How many of them at once.
    pub message_burst: u32,
    /// How many urgent ones.
    pub message_urgent_requests: u32,
    /// How many of them at once.
    pub message_urgent_burst: u32,
    /// How many go through one group in the same time.
    pub message_group_requests: u32,
    /// How many of them at once.
    pub message_group_burst: u32,
    /// How long an agent is shut out, in milliseconds.
    pub agent_shut_out_ms: i64,
    /// After how long without a sign of life its owner is told, in milliseconds; 0: never.
    pub agent_inactive_ms: i64,
    /// How many agents a conversation has at most.
    pub group_max: u32,
    /// How many of those who said yes or no must have said yes in a group decision, in thousandths, unless it says otherwise.
    pub group_threshold: u32,
    /// How long a group of programs has for a decision, unless it says otherwise, in milliseconds.
    pub group_ms: i64,
    /// The longest that a task waits to be done, in milliseconds.
    pub task_ms: i64,
    /// How long a task that is over is kept, in milliseconds.
    pub task_retention_ms: i64,
    /// How long a decision link acts, in milliseconds.
    pub decision_ms: i64,
    /// How long raw messages are kept, in milliseconds.
    pub raw_retention_ms: i64,
    /// How long notices are kept, in milliseconds.
    pub notice_retention_ms: i64,
    /// From how many of a hundred mails coming back an administrator is told.
    pub alert_bounce_percent: i64,
    /// From how many unreadable messages in an hour.
    pub alert_parser_failures: i64,
    /// From how many tries of links that do not exist in an hour.
    pub alert_invalid_links: i64,
}

impl House {
    /// A house with the defaults of the configuration.
    pub fn new(organizer: Address, public_url: impl Into<String>) -> Self {
        Self {
            organizer,
            organizer_name: "Entente".to_owned(),
            public_url: public_url.into(),
            zone: Zone::UTC,
            subaddress: Subaddress::Auto,
            is_mailroom: true,
            decline: Decline::Strict,
            approval: Approval::Everyone,
            video_url: String::new(),
            default_title: "Practice Session".to_owned(),
            length_max_ms: 24 * HOUR,
            new_recipients_per_day: 50,
            sign_up: SignUp::Invited,
            invitations_per_day: 20,
            invitation_ms: 14 * DAY,
            questions_per_hour: 60,
            calendar_read_ms: 15 * MINUTE,
            calendar_stale_ms: HOUR,
            calendar_horizon_ms: 400 * DAY,
            booking_confirm_ms: 30 * MINUTE,
            booking_decide_ms: 48 * HOUR,
            booking_open_per_guest: 3,
            session_ms: 72 * HOUR,
            session_rounds: 5,
            agents_enabled: true,
            agent_token_ms: 15 * MINUTE,
            agent_signing_ms: 30 * DAY,
            agent_heartbeat_ms: 30 * SECOND,
            agent_conversations_usual: 5,
            agent_conversations_max: 10,
            message_lease_ms: 5 * MINUTE,
            message_attempts: 3,
            message_queue_max: 1_000,
            message_requests: 100,
            message_window_ms: MINUTE,
            message_burst: 50,
            message_urgent_requests: 20,
            message_urgent_burst: 10,
            message_group_requests: 300,
            message_group_burst: 100,
            agent_shut_out_ms: HOUR,
            agent_inactive_ms: 14 * DAY,
            group_max: 20,
            group_threshold: 700,
            group_ms: 10 * MINUTE,
            task_ms: 7 * DAY,
            task_retention_ms: 7 * DAY,
            decision_ms: 48 * HOUR,
            raw_retention_ms: 30 * DAY,
            notice_retention_ms: 90 * DAY,
            alert_bounce_percent: 10,
            alert_parser_failures: 10,
            alert_invalid_links: 100,
        }
    }
}
