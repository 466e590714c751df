//! The types of deliveries.

use crate::base::id::{AgentId, DeliveryId, MessageId, SessionId};
use crate::base::time::Timestamp;
use crate::queue::Priority;
use crate::worded;

worded! {
    /// What a message is to whoever gets it.
    Type {
        /// It asks for something.
        Request = "request",
        /// It answers.
        Response = "response",
        /// It tells.
        Notification = "notification",
        /// The house tells.
        System = "system",
        /// A step of a scheduling session.
        Step = "step",
        /// A group is asked, or told how it goes on.
        GroupBroadcast = "group_broadcast",
        /// What another member of a group answered.
        GroupResponse = "group_response",
        /// A group has come to its end.
        GroupConsensus = "group_consensus",
        /// The time of a group, or of a turn in it, was over first.
        GroupTimeout = "group_timeout",
    }
}

impl Type {
    /// What the journal calls that one is on its way.
    pub(super) const fn happening(self) -> &'static str {
        match self {
            Self::Request => "message.request",
            Self::Response => "message.response",
            Self::Notification => "message.notification",
            Self::System => "message.system",
            Self::Step => "message.step",
            Self::GroupBroadcast => "message.group_broadcast",
            Self::GroupResponse => "message.group_response",
            Self::GroupConsensus => "message.group_consensus",
            Self::GroupTimeout => "message.group_timeout",
        }
    }

    /// Whether it belongs to a group decision.
    pub const fn is_of_group(self) -> bool {
        matches!(self, Self::GroupBroadcast | Self::GroupResponse | Self::GroupConsensus | Self::GroupTimeout)
    }
}

worded! {
    /// How a delivery stands.
    State {
        /// It waits in the inbox.
        Queued = "queued",
        /// It was handed over, and its agent is at it.
        Processing = "processing",
        /// Its agent has acknowledged it.
        Delivered = "delivered",
        /// Its agent gave it up.
        Failed = "failed",
        /// Its time was over first.
        Expired = "expired",
        /// It could not be delivered: handed over too often, or not permitted any more.
        Dead = "dead",
    }
}

impl State {
    /// Whether nothing becomes of it any more.
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Queued | Self::Processing)
    }
}

/// A message on its way to one agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id; the queue's work has the same.
    pub id: DeliveryId,
    /// The message.
    pub message: MessageId,
    /// In which session it was said.
    pub session: SessionId,
    /// Whose it is; `None`: the house's.
    pub from: Option<AgentId>,
    /// For whom.
    pub to: AgentId,
    /// What it is.
    pub kind: Type,
    /// How urgent.
    pub priority: Priority,
    /// How it stands.
    pub state: State,
    /// Why it ended as it did: a stable word.
    pub reason: Option<String>,
    /// What its agent said of it last, where it was not well.
    pub error: Option<String>,
    /// How often it was handed over.
    pub attempts: i64,
    /// Since when there is one.
    pub created_at: Timestamp,
    /// Not to be handed over before.
    pub due_at: Timestamp,
    /// Of no use after.
    pub expires_at: Option<Timestamp>,
    /// Until when its agent has it to itself.
    pub leased_until: Option<Timestamp>,
    /// Since when it is over.
    pub ended_at: Option<Timestamp>,
}

impl Delivery {
    /// Whether its time is over at `now`.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|expires| expires <= now)
    }

    /// Since when its agent could have it, as its sender wanted. Once it waits again after it was handed over, it may be its agent
    /// that put it off: then since it was sent.
    pub fn since(&self) -> Timestamp {
        let is_first = self.attempts == 0 || self.attempts == 1 && self.state != State::Queued;
        if is_first { self.due_at.max(self.created_at) } else { self.created_at }
    }
}

/// What became of all that was brought to one agent in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Brought {
    /// The agent.
    pub agent: AgentId,
    /// Whether any of it was handed over.
    pub is_handed: bool,
    /// Whether any of it is under way still, or was dealt with: what it gave up, or never got, it has let go.
    pub is_kept: bool,
}

/// What is under way to an agent, or to all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inbox {
    /// How much waits.
    pub waiting: i64,
    /// How much was handed over and is not answered.
    pub held: i64,
    /// How much of that for longer than its lease.
    pub stuck: i64,
    /// Since when the oldest waits that could be had.
    pub oldest_at: Option<Timestamp>,
}
