//! Deliveries over the API: what an agent is handed and answers, and what its sender learns of it and may change.

use std::time::Duration;

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

use crate::accounts::Scope;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, DeliveryId, MessageId};
use crate::base::time::Timestamp;
use crate::groups;
use crate::messages::{self, Attachment, Delivery, News, NewsKind, Ready};
use crate::sessions::conversation::{self, Entry, Received};
use crate::store::Cx;
use crate::web::bearer::Bearer;
use crate::web::call::{self, Call};

use super::conversations::priority;
use crate::webhooks;

/// How many messages are handed over at once, if nothing is said.
const LIMIT: i64 = 20;
/// The most at once.
const LIMIT_MAX: u32 = 100;
/// The longest that a call waits, in seconds.
const WAIT_MAX: i64 = 60;
/// How many entries are looked through for receipts at once.
const RECEIPTS: u32 = 200;

/// What a message points to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttachmentShown)]
pub(super) struct Pointed {
    /// Its id.
    id: String,
    /// What the file is called.
    name: String,
    /// Its media type.
    media_type: String,
    /// How large it is said to be, in bytes.
    size: i64,
    /// SHA-256 of its bytes: whoever fetches it compares.
    sha256: String,
    /// Where it lies.
    url: String,
    /// `listed` or `quarantined`.
    state: &'static str,
    /// Why it is in quarantine: `media_type`, `name`, `program`, `too_large` or `url`.
    reason: Option<String>,
}

impl Pointed {
    pub(super) fn of(one: &Attachment) -> Self {
        Self {
            id: one.id.to_string(),
            name: one.name.clone(),
            media_type: one.media_type.clone(),
            size: one.size,
            sha256: one.sha256.clone(),
            url: one.url.clone(),
            state: one.state.as_str(),
            reason: one.reason.clone(),
        }
    }
}

/// An entry of a transcript.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EntryShown {
    /// Its id.
    id: String,
    /// The conversation, or the scheduling session.
    session: String,
    /// Where it stands there: 1, 2, 3, …
    place: i64,
    /// Which agent said it; null: the house.
    from: Option<String>,
    /// Whether its person did themselves.
    by_person: bool,
    /// `request`, `response`, `notification` or `system`; or a step of a scheduling session.
    #[serde(rename = "type")]
    kind: String,
    /// What it says: `text` and `data`; of a step what its type has.
    #[schema(value_type = Object)]
    body: serde_json::Value,
    /// What is sealed for this agent alone.
    sealed: Option<String>,
    /// The message that it answers.
    answers: Option<String>,
    /// What it points to.
    attachments: Vec<Pointed>,
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// Since when what it said is erased.
    #[schema(format = DateTime)]
    erased: Option<String>,
}

impl EntryShown {
    pub(super) fn of(entry: &Entry) -> Self {
        Self {
            id: entry.id.to_string(),
            session: entry.session.to_string(),
            place: entry.place,
            from: entry.from.map(|id| id.to_string()),
            by_person: entry.by_person,
            kind: entry.kind.clone(),
            body: entry.body.clone(),
            sealed: entry.sealed.clone(),
            answers: entry.answers.map(|id| id.to_string()),
            attachments: entry.attachments.iter().map(Pointed::of).collect(),
            at: entry.at.to_rfc3339(),
            erased: entry.erased_at.map(Timestamp::to_rfc3339),
        }
    }
}

/// A message on its way to one agent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeliveryShown {
    /// Its id.
    id: String,
    /// The message.
    message: String,
    /// For whom.
    to: String,
    /// `low`, `medium`, `high` or `urgent`.
    priority: &'static str,
    /// `queued`, `processing`, `delivered`, `failed`, `expired` or `dead`.
    state: &'static str,
    /// Why it ended so: `time`, `attempts`, `given_up`, `not_permitted`, `inbox_full`, `withdrawn`, `closed`, `retention` or `fault`.
    reason: Option<String>,
    /// What its agent said of it, where it was not well.
    error: Option<String>,
    /// How often it was handed over.
    attempts: i64,
    /// Not handed over before.
    #[schema(format = DateTime)]
    due: String,
    /// Of no use after.
    #[schema(format = DateTime)]
    expires: Option<String>,
    /// Since when it is over.
    #[schema(format = DateTime)]
    ended: Option<String>,
}

impl DeliveryShown {
    pub(super) fn of(one: &Delivery) -> Self {
        Self {
            id: one.id.to_string(),
            message: one.message.to_string(),
            to: one.to.to_string(),
            priority: one.priority.as_str(),
            state: one.state.as_str(),
            reason: one.reason.clone(),
            error: one.error.clone(),
            attempts: one.attempts,
            due: one.due_at.to_rfc3339(),
            expires: one.expires_at.map(Timestamp::to_rfc3339),
            ended: one.ended_at.map(Timestamp::to_rfc3339),
        }
    }
}

/// How long to wait, and for how much.
#[derive(Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct InboxQuery {
    /// How many seconds to wait where nothing is there: at most 60; 0, if not given.
    #[serde(default)]
    #[param(minimum = 0, maximum = 60)]
    wait: i64,
    /// How many at once: at most 100; 20, if not given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
}

/// A message that was handed over.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MessageReceived {
    /// Its delivery, which is answered.
    delivery: String,
    /// What to answer with: good for this attempt alone.
    lease: String,
    /// Until when the agent has it to itself.
    #[schema(format = DateTime)]
    leased_until: Option<String>,
    /// Which attempt this is, from 1.
    attempt: i64,
    /// `low`, `medium`, `high` or `urgent`.
    priority: &'static str,
    /// What it says.
    message: EntryShown,
}

impl MessageReceived {
    fn of(one: &Received) -> Self {
        let delivery = &one.handed.delivery;
        Self {
            delivery: delivery.id.to_string(),
            lease: one.handed.lease.clone(),
            leased_until: delivery.leased_until.map(Timestamp::to_rfc3339),
            attempt: delivery.attempts,
            priority: delivery.priority.as_str(),
            message: EntryShown::of(&one.entry),
        }
    }
}

/// What was handed over.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MessageList {
    /// The first in order first.
    messages: Vec<MessageReceived>,
}

/// Hands over what waits in an agent's inbox, each message under a lease, and waits for some if there is none.
#[utoipa::path(get, path = "/api/v1/agents/{id}/inbox", tag = "messages", operation_id = "inbox",
    params(("id" = String, Path, description = "The agent."), InboxQuery),
    responses((status = 200, description = "The messages; none, if none came in time.", body = MessageList),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn inbox(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::within(&call, Scope::MessagesRead).await?;
    let id: AgentId = call.id("id")?;
    let query: InboxQuery = call.query()?;
    let limit = u32::try_from(query.limit.unwrap_or(LIMIT)).unwrap_or(0);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Error::invalid("limit", format!("This is from 1 to {LIMIT_MAX}.")));
    }
    if !(0..=WAIT_MAX).contains(&query.wait) {
        return Err(Error::invalid("wait", format!("A call waits from 0 to {WAIT_MAX} seconds.")));
    }
    let until = Instant::now() + Duration::from_secs(query.wait.unsigned_abs());
    let mut attention = if query.wait > 0 { Some(call.web.state.live.attend(id)?) } else { None };
    loop {
        if let Some(attention) = &mut attention {
            attention.begin_to_look();
        }
        let asking = bearer.clone();
        let look = call.web.store.read(move |cx| {
            let (_, who) = asking.actor(cx)?;
            Ok((messages::ready(cx, &who, id)?, cx.now))
        });
        let (mut ready, now) = look.await?;
        if ready == Ready::Now {
            let asking = bearer.clone();
            let write = call.web.store.write(move |cx| {
                let (_, who) = asking.actor(cx)?;
                let received = take(cx, &who, id, limit)?;
                // Where all that waited has ended, there is another time to look again.
                let after = if received.is_empty() { messages::ready(cx, &who, id)? } else { Ready::Now };
                Ok((received, after))
            });
            let (received, after) = write.await?;
            if !received.is_empty() {
                call.web.state.live.ring(id);
                return call::json(200, &shown(&received));
            }
            ready = after;
        }
        let next = match ready {
            Ready::At(at) => Instant::now() + Duration::from_millis(at.since(now).max(1).unsigned_abs()),
            Ready::Now | Ready::Nothing => until,
        };
        let goes_on = match &mut attention {
            Some(attention) if Instant::now() < until => {
                tokio::time::timeout_at(next.min(until), attention.wait()).await.unwrap_or(true)
            }
            _ => false,
        };
        if !goes_on {
            return call::json(200, &shown(&[]));
        }
    }
}

/// What waits in an agent's inbox, each message under a lease, with the answers of a group that it points to.
pub(super) fn take(cx: &mut Cx<'_>, who: &Actor, agent: AgentId, limit: u32) -> Result<Vec<Received>> {
    let received = conversation::receive(cx, who, agent, limit)?;
    groups::with_answers(cx, who, received)
}

pub(super) fn shown(received: &[Received]) -> MessageList {
    MessageList { messages: received.iter().map(MessageReceived::of).collect() }
}

/// Changes a delivery by `work`, and shows it. `call` has no key.
pub(super) async fn changed<F>(call: &Call, bearer: Bearer, work: F) -> Result<HttpResponse>
where
    F: Fn(&mut Cx<'_>, &Actor) -> Result<Delivery> + Send + 'static,
{
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        work(cx, &who)
    });
    let one = write.await?;
    // What was behind it may be had now, or at another time.
    call.web.state.live.ring(one.to);
    call::json(200, &DeliveryShown::of(&one))
}

/// A delivery of the caller's sending, and where it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeliveryPlace {
    #[serde(flatten)]
    delivery: DeliveryShown,
    /// How much is handed over before it: 0, if it is next; null, if it waits no more.
    position: Option<i64>,
}

/// Shows a delivery of the caller's sending.
#[utoipa::path(get, path = "/api/v1/deliveries/{id}", tag = "messages", operation_id = "delivery",
    params(("id" = String, Path, description = "The delivery.")),
    responses((status = 200, description = "The delivery.", body = DeliveryPlace),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 409, response = super::openapi::Refused),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn show(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::MessagesRead).await?;
    let id: DeliveryId = call.id("id")?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        let one = messages::delivery(cx, &who, id)?;
        let position = messages::position(cx, &one)?;
        Ok(DeliveryPlace { delivery: DeliveryShown::of(&one), position })
    });
    call::json(200, &read.await?)
}

/// Another priority.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeliveryChange {
    /// `low`, `medium`, `high` or `urgent`.
    priority: String,
}

/// Makes a delivery of the caller's sending that waits more or less urgent.
#[utoipa::path(patch, path = "/api/v1/deliveries/{id}", tag = "messages", operation_id = "change_delivery",
    params(("id" = String, Path, description = "The delivery.")), request_body = DeliveryChange,
    responses((status = 200, description = "The delivery.", body = DeliveryShown),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn change(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::MessagesWrite).await?;
    let id: DeliveryId = call.id("id")?;
    let (given, _) = call.json::<DeliveryChange>().await?;
    let level = priority(&given.priority)?;
    changed(&call, bearer, move |cx, who| messages::set_priority(cx, who, id, level)).await
}

/// Takes back a delivery of the caller's sending that waits: nobody is handed it any more.
#[utoipa::path(delete, path = "/api/v1/deliveries/{id}", tag = "messages", operation_id = "withdraw_delivery",
    params(("id" = String, Path, description = "The delivery.")),
    responses((status = 200, description = "The delivery: it is `dead`, with the reason `withdrawn`.", body = DeliveryShown),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 409, response = super::openapi::Refused),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn withdraw(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::MessagesWrite).await?;
    let id: DeliveryId = call.id("id")?;
    changed(&call, bearer, move |cx, who| messages::withdraw(cx, who, id)).await
}

/// One delivery of a message, and by which road it comes.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeliveryRoute {
    #[serde(flatten)]
    delivery: DeliveryShown,
    /// `inbox` or `builtin`; null, if it is over.
    road: Option<&'static str>,
    /// How its agent is told at once that something waits in its inbox: `socket`, where one is open, `webhook`, where one is
    /// told of messages. With neither it finds out when it asks.
    hints: Vec<&'static str>,
}

/// What became of a message.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MessageRoute {
    /// One for each who was addressed.
    deliveries: Vec<DeliveryRoute>,
}

/// Tells what became of a message of the caller's, for each who was addressed.
#[utoipa::path(get, path = "/api/v1/messages/{id}/route", tag = "messages", operation_id = "message_route",
    params(("id" = String, Path, description = "The message.")),
    responses((status = 200, description = "Its deliveries.", body = MessageRoute),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 409, response = super::openapi::Refused),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn route(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::MessagesRead).await?;
    let id: MessageId = call.id("id")?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        let routes = messages::routes(cx, &who, id)?.into_iter().map(|(one, road)| {
            let is_woken = road == Some(messages::Road::Inbox) && webhooks::wakes(cx, one.to)?;
            Ok((one, road, is_woken))
        });
        routes.collect::<Result<Vec<_>>>()
    });
    let sockets = &call.web.state.live.sockets;
    let told = |(one, road, is_woken): &(Delivery, Option<messages::Road>, bool)| {
        let has_socket = *road == Some(messages::Road::Inbox) && sockets.has(one.to);
        let hints = [(has_socket, "socket"), (*is_woken, "webhook")];
        DeliveryRoute {
            delivery: DeliveryShown::of(one),
            road: road.map(messages::Road::as_str),
            hints: hints.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect(),
        }
    };
    call::json(200, &MessageRoute { deliveries: read.await?.iter().map(told).collect() })
}

/// Where to go on.
#[derive(Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SinceQuery {
    /// The `next` of the answer before; 0, if not given.
    #[serde(default)]
    pub(super) since: i64,
}

/// A receipt.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Receipt {
    /// Its place: rises, with gaps.
    number: i64,
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// `delivered`: it was handed over; `processed`, `failed`, `expired` or `dead`.
    kind: &'static str,
    /// Of which delivery.
    delivery: String,
    /// The message, as long as its delivery is kept.
    message: Option<String>,
    /// For whom it was.
    to: Option<String>,
    /// Why, where it did not come about.
    reason: Option<String>,
    /// What its agent said of it.
    error: Option<String>,
}

impl Receipt {
    fn of(news: &News) -> Self {
        let one = news.delivery.as_ref();
        // How it ended is told of its end.
        let ended = one.filter(|_| news.kind != NewsKind::Delivered);
        Self {
            number: news.number,
            at: news.at.to_rfc3339(),
            kind: news.kind.as_str(),
            delivery: news.id.to_string(),
            message: one.map(|one| one.message.to_string()),
            to: one.map(|one| one.to.to_string()),
            reason: ended.and_then(|one| one.reason.clone()),
            error: ended.and_then(|one| one.error.clone()),
        }
    }
}

/// What became of what an agent sent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReceiptList {
    /// Oldest first.
    receipts: Vec<Receipt>,
    /// Where to go on, with `since`. The same as was given: there is no more for now.
    next: i64,
}

/// What became of what an agent of the caller's sent.
#[utoipa::path(get, path = "/api/v1/agents/{id}/receipts", tag = "messages", operation_id = "receipts",
    params(("id" = String, Path, description = "The agent."), SinceQuery),
    responses((status = 200, description = "The receipts.", body = ReceiptList),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn receipts(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::MessagesRead).await?;
    let id: AgentId = call.id("id")?;
    let query: SinceQuery = call.query()?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        messages::news(cx, &who, id, (query.since, RECEIPTS), NewsKind::is_receipt)
    });
    let (receipts, next) = read.await?;
    call::json(200, &ReceiptList { receipts: receipts.iter().map(Receipt::of).collect(), next })
}
