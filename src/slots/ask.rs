//! Asking for times: what is asked, whether it makes sense, and whether it may be asked of everybody.

use std::collections::BTreeSet;

use super::prefer::{PREFERRED_DAYS_MAX, Prefer};
use super::rules::{STEP_MS, Span, Want};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, ConnectionId, UserId};
use crate::base::time::{DAY, MINUTE, Timestamp, Zone};
use crate::network::{self, Place, Scope, Verdict, Wanted};
use crate::store::Cx;

/// The most people and things that a search may name.
pub const PEOPLE_MAX: usize = 250;
/// The longest span that is looked at, in days.
pub const SPAN_DAYS_MAX: i64 = 92;
/// The most slots that are given.
pub const MOST_MAX: u32 = 500;
/// How many are given where nothing is said.
const MOST: u32 = 10;
/// How long a meeting is where neither asker nor grant says it, in minutes.
const LENGTH_MINUTES: u32 = 30;
/// The shortest step, in minutes.
const STEP_MINUTES_MIN: u32 = 5;
/// The shortest and the longest meeting, in minutes.
const LENGTH_MINUTES_RANGE: std::ops::RangeInclusive<u32> = 5..=1_440;

/// What is looked for, by whoever asks for themselves and others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// Whose time must suit, besides the asker's.
    pub with: Vec<ConnectionId>,
    /// Whose time counts, and may be missing.
    pub optional: Vec<ConnectionId>,
    /// The rooms and things that are needed.
    pub resources: Vec<AgentId>,
    /// How long; `None`: the longest default of the grants of those who must come, or half an hour.
    pub length_minutes: Option<u32>,
    /// The whole meeting lies between these two.
    pub span: Span,
    /// How people are to meet; `None`: in whatever way.
    pub place: Option<Place>,
    /// When it would be better, on the asker's clock.
    pub prefer: Prefer,
    /// From one start to the next; `None`: a quarter of an hour.
    pub step_minutes: Option<u32>,
    /// How many slots at most; `None`: ten.
    pub most: Option<u32>,
}

impl Search {
    /// For oneself alone, in a span.
    pub fn alone(span: Span) -> Self {
        Self {
            with: Vec::new(),
            optional: Vec::new(),
            resources: Vec::new(),
            length_minutes: None,
            span,
            place: None,
            prefer: Prefer::default(),
            step_minutes: None,
            most: None,
        }
    }

    /// Whether nobody is asked: rooms and things answer by themselves.
    pub fn is_alone(&self) -> bool {
        self.with.is_empty() && self.optional.is_empty()
    }

    /// Refuses what cannot be meant, by the name of the field.
    pub fn check(&self, now: Timestamp) -> Result<()> {
        let invalid = |field: &'static str, message: String| Err(Error::invalid(field, message));
        let Span { from, to } = self.span;
        if to <= from {
            return invalid("to", "The end should lie after the beginning.".to_owned());
        }
        if to <= now {
            return invalid("to", "This is over already.".to_owned());
        }
        if to.since(from) > SPAN_DAYS_MAX * DAY {
            return invalid("to", format!("A search goes over {SPAN_DAYS_MAX} days at most."));
        }
        if self.length_minutes.is_some_and(|length| !LENGTH_MINUTES_RANGE.contains(&length)) {
            return invalid("length_minutes", "A meeting has from 5 to 1440 minutes.".to_owned());
        }
        if self.step_minutes.is_some_and(|step| step < STEP_MINUTES_MIN || !1_440_u32.is_multiple_of(step)) {
            return invalid("step_minutes", "Steps have 5 minutes or more, and fit into a day.".to_owned());
        }
        if self.most.is_some_and(|most| !(1..=MOST_MAX).contains(&most)) {
            return invalid("most", format!("From 1 to {MOST_MAX} slots are given."));
        }
        if self.prefer.days.len() > PREFERRED_DAYS_MAX {
            return invalid("prefer_days", format!("{PREFERRED_DAYS_MAX} days can be preferred at most."));
        }
        let named: BTreeSet<_> = self.with.iter().chain(&self.optional).collect();
        let things: BTreeSet<_> = self.resources.iter().collect();
        if named.len() < self.with.len() + self.optional.len() || things.len() < self.resources.len() {
            return invalid("with", "Name everybody once.".to_owned());
        }
        if named.len() + things.len() > PEOPLE_MAX {
            return invalid("with", format!("A search is for {PEOPLE_MAX} people and things at most."));
        }
        Ok(())
    }

    /// How an asked length, or the defaults of grants, become one.
    fn length_ms(&self, defaults: impl Iterator<Item = u32>) -> i64 {
        let length = self.length_minutes.or_else(|| defaults.max()).unwrap_or(LENGTH_MINUTES);
        i64::from(length) * MINUTE
    }
}

/// What was asked of everybody; what they answered is told once it is kept.
#[derive(Clone, Debug)]
#[must_use]
pub struct Asked {
    asker: UserId,
    search: Search,
    with: Vec<Verdict>,
    optional: Vec<Verdict>,
}

/// A search that everybody concerned has allowed.
#[derive(Clone, Debug)]
pub struct Cleared {
    pub(super) asker: UserId,
    pub(super) search: Search,
    pub(super) with: Vec<network::Allowed>,
    pub(super) optional: Vec<network::Allowed>,
}

impl Asked {
    /// The search, if everybody allows it; or the refusal, which has the same words for all and does not say whose it is.
    pub fn allowed(self) -> Result<Cleared> {
        let each = |verdicts: Vec<Verdict>| -> Result<Vec<_>> {
            verdicts.into_iter().map(Verdict::allowed).collect()
        };
        Ok(Cleared {
            asker: self.asker,
            with: each(self.with)?,
            optional: each(self.optional)?,
            search: self.search,
        })
    }
}

impl Cleared {
    /// A search of `asker`'s that everybody has allowed before, `with` as [`Search::with`] names them: for rooms in which
    /// something goes on that began with a question.
    pub fn settled(asker: UserId, search: Search, with: Vec<network::Allowed>) -> Self {
        Self { asker, search, with, optional: Vec::new() }
    }

    /// The same search as grants stand now: for the read that shows what was asked for in a write before it.
    ///
    /// # Errors
    /// The refusal of [`Asked::allowed`], where somebody does not allow it any more.
    pub fn still(&self, cx: &Cx<'_>) -> Result<Self> {
        let again = |all: &[network::Allowed]| -> Result<Vec<_>> {
            let still = |one: &network::Allowed| {
                let allowed = network::still(cx, self.asker, one.connection, Scope::AvailabilityRead)?;
                allowed.ok_or_else(network::refusal)
            };
            all.iter().map(still).collect()
        };
        Ok(Self {
            asker: self.asker,
            with: again(&self.with)?,
            optional: again(&self.optional)?,
            search: self.search.clone(),
        })
    }

    /// The length, step and all, as the arithmetic takes them; `zone` is the asker's.
    pub(super) fn want(&self, now: Timestamp, zone: Zone) -> Want {
        let search = &self.search;
        let defaults = self.with.iter().map(|allowed| allowed.grant.constraints.length.default);
        Want {
            now,
            zone,
            length_ms: search.length_ms(defaults),
            span: search.span,
            step_ms: search.step_minutes.map_or(STEP_MS, |step| i64::from(step) * MINUTE),
            place: search.place,
            prefer: search.prefer.clone(),
            most: search.most.unwrap_or(MOST) as usize,
        }
    }
}

/// Asks everybody else whether the asker's agent may know their time: in a write, since each question is kept, and spends,
/// whatever the answer is. What is shown is written with it, as what it is at most: nobody is shown more.
pub fn ask(cx: &mut Cx<'_>, who: &Actor, search: &Search) -> Result<Asked> {
    ask_for(cx, who, search, Scope::AvailabilityRead)
}

/// As [`ask`], for another scope.
fn ask_for(cx: &mut Cx<'_>, who: &Actor, search: &Search, scope: Scope) -> Result<Asked> {
    let asker =
        who.user().ok_or_else(|| Error::denied("Times are looked for by a person: act as a user."))?;
    search.check(cx.now)?;
    let zone = crate::accounts::get(cx, asker)?.zone;
    let days = days(zone, search.span);
    let purpose = match search.length_minutes {
        Some(length) => format!("to find {length} minutes, {days}"),
        None => format!("to find a time, {days}"),
    };
    let most = search.most.unwrap_or(MOST);
    let shown = format!("which times suit you, {days}: {most} at most");
    let shown = (scope == Scope::AvailabilityRead).then_some(shown.as_str());
    let wanted = Wanted { shown, ..Wanted::of(scope, &purpose) };
    let with = network::ask_each(cx, who, &search.with, wanted)?;
    let optional = network::ask_each(cx, who, &search.optional, wanted)?;
    Ok(Asked { asker, search: search.clone(), with, optional })
}

/// `on 25 November 2026`, `from 23 to 27 November 2026`.
pub(super) fn days(zone: Zone, span: Span) -> String {
    let (first, last) = (zone.date(span.from), zone.date(span.to.plus(-1)));
    let long = "%-d %B %Y";
    if first == last {
        return format!("on {}", first.format(long));
    }
    let short = match (first.format("%Y").to_string(), first.format("%B").to_string()) {
        (year, _) if year != last.format("%Y").to_string() => long,
        (_, month) if month != last.format("%B").to_string() => "%-d %B",
        _ => "%-d",
    };
    format!("from {} to {}", first.format(short), last.format(long))
}
