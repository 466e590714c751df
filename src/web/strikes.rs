//! What agents were refused lately, counted in memory: one that does too much of it is shut out for a while, by [`agents`].
//!
//! Counted are calls with a token that proved good, so that nobody brings another's agent down by using its name. A restart
//! forgets what was counted; who is shut out by then stays so.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use actix_web::http::header::AUTHORIZATION;
use actix_web::{HttpMessage, HttpRequest};

use super::Web;
use crate::agents::{self, Pattern};
use crate::base::error::Error;
use crate::base::id::AgentId;
use crate::base::time::{Clock, HOUR, Timestamp};
use crate::config::Config;

/// From how many agents on those are forgotten whose hour is over.
const AGENTS_MAX: usize = 10_000;

/// A call came with a token of this agent that proved good. Kept with the request.
#[derive(Clone, Copy, Debug)]
pub struct Proven(pub AgentId);

/// What was counted of one agent, and since when: for an hour.
#[derive(Clone, Copy, Debug)]
struct Counted {
    since: Timestamp,
    many: [u32; Pattern::ALL.len()],
}

/// The counts of this process.
#[derive(Debug)]
pub struct Strikes {
    clock: Clock,
    most: [u32; Pattern::ALL.len()],
    counted: Mutex<HashMap<AgentId, Counted>>,
}

impl Strikes {
    /// Nothing counted yet.
    pub fn new(config: &Config, clock: Clock) -> Self {
        let agents = &config.agents;
        Self {
            clock,
            most: [agents.refusals_per_hour, agents.floods_per_hour, agents.probes_per_hour],
            counted: Mutex::default(),
        }
    }

    /// How much of each an agent was refused in its hour, and at how much it is shut out; of what it may do without end nothing.
    pub fn standing(&self, agent: AgentId) -> Vec<(Pattern, u32, u32)> {
        let now = self.clock.now();
        let counted = held(&self.counted).get(&agent).copied();
        let counted = counted.filter(|counted| now.since(counted.since) < HOUR);
        let many = counted.map_or([0; Pattern::ALL.len()], |counted| counted.many);
        let all = Pattern::ALL.iter().copied().zip(many).zip(self.most);
        all.filter(|(_, most)| *most > 0).map(|((pattern, many), most)| (pattern, many, most)).collect()
    }

    /// Counts how an agent's call was answered; gives of what it did too much, once for each time that it is reached.
    fn count(&self, agent: AgentId, status: u16) -> Option<Pattern> {
        let pattern = match status {
            400 | 403 | 409 | 422 => Pattern::Refusals,
            429 => Pattern::Floods,
            404 => Pattern::Probing,
            _ => return None,
        };
        let now = self.clock.now();
        let mut all = held(&self.counted);
        if all.len() > AGENTS_MAX {
            all.retain(|_, counted| now.since(counted.since) < HOUR);
        }
        let fresh = Counted { since: now, many: [0; Pattern::ALL.len()] };
        let counted = all.entry(agent).or_insert(fresh);
        if now.since(counted.since) >= HOUR {
            *counted = fresh;
        }
        let many = counted.many.get_mut(pattern as usize)?;
        *many += 1;
        let most = self.most.get(pattern as usize).copied().unwrap_or(0);
        if most == 0 || *many < most {
            return None;
        }
        all.remove(&agent);
        Some(pattern)
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whose call it is, once its token proved good.
pub fn proven(request: &HttpRequest) -> Option<AgentId> {
    request.extensions().get::<Proven>().map(|proven| proven.0)
}

/// Whose token a call has, if it was checked before: what comes too soon is refused before it is looked at.
pub fn known(web: &Web, request: &HttpRequest) -> Option<AgentId> {
    let (_, token) = request.headers().get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    web.state.checked.known(token.trim()).map(|claims| claims.sub)
}

/// What is nobody's fault who asks is not counted against them, nor what an agent is refused because it is shut out or all are
/// switched off: it would be shut out when that is over.
pub fn spare(request: &HttpRequest, error: &Error) {
    let is_off = error.code() == "agent.off";
    if is_off || matches!(error, Error::Full { .. } | Error::ShutOut { .. }) {
        request.extensions_mut().remove::<Proven>();
    }
}

/// Counts how an agent's call was answered, and shuts it out where that was too much.
pub async fn strike(web: &Web, agent: AgentId, status: u16, trace: &str) {
    let Some(pattern) = web.state.strikes.count(agent, status) else { return };
    let by = trace.to_owned();
    let done = web.store.write(move |cx| agents::shut_out(cx, &by, agent, pattern)).await;
    match done {
        Ok(_) => {
            tracing::warn!(%agent, pattern = pattern.as_str(), trace, "an agent is shut out for a while");
        }
        Err(error) => tracing::error!(%agent, %error, trace, "an agent could not be shut out"),
    }
}
