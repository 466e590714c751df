//! What was understood of a line that asks for a meeting: as a form, and as a mailed link shows it.

use askama::Template;

use super::parts::Choice;
use super::parts::FieldErrors;
use super::parts::Frame;
use super::parts::Nav;
use super::parts::Page;
use super::sample;
use crate::sessions::Asked;

/// What would be asked of one person.
#[derive(Clone, Debug)]
pub struct AskedOf {
    /// A sentence: `Robin’s agent is asked when Robin has time, and may agree by itself.`
    pub words: String,
    /// Whether nothing can be asked of them.
    pub is_refused: bool,
}

impl From<Asked> for AskedOf {
    fn from(asked: Asked) -> Self {
        Self { words: asked.words, is_refused: asked.is_refused }
    }
}

/// What was understood of a line, every field of it to be changed; nothing is sent before its button.
#[derive(Debug, Template)]
#[template(path = "sessions/new.html")]
pub struct SessionNew {
    /// The frame.
    pub frame: Frame,
    /// The line; may be empty.
    pub line: String,
    /// What was not understood; may be empty.
    pub unclear: String,
    /// What was understood, in a sentence; empty where nothing was.
    pub understood: String,
    /// What is said where a language model helped to understand it; may be empty.
    pub helped: String,
    /// With whom, of all that the reader is connected with.
    pub with: Vec<Choice>,
    /// Who need not come.
    pub optional: Vec<Choice>,
    /// What it is for.
    pub title: String,
    /// How long, in minutes; empty: as they usually do.
    pub minutes: String,
    /// The first day.
    pub first: String,
    /// The last day.
    pub last: String,
    /// The days from the first to the last; only on those that are chosen, if any is.
    pub days: Vec<Choice>,
    /// Not before; may be empty.
    pub earliest: String,
    /// Over by; may be empty.
    pub latest: String,
    /// How people meet.
    pub place: Vec<Choice>,
    /// The rooms and things that are needed.
    pub rooms: Vec<Choice>,
    /// The days that would be better: weekdays, and dates that were named.
    pub better_days: Vec<Choice>,
    /// It would be better not before; may be empty.
    pub better_from: String,
    /// It would be better over by; may be empty.
    pub better_until: String,
    /// What would be asked of whom.
    pub asked: Vec<AskedOf>,
    /// What is wrong.
    pub errors: FieldErrors,
}

impl SessionNew {
    /// Whether the sentence says all that the fields would.
    fn is_folded(&self) -> bool {
        !self.understood.is_empty() && self.errors.is_empty()
    }

    /// Whether some days are chosen.
    fn has_days(&self) -> bool {
        self.days.iter().any(|day| day.chosen) || !self.errors.of("days").is_empty()
    }

    /// Whether something would be better.
    fn has_better(&self) -> bool {
        let is_typed = !self.better_from.is_empty() || !self.better_until.is_empty();
        let fields = ["better_days", "better_from", "better_until"];
        is_typed
            || self.better_days.iter().any(|day| day.chosen)
            || fields.iter().any(|field| !self.errors.of(field).is_empty())
    }

    fn sample() -> Self {
        Self {
            frame: sample::frame("Ask for a meeting", "/sessions/new", Nav::Sessions),
            line: "45 minutes with Robin next week, not before 10, preferably on Tuesday before 12"
                .to_owned(),
            unclear: String::new(),
            understood:
                "45 minutes with Robin, 23 Nov to 27 Nov, from 10:00, if possible on Tuesday, between \
                         10:00 and 12:00."
                    .to_owned(),
            helped: String::new(),
            with: vec![Choice::new("con_0193", "Robin", "", true), Choice::new("con_0194", "Kim", "", false)],
            optional: vec![
                Choice::new("con_0193", "Robin", "", false),
                Choice::new("con_0194", "Kim", "", false),
            ],
            title: "Practice session".to_owned(),
            minutes: "45".to_owned(),
            first: "2026-11-23".to_owned(),
            last: "2026-11-27".to_owned(),
            days: [("2026-11-23", "Mon 23 Nov"), ("2026-11-24", "Tue 24 Nov"), ("2026-11-25", "Wed 25 Nov")]
                .map(|(value, words)| Choice::new(value, words, "", false))
                .to_vec(),
            earliest: "10:00".to_owned(),
            latest: String::new(),
            place: vec![
                Choice::new("", "However you usually meet", "", true),
                Choice::new("video", "By video", "", false),
            ],
            rooms: vec![
                Choice::new("agt_01", "Blue Room", "", false),
                Choice::new("agt_02", "Projector", "", true),
            ],
            better_days: [("mon", "Monday"), ("tue", "Tuesday"), ("wed", "Wednesday"), ("thu", "Thursday")]
                .map(|(value, words)| Choice::new(value, words, "", value == "tue"))
                .to_vec(),
            better_from: "10:00".to_owned(),
            better_until: "12:00".to_owned(),
            asked: vec![AskedOf {
                words: "Robin’s agent is asked when Robin has time. Robin then decides.".to_owned(),
                is_refused: false,
            }],
            errors: FieldErrors::none(),
        }
    }
}

impl Page for SessionNew {
    fn samples() -> Vec<(&'static str, Self)> {
        let unclear = Self {
            line: "soon with Robin".to_owned(),
            unclear: "“soon” is no day that I know.".to_owned(),
            understood: String::new(),
            asked: Vec::new(),
            ..Self::sample()
        };
        let alone = Self {
            line: String::new(),
            understood: String::new(),
            with: Vec::new(),
            optional: Vec::new(),
            asked: Vec::new(),
            ..Self::sample()
        };
        let helped =
            "A language model helped to read it: look closely before you press the button.".to_owned();
        let helped = Self { helped, ..Self::sample() };
        vec![
            ("session-new-helped", helped),
            ("session-new", Self::sample()),
            ("session-new-unclear", unclear),
            ("session-new-alone", alone),
        ]
    }
}

/// What the link of an answer to a mailed line opens: what was understood, and one button that begins it.
#[derive(Debug, Template)]
#[template(path = "sessions/wish.html")]
pub struct SessionWish {
    /// The frame.
    pub frame: Frame,
    /// Where the form is posted: this page's own path and query.
    pub action: String,
    /// Field by field: what each is called, and what it is.
    pub fields: Vec<(String, String)>,
    /// What is said where a language model helped to understand it; may be empty.
    pub helped: String,
    /// What would be asked of whom.
    pub asked: Vec<AskedOf>,
    /// Why the last try was refused; may be empty.
    pub refused: String,
}

impl SessionWish {
    /// Whether it can begin.
    pub fn is_open(&self) -> bool {
        self.asked.iter().all(|one| !one.is_refused)
    }
}

impl Page for SessionWish {
    fn samples() -> Vec<(&'static str, Self)> {
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let sample = || Self {
            frame: sample::bare("Is this what you want?", "/wish?t=sample"),
            action: "/wish?t=sample".to_owned(),
            fields: vec![
                field("With", "Robin"),
                field("What for", "The roof"),
                field("How long", "45 minutes"),
                field("Days", "Mon 23 Nov to Sun 29 Nov 2026"),
                field("Hours", "Not before 10:00 (Paris time, UTC+1)"),
                field("Better", "On Tuesday and between 10:00 and 12:00; other times if not"),
                field("How", "However it suits"),
            ],
            helped: String::new(),
            asked: vec![AskedOf {
                words: "Robin’s agent is asked when Robin has time. Robin then decides.".to_owned(),
                is_refused: false,
            }],
            refused: String::new(),
        };
        let closed = AskedOf {
            words: "Robin has not let your agent propose times: nothing can be asked.".to_owned(),
            is_refused: true,
        };
        let refused = "Somebody you named has not let your agent ask, so nobody was asked.".to_owned();
        vec![
            ("session-wish", sample()),
            ("session-wish-closed", Self { asked: vec![closed.clone()], ..sample() }),
            ("session-wish-refused", Self { asked: vec![closed], refused, ..sample() }),
        ]
    }
}
