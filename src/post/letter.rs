//! Letters: mails that are to leave, as frozen facts without a secret.
//!
//! What composes a letter is given its reader and the *public face* of everybody else, and a face has no
//! address: so no address of another person can be in it. A letter keeps its Message-ID and its date from
//! the moment it is enqueued; letters to one reader keep their order.

use serde::{Deserialize, Serialize};

use super::{packed, sql, suppress};
use crate::base::error::{Error, Result};
use crate::base::id::{Id, LetterId, LinkId, MeetingId, ParticipantId, ProposalId, UserId};
use crate::base::text::Address;
use crate::base::time::{Timestamp, Zone};
use crate::links;
use crate::queue::{self, Priority, Work};
use crate::store::Cx;

/// The queue's topic of mail.
pub const TOPIC: &str = "mail";

/// What others may know of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Face {
    /// Their name, if they gave one.
    pub name: Option<String>,
    /// Whether they are the host.
    pub is_host: bool,
}

impl Face {
    /// How they are named to somebody else: their name, or "your host", or "your guest".
    pub fn words(&self) -> &str {
        match (&self.name, self.is_host) {
            (Some(name), _) => name,
            (None, true) => "your host",
            (None, false) => "your guest",
        }
    }
}

/// The reader of a letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    /// Where it goes.
    pub address: String,
    /// Their name.
    pub name: Option<String>,
    /// The IANA zone their times are told in.
    pub zone: String,
    /// The participant they are, if they are one.
    pub participant: Option<ParticipantId>,
    /// The link to what is stored about them.
    pub about_you: LinkId,
}

impl Reader {
    /// The zone their times are told in.
    pub fn zone(&self) -> Zone {
        Zone::parse(&self.zone).unwrap_or(Zone::UTC)
    }
}

/// Which addresses of a letter carry the reader's reply token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenMode {
    /// From, ORGANIZER and Reply-To.
    Full,
    /// ORGANIZER and Reply-To; the way out rewrites From.
    NotFrom,
    /// None: there is no road back for a sub-address.
    Off,
}

impl TokenMode {
    /// The word kept in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::NotFrom => "not-from",
            Self::Off => "off",
        }
    }

    /// From the store's word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Full, Self::NotFrom, Self::Off].into_iter().find(|mode| mode.as_str() == word)
    }
}

/// The event of a calendar mail, as one participant gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The meeting.
    pub meeting: MeetingId,
    /// Its UID.
    pub uid: String,
    /// Its revision.
    pub sequence: i64,
    /// How often this revision was sent before.
    pub edition: i64,
    /// What it is called.
    pub title: String,
    /// Where it is.
    pub location: String,
    /// What it is about.
    pub description: String,
    /// When it begins, in UTC milliseconds.
    pub start: i64,
    /// When it ends, in UTC milliseconds.
    pub end: i64,
    /// When the meeting was made, in UTC milliseconds.
    pub created: i64,
    /// Everybody else.
    pub others: Vec<Face>,
    /// What the reader answered to this revision, as iCalendar's PARTSTAT.
    pub partstat: String,
    /// Which addresses carry the token.
    pub token_mode: TokenMode,
}

/// Why a meeting was cancelled, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The reader declined.
    YouDeclined,
    /// Somebody else did.
    OtherDeclined,
    /// The host called it off.
    CalledOff,
    /// Somebody is forgotten, or may not be here any more.
    House,
}

/// What a letter says, by kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Says {
    /// The event, for the first time: METHOD:REQUEST.
    Invitation {
        /// The event.
        event: Event,
        /// The link to answer and to ask for a new time.
        respond: LinkId,
    },
    /// The event at a new time: METHOD:REQUEST.
    Update {
        /// The event.
        event: Event,
        /// When it was before, in UTC milliseconds.
        was: (i64, i64),
        /// The link to answer and to ask for a new time.
        respond: LinkId,
    },
    /// The event is off: METHOD:CANCEL.
    Cancellation {
        /// The event.
        event: Event,
        /// Why.
        cause: Cause,
    },
    /// Somebody asks for a new time.
    ProposalAsk {
        /// The proposal.
        proposal: ProposalId,
        /// The event as it stands.
        event: Event,
        /// The time asked for, in UTC milliseconds.
        asked: (i64, i64),
        /// Who asks.
        by: Face,
        /// What they say.
        note: String,
        /// The zone of who asks, if they let it be known.
        by_zone: Option<String>,
        /// Approves.
        approve: LinkId,
        /// Declines.
        decline: LinkId,
        /// Until when, in UTC milliseconds.
        expires: i64,
    },
    /// What became of the reader's own proposal, if not a new time.
    ProposalOutcome {
        /// The proposal.
        proposal: ProposalId,
        /// The event as it stands.
        event: Event,
        /// The time that was asked for, in UTC milliseconds.
        asked: (i64, i64),
        /// What became of it.
        outcome: Outcome,
        /// Whether it came as a COUNTER, and is answered with a DECLINECOUNTER.
        counter: bool,
        /// The link to try again.
        respond: LinkId,
    },
    /// A fresh link in place of one that was used or has expired.
    FreshLink {
        /// The event.
        event: Event,
        /// The link to answer and to ask for a new time.
        respond: LinkId,
    },
    /// An answer to plain words.
    AutoAnswer {
        /// The event.
        event: Event,
        /// The time that was found in the words, in UTC milliseconds.
        found: Option<(i64, i64)>,
        /// The link with the form, filled in if a time was found.
        respond: LinkId,
    },
    /// A reply came without proof: is it yours?
    ConfirmReply {
        /// The event.
        event: Event,
        /// What the reply said: `accepted`, `declined`, `tentative`, `counter`.
        said: String,
        /// The time it asked for, in UTC milliseconds.
        asked: Option<(i64, i64)>,
        /// Confirms it.
        confirm: LinkId,
        /// Whether it came from an address that is not the reader's.
        from_elsewhere: bool,
    },
    /// An invitation could not be delivered to somebody else.
    DeliveryFailed {
        /// The event.
        event: Event,
        /// To whom.
        whose: Face,
    },
    /// A sign-in link.
    SignIn {
        /// Whose.
        user: UserId,
        /// The link.
        link: LinkId,
        /// Until when, in UTC milliseconds.
        expires: i64,
    },
    /// A mail to ourselves, to see what comes back.
    Probe {
        /// What must come back in the address.
        token: String,
    },
    /// Something is wrong with the house.
    Alert {
        /// What, in a few words.
        title: String,
        /// What was seen and what to do.
        text: String,
    },
}

/// What became of a proposal that did not become the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Somebody declined it.
    Declined,
    /// Nobody decided in time.
    Expired,
    /// A newer proposal, or a move, took its place.
    Superseded,
}

impl Says {
    /// The word kept in the store.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Invitation { .. } => "invitation",
            Self::Update { .. } => "update",
            Self::Cancellation { .. } => "cancellation",
            Self::ProposalAsk { .. } => "proposal-ask",
            Self::ProposalOutcome { .. } => "proposal-outcome",
            Self::FreshLink { .. } => "fresh-link",
            Self::AutoAnswer { .. } => "auto-answer",
            Self::ConfirmReply { .. } => "confirm-reply",
            Self::DeliveryFailed { .. } => "delivery-failed",
            Self::SignIn { .. } => "sign-in",
            Self::Probe { .. } => "probe",
            Self::Alert { .. } => "alert",
        }
    }

    /// The event it is about.
    pub fn event(&self) -> Option<&Event> {
        match self {
            Self::Invitation { event, .. }
            | Self::Update { event, .. }
            | Self::Cancellation { event, .. }
            | Self::ProposalAsk { event, .. }
            | Self::ProposalOutcome { event, .. }
            | Self::FreshLink { event, .. }
            | Self::AutoAnswer { event, .. }
            | Self::ConfirmReply { event, .. }
            | Self::DeliveryFailed { event, .. } => Some(event),
            Self::SignIn { .. } | Self::Probe { .. } | Self::Alert { .. } => None,
        }
    }

    /// Whether it is the event itself: what a calendar takes in.
    pub fn is_event(&self) -> bool {
        matches!(self, Self::Invitation { .. } | Self::Update { .. } | Self::Cancellation { .. })
    }

    /// Whether it may go to somebody who asked never to be written to: only what they asked for just
    /// now, and what takes something out of their calendar that we put there.
    pub fn is_asked_for(&self) -> bool {
        matches!(
            self,
            Self::SignIn { .. } | Self::FreshLink { .. } | Self::Cancellation { .. } | Self::Probe { .. }
        )
    }

    fn priority(&self) -> Priority {
        match self {
            Self::SignIn { .. } | Self::FreshLink { .. } | Self::Probe { .. } => Priority::High,
            _ => Priority::Medium,
        }
    }
}

/// A letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Its id.
    pub id: LetterId,
    /// To whom.
    pub reader: Reader,
    /// What it says.
    pub says: Says,
    /// Its Message-ID, without brackets.
    pub message_id: String,
    /// The Message-ID it answers, without brackets: mail programs thread by it.
    pub in_reply_to: Option<String>,
    /// Its Date, and the DTSTAMP of its event, in UTC milliseconds, a whole second.
    pub at: i64,
    /// Not worth sending after, in UTC milliseconds.
    pub expires: Option<i64>,
}

/// A letter to be enqueued, before it has an id and a date.
#[derive(Clone, Debug)]
pub struct Draft {
    /// To whom.
    pub to: Address,
    /// Their name.
    pub name: Option<String>,
    /// The zone their times are told in.
    pub zone: Zone,
    /// The participant they are.
    pub participant: Option<ParticipantId>,
    /// What it says.
    pub says: Says,
    /// What makes it the same letter, so that it is never written twice.
    pub unique_key: String,
    /// The Message-ID it answers.
    pub in_reply_to: Option<String>,
    /// Not worth sending after.
    pub expires: Option<Timestamp>,
    /// The trace id of what asked for it.
    pub trace: String,
}

/// What became of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Enqueued {
    /// It is on the queue, under this Message-ID.
    Yes(LetterId, String),
    /// It was written before.
    Before,
    /// Its reader asked never to be written to.
    Suppressed,
}

/// Enqueues a letter, once.
pub fn enqueue(cx: &Cx<'_>, draft: Draft) -> Result<Enqueued> {
    let hash = links::address_hash(cx, &draft.to);
    if !draft.says.is_asked_for() && suppress::is_suppressed(cx, &draft.to)? {
        return Ok(Enqueued::Suppressed);
    }
    let id: LetterId = cx.id();
    let meeting = draft.says.event().map(|event| event.meeting);
    let about = links::About { meeting, participant: draft.participant, ..links::About::default() };
    let keep_until = cx.now.plus(cx.house().raw_retention_ms);
    let about_you = links::issue(cx, links::Purpose::AboutYou, &draft.to, &about, keep_until)?;
    let letter = Letter {
        id,
        reader: Reader {
            address: draft.to.as_str().to_owned(),
            name: draft.name,
            zone: draft.zone.name().to_owned(),
            participant: draft.participant,
            about_you,
        },
        message_id: format!("{}@{}", id.uuid().simple(), cx.house().organizer.domain()),
        in_reply_to: draft.in_reply_to,
        at: cx.now.whole_second().ms(),
        expires: draft.expires.map(Timestamp::ms),
        says: draft.says,
    };
    let kept = sql::Row {
        kind: letter.says.kind(),
        unique_key: &draft.unique_key,
        meeting,
        address: &draft.to,
        address_hash: &hash,
        json: serde_json::to_string(&letter).map_err(Error::internal)?,
        keep_until,
    };
    if !sql::insert_letter(cx, &letter, &kept)? {
        return Ok(Enqueued::Before);
    }
    let order = draft.participant.map_or_else(|| hash.clone(), |participant| participant.to_string());
    let work = Work::of(TOPIC, &draft.trace, serde_json::json!({ "letter": id }))
        .keyed(id.to_string())
        .ordered(order)
        .priority(letter.says.priority());
    queue::enqueue(cx, &work)?;
    Ok(Enqueued::Yes(id, letter.message_id))
}

/// How far a letter has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits on the queue.
    Queued,
    /// The mail server took it.
    Sent,
    /// It lies in the reader's mailbox.
    Delivered,
    /// A mail server on the way is still trying.
    Delayed,
    /// It could not be handed over.
    Failed,
    /// It came back.
    Bounced,
    /// A newer one took its place before it was sent.
    Superseded,
}

impl State {
    /// The word kept in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Delayed => "delayed",
            Self::Failed => "failed",
            Self::Bounced => "bounced",
            Self::Superseded => "superseded",
        }
    }

    /// From the store's word.
    pub fn parse(word: &str) -> Option<Self> {
        [
            Self::Queued,
            Self::Sent,
            Self::Delivered,
            Self::Delayed,
            Self::Failed,
            Self::Bounced,
            Self::Superseded,
        ]
        .into_iter()
        .find(|state| state.as_str() == word)
    }
}

/// A letter as the store has it.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The letter.
    pub letter: Letter,
    /// How far it has come.
    pub state: State,
    /// What a mail server said of it.
    pub detail: Option<String>,
    /// When it was handed over.
    pub sent_at: Option<Timestamp>,
    /// Its bytes, once they were rendered and as long as they may be needed again.
    pub bytes: Option<Vec<u8>>,
}

/// One letter.
pub fn get(cx: &Cx<'_>, id: LetterId) -> Result<Kept> {
    let (mut kept, sealed) = sql::letter(cx, id)?.ok_or(Error::NotFound("letter"))?;
    if let Some(sealed) = sealed {
        kept.bytes = Some(packed::unpack(cx, "letter", &sealed)?);
    }
    Ok(kept)
}

/// The letter with this Message-ID, if it is ours.
pub fn by_message_id(cx: &Cx<'_>, message_id: &str) -> Result<Option<Kept>> {
    sql::letter_by_message_id(cx, message_id)
}

/// The newest letters to a participant, newest first.
pub fn of_participant(cx: &Cx<'_>, participant: ParticipantId, limit: u32) -> Result<Vec<Kept>> {
    sql::letters_of_participant(cx, participant, limit)
}

/// The newest letters to an address, newest first.
pub fn of_address(cx: &Cx<'_>, address_hash: &str, limit: u32) -> Result<Vec<Kept>> {
    sql::letters_of_address(cx, address_hash, limit)
}

/// Whether this house ever wrote to an address.
pub fn is_known(cx: &Cx<'_>, address: &Address) -> Result<bool> {
    Ok(!sql::letters_of_address(cx, &links::address_hash(cx, address), 1)?.is_empty())
}

/// Seals the rendered bytes before the first attempt, and the calendar part for the record. If
/// there are bytes already, those stay, and are given.
pub fn keep_bytes(cx: &Cx<'_>, id: LetterId, bytes: &[u8], calendar: Option<&[u8]>) -> Result<Vec<u8>> {
    if let Some(first) = get(cx, id)?.bytes {
        return Ok(first);
    }
    let sealed = packed::pack(cx, "letter", bytes)?;
    let calendar = calendar.map(|calendar| packed::pack(cx, "calendar", calendar)).transpose()?;
    sql::keep_bytes(cx, id, &sealed, calendar.as_deref())?;
    Ok(bytes.to_vec())
}

/// The calendar part that was sent with a letter, as long as it is kept.
pub fn calendar(cx: &Cx<'_>, id: LetterId) -> Result<Option<Vec<u8>>> {
    sql::sealed_calendar(cx, id)?.map(|sealed| packed::unpack(cx, "calendar", &sealed)).transpose()
}

/// Records how far a letter has come. What is final erases the bytes, which hold links.
pub fn settle(cx: &Cx<'_>, id: LetterId, state: State, detail: Option<&str>) -> Result<()> {
    let erase = state != State::Queued;
    sql::settle(cx, id, state, detail, erase)
}

/// Takes back what waits for a participant among `kinds`, because something newer says more. Gives how
/// many letters that were.
pub fn supersede(cx: &Cx<'_>, participant: ParticipantId, kinds: &[&str]) -> Result<usize> {
    let mut taken_back = 0;
    for (id, kind) in sql::queued_of_participant(cx, participant)? {
        if kinds.contains(&kind.as_str()) && queue::withdraw(cx, TOPIC, &id.to_string())? {
            settle(cx, id, State::Superseded, None)?;
            taken_back += 1;
        }
    }
    Ok(taken_back)
}

/// Deletes letters whose time of keeping is over; gives how many.
pub fn delete_ended(cx: &Cx<'_>) -> Result<usize> {
    sql::delete_letters(cx)
}

/// Erases the letters of a participant.
pub fn erase(cx: &Cx<'_>, participant: ParticipantId) -> Result<usize> {
    for (id, _) in sql::queued_of_participant(cx, participant)? {
        queue::withdraw(cx, TOPIC, &id.to_string())?;
    }
    sql::erase_letters(cx, participant)
}
