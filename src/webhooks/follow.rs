//! What the journal's entries mean to webhooks: whose are told, and which end.

use super::concern;
use super::kinds;
use super::model::State;
use super::own;
use super::sql::{self, New};
use super::{PATIENCE, deliver};
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::base::id::{AgentId, UserId};
use crate::journal::{Entry, Follower};
use crate::store::Cx;

/// Reads the journal for what webhooks are told.
pub const FOLLOWER: Follower = Follower { name: "webhooks", apply };

fn apply(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    let is_of_use = kinds::is_known(&entry.kind) || entry.kind == "user.enabled";
    if !is_of_use || !sql::is_any(cx)? {
        return Ok(());
    }
    if entry.kind == "user.enabled" {
        return enabled(cx, entry);
    }
    for told in concern::whose(cx, entry)? {
        for webhook in sql::of_user(cx, told.user)? {
            let is_new = entry.at() >= webhook.created_at;
            if !is_new || !kinds::covers(&webhook.kinds, &entry.kind) {
                continue;
            }
            if let Some(agent) = webhook.agent
                && !concern::may_know(cx, told.user, agent, entry)?
            {
                continue;
            }
            let new = New {
                webhook: webhook.id,
                entry: Some(entry.id),
                kind: &entry.kind,
                data: &told.data,
                happened_at: entry.at(),
                expires_at: cx.now.plus(PATIENCE),
            };
            match sql::insert_event(cx, &new)? {
                Some(event) if webhook.state == State::Active => {
                    deliver::enqueue(cx, webhook.id, event, &entry.trace)?;
                }
                Some(_) | None => {}
            }
            deliver::drop_oldest(cx, webhook.id)?;
        }
    }
    retired(cx, entry)
}

/// The webhooks of an agent end with it.
fn retired(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    let agent = entry.subject.as_deref().filter(|_| entry.kind == "agent.retired").map(str::parse::<AgentId>);
    let Some(Ok(agent)) = agent else { return Ok(()) };
    for webhook in sql::of_agent(cx, agent)? {
        own::end(cx, &Actor::house(&entry.trace), &webhook)?;
    }
    Ok(())
}

/// Somebody may use their account again: what waited for it goes out.
fn enabled(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    let Some(Ok(user)) = entry.subject.as_deref().map(str::parse::<UserId>) else { return Ok(()) };
    for webhook in sql::of_user(cx, user)? {
        if webhook.state == State::Active {
            deliver::release(cx, webhook.id, &entry.trace)?;
        }
    }
    Ok(())
}
