//! Booking links over the API: the owner's. What guests call is in [`book`](super::book).

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::connections::PageQuery;
use super::profile::Given;
use crate::accounts::Scope;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::hours::Week;
use crate::base::id::{BookingId, BookingLinkId};
use crate::base::secret::sha256;
use crate::base::time::Timestamp;
use crate::booking::{self, Access, BookingState, Confirmation, LinkChange, LinkState, NewLink, Optional};
use crate::idempotency::Answer;
use crate::network::Place;
use crate::store::Cx;
use crate::web::bearer::Bearer;
use crate::web::body::Object;
use crate::web::call::{self, Call};
use crate::web::idempotency::{effect, still_seen};

/// What a guest is asked.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BookingQuestion {
    /// The question, in one line.
    #[schema(example = "What is it about?")]
    label: String,
    /// Whether there is no booking without an answer.
    #[serde(default)]
    required: bool,
    /// `line` or `text`: whether the answer has one line or several.
    #[serde(default = "line")]
    #[schema(example = "line")]
    kind: String,
}

fn line() -> String {
    "line".to_owned()
}

/// What a booking link is to say and allow. When it is made, what is not given is as usual; in a change it stays.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenLink {
    /// Which version was looked at: another is refused. For a change.
    version: Option<i64>,
    /// `active` or `paused`. For a change.
    state: Option<String>,
    /// The path, after `/b/`: from 3 to 60 of `a-z0-9-`.
    name: Option<String>,
    /// What the meeting is called.
    title: Option<String>,
    /// What it is about.
    description: Option<String>,
    /// How long it can be, in minutes: one to four lengths.
    #[schema(example = json!([30, 60]))]
    lengths: Option<Vec<u32>>,
    /// `video`, `phone` or `in_person`.
    place: Option<String>,
    /// Where that is, or which number.
    place_words: Option<String>,
    /// At most five.
    #[schema(value_type = Option<Vec<BookingQuestion>>)]
    questions: Option<Vec<Object<BookingQuestion>>>,
    /// Seven lists of windows, Monday first, in the owner's zone; null: the profile's hours.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Vec<String>>>)]
    hours: Given<Week>,
    /// Minutes from now to the earliest start; 240.
    notice_minutes: Option<u32>,
    /// How far ahead, in days; 60.
    horizon_days: Option<u32>,
    /// Minutes that must be free before; 0.
    buffer_before_minutes: Option<u32>,
    /// Minutes that must be free after; 0.
    buffer_after_minutes: Option<u32>,
    /// Minutes from one start to the next; 30.
    step_minutes: Option<u32>,
    /// The most meetings a day; null: any number.
    #[serde(default)]
    #[schema(value_type = Option<u32>)]
    per_day: Given<u32>,
    /// The most meetings a week from Monday; null: any number.
    #[serde(default)]
    #[schema(value_type = Option<u32>)]
    per_week: Given<u32>,
    /// The rooms and things it takes: their ids, ten at most.
    resources: Option<Vec<String>>,
    /// `at_once` or `by_hand`.
    confirmation: Option<String>,
    /// `public` or `single_use`.
    access: Option<String>,
}

fn word<T>(field: &'static str, given: Option<String>, parse: fn(&str) -> Option<T>) -> Result<Option<T>> {
    let read = |word: String| parse(&word).ok_or_else(|| Error::invalid(field, "This is none of the words."));
    given.map(read).transpose()
}

fn nullable<T>(given: Given<T>) -> Optional<T> {
    match given {
        Given::Not => Optional::Keep,
        Given::Null => Optional::Clear,
        Given::Value(value) => Optional::Set(value),
    }
}

impl GivenLink {
    fn change(self) -> Result<LinkChange> {
        let active = |word: &str| match LinkState::parse(word) {
            Some(LinkState::Active) => Some(true),
            Some(LinkState::Paused) => Some(false),
            _ => None,
        };
        let question = |(at, Object(given)): (usize, Object<BookingQuestion>)| match given.kind.as_str() {
            kind @ ("line" | "text") => {
                Ok(booking::Question { label: given.label, required: given.required, long: kind == "text" })
            }
            _ => Err(Error::invalid(format!("questions[{at}].kind"), "This should be line or text.")),
        };
        let questions = self.questions.map(|all| all.into_iter().enumerate().map(question).collect());
        Ok(LinkChange {
            version: self.version,
            active: word("state", self.state, active)?,
            name: self.name,
            title: self.title,
            description: self.description,
            lengths: self.lengths,
            place: word("place", self.place, Place::parse)?,
            place_words: self.place_words,
            questions: questions.transpose()?,
            week: nullable(self.hours),
            notice_minutes: self.notice_minutes,
            horizon_days: self.horizon_days,
            buffer_before_minutes: self.buffer_before_minutes,
            buffer_after_minutes: self.buffer_after_minutes,
            step_minutes: self.step_minutes,
            per_day: nullable(self.per_day),
            per_week: nullable(self.per_week),
            resources: self.resources.as_deref().map(super::meetings::resources).transpose()?,
            confirmation: word("confirmation", self.confirmation, Confirmation::parse)?,
            access: word("access", self.access, Access::parse)?,
        })
    }
}

/// A booking link.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BookingLink {
    /// Its id.
    #[schema(example = "bkl_019d4b5ad0007d3c8f1e2a3b4c5d6e7f")]
    id: String,
    /// The path, after `/b/`.
    name: String,
    /// The page to give away.
    #[schema(example = "https://meet.example.org/b/ana-30")]
    url: String,
    /// `active` or `paused`.
    state: &'static str,
    /// What the meeting is called.
    title: String,
    /// What it is about; may be empty.
    description: String,
    /// How long it can be, in minutes.
    lengths: Vec<u32>,
    /// `video`, `phone` or `in_person`.
    place: &'static str,
    /// Where that is, or which number; may be empty.
    place_words: String,
    /// What a guest is asked.
    questions: Vec<BookingQuestion>,
    /// Hours of its own; null: the profile's.
    #[schema(value_type = Option<Vec<Vec<String>>>)]
    hours: Option<Week>,
    /// Minutes from now to the earliest start.
    notice_minutes: u32,
    /// How far ahead, in days.
    horizon_days: u32,
    /// Minutes that must be free before.
    buffer_before_minutes: u32,
    /// Minutes that must be free after.
    buffer_after_minutes: u32,
    /// Minutes from one start to the next.
    step_minutes: u32,
    /// The most meetings a day; null: any number.
    per_day: Option<u32>,
    /// The most meetings a week from Monday; null: any number.
    per_week: Option<u32>,
    /// The rooms and things it takes.
    resources: Vec<String>,
    /// `at_once` or `by_hand`.
    confirmation: &'static str,
    /// `public` or `single_use`.
    access: &'static str,
    /// Rises with every change.
    version: i64,
    /// Since when.
    #[schema(format = DateTime)]
    created: String,
}

impl BookingLink {
    fn of(link: &booking::BookingLink, public_url: &str) -> Self {
        let NewLink { questions, .. } = &link.says;
        let says = link.says.clone();
        Self {
            id: link.id.to_string(),
            url: format!("{public_url}{}", link.path()),
            name: says.name,
            state: link.state.as_str(),
            title: says.title,
            description: says.description,
            lengths: says.lengths,
            place: says.place.as_str(),
            place_words: says.place_words,
            questions: questions
                .iter()
                .map(|one| BookingQuestion {
                    label: one.label.clone(),
                    required: one.required,
                    kind: one.kind().as_str().to_owned(),
                })
                .collect(),
            hours: says.week,
            notice_minutes: says.notice_minutes,
            horizon_days: says.horizon_days,
            buffer_before_minutes: says.buffer_before_minutes,
            buffer_after_minutes: says.buffer_after_minutes,
            step_minutes: says.step_minutes,
            per_day: says.per_day,
            per_week: says.per_week,
            resources: says.resources.iter().map(ToString::to_string).collect(),
            confirmation: says.confirmation.as_str(),
            access: says.access.as_str(),
            version: link.version,
            created: link.created_at.to_rfc3339(),
        }
    }
}

/// The caller's booking links.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BookingLinkList {
    /// Newest first; those that were removed are not there.
    booking_links: Vec<BookingLink>,
}

/// What a guest said to a question.
#[derive(Debug, Serialize, ToSchema)]
struct BookingAnswer {
    /// The question as it was then.
    question: String,
    /// The answer.
    answer: String,
}

/// What a guest asked for. Their address is nobody's to see.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Booking {
    /// Its id.
    #[schema(example = "bkg_019d4b5ad0007d3c8f1e2a3b4c5d6e7f")]
    id: String,
    /// Where.
    #[serde(rename = "booking_link")]
    link: String,
    /// When it begins.
    #[schema(format = DateTime)]
    start: String,
    /// When it ends.
    #[schema(format = DateTime)]
    end: String,
    /// What the guest is called.
    guest: String,
    /// What they said to the questions.
    answers: Vec<BookingAnswer>,
    /// `unconfirmed`, `waiting`, `booked`, `declined`, `expired` or `withdrawn`.
    #[schema(example = "waiting")]
    state: &'static str,
    /// The meeting that came of it.
    meeting: Option<String>,
    /// Until when the time is held, while it waits.
    #[schema(format = DateTime)]
    expires: Option<String>,
    /// Since when.
    #[schema(format = DateTime)]
    created: String,
}

impl Booking {
    fn of(booking: &booking::Booking, now: Timestamp) -> Self {
        let state = booking.state_at(now);
        let is_open = matches!(state, BookingState::Unconfirmed | BookingState::Waiting);
        Self {
            id: booking.id.to_string(),
            link: booking.link.to_string(),
            start: booking.start.to_rfc3339(),
            end: booking.end.to_rfc3339(),
            guest: booking.guest_name.clone(),
            answers: booking
                .answers
                .iter()
                .map(|one| BookingAnswer { question: one.question.clone(), answer: one.answer.clone() })
                .collect(),
            state: state.as_str(),
            meeting: booking.meeting.map(|id| id.to_string()),
            expires: is_open.then(|| booking.expires_at.to_rfc3339()),
            created: booking.created_at.to_rfc3339(),
        }
    }
}

/// A page of bookings.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BookingList {
    /// Latest start first.
    bookings: Vec<Booking>,
    /// What to give as `cursor` for the next page; null on the last.
    next: Option<String>,
}

/// For whom a single-use address is.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPass {
    /// For the caller alone.
    #[serde(default)]
    words: String,
}

/// A single-use address, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BookingPass {
    /// The page, with its secret.
    #[schema(example = "https://meet.example.org/b/ana-30?k=…")]
    url: String,
    /// Until when it opens.
    #[schema(format = DateTime)]
    expires: String,
}

/// What a decline says.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeclineWords {
    /// To the guest; addresses in it are blanked.
    #[serde(default)]
    words: String,
}

fn shown(cx: &Cx<'_>, link: &booking::BookingLink, status: u16) -> Result<Answer> {
    let body = BookingLink::of(link, &cx.house().public_url);
    Ok(Answer { status, body: serde_json::to_value(body).map_err(Error::internal)? })
}

/// Offers a booking link: a page where somebody without an account picks a time of the caller's.
#[utoipa::path(post, path = "/api/v1/booking-links", tag = "booking", operation_id = "offer_booking_link",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = GivenLink,
    responses((status = 201, description = "The link; its address is in `Location`.", body = BookingLink),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 409, response = super::openapi::Refused),
        (status = 413, response = super::openapi::TooLarge), (status = 415, response = super::openapi::MediaType),
        (status = 422, response = super::openapi::Mismatch), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn offer(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::BookingWrite).await?;
    let (given, hash) = call.json::<GivenLink>().await?;
    let change = given.change()?;
    if change.version.is_some() || change.active.is_some() {
        return Err(Error::invalid("state", "A new link has neither a version nor a state."));
    }
    let new = NewLink::default().changed(change);
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        let link = booking::offer(cx, who, &new)?;
        shown(cx, &link, 201)
    };
    let done = effect(&call, &bearer, hash, work, still_seen(booking::get)).await?;
    done.created("/api/v1/booking-links", "/id")
}

/// Lists the caller's booking links.
#[utoipa::path(get, path = "/api/v1/booking-links", tag = "booking", operation_id = "list_booking_links",
    responses((status = 200, description = "The links.", body = BookingLinkList),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn list(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::BookingRead).await?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        let links = booking::mine(cx, &who)?;
        let url = &cx.house().public_url;
        Ok(links.iter().map(|link| BookingLink::of(link, url)).collect())
    });
    call::json(200, &BookingLinkList { booking_links: read.await? })
}

/// Shows one of the caller's booking links.
#[utoipa::path(get, path = "/api/v1/booking-links/{id}", tag = "booking", operation_id = "get_booking_link",
    params(("id" = String, Path, description = "The link.")),
    responses((status = 200, description = "The link.", body = BookingLink),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn show(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::BookingRead).await?;
    let id: BookingLinkId = call.id("id")?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        Ok(BookingLink::of(&booking::get(cx, &who, id)?, &cx.house().public_url))
    });
    call::json(200, &read.await?)
}

/// Changes a booking link, pauses it, or lets it go on: what is given, and nothing else. What was asked for before stays.
#[utoipa::path(patch, path = "/api/v1/booking-links/{id}", tag = "booking", operation_id = "change_booking_link",
    params(("id" = String, Path, description = "The link.")), request_body = GivenLink,
    responses((status = 200, description = "The link as it is now.", body = BookingLink),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn change(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::BookingWrite).await?;
    let id: BookingLinkId = call.id("id")?;
    let (given, _) = call.json::<GivenLink>().await?;
    let change = given.change()?;
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        let link = booking::change(cx, &who, id, change.clone())?;
        Ok(BookingLink::of(&link, &cx.house().public_url))
    });
    call::json(200, &write.await?)
}

/// Removes a booking link: its page is gone, its name free, and what waits there is declined. What is booked stays.
#[utoipa::path(delete, path = "/api/v1/booking-links/{id}", tag = "booking", operation_id = "remove_booking_link",
    params(("id" = String, Path, description = "The link.")),
    responses((status = 204, description = "It is removed."),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn remove(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::BookingWrite).await?;
    let id: BookingLinkId = call.id("id")?;
    call.nothing().await?;
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        booking::remove(cx, &who, id)
    });
    write.await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Makes a single-use address of a booking link: good for one booking, for thirty days.
#[utoipa::path(post, path = "/api/v1/booking-links/{id}/passes", tag = "booking", operation_id = "make_booking_pass",
    params(("id" = String, Path, description = "The link."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = Option<NewPass>,
    responses((status = 201, description = "The address.", body = BookingPass),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 422, response = super::openapi::Mismatch),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn pass(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::BookingWrite).await?;
    let id: BookingLinkId = call.id("id")?;
    let (new, hash) = call.json_or_nothing::<NewPass>().await?;
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        let (secret, expires) = booking::pass(cx, who, id, &new.words)?;
        let link = booking::get(cx, who, id)?;
        let url = format!("{}{}?k={}", cx.house().public_url, link.path(), secret.expose());
        let made = BookingPass { url, expires: expires.to_rfc3339() };
        Ok(Answer { status: 201, body: serde_json::to_value(made).map_err(Error::internal)? })
    };
    let still = move |cx: &mut Cx<'_>, who: &Actor, _: &Answer| booking::get(cx, who, id).map(drop);
    effect(&call, &bearer, hash, work, still).await?.into_response()
}

/// Lists what guests asked for at a booking link.
#[utoipa::path(get, path = "/api/v1/booking-links/{id}/bookings", tag = "booking", operation_id = "list_bookings",
    params(("id" = String, Path, description = "The link."), PageQuery),
    responses((status = 200, description = "A page.", body = BookingList),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn bookings(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::BookingRead).await?;
    let id: BookingLinkId = call.id("id")?;
    let query: PageQuery = call.query()?;
    let (limit, after) = (query.limit()?, query.cursor.as_deref().map(place).transpose()?);
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        Ok((booking::bookings(cx, &who, id, after, limit)?, cx.now))
    });
    let (page, now) = read.await?;
    let next = page.next.map(|(start, id)| format!("{}.{id}", start.ms()));
    call::json(
        200,
        &BookingList { bookings: page.bookings.iter().map(|one| Booking::of(one, now)).collect(), next },
    )
}

fn place(cursor: &str) -> Result<(Timestamp, BookingId)> {
    let read = || {
        let (at, id) = cursor.split_once('.')?;
        Some((Timestamp::from_ms(at.parse().ok()?), id.parse().ok()?))
    };
    read().ok_or_else(|| Error::invalid("cursor", "Give the `next` of the page before, unchanged."))
}

fn decided(cx: &Cx<'_>, booking: &booking::Booking) -> Result<Answer> {
    let body = serde_json::to_value(Booking::of(booking, cx.now)).map_err(Error::internal)?;
    Ok(Answer { status: 200, body })
}

/// Approves what waits: the meeting is made, and both get their invitation.
#[utoipa::path(post, path = "/api/v1/bookings/{id}/approve", tag = "booking", operation_id = "approve_booking",
    params(("id" = String, Path, description = "The booking."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call a no-op for 24 hours.")),
    responses((status = 200, description = "The booking, with its meeting.", body = Booking),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 422, response = super::openapi::Mismatch),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn approve(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::BookingWrite).await?;
    let id: BookingId = call.id("id")?;
    call.nothing().await?;
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        let booking = booking::approve(cx, who, id)?;
        decided(cx, &booking)
    };
    let still = move |cx: &mut Cx<'_>, who: &Actor, _: &Answer| booking::booking(cx, who, id).map(drop);
    effect(&call, &bearer, sha256(b""), work, still).await?.into_response()
}

/// Declines what waits: the time is free again, and the guest is told.
#[utoipa::path(post, path = "/api/v1/bookings/{id}/decline", tag = "booking", operation_id = "decline_booking",
    params(("id" = String, Path, description = "The booking."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = Option<DeclineWords>,
    responses((status = 200, description = "The booking.", body = Booking),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 422, response = super::openapi::Mismatch),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn decline(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::BookingWrite).await?;
    let id: BookingId = call.id("id")?;
    let (said, hash) = call.json_or_nothing::<DeclineWords>().await?;
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        let booking = booking::decline(cx, who, id, &said.words)?;
        decided(cx, &booking)
    };
    let still = move |cx: &mut Cx<'_>, who: &Actor, _: &Answer| booking::booking(cx, who, id).map(drop);
    effect(&call, &bearer, hash, work, still).await?.into_response()
}
