//! The engine that does the work of one topic: wakes when something was committed or falls due, claims a
//! batch, and hands it to its handler, so many at a time.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, watch};

use super::{Backoff, Failed, Leased};
use crate::base::error::{Error, Result};
use crate::base::id::WorkId;
use crate::store::{Cx, Store};

/// Does one piece of work and records its outcome in one transaction ([`super::done`], [`super::retry`],
/// [`super::bury`]). An error means that it did not come so far: the work is tried again.
pub type Handler = Arc<dyn Fn(Leased) -> Pin<Box<dyn Future<Output = Result<()>> + Send>> + Send + Sync>;

/// How a topic is worked on.
#[derive(Clone)]
pub struct Worker {
    /// The topic.
    pub topic: &'static str,
    /// How many pieces of work at once.
    pub parallel: u32,
    /// How long a lease lasts, in milliseconds: longer than the handler's own time limit.
    pub lease_ms: i64,
    /// Does it.
    pub handler: Handler,
}

/// The longest a worker sleeps: a clock that was moved is noticed by then.
const SLEEP_MAX: Duration = Duration::from_secs(1);
/// The longest that a claim waits for more hands to be free: one that hangs holds nobody up.
const GATHER: Duration = Duration::from_millis(20);

/// What a worker has in hand, and since when by a clock that nobody sets: a clock that jumps ahead must not
/// end the lease of work that is being done.
#[derive(Clone, Default)]
struct InHand(Arc<Mutex<HashMap<WorkId, (Leased, Instant)>>>);

impl InHand {
    fn begin(&self, lease: &Leased) {
        self.lock().insert(lease.id, (lease.clone(), Instant::now()));
    }

    fn end(&self, id: WorkId) {
        self.lock().remove(&id);
    }

    /// What was begun within `time`.
    fn within(&self, time: Duration) -> Vec<Leased> {
        let held = self.lock();
        held.values().filter(|(_, since)| since.elapsed() < time).map(|(lease, _)| lease.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<WorkId, (Leased, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Works until `stop` becomes true, then finishes what is in hand.
pub async fn run(store: Store, worker: Worker, mut stop: watch::Receiver<bool>) {
    let mut changes = store.changes();
    let free = Arc::new(Semaphore::new(worker.parallel as usize));
    let in_hand = InHand::default();
    let mut claimed = 0;
    while !*stop.borrow() {
        changes.mark_unchanged();
        let gather = claimed > 0;
        claimed = claim(&store, &worker, &free, &in_hand, gather, &stop).await.unwrap_or_else(|error| {
            tracing::error!(topic = worker.topic, %error, "the queue cannot be read");
            0
        });
        if claimed > 0 {
            continue;
        }
        let sleep = sleep_for(&store, worker.topic).await;
        tokio::select! {
            _ = stop.changed() => {}
            _ = changes.changed() => {}
            () = tokio::time::sleep(sleep) => {}
        }
    }
    // Every permit back means that nothing is in hand any more.
    let _ = free.acquire_many(worker.parallel).await;
}

/// Until the next work falls due; at most [`SLEEP_MAX`].
async fn sleep_for(store: &Store, topic: &'static str) -> Duration {
    let next = store
        .read(move |cx| Ok(super::next_due(cx, topic)?.map(|due| due.since(cx.now))))
        .await
        .ok()
        .flatten();
    // What is due and cannot be claimed waits for another of its key: a commit tells when that is done.
    let ahead = next.filter(|ms| *ms > 0);
    ahead.map_or(SLEEP_MAX, |ms| Duration::from_millis(ms.clamp(10, 1_000).unsigned_abs()))
}

/// Claims as much as there are hands, and starts on it. With `gather`, because there was work a moment ago, it
/// waits until several hands are free, so that one transaction claims for several.
async fn claim(
    store: &Store,
    worker: &Worker,
    free: &Arc<Semaphore>,
    in_hand: &InHand,
    gather: bool,
    stop: &watch::Receiver<bool>,
) -> Result<usize> {
    if gather {
        // Only this loop takes hands, so those that were free a moment ago still are.
        let _ = tokio::time::timeout(GATHER, free.acquire_many(worker.parallel.div_ceil(4))).await;
    }
    let first = free.clone().acquire_owned().await.map_err(Error::internal)?;
    // The word to stop may have come while all hands were full.
    if *stop.borrow() {
        return Ok(0);
    }
    let (topic, lease_ms) = (worker.topic, worker.lease_ms);
    if !store.read(move |cx| super::is_ready(cx, topic)).await? {
        return Ok(0);
    }
    let hands = u32::try_from(free.available_permits()).unwrap_or(0) + 1;
    let still = in_hand.within(Duration::from_millis(lease_ms.unsigned_abs()));
    let claim = move |cx: &mut Cx<'_>| {
        super::renew_ended(cx, topic, &still, lease_ms)?;
        super::claim(cx, topic, hands, lease_ms)
    };
    let leases = store.write(claim).await?;
    let (claimed, mut first) = (leases.len(), Some(first));
    for lease in leases {
        let hand = match first.take() {
            Some(hand) => hand,
            None => free.clone().acquire_owned().await.map_err(Error::internal)?,
        };
        let (store, handler, in_hand) = (store.clone(), worker.handler.clone(), in_hand.clone());
        in_hand.begin(&lease);
        tokio::spawn(async move {
            let id = lease.id;
            handle(&store, &handler, lease).await;
            in_hand.end(id);
            drop(hand);
        });
    }
    Ok(claimed)
}

/// Runs the handler; an error or a panic of it puts the work back.
async fn handle(store: &Store, handler: &Handler, lease: Leased) {
    let outcome = match tokio::spawn(handler(lease.clone())).await {
        Ok(outcome) => outcome,
        Err(panic) => Err(Error::internal(panic)),
    };
    let Err(error) = outcome else { return };
    let words = error.to_string();
    tracing::error!(topic = lease.topic, work = %lease.id, trace = lease.trace, error = words, "work failed");
    let put_back = store.write(move |cx| super::retry(cx, &lease, &words, Backoff::SHORT)).await;
    match put_back {
        Ok(Failed::Again(_) | Failed::Dead) | Err(Error::Refused { .. }) => {}
        Err(error) => tracing::error!(%error, "failed work could not be put back; its lease will end"),
    }
}
