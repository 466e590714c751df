//! The types of approvals: what is to be decided, by whom, and who said what.

use serde_json::Value;

use crate::base::id::{AgentId, ApprovalId, ApprovalRuleId, ConnectionId, RoleId, TaskId, UserId};
use crate::base::time::Timestamp;
use crate::worded;

worded! {
    /// How an approval stands.
    ApprovalState {
        /// Somebody is to decide.
        Pending = "pending",
        /// As many said yes as are needed.
        Approved = "approved",
        /// Not enough can say yes any more.
        Refused = "refused",
        /// Nobody decided in time.
        Expired = "expired",
        /// Whoever asked took it back.
        Canceled = "canceled",
    }
}

impl ApprovalState {
    /// Whether nothing can happen any more.
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Pending)
    }
}

worded! {
    /// What somebody, or a rule of theirs, says.
    Choice {
        /// Yes.
        Approve = "approve",
        /// No.
        Refuse = "refuse",
    }
}

/// Who is to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// One person.
    User(UserId),
    /// So many of those who fill a role.
    Role(RoleId),
}

/// What one person said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    /// Who.
    pub user: UserId,
    /// Their name; may be empty.
    pub name: String,
    /// What.
    pub choice: Choice,
    /// Their words; may be empty.
    pub note: String,
    /// By which road.
    pub road: String,
    /// When.
    pub at: Timestamp,
    /// Whether it counts: whoever is of the role no more counts no longer.
    pub counts: bool,
}

/// A decision that a person must take.
#[derive(Clone, Debug, PartialEq)]
pub struct Approval {
    /// Its id.
    pub id: ApprovalId,
    /// The task that waits for it.
    pub task: Option<TaskId>,
    /// What sort of thing it is, as a word: rules go by it.
    pub kind: String,
    /// What is asked, in a line.
    pub about: String,
    /// What belongs to it, for programs.
    pub payload: Option<Value>,
    /// Whose agent asks, or who does.
    pub from: UserId,
    /// The program that asks; `None`: the person.
    pub from_agent: Option<AgentId>,
    /// Who is to decide.
    pub of: Of,
    /// Through which connection with whoever is to decide; `None`: through none.
    pub connection: Option<ConnectionId>,
    /// How many must say yes.
    pub needed: u32,
    /// How it stands.
    pub state: ApprovalState,
    /// The rule that decided it, or is to when its time has come.
    pub rule: Option<ApprovalRuleId>,
    /// Rises with every change.
    pub version: i64,
    /// Since when there is one.
    pub created_at: Timestamp,
    /// By when it is to be decided.
    pub due_at: Timestamp,
    /// Since when it is over.
    pub ended_at: Option<Timestamp>,
    /// What was said, in the order of who said it.
    pub votes: Vec<Vote>,
}

impl Approval {
    /// How it stands at `now`: one whose time is over has expired, be it that nobody has noted it yet.
    pub fn state_at(&self, now: Timestamp) -> ApprovalState {
        if self.state == ApprovalState::Pending && self.due_at <= now {
            ApprovalState::Expired
        } else {
            self.state
        }
    }

    /// What somebody said.
    pub fn vote_of(&self, user: UserId) -> Option<&Vote> {
        self.votes.iter().find(|vote| vote.user == user)
    }

    /// How many said so, of those who count.
    pub fn count(&self, choice: Choice) -> usize {
        self.votes.iter().filter(|vote| vote.counts && vote.choice == choice).count()
    }
}

/// What is decided by itself, because whoever would be asked said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its id.
    pub id: ApprovalRuleId,
    /// Whose it is.
    pub user: UserId,
    /// What comes through this connection; `None`: what one's own programs ask.
    pub connection: Option<ConnectionId>,
    /// Of which kind.
    pub kind: String,
    /// What it says.
    pub decision: Choice,
    /// After so many minutes in which its owner did not decide; 0: at once.
    pub after_minutes: u32,
    /// Until when it stands.
    pub until: Option<Timestamp>,
    /// How often it decided.
    pub uses: i64,
    /// Since when there is one.
    pub created_at: Timestamp,
}
