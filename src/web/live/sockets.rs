//! The open sockets of agents: who has one, and what is said once to whoever is there.
//!
//! Nothing here is kept: what matters lies in the store, and is read from there by each socket for itself. Who stands in which
//! room does as well: whoever says something in one reads there whom it reaches in it, at that moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::lock;
use crate::agents::SocketRoom;
use crate::base::id::AgentId;

/// The most sockets of one agent; then the oldest gives way.
pub const SOCKETS_MAX: usize = 8;
/// How much that is said once waits for one socket; what is beyond is not said to it.
const TOLD_MAX: usize = 64;

/// How long a socket waits for what.
#[derive(Clone, Copy, Debug)]
pub struct Tempo {
    /// How often a client is asked whether it is there.
    pub ping: Duration,
    /// How long it has for its answer.
    pub pong: Duration,
    /// How long it has to say who it is.
    pub register: Duration,
    /// How long it may take to read what it was sent.
    pub patience: Duration,
    /// How often the lease of its agent is renewed; `None`: as often as an agent is to give a sign of life.
    pub renew: Option<Duration>,
}

impl Default for Tempo {
    fn default() -> Self {
        Self {
            ping: Duration::from_secs(25),
            pong: Duration::from_secs(20),
            register: Duration::from_secs(10),
            patience: Duration::from_secs(10),
            renew: None,
        }
    }
}

/// Something that is said once: its name, and what belongs to it.
pub type Told = (&'static str, Value);

/// Of each agent its sockets, oldest first, by their numbers.
type Open = HashMap<AgentId, Vec<(u64, mpsc::Sender<Told>)>>;

/// The open sockets of this process.
#[derive(Debug, Default)]
pub struct Sockets {
    open: Arc<Mutex<Open>>,
    /// How many there ever were.
    count: Mutex<u64>,
}

impl Sockets {
    /// Takes a place among the sockets of an agent. Where it has eight, its oldest gives way.
    pub fn open(&self, agent: AgentId) -> Socket {
        let number = {
            let mut count = lock(&self.count);
            *count += 1;
            *count
        };
        let (tell, told) = mpsc::channel(TOLD_MAX);
        let mut open = lock(&self.open);
        let all = open.entry(agent).or_default();
        if all.len() >= SOCKETS_MAX {
            all.remove(0);
        }
        all.push((number, tell));
        Socket { open: self.open.clone(), agent, number, told }
    }

    /// Whether an agent has one.
    pub fn has(&self, agent: AgentId) -> bool {
        lock(&self.open).get(&agent).is_some_and(|all| !all.is_empty())
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        lock(&self.open).values().map(Vec::len).sum()
    }

    /// Says something in rooms: to those of these agents that are there, each in the room that it is named with.
    pub fn tell(&self, to: &[(SocketRoom, AgentId)], name: &'static str, data: &Value) {
        let open = lock(&self.open);
        for (room, agent) in to {
            let Some(sockets) = open.get(agent) else { continue };
            let mut data = data.clone();
            data["room"] = json!(room);
            for (_, tell) in sockets {
                // Whoever does not keep up misses what is said once.
                let _ = tell.try_send((name, data.clone()));
            }
        }
    }
}

/// A place among the sockets of an agent, until this value goes.
#[derive(Debug)]
pub struct Socket {
    open: Arc<Mutex<Open>>,
    agent: AgentId,
    number: u64,
    told: mpsc::Receiver<Told>,
}

impl Socket {
    /// What is said once, as it comes; `None`: it gave way to newer ones.
    pub async fn told(&mut self) -> Option<Told> {
        self.told.recv().await
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let mut open = lock(&self.open);
        if let Some(all) = open.get_mut(&self.agent) {
            all.retain(|(number, _)| *number != self.number);
            if all.is_empty() {
                open.remove(&self.agent);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{SOCKETS_MAX, Sockets};
    use crate::agents::SocketRoom;
    use crate::base::id::{AgentId, Id};
    use crate::base::random::Chance;
    use crate::base::time::Timestamp;

    #[tokio::test]
    async fn the_ninth_socket_of_an_agent_takes_the_place_of_its_oldest() {
        let chance = Chance::seeded(1);
        let id = || AgentId::from_uuid(chance.uuid(Timestamp::from_ms(0)));
        let (maya, max) = (id(), id());
        let sockets = Sockets::default();
        let mut other = sockets.open(max);
        let mut all: Vec<_> = (0..=SOCKETS_MAX).map(|_| sockets.open(maya)).collect();
        assert_eq!(sockets.count(), SOCKETS_MAX + 1);
        let room = SocketRoom::Broadcast;
        sockets.tell(&[(room, maya)], "ai:typing", &json!({}));
        assert_eq!(all[0].told().await, None, "it gave way");
        for socket in &mut all[1..] {
            assert_eq!(socket.told().await, Some(("ai:typing", json!({ "room": "ai_system_broadcast" }))));
        }
        drop(all);
        assert_eq!(sockets.count(), 1);
        sockets.tell(&[(room, maya), (room, max)], "ai:typing", &json!({}));
        assert!(other.told().await.is_some());
    }
}
