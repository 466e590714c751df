//! Conversations of somebody's agents: the list, and one of them with what was said and what became of it.

use askama::Template;

use super::hub::{Tab, Tabs};
use super::parts::Choice;
use super::parts::FieldErrors;
use super::parts::Frame;
use super::parts::Nav;
use super::parts::Page;
use super::parts::Pager;
use super::parts::Pill;
use super::parts::Tone;
use super::sample;
use super::watch::RatingForm;

/// One of them in the list.
#[derive(Clone, Debug)]
pub struct ConversationRow {
    /// Its page.
    pub href: String,
    /// What it is about.
    pub title: String,
    /// With whom: `Max and 2 others`.
    pub with: String,
    /// When it began.
    pub began: String,
    /// The same for machines.
    pub iso: String,
    /// How it stands.
    pub pill: Pill,
}

/// `/conversations`.
#[derive(Debug, Template)]
#[template(path = "conversations/list.html")]
pub struct ConversationList {
    /// The frame.
    pub frame: Frame,
    /// The tabs.
    pub tabs: Tabs,
    /// Newest first.
    pub rows: Vec<ConversationRow>,
    /// The neighbours of this page.
    pub pager: Pager,
}

impl Page for ConversationList {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = |rows: Vec<ConversationRow>| Self {
            frame: sample::frame("Conversations", "/conversations", Nav::Agents),
            tabs: Tabs(Tab::Conversations),
            rows,
            pager: Pager::default(),
        };
        let row = |title: &str, pill: Pill| ConversationRow {
            href: "/conversations/ses_01".to_owned(),
            title: title.to_owned(),
            with: "Max".to_owned(),
            began: "today 12:40".to_owned(),
            iso: sample::NOW.to_rfc3339(),
            pill,
        };
        let all = vec![
            row("A room for Friday", Pill::new("open", Tone::Yes)),
            row("Information", Pill::new("closed", Tone::Plain)),
        ];
        vec![("conversations", page(all)), ("conversations-empty", page(Vec::new()))]
    }
}

/// An agent in it.
#[derive(Clone, Debug)]
pub struct MemberRow {
    /// What it is called.
    pub name: String,
    /// Whether it is the reader's.
    pub is_yours: bool,
    /// Whether it has left.
    pub has_left: bool,
}

/// Something that was said.
#[derive(Clone, Debug)]
pub struct Line {
    /// Which agent said it.
    pub who: String,
    /// `asks`, `answers`, `tells`.
    pub kind: String,
    /// The words; may be empty.
    pub text: String,
    /// What is for programs; may be empty.
    pub data: String,
    /// What it points to, a line each.
    pub attachments: Vec<String>,
    /// When.
    pub near: String,
    /// The same for machines.
    pub iso: String,
    /// Whether what it said is erased.
    pub is_erased: bool,
    /// Of the reader's own: to whom, and what became of it.
    pub deliveries: Vec<(String, Pill)>,
}

/// A scheduling session that began in it.
#[derive(Clone, Debug)]
pub struct BegunRow {
    /// Its page.
    pub href: String,
    /// What it is for.
    pub title: String,
    /// How it stands.
    pub pill: Pill,
}

/// The form by which somebody says something themselves (`do` = `say`).
#[derive(Clone, Debug)]
pub struct ReplyForm {
    /// Who waits for an answer of theirs, and what they asked, the newest; `None`: nobody does.
    pub asked: Option<(String, String)>,
    /// How many more wait for one.
    pub more: usize,
    /// Field `is`: an answer to which message, or what else.
    pub kinds: Vec<Choice>,
    /// Field `text`.
    pub text: String,
    /// Field `once`.
    pub once: String,
    /// Whether it is to be open where nothing waits for an answer.
    pub is_open: bool,
    /// What is wrong with it.
    pub errors: FieldErrors,
}

impl ReplyForm {
    fn sample(asked: Option<(&str, &str)>) -> Self {
        let asked = asked.map(|(who, what)| (who.to_owned(), what.to_owned()));
        let mut kinds: Vec<Choice> = asked
            .iter()
            .map(|(who, what)| Choice::new("msg_01", format!("An answer to {who}: “{what}”"), "", true))
            .collect();
        kinds.push(Choice::new("notification", "Something to tell", "", asked.is_none()));
        kinds.push(Choice::new("request", "A question of your own", "", false));
        Self {
            asked,
            more: 0,
            kinds,
            text: String::new(),
            once: "0f".to_owned(),
            is_open: false,
            errors: FieldErrors::none(),
        }
    }
}

/// `/conversations/{id}`. Posted to it (`do` = `say`, `narrow`, `close`, `rate`).
#[derive(Debug, Template)]
#[template(path = "conversations/show.html")]
pub struct ConversationPage {
    /// The frame.
    pub frame: Frame,
    /// Its own path.
    pub path: String,
    /// What it is about.
    pub title: String,
    /// How it stands.
    pub pill: Pill,
    /// The same in a sentence.
    pub lead: String,
    /// By which the reader says something themselves; `None`: they do not.
    pub reply: Option<ReplyForm>,
    /// Who is in it, and who was.
    pub members: Vec<MemberRow>,
    /// What stands beside one that has left.
    pub left: Pill,
    /// What is known of it: a name and a value each.
    pub facts: Vec<(String, String)>,
    /// Field `rights`: what may still be shared; empty: nothing.
    pub rights: Vec<Choice>,
    /// What began in it.
    pub begun: Vec<BegunRow>,
    /// Whether it goes on.
    pub is_alive: bool,
    /// Why nothing is asked or said here although it goes on; empty where something can be.
    pub held: String,
    /// Whether to close it is to leave it.
    pub leaves: bool,
    /// How content the reader is, once it is over.
    pub ratings: Vec<RatingForm>,
    /// The end of the transcript, in order.
    pub said: Vec<Line>,
    /// Whether more was said before that.
    pub has_earlier: bool,
}

impl ConversationPage {
    fn sample() -> Self {
        let member =
            |name: &str, is_yours: bool| MemberRow { name: name.to_owned(), is_yours, has_left: false };
        let line = |who: &str, kind: &str, text: &str, deliveries: Vec<(String, Pill)>| Line {
            who: who.to_owned(),
            kind: kind.to_owned(),
            text: text.to_owned(),
            data: String::new(),
            attachments: Vec::new(),
            near: "today 12:40".to_owned(),
            iso: sample::NOW.to_rfc3339(),
            is_erased: false,
            deliveries,
        };
        let done = vec![("Max".to_owned(), Pill::new("dealt with", Tone::Yes))];
        let mut answer = line("Max", "answers", "There is one: the blue room.", Vec::new());
        "{\"room\":\"blue\",\"seats\":6}".clone_into(&mut answer.data);
        answer.attachments = vec!["plan.pdf, application/pdf, 12,000 bytes".to_owned()];
        Self {
            frame: sample::frame("A room for Friday", "/conversations/ses_01", Nav::Agents),
            path: "/conversations/ses_01".to_owned(),
            title: "A room for Friday".to_owned(),
            pill: Pill::new("open", Tone::Yes),
            lead: "It goes on. It ends by itself on 20 December if nothing is said.".to_owned(),
            reply: None,
            members: vec![member("Maya", true), member("Max", false)],
            left: Pill::new("has left", Tone::Plain),
            facts: vec![
                ("About".to_owned(), "information".to_owned()),
                ("Urgency".to_owned(), "3 of 5".to_owned()),
            ],
            rights: vec![
                Choice::new("calendar", "When their people have time", "", true),
                Choice::new("location", "Where their people are", "", true),
            ],
            begun: vec![BegunRow {
                href: "/sessions/ses_02".to_owned(),
                title: "Seats for Friday".to_owned(),
                pill: Pill::new("booked", Tone::Yes),
            }],
            is_alive: true,
            held: String::new(),
            leaves: false,
            ratings: Vec::new(),
            said: vec![line("Maya", "asks", "Is there a room?", done), answer],
            has_earlier: false,
        }
    }
}

impl Page for ConversationPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let mut over = Self {
            pill: Pill::new("closed", Tone::Plain),
            lead: "It is over. What was said is erased on 20 December.".to_owned(),
            is_alive: false,
            held: String::new(),
            rights: Vec::new(),
            ratings: vec![RatingForm::sample("Max")],
            has_earlier: true,
            ..Self::sample()
        };
        if let Some(first) = over.said.first_mut() {
            (first.is_erased, first.text) = (true, String::new());
        }
        let group = Self { leaves: true, said: Vec::new(), begun: Vec::new(), ..Self::sample() };
        let mut asked = ReplyForm::sample(Some(("Maya", "Is there a room on Friday?")));
        asked.more = 1;
        let errors = FieldErrors::one("text", "Write what you want to say.");
        let wrong = ReplyForm { is_open: true, errors, ..ReplyForm::sample(None) };
        let with = |reply: ReplyForm| Self { reply: Some(reply), ..Self::sample() };
        vec![
            ("conversation", Self::sample()),
            ("conversation-over", over),
            ("conversation-group", group),
            ("conversation-asked", with(asked)),
            ("conversation-reply", with(ReplyForm::sample(None))),
            ("conversation-reply-wrong", with(wrong)),
        ]
    }
}
