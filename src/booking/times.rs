//! When a link's owner can be booked: their hours or the link's, what is taken and held, and the link's rules. What is
//! free is for `slots` to reckon, on the owner's clock; a guest learns starts, and nothing of why.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use super::model::{Booking, BookingLink};
use super::open::Host;
use super::sql;
use crate::accounts;
use crate::agents;
use crate::base::error::{Error, Result};
use crate::base::hours::{Hours, Week, Window};
use crate::base::id::{AgentId, BookingId};
use crate::base::time::{DAY, MINUTE, Timestamp, Zone, monday};
use crate::calendar::{self, HolderId};
use crate::slots::{self, Limits, Party, Set, Span, Want, Whose};
use crate::store::Cx;

/// The most starts that are looked through at once: 62 days of every five minutes.
const STARTS_MAX: usize = 18_000;
/// How far around a time that is taken alternatives are looked for, in milliseconds.
const AROUND_MS: i64 = 14 * DAY;
/// How many alternatives before a time, and after it.
const EACH_WAY: usize = 3;

/// A time that is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time {
    /// When it begins.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
}

/// The times that are free.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Free {
    /// In order.
    pub times: Vec<Time>,
    /// Whether a calendar of the host's was not read lately: the host confirms then, whatever the link says.
    pub is_stale: bool,
}

/// Whether a time can be had.
pub(super) enum Checked {
    /// It can.
    Free {
        /// Whether a calendar of the host's was not read lately.
        is_stale: bool,
    },
    /// It cannot.
    Taken {
        /// The times nearest to it.
        alternatives: Vec<Time>,
    },
}

/// When a time is checked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// A guest asks: all rules hold.
    Request,
    /// The guest confirms: they asked in time, so the notice no longer counts.
    Confirm,
    /// The host decides, who may set aside every rule of their own: only what is taken counts.
    Decide,
}

/// What is not to be in the way: what a booking, or the meeting to be moved, itself takes or holds.
#[derive(Clone, Debug, Default)]
pub(super) struct But {
    /// The booking.
    pub(super) booking: Option<BookingId>,
    /// What the calendar knows it by.
    pub(super) subject: String,
}

impl But {
    fn of(booking: &Booking) -> Self {
        Self { booking: Some(booking.id), subject: booking.id.to_string() }
    }

    fn subject(&self) -> Option<&str> {
        (!self.subject.is_empty()).then_some(self.subject.as_str())
    }
}

/// The rooms and things that a link takes: those of them that can be had at all.
pub(super) fn rooms(cx: &Cx<'_>, link: &BookingLink) -> Result<Vec<AgentId>> {
    let there = agents::still_there(cx, &link.says.resources)?;
    Ok(there.into_iter().map(|room| room.id).collect())
}

/// Reserves the time of a booking until `until`, the owner's and that of the link's rooms.
pub(super) fn hold(cx: &Cx<'_>, booking: &Booking, link: &BookingLink, until: Timestamp) -> Result<()> {
    let subject = booking.id.to_string();
    let rooms = rooms(cx, link)?.into_iter().map(HolderId::Agent);
    for holder in rooms.chain([HolderId::User(booking.user)]) {
        calendar::hold(cx, holder, booking.start, booking.end, &subject, until)?;
    }
    Ok(())
}

/// Gives the time of a booking back.
pub(super) fn release(cx: &Cx<'_>, id: BookingId) -> Result<()> {
    calendar::release(cx, &id.to_string()).map(drop)
}

/// The free times of a link within a span.
pub(super) fn free(
    cx: &Cx<'_>,
    link: &BookingLink,
    host: &Host,
    minutes: u32,
    span: (Timestamp, Timestamp),
) -> Result<Free> {
    free_but(cx, link, host, minutes, span, &But::default())
}

/// As [`free`], as if something were not there.
pub(super) fn free_but(
    cx: &Cx<'_>,
    link: &BookingLink,
    host: &Host,
    minutes: u32,
    (from, to): (Timestamp, Timestamp),
    but: &But,
) -> Result<Free> {
    let horizon = cx.now.plus(i64::from(link.says.horizon_days) * DAY);
    // What begins now has begun.
    let span = Span { from: from.max(cx.now.plus(1)), to: to.min(horizon) };
    if span.from >= span.to {
        return Ok(Free { times: Vec::new(), is_stale: is_stale(cx, link)? });
    }
    let parties = parties(cx, link, host, (Stage::Request, span), but)?;
    let is_stale = parties.iter().any(|party| party.is_stale);
    let times = starts(&parties, &want(cx, link, host, (minutes, span)));
    Ok(Free { times, is_stale })
}

/// Whether a calendar of a link's owner, or of its rooms, was not read lately.
pub(super) fn is_stale(cx: &Cx<'_>, link: &BookingLink) -> Result<bool> {
    let mut holders = vec![HolderId::User(link.user)];
    holders.extend(rooms(cx, link)?.into_iter().map(HolderId::Agent));
    let taken = calendar::busy(cx, &holders, cx.now, cx.now.plus(MINUTE))?;
    Ok(taken.values().any(|taken| taken.stale.is_some()))
}

/// Whether a booking can have its time: of what it holds itself nothing is in the way.
pub(super) fn check(
    cx: &Cx<'_>,
    link: &BookingLink,
    host: &Host,
    booking: &Booking,
    stage: Stage,
) -> Result<Checked> {
    let minutes = u32::try_from(booking.minutes()).unwrap_or(u32::MAX);
    let but = But::of(booking);
    if booking.start > cx.now {
        let span = Span { from: booking.start, to: booking.end };
        let parties = parties(cx, link, host, (stage, span), &but)?;
        let is_stale = parties.iter().any(|party| party.is_stale);
        let step = (stage == Stage::Decide).then_some(MINUTE);
        let want = want(cx, link, host, (minutes, span));
        let want = Want { step_ms: step.unwrap_or(want.step_ms), ..want };
        if starts(&parties, &want).iter().any(|time| time.start == booking.start) {
            return Ok(Checked::Free { is_stale });
        }
    }
    if stage == Stage::Decide {
        return Ok(Checked::Taken { alternatives: Vec::new() });
    }
    let alternatives = near(cx, link, host, (minutes, booking.start), &but)?;
    Ok(Checked::Taken { alternatives })
}

/// The free times nearest to one that is not.
pub(super) fn near(
    cx: &Cx<'_>,
    link: &BookingLink,
    host: &Host,
    (minutes, start): (u32, Timestamp),
    but: &But,
) -> Result<Vec<Time>> {
    let around = (start.plus(-AROUND_MS), start.plus(AROUND_MS));
    let free = free_but(cx, link, host, minutes, around, but)?;
    let later = free.times.partition_point(|time| time.start < start);
    let near = later.saturating_sub(EACH_WAY)..(later + EACH_WAY).min(free.times.len());
    Ok(free.times[near].to_vec())
}

fn want(cx: &Cx<'_>, link: &BookingLink, host: &Host, (minutes, span): (u32, Span)) -> Want {
    Want {
        step_ms: i64::from(link.says.step_minutes) * MINUTE,
        most: STARTS_MAX,
        ..Want::new(cx.now, host.zone, i64::from(minutes) * MINUTE, span)
    }
}

fn starts(parties: &[Party], want: &Want) -> Vec<Time> {
    let found = slots::offer(parties, want);
    let mut times: Vec<Time> =
        found.slots.iter().map(|slot| Time { start: slot.start, end: slot.end }).collect();
    times.sort_unstable();
    times
}

/// Those whose time must suit: the owner, and the link's rooms, which go by their own rules whoever decides.
fn parties(
    cx: &Cx<'_>,
    link: &BookingLink,
    host: &Host,
    (stage, span): (Stage, Span),
    but: &But,
) -> Result<Vec<Party>> {
    let mut parties = vec![party(cx, link, host, (stage, span), but)?];
    for mut room in slots::things(cx, &rooms(cx, link)?, span, but.subject())? {
        if stage != Stage::Request {
            // It was asked in time, and held since.
            room.limits.notice_ms = 0;
        }
        parties.push(room);
    }
    Ok(parties)
}

/// A link's owner as one of those who are to meet.
fn party(
    cx: &Cx<'_>,
    link: &BookingLink,
    host: &Host,
    (stage, span): (Stage, Span),
    but: &But,
) -> Result<Party> {
    let limits = match stage {
        Stage::Decide => Limits::default(),
        _ => limits(cx, link, host.zone, (stage, but))?,
    };
    let mut party = slots::party(cx, link.user, limits, span, but.subject())?;
    // A stranger learns nothing of where somebody's free time begins: starts lie on the step alone.
    party.is_open = false;
    party.whose = Whose::Others;
    let own = match (stage, &link.says.week) {
        (Stage::Decide, _) => Some(Hours { week: always()?, ..Hours::default() }),
        // Their days off and other exceptions hold whatever a link says.
        (_, Some(week)) => Some(Hours { week: week.clone(), ..accounts::hours_of(cx, link.user)?.1 }),
        (_, None) => None,
    };
    if let Some(hours) = own {
        let Span { from, to } = span.with_margin();
        party.hours = slots::resolve(&hours, host.zone, from, to);
    }
    Ok(party)
}

/// Midnight to midnight, every day.
fn always() -> Result<Week> {
    let day = Window::new(0, 1_440).ok_or_else(|| Error::internal("a day has 1,440 minutes"))?;
    Week::new(std::array::from_fn(|_| vec![day])).map_err(|bad| Error::internal(bad.to_string()))
}

fn limits(cx: &Cx<'_>, link: &BookingLink, zone: Zone, (stage, but): (Stage, &But)) -> Result<Limits> {
    let says = &link.says;
    let minutes = |count: u32| i64::from(count) * MINUTE;
    Ok(Limits {
        notice_ms: if stage == Stage::Request { minutes(says.notice_minutes) } else { 0 },
        horizon: Some(cx.now.plus(i64::from(says.horizon_days) * DAY)),
        buffer_before_ms: minutes(says.buffer_before_minutes),
        buffer_after_ms: minutes(says.buffer_after_minutes),
        full: full(cx, link, zone, but.booking)?,
        ..Limits::default()
    })
}

/// The days and weeks that have had their most, on the owner's calendar.
fn full(cx: &Cx<'_>, link: &BookingLink, zone: Zone, except: Option<BookingId>) -> Result<Set> {
    if link.says.per_day.is_none() && link.says.per_week.is_none() {
        return Ok(Set::empty());
    }
    let (mut days, mut weeks) = (BTreeMap::<NaiveDate, u32>::new(), BTreeMap::<NaiveDate, u32>::new());
    for start in sql::counting(cx, link.id, except)? {
        let date = zone.date(start);
        *days.entry(date).or_default() += 1;
        *weeks.entry(monday(date)).or_default() += 1;
    }
    let midnight = |date| zone.midnight(date).ms();
    let reached = |counts: BTreeMap<NaiveDate, u32>, most: Option<u32>, length: u64| {
        let most = most.unwrap_or(u32::MAX);
        let full = counts.into_iter().filter(move |(_, count)| *count >= most);
        full.map(move |(first, _)| (midnight(first), midnight(first + Days::new(length))))
    };
    let days = reached(days, link.says.per_day, 1);
    Ok(Set::of(days.chain(reached(weeks, link.says.per_week, 7))))
}
