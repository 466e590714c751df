//! Outgoing MIME: the same facts always give the same bytes.
//!
//! No clock and no chance in here: boundaries are derived from the Message-ID, the date is given. Every
//! line ends in CRLF and is at most 998 octets long, everything is ASCII, and nothing that is put into a
//! header can begin another one. Knows nothing of what a message says.

use crate::base::secret::sha256;
use crate::base::text::Address;
use crate::base::time::Timestamp;

use super::dkim::DkimSigner;
use super::encode;

/// The file name that calendar programs expect.
const CALENDAR_FILE: &str = "invite.ics";
/// The longest Message-ID written, in octets, so that no line passes 998.
const MESSAGE_ID_MAX: usize = 500;

/// Somebody as a header shows them: a display name, which may be empty, and an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// As people read it; any characters, or nothing.
    pub name: String,
    /// Where they are written to.
    pub address: Address,
}

impl Party {
    /// A name and an address.
    pub fn new(name: impl Into<String>, address: Address) -> Self {
        Self { name: name.into(), address }
    }
}

/// Who makes the message (RFC 3834, 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutoSubmitted {
    /// A person: nothing is said of it.
    No,
    /// `auto-generated`: of our own accord.
    Generated,
    /// `auto-replied`: in answer to one message.
    Replied,
}

/// The calendar part: the same bytes are shown inside the alternative and attached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarPart {
    /// The iTIP method, as in the bytes: `REQUEST`. Letters, digits and `-` only; others are dropped.
    pub method: String,
    /// The iCalendar object, UTF-8.
    pub bytes: Vec<u8>,
}

/// One message to one recipient.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The `From` header.
    pub from: Party,
    /// The `Reply-To` header, where answers are to go elsewhere than to `from`.
    pub reply_to: Option<Party>,
    /// The `To` header.
    pub to: Party,
    /// The envelope's sender: where bounces go. Not written into the message.
    pub envelope_from: Address,
    /// The envelope's recipient. Not written into the message.
    pub envelope_to: Address,
    /// The `Subject`, any characters; line ends become spaces.
    pub subject: String,
    /// The `Message-ID`, with or without angle brackets.
    pub message_id: String,
    /// The `Date`, written in UTC.
    pub date: Timestamp,
    /// The Message-ID this one answers.
    pub in_reply_to: Option<String>,
    /// The Message-IDs before it, oldest first.
    pub references: Vec<String>,
    /// The plain text, complete by itself.
    pub text: String,
    /// The same as HTML.
    pub html: Option<String>,
    /// The calendar part, if the message carries one.
    pub calendar: Option<CalendarPart>,
    /// What `Auto-Submitted` says.
    pub auto_submitted: AutoSubmitted,
    /// Further headers: names of letters, digits and `-` only (others are left out), values any text.
    pub extra: Vec<(&'static str, String)>,
}

impl Mail {
    /// The message's bytes, ready for DATA before dot-stuffing.
    pub fn compose(&self) -> Vec<u8> {
        let mut out = self.headers();
        let id = clean_id(&self.message_id).unwrap_or_default();
        match &self.calendar {
            None => out.push_str(&self.alternative(&id)),
            Some(calendar) => {
                let boundary = boundary(&id, "mixed");
                out.push_str(&multipart("mixed", &boundary));
                open(&mut out, &boundary);
                out.push_str(&self.alternative(&id));
                open(&mut out, &boundary);
                out.push_str(&calendar_part(calendar, true));
                close(&mut out, &boundary);
            }
        }
        out.into_bytes()
    }

    /// As [`Mail::compose`], with a DKIM-Signature on top (RFC 6376) dated as the mail is.
    pub fn compose_signed(&self, signer: &DkimSigner) -> Vec<u8> {
        let message = self.compose();
        let signature = signer.sign(&message, self.date);
        [signature.as_bytes(), &message].concat()
    }

    fn headers(&self) -> String {
        let mut out = String::with_capacity(4096);
        mailbox(&mut out, "From", &self.from);
        mailbox(&mut out, "To", &self.to);
        if let Some(party) = &self.reply_to {
            mailbox(&mut out, "Reply-To", party);
        }
        encode::unstructured(&mut out, "Subject", &self.subject);
        let date = self.date.utc().format("%a, %d %b %Y %H:%M:%S +0000").to_string();
        encode::folded(&mut out, "Date", &[date]);
        let id = clean_id(&self.message_id).into_iter().collect::<Vec<_>>();
        encode::folded(&mut out, "Message-ID", &id);
        if let Some(id) = self.in_reply_to.as_deref().and_then(clean_id) {
            encode::folded(&mut out, "In-Reply-To", &[id]);
        }
        let references: Vec<String> = self.references.iter().filter_map(|id| clean_id(id)).collect();
        if !references.is_empty() {
            encode::folded(&mut out, "References", &references);
        }
        let auto = match self.auto_submitted {
            AutoSubmitted::No => None,
            AutoSubmitted::Generated => Some("auto-generated"),
            AutoSubmitted::Replied => Some("auto-replied"),
        };
        if let Some(auto) = auto {
            encode::folded(&mut out, "Auto-Submitted", &[auto.to_owned()]);
            // Never `All`: that would suppress the bounces, which are wanted.
            encode::folded(&mut out, "X-Auto-Response-Suppress", &["OOF, AutoReply".to_owned()]);
        }
        for (name, value) in &self.extra {
            let fine = !name.is_empty()
                && name.len() <= 60
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            if fine {
                encode::unstructured(&mut out, name, value);
            }
        }
        out.push_str("MIME-Version: 1.0\r\n");
        out
    }

    /// Text, HTML and the calendar as three forms of one thing: the best comes last (RFC 2046, 5.1.4).
    fn alternative(&self, id: &str) -> String {
        let text =
            part("text/plain; charset=utf-8", "quoted-printable", &encode::quoted_printable(&self.text));
        if self.html.is_none() && self.calendar.is_none() {
            return text;
        }
        let boundary = boundary(id, "alternative");
        let mut out = multipart("alternative", &boundary);
        open(&mut out, &boundary);
        out.push_str(&text);
        if let Some(html) = &self.html {
            open(&mut out, &boundary);
            let html = encode::quoted_printable(html);
            out.push_str(&part("text/html; charset=utf-8", "quoted-printable", &html));
        }
        if let Some(calendar) = &self.calendar {
            open(&mut out, &boundary);
            out.push_str(&calendar_part(calendar, false));
        }
        close(&mut out, &boundary);
        out
    }
}

/// Inside the alternative it has no name and no disposition, or some programs show it as a file only;
/// outside it is a file, for the programs that look at files only.
fn calendar_part(calendar: &CalendarPart, attached: bool) -> String {
    let method: String =
        calendar.method.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(40).collect();
    let mut kind = format!("text/calendar; charset=UTF-8; method={method}");
    if attached {
        kind = format!(
            "{kind};\r\n name=\"{CALENDAR_FILE}\"\r\nContent-Disposition: attachment; filename=\"{CALENDAR_FILE}\""
        );
    }
    part(&kind, "base64", &encode::base64_body(&calendar.bytes))
}

fn part(kind: &str, encoding: &str, body: &str) -> String {
    format!("Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}")
}

fn multipart(kind: &str, boundary: &str) -> String {
    format!("Content-Type: multipart/{kind};\r\n boundary=\"{boundary}\"\r\n\r\n")
}

fn open(out: &mut String, boundary: &str) {
    out.push_str("--");
    out.push_str(boundary);
    out.push_str("\r\n");
}

fn close(out: &mut String, boundary: &str) {
    out.push_str("--");
    out.push_str(boundary);
    out.push_str("--\r\n");
}

/// Cannot occur in a body: `=_` is in neither quoted-printable nor base64 (RFC 2045, 6.7).
fn boundary(id: &str, which: &str) -> String {
    let hash = sha256(format!("{which} {id}").as_bytes());
    format!("=_{}", &hash[..32])
}

fn mailbox(out: &mut String, name: &str, party: &Party) {
    let mut words = encode::phrase(&party.name);
    words.push(format!("<{}>", party.address.as_str()));
    encode::folded(out, name, &words);
}

/// A Message-ID in angle brackets, printable ASCII and nothing else; `None` if nothing usable is left.
fn clean_id(id: &str) -> Option<String> {
    let inner: String =
        id.chars().filter(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>')).take(MESSAGE_ID_MAX).collect();
    (!inner.is_empty()).then(|| format!("<{inner}>"))
}
