//! What values must be beyond their kind.

use std::path::Path;

use crate::base::text::{self, Address};

/// The address in the example; nobody's.
pub(super) fn default_organizer() -> Address {
    Address::parse("scheduling@example.org").expect("it is an address")
}

pub(super) fn path(path: &Path) -> bool {
    !path.as_os_str().is_empty()
}

/// `https://host` or `https://host:port`; one slash at the end is forgiven.
pub(super) fn origin(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let (name, port) = match authority.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
            _ => (authority, None),
        };
        let name_is_fine = match name.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
            Some(inner) => inner.parse::<std::net::Ipv6Addr>().is_ok(),
            None => host(name) && !name.contains(':'),
        };
        name_is_fine && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
    })
}

/// `https://host/v1`: an origin, and perhaps a path.
pub(super) fn base_url(url: &str) -> bool {
    let at = url.find("://").map_or(0, |at| at + 3);
    let (start, path) = url.split_at(at + url[at..].find('/').unwrap_or(url.len() - at));
    origin(start) && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-._~".contains(&b))
}

pub(super) fn sqlite(url: &str) -> bool {
    url.strip_prefix("sqlite:").is_some_and(|file| {
        !file.is_empty() && !file.starts_with("//") && !file.starts_with(':') && !file.contains(['?', '\0'])
    })
}

/// One line that people see.
pub(super) fn name(name: &str) -> bool {
    !name.is_empty() && text::line(name, 100) == name
}

/// A server's name or address.
pub(super) fn host(host: &str) -> bool {
    host.parse::<std::net::IpAddr>().is_ok()
        || (1..=253).contains(&host.len())
            && host.split('.').all(|label| {
                (1..=63).contains(&label.len())
                    && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            })
}

pub(super) fn folders(folders: &[String]) -> bool {
    !folders.is_empty()
        && folders.iter().all(|folder| {
            let name = folder.strip_prefix('\\').unwrap_or(folder);
            let is_use = folder.len() > name.len();
            !name.is_empty()
                && !name.chars().any(char::is_control)
                && (!is_use || name.bytes().all(|byte| byte.is_ascii_alphabetic()))
        })
}

pub(super) fn video(url: &str) -> bool {
    url.is_empty()
        || url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).is_some_and(|rest| {
            let is_plain =
                rest.replace("{id}", "").bytes().all(|b| b.is_ascii_graphic() && !b"{}<>\"\\^`".contains(&b));
            is_plain && !rest.is_empty() && !rest.starts_with('/')
        })
}

pub(super) fn level(level: &str) -> bool {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let is_level = |word: &str| LEVELS.iter().any(|known| known.eq_ignore_ascii_case(word.trim()));
    !level.is_empty()
        && level.split(',').all(|part| match part.split_once('=') {
            Some((module, word)) => !module.trim().is_empty() && is_level(word),
            None => is_level(part),
        })
}
