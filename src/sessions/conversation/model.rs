//! The types of conversations.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::agents::Reach;
use crate::base::id::{AgentId, Id, MessageId, SessionId, UserId};
use crate::base::time::Timestamp;
use crate::messages::Attachment;
use crate::queue::Priority;
use crate::worded;

worded! {
    /// Between whom a conversation is.
    Shape {
        /// Two agents.
        Direct = "direct",
        /// Several: each is asked as one of a group.
        Group = "group",
        /// Whoever runs the house tells agents something; they say nothing.
        System = "system",
    }
}

impl Shape {
    /// As what its members are reached.
    pub(super) const fn reach(self) -> Reach {
        match self {
            Self::Direct => Reach::Direct,
            Self::Group | Self::System => Reach::Group,
        }
    }
}

worded! {
    /// What a conversation is about.
    Request {
        /// When to meet.
        Schedule = "schedule",
        /// One another.
        Social = "social",
        /// What somebody would know.
        Information = "information",
        /// Work.
        Task = "task",
    }
}

impl Request {
    /// For how many days after its end what was said is kept, unless something else was said.
    pub const fn keep_days(self) -> u32 {
        match self {
            Self::Task => 7,
            Self::Schedule | Self::Social | Self::Information => 30,
        }
    }
}

/// What may be shared in a conversation: never more than the people's grants let, which is looked at when it is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rights {
    /// When their people have time.
    pub calendar: bool,
    /// Where their people are.
    pub location: bool,
    /// That their people will come.
    pub commitments: bool,
}

/// One of the [`Rights`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// When their people have time.
    Calendar,
    /// Where their people are.
    Location,
    /// That their people will come.
    Commitments,
}

impl Rights {
    /// Whether this is among them.
    pub const fn lets(self, right: Right) -> bool {
        match right {
            Right::Calendar => self.calendar,
            Right::Location => self.location,
            Right::Commitments => self.commitments,
        }
    }
}

/// An agent in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Which.
    pub agent: AgentId,
    /// Whose it is.
    pub user: Option<UserId>,
    /// What it is called; may be empty.
    pub name: String,
    /// Since when.
    pub joined_at: Timestamp,
    /// Since when not any more.
    pub left_at: Option<Timestamp>,
}

/// A conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Its id.
    pub id: SessionId,
    /// Between whom it is.
    pub shape: Shape,
    /// What it is about.
    pub request: Request,
    /// The same in words; empty when it was erased.
    pub topic: String,
    /// Which agent began it.
    pub initiator: AgentId,
    /// How urgent it is, from 1 to 5.
    pub urgency: u32,
    /// In how many minutes an answer to a request is expected; `None`: none is waited for.
    pub answer_minutes: Option<u32>,
    /// What its members said may be shared.
    pub rights: Rights,
    /// For how many days after its end what was said is kept.
    pub keep_days: u32,
    /// How many entries its transcript has.
    pub places: i64,
    /// Why it ended: a stable word.
    pub reason: Option<String>,
    /// Since when there is one.
    pub created_at: Timestamp,
    /// When it ends if nothing is said.
    pub expires_at: Timestamp,
    /// Since when it is over.
    pub ended_at: Option<Timestamp>,
    /// When what was said is erased; `None`: while it goes on, and when that was done.
    pub erase_at: Option<Timestamp>,
    /// Who is in it, and who was.
    pub members: Vec<Member>,
}

impl Conversation {
    /// Who is in it now.
    pub fn present(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.left_at.is_none())
    }

    /// Whether an agent is in it now.
    pub fn has(&self, agent: AgentId) -> bool {
        self.present().any(|member| member.agent == agent)
    }

    /// How urgent its messages are, unless they say so themselves.
    pub fn priority(&self) -> Priority {
        match self.urgency {
            ..=2 => Priority::Low,
            3 => Priority::Medium,
            4 => Priority::High,
            5.. => Priority::Urgent,
        }
    }
}

/// An entry of a transcript, as a member of its session sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its id.
    pub id: MessageId,
    /// Its session.
    pub session: SessionId,
    /// Where it stands: 1, 2, 3, …
    pub place: i64,
    /// Which agent said it; `None`: the house, or in a scheduling session a person or the agent the house plays for them.
    pub from: Option<AgentId>,
    /// For whom.
    pub author: Option<UserId>,
    /// Whether the person did themselves.
    pub by_person: bool,
    /// Its type.
    pub kind: String,
    /// What it says: `text` and `data`, or what its type's schema has.
    pub body: Value,
    /// What is sealed for the reader alone.
    pub sealed: Option<String>,
    /// The message that it answers.
    pub answers: Option<MessageId>,
    /// What it points to.
    pub attachments: Vec<Attachment>,
    /// When.
    pub at: Timestamp,
    /// Since when what it said is erased.
    pub erased_at: Option<Timestamp>,
}

impl Entry {
    /// Whether the house only says by it that a person was told of a message, which is no answer of theirs.
    pub fn is_told(&self) -> bool {
        // The built-in agent of a user has the user's number.
        let is_builtin = self.from.is_some_and(|from| Some(from.uuid()) == self.author.map(Id::uuid));
        is_builtin && !self.by_person && self.kind == "response"
    }
}
