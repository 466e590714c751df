//! The line as a whole: at every piece the first rule that fits takes what it understands; nothing may be left over.

use super::days::{self, Days};
use super::hours::{self, Hours};
use super::pieces::{Kind, Piece, pieces};
use super::prefer::{self, Prefer};
use super::{Better, Known, MINUTES_MAX, MINUTES_MIN, Reader, Unclear, Way, Whom, Wish};
use crate::words::lexicon::{hour_word, minute_word, month};

/// The pieces, looked at by position; beyond the end there is nothing.
pub(super) struct Text<'a>(&'a [Piece]);

impl Text<'_> {
    pub(super) fn word(&self, at: usize) -> &str {
        self.0.get(at).map_or("", Piece::word)
    }

    pub(super) fn kind(&self, at: usize) -> Option<&Kind> {
        self.0.get(at).map(|piece| &piece.kind)
    }

    pub(super) fn is(&self, at: usize, sign: char) -> bool {
        self.kind(at) == Some(&Kind::Sign(sign))
    }

    pub(super) fn is_glued(&self, at: usize) -> bool {
        self.0.get(at).is_some_and(|piece| piece.is_glued)
    }

    pub(super) fn is_ordinal(&self, at: usize) -> bool {
        self.is_glued(at) && matches!(self.word(at), "st" | "nd" | "rd" | "th")
    }

    /// The pieces from `from` to `until` as they were written.
    pub(super) fn written(&self, from: usize, until: usize) -> String {
        let pieces = self.0.get(from..until.min(self.0.len())).unwrap_or_default();
        pieces.iter().enumerate().fold(String::new(), |mut text, (at, piece)| {
            if at > 0 && !piece.is_glued {
                text.push(' ');
            }
            text + &piece.written
        })
    }

    /// Whether the number at `at` is a day's: `3 December`, `3rd of December`.
    pub(super) fn begins_day_after_number(&self, at: usize) -> bool {
        let ordinal = usize::from(self.is_ordinal(at + 1) || self.is(at + 1, '.'));
        let of = usize::from(self.word(at + 1 + ordinal) == "of");
        self.is_ordinal(at + 1) || month(self.word(at + 1 + ordinal + of)).is_some()
    }

    /// Whether a length begins at `at`: `45 minutes`.
    pub(super) fn begins_amount(&self, at: usize) -> bool {
        unit(self.word(at + 1)).is_some() || matches!(self.word(at + 1), "day" | "days" | "week" | "weeks")
    }

    pub(super) fn is_end(&self, at: usize) -> bool {
        at >= self.0.len()
    }
}

/// What has been understood so far.
#[derive(Default)]
struct Draft {
    with: Vec<Whom>,
    minutes: Option<u32>,
    days: Days,
    hours: Hours,
    way: Option<Way>,
    about: Option<String>,
    prefer: Prefer,
    unknown: Vec<String>,
}

/// Reads all pieces.
pub(super) fn read(pieces: &[Piece], reader: &Reader<'_>) -> Result<Wish, Unclear> {
    let text = Text(pieces);
    let today = reader.zone.date(reader.now);
    let names = names(reader.people);
    let mut draft = Draft::default();
    // Whether a name may stand here: after "with", and after another name.
    let mut awaits_name = true;
    let mut at = 0;
    while !text.is_end(at) {
        if awaits_name && let Some((whom, length)) = person(&text, at, reader.people, &names)? {
            draft.add(whom);
            at += length;
            if text.word(at) == "or" && person(&text, at + 1, reader.people, &names)?.is_some() {
                return Err(Unclear::TwoWays(text.written(at - length, at + 2)));
            }
            continue;
        }
        if let Some(length) = prefer::said(&text, at, today, &mut draft.prefer)? {
            at += length;
            awaits_name = false;
            continue;
        }
        if repeats(&text, at) {
            return Err(Unclear::Repeats);
        }
        if let Some(length) = understood(&text, at, today, &mut draft)? {
            at += length;
            awaits_name = false;
            continue;
        }
        if let Some(length) = leads_to_name(&text, at) {
            at += length;
            awaits_name = true;
            if text.word(at) == "me" || text.word(at) == "us" {
                at += 1;
            } else if person(&text, at, reader.people, &names)?.is_none() && is_with(&text, at - length) {
                return Err(stranger(&text, at));
            }
            continue;
        }
        if let Some(length) = filler(&text, at) {
            // A comma and an "and" go on with names, if names came before.
            awaits_name &= joins(&text, at);
            at += length;
            continue;
        }
        draft.unknown.push(text.written(at, at + 1));
        awaits_name = false;
        at += 1;
    }
    draft.finish(today)
}

impl Draft {
    fn add(&mut self, whom: Whom) {
        if !self.with.contains(&whom) {
            self.with.push(whom);
        }
    }

    fn finish(self, today: chrono::NaiveDate) -> Result<Wish, Unclear> {
        if !self.unknown.is_empty() {
            return Err(Unclear::Words(self.unknown));
        }
        if self.with.is_empty() {
            return Err(Unclear::Nobody);
        }
        let wish = Wish {
            with: self.with,
            minutes: self.minutes,
            days: self.days.dates(today)?,
            within: self.hours.window()?,
            at: self.hours.at,
            way: self.way,
            about: self.about,
            better: Better::default(),
        };
        let better = self.prefer.of(&wish, &self.hours, today)?;
        Ok(Wish { better, ..wish })
    }
}

/// Takes a day, a length, a time of day, a way to meet or a subject.
fn understood(
    text: &Text<'_>,
    at: usize,
    today: chrono::NaiveDate,
    draft: &mut Draft,
) -> Result<Option<usize>, Unclear> {
    if let Some((said, length)) = days::said(text, at, today)? {
        if text.word(at) == "tonight" {
            draft.hours.take(hours::TONIGHT, text.written(at, at + 1))?;
        }
        draft.days.take(said, today)?;
        return Ok(Some(length));
    }
    if let Some((minutes, length)) = long(text, at)? {
        match draft.minutes.replace(minutes) {
            Some(known) if known != minutes => return Err(Unclear::Twice("lengths")),
            _ => return Ok(Some(length)),
        }
    }
    if let Some((said, length)) = hours::said(text, at)? {
        draft.hours.take(said, text.written(at, at + length))?;
        return Ok(Some(length));
    }
    if let Some((way, length)) = way(text, at) {
        match draft.way.replace(way) {
            Some(known) if known != way => return Err(Unclear::Twice("ways to meet")),
            _ => return Ok(Some(length)),
        }
    }
    if let Some((about, length)) = about(text, at, today)? {
        if draft.about.replace(about).is_some() {
            return Err(Unclear::Twice("subjects"));
        }
        return Ok(Some(length));
    }
    Ok(None)
}

/// `for 45 minutes`, `half an hour`, `1h30`, `an hour and a half`, `45-minute`.
fn long(text: &Text<'_>, at: usize) -> Result<Option<(u32, usize)>, Unclear> {
    let mut start = at;
    start += usize::from(text.word(start) == "for");
    start += usize::from(matches!(text.word(start), "about" | "around" | "roughly"));
    let Some((minutes, length)) = amount(text, start) else { return two_lengths(text, start) };
    let next = start + length;
    let other = usize::from(text.word(next) == "or" || text.is(next, '-'));
    if other > 0 && amount(text, next + 1).is_some_and(|(other, _)| other != minutes) {
        return Err(Unclear::Twice("lengths"));
    }
    if !(MINUTES_MIN..=MINUTES_MAX).contains(&minutes) {
        return Err(Unclear::Minutes);
    }
    // "an hour long", "an hour of your time" is not read.
    let long = usize::from(text.word(next) == "long")
        + 2 * usize::from(text.is(next, '-') && text.word(next + 1) == "long");
    Ok(Some((minutes, next + long - at)))
}

/// `30 or 45 minutes`, `30-45 minutes`.
fn two_lengths(text: &Text<'_>, at: usize) -> Result<Option<(u32, usize)>, Unclear> {
    let is_number = matches!(text.kind(at), Some(Kind::Number(..)));
    let is_joined = matches!(text.word(at + 1), "or" | "to") || text.is(at + 1, '-');
    if is_number && is_joined && amount(text, at + 2).is_some() {
        return Err(Unclear::Twice("lengths"));
    }
    Ok(None)
}

/// Minutes, and in how many pieces.
fn amount(text: &Text<'_>, at: usize) -> Option<(u32, usize)> {
    match (text.word(at), text.word(at + 1), text.word(at + 2), text.word(at + 3)) {
        ("half", "an", "hour", _) | ("a", "half", "hour", _) => return Some((30, 3)),
        ("half", "hour", ..) => return Some((30, 2)),
        ("half", ..) if text.is(at + 1, '-') && text.word(at + 2) == "hour" => return Some((30, 3)),
        ("three", "quarters", "of", "an") if text.word(at + 4) == "hour" => return Some((45, 5)),
        ("quarter", "of", "an", "hour") => return Some((15, 4)),
        ("a", "quarter", "of", "an") if text.word(at + 4) == "hour" => return Some((15, 5)),
        _ => {}
    }
    let (tenths, mut next) = count(text, at)?;
    next += usize::from(text.is(next, '-') && text.is_glued(next));
    let unit = unit(text.word(next))?;
    next += 1;
    let mut minutes = tenths.checked_mul(unit)? / 10;
    if unit == 60 {
        if (text.word(next), text.word(next + 1), text.word(next + 2)) == ("and", "a", "half") {
            return Some((minutes + 30, next + 3 - at));
        }
        let and = usize::from(text.word(next) == "and");
        if let Some(Kind::Number(more, digits)) = text.kind(next + and).cloned() {
            let says_minutes = matches!(self::unit(text.word(next + and + 1)), Some(1));
            if says_minutes || and == 0 && digits == 2 && text.is_glued(next) {
                minutes = minutes.checked_add(more)?;
                next += and + 1 + usize::from(says_minutes);
            }
        }
    }
    Some((minutes, next - at))
}

/// How many, in tenths: `45`, `1.5`, `an`, `two`, `twenty`.
fn count(text: &Text<'_>, at: usize) -> Option<(u32, usize)> {
    if let Some(Kind::Number(number, digits)) = text.kind(at) {
        let has_tenth = (text.is(at + 1, '.') || text.is(at + 1, ',')) && text.is_glued(at + 1);
        if has_tenth && let Some(Kind::Number(tenth, 1)) = text.kind(at + 2).filter(|_| text.is_glued(at + 2))
        {
            return Some((number.checked_mul(10)?.checked_add(*tenth)?, at + 3));
        }
        return (*digits <= 4).then(|| number.checked_mul(10)).flatten().map(|tenths| (tenths, at + 1));
    }
    let number = match text.word(at) {
        "a" | "an" => 1,
        "fifteen" => 15,
        // "Quarter" alone is no number of minutes.
        word => hour_word(word).or_else(|| minute_word(word).filter(|_| word != "quarter"))?,
    };
    let (number, next) = match (number, text.is(at + 1, '-'), text.word(at + 2)) {
        (20 | 30 | 40 | 50, true, "five") => (number + 5, at + 3),
        (20 | 30 | 40 | 50, false, _) if text.word(at + 1) == "five" => (number + 5, at + 2),
        _ => (number, at + 1),
    };
    Some((number * 10, next))
}

/// The minutes of a unit.
fn unit(word: &str) -> Option<u32> {
    match word {
        "m" | "min" | "mins" | "minute" | "minutes" => Some(1),
        "h" | "hr" | "hrs" | "hour" | "hours" => Some(60),
        _ => None,
    }
}

/// How they are to meet.
fn way(text: &Text<'_>, at: usize) -> Option<(Way, usize)> {
    let says = usize::from(matches!(text.word(at), "by" | "on" | "over" | "via" | "in"));
    let start = at + says + usize::from(says > 0 && matches!(text.word(at + says), "the" | "a"));
    let (way, length) = match (text.word(start), text.word(start + 1)) {
        ("video", "call" | "chat" | "meeting" | "conference") => (Way::Video, 2),
        ("phone", "call") => (Way::Phone, 2),
        ("video" | "online" | "virtually" | "remotely", _) => (Way::Video, 1),
        ("phone", _) => (Way::Phone, 1),
        ("person", _) if text.word(at) == "in" => (Way::InPerson, 1),
        ("face", "to") if text.word(start + 2) == "face" => (Way::InPerson, 3),
        _ => return None,
    };
    Some((way, start + length - at))
}

/// `about the budget`, `to discuss the plan`: up to whatever else is understood.
fn about(text: &Text<'_>, at: usize, today: chrono::NaiveDate) -> Result<Option<(String, usize)>, Unclear> {
    let start = match (text.word(at), text.word(at + 1), text.word(at + 2)) {
        ("to", "talk" | "speak", "about") => at + 3,
        ("to", "discuss" | "review" | "plan" | "prepare", _) | ("to", "go", "over") => {
            at + if text.word(at + 1) == "go" { 3 } else { 2 }
        }
        ("about" | "regarding" | "concerning" | "re", ..) => at + 1,
        _ => return Ok(None),
    };
    let start = start + usize::from(text.word(at) == "re" && text.is(start, ':'));
    let mut end = start;
    while !text.is_end(end) {
        let ends = days::said(text, end, today)?.is_some()
            || long(text, end)?.is_some()
            || hours::said(text, end)?.is_some()
            || way(text, end).is_some()
            || is_with(text, end)
            || prefer::begins(text, end, today)?
            || text.is(end, ',');
        if ends {
            break;
        }
        end += 1;
    }
    let about = text.written(start, end);
    let about = about.trim_matches(['"', '“', '”', '.', '!', '?', ' ']).to_owned();
    Ok((!about.is_empty()).then_some((about, end - at)))
}

/// A name in pieces in lower case, and how many of them are its first name.
struct Name {
    pieces: Vec<String>,
    first: usize,
}

fn names(people: &[Known]) -> Vec<Name> {
    let cut = |name: &str| -> Vec<String> {
        pieces(name).unwrap_or_default().into_iter().map(|piece| piece.written.to_lowercase()).collect()
    };
    let first = |name: &str| cut(name.split_whitespace().next().unwrap_or_default()).len();
    people.iter().map(|one| Name { pieces: cut(&one.name), first: first(&one.name) }).collect()
}

/// Whoever is named at `at`: by address, by their whole name, else by their first.
fn person(
    text: &Text<'_>,
    at: usize,
    people: &[Known],
    names: &[Name],
) -> Result<Option<(Whom, usize)>, Unclear> {
    if let Some(Kind::Address(address)) = text.kind(at) {
        let known = people.iter().position(|one| one.address.as_ref() == Some(address));
        return Ok(Some((known.map_or_else(|| Whom::Address(address.clone()), Whom::Known), 1)));
    }
    let written = |n: usize| text.0.get(at + n).map(|piece| piece.written.to_lowercase());
    let fits = |name: &[String]| {
        !name.is_empty() && name.iter().enumerate().all(|(n, part)| written(n).as_ref() == Some(part))
    };
    // The longest name that stands here, else every first name that does.
    let of = |n: usize, length: usize| names[n].pieces.get(..length).unwrap_or_default();
    let all = 0..names.len();
    let whole = all.clone().map(|n| names[n].pieces.len()).filter(|n| *n > 0);
    let whole = whole
        .filter(|length| all.clone().any(|n| names[n].pieces.len() == *length && fits(of(n, *length))))
        .max();
    let first = all.clone().filter(|n| fits(of(*n, names[*n].first))).map(|n| names[n].first).max();
    let meant: Vec<usize> = match (whole, first) {
        (Some(length), _) => {
            all.filter(|n| names[*n].pieces.len() == length && fits(of(*n, length))).collect()
        }
        (None, Some(length)) => all.filter(|n| names[*n].first == length && fits(of(*n, length))).collect(),
        (None, None) => Vec::new(),
    };
    let length = whole.or(first).unwrap_or(1);
    match meant[..] {
        [] => Ok(None),
        [one] => Ok(Some((Whom::Known(one), length))),
        _ => {
            let called = meant.iter().map(|n| people[*n].name.clone()).collect();
            Err(Unclear::Several(text.written(at, at + length), called))
        }
    }
}

/// Where the first of these people is named in pieces, by whichever part of their name.
pub(super) fn first_name(pieces: &[Piece], people: &[Known]) -> Option<usize> {
    let parts: Vec<String> = names(people).into_iter().flat_map(|name| name.pieces).collect();
    let is_name = |piece: &Piece| parts.contains(&piece.written.to_lowercase());
    pieces.iter().position(|piece| matches!(piece.kind, Kind::Word(_)) && is_name(piece))
}

/// A name that nobody has: what follows "with", as far as it looks like one.
fn stranger(text: &Text<'_>, at: usize) -> Unclear {
    let is_capital = |n: usize| {
        text.0.get(n).is_some_and(|piece| piece.written.chars().next().is_some_and(char::is_uppercase))
    };
    if text.is_end(at) {
        return Unclear::Nobody;
    }
    let mut end = at + 1;
    while is_capital(at) && is_capital(end) {
        end += 1;
    }
    Unclear::Stranger(text.written(at, end))
}

fn is_with(text: &Text<'_>, at: usize) -> bool {
    text.word(at) == "with" || text.word(at) == "w" && text.is(at + 1, '/')
}

/// Words after which a name stands.
fn leads_to_name(text: &Text<'_>, at: usize) -> Option<usize> {
    match text.word(at) {
        "w" if text.is(at + 1, '/') => Some(2),
        "with" | "meet" | "see" | "for" | "call" | "phone" | "me" => Some(1),
        _ => None,
    }
}

fn joins(text: &Text<'_>, at: usize) -> bool {
    text.word(at) == "and" || text.is(at, ',') || text.is(at, '&') || text.word(at) == "me"
}

fn repeats(text: &Text<'_>, at: usize) -> bool {
    matches!(text.word(at), "every" | "each" | "weekly" | "daily" | "monthly" | "recurring" | "regularly")
        || text
            .word(at)
            .strip_suffix('s')
            .is_some_and(|day| text.word(at) != "tues" && crate::words::lexicon::weekday(day).is_some())
}

/// Words that say nothing of their own.
fn filler(text: &Text<'_>, at: usize) -> Option<usize> {
    const WORDS: &str = "find book schedule arrange plan organise organize set up get make fix need want wanted like \
        i i'd i'll i'm we we'd you me us my our a an the time slot slots meeting meetings appointment session chat \
        conversation talk together please thanks thank can could would will should to have has let let's lets us \
        and or but between some any somewhere there is if possible";
    let is_sign =
        matches!(text.kind(at), Some(Kind::Sign(',' | '.' | '?' | '!' | ';' | ':' | '&' | '"' | '-')));
    (is_sign || WORDS.split_whitespace().any(|word| word == text.word(at))).then_some(1)
}
