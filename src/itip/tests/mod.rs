//! The protocol's tests: whole files as snapshots, rules as tables, everything else at random.

mod clients;
mod composing;
mod hostile;
mod quotes;
mod rules;
mod times;

use crate::base::Timestamp;
use crate::base::text::Address;

use super::{Event, Outgoing, PartStat, Party};

/// An instant, or a test that cannot be right.
fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

/// An invitation as the house sends it.
fn invitation(method: Outgoing) -> Event {
    Event {
        method,
        uid: "0199f3a2b1c47d5e8f60718293a4b5c6@entente.test".to_owned(),
        sequence: 3,
        dtstamp: at("2026-11-20T09:00:00Z"),
        start: at("2026-11-25T10:30:00Z"),
        end: at("2026-11-25T11:15:00Z"),
        summary: "Practice Session; part 1, with \\ and ünïcödé".to_owned(),
        location: Some("Room 4, second floor".to_owned()),
        description: Some(
            "You meet Ben.\n\nRequest new time: https://entente.test/reschedule?r=mfrggzdfmztwq2lknnwg23tpobyxe43u"
                .to_owned(),
        ),
        organizer: Party {
            address: address("scheduling+mfrggzdfmztwq2lknnwg23tpob@entente.test"),
            name: Some("Ben Example via Entente".to_owned()),
        },
        attendee: Party { address: address("Ana.Guest@example.org"), name: Some("Ana: the \"Guest\", 練習".to_owned()) },
        partstat: PartStat::NeedsAction,
        created: at("2026-11-19T08:00:00Z"),
        last_modified: at("2026-11-20T09:00:00Z"),
        url: Some("https://entente.test/meetings/mtg_1".to_owned()),
        comment: None,
    }
}
