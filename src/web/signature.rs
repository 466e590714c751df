//! Signatures of what other servers push to us: `X-Entente-Signature: t=1800000000,v1=<hex>`.
//!
//! `t` is when it was signed, in seconds since 1970; `v1` is HMAC-SHA256, by the configured secret, of `t`, a full
//! stop and the body as it was sent. A signature that is older or newer than five minutes counts for nothing.

use ring::hmac;

use crate::base::secret::{Secret, hex, same};
use crate::base::time::{MINUTE, SECOND, Timestamp};

/// The header.
pub const HEADER: &str = "x-entente-signature";
/// How far the signer's clock may be from ours, in milliseconds.
pub const TOLERANCE_MS: i64 = 5 * MINUTE;

/// The header's value for a body that is sent at `at`.
pub fn sign(secret: &Secret, at: Timestamp, body: &[u8]) -> String {
    let seconds = at.ms().div_euclid(SECOND);
    format!("t={seconds},v1={}", mac(secret, seconds, body))
}

/// Whether `header` signs `body`, now. No secret, no signature.
pub fn verify(secret: &Secret, header: &str, body: &[u8], now: Timestamp) -> bool {
    if secret.is_empty() {
        return false;
    }
    let mut seconds = None;
    let mut given = Vec::new();
    for part in header.split(',') {
        match part.trim().split_once('=') {
            Some(("t", text)) => seconds = text.parse::<i64>().ok(),
            Some(("v1", text)) => given.push(text.to_ascii_lowercase()),
            // Other schemes may stand beside ours.
            _ => {}
        }
    }
    let Some(seconds) = seconds else { return false };
    let apart = now.since(Timestamp::from_ms(seconds.saturating_mul(SECOND))).abs();
    let right = mac(secret, seconds, body);
    // While a secret is replaced, a signer may sign with both.
    apart <= TOLERANCE_MS && given.iter().take(4).any(|given| same(given, &right))
}

fn mac(secret: &Secret, seconds: i64, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    let mut context = hmac::Context::with_key(&key);
    context.update(seconds.to_string().as_bytes());
    context.update(b".");
    context.update(body);
    hex(context.sign().as_ref())
}
