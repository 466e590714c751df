//! Objects of a calendar: fetched fifty at a time, written and deleted only as they are known.

use std::collections::BTreeMap;

use super::fault::Fault;
use super::href::path_of;
use super::{Session, listed, question, xml};
use crate::net::{self, Request};

/// How many objects are asked for at once.
pub const BATCH: usize = 50;
/// What is said of an object that is there and does not come.
const NOT_GIVEN: &str = "the server does not give it";
/// The most bytes of an object.
const OBJECT_BYTES_MAX: usize = 10 << 20;
/// The most bytes of a batch.
const BATCH_BYTES_MAX: usize = 16 << 20;

/// An object as it is on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Its path, in the one spelling.
    pub path: String,
    /// What came of it.
    pub delivered: Delivered,
}

/// What came of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// Its text, and its ETag, if it has one.
    Text(Vec<u8>, Option<String>),
    /// It is there no more.
    Gone,
    /// It is larger than what is read, or the server cannot give it.
    Not(&'static str),
}

/// Under which condition an object is written (RFC 9110, 13.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition<'a> {
    /// Nothing is there.
    New,
    /// It has this ETag still.
    Is(&'a str),
}

impl Session {
    /// Fetches the objects `paths` of the calendar `path`, at most [`BATCH`]. Each comes, in their order.
    pub async fn fetch(&self, path: &str, paths: &[String]) -> Result<Vec<Fetched>, Fault> {
        let mut delivered = match self.multiget(path, paths).await {
            Ok(delivered) => delivered,
            // One of them is too large for all, or the server does not have this report: each by itself, by `GET`.
            Err(Fault::Net(net::Fault::TooLarge(_)) | Fault::Server(_)) => BTreeMap::new(),
            Err(fault) => return Err(fault),
        };
        let mut fetched = Vec::with_capacity(paths.len());
        for path in paths {
            let delivered = match delivered.remove(path) {
                Some(delivered) => delivered,
                None => self.get(path).await?,
            };
            fetched.push(Fetched { path: path.clone(), delivered });
        }
        // A server that gives none of several is out of order as a whole.
        let is_out = |one: &Fetched| one.delivered == Delivered::Not(NOT_GIVEN);
        if fetched.len() > 1 && fetched.iter().all(is_out) {
            return Err(Fault::Server(NOT_GIVEN.to_owned()));
        }
        Ok(fetched)
    }

    /// `calendar-multiget` (RFC 4791, 7.9).
    async fn multiget(&self, path: &str, paths: &[String]) -> Result<BTreeMap<String, Delivered>, Fault> {
        let hrefs = paths.iter().map(|path| format!("<D:href>{}</D:href>", xml::escaped(path)));
        let body = format!(
            "<C:calendar-multiget xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:prop><D:getetag/>\
             <C:calendar-data/></D:prop>{}</C:calendar-multiget>",
            hrefs.collect::<String>()
        );
        let request = question("REPORT", self.url(path)?, "1", &body).at_most(BATCH_BYTES_MAX);
        let found = listed(&self.send(request).await?)?;
        let delivered = found.responses.into_iter().filter_map(|response| {
            let delivered = match (response.status, response.has.data) {
                (Some(404 | 410), _) => Delivered::Gone,
                (_, Some(text)) => Delivered::Text(text.into_bytes(), response.has.etag),
                // What was said without its text is fetched by itself.
                _ => return None,
            };
            Some((response.path, delivered))
        });
        Ok(delivered.collect())
    }

    /// Gets one object. What is wrong with it alone is said of it; what is wrong with the server is a fault.
    pub async fn get(&self, path: &str) -> Result<Delivered, Fault> {
        let request = Request::new("GET", self.url(path)?).header("accept", "text/calendar");
        let answer = match self.send(request.at_most(OBJECT_BYTES_MAX)).await {
            Ok(answer) => answer,
            Err(Fault::Net(net::Fault::TooLarge(_))) => {
                return Ok(Delivered::Not("it is larger than what is read"));
            }
            Err(fault) => return Err(fault),
        };
        match answer.status {
            200 => {
                let etag = answer.header("etag").map(str::to_owned);
                Ok(Delivered::Text(answer.body, etag))
            }
            404 | 410 => Ok(Delivered::Gone),
            401 | 429 | 503 => Err(Fault::of(&answer)),
            _ => Ok(Delivered::Not(NOT_GIVEN)),
        }
    }

    /// Writes an object; gives its new ETag, where the server keeps it as it was sent and says so.
    ///
    /// # Errors
    /// [`Fault::Changed`] if the condition is not met.
    pub async fn put(
        &self,
        path: &str,
        text: &str,
        condition: Condition<'_>,
    ) -> Result<Option<String>, Fault> {
        let request = Request::new("PUT", self.url(path)?).body("text/calendar; charset=utf-8", text);
        let request = match condition {
            Condition::New => request.header("if-none-match", "*"),
            Condition::Is(etag) => request.header("if-match", etag),
        };
        let answer = self.send(request).await?;
        match answer.status {
            200 | 201 | 204 => Ok(answer.header("etag").map(str::to_owned)),
            _ => Err(Fault::of_sent(&answer)),
        }
    }

    /// Deletes an object that has this ETag still; says whether it was there.
    ///
    /// # Errors
    /// [`Fault::Changed`] if it has another one.
    pub async fn delete(&self, path: &str, etag: &str) -> Result<bool, Fault> {
        let request = Request::new("DELETE", self.url(path)?).header("if-match", etag);
        let answer = self.send(request).await?;
        match answer.status {
            200 | 204 => Ok(true),
            404 | 410 => Ok(false),
            _ => Err(Fault::of_sent(&answer)),
        }
    }

    /// The path of the object `name` in the calendar `path`.
    pub fn object_path(&self, path: &str, name: &str) -> Option<String> {
        let folder = if path.ends_with('/') { path.to_owned() } else { format!("{path}/") };
        path_of(&self.base.join(&folder).ok()?, name)
    }
}
