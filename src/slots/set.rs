//! Sets of time: sorted intervals of UTC milliseconds that neither overlap nor touch, each without its end.
//!
//! Every operation goes over its operands once. A set may as well be one of instants at which something may start; it
//! does not know which, nor any zone, nor whose time it is.

use std::iter::Peekable;

/// Sorted intervals `[start, end)` in UTC milliseconds, none empty, none touching the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set(Vec<(i64, i64)>);

impl Set {
    /// Nothing.
    pub const fn empty() -> Self {
        Self(Vec::new())
    }

    /// From `start` to `end`; nothing, if that is no span of time.
    pub fn span(start: i64, end: i64) -> Self {
        Self(if start < end { vec![(start, end)] } else { Vec::new() })
    }

    /// Of intervals in any order, which may overlap; those that are empty or run backwards are nothing.
    pub fn of(intervals: impl IntoIterator<Item = (i64, i64)>) -> Self {
        let mut all: Vec<(i64, i64)> = intervals.into_iter().filter(|(start, end)| start < end).collect();
        if !all.is_sorted() {
            all.sort_unstable();
        }
        Self::merged(all.into_iter())
    }

    /// Of intervals by their start.
    fn merged(sorted: impl Iterator<Item = (i64, i64)>) -> Self {
        let mut apart: Vec<(i64, i64)> = Vec::with_capacity(sorted.size_hint().0);
        for (start, end) in sorted {
            match apart.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => apart.push((start, end)),
            }
        }
        Self(apart)
    }

    /// The intervals, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (i64, i64)> + ExactSizeIterator + '_ {
        self.0.iter().copied()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How much there is in it, in milliseconds.
    pub fn total_ms(&self) -> i64 {
        self.iter().map(|(start, end)| end - start).sum()
    }

    /// What lies in one of the two.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        if self.is_empty() {
            return other.clone();
        }
        if other.is_empty() {
            return self.clone();
        }
        Self::merged(ByStart { one: self.iter().peekable(), other: other.iter().peekable() })
    }

    /// What lies in both.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        let mut both = Vec::with_capacity(self.0.len().min(other.0.len()));
        let (mut ours, mut theirs) = (self.iter().peekable(), other.iter().peekable());
        while let (Some(&one), Some(&two)) = (ours.peek(), theirs.peek()) {
            let (start, end) = (one.0.max(two.0), one.1.min(two.1));
            if start < end {
                both.push((start, end));
            }
            // The one that ends first meets nothing more.
            if one.1 <= two.1 {
                ours.next();
            } else {
                theirs.next();
            }
        }
        Self(both)
    }

    /// What lies in this one and not in `other`.
    #[must_use]
    pub fn subtract(&self, other: &Self) -> Self {
        let mut left = Vec::with_capacity(self.0.len() + other.0.len());
        let mut taken = other.iter().peekable();
        for (mut start, end) in self.iter() {
            while taken.next_if(|taken| taken.1 <= start).is_some() {}
            while let Some(&(from, until)) = taken.peek().filter(|taken| taken.0 < end) {
                if start < from {
                    left.push((start, from));
                }
                start = until;
                if until > end {
                    break;
                }
                taken.next();
            }
            if start < end {
                left.push((start, end));
            }
        }
        Self(left)
    }

    /// What lies from `from` to `to` and not in this one.
    #[must_use]
    pub fn complement(&self, from: i64, to: i64) -> Self {
        Self::span(from, to).subtract(self)
    }

    /// What of it lies from `from` to `to`.
    #[must_use]
    pub fn clip(&self, from: i64, to: i64) -> Self {
        let first = self.0.partition_point(|(_, end)| *end <= from);
        let inside = self.0[first..].iter().take_while(|(start, _)| *start < to);
        let cut = inside.map(|&(start, end)| (start.max(from), end.min(to)));
        Self(cut.filter(|(start, end)| start < end).collect())
    }

    /// Every interval longer by `before` at its start and by `after` at its end (milliseconds, neither negative).
    #[must_use]
    pub fn widen(&self, before: i64, after: i64) -> Self {
        Self::merged(
            self.iter().map(|(start, end)| (start.saturating_sub(before), end.saturating_add(after))),
        )
    }

    /// The instants at which something of `length` milliseconds can start that lies within one interval as a whole.
    #[must_use]
    pub fn starts(&self, length: i64) -> Self {
        let starts = self.iter().map(|(start, end)| (start, end.saturating_sub(length).saturating_add(1)));
        Self(starts.filter(|(start, end)| start < end).collect())
    }

    /// Whether one interval holds all of `start` to `end`.
    pub fn contains(&self, start: i64, end: i64) -> bool {
        self.around(start).is_some_and(|(_, until)| end <= until)
    }

    /// The interval that an instant lies in.
    pub fn around(&self, at: i64) -> Option<(i64, i64)> {
        let next = self.0.partition_point(|(_, end)| *end <= at);
        self.0.get(next).copied().filter(|(start, _)| *start <= at)
    }
}

impl FromIterator<(i64, i64)> for Set {
    fn from_iter<I: IntoIterator<Item = (i64, i64)>>(intervals: I) -> Self {
        Self::of(intervals)
    }
}

/// Both, by their start.
struct ByStart<I: Iterator<Item = (i64, i64)>> {
    one: Peekable<I>,
    other: Peekable<I>,
}

impl<I: Iterator<Item = (i64, i64)>> Iterator for ByStart<I> {
    type Item = (i64, i64);

    fn next(&mut self) -> Option<(i64, i64)> {
        match (self.one.peek(), self.other.peek()) {
            (Some(one), Some(other)) if other < one => self.other.next(),
            (Some(_), _) => self.one.next(),
            (None, _) => self.other.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.one.size_hint().0 + self.other.size_hint().0, None)
    }
}
