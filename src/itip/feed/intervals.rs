//! Intervals of time, sorted and disjoint.

use crate::base::Timestamp;

/// Time that is taken: from a first instant up to a later one, which is not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    /// UTC milliseconds.
    pub start: i64,
    /// UTC milliseconds, after `start`.
    pub end: i64,
}

impl Interval {
    /// What of it lies between two instants; `None` if nothing does.
    pub(super) fn within(self, from: Timestamp, to: Timestamp) -> Option<Self> {
        let cut = Self { start: self.start.max(from.ms()), end: self.end.min(to.ms()) };
        (cut.start < cut.end).then_some(cut)
    }
}

/// All the time that the intervals take: sorted, disjoint, none touching the next. They may come in any order; one
/// that does not end after its start takes none.
pub fn union(intervals: impl IntoIterator<Item = Interval>) -> Vec<Interval> {
    let mut all: Vec<Interval> = intervals.into_iter().filter(|one| one.start < one.end).collect();
    all.sort_unstable();
    all.dedup_by(|later, kept| {
        let touches = later.start <= kept.end;
        if touches {
            kept.end = kept.end.max(later.end);
        }
        touches
    });
    all
}
