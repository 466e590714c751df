//! What is sent: golden files, an independent reader, and what is refused.

use icalendar::{
    Calendar, CalendarComponent, CalendarDateTime, Component as _, DatePerhapsTime, EventLike as _,
};
use proptest::prelude::*;

use crate::base::Error;

use super::super::{Event, Incoming, Method, Moment, Outgoing, PartStat, compose, read};
use super::{address, invitation};

#[test]
fn an_invitation_is_written_as_clients_expect_it() {
    insta::assert_snapshot!(compose(&invitation(Outgoing::Request)).unwrap());
}

#[test]
fn a_cancellation_repeats_what_is_cancelled() {
    insta::assert_snapshot!(compose(&invitation(Outgoing::Cancel)).unwrap());
}

#[test]
fn a_declined_proposal_is_said_with_a_comment() {
    let mut event = invitation(Outgoing::DeclineCounter);
    event.comment = Some("The other side prefers the time as it is.\nNothing has changed.".to_owned());
    insta::assert_snapshot!(compose(&event).unwrap());
}

#[test]
fn a_reply_a_counter_and_a_refresh_can_be_written_for_the_mailroom() {
    let mut all = String::new();
    for method in [Outgoing::Reply, Outgoing::Counter, Outgoing::Refresh] {
        let mut event = invitation(method);
        event.partstat = PartStat::Tentative;
        event.comment = (method == Outgoing::Counter).then(|| "Can we do later?".to_owned());
        all.push_str(&compose(&event).unwrap());
    }
    insta::assert_snapshot!(all);
}

#[test]
fn every_line_ends_with_crlf_and_has_at_most_75_octets() {
    for method in [Outgoing::Request, Outgoing::Cancel, Outgoing::DeclineCounter, Outgoing::Reply] {
        let mut event = invitation(method);
        event.summary = "練習セッション、".repeat(40);
        let text = compose(&event).unwrap();
        assert!(text.ends_with("\r\n"));
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
        assert_eq!(text.matches('\r').count(), text.matches("\r\n").count());
        assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
    }
}

#[test]
fn exactly_one_attendee_is_ever_written() {
    for method in [Outgoing::Request, Outgoing::Cancel, Outgoing::DeclineCounter, Outgoing::Reply] {
        let text = compose(&invitation(method)).unwrap();
        assert_eq!(text.matches("\r\nATTENDEE").count(), 1);
        assert_eq!(text.matches("\r\nORGANIZER").count(), 1);
        assert_eq!(text.matches("BEGIN:VEVENT").count(), 1);
    }
}

#[test]
fn a_name_never_defaults_to_an_address() {
    for name in [None, Some(""), Some("  "), Some("ana.guest@example.org"), Some("Ana (ana@example.org)")] {
        let mut event = invitation(Outgoing::Request);
        event.organizer.name = name.map(str::to_owned);
        event.attendee.name = name.map(str::to_owned);
        let text = compose(&event).unwrap();
        assert!(!text.contains("CN="), "{name:?}: {text}");
    }
}

#[test]
fn what_could_add_a_line_of_its_own_is_refused() {
    type Spoil = fn(&mut Event);
    let cases: &[(&str, Spoil)] = &[
        ("summary", |e| e.summary = "Tea\r\nATTENDEE:mailto:eve@example.org".to_owned()),
        ("summary", |e| e.summary = "Tea\nfor two".to_owned()),
        ("location", |e| e.location = Some("Room\u{7}".to_owned())),
        ("description", |e| e.description = Some("a\rb".to_owned())),
        ("organizer", |e| e.organizer.name = Some("Ben\nX".to_owned())),
        ("attendee", |e| e.attendee.name = Some("Ana\u{0}".to_owned())),
        ("comment", |e| e.comment = Some("x\u{85}y".to_owned())),
        ("uid", |e| e.uid = "a\r\nb".to_owned()),
        ("uid", |e| e.uid = String::new()),
        ("uid", |e| e.uid = "x".repeat(71)),
        ("url", |e| e.url = Some("https://entente.test/\r\nX".to_owned())),
        ("url", |e| e.url = Some("javascript:alert(1)".to_owned())),
        ("end", |e| e.end = e.start),
    ];
    for (field, spoil) in cases {
        let mut event = invitation(Outgoing::Request);
        spoil(&mut event);
        match compose(&event) {
            Err(Error::Invalid { field: named, .. }) => assert_eq!(named, *field),
            other => panic!("{field}: {other:?}"),
        }
    }
}

#[test]
fn an_independent_reader_reads_the_same() {
    let event = invitation(Outgoing::Request);
    let calendar: Calendar = compose(&event).unwrap().parse().unwrap();
    assert_eq!(calendar.property_value("METHOD"), Some("REQUEST"));
    let [CalendarComponent::Event(read)] = &calendar.components[..] else { panic!("one event") };
    assert_eq!(read.get_uid(), Some(event.uid.as_str()));
    assert_eq!(read.get_sequence(), Some(event.sequence));
    assert_eq!(read.get_summary(), Some(event.summary.as_str()));
    assert_eq!(read.get_location(), event.location.as_deref());
    assert_eq!(read.get_description(), event.description.as_deref());
    for (theirs, ours) in [(read.get_start(), event.start), (read.get_end(), event.end)] {
        assert_eq!(theirs, Some(DatePerhapsTime::DateTime(CalendarDateTime::Utc(ours.utc()))));
    }
    let attendees = &read.multi_properties()["ATTENDEE"];
    assert_eq!(attendees.len(), 1);
    assert_eq!(attendees[0].value(), "mailto:Ana.Guest@example.org");
    assert_eq!(attendees[0].params()["RSVP"].value(), "TRUE");
}

/// What must come back as it went out.
fn assert_read_back(event: &Event) {
    let text = compose(event).unwrap();
    let read: Incoming = read(text.as_bytes()).unwrap();
    assert_eq!(read.method, Method::parse(event.method.as_str()));
    assert_eq!(read.uid, event.uid);
    assert_eq!(read.sequence, Some(event.sequence));
    assert_eq!(read.dtstamp, Some(event.dtstamp));
    assert_eq!(read.start, Some(Moment::At(event.start)));
    assert_eq!(read.end, Some(Moment::At(event.end)));
    assert_eq!(read.summary.as_deref(), Some(event.summary.as_str()).filter(|text| !text.is_empty()));
    assert_eq!(read.description, event.description.clone().filter(|text| !text.is_empty()));
    let [attendee] = &read.attendees[..] else { panic!("one attendee") };
    assert_eq!(attendee.address.as_ref(), Some(&event.attendee.address));
    assert_eq!(attendee.partstat, Some(event.partstat));
    let name = |name: &Option<String>| {
        name.as_ref().map(|name| name.replace('"', "").trim().to_owned()).filter(|name| !name.is_empty())
    };
    assert_eq!(attendee.name, name(&event.attendee.name));
    assert_eq!(read.organizer.unwrap().name, name(&event.organizer.name));
}

/// One line of any characters that may be written.
fn line() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        prop_oneof![
            any::<char>(),
            proptest::char::range(' ', '~'),
            Just('\\'),
            Just(','),
            Just('^'),
            Just('n')
        ],
        0..120,
    )
    .prop_map(|chars| chars.into_iter().filter(|c| !c.is_control()).collect::<String>().trim().to_owned())
}

fn name() -> impl Strategy<Value = Option<String>> {
    // An address is left out, and Outlook's quotes are taken off: neither comes back as it was.
    proptest::option::of(line().prop_map(|name| name.replace(['@', '＠', '﹫', '%', '\''], "")))
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        summary in line(),
        description in proptest::collection::vec(line(), 0..6),
        attendee in name(),
        organizer in name(),
        sequence in 0..1_000_000_u32,
        start in 0..4_000_000_000_i64,
        minutes in 1..1_000_i64,
    ) {
        let mut event = invitation(Outgoing::Request);
        event.summary = summary;
        event.description = Some(description.join("\n").trim().to_owned());
        event.attendee.name = attendee;
        event.organizer.name = organizer;
        event.sequence = sequence;
        event.start = crate::base::Timestamp::from_ms(start * 1000);
        event.end = event.start.plus(minutes * 60_000);
        event.attendee.address = address("x.y-z@sub.example.org");
        assert_read_back(&event);
    }
}
