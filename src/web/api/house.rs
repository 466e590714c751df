//! How the house is, over the API: its parts, its database, its mail, the queue, who reads the journal, the agents.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

use super::watch::InboxState;
use crate::accounts::Scope;
use crate::analytics;
use crate::base::error::Result;
use crate::base::time::Timestamp;
use crate::journal;
use crate::mail::inbound::poll::PollState;
use crate::queue;
use crate::web::bearer::Bearer;
use crate::web::call::{self, Call};
use crate::web::health::checked;
use crate::web::upkeep::{self, Known, Size, Verified};

/// A topic of the queue.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TopicHealth {
    topic: String,
    /// How much waits to be done.
    waiting: i64,
    /// How much is being done.
    in_hand: i64,
    /// How much failed at least once, and is tried again.
    retrying: i64,
    /// How much is for later.
    planned: i64,
    /// How much was given up.
    dead: i64,
    /// For how long the oldest waits past its time, in milliseconds.
    oldest_ms: i64,
    /// Why it is held; null: it is not.
    held: Option<String>,
}

/// Somebody who reads the journal.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReaderHealth {
    name: String,
    /// How many entries are still to be read.
    behind: i64,
}

/// Agents altogether.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AgentsHealth {
    /// How many are there.
    online: i64,
    /// How many sockets are open.
    sockets: usize,
    /// How many are shut out.
    shut_out: i64,
    /// What is under way to all of them.
    inbox: InboxState,
}

/// The database: one file, and the log of what is not in it yet.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DatabaseHealth {
    /// `ok`, or `failed`: whether it reads and commits, as `/readyz` looks.
    state: &'static str,
    /// How large the file is, in bytes.
    bytes: u64,
    /// How large the log beside it is (`-wal`), in bytes.
    log_bytes: u64,
    /// When `entente backup` last wrote a copy; null: never. Of copies made otherwise the house knows nothing.
    #[schema(format = DateTime)]
    backup: Option<String>,
    /// When `entente audit verify` last went through the journal; null: never.
    #[schema(format = DateTime)]
    verified: Option<String>,
    /// Up to which entry it held then; null: it did not, or nobody looked.
    sound_up_to: Option<i64>,
    /// At which entry it was broken; null: at none, or nobody looked.
    broken_at: Option<i64>,
}

impl DatabaseHealth {
    fn of(state: &'static str, size: Size, known: &Known) -> Self {
        let found = known.verified.map(|(_, found)| found);
        Self {
            state,
            bytes: size.file,
            log_bytes: size.log,
            backup: known.backup_at.map(Timestamp::to_rfc3339),
            verified: known.verified.map(|(at, _)| at.to_rfc3339()),
            sound_up_to: match found {
                Some(Verified::Holds(number)) => Some(number),
                _ => None,
            },
            broken_at: match found {
                Some(Verified::Broken(number)) => Some(number),
                _ => None,
            },
        }
    }
}

/// The organizer's mailbox, as this process reads it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MailboxHealth {
    /// Whether there is a connection.
    connected: bool,
    /// When all folders were last read to their ends; null: not since the start.
    #[schema(format = DateTime)]
    read: Option<String>,
    /// Since when reading fails; null: it does not.
    #[schema(format = DateTime)]
    failing_since: Option<String>,
    /// What last went wrong; null: nothing since it was last read.
    error: Option<String>,
}

impl MailboxHealth {
    fn of(state: PollState) -> Self {
        Self {
            connected: state.is_connected,
            read: state.last_success.map(Timestamp::to_rfc3339),
            failing_since: state.failing_since.map(Timestamp::to_rfc3339),
            error: state.last_error.map(|(_, error)| error),
        }
    }
}

/// Mail.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MailHealth {
    /// When a mail was last handed over; null: never, as far as letters are kept.
    #[schema(format = DateTime)]
    sent: Option<String>,
    /// How many letters wait to be sent.
    waiting: i64,
    /// For how long the oldest waits past its time, in milliseconds.
    oldest_ms: i64,
    /// How many could not be sent so far, and are tried again.
    retrying: i64,
    /// Since when the oldest of these waits; null: none does.
    #[schema(format = DateTime)]
    failing_since: Option<String>,
    /// Why none is sent; null: they are.
    held: Option<String>,
    /// When a message was last taken in, by whichever road; null: never, as far as they are kept.
    #[schema(format = DateTime)]
    received: Option<String>,
    /// The mailbox; null: none is read.
    mailbox: Option<MailboxHealth>,
}

impl MailHealth {
    fn of(known: Known, mailbox: Option<PollState>) -> Self {
        Self {
            sent: known.sent_at.map(Timestamp::to_rfc3339),
            waiting: known.letters.waiting,
            oldest_ms: known.letters.oldest_ms,
            retrying: known.letters.retrying,
            failing_since: known.letters.failing_since.map(Timestamp::to_rfc3339),
            held: known.letters.held,
            received: known.received_at.map(Timestamp::to_rfc3339),
            mailbox: mailbox.map(MailboxHealth::of),
        }
    }
}

/// How the house is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HouseHealth {
    /// `ok`, or `unready`.
    status: &'static str,
    /// Each part that was looked at, as `/readyz` does: `ok` or `failed`.
    checks: BTreeMap<&'static str, &'static str>,
    database: DatabaseHealth,
    mail: MailHealth,
    /// The queue, mail among it.
    queue: Vec<TopicHealth>,
    /// Who reads the journal.
    readers: Vec<ReaderHealth>,
    agents: AgentsHealth,
}

/// How the house is: its parts, its database, its mail, the queue with depth and age, what is stuck, the agents. For administrators.
#[utoipa::path(get, path = "/api/v1/health", tag = "operation", operation_id = "house_health",
    responses((status = 200, description = "How it is, also where something fails.", body = HouseHealth),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn house(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::Admin).await?;
    let (is_ready, checks) = checked(&call).await;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        let agents = analytics::agents_health(cx, &who)?;
        let topics = queue::topics(cx)?;
        Ok((upkeep::known(cx, &topics)?, topics, journal::readers(cx)?, agents))
    });
    let (known, topics, readers, agents) = read.await?;
    let store = checks.get("store").copied().unwrap_or("failed");
    let topic = |one: queue::Topic| TopicHealth {
        waiting: one.waiting(),
        in_hand: one.leased,
        retrying: one.retrying,
        planned: one.planned,
        dead: one.dead,
        oldest_ms: one.oldest_ms,
        held: one.held,
        topic: one.topic,
    };
    let shown = HouseHealth {
        status: if is_ready { "ok" } else { "unready" },
        database: DatabaseHealth::of(store, upkeep::size(call.web.store.path()), &known),
        mail: MailHealth::of(known, upkeep::mailbox(&call.web)),
        checks,
        queue: topics.into_iter().map(topic).collect(),
        readers: readers.into_iter().map(|(name, behind)| ReaderHealth { name, behind }).collect(),
        agents: AgentsHealth {
            online: agents.online,
            sockets: call.web.state.live.sockets.count(),
            shut_out: agents.shut_out,
            inbox: InboxState::of(agents.inbox),
        },
    };
    call::json(200, &shown)
}
