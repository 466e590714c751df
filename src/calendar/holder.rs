//! Whose time it is.

use std::fmt;
use std::str::FromStr;

use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, UserId};
use crate::store::{FromValue, Given, ToValue, Value};

/// Whose time it is: a person's, or that of a room or thing, which an agent of its own answers for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HolderId {
    /// A person with an account.
    User(UserId),
    /// A room or a thing.
    Agent(AgentId),
}

impl HolderId {
    /// The account, if it is one.
    pub fn user(self) -> Option<UserId> {
        match self {
            Self::User(id) => Some(id),
            Self::Agent(_) => None,
        }
    }
}

impl From<UserId> for HolderId {
    fn from(id: UserId) -> Self {
        Self::User(id)
    }
}

impl From<AgentId> for HolderId {
    fn from(id: AgentId) -> Self {
        Self::Agent(id)
    }
}

impl fmt::Display for HolderId {
    /// As an id with its prefix: `usr_…`, `agt_…`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => id.fmt(f),
            Self::Agent(id) => id.fmt(f),
        }
    }
}

impl FromStr for HolderId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        text.parse().map(Self::User).or_else(|_| text.parse().map(Self::Agent))
    }
}

impl ToValue for HolderId {
    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }
}

impl FromValue for HolderId {
    fn from_value(value: Given<'_>) -> Option<Self> {
        String::from_value(value)?.parse().ok()
    }
}
