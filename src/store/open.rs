//! Opening the file: pragmas, the lock on the data directory, the watch for other processes, backup.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::{Semaphore, watch};

use super::cx::Ground;
use super::fault::fault;
use super::known::Memory;
use super::migrations::{self, Upgrade};
use super::writer::{self, Desk, Sealer};
use super::{Inner, Store};
use crate::base::error::{Error, Result};

/// How many writes may wait before new ones are turned away.
const WAITING_MAX: usize = 8_192;
/// How long a statement waits for another process's transaction, in milliseconds.
const BUSY_MS: u64 = 10_000;
/// How much of the file the writer remembers, in KiB: with less, a batch writes pages out and reads them back.
const WRITER_CACHE_KIB: i64 = 32 * 1024;
/// After how many pages of the log the writer copies them into the file: the more, the fewer times a page is copied
/// that many batches change. The log stays below 40 MiB.
const CHECKPOINT_PAGES: i64 = 8_000;
/// How often the file is looked at for commits of other processes.
const WATCH: Duration = Duration::from_millis(250);

/// What a commit survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// A power cut: one sync per batch.
    Full,
    /// The end of the process and nothing more: for tests.
    Process,
}

/// How to open a store.
#[derive(Clone, Debug)]
pub struct Options {
    /// The database file; its directory exists.
    pub path: PathBuf,
    /// What a commit survives.
    pub durability: Durability,
    /// How many reads may run at once.
    pub readers: u32,
    /// The most pages the file may have: a disk that fills up, for tests.
    pub pages_max: Option<u32>,
}

impl Options {
    /// A durable store at `path`.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), durability: Durability::Full, readers: 8, pages_max: None }
    }
}

impl Store {
    /// Opens the file, bringing its schema up to date (a copy is kept beside it first). A file that a
    /// newer version of the program has upgraded is refused.
    pub fn open(options: &Options, ground: Ground, sealer: Sealer) -> Result<(Self, Upgrade)> {
        let mut connection = connect(options)?;
        connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB).map_err(Error::internal)?;
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES).map_err(Error::internal)?;
        let upgrade = migrations::upgrade(&mut connection, &options.path, &ground)?;
        if let Some(pages) = options.pages_max {
            connection.pragma_update(None, "max_page_count", pages).map_err(Error::internal)?;
        }
        let readers = r2d2::Pool::builder()
            .max_size(options.readers)
            .min_idle(Some(1))
            .test_on_check_out(false)
            .build(Readers(options.clone()))
            .map_err(Error::internal)?;
        let (writer, waiting) = mpsc::sync_channel(WAITING_MAX);
        let (committed, changes) = watch::channel(0);
        let committed = Arc::new(committed);
        watch_file(connect(options)?, Arc::downgrade(&committed))?;
        let writers_ground = ground.clone();
        let memory = Memory::of(&connection)?;
        let write = move || {
            let desk = Desk { connection: &connection, memory: &memory, ground: &writers_ground, sealer };
            writer::run(&desk, &waiting, &committed);
        };
        std::thread::Builder::new().name("store-writer".into()).spawn(write).map_err(Error::internal)?;
        let reading = Arc::new(Semaphore::new(options.readers as usize));
        let inner = Inner { path: options.path.clone(), ground, readers, reading, writer, changes };
        Ok((Self(Arc::new(inner)), upgrade))
    }

    /// Writes one consistent copy of the store to `target`, which must not exist, while reads and
    /// writes go on. Blocks until it is on the disk.
    pub fn backup(&self, target: &Path) -> Result<()> {
        copy(&self.0.path, target)
    }
}

/// Copies the database at `path` into one file, consistent, whoever else has it open.
pub(super) fn copy(path: &Path, target: &Path) -> Result<()> {
    if target.exists() {
        return Err(Error::refused("backup.exists", format!("{} exists already.", target.display())));
    }
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(Error::internal)?;
    connection.busy_timeout(Duration::from_millis(BUSY_MS)).map_err(Error::internal)?;
    let name = target.to_str().ok_or_else(|| Error::invalid("target", "The file's name is not UTF-8."))?;
    connection.execute("VACUUM INTO ?1", [name]).map_err(fault)?;
    File::open(target).and_then(|file| file.sync_all()).map_err(Error::disk)
}

fn connect(options: &Options) -> Result<Connection> {
    let connection = Connection::open(&options.path).map_err(fault)?;
    prepare(&connection, options).map_err(fault)?;
    Ok(connection)
}

fn prepare(connection: &Connection, options: &Options) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_millis(BUSY_MS))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let synchronous = match options.durability {
        Durability::Full => "FULL",
        Durability::Process => "OFF",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // Without it, a statement that a partial index serves is prepared anew for every value it is given.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(())
}

/// Tells workers of commits that other processes made on the same file, until the store is dropped.
fn watch_file(connection: Connection, committed: std::sync::Weak<watch::Sender<u64>>) -> Result<()> {
    let version = |connection: &Connection| -> rusqlite::Result<i64> {
        connection.pragma_query_value(None, "data_version", |row| row.get(0))
    };
    let look = move || {
        let mut last = version(&connection).unwrap_or(0);
        while let Some(committed) = committed.upgrade() {
            let seen = version(&connection).unwrap_or(last);
            if seen != last {
                last = seen;
                committed.send_modify(|count| *count += 1);
            }
            drop(committed);
            std::thread::sleep(WATCH);
        }
    };
    std::thread::Builder::new().name("store-watch".into()).spawn(look).map(drop).map_err(Error::internal)
}

/// Makes read-only connections for the pool.
#[derive(Debug)]
pub(super) struct Readers(Options);

impl r2d2::ManageConnection for Readers {
    type Connection = Connection;
    type Error = rusqlite::Error;

    fn connect(&self) -> rusqlite::Result<Connection> {
        let connection = Connection::open(&self.0.path)?;
        prepare(&connection, &self.0)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    }

    fn is_valid(&self, connection: &mut Connection) -> rusqlite::Result<()> {
        connection.execute_batch("SELECT 1")
    }

    fn has_broken(&self, connection: &mut Connection) -> bool {
        !connection.is_autocommit()
    }
}

/// The exclusive lock that `serve` holds on its data directory for as long as this value lives.
#[derive(Debug)]
pub struct DirectoryLock(#[expect(dead_code, reason = "held, not read: the lock ends with the file")] File);

impl DirectoryLock {
    /// Takes the lock; a second server on the same directory is refused.
    pub fn take(directory: &Path) -> Result<Self> {
        let file = File::create(directory.join("serve.lock")).map_err(Error::internal)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(std::fs::TryLockError::WouldBlock) => Err(Error::refused(
                "store.locked",
                format!(
                    "Another server runs on {}. Stop it first, or give this one a directory of its own.",
                    directory.display()
                ),
            )),
            Err(std::fs::TryLockError::Error(error)) => Err(Error::internal(error)),
        }
    }
}
