//! Text cut into numbers, words and signs.

/// The most tokens that are looked at: more is no answer, but an essay.
const TOKENS_MAX: usize = 600;

/// A piece of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A number, and how many digits it was written with; more than four digits are no number of ours.
    Number(u32, usize),
    /// A word in lower case, and whether it was written in capitals.
    Word(String, bool),
    /// Any other character.
    Sign(char),
    /// An empty line.
    Break,
}

/// A piece of text, and whether it follows the one before without a blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) is_glued: bool,
}

impl Token {
    /// The word, or nothing.
    pub(super) fn word(&self) -> &str {
        match &self.kind {
            Kind::Word(word, _) => word,
            _ => "",
        }
    }

    /// The number, if it can be one of a date or a time, with its digits.
    pub(super) fn number(&self) -> Option<(u32, usize)> {
        match self.kind {
            Kind::Number(number, digits) if digits <= 4 => Some((number, digits)),
            _ => None,
        }
    }

    /// Whether it is that sign.
    pub(super) fn is(&self, sign: char) -> bool {
        self.kind == Kind::Sign(sign)
    }
}

/// Cuts a text. Links and mail addresses are left out: their digits mean nothing.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let text = text.replace("\r\n", "\n").replace(['’', '‘'], "'");
    for paragraph in text.split("\n\n") {
        for word in paragraph.split_whitespace() {
            let is_link =
                word.contains("://") || word.starts_with("www.") || word.rfind('@').is_some_and(|at| at > 0);
            if !is_link {
                cut(&without_points(word), &mut found);
            }
            if found.len() > TOKENS_MAX {
                return Vec::new();
            }
        }
        found.push(Token { kind: Kind::Break, is_glued: false });
    }
    found
}

/// `3p.m.` as `3pm`.
fn without_points(word: &str) -> String {
    let lower = word.to_lowercase();
    for (written, plain) in [("p.m.", "pm"), ("a.m.", "am"), ("p.m", "pm"), ("a.m", "am")] {
        if let Some(at) = lower.find(written)
            && lower[..at].chars().all(|c| !c.is_alphabetic())
        {
            return lower.replacen(written, plain, 1);
        }
    }
    word.to_owned()
}

fn cut(word: &str, found: &mut Vec<Token>) {
    let chars: Vec<char> = word.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        let from = at;
        let first = chars[at];
        let kind = if first.is_ascii_digit() {
            while at < chars.len() && chars[at].is_ascii_digit() {
                at += 1;
            }
            let digits: String = chars[from..at].iter().collect();
            Kind::Number(digits.parse().unwrap_or(u32::MAX), digits.len())
        } else if first.is_alphabetic() {
            let is_inside = |c: char| c.is_alphabetic() || c == '\'';
            while at < chars.len() && is_inside(chars[at]) {
                at += 1;
            }
            let word: String = chars[from..at].iter().collect();
            let word = word.trim_end_matches('\'');
            let is_capital = word.chars().count() > 1 && word.chars().all(char::is_uppercase);
            Kind::Word(word.to_lowercase(), is_capital)
        } else {
            at += 1;
            Kind::Sign(first)
        };
        found.push(Token { kind, is_glued: from > 0 });
    }
}
