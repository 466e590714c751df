//! Tests of the ground.

use chrono::NaiveDate;
use proptest::prelude::*;

use super::id::{MeetingId, UserId};
use super::secret::{base32, hex, same, sha256};
use super::text::{Address, blank_addresses, blank_links, line, paragraphs};
use super::time::{DAY, HOUR, MINUTE, Resolved, lasting, monday};
use super::*;

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn zone(name: &str) -> Zone {
    Zone::parse(name).unwrap()
}

#[test]
fn an_instant_is_written_and_read_as_rfc_3339() {
    let cases = [
        ("2026-11-25T10:30:00Z", "2026-11-25T10:30:00Z"),
        ("2026-11-25T11:30:00+01:00", "2026-11-25T10:30:00Z"),
        ("2026-11-25T10:30:00.250Z", "2026-11-25T10:30:00.250Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
    ];
    for (text, written) in cases {
        assert_eq!(at(text).to_rfc3339(), written);
    }
    for text in ["", "2026-11-25", "2026-11-25T10:30:00", "2026-13-01T00:00:00Z", "noon"] {
        assert_eq!(Timestamp::parse_rfc3339(text), None, "{text}");
    }
    assert_eq!(Timestamp::from_ms(i64::MAX), Timestamp::MAX);
    assert_eq!(Timestamp::MIN.plus(i64::MIN), Timestamp::MIN);
    assert_eq!(at("1969-12-31T23:59:59.500Z").whole_second(), at("1969-12-31T23:59:59Z"));
}

#[test]
fn a_local_time_that_a_clock_change_skips_or_repeats_is_resolved_as_rfc_5545_says() {
    let local = |y, m, d, h, min| NaiveDate::from_ymd_opt(y, m, d).unwrap().and_hms_opt(h, min, 0).unwrap();
    let cases = [
        ("Europe/Paris", local(2026, 3, 29, 2, 30), Resolved::Skipped(at("2026-03-29T01:30:00Z"))),
        ("Europe/Paris", local(2026, 10, 25, 2, 30), Resolved::Twice(at("2026-10-25T00:30:00Z"))),
        ("Europe/Paris", local(2026, 11, 25, 10, 30), Resolved::Once(at("2026-11-25T09:30:00Z"))),
        ("America/New_York", local(2026, 3, 8, 2, 30), Resolved::Skipped(at("2026-03-08T07:30:00Z"))),
        ("America/New_York", local(2026, 11, 1, 1, 30), Resolved::Twice(at("2026-11-01T05:30:00Z"))),
        ("Australia/Lord_Howe", local(2026, 10, 4, 2, 15), Resolved::Skipped(at("2026-10-03T15:45:00Z"))),
        // Samoa left out a whole day.
        ("Pacific/Apia", local(2011, 12, 30, 12, 0), Resolved::Skipped(at("2011-12-30T22:00:00Z"))),
    ];
    for (name, local, resolved) in cases {
        assert_eq!(zone(name).resolve(local), resolved, "{name} {local}");
    }
}

#[test]
fn a_date_begins_at_its_midnight_or_where_the_clocks_skip_that_an_hour_later() {
    let date = |text: &str| text.parse::<NaiveDate>().unwrap();
    for (name, day, begins) in [
        ("Europe/Paris", "2026-11-25", "2026-11-24T23:00:00Z"),
        ("Asia/Kolkata", "2026-11-25", "2026-11-24T18:30:00Z"),
        // Clocks went forward at midnight: the day began at 1:00.
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"),
        // And back at midnight: the first of the two midnights counts.
        ("America/Havana", "2026-11-01", "2026-11-01T04:00:00Z"),
    ] {
        assert_eq!(zone(name).midnight(date(day)), at(begins), "{name} {day}");
    }
}

#[test]
fn the_monday_of_a_week_is_the_one_before_its_sunday() {
    let date = |text: &str| text.parse::<NaiveDate>().unwrap();
    for day in ["2026-11-23", "2026-11-25", "2026-11-29"] {
        assert_eq!(monday(date(day)), date("2026-11-23"), "{day}");
    }
    assert_eq!(monday(NaiveDate::MIN).min(NaiveDate::MIN), NaiveDate::MIN, "the calendar has a beginning");
}

#[test]
fn how_long_something_lasts_is_told_in_the_unit_that_people_would_use() {
    let told = [0, 15 * MINUTE, HOUR, 36 * HOUR, 48 * HOUR, 336 * HOUR].map(lasting);
    assert_eq!(told, ["1 minute", "15 minutes", "60 minutes", "36 hours", "2 days", "14 days"]);
}

#[test]
fn a_time_is_told_with_its_place_and_offset() {
    let (start, end) = (at("2026-11-25T09:30:00Z"), at("2026-11-25T10:15:00Z"));
    let paris = zone("europe/paris");
    assert_eq!((paris.name(), paris.place()), ("Europe/Paris", "Paris".to_owned()));
    assert_eq!(paris.span(start, end), "Wednesday 25 November 2026, 10:30 – 11:15");
    assert_eq!(
        paris.span(start, start.plus(DAY)),
        "Wednesday 25 November 2026, 10:30 – Thursday 26 November 2026, 10:30"
    );
    assert_eq!(paris.short(start), "Wed 25 Nov, 10:30");
    assert_eq!((paris.named(start).as_str(), Zone::UTC.named(start).as_str()), ("Paris time, UTC+1", "UTC"));
    let offsets = [("Asia/Kolkata", "UTC+5:30"), ("America/St_Johns", "UTC-3:30"), ("Europe/London", "UTC")];
    for (name, offset) in offsets {
        assert_eq!(zone(name).offset(start), offset, "{name}");
    }
    assert_eq!(paris.abbreviation(start).as_deref(), Some("CET"));
    assert_eq!(zone("America/Sao_Paulo").abbreviation(start), None, "digits are no name");
    assert_eq!(Zone::parse("Mars/Base"), None);
    assert!(Zone::names().all(|name| Zone::parse(name).is_some()));
}

#[test]
fn a_clock_that_is_set_moves_with_its_clones_only_when_told() {
    let clock = Clock::set_at(at("2026-11-25T09:30:00Z"));
    let clone = clock.clone();
    clock.advance(HOUR);
    assert_eq!(clone.now(), at("2026-11-25T10:30:00Z"));
    let system = Clock::system();
    let before = system.now();
    system.advance(DAY);
    assert!(system.now().since(before) < DAY);
}

#[test]
fn an_id_is_written_with_its_prefix_and_read_by_its_own_kind_only() {
    let id = MeetingId::from_uuid(uuid::Uuid::from_u128(0xabc));
    assert_eq!(id.to_string(), "mtg_00000000000000000000000000000abc");
    assert_eq!(id.to_string().parse::<MeetingId>().unwrap(), id);
    assert_eq!(serde_json::to_string(&id).unwrap(), "\"mtg_00000000000000000000000000000abc\"");
    assert!(id.to_string().parse::<UserId>().is_err());
    for text in ["", "mtg_", "mtg", "mtg_00000000-0000-0000-0000-000000000abc", "mtg_0abc", "MTG_0"] {
        assert_eq!(text.parse::<MeetingId>().unwrap_err().code(), "not-found", "{text}");
    }
}

#[test]
fn ids_of_one_process_rise_within_a_millisecond_and_when_the_clock_steps_back() {
    let (chance, now) = (Chance::seeded(7), at("2026-11-25T09:30:00Z"));
    let mut ids: Vec<_> = (0..100_000).map(|_| chance.uuid(now)).collect();
    ids.extend((0..1_000).map(|i| chance.uuid(now.plus(-i))));
    ids.push(chance.uuid(now.plus(1)));
    assert!(ids.is_sorted_by(|a, b| a < b));
    assert!(ids.iter().all(|id| id.get_version_num() == 7 && id.get_variant() == uuid::Variant::RFC4122));
}

#[test]
fn a_seed_repeats_and_the_system_does_not() {
    let draw = |chance: &Chance| chance.bytes::<20>();
    assert_eq!(draw(&Chance::seeded(1)), draw(&Chance::seeded(1)));
    assert_ne!(draw(&Chance::seeded(1)), draw(&Chance::seeded(2)));
    assert_ne!(draw(&Chance::system()), draw(&Chance::system()));
    let chance = Chance::seeded(3);
    assert!((0..1_000).all(|_| chance.up_to(3) <= 3));
    assert_eq!(chance.up_to(0), 0);
}

#[test]
fn secrets_print_as_stars() {
    let secret = Secret::new("hunter2");
    assert_eq!((format!("{secret} {secret:?}"), secret.expose()), ("*** ***".into(), "hunter2"));
    assert_eq!(serde_json::to_string(&secret).unwrap(), "\"***\"");
    assert_eq!(format!("{:?}", Keys::derive(&[7; 32])), "Keys(***)");
    let address = Address::parse("ana@example.org").unwrap();
    assert_eq!(format!("{address:?}"), "Address(***)");
}

#[test]
fn keys_keep_purposes_apart_and_are_the_same_after_a_restart() {
    let keys = Keys::derive(&[7; 32]);
    assert_eq!(keys.lookup("link", "a"), Keys::derive(&[7; 32]).lookup("link", "a"));
    assert_ne!(keys.lookup("link", "a"), keys.lookup("address", "a"));
    assert_ne!(keys.lookup("link", "a"), Keys::derive(&[8; 32]).lookup("link", "a"));
    // The purpose ends where it ends.
    assert_ne!(keys.lookup("link", "a"), keys.lookup("lin", "ka"));
    let secret = keys.link_secret("approve", "lnk_1");
    assert!(
        secret.len() == 32 && secret.bytes().all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b))
    );
}

#[test]
fn what_is_sealed_opens_in_its_place_with_its_key_and_unchanged() {
    let (keys, chance) = (Keys::derive(&[7; 32]), Chance::seeded(7));
    let sealed = keys.seal(&chance, "letters.body", b"plain");
    assert_eq!(keys.open("letters.body", &sealed).unwrap(), b"plain");
    assert_ne!(sealed, keys.seal(&chance, "letters.body", b"plain"), "no nonce twice");
    assert!(keys.open("letters.token", &sealed).is_err());
    assert!(Keys::derive(&[8; 32]).open("letters.body", &sealed).is_err());
    for i in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[i] ^= 1;
        assert!(keys.open("letters.body", &changed).is_err(), "byte {i}");
        assert!(keys.open("letters.body", &sealed[..i]).is_err(), "{i} bytes");
    }
}

#[test]
fn encodings_are_those_of_the_rfcs() {
    // RFC 4648, 10, in lower case and without padding.
    let cases = [
        ("", ""),
        ("f", "my"),
        ("fo", "mzxq"),
        ("foo", "mzxw6"),
        ("foob", "mzxw6yq"),
        ("foobar", "mzxw6ytboi"),
    ];
    for (plain, coded) in cases {
        assert_eq!(base32(plain.as_bytes()), coded);
    }
    assert_eq!(hex(&[0, 255, 16]), "00ff10");
    assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert!(same("abc", "abc") && !same("abc", "abd") && !same("abc", "ab") && same("", ""));
}

#[test]
fn an_address_is_read_from_what_people_headers_and_calendars_write() {
    let cases = [
        ("ana@example.org", Some("ana@example.org")),
        (" <Ana.B@Example.org> ", Some("Ana.B@Example.org")),
        ("mailto:ana@example.org", Some("ana@example.org")),
        ("MAILTO:ana%2Btag@example.org", Some("ana+tag@example.org")),
        ("mailto:ana@example.org?subject=x", Some("ana@example.org")),
        ("o'hara@example.org", Some("o'hara@example.org")),
        ("", None),
        ("ana", None),
        ("@example.org", None),
        ("ana@", None),
        ("ana@@example.org", None),
        ("ana b@example.org", None),
        ("ana@example..org", None),
        ("ana@-example.org", None),
        (".ana@example.org", None),
        ("ana@example.org\r\nBcc: ben@example.org", None),
        ("mailto:ana%0d%0aBcc:ben@example.org", None),
        ("mailto:%ff@example.org", None),
    ];
    for (text, read) in cases {
        assert_eq!(Address::parse(text).as_ref().map(Address::as_str), read, "{text:?}");
    }
    assert!(Address::parse(&format!("{}@example.org", "a".repeat(65))).is_none());
    assert!(Address::parse(&format!("a@{}", "a.".repeat(130))).is_none());
}

#[test]
fn a_sub_address_is_put_on_and_taken_off() {
    let plain = Address::parse("Scheduling@Example.org").unwrap();
    let tagged = plain.with_tag("abc");
    assert_eq!(
        (tagged.as_str(), tagged.tag(), plain.tag()),
        ("Scheduling+abc@Example.org", Some("abc"), None)
    );
    assert_eq!(tagged.mailbox_key(), "scheduling@example.org");
    assert_eq!((plain.local(), plain.domain()), ("Scheduling", "Example.org"));
}

#[test]
fn addresses_are_blanked_however_they_are_spelt() {
    let cases = [
        ("write to ana@example.org now", "write to [address removed] now"),
        ("<ana@example.org>,ben@example.org", "<[address removed]>,[address removed]"),
        ("mailto:ana@example.org", "mailto:[address removed]"),
        ("mailto:ana%40example.org", "mailto:[address removed]"),
        ("ana＠example.org", "[address removed]"),
        ("5 @ noon, @home", "5 @ noon, @home"),
        ("nothing here", "nothing here"),
    ];
    for (text, blanked) in cases {
        assert_eq!(blank_addresses(text), blanked);
    }
}

#[test]
fn links_are_blanked_wherever_they_stand() {
    let cases = [
        ("see https://a.example/b?c=d#e.", "see [link removed]"),
        ("<HTTP://a.example>, <https://b.example>", "<[link removed]>, <[link removed]>"),
        ("ünïhttps://a.example\nnext", "ünï[link removed]\nnext"),
        ("http: no, https alone", "http: no, https alone"),
    ];
    for (text, blanked) in cases {
        assert_eq!(blank_links(text), blanked);
    }
}

#[test]
fn a_line_from_outside_is_one_line_without_tricks() {
    assert_eq!(line("  a\r\n b\tc\u{0}\u{202e}d\u{200b} ", 100), "a b cd");
    assert_eq!(line("abcdef", 3), "abc");
    assert_eq!(paragraphs("a\r\n\r\n\r\n\r\nb\rc\u{7}", 100), "a\n\nb\nc");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_from_outside_panics_or_keeps_an_address(text in ".{0,60}", local in "[a-z]{1,8}", domain in "[a-z]{1,8}\\.org") {
        let _ = (Address::parse(&text), line(&text, 20), paragraphs(&text, 20), Zone::parse(&text));
        let _ = blank_links(&text);
        let _ = (Timestamp::parse_rfc3339(&text), text.parse::<MeetingId>());
        let address = format!("{local}@{domain}");
        let spoken = format!("{text} {address} {text}");
        prop_assert!(!line(&spoken, 1_000).contains(&address));
        prop_assert!(!paragraphs(&spoken, 1_000).contains(&address));
    }

    #[test]
    fn what_is_resolved_is_the_local_time_it_was_wherever_that_exists(ms in 0_i64..4_102_444_800_000, n in 0_usize..400) {
        let names: Vec<_> = Zone::names().collect();
        let zone = zone(names[n % names.len()]);
        let instant = Timestamp::from_ms(ms).whole_second();
        let local = zone.local(instant);
        match zone.resolve(local) {
            Resolved::Once(found) => prop_assert_eq!(found, instant),
            Resolved::Twice(first) => prop_assert!(first <= instant && zone.local(first) == local),
            Resolved::Skipped(_) => prop_assert!(false, "{} has no {local}", zone.name()),
        }
    }
}
