//! What a program takes, over the API: types of tasks, each with the schema of what it is sent.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::accounts::Scope;
use crate::base::error::Result;
use crate::base::id::AgentId;
use crate::base::time::Timestamp;
use crate::tasks::{self, TaskType};
use crate::web::bearer::Bearer;
use crate::web::call::{self, Call};

/// A type to be declared.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTaskType {
    /// What it is for, in a line.
    #[serde(default)]
    about: String,
    /// What it is sent: a JSON Schema (2020-12) of the words type, properties, required, additionalProperties, items, enum,
    /// const, minimum, maximum, minLength, maxLength, minItems, maxItems and format. Any other is refused.
    #[schema(value_type = Object, example = json!({ "type": "object", "required": ["text"], "properties": { "text": { "type": "string" } } }))]
    payload: Value,
    /// What comes of it, likewise; anything, if not given.
    #[schema(value_type = Option<Object>)]
    result: Option<Value>,
}

/// A type of tasks.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ShownType {
    /// What it is called.
    name: String,
    /// What it is for.
    about: String,
    /// What it is sent.
    #[schema(value_type = Object)]
    payload: Value,
    /// What comes of it; null: anything.
    #[schema(value_type = Option<Object>)]
    result: Option<Value>,
    /// Since when there is one; null: the house's own.
    #[schema(format = DateTime)]
    created: Option<String>,
}

impl ShownType {
    fn of(one: &TaskType) -> Self {
        Self {
            name: one.name.clone(),
            about: one.about.clone(),
            payload: one.payload.value().clone(),
            result: one.result.as_ref().map(|schema| schema.value().clone()),
            created: one.created_at.map(Timestamp::to_rfc3339),
        }
    }
}

/// What a program takes.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TypeList {
    /// What it declared, by name.
    types: Vec<ShownType>,
    /// What everybody can be asked besides, with or without a program.
    house: Vec<ShownType>,
}

/// Declares a type of tasks that a program of the caller's takes, or itself; what there was of this name is replaced.
#[utoipa::path(put, path = "/api/v1/agents/{id}/task-types/{name}", tag = "tasks", operation_id = "declare_task_type",
    params(("id" = String, Path, description = "The program."), ("name" = String, Path, description = "What the type is called.")),
    request_body = NewTaskType,
    responses((status = 200, description = "The type, as it is now.", body = ShownType),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn declare(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of_agent_or(&call, Scope::AgentsWrite).await?.and_of_agents(Scope::TasksWrite);
    let id: AgentId = call.id("id")?;
    let name = call.request.match_info().get("name").unwrap_or_default().to_owned();
    let (given, _) = call.json::<NewTaskType>().await?;
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        let new = tasks::NewType {
            about: given.about.clone(),
            payload: given.payload.clone(),
            result: given.result.clone(),
        };
        tasks::declare(cx, &who, id, &name, &new).map(|one| ShownType::of(&one))
    });
    call::json(200, &write.await?)
}

/// Lists what a program takes, for whoever reaches it.
#[utoipa::path(get, path = "/api/v1/agents/{id}/task-types", tag = "tasks", operation_id = "list_task_types",
    params(("id" = String, Path, description = "The program.")),
    responses((status = 200, description = "The types.", body = TypeList),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn list(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::AgentsRead).await?;
    let id: AgentId = call.id("id")?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        let types = tasks::types(cx, &who, id)?;
        let shown = |all: &[TaskType]| all.iter().map(ShownType::of).collect();
        Ok(TypeList { types: shown(&types), house: shown(&tasks::of_house()?) })
    });
    call::json(200, &read.await?)
}

/// A program takes tasks of this type no more; those that there are go on.
#[utoipa::path(delete, path = "/api/v1/agents/{id}/task-types/{name}", tag = "tasks", operation_id = "withdraw_task_type",
    params(("id" = String, Path, description = "The program."), ("name" = String, Path, description = "What the type is called.")),
    responses((status = 204, description = "It takes none of this type any more."),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn withdraw(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of_agent_or(&call, Scope::AgentsWrite).await?.and_of_agents(Scope::TasksWrite);
    let id: AgentId = call.id("id")?;
    let name = call.request.match_info().get("name").unwrap_or_default().to_owned();
    call.nothing().await?;
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        tasks::withdraw(cx, &who, id, &name)
    });
    write.await?;
    Ok(HttpResponse::NoContent().finish())
}
