//! A letter as bytes: who it is from, the two bodies, the event. Pure: the same facts give the same bytes.
//!
//! It is given the reader and the public faces of the others, and neither a store nor a clock. What each kind of
//! letter says is in [`words`](super::words).

use crate::base::error::{Error, Result};
use crate::base::house::House;
use crate::base::secret::Keys;
use crate::base::text::{self, Address};
use crate::base::time::Timestamp;
use crate::itip::{self, PartStat};
use crate::mail::wire::{AutoSubmitted, CalendarPart, DkimSigner, Mail, Party};
use crate::post::letter::{Event, Letter, Says, TokenMode};

use super::words::{self, Words};

/// What a letter is made of.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The letter.
    pub letter: &'a Letter,
    /// The reader's reply token, if they have one.
    pub token: Option<&'a str>,
    /// Whether the reader has an account, and so can open the meeting's page.
    pub has_account: bool,
    /// What the secrets of its links are derived from.
    pub keys: &'a Keys,
    /// Who writes.
    pub house: &'a House,
    /// Who signs, if somebody does.
    pub dkim: Option<&'a DkimSigner>,
}

/// A letter, ready to be handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The message (RFC 5322).
    pub bytes: Vec<u8>,
    /// Its calendar part, if it has one.
    pub calendar: Option<Vec<u8>>,
    /// The envelope's sender: where bounces go.
    pub envelope_from: Address,
    /// The envelope's recipient.
    pub envelope_to: Address,
}

/// Where the mails of one reader come from.
struct Origin {
    /// From.
    from: Address,
    /// ORGANIZER, Reply-To and the envelope's sender.
    replies: Address,
}

/// Renders a letter.
///
/// # Errors
/// `Invalid` or `Internal` where the facts cannot be written: it would fail the next time as well.
pub fn render(facts: &Facts<'_>) -> Result<Rendered> {
    let letter = facts.letter;
    let to = Address::parse(&letter.reader.address)
        .ok_or_else(|| Error::internal("the letter's address is none"))?;
    let origin = origin(facts, &to);
    let name = display_name(facts);
    let Words { subject, text, html, description } = words::of(facts)?;
    let calendar = match (letter.says.event(), method(&letter.says)) {
        (Some(event), Some(method)) => {
            let organizer = itip::Party { address: origin.replies.clone(), name: Some(name.clone()) };
            let attendee = itip::Party { address: to.clone(), name: letter.reader.name.clone() };
            let event = event_of(letter, event, (method, description), (organizer, attendee))?;
            Some((method, itip::compose(&event)?.into_bytes()))
        }
        _ => None,
    };
    let has_replies = letter.says.event().is_some() || matches!(letter.says, Says::Probe { .. });
    let mail = Mail {
        from: Party::new(name.clone(), origin.from),
        reply_to: has_replies.then(|| Party::new(name, origin.replies.clone())),
        to: Party::new(letter.reader.name.clone().unwrap_or_default(), to.clone()),
        envelope_from: origin.replies.clone(),
        envelope_to: to.clone(),
        subject,
        message_id: letter.message_id.clone(),
        date: Timestamp::from_ms(letter.at),
        in_reply_to: letter.in_reply_to.clone(),
        references: letter.in_reply_to.iter().cloned().collect(),
        text,
        html: Some(html),
        calendar: calendar
            .as_ref()
            .map(|(method, bytes)| CalendarPart { method: method.as_str().to_owned(), bytes: bytes.clone() }),
        // Answers to one message of the reader's are `auto-replied` (RFC 3834, 5).
        auto_submitted: match letter.says {
            Says::AutoAnswer { .. } | Says::ConfirmReply { .. } | Says::Wish { .. } => AutoSubmitted::Replied,
            _ => AutoSubmitted::Generated,
        },
        extra: Vec::new(),
    };
    let bytes = match facts.dkim {
        Some(signer) => mail.compose_signed(signer),
        None => mail.compose(),
    };
    Ok(Rendered {
        bytes,
        calendar: calendar.map(|(_, bytes)| bytes),
        envelope_from: origin.replies,
        envelope_to: to,
    })
}

/// The event of a letter as an object of its reader's own calendar, with what they have answered.
///
/// # Errors
/// As [`render`]; `Internal` if the letter has no event.
pub(super) fn object(facts: &Facts<'_>, partstat: PartStat) -> Result<String> {
    let letter = facts.letter;
    let to = Address::parse(&letter.reader.address)
        .ok_or_else(|| Error::internal("the letter's address is none"))?;
    let origin = origin(facts, &to);
    let Words { description, .. } = words::of(facts)?;
    let (Some(event), Some(method)) = (letter.says.event(), method(&letter.says)) else {
        return Err(Error::internal("a letter without an event is written into no calendar"));
    };
    let organizer = itip::Party { address: origin.replies, name: Some(display_name(facts)) };
    let attendee = itip::Party { address: to, name: letter.reader.name.clone() };
    let event = event_of(letter, event, (method, description), (organizer, attendee))?;
    itip::compose_object(&itip::Event { partstat, ..event })
}

/// From where a letter comes, by the mode that its meeting was made with.
fn origin(facts: &Facts<'_>, to: &Address) -> Origin {
    let plain = || facts.house.organizer.clone();
    if matches!(facts.letter.says, Says::Probe { .. }) {
        // What must come back unchanged: all of it is the address that it goes to.
        return Origin { from: to.clone(), replies: to.clone() };
    }
    let mode = facts.letter.says.event().map_or(TokenMode::Off, |event| event.token_mode);
    let tagged = facts.token.map(|token| plain().with_tag(token));
    match (mode, tagged) {
        (TokenMode::Full, Some(tagged)) => Origin { from: tagged.clone(), replies: tagged },
        (TokenMode::NotFrom, Some(tagged)) => Origin { from: plain(), replies: tagged },
        (TokenMode::Off, _) | (_, None) => Origin { from: plain(), replies: plain() },
    }
}

/// `Alex via Entente` to those whom Alex invited, `Entente` to Alex: never an address.
fn display_name(facts: &Facts<'_>) -> String {
    let house = &facts.house.organizer_name;
    let face = match &facts.letter.says {
        Says::Connect { by, .. } | Says::BookingConfirm { by, .. } | Says::BookingEnded { by, .. } => {
            Some(by)
        }
        says => says.event().and_then(|event| event.others.iter().find(|face| face.is_host)),
    };
    let host = face
        .and_then(|face| face.name.as_deref())
        .filter(|name| !name.contains('@') && text::blank_addresses(name) == *name);
    match host {
        Some(host) => format!("{host} via {house}"),
        None => house.clone(),
    }
}

/// What the letter is to a calendar program; most are nothing to it.
fn method(says: &Says) -> Option<itip::Outgoing> {
    match says {
        Says::Invitation { .. } | Says::Update { .. } => Some(itip::Outgoing::Request),
        Says::Cancellation { .. } => Some(itip::Outgoing::Cancel),
        // Whatever it was that did not become the time: the reader's calendar waits for an answer to its COUNTER.
        Says::ProposalOutcome { counter: true, .. } => Some(itip::Outgoing::DeclineCounter),
        _ => None,
    }
}

fn event_of(
    letter: &Letter,
    event: &Event,
    (method, description): (itip::Outgoing, String),
    (organizer, attendee): (itip::Party, itip::Party),
) -> Result<itip::Event> {
    let is_answer = method == itip::Outgoing::DeclineCounter;
    Ok(itip::Event {
        method,
        uid: event.uid.clone(),
        sequence: u32::try_from(event.sequence).map_err(Error::internal)?,
        dtstamp: Timestamp::from_ms(letter.at),
        start: Timestamp::from_ms(event.start),
        end: Timestamp::from_ms(event.end),
        summary: event.title.clone(),
        location: (!event.location.is_empty()).then(|| event.location.clone()),
        description: (!is_answer && !description.is_empty()).then(|| description.clone()),
        organizer,
        attendee,
        partstat: PartStat::parse(&event.partstat).unwrap_or_default(),
        created: Timestamp::from_ms(event.created),
        last_modified: Timestamp::from_ms(letter.at),
        url: None,
        comment: is_answer.then_some(description),
    })
}
