//! The one writer: takes the closures that wait, runs one after the other, commits them together.
//!
//! A closure that fails leaves its neighbours' work. Most that fail have changed nothing by then, so a batch runs without
//! savepoints at first, each of which copies every page that is changed in it; where one fails that had changed something,
//! the batch is taken back and run again with a savepoint for each. An error that ended the whole transaction (a full
//! disk, an interrupt) makes the writer run the batch again, one closure at a time, so that only those
//! fail that must. A panic is an error of its closure alone.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use super::cx::{Cx, Ground};
use super::fault::fault;
use super::known::Memory;
use super::value::Value;
use super::{Answer, Closure};
use crate::base::error::{Error, Result};

/// The most closures in one transaction.
const BATCH_MAX: usize = 256;

/// Runs once before a batch commits, with the rows handed over by its closures.
pub type Sealer = fn(&mut Cx<'_>, Vec<Vec<Value>>) -> Result<()>;

/// A closure on its way to the writer, with the one who waits for its answer.
pub(super) struct Task {
    pub(super) closure: Closure,
    pub(super) given: Option<Result<Answer>>,
    pub(super) waiting: oneshot::Sender<Result<Answer>>,
}

impl Task {
    /// Runs it and keeps what it gave; says whether its changes are to stay.
    fn run(&mut self, cx: &mut Cx<'_>) -> bool {
        let given = catch_unwind(AssertUnwindSafe(|| (self.closure)(cx))).unwrap_or_else(|panic| {
            Err(Error::internal(format!("a write panicked: {}", words_of(panic.as_ref()))))
        });
        self.given.insert(given).is_ok()
    }

    /// Replaces what it gave: its transaction did not come about.
    fn fail(&mut self, error: Error) {
        // An error of its own says more than that the transaction could not be kept.
        if !matches!(self.given, Some(Err(_))) {
            self.given = Some(Err(error));
        }
    }

    /// Gives the answer away.
    fn answer(self) {
        let given = self.given.unwrap_or_else(|| Err(Error::internal("a write was not run")));
        // Whoever asked may have gone away; what they asked for is done all the same.
        let _ = self.waiting.send(given);
    }
}

fn words_of(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("?")
}

/// What the writer works with.
pub(super) struct Desk<'w> {
    pub(super) connection: &'w Connection,
    pub(super) memory: &'w Memory,
    pub(super) ground: &'w Ground,
    pub(super) sealer: Sealer,
}

impl<'w> Desk<'w> {
    fn cx(&self) -> Cx<'w> {
        Cx::new(self.connection, self.ground, self.ground.clock.now()).with(self.memory)
    }
}

/// The writer's loop; ends when every sender is gone.
pub(super) fn run(desk: &Desk<'_>, waiting: &mpsc::Receiver<Task>, committed: &watch::Sender<u64>) {
    while let Ok(first) = waiting.recv() {
        let mut batch = vec![first];
        while batch.len() < BATCH_MAX {
            match waiting.try_recv() {
                Ok(next) => batch.push(next),
                Err(_) => break,
            }
        }
        let before = desk.connection.total_changes();
        if let Err(error) = commit(desk, &mut batch) {
            if batch.len() == 1 {
                batch[0].fail(error);
            } else {
                tracing::warn!(%error, closures = batch.len(), "a batch did not commit; running its writes one by one");
                for work in &mut batch {
                    if let Err(error) = commit(desk, std::slice::from_mut(work)) {
                        work.fail(error);
                    }
                }
            }
        }
        // Workers wake by this: what changed nothing must not wake them, or they would wake each other.
        if desk.connection.total_changes() != before {
            committed.send_modify(|count| *count += 1);
        }
        for work in batch {
            work.answer();
        }
    }
}

/// How the closures of a batch are run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Run {
    /// One after the other: none of them fails that has changed something.
    Together,
    /// Each in a savepoint.
    Apart,
}

/// What became of a batch.
enum Ran {
    /// It may be committed.
    Whole,
    /// A closure failed that had changed something.
    Mixed,
}

/// Runs a batch in one transaction. On an error nothing of it is in the store.
fn commit(desk: &Desk<'_>, batch: &mut [Task]) -> Result<()> {
    match transact(desk, batch, Run::Together)? {
        Ran::Whole => Ok(()),
        // What failed is taken back, and there is nothing else.
        Ran::Mixed if batch.len() == 1 => Ok(()),
        Ran::Mixed => transact(desk, batch, Run::Apart).map(drop),
    }
}

/// One transaction: committed if the batch ran whole, else taken back.
fn transact(desk: &Desk<'_>, batch: &mut [Task], how: Run) -> Result<Ran> {
    let connection = desk.connection;
    run_sql(connection, "BEGIN IMMEDIATE")?;
    let known = desk.memory.begin(connection);
    let done = known.and_then(|()| run_all(desk, batch, how)).and_then(|ran| match ran {
        Ran::Whole => run_sql(connection, "COMMIT").map(|()| Ran::Whole),
        Ran::Mixed => Ok(Ran::Mixed),
    });
    if !matches!(done, Ok(Ran::Whole)) {
        desk.memory.forget();
    }
    if !connection.is_autocommit() {
        run_sql(connection, "ROLLBACK")?;
    }
    done
}

fn run_all(desk: &Desk<'_>, batch: &mut [Task], how: Run) -> Result<Ran> {
    let connection = desk.connection;
    let mut handed_over = Vec::new();
    for work in batch.iter_mut() {
        if how == Run::Apart {
            run_sql(connection, "SAVEPOINT work")?;
        }
        let before = connection.total_changes();
        let mut cx = desk.cx();
        let stays = work.run(&mut cx);
        if connection.is_autocommit() {
            return Err(cx.db.ended());
        }
        match how {
            _ if stays => handed_over.append(&mut cx.take_handed_over()),
            Run::Apart => {
                desk.memory.forget();
                run_sql(connection, "ROLLBACK TO work")?;
            }
            Run::Together if connection.total_changes() != before => return Ok(Ran::Mixed),
            Run::Together => {}
        }
        if how == Run::Apart {
            run_sql(connection, "RELEASE work")?;
        }
    }
    if !handed_over.is_empty() {
        (desk.sealer)(&mut desk.cx(), handed_over)?;
    }
    Ok(Ran::Whole)
}

/// Runs a statement without values that is prepared once.
pub(super) fn run_sql(connection: &Connection, sql: &str) -> Result<()> {
    let mut statement = connection.prepare_cached(sql).map_err(fault)?;
    statement.raw_execute().map(drop).map_err(fault)
}
