//! The door for incoming mail: reads a message, finds out what it is, hands it to its room, keeps its outcome.

use crate::base::error::{Error, Result};
use crate::base::id::{InboundId, MeetingId, ParticipantId};
use crate::config::Config;
use crate::itip::Arrival;
use crate::post::inbound::Outcome;
use crate::store::Store;

/// Takes messages in, by whichever road they come.
#[derive(Clone)]
pub struct Intake {
    store: Store,
}

/// A message as it came.
#[derive(Clone, Debug)]
pub struct Received {
    /// The raw message (RFC 5322).
    pub raw: Vec<u8>,
    /// How it came: `imap`, `webhook`, `cli`, `mailroom`.
    pub road: &'static str,
    /// The envelope's recipient, where the road knows it.
    pub rcpt: Option<String>,
    /// When it arrived, and its number in the mailbox.
    pub arrived: Arrival,
    /// The place in a mailbox that is done with this message.
    pub cursor: Option<Cursor>,
}

/// A place in a folder of the mailbox.
#[derive(Clone, Debug)]
pub struct Cursor {
    /// The mailbox.
    pub mailbox: String,
    /// The folder.
    pub folder: String,
    /// Its UIDVALIDITY.
    pub uid_validity: u32,
    /// The message's UID.
    pub uid: u32,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The message, as it is kept.
    pub id: InboundId,
    /// The outcome.
    pub outcome: Outcome,
    /// Why, in a sentence.
    pub reason: String,
    /// The meeting it is about.
    pub meeting: Option<MeetingId>,
    /// Whose message it is.
    pub participant: Option<ParticipantId>,
}

impl Intake {
    /// An intake for this store, trusting what the configuration says can be trusted.
    pub fn new(store: Store, _config: &Config) -> Self {
        Self { store }
    }

    /// Takes one message in. Every message ends in an outcome; an error means that nothing was
    /// recorded, and the message must come again.
    pub async fn take(&self, _message: Received) -> Result<Taken> {
        let _ = &self.store;
        Err(Error::internal("not yet"))
    }
}
