//! What an agent says of a message that it was handed: done, not now, still at it, never.
//!
//! With an `Idempotency-Key` an answer that was lost on the way is asked for again; without one a lease that is over is refused.

use actix_web::HttpResponse;
use serde::Deserialize;
use utoipa::ToSchema;

use super::deliveries::{DeliveryShown, changed};
use crate::accounts::Scope;
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, DeliveryId};
use crate::base::time::SECOND;
use crate::idempotency::Answer;
use crate::messages::{self, Delivery};
use crate::store::Cx;
use crate::web::bearer::Bearer;
use crate::web::call::Call;
use crate::web::idempotency::{effect, key_of};

/// With what a message is answered that was handed over.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LeaseGiven {
    /// The lease that came with it.
    lease: String,
}

/// Not now.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PutBack {
    /// The lease that came with it.
    lease: String,
    /// In how many seconds it is handed over again; a little later and later, if not given.
    delay_seconds: Option<i64>,
    /// What went wrong, in a line.
    error: Option<String>,
}

/// Never.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenUp {
    /// The lease that came with it.
    lease: String,
    /// Why, in a line.
    error: String,
}

/// Answers a delivery by `work`, and shows it; once for its key, where it has one.
async fn answered<F>(call: &Call, bearer: Bearer, hash: String, work: F) -> Result<HttpResponse>
where
    F: Fn(&mut Cx<'_>, &Actor) -> Result<Delivery> + Send + 'static,
{
    // Most have none: they are told at once what the one transaction says.
    if key_of(call)?.is_none() {
        return changed(call, bearer, work).await;
    }
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        let body = serde_json::to_value(DeliveryShown::of(&work(cx, who)?)).map_err(Error::internal)?;
        Ok(Answer { status: 200, body })
    };
    let still = |cx: &mut Cx<'_>, who: &Actor, answer: &Answer| match inbox_of(answer) {
        Some(agent) if agents::is_own(cx, who, agent)? => Ok(()),
        _ => Err(Error::NotFound("delivery")),
    };
    let done = effect(call, &bearer, hash, work, still).await?;
    if let Some(agent) = inbox_of(&done.answer) {
        call.web.state.live.ring(agent);
    }
    done.into_response()
}

/// In whose inbox the delivery lies that an answer shows.
fn inbox_of(answer: &Answer) -> Option<AgentId> {
    answer.body.get("to")?.as_str()?.parse().ok()
}

/// The message is dealt with.
#[utoipa::path(post, path = "/api/v1/deliveries/{id}/ack", tag = "messages", operation_id = "acknowledge",
    params(("id" = String, Path, description = "The delivery."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = LeaseGiven,
    responses((status = 200, description = "The delivery: it is delivered, or its time was over first.", body = DeliveryShown),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 422, response = super::openapi::Mismatch),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn acknowledge(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::within(&call, Scope::MessagesRead).await?;
    let id: DeliveryId = call.id("id")?;
    let (given, hash) = call.json::<LeaseGiven>().await?;
    answered(&call, bearer, hash, move |cx, who| messages::acknowledge(cx, who, id, &given.lease)).await
}

/// Not now: the message is handed over again.
#[utoipa::path(post, path = "/api/v1/deliveries/{id}/nack", tag = "messages", operation_id = "put_back",
    params(("id" = String, Path, description = "The delivery."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = PutBack,
    responses((status = 200, description = "The delivery: it waits again, or is dead after its last attempt.", body = DeliveryShown),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 422, response = super::openapi::Mismatch),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn put_back(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::within(&call, Scope::MessagesRead).await?;
    let id: DeliveryId = call.id("id")?;
    let (given, hash) = call.json::<PutBack>().await?;
    let delay_ms = given.delay_seconds.map(|seconds| seconds.saturating_mul(SECOND));
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        messages::put_back(cx, who, id, &given.lease, (delay_ms, given.error.as_deref()))
    };
    answered(&call, bearer, hash, work).await
}

/// Still at it: the lease begins anew.
#[utoipa::path(post, path = "/api/v1/deliveries/{id}/working", tag = "messages", operation_id = "still_working",
    params(("id" = String, Path, description = "The delivery."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = LeaseGiven,
    responses((status = 200, description = "The delivery.", body = DeliveryShown),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 422, response = super::openapi::Mismatch),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn still_working(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::within(&call, Scope::MessagesRead).await?;
    let id: DeliveryId = call.id("id")?;
    let (given, hash) = call.json::<LeaseGiven>().await?;
    answered(&call, bearer, hash, move |cx, who| messages::still_working(cx, who, id, &given.lease)).await
}

/// Never: nothing becomes of the message.
#[utoipa::path(post, path = "/api/v1/deliveries/{id}/give-up", tag = "messages", operation_id = "give_up",
    params(("id" = String, Path, description = "The delivery."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = GivenUp,
    responses((status = 200, description = "The delivery.", body = DeliveryShown),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 422, response = super::openapi::Mismatch),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn give_up(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::within(&call, Scope::MessagesRead).await?;
    let id: DeliveryId = call.id("id")?;
    let (given, hash) = call.json::<GivenUp>().await?;
    answered(&call, bearer, hash, move |cx, who| messages::give_up(cx, who, id, &given.lease, &given.error))
        .await
}
