//! Reading: what is due, what a reading brought, and what becomes of a source that cannot be read.
//!
//! The door `sync` claims the work, asks [`due`], reads outside any transaction, and ends with [`take_in`] or
//! [`failed`], which also take the work off the queue and put the next reading on it.

use std::collections::{BTreeMap, BTreeSet};

use super::lay::{self, EVENT_MOST, Event, SOURCE_MOST};
use super::model::{Due, Failure, Fault, Mark, Object, Objects, Problem, Reading, Source, SourceKind};
use super::{HolderId, TOPIC, back, roll, sql};
use crate::accounts::{self, User};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{CalendarAccountId, SourceId};
use crate::base::text::Address;
use crate::base::time::{DAY, HOUR, MINUTE, Timestamp};
use crate::itip::feed::{self, BusyEvent, FAULTS_MAX, Feed, Interval};
use crate::journal::{self, Happening};
use crate::queue::{self, Leased, Priority, Work};
use crate::store::Cx;

/// How long after a first failure it is tried again, in milliseconds; doubled with each.
const BACK_OFF_MS: i64 = 5 * MINUTE;
/// And at most so long.
const BACK_OFF_MOST_MS: i64 = 6 * HOUR;

/// Puts the reading of a source on the queue.
pub(super) fn enqueue(
    cx: &Cx<'_>,
    source: SourceId,
    account: Option<CalendarAccountId>,
    at: Timestamp,
    trace: &str,
) -> Result<()> {
    let work = Work::of(TOPIC, trace, serde_json::json!({ "source": source }))
        .keyed(source.to_string())
        .not_before(at);
    let work = match account {
        Some(account) => work.ordered(account.to_string()),
        // Nobody waits for the house's own to be looked through.
        None => work.priority(Priority::Low),
    };
    queue::enqueue(cx, &work).map(drop)
}

/// Reads a source now, if it is read at all; whatever waited is taken back.
pub(super) fn plan_anew(cx: &Cx<'_>, source: &Source, trace: &str) -> Result<()> {
    queue::withdraw(cx, TOPIC, &source.id.to_string())?;
    if !source.is_read() {
        return sql::set_next(cx, source.id, None);
    }
    plan(cx, source, cx.now, trace)
}

/// Reads a source at `at`.
pub(super) fn plan(cx: &Cx<'_>, source: &Source, at: Timestamp, trace: &str) -> Result<()> {
    sql::set_next(cx, source.id, Some(at))?;
    enqueue(cx, source.id, source.account, at, trace)
}

/// Reads a source at `at`, whenever that was due, unless it waits until it can be read again.
pub(super) fn plan_at(cx: &Cx<'_>, source: &Source, at: Timestamp, trace: &str) -> Result<()> {
    if source.account.is_none() || source.next_at.is_none() || source.problem.is_some() {
        return Ok(());
    }
    queue::withdraw(cx, TOPIC, &source.id.to_string())?;
    plan(cx, source, at, trace)
}

/// Has sources read now, for whoever is about to book on them.
pub fn hurry(cx: &Cx<'_>, sources: &[SourceId], trace: &str) -> Result<()> {
    for id in sources {
        if let Some(source) = sql::source(cx, *id)? {
            plan_anew(cx, &source, trace)?;
        }
    }
    Ok(())
}

/// Whether sources were read since an instant: `None` while one was not tried, `false` if one could not be read. A source
/// that is gone, or is read no more, is none that is waited for.
pub fn read_since(cx: &Cx<'_>, sources: &[SourceId], since: Timestamp) -> Result<Option<bool>> {
    let mut are_read = true;
    for id in sources {
        let Some(source) = sql::source(cx, *id)?.filter(Source::is_read) else { continue };
        if source.tried_at.is_none_or(|at| at < since) {
            return Ok(None);
        }
        are_read &= source.read_at.is_some_and(|at| at >= since);
    }
    Ok(Some(are_read))
}

/// What the work is about; `None` if the source is gone or is not read any more, and then the work is done.
pub fn due(cx: &Cx<'_>, lease: &Leased) -> Result<Option<Due>> {
    let id = lease.payload.get("source").and_then(serde_json::Value::as_str);
    let id: SourceId = id.ok_or_else(|| Error::internal("a reading without its source"))?.parse()?;
    let Some(source) = sql::source(cx, id)?.filter(Source::is_read) else {
        queue::done(cx, lease)?;
        return Ok(None);
    };
    let is_house = source.kind == SourceKind::House;
    let me = match source.holder {
        HolderId::User(user) => {
            let user = accounts::get(cx, user)?;
            // Whoever is shut out is not read; the follower goes on when they are let in again. They are at their meetings all the same.
            if user.disabled_at.is_some() && !is_house {
                sql::set_next(cx, id, None)?;
                queue::done(cx, lease)?;
                return Ok(None);
            }
            own_addresses(cx, user)?
        }
        HolderId::Agent(_) => Vec::new(),
    };
    let (from, until) = roll::window(cx);
    Ok(Some(Due {
        source: id,
        holder: source.holder,
        account: source.account,
        kind: source.kind,
        path: source.path,
        access: source.account.map(|account| sql::access(cx, account)).transpose()?,
        mark: source.mark,
        objects: if is_house { sql::meetings_laid(cx, id)? } else { sql::etags(cx, id)? },
        ours: ours(cx, id)?,
        me,
        zone: source.zone,
        from,
        until,
        begun: cx.now,
        edition: source.edition,
        lease: lease.clone(),
    }))
}

/// A reader's own addresses: an event may have one that they had before.
pub(super) fn own_addresses(cx: &Cx<'_>, user: User) -> Result<Vec<Address>> {
    let mut own = accounts::former_addresses(cx, user.id)?;
    own.insert(0, user.address);
    Ok(own)
}

/// What the house has laid into a source, that can flow back.
fn ours(cx: &Cx<'_>, source: SourceId) -> Result<BTreeMap<String, String>> {
    let rows = sql::writes_of_source(cx, source)?;
    Ok(rows
        .iter()
        .filter(|row| back::may_flow(row))
        .map(|row| (row.href.clone(), back::version(row)))
        .collect())
}

impl Due {
    /// The trace id of what asked for it.
    pub fn trace(&self) -> &str {
        &self.lease.trace
    }
}

/// The source of a reading that has come to its end, if what it brought still fits; else it is read anew.
pub(super) fn fitting(cx: &Cx<'_>, due: &Due) -> Result<Option<Source>> {
    queue::done(cx, &due.lease)?;
    let Some(source) = sql::source(cx, due.source)? else { return Ok(None) };
    if source.edition == due.edition && source.is_read() {
        return Ok(Some(source));
    }
    plan_anew(cx, &source, &due.lease.trace)?;
    Ok(None)
}

/// Takes in what was read elsewhere, all at once: what has changed is replaced, what is gone taken out, the rest left alone.
/// What was read of the house's own is for [`super::put_right`].
pub fn take_in(cx: &mut Cx<'_>, due: &Due, reading: &Reading) -> Result<()> {
    let Some(mut source) = fitting(cx, due)? else { return Ok(()) };
    if would_be(cx, &source, &reading.objects)? > SOURCE_MOST {
        let words = "It has more events than are read.".to_owned();
        return fail(cx, due, &source, &Failure { problem: Problem::TooLarge, words, retry_after_ms: None });
    }
    if source.read_at.is_none() && matches!(reading.objects, Objects::Unchanged) {
        return Err(Error::internal("a source that was never read has not changed"));
    }
    roll::roll(cx, &mut source, due.until)?;
    let known_until = source.known_until.unwrap_or(due.until);
    source.known_until = Some(known_until);
    let taking = Taking { due, source: &source, known_until };
    match &reading.objects {
        Objects::Unchanged => {}
        Objects::Whole(objects) => {
            let named: BTreeSet<&str> = objects.iter().map(|object| object.href.as_str()).collect();
            for gone in due.objects.keys().filter(|href| !named.contains(href.as_str())) {
                sql::delete_object(cx, source.id, gone)?;
            }
            taking.all(cx, objects)?;
        }
        Objects::Changes { changed, gone } => {
            for href in gone {
                sql::delete_object(cx, source.id, href)?;
            }
            taking.all(cx, changed)?;
        }
    }
    let next = cx.now.plus(cx.house().calendar_read_ms);
    sql::set_read(cx, &source, &reading.mark, (due.begun, next))?;
    if !matches!(reading.objects, Objects::Unchanged) {
        sql::sum_up(cx, source.id, FAULTS_MAX)?;
    }
    if source.is_told {
        journal::append(cx, &Actor::house(&due.lease.trace), &told("source.readable", &source))?;
    }
    enqueue(cx, source.id, due.account, next, &due.lease.trace)
}

fn told(kind: &'static str, source: &Source) -> Happening<'static> {
    Happening::to(kind, &source.id).with(&source.holder)
}

/// How many rows a source would have, at most.
fn would_be(cx: &Cx<'_>, source: &Source, objects: &Objects) -> Result<usize> {
    let of = |objects: &[Object]| {
        let events =
            objects.iter().filter_map(|object| object.read.as_ref().ok()).flat_map(|feed| &feed.events);
        let rows = events.map(|event| 1 + event.intervals.len().min(EVENT_MOST));
        rows.sum::<usize>()
    };
    match objects {
        Objects::Unchanged => Ok(0),
        Objects::Whole(objects) => Ok(of(objects)),
        Objects::Changes { changed, .. } => Ok(of(changed) + sql::count_busy(cx, source.id)?),
    }
}

/// The taking in of objects.
struct Taking<'a> {
    due: &'a Due,
    source: &'a Source,
    known_until: Timestamp,
}

impl Taking<'_> {
    fn all(&self, cx: &Cx<'_>, objects: &[Object]) -> Result<()> {
        objects.iter().try_for_each(|object| self.one(cx, object))
    }

    fn one(&self, cx: &Cx<'_>, object: &Object) -> Result<()> {
        let id = self.source.id;
        match &object.read {
            Ok(feed) => {
                let mut too_often = self.events(cx, object, feed)?;
                // An event that is at fault already is one event.
                let is_known =
                    |uid: &str| !uid.is_empty() && feed.faults.iter().any(|known| known.uid == uid);
                too_often.retain(|fault| !is_known(&fault.uid));
                let mut faults: Vec<Fault> = feed.faults.iter().map(Fault::from).collect();
                let faults_total = feed.faults_total + too_often.len();
                faults.extend(too_often);
                faults.truncate(FAULTS_MAX);
                let (total, free) = (count(feed.total), count(feed.free));
                sql::set_object(cx, id, object, (total, free), (&faults, count(faults_total)))
            }
            // What was known of it counts on.
            Err(fault) => {
                let (total, free) = sql::object_counts(cx, id, &object.href)?.unwrap_or((1, 0));
                sql::set_object(cx, id, object, (total, free), (std::slice::from_ref(fault), 1))
            }
        }
    }

    /// Lays the events of an object that are new or others than before; gives a fault for each that is too often.
    fn events(&self, cx: &Cx<'_>, object: &Object, feed: &Feed) -> Result<Vec<Fault>> {
        let mut known: BTreeMap<_, _> =
            sql::events_of(cx, self.source.id, &object.href)?.into_iter().collect();
        let mut too_often = Vec::new();
        for event in &feed.events {
            if event.intervals.len() > EVENT_MOST {
                too_often.push(too_often_fault(event));
            }
            match known.remove(&event.key) {
                Some(skeleton) if skeleton == event.skeleton => continue,
                Some(_) => sql::delete_event(cx, self.source.id, &object.href, &event.key)?,
                None => {}
            }
            let row = Event {
                href: &object.href,
                uid: &event.key.uid,
                instance: &event.key.instance,
                kind: event.kind,
            };
            sql::insert_event(cx, self.source.id, row, &event.skeleton)?;
            lay::lay(cx, self.source, row, &self.intervals(event)?, None)?;
        }
        for key in known.keys() {
            sql::delete_event(cx, self.source.id, &object.href, key)?;
        }
        Ok(too_often)
    }

    /// When an event takes time: as it was read, unless zone or horizon have changed since the reading began.
    fn intervals(&self, event: &BusyEvent) -> Result<Vec<Interval>> {
        let Due { zone, from, until, .. } = *self.due;
        if zone == self.source.zone && until >= self.known_until {
            return Ok(event.intervals.clone());
        }
        feed::expand(&event.skeleton, self.source.zone, from, self.known_until)
            .map(|expanded| expanded.intervals)
            .map_err(Error::internal)
    }
}

fn too_often_fault(event: &BusyEvent) -> Fault {
    Fault {
        uid: event.key.uid.clone(),
        line: 0,
        code: "feed.too-often".to_owned(),
        words: "it takes place too often to be told apart; the shortest gaps between its times count as busy"
            .to_owned(),
    }
}

fn count(many: usize) -> i64 {
    i64::try_from(many).unwrap_or(i64::MAX)
}

/// Notes that a source could not be read, and when it is tried again. What was last known still counts.
pub fn failed(cx: &mut Cx<'_>, due: &Due, failure: &Failure) -> Result<()> {
    let Some(source) = fitting(cx, due)? else { return Ok(()) };
    fail(cx, due, &source, failure)
}

fn fail(cx: &mut Cx<'_>, due: &Due, source: &Source, failure: &Failure) -> Result<()> {
    let failures = source.failures + 1;
    // With a wrong password it is not tried again: servers shut out whoever does.
    let next = match failure.problem {
        Problem::Refused => None,
        _ => Some(cx.now.plus(wait_ms(cx, failures, failure.retry_after_ms))),
    };
    // What is likely to pass is told only once it matters.
    let last = source.read_at.unwrap_or(source.created_at);
    // Of the house's own nothing is missing: its meetings write to it.
    let is_outage = source.kind.is_outside()
        && (!failure.problem.may_pass() || cx.now.since(last) > cx.house().calendar_stale_ms);
    sql::set_failed(cx, source.id, failure, (failures, next), source.is_told || is_outage)?;
    if is_outage && !source.is_told {
        let data = serde_json::json!({ "problem": failure.problem.as_str() });
        let happening = told("source.unreadable", source);
        journal::append(cx, &Actor::house(&due.lease.trace), &happening.data(&data))?;
    }
    match next {
        Some(next) => enqueue(cx, source.id, due.account, next, &due.lease.trace),
        None => Ok(()),
    }
}

/// Doubles with each failure; a little is left to chance, so that not everybody comes back to a server at once.
fn wait_ms(cx: &Cx<'_>, failures: i64, retry_after_ms: Option<i64>) -> i64 {
    let doubled = u32::try_from(failures.clamp(1, 20) - 1).unwrap_or(0);
    let wait = BACK_OFF_MS.saturating_mul(1 << doubled).min(BACK_OFF_MOST_MS);
    let wait = wait.max(retry_after_ms.unwrap_or(0).clamp(0, DAY));
    let more = cx.chance().up_to(wait.unsigned_abs() / 10);
    wait.saturating_add(i64::try_from(more).unwrap_or(0))
}

impl SourceKind {
    /// Whether it lies elsewhere: the house's own is written to, and lacks nothing when it is not read.
    pub fn is_outside(self) -> bool {
        self != Self::House
    }
}

impl Mark {
    pub(super) fn of_text(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(Error::internal)
    }
}
