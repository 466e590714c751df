//! Looking what calendars there are at an address, before anything of it is kept: the only call that a handler makes to
//! the outside, between two transactions.
//!
//! It is a value of [`Web`](super::Web), so that tests need no other server.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::base::error::Error;
use crate::base::secret::Secret;
use crate::calendar::{Access, Failure, Found, Problem, SourceKind};

/// A calendar that somebody has elsewhere, as they typed it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// A feed, or CalDAV.
    pub kind: SourceKind,
    /// An address; of CalDAV that of the server, of a calendar, or a mail address.
    pub url: Secret,
    /// Empty for a feed.
    pub username: String,
    /// Empty for a feed.
    pub password: Secret,
}

/// What there is.
#[derive(Clone, Debug)]
pub struct Probed {
    /// What lets us in: to be kept.
    pub access: Access,
    /// The host, to be shown.
    pub server: String,
    /// The calendars.
    pub found: Vec<Found>,
}

type Later = Pin<Box<dyn Future<Output = Result<Probed, Failure>> + Send>>;

/// Looks at an address.
#[derive(Clone)]
pub struct Prober(Arc<dyn Fn(Asked) -> Later + Send + Sync>);

impl Prober {
    /// What looks, by a function.
    pub fn new<F, Fut>(look: F) -> Self
    where
        F: Fn(Asked) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Probed, Failure>> + Send + 'static,
    {
        Self(Arc::new(move |asked| Box::pin(look(asked))))
    }

    /// Looks at an address; what came in the way is a refusal with the problem's code.
    pub async fn probe(&self, asked: Asked) -> Result<Probed, Error> {
        (self.0)(asked).await.map_err(|failure| refusal(&failure))
    }
}

impl Default for Prober {
    /// None: every address is out of reach.
    fn default() -> Self {
        let failure =
            || Failure { problem: Problem::Unreachable, words: String::new(), retry_after_ms: None };
        Self::new(move |_| std::future::ready(Err(failure())))
    }
}

impl fmt::Debug for Prober {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prober")
    }
}

/// Why a calendar is not added.
fn refusal(failure: &Failure) -> Error {
    let code = match failure.problem {
        Problem::Unreachable => "source.unreachable",
        Problem::NotAllowed => "source.not-allowed",
        Problem::Refused => "source.refused",
        Problem::NotFound => "source.not-found",
        Problem::NotACalendar => "source.not-a-calendar",
        Problem::TooLarge => "source.too-large",
        Problem::TimeOut => "source.time-out",
        Problem::Server => "source.server",
    };
    let words = match (failure.problem, failure.words.as_str()) {
        (Problem::NotFound, "") => "There is no calendar at this address.".to_owned(),
        (problem, "") => problem.sentence().to_owned(),
        (_, words) => words.to_owned(),
    };
    Error::refused(code, words)
}
