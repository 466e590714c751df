//! Whether this process lives, and whether it can serve.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

use super::call::{self, Call};
use crate::base::error::{Error, Result};
use crate::journal;

/// How long the store may take before it counts as gone.
const PATIENCE: Duration = Duration::from_secs(3);
/// What is written to see that the disk takes it, in bytes.
const PROBE_BYTES: usize = 65_536;

/// Which of the house's workers are alive: each holds a [`Beat`] for as long as it works.
#[derive(Debug, Default)]
pub struct Pulse(Mutex<BTreeMap<String, Weak<()>>>);

/// A worker's sign of life; it ends with this value, however the worker ends.
#[derive(Debug)]
#[must_use = "the worker counts as dead as soon as this is dropped"]
pub struct Beat(#[expect(dead_code, reason = "held, not read: a worker lives as long as this")] Arc<()>);

impl Pulse {
    /// A worker begins, under a name of its own. From now on the house is ready only while it works.
    pub fn begin(&self, name: impl Into<String>) -> Beat {
        let beat = Arc::new(());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.into(), Arc::downgrade(&beat));
        Beat(beat)
    }

    /// The workers that began and no longer work.
    pub fn dead(&self) -> Vec<String> {
        let beats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        beats.iter().filter(|(_, beat)| beat.strong_count() == 0).map(|(name, _)| name.clone()).collect()
    }
}

/// How the house is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`, or `unready`.
    status: &'static str,
    /// Each part that was looked at: `ok` or `failed`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    checks: BTreeMap<&'static str, &'static str>,
}

/// Says that this process is alive. Touches nothing.
#[utoipa::path(get, path = "/healthz", tag = "operation", operation_id = "healthz", security(),
    responses((status = 200, description = "It is alive.", body = Health)))]
pub async fn alive(_: Call) -> Result<HttpResponse> {
    call::json(200, &Health { status: "ok", checks: BTreeMap::new() })
}

/// Says whether this process can serve: the store reads and commits and has room, the disk takes writes, every worker works.
#[utoipa::path(get, path = "/readyz", tag = "operation", operation_id = "readyz", security(),
    responses((status = 200, description = "It can serve.", body = Health),
        (status = 503, description = "It cannot; `checks` says why.", body = Health)))]
pub async fn ready(call: Call) -> Result<HttpResponse> {
    let (is_ready, checks) = checked(&call).await;
    let (status, word) = if is_ready { (200, "ok") } else { (503, "unready") };
    call::json(status, &Health { status: word, checks })
}

/// Looks at each part: whether all of them work, and which do.
pub(super) async fn checked(call: &Call) -> (bool, BTreeMap<&'static str, &'static str>) {
    let store = &call.web.store;
    let read = in_time(store.read(|cx| journal::head(cx))).await;
    // Begins and commits a transaction on the writer, and changes nothing.
    let write = in_time(store.takes(PROBE_BYTES as u64)).await;
    let directory = store.path().parent().unwrap_or(Path::new(".")).to_owned();
    let disk = in_time(async {
        tokio::task::spawn_blocking(move || takes_writes(&directory)).await.map_err(Error::internal)?
    });
    let dead = call.web.state.pulse.dead();
    let workers =
        if dead.is_empty() { Ok(()) } else { Err(Error::internal(format!("no longer at work: {dead:?}"))) };
    let found = [("store", read.map(drop).and(write)), ("disk", disk.await), ("workers", workers)];
    let mut checks = BTreeMap::new();
    let mut is_ready = true;
    for (part, result) in found {
        if let Err(error) = &result {
            tracing::error!(part, %error, trace = call.trace, "the house is not ready");
            is_ready = false;
        }
        checks.insert(part, if result.is_ok() { "ok" } else { "failed" });
    }
    (is_ready, checks)
}

async fn in_time<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(PATIENCE, work).await.map_err(Error::internal)?
}

/// Whether the disk of the data directory takes something new.
fn takes_writes(directory: &Path) -> Result<()> {
    let probe = directory.join(format!(".ready-{}", std::process::id()));
    let written = std::fs::write(&probe, vec![0; PROBE_BYTES]);
    let removed = std::fs::remove_file(&probe);
    written.map_err(Error::disk)?;
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::internal(error)),
        _ => Ok(()),
    }
}
