//! Content lines (RFC 5545, 3.1), read leniently: octets in, named lines and nested components out.
//!
//! What programs really send is taken: LF, CR LF and CR CR LF line ends, long lines that were never
//! folded, stray CRs, text that is not UTF-8, junk before and after the calendar, components that
//! are never closed. What cannot be a content line is skipped. It knows no property and no method;
//! it knows only how much it is willing to read.

use std::borrow::Cow;

use super::Refusal;

/// The largest calendar text that is read, in bytes.
pub const BYTES_MAX: usize = 1 << 20;
/// The most content lines that are read.
pub const LINES_MAX: usize = 20_000;
/// The most components that are read.
pub const COMPONENTS_MAX: usize = 1_000;
/// How deep components may be nested; RFC 5545 needs three.
pub const DEPTH_MAX: usize = 8;
/// The most parameters read of one line; further ones are dropped.
const PARAMETERS_MAX: usize = 64;
/// The longest name of a property, in bytes.
const NAME_BYTES_MAX: usize = 128;

/// How much is read of a text, and which properties.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) bytes: usize,
    /// Content lines, those that are not kept included.
    pub(super) lines: usize,
    pub(super) components: usize,
    /// Whether the lines of a property (named in upper case) are kept; the others are not even looked into.
    pub(super) keeps: fn(&str) -> bool,
}

/// What is read of a message.
const MESSAGE: Limits =
    Limits { bytes: BYTES_MAX, lines: LINES_MAX, components: COMPONENTS_MAX, keeps: |_| true };

/// One content line: `NAME;PARAM=VALUE:value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Upper case.
    pub(super) name: String,
    /// Upper-case names, values without their quotes, in the order written.
    pub(super) parameters: Vec<(String, String)>,
    /// As written: TEXT is still escaped.
    pub(super) value: String,
}

impl Line {
    /// The value of a parameter, if it is there and not empty.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(key, _)| key == name)?;
        let value = found.1.trim();
        (!value.is_empty()).then_some(value)
    }

    /// The value as TEXT, without its escapes.
    pub(super) fn text(&self) -> String {
        unescape(&self.value)
    }
}

/// A component: its own lines, and the components inside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Component {
    /// Upper case.
    pub(super) name: String,
    /// The line of the text that it begins on, from 1.
    pub(super) at: usize,
    pub(super) lines: Vec<Line>,
    pub(super) inner: Vec<Component>,
}

impl Component {
    /// The first line of that name whose value is not blank.
    pub(super) fn line(&self, name: &str) -> Option<&Line> {
        self.all(name).find(|line| !line.value.trim().is_empty())
    }

    /// All lines of that name.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(move |line| line.name == name)
    }

    /// The components of that name directly inside.
    pub(super) fn within(&self, name: &str) -> impl Iterator<Item = &Component> {
        self.inner.iter().filter(move |component| component.name == name)
    }
}

/// The VCALENDARs found in the bytes of a message, in their order.
pub(super) fn calendars(bytes: &[u8]) -> Result<Vec<Component>, Refusal> {
    calendars_within(bytes, &MESSAGE)
}

/// The VCALENDARs found in `bytes`, in their order.
pub(super) fn calendars_within(bytes: &[u8], limits: &Limits) -> Result<Vec<Component>, Refusal> {
    if bytes.len() > limits.bytes {
        return Err(Refusal::TooLarge);
    }
    let recoded = from_utf16(bytes);
    let bytes = recoded.as_deref().unwrap_or(bytes);
    let mut done = Vec::new();
    let mut open: Vec<Component> = Vec::new();
    let (mut lines, mut components) = (0, 0);
    for (at, raw) in unfold(bytes) {
        let Some(name) = name_of(&raw) else { continue };
        lines += 1;
        if lines > limits.lines {
            return Err(Refusal::TooManyLines);
        }
        if !matches!(name.as_str(), "BEGIN" | "END") && !(limits.keeps)(&name) {
            continue;
        }
        let Some(line) = parse_line(&decode(&raw)) else { continue };
        match line.name.as_str() {
            "BEGIN" => {
                let name = line.value.trim().to_ascii_uppercase();
                if open.is_empty() && name != "VCALENDAR" {
                    continue;
                }
                components += 1;
                if components > limits.components {
                    return Err(Refusal::TooManyComponents);
                }
                if open.len() >= DEPTH_MAX {
                    return Err(Refusal::TooDeep);
                }
                open.push(Component { name, at, ..Component::default() });
            }
            "END" => {
                let name = line.value.trim().to_ascii_uppercase();
                if let Some(depth) = open.iter().rposition(|component| component.name == name) {
                    close(&mut open, &mut done, depth);
                }
            }
            _ => {
                if let Some(component) = open.last_mut() {
                    component.lines.push(line);
                }
            }
        }
    }
    close(&mut open, &mut done, 0);
    if done.is_empty() { Err(Refusal::NotCalendar) } else { Ok(done) }
}

/// The property that a line may be of, in upper case; `None` if it cannot be a content line.
fn name_of(raw: &[u8]) -> Option<String> {
    let end = raw.iter().position(|byte| matches!(byte, b':' | b';'))?;
    let name = raw[..end].trim_ascii();
    let is_short = !name.is_empty() && name.len() <= NAME_BYTES_MAX;
    is_short.then(|| std::str::from_utf8(name).ok().map(str::to_ascii_uppercase))?
}

/// Closes the open components down to `depth`: whoever forgot an END meant it.
fn close(open: &mut Vec<Component>, done: &mut Vec<Component>, depth: usize) {
    while open.len() > depth {
        let Some(component) = open.pop() else { return };
        match open.last_mut() {
            Some(outer) => outer.inner.push(component),
            None => done.push(component),
        }
    }
}

/// Physical lines joined to logical ones, before any character is decoded, because a fold may lie
/// within one (RFC 5545, 3.1). A blank line does not end a logical line: CR CR LF sometimes becomes two.
/// Each comes with the number of the physical line that it begins on, from 1.
fn unfold(bytes: &[u8]) -> impl Iterator<Item = (usize, Cow<'_, [u8]>)> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let line_end = if bytes.contains(&b'\n') { b'\n' } else { b'\r' };
    let mut physical = bytes
        .split(move |byte| *byte == line_end)
        .zip(1..)
        .map(|(line, at)| (at, clean(line)))
        .filter(|(_, line)| !line.is_empty())
        .peekable();
    std::iter::from_fn(move || {
        let (at, mut line) = physical.next()?;
        while let Some((_, more)) =
            physical.next_if(|(_, next)| next.starts_with(b" ") || next.starts_with(b"\t"))
        {
            line.to_mut().extend_from_slice(&more[1..]);
        }
        Some((at, line))
    })
}

/// A physical line without stray CRs and NULs.
fn clean(line: &[u8]) -> Cow<'_, [u8]> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let is_stray = |byte: &u8| matches!(byte, b'\r' | 0);
    if line.iter().any(is_stray) {
        line.iter().copied().filter(|byte| !is_stray(byte)).collect::<Vec<u8>>().into()
    } else {
        line.into()
    }
}

/// UTF-8, or what Windows-1252 makes of it, so that no byte is ever refused.
fn decode(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| windows_1252(*byte)).collect(),
    }
}

/// One byte of Windows-1252 (its five holes stay the C1 control characters they are in Latin-1).
fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => HIGH[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

/// UTF-16 with a byte order mark, as some exports are written; `None` if it is not that.
fn from_utf16(bytes: &[u8]) -> Option<Vec<u8>> {
    let (mark, rest) = bytes.split_at_checked(2)?;
    let unit: fn([u8; 2]) -> u16 = match mark {
        [0xff, 0xfe] => u16::from_le_bytes,
        [0xfe, 0xff] => u16::from_be_bytes,
        _ => return None,
    };
    let units = rest.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Some(text.into_bytes())
}

/// One logical line; `None` if it cannot be a content line.
pub(super) fn parse_line(text: &str) -> Option<Line> {
    let text = text.trim_start();
    let name_end = text.find([':', ';'])?;
    let name = text[..name_end].trim_end();
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.chars().all(is_name) {
        return None;
    }
    // A quote that is never closed is a character like any other.
    let (parameters, value) =
        parameters(&text[name_end..], true).or_else(|| parameters(&text[name_end..], false))?;
    Some(Line { name: name.to_ascii_uppercase(), parameters, value: value.to_owned() })
}

/// What stands between the name and the value: `;A=b;C="d:e"` and then `:value`.
fn parameters(text: &str, knows_quotes: bool) -> Option<(Vec<(String, String)>, &str)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut rest = text;
    loop {
        if let Some(value) = rest.strip_prefix(':') {
            return Some((found, value));
        }
        rest = rest.strip_prefix(';')?;
        let mut is_inside = false;
        let end = rest.char_indices().find_map(|(at, c)| {
            is_inside ^= knows_quotes && c == '"';
            (!is_inside && matches!(c, ':' | ';')).then_some(at)
        })?;
        let (name, value) = rest[..end].split_once('=').unwrap_or((&rest[..end], ""));
        if found.len() < PARAMETERS_MAX {
            found.push((name.trim().to_ascii_uppercase(), caret_decoded(&value.replace('"', ""))));
        }
        rest = &rest[end..];
    }
}

/// RFC 6868: `^n` is a line end, `^'` a quote, `^^` a caret, and any other caret itself.
fn caret_decoded(text: &str) -> String {
    if !text.contains('^') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let decoded = match rest.peek() {
            Some('n') => '\n',
            Some('\'') => '"',
            Some('^') => '^',
            _ => {
                out.push(c);
                continue;
            }
        };
        if c == '^' {
            rest.next();
            out.push(decoded);
        } else {
            out.push(c);
        }
    }
    out
}

/// TEXT without its escapes (RFC 5545, 3.3.11); a backslash before any other character stays.
pub(super) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let meant = match rest.peek() {
            _ if c != '\\' => None,
            Some('n' | 'N') => Some('\n'),
            Some(&next @ ('\\' | ';' | ',' | ':' | '"')) => Some(next),
            _ => None,
        };
        if meant.is_some() {
            rest.next();
        }
        out.push(meant.unwrap_or(c));
    }
    out
}

/// TEXT with its escapes.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\\' | ';' | ',' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}
