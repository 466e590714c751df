//! The chain: what is hashed, how it is verified, and how its head is signed.
//!
//! `hash(n) = SHA-256(hash(n-1) ‖ every field of the fixed part, each with its length ‖ data_hash)`, where
//! `data_hash = SHA-256(salt ‖ data)`. A chain alone cannot show that its newest entries were cut off; a
//! checkpoint (number and hash of the head, signed with Ed25519) kept elsewhere can.

use std::iter::Peekable;
use std::vec::IntoIter;

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use super::sql;
use crate::base::error::{Error, Result};
use crate::base::secret::{hex, sha256};
use crate::store::Cx;

/// The hash before the first entry.
pub(super) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// How many entries are verified per query.
const PAGE: u32 = 1_000;

/// The part of an entry that is never erased.
pub(super) struct Fixed {
    pub(super) number: i64,
    pub(super) id: String,
    pub(super) at: i64,
    pub(super) kind: String,
    pub(super) actor: String,
    pub(super) road: String,
    pub(super) trace: String,
    pub(super) subject: Option<String>,
    pub(super) object: Option<String>,
    pub(super) amount: Option<i64>,
    pub(super) data_hash: String,
}

/// The salted hash of an entry's data; the hash of nothing where there is none.
pub(super) fn data_hash(data: Option<&str>, salt: Option<&[u8; 16]>) -> String {
    match (data, salt) {
        (Some(data), Some(salt)) => salted(data, salt),
        _ => GENESIS.to_owned(),
    }
}

fn salted(data: &str, salt: &[u8]) -> String {
    sha256(&[salt, data.as_bytes()].concat())
}

/// The hash of an entry after one with hash `previous`.
pub(super) fn hash(previous: &str, entry: &Fixed) -> String {
    let mut bytes = Vec::with_capacity(512);
    let mut add = |field: Option<&str>| {
        // The length keeps ("ab", "c") and ("a", "bc") apart; -1 keeps nothing and "" apart.
        let length = field.map_or(-1, |field| i64::try_from(field.len()).unwrap_or(i64::MAX));
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(field.unwrap_or_default().as_bytes());
    };
    add(Some(previous));
    add(Some(&entry.number.to_string()));
    add(Some(&entry.id));
    add(Some(&entry.at.to_string()));
    add(Some(&entry.kind));
    add(Some(&entry.actor));
    add(Some(&entry.road));
    add(Some(&entry.trace));
    add(entry.subject.as_deref());
    add(entry.object.as_deref());
    add(entry.amount.map(|amount| amount.to_string()).as_deref());
    add(Some(&entry.data_hash));
    sha256(&bytes)
}

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Verified {
    /// The first entry that is there.
    pub first: i64,
    /// The newest entry.
    pub head: i64,
    /// Its hash.
    pub hash: String,
    /// How many entries have had their data erased.
    pub forgotten: i64,
    /// How many checkpoints of the store's own were held against it.
    pub checkpoints: usize,
}

/// The first entry that does not verify.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, serde::Serialize)]
#[error("entry {number}: {what}")]
pub struct Broken {
    /// Its number.
    pub number: i64,
    /// What is wrong with it.
    pub what: String,
}

/// Walks a chain entry by entry.
pub(super) struct Walk {
    pub(super) number: i64,
    pub(super) hash: String,
    pub(super) forgotten: i64,
}

impl Walk {
    /// Something is wrong with the next entry.
    fn broken(&self, what: &str) -> Broken {
        Broken { number: self.number + 1, what: what.to_owned() }
    }

    /// Holds the checkpoints of the entry that was taken in last against it.
    fn meet(&self, open: &mut Peekable<IntoIter<Checkpoint>>, public_key: &[u8]) -> Result<(), Broken> {
        while let Some(checkpoint) = open.next_if(|checkpoint| checkpoint.number <= self.number) {
            let broken = |what: &str| Broken { number: checkpoint.number, what: what.to_owned() };
            if checkpoint.number != self.number || checkpoint.hash != self.hash {
                return Err(broken("is not the entry that the checkpoint signed"));
            }
            if !checkpoint.is_signed_by(public_key) {
                return Err(broken("its checkpoint is not signed with this house's key"));
            }
        }
        Ok(())
    }

    /// Takes the next entry in.
    pub(super) fn step(&mut self, row: &sql::Sealed) -> Result<(), Broken> {
        let entry = &row.entry;
        if entry.number != self.number + 1 {
            return Err(self.broken("is missing"));
        }
        match (&row.raw_data, &row.salt) {
            (Some(data), Some(salt)) if salted(data, salt) == row.data_hash => {}
            (Some(_), _) => return Err(self.broken("its data was changed")),
            (None, _) => self.forgotten += i64::from(row.data_hash != GENESIS),
        }
        let fixed = Fixed {
            number: entry.number,
            id: entry.id.to_string(),
            at: entry.at,
            kind: entry.kind.clone(),
            actor: entry.actor.clone(),
            road: entry.road.clone(),
            trace: entry.trace.clone(),
            subject: entry.subject.clone(),
            object: entry.object.clone(),
            amount: entry.amount,
            data_hash: row.data_hash.clone(),
        };
        if hash(&self.hash, &fixed) != row.hash {
            return Err(self.broken("its hash does not follow from the entry before it and its own fields"));
        }
        self.number = entry.number;
        self.hash.clone_from(&row.hash);
        Ok(())
    }
}

/// Verifies the whole journal, its own checkpoints, and the `against` that somebody kept elsewhere.
pub fn verify(cx: &Cx<'_>, against: Option<&Checkpoint>) -> Result<Result<Verified, Broken>> {
    let (start, hash) = sql::pruned_at(&cx.db)?.unwrap_or((0, GENESIS.to_owned()));
    let mut walk = Walk { number: start, hash, forgotten: 0 };
    if let Some(checkpoint) = against.filter(|checkpoint| checkpoint.number < start) {
        let what = format!("the checkpoint lies before entry {start}, up to which the journal was archived");
        return Ok(Err(Broken { number: checkpoint.number, what }));
    }
    // The one that the journal was pruned at is among them: it must be signed as well.
    let mut checkpoints = sql::checkpoints_from(&cx.db, start)?;
    let own = checkpoints.len();
    checkpoints.extend(against.cloned());
    checkpoints.sort_by_key(|checkpoint| checkpoint.number);
    let key = public_key(cx)?;
    let mut open = checkpoints.into_iter().peekable();
    if let Err(broken) = walk.meet(&mut open, &key) {
        return Ok(Err(broken));
    }
    loop {
        let page = sql::readable_after(&cx.db, walk.number, PAGE)?;
        let is_last = page.len() < PAGE as usize;
        for row in page {
            let step = match row {
                Ok(row) => walk.step(&row).and_then(|()| walk.meet(&mut open, &key)),
                Err(_) => Err(walk.broken("cannot be read: a field holds a value of another kind")),
            };
            if let Err(broken) = step {
                return Ok(Err(broken));
            }
        }
        if is_last {
            break;
        }
    }
    if let Some(checkpoint) = open.next() {
        let what = format!("is missing: a checkpoint signed {} entries", checkpoint.number);
        return Ok(Err(Broken { number: walk.number + 1, what }));
    }
    Ok(Ok(Verified {
        first: start + 1,
        head: walk.number,
        hash: walk.hash,
        forgotten: walk.forgotten,
        checkpoints: own,
    }))
}

/// A signed head of the journal.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Checkpoint {
    /// The newest entry then.
    pub number: i64,
    /// Its hash.
    pub hash: String,
    /// When it was signed, in UTC milliseconds.
    pub at: i64,
    /// Ed25519 over number, hash and time, in hex, and whether the journal was pruned there.
    pub signature: String,
    /// Whether the entries up to this one were taken out of the store and into an archive.
    #[serde(default)]
    pub pruned: bool,
}

impl Checkpoint {
    /// That it was pruned is signed too: otherwise whoever cuts entries off could call it pruning.
    fn signed_bytes(&self) -> Vec<u8> {
        let purpose = if self.pruned { "pruned" } else { "checkpoint" };
        let Self { number, hash, at, .. } = self;
        format!("entente journal {purpose}\n{number}\n{hash}\n{at}\n").into_bytes()
    }

    /// Whether the half of a key pair that is `public_key` can have signed it.
    pub(super) fn is_signed_by(&self, public_key: &[u8]) -> bool {
        let signature: Option<Vec<u8>> = (0..self.signature.len() / 2)
            .map(|i| self.signature.get(2 * i..2 * i + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
            .collect();
        signature.is_some_and(|signature| {
            UnparsedPublicKey::new(&ED25519, public_key).verify(&self.signed_bytes(), &signature).is_ok()
        })
    }
}

fn key_pair(cx: &Cx<'_>) -> Result<Ed25519KeyPair> {
    Ed25519KeyPair::from_seed_unchecked(cx.keys().journal_seed())
        .map_err(|error| Error::internal(error.to_string()))
}

/// The public half of the key that signs this house's checkpoints.
pub fn public_key(cx: &Cx<'_>) -> Result<Vec<u8>> {
    Ok(key_pair(cx)?.public_key().as_ref().to_vec())
}

/// Signs the head and keeps the checkpoint.
pub fn checkpoint(cx: &Cx<'_>) -> Result<Checkpoint> {
    let (number, hash) = sql::head(&cx.db)?;
    let checkpoint = sign(cx, number, hash, false)?;
    sql::insert_checkpoint(&cx.db, &checkpoint)?;
    Ok(checkpoint)
}

pub(super) fn sign(cx: &Cx<'_>, number: i64, hash: String, pruned: bool) -> Result<Checkpoint> {
    let mut checkpoint = Checkpoint { number, hash, at: cx.now.ms(), signature: String::new(), pruned };
    checkpoint.signature = hex(key_pair(cx)?.sign(&checkpoint.signed_bytes()).as_ref());
    Ok(checkpoint)
}
