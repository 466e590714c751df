//! `calendar busy`: when somebody is busy by a calendar file, and what of the file could not be read.
//!
//! What a subscribed calendar will be read as, tried by hand: nothing is stored, and no house is opened.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use super::{Room, inbound};
use crate::base::error::{Error, Result};
use crate::base::text::Address;
use crate::base::time::{Clock, DAY, Timestamp, Zone};
use crate::itip::feed::{self, Interval, Reader};

/// The longest span that is looked at, in days.
const DAYS_MAX: u16 = 1_000;

/// Calendar files.
#[derive(Debug, Subcommand)]
pub(crate) enum Calendar {
    /// Print when somebody is busy by an iCalendar file, and what in it could not be read
    Busy {
        /// From when, in RFC 3339; now, if not given
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
        /// How many days
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=i64::from(DAYS_MAX)))]
        days: u16,
        /// The zone of whole days and of times without one; the house's, if not given
        #[arg(long, value_name = "ZONE")]
        time_zone: Option<String>,
        /// An address of the reader: what they declined leaves them free
        #[arg(long = "me", value_name = "ADDRESS")]
        me: Vec<String>,
        /// The calendar, or - for standard input
        file: PathBuf,
    },
}

impl Calendar {
    pub(super) fn run(self, room: &Room) -> Result<()> {
        let Self::Busy { from, days, time_zone, me, file } = self;
        let from = match from {
            Some(text) => Timestamp::parse_rfc3339(&text)
                .ok_or_else(|| Error::invalid("from", "Should be a time like 2026-11-25T09:00:00+01:00."))?,
            None => Clock::system().now().whole_second(),
        };
        let zone = match time_zone {
            Some(name) => Zone::parse(&name)
                .ok_or_else(|| Error::invalid("time-zone", "Should be an IANA zone like Europe/Paris."))?,
            None => crate::app::house_of(&room.config).zone,
        };
        let me = me.iter().map(|text| Address::required("me", text)).collect::<Result<Vec<_>>>()?;
        let to = from.plus(i64::from(days) * DAY);
        let bytes = inbound::read(&file)?;
        let feed = feed::read(&bytes, &Reader { me: &me, zone, from, to })
            .map_err(|refusal| Error::invalid("file", refusal.to_string()))?;
        let busy = feed::union(feed.events.iter().flat_map(|event| event.intervals.iter().copied()));
        let faults: Vec<_> = feed
            .faults
            .iter()
            .map(|fault| {
                json!({ "uid": fault.uid, "line": fault.line, "code": fault.why.code(), "what": fault.why.to_string() })
            })
            .collect();
        let times: Vec<_> = busy
            .iter()
            .map(|one| json!({ "start": at(one.start).to_rfc3339(), "end": at(one.end).to_rfc3339() }))
            .collect();
        let document = json!({
            "from": from.to_rfc3339(), "to": to.to_rfc3339(), "time_zone": zone.name(), "busy": times,
            "events": feed.total, "free": feed.free, "faults": faults, "faults_total": feed.faults_total,
        });
        room.printer.print(&document, || {
            let mut text = lines(&busy, zone);
            // Writing to a text does not fail.
            let _ = writeln!(text, "Events: {}. Of these leave the time free: {}.", feed.total, feed.free);
            for fault in &feed.faults {
                let _ = writeln!(text, "line {}, {}: {}", fault.line, fault.uid, fault.why);
            }
            text
        });
        Ok(())
    }
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

/// One busy time a line, in the reader's zone.
fn lines(busy: &[Interval], zone: Zone) -> String {
    busy.iter().fold(String::new(), |text, one| text + &zone.span(at(one.start), at(one.end)) + "\n")
}
