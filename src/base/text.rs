//! Plain text from outside: addresses and names, cleaned and measured.

use std::fmt;

use super::error::{Error, Result};

/// The longest address taken (RFC 5321, 4.5.3.1.3), in bytes.
pub const ADDRESS_BYTES_MAX: usize = 254;

/// A mail address, ASCII, with its case kept. Prints as `***` in debug output so that logs hold none.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address(String);

impl Address {
    /// Reads an address as a person typed it, or as a header or an `ATTENDEE` gave it
    /// (`mailto:` in any case and percent-encoding are taken off).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_matches(['<', '>']).trim();
        let text = match text.get(..7) {
            Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => percent_decode(&text[7..])?,
            _ => text.to_owned(),
        };
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@')?;
        let local_is_fine = !local.is_empty()
            && local.len() <= 64
            && !local.starts_with('.')
            && !local.ends_with('.')
            && local.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b));
        let domain_is_fine = !domain.is_empty()
            && domain.split('.').all(|label| {
                !label.is_empty()
                    && label.len() <= 63
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            });
        (local_is_fine && domain_is_fine && text.len() <= ADDRESS_BYTES_MAX).then(|| Self(text.to_owned()))
    }

    /// Reads a request's field.
    pub fn required(field: &'static str, text: &str) -> Result<Self> {
        Self::parse(text).ok_or_else(|| {
            Error::invalid(field, "This is not a mail address that can be written to, like ana@example.org.")
        })
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What two spellings of one mailbox share: lower case.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// What two addresses of one mailbox share as far as that can be known: lower case, and no
    /// sub-address after `+`.
    pub fn mailbox_key(&self) -> String {
        let key = self.key();
        match key.rsplit_once('@') {
            Some((local, domain)) => {
                let base = local.split('+').next().filter(|base| !base.is_empty()).unwrap_or(local);
                format!("{base}@{domain}")
            }
            None => key,
        }
    }

    /// What stands after the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// What stands before the `@`.
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or(&self.0, |(local, _)| local)
    }

    /// The same mailbox with `tag` as its sub-address (RFC 5233).
    #[must_use]
    pub fn with_tag(&self, tag: &str) -> Self {
        Self(format!("{}+{tag}@{}", self.local(), self.domain()))
    }

    /// The sub-address, if there is one.
    pub fn tag(&self) -> Option<&str> {
        self.local().split_once('+').map(|(_, tag)| tag)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(***)")
    }
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.split('?').next()?.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let escaped = (first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        if let Some(byte) = escaped {
            bytes.push(byte);
            rest = &tail[2..];
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

/// One line from outside: no control characters, no direction overrides, white space folded, at most
/// `chars_max` characters, and no mail address left in it (each is blanked as `[address removed]`).
pub fn line(text: &str, chars_max: usize) -> String {
    let folded = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let clean: String = folded.chars().filter(|c| is_printable(*c)).collect();
    blank_addresses(&clean).chars().take(chars_max).collect()
}

/// One line from outside, as [`line()`]; one that is longer than `chars_max` characters is refused, and never cut.
///
/// # Errors
/// `Invalid`, by the name of the field.
pub fn line_within(field: &'static str, text: &str, chars_max: usize) -> Result<String> {
    within(field, line(text, usize::MAX), chars_max)
}

/// Several lines from outside, as [`paragraphs()`]; what is longer than `chars_max` characters is refused, and never cut.
///
/// # Errors
/// `Invalid`, by the name of the field.
pub fn paragraphs_within(field: &'static str, text: &str, chars_max: usize) -> Result<String> {
    within(field, paragraphs(text, usize::MAX), chars_max)
}

fn within(field: &'static str, clean: String, chars_max: usize) -> Result<String> {
    match clean.chars().count() {
        many if many > chars_max => {
            Err(Error::invalid(field, format!("This has {chars_max} characters at most; here are {many}.")))
        }
        _ => Ok(clean),
    }
}

/// A person's name from outside: as [`line()`], with nothing in the place of an address, which is no name.
pub fn name(text: &str, chars_max: usize) -> String {
    let clean = line(text, usize::MAX).replace(BLANK, "");
    clean.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(chars_max).collect()
}

/// Several lines from outside: as [`line()`], with line ends kept as `\n` and at most two in a row.
pub fn paragraphs(text: &str, chars_max: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for raw in text.replace("\r\n", "\n").replace('\r', "\n").split('\n') {
        let clean: String =
            raw.chars().map(|c| if c == '\t' { ' ' } else { c }).filter(|c| is_printable(*c)).collect();
        let clean = blank_addresses(clean.trim_end());
        if !(clean.is_empty() && lines.last().is_some_and(String::is_empty)) {
            lines.push(clean);
        }
    }
    lines.join("\n").trim().chars().take(chars_max).collect()
}

/// What stands in the place of a link.
const LINK_BLANK: &str = "[link removed]";

/// Replaces every web address: in words that come by mail it may be one of our own, quoted, and let its reader act
/// for somebody else.
pub fn blank_links(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = link_start(rest) {
        let (before, link) = rest.split_at(at);
        let stops = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"');
        out.push_str(before);
        out.push_str(LINK_BLANK);
        rest = &link[link.find(stops).unwrap_or(link.len())..];
    }
    out.push_str(rest);
    out
}

fn link_start(text: &str) -> Option<usize> {
    let starts_link = |at: usize| {
        let rest = text.as_bytes().get(at..).unwrap_or_default();
        ["https://", "http://"].iter().any(|scheme| {
            rest.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme.as_bytes()))
        })
    };
    text.char_indices().map(|(at, _)| at).find(|at| starts_link(*at))
}

/// Whether a character may be shown: no control characters, none that turn the direction of text
/// around, none that are invisible.
fn is_printable(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{2028}' | '\u{2029}')
}

/// What stands in the place of an address.
const BLANK: &str = "[address removed]";

/// Replaces everything that looks like a mail address, full-width and `mailto:` spellings included.
pub fn blank_addresses(text: &str) -> String {
    let is_at = |c: char| matches!(c, '@' | '＠' | '﹫');
    if !text.contains(is_at) && !text.contains("%40") {
        return text.to_owned();
    }
    let text = text.replace("%40", "@");
    let stops =
        |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | ',' | ';' | '"' | ':');
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    let flush = |word: &mut String, out: &mut String| {
        let is_address = word
            .split_once(is_at)
            .is_some_and(|(local, domain)| !local.is_empty() && domain.chars().any(char::is_alphanumeric));
        out.push_str(if is_address { BLANK } else { word });
        word.clear();
    };
    for c in text.chars() {
        if stops(c) {
            flush(&mut word, &mut out);
            out.push(c);
        } else {
            word.push(c);
        }
    }
    flush(&mut word, &mut out);
    out
}
