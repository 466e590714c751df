//! Webhooks over the API: where a person's programs are told of what happens, and what they were told.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::connections::PageQuery;
use crate::accounts::Scope;
use crate::app::webhooks::receiver;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, WebhookEventId, WebhookId};
use crate::base::secret::{Secret, sha256};
use crate::base::time::Timestamp;
use crate::idempotency::Answer;
use crate::store::Cx;
use crate::web::bearer::Bearer;
use crate::web::call::{self, Call};
use crate::web::idempotency::effect;
use crate::webhooks;

/// A webhook to be added.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewWebhook {
    /// Where events are posted to: `https:`.
    #[schema(example = "https://hooks.example.org/entente")]
    url: String,
    /// What it is told of: kinds, and whole families.
    #[schema(example = json!(["meeting.*", "session.decision"]))]
    kinds: Vec<String>,
    /// For which program of the caller's; their own, if not given.
    agent: Option<String>,
}

/// What is to be another; what is not given stays.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookChange {
    /// Where events are posted to.
    url: Option<String>,
    /// What it is told of.
    kinds: Option<Vec<String>>,
    /// `active` or `paused`.
    state: Option<String>,
}

/// A webhook, without what it is signed with.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Webhook {
    /// Its id.
    #[schema(example = "whk_019d4b5ad0007d3c8f1e2a3b4c5d6e7f")]
    id: String,
    /// Where events are posted to.
    url: String,
    /// What it is told of.
    kinds: Vec<String>,
    /// The program that it is for; null: the caller's own.
    agent: Option<String>,
    /// `active`, `paused`, `failing` (nothing came through for two days) or `gone` (it said so itself: 410).
    state: &'static str,
    /// Since when every attempt failed.
    #[schema(format = DateTime)]
    failing_since: Option<String>,
    /// Until when events are signed with the secret before as well.
    #[schema(format = DateTime)]
    former_secret_until: Option<String>,
    /// Since when there is one.
    #[schema(format = DateTime)]
    created: String,
}

impl Webhook {
    fn of(one: &webhooks::Webhook, now: Timestamp) -> Self {
        Self {
            id: one.id.to_string(),
            url: one.url().to_owned(),
            kinds: one.kinds.clone(),
            agent: one.agent.map(|id| id.to_string()),
            state: one.state.as_str(),
            failing_since: one.failing_since.map(Timestamp::to_rfc3339),
            former_secret_until: one.former_until().filter(|until| *until > now).map(Timestamp::to_rfc3339),
            created: one.created_at.to_rfc3339(),
        }
    }
}

/// A webhook, and what it is signed with.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WebhookSecret {
    /// The webhook.
    webhook: Webhook,
    /// What events are signed with, shown this once: `whsec_` and base64.
    secret: String,
}

/// The caller's webhooks, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WebhookList {
    webhooks: Vec<Webhook>,
    /// Every kind that can be chosen.
    kinds: Vec<&'static str>,
}

/// Something that a webhook is told.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WebhookEvent {
    /// Its id, which the receiver has as `webhook-id`.
    #[schema(example = "evt_019d4b5ad0007d3c8f1e2a3b4c5d6e7f")]
    id: String,
    /// What happened.
    #[serde(rename = "type")]
    kind: String,
    /// When it happened.
    #[schema(format = DateTime)]
    timestamp: String,
    /// What is said of it.
    #[schema(value_type = Object)]
    data: serde_json::Value,
    /// `waiting`, `delivered`, `failed` (the receiver wants no more of it) or `expired` (it was tried for three days).
    state: &'static str,
    /// How often it was tried.
    attempts: i64,
    /// When it was last tried.
    #[schema(format = DateTime)]
    tried: Option<String>,
    /// How the receiver answered last.
    status: Option<i64>,
    /// Why the last attempt came to nothing.
    error: Option<String>,
    /// Until when it is tried.
    #[schema(format = DateTime)]
    expires: String,
    /// When it ended.
    #[schema(format = DateTime)]
    ended: Option<String>,
}

impl WebhookEvent {
    fn of(event: &webhooks::Event) -> Self {
        Self {
            id: event.id.to_string(),
            kind: event.kind.clone(),
            timestamp: event.happened_at.to_rfc3339(),
            data: event.data.clone(),
            state: event.state.as_str(),
            attempts: event.attempts,
            tried: event.tried_at.map(Timestamp::to_rfc3339),
            status: event.status,
            error: event.error.clone(),
            expires: event.expires_at.to_rfc3339(),
            ended: event.ended_at.map(Timestamp::to_rfc3339),
        }
    }
}

/// A page of what a webhook was told, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WebhookEventList {
    events: Vec<WebhookEvent>,
    /// What to give as `cursor` for the next page; null on the last.
    next: Option<String>,
}

fn answer(status: u16, value: &impl Serialize) -> Result<Answer> {
    Ok(Answer { status, body: serde_json::to_value(value).map_err(Error::internal)? })
}

fn address(call: &Call, url: &str) -> Result<Secret> {
    receiver(url, &call.web.config.net.allow)
}

/// Lists the caller's webhooks, and what they can be told of.
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "webhooks", operation_id = "list_webhooks",
    responses((status = 200, description = "All of them.", body = WebhookList),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn list(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::WebhooksRead).await?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        let all = webhooks::list(cx, &who)?;
        Ok(all.iter().map(|one| Webhook::of(one, cx.now)).collect())
    });
    call::json(200, &WebhookList { webhooks: read.await?, kinds: webhooks::all_kinds().collect() })
}

/// Adds a webhook. What it is signed with is shown this once.
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "webhooks", operation_id = "add_webhook",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = NewWebhook,
    responses((status = 201, description = "The webhook and its secret; its address is in `Location`.", body = WebhookSecret),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 409, response = super::openapi::Refused),
        (status = 413, response = super::openapi::TooLarge), (status = 415, response = super::openapi::MediaType),
        (status = 422, response = super::openapi::Mismatch), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn add(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::WebhooksWrite).await?;
    let (given, hash) = call.json::<NewWebhook>().await?;
    let none = |_| Error::invalid("agent", "This is no agent of yours that is in use.");
    let agent: Option<AgentId> = given.agent.as_deref().map(|id| id.parse().map_err(none)).transpose()?;
    let new = webhooks::NewWebhook { url: address(&call, &given.url)?, kinds: given.kinds, agent };
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        let (one, secret) = webhooks::add(cx, who, &new)?;
        let made = WebhookSecret { webhook: Webhook::of(&one, cx.now), secret: secret.expose().to_owned() };
        answer(201, &made)
    };
    let still = |cx: &mut Cx<'_>, who: &Actor, answer: &Answer| {
        let id = answer.body.pointer("/webhook/id").and_then(serde_json::Value::as_str).unwrap_or_default();
        webhooks::webhook(cx, who, id.parse()?).map(drop)
    };
    let done = effect(&call, &bearer, hash, work, still).await?;
    done.created("/api/v1/webhooks", "/webhook/id")
}

/// Shows a webhook.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}", tag = "webhooks", operation_id = "show_webhook",
    params(("id" = String, Path, description = "The webhook.")),
    responses((status = 200, description = "The webhook.", body = Webhook),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn show(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::WebhooksRead).await?;
    let id: WebhookId = call.id("id")?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        webhooks::webhook(cx, &who, id).map(|one| Webhook::of(&one, cx.now))
    });
    call::json(200, &read.await?)
}

/// Changes a webhook: where it is, what it is told of, and whether it is. One that is `active` again goes on where it stopped.
#[utoipa::path(patch, path = "/api/v1/webhooks/{id}", tag = "webhooks", operation_id = "change_webhook",
    params(("id" = String, Path, description = "The webhook.")), request_body = WebhookChange,
    responses((status = 200, description = "The webhook, as it is now.", body = Webhook),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 413, response = super::openapi::TooLarge), (status = 415, response = super::openapi::MediaType),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn change(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::WebhooksWrite).await?;
    let id: WebhookId = call.id("id")?;
    let (given, _) = call.json::<WebhookChange>().await?;
    let is_active = match given.state.as_deref() {
        None => None,
        Some("active") => Some(true),
        Some("paused") => Some(false),
        Some(_) => return Err(Error::invalid("state", "This should be active or paused.")),
    };
    let url = given.url.as_deref().map(|url| address(&call, url)).transpose()?;
    let change = webhooks::Change { url, kinds: given.kinds, is_active };
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        webhooks::change(cx, &who, id, &change).map(|one| Webhook::of(&one, cx.now))
    });
    call::json(200, &write.await?)
}

/// Removes a webhook, with everything that it was told or is still to be told.
#[utoipa::path(delete, path = "/api/v1/webhooks/{id}", tag = "webhooks", operation_id = "remove_webhook",
    params(("id" = String, Path, description = "The webhook.")),
    responses((status = 204, description = "It is gone."),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn remove(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::WebhooksWrite).await?;
    let id: WebhookId = call.id("id")?;
    call.nothing().await?;
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        webhooks::remove(cx, &who, id)
    });
    write.await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Signs with a new secret, shown this once. For a day, events are signed with the one before as well.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/rotate", tag = "webhooks", operation_id = "rotate_webhook_secret",
    params(("id" = String, Path, description = "The webhook."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call a no-op for 24 hours.")),
    responses((status = 200, description = "The webhook and its new secret.", body = WebhookSecret),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 409, response = super::openapi::Refused),
        (status = 422, response = super::openapi::Mismatch), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn rotate(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::WebhooksWrite).await?;
    let id: WebhookId = call.id("id")?;
    call.nothing().await?;
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        let (one, secret) = webhooks::rotate(cx, who, id)?;
        let made = WebhookSecret { webhook: Webhook::of(&one, cx.now), secret: secret.expose().to_owned() };
        answer(200, &made)
    };
    effect(&call, &bearer, sha256(b""), work, still(id)).await?.into_response()
}

/// Asks again whether a kept answer is its caller's to read.
fn still(id: WebhookId) -> impl Fn(&mut Cx<'_>, &Actor, &Answer) -> Result<()> + Send + 'static {
    move |cx, who, _| webhooks::webhook(cx, who, id).map(drop)
}

/// Lists what a webhook was told, and what it is still to be told, newest first.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}/events", tag = "webhooks", operation_id = "list_webhook_events",
    params(("id" = String, Path, description = "The webhook."), PageQuery),
    responses((status = 200, description = "A page, of a hundred at most.", body = WebhookEventList),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn events(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::WebhooksRead).await?;
    let id: WebhookId = call.id("id")?;
    let query: PageQuery = call.query()?;
    let (limit, before) = (query.limit()?, query.after()?);
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        webhooks::events(cx, &who, id, before, limit)
    });
    let page = read.await?;
    let events = page.events.iter().map(WebhookEvent::of).collect();
    call::json(200, &WebhookEventList { events, next: page.next.map(|id| id.to_string()) })
}

/// Sends an event anew: under the same `webhook-id`, at a new `webhook-timestamp`.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/events/{event}/replay", tag = "webhooks", operation_id = "replay_webhook_event",
    params(("id" = String, Path, description = "The webhook."), ("event" = String, Path, description = "The event."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call a no-op for 24 hours.")),
    responses((status = 202, description = "The event; it waits to be sent.", body = WebhookEvent),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 409, response = super::openapi::Refused),
        (status = 422, response = super::openapi::Mismatch), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn replay(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::WebhooksWrite).await?;
    let (id, event): (WebhookId, WebhookEventId) = (call.id("id")?, call.id("event")?);
    call.nothing().await?;
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        answer(202, &WebhookEvent::of(&webhooks::replay(cx, who, id, event)?))
    };
    effect(&call, &bearer, sha256(b""), work, still(id)).await?.into_response()
}

/// Sends an event of type `webhook.test`, to see whether it arrives.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/test", tag = "webhooks", operation_id = "test_webhook",
    params(("id" = String, Path, description = "The webhook."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call a no-op for 24 hours.")),
    responses((status = 202, description = "The event; it waits to be sent.", body = WebhookEvent),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 409, response = super::openapi::Refused),
        (status = 422, response = super::openapi::Mismatch), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn test(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::WebhooksWrite).await?;
    let id: WebhookId = call.id("id")?;
    call.nothing().await?;
    let work =
        move |cx: &mut Cx<'_>, who: &Actor| answer(202, &WebhookEvent::of(&webhooks::test(cx, who, id)?));
    effect(&call, &bearer, sha256(b""), work, still(id)).await?.into_response()
}
