//! Nothing that comes in makes it panic, and nothing is too large to be refused early.

use proptest::prelude::*;

use super::super::content::{DEPTH_MAX, LINES_MAX};
use super::super::{
    BYTES_MAX, COMPONENTS_MAX, Current, Outgoing, Refusal, compose, new_words, proposal, read, remark,
};
use super::clients::fixtures;
use super::{at, invitation};
use crate::base::{Chance, Zone};
use crate::words::proposed_time;

/// Reads, and does with it whatever the house would.
fn survive(bytes: &[u8]) {
    let Ok(incoming) = read(bytes) else { return };
    assert!(!incoming.uid.is_empty());
    let zone = Zone::parse("Europe/Paris").unwrap();
    let current = Current { start: at("2026-11-25T10:30:00Z"), end: at("2026-11-25T11:15:00Z"), zone };
    let _ = proposal(&incoming, current, at("2026-11-20T09:00:00Z"));
    let _ = incoming.answered_start(zone);
    let _ = format!("{incoming:?}");
}

#[test]
fn thousands_of_mutated_messages_never_panic() {
    let mut seeds: Vec<Vec<u8>> = fixtures().into_iter().map(|(_, bytes)| bytes).collect();
    seeds.push(compose(&invitation(Outgoing::Request)).unwrap().into_bytes());
    let chance = Chance::seeded(7);
    let pick = |below: usize| usize::try_from(chance.up_to(below.max(1) as u64 - 1)).unwrap();
    for round in 0..10_000 {
        let mut bytes = seeds[round % seeds.len()].clone();
        for _ in 0..=pick(6) {
            let from = pick(bytes.len());
            match pick(6) {
                0 => bytes[from] = chance.bytes::<1>()[0],
                1 => bytes[from] = b":;,\"\\\r\n=^ TZ0"[pick(12)],
                2 => bytes.truncate(from.max(1)),
                3 => {
                    let until = (from + pick(60)).min(bytes.len());
                    bytes.drain(from..until);
                    if bytes.is_empty() {
                        bytes.push(b'B');
                    }
                }
                4 => {
                    let until = (from + pick(60)).min(bytes.len());
                    let copy = bytes[from..until].to_vec();
                    let place = pick(bytes.len());
                    bytes.splice(place..place, copy);
                }
                _ => {
                    let other = &seeds[pick(seeds.len())];
                    let cut = pick(other.len());
                    bytes.truncate(from);
                    bytes.extend_from_slice(&other[cut..]);
                    bytes.push(b'\n');
                }
            }
        }
        survive(&bytes);
    }
}

#[test]
fn what_is_too_large_is_refused() {
    assert_eq!(read(&vec![b'a'; BYTES_MAX + 1]), Err(Refusal::TooLarge));
    let lines = format!("BEGIN:VCALENDAR\n{}", "A:b\n".repeat(LINES_MAX));
    assert_eq!(read(lines.as_bytes()), Err(Refusal::TooManyLines));
    let components = format!("BEGIN:VCALENDAR\n{}", "BEGIN:VEVENT\nEND:VEVENT\n".repeat(COMPONENTS_MAX));
    assert_eq!(read(components.as_bytes()), Err(Refusal::TooManyComponents));
    let deep = "BEGIN:VCALENDAR\n".repeat(DEPTH_MAX + 1);
    assert_eq!(read(deep.as_bytes()), Err(Refusal::TooDeep));
    let uid = format!("BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nUID:{}\nEND:VEVENT\n", "u".repeat(2_000));
    assert_eq!(read(uid.as_bytes()), Err(Refusal::LongUid));
}

#[test]
fn a_line_of_a_megabyte_is_read_in_its_own_time() {
    for filler in [";", "a", "\"", "^", "\\", ",", "\n ", ";X=\"", "ATTENDEE:x\n"] {
        let junk = filler.repeat((BYTES_MAX - 200) / filler.len());
        let text = format!(
            "BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nUID:u\nATTENDEE{junk}:mailto:a@example.org\n"
        );
        survive(text.as_bytes());
    }
}

#[test]
fn utf_16_with_a_byte_order_mark_is_read() {
    let text = "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:u\r\nSUMMARY:Übung\r\nEND:VEVENT\r\n";
    let little = text.encode_utf16().flat_map(u16::to_le_bytes);
    let bytes: Vec<u8> = [0xff, 0xfe].into_iter().chain(little).collect();
    assert_eq!(read(&bytes).unwrap().summary.as_deref(), Some("Übung"));
}

#[test]
fn the_reader_survives_anything() {
    bolero::check!().with_iterations(2_000).for_each(survive);
}

#[test]
fn the_finder_of_times_survives_anything() {
    let zone = Zone::parse("Europe/Paris").unwrap();
    let current = (at("2026-11-25T10:30:00Z"), at("2026-11-25T11:15:00Z"));
    let now = at("2026-11-20T09:00:00Z");
    bolero::check!().with_iterations(2_000).for_each(|bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        let found = proposed_time(&new_words(&text), now, zone, current);
        assert!(found.is_none_or(|(start, end)| start > now && end > start));
        assert!(new_words(&text).contains(&remark(&text)) || text.contains("*~*"));
    });
}

proptest! {
    #[test]
    fn words_in_any_order_are_read_or_not_but_never_panic(
        words in proptest::collection::vec(proptest::sample::select(WORDS), 0..12),
        glued in any::<bool>(),
    ) {
        let zone = Zone::parse("Europe/Paris").unwrap();
        let current = (at("2026-11-25T10:30:00Z"), at("2026-11-25T11:15:00Z"));
        let now = at("2026-11-20T09:00:00Z");
        let text = words.join(if glued { "" } else { " " });
        if let Some((start, end)) = proposed_time(&text, now, zone, current) {
            prop_assert!(start > now && end > start && (start, end) != current, "{}", text);
        }
    }
}

/// Everything that the finder of times listens for.
const WORDS: &[&str] = &[
    "3",
    "15",
    "31",
    "2026",
    "99999999",
    "0",
    "12",
    ":",
    ".",
    ",",
    "/",
    "-",
    "–",
    "th",
    "am",
    "pm",
    "h",
    "uhr",
    "half",
    "past",
    "quarter",
    "to",
    "three",
    "at",
    "um",
    "from",
    "next",
    "this",
    "Tuesday",
    "Thu",
    "tomorrow",
    "morgen",
    "Nov",
    "of",
    "the",
    "same",
    "time",
    "week",
    "later",
    "earlier",
    "hour",
    "an",
    "for",
    "minutes",
    "in",
    "days",
    "EST",
    "Paris",
    "not",
    "but",
    "?",
    "\n\n",
    "noon",
    "halb",
    "viertel",
    "vor",
    "day",
    "after",
    "evening",
    "tonight",
    "move",
    "by",
    "postpone",
    "la",
    "mañana",
    "après",
    "midi",
    "le",
    "(",
    ")",
    "@",
    "30",
    "45",
    "25",
    "18446744073709551615",
];
