//! Looking: the slots of a search, whether one time can be had, and somebody's busy time where they reveal it.

use super::ask::{Cleared, days};
use super::party::Reader;
use super::rank::{self, Check, Found};
use super::rules::{Limits, Party, Span, Want};
use super::set::Set;
use crate::accounts;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, ConnectionId};
use crate::base::time::Timestamp;
use crate::calendar::HolderId;
use crate::network::{self, Reveal, Scope, Verdict, Wanted};
use crate::store::Cx;

/// One of those whom a search is about, as its slots and reasons count them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// Whoever asks.
    You,
    /// The other side of a connection.
    Connection(ConnectionId),
    /// A room or a thing.
    Resource(AgentId),
}

/// The parties of a search, in the order in which slots name them, with what is looked for.
pub struct Gathered {
    /// Who they are.
    pub named: Vec<Named>,
    /// What is known of their time.
    pub parties: Vec<Party>,
    /// What is looked for.
    pub want: Want,
}

/// Reads hours, what is taken and what is held of everybody in a search: one range read for each. What `but` takes or
/// holds itself (an id with its prefix) is not looked at, as when a meeting is to be moved.
pub fn gather(cx: &Cx<'_>, cleared: &Cleared, but: Option<&str>) -> Result<Gathered> {
    let Cleared { asker, search, with, optional } = cleared;
    let mut holders = vec![HolderId::User(*asker)];
    holders.extend(with.iter().chain(optional).map(|allowed| HolderId::User(allowed.about.id)));
    holders.extend(search.resources.iter().map(|id| HolderId::Agent(*id)));
    let mut reader = Reader::new(*asker, search.span, but);
    reader.look(cx, &holders)?;
    let me = reader.own(cx, *asker, Limits::default())?;
    let want = cleared.want(cx.now, me.zone);
    let (mut named, mut parties) = (vec![Named::You], vec![me]);
    for (allowed, is_required) in
        with.iter().map(|one| (one, true)).chain(optional.iter().map(|one| (one, false)))
    {
        named.push(Named::Connection(allowed.connection));
        parties.push(reader.other(cx, allowed, is_required)?);
    }
    for id in &search.resources {
        named.push(Named::Resource(*id));
        parties.push(reader.thing(cx, *id)?);
    }
    Ok(Gathered { named, parties, want })
}

impl Gathered {
    /// The best slots.
    pub fn find(&self) -> Found {
        rank::find(&self.parties, &self.want)
    }

    /// Whether a meeting can start then.
    pub fn check(&self, start: Timestamp) -> Check {
        rank::check(&self.parties, &self.want, start)
    }

    /// The slots nearest to a time that cannot be had, for whatever reason.
    pub fn near(&self, start: Timestamp) -> Vec<rank::Slot> {
        rank::near(&self.parties, &self.want, start)
    }
}

/// Whether a meeting of a search can start at `start`: for rooms that book, in the transaction that does. Start and
/// alternatives lie within what was asked for.
pub fn check(cx: &Cx<'_>, cleared: &Cleared, start: Timestamp, but: Option<&str>) -> Result<Check> {
    if start < cleared.search.span.from || start >= cleared.search.span.to {
        return Err(Error::invalid("start", "The start should lie within what is asked for."));
    }
    Ok(gather(cx, cleared, but)?.check(start))
}

/// Asks for somebody's busy time: in a write, as every question.
pub fn ask_busy(cx: &mut Cx<'_>, who: &Actor, id: ConnectionId, span: Span) -> Result<Verdict> {
    super::ask::Search::alone(span).check(cx.now)?;
    let asker =
        who.user().ok_or_else(|| Error::denied("Times are looked for by a person: act as a user."))?;
    let days = days(accounts::get(cx, asker)?.zone, span);
    let (purpose, shown) = (format!("to see busy time, {days}"), format!("when you are busy, {days}"));
    let wanted =
        Wanted { shown: Some(&shown), is_of_busy: true, ..Wanted::of(Scope::AvailabilityRead, &purpose) };
    let verdict = network::ask_each(cx, who, &[id], wanted)?.pop();
    verdict.ok_or_else(|| Error::internal("a question without an answer"))
}

/// When somebody is busy who reveals it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Busy {
    /// What is taken, merged: busy, tentative and held are not told apart.
    pub taken: Set,
    /// Whether a calendar of theirs was not read lately: something may be missing.
    pub is_stale: bool,
    /// Beyond which nothing is known, or nothing may be.
    pub known_until: Timestamp,
}

/// When somebody is busy, where their grant reveals it still: from now to its horizon, within their granted hours and days. For
/// the read that follows [`ask_busy`].
///
/// # Errors
/// The refusal of [`Verdict::allowed`].
pub fn busy_of(cx: &Cx<'_>, who: &Actor, id: ConnectionId, span: Span) -> Result<Busy> {
    let asker = who.user().ok_or_else(network::refusal)?;
    let allowed = network::still(cx, asker, id, Scope::AvailabilityRead)?;
    let reveals = |allowed: &network::Allowed| allowed.grant.reveal == Reveal::Busy;
    let mut allowed = allowed.filter(reveals).ok_or_else(network::refusal)?;
    let holder = HolderId::User(allowed.about.id);
    let mut reader = Reader::new(allowed.about.id, span, None);
    reader.look(cx, &[holder])?;
    // How often the two may meet takes nothing from what may be known.
    allowed.grant.constraints.per_week = None;
    let party = reader.other(cx, &allowed, true)?;
    let ends = [Some(span.to), party.known_until, party.limits.horizon, party.limits.ends_at];
    let until = ends.into_iter().flatten().min().unwrap_or(span.to);
    let from = span.from.max(cx.now);
    let mut taken = party.busy.union(&party.tentative).union(&party.held).clip(from.ms(), until.ms());
    for within in [&party.days, &party.granted].into_iter().flatten() {
        taken = taken.intersect(within);
    }
    Ok(Busy { taken, is_stale: party.is_stale, known_until: until })
}
