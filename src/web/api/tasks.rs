//! Tasks over the API: handed on, seen, and their steps.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::accounts::Scope;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::TaskId;
use crate::base::time::Timestamp;
use crate::base::trace::Traceparent;
use crate::idempotency::Answer;
use crate::store::Cx;
use crate::tasks::{self, Listing, Named, NewTask, State, Step, Task, To};
use crate::web::bearer::Bearer;
use crate::web::call::{self, Call};
use crate::web::idempotency::{effect, still_seen};

/// The most entries of a page.
const PAGE_MAX: u32 = 200;

/// Whom something is addressed to: one of the four.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenTo {
    /// A program, `agt_…`, that the caller's agents reach.
    agent: Option<String>,
    /// A user, `usr_…`: the caller, or somebody they are connected with.
    user: Option<String>,
    /// A connection of the caller's, `con_…`: its other side.
    connection: Option<String>,
    /// A role, `rol_…`: whoever of it takes it on first.
    role: Option<String>,
}

impl GivenTo {
    /// As the room takes it; `field` is what it is called. What is no id names nothing, as an unknown one does.
    pub(super) fn named(&self, field: &'static str) -> Result<Named> {
        match (&self.agent, &self.user, &self.connection, &self.role) {
            (Some(id), None, None, None) => id.parse().map(Named::Agent),
            (None, Some(id), None, None) => id.parse().map(Named::User),
            (None, None, Some(id), None) => id.parse().map(Named::Connection),
            (None, None, None, Some(id)) => id.parse().map(Named::Role),
            _ => Err(Error::invalid(field, "Name one agent, user, connection or role.")),
        }
    }
}

/// A time as it was given.
pub(super) fn instant(field: &'static str, text: Option<&str>) -> Result<Option<Timestamp>> {
    let read = |text| {
        let says = "This should be a time like 2026-11-25T10:30:00+01:00.";
        Timestamp::parse_rfc3339(text).ok_or_else(|| Error::invalid(field, says))
    };
    text.map(read).transpose()
}

/// A task to be handed on.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTaskBody {
    /// `todo`, `question`, `find_time`, or a type that whoever is asked has declared.
    #[serde(rename = "type")]
    #[schema(example = "todo")]
    kind: String,
    /// Whom.
    to: GivenTo,
    /// What is to be done, as the type's schema has it. 16 KiB at most.
    #[schema(value_type = Object, example = json!({ "text": "Send the score to Robin" }))]
    payload: Value,
    /// When it expires; after `agents.task_days`, if not given.
    #[schema(format = DateTime)]
    due: Option<String>,
}

/// Somebody of a task or an approval: a person, and the program that acts for them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Somebody {
    /// The user.
    user: Option<String>,
    /// Their name; may be empty.
    name: String,
    /// The program; null: the person, or nobody yet.
    agent: Option<String>,
    /// What the program is called; may be empty.
    agent_name: String,
}

impl Somebody {
    pub(super) fn of(
        people: &tasks::People,
        user: Option<crate::base::id::UserId>,
        agent: Option<crate::base::id::AgentId>,
    ) -> Self {
        Self {
            user: user.map(|id| id.to_string()),
            name: user.map(|id| people.user(id).to_owned()).unwrap_or_default(),
            agent: agent.map(|id| id.to_string()),
            agent_name: agent.map(|id| people.agent(id).to_owned()).unwrap_or_default(),
        }
    }
}

/// Whom a task or an approval is addressed to.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Addressee {
    /// `agent`, `user` or `role`.
    pub(super) kind: &'static str,
    /// Its id.
    pub(super) id: String,
    /// What it is called; may be empty.
    pub(super) name: String,
}

/// A task.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ShownTask {
    /// Its id.
    id: String,
    /// Its type.
    #[serde(rename = "type")]
    kind: String,
    /// The session that its transcript belongs to.
    session: String,
    /// Who asks.
    from: Somebody,
    /// Whom.
    to: Addressee,
    /// Who is asked, or took it on; of a role nobody, until somebody did.
    by: Somebody,
    /// What is to be done.
    #[schema(value_type = Object)]
    payload: Value,
    /// What came of it.
    #[schema(value_type = Option<Object>)]
    result: Option<Value>,
    /// What was said last: how far it is, what is asked, why it failed; may be empty.
    note: String,
    /// `submitted`, `working`, `input_required`, `auth_required`, `completed`, `failed`, `rejected`, `canceled` or `expired`.
    #[schema(example = "working")]
    state: &'static str,
    /// `pending`, `active`, `completed`, `failed`, `cancelled` or `expired`, as of every session.
    phase: &'static str,
    /// How much of it is done, from 0 to 100.
    percent: Option<u32>,
    /// What whoever does it goes on from (W3C Trace Context).
    #[schema(example = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    traceparent: String,
    /// The steps that the caller can take now.
    can: Vec<&'static str>,
    /// Rises with every change.
    version: i64,
    /// Since when there is one.
    #[schema(format = DateTime)]
    created: String,
    /// When something happened last.
    #[schema(format = DateTime)]
    changed: String,
    /// When it expires.
    #[schema(format = DateTime)]
    due: String,
    /// Since when it is over.
    #[schema(format = DateTime)]
    ended: Option<String>,
}

impl ShownTask {
    fn of(cx: &Cx<'_>, who: &Actor, task: &Task) -> Result<Self> {
        let users: Vec<_> = task.user.into_iter().chain([task.from]).chain(user_of(task.to)).collect();
        let agents: Vec<_> = [task.agent, task.from_agent, agent_of(task.to)].into_iter().flatten().collect();
        let roles: Vec<_> = role_of(task.to).into_iter().collect();
        let people = tasks::people(cx, &users, &agents, &roles)?;
        let name = match task.to {
            To::Agent(id) => people.agent(id),
            To::User(id) => people.user(id),
            To::Role(id) => people.role(id),
        };
        Ok(Self {
            id: task.id.to_string(),
            kind: task.kind.clone(),
            session: task.session.to_string(),
            from: Somebody::of(&people, Some(task.from), task.from_agent),
            to: Addressee { kind: task.to.kind(), id: task.to.id(), name: name.to_owned() },
            by: Somebody::of(&people, task.user, task.agent),
            payload: task.payload.clone(),
            result: task.result.clone(),
            note: task.note.clone(),
            state: task.state.as_str(),
            phase: task.state.phase().as_str(),
            percent: task.percent,
            traceparent: task.trace.clone(),
            can: tasks::steps(cx, who, task)?.into_iter().map(tasks::Verb::as_str).collect(),
            version: task.version,
            created: task.created_at.to_rfc3339(),
            changed: task.changed_at.to_rfc3339(),
            due: task.due_at.to_rfc3339(),
            ended: task.ended_at.map(Timestamp::to_rfc3339),
        })
    }
}

fn user_of(to: To) -> Option<crate::base::id::UserId> {
    if let To::User(id) = to { Some(id) } else { None }
}

fn agent_of(to: To) -> Option<crate::base::id::AgentId> {
    if let To::Agent(id) = to { Some(id) } else { None }
}

fn role_of(to: To) -> Option<crate::base::id::RoleId> {
    if let To::Role(id) = to { Some(id) } else { None }
}

/// A page of tasks.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TaskList {
    /// Newest first.
    tasks: Vec<ShownTask>,
    /// The `cursor` of the next page; null: this was the last.
    next: Option<String>,
}

/// Which tasks.
#[derive(Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct TaskQuery {
    /// `receiver` (what the caller or a role of theirs is asked; if not given) or `sender` (what they asked).
    role: Option<String>,
    /// In which state; `open`: in any that is not over.
    state: Option<String>,
    /// Of which type.
    #[serde(rename = "type")]
    #[param(rename = "type")]
    kind: Option<String>,
    /// How many, from 1 to 200; 50 if not given.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// How many entries a page has.
pub(super) fn page_limit(limit: Option<u32>) -> Result<u32> {
    match limit.unwrap_or(50) {
        limit if (1..=PAGE_MAX).contains(&limit) => Ok(limit),
        _ => Err(Error::invalid("limit", format!("This is from 1 to {PAGE_MAX}."))),
    }
}

/// The id of a cursor.
pub(super) fn page_after<I: std::str::FromStr>(cursor: Option<&str>) -> Result<Option<I>> {
    let read = |cursor: &str| {
        cursor.parse().map_err(|_| Error::invalid("cursor", "Give the `next` of the page before."))
    };
    cursor.map(read).transpose()
}

impl TaskQuery {
    fn listing(&self) -> Result<Listing> {
        let sent = match self.role.as_deref() {
            None | Some("receiver") => false,
            Some("sender") => true,
            Some(_) => return Err(Error::invalid("role", "This is receiver or sender.")),
        };
        let open = self.state.as_deref() == Some("open");
        let state = match self.state.as_deref() {
            None | Some("open") => None,
            Some(word) => Some(
                State::parse(word)
                    .ok_or_else(|| Error::invalid("state", "There is no such state of a task."))?,
            ),
        };
        Ok(Listing {
            sent,
            state,
            open,
            kind: self.kind.clone(),
            after: page_after(self.cursor.as_deref())?,
            limit: page_limit(self.limit)?,
        })
    }
}

/// How far it is.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Progress {
    /// In a hundred; as before, if not given.
    percent: Option<u32>,
    /// In words.
    #[serde(default)]
    note: String,
    /// Only if it is still this version.
    version: Option<i64>,
}

/// What whoever is at it asks.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenQuestion {
    /// The question.
    question: String,
    /// Only if it is still this version.
    version: Option<i64>,
}

/// What whoever sent it answers.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenAnswer {
    /// The answer.
    answer: String,
    /// Only if it is still this version.
    version: Option<i64>,
}

/// What came of it.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenResult {
    /// As the type's schema has it. 16 KiB at most.
    #[schema(value_type = Object, example = json!({ "text": "Sent" }))]
    result: Value,
    /// Only if it is still this version.
    version: Option<i64>,
}

/// Why.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenReason {
    /// In words; may stay empty but where it failed.
    #[serde(default)]
    reason: String,
    /// Only if it is still this version.
    version: Option<i64>,
}

/// Nothing more to say.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenTake {
    /// Only if it is still this version.
    version: Option<i64>,
}

fn kept(cx: &Cx<'_>, who: &Actor, task: &Task, status: u16) -> Result<Answer> {
    let body = serde_json::to_value(ShownTask::of(cx, who, task)?).map_err(Error::internal)?;
    Ok(Answer { status, body })
}

/// The flags of the caller's `traceparent`; empty: it sent none, or a broken one.
fn trace_flags(call: &Call) -> String {
    let given = call.header("traceparent").and_then(Traceparent::parse);
    given.map(|given| given.flags).unwrap_or_default()
}

/// Hands a task on: to an agent, to a user, or to whoever fills a role. A `traceparent` that is sent with it stands at the task.
#[utoipa::path(post, path = "/api/v1/tasks", tag = "tasks", operation_id = "send_task",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours."),
        ("traceparent" = Option<String>, Header, description = "W3C Trace Context: a broken one is replaced.")),
    request_body = NewTaskBody,
    responses((status = 201, description = "It is on its way; its address is in `Location`.", body = ShownTask),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 422, response = super::openapi::Mismatch),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn send(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::TasksWrite).await?;
    let (given, hash) = call.json::<NewTaskBody>().await?;
    // It begins a session, and is for whoever may.
    let bearer = if given.kind == tasks::FIND_TIME {
        Bearer::of(&call, Scope::SessionsWrite).await?;
        bearer.and_of_agents(Scope::SessionsWrite)
    } else {
        bearer
    };
    let new = NewTask {
        kind: given.kind,
        to: given.to.named("to")?,
        payload: given.payload,
        due_at: instant("due", given.due.as_deref())?,
        trace_flags: trace_flags(&call),
    };
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        let task = tasks::send(cx, who, &new)?;
        kept(cx, who, &task, 201)
    };
    effect(&call, &bearer, hash, work, still_seen(tasks::task)).await?.created("/api/v1/tasks", "/id")
}

/// Lists the caller's tasks, newest first.
#[utoipa::path(get, path = "/api/v1/tasks", tag = "tasks", operation_id = "list_tasks", params(TaskQuery),
    responses((status = 200, description = "A page.", body = TaskList),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn list(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::TasksRead).await?;
    let listing = call.query::<TaskQuery>()?.listing()?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        let page = tasks::tasks(cx, &who, &listing)?;
        let shown = page.tasks.iter().map(|task| ShownTask::of(cx, &who, task));
        Ok(TaskList { tasks: shown.collect::<Result<_>>()?, next: page.next.map(|id| id.to_string()) })
    });
    call::json(200, &read.await?)
}

/// Shows a task.
#[utoipa::path(get, path = "/api/v1/tasks/{id}", tag = "tasks", operation_id = "show_task",
    params(("id" = String, Path, description = "The task.")),
    responses((status = 200, description = "The task.", body = ShownTask),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn show(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::TasksRead).await?;
    let id: TaskId = call.id("id")?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        let task = tasks::task(cx, &who, id)?;
        ShownTask::of(cx, &who, &task)
    });
    call::json(200, &read.await?)
}

/// Takes a step, once for its key.
async fn step(
    call: &Call,
    bearer: &Bearer,
    hash: String,
    version: Option<i64>,
    step: Step,
) -> Result<HttpResponse> {
    let id: TaskId = call.id("id")?;
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        let task = tasks::step(cx, who, id, version, &step)?;
        kept(cx, who, &task, 200)
    };
    effect(call, bearer, hash, work, still_seen(tasks::task)).await?.into_response()
}

/// A handler for each step: its path, its body, and the step that the body says.
macro_rules! steps {
    ($($(#[$doc:meta])* $name:ident, $path:tt, $operation:tt, $body:ident, $step:expr;)*) => {$(
        $(#[$doc])*
        #[utoipa::path(post, path = $path, tag = "tasks", operation_id = $operation,
            params(("id" = String, Path, description = "The task."),
                ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
            request_body = $body,
            responses((status = 200, description = "The task, as it stands now.", body = ShownTask),
                (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
                (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
                (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
                (status = 415, response = super::openapi::MediaType), (status = 422, response = super::openapi::Mismatch),
                (status = 429, response = super::openapi::Throttled)))]
        pub(super) async fn $name(mut call: Call) -> Result<HttpResponse> {
            let bearer = Bearer::of(&call, Scope::TasksWrite).await?;
            let (given, hash) = call.json::<$body>().await?;
            let said: fn($body) -> Step = $step;
            step(&call, &bearer, hash, given.version, said(given)).await
        }
    )*};
}

steps! {
    /// Takes a task on. Of a role the first does.
    take, "/api/v1/tasks/{id}/take", "take_task", GivenTake, |_| Step::Take;
    /// Says how far it is.
    progress, "/api/v1/tasks/{id}/progress", "task_progress", Progress, |given| Step::Progress(given.percent, given.note);
    /// Asks whoever sent it something.
    ask, "/api/v1/tasks/{id}/ask", "ask_about_task", GivenQuestion, |given| Step::Ask(given.question);
    /// Answers what whoever is at it asked.
    answer, "/api/v1/tasks/{id}/answer", "answer_about_task", GivenAnswer, |given| Step::Answer(given.answer);
    /// It is done.
    complete, "/api/v1/tasks/{id}/complete", "complete_task", GivenResult, |given| Step::Complete(given.result);
    /// It cannot be done.
    fail, "/api/v1/tasks/{id}/fail", "fail_task", GivenReason, |given| Step::Fail(given.reason);
    /// Whoever is asked does not want to.
    reject, "/api/v1/tasks/{id}/reject", "reject_task", GivenReason, |given| Step::Reject(given.reason);
    /// Whoever sent it takes it back.
    cancel, "/api/v1/tasks/{id}/cancel", "cancel_task", GivenReason, |given| Step::Cancel(given.reason);
}
