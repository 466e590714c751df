//! Tasks: what is asked of the reader, what they asked, and the buttons in place.

use askama::Template;

use super::approvals::state_pill;
use super::hub::{AskedRow, Tab, Tabs};
use super::parts::Choice;
use super::parts::FieldErrors;
use super::parts::Frame;
use super::parts::Nav;
use super::parts::Page;
use super::parts::Pager;
use super::parts::Pill;
use super::parts::Refused;
use super::parts::Tone;
use super::sample;
use super::watch::RatingForm;

/// What a person can do about a task by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ByHand {
    /// Nothing: a program does it.
    Nothing,
    /// It is done, with a word about it (`do` = `done`, `words`).
    Done,
    /// Answer freely (`do` = `done`, `words`).
    Answer,
    /// Answer by one of these (`do` = `done`, `words`).
    Choose(Vec<String>),
    /// Answer what whoever is at it asked (`do` = `reply`, `words`).
    Reply(String),
}

/// A task that waits for the reader. Posted to `action`.
#[derive(Clone, Debug)]
pub struct ToDo {
    /// Its page, and where its buttons are posted.
    pub action: String,
    /// `Robin asks you`.
    pub who: String,
    /// What is asked, in one line.
    pub title: String,
    /// All of it, where there is more than the line; may be empty.
    pub text: String,
    /// What belongs to it; may be empty.
    pub url: String,
    /// What can be done.
    pub by_hand: ByHand,
    /// Whether it can be taken on without being done.
    pub may_take: bool,
    /// Whether it can be refused.
    pub may_reject: bool,
    /// `Until Sun 22 Nov, 11:20.`
    pub closes: String,
}

impl ToDo {
    /// One that is made up.
    pub fn sample() -> Self {
        Self {
            action: "/tasks/tsk_0193".to_owned(),
            who: "Robin asks you".to_owned(),
            title: "Send the score of the second movement".to_owned(),
            text: String::new(),
            url: "https://scores.example.org/second".to_owned(),
            by_hand: ByHand::Done,
            may_take: true,
            may_reject: true,
            closes: "Until Sun 22 Nov, 11:20.".to_owned(),
        }
    }
}

/// The form that asks somebody, posted to `/tasks`: `to`, `type`, `text`, `choices`, `once`.
#[derive(Clone, Debug)]
pub struct AskForm {
    /// Whom: connections and roles.
    pub to: Vec<Choice>,
    /// `todo` or `question`.
    pub kinds: Vec<Choice>,
    /// What is asked.
    pub text: String,
    /// Answers to choose from, one in each line.
    pub choices: String,
    /// So that the form asks once.
    pub once: String,
    /// What is wrong.
    pub errors: FieldErrors,
}

/// `/tasks`.
#[derive(Debug, Template)]
#[template(path = "tasks/list.html")]
pub struct TaskList {
    /// The frame.
    pub frame: Frame,
    /// The tabs.
    pub tabs: Tabs,
    /// What waits for the reader.
    pub waiting: Vec<ToDo>,
    /// Whether the rows are what the reader asked, and not what they are asked.
    pub is_sent: bool,
    /// The tasks of this page, newest first.
    pub rows: Vec<AskedRow>,
    /// The neighbours.
    pub pager: Pager,
    /// The form; none where there is nobody to ask.
    pub form: Option<AskForm>,
}

fn row(title: &str, who: &str, pill: Pill) -> AskedRow {
    AskedRow::sample("/tasks/tsk_0193", title, who, pill)
}

impl Page for TaskList {
    fn samples() -> Vec<(&'static str, Self)> {
        let frame = || sample::frame("Tasks", "/tasks", Nav::Agents);
        let form = AskForm {
            to: vec![
                Choice::new("con_01", "Robin", "", true),
                Choice::new("rol_01", "Front desk (whoever of them is first)", "", false),
            ],
            kinds: vec![
                Choice::new("todo", "Something to do", "", true),
                Choice::new("question", "A question", "", false),
            ],
            text: String::new(),
            choices: String::new(),
            once: "5f2c".to_owned(),
            errors: FieldErrors::none(),
        };
        let question = ToDo {
            who: "Max, for Kim, asks you".to_owned(),
            title: "Which hall do you prefer?".to_owned(),
            url: String::new(),
            by_hand: ByHand::Choose(vec!["The large hall".to_owned(), "The garden".to_owned()]),
            may_take: false,
            ..ToDo::sample()
        };
        let full = Self {
            frame: frame(),
            tabs: Tabs(Tab::Tasks),
            waiting: vec![ToDo::sample(), question],
            is_sent: false,
            rows: vec![
                row("Send the score of the second movement", "from Robin", Pill::new("to do", Tone::Wait)),
                row("Which hall do you prefer?", "from Max, for Kim", Pill::new("to do", Tone::Wait)),
                row("Book the garden room", "from Sam, to Front desk", Pill::new("done", Tone::Yes)),
                row(
                    "Translate the programme notes into Portuguese before the rehearsal",
                    "from Robin",
                    Pill::new("not done in time", Tone::No),
                ),
            ],
            pager: Pager { first: None, next: Some("/tasks?after=tsk_0193".to_owned()) },
            form: Some(form.clone()),
        };
        let sent = Self {
            waiting: Vec::new(),
            is_sent: true,
            rows: vec![row("Send the score", "to Robin", Pill::new("being done, 40 %", Tone::Plain))],
            pager: Pager::default(),
            form: Some(AskForm { errors: FieldErrors::one("text", "Say what is to be done."), ..form }),
            frame: frame(),
            ..full_parts()
        };
        let empty = Self { frame: frame(), rows: Vec::new(), form: None, ..full_parts() };
        vec![("tasks", full), ("tasks-sent", sent), ("tasks-empty", empty)]
    }
}

fn full_parts() -> TaskList {
    TaskList {
        frame: sample::frame("Tasks", "/tasks", Nav::Agents),
        tabs: Tabs(Tab::Tasks),
        waiting: Vec::new(),
        is_sent: false,
        rows: Vec::new(),
        pager: Pager::default(),
        form: None,
    }
}

/// A line of a task's story.
#[derive(Clone, Debug)]
pub struct TaskLine {
    /// `Robin took it on.`
    pub what: String,
    /// What was said with it; may be empty.
    pub note: String,
    /// When: `today 11:20`.
    pub near: String,
    /// The same instant, RFC 3339.
    pub iso: String,
}

/// An approval that a task waited, or waits, for.
#[derive(Clone, Debug)]
pub struct TaskApproval {
    /// What is asked, and how it stands; its page is empty where it is none of the reader's.
    pub row: AskedRow,
    /// How well it was asked, to be said on its page, or as the reader said; empty: that is not theirs to say, or not yet.
    pub rating: String,
}

/// `/tasks/{id}`. Posted to it: `do` = `take`, `done`, `reply`, `ask`, `progress`, `fail`, `reject`, `cancel`, with `words`; or `rate`.
#[derive(Debug, Template)]
#[template(path = "tasks/show.html")]
pub struct TaskPage {
    /// The frame.
    pub frame: Frame,
    /// Its own path.
    pub path: String,
    /// What is asked, in one line.
    pub title: String,
    /// How it stands.
    pub pill: Pill,
    /// Who asks whom, in a sentence, and until when.
    pub lead: String,
    /// All of what is asked, where there is more than the line; may be empty.
    pub text: String,
    /// What belongs to it; may be empty.
    pub url: String,
    /// What is sent, as a program reads it; empty where the text says it all.
    pub payload: String,
    /// What was said last: a question, a reason; may be empty.
    pub note: String,
    /// What came of it; may be empty.
    pub result: String,
    /// The buttons, while something waits for the reader.
    pub to_do: Option<ToDo>,
    /// Whether whoever is at it may say that it cannot be done, ask, and say how far it is.
    pub is_at_it: bool,
    /// Whether its sender may take it back.
    pub may_cancel: bool,
    /// What it waited, or waits, for.
    pub approvals: Vec<TaskApproval>,
    /// What happened, newest first.
    pub story: Vec<TaskLine>,
    /// How content the reader is with what an agent did, once it is over (`do` = `rate`).
    pub ratings: Vec<RatingForm>,
    /// Whether it goes on: the page looks whether it has changed.
    pub is_alive: bool,
    /// Its version.
    pub version: i64,
    /// The last try, if it was refused.
    pub refused: Refused,
}

impl Page for TaskPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let line = |what: &str, note: &str| TaskLine {
            what: what.to_owned(),
            note: note.to_owned(),
            near: "today 11:20".to_owned(),
            iso: sample::NOW.to_rfc3339(),
        };
        let approval = |href: &str, title: &str, rating: &str| TaskApproval {
            row: AskedRow::sample(href, title, "asked of Sam", state_pill("approved")),
            rating: rating.to_owned(),
        };
        let page = || Self {
            frame: sample::frame("Send the score", "/tasks/tsk_0193", Nav::Agents),
            path: "/tasks/tsk_0193".to_owned(),
            title: "Send the score of the second movement".to_owned(),
            pill: Pill::new("to do", Tone::Wait),
            lead: "Robin asks you. It waits until Sun 22 Nov, 11:20.".to_owned(),
            text: String::new(),
            url: "https://scores.example.org/second".to_owned(),
            payload: String::new(),
            note: String::new(),
            result: String::new(),
            to_do: Some(ToDo::sample()),
            is_at_it: true,
            may_cancel: false,
            approvals: Vec::new(),
            story: vec![line("Robin asked.", "")],
            ratings: Vec::new(),
            is_alive: true,
            version: 1,
            refused: Refused::default(),
        };
        let done = Self {
            pill: Pill::new("done", Tone::Yes),
            lead: "You asked Robin, and it was done today 11:20.".to_owned(),
            result: "It is in your mailbox.".to_owned(),
            to_do: None,
            is_at_it: false,
            approvals: vec![
                approval("/approvals/apr_0193", "Pay 40 euros for the hall?", "Say how well it was asked"),
                approval("", "Print it in colour?", ""),
            ],
            story: vec![
                line("Robin did it.", "It is in your mailbox."),
                line("Robin took it on.", ""),
                line("You asked.", ""),
            ],
            ratings: vec![RatingForm::unsaid("Max")],
            is_alive: false,
            version: 3,
            ..page()
        };
        let asked = Self {
            pill: Pill::new("asks you something", Tone::Wait),
            lead: "You asked Robin. It waits until Sun 22 Nov, 11:20.".to_owned(),
            to_do: Some(ToDo {
                by_hand: ByHand::Reply("In which key?".to_owned()),
                may_take: false,
                may_reject: false,
                ..ToDo::sample()
            }),
            is_at_it: false,
            may_cancel: true,
            ..page()
        };
        vec![("task", page()), ("task-done", done), ("task-asks", asked)]
    }
}
