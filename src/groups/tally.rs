//! Counting: what a group's answers come to, and whether anything could still change that. Pure: integers, no clock, no store.
//!
//! An answer that was given counts as it stands until it is changed: what can change the outcome are the answers that are
//! still missing. Shares are in thousandths, so that nothing is rounded.

use std::cmp::Reverse;

use crate::worded;

worded! {
    /// What somebody says to a candidate.
    Vote {
        /// It suits.
        Yes = "yes",
        /// It would do: a yes that ranks lower.
        IfNeedBe = "if_need_be",
        /// It does not.
        No = "no",
        /// Neither: it counts for the quorum alone.
        Abstain = "abstain",
    }
}

/// A whole, in thousandths.
pub const WHOLE: u32 = 1_000;

/// Two thirds, in thousandths: up to a hundred members no share lies between these and two thirds themselves, which 667 would
/// miss.
pub const TWO_THIRDS: u32 = 666;

/// By which numbers it is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How many belong to it, whoever left among them.
    pub members: u32,
    /// How many of them must have answered, in thousandths.
    pub quorum: u32,
    /// How many of those who said yes or no must have said yes, in thousandths.
    pub threshold: u32,
}

/// What a candidate is ordered by where as many want it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// When it begins, in UTC milliseconds, if it is a time.
    pub start: Option<i64>,
    /// Where it stands among the candidates.
    pub position: i64,
}

/// What was said to one candidate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// How many said yes.
    pub yes: u32,
    /// How many said that it would do.
    pub if_need_be: u32,
    /// How many said no.
    pub no: u32,
    /// How many said neither.
    pub abstain: u32,
}

impl Count {
    /// Who said yes, in whichever way.
    pub const fn all_yes(self) -> u32 {
        self.yes + self.if_need_be
    }

    fn add(&mut self, vote: Vote) {
        let slot = match vote {
            Vote::Yes => &mut self.yes,
            Vote::IfNeedBe => &mut self.if_need_be,
            Vote::No => &mut self.no,
            Vote::Abstain => &mut self.abstain,
        };
        *slot += 1;
    }

    /// The same, with so many more of one vote.
    fn with(self, vote: Vote, many: u32) -> Self {
        let mut more = self;
        match vote {
            Vote::Yes => more.yes += many,
            Vote::IfNeedBe => more.if_need_be += many,
            Vote::No => more.no += many,
            Vote::Abstain => more.abstain += many,
        }
        more
    }
}

/// What the answers come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// This candidate, by its index.
    Won(usize),
    /// There is nothing to vote on, and enough have answered.
    Collected,
    /// Enough have answered, and no candidate reached the threshold.
    Lost,
    /// Too few have answered.
    NoQuorum,
}

/// One answer: a vote for each candidate, in their order.
pub type Ballot = Vec<Vote>;

impl Rules {
    /// Whether so many answers are enough.
    pub fn is_quorum(self, answered: u32) -> bool {
        answered > 0 && wide(answered) * wide(WHOLE) >= wide(self.quorum) * wide(self.members)
    }

    /// Whether a candidate reached the threshold: enough of those who took a side, and no fewer than it would take if just
    /// the quorum had answered and nobody abstained. So abstaining makes up a quorum, and never a yes.
    pub fn reaches(self, count: Count) -> bool {
        let (yes, sides) = (wide(count.all_yes()), wide(count.all_yes() + count.no));
        let whole = wide(WHOLE);
        yes > 0
            && yes * whole >= wide(self.threshold) * sides
            && yes * whole * whole >= wide(self.threshold) * wide(self.quorum) * wide(self.members)
    }
}

impl Rules {
    /// How many must say yes to a candidate at least, in whichever way, whatever the others say.
    pub fn least_yes(self) -> u32 {
        let enough = |yes: &u32| self.reaches(Count { yes: *yes, ..Count::default() });
        (1..=self.members).find(enough).unwrap_or(self.members)
    }
}

fn wide(number: u32) -> u64 {
    u64::from(number)
}

/// What was said to each of so many candidates.
pub fn counts(candidates: usize, ballots: &[Ballot]) -> Vec<Count> {
    let mut counts = vec![Count::default(); candidates];
    for ballot in ballots {
        for (count, vote) in counts.iter_mut().zip(ballot) {
            count.add(*vote);
        }
    }
    counts
}

/// The order of two candidates: more yes in whichever way, more of them without reserve, fewer no, the earlier, the lower
/// position. The least is the best.
type Rank = (Reverse<u32>, Reverse<u32>, u32, i64, i64);

fn rank(place: Place, count: Count) -> Rank {
    let start = place.start.unwrap_or(i64::MAX);
    (Reverse(count.all_yes()), Reverse(count.yes), count.no, start, place.position)
}

/// The candidates in order, the best first, whether they reached the threshold or not.
pub fn order(places: &[Place], counts: &[Count]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..places.len().min(counts.len())).collect();
    order.sort_by_key(|at| rank(places[*at], counts[*at]));
    order
}

/// What these answers come to.
pub fn verdict(rules: Rules, places: &[Place], ballots: &[Ballot]) -> Verdict {
    if !rules.is_quorum(small(ballots.len())) {
        return Verdict::NoQuorum;
    }
    if places.is_empty() {
        return Verdict::Collected;
    }
    let counts = counts(places.len(), ballots);
    let won = order(places, &counts).into_iter().find(|at| rules.reaches(counts[*at]));
    won.map_or(Verdict::Lost, Verdict::Won)
}

/// What it will come to, whatever the `missing` answers say and whether they come at all, as long as nobody changes theirs;
/// `None`: that is open. Each of them may say anything of each candidate, so that it is enough to look at the worst for the
/// first together with the best for each of the others.
pub fn settled(rules: Rules, places: &[Place], ballots: &[Ballot], missing: usize) -> Option<Verdict> {
    let now = verdict(rules, places, ballots);
    let missing = small(missing);
    let answered = small(ballots.len());
    if missing == 0 || !rules.is_quorum(answered + missing) {
        return Some(now);
    }
    // What is collected is what everybody said.
    if places.is_empty() || !rules.is_quorum(answered) {
        return None;
    }
    let counts = counts(places.len(), ballots);
    let best = |at: usize| counts[at].with(Vote::Yes, missing);
    match now {
        Verdict::Won(first) => {
            let worst = counts[first].with(Vote::No, missing);
            let is_behind = |at: usize| {
                at == first
                    || !rules.reaches(best(at))
                    || rank(places[at], best(at)) > rank(places[first], worst)
            };
            (rules.reaches(worst) && (0..places.len()).all(is_behind)).then_some(now)
        }
        Verdict::Lost => (0..places.len()).all(|at| !rules.reaches(best(at))).then_some(now),
        Verdict::Collected | Verdict::NoQuorum => None,
    }
}

/// Which candidates go on into another round, in their order: the better half and two at least, of those to which anybody
/// said yes.
pub fn stay(places: &[Place], counts: &[Count]) -> Vec<usize> {
    let wanted = |at: &usize| counts[*at].all_yes() > 0;
    let most = places.len().div_ceil(2).max(2);
    let mut stay: Vec<usize> = order(places, counts).into_iter().filter(wanted).take(most).collect();
    stay.sort_unstable();
    stay
}

/// How many of the members answered, in thousandths.
pub fn participation(rules: Rules, answered: u32) -> u32 {
    answered * WHOLE / rules.members.max(1)
}

/// A number of answers: there are never more than a few.
pub fn small(many: usize) -> u32 {
    u32::try_from(many).unwrap_or(u32::MAX / 4)
}
