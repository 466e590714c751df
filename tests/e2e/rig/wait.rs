//! Waiting for a condition, with a deadline and a word on what was awaited.

use std::time::{Duration, Instant};

/// How long a test waits for something that is surely coming, on a busy machine too.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// How often a condition is looked at.
const PAUSE: Duration = Duration::from_millis(20);

/// Asks `look` until it answers, and panics with `what` where it has not within `deadline`.
#[track_caller]
pub(crate) fn wait_until<T>(what: &str, deadline: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    match within(deadline, &mut look) {
        Some(found) => found,
        None => panic!("waited {} s in vain: {what}", deadline.as_secs_f32()),
    }
}

/// The same for what is asked of the server.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(start.elapsed() <= PATIENCE, "waited {} s in vain: {what}", PATIENCE.as_secs());
        tokio::time::sleep(PAUSE).await;
    }
}

/// Asks `look` until it answers; nothing if it has not within `deadline`.
pub(super) fn within<T>(deadline: Duration, look: &mut dyn FnMut() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if start.elapsed() > deadline {
            return None;
        }
        std::thread::sleep(PAUSE);
    }
}
