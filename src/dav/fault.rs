//! Why a server did not do what it was asked.

use crate::net::{self, Answer};

/// Why a server did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No answer came.
    #[error(transparent)]
    Net(#[from] net::Fault),
    /// Name and password are not taken (401), or not for this (403).
    #[error("the server does not let this user in")]
    Refused,
    /// Nothing is there (404, 410).
    #[error("nothing is there")]
    NotFound,
    /// What is there is no calendar, and leads to none.
    #[error("there is no calendar, and nothing that leads to one")]
    NotCalendar,
    /// It is not, or no longer, as the condition says (412).
    #[error("it was changed by somebody else")]
    Changed,
    /// It does not take what was sent, and would not take it a second time (409, 507 and their like).
    #[error("the server does not take it (status {0})")]
    NotTaken(u16),
    /// The server is busy or away (429, 503), and wants to be asked again after so many seconds, if it said so.
    #[error("the server is busy")]
    Busy(Option<u64>),
    /// It answers something else than what was asked for.
    #[error("{0}")]
    Server(String),
}

impl Fault {
    /// Of an answer that is not the one that was hoped for.
    pub(super) fn of(answer: &Answer) -> Self {
        match answer.status {
            401 | 403 => Self::Refused,
            404 | 410 => Self::NotFound,
            412 => Self::Changed,
            429 | 503 => Self::Busy(answer.header("retry-after").and_then(|text| text.trim().parse().ok())),
            status => Self::Server(format!("the server answers with status {status}")),
        }
    }

    /// As [`Fault::of`], of an answer to something that was sent to be kept.
    pub(super) fn of_sent(answer: &Answer) -> Self {
        match answer.status {
            401 | 403 | 404 | 408 | 410 | 412 | 423 | 425 | 429 => Self::of(answer),
            status @ (400..=499 | 507) => Self::NotTaken(status),
            _ => Self::of(answer),
        }
    }

    /// Whether another address of the same server would fare no better.
    pub(super) fn is_final(&self) -> bool {
        matches!(self, Self::Net(_) | Self::Busy(_))
    }
}
