//! Agents over the API: the caller's own, built-in and programs, and the rooms and things of the house. Keys, presence
//! and lists of programs are in `registry.rs`.

use actix_web::HttpResponse;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::grants::{GivenConstraints, ShownConstraints};
use super::registry::{GivenRegistration, Registration};
use crate::accounts::Scope;
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::hours::Week;
use crate::base::id::AgentId;
use crate::base::time::Zone;
use crate::idempotency::Answer;
use crate::store::Cx;
use crate::web::bearer::Bearer;
use crate::web::body::Object;
use crate::web::call::{self, Call};
use crate::web::idempotency::{effect, still_seen};

/// A room or a thing to be added, or a program to be registered.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAgent {
    /// `resource` for a room or a thing, the default; `personal`, `service` or `room` for a program.
    kind: Option<String>,
    /// What people call it.
    #[schema(example = "Garden room")]
    name: String,
    /// Of a program: what it may, and how it is met; what is not given is as it is usual.
    registration: Option<GivenRegistration>,
    /// Of a room or thing: the IANA zone it is in; the house's, if not given.
    #[schema(example = "Europe/Paris")]
    time_zone: Option<String>,
    /// Seven lists of windows, Monday first: when it can be had; null: always.
    #[schema(value_type = Option<Vec<Vec<String>>>)]
    hours: Option<Week>,
    /// What its time may be taken for; if not given, anything of up to eight hours, a year ahead, without notice.
    #[schema(value_type = Option<GivenConstraints>)]
    rules: Option<Object<GivenConstraints>>,
}

/// What is to be another; what is not given stays.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::option_option, reason = "a field that is not given is not one that is null")]
pub(super) struct AgentChange {
    /// What people call it.
    name: Option<String>,
    /// Of a program: what it may, and how it is met; what is not given in it stays.
    registration: Option<GivenRegistration>,
    /// Of a room or thing: the IANA zone it is in.
    time_zone: Option<String>,
    /// When it can be had; null: always.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<Vec<String>>>)]
    hours: Option<Option<Week>>,
    /// What its time may be taken for; what is not given in it is as it is of a new one.
    #[schema(value_type = Option<GivenConstraints>)]
    rules: Option<Object<GivenConstraints>>,
}

/// A field that is given, be it null.
#[expect(clippy::option_option, reason = "a field that is not given is not one that is null")]
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// Who acts for a user, or for a room or thing.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Agent {
    /// Its id.
    #[schema(example = "agt_019d4b5ad0007d3c8f1e2a3b4c5d6e7f")]
    id: String,
    /// `builtin`: the house's own, for the caller; `resource`: a room or a thing; `personal`, `service`, `room`: a program.
    kind: &'static str,
    /// What it is called.
    name: String,
    /// Its IANA zone.
    time_zone: &'static str,
    /// When it can be had; null: always, and of the caller's own by the profile.
    #[schema(value_type = Option<Vec<Vec<String>>>)]
    hours: Option<Week>,
    /// What its time may be taken for; null of the caller's own: that is for grants to say.
    rules: Option<ShownConstraints>,
    /// `active` or `retired`.
    state: &'static str,
    /// Since when there is one.
    #[schema(format = DateTime)]
    created: String,
    /// Of a program: what it may, how it is met, and whether it is there.
    registration: Option<Registration>,
}

impl Agent {
    pub(super) fn of(seen: &agents::Seen, cx: &Cx<'_>) -> Self {
        let agent = seen.agent();
        let is_resource = agent.kind == agents::Kind::Resource;
        Self {
            id: agent.id.to_string(),
            kind: agent.kind.as_str(),
            name: agent.name.clone(),
            time_zone: agent.zone.name(),
            hours: agent.week.clone(),
            rules: is_resource.then(|| ShownConstraints::of(&agent.rules)),
            state: agent.state.as_str(),
            created: agent.created_at.to_rfc3339(),
            registration: match seen {
                agents::Seen::House(_) => None,
                agents::Seen::Program(one) => Some(Registration::of(one, cx)),
            },
        }
    }
}

/// The agents that the caller may know of.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AgentList {
    /// Their own first, then rooms and things by name.
    agents: Vec<Agent>,
}

fn shown(agent: &agents::Seen, status: u16, cx: &Cx<'_>) -> Result<Answer> {
    let body = serde_json::to_value(Agent::of(agent, cx)).map_err(Error::internal)?;
    Ok(Answer { status, body })
}

/// What is to be made, by its kind.
enum New {
    House(Box<agents::NewAgent>),
    Program(agents::NewRegistration),
}

impl New {
    fn of(given: NewAgent) -> Result<Self> {
        let kind = given.kind.as_deref().unwrap_or("resource");
        let kind = agents::Kind::parse(kind)
            .filter(|kind| *kind != agents::Kind::Builtin)
            .ok_or_else(|| Error::invalid("kind", "This should be resource, personal, service or room."))?;
        let is_of_a_room = given.time_zone.is_some() || given.hours.is_some() || given.rules.is_some();
        if kind.is_registered() {
            if is_of_a_room {
                return Err(only_rooms());
            }
            let registration = given.registration.unwrap_or_default();
            return registration.into_new(kind, given.name).map(Self::Program);
        }
        if given.registration.is_some() {
            return Err(only_programs());
        }
        Ok(Self::House(Box::new(agents::NewAgent {
            zone: zone(given.time_zone.as_ref())?,
            name: given.name,
            week: given.hours,
            rules: given.rules.map(|Object(rules)| rules.constraints(agents::open_rules())),
        })))
    }
}

/// What is to be another, by what is given.
enum Change {
    House(Box<agents::AgentChange>),
    Program(agents::RegistrationChange),
    /// Its name alone, whatever it is.
    Name(String),
}

impl Change {
    fn of(given: AgentChange) -> Result<Self> {
        let is_of_a_room = given.time_zone.is_some() || given.hours.is_some() || given.rules.is_some();
        match (given.registration, is_of_a_room) {
            (Some(_), true) => Err(only_rooms()),
            (Some(registration), false) => Ok(Self::Program(registration.into_change(given.name)?)),
            (None, false) if given.name.is_some() => Ok(Self::Name(given.name.unwrap_or_default())),
            (None, _) => Ok(Self::House(Box::new(agents::AgentChange {
                zone: zone(given.time_zone.as_ref())?,
                name: given.name,
                week: given.hours,
                rules: given.rules.map(|Object(rules)| rules.constraints(agents::open_rules())),
            }))),
        }
    }
}

/// What is wrong with a registration, by where that stands in the document: the room knows nothing of documents.
fn within(error: Error) -> Error {
    match error {
        Error::Invalid { field, message } if !["name", "kind"].contains(&field.as_ref()) => {
            Error::invalid(format!("registration.{field}"), message)
        }
        other => other,
    }
}

fn only_rooms() -> Error {
    Error::invalid(
        "registration",
        "A program has no zone, hours and rules of its own: its owner's profile and grants say that.",
    )
}

fn only_programs() -> Error {
    Error::invalid("registration", "Only a program is registered: of kind personal, service or room.")
}

fn zone(name: Option<&String>) -> Result<Option<Zone>> {
    let refused = || Error::invalid("time_zone", "This should be an IANA zone, like Europe/Paris.");
    name.map(|name| Zone::parse(name).ok_or_else(refused)).transpose()
}

/// Lists the caller's own agent, and the rooms and things of the house.
#[utoipa::path(get, path = "/api/v1/agents", tag = "agents", operation_id = "list_agents",
    responses((status = 200, description = "All of them.", body = AgentList),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn list(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::AgentsRead).await?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        let agents = agents::list(cx, &who)?;
        Ok(AgentList { agents: agents.iter().map(|seen| Agent::of(seen, cx)).collect() })
    });
    call::json(200, &read.await?)
}

/// Shows an agent.
#[utoipa::path(get, path = "/api/v1/agents/{id}", tag = "agents", operation_id = "show_agent",
    params(("id" = String, Path, description = "The agent.")),
    responses((status = 200, description = "The agent.", body = Agent),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn show(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::AgentsRead).await?;
    let id: AgentId = call.id("id")?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        agents::get(cx, &who, id).map(|seen| Agent::of(&seen, cx))
    });
    call::json(200, &read.await?)
}

/// Adds a room or a thing, which administrators may, or registers a program of the caller's.
#[utoipa::path(post, path = "/api/v1/agents", tag = "agents", operation_id = "add_agent",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = NewAgent,
    responses((status = 201, description = "The agent; its address is in `Location`.", body = Agent),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 409, response = super::openapi::Refused),
        (status = 413, response = super::openapi::TooLarge), (status = 415, response = super::openapi::MediaType),
        (status = 422, response = super::openapi::Mismatch), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn add(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::AgentsWrite).await?;
    let (new, hash) = call.json::<NewAgent>().await?;
    let new = New::of(new)?;
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        let added = match &new {
            New::House(new) => agents::Seen::House(agents::add(cx, who, new)?),
            New::Program(new) => agents::Seen::Program(agents::register(cx, who, new).map_err(within)?),
        };
        shown(&added, 201, cx)
    };
    let done = effect(&call, &bearer, hash, work, still_seen(agents::get)).await?;
    done.created("/api/v1/agents", "/id")
}

/// Changes a room or a thing, which administrators may, or a program of the caller's.
#[utoipa::path(patch, path = "/api/v1/agents/{id}", tag = "agents", operation_id = "change_agent",
    params(("id" = String, Path, description = "The agent.")), request_body = AgentChange,
    responses((status = 200, description = "The agent, as it is now.", body = Agent),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn change(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::AgentsWrite).await?;
    let id: AgentId = call.id("id")?;
    let (given, _) = call.json::<AgentChange>().await?;
    let change = Change::of(given)?;
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        let seen = match &change {
            Change::House(change) => agents::Seen::House(agents::change(cx, &who, id, change)?),
            Change::Program(change) => {
                agents::Seen::Program(agents::reregister(cx, &who, id, change).map_err(within)?)
            }
            Change::Name(name) => agents::rename(cx, &who, id, name)?,
        };
        Ok(Agent::of(&seen, cx))
    });
    call::json(200, &write.await?)
}

/// Retires a room or a thing, which administrators may: its time is not offered any more, and its calendars are not read.
/// Or a program of the caller's: its keys are taken back, and the built-in agent plays again.
#[utoipa::path(delete, path = "/api/v1/agents/{id}", tag = "agents", operation_id = "retire_agent",
    params(("id" = String, Path, description = "The agent.")),
    responses((status = 200, description = "The agent, retired.", body = Agent),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 409, response = super::openapi::Refused),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn retire(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::AgentsWrite).await?;
    let id: AgentId = call.id("id")?;
    call.nothing().await?;
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        agents::end(cx, &who, id).map(|seen| Agent::of(&seen, cx))
    });
    call::json(200, &write.await?)
}
