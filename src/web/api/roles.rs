//! Roles over the API: named groups of users, which administrators fill.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::Scope;
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{RoleId, UserId};
use crate::idempotency::Answer;
use crate::store::Cx;
use crate::web::bearer::Bearer;
use crate::web::call::{self, Call};
use crate::web::idempotency::effect;

/// A role to be added.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRole {
    /// What it is called.
    #[schema(example = "Front desk")]
    name: String,
    /// What it is for.
    #[serde(default)]
    about: String,
}

/// What is to be another; what is not given stays.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleChange {
    /// What it is called.
    name: Option<String>,
    /// What it is for.
    about: Option<String>,
}

/// Who belongs to a role, all of them.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Members {
    /// Users, `usr_…`.
    members: Vec<String>,
}

/// A named group of users.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Role {
    /// Its id.
    id: String,
    /// What it is called.
    name: String,
    /// What it is for.
    about: String,
    /// How many belong to it.
    size: usize,
    /// Whether the caller does.
    mine: bool,
    /// Who belongs to it; for administrators.
    members: Option<Vec<String>>,
    /// Since when there is one.
    #[schema(format = DateTime)]
    created: String,
}

impl Role {
    fn of(role: &agents::Role, who: &Actor) -> Self {
        Self {
            id: role.id.to_string(),
            name: role.name.clone(),
            about: role.about.clone(),
            size: role.members.len(),
            mine: who.user().is_some_and(|user| role.members.contains(&user)),
            members: who.is_admin().then(|| role.members.iter().map(ToString::to_string).collect()),
            created: role.created_at.to_rfc3339(),
        }
    }
}

/// All roles, by name.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RoleList {
    roles: Vec<Role>,
}

/// Lists the roles of the house.
#[utoipa::path(get, path = "/api/v1/roles", tag = "roles", operation_id = "list_roles",
    responses((status = 200, description = "The roles.", body = RoleList),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn list(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::AgentsRead).await?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        let roles = agents::roles(cx, &who)?;
        Ok(RoleList { roles: roles.iter().map(|role| Role::of(role, &who)).collect() })
    });
    call::json(200, &read.await?)
}

/// Adds a role with nobody in it. Administrators only.
#[utoipa::path(post, path = "/api/v1/roles", tag = "roles", operation_id = "add_role",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = NewRole,
    responses((status = 201, description = "The role; its address is in `Location`.", body = Role),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 409, response = super::openapi::Refused),
        (status = 413, response = super::openapi::TooLarge), (status = 415, response = super::openapi::MediaType),
        (status = 422, response = super::openapi::Mismatch), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn add(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::AgentsWrite).await?;
    let (given, hash) = call.json::<NewRole>().await?;
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        let role = Role::of(&agents::add_role(cx, who, &given.name, &given.about)?, who);
        Ok(Answer { status: 201, body: serde_json::to_value(role).map_err(Error::internal)? })
    };
    let still = |cx: &mut Cx<'_>, who: &Actor, _: &Answer| agents::may_fill(cx, who);
    let done = effect(&call, &bearer, hash, work, still).await?;
    done.created("/api/v1/roles", "/id")
}

/// Shows a role.
#[utoipa::path(get, path = "/api/v1/roles/{id}", tag = "roles", operation_id = "show_role",
    params(("id" = String, Path, description = "The role.")),
    responses((status = 200, description = "The role.", body = Role),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn show(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::AgentsRead).await?;
    let id: RoleId = call.id("id")?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        agents::role(cx, &who, id).map(|role| Role::of(&role, &who))
    });
    call::json(200, &read.await?)
}

/// Calls a role something else. Administrators only.
#[utoipa::path(patch, path = "/api/v1/roles/{id}", tag = "roles", operation_id = "change_role",
    params(("id" = String, Path, description = "The role.")), request_body = RoleChange,
    responses((status = 200, description = "The role, as it is now.", body = Role),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn change(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::AgentsWrite).await?;
    let id: RoleId = call.id("id")?;
    let (given, _) = call.json::<RoleChange>().await?;
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        let role = agents::change_role(cx, &who, id, given.name.as_deref(), given.about.as_deref())?;
        Ok(Role::of(&role, &who))
    });
    call::json(200, &write.await?)
}

/// Says who belongs to a role, all of them. Administrators only.
#[utoipa::path(put, path = "/api/v1/roles/{id}/members", tag = "roles", operation_id = "fill_role",
    params(("id" = String, Path, description = "The role.")), request_body = Members,
    responses((status = 200, description = "The role, as it is now.", body = Role),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 413, response = super::openapi::TooLarge), (status = 415, response = super::openapi::MediaType),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn fill(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::AgentsWrite).await?;
    let id: RoleId = call.id("id")?;
    let (given, _) = call.json::<Members>().await?;
    let member = |(at, id): (usize, &String)| {
        let field = format!("members[{at}]");
        id.parse::<UserId>().map_err(|_| Error::invalid(field, "There is no such user."))
    };
    let members = given.members.iter().enumerate().map(member).collect::<Result<Vec<_>>>()?;
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        agents::set_members(cx, &who, id, &members).map(|role| Role::of(&role, &who))
    });
    call::json(200, &write.await?)
}

/// Lists the agents that can be asked as a group, of the users of a role: of those that want to be found, and that the
/// caller's reach.
#[utoipa::path(get, path = "/api/v1/roles/{id}/agents", tag = "roles", operation_id = "role_agents",
    params(("id" = String, Path, description = "The role."), super::registry::PresenceQuery),
    responses((status = 200, description = "The agents, by name.", body = super::registry::FaceList),
        (status = 400, response = super::openapi::Invalid),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn agents_of(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::AgentsRead).await?;
    let id: RoleId = call.id("id")?;
    let presence = call.query::<super::registry::PresenceQuery>()?.wanted()?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        agents::in_role(cx, &who, id, presence)
    });
    call::json(200, &super::registry::FaceList::of(&read.await?))
}

/// Takes a role away. Administrators only.
#[utoipa::path(delete, path = "/api/v1/roles/{id}", tag = "roles", operation_id = "remove_role",
    params(("id" = String, Path, description = "The role.")),
    responses((status = 204, description = "There is no such role any more."),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn remove(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::AgentsWrite).await?;
    let id: RoleId = call.id("id")?;
    call.nothing().await?;
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        agents::remove_role(cx, &who, id)
    });
    write.await?;
    Ok(HttpResponse::NoContent().finish())
}
