//! Outgoing HTTP at somebody's wish: every call is checked, limited in time and size, and says why it came to nothing.
//!
//! A [`Client`] calls `http:` and `https:` and nothing else. It looks a name up once, checks every address that it has,
//! and connects to those addresses and no others; redirects are followed by hand, each checked like the first call;
//! passwords stay with the origin they were given for; ten seconds are for everything together; a body is counted
//! while it comes, in front of gzip and behind it. No proxy and no cookie has a part in it.
//!
//! It does not know what is asked for, nor what becomes of the answer (`docs/calendar.md`).

mod address;
mod body;
mod fault;
mod names;
mod request;
mod services;

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

pub use reqwest::Url;

use crate::base::IpRange;
use crate::base::error::{Error, Result as HouseResult};

pub use address::{is_public, may_call};
pub use fault::Fault;
pub use names::{Names, SystemNames};
pub use request::{Answer, Credentials, Request};
pub use services::name_servers;

use body::Body;
use names::Guard;

/// How long a call may take, from the name to the last byte, redirects and all.
pub const TIME: Duration = Duration::from_secs(10);
/// How many redirects are followed.
pub const REDIRECTS_MAX: u32 = 5;
/// How long a connection is kept for the next call to the same server.
const KEPT: Duration = Duration::from_secs(5);

/// Calls other servers. Clones share their connections; nothing is laid out before the first call.
#[derive(Clone)]
pub struct Client {
    guard: Guard,
    time: Duration,
    name_servers: Arc<[SocketAddr]>,
    http: Arc<OnceLock<reqwest::Client>>,
}

impl Client {
    /// A client that calls public addresses, and those of `allow`.
    pub fn new(allow: &[IpRange]) -> Self {
        Self::with_names(allow, Arc::new(SystemNames), TIME)
    }

    /// A client that calls every address, for what an administrator configured; `time` is for everything.
    pub fn to_anywhere(time: Duration) -> Self {
        Self::with_names(&everywhere(), Arc::new(SystemNames), time)
    }

    /// The same with names looked up by `names`, and another time for everything.
    pub fn with_names(allow: &[IpRange], names: Arc<dyn Names>, time: Duration) -> Self {
        Self { guard: Guard::new(allow, names), time, name_servers: Arc::default(), http: Arc::default() }
    }

    /// The same, with services asked for of these name servers; if there are none, of this machine's.
    #[must_use]
    pub fn asking(self, name_servers: &[SocketAddr]) -> Self {
        Self { name_servers: name_servers.into(), ..self }
    }

    /// Where a service lies by what DNS says of `name`, such as `_caldavs._tcp.example.org` (RFC 6764): addresses to be
    /// called over TLS, in the order in which they are to be tried, three at most. Empty where DNS names none, or nobody
    /// could be asked. What is found is not checked before it is called.
    pub async fn services(&self, name: &str) -> Vec<Url> {
        services::look_up(&self.name_servers, name).await
    }

    /// Makes a call, following redirects as `request` allows.
    ///
    /// # Errors
    /// A [`Fault`] if no whole answer came. An answer that says no (404, 500) is an answer.
    pub async fn send(&self, request: Request) -> Result<Answer, Fault> {
        let time_out = Fault::TimeOut(self.time.as_secs());
        tokio::time::timeout(self.time, self.follow(request)).await.unwrap_or(Err(time_out))
    }

    /// Makes a call that is not redirected, and reads nothing of the answer but its status and headers: for whoever tells and
    /// does not ask.
    ///
    /// # Errors
    /// A [`Fault`] if no answer came.
    pub async fn status_of(&self, request: Request) -> Result<Answer, Fault> {
        let call = async {
            let Unread(mut response, _) = self.call(&request).await?;
            let (status, url) = (response.status().as_u16(), response.url().clone());
            let headers = std::mem::take(response.headers_mut());
            Ok(Answer { status, url, body: Vec::new(), headers })
        };
        let time_out = Fault::TimeOut(self.time.as_secs());
        tokio::time::timeout(self.time, call).await.unwrap_or(Err(time_out))
    }

    /// Whether `url` may be called, as far as that can be told before its name is looked up.
    ///
    /// # Errors
    /// The [`Fault`] that a call would end with.
    pub fn check(&self, url: &Url) -> Result<(), Fault> {
        self.guard.check(url).map(drop)
    }

    async fn follow(&self, mut request: Request) -> Result<Answer, Fault> {
        let mut left = request.redirects;
        loop {
            let answer = self.call(&request).await?;
            let Some(next) = request.next(&answer)? else { return answer.read(request.most).await };
            left = left.checked_sub(1).ok_or(Fault::Redirect("it redirects too many times"))?;
            request.go_to(next);
        }
    }

    /// One call, its answer not read yet.
    async fn call(&self, request: &Request) -> Result<Unread, Fault> {
        let host = self.guard.check(&request.url)?;
        let http = self.http()?;
        let sent = request.build(http).send().await;
        Ok(Unread(sent.map_err(|error| Fault::of(&error, &host))?, host))
    }

    fn http(&self) -> Result<&reqwest::Client, Fault> {
        if let Some(http) = self.http.get() {
            return Ok(http);
        }
        let built = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .dns_resolver(self.guard.clone())
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(KEPT)
            .http1_max_headers(100)
            .user_agent(concat!("entente/", env!("CARGO_PKG_VERSION")))
            .build();
        let built = built.map_err(|error| Fault::Unreachable(format!("no HTTP: {error}")))?;
        Ok(self.http.get_or_init(|| built))
    }
}

/// An answer whose body has not been read, and the host it is from.
struct Unread(reqwest::Response, String);

impl Unread {
    async fn read(self, most: usize) -> Result<Answer, Fault> {
        let Self(mut response, host) = self;
        let (status, url) = (response.status().as_u16(), response.url().clone());
        let headers = std::mem::take(response.headers_mut());
        let encoding = headers.get("content-encoding").and_then(|value| value.to_str().ok());
        let mut body = Body::coded(encoding, most)?;
        while let Some(piece) = response.chunk().await.map_err(|error| Fault::of(&error, &host))? {
            body.take(&piece)?;
        }
        Ok(Answer { status, url, body: body.end()?, headers })
    }
}

fn everywhere() -> Vec<IpRange> {
    ["0.0.0.0/0", "::/0"].iter().filter_map(|all| IpRange::parse(all)).collect()
}

/// Gets `url`, wherever it lies: for what an administrator configured. Gives the status; redirects are not followed, and
/// of the body nothing is read.
pub async fn status(url: &str) -> HouseResult<u16> {
    let call = async {
        let url = Url::parse(url).map_err(|_| Fault::BadUrl("it is no URL"))?;
        Client::new(&everywhere()).call(&Request::new("GET", url)).await
    };
    match tokio::time::timeout(TIME, call).await.unwrap_or(Err(Fault::TimeOut(TIME.as_secs()))) {
        Ok(Unread(response, _)) => Ok(response.status().as_u16()),
        Err(fault) => Err(Error::upstream("HTTP", fault)),
    }
}
