//! Looking what calendars there are at an address, before anything of it is kept: the only call that a handler makes to
//! the outside, between two transactions.
//!
//! It is a value of [`Web`](super::Web), so that tests need no other server.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::base::error::Error;
use crate::calendar::{Failure, Problem};
use crate::net::Client;
use crate::sync::{self, Probed, Wanted};

type Later = Pin<Box<dyn Future<Output = Result<Probed, Failure>> + Send>>;

/// Looks at an address.
#[derive(Clone)]
pub struct Prober(Arc<dyn Fn(Wanted) -> Later + Send + Sync>);

impl Prober {
    /// What looks, by a function.
    pub fn new<F, Fut>(look: F) -> Self
    where
        F: Fn(Wanted) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Probed, Failure>> + Send + 'static,
    {
        Self(Arc::new(move |wanted| Box::pin(look(wanted))))
    }

    /// What really looks.
    pub fn through(client: Client) -> Self {
        Self::new(move |wanted| {
            let client = client.clone();
            async move { sync::probe(&client, &wanted).await }
        })
    }

    /// Looks at an address; what came in the way is a refusal with the problem's code.
    pub async fn probe(&self, wanted: Wanted) -> Result<Probed, Error> {
        (self.0)(wanted).await.map_err(|failure| refusal(&failure))
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
