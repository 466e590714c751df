//! CalDAV from the client's side (RFC 4791, 4918, 6578, 6764): requests and the XML of answers, over [`crate::net`].
//!
//! [`discover`] finds somebody's calendars from whatever address they gave; a [`Session`] tells what has changed in one
//! of them, fetches objects, writes and deletes them. Objects are known by their paths on the server's origin, in one
//! spelling ([`spelt`]); what leads to another origin is not followed.
//!
//! It does not know whose calendar it is, nor what becomes of the time in it (`docs/calendar.md`).

mod changes;
mod discover;
mod fault;
mod href;
mod multistatus;
mod object;
mod xml;

pub use changes::{Changes, Seen};
pub use discover::{Collection, Place, discover};
pub use fault::Fault;
pub use href::{path_of, spelt};
pub use object::{BATCH, Condition, Delivered, Fetched};

use multistatus::Multistatus;

use crate::net::{Answer, Client, Credentials, Request, Url};

/// The most bytes of an answer that lists properties.
const LIST_BYTES_MAX: usize = 16 << 20;

/// A conversation with one server, as one of its users.
#[derive(Clone)]
pub struct Session {
    client: Client,
    /// Somewhere on the server: paths are of its origin.
    base: Url,
    credentials: Option<Credentials>,
}

impl Session {
    /// A conversation with the server of `base`.
    pub fn new(client: &Client, base: Url, credentials: Option<Credentials>) -> Self {
        Self { client: client.clone(), base, credentials }
    }

    /// The URL of `path`.
    fn url(&self, path: &str) -> Result<Url, Fault> {
        let url = self.base.join(path).map_err(|_| Fault::Server("a path is no path".to_owned()))?;
        // A path such as `//other.example/` would lead away.
        if url.origin() == self.base.origin() { Ok(url) } else { Err(Fault::NotFound) }
    }

    async fn send(&self, request: Request) -> Result<Answer, Fault> {
        Ok(self.client.send(request.credentials(self.credentials.as_ref())).await?)
    }

    /// Asks for something that is answered by a `multistatus`.
    async fn ask(
        &self,
        method: &'static str,
        path: &str,
        depth: &str,
        body: &str,
    ) -> Result<Multistatus, Fault> {
        let request = question(method, self.url(path)?, depth, body);
        listed(&self.send(request).await?)
    }
}

/// A request whose answer is a `multistatus`.
fn question(method: &'static str, url: Url, depth: &str, body: &str) -> Request {
    let body = format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{body}");
    Request::new(method, url)
        .header("depth", depth)
        .body("application/xml; charset=utf-8", body)
        .at_most(LIST_BYTES_MAX)
}

/// The `multistatus` of an answer.
fn listed(answer: &Answer) -> Result<Multistatus, Fault> {
    if answer.status != 207 {
        return Err(Fault::of(answer));
    }
    Multistatus::read(&answer.body, &answer.url)
        .map_err(|why| Fault::Server(format!("the answer cannot be read: {why}")))
}
