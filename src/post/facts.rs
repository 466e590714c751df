//! What letters are made of: people without addresses, the reader, the event, and words that were found elsewhere.

use serde::{Deserialize, Serialize};

use crate::base::id::{LinkId, MeetingId, ParticipantId};
use crate::base::time::Zone;

/// What others may know of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Face {
    /// Their name, if they gave one.
    pub name: Option<String>,
    /// Whether they are the host.
    pub is_host: bool,
}

impl Face {
    /// How they are named to somebody else: their name, or "your host", or "your guest".
    pub fn words(&self) -> &str {
        match (&self.name, self.is_host) {
            (Some(name), _) => name,
            (None, true) => "your host",
            (None, false) => "your guest",
        }
    }
}

/// Several people within a sentence: `Robin`, `Robin and Kim`, `your host and 2 others`.
pub fn together(others: &[Face]) -> String {
    // The host first, then those who have a name.
    let first = others.iter().find(|face| face.is_host).or_else(|| others.iter().find(|f| f.name.is_some()));
    match (others, first.or_else(|| others.first())) {
        (_, None) => "the others".to_owned(),
        ([one], _) => one.words().to_owned(),
        ([one, other], Some(first)) => {
            let second = if std::ptr::eq(first, one) { other } else { one };
            if first.name.is_none() && second.name.is_none() && !first.is_host {
                "your 2 guests".to_owned()
            } else {
                // A guest without a name is nobody's guest but the host's.
                format!("{} and {}", first.words(), second.name.as_deref().unwrap_or("another guest"))
            }
        }
        (all, Some(first)) if first.name.is_none() && !first.is_host => format!("your {} guests", all.len()),
        (all, Some(first)) => format!("{} and {} others", first.words(), all.len() - 1),
    }
}

/// What follows a title: ` with Robin`; empty where the title names them already, as `Alex and Robin` and `Tea with
/// Robin` do.
pub fn with(title: &str, others: &[Face]) -> String {
    let names: Vec<_> = others.iter().filter_map(|face| face.name.as_deref()).collect();
    let is_said = names.len() == others.len()
        && (is_of_names(title, &names)
            || title.rsplit_once(" with ").is_some_and(|(_, said)| are_named(said, &names)));
    if others.is_empty() || is_said { String::new() } else { format!(" with {}", together(others)) }
}

/// Whether a title is nothing but names, these among them: what a meeting is called to which nobody gave a title.
pub fn is_of_names(title: &str, names: &[&str]) -> bool {
    title.contains(" and ") && are_named(title, names)
}

fn are_named(list: &str, names: &[&str]) -> bool {
    let said: Vec<_> = list.split(", ").flat_map(|part| part.split(" and ")).collect();
    !names.is_empty() && names.iter().all(|name| said.contains(name))
}

/// One thing that a person should know, as far as it can be told without knowing the reader's zone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// What kind of thing: a word of the room that tells it.
    pub kind: String,
    /// Whom it is about: others than the reader.
    pub faces: Vec<Face>,
    /// What the meeting is called; empty where it is about none.
    pub title: String,
    /// The time it is about, in UTC milliseconds.
    pub span: Option<(i64, i64)>,
    /// The time in whose place that one came, in UTC milliseconds.
    pub was: Option<(i64, i64)>,
    /// What was said, in a word: `accepted`, `declined`, `expired`.
    pub word: String,
    /// Of what several decide: how many answered, and how many they are.
    #[serde(default)]
    pub counted: Option<(u32, u32)>,
    /// The page that shows it: `/meetings/mtg_…`.
    pub path: String,
}

/// What somebody may answer, and by when, where a notice tells of a question.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    /// The answers to choose from; none: in their own words.
    pub answers: Vec<String>,
    /// Until when it waits, in UTC milliseconds.
    pub until: i64,
}

/// The reader of a letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    /// Where it goes.
    pub address: String,
    /// Their name.
    pub name: Option<String>,
    /// The IANA zone their times are told in.
    pub zone: String,
    /// The participant they are, if they are one.
    pub participant: Option<ParticipantId>,
    /// The link to what is stored about them.
    pub about_you: LinkId,
}

impl Reader {
    /// The zone their times are told in.
    pub fn zone(&self) -> Zone {
        Zone::parse(&self.zone).unwrap_or(Zone::UTC)
    }
}

/// Which addresses of a letter carry the reader's reply token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenMode {
    /// From, ORGANIZER and Reply-To.
    Full,
    /// ORGANIZER and Reply-To; the way out rewrites From.
    NotFrom,
    /// None: there is no road back for a sub-address.
    Off,
}

impl TokenMode {
    /// The word kept in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::NotFrom => "not-from",
            Self::Off => "off",
        }
    }

    /// From the store's word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Full, Self::NotFrom, Self::Off].into_iter().find(|mode| mode.as_str() == word)
    }
}

/// The event of a calendar mail, as one participant gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The meeting.
    pub meeting: MeetingId,
    /// Its UID.
    pub uid: String,
    /// Its revision.
    pub sequence: i64,
    /// How often this revision was sent before.
    pub edition: i64,
    /// What it is called.
    pub title: String,
    /// Where it is.
    pub location: String,
    /// What it is about.
    pub description: String,
    /// When it begins, in UTC milliseconds.
    pub start: i64,
    /// When it ends, in UTC milliseconds.
    pub end: i64,
    /// When the meeting was made, in UTC milliseconds.
    pub created: i64,
    /// Everybody else.
    pub others: Vec<Face>,
    /// What the reader answered to this revision, as iCalendar's PARTSTAT.
    pub partstat: String,
    /// Which addresses carry the token.
    pub token_mode: TokenMode,
    /// Why rooms are no longer part of it, each as a sentence; to the host alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub let_go: Vec<String>,
}

/// Why a meeting was cancelled, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The reader declined.
    YouDeclined,
    /// Somebody else did.
    OtherDeclined,
    /// The host called it off.
    CalledOff,
    /// Somebody is forgotten, or may not be here any more.
    House,
}

/// What was read of a line that its reader mailed, in words and in their zone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WishRead {
    /// The line, without links and addresses; empty where it is not to be quoted.
    pub line: String,
    /// Why it was not understood; empty: it was.
    pub unclear: String,
    /// What was understood, in a few words.
    pub title: String,
    /// The same field by field: what each is called, and what it is.
    pub fields: Vec<(String, String)>,
    /// What would be asked of whom, one sentence each.
    pub asked: Vec<String>,
    /// What is to be said beside it, one sentence each.
    pub notes: Vec<String>,
    /// Lines that would be understood.
    pub examples: Vec<String>,
}

/// What became of a proposal that did not become the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Somebody declined it.
    Declined,
    /// Nobody decided in time.
    Expired,
    /// A newer proposal, or a move, took its place.
    Superseded,
    /// Its proposer took it back.
    Withdrawn,
}

/// How a booking ended that became no meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BookingEnd {
    /// The host said no.
    Declined,
    /// Nobody decided in time.
    Expired,
}

#[cfg(test)]
mod tests {
    use super::{Face, is_of_names, with};

    fn faces(names: &[&str]) -> Vec<Face> {
        let face = |name: &&str| Face { name: Some((*name).to_owned()), is_host: false };
        names.iter().map(face).collect()
    }

    #[test]
    fn whom_a_title_names_is_not_said_again() {
        for (title, others, said) in [
            ("Tea", &["Robin"][..], " with Robin"),
            ("Alex and Robin", &["Robin"], ""),
            ("Alex, Robin and Kim", &["Robin", "Kim"], ""),
            ("Alex and Robin", &["Robin", "Kim"], " with Robin and Kim"),
            ("Tea with Robin", &["Robin"], ""),
            ("Tea with Robin and Kim", &["Kim", "Robin"], ""),
            ("Tea with Robina", &["Robin"], " with Robin"),
            ("Robin", &["Robin"], " with Robin"),
            ("Nobody yet", &[], ""),
        ] {
            assert_eq!(with(title, &faces(others)), said, "{title}");
        }
        let nameless = Face { name: None, is_host: true };
        assert_eq!(with("Alex and Robin", &[nameless]), " with your host");
        assert!(is_of_names("Alex and Robin", &["Robin"]) && !is_of_names("Tea with Robin", &["Robin"]));
    }
}
