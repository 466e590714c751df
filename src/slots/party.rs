//! Parties out of the house's rooms: somebody's hours, what is taken of their time, and what their grant allows.

use std::collections::BTreeMap;

use chrono::Days;

use super::rules::{self, Limits, Party, Span};
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
    /// Who asks, and whose own meetings or holds are not looked at.
    asker: UserId,
    but: Option<&'a str>,
    /// The house's meetings that the asker is at, once somebody's limit makes them of interest.
    met: Option<BTreeMap<String, Timestamp>>,
}

impl<'a> Reader<'a> {
    /// For somebody who asks about a span; what `but` takes or holds itself is not looked at.
    pub(super) fn new(asker: UserId, span: Span, but: Option<&'a str>) -> Self {
        Self { span, taken: BTreeMap::new(), resolved: Vec::new(), asker, but, met: None }
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
        let limits = Limits { week: agent.week.clone(), ..within(cx, &agent.rules, agent.zone) };
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
        // Enough for a week of any zone at either end.
        let (from, to) = (self.span.from.plus(-9 * DAY), self.span.to.plus(9 * DAY));
        if self.met.is_none() {
            self.met = Some(calendar::meetings_of(cx, self.asker, from, to)?);
        }
        let mine = self.met.iter().flatten().filter(|(id, _)| self.but != Some(id.as_str()));
        let mine: BTreeMap<&String, &Timestamp> = mine.collect();
        if mine.is_empty() {
            return Ok(Set::empty());
        }
        let theirs = calendar::meetings_of(cx, other, from, to)?;
        let shared: Vec<Timestamp> =
            mine.into_iter().filter(|(id, _)| theirs.contains_key(*id)).map(|(_, start)| *start).collect();
        let first = zone.date(self.span.from);
        let mut week = monday(first);
        let mut full = Vec::new();
        while zone.midnight(week) < self.span.to {
            let next = week + Days::new(7);
            let (from, to) = (zone.midnight(week), zone.midnight(next));
            if shared.iter().filter(|start| (from..to).contains(start)).count() >= most as usize {
                full.push((from.ms(), to.ms()));
            }
            week = next;
        }
        Ok(Set::of(full))
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

/// Somebody's own time within what they granted `other`, for rooms where both sides' agents name times: nothing is taken
/// there that the asker's own party does not have already.
pub fn as_granted(cx: &Cx<'_>, user: UserId, other: UserId, grant: &Grant, span: Span) -> Result<Party> {
    let mut reader = Reader::new(other, span, None);
    let (zone, hours) = accounts::hours_of(cx, user)?;
    let limits = reader.granted(cx, grant, user, zone)?;
    Ok(Party { label: "you".to_owned(), ..reader.party(Whose::Yours, zone, &hours, limits) })
}
