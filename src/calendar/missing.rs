//! Events of the house's that are not where they were: their holder has deleted them, or moved them into another of their calendars.
//!
//! Programs move an event by writing it there and deleting it here, in either order, and calendars are read one by one. So one that is
//! gone is *missing* first: it is deleted when it is in none of its holder's calendars, each of them read since, and its own
//! once more.

use super::back::{self, Back};
use super::model::{Due, Problem, Source, SourceKind};
use super::sql::{self, Row};
use super::{HolderId, reading};
use crate::base::error::Result;
use crate::base::id::SourceId;
use crate::base::time::MINUTE;
use crate::store::Cx;

/// What began to be read later than so long after an event was missed, in milliseconds, is known without it: whoever moves it has
/// written it by then.
const MOVING_MS: i64 = MINUTE;

/// Takes note that an event is not where it was, and has its holder's other calendars read soon.
pub(super) fn miss(cx: &Cx<'_>, row: &Row, trace: &str) -> Result<()> {
    if row.missing.is_some() {
        return Ok(());
    }
    sql::set_missing(cx, row.participant, Some(cx.now))?;
    for source in others(cx, row.holder, row.source)? {
        reading::plan_at(cx, &source, cx.now.plus(MOVING_MS), trace)?;
    }
    Ok(())
}

fn others(cx: &Cx<'_>, holder: HolderId, but: SourceId) -> Result<Vec<Source>> {
    let sources = sql::sources_of(cx, holder)?.into_iter();
    // Nobody lays an event into the house's own.
    let may_hold = |source: &Source| source.id != but && source.kind.is_outside() && source.is_read();
    Ok(sources.filter(may_hold).collect())
}

/// What has become of the missing events of a reading's holder, where that is known by now: those that lie in another calendar are
/// followed there, and those in none are gone. Call it after [`super::take_in`], in the same unit of work.
pub fn missing(cx: &Cx<'_>, due: &Due) -> Result<Vec<Back>> {
    let Some(source) = sql::source(cx, due.source)? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for row in sql::missing_of(cx, source.holder)?.iter().filter(|row| back::may_flow(row)) {
        if let Some((there, href)) = place_of(cx, row)? {
            // Where the house cannot keep it, it is not gone either: the next letter about it goes by mail.
            if can_be_written(&there) {
                move_to(cx, row, there.id, &href)?;
            }
            continue;
        }
        // It is believed by a reading of the place itself: what was put back meanwhile was never gone.
        let is_its_place = row.source == source.id;
        if is_its_place && is_known(cx, row)? {
            found.extend(back::note(cx, row, None)?);
        } else if is_its_place && row.missing == Some(cx.now) {
            reading::plan_at(cx, &source, cx.now.plus(2 * MOVING_MS), due.trace())?;
        }
    }
    Ok(found)
}

/// Where an event lies that a write did not find in its place, if that is known; then says that there is nothing else to be made of it:
/// it is written there from now on, or by mail.
pub(super) fn follow(cx: &Cx<'_>, row: &Row) -> Result<bool> {
    match place_of(cx, row)? {
        Some((source, href)) if can_be_written(&source) => move_to(cx, row, source.id, &href)?,
        Some(_) => sql::delete_write(cx, row.participant)?,
        None => return Ok(false),
    }
    Ok(true)
}

fn can_be_written(source: &Source) -> bool {
    source.kind == SourceKind::CalDav && source.writable
}

/// Another place in its holder's calendars where an event lies; best one that can be written to.
fn place_of(cx: &Cx<'_>, row: &Row) -> Result<Option<(Source, String)>> {
    let mut places = Vec::new();
    for (id, href) in sql::places_of_uid(cx, row.holder, &row.uid)? {
        if (id, &href) != (row.source, &row.href) {
            places.extend(sql::source(cx, id)?.filter(Source::is_read).map(|source| (source, href)));
        }
    }
    places.sort_by_key(|(source, _)| !can_be_written(source));
    Ok(places.into_iter().next())
}

/// From now on an event is the house's where its holder has laid it. What they changed in it on the way is found by the next reading.
fn move_to(cx: &Cx<'_>, row: &Row, source: SourceId, href: &str) -> Result<()> {
    sql::set_place_of_write(cx, row.participant, source, href)?;
    sql::forget_version(cx, source, href)
}

/// Whether all calendars that may hold a missing event were read since. One that cannot be read is not waited for, or not for long.
fn is_known(cx: &Cx<'_>, row: &Row) -> Result<bool> {
    let Some(since) = row.missing else { return Ok(false) };
    if cx.now.since(since) >= cx.house().calendar_stale_ms {
        return Ok(true);
    }
    let is_awaited = |source: &Source| {
        source.next_at.is_some()
            && source.problem.is_none_or(Problem::may_pass)
            && source.begun_at.is_none_or(|begun| begun < since.plus(MOVING_MS))
    };
    Ok(!others(cx, row.holder, row.source)?.iter().any(is_awaited))
}
