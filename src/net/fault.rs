//! Why a call came to nothing.

use std::error::Error as _;
use std::io;

/// Why a call came to nothing. No text of it holds more of the URL than its host: an address may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The URL cannot be called.
    #[error("{0}")]
    BadUrl(&'static str),
    /// The host lies where this house does not call. Which address it has is not told: it may be a name inside.
    #[error(
        "{0} lies in a network that this server does not call; whoever runs it can allow that (net.allow)"
    )]
    NotAllowed(String),
    /// It redirects to where it is not followed.
    #[error("{0}")]
    Redirect(&'static str),
    /// There is no such name, nobody listens, TLS failed, or the connection broke.
    #[error("{0}")]
    Unreachable(String),
    /// It took longer than allowed.
    #[error("it took longer than {0} s")]
    TimeOut(u64),
    /// The body is larger than allowed, in bytes.
    #[error("it is larger than {0} bytes")]
    TooLarge(usize),
    /// The body is coded in a way that cannot be undone.
    #[error("{0}")]
    BadBody(&'static str),
}

/// What the resolver says of a host that must not be called; it finds its way back through the layers of the client.
#[derive(Debug, thiserror::Error)]
#[error("an address that is not called")]
pub(super) struct Closed;

impl Fault {
    /// Of an error of the client, on the way to `host`.
    pub(super) fn of(error: &reqwest::Error, host: &str) -> Self {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = error.source();
        let mut last = None;
        while let Some(next) = cause {
            if next.is::<Closed>() {
                return Self::NotAllowed(host.to_owned());
            }
            last = Some(next);
            // An I/O error hides what it wraps from `source`, and shows what that wraps.
            let inner = next.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            cause = match inner {
                Some(inner) => Some(inner),
                None => next.source(),
            };
        }
        let words = last.map_or_else(|| "the connection broke".to_owned(), ToString::to_string);
        Self::Unreachable(format!("{host}: {words}"))
    }
}
