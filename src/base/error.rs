//! One error type, named by what the person who meets it can do.
//!
//! Rooms keep small `Refusal` enums and convert them into [`Error::Refused`] with a stable code;
//! doors turn a kind into a page, a problem document (RFC 9457) or an exit code.

use std::borrow::Cow;

use super::time::Timestamp;

/// The result of everything that can fail in the house.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, by what can be done about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or it is not the asker's to see: the two are not told apart.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Nobody is signed in, or the token is not valid.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// The asker is known and may not do this.
    #[error("{0}")]
    Denied(Cow<'static, str>),
    /// One field of the request cannot be used; the message says what it should be.
    #[error("{message}")]
    Invalid {
        /// The field as the caller named it, for instance `guests[0].email`.
        field: Cow<'static, str>,
        /// A sentence for the person who sent it.
        message: String,
    },
    /// The request is understood, and a rule of the house refuses it.
    #[error("{message}")]
    Refused {
        /// Stable, for programs: `meeting.cancelled`.
        code: &'static str,
        /// A sentence for people.
        message: String,
    },
    /// Too often; try again later.
    #[error("too many requests; try again in {retry_after_s} s")]
    Throttled {
        /// Seconds until it is worth trying again.
        retry_after_s: u64,
    },
    /// A program did too much of what is refused, and is kept out for a while, whatever it asks for.
    #[error("This agent is shut out until {}: it did too much of what is refused.", .until.to_rfc3339())]
    ShutOut {
        /// When it is let in again.
        until: Timestamp,
        /// Seconds until then.
        retry_after_s: u64,
    },
    /// What it was to be put into takes no more for now, by nobody's fault who asks; try again later.
    #[error("this inbox is full; try again in {retry_after_s} s")]
    Full {
        /// Seconds until it is worth trying again.
        retry_after_s: u64,
    },
    /// Something outside the house failed.
    #[error("{what}: {source}")]
    Upstream {
        /// What was being talked to.
        what: &'static str,
        /// What it said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The disk has no room left. Nothing was changed, and the same can be done once somebody makes room.
    #[error("the disk is full: {0}")]
    StorageFull(Box<dyn std::error::Error + Send + Sync>),
    /// A fault of ours, or of the disk. Logged once; its text is never shown to a visitor.
    #[error("{0}")]
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// A request field that cannot be used.
    pub fn invalid(field: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), message: message.into() }
    }

    /// A rule of the house that refuses, by its stable code.
    pub fn refused(code: &'static str, message: impl Into<String>) -> Self {
        Self::Refused { code, message: message.into() }
    }

    /// Known, and not allowed.
    pub fn denied(message: impl Into<Cow<'static, str>>) -> Self {
        Self::Denied(message.into())
    }

    /// A fault of ours.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }

    /// A file could not be written: the disk is full, or it is a fault of ours.
    pub fn disk(source: std::io::Error) -> Self {
        match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Self::StorageFull(source.into())
            }
            _ => Self::internal(source),
        }
    }

    /// Something outside failed.
    pub fn upstream(what: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Upstream { what, source: source.into() }
    }

    /// Seconds until it is worth trying again, where that is known.
    pub fn retry_after_s(&self) -> Option<u64> {
        match self {
            Self::Throttled { retry_after_s }
            | Self::Full { retry_after_s }
            | Self::ShutOut { retry_after_s, .. } => Some(*retry_after_s),
            _ => None,
        }
    }

    /// The stable code that programs see (the tail of the problem document's `type`).
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "not-found",
            Self::Unauthenticated(_) => "unauthenticated",
            Self::Denied(_) => "denied",
            Self::Invalid { .. } => "invalid",
            Self::Refused { code, .. } => code,
            Self::Throttled { .. } => "throttled",
            Self::ShutOut { .. } => "agent.shut-out",
            Self::Full { .. } => "inbox.full",
            Self::Upstream { .. } => "upstream",
            Self::StorageFull(_) => "storage-full",
            Self::Internal(_) => "internal",
        }
    }
}
