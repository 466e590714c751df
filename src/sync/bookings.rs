//! Between the two phases of a session's booking: the calendars concerned are read again, and then it is committed, or
//! undone.

use std::sync::Arc;
use std::time::Duration;

use crate::base::error::Result;
use crate::base::id::SourceId;
use crate::base::time::{MINUTE, Timestamp};
use crate::calendar;
use crate::queue::{Leased, Worker};
use crate::sessions;
use crate::store::Store;

/// How long the calendars may take, all together. What could not be read by then was not read lately.
const READING_TIME: Duration = Duration::from_secs(10);
/// How many bookings wait for calendars at once.
const PARALLEL: u32 = 8;

/// The worker of the topic [`sessions::BOOKINGS`].
pub fn bookings(store: Store) -> Worker {
    Worker {
        topic: sessions::BOOKINGS,
        parallel: PARALLEL,
        lease_ms: MINUTE,
        handler: Arc::new(move |lease| {
            let store = store.clone();
            Box::pin(async move { one(&store, lease).await })
        }),
    }
}

async fn one(store: &Store, lease: Leased) -> Result<()> {
    let about = lease.clone();
    let (sources, since) = store
        .write(move |cx| {
            let sources = sessions::to_read(cx, &about)?;
            calendar::hurry(cx, &sources, &about.trace)?;
            Ok((sources, cx.now))
        })
        .await?;
    let read = tokio::time::timeout(READING_TIME, all_read(store, &sources, since)).await;
    let is_read = read.unwrap_or(Ok(false))?;
    store.write(move |cx| sessions::commit(cx, &lease, is_read)).await
}

/// Waits until every source was tried; says whether every one was read.
async fn all_read(store: &Store, sources: &[SourceId], since: Timestamp) -> Result<bool> {
    let mut changes = store.changes();
    loop {
        changes.mark_unchanged();
        let asked = sources.to_vec();
        if let Some(is_read) = store.read(move |cx| calendar::read_since(cx, &asked, since)).await? {
            return Ok(is_read);
        }
        if changes.changed().await.is_err() {
            return Ok(false);
        }
    }
}
