//! Connections over the API: invite, list, answer, end, block; and what a connection lets one ask.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::grants::GivenGrant;
use crate::accounts::Scope;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{ConnectionId, QuestionId, SessionId};
use crate::base::secret::sha256;
use crate::base::text::Address;
use crate::base::time::Timestamp;
use crate::idempotency::Answer;
use crate::network::{self, NewGrant, State};
use crate::sessions::conversation::{self, Right};
use crate::store::Cx;
use crate::web::bearer::Bearer;
use crate::web::body::Object;
use crate::web::call::{self, Call};
use crate::web::idempotency::{effect, still_seen};

/// How many things a page has, if the caller does not say.
const LIMIT: u32 = 50;
/// The most things of a page.
const LIMIT_MAX: u32 = 200;

/// Somebody to be invited.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewConnection {
    /// Their address, whether they have an account or not.
    #[schema(example = "ana@example.org")]
    email: String,
    /// What to say to them.
    #[serde(default)]
    words: String,
    /// What to let their agent do, from the moment they accept.
    #[schema(value_type = Option<GivenGrant>)]
    grant: Option<Object<GivenGrant>>,
}

/// What may come with an acceptance.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Acceptance {
    /// What to let the other's agent do. What they let the caller's do is theirs.
    #[schema(value_type = Option<GivenGrant>)]
    grant: Option<Object<GivenGrant>>,
}

/// Which page of a list.
#[derive(Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// How many to a page: from 1 to 200; 50, if not given.
    pub(super) limit: Option<u32>,
    /// The `next` of the page before.
    pub(super) cursor: Option<String>,
}

impl PageQuery {
    pub(super) fn limit(&self) -> Result<u32> {
        let limit = self.limit.unwrap_or(LIMIT);
        if (1..=LIMIT_MAX).contains(&limit) {
            return Ok(limit);
        }
        Err(Error::invalid("limit", format!("A page has from 1 to {LIMIT_MAX} of them.")))
    }

    pub(super) fn after<I: std::str::FromStr>(&self) -> Result<Option<I>> {
        let refused = |_| Error::invalid("cursor", "Give the `next` of the page before, unchanged.");
        self.cursor.as_deref().map(|text| text.parse().map_err(refused)).transpose()
    }
}

/// A connection, as the caller's side sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Connection {
    /// Its id.
    #[schema(example = "con_019d4b5ad0007d3c8f1e2a3b4c5d6e7f")]
    id: String,
    /// `sent` by the caller, or `received`.
    invitation: &'static str,
    /// `invited`, `connected`, `declined`, `expired`, `withdrawn` or `revoked`.
    #[schema(example = "connected")]
    state: &'static str,
    /// The other's name; null until the caller may know it.
    name: Option<String>,
    /// What the caller typed, while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// What the inviter said; may be empty.
    words: String,
    /// Since when there is an invitation.
    #[schema(format = DateTime)]
    created: String,
    /// Until when it can be accepted, while it waits.
    #[schema(format = DateTime)]
    expires: Option<String>,
    /// Since when both want it.
    #[schema(format = DateTime)]
    connected: Option<String>,
    /// Since when it is over.
    #[schema(format = DateTime)]
    ended: Option<String>,
    /// Whether the caller blocked the other.
    blocked: bool,
}

impl Connection {
    fn of(seen: &network::Connection) -> Self {
        let expires = (seen.state == State::Invited).then(|| seen.expires_at.to_rfc3339());
        Self {
            id: seen.id.to_string(),
            invitation: seen.side.as_str(),
            state: seen.state.as_str(),
            name: seen.name.clone(),
            email: seen.address.as_ref().map(|address| address.as_str().to_owned()),
            words: seen.words.clone(),
            created: seen.created_at.to_rfc3339(),
            expires,
            connected: seen.connected_at.map(Timestamp::to_rfc3339),
            ended: seen.ended_at.map(Timestamp::to_rfc3339),
            blocked: seen.is_blocked,
        }
    }
}

/// A page of connections.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConnectionList {
    /// Newest first.
    connections: Vec<Connection>,
    /// What to give as `cursor` for the next page; null on the last.
    next: Option<String>,
}

/// A question that was asked about the caller.
#[derive(Debug, Serialize, ToSchema)]
struct Question {
    /// Its id.
    #[schema(example = "qst_019d4b5ad0007d3c8f1e2a3b4c5d6e7f")]
    id: String,
    /// The connection it was asked through, if there was one.
    connection: Option<String>,
    /// Whose agent asked; null where their account is gone.
    asked_by: Option<String>,
    /// For which scope.
    scope: String,
    /// What for; may be empty.
    purpose: String,
    /// Whether it was answered; else it was refused.
    answered: bool,
    /// What was shown.
    shown: String,
    /// When.
    #[schema(format = DateTime)]
    at: String,
}

/// A page of questions.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct QuestionList {
    /// Newest first.
    questions: Vec<Question>,
    /// What to give as `cursor` for the next page; null on the last.
    next: Option<String>,
}

/// What a connection may be told of a person.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BasicProfile {
    /// Their name; null if they gave none.
    name: Option<String>,
    /// The IANA zone they live in.
    #[schema(example = "Europe/Paris")]
    time_zone: &'static str,
}

fn shown(seen: &network::Connection, status: u16) -> Result<Answer> {
    let body = serde_json::to_value(Connection::of(seen)).map_err(Error::internal)?;
    Ok(Answer { status, body })
}

fn given(grant: Option<&Object<GivenGrant>>) -> Result<Option<NewGrant>> {
    grant.map(|Object(grant)| grant.grant()).transpose()
}

/// Invites somebody to connect.
///
/// Every address is answered alike, whether it has an account or not, and whatever its holder thinks of it. The same
/// address again gives the same connection; somebody who invited the caller is accepted.
#[utoipa::path(post, path = "/api/v1/connections", tag = "connections", operation_id = "invite",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = NewConnection,
    responses((status = 201, description = "The connection; its address is in `Location`.", body = Connection),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 409, response = super::openapi::Refused),
        (status = 413, response = super::openapi::TooLarge), (status = 415, response = super::openapi::MediaType),
        (status = 422, response = super::openapi::Mismatch), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn invite(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::ConnectionsWrite).await?;
    let (new, hash) = call.json::<NewConnection>().await?;
    let invitation = network::Invitation {
        address: Address::required("email", &new.email)?,
        words: new.words,
        grant: given(new.grant.as_ref())?,
    };
    let work = move |cx: &mut Cx<'_>, who: &Actor| shown(&network::invite(cx, who, &invitation)?, 201);
    let done = effect(&call, &bearer, hash, work, still_seen(network::connection)).await?;
    done.created("/api/v1/connections", "/id")
}

/// Lists the caller's connections, newest first, those that are over as well.
#[utoipa::path(get, path = "/api/v1/connections", tag = "connections", operation_id = "list_connections", params(PageQuery),
    responses((status = 200, description = "A page.", body = ConnectionList),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn list(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::ConnectionsRead).await?;
    let query: PageQuery = call.query()?;
    let (limit, after) = (query.limit()?, query.after()?);
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        network::connections(cx, &who, after, limit)
    });
    let page = read.await?;
    let connections = page.connections.iter().map(Connection::of).collect();
    call::json(200, &ConnectionList { connections, next: page.next.map(|id| id.to_string()) })
}

/// Lists what was asked about the caller, newest first, whatever came of it.
#[utoipa::path(get, path = "/api/v1/connections/questions", tag = "connections", operation_id = "list_questions", params(PageQuery),
    responses((status = 200, description = "A page.", body = QuestionList),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn questions(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::ConnectionsRead).await?;
    let query: PageQuery = call.query()?;
    let (limit, after): (_, Option<QuestionId>) = (query.limit()?, query.after()?);
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        network::questions(cx, &who, after, limit)
    });
    let page = read.await?;
    let questions = page
        .questions
        .into_iter()
        .map(|one| Question {
            id: one.id.to_string(),
            connection: one.connection.map(|id| id.to_string()),
            asked_by: one.asker,
            scope: one.scope,
            purpose: one.purpose,
            answered: one.is_answered,
            shown: one.shown,
            at: one.asked_at.to_rfc3339(),
        })
        .collect();
    call::json(200, &QuestionList { questions, next: page.next.map(|id| id.to_string()) })
}

/// Shows a connection.
#[utoipa::path(get, path = "/api/v1/connections/{id}", tag = "connections", operation_id = "show_connection",
    params(("id" = String, Path, description = "The connection.")),
    responses((status = 200, description = "The connection.", body = Connection),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn show(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::ConnectionsRead).await?;
    let id: ConnectionId = call.id("id")?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        network::connection(cx, &who, id)
    });
    call::json(200, &Connection::of(&read.await?))
}

/// A verb that takes a connection and gives what the caller then sees of it.
type Verb = fn(&mut Cx<'_>, &Actor, ConnectionId) -> Result<network::Connection>;

/// A POST without a body.
async fn posted(mut call: Call, verb: Verb) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::ConnectionsWrite).await?;
    let id: ConnectionId = call.id("id")?;
    call.nothing().await?;
    let work = move |cx: &mut Cx<'_>, who: &Actor| shown(&verb(cx, who, id)?, 200);
    effect(&call, &bearer, sha256(b""), work, still_seen(network::connection)).await?.into_response()
}

/// A DELETE.
async fn deleted(mut call: Call, verb: Verb) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::ConnectionsWrite).await?;
    let id: ConnectionId = call.id("id")?;
    call.nothing().await?;
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        verb(cx, &who, id)
    });
    call::json(200, &Connection::of(&write.await?))
}

/// Ends a connection from either side, with the grants of both.
///
/// An invitation of the caller's is withdrawn, one to them is declined, a connection is revoked. Ending what is over
/// changes nothing. Of a declined invitation the inviter is not told.
#[utoipa::path(delete, path = "/api/v1/connections/{id}", tag = "connections", operation_id = "end_connection",
    params(("id" = String, Path, description = "The connection.")),
    responses((status = 200, description = "The connection, as it ended.", body = Connection),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn end(call: Call) -> Result<HttpResponse> {
    deleted(call, network::end).await
}

/// Accepts an invitation; at most the caller's own grant is written.
#[utoipa::path(post, path = "/api/v1/connections/{id}/accept", tag = "connections", operation_id = "accept_connection",
    params(("id" = String, Path, description = "The connection."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = Option<Acceptance>,
    responses((status = 200, description = "The connection.", body = Connection),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 422, response = super::openapi::Mismatch),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn accept(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::ConnectionsWrite).await?;
    let id: ConnectionId = call.id("id")?;
    let (acceptance, hash) = call.json_or_nothing::<Acceptance>().await?;
    let grant = given(acceptance.grant.as_ref())?;
    let work = move |cx: &mut Cx<'_>, who: &Actor| shown(&network::accept(cx, who, id, grant.as_ref())?, 200);
    effect(&call, &bearer, hash, work, still_seen(network::connection)).await?.into_response()
}

/// Declines an invitation. Its inviter is not told: they see it wait, and expire.
#[utoipa::path(post, path = "/api/v1/connections/{id}/decline", tag = "connections", operation_id = "decline_connection",
    params(("id" = String, Path, description = "The connection."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call a no-op for 24 hours.")),
    responses((status = 200, description = "The connection.", body = Connection),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn decline(call: Call) -> Result<HttpResponse> {
    posted(call, network::decline).await
}

/// Blocks the other side: ends what there is, and hides their later invitations. They are not told.
#[utoipa::path(post, path = "/api/v1/connections/{id}/block", tag = "connections", operation_id = "block_connection",
    params(("id" = String, Path, description = "The connection."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call a no-op for 24 hours.")),
    responses((status = 200, description = "The connection.", body = Connection),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn block(call: Call) -> Result<HttpResponse> {
    posted(call, network::block).await
}

/// Lifts a block. What it ended stays ended.
#[utoipa::path(delete, path = "/api/v1/connections/{id}/block", tag = "connections", operation_id = "unblock_connection",
    params(("id" = String, Path, description = "The connection.")),
    responses((status = 200, description = "The connection.", body = Connection),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn unblock(call: Call) -> Result<HttpResponse> {
    deleted(call, network::unblock).await
}

/// In which conversation it is asked.
#[derive(Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct WithinQuery {
    /// The conversation, with an agent of theirs: it takes the right `location` there. In none, if not given.
    #[param(value_type = Option<String>)]
    conversation: Option<SessionId>,
}

/// Reads the other's name and time zone, where they grant `profile.basic.read`.
///
/// It is a question: it spends from the hour's budget, and is listed to whom it is about. No connection, one that is
/// over, no grant and one that has ended are refused alike.
#[utoipa::path(get, path = "/api/v1/connections/{id}/profile", tag = "connections", operation_id = "ask_profile",
    params(("id" = String, Path, description = "The connection."), WithinQuery),
    responses((status = 200, description = "Name and zone.", body = BasicProfile),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn profile(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::ConnectionsRead).await?;
    let id: ConnectionId = call.id("id")?;
    let within = call.query::<WithinQuery>()?.conversation;
    let asked = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        conversation::hold(cx, &who, within, &[id], Right::Location)?;
        network::ask_by_connection(cx, &who, id, network::Scope::ProfileRead, "to read the profile")
    });
    let about = asked.await?.allowed()?.about;
    let name = Some(about.name).filter(|name| !name.is_empty());
    call::json(200, &BasicProfile { name, time_zone: about.zone.name() })
}
