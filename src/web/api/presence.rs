//! Signs of life over the API: whether a program is there, and that it is.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::Scope;
use crate::agents::{self, Claimed};
use crate::base::error::{Error, Result};
use crate::base::id::AgentId;
use crate::sessions::conversation;
use crate::store::Cx;
use crate::web::bearer::Bearer;
use crate::web::call::{self, Call};

/// A sign of life.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Heartbeat {
    /// `online`, `busy` or `away`; `online`, if not given.
    status: Option<String>,
}

/// Whether an agent is there.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Lease {
    /// `online`, `busy`, `away` or `offline`.
    presence: &'static str,
    /// Until when it counts as there without another sign of life.
    #[schema(format = DateTime)]
    until: String,
    /// How often it should give one, in seconds.
    heartbeat_seconds: i64,
}

fn present(one: &agents::Registered, cx: &Cx<'_>) -> Lease {
    Lease {
        presence: one.presence(cx.house(), cx.now).as_str(),
        until: one.lease_until.to_rfc3339(),
        heartbeat_seconds: cx.house().agent_heartbeat_ms / 1_000,
    }
}

/// A sign of life, by any token of the program itself or by its owner's.
#[utoipa::path(post, path = "/api/v1/agents/{id}/heartbeat", tag = "agents", operation_id = "heartbeat",
    params(("id" = String, Path, description = "The agent.")), request_body = Heartbeat,
    responses((status = 200, description = "How it stands now.", body = Lease),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn heartbeat(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of_agent_or(&call, Scope::AgentsWrite).await?;
    let id: AgentId = call.id("id")?;
    let (given, _) = call.json::<Heartbeat>().await?;
    let claimed = Claimed::parse(given.status.as_deref().unwrap_or("online"))
        .ok_or_else(|| Error::invalid("status", "This should be online, busy or away."))?;
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        let before = agents::presence(cx, id)?;
        let one = agents::beat(cx, &who, id, claimed)?;
        let presence = one.presence(cx.house(), cx.now);
        // What others know already is not told again.
        let company = if Some(presence) == before { None } else { Some(conversation::company(cx, id)?) };
        Ok((present(&one, cx), presence, company))
    });
    let (lease, presence, company) = write.await?;
    if let Some(company) = company {
        call.web.state.live.tell_status(id, presence, &company);
    }
    call::json(200, &lease)
}

/// Whether a program of the caller's is there.
#[utoipa::path(get, path = "/api/v1/agents/{id}/presence", tag = "agents", operation_id = "agent_presence",
    params(("id" = String, Path, description = "The agent.")),
    responses((status = 200, description = "How it stands.", body = Lease),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn presence(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::AgentsRead).await?;
    let id: AgentId = call.id("id")?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        agents::registered(cx, &who, id).map(|one| present(&one, cx))
    });
    call::json(200, &read.await?)
}
