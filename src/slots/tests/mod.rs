//! Tests of finding a time: the arithmetic against a grid of minutes, every rule at its edge, the order, and the reasons.

mod clocks;
mod house;
mod order;
mod rules;
mod set;

use super::*;
use crate::base::hours::{Hours, NamedDay, Week, Window};
use crate::base::time::{MINUTE, Timestamp, Zone};

fn zone(name: &str) -> Zone {
    Zone::parse(name).unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn span(from: &str, to: &str) -> Span {
    Span { from: at(from), to: at(to) }
}

fn week(windows: &str) -> Week {
    let windows: Vec<Window> =
        windows.split_whitespace().map(|window| Window::parse(window).unwrap()).collect();
    Week::new(std::array::from_fn(|_| windows.clone())).unwrap()
}

fn hours(windows: &str) -> Hours {
    Hours { week: week(windows), ..Hours::default() }
}

fn taken(intervals: &[(&str, &str)]) -> Set {
    intervals.iter().map(|(from, to)| (at(from).ms(), at(to).ms())).collect()
}

/// Somebody who is asked, with these hours every day and these limits.
fn party(whose: Whose, zone_name: &str, windows: &str, limits: Limits, span: Span) -> Party {
    Party::new("Ana", whose, zone(zone_name), &hours(windows), limits, span)
}

/// A meeting of so many minutes, asked for at midnight before the first of the span, with as many slots as there are.
fn want(minutes: i64, span: Span) -> Want {
    Want { most: usize::MAX, ..Want::new(span.from, Zone::UTC, minutes * MINUTE, span) }
}

/// The starts of what was found, in order of time.
fn starts(found: &Found) -> Vec<String> {
    let mut starts: Vec<Timestamp> = found.slots.iter().map(|slot| slot.start).collect();
    starts.sort_unstable();
    starts.iter().map(Timestamp::to_string).collect()
}

fn codes(why: &Why) -> Vec<&'static str> {
    why.barriers.iter().map(Barrier::code).collect()
}

/// Whether a meeting of `minutes` can start at `start` for all of them; asked a month around.
fn is_free(parties: &[Party], minutes: i64, now: &str, start: &str) -> bool {
    let around = Span { from: at(now), to: at(start).plus(crate::base::time::DAY) };
    let want = Want { now: at(now), ..want(minutes, around) };
    matches!(check_offer(parties, &want, at(start)), Check::Free { .. })
}
