//! The description of the API: OpenAPI 3.1, made of the handlers themselves (`made`), and kept as one text.

use actix_web::HttpResponse;
use utoipa::ToResponse;

use crate::base::error::Result;
use crate::web::call::Call;
use crate::web::problem::Problem;

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

/// The description of the API, as `entente openapi` prints it: made of the handlers once, and held to them by a test.
pub fn openapi() -> &'static str {
    include_str!("../../../static/openapi.json")
}

/// This document.
#[utoipa::path(get, path = "/api/openapi.json", tag = "operation", operation_id = "openapi", security(),
    responses((status = 200, description = "The description of the API.", content_type = "application/json", body = Object)))]
pub(super) async fn document(_: Call) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().content_type("application/json").body(openapi()))
}

#[cfg(test)]
mod made;
