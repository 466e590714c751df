//! The pages.

use actix_web::web::ServiceConfig;

use super::Web;

/// Mounts the pages' routes.
pub fn configure(_service: &mut ServiceConfig, _web: &Web) {}
