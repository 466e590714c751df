//! The types of sessions: who takes part, how it stands, what was said and which times were named.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::base::error::{Error, Result};
use crate::base::hours::Window;
use crate::base::id::{AgentId, ConnectionId, MeetingId, MessageId, ProposalId, SessionId, UserId};
use crate::base::time::Timestamp;
use crate::network::Place;
use crate::slots::{Prefer, Reason};
use crate::worded;

worded! {
    /// How a session of any kind stands.
    Phase {
        /// Nothing has been said yet.
        Pending = "pending",
        /// It goes on.
        Active = "active",
        /// It came to what it was for.
        Completed = "completed",
        /// It could not.
        Failed = "failed",
        /// Somebody ended it.
        Cancelled = "cancelled",
        /// Its time was over first.
        Expired = "expired",
    }
}

worded! {
    /// How a scheduling session stands.
    State {
        /// No time was named yet.
        Initiated = "initiated",
        /// Times were named; the agents are at it.
        Negotiating = "negotiating",
        /// A person must decide.
        AwaitingConfirmation = "awaiting_confirmation",
        /// A time is held in all calendars, and is being booked.
        Booking = "booking",
        /// There is a meeting.
        Confirmed = "confirmed",
        /// Somebody ended it, or refused all of it.
        Canceled = "canceled",
        /// Its time was over first.
        Expired = "expired",
        /// The house could not go on.
        Error = "error",
    }
}

impl State {
    /// The phase that every kind of session has.
    pub const fn phase(self) -> Phase {
        match self {
            Self::Initiated => Phase::Pending,
            Self::Negotiating | Self::AwaitingConfirmation | Self::Booking => Phase::Active,
            Self::Confirmed => Phase::Completed,
            Self::Canceled => Phase::Cancelled,
            Self::Expired => Phase::Expired,
            Self::Error => Phase::Failed,
        }
    }

    /// Whether nothing can happen any more.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Confirmed | Self::Canceled | Self::Expired | Self::Error)
    }
}

worded! {
    /// What somebody is in a session.
    Role {
        /// Who wants to meet.
        Initiator = "initiator",
        /// Nothing is booked without them.
        Required = "required",
        /// Invited if they are free.
        Optional = "optional",
    }
}

worded! {
    /// How a party stands to what is proposed.
    Standing {
        /// Their agent has not answered.
        Asked = "asked",
        /// Their agent agrees to one of the times.
        Agrees = "agrees",
        /// They agree to one themselves.
        Confirms = "confirms",
        /// Their agent would, and they must decide themselves.
        Decides = "decides",
        /// They do not want to.
        Declined = "declined",
    }
}

worded! {
    /// What became of a time that was named.
    ProposalState {
        /// It can be agreed to.
        Open = "open",
        /// Somebody refused it.
        Refused = "refused",
        /// Another round took its place.
        Withdrawn = "withdrawn",
        /// It is the meeting's.
        Chosen = "chosen",
    }
}

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Want {
    /// How long, in minutes.
    pub minutes: u32,
    /// Not before this instant, in UTC milliseconds.
    pub from: i64,
    /// Over by this one.
    pub to: i64,
    /// Only on these days, in the initiator's zone; empty: on all.
    #[serde(default, with = "dates")]
    pub days: Vec<NaiveDate>,
    /// Only within this part of a day, in the initiator's zone.
    #[serde(default)]
    pub within: Option<Window>,
    /// How people meet.
    #[serde(default)]
    pub place: Option<Place>,
    /// The rooms and things that are needed.
    #[serde(default)]
    pub resources: Vec<AgentId>,
    /// When it would be better, in the initiator's zone: a wish, never a condition.
    #[serde(default)]
    pub prefer: Prefer,
}

/// Dates as `2026-11-25`.
mod dates {
    use chrono::NaiveDate;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(days: &[NaiveDate], out: S) -> Result<S::Ok, S::Error> {
        out.collect_seq(days.iter().map(ToString::to_string))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<NaiveDate>, D::Error> {
        let days = Vec::<String>::deserialize(from)?;
        days.iter().map(|day| day.parse().map_err(serde::de::Error::custom)).collect()
    }
}

/// Somebody who takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Who.
    pub user: UserId,
    /// Their name; may be empty.
    pub name: String,
    /// Through which connection with the initiator; `None` for the initiator.
    pub connection: Option<ConnectionId>,
    /// What they are.
    pub role: Role,
    /// How they stand.
    pub standing: Standing,
    /// What they agree to, or are to decide.
    pub proposal: Option<ProposalId>,
    /// Whether they named or refused times themselves, or their program began this and may not book by itself: their agent asks
    /// them instead of agreeing.
    pub has_stepped_in: bool,
    /// The program of theirs that plays for them, while the session goes on; `None`: the built-in agent does.
    pub agent: Option<AgentId>,
}

impl Party {
    /// Whether they, or their agent for them, agree to one of the times.
    pub fn has_agreed(&self) -> bool {
        matches!(self.standing, Standing::Agrees | Standing::Confirms)
    }

    /// Whether they agree to this time themselves, and no agent for them: to what they named, or to this one.
    pub fn is_sure_of(&self, proposal: &Proposal) -> bool {
        self.standing == Standing::Confirms
            && match self.proposal {
                Some(id) => id == proposal.id,
                None => proposal.author == self.user,
            }
    }
}

/// A time that was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Its id.
    pub id: ProposalId,
    /// In which round.
    pub round: i64,
    /// Who named it, or their agent did.
    pub author: UserId,
    /// Whether the person named it themselves, and not their agent.
    pub by_person: bool,
    /// When it starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// What became of it.
    pub state: ProposalState,
    /// Whether it was named because it is when whoever began the session would rather meet, or partly so.
    pub reason: Option<Reason>,
}

/// An entry of the transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Its id.
    pub id: MessageId,
    /// Where it stands: 1, 2, 3, …
    pub place: i64,
    /// Whose agent said it; `None`: the house.
    pub author: Option<UserId>,
    /// Whether the person did, and not their agent.
    pub by_person: bool,
    /// The program of theirs that did; `None`: the person, or the built-in agent.
    pub agent: Option<AgentId>,
    /// Its type.
    pub kind: String,
    /// Its body, as its type's schema has it.
    pub body: serde_json::Value,
    /// When.
    pub at: Timestamp,
}

/// A session, as its parties see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// How it stands.
    pub state: State,
    /// What it is for: the meeting's title.
    pub purpose: String,
    /// Who wants to meet.
    pub initiator: UserId,
    /// What is wanted.
    pub want: Want,
    /// How many rounds of proposals there were.
    pub rounds: i64,
    /// How many there may be, before the people are asked.
    pub rounds_max: i64,
    /// How many entries its transcript has.
    pub places: i64,
    /// The time that is being booked, or was.
    pub chosen: Option<ProposalId>,
    /// The group decision that it books; it is about that time and no other.
    pub group: Option<SessionId>,
    /// The conversation that it began in, to whose rights it is held.
    pub conversation: Option<SessionId>,
    /// What it came to.
    pub meeting: Option<MeetingId>,
    /// Why it ended, or why the last try to book failed: a stable word.
    pub reason: Option<String>,
    /// Rises with every change.
    pub version: i64,
    /// Since when.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// Since when it is over.
    pub ended_at: Option<Timestamp>,
    /// Who takes part: the initiator first, then by name.
    pub parties: Vec<Party>,
    /// The times that were named, in order.
    pub proposals: Vec<Proposal>,
}

impl Session {
    /// One of its parties. To anybody else there is no such session.
    pub fn party(&self, user: UserId) -> Result<&Party> {
        self.parties.iter().find(|party| party.user == user).ok_or(Error::NotFound("session"))
    }

    /// A time that can still be agreed to.
    pub fn open_proposal(&self, id: ProposalId) -> Result<&Proposal> {
        match self.proposals.iter().find(|proposal| proposal.id == id) {
            Some(proposal) if proposal.state == ProposalState::Open => Ok(proposal),
            Some(_) => {
                Err(Error::refused("session.proposal-over", "This time is not on the table any more."))
            }
            None => {
                Err(Error::refused("session.not-proposed", "This time was not proposed in this session."))
            }
        }
    }

    /// The times that can still be agreed to, best first.
    pub fn open_proposals(&self) -> impl Iterator<Item = &Proposal> {
        self.proposals.iter().filter(|proposal| proposal.state == ProposalState::Open)
    }

    /// Whether somebody must decide about it at `now`.
    pub fn waits_for(&self, user: UserId, now: Timestamp) -> bool {
        self.state == State::AwaitingConfirmation
            && self.expires_at > now
            && self.party(user).is_ok_and(|party| party.standing == Standing::Decides)
    }

    /// Asks those anew whose yes, or whose decision, was about what is not on the table any more: about one of the times, or about
    /// each that they had named.
    pub(super) fn ask_anew(&mut self) {
        let open: Vec<ProposalId> = self.open_proposals().map(|time| time.id).collect();
        for party in &mut self.parties {
            let is_gone = match party.proposal {
                Some(time) => !open.contains(&time),
                None => party.standing == Standing::Confirms && open.is_empty(),
            };
            if is_gone {
                (party.standing, party.proposal) = (Standing::Asked, None);
            }
        }
    }

    /// Everybody whose agreement it needs.
    pub fn required(&self) -> impl Iterator<Item = &Party> {
        self.parties.iter().filter(|party| party.role != Role::Optional)
    }

    /// Whether everybody whose agreement it needs agrees to this time. Whoever began the session agrees to what their agent
    /// names; somebody else's agent must be let to book, and says so by itself.
    pub fn all_agree(&self, proposal: &Proposal) -> bool {
        self.required().all(|party| match party.standing {
            Standing::Agrees => party.proposal == Some(proposal.id),
            Standing::Confirms => party.is_sure_of(proposal),
            Standing::Asked => {
                party.user == proposal.author && party.role == Role::Initiator && !party.has_stepped_in
            }
            Standing::Decides | Standing::Declined => false,
        })
    }

    /// The times about which somebody must decide now, best first.
    pub fn to_decide(&self, user: UserId) -> Vec<&Proposal> {
        let Ok(party) = self.party(user) else { return Vec::new() };
        if party.standing != Standing::Decides || self.state != State::AwaitingConfirmation {
            return Vec::new();
        }
        self.open_proposals().filter(|one| party.proposal.is_none_or(|id| id == one.id)).collect()
    }
}
