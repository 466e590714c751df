//! A line cut into words, numbers, addresses and signs.

use crate::base::text::Address;

/// The most pieces that are looked at: more is no line, but a letter.
pub(super) const PIECES_MAX: usize = 80;

/// What a piece is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word in lower case.
    Word(String),
    /// A number, and with how many digits it was written.
    Number(u32, usize),
    /// A mail address.
    Address(Address),
    /// Any other character.
    Sign(char),
}

/// A piece of a line.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) kind: Kind,
    /// As it was written.
    pub(super) written: String,
    /// Whether it follows the one before without a blank.
    pub(super) is_glued: bool,
}

impl Piece {
    /// The word in lower case, or nothing.
    pub(super) fn word(&self) -> &str {
        match &self.kind {
            Kind::Word(word) => word,
            _ => "",
        }
    }
}

/// Cuts a line; `None` if it has more pieces than are looked at.
pub(super) fn pieces(line: &str) -> Option<Vec<Piece>> {
    let line = line.replace(['’', '‘'], "'").replace(['–', '—', '−'], "-");
    let line = ["p.m.", "P.M.", "a.m.", "A.M."]
        .iter()
        .fold(line, |line, half| line.replace(half, if half.starts_with(['p', 'P']) { "pm" } else { "am" }));
    let mut found = Vec::new();
    for written in line.split_whitespace() {
        let bare = written.trim_matches(['<', '>', '(', ')', ',', ';', '"', '.', '!', '?']);
        match Address::parse(bare).filter(|_| bare.contains('@')) {
            Some(address) => {
                found.push(Piece { kind: Kind::Address(address), written: bare.to_owned(), is_glued: false });
                if written.ends_with([',', ';']) {
                    found.push(Piece { kind: Kind::Sign(','), written: ",".to_owned(), is_glued: true });
                }
            }
            None => cut(written, &mut found),
        }
        if found.len() > PIECES_MAX {
            return None;
        }
    }
    Some(found)
}

fn cut(written: &str, found: &mut Vec<Piece>) {
    let chars: Vec<char> = written.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        let from = at;
        let is_letter = |c: &char| c.is_alphabetic() || *c == '\'';
        let is_number = chars[at].is_ascii_digit();
        at = if is_number {
            from + chars[from..].iter().take_while(|c| c.is_ascii_digit()).count()
        } else if chars[at].is_alphabetic() {
            from + chars[from..].iter().take_while(|c| is_letter(c)).count()
        } else {
            at + 1
        };
        let text: String = chars[from..at].iter().collect();
        let kind = if is_number {
            Kind::Number(text.parse().unwrap_or(u32::MAX), text.len())
        } else if chars[from].is_alphabetic() {
            Kind::Word(text.trim_end_matches('\'').to_lowercase())
        } else {
            Kind::Sign(chars[from])
        };
        found.push(Piece { kind, written: text, is_glued: from > 0 });
    }
}
