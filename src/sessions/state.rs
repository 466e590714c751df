//! What may happen to a scheduling session in which state. Pure: one table.

use super::model::State;
use crate::base::error::{Error, Result};

/// Something that happens to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Times are named.
    Propose,
    /// Other times are named instead.
    Counter,
    /// Somebody agrees to one.
    Accept,
    /// Somebody refuses one, or all of it.
    Decline,
    /// A time is to be booked.
    Confirm,
    /// Somebody ends it.
    Cancel,
    /// Something is said.
    Note,
}

impl Step {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Propose, Self::Counter, Self::Accept, Self::Decline, Self::Confirm, Self::Cancel, Self::Note];

    /// The type of the message that does it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Propose => "proposal",
            Self::Counter => "counter",
            Self::Accept => "accept",
            Self::Decline => "decline",
            Self::Confirm => "confirm",
            Self::Cancel => "cancel",
            Self::Note => "note",
        }
    }

    /// What the journal calls it.
    pub const fn happening(self) -> &'static str {
        match self {
            Self::Propose => "session.proposal",
            Self::Counter => "session.counter",
            Self::Accept => "session.accept",
            Self::Decline => "session.decline",
            Self::Confirm => "session.confirm",
            Self::Cancel => "session.cancel",
            Self::Note => "session.note",
        }
    }

    /// Whether it may happen in this state.
    pub const fn is_legal(self, state: State) -> bool {
        use State::{AwaitingConfirmation, Booking, Initiated, Negotiating};
        match self {
            Self::Propose => matches!(state, Initiated | Negotiating | AwaitingConfirmation),
            Self::Counter | Self::Accept | Self::Confirm => {
                matches!(state, Negotiating | AwaitingConfirmation)
            }
            Self::Decline => matches!(state, Initiated | Negotiating | AwaitingConfirmation),
            Self::Cancel => matches!(state, Initiated | Negotiating | AwaitingConfirmation | Booking),
            Self::Note => !state.is_over(),
        }
    }

    /// Refuses it where it may not happen, in words.
    pub fn check(self, state: State) -> Result<()> {
        if self.is_legal(state) {
            return Ok(());
        }
        Err(match state {
            State::Booking => {
                Error::refused("session.booking", "A time is being booked right now. Wait for its end.")
            }
            State::Confirmed => Error::refused("session.booked", "This session came to a meeting already."),
            _ if state.is_over() => Error::refused("session.over", "This session is over."),
            _ => Error::refused(
                "session.step",
                format!("A {} has no place while the session is {}.", self.as_str(), state.as_str()),
            ),
        })
    }
}
