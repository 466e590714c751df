//! What a message in the organizer's mailbox is to a meeting: whose it is, and what it asks for.
//!
//! The door has read the message and knows how far it can be trusted; the rules are here.

use super::answer::{self, Answered};
use super::hold::{self, Held};
use super::model::{Meeting, ProposalStatus};
use super::propose::{self, Asked};
use super::said::{self, Answering};
pub use super::said::{Beside, Words, words};
use super::{sql, write};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{InboundId, MeetingId, ParticipantId};
use crate::base::text::Address;
use crate::base::time::{DAY, Timestamp, Zone};
use crate::itip::{self, Incoming, Method, Order, PartStat, Proposal, Stale};
use crate::limits::{self, Budget};
use crate::post::inbound::Outcome;
use crate::store::Cx;

/// How often one participant may have the event sent again by REFRESH.
const REFRESHES: Budget = Budget { name: "refresh", most: 5, window_ms: DAY };

/// A message's sender, as far as it is known.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The reply tokens in the addresses it was written to.
    pub tokens: Vec<String>,
    /// Its From, then its Sender.
    pub addresses: Vec<Address>,
    /// Whether its From was authenticated (DMARC, or DKIM or SPF aligned with it).
    pub authenticated: bool,
    /// When it arrived, and its number in the mailbox.
    pub arrived: itip::Arrival,
}

/// What a message came to.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The outcome.
    pub outcome: Outcome,
    /// Why, in a sentence.
    pub reason: String,
    /// The meeting.
    pub meeting: Option<MeetingId>,
    /// Whose message it is.
    pub participant: Option<ParticipantId>,
}

impl Verdict {
    /// A message that belongs to no meeting.
    pub fn without_meeting(outcome: Outcome, reason: impl Into<String>) -> Self {
        Self { outcome, reason: reason.into(), meeting: None, participant: None }
    }
}

/// Whose a message is.
#[derive(Clone, Debug)]
pub enum Whose {
    /// A participant's, proven by the token, by an address of theirs too.
    Theirs(Box<Meeting>, ParticipantId),
    /// A participant's by the token, and strangers in all its addresses: a forwarded invitation, or an
    /// alias we do not know. The address is one of those.
    Forwarded(Box<Meeting>, ParticipantId, Option<Address>),
    /// A participant's by its addresses, without the token.
    Unproven(Box<Meeting>, ParticipantId),
    /// A meeting of ours, and nobody at it.
    Stranger(Box<Meeting>),
    /// No meeting of ours.
    Nobody,
}

/// Finds out whose a message is: by the token in the address written to, then by ATTENDEE, then by
/// sender. `uid` and `attendees` are those of its calendar part, if it has one.
pub fn whose(cx: &Cx<'_>, sender: &Sender, uid: Option<&str>, attendees: &[Address]) -> Result<Whose> {
    for token in &sender.tokens {
        let hash = cx.keys().lookup("reply-token", &token.to_ascii_lowercase());
        let Some((meeting, participant)) = sql::by_reply_token(cx, &hash)? else { continue };
        let meeting = Box::new(super::load(cx, meeting)?);
        let is_theirs = addresses_of(cx, &meeting, participant)?;
        let mut named = attendees.iter().chain(&sender.addresses);
        if named.clone().next().is_none() || named.any(is_theirs) {
            return Ok(Whose::Theirs(meeting, participant));
        }
        // An address of somebody else at the meeting can never become theirs.
        let is_of_other = |address: &&Address| {
            meeting.participants.iter().any(|one| one.address.mailbox_key() == address.mailbox_key())
        };
        let stranger =
            attendees.first().or(sender.addresses.first()).filter(|one| !is_of_other(one)).cloned();
        return Ok(Whose::Forwarded(meeting, participant, stranger));
    }
    let Some(meeting) = uid.map(|uid| sql::meeting_by_uid(cx, uid)).transpose()?.flatten() else {
        return Ok(Whose::Nobody);
    };
    let mut found = None;
    for address in attendees.iter().chain(&sender.addresses) {
        found = by_address(cx, &meeting, address)?;
        if found.is_some() {
            break;
        }
    }
    Ok(match found {
        Some(participant) => Whose::Unproven(Box::new(meeting), participant),
        None => Whose::Stranger(Box::new(meeting)),
    })
}

/// Tells the addresses that are a participant's: their own in any of its spellings, those of whoever shares
/// their mailbox at this meeting, and those they confirmed.
fn addresses_of(
    cx: &Cx<'_>,
    meeting: &Meeting,
    participant: ParticipantId,
) -> Result<impl Fn(&Address) -> bool + use<>> {
    let aliases = sql::aliases(cx, participant)?;
    let own: Vec<String> = meeting
        .participants
        .iter()
        .filter(|one| one.id == participant || one.same_as == Some(participant))
        .map(|one| one.address.mailbox_key())
        .collect();
    Ok(move |address: &Address| own.contains(&address.mailbox_key()) || aliases.contains(&address.key()))
}

/// Who at a meeting has this address: as it was written to, or else as they confirmed it.
fn by_address(cx: &Cx<'_>, meeting: &Meeting, address: &Address) -> Result<Option<ParticipantId>> {
    let key = address.key();
    let exact = meeting.participants.iter().find(|one| one.address.key() == key);
    if let Some(one) = exact {
        return Ok(Some(one.same_as.unwrap_or(one.id)));
    }
    for one in meeting.written_to() {
        if sql::aliases(cx, one.id)?.contains(&key) {
            return Ok(Some(one.id));
        }
    }
    Ok(None)
}

/// The meeting and participant behind a reply token, if it is ours.
pub fn by_token(cx: &Cx<'_>, token: &str) -> Result<Option<(MeetingId, ParticipantId)>> {
    sql::by_reply_token(cx, &cx.keys().lookup("reply-token", &token.to_ascii_lowercase()))
}

/// Takes in an iTIP message addressed to the organizer: REPLY, COUNTER or REFRESH.
pub fn take(
    cx: &mut Cx<'_>,
    who: &Actor,
    inbound: InboundId,
    sender: &Sender,
    message: &Incoming,
    beside: &Beside,
) -> Result<Verdict> {
    let attendees: Vec<Address> = message
        .attendees
        .iter()
        .flat_map(|one| [one.address.clone(), one.email_param.clone()])
        .flatten()
        .collect();
    let whose = whose(cx, sender, Some(&message.uid), &attendees)?;
    take_of(cx, who, inbound, (sender, whose), message, beside)
}

/// As [`take`], of whom [`whose`] has found in this unit of work.
pub fn take_of(
    cx: &mut Cx<'_>,
    who: &Actor,
    inbound: InboundId,
    (sender, whose): (&Sender, Whose),
    message: &Incoming,
    beside: &Beside,
) -> Result<Verdict> {
    let ignored = |reason: &str| Ok(Verdict::without_meeting(Outcome::Ignored, reason));
    let (meeting, participant, doubt) = match whose {
        Whose::Nobody => return ignored("It is about no meeting of this house."),
        Whose::Stranger(meeting) => {
            let reason = "Its sender is not a participant: a forwarded invitation or a stranger's reply.";
            return Ok(verdict(&meeting, None, Outcome::Ignored, reason));
        }
        Whose::Theirs(meeting, participant) => (meeting, participant, Doubt::None),
        Whose::Unproven(meeting, participant) => {
            let doubt = if is_authenticated(cx, sender, &meeting, participant)? {
                Doubt::None
            } else {
                Doubt::Unproven
            };
            (meeting, participant, doubt)
        }
        Whose::Forwarded(meeting, participant, stranger) => {
            (meeting, participant, Doubt::Forwarded(stranger))
        }
    };
    if !itip::same_uid(&meeting.uid, &message.uid) {
        let reason = "The address it was written to belongs to one meeting, and its UID to another.";
        return Ok(verdict(&meeting, Some(participant), Outcome::Ignored, reason));
    }
    let claim = Claim { inbound, sender, meeting: &meeting, participant, doubt };
    claim.take(cx, who, message, beside)
}

/// Whether the authenticated From is the participant's: anybody can put their ATTENDEE into a mail of their own.
fn is_authenticated(
    cx: &Cx<'_>,
    sender: &Sender,
    meeting: &Meeting,
    participant: ParticipantId,
) -> Result<bool> {
    let Some(author) = sender.addresses.first().filter(|_| sender.authenticated) else { return Ok(false) };
    let key = author.key();
    let is_own = meeting
        .participants
        .iter()
        .any(|one| (one.id == participant || one.same_as == Some(participant)) && one.address.key() == key);
    Ok(is_own || sql::aliases(cx, participant)?.contains(&key))
}

/// What stands against a message being its participant's.
enum Doubt {
    None,
    /// No token, no authentication.
    Unproven,
    /// The token, and a stranger's address.
    Forwarded(Option<Address>),
}

/// A message with whose it says it is.
struct Claim<'a> {
    inbound: InboundId,
    sender: &'a Sender,
    meeting: &'a Meeting,
    participant: ParticipantId,
    doubt: Doubt,
}

impl Claim<'_> {
    fn verdict(&self, outcome: Outcome, reason: impl Into<String>) -> Verdict {
        verdict(self.meeting, Some(self.participant), outcome, reason)
    }

    fn take(&self, cx: &mut Cx<'_>, who: &Actor, message: &Incoming, beside: &Beside) -> Result<Verdict> {
        let recurrence = message.recurrence_id.map(|at| at.instant(self.meeting.zone));
        if recurrence.is_some_and(|at| at != self.meeting.start) {
            return Ok(self.verdict(
                Outcome::Ignored,
                "It answers one occurrence of a series; this meeting is no series.",
            ));
        }
        match message.method {
            Method::Refresh => return self.refresh(cx, who),
            Method::Reply | Method::Counter => {}
            _ => {
                return Ok(
                    self.verdict(Outcome::Ignored, "Only the organizer sends messages of this method.")
                );
            }
        }
        let said = said::own_words(cx, message.comment.as_deref(), beside);
        let reader = self.meeting.participant(self.participant)?;
        let zone = self.meeting.zone_of(reader);
        let current = itip::Current { start: self.meeting.start, end: self.meeting.end, zone };
        if let Proposal::Time { start, end, .. } = itip::proposal(message, current, cx.now) {
            return self.counter(cx, who, message, (start, end), &said);
        }
        let verdict = match self.reply_of(message, &reader.address, zone) {
            Err(reason) => self.verdict(Outcome::Ignored, reason),
            Ok(reply) if self.must_be_held(cx, &reply)? => {
                let partstat = reply.answer.partstat.as_str().to_owned();
                return self.hold(cx, who, &Held::Answer { partstat, note: said::note(&said) });
            }
            Ok(reply) => self.reply(cx, who, &reply)?,
        };
        self.hear(cx, who, verdict, (&said, beside))
    }

    /// The answer that a message gives; the error says why it gives none.
    fn reply_of(
        &self,
        message: &Incoming,
        address: &Address,
        zone: Zone,
    ) -> std::result::Result<itip::Reply, &'static str> {
        if message.request_status.iter().any(itip::RequestStatus::is_failure) {
            return Err(
                "The participant's calendar program could not process the invitation (REQUEST-STATUS).",
            );
        }
        let partstat = message.attendee(Some(address)).and_then(|one| one.partstat);
        Ok(itip::Reply {
            answer: itip::Answer {
                partstat: partstat
                    .ok_or("It says neither yes nor no (no PARTSTAT), and names no new time.")?,
                dtstamp: message.dtstamp,
                replied_at: message.replied_at,
                arrived: self.sender.arrived,
            },
            sequence: message.sequence,
            start: message.answered_start(zone),
        })
    }

    /// Whether the participant is to be asked first. What would change nothing if it were theirs is nothing to
    /// ask them about.
    fn must_be_held(&self, cx: &Cx<'_>, reply: &itip::Reply) -> Result<bool> {
        Ok(self.is_in_doubt(reply)
            && self.meeting.is_ahead(cx.now)
            && answer::weigh(cx, self.meeting, self.participant, reply)? == Order::Current)
    }

    fn is_in_doubt(&self, reply: &itip::Reply) -> bool {
        match &self.doubt {
            Doubt::Forwarded(_) => true,
            Doubt::Unproven => {
                reply.answer.partstat == PartStat::Declined
                    && self.meeting.is_off_after_decline(self.participant)
            }
            Doubt::None => false,
        }
    }

    /// Keeps the words that came with an answer, and answers them with a link where they hold another time. Words
    /// that are not proven to be the participant's are shown to nobody under their name.
    fn hear(
        &self,
        cx: &mut Cx<'_>,
        who: &Actor,
        verdict: Verdict,
        (said, beside): (&str, &Beside),
    ) -> Result<Verdict> {
        if said.is_empty() || !matches!(self.doubt, Doubt::None) {
            return Ok(verdict);
        }
        // As the answer has left it: it may have cancelled it.
        let meeting = super::load(cx, self.meeting.id)?;
        let reader = meeting.participant(self.participant)?;
        let words = beside.words(said, reader.first_message_id.as_deref());
        let answering = if beside.may_be_answered { Answering::WhereTimeIsFound } else { Answering::Never };
        let heard = said::hear(cx, who, &meeting, self.participant, &words, answering)?;
        let (outcome, more) = match (verdict.outcome, heard.answered, heard.is_new) {
            (Outcome::Duplicate | Outcome::Ignored, true, _) => (Outcome::Answered, said::ANSWERED_WITH_TIME),
            (outcome, true, _) => (outcome, said::ANSWERED_WITH_TIME),
            (Outcome::Duplicate, false, true) => (Outcome::Applied, said::KEPT),
            (outcome, false, true) => (outcome, said::KEPT),
            (_, false, false) => return Ok(verdict),
        };
        Ok(Verdict { outcome, reason: format!("{} {more}", verdict.reason), ..verdict })
    }

    fn reply(&self, cx: &mut Cx<'_>, who: &Actor, reply: &itip::Reply) -> Result<Verdict> {
        let partstat = reply.answer.partstat;
        let answered = answer::reply(cx, who, self.meeting, self.participant, reply)?;
        match answered {
            Answered::Applied { cancelled, .. } => {
                let reason = match (partstat, cancelled) {
                    (PartStat::Accepted, _) => "The participant accepts.",
                    (PartStat::Tentative, _) => "The participant may come.",
                    (PartStat::Declined, true) => {
                        "The participant declines, and so the meeting is cancelled."
                    }
                    (PartStat::Declined, false) => "The participant declines; the meeting stays.",
                    (PartStat::Delegated, _) => "The participant delegates; nobody is added by that.",
                    (PartStat::NeedsAction, _) => "The participant says nothing yet.",
                };
                Ok(self.verdict(Outcome::Applied, reason))
            }
            Answered::Stale(Stale::Revision) => Ok(self.verdict(
                Outcome::Stale,
                "It answers an earlier time of the meeting; recorded, and nothing changed.",
            )),
            Answered::Stale(Stale::Answer) => Ok(self.verdict(
                Outcome::Stale,
                "A later answer of the same participant is known; nothing changed.",
            )),
            Answered::Same if partstat == PartStat::NeedsAction => {
                Ok(self.verdict(Outcome::Ignored, "It says nothing yet (NEEDS-ACTION)."))
            }
            Answered::Same if !self.is_in_doubt(reply) && self.takes_back(cx, who, reply)? => Ok(self
                .verdict(
                    Outcome::Applied,
                    "The participant keeps to their answer; their proposal is taken back.",
                )),
            Answered::Same => {
                Ok(self.verdict(Outcome::Duplicate, "This is the answer that is recorded already."))
            }
            Answered::Pointless(why) => Ok(self.verdict(Outcome::Ignored, why)),
        }
    }

    /// An answer that is known already takes back what its giver has proposed since they first gave it.
    fn takes_back(&self, cx: &mut Cx<'_>, who: &Actor, reply: &itip::Reply) -> Result<bool> {
        if !answer::is_plain(reply.answer.partstat) || !self.meeting.is_ahead(cx.now) {
            return Ok(false);
        }
        let is_later = sql::proposals(cx, self.meeting.id)?.iter().any(|one| {
            one.by == self.participant
                && one.status == ProposalStatus::Pending
                && one.created_at < reply.answer.arrived.at
        });
        if !is_later {
            return Ok(false);
        }
        propose::withdraw_pending(cx, who, self.meeting, self.participant)
    }

    fn counter(
        &self,
        cx: &mut Cx<'_>,
        who: &Actor,
        message: &Incoming,
        (start, end): (Timestamp, Timestamp),
        note: &str,
    ) -> Result<Verdict> {
        if let Err(error) = self.meeting.must_be_ahead(cx.now) {
            return Ok(self.verdict(Outcome::Ignored, error.to_string()));
        }
        if message.sequence.is_some_and(|sequence| i64::from(sequence) < self.meeting.sequence) {
            return Ok(self.verdict(Outcome::Stale, "It proposes instead of an earlier time of the meeting."));
        }
        if !matches!(self.doubt, Doubt::None) {
            return self.hold(cx, who, &Held::Propose(start.ms(), end.ms(), said::note(note)));
        }
        let note = said::note(note);
        let asked = Asked { start, end, note: &note, road: "counter" };
        match propose::propose(cx, who, self.meeting, self.participant, &asked) {
            Ok(_) => {
                Ok(self
                    .verdict(Outcome::Proposal, "The participant proposes a new time; the others are asked."))
            }
            Err(error @ (Error::Invalid { .. } | Error::Refused { .. } | Error::Throttled { .. })) => {
                Ok(self.verdict(Outcome::Ignored, format!("The proposed time cannot be: {error}")))
            }
            Err(error) => Err(error),
        }
    }

    fn hold(&self, cx: &mut Cx<'_>, who: &Actor, held: &Held) -> Result<Verdict> {
        if let Err(error) = self.meeting.must_be_ahead(cx.now) {
            return Ok(self.verdict(Outcome::Ignored, error.to_string()));
        }
        let (alias, reason) = match &self.doubt {
            Doubt::Forwarded(stranger) => (
                stranger.as_ref().map(Address::key),
                "It came from an address that is not the participant's; the participant is asked by mail.",
            ),
            _ => {
                (None, "It came without proof of its sender; the participant is asked to confirm it by mail.")
            }
        };
        let reader = self.meeting.participant(self.participant)?;
        let one = reader.same_as.unwrap_or(reader.id);
        if hold::hold(cx, who, self.meeting, one, (self.inbound, held, alias))? {
            Ok(self.verdict(Outcome::NeedsConfirmation, reason))
        } else {
            Ok(self.verdict(
                Outcome::Ignored,
                "It came without proof, and the participant was asked too often today.",
            ))
        }
    }

    fn refresh(&self, cx: &mut Cx<'_>, who: &Actor) -> Result<Verdict> {
        if matches!(self.doubt, Doubt::Forwarded(_)) {
            return Ok(
                self.verdict(Outcome::Ignored, "Somebody who is not the participant asked for the event.")
            );
        }
        if !self.meeting.is_ahead(cx.now) {
            return Ok(self.verdict(
                Outcome::Ignored,
                "The meeting is over or was cancelled; there is nothing to send.",
            ));
        }
        if !limits::allows(cx, REFRESHES, &self.participant.to_string(), 1)? {
            return Ok(self.verdict(Outcome::Ignored, "The event was sent again often enough today."));
        }
        let mut meeting = self.meeting.clone();
        meeting.edition = sql::next_edition(cx, meeting.id)?;
        let reader = meeting.participant(self.participant)?;
        write::send(cx, who, &meeting, reader, write::Sending::Invitation)?;
        write::tell(cx, who, "meeting.resent", &meeting, Some(reader.id), &serde_json::json!({}))?;
        Ok(self.verdict(Outcome::Refresh, "The event was sent to the participant again."))
    }
}

fn verdict(
    meeting: &Meeting,
    participant: Option<ParticipantId>,
    outcome: Outcome,
    reason: impl Into<String>,
) -> Verdict {
    Verdict { outcome, reason: reason.into(), meeting: Some(meeting.id), participant }
}
