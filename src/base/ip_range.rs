//! Ranges of IP addresses, as an administrator names them.

use std::fmt;
use std::net::IpAddr;

/// An IP address, or all that share its first bits (`192.168.0.0/16`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IpRange {
    first: IpAddr,
    bits: u8,
}

impl IpRange {
    /// Reads `10.0.0.7`, `10.0.0.0/8`, `::1` or `fd00::/8`.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.trim().split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text.trim(), None),
        };
        let first: IpAddr = address.parse().ok()?;
        let whole = if first.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(whole), |bits| bits.parse().ok())?;
        (bits <= whole).then_some(Self { first, bits })
    }

    /// Whether `address` lies in it. An IPv4 address written as IPv6 (RFC 4291, 2.5.5.2) is taken as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.first.to_canonical(), address.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                let apart = u128::from(first.to_bits() ^ address.to_bits());
                shares_bits(apart, 32, self.bits)
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                shares_bits(first.to_bits() ^ address.to_bits(), 128, self.bits)
            }
            _ => false,
        }
    }
}

/// Whether two addresses of `whole` bits, `apart` from each other, have their first `bits` in common.
fn shares_bits(apart: u128, whole: u8, bits: u8) -> bool {
    bits == 0 || apart >> whole.saturating_sub(bits) == 0
}

impl fmt::Display for IpRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = if self.first.is_ipv4() { 32 } else { 128 };
        if self.bits == whole { self.first.fmt(f) } else { write!(f, "{}/{}", self.first, self.bits) }
    }
}
