//! What a guest's program calls without a token: the free times of a booking page, and asking for one of them.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::base::actor::Who;
use crate::base::error::{Error, Result};
use crate::base::text::Address;
use crate::base::time::{DAY, Timestamp, Zone};
use crate::booking::{self, Request, Requested, Time, Visitor};
use crate::web::call::{self, Call};
use crate::web::client;
use crate::web::problem::Problem;

/// How far is looked, where it is not said.
const LOOKS_MS: i64 = 14 * DAY;

/// Which times.
#[derive(Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SlotsQuery {
    /// How long, in minutes: one of the page's lengths; the shortest, if not given.
    length: Option<u32>,
    /// From when, RFC 3339; now, if not given.
    from: Option<String>,
    /// Until when, RFC 3339, at most 62 days later; 14 days later, if not given.
    to: Option<String>,
    /// The secret of a single-use address: its `k`.
    pass: Option<String>,
}

/// A time that is free.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FreeTime {
    /// When it begins.
    #[schema(format = DateTime)]
    start: String,
    /// When it ends.
    #[schema(format = DateTime)]
    end: String,
}

impl FreeTime {
    fn of(time: &Time) -> Self {
        Self { start: time.start.to_rfc3339(), end: time.end.to_rfc3339() }
    }
}

/// The free times of a booking page.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FreeTimes {
    /// What the meeting is called.
    title: String,
    /// With whom; null if they gave no name.
    host: Option<String>,
    /// How long it can be, in minutes.
    lengths: Vec<u32>,
    /// What has to be answered, and what may be, in order.
    questions: Vec<String>,
    /// In order: starts, and nothing of why no others.
    slots: Vec<FreeTime>,
    /// Whether the host confirms each booking, because they want to, or because a calendar of theirs was not read lately.
    host_confirms: bool,
}

fn instant(field: &'static str, given: Option<&str>, usual: Timestamp) -> Result<Timestamp> {
    let Some(text) = given else { return Ok(usual) };
    Timestamp::parse_rfc3339(text).ok_or_else(|| {
        Error::invalid(field, "This is no time with an offset; one looks like 2026-11-25T10:30:00+01:00.")
    })
}

fn name_of(call: &Call) -> String {
    call.request.match_info().get("name").unwrap_or_default().to_owned()
}

/// Lists the free times of a booking page. No token is needed.
#[utoipa::path(get, path = "/api/v1/b/{name}/slots", tag = "booking", operation_id = "list_slots", security(),
    params(("name" = String, Path, description = "The page's name."), SlotsQuery),
    responses((status = 200, description = "The times.", body = FreeTimes),
        (status = 400, response = super::openapi::Invalid), (status = 404, response = super::openapi::NotFound),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn slots(call: Call) -> Result<HttpResponse> {
    let query: SlotsQuery = call.query()?;
    let now = call.web.store.ground().clock.now();
    let from = instant("from", query.from.as_deref(), now)?;
    let to = instant("to", query.to.as_deref(), from.plus(LOOKS_MS))?;
    if to <= from {
        return Err(Error::invalid("to", "The end must come after the start."));
    }
    let name = name_of(&call);
    let read = call.web.store.read(move |cx| {
        let offer = booking::open(cx, &name, query.pass.as_deref())?;
        let minutes = query.length.or_else(|| offer.link.says.lengths.first().copied()).unwrap_or_default();
        let free = booking::slots(cx, &offer, minutes, (from, to))?;
        Ok(FreeTimes {
            title: offer.link.says.title.clone(),
            host: offer.host.name.clone(),
            lengths: offer.link.says.lengths.clone(),
            questions: offer.link.says.questions.iter().map(|one| one.label.clone()).collect(),
            slots: free.times.iter().map(FreeTime::of).collect(),
            host_confirms: free.is_stale || offer.link.is_by_hand(),
        })
    });
    call::json(200, &read.await?)
}

/// A time that a guest asks for.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewBooking {
    /// When it is to begin, with an offset: one of the page's times.
    #[schema(format = DateTime, example = "2026-11-25T10:30:00+01:00")]
    start: String,
    /// How long, in minutes; the shortest length, if not given.
    length: Option<u32>,
    /// What the guest is called.
    name: String,
    /// Where the guest's mail goes. The link that confirms is sent there.
    #[schema(example = "ben@example.org")]
    email: String,
    /// The IANA zone that the guest's mails tell times in; the host's, if not given.
    time_zone: Option<String>,
    /// Answers to the page's questions, in order; an empty one is none.
    #[serde(default)]
    answers: Vec<String>,
    /// The secret of a single-use address: its `k`.
    pass: Option<String>,
}

/// A booking that waits for its guest.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HeldBooking {
    /// Its id.
    id: String,
    /// `unconfirmed`: it becomes a meeting, or a question to the host, by the link in the mail.
    #[schema(example = "unconfirmed")]
    state: &'static str,
    /// Until when the time is held.
    #[schema(format = DateTime)]
    expires: String,
}

/// A time that cannot be had, with the nearest that can.
#[derive(Serialize, ToSchema)]
pub(super) struct TakenProblem {
    #[serde(flatten)]
    problem: Problem,
    /// The free times nearest to the one that was asked for.
    alternatives: Vec<FreeTime>,
}

/// Asks for a time of a booking page. It is held for a while; a mail to the address has the link that confirms. No token is
/// needed. The same again, while it is held, is answered as the first time.
#[utoipa::path(post, path = "/api/v1/b/{name}/bookings", tag = "booking", operation_id = "book_slot", security(),
    params(("name" = String, Path, description = "The page's name.")), request_body = NewBooking,
    responses((status = 202, description = "The time is held, and a mail is on its way.", body = HeldBooking),
        (status = 400, response = super::openapi::Invalid), (status = 404, response = super::openapi::NotFound),
        (status = 409, description = "`booking.taken`, with the nearest free times, or another rule that refuses.", body = TakenProblem, content_type = "application/problem+json"),
        (status = 413, response = super::openapi::TooLarge), (status = 415, response = super::openapi::MediaType),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn book(mut call: Call) -> Result<HttpResponse> {
    let (new, _) = call.json::<NewBooking>().await?;
    let start = instant("start", Some(&new.start), Timestamp::MIN)?;
    let zone = new.time_zone.as_deref().map(|name| {
        Zone::parse(name).ok_or_else(|| {
            Error::invalid("time_zone", "This is no IANA time zone; one looks like Europe/Paris.")
        })
    });
    let (zone, address) = (zone.transpose()?, Address::required("email", &new.email)?);
    let from = client::address(&call.request, &call.web.config.server.trusted_proxies);
    let visitor = Visitor { client: client::bucket(from).to_string(), ..Visitor::default() };
    let (who, name) = (call.actor(Who::Anyone), name_of(&call));
    let write = call.web.store.write(move |cx| {
        let offer = booking::open(cx, &name, new.pass.as_deref())?;
        let request = Request {
            start,
            minutes: new.length.or_else(|| offer.link.says.lengths.first().copied()).unwrap_or_default(),
            name: new.name.clone(),
            address: address.clone(),
            zone: zone.unwrap_or(offer.host.zone),
            answers: new.answers.clone(),
        };
        booking::request(cx, &who, &offer, &request, &visitor)
    });
    match write.await? {
        Requested::Asked { id, until } => call::json(
            202,
            &HeldBooking { id: id.to_string(), state: "unconfirmed", expires: until.to_rfc3339() },
        ),
        Requested::Taken { alternatives } => taken(&call, &alternatives),
        Requested::Confirmed(_) => Err(Error::internal("a program without a token was known")),
    }
}

fn taken(call: &Call, alternatives: &[Time]) -> Result<HttpResponse> {
    let error =
        Error::refused("booking.taken", "Somebody else has this time, or it is not offered any more.");
    let problem = Problem::of(&error, &call.web.config.server.public_url, &call.trace);
    let told = TakenProblem { problem, alternatives: alternatives.iter().map(FreeTime::of).collect() };
    let mut response = call::json(409, &told)?;
    let kind = actix_web::http::header::HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(actix_web::http::header::CONTENT_TYPE, kind);
    Ok(response)
}
