//! A store in a directory of its own, with a clock that stands: where the rooms' tests live.

use std::fmt::Write;
use std::sync::Arc;

use super::{Cx, Durability, Ground, Options, Sealer, Store};
use crate::base::error::Result;
use crate::base::house::House;
use crate::base::random::Chance;
use crate::base::secret::Keys;
use crate::base::text::Address;
use crate::base::time::{Clock, Timestamp};

/// When tests begin: 2027-01-15T08:00:00Z.
pub(crate) const NOW: Timestamp = Timestamp::from_ms(1_800_000_000_000);

pub(crate) struct Town {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    directory: Arc<tempfile::TempDir>,
}

impl Town {
    /// A town without a journal.
    pub(crate) fn bare() -> Self {
        Self::open(|_, _| Ok(()), |_| {})
    }

    /// A town whose house has other policies.
    pub(crate) fn open(sealer: Sealer, change: impl Fn(&mut House)) -> Self {
        let directory = Arc::new(tempfile::tempdir().unwrap());
        Self::at(directory, (Clock::set_at(NOW), 7), sealer, change)
    }

    /// The same town under other policies, as after a restart.
    pub(crate) fn reopened(&self, sealer: Sealer, change: impl Fn(&mut House)) -> Self {
        Self::at(Arc::clone(&self.directory), (self.clock.clone(), 8), sealer, change)
    }

    fn at(
        directory: Arc<tempfile::TempDir>,
        (clock, seed): (Clock, u64),
        sealer: Sealer,
        change: impl Fn(&mut House),
    ) -> Self {
        let mut house = House::new(address("scheduling@entente.test"), "http://localhost:8080");
        change(&mut house);
        let ground = Ground {
            house: Arc::new(house),
            clock: clock.clone(),
            chance: Chance::seeded(seed),
            keys: Keys::derive(&[7; 32]),
            instance: "test".into(),
        };
        let path = directory.path().join("entente.db");
        let options = Options { durability: Durability::Process, ..Options::at(path) };
        let (store, _) = Store::open(&options, ground, sealer).unwrap();
        Self { store, clock, directory }
    }

    pub(crate) fn write<T: Send + 'static>(
        &self,
        closure: impl Fn(&mut Cx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.store.write_blocking(closure)
    }

    pub(crate) fn read<T>(&self, closure: impl Fn(&mut Cx<'_>) -> Result<T>) -> T {
        self.store.read_blocking(closure).unwrap()
    }

    /// Everything that the store holds, as text: where somebody may still be found.
    pub(crate) fn whole_text(&self) -> String {
        self.read(|cx| {
            let mut all = String::new();
            let tables = "SELECT name FROM sqlite_master WHERE type = 'table'";
            for table in cx.db.all(tables, &[], |row| row.get::<String>("name"))? {
                let columns = format!("SELECT name FROM pragma_table_info('{table}') WHERE type = 'TEXT'");
                for column in cx.db.all(&columns, &[], |row| row.get::<String>("name"))? {
                    let cells = format!("SELECT {column} AS cell FROM {table} WHERE {column} IS NOT NULL");
                    for cell in cx.db.all(&cells, &[], |row| row.get::<String>("cell"))? {
                        let _ = writeln!(all, "{table}.{column}: {cell}");
                    }
                }
            }
            Ok(all)
        })
    }
}

pub(crate) fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}
