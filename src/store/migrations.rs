//! Migrations: embedded in the binary, run at start, a copy of the file kept before each upgrade.
//!
//! To change the schema, add `migrations/V<next>__<what>.sql` in the portable subset; never edit one that
//! was released. What is to be sealed from now on is sealed there by `seal(place, text)`, which is lent to migrations alone.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

use super::cx::Ground;
use crate::base::error::{Error, Result};
use crate::base::time::Timestamp;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// What opening did to the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upgrade {
    /// The version found; 0 for a new file.
    pub from: i32,
    /// The version now.
    pub to: i32,
    /// The copy that was kept, if there was something to keep.
    pub copy: Option<PathBuf>,
}

/// The schema this program knows.
pub fn schema_version() -> i32 {
    newest(&embedded::migrations::runner())
}

fn newest(runner: &refinery::Runner) -> i32 {
    runner.get_migrations().iter().map(refinery::Migration::version).max().unwrap_or(0)
}

/// The migrations in this program, for a test that adds to them.
#[cfg(test)]
pub(super) fn embedded() -> Vec<refinery::Migration> {
    embedded::migrations::runner().get_migrations().clone()
}

pub(super) fn upgrade(connection: &mut Connection, path: &Path, ground: &Ground) -> Result<Upgrade> {
    lend_seal(connection, ground).map_err(Error::internal)?;
    // What is sealed or dropped by an upgrade is not to lie on in what is free of the file.
    connection.pragma_update(None, "secure_delete", true).map_err(Error::internal)?;
    let done = upgrade_with(&embedded::migrations::runner(), connection, path, ground.clock.now());
    connection.pragma_update(None, "secure_delete", false).map_err(Error::internal)?;
    connection.remove_function(SEAL, 2).map_err(Error::internal)?;
    done
}

/// What seals a text, by its name in migrations.
const SEAL: &str = "seal";

/// Lets migrations seal what lay in the clear, for a place, with the keys of the house.
fn lend_seal(connection: &Connection, ground: &Ground) -> rusqlite::Result<()> {
    let (keys, chance) = (ground.keys.clone(), ground.chance.clone());
    connection.create_scalar_function(SEAL, 2, FunctionFlags::SQLITE_UTF8, move |call| {
        let (place, plain): (String, String) = (call.get(0)?, call.get(1)?);
        Ok(keys.seal(&chance, &place, plain.as_bytes()))
    })
}

/// As [`upgrade()`], to what `runner` knows: a test gives one that knows more.
pub(super) fn upgrade_with(
    runner: &refinery::Runner,
    connection: &mut Connection,
    path: &Path,
    now: Timestamp,
) -> Result<Upgrade> {
    let (from, to) = (applied(connection)?, newest(runner));
    if from > to {
        return Err(Error::refused(
            "store.newer",
            format!(
                "The database has schema {from}, and this program knows schemas up to {to}: a newer version has \
                 upgraded it. Run that version, or restore the copy in `backups` beside the database."
            ),
        ));
    }
    let mut copy = None;
    if 0 < from && from < to {
        let target = path
            .parent()
            .unwrap_or(Path::new("."))
            .join("backups")
            .join(format!("before-schema-{to}-{}.db", now.utc().format("%Y%m%dT%H%M%S%3f")));
        std::fs::create_dir_all(target.parent().unwrap_or(Path::new("."))).map_err(Error::internal)?;
        super::open::copy(path, &target)?;
        copy = Some(target);
    }
    if from < to {
        runner.run(connection).map_err(Error::internal)?;
    }
    Ok(Upgrade { from, to, copy })
}

fn applied(connection: &Connection) -> Result<i32> {
    let known: bool = connection
        .query_row("SELECT COUNT(*) FROM sqlite_master WHERE name = 'refinery_schema_history'", [], |row| {
            row.get(0)
        })
        .map_err(Error::internal)?;
    if !known {
        return Ok(0);
    }
    connection
        .query_row("SELECT COALESCE(MAX(version), 0) FROM refinery_schema_history", [], |row| row.get(0))
        .map_err(Error::internal)
}
