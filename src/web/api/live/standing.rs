//! How an agent stands when it is let in, and whenever it says how it is: its presence, its rooms, and who is to know.

use serde_json::{Value, json};

use crate::agents::{self, Presence, Registered, SocketRoom};
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::base::id::AgentId;
use crate::base::time::Timestamp;
use crate::groups;
use crate::journal;
use crate::messages::{self, Ready};
use crate::sessions::conversation::{self, Companion};
use crate::store::Cx;

/// How an agent stands.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) agent: AgentId,
    pub(super) presence: Presence,
    until: String,
    /// In which rooms.
    rooms: Vec<SocketRoom>,
    /// To whom it is told how it stands.
    pub(super) audience: Vec<Companion>,
    pub(super) head: i64,
    pub(super) now: Timestamp,
    is_waiting: bool,
    pub(super) renew_ms: i64,
}

impl Standing {
    pub(super) fn of(cx: &Cx<'_>, who: &Actor, one: &Registered) -> Result<Self> {
        Ok(Self {
            agent: one.agent.id,
            presence: one.presence(cx.house(), cx.now),
            until: one.lease_until.to_rfc3339(),
            rooms: rooms(cx, who, one)?,
            audience: conversation::audience(cx, who, None)?,
            head: journal::head(cx)?,
            now: cx.now,
            is_waiting: messages::ready(cx, who, one.agent.id)? == Ready::Now,
            renew_ms: cx.house().agent_heartbeat_ms,
        })
    }

    /// How its agent is told itself, with how long that holds and where it stands.
    pub(super) fn own_status(&self) -> Value {
        json!({
            "agent": self.agent,
            "status": self.presence.as_str(),
            "until": self.until,
            "rooms": self.rooms,
        })
    }

    /// What is answered to whoever comes.
    pub(super) fn welcome(&self, place: i64) -> Value {
        let mut told = self.own_status();
        told["number"] = json!(place);
        told["waiting"] = json!(self.is_waiting);
        told["heartbeat_seconds"] = json!(self.renew_ms / 1_000);
        told
    }
}

/// The rooms in which an agent stands now: the store knows, and nothing else has to be kept in step with it.
fn rooms(cx: &Cx<'_>, who: &Actor, one: &Registered) -> Result<Vec<SocketRoom>> {
    let mut rooms = vec![SocketRoom::Agent(one.agent.id)];
    if let Presence::There(claimed) = one.presence(cx.house(), cx.now) {
        rooms.push(SocketRoom::Status(claimed));
    }
    rooms.extend(one.agent.user.map(SocketRoom::User));
    let groups = groups::rooms(cx, one.agent.id)?;
    let engaged = agents::engaged(cx, one.agent.id)?.into_iter().map(|(session, _)| session);
    let sessions = conversation::joined(cx, who)?.into_iter().chain(engaged);
    rooms.extend(sessions.chain(groups.iter().copied()).map(SocketRoom::Network));
    rooms.extend(groups.into_iter().map(SocketRoom::Group));
    rooms.extend([SocketRoom::Broadcast, SocketRoom::Maintenance]);
    Ok(rooms)
}
