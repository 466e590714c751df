//! The pages: one file for each room they show, and the table of all of them.
//!
//! GET and HEAD change nothing; POST acts, and the same POST again is answered as the first was. Everything
//! personal is in the rooms: a page parses, calls one of them in one transaction, and renders what came of it.
//!
//! To add a page: a struct with samples in `view`, a handler here that begins with a [`visit::Visit`] (or a
//! `Posted`, or a `SignedIn`), and its line in [`ROUTES`] and in [`configure`].

mod about;
mod account;
mod address;
mod admin;
mod admin_inbound;
mod agent;
mod agent_form;
mod agent_limits;
mod agents;
mod analytics;
mod announcements;
mod approval_link;
mod approval_rules;
mod approvals;
mod book;
mod booking_form;
mod booking_link;
mod booking_links;
mod calendar;
mod conditions;
mod connect;
mod connections;
mod conversations;
mod decide;
mod flash;
mod grants;
mod group_link;
mod group_words;
mod groups;
mod home;
mod hours;
mod links;
mod mailroom;
mod meetings;
mod new;
mod notices;
mod once;
mod questions;
mod rating;
mod refused;
mod resources;
mod respond;
mod roles;
mod rooms;
mod session_link;
mod session_words;
mod sessions;
mod settings;
mod sign_in;
mod sources;
mod story;
mod task_words;
mod tasks;
mod trouble;
mod upkeep;
mod visit;
mod watch;
mod watch_words;
mod webhook;
mod webhooks;
mod why;
mod wish;
mod wish_link;
mod words;
mod zone;

use actix_web::guard::{Any, Get, Head};
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Handler, Resource, Responder, Route};

pub use trouble::{Oops, turned_away};

use super::{Web, assets, security};
use crate::base::error::Error;

/// Every page, by method and path. GET answers HEAD as well.
pub const ROUTES: &[(&str, &str)] = &[
    ("GET", "/"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("GET", "/sign-in/link"),
    ("POST", "/sign-in/link"),
    ("POST", "/sign-out"),
    ("GET", "/set-up"),
    ("POST", "/set-up"),
    ("POST", "/zone"),
    ("GET", "/meetings"),
    ("POST", "/meetings"),
    ("GET", "/meetings/new"),
    ("GET", "/meetings/{id}"),
    ("POST", "/meetings/{id}/move"),
    ("POST", "/meetings/{id}/cancel"),
    ("POST", "/meetings/{id}/resend"),
    ("POST", "/meetings/{id}/book"),
    ("GET", "/meetings/{id}/ask"),
    ("POST", "/meetings/{id}/ask"),
    ("POST", "/proposals/{id}"),
    ("GET", "/calendar"),
    ("GET", "/calendar/why"),
    ("GET", "/calendar/sources/new"),
    ("POST", "/calendar/sources"),
    ("GET", "/calendar/sources/{id}"),
    ("POST", "/calendar/sources/{id}"),
    ("GET", "/sessions"),
    ("POST", "/sessions"),
    ("GET", "/sessions/new"),
    ("GET", "/sessions/{id}"),
    ("POST", "/sessions/{id}"),
    ("GET", "/connections"),
    ("POST", "/connections"),
    ("GET", "/connections/questions"),
    ("GET", "/connections/{id}"),
    ("POST", "/connections/{id}"),
    ("POST", "/connections/{id}/grants"),
    ("GET", "/connect"),
    ("POST", "/connect"),
    ("GET", "/conversations"),
    ("GET", "/conversations/{id}"),
    ("POST", "/conversations/{id}"),
    ("GET", "/agents"),
    ("POST", "/agents"),
    ("GET", "/agents/new"),
    ("GET", "/agents/{id}"),
    ("POST", "/agents/{id}"),
    ("GET", "/agents/{id}/figures"),
    ("GET", "/agents/{id}/activity"),
    ("GET", "/analytics"),
    ("GET", "/tasks"),
    ("POST", "/tasks"),
    ("GET", "/tasks/{id}"),
    ("POST", "/tasks/{id}"),
    ("GET", "/approvals"),
    ("GET", "/approvals/rules"),
    ("POST", "/approvals/rules"),
    ("GET", "/approvals/decide"),
    ("POST", "/approvals/decide"),
    ("GET", "/approvals/{id}"),
    ("POST", "/approvals/{id}"),
    ("GET", "/groups"),
    ("POST", "/groups"),
    ("GET", "/groups/new"),
    ("GET", "/groups/{id}"),
    ("POST", "/groups/{id}"),
    ("GET", "/answer"),
    ("POST", "/answer"),
    ("GET", "/booking-links"),
    ("POST", "/booking-links"),
    ("GET", "/booking-links/new"),
    ("GET", "/booking-links/{id}"),
    ("POST", "/booking-links/{id}"),
    ("POST", "/bookings/{id}"),
    ("GET", "/b/{name}"),
    ("POST", "/b/{name}"),
    ("GET", "/booking"),
    ("POST", "/booking"),
    ("GET", "/booking/decide"),
    ("POST", "/booking/decide"),
    ("GET", "/webhooks"),
    ("POST", "/webhooks"),
    ("GET", "/webhooks/new"),
    ("GET", "/webhooks/{id}"),
    ("POST", "/webhooks/{id}"),
    ("GET", "/notices"),
    ("POST", "/notices/read"),
    ("POST", "/notices/{id}/read"),
    ("GET", "/reschedule"),
    ("POST", "/reschedule"),
    ("GET", "/approve"),
    ("POST", "/approve"),
    ("GET", "/decline"),
    ("POST", "/decline"),
    ("GET", "/decide"),
    ("POST", "/decide"),
    ("GET", "/wish"),
    ("POST", "/wish"),
    ("GET", "/confirm"),
    ("POST", "/confirm"),
    ("GET", "/about-you"),
    ("POST", "/about-you"),
    ("GET", "/about-you.json"),
    ("GET", "/settings"),
    ("POST", "/settings"),
    ("GET", "/settings/hours"),
    ("POST", "/settings/hours"),
    ("POST", "/settings/hours/days"),
    ("POST", "/settings/hours/days/{date}/drop"),
    ("GET", "/settings/account"),
    ("POST", "/settings/account"),
    ("GET", "/settings/account/export"),
    ("GET", "/settings/address"),
    ("POST", "/settings/address"),
    ("GET", "/settings/notices"),
    ("POST", "/settings/notices"),
    ("POST", "/settings/sign-ins/{id}/end"),
    ("POST", "/settings/tokens"),
    ("POST", "/settings/tokens/{id}/revoke"),
    ("GET", "/admin"),
    ("POST", "/admin/release"),
    ("GET", "/admin/dead"),
    ("POST", "/admin/dead/{id}"),
    ("GET", "/admin/inbound"),
    ("GET", "/admin/inbound/{id}"),
    ("GET", "/admin/delivery"),
    ("GET", "/admin/users"),
    ("POST", "/admin/users"),
    ("POST", "/admin/users/{id}"),
    ("GET", "/admin/agents"),
    ("GET", "/admin/announcements"),
    ("POST", "/admin/announcements"),
    ("GET", "/admin/roles"),
    ("POST", "/admin/roles"),
    ("GET", "/admin/roles/{id}"),
    ("POST", "/admin/roles/{id}"),
    ("GET", "/admin/resources"),
    ("POST", "/admin/resources"),
    ("GET", "/admin/resources/{id}"),
    ("POST", "/admin/resources/{id}"),
    ("GET", "/admin/resources/{id}/calendars/new"),
    ("POST", "/admin/resources/{id}/calendars"),
    ("GET", "/admin/alerts"),
    ("GET", "/mailroom"),
    ("GET", "/mailroom/{address}"),
    ("GET", "/mailroom/{address}/{id}"),
    ("POST", "/mailroom/{address}/{id}"),
    ("GET", "/mailroom/{address}/{id}/html"),
    ("GET", "/static/{name}"),
];

/// Whether a path is for people: what programs ask for is answered with problem documents.
pub fn is_page(path: &str) -> bool {
    !["/api/", "/metrics", "/healthz", "/readyz", "/errors", "/events"]
        .iter()
        .any(|prefix| path.starts_with(prefix))
}

fn get<F, Args>(handler: F) -> Route
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    Route::new().guard(Any(Get()).or(Head())).to(handler)
}

/// A path; a method it does not take is answered as such.
fn at(path: &str) -> Resource {
    web::resource(path).default_service(web::to(async || -> Result<&str, Oops> { Err(Oops::Method) }))
}

/// Mounts the pages' routes; whatever is mounted nowhere else is a page that is not there.
pub fn configure(service: &mut ServiceConfig, web: &Web) {
    let scope = web::scope("")
        .wrap(from_fn(trouble::pages))
        .wrap(from_fn(security::headers))
        .configure(doors)
        .configure(settings_pages)
        .configure(meeting_pages)
        .configure(calendar_pages)
        .configure(session_pages)
        .configure(connection_pages)
        .configure(agent_pages)
        .configure(task_pages)
        .configure(booking_pages)
        .configure(link_pages)
        .configure(admin_pages)
        .configure(|service| mailroom_pages(service, web))
        .default_service(web::to(async || -> Result<&str, Oops> { Err(Error::NotFound("page").into()) }));
    service.service(scope);
}

fn doors(service: &mut ServiceConfig) {
    service
        .service(at("/").route(get(home::home)))
        .service(at("/static/{name}").route(get(assets::asset)))
        .service(at("/sign-in").route(get(sign_in::form)).route(web::post().to(sign_in::ask)))
        .service(at("/sign-in/link").route(get(sign_in::link)).route(web::post().to(sign_in::enter)))
        .service(at("/sign-out").route(web::post().to(sign_in::leave)))
        .service(at("/set-up").route(get(sign_in::first)).route(web::post().to(sign_in::move_in)))
        .service(at("/zone").route(web::post().to(zone::choose)));
}

fn settings_pages(service: &mut ServiceConfig) {
    service
        .service(at("/settings").route(get(settings::show)).route(web::post().to(settings::save)))
        .service(at("/settings/hours").route(get(hours::show)).route(web::post().to(hours::save)))
        .service(at("/settings/hours/days").route(web::post().to(hours::set_days)))
        .service(at("/settings/hours/days/{date}/drop").route(web::post().to(hours::drop_day)))
        .service(at("/settings/account").route(get(account::show)).route(web::post().to(account::act)))
        .service(at("/settings/account/export").route(get(account::download)))
        .service(at("/settings/address").route(get(address::show)).route(web::post().to(address::take)))
        .service(at("/settings/notices").route(get(notices::settings)).route(web::post().to(notices::choose)))
        .service(at("/webhooks").route(get(webhooks::list)).route(web::post().to(webhooks::add)))
        .service(at("/webhooks/new").route(get(webhooks::new)))
        .service(at("/webhooks/{id}").route(get(webhook::show)).route(web::post().to(webhook::act)))
        .service(at("/notices").route(get(notices::list)))
        .service(at("/notices/read").route(web::post().to(notices::mark_all)))
        .service(at("/notices/{id}/read").route(web::post().to(notices::mark)))
        .service(at("/settings/sign-ins/{id}/end").route(web::post().to(settings::end)))
        .service(at("/settings/tokens").route(web::post().to(settings::make)))
        .service(at("/settings/tokens/{id}/revoke").route(web::post().to(settings::revoke)));
}

fn meeting_pages(service: &mut ServiceConfig) {
    service
        .service(at("/meetings").route(get(meetings::list)).route(web::post().to(new::book)))
        .service(at("/meetings/new").route(get(new::form)))
        .service(at("/meetings/{id}").route(get(meetings::show)))
        .service(at("/meetings/{id}/move").route(web::post().to(meetings::move_to)))
        .service(at("/meetings/{id}/cancel").route(web::post().to(meetings::cancel)))
        .service(at("/meetings/{id}/resend").route(web::post().to(meetings::resend)))
        .service(at("/meetings/{id}/book").route(web::post().to(meetings::book)))
        .service(at("/meetings/{id}/ask").route(get(respond::ask)).route(web::post().to(respond::asked)))
        .service(at("/proposals/{id}").route(web::post().to(meetings::decide)));
}

fn calendar_pages(service: &mut ServiceConfig) {
    service
        .service(at("/calendar").route(get(calendar::week)))
        .service(at("/calendar/why").route(get(why::show)))
        .service(at("/calendar/sources").route(web::post().to(sources::add)))
        .service(at("/calendar/sources/new").route(get(sources::new)))
        .service(at("/calendar/sources/{id}").route(get(sources::show)).route(web::post().to(sources::act)));
}

fn session_pages(service: &mut ServiceConfig) {
    service
        .service(at("/sessions").route(get(sessions::list)).route(web::post().to(wish::start)))
        .service(at("/sessions/new").route(get(wish::form)))
        .service(at("/sessions/{id}").route(get(sessions::show)).route(web::post().to(sessions::act)));
}

fn connection_pages(service: &mut ServiceConfig) {
    service
        .service(at("/connections").route(get(connections::list)).route(web::post().to(connections::invite)))
        .service(at("/connections/questions").route(get(questions::questions)))
        .service(at("/connections/{id}").route(get(grants::show)).route(web::post().to(connections::act)))
        .service(at("/connections/{id}/grants").route(web::post().to(grants::set)))
        .service(at("/connect").route(get(connect::show)).route(web::post().to(connect::act)));
}

fn agent_pages(service: &mut ServiceConfig) {
    service
        .service(at("/conversations").route(get(conversations::list)))
        .service(
            at("/conversations/{id}")
                .route(get(conversations::show))
                .route(web::post().to(conversations::act)),
        )
        .service(at("/agents").route(get(agents::list)).route(web::post().to(agents::register)))
        .service(at("/agents/new").route(get(agents::new)))
        .service(at("/agents/{id}").route(get(agent::show)).route(web::post().to(agent::act)))
        .service(at("/agents/{id}/figures").route(get(watch::figures)))
        .service(at("/agents/{id}/activity").route(get(watch::activity)))
        .service(at("/analytics").route(get(analytics::list)));
}

fn task_pages(service: &mut ServiceConfig) {
    service
        .service(at("/tasks").route(get(tasks::list)).route(web::post().to(tasks::send)))
        .service(at("/tasks/{id}").route(get(tasks::show)).route(web::post().to(tasks::act)))
        .service(at("/approvals").route(get(approvals::list)))
        .service(
            at("/approvals/rules")
                .route(get(approval_rules::show))
                .route(web::post().to(approval_rules::act)),
        )
        .service(
            at("/approvals/decide").route(get(approval_link::show)).route(web::post().to(approval_link::act)),
        )
        .service(at("/approvals/{id}").route(get(approvals::show)).route(web::post().to(approvals::act)))
        .service(at("/groups").route(get(groups::list)).route(web::post().to(groups::start)))
        .service(at("/groups/new").route(get(groups::new)))
        .service(at("/groups/{id}").route(get(groups::show)).route(web::post().to(groups::act)))
        .service(at("/answer").route(get(group_link::show)).route(web::post().to(group_link::act)));
}

fn booking_pages(service: &mut ServiceConfig) {
    service
        .service(
            at("/booking-links").route(get(booking_links::list)).route(web::post().to(booking_links::make)),
        )
        .service(at("/booking-links/new").route(get(booking_links::new)))
        .service(
            at("/booking-links/{id}")
                .route(get(booking_links::show))
                .route(web::post().to(booking_links::act)),
        )
        .service(at("/bookings/{id}").route(web::post().to(booking_links::decide)))
        .service(at("/b/{name}").route(get(book::show)).route(web::post().to(book::ask)))
        .service(
            at("/booking/decide").route(get(booking_link::show)).route(web::post().to(booking_link::act)),
        )
        .service(at("/booking").route(get(book::look)).route(web::post().to(book::act)));
}

fn link_pages(service: &mut ServiceConfig) {
    service
        .service(at("/reschedule").route(get(respond::show)).route(web::post().to(respond::act)))
        .service(at("/approve").route(get(decide::approve)).route(web::post().to(decide::approved)))
        .service(at("/decline").route(get(decide::decline)).route(web::post().to(decide::declined)))
        .service(at("/decide").route(get(session_link::show)).route(web::post().to(session_link::act)))
        .service(at("/wish").route(get(wish_link::show)).route(web::post().to(wish_link::act)))
        .service(at("/confirm").route(get(links::confirm)).route(web::post().to(links::confirmed)))
        .service(at("/about-you").route(get(about::show)).route(web::post().to(about::act)))
        .service(at("/about-you.json").route(get(about::download)));
}

fn admin_pages(service: &mut ServiceConfig) {
    service
        .service(at("/admin").route(get(admin::overview)))
        .service(at("/admin/release").route(web::post().to(admin::release)))
        .service(at("/admin/dead").route(get(admin::dead)))
        .service(at("/admin/dead/{id}").route(web::post().to(admin::raise)))
        .service(at("/admin/inbound").route(get(admin_inbound::list)))
        .service(at("/admin/inbound/{id}").route(get(admin_inbound::one)))
        .service(at("/admin/delivery").route(get(admin::delivery)))
        .service(at("/admin/users").route(get(admin::users)).route(web::post().to(admin::add_user)))
        .service(at("/admin/users/{id}").route(web::post().to(admin::change_user)))
        .service(at("/admin/agents").route(get(watch::everybodys)))
        .service(
            at("/admin/announcements")
                .route(get(announcements::list))
                .route(web::post().to(announcements::add)),
        )
        .service(at("/admin/roles").route(get(roles::list)).route(web::post().to(roles::add)))
        .service(at("/admin/roles/{id}").route(get(roles::show)).route(web::post().to(roles::act)))
        .service(at("/admin/resources").route(get(resources::list)).route(web::post().to(resources::add)))
        .service(
            at("/admin/resources/{id}").route(get(resources::show)).route(web::post().to(resources::act)),
        )
        .service(at("/admin/resources/{id}/calendars/new").route(get(resources::new_calendar)))
        .service(at("/admin/resources/{id}/calendars").route(web::post().to(resources::add_calendar)))
        .service(at("/admin/alerts").route(get(admin::alerts)));
}

/// The mailroom is there only while no mail leaves the house.
fn mailroom_pages(service: &mut ServiceConfig, web: &Web) {
    if !visit::is_mailroom(web) {
        return;
    }
    service
        .service(at("/mailroom").route(get(mailroom::rooms)))
        .service(at("/mailroom/{address}").route(get(mailroom::mailbox)))
        .service(
            at("/mailroom/{address}/{id}").route(get(mailroom::message)).route(web::post().to(mailroom::act)),
        )
        .service(at("/mailroom/{address}/{id}/html").route(get(mailroom::html)));
}
