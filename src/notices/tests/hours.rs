//! Quiet hours and times of day in a person's own zone, on the days of clock changes too.

use super::super::choose::next_at;
use super::*;
use crate::base::hours::Window;

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

#[test]
fn quiet_hours_end_when_the_clock_on_the_wall_says_so() {
    // Quiet hours, zone, now, and when they end.
    let table = [
        ("22:00-07:00", "Europe/Paris", "2027-01-15T21:30:00Z", Some("2027-01-16T06:00:00Z")),
        ("22:00-07:00", "Europe/Paris", "2027-01-15T20:59:59Z", None),
        ("22:00-07:00", "Europe/Paris", "2027-01-16T05:59:59Z", Some("2027-01-16T06:00:00Z")),
        ("22:00-07:00", "Europe/Paris", "2027-01-16T06:00:00Z", None),
        ("12:00-14:00", "Europe/Paris", "2027-01-15T12:15:00Z", Some("2027-01-15T13:00:00Z")),
        ("00:00-06:00", "Asia/Kolkata", "2027-01-15T19:00:00Z", Some("2027-01-16T00:30:00Z")),
        // The clock goes forward at 02:00 on 28 March: the night is an hour shorter.
        ("22:00-07:00", "Europe/Paris", "2027-03-27T21:30:00Z", Some("2027-03-28T05:00:00Z")),
        // It ends at half past two, which there is not: the moment of the change.
        ("22:00-02:30", "Europe/Paris", "2027-03-27T23:30:00Z", Some("2027-03-28T01:00:00Z")),
        // The clock goes back at 03:00 on 31 October: an hour longer.
        ("22:00-07:00", "Europe/Paris", "2027-10-30T20:30:00Z", Some("2027-10-31T06:00:00Z")),
        // Half past two comes twice: the first is meant.
        ("22:00-02:30", "Europe/Paris", "2027-10-30T23:30:00Z", Some("2027-10-31T00:30:00Z")),
        ("22:00-02:30", "Europe/Paris", "2027-10-31T01:15:00Z", None),
        // A zone that changes by half an hour.
        ("23:00-02:15", "Australia/Lord_Howe", "2027-10-02T14:00:00Z", Some("2027-10-02T15:30:00Z")),
    ];
    for (quiet, zone, now, end) in table {
        let (window, zone) = (Window::parse(quiet).unwrap(), Zone::parse(zone).unwrap());
        let found = quiet_until(window, zone, at(now)).map(Timestamp::to_rfc3339);
        assert_eq!(found.as_deref(), end, "{quiet} {} {now}", zone.name());
    }
}

#[test]
fn a_time_of_day_comes_once_a_day() {
    let paris = paris();
    for (now, next) in [
        ("2027-01-15T06:59:59Z", "2027-01-15T07:00:00Z"),
        ("2027-01-15T07:00:00Z", "2027-01-16T07:00:00Z"),
        ("2027-03-27T08:00:00Z", "2027-03-28T06:00:00Z"),
        ("2027-10-30T08:00:00Z", "2027-10-31T07:00:00Z"),
    ] {
        assert_eq!(next_at(480, paris, at(now)).to_rfc3339(), next, "{now}");
    }
    // Half past two does not exist that day; it is said by the offset before the gap.
    assert_eq!(next_at(150, paris, at("2027-03-27T12:00:00Z")).to_rfc3339(), "2027-03-28T01:30:00Z");
}
