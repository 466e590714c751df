//! What is asked for, where a redirect leads to, and what was answered.

use reqwest::header::{HeaderMap, LOCATION};
use reqwest::{Method, Url};

use super::fault::Fault;
use super::{REDIRECTS_MAX, Unread};
use crate::base::Secret;

/// A name and a password, sent as RFC 7617 says (Basic) to the origin they were given for, and to no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// A call to be made.
#[derive(Clone, Debug)]
pub struct Request {
    pub(super) method: &'static str,
    pub(super) url: Url,
    headers: Vec<(&'static str, String)>,
    body: Option<Vec<u8>>,
    credentials: Option<Credentials>,
    pub(super) most: usize,
    pub(super) redirects: u32,
}

/// The most bytes of a body, where a call says nothing else.
const MOST: usize = 1 << 20;

impl Request {
    /// A call of `url`; `method` is any method of HTTP or WebDAV.
    ///
    /// Redirects are followed where repeating the call changes nothing (GET, HEAD, OPTIONS, PROPFIND, REPORT), with
    /// the same method and body; of all other methods a redirect is the answer.
    pub fn new(method: &'static str, url: Url) -> Self {
        let is_safe = matches!(method, "GET" | "HEAD" | "OPTIONS" | "PROPFIND" | "REPORT");
        let redirects = if is_safe { REDIRECTS_MAX } else { 0 };
        Self { method, url, headers: Vec::new(), body: None, credentials: None, most: MOST, redirects }
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// With a body of this media type.
    #[must_use]
    pub fn body(self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = Some(body.into());
        Self { body, ..self.header("content-type", media_type) }
    }

    /// With a name and a password.
    #[must_use]
    pub fn credentials(mut self, credentials: Option<&Credentials>) -> Self {
        self.credentials = credentials.cloned();
        self
    }

    /// With an answer of at most so many bytes.
    #[must_use]
    pub fn at_most(mut self, bytes: usize) -> Self {
        self.most = bytes;
        self
    }

    /// Without following any redirect: it is the answer.
    #[must_use]
    pub fn unfollowed(mut self) -> Self {
        self.redirects = 0;
        self
    }

    pub(super) fn build(&self, http: &reqwest::Client) -> reqwest::RequestBuilder {
        let method = Method::from_bytes(self.method.as_bytes()).unwrap_or_default();
        let mut call = http.request(method, self.url.clone()).header("accept-encoding", "gzip");
        for (name, value) in &self.headers {
            call = call.header(*name, value);
        }
        if let Some(Credentials { user, password }) = &self.credentials {
            call = call.basic_auth(user, Some(password.expose()));
        }
        match &self.body {
            Some(body) => call.body(body.clone()),
            None => call,
        }
    }

    /// Where `answer` sends on to, if it does and that is followed at all.
    pub(super) fn next(&self, Unread(answer, _): &Unread) -> Result<Option<Url>, Fault> {
        let is_redirect = matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308);
        if !is_redirect || (self.redirects == 0) {
            return Ok(None);
        }
        let location = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let location = location.ok_or(Fault::Redirect("it redirects to nowhere"))?;
        let next = self.url.join(location).map_err(|_| Fault::Redirect("it redirects to no URL"))?;
        if self.url.scheme() == "https" && next.scheme() != "https" {
            return Err(Fault::Redirect("it redirects from https: to what is not encrypted"));
        }
        Ok(Some(next))
    }

    /// Turns to `next`; the password is left behind where that is another origin (RFC 6454).
    pub(super) fn go_to(&mut self, next: Url) {
        if next.origin() != self.url.origin() {
            self.credentials = None;
        }
        self.url = next;
    }
}

/// What was answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Whose answer it is, after all redirects.
    pub url: Url,
    /// The body, with its coding undone.
    pub body: Vec<u8>,
    pub(super) headers: HeaderMap,
}

impl Answer {
    /// A header, if it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}
