//! A time as people read it: the day, the hours, whose zone, and UTC beside it.

use crate::base::Timestamp;
use crate::base::Zone;
use crate::base::time::long_date;

/// A time or a span, ready to print for one reader.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct When {
    /// RFC 3339 in UTC, for `<time datetime>`.
    pub iso: String,
    /// `Wednesday 25 November 2026`.
    pub day: String,
    /// `10:30 – 11:15`, or `23:30 – Thu 26 Nov, 00:15`.
    pub hours: String,
    /// `Wed 25 Nov, 10:30`, for lists.
    pub short: String,
    /// `Paris time, UTC+1`.
    pub zone: String,
    /// `09:30 – 10:15 UTC`; empty where the reader's zone shows the same hours.
    pub utc: String,
}

impl When {
    /// A span in the reader's zone.
    pub fn span(zone: Zone, start: Timestamp, end: Timestamp) -> Self {
        let mut when = Self::at(zone, start);
        when.hours = hours(zone, start, end);
        if !when.utc.is_empty() {
            let other_day = zone.date(start) != Zone::UTC.date(start);
            let day = if other_day {
                Zone::UTC.local(start).format("%a %-d %b, ").to_string()
            } else {
                String::new()
            };
            when.utc = format!("{day}{} UTC", hours(Zone::UTC, start, end));
        }
        when
    }

    /// An instant in the reader's zone.
    pub fn at(zone: Zone, at: Timestamp) -> Self {
        let hour = |zone: Zone| zone.local(at).format("%H:%M").to_string();
        Self {
            iso: at.to_rfc3339(),
            day: long_date(zone.date(at)),
            hours: hour(zone),
            short: zone.short(at),
            zone: zone.named(at),
            utc: if zone.offset(at) == "UTC" { String::new() } else { format!("{} UTC", hour(Zone::UTC)) },
        }
    }

    /// `Wednesday 25 November 2026, 10:30 – 11:15`.
    pub fn text(&self) -> String {
        format!("{}, {}", self.day, self.hours)
    }

    /// `Paris time, UTC+1 (09:30 – 10:15 UTC)`.
    pub fn zone_and_utc(&self) -> String {
        if self.utc.is_empty() { self.zone.clone() } else { format!("{} ({})", self.zone, self.utc) }
    }

    /// Whether the hours name a second day, so that a page gives them less size.
    pub fn is_long(&self) -> bool {
        self.hours.len() > 16
    }
}

fn hours(zone: Zone, start: Timestamp, end: Timestamp) -> String {
    let (from, until) = (zone.local(start), zone.local(end));
    let format = if from.date() == until.date() { "%H:%M" } else { "%a %-d %b, %H:%M" };
    format!("{} – {}", from.format("%H:%M"), until.format(format))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn a_span_names_its_zone_and_says_utc_beside_it() {
        let paris = Zone::parse("Europe/Paris").unwrap();
        let tokyo = Zone::parse("Asia/Tokyo").unwrap();
        let (start, end) = (at("2026-11-25T22:30:00Z"), at("2026-11-25T23:15:00Z"));
        let when = When::span(paris, start, end);
        assert_eq!(when.text(), "Wednesday 25 November 2026, 23:30 – Thu 26 Nov, 00:15");
        assert_eq!(when.zone_and_utc(), "Paris time, UTC+1 (22:30 – 23:15 UTC)");
        assert!(when.is_long());
        assert_eq!(
            When::span(tokyo, start, end).zone_and_utc(),
            "Tokyo time, UTC+9 (Wed 25 Nov, 22:30 – 23:15 UTC)"
        );
        assert_eq!(When::span(Zone::UTC, start, end).zone_and_utc(), "UTC");
    }
}
