//! Periodic jobs: work of the queue that puts itself back when it is done, so that none is lost and none
//! runs twice, whichever process does it.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::person;
use crate::accounts;
use crate::agents;
use crate::analytics;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::time::{DAY, HOUR, MINUTE};
use crate::booking;
use crate::calendar;
use crate::groups;
use crate::idempotency;
use crate::journal;
use crate::limits;
use crate::links;
use crate::mail::letters::probe;
use crate::meetings;
use crate::messages;
use crate::network;
use crate::notices;
use crate::post;
use crate::queue::{self, Leased, Work, Worker};
use crate::sessions;
use crate::store::{Cx, Store};
use crate::tasks;
use crate::webhooks;

/// The queue's topic of periodic jobs.
pub const TOPIC: &str = "jobs";

/// A periodic job.
#[derive(Clone, Copy)]
struct Job {
    name: &'static str,
    every_ms: i64,
    run: fn(&mut Cx<'_>, &Actor) -> Result<()>,
}

const JOBS: [Job; 15] = [
    Job { name: "probe", every_ms: HOUR, run: |cx, who| probe::ensure_probe(cx, who).map(drop) },
    Job {
        name: "overdue-proposals",
        every_ms: MINUTE,
        run: |cx, who| meetings::expire_overdue(cx, who).map(drop),
    },
    Job {
        name: "overdue-bookings",
        every_ms: MINUTE,
        run: |cx, who| booking::expire_overdue(cx, who).map(drop),
    },
    Job { name: "due-deletions", every_ms: HOUR, run: person::erase_due },
    Job { name: "overdue-invitations", every_ms: HOUR, run: |cx, _| network::end_overdue(cx).map(drop) },
    Job { name: "roll-on", every_ms: 10 * MINUTE, run: |cx, _| calendar::roll_on(cx).map(drop) },
    Job {
        name: "missed-readings",
        every_ms: 10 * MINUTE,
        run: |cx, who| calendar::ensure_due(cx, who).map(drop),
    },
    Job { name: "overdue-sessions", every_ms: MINUTE, run: overdue_sessions },
    Job { name: "left-bookings", every_ms: MINUTE, run: |cx, _| sessions::give_up(cx).map(drop) },
    Job { name: "overdue-tasks", every_ms: MINUTE, run: |cx, _| tasks::expire_overdue(cx).map(drop) },
    Job { name: "watch", every_ms: MINUTE, run: notices::watch },
    Job { name: "checkpoint", every_ms: 6 * HOUR, run: |cx, _| journal::checkpoint(cx).map(drop) },
    Job { name: "signing-keys", every_ms: HOUR, run: |cx, _| agents::renew_signing_keys(cx) },
    Job { name: "inactive-agents", every_ms: HOUR, run: |cx, _| agents::tell_inactive(cx).map(drop) },
    Job { name: "sweep", every_ms: HOUR, run: sweep },
];

/// Ends the sessions and the messages whose time is over, and those that a fault of ours keeps from going on.
fn overdue_sessions(cx: &mut Cx<'_>, _: &Actor) -> Result<()> {
    sessions::expire_overdue(cx)?;
    sessions::conversation::expire_silent(cx)?;
    messages::end_overdue(cx)?;
    sessions::fail_dead(cx).map(drop)
}

/// Deletes what is kept for a time and whose time is over.
fn sweep(cx: &mut Cx<'_>, _: &Actor) -> Result<()> {
    post::letter::delete_ended(cx)?;
    post::inbound::delete_ended(cx)?;
    let mailroom_before = cx.now.plus(-cx.house().raw_retention_ms);
    post::mailroom::delete_before(cx, mailroom_before)?;
    links::delete_ended(cx, cx.now.plus(-90 * DAY))?;
    limits::delete_ended(cx, cx.now.plus(-2 * DAY))?;
    accounts::delete_ended(cx)?;
    agents::delete_ended(cx)?;
    network::delete_ended(cx)?;
    meetings::delete_ended(cx)?;
    booking::delete_ended(cx)?;
    calendar::delete_ended(cx)?;
    tasks::delete_ended(cx)?;
    groups::delete_ended(cx)?;
    sessions::delete_ended(cx)?;
    sessions::conversation::erase_due(cx)?;
    sessions::conversation::delete_ended(cx)?;
    messages::delete_ended(cx)?;
    analytics::delete_ended(cx)?;
    notices::delete_ended(cx)?;
    webhooks::delete_ended(cx)?;
    idempotency::delete_ended(cx).map(drop)
}

/// Puts every job on the queue that is not there yet.
pub async fn ensure(store: &Store) -> Result<()> {
    store
        .write(|cx| {
            for job in JOBS {
                enqueue(cx, job, 0)?;
            }
            Ok(())
        })
        .await
}

fn enqueue(cx: &Cx<'_>, job: Job, after_ms: i64) -> Result<()> {
    let work = Work::of(TOPIC, job.name, serde_json::json!({ "job": job.name }))
        .keyed(job.name)
        .not_before(cx.now.plus(after_ms));
    queue::enqueue(cx, &work).map(drop)
}

/// The worker of the jobs.
pub fn worker(store: Store) -> Worker {
    Worker {
        topic: TOPIC,
        parallel: 1,
        lease_ms: 5 * MINUTE,
        handler: Arc::new(move |lease| {
            let store = store.clone();
            Box::pin(async move { store.write(move |cx| run(cx, &lease)).await })
        }),
    }
}

fn run(cx: &mut Cx<'_>, lease: &Leased) -> Result<()> {
    let name = lease.payload.get("job").and_then(serde_json::Value::as_str).unwrap_or_default();
    let Some(job) = JOBS.into_iter().find(|job| job.name == name) else {
        // A job of an older version: nobody does it any more.
        return queue::done(cx, lease);
    };
    (job.run)(cx, &Actor::house(&lease.trace))?;
    queue::done(cx, lease)?;
    enqueue(cx, job, job.every_ms)
}

/// Lets the deadline of one proposal take effect.
pub fn deadline(cx: &mut Cx<'_>, lease: &Leased) -> Result<()> {
    let proposal = lease.payload.get("proposal").and_then(serde_json::Value::as_str);
    let proposal = proposal.ok_or_else(|| Error::internal("a deadline without its proposal"))?.parse()?;
    meetings::expire(cx, &Actor::house(&lease.trace), proposal)?;
    queue::done(cx, lease)
}
