//! The types of meetings, and the rules that need nothing but values.

use super::resources::Resource;
use crate::base::error::{Error, Result};
use crate::base::house::{Approval, Decline};
use crate::base::id::{AgentId, LetterId, MeetingId, ParticipantId, ProposalId, UserId};
use crate::base::text::Address;
use crate::base::time::{DAY, Timestamp, Zone};
use crate::itip::PartStat;
use crate::post::letter::{Face, TokenMode};
use crate::worded;

/// The furthest ahead a meeting may be, in milliseconds.
pub(super) const HORIZON_MS: i64 = 5 * 366 * DAY;
/// The most guests of a meeting.
pub(super) const GUESTS_MAX: usize = 50;

worded! {
    /// How a meeting stands.
    Status {
        /// It has no guest yet.
        Open = "open",
        /// It takes place.
        Scheduled = "scheduled",
        /// It does not.
        Cancelled = "cancelled",
    }
}

worded! {
    /// What a participant is at a meeting.
    Role {
        /// Who invites.
        Host = "host",
        /// Who is invited.
        Guest = "guest",
    }
}

worded! {
    /// How far an invitation has come.
    Delivery {
        /// It waits to be sent.
        Queued = "queued",
        /// The mail server took it.
        Sent = "sent",
        /// It lies in the mailbox.
        Delivered = "delivered",
        /// The event lies in their own calendar.
        InCalendar = "in-calendar",
        /// A mail server on the way is still trying.
        Delayed = "delayed",
        /// It could not be handed over.
        Failed = "failed",
        /// It came back.
        Bounced = "bounced",
    }
}

worded! {
    /// How a proposal stands.
    ProposalStatus {
        /// It waits for the other side.
        Pending = "pending",
        /// It became the time.
        Approved = "approved",
        /// Somebody said no.
        Declined = "declined",
        /// Nobody decided in time.
        Expired = "expired",
        /// A newer proposal, a move or a cancellation took its place.
        Superseded = "superseded",
        /// Its proposer took it back.
        Withdrawn = "withdrawn",
    }
}

/// Somebody to be invited.
#[derive(Clone, Debug)]
pub struct Person {
    /// Where their mail goes.
    pub address: Address,
    /// Their name.
    pub name: Option<String>,
    /// Their zone.
    pub zone: Option<Zone>,
}

/// A meeting to be made.
#[derive(Clone, Debug)]
pub struct NewMeeting {
    /// What it is called; the house's default title, if empty.
    pub title: String,
    /// When it begins.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// Where it is; `None` with `video` takes the house's template, and empty the names of the rooms.
    pub location: String,
    /// Whether it is by video, at the address that the house's template gives.
    pub video: bool,
    /// What it is about.
    pub description: String,
    /// Who invites.
    pub host: Person,
    /// Who is invited; nobody: the meeting stays open.
    pub guests: Vec<Person>,
    /// The rooms and things it needs.
    pub resources: Vec<AgentId>,
    /// What a decline does; the house's policy, if not given.
    pub decline: Option<Decline>,
    /// Whose approval moves it; the house's policy, if not given.
    pub approval: Option<Approval>,
}

/// What is on the calendar, with everybody at it.
#[derive(Clone, Debug)]
pub struct Meeting {
    /// Its id.
    pub id: MeetingId,
    /// Its UID (RFC 5545, 3.8.4.7), the same for everybody.
    pub uid: String,
    /// Its revision (RFC 5545, 3.8.7.4).
    pub sequence: i64,
    /// How often anything of this revision was sent again.
    pub edition: i64,
    /// How it stands.
    pub status: Status,
    /// What it is called.
    pub title: String,
    /// Where it is, as it was given; [`Meeting::place`] is what people are told.
    pub location: String,
    /// What it is about.
    pub description: String,
    /// When it begins.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// The host's zone.
    pub zone: Zone,
    /// What a decline does.
    pub decline: Decline,
    /// Whose approval moves it.
    pub approval: Approval,
    /// Which addresses of its mails carry tokens, for its whole life.
    pub token_mode: TokenMode,
    /// Who made it.
    pub owner: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its time or its status last changed.
    pub revised_at: Timestamp,
    /// Everybody, the host first.
    pub participants: Vec<Participant>,
    /// Its rooms and things, with those it had.
    pub resources: Vec<Resource>,
}

/// A person at a meeting, with the invitation they have.
#[derive(Clone, Debug)]
pub struct Participant {
    /// Their id.
    pub id: ParticipantId,
    /// Host or guest.
    pub role: Role,
    /// Their name; may be empty.
    pub name: String,
    /// Where their mail goes.
    pub address: Address,
    /// The zone their times are told in, if it is known.
    pub zone: Option<Zone>,
    /// Who named their address.
    pub added_by: Option<UserId>,
    /// The participant whose mailbox they share, and who gets the one mail.
    pub same_as: Option<ParticipantId>,
    /// Whether they were forgotten: nothing is known of them, and they are no longer asked or written to.
    pub is_erased: bool,
    /// What they answered to the present revision.
    pub partstat: PartStat,
    /// The DTSTAMP of that answer, where it says something.
    pub answered_stamp: Option<Timestamp>,
    /// When that answer came.
    pub answered_at: Option<Timestamp>,
    /// By which road it came.
    pub answered_by: Option<String>,
    /// How far their invitation has come.
    pub delivery: Delivery,
    /// What a mail server said of it.
    pub delivery_detail: Option<String>,
    /// The Message-ID of the first invitation: mail programs thread by it.
    pub first_message_id: Option<String>,
    /// The letter that carried the present invitation.
    pub last_letter: Option<LetterId>,
}

impl Participant {
    /// What others may know of them.
    pub fn face(&self) -> Face {
        Face { name: (!self.name.is_empty()).then(|| self.name.clone()), is_host: self.role == Role::Host }
    }

    /// Whether they said no to the present revision.
    pub fn has_declined(&self) -> bool {
        self.partstat == PartStat::Declined
    }

    /// Whether they get mail of their own.
    pub fn is_written_to(&self) -> bool {
        self.same_as.is_none() && !self.is_erased
    }
}

impl Meeting {
    /// One of its participants.
    pub fn participant(&self, id: ParticipantId) -> Result<&Participant> {
        self.participants
            .iter()
            .find(|participant| participant.id == id)
            .ok_or(Error::NotFound("participant"))
    }

    /// Where it is: as it was given, else the names of its rooms.
    pub fn place(&self) -> String {
        if !self.location.is_empty() {
            return self.location.clone();
        }
        let names = self.rooms().map(|room| room.name.as_str());
        names.collect::<Vec<_>>().join(", ")
    }

    /// The rooms and things it has.
    pub fn rooms(&self) -> impl Iterator<Item = &Resource> {
        self.resources.iter().filter(|one| one.is_there())
    }

    /// What was let go of them since its time or its status last changed.
    pub fn let_go(&self) -> impl Iterator<Item = &Resource> {
        self.resources.iter().filter(|one| one.let_go_at.is_some_and(|at| at >= self.revised_at))
    }

    /// The host.
    pub fn host(&self) -> Result<&Participant> {
        self.participants
            .iter()
            .find(|participant| participant.role == Role::Host)
            .ok_or_else(|| Error::internal("a meeting has no host"))
    }

    /// Those who get mail.
    pub fn written_to(&self) -> impl Iterator<Item = &Participant> {
        self.participants.iter().filter(|participant| participant.is_written_to())
    }

    /// The zone a participant's times are told in.
    pub fn zone_of(&self, participant: &Participant) -> Zone {
        participant.zone.unwrap_or(self.zone)
    }

    /// The faces of everybody but `reader`.
    pub fn others(&self, reader: ParticipantId) -> Vec<Face> {
        self.participants
            .iter()
            .filter(|other| other.id != reader && !other.is_erased)
            .map(Participant::face)
            .collect()
    }

    /// Whether it takes place and is not over.
    pub fn is_ahead(&self, now: Timestamp) -> bool {
        self.status == Status::Scheduled && self.end > now
    }

    /// Refuses what can only be done to a meeting that takes place and is not over.
    pub fn must_be_ahead(&self, now: Timestamp) -> Result<()> {
        match self.status {
            Status::Cancelled => Err(Error::refused("meeting.cancelled", "This meeting was cancelled.")),
            Status::Open => {
                Err(Error::refused("meeting.open", "Nobody has been invited to this meeting yet."))
            }
            Status::Scheduled if self.end <= now => {
                Err(Error::refused("meeting.past", "This meeting is over."))
            }
            Status::Scheduled => Ok(()),
        }
    }

    /// Whether, once `decliner` has declined, the meeting is off: the strict policy takes the host's
    /// decline, or the last guest's.
    pub fn is_off_after_decline(&self, decliner: ParticipantId) -> bool {
        let says_no = |participant: &Participant| {
            participant.id == decliner
                || participant.same_as == Some(decliner)
                || participant.partstat == PartStat::Declined
        };
        self.decline == Decline::Strict
            && (self.participants.iter().any(|one| one.role == Role::Host && says_no(one))
                || self
                    .participants
                    .iter()
                    .filter(|one| one.role == Role::Guest && !one.is_erased)
                    .all(says_no))
    }

    /// Whose approval a proposal of `proposer` needs.
    pub fn approvers(&self, proposer: ParticipantId) -> Vec<ParticipantId> {
        self.written_to()
            .filter(|one| one.id != proposer)
            .filter(|one| self.approval == Approval::Everyone || one.role == Role::Host)
            .filter(|_| {
                self.approval == Approval::Everyone
                    || self.host().is_ok_and(|host| host.id != proposer && host.same_as != Some(proposer))
            })
            .map(|one| one.id)
            .collect()
    }
}

/// A new time for a meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Its id.
    pub id: ProposalId,
    /// For which meeting.
    pub meeting: MeetingId,
    /// The revision it would change.
    pub sequence: i64,
    /// Who asks.
    pub by: ParticipantId,
    /// By which road it came: `link`, `counter`, `words`, `page`.
    pub road: String,
    /// When it would begin.
    pub start: Timestamp,
    /// When it would end.
    pub end: Timestamp,
    /// What they say.
    pub note: String,
    /// How it stands.
    pub status: ProposalStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it can be decided.
    pub expires_at: Timestamp,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// Who decided it.
    pub decided_by: Option<ParticipantId>,
}

/// Checks a time that somebody wants a meeting to have.
pub fn check_time(start: Timestamp, end: Timestamp, now: Timestamp, length_max_ms: i64) -> Result<()> {
    if end <= start {
        return Err(Error::invalid("end", "The end must come after the start."));
    }
    if start <= now {
        return Err(Error::invalid("start", "This time is already past."));
    }
    if end.since(start) > length_max_ms {
        let hours = length_max_ms / crate::base::time::HOUR;
        return Err(Error::invalid("end", format!("A meeting can last {hours} hours at most.")));
    }
    if start.since(now) > HORIZON_MS {
        return Err(Error::invalid("start", "This is more than five years ahead."));
    }
    Ok(())
}
