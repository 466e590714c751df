//! The house's own source: what its meetings take of somebody's time.
//!
//! It is never read. Meetings write to it in the transaction that changes them, so that it is never stale.

use std::collections::BTreeMap;

use super::lay::{self, Event};
use super::model::{Source, SourceKind};
use super::{HolderId, roll, sql};
use crate::accounts;
use crate::base::error::{Error, Result};
use crate::base::id::{MeetingId, SourceId, UserId};
use crate::base::time::Timestamp;
use crate::itip::feed::{Interval, Kind};
use crate::store::Cx;

/// Whether the house's meetings were ever written to somebody's calendar: if not, all of them are to be.
pub fn has_house(cx: &Cx<'_>, user: UserId) -> Result<bool> {
    sql::house_of(cx, HolderId::User(user)).map(|found| found.is_some())
}

/// What a meeting takes of somebody's time from now on, or of a room's; `None`: nothing any more.
pub fn occupy(
    cx: &Cx<'_>,
    holder: impl Into<HolderId>,
    meeting: MeetingId,
    time: Option<(Timestamp, Timestamp, Kind)>,
) -> Result<()> {
    let holder = holder.into();
    let source = match sql::house_of(cx, holder)? {
        Some(source) => source,
        None => make(cx, holder)?,
    };
    let uid = meeting.to_string();
    sql::delete_busy_of(cx, source.id, &uid)?;
    let Some((start, end, kind)) = time else { return Ok(()) };
    let event = Event { href: "", uid: &uid, instance: "", kind };
    lay::lay(cx, &source, event, &[Interval { start: start.ms(), end: end.ms() }], None)
}

/// Makes the house's own source of somebody, if there is none: whoever calls writes all their meetings to it.
pub fn open_house(cx: &Cx<'_>, user: UserId) -> Result<()> {
    if has_house(cx, user)? { Ok(()) } else { make(cx, user.into()).map(drop) }
}

fn make(cx: &Cx<'_>, holder: HolderId) -> Result<Source> {
    let id: SourceId = cx.id();
    // Meetings lie at instants: the zone is for what is read elsewhere.
    let zone = match holder {
        HolderId::User(user) => accounts::get(cx, user)?.zone,
        HolderId::Agent(_) => cx.house().zone,
    };
    let row = sql::NewSource {
        id,
        holder,
        account: None,
        kind: SourceKind::House,
        name: "Meetings".to_owned(),
        path: "",
        place_hash: SourceKind::House.as_str(),
        zone,
        counts: true,
        writable: false,
        next_at: None,
    };
    sql::insert_source(cx, &row)?;
    // All of its meetings are known, however far ahead; this is for the job that deletes what is past.
    sql::set_known(cx, id, roll::window(cx).1)?;
    sql::source(cx, id)?.ok_or_else(|| Error::internal("a source was not made"))
}

/// How many of the house's meetings two people share that begin between two instants: those that take time of both.
pub fn meetings_between(
    cx: &Cx<'_>,
    one: UserId,
    other: UserId,
    from: Timestamp,
    to: Timestamp,
) -> Result<i64> {
    let (one, other) = (HolderId::User(one), HolderId::User(other));
    match (sql::house_of(cx, one)?, sql::house_of(cx, other)?) {
        (Some(ours), Some(theirs)) => sql::shared(cx, (one, ours.id), theirs.id, from, to),
        _ => Ok(0),
    }
}

/// The house's meetings that take somebody's time, or a room's, and begin between two instants, by id: to find out which of them several
/// people share, without asking for each pair.
pub fn meetings_of(
    cx: &Cx<'_>,
    holder: impl Into<HolderId>,
    from: Timestamp,
    to: Timestamp,
) -> Result<BTreeMap<String, Timestamp>> {
    let mut all: BTreeMap<String, Timestamp> = BTreeMap::new();
    sql::each_meeting(cx, holder.into(), to, |uid, start| {
        // A meeting of more than two days lies in pieces.
        all.entry(uid).and_modify(|first| *first = start.min(*first)).or_insert(start);
    })?;
    all.retain(|_, start| *start >= from);
    Ok(all)
}
