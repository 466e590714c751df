//! A profile: what somebody is called, where their clock stands, and when they work.

use super::hours::Exception;
use super::model::User;
use super::{NAME_CHARS_MAX, get, sql};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::hours::{self, BadWindows, Week, Window};
use crate::base::id::UserId;
use crate::base::text;
use crate::base::time::Zone;
use crate::journal::{self, Happening};
use crate::store::Cx;

/// The weekdays as fields name them, Monday first.
pub const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Somebody's profile, for themselves.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The account.
    pub user: User,
    /// The week they have said; until they say one, [`Week::office`] counts.
    pub week: Option<Week>,
    /// Their exceptions from today on, in their zone, soonest first.
    pub exceptions: Vec<Exception>,
}

impl Profile {
    /// The week that counts.
    pub fn week(&self) -> Week {
        self.week.clone().unwrap_or_else(Week::office)
    }
}

/// What is to be another in a profile; what is not given stays.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    /// What others read.
    pub name: Option<String>,
    /// The zone their times are told in, and their hours are meant in.
    pub zone: Option<Zone>,
    /// Their week.
    pub hours: Option<HoursChange>,
}

/// What is to be another in a week.
#[derive(Clone, Debug)]
pub enum HoursChange {
    /// Nine to five on weekdays, as for somebody who has said nothing.
    Forget,
    /// These windows on the days that are given, Monday first; the others stay.
    Days([Option<Vec<Window>>; 7]),
}

/// One's own profile.
pub fn profile(cx: &Cx<'_>, who: &Actor) -> Result<Profile> {
    let user = get(cx, own(who)?)?;
    let exceptions = sql::exceptions(cx, user.id, user.zone.date(cx.now))?;
    Ok(Profile { week: sql::week(cx, user.id)?, exceptions, user })
}

/// The account that asks about itself.
pub(super) fn own(who: &Actor) -> Result<UserId> {
    who.user().ok_or(Error::Unauthenticated("Sign in first."))
}

/// Changes one's own profile; what is the same already is no change. The journal is told which fields, not what is in
/// them.
pub fn change_profile(cx: &mut Cx<'_>, who: &Actor, change: &ProfileChange) -> Result<Profile> {
    let before = profile(cx, who)?;
    let id = before.user.id;
    let name = match &change.name {
        Some(given) => text::name(given, NAME_CHARS_MAX),
        None => before.user.name.clone(),
    };
    if name.is_empty() && change.name.is_some() {
        return Err(Error::invalid("name", "Say what others should call you."));
    }
    let zone = change.zone.unwrap_or(before.user.zone);
    let week = match &change.hours {
        None => before.week.clone(),
        Some(HoursChange::Forget) => None,
        Some(HoursChange::Days(days)) => Some(changed(&before.week(), days)?),
    };
    let fields: Vec<&str> = [
        ("name", name != before.user.name),
        ("time_zone", zone != before.user.zone),
        ("hours", week != before.week),
    ]
    .into_iter()
    .filter_map(|(field, is_new)| is_new.then_some(field))
    .collect();
    if !fields.is_empty() {
        sql::set_profile(cx, id, &name, zone)?;
        sql::set_week(cx, id, week.as_ref())?;
        note(cx, who, id, &fields)?;
    }
    profile(cx, who)
}

/// Notes in the journal which fields of a profile have changed.
pub(super) fn note(cx: &mut Cx<'_>, who: &Actor, id: UserId, fields: &[&str]) -> Result<()> {
    let data = serde_json::json!({ "fields": fields });
    journal::append(cx, who, &Happening::to("user.changed", &id).data(&data)).map(drop)
}

/// The week with these days in it. What is wrong is said of its day: `hours.tuesday`.
fn changed(week: &Week, given: &[Option<Vec<Window>>; 7]) -> Result<Week> {
    let mut days = week.days().clone();
    for (at, windows) in given.iter().enumerate() {
        if let Some(windows) = windows {
            days[at] = hours::of_a_day(windows.clone()).map_err(|bad| of_day(at, bad))?;
        }
    }
    // Each day by itself is fine: what is left is a night that reaches into the next day's first window.
    let reaches = |at: usize, one: Window, other: Window| {
        days[at].last() == Some(&one) && days[(at + 1) % 7].first() == Some(&other)
    };
    Week::new(days.clone()).map_err(|bad| match bad {
        BadWindows::Overlap(one, other) => {
            of_day((0..7).find(|at| reaches(*at, one, other)).unwrap_or_default(), bad)
        }
        BadWindows::TooMany => Error::invalid("hours", bad.to_string()),
    })
}

fn of_day(at: usize, bad: BadWindows) -> Error {
    Error::invalid(format!("hours.{}", WEEKDAYS[at]), bad.to_string())
}
