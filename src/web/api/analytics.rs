//! The figures of all of the caller's agents over the API.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::watch::{Counts, FigureDay};
use crate::accounts::Scope;
use crate::analytics::{self, Glance};
use crate::base::error::{Error, Result};
use crate::base::id::AgentId;
use crate::web::bearer::Bearer;
use crate::web::call::{self, Call};

/// How many agents there are on a page, where nobody says.
const USUAL: u32 = 20;

/// Whose figures, from which day to which, and where a page begins.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AnalyticsQuery {
    /// One of the caller's agents; all of them, if not given.
    agent: Option<String>,
    /// The first day, of UTC; 29 days before the last one, if not given. Of one agent 366 days at most, of all 92.
    #[param(example = "2026-11-01")]
    from: Option<String>,
    /// The last day; today, if not given.
    to: Option<String>,
    /// From 1 to 50; 20, if not given.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// What one agent did.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AgentAnalytics {
    /// Which.
    agent: String,
    /// What it is called; empty of a built-in one.
    name: String,
    /// `builtin`, `personal`, `service` or `room`.
    kind: &'static str,
    /// `active` or `retired`.
    state: &'static str,
    total: Counts,
    /// The days on which there was something, oldest first.
    days: Vec<FigureDay>,
}

impl AgentAnalytics {
    fn of(one: &Glance) -> Self {
        Self {
            agent: one.agent.id.to_string(),
            name: one.agent.name.clone(),
            kind: one.agent.kind.as_str(),
            state: one.agent.state.as_str(),
            total: Counts::of(&one.total),
            days: one.days.iter().map(FigureDay::of).collect(),
        }
    }
}

/// What the caller's agents did, computed from the journal.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Analytics {
    from: String,
    to: String,
    /// In the order in which they were made. With whom, what went wrong and what each says of itself is told by its own
    /// figures (`/api/v1/agents/{id}/figures`).
    agents: Vec<AgentAnalytics>,
    /// How many entries of the journal are still to be read: figures are complete where this is 0.
    behind: i64,
    /// The `cursor` of the next page; null: this was the last.
    next: Option<String>,
}

/// What the caller's agents did from a day to another one, and how well: the built-in one and all programs, the retired ones as
/// well; a program has itself alone.
#[utoipa::path(get, path = "/api/v1/analytics", tag = "agents", operation_id = "analytics", params(AnalyticsQuery),
    responses((status = 200, description = "A page.", body = Analytics),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn analytics(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::AgentsRead).await?;
    let query: AnalyticsQuery = call.query()?;
    let limit = query.limit.unwrap_or(USUAL);
    if !(1..=analytics::GLANCES_MAX).contains(&limit) {
        let words = format!("This should be from 1 to {}.", analytics::GLANCES_MAX);
        return Err(Error::invalid("limit", words));
    }
    let agent: Option<AgentId> = query.agent.as_deref().map(str::parse).transpose()?;
    let after: Option<AgentId> = super::tasks::page_after(query.cursor.as_deref())?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        let span = (query.from.as_deref(), query.to.as_deref());
        analytics::overview(cx, &who, agent, span, (after, limit))
    });
    let found = read.await?;
    let (from, to) = found.span;
    let shown = Analytics {
        from,
        to,
        agents: found.agents.iter().map(AgentAnalytics::of).collect(),
        behind: found.behind,
        next: found.next.map(|id| id.to_string()),
    };
    call::json(200, &shown)
}
