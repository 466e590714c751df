//! What a `TZID` means: IANA names in their many disguises, Windows names, lists of cities, offsets.
//!
//! It knows names only; a zone described in the message itself is read by `vtimezone`.

use chrono::FixedOffset;

use crate::base::Zone;

use super::windows_zones::{DISPLAYED, WINDOWS};

/// What a zone name turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Zone(Zone),
    Offset(FixedOffset),
}

/// The zone that a `TZID` names, if it is one that is known by name: an IANA zone (with or without the
/// prefix of the program that wrote it), a Windows zone, the name that Outlook displays, one city of
/// such a list.
pub fn zone_named(tzid: &str) -> Option<Zone> {
    match named(tzid)? {
        Named::Zone(zone) => Some(zone),
        Named::Offset(_) => None,
    }
}

/// As [`zone_named`], offsets such as `GMT+01:00` included.
pub(super) fn named(tzid: &str) -> Option<Named> {
    let plain = tzid.trim().trim_matches(['"', '\'']).trim();
    if plain.is_empty() || plain.len() > 200 {
        return None;
    }
    if matches!(plain.to_ascii_uppercase().as_str(), "Z" | "UTC" | "GMT" | "ZULU" | "TZONE://MICROSOFT/UTC") {
        return Some(Named::Zone(Zone::UTC));
    }
    let without_offset = without_offset(plain);
    Zone::parse(plain)
        .or_else(|| listed(WINDOWS, plain))
        .or_else(|| listed(WINDOWS, without_offset))
        .or_else(|| listed(DISPLAYED, without_offset))
        .or_else(|| after_prefix(plain))
        .map(Named::Zone)
        .or_else(|| offset(plain).map(Named::Offset))
        .or_else(|| cities(without_offset).map(Named::Zone))
}

fn listed(table: &[(&str, &str)], name: &str) -> Option<Zone> {
    let key = name.to_lowercase();
    let at = table.binary_search_by(|(listed, _)| (*listed).cmp(key.as_str())).ok()?;
    Zone::parse(table[at].1)
}

/// `(UTC+01:00) Paris` and `(GMT+01.00) Paris` are `Paris`; so is `Paris (GMT+1)`.
fn without_offset(name: &str) -> &str {
    let is_offset = |text: &str| text.starts_with("UTC") || text.starts_with("GMT");
    if let Some((offset, rest)) = name.strip_prefix('(').and_then(|inner| inner.split_once(')'))
        && is_offset(offset)
        && !rest.trim().is_empty()
    {
        return rest.trim();
    }
    match name.split_once('(') {
        Some((rest, offset)) if is_offset(offset) && !rest.trim().is_empty() => rest.trim(),
        _ => name,
    }
}

/// `/freeassociation.sourceforge.net/Europe/Paris` and `/mozilla.org/20050126_1/Europe/Paris`.
fn after_prefix(name: &str) -> Option<Zone> {
    let segments: Vec<&str> = name.split('/').collect();
    let last = segments.len();
    [3, 2].into_iter().filter(|count| *count < last).find_map(|count| {
        let tail = segments[last - count..].join("/");
        Zone::parse(&tail)
    })
}

/// `GMT+01:00`, `UTC-5`, `+0530`: an offset east of Greenwich (only `Etc/GMT+1` counts westward).
fn offset(name: &str) -> Option<FixedOffset> {
    let name = name.trim_matches(['(', ')']);
    let digits = ["UTC", "GMT"].iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name).trim();
    let (sign, rest) = match digits.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let rest = rest.replace([':', '.'], "");
    if rest.is_empty() || rest.len() > 4 || !rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i32 = rest.parse().ok()?;
    let (hours, minutes) = if rest.len() <= 2 { (number, 0) } else { (number / 100, number % 100) };
    (hours <= 18 && minutes < 60).then(|| FixedOffset::east_opt(sign * (hours * 3600 + minutes * 60)))?
}

/// The first city of a list that is known, from Outlook's lists or from the IANA names.
fn cities(list: &str) -> Option<Zone> {
    list.split([',', '/', ';']).map(str::trim).filter(|city| city.len() > 2).find_map(city)
}

/// The zone of one city.
pub fn city(name: &str) -> Option<Zone> {
    let key = name.to_lowercase();
    let listed = DISPLAYED.iter().find(|(cities, _)| cities.split(", ").any(|one| one == key));
    let zone = |(_, zone): &(&str, &str)| Zone::parse(zone);
    let segment = key.replace(' ', "_");
    Zone::names()
        .filter(|zone| zone.contains('/'))
        .find(|zone| zone.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(&segment)))
        .and_then(Zone::parse)
        .or_else(|| listed.and_then(zone))
}
