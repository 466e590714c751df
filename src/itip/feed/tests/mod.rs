//! Feeds: what every fault counts as, what is kept, how much is too much, and everything else at random.

mod faults;
mod random;
mod size;

use crate::base::text::Address;
use crate::base::{Timestamp, Zone};

use super::{Feed, Reader, read};

const FROM: &str = "2026-11-01T00:00:00Z";
const TO: &str = "2027-01-30T00:00:00Z";

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn paris() -> Zone {
    Zone::parse("Europe/Paris").unwrap()
}

/// Read by ana@example.org in Paris, for ninety days.
fn read_by_ana(bytes: &[u8]) -> Feed {
    let me = [Address::parse("ana@example.org").unwrap()];
    read(bytes, &Reader { me: &me, zone: paris(), from: at(FROM), to: at(TO) }).unwrap()
}

/// A calendar of these lines, and an ordinary event behind them.
fn calendar(lines: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\nVERSION:2.0\n{lines}\nBEGIN:VEVENT\nUID:ordinary\nDTSTART:20261202T080000Z\n\
         DTEND:20261202T090000Z\nEND:VEVENT\nEND:VCALENDAR\n"
    )
}

/// An event of these lines.
fn event(lines: &str) -> String {
    format!("BEGIN:VEVENT\nUID:e\n{}\nEND:VEVENT", lines.replace(' ', "\n"))
}

/// The intervals of all events but the ordinary one, in UTC.
fn times(feed: &Feed) -> String {
    let others = feed.events.iter().filter(|event| event.key.uid != "ordinary");
    let all = others.flat_map(|event| &event.intervals).map(|one| {
        let text = |ms| Timestamp::from_ms(ms).utc().format("%m%dT%H%M").to_string();
        format!("{}-{}", text(one.start), text(one.end))
    });
    all.collect::<Vec<_>>().join(" ")
}
