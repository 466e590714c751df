//! A line that the rules did not understand, with a language model's help: the model says which of its words are whom, how
//! long and when, and the rules read those words.
//!
//! A model is believed nothing. Each phrase must stand in the line, word for word; every time comes from words of the line
//! that the rules read as they always do, and a person is one of the writer's own. What the model leaves out may say nothing
//! that matters: no number, no word of time, no "not", no "or", no name that the writer knows. Otherwise the line stays not
//! understood. So a model can only pass over words such as "fancy" and "old friend".

use std::pin::Pin;

use serde::Deserialize;

use super::grammar;
use super::pieces::{Kind, Piece, pieces};
use super::{BYTES_MAX, Better, Reader, Unclear, Wish, read};
use crate::words::lexicon::{hour_word, minute_word, month, part, weekday, weekday_short};

/// The longest phrase, in characters.
const PHRASE_CHARS_MAX: usize = 120;
/// How many phrases there may be.
const PHRASES_MAX: usize = 20;

/// Which words of a line are what; what the line does not say is empty. Unknown fields are refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phrases {
    /// The people, each as the line names them.
    #[serde(default)]
    pub with: Vec<String>,
    /// How long.
    #[serde(default)]
    pub length: Option<String>,
    /// On which days, and on which not.
    #[serde(default)]
    pub days: Vec<String>,
    /// At which hours.
    #[serde(default)]
    pub hours: Vec<String>,
    /// How to meet.
    #[serde(default)]
    pub way: Option<String>,
    /// What about.
    #[serde(default)]
    pub about: Option<String>,
    /// When it would be better, with the words that say so.
    #[serde(default)]
    pub prefer: Vec<String>,
}

impl Phrases {
    /// Reads what a model wrote: one JSON object of these fields, with nothing around it.
    pub fn parse(text: &str) -> Option<Self> {
        // Reading the struct itself would take a list of its values as well.
        let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text.trim()).ok()?;
        serde_json::from_value(object.into()).ok()
    }
}

/// What a model answers with, sooner or later; nothing, if it cannot be had, or says what cannot be read.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Option<Phrases>> + Send + 'a>>;

/// The port for a language model. It is given the line and nothing else, and asked once.
pub trait Model: Send + Sync {
    /// Which words of a line are what.
    fn phrases<'a>(&'a self, line: &'a str) -> Answering<'a>;
}

/// Whether a model may be asked about a line: the rules did not understand its words, and there is no address in it.
pub fn may_be_asked(line: &str, unclear: &Unclear) -> bool {
    let is_open = matches!(unclear, Unclear::Words(_) | Unclear::Nobody | Unclear::Stranger(_));
    is_open && !line.trim().is_empty() && line.len() <= BYTES_MAX && !line.contains(['@', '＠', '﹫'])
}

/// Reads a line by what a model said of it.
///
/// # Errors
/// [`Unclear`], if the model's phrases are not the line's, leave out what matters, or are not understood.
pub fn helped(line: &str, said: &Phrases, reader: &Reader<'_>) -> Result<Wish, Unclear> {
    let line = pieces(line).ok_or(Unclear::Length)?;
    let mut taken = vec![false; line.len()];
    let asked = said.length.iter().chain(&said.days).chain(&said.hours).chain(&said.way);
    let timed = asked.clone().chain(&said.prefer);
    let all: Vec<&String> = said.with.iter().chain(timed.clone()).chain(&said.about).collect();
    if said.with.is_empty() || all.len() > PHRASES_MAX {
        return Err(Unclear::Nobody);
    }
    for phrase in &all {
        take(&line, phrase, &mut taken).ok_or_else(|| Unclear::Words(vec![(*phrase).clone()]))?;
    }
    let about = said.about.as_ref().map(|about| about.trim().to_owned()).filter(|about| !about.is_empty());
    if let Some(about) = &about {
        let said = pieces(about).unwrap_or_default();
        // A subject may have numbers, and no words of time: those would be lost in it.
        let lost = said.iter().find(|piece| matters(piece) && !matches!(piece.kind, Kind::Number(..)));
        if let Some(lost) = lost {
            return Err(Unclear::Words(vec![lost.written.clone()]));
        }
    }
    if let Some(lost) = left_out(&line, &taken, reader) {
        return Err(Unclear::Words(vec![lost]));
    }
    let timed: Vec<&str> = timed.map(|phrase| phrase.trim()).filter(|phrase| !phrase.is_empty()).collect();
    let whom: Vec<&str> = said.with.iter().map(|name| name.trim()).collect();
    let people = whom.join(" and ");
    let wish = read(&format!("with {people}, {}", timed.join(", ")), reader)?;
    if wish.with.len() != whom.len() {
        return Err(Unclear::Nobody);
    }
    // What is asked for is no wish, and a wish says of itself that it is one.
    let asked: Vec<&str> = asked.map(|phrase| phrase.trim()).collect();
    if !read(&format!("with {people}, {}", asked.join(", ")), reader)?.better.is_empty() {
        return Err(Unclear::Words(asked.into_iter().map(str::to_owned).collect()));
    }
    for phrase in &said.prefer {
        let alone = read(&format!("with {people}, {phrase}"), reader)?;
        let is_wish = !alone.better.is_empty();
        let nothing_else = Wish { with: wish.with.clone(), ..Wish::default() };
        if !is_wish || (Wish { better: Better::default(), ..alone }) != nothing_else {
            return Err(Unclear::Words(vec![phrase.clone()]));
        }
    }
    Ok(Wish { about: wish.about.or(about), ..wish })
}

/// Marks the pieces of a phrase in the line, where it stands whole and is not marked yet.
fn take(line: &[Piece], phrase: &str, taken: &mut [bool]) -> Option<()> {
    if phrase.chars().count() > PHRASE_CHARS_MAX {
        return None;
    }
    let phrase = pieces(phrase).filter(|phrase| !phrase.is_empty())?;
    let same = |one: &Piece, other: &Piece| one.written.to_lowercase() == other.written.to_lowercase();
    let fits = |at: &usize| {
        line[*at..*at + phrase.len()].iter().zip(&phrase).all(|(one, other)| same(one, other))
            && !taken[*at..*at + phrase.len()].contains(&true)
    };
    let at = (0..=line.len().checked_sub(phrase.len())?).find(fits)?;
    taken[at..at + phrase.len()].fill(true);
    Some(())
}

/// The first piece that was left out and matters.
fn left_out(line: &[Piece], taken: &[bool], reader: &Reader<'_>) -> Option<String> {
    let left: Vec<Piece> =
        line.iter().zip(taken).filter(|(_, taken)| !**taken).map(|(piece, _)| piece.clone()).collect();
    let lost = left.iter().position(matters).or_else(|| grammar::first_name(&left, reader.people))?;
    left.get(lost).map(|piece| piece.written.clone())
}

/// Whether a piece says something that nobody may pass over: a number, an address, a time, a condition, a choice, a change.
fn matters(piece: &Piece) -> bool {
    const WORDS: &str = "not no never none neither nor except without but unless if until till before after by since \
        either or instead rather every each weekly daily monthly yearly recurring regularly again fortnight fortnightly \
        today tomorrow tonight yesterday day days week weeks weekend weekends weekday weekdays month months year years \
        next last this coming following previous other another second third end beginning start middle mid early \
        earlier earliest late later latest soon asap now noon midday midnight lunch lunchtime breakfast dinner minute \
        minutes min mins hour hours hr hrs half quarter quarters am pm o'clock cancel cancels cancelled move moved \
        reschedule postpone postponed delay stop don't dont can't cannot won't doesn't isn't shouldn't shorter longer less \
        more least most only preferably ideally prefer prefers preferred preference best better possible";
    match &piece.kind {
        Kind::Number(..) | Kind::Address(_) | Kind::Sign('/') => true,
        Kind::Sign(_) => false,
        Kind::Word(word) => {
            WORDS.split_whitespace().any(|one| one == word)
                || weekday(word.strip_suffix('s').unwrap_or(word)).is_some()
                || weekday(word).is_some()
                || weekday_short(word).is_some()
                || month(word).is_some()
                || part(word).is_some()
                || hour_word(word).is_some_and(|_| word != "one")
                || minute_word(word).is_some()
        }
    }
}
