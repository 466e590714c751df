//! The journal: one append-only, hash-chained log of who did what to what, when and by which road.
//!
//! A change and its entry are written in the same transaction ([`append`]); the sealer gives entries
//! their number and hash just before the batch commits. An entry has a fixed part and data; the chain
//! covers the fixed part and a salted hash of the data, and the salt goes with the data ([`forget`]), so that a
//! person can be forgotten and the chain still verifies. Tables owned: `journal`, `checkpoints`, `followers`,
//! `set_aside`.
//!
//! The journal does not know what any kind of entry means. *Followers* ([`follow`]) do.

mod archive;
mod chain;
mod follow;
mod sql;
#[cfg(test)]
mod tests;

pub use archive::{Archive, prune, verify_archive};
pub use chain::{Broken, Checkpoint, Verified, checkpoint, public_key, verify};
pub use follow::{Follower, Gatherer, follow, gather, is_pruned, lag, readers, restart};

use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, EntryId, Id};
use crate::base::time::Timestamp;
use crate::store::{Cx, Value};

/// What a room says happened, before it has a number.
#[derive(Debug)]
pub struct Happening<'a> {
    /// What happened: `meeting.booked`. Stable; followers and a meeting's story go by it.
    pub kind: &'static str,
    /// What it happened to, as an id with its prefix.
    pub subject: Option<String>,
    /// A second party, as an id with its prefix.
    pub object: Option<String>,
    /// A number that analytics need.
    pub amount: Option<i64>,
    /// What may be personal, and can be forgotten.
    pub data: Option<&'a serde_json::Value>,
}

impl Happening<'_> {
    /// Something happened to `subject`.
    pub fn to(kind: &'static str, subject: &impl ToString) -> Self {
        Self { kind, subject: Some(subject.to_string()), object: None, amount: None, data: None }
    }

    /// Something happened.
    pub fn of(kind: &'static str) -> Self {
        Self { kind, subject: None, object: None, amount: None, data: None }
    }
}

impl<'a> Happening<'a> {
    /// Names the second party.
    #[must_use]
    pub fn with(mut self, object: &impl ToString) -> Self {
        self.object = Some(object.to_string());
        self
    }

    /// Adds the number.
    #[must_use]
    pub fn amount(mut self, amount: i64) -> Self {
        self.amount = Some(amount);
        self
    }

    /// Adds the data.
    #[must_use]
    pub fn data<'b>(self, data: &'b serde_json::Value) -> Happening<'b>
    where
        'a: 'b,
    {
        Happening { data: Some(data), ..self }
    }
}

/// An entry of the journal.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Entry {
    /// Its place: 1, 2, 3, … without gaps.
    pub number: i64,
    /// Its id.
    pub id: EntryId,
    /// When, in UTC milliseconds.
    pub at: i64,
    /// What happened.
    pub kind: String,
    /// Who did it.
    pub actor: String,
    /// By which road.
    pub road: String,
    /// The trace id of the request.
    pub trace: String,
    /// What it happened to.
    pub subject: Option<String>,
    /// A second party.
    pub object: Option<String>,
    /// A number.
    pub amount: Option<i64>,
    /// The data, as long as it is not forgotten.
    pub data: Option<serde_json::Value>,
}

impl Entry {
    /// When.
    pub fn at(&self) -> Timestamp {
        Timestamp::from_ms(self.at)
    }

    /// A text of the data.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.data.as_ref()?.get(field)?.as_str()
    }

    /// A number of the data.
    pub fn number_of(&self, field: &str) -> Option<i64> {
        self.data.as_ref()?.get(field)?.as_i64()
    }
}

/// Appends an entry to the unit of work; it is numbered and chained just before the commit.
pub fn append(cx: &mut Cx<'_>, who: &Actor, what: &Happening<'_>) -> Result<EntryId> {
    let id: EntryId = cx.id();
    let data = what.data.map(serde_json::to_string).transpose().map_err(Error::internal)?;
    let salt: Option<[u8; 16]> = data.as_ref().map(|_| cx.chance().bytes());
    let row = sql::Unsealed {
        id,
        at: cx.now,
        kind: what.kind.to_owned(),
        actor: who.who.to_string(),
        road: who.road.as_str().to_owned(),
        trace: who.trace.clone(),
        subject: what.subject.clone(),
        object: what.object.clone(),
        amount: what.amount,
        data_hash: chain::data_hash(data.as_deref(), salt.as_ref()),
        data,
        salt: salt.map(Vec::from),
    };
    cx.hand_over(row.into_values());
    Ok(id)
}

/// Numbers and chains what a batch appended. Runs inside the batch's transaction and reads the head there:
/// a remembered head would be wrong after a rollback, or beside another process.
pub fn seal(cx: &mut Cx<'_>, rows: Vec<Vec<Value>>) -> Result<()> {
    let (mut number, mut hash) = sql::head(&cx.db)?;
    for values in rows {
        number += 1;
        hash = sql::insert(&cx.db, number, &hash, &values)?;
    }
    Ok(())
}

/// The entries about `subject`, oldest first, at most `limit`.
pub fn story(cx: &Cx<'_>, subject: &impl ToString, limit: u32) -> Result<Vec<Entry>> {
    sql::by_subject(&cx.db, &subject.to_string(), limit)
}

/// The entries about `subject` after `number`, oldest first, at most `limit`.
pub fn story_after(cx: &Cx<'_>, subject: &impl ToString, number: i64, limit: u32) -> Result<Vec<Entry>> {
    sql::by_subject_after(&cx.db, &subject.to_string(), number, limit)
}

/// The kinds and subjects of the entries after `number`, oldest first, at most `limit`, each with its number.
pub fn marks_after(cx: &Cx<'_>, number: i64, limit: u32) -> Result<Vec<(i64, String, Option<String>)>> {
    sql::marks_after(&cx.db, number, limit)
}

/// The entries after `number`, oldest first, at most `limit`.
pub fn after(cx: &Cx<'_>, number: i64, limit: u32) -> Result<Vec<Entry>> {
    sql::after(&cx.db, number, limit)
}

/// The entries of `kind` after `number`, oldest first, at most `limit`.
pub fn of_kind_after(cx: &Cx<'_>, kind: &str, number: i64, limit: u32) -> Result<Vec<Entry>> {
    sql::of_kind_after(&cx.db, kind, number, limit)
}

/// The newest entries of `kind`, newest first, at most `limit`.
pub fn newest(cx: &Cx<'_>, kind: &str, limit: u32) -> Result<Vec<Entry>> {
    sql::newest(&cx.db, kind, limit)
}

/// The entries about an agent and, of a program, those of what it did, before `number`, newest first, at most `limit`.
pub fn of_agent(cx: &Cx<'_>, agent: AgentId, number: i64, limit: u32) -> Result<Vec<Entry>> {
    let agent = agent.to_string();
    let mut found = sql::about_before(&cx.db, &agent, number, limit)?;
    found.extend(sql::of_agent_before(&cx.db, &agent, number, limit)?);
    found.sort_by_key(|entry| -entry.number);
    found.dedup_by_key(|entry| entry.number);
    found.truncate(limit as usize);
    Ok(found)
}

/// How many entries of `kind` were written since `since`.
pub fn count_since(cx: &Cx<'_>, kind: &str, since: Timestamp) -> Result<i64> {
    sql::count_since(&cx.db, kind, since)
}

/// How many entries of each kind there are up to entry `number`. Walks an index: for once at a start.
pub fn count_by_kind(cx: &Cx<'_>, number: i64) -> Result<Vec<(String, i64)>> {
    sql::count_by_kind(&cx.db, number)
}

/// The kinds and amounts of the entries after `number`, oldest first, at most `limit`, each with its number.
pub fn kinds_after(cx: &Cx<'_>, number: i64, limit: u32) -> Result<Vec<(i64, String, Option<i64>)>> {
    sql::kinds_after(&cx.db, number, limit)
}

/// The number of the newest entry; 0 if there is none.
pub fn head(cx: &Cx<'_>) -> Result<i64> {
    sql::head(&cx.db).map(|(number, _)| number)
}

/// Erases the data and the salts of all entries about `subject`; the chain still verifies.
/// Gives how many entries held any.
pub fn forget(cx: &Cx<'_>, subject: &impl ToString) -> Result<usize> {
    sql::forget_subject(&cx.db, &subject.to_string())
}

/// Erases the data and the salts of the entries about `subject` whose second party is `object`.
pub fn forget_object<I: Id>(cx: &Cx<'_>, subject: &impl ToString, object: I) -> Result<usize> {
    sql::forget_object(&cx.db, &subject.to_string(), &object.to_string())
}
