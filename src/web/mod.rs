//! The web doors: pages for people, JSON for programs.
//!
//! A door parses a request, runs one transaction that calls a room, and renders what came of it. No SQL and
//! no rule is here, and `actix_web` is nowhere else.

pub mod api;
pub mod assets;
pub mod bearer;
pub mod body;
pub mod call;
pub mod checked;
pub mod client;
pub mod csrf;
pub mod form;
pub mod health;
pub mod idempotency;
pub mod limits;
pub mod live;
pub mod log;
pub mod metrics;
pub mod pages;
pub mod probe;
pub mod problem;
pub mod security;
mod server;
pub mod session;
pub mod signature;
pub mod state;
pub mod strikes;
mod upkeep;
pub mod view;
mod wishes;

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};

use crate::base::actor::{Actor, Road, Who};
use crate::base::secret::hex;
use crate::config::Config;
use crate::mail::inbound::Intake;
use crate::store::Store;
use crate::words::wish::Model;
use probe::Prober;
use state::State;

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
    /// Looks what calendars there are elsewhere.
    pub prober: Prober,
    /// The language model that is asked about lines, if one is.
    pub model: Option<Arc<dyn Model>>,
    /// What the doors remember in this process.
    pub state: Arc<State>,
}

impl Web {
    /// What handlers are given, with a memory of its own: make one for a process and clone it.
    pub fn new(store: Store, config: Arc<Config>, intake: Intake, open_mailroom: bool) -> Self {
        let state = Arc::new(State::new(&store, &config));
        let (prober, model) = (Prober::through(state.client.clone()), intake.model());
        Self { store, config, intake, open_mailroom, prober, model, state }
    }

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
