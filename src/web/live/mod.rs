//! Who listens: to notices (`/events`), to an agent's inbox (long polls), to all that is an agent's (`/live`). One reader for
//! the whole process finds out whose changed, and wakes them.
//!
//! A stream reads what is its own from the store, from its own place on, so that nothing is skipped and nothing comes
//! twice however often it breaks off; here nothing is known but whom to wake. Of one account the newest eight streams
//! stand: that a browser has left is noticed only when something is sent to it, and the oldest is the likeliest to be
//! heard by nobody.

pub mod event;
mod leases;
pub mod packet;
pub mod sockets;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{Notify, watch};

use crate::agents::{ANNOUNCED, Presence, SocketRoom};
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, UserId};
use crate::journal;
use crate::messages::NewsKind;
use crate::notices;
use crate::sessions::conversation::Companion;
use crate::store::{Cx, Store};
use leases::Leases;
use sockets::{Sockets, Tempo};

/// How often a stream says that it is still there, where there is nothing else to say: more often than proxies cut
/// connections on which nothing comes.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// The most streams of one account.
const STREAMS_MAX: usize = 8;
/// How many entries of the journal are looked through at once.
const BATCH: u32 = 500;
/// What may end somebody's stream: then every stream looks whether it may go on.
const ENDINGS: [&str; 8] = [
    "sign-in.ended",
    "user.disabled",
    "user.erased",
    "token.revoked",
    "agent.retired",
    "agent.key-revoked",
    "agent.changed",
    "agent.shut-out",
];

/// Those who listen.
#[derive(Debug)]
pub struct Live {
    seats: Arc<Mutex<HashMap<UserId, Seat>>>,
    agents: Arc<Mutex<Bells>>,
    /// The open sockets.
    pub sockets: Sockets,
    closing: watch::Sender<bool>,
    /// Somebody's presence may have ended before its time.
    ended: Notify,
    heartbeat: Duration,
    tempo: Tempo,
}

/// Who waits for what is new for an agent: one bell each.
type Bells = HashMap<AgentId, Bell>;

/// What rings when there is something new for an agent, and who listens to it.
#[derive(Debug, Default)]
struct Bell {
    rings: watch::Sender<()>,
    /// How many calls wait for something in its inbox.
    polls: usize,
    /// How many sockets it has.
    sockets: usize,
}

/// The streams of one account.
#[derive(Debug)]
struct Seat {
    bell: watch::Sender<()>,
    /// Those that stand, oldest first.
    streams: Vec<u64>,
    /// How many there ever were.
    count: u64,
}

impl Default for Live {
    fn default() -> Self {
        Self::beating(HEARTBEAT)
    }
}

/// How far was read: the newest turn of any notice, and the newest entry of the journal.
type Read = (i64, i64);

impl Live {
    /// Nobody yet; whoever comes is told this often that their stream still stands.
    pub fn beating(heartbeat: Duration) -> Self {
        Self {
            seats: Arc::default(),
            agents: Arc::default(),
            sockets: Sockets::default(),
            closing: watch::Sender::new(false),
            ended: Notify::new(),
            heartbeat,
            tempo: Tempo::default(),
        }
    }

    /// The same, with sockets of another tempo.
    #[must_use]
    pub fn at(self, tempo: Tempo) -> Self {
        Self { tempo, ..self }
    }

    /// How long a socket waits for what.
    pub fn tempo(&self) -> Tempo {
        self.tempo
    }

    /// How often a stream says that it is still there.
    pub fn heartbeat(&self) -> Duration {
        self.heartbeat
    }

    /// Takes a seat. Where an account has eight, its oldest stream gives way.
    pub fn join(&self, user: UserId) -> Stay {
        let mut seats = lock(&self.seats);
        let new = || Seat { bell: watch::Sender::new(()), streams: Vec::new(), count: 0 };
        let seat = seats.entry(user).or_insert_with(new);
        if seat.streams.len() >= STREAMS_MAX {
            seat.streams.remove(0);
            seat.bell.send_replace(());
        }
        seat.count += 1;
        seat.streams.push(seat.count);
        let (bell, closing) = (seat.bell.subscribe(), self.closing.subscribe());
        Stay { seats: self.seats.clone(), user, stream: seat.count, bell, closing }
    }

    /// How many streams there are.
    pub fn streams(&self) -> usize {
        lock(&self.seats).values().map(|seat| seat.streams.len()).sum()
    }

    /// Wakes whose notices change, until `stop` becomes true; then every stream ends.
    pub async fn run(&self, store: &Store, mut stop: watch::Receiver<bool>) {
        let mut changes = store.changes();
        let (mut read, mut leases): (Option<Read>, Option<Leases>) = (None, None);
        while !*stop.borrow() {
            changes.mark_unchanged();
            read = if self.streams() == 0 && lock(&self.agents).is_empty() {
                None
            } else {
                self.look(store, read).await.unwrap_or_else(|error| {
                    tracing::error!(%error, "nobody can be told live of their notices");
                    None
                })
            };
            leases = self.see_off(store, leases).await;
            tokio::select! {
                stopped = stop.changed() => if stopped.is_err() { break },
                committed = changes.changed() => if committed.is_err() { break },
                () = self.ended.notified() => leases = leases.map(Leases::at_once),
                () = leases::until_next(store, leases) => {}
            }
        }
        self.closing.send_replace(true);
    }

    /// Finds out whose notices changed since `read`. Whoever came while nobody looked is woken in any case.
    async fn look(&self, store: &Store, read: Option<Read>) -> Result<Option<Read>> {
        let Some((turn, number)) = read else {
            let now = store.read(|cx| Ok((notices::turn(cx)?, journal::head(cx)?))).await?;
            self.wake_all();
            return Ok(Some(now));
        };
        let look = move |cx: &mut Cx<'_>| {
            let (changed, turn) = notices::changed_since(cx, turn)?;
            let (mut head, mut concerns_all) = (number, false);
            let mut agents: BTreeSet<AgentId> = BTreeSet::new();
            loop {
                let entries = journal::marks_after(cx, head, BATCH)?;
                let Some((last, ..)) = entries.last() else { break };
                head = *last;
                for (_, kind, subject) in &entries {
                    concerns_all |= kind == ANNOUNCED || ENDINGS.contains(&kind.as_str());
                    let agent = subject.as_deref().filter(|_| NewsKind::of(kind).is_some());
                    agents.extend(agent.and_then(|id| id.parse::<AgentId>().ok()));
                }
            }
            Ok(((changed, agents), concerns_all, (turn, head)))
        };
        let ((changed, agents), concerns_all, now) = store.read(look).await?;
        if concerns_all {
            self.look_for_ended();
            self.wake_all();
        } else {
            let seats = lock(&self.seats);
            for seat in changed.iter().filter_map(|user| seats.get(user)) {
                seat.bell.send_replace(());
            }
            let bells = lock(&self.agents);
            for bell in agents.iter().filter_map(|agent| bells.get(agent)) {
                bell.rings.send_replace(());
            }
        }
        Ok(Some(now))
    }

    fn wake_all(&self) {
        for seat in lock(&self.seats).values() {
            seat.bell.send_replace(());
        }
        for bell in lock(&self.agents).values() {
            bell.rings.send_replace(());
        }
    }

    /// Wakes whoever waits for what is new for an agent: something of its changed that no entry of the journal tells it.
    pub fn ring(&self, agent: AgentId) {
        if let Some(bell) = lock(&self.agents).get(&agent) {
            bell.rings.send_replace(());
        }
    }

    /// Tells whoever shares a conversation with an agent how it stands from now on, in the room of that conversation.
    pub fn tell_status(&self, agent: AgentId, presence: Presence, company: &[Companion]) {
        let data = json!({ "agent": agent, "status": presence.as_str() });
        self.tell_around(company, event::STATUS, &data);
    }

    /// Says something once in the rooms of conversations, to those who are of the company.
    pub fn tell_around(&self, company: &[Companion], name: &'static str, data: &Value) {
        let to: Vec<(SocketRoom, AgentId)> =
            company.iter().map(|(session, agent)| (SocketRoom::Network(*session), *agent)).collect();
        self.sockets.tell(&to, name, data);
    }

    /// How many calls wait for something in the inboxes of agents.
    pub fn attended(&self) -> usize {
        lock(&self.agents).values().map(|bell| bell.polls).sum()
    }

    /// Listens for what is new for an agent, while a call waits.
    ///
    /// # Errors
    /// `Throttled`, where too many do already.
    pub fn attend(&self, agent: AgentId) -> Result<Attention> {
        let mut bells = lock(&self.agents);
        let bell = bells.entry(agent).or_default();
        if bell.polls >= STREAMS_MAX {
            return Err(Error::Throttled { retry_after_s: 1 });
        }
        bell.polls += 1;
        Ok(self.attention(agent, bell, false))
    }

    /// Listens for what is new for an agent, as long as a socket of its stands.
    pub fn attend_always(&self, agent: AgentId) -> Attention {
        let mut bells = lock(&self.agents);
        let bell = bells.entry(agent).or_default();
        bell.sockets += 1;
        self.attention(agent, bell, true)
    }

    fn attention(&self, agent: AgentId, bell: &Bell, is_socket: bool) -> Attention {
        let (bell, closing) = (bell.rings.subscribe(), self.closing.subscribe());
        Attention { agents: self.agents.clone(), agent, is_socket, bell, closing }
    }

    /// Becomes true when the house closes.
    pub fn closing(&self) -> watch::Receiver<bool> {
        self.closing.subscribe()
    }
}

/// Somebody who listens for what is new for an agent, until this value goes.
#[derive(Debug)]
pub struct Attention {
    agents: Arc<Mutex<Bells>>,
    agent: AgentId,
    is_socket: bool,
    bell: watch::Receiver<()>,
    closing: watch::Receiver<bool>,
}

impl Attention {
    /// What rings from here on is heard by the next [`Attention::wait`]; what rang before is seen to now.
    pub fn begin_to_look(&mut self) {
        self.bell.mark_unchanged();
    }

    /// Waits until something is to be looked at; says whether the house stays open.
    pub async fn wait(&mut self) -> bool {
        if *self.closing.borrow() {
            return false;
        }
        tokio::select! {
            _ = self.closing.changed() => !*self.closing.borrow(),
            rung = self.bell.changed() => rung.is_ok(),
        }
    }
}

impl Drop for Attention {
    fn drop(&mut self) {
        let mut bells = lock(&self.agents);
        if let Some(bell) = bells.get_mut(&self.agent) {
            *(if self.is_socket { &mut bell.sockets } else { &mut bell.polls }) -= 1;
            if bell.polls + bell.sockets == 0 {
                bells.remove(&self.agent);
            }
        }
    }
}

fn lock<T>(seats: &Mutex<T>) -> MutexGuard<'_, T> {
    seats.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A seat that is taken; it is given back with this value.
#[derive(Debug)]
pub struct Stay {
    seats: Arc<Mutex<HashMap<UserId, Seat>>>,
    user: UserId,
    stream: u64,
    bell: watch::Receiver<()>,
    closing: watch::Receiver<bool>,
}

impl Stay {
    /// Whether the house closes.
    pub fn is_over(&self) -> bool {
        *self.closing.borrow()
    }

    /// Whether it gave way to newer ones.
    pub fn gave_way(&self) -> bool {
        !lock(&self.seats).get(&self.user).is_some_and(|seat| seat.streams.contains(&self.stream))
    }

    /// What rings from here on is heard by the next [`Stay::wait`]; what rang before is seen to now.
    pub fn begin_to_look(&mut self) {
        self.bell.mark_unchanged();
    }

    /// Waits until something is to be looked at; says whether there will ever be anything again.
    pub async fn wait(&mut self) -> bool {
        tokio::select! {
            closing = self.closing.changed() => closing.is_ok(),
            rung = self.bell.changed() => rung.is_ok(),
        }
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        let mut seats = lock(&self.seats);
        if let Some(seat) = seats.get_mut(&self.user) {
            seat.streams.retain(|stream| *stream != self.stream);
            if seat.streams.is_empty() {
                seats.remove(&self.user);
            }
        }
    }
}
