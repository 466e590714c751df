//! The rules that let a meeting start, of one party and of all: sorted integers, no store, no clock.
//!
//! Every rule is a set of the instants at which a meeting of the wanted length may start. They are applied in the order of
//! [`Rule`], so that what the first of them takes away is its own doing and no other's. What the parties' sets hold is for
//! whoever makes them: nothing here knows a grant, a calendar or an account.

use std::collections::BTreeSet;

use super::prefer::Prefer;
use super::set::Set;
use super::why::{Barrier, Whose, Why};
use crate::base::hours::{Hours, Week, Window};
use crate::base::time::{DAY, MINUTE, Timestamp, Zone};
use crate::network::{Day, Place};

/// Something that can stand in the way of a meeting, in the order in which they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// It is shorter or longer than it may be.
    Length,
    /// People may not meet in this way.
    Place,
    /// It starts too soon.
    Notice,
    /// It ends too late: beyond the horizon, the end of the grant, or what is known of the calendars.
    Horizon,
    /// It is not on a day that may be asked for.
    Weekdays,
    /// It is not within the hours.
    Hours,
    /// Something else takes the time, or what must be free around it.
    Busy,
    /// The time is held for somebody else.
    Held,
    /// The week, or the day, has had its most.
    Full,
    /// One of those that somebody else is not told apart: not free.
    Taken,
}

impl Rule {
    /// Those of oneself, in order.
    pub const ALL: [Self; 9] = [
        Self::Length,
        Self::Place,
        Self::Notice,
        Self::Horizon,
        Self::Weekdays,
        Self::Hours,
        Self::Busy,
        Self::Held,
        Self::Full,
    ];

    /// Those of somebody else: what their grant says, which whoever has it knows, then all the rest at once.
    const OF_OTHERS: [Self; 7] =
        [Self::Length, Self::Place, Self::Notice, Self::Horizon, Self::Weekdays, Self::Hours, Self::Taken];
}

/// What somebody's time may be taken for. The default limits nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From now to the start, in milliseconds.
    pub notice_ms: i64,
    /// By when it must have ended; `None`: whenever.
    pub horizon: Option<Timestamp>,
    /// When what allows it ends; a meeting ends before.
    pub ends_at: Option<Timestamp>,
    /// The shortest and the longest, in milliseconds.
    pub length_ms: (i64, i64),
    /// What must be free before it, in milliseconds.
    pub buffer_before_ms: i64,
    /// What must be free after it, in milliseconds.
    pub buffer_after_ms: i64,
    /// On which days, in the party's zone.
    pub weekdays: BTreeSet<Day>,
    /// At which hours, in the party's zone, within their own; `None`: their own.
    pub week: Option<Week>,
    /// How people may meet.
    pub places: BTreeSet<Place>,
    /// The weeks and days that have had their most: nothing more starts in them.
    pub full: Set,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            notice_ms: 0,
            horizon: None,
            ends_at: None,
            length_ms: (0, i64::MAX),
            buffer_before_ms: 0,
            buffer_after_ms: 0,
            weekdays: Day::ALL.into(),
            week: None,
            places: Place::ALL.into(),
            full: Set::empty(),
        }
    }
}

/// One of those who are to meet, with everything about their time resolved: the sets reach from a day before the asked
/// span to a day after it, since buffers and the edges of free time lie outside of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// How whoever asks calls them.
    pub label: String,
    /// Whose time it is, as seen by whoever asks: decides how much is told.
    pub whose: Whose,
    /// Whether whoever asks may know when they are busy.
    pub is_open: bool,
    /// Whether nothing happens without them.
    pub is_required: bool,
    /// Their zone.
    pub zone: Zone,
    /// When they work: their own hours.
    pub hours: Set,
    /// The days on which they may be asked for; `None`: any.
    pub days: Option<Set>,
    /// The hours at which they may be asked for; `None`: their own.
    pub granted: Option<Set>,
    /// What is taken.
    pub busy: Set,
    /// What may be taken, and counts as taken.
    pub tentative: Set,
    /// What is held for somebody else.
    pub held: Set,
    /// Whether a calendar of theirs was not read lately.
    pub is_stale: bool,
    /// Until when their calendars are known; `None`: without an end.
    pub known_until: Option<Timestamp>,
    /// What their time may be taken for.
    pub limits: Limits,
}

impl Party {
    /// Somebody with these hours and limits, between `from` and `to` with a day on each side; nothing is taken yet.
    pub fn new(label: &str, whose: Whose, zone: Zone, hours: &Hours, limits: Limits, span: Span) -> Self {
        let Span { from, to } = span.with_margin();
        let resolved = |hours: &Hours| resolve(hours, zone, from, to);
        let weekly = |week: &Week| resolved(&Hours { week: week.clone(), ..Hours::default() });
        Self {
            label: label.to_owned(),
            whose,
            is_open: whose == Whose::Yours,
            is_required: true,
            zone,
            hours: resolved(hours),
            days: (limits.weekdays.len() < Day::ALL.len()).then(|| weekly(&whole_days(&limits.weekdays))),
            granted: limits.week.as_ref().map(weekly),
            busy: Set::empty(),
            tentative: Set::empty(),
            held: Set::empty(),
            is_stale: false,
            known_until: None,
            limits,
        }
    }

    /// Leaves their calendar out: what is taken of their time, and how much is known of it.
    pub fn hide_calendar(&mut self) {
        (self.busy, self.tentative, self.held) = (Set::empty(), Set::empty(), Set::empty());
        (self.is_stale, self.known_until) = (false, None);
    }

    /// What is not theirs to give, with what must be free around it.
    pub(super) fn taken(&self) -> Set {
        self.around(&self.busy.union(&self.tentative).union(&self.held))
    }

    /// Where nothing may lie: as long before the next thing as must be free after a meeting, and the other way round.
    fn around(&self, taken: &Set) -> Set {
        taken.widen(self.limits.buffer_after_ms, self.limits.buffer_before_ms)
    }

    /// When they can meet, whatever the length.
    pub(super) fn free(&self) -> Set {
        let mut free = self.hours.subtract(&self.taken());
        for within in [&self.days, &self.granted].into_iter().flatten() {
            free = free.intersect(within);
        }
        free
    }

    /// The starts within `asked` that a rule lets through.
    fn allowed(&self, rule: Rule, asked: &Set, want: &Want) -> Set {
        let limits = &self.limits;
        let all_if = |is_allowed: bool| if is_allowed { asked.clone() } else { Set::empty() };
        let within = |set: &Set| set.starts(want.length_ms).intersect(asked);
        let apart = |taken: &Set| {
            let taken = self.around(taken);
            // A meeting of any length that starts here would lie in it.
            let blocked = taken.widen((want.length_ms - 1).max(0), 0);
            asked.subtract(&blocked)
        };
        let until = |end: Option<Timestamp>| match end {
            Some(end) => asked.clip(i64::MIN, end.ms().saturating_sub(want.length_ms).saturating_add(1)),
            None => asked.clone(),
        };
        match rule {
            Rule::Length => all_if((limits.length_ms.0..=limits.length_ms.1).contains(&want.length_ms)),
            Rule::Place => all_if(want.place.is_none_or(|place| limits.places.contains(&place))),
            Rule::Notice => asked.clip(want.now.ms().saturating_add(limits.notice_ms), i64::MAX),
            Rule::Horizon => {
                let granted = until(limits.horizon).intersect(&until(limits.ends_at));
                // How far somebody else's calendars are known is no part of what they granted.
                if self.whose == Whose::Yours { granted.intersect(&until(self.known_until)) } else { granted }
            }
            Rule::Weekdays => self.days.as_ref().map_or_else(|| asked.clone(), within),
            // One's own are told as they are; of somebody else's only what the grant says.
            Rule::Hours if self.whose == Whose::Yours => {
                let own = within(&self.hours);
                self.granted.as_ref().map_or(own.clone(), |granted| own.intersect(&within(granted)))
            }
            Rule::Hours => self.granted.as_ref().map_or_else(|| asked.clone(), within),
            Rule::Busy => apart(&self.busy.union(&self.tentative)),
            Rule::Held => apart(&self.held),
            Rule::Full => asked.subtract(&limits.full),
            Rule::Taken => {
                let free = within(&self.hours.subtract(&self.taken()));
                free.intersect(&until(self.known_until)).subtract(&limits.full)
            }
        }
    }
}

/// From when to when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// From.
    pub from: Timestamp,
    /// To, not included.
    pub to: Timestamp,
}

impl Span {
    /// A day more on each side: what must be known around it.
    #[must_use]
    pub fn with_margin(self) -> Self {
        Self { from: self.from.plus(-DAY), to: self.to.plus(DAY) }
    }
}

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    /// When it is asked.
    pub now: Timestamp,
    /// The asker's zone, on whose clock starts are laid.
    pub zone: Zone,
    /// How long, in milliseconds.
    pub length_ms: i64,
    /// The whole meeting lies in here.
    pub span: Span,
    /// From one start to the next, in milliseconds: a divisor of a day.
    pub step_ms: i64,
    /// How people are to meet; `None`: in whatever way.
    pub place: Option<Place>,
    /// When it would be better, on the asker's clock.
    pub prefer: Prefer,
    /// How many slots at most.
    pub most: usize,
}

/// A quarter of an hour: from one start to the next, where nothing is said.
pub const STEP_MS: i64 = 15 * MINUTE;

impl Want {
    /// A meeting of this length, as soon as may be: steps of a quarter of an hour, ten slots.
    pub fn new(now: Timestamp, zone: Zone, length_ms: i64, span: Span) -> Self {
        Self {
            now,
            zone,
            length_ms,
            span,
            step_ms: STEP_MS,
            place: None,
            prefer: Prefer::default(),
            most: 10,
        }
    }

    /// The starts that are asked for.
    fn starts(&self) -> Set {
        let from = self.span.from.max(self.now).ms();
        Set::span(from, self.span.to.ms()).starts(self.length_ms)
    }
}

/// Hours as a set, between two instants; each day resolved by itself, as clocks change.
pub fn resolve(hours: &Hours, zone: Zone, from: Timestamp, to: Timestamp) -> Set {
    hours.between(zone, from, to).into_iter().map(|(start, end)| (start.ms(), end.ms())).collect()
}

/// A week whose named days are open from midnight to midnight.
fn whole_days(weekdays: &BTreeSet<Day>) -> Week {
    let whole = Window::new(0, 1_440);
    let day = |day: Day| whole.filter(|_| weekdays.contains(&day)).into_iter().collect();
    // One window of a day overlaps nothing.
    Week::new(Day::ALL.map(day)).unwrap_or_default()
}

/// Where all required parties can start, and what stands in the way elsewhere.
pub(super) fn starts(parties: &[Party], want: &Want) -> (Set, Why) {
    let asked = want.starts();
    let mut why = Why { asked_ms: asked.total_ms(), ..Why::default() };
    let mut common = asked.clone();
    for whose in [Whose::Yours, Whose::Others, Whose::Things] {
        let group: Vec<&Party> =
            parties.iter().filter(|party| party.whose == whose && party.is_required).collect();
        if !group.is_empty() {
            common = common.intersect(&of_group(&group, whose, (&asked, want), &mut why));
        }
    }
    for party in parties.iter().filter(|party| party.is_stale) {
        match party.whose {
            Whose::Yours => why.is_stale = true,
            Whose::Others | Whose::Things => why.others_are_stale = true,
        }
    }
    (common, why)
}

/// Where all of a group can start. What stands in the way is told of the group, never of one of it.
fn of_group(group: &[&Party], whose: Whose, (asked, want): (&Set, &Want), why: &mut Why) -> Set {
    let rules: &[Rule] = if whose == Whose::Yours { &Rule::ALL } else { &Rule::OF_OTHERS };
    let mut left = asked.clone();
    for &rule in rules {
        let before = left.total_ms();
        for party in group {
            left = party.allowed(rule, &left, want);
        }
        let blocked_ms = before - left.total_ms();
        if blocked_ms > 0 {
            why.barriers.push(Barrier { whose, rule, blocked_ms });
        }
    }
    left
}

/// Where a party could start, alone: of an optional one.
pub(super) fn starts_of(party: &Party, want: &Want) -> Set {
    let rules: &[Rule] = if party.whose == Whose::Yours { &Rule::ALL } else { &Rule::OF_OTHERS };
    rules.iter().fold(want.starts(), |left, rule| party.allowed(*rule, &left, want))
}

/// What each of somebody's own rules says to a meeting at `start`, asked one by one: for whoever it is about, and nobody
/// else.
pub fn examine(party: &Party, want: &Want, start: Timestamp) -> Vec<(Rule, bool)> {
    let asked = Set::span(start.ms(), start.ms() + 1);
    let mine = Party { whose: Whose::Yours, ..party.clone() };
    Rule::ALL.into_iter().map(|rule| (rule, !mine.allowed(rule, &asked, want).is_empty())).collect()
}
