//! A session of any kind over the API: what it is for, what is kept beside it, and the ends that its kind knows.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::openapi::{Object, ObjectBuilder, Type};
use utoipa::{IntoParams, ToSchema};

use super::connections::PageQuery;
use super::sessions::Shown;
use crate::accounts::Scope;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::SessionId;
use crate::base::time::Timestamp;
use crate::groups;
use crate::sessions::any::{self, Any, Kind};
use crate::sessions::{self, Message, Phase, conversation};
use crate::store::Cx;
use crate::tasks::approvals::{self, Approval};
use crate::tasks::{self, Step, Task};
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
    /// `cancelled` ends a scheduling session and takes a task, an approval or a group decision back, `completed` closes a
    /// conversation or a group decision; how it stands already changes nothing. To end a task or an approval the token is for
    /// `tasks.write` as well, to close a conversation for `messages.write`.
    phase: Option<String>,
}

/// Some kinds of sessions, as the description names them.
pub(super) fn words(says: &str, kinds: &[Kind]) -> Object {
    let words = kinds.iter().map(|kind| kind.as_str());
    ObjectBuilder::new().schema_type(Type::String).description(Some(says)).enum_values(Some(words)).build()
}

/// What the kind of any session can be.
fn any_kind() -> Object {
    words("Its kind.", &[Kind::Scheduling, Kind::Conversation, Kind::Task, Kind::Approval, Kind::Group])
}

/// A session as its kind has it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(discriminator(property_name = "kind", mapping(
    ("scheduling" = "#/components/schemas/Shown"),
    ("conversation" = "#/components/schemas/AnySession"),
    ("task" = "#/components/schemas/AnySession"),
    ("approval" = "#/components/schemas/AnySession"),
    ("group" = "#/components/schemas/AnySession")
)))]
pub(super) enum AnyShown {
    /// Of kind `scheduling`.
    Scheduling(Box<Shown>),
    /// Of every other kind.
    Other(Box<AnySession>),
}

/// What a session of every kind has.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AnySession {
    /// Its id.
    id: String,
    /// Its kind.
    #[schema(schema_with = any_kind)]
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
    /// The approval that it is of, which belongs to no task.
    approval: Option<String>,
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
    pub(super) fn of(one: Any, who: &Actor, matter: &Matter) -> Self {
        let (task, approval) = match matter {
            Matter::Task(task) => (Some(task.id.to_string()), None),
            Matter::Approval(one) => (None, Some(one.id.to_string())),
            Matter::Itself => (None, None),
        };
        Self {
            id: one.id.to_string(),
            kind: one.kind.as_str(),
            phase: one.phase.as_str(),
            state: one.state,
            purpose: one.purpose,
            metadata: Some(one.metadata).filter(|_| who.user() == Some(one.initiator)),
            task,
            approval,
            version: one.version,
            created: one.created_at.to_rfc3339(),
            expires: one.expires_at.to_rfc3339(),
            ended: one.ended_at.map(Timestamp::to_rfc3339),
        }
    }
}

/// What a session is of.
pub(super) enum Matter {
    /// It stands for itself.
    Itself,
    /// A task.
    Task(Box<Task>),
    /// An approval that belongs to no task.
    Approval(Box<Approval>),
}

/// A session of any kind, as far as it is the caller's to see, and what it is of.
pub(super) fn theirs(cx: &Cx<'_>, who: &Actor, id: SessionId) -> Result<(Any, Matter)> {
    if who.user().is_none() {
        return Err(Error::denied("Sessions are people's own: act as a user."));
    }
    let one = any::any(cx, id)?;
    let hidden = |error: Error| match error {
        Error::NotFound(_) => Error::NotFound("session"),
        other => other,
    };
    let matter = match one.kind {
        Kind::Scheduling => sessions::session(cx, who, id).map(|_| Matter::Itself),
        Kind::Conversation => conversation::conversation(cx, who, id).map(|_| Matter::Itself),
        Kind::Task => tasks::of_session(cx, who, id).map(|task| Matter::Task(Box::new(task))),
        Kind::Approval => approvals::of_session(cx, who, id).map(|one| Matter::Approval(Box::new(one))),
        Kind::Group => groups::group(cx, who, id).map(|_| Matter::Itself),
    };
    Ok((one, matter.map_err(hidden)?))
}

/// Changes what a session of any kind is for and what is kept beside it, and ends it where its kind lets it end so: with a token
/// for `sessions.write`, and of a task or an approval for `tasks.write`, of a conversation for `messages.write` as well.
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
        let (before, matter) = theirs(cx, &who, id)?;
        if before.kind == Kind::Group && (given.purpose.is_some() || given.metadata.is_some()) {
            groups::may_describe(cx, &who, id)?;
        }
        any::describe(cx, &who, id, given.purpose.as_deref(), given.metadata.as_ref())?;
        if let Some(phase) = phase.filter(|phase| *phase != before.phase) {
            if let Some(scope) = scope_of(before.kind) {
                bearer.may(cx, scope)?;
            }
            end(cx, &who, &before, &matter, phase)?;
        }
        Ok(AnySession::of(any::any(cx, id)?, &who, &matter))
    });
    call::json(200, &write.await?)
}

/// What a token is for, besides, that ends a session of a kind: what its own door asks for.
fn scope_of(kind: Kind) -> Option<Scope> {
    match kind {
        Kind::Task | Kind::Approval => Some(Scope::TasksWrite),
        Kind::Conversation => Some(Scope::MessagesWrite),
        Kind::Scheduling | Kind::Group => None,
    }
}

/// The one way that a session of each kind is ended from outside.
fn end(cx: &mut Cx<'_>, who: &Actor, one: &Any, matter: &Matter, to: Phase) -> Result<()> {
    if one.ended_at.is_some() {
        return Err(any::no_transition(one.phase, to));
    }
    match (one.kind, to, matter) {
        (Kind::Scheduling, Phase::Cancelled, _) => {
            let answer = sessions::say(cx, who, one.id, &Message::Cancel { note: String::new() })?;
            match answer.refused {
                None => Ok(()),
                Some(refusal) => Err(Error::refused(refusal.code, refusal.message)),
            }
        }
        (Kind::Conversation, Phase::Completed, _) => conversation::close(cx, who, one.id).map(drop),
        (_, Phase::Cancelled, Matter::Task(task)) => {
            tasks::step(cx, who, task.id, None, &Step::Cancel(String::new())).map(drop)
        }
        (_, Phase::Cancelled, Matter::Approval(one)) => approvals::cancel(cx, who, one.id).map(drop),
        (Kind::Group, Phase::Cancelled, _) => groups::cancel(cx, who, one.id).map(drop),
        (Kind::Group, Phase::Completed, _) => groups::close(cx, who, one.id).map(drop),
        _ => Err(any::no_transition(one.phase, to)),
    }
}

/// The part of any session that is the caller's to see: for whichever call shows one by its id.
pub(super) fn shown(cx: &Cx<'_>, who: &Actor, id: SessionId) -> Result<Option<AnySession>> {
    let (one, matter) = theirs(cx, who, id)?;
    if one.kind == Kind::Scheduling {
        return Ok(None);
    }
    Ok(Some(AnySession::of(one, who, &matter)))
}

/// Which sessions.
#[derive(Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SessionQuery {
    /// `scheduling` (if not given), `conversation`, `task`, `approval` (of those that belong to no task) or `group`.
    kind: Option<String>,
    /// How many, from 1 to 200; 50 if not given.
    limit: Option<u32>,
    /// The `next` of the page before, of the same kind.
    cursor: Option<String>,
}

impl SessionQuery {
    /// Of which kind, and which page.
    pub(super) fn wanted(self) -> Result<(Kind, PageQuery)> {
        let unknown =
            || Error::invalid("kind", "The kinds are scheduling, conversation, task, approval and group.");
        let kind = self.kind.as_deref().map(|word| Kind::parse(word).ok_or_else(unknown)).transpose()?;
        Ok((kind.unwrap_or(Kind::Scheduling), PageQuery { limit: self.limit, cursor: self.cursor }))
    }
}

/// A page of sessions of one kind.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SessionList {
    /// Newest first.
    pub(super) sessions: Vec<AnyShown>,
    /// The `cursor` of the next page; null: this was the last.
    pub(super) next: Option<String>,
}

/// The sessions of the caller's that are of another kind than `scheduling`.
pub(super) fn listed(cx: &Cx<'_>, who: &Actor, kind: Kind, page: &PageQuery) -> Result<SessionList> {
    let limit = page.limit()?;
    let (found, next): (Vec<(SessionId, Matter)>, Option<String>) = match kind {
        Kind::Task => {
            let found = tasks::all(cx, who, page.after()?, limit)?;
            let all = found.tasks.into_iter().map(|task| (task.session, Matter::Task(Box::new(task))));
            (all.collect(), found.next.map(|id| id.to_string()))
        }
        Kind::Approval => {
            let found = approvals::of_none(cx, who, page.after()?, limit)?;
            let all = found.approvals.into_iter();
            let all = all.map(|one| (approvals::session_of(one.id), Matter::Approval(Box::new(one))));
            (all.collect(), found.next.map(|id| id.to_string()))
        }
        Kind::Group => {
            let found =
                groups::groups(cx, who, &groups::Listing { open: false, after: page.after()?, limit })?;
            let all = found.groups.into_iter().map(|one| (one.group.id, Matter::Itself));
            (all.collect(), found.next.map(|id| id.to_string()))
        }
        Kind::Conversation | Kind::Scheduling => {
            let found = conversation::conversations(cx, who, page.after()?, limit)?;
            let all = found.conversations.into_iter().map(|one| (one.id, Matter::Itself));
            (all.collect(), found.next.map(|id| id.to_string()))
        }
    };
    let one = |(id, matter): (SessionId, Matter)| {
        Ok(AnyShown::Other(Box::new(AnySession::of(any::any(cx, id)?, who, &matter))))
    };
    Ok(SessionList { sessions: found.into_iter().map(one).collect::<Result<_>>()?, next })
}
