//! The JSON API under `/api/v1`, and what operators' programs ask: health, readiness, metrics.
//!
//! To add a call: a handler `async fn(Call) -> Result<HttpResponse>` with `#[utoipa::path]` in the file of its noun, a
//! line in `routes!` below, its name in `openapi.rs`, and a row in `tests/it/access.rs`; tests hold all four.

mod agents;
mod analytics;
mod announcements;
mod answers;
mod approvals;
mod book;
mod booking;
mod connections;
mod conversations;
mod deliveries;
mod errors;
mod events;
mod grants;
mod group_view;
mod groups;
mod house;
mod inbound;
mod live;
mod meetings;
mod notices;
mod openapi;
mod presence;
mod profile;
mod public_keys;
mod registry;
mod roles;
mod rooms;
mod session;
mod sessions;
mod slots;
mod sources;
mod task_types;
mod tasks;
mod tokens;
mod transcript;
mod view;
mod watch;
mod webhooks;
mod wishes;

pub use openapi::openapi;
pub(super) use openapi::{Denied, Unauthenticated};

use actix_web::dev::{Path, ResourceDef};
use actix_web::http::Method;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::web::{self, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Route, Scope};

use super::Web;
use super::call;
use super::log;
use super::{health, metrics};
use crate::base::error::Error;

/// Mounts handlers, and lists what is mounted.
macro_rules! routes {
    ($($method:ident $path:literal => $handler:path;)*) => {
        /// Every route of the API: method and path.
        pub const ROUTES: &[(&str, &str)] = &[$((stringify!($method), $path)),*];

        fn handlers() -> Vec<Handler> {
            vec![$((Method::$method, $path, web::to(|request: HttpRequest, payload: Payload| {
                log::is_at(&request, $path);
                call::answer(request, payload, $handler)
            }))),*]
        }
    };
}

/// What stands before the name of each collection.
const VERSION: &str = "/api/v1/";

/// A method, a path, and what answers.
type Handler = (Method, &'static str, Route);

routes! {
    POST "/api/v1/meetings" => meetings::create;
    GET "/api/v1/meetings" => meetings::list;
    GET "/api/v1/meetings/{id}" => meetings::show;
    PATCH "/api/v1/meetings/{id}" => meetings::change;
    DELETE "/api/v1/meetings/{id}" => meetings::cancel;
    GET "/api/v1/meetings/{id}/story" => meetings::story;
    POST "/api/v1/meetings/{id}/book" => meetings::book;
    POST "/api/v1/meetings/{id}/resend" => meetings::resend;
    GET "/api/v1/profile" => profile::show;
    PATCH "/api/v1/profile" => profile::change;
    PUT "/api/v1/profile/exceptions/{date}" => profile::set_exception;
    DELETE "/api/v1/profile/exceptions/{date}" => profile::drop_exception;
    GET "/api/v1/profile/export" => profile::export;
    POST "/api/v1/profile/address" => profile::ask_address;
    DELETE "/api/v1/profile/address" => profile::withdraw_address;
    POST "/api/v1/profile/deletion" => profile::ask_deletion;
    DELETE "/api/v1/profile/deletion" => profile::withdraw_deletion;
    POST "/api/v1/connections" => connections::invite;
    GET "/api/v1/connections" => connections::list;
    GET "/api/v1/connections/questions" => connections::questions;
    GET "/api/v1/connections/{id}" => connections::show;
    DELETE "/api/v1/connections/{id}" => connections::end;
    POST "/api/v1/connections/{id}/accept" => connections::accept;
    POST "/api/v1/connections/{id}/decline" => connections::decline;
    POST "/api/v1/connections/{id}/block" => connections::block;
    DELETE "/api/v1/connections/{id}/block" => connections::unblock;
    GET "/api/v1/connections/{id}/grants" => grants::show;
    PUT "/api/v1/connections/{id}/grants" => grants::set;
    GET "/api/v1/connections/{id}/profile" => connections::profile;
    POST "/api/v1/sessions" => sessions::start;
    GET "/api/v1/sessions" => sessions::list;
    GET "/api/v1/sessions/{id}" => sessions::show;
    PUT "/api/v1/sessions/{id}" => session::change;
    DELETE "/api/v1/sessions/{id}" => sessions::cancel;
    GET "/api/v1/sessions/{id}/messages" => transcript::messages;
    POST "/api/v1/sessions/{id}/messages" => sessions::say;
    POST "/api/v1/sessions/{id}/proposals" => sessions::propose;
    POST "/api/v1/sessions/{id}/confirm" => sessions::confirm;
    POST "/api/v1/sessions/{id}/room" => rooms::answer;
    POST "/api/v1/wishes" => wishes::wish;
    POST "/api/v1/sources" => sources::add;
    GET "/api/v1/sources" => sources::list;
    GET "/api/v1/sources/{id}" => sources::show;
    PATCH "/api/v1/sources/{id}" => sources::change;
    DELETE "/api/v1/sources/{id}" => sources::remove;
    PUT "/api/v1/sources/{id}/access" => sources::renew;
    POST "/api/v1/sources/{id}/read" => sources::read;
    GET "/api/v1/busy" => sources::busy;
    GET "/api/v1/connections/{id}/busy" => slots::busy;
    POST "/api/v1/slots" => slots::find;
    POST "/api/v1/slots/check" => slots::check;
    GET "/api/v1/agents" => agents::list;
    POST "/api/v1/agents" => agents::add;
    POST "/api/v1/agents/token" => registry::exchange;
    GET "/api/v1/agents/found" => registry::found;
    GET "/api/v1/agents/sharing" => registry::sharing;
    GET "/api/v1/agents/{id}/inbox" => deliveries::inbox;
    POST "/api/v1/agents/{id}/heartbeat" => presence::heartbeat;
    GET "/api/v1/agents/{id}" => agents::show;
    PATCH "/api/v1/agents/{id}" => agents::change;
    DELETE "/api/v1/agents/{id}" => agents::retire;
    POST "/api/v1/agents/{id}/keys" => registry::make_key;
    GET "/api/v1/agents/{id}/keys" => registry::keys;
    DELETE "/api/v1/agents/{id}/keys/{key}" => registry::revoke_key;
    GET "/api/v1/agents/{id}/presence" => presence::presence;
    GET "/api/v1/agents/{id}/relations" => registry::relations;
    PUT "/api/v1/agents/{id}/relations/{other}" => registry::relate;
    DELETE "/api/v1/agents/{id}/relations/{other}" => registry::unrelate;
    GET "/api/v1/agents/{id}/figures" => watch::figures;
    GET "/api/v1/analytics" => analytics::analytics;
    POST "/api/v1/agents/{id}/metrics" => watch::report;
    GET "/api/v1/agents/{id}/activity" => watch::activity;
    GET "/api/v1/agents/{id}/health" => watch::health;
    DELETE "/api/v1/agents/{id}/shut-out" => watch::let_in;
    PUT "/api/v1/sessions/{id}/ratings/{agent}" => watch::rate;
    PUT "/api/v1/approvals/{id}/ratings/{agent}" => watch::rate_approval;
    GET "/api/v1/agents/{id}/receipts" => deliveries::receipts;
    GET "/api/v1/agents/{id}/announcements" => announcements::told;
    GET "/api/v1/agents/{id}/public-keys" => public_keys::published;
    PUT "/api/v1/agents/{id}/public-keys" => public_keys::publish;
    POST "/api/v1/conversations" => conversations::begin;
    GET "/api/v1/conversations" => conversations::list;
    POST "/api/v1/conversations/{id}/messages" => conversations::send;
    GET "/api/v1/conversations/{id}/messages" => conversations::transcript;
    GET "/api/v1/conversations/{id}" => conversations::show;
    POST "/api/v1/conversations/{id}/close" => conversations::close;
    PUT "/api/v1/conversations/{id}/rights" => conversations::narrow;
    GET "/api/v1/messages/{id}/route" => deliveries::route;
    POST "/api/v1/deliveries/{id}/ack" => answers::acknowledge;
    GET "/api/v1/deliveries/{id}" => deliveries::show;
    PATCH "/api/v1/deliveries/{id}" => deliveries::change;
    DELETE "/api/v1/deliveries/{id}" => deliveries::withdraw;
    POST "/api/v1/deliveries/{id}/nack" => answers::put_back;
    POST "/api/v1/deliveries/{id}/working" => answers::still_working;
    POST "/api/v1/deliveries/{id}/give-up" => answers::give_up;
    GET "/api/v1/agents/{id}/task-types" => task_types::list;
    PUT "/api/v1/agents/{id}/task-types/{name}" => task_types::declare;
    DELETE "/api/v1/agents/{id}/task-types/{name}" => task_types::withdraw;
    GET "/api/v1/announcements" => announcements::list;
    POST "/api/v1/announcements" => announcements::announce;
    GET "/.well-known/jwks.json" => registry::key_set;
    GET "/api/v1/roles" => roles::list;
    POST "/api/v1/roles" => roles::add;
    GET "/api/v1/roles/{id}" => roles::show;
    PATCH "/api/v1/roles/{id}" => roles::change;
    DELETE "/api/v1/roles/{id}" => roles::remove;
    PUT "/api/v1/roles/{id}/members" => roles::fill;
    GET "/api/v1/roles/{id}/agents" => roles::agents_of;
    POST "/api/v1/tasks" => tasks::send;
    GET "/api/v1/tasks" => tasks::list;
    GET "/api/v1/tasks/{id}" => tasks::show;
    POST "/api/v1/tasks/{id}/take" => tasks::take;
    POST "/api/v1/tasks/{id}/progress" => tasks::progress;
    POST "/api/v1/tasks/{id}/ask" => tasks::ask;
    POST "/api/v1/tasks/{id}/answer" => tasks::answer;
    POST "/api/v1/tasks/{id}/complete" => tasks::complete;
    POST "/api/v1/tasks/{id}/fail" => tasks::fail;
    POST "/api/v1/tasks/{id}/reject" => tasks::reject;
    POST "/api/v1/tasks/{id}/cancel" => tasks::cancel;
    POST "/api/v1/approvals" => approvals::ask;
    GET "/api/v1/approvals" => approvals::list;
    GET "/api/v1/approvals/{id}" => approvals::show;
    POST "/api/v1/approvals/{id}/decide" => approvals::decide;
    POST "/api/v1/approvals/{id}/cancel" => approvals::cancel;
    GET "/api/v1/approval-rules" => approvals::rules;
    POST "/api/v1/approval-rules" => approvals::add_rule;
    DELETE "/api/v1/approval-rules/{id}" => approvals::remove_rule;
    POST "/api/v1/groups" => groups::start;
    GET "/api/v1/groups" => groups::list;
    GET "/api/v1/groups/{id}" => groups::show;
    PUT "/api/v1/groups/{id}/answer" => groups::answer;
    POST "/api/v1/groups/{id}/close" => groups::close;
    POST "/api/v1/groups/{id}/cancel" => groups::cancel;
    POST "/api/v1/groups/{id}/leave" => groups::leave;
    POST "/api/v1/imip/inbound" => inbound::message;
    POST "/api/v1/hooks/email-status" => inbound::email_status;
    GET "/api/v1/tokens" => tokens::list;
    POST "/api/v1/tokens" => tokens::create;
    DELETE "/api/v1/tokens/{id}" => tokens::revoke;
    POST "/api/v1/booking-links" => booking::offer;
    GET "/api/v1/booking-links" => booking::list;
    GET "/api/v1/booking-links/{id}" => booking::show;
    PATCH "/api/v1/booking-links/{id}" => booking::change;
    DELETE "/api/v1/booking-links/{id}" => booking::remove;
    POST "/api/v1/booking-links/{id}/passes" => booking::pass;
    GET "/api/v1/booking-links/{id}/bookings" => booking::bookings;
    POST "/api/v1/bookings/{id}/approve" => booking::approve;
    POST "/api/v1/bookings/{id}/decline" => booking::decline;
    GET "/api/v1/b/{name}/slots" => book::slots;
    POST "/api/v1/b/{name}/bookings" => book::book;
    GET "/api/v1/notices" => notices::list;
    POST "/api/v1/notices/read" => notices::mark_all;
    GET "/api/v1/notices/preferences" => notices::preferences;
    PUT "/api/v1/notices/preferences" => notices::choose;
    POST "/api/v1/notices/{id}/read" => notices::mark;
    GET "/api/v1/webhooks" => webhooks::list;
    POST "/api/v1/webhooks" => webhooks::add;
    GET "/api/v1/webhooks/{id}" => webhooks::show;
    PATCH "/api/v1/webhooks/{id}" => webhooks::change;
    DELETE "/api/v1/webhooks/{id}" => webhooks::remove;
    POST "/api/v1/webhooks/{id}/rotate" => webhooks::rotate;
    GET "/api/v1/webhooks/{id}/events" => webhooks::events;
    POST "/api/v1/webhooks/{id}/events/{event}/replay" => webhooks::replay;
    POST "/api/v1/webhooks/{id}/test" => webhooks::test;
    GET "/events" => events::events;
    GET "/live" => live::open;
    GET "/api/openapi.json" => openapi::document;
    GET "/api/v1/health" => house::house;
    GET "/healthz" => health::alive;
    GET "/readyz" => health::ready;
    GET "/metrics" => metrics::metrics;
    GET "/errors" => errors::errors;
}

/// A meeting as programs see it: the same document on every road out.
pub fn meeting(seen: &crate::meetings::Seen) -> serde_json::Value {
    serde_json::to_value(view::Meeting::of(seen)).unwrap_or_default()
}

/// Mounts the API's routes.
pub fn configure(service: &mut ServiceConfig, _web: &Web) {
    mount(service, handlers());
    // The official client of Socket.IO puts a slash behind the path that it is given.
    service.route(
        "/live/",
        web::get().to(|request: HttpRequest, payload: Payload| call::answer(request, payload, live::open)),
    );
    service.service(web::scope("/api").default_service(web::to(nothing_here)));
}

/// The handlers of a path together, and the paths of a collection in a scope of their own: each request is held against the
/// paths one after the other, and each path that has an id in it is an expression. What is asked for most stands first in its
/// collection.
fn mount(service: &mut ServiceConfig, handlers: Vec<Handler>) {
    for (collection, all) in grouped(handlers, |(_, path, _)| collection(path)) {
        let paths = grouped(all, |(_, path, _)| *path).into_iter().map(|(path, all)| {
            let one = web::resource(path.strip_prefix(collection).unwrap_or(path));
            all.into_iter().fold(one.default_service(web::to(nothing_here)), |one, (method, _, route)| {
                one.route(route.method(method))
            })
        });
        if collection.is_empty() {
            for one in paths {
                service.service(one);
            }
        } else {
            let scope = web::scope(collection).default_service(web::to(nothing_here));
            service.service(paths.fold(scope, Scope::service));
        }
    }
}

/// `/api/v1/meetings` of all that lies in it; nothing of a path outside of the API.
fn collection(path: &'static str) -> &'static str {
    let Some(rest) = path.strip_prefix(VERSION) else { return "" };
    let end = rest.find('/').map_or(path.len(), |at| VERSION.len() + at);
    path.get(..end).unwrap_or(path)
}

/// Handlers by what they have in common, in the order of the first of each.
fn grouped(
    handlers: Vec<Handler>,
    of: impl Fn(&Handler) -> &'static str,
) -> Vec<(&'static str, Vec<Handler>)> {
    let mut groups: Vec<(&str, Vec<Handler>)> = Vec::new();
    for handler in handlers {
        let key = of(&handler);
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, all)) => all.push(handler),
            None => groups.push((key, vec![handler])),
        }
    }
    groups
}

/// No route takes this: it is not there, or not by this method.
async fn nothing_here(request: HttpRequest, web: Data<Web>) -> HttpResponse {
    let allowed: Vec<&str> = ROUTES
        .iter()
        .filter(|(_, path)| ResourceDef::new(*path).capture_match_info(&mut Path::new(request.path())))
        .map(|(method, _)| *method)
        .collect();
    if allowed.is_empty() {
        return call::refusal(&web, &request, &Error::NotFound("resource"));
    }
    let allowed = allowed.join(", ");
    let error = Error::refused("method", format!("This takes {allowed}."));
    let mut response = call::refusal(&web, &request, &error);
    if let Ok(allowed) = HeaderValue::from_str(&allowed) {
        response.headers_mut().insert(ALLOW, allowed);
    }
    response
}
