//! One connection: what the reader lets the other's agent do, in plain language, and what the other lets theirs.

use askama::Template;

use super::connections::Waiting;
use super::parts::Choice;
use super::parts::FieldErrors;
use super::parts::Frame;
use super::parts::Nav;
use super::parts::Page;
use super::parts::Pill;
use super::parts::Tone;
use super::sample;

/// The conditions under which somebody's time, or a room's, can be had, as fields.
#[derive(Clone, Debug)]
pub struct Conditions {
    /// Field `weekdays`, repeated.
    pub weekdays: Vec<Choice>,
    /// Field `hours`: `09:00-12:00`, for each day alike, or `Mon 09:00-12:00; Tue 10:00-11:00`; empty: the profile's.
    pub hours: String,
    /// Field `notice_minutes`.
    pub notice: Vec<Choice>,
    /// Field `horizon_days`.
    pub horizon: Vec<Choice>,
    /// Field `length.min`.
    pub length_min: String,
    /// Field `length.max`.
    pub length_max: String,
    /// Field `length.default`.
    pub length_default: String,
    /// Field `buffer_before_minutes`.
    pub before: Vec<Choice>,
    /// Field `buffer_after_minutes`.
    pub after: Vec<Choice>,
    /// Field `per_week`; empty: any number.
    pub per_week: String,
    /// Field `places`, repeated.
    pub places: Vec<Choice>,
}

impl Conditions {
    pub(super) fn sample() -> Self {
        let choice = |value: &str, words: &str, chosen| Choice::new(value, words, "", chosen);
        let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
        Self {
            weekdays: days.iter().map(|day| choice(&day[..3].to_lowercase(), day, true)).collect(),
            hours: String::new(),
            notice: vec![choice("240", "4 hours", true), choice("1440", "1 day", false)],
            horizon: vec![choice("60", "60 days", true)],
            length_min: "15".to_owned(),
            length_max: "120".to_owned(),
            length_default: "30".to_owned(),
            before: vec![choice("0", "nothing", true)],
            after: vec![choice("0", "nothing", true)],
            per_week: String::new(),
            places: vec![
                choice("video", "By video", true),
                choice("phone", "By phone", true),
                choice("in_person", "In person", true),
            ],
        }
    }
}

/// The form of a grant. It is posted to `/connections/{id}/grants`; `do` is `save`, or `preview`, which writes nothing.
#[derive(Clone, Debug)]
pub struct GrantForm {
    /// Field `ready`: the usual sets, and what is chosen one by one.
    pub ready: Vec<Choice>,
    /// Field `ready_was`: which of them was shown as chosen.
    pub ready_was: String,
    /// Field `scope`, repeated.
    pub scopes: Vec<Choice>,
    /// Field `reveal`.
    pub reveal: Vec<Choice>,
    /// Under which conditions.
    pub conditions: Conditions,
    /// Field `ends_at`: the last day, `2026-12-31`; empty: as long as the connection is.
    pub ends_at: String,
    /// Field `version`: what was read before.
    pub version: i64,
    /// What is wrong.
    pub errors: FieldErrors,
}

/// The page. What ends it is posted to `/connections/{id}` (`do` = `accept`, `decline`, `end`, `block`, `unblock`).
#[derive(Debug, Template)]
#[template(path = "connections/show.html")]
pub struct ConnectionPage {
    /// The frame.
    pub frame: Frame,
    /// This page's path.
    pub path: String,
    /// The other's name, or what the reader typed.
    pub name: String,
    /// How it stands.
    pub pill: Pill,
    /// Since when, in a sentence.
    pub since: String,
    /// What waits for the reader's answer.
    pub waiting: Option<Waiting>,
    /// From when on both sentences hold: `Now:`, `Once you accept:`.
    pub given_when: String,
    /// What the other's agent can then do, in a sentence.
    pub given: String,
    /// What it could do as the form stands, where that was asked for.
    pub preview: String,
    /// The form; `None` where the connection is over.
    pub form: Option<GrantForm>,
    /// What the reader's agent can then do, in a sentence; empty where that is not known yet.
    pub received: String,
    /// What the button that ends it says; empty where it is over.
    pub end_words: String,
    /// What ending means.
    pub end_hint: String,
    /// Until when a reader who declined can still accept; empty elsewhere.
    pub until_rethought: String,
    /// Whether the reader blocked the other.
    pub is_blocked: bool,
}

/// The usual sets of what an agent may do (field `ready`), the one called `chosen` chosen.
pub fn ready(chosen: &str) -> Vec<Choice> {
    let choice = |value: &str, words: &str, hint: &str| Choice::new(value, words, hint, value == chosen);
    vec![
        choice(
            "ask_first",
            "They ask me first",
            "Their agent learns which times suit me and proposes some. Nothing is booked before I agree.",
        ),
        choice(
            "book_alone",
            "Their agent may book by itself",
            "It learns which times suit me, and books one without asking me.",
        ),
        choice("nothing", "Nothing for now", "It can know and do nothing."),
    ]
}

impl GrantForm {
    /// Whether what is allowed was chosen one by one.
    pub fn is_own(&self) -> bool {
        self.ready.iter().any(|one| one.chosen && one.value == "own")
    }

    fn sample() -> Self {
        let choice = |value: &str, words: &str, chosen| Choice::new(value, words, "", chosen);
        Self {
            ready: [ready("own"), vec![choice("own", "As chosen one by one", true)]].concat(),
            ready_was: "own".to_owned(),
            scopes: vec![
                choice("profile.basic.read", "Read my name and time zone", true),
                choice("calendar.availability.read", "Learn when I have time", true),
                choice("calendar.events.propose", "Propose times to me", true),
                choice("calendar.events.write.confirm", "Book a meeting once I confirm it", false),
                choice("calendar.events.write.auto", "Book meetings by itself, without asking me", false),
            ],
            reveal: vec![
                choice("slots", "Only which times would suit me", true),
                choice("busy", "When I am busy, never with what", false),
            ],
            conditions: Conditions::sample(),
            ends_at: String::new(),
            version: 1,
            errors: FieldErrors::none(),
        }
    }
}

/// What an invitation's answer is to choose from on a page that has a form of its own for it.
const ELSEWHERE: &[Choice] = &[];

impl ConnectionPage {
    fn sample() -> Self {
        Self {
            frame: sample::frame("Kim", "/connections/con_02", Nav::Connections),
            path: "/connections/con_02".to_owned(),
            name: "Kim".to_owned(),
            pill: Pill::new("connected", Tone::Yes),
            since: "Connected since 18 Nov, 09:14.".to_owned(),
            waiting: None,
            given_when: "Now:".to_owned(),
            given: "Kim’s agent can read your name and time zone, learn which times would suit you, and propose times to you. Nothing else of the day is shown. Only within your working hours, 15 minutes to 2 hours long, from 4 hours to 60 days ahead.".to_owned(),
            preview: String::new(),
            form: Some(GrantForm::sample()),
            received: "Your agent can know and do nothing for now.".to_owned(),
            end_words: "End the connection".to_owned(),
            end_hint: "Both grants end with it, and Kim is told. You can invite each other again.".to_owned(),
            until_rethought: String::new(),
            is_blocked: false,
        }
    }
}

impl Page for ConnectionPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let mut wrong = GrantForm::sample();
        wrong.errors.add("length.max", "This should be from 15 to 1440.");
        "5".clone_into(&mut wrong.conditions.length_max);
        let fresh = GrantForm {
            ready: ready("nothing"),
            ready_was: "nothing".to_owned(),
            scopes: GrantForm::sample()
                .scopes
                .into_iter()
                .map(|one| Choice { chosen: false, ..one })
                .collect(),
            ..GrantForm::sample()
        };
        let fresh = Self {
            given: "Kim’s agent can know and do nothing for now.".to_owned(),
            form: Some(fresh),
            ..Self::sample()
        };
        let waiting = Self {
            pill: Pill::new("waits for you", Tone::Wait),
            since: "Invited today 11:20, until 4 Dec, 13:00.".to_owned(),
            given_when: "Once you accept:".to_owned(),
            waiting: Some(Waiting {
                id: "con_02".to_owned(),
                by: "Kim".to_owned(),
                words: "Shall we?".to_owned(),
                until: "4 Dec, 13:00".to_owned(),
            }),
            end_words: String::new(),
            ..Self::sample()
        };
        let over = || Self {
            pill: Pill::new("ended", Tone::Plain),
            since: "Ended today 11:20.".to_owned(),
            given: String::new(),
            received: String::new(),
            form: None,
            end_words: String::new(),
            is_blocked: true,
            ..Self::sample()
        };
        let declined = Self {
            pill: Pill::new("declined", Tone::No),
            until_rethought: "4 Dec, 13:00".to_owned(),
            is_blocked: false,
            ..over()
        };
        let preview = "Kim’s agent can book meetings with you without asking anybody.".to_owned();
        vec![
            ("connection", Self::sample()),
            ("connection-fresh", fresh),
            ("connection-preview", Self { preview, ..Self::sample() }),
            ("connection-wrong", Self { form: Some(wrong), ..Self::sample() }),
            ("connection-waiting", waiting),
            ("connection-declined", declined),
            ("connection-over", over()),
        ]
    }
}
