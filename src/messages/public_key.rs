//! Public keys of agents (RFC 7517, RFC 8037): what others seal parts of messages for. The house has none of the private ones.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::claim::mine;
use super::sql::public_keys as sql;
use crate::agents::{self, Reach};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, PublicKeyId};
use crate::base::time::Timestamp;
use crate::journal::{self, Happening};
use crate::store::Cx;

/// The most keys of one agent that count at once.
pub const KEYS_MAX: usize = 5;
/// The longest name of a key, in bytes.
const KID_BYTES_MAX: usize = 64;

/// A key to be published: a JWK with `kty` `OKP` and `crv` `X25519`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPublicKey {
    /// `OKP`.
    pub kty: String,
    /// `X25519`.
    pub crv: String,
    /// Its name, which its owner gives it.
    pub kid: String,
    /// Its 32 bytes, base64url.
    pub x: String,
}

/// A key that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// Its id.
    pub id: PublicKeyId,
    /// The key.
    pub jwk: NewPublicKey,
    /// Since when.
    pub created_at: Timestamp,
}

/// Publishes the keys of an agent of one's own, in place of those that it had.
///
/// # Errors
/// `Invalid` for what is no key; `agent.public-key` for a name that another key of the agent's has or had.
pub fn publish(cx: &mut Cx<'_>, who: &Actor, agent: AgentId, new: &[NewPublicKey]) -> Result<Vec<PublicKey>> {
    mine(cx, who, agent)?;
    if new.len() > KEYS_MAX {
        return Err(Error::invalid("keys", format!("{KEYS_MAX} keys count at once at most.")));
    }
    for (at, key) in new.iter().enumerate() {
        check(at, key)?;
        if new[..at].iter().any(|known| known.kid == key.kid) {
            return Err(Error::invalid(format!("keys[{at}].kid"), "Name every key once."));
        }
    }
    let known = sql::current(cx, agent)?;
    if known.len() == new.len() && known.iter().all(|one| new.contains(&one.jwk)) {
        return Ok(known);
    }
    for old in known.iter().filter(|old| !new.contains(&old.jwk)) {
        sql::retire(cx, old.id)?;
    }
    for key in new.iter().filter(|key| !known.iter().any(|one| one.jwk == **key)) {
        if !sql::insert(cx, cx.id(), agent, key)? {
            let words =
                "Another key of this agent has this name, or had it. A key is never another under its name.";
            return Err(Error::refused("agent.public-key", words));
        }
    }
    journal::append(cx, who, &Happening::to("agent.public-keys", &agent))?;
    sql::current(cx, agent)
}

/// The keys of an agent that count: for itself, and for whoever reaches it.
pub fn published(cx: &Cx<'_>, who: &Actor, agent: AgentId) -> Result<Vec<PublicKey>> {
    let from = agents::speaking(cx, who)?;
    let mut is_reached = agents::is_own(cx, who, agent)?;
    for reach in [Reach::Direct, Reach::Group] {
        is_reached |= agents::meet(cx, &from, agent, reach)?.is_some();
    }
    let keys = sql::current(cx, agent)?;
    if is_reached { Ok(keys) } else { Err(Error::NotFound("agent")) }
}

/// Whether a key of this name of an agent counts.
pub(super) fn counts(cx: &Cx<'_>, agent: AgentId, kid: &str) -> Result<bool> {
    Ok(sql::current(cx, agent)?.iter().any(|one| one.jwk.kid == kid))
}

fn check(at: usize, key: &NewPublicKey) -> Result<()> {
    let wrong = |name: &str, words: &str| Err(Error::invalid(format!("keys[{at}].{name}"), words));
    if key.kty != "OKP" {
        return wrong("kty", "This should be OKP (RFC 8037).");
    }
    if key.crv != "X25519" {
        return wrong("crv", "This should be X25519 (RFC 8037).");
    }
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    if key.kid.is_empty() || key.kid.len() > KID_BYTES_MAX || !key.kid.bytes().all(is_name) {
        return wrong("kid", "A name has from 1 to 64 letters, digits and -_.~.");
    }
    match URL_SAFE_NO_PAD.decode(&key.x) {
        // The point of order one: whatever is sealed for it can be read by everybody.
        Ok(bytes) if bytes.len() == 32 && bytes.iter().any(|byte| *byte != 0) => Ok(()),
        _ => wrong("x", "This should be the 32 bytes of the public key, base64url without padding."),
    }
}
