//! Watching agents over the API: figures, what they report, their log, how they are, and how content people were.

use std::str::FromStr;

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::accounts::Scope;
use crate::agents;
use crate::analytics::{self, Metric, Sums, Times};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::AgentId;
use crate::base::time::Timestamp;
use crate::messages::Inbox;
use crate::store::Cx;
use crate::web::bearer::Bearer;
use crate::web::call::{self, Call};
use crate::web::idempotency::{effect, nothing};

/// From which day to which.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SpanQuery {
    /// The first day, of UTC; 29 days before the last one, if not given.
    #[param(example = "2026-11-01")]
    from: Option<String>,
    /// The last day; today, if not given.
    to: Option<String>,
}

/// How long answers took.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ResponseTimes {
    /// How many there were.
    many: i64,
    /// How long the half of them took at most, in milliseconds: the end of a bucket; null: there were none.
    median_ms: Option<i64>,
    /// How long 95 of a hundred took at most.
    p95_ms: Option<i64>,
}

impl ResponseTimes {
    fn of(times: &Times) -> Self {
        Self { many: times.many(), median_ms: times.percentile(50), p95_ms: times.percentile(95) }
    }
}

/// What can be added up.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Counts {
    /// Messages that came.
    received: i64,
    /// Messages that went out, one for each who was addressed.
    sent: i64,
    /// Conversations, tasks, sessions and group decisions that it began.
    started: i64,
    /// What came to its end as it should.
    completed: i64,
    /// What ended well.
    succeeded: i64,
    /// What did not.
    failed: i64,
    /// How often its answer was awaited in a group decision, in each round and turn.
    asked: i64,
    /// How often it answered there in time.
    answered: i64,
    /// How often it answered there too late, so that it did not count.
    late: i64,
    /// How many of a hundred that ended did so well; null: nothing ended.
    success_percent: Option<i64>,
    /// How long its answers took.
    response_time: ResponseTimes,
    /// How many people said how content they were.
    ratings: i64,
    /// The mean of what they said, from 1 to 5, in hundredths; null: nobody did.
    satisfaction_hundredths: Option<i64>,
}

impl Counts {
    pub(super) fn of(sums: &Sums) -> Self {
        Self {
            received: sums.received,
            sent: sums.sent,
            started: sums.started,
            completed: sums.completed,
            succeeded: sums.succeeded,
            failed: sums.failed,
            asked: sums.asked,
            answered: sums.answered,
            late: sums.late,
            success_percent: sums.success_percent(),
            response_time: ResponseTimes::of(&sums.times),
            ratings: sums.ratings,
            satisfaction_hundredths: sums.satisfaction_hundredths(),
        }
    }
}

/// A day.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FigureDay {
    /// Of UTC.
    #[schema(example = "2026-11-22")]
    day: String,
    #[serde(flatten)]
    counts: Counts,
}

impl FigureDay {
    pub(super) fn of((day, sums): &(String, Sums)) -> Self {
        Self { day: day.clone(), counts: Counts::of(sums) }
    }
}

/// What it had with another agent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FigurePair {
    /// The other one.
    agent: String,
    /// What it is called; empty: there is none any more.
    name: String,
    #[serde(flatten)]
    counts: Counts,
}

/// Something that went wrong.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FigureError {
    /// What, as the journal calls it.
    #[schema(example = "delivery.expired")]
    kind: String,
    /// How often.
    many: i64,
    /// When last.
    #[schema(format = DateTime)]
    last: String,
}

/// What an agent said of itself under one name.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReportedMetric {
    #[schema(example = "tokens")]
    name: String,
    /// How often.
    many: i64,
    /// All of it together.
    total: i64,
    least: i64,
    most: i64,
}

/// What an agent did, computed from the journal; and, apart from that, what it says of itself.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AgentFigures {
    from: String,
    to: String,
    total: Counts,
    /// The days on which there was something, oldest first.
    days: Vec<FigureDay>,
    /// With whom, at most 50, whoever it had most with first.
    with: Vec<FigurePair>,
    /// What went wrong, what was last first.
    errors: Vec<FigureError>,
    /// What it says of itself.
    reported: Vec<ReportedMetric>,
    /// How many entries of the journal are still to be read: figures are complete where this is 0.
    behind: i64,
}

/// What an agent did from a day to another one, and how well: of the caller's agents.
#[utoipa::path(get, path = "/api/v1/agents/{id}/figures", tag = "agents", operation_id = "agent_figures",
    params(("id" = String, Path, description = "The agent."), SpanQuery),
    responses((status = 200, description = "The figures.", body = AgentFigures),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn figures(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::AgentsRead).await?;
    let id: AgentId = call.id("id")?;
    let query: SpanQuery = call.query()?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        analytics::figures(cx, &who, id, (query.from.as_deref(), query.to.as_deref()))
    });
    let found = read.await?;
    let pair = |pair: &analytics::Pair| FigurePair {
        agent: pair.other.to_string(),
        name: pair.name.clone(),
        counts: Counts::of(&pair.sums),
    };
    let trouble = |one: &analytics::Trouble| FigureError {
        kind: one.kind.clone(),
        many: one.many,
        last: one.last_at.to_rfc3339(),
    };
    let reported = |one: analytics::Reported| ReportedMetric {
        name: one.name,
        many: one.many,
        total: one.total,
        least: one.least,
        most: one.most,
    };
    let (from, to) = found.span;
    let shown = AgentFigures {
        from,
        to,
        total: Counts::of(&found.total),
        days: found.days.iter().map(FigureDay::of).collect(),
        with: found.pairs.iter().map(pair).collect(),
        errors: found.errors.iter().map(trouble).collect(),
        reported: found.reported.into_iter().map(reported).collect(),
        behind: found.behind,
    };
    call::json(200, &shown)
}

/// One value.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenMetric {
    /// `response_ms`, `model_ms`, `model_calls`, `tokens`, `errors`, `retries`, `queue_depth`, `memory_mb`, `cpu_percent` or
    /// `confidence_percent`.
    #[schema(example = "tokens")]
    name: String,
    /// A whole number, from 0.
    #[schema(example = 1_200)]
    value: i64,
}

/// What an agent says of itself.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenMetrics {
    /// From 1 to 50.
    metrics: Vec<GivenMetric>,
}

/// Keeps what a program says of itself, apart from what the house computes.
#[utoipa::path(post, path = "/api/v1/agents/{id}/metrics", tag = "agents", operation_id = "report_metrics",
    params(("id" = String, Path, description = "The agent."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = GivenMetrics,
    responses((status = 204, description = "It is kept."),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 422, response = super::openapi::Mismatch),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn report(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of_agent_or(&call, Scope::AgentsWrite).await?;
    let id: AgentId = call.id("id")?;
    let (given, hash) = call.json::<GivenMetrics>().await?;
    let metric = |(at, one): (usize, GivenMetric)| {
        let known = || Metric::ALL.iter().map(|metric| metric.as_str()).collect::<Vec<_>>().join(", ");
        let metric = Metric::parse(&one.name).ok_or_else(|| {
            Error::invalid(format!("metrics[{at}].name"), format!("This should be one of {}.", known()))
        });
        Ok((metric?, one.value))
    };
    let said = given.metrics.into_iter().enumerate().map(metric).collect::<Result<Vec<_>>>()?;
    let work = move |cx: &mut Cx<'_>, who: &Actor| analytics::report(cx, who, id, &said).map(|()| nothing());
    effect(&call, &bearer, hash, work, |_, _, _| Ok(())).await?.into_response()
}

/// Where a page of a log begins.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct LogQuery {
    /// From 1 to 200; 50, if not given.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ActivityEntry {
    /// Its place in the journal.
    number: i64,
    #[schema(format = DateTime)]
    at: String,
    /// What, as the journal calls it.
    #[schema(example = "message.request")]
    kind: String,
    /// `itself`, `owner`, `house` or `other`.
    by: &'static str,
    /// The other agent that did it, where one did.
    agent: Option<String>,
    /// What it was about, as an id.
    about: Option<String>,
    /// By which road: `api`, `page`, `worker`, …
    road: String,
}

/// A page of a log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AgentActivity {
    /// Newest first.
    activity: Vec<ActivityEntry>,
    /// The `cursor` of the next page; null: this was the last.
    next: Option<String>,
}

/// What an agent of the caller's did, and what was done to it, newest first: times and kinds, no words.
#[utoipa::path(get, path = "/api/v1/agents/{id}/activity", tag = "agents", operation_id = "agent_activity",
    params(("id" = String, Path, description = "The agent."), LogQuery),
    responses((status = 200, description = "A page.", body = AgentActivity),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn activity(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::AgentsRead).await?;
    let id: AgentId = call.id("id")?;
    let query: LogQuery = call.query()?;
    let limit = query.limit.unwrap_or(50);
    if !(1..=200).contains(&limit) {
        return Err(Error::invalid("limit", "This should be from 1 to 200."));
    }
    let before = super::tasks::page_after::<i64>(query.cursor.as_deref())?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        analytics::activity(cx, &who, id, before, limit)
    });
    let (found, next) = read.await?;
    let told = found.into_iter().map(|one| ActivityEntry {
        number: one.number,
        at: one.at.to_rfc3339(),
        kind: one.kind,
        by: one.by.as_str(),
        agent: one.other.map(|id| id.to_string()),
        about: one.about,
        road: one.road,
    });
    call::json(200, &AgentActivity { activity: told.collect(), next: next.map(|number| number.to_string()) })
}

/// What is under way to an agent, or to all.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct InboxState {
    /// How much waits.
    waiting: i64,
    /// Since when the oldest waits that could be had.
    #[schema(format = DateTime)]
    oldest: Option<String>,
    /// How much was handed over and is not answered.
    held: i64,
    /// How much of that for longer than its lease.
    stuck: i64,
}

impl InboxState {
    pub(super) fn of(inbox: Inbox) -> Self {
        Self {
            waiting: inbox.waiting,
            oldest: inbox.oldest_at.map(Timestamp::to_rfc3339),
            held: inbox.held,
            stuck: inbox.stuck,
        }
    }
}

/// Why an agent gets nothing for its keys.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ShutOut {
    #[schema(format = DateTime)]
    until: String,
    /// `refusals`, `floods` or `probing`.
    reason: String,
}

/// How an agent is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AgentHealth {
    /// `online`, `busy`, `away` or `offline`.
    presence: &'static str,
    /// Until when that holds; null: it is offline.
    #[schema(format = DateTime)]
    lease: Option<String>,
    /// When it last gave a sign of life.
    #[schema(format = DateTime)]
    active: Option<String>,
    /// What is under way to it.
    inbox: InboxState,
    /// What went wrong since yesterday began, of UTC.
    failures: i64,
    /// Whether it is shut out; null: it is not.
    shut_out: Option<ShutOut>,
}

impl AgentHealth {
    fn of(one: analytics::Health) -> Self {
        Self {
            presence: one.presence.as_str(),
            lease: one.lease_until.map(Timestamp::to_rfc3339),
            active: one.active_at.map(Timestamp::to_rfc3339),
            inbox: InboxState::of(one.inbox),
            failures: one.failures,
            shut_out: one.shut_out.map(|(until, reason)| ShutOut { until: until.to_rfc3339(), reason }),
        }
    }
}

/// How a program is: of the caller's, for administrators of anybody's.
#[utoipa::path(get, path = "/api/v1/agents/{id}/health", tag = "agents", operation_id = "agent_health",
    params(("id" = String, Path, description = "The agent.")),
    responses((status = 200, description = "How it is.", body = AgentHealth),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn health(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::AgentsRead).await?;
    let id: AgentId = call.id("id")?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        analytics::health(cx, &who, id)
    });
    call::json(200, &AgentHealth::of(read.await?))
}

/// Lets a program in again that is shut out, before its time: an administrator does.
#[utoipa::path(delete, path = "/api/v1/agents/{id}/shut-out", tag = "agents", operation_id = "let_agent_in",
    params(("id" = String, Path, description = "The agent.")),
    responses((status = 204, description = "It is in."),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn let_in(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::AgentsWrite).await?;
    let id: AgentId = call.id("id")?;
    call.nothing().await?;
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        agents::let_in(cx, &who, id).map(drop)
    });
    write.await?;
    Ok(HttpResponse::NoContent().finish())
}

/// How content somebody is.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenRating {
    /// From 1, not at all, to 5.
    #[schema(example = 4)]
    score: i64,
}

/// Says how content the caller is with what an agent did in a session of theirs that is over: the one that acted for them where a
/// time was looked for, any of a conversation or a group decision, the one that did a task of theirs, the one that asked them to
/// approve something; once more: changes it.
#[utoipa::path(put, path = "/api/v1/sessions/{id}/ratings/{agent}", tag = "sessions", operation_id = "rate_agent",
    params(("id" = String, Path, description = "The session, of whichever kind."),
        ("agent" = String, Path, description = "The agent.")),
    request_body = GivenRating,
    responses((status = 204, description = "It is kept."),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn rate(call: Call) -> Result<HttpResponse> {
    rated(call, analytics::rate).await
}

/// Says how content the caller is with how a program asked them for an approval that is over, be it of a task or of none; once
/// more: changes it.
#[utoipa::path(put, path = "/api/v1/approvals/{id}/ratings/{agent}", tag = "approvals", operation_id = "rate_approval",
    params(("id" = String, Path, description = "The approval."),
        ("agent" = String, Path, description = "The program that asked.")),
    request_body = GivenRating,
    responses((status = 204, description = "It is kept."),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn rate_approval(call: Call) -> Result<HttpResponse> {
    rated(call, analytics::rate_approval).await
}

/// Keeps what a person says of an agent, by the id of what it did.
async fn rated<T>(
    mut call: Call,
    rate: fn(&mut Cx<'_>, &Actor, T, AgentId, i64) -> Result<()>,
) -> Result<HttpResponse>
where
    T: FromStr<Err = Error> + Copy + Send + 'static,
{
    let bearer = Bearer::of(&call, Scope::SessionsWrite).await?;
    let (id, agent): (T, AgentId) = (call.id("id")?, call.id("agent")?);
    let (given, _) = call.json::<GivenRating>().await?;
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        rate(cx, &who, id, agent, given.score)
    });
    write.await?;
    Ok(HttpResponse::NoContent().finish())
}
