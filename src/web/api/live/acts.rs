//! What an agent does over its socket: each event is a call of the API, held to the same scopes, limits and rules.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::socket::{Guest, Register, claimed, trouble};
use super::standing::Standing;
use super::wire::Over;
use crate::accounts::Scope;
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{DeliveryId, SessionId};
use crate::base::secret::{Secret, sha256};
use crate::messages;
use crate::sessions::conversation;
use crate::store::Cx;
use crate::web::api::conversations::{NewConversationMessage, say};
use crate::web::api::deliveries::{DeliveryShown, shown, take};
use crate::web::api::groups::{self, GivenGroupAnswer, NewGroupBody};
use crate::web::bearer::Bearer;
use crate::web::body;
use crate::web::idempotency::{key_given, once, still_seen};
use crate::web::live::event;
use crate::web::live::packet::Outgoing;
use crate::web::problem;
use crate::web::strikes;

/// How many messages are handed over at once, if nothing is said.
const LIMIT: u32 = 10;
/// The most: what is answered goes over the line in one frame.
const LIMIT_MAX: u32 = 20;
/// How often others are told that an agent is typing.
const TYPING: Duration = Duration::from_secs(1);

/// A sign of life.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Beat {
    status: Option<String>,
}

/// How many messages to hand over.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Take {
    limit: Option<u32>,
}

/// What became of a message that was handed over.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settled {
    delivery: String,
    lease: String,
    /// `done`, `later`, `working` or `failed`; `done`, if not given.
    outcome: Option<String>,
    delay_seconds: Option<i64>,
    error: Option<String>,
}

/// Where somebody is typing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Typing {
    conversation: String,
}

/// What belongs to an event; nothing is as good as an empty object.
fn read<T: DeserializeOwned>(data: &Value) -> Result<T> {
    let data = if data.is_null() { &json!({}) } else { data };
    body::read_json(&serde_json::to_vec(data).map_err(Error::internal)?)
}

/// What an event says besides the body that the API takes: some texts, the idempotency key, and the body itself.
type Parted = (Vec<Option<String>>, Option<String>, Vec<u8>);

/// Takes an event apart.
fn parted(data: Value, names: &[&'static str]) -> Result<Parted> {
    let Value::Object(mut fields) = data else {
        return Err(Error::invalid("data", "A message is an object."));
    };
    let mut text = |name: &'static str| match fields.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Error::invalid(name, "This should be a text.")),
    };
    let texts = names.iter().map(|name| text(name)).collect::<Result<Vec<_>>>()?;
    let key = text("idempotency_key")?.map(|key| key_given("idempotency_key", &key)).transpose()?;
    let bytes = serde_json::to_vec(&Value::Object(fields)).map_err(Error::internal)?;
    Ok((texts, key, bytes))
}

impl Guest {
    /// Does what an event asks for, and answers it where an answer is wanted; what cannot be done is told in any case.
    pub(super) async fn act(&mut self, name: &str, data: Value, mark: Option<Value>) -> Result<(), Over> {
        let done = match self.web.state.limits.by_agent(self.agent) {
            Ok(()) => self.done(name, data).await,
            Err(error) => Err(error),
        };
        if let Err(error) = &done
            && !matches!(error, Error::Full { .. })
        {
            strikes::strike(&self.web, self.agent, problem::known(error.code()).status, &self.trace).await;
        }
        let problem = done.as_ref().err().map(|error| trouble(&self.web, error, &self.trace));
        match (&done, problem, mark) {
            (Ok(answer), _, Some(mark)) => {
                self.wire.say(&Outgoing::Answer(&mark, &json!({ "data": answer }))).await?;
            }
            (Err(_), Some(problem), Some(mark)) => {
                self.wire.say(&Outgoing::Answer(&mark, &json!({ "error": problem }))).await?;
            }
            (Err(_), Some(mut problem), None) => {
                problem["event"] = json!(name);
                self.wire.event(event::ERROR, &problem).await?;
            }
            _ => {}
        }
        match done {
            Err(Error::Unauthenticated(_)) => Err(Over::Refused),
            _ => Ok(()),
        }
    }

    async fn done(&mut self, name: &str, data: Value) -> Result<Value> {
        match name {
            event::REGISTER => self.register(&data).await,
            event::HEARTBEAT => self.beat(&read::<Beat>(&data)?).await,
            event::STATUS => {
                let given = read::<Beat>(&data)?;
                given.status.as_ref().ok_or_else(|| Error::invalid("status", "This field is needed."))?;
                self.beat(&given).await
            }
            event::MESSAGE => self.send(data).await,
            event::DELIVERED => self.take(&read::<Take>(&data)?).await,
            event::PROCESSED => self.settle(read::<Settled>(&data)?).await,
            event::TYPING => self.type_on(&read::<Typing>(&data)?).await,
            event::GROUP_BROADCAST => self.begin_group(data).await,
            event::GROUP_RESPONSE => self.answer_group(data).await,
            event::GROUP_CONSENSUS | event::GROUP_TIMEOUT => {
                Err(Error::invalid("event", "How a group ends is told, and never said."))
            }
            _ => Err(Error::invalid("event", "There is no such event; the manual lists them.")),
        }
    }

    /// Goes on with another token of the same agent, before the first one is over.
    async fn register(&mut self, data: &Value) -> Result<Value> {
        let register = Register::read(data)?;
        let status = register.status.clone();
        let token = Secret::new(register.token);
        let bearer = Bearer::of_agent(&self.web, &self.trace, token, Scope::MessagesRead).await?;
        if bearer.agent() != Some(self.agent) {
            return Err(Error::denied("This socket is another agent's."));
        }
        self.bearer = bearer;
        let place = self.place();
        let standing = self.stand(status.as_deref()).await?;
        Ok(standing.welcome(place))
    }

    /// Gives a sign of life where something is said with it: its socket gives them by itself.
    async fn beat(&mut self, given: &Beat) -> Result<Value> {
        let standing = self.stand(given.status.as_deref()).await?;
        Ok(standing.own_status())
    }

    /// How its agent stands; where it says so itself, others are told.
    async fn stand(&mut self, status: Option<&str>) -> Result<Standing> {
        let (bearer, agent) = (self.bearer.used_for(None), self.agent);
        let Some(status) = status.map(claimed).transpose()? else {
            let read = self.web.store.read(move |cx| {
                let (_, who) = bearer.actor(cx)?;
                let one = agents::registered(cx, &who, agent)?;
                Standing::of(cx, &who, &one)
            });
            return read.await;
        };
        let write = self.web.store.write(move |cx| {
            let (_, who) = bearer.actor(cx)?;
            let before = agents::registered(cx, &who, agent)?.presence(cx.house(), cx.now);
            // What was said already is written with the next sign of life.
            let one = if before == agents::Presence::There(status) {
                agents::registered(cx, &who, agent)?
            } else {
                agents::beat(cx, &who, agent, status)?
            };
            Ok((before, Standing::of(cx, &who, &one)?))
        });
        let (before, standing) = write.await?;
        if before != standing.presence {
            self.tell_others(&standing);
        }
        Ok(standing)
    }

    /// Begins a group decision: `POST /api/v1/groups`.
    async fn begin_group(&mut self, data: Value) -> Result<Value> {
        let (key, bytes) = parted(data, &[]).map(|(_, key, bytes)| (key, bytes))?;
        let given: NewGroupBody = body::read_json(&bytes)?;
        let new = given.wanted()?;
        let bearer = self.bearer.used_for(Some(Scope::SessionsWrite));
        let (url, trace) = (self.web.config.server.public_url.clone(), self.trace.clone());
        let work = move |cx: &mut Cx<'_>, who: &Actor| groups::begin(cx, who, &new, (&url, &trace));
        let route = ("POST /api/v1/groups".to_owned(), key);
        let done =
            once(&self.web, &bearer, route, sha256(&bytes), work, still_seen(crate::groups::group)).await?;
        let answer = done.answer;
        if answer.status < 400 {
            return Ok(answer.body);
        }
        // What was asked is kept; that it is refused is told as an error all the same.
        let says = answer.body["detail"].as_str().unwrap_or_default().to_owned();
        match answer.status {
            409 => Err(Error::refused("group.no-times", says)),
            _ => Err(Error::denied(says)),
        }
    }

    /// Answers what a group is asked: `PUT /api/v1/groups/{id}/answer`.
    async fn answer_group(&mut self, data: Value) -> Result<Value> {
        let (mut fields, key, bytes) = parted(data, &["group"])?;
        let id = fields.pop().flatten().ok_or_else(|| Error::invalid("group", "This field is needed."))?;
        let id: SessionId = id.parse()?;
        let given: GivenGroupAnswer = body::read_json(&bytes)?;
        let new = given.read()?;
        let bearer = self.bearer.used_for(Some(Scope::SessionsWrite));
        let work = move |cx: &mut Cx<'_>, who: &Actor| groups::give(cx, who, id, &new);
        let route = (format!("PUT /api/v1/groups/{id}/answer"), key);
        let done =
            once(&self.web, &bearer, route, sha256(&bytes), work, still_seen(crate::groups::group)).await?;
        Ok(done.answer.body)
    }

    /// Says something in a conversation: `POST /api/v1/conversations/{id}/messages`.
    async fn send(&mut self, data: Value) -> Result<Value> {
        let (mut fields, key, bytes) = parted(data, &["conversation"])?;
        let id = fields.pop().flatten();
        let id = id.ok_or_else(|| Error::invalid("conversation", "This field is needed."))?;
        let id: SessionId = id.parse()?;
        let given: NewConversationMessage = body::read_json(&bytes)?;
        let bearer = self.bearer.used_for(Some(Scope::MessagesWrite));
        let done = say(&self.web, &bearer, id, given, (key, sha256(&bytes))).await?;
        Ok(done.answer.body)
    }

    /// Hands over what waits, each message under a lease: `GET /api/v1/agents/{id}/inbox`.
    async fn take(&mut self, given: &Take) -> Result<Value> {
        let limit = given.limit.unwrap_or(LIMIT);
        if !(1..=LIMIT_MAX).contains(&limit) {
            return Err(Error::invalid("limit", format!("This is from 1 to {LIMIT_MAX}.")));
        }
        let (bearer, agent) = (self.bearer.clone(), self.agent);
        let write = self.web.store.write(move |cx| {
            let (_, who) = bearer.actor(cx)?;
            take(cx, &who, agent, limit)
        });
        let received = write.await?;
        self.web.state.live.ring(agent);
        serde_json::to_value(shown(&received)).map_err(Error::internal)
    }

    /// Answers a message that was handed over: `POST /api/v1/deliveries/{id}/ack` and its like.
    async fn settle(&mut self, given: Settled) -> Result<Value> {
        let id: DeliveryId = given.delivery.parse()?;
        let outcome = given.outcome.clone().unwrap_or_else(|| "done".to_owned());
        if !["done", "later", "working", "failed"].contains(&outcome.as_str()) {
            return Err(Error::invalid("outcome", "This should be done, later, working or failed."));
        }
        if outcome == "failed" && given.error.is_none() {
            return Err(Error::invalid("error", "Say why, in a line."));
        }
        let bearer = self.bearer.clone();
        let write = self.web.store.write(move |cx| {
            let (_, who) = bearer.actor(cx)?;
            let (lease, error) = (given.lease.as_str(), given.error.as_deref());
            let delay = given.delay_seconds.map(|seconds| seconds.saturating_mul(1_000));
            match outcome.as_str() {
                "later" => messages::put_back(cx, &who, id, lease, (delay, error)),
                "working" => messages::still_working(cx, &who, id, lease),
                "failed" => messages::give_up(cx, &who, id, lease, error.unwrap_or_default()),
                _ => messages::acknowledge(cx, &who, id, lease),
            }
        });
        let one = write.await?;
        self.web.state.live.ring(one.to);
        serde_json::to_value(DeliveryShown::of(&one)).map_err(Error::internal)
    }

    /// Tells whoever is there of a conversation that something is about to be said: once a second at most.
    async fn type_on(&mut self, given: &Typing) -> Result<Value> {
        let id: SessionId = given.conversation.parse()?;
        let bearer = self.bearer.used_for(Some(Scope::MessagesWrite));
        let read = self.web.store.read(move |cx| {
            let (_, who) = bearer.actor(cx)?;
            conversation::audience(cx, &who, Some(id))
        });
        let audience = read.await?;
        let now = Instant::now();
        self.typed_at.retain(|_, at| now < *at + TYPING);
        if self.typed_at.contains_key(&id) {
            return Ok(json!({}));
        }
        self.typed_at.insert(id, now);
        let data = json!({ "agent": self.agent, "conversation": id });
        self.web.state.live.tell_around(&audience, event::TYPING, &data);
        Ok(json!({}))
    }
}
