//! Laying: what a source says of somebody's time becomes rows that are quick to look through.

use uuid::Uuid;

use super::model::{Source, SourceKind};
use super::sql;
use crate::base::error::Result;
use crate::base::id::{Id, MeetingId};
use crate::base::time::{DAY, Timestamp};
use crate::itip::feed::{Interval, Kind};
use crate::store::Cx;

/// How the name of an object begins that the house lays down.
pub(super) const NAME_BEGINS: &str = "entente-";
/// No row is longer, in milliseconds: a look into a span begins so much before it.
pub(super) const PIECE_MS: i64 = 2 * DAY;
/// The most intervals of one event.
pub(super) const EVENT_MOST: usize = 1_000;
/// The most rows of one source.
pub(super) const SOURCE_MOST: usize = 50_000;

/// Which event of a source.
#[derive(Clone, Copy)]
pub(super) struct Event<'a> {
    pub(super) href: &'a str,
    pub(super) uid: &'a str,
    pub(super) instance: &'a str,
    pub(super) kind: Kind,
}

/// An interval in pieces that are short enough for a row.
pub(super) fn pieces(interval: Interval) -> impl Iterator<Item = Interval> {
    let starts = std::iter::successors(Some(interval.start), |start| start.checked_add(PIECE_MS));
    starts
        .take_while(move |start| *start < interval.end)
        .map(move |start| Interval { start, end: start.saturating_add(PIECE_MS).min(interval.end) })
}

/// At most `most` intervals: where there are more, the shortest gaps between them are closed. So an event by the minute
/// is not told apart by the minute, and nothing is free that was not.
pub(super) fn thinned(intervals: &[Interval], most: usize) -> Vec<Interval> {
    if intervals.len() <= most {
        return intervals.to_vec();
    }
    let gap = |at: usize| intervals[at].start - intervals[at - 1].end;
    let mut gaps: Vec<(i64, usize)> = (1..intervals.len()).map(|at| (gap(at), at)).collect();
    let closed = intervals.len() - most.max(1);
    gaps.select_nth_unstable(closed - 1);
    let mut is_closed = vec![false; intervals.len()];
    for (_, at) in &gaps[..closed] {
        is_closed[*at] = true;
    }
    let mut kept: Vec<Interval> = Vec::with_capacity(most);
    for (at, interval) in intervals.iter().enumerate() {
        match kept.last_mut() {
            Some(last) if is_closed[at] => last.end = interval.end,
            _ => kept.push(*interval),
        }
    }
    kept
}

/// Whether an event elsewhere is a meeting of this house that its holder is at, or is about to be one: that takes their time by the
/// house's own source already.
fn is_house(cx: &Cx<'_>, source: &Source, event: Event<'_>) -> Result<bool> {
    if source.kind == SourceKind::House {
        return Ok(false);
    }
    if event.href.rsplit('/').next().is_some_and(|name| name.starts_with(NAME_BEGINS))
        && sql::is_ours(cx, source.id, event.href)?
    {
        return Ok(true);
    }
    let Some((id, domain)) = event.uid.split_once('@') else { return Ok(false) };
    if id.len() != 32 || !domain.eq_ignore_ascii_case(cx.house().organizer.domain()) {
        return Ok(false);
    }
    match Uuid::try_parse(id) {
        Ok(id) => sql::takes_time(cx, source.holder, MeetingId::from_uuid(id)),
        Err(_) => Ok(false),
    }
}

/// Lays what of `intervals` begins or goes on from `from`, if the source counts.
pub(super) fn lay(
    cx: &Cx<'_>,
    source: &Source,
    event: Event<'_>,
    intervals: &[Interval],
    from: Option<Timestamp>,
) -> Result<()> {
    if !source.counts || is_house(cx, source, event)? {
        return Ok(());
    }
    let from = from.unwrap_or(Timestamp::MIN).ms();
    for interval in thinned(intervals, EVENT_MOST) {
        if interval.end <= from {
            continue;
        }
        for piece in pieces(Interval { start: interval.start.max(from), end: interval.end }) {
            sql::insert_busy(cx, source, event, piece)?;
        }
    }
    Ok(())
}
