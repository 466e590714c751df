//! A visit: who looks, from which page, in which zone. Every handler of a page begins with one, and every
//! handler of a form with a [`Posted`] or a [`SignedIn`].

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::USER_AGENT;
use actix_web::http::{Method, StatusCode};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use askama::Template;

use super::flash;
use super::trouble::Oops;
use crate::accounts::{self, Role};
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::secret::{Keys, Secret};
use crate::base::time::{Timestamp, Zone};
use crate::config::Transport;
use crate::notices;
use crate::store::Cx;
use crate::web::call::trace_of;
use crate::web::form::Fields;
use crate::web::view::parts::{Flash, Frame, Nav, Tone, Viewer};
use crate::web::{Web, client, csrf, security, session};

/// The result of a handler.
pub(super) type Answer = Result<HttpResponse, Oops>;

type Later<T> = Pin<Box<dyn Future<Output = Result<T, Oops>>>>;

/// Somebody looks at a page. Looking changes nothing: not even when they were last seen is noted.
#[derive(Clone)]
pub(super) struct Visit {
    pub(super) web: Data<Web>,
    /// The same in its log lines, its journal entries and its error page.
    pub(super) trace: String,
    /// Who is signed in, if somebody is, with the secret that their browser keeps.
    pub(super) viewer: Option<(accounts::Viewer, Secret)>,
    /// How many notices they have not read; 100 means that or more.
    unread: usize,
    /// The path and query, to come back to.
    pub(super) path: String,
    /// What the browser says of itself.
    pub(super) agent: String,
    pub(super) now: Timestamp,
    /// The network address it comes from.
    pub(super) from: IpAddr,
    /// What the browser keeps of a booking that was confirmed in it.
    pub(super) guest: Option<String>,
    given: Option<Zone>,
    remembered: Option<Zone>,
    back: Option<String>,
    done: Option<String>,
}

impl Visit {
    async fn of(request: HttpRequest) -> Result<Self, Oops> {
        let web = request
            .app_data::<Data<Web>>()
            .cloned()
            .ok_or_else(|| Oops::from(Error::internal("the pages were mounted without their state")))?;
        let secret = request.cookie(session::SIGN_IN).map(|cookie| Secret::new(cookie.value()));
        let (viewer, unread) = match secret.filter(|secret| (1..=64).contains(&secret.expose().len())) {
            Some(secret) => {
                let look = secret.clone();
                let seen = web.store.read(move |cx| {
                    let Some(viewer) = accounts::viewer(cx, &look)? else { return Ok((None, 0)) };
                    let unread = notices::unread(cx, viewer.user.id)?;
                    Ok((Some(viewer), unread))
                });
                let (viewer, unread) = seen.await?;
                (viewer.map(|viewer| (viewer, secret)), unread)
            }
            None => (None, 0),
        };
        let query = |name: &str| {
            let pairs = request.query_string().split('&');
            pairs
                .filter_map(|pair| pair.split_once('='))
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value)
        };
        let zone = |name: String| Zone::parse(&name);
        Ok(Self {
            trace: trace_of(&web, &request),
            from: client::address(&request, &web.config.server.trusted_proxies),
            viewer,
            unread,
            path: own_path(&request),
            agent: header_text(&request),
            now: web.store.ground().clock.now(),
            guest: request.cookie(session::GUEST).map(|cookie| cookie.value().to_owned()),
            given: query("zone").map(|name| name.replace("%2F", "/")).and_then(zone),
            remembered: request
                .cookie(session::ZONE)
                .map(|cookie| cookie.value().replace("%2F", "/"))
                .and_then(zone),
            back: request
                .cookie(session::BACK)
                .and_then(|cookie| session::local_path(cookie.value()).map(str::to_owned)),
            done: query("done").map(str::to_owned),
            web,
        })
    }

    /// The page that somebody wanted to see before they signed in; may be empty.
    pub(super) fn back(&self) -> String {
        self.back.clone().unwrap_or_default()
    }

    /// Who looks, as an actor.
    pub(super) fn actor(&self) -> Actor {
        let who = self.viewer.as_ref().map_or(Who::Anyone, |(viewer, _)| Who::User {
            id: viewer.user.id,
            admin: viewer.user.role == Role::Admin,
        });
        Actor::new(who, Road::Page, self.trace.clone())
    }

    /// The bearer of a mailed link, as an actor; whose link it is is for the room to say.
    pub(super) fn bearer(&self) -> Actor {
        Actor::new(Who::Anyone, Road::Link, self.trace.clone())
    }

    /// The account that looks; nobody: they have to sign in first.
    pub(super) fn user(&self) -> Result<&accounts::User> {
        self.viewer.as_ref().map(|(viewer, _)| &viewer.user).ok_or(Error::Unauthenticated("Sign in first."))
    }

    /// Refuses everybody but administrators.
    pub(super) fn admin(&self) -> Result<()> {
        if self.user()?.role == Role::Admin {
            Ok(())
        } else {
            Err(Error::denied("Only an administrator may see this."))
        }
    }

    /// The zone that the reader reads in: given with the address, else of their profile, else chosen on a page,
    /// else `known` of them here (the participant's, the host's), else the house's.
    pub(super) fn zone(&self, known: Option<Zone>) -> Zone {
        let profile = self.viewer.as_ref().map(|(viewer, _)| viewer.user.zone);
        self.given.or(profile).or(self.remembered).or(known).unwrap_or(self.web.store.ground().house.zone)
    }

    /// Whether the reader has said which zone they read in: with the address, in their profile, or on a page.
    pub(super) fn has_zone(&self) -> bool {
        self.given.is_some() || self.viewer.is_some() || self.remembered.is_some()
    }

    /// Whether the mailroom is mounted and this reader may enter it.
    pub(super) fn has_mailroom(&self) -> bool {
        let is_admin = || self.viewer.as_ref().is_some_and(|(viewer, _)| viewer.user.role == Role::Admin);
        is_mailroom(&self.web) && (self.web.open_mailroom || is_admin())
    }

    /// The frame of a page.
    pub(super) fn frame(&self, title: &str, current: Nav) -> Frame {
        self.frame_in(title, current, self.zone(None))
    }

    /// The frame of a page whose reader is known by a link.
    pub(super) fn frame_in(&self, title: &str, current: Nav, zone: Zone) -> Frame {
        let ground = self.web.store.ground();
        let viewer = self.viewer.as_ref().map(|(viewer, _)| Viewer {
            name: viewer.user.given_name().unwrap_or_else(|| viewer.user.address.as_str().to_owned()),
            is_admin: viewer.user.role == Role::Admin,
        });
        Frame {
            current,
            viewer,
            mailroom: self.has_mailroom(),
            unread: self.unread,
            csrf: self.form_token(&ground.keys),
            flash: self.done.as_deref().and_then(flash::words).or_else(|| self.deletion_ahead(zone)),
            ..Frame::new(title, self.path.clone(), zone, self.now)
        }
    }

    /// Says on every page but the one that tells it in full that the account is to be deleted.
    fn deletion_ahead(&self, zone: Zone) -> Option<Flash> {
        let due = self.viewer.as_ref().and_then(|(viewer, _)| viewer.user.deletion_due_at)?;
        let words = format!(
            "This account is deleted on {}. You can keep it until then: Settings, Account.",
            zone.short(due)
        );
        (!self.path.starts_with("/settings/account")).then_some(Flash { tone: Tone::Wait, words })
    }

    fn form_token(&self, keys: &Keys) -> String {
        let chance = &self.web.store.ground().chance;
        self.viewer.as_ref().map_or_else(String::new, |(_, secret)| csrf::token(keys, chance, secret))
    }

    /// Runs a room's function on a snapshot.
    pub(super) async fn read<T, F>(&self, closure: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Cx<'_>) -> Result<T> + Send + 'static,
    {
        self.web.store.read(closure).await
    }
}

/// Whether the mailroom is mounted.
pub(super) fn is_mailroom(web: &Web) -> bool {
    web.config.mail.transport == Transport::Mailroom
}

/// The page to come back to: the path and query without what was said once. What can only be posted to is
/// replaced by the page whose form it takes.
fn own_path(request: &HttpRequest) -> String {
    let path = request.path();
    let segments: Vec<_> = path.trim_matches('/').split('/').collect();
    if request.method() == Method::POST {
        let page = match segments.as_slice() {
            ["meetings"] => "/meetings/new".to_owned(),
            ["meetings", id, "move" | "cancel" | "resend" | "book"] => format!("/meetings/{id}"),
            ["calendar", "sources"] => "/calendar/sources/new".to_owned(),
            ["settings", "hours", ..] => "/settings/hours".to_owned(),
            ["settings", "account", ..] => "/settings/account".to_owned(),
            ["sessions"] => "/sessions/new".to_owned(),
            ["connections", id, ..] => format!("/connections/{id}"),
            ["booking-links"] => "/booking-links/new".to_owned(),
            ["agents"] => "/agents/new".to_owned(),
            ["bookings", _] => "/booking-links".to_owned(),
            ["settings", "notices"] => "/settings/notices".to_owned(),
            ["notices", ..] => "/notices".to_owned(),
            ["settings", ..] => "/settings".to_owned(),
            ["admin", "dead", _] => "/admin/dead".to_owned(),
            ["admin", "users", _] => "/admin/users".to_owned(),
            ["admin", "release"] => "/admin".to_owned(),
            ["proposals", _] | ["sign-out" | "zone"] => "/".to_owned(),
            _ => String::new(),
        };
        if !page.is_empty() {
            return page;
        }
    }
    let kept: Vec<_> = request
        .query_string()
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("done="))
        .collect();
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) }
}

fn header_text(request: &HttpRequest) -> String {
    let agent = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
    agent.unwrap_or_default().chars().take(200).collect()
}

impl FromRequest for Visit {
    type Error = Oops;
    type Future = Later<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        Box::pin(Self::of(request.clone()))
    }
}

/// A form was sent by a page of this house. Whether its sender may do what it asks for is not known yet.
pub(super) struct Posted {
    pub(super) visit: Visit,
    pub(super) fields: Fields,
}

impl FromRequest for Posted {
    type Error = Oops;
    type Future = Later<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let fields = Fields::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let visit = Visit::of(request.clone()).await?;
            let public_url = &visit.web.store.ground().house.public_url;
            if !security::is_from_here(request.headers(), public_url) {
                return Err(Oops::FromElsewhere);
            }
            Ok(Self { fields: fields.await?, visit })
        })
    }
}

impl Posted {
    /// Refuses a form of a signed-in browser that does not carry the token of its sign-in.
    pub(super) fn check_token(&self) -> Result<(), Oops> {
        let keys = &self.visit.web.store.ground().keys;
        match &self.visit.viewer {
            Some((_, secret)) if !csrf::is_valid(keys, secret, self.fields.get("csrf")) => {
                Err(Oops::FormTooOld)
            }
            _ => Ok(()),
        }
    }

    /// Runs a room's function in a transaction. Whoever is signed in was seen.
    pub(super) async fn write<T, F>(&self, closure: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Cx<'_>) -> Result<T> + Send + 'static,
    {
        let sign_in = self.visit.viewer.as_ref().map(|(viewer, _)| viewer.sign_in);
        self.visit
            .web
            .store
            .write(move |cx| {
                if let Some(sign_in) = sign_in {
                    accounts::touch(cx, sign_in)?;
                }
                closure(cx)
            })
            .await
    }
}

/// A form of somebody who is signed in, with the token of their sign-in.
pub(super) struct SignedIn(pub(super) Posted);

impl FromRequest for SignedIn {
    type Error = Oops;
    type Future = Later<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let posted = Posted::from_request(request, payload);
        Box::pin(async move {
            let posted = posted.await?;
            posted.visit.user()?;
            posted.check_token()?;
            Ok(Self(posted))
        })
    }
}

/// A page, as it is sent.
pub(super) fn page(status: StatusCode, page: &impl Template) -> Answer {
    let html = page.render().map_err(Error::internal)?;
    Ok(HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html))
}

/// A page that says what was asked for.
pub(super) fn ok(shown: &impl Template) -> Answer {
    page(StatusCode::OK, shown)
}

/// A form that came back, with what is wrong beside its fields.
pub(super) fn again(shown: &impl Template) -> Answer {
    page(StatusCode::UNPROCESSABLE_ENTITY, shown)
}

/// To another page, after a form was taken (RFC 9110, 15.4.4).
pub(super) fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header(("location", path)).finish()
}
