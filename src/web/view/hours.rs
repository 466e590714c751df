//! The reader's hours: their week as they type it, and the days that are different.

use askama::Template;

use super::parts::FieldErrors;
use super::parts::Frame;
use super::parts::Nav;
use super::parts::Page;
use super::sample;
use super::settings::Tab;
use super::settings::Tabs;

/// One weekday, as a field of the form.
#[derive(Clone, Debug)]
pub struct Weekday {
    /// The field: `monday`.
    pub field: &'static str,
    /// `Monday`.
    pub words: String,
    /// `09:00-12:30, 13:30-17:00`, or what was typed in its place.
    pub typed: String,
}

/// A day ahead that is not as its weekday. It is dropped by a post to `/settings/hours/days/{date}/drop`.
#[derive(Clone, Debug)]
pub struct Different {
    /// `2026-12-24`.
    pub date: String,
    /// `Thursday 24 December 2026`.
    pub day: String,
    /// `09:00-12:00`; empty for a day off.
    pub windows: String,
    /// Why; may be empty.
    pub words: String,
}

/// What was typed of a day that is to be different.
#[derive(Clone, Debug, Default)]
pub struct NewDays {
    /// Field `date`.
    pub date: String,
    /// Field `until`: the last of several days.
    pub until: String,
    /// Field `windows`.
    pub windows: String,
    /// Field `words`.
    pub words: String,
    /// What is wrong with it.
    pub errors: FieldErrors,
}

/// The page. The week is posted to `/settings/hours`, a different day to `/settings/hours/days`.
#[derive(Debug, Template)]
#[template(path = "settings/hours.html")]
pub struct HoursPage {
    /// The frame.
    pub frame: Frame,
    /// The tabs.
    pub tabs: Tabs,
    /// The zone that hours are meant in: `Paris time, UTC+1`.
    pub zone_words: String,
    /// Whether the reader has not said any hours yet.
    pub is_default: bool,
    /// The week, Monday first.
    pub week: Vec<Weekday>,
    /// What is wrong with it.
    pub errors: FieldErrors,
    /// The days ahead that are different, soonest first.
    pub days: Vec<Different>,
    /// What was typed of another one.
    pub new: NewDays,
}

impl HoursPage {
    fn sample() -> Self {
        let day = |field, words: &str, typed: &str| Weekday {
            field,
            words: words.to_owned(),
            typed: typed.to_owned(),
        };
        let different = |date: &str, day: &str, windows: &str, words: &str| Different {
            date: date.to_owned(),
            day: day.to_owned(),
            windows: windows.to_owned(),
            words: words.to_owned(),
        };
        Self {
            frame: sample::frame("Your hours", "/settings/hours", Nav::Settings),
            tabs: Tabs(Tab::Hours),
            zone_words: "Paris time, UTC+1".to_owned(),
            is_default: false,
            week: vec![
                day("monday", "Monday", "09:00-12:30, 13:30-17:00"),
                day("tuesday", "Tuesday", "09:00-12:30, 13:30-17:00"),
                day("wednesday", "Wednesday", "09:00-12:30"),
                day("thursday", "Thursday", "09:00-12:30, 13:30-17:00"),
                day("friday", "Friday", "08:00-14:00"),
                day("saturday", "Saturday", ""),
                day("sunday", "Sunday", ""),
            ],
            errors: FieldErrors::none(),
            days: vec![
                different("2026-12-24", "Thursday 24 December 2026", "09:00-12:00", "Christmas Eve"),
                different("2026-12-25", "Friday 25 December 2026", "", "Christmas Day"),
                different("2026-12-31", "Thursday 31 December 2026", "", ""),
            ],
            new: NewDays::default(),
        }
    }
}

impl Page for HoursPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let office = |day: Weekday| {
            let typed = if day.field.starts_with('s') { "" } else { "09:00-17:00" };
            Weekday { typed: typed.to_owned(), ..day }
        };
        let unsaid = Self {
            is_default: true,
            week: Self::sample().week.into_iter().map(office).collect(),
            days: Vec::new(),
            ..Self::sample()
        };
        let mut wrong = Self::sample();
        "nine to noon".clone_into(&mut wrong.week[2].typed);
        wrong.errors.add(
            "wednesday",
            "“nine to noon” is no window of a day. Write it like 09:00-12:30, with a comma before the next.",
        );
        "2026-12-24".clone_into(&mut wrong.new.date);
        "2026-12-23".clone_into(&mut wrong.new.until);
        wrong.new.errors.add("until", "The last day must not come before the first.");
        vec![("hours", Self::sample()), ("hours-unsaid", unsaid), ("hours-wrong", wrong)]
    }
}
