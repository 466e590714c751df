//! Who acts for the reader: the built-in agent, and programs of their own; and the form that a program is described by.

use askama::Template;

use super::hub::{Tab, Tabs};
use super::parts::Choice;
use super::parts::FieldErrors;
use super::parts::Frame;
use super::parts::Nav;
use super::parts::Page;
use super::parts::Pill;
use super::parts::Tone;
use super::sample;

/// One agent of the reader's.
#[derive(Clone, Debug)]
pub struct AgentRow {
    /// Its page; empty of the built-in one.
    pub href: String,
    /// What it is called.
    pub name: String,
    /// What it is for, as its owner says it; may be empty.
    pub about: String,
    /// What it does for the reader, in a sentence.
    pub part: String,
    /// Whether it plays for the reader, and whether it is there.
    pub pills: Vec<Pill>,
}

/// `/agents`. A new one is posted to it.
#[derive(Debug, Template)]
#[template(path = "agents/list.html")]
pub struct AgentList {
    /// The frame.
    pub frame: Frame,
    /// The tabs.
    pub tabs: Tabs,
    /// Whether programs are switched off in this house.
    pub is_off: bool,
    /// Whether the reader had added some that do nothing meanwhile.
    pub is_kept: bool,
    /// The built-in one first, those that are retired last.
    pub rows: Vec<AgentRow>,
    /// Where the built-in one is told of besides.
    pub own: String,
}

impl AgentList {
    fn sample() -> Self {
        let row = |name: &str, about: &str, part: &str, pills: Vec<Pill>| AgentRow {
            href: "/agents/agt_01".to_owned(),
            name: name.to_owned(),
            about: about.to_owned(),
            part: part.to_owned(),
            pills,
        };
        let plays = || Pill::new("acts for you", Tone::Yes);
        let mut builtin = row(
            "Your built-in agent",
            "",
            "Always there. It goes by your calendars, your hours and what you allow each connection. It steps in where Maya does not answer in time.",
            vec![Pill::new("stands in", Tone::Plain)],
        );
        builtin.href.clear();
        Self {
            frame: sample::frame("Agents", "/agents", Nav::Agents),
            tabs: Tabs(Tab::Agents),
            is_off: false,
            is_kept: false,
            own: "/agents/agt_02".to_owned(),
            rows: vec![
                builtin,
                row(
                    "Maya",
                    "My assistant on the server at home",
                    "It acts for you when times are arranged. Your built-in agent answers where it has not after 30 minutes.",
                    vec![plays(), Pill::new("online", Tone::Yes)],
                ),
                row(
                    "Translator",
                    "Translates what is said",
                    "It offers something to other agents, and does not act for you.",
                    vec![Pill::new("offline since today 09:15", Tone::Plain)],
                ),
                row("Old Maya", "", "", vec![Pill::new("retired", Tone::Plain)]),
            ],
        }
    }

    /// Whether the built-in one is all there is.
    pub fn is_alone(&self) -> bool {
        self.rows.iter().all(|row| row.href.is_empty())
    }
}

impl Page for AgentList {
    fn samples() -> Vec<(&'static str, Self)> {
        let mut alone = Self::sample();
        alone.rows.truncate(1);
        "Always there. It goes by your calendars, your hours and what you allow each connection."
            .clone_into(&mut alone.rows[0].part);
        alone.rows[0].pills = vec![Pill::new("acts for you", Tone::Yes)];
        let off = Self { is_off: true, is_kept: true, rows: alone.rows.clone(), ..Self::sample() };
        vec![("agents", Self::sample()), ("agents-alone", alone), ("agents-off", off)]
    }
}

/// What a program is, what it may, and who reaches it: the fields of a new one and of one that is there.
#[derive(Clone, Debug)]
pub struct AgentForm {
    /// Field `name`.
    pub name: String,
    /// Field `about`.
    pub about: String,
    /// Field `kind`; empty where it stays as it is.
    pub kinds: Vec<Choice>,
    /// Field `resource`; empty where nobody may choose one.
    pub resources: Vec<Choice>,
    /// Field `may`, several.
    pub may: Vec<Choice>,
    /// Field `capabilities.conversations_max`.
    pub conversations: String,
    /// How many conversations are usual in the house, and the most that it allows.
    pub conversations_most: (u32, u32),
    /// Field `preferences.stand_in_minutes`; `None` of one that does not play for its owner.
    pub stand_in: Option<String>,
    /// Field `preferences.privacy`.
    pub privacy: Vec<Choice>,
    /// Field `reach`, several.
    pub reach: Vec<Choice>,
    /// Field `preferences.style`.
    pub style: String,
    /// Field `once`: so that the form registers once. Empty where it does not register.
    pub once: String,
    /// What is wrong.
    pub errors: FieldErrors,
}

impl AgentForm {
    /// Whether something is wrong with what is folded away.
    pub fn is_wrong_within(&self) -> bool {
        ["capabilities.conversations_max", "preferences.style", "preferences.privacy"]
            .iter()
            .any(|field| !self.errors.of(field).is_empty())
    }

    pub(super) fn sample() -> Self {
        Self {
            name: "Maya".to_owned(),
            about: "My assistant on the server at home".to_owned(),
            kinds: Vec::new(),
            resources: Vec::new(),
            may: vec![
                Choice::new(
                    "schedule",
                    "Take part when times are arranged",
                    "It proposes and answers.",
                    true,
                ),
                Choice::new("calendar", "Look into my calendars’ busy times", "Never what I do then.", true),
                Choice::new("reserve", "Make, move and cancel meetings by itself", "", false),
            ],
            conversations: String::new(),
            conversations_most: (5, 10),
            stand_in: Some("30".to_owned()),
            privacy: vec![
                Choice::new("strict", "Only agents it trusts", "You list them yourself.", false),
                Choice::new("moderate", "Agents of people I am connected with", "And those it trusts.", true),
                Choice::new("open", "Every agent of this house", "", false),
            ],
            reach: vec![
                Choice::new("direct", "Others may write to it directly", "", true),
                Choice::new("group", "Others may ask it as one of a group", "", true),
                Choice::new("found", "It can be found by its handle", "", false),
            ],
            style: String::new(),
            once: String::new(),
            errors: FieldErrors::none(),
        }
    }
}

/// `/agents/new`. Posted to `/agents`.
#[derive(Debug, Template)]
#[template(path = "agents/new.html")]
pub struct AgentNew {
    /// The frame.
    pub frame: Frame,
    /// The form.
    pub form: AgentForm,
}

impl AgentNew {
    fn sample() -> Self {
        Self {
            frame: sample::admin_frame("Add an agent", "/agents/new", Nav::Agents),
            form: AgentForm {
                name: String::new(),
                about: String::new(),
                kinds: vec![
                    Choice::new("personal", "It acts for me", "In place of my built-in agent.", true),
                    Choice::new("service", "It offers something", "It does not act for me.", false),
                    Choice::new("room", "It answers for a room or a thing", "Say for which below.", false),
                ],
                resources: vec![
                    Choice::new("", "None", "", true),
                    Choice::new("agt_02", "Blue Room", "", false),
                ],
                once: "5f2c".to_owned(),
                ..AgentForm::sample()
            },
        }
    }
}

impl Page for AgentNew {
    fn samples() -> Vec<(&'static str, Self)> {
        let mut wrong = Self::sample();
        wrong.form.errors.add("name", "Say what it is called.");
        wrong.form.errors.add("kind", "An agent of yours acts for you already; retire it first.");
        wrong.form.errors.add("capabilities.conversations_max", "This should be a whole number.");
        "many".clone_into(&mut wrong.form.conversations);
        vec![("agent-new", Self::sample()), ("agent-new-wrong", wrong)]
    }
}
