//! The last check on every outgoing message: no address of another participant is in it, in any form.
//!
//! That holds by construction; here it is looked at once more, in the finished bytes: each part decoded, the header
//! with its encoded words, the calendar unfolded and unescaped, percent-encoding and HTML's character references
//! resolved. Looked for is the whole address. A local part alone is not: it is also a word of names, titles and
//! places that people share on purpose (`anna`, `room-7`), and a mail that never leaves because of it would be a
//! fault of ours; the leak test looks for local parts that are unique words.

use crate::base::text::Address;
use crate::mail::wire;

/// What may stand in a message although it is an address: the reader's and the organizer's.
#[derive(Clone, Copy, Debug)]
pub struct Allowed<'a> {
    /// The reader.
    pub reader: &'a Address,
    /// The organizer, without a token.
    pub organizer: &'a Address,
}

/// Whether the bytes of a message hold the address of one of `others`. A message that cannot be taken apart
/// is looked at as it is.
pub fn leaks(bytes: &[u8], others: &[Address], allowed: Allowed<'_>) -> bool {
    if others.is_empty() {
        return false;
    }
    let reader = allowed.reader.key();
    let organizer = allowed.organizer.key();
    let others: Vec<String> =
        others.iter().map(Address::key).filter(|key| *key != reader && *key != organizer).collect();
    let raw = String::from_utf8_lossy(bytes);
    let is_in = |text: &str| {
        let holds_any = |text: &str| others.iter().any(|other| holds(text, other, &reader));
        if holds_any(&plain(text)) {
            return true;
        }
        let Some(unfolded) = unfolded(text) else {
            return has_escapes(text) && holds_any(&plain(&unescaped(text)));
        };
        holds_any(&plain(&unfolded)) || has_escapes(&unfolded) && holds_any(&plain(&unescaped(&unfolded)))
    };
    is_in(&raw) || wire::every_text(bytes).iter().any(|text| is_in(text))
}

/// Without the line ends that a fold put in (RFC 5322, 2.2.3; RFC 5545, 3.1); `None` if there are none.
fn unfolded(text: &str) -> Option<String> {
    if !text.contains("\n ") && !text.contains("\n\t") {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    for line in text.split('\n') {
        let text = line.strip_prefix([' ', '\t']);
        if text.is_none() {
            out.push('\n');
        }
        let text = text.unwrap_or(line);
        out.push_str(text.strip_suffix('\r').unwrap_or(text));
    }
    Some(out)
}

fn has_escapes(text: &str) -> bool {
    text.contains("\\n") || text.contains("\\N")
}

/// With line ends as the calendar writes them (RFC 5545, 3.3.11) as blanks: their `n` would else stick to what comes
/// after.
fn unescaped(text: &str) -> String {
    text.replace("\\n", " ").replace("\\N", " ")
}

/// Without case, invisible characters, escapes, percent-encoding and character references.
fn plain(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c == '\\' || !c.is_ascii()) {
        visible.push_str(&rest[..at]);
        let Some(c) = rest[at..].chars().next() else { break };
        match c {
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\\' => {}
            '＠' | '﹫' => visible.push('@'),
            '．' => visible.push('.'),
            c => visible.extend(c.to_lowercase()),
        }
        rest = &rest[at + c.len_utf8()..];
    }
    visible.push_str(rest);
    visible.make_ascii_lowercase();
    if !visible.contains(['%', '&']) {
        return visible;
    }
    let mut out = Vec::with_capacity(visible.len());
    let mut rest = visible.as_str();
    while let Some(at) = rest.find(['%', '&']) {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        let (byte, used) = reference(&rest[at..]).unwrap_or((rest.as_bytes()[at], 1));
        out.push(byte.to_ascii_lowercase());
        rest = &rest[at + used..];
    }
    out.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&out).into_owned()
}

/// The ASCII character that `%40`, `&#64;`, `&#x40;` or `&commat;` at the start of a text stands for, and how
/// many bytes it takes.
fn reference(text: &str) -> Option<(u8, usize)> {
    if let Some(hex) = text.strip_prefix('%') {
        let byte = u8::from_str_radix(hex.get(..2)?, 16).ok()?;
        return byte.is_ascii().then_some((byte, 3));
    }
    let body = text.strip_prefix('&')?;
    let end = body.bytes().take(10).position(|b| b == b';')?;
    let byte = match &body[..end] {
        "commat" => b'@',
        "period" => b'.',
        "plus" => b'+',
        "lowbar" => b'_',
        name => {
            let number = name.strip_prefix('#')?;
            let parsed =
                number.strip_prefix('x').map_or_else(|| number.parse(), |hex| u32::from_str_radix(hex, 16));
            u8::try_from(parsed.ok()?).ok().filter(u8::is_ascii)?
        }
    };
    Some((byte, end + 2))
}

/// Whether `text` holds `address`, and not only as the end of a longer local part, as the beginning of a longer
/// domain, or within the reader's own address.
fn holds(text: &str, address: &str, reader: &str) -> bool {
    // A longer address of the reader's may end in another's.
    let within = reader.find(address);
    text.match_indices(address).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + address.len()..].chars().next();
        let continues = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let is_readers = within.is_some_and(|within| {
            at.checked_sub(within)
                .and_then(|from| text.get(from..))
                .is_some_and(|rest| rest.starts_with(reader))
        });
        !is_readers
            && !before.is_some_and(|c| continues(c) || matches!(c, '.' | '+'))
            && !after.is_some_and(continues)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        Address::parse(text).unwrap()
    }

    fn found(message: &str, other: &str) -> bool {
        let (reader, organizer) = (address("mary.ann@example.org"), address("scheduling@example.org"));
        leaks(message.as_bytes(), &[address(other)], Allowed { reader: &reader, organizer: &organizer })
    }

    #[test]
    fn an_address_is_found_however_it_is_written() {
        let head = "From: a@x.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n";
        let part = |kind: &str, encoding: &str, body: &str| {
            format!("{head}Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}\r\n")
        };
        for message in [
            part("text/plain", "7bit", "ask ann@example.org."),
            part("text/plain", "7bit", "<ANN@Example.ORG>"),
            part("text/plain", "7bit", "https://x.example/?who=ann%40example.org"),
            part("text/plain", "7bit", "https://x.example/?who=%61nn%40example%2Eorg"),
            part("text/html", "quoted-printable", "<b>ann&#64;example=2Eorg</b>"),
            part("text/html", "7bit", "ann&commat;example.org"),
            part("text/html", "7bit", "&#x61;nn&#x40;example.org"),
            part("text/plain", "quoted-printable", "ann=40exa=\r\nmple.org"),
            part("text/plain", "base64", "YW5uQGV4YW1wbGUub3Jn"),
            part("text/plain; charset=utf-8", "8bit", "ann＠example.org, a\u{200b}nn@example.org"),
            part("text/calendar", "7bit", "ATTENDEE:mailto:ann@exam\r\n ple.org"),
            part("text/calendar", "7bit", "DESCRIPTION:a\\nann@example.org\\;"),
            format!("{head}X-Note: =?utf-8?B?YW5uQGV4YW1wbGUub3Jn?=\r\n\r\nx\r\n"),
            format!("{head}X-Note: =?utf-8?Q?ann=40example?=\r\n =?utf-8?Q?=2Eorg?=\r\n\r\nx\r\n"),
            format!("{head}Reply-To: =?utf-8?B?YW5uQGV4YW1wbGUub3Jn?= <b@x.example>\r\n\r\nx\r\n"),
        ] {
            assert!(found(&message, "ann@example.org"), "{message}");
        }
    }

    #[test]
    fn what_only_looks_like_it_is_let_through() {
        let message = "From: a@x.example\r\nTo: mary.ann@example.org\r\nSubject: ann\r\n\r\n\
            joann@example.org mary.ann@example.org ann@example.organic ann at example.org\r\n";
        assert!(!found(message, "ann@example.org"));
        assert!(!found("From: scheduling@example.org\r\nSubject: x\r\n\r\nx\r\n", "scheduling@example.org"));
    }
}
