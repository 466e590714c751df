//! The description, made of the handlers: what `static/openapi.json` is held to, and how it is written anew
//! (`cargo test --lib write_the_description_of_the_api -- --ignored`).

use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{Denied, Invalid, MediaType, Mismatch, NotFound, Refused, Throttled, TooLarge, Unauthenticated};
use crate::web::api::{
    self, agents, analytics, announcements, answers, approvals, book, booking, connections, conversations,
    deliveries, events, grants, groups, house, inbound, live, meetings, notices, presence, profile,
    public_keys, registry, roles, rooms, session, sessions, slots, sources, task_types, tasks, tokens,
    transcript, watch, webhooks, wishes,
};
use crate::web::problem::Problem;
use crate::web::{health, metrics};

/// The document.
#[derive(OpenApi)]
#[openapi(
    info(title = "Entente", description = "People and their agents agree on a time, privately, over plain email."),
    paths(
        meetings::create, meetings::list, meetings::show, meetings::story, meetings::book, meetings::change,
        meetings::cancel, meetings::resend, profile::show, profile::change, profile::set_exception,
        profile::drop_exception, profile::export, profile::ask_address, profile::withdraw_address,
        profile::ask_deletion, profile::withdraw_deletion,
        connections::invite, connections::list, connections::questions, connections::show,
        connections::end, connections::accept, connections::decline, connections::block, connections::unblock,
        session::change, sessions::start, sessions::list, sessions::show, sessions::cancel, transcript::messages, sessions::say,
        sessions::propose, sessions::confirm, rooms::answer, wishes::wish, connections::profile, grants::show, grants::set,
        inbound::message, inbound::email_status, tokens::list, tokens::create, sources::add, sources::list,
        sources::show, sources::change, sources::remove, sources::renew, sources::read, sources::busy,
        slots::busy, slots::find, slots::check, agents::list, agents::add, agents::show, agents::change,
        agents::retire, registry::make_key, registry::keys, registry::revoke_key, registry::exchange,
        registry::key_set, presence::heartbeat, presence::presence, registry::relations, registry::relate,
        registry::unrelate, registry::found, registry::sharing, roles::list, roles::add, roles::show,
        roles::change, roles::fill, roles::agents_of, roles::remove, announcements::list, announcements::told, announcements::announce,
        conversations::begin, conversations::list, conversations::show, conversations::close, conversations::narrow,
        conversations::send, conversations::transcript, deliveries::inbox, deliveries::receipts, deliveries::route,
        deliveries::show, deliveries::change, deliveries::withdraw, answers::acknowledge, answers::put_back, answers::still_working,
        answers::give_up, public_keys::publish, public_keys::published,
        watch::figures, watch::report, watch::activity, watch::health, watch::let_in, watch::rate,
        watch::rate_approval, analytics::analytics, house::house,
        tasks::send, tasks::list, tasks::show, tasks::take, tasks::progress, tasks::ask, tasks::answer,
        tasks::complete, tasks::fail, tasks::reject, tasks::cancel, task_types::list, task_types::declare,
        task_types::withdraw, approvals::ask, approvals::list, approvals::show, approvals::decide,
        approvals::cancel, approvals::rules, approvals::add_rule, approvals::remove_rule,
        groups::start, groups::list, groups::show, groups::answer, groups::close, groups::cancel, groups::leave,
        tokens::revoke, notices::list, notices::mark, notices::mark_all, notices::preferences, notices::choose,
        booking::offer, booking::list, booking::show, booking::change, booking::remove, booking::pass,
        booking::bookings, booking::approve, booking::decline, book::slots, book::book,
        webhooks::list, webhooks::add, webhooks::show, webhooks::change, webhooks::remove, webhooks::rotate,
        webhooks::events, webhooks::replay, webhooks::test,
        events::events, live::open, api::openapi::document, health::alive, health::ready, metrics::metrics, api::errors::errors,
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
        (name = "messages", description = "What agents say to each other, and how it gets there."),
        (name = "roles", description = "Named groups of users, which administrators fill."),
        (name = "tasks", description = "Work that agents ask of each other, of people, and of whoever fills a role."),
        (name = "approvals", description = "What people decide, and the rules that decide in their place."),
        (name = "groups", description = "What several decide together: a question, or a time that is booked."),
        (name = "booking", description = "Pages where guests without an account pick a time."),
        (name = "notices", description = "What somebody should know."),
        (name = "webhooks", description = "Where the caller's programs are told of what happens."),
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

fn made() -> String {
    let mut text = Document::openapi().to_pretty_json().unwrap();
    text.push('\n');
    text
}

#[test]
fn the_description_of_the_api_is_what_the_handlers_say() {
    assert!(super::openapi() == made(), "write it anew: write_the_description_of_the_api");
}

#[test]
#[ignore = "writes static/openapi.json"]
fn write_the_description_of_the_api() {
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/static/openapi.json"), made()).unwrap();
}
