//! Notices as they come: server-sent events (HTML Living Standard, 9.2), resumed where they broke off.
//!
//! Each stream reads its own notices from its own place on: what is sent and when depends on the store alone, and the
//! process's one reader ([`crate::web::live`]) only says that there is something to look at.

use std::collections::VecDeque;

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Bytes, Data};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::notices::Notice;
use crate::accounts::{self, Scope};
use crate::base::error::{Error, Result};
use crate::base::id::UserId;
use crate::base::secret::Secret;
use crate::notices;
use crate::store::Cx;
use crate::web::bearer::Bearer;
use crate::web::call::Call;
use crate::web::live::Stay;
use crate::web::{Web, session};

/// How many notices are read at once.
const BATCH: u32 = 50;
/// How long a browser waits before it comes again, in milliseconds.
const RETRY: &str = "retry: 3000\n\n";

/// How long one waits that has given way to newer streams.
const LATER: &str = "retry: 60000\n\n";

/// Where to go on.
#[derive(Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Since {
    /// The id of the last event that was taken in, where it cannot be given as `Last-Event-ID`.
    since: Option<String>,
}

/// What proves who listens; looked at again whenever there is something to send.
#[derive(Clone)]
enum Door {
    Browser(Secret),
    Program(Bearer),
}

impl Door {
    async fn of(call: &Call) -> Result<Self> {
        if call.request.headers().contains_key(header::AUTHORIZATION) {
            return Bearer::of(call, Scope::NoticesRead).await.map(Self::Program);
        }
        let cookie = call.request.cookie(session::SIGN_IN).map(|cookie| cookie.value().to_owned());
        let secret = cookie.filter(|secret| (1..=64).contains(&secret.len()));
        let missing = "Sign in first, or send an API token: Authorization: Bearer ….";
        secret.map(|secret| Self::Browser(Secret::new(secret))).ok_or(Error::Unauthenticated(missing))
    }

    /// Who listens, as things stand in this transaction.
    fn user(&self, cx: &Cx<'_>) -> Result<UserId> {
        match self {
            Self::Browser(secret) => {
                let viewer = accounts::viewer(cx, secret)?;
                viewer.map(|viewer| viewer.user.id).ok_or(Error::Unauthenticated("Sign in first."))
            }
            Self::Program(bearer) => {
                let (_, who) = bearer.actor(cx)?;
                who.user().ok_or_else(|| {
                    Error::denied("Notices are a person's own: use a token that acts for somebody.")
                })
            }
        }
    }
}

/// One notice, with what the badge shows from then on.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    notice: Notice,
    unread: usize,
}

/// A stream at work.
struct Stream {
    web: Data<Web>,
    door: Door,
    stay: Stay,
    trace: String,
    /// The place up to which was sent.
    place: i64,
    /// What the badge was last said to be.
    unread: Option<usize>,
    /// Whether there may be something in the store.
    is_due: bool,
    ready: VecDeque<Bytes>,
    /// Whether there is nothing after what is ready.
    is_over: bool,
}

/// What a look at the store found.
struct Look {
    told: Vec<notices::Shown>,
    unread: usize,
}

impl Stream {
    /// The next bytes; `None`, when the stream is over.
    async fn next(mut self) -> Option<(Result<Bytes, actix_web::Error>, Self)> {
        loop {
            if self.stay.is_over() {
                return None;
            }
            if !self.is_over && self.stay.gave_way() {
                // Should somebody still listen, they are not to push another out at once.
                (self.is_over, self.ready) = (true, VecDeque::from([Bytes::from_static(LATER.as_bytes())]));
            }
            if let Some(bytes) = self.ready.pop_front() {
                return Some((Ok(bytes), self));
            }
            if self.is_over {
                return None;
            }
            if self.is_due {
                self.look().await?;
                continue;
            }
            let heartbeat = self.web.state.live.heartbeat();
            match tokio::time::timeout(heartbeat, self.stay.wait()).await {
                Ok(true) => {}
                Ok(false) => return None,
                Err(_) => self.ready.push_back(Bytes::from_static(b": still here\n\n")),
            }
            self.is_due = true;
        }
    }

    /// Reads what is new; `None`, where whoever listens may no longer.
    async fn look(&mut self) -> Option<()> {
        self.stay.begin_to_look();
        let (door, place, trace) = (self.door.clone(), self.place, self.trace.clone());
        let look = move |cx: &mut Cx<'_>| {
            let user = door.user(cx)?;
            let told = notices::after(cx, user, place, BATCH, &trace)?;
            Ok(Look { told, unread: notices::unread(cx, user)? })
        };
        let Look { told, unread } = match self.web.store.read(look).await {
            Ok(look) => look,
            Err(Error::Unauthenticated(_) | Error::Denied(_)) => return None,
            Err(error) => {
                // The browser comes again, to where it was.
                tracing::error!(trace = self.trace, %error, "a stream of notices broke off");
                return None;
            }
        };
        self.is_due = told.len() == BATCH as usize;
        for shown in &told {
            let notice = Notice::of(shown, &self.web.config.server.public_url);
            self.place = notice.place;
            let event = event(self.place, "notice", &Told { notice, unread });
            self.ready.push_back(event.ok()?);
        }
        if told.is_empty() && self.unread != Some(unread) {
            let event = event(self.place, "unread", &serde_json::json!({ "unread": unread }));
            self.ready.push_back(event.ok()?);
        }
        self.unread = Some(unread);
        Some(())
    }
}

/// An event. Its data is JSON on one line, so that nothing in it can end it.
fn event(place: i64, name: &str, data: &impl Serialize) -> Result<Bytes> {
    let data = serde_json::to_string(data).map_err(Error::internal)?;
    Ok(Bytes::from(format!("id: {place}\nevent: {name}\ndata: {data}\n\n")))
}

/// Tells the caller's notices as they come, as server-sent events: `notice` with the notice and `unread`, and `unread`
/// alone where that changes. Each has an id; with the last as `Last-Event-ID` (or `since`) a new stream goes on after
/// it, with nothing skipped and nothing twice; without one it begins now. Of each account the newest eight streams stand.
#[utoipa::path(get, path = "/events", tag = "notices", operation_id = "events", params(Since,
        ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was taken in.")),
    responses((status = 200, description = "The stream.", content_type = "text/event-stream", body = String),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn events(call: Call) -> Result<HttpResponse> {
    let door = Door::of(&call).await?;
    let query: Since = call.query()?;
    let header = call.header("last-event-id").map(str::to_owned).filter(|id| !id.is_empty());
    let since = header.or(query.since).filter(|id| !id.is_empty()).map(|id| {
        let place = id.parse::<i64>().ok().filter(|place| *place >= 0);
        place.ok_or_else(|| Error::invalid("since", "Give the id of the last event, unchanged."))
    });
    let since = since.transpose()?;
    let asked = door.clone();
    let read = call.web.store.read(move |cx| {
        let user = asked.user(cx)?;
        Ok((user, notices::place(cx, user)?))
    });
    let (user, newest) = read.await?;
    let stay = call.web.state.live.join(user);
    let stream = Stream {
        web: call.web.clone(),
        door,
        stay,
        trace: call.trace.clone(),
        // Beyond what there is nobody can have been: a place of somebody else's.
        place: since.map_or(newest, |since| since.min(newest)),
        unread: None,
        is_due: true,
        ready: VecDeque::from([Bytes::from_static(RETRY.as_bytes())]),
        is_over: false,
    };
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // Compressed, an event would wait for the next one; and so it would in a proxy's buffer.
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(stream::unfold(stream, Stream::next)))
}
