//! Callers of the API that do not give up: whoever gets no answer asks again, under the same key.

use std::time::Duration;

use reqwest::{Client, RequestBuilder};
use serde_json::Value;

use crate::rig::{Message, PATIENCE, Reply, Server};

/// How long to wait before an unanswered call is made again.
const PAUSE: Duration = Duration::from_millis(20);

/// A caller; clones share its connections.
#[derive(Clone)]
pub(super) struct Caller {
    client: Client,
    url: String,
    token: String,
}

impl Caller {
    /// Calls with a token that may do everything.
    pub(super) fn new(server: &Server) -> Self {
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(20)).build();
        Self { client: client.expect("an HTTP client"), url: server.url(), token: server.token("admin") }
    }

    fn request(&self, method: reqwest::Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token)
    }

    /// A call that books the meeting `body` under `key`.
    pub(super) fn book(&self, key: &str, body: &Value) -> RequestBuilder {
        let request = self.request(reqwest::Method::POST, "/api/v1/meetings");
        request
            .header("Idempotency-Key", key)
            .header("Content-Type", "application/json")
            .body(body.to_string())
    }

    /// A call that changes something, of which a second does nothing.
    pub(super) fn with(&self, method: reqwest::Method, path: &str, body: &Value) -> RequestBuilder {
        let request = self.request(method, path);
        if body.is_null() {
            return request;
        }
        request.header("Content-Type", "application/json").body(body.to_string())
    }

    /// A call that hands a raw message in.
    pub(super) fn push(&self, raw: &[u8]) -> RequestBuilder {
        let request = self.request(reqwest::Method::POST, "/api/v1/imip/inbound");
        request.header("Content-Type", "message/rfc822").body(raw.to_vec())
    }

    /// A call that reads.
    pub(super) fn get(&self, path: &str) -> RequestBuilder {
        self.request(reqwest::Method::GET, path)
    }

    /// Calls until the answer has `status`.
    pub(super) async fn insist(&self, call: RequestBuilder, status: u16) -> Value {
        let mut last = String::new();
        let answered = tokio::time::timeout(2 * PATIENCE, async {
            loop {
                match once(&call).await {
                    Ok(reply) if reply.status == status => return reply.json(),
                    // What is refused for good is refused again, and said so when patience is at its end.
                    Ok(reply) => last = format!("{reply:?}"),
                    Err(error) => last = error.to_string(),
                }
                tokio::time::sleep(PAUSE).await;
            }
        });
        let answered = answered.await.ok();
        answered.unwrap_or_else(|| panic!("no {status} for {call:?}; the last answer was {last}"))
    }
}

/// Calls once; an error is a call without an answer.
pub(super) async fn once(call: &RequestBuilder) -> reqwest::Result<Reply> {
    let call = call.try_clone().expect("a body of bytes can be sent again");
    let response = call.send().await?;
    let status = response.status().as_u16();
    Ok(Reply { status, location: None, body: response.text().await? })
}

/// The REPLY of whoever got this invitation; `None` if it is none.
pub(super) fn reply(invitation: &[u8], partstat: &str) -> Option<Vec<u8>> {
    let message = Message { raw: invitation.to_vec(), flags: String::new() };
    let calendar = message.calendar()?.replace("\r\n ", "");
    if !calendar.contains("METHOD:REQUEST") {
        return None;
    }
    let id = message.header("Message-ID")?;
    reply_of(&calendar, id.trim_matches(['<', '>']), partstat)
}

/// The REPLY of whoever has this event; `id` makes it one of its own.
pub(super) fn reply_of(calendar: &str, id: &str, partstat: &str) -> Option<Vec<u8>> {
    let id = id.replace(' ', "-");
    let line = |name: &str| calendar.lines().find(|line| line.starts_with(name));
    let address = |name: &str| line(name)?.rsplit_once("mailto:").map(|(_, address)| address.to_owned());
    let (uid, sequence) = (line("UID:")?, line("SEQUENCE:")?);
    let (organizer, attendee) = (address("ORGANIZER")?, address("ATTENDEE")?);
    let text = format!(
        "From: <{attendee}>\r\nTo: <{organizer}>\r\nSubject: Re\r\nMessage-ID: <re-{id}>\r\n\
         Date: Fri, 20 Nov 2026 10:11:12 +0000\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/calendar; charset=utf-8; method=REPLY\r\n\r\n\
         BEGIN:VCALENDAR\r\nPRODID:-//Example//EN\r\nVERSION:2.0\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n{uid}\r\n{sequence}\r\n\
         DTSTAMP:20261120T101112Z\r\nATTENDEE;PARTSTAT={partstat}:mailto:{attendee}\r\nORGANIZER:mailto:{organizer}\r\n\
         DTSTART:20310304T100000Z\r\nDTEND:20310304T104500Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    Some(text.into_bytes())
}
