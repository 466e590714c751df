//! Meetings over the API: make, book, list, show, move, cancel, send again, and their story.

use actix_web::HttpResponse;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::sessions::RefusedTime;
use super::view;
use crate::accounts::Scope;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::house::{Approval, Decline};
use crate::base::id::{AgentId, MeetingId, SessionId};
use crate::base::secret::sha256;
use crate::base::text::Address;
use crate::base::time::{Timestamp, Zone};
use crate::idempotency::Answer;
use crate::meetings::{self, Listing, Seen};
use crate::sessions::Alternative;
use crate::sessions::conversation::{self, Right};
use crate::store::Cx;
use crate::web::bearer::Bearer;
use crate::web::body::Object;
use crate::web::call::{self, Call};
use crate::web::idempotency::{Done, effect, still_seen};
use crate::web::problem::Problem;

/// How many meetings a page has, if the caller does not say.
const LIMIT: u32 = 50;
/// The most meetings of a page.
const LIMIT_MAX: u32 = 200;

/// Somebody to be invited.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Person {
    /// Where their mail goes.
    #[schema(example = "ana@example.org")]
    email: String,
    /// Their name; what others see of them.
    name: Option<String>,
    /// The IANA zone their times are told in.
    #[schema(example = "Europe/Paris")]
    time_zone: Option<String>,
}

/// A meeting to be made.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMeeting {
    /// What it is called; the house's default title, if not given.
    title: Option<String>,
    /// When it begins: RFC 3339 with an offset.
    #[schema(format = DateTime, example = "2026-11-25T10:30:00+01:00")]
    start: String,
    /// When it ends: RFC 3339 with an offset.
    #[schema(format = DateTime, example = "2026-11-25T11:30:00+01:00")]
    end: String,
    /// Where it is. Not given: the house's video place, if it has one; empty: nowhere.
    location: Option<String>,
    /// What it is about.
    description: Option<String>,
    /// Who invites. A member's token can name its member only.
    #[schema(value_type = Person)]
    host: Object<Person>,
    /// Who is invited; nobody: the meeting stays open until it is booked.
    #[serde(default)]
    #[schema(value_type = Vec<Person>)]
    guests: Vec<Object<Person>>,
    /// The rooms and things it needs: their ids, ten at most. Each answers by itself.
    #[serde(default)]
    resources: Vec<String>,
    /// What a decline does, `strict` or `soft`; the house's policy, if not given.
    #[schema(value_type = Option<String>, example = "strict")]
    decline: Option<Decline>,
    /// Whose approval moves it, `everyone` or `host`; the house's policy, if not given.
    #[schema(value_type = Option<String>, example = "everyone")]
    approval: Option<Approval>,
    /// The conversation in which it is made: it takes the right `commitments` there.
    #[schema(value_type = Option<String>)]
    conversation: Option<SessionId>,
}

/// The guest of an open meeting.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Booking {
    /// Who is invited.
    #[schema(value_type = Person)]
    guest: Object<Person>,
}

/// A new time.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTime {
    /// When it begins: RFC 3339 with an offset.
    #[schema(format = DateTime, example = "2026-11-25T10:30:00+01:00")]
    start: String,
    /// When it ends: RFC 3339 with an offset.
    #[schema(format = DateTime, example = "2026-11-25T11:30:00+01:00")]
    end: String,
}

/// Which meetings to list.
#[derive(Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// The meetings before now, latest first, and not those ahead, soonest first.
    #[serde(default)]
    past: bool,
    /// How many to a page: from 1 to 200; 50, if not given.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// A time of a request, by its field.
pub(super) fn time(field: &'static str, text: &str) -> Result<Timestamp> {
    Timestamp::parse_rfc3339(text).ok_or_else(|| {
        Error::invalid(
            field,
            "This should be a time in RFC 3339 with an offset, like 2026-11-25T10:30:00+01:00.",
        )
    })
}

fn person(path: &str, Object(given): &Object<Person>) -> Result<meetings::Person> {
    let address = Address::parse(&given.email).ok_or_else(|| {
        let message = "This is not a mail address that can be written to, like ana@example.org.";
        Error::invalid(format!("{path}.email"), message)
    })?;
    let zone = given.time_zone.as_deref().map(|name| {
        Zone::parse(name).ok_or_else(|| {
            let message = "This is not an IANA time zone, like Europe/Paris.";
            Error::invalid(format!("{path}.time_zone"), message)
        })
    });
    let name = given.name.clone().filter(|name| !name.trim().is_empty());
    Ok(meetings::Person { address, name, zone: zone.transpose()? })
}

fn new_meeting(given: &NewMeeting, has_video: bool) -> Result<meetings::NewMeeting> {
    let guests = given.guests.iter().enumerate();
    Ok(meetings::NewMeeting {
        title: given.title.clone().unwrap_or_default(),
        start: time("start", &given.start)?,
        end: time("end", &given.end)?,
        location: given.location.clone().unwrap_or_default(),
        video: given.location.is_none() && has_video,
        description: given.description.clone().unwrap_or_default(),
        host: person("host", &given.host)?,
        guests: guests.map(|(i, guest)| person(&format!("guests[{i}]"), guest)).collect::<Result<_>>()?,
        resources: resources(&given.resources)?,
        decline: given.decline,
        approval: given.approval,
    })
}

/// Rooms and things by their ids.
pub(super) fn resources(given: &[String]) -> Result<Vec<AgentId>> {
    let unknown = |_| Error::invalid("resources", "Give the ids of rooms and things, like agt_….");
    given.iter().map(|id| id.parse().map_err(unknown)).collect()
}

/// The refusal of a time at which a room or thing cannot be had, with the nearest at which all of them can.
async fn without_room(
    call: &Call,
    bearer: &Bearer,
    new: meetings::NewMeeting,
    error: &Error,
) -> Result<HttpResponse> {
    let bearer = bearer.clone();
    let times = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        meetings::room_times(cx, who.user(), &new)
    });
    let problem = Problem::of(error, &call.web.config.server.public_url, &call.trace);
    let times = times.await?.into_iter().map(|(start, end)| Alternative { start, end, reason: None });
    let told = RefusedTime::of(problem, &times.collect::<Vec<_>>());
    let body = serde_json::to_value(told).map_err(Error::internal)?;
    Done { answer: Answer { status: 409, body }, is_replay: false }.into_response()
}

fn shown(seen: &Seen, status: u16) -> Result<Answer> {
    let body = serde_json::to_value(view::Meeting::of(seen)).map_err(Error::internal)?;
    Ok(Answer { status, body })
}

/// Makes a meeting.
///
/// With guests everybody is invited by mail at once; without, the meeting stays open until it is booked.
#[utoipa::path(post, path = "/api/v1/meetings", tag = "meetings", operation_id = "create_meeting",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = NewMeeting,
    responses((status = 201, description = "The meeting; its address is in `Location`.", body = view::Meeting),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied),
        (status = 409, description = "A room or thing cannot be had then; the nearest times at which all that were asked for can.", body = RefusedTime),
        (status = 413, response = super::openapi::TooLarge), (status = 415, response = super::openapi::MediaType),
        (status = 422, response = super::openapi::Mismatch), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn create(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::MeetingsWrite).await?;
    let (given, hash) = call.json::<NewMeeting>().await?;
    let has_video = !call.web.config.meetings.video_url.is_empty();
    let new = new_meeting(&given, has_video)?;
    let (asked, within) = (new.clone(), given.conversation);
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        // Guests are addresses here, and whose these are is nobody's to find out: the conversation alone decides.
        conversation::hold(cx, who, within, &[], Right::Commitments)?;
        let meeting = meetings::create(cx, who, &new)?;
        shown(&meetings::see(cx, who, meeting.id)?, 201)
    };
    let done = match effect(&call, &bearer, hash, work, still_seen(meetings::see)).await {
        Err(error) if error.code() == "meeting.room-taken" => {
            return without_room(&call, &bearer, asked, &error).await;
        }
        done => done?,
    };
    done.created("/api/v1/meetings", "/id")
}

/// Lists the meetings that the caller made or is at; all, for the operator's token.
#[utoipa::path(get, path = "/api/v1/meetings", tag = "meetings", operation_id = "list_meetings", params(ListQuery),
    responses((status = 200, description = "A page.", body = view::MeetingList),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn list(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::MeetingsRead).await?;
    let query: ListQuery = call.query()?;
    let limit = query.limit.unwrap_or(LIMIT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Error::invalid("limit", format!("A page has from 1 to {LIMIT_MAX} meetings.")));
    }
    let after = query.cursor.as_deref().map(cursor).transpose()?;
    let listing = Listing { ahead: !query.past, after, limit };
    let page = call
        .web
        .store
        .read(move |cx| {
            let (_, who) = bearer.actor(cx)?;
            meetings::list(cx, &who, listing)
        })
        .await?;
    call::json(200, &view::MeetingList::of(&page))
}

fn cursor(text: &str) -> Result<(Timestamp, MeetingId)> {
    let read = || {
        let (start, id) = text.split_once('.')?;
        Some((Timestamp::from_ms(start.parse().ok()?), id.parse().ok()?))
    };
    read().ok_or_else(|| Error::invalid("cursor", "Give the `next` of the page before, unchanged."))
}

/// Shows a meeting.
#[utoipa::path(get, path = "/api/v1/meetings/{id}", tag = "meetings", operation_id = "show_meeting",
    params(("id" = String, Path, description = "The meeting.")),
    responses((status = 200, description = "The meeting.", body = view::Meeting),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn show(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::MeetingsRead).await?;
    let id: MeetingId = call.id("id")?;
    let seen = call
        .web
        .store
        .read(move |cx| {
            let (_, who) = bearer.actor(cx)?;
            meetings::see(cx, &who, id)
        })
        .await?;
    call::json(200, &view::Meeting::of(&seen))
}

/// Tells what happened to a meeting, oldest first: sent, delivered, answered, proposed, moved.
#[utoipa::path(get, path = "/api/v1/meetings/{id}/story", tag = "meetings", operation_id = "meeting_story",
    params(("id" = String, Path, description = "The meeting.")),
    responses((status = 200, description = "Its story.", body = view::Story),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn story(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::MeetingsRead).await?;
    let id: MeetingId = call.id("id")?;
    let entries = call
        .web
        .store
        .read(move |cx| {
            let (_, who) = bearer.actor(cx)?;
            meetings::story(cx, &who, id)
        })
        .await?;
    call::json(200, &view::Story::of(&entries))
}

/// Gives an open meeting its guest; everybody is invited by mail.
#[utoipa::path(post, path = "/api/v1/meetings/{id}/book", tag = "meetings", operation_id = "book_meeting",
    params(("id" = String, Path, description = "The meeting."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = Booking,
    responses((status = 200, description = "The meeting.", body = view::Meeting),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 422, response = super::openapi::Mismatch),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn book(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::MeetingsWrite).await?;
    let id: MeetingId = call.id("id")?;
    let (given, hash) = call.json::<Booking>().await?;
    let guest = person("guest", &given.guest)?;
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        meetings::book(cx, who, id, &guest)?;
        shown(&meetings::see(cx, who, id)?, 200)
    };
    effect(&call, &bearer, hash, work, still_seen(meetings::see)).await?.into_response()
}

/// Moves a meeting at once, for whoever may manage it; everybody is sent the new time.
#[utoipa::path(patch, path = "/api/v1/meetings/{id}", tag = "meetings", operation_id = "move_meeting",
    params(("id" = String, Path, description = "The meeting.")),
    request_body = NewTime,
    responses((status = 200, description = "The meeting.", body = view::Meeting),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn change(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::MeetingsWrite).await?;
    let id: MeetingId = call.id("id")?;
    let (given, _) = call.json::<NewTime>().await?;
    let (start, end) = (time("start", &given.start)?, time("end", &given.end)?);
    let seen = call
        .web
        .store
        .write(move |cx| {
            let (_, who) = bearer.actor(cx)?;
            meetings::move_to(cx, &who, id, start, end)?;
            meetings::see(cx, &who, id)
        })
        .await?;
    call::json(200, &view::Meeting::of(&seen))
}

/// Cancels a meeting for everybody. Cancelling what is cancelled changes nothing.
#[utoipa::path(delete, path = "/api/v1/meetings/{id}", tag = "meetings", operation_id = "cancel_meeting",
    params(("id" = String, Path, description = "The meeting.")),
    responses((status = 200, description = "The meeting, cancelled.", body = view::Meeting),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 409, response = super::openapi::Refused),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn cancel(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::MeetingsWrite).await?;
    let id: MeetingId = call.id("id")?;
    call.nothing().await?;
    let seen = call
        .web
        .store
        .write(move |cx| {
            let (_, who) = bearer.actor(cx)?;
            meetings::cancel(cx, &who, id)?;
            meetings::see(cx, &who, id)
        })
        .await?;
    call::json(200, &view::Meeting::of(&seen))
}

/// Sends every current invitation again, as a new edition.
#[utoipa::path(post, path = "/api/v1/meetings/{id}/resend", tag = "meetings", operation_id = "resend_meeting",
    params(("id" = String, Path, description = "The meeting."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call a no-op for 24 hours.")),
    responses((status = 200, description = "The meeting.", body = view::Meeting),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn resend(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::MeetingsWrite).await?;
    let id: MeetingId = call.id("id")?;
    call.nothing().await?;
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        meetings::resend(cx, who, id)?;
        shown(&meetings::see(cx, who, id)?, 200)
    };
    effect(&call, &bearer, sha256(b""), work, still_seen(meetings::see)).await?.into_response()
}
