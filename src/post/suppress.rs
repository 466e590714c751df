//! Addresses that asked never to be written to, kept as keyed hashes.

use super::sql;
use crate::base::error::Result;
use crate::base::text::Address;
use crate::links;
use crate::store::Cx;

/// Never to be written to again.
pub fn suppress(cx: &Cx<'_>, address_hash: &str) -> Result<()> {
    sql::suppress(cx, address_hash)
}

/// May be written to again.
pub fn lift(cx: &Cx<'_>, address_hash: &str) -> Result<()> {
    sql::lift(cx, address_hash)
}

/// Whether an address asked never to be written to.
pub fn is_suppressed(cx: &Cx<'_>, address: &Address) -> Result<bool> {
    is_suppressed_hash(cx, &links::address_hash(cx, address))
}

/// As [`is_suppressed`], by the hash that a link is bound to.
pub fn is_suppressed_hash(cx: &Cx<'_>, address_hash: &str) -> Result<bool> {
    sql::is_suppressed(cx, address_hash)
}
