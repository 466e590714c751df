//! Parties out of the house's rooms: somebody's hours, what is taken of their time, and what their grant allows.

use std::collections::BTreeMap;

use chrono::Days;

use super::rank::{self, Check};
use super::rules::{self, Limits, Party, Span, Want};
use super::set::Set;
use super::why::Whose;
use crate::accounts;
use crate::agents::{self, Agent};
use crate::base::error::{Error, Result};
use crate::base::hours::Hours;
use crate::base::id::{AgentId, UserId};
use crate::base::time::{DAY, MINUTE, Timestamp, Zone, monday};
use crate::calendar::{self, HolderId, Interval, Taken};
use crate::network::{Allowed, Constraints, Grant, Reveal};
use crate::store::Cx;

/// What a search knows of those who are to meet, read once.
pub(super) struct Reader<'a> {
    span: Span,
    taken: BTreeMap<HolderId, Taken>,
    /// Hours that were resolved already: many work nine to five in one zone.
    resolved: Vec<(Zone, Hours, Set)>,
    /// Who asks, where it is somebody.
    asker: Option<UserId>,
    /// Whose own meetings or holds are not looked at.
    but: Option<&'a str>,
    /// The house's meetings that the asker is at, once somebody's limit makes them of interest.
    met: Option<BTreeMap<String, Timestamp>>,
}

impl<'a> Reader<'a> {
    /// For somebody who asks about a span; what `but` takes or holds itself is not looked at.
    pub(super) fn new(asker: UserId, span: Span, but: Option<&'a str>) -> Self {
        Self { asker: Some(asker), ..Self::of_things(span, but) }
    }

    /// For rooms and things alone.
    fn of_things(span: Span, but: Option<&'a str>) -> Self {
        Self { span, taken: BTreeMap::new(), resolved: Vec::new(), asker: None, but, met: None }
    }

    /// Reads what is taken of these holders' time.
    pub(super) fn look(&mut self, cx: &Cx<'_>, holders: &[HolderId]) -> Result<()> {
        let Span { from, to } = self.span.with_margin();
        self.taken = match self.but {
            Some(subject) => calendar::busy_but(cx, holders, from, to, subject)?,
            None => calendar::busy(cx, holders, from, to)?,
        };
        Ok(())
    }

    /// The asker, or whoever's own limits are meant.
    pub(super) fn own(&mut self, cx: &Cx<'_>, user: UserId, limits: Limits) -> Result<Party> {
        let (zone, hours) = accounts::hours_of(cx, user)?;
        let party = self.party(Whose::Yours, zone, &hours, limits);
        self.with_taken("you", user.into(), party)
    }

    /// Somebody who granted it to the asker.
    pub(super) fn other(&mut self, cx: &Cx<'_>, allowed: &Allowed, is_required: bool) -> Result<Party> {
        let about = &allowed.about;
        let (zone, hours) = accounts::hours_of(cx, about.id)?;
        let limits = self.granted(cx, &allowed.grant, about.id, zone)?;
        let party = Party {
            is_open: allowed.grant.reveal == Reveal::Busy,
            is_required,
            ..self.party(Whose::Others, zone, &hours, limits)
        };
        self.with_taken(if about.name.is_empty() { "somebody" } else { &about.name }, about.id.into(), party)
    }

    /// What a grant says to the asker, of somebody in `zone`.
    pub(super) fn granted(
        &mut self,
        cx: &Cx<'_>,
        grant: &Grant,
        other: UserId,
        zone: Zone,
    ) -> Result<Limits> {
        let mut limits = within(cx, &grant.constraints, zone);
        limits.ends_at = grant.ends_at;
        if let Some(most) = grant.constraints.per_week {
            limits.full = self.full_weeks(cx, other, zone, most)?;
        }
        Ok(limits)
    }

    /// A room or a thing. Its hours are no secret.
    pub(super) fn thing(&mut self, cx: &Cx<'_>, id: AgentId) -> Result<Party> {
        let agent: Agent = agents::resource(cx, id)?;
        let mut limits = Limits { week: agent.week.clone(), ..within(cx, &agent.rules, agent.zone) };
        if let Some(most) = agent.rules.per_week {
            let met = calendar::meetings_of(cx, id, self.around().0, self.around().1)?;
            let starts = met.into_iter().filter(|(meeting, _)| self.but != Some(meeting.as_str()));
            limits.full = self.full(agent.zone, most, &starts.map(|(_, start)| start).collect::<Vec<_>>());
        }
        let hours = agent.hours();
        let party = self.party(Whose::Things, agent.zone, &hours, limits);
        let party = Party { granted: Some(party.hours.clone()), ..party };
        self.with_taken(&agent.name, id.into(), party)
    }

    fn party(&mut self, whose: Whose, zone: Zone, hours: &Hours, limits: Limits) -> Party {
        let known = self.resolved.iter().find(|(its, same, _)| *its == zone && same == hours);
        let own = if let Some((_, _, set)) = known {
            set.clone()
        } else {
            let Span { from, to } = self.span.with_margin();
            let set = rules::resolve(hours, zone, from, to);
            self.resolved.push((zone, hours.clone(), set.clone()));
            set
        };
        Party { hours: own, ..Party::new("", whose, zone, &Hours::default(), limits, self.span) }
    }

    fn with_taken(&mut self, label: &str, holder: HolderId, party: Party) -> Result<Party> {
        let taken = self.taken.remove(&holder);
        let taken = taken.ok_or_else(|| Error::internal("a party whose time was not looked at"))?;
        let set = |all: Vec<Interval>| Set::of(all.into_iter().map(|one| (one.start, one.end)));
        Ok(Party {
            label: label.to_owned(),
            busy: set(taken.busy),
            tentative: set(taken.tentative),
            held: set(taken.held),
            is_stale: taken.stale.is_some(),
            known_until: Some(taken.known_until),
            ..party
        })
    }

    /// The weeks, from Monday in `zone`, in which asker and other have as many meetings as there may be.
    fn full_weeks(&mut self, cx: &Cx<'_>, other: UserId, zone: Zone, most: u32) -> Result<Set> {
        let (from, to) = self.around();
        if let (None, Some(asker)) = (&self.met, self.asker) {
            self.met = Some(calendar::meetings_of(cx, asker, from, to)?);
        }
        let mine = self.met.iter().flatten().filter(|(id, _)| self.but != Some(id.as_str()));
        let mine: BTreeMap<&String, &Timestamp> = mine.collect();
        if mine.is_empty() {
            return Ok(Set::empty());
        }
        let theirs = calendar::meetings_of(cx, other, from, to)?;
        let shared: Vec<Timestamp> =
            mine.into_iter().filter(|(id, _)| theirs.contains_key(*id)).map(|(_, start)| *start).collect();
        Ok(self.full(zone, most, &shared))
    }

    /// Enough for a week of any zone at either end.
    fn around(&self) -> (Timestamp, Timestamp) {
        (self.span.from.plus(-9 * DAY), self.span.to.plus(9 * DAY))
    }

    /// The weeks, from Monday in `zone`, in which as many of these begin as there may be.
    fn full(&self, zone: Zone, most: u32, starts: &[Timestamp]) -> Set {
        let first = zone.date(self.span.from);
        let mut week = monday(first);
        let mut full = Vec::new();
        while zone.midnight(week) < self.span.to {
            let next = week + Days::new(7);
            let (from, to) = (zone.midnight(week), zone.midnight(next));
            if starts.iter().filter(|start| (from..to).contains(start)).count() >= most as usize {
                full.push((from.ms(), to.ms()));
            }
            week = next;
        }
        Set::of(full)
    }
}

/// What constraints say, to somebody in `zone`: of a grant, or of a room's rules.
fn within(cx: &Cx<'_>, constraints: &Constraints, zone: Zone) -> Limits {
    let minutes = |minutes: u32| i64::from(minutes) * MINUTE;
    // The last day that may be asked for is that many days from today, and counts as a whole.
    let beyond = zone.date(cx.now) + Days::new(u64::from(constraints.horizon_days) + 1);
    Limits {
        notice_ms: minutes(constraints.notice_minutes),
        horizon: Some(zone.midnight(beyond)),
        ends_at: None,
        length_ms: (minutes(constraints.length.min), minutes(constraints.length.max)),
        buffer_before_ms: minutes(constraints.buffer_before_minutes),
        buffer_after_ms: minutes(constraints.buffer_after_minutes),
        weekdays: constraints.weekdays.clone(),
        week: constraints.hours.clone(),
        places: constraints.places.clone(),
        full: Set::empty(),
    }
}

/// Somebody with limits of their own making, for rooms that have settled who is asking: what is taken of their time in the
/// span, but for what `but` takes or holds itself (an id with its prefix).
pub fn party(cx: &Cx<'_>, user: UserId, limits: Limits, span: Span, but: Option<&str>) -> Result<Party> {
    let mut reader = Reader::new(user, span, but);
    reader.look(cx, &[user.into()])?;
    reader.own(cx, user, limits)
}

/// Somebody within what they granted `asker`, for rooms that have settled who is asking: as in a search, and nobody is asked.
pub fn granted(
    cx: &Cx<'_>,
    asker: UserId,
    allowed: &Allowed,
    span: Span,
    but: Option<&str>,
) -> Result<Party> {
    let mut reader = Reader::new(asker, span, but);
    reader.look(cx, &[allowed.about.id.into()])?;
    reader.other(cx, allowed, true)
}

/// Somebody's own time within what they granted `other`, for rooms where both sides' agents name times: nothing is taken
/// there that the asker's own party does not have already.
pub fn as_granted(cx: &Cx<'_>, user: UserId, other: UserId, grant: &Grant, span: Span) -> Result<Party> {
    let mut reader = Reader::new(other, span, None);
    let (zone, hours) = accounts::hours_of(cx, user)?;
    let limits = reader.granted(cx, grant, user, zone)?;
    Ok(Party { label: "you".to_owned(), ..reader.party(Whose::Yours, zone, &hours, limits) })
}

/// Rooms and things, for rooms that have settled who is asking: their hours and rules, and what is taken of their time in
/// the span, but for what `but` takes or holds itself. One that is retired, or none at all, is not found.
pub fn things(cx: &Cx<'_>, ids: &[AgentId], span: Span, but: Option<&str>) -> Result<Vec<Party>> {
    let mut reader = Reader::of_things(span, but);
    reader.look(cx, &ids.iter().map(|id| HolderId::Agent(*id)).collect::<Vec<_>>())?;
    ids.iter().map(|id| reader.thing(cx, *id)).collect()
}

/// Whether a room or thing is asked in good time: what was held for long is not asked for too late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// Now.
    Now,
    /// It was asked before, and held since.
    Before,
}

/// Whether a room or thing can be had from `start` to `end`, by its rules and its time: for rooms that book, in the
/// transaction that does.
pub fn check_thing(
    cx: &Cx<'_>,
    id: AgentId,
    (start, end): (Timestamp, Timestamp),
    asking: Asking,
    but: Option<&str>,
) -> Result<Check> {
    let span = Span { from: start, to: end };
    let mut parties = things(cx, &[id], span, but)?;
    if asking == Asking::Before {
        for party in &mut parties {
            party.limits.notice_ms = 0;
        }
    }
    let zone = parties.first().map_or(Zone::UTC, |party| party.zone);
    Ok(rank::check(&parties, &Want::new(cx.now, zone, end.since(start), span), start))
}
