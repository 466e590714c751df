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
use crate::base::time::Timestamp;
use crate::calendar::{self, HolderId, Kind};
use crate::itip::PartStat;
use crate::journal::{Entry, Follower};
use crate::store::Cx;

/// How many meetings are looked at in one go.
const PAGE: u32 = 100;
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

/// When a meeting takes somebody's time, and how certainly; `None`: it takes none of it.
pub type Time = Option<(Timestamp, Timestamp, Kind)>;

/// When a meeting takes the time of whoever has `address`: of several who are one account, what takes most counts.
fn time_of(meeting: &Meeting, address: &Address) -> Time {
    let mine = meeting.participants.iter().filter(|one| one.address.key() == address.key());
    let kind = mine.filter_map(|one| takes(meeting, one)).min();
    kind.map(|kind| (meeting.start, meeting.end, kind))
}

fn write(cx: &Cx<'_>, user: UserId, address: &Address, meeting: &Meeting) -> Result<()> {
    calendar::occupy(cx, user, meeting.id, time_of(meeting, address))
}

/// Writes all meetings of somebody to their calendar.
fn write_all(cx: &Cx<'_>, user: UserId, address: &Address) -> Result<()> {
    calendar::open_house(cx, user)?;
    for id in all_of(cx, address, calendar::kept_from(cx))? {
        write(cx, user, address, &super::load(cx, id)?)?;
    }
    Ok(())
}

/// When meetings begin that may not be over at `from`: none is longer than the house allows.
fn begin(cx: &Cx<'_>, from: Timestamp) -> Timestamp {
    from.plus(-cx.house().length_max_ms)
}

/// The meetings of an address that may not be over at `from`.
fn all_of(cx: &Cx<'_>, address: &Address, from: Timestamp) -> Result<Vec<MeetingId>> {
    let mut all = Vec::new();
    let mut next = Some(Place { start: begin(cx, from), id: MeetingId::from_uuid(uuid::Uuid::nil()) });
    while let Some(after) = next {
        let places = sql::places_of_address(cx, address, after, true, PAGE)?;
        all.extend(places.iter().map(|place| place.id));
        next = places.last().copied().filter(|_| places.len() == PAGE as usize);
    }
    Ok(all)
}

/// When each of their meetings takes the time of a user, or of a room or thing, as far as it may not be over at `from`; those of `known`
/// in any case. What one of them is at fault for stands in its place: the others are told all the same.
pub fn times_of(
    cx: &Cx<'_>,
    holder: HolderId,
    from: Timestamp,
    known: &[MeetingId],
) -> Result<Vec<(MeetingId, Result<Time>)>> {
    let (mut ids, address) = match holder {
        HolderId::User(user) => {
            let address = accounts::get(cx, user)?.address;
            (all_of(cx, &address, from)?, Some(address))
        }
        HolderId::Agent(agent) => (sql::meetings_with(cx, agent, begin(cx, from))?, None),
    };
    ids.extend_from_slice(known);
    ids.sort_unstable();
    ids.dedup();
    let time = |meeting: &Meeting| match (&address, holder) {
        (Some(address), _) => time_of(meeting, address),
        (None, HolderId::Agent(agent)) => resources::time_of(meeting, agent),
        (None, HolderId::User(_)) => None,
    };
    let each = ids.into_iter().filter_map(|id| match super::load(cx, id) {
        Ok(meeting) => Some((id, Ok(time(&meeting)))),
        Err(Error::NotFound(_)) => None,
        Err(error) => Some((id, Err(error))),
    });
    Ok(each.collect())
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
