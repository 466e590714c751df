//! The rooms in which the sockets of agents stand: addresses for what is told live, by the names that programs know them by.

use std::fmt;

use serde::{Serialize, Serializer};

use super::registration::Claimed;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, SessionId, UserId};

/// A room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketRoom {
    /// One agent's own.
    Agent(AgentId),
    /// All that are somebody's.
    User(UserId),
    /// All that say this of themselves.
    Status(Claimed),
    /// All that are in a conversation, a session or a group.
    Network(SessionId),
    /// All that are asked in a group.
    Group(SessionId),
    /// All.
    Broadcast,
    /// All, when the house is worked on.
    Maintenance,
}

impl SocketRoom {
    /// From its name.
    pub fn parse(name: &str) -> Option<Self> {
        let rest = name.strip_prefix("ai_")?;
        match rest.split_once('_').unwrap_or((rest, "")) {
            _ if rest == "system_broadcast" => Some(Self::Broadcast),
            _ if rest == "maintenance" => Some(Self::Maintenance),
            ("status", word) => Claimed::parse(word).map(Self::Status),
            ("user", id) => id.parse().ok().map(Self::User),
            ("network", id) => id.parse().ok().map(Self::Network),
            ("group", id) => id.parse().ok().map(Self::Group),
            _ => rest.parse().ok().map(Self::Agent),
        }
    }

    /// From what somebody gave in the field `room`.
    ///
    /// # Errors
    /// `Invalid`.
    pub fn given(name: &str) -> Result<Self> {
        Self::parse(name).ok_or_else(|| Error::invalid("room", "There is no such room."))
    }
}

impl fmt::Display for SocketRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agent(id) => write!(f, "ai_{id}"),
            Self::User(id) => write!(f, "ai_user_{id}"),
            Self::Status(claimed) => write!(f, "ai_status_{}", claimed.as_str()),
            Self::Network(id) => write!(f, "ai_network_{id}"),
            Self::Group(id) => write!(f, "ai_group_{id}"),
            Self::Broadcast => f.write_str("ai_system_broadcast"),
            Self::Maintenance => f.write_str("ai_maintenance"),
        }
    }
}

impl Serialize for SocketRoom {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::SocketRoom;
    use crate::agents::Claimed;
    use crate::base::id::{AgentId, Id, SessionId, UserId};
    use crate::base::random::Chance;
    use crate::base::time::Timestamp;

    #[test]
    fn every_room_has_the_name_that_it_is_known_by_and_nothing_else_is_one() {
        let uuid = Chance::seeded(1).uuid(Timestamp::from_ms(0));
        let (agent, user, session) =
            (AgentId::from_uuid(uuid), UserId::from_uuid(uuid), SessionId::from_uuid(uuid));
        for (room, name) in [
            (SocketRoom::Agent(agent), format!("ai_{agent}")),
            (SocketRoom::User(user), format!("ai_user_{user}")),
            (SocketRoom::Status(Claimed::Busy), "ai_status_busy".to_owned()),
            (SocketRoom::Network(session), format!("ai_network_{session}")),
            (SocketRoom::Group(session), format!("ai_group_{session}")),
            (SocketRoom::Broadcast, "ai_system_broadcast".to_owned()),
            (SocketRoom::Maintenance, "ai_maintenance".to_owned()),
        ] {
            assert_eq!((room.to_string(), SocketRoom::parse(&name)), (name, Some(room)));
        }
        let group_of_user = format!("ai_group_{user}");
        for name in
            ["", "ai_", "ai_maintenance_", "ai_status_offline", "ai_system", "maintenance", &group_of_user]
        {
            assert_eq!(SocketRoom::parse(name), None, "{name}");
        }
    }
}
