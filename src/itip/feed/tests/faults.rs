//! Bad input: each fault, what it counts as, and that the rest is read.

use super::super::super::Refusal;
use super::super::{Kind, Reader, read};
use super::{FROM, TO, at, calendar, event, paris, read_by_ana, times};

/// Lines of an event, the code of its fault, and the time that it counts for.
const TABLE: &[(&str, &str, &str)] = &[
    // No end.
    ("DTSTART:20261125T100000Z", "", ""),
    ("DTSTART;VALUE=DATE:20261125", "", "1124T2300-1125T2300"),
    ("DTSTART;VALUE=DATE:20261125 DURATION:PT0S", "", "1124T2300-1125T2300"),
    ("DTSTART:20261125T100000Z RRULE:FREQ=SECONDLY", "", ""),
    // Ends that cannot be.
    ("DTSTART:20261125T100000Z DTEND:20261125T090000Z", "feed.bad-end", "1125T1000-1125T1100"),
    ("DTSTART:20261125T100000Z DTEND:20261131T090000Z", "feed.bad-end", "1125T1000-1125T1100"),
    ("DTSTART:20261125T100000Z DTEND:20261125", "feed.bad-end", "1125T1000-1125T1100"),
    ("DTSTART:20261125T100000Z DTEND:tomorrow", "feed.bad-end", "1125T1000-1125T1100"),
    ("DTSTART:20261125T100000Z DURATION:-PT1H", "feed.bad-end", "1125T1000-1125T1100"),
    ("DTSTART:20261125T100000Z DURATION:P100Y", "feed.bad-end", "1125T1000-1125T1100"),
    ("DTSTART;VALUE=DATE:20261125 DTEND;VALUE=DATE:20261120", "feed.bad-end", "1124T2300-1125T2300"),
    // Starts that cannot be.
    ("DTEND:20261125T090000Z", "feed.no-start", ""),
    ("DTSTART:20261131T090000Z DTEND:20261131T100000Z", "feed.no-start", ""),
    ("DTSTART:20260230 DTEND:20260231", "feed.no-start", ""),
    ("DTSTART:00000000T000000", "feed.no-start", ""),
    ("DTSTART:20261125T250000Z", "feed.no-start", ""),
    ("DTSTART:", "feed.no-start", ""),
    // Zones.
    ("DTSTART;TZID=Nowhere:20261125T100000 DURATION:PT1H", "feed.unknown-zone", "1125T0900-1125T1000"),
    // Rules.
    ("DTSTART:20261125T100000Z DURATION:PT1H RRULE:FREQ=FORTNIGHTLY", "feed.bad-rule", "1125T1000-1125T1100"),
    ("DTSTART:20261125T100000Z DURATION:PT1H RRULE:BYDAY=MO", "feed.bad-rule", "1125T1000-1125T1100"),
    (
        "DTSTART:20261125T100000Z DURATION:PT1H RRULE:FREQ=DAILY;UNTIL=20269999 RDATE:20261130T100000Z",
        "feed.bad-rule",
        "1125T1000-1125T1100 1130T1000-1130T1100",
    ),
    ("DTSTART:20261125T100000Z DURATION:PT1H RDATE:20261131T100000Z", "feed.bad-date", "1125T1000-1125T1100"),
    ("DTSTART:20261125T100000Z DURATION:PT1H EXDATE:never", "feed.bad-date", "1125T1000-1125T1100"),
    (
        "RECURRENCE-ID:never DTSTART:20261125T100000Z DURATION:PT1H",
        "feed.bad-instance",
        "1125T1000-1125T1100",
    ),
    // Rules without an end, with ten million times, and without any.
    ("DTSTART:19700101T000000Z DURATION:PT1H RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "", ""),
    ("DTSTART:19700101T000000Z DURATION:PT1S RRULE:FREQ=SECONDLY;COUNT=10000000", "", ""),
    ("DTSTART:19700101T000000Z DURATION:PT1H RRULE:FREQ=SECONDLY;BYMONTH=6;BYMONTHDAY=31", "", ""),
    ("DTSTART:20261125T100000Z DURATION:PT1S RRULE:FREQ=SECONDLY", "feed.endless", "1125T1000-0130T0000"),
    (
        "DTSTART:20261125T100000Z DURATION:PT1S RRULE:FREQ=SECONDLY;COUNT=10000000",
        "feed.endless",
        "1125T1000-0130T0000",
    ),
    ("DTSTART:19700101T000000Z DURATION:PT5M RRULE:FREQ=MINUTELY;INTERVAL=5", "", "1101T0000-0130T0000"),
    (
        "DTSTART:19700101T000000Z DURATION:PT1H RRULE:FREQ=SECONDLY;COUNT=5;BYSECOND=30;INTERVAL=60",
        "feed.endless",
        "1101T0000-0130T0000",
    ),
];

#[test]
fn every_bad_event_without_an_end_or_on_an_impossible_date_too_is_told_and_counts_as_documented_and_the_rest_is_read()
 {
    for (lines, code, expected) in TABLE {
        let feed = read_by_ana(calendar(&event(lines)).as_bytes());
        let codes: Vec<&str> = feed.faults.iter().map(|fault| fault.why.code()).collect();
        let wanted: Vec<&str> = Some(*code).filter(|code| !code.is_empty()).into_iter().collect();
        assert_eq!(codes, wanted, "{lines}");
        assert_eq!(times(&feed), *expected, "{lines}");
        assert_eq!(feed.total, 2, "{lines}");
        assert!(feed.events.iter().any(|event| event.key.uid == "ordinary"), "{lines}: the rest is read");
        for fault in &feed.faults {
            assert_eq!((fault.line, fault.uid.as_str()), (3, "e"), "{lines}");
            assert!(fault.to_string().starts_with("line 3: "), "{fault}");
        }
    }
}

#[test]
fn many_faults_are_counted_and_the_first_told() {
    let bad = event("DTSTART:never") + "\n";
    let feed = read_by_ana(calendar(&bad.repeat(500)).as_bytes());
    assert_eq!((feed.faults.len(), feed.faults_total, feed.events.len()), (100, 500, 1));
}

#[test]
fn an_event_with_several_faults_is_one_event_at_fault_and_its_first_is_told() {
    let lines = [
        "DTSTART;TZID=Nowhere:20261125T100000 DTEND;TZID=Nowhere:20261125T090000 RRULE:FREQ=FORTNIGHTLY",
        "DTSTART;TZID=Nowhere:20261126T100000 DTEND;TZID=Elsewhere:20261126T110000",
        "DTSTART:20261127T100000Z DTEND:tomorrow EXDATE:never,ever RDATE:soon",
    ];
    let events: Vec<String> = lines
        .iter()
        .enumerate()
        .map(|(i, lines)| event(lines).replace("UID:e", &format!("UID:e{i}")))
        .collect();
    let feed = read_by_ana(calendar(&events.join("\n")).as_bytes());
    let told: Vec<_> = feed.faults.iter().map(|fault| (fault.uid.as_str(), fault.why.code())).collect();
    assert_eq!(told, [("e0", "feed.unknown-zone"), ("e1", "feed.unknown-zone"), ("e2", "feed.bad-end")]);
    assert_eq!((feed.faults_total, feed.total), (3, 4));
}

#[test]
fn two_events_with_one_uid_both_count_and_an_older_version_does_not() {
    let two = event("DTSTART:20261125T100000Z DURATION:PT1H")
        + "\n"
        + &event("DTSTART:20261126T100000Z DURATION:PT1H");
    let feed = read_by_ana(calendar(&two).as_bytes());
    assert_eq!(feed.faults.iter().map(|fault| fault.why.code()).collect::<Vec<_>>(), ["feed.same-uid"]);
    assert_eq!(times(&feed), "1125T1000-1125T1100 1126T1000-1126T1100");
    assert_eq!(feed.events.iter().filter(|event| event.key.instance == "#2").count(), 1);

    let newer = two.replacen("DURATION", "SEQUENCE:1\nDURATION", 1);
    let feed = read_by_ana(calendar(&newer).as_bytes());
    assert_eq!((feed.faults.len(), times(&feed).as_str()), (0, "1125T1000-1125T1100"));
    // The same event twice is that event.
    let twice = format!("{0}\n{0}", event("DTSTART:20261125T100000Z DURATION:PT1H"));
    let feed = read_by_ana(calendar(&twice).as_bytes());
    assert_eq!((feed.faults.len(), feed.events.len()), (0, 2));
}

#[test]
fn a_change_of_all_later_instances_to_days_changes_one() {
    let series = event("DTSTART:20261102T100000Z DURATION:PT1H RRULE:FREQ=WEEKLY;COUNT=3")
        + "\n"
        + &event("RECURRENCE-ID;RANGE=THISANDFUTURE:20261109T100000Z DTSTART;VALUE=DATE:20261110");
    let feed = read_by_ana(calendar(&series).as_bytes());
    assert_eq!(feed.faults.iter().map(|fault| fault.why.code()).collect::<Vec<_>>(), ["feed.days-and-times"]);
    assert_eq!(times(&feed), "1102T1000-1102T1100 1116T1000-1116T1100 1109T2300-1110T2300");
}

#[test]
fn what_is_no_calendar_is_refused() {
    let reader = Reader { me: &[], zone: paris(), from: at(FROM), to: at(TO) };
    assert_eq!(read(b"<html>Sign in</html>", &reader), Err(Refusal::NotCalendar));
    assert_eq!(read(b"", &reader), Err(Refusal::NotCalendar));
    assert_eq!(read(&vec![b'a'; super::super::BYTES_MAX + 1], &reader), Err(Refusal::TooLarge));
    let many = format!("BEGIN:VCALENDAR\n{}", "A:b\n".repeat(super::super::LINES_MAX));
    assert_eq!(read(many.as_bytes(), &reader), Err(Refusal::TooManyLines));
}

#[test]
fn nothing_is_kept_that_is_not_about_time() {
    let private = event(
        "SUMMARY:Zahnarzt DESCRIPTION:Geheim LOCATION:Hinterhof ORGANIZER:mailto:ben@example.org \
         ATTENDEE;CN=Carla;PARTSTAT=TENTATIVE:mailto:ana@example.org \
         DTSTART;TZID=Europe/Paris:20261125T100000 DURATION:P1DT1H RRULE:freq=weekly;byday=we;x-who=Carla \
         EXDATE;TZID=Europe/Paris:20261209T100000 RDATE;VALUE=PERIOD:20261130T100000Z/PT10M",
    );
    let feed = read_by_ana(calendar(&private).as_bytes());
    let one = feed.events.iter().find(|event| event.key.uid == "e").unwrap();
    assert_eq!(one.kind, Kind::Tentative);
    assert_eq!(
        one.skeleton,
        "1 t 20261125T100000 Europe/Paris 1+3600 r=FREQ=WEEKLY;BYDAY=WE d=20261130T100000Z/0+600 x=20261209T100000"
    );
}
