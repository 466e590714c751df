//! The types of tasks: who asks whom for what, and how it stands.

use serde_json::Value;

use crate::base::id::{AgentId, ConnectionId, RoleId, SessionId, TaskId, UserId};
use crate::base::text;
use crate::base::time::Timestamp;
use crate::sessions::Phase;
use crate::worded;

worded! {
    /// How a task stands, in the words of A2A 1.0; `expired` is the house's own.
    State {
        /// Nobody has taken it on.
        Submitted = "submitted",
        /// Somebody is at it.
        Working = "working",
        /// Whoever is at it asked something.
        InputRequired = "input_required",
        /// It waits for an approval.
        AuthRequired = "auth_required",
        /// It is done.
        Completed = "completed",
        /// Whoever was at it could not.
        Failed = "failed",
        /// Whoever was asked does not want to.
        Rejected = "rejected",
        /// Whoever asked took it back.
        Canceled = "canceled",
        /// Its time was over first.
        Expired = "expired",
    }
}

impl State {
    /// The phase that every kind of session has.
    pub const fn phase(self) -> Phase {
        match self {
            Self::Submitted => Phase::Pending,
            Self::Working | Self::InputRequired | Self::AuthRequired => Phase::Active,
            Self::Completed => Phase::Completed,
            Self::Failed | Self::Rejected => Phase::Failed,
            Self::Canceled => Phase::Cancelled,
            Self::Expired => Phase::Expired,
        }
    }

    /// Whether nothing can happen any more.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Rejected | Self::Canceled | Self::Expired)
    }
}

worded! {
    /// A step of a task.
    Verb {
        /// Somebody takes it on.
        Take = "take",
        /// How far it is.
        Progress = "progress",
        /// Whoever is at it asks something.
        Ask = "ask",
        /// Whoever sent it answers.
        Answer = "answer",
        /// It is done.
        Complete = "complete",
        /// It could not be done.
        Fail = "fail",
        /// Whoever is asked does not want to.
        Reject = "reject",
        /// Whoever sent it takes it back.
        Cancel = "cancel",
    }
}

/// Whom something is addressed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// A program.
    Agent(AgentId),
    /// A person, and the program that plays for them.
    User(UserId),
    /// Whoever fills a role: the first who takes it on.
    Role(RoleId),
}

impl To {
    /// The word of the store and of the API.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Agent(_) => "agent",
            Self::User(_) => "user",
            Self::Role(_) => "role",
        }
    }

    /// The id, with its prefix.
    pub fn id(self) -> String {
        match self {
            Self::Agent(id) => id.to_string(),
            Self::User(id) => id.to_string(),
            Self::Role(id) => id.to_string(),
        }
    }
}

/// Work that one agent asks of another, of a user, or of whoever fills a role.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// The session that its transcript belongs to.
    pub session: SessionId,
    /// What is asked for, by its name.
    pub kind: String,
    /// Whose agent asks, or who does.
    pub from: UserId,
    /// The program that asks; `None`: the person.
    pub from_agent: Option<AgentId>,
    /// Whom.
    pub to: To,
    /// Through which connection with whoever is asked; `None`: through none.
    pub connection: Option<ConnectionId>,
    /// Who is asked, or took it on; of a role nobody, until somebody did.
    pub user: Option<UserId>,
    /// The program of theirs that is asked, or took it on.
    pub agent: Option<AgentId>,
    /// What is to be done, as the type's schema has it.
    pub payload: Value,
    /// What came of it.
    pub result: Option<Value>,
    /// What was said last: how far it is, what is asked, why it failed; may be empty.
    pub note: String,
    /// How it stands.
    pub state: State,
    /// How much of it is done, from 0 to 100.
    pub percent: Option<u32>,
    /// What it waits for elsewhere: the session that looks for a time.
    pub about: Option<SessionId>,
    /// The `traceparent` (W3C Trace Context) that whoever does it goes on from.
    pub trace: String,
    /// Rises with every change.
    pub version: i64,
    /// Since when there is one.
    pub created_at: Timestamp,
    /// When something happened last.
    pub changed_at: Timestamp,
    /// When it expires.
    pub due_at: Timestamp,
    /// Since when it is over.
    pub ended_at: Option<Timestamp>,
    /// Since when it is for whoever is asked to do by hand, though their program had it; `None`: it never fell back.
    pub fell_at: Option<Timestamp>,
}

impl Task {
    /// How it stands at `now`: one whose time is over has expired, be it that nobody has noted it yet.
    pub fn state_at(&self, now: Timestamp) -> State {
        if !self.state.is_over() && self.due_at <= now { State::Expired } else { self.state }
    }

    /// What people call it: the first line of what is asked, without addresses.
    pub fn title(&self) -> String {
        let said = ["text", "title", "purpose"].iter().find_map(|name| self.payload.get(name)?.as_str());
        let line = text::blank_addresses(&text::line(
            said.and_then(|said| said.lines().next()).unwrap_or_default(),
            TITLE_CHARS_MAX,
        ));
        if line.is_empty() { self.kind.clone() } else { line }
    }
}

/// The longest title, in characters.
const TITLE_CHARS_MAX: usize = 120;
