//! The rooms and things of the house, for whoever runs it: the list, and one with its rules and calendars.

use askama::Template;

use super::admin::{Tab, Tabs};
use super::calendar::SourceRow;
use super::grants::Conditions;
use super::parts::FieldErrors;
use super::parts::Frame;
use super::parts::Nav;
use super::parts::Page;
use super::parts::Pill;
use super::parts::Tone;
use super::sample;

/// One of them in the list.
#[derive(Clone, Debug)]
pub struct ResourceRow {
    /// Its page.
    pub href: String,
    /// What it is called.
    pub name: String,
    /// `Europe/Paris`.
    pub zone: String,
    /// How it can be had, in a sentence; empty where it is retired.
    pub rules: String,
    /// How it is: its calendars, or that it is retired.
    pub pill: Pill,
}

/// `/admin/resources`. A new one is posted to it.
#[derive(Debug, Template)]
#[template(path = "admin/resources.html")]
pub struct ResourceList {
    /// The frame.
    pub frame: Frame,
    /// The tabs.
    pub tabs: Tabs,
    /// All of them by name, those that are retired last.
    pub rows: Vec<ResourceRow>,
    /// Field `name`, as typed.
    pub name: String,
    /// Field `zone`, as typed.
    pub zone: String,
    /// What is wrong.
    pub errors: FieldErrors,
}

impl ResourceList {
    fn sample() -> Self {
        let row = |name: &str, rules: &str, pill: Pill| ResourceRow {
            href: "/admin/resources/agt_01".to_owned(),
            name: name.to_owned(),
            zone: "Europe/Paris".to_owned(),
            rules: rules.to_owned(),
            pill,
        };
        Self {
            frame: sample::admin_frame("Rooms and things", "/admin/resources", Nav::Admin),
            tabs: Tabs::sample(Tab::Resources),
            rows: vec![
                row(
                    "Blue Room",
                    "It can be had at the hours set here, 5 minutes to 8 hours long, at most 365 days ahead.",
                    Pill::new("up to date", Tone::Yes),
                ),
                row(
                    "Projector",
                    "It can be had at any hour, 5 minutes to 8 hours long, at most 365 days ahead.",
                    Pill::new("no calendar elsewhere", Tone::Plain),
                ),
                row("Attic", "", Pill::new("retired", Tone::Plain)),
            ],
            name: String::new(),
            zone: "Europe/Paris".to_owned(),
            errors: FieldErrors::none(),
        }
    }
}

impl Page for ResourceList {
    fn samples() -> Vec<(&'static str, Self)> {
        let wrong = Self { errors: FieldErrors::one("name", "Say what people call it."), ..Self::sample() };
        let empty = Self { rows: Vec::new(), ..Self::sample() };
        vec![("resources", Self::sample()), ("resources-empty", empty), ("resources-wrong", wrong)]
    }
}

/// The form of one of them. Posted to its page (`do` = `save`, or `preview`, which writes nothing).
#[derive(Clone, Debug)]
pub struct ResourceForm {
    /// Field `name`.
    pub name: String,
    /// Field `zone`.
    pub zone: String,
    /// When and for what it can be had.
    pub conditions: Conditions,
    /// What is wrong.
    pub errors: FieldErrors,
}

/// `/admin/resources/{id}`. Retiring is posted to it (`do` = `retire`).
#[derive(Debug, Template)]
#[template(path = "admin/resource.html")]
pub struct ResourcePage {
    /// The frame.
    pub frame: Frame,
    /// The tabs.
    pub tabs: Tabs,
    /// Its own path.
    pub path: String,
    /// What it is called.
    pub name: String,
    /// How it is.
    pub pill: Pill,
    /// How it can be had, in a sentence.
    pub rules: String,
    /// How it could be had as the form stands, where that was asked for; else empty.
    pub preview: String,
    /// Its form; `None` where it is retired.
    pub form: Option<ResourceForm>,
    /// Where its busy time comes from.
    pub sources: Vec<SourceRow>,
    /// What retiring does, with how many meetings ahead have it.
    pub retiring: String,
    /// For programs: its id.
    pub id: String,
}

impl ResourcePage {
    fn sample() -> Self {
        let source = |name: &str, server: &str, words: &str, pill: Pill| SourceRow {
            href: if server.is_empty() { String::new() } else { "/calendar/sources/src_01".to_owned() },
            name: name.to_owned(),
            server: server.to_owned(),
            pill,
            words: words.to_owned(),
            wrong: String::new(),
            is_written: false,
            may_write: false,
        };
        Self {
            frame: sample::admin_frame("Blue Room", "/admin/resources/agt_01", Nav::Admin),
            tabs: Tabs::sample(Tab::Resources),
            path: "/admin/resources/agt_01".to_owned(),
            name: "Blue Room".to_owned(),
            pill: Pill::new("up to date", Tone::Yes),
            rules: "It can be had at the hours set here, 5 minutes to 8 hours long, at most 365 days ahead."
                .to_owned(),
            preview: String::new(),
            form: Some(ResourceForm {
                name: "Blue Room".to_owned(),
                zone: "Europe/Paris".to_owned(),
                conditions: Conditions::sample(),
                errors: FieldErrors::none(),
            }),
            sources: vec![
                source(
                    "Meetings of this house",
                    "",
                    "What it is booked for takes its time from that moment on.",
                    Pill::new("always up to date", Tone::Yes),
                ),
                source(
                    "Door panel",
                    "cloud.example.org",
                    "Read 3 minutes ago · 41 events",
                    Pill::new("up to date", Tone::Yes),
                ),
            ],
            retiring: "2 meetings ahead have it. It is let go of them, and their hosts are told.".to_owned(),
            id: "agt_019d4b5ad0007d3c8f1e2a3b4c5d6e7f".to_owned(),
        }
    }
}

impl Page for ResourcePage {
    fn samples() -> Vec<(&'static str, Self)> {
        let mut wrong = Self::sample();
        if let Some(form) = &mut wrong.form {
            "nine to five".clone_into(&mut form.conditions.hours);
            form.errors.add("hours", "The hours should look like 09:00-12:00, 14:00-16:30.");
        }
        let preview = Self {
            preview: "It can be had from Monday to Friday, at any hour, 5 minutes to 2 hours long, at most 60 days ahead."
                .to_owned(),
            ..Self::sample()
        };
        let retired = Self {
            pill: Pill::new("retired", Tone::Plain),
            form: None,
            sources: Vec::new(),
            rules: String::new(),
            retiring: String::new(),
            ..Self::sample()
        };
        vec![
            ("resource", Self::sample()),
            ("resource-preview", preview),
            ("resource-wrong", wrong),
            ("resource-retired", retired),
        ]
    }
}
