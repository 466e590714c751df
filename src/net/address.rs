//! Which addresses may be called: those of the public internet, and what the administrator allows beyond them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::base::IpRange;

/// Whether `address` may be called: it is public, or one of `allow` holds it.
pub fn may_call(address: IpAddr, allow: &[IpRange]) -> bool {
    is_public(address) || allow.iter().any(|range| range.contains(address))
}

/// Whether `address` belongs to some machine on the public internet, by the registries of RFC 6890.
///
/// IPv4 in IPv6 clothes is looked through where networks need it (mapped, and NAT64 of RFC 6052, by which all of
/// IPv4 is reached from a network without it), and refused where nobody does (compatible, 6to4, Teredo).
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Networks of IPv4 that nobody is to be called in.
const CLOSED_V4: [(Ipv4Addr, u8); 15] = [
    (Ipv4Addr::UNSPECIFIED, 8),           // this network, and no address
    (Ipv4Addr::new(10, 0, 0, 0), 8),      // private, RFC 1918
    (Ipv4Addr::new(100, 64, 0, 0), 10),   // shared by a provider's customers, RFC 6598
    (Ipv4Addr::new(127, 0, 0, 0), 8),     // loopback
    (Ipv4Addr::new(169, 254, 0, 0), 16),  // link-local, where clouds keep their secrets, RFC 3927
    (Ipv4Addr::new(172, 16, 0, 0), 12),   // private
    (Ipv4Addr::new(192, 0, 0, 0), 24),    // protocol assignments, RFC 6890
    (Ipv4Addr::new(192, 0, 2, 0), 24),    // documentation, RFC 5737
    (Ipv4Addr::new(192, 88, 99, 0), 24),  // 6to4 relays, RFC 7526
    (Ipv4Addr::new(192, 168, 0, 0), 16),  // private
    (Ipv4Addr::new(198, 18, 0, 0), 15),   // benchmarks, RFC 2544
    (Ipv4Addr::new(198, 51, 100, 0), 24), // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24),  // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 4),     // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4),     // reserved, and broadcast
];

/// Networks within the global unicast range of IPv6 that nobody is to be called in.
const CLOSED_V6: [(Ipv6Addr, u8); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // protocol assignments: Teredo, benchmarks, ORCHID
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation, RFC 3849
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4, RFC 3056
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation, RFC 9637
];

/// The well-known prefix of NAT64: IPv4 lies in its last 32 bits (RFC 6052, 2.1).
const NAT64: (Ipv6Addr, u8) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// Global unicast (RFC 4291, 2.4): everything else is loopback, local, multicast or not given to anybody.
const GLOBAL: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

fn is_public_v4(address: Ipv4Addr) -> bool {
    let apart = |first: Ipv4Addr| u128::from(first.to_bits() ^ address.to_bits()) << 96;
    !CLOSED_V4.iter().any(|(first, bits)| shares_first(apart(*first), *bits))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let lies_in = |(first, bits): &(Ipv6Addr, u8)| shares_first(first.to_bits() ^ address.to_bits(), *bits);
    if lies_in(&NAT64) {
        let [.., a, b, c, d] = address.octets();
        return is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    lies_in(&GLOBAL) && !CLOSED_V6.iter().any(lies_in)
}

/// Whether two addresses that are `apart` (their difference, bit by bit, in the highest bits) share the first `bits`.
fn shares_first(apart: u128, bits: u8) -> bool {
    apart.leading_zeros() >= u32::from(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_of_the_public_internet_may_be_called() {
        for address in [
            "8.8.8.8",
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.0.1",
            "172.32.0.1",
            "198.17.0.1",
            "198.20.0.1",
            "192.0.1.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450:4001::200e",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2001:200::1",
            "2003::1",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn private_local_reserved_and_disguised_addresses_may_not() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.8.8.8",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "fc00::1",
            "fd12:3456::1",
            "ff02::1",
            "2001:db8::1",
            "3fff::1",
            "3fff:fff::1",
            "100::1",
            "5f00::1",
            "4000::1",
            // IPv4 in IPv6 clothes: mapped, compatible, 6to4, NAT64 and its local kin, Teredo, benchmarks.
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "::8.8.8.8",
            "2002:7f00:1::",
            "2002:808:808::1",
            "64:ff9b::7f00:1",
            "64:ff9b::a00:1",
            "64:ff9b:1::808:808",
            "2001:0:808:808::1",
            "2001:2::1",
            "2001:10::1",
            "2001:1ff::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn what_the_administrator_allows_may_be_called_and_nothing_beside_it() {
        let allow: Vec<IpRange> =
            ["10.1.0.0/16", "fd00::/8"].iter().map(|range| IpRange::parse(range).unwrap()).collect();
        for (address, may) in [
            ("10.1.2.3", true),
            ("10.2.0.1", false),
            ("::ffff:10.1.2.3", true),
            ("fd00::7", true),
            ("fc00::7", false),
            ("64:ff9b::a01:203", false),
            ("8.8.8.8", true),
        ] {
            assert_eq!(may_call(address.parse().unwrap(), &allow), may, "{address}");
        }
    }
}
