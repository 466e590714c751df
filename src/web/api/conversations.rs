//! Conversations over the API: begun, written in, read, narrowed and closed.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::connections::PageQuery;
use super::deliveries::{DeliveryShown, EntryShown, Pointed};
use super::meetings::time;
use crate::accounts::Scope;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, SessionId};
use crate::base::secret::sha256;
use crate::base::time::Timestamp;
use crate::idempotency::Answer;
use crate::messages::{self, Type};
use crate::queue::Priority;
use crate::sessions;
use crate::sessions::conversation::{self, Conversation, NewMessage, Request, Rights, Sent, Shape, With};
use crate::store::Cx;
use crate::web::Web;
use crate::web::bearer::Bearer;
use crate::web::call::{self, Call};
use crate::web::idempotency::{Done, effect, key_of, once, still_seen};

/// A conversation to be begun.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewConversation {
    /// With whom: agents (`agt_…`), or connections (`con_…`), which mean whoever acts for that person.
    with: Vec<String>,
    /// `direct` or `group`, and for administrators `system`; as many as there are, if not given.
    shape: Option<String>,
    /// What it is about: `schedule`, `social`, `information` or `task`.
    about: String,
    /// The same in words.
    #[serde(default)]
    topic: String,
    /// How urgent it is, from 1 to 5; 3, if not given.
    urgency: Option<u32>,
    /// In how many minutes an answer to a request is expected; whoever owes it then is reminded once.
    answer_minutes: Option<u32>,
    /// What may be shared; nothing, if not given.
    #[serde(default)]
    #[schema(value_type = Option<SharingRights>)]
    rights: Rights,
    /// For how many days after its end what was said is kept; 7 for tasks and 30 for the rest, if not given.
    keep_days: Option<u32>,
}

/// What may be shared in a conversation.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SharingRights {
    /// When their people have time.
    calendar: bool,
    /// Where their people are.
    location: bool,
    /// That their people will come.
    commitments: bool,
}

impl SharingRights {
    fn of(rights: Rights) -> Self {
        Self { calendar: rights.calendar, location: rights.location, commitments: rights.commitments }
    }
}

/// An agent in a conversation.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConversationMember {
    /// Which.
    agent: String,
    /// What it is called.
    name: String,
    /// Since when.
    #[schema(format = DateTime)]
    joined: String,
    /// Since when not any more.
    #[schema(format = DateTime)]
    left: Option<String>,
    /// `online`, `busy`, `away` or `offline`, where one conversation that goes on is shown: of the programs in it that the caller's
    /// agent there reaches. Null of all others, and of built-in agents, which are there in any case.
    presence: Option<&'static str>,
}

/// A scheduling session that began in a conversation.
#[derive(Debug, Serialize, ToSchema)]
struct BegunSession {
    /// Its id.
    id: String,
    /// How it stands.
    state: &'static str,
    /// What it came to.
    meeting: Option<String>,
}

/// A conversation.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConversationShown {
    /// Its id.
    id: String,
    /// `direct`, `group` or `system`.
    shape: &'static str,
    /// What it is about.
    about: &'static str,
    /// The same in words.
    topic: String,
    /// `open` or `closed`.
    state: &'static str,
    /// Why it was closed: `closed`, `left` or `silence`.
    reason: Option<String>,
    /// Which agent began it.
    initiator: String,
    /// From 1 to 5.
    urgency: u32,
    /// In how many minutes an answer to a request is expected.
    answer_minutes: Option<u32>,
    /// What its members left to be shared, as far as their people let it now.
    rights: SharingRights,
    /// For how many days after its end what was said is kept.
    keep_days: u32,
    /// Who is in it, and who was.
    members: Vec<ConversationMember>,
    /// How many entries its transcript has.
    places: i64,
    /// The scheduling sessions that began in it and that the caller takes part in: the newest 50, the newest first.
    sessions: Vec<BegunSession>,
    /// Since when there is one.
    #[schema(format = DateTime)]
    created: String,
    /// When it is over if nothing is said.
    #[schema(format = DateTime)]
    expires: String,
    /// Since when it is over.
    #[schema(format = DateTime)]
    ended: Option<String>,
    /// When what was said is erased; null while it goes on, and of one that is over: it is erased.
    #[schema(format = DateTime)]
    erased: Option<String>,
}

impl ConversationShown {
    fn of(cx: &Cx<'_>, who: &Actor, one: &Conversation) -> Result<Self> {
        let begun = |session: &sessions::Begun| BegunSession {
            id: session.id.to_string(),
            state: session.state.as_str(),
            meeting: session.meeting.map(|id| id.to_string()),
        };
        let member = |member: &conversation::Member| ConversationMember {
            agent: member.agent.to_string(),
            name: member.name.clone(),
            joined: member.joined_at.to_rfc3339(),
            left: member.left_at.map(Timestamp::to_rfc3339),
            presence: None,
        };
        Ok(Self {
            id: one.id.to_string(),
            shape: one.shape.as_str(),
            about: one.request.as_str(),
            topic: one.topic.clone(),
            state: if one.ended_at.is_some() { "closed" } else { "open" },
            reason: one.reason.clone(),
            initiator: one.initiator.to_string(),
            urgency: one.urgency,
            answer_minutes: one.answer_minutes,
            rights: SharingRights::of(conversation::may_share(cx, one)?),
            keep_days: one.keep_days,
            members: one.members.iter().map(member).collect(),
            places: one.places,
            sessions: sessions::began_in(cx, who, one.id)?.iter().map(begun).collect(),
            created: one.created_at.to_rfc3339(),
            expires: one.expires_at.to_rfc3339(),
            ended: one.ended_at.map(Timestamp::to_rfc3339),
            erased: one.erase_at.map(Timestamp::to_rfc3339),
        })
    }

    /// The same, with how its members stand.
    fn of_now(cx: &Cx<'_>, who: &Actor, one: &Conversation) -> Result<Self> {
        let mut shown = Self::of(cx, who, one)?;
        let presences = conversation::presences(cx, who, one)?;
        for (member, is) in one.members.iter().zip(&mut shown.members) {
            is.presence =
                presences.get(&member.agent).filter(|_| member.left_at.is_none()).map(|how| how.as_str());
        }
        Ok(shown)
    }
}

/// A page of conversations.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConversationList {
    /// Newest first.
    conversations: Vec<ConversationShown>,
    /// Where the next page begins; null: this was the last.
    next: Option<String>,
}

/// What a message points to, elsewhere. The house never fetches it.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAttachment {
    /// What the file is called.
    name: String,
    /// Its media type.
    #[schema(example = "application/pdf")]
    media_type: String,
    /// How large it is, in bytes.
    size: i64,
    /// SHA-256 of its bytes, as 64 hex digits.
    sha256: String,
    /// Where it lies: `https://` and the name of a public host.
    url: String,
}

/// Something to be said.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewConversationMessage {
    /// `request`, `response` or `notification`; of the house `system` as well.
    #[serde(rename = "type")]
    kind: String,
    /// In words; at most 5000 characters.
    #[serde(default)]
    text: String,
    /// For programs: an object, at most 16 KiB.
    #[schema(value_type = Option<Object>)]
    data: Option<serde_json::Value>,
    /// What it points to; at most ten.
    #[serde(default)]
    attachments: Vec<NewAttachment>,
    /// By agent, a part that is sealed for it alone: a JWE in its compact form, `ECDH-ES` and `A256GCM`, for a key that it has
    /// published.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    sealed: BTreeMap<String, String>,
    /// The message that it answers: of a `response` always.
    answers: Option<String>,
    /// For whom; for everybody else in the conversation, if not given.
    #[serde(default)]
    to: Vec<String>,
    /// `low`, `medium`, `high` or `urgent`; as the conversation is, if not given.
    priority: Option<String>,
    /// Not to be delivered before.
    #[schema(format = DateTime)]
    not_before: Option<String>,
    /// Of no use after.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

pub(super) fn priority(word: &str) -> Result<Priority> {
    Priority::parse(word)
        .ok_or_else(|| Error::invalid("priority", "This should be low, medium, high or urgent."))
}

/// Somebody who is not there, in a field that names somebody.
fn agent(field: &str, text: &str) -> Result<AgentId> {
    text.parse().map_err(|_| Error::invalid(field.to_owned(), "Name others who are in this conversation."))
}

impl NewConversationMessage {
    fn read(self) -> Result<NewMessage> {
        let kind = Type::parse(&self.kind)
            .filter(|kind| *kind != Type::Step && !kind.is_of_group())
            .ok_or_else(|| Error::invalid("type", "This should be request, response or notification."))?;
        let no_message = |_| Error::invalid("answers", "There is no such message in this conversation.");
        let attachment = |one: NewAttachment| messages::NewAttachment {
            name: one.name,
            media_type: one.media_type,
            size: one.size,
            sha256: one.sha256,
            url: one.url,
        };
        let mut sealed = BTreeMap::new();
        for (id, part) in self.sealed {
            sealed.insert(agent("sealed", &id)?, part);
        }
        Ok(NewMessage {
            kind,
            text: self.text,
            data: self.data,
            attachments: self.attachments.into_iter().map(attachment).collect(),
            sealed,
            answers: self.answers.map(|id| id.parse().map_err(no_message)).transpose()?,
            to: self.to.iter().map(|id| agent("to", id)).collect::<Result<_>>()?,
            priority: self.priority.as_deref().map(priority).transpose()?,
            not_before: self.not_before.as_deref().map(|text| time("not_before", text)).transpose()?,
            expires_at: self.expires_at.as_deref().map(|text| time("expires_at", text)).transpose()?,
        })
    }
}

/// A message that was taken in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MessageSent {
    /// Its id.
    id: String,
    /// Where it stands in the transcript.
    place: i64,
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// To whom it is on its way.
    deliveries: Vec<DeliveryShown>,
    /// What it points to; what is in quarantine is given to nobody.
    attachments: Vec<Pointed>,
}

impl MessageSent {
    fn of(sent: &Sent) -> Self {
        Self {
            id: sent.id.to_string(),
            place: sent.place,
            at: sent.at.to_rfc3339(),
            deliveries: sent.deliveries.iter().map(DeliveryShown::of).collect(),
            attachments: sent.attachments.iter().map(Pointed::of).collect(),
        }
    }
}

/// After which place.
#[derive(Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AfterQuery {
    /// The place of the last entry that is known; 0, if not given.
    #[serde(default)]
    after: i64,
}

/// What the caller's agents said in a conversation, and what was handed over to them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EntryList {
    /// In order; at most 200.
    messages: Vec<EntryShown>,
}

/// Begins a conversation: a program's as itself, a person's as their built-in agent.
#[utoipa::path(post, path = "/api/v1/conversations", tag = "messages", operation_id = "begin_conversation",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = NewConversation,
    responses((status = 201, description = "The conversation.", body = ConversationShown),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 422, response = super::openapi::Mismatch),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn begin(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::MessagesWrite).await?;
    let (given, hash) = call.json::<NewConversation>().await?;
    let new = conversation::NewConversation {
        with: given.with.iter().map(|text| with(text)).collect::<Result<_>>()?,
        shape: given.shape.as_deref().map(shape).transpose()?,
        request: Request::parse(&given.about).ok_or_else(|| {
            Error::invalid("about", "This should be schedule, social, information or task.")
        })?,
        topic: given.topic,
        urgency: given.urgency.unwrap_or(3),
        answer_minutes: given.answer_minutes,
        rights: given.rights,
        keep_days: given.keep_days,
    };
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        let begun = conversation::begin(cx, who, &new)?;
        let body = serde_json::to_value(ConversationShown::of(cx, who, &begun)?).map_err(Error::internal)?;
        Ok(Answer { status: 201, body })
    };
    let done = effect(&call, &bearer, hash, work, still_seen(conversation::conversation)).await?;
    done.created("/api/v1/conversations", "/id")
}

fn with(text: &str) -> Result<With> {
    // What is no id names nobody, as an unknown one does.
    let nobody = |_| Error::NotFound("agent");
    match text.parse() {
        Ok(connection) => Ok(With::Person(connection)),
        Err(_) => text.parse().map(With::Agent).map_err(nobody),
    }
}

fn shape(word: &str) -> Result<Shape> {
    Shape::parse(word).ok_or_else(|| Error::invalid("shape", "This should be direct, group or system."))
}

/// Lists the conversations of the caller's agents.
#[utoipa::path(get, path = "/api/v1/conversations", tag = "messages", operation_id = "list_conversations", params(PageQuery),
    responses((status = 200, description = "A page.", body = ConversationList),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 409, response = super::openapi::Refused),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn list(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::MessagesRead).await?;
    let query: PageQuery = call.query()?;
    let (limit, after) = (query.limit()?, query.after()?);
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        let page = conversation::conversations(cx, &who, after, limit)?;
        let shown = page.conversations.iter().map(|one| ConversationShown::of(cx, &who, one));
        let next = page.next.map(|id| id.to_string());
        Ok(ConversationList { conversations: shown.collect::<Result<_>>()?, next })
    });
    call::json(200, &read.await?)
}

/// Shows a conversation that an agent of the caller's is or was in.
#[utoipa::path(get, path = "/api/v1/conversations/{id}", tag = "messages", operation_id = "conversation",
    params(("id" = String, Path, description = "The conversation.")),
    responses((status = 200, description = "The conversation.", body = ConversationShown),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 409, response = super::openapi::Refused),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn show(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::MessagesRead).await?;
    let id: SessionId = call.id("id")?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        let one = conversation::conversation(cx, &who, id)?;
        ConversationShown::of_now(cx, &who, &one)
    });
    call::json(200, &read.await?)
}

/// Closes a conversation; of a group whoever did not begin it leaves it.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/close", tag = "messages", operation_id = "close_conversation",
    params(("id" = String, Path, description = "The conversation."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call a no-op for 24 hours.")),
    responses((status = 200, description = "The conversation.", body = ConversationShown),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 422, response = super::openapi::Mismatch),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn close(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::MessagesWrite).await?;
    let id: SessionId = call.id("id")?;
    call.nothing().await?;
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        let one = conversation::close(cx, who, id)?;
        let body = serde_json::to_value(ConversationShown::of(cx, who, &one)?).map_err(Error::internal)?;
        Ok(Answer { status: 200, body })
    };
    effect(&call, &bearer, sha256(b""), work, still_seen(conversation::conversation)).await?.into_response()
}

/// Takes rights of a conversation away, for all who are in it.
#[utoipa::path(put, path = "/api/v1/conversations/{id}/rights", tag = "messages", operation_id = "narrow_conversation",
    params(("id" = String, Path, description = "The conversation.")), request_body = SharingRights,
    responses((status = 200, description = "The conversation.", body = ConversationShown),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn narrow(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::MessagesWrite).await?;
    let id: SessionId = call.id("id")?;
    let (rights, _) = call.json::<Rights>().await?;
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        let one = conversation::set_rights(cx, &who, id, rights)?;
        ConversationShown::of(cx, &who, &one)
    });
    call::json(200, &write.await?)
}

/// Says something in a conversation. It is kept when this is answered, and delivered sooner or later; receipts tell.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/messages", tag = "messages", operation_id = "send_message",
    params(("id" = String, Path, description = "The conversation."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = NewConversationMessage,
    responses((status = 201, description = "It is kept.", body = MessageSent),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 422, response = super::openapi::Mismatch),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn send(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::within(&call, Scope::MessagesWrite).await?;
    let id: SessionId = call.id("id")?;
    let (given, hash) = call.json::<NewConversationMessage>().await?;
    let key = key_of(&call)?;
    say(&call.web, &bearer, id, given, (key, hash)).await?.into_response()
}

/// The same by whichever road: `once` is the key that the caller gave it, if they did, and the hash of what they said.
pub(super) async fn say(
    web: &Web,
    bearer: &Bearer,
    id: SessionId,
    given: NewConversationMessage,
    (key, hash): (Option<String>, String),
) -> Result<Done> {
    let new = given.read()?;
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        let sent = conversation::send(cx, who, id, &new)?;
        let body = serde_json::to_value(MessageSent::of(&sent)).map_err(Error::internal)?;
        Ok(Answer { status: 201, body })
    };
    let still =
        move |cx: &mut Cx<'_>, who: &Actor, _: &Answer| conversation::conversation(cx, who, id).map(drop);
    let route = format!("POST /api/v1/conversations/{id}/messages");
    once(web, bearer, (route, key), hash, work, still).await
}

/// What the caller's agents said in a conversation, and what was handed over to them.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/messages", tag = "messages", operation_id = "conversation_messages",
    params(("id" = String, Path, description = "The conversation."), AfterQuery),
    responses((status = 200, description = "In order.", body = EntryList),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn transcript(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::MessagesRead).await?;
    let id: SessionId = call.id("id")?;
    let query: AfterQuery = call.query()?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        conversation::transcript(cx, &who, id, query.after)
    });
    call::json(200, &EntryList { messages: read.await?.iter().map(EntryShown::of).collect() })
}
