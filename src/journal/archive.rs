//! Pruning: the oldest entries go into an archive file that verification continues from.
//!
//! An archive is one JSON line per entry between two checkpoints: the one it begins after and the one it
//! ends at. Whoever holds all archives and the store holds the whole chain.

use serde::{Deserialize, Serialize};

use super::chain::{self, Broken, Checkpoint, Walk};
use super::{Entry, sql};
use crate::base::error::{Error, Result};
use crate::store::Cx;

/// Entries that were taken out of the store.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Archive {
    /// Number and hash of the entry before the first one.
    pub after: (i64, String),
    /// The signed end.
    pub end: Checkpoint,
    /// The entries, oldest first.
    pub entries: Vec<Archived>,
}

/// An entry as an archive holds it: with what its verification needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Archived {
    entry: serde_json::Value,
    data: Option<String>,
    salt: Option<Vec<u8>>,
    data_hash: String,
    hash: String,
}

/// Takes the entries up to and including `number` out of the store and gives them as an archive, to be
/// written to a file before the transaction commits. Entries that a follower has not read yet stay.
pub fn prune(cx: &Cx<'_>, number: i64) -> Result<Archive> {
    let after = sql::pruned_at(&cx.db)?.unwrap_or((0, chain::GENESIS.to_owned()));
    let behind = sql::slowest_cursor(&cx.db)?.unwrap_or(i64::MAX);
    if number > behind {
        return Err(Error::refused(
            "journal.unread",
            format!("Entry {} is still to be read by a follower; prune up to {behind} at most.", behind + 1),
        ));
    }
    let hash = sql::hash_of(&cx.db, number)?.ok_or(Error::NotFound("entry"))?;
    let mut entries = Vec::new();
    let mut last = after.0;
    while last < number {
        let page = sql::sealed_after(&cx.db, last, 1_000)?;
        let Some(newest) = page.last() else { break };
        last = newest.entry.number;
        for row in page.into_iter().filter(|row| row.entry.number <= number) {
            let entry = serde_json::to_value(&row.entry).map_err(Error::internal)?;
            entries.push(Archived {
                entry,
                data: row.raw_data,
                salt: row.salt,
                data_hash: row.data_hash,
                hash: row.hash,
            });
        }
    }
    let end = chain::sign(cx, number, hash, true)?;
    sql::insert_checkpoint(&cx.db, &end)?;
    sql::delete_up_to(&cx.db, number)?;
    Ok(Archive { after, end, entries })
}

/// Verifies an archive from its beginning to its end, which this house has signed as a place where it pruned: whoever
/// changes entries can chain them anew, and whoever cuts some off can name another end, but neither can be signed.
///
/// That nothing is missing before [`Archive::after`] is for the archive before it to show.
pub fn verify_archive(cx: &Cx<'_>, archive: &Archive) -> Result<Result<(), Broken>> {
    let broken = |number: i64, what: &str| Ok(Err(Broken { number, what: what.to_owned() }));
    let (number, hash) = &archive.after;
    if *number < 0 || (*number == 0) != (hash == chain::GENESIS) {
        return broken(*number, "the archive does not begin where a journal does");
    }
    let mut walk = Walk { number: *number, hash: hash.clone(), forgotten: 0 };
    for archived in &archive.entries {
        let entry: Entry = entry_of(&archived.entry)?;
        let row = sql::Sealed {
            entry,
            raw_data: archived.data.clone(),
            salt: archived.salt.clone(),
            data_hash: archived.data_hash.clone(),
            hash: archived.hash.clone(),
        };
        if let Err(broken) = walk.step(&row) {
            return Ok(Err(broken));
        }
    }
    if walk.number != archive.end.number || walk.hash != archive.end.hash {
        return broken(walk.number, "the archive does not end at its checkpoint");
    }
    if !archive.end.pruned {
        return broken(walk.number, "the archive ends where the journal was not pruned");
    }
    if !archive.end.is_signed_by(&chain::public_key(cx)?) {
        return broken(walk.number, "its checkpoint is not signed with this house's key");
    }
    Ok(Ok(()))
}

fn entry_of(value: &serde_json::Value) -> Result<Entry> {
    let text = |field: &str| value.get(field).and_then(serde_json::Value::as_str).map(str::to_owned);
    let number = |field: &str| value.get(field).and_then(serde_json::Value::as_i64);
    let wrong = || Error::invalid("archive", "This is not an archive of a journal.");
    Ok(Entry {
        number: number("number").ok_or_else(wrong)?,
        id: text("id").ok_or_else(wrong)?.parse()?,
        at: number("at").ok_or_else(wrong)?,
        kind: text("kind").ok_or_else(wrong)?,
        actor: text("actor").ok_or_else(wrong)?,
        road: text("road").ok_or_else(wrong)?,
        trace: text("trace").ok_or_else(wrong)?,
        subject: text("subject"),
        object: text("object"),
        amount: number("amount"),
        data: value.get("data").filter(|data| !data.is_null()).cloned(),
    })
}
