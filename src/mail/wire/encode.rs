//! The three ways in which mail carries what is not plain ASCII: base64 and quoted-printable bodies
//! (RFC 2045, 6.7 and 6.8) and encoded words in headers (RFC 2047). Knows nothing of messages.

use std::fmt::Write;

/// The longest header line aimed at, in octets without CRLF (RFC 5322, 2.1.1: should be 78).
const LINE: usize = 76;
/// How many octets of UTF-8 one encoded word carries: 60 characters of base64 and 12 around them.
const WORD_BYTES: usize = 45;

/// Base64 with padding (RFC 4648, 4), on one line.
pub(super) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let [a, b, c] = [0, 1, 2].map(|at| u32::from(chunk.get(at).copied().unwrap_or(0)));
        let group = a << 16 | b << 8 | c;
        for place in 0..4 {
            let digit = usize::try_from(group >> (18 - 6 * place) & 63).unwrap_or(0);
            out.push(if place <= chunk.len() { char::from(ALPHABET[digit]) } else { '=' });
        }
    }
    out
}

/// A body in base64: lines of 76 characters, each ended by CRLF.
pub(super) fn base64_body(bytes: &[u8]) -> String {
    let flat = base64(bytes);
    let mut out = String::with_capacity(flat.len() + flat.len() / 38 + 2);
    let mut rest = flat.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(76));
        out.push_str(line);
        out.push_str("\r\n");
        rest = tail;
    }
    out
}

/// A text in quoted-printable: every kind of line end becomes CRLF, lines are at most 76 characters,
/// and a dot that opens a line is written `=2E`, so that no relay can trip over it.
pub(super) fn quoted_printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for line in text.replace("\r\n", "\n").replace('\r', "\n").trim_end_matches('\n').split('\n') {
        let mut width = 0;
        let last = line.len().saturating_sub(1);
        for (at, byte) in line.bytes().enumerate() {
            let plain =
                matches!(byte, b'!'..=b'<' | b'>'..=b'~') || (byte == b' ' || byte == b'\t') && at != last;
            if width + if plain { 1 } else { 3 } > 75 {
                out.push_str("=\r\n");
                width = 0;
            }
            if plain && !(byte == b'.' && width == 0) {
                out.push(char::from(byte));
                width += 1;
            } else {
                let _ = write!(out, "={byte:02X}");
                width += 3;
            }
        }
        out.push_str("\r\n");
    }
    out
}

/// Takes off what must never be in a header: line ends and all other control characters; runs of
/// white space become one space.
pub(super) fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Writes `name: text` as unstructured text, folded, in encoded words where it has to be.
pub(super) fn unstructured(out: &mut String, name: &str, text: &str) {
    let text = one_line(text);
    let plain = text.bytes().all(|b| (b' '..=b'~').contains(&b))
        && !text.contains("=?")
        && text.split(' ').all(|word| word.len() < LINE - name.len().min(LINE - 1) - 2);
    let words =
        if plain { text.split(' ').map(str::to_owned).collect::<Vec<_>>() } else { encoded_words(&text) };
    folded(out, name, &words);
}

/// Writes `name:` and the words, parted by one space, folded before a word that would pass the line's end.
pub(super) fn folded(out: &mut String, name: &str, words: &[String]) {
    out.push_str(name);
    out.push(':');
    let mut width = name.len() + 1;
    for (at, word) in words.iter().enumerate() {
        // Never directly after the name: some readers take an empty first line for an empty header.
        if at > 0 && width + 1 + word.len() > LINE {
            out.push_str("\r\n");
            width = 0;
        }
        out.push(' ');
        out.push_str(word);
        width += 1 + word.len();
    }
    out.push_str("\r\n");
}

/// The text as encoded words of at most 75 characters, never cut inside a character. White space between
/// two encoded words is not shown (RFC 2047, 6.2), so nothing is lost at the seams.
pub(super) fn encoded_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut chunk = String::new();
    for c in text.chars() {
        if chunk.len() + c.len_utf8() > WORD_BYTES {
            words.push(format!("=?utf-8?B?{}?=", base64(chunk.as_bytes())));
            chunk.clear();
        }
        chunk.push(c);
    }
    if !chunk.is_empty() {
        words.push(format!("=?utf-8?B?{}?=", base64(chunk.as_bytes())));
    }
    words
}

/// A display name as words: an atom or a quoted string where it is ASCII, else encoded words.
pub(super) fn phrase(name: &str) -> Vec<String> {
    let name = one_line(name);
    if name.is_empty() {
        return Vec::new();
    }
    let ascii = name.bytes().all(|b| (b' '..=b'~').contains(&b)) && !name.contains("=?");
    if !ascii || name.len() > 60 {
        return encoded_words(&name);
    }
    let atoms = name.bytes().all(|b| b.is_ascii_alphanumeric() || b" !#$%&'*+-/=?^_`{|}~".contains(&b));
    if atoms { vec![name] } else { vec![format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))] }
}
