//! One log line for every request that was to change something, and for every one that failed.
//!
//! It tells the route by its pattern and never the address that was asked for: a path may name a person, and a
//! query holds the secrets of links.

use std::borrow::Cow;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest};

use super::Web;
use super::call::trace_of;

/// Writes the line, after the answer is made.
///
/// To be wrapped around everything else, so that what the limits refuse is told as well:
/// `App::new().wrap(from_fn(log::requests))`.
pub async fn requests<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let Some(web) = request.app_data::<Data<Web>>().cloned() else { return next.call(request).await };
    let trace = trace_of(&web, request.request());
    let method = request.method().clone();
    let clock = &web.store.ground().clock;
    let begun = clock.now();
    let answer = next.call(request).await;
    let (status, request) = match &answer {
        Ok(response) => (response.status(), Some(response.request())),
        Err(error) => (error.as_response_error().status_code(), None),
    };
    if status.is_server_error() || !method.is_safe() {
        let route = request.and_then(pattern).unwrap_or(Cow::Borrowed("none"));
        line(&trace, &method, &route, status, clock.now().since(begun));
    }
    answer
}

/// The pattern of the route that takes a request. Kept with it.
#[derive(Clone, Copy)]
struct At(&'static str);

/// Says which route takes a request, for its line: finding it out again means to look at all of them.
pub fn is_at(request: &HttpRequest, pattern: &'static str) {
    request.extensions_mut().insert(At(pattern));
}

fn pattern(request: &HttpRequest) -> Option<Cow<'static, str>> {
    let known = request.extensions().get::<At>().map(|at| Cow::Borrowed(at.0));
    known.or_else(|| request.match_pattern().map(Cow::Owned))
}

fn line(trace: &str, method: &Method, route: &str, status: StatusCode, ms: i64) {
    let code = status.as_u16();
    if status.is_server_error() {
        tracing::error!(trace, %method, route, status = code, ms, "a request failed");
    } else {
        tracing::info!(trace, %method, route, status = code, ms, "a request was answered");
    }
}
