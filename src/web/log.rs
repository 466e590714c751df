//! One log line for every request that was to change something, and for every one that failed.
//!
//! It tells the route by its pattern and never the address that was asked for: a path may name a person, and a
//! query holds the secrets of links.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;

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
    let route = request.match_pattern().unwrap_or_else(|| "none".to_owned());
    let clock = &web.store.ground().clock;
    let begun = clock.now();
    let answer = next.call(request).await;
    let status = match &answer {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    };
    line(&trace, &method, &route, status, clock.now().since(begun));
    answer
}

fn line(trace: &str, method: &Method, route: &str, status: StatusCode, ms: i64) {
    let code = status.as_u16();
    if status.is_server_error() {
        tracing::error!(trace, %method, route, status = code, ms, "a request failed");
    } else if !method.is_safe() {
        tracing::info!(trace, %method, route, status = code, ms, "a request was answered");
    }
}
