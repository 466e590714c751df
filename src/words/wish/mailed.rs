//! A wish in a mail: which of its words are the line.
//!
//! People write the line as the subject, as the text, or half of it here and half there. Both are read, alone and as one
//! line; what is understood of more of the words counts, and where subject and text ask for different things nothing
//! does. Of the text it is the first paragraph, or its first line, below a greeting. What was left unread is said.

use super::{Reader, Unclear, Wish, read};

/// How much of the subject, and of the text, is looked at, in characters.
const CHARS_MAX: usize = 300;
/// How many words a greeting has at most.
const GREETING_WORDS_MAX: usize = 4;

/// What a mail was not read of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// Its subject.
    Subject,
    /// Its text, or what stands below the first line of it.
    Text,
}

/// A mail's line, and what was read of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailed {
    /// The line: what was understood, or what most looks like a wish.
    pub line: String,
    /// What it asks for.
    pub wish: Result<Wish, Unclear>,
    /// What was left out, where the rest was understood.
    pub unread: Option<Unread>,
}

/// Reads a mail's subject and text; the text without what it quotes and without a signature.
pub fn mailed(subject: &str, text: &str, reader: &Reader<'_>) -> Mailed {
    let subject = cut(subject);
    let paragraph = first_paragraph(text);
    let whole = cut(&paragraph.join(" "));
    if subject.is_empty() || whole.is_empty() {
        let only =
            if whole.is_empty() { Part::of(&subject, reader) } else { Part::in_text(&paragraph, reader) };
        return Mailed {
            unread: only.unread.filter(|_| only.wish.is_ok()),
            line: only.line,
            wish: only.wish,
        };
    }
    let both = format!("{subject}, {whole}");
    let of_both = read(&both, reader);
    let (above, below) = (Part::of(&subject, reader), Part::in_text(&paragraph, reader));
    match (&above.wish, &below.wish, of_both) {
        (Ok(one), Ok(other), Ok(wish)) if one.with == other.with && same_days(one, other) => {
            Mailed { line: both, wish: Ok(wish), unread: below.unread }
        }
        (Ok(one), Ok(other), _) if one == other => {
            Mailed { line: above.line, wish: above.wish, unread: None }
        }
        (Ok(_), Ok(_), _) => {
            let two = Unclear::TwoWays(format!("{subject} / {whole}"));
            Mailed { line: both, wish: Err(two), unread: None }
        }
        (.., Ok(wish)) => Mailed { line: both, wish: Ok(wish), unread: None },
        (Ok(_), Err(_), _) => Mailed { unread: Some(Unread::Text), line: above.line, wish: above.wish },
        (Err(_), Ok(_), _) => {
            let unread = below.unread.or(Some(Unread::Subject));
            Mailed { unread, line: below.line, wish: below.wish }
        }
        (Err(one), Err(other), _) => {
            // Whichever of the two looks more like a wish is answered.
            let nearest = if nearness(other) > nearness(one) { below } else { above };
            Mailed { line: nearest.line, wish: nearest.wish, unread: None }
        }
    }
}

/// A part of a mail that was read by itself.
struct Part {
    line: String,
    wish: Result<Wish, Unclear>,
    unread: Option<Unread>,
}

impl Part {
    fn of(line: &str, reader: &Reader<'_>) -> Self {
        Self { line: line.to_owned(), wish: read(line, reader), unread: None }
    }

    /// The paragraph, else its first line: thanks and a name may stand right below it.
    fn in_text(paragraph: &[&str], reader: &Reader<'_>) -> Self {
        let whole = Self::of(&cut(&paragraph.join(" ")), reader);
        let first = paragraph.first().map(|line| Self::of(&cut(line), reader));
        match first.filter(|first| whole.wish.is_err() && first.wish.is_ok()) {
            Some(first) => Self { unread: Some(Unread::Text), ..first },
            None => whole,
        }
    }
}

/// Whether at most one of them names days, or both the same.
fn same_days(one: &Wish, other: &Wish) -> bool {
    one.days.is_empty() || other.days.is_empty() || one.days == other.days
}

/// How much a line that is not understood looks like one that asks for a meeting.
fn nearness(unclear: &Unclear) -> u8 {
    match unclear {
        Unclear::Length | Unclear::Words(_) => 0,
        Unclear::Nobody => 1,
        _ => 2,
    }
}

fn cut(text: &str) -> String {
    let folded = text.split_whitespace().collect::<Vec<_>>().join(" ");
    folded.chars().take(CHARS_MAX).collect()
}

/// The lines of the first paragraph, below a greeting.
fn first_paragraph(text: &str) -> Vec<&str> {
    let mut lines = text.lines().map(str::trim).skip_while(|line| line.is_empty()).peekable();
    let mut found = Vec::new();
    if let Some(first) = lines.peek().copied()
        && let Some(rest) = below_greeting(first)
    {
        lines.next();
        if rest.is_empty() {
            while lines.next_if(|line| line.is_empty()).is_some() {}
        } else {
            found.push(rest);
        }
    }
    found.extend(lines.take_while(|line| !line.is_empty()));
    found
}

/// What stands on a line after its greeting; `None`, if it begins with none.
fn below_greeting(line: &str) -> Option<&str> {
    const GREETINGS: &[&str] = &["hi", "hello", "hey", "dear", "good", "hallo", "morning", "greetings"];
    let first: String = line.chars().take_while(|c| c.is_alphabetic()).collect();
    if !GREETINGS.contains(&first.to_lowercase().as_str()) {
        return None;
    }
    let words = |text: &str| text.split_whitespace().count();
    match line.split_once([',', '!', ':']) {
        Some((greeting, rest)) if words(greeting) <= GREETING_WORDS_MAX => Some(rest.trim()),
        None if words(line) < GREETING_WORDS_MAX => Some(""),
        _ => None,
    }
}
