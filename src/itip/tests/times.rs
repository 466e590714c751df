//! Dates, durations and zones, in every spelling.

use crate::base::Zone;

use super::super::{Moment, read, zone_named};
use super::at;

/// The start that is read of one DTSTART line, after some lines for the calendar.
fn start(zones: &str, line: &str) -> Option<Moment> {
    let text = format!(
        "BEGIN:VCALENDAR\nMETHOD:REPLY\n{zones}BEGIN:VEVENT\nUID:u\n{line}\nEND:VEVENT\nEND:VCALENDAR\n"
    );
    read(text.as_bytes()).unwrap().start
}

#[test]
fn every_windows_zone_and_displayed_name_is_a_zone() {
    use super::super::windows_zones::{DISPLAYED, WINDOWS};
    assert!(WINDOWS.len() >= 139, "{}", WINDOWS.len());
    for table in [WINDOWS, DISPLAYED] {
        assert!(table.is_sorted_by(|one, other| one.0 < other.0));
        for (name, zone) in table {
            assert!(Zone::parse(zone).is_some(), "{name}: {zone}");
            assert_eq!(*name, name.to_lowercase());
            assert!(zone_named(name).is_some(), "{name}");
        }
    }
}

#[test]
fn zones_are_known_by_many_names() {
    let rows = [
        ("Europe/Paris", "Europe/Paris"),
        ("europe/paris", "Europe/Paris"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("Romance Standard Time", "Europe/Paris"),
        ("FLE Standard Time", "Europe/Kiev"),
        ("\"Eastern Standard Time\"", "America/New_York"),
        ("UTC", "UTC"),
        ("tzone://Microsoft/Utc", "UTC"),
        ("GMT Standard Time", "Europe/London"),
        ("Sarajevo, Skopje, Warsaw, Zagreb", "Europe/Warsaw"),
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Berlin"),
        ("(GMT-05.00) Eastern Time (US & Canada)", "America/New_York"),
        ("Sarajevo/Warsaw/Zagreb", "Europe/Sarajevo"),
        ("/freeassociation.sourceforge.net/Europe/Paris", "Europe/Paris"),
        ("/mozilla.org/20050126_1/America/Argentina/Ushuaia", "America/Argentina/Ushuaia"),
        ("Tokyo", "Asia/Tokyo"),
    ];
    for (name, zone) in rows {
        assert_eq!(zone_named(name).map(Zone::name), Some(zone), "{name}");
    }
    for name in ["", "Customized Time Zone", "Nowhere/Nothing", "GMT+25:00", "x".repeat(500).as_str()] {
        assert_eq!(zone_named(name), None, "{name}");
    }
}

#[test]
fn a_start_is_read_in_every_spelling() {
    let rows = [
        ("DTSTART:20261125T103000Z", "2026-11-25T10:30:00Z"),
        ("DTSTART:20261125t103000z", "2026-11-25T10:30:00Z"),
        ("DTSTART:2026-11-25T10:30:00Z", "2026-11-25T10:30:00Z"),
        ("DTSTART:2026-11-25T11:30:00+01:00", "2026-11-25T10:30:00Z"),
        ("DTSTART;TZID=Europe/Paris:20261125T113000", "2026-11-25T10:30:00Z"),
        ("DTSTART;TZID=\"Europe/Paris\":20260625T123000", "2026-06-25T10:30:00Z"),
        ("DTSTART;TZID=Romance Standard Time:20261125T113000", "2026-11-25T10:30:00Z"),
        ("DTSTART;TZID=\"Sarajevo, Skopje, Warsaw, Zagreb\":20261125T113000", "2026-11-25T10:30:00Z"),
        ("DTSTART;TZID=Sarajevo, Skopje, Warsaw, Zagreb:20261125T113000", "2026-11-25T10:30:00Z"),
        ("DTSTART;TZID=UTC:20261125T103000", "2026-11-25T10:30:00Z"),
        ("DTSTART;TZID=Greenwich Standard Time:20261125T103000", "2026-11-25T10:30:00Z"),
        ("DTSTART;TZID=GMT+0530:20261125T160000", "2026-11-25T10:30:00Z"),
        ("DTSTART;TZID=Europe/Paris:20261125T103000Z", "2026-11-25T10:30:00Z"),
        ("DTSTART;VALUE=DATE-TIME:20261125T103060Z", "2026-11-25T10:30:59Z"),
        // The night the clocks go forward, and the night they go back.
        ("DTSTART;TZID=Europe/Paris:20260329T023000", "2026-03-29T01:30:00Z"),
        ("DTSTART;TZID=Europe/Paris:20261025T023000", "2026-10-25T00:30:00Z"),
    ];
    for (line, expected) in rows {
        assert_eq!(start("", line), Some(Moment::At(at(expected))), "{line}");
    }
    let local = chrono::NaiveDate::from_ymd_opt(2026, 11, 25).unwrap();
    assert_eq!(
        start("", "DTSTART:20261125T103000"),
        Some(Moment::Floating(local.and_hms_opt(10, 30, 0).unwrap()))
    );
    assert_eq!(
        start("", "DTSTART;TZID=Mars:20261125T1030"),
        Some(Moment::Floating(local.and_hms_opt(10, 30, 0).unwrap()))
    );
    assert_eq!(start("", "DTSTART;VALUE=DATE:20261125"), Some(Moment::Day(local)));
    for line in [
        "DTSTART:",
        "DTSTART:tomorrow",
        "DTSTART:20261341T000000Z",
        "DTSTART:00000101T000000Z",
        "DTSTART:20261125T250000Z",
    ] {
        assert_eq!(start("", line), None, "{line}");
    }
}

#[test]
fn a_zone_described_in_the_message_is_the_last_resort() {
    let outlook = "BEGIN:VTIMEZONE\nTZID:Customized Time Zone\nBEGIN:STANDARD\nDTSTART:16010101T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nRRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:16010101T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nRRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\n";
    let rdates = "BEGIN:VTIMEZONE\nTZID:Mine\nBEGIN:STANDARD\nDTSTART:20251026T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nRDATE:20251026T030000,20261025T030000\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:20260329T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nRDATE:20260329T020000\nRDATE:20270328T020000\nEND:DAYLIGHT\nEND:VTIMEZONE\n";
    let fixed =
        "BEGIN:VTIMEZONE\nTZID:Fixed\nBEGIN:STANDARD\nTZOFFSETTO:+0545\nEND:STANDARD\nEND:VTIMEZONE\n";
    let american = "BEGIN:VTIMEZONE\nTZID:Old\nBEGIN:STANDARD\nDTSTART:20071104T020000\nTZOFFSETFROM:-0400\nTZOFFSETTO:-0500\nRRULE:FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=1,2,3,4,5,6,7;BYDAY=SU\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:20070311T020000\nTZOFFSETFROM:-0500\nTZOFFSETTO:-0400\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU\nEND:DAYLIGHT\nEND:VTIMEZONE\n";
    let rows = [
        (outlook, "Customized Time Zone", "20261125T113000", "2026-11-25T10:30:00Z"),
        (outlook, "Customized Time Zone", "20260625T123000", "2026-06-25T10:30:00Z"),
        (outlook, "Customized Time Zone", "20260329T023000", "2026-03-29T01:30:00Z"),
        (outlook, "Customized Time Zone", "20261025T023000", "2026-10-25T00:30:00Z"),
        (rdates, "Mine", "20261125T113000", "2026-11-25T10:30:00Z"),
        (rdates, "Mine", "20260625T123000", "2026-06-25T10:30:00Z"),
        (rdates, "Mine", "20270401T123000", "2027-04-01T10:30:00Z"),
        (fixed, "Fixed", "20261125T161500", "2026-11-25T10:30:00Z"),
        (american, "Old", "20261125T053000", "2026-11-25T10:30:00Z"),
        (american, "Old", "20260625T063000", "2026-06-25T10:30:00Z"),
        (american, "Old", "20261101T030000", "2026-11-01T08:00:00Z"),
    ];
    for (zones, tzid, local, expected) in rows {
        let found = start(zones, &format!("DTSTART;TZID={tzid}:{local}"));
        assert_eq!(found, Some(Moment::At(at(expected))), "{tzid} {local}");
    }
    // Empty, or without anything that can be used.
    let empty = "BEGIN:VTIMEZONE\nTZID:Mars\nEND:VTIMEZONE\n";
    assert!(matches!(start(empty, "DTSTART;TZID=Mars:20261125T103000"), Some(Moment::Floating(_))));
    let hint = "BEGIN:VTIMEZONE\nTZID:Mars\nX-LIC-LOCATION:Europe/Paris\nEND:VTIMEZONE\n";
    assert_eq!(
        start(hint, "DTSTART;TZID=Mars:20261125T113000"),
        Some(Moment::At(at("2026-11-25T10:30:00Z")))
    );
}

#[test]
fn an_end_may_be_a_duration_and_a_day_ends_with_itself() {
    let end = |lines: &str| {
        let text = format!(
            "BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nUID:u\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n"
        );
        read(text.as_bytes()).unwrap().end
    };
    let start = "DTSTART:20261125T103000Z\n";
    for (duration, expected) in [
        ("PT45M", "2026-11-25T11:15:00Z"),
        ("P1DT2H", "2026-11-26T12:30:00Z"),
        ("P1W", "2026-12-02T10:30:00Z"),
        ("+PT1H30M", "2026-11-25T12:00:00Z"),
    ] {
        assert_eq!(end(&format!("{start}DURATION:{duration}")), Some(Moment::At(at(expected))), "{duration}");
    }
    for wrong in ["", "PT", "P", "45M", "-PT1H", "PT99999999999999999999H", "P1M", "PT1"] {
        assert_eq!(end(&format!("{start}DURATION:{wrong}")), None, "{wrong}");
    }
    let next = chrono::NaiveDate::from_ymd_opt(2026, 11, 26).unwrap();
    assert_eq!(end("DTSTART;VALUE=DATE:20261125"), Some(Moment::Day(next)));
}
