//! The JSON API under `/api/v1`, and what operators' programs ask: health, readiness, metrics.

use actix_web::web::ServiceConfig;

use super::Web;

/// Mounts the API's routes.
pub fn configure(_service: &mut ServiceConfig, _web: &Web) {}

/// STUB
pub fn openapi() -> String {
    String::new()
}
/// STUB
pub fn meeting(_: &crate::meetings::Seen) -> serde_json::Value {
    serde_json::Value::Null
}
