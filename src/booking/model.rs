//! The types of booking links, and the rules that need nothing but values.

use serde::{Deserialize, Serialize};

use crate::base::error::{Error, Result};
use crate::base::hours::Week;
use crate::base::id::{AgentId, BookingId, BookingLinkId, MeetingId, UserId};
use crate::base::text::{self, Address};
use crate::base::time::{MINUTE, Timestamp, Zone};
use crate::network::Place;
use crate::worded;

/// The longest title, place, label and one-line answer, in characters.
pub(super) const LINE_CHARS_MAX: usize = 200;
/// The longest description and answer of several lines, in characters.
pub(super) const TEXT_CHARS_MAX: usize = 2_000;
/// How many lengths a link can offer.
const LENGTHS_MAX: usize = 4;
/// How many questions a link can ask.
const QUESTIONS_MAX: usize = 5;
/// The shortest and the longest meeting, in minutes.
const LENGTH_MINUTES: (u32, u32) = (5, 720);
/// The longest notice, in minutes: ninety days.
const NOTICE_MINUTES_MAX: u32 = 90 * 1_440;
/// The longest buffer, in minutes.
const BUFFER_MINUTES_MAX: u32 = 480;
/// How far ahead a link can offer, in days.
const HORIZON_DAYS_MAX: u32 = 365;
/// The highest cap.
const CAP_MAX: u32 = 100;
/// The shortest and the longest name in the path.
const NAME_CHARS: (usize, usize) = (3, 60);

worded! {
    /// Who confirms a booking.
    Confirmation {
        /// Nobody: what a guest picks is booked, once they have shown that the address is theirs.
        AtOnce = "at_once",
        /// The host, who is asked.
        ByHand = "by_hand",
    }
}

worded! {
    /// Who may open a link.
    Access {
        /// Whoever has its address.
        Public = "public",
        /// Whoever has a single-use address of it.
        SingleUse = "single_use",
    }
}

worded! {
    /// Whether a link offers anything.
    LinkState {
        /// It does.
        Active = "active",
        /// Not at present; its name is kept.
        Paused = "paused",
        /// Never again.
        Removed = "removed",
    }
}

worded! {
    /// How a booking stands.
    BookingState {
        /// Its guest has not shown yet that the address is theirs.
        Unconfirmed = "unconfirmed",
        /// The host has not decided yet.
        Waiting = "waiting",
        /// There is a meeting.
        Booked = "booked",
        /// The host said no.
        Declined = "declined",
        /// Nobody confirmed or decided in time, or the time was taken meanwhile.
        Expired = "expired",
        /// The guest took it back.
        Withdrawn = "withdrawn",
    }
}

worded! {
    /// How a question is answered.
    AnswerKind {
        /// In one line.
        Line = "line",
        /// In several lines.
        Text = "text",
    }
}

/// What a guest is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The question, in one line.
    pub label: String,
    /// Whether there is no booking without an answer.
    pub required: bool,
    /// Whether the answer has several lines.
    pub long: bool,
}

impl Question {
    /// How it is answered.
    pub fn kind(&self) -> AnswerKind {
        if self.long { AnswerKind::Text } else { AnswerKind::Line }
    }
}

/// What a guest said to a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// The question as it was then.
    pub question: String,
    /// The answer; never empty.
    pub answer: String,
}

/// What a link says and allows: what its owner writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLink {
    /// The path: from 3 to 60 of `a-z0-9-`. Empty: made of the owner's name and the shortest length.
    pub name: String,
    /// What the meeting is called.
    pub title: String,
    /// What it is about; may be empty.
    pub description: String,
    /// How long it can be, in minutes: one to four lengths.
    pub lengths: Vec<u32>,
    /// How people meet.
    pub place: Place,
    /// Where that is, or which number; may be empty.
    pub place_words: String,
    /// What a guest is asked besides name and address.
    pub questions: Vec<Question>,
    /// Hours of its own, in the owner's zone; the profile's, if not given. The profile's days off hold in any case.
    pub week: Option<Week>,
    /// How long before a time it can still be picked, in minutes.
    pub notice_minutes: u32,
    /// How far ahead times are offered, in days.
    pub horizon_days: u32,
    /// Free time before, in minutes.
    pub buffer_before_minutes: u32,
    /// Free time after, in minutes.
    pub buffer_after_minutes: u32,
    /// From one start to the next, in minutes.
    pub step_minutes: u32,
    /// The most meetings a day, if there is a most.
    pub per_day: Option<u32>,
    /// The most meetings a week, if there is a most.
    pub per_week: Option<u32>,
    /// The rooms and things it takes.
    pub resources: Vec<AgentId>,
    /// Who confirms.
    pub confirmation: Confirmation,
    /// Who may open it.
    pub access: Access,
}

impl Default for NewLink {
    /// Half an hour by video, confirmed at once, asked for four hours before, up to sixty days ahead.
    fn default() -> Self {
        Self {
            name: String::new(),
            title: "30 minutes".to_owned(),
            description: String::new(),
            lengths: vec![30],
            place: Place::Video,
            place_words: String::new(),
            questions: Vec::new(),
            week: None,
            notice_minutes: 240,
            horizon_days: 60,
            buffer_before_minutes: 0,
            buffer_after_minutes: 0,
            step_minutes: 30,
            per_day: None,
            per_week: None,
            resources: Vec::new(),
            confirmation: Confirmation::AtOnce,
            access: Access::Public,
        }
    }
}

impl NewLink {
    /// With what a change gives.
    #[must_use]
    pub fn changed(&self, change: LinkChange) -> Self {
        change.applied(self)
    }

    /// As it is kept: texts cleaned, lengths in order; refuses what no link can be, by its field.
    pub(super) fn checked(mut self) -> Result<Self> {
        self.title = text::line(&self.title, LINE_CHARS_MAX);
        self.description = text::paragraphs(&self.description, TEXT_CHARS_MAX);
        self.place_words = text::line(&self.place_words, LINE_CHARS_MAX);
        self.name = self.name.trim().to_ascii_lowercase();
        if self.title.is_empty() {
            return Err(Error::invalid("title", "Say what the meeting is called."));
        }
        self.lengths.sort_unstable();
        self.lengths.dedup();
        self.check_name()?;
        self.check_numbers()?;
        self.questions = questions(self.questions)?;
        Ok(self)
    }

    fn check_name(&self) -> Result<()> {
        let is_fine = (NAME_CHARS.0..=NAME_CHARS.1).contains(&self.name.len())
            && self.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !self.name.starts_with('-')
            && !self.name.ends_with('-');
        if is_fine || self.name.is_empty() {
            return Ok(());
        }
        Err(Error::invalid("name", "A name has from 3 to 60 of the letters a to z, digits and hyphens."))
    }

    fn check_numbers(&self) -> Result<()> {
        let (least, most) = LENGTH_MINUTES;
        if self.lengths.is_empty() || self.lengths.len() > LENGTHS_MAX {
            return Err(Error::invalid("lengths", format!("Give from 1 to {LENGTHS_MAX} lengths.")));
        }
        if self.lengths.iter().any(|length| !(least..=most).contains(length)) {
            let words = format!("A length is from {least} to {most} minutes.");
            return Err(Error::invalid("lengths", words));
        }
        let within = |field: &'static str, value: u32, least: u32, most: u32| {
            if (least..=most).contains(&value) {
                return Ok(());
            }
            Err(Error::invalid(field, format!("This should be from {least} to {most}.")))
        };
        within("notice_minutes", self.notice_minutes, 0, NOTICE_MINUTES_MAX)?;
        within("horizon_days", self.horizon_days, 1, HORIZON_DAYS_MAX)?;
        within("buffer_before_minutes", self.buffer_before_minutes, 0, BUFFER_MINUTES_MAX)?;
        within("buffer_after_minutes", self.buffer_after_minutes, 0, BUFFER_MINUTES_MAX)?;
        within("step_minutes", self.step_minutes, 5, 240)?;
        if !1_440_u32.is_multiple_of(self.step_minutes) {
            return Err(Error::invalid(
                "step_minutes",
                "Steps should fit into a day, like 15, 20 or 30 minutes.",
            ));
        }
        within("per_day", self.per_day.unwrap_or(1), 1, CAP_MAX)?;
        within("per_week", self.per_week.unwrap_or(1), 1, CAP_MAX)?;
        let covered = self.horizon_days.saturating_mul(1_440);
        if self.notice_minutes >= covered {
            let words = "With this notice there is nothing left to offer before the horizon.";
            return Err(Error::invalid("notice_minutes", words));
        }
        Ok(())
    }
}

fn questions(given: Vec<Question>) -> Result<Vec<Question>> {
    if given.len() > QUESTIONS_MAX {
        return Err(Error::invalid(
            "questions",
            format!("A link can ask {QUESTIONS_MAX} questions at most."),
        ));
    }
    let mut kept: Vec<Question> = Vec::with_capacity(given.len());
    for (at, question) in given.into_iter().enumerate() {
        let label = text::line(&question.label, LINE_CHARS_MAX);
        if label.is_empty() {
            return Err(Error::invalid(format!("questions[{at}].label"), "Say what is asked."));
        }
        if kept.iter().any(|other| other.label == label) {
            return Err(Error::invalid(format!("questions[{at}].label"), "This is asked already."));
        }
        kept.push(Question { label, ..question });
    }
    Ok(kept)
}

/// What is to become of something that may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Optional<T> {
    /// It stays.
    #[default]
    Keep,
    /// There is none from now on.
    Clear,
    /// It is this from now on.
    Set(T),
}

impl<T> Optional<T> {
    fn applied(self, before: Option<T>) -> Option<T> {
        match self {
            Self::Keep => before,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }
}

impl<T> From<Option<T>> for Optional<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Clear, Self::Set)
    }
}

/// What is to be another in a link; what is not given stays.
#[derive(Clone, Debug, Default)]
pub struct LinkChange {
    /// Which version was looked at; another: it has changed since.
    pub version: Option<i64>,
    /// Whether it offers anything; it is removed by [`remove`](super::remove).
    pub active: Option<bool>,
    /// [`NewLink::name`].
    pub name: Option<String>,
    /// [`NewLink::title`].
    pub title: Option<String>,
    /// [`NewLink::description`].
    pub description: Option<String>,
    /// [`NewLink::lengths`].
    pub lengths: Option<Vec<u32>>,
    /// [`NewLink::place`].
    pub place: Option<Place>,
    /// [`NewLink::place_words`].
    pub place_words: Option<String>,
    /// [`NewLink::questions`].
    pub questions: Option<Vec<Question>>,
    /// [`NewLink::week`]; cleared: the profile's hours.
    pub week: Optional<Week>,
    /// [`NewLink::notice_minutes`].
    pub notice_minutes: Option<u32>,
    /// [`NewLink::horizon_days`].
    pub horizon_days: Option<u32>,
    /// [`NewLink::buffer_before_minutes`].
    pub buffer_before_minutes: Option<u32>,
    /// [`NewLink::buffer_after_minutes`].
    pub buffer_after_minutes: Option<u32>,
    /// [`NewLink::step_minutes`].
    pub step_minutes: Option<u32>,
    /// [`NewLink::per_day`]; cleared: no cap.
    pub per_day: Optional<u32>,
    /// [`NewLink::per_week`]; cleared: no cap.
    pub per_week: Optional<u32>,
    /// [`NewLink::resources`].
    pub resources: Option<Vec<AgentId>>,
    /// [`NewLink::confirmation`].
    pub confirmation: Option<Confirmation>,
    /// [`NewLink::access`].
    pub access: Option<Access>,
}

impl LinkChange {
    /// Everything that a link says.
    pub fn to(says: NewLink) -> Self {
        Self {
            version: None,
            active: None,
            name: Some(says.name),
            title: Some(says.title),
            description: Some(says.description),
            lengths: Some(says.lengths),
            place: Some(says.place),
            place_words: Some(says.place_words),
            questions: Some(says.questions),
            week: says.week.into(),
            notice_minutes: Some(says.notice_minutes),
            horizon_days: Some(says.horizon_days),
            buffer_before_minutes: Some(says.buffer_before_minutes),
            buffer_after_minutes: Some(says.buffer_after_minutes),
            step_minutes: Some(says.step_minutes),
            per_day: says.per_day.into(),
            per_week: says.per_week.into(),
            resources: Some(says.resources),
            confirmation: Some(says.confirmation),
            access: Some(says.access),
        }
    }

    /// The link as it would be.
    pub(super) fn applied(self, before: &NewLink) -> NewLink {
        let before = before.clone();
        NewLink {
            name: self.name.unwrap_or(before.name),
            title: self.title.unwrap_or(before.title),
            description: self.description.unwrap_or(before.description),
            lengths: self.lengths.unwrap_or(before.lengths),
            place: self.place.unwrap_or(before.place),
            place_words: self.place_words.unwrap_or(before.place_words),
            questions: self.questions.unwrap_or(before.questions),
            week: self.week.applied(before.week),
            notice_minutes: self.notice_minutes.unwrap_or(before.notice_minutes),
            horizon_days: self.horizon_days.unwrap_or(before.horizon_days),
            buffer_before_minutes: self.buffer_before_minutes.unwrap_or(before.buffer_before_minutes),
            buffer_after_minutes: self.buffer_after_minutes.unwrap_or(before.buffer_after_minutes),
            step_minutes: self.step_minutes.unwrap_or(before.step_minutes),
            per_day: self.per_day.applied(before.per_day),
            per_week: self.per_week.applied(before.per_week),
            resources: self.resources.unwrap_or(before.resources),
            confirmation: self.confirmation.unwrap_or(before.confirmation),
            access: self.access.unwrap_or(before.access),
        }
    }
}

/// A page where guests pick a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookingLink {
    /// Its id.
    pub id: BookingLinkId,
    /// Whose it is.
    pub user: UserId,
    /// What it says and allows.
    pub says: NewLink,
    /// Whether it offers anything.
    pub state: LinkState,
    /// Rises with every change.
    pub version: i64,
    /// Since when.
    pub created_at: Timestamp,
}

impl BookingLink {
    /// Its path.
    pub fn path(&self) -> String {
        format!("/b/{}", self.says.name)
    }
}

/// A single-use address of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// For whom, as its owner wrote; may be empty.
    pub words: String,
    /// Whether a booking came of it that still counts.
    pub is_used: bool,
    /// Until when it opens.
    pub expires_at: Timestamp,
    /// Since when.
    pub created_at: Timestamp,
}

/// What a guest asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// Its id.
    pub id: BookingId,
    /// Where.
    pub link: BookingLinkId,
    /// Of whom.
    pub user: UserId,
    /// When it begins.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// What the guest is called.
    pub guest_name: String,
    /// Where the guest's mail goes: for letters, and for nobody's eyes.
    pub guest_address: Address,
    /// The keyed hash of that address.
    pub guest_hash: String,
    /// The zone the guest picked in.
    pub guest_zone: Zone,
    /// What they said to the questions.
    pub answers: Vec<Answered>,
    /// How it stands in the store; see [`Booking::state_at`].
    pub state: BookingState,
    /// The meeting that came of it.
    pub meeting: Option<MeetingId>,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when the time is held.
    pub expires_at: Timestamp,
    /// When it was settled.
    pub settled_at: Option<Timestamp>,
}

impl Booking {
    /// How it stands at `now`: what nobody confirmed or decided in time is over, whether or not anybody has noted it.
    pub fn state_at(&self, now: Timestamp) -> BookingState {
        let is_open = matches!(self.state, BookingState::Unconfirmed | BookingState::Waiting);
        if is_open && self.expires_at <= now { BookingState::Expired } else { self.state }
    }

    /// Whether its time is held at `now`, or became a meeting.
    pub fn counts_at(&self, now: Timestamp) -> bool {
        matches!(self.state_at(now), BookingState::Unconfirmed | BookingState::Waiting | BookingState::Booked)
    }

    /// Its length, in minutes.
    pub fn minutes(&self) -> i64 {
        self.end.since(self.start) / MINUTE
    }
}

/// The answers to a link's questions, in their order; refused where one that is required is not there.
pub(super) fn answers(questions: &[Question], given: &[String]) -> Result<Vec<Answered>> {
    if given.len() > questions.len() {
        return Err(Error::invalid("answers", "There are more answers than questions."));
    }
    let mut kept = Vec::new();
    for (at, question) in questions.iter().enumerate() {
        let typed = given.get(at).map_or("", String::as_str);
        let answer = match question.kind() {
            AnswerKind::Line => text::line(typed, LINE_CHARS_MAX),
            AnswerKind::Text => text::paragraphs(typed, TEXT_CHARS_MAX),
        };
        if answer.is_empty() && question.required {
            return Err(Error::invalid(format!("answers[{at}]"), "Please answer this."));
        }
        if !answer.is_empty() {
            kept.push(Answered { question: question.label.clone(), answer });
        }
    }
    Ok(kept)
}

/// A name for the path, made of words: `Ana Sørensen`, `30` becomes `ana-s-rensen-30`. Empty where nothing is left.
pub(super) fn slug(words: &str) -> String {
    let mut out = String::new();
    for c in words.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.chars().take(NAME_CHARS.1 - 8).collect::<String>().trim_matches('-').to_owned()
}
