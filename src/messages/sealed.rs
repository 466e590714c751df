//! Parts that are sealed for one agent: a JWE in its compact form (RFC 7516, 7.1), whose form and size are looked at, and
//! which nobody here can read.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::public_key::counts;
use crate::base::error::{Error, Result};
use crate::base::id::AgentId;
use crate::store::Cx;

/// The longest sealed part, in bytes.
pub const SEALED_BYTES_MAX: usize = 65_536;
/// What stands before it; the longest, in bytes, before decoding.
const HEADER_BYTES_MAX: usize = 1_024;

/// What is looked at in the protected header; the rest is the recipient's business, but nothing critical (RFC 7516, 4.1.13).
#[derive(Deserialize)]
struct Header {
    alg: String,
    enc: String,
    kid: String,
    crit: Option<serde_json::Value>,
    zip: Option<serde_json::Value>,
    epk: Epk,
}

/// The sender's key of this one message (RFC 7518, 4.6.1.1).
#[derive(Deserialize)]
struct Epk {
    kty: String,
    crv: String,
    x: String,
}

/// Refuses what is no JWE for a key of `agent` that counts: `ECDH-ES` with X25519, directly, and `A256GCM`.
pub fn check(cx: &Cx<'_>, agent: AgentId, part: &str) -> Result<()> {
    let field = || format!("sealed.{agent}");
    let wrong = |words: &str| Error::invalid(field(), words);
    if part.len() > SEALED_BYTES_MAX {
        return Err(wrong(&format!("A sealed part has {SEALED_BYTES_MAX} bytes at most.")));
    }
    let parts: Vec<&str> = part.split('.').collect();
    let form = || wrong("This should be a JWE in its compact form (RFC 7516): five parts of base64url.");
    let [header, key, iv, text, tag] = parts.as_slice() else { return Err(form()) };
    if header.len() > HEADER_BYTES_MAX {
        return Err(wrong("What stands before a sealed part is too long."));
    }
    let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| form());
    let header: Header = serde_json::from_slice(&decoded(header)?)
        .map_err(|_| wrong("Its protected header should have alg, enc, kid and epk."))?;
    if header.alg != "ECDH-ES" || header.enc != "A256GCM" {
        return Err(wrong("It should be sealed with alg ECDH-ES and enc A256GCM."));
    }
    let is_point = decoded(&header.epk.x)?.len() == 32;
    if header.epk.kty != "OKP" || header.epk.crv != "X25519" || !is_point {
        return Err(wrong("Its epk should be a key of X25519 (RFC 8037)."));
    }
    if header.crit.is_some() || header.zip.is_some() {
        return Err(wrong("It should have neither crit nor zip."));
    }
    // Directly: there is no encrypted key (RFC 7518, 4.6); 96 bits of IV, 128 bits of tag (5.3).
    if !key.is_empty() || decoded(iv)?.len() != 12 || decoded(tag)?.len() != 16 || decoded(text)?.is_empty() {
        return Err(form());
    }
    if !counts(cx, agent, &header.kid)? {
        return Err(wrong("Its recipient has published no key of this kid, or takes it no more."));
    }
    Ok(())
}
