//! Facts about the running house that outlive it: what the probe found, which incidents were told.

use super::letter::TokenMode;
use super::sql;
use crate::base::error::Result;
use crate::base::house::Subaddress;
use crate::base::time::Timestamp;
use crate::store::Cx;

/// The fact that says what the probe found.
pub const PROBE: &str = "probe";

/// The fact that says when a copy of the store was last made by the command line.
pub const BACKUP: &str = "backup";
/// The fact that says what the last verification of the whole journal found: `holds 812`, `broken 57`.
pub const VERIFIED: &str = "journal-verified";

/// A fact, with when it was learnt.
pub fn get(cx: &Cx<'_>, name: &str) -> Result<Option<(String, Timestamp)>> {
    sql::fact(cx, name)
}

/// Learns a fact.
pub fn set(cx: &Cx<'_>, name: &str, value: &str) -> Result<()> {
    sql::set_fact(cx, name, value)
}

/// Forgets a fact.
pub fn clear(cx: &Cx<'_>, name: &str) -> Result<()> {
    sql::clear_fact(cx, name)
}

/// Which addresses carry tokens, for a meeting that is made now: as configured, or as the probe found.
/// The mailroom changes nothing on the way, so there everything may.
pub fn token_mode(cx: &Cx<'_>) -> Result<TokenMode> {
    Ok(match cx.house().subaddress {
        Subaddress::On => TokenMode::Full,
        Subaddress::Off => TokenMode::Off,
        Subaddress::Auto if cx.house().is_mailroom => TokenMode::Full,
        Subaddress::Auto => {
            get(cx, PROBE)?.and_then(|(found, _)| TokenMode::parse(&found)).unwrap_or(TokenMode::Off)
        }
    })
}
