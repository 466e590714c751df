//! Approvals: what waits for the reader to decide, what they or theirs asked, and the rules that decide.

use askama::Template;

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

/// Something that waits for the reader to decide. Posted to `action`: `do` = `approve` or `refuse`, with `words`.
#[derive(Clone, Debug)]
pub struct ToDecide {
    /// Its page, and where its buttons are posted.
    pub action: String,
    /// `Robin asks you to decide`.
    pub who: String,
    /// What is asked.
    pub about: String,
    /// What is sent with it, as a program reads it; may be empty.
    pub payload: String,
    /// `One of two has said yes.`; may be empty.
    pub tally: String,
    /// `Until Sun 22 Nov, 11:20.`
    pub closes: String,
    /// What a rule of the reader's will do, and when; may be empty.
    pub by_rule: String,
}

impl ToDecide {
    /// One that is made up.
    pub fn sample() -> Self {
        Self {
            action: "/approvals/apr_0193".to_owned(),
            who: "Max, for Robin, asks you to decide".to_owned(),
            about: "Pay 40 euros for the hall?".to_owned(),
            payload: "{\n  \"amount\": 40\n}".to_owned(),
            tally: String::new(),
            closes: "Until Sun 22 Nov, 11:20.".to_owned(),
            by_rule: String::new(),
        }
    }
}

/// What is said of a rule in samples.
const RULE: &str = "If you do nothing, a rule of yours approves it on Sun 22 Nov, 10:00.";

/// How an approval stands, in a word.
pub fn state_pill(state: &str) -> Pill {
    match state {
        "pending" => Pill::new("waits", Tone::Wait),
        "approved" => Pill::new("approved", Tone::Yes),
        "refused" => Pill::new("refused", Tone::No),
        "expired" => Pill::new("not decided in time", Tone::No),
        "canceled" => Pill::new("called off", Tone::Plain),
        other => Pill::new(other, Tone::Plain),
    }
}

/// `/approvals`.
#[derive(Debug, Template)]
#[template(path = "approvals/list.html")]
pub struct ApprovalList {
    /// The frame.
    pub frame: Frame,
    /// The tabs.
    pub tabs: Tabs,
    /// What waits for the reader.
    pub waiting: Vec<ToDecide>,
    /// Whether the rows are what the reader, or a program of theirs, asked.
    pub is_asked: bool,
    /// The approvals of this page, newest first.
    pub rows: Vec<AskedRow>,
    /// The neighbours.
    pub pager: Pager,
}

fn row(about: &str, who: &str, state: &str) -> AskedRow {
    AskedRow::sample("/approvals/apr_0193", about, who, state_pill(state))
}

impl Page for ApprovalList {
    fn samples() -> Vec<(&'static str, Self)> {
        let list = || Self {
            frame: sample::frame("Approvals", "/approvals", Nav::Agents),
            tabs: Tabs(Tab::Approvals),
            waiting: Vec::new(),
            is_asked: false,
            rows: Vec::new(),
            pager: Pager::default(),
        };
        let several = ToDecide {
            who: "Sam asks you to decide".to_owned(),
            about: "May the rehearsal move to the garden, which costs a little more and is louder?"
                .to_owned(),
            payload: String::new(),
            tally: "2 of 3 must say yes; 1 has.".to_owned(),
            ..ToDecide::sample()
        };
        let with_rule = ToDecide { by_rule: RULE.to_owned(), ..ToDecide::sample() };
        let full = Self {
            waiting: vec![with_rule, several],
            rows: vec![
                row("Pay 40 euros for the hall?", "from Max, for Robin", "pending"),
                row("Share the calendar with Kim?", "from Max, your program", "refused"),
                row("Buy strings?", "from Sam", "expired"),
            ],
            ..list()
        };
        let asked = Self {
            is_asked: true,
            rows: vec![row("Buy strings?", "asked of Front desk", "approved")],
            ..list()
        };
        vec![("approvals", full), ("approvals-asked", asked), ("approvals-empty", list())]
    }
}

/// What somebody said.
#[derive(Clone, Debug)]
pub struct VoteRow {
    /// Who.
    pub who: String,
    /// What.
    pub pill: Pill,
    /// Their words; may be empty.
    pub note: String,
    /// `today 11:20, by mail`.
    pub when: String,
}

/// `/approvals/{id}`. Posted to it: `do` = `approve`, `refuse` or `cancel`, with `words`; or `rate`.
#[derive(Debug, Template)]
#[template(path = "approvals/show.html")]
pub struct ApprovalPage {
    /// The frame.
    pub frame: Frame,
    /// Its own path.
    pub path: String,
    /// What is asked.
    pub about: String,
    /// How it stands.
    pub pill: Pill,
    /// Who asks whom, in a sentence, and until when.
    pub lead: String,
    /// Of which kind, as rules name it.
    pub kind: String,
    /// What is sent, as a program reads it; may be empty.
    pub payload: String,
    /// `2 of 3 must say yes; 1 has.`; may be empty.
    pub tally: String,
    /// Whether the reader may decide.
    pub may_decide: bool,
    /// What a rule of the reader's will do, and when; may be empty.
    pub by_rule: String,
    /// Whether they said something already.
    pub has_said: bool,
    /// Whether they may take it back.
    pub may_cancel: bool,
    /// What was said.
    pub votes: Vec<VoteRow>,
    /// Which rule decided, in words; may be empty.
    pub rule: String,
    /// How content the reader is with the program that asked them, once it is over (`do` = `rate`).
    pub ratings: Vec<RatingForm>,
    /// The task that waits for it; may be empty.
    pub task_href: String,
    /// The last try, if it was refused.
    pub refused: Refused,
}

impl Page for ApprovalPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = || Self {
            frame: sample::frame("Pay 40 euros for the hall?", "/approvals/apr_0193", Nav::Agents),
            path: "/approvals/apr_0193".to_owned(),
            about: "Pay 40 euros for the hall?".to_owned(),
            pill: state_pill("pending"),
            lead: "Max, for Robin, asks Front desk. It can be decided until Sun 22 Nov, 11:20.".to_owned(),
            kind: "payment".to_owned(),
            payload: "{\n  \"amount\": 40\n}".to_owned(),
            tally: "2 of 3 must say yes; 1 has.".to_owned(),
            may_decide: true,
            by_rule: RULE.to_owned(),
            has_said: false,
            may_cancel: false,
            votes: vec![VoteRow {
                who: "Sam".to_owned(),
                pill: Pill::new("yes", Tone::Yes),
                note: "It is worth it.".to_owned(),
                when: "today 11:20, by the mailed link".to_owned(),
            }],
            rule: String::new(),
            ratings: Vec::new(),
            task_href: "/tasks/tsk_0193".to_owned(),
            refused: Refused::default(),
        };
        let decided = Self {
            pill: state_pill("approved"),
            may_decide: false,
            by_rule: String::new(),
            votes: Vec::new(),
            tally: String::new(),
            rule: "A rule approved it, without anybody being asked.".to_owned(),
            refused: Refused {
                says: "This was approved already.".to_owned(),
                typed: "Not for so much.".to_owned(),
            },
            ratings: vec![RatingForm::sample("Max")],
            task_href: String::new(),
            ..page()
        };
        let own = Self { may_decide: false, by_rule: String::new(), may_cancel: true, ..page() };
        vec![("approval", page()), ("approval-by-rule", decided), ("approval-own", own)]
    }
}

/// A rule in the list. It is taken away by a post of `do` = `remove` with its `rule`.
#[derive(Clone, Debug)]
pub struct RuleRow {
    /// Its id.
    pub id: String,
    /// `What your programs ask of kind payment is approved at once.`
    pub sentence: String,
    /// `Since 18 Nov; used 3 times.`
    pub facts: String,
}

/// `/approvals/rules`. A new one is posted to it: `do` = `add`, `whose`, `kind`, `decision`, `after`, `until`.
#[derive(Debug, Template)]
#[template(path = "approvals/rules.html")]
pub struct Rules {
    /// The frame.
    pub frame: Frame,
    /// The tabs.
    pub tabs: Tabs,
    /// The reader's rules.
    pub rows: Vec<RuleRow>,
    /// Whose questions: one's own programs, or those of a connection.
    pub whose: Vec<Choice>,
    /// Field `kind`: the word that the approvals have.
    pub word: String,
    /// Field `decision`.
    pub decisions: Vec<Choice>,
    /// Field `after`: minutes.
    pub after: Vec<Choice>,
    /// Field `until`: a date; may be empty.
    pub until: String,
    /// What is wrong.
    pub errors: FieldErrors,
}

impl Page for Rules {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = || {
            Self {
            frame: sample::frame("Rules", "/approvals/rules", Nav::Agents),
            tabs: Tabs(Tab::Rules),
            rows: vec![
                RuleRow {
                    id: "rul_01".to_owned(),
                    sentence: "What your own programs ask of kind “calendar.share” is refused at once.".to_owned(),
                    facts: "Since 18 Nov; it decided once.".to_owned(),
                },
                RuleRow {
                    id: "rul_02".to_owned(),
                    sentence: "What Robin, or a program of theirs, asks of kind “payment” is approved where you have not decided for 2 hours, until 30 Nov.".to_owned(),
                    facts: "Since 18 Nov; it decided nothing yet.".to_owned(),
                },
            ],
            whose: vec![
                Choice::new("own", "Your own programs", "", true),
                Choice::new("con_01", "Robin and programs of theirs", "", false),
            ],
            word: String::new(),
            decisions: vec![
                Choice::new("approve", "Approve it", "", true),
                Choice::new("refuse", "Refuse it", "", false),
            ],
            after: vec![
                Choice::new("0", "At once, without asking you", "", false),
                Choice::new("60", "Where you have not decided for an hour", "", true),
            ],
            until: String::new(),
            errors: FieldErrors::none(),
        }
        };
        let empty = Self { rows: Vec::new(), ..page() };
        let wrong = Self {
            errors: FieldErrors::one(
                "kind",
                "A kind has lower-case letters, digits, dots, hyphens and underscores: 60 at most.",
            ),
            word: "All of them!".to_owned(),
            ..page()
        };
        vec![("rules", page()), ("rules-empty", empty), ("rules-wrong", wrong)]
    }
}

/// What the links of a mail that asks for a decision open while it waits. One form, one button.
#[derive(Debug, Template)]
#[template(path = "approvals/decide.html")]
pub struct ApprovalDecide {
    /// The frame.
    pub frame: Frame,
    /// Where the form is posted: this page's own path and query.
    pub action: String,
    /// Whether it approves; else it refuses.
    pub approves: bool,
    /// Who asks: `Robin`, `somebody`.
    pub who: String,
    /// What is asked.
    pub about: String,
    /// What is sent with it, as a program reads it; may be empty.
    pub payload: String,
    /// `2 of 3 must say yes; 1 has.`; may be empty.
    pub tally: String,
    /// By when: `Sun 22 Nov, 11:20`.
    pub closes: String,
    /// What a rule of the reader's will do, and when; may be empty.
    pub by_rule: String,
    /// Whether the page may post its own form once a person has it in view (`links.confirm = "auto"`).
    pub is_auto: bool,
}

impl Page for ApprovalDecide {
    fn samples() -> Vec<(&'static str, Self)> {
        let approve = || Self {
            frame: sample::bare("Approve", "/approvals/decide?t=sample"),
            action: "/approvals/decide?t=sample".to_owned(),
            approves: true,
            who: "Robin".to_owned(),
            about: "Pay 40 euros for the hall?".to_owned(),
            payload: "{\n  \"amount\": 40\n}".to_owned(),
            tally: "2 of 3 must say yes; 1 has.".to_owned(),
            closes: "Sun 22 Nov, 11:20".to_owned(),
            by_rule: RULE.to_owned(),
            is_auto: false,
        };
        let refuse = Self {
            approves: false,
            payload: String::new(),
            tally: String::new(),
            by_rule: String::new(),
            ..approve()
        };
        vec![("approval-approve", approve()), ("approval-refuse", refuse)]
    }
}
