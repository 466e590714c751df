//! The worker of readings: takes one off the queue, reads outside any transaction, and hands over what was read.

use std::sync::Arc;
use std::time::Duration;

use super::{failure, provider};
use crate::base::error::Result;
use crate::base::time::MINUTE;
use crate::calendar::{self, Due, Failure, Problem, Reading, SourceKind};
use crate::meetings;
use crate::net::Client;
use crate::queue::{Leased, Worker};
use crate::store::{Cx, Store};

/// How long one reading may take, all its calls together.
pub const READING_TIME: Duration = Duration::from_mins(5);
/// How many are read at once: those of one account never are.
const PARALLEL: u32 = 4;

/// The worker of the topic [`calendar::TOPIC`].
pub fn worker(store: Store, client: Client) -> Worker {
    Worker {
        topic: calendar::TOPIC,
        parallel: PARALLEL,
        lease_ms: 10 * MINUTE,
        handler: Arc::new(move |lease| {
            let (store, client) = (store.clone(), client.clone());
            Box::pin(async move { one(&store, &client, lease).await })
        }),
    }
}

async fn one(store: &Store, client: &Client, lease: Leased) -> Result<()> {
    let Some(due) = store.write(move |cx| calendar::due(cx, &lease)).await? else { return Ok(()) };
    match read(store, client, &due).await {
        Ok(reading) if due.kind == SourceKind::House => {
            let id = due.source;
            let rows = store.write(move |cx| calendar::put_right(cx, &due, &reading)).await?;
            if rows > 0 {
                tracing::warn!(source = %id, rows, "a calendar did not say what its meetings say, and was put right");
            }
            Ok(())
        }
        Ok(reading) => store.write(move |cx| take_in(cx, &due, &reading)).await,
        Err(failure) => {
            tracing::info!(source = %due.source, problem = failure.problem.as_str(), "a calendar cannot be read");
            store.write(move |cx| calendar::failed(cx, &due, &failure)).await
        }
    }
}

/// Takes in what was read, and what somebody has done in their calendar to their events of this house.
fn take_in(cx: &mut Cx<'_>, due: &Due, reading: &Reading) -> Result<()> {
    let mut done = calendar::take_back(cx, due, reading)?;
    calendar::take_in(cx, due, reading)?;
    done.extend(calendar::missing(cx, due)?);
    done.iter().try_for_each(|back| meetings::in_calendar(cx, due.trace(), back))
}

async fn read(store: &Store, client: &Client, due: &Due) -> Result<Reading, Failure> {
    let provider = provider(store, client, due)?;
    let time_out = || failure::of(Problem::TimeOut, "the server is too slow to be read to the end");
    tokio::time::timeout(READING_TIME, provider.read(due)).await.unwrap_or_else(|_| Err(time_out()))
}
