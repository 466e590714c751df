//! The queue: one durable queue for everything that is still to be done, by topic.
//!
//! Work is enqueued in the transaction of the change that asks for it ([`enqueue`]), claimed under a lease
//! ([`claim`]), and ends in the transaction that records its outcome ([`done`], [`retry`], [`bury`]). Ready work is taken
//! in order of (due − priority × 60 s), then id; work with an ordering key is taken one at a time and in
//! order, and a key that waits blocks no other. Tables owned: `queue`, `queue_lines`, `dead_letters`,
//! `held_topics`.
//!
//! The queue knows no topic by name and no work by its meaning.

mod dead;
mod elsewhere;
mod line;
mod sql;
mod stats;
#[cfg(test)]
mod tests;
mod worker;

pub use dead::{
    DeadLetter, Reason, dead_letter, dead_letters, drop_dead, drop_dead_keyed, retry_dead, retry_dead_topic,
    settle, unsettled,
};
pub use elsewhere::{ELSEWHERE, claim_elsewhere, drop_work, leased_elsewhere, set_priority};
pub use stats::{Topic, held, hold, make_due, position, release, topics};
pub use worker::{Handler, Worker, run};

use std::borrow::Cow;

use crate::base::error::{Error, Result};
use crate::base::id::WorkId;
use crate::base::random::Chance;
use crate::base::time::{HOUR, MINUTE, SECOND, Timestamp};
use crate::store::Cx;

/// How much sooner than its due time work is taken: 60 s per step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// When nothing else waits.
    Low,
    /// What most work has.
    #[default]
    Medium,
    /// What a person waits for.
    High,
    /// What a person waits for now.
    Urgent,
}

impl Priority {
    /// 0 to 3, as the store keeps it.
    pub fn level(self) -> i64 {
        self as i64
    }

    /// From the store's number.
    pub fn from_level(level: i64) -> Self {
        match level {
            ..=0 => Self::Low,
            1 => Self::Medium,
            2 => Self::High,
            3.. => Self::Urgent,
        }
    }

    /// The word of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Urgent => "urgent",
        }
    }

    /// From its word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Low, Self::Medium, Self::High, Self::Urgent].into_iter().find(|one| one.as_str() == word)
    }

    /// Where work that is due at `due` stands among what is ready.
    fn rank(self, due: Timestamp) -> Timestamp {
        due.plus(-self.level() * MINUTE)
    }
}

/// Work to be done.
#[derive(Clone, Debug)]
pub struct Work {
    /// Who does it.
    pub topic: Cow<'static, str>,
    /// Enqueuing the same key again, while the first is still there, does nothing.
    pub key: Option<String>,
    /// Work with the same ordering key is done one at a time, in the order it was enqueued.
    pub ordering_key: Option<String>,
    /// How urgent it is.
    pub priority: Priority,
    /// Not to be done before; now, if not given.
    pub not_before: Option<Timestamp>,
    /// Not worth doing after.
    pub expires_at: Option<Timestamp>,
    /// The trace id of what asked for it.
    pub trace: String,
    /// What to do, for the topic's handler.
    pub payload: serde_json::Value,
}

impl Work {
    /// Work of `topic` that is due now.
    pub fn of(topic: impl Into<Cow<'static, str>>, trace: &str, payload: serde_json::Value) -> Self {
        Self {
            topic: topic.into(),
            key: None,
            ordering_key: None,
            priority: Priority::default(),
            not_before: None,
            expires_at: None,
            trace: trace.to_owned(),
            payload,
        }
    }

    /// With a key that makes a second enqueue a no-op.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// With an ordering key.
    #[must_use]
    pub fn ordered(mut self, key: impl Into<String>) -> Self {
        self.ordering_key = Some(key.into());
        self
    }

    /// Not before `at`.
    #[must_use]
    pub fn not_before(mut self, at: Timestamp) -> Self {
        self.not_before = Some(at);
        self
    }

    /// Not after `at`.
    #[must_use]
    pub fn expires(mut self, at: Timestamp) -> Self {
        self.expires_at = Some(at);
        self
    }

    /// As urgent as `priority`.
    #[must_use]
    pub fn priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }
}

/// Work that this instance holds a lease on. The lease is the pair of instance and attempt: once it has
/// ended and the work was claimed again, the old holder's word counts no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leased {
    /// The work.
    pub id: WorkId,
    /// Its topic.
    pub topic: String,
    /// Its ordering key.
    pub ordering_key: Option<String>,
    /// Which attempt this is, from 1.
    pub attempt: i64,
    /// Who holds the lease.
    pub holder: String,
    /// The trace id of what asked for it.
    pub trace: String,
    /// What to do.
    pub payload: serde_json::Value,
    /// Not worth doing after.
    pub expires_at: Option<Timestamp>,
    rank: Timestamp,
}

/// Enqueues `work`; gives its id, or `None` if its key is there already.
pub fn enqueue(cx: &Cx<'_>, work: &Work) -> Result<Option<WorkId>> {
    let id = cx.id();
    let due = work.not_before.unwrap_or(cx.now);
    Ok(sql::insert(&cx.db, id, work, due, work.priority.rank(due), cx.now)?.then_some(id))
}

/// Claims up to `limit` of what is ready in `topic`, for `lease_ms`. Leases whose time is over are freed
/// first, and what has expired is laid with the dead letters. A held topic gives nothing.
///
/// Where the clock was set back, what was due when it was enqueued is due all the same. Deadlines and retries
/// wait for the clock.
pub fn claim(cx: &mut Cx<'_>, topic: &str, limit: u32, lease_ms: i64) -> Result<Vec<Leased>> {
    let holder = cx.instance().to_owned();
    claim_for(cx, topic, limit, lease_ms, &holder)
}

fn claim_for(cx: &mut Cx<'_>, topic: &str, limit: u32, lease_ms: i64, holder: &str) -> Result<Vec<Leased>> {
    if stats::is_held(cx, topic)? {
        return Ok(Vec::new());
    }
    sql::free_ended(&cx.db, topic, cx.now)?;
    sql::make_due_after_set_back(&cx.db, cx.now)?;
    for expired in sql::expired(&cx.db, topic, cx.now)? {
        dead::lay(cx, expired, Reason::Expired, None)?;
    }
    sql::claim(&cx.db, topic, limit, holder, cx.now, cx.now.plus(lease_ms))
}

/// Whether [`claim`] would find anything to do in `topic` now: a read, so that idle workers write nothing.
pub fn is_ready(cx: &Cx<'_>, topic: &str) -> Result<bool> {
    Ok(!stats::is_held(cx, topic)? && sql::is_ready(&cx.db, topic, cx.now)?)
}

/// When the work of `topic` that is next in rank is due, if there is any.
pub fn next_due(cx: &Cx<'_>, topic: &str) -> Result<Option<Timestamp>> {
    sql::next_due(&cx.db, topic)
}

/// When work of `topic` next falls due that is not due yet, whatever waits before it.
pub fn due_after(cx: &Cx<'_>, topic: &str) -> Result<Option<Timestamp>> {
    sql::due_after(&cx.db, topic, cx.now)
}

/// The newest work there is, whose id new ones must rise above.
pub fn newest(cx: &Cx<'_>) -> Result<Option<WorkId>> {
    sql::newest(&cx.db)
}

/// Renews those of `leases` whose time is over, for `lease_ms` more: their holder is at work on them still, and it
/// was the clock that jumped.
fn renew_ended(cx: &Cx<'_>, topic: &str, leases: &[Leased], lease_ms: i64) -> Result<()> {
    if sql::has_ended(&cx.db, topic, cx.now)? {
        for lease in leases {
            sql::extend(&cx.db, lease, cx.now.plus(lease_ms))?;
        }
    }
    Ok(())
}

/// The work is done: its row goes. Refused if the lease is no longer the holder's.
pub fn done(cx: &Cx<'_>, lease: &Leased) -> Result<()> {
    if sql::delete_leased(&cx.db, lease)? { Ok(()) } else { Err(stale()) }
}

/// The holder needs `lease_ms` more, from now.
pub fn extend(cx: &Cx<'_>, lease: &Leased, lease_ms: i64) -> Result<()> {
    if sql::extend(&cx.db, lease, cx.now.plus(lease_ms))? { Ok(()) } else { Err(stale()) }
}

/// How failed work is tried again.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// The longest first wait, in milliseconds.
    pub first_ms: i64,
    /// The longest wait of all, in milliseconds.
    pub longest_ms: i64,
    /// How many attempts there are; then the work is dead.
    pub attempts_max: i64,
}

impl Backoff {
    /// The first retry within 30 s, then up to an hour apart, for about a day and a half.
    pub const PATIENT: Self = Self { first_ms: 30 * SECOND, longest_ms: HOUR, attempts_max: 60 };
    /// For work of our own that fails on a fault of ours.
    pub const SHORT: Self = Self { first_ms: 5 * SECOND, longest_ms: 10 * MINUTE, attempts_max: 10 };

    /// Exponential with full jitter: anything from 0 to the ceiling, which doubles with each attempt.
    pub fn wait_ms(self, attempt: i64, chance: &Chance) -> i64 {
        let doubled = u32::try_from(attempt.clamp(1, 30) - 1).unwrap_or(0);
        let ceiling = self.first_ms.saturating_mul(1 << doubled).min(self.longest_ms).max(1);
        i64::try_from(chance.up_to(ceiling.unsigned_abs())).unwrap_or(ceiling)
    }
}

/// What became of work that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    /// It is tried again at this time.
    Again(Timestamp),
    /// It lies with the dead letters.
    Dead,
}

/// The work failed in a way that may pass: it waits and is tried again, or is dead after its last
/// attempt or when it would be tried after its expiry.
pub fn retry(cx: &mut Cx<'_>, lease: &Leased, error: &str, backoff: Backoff) -> Result<Failed> {
    let again = cx.now.plus(backoff.wait_ms(lease.attempt, cx.chance()));
    retry_at(cx, lease, error, again, backoff.attempts_max)
}

/// As [`retry`], at a given time: what a busy peer asked for.
pub fn retry_at(
    cx: &mut Cx<'_>,
    lease: &Leased,
    error: &str,
    at: Timestamp,
    attempts_max: i64,
) -> Result<Failed> {
    if lease.attempt >= attempts_max {
        bury(cx, lease, Reason::Attempts, error)?;
        return Ok(Failed::Dead);
    }
    if lease.expires_at.is_some_and(|expires| expires <= at) {
        bury(cx, lease, Reason::Expired, error)?;
        return Ok(Failed::Dead);
    }
    if sql::put_back(&cx.db, lease, at, error)? { Ok(Failed::Again(at)) } else { Err(stale()) }
}

/// The work cannot be done: it lies with the dead letters until somebody looks.
pub fn bury(cx: &Cx<'_>, lease: &Leased, reason: Reason, error: &str) -> Result<()> {
    let row = sql::leased_row(&cx.db, lease)?.ok_or_else(stale)?;
    dead::lay(cx, row, reason, Some(error))
}

/// Takes back work that nobody is doing at the moment; says whether it was there.
pub fn withdraw(cx: &Cx<'_>, topic: &str, key: &str) -> Result<bool> {
    sql::delete_waiting(&cx.db, topic, key)
}

/// Frees what instances that are gone had leased: call it once at start, while holding the lock on the
/// data directory. Gives how much there was.
pub fn free_leases_of_others(cx: &Cx<'_>) -> Result<usize> {
    sql::free_others(&cx.db, cx.instance())
}

fn stale() -> Error {
    Error::refused("queue.stale", "The lease on this work has ended, and somebody else holds it.")
}
