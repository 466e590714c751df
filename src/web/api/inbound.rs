//! Mail, and news of mail, that other servers push to us.
//!
//! Both roads are open to an API token with the scope, and to a signature by `inbound.secret`
//! ([`crate::web::signature`]); raw messages also to `inbound.token`.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::accounts::Scope;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::secret::{same, sha256};
use crate::base::text::{self, Address};
use crate::idempotency::Answer;
use crate::itip::Arrival;
use crate::mail::inbound::Received;
use crate::meetings::{self, Report};
use crate::post::letter;
use crate::store::Cx;
use crate::web::bearer::Bearer;
use crate::web::body;
use crate::web::call::{self, Call};
use crate::web::idempotency::{self, effect};
use crate::web::signature;

/// What a mail server says of a delivery is kept up to so many characters.
const DETAIL_CHARS_MAX: usize = 500;

/// Where a pushed message was addressed to.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct InboundQuery {
    /// The envelope's recipient, where the provider tells it.
    rcpt: Option<String>,
}

/// What became of a message.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Taken {
    /// The message, as it is kept.
    id: String,
    /// `applied`, `stale`, `duplicate`, `proposal`, `refresh`, `bounce`, `auto_reply`, `answered`,
    /// `needs_confirmation`, `ignored` or `rejected`.
    outcome: &'static str,
    /// Why, in a sentence.
    reason: String,
    /// The meeting it is about, if it is about one.
    meeting: Option<String>,
    /// The participant whose message it is, if it is known.
    participant: Option<String>,
}

/// What became of a mail of ours.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EmailStatus {
    /// The mail's Message-ID, with or without its angle brackets.
    message_id: String,
    /// Whom it went to.
    recipient: String,
    /// What happened.
    event: Event,
    /// What the mail server said.
    detail: Option<String>,
}

/// What can become of a mail.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Event {
    /// It lies in the mailbox.
    Delivered,
    /// It is still being tried.
    Delayed,
    /// It came back.
    Bounced,
    /// Its reader called it unwanted; they are not written to again.
    Complained,
}

/// Whether the mail was one of ours.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StatusTaken {
    /// `recorded`, or `unknown` for a mail that is not ours or went to somebody else.
    outcome: &'static str,
}

/// Reads the body of a push and finds out who pushes. A token is looked at before the body is read; a
/// signature can only be held against all of it.
async fn pushed(
    call: &mut Call,
    scope: Scope,
    media_type: &str,
    bytes_max: u64,
) -> Result<(Bearer, Vec<u8>)> {
    let given = call.header("authorization").is_some();
    let signed = call.header(signature::HEADER).map(str::to_owned);
    let (is_given, Some(signed)) = (given, signed) else {
        let bearer = if scope == Scope::InboundWrite && is_configured_token(call) {
            Bearer::configured(call, "inbound.token")
        } else {
            Bearer::of(call, scope).await?
        };
        return Ok((bearer, call.raw(media_type, bytes_max).await?));
    };
    if is_given {
        return Err(Error::invalid("authorization", "Send a token or a signature, not both."));
    }
    let secret = call.web.config.inbound.secret.clone();
    if secret.is_empty() {
        return Err(Error::Unauthenticated(
            "Signatures are not taken here: no inbound.secret is configured.",
        ));
    }
    let raw = call.raw(media_type, bytes_max).await?;
    let now = call.web.store.ground().clock.now();
    if !signature::verify(&secret, &signed, &raw, now) {
        return Err(Error::Unauthenticated("The signature is not right, or more than five minutes off."));
    }
    Ok((Bearer::configured(call, "inbound.secret"), raw))
}

fn is_configured_token(call: &Call) -> bool {
    let configured = call.web.config.inbound.token.expose();
    !configured.is_empty() && call.token().is_ok_and(|given| same(given.expose(), configured))
}

/// Takes one raw message in (RFC 5322), as if it had come to the organizer's mailbox.
///
/// Every message is kept with one outcome; the same message again is a `duplicate`.
#[utoipa::path(post, path = "/api/v1/imip/inbound", tag = "mail", operation_id = "push_message",
    params(InboundQuery,
        ("X-Entente-Signature" = Option<String>, Header, description = "In place of a token: `t=<seconds>,v1=<hex of HMAC-SHA256 over t, a full stop and the body>`."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body(content = String, content_type = "message/rfc822"),
    security(("token" = []), ("signature" = [])),
    responses((status = 200, description = "What became of it.", body = Taken),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 409, response = super::openapi::Refused),
        (status = 413, response = super::openapi::TooLarge), (status = 415, response = super::openapi::MediaType),
        (status = 422, response = super::openapi::Mismatch), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn message(mut call: Call) -> Result<HttpResponse> {
    let bytes_max = call.web.config.inbound.size_max_bytes;
    let (bearer, raw) = pushed(&mut call, Scope::InboundWrite, "message/rfc822", bytes_max).await?;
    let query: InboundQuery = call.query()?;
    let rcpt = query.rcpt.as_deref().map(|text| Address::required("rcpt", text)).transpose()?;
    if raw.is_empty() {
        return Err(Error::invalid("body", "There is no message in the body."));
    }
    let hash = sha256(format!("{}\n{}", sha256(&raw), query.rcpt.unwrap_or_default()).as_bytes());
    let key = idempotency::key_of(&call)?;
    let _turn = idempotency::turn(&call, &bearer, key.as_deref())?;
    if let Some(key) = &key
        && let Some(done) = idempotency::before(&call, &bearer, key, &hash).await?
    {
        return done.into_response();
    }
    let arrived = Arrival { at: call.web.store.ground().clock.now(), number: 0 };
    let rcpt = rcpt.map(|address| address.as_str().to_owned());
    let taken = call.web.intake.take(Received { raw, road: "webhook", rcpt, arrived, cursor: None }).await?;
    let taken = Taken {
        id: taken.id.to_string(),
        outcome: taken.outcome.as_str(),
        reason: taken.reason,
        meeting: taken.meeting.map(|id| id.to_string()),
        participant: taken.participant.map(|id| id.to_string()),
    };
    let answer = Answer { status: 200, body: serde_json::to_value(&taken).map_err(Error::internal)? };
    if let Some(key) = &key {
        // Should this fail, a second call is taken in again and is a duplicate.
        idempotency::after(&call, &bearer, key, &hash, &answer).await?;
    }
    call::json(answer.status, &answer.body)
}

/// Takes in what became of a mail of ours: the invitation shows it, and the host is told of what came back.
///
/// A mail that is not ours is answered 200 and `unknown`, so that a provider does not send it again and again.
#[utoipa::path(post, path = "/api/v1/hooks/email-status", tag = "mail", operation_id = "report_delivery",
    params(("X-Entente-Signature" = Option<String>, Header, description = "In place of a token: `t=<seconds>,v1=<hex of HMAC-SHA256 over t, a full stop and the body>`."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = EmailStatus,
    security(("token" = []), ("signature" = [])),
    responses((status = 200, description = "Whether it was recorded.", body = StatusTaken),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 409, response = super::openapi::Refused),
        (status = 413, response = super::openapi::TooLarge), (status = 415, response = super::openapi::MediaType),
        (status = 422, response = super::openapi::Mismatch), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn email_status(mut call: Call) -> Result<HttpResponse> {
    let bytes_max = call.web.config.limits.body_max_bytes;
    let (bearer, raw) = pushed(&mut call, Scope::HooksWrite, "application/json", bytes_max).await?;
    let given: EmailStatus = body::read_json(&raw)?;
    let recipient = Address::required("recipient", &given.recipient)?;
    let message_id = given.message_id.trim().trim_start_matches('<').trim_end_matches('>').to_owned();
    if message_id.is_empty() {
        return Err(Error::invalid("message_id", "This should be the Message-ID of a mail of ours."));
    }
    let detail = given.detail.as_deref().map(|detail| text::line(detail, DETAIL_CHARS_MAX));
    let event = match given.event {
        Event::Delivered => Report::Delivered,
        Event::Delayed => Report::Delayed,
        Event::Bounced => Report::Bounced,
        Event::Complained => Report::Complained,
    };
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        let went_to = letter::by_message_id(cx, &message_id)?
            .and_then(|kept| Address::parse(&kept.letter.reader.address));
        let is_ours = went_to.is_some_and(|address| address.mailbox_key() == recipient.mailbox_key());
        if is_ours {
            meetings::report(cx, who, Some(&message_id), None, event, detail.as_deref())?;
        }
        let taken = StatusTaken { outcome: if is_ours { "recorded" } else { "unknown" } };
        Ok(Answer { status: 200, body: serde_json::to_value(taken).map_err(Error::internal)? })
    };
    effect(&call, &bearer, sha256(&raw), work, |_, _, _| Ok(())).await?.into_response()
}
