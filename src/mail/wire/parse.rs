//! What a message that came in says, as far as a machine can tell: who and to whom, the text, the calendar
//! parts, and whether it is a bounce, a machine's answer or a list's mail.
//!
//! It decides nothing: what a calendar part means, whose answer it is and whether to believe it are
//! questions for those above. Nothing inside a forwarded or returned message is taken for the message's own.

use mail_parser::decoders::html::html_to_text;

use crate::base::secret::sha256;
use crate::base::text::Address;

use super::headers::{Headers, ReturnPath};
use super::mime::{self, Part, Parts};
use super::report::{self, Bounce, Feedback, Receipt};
use super::tnef::{self, Tnef};

/// How much of the text is kept, in characters.
const TEXT_MAX: usize = 100_000;

/// What a message may have at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes in all.
    pub bytes: usize,
    /// Parts that are no multiparts.
    pub parts: usize,
    /// Multiparts within each other.
    pub depth: usize,
    /// Calendar parts that differ.
    pub calendars: usize,
}

impl Default for Limits {
    /// 10 MiB, 200 parts, 20 deep, 10 calendars.
    fn default() -> Self {
        Self { bytes: 10 * 1024 * 1024, parts: 200, depth: 20, calendars: 10 }
    }
}

/// Why a message was not taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// More bytes than allowed.
    #[error("the message has {bytes} bytes, {most} are taken")]
    TooLarge {
        /// What it has.
        bytes: usize,
        /// What is taken.
        most: usize,
    },
    /// More parts than allowed.
    #[error("the message has more than {most} parts")]
    TooManyParts {
        /// What is taken.
        most: usize,
    },
    /// Nested deeper than allowed.
    #[error("the message is nested more than {most} deep")]
    TooDeep {
        /// What is taken.
        most: usize,
    },
    /// More different calendar parts than allowed.
    #[error("the message has more than {most} calendar parts")]
    TooManyCalendars {
        /// What is taken.
        most: usize,
    },
    /// There is no header in it.
    #[error("this is not a mail message")]
    NotMail,
}

/// A calendar part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarBody {
    /// Its `Content-Type`, in lower case, without parameters.
    pub kind: String,
    /// The `method` parameter, in upper case; the calendar inside may say otherwise, and is right.
    pub method: Option<String>,
    /// Its file name.
    pub name: Option<String>,
    /// The iCalendar text.
    pub text: String,
}

/// A message that came in.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// Its header.
    pub headers: Headers,
    /// The text a person would read, without HTML, at most 100,000 characters.
    pub text: String,
    /// The calendar parts that differ from each other, outside of forwarded messages.
    pub calendars: Vec<CalendarBody>,
    /// What an Outlook `winmail.dat` says, if there is one that can be read.
    pub tnef: Option<Tnef>,
    /// The bounce that it is, in any of its forms.
    pub bounce: Option<Bounce>,
    /// The receipt that it is (RFC 8098): somebody's program says what became of a mail.
    pub receipt: Option<Receipt>,
    /// The complaint that it is (RFC 5965): somebody called a mail of ours junk.
    pub feedback: Option<Feedback>,
    /// SHA-256 of the first decoded calendar part, else of the text: the same however it was carried.
    pub content_hash: String,
}

impl Arrived {
    /// Takes a message apart.
    pub fn parse(raw: &[u8], limits: &Limits) -> Result<Self, Refusal> {
        if raw.len() > limits.bytes {
            return Err(Refusal::TooLarge { bytes: raw.len(), most: limits.bytes });
        }
        let headers = Headers::read(raw);
        if headers.from.is_empty() && headers.subject.is_empty() && headers.to.is_empty() {
            return Err(Refusal::NotMail);
        }
        let parts = mime::split(raw, limits)?;
        let calendars = calendars(&parts, limits)?;
        let text = text(&parts);
        let is_tnef = |part: &&Part<'_>| {
            matches!(part.kind.as_str(), "application/ms-tnef" | "application/vnd.ms-tnef")
                || part.name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case("winmail.dat"))
        };
        let tnef = parts.leaves.iter().find(is_tnef).and_then(|part| tnef::read(&part.bytes()));
        let content = calendars.first().map_or(&text, |calendar| &calendar.text);
        let content_hash = sha256(content.as_bytes());
        let bounce = report::bounce(&headers, &parts, &text);
        let receipt = report::receipt(&parts);
        let feedback = report::feedback(&parts);
        Ok(Self { headers, text, calendars, tnef, bounce, receipt, feedback, content_hash })
    }

    /// Whether it says what became of a mail of ours.
    pub fn is_bounce(&self) -> bool {
        self.bounce.is_some()
    }

    /// Whether a machine answered by itself. A calendar answer may be marked like that too: look for one first.
    pub fn is_auto_reply(&self) -> bool {
        const SUBJECTS: &[&str] = &[
            "automatic reply",
            "auto reply",
            "auto-reply",
            "autoreply",
            "auto response",
            "out of office",
            "out of the office",
            "abwesenheitsnotiz",
            "automatische antwort",
            "réponse automatique",
            "absence du bureau",
            "respuesta automática",
            "risposta automatica",
            "resposta automática",
            "automatisch antwoord",
            "automatiskt svar",
            "autosvar",
            "自動返信",
            "自动回复",
        ];
        let marked =
            self.headers.auto_submitted.as_deref().is_some_and(|word| word != "no" && !word.is_empty());
        let subject = self.headers.subject.to_lowercase();
        marked
            || self.headers.has_auto_reply_fields
            || self.headers.precedence.as_deref() == Some("auto_reply")
            || SUBJECTS.iter().any(|words| subject.starts_with(words))
    }

    /// Whether it came by a mailing list or in bulk.
    pub fn is_list(&self) -> bool {
        self.headers.has_list_fields
            || self.headers.precedence.as_deref().is_some_and(|word| matches!(word, "bulk" | "list" | "junk"))
    }

    /// Whether an automatic answer may be sent at all (RFC 3834, 2): never to a machine, a bounce or a list.
    pub fn may_be_answered(&self) -> bool {
        !self.is_bounce()
            && !self.is_auto_reply()
            && !self.is_list()
            && self.receipt.is_none()
            && self.feedback.is_none()
            && self.headers.return_path != ReturnPath::Null
            && !self.headers.is_from_mailer()
    }

    /// Every address it was sent to, each once, the surest first; sub-addresses (`+token`) are kept.
    pub fn recipients(&self) -> Vec<&Address> {
        self.headers.recipients()
    }

    /// Who wrote it: the first `From`.
    pub fn author(&self) -> Option<&Address> {
        self.headers.from.first().map(|party| &party.address)
    }
}

fn calendars(parts: &Parts<'_>, limits: &Limits) -> Result<Vec<CalendarBody>, Refusal> {
    let mut found: Vec<CalendarBody> = Vec::new();
    for part in parts.leaves.iter().filter(|part| part.is_calendar()) {
        let text = part.text();
        // Gateways change line ends in one copy and not in the other.
        let same = found.iter_mut().find(|known| known.text.lines().eq(text.lines()));
        if let Some(known) = same {
            known.method = known.method.take().or_else(|| part.method.clone());
            continue;
        }
        if found.len() == limits.calendars {
            return Err(Refusal::TooManyCalendars { most: limits.calendars });
        }
        found.push(CalendarBody {
            kind: part.kind.clone(),
            method: part.method.clone(),
            name: part.name.clone(),
            text,
        });
    }
    Ok(found)
}

/// The plain parts that are shown, else the HTML ones as text.
fn text(parts: &Parts<'_>) -> String {
    let shown = |kind: &'static str| {
        parts
            .leaves
            .iter()
            .filter(move |part| part.kind == kind && !part.is_attachment && !part.is_calendar())
    };
    let join = |texts: Vec<String>| {
        let text = texts.join("\n\n").replace("\r\n", "\n").replace('\r', "\n");
        text.trim().chars().take(TEXT_MAX).collect::<String>()
    };
    let plain = join(shown("text/plain").map(Part::text).collect());
    if !plain.is_empty() {
        return plain;
    }
    let html = |part: &Part<'_>| {
        // What would be cut off anyway need not be converted.
        let text = html_to_text(&part.text().chars().take(TEXT_MAX * 10).collect::<String>());
        text.lines().map(str::trim).collect::<Vec<_>>().join("\n")
    };
    join(shown("text/html").map(html).collect())
}
