//! What an agent says of a message that it was handed: done, not now, still at it, never.

use super::claim::{lease, mine};
use super::end::{finish, work};
use super::model::{Delivery, State};
use super::sql;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::DeliveryId;
use crate::base::secret::same;
use crate::base::text;
use crate::base::time::{DAY, MINUTE, SECOND};
use crate::queue::{self, Backoff};
use crate::store::Cx;

/// The longest words about what went wrong, in characters.
const ERROR_CHARS_MAX: usize = 300;
/// The longest that an agent puts a message off, in milliseconds.
const DELAY_MAX_MS: i64 = 7 * DAY;

/// The message is dealt with. Where its time was over meanwhile it has expired all the same.
///
/// # Errors
/// `delivery.stale`: the lease is over, or another's.
pub fn acknowledge(cx: &mut Cx<'_>, who: &Actor, id: DeliveryId, lease: &str) -> Result<Delivery> {
    let mut one = held(cx, who, id, lease)?;
    if one.has_expired(cx.now) {
        finish(cx, who, &mut one, State::Expired, Some("time"))?;
    } else {
        finish(cx, who, &mut one, State::Delivered, None)?;
    }
    Ok(one)
}

/// Not now: the message is handed over again after `delay_ms`, or a little later and later, until it was handed over as often
/// as it may be; then it is dead.
pub fn put_back(
    cx: &mut Cx<'_>,
    who: &Actor,
    id: DeliveryId,
    lease: &str,
    (delay_ms, error): (Option<i64>, Option<&str>),
) -> Result<Delivery> {
    let backoff = Backoff {
        first_ms: 5 * SECOND,
        longest_ms: 10 * MINUTE,
        attempts_max: i64::from(cx.house().message_attempts),
    };
    let mut one = held(cx, who, id, lease)?;
    one.error = error.map(said).or(one.error);
    if delay_ms.is_some_and(|ms| !(0..=DELAY_MAX_MS).contains(&ms)) {
        let days = DELAY_MAX_MS / DAY;
        let words = format!("A message is put off by 0 seconds or more, and by {days} days at most.");
        return Err(Error::invalid("delay_seconds", words));
    }
    if one.attempts >= backoff.attempts_max {
        finish(cx, who, &mut one, State::Dead, Some("attempts"))?;
        return Ok(one);
    }
    let wait_ms = delay_ms.unwrap_or_else(|| backoff.wait_ms(one.attempts, cx.chance()));
    one.due_at = cx.now.plus(wait_ms);
    if one.expires_at.is_some_and(|expires| expires <= one.due_at) {
        finish(cx, who, &mut one, State::Expired, Some("time"))?;
        return Ok(one);
    }
    let work = queue::leased_elsewhere(cx, work(&one))?.ok_or_else(stale)?;
    let words = one.error.clone().unwrap_or_default();
    queue::retry_at(cx, &work, &words, one.due_at, i64::MAX)?;
    (one.state, one.leased_until) = (State::Queued, None);
    sql::update(cx, &one)?;
    Ok(one)
}

/// Its agent is still at it: the lease begins anew.
pub fn still_working(cx: &mut Cx<'_>, who: &Actor, id: DeliveryId, lease: &str) -> Result<Delivery> {
    let mut one = held(cx, who, id, lease)?;
    let lease_ms = cx.house().message_lease_ms;
    let work = queue::leased_elsewhere(cx, work(&one))?.ok_or_else(stale)?;
    queue::extend(cx, &work, lease_ms)?;
    one.leased_until = Some(cx.now.plus(lease_ms));
    sql::update(cx, &one)?;
    Ok(one)
}

/// Never: nothing becomes of it.
pub fn give_up(cx: &mut Cx<'_>, who: &Actor, id: DeliveryId, lease: &str, error: &str) -> Result<Delivery> {
    let mut one = held(cx, who, id, lease)?;
    one.error = Some(said(error));
    finish(cx, who, &mut one, State::Failed, Some("given_up"))?;
    Ok(one)
}

/// The house's own agent has read a message: it is dealt with, or, where `is_permitted` is false, it may not be delivered any
/// more. `None`: it was over already.
pub fn answered(
    cx: &mut Cx<'_>,
    who: &Actor,
    id: DeliveryId,
    is_permitted: bool,
) -> Result<Option<Delivery>> {
    let Some(mut one) = sql::delivery(cx, id)?.filter(|one| !one.state.is_over()) else { return Ok(None) };
    if one.has_expired(cx.now) {
        finish(cx, who, &mut one, State::Expired, Some("time"))?;
    } else if is_permitted {
        one.attempts += 1;
        finish(cx, who, &mut one, State::Delivered, None)?;
    } else {
        finish(cx, who, &mut one, State::Dead, Some("not_permitted"))?;
    }
    Ok(Some(one))
}

/// The delivery, in the hands of whoever says so.
fn held(cx: &Cx<'_>, who: &Actor, id: DeliveryId, given: &str) -> Result<Delivery> {
    let gone = || Error::NotFound("delivery");
    let one = sql::delivery(cx, id)?.ok_or_else(gone)?;
    mine(cx, who, one.to).map_err(|error| match error {
        Error::NotFound(_) => gone(),
        other => other,
    })?;
    let stands = one.state == State::Processing && one.leased_until.is_some_and(|until| until > cx.now);
    if stands && same(&lease(cx, &one), given) { Ok(one) } else { Err(stale()) }
}

fn said(words: &str) -> String {
    text::blank_addresses(&text::line(words, ERROR_CHARS_MAX))
}

fn stale() -> Error {
    Error::refused("delivery.stale", "The lease on this message is over: it is handed out again, or ended.")
}
