//! Telling a webhook: what the worker calls, and what comes of how that went.
//!
//! Events of one webhook go out one at a time and in order; one that the receiver does not take is tried again, and those
//! behind it wait. What is not to be sent now keeps waiting in its row, without work, until the webhook is resumed.

use serde_json::json;

use super::model::{Event, EventState, State, Webhook};
use super::{BACKOFF, FAILING_AFTER, TOPIC, WAIT_MAX, WAITING_MAX, concern, sign, sql};
use crate::accounts;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{WebhookEventId, WebhookId};
use crate::base::secret::Secret;
use crate::base::time::SECOND;
use crate::journal::{self, Happening};
use crate::queue::{self, Leased, Work};
use crate::store::Cx;

/// A call to be made: a POST of JSON.
#[derive(Debug)]
pub struct Call {
    /// What it tells.
    pub event: WebhookEventId,
    /// Where it goes.
    pub url: Secret,
    /// Headers by name, as Standard Webhooks says.
    pub headers: [(&'static str, String); 3],
    /// The body.
    pub body: Vec<u8>,
}

/// How a call went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver answered.
    Answered {
        /// The status.
        status: u16,
        /// How long it asks to be left alone, in milliseconds.
        wait_ms: Option<i64>,
    },
    /// No answer came; why, without the address.
    Unanswered(String),
}

/// Enqueues an event behind what its webhook is still to be told.
pub(super) fn enqueue(cx: &Cx<'_>, webhook: WebhookId, event: WebhookEventId, trace: &str) -> Result<()> {
    let work = Work::of(TOPIC, trace, json!({ "event": event }));
    let work = work.keyed(event.to_string()).ordered(webhook.to_string());
    queue::enqueue(cx, &work).map(drop)
}

/// Takes what waits off the queue. What is being sent just now ends by itself.
pub(super) fn withdraw(cx: &Cx<'_>, webhook: WebhookId) -> Result<Vec<WebhookEventId>> {
    let waiting = sql::waiting(cx, webhook)?;
    for event in &waiting {
        queue::withdraw(cx, TOPIC, &event.to_string())?;
    }
    Ok(waiting)
}

/// Lets go what is too much to wait, the oldest first. The very first stays: what is tried again later must not be
/// followed at once by what stood behind it.
pub(super) fn drop_oldest(cx: &Cx<'_>, webhook: WebhookId) -> Result<()> {
    for event in sql::too_many_waiting(cx, webhook, WAITING_MAX)? {
        queue::withdraw(cx, TOPIC, &event.to_string())?;
        sql::delete_event(cx, event)?;
    }
    Ok(())
}

/// Lets everything that waits go out, in order.
pub(super) fn release(cx: &Cx<'_>, webhook: WebhookId, trace: &str) -> Result<()> {
    for event in withdraw(cx, webhook)? {
        enqueue(cx, webhook, event, trace)?;
    }
    Ok(())
}

/// Begins an attempt; `None`: there is nothing to be sent now, and the work has ended.
pub fn begin(cx: &mut Cx<'_>, lease: &Leased) -> Result<Option<Call>> {
    let event = lease.payload.get("event").and_then(serde_json::Value::as_str);
    let event = event.ok_or_else(|| Error::internal("a webhook's work without its event"))?.parse()?;
    let event = sql::event(cx, event)?.filter(|event| event.state == EventState::Waiting);
    let webhook = match &event {
        Some(event) => sql::webhook(cx, event.webhook)?,
        None => None,
    };
    let (Some(event), Some(webhook)) = (event, webhook) else { return queue::done(cx, lease).map(|()| None) };
    if event.expires_at <= cx.now {
        sql::end_event(cx, event.id, EventState::Expired)?;
        return queue::done(cx, lease).map(|()| None);
    }
    if !is_sent_to(cx, &webhook)? {
        return queue::done(cx, lease).map(|()| None);
    }
    sql::begin_attempt(cx, event.id)?;
    call(cx, &webhook, &event).map(Some)
}

/// Whether a webhook is told of anything now.
fn is_sent_to(cx: &Cx<'_>, webhook: &Webhook) -> Result<bool> {
    let may = match accounts::get(cx, webhook.user) {
        Ok(user) => user.disabled_at.is_none(),
        Err(Error::NotFound(_)) => false,
        Err(error) => return Err(error),
    };
    let serves = match webhook.agent {
        Some(agent) => concern::serving(cx, webhook.user, agent)?.is_some(),
        None => true,
    };
    Ok(may && serves && webhook.state == State::Active)
}

fn call(cx: &Cx<'_>, webhook: &Webhook, event: &Event) -> Result<Call> {
    let body = json!({
        "type": event.kind,
        "timestamp": event.happened_at.to_rfc3339(),
        "data": event.data,
    });
    let body = body.to_string().into_bytes();
    let (id, seconds) = (event.id.to_string(), cx.now.ms() / SECOND);
    let former = webhook.receiver.former.as_ref().filter(|(_, until)| *until > cx.now);
    let secrets = [Some(&webhook.receiver.secret), former.map(|(secret, _)| secret)];
    let signed: Option<Vec<String>> =
        secrets.into_iter().flatten().map(|secret| sign::signature(secret, &id, seconds, &body)).collect();
    let signed = signed.ok_or_else(|| Error::internal("a webhook's secret is none"))?;
    Ok(Call {
        event: event.id,
        url: webhook.receiver.url.clone(),
        headers: [
            ("webhook-id", id),
            ("webhook-timestamp", seconds.to_string()),
            ("webhook-signature", signed.join(" ")),
        ],
        body,
    })
}

/// Keeps how an attempt went: it is told, it is tried again, or it is over.
pub fn ended(cx: &mut Cx<'_>, lease: &Leased, event: WebhookEventId, outcome: &Outcome) -> Result<()> {
    let event = sql::event(cx, event)?.filter(|event| event.state == EventState::Waiting);
    let webhook = match &event {
        Some(event) => sql::webhook(cx, event.webhook)?,
        None => None,
    };
    // It was removed meanwhile.
    let (Some(event), Some(webhook)) = (event, webhook) else { return queue::done(cx, lease) };
    let (status, error, wait_ms) = match outcome {
        Outcome::Answered { status: status @ 200..=299, .. } => {
            sql::set_answer(cx, event.id, Some(i64::from(*status)), None)?;
            sql::end_event(cx, event.id, EventState::Delivered)?;
            if webhook.failing_since.is_some() {
                sql::set_failing_since(cx, webhook.id, None)?;
            }
            return queue::done(cx, lease);
        }
        Outcome::Answered { status, wait_ms } => {
            (Some(*status), answered(*status).to_owned(), wait_ms.filter(|_| matches!(status, 429 | 503)))
        }
        Outcome::Unanswered(error) => (None, error.clone(), None),
    };
    sql::set_answer(cx, event.id, status.map(i64::from), Some(&error))?;
    if status == Some(410) {
        sql::end_event(cx, event.id, EventState::Failed)?;
        queue::done(cx, lease)?;
        return stop(cx, &lease.trace, webhook, State::Gone);
    }
    again(cx, lease, &event, &error, wait_ms)?;
    let since = webhook.failing_since.unwrap_or(cx.now);
    if webhook.failing_since.is_none() {
        sql::set_failing_since(cx, webhook.id, Some(since))?;
    }
    if webhook.state == State::Active && cx.now.since(since) >= FAILING_AFTER {
        return stop(cx, &lease.trace, Webhook { failing_since: Some(since), ..webhook }, State::Failing);
    }
    Ok(())
}

/// What an answer that says no means.
fn answered(status: u16) -> &'static str {
    match status {
        300..=399 => "It redirects, which is not followed.",
        410 => "It says that it is gone.",
        429 => "It asks to be called less often.",
        400..=499 => "It does not take what it is told.",
        _ => "It cannot take it now.",
    }
}

/// Tries an event again, or gives it up where its time would be over by then.
fn again(cx: &mut Cx<'_>, lease: &Leased, event: &Event, error: &str, wait_ms: Option<i64>) -> Result<()> {
    let usual = BACKOFF.wait_ms(lease.attempt, cx.chance());
    let at = cx.now.plus(wait_ms.unwrap_or(0).clamp(0, WAIT_MAX).max(usual));
    if at >= event.expires_at {
        sql::end_event(cx, event.id, EventState::Expired)?;
        return queue::done(cx, lease);
    }
    queue::retry_at(cx, lease, error, at, BACKOFF.attempts_max).map(drop)
}

/// Leaves a webhook alone, and tells the journal, from which its owner's notice is learnt.
fn stop(cx: &mut Cx<'_>, trace: &str, mut webhook: Webhook, state: State) -> Result<()> {
    if webhook.state != State::Active {
        return Ok(());
    }
    webhook.state = state;
    sql::update(cx, &webhook)?;
    withdraw(cx, webhook.id)?;
    let data = json!({ "host": webhook.host(), "reason": state.as_str() });
    let happening = Happening::to("webhook.failing", &webhook.id).with(&webhook.user).data(&data);
    journal::append(cx, &Actor::house(trace), &happening).map(drop)
}
