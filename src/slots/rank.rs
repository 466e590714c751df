//! Which starts become slots, in which order, and what speaks for each.
//!
//! The order is deterministic (`docs/slots.md`). Nothing that somebody keeps to themselves moves a slot up or down: the
//! pieces of a day are counted of those alone whose busy time whoever asks may know, and the others' stretches begin on the
//! step.

use std::cmp::Reverse;

use super::prefer::Preferred;
use super::rules::{self, Party, Want};
use super::set::Set;
use super::why::Why;
use crate::base::time::{DAY, MINUTE, Timestamp, Zone};
use crate::worded;

/// A piece of free time shorter than this is of little use, and counts double.
const SHORT_MS: i64 = 30 * MINUTE;
/// How many alternatives before a time, and after it.
const ALTERNATIVES_EACH_WAY: usize = 3;

worded! {
    /// What speaks for a slot.
    Reason {
        /// None is earlier.
        Earliest = "earliest",
        /// Everybody can come who need not.
        AllOptional = "all-optional",
        /// It lies when it would rather be.
        Preferred = "preferred",
        /// It lies on a day on which it would rather be, or at such an hour, and not both.
        PartlyPreferred = "partly-preferred",
        /// It begins or ends with something that is there already.
        Joins = "joins",
        /// It cuts nobody's free time in two, of those whose time is known.
        Unbroken = "unbroken",
        /// Everybody who must come is free, and every rule is met: where nothing else speaks for it.
        Free = "free",
    }
}

impl Reason {
    /// A sentence for whoever asks.
    pub fn words(self) -> &'static str {
        match self {
            Self::Earliest => "It is the earliest.",
            Self::AllOptional => "Everybody can come, also those who need not.",
            Self::Preferred => "It is at a preferred time.",
            Self::PartlyPreferred => "Its day or its hour is a preferred one.",
            Self::Joins => "It is directly before or after something else.",
            Self::Unbroken => "It leaves free time in one piece.",
            Self::Free => "Everybody who must come is free.",
        }
    }
}

/// An interval offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// From.
    pub start: Timestamp,
    /// To.
    pub end: Timestamp,
    /// What speaks for it.
    pub reasons: Vec<Reason>,
    /// Which of those who need not come can, by their place in the list of parties.
    pub optional: Vec<usize>,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The best first.
    pub slots: Vec<Slot>,
    /// What stands in the way elsewhere.
    pub why: Why,
    /// Whether there are more than were asked for.
    pub is_truncated: bool,
}

/// Whether a time can be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Check {
    /// It can.
    Free {
        /// Whether a calendar concerned was not read lately: nothing books by itself on it.
        is_stale: bool,
    },
    /// It cannot.
    Taken {
        /// What stands in the way.
        why: Why,
        /// The slots nearest to it, those first that are preferred, then by time.
        alternatives: Vec<Slot>,
    },
}

/// The best slots in what is asked for, and what stands in the way elsewhere.
pub fn find(parties: &[Party], want: &Want) -> Found {
    let (starts, why) = rules::starts(parties, want);
    let field = Field::of(parties, want);
    let candidates = candidates(&starts, &field, want);
    let is_truncated = candidates.len() > want.most;
    let mut ranked = field.rank(&candidates);
    ranked.truncate(want.most);
    let first = candidates.first().copied();
    let slots = ranked.into_iter().map(|ranked| field.slot(&ranked, first)).collect();
    Found { slots, why, is_truncated }
}

/// Whether a meeting can start at `start`; if not, the slots nearest to it within what is asked for.
pub fn check(parties: &[Party], want: &Want, start: Timestamp) -> Check {
    let end = start.plus(want.length_ms);
    let only = Want { span: rules::Span { from: start, to: end }, ..want.clone() };
    let (starts, why) = rules::starts(parties, &only);
    if starts.contains(start.ms(), start.ms() + 1) {
        return Check::Free { is_stale: why.is_any_stale() };
    }
    Check::Taken { why, alternatives: near(parties, want, start) }
}

/// The slots nearest to `start`, which is none of them, within what is asked for: three before and three after, those
/// first that are preferred, then by time.
pub(super) fn near(parties: &[Party], want: &Want, start: Timestamp) -> Vec<Slot> {
    let (starts, _) = rules::starts(parties, want);
    let field = Field::of(parties, want);
    let mut candidates = candidates(&starts, &field, want);
    candidates.retain(|at| *at != start.ms());
    let later = candidates.partition_point(|at| *at < start.ms());
    let nearest =
        later.saturating_sub(ALTERNATIVES_EACH_WAY)..(later + ALTERNATIVES_EACH_WAY).min(candidates.len());
    let mut near = field.rank(&candidates[nearest]);
    near.sort_unstable_by_key(|ranked| (Reverse(ranked.met), ranked.start));
    let first = candidates.first().copied();
    near.iter().map(|ranked| field.slot(ranked, first)).collect()
}

/// The starts that are offered: on the step of the asker's clock, and where free time begins, if it is known of.
fn candidates(starts: &Set, field: &Field<'_>, want: &Want) -> Vec<i64> {
    let mut found = Vec::new();
    let (from, to) = (want.span.from.ms(), want.span.to.ms());
    let offsets = offsets(want.zone, from, to);
    for (first, end) in starts.iter() {
        if field.openings.binary_search(&first).is_ok() {
            let minute = first + (-first).rem_euclid(MINUTE);
            found.extend((minute < end).then_some(minute));
        }
        for (at, &(since, offset)) in offsets.iter().enumerate() {
            let until = offsets.get(at + 1).map_or(end, |next| next.0.min(end));
            let lowest = first.max(since);
            let step = lowest + (-(lowest + offset)).rem_euclid(want.step_ms);
            let mut start = step;
            while start < until {
                if found.last() != Some(&start) {
                    found.push(start);
                }
                start += want.step_ms;
            }
        }
    }
    // A beginning that was rounded up may lie behind a step.
    found.sort_unstable();
    found.dedup();
    found
}

/// Since when the asker's clock is how far from UTC, in milliseconds, from `from` to `to`.
fn offsets(zone: Zone, from: i64, to: i64) -> Vec<(i64, i64)> {
    let offset = |at: i64| {
        let at = Timestamp::from_ms(at);
        zone.local(at).and_utc().timestamp_millis() - at.ms()
    };
    let mut found = vec![(from, offset(from))];
    let mut at = from;
    while at < to {
        let next = (at + DAY).min(to);
        let (before, after) = (offset(at), offset(next));
        if before != after {
            let (mut low, mut high) = (at, next);
            while high - low > 1 {
                let middle = low + (high - low) / 2;
                if offset(middle) == before { low = middle } else { high = middle }
            }
            found.push((high, after));
        }
        at = next;
    }
    found
}

/// What slots are ranked by.
struct Field<'a> {
    want: &'a Want,
    /// Where the free time of those begins who are known.
    openings: Vec<i64>,
    /// The free time of the required ones that is known, and what they have taken.
    known: Vec<(Set, Set)>,
    /// Those who need not come, and where they can start.
    optional: Vec<(usize, Set)>,
    /// When it would rather be.
    preferred: Preferred,
}

/// A start, and what it is ranked by.
struct Ranked {
    start: i64,
    optional: Vec<usize>,
    /// How much it has of what is preferred.
    met: usize,
    pieces: u32,
    joins: bool,
    breaks: bool,
}

impl<'a> Field<'a> {
    fn of(parties: &[Party], want: &'a Want) -> Self {
        let open: Vec<&Party> = parties.iter().filter(|party| party.is_open && party.is_required).collect();
        let known: Vec<(Set, Set)> = open.iter().map(|party| (party.free(), party.taken())).collect();
        let common = known.iter().map(|(free, _)| free.clone()).reduce(|one, other| one.intersect(&other));
        let openings = common.unwrap_or_default().iter().map(|(start, _)| start).collect();
        let optional = parties.iter().enumerate().filter(|(_, party)| !party.is_required);
        let optional = optional.map(|(at, party)| (at, rules::starts_of(party, want))).collect();
        let preferred = Preferred::of(&want.prefer, want.zone, want.span);
        Self { want, openings, known, optional, preferred }
    }

    /// The starts, the best first.
    fn rank(&self, candidates: &[i64]) -> Vec<Ranked> {
        let mut ranked: Vec<Ranked> = candidates.iter().map(|start| self.judge(*start)).collect();
        ranked.sort_unstable_by_key(|one| {
            (Reverse(one.optional.len()), Reverse(one.met), one.pieces, one.start)
        });
        ranked
    }

    fn judge(&self, start: i64) -> Ranked {
        let end = start + self.want.length_ms;
        let (mut pieces, mut joins, mut breaks) = (0, false, false);
        for (free, taken) in &self.known {
            let Some((opens, closes)) = free.around(start) else { continue };
            let (before, after) = (start - opens, closes - end);
            pieces += piece(before) + piece(after);
            breaks |= before > 0 && after > 0;
            joins |=
                before == 0 && taken.around(start - 1).is_some() || after == 0 && taken.around(end).is_some();
        }
        let can_come = |(at, starts): &(usize, Set)| starts.contains(start, start + 1).then_some(*at);
        Ranked {
            start,
            optional: self.optional.iter().filter_map(can_come).collect(),
            met: self.preferred.met(start, end),
            pieces,
            joins,
            breaks,
        }
    }

    /// With what speaks for it; `first` is the earliest of all.
    fn slot(&self, ranked: &Ranked, first: Option<i64>) -> Slot {
        let all_come = !self.optional.is_empty() && ranked.optional.len() == self.optional.len();
        let reasons = [
            (first == Some(ranked.start)).then_some(Reason::Earliest),
            all_come.then_some(Reason::AllOptional),
            self.preferred.reason(ranked.met),
            ranked.joins.then_some(Reason::Joins),
            (!self.known.is_empty() && !ranked.breaks).then_some(Reason::Unbroken),
        ];
        let mut reasons: Vec<Reason> = reasons.into_iter().flatten().collect();
        if reasons.is_empty() {
            reasons.push(Reason::Free);
        }
        Slot {
            start: Timestamp::from_ms(ranked.start),
            end: Timestamp::from_ms(ranked.start + self.want.length_ms),
            reasons,
            optional: ranked.optional.clone(),
        }
    }
}

/// What is left on one side of a slot: none, a piece, or one that is too short and counts as two.
fn piece(length: i64) -> u32 {
    match length {
        i64::MIN..=0 => 0,
        1..SHORT_MS => 2,
        _ => 1,
    }
}
