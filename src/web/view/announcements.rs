//! Announcements, for whoever runs the house: what was said to programs, and something new.

use askama::Template;

use super::admin::{Tab, Tabs};
use super::parts::Choice;
use super::parts::FieldErrors;
use super::parts::Frame;
use super::parts::Nav;
use super::parts::Page;
use super::sample;

/// Something that was announced.
#[derive(Clone, Debug)]
pub struct AnnouncementRow {
    /// What it says.
    pub text: String,
    /// To whom, and of which time it speaks.
    pub whom: String,
    /// When, as people say it.
    pub when: String,
    /// When, for programs.
    pub iso: String,
}

/// `/admin/announcements`. A new one is posted to it.
#[derive(Debug, Template)]
#[template(path = "admin/announcements.html")]
pub struct AnnouncementsPage {
    /// The frame.
    pub frame: Frame,
    /// The tabs.
    pub tabs: Tabs,
    /// What was announced lately, newest first.
    pub rows: Vec<AnnouncementRow>,
    /// Field `room`: to whom something can be announced.
    pub rooms: Vec<Choice>,
    /// Field `text`, as typed.
    pub text: String,
    /// Field `date`, as typed: the day on which work on the house begins.
    pub date: String,
    /// Field `from`, as typed.
    pub from: String,
    /// Field `until_date`, as typed: the day on which it ends; empty: the same.
    pub until_date: String,
    /// Field `until`, as typed.
    pub until: String,
    /// In which zone the times are meant.
    pub zone: String,
    /// Field `once`: so that the form says it once.
    pub once: String,
    /// What is wrong.
    pub errors: FieldErrors,
}

impl AnnouncementsPage {
    fn sample() -> Self {
        let row = |text: &str, whom: &str| AnnouncementRow {
            text: text.to_owned(),
            whom: whom.to_owned(),
            when: "today 12:40".to_owned(),
            iso: "2026-11-22T11:40:00Z".to_owned(),
        };
        Self {
            frame: sample::admin_frame("Announcements", "/admin/announcements", Nav::Admin),
            tabs: Tabs::sample(Tab::Agents),
            rows: vec![
                row(
                    "The house moves to another machine.",
                    "all agents: work from tomorrow 22:00 until Tuesday 00:30",
                ),
                row("Please answer the front desk first today.", "agents that were online"),
            ],
            rooms: vec![
                Choice::new("ai_system_broadcast", "All agents", "", true),
                Choice::new("ai_maintenance", "All agents: the house is worked on", "", false),
            ],
            text: String::new(),
            date: String::new(),
            from: String::new(),
            until_date: String::new(),
            until: String::new(),
            zone: "Paris time, UTC+1".to_owned(),
            once: "5f2c".to_owned(),
            errors: FieldErrors::none(),
        }
    }
}

impl Page for AnnouncementsPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let errors = FieldErrors::one("until", "The end must come after the start.");
        let wrong = Self {
            text: "The house moves.".to_owned(),
            date: "2026-11-23".to_owned(),
            from: "22:00".to_owned(),
            until: "00:30".to_owned(),
            errors,
            ..Self::sample()
        };
        let empty = Self { rows: Vec::new(), ..Self::sample() };
        vec![
            ("admin-announcements", Self::sample()),
            ("admin-announcements-empty", empty),
            ("admin-announcements-wrong", wrong),
        ]
    }
}
