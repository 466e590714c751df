//! `calendar busy`: a calendar file as the house reads it, as a whole answer.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::io::Write;
use std::process::{Command, Stdio};

const CALENDAR: &str = "BEGIN:VCALENDAR\r\n\
    BEGIN:VEVENT\r\nUID:weekly\r\nSUMMARY:Salary talk\r\nDTSTART;TZID=Europe/Paris:20261124T090000\r\n\
    DTEND;TZID=Europe/Paris:20261124T100000\r\nRRULE:FREQ=WEEKLY;COUNT=2\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nUID:overlaps\r\nDTSTART:20261124T083000Z\r\nDTEND:20261124T093000Z\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nUID:declined\r\nDTSTART:20261125T083000Z\r\nDTEND:20261125T093000Z\r\n\
    ATTENDEE;PARTSTAT=DECLINED:mailto:ana@example.org\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nUID:impossible\r\nDTSTART:20261399T083000Z\r\nEND:VEVENT\r\n\
    END:VCALENDAR\r\n";

/// Runs the command on a calendar; gives what it printed, what it complained of, and how it ended.
fn busy(calendar: &str, arguments: &[&str]) -> (String, String, Option<i32>) {
    let directory = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_entente"))
        .args(["calendar", "busy", "--from", "2026-11-23T00:00:00Z", "--days", "14"])
        .args(["--time-zone", "Europe/Paris", "--me", "ana@example.org"])
        .args(arguments)
        .arg("-")
        .current_dir(directory.path())
        .env_remove("ENTENTE_CONFIG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(calendar.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "it opens no house");
    (text(output.stdout), text(output.stderr), output.status.code())
}

#[test]
fn a_calendar_is_told_as_busy_times_without_a_title_and_with_what_could_not_be_read() {
    let (json, _, code) = busy(CALENDAR, &["--json"]);
    assert_eq!(code, Some(0));
    assert!(!json.contains("Salary"), "no title: {json}");
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    insta::assert_json_snapshot!("calendar_busy", document);
    let (lines, _, _) = busy(CALENDAR, &[]);
    insta::assert_snapshot!("calendar_busy_lines", lines);
}

#[test]
fn what_is_no_calendar_is_refused_and_said_so() {
    let (_, complaint, code) = busy("Hello.", &[]);
    assert_eq!(code, Some(2));
    assert_eq!(complaint.trim_end(), "This is not an iCalendar text: it has no VCALENDAR.");
}
