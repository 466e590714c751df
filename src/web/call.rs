//! A program's call: reads what was sent, strictly and within limits, and answers with JSON or with a problem.
//!
//! A handler is `async fn(Call) -> Result<HttpResponse>`; [`answer`] runs it. It knows no room.

use std::future::Future;
use std::str::FromStr;

use actix_web::http::header;
use actix_web::web::{Data, Payload};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

use super::problem::{self, Problem};
use super::strikes::Proven;
use super::{Web, body};
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::secret::{Secret, hex, sha256};
use crate::base::trace::Traceparent;

/// A call that is being answered.
pub struct Call {
    /// What every handler is given.
    pub web: Data<Web>,
    /// The request, without its body.
    pub request: HttpRequest,
    /// The trace id that log lines, journal entries and the answer share.
    pub trace: String,
    payload: Payload,
}

/// The trace id of a request, kept with it.
#[derive(Clone)]
struct Trace(String);

/// The trace id of a request: its caller's (`traceparent`, W3C Trace Context 3.2), or a new one in place of none and of one that
/// is broken.
pub fn trace_of(web: &Web, request: &HttpRequest) -> String {
    if let Some(Trace(known)) = request.extensions().get::<Trace>() {
        return known.clone();
    }
    let given = request.headers().get("traceparent").and_then(|value| value.to_str().ok());
    let given = given.and_then(Traceparent::parse).map(|given| given.trace);
    let trace = given.unwrap_or_else(|| hex(&web.store.ground().chance.bytes::<16>()));
    request.extensions_mut().insert(Trace(trace.clone()));
    trace
}

/// Runs a handler; what it refuses becomes a problem document.
pub async fn answer<F, Fut>(request: HttpRequest, payload: Payload, handler: F) -> HttpResponse
where
    F: FnOnce(Call) -> Fut,
    Fut: Future<Output = Result<HttpResponse>>,
{
    let Some(web) = request.app_data::<Data<Web>>().cloned() else {
        tracing::error!("a route was mounted without what its handlers are given");
        return HttpResponse::InternalServerError().finish();
    };
    let trace = trace_of(&web, &request);
    let call = Call { web: web.clone(), request: request.clone(), trace, payload };
    match handler(call).await {
        Ok(response) => response,
        Err(error) => refusal(&web, &request, &error),
    }
}

/// The problem document for `error`, which is logged.
pub fn refusal(web: &Web, request: &HttpRequest, error: &Error) -> HttpResponse {
    let trace = trace_of(web, request);
    problem::log(error, &trace);
    // What is nobody's fault who asks is not counted against them.
    if matches!(error, Error::Full { .. }) {
        request.extensions_mut().remove::<Proven>();
    }
    let token_was_given = request.headers().contains_key(header::AUTHORIZATION);
    Problem::of(error, &web.config.server.public_url, &trace).into_response(error, token_was_given)
}

impl Call {
    /// The body unread, of a call that is no question with an answer any more.
    pub fn into_payload(self) -> Payload {
        self.payload
    }

    /// Who asks, by the API, under this call's trace id.
    pub fn actor(&self, who: Who) -> Actor {
        Actor::new(who, Road::Api, self.trace.clone())
    }

    /// A header as text; what is not visible ASCII is no header of ours.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.request.headers().get(name).and_then(|value| value.to_str().ok())
    }

    /// The bearer token that was given (RFC 6750, 2.1).
    pub fn token(&self) -> Result<Secret> {
        let missing = || Error::Unauthenticated("Send an API token: Authorization: Bearer ….");
        let given = self.header("authorization").ok_or_else(missing)?;
        let (scheme, token) = given.split_once(' ').ok_or_else(missing)?;
        let token = token.trim();
        if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() {
            return Err(missing());
        }
        Ok(Secret::new(token))
    }

    /// An id of the path. What is no id names nothing, as an unknown id does.
    pub fn id<I: FromStr<Err = Error>>(&self, name: &str) -> Result<I> {
        self.request.match_info().get(name).unwrap_or_default().parse()
    }

    /// The query, with no field that is not known.
    pub fn query<T: DeserializeOwned>(&self) -> Result<T> {
        body::read_query(self.request.query_string())
    }

    /// The body, which must be of media type `media_type` and no longer than `bytes_max`.
    pub async fn raw(&mut self, media_type: &str, bytes_max: u64) -> Result<Vec<u8>> {
        let given = self.header("content-type").unwrap_or_default();
        let bare = given.split(';').next().unwrap_or_default().trim();
        if !bare.eq_ignore_ascii_case(media_type) {
            return Err(Error::refused("media-type", format!("The body should be {media_type}.")));
        }
        if self.request.headers().contains_key(header::CONTENT_ENCODING) {
            return Err(Error::refused("media-type", "The body should not be compressed."));
        }
        self.unread(bytes_max).await
    }

    /// The body of a call that needs none: nothing, or JSON that says nothing.
    pub async fn nothing(&mut self) -> Result<()> {
        let body = self.unread(1_024).await?;
        match body.trim_ascii() {
            b"" | b"{}" => Ok(()),
            _ => Err(Error::invalid("body", "This call takes no body.")),
        }
    }

    /// The body, read no further than `bytes_max`: what is said to be longer is not read at all.
    async fn unread(&mut self, bytes_max: u64) -> Result<Vec<u8>> {
        let too_large =
            || Error::refused("too-large", format!("The body can have {bytes_max} bytes at most."));
        let said = self.header("content-length").and_then(|text| text.parse::<u64>().ok());
        if said.is_some_and(|said| said > bytes_max) {
            return Err(too_large());
        }
        let mut body = Vec::new();
        while let Some(chunk) = self.payload.next().await {
            let chunk = chunk.map_err(|_| Error::invalid("body", "The body ended before it was whole."))?;
            if (body.len() + chunk.len()) as u64 > bytes_max {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// The body as JSON of this shape, and its hash. A field that is not known is refused.
    pub async fn json<T: DeserializeOwned>(&mut self) -> Result<(T, String)> {
        let bytes_max = self.web.config.limits.body_max_bytes;
        let bytes = self.raw("application/json", bytes_max).await?;
        Ok((body::read_json(&bytes)?, sha256(&bytes)))
    }

    /// The same where every field may be left out: no body at all says as much as `{}`, also where JSON was announced.
    pub async fn json_or_nothing<T: DeserializeOwned + Default>(&mut self) -> Result<(T, String)> {
        let bytes = match self.header("content-type") {
            Some(_) => self.raw("application/json", self.web.config.limits.body_max_bytes).await?,
            None => self.nothing().await.map(|()| Vec::new())?,
        };
        if bytes.trim_ascii().is_empty() {
            return Ok((T::default(), sha256(b"")));
        }
        Ok((body::read_json(&bytes)?, sha256(&bytes)))
    }
}

/// An answer in JSON, which nobody but its caller may keep.
pub fn json(status: u16, value: &impl serde::Serialize) -> Result<HttpResponse> {
    let body = serde_json::to_vec(value).map_err(Error::internal)?;
    let status = actix_web::http::StatusCode::from_u16(status).map_err(Error::internal)?;
    Ok(HttpResponse::build(status)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .body(body))
}
