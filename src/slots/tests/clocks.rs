//! Clocks that change, and clocks that are half an hour off.

use super::*;

/// What is found for one person with these hours every day, on the asker's clock in the same zone.
fn found(place: &str, windows: &str, minutes: i64, asked: Span) -> Vec<String> {
    let ana = party(Whose::Yours, place, windows, Limits::default(), asked);
    let want = Want { zone: zone(place), step_ms: 30 * MINUTE, ..want(minutes, asked) };
    let clock = zone(place);
    let mut slots = offer(&[ana], &want).slots;
    slots.sort_by_key(|slot| slot.start);
    slots.iter().map(|slot| clock.local(slot.start).format("%d %H:%M").to_string()).collect()
}

#[test]
fn nine_is_nine_on_the_day_the_clocks_go_forward_and_on_the_day_they_go_back() {
    for (asked, days) in [
        (span("2027-03-27T23:00:00Z", "2027-03-29T22:00:00Z"), ["28", "29"]),
        (span("2027-10-30T22:00:00Z", "2027-11-01T23:00:00Z"), ["31", "01"]),
    ] {
        let expected: Vec<String> = days.iter().map(|day| format!("{day} 09:00")).collect();
        assert_eq!(found("Europe/Paris", "09:00-10:00", 60, asked), expected);
    }
}

#[test]
fn a_skipped_hour_has_no_slot_and_a_repeated_one_has_two() {
    // Paris has no 02:00 to 03:00 on 28 March 2027.
    let spring = span("2027-03-27T23:00:00Z", "2027-03-28T22:00:00Z");
    assert_eq!(found("Europe/Paris", "01:30-04:00", 30, spring), ["28 01:30", "28 03:00", "28 03:30"]);
    assert_eq!(
        found("Europe/Paris", "01:30-04:00", 60, spring),
        ["28 01:30", "28 03:00"],
        "from 01:30 to 03:30 on the wall"
    );
    let autumn = span("2027-10-30T22:00:00Z", "2027-10-31T23:00:00Z");
    assert_eq!(
        found("Europe/Paris", "02:00-03:00", 30, autumn),
        ["31 02:00", "31 02:30", "31 02:00", "31 02:30"]
    );
}

#[test]
fn a_day_of_23_and_a_day_of_25_hours_are_whole_days() {
    let whole = |from, to| found("America/New_York", "00:00-24:00", 30, span(from, to)).len();
    assert_eq!(whole("2027-03-14T05:00:00Z", "2027-03-15T04:00:00Z"), 46);
    assert_eq!(whole("2027-11-07T04:00:00Z", "2027-11-08T05:00:00Z"), 50);
}

#[test]
fn a_zone_half_an_hour_off_has_its_hours_and_its_step_on_its_own_clock() {
    let asked = span("2027-02-01T00:00:00Z", "2027-02-02T00:00:00Z");
    let ana = party(Whose::Others, "Asia/Kolkata", "09:00-12:00", Limits::default(), asked);
    // Starts on the hour of whoever asks: half past the hour in UTC.
    let want = Want { zone: zone("Asia/Kolkata"), step_ms: 60 * MINUTE, ..want(60, asked) };
    let kolkata = offer(std::slice::from_ref(&ana), &want);
    assert_eq!(starts(&kolkata), ["2027-02-01T03:30:00Z", "2027-02-01T04:30:00Z", "2027-02-01T05:30:00Z"]);
    let paris = offer(&[ana], &Want { zone: zone("Europe/Paris"), ..want });
    assert_eq!(starts(&paris), ["2027-02-01T04:00:00Z", "2027-02-01T05:00:00Z"]);
}

#[test]
fn a_clock_that_changes_by_half_an_hour_takes_the_step_along() {
    // Lord Howe goes from +11 to +10:30 at 15:00Z on 3 April 2027.
    let asked = span("2027-04-03T12:00:00Z", "2027-04-03T19:00:00Z");
    let ana = party(Whose::Yours, "Australia/Lord_Howe", "00:00-24:00", Limits::default(), asked);
    let want = Want { zone: zone("Australia/Lord_Howe"), step_ms: 60 * MINUTE, ..want(60, asked) };
    assert_eq!(
        starts(&offer(&[ana], &want)),
        [
            "2027-04-03T12:00:00Z",
            "2027-04-03T13:00:00Z",
            "2027-04-03T14:00:00Z",
            "2027-04-03T15:30:00Z",
            "2027-04-03T16:30:00Z",
            "2027-04-03T17:30:00Z"
        ]
    );
}

#[test]
fn a_night_shift_over_the_change_of_clocks_is_as_long_as_the_night_was() {
    let spring = span("2027-03-27T12:00:00Z", "2027-03-28T12:00:00Z");
    let autumn = span("2027-10-30T12:00:00Z", "2027-10-31T12:00:00Z");
    assert_eq!(found("Europe/Paris", "22:00-06:00", 60, spring).len(), 13, "seven hours");
    assert_eq!(found("Europe/Paris", "22:00-06:00", 60, autumn).len(), 17, "nine hours");
}

#[test]
fn two_people_whose_clocks_change_on_different_days_meet_where_both_work() {
    // New York changes on 14 March, Paris on 28 March 2027: for two weeks they are five hours apart.
    for (day, expected) in [("2027-03-10", "14:00"), ("2027-03-17", "13:00"), ("2027-03-31", "13:00")] {
        let asked = span(&format!("{day}T00:00:00Z"), &format!("{day}T23:59:00Z"));
        let paris = party(Whose::Others, "Europe/Paris", "09:00-17:00", Limits::default(), asked);
        let york = party(Whose::Others, "America/New_York", "09:00-17:00", Limits::default(), asked);
        let found = offer(&[paris, york], &want(60, asked));
        assert_eq!(found.slots[0].start.to_string(), format!("{day}T{expected}:00Z"));
    }
}
