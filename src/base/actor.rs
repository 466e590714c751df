//! Who is asking, by which road, and under which trace id.

use std::fmt;

use super::error::{Error, Result};
use super::id::{AgentId, ParticipantId, UserId};

/// The party on whose behalf something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// A person with an account; `admin` is the role they hold now.
    User {
        /// The account.
        id: UserId,
        /// Whether they are an administrator.
        admin: bool,
    },
    /// A registered agent: a program that acts for its owner, and never as an administrator.
    Agent {
        /// The agent.
        id: AgentId,
        /// Its owner.
        user: UserId,
    },
    /// A person at a meeting, proven by a link or a reply token.
    Participant(ParticipantId),
    /// Whoever may run the command line on this machine.
    Operator,
    /// The house itself: a worker, a follower, a deadline.
    House,
    /// Somebody we know nothing of.
    Anyone,
}

/// The road a request came by; told in a meeting's story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Road {
    /// A page, signed in.
    Page,
    /// The JSON API.
    Api,
    /// The command line.
    Cli,
    /// A message in the organizer's mailbox, or pushed to us.
    Mail,
    /// A link that was mailed.
    Link,
    /// A calendar of theirs that the house writes to.
    Calendar,
    /// The queue, a follower or a deadline.
    Worker,
}

impl Road {
    /// The word kept in the journal.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Api => "api",
            Self::Cli => "cli",
            Self::Mail => "mail",
            Self::Link => "link",
            Self::Calendar => "calendar",
            Self::Worker => "worker",
        }
    }
}

/// Who asks, how, and the trace id that their log lines and journal entries share.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The party.
    pub who: Who,
    /// The road.
    pub road: Road,
    /// 32 hex digits, as W3C Trace Context writes a trace id.
    pub trace: String,
}

impl Actor {
    /// Somebody, by a road, under a trace.
    pub fn new(who: Who, road: Road, trace: impl Into<String>) -> Self {
        Self { who, road, trace: trace.into() }
    }

    /// The house itself, in a worker.
    pub fn house(trace: impl Into<String>) -> Self {
        Self::new(Who::House, Road::Worker, trace)
    }

    /// The account asking, or for whom a program of theirs asks.
    pub fn user(&self) -> Option<UserId> {
        match self.who {
            Who::User { id, .. } | Who::Agent { user: id, .. } => Some(id),
            _ => None,
        }
    }

    /// The registered agent asking, if one is.
    pub fn agent(&self) -> Option<AgentId> {
        match self.who {
            Who::Agent { id, .. } => Some(id),
            _ => None,
        }
    }

    /// Whether a person does it themselves, and no program and no agent of the house for them.
    pub fn is_person(&self) -> bool {
        !matches!(self.who, Who::Agent { .. }) && self.road != Road::Worker
    }

    /// Refuses programs, in what is for people to say: what others may know of them and take of their time, what they
    /// are told, and everything that is kept of them.
    pub fn people_only(&self) -> Result<()> {
        match self.who {
            Who::Agent { .. } => {
                Err(Error::denied("Only a person may do this: no program does it for its owner."))
            }
            _ => Ok(()),
        }
    }

    /// Whether everything of this house may be seen and done: an administrator or the operator.
    pub fn is_admin(&self) -> bool {
        matches!(self.who, Who::User { admin: true, .. } | Who::Operator | Who::House)
    }
}

impl fmt::Display for Who {
    /// As the journal keeps it: `usr_…`, `agt_…`, `par_…`, `operator`, `house`, `anyone`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User { id, .. } => id.fmt(f),
            Self::Agent { id, .. } => id.fmt(f),
            Self::Participant(id) => id.fmt(f),
            Self::Operator => f.write_str("operator"),
            Self::House => f.write_str("house"),
            Self::Anyone => f.write_str("anyone"),
        }
    }
}
