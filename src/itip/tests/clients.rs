//! One file per client and quirk (`tests/fixtures/itip/`), with a snapshot of what is read of it.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use super::super::{Attendee, Incoming, Moment, read};
use crate::base::text::Address;

/// The fixtures by name, sorted.
pub(super) fn fixtures() -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/itip");
    let mut found: Vec<(String, Vec<u8>)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "ics"))
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap()))
        .collect();
    found.sort();
    found
}

#[test]
fn every_client_is_read() {
    let fixtures = fixtures();
    assert!(fixtures.len() >= 45, "{}", fixtures.len());
    for (name, bytes) in fixtures {
        let shown = match read(&bytes) {
            Ok(incoming) => {
                assert!(!name.starts_with("refused-"), "{name}");
                shown(&incoming)
            }
            Err(refusal) => {
                assert!(name.starts_with("refused-"), "{name}: {refusal}");
                format!("{}: {refusal}\n", refusal.code())
            }
        };
        insta::assert_snapshot!(name, shown);
    }
}

fn shown(incoming: &Incoming) -> String {
    let mut out =
        format!("method: {}\nuid: {}\nevents: {}\n", incoming.method.as_str(), incoming.uid, incoming.events);
    let mut line = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            writeln!(out, "{name}: {value}").unwrap();
        }
    };
    line("recurrence-id", incoming.recurrence_id.map(moment));
    line("sequence", incoming.sequence.map(|number| number.to_string()));
    line("dtstamp", incoming.dtstamp.map(|at| at.to_string()));
    line("replied at", incoming.replied_at.map(|at| at.to_string()));
    line("start", incoming.start.map(moment));
    line("end", incoming.end.map(moment));
    line("original start", incoming.original_start.map(moment));
    line("original end", incoming.original_end.map(moment));
    line("comment", incoming.comment.as_ref().map(|text| format!("{text:?}")));
    line("status", incoming.status.clone());
    line("summary", incoming.summary.clone());
    line("description", incoming.description.clone());
    line("prodid", incoming.prodid.clone());
    for status in &incoming.request_status {
        line(
            "request status",
            Some(format!("{} {:?} failure={}", status.code, status.text, status.is_failure())),
        );
    }
    if let Some(organizer) = &incoming.organizer {
        let shown = format!(
            "{} email={} name={:?} raw={}",
            text(organizer.address.as_ref()),
            text(organizer.email_param.as_ref()),
            organizer.name,
            organizer.raw.expose()
        );
        line("organizer", Some(shown));
    }
    for one in &incoming.attendees {
        line("attendee", Some(attendee(one)));
    }
    out
}

fn attendee(one: &Attendee) -> String {
    let mut out = format!(
        "{} {} name={:?} raw={}",
        text(one.address.as_ref()),
        one.partstat.map_or("-", super::super::PartStat::as_str),
        one.name,
        one.raw.expose()
    );
    if one.email_param.is_some() {
        write!(out, " email={}", text(one.email_param.as_ref())).unwrap();
    }
    for delegate in &one.delegated_to {
        write!(out, " delegated-to={}", delegate.as_str()).unwrap();
    }
    if one.sent_by.is_some() {
        write!(out, " sent-by={}", text(one.sent_by.as_ref())).unwrap();
    }
    if let Some((start, end)) = one.proposed {
        write!(out, " proposed={} to {}", moment(start), end.map_or("-".to_owned(), moment)).unwrap();
    }
    out
}

fn text(address: Option<&Address>) -> &str {
    address.map_or("-", Address::as_str)
}

fn moment(moment: Moment) -> String {
    match moment {
        Moment::At(at) => at.to_string(),
        Moment::Floating(local) => format!("{local} floating"),
        Moment::Day(day) => format!("{day} all day"),
    }
}

#[test]
fn what_is_read_prints_no_address() {
    for (name, bytes) in fixtures() {
        if let Ok(mut incoming) = read(&bytes) {
            // Names and texts are the sender's; addresses have types of their own.
            (incoming.summary, incoming.comment, incoming.description) = (None, None, None);
            for attendee in &mut incoming.attendees {
                attendee.name = None;
            }
            let printed = format!("{incoming:?}").to_lowercase();
            assert!(
                !printed.contains("@example.org") && !printed.contains("imip.me.com"),
                "{name}: {printed}"
            );
        }
    }
}
