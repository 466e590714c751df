//! The profile over the API: who the caller is, when they work, what is stored about them, and how they leave.

use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::http::header::HeaderValue;
use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::accounts::{self, Exception, HoursChange, ProfileChange, Scope, WEEKDAYS};
use crate::app::person;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::hours::Window;
use crate::base::secret::sha256;
use crate::base::text::Address;
use crate::base::time::Zone;
use crate::idempotency::Answer;
use crate::store::Cx;
use crate::web::bearer::Bearer;
use crate::web::body::Object;
use crate::web::call::{self, Call};
use crate::web::idempotency::effect;

/// The windows of each weekday, as `09:00-12:30`; one over midnight is `22:00-06:00`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProfileHours {
    /// Whether nobody has said any: nine to five on weekdays is what counts then.
    is_default: bool,
    /// Monday's.
    monday: Vec<String>,
    /// Tuesday's.
    tuesday: Vec<String>,
    /// Wednesday's.
    wednesday: Vec<String>,
    /// Thursday's.
    thursday: Vec<String>,
    /// Friday's.
    friday: Vec<String>,
    /// Saturday's.
    saturday: Vec<String>,
    /// Sunday's.
    sunday: Vec<String>,
}

/// A date that is not as its weekday.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProfileException {
    /// The date, in the profile's zone.
    #[schema(format = Date, example = "2026-12-24")]
    date: String,
    /// What stands in place of the weekday's windows; none: a day off.
    windows: Vec<String>,
    /// Why; may be empty.
    words: String,
}

/// A deletion that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Deletion {
    /// When everything is erased.
    #[schema(format = DateTime)]
    due: String,
}

/// The caller's profile.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Profile {
    /// The account.
    user: String,
    /// Where their mail goes.
    email: String,
    /// What others read.
    name: String,
    /// The IANA zone their times are told in, and their hours are meant in.
    time_zone: String,
    /// `admin` or `member`.
    role: &'static str,
    /// When they work.
    hours: ProfileHours,
    /// Dates from today on that are not as their weekday, soonest first.
    exceptions: Vec<ProfileException>,
    /// The deletion that was asked for; null, if none was.
    deletion: Option<Deletion>,
}

/// Another mail address.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAddress {
    /// Where the account's mail is to go.
    #[schema(example = "ben@example.org")]
    email: String,
}

/// An address that waits to be proven.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WaitingAddress {
    /// The address.
    email: String,
    /// Until when the link acts.
    #[schema(format = DateTime)]
    expires: String,
}

/// What became of asking for a deletion.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Leaving {
    /// When everything is erased.
    #[schema(format = DateTime)]
    due: String,
    /// How many meetings ahead that the caller hosts were cancelled now.
    meetings_cancelled: usize,
    /// How many invitations to meetings ahead were declined now.
    invitations_declined: usize,
}

/// Windows of a week; a day that is not given stays as it is.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewHours {
    /// Monday's, such as `["09:00-12:30", "13:30-17:00"]`; `[]` for a day without.
    #[schema(example = json!(["09:00-12:30", "13:30-17:00"]))]
    monday: Option<Vec<String>>,
    /// Tuesday's.
    tuesday: Option<Vec<String>>,
    /// Wednesday's.
    wednesday: Option<Vec<String>>,
    /// Thursday's.
    thursday: Option<Vec<String>>,
    /// Friday's.
    friday: Option<Vec<String>>,
    /// Saturday's.
    saturday: Option<Vec<String>>,
    /// Sunday's.
    sunday: Option<Vec<String>>,
}

/// What is to be another; a field that is not given stays as it is.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProfileUpdate {
    /// What others read.
    name: Option<String>,
    /// The IANA zone their times are told in, and their hours are meant in.
    #[schema(example = "Europe/Paris")]
    time_zone: Option<String>,
    /// When they work; null: nine to five on weekdays, as for somebody who has said nothing.
    #[serde(default)]
    #[schema(value_type = Option<NewHours>)]
    hours: Given<Object<NewHours>>,
}

/// What a date has in place of its weekday's windows.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewException {
    /// The windows; none, or not given: a day off.
    #[serde(default)]
    #[schema(example = json!(["10:00-14:00"]))]
    windows: Vec<String>,
    /// Why, such as `Midsummer`.
    #[serde(default)]
    words: String,
}

/// A field that may be null, which is not the same as not being there.
#[derive(Clone, Default)]
pub(super) enum Given<T> {
    #[default]
    Not,
    Null,
    Value(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(from)?.map_or(Self::Null, Self::Value))
    }
}

fn texts(windows: &[Window]) -> Vec<String> {
    windows.iter().map(ToString::to_string).collect()
}

fn windows(field: &str, texts: &[String]) -> Result<Vec<Window>> {
    let window = |(at, text): (usize, &String)| {
        Window::parse(text).ok_or_else(|| {
            Error::invalid(format!("{field}[{at}]"), "This should be two times of day, like 09:00-12:30.")
        })
    };
    texts.iter().enumerate().map(window).collect()
}

impl ProfileException {
    fn of(exception: &Exception) -> Self {
        Self {
            date: exception.date.to_string(),
            windows: texts(&exception.windows),
            words: exception.words.clone(),
        }
    }
}

impl Profile {
    fn of(profile: &accounts::Profile) -> Self {
        let user = &profile.user;
        let [monday, tuesday, wednesday, thursday, friday, saturday, sunday] =
            profile.week().days().each_ref().map(|windows| texts(windows));
        let is_default = profile.week.is_none();
        Self {
            user: user.id.to_string(),
            email: user.address.as_str().to_owned(),
            name: user.name.clone(),
            time_zone: user.zone.name().to_owned(),
            role: user.role.as_str(),
            hours: ProfileHours {
                is_default,
                monday,
                tuesday,
                wednesday,
                thursday,
                friday,
                saturday,
                sunday,
            },
            exceptions: profile.exceptions.iter().map(ProfileException::of).collect(),
            deletion: user.deletion_due_at.map(|due| Deletion { due: due.to_rfc3339() }),
        }
    }
}

impl NewHours {
    fn change(self) -> Result<HoursChange> {
        let days = [
            self.monday,
            self.tuesday,
            self.wednesday,
            self.thursday,
            self.friday,
            self.saturday,
            self.sunday,
        ];
        let mut read: [Option<Vec<Window>>; 7] = Default::default();
        for (at, texts) in days.into_iter().enumerate() {
            let field = format!("hours.{}", WEEKDAYS[at]);
            read[at] = texts.map(|texts| windows(&field, &texts)).transpose()?;
        }
        Ok(HoursChange::Days(read))
    }
}

impl ProfileUpdate {
    fn change(self) -> Result<ProfileChange> {
        let zone = self.time_zone.map(|name| {
            Zone::parse(&name).ok_or_else(|| {
                Error::invalid("time_zone", "This is no IANA time zone; one looks like Europe/Paris.")
            })
        });
        let hours = match self.hours {
            Given::Not => None,
            Given::Null => Some(HoursChange::Forget),
            Given::Value(Object(hours)) => Some(hours.change()?),
        };
        Ok(ProfileChange { name: self.name, zone: zone.transpose()?, hours })
    }
}

/// The date of the path.
fn date(call: &Call) -> Result<NaiveDate> {
    let text = call.request.match_info().get("date").unwrap_or_default();
    // chrono reads more than one way to write a date; this is the one that is written back.
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .filter(|date| date.to_string() == text)
        .ok_or_else(|| Error::invalid("date", "The date should look like 2026-12-24."))
}

/// The caller's profile.
#[utoipa::path(get, path = "/api/v1/profile", tag = "profile", operation_id = "get_profile",
    responses((status = 200, description = "The profile.", body = Profile),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn show(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::ProfileRead).await?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        accounts::profile(cx, &who)
    });
    call::json(200, &Profile::of(&read.await?))
}

/// Changes the caller's profile: what is given, and nothing else.
#[utoipa::path(patch, path = "/api/v1/profile", tag = "profile", operation_id = "change_profile",
    request_body = ProfileUpdate,
    responses((status = 200, description = "The profile as it is now.", body = Profile),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn change(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::ProfileWrite).await?;
    let (given, _) = call.json::<ProfileUpdate>().await?;
    let change = given.change()?;
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        accounts::change_profile(cx, &who, &change)
    });
    call::json(200, &Profile::of(&write.await?))
}

/// Gives a date windows of its own, in place of what it had; none: a day off.
#[utoipa::path(put, path = "/api/v1/profile/exceptions/{date}", tag = "profile", operation_id = "set_exception",
    params(("date" = String, Path, description = "The date, such as 2026-12-24.")),
    request_body = NewException,
    responses((status = 200, description = "The date as it is now.", body = ProfileException),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn set_exception(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::ProfileWrite).await?;
    let date = date(&call)?;
    let (given, _) = call.json::<NewException>().await?;
    let exception = Exception { date, windows: windows("windows", &given.windows)?, words: given.words };
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        accounts::set_exception(cx, &who, &exception)
    });
    call::json(200, &ProfileException::of(&write.await?))
}

/// Lets a date be as its weekday again.
#[utoipa::path(delete, path = "/api/v1/profile/exceptions/{date}", tag = "profile", operation_id = "drop_exception",
    params(("date" = String, Path, description = "The date, such as 2026-12-24.")),
    responses((status = 204, description = "It is as its weekday, as it may have been before."),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn drop_exception(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::ProfileWrite).await?;
    let date = date(&call)?;
    call.nothing().await?;
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        accounts::drop_exception(cx, &who, date)
    });
    write.await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Everything that is stored about the caller, as a file: the account, and each room's part. Not for programs that are agents.
#[utoipa::path(get, path = "/api/v1/profile/export", tag = "profile", operation_id = "export_profile",
    responses((status = 200, description = "One document; `address` and `made` (when) are always there.", body = Object),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn export(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::ProfileRead).await?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        who.people_only()?;
        person::export_own(cx, &who)
    });
    let mut response = call::json(200, &read.await?)?;
    let name = HeaderValue::from_static("attachment; filename=\"entente.json\"");
    response.headers_mut().insert(CONTENT_DISPOSITION, name);
    Ok(response)
}

/// Asks for another mail address. A link goes there; whoever presses its button, signed in as the caller, has the account's
/// mail sent there from then on. The present address is told. The answer is the same where somebody else has the address.
#[utoipa::path(post, path = "/api/v1/profile/address", tag = "profile", operation_id = "ask_address", request_body = NewAddress,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    responses((status = 202, description = "It waits to be proven.", body = WaitingAddress),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 422, response = super::openapi::Mismatch),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn ask_address(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::ProfileWrite).await?;
    let (given, hash) = call.json::<NewAddress>().await?;
    let address = Address::required("email", &given.email)?;
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        let pending = accounts::ask_address(cx, who, &address)?;
        let answer = WaitingAddress {
            email: pending.address.as_str().to_owned(),
            expires: pending.expires_at.to_rfc3339(),
        };
        Ok(Answer { status: 202, body: serde_json::to_value(answer).map_err(Error::internal)? })
    };
    effect(&call, &bearer, hash, work, |_, _, _| Ok(())).await?.into_response()
}

/// Keeps the caller's present address: the link that was mailed acts no more.
#[utoipa::path(delete, path = "/api/v1/profile/address", tag = "profile", operation_id = "withdraw_address",
    responses((status = 204, description = "No other address waits."),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn withdraw_address(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::ProfileWrite).await?;
    call.nothing().await?;
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        accounts::withdraw_address(cx, &who)
    });
    write.await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Asks for the deletion of the caller's account. Meetings ahead that they host are cancelled at once, invitations
/// declined; everything is erased after seven days, unless the deletion is withdrawn before.
#[utoipa::path(post, path = "/api/v1/profile/deletion", tag = "profile", operation_id = "ask_deletion",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a second call a no-op for 24 hours.")),
    responses((status = 200, description = "When it is due, and what ended now.", body = Leaving),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 409, response = super::openapi::Refused),
        (status = 422, response = super::openapi::Mismatch), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn ask_deletion(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::ProfileWrite).await?;
    call.nothing().await?;
    let work = |cx: &mut Cx<'_>, who: &Actor| {
        let user = who.user().ok_or(Error::Unauthenticated("Sign in first."))?;
        let leaving = person::ask_deletion(cx, who, user)?;
        let answer = Leaving {
            due: leaving.due.to_rfc3339(),
            meetings_cancelled: leaving.cancelled,
            invitations_declined: leaving.declined,
        };
        Ok(Answer { status: 200, body: serde_json::to_value(answer).map_err(Error::internal)? })
    };
    effect(&call, &bearer, sha256(b""), work, |_, _, _| Ok(())).await?.into_response()
}

/// Keeps the caller's account after all. What has ended stays ended.
#[utoipa::path(delete, path = "/api/v1/profile/deletion", tag = "profile", operation_id = "withdraw_deletion",
    responses((status = 200, description = "The profile, with no deletion in it.", body = Profile),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn withdraw_deletion(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::ProfileWrite).await?;
    call.nothing().await?;
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        let user = who.user().ok_or(Error::Unauthenticated("Sign in first."))?;
        person::withdraw_deletion(cx, &who, user)?;
        accounts::profile(cx, &who)
    });
    call::json(200, &Profile::of(&write.await?))
}
