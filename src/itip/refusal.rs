//! Why a calendar text was not taken: a stable code for programs, a sentence for people.

use crate::base::Error;

/// Why [`read`](super::read) took nothing from the bytes it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// More than [`BYTES_MAX`](super::BYTES_MAX) bytes of a message, [`feed::BYTES_MAX`](super::feed::BYTES_MAX) of a feed.
    #[error("The calendar part is too large.")]
    TooLarge,
    /// More than [`LINES_MAX`](super::LINES_MAX) content lines.
    #[error("The calendar part has too many lines.")]
    TooManyLines,
    /// More than [`COMPONENTS_MAX`](super::COMPONENTS_MAX) components.
    #[error("The calendar part has too many components.")]
    TooManyComponents,
    /// Components nested deeper than [`DEPTH_MAX`](super::DEPTH_MAX).
    #[error("The calendar part is nested too deeply.")]
    TooDeep,
    /// There is no `BEGIN:VCALENDAR` in it.
    #[error("This is not an iCalendar text: it has no VCALENDAR.")]
    NotCalendar,
    /// No `METHOD`, so it is no scheduling message (RFC 5546, 1.4).
    #[error("The calendar part has no METHOD: it is an event, not a message about one.")]
    NoMethod,
    /// Two objects in one part say different methods.
    #[error("The calendar part says two different METHODs.")]
    SeveralMethods,
    /// There is no VEVENT in it.
    #[error("The calendar part has no VEVENT.")]
    NoEvent,
    /// The VEVENT has no `UID`.
    #[error("The event has no UID, so no meeting can be told by it.")]
    NoUid,
    /// The `UID` is longer than [`UID_BYTES_MAX`](super::UID_BYTES_MAX).
    #[error("The event's UID is too long.")]
    LongUid,
    /// Events of more than one `UID`: one message is about one meeting (RFC 5546, 3.2).
    #[error("The calendar part speaks of more than one meeting: its events have different UIDs.")]
    SeveralUids,
}

impl Refusal {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "itip.too-large",
            Self::TooManyLines => "itip.too-many-lines",
            Self::TooManyComponents => "itip.too-many-components",
            Self::TooDeep => "itip.too-deep",
            Self::NotCalendar => "itip.not-calendar",
            Self::NoMethod => "itip.no-method",
            Self::SeveralMethods => "itip.several-methods",
            Self::NoEvent => "itip.no-event",
            Self::NoUid => "itip.no-uid",
            Self::LongUid => "itip.long-uid",
            Self::SeveralUids => "itip.several-uids",
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::refused(refusal.code(), refusal.to_string())
    }
}
