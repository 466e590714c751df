//! The worker of events that are to be taken out of calendars: tried again for a day, and no longer than that.

use std::sync::Arc;

use super::write::{Patience, TookOut, take_out};
use crate::base::error::{Error, Result};
use crate::base::id::ParticipantId;
use crate::base::time::{HOUR, MINUTE};
use crate::calendar;
use crate::net::Client;
use crate::queue::{self, Backoff, Leased, Worker};
use crate::store::Store;

/// How many are taken out at once.
const PARALLEL: u32 = 4;
/// For about a day.
const BACKOFF: Backoff = Backoff { first_ms: MINUTE, longest_ms: HOUR, attempts_max: 40 };

/// The worker of the topic [`calendar::TAKING_OUT`].
pub fn removals(store: Store, client: Client, patience: Patience) -> Worker {
    Worker {
        topic: calendar::TAKING_OUT,
        parallel: PARALLEL,
        lease_ms: 2 * MINUTE,
        handler: Arc::new(move |lease| {
            let (store, client) = (store.clone(), client.clone());
            Box::pin(async move { one(&store, &client, lease, patience).await })
        }),
    }
}

async fn one(store: &Store, client: &Client, lease: Leased, patience: Patience) -> Result<()> {
    let id = lease.payload.get("participant").and_then(serde_json::Value::as_str);
    let id: ParticipantId = id.ok_or_else(|| Error::internal("nothing to be taken out"))?.parse()?;
    let Some(errand) = store.read(move |cx| calendar::to_take_out(cx, id)).await? else {
        return store.write(move |cx| queue::done(cx, &lease)).await;
    };
    let outcome = take_out(client, &errand, patience).await;
    // A write that was under way may arrive yet: it is looked for once more.
    let again = errand.tried.is_some() && !errand.is_stray && lease.attempt == 1;
    store
        .write(move |cx| match outcome {
            TookOut::Done if again => queue::retry_at(
                cx,
                &lease,
                "a write of it may arrive yet",
                cx.now.plus(MINUTE),
                BACKOFF.attempts_max,
            )
            .map(drop),
            TookOut::Done | TookOut::Never => {
                queue::done(cx, &lease)?;
                calendar::taken_out(cx, id)
            }
            TookOut::NotYet if lease.attempt >= BACKOFF.attempts_max => {
                queue::done(cx, &lease)?;
                calendar::taken_out(cx, id)
            }
            TookOut::NotYet => {
                queue::retry(cx, &lease, "the calendar's server does not answer", BACKOFF).map(drop)
            }
        })
        .await
}
