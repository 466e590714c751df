//! `/live`: a WebSocket of an agent, in frames of the house's own or in Socket.IO's.
//!
//! It proves who it is with its first frame: no token stands in an address, and no cookie counts. From then on it is told
//! what is new since a place of its own, as the store has it, and does what the API does ([`acts`]). What it is told is a
//! hint: nothing is lost with a socket.

mod acts;
mod seen;
mod socket;
mod standing;
mod wire;

use actix_web::HttpResponse;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::base::error::{Error, Result};
use crate::web::call::Call;
use crate::web::live::packet::{FRAME_BYTES_MAX, Speech};
use crate::web::{client, security};
use socket::Visitor;
use wire::Wire;

/// Which speech: none of it for the house's own frames.
#[derive(Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct LiveQuery {
    /// `4`, for Socket.IO.
    #[serde(rename = "EIO")]
    eio: Option<String>,
    /// `websocket`, for Socket.IO.
    transport: Option<String>,
    /// What Engine.IO adds so that nothing is cached.
    #[serde(rename = "t")]
    _t: Option<String>,
    /// A session that goes on: there is none here.
    sid: Option<String>,
}

impl LiveQuery {
    fn speech(&self) -> Result<Speech> {
        if self.sid.is_some() {
            let words = "No session of Engine.IO goes on here: connect anew, and resume with `since`.";
            return Err(Error::invalid("sid", words));
        }
        match (self.eio.as_deref(), self.transport.as_deref()) {
            (None, None) => Ok(Speech::Own),
            (Some("4"), Some("websocket")) => Ok(Speech::SocketIo),
            (Some("4"), _) => Err(Error::invalid(
                "transport",
                "Only WebSocket is spoken here: give the client transports: ['websocket'].",
            )),
            _ => Err(Error::invalid(
                "EIO",
                "Engine.IO 4 is spoken here: take a client of Socket.IO from 3 on.",
            )),
        }
    }
}

/// Opens an agent's socket (RFC 6455). Its first frame proves who it is, within ten seconds; then it is told what is new, and
/// takes what the API takes: see the manual. With `EIO=4&transport=websocket` it speaks Socket.IO, namespace `/ai`.
#[utoipa::path(get, path = "/live", tag = "messages", operation_id = "live", security(), params(LiveQuery),
    responses((status = 101, description = "The socket stands."),
        (status = 400, response = super::openapi::Invalid), (status = 403, response = super::openapi::Denied),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn open(call: Call) -> Result<HttpResponse> {
    let headers = call.request.headers();
    let is_nobodys = call.header("origin") == Some("null");
    if is_nobodys || !security::is_from_here(headers, &call.web.config.server.public_url) {
        return Err(Error::denied("A page of another site opens no socket here."));
    }
    let speech = call.query::<LiveQuery>()?.speech()?;
    let (web, trace, request) = (call.web.clone(), call.trace.clone(), call.request.clone());
    let address = client::address(&request, &web.config.server.trusted_proxies);
    let opened = actix_ws::handle(&request, call.into_payload());
    let (response, session, stream) = opened.map_err(|_| {
        Error::invalid("upgrade", "This is a WebSocket: open it as RFC 6455 says, version 13.")
    })?;
    let stream = stream.max_frame_size(FRAME_BYTES_MAX).aggregate_continuations();
    let stream = stream.max_continuation_size(FRAME_BYTES_MAX);
    let wire = Wire::new(session, stream, speech, web.state.live.tempo());
    actix_web::rt::spawn(Visitor { web, wire, trace, address }.stay());
    Ok(response)
}
