//! The ends of a delivery, by whoever brings them about, and what ends by itself.

use super::model::{Delivery, State};
use super::sql::lanes;
use super::{attachment, sql};
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::base::id::{AgentId, DeliveryId, Id, SessionId, WorkId};
use crate::base::time::DAY;
use crate::journal::{self, Happening};
use crate::queue;
use crate::store::Cx;

/// How many are settled in one go.
const AT_ONCE: u32 = 200;
/// How long it is known what became of a delivery, in milliseconds.
const KEPT_MS: i64 = 365 * DAY;
/// How many are deleted in one go.
const SWEPT_MAX: u32 = 10_000;

/// The queue's work of a delivery.
pub(super) fn work(one: &Delivery) -> WorkId {
    WorkId::from_uuid(one.id.uuid())
}

/// Ends a delivery: its work goes, and its sender gets a receipt.
pub(super) fn finish(
    cx: &mut Cx<'_>,
    who: &Actor,
    one: &mut Delivery,
    state: State,
    reason: Option<&str>,
) -> Result<()> {
    queue::drop_work(cx, work(one))?;
    one.state = state;
    one.reason = reason.map(str::to_owned);
    one.leased_until = None;
    one.ended_at = Some(cx.now);
    sql::update(cx, one)?;
    lanes::leave(cx, one)?;
    receipt(cx, who, one)
}

/// Tells the sender how a delivery stands: what is under way was handed over.
pub(super) fn receipt(cx: &mut Cx<'_>, who: &Actor, one: &Delivery) -> Result<()> {
    let Some(from) = one.from else { return Ok(()) };
    let kind = match one.state {
        State::Queued => return Ok(()),
        State::Processing => "delivery.delivered",
        State::Delivered => "delivery.processed",
        State::Failed => "delivery.failed",
        State::Expired => "delivery.expired",
        State::Dead => "delivery.dead",
    };
    let mut happening = Happening::to(kind, &from).with(&one.id);
    // What could not be delivered by nobody's fault has no number: it is no failure of whom it was for.
    let is_fault = !matches!(
        one.reason.as_deref(),
        Some("not_permitted" | "inbox_full" | "retention" | "withdrawn" | "closed" | "fault")
    );
    // How long it was under way; of what was handed over, how long it waited since it could be had.
    let since = if one.state == State::Processing { one.since() } else { one.created_at };
    happening.amount = is_fault.then(|| cx.now.since(since));
    journal::append(cx, who, &happening).map(drop)
}

/// Ends what nobody wanted in time, and takes back what was handed over and not answered: into the inbox, or out of it after
/// the last attempt. Gives how many that were; call again until it gives 0.
pub fn end_overdue(cx: &mut Cx<'_>) -> Result<usize> {
    let who = Actor::house("overdue-messages");
    let expired = sql::expired(cx, AT_ONCE)?;
    let mut settled = expired.len();
    for mut one in expired {
        finish(cx, &who, &mut one, State::Expired, Some("time"))?;
    }
    let most = i64::from(cx.house().message_attempts);
    for mut one in sql::lapsed(cx, AT_ONCE)? {
        settled += 1;
        if one.attempts >= most {
            finish(cx, &who, &mut one, State::Dead, Some("attempts"))?;
        } else {
            (one.state, one.leased_until) = (State::Queued, None);
            sql::update(cx, &one)?;
        }
    }
    Ok(settled)
}

/// Ends what one of the house's own agents was to read, where that work is dead on a fault of ours: its sender is told. Says
/// whether there was something to end.
pub fn fail_dead(cx: &mut Cx<'_>, work: WorkId) -> Result<bool> {
    let Some(mut one) = sql::delivery(cx, DeliveryId::from_uuid(work.uuid()))? else { return Ok(false) };
    if one.state != State::Queued {
        return Ok(false);
    }
    finish(cx, &Actor::house("failed-messages"), &mut one, State::Dead, Some("fault"))?;
    Ok(true)
}

/// Ends everything that is under way to an agent that gets nothing any more; gives how much that was.
pub fn drop_of_agent(cx: &mut Cx<'_>, who: &Actor, agent: AgentId) -> Result<usize> {
    let live = sql::live_to(cx, agent)?;
    let many = live.len();
    for mut one in live {
        finish(cx, who, &mut one, State::Dead, Some("not_permitted"))?;
    }
    Ok(many)
}

/// Ends what is under way in a session, for a reason.
pub fn drop_of_session(cx: &mut Cx<'_>, who: &Actor, session: SessionId, reason: &str) -> Result<usize> {
    let live = sql::live_of_session(cx, session)?;
    let many = live.len();
    for mut one in live {
        finish(cx, who, &mut one, State::Dead, Some(reason))?;
    }
    Ok(many)
}

/// Ends what was sent for later in a session that is over: nobody waits for it any more.
pub fn drop_deferred(cx: &mut Cx<'_>, who: &Actor, session: SessionId) -> Result<usize> {
    let is_deferred = |one: &Delivery| one.state == State::Queued && one.attempts == 0 && one.due_at > cx.now;
    let deferred: Vec<_> = sql::live_of_session(cx, session)?.into_iter().filter(is_deferred).collect();
    let many = deferred.len();
    for mut one in deferred {
        finish(cx, who, &mut one, State::Dead, Some("closed"))?;
    }
    Ok(many)
}

/// Ends what waits in a session that is over for agents that were handed nothing of it: they hear neither of it nor of its end, but
/// those who have to do with it otherwise.
pub fn drop_unheard(cx: &mut Cx<'_>, who: &Actor, session: SessionId, but: &[AgentId]) -> Result<usize> {
    let is_unheard = |one: &Delivery| one.attempts == 0 && !but.contains(&one.to);
    let unheard: Vec<_> = sql::live_of_session(cx, session)?.into_iter().filter(is_unheard).collect();
    let many = unheard.len();
    for mut one in unheard {
        finish(cx, who, &mut one, State::Dead, Some("closed"))?;
    }
    Ok(many)
}

/// What waits for an agent, for rooms that have settled who is asking.
pub fn waiting(cx: &Cx<'_>, agent: AgentId) -> Result<Vec<Delivery>> {
    let live = sql::live_to(cx, agent)?;
    Ok(live.into_iter().filter(|one| one.state == State::Queued).collect())
}

/// Ends a delivery that may not be handed over any more.
pub fn withhold(cx: &mut Cx<'_>, who: &Actor, mut one: Delivery) -> Result<()> {
    finish(cx, who, &mut one, State::Dead, Some("not_permitted"))
}

/// Ends what is under way in a session to one agent that is in it no more.
pub fn drop_of_both(cx: &mut Cx<'_>, who: &Actor, session: SessionId, agent: AgentId) -> Result<usize> {
    let live: Vec<_> = sql::live_of_session(cx, session)?.into_iter().filter(|one| one.to == agent).collect();
    let many = live.len();
    for mut one in live {
        finish(cx, who, &mut one, State::Dead, Some("not_permitted"))?;
    }
    Ok(many)
}

/// Deletes deliveries that ended a while ago, whether their session goes on or not; gives how many.
pub fn delete_ended(cx: &Cx<'_>) -> Result<usize> {
    sql::delete_before(cx, cx.now.plus(-KEPT_MS), SWEPT_MAX)
}

/// Deletes what is stored of the messages of a session: deliveries and attachments. The journal keeps that they were sent.
pub fn erase_of_session(cx: &mut Cx<'_>, session: SessionId) -> Result<()> {
    drop_of_session(cx, &Actor::house("retention"), session, "retention")?;
    sql::delete_of_session(cx, session)?;
    attachment::delete_of_session(cx, session)
}
