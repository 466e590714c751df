//! Bookings committed under 64 concurrent callers, beside the same rows written by bare rusqlite in batches of 100 with
//! the same durability. The rows are those that the bookings really wrote, read back and written again.

use std::path::Path;
use std::time::Duration;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::house;
use crate::measure::{Limit, Pairs, rate, time};

const BOOKINGS: usize = 6_400;
const ROUNDS: usize = 5;

/// Measures and prints.
pub(crate) fn run() {
    let mut pairs = Pairs::default();
    for _ in 0..ROUNDS {
        let directory = tempfile::tempdir().expect("a directory");
        let ours = rate(BOOKINGS, book(directory.path()));
        pairs.add(ours, rate(BOOKINGS, write_again(directory.path())));
    }
    pairs.print("bookings, 64 callers", "/s", Limit::AtLeast(0.5));
}

fn book(directory: &Path) -> Duration {
    let store = house::open(directory);
    let runtime = house::runtime();
    time(|| assert_eq!(runtime.block_on(house::book(&store, BOOKINGS)).len(), BOOKINGS))
}

/// Writes all rows of the store into an empty one of the same schema: 100 bookings' worth per transaction.
fn write_again(directory: &Path) -> Duration {
    let source = Connection::open(directory.join("entente.db")).expect("the store");
    let schema: Vec<String> = source
        .prepare("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
        .expect("a schema");
    let tables: Vec<String> = source
        .prepare(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
        )
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
        .expect("tables");
    let mut rows: Vec<(String, Vec<Vec<Value>>)> = Vec::new();
    for table in tables {
        let mut statement = source.prepare(&format!("SELECT * FROM {table}")).expect("a table");
        let columns = statement.column_count();
        let found: Vec<Vec<Value>> = statement
            .query_map([], |row| (0..columns).map(|at| row.get(at)).collect())
            .and_then(Iterator::collect)
            .expect("rows");
        if !found.is_empty() {
            let places = vec!["?"; columns].join(", ");
            rows.push((format!("INSERT INTO {table} VALUES ({places})"), found));
        }
    }
    let target = Connection::open(directory.join("bare.db")).expect("a file");
    target.pragma_update(None, "journal_mode", "WAL").expect("WAL");
    target.pragma_update(None, "synchronous", "FULL").expect("FULL");
    for sql in &schema {
        target.execute_batch(sql).expect("the schema");
    }
    let batches = BOOKINGS / 100;
    time(|| {
        for batch in 0..batches {
            target.execute_batch("BEGIN IMMEDIATE; PRAGMA defer_foreign_keys = ON").expect("begin");
            for (sql, all) in &rows {
                let mut statement = target.prepare_cached(sql).expect("an insert");
                let (from, to) = (all.len() * batch / batches, all.len() * (batch + 1) / batches);
                for values in &all[from..to] {
                    statement.execute(params_from_iter(values)).expect("a row");
                }
            }
            target.execute_batch("COMMIT").expect("commit");
        }
    })
}
