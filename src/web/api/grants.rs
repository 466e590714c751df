//! Grants over the API: what each side of a connection lets the other's agent know and do.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::Scope;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::hours::Week;
use crate::base::id::ConnectionId;
use crate::base::time::{Timestamp, Zone};
use crate::network::{self, Constraints, Day, NewGrant, Place, Reading, Reveal};
use crate::store::Cx;
use crate::web::bearer::Bearer;
use crate::web::body::Object;
use crate::web::call::{self, Call};

/// How long a meeting may be, in minutes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Length {
    /// At least.
    min: u32,
    /// At most.
    max: u32,
    /// Where nothing is said.
    default: u32,
}

/// Under which conditions. What is not given has its default.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenConstraints {
    /// Seven lists of windows, Monday first, in the grantor's zone and within their working hours; null: those.
    #[schema(value_type = Option<Vec<Vec<String>>>, example = json!([["09:00-12:00"], [], [], [], [], [], []]))]
    hours: Option<Week>,
    /// Of `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`; all, if not given.
    #[schema(value_type = Option<Vec<String>>)]
    weekdays: Option<BTreeSet<Day>>,
    /// Minutes from now to the earliest start; 240.
    notice_minutes: Option<u32>,
    /// Days ahead, counted from today in the grantor's zone; 60.
    horizon_days: Option<u32>,
    /// From 15 to 120, 30 where nothing is said.
    #[schema(value_type = Option<Length>)]
    length: Option<Object<Length>>,
    /// Minutes that must be free before; 0.
    buffer_before_minutes: Option<u32>,
    /// Minutes that must be free after; 0.
    buffer_after_minutes: Option<u32>,
    /// Meetings in a week from Monday; null: any number.
    per_week: Option<u32>,
    /// Of `video`, `phone`, `in_person`; all, if not given.
    #[schema(value_type = Option<Vec<String>>)]
    places: Option<BTreeSet<Place>>,
}

/// A grant to be written, in one's own direction.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenGrant {
    /// Of `profile.basic.read`, `calendar.availability.read`, `calendar.events.propose`,
    /// `calendar.events.write.confirm`, `calendar.events.write.auto`. None includes another.
    #[schema(value_type = Vec<String>, example = json!(["profile.basic.read", "calendar.availability.read"]))]
    scopes: BTreeSet<network::Scope>,
    /// `slots`: times that would do, and nothing else; `busy`: when there is no time, never what fills it.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "slots")]
    reveal: Reveal,
    /// Under which conditions.
    #[schema(value_type = Option<GivenConstraints>)]
    constraints: Option<Object<GivenConstraints>>,
    /// Until when (RFC 3339 with an offset); null: as long as the connection is.
    #[schema(format = DateTime)]
    ends_at: Option<String>,
    /// The version that was read before: if it is another by now, nothing is written.
    version: Option<i64>,
}

impl GivenConstraints {
    /// As the rooms take them; what is not given is as `usual` has it.
    pub(super) fn constraints(self, usual: Constraints) -> Constraints {
        let length = self.length.map_or(usual.length, |Object(Length { min, max, default })| {
            network::Length { min, max, default }
        });
        Constraints {
            hours: self.hours.or(usual.hours),
            weekdays: self.weekdays.unwrap_or(usual.weekdays),
            notice_minutes: self.notice_minutes.unwrap_or(usual.notice_minutes),
            horizon_days: self.horizon_days.unwrap_or(usual.horizon_days),
            length,
            buffer_before_minutes: self.buffer_before_minutes.unwrap_or(usual.buffer_before_minutes),
            buffer_after_minutes: self.buffer_after_minutes.unwrap_or(usual.buffer_after_minutes),
            per_week: self.per_week.or(usual.per_week),
            places: self.places.unwrap_or(usual.places),
        }
    }
}

impl GivenGrant {
    /// As the room takes it; faults are named with the path of this grant in the request.
    pub(super) fn grant(&self) -> Result<NewGrant> {
        let given = self.constraints.clone().map(|Object(given)| given).unwrap_or_default();
        let ends_at = self.ends_at.as_deref().map(|text| {
            let message = "This should be a time in RFC 3339 with an offset, like 2026-12-31T18:00:00+01:00.";
            Timestamp::parse_rfc3339(text).ok_or_else(|| Error::invalid("ends_at", message))
        });
        Ok(NewGrant {
            scopes: self.scopes.clone(),
            reveal: self.reveal,
            constraints: given.constraints(Constraints::default()),
            ends_at: ends_at.transpose()?,
            version: self.version,
        })
    }
}

/// The conditions of a grant, or the rules of a room or thing.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ShownConstraints {
    /// Seven lists of windows, Monday first; null: the grantor's working hours.
    #[schema(value_type = Option<Vec<Vec<String>>>)]
    hours: Option<Week>,
    /// On which days.
    weekdays: Vec<&'static str>,
    /// Minutes from now to the earliest start.
    notice_minutes: u32,
    /// Days ahead.
    horizon_days: u32,
    /// How long.
    length: Length,
    /// Minutes that must be free before.
    buffer_before_minutes: u32,
    /// Minutes that must be free after.
    buffer_after_minutes: u32,
    /// Meetings in a week; null: any number.
    per_week: Option<u32>,
    /// How people may meet.
    places: Vec<&'static str>,
}

/// What one side lets the other's agent know and do.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Grant {
    /// What is allowed; may be nothing.
    scopes: Vec<&'static str>,
    /// `slots` or `busy`.
    reveal: &'static str,
    /// Under which conditions.
    constraints: ShownConstraints,
    /// Until when; null: as long as the connection is.
    #[schema(format = DateTime)]
    ends_at: Option<String>,
    /// How often it was written; 0: never.
    version: i64,
    /// When it was last written.
    #[schema(format = DateTime)]
    updated: Option<String>,
    /// The same in plain language.
    sentence: String,
}

impl ShownConstraints {
    /// As they are.
    pub(super) fn of(constraints: &Constraints) -> Self {
        let network::Length { min, max, default } = constraints.length;
        Self {
            hours: constraints.hours.clone(),
            weekdays: constraints.weekdays.iter().map(|day| day.as_str()).collect(),
            notice_minutes: constraints.notice_minutes,
            horizon_days: constraints.horizon_days,
            length: Length { min, max, default },
            buffer_before_minutes: constraints.buffer_before_minutes,
            buffer_after_minutes: constraints.buffer_after_minutes,
            per_week: constraints.per_week,
            places: constraints.places.iter().map(|place| place.as_str()).collect(),
        }
    }
}

impl Grant {
    /// A grant as its reader reads it.
    fn of(grant: &network::Grant, reading: Reading<'_>, zone: Zone, now: Timestamp) -> Self {
        Self {
            scopes: grant.scopes.iter().map(|scope| scope.as_str()).collect(),
            reveal: grant.reveal.as_str(),
            constraints: ShownConstraints::of(&grant.constraints),
            ends_at: grant.ends_at.map(Timestamp::to_rfc3339),
            version: grant.version,
            updated: grant.updated_at.map(Timestamp::to_rfc3339),
            sentence: network::sentence(grant, reading, zone, now),
        }
    }
}

/// Both directions of a connection.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Grants {
    /// What the caller lets the other's agent do.
    given: Grant,
    /// What the other lets the caller's agent do.
    received: Grant,
}

fn both(cx: &Cx<'_>, who: &Actor, id: ConnectionId) -> Result<Grants> {
    let called = network::connection(cx, who, id)?.called();
    let zone = match who.user() {
        Some(user) => crate::accounts::get(cx, user)?.zone,
        None => cx.house().zone,
    };
    let grants = network::grants(cx, who, id)?;
    Ok(Grants {
        given: Grant::of(&grants.given, Reading::Grantor(&called), zone, cx.now),
        received: Grant::of(&grants.received, Reading::Grantee(&called), zone, cx.now),
    })
}

/// Shows what each side of a connection lets the other's agent do.
#[utoipa::path(get, path = "/api/v1/connections/{id}/grants", tag = "connections", operation_id = "show_grants",
    params(("id" = String, Path, description = "The connection.")),
    responses((status = 200, description = "Both directions.", body = Grants),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn show(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::ConnectionsRead).await?;
    let id: ConnectionId = call.id("id")?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        both(cx, &who, id)
    });
    call::json(200, &read.await?)
}

/// Writes the caller's own direction, whole; the other's is never touched. The same again changes nothing.
#[utoipa::path(put, path = "/api/v1/connections/{id}/grants", tag = "connections", operation_id = "set_grant",
    params(("id" = String, Path, description = "The connection.")),
    request_body = GivenGrant,
    responses((status = 200, description = "Both directions, as they are now.", body = Grants),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn set(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::ConnectionsWrite).await?;
    let id: ConnectionId = call.id("id")?;
    let (given, _) = call.json::<GivenGrant>().await?;
    let new = given.grant()?;
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        network::set_grant(cx, &who, id, &new)?;
        both(cx, &who, id)
    });
    call::json(200, &write.await?)
}
