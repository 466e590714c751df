//! What a message is, before anybody asks whose: a report, an answer in calendar form, a machine's words, or a
//! person's. The order matters: a bounce carries our own invitation, and programs mark their answers as automatic.

use super::proof::{self, Proof};
use super::{Received, Rules};
use crate::base::secret::sha256;
use crate::base::text::{self, Address};
use crate::base::time::Timestamp;
use crate::itip::{self, Incoming, Method, PartStat, Refusal};
use crate::mail::wire::{Arrived, BounceKind, CalendarBody, Headers, TnefAnswer};
use crate::meetings::Report;
use crate::meetings::incoming::{Beside, Sender};

/// How many tokens of one message are looked up.
const TOKENS_MAX: usize = 20;
/// How much of a message that is too large is kept, in bytes.
const OVERSIZE_KEPT: usize = 64 * 1024;
/// How much of the subject is kept with the outcome, in characters.
const SUBJECT_CHARS_MAX: usize = 200;

/// What a message is.
#[derive(Debug)]
pub(super) enum Sort {
    /// It could not be read, for this reason.
    Unreadable(String),
    /// It tells what became of a mail of ours.
    News(News),
    /// REPLY, COUNTER or REFRESH, and what was said beside it.
    Answer(Box<Incoming>, Beside),
    /// Any other method: only an organizer sends those.
    Foreign(Box<Incoming>),
    /// An answer inside an Outlook `winmail.dat`, with the UID if it has one, and the words beside it.
    Tnef(PartStat, Option<String>, Beside),
    /// A machine answers for somebody.
    Automatic,
    /// A list's mail, or another one that must not be answered.
    Bulk,
    /// What a person wrote, without what they quote.
    Words(String),
}

/// What a report says.
#[derive(Debug)]
pub(super) struct News {
    pub(super) report: Report,
    /// The Message-ID of the mail that it is about.
    pub(super) original: Option<String>,
    /// For whom that mail was; asked last.
    pub(super) recipients: Vec<Address>,
    /// What may be shown of it: no address.
    pub(super) detail: Option<String>,
    /// In a sentence.
    pub(super) says: &'static str,
}

/// A message that was taken apart.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) received: Received,
    /// The raw message as it is kept; it is sealed in the transaction where it is not given.
    pub(super) sealed_raw: Option<Vec<u8>>,
    pub(super) trace: String,
    pub(super) size_bytes: i64,
    /// By which it is known again; a hash, if it has none of its own.
    pub(super) message_id: String,
    pub(super) content_hash: String,
    pub(super) detail: Option<String>,
    pub(super) sender: Sender,
    /// The one From; nobody, if there are several.
    pub(super) author: Option<Address>,
    /// What a server that is trusted says of the sender.
    pub(super) proof: Option<Proof>,
    pub(super) headers: Headers,
    pub(super) sort: Sort,
}

impl Prepared {
    /// A message that cannot be read.
    pub(super) fn unreadable(mut received: Received, reason: String, trace: String) -> Self {
        let hash = sha256(&received.raw);
        let size_bytes = i64::try_from(received.raw.len()).unwrap_or(i64::MAX);
        let sender = Sender {
            tokens: Vec::new(),
            addresses: Vec::new(),
            authenticated: false,
            arrived: received.arrived,
        };
        received.raw.shrink_to_fit();
        Self {
            received,
            sealed_raw: None,
            trace,
            size_bytes,
            message_id: format!("sha256:{hash}"),
            content_hash: hash,
            detail: None,
            sender,
            author: None,
            proof: None,
            headers: Headers::default(),
            sort: Sort::Unreadable(reason),
        }
    }

    /// Takes a message apart and sorts it.
    pub(super) fn read(received: Received, rules: &Rules, organizer: &Address, trace: String) -> Self {
        let arrived = match Arrived::parse(&received.raw, &rules.limits) {
            Ok(arrived) => arrived,
            Err(refusal) => {
                let mut unread = Self::unreadable(received, sentence(&refusal.to_string()), trace);
                if unread.received.raw.len() > rules.limits.bytes {
                    unread.received.raw.truncate(OVERSIZE_KEPT);
                }
                return unread;
            }
        };
        let sort = sort(&arrived);
        let headers = arrived.headers;
        let author = match headers.from.as_slice() {
            [only] if headers.from_fields == 1 => Some(only.address.clone()),
            _ => None,
        };
        let addresses =
            headers.from.iter().chain(&headers.sender).map(|party| party.address.clone()).collect();
        let sender = Sender {
            tokens: tokens(&received, &headers, organizer),
            addresses,
            authenticated: false,
            arrived: received.arrived,
        };
        Self {
            sealed_raw: None,
            trace,
            size_bytes: i64::try_from(received.raw.len()).unwrap_or(i64::MAX),
            message_id: message_id(&headers),
            content_hash: arrived.content_hash,
            detail: Some(text::line(&headers.subject, SUBJECT_CHARS_MAX)).filter(|text| !text.is_empty()),
            sender,
            author,
            proof: proof::told(&headers, &rules.trusted_authserv_id),
            headers,
            sort,
            received,
        }
    }

    /// The method, if it is an iTIP message.
    pub(super) fn method(&self) -> Option<&str> {
        match &self.sort {
            Sort::Answer(message, _) | Sort::Foreign(message) => Some(message.method.as_str()),
            _ => None,
        }
    }

    /// What its author answers, as the store writes it.
    pub(super) fn partstat(&self) -> Option<PartStat> {
        match &self.sort {
            Sort::Answer(message, _) => message.attendee(self.author.as_ref())?.partstat,
            Sort::Tnef(partstat, ..) => Some(*partstat),
            _ => None,
        }
    }
}

/// The message's own id, or what stands for it: the fields that no road changes.
fn message_id(headers: &Headers) -> String {
    headers.message_id.clone().unwrap_or_else(|| {
        let from: Vec<&str> = headers.from.iter().map(|party| party.address.as_str()).collect();
        let date = headers.date.map(Timestamp::ms).unwrap_or_default();
        format!("sha256:{}", sha256(format!("{from:?} {date} {}", headers.subject).as_bytes()))
    })
}

/// The tokens in the addresses that a message was written or handed to: sub-addresses of the organizer's own
/// mailbox and of no other.
fn tokens(received: &Received, headers: &Headers, organizer: &Address) -> Vec<String> {
    let rcpt = received.rcpt.as_deref().and_then(Address::parse);
    let prefix = format!("{}+", organizer.local().to_ascii_lowercase());
    let mut found: Vec<String> = Vec::new();
    for address in rcpt.iter().chain(headers.recipients()) {
        let is_ours = address.domain().eq_ignore_ascii_case(organizer.domain());
        let local = address.local().to_ascii_lowercase();
        if let Some(token) = local.strip_prefix(&prefix).filter(|token| is_ours && !token.is_empty())
            && found.len() < TOKENS_MAX
            && !found.iter().any(|known| known == token)
        {
            found.push(token.to_owned());
        }
    }
    found
}

fn sort(arrived: &Arrived) -> Sort {
    if let Some(news) = news(arrived) {
        return Sort::News(news);
    }
    match calendar(&arrived.calendars) {
        Ok(Some(message)) => {
            return match message.method {
                Method::Reply | Method::Counter | Method::Refresh => {
                    Sort::Answer(Box::new(message), beside(arrived))
                }
                _ => Sort::Foreign(Box::new(message)),
            };
        }
        Ok(None) => {}
        Err(refusal) => return Sort::Unreadable(refusal.to_string()),
    }
    let outlook = arrived.tnef.as_ref().and_then(|tnef| Some((tnef.answer()?, tnef.uid.clone())));
    if let Some((answer, uid)) = outlook {
        let partstat = match answer {
            TnefAnswer::Accepted => PartStat::Accepted,
            TnefAnswer::Declined => PartStat::Declined,
            TnefAnswer::Tentative => PartStat::Tentative,
        };
        return Sort::Tnef(partstat, uid, beside(arrived));
    }
    if arrived.is_auto_reply() {
        return Sort::Automatic;
    }
    if !arrived.may_be_answered() {
        return Sort::Bulk;
    }
    Sort::Words(itip::new_words(&arrived.text))
}

/// What a person said beside the answer of their program. In a mail that was made by a machine the text is the
/// machine's; what the person said is in the calendar part.
fn beside(arrived: &Arrived) -> Beside {
    let may_be_answered = arrived.may_be_answered();
    let headers = &arrived.headers;
    Beside {
        text: if may_be_answered { itip::remark(&arrived.text) } else { String::new() },
        may_be_answered,
        message_id: headers.message_id.clone(),
        thread: headers.references.first().or(headers.in_reply_to.first()).cloned(),
    }
}

/// The one scheduling message among the calendar parts; nothing, if they hold none.
fn calendar(parts: &[CalendarBody]) -> Result<Option<Incoming>, Refusal> {
    let (mut found, mut refused): (Option<Incoming>, Option<Refusal>) = (None, None);
    for part in parts {
        match read(part) {
            Ok(message) => {
                // One mail is about one meeting (RFC 5546, 3.2).
                if found.as_ref().is_some_and(|known| !itip::same_uid(&known.uid, &message.uid)) {
                    return Err(Refusal::SeveralUids);
                }
                found = found.or(Some(message));
            }
            Err(Refusal::SeveralUids) => return Err(Refusal::SeveralUids),
            // An event that somebody encloses, or a task: no scheduling message.
            Err(Refusal::NoMethod | Refusal::NoEvent) => {}
            Err(refusal) => refused = refused.or(Some(refusal)),
        }
    }
    match (found, refused) {
        (None, Some(refusal)) => Err(refusal),
        (found, _) => Ok(found),
    }
}

/// Reads a part. The method inside counts, whatever MIME says; MIME's stands in where there is none inside.
fn read(part: &CalendarBody) -> Result<Incoming, Refusal> {
    match (itip::read(part.text.as_bytes()), &part.method) {
        (Err(Refusal::NoMethod), Some(method)) if method.bytes().all(|b| b.is_ascii_alphabetic()) => {
            let begin = "BEGIN:VCALENDAR";
            let at = part.text.to_ascii_uppercase().find(begin).ok_or(Refusal::NotCalendar)? + begin.len();
            let (head, rest) = part.text.split_at_checked(at).ok_or(Refusal::NotCalendar)?;
            itip::read(format!("{head}\r\nMETHOD:{method}{rest}").as_bytes())
        }
        (read, _) => read,
    }
}

fn news(arrived: &Arrived) -> Option<News> {
    if let Some(bounce) = &arrived.bounce {
        let (report, says) = match bounce.kind {
            BounceKind::Delivered => (Report::Delivered, "It says that a mail of ours arrived."),
            BounceKind::Delayed => {
                (Report::Delayed, "It says that a mail of ours is late; it is still tried.")
            }
            BounceKind::Failed => (Report::Bounced, "It says that a mail of ours came back."),
        };
        return Some(News {
            report,
            original: bounce.original_message_id.clone(),
            recipients: bounce.recipients.clone(),
            detail: bounce.status.as_deref().map(status_in_words),
            says,
        });
    }
    if let Some(feedback) = arrived.feedback.as_ref().filter(|feedback| feedback.kind != "not-spam") {
        return Some(News {
            report: Report::Complained,
            original: feedback.original_message_id.clone(),
            // Whoever complains is not written to again: an address alone does not prove that.
            recipients: Vec::new(),
            detail: None,
            says: "It says that a mail of ours was called unwanted; its reader is not written to again.",
        });
    }
    let receipt = arrived.receipt.as_ref()?;
    Some(News {
        report: Report::Delivered,
        original: receipt.original_message_id.clone(),
        recipients: Vec::new(),
        detail: None,
        says: "It is a receipt for a mail of ours.",
    })
}

/// A status code (RFC 3463) with what it means; the mailer's own words may hold addresses.
fn status_in_words(status: &str) -> String {
    let mut digits = status.splitn(3, '.').skip(1);
    let means = match (digits.next(), digits.next()) {
        (Some("1"), _) => "there is no such mailbox",
        (Some("2"), Some("2")) => "the mailbox is full",
        (Some("2"), _) => "the mailbox takes no mail",
        (Some("3"), _) => "the mail system takes no mail",
        (Some("4"), _) => "the mail system cannot be reached",
        (Some("6"), _) => "the mail system cannot take this kind of mail",
        (Some("7"), _) => "the mail system refuses our mail",
        _ => "no reason is given",
    };
    format!("{means} ({status})")
}

/// As a sentence: a capital letter and a full stop.
fn sentence(words: &str) -> String {
    let mut chars = words.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", chars.as_str().trim_end_matches('.'))
}
