//! Rolling on: the horizon moves with the clock, out of the skeletons and without reading anything outside.

use super::lay::{self, Event};
use super::model::Source;
use super::{HolderId, house, reading, sql, write};
use crate::accounts;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::UserId;
use crate::base::time::{DAY, Timestamp, Zone};
use crate::itip::feed;
use crate::journal::{Entry, Follower};
use crate::store::Cx;

/// How long what is past is kept, in milliseconds: caps of a week look back, and so do people.
const PAST_MS: i64 = 35 * DAY;
/// How many sources are rolled on in one go: the writer waits meanwhile.
const SOURCES_AT_ONCE: u32 = 50;
/// How many sources are seen to in one go that nobody reads.
const MISSED_AT_ONCE: u32 = 200;

/// What calendars are expanded for: whole days, so that it changes once a day.
pub(super) fn window(cx: &Cx<'_>) -> (Timestamp, Timestamp) {
    let day = |at: Timestamp| at.plus(-at.ms().rem_euclid(DAY));
    (day(cx.now.plus(-PAST_MS)), day(cx.now.plus(cx.house().calendar_horizon_ms)).plus(DAY))
}

/// From when on what is past is kept.
pub fn kept_from(cx: &Cx<'_>) -> Timestamp {
    window(cx).0
}

/// Lays what the events of a source take between how far it is known and `until`, and deletes what is long past. One
/// that was never read has neither.
pub(super) fn roll(cx: &Cx<'_>, source: &mut Source, until: Timestamp) -> Result<()> {
    let Some(known) = source.known_until.filter(|known| *known < until) else { return Ok(()) };
    sql::delete_past(cx, source.id, window(cx).0)?;
    expand_all(cx, source, known, until)?;
    source.known_until = Some(until);
    sql::set_known(cx, source.id, until)
}

fn expand_all(cx: &Cx<'_>, source: &Source, from: Timestamp, until: Timestamp) -> Result<()> {
    if !source.counts {
        return Ok(());
    }
    for kept in sql::events(cx, source.id)? {
        let expanded = feed::expand(&kept.skeleton, source.zone, from, until).map_err(Error::internal)?;
        let event =
            Event { href: &kept.href, uid: &kept.key.uid, instance: &kept.key.instance, kind: kept.kind };
        lay::lay(cx, source, event, &expanded.intervals, Some(from))?;
    }
    Ok(())
}

/// The job: rolls on what no reading has rolled on, some at a time; gives how many.
pub fn roll_on(cx: &Cx<'_>) -> Result<usize> {
    let (_, until) = window(cx);
    let behind = sql::behind(cx, until, SOURCES_AT_ONCE)?;
    let many = behind.len();
    for mut source in behind {
        roll(cx, &mut source, until)?;
        house::look_through(cx, &source)?;
    }
    Ok(many)
}

/// The job: puts readings on the queue that are due and were lost; gives how many were looked at.
pub fn ensure_due(cx: &Cx<'_>, who: &Actor) -> Result<usize> {
    let due = sql::due(cx, MISSED_AT_ONCE)?;
    for source in &due {
        reading::enqueue(cx, source.id, source.account, cx.now, &who.trace)?;
    }
    Ok(due.len())
}

/// Deletes holds whose time is over, and what is remembered of events that are long over; gives how many.
pub fn delete_ended(cx: &Cx<'_>) -> Result<usize> {
    Ok(sql::delete_expired_holds(cx)? + write::delete_ended_writes(cx)?)
}

/// A holder's zone has changed: their days, and their times without a zone, lie elsewhere now.
pub fn set_zone(cx: &Cx<'_>, holder: HolderId, zone: Zone) -> Result<()> {
    let (from, _) = window(cx);
    for mut source in sql::sources_of(cx, holder)? {
        if source.zone == zone {
            continue;
        }
        sql::set_zone(cx, source.id, zone)?;
        source.zone = zone;
        // Meetings of the house lie at instants, and have no skeletons to be laid out of.
        if let Some(until) = source.known_until.filter(|_| source.kind.is_outside()) {
            sql::delete_busy(cx, source.id)?;
            expand_all(cx, &source, from, until)?;
        }
    }
    Ok(())
}

/// Reads the journal for zones that change, and for who is let in again.
pub const FOLLOWER: Follower = Follower { name: "calendar", apply };

fn apply(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    let is_let_in = entry.kind == "user.enabled";
    if !is_let_in && entry.kind != "user.changed" {
        return Ok(());
    }
    let Some(Ok(user)) = entry.subject.as_deref().map(str::parse::<UserId>) else { return Ok(()) };
    let user = match accounts::get(cx, user) {
        Ok(user) => user,
        Err(Error::NotFound(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    if !is_let_in {
        return set_zone(cx, HolderId::User(user.id), user.zone);
    }
    for source in sql::sources_of(cx, HolderId::User(user.id))? {
        reading::plan_anew(cx, &source, &entry.trace)?;
    }
    Ok(())
}
