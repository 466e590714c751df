//! Messages: what an agent says, typed, and checked before anything is done with it.

use serde::{Deserialize, Serialize};

use super::state::Step;
use crate::base::error::{Error, Result};
use crate::base::id::ProposalId;
use crate::base::text;
use crate::base::time::Timestamp;

/// The most times that one message names.
pub const SLOTS_MAX: usize = 5;
/// The longest note, in characters.
pub const NOTE_CHARS_MAX: usize = 1_000;

/// A time that is named: two instants in RFC 3339.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// When it starts.
    pub start: String,
    /// When it ends.
    pub end: String,
}

impl Slot {
    /// A slot of two instants.
    pub fn of(start: Timestamp, end: Timestamp) -> Self {
        Self { start: start.to_rfc3339(), end: end.to_rfc3339() }
    }

    /// Both instants.
    fn read(&self) -> Result<(Timestamp, Timestamp)> {
        let instant = |field: &'static str, text: &str| {
            Timestamp::parse_rfc3339(text)
                .ok_or_else(|| Error::invalid(field, "should be a time with an offset, as RFC 3339 has it."))
        };
        let (start, end) = (instant("start", &self.start)?, instant("end", &self.end)?);
        if end <= start {
            return Err(Error::invalid("end", "A time ends after it starts."));
        }
        Ok((start, end))
    }
}

/// What an agent says, by its type. Fields that a type does not have are refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub enum Message {
    /// Names times.
    Proposal {
        /// The best first; none: the house finds them.
        #[serde(default)]
        slots: Vec<Slot>,
    },
    /// Names other times.
    Counter {
        /// The best first.
        slots: Vec<Slot>,
        /// What to say with it.
        #[serde(default)]
        note: String,
    },
    /// Agrees to a time.
    Accept {
        /// Which.
        proposal: ProposalId,
    },
    /// Refuses a time, or, without one, all of it.
    Decline {
        /// Which.
        #[serde(default)]
        proposal: Option<ProposalId>,
        /// What to say with it.
        #[serde(default)]
        note: String,
    },
    /// Books a time that everybody agrees to.
    Confirm {
        /// Which.
        proposal: ProposalId,
    },
    /// Ends the session.
    Cancel {
        /// What to say with it.
        #[serde(default)]
        note: String,
    },
    /// Says something.
    Note {
        /// What.
        text: String,
    },
}

impl Message {
    /// What it does.
    pub fn step(&self) -> Step {
        match self {
            Self::Proposal { .. } => Step::Propose,
            Self::Counter { .. } => Step::Counter,
            Self::Accept { .. } => Step::Accept,
            Self::Decline { .. } => Step::Decline,
            Self::Confirm { .. } => Step::Confirm,
            Self::Cancel { .. } => Step::Cancel,
            Self::Note { .. } => Step::Note,
        }
    }

    /// Itself with everything that people wrote made harmless: addresses blanked, too long words cut.
    pub fn cleaned(mut self) -> Result<Self> {
        match &mut self {
            Self::Counter { note, .. } | Self::Decline { note, .. } | Self::Cancel { note } => {
                *note = text::paragraphs(note, NOTE_CHARS_MAX);
            }
            Self::Note { text } => {
                *text = text::paragraphs(text, NOTE_CHARS_MAX);
                if text.is_empty() {
                    return Err(Error::invalid("text", "A note says something."));
                }
            }
            Self::Proposal { .. } | Self::Accept { .. } | Self::Confirm { .. } => {}
        }
        Ok(self)
    }
}

/// The instants of slots: so many at most, each once, in the order in which they were named.
pub(super) fn times(slots: &[Slot]) -> Result<Vec<(Timestamp, Timestamp)>> {
    if slots.len() > SLOTS_MAX {
        return Err(Error::invalid("slots", format!("{SLOTS_MAX} times at most can be proposed at once.")));
    }
    let mut times = Vec::with_capacity(slots.len());
    for slot in slots {
        let (start, end) = slot.read()?;
        let time = (start.whole_second(), end.whole_second());
        if !times.contains(&time) {
            times.push(time);
        }
    }
    Ok(times)
}
