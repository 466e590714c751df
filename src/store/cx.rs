//! The unit of work: one transaction, one `now`, the source of ids.

use std::cell::Cell;
use std::sync::Arc;

use rusqlite::Connection;

use super::fault::fault;
use super::known::{Fact, Known, Memory};
use super::value::{Row, Value};
use crate::base::error::{Error, Result};
use crate::base::house::House;
use crate::base::id::Id;
use crate::base::random::Chance;
use crate::base::secret::Keys;
use crate::base::time::{Clock, Timestamp};

/// What every unit of work is given besides its transaction.
#[derive(Clone, Debug)]
pub struct Ground {
    /// Where the time comes from.
    pub clock: Clock,
    /// Where ids and jitter come from.
    pub chance: Chance,
    /// The keys that lie outside the database.
    pub keys: Keys,
    /// The house's own facts and policies.
    pub house: Arc<House>,
    /// This process, as leases name it.
    pub instance: String,
}

/// A unit of work. What a room does with it commits together or not at all.
pub struct Cx<'c> {
    /// The statements.
    pub db: Db<'c>,
    /// The time of this unit of work: one for all its rows.
    pub now: Timestamp,
    ground: &'c Ground,
    memory: Option<&'c Memory>,
    handed_over: Vec<Vec<Value>>,
}

impl<'c> Cx<'c> {
    pub(super) fn new(connection: &'c Connection, ground: &'c Ground, now: Timestamp) -> Self {
        let db = Db { connection, was_full: Cell::new(false) };
        Self { db, now, ground, memory: None, handed_over: Vec::new() }
    }

    /// The same, with what its connection remembers.
    pub(super) fn with(mut self, memory: &'c Memory) -> Self {
        self.memory = Some(memory);
        self
    }

    /// What `read` gives, which is read from the tables of `fact` and from `of` alone: the writer reads it again only when one
    /// of them has changed.
    pub fn known<T: Known>(
        &self,
        fact: Fact,
        of: &[Value],
        read: impl FnOnce(&Self) -> Result<T>,
    ) -> Result<T> {
        match self.memory {
            Some(memory) => memory.known(fact, of, || read(self)),
            None => read(self),
        }
    }

    /// A new id.
    pub fn id<I: Id>(&self) -> I {
        I::from_uuid(self.ground.chance.uuid(self.now))
    }

    /// What every unit of work is given.
    pub fn ground(&self) -> &'c Ground {
        self.ground
    }

    /// The source of chance.
    pub fn chance(&self) -> &Chance {
        &self.ground.chance
    }

    /// The keys that lie outside the database.
    pub fn keys(&self) -> &Keys {
        &self.ground.keys
    }

    /// The house's own facts and policies.
    pub fn house(&self) -> &'c House {
        &self.ground.house
    }

    /// This process, as leases name it.
    pub fn instance(&self) -> &str {
        &self.ground.instance
    }

    /// Hands a row over to the sealer, which runs once just before the batch commits. Dropped if
    /// this unit of work fails. The journal is the one who uses it.
    pub fn hand_over(&mut self, row: Vec<Value>) {
        self.handed_over.push(row);
    }

    pub(super) fn take_handed_over(&mut self) -> Vec<Vec<Value>> {
        std::mem::take(&mut self.handed_over)
    }
}

/// The statements of a unit of work. Text is the portable subset; `$n` is bound by its digits, as PostgreSQL does
/// it, though SQLite numbers parameters by first appearance. SQLite is not asked for the names: it looks through all
/// of them for each value.
pub struct Db<'c> {
    connection: &'c Connection,
    /// Whether a statement found the disk full, though the closure went on.
    was_full: Cell<bool>,
}

impl Db<'_> {
    /// Runs a statement; says how many rows it changed.
    pub fn execute(&self, sql: &str, values: &[Value]) -> Result<usize> {
        let mut statement = self.prepare(sql, values)?;
        statement.raw_execute().map_err(|error| self.fault(error))
    }

    /// Runs a statement that must change exactly one row: anything else is a fault of ours.
    pub fn change_one(&self, sql: &str, values: &[Value]) -> Result<()> {
        match self.execute(sql, values)? {
            1 => Ok(()),
            changed => Err(Error::internal(format!("{changed} rows changed where one was meant: {sql}"))),
        }
    }

    /// The first row of the answer, if there is one.
    pub fn one<T>(
        &self,
        sql: &str,
        values: &[Value],
        read: impl Fn(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut statement = self.prepare(sql, values)?;
        let mut rows = statement.raw_query();
        match rows.next().map_err(|error| self.fault(error))? {
            Some(row) => read(&Row::new(row)).map(Some),
            None => Ok(None),
        }
    }

    /// All rows of the answer.
    pub fn all<T>(
        &self,
        sql: &str,
        values: &[Value],
        read: impl Fn(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.prepare(sql, values)?;
        let mut rows = statement.raw_query();
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(|error| self.fault(error))? {
            found.push(read(&Row::new(row))?);
        }
        Ok(found)
    }

    /// Hands every row of the answer to `found`, keeping none: for looking through many.
    pub fn each(
        &self,
        sql: &str,
        values: &[Value],
        mut found: impl FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut statement = self.prepare(sql, values)?;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(|error| self.fault(error))? {
            found(&Row::new(row))?;
        }
        Ok(())
    }

    /// How the engine would run a statement: one line per step. For the test that no query scans.
    pub fn plan(&self, sql: &str) -> Result<Vec<String>> {
        let mut statement = self
            .connection
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .map_err(|error| self.fault(error))?;
        let mut rows = statement.raw_query();
        let mut steps = Vec::new();
        while let Some(row) = rows.next().map_err(|error| self.fault(error))? {
            steps.push(row.get::<_, String>("detail").map_err(|error| self.fault(error))?);
        }
        Ok(steps)
    }

    fn fault(&self, error: rusqlite::Error) -> Error {
        let error = fault(error);
        if matches!(error, Error::StorageFull(_)) {
            self.was_full.set(true);
        }
        error
    }

    /// Why the transaction was ended under a closure.
    pub(super) fn ended(&self) -> Error {
        let words = "the store ended the transaction";
        if self.was_full.get() { Error::StorageFull(words.into()) } else { Error::internal(words) }
    }

    /// By how many bytes the file may still grow: its own limit, not the disk's.
    pub(super) fn room(&self) -> Result<u64> {
        let pragma = |name: &str| {
            let read = self.connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
            read.map(i64::unsigned_abs).map_err(|error| self.fault(error))
        };
        let more = pragma("max_page_count")?.saturating_sub(pragma("page_count")?);
        Ok((more + pragma("freelist_count")?).saturating_mul(pragma("page_size")?))
    }

    fn prepare(&self, sql: &str, values: &[Value]) -> Result<rusqlite::CachedStatement<'_>> {
        #[cfg(debug_assertions)]
        super::statements::note(sql);
        // A full disk ends the transaction under a closure: what it did after that would stay by itself.
        if self.connection.is_autocommit() {
            return Err(self.ended());
        }
        let mut statement = self.connection.prepare_cached(sql).map_err(|error| self.fault(error))?;
        if statement.parameter_count() != values.len() {
            return Err(Error::internal(format!("{} values for: {sql}", values.len())));
        }
        let mut bound = 0_u64;
        let mut index = 0;
        for number in parameters(sql) {
            // SQLite numbers a parameter where it first appears.
            let seen = 1_u64.checked_shl(number).unwrap_or(0);
            if bound & seen != 0 {
                continue;
            }
            let value = number
                .checked_sub(1)
                .and_then(|at| values.get(at as usize))
                .ok_or_else(|| Error::internal(format!("${number} has no value: {sql}")))?;
            bound |= seen;
            index += 1;
            statement.raw_bind_parameter(index, value).map_err(|error| self.fault(error))?;
        }
        if index != values.len() {
            return Err(Error::internal(format!("{} values for: {sql}", values.len())));
        }
        Ok(statement)
    }
}

/// The numbers of the `$n` in a statement, in the order they stand there. Statements hold no `$` but these.
fn parameters(sql: &str) -> impl Iterator<Item = u32> {
    sql.split('$').skip(1).map(|rest| {
        rest.bytes()
            .take_while(u8::is_ascii_digit)
            .fold(0_u32, |number, digit| number.saturating_mul(10).saturating_add(u32::from(digit - b'0')))
    })
}
