//! The header of a message that came in: the fields that say who, to whom, in answer to what, and whether
//! a machine wrote it.

use mail_parser::{HeaderName, HeaderValue, MessageParser};

use crate::base::text::Address;
use crate::base::time::Timestamp;

use super::compose::Party;
use super::mime::{HEADER_MAX, head_and_body};

/// How many addresses of one field are taken.
const ADDRESSES_MAX: usize = 100;

/// The `Return-Path`: who the envelope's sender was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ReturnPath {
    /// The mailbox's server wrote none.
    #[default]
    Missing,
    /// `<>`: a bounce or another notice that must not be answered (RFC 5321, 4.5.5).
    Null,
    /// An address.
    Address(Address),
}

/// The header of a message, decoded. Addresses that are none are left out.
#[derive(Clone, Debug, Default)]
pub struct Headers {
    /// `From`.
    pub from: Vec<Party>,
    /// How many `From` fields there are. A message has one (RFC 5322, 3.6); of several, a signature may cover
    /// another than the one that is shown.
    pub from_fields: usize,
    /// `Sender`.
    pub sender: Option<Party>,
    /// `Reply-To`.
    pub reply_to: Vec<Party>,
    /// `To`.
    pub to: Vec<Party>,
    /// `Cc`.
    pub cc: Vec<Party>,
    /// `Delivered-To`, topmost first.
    pub delivered_to: Vec<Address>,
    /// `X-Original-To`, topmost first.
    pub original_to: Vec<Address>,
    /// `Envelope-To`, `X-Envelope-To`, `X-Delivered-To`, `X-RCPT-TO` and `Apparently-To`.
    pub envelope_to: Vec<Address>,
    /// The `for` of the `Received` fields, topmost first.
    pub received_for: Vec<Address>,
    /// `Return-Path`.
    pub return_path: ReturnPath,
    /// `Message-ID` without angle brackets.
    pub message_id: Option<String>,
    /// `In-Reply-To`, without angle brackets.
    pub in_reply_to: Vec<String>,
    /// `References`, oldest first, without angle brackets.
    pub references: Vec<String>,
    /// `Subject`, decoded.
    pub subject: String,
    /// `Date`, as the sender says.
    pub date: Option<Timestamp>,
    /// `Auto-Submitted`, in lower case, without parameters.
    pub auto_submitted: Option<String>,
    /// `Precedence`, in lower case.
    pub precedence: Option<String>,
    /// Whether there is a `List-…` field.
    pub has_list_fields: bool,
    /// Whether there is one of `X-Autoreply`, `X-Autorespond`, `X-Auto-Reply-From` and their like.
    pub has_auto_reply_fields: bool,
    /// `X-Failed-Recipients`.
    pub failed_recipients: Vec<Address>,
    /// `X-Auto-Response-Suppress`; ordinary Exchange mail has it too.
    pub auto_response_suppress: Option<String>,
    /// `Authentication-Results`, unfolded, topmost first.
    pub authentication_results: Vec<String>,
}

impl Headers {
    /// Reads the header of a message.
    pub(super) fn read(raw: &[u8]) -> Self {
        let (head, _) = head_and_body(raw);
        let head = &head[..head.len().min(HEADER_MAX)];
        let Some(message) = MessageParser::default().parse_headers(head) else { return Self::default() };
        let mut headers = Self::default();
        for header in message.headers() {
            let (start, end) = (header.offset_start as usize, header.offset_end as usize);
            let plain = unfold(head.get(start..end).unwrap_or_default());
            if !headers.take_parsed(&header.name, &header.value, &plain) {
                headers.take_plain(&header.name.as_str().to_ascii_lowercase(), plain);
            }
        }
        headers
    }

    /// The fields that mail-parser has taken apart. The first of two counts, as readers show it.
    fn take_parsed(&mut self, name: &HeaderName<'_>, value: &HeaderValue<'_>, plain: &str) -> bool {
        let first = |known: &mut Vec<Party>| {
            if known.is_empty() {
                *known = parties(value);
            }
        };
        match name {
            HeaderName::From => {
                first(&mut self.from);
                self.from_fields += 1;
            }
            HeaderName::ReplyTo => first(&mut self.reply_to),
            HeaderName::To => first(&mut self.to),
            HeaderName::Cc => first(&mut self.cc),
            HeaderName::Sender => {
                self.sender = self.sender.take().or_else(|| parties(value).into_iter().next());
            }
            HeaderName::MessageId => self.message_id = self.message_id.take().or_else(|| ids(plain).pop()),
            HeaderName::InReplyTo => self.in_reply_to = ids(plain),
            HeaderName::References => self.references = ids(plain),
            HeaderName::Subject if self.subject.is_empty() => {
                value.as_text().unwrap_or_default().trim().clone_into(&mut self.subject);
            }
            HeaderName::Subject => {}
            HeaderName::Date => {
                let seconds = value
                    .as_datetime()
                    .filter(|date| date.is_valid())
                    .map(mail_parser::DateTime::to_timestamp);
                self.date = self.date.or(seconds.map(|s| Timestamp::from_ms(s.saturating_mul(1000))));
            }
            HeaderName::ReturnPath => {
                if self.return_path == ReturnPath::Missing {
                    self.return_path = match Address::parse(plain) {
                        Some(address) => ReturnPath::Address(address),
                        None if plain.replace(' ', "") == "<>" || plain.is_empty() => ReturnPath::Null,
                        None => ReturnPath::Missing,
                    };
                }
            }
            HeaderName::Received => self.received_for.extend(received_for(plain)),
            _ => return false,
        }
        true
    }

    fn take_plain(&mut self, name: &str, plain: String) {
        match name {
            "delivered-to" => self.delivered_to.extend(addresses(&plain)),
            "x-original-to" => self.original_to.extend(addresses(&plain)),
            "envelope-to" | "x-envelope-to" | "x-delivered-to" | "x-rcpt-to" | "apparently-to" => {
                self.envelope_to.extend(addresses(&plain));
            }
            "x-failed-recipients" => self.failed_recipients.extend(addresses(&plain)),
            "auto-submitted" => {
                let word = plain.split([';', '(']).next().unwrap_or_default().trim().to_ascii_lowercase();
                self.auto_submitted = self.auto_submitted.take().or(Some(word));
            }
            "precedence" => self.precedence = Some(plain.trim().to_ascii_lowercase()),
            "x-auto-response-suppress" => self.auto_response_suppress = Some(plain),
            "authentication-results" => self.authentication_results.push(plain),
            "x-autoreply" | "x-autorespond" | "x-autoresponder" | "x-auto-reply-from"
            | "x-mail-autoreply" | "x-autogenerated" => self.has_auto_reply_fields = true,
            _ if name.starts_with("list-") => self.has_list_fields = true,
            _ => {}
        }
    }

    /// Every address the message was written or handed to, each once, the surest first: where it was
    /// delivered, then what the header says.
    pub fn recipients(&self) -> Vec<&Address> {
        let written = self.to.iter().chain(&self.cc).map(|party| &party.address);
        let all = self
            .delivered_to
            .iter()
            .chain(&self.original_to)
            .chain(&self.envelope_to)
            .chain(written)
            .chain(&self.received_for);
        let mut seen = std::collections::HashSet::new();
        all.filter(|address| seen.insert(address.key())).collect()
    }

    /// Whether a mailer wrote it, by the names that mailers write under.
    pub(super) fn is_from_mailer(&self) -> bool {
        const MAILERS: &[&str] = &[
            "mailer-daemon",
            "mailerdaemon",
            "mailer_daemon",
            "postmaster",
            "mail-daemon",
            "mdaemon",
            "bounce",
        ];
        let known = |party: &Party| {
            let local = party.address.local().to_ascii_lowercase();
            MAILERS.iter().any(|name| local == *name)
        };
        self.return_path == ReturnPath::Null || self.from.iter().chain(&self.sender).any(known)
    }
}

/// One line, with the line ends of folding taken out.
fn unfold(raw: &[u8]) -> String {
    String::from_utf8_lossy(raw).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn parties(value: &HeaderValue<'_>) -> Vec<Party> {
    let Some(list) = value.as_address() else { return Vec::new() };
    list.iter()
        .filter_map(|one| {
            let address = Address::parse(one.address.as_deref()?)?;
            Some(Party::new(one.name.as_deref().unwrap_or_default().trim(), address))
        })
        .take(ADDRESSES_MAX)
        .collect()
}

/// The addresses in a field that is no address list by any standard.
pub(super) fn addresses(plain: &str) -> Vec<Address> {
    plain
        .split([',', ';', ' '])
        .map(|word| word.trim_matches(['<', '>', '"', '(', ')']))
        .filter_map(Address::parse)
        .take(ADDRESSES_MAX)
        .collect()
}

/// Message-IDs in angle brackets; one without is taken whole.
pub(super) fn ids(plain: &str) -> Vec<String> {
    let bracketed: Vec<String> = plain
        .split('<')
        .skip(1)
        .filter_map(|rest| rest.split_once('>'))
        // Folding may have put white space inside.
        .map(|(id, _)| id.split_whitespace().collect::<String>())
        .filter(|id| !id.is_empty())
        .collect();
    if bracketed.is_empty() && plain.contains('@') && !plain.contains(' ') {
        return vec![plain.to_owned()];
    }
    bracketed
}

fn received_for(plain: &str) -> Option<Address> {
    let mut words = plain.split([' ', ';']).skip_while(|word| !word.eq_ignore_ascii_case("for"));
    words.nth(1).and_then(Address::parse)
}
