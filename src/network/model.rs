//! The types of connections, and what each side sees of one.

use crate::base::id::{ConnectionId, QuestionId, UserId};
use crate::base::text::Address;
use crate::base::time::Timestamp;

/// Which side of a connection somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// They invited.
    Inviter,
    /// They were invited.
    Invitee,
}

impl Side {
    /// The word of the API: which way the invitation went.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inviter => "sent",
            Self::Invitee => "received",
        }
    }
}

/// How a connection stands, as one side sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for an answer.
    Invited,
    /// Both want it.
    Connected,
    /// The invitee does not want it; never shown to the inviter.
    Declined,
    /// Nobody answered in time, as far as this side may know.
    Expired,
    /// The inviter took it back.
    Withdrawn,
    /// One of the two ended it.
    Revoked,
}

impl State {
    /// The word of the store and of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Connected => "connected",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
            Self::Revoked => "revoked",
        }
    }

    /// From the store's word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Invited, Self::Connected, Self::Declined, Self::Expired, Self::Withdrawn, Self::Revoked]
            .into_iter()
            .find(|state| state.as_str() == word)
    }

    /// Whether it can still be, or is, a connection.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Invited | Self::Connected)
    }
}

/// A connection as one side sees it. The other is known by name, never by address; only what the inviter typed is
/// theirs to read, while it waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// Which side this is.
    pub side: Side,
    /// How it stands.
    pub state: State,
    /// The other's account, once they are known to this side.
    pub other: Option<UserId>,
    /// The other's name, once they are known to this side.
    pub name: Option<String>,
    /// What the inviter typed, to the inviter, while it waits.
    pub address: Option<Address>,
    /// What the inviter said.
    pub words: String,
    /// Since when there is an invitation.
    pub created_at: Timestamp,
    /// Until when the invitation can be accepted.
    pub expires_at: Timestamp,
    /// Since when both want it.
    pub connected_at: Option<Timestamp>,
    /// Since when it is over.
    pub ended_at: Option<Timestamp>,
    /// Whether this side does not want to hear of the other.
    pub is_blocked: bool,
}

impl Connection {
    /// How the other is called to this side: by name, else by what was typed, else as somebody.
    pub fn called(&self) -> String {
        self.name
            .clone()
            .or_else(|| self.address.as_ref().map(|address| address.as_str().to_owned()))
            .unwrap_or_else(|| "somebody".to_owned())
    }
}

/// A connection as it is stored, with the names of both sides.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) id: ConnectionId,
    pub(super) inviter: UserId,
    pub(super) inviter_hash: String,
    pub(super) inviter_name: Option<String>,
    pub(super) invitee: Option<UserId>,
    pub(super) invitee_name: Option<String>,
    pub(super) invitee_address: Option<Address>,
    pub(super) invitee_hash: String,
    /// As stored: never `Declined`, which the inviter would see.
    pub(super) state: State,
    /// Whether the invitee had blocked the inviter, and is shown nothing.
    pub(super) silenced: bool,
    pub(super) declined_at: Option<Timestamp>,
    pub(super) words: String,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) connected_at: Option<Timestamp>,
    pub(super) ended_at: Option<Timestamp>,
    /// Whether whoever looks has blocked the other.
    pub(super) is_blocked: bool,
}

impl Pair {
    /// Whether the invitation waited too long, whoever noted it.
    pub(super) fn is_overdue(&self, now: Timestamp) -> bool {
        self.state == State::Invited && self.expires_at <= now
    }

    /// What a side sees of it at `now`; `None`: nothing.
    pub(super) fn seen_by(&self, side: Side, now: Timestamp) -> Option<Connection> {
        let stored = if self.is_overdue(now) { State::Expired } else { self.state };
        let ended_at = if stored == State::Expired { Some(self.expires_at) } else { self.ended_at };
        let seen = Connection {
            id: self.id,
            side,
            state: stored,
            other: None,
            name: None,
            address: None,
            words: self.words.clone(),
            created_at: self.created_at,
            expires_at: self.expires_at,
            connected_at: self.connected_at,
            ended_at,
            is_blocked: self.is_blocked,
        };
        let named = |name: &Option<String>| name.clone().filter(|name| !name.is_empty());
        Some(match side {
            Side::Inviter => {
                // Until they accept, the invitee is what the inviter typed, and nothing more.
                let is_known = self.connected_at.is_some();
                Connection {
                    other: self.invitee.filter(|_| is_known),
                    name: named(&self.invitee_name).filter(|_| is_known),
                    address: self.invitee_address.clone().filter(|_| stored == State::Invited),
                    ..seen
                }
            }
            Side::Invitee if self.silenced || stored == State::Withdrawn => return None,
            Side::Invitee => {
                let seen = Connection { other: Some(self.inviter), name: named(&self.inviter_name), ..seen };
                match self.declined_at {
                    Some(at) if matches!(stored, State::Invited | State::Expired) => {
                        Connection { state: State::Declined, ended_at: Some(at), ..seen }
                    }
                    _ => seen,
                }
            }
        })
    }

    /// The hash of the address on the other side.
    pub(super) fn other_hash(&self, side: Side) -> &str {
        match side {
            Side::Inviter => &self.invitee_hash,
            Side::Invitee => &self.inviter_hash,
        }
    }

    /// The account on the other side, if there is one.
    pub(super) fn other_user(&self, side: Side) -> Option<UserId> {
        match side {
            Side::Inviter => self.invitee,
            Side::Invitee => Some(self.inviter),
        }
    }
}

/// A question that was asked about somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Its id.
    pub id: QuestionId,
    /// The connection it was asked through, if there was one.
    pub connection: Option<ConnectionId>,
    /// Whose agent asked; `None`: their account is gone, or has no name.
    pub asker: Option<String>,
    /// For which scope, as its word.
    pub scope: String,
    /// What for.
    pub purpose: String,
    /// Whether it was answered.
    pub is_answered: bool,
    /// What was shown, in words.
    pub shown: String,
    /// When.
    pub asked_at: Timestamp,
    /// The trace of what led to it: questions that one thing led to have the same.
    pub trace: String,
}
