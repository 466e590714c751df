//! Programs as agents over the API: registered, proven, there or not, trusted and blocked, and found by others.

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::accounts::Scope;
use crate::agents::{self, Kind, Relation};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, AgentKeyId};
use crate::base::time::Timestamp;
use crate::idempotency::Answer;
use crate::store::Cx;
use crate::web::bearer::Bearer;
use crate::web::call::{self, Call};
use crate::web::idempotency::effect;

/// How long others may keep the house's public keys, in seconds.
const KEY_SET_SECONDS: u32 = 300;

/// What a program may, and how it is met.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenRegistration {
    /// What it is for, in a line.
    about: Option<String>,
    /// Of kind `room`: the room or thing that it answers for, `agt_…`. It stays so.
    resource: Option<String>,
    /// What it may.
    #[schema(value_type = Option<Capabilities>)]
    capabilities: Option<agents::CapabilitiesChange>,
    /// How it likes to be met.
    #[schema(value_type = Option<Preferences>)]
    preferences: Option<agents::PreferencesChange>,
    /// Whether another agent may write to it; true, if not given.
    direct: Option<bool>,
    /// Whether it may be asked as one of a group; true, if not given.
    group: Option<bool>,
    /// Whether it can be found; false, if not given.
    discoverable: Option<bool>,
}

impl GivenRegistration {
    /// As a program to be registered.
    pub(super) fn into_new(self, kind: Kind, name: String) -> Result<agents::NewRegistration> {
        let resource = self.resource.map(|id| {
            id.parse::<AgentId>()
                .map_err(|_| Error::invalid("registration.resource", "There is no such room or thing."))
        });
        let usual = agents::NewRegistration::of(kind, name);
        Ok(agents::NewRegistration {
            about: self.about.unwrap_or_default(),
            resource: resource.transpose()?,
            capabilities: self.capabilities.unwrap_or_default().over(usual.capabilities),
            preferences: self.preferences.unwrap_or_default().over(usual.preferences),
            is_direct: self.direct.unwrap_or(usual.is_direct),
            is_group: self.group.unwrap_or(usual.is_group),
            is_discoverable: self.discoverable.unwrap_or(usual.is_discoverable),
            ..usual
        })
    }

    /// As a change.
    pub(super) fn into_change(self, name: Option<String>) -> Result<agents::RegistrationChange> {
        if self.resource.is_some() {
            return Err(Error::invalid(
                "registration.resource",
                "What it answers for stays: register another one.",
            ));
        }
        Ok(agents::RegistrationChange {
            name,
            about: self.about,
            capabilities: self.capabilities,
            preferences: self.preferences,
            is_direct: self.direct,
            is_group: self.group,
            is_discoverable: self.discoverable,
        })
    }
}

/// What an owner lets a program do at all, whatever its keys say.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Capabilities {
    /// Play in sessions.
    schedule: bool,
    /// See busy time, and look for times.
    calendar: bool,
    /// Make, move and cancel meetings by itself.
    reserve: bool,
    /// In how many conversations it can be at once; 0: in as many as is usual in the house.
    conversations_max: u32,
}

impl Capabilities {
    fn of(one: agents::Capabilities) -> Self {
        Self {
            schedule: one.schedule,
            calendar: one.calendar,
            reserve: one.reserve,
            conversations_max: one.conversations_max,
        }
    }
}

/// How a program likes to be met.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Preferences {
    /// How it writes, in a line.
    style: String,
    /// Who reaches it: `strict` those it trusts, `moderate` the connected as well, `open` everybody of the house.
    #[schema(value_type = String)]
    privacy: agents::Privacy,
    /// After how many minutes the built-in agent answers in a session where this one has not; null: never.
    stand_in_minutes: Option<u32>,
}

/// A registration as its owner sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Registration {
    /// What it is found by.
    #[schema(example = "maya-k3x9q")]
    handle: String,
    /// What it is for.
    about: String,
    /// The room or thing that it answers for.
    resource: Option<String>,
    capabilities: Capabilities,
    preferences: Preferences,
    /// Whether another agent may write to it.
    direct: bool,
    /// Whether it may be asked as one of a group.
    group: bool,
    /// Whether it can be found.
    discoverable: bool,
    /// `online`, `busy`, `away` or `offline`.
    presence: &'static str,
    /// When it last gave a sign of life.
    #[schema(format = DateTime)]
    active: Option<String>,
}

impl Registration {
    pub(super) fn of(one: &agents::Registered, cx: &Cx<'_>) -> Self {
        Self {
            handle: one.handle.clone(),
            about: one.about.clone(),
            resource: one.resource.map(|id| id.to_string()),
            capabilities: Capabilities::of(one.capabilities),
            preferences: Preferences {
                style: one.preferences.style.clone(),
                privacy: one.preferences.privacy,
                stand_in_minutes: one.preferences.stand_in_minutes,
            },
            direct: one.is_direct,
            group: one.is_group,
            discoverable: one.is_discoverable,
            presence: one.presence(cx.house(), cx.now).as_str(),
            active: one.active_at.map(Timestamp::to_rfc3339),
        }
    }
}

/// A key to be made.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewKey {
    /// What its owner calls it.
    name: String,
    /// What it may be used for: scopes of an API token, but for `admin`, `profile.write`, `agents.write`,
    /// `calendar.write`, `connections.write`, `webhooks.read` and `webhooks.write`.
    #[schema(example = json!(["sessions.read", "sessions.write"]))]
    scopes: Vec<String>,
}

/// A key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Key {
    /// Its id.
    id: String,
    /// What its owner calls it.
    name: String,
    /// What it may be used for, as far as capabilities leave it.
    scopes: Vec<&'static str>,
    /// Since when there is one.
    #[schema(format = DateTime)]
    created: String,
    /// When it was last exchanged, to the day.
    #[schema(format = DateTime)]
    used: Option<String>,
    /// Since when it may no longer.
    #[schema(format = DateTime)]
    revoked: Option<String>,
}

impl Key {
    fn of(key: &agents::Key) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name.clone(),
            scopes: key.scopes.iter().map(|scope| scope.as_str()).collect(),
            created: key.created_at.to_rfc3339(),
            used: key.used_at.map(Timestamp::to_rfc3339),
            revoked: key.revoked_at.map(Timestamp::to_rfc3339),
        }
    }
}

/// A key that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MadeKey {
    /// The key.
    key: Key,
    /// Its secret, shown this once.
    secret: String,
}

/// The keys of an agent, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeyList {
    keys: Vec<Key>,
}

/// For what a key is exchanged.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Exchange {
    /// Fewer scopes than the key has; all that it may, if not given.
    scopes: Option<Vec<String>>,
}

/// A token for a while (RFC 6749, 5.1).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IssuedToken {
    /// The token: a JWT (RFC 9068) that the house signed.
    access_token: String,
    /// `Bearer`.
    token_type: &'static str,
    /// How long it is good, in seconds.
    expires_in: i64,
    /// What it may be used for, with spaces between.
    scope: String,
}

/// The keys that the house signs with (RFC 7517).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeySet {
    /// The newest first.
    #[schema(value_type = Vec<std::collections::BTreeMap<String, String>>)]
    keys: Vec<agents::PublicKey>,
}

/// What an agent thinks of another.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenRelation {
    /// `trusted` or `blocked`.
    relation: String,
}

/// One entry of an agent's lists.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ShownRelation {
    /// The other agent.
    agent: String,
    /// `trusted` or `blocked`.
    relation: &'static str,
}

/// An agent's lists.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RelationList {
    relations: Vec<ShownRelation>,
}

/// Which agent is looked for.
#[derive(Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct HandleQuery {
    /// Its handle.
    handle: String,
    /// `online`, `busy`, `away` or `offline`: found as long as it is so; however it is, if not given.
    presence: Option<String>,
}

/// Which agents are listed.
#[derive(Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PresenceQuery {
    /// `online`, `busy`, `away` or `offline`: those that are so; all, if not given.
    presence: Option<String>,
}

impl PresenceQuery {
    /// How those should be that are listed; `None`: anyhow.
    pub(super) fn wanted(&self) -> Result<Option<agents::Presence>> {
        wanted(self.presence.as_deref())
    }
}

fn wanted(presence: Option<&str>) -> Result<Option<agents::Presence>> {
    let unknown = || Error::invalid("presence", "This should be online, busy, away or offline.");
    presence.map(|word| agents::Presence::parse(word).ok_or_else(unknown)).transpose()
}

/// What others see of an agent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Face {
    /// Its id.
    id: String,
    /// What it is found by.
    handle: String,
    /// `personal`, `service` or `room`.
    kind: &'static str,
    /// What it is called.
    name: String,
    /// What it is for.
    about: String,
    /// How it writes.
    style: String,
    capabilities: Capabilities,
    /// `online`, `busy`, `away` or `offline`.
    presence: &'static str,
}

impl Face {
    fn of(face: &agents::Face) -> Self {
        Self {
            id: face.id.to_string(),
            handle: face.handle.clone(),
            kind: face.kind.as_str(),
            name: face.name.clone(),
            about: face.about.clone(),
            style: face.style.clone(),
            capabilities: Capabilities::of(face.capabilities),
            presence: face.presence.as_str(),
        }
    }
}

/// Agents, by name.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FaceList {
    agents: Vec<Face>,
}

impl FaceList {
    pub(super) fn of(faces: &[agents::Face]) -> Self {
        Self { agents: faces.iter().map(Face::of).collect() }
    }
}

fn scopes(given: &[String]) -> Result<Vec<Scope>> {
    let known = || Scope::ALL.into_iter().filter(|scope| agents::is_for_agents(*scope)).map(Scope::as_str);
    let scope = |(at, word): (usize, &String)| {
        Scope::parse(word).ok_or_else(|| {
            let known = known().collect::<Vec<_>>().join(", ");
            Error::invalid(
                format!("scopes[{at}]"),
                format!("This is no scope for programs; those are: {known}."),
            )
        })
    };
    given.iter().enumerate().map(scope).collect()
}

/// Makes a key for a program of the caller's, for no more than the caller's own token may be used for. Its secret is shown this once.
#[utoipa::path(post, path = "/api/v1/agents/{id}/keys", tag = "agents", operation_id = "make_agent_key",
    params(("id" = String, Path, description = "The agent."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = NewKey,
    responses((status = 201, description = "The key and its secret.", body = MadeKey),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 422, response = super::openapi::Mismatch),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn make_key(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::AgentsWrite).await?;
    let id: AgentId = call.id("id")?;
    let (given, hash) = call.json::<NewKey>().await?;
    let scopes = scopes(&given.scopes)?;
    let own = bearer.clone();
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        let (key, secret) = agents::make_key(cx, who, id, &given.name, &scopes)?;
        own.gives(cx, &scopes)?;
        let made = MadeKey { key: Key::of(&key), secret: secret.expose().to_owned() };
        Ok(Answer { status: 201, body: serde_json::to_value(made).map_err(Error::internal)? })
    };
    let still = move |cx: &mut Cx<'_>, who: &Actor, _: &Answer| agents::registered(cx, who, id).map(drop);
    effect(&call, &bearer, hash, work, still).await?.into_response()
}

/// Lists the keys of a program.
#[utoipa::path(get, path = "/api/v1/agents/{id}/keys", tag = "agents", operation_id = "list_agent_keys",
    params(("id" = String, Path, description = "The agent.")),
    responses((status = 200, description = "The keys, without their secrets.", body = KeyList),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn keys(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::AgentsRead).await?;
    let id: AgentId = call.id("id")?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        agents::keys(cx, &who, id)
    });
    call::json(200, &KeyList { keys: read.await?.iter().map(Key::of).collect() })
}

/// Takes a key back, at once, with every token that it was exchanged for.
#[utoipa::path(delete, path = "/api/v1/agents/{id}/keys/{key}", tag = "agents", operation_id = "revoke_agent_key",
    params(("id" = String, Path, description = "The agent."), ("key" = String, Path, description = "The key.")),
    responses((status = 204, description = "It may no longer be used."),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn revoke_key(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::AgentsWrite).await?;
    let (id, key): (AgentId, AgentKeyId) = (call.id("id")?, call.id("key")?);
    call.nothing().await?;
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        agents::revoke_key(cx, &who, id, key)
    });
    write.await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Exchanges a key, sent as the bearer token of this call, for a token that is good for some minutes.
#[utoipa::path(post, path = "/api/v1/agents/token", tag = "agents", operation_id = "exchange_agent_key",
    request_body = Exchange,
    responses((status = 200, description = "The token.", body = IssuedToken),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 413, response = super::openapi::TooLarge), (status = 415, response = super::openapi::MediaType),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn exchange(mut call: Call) -> Result<HttpResponse> {
    let key = call.token()?;
    let (given, _) = call.json::<Exchange>().await?;
    let wanted = given.scopes.as_deref().map(scopes).transpose()?;
    let issued = call.web.store.write(move |cx| agents::exchange(cx, &key, wanted.as_deref())).await?;
    let words: Vec<_> = issued.scopes.iter().map(|scope| scope.as_str()).collect();
    call::json(
        200,
        &IssuedToken {
            access_token: issued.token.expose().to_owned(),
            token_type: "Bearer",
            expires_in: issued.expires_in,
            scope: words.join(" "),
        },
    )
}

/// The public keys that tokens of agents are signed with (RFC 7517).
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "agents", operation_id = "key_set", security(),
    responses((status = 200, description = "The keys.", body = KeySet), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn key_set(call: Call) -> Result<HttpResponse> {
    let keys = call.web.store.read(|cx| agents::public_keys(cx)).await?;
    let body = serde_json::to_vec(&KeySet { keys }).map_err(Error::internal)?;
    Ok(HttpResponse::Ok()
        .content_type("application/jwk-set+json")
        .insert_header((CACHE_CONTROL, format!("public, max-age={KEY_SET_SECONDS}")))
        .body(body))
}

/// Whom a program of the caller's trusts, and whom it wants nothing of.
#[utoipa::path(get, path = "/api/v1/agents/{id}/relations", tag = "agents", operation_id = "agent_relations",
    params(("id" = String, Path, description = "The agent.")),
    responses((status = 200, description = "Its lists.", body = RelationList),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn relations(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::AgentsRead).await?;
    let id: AgentId = call.id("id")?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        agents::relations(cx, &who, id)
    });
    let shown = |(agent, relation): (AgentId, Relation)| ShownRelation {
        agent: agent.to_string(),
        relation: relation.as_str(),
    };
    call::json(200, &RelationList { relations: read.await?.into_iter().map(shown).collect() })
}

/// Trusts or blocks another agent. One that there is not is taken like any other.
#[utoipa::path(put, path = "/api/v1/agents/{id}/relations/{other}", tag = "agents", operation_id = "relate_agent",
    params(("id" = String, Path, description = "The agent."), ("other" = String, Path, description = "The other.")),
    request_body = GivenRelation,
    responses((status = 204, description = "It is on the list."),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn relate(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::AgentsWrite).await?;
    let (id, other): (AgentId, AgentId) = (call.id("id")?, call.id("other")?);
    let (given, _) = call.json::<GivenRelation>().await?;
    let relation = Relation::parse(&given.relation)
        .ok_or_else(|| Error::invalid("relation", "This should be trusted or blocked."))?;
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        agents::relate(cx, &who, id, other, relation)
    });
    write.await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Takes another agent off the lists.
#[utoipa::path(delete, path = "/api/v1/agents/{id}/relations/{other}", tag = "agents", operation_id = "unrelate_agent",
    params(("id" = String, Path, description = "The agent."), ("other" = String, Path, description = "The other.")),
    responses((status = 204, description = "It is on no list."),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn unrelate(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::AgentsWrite).await?;
    let (id, other): (AgentId, AgentId) = (call.id("id")?, call.id("other")?);
    call.nothing().await?;
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        agents::unrelate(cx, &who, id, other)
    });
    write.await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Finds an agent by its handle: one that wants to be found, and that an agent of the caller's reaches.
#[utoipa::path(get, path = "/api/v1/agents/found", tag = "agents", operation_id = "find_agent", params(HandleQuery),
    responses((status = 200, description = "The agent.", body = Face),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn found(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::AgentsRead).await?;
    let query: HandleQuery = call.query()?;
    let presence = wanted(query.presence.as_deref())?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        agents::find(cx, &who, &query.handle, presence)
    });
    call::json(200, &Face::of(&read.await?))
}

/// Lists the agents of people who share something with the caller, of those that want to be found.
#[utoipa::path(get, path = "/api/v1/agents/sharing", tag = "agents", operation_id = "sharing_agents", params(PresenceQuery),
    responses((status = 200, description = "The agents, by name.", body = FaceList),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn sharing(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::AgentsRead).await?;
    let presence = call.query::<PresenceQuery>()?.wanted()?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        agents::sharing(cx, &who, presence)
    });
    call::json(200, &FaceList::of(&read.await?))
}
