//! One's own webhooks: added, changed, tried out, looked at and removed. For people alone: no program of theirs says who
//! else is told.

use super::deliver;
use super::kinds::{self, TEST};
use super::model::{Change, Event, EventState, Events, NewWebhook, Receiver, State, Webhook};
use super::sql::{self, New};
use super::{OVERLAP, PATIENCE, WEBHOOKS_MAX, concern, sign};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, UserId, WebhookEventId, WebhookId};
use crate::base::secret::Secret;
use crate::base::time::HOUR;
use crate::journal::{self, Happening};
use crate::limits::{self, Budget};
use crate::store::Cx;

/// The longest address, in bytes.
const URL_BYTES_MAX: usize = 2_000;
/// How often a person may have something sent anew or tried out.
const SENDS: Budget = Budget { name: "webhook-sends", most: 120, window_ms: HOUR };
/// How often a person may add one: one that is taken away and added again is called anew at once.
const ADDED: Budget = Budget { name: "webhooks-added", most: 40, window_ms: HOUR };
/// The most events of a page.
const EVENTS_MAX: u32 = 100;

fn me(who: &Actor) -> Result<UserId> {
    who.people_only()?;
    who.user().ok_or_else(|| Error::denied("Only somebody with an account has webhooks."))
}

/// One's own webhooks, the oldest first.
pub fn list(cx: &Cx<'_>, who: &Actor) -> Result<Vec<Webhook>> {
    sql::of_user(cx, me(who)?)
}

/// A webhook of one's own.
pub fn webhook(cx: &Cx<'_>, who: &Actor, id: WebhookId) -> Result<Webhook> {
    let me = me(who)?;
    sql::webhook(cx, id)?.filter(|one| one.user == me).ok_or(Error::NotFound("webhook"))
}

fn checked(url: &Secret) -> Result<()> {
    if url.is_empty() || url.expose().len() > URL_BYTES_MAX {
        return Err(Error::invalid(
            "url",
            format!("This should be an address of {URL_BYTES_MAX} bytes at most."),
        ));
    }
    Ok(())
}

/// Adds a webhook; what it is signed with is shown this once.
pub fn add(cx: &mut Cx<'_>, who: &Actor, new: &NewWebhook) -> Result<(Webhook, Secret)> {
    let me = me(who)?;
    checked(&new.url)?;
    let kinds = kinds::checked(&new.kinds)?;
    if let Some(agent) = new.agent
        && concern::serving(cx, me, agent)?.is_none()
    {
        return Err(Error::invalid("agent", "This is no agent of yours that is in use."));
    }
    if sql::of_user(cx, me)?.len() >= WEBHOOKS_MAX {
        let words = format!("You have {WEBHOOKS_MAX} webhooks already; remove one first.");
        return Err(Error::refused("webhook.too-many", words));
    }
    limits::spend(cx, ADDED, &me.to_string(), 1)?;
    let secret = sign::secret(cx.chance());
    let one = Webhook {
        id: cx.id(),
        user: me,
        agent: new.agent,
        kinds,
        state: State::Active,
        failing_since: None,
        created_at: cx.now,
        receiver: Receiver { url: new.url.clone(), secret: secret.clone(), former: None },
    };
    sql::insert(cx, &one)?;
    journal::append(cx, who, &Happening::to("webhook.added", &one.id).with(&me))?;
    Ok((one, secret))
}

/// Changes a webhook. One that is paused, or was left alone, and is to be told again goes on where it stopped.
pub fn change(cx: &mut Cx<'_>, who: &Actor, id: WebhookId, change: &Change) -> Result<Webhook> {
    let mut one = webhook(cx, who, id)?;
    if let Some(url) = &change.url {
        checked(url)?;
        one.receiver.url = url.clone();
    }
    if let Some(given) = &change.kinds {
        one.kinds = kinds::checked(given)?;
    }
    match change.is_active {
        Some(true) if one.state != State::Active => {
            one.state = State::Active;
            one.failing_since = None;
            deliver::release(cx, id, &who.trace)?;
        }
        Some(false) => {
            one.state = State::Paused;
            deliver::withdraw(cx, id)?;
        }
        Some(true) | None => {}
    }
    sql::update(cx, &one)?;
    let data = serde_json::json!({ "state": one.state.as_str() });
    journal::append(cx, who, &Happening::to("webhook.changed", &id).with(&one.user).data(&data))?;
    Ok(one)
}

/// Signs with something new, which is shown this once. What was signed with before counts beside it for a day.
pub fn rotate(cx: &mut Cx<'_>, who: &Actor, id: WebhookId) -> Result<(Webhook, Secret)> {
    let mut one = webhook(cx, who, id)?;
    let secret = sign::secret(cx.chance());
    let former = std::mem::replace(&mut one.receiver.secret, secret.clone());
    one.receiver.former = Some((former, cx.now.plus(OVERLAP)));
    sql::update(cx, &one)?;
    journal::append(cx, who, &Happening::to("webhook.rotated", &id).with(&one.user))?;
    Ok((one, secret))
}

/// Removes a webhook, with everything that it was told or is still to be told.
pub fn remove(cx: &mut Cx<'_>, who: &Actor, id: WebhookId) -> Result<()> {
    let one = webhook(cx, who, id)?;
    end(cx, who, &one)
}

pub(super) fn end(cx: &mut Cx<'_>, who: &Actor, one: &Webhook) -> Result<()> {
    deliver::withdraw(cx, one.id)?;
    sql::delete(cx, one.id)?;
    journal::forget(cx, &one.id)?;
    journal::append(cx, who, &Happening::to("webhook.removed", &one.id).with(&one.user)).map(drop)
}

/// What a webhook was told, and what it is still to be told, newest first; at most a hundred at once.
pub fn events(
    cx: &Cx<'_>,
    who: &Actor,
    id: WebhookId,
    before: Option<WebhookEventId>,
    limit: u32,
) -> Result<Events> {
    webhook(cx, who, id)?;
    let limit = limit.clamp(1, EVENTS_MAX);
    let mut events = sql::events(cx, id, before, limit + 1)?;
    let is_more = events.len() > limit as usize;
    events.truncate(limit as usize);
    let next = events.last().filter(|_| is_more).map(|event| event.id);
    Ok(Events { events, next })
}

/// A webhook of one's own that is told.
fn told(cx: &Cx<'_>, who: &Actor, id: WebhookId) -> Result<Webhook> {
    let one = webhook(cx, who, id)?;
    if one.state != State::Active {
        return Err(Error::refused("webhook.paused", "This webhook is told nothing now. Resume it first."));
    }
    Ok(one)
}

/// Sends an event anew, under the id that its receiver knows it by.
pub fn replay(cx: &mut Cx<'_>, who: &Actor, id: WebhookId, event: WebhookEventId) -> Result<Event> {
    told(cx, who, id)?;
    let event = sql::event(cx, event)?.filter(|event| event.webhook == id).ok_or(Error::NotFound("event"))?;
    if event.state == EventState::Waiting {
        return Err(Error::refused("webhook.waiting", "This is still to be sent."));
    }
    limits::spend(cx, SENDS, &who.who.to_string(), 1)?;
    sql::revive_event(cx, event.id, cx.now.plus(PATIENCE))?;
    deliver::enqueue(cx, id, event.id, &who.trace)?;
    sql::event(cx, event.id)?.ok_or(Error::NotFound("event"))
}

/// Sends something of no meaning, to see whether it arrives.
pub fn test(cx: &mut Cx<'_>, who: &Actor, id: WebhookId) -> Result<Event> {
    told(cx, who, id)?;
    limits::spend(cx, SENDS, &who.who.to_string(), 1)?;
    let data = serde_json::json!({ "webhook": id });
    let new = New {
        webhook: id,
        entry: None,
        kind: TEST,
        data: &data,
        happened_at: cx.now,
        expires_at: cx.now.plus(PATIENCE),
    };
    let event = sql::insert_event(cx, &new)?.ok_or_else(|| Error::internal("a test that was sent before"))?;
    deliver::enqueue(cx, id, event, &who.trace)?;
    sql::event(cx, event)?.ok_or(Error::NotFound("event"))
}

/// Whether a webhook of an agent is told of messages that wait for it now: a hint to whoever wrote.
pub fn wakes(cx: &Cx<'_>, agent: AgentId) -> Result<bool> {
    let all = sql::of_agent(cx, agent)?;
    Ok(all.iter().any(|one| one.state == State::Active && kinds::covers(&one.kinds, "message.request")))
}
