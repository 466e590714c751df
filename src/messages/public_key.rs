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
    match URL_SAFE_NO_PAD.decode(&key.x).map(<[u8; 32]>::try_from) {
        Ok(Ok(point)) if !is_of_low_order(point) => Ok(()),
        _ => wrong("x", "This should be the 32 bytes of the public key, base64url without padding."),
    }
}

/// What is sealed for a point of low order everybody can read: there are few secrets that it makes. They are 0, 1, the two of order
/// eight, and p − 1 with what else is the same as one of them beyond p; the highest bit counts for nothing (RFC 7748, 5 and 6.1).
fn is_of_low_order(mut point: [u8; 32]) -> bool {
    const OF_EIGHT: [[u8; 32]; 2] = [
        [
            0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
            0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
        ],
        [
            0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
            0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57,
        ],
    ];
    point[31] &= 0x7f;
    let is_least = point[0] <= 1 && point[1..].iter().all(|byte| *byte == 0);
    // p is 2^255 - 19.
    let is_about_p = (0xec..=0xee).contains(&point[0])
        && point[31] == 0x7f
        && point[1..31].iter().all(|byte| *byte == 0xff);
    is_least || is_about_p || OF_EIGHT.contains(&point)
}

#[cfg(test)]
mod tests {
    use super::is_of_low_order;

    #[test]
    fn a_point_of_low_order_is_no_public_key() {
        let with = |first: u8, middle: u8, last: u8| {
            let mut point = [middle; 32];
            (point[0], point[31]) = (first, last);
            point
        };
        for low in
            [with(0, 0, 0), with(1, 0, 0), with(1, 0, 0x80), with(0xec, 0xff, 0x7f), with(0xee, 0xff, 0xff)]
        {
            assert!(is_of_low_order(low), "{low:?}");
        }
        for good in [with(9, 0, 0), with(7, 7, 7), with(0xef, 0xff, 0x7f), with(0xeb, 0xff, 0x7f)] {
            assert!(!is_of_low_order(good), "{good:?}");
        }
    }
}
