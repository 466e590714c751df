//! Inbound messages: each kept for a while, each with one outcome that somebody can read.

use super::{packed, sql};
use crate::base::error::Result;
use crate::base::id::{InboundId, MeetingId, ParticipantId};
use crate::base::time::Timestamp;
use crate::store::{Cx, Ground};

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It changed an answer.
    Applied,
    /// It answers an earlier time.
    Stale,
    /// It came before.
    Duplicate,
    /// It asks for a new time.
    Proposal,
    /// It asked for the event again.
    Refresh,
    /// It tells of a delivery.
    Bounce,
    /// A machine answered for somebody.
    AutoReply,
    /// Plain words, answered with a link.
    Answered,
    /// Its participant was asked to confirm it.
    NeedsConfirmation,
    /// It changes nothing, for the reason given.
    Ignored,
    /// It could not be read, for the reason given.
    Rejected,
}

impl Outcome {
    /// The word of the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Stale => "stale",
            Self::Duplicate => "duplicate",
            Self::Proposal => "proposal",
            Self::Refresh => "refresh",
            Self::Bounce => "bounce",
            Self::AutoReply => "auto_reply",
            Self::Answered => "answered",
            Self::NeedsConfirmation => "needs_confirmation",
            Self::Ignored => "ignored",
            Self::Rejected => "rejected",
        }
    }

    /// Every outcome.
    pub const ALL: [Self; 11] = [
        Self::Applied,
        Self::Stale,
        Self::Duplicate,
        Self::Proposal,
        Self::Refresh,
        Self::Bounce,
        Self::AutoReply,
        Self::Answered,
        Self::NeedsConfirmation,
        Self::Ignored,
        Self::Rejected,
    ];

    /// From the store's word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == word)
    }
}

/// A message that came in, and what became of it.
#[derive(Clone, Debug)]
pub struct Inbound {
    /// Its id.
    pub id: InboundId,
    /// How it came: `imap`, `webhook`, `cli`, `mailroom`.
    pub road: String,
    /// Its Message-ID; empty if it had none.
    pub message_id: String,
    /// The hash of its decoded calendar or text part.
    pub content_hash: String,
    /// When it came.
    pub received_at: Timestamp,
    /// What became of it.
    pub outcome: Outcome,
    /// Why, in a sentence.
    pub reason: String,
    /// What else is known: what could be read of it. No address of another person.
    pub detail: Option<String>,
    /// The meeting it is about.
    pub meeting: Option<MeetingId>,
    /// Whose message it is.
    pub participant: Option<ParticipantId>,
    /// Its METHOD.
    pub method: Option<String>,
    /// Its PARTSTAT.
    pub partstat: Option<String>,
    /// Its SEQUENCE.
    pub sequence: Option<i64>,
    /// What is known of its authenticity.
    pub authenticity: Option<String>,
    /// Its size in bytes.
    pub size_bytes: i64,
    /// The trace id under which it was taken in.
    pub trace: String,
}

/// Whether a message is known already, by whichever road it came: by Message-ID and content.
pub fn known(cx: &Cx<'_>, message_id: &str, content_hash: &str) -> Result<Option<Inbound>> {
    sql::inbound_known(cx, message_id, content_hash)
}

/// Keeps a message with its outcome.
pub fn keep(cx: &Cx<'_>, inbound: &Inbound, raw: &[u8]) -> Result<()> {
    keep_sealed(cx, inbound, &seal(cx.ground(), raw)?)
}

/// A raw message, packed and sealed for the store. Outside a transaction: it takes longer than most of what the one
/// writer does for a message.
pub fn seal(ground: &Ground, raw: &[u8]) -> Result<Vec<u8>> {
    packed::pack(ground, "inbound", raw)
}

/// As [`keep`], of what [`seal`] gave.
pub fn keep_sealed(cx: &Cx<'_>, inbound: &Inbound, sealed: &[u8]) -> Result<()> {
    sql::insert_inbound(cx, inbound, sealed, cx.now.plus(cx.house().raw_retention_ms))
}

/// Keeps nothing of a message but that it came, and what became of it: by that it is known again.
pub fn forget_words(cx: &Cx<'_>, id: InboundId) -> Result<()> {
    sql::erase_words_of_inbound(cx, id)
}

/// One message.
pub fn get(cx: &Cx<'_>, id: InboundId) -> Result<Inbound> {
    sql::inbound(cx, id)?.ok_or(crate::base::error::Error::NotFound("message"))
}

/// The raw message, as long as it is kept.
pub fn raw(cx: &Cx<'_>, id: InboundId) -> Result<Option<Vec<u8>>> {
    sql::sealed_raw(cx, id)?.map(|sealed| packed::unpack(cx, "inbound", &sealed)).transpose()
}

/// The newest messages before `before`, newest first.
pub fn newest(cx: &Cx<'_>, before: Timestamp, limit: u32) -> Result<Vec<Inbound>> {
    sql::inbound_newest(cx, before, limit)
}

/// What became of the messages taken in after `after`, oldest first, at most `limit`: id, METHOD and outcome.
pub fn outcomes_after(
    cx: &Cx<'_>,
    after: Option<InboundId>,
    limit: u32,
) -> Result<Vec<(InboundId, Option<String>, String)>> {
    sql::outcomes_after(cx, after, limit)
}

/// Stores what the later check of authenticity found.
pub fn authenticity(cx: &Cx<'_>, id: InboundId, found: &str) -> Result<()> {
    sql::set_authenticity(cx, id, found)
}

/// Erases raw messages whose time is over, and the rows long after; gives how many were erased.
pub fn delete_ended(cx: &Cx<'_>) -> Result<usize> {
    sql::erase_inbound(cx)
}

/// Erases the messages of a participant, and those about their meeting that are nobody's: they may be
/// theirs from elsewhere.
pub fn erase(cx: &Cx<'_>, meeting: MeetingId, participant: ParticipantId) -> Result<usize> {
    sql::erase_inbound_of(cx, meeting, participant)
}
