//! Looking: what is taken of somebody's time. One range read for each holder, out of an index that covers it.

use std::collections::BTreeMap;

use super::lay::PIECE_MS;
use super::{HolderId, sql};
use crate::base::error::Result;
use crate::base::time::Timestamp;
use crate::itip::feed::Interval;
use crate::store::Cx;

/// What is taken of a holder's time in a span: each list sorted, disjoint, clipped to the span, none touching the next.
/// The lists may overlap one another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// What is certainly taken.
    pub busy: Vec<Interval>,
    /// What may be taken.
    pub tentative: Vec<Interval>,
    /// What is reserved for a while.
    pub held: Vec<Interval>,
    /// If there are sources that count and were not read lately: then something may be missing.
    pub stale: Option<Stale>,
    /// How far anything is known: nothing is free beyond.
    pub known_until: Timestamp,
}

/// That something may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stale {
    /// How many sources that count were not read lately.
    pub sources: u32,
    /// When the one was read that was not read for longest; `None` if one never was.
    pub since: Option<Timestamp>,
}

/// What is taken of the time of each holder between two instants. Whoever calls has settled who is asking.
pub fn busy(
    cx: &Cx<'_>,
    holders: &[HolderId],
    from: Timestamp,
    to: Timestamp,
) -> Result<BTreeMap<HolderId, Taken>> {
    holders.iter().map(|holder| Ok((*holder, look(cx, *holder, from, to, None)?))).collect()
}

/// As [`busy()`], but for what `subject` itself takes or holds: a meeting (`mtg_…`) that is to be moved, or what a hold
/// was made for.
pub fn busy_but(
    cx: &Cx<'_>,
    holders: &[HolderId],
    from: Timestamp,
    to: Timestamp,
    subject: &str,
) -> Result<BTreeMap<HolderId, Taken>> {
    holders.iter().map(|holder| Ok((*holder, look(cx, *holder, from, to, Some(subject))?))).collect()
}

fn look(cx: &Cx<'_>, holder: HolderId, from: Timestamp, to: Timestamp, but: Option<&str>) -> Result<Taken> {
    let span = Interval { start: from.ms(), end: to.ms() };
    let (mut busy, mut tentative, mut held) = (Merging::of(span), Merging::of(span), Merging::of(span));
    let begin = from.plus(-PIECE_MS);
    sql::each_busy(cx, holder, begin, to, but, |start, end, is_tentative| {
        let into = if is_tentative { &mut tentative } else { &mut busy };
        into.add(start, end);
    })?;
    sql::each_held(cx, holder, begin, to, but, |start, end| held.add(start, end))?;
    let health = sql::health(cx, holder)?;
    let horizon = cx.now.plus(cx.house().calendar_horizon_ms);
    let mut taken =
        Taken { busy: busy.0, tentative: tentative.0, held: held.0, stale: None, known_until: horizon };
    for one in health {
        if let Some(until) = one.known_until {
            taken.known_until = taken.known_until.min(until);
        }
        if one.is_stale {
            let before = taken.stale.unwrap_or(Stale { sources: 0, since: one.read_at });
            taken.stale = Some(Stale { sources: before.sources + 1, since: before.since.min(one.read_at) });
        }
    }
    Ok(taken)
}

/// Lays intervals together that come in the order of their starts.
struct Merging(Vec<Interval>, Interval);

impl Merging {
    fn of(span: Interval) -> Self {
        Self(Vec::new(), span)
    }

    fn add(&mut self, start: i64, end: i64) {
        let (start, end) = (start.max(self.1.start), end.min(self.1.end));
        if start >= end {
            return;
        }
        match self.0.last_mut() {
            Some(last) if start <= last.end => last.end = last.end.max(end),
            _ => self.0.push(Interval { start, end }),
        }
    }
}
