//! Large calendars: read in time that grows with their size.

use std::fmt::Write;
use std::time::Instant;

use super::{event, read_by_ana};

/// An ordinary calendar: so many events, one in ten of them weekly, with the words that people put into them.
fn large(events: usize, words: usize) -> String {
    let mut text = String::from("BEGIN:VCALENDAR\nVERSION:2.0\n");
    for i in 0..events {
        let rule = if i % 10 == 0 { "RRULE:FREQ=WEEKLY;BYDAY=MO,WE\n" } else { "" };
        let (day, hour) = (1 + i % 28, 8 + i % 10);
        let (year, month) = if i % 10 == 0 { (2015, 5) } else { (2026, 1 + i % 12) };
        let _ = write!(
            text,
            "BEGIN:VEVENT\nUID:{i}@example.org\nDTSTAMP:20260101T000000Z\nSEQUENCE:0\nSUMMARY:Event {i}\n\
             DTSTART;TZID=Europe/Paris:{year}{month:02}{day:02}T{hour:02}0000\n\
             DTEND;TZID=Europe/Paris:{year}{month:02}{day:02}T{hour:02}4500\n{rule}\
             ATTENDEE;PARTSTAT=ACCEPTED:mailto:ana@example.org\nDESCRIPTION:{}\nSTATUS:CONFIRMED\nEND:VEVENT\n",
            "words ".repeat(words)
        );
    }
    text + "END:VCALENDAR\n"
}

#[test]
fn five_thousand_events_are_read_and_all_weekly_ones_found() {
    let text = large(5_000, 10);
    let started = Instant::now();
    let feed = read_by_ana(text.as_bytes());
    let took = started.elapsed();
    println!("5,000 events, {} kB: {took:?}", text.len() / 1_024);
    assert_eq!((feed.total, feed.faults_total), (5_000, 0));
    let weekly = feed.events.iter().filter(|event| event.skeleton.contains("FREQ=WEEKLY"));
    assert_eq!(weekly.filter(|event| event.intervals.len() >= 25).count(), 500);
}

#[test]
fn ten_megabytes_are_read() {
    let text = large(16_000, 60);
    assert!((9 << 20..10 << 20).contains(&text.len()), "{} bytes", text.len());
    let started = Instant::now();
    let feed = read_by_ana(text.as_bytes());
    println!("16,000 events, {} kB: {:?}", text.len() / 1_024, started.elapsed());
    assert_eq!((feed.total, feed.faults_total), (16_000, 0));
}

#[test]
fn a_calendar_of_endless_rules_ends_and_none_of_them_is_free() {
    let endless = event("DTSTART:20260101T000000Z DURATION:PT1S RRULE:FREQ=SECONDLY;INTERVAL=2\nX:");
    let mut text = String::from("BEGIN:VCALENDAR\n");
    for i in 0..2_000 {
        text += &endless.replace("UID:e", &format!("UID:e{i}"));
        text += "\n";
    }
    let started = Instant::now();
    let feed = read_by_ana(text.as_bytes());
    println!("2,000 endless events: {:?}", started.elapsed());
    assert_eq!((feed.events.len(), feed.faults_total), (2_000, 2_000));
    let last = super::at(super::TO).ms();
    assert!(feed.events.iter().all(|event| event.intervals.last().is_some_and(|one| one.end == last)));
}
