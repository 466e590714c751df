//! Followers: each reads sealed entries from a cursor of its own, and commits its effect and its cursor
//! together. None is called by the code that makes the change.

use super::{Entry, sql};
use crate::base::error::Result;
use crate::store::{Cx, Store};

/// How many entries a follower takes in one transaction.
const BATCH: u32 = 200;
/// How often an entry may fail before it is set aside.
const FAILURES_MAX: i64 = 5;

/// Somebody who learns from the journal what happened.
#[derive(Clone, Copy)]
pub struct Follower {
    /// Its name; its cursor is kept under it.
    pub name: &'static str,
    /// What it does with an entry, in the transaction that moves its cursor.
    pub apply: fn(&mut Cx<'_>, &Entry) -> Result<()>,
}

/// Somebody who learns from the journal what happened, many entries at a time: who adds up what they say.
#[derive(Clone, Copy)]
pub struct Gatherer {
    /// Its name; its cursor is kept under it.
    pub name: &'static str,
    /// What it does with some entries, in the transaction that moves its cursor.
    pub apply: fn(&mut Cx<'_>, &[Entry]) -> Result<()>,
}

/// How a follower takes entries.
#[derive(Clone, Copy)]
enum Taken {
    Each(fn(&mut Cx<'_>, &Entry) -> Result<()>),
    Many(fn(&mut Cx<'_>, &[Entry]) -> Result<()>),
}

/// Lets `follower` read what is new; gives how many entries it took. Call again until it gives 0.
///
/// If an entry fails, those before it are kept, and it is tried again at the next call; after five
/// failures it is set aside with its error and the follower goes on.
pub async fn follow(store: &Store, follower: Follower) -> Result<usize> {
    read(store, follower.name, Taken::Each(follower.apply)).await
}

/// The same for one that takes many at a time.
pub async fn gather(store: &Store, gatherer: Gatherer) -> Result<usize> {
    read(store, gatherer.name, Taken::Many(gatherer.apply)).await
}

async fn read(store: &Store, name: &'static str, how: Taken) -> Result<usize> {
    let taken = store.write(move |cx| take(cx, name, how, BATCH)).await;
    let Err(error) = taken else { return taken };
    // One entry of the batch fails: find it by going one at a time.
    tracing::warn!(follower = name, %error, "a follower failed on a batch; going entry by entry");
    let mut done = 0;
    for _ in 0..BATCH {
        match store.write(move |cx| take(cx, name, how, 1)).await {
            Ok(0) => break,
            Ok(taken) => done += taken,
            Err(error) => {
                let words = error.to_string();
                // An entry set aside is one taken: the caller is to call again for what lies behind it.
                done += usize::from(store.write(move |cx| stumble(cx, name, &words)).await?);
                break;
            }
        }
    }
    Ok(done)
}

fn take(cx: &mut Cx<'_>, name: &str, how: Taken, limit: u32) -> Result<usize> {
    let (cursor, _) = sql::cursor(&cx.db, name)?;
    let entries = sql::after(&cx.db, cursor, limit)?;
    match how {
        Taken::Each(apply) => entries.iter().try_for_each(|entry| apply(cx, entry))?,
        Taken::Many(apply) => apply(cx, &entries)?,
    }
    if let Some(last) = entries.last() {
        sql::move_cursor(&cx.db, name, last.number, 0, cx.now)?;
    }
    Ok(entries.len())
}

/// Counts a failure of the next entry, or sets it aside; says whether it did.
fn stumble(cx: &mut Cx<'_>, name: &str, error: &str) -> Result<bool> {
    let (cursor, failures) = sql::cursor(&cx.db, name)?;
    let Some(entry) = sql::after(&cx.db, cursor, 1)?.pop() else { return Ok(false) };
    if failures + 1 < FAILURES_MAX {
        sql::move_cursor(&cx.db, name, cursor, failures + 1, cx.now)?;
        return Ok(false);
    }
    tracing::error!(follower = name, number = entry.number, error, "an entry is set aside");
    sql::set_aside(&cx.db, name, entry.number, error, cx.now)?;
    sql::move_cursor(&cx.db, name, entry.number, 0, cx.now)?;
    Ok(true)
}

/// How many entries `name` has still to read.
pub fn lag(cx: &Cx<'_>, name: &str) -> Result<i64> {
    let (head, _) = sql::head(&cx.db)?;
    let (cursor, _) = sql::cursor(&cx.db, name)?;
    Ok(head - cursor)
}

/// Everybody who reads the journal, each with how many entries they have still to read.
pub fn readers(cx: &Cx<'_>) -> Result<Vec<(String, i64)>> {
    let (head, _) = sql::head(&cx.db)?;
    Ok(sql::cursors(&cx.db)?.into_iter().map(|(name, cursor)| (name, head - cursor)).collect())
}

/// Lets a follower read everything again that the journal still has, from its first entry on.
pub fn restart(cx: &Cx<'_>, name: &str) -> Result<()> {
    sql::move_cursor(&cx.db, name, 0, 0, cx.now)
}

/// Whether entries were taken out of the journal: who computes something from it would miss them.
pub fn is_pruned(cx: &Cx<'_>) -> Result<bool> {
    Ok(sql::pruned_at(&cx.db)?.is_some())
}
