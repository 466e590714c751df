//! One program of the reader's: what it is and may, its keys, whom it trusts and blocks, and its end. Of somebody else's
//! an administrator sees its keys and its end.

use askama::Template;

use super::agents::AgentForm;
use super::parts::Choice;
use super::parts::FieldErrors;
use super::parts::Flash;
use super::parts::Frame;
use super::parts::Nav;
use super::parts::Page;
use super::parts::Pill;
use super::parts::Tone;
use super::sample;

/// A key that is good. It is taken back by a post (`do` = `revoke`, `key`).
#[derive(Clone, Debug)]
pub struct KeyRow {
    /// Its id.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// What it may be used for, in plain words.
    pub may: Vec<String>,
    /// When it was made.
    pub made: String,
    /// The day it was last used.
    pub used: String,
}

/// A key that was just made, shown this once.
#[derive(Clone, Debug)]
pub struct FreshKey {
    /// The secret.
    pub secret: String,
    /// A line for a terminal that exchanges it for a token.
    pub curl: String,
}

/// The form of a new key, posted to the agent's page (`do` = `key`).
#[derive(Clone, Debug)]
pub struct KeyForm {
    /// Field `name`.
    pub name: String,
    /// Field `scopes`, several.
    pub scopes: Vec<Choice>,
    /// Field `once`: so that the form makes one key.
    pub once: String,
    /// Whether it is unfolded.
    pub is_open: bool,
    /// What is wrong.
    pub errors: FieldErrors,
}

/// Another agent on the lists of this one. It is taken off them by a post (`do` = `forget`, `other`).
#[derive(Clone, Debug)]
pub struct ListedRow {
    /// Its id.
    pub id: String,
    /// What it is called; its id where no more is known.
    pub name: String,
    /// Its handle; empty where no more is known.
    pub handle: String,
    /// Trusted or blocked.
    pub pill: Pill,
}

/// The lists, with the form that adds to them (`do` = `trust` or `block`).
#[derive(Clone, Debug)]
pub struct Lists {
    /// Who is on them.
    pub rows: Vec<ListedRow>,
    /// Field `other`, as typed.
    pub other: String,
    /// What is wrong.
    pub errors: FieldErrors,
}

impl Lists {
    fn sample() -> Self {
        Self {
            rows: vec![
                ListedRow {
                    id: "agt_03".to_owned(),
                    name: "Robin’s assistant".to_owned(),
                    handle: "robin-k3x9q".to_owned(),
                    pill: Pill::new("trusted", Tone::Yes),
                },
                ListedRow {
                    id: "agt_019d4b5ad0007d3c8f1e2a3b4c5d6e7f".to_owned(),
                    name: "agt_019d4b5ad0007d3c8f1e2a3b4c5d6e7f".to_owned(),
                    handle: String::new(),
                    pill: Pill::new("blocked", Tone::No),
                },
            ],
            other: String::new(),
            errors: FieldErrors::none(),
        }
    }
}

/// `/agents/{id}`. Everything is posted to it.
#[derive(Debug, Template)]
#[template(path = "agents/show.html")]
pub struct AgentPage {
    /// The frame.
    pub frame: Frame,
    /// Its own path.
    pub path: String,
    /// What it is called.
    pub name: String,
    /// Whether it is there, and whether it plays.
    pub pills: Vec<Pill>,
    /// What it is, in a sentence or two.
    pub lead: String,
    /// Whose it is, where it is not the reader's: a name.
    pub owner: Option<String>,
    /// Whether it is retired.
    pub is_retired: bool,
    /// A key that was just made.
    pub fresh: Option<FreshKey>,
    /// The keys that are good.
    pub keys: Vec<KeyRow>,
    /// The form of a new key; `None` where the reader makes none.
    pub key_form: Option<KeyForm>,
    /// What it is and may; `None` where the reader changes nothing.
    pub form: Option<AgentForm>,
    /// Whom it trusts and blocks; `None` where that is not the reader's business.
    pub lists: Option<Lists>,
    /// Until when it is shut out, and why.
    pub shut_out: Option<String>,
    /// Whether the reader may let it in again.
    pub may_let_in: bool,
    /// How it is: a name and a value each; empty of one that is retired.
    pub health: Vec<(String, String)>,
    /// The most that it has and does: a name and a value each; empty of one that is retired.
    pub limits: Vec<(String, String)>,
    /// What is known of it: a name and a value each.
    pub facts: Vec<(String, String)>,
    /// What follows from retiring it.
    pub retiring: Vec<String>,
}

impl AgentPage {
    fn sample() -> Self {
        let fact = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Self {
            frame: sample::frame("Maya", "/agents/agt_01", Nav::Agents),
            path: "/agents/agt_01".to_owned(),
            name: "Maya".to_owned(),
            pills: vec![Pill::new("acts for you", Tone::Yes), Pill::new("online", Tone::Yes)],
            lead: "It acts for you when times are arranged, in place of your built-in agent.".to_owned(),
            owner: None,
            is_retired: false,
            fresh: None,
            keys: vec![KeyRow {
                id: "key_01".to_owned(),
                name: "Server at home".to_owned(),
                may: vec![
                    "See sessions and what was said in them".to_owned(),
                    "Begin sessions and take their steps".to_owned(),
                ],
                made: "18 Nov, 09:14".to_owned(),
                used: "today".to_owned(),
            }],
            key_form: Some(KeyForm {
                name: String::new(),
                scopes: vec![
                    Choice::new(
                        "sessions.read",
                        "See sessions and what was said in them",
                        "sessions.read",
                        true,
                    ),
                    Choice::new(
                        "sessions.write",
                        "Begin sessions and take their steps",
                        "sessions.write",
                        true,
                    ),
                ],
                once: "5f2c".to_owned(),
                is_open: false,
                errors: FieldErrors::none(),
            }),
            form: Some(AgentForm::sample()),
            lists: Some(Lists::sample()),
            shut_out: None,
            may_let_in: false,
            health: vec![
                fact("Messages that wait for it", "3, the oldest since today 11:58"),
                fact("In its hands", "1"),
                fact("Went wrong since yesterday", "0"),
            ],
            limits: vec![
                fact("Conversations and sessions", "3 of 10 at once are taken"),
                fact("Messages of one priority", "100 in 60 seconds, 50 of them at once"),
                fact("Refused in this hour", "0 of 600, after which it is shut out for 60 minutes"),
            ],
            facts: vec![
                fact("Handle", "maya-k3x9q"),
                fact("Sign of life", "today 11:59; it counts as there until today 12:01"),
                fact("Id", "agt_019d4b5ad0007d3c8f1e2a3b4c5d6e7f"),
            ],
            retiring: vec![
                "Its keys, and what they were exchanged for, stop working at once.".to_owned(),
                "Your built-in agent acts for you again, also in what goes on now.".to_owned(),
                "It cannot be taken back. You can add another one.".to_owned(),
            ],
        }
    }
}

impl Page for AgentPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let mut made = Self::sample();
        made.frame.flash = Some(Flash { tone: Tone::Yes, words: "The key is made.".to_owned() });
        made.fresh = Some(FreshKey {
            secret: "eak_4q7mzk2cy5xwt3hbd6nvr8fa1gjpse2k".to_owned(),
            curl: "curl https://meet.example.org/api/v1/agents/token -H 'Authorization: Bearer eak_4q7m'"
                .to_owned(),
        });
        let mut wrong = Self::sample();
        if let (Some(form), Some(key), Some(lists)) = (&mut wrong.form, &mut wrong.key_form, &mut wrong.lists)
        {
            form.errors.add("name", "Say what it is called.");
            key.errors.add("scopes", "Choose what the key may be used for.");
            key.is_open = true;
            lists.errors.add("other", "This is no agent that yours can find.");
            "nobody".clone_into(&mut lists.other);
        }
        let retired = Self {
            pills: vec![Pill::new("retired", Tone::Plain)],
            lead: "It is retired: it acts for nobody any more.".to_owned(),
            is_retired: true,
            keys: Vec::new(),
            key_form: None,
            form: None,
            lists: None,
            limits: Vec::new(),
            retiring: Vec::new(),
            ..Self::sample()
        };
        let others = Self {
            frame: sample::admin_frame("Maya", "/agents/agt_01", Nav::Agents),
            owner: Some("Robin".to_owned()),
            shut_out: Some(
                "It is shut out until today 14:00: it went on when it was told to wait.".to_owned(),
            ),
            may_let_in: true,
            key_form: None,
            form: None,
            lists: None,
            ..Self::sample()
        };
        vec![
            ("agent", Self::sample()),
            ("agent-key", made),
            ("agent-wrong", wrong),
            ("agent-retired", retired),
            ("agent-of-another", others),
        ]
    }
}
