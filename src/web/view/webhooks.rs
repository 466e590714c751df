//! Where the reader's programs are told of what happens: the list, a new one, and one with what became of what it was told.

use askama::Template;

use super::hub::{Tab, Tabs};
use super::parts::Choice;
use super::parts::FieldErrors;
use super::parts::Flash;
use super::parts::Frame;
use super::parts::Nav;
use super::parts::Page;
use super::parts::Pill;
use super::parts::Tone;
use super::sample;

/// One webhook of the reader's.
#[derive(Clone, Debug)]
pub struct WebhookRow {
    /// Its page.
    pub href: String,
    /// The receiver's host.
    pub host: String,
    /// What it is told of, in a line.
    pub told: String,
    /// For which agent, in a sentence; empty if for none.
    pub agent: String,
    /// Whether it is told.
    pub pill: Pill,
}

/// `/webhooks`. A new one is posted to it.
#[derive(Debug, Template)]
#[template(path = "webhooks/list.html")]
pub struct WebhookList {
    /// The frame.
    pub frame: Frame,
    /// The tabs.
    pub tabs: Tabs,
    /// The oldest first.
    pub rows: Vec<WebhookRow>,
}

impl WebhookList {
    fn sample() -> Self {
        let row = |host: &str, told: &str, agent: &str, pill: Pill| WebhookRow {
            href: "/webhooks/whk_01".to_owned(),
            host: host.to_owned(),
            told: told.to_owned(),
            agent: agent.to_owned(),
            pill,
        };
        Self {
            frame: sample::frame("Webhooks", "/webhooks", Nav::Agents),
            tabs: Tabs(Tab::Webhooks),
            rows: vec![
                row("hooks.example.org", "Meetings that you are at", "", Pill::new("active", Tone::Yes)),
                row(
                    "maya.example.org",
                    "What agents arrange (2 of 14)",
                    "For Maya.",
                    Pill::new("does not answer", Tone::No),
                ),
            ],
        }
    }
}

impl Page for WebhookList {
    fn samples() -> Vec<(&'static str, Self)> {
        let none = Self { rows: Vec::new(), ..Self::sample() };
        vec![("webhooks", Self::sample()), ("webhooks-none", none)]
    }
}

/// Kinds that belong together.
#[derive(Clone, Debug)]
pub struct KindGroup {
    /// `meeting`.
    pub word: &'static str,
    /// What they are about.
    pub words: &'static str,
    /// How much of it is chosen: `2 of 6`, or nothing.
    pub chosen: String,
    /// Whether it is unfolded.
    pub is_open: bool,
    /// Field `kinds`, several: all of them first.
    pub kinds: Vec<Choice>,
}

/// What is asked of a webhook.
#[derive(Clone, Debug)]
pub struct WebhookForm {
    /// Field `url`.
    pub url: String,
    /// Field `kinds`, several, by what they are about.
    pub groups: Vec<KindGroup>,
    /// Field `agent`; empty where the reader has none, and of a webhook that is there.
    pub agents: Vec<Choice>,
    /// Field `once`: so that the form adds once. Empty where it does not add.
    pub once: String,
    /// What is wrong.
    pub errors: FieldErrors,
}

impl WebhookForm {
    fn sample() -> Self {
        let choice = |value: &str, words: &str, chosen| Choice::new(value, words, "", chosen);
        Self {
            url: "https://hooks.example.org/entente".to_owned(),
            groups: vec![
                KindGroup {
                    word: "meeting",
                    words: "Meetings that you are at",
                    chosen: "all".to_owned(),
                    is_open: true,
                    kinds: vec![
                        choice("meeting.*", "All of these, and what is added to them later", true),
                        choice("meeting.booked", "A meeting is booked", false),
                        choice("meeting.moved", "A meeting has moved", false),
                    ],
                },
                KindGroup {
                    word: "booking",
                    words: "Your booking links",
                    chosen: String::new(),
                    is_open: false,
                    kinds: vec![choice("booking.waiting", "A guest waits for you", false)],
                },
            ],
            agents: vec![choice("", "None: for myself", true), choice("agt_01", "Maya", false)],
            once: "5f2c".to_owned(),
            errors: FieldErrors::none(),
        }
    }

    fn wrong(mut self) -> Self {
        self.errors.add("url", "This should begin with https://.");
        self.errors.add("kinds", "Choose at least one kind of what happens.");
        self
    }
}

/// `/webhooks/new`.
#[derive(Debug, Template)]
#[template(path = "webhooks/new.html")]
pub struct WebhookNew {
    /// The frame.
    pub frame: Frame,
    /// The form.
    pub form: WebhookForm,
}

impl Page for WebhookNew {
    fn samples() -> Vec<(&'static str, Self)> {
        let frame = || sample::frame("Add a webhook", "/webhooks/new", Nav::Agents);
        vec![
            ("webhook-new", Self { frame: frame(), form: WebhookForm::sample() }),
            ("webhook-new-wrong", Self { frame: frame(), form: WebhookForm::sample().wrong() }),
        ]
    }
}

/// Something that a webhook was told, or is to be told.
#[derive(Clone, Debug)]
pub struct EventRow {
    /// Its id.
    pub id: String,
    /// What happened, for people.
    pub words: String,
    /// And for programs.
    pub kind: String,
    /// When.
    pub when: String,
    /// What became of it.
    pub pill: Pill,
    /// How often it was tried, and what came of the last time.
    pub tries: String,
    /// Whether it can be sent anew.
    pub can_replay: bool,
}

/// `/webhooks/{id}`. Everything is posted to it.
#[derive(Debug, Template)]
#[template(path = "webhooks/show.html")]
pub struct WebhookPage {
    /// The frame.
    pub frame: Frame,
    /// Its path.
    pub path: String,
    /// The receiver's host.
    pub host: String,
    /// Whether it is told.
    pub pill: Pill,
    /// What that means, in a sentence or two.
    pub lead: String,
    /// What it is signed with, shown this once.
    pub fresh: Option<String>,
    /// Field `once`: so that the form that makes a new secret makes one.
    pub once: String,
    /// Until when the secret before counts; empty if there is none.
    pub former: String,
    /// Whether it is told.
    pub is_active: bool,
    /// The last ones, newest first.
    pub events: Vec<EventRow>,
    /// How many of them are shown at most.
    pub events_max: u32,
    /// Its fields.
    pub form: WebhookForm,
}

impl WebhookPage {
    fn sample() -> Self {
        let event = |words: &str, kind: &str, pill, tries: &str, can_replay| EventRow {
            id: "evt_01".to_owned(),
            words: words.to_owned(),
            kind: kind.to_owned(),
            when: "today 11:52".to_owned(),
            pill,
            tries: tries.to_owned(),
            can_replay,
        };
        let form = WebhookForm { agents: Vec::new(), once: String::new(), ..WebhookForm::sample() };
        Self {
            frame: sample::frame("hooks.example.org", "/webhooks/whk_01", Nav::Agents),
            path: "/webhooks/whk_01".to_owned(),
            host: "hooks.example.org".to_owned(),
            pill: Pill::new("active", Tone::Yes),
            lead: "It is told of what you chose, as it happens.".to_owned(),
            fresh: None,
            once: "5f2c".to_owned(),
            former: String::new(),
            is_active: true,
            events: vec![
                event(
                    "A meeting is booked",
                    "meeting.booked",
                    Pill::new("waits", Tone::Wait),
                    "tried 3 times: It cannot take it now. (500)",
                    false,
                ),
                event(
                    "A meeting has moved",
                    "meeting.moved",
                    Pill::new("taken", Tone::Yes),
                    "the first time",
                    true,
                ),
            ],
            events_max: 50,
            form,
        }
    }
}

impl Page for WebhookPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let mut made = Self::sample();
        made.frame.flash = Some(Flash { tone: Tone::Yes, words: "The webhook is there.".to_owned() });
        made.fresh = Some("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAAAAAAAAAAA=".to_owned());
        made.events = Vec::new();
        let failing = Self {
            pill: Pill::new("does not answer", Tone::No),
            lead: "Nothing came through for two days, so it is left alone.".to_owned(),
            former: "tomorrow 12:00".to_owned(),
            is_active: false,
            ..Self::sample()
        };
        let wrong = Self { form: WebhookForm::sample().wrong(), ..Self::sample() };
        vec![
            ("webhook", Self::sample()),
            ("webhook-made", made),
            ("webhook-failing", failing),
            ("webhook-wrong", wrong),
        ]
    }
}
