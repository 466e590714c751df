//! Reports about mail that was sent: bounces (RFC 3464, and the forms of mailers that do not keep to it),
//! receipts (RFC 8098) and complaints (RFC 5965).
//!
//! Which letter a report is about is for those above to find: by the address it came to, then by the
//! Message-ID, then by the recipient.

use std::collections::HashSet;

use crate::base::text::Address;

use super::headers::{Headers, addresses, ids};
use super::mime::{Part, Parts, head_and_body};

/// How many recipients of one report are taken.
const RECIPIENTS_MAX: usize = 100;
/// How much of a diagnostic is kept, in characters.
const DIAGNOSTIC_MAX: usize = 1_000;

/// What became of the mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BounceKind {
    /// It arrived, or was handed on.
    Delivered,
    /// It has not arrived yet; the mailer goes on trying.
    Delayed,
    /// It will not arrive.
    Failed,
}

/// A bounce. If it speaks of several recipients, `kind` is the worst.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounce {
    /// What became of the mail.
    pub kind: BounceKind,
    /// Whom it was for: original recipients before final ones, each once.
    pub recipients: Vec<Address>,
    /// The Message-ID of the mail, without angle brackets.
    pub original_message_id: Option<String>,
    /// The status code of the worst recipient (RFC 3463): `5.1.1`.
    pub status: Option<String>,
    /// What the mailer said of it. Holds addresses: never to be shown to another participant.
    pub diagnostic: Option<String>,
}

/// A receipt: `displayed`, `deleted`, `dispatched`, `processed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// What became of the mail, in lower case.
    pub disposition: String,
    /// The Message-ID of the mail, without angle brackets.
    pub original_message_id: Option<String>,
}

/// A complaint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feedback {
    /// `abuse`, `fraud`, `not-spam`, …, in lower case.
    pub kind: String,
    /// Who complained, if that is told.
    pub recipients: Vec<Address>,
    /// The Message-ID of the mail, without angle brackets.
    pub original_message_id: Option<String>,
}

/// Recognises a bounce.
pub(super) fn bounce(headers: &Headers, parts: &Parts<'_>, text: &str) -> Option<Bounce> {
    let status_part = |part: &&Part<'_>| {
        matches!(part.kind.as_str(), "message/delivery-status" | "message/global-delivery-status")
    };
    // RFC 3464: in a multipart/report; some mailers forget to say so, but a machine wrote them all.
    let is_report = parts.kind == "multipart/report"
        && parts.report_type.as_deref().is_none_or(|kind| kind == "delivery-status");
    let told = parts.leaves.iter().find(status_part).filter(|_| is_report || headers.is_from_mailer());
    if let Some(mut bounce) = told.and_then(|part| from_status(&part.text())) {
        bounce.original_message_id = bounce.original_message_id.or_else(|| returned_id(parts, text));
        return Some(bounce);
    }
    from_words(headers, parts, text)
}

/// The fields of message/delivery-status (RFC 3464, 2): one block for the message, one for each recipient.
fn from_status(text: &str) -> Option<Bounce> {
    let mut bounce = Bounce {
        kind: BounceKind::Delivered,
        recipients: Vec::new(),
        original_message_id: None,
        status: None,
        diagnostic: None,
    };
    let mut worst = None;
    for block in blocks(text) {
        let field =
            |name: &str| block.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let id = field("x-original-message-id").or_else(|| field("original-message-id"));
        bounce.original_message_id = bounce.original_message_id.or_else(|| id.and_then(|id| ids(id).pop()));
        let kind = match field("action").map(str::to_ascii_lowercase).as_deref() {
            Some("failed") => BounceKind::Failed,
            Some("delayed") => BounceKind::Delayed,
            Some("delivered" | "relayed" | "expanded") => BounceKind::Delivered,
            // No action that is known: the class of the status says the same (RFC 3463, 3.1).
            _ => match field("status").map(|status| status.trim().as_bytes().first().copied()) {
                Some(Some(b'5')) => BounceKind::Failed,
                Some(Some(b'4')) => BounceKind::Delayed,
                Some(Some(b'2')) => BounceKind::Delivered,
                _ => continue,
            },
        };
        for name in ["original-recipient", "final-recipient"] {
            // `rfc822; somebody@example.org`
            let address = field(name).and_then(|value| value.rsplit(';').next()).and_then(Address::parse);
            bounce.recipients.extend(address);
        }
        if worst.is_none_or(|worst| kind > worst) {
            worst = Some(kind);
            bounce.kind = kind;
            bounce.status = field("status").and_then(status_code);
            bounce.diagnostic = field("diagnostic-code").map(shorten);
        }
    }
    once(&mut bounce.recipients);
    worst.map(|_| bounce)
}

/// Blocks of `Name: value`, parted by empty lines, unfolded; names in lower case.
fn blocks(text: &str) -> Vec<Vec<(String, String)>> {
    let mut blocks = vec![Vec::new()];
    for line in text.lines().take(2_000) {
        let Some(block) = blocks.last_mut() else { break };
        if line.trim().is_empty() {
            if !block.is_empty() {
                blocks.push(Vec::new());
            }
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = block.last_mut() {
                *value = format!("{value} {}", line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            block.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    blocks
}

/// Words by which mailers without a report of any standard begin. The first column is where they stand.
const FAILED_SUBJECTS: &[&str] = &[
    "undeliver",
    "delivery status notification (failure)",
    "delivery failure",
    "delivery has failed",
    "mail delivery failed",
    "mail delivery failure",
    "mail system error",
    "failure notice",
    "returned mail",
    "message undeliverable",
    "non-delivery",
    "nondeliverable",
    "unzustellbar",
    "non remis",
];
const DELAYED_SUBJECTS: &[&str] =
    &["delivery status notification (delay)", "delayed mail", "warning: message", "delivery delayed"];
const FAILED_TEXTS: &[&str] = &[
    // qmail
    "hi. this is the qmail-send program",
    "i'm afraid i wasn't able to deliver your message",
    // Exim, Zoho
    "this message was created automatically by mail delivery software",
    // Yahoo
    "unable to deliver your message to the following address",
    // Exchange
    "did not reach some or all of the intended recipients",
    "delivery has failed to these recipients",
    // Gmail, before it wrote reports
    "delivery to the following recipient failed permanently",
    "delivery to the following recipients failed permanently",
];
const DELAYED_TEXTS: &[&str] = &[
    "has not yet been delivered",
    "delivery to the following recipient has been delayed",
    "will be retried",
    "no action is required on your part",
];

/// Bounces in plain words: old Gmail, Exim, qmail, Yahoo, Exchange, Zoho.
fn from_words(headers: &Headers, parts: &Parts<'_>, text: &str) -> Option<Bounce> {
    let subject = headers.subject.to_lowercase();
    let lower = text.to_lowercase();
    let subject_is = |words: &[&str]| words.iter().any(|word| subject.starts_with(word));
    let text_has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let is_marked = !headers.failed_recipients.is_empty();
    // What a person writes may have such words in it; a mailer's address or a null sender must go with them.
    let is_worded = headers.is_from_mailer()
        && (subject_is(FAILED_SUBJECTS) || subject_is(DELAYED_SUBJECTS) || text_has(FAILED_TEXTS));
    if !is_marked && !is_worded {
        return None;
    }
    let is_delay = subject_is(DELAYED_SUBJECTS) || text_has(DELAYED_TEXTS) && !subject_is(FAILED_SUBJECTS);
    let (said, _) = cut_copy(text);
    let mut recipients = headers.failed_recipients.clone();
    if recipients.is_empty() {
        recipients = named_recipients(said);
    }
    once(&mut recipients);
    let diagnostic = said.lines().map(str::trim).find(|line| code_in(line).is_some());
    Some(Bounce {
        kind: if is_delay { BounceKind::Delayed } else { BounceKind::Failed },
        recipients,
        original_message_id: returned_id(parts, text),
        status: diagnostic.and_then(code_in),
        diagnostic: diagnostic.map(shorten),
    })
}

/// The mailer's own words, and the copy of the mail that it gives below them.
fn cut_copy(text: &str) -> (&str, &str) {
    const MARKS: &[&str] = &[
        "--- Below this line is a copy",
        "--- Original message follows",
        "----- Original message -----",
        "------ This is a copy of the message",
        "--- The header of the original message is following",
        "Original message headers:",
    ];
    let at = MARKS.iter().filter_map(|mark| text.find(mark)).min();
    at.map_or((text, ""), |at| text.split_at(at))
}

/// The addresses that stand at the start of a line: `<a@example.org>:`, `a@example.org`, `a@example.org on 1/2/2026`.
fn named_recipients(said: &str) -> Vec<Address> {
    said.lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter_map(|word| Address::parse(word.trim_end_matches([':', ',', '.'])))
        .take(RECIPIENTS_MAX)
        .collect()
}

/// An enhanced status code (RFC 3463, 2) in a line of words.
fn code_in(line: &str) -> Option<String> {
    line.split(|c: char| !c.is_ascii_digit() && c != '.')
        .map(|word| word.trim_matches('.'))
        .find_map(status_code)
}

fn status_code(text: &str) -> Option<String> {
    let word = text.split_whitespace().next()?;
    let mut digits = word.split('.');
    let (class, subject, detail) = (digits.next()?, digits.next()?, digits.next()?);
    let number = |text: &str| (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let fine =
        matches!(class, "2" | "4" | "5") && number(subject) && number(detail) && digits.next().is_none();
    fine.then(|| word.to_owned())
}

/// The Message-ID of the mail that came back: from the message or header enclosed, else from the copy below
/// the words.
fn returned_id(parts: &Parts<'_>, text: &str) -> Option<String> {
    let enclosed = parts.leaves.iter().find(|part| part.is_message()).and_then(|part| {
        let bytes = part.bytes();
        let (head, _) = head_and_body(&bytes);
        id_field(&String::from_utf8_lossy(head))
    });
    enclosed.or_else(|| id_field(cut_copy(text).1))
}

fn id_field(text: &str) -> Option<String> {
    let mut lines = text.lines().skip_while(|line| {
        !line.trim_start().get(..11).is_some_and(|name| name.eq_ignore_ascii_case("message-id:"))
    });
    let first = lines.next()?.trim_start().get(11..)?.trim();
    // A long one is folded after the colon.
    let value = if first.is_empty() { lines.next()?.trim() } else { first };
    ids(value).pop()
}

/// Recognises a receipt (RFC 8098).
pub(super) fn receipt(parts: &Parts<'_>) -> Option<Receipt> {
    let part = parts.leaves.iter().find(|part| {
        matches!(
            part.kind.as_str(),
            "message/disposition-notification" | "message/global-disposition-notification"
        )
    })?;
    let fields: Vec<(String, String)> = blocks(&part.text()).into_iter().flatten().collect();
    let field = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    // `automatic-action/MDN-sent-automatically; deleted/error`
    let disposition =
        field("disposition")?.rsplit(';').next()?.split('/').next()?.trim().to_ascii_lowercase();
    let original_message_id = field("original-message-id").and_then(|id| ids(id).pop());
    Some(Receipt { disposition, original_message_id })
}

/// Recognises a complaint (RFC 5965).
pub(super) fn feedback(parts: &Parts<'_>) -> Option<Feedback> {
    let part = parts.leaves.iter().find(|part| part.kind == "message/feedback-report")?;
    let fields: Vec<(String, String)> = blocks(&part.text()).into_iter().flatten().collect();
    let kind =
        fields.iter().find(|(name, _)| name == "feedback-type").map(|(_, value)| value.to_ascii_lowercase());
    let mut recipients: Vec<Address> = fields
        .iter()
        .filter(|(name, _)| matches!(name.as_str(), "original-rcpt-to" | "removal-recipient"))
        .flat_map(|(_, value)| addresses(value))
        .collect();
    once(&mut recipients);
    Some(Feedback { kind: kind.unwrap_or_default(), recipients, original_message_id: returned_id(parts, "") })
}

fn once(list: &mut Vec<Address>) {
    let mut seen = HashSet::new();
    list.retain(|address| seen.insert(address.key()));
    list.truncate(RECIPIENTS_MAX);
}

fn shorten(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(DIAGNOSTIC_MAX).collect()
}
