//! Somebody's hours: their week, and the dates that are not as their weekday.

use chrono::{Days, NaiveDate};

use super::profile::{note, own};
use super::{get, sql};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::hours::{self, Hours, Week, Window};
use crate::base::id::UserId;
use crate::base::text;
use crate::base::time::Zone;
use crate::store::Cx;

/// The most exceptions that somebody can have ahead of them.
pub const EXCEPTIONS_MAX: usize = 400;
/// The longest words for one, in characters.
const WORDS_CHARS_MAX: usize = 80;
/// How far ahead one can lie, in days.
const AHEAD_DAYS_MAX: u64 = 3_660;
/// How long one is kept after its date, in days.
const KEPT_DAYS: u64 = 366;

/// A date that is not as its weekday.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// The date, in its owner's zone.
    pub date: NaiveDate,
    /// The windows that stand in place of the weekday's; none: a day off.
    pub windows: Vec<Window>,
    /// Why, such as `Midsummer`; may be empty.
    pub words: String,
}

/// Gives a date of one's own windows of its own, in place of what it had. Only from today on, and not more than
/// [`EXCEPTIONS_MAX`] of them.
pub fn set_exception(cx: &mut Cx<'_>, who: &Actor, exception: &Exception) -> Result<Exception> {
    let user = get(cx, own(who)?)?;
    let today = user.zone.date(cx.now);
    if exception.date < today {
        return Err(Error::invalid("date", "This day is over."));
    }
    if today.checked_add_days(Days::new(AHEAD_DAYS_MAX)).is_none_or(|last| exception.date > last) {
        return Err(Error::invalid("date", "This day is too far away: ten years ahead is the most."));
    }
    let windows = hours::of_a_day(exception.windows.clone())
        .map_err(|bad| Error::invalid("windows", bad.to_string()))?;
    let new =
        Exception { date: exception.date, windows, words: text::line(&exception.words, WORDS_CHARS_MAX) };
    let ahead = sql::exceptions(cx, user.id, today)?;
    if ahead.contains(&new) {
        return Ok(new);
    }
    if ahead.len() >= EXCEPTIONS_MAX && ahead.iter().all(|one| one.date != new.date) {
        let words = format!("There are {EXCEPTIONS_MAX} such days ahead already; remove one first.");
        return Err(Error::invalid("date", words));
    }
    sql::set_exception(cx, user.id, &new)?;
    note(cx, who, user.id, &["exceptions"])?;
    Ok(new)
}

/// Lets a date be as its weekday again; if it is so already, nothing changes.
pub fn drop_exception(cx: &mut Cx<'_>, who: &Actor, date: NaiveDate) -> Result<()> {
    let user = own(who)?;
    if sql::delete_exception(cx, user, date)? {
        note(cx, who, user, &["exceptions"])?;
    }
    Ok(())
}

/// When somebody works, and in which zone: for rooms that have settled who is asking. Exceptions before yesterday are
/// left out.
pub fn hours_of(cx: &Cx<'_>, id: UserId) -> Result<(Zone, Hours)> {
    let (zone, week) = sql::clock(cx, id)?;
    let today = zone.date(cx.now);
    // A night of yesterday's may reach into today.
    let exceptions = sql::exceptions(cx, id, today.pred_opt().unwrap_or(today))?;
    let exceptions = exceptions.into_iter().map(|one| (one.date, one.windows)).collect();
    Ok((zone, Hours { week: week.unwrap_or_else(Week::office), exceptions }))
}

/// Deletes exceptions that have been over for a year; gives how many.
pub(super) fn delete_ended(cx: &Cx<'_>) -> Result<usize> {
    match Zone::UTC.date(cx.now).checked_sub_days(Days::new(KEPT_DAYS)) {
        Some(before) => sql::delete_exceptions_before(cx, before),
        None => Ok(0),
    }
}
