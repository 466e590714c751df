//! Times that suit both for moving a meeting: of one that came from a booking link the link's free times; of two users
//! who let each other's agent know when they have time, those that suit both.
//!
//! The former are what the guest was offered anyway, and are read. The latter are a question about somebody's time: it is
//! asked in a write, spends from the pair's budget, and is listed to whom it is about. So a page that is only looked at
//! says that they can be had, and no more. It is asked as the account that holds the participant's address, by whoever is
//! signed in with it, or by the bearer of the link that was mailed to that address; of nobody else in its name.

use super::model::LinkState;
use super::times::{self, But, Free, Time};
use super::{open, sql};
use crate::accounts;
use crate::base::actor::{Actor, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{ConnectionId, ParticipantId, UserId};
use crate::base::time::{DAY, MINUTE};
use crate::meetings::{Meeting, Participant};
use crate::network::{self, Scope};
use crate::slots::{self, Search, Span};
use crate::store::Cx;

/// How far ahead is looked, in milliseconds.
const LOOKS_MS: i64 = 28 * DAY;
/// How many times are given of two users: more half hours than four weeks of working days have, so that none is left out.
const MOST: u32 = slots::MOST_MAX;
/// On which minutes of the clock they begin: a page of half hours can be read on a telephone.
const STEP_MINUTES: u32 = 30;

/// What there is to be offered for moving a meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shared {
    /// These times are free.
    Times(Free),
    /// Both have shared when they have time: [`suits_both`] asks.
    Ask,
    /// Nothing is shared: any time can be asked for.
    Nothing,
}

/// What a participant can be offered. `who` is whoever looks: what two users share with each other is for the two of them,
/// signed in or proven by a link, and for nobody else. Changes nothing.
pub fn shared(cx: &Cx<'_>, who: &Actor, meeting: &Meeting, me: ParticipantId) -> Result<Shared> {
    if let Some(free) = of_link(cx, meeting)? {
        return Ok(Shared::Times(free));
    }
    Ok(if between(cx, who, meeting, me)?.is_some() { Shared::Ask } else { Shared::Nothing })
}

/// The free times of the link that a meeting came from, while it offers any.
fn of_link(cx: &Cx<'_>, meeting: &Meeting) -> Result<Option<Free>> {
    let Some(booking) = sql::booking_of_meeting(cx, meeting.id)? else { return Ok(None) };
    let Some(mut link) = sql::link(cx, booking.link)?.filter(|link| link.state == LinkState::Active) else {
        return Ok(None);
    };
    // What the meeting has of rooms counts, and not what the link takes by now.
    link.says.resources = meeting.rooms().map(|room| room.id).collect();
    let host = match open::host_of(cx, &link) {
        Ok(host) => host,
        Err(Error::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let minutes = u32::try_from(meeting.end.since(meeting.start) / MINUTE).unwrap_or(u32::MAX);
    let but = But { booking: Some(booking.id), subject: meeting.id.to_string() };
    let span = (cx.now, cx.now.plus(LOOKS_MS));
    let mut free = times::free_but(cx, &link, &host, minutes, span, &but)?;
    free.times.retain(|time| time.start != meeting.start);
    Ok(Some(free))
}

/// The account that asks in a participant's name: the one that holds their address. Whoever is signed in is that account or
/// nobody here; the bearer of a link is whom it was mailed to.
fn asker(cx: &Cx<'_>, who: &Actor, me: &Participant) -> Result<Option<UserId>> {
    match who.who {
        Who::User { id, .. } => {
            let is_me = accounts::get(cx, id)?.address.key() == me.address.key();
            Ok(is_me.then_some(id))
        }
        Who::Participant(id) if id == me.id => Ok(accounts::by_address(cx, &me.address)?.map(|user| user.id)),
        _ => Ok(None),
    }
}

/// The one who asks and the connection of the two users at a meeting of two, where each lets the other's agent know when
/// they have time, and `who` is one of them. Whether there is an account behind the other, and what there is between the
/// two, makes no difference in what it takes to find out.
fn between(
    cx: &Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    me: ParticipantId,
) -> Result<Option<(Actor, ConnectionId)>> {
    let others: Vec<_> = meeting.written_to().filter(|one| one.id != me).collect();
    let [other] = others.as_slice() else { return Ok(None) };
    let Some(asker) = asker(cx, who, meeting.participant(me)?)? else { return Ok(None) };
    let other = accounts::by_address(cx, &other.address)?.map(|user| user.id);
    let connection = network::mutual(cx, asker, other, Scope::AvailabilityRead)?;
    let asker = Actor { who: Who::User { id: asker, admin: false }, ..who.clone() };
    Ok(connection.map(|connection| (asker, connection)))
}

/// The times that suit both users at a meeting, as [`shared`] says that there may be: a question to the other. `None`
/// where nothing is shared, or no longer.
pub fn suits_both(
    cx: &mut Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    me: ParticipantId,
) -> Result<Option<Free>> {
    let Some((asker, connection)) = between(cx, who, meeting, me)? else { return Ok(None) };
    let minutes = u32::try_from(meeting.end.since(meeting.start) / MINUTE).unwrap_or(u32::MAX);
    let search = Search {
        with: vec![connection],
        resources: meeting.rooms().map(|room| room.id).collect(),
        length_minutes: Some(minutes),
        most: Some(MOST),
        step_minutes: Some(STEP_MINUTES),
        ..Search::alone(Span { from: cx.now, to: cx.now.plus(LOOKS_MS) })
    };
    let Ok(cleared) = slots::ask(cx, &asker, &search)?.allowed() else { return Ok(None) };
    let found = slots::gather(cx, &cleared, Some(&meeting.id.to_string()))?.find();
    let is_stale = found.why.is_any_stale();
    let mut times: Vec<Time> =
        found.slots.iter().map(|slot| Time { start: slot.start, end: slot.end }).collect();
    times.retain(|time| time.start != meeting.start);
    times.sort_unstable();
    Ok(Some(Free { times, is_stale }))
}
