//! Who is at the other end of a connection: the network address a request comes from.
//!
//! `X-Forwarded-For` is believed as far as the proxies that wrote it are trusted (`server.trusted_proxies`), and not
//! a step further.

use std::net::{IpAddr, Ipv6Addr};

use actix_web::HttpRequest;

use crate::config::IpRange;

/// The network address of whoever asks, as far as trusted proxies tell it.
pub fn address(request: &HttpRequest, trusted: &[IpRange]) -> IpAddr {
    let nobody = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
    let peer = request.peer_addr().map_or(nobody, |peer| peer.ip().to_canonical());
    let is_trusted = |address: IpAddr| trusted.iter().any(|range| range.contains(address));
    let told: Vec<&str> = request
        .headers()
        .get_all("x-forwarded-for")
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let mut nearest = peer;
    // Each proxy adds at the end whom it was asked by: go back as long as who says so is trusted.
    for hop in told.into_iter().rev() {
        if !is_trusted(nearest) {
            break;
        }
        match parse(hop) {
            Some(address) => nearest = address,
            None => break,
        }
    }
    nearest
}

/// Whether a request comes from this machine itself, and not through a proxy that we do not know.
pub fn is_local(request: &HttpRequest, trusted: &[IpRange]) -> bool {
    let Some(peer) = request.peer_addr() else { return false };
    let peer = peer.ip().to_canonical();
    let is_forwarded = ["x-forwarded-for", "forwarded", "x-real-ip", "via"]
        .iter()
        .any(|name| request.headers().contains_key(*name));
    if is_forwarded && !trusted.iter().any(|range| range.contains(peer)) {
        return false;
    }
    address(request, trusted).is_loopback()
}

/// What shares a limit: an IPv4 address, or the /64 of an IPv6 address, which one household has.
pub fn bucket(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// An address of the header, with or without a port.
fn parse(hop: &str) -> Option<IpAddr> {
    let bare = hop.trim_start_matches('[').split(']').next().unwrap_or(hop);
    bare.parse()
        .ok()
        .or_else(|| hop.parse::<std::net::SocketAddr>().ok().map(|socket| socket.ip()))
        .map(|address: IpAddr| address.to_canonical())
}
