//! Between the two phases of a session's booking: the calendars concerned are read again, a tentative event holds the time in
//! those that are written to, and then it is committed, or undone.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::write::{Patience, Wrote, lay};
use crate::base::error::Result;
use crate::base::id::SourceId;
use crate::base::time::{MINUTE, Timestamp};
use crate::calendar::{self, Laid};
use crate::itip;
use crate::net::Client;
use crate::queue::{Leased, Worker};
use crate::sessions::{self, Held};
use crate::store::{Cx, Store};

/// How long the calendars may take, all together. What could not be read by then was not read lately.
const READING_TIME: Duration = Duration::from_secs(10);
/// How many bookings wait for calendars at once.
const PARALLEL: u32 = 8;

/// The worker of the topic [`sessions::BOOKINGS`].
pub fn bookings(store: Store, client: Client, patience: Patience) -> Worker {
    Worker {
        topic: sessions::BOOKINGS,
        parallel: PARALLEL,
        lease_ms: MINUTE,
        handler: Arc::new(move |lease| {
            let (store, client) = (store.clone(), client.clone());
            Box::pin(async move { one(&store, &client, lease, patience).await })
        }),
    }
}

async fn one(store: &Store, client: &Client, lease: Leased, patience: Patience) -> Result<()> {
    let about = lease.clone();
    let (sources, held, since) = store
        .write(move |cx| {
            let sources = sessions::to_read(cx, &about)?;
            calendar::hurry(cx, &sources, &about.trace)?;
            Ok((sources, sessions::to_hold(cx, &about)?, cx.now))
        })
        .await?;
    let read = tokio::time::timeout(READING_TIME, all_read(store, &sources, since));
    let held = held.into_iter().map(|held| hold(store, client, held, patience));
    let laid = tokio::time::timeout(READING_TIME, join_all(held));
    let (read, laid) = tokio::join!(read, laid);
    let is_read = read.unwrap_or(Ok(false))?;
    // A calendar that cannot be written stops no booking.
    laid.unwrap_or_default().into_iter().collect::<Result<Vec<()>>>()?;
    store.write(move |cx| sessions::commit(cx, &lease, is_read)).await
}

/// Lays a tentative event down. What becomes of it is seen to by the meeting's own event, or when it is taken out.
async fn hold(store: &Store, client: &Client, held: Held, patience: Patience) -> Result<()> {
    let participant = held.participant;
    let span = (held.start.whole_second(), held.end.whole_second());
    let begin = move |cx: &mut Cx<'_>| {
        let says = Laid {
            sequence: 0,
            stamp: cx.now.whole_second().ms(),
            start: span.0.ms(),
            end: span.1.ms(),
            partstat: String::new(),
            is_cancelled: false,
        };
        Ok(calendar::begin_write(cx, participant, &says)?.map(|errand| (errand, says)))
    };
    let Some((errand, says)) = store.write(begin).await? else { return Ok(()) };
    let text = itip::compose_held(&held.uid, Timestamp::from_ms(says.stamp), span, &held.title)?;
    match lay(client, &errand, &text, &says, patience).await {
        Wrote::Laid(etag) => {
            store.write(move |cx| calendar::laid(cx, &errand, etag.as_deref(), &says).map(drop)).await
        }
        Wrote::Changed(_) => Ok(()),
        Wrote::Refused(failure) | Wrote::Silent(failure) => {
            tracing::info!(source = %errand.source, problem = failure.problem.as_str(), "a time cannot be held in a calendar");
            Ok(())
        }
    }
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
