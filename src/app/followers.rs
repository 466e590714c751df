//! The followers of the journal, and the loop that lets them read.

use tokio::sync::watch;

use crate::agents;
use crate::analytics;
use crate::calendar;
use crate::groups;
use crate::journal;
use crate::meetings;
use crate::notices;
use crate::sessions;
use crate::store::Store;
use crate::tasks;
use crate::webhooks;

/// Lets every follower read until `stop` becomes true, or nobody is left to say so.
pub(super) async fn run(store: Store, mut stop: watch::Receiver<bool>) {
    let mut changes = store.changes();
    while !*stop.borrow() {
        changes.mark_unchanged();
        let mut read = 0;
        let others = [
            agents::FOLLOWER,
            calendar::FOLLOWER,
            meetings::FOLLOWER,
            sessions::FOLLOWER,
            tasks::FOLLOWER,
            groups::FOLLOWER,
            webhooks::FOLLOWER,
        ];
        for follower in notices::FOLLOWERS.into_iter().chain(others) {
            match journal::follow(&store, follower).await {
                Ok(taken) => read += taken,
                Err(error) => tracing::error!(follower = follower.name, %error, "a follower cannot read"),
            }
        }
        match journal::gather(&store, analytics::FOLLOWER).await {
            Ok(taken) => read += taken,
            Err(error) => {
                tracing::error!(follower = analytics::FOLLOWER.name, %error, "a follower cannot read");
            }
        }
        if read == 0 {
            tokio::select! {
                stopped = stop.changed() => if stopped.is_err() { return },
                _ = changes.changed() => {}
            }
        }
    }
}
