//! What a person chose: what is mailed by kind, when they are not to be disturbed, when the digest comes, how long
//! before a meeting they are reminded.

use std::collections::BTreeMap;

use chrono::{Days, NaiveTime, TimeDelta};

use super::deadline;
use super::kind::{Kind, Mail};
use super::read::user_of;
use super::sql;
use crate::accounts;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::hours::{Hours, Week, Window};
use crate::base::id::UserId;
use crate::base::time::{DAY, Timestamp, Zone};
use crate::journal::{self, Happening};
use crate::store::Cx;

/// When the digest comes, unless chosen otherwise: 08:00, in minutes from local midnight.
const DIGEST_AT: u16 = 480;
/// How long before a meeting its reminder comes, in minutes, unless chosen otherwise.
const REMIND_MINUTES: u32 = 60;
/// The earliest a reminder can be asked for, in minutes before a meeting: a week.
const REMIND_MINUTES_MAX: u32 = 7 * 24 * 60;
const DAY_MINUTES: u16 = 24 * 60;

/// What a person chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preferences {
    /// What is mailed, by kind: all kinds when read; when written, those that are not there are as usual.
    pub mail: BTreeMap<Kind, Mail>,
    /// When nothing is mailed at once, local time; over midnight too.
    pub quiet: Option<Window>,
    /// When the digest comes, in minutes from local midnight.
    pub digest_at: u16,
    /// How long before a meeting a reminder comes, in minutes; `None`: there is none.
    pub remind_minutes: Option<u32>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            mail: Kind::ALL.iter().map(|kind| (*kind, kind.usual_mail())).collect(),
            quiet: None,
            digest_at: DIGEST_AT,
            remind_minutes: Some(REMIND_MINUTES),
        }
    }
}

/// What the asker chose.
pub fn preferences(cx: &Cx<'_>, who: &Actor) -> Result<Preferences> {
    let user = user_of(who)?;
    let mut chosen = hours_of(cx, user)?;
    for kind in Kind::ALL {
        chosen.mail.insert(*kind, mail_of(cx, user, *kind)?);
    }
    Ok(chosen)
}

/// Chooses, for the asker themselves. Reminders of meetings ahead follow. No program silences what its owner is told.
///
/// # Errors
/// `Denied` for programs; `Invalid` for quiet hours of a whole day, and times that are none.
pub fn set_preferences(cx: &mut Cx<'_>, who: &Actor, new: &Preferences) -> Result<Preferences> {
    who.people_only()?;
    let user = user_of(who)?;
    check(new)?;
    let before = hours_of(cx, user)?;
    for kind in Kind::ALL {
        let mail = new.mail.get(kind).copied().unwrap_or(kind.usual_mail());
        sql::set_preference(cx, user, *kind, mail)?;
    }
    let hours = sql::Hours {
        quiet: new.quiet.map(|quiet| (u32::from(quiet.start()), u32::from(quiet.end()))),
        digest_at: u32::from(new.digest_at),
        remind_minutes: new.remind_minutes,
    };
    sql::set_hours(cx, user, &hours)?;
    journal::append(cx, who, &Happening::to("notices.chosen", &user))?;
    let account = accounts::get(cx, user)?;
    if before.remind_minutes != new.remind_minutes {
        deadline::plan_anew(cx, &account, &who.trace)?;
    }
    if before.digest_at != new.digest_at {
        deadline::move_digest(cx, &account, new.digest_at, &who.trace)?;
    }
    preferences(cx, who)
}

fn check(new: &Preferences) -> Result<()> {
    if new.quiet.is_some_and(|quiet| quiet.end() - quiet.start() >= DAY_MINUTES) {
        return Err(Error::invalid(
            "quiet_hours",
            "Quiet hours should leave some of the day, like 22:00-07:00.",
        ));
    }
    if new.digest_at >= DAY_MINUTES {
        return Err(Error::invalid("digest_at", "This should be a time of day, like 08:00."));
    }
    if new.remind_minutes.is_some_and(|minutes| !(1..=REMIND_MINUTES_MAX).contains(&minutes)) {
        return Err(Error::invalid(
            "remind_minutes",
            "This should be from 1 minute to 10080, which is a week.",
        ));
    }
    Ok(())
}

/// Whether and when somebody has a kind mailed.
pub(super) fn mail_of(cx: &Cx<'_>, user: UserId, kind: Kind) -> Result<Mail> {
    Ok(sql::preference(cx, user, kind)?.unwrap_or(kind.usual_mail()))
}

/// The hours somebody chose, without what is mailed.
pub(super) fn hours_of(cx: &Cx<'_>, user: UserId) -> Result<Preferences> {
    let usual = Preferences::default();
    let Some(hours) = sql::hours(cx, user)? else { return Ok(usual) };
    let minutes = |minutes: u32| u16::try_from(minutes).map_err(Error::internal);
    let quiet = match hours.quiet {
        Some((from, until)) => Window::new(minutes(from)?, minutes(until)?),
        None => None,
    };
    let (digest_at, remind_minutes) = (minutes(hours.digest_at)?, hours.remind_minutes);
    Ok(Preferences { quiet, digest_at, remind_minutes, ..usual })
}

/// When the quiet hours end that `now` lies in; `None` outside them. Local time of `zone`, on the days of a clock
/// change too: an end that is skipped is the moment of the change, of one that comes twice the first is meant.
pub fn quiet_until(quiet: Window, zone: Zone, now: Timestamp) -> Option<Timestamp> {
    let week = Week::new(std::array::from_fn(|_| vec![quiet])).ok()?;
    let hours = Hours { week, ..Hours::default() };
    let (start, end) = hours.between(zone, now, now.plus(2 * DAY)).first().copied()?;
    (start == now).then_some(end)
}

/// The next time that it is so many minutes after local midnight, after `after`.
pub(super) fn next_at(minutes: u16, zone: Zone, after: Timestamp) -> Timestamp {
    let today = zone.date(after);
    let on = |days: u64| {
        let date = today.checked_add_days(Days::new(days))?;
        let local = date.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(minutes));
        Some(zone.resolve(local).instant())
    };
    (0..3).filter_map(on).find(|at| *at > after).unwrap_or_else(|| after.plus(DAY))
}
