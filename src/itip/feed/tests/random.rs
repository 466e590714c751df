//! At random: intervals against a grid, skeletons against what they were written from, and broken calendars.

use proptest::prelude::*;

use super::super::skeleton::Skeleton;
use super::super::{Interval, Reader, expand, read, union};
use super::{FROM, TO, at, calendar, event, paris, read_by_ana};
use crate::base::{Chance, Zone};

/// The calendars that the comparison with python-dateutil is made of.
fn fixtures() -> Vec<(String, Vec<u8>)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/calendars");
    let mut found: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap()))
        .collect();
    found.sort();
    assert!(found.len() >= 60);
    found
}

#[test]
fn a_skeleton_finds_the_time_that_its_event_takes() {
    for (name, bytes) in fixtures() {
        for event in read_by_ana(&bytes).events {
            assert!(event.skeleton.is_ascii() && !event.skeleton.contains('\n'), "{name}");
            let again = expand(&event.skeleton, paris(), at(FROM), at(TO)).unwrap();
            assert_eq!(again.intervals, event.intervals, "{name}: {}", event.skeleton);
            assert_eq!(event.skeleton.parse::<Skeleton>().unwrap().to_string(), event.skeleton, "{name}");
        }
    }
}

#[test]
fn a_later_horizon_is_the_sum_of_its_parts() {
    let (from, middle, to) = (at(FROM), at("2027-03-01T00:00:00Z"), at("2027-07-01T00:00:00Z"));
    for (name, bytes) in fixtures() {
        for event in read_by_ana(&bytes).events {
            let part = |from, to| expand(&event.skeleton, paris(), from, to).unwrap();
            let parts = part(from, middle).intervals.into_iter().chain(part(middle, to).intervals);
            assert_eq!(part(from, to).intervals, union(parts), "{name}: {}", event.skeleton);
            if !part(middle, to).intervals.is_empty() {
                assert!(part(from, middle).goes_on, "{name}: {}", event.skeleton);
            }
        }
    }
}

#[test]
fn thousands_of_mutated_calendars_never_panic() {
    let seeds: Vec<Vec<u8>> = fixtures().into_iter().map(|(_, bytes)| bytes).collect();
    let chance = Chance::seeded(11);
    let pick = |below: usize| usize::try_from(chance.up_to(below.max(1) as u64 - 1)).unwrap();
    for round in 0..3_000 {
        let mut bytes = seeds[round % seeds.len()].clone();
        for _ in 0..=pick(6) {
            let from = pick(bytes.len());
            match pick(5) {
                0 => bytes[from] = chance.bytes::<1>()[0],
                1 => bytes[from] = b":;,=\r\n-+/ TZ0123456789"[pick(22)],
                2 => {
                    let until = (from + pick(40)).min(bytes.len());
                    bytes.drain(from..until);
                    if bytes.is_empty() {
                        bytes.push(b'B');
                    }
                }
                3 => {
                    let until = (from + pick(40)).min(bytes.len());
                    let copy = bytes[from..until].to_vec();
                    let place = pick(bytes.len());
                    bytes.splice(place..place, copy);
                }
                _ => {
                    let other = &seeds[pick(seeds.len())];
                    bytes.truncate(from);
                    bytes.extend_from_slice(&other[pick(other.len())..]);
                    bytes.push(b'\n');
                }
            }
        }
        let reader = Reader { me: &[], zone: paris(), from: at(FROM), to: at(TO) };
        let Ok(feed) = read(&bytes, &reader) else { continue };
        for event in feed.events {
            assert_eq!(union(event.intervals.clone()), event.intervals, "sorted and disjoint");
            assert!(event.intervals.iter().all(|one| one.start >= at(FROM).ms() && one.end <= at(TO).ms()));
            assert!(expand(&event.skeleton, paris(), at(FROM), at(TO)).is_ok(), "{}", event.skeleton);
        }
    }
}

#[test]
fn the_reader_survives_anything() {
    let reader = Reader { me: &[], zone: paris(), from: at(FROM), to: at(TO) };
    bolero::check!().with_iterations(2_000).for_each(|bytes: &[u8]| {
        let _ = read(bytes, &reader);
        let within =
            [b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261125T100000Z\n".as_slice(), bytes].concat();
        let _ = read(&within, &reader);
    });
}

const GRID: i64 = 200;

proptest! {
    #[test]
    fn a_union_is_what_a_grid_of_minutes_says(pairs in prop::collection::vec((0..GRID, 0..GRID), 0..40)) {
        let intervals: Vec<Interval> = pairs.iter().map(|(start, end)| Interval { start: *start, end: *end }).collect();
        let whole = union(intervals.clone());
        for minute in 0..GRID {
            let has = |all: &[Interval]| all.iter().any(|one| one.start <= minute && minute < one.end);
            prop_assert_eq!(has(&whole), has(&intervals), "minute {}", minute);
        }
        for pair in whole.windows(2) {
            prop_assert!(pair[0].end < pair[1].start);
        }
        prop_assert!(whole.iter().all(|one| one.start < one.end));
    }

    /// A weekly series is as busy as its single events: an hour on the wall clock each week, whatever the clocks do.
    #[test]
    fn a_weekly_series_is_its_single_events(
        zone in prop::sample::select(vec!["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia"]),
        hour in 0..24_u32, minute in 0..60_u32, length in 1..5_000_i64, day in 1..28_u32,
    ) {
        let own = |day: chrono::NaiveDate| event(&format!(
            "DTSTART;TZID={zone}:{}T{hour:02}{minute:02}00 DURATION:PT{length}M", day.format("%Y%m%d")
        ));
        let first = chrono::NaiveDate::from_ymd_opt(2026, 9, day).unwrap();
        let series = own(first).replace("\nEND", "\nRRULE:FREQ=WEEKLY;COUNT=20\nEND");
        let singles: Vec<String> = (0..20_u64)
            .map(|week| own(first + chrono::Days::new(week * 7)).replace("UID:e", &format!("UID:e{week}")))
            .collect();
        let taken = |text: String| union(read_by_ana(calendar(&text).as_bytes()).events.into_iter().flat_map(|event| event.intervals));
        prop_assert_eq!(taken(series), taken(singles.join("\n")));
    }

    #[test]
    fn no_text_is_a_skeleton_that_makes_it_panic(text in "1 [bt] [0-9]{8}(T[0-9]{6})? (-|UTC|[+-]01:30|Europe/Paris|V[SD]/[+]0[01]00/[+]0[12]00/19700101T000000//) [0-9]{1,9}[+][0-9]{1,9}( [rdxsum]=[A-Z0-9=;,/+TZ-]{0,30}){0,4}") {
        if let Ok(found) = expand(&text, Zone::UTC, at(FROM), at(TO)) {
            prop_assert_eq!(union(found.intervals.clone()), found.intervals);
        }
    }
}
