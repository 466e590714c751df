//! API tokens over the API, for programs that may do everything: list, make, take back.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::{self, Scope};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{TokenId, UserId};
use crate::idempotency::Answer;
use crate::store::Cx;
use crate::web::bearer::Bearer;
use crate::web::call::{self, Call};
use crate::web::idempotency::effect;

/// A token, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Token {
    /// Its id.
    id: String,
    /// The user it acts for; null for the operator's own.
    user: Option<String>,
    /// What its owner calls it.
    name: String,
    /// What it may be used for.
    scopes: Vec<&'static str>,
    /// Since when.
    #[schema(format = DateTime)]
    created: String,
    /// Since when it may no longer be used.
    #[schema(format = DateTime)]
    revoked: Option<String>,
}

/// Tokens.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TokenList {
    /// The caller's own; all, for the operator's token.
    tokens: Vec<Token>,
}

/// A token to be made.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewToken {
    /// What it is called.
    name: String,
    /// `admin`, `meetings.read`, `meetings.write`, `profile.read`, `profile.write`, `connections.read`, `connections.write`,
    /// `notices.read`, `notices.write`, `calendar.read`, `calendar.write`, `agents.read`, `agents.write`, `booking.read`,
    /// `booking.write`, `sessions.read`, `sessions.write`, `messages.read`, `messages.write`, `tasks.read`, `tasks.write`,
    /// `approvals.decide`, `webhooks.read`, `webhooks.write`, `inbound.write`, `hooks.write`.
    #[schema(example = json!(["meetings.read", "meetings.write"]))]
    scopes: Vec<String>,
    /// The user it acts for; the caller's own, if not given.
    user: Option<String>,
}

/// A token that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MadeToken {
    /// The token.
    token: Token,
    /// Its secret, shown this once.
    secret: String,
}

impl Token {
    fn of(token: &accounts::Token) -> Self {
        Self {
            id: token.id.to_string(),
            user: token.user.map(|user| user.to_string()),
            name: token.name.clone(),
            scopes: token.scopes.iter().map(|scope| scope.as_str()).collect(),
            created: token.created_at.to_rfc3339(),
            revoked: token.revoked_at.map(crate::base::time::Timestamp::to_rfc3339),
        }
    }
}

/// Lists the caller's tokens; all, for the operator's token.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "tokens", operation_id = "list_tokens",
    responses((status = 200, description = "The tokens, without their secrets.", body = TokenList),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn list(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::Admin).await?;
    let tokens = call
        .web
        .store
        .read(move |cx| {
            let (_, who) = bearer.actor(cx)?;
            accounts::tokens(cx, &who)
        })
        .await?;
    call::json(200, &TokenList { tokens: tokens.iter().map(Token::of).collect() })
}

/// Makes a token. Its secret is shown this once.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "tokens", operation_id = "create_token",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = NewToken,
    responses((status = 201, description = "The token and its secret.", body = MadeToken),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 409, response = super::openapi::Refused),
        (status = 413, response = super::openapi::TooLarge), (status = 415, response = super::openapi::MediaType),
        (status = 422, response = super::openapi::Mismatch), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn create(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::Admin).await?;
    let (given, hash) = call.json::<NewToken>().await?;
    let scopes = given.scopes.iter().enumerate().map(|(i, word)| {
        Scope::parse(word).ok_or_else(|| {
            let known = Scope::ALL.map(Scope::as_str).join(", ");
            Error::invalid(format!("scopes[{i}]"), format!("This is not a scope; known are: {known}."))
        })
    });
    let scopes = scopes.collect::<Result<Vec<_>>>()?;
    let no_user = |_| Error::invalid("user", "There is no such user.");
    let user = given.user.as_deref().map(|id| id.parse::<UserId>().map_err(no_user)).transpose()?;
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        let user = user.or(who.user());
        if let Some(user) = user {
            accounts::get(cx, user).map_err(|_| Error::invalid("user", "There is no such user."))?;
        }
        let (token, secret) = accounts::create_token(cx, who, user, &given.name, &scopes)?;
        let made = MadeToken { token: Token::of(&token), secret: secret.expose().to_owned() };
        Ok(Answer { status: 201, body: serde_json::to_value(made).map_err(Error::internal)? })
    };
    effect(&call, &bearer, hash, work, |_, _, _| Ok(())).await?.into_response()
}

/// Takes a token back, at once.
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "tokens", operation_id = "revoke_token",
    params(("id" = String, Path, description = "The token.")),
    responses((status = 204, description = "It may no longer be used."),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn revoke(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::Admin).await?;
    let id: TokenId = call.id("id")?;
    call.nothing().await?;
    let revoke = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        accounts::revoke_token(cx, &who, id)
    });
    revoke.await?;
    Ok(HttpResponse::NoContent().finish())
}
