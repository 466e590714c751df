//! The mailroom's buttons: each makes the real message that a person's calendar or mail program would send in
//! answer to a mail in their mailbox, and the card says what such a program would show.
//!
//! Pure: a raw mail in, a raw mail out, the time and what makes it unique passed in. What is made goes through the
//! same intake as mail from outside, so nothing here knows what becomes of it.

use crate::base::error::{Error, Result};
use crate::base::text::Address;
use crate::base::time::{Timestamp, Zone};
use crate::itip::{self, Event, Incoming, Method, Outgoing, PartStat};
use crate::mail::wire::{Arrived, AutoSubmitted, CalendarPart, Limits, Mail, Party};

/// How much of the mail is quoted below an answer in words, in lines.
const QUOTED_LINES: usize = 40;

/// What the owner of a mailbox does with a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Their calendar program answers yes.
    Accept,
    /// Perhaps.
    Tentative,
    /// No.
    Decline,
    /// It proposes a new time.
    Counter {
        /// When it would begin.
        start: Timestamp,
        /// When it would end.
        end: Timestamp,
        /// What they say with it; may be empty.
        comment: String,
    },
    /// They answer in words, with the mail quoted below.
    Words(String),
    /// There is no such mailbox: the mail comes back.
    Bounce,
    /// They forward the invitation, and somebody else's program answers it.
    ForwardedStranger {
        /// Who that is.
        address: Address,
        /// Whether the stranger says yes, or no.
        accepts: bool,
    },
}

/// What a calendar program shows of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// What the mail is for.
    pub method: Method,
    /// The event's UID.
    pub uid: String,
    /// Its revision.
    pub sequence: u32,
    /// What it is called.
    pub title: String,
    /// When it begins.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// Where it is; may be empty.
    pub place: String,
    /// What it is about; may be empty.
    pub description: String,
    /// The organizer's name, else address.
    pub organizer: String,
    /// Where answers go.
    pub organizer_address: Option<Address>,
    /// The attendee's address.
    pub attendee: Option<Address>,
    /// The attendee's name, if it is given.
    pub attendee_name: Option<String>,
    /// What the attendee has answered, as far as the mail says.
    pub partstat: PartStat,
    /// Whether it takes the event out of the calendar.
    pub is_cancelled: bool,
}

/// The calendar card of a mail; nothing, if it holds no event that a program would take in.
pub fn card(raw: &[u8]) -> Option<Card> {
    let arrived = Arrived::parse(raw, &Limits::default()).ok()?;
    card_of(&event_in(&arrived)?)
}

fn event_in(arrived: &Arrived) -> Option<Incoming> {
    arrived.calendars.iter().find_map(|part| itip::read(part.text.as_bytes()).ok())
}

fn card_of(event: &Incoming) -> Option<Card> {
    let start = event.start?.instant(Zone::UTC);
    let end = event.end.map_or(start, |end| end.instant(Zone::UTC));
    let organizer = event.organizer.as_ref();
    let organizer_address = organizer.and_then(|one| one.address.clone());
    let attendee = event.attendees.first();
    let name = organizer.and_then(|one| one.name.clone());
    Some(Card {
        uid: event.uid.clone(),
        sequence: event.sequence.unwrap_or(0),
        title: event.summary.clone().unwrap_or_default(),
        start,
        end,
        place: event.location.clone().unwrap_or_default(),
        description: event.description.clone().unwrap_or_default(),
        organizer: name
            .or_else(|| organizer_address.as_ref().map(|address| address.as_str().to_owned()))
            .unwrap_or_default(),
        organizer_address,
        attendee: attendee.and_then(|one| one.address.clone()),
        attendee_name: attendee.and_then(|one| one.name.clone()),
        partstat: attendee.and_then(|one| one.partstat).unwrap_or_default(),
        is_cancelled: event.method == Method::Cancel || event.status.as_deref() == Some("CANCELLED"),
        method: event.method.clone(),
    })
}

/// The message that `action` makes out of the mail `raw`, at `now`. `unique` goes into its Message-ID: letters
/// and digits that no other message has.
///
/// # Errors
/// `Invalid` if the mail holds nothing that can be answered like that; the field is `action`, or `end` for a time
/// that cannot be.
pub fn act(raw: &[u8], action: &Action, now: Timestamp, unique: &str) -> Result<Vec<u8>> {
    let arrived = Arrived::parse(raw, &Limits::default())
        .map_err(|refusal| Error::invalid("action", format!("This mail cannot be read: {refusal}.")))?;
    let mail = Opened::new(&arrived, now, unique)?;
    match action {
        Action::Accept => mail.answer(PartStat::Accepted, None),
        Action::Tentative => mail.answer(PartStat::Tentative, None),
        Action::Decline => mail.answer(PartStat::Declined, None),
        Action::Counter { start, end, comment } => mail.counter(*start, *end, comment),
        Action::Words(text) => Ok(mail.words(text)),
        Action::Bounce => Ok(mail.bounce(raw)),
        Action::ForwardedStranger { address, accepts } => {
            let partstat = if *accepts { PartStat::Accepted } else { PartStat::Declined };
            mail.answer(partstat, Some(address))
        }
    }
}

/// A mail that is answered.
struct Opened<'a> {
    arrived: &'a Arrived,
    /// The mailbox's owner.
    owner: Party,
    /// Where answers to the mail go.
    reply_to: Party,
    now: Timestamp,
    unique: &'a str,
}

impl<'a> Opened<'a> {
    fn new(arrived: &'a Arrived, now: Timestamp, unique: &'a str) -> Result<Self> {
        let headers = &arrived.headers;
        let unaddressed = || Error::invalid("action", "This mail does not say from whom or to whom it is.");
        let owner = headers.to.first().cloned().ok_or_else(unaddressed)?;
        let reply_to = headers.reply_to.first().or(headers.from.first()).cloned().ok_or_else(unaddressed)?;
        Ok(Self { arrived, owner, reply_to, now, unique })
    }

    /// The mail's event, if it can be answered.
    fn event(&self) -> Result<Card> {
        let event = event_in(self.arrived).and_then(|event| card_of(&event));
        let event =
            event.ok_or_else(|| Error::invalid("action", "This mail holds no event to be answered."))?;
        if event.method != Method::Request {
            return Err(Error::invalid("action", "Only an invitation can be answered."));
        }
        Ok(event)
    }

    fn answer(&self, partstat: PartStat, stranger: Option<&Address>) -> Result<Vec<u8>> {
        let event = self.event()?;
        let (word, sentence) = match partstat {
            PartStat::Accepted => ("Accepted", "has accepted this invitation."),
            PartStat::Tentative => ("Tentative", "may come."),
            _ => ("Declined", "has declined this invitation."),
        };
        let attendee = self.attendee(&event, stranger);
        let calendar = self.calendar(&event, &attendee, Outgoing::Reply, partstat, None)?;
        let subject = format!("{word}: {}", event.title);
        let text = format!("{} {sentence}\n", shown(&attendee));
        Ok(self.mail(&attendee, &self.organizer(&event), subject, text, Some(calendar)))
    }

    fn counter(&self, start: Timestamp, end: Timestamp, comment: &str) -> Result<Vec<u8>> {
        let event = self.event()?;
        let attendee = self.attendee(&event, None);
        let moved = Card { start, end, ..event.clone() };
        let comment = Some(comment.trim().replace("\r\n", "\n")).filter(|comment| !comment.is_empty());
        let text = format!(
            "{} proposes a new time: {} ({}).\n{}\n",
            shown(&attendee),
            Zone::UTC.span(start, end),
            Zone::UTC.named(start),
            comment.as_deref().unwrap_or_default()
        );
        let calendar = self.calendar(&moved, &attendee, Outgoing::Counter, PartStat::Tentative, comment)?;
        let subject = format!("New time proposed: {}", event.title);
        Ok(self.mail(&attendee, &self.organizer(&event), subject, text, Some(calendar)))
    }

    /// Words above, and what they answer quoted below, as mail programs do.
    fn words(&self, said: &str) -> Vec<u8> {
        let headers = &self.arrived.headers;
        let date = headers.date.unwrap_or(self.now).utc().format("%a, %d %b %Y at %H:%M");
        let mut text = format!("{}\n\nOn {date}, {} wrote:\n", said.trim(), shown(&self.reply_to));
        for line in self.arrived.text.lines().take(QUOTED_LINES) {
            text.push_str("> ");
            text.push_str(line);
            text.push('\n');
        }
        self.mail(&self.owner, &self.reply_to, format!("Re: {}", headers.subject), text, None)
    }

    /// The mailbox's server reports that there is no such mailbox (RFC 3464).
    fn bounce(&self, raw: &[u8]) -> Vec<u8> {
        let (owner, unique) = (self.owner.address.as_str(), clean(self.unique));
        let domain = self.owner.address.domain();
        let sender = self.reply_to.address.as_str();
        let date = self.now.utc().format("%a, %d %b %Y %H:%M:%S +0000");
        let boundary = format!("=_bounce_{unique}");
        let returned: String = String::from_utf8_lossy(raw)
            .lines()
            .map(|line| line.trim_end_matches('\r'))
            .take_while(|line| !line.is_empty())
            .flat_map(|line| [line, "\r\n"])
            .collect();
        let head = format!(
            "Return-Path: <>\r\nDelivered-To: {sender}\r\nFrom: Mail Delivery System <MAILER-DAEMON@{domain}>\r\n\
             To: <{sender}>\r\nSubject: Undelivered Mail Returned to Sender\r\nDate: {date}\r\n\
             Message-ID: <{unique}.bounce@{domain}>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=\"{boundary}\"\r\n\r\n"
        );
        let words = format!(
            "--{boundary}\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n\
             Your message could not be delivered: there is no such mailbox.\r\n\r\n"
        );
        let status = format!(
            "--{boundary}\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; {domain}\r\n\r\n\
             Final-Recipient: rfc822; {owner}\r\nAction: failed\r\nStatus: 5.1.1\r\n\
             Diagnostic-Code: smtp; 550 5.1.1 User unknown\r\n\r\n"
        );
        let original = format!(
            "--{boundary}\r\nContent-Type: text/rfc822-headers\r\n\r\n{returned}\r\n--{boundary}--\r\n"
        );
        [head, words, status, original].concat().into_bytes()
    }

    /// Who answers: the one who is invited, or a stranger to whom the invitation was forwarded.
    fn attendee(&self, event: &Card, stranger: Option<&Address>) -> Party {
        if let Some(stranger) = stranger {
            return Party::new("", stranger.clone());
        }
        let name = event.attendee_name.clone().unwrap_or_else(|| self.owner.name.clone());
        let address = event.attendee.clone().unwrap_or_else(|| self.owner.address.clone());
        Party::new(name, address)
    }

    /// Calendar programs answer the ORGANIZER, whatever the mail's Reply-To.
    fn organizer(&self, event: &Card) -> Party {
        let address = event.organizer_address.clone().unwrap_or_else(|| self.reply_to.address.clone());
        Party::new(self.reply_to.name.clone(), address)
    }

    fn calendar(
        &self,
        event: &Card,
        attendee: &Party,
        method: Outgoing,
        partstat: PartStat,
        comment: Option<String>,
    ) -> Result<CalendarPart> {
        let party = |party: &Party| itip::Party {
            address: party.address.clone(),
            name: (!party.name.is_empty()).then(|| party.name.clone()),
        };
        let text = itip::compose(&Event {
            method,
            uid: event.uid.clone(),
            sequence: event.sequence,
            dtstamp: self.now.whole_second(),
            start: event.start,
            end: event.end,
            summary: event.title.clone(),
            location: None,
            description: None,
            organizer: party(&self.organizer(event)),
            attendee: party(attendee),
            partstat,
            created: self.now,
            last_modified: self.now,
            url: None,
            comment,
        })?;
        Ok(CalendarPart { method: method.as_str().to_owned(), bytes: text.into_bytes() })
    }

    fn mail(
        &self,
        from: &Party,
        to: &Party,
        subject: String,
        text: String,
        calendar: Option<CalendarPart>,
    ) -> Vec<u8> {
        let headers = &self.arrived.headers;
        let mut references = headers.references.clone();
        references.extend(headers.message_id.clone());
        let mail = Mail {
            from: from.clone(),
            reply_to: None,
            to: to.clone(),
            envelope_from: from.address.clone(),
            envelope_to: to.address.clone(),
            subject,
            message_id: format!("{}@{}", clean(self.unique), from.address.domain()),
            date: self.now,
            in_reply_to: headers.message_id.clone(),
            references,
            text,
            html: None,
            calendar,
            auto_submitted: AutoSubmitted::No,
            extra: Vec::new(),
        };
        mail.compose()
    }
}

/// The name, else the address.
fn shown(party: &Party) -> &str {
    if party.name.is_empty() { party.address.as_str() } else { &party.name }
}

fn clean(unique: &str) -> String {
    unique.chars().filter(char::is_ascii_alphanumeric).take(64).collect()
}
