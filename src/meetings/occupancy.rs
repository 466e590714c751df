//! Occupancy: what meetings take of the time of those at them who have an account. Every verb that changes who is busy
//! when calls [`note`], in its own transaction (`docs/calendar.md`).

use super::in_calendar;
use super::model::{Meeting, Participant, Status};
use super::resources;
use super::sql::{self, Place};
use crate::accounts;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{Id, MeetingId, ParticipantId, UserId};
use crate::base::text::Address;
use crate::base::time::DAY;
use crate::calendar::{self, Kind};
use crate::itip::PartStat;
use crate::journal::{Entry, Follower};
use crate::store::Cx;

/// How many meetings are looked at in one go.
const PAGE: u32 = 100;
/// Meetings that began longer ago are written to nobody's calendar any more, in milliseconds.
const PAST_MS: i64 = 35 * DAY;
/// How many accounts are seen to in one go.
const USERS_AT_ONCE: usize = 50;

/// What a meeting takes of the time of one who is at it, if anything.
fn takes(meeting: &Meeting, one: &Participant) -> Option<Kind> {
    match (meeting.status, one.partstat) {
        (Status::Cancelled, _) | (_, PartStat::Declined) => None,
        _ if one.is_erased => None,
        (Status::Open, _) | (_, PartStat::Tentative) => Some(Kind::Tentative),
        _ => Some(Kind::Busy),
    }
}

/// Writes what a meeting takes now to the calendars of all who are at it, and of its rooms.
pub(super) fn note(cx: &Cx<'_>, meeting: &Meeting) -> Result<()> {
    resources::note(cx, meeting)?;
    let mut seen: Vec<UserId> = Vec::new();
    for one in meeting.participants.iter().filter(|one| !one.is_erased) {
        let Some(user) = accounts::by_address(cx, &one.address)? else { continue };
        if !seen.contains(&user.id) {
            seen.push(user.id);
            if calendar::has_house(cx, user.id)? {
                write(cx, user.id, &user.address, meeting)?;
            } else {
                write_all(cx, user.id, &user.address)?;
            }
        }
    }
    Ok(())
}

/// Whoever holds `address` is at the meeting no more.
pub(super) fn release(cx: &Cx<'_>, meeting: MeetingId, address: &Address) -> Result<()> {
    match accounts::by_address(cx, address)? {
        Some(user) if calendar::has_house(cx, user.id)? => calendar::occupy(cx, user.id, meeting, None),
        _ => Ok(()),
    }
}

/// Of several who are one account, what takes most counts.
fn write(cx: &Cx<'_>, user: UserId, address: &Address, meeting: &Meeting) -> Result<()> {
    let mine = meeting.participants.iter().filter(|one| one.address.key() == address.key());
    let kind = mine.filter_map(|one| takes(meeting, one)).min();
    calendar::occupy(cx, user, meeting.id, kind.map(|kind| (meeting.start, meeting.end, kind)))
}

/// Writes all meetings of somebody to their calendar.
fn write_all(cx: &Cx<'_>, user: UserId, address: &Address) -> Result<()> {
    calendar::open_house(cx, user)?;
    let begin = cx.now.plus(-PAST_MS - cx.house().length_max_ms);
    let mut next = Some(Place { start: begin, id: MeetingId::from_uuid(uuid::Uuid::nil()) });
    while let Some(from) = next {
        let places = sql::places_of_address(cx, address, from, true, PAGE)?;
        for place in &places {
            write(cx, user, address, &super::load(cx, place.id)?)?;
        }
        next = places.last().copied().filter(|_| places.len() == PAGE as usize);
    }
    Ok(())
}

/// Writes the meetings of some of those to their calendars to whom that never happened; gives how many they were. At
/// start, until there are none: after an upgrade they are all.
pub fn occupy_missing(cx: &Cx<'_>) -> Result<usize> {
    let mut written = 0;
    for user in accounts::list(cx, &Actor::house("start"))? {
        if written < USERS_AT_ONCE && !calendar::has_house(cx, user.id)? {
            write_all(cx, user.id, &user.address)?;
            written += 1;
        }
    }
    Ok(written)
}

/// Reads the journal for accounts that are made, whose holders may be at meetings already; for rooms that are retired, which no
/// meeting has any more; and for events that were taken out of a calendar, and are to be had by mail instead.
pub const FOLLOWER: Follower = Follower { name: "occupancy", apply };

fn apply(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    if entry.kind == "agent.retired" {
        let agent = entry.subject.as_deref().and_then(|id| id.parse().ok());
        return agent.map_or(Ok(()), |agent| resources::retired(cx, agent));
    }
    if entry.kind == "event.taken-out" {
        let participant = entry.subject.as_deref().map(str::parse::<ParticipantId>);
        return match participant {
            Some(Ok(participant)) => in_calendar::by_mail_instead(cx, &entry.trace, participant),
            _ => Ok(()),
        };
    }
    if entry.kind != "user.added" {
        return Ok(());
    }
    let Some(Ok(user)) = entry.subject.as_deref().map(str::parse::<UserId>) else { return Ok(()) };
    match accounts::get(cx, user) {
        Ok(user) if !calendar::has_house(cx, user.id)? => write_all(cx, user.id, &user.address),
        Ok(_) | Err(Error::NotFound(_)) => Ok(()),
        Err(error) => Err(error),
    }
}
