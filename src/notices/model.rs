//! The types of notices.

use serde::{Deserialize, Serialize};

use super::kind::Kind;
use crate::base::id::{NoticeId, ParticipantId, ProposalId, SessionId, UserId};
use crate::base::time::Timestamp;
use crate::booking;
use crate::groups::Seen;
use crate::meetings;
use crate::post::letter::News;
use crate::tasks::Task;
use crate::tasks::approvals::Approval;

/// What is kept of a notice besides ids: numbers and words, and a name only of somebody who is at no meeting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Facts {
    /// The participant it is about, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) participant: Option<ParticipantId>,
    /// The time it is about, in UTC milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) span: Option<(i64, i64)>,
    /// The time before that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) was: Option<(i64, i64)>,
    /// What was said, in a word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) word: Option<String>,
    /// Who, where they are known by no participant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
}

/// Something that a person should know.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// Whose it is.
    pub user: UserId,
    /// Its place among theirs: 1, 2, 3, ….
    pub place: i64,
    /// The journal's entry that tells of it.
    pub(super) number: i64,
    /// What it is about.
    pub kind: Kind,
    /// The meeting, the connection or the booking, as an id with its prefix.
    pub subject: String,
    /// What waits for a decision, or for an answer (the participant), as an id with its prefix.
    pub matter: Option<String>,
    /// When.
    pub created_at: Timestamp,
    /// When its reader took note of it.
    pub read_at: Option<Timestamp>,
    /// Since when nothing waits for them any more.
    pub settled_at: Option<Timestamp>,
    /// The account it tells of, if it is one.
    pub(super) about: Option<String>,
    pub(super) facts: Facts,
}

/// What a notice asks of its reader.
#[derive(Clone, Debug)]
pub enum Waits {
    /// Nothing, or nothing any more.
    Nothing,
    /// To answer the invitation to a meeting.
    Answer(Box<meetings::Seen>),
    /// To approve or decline a new time.
    Proposal(Box<(meetings::Seen, meetings::Proposal)>),
    /// To accept or decline a connection.
    Connection {
        /// Its id.
        id: String,
        /// What the inviter says; may be empty.
        words: String,
    },
    /// To approve or decline what a guest asked for on a booking page.
    Booking(Box<booking::Booking>),
    /// To approve or refuse what is asked for.
    Approval(Box<Approval>),
    /// To do something by hand, or to answer what is asked about it.
    Task(Box<Task>),
    /// To answer what a group is asked.
    Group(Box<Seen>),
    /// To agree to a time of a session, or to refuse it.
    Decision {
        /// The session.
        session: SessionId,
        /// The times, by their proposals: one, or those that are left on the table.
        times: Vec<(ProposalId, Timestamp, Timestamp)>,
    },
}

impl Waits {
    /// The proposal that waits.
    pub fn proposal(&self) -> Option<ProposalId> {
        match self {
            Self::Proposal(waiting) => Some(waiting.1.id),
            _ => None,
        }
    }
}

/// A notice as its reader sees it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The notice.
    pub notice: Notice,
    /// What it says.
    pub news: News,
    /// What it asks.
    pub waits: Waits,
}

/// Which notices to list, newest first.
#[derive(Clone, Copy, Debug)]
pub struct Listing {
    /// Only those that were not taken note of.
    pub unread: bool,
    /// Only those before this place.
    pub before: Option<i64>,
    /// How many.
    pub limit: u32,
}

/// A page of notices.
#[derive(Clone, Debug)]
pub struct Page {
    /// The notices, newest first.
    pub notices: Vec<Shown>,
    /// The place to go on before, if there are more.
    pub next: Option<i64>,
}
