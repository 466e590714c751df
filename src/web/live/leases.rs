//! Who is there no more: whoever shares a conversation with an agent is told when its presence has ended, whichever way it was
//! held, by sockets or by calls.
//!
//! Nothing is done for an agent as long as it is there: it is looked when the first of all leases ends that was known, or could
//! have begun since.

use std::time::Duration;

use tokio::time::sleep;

use super::Live;
use crate::agents::{self, Presence};
use crate::base::error::Result;
use crate::base::id::AgentId;
use crate::base::time::Timestamp;
use crate::sessions::conversation::{self, Companion};
use crate::store::{Cx, Store};

/// How long after a look that failed it is looked again, in milliseconds.
const RETRY_MS: i64 = 5_000;

/// Up to when leases of presence were looked at, and when it is to be looked again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leases {
    looked: Timestamp,
    next: Timestamp,
}

impl Leases {
    /// It is to be looked at once.
    pub(super) fn at_once(self) -> Self {
        Self { next: self.looked, ..self }
    }
}

/// An agent whose presence has ended, and who is to know.
type Gone = (AgentId, Vec<Companion>);

impl Live {
    /// Somebody's presence may have ended before its time: that is looked at.
    pub fn look_for_ended(&self) {
        self.ended.notify_one();
    }

    /// Tells whose presence ended since it was looked, if that is due and anybody could hear it.
    pub(super) async fn see_off(&self, store: &Store, leases: Option<Leases>) -> Option<Leases> {
        if self.sockets.count() == 0 {
            return None;
        }
        if let Some(known) = leases.filter(|known| store.ground().clock.now() < known.next) {
            return Some(known);
        }
        let since = leases.map(|known| known.looked);
        match store.read(move |cx| gone(cx, since)).await {
            Ok((gone, leases)) => {
                for (agent, company) in gone {
                    self.tell_status(agent, Presence::Offline, &company);
                }
                Some(leases)
            }
            Err(error) => {
                tracing::error!(%error, "nobody can be told who is there no more");
                // Not again for every change.
                let next = store.ground().clock.now().plus(RETRY_MS);
                leases.map(|known| Leases { next, ..known })
            }
        }
    }
}

fn gone(cx: &Cx<'_>, since: Option<Timestamp>) -> Result<(Vec<Gone>, Leases)> {
    let (ended, next) = agents::lapsed(cx, since)?;
    let mut gone = Vec::with_capacity(ended.len());
    for agent in ended {
        gone.push((agent, conversation::company(cx, agent)?));
    }
    Ok((gone, Leases { looked: cx.now, next }))
}

/// Waits until it is to be looked at leases again; for ever, where nobody could hear of it.
pub(super) async fn until_next(store: &Store, leases: Option<Leases>) {
    match leases {
        Some(leases) => {
            let left_ms = leases.next.since(store.ground().clock.now()).max(1);
            sleep(Duration::from_millis(left_ms.unsigned_abs())).await;
        }
        None => std::future::pending().await,
    }
}
