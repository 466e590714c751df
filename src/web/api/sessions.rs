//! Sessions over the API: begin one, take its steps, read its transcript; and a line of words, read and not acted upon.

use actix_web::HttpResponse;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::meetings::time;
use super::session::{AnyShown, SessionList, SessionQuery};
use super::slots::Reason;
use crate::accounts::Scope;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::hours::{NamedDay, Window};
use crate::base::id::{ConnectionId, ProposalId, SessionId};
use crate::base::secret::sha256;
use crate::base::time::Timestamp;
use crate::idempotency;
use crate::network::Place;
use crate::sessions::any::Kind;
use crate::sessions::{self, Message, New, Refusal, Session, State};
use crate::slots::Prefer;
use crate::store::Cx;
use crate::web::bearer::Bearer;
use crate::web::call::{self, Call};
use crate::web::idempotency::{effect, still_seen};
use crate::web::problem::Problem;

/// A session to be begun. Times are RFC 3339 with an offset.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSession {
    /// The connections whose agreement it needs.
    #[schema(value_type = Vec<String>)]
    with: Vec<ConnectionId>,
    /// The connections who are invited if they are free.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    optional: Vec<ConnectionId>,
    /// What it is about: the meeting's title.
    #[serde(default)]
    purpose: String,
    /// How long, in minutes; what the others usually have, if not given.
    length_minutes: Option<u32>,
    /// The whole meeting lies between `from` and `to`, at most 92 days.
    #[schema(format = DateTime)]
    from: String,
    /// See `from`.
    #[schema(format = DateTime)]
    to: String,
    /// Only on these dates, in the caller's zone; all, if not given.
    #[serde(default)]
    #[schema(example = json!(["2026-12-01", "2026-12-03"]))]
    days: Vec<String>,
    /// Only within this part of a day, on the caller's clock.
    #[schema(value_type = Option<String>, example = "10:00-24:00")]
    within: Option<Window>,
    /// Of `video`, `phone`, `in_person`; in whatever way, if not given.
    #[schema(value_type = Option<String>)]
    place: Option<Place>,
    /// A part of the day that would be better, on the caller's clock: a wish, never a condition.
    #[schema(value_type = Option<String>, example = "09:00-12:00")]
    prefer: Option<Window>,
    /// Days that would be better, in the caller's zone: weekdays (`mon` to `sun`) or dates; 100 at most.
    #[serde(default)]
    #[schema(value_type = Vec<String>, example = json!(["tue", "2026-12-03"]))]
    prefer_days: Vec<NamedDay>,
    /// The rooms and things that are needed: their ids, ten at most.
    #[serde(default)]
    resources: Vec<String>,
    /// The conversation in which it begins, with agents of all of them: it goes by the rights that are left there, at every step.
    #[schema(value_type = Option<String>)]
    conversation: Option<SessionId>,
}

impl NewSession {
    fn wanted(&self) -> Result<New> {
        let day = |text: &String| {
            text.parse::<NaiveDate>()
                .map_err(|_| Error::invalid("days", "These should be dates like 2026-12-01."))
        };
        Ok(New {
            purpose: self.purpose.clone(),
            with: self.with.clone(),
            optional: self.optional.clone(),
            want: sessions::Want {
                minutes: self.length_minutes.unwrap_or(0),
                from: time("from", &self.from)?.ms(),
                to: time("to", &self.to)?.ms(),
                days: self.days.iter().map(day).collect::<Result<_>>()?,
                within: self.within,
                place: self.place,
                resources: super::meetings::resources(&self.resources)?,
                prefer: Prefer { within: self.prefer, days: self.prefer_days.clone() },
            },
            conversation: self.conversation,
        })
    }
}

/// Who takes part.
#[derive(Debug, Serialize, ToSchema)]
struct Party {
    /// Their account.
    #[schema(example = "usr_019d4b5ad0007d3c8f1e2a3b4c5d6e7f")]
    user: String,
    /// Their name; may be empty.
    name: String,
    /// `initiator`, `required` or `optional`.
    role: &'static str,
    /// `asked`, `agrees`, `confirms`, `decides` or `declined`.
    standing: &'static str,
    /// The proposal they agree to, or are to decide.
    proposal: Option<String>,
    /// The program that plays for them, while the session goes on; null: the built-in agent does.
    agent: Option<String>,
    /// Whether it is for their agent to say something now, and it can: the session waits for that.
    awaited: bool,
}

/// A time that was named.
#[derive(Debug, Serialize, ToSchema)]
struct Proposal {
    /// Its id.
    id: String,
    /// In which round.
    round: i64,
    /// Who named it, themselves or by their agent.
    author: String,
    /// From.
    #[schema(format = DateTime)]
    start: String,
    /// To.
    #[schema(format = DateTime)]
    end: String,
    /// `open`, `refused`, `withdrawn` or `chosen`.
    state: &'static str,
    /// Why it was offered: `preferred` or `partly-preferred`, where it is when whoever began the session would rather meet.
    reasons: Vec<Reason>,
}

/// What the kind of a scheduling session can be.
fn scheduling() -> utoipa::openapi::Object {
    super::session::words("Its kind.", &[Kind::Scheduling])
}

/// A scheduling session.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Shown {
    /// Its id.
    #[schema(example = "ses_019d4b5ad0007d3c8f1e2a3b4c5d6e7f")]
    id: String,
    /// Its kind.
    #[schema(schema_with = scheduling)]
    kind: &'static str,
    /// `pending`, `active`, `completed`, `failed`, `cancelled` or `expired`.
    phase: &'static str,
    /// `initiated`, `negotiating`, `awaiting_confirmation`, `booking`, `confirmed`, `canceled`, `expired` or `error`.
    state: &'static str,
    /// Why it ended, or why the last try to book failed.
    #[schema(example = "no-common-time")]
    reason: Option<String>,
    /// What it is about.
    purpose: String,
    /// How long, in minutes.
    length_minutes: u32,
    /// A part of the day that would be better, on the clock of whoever began it.
    #[schema(value_type = Option<String>)]
    prefer: Option<Window>,
    /// Days that would be better: weekdays (`mon` to `sun`) or dates.
    prefer_days: Vec<String>,
    /// The rooms and things that are needed.
    resources: Vec<String>,
    /// Rounds of proposals so far.
    rounds: i64,
    /// And how many there may be before the people decide.
    rounds_max: i64,
    /// Who takes part.
    parties: Vec<Party>,
    /// The times that were named, in order.
    proposals: Vec<Proposal>,
    /// The conversation in which it began, to whose rights it is held.
    conversation: Option<String>,
    /// What it came to.
    meeting: Option<String>,
    /// Since when.
    #[schema(format = DateTime)]
    created: String,
    /// When it expires.
    #[schema(format = DateTime)]
    expires: String,
    /// Since when it is over.
    #[schema(format = DateTime)]
    ended: Option<String>,
}

impl Shown {
    fn of(cx: &Cx<'_>, session: &Session) -> Result<Self> {
        let awaited = sessions::awaited(cx, session)?;
        Ok(Self {
            id: session.id.to_string(),
            kind: "scheduling",
            phase: session.state.phase().as_str(),
            state: session.state.as_str(),
            reason: session.reason.clone(),
            purpose: session.purpose.clone(),
            length_minutes: session.want.minutes,
            prefer: session.want.prefer.within,
            prefer_days: session.want.prefer.days.iter().map(ToString::to_string).collect(),
            resources: session.want.resources.iter().map(ToString::to_string).collect(),
            rounds: session.rounds,
            rounds_max: session.rounds_max,
            parties: session
                .parties
                .iter()
                .map(|party| Party {
                    user: party.user.to_string(),
                    name: party.name.clone(),
                    role: party.role.as_str(),
                    standing: party.standing.as_str(),
                    proposal: party.proposal.map(|id| id.to_string()),
                    agent: party.agent.map(|id| id.to_string()),
                    awaited: awaited.contains(&party.user),
                })
                .collect(),
            proposals: session
                .proposals
                .iter()
                .map(|one| Proposal {
                    id: one.id.to_string(),
                    round: one.round,
                    author: one.author.to_string(),
                    start: one.start.to_rfc3339(),
                    end: one.end.to_rfc3339(),
                    state: one.state.as_str(),
                    reasons: reasons(one.reason),
                })
                .collect(),
            conversation: session.conversation.map(|id| id.to_string()),
            meeting: session.meeting.map(|id| id.to_string()),
            created: session.created_at.to_rfc3339(),
            expires: session.expires_at.to_rfc3339(),
            ended: session.ended_at.map(Timestamp::to_rfc3339),
        })
    }
}

/// What an agent says: the fields of its type.
#[derive(ToSchema)]
#[expect(dead_code, reason = "its shape is the document's; `sessions::Message` reads it")]
pub(super) struct GivenMessage {
    /// `proposal`, `counter`, `accept`, `decline`, `confirm`, `cancel` or `note`.
    #[schema(example = "accept")]
    r#type: String,
    /// Of `accept`, `confirm`, and `decline` of one time: which.
    proposal: Option<String>,
    /// Of `proposal` and `counter`: up to 5 times. A proposal without times: the house finds them.
    slots: Option<Vec<GivenSlot>>,
    /// Of `counter`, `decline` and `cancel`: what to say with it.
    note: Option<String>,
    /// Of `note`: what to say.
    text: Option<String>,
}

/// A time to be named.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenSlot {
    /// From.
    #[schema(format = DateTime)]
    start: String,
    /// To.
    #[schema(format = DateTime)]
    end: String,
}

/// Times to be proposed.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenProposals {
    /// Up to 5, the best first; none: the house finds them.
    #[serde(default)]
    slots: Vec<GivenSlot>,
}

/// Which time is to be booked.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Confirmation {
    /// One that was proposed in this session, and is still free.
    #[schema(value_type = String)]
    proposal: ProposalId,
}

/// What was refused, with the nearest times that could be had: those first that are preferred, then by time.
#[derive(Serialize, ToSchema)]
pub(super) struct RefusedTime {
    #[serde(flatten)]
    problem: Problem,
    /// Up to six.
    alternatives: Vec<Alternative>,
}

impl RefusedTime {
    pub(super) fn of(problem: Problem, times: &[sessions::Alternative]) -> Self {
        let alternatives = times
            .iter()
            .map(|one| Alternative {
                start: one.start.to_rfc3339(),
                end: one.end.to_rfc3339(),
                reasons: reasons(one.reason),
            })
            .collect();
        Self { problem, alternatives }
    }
}

/// A time that could be had.
#[derive(Serialize, ToSchema)]
struct Alternative {
    /// From.
    #[schema(format = DateTime)]
    start: String,
    /// To.
    #[schema(format = DateTime)]
    end: String,
    /// `preferred` or `partly-preferred`, where it would rather be then.
    reasons: Vec<Reason>,
}

/// Why a time is offered.
fn reasons(reason: Option<crate::slots::Reason>) -> Vec<Reason> {
    reason.map(Reason::from).into_iter().collect()
}

/// Begins a scheduling session. The agents of both sides take it from there; it ends in a meeting or says why not.
#[utoipa::path(post, path = "/api/v1/sessions", tag = "sessions", operation_id = "start_session",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = NewSession,
    responses((status = 201, description = "It has begun.", body = Shown),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 422, response = super::openapi::Mismatch),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn start(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::SessionsWrite).await?;
    let (given, hash) = call.json::<NewSession>().await?;
    let new = given.wanted()?;
    let (url, trace) = (call.web.config.server.public_url.clone(), call.trace.clone());
    let work = move |cx: &mut Cx<'_>, who: &Actor| match sessions::start(cx, who, &new)?.allowed() {
        Ok(session) => kept(cx, &session, 201),
        Err(error) => {
            let body = Problem::of(&error, &url, &trace);
            Ok(idempotency::Answer {
                status: 403,
                body: serde_json::to_value(body).map_err(Error::internal)?,
            })
        }
    };
    let done = effect(&call, &bearer, hash, work, still_seen(sessions::session)).await?;
    done.created("/api/v1/sessions", "/id")
}

fn kept(cx: &Cx<'_>, session: &Session, status: u16) -> Result<idempotency::Answer> {
    let body = serde_json::to_value(Shown::of(cx, session)?).map_err(Error::internal)?;
    Ok(idempotency::Answer { status, body })
}

/// Lists the sessions of one kind that the caller takes part in, newest first. Of another kind than `scheduling` there is what
/// every kind has.
#[utoipa::path(get, path = "/api/v1/sessions", tag = "sessions", operation_id = "list_sessions", params(SessionQuery),
    responses((status = 200, description = "A page.", body = SessionList),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn list(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::SessionsRead).await?;
    let (kind, query) = call.query::<SessionQuery>()?.wanted()?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        if kind != Kind::Scheduling {
            return super::session::listed(cx, &who, kind, &query);
        }
        let page = sessions::sessions(cx, &who, query.after()?, query.limit()?)?;
        let shown = page.sessions.iter().map(|one| Ok(AnyShown::Scheduling(Box::new(Shown::of(cx, one)?))));
        Ok(SessionList { sessions: shown.collect::<Result<_>>()?, next: page.next.map(|id| id.to_string()) })
    });
    call::json(200, &read.await?)
}

/// Shows a session. Of another kind than `scheduling` there is what every kind has, as `PUT` answers it.
#[utoipa::path(get, path = "/api/v1/sessions/{id}", tag = "sessions", operation_id = "show_session",
    params(("id" = String, Path, description = "The session.")),
    responses((status = 200, description = "The session.", body = AnyShown),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn show(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::SessionsRead).await?;
    let id: SessionId = call.id("id")?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        if let Some(other) = super::session::shown(cx, &who, id)? {
            return Ok(AnyShown::Other(Box::new(other)));
        }
        let one = sessions::session(cx, &who, id)?;
        Ok(AnyShown::Scheduling(Box::new(Shown::of(cx, &one)?)))
    });
    call::json(200, &read.await?)
}

/// Takes a step: 200 and the session, 202 while a time is being booked, 409 where a rule refuses, with alternatives.
async fn step(
    call: &Call,
    bearer: &Bearer,
    hash: String,
    id: SessionId,
    message: Message,
) -> Result<HttpResponse> {
    let (url, trace) = (call.web.config.server.public_url.clone(), call.trace.clone());
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        let answer = sessions::say(cx, who, id, &message)?;
        match &answer.refused {
            None => kept(cx, &answer.session, if answer.session.state == State::Booking { 202 } else { 200 }),
            Some(refusal) => refused(refusal, &url, &trace),
        }
    };
    effect(call, bearer, hash, work, still_seen(sessions::session)).await?.into_response()
}

fn refused(refusal: &Refusal, url: &str, trace: &str) -> Result<idempotency::Answer> {
    let error = Error::refused(refusal.code, refusal.message.clone());
    let told = RefusedTime::of(Problem::of(&error, url, trace), &refusal.alternatives);
    Ok(idempotency::Answer { status: 409, body: serde_json::to_value(told).map_err(Error::internal)? })
}

/// Says something in a session: a typed message, checked against its schema, the state, and every grant concerned.
#[utoipa::path(post, path = "/api/v1/sessions/{id}/messages", tag = "sessions", operation_id = "say",
    params(("id" = String, Path, description = "The session."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = GivenMessage,
    responses((status = 200, description = "The session, as it stands now.", body = Shown),
        (status = 202, description = "A time is being booked.", body = Shown),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, description = "A rule refuses it.", body = RefusedTime, content_type = "application/problem+json"),
        (status = 413, response = super::openapi::TooLarge), (status = 415, response = super::openapi::MediaType),
        (status = 422, response = super::openapi::Mismatch), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn say(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::SessionsWrite).await?;
    let id: SessionId = call.id("id")?;
    let (message, hash) = call.json::<Message>().await?;
    step(&call, &bearer, hash, id, message).await
}

/// Proposes times; without any, the house finds those that suit everybody.
#[utoipa::path(post, path = "/api/v1/sessions/{id}/proposals", tag = "sessions", operation_id = "propose_times",
    params(("id" = String, Path, description = "The session."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = Option<GivenProposals>,
    responses((status = 200, description = "The session, as it stands now.", body = Shown),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, description = "A rule refuses it.", body = RefusedTime, content_type = "application/problem+json"),
        (status = 413, response = super::openapi::TooLarge), (status = 415, response = super::openapi::MediaType),
        (status = 422, response = super::openapi::Mismatch), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn propose(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::SessionsWrite).await?;
    let id: SessionId = call.id("id")?;
    let (given, hash) = call.json_or_nothing::<GivenProposals>().await?;
    let slots = given.slots.into_iter().map(|slot| sessions::Slot { start: slot.start, end: slot.end });
    step(&call, &bearer, hash, id, Message::Proposal { slots: slots.collect() }).await
}

/// Books a time that was proposed, in two phases: it is held in all calendars concerned, and everything is checked again
/// before the meeting is made.
#[utoipa::path(post, path = "/api/v1/sessions/{id}/confirm", tag = "sessions", operation_id = "confirm_session",
    params(("id" = String, Path, description = "The session."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = Confirmation,
    responses((status = 200, description = "There is a meeting.", body = Shown),
        (status = 202, description = "Calendars are read again first; the state is `booking`.", body = Shown),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, description = "A rule refuses it.", body = RefusedTime, content_type = "application/problem+json"),
        (status = 413, response = super::openapi::TooLarge), (status = 415, response = super::openapi::MediaType),
        (status = 422, response = super::openapi::Mismatch), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn confirm(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::SessionsWrite).await?;
    let id: SessionId = call.id("id")?;
    let (given, hash) = call.json::<Confirmation>().await?;
    step(&call, &bearer, hash, id, Message::Confirm { proposal: given.proposal }).await
}

/// Ends a session, from any side.
#[utoipa::path(delete, path = "/api/v1/sessions/{id}", tag = "sessions", operation_id = "cancel_session",
    params(("id" = String, Path, description = "The session.")),
    responses((status = 200, description = "The session, as it ended.", body = Shown),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 409, response = super::openapi::Refused),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn cancel(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::SessionsWrite).await?;
    let id: SessionId = call.id("id")?;
    call.nothing().await?;
    step(&call, &bearer, sha256(b""), id, Message::Cancel { note: String::new() }).await
}
