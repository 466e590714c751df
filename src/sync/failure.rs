//! From what went wrong on the way to what its holder is told.

use crate::calendar::{Failure, Problem};
use crate::dav;
use crate::net::{self, Url};

/// A failure with a word on it: a sentence without its first capital and its full stop, as they come.
pub(super) fn of(problem: Problem, words: &str) -> Failure {
    Failure { problem, words: sentence(words), retry_after_ms: None }
}

/// An address that somebody gave, or that was kept.
pub(super) fn url(text: &str) -> Result<Url, Failure> {
    Url::parse(text).map_err(|_| of(Problem::NotAllowed, "it is no address of the web"))
}

impl From<net::Fault> for Failure {
    fn from(fault: net::Fault) -> Self {
        let problem = match &fault {
            net::Fault::BadUrl(_) | net::Fault::NotAllowed(_) => Problem::NotAllowed,
            net::Fault::Unreachable(_) => Problem::Unreachable,
            net::Fault::TimeOut(_) => Problem::TimeOut,
            net::Fault::TooLarge(_) => Problem::TooLarge,
            net::Fault::Redirect(_) | net::Fault::BadBody(_) => Problem::Server,
        };
        of(problem, &fault.to_string())
    }
}

impl From<dav::Fault> for Failure {
    fn from(fault: dav::Fault) -> Self {
        let words = fault.to_string();
        match fault {
            dav::Fault::Net(fault) => fault.into(),
            dav::Fault::Refused => of(Problem::Refused, &words),
            dav::Fault::NotFound => of(Problem::NotFound, &words),
            dav::Fault::NotCalendar => of(Problem::NotACalendar, &words),
            dav::Fault::Busy(after) => busy(after),
            dav::Fault::Changed | dav::Fault::NotTaken(_) | dav::Fault::Server(_) => {
                of(Problem::Server, &words)
            }
        }
    }
}

/// A server that is busy, and wants to be asked again after so many seconds, if it said so.
pub(super) fn busy(after_s: Option<u64>) -> Failure {
    let retry_after_ms = after_s.and_then(|seconds| i64::try_from(seconds.saturating_mul(1000)).ok());
    Failure { retry_after_ms, ..of(Problem::Server, "the server is busy") }
}

/// What a status says that is not the one that was hoped for.
pub(super) fn of_status(status: u16, retry_after: Option<&str>) -> Failure {
    match status {
        401 | 403 => of(Problem::Refused, "the server does not let this house in"),
        404 | 410 => of(Problem::NotFound, "nothing is there"),
        429 | 503 => busy(retry_after.and_then(|text| text.trim().parse().ok())),
        _ => of(Problem::Server, &format!("the server answers with status {status}")),
    }
}

fn sentence(words: &str) -> String {
    let words = crate::base::text::line(words, 200);
    let mut chars = words.chars();
    let first: String = chars.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    let stop = if words.ends_with(['.', '!', '?']) || words.is_empty() { "" } else { "." };
    format!("{first}{}{stop}", chars.as_str())
}
