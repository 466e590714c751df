//! What would be better: "preferably in the morning", "ideally on Tuesday", "mornings preferred", "before 11 if possible".
//!
//! A wish is kept apart from what is asked for, so it must be certain which words are part of it. Where that can be read in
//! two ways the line is not understood; and so it is where a wish cannot come true by what the line itself asks for.

use chrono::{Datelike, Days as Ahead, NaiveDate};

use super::days::{self, Days, named_or_plural};
use super::grammar::Text;
use super::hours::{self, Hours};
use super::pieces::Kind;
use super::{Better, DAYS_AHEAD, Unclear, Wish};
use crate::base::hours::{NamedDay, Window};

/// What a line says that would be better.
#[derive(Debug, Default)]
pub(super) struct Prefer {
    days: Days,
    hours: Hours,
    /// As it was written.
    said: Vec<String>,
}

/// Something that is said of time.
struct Phrase {
    says: Says,
    end: usize,
}

enum Says {
    Days(days::Said),
    Hours(hours::Said),
}

impl Phrase {
    fn is_days(&self) -> bool {
        matches!(self.says, Says::Days(_))
    }

    /// Whether it names days one by one.
    fn names_days(&self) -> bool {
        matches!(self.says, Says::Days(days::Said::Days(_)))
    }

    /// Whether it is a week, a month or the like.
    fn is_stretch(&self) -> bool {
        matches!(self.says, Says::Days(days::Said::Stretch(from, until)) if from != until)
    }

    /// Whether it may as well go on with what was said before as begin anew.
    fn is_narrow(&self) -> bool {
        match self.says {
            Says::Hours(said) => {
                matches!(said, hours::Said::Part(..) | hours::Said::Between(..) | hours::Said::At(_))
            }
            Says::Days(_) => self.names_days(),
        }
    }
}

/// Takes words that say what would be better, and gives in how many pieces they do.
pub(super) fn said(
    text: &Text<'_>,
    at: usize,
    today: NaiveDate,
    prefer: &mut Prefer,
) -> Result<Option<usize>, Unclear> {
    let found = match behind(text, at, today)? {
        Some(found) => Some(found),
        None => before(text, at, today)?,
    };
    let Some(Found { phrases, from, until, end }) = found else { return Ok(None) };
    let mut begin = from;
    for phrase in phrases {
        if text.word(phrase.end - 1) == "only" {
            return Err(Unclear::TwoWays(text.written(at, end)));
        }
        match phrase.says {
            Says::Days(said) => prefer.days.take(said, today)?,
            Says::Hours(said) => prefer.hours.take(said, text.written(begin, phrase.end))?,
        }
        begin = phrase.end;
    }
    if text.word(until - 1) == "tonight" {
        prefer.hours.take(hours::TONIGHT, text.written(until - 1, until))?;
    }
    prefer.said.push(text.written(from, until));
    Ok(Some(end - at))
}

/// Whether words begin at `at` that say what would be better.
pub(super) fn begins(text: &Text<'_>, at: usize, today: NaiveDate) -> Result<bool, Unclear> {
    Ok(before(text, at, today)?.is_some())
}

/// What would be better: the phrases, which pieces they are, and where all of it ends.
struct Found {
    phrases: Vec<Phrase>,
    from: usize,
    until: usize,
    end: usize,
}

/// `preferably in the morning`, `if possible on Tuesday or Wednesday`: all that directly follows.
fn before(text: &Text<'_>, at: usize, today: NaiveDate) -> Result<Option<Found>, Unclear> {
    let Some(length) = cue(text, at) else { return Ok(None) };
    let from = at + length + usize::from(text.is(at + length, ','));
    let Some(first) = phrase(text, from, today)? else { return Ok(None) };
    // "If possible next week" is a politeness as well as a wish: that week is asked for.
    if text.word(at) == "if" && first.is_stretch() {
        return Ok(None);
    }
    let phrases = run(text, from, first, today)?;
    let until = phrases.last().map_or(from, |last| last.end);
    if is_pause(text, until)
        && let Some(next) = phrase(text, until + 1, today)?.filter(Phrase::is_narrow)
        && behind(text, until + 1, today)?.is_none()
    {
        return Err(Unclear::TwoWays(text.written(from, next.end)));
    }
    Ok(Some(Found { phrases, from, until, end: until }))
}

/// `mornings preferred`, `in the morning if possible`, `Tuesday would be best`: the last that was said.
fn behind(text: &Text<'_>, at: usize, today: NaiveDate) -> Result<Option<Found>, Unclear> {
    let Some(first) = phrase(text, at, today)? else { return Ok(None) };
    let is_stretch = first.is_stretch();
    let mut phrases = vec![first];
    let mut until = phrases[0].end;
    // "Tuesday or Wednesday", and "Tuesday morning", are one thing.
    while phrases.iter().all(Phrase::names_days) {
        let joint = usize::from(matches!(text.word(until), "or" | "and"));
        let is_part = |next: &Phrase| next.names_days() && joint > 0 || is_bare_part(text, until, next);
        let Some(next) = phrase(text, until + joint, today)?.filter(is_part) else { break };
        until = next.end;
        phrases.push(next);
    }
    let found = |end| Ok(Some(Found { phrases, from: at, until, end }));
    if let Some(length) = cue_behind(text, until) {
        return found(until + length);
    }
    let pause = usize::from(is_pause(text, until));
    let is_wish = matches!(text.word(until + pause), "preferably" | "ideally" | "if");
    let Some(length) = cue(text, until + pause).filter(|_| is_wish) else { return Ok(None) };
    let is_polite = text.word(until + pause) == "if";
    if is_polite && is_stretch {
        return Ok(None);
    }
    let end = until + pause + length;
    let pauses_after = is_pause(text, end);
    let goes_on = phrase(text, end + usize::from(pauses_after), today)?;
    match goes_on {
        None if pauses_after || text.is_end(end) => found(end),
        Some(_) if pause == 0 && pauses_after => found(end),
        Some(next) if pause > 0 && pauses_after || is_polite && pause == 0 => {
            Err(Unclear::TwoWays(text.written(at, next.end)))
        }
        _ => Ok(None),
    }
}

/// The phrases that one wish is made of: days, and hours of these.
fn run(text: &Text<'_>, from: usize, first: Phrase, today: NaiveDate) -> Result<Vec<Phrase>, Unclear> {
    let mut all = vec![first];
    while let Some(last) = all.last() {
        let joint = joint(text, last, today)?;
        let Some(next) = phrase(text, last.end + joint, today)? else { break };
        let word = text.word(last.end + joint.saturating_sub(1));
        let is_certain = match (joint, last.is_days(), next.is_days()) {
            (0, true, false) => !matches!(text.word(last.end), "not" | "no" | "never"),
            (0, false, true) => false,
            (0, ..) | (_, true, true) => true,
            _ => word == "and",
        };
        if !is_certain {
            return Err(Unclear::TwoWays(text.written(from, next.end)));
        }
        all.push(next);
    }
    Ok(all)
}

/// How many pieces join a phrase to the next: "or", "and", and the commas of a list of days.
fn joint(text: &Text<'_>, last: &Phrase, today: NaiveDate) -> Result<usize, Unclear> {
    let joins = |at: usize| matches!(text.word(at), "or" | "and");
    let at = last.end;
    if joins(at) {
        return Ok(1);
    }
    if !text.is(at, ',') || !last.names_days() {
        return Ok(0);
    }
    if joins(at + 1) {
        return Ok(2);
    }
    // "Monday, Tuesday or Wednesday": the list shows by its end.
    let mut next = phrase(text, at + 1, today)?;
    while let Some(day) = next.filter(Phrase::names_days) {
        if joins(day.end) || text.is(day.end, ',') && joins(day.end + 1) {
            return Ok(1);
        }
        next = if text.is(day.end, ',') { phrase(text, day.end + 1, today)? } else { None };
    }
    Ok(0)
}

/// What is said of time at `at`.
fn phrase(text: &Text<'_>, at: usize, today: NaiveDate) -> Result<Option<Phrase>, Unclear> {
    let says = usize::from(text.word(at) == "on");
    if text.word(at + says).ends_with("days")
        && let Some((day, length)) = named_or_plural(text, at + says, today)?
    {
        let says_days = Says::Days(days::Said::Days(vec![day]));
        return Ok(Some(Phrase { says: says_days, end: at + says + length }));
    }
    if let Some((said, length)) = days::said(text, at, today)? {
        return Ok(Some(Phrase { says: Says::Days(said), end: at + length }));
    }
    let found = hours::said(text, at)?;
    Ok(found.map(|(said, length)| Phrase { says: Says::Hours(said), end: at + length }))
}

/// Whether a phrase is the part of a day that was just named: `Tuesday morning`, and not `Tuesday in the morning`.
fn is_bare_part(text: &Text<'_>, at: usize, phrase: &Phrase) -> bool {
    matches!(phrase.says, Says::Hours(hours::Said::Part(..))) && text.word(at) != "in"
}

/// Words that stand before what would be better.
fn cue(text: &Text<'_>, at: usize) -> Option<usize> {
    match (text.word(at), text.word(at + 1), text.word(at + 2)) {
        ("if", "possible", _) => Some(2),
        ("prefer", "to", "meet") => Some(3),
        ("preferably" | "ideally" | "best" | "prefer", ..) => Some(1),
        _ => None,
    }
}

/// Words that stand behind what would be better, and nowhere else.
fn cue_behind(text: &Text<'_>, at: usize) -> Option<usize> {
    match (text.word(at), text.word(at + 1), text.word(at + 2)) {
        ("would", "be", "best" | "better" | "ideal" | "preferred") | ("would", "work", "best") => Some(3),
        ("is" | "are", "best" | "preferred", _) | ("work" | "works", "best", _) => Some(2),
        ("preferred", ..) => Some(1),
        _ => None,
    }
}

fn is_pause(text: &Text<'_>, at: usize) -> bool {
    matches!(text.kind(at), Some(Kind::Sign(',' | ';' | ':' | '-' | '.' | '!' | '?')))
}

impl Prefer {
    /// What would be better, where that can be of what is asked for, at these hours.
    pub(super) fn of(&self, wish: &Wish, hours: &Hours, today: NaiveDate) -> Result<Better, Unclear> {
        let wanted: Vec<NaiveDate> = match wish.days.as_slice() {
            [] => today.iter_days().take_while(|day| *day <= today + Ahead::new(DAYS_AHEAD)).collect(),
            days => days.to_vec(),
        };
        let better =
            Better { days: self.days.preferred(&wanted)?, within: self.hours.window()?, at: self.hours.at };
        self.check_days(&better, &wanted, today)?;
        let minutes = wish.minutes.and_then(|minutes| u16::try_from(minutes).ok()).unwrap_or(1);
        let part = |at: Option<u16>, within: Option<Window>| match at {
            Some(at) => Window::new(at, at + minutes),
            None => within,
        };
        if let (Some(better), Some(asked)) = (part(better.at, better.within), part(wish.at, wish.within))
            && better.shared(asked) < minutes
        {
            return Err(Unclear::Against(self.as_said(), hours.as_said()));
        }
        Ok(better)
    }

    fn check_days(&self, better: &Better, wanted: &[NaiveDate], today: NaiveDate) -> Result<(), Unclear> {
        let (Some(first), Some(last)) = (wanted.first(), wanted.last()) else { return Ok(()) };
        if !self.days.is_empty() && !wanted.iter().any(|day| better.days.iter().any(|one| one.is(*day))) {
            let short = |day: &NaiveDate| day.format("%-d %B").to_string();
            let asked =
                if first == last { short(first) } else { format!("{} to {}", short(first), short(last)) };
            return Err(Unclear::Against(self.as_said(), asked));
        }
        // "Friday" on a Friday, where both that one and a later one could be meant.
        let same = NamedDay::Weekday(today.weekday());
        let is_named = self.days.names(today.weekday()) && better.days.contains(&same);
        if is_named && wanted.contains(&today) && wanted.iter().any(|day| *day != today && same.is(*day)) {
            return Err(Unclear::TwoWays(same.name()));
        }
        Ok(())
    }

    fn as_said(&self) -> String {
        format!("“{}”", self.said.join(", "))
    }
}
