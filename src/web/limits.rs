//! Rate limits per network address and per token, kept in memory: what is refused costs nothing.
//!
//! [`limit`] is a middleware for every route. Budgets that must survive a restart are [`crate::limits`]'; this
//! module knows no route by name but the prefix of the API.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{StatusCode, header};
use actix_web::middleware::Next;
use actix_web::web::Data;
use governor::clock::Clock as _;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use super::Web;
use super::call;
use super::client;
use super::pages;
use super::strikes;
use crate::base::error::{Error, Result};
use crate::base::id::AgentId;
use crate::base::secret::sha256;
use crate::base::time::{Clock, Timestamp};
use crate::config::Config;

/// From how many known clients on those are forgotten who have asked nothing lately.
const CLIENTS_MAX: usize = 10_000;

/// The house's clock as governor reads it: never running backwards, whatever the machine's does.
#[derive(Debug)]
struct Steady {
    clock: Clock,
    /// When it was last read, and how long it has run by then.
    read: std::sync::Arc<Mutex<(Timestamp, Duration)>>,
}

impl Clone for Steady {
    fn clone(&self) -> Self {
        Self { clock: self.clock.clone(), read: self.read.clone() }
    }
}

impl governor::clock::Clock for Steady {
    type Instant = Duration;

    fn now(&self) -> Duration {
        let now = self.clock.now();
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = Duration::from_millis(now.since(read.0).max(0).unsigned_abs());
        *read = (now, read.1 + passed);
        read.1
    }
}

type Keyed<K> = RateLimiter<K, DashMapStateStore<K>, Steady, governor::middleware::NoOpMiddleware<Duration>>;

/// The limits of this process.
#[derive(Debug)]
pub struct Limits {
    clock: Steady,
    by_address: Keyed<IpAddr>,
    by_token: Keyed<String>,
    unknown_links: Keyed<IpAddr>,
}

impl Limits {
    /// Limits as configured, by the house's clock.
    pub fn new(config: &Config, clock: Clock) -> Self {
        let read = std::sync::Arc::new(Mutex::new((clock.now(), Duration::ZERO)));
        let clock = Steady { clock, read };
        let keyed = |most: u32| Quota::per_minute(NonZeroU32::new(most).unwrap_or(NonZeroU32::MIN));
        Self {
            by_address: RateLimiter::new(
                keyed(config.limits.requests_per_minute),
                DashMapStateStore::default(),
                clock.clone(),
            ),
            by_token: RateLimiter::new(
                keyed(config.limits.api_requests_per_minute),
                DashMapStateStore::default(),
                clock.clone(),
            ),
            unknown_links: RateLimiter::new(
                Quota::per_hour(
                    NonZeroU32::new(config.limits.invalid_links_per_hour).unwrap_or(NonZeroU32::MIN),
                ),
                DashMapStateStore::default(),
                clock.clone(),
            ),
            clock,
        }
    }

    /// Counts a link that `address` tried and that does not exist: whoever guesses is stopped, whoever holds a
    /// link is not.
    pub fn unknown_link(&self, address: IpAddr) -> Result<()> {
        self.check(&self.unknown_links, &client::bucket(address))
    }

    /// Counts a request of `address` without a token.
    pub fn by_address(&self, address: IpAddr) -> Result<()> {
        self.check(&self.by_address, &client::bucket(address))
    }

    /// Counts something that an agent asks over a socket, as a call with its token.
    pub fn by_agent(&self, agent: AgentId) -> Result<()> {
        self.by_token(&agent_key(agent))
    }

    /// Counts a request with a token.
    fn by_token(&self, token: &str) -> Result<()> {
        self.check(&self.by_token, &token.to_owned())
    }

    fn check<K: std::hash::Hash + Eq + Clone>(&self, limiter: &Keyed<K>, key: &K) -> Result<()> {
        if limiter.len() > CLIENTS_MAX {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
        limiter.check_key(key).map_err(|refused| {
            let wait = refused.wait_time_from(self.clock.now());
            Error::Throttled { retry_after_s: wait.as_secs() + 1 }
        })
    }
}

/// What a call to the API shows for itself, if it shows anything: the token (hashed), or that it is signed.
fn shown(web: &Web, request: &ServiceRequest) -> Option<String> {
    let path = request.path();
    if !(path.starts_with("/api/v1/") || matches!(path, "/metrics" | "/events")) {
        return None;
    }
    let headers = request.headers();
    if let Some(given) = headers.get(header::AUTHORIZATION) {
        return Some(caller(web, given.as_bytes()));
    }
    headers.get(super::signature::HEADER)?;
    let address = client::address(request.request(), &web.config.server.trusted_proxies);
    Some(format!("signed {}", client::bucket(address)))
}

/// Who calls: an agent is one by every token that it gets for its keys, once that was checked, so that nobody spends what is
/// another's by using its name. Any other token stands for itself, however the word before it is written.
fn caller(web: &Web, given: &[u8]) -> String {
    let token = std::str::from_utf8(given).ok().and_then(|text| text.split_whitespace().next_back());
    match token.and_then(|token| web.state.checked.known(token)) {
        Some(claims) => agent_key(claims.sub),
        None => sha256(token.map_or(given, str::as_bytes)),
    }
}

fn agent_key(agent: AgentId) -> String {
    format!("agent {agent}")
}

/// Holds every request to the limits: those with a token to the token's, all others to their network
/// address's. A token that turns out to be none counts against the address, so that guessing has an end.
///
/// To be wrapped around the whole application: `App::new().wrap(from_fn(limits::limit))`.
pub async fn limit<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let Some(web) = request.app_data::<Data<Web>>().cloned() else {
        return next.call(request).await.map(ServiceResponse::map_into_boxed_body);
    };
    let limits = &web.state.limits;
    let address = client::address(request.request(), &web.config.server.trusted_proxies);
    let shown = shown(&web, &request);
    let counted = match &shown {
        Some(token) => limits.by_token(token),
        None => limits.by_address(address),
    };
    if let Err(error) = counted {
        if let Some(agent) = strikes::known(&web, request.request()) {
            strikes::strike(&web, agent, 429, &call::trace_of(&web, request.request())).await;
        }
        return Ok(refuse(request, &web, error));
    }
    let response = next.call(request).await?.map_into_boxed_body();
    if let Some(agent) = strikes::proven(response.request()) {
        let trace = call::trace_of(&web, response.request());
        strikes::strike(&web, agent, response.status().as_u16(), &trace).await;
    }
    if shown.is_some()
        && response.status() == StatusCode::UNAUTHORIZED
        && let Err(error) = limits.by_address(address)
    {
        let request = response.request().clone();
        let refusal = call::refusal(&web, &request, &error);
        return Ok(ServiceResponse::new(request, refusal));
    }
    Ok(response)
}

/// Programs are answered with a problem, people with a page.
fn refuse(request: ServiceRequest, web: &Web, error: Error) -> ServiceResponse<BoxBody> {
    let is_page = pages::is_page(request.path());
    let refusal = if is_page {
        pages::turned_away(web, request.request(), error)
    } else {
        call::refusal(web, request.request(), &error)
    };
    request.into_response(refusal)
}
