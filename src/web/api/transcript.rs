//! What was said in a session, as whoever takes part in it may read it.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::session::{Matter, theirs};
use crate::accounts::Scope;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::SessionId;
use crate::groups;
use crate::sessions::any::Kind;
use crate::sessions::{self, conversation};
use crate::store::Cx;
use crate::tasks::{self, approvals};
use crate::web::bearer::Bearer;
use crate::web::call::{self, Call};

/// After which place.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AfterQuery {
    /// The place of the last entry that is known; from the beginning, if not given.
    after: Option<i64>,
}

/// An entry of a transcript.
#[derive(Debug, Serialize, ToSchema)]
struct Entry {
    /// Its id.
    id: String,
    /// Where it stands: 1, 2, 3, …
    place: i64,
    /// Whose agent said it; null: the house, or the program that answers for a room, which is nobody's here.
    author: Option<String>,
    /// Whether the person did, and not their agent.
    by_person: bool,
    /// The program of theirs that did, or that answers for a room; null: the person, or the built-in agent, or the house.
    agent: Option<String>,
    /// Of `scheduling`: `proposal`, `counter`, `accept`, `decline`, `confirm`, `cancel`, `note`, `room` or `error`. Of a task: `submitted`,
    /// `taken`, `progress`, `question`, `answer`, `approval`, `decided`, or how it ended. Of an approval: `decided`. Of a group:
    /// `group_broadcast`, `group_response`, `group_consensus` or `group_timeout`.
    #[serde(rename = "type")]
    kind: String,
    /// As the type has it; of a task, an approval and a group as inboxes have it, with `data`. What was erased says nothing.
    #[schema(value_type = Object)]
    body: serde_json::Value,
    /// When.
    #[schema(format = DateTime)]
    at: String,
}

impl From<sessions::Said> for Entry {
    fn from(said: sessions::Said) -> Self {
        Self {
            id: said.id.to_string(),
            place: said.place,
            author: said.author.map(|user| user.to_string()),
            by_person: said.by_person,
            agent: said.agent.map(|id| id.to_string()),
            kind: said.kind,
            body: said.body,
            at: said.at.to_rfc3339(),
        }
    }
}

impl From<conversation::Entry> for Entry {
    fn from(said: conversation::Entry) -> Self {
        Self {
            id: said.id.to_string(),
            place: said.place,
            author: said.author.map(|user| user.to_string()),
            by_person: said.by_person,
            agent: said.from.map(|id| id.to_string()),
            kind: said.kind,
            body: said.body,
            at: said.at.to_rfc3339(),
        }
    }
}

/// A transcript, or its part after a place.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Transcript {
    /// In order; 200 at most. Where there are as many, there may be more after the last.
    messages: Vec<Entry>,
}

/// Reads the transcript of a session of kind `scheduling`, `task`, `approval` or `group`. Of a task and of an approval the token is
/// for `tasks.read` as well. What was said in a conversation is read at `/api/v1/conversations/{id}/messages`.
#[utoipa::path(get, path = "/api/v1/sessions/{id}/messages", tag = "sessions", operation_id = "list_messages",
    params(("id" = String, Path, description = "The session."), AfterQuery),
    responses((status = 200, description = "What was said, in order.", body = Transcript),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn messages(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::SessionsRead).await?;
    let id: SessionId = call.id("id")?;
    let after = call.query::<AfterQuery>()?.after.unwrap_or(0);
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        said(cx, &who, &bearer, (id, after))
    });
    call::json(200, &Transcript { messages: read.await? })
}

fn said(cx: &Cx<'_>, who: &Actor, bearer: &Bearer, (id, after): (SessionId, i64)) -> Result<Vec<Entry>> {
    let (one, matter) = theirs(cx, who, id)?;
    let entries = match (one.kind, matter) {
        (Kind::Scheduling, _) => {
            let said = sessions::transcript(cx, who, id, after)?;
            return Ok(said.into_iter().map(Entry::from).collect());
        }
        (_, Matter::Task(task)) => {
            bearer.may(cx, Scope::TasksRead)?;
            tasks::transcript(cx, who, task.id, after)?
        }
        (_, Matter::Approval(one)) => {
            bearer.may(cx, Scope::TasksRead)?;
            approvals::transcript(cx, who, one.id, after)?
        }
        (Kind::Group, _) => groups::transcript(cx, who, id, after)?,
        // What each agent was handed of it is another call's, and another scope's.
        _ => return Err(Error::NotFound("session")),
    };
    Ok(entries.into_iter().map(Entry::from).collect())
}
