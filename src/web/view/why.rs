//! The troubleshooter: what the reader's own rules say to a time, one by one, and the day around it.

use askama::Template;

use super::parts::Choice;
use super::parts::FieldErrors;
use super::parts::Frame;
use super::parts::Nav;
use super::parts::Page;
use super::parts::Pill;
use super::parts::Tone;
use super::sample;

/// One rule, and what it says.
#[derive(Clone, Debug)]
pub struct RuleRow {
    /// What it looks at, as the beginning of a line.
    pub name: &'static str,
    /// What it says.
    pub words: &'static str,
    /// Whether it lets the time through.
    pub verdict: Pill,
}

/// One line about the day: `Working hours`, and the times.
#[derive(Clone, Debug)]
pub struct DayRow {
    /// What they are.
    pub name: &'static str,
    /// `09:00 – 12:30, 13:30 – 17:00`; empty where there are none.
    pub times: String,
    /// What is said where there are none.
    pub none: &'static str,
}

/// What the rules say, once a time was asked for.
#[derive(Clone, Debug)]
pub struct Findings {
    /// `Wednesday 25 November 2026, 10:30 – 11:15`.
    pub time: String,
    /// In one sentence.
    pub verdict: String,
    /// Whether nothing is in the way.
    pub is_free: bool,
    /// Whether a calendar was not read lately.
    pub is_stale: bool,
    /// What the connection may know, if one was chosen: what it is shown, and the grant in plain words.
    pub shown: Option<(String, String)>,
    /// Where the grant can be changed; empty if none was chosen.
    pub href: String,
    /// Every rule, in the order in which they are asked.
    pub rules: Vec<RuleRow>,
    /// `Wednesday 25 November 2026`.
    pub date: String,
    /// The day around it.
    pub day: Vec<DayRow>,
}

/// The page. The form is sent by GET to `/calendar/why`: looking changes nothing.
#[derive(Debug, Template)]
#[template(path = "calendar/why.html")]
pub struct WhyPage {
    /// The frame.
    pub frame: Frame,
    /// Field `date`.
    pub date: String,
    /// Field `at`.
    pub at: String,
    /// Field `length`, in minutes.
    pub length: String,
    /// Field `with`: oneself, or somebody the reader knows.
    pub with: Vec<Choice>,
    /// What is wrong with the fields.
    pub errors: FieldErrors,
    /// What was found.
    pub findings: Option<Findings>,
}

impl WhyPage {
    fn sample() -> Self {
        let rule = |name, words, lets_through| RuleRow {
            name,
            words,
            verdict: if lets_through {
                Pill::new("fine", Tone::Yes)
            } else {
                Pill::new("in the way", Tone::No)
            },
        };
        let day = |name, times: &str, none| DayRow { name, times: times.to_owned(), none };
        Self {
            frame: sample::frame("Why is there no time?", "/calendar/why", Nav::Calendar),
            date: "2026-11-25".to_owned(),
            at: "10:30".to_owned(),
            length: "45".to_owned(),
            with: vec![
                Choice::new("", "Myself", "", false),
                Choice::new("con_01", "Robin Quill", "", true),
            ],
            errors: FieldErrors::none(),
            findings: Some(Findings {
                time: "Wednesday 25 November 2026, 10:30 – 11:15".to_owned(),
                verdict: "Robin Quill is not offered this time.".to_owned(),
                is_free: false,
                is_stale: true,
                shown: Some((
                    "Times that would suit you, and nothing else of your day.".to_owned(),
                    "Robin Quill’s agent can learn which times would suit you. Nothing else of the day is shown. Only \
                     within your working hours, 15 minutes to 2 hours long, from 4 hours to 60 days ahead."
                        .to_owned(),
                )),
                href: "/connections/con_01".to_owned(),
                rules: vec![
                    rule("Length", "45 minutes is within what you allow.", true),
                    rule("Notice", "It is far enough ahead.", true),
                    rule("Calendar", "Your calendar is busy then.", false),
                ],
                date: "Wednesday 25 November 2026".to_owned(),
                day: vec![
                    day("Working hours", "09:00 – 12:30, 13:30 – 17:00", "You do not work on this day."),
                    day("Taken", "10:00 – 11:00", "Nothing."),
                    day("Held", "", "Nothing."),
                    day("Room for it", "09:00 – 10:00, 11:00 – 12:30, 13:30 – 17:00", "Nowhere."),
                ],
            }),
        }
    }
}

impl Page for WhyPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let fresh = Self { findings: None, ..Self::sample() };
        let mut wrong = Self { findings: None, ..Self::sample() };
        "soon".clone_into(&mut wrong.at);
        wrong.errors.add("at", "This should be a time of day, like 10:30.");
        let mut free = Self::sample();
        free.with[0].chosen = true;
        free.with[1].chosen = false;
        if let Some(findings) = &mut free.findings {
            "Nothing is in the way: you can meet then.".clone_into(&mut findings.verdict);
            findings.is_free = true;
            findings.is_stale = false;
            findings.shown = None;
            findings.href = String::new();
        }
        vec![("why", Self::sample()), ("why-free", free), ("why-fresh", fresh), ("why-wrong", wrong)]
    }
}
