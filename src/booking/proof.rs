//! The proof that a browser once showed that an address is its person's: they pressed the button that the letter to that
//! address leads to.
//!
//! It holds the keyed hash of the address, until when it counts, and a keyed hash over both; nothing is stored. It lets
//! its bearer confirm bookings for that one address without another letter, and do nothing else: it opens no page, shows
//! no booking, and signs nobody in.

use crate::base::secret::same;
use crate::base::text::Address;
use crate::base::time::{DAY, Timestamp};
use crate::links;
use crate::store::Cx;

/// How long a proof counts, in milliseconds.
pub const PROOF_MS: i64 = 90 * DAY;

/// What a browser may keep once its person has shown that `guest_hash` is their address.
pub fn proof(cx: &Cx<'_>, guest_hash: &str) -> String {
    let until = cx.now.plus(PROOF_MS).ms();
    let signature = signature(cx, guest_hash, until);
    format!("{guest_hash}.{until}.{signature}")
}

/// Whether `proof` shows that its bearer reads the mail of `address`.
pub fn proven(cx: &Cx<'_>, proof: &str, address: &Address) -> bool {
    let mut parts = proof.splitn(3, '.');
    let (Some(hash), Some(until), Some(signed)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let Ok(until) = until.parse::<i64>() else { return false };
    same(signed, &signature(cx, hash, until))
        && Timestamp::from_ms(until) > cx.now
        && same(hash, &links::address_hash(cx, address))
}

fn signature(cx: &Cx<'_>, hash: &str, until: i64) -> String {
    cx.keys().lookup("booking-proof", &format!("{hash} {until}"))
}
