//! What the writer has read and what has not changed since: facts that seldom change are read once and not for every write.
//!
//! A fact says from which tables it is read. The engine tells of each row that changes ([`Connection::update_hook`]), and a
//! fact of a table that changed is read again; what was read in a transaction that was taken back, or before another process
//! wrote to the file, is forgotten with everything else. In debug builds each fact that is remembered is read all the same and
//! compared, so that every test holds what is remembered against what is.
//!
//! Reads outside of the writer know nothing: their connections are told of no changes.

use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use super::fault::fault;
use super::value::Value;
use crate::base::error::Result;

/// How many facts are remembered; then all are forgotten. Each takes some hundreds of bytes.
const FACTS_MAX: usize = 4_096;

/// A kind of fact that is read again only when one of its tables has changed. What it is read from besides, but its own
/// values, may not change while the process lives.
#[derive(Clone, Copy, Debug)]
pub struct Fact {
    /// Its name: one of its own.
    pub name: &'static str,
    /// The tables that it is read from, all of them.
    pub tables: &'static [&'static str],
}

/// What can be remembered. Equality is what the tests hold it by.
pub trait Known: Clone + PartialEq + Debug + Send + 'static {}

impl<T: Clone + PartialEq + Debug + Send + 'static> Known for T {}

/// How often anything has changed, and the count at which each table did last.
#[derive(Debug, Default)]
struct Changes {
    count: u64,
    tables: HashMap<String, u64>,
}

struct Remembered {
    /// How many changes there had been when it was read.
    read_at: u64,
    fact: Box<dyn Any + Send>,
}

/// What one connection remembers.
pub(super) struct Memory {
    changes: Arc<Mutex<Changes>>,
    facts: RefCell<Facts>,
}

#[derive(Default)]
struct Facts {
    by_name: HashMap<&'static str, HashMap<Vec<Value>, Remembered>>,
    many: usize,
    /// The file's version by the engine's own count of what others wrote.
    version: Option<i64>,
}

impl Memory {
    /// The memory of a connection, which tells it of every change from now on.
    pub(super) fn of(connection: &Connection) -> Result<Self> {
        let changes = Arc::new(Mutex::new(Changes::default()));
        let told = changes.clone();
        let note = move |_, _: &str, table: &str, _| {
            let mut changes = lock(&told);
            changes.count += 1;
            let count = changes.count;
            // What nobody remembers anything of needs no count.
            if let Some(last) = changes.tables.get_mut(table) {
                *last = count;
            }
        };
        connection.update_hook(Some(note)).map_err(fault)?;
        Ok(Self { changes, facts: RefCell::default() })
    }

    /// A transaction has begun: where another process has written since the last one, nothing is known any more.
    pub(super) fn begin(&self, connection: &Connection) -> Result<()> {
        let mut statement = connection.prepare_cached("PRAGMA data_version").map_err(fault)?;
        let version = statement.query_row([], |row| row.get::<_, i64>(0)).map_err(fault)?;
        let mut facts = self.facts.borrow_mut();
        if facts.version.replace(version) != Some(version) {
            facts.forget();
        }
        Ok(())
    }

    /// Something was taken back: what was read of it is not so.
    pub(super) fn forget(&self) {
        self.facts.borrow_mut().forget();
    }

    /// The fact of these values, read by `read` if it is not known.
    pub(super) fn known<T: Known>(
        &self,
        fact: Fact,
        of: &[Value],
        read: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        if let Some(known) = self.remembered::<T>(fact, of) {
            #[cfg(debug_assertions)]
            assert_eq!(read()?, known, "{} of {of:?} has changed, and its tables have not", fact.name);
            return Ok(known);
        }
        // Before it is read: what changes meanwhile is no part of it.
        let read_at = self.watch(fact);
        let found = read()?;
        let mut facts = self.facts.borrow_mut();
        if facts.many >= FACTS_MAX {
            facts.forget();
        }
        let remembered = Remembered { read_at, fact: Box::new(found.clone()) };
        if facts.by_name.entry(fact.name).or_default().insert(of.to_vec(), remembered).is_none() {
            facts.many += 1;
        }
        Ok(found)
    }

    fn remembered<T: Known>(&self, fact: Fact, of: &[Value]) -> Option<T> {
        let facts = self.facts.borrow();
        let found = facts.by_name.get(fact.name)?.get(of)?;
        let changes = lock(&self.changes);
        let stands = |table: &&str| changes.tables.get(*table).is_some_and(|last| *last <= found.read_at);
        if fact.tables.iter().all(stands) { found.fact.downcast_ref::<T>().cloned() } else { None }
    }

    /// Counts the changes of the fact's tables from now on; gives how many there have been.
    fn watch(&self, fact: Fact) -> u64 {
        let mut changes = lock(&self.changes);
        let count = changes.count;
        for table in fact.tables {
            if !changes.tables.contains_key(*table) {
                changes.tables.insert((*table).to_owned(), count);
            }
        }
        count
    }
}

impl Facts {
    fn forget(&mut self) {
        self.by_name.clear();
        self.many = 0;
    }
}

fn lock(changes: &Mutex<Changes>) -> MutexGuard<'_, Changes> {
    changes.lock().unwrap_or_else(PoisonError::into_inner)
}
