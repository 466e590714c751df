//! What all of the reader's agents did lately, at a glance.

use actix_web::web::Query;

use super::agents::switched_on;
use super::visit::{Answer, Visit, ok};
use super::watch::{behind, content, lead, percent, took};
use crate::agents::{Kind, State};
use crate::analytics::{self, Glance, Sums};
use crate::base::error::Result;
use crate::base::id::AgentId;
use crate::web::view::analytics::{AnalyticsPage, GlanceRow};
use crate::web::view::hub::{Tab, Tabs};
use crate::web::view::parts::{Nav, Pager};

/// How many agents a page has.
const ROWS: u32 = 20;

/// After which agent a page begins.
#[derive(serde::Deserialize)]
pub(super) struct After {
    after: Option<String>,
}

/// `GET /analytics`: the last thirty days.
pub(super) async fn list(visit: Visit, part: Query<After>) -> Answer {
    visit.user()?;
    let after: Option<AgentId> = part.after.as_deref().map(str::parse).transpose()?;
    let is_off = switched_on(&visit).is_err();
    let who = visit.actor();
    let read = visit.read(move |cx| -> Result<_> {
        if is_off {
            return Ok(None);
        }
        analytics::overview(cx, &who, None, (None, None), (after, ROWS)).map(Some)
    });
    let found = read.await?;
    let rows: Vec<_> = found.iter().flat_map(|found| &found.agents).collect();
    let is_all = after.is_none() && found.as_ref().is_some_and(|found| found.next.is_none());
    ok(&AnalyticsPage {
        frame: visit.frame("Figures", Nav::Agents),
        tabs: Tabs(Tab::Analytics),
        lead: found.as_ref().map_or_else(String::new, |found| lead(&found.span)),
        behind: found.as_ref().map_or_else(String::new, |found| behind(found.behind)),
        is_off,
        is_quiet: is_all && rows.iter().all(|one| one.total == Sums::default()),
        rows: rows.into_iter().map(row).collect(),
        pager: Pager {
            first: after.map(|_| "/analytics".to_owned()),
            next: found.and_then(|found| found.next).map(|id| format!("/analytics?after={id}")),
        },
    })
}

fn row(one: &Glance) -> GlanceRow {
    let (agent, total) = (&one.agent, &one.total);
    let name = match agent.kind {
        Kind::Builtin => "Your built-in agent".to_owned(),
        _ => agent.name.clone(),
    };
    GlanceRow {
        href: format!("{}/figures", super::agents::path(agent.id)),
        name,
        is_retired: agent.state == State::Retired,
        received: total.received,
        sent: total.sent,
        began: total.started,
        completed: total.completed,
        success: percent(total),
        median: took(total.times.percentile(50)),
        content: content(total),
    }
}
