//! A session of any kind over the API: what it is for, what is kept beside it, and the ends that its kind knows.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::accounts::Scope;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::SessionId;
use crate::base::time::Timestamp;
use crate::groups;
use crate::sessions::any::{self, Any, Kind};
use crate::sessions::{self, Message, Phase, conversation};
use crate::store::Cx;
use crate::tasks::{self, Step};
use crate::web::bearer::Bearer;
use crate::web::call::{self, Call};

/// What is to be another; what is not given stays.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SessionChange {
    /// What it is for. Only whoever began it says so.
    purpose: Option<String>,
    /// What is kept beside it: an object of 4 KiB at most, of whoever began it.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Value>,
    /// `cancelled` ends a scheduling session and takes a task or a group decision back, `completed` closes a conversation or a
    /// group decision; how it stands already changes nothing.
    phase: Option<String>,
}

/// What a session of every kind has.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AnySession {
    /// Its id.
    id: String,
    /// `scheduling`, `conversation`, `task` or `group`.
    kind: &'static str,
    /// `pending`, `active`, `completed`, `failed`, `cancelled` or `expired`.
    phase: &'static str,
    /// How it stands, in its kind's words.
    state: String,
    /// What it is for; may be empty.
    purpose: String,
    /// What is kept beside it; of whoever began it.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Value>,
    /// The task whose transcript it has.
    task: Option<String>,
    /// Rises with every change.
    version: i64,
    /// Since when there is one.
    #[schema(format = DateTime)]
    created: String,
    /// When it expires.
    #[schema(format = DateTime)]
    expires: String,
    /// Since when it is over.
    #[schema(format = DateTime)]
    ended: Option<String>,
}

impl AnySession {
    fn of(one: Any, who: &Actor, task: Option<String>) -> Self {
        Self {
            id: one.id.to_string(),
            kind: one.kind.as_str(),
            phase: one.phase.as_str(),
            state: one.state,
            purpose: one.purpose,
            metadata: Some(one.metadata).filter(|_| who.user() == Some(one.initiator)),
            task,
            version: one.version,
            created: one.created_at.to_rfc3339(),
            expires: one.expires_at.to_rfc3339(),
            ended: one.ended_at.map(Timestamp::to_rfc3339),
        }
    }
}

/// A session of any kind, as far as it is the caller's to see, and its task.
fn theirs(cx: &Cx<'_>, who: &Actor, id: SessionId) -> Result<(Any, Option<tasks::Task>)> {
    if who.user().is_none() {
        return Err(Error::denied("Sessions are people's own: act as a user."));
    }
    let one = any::any(cx, id)?;
    let hidden = |error: Error| match error {
        Error::NotFound(_) => Error::NotFound("session"),
        other => other,
    };
    let task = match one.kind {
        Kind::Scheduling => sessions::session(cx, who, id).map(|_| None),
        Kind::Conversation => conversation::conversation(cx, who, id).map(|_| None),
        Kind::Task => tasks::of_session(cx, who, id).map(Some),
        Kind::Group => groups::group(cx, who, id).map(|_| None),
    };
    Ok((one, task.map_err(hidden)?))
}

/// Changes what a session of any kind is for and what is kept beside it, and ends it where its kind lets it end so.
#[utoipa::path(put, path = "/api/v1/sessions/{id}", tag = "sessions", operation_id = "change_session",
    params(("id" = String, Path, description = "The session.")), request_body = SessionChange,
    responses((status = 200, description = "The session, as it stands now.", body = AnySession),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn change(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::SessionsWrite).await?;
    let id: SessionId = call.id("id")?;
    let (given, _) = call.json::<SessionChange>().await?;
    let unknown = || Error::invalid("phase", "There is no such phase.");
    let phase = given.phase.as_deref().map(|word| Phase::parse(word).ok_or_else(unknown)).transpose()?;
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        let (before, task) = theirs(cx, &who, id)?;
        any::describe(cx, &who, id, given.purpose.as_deref(), given.metadata.as_ref())?;
        if let Some(phase) = phase.filter(|phase| *phase != before.phase) {
            end(cx, &who, &before, task.as_ref(), phase)?;
        }
        let task = task.map(|task| task.id.to_string());
        Ok(AnySession::of(any::any(cx, id)?, &who, task))
    });
    call::json(200, &write.await?)
}

/// The one way that a session of each kind is ended from outside.
fn end(cx: &mut Cx<'_>, who: &Actor, one: &Any, task: Option<&tasks::Task>, to: Phase) -> Result<()> {
    if one.ended_at.is_some() {
        return Err(any::no_transition(one.phase, to));
    }
    match (one.kind, to, task) {
        (Kind::Scheduling, Phase::Cancelled, _) => {
            let answer = sessions::say(cx, who, one.id, &Message::Cancel { note: String::new() })?;
            match answer.refused {
                None => Ok(()),
                Some(refusal) => Err(Error::refused(refusal.code, refusal.message)),
            }
        }
        (Kind::Conversation, Phase::Completed, _) => conversation::close(cx, who, one.id).map(drop),
        (Kind::Task, Phase::Cancelled, Some(task)) => {
            tasks::step(cx, who, task.id, None, &Step::Cancel(String::new())).map(drop)
        }
        (Kind::Group, Phase::Cancelled, _) => groups::cancel(cx, who, one.id).map(drop),
        (Kind::Group, Phase::Completed, _) => groups::close(cx, who, one.id).map(drop),
        _ => Err(any::no_transition(one.phase, to)),
    }
}

/// The part of any session that is the caller's to see: for whichever call shows one by its id.
pub(super) fn shown(cx: &Cx<'_>, who: &Actor, id: SessionId) -> Result<Option<AnySession>> {
    let (one, task) = theirs(cx, who, id)?;
    if one.kind == Kind::Scheduling {
        return Ok(None);
    }
    Ok(Some(AnySession::of(one, who, task.map(|task| task.id.to_string()))))
}
