//! Shutting out: a program that does too much of what is refused is kept out for a while, and everybody whom it concerns is
//! told. It ends by itself, or when an administrator lets it in. And whose program gives no sign of life is told once.

use serde_json::json;

use super::registration::Registered;
use super::sql::registry;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::AgentId;
use crate::base::time::{DAY, MINUTE, SECOND, Timestamp};
use crate::journal::{self, Happening};
use crate::store::Cx;
use crate::worded;

/// Why a program is inactive that never gave a sign of life: a stable word.
pub const NEVER_CAME: &str = "never-came";
/// How many are told of in one go.
const AT_ONCE: u32 = 100;

worded! {
    /// What a program did too much of.
    Pattern {
        /// It asked for what it may not, or what cannot be.
        Refusals = "refusals",
        /// It went on when it was told to wait.
        Floods = "floods",
        /// It looked for what is not there.
        Probing = "probing",
    }
}

impl Pattern {
    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Refusals => "it asked again and again for what it may not do",
            Self::Floods => "it went on when it was told to wait",
            Self::Probing => "it looked again and again for what is not there",
        }
    }
}

impl Registered {
    /// Until when it is shut out at `now`, and why: a word of [`Pattern`].
    pub fn shut_out(&self, now: Timestamp) -> Option<(Timestamp, String)> {
        let until = self.shut_out_until.filter(|until| *until > now)?;
        Some((until, self.shut_out_reason.clone().unwrap_or_default()))
    }
}

/// What a program is answered at `now` that is shut out.
pub(super) fn refusal(until: Timestamp, now: Timestamp) -> Error {
    // Not a moment too early: a second that has begun is a whole one.
    let left_ms = until.since(now).max(0).unsigned_abs();
    Error::ShutOut { until, retry_after_s: left_ms.div_ceil(SECOND.unsigned_abs()) }
}

/// Keeps a program out for as long as the house says; says whether it was in.
pub fn shut_out(cx: &mut Cx<'_>, trace: &str, id: AgentId, why: Pattern) -> Result<bool> {
    let Some(one) = registry::registered(cx, id)?.filter(|one| one.shut_out(cx.now).is_none()) else {
        return Ok(false);
    };
    let for_ms = cx.house().agent_shut_out_ms;
    registry::set_shut_out(cx, id, Some((cx.now.plus(for_ms), why.as_str())))?;
    registry::end_lease(cx, id)?;
    let data = json!({ "reason": why.as_str(), "name": one.agent.name });
    let mut happening = Happening::to("agent.shut-out", &id).amount(for_ms / MINUTE).data(&data);
    happening.object = one.agent.user.map(|user| user.to_string());
    journal::append(cx, &Actor::house(trace), &happening)?;
    Ok(true)
}

/// Lets a program in again before its time: an administrator does. One that is in stays so.
pub fn let_in(cx: &mut Cx<'_>, who: &Actor, id: AgentId) -> Result<Registered> {
    let one = super::registered(cx, who, id)?;
    if !who.is_admin() || who.agent().is_some() {
        return Err(Error::denied("Only an administrator lets an agent in that is shut out."));
    }
    if one.shut_out(cx.now).is_some() {
        registry::set_shut_out(cx, id, None)?;
        let mut happening = Happening::to("agent.let-in", &id);
        happening.object = one.agent.user.map(|user| user.to_string());
        journal::append(cx, who, &happening)?;
    }
    super::registered(cx, who, id)
}

/// Tells the journal of programs that gave no sign of life for too long, each once until it gives one; gives how many. A job.
pub fn tell_inactive(cx: &mut Cx<'_>) -> Result<usize> {
    let after_ms = cx.house().agent_inactive_ms;
    if after_ms == 0 {
        return Ok(0);
    }
    let silent = registry::silent(cx, cx.now.plus(-after_ms), AT_ONCE)?;
    let who = Actor::house("inactive-agents");
    for one in &silent {
        registry::set_told(cx, one.id)?;
        let mut data = json!({ "name": one.name });
        if one.never_came {
            data["reason"] = json!(NEVER_CAME);
        }
        let happening = Happening::to("agent.inactive", &one.id).with(&one.owner);
        let happening = happening.amount(after_ms / DAY).data(&data);
        journal::append(cx, &who, &happening)?;
    }
    Ok(silent.len())
}

/// How many programs are there, and how many are shut out.
pub fn many(cx: &Cx<'_>) -> Result<(i64, i64)> {
    registry::many(cx)
}

/// Everybody's programs after one of them, for administrators.
pub fn everybodys(cx: &Cx<'_>, who: &Actor, after: Option<AgentId>, limit: u32) -> Result<Vec<Registered>> {
    if !who.is_admin() || who.agent().is_some() {
        return Err(Error::denied("Only an administrator sees everybody's agents."));
    }
    registry::registered_after(cx, after, limit)
}
