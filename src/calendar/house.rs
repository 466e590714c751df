//! The house's own source: what its meetings take of somebody's time.
//!
//! Meetings write to it in the transaction that changes them, so that it is never stale. When it is made, and once a day, it is read like
//! any other, by whoever can ask the meetings: what was written is compared with what they say, and put right where it is not that ([`put_right`]).

use std::collections::{BTreeMap, BTreeSet};

use super::lay::{self, Event};
use super::model::{Due, Fault, Mark, Object, Objects, Reading, Source, SourceKind};
use super::{HolderId, reading, roll, sql};
use crate::accounts;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{Id, MeetingId, SourceId, UserId};
use crate::base::time::{DAY, Timestamp};
use crate::itip::feed::{FAULTS_MAX, Interval, Kind};
use crate::journal::{self, Happening};
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
    // A reading that is under way says how it was before.
    sql::raise_edition(cx, source.id)?;
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
        next_at: Some(cx.now),
    };
    sql::insert_source(cx, &row)?;
    reading::enqueue(cx, id, None, cx.now, "calendar")?;
    // All of its meetings are known, however far ahead; this is for the job that deletes what is past.
    sql::set_known(cx, id, roll::window(cx).1)?;
    sql::source(cx, id)?.ok_or_else(|| Error::internal("a source was not made"))
}

/// Plans a reading of a source of the house's own that has none ahead, being older than such readings; of another source nothing.
pub(super) fn look_through(cx: &Cx<'_>, source: &Source) -> Result<()> {
    if source.kind.is_outside() || source.next_at.is_some() {
        return Ok(());
    }
    reading::plan(cx, source, next_look(source.id, cx.now), "calendar")
}

/// When a source of the house's own is read next: once a day, each at a time of day of its own, which its id is the chance for.
fn next_look(id: SourceId, now: Timestamp) -> Timestamp {
    let own = i64::try_from(id.uuid().as_u128() % u128::from(DAY.unsigned_abs())).unwrap_or(0);
    let midnight = now.plus(-now.ms().rem_euclid(DAY));
    let today = midnight.plus(own);
    if today > now { today } else { today.plus(DAY) }
}

/// Takes in what was read of the house's own: an object for each meeting. What is laid otherwise than the meetings say is put right; gives how
/// many rows that were. What meetings have changed since the reading began is not undone by it: each change raises the edition of
/// the source, and a reading of an older edition is dropped, and done anew.
pub fn put_right(cx: &mut Cx<'_>, due: &Due, read: &Reading) -> Result<usize> {
    let Some(mut source) = reading::fitting(cx, due)? else { return Ok(0) };
    let Objects::Whole(objects) = &read.objects else {
        return Err(Error::internal("the house's own is read as a whole"));
    };
    roll::roll(cx, &mut source, due.until)?;
    let rows = lay_as_read(cx, &source, objects, due.from)?;
    let next = next_look(source.id, cx.now);
    sql::set_read(cx, &source, &Mark::default(), (due.begun, next))?;
    sum_up(cx, &source, objects)?;
    if rows > 0 {
        let (who, data) = (Actor::house(due.trace()), serde_json::json!({ "rows": rows }));
        let happening = Happening::to("source.repaired", &source.id).with(&source.holder).data(&data);
        journal::append(cx, &who, &happening)?;
    }
    reading::enqueue(cx, source.id, source.account, next, due.trace())?;
    Ok(rows)
}

/// Lays what is missing, and takes out what nothing stands for. What could not be read stays as it is, and so does what was over
/// before `from`, which goes by itself.
fn lay_as_read(cx: &Cx<'_>, source: &Source, objects: &[Object], from: Timestamp) -> Result<usize> {
    let mut wanted: BTreeMap<(&str, i64), (i64, Kind)> = BTreeMap::new();
    let mut unread: BTreeSet<&str> = BTreeSet::new();
    for object in objects {
        let Ok(feed) = &object.read else {
            unread.insert(&object.href);
            continue;
        };
        for event in &feed.events {
            let pieces = event.intervals.iter().flat_map(|interval| lay::pieces(*interval));
            for piece in pieces.filter(|piece| piece.end >= from.ms()) {
                wanted.insert((&event.key.uid, piece.start), (piece.end, event.kind));
            }
        }
    }
    let (laid, holder) = (sql::laid_of_house(cx, source.id)?, source.holder.to_string());
    let mut wrong: BTreeSet<(&str, i64)> = BTreeSet::new();
    for row in &laid {
        let key = (row.uid.as_str(), row.start);
        let is_of_house = row.href.is_empty() && row.instance.is_empty();
        if is_of_house && (unread.contains(key.0) || row.end < from.ms() && !wanted.contains_key(&key)) {
            continue;
        }
        let is_right = is_of_house && row.holder == holder;
        if is_right && wanted.get(&key) == Some(&(row.end, row.kind)) {
            wanted.remove(&key);
        } else {
            sql::delete_row(cx, source.id, row)?;
            wrong.insert(key);
        }
    }
    for ((uid, start), (end, kind)) in &wanted {
        let event = Event { href: "", uid, instance: "", kind: *kind };
        sql::insert_busy(cx, source, event, Interval { start: *start, end: *end })?;
        wrong.insert((uid, *start));
    }
    Ok(wrong.len())
}

/// Keeps how many meetings there were, and what was wrong with them.
fn sum_up(cx: &Cx<'_>, source: &Source, objects: &[Object]) -> Result<()> {
    let faults: Vec<&Fault> = objects.iter().filter_map(|object| object.read.as_ref().err()).collect();
    let free = objects.iter().filter(|object| object.read.as_ref().is_ok_and(|feed| feed.events.is_empty()));
    let told = &faults[..faults.len().min(FAULTS_MAX)];
    sql::set_summary(cx, source.id, (objects.len(), free.count()), (told, faults.len()))
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
