//! How an agent is, and how agents are altogether.

use super::see::yesterday;
use super::sql;
use super::tally::day;
use crate::agents::{self, Presence, Registered};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::AgentId;
use crate::base::time::Timestamp;
use crate::messages::{self, Inbox};
use crate::store::Cx;

/// How a program is.
#[derive(Clone, Debug)]
pub struct Health {
    /// Whether it is there.
    pub presence: Presence,
    /// Until when that holds.
    pub lease_until: Option<Timestamp>,
    /// When it last gave a sign of life.
    pub active_at: Option<Timestamp>,
    /// What waits for it, and what it holds.
    pub inbox: Inbox,
    /// What went wrong since yesterday began, of UTC.
    pub failures: i64,
    /// Until when it is shut out, and why.
    pub shut_out: Option<(Timestamp, String)>,
}

/// How programs are altogether.
#[derive(Clone, Debug)]
pub struct Agents {
    /// How many are there.
    pub online: i64,
    /// How many are shut out.
    pub shut_out: i64,
    /// What waits for all of them.
    pub inbox: Inbox,
}

/// How a program of the caller's is; for an administrator any.
pub fn health(cx: &Cx<'_>, who: &Actor, agent: AgentId) -> Result<Health> {
    let one: Registered = agents::registered(cx, who, agent)?;
    let failures = sql::errors(cx, (agent, &yesterday(cx), &day(cx.now)))?;
    Ok(Health {
        presence: one.presence(cx.house(), cx.now),
        lease_until: Some(one.lease_until).filter(|until| *until > cx.now),
        active_at: one.active_at,
        inbox: messages::inbox_of(cx, Some(agent))?,
        failures: failures.iter().map(|one| one.many).sum(),
        shut_out: one.shut_out(cx.now),
    })
}

/// How programs are altogether, for administrators.
pub fn agents_health(cx: &Cx<'_>, who: &Actor) -> Result<Agents> {
    if !who.is_admin() {
        return Err(Error::denied("Only an administrator sees how the house is."));
    }
    let (online, shut_out) = agents::many(cx)?;
    Ok(Agents { online, shut_out, inbox: messages::inbox_of(cx, None)? })
}
