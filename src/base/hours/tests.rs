//! Tests of hours.

use chrono::NaiveDate;
use proptest::prelude::*;

use super::*;
use crate::base::time::MINUTE;

fn zone(name: &str) -> Zone {
    Zone::parse(name).unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn windows(text: &str) -> Vec<Window> {
    text.split_whitespace().map(|window| Window::parse(window).unwrap()).collect()
}

fn every_day(text: &str) -> Hours {
    let week = Week::new(std::array::from_fn(|_| windows(text))).unwrap();
    Hours { week, ..Hours::default() }
}

fn spans(hours: &Hours, place: &str, from: &str, to: &str) -> Vec<String> {
    let found = hours.between(zone(place), at(from), at(to));
    found.iter().map(|(start, end)| format!("{start}/{end}")).collect()
}

#[test]
fn a_window_is_read_and_written_as_people_write_it() {
    for (text, start, end, written) in [
        ("09:00-12:30", 540, 750, "09:00-12:30"),
        ("9:00 - 17:00", 540, 1020, "09:00-17:00"),
        ("22:00-06:00", 1320, 1800, "22:00-06:00"),
        ("00:00-24:00", 0, 1440, "00:00-24:00"),
        ("22:00-24:00", 1320, 1440, "22:00-24:00"),
        ("22:00-00:00", 1320, 1440, "22:00-24:00"),
        ("09:00–10:00", 540, 600, "09:00-10:00"),
    ] {
        let window = Window::parse(text).unwrap();
        assert_eq!((window.start(), window.end(), window.to_string().as_str()), (start, end, written));
    }
    for text in [
        "",
        "9-17",
        "09:00",
        "09:60-10:00",
        "25:00-26:00",
        "24:00-24:00",
        "a:00-b:00",
        "+9:00-10:00",
        "09:0-10:00",
    ] {
        assert_eq!(Window::parse(text), None, "{text:?} is no window");
    }
}

#[test]
fn windows_that_overlap_are_refused_over_midnight_and_over_the_weekend_too() {
    assert!(of_a_day(windows("09:00-12:00 11:00-13:00")).is_err());
    assert_eq!(of_a_day(windows("13:00-17:00 09:00-13:00")).unwrap(), windows("09:00-13:00 13:00-17:00"));
    let mut days: [Vec<Window>; 7] = Default::default();
    days[6] = windows("22:00-06:00");
    days[0] = windows("06:00-07:00");
    assert!(Week::new(days.clone()).is_ok());
    days[0] = windows("05:00-07:00");
    assert!(Week::new(days).is_err(), "Sunday's night reaches into Monday");
    assert!(of_a_day(vec![windows("09:00-09:01")[0]; 13]).is_err());
}

#[test]
fn a_week_is_read_back_from_its_json_and_a_bad_one_is_not() {
    let week = Week::office();
    let json = serde_json::to_string(&week).unwrap();
    assert_eq!(
        json,
        r#"[["09:00-17:00"],["09:00-17:00"],["09:00-17:00"],["09:00-17:00"],["09:00-17:00"],[],[]]"#
    );
    assert_eq!(serde_json::from_str::<Week>(&json).unwrap(), week);
    assert!(serde_json::from_str::<Week>(r#"[["09:00-12:00","11:00-13:00"],[],[],[],[],[],[]]"#).is_err());
    assert!(serde_json::from_str::<Week>(r#"[["nine to five"],[],[],[],[],[],[]]"#).is_err());
}

#[test]
fn nine_stays_nine_on_both_sides_of_a_clock_change() {
    let found =
        spans(&every_day("09:00-17:00"), "Europe/Paris", "2026-03-28T00:00:00Z", "2026-03-30T00:00:00Z");
    assert_eq!(
        found,
        ["2026-03-28T08:00:00Z/2026-03-28T16:00:00Z", "2026-03-29T07:00:00Z/2026-03-29T15:00:00Z"]
    );
}

#[test]
fn a_day_off_has_no_hours_and_an_exception_has_its_own() {
    let mut hours = every_day("09:00-17:00");
    hours.exceptions.insert(NaiveDate::from_ymd_opt(2026, 6, 19).unwrap(), Vec::new());
    hours.exceptions.insert(NaiveDate::from_ymd_opt(2026, 6, 20).unwrap(), windows("10:00-11:00"));
    let found = spans(&hours, "UTC", "2026-06-19T00:00:00Z", "2026-06-21T00:00:00Z");
    assert_eq!(found, ["2026-06-20T10:00:00Z/2026-06-20T11:00:00Z"]);
}

#[test]
fn a_window_over_midnight_is_one_span_and_starts_the_day_before_if_asked_from_midnight() {
    let found = spans(&every_day("22:00-06:00"), "UTC", "2026-06-19T00:00:00Z", "2026-06-20T00:00:00Z");
    assert_eq!(
        found,
        ["2026-06-19T00:00:00Z/2026-06-19T06:00:00Z", "2026-06-19T22:00:00Z/2026-06-20T00:00:00Z"]
    );
    let found =
        spans(&every_day("00:00-24:00"), "Asia/Kolkata", "2026-06-19T00:00:00Z", "2026-06-21T00:00:00Z");
    assert_eq!(found, ["2026-06-19T00:00:00Z/2026-06-21T00:00:00Z"]);
}

#[test]
fn hours_in_a_gap_and_in_an_overlap_are_what_the_clock_on_the_wall_allows() {
    let (from, to) = ("2026-03-29T00:00:00Z", "2026-03-29T12:00:00Z");
    // 02:00 to 03:00 does not exist in Paris on this day; the change is at 01:00Z.
    for (window, expected) in [
        ("02:00-03:00", vec![]),
        ("01:00-02:30", vec!["2026-03-29T00:00:00Z/2026-03-29T01:00:00Z"]),
        ("02:30-04:00", vec!["2026-03-29T01:30:00Z/2026-03-29T02:00:00Z"]),
        ("01:00-04:00", vec!["2026-03-29T00:00:00Z/2026-03-29T02:00:00Z"]),
    ] {
        assert_eq!(spans(&every_day(window), "Europe/Paris", from, to), expected, "{window}");
    }
    // 02:00 to 03:00 exists twice on 25 October.
    let (from, to) = ("2026-10-24T23:00:00Z", "2026-10-25T12:00:00Z");
    for (window, expected) in [
        ("02:00-03:00", vec!["2026-10-25T00:00:00Z/2026-10-25T02:00:00Z"]),
        ("02:30-04:00", vec!["2026-10-25T00:30:00Z/2026-10-25T03:00:00Z"]),
        ("01:00-02:30", vec!["2026-10-24T23:00:00Z/2026-10-25T00:30:00Z"]),
    ] {
        assert_eq!(spans(&every_day(window), "Europe/Paris", from, to), expected, "{window}");
    }
}

#[test]
fn a_zone_that_skipped_a_whole_day_has_no_hours_on_it() {
    // Samoa had no 30 December 2011.
    let found =
        spans(&every_day("09:00-17:00"), "Pacific/Apia", "2011-12-29T10:00:00Z", "2011-12-31T10:00:00Z");
    assert_eq!(
        found,
        ["2011-12-29T19:00:00Z/2011-12-30T03:00:00Z", "2011-12-30T19:00:00Z/2011-12-31T03:00:00Z"]
    );
}

proptest! {
    #[test]
    fn spans_are_sorted_apart_and_are_the_minutes_whose_wall_clock_lies_in_a_window(
        start in 0_u16..1_440, length in 1_u16..=1_440,
        place in prop::sample::select(vec!["UTC", "Asia/Kathmandu", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Tokyo"]),
        day in 0_i64..4_000,
    ) {
        let Some(window) = Window::new(start, start + length) else { return Ok(()) };
        prop_assume!(length < 1_000);
        let week = Week::new(std::array::from_fn(|_| vec![window])).unwrap();
        let hours = Hours { week, ..Hours::default() };
        let zone = zone(place);
        let from = at("2026-01-01T00:00:00Z").plus(day * 1_440 * MINUTE);
        let to = from.plus(2 * 1_440 * MINUTE);
        let found = hours.between(zone, from, to);
        for pair in found.windows(2) {
            prop_assert!(pair[0].1 < pair[1].0);
        }
        let offset_changes = zone.offset(from.plus(-1_440 * MINUTE)) != zone.offset(to.plus(1_440 * MINUTE));
        prop_assume!(!offset_changes);
        for minute in 0..2 * 1_440 {
            let instant = from.plus(minute * MINUTE);
            let wall = zone.local(instant);
            let wall = i64::from(chrono::Timelike::num_seconds_from_midnight(&wall) / 60);
            let (start, end) = (i64::from(window.start()), i64::from(window.end()));
            let expected = (start..end).contains(&wall) || (start..end).contains(&(wall + 1_440));
            let covered = found.iter().any(|(start, end)| *start <= instant && instant < *end);
            prop_assert_eq!(covered, expected, "at {}", instant);
        }
    }
}

#[test]
fn what_two_parts_of_a_day_share_is_counted_over_midnight_too() {
    for (one, other, shared) in [
        ("09:00-12:00", "10:00-14:00", 120),
        ("09:00-12:00", "12:00-14:00", 0),
        ("22:00-02:00", "00:00-06:00", 120),
        ("00:00-06:00", "22:00-02:00", 120),
        ("22:00-02:00", "23:00-24:00", 60),
        ("00:00-24:00", "22:00-02:00", 120),
    ] {
        let of = |text: &str| Window::parse(text).unwrap();
        assert_eq!(of(one).shared(of(other)), shared, "{one} {other}");
    }
}

#[test]
fn a_day_is_named_by_its_weekday_or_its_date() {
    let tuesday = NaiveDate::from_ymd_opt(2026, 11, 24).unwrap();
    for (text, name, is) in [
        ("tue", "Tuesday", true),
        ("wed", "Wednesday", false),
        ("2026-11-24", "24 Nov", true),
        ("2026-11-25", "25 Nov", false),
    ] {
        let day = NamedDay::parse(text).unwrap();
        assert_eq!((day.to_string().as_str(), day.name().as_str(), day.is(tuesday)), (text, name, is));
        assert_eq!(serde_json::from_str::<NamedDay>(&serde_json::to_string(&day).unwrap()).unwrap(), day);
    }
    for text in ["", "Tue", "tuesday", "2026-13-01", "24"] {
        assert_eq!(NamedDay::parse(text), None, "{text:?}");
    }
}
