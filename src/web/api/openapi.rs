//! The description of the API: OpenAPI 3.1, made of the handlers themselves.

use actix_web::HttpResponse;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi, ToResponse};

use super::{
    agents, book, booking, connections, events, grants, inbound, meetings, notices, profile, sessions, slots,
    sources, tokens,
};
use crate::base::error::{Error, Result};
use crate::web::call::Call;
use crate::web::problem::Problem;
use crate::web::{health, metrics};

/// One kind of refusal, as the description names it.
macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $says:literal,)*) => {$(
        $(#[$doc])*
        #[derive(ToResponse)]
        #[response(description = $says, content_type = "application/problem+json")]
        #[expect(dead_code, reason = "describes an answer, and is never made")]
        pub(in crate::web) struct $name(Problem);
    )*};
}

refusals! {
    /// 400.
    Invalid = "Something in the request cannot be used; `field` says what.",
    /// 401.
    Unauthenticated = "There is no token, or it is not valid.",
    /// 403.
    Denied = "The caller is known and may not do this, or their token lacks the scope.",
    /// 404.
    NotFound = "There is no such thing, or it is not the caller's to see: the two are not told apart.",
    /// 409.
    Refused = "A rule of the house refuses it as things stand, or the same call is still running.",
    /// 413.
    TooLarge = "The body is larger than this house takes.",
    /// 415.
    MediaType = "The body is of another media type.",
    /// 422.
    Mismatch = "The Idempotency-Key was used with another body.",
    /// 429.
    Throttled = "Too many requests; `Retry-After` says when to try again, in seconds.",
}

/// The document.
#[derive(OpenApi)]
#[openapi(
    info(title = "Entente", description = "People and their agents agree on a time, privately, over plain email."),
    paths(
        meetings::create, meetings::list, meetings::show, meetings::story, meetings::book, meetings::change,
        meetings::cancel, meetings::resend, profile::show, profile::change, profile::set_exception,
        profile::drop_exception, profile::export, profile::ask_address, profile::withdraw_address, profile::ask_deletion, profile::withdraw_deletion,
        connections::invite, connections::list, connections::questions, connections::show,
        connections::end, connections::accept, connections::decline, connections::block, connections::unblock,
        sessions::start, sessions::list, sessions::show, sessions::cancel, sessions::messages, sessions::say,
        sessions::propose, sessions::confirm, sessions::wish, connections::profile, grants::show, grants::set,
        inbound::message, inbound::email_status, tokens::list, tokens::create, sources::add, sources::list,
        sources::show, sources::change, sources::remove, sources::renew, sources::read, sources::busy,
        slots::busy, slots::find, slots::check, agents::list, agents::add, agents::show, agents::change,
        agents::retire,
        tokens::revoke, notices::list, notices::mark, notices::mark_all, notices::preferences, notices::choose,
        booking::offer, booking::list, booking::show, booking::change, booking::remove, booking::pass,
        booking::bookings, booking::approve, booking::decline, book::slots, book::book,
        events::events, document, health::alive, health::ready, metrics::metrics, super::errors::errors,
    ),
    components(
        schemas(Problem),
        responses(Invalid, Unauthenticated, Denied, NotFound, Refused, TooLarge, MediaType, Mismatch, Throttled),
    ),
    modifiers(&Schemes),
    security(("token" = [])),
    tags(
        (name = "meetings", description = "What is on the calendar."),
        (name = "profile", description = "Who somebody is, when they work, and how they leave."),
        (name = "connections", description = "Who knows whom, and what each lets the other's agent know and do."),
        (name = "sessions", description = "Agents that agree on a time: steps, transcripts, and what comes of them."),
        (name = "calendar", description = "Where busy time comes from, and what is taken."),
        (name = "slots", description = "Finding a time."),
        (name = "agents", description = "Who acts for the caller, and for the rooms and things of the house."),
        (name = "booking", description = "Pages where guests without an account pick a time."),
        (name = "notices", description = "What somebody should know."),
        (name = "mail", description = "Mail, and news of mail, that is pushed to us."),
        (name = "tokens", description = "API tokens."),
        (name = "operation", description = "For whoever runs this house."),
    ),
)]
struct Document;

/// How callers show who they are.
struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_with(Default::default);
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("ent_…").build();
        components.add_security_scheme("token", SecurityScheme::Http(token));
        let signature = ApiKeyValue::with_description(
            crate::web::signature::HEADER,
            "t=<seconds since 1970>,v1=<hex of HMAC-SHA256, by inbound.secret, over t, a full stop and the body>",
        );
        components.add_security_scheme("signature", SecurityScheme::ApiKey(ApiKey::Header(signature)));
    }
}

/// The description of the API, as `entente openapi` prints it.
pub fn openapi() -> String {
    let mut text = Document::openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// This document.
#[utoipa::path(get, path = "/api/openapi.json", tag = "operation", operation_id = "openapi", security(),
    responses((status = 200, description = "The description of the API.", content_type = "application/json", body = Object)))]
pub(super) async fn document(_: Call) -> Result<HttpResponse> {
    let text = openapi();
    if text.len() < 2 {
        return Err(Error::internal("the API cannot be described"));
    }
    Ok(HttpResponse::Ok().content_type("application/json").body(text))
}
