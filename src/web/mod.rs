//! The web doors: pages for people, JSON for programs.
//!
//! A door parses a request, runs one transaction that calls a room, and renders what came of it. No SQL and
//! no rule is here, and `actix_web` is nowhere else.

pub mod api;
pub mod assets;
pub mod csrf;
pub mod form;
pub mod pages;
pub mod security;
mod server;
pub mod session;
pub mod view;

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};

use crate::base::actor::{Actor, Road, Who};
use crate::base::secret::hex;
use crate::config::Config;
use crate::mail::inbound::Intake;
use crate::store::Store;

pub use server::{Server, serve};

/// What every handler is given.
#[derive(Clone)]
pub struct Web {
    /// The store.
    pub store: Store,
    /// The configuration.
    pub config: Arc<Config>,
    /// Takes incoming messages in, by whichever road.
    pub intake: Intake,
    /// Whether the mailroom stands open (`demo`), and not only to administrators.
    pub open_mailroom: bool,
}

impl Web {
    /// An actor for a request: who, by which road, under a new trace id.
    pub fn actor(&self, who: Who, road: Road) -> Actor {
        Actor::new(who, road, hex(&self.store.ground().chance.bytes::<16>()))
    }
}

/// Mounts every route.
pub fn configure(service: &mut ServiceConfig, web: &Web) {
    service.app_data(Data::new(web.clone()));
    api::configure(service, web);
    pages::configure(service, web);
}
