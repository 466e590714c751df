//! Who listens for notices: one reader for the whole process finds out whose changed, and wakes their streams.
//!
//! A stream reads what is its own from the store, from its own place on, so that nothing is skipped and nothing comes
//! twice however often it breaks off; here nothing is known but whom to wake.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::base::error::{Error, Result};
use crate::base::id::UserId;
use crate::journal;
use crate::notices;
use crate::store::{Cx, Store};

/// The most streams of one account.
const STREAMS_MAX: usize = 8;
/// How soon it is worth trying again when there are as many, in seconds.
const RETRY_S: u64 = 30;
/// How many entries of the journal are looked through at once.
const BATCH: u32 = 500;
/// What may end somebody's stream: then every stream looks whether it may go on.
const ENDINGS: [&str; 4] = ["sign-in.ended", "user.disabled", "user.erased", "token.revoked"];

/// Those who listen.
#[derive(Debug)]
pub struct Live {
    seats: Arc<Mutex<HashMap<UserId, Seat>>>,
    closing: watch::Sender<bool>,
}

/// The streams of one account.
#[derive(Debug)]
struct Seat {
    bell: watch::Sender<()>,
    streams: usize,
}

impl Default for Live {
    fn default() -> Self {
        Self { seats: Arc::default(), closing: watch::Sender::new(false) }
    }
}

/// How far was read: the newest turn of any notice, and the newest entry of the journal.
type Read = (i64, i64);

impl Live {
    /// Takes a seat; refused (`Throttled`) where an account has eight.
    pub fn join(&self, user: UserId) -> Result<Stay> {
        let mut seats = lock(&self.seats);
        let seat = seats.entry(user).or_insert_with(|| Seat { bell: watch::Sender::new(()), streams: 0 });
        if seat.streams >= STREAMS_MAX {
            return Err(Error::Throttled { retry_after_s: RETRY_S });
        }
        seat.streams += 1;
        let (bell, closing) = (seat.bell.subscribe(), self.closing.subscribe());
        Ok(Stay { seats: self.seats.clone(), user, bell, closing })
    }

    /// How many streams there are.
    pub fn streams(&self) -> usize {
        lock(&self.seats).values().map(|seat| seat.streams).sum()
    }

    /// Wakes whose notices change, until `stop` becomes true; then every stream ends.
    pub async fn run(&self, store: &Store, mut stop: watch::Receiver<bool>) {
        let mut changes = store.changes();
        let mut read: Option<Read> = None;
        while !*stop.borrow() {
            changes.mark_unchanged();
            read = if self.streams() == 0 {
                None
            } else {
                self.look(store, read).await.unwrap_or_else(|error| {
                    tracing::error!(%error, "nobody can be told live of their notices");
                    None
                })
            };
            tokio::select! {
                stopped = stop.changed() => if stopped.is_err() { break },
                changed = changes.changed() => if changed.is_err() { break },
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
            let (mut head, mut may_end) = (number, false);
            loop {
                let entries = journal::kinds_after(cx, head, BATCH)?;
                let Some((last, _)) = entries.last() else { break };
                head = *last;
                may_end |= entries.iter().any(|(_, kind)| ENDINGS.contains(&kind.as_str()));
            }
            Ok((changed, may_end, (turn, head)))
        };
        let (changed, may_end, now) = store.read(look).await?;
        if may_end {
            self.wake_all();
        } else {
            let seats = lock(&self.seats);
            for seat in changed.iter().filter_map(|user| seats.get(user)) {
                seat.bell.send_replace(());
            }
        }
        Ok(Some(now))
    }

    fn wake_all(&self) {
        for seat in lock(&self.seats).values() {
            seat.bell.send_replace(());
        }
    }
}

fn lock(seats: &Mutex<HashMap<UserId, Seat>>) -> MutexGuard<'_, HashMap<UserId, Seat>> {
    seats.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A seat that is taken; it is given back with this value.
#[derive(Debug)]
pub struct Stay {
    seats: Arc<Mutex<HashMap<UserId, Seat>>>,
    user: UserId,
    bell: watch::Receiver<()>,
    closing: watch::Receiver<bool>,
}

impl Stay {
    /// Whether the house closes.
    pub fn is_over(&self) -> bool {
        *self.closing.borrow()
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
            seat.streams -= 1;
            if seat.streams == 0 {
                seats.remove(&self.user);
            }
        }
    }
}
