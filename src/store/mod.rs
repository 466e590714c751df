//! The store: state, in one SQLite file, and the only place that names the database's driver.
//!
//! [`Store::read`] and [`Store::write`] run a closure on a unit of work ([`Cx`]). Writes go to one writer
//! thread, which commits all that wait together with one sync; reads have connections of their own and
//! are never blocked. Closures own their request and borrow it at each run, because a write may be run
//! again, and none has an effect outside its `Cx`.
//!
//! The store knows no table but its migrations' own: rooms bring their SQL.

mod cx;
mod fault;
mod known;
mod migrations;
mod open;
#[cfg(debug_assertions)]
pub mod statements;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod town;
mod value;
mod writer;

use std::any::Any;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};

use tokio::sync::{Semaphore, oneshot, watch};

pub use cx::{Cx, Db, Ground};
pub use known::{Fact, Known};
pub use migrations::{Upgrade, schema_version};
pub use open::{DirectoryLock, Durability, Options};
pub use value::{FromValue, Given, Row, ToValue, Value};
pub use writer::Sealer;

use crate::base::error::{Error, Result};

/// What the store's libraries log of their own, as a directive of the log's filter: nothing but trouble.
pub const LOG: &str = "refinery_core=warn";

/// A handle on the store; clones share it.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    path: PathBuf,
    ground: Ground,
    readers: r2d2::Pool<open::Readers>,
    /// As many turns as there are connections to read with: who waits for one waits here, on no thread.
    reading: Arc<Semaphore>,
    writer: mpsc::SyncSender<writer::Task>,
    changes: watch::Receiver<u64>,
}

/// What a closure gave, of whatever type its caller named.
type Answer = Box<dyn Any + Send>;

/// A unit of work whose types are left behind: what carries it to a thread and back is compiled once,
/// and not for each of the calls in the program.
type Closure = Box<dyn Fn(&mut Cx<'_>) -> Result<Answer> + Send>;

fn untyped<T, F>(closure: F) -> Closure
where
    T: Send + 'static,
    F: Fn(&mut Cx<'_>) -> Result<T> + Send + 'static,
{
    Box::new(move |cx| closure(cx).map(|done| Box::new(done) as Answer))
}

fn typed<T: 'static>(answer: Answer) -> Result<T> {
    answer.downcast().map(|done| *done).map_err(|_| Error::internal("an answer to another question"))
}

impl Store {
    /// What every unit of work is given.
    pub fn ground(&self) -> &Ground {
        &self.0.ground
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Rises whenever something was committed, by this process at once and by another one on the same
    /// file within 250 ms.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.clone()
    }

    /// Runs `closure` on a snapshot, off the async threads.
    pub async fn read<T, F>(&self, closure: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Cx<'_>) -> Result<T> + Send + 'static,
    {
        self.read_off(untyped(closure)).await.and_then(typed)
    }

    async fn read_off(&self, closure: Closure) -> Result<Answer> {
        let turn = Arc::clone(&self.0.reading).acquire_owned().await.map_err(Error::internal)?;
        let store = self.clone();
        let read = move || {
            let answer = store.read_blocking(closure);
            drop(turn);
            answer
        };
        tokio::task::spawn_blocking(read).await.map_err(Error::internal)?
    }

    /// As [`Store::read`], on this thread.
    pub fn read_blocking<T>(&self, closure: impl Fn(&mut Cx<'_>) -> Result<T>) -> Result<T> {
        let connection = self.0.readers.get().map_err(Error::internal)?;
        let snapshot = Snapshot::of(&connection)?;
        let mut cx = Cx::new(snapshot.0, &self.0.ground, self.0.ground.clock.now());
        closure(&mut cx)
    }

    /// Runs `closure` in a write transaction; answers after it is committed and on the disk.
    pub async fn write<T, F>(&self, closure: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Cx<'_>) -> Result<T> + Send + 'static,
    {
        self.enqueue(untyped(closure))?.await.map_err(Error::internal)?.and_then(typed)
    }

    /// As [`Store::write`], waiting on this thread; never call it on an async thread.
    pub fn write_blocking<T, F>(&self, closure: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Cx<'_>) -> Result<T> + Send + 'static,
    {
        self.enqueue(untyped(closure))?.blocking_recv().map_err(Error::internal)?.and_then(typed)
    }

    /// Whether the writer works and the file may still grow by `bytes`; whether the disk has them is not asked.
    pub async fn takes(&self, bytes: u64) -> Result<()> {
        self.write(move |cx| match cx.db.room()? {
            room if room < bytes => Err(Error::StorageFull("the file has come to its limit".into())),
            _ => Ok(()),
        })
        .await
    }

    fn enqueue(&self, closure: Closure) -> Result<oneshot::Receiver<Result<Answer>>> {
        let (waiting, answer) = oneshot::channel();
        let task = writer::Task { closure, given: None, waiting };
        match self.0.writer.try_send(task) {
            Ok(()) => Ok(answer),
            // More waits than could be written in seconds: saying so now is kinder than a time-out.
            Err(mpsc::TrySendError::Full(_)) => Err(Error::Throttled { retry_after_s: 1 }),
            Err(mpsc::TrySendError::Disconnected(_)) => Err(Error::internal("the writer has ended")),
        }
    }
}

/// A read transaction. Ends when it is dropped, after a panic too.
struct Snapshot<'c>(&'c rusqlite::Connection);

impl<'c> Snapshot<'c> {
    fn of(connection: &'c rusqlite::Connection) -> Result<Self> {
        writer::run_sql(connection, "BEGIN")?;
        Ok(Self(connection))
    }
}

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        // A connection that cannot even end its transaction is not used again: the pool looks.
        let _ = writer::run_sql(self.0, "COMMIT");
    }
}
