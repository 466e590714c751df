//! Takes a message apart into its parts, decoded, with caps on everything that a stranger can choose.
//!
//! The splitting is done here and not by mail-parser, which descends into forwarded messages, encoded ones
//! too, and holds them in a structure whose depth the sender chooses. Here a forwarded message is one part,
//! not looked into. Headers, character sets and HTML are mail-parser's.

use std::borrow::Cow;

use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::{ContentType, HeaderName, HeaderValue, MessageParser};

use super::parse::{Limits, Refusal};

/// How much of a part's header is read, in bytes.
pub(super) const HEADER_MAX: usize = 256 * 1024;

/// One part that is not a multipart.
#[derive(Debug, Default)]
pub(super) struct Part<'a> {
    /// `text/plain`, in lower case.
    pub(super) kind: String,
    /// The `method` parameter, in upper case.
    pub(super) method: Option<String>,
    /// The file name, from either header.
    pub(super) name: Option<String>,
    charset: Option<String>,
    encoding: String,
    /// Whether its disposition says that it is a file.
    pub(super) is_attachment: bool,
    raw: &'a [u8],
}

/// The HTML of a message, as it was written: for a frame that runs nothing.
pub fn html(raw: &[u8], limits: &Limits) -> Option<String> {
    let parts = split(raw, limits).ok()?;
    parts.leaves.iter().find(|part| part.kind == "text/html" && !part.is_attachment).map(Part::text)
}

/// The parts of a message in the order they come, and what the outermost header says it is.
#[derive(Debug, Default)]
pub(super) struct Parts<'a> {
    pub(super) leaves: Vec<Part<'a>>,
    /// `multipart/report`, in lower case.
    pub(super) kind: String,
    /// The `report-type` parameter of a multipart/report, in lower case.
    pub(super) report_type: Option<String>,
    /// Leaves and multiparts so far.
    seen: usize,
}

impl<'a> Part<'a> {
    /// The content with its transfer encoding taken off. Damage is passed over: what can be read is read.
    pub(super) fn bytes(&self) -> Cow<'a, [u8]> {
        match self.encoding.as_str() {
            "base64" => Cow::Owned(base64(self.raw)),
            "quoted-printable" => Cow::Owned(quoted_printable(self.raw)),
            _ => Cow::Borrowed(self.raw),
        }
    }

    /// The content as text, by its character set where one is named and known.
    pub(super) fn text(&self) -> String {
        let bytes = self.bytes();
        // Many programs label UTF-8 as us-ascii, and none writes windows-1252 that is also UTF-8.
        let is_utf8 = std::str::from_utf8(&bytes).is_ok() && !bytes.iter().any(|b| matches!(b, 0 | 0x1b));
        let decode = self.charset.as_deref().and_then(|name| charset_decoder(name.as_bytes()));
        match decode {
            Some(decode) if !is_utf8 => decode(&bytes),
            _ => String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    /// Whether it is a calendar, by its type or its name.
    pub(super) fn is_calendar(&self) -> bool {
        let named = || self.name.as_ref().is_some_and(|name| name.to_ascii_lowercase().ends_with(".ics"));
        matches!(self.kind.as_str(), "text/calendar" | "application/ics" | "application/calendar")
            || named() && !self.kind.starts_with("message/")
    }

    /// Whether it is a message within the message, or the header of one.
    pub(super) fn is_message(&self) -> bool {
        matches!(
            self.kind.as_str(),
            "message/rfc822" | "message/global" | "text/rfc822-headers" | "message/global-headers"
        )
    }
}

/// Splits a whole message.
pub(super) fn split<'a>(raw: &'a [u8], limits: &Limits) -> Result<Parts<'a>, Refusal> {
    let mut parts = Parts::default();
    walk(raw, "", 0, limits, &mut parts)?;
    Ok(parts)
}

/// Everything a message says, decoded: the fields of every header, with their encoded words, and every part that
/// is no multipart. For a last look at what is about to be sent; what cannot be taken apart is left out.
pub fn every_text(raw: &[u8]) -> Vec<String> {
    let (head, _) = head_and_body(raw);
    // With no field named, the parser would read each in a way of its own, addresses as addresses.
    let parser = MessageParser::new().header_text(HeaderName::Subject).default_header_text();
    let header = parser.parse_headers(&head[..head.len().min(HEADER_MAX)]);
    let mut texts: Vec<String> = header
        .iter()
        .flat_map(mail_parser::Message::headers)
        .filter_map(|header| header.value.as_text().map(str::to_owned))
        .collect();
    if let Ok(parts) = split(raw, &Limits::default()) {
        texts.extend(parts.leaves.iter().map(Part::text));
    }
    texts
}

fn walk<'a>(
    raw: &'a [u8],
    parent: &str,
    depth: usize,
    limits: &Limits,
    out: &mut Parts<'a>,
) -> Result<(), Refusal> {
    if depth > limits.depth {
        return Err(Refusal::TooDeep { most: limits.depth });
    }
    out.seen += 1;
    if out.seen > limits.parts.saturating_mul(2) || out.leaves.len() >= limits.parts {
        return Err(Refusal::TooManyParts { most: limits.parts });
    }
    let (head, body) = head_and_body(raw);
    let parser = MessageParser::new().with_mime_headers().default_header_ignore();
    let header = parser.parse_headers(&head[..head.len().min(HEADER_MAX)]);
    let headers = header.as_ref().map_or(&[][..], |header| header.headers());
    let find = |name: HeaderName<'_>| headers.iter().find(|h| h.name == name).map(|h| &h.value);
    let content = find(HeaderName::ContentType).and_then(HeaderValue::as_content_type);
    let disposition = find(HeaderName::ContentDisposition).and_then(HeaderValue::as_content_type);
    let kind = content.map_or_else(
        || if parent == "multipart/digest" { "message/rfc822" } else { "text/plain" }.to_owned(),
        kind_of,
    );
    let attribute = |name: &str| content.and_then(|content| content.attribute(name)).map(str::to_owned);
    if depth == 0 {
        out.kind.clone_from(&kind);
        out.report_type = attribute("report-type").map(|text| text.to_ascii_lowercase());
    }
    if let Some(boundary) = attribute("boundary").filter(|_| kind.starts_with("multipart/")) {
        let sections = sections(body, boundary.as_bytes(), limits.parts);
        if sections.len() > limits.parts {
            return Err(Refusal::TooManyParts { most: limits.parts });
        }
        for section in sections {
            walk(section, &kind, depth + 1, limits, out)?;
        }
        return Ok(());
    }
    let named = disposition.and_then(|disposition| disposition.attribute("filename")).map(str::to_owned);
    out.leaves.push(Part {
        method: attribute("method").map(|text| text.trim().to_ascii_uppercase()),
        name: named.or_else(|| attribute("name")),
        charset: attribute("charset"),
        encoding: find(HeaderName::ContentTransferEncoding)
            .and_then(HeaderValue::as_text)
            .map(|text| text.trim().to_ascii_lowercase())
            .unwrap_or_default(),
        is_attachment: disposition.is_some_and(ContentType::is_attachment),
        raw: body,
        kind,
    });
    Ok(())
}

fn kind_of(content: &ContentType<'_>) -> String {
    let main = content.ctype().trim().to_ascii_lowercase();
    match content.subtype() {
        Some(sub) => format!("{main}/{}", sub.trim().to_ascii_lowercase()),
        // `Content-Type: text`, as some programs still write (RFC 2045, 5.2).
        None if main == "text" => "text/plain".to_owned(),
        None => main,
    }
}

/// Cuts at the first empty line.
pub(super) fn head_and_body(raw: &[u8]) -> (&[u8], &[u8]) {
    let mut at = 0;
    while at < raw.len() {
        let rest = &raw[at..];
        if rest.starts_with(b"\n") {
            return (&raw[..at], &rest[1..]);
        }
        if rest.starts_with(b"\r\n") {
            return (&raw[..at], &rest[2..]);
        }
        at += rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |end| end + 1);
    }
    (raw, &[])
}

/// What lies between the boundary's lines (RFC 2046, 5.1.1); a missing last line is forgiven. One more than
/// `most` is enough to know that there are too many.
fn sections<'a>(body: &'a [u8], boundary: &[u8], most: usize) -> Vec<&'a [u8]> {
    let mut found = Vec::new();
    let (mut start, mut at) = (None, 0);
    while at < body.len() && found.len() <= most {
        let rest = &body[at..];
        let end = rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |end| end + 1);
        let line = rest[..end].trim_ascii_end();
        let after = line.strip_prefix(b"--").and_then(|line| line.strip_prefix(boundary));
        // Only the boundary itself or its end: another one may begin with the same letters.
        if let Some(after) = after.filter(|after| after.is_empty() || after.trim_ascii() == b"--") {
            if let Some(start) = start.take() {
                found.push(without_last_line_end(&body[start..at]));
            }
            if !after.is_empty() {
                return found;
            }
            start = Some(at + end);
        }
        at += end;
    }
    if let Some(start) = start.filter(|start| *start < body.len()) {
        found.push(&body[start..]);
    }
    found
}

fn without_last_line_end(section: &[u8]) -> &[u8] {
    let section = section.strip_suffix(b"\n").unwrap_or(section);
    section.strip_suffix(b"\r").unwrap_or(section)
}

fn base64(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() / 4 * 3);
    let (mut buffer, mut bits) = (0_u32, 0);
    for byte in raw {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                // Padding ends a run; some programs join several.
                (buffer, bits) = (0, 0);
                continue;
            }
            _ => continue,
        };
        buffer = buffer << 6 | u32::from(digit);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((buffer >> bits).to_be_bytes()[3]);
        }
    }
    out
}

fn quoted_printable(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let hex = |byte: Option<&u8>| {
        byte.and_then(|b| char::from(*b).to_digit(16)).and_then(|digit| u8::try_from(digit).ok())
    };
    let mut at = 0;
    while let Some(&byte) = raw.get(at) {
        at += 1;
        if byte != b'=' {
            out.push(byte);
            continue;
        }
        if let (Some(high), Some(low)) = (hex(raw.get(at)), hex(raw.get(at + 1))) {
            out.push(high << 4 | low);
            at += 2;
            continue;
        }
        // A soft line break may have white space before its line end, put there on the way.
        let blank = raw[at..].iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
        match raw.get(at + blank) {
            Some(b'\n') => at += blank + 1,
            None => at += blank,
            Some(_) => out.push(b'='),
        }
    }
    out
}
