//! Public keys of agents over the API: what others seal parts of messages for.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::Scope;
use crate::base::error::Result;
use crate::base::id::AgentId;
use crate::messages::{self, NewPublicKey};
use crate::web::bearer::Bearer;
use crate::web::call::{self, Call};

/// A public key (RFC 7517, RFC 8037).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Jwk {
    /// `OKP`.
    kty: String,
    /// `X25519`.
    crv: String,
    /// Its name, which its owner gives it: of from 1 to 64 letters, digits and `-_.~`.
    kid: String,
    /// Its 32 bytes, base64url.
    x: String,
}

/// The public keys of an agent.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct JwkList {
    /// Those that count; at most five.
    keys: Vec<Jwk>,
}

impl JwkList {
    fn of(keys: Vec<messages::PublicKey>) -> Self {
        let key = |one: messages::PublicKey| {
            let NewPublicKey { kty, crv, kid, x } = one.jwk;
            Jwk { kty, crv, kid, x }
        };
        Self { keys: keys.into_iter().map(key).collect() }
    }
}

/// Publishes the keys of an agent of the caller's, in place of those that it had.
#[utoipa::path(put, path = "/api/v1/agents/{id}/public-keys", tag = "messages", operation_id = "publish_keys",
    params(("id" = String, Path, description = "The agent.")), request_body = JwkList,
    responses((status = 200, description = "The keys.", body = JwkList),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn publish(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::MessagesWrite).await?;
    let id: AgentId = call.id("id")?;
    let (given, _) = call.json::<JwkList>().await?;
    let key = |one: Jwk| NewPublicKey { kty: one.kty, crv: one.crv, kid: one.kid, x: one.x };
    let keys: Vec<NewPublicKey> = given.keys.into_iter().map(key).collect();
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        messages::publish(cx, &who, id, &keys)
    });
    call::json(200, &JwkList::of(write.await?))
}

/// The keys of an agent that count: for whoever reaches it.
#[utoipa::path(get, path = "/api/v1/agents/{id}/public-keys", tag = "messages", operation_id = "published_keys",
    params(("id" = String, Path, description = "The agent.")),
    responses((status = 200, description = "The keys.", body = JwkList),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 409, response = super::openapi::Refused),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn published(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::MessagesRead).await?;
    let id: AgentId = call.id("id")?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        messages::published(cx, &who, id)
    });
    call::json(200, &JwkList::of(read.await?))
}
