//! What an agent may go by when it takes a step: its own user's time; what everybody's grants say, which are the conditions
//! under which anybody may be asked; and of others' calendars what they let that agent see, each time as a question that
//! stands in their log and spends from its own budget.
//!
//! The house, which books, sees everybody's time. What it sees it tells nobody: that a time cannot be had, and no more.

use chrono::{Days, NaiveDate};

use super::conversation::Right;
use super::model::{Party, Role, Session, Standing};
use super::{common, held};
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::hours::{Hours, Week, Window};
use crate::base::id::{ConnectionId, UserId};
use crate::base::time::Timestamp;
use crate::network::{self, Allowed, Place, Scope};
use crate::slots::{self, Cleared, Gathered, Limits, Named, Search, Set, Span};
use crate::store::Cx;

/// Whose calendars are looked at.
enum Sight<'a> {
    /// Nobody's.
    None,
    /// One party's, and of these others.
    Of(UserId, &'a [UserId]),
    /// Everybody's.
    All,
}

/// What one party's agent knows by itself: nobody else's calendar is looked at. `None`: somebody does not let a time be
/// proposed to them, any more; who is not said.
pub(super) fn own(cx: &Cx<'_>, session: &Session, speaker: UserId) -> Result<Option<Gathered>> {
    gather(cx, session, &Sight::Of(speaker, &[]))
}

/// What one party's agent may know: the time of those who let it see when they have time as well, who are asked for it in
/// its user's name. `None` as of [`own`].
///
/// # Errors
/// `Throttled` where its own questions of this hour are spent.
pub(super) fn shared(
    cx: &mut Cx<'_>,
    who: &Actor,
    session: &Session,
    speaker: UserId,
) -> Result<Option<Gathered>> {
    let mut seen = Vec::new();
    let mut connections = Vec::new();
    let is_shared = held::lets(cx, session, Right::Calendar)?;
    for party in session.required().filter(|party| is_shared && party.user != speaker) {
        if let Some(connection) = between(cx, session, speaker, party)?
            && network::still(cx, speaker, connection, Scope::AvailabilityRead)?.is_some()
        {
            seen.push(party.user);
            connections.push(connection);
        }
    }
    if !connections.is_empty() {
        let asks = Search { with: connections, ..search(cx, session)? };
        if asks.span.to > asks.span.from {
            // Each of them lets it: what is answered is what was just looked up.
            let _ = slots::ask(cx, &acting(who, speaker), &asks)?;
        }
    }
    gather(cx, session, &Sight::Of(speaker, &seen))
}

/// What all grants say, and the rooms: nobody's calendar is looked at. `None` as of [`own`].
pub(super) fn conditions(cx: &Cx<'_>, session: &Session) -> Result<Option<Gathered>> {
    gather(cx, session, &Sight::None)
}

/// Everybody's time, for the house that books. `None` as of [`own`].
pub(super) fn all(cx: &Cx<'_>, session: &Session) -> Result<Option<Gathered>> {
    gather(cx, session, &Sight::All)
}

/// What lets a meeting be booked with somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    /// Their agent books by itself.
    Alone,
    /// They confirm it themselves.
    Confirmed,
}

/// What lets a meeting be booked with a party, as grants stand now, and what is shared in the conversation that the session
/// began in: where commitments are not, nobody's agent books by itself, be it of whoever began it. They asked for it.
pub(super) fn leave_of(cx: &Cx<'_>, session: &Session, party: &Party) -> Result<Option<Leave>> {
    let leave = match party.connection {
        Some(connection) => booked_by(cx, session, connection)?.map(|(leave, _)| leave),
        None => Some(Leave::Alone),
    };
    let is_alone = leave == Some(Leave::Alone) && !held::lets(cx, session, Right::Commitments)?;
    Ok(if is_alone { Some(Leave::Confirmed) } else { leave })
}

/// What a grant lets be booked with its grantor: the widest of what it has, and what it says.
pub(super) fn booked_by(
    cx: &Cx<'_>,
    session: &Session,
    connection: ConnectionId,
) -> Result<Option<(Leave, Allowed)>> {
    for (scope, leave) in [(Scope::BookAlone, Leave::Alone), (Scope::BookConfirmed, Leave::Confirmed)] {
        if let Some(allowed) = network::still(cx, session.initiator, connection, scope)? {
            return Ok(Some((leave, allowed)));
        }
    }
    Ok(None)
}

/// Somebody who need not come, within what they granted whoever began the session, if that lets a meeting be booked with
/// them.
pub(super) fn optional(
    cx: &Cx<'_>,
    session: &Session,
    party: &Party,
    span: Span,
) -> Result<Option<slots::Party>> {
    let Some(connection) = party.connection else { return Ok(None) };
    let Some((_, allowed)) = booked_by(cx, session, connection)? else { return Ok(None) };
    slots::granted(cx, session.initiator, &allowed, span, None).map(Some)
}

/// A party as whoever asks in a step of its agent, by the road that it came.
pub(super) fn acting(who: &Actor, user: UserId) -> Actor {
    if who.user() != Some(user) {
        // Whatever somebody else presses, of this one it is their agent that acts.
        return Actor::new(Who::User { id: user, admin: false }, Road::Worker, who.trace.clone());
    }
    let themselves = who.agent().map_or(Who::User { id: user, admin: false }, |id| Who::Agent { id, user });
    Actor::new(themselves, who.road, who.trace.clone())
}

/// The connection by which `speaker` knows another party, if there is one.
fn between(cx: &Cx<'_>, session: &Session, speaker: UserId, party: &Party) -> Result<Option<ConnectionId>> {
    if speaker == session.initiator {
        return Ok(party.connection);
    }
    if party.role == Role::Initiator {
        return Ok(session.party(speaker)?.connection);
    }
    let who = Actor::new(Who::User { id: speaker, admin: false }, Road::Worker, "");
    match network::connected_with(cx, &who, party.user) {
        Ok(found) => Ok(found.map(|connection| connection.id)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What is looked for in a session, with nobody named yet.
fn search(cx: &Cx<'_>, session: &Session) -> Result<Search> {
    let want = &session.want;
    let span = Span { from: Timestamp::from_ms(want.from).max(cx.now), to: Timestamp::from_ms(want.to) };
    Ok(Search {
        resources: common::resources(cx, session)?,
        length_minutes: Some(want.minutes),
        place: want.place,
        prefer: want.prefer.clone(),
        ..Search::alone(span)
    })
}

/// Whoever is required, and lets a time be proposed to them still: all of them, or nothing.
fn still_let(cx: &Cx<'_>, session: &Session) -> Result<Option<Vec<Allowed>>> {
    let mut all = Vec::new();
    for connection in session.required().filter_map(|party| party.connection) {
        match network::still(cx, session.initiator, connection, Scope::Propose)? {
            Some(allowed) => all.push(allowed),
            None => return Ok(None),
        }
    }
    Ok(Some(all))
}

/// The parties of a session: the initiator first, cut by the days and hours that were wanted, then the required, the rooms,
/// and what the initiator granted each of the required, where they granted anything.
fn gather(cx: &Cx<'_>, session: &Session, sight: &Sight<'_>) -> Result<Option<Gathered>> {
    let Some(allowed) = still_let(cx, session)? else { return Ok(None) };
    let mut search = search(cx, session)?;
    if search.span.to <= search.span.from {
        return Ok(None);
    }
    search.with = allowed.iter().map(|allowed| allowed.connection).collect();
    let mut ways = ways(session, &allowed);
    let cleared = Cleared::settled(session.initiator, search, allowed);
    let mut gathered = slots::gather(cx, &cleared, Some(&session.id.to_string()))?;
    hide(session, &mut gathered, sight)?;
    let span = gathered.want.span;
    open_to_their_word(session, &mut gathered);
    if let (Some(me), Some(wanted)) =
        (gathered.parties.first_mut(), wanted(session, gathered.want.zone, span))
    {
        me.granted = Some(me.granted.as_ref().map_or_else(|| wanted.clone(), |had| had.intersect(&wanted)));
    }
    let initiator = Actor::new(Who::User { id: session.initiator, admin: false }, Road::Worker, "");
    for party in session.parties.iter().filter(|party| party.role == Role::Required) {
        let Some(connection) = party.connection else { continue };
        let given = network::grants(cx, &initiator, connection)?.given;
        if given.allows(Scope::Propose, cx.now) {
            ways.retain(|way| given.constraints.places.contains(way));
            if session.party(session.initiator).is_ok_and(|one| is_their_word(session, one)) {
                continue;
            }
            gathered.parties.push(slots::as_granted(cx, session.initiator, party.user, &given, span)?);
        }
    }
    if gathered.want.place.is_none() && ways.len() < Place::ALL.len() {
        // Of the ways in which all of them may meet the first; where there is none, one that somebody refuses.
        gathered.want.place = Some(ways.first().copied().unwrap_or(Place::Video));
    }
    Ok(Some(gathered))
}

/// The ways in which whoever is asked may be met.
fn ways(session: &Session, allowed: &[Allowed]) -> Vec<Place> {
    let mut ways: Vec<Place> = session.want.place.map_or_else(|| Place::ALL.to_vec(), |place| vec![place]);
    for allowed in allowed {
        ways.retain(|way| allowed.grant.constraints.places.contains(way));
    }
    ways
}

/// Takes out what whoever looks may not see: what is taken of others' time. Their hours and limits stay: they are the
/// conditions of their grants.
fn hide(session: &Session, gathered: &mut Gathered, sight: &Sight<'_>) -> Result<()> {
    let (speaker, seen): (Option<UserId>, &[UserId]) = match sight {
        Sight::None => (None, &[]),
        Sight::Of(speaker, seen) => (Some(*speaker), seen),
        Sight::All => return Ok(()),
    };
    let Gathered { named, parties, .. } = gathered;
    for (named, time) in named.iter().zip(parties) {
        let user = match named {
            Named::You => session.initiator,
            Named::Connection(id) => {
                let party = session.parties.iter().find(|party| party.connection == Some(*id));
                party.ok_or_else(|| Error::internal("a search for somebody else"))?.user
            }
            Named::Resource(_) => continue,
        };
        if Some(user) == speaker {
            time.is_open = true;
        } else if !seen.contains(&user) {
            time.hide_calendar();
            time.is_open = false;
        } else if user == session.initiator {
            // What is told of their time is when they have some, not when they are busy.
            time.is_open = false;
        }
    }
    Ok(())
}

/// Whether a time that a group decided on is what somebody said themselves: they said yes to it, or named it.
fn is_their_word(session: &Session, party: &Party) -> bool {
    let is_named = || session.proposals.iter().all(|one| one.by_person && one.author == party.user);
    session.group.is_some()
        && match party.role {
            Role::Initiator => party.standing == Standing::Confirms || is_named(),
            Role::Required | Role::Optional => party.standing == Standing::Confirms,
        }
}

/// Lifts the hours and limits of those who said yes themselves to what a group decided on: these are for agents, and what they
/// said is the later word. What is taken of their time stays taken.
fn open_to_their_word(session: &Session, gathered: &mut Gathered) {
    let Span { from, to } = gathered.want.span.with_margin();
    let Gathered { named, parties, .. } = gathered;
    for (named, time) in named.iter().zip(parties) {
        let of = |party: &&Party| match named {
            Named::You => party.user == session.initiator,
            Named::Connection(id) => party.connection == Some(*id),
            Named::Resource(_) => false,
        };
        if !session.parties.iter().find(of).is_some_and(|party| is_their_word(session, party)) {
            continue;
        }
        time.hours = Set::span(from.ms(), to.ms());
        (time.days, time.granted) = (None, None);
        let places = std::mem::take(&mut time.limits.places);
        time.limits = Limits { places, ends_at: time.limits.ends_at, ..Limits::default() };
    }
}

/// The days and hours that were wanted, as a set; `None`: any.
fn wanted(session: &Session, zone: crate::base::Zone, span: Span) -> Option<Set> {
    let want = &session.want;
    if want.days.is_empty() && want.within.is_none() {
        return None;
    }
    let window = want.within.or_else(|| Window::new(0, 1_440))?;
    let daily = Hours { week: Week::every_day(window), ..Hours::default() };
    let Span { from, to } = span.with_margin();
    let mut all = slots::resolve(&daily, zone, from, to);
    if !want.days.is_empty() {
        let midnight = |day: NaiveDate| zone.midnight(day).ms();
        let days = want.days.iter().map(|day| (midnight(*day), midnight(*day + Days::new(1))));
        all = all.intersect(&Set::of(days));
    }
    Some(all)
}
