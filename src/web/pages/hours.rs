//! The reader's hours: a field for each weekday, and the days that are different.

use actix_web::http::StatusCode;
use actix_web::web::Path;
use chrono::NaiveDate;

use super::visit::{Answer, Posted, SignedIn, Visit, page, see_other};
use super::words;
use crate::accounts::{self, Exception, HoursChange, Profile, ProfileChange, WEEKDAYS};
use crate::base::error::Error;
use crate::base::hours::Window;
use crate::base::time::long_date;
use crate::web::form::{self, Fields};
use crate::web::view::hours::{Different, HoursPage, NewDays, Weekday};
use crate::web::view::parts::{FieldErrors, Nav};
use crate::web::view::settings::{Tab, Tabs};

/// The most days that are added in one go.
const DAYS_MAX: usize = 62;

/// What is different from a page that was just opened.
#[derive(Default)]
struct Came {
    week: Option<([String; 7], FieldErrors)>,
    new: NewDays,
}

/// `GET /settings/hours`.
pub(super) async fn show(visit: Visit) -> Answer {
    shown(&visit, Came::default(), StatusCode::OK).await
}

async fn again(visit: &Visit, came: Came) -> Answer {
    shown(visit, came, StatusCode::UNPROCESSABLE_ENTITY).await
}

async fn shown(visit: &Visit, came: Came, status: StatusCode) -> Answer {
    visit.user()?;
    let who = visit.actor();
    let profile = visit.read(move |cx| accounts::profile(cx, &who)).await?;
    let week = profile.week();
    let (typed, errors) = came.week.unwrap_or_else(|| {
        (week.days().each_ref().map(|windows| form::typed_windows(windows)), FieldErrors::none())
    });
    let days = WEEKDAYS.into_iter().zip(typed);
    page(
        status,
        &HoursPage {
            frame: visit.frame("Your hours", Nav::Settings),
            tabs: Tabs(Tab::Hours),
            zone_words: profile.user.zone.named(visit.now),
            is_default: profile.week.is_none(),
            week: days
                .map(|(field, typed)| Weekday { field, words: words::sentence(field), typed })
                .collect(),
            errors,
            days: different(&profile),
            new: came.new,
        },
    )
}

fn different(profile: &Profile) -> Vec<Different> {
    let one = |exception: &Exception| Different {
        date: exception.date.to_string(),
        day: long_date(exception.date),
        windows: form::typed_windows(&exception.windows),
        words: exception.words.clone(),
    };
    profile.exceptions.iter().map(one).collect()
}

/// `POST /settings/hours`.
pub(super) async fn save(SignedIn(posted): SignedIn) -> Answer {
    if posted.fields.pressed() == "forget" {
        return change(&posted, HoursChange::Forget).await.map(|()| saved()).map_err(Into::into);
    }
    let typed = WEEKDAYS.map(|day| posted.fields.owned(day));
    let mut errors = FieldErrors::none();
    let mut days: [Option<Vec<Window>>; 7] = Default::default();
    for (at, typed) in typed.iter().enumerate() {
        match form::windows(typed) {
            Ok(windows) => days[at] = Some(windows),
            Err(words) => errors.add(WEEKDAYS[at], words),
        }
    }
    if errors.is_empty() {
        match change(&posted, HoursChange::Days(days)).await {
            Ok(()) => return Ok(saved()),
            // What a night of one day takes from the next: the room names the day.
            Err(Error::Invalid { field, message }) => {
                errors.add(field.trim_start_matches("hours.").to_owned(), message);
            }
            Err(error) => return Err(error.into()),
        }
    }
    again(&posted.visit, Came { week: Some((typed, errors)), ..Came::default() }).await
}

fn saved() -> actix_web::HttpResponse {
    see_other("/settings/hours?done=saved")
}

async fn change(posted: &Posted, hours: HoursChange) -> Result<(), Error> {
    let who = posted.visit.actor();
    let change = ProfileChange { hours: Some(hours), ..ProfileChange::default() };
    posted.write(move |cx| accounts::change_profile(cx, &who, &change).map(drop)).await
}

/// `POST /settings/hours/days`: one day, or all from one to another.
pub(super) async fn set_days(SignedIn(posted): SignedIn) -> Answer {
    let mut typed = typed(&posted.fields);
    let days = match read(&typed) {
        Ok(days) => days,
        Err(errors) => {
            typed.errors = errors;
            return again(&posted.visit, Came { new: typed, ..Came::default() }).await;
        }
    };
    let who = posted.visit.actor();
    let done = if days.len() == 1 { "day-set" } else { "days-set" };
    let written = posted
        .write(move |cx| days.iter().try_for_each(|day| accounts::set_exception(cx, &who, day).map(drop)))
        .await;
    match written {
        Ok(()) => Ok(see_other(&format!("/settings/hours?done={done}"))),
        Err(error) => match FieldErrors::from_error(&error) {
            Some(errors) => {
                typed.errors = errors;
                again(&posted.visit, Came { new: typed, ..Came::default() }).await
            }
            None => Err(error.into()),
        },
    }
}

fn typed(fields: &Fields) -> NewDays {
    NewDays {
        date: fields.owned("date"),
        until: fields.owned("until"),
        windows: fields.owned("windows"),
        words: fields.owned("words"),
        errors: FieldErrors::none(),
    }
}

/// The days that were typed, or what is wrong with which field.
fn read(typed: &NewDays) -> Result<Vec<Exception>, FieldErrors> {
    let mut errors = FieldErrors::none();
    let first = form::date(&typed.date).map_err(|words| errors.add("date", words)).ok();
    let last = match typed.until.trim() {
        "" => first,
        until => form::date(until).map_err(|words| errors.add("until", words)).ok(),
    };
    let windows = form::windows(&typed.windows).map_err(|words| errors.add("windows", words)).ok();
    let (Some(first), Some(last), Some(windows)) = (first, last, windows) else { return Err(errors) };
    if last < first {
        return Err(FieldErrors::one("until", "The last day must not come before the first."));
    }
    let dates: Vec<NaiveDate> =
        first.iter_days().take_while(|date| *date <= last).take(DAYS_MAX + 1).collect();
    if dates.len() > DAYS_MAX {
        let words = format!("That are too many days for one go: {DAYS_MAX} are the most.");
        return Err(FieldErrors::one("until", words));
    }
    let day = |date| Exception { date, windows: windows.clone(), words: typed.words.clone() };
    Ok(dates.into_iter().map(day).collect())
}

/// `POST /settings/hours/days/{date}/drop`.
pub(super) async fn drop_day(SignedIn(posted): SignedIn, date: Path<String>) -> Answer {
    let date = form::date(&date).map_err(|_| Error::NotFound("page"))?;
    let who = posted.visit.actor();
    posted.write(move |cx| accounts::drop_exception(cx, &who, date)).await?;
    Ok(see_other("/settings/hours?done=day-dropped"))
}
