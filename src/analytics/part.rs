//! One person's part in figures: to take away and to erase; and what is kept for a while only.

use serde_json::{Value, json};

use super::sql;
use super::tally::day;
use crate::agents;
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::Result;
use crate::base::id::{AgentId, Id, UserId};
use crate::base::time::DAY;
use crate::store::Cx;

/// How long it is kept what agents report of themselves, in milliseconds.
const KEPT_MS: i64 = 400 * DAY;

fn agents_of(cx: &Cx<'_>, user: UserId) -> Result<Vec<AgentId>> {
    let who = Actor::new(Who::User { id: user, admin: false }, Road::Worker, "part");
    let programs = agents::registered_of(cx, &who)?.into_iter().map(|one| one.agent.id);
    Ok([AgentId::from_uuid(user.uuid())].into_iter().chain(programs).collect())
}

/// What somebody's agents did, day by day, and how they rated agents.
pub fn export(cx: &Cx<'_>, user: UserId) -> Result<Value> {
    let mut figures = Vec::new();
    for agent in agents_of(cx, user)? {
        for (day, sums) in sql::by_day(cx, (agent, "", "9999-12-31"))? {
            figures.push(json!({
                "agent": agent,
                "day": day,
                "received": sums.received,
                "sent": sums.sent,
                "started": sums.started,
                "completed": sums.completed,
                "succeeded": sums.succeeded,
                "failed": sums.failed,
                "asked": sums.asked,
                "answered": sums.answered,
                "late": sums.late,
            }));
        }
    }
    let ratings = sql::ratings_by(cx, user)?.into_iter().map(|(session, agent, score, at)| {
        json!({ "session": session, "agent": agent, "score": score, "at": at.to_rfc3339() })
    });
    Ok(json!({ "figures": figures, "ratings": ratings.collect::<Vec<_>>() }))
}

/// Erases what is known of what somebody's agents did, and what they said of others'. Before the agents go.
pub fn erase(cx: &Cx<'_>, user: UserId) -> Result<()> {
    for agent in agents_of(cx, user)? {
        sql::delete_of_agent(cx, agent)?;
    }
    sql::delete_ratings_by(cx, user)
}

/// Deletes what agents reported of themselves long ago; gives how many rows.
pub fn delete_ended(cx: &Cx<'_>) -> Result<usize> {
    sql::delete_metrics_before(cx, &day(cx.now.plus(-KEPT_MS)))
}
