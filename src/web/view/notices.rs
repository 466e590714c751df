//! Notices: what happened, newest first, with the decision in place; and the choice of what is mailed, and when.

use askama::Template;

use super::approvals::ToDecide;
use super::booking_links::AskedFor;
use super::connections::Waiting;
use super::grants::ready;
use super::groups::Ballot;
use super::home::Unanswered;
use super::meetings::OpenProposal;
use super::parts::Choice;
use super::parts::FieldErrors;
use super::parts::Frame;
use super::parts::Nav;
use super::parts::Page;
use super::parts::Pager;
use super::parts::When;
use super::sample;
use super::sessions::WaitingSession;
use super::settings::Tab;
use super::settings::Tabs;
use super::tasks::{ByHand, ToDo};

/// What a notice asks of its reader, where it is shown.
#[derive(Clone, Debug)]
pub enum Asks {
    /// Nothing.
    Nothing,
    /// To answer an invitation.
    Answer(Box<Unanswered>),
    /// To decide about a new time.
    Proposal(Box<OpenProposal>),
    /// To accept or decline a connection.
    Connection(Box<Waiting>),
    /// To approve or decline a time that a guest asked for.
    Booking(Box<AskedFor>),
    /// To approve or refuse what is asked for.
    Approval(Box<ToDecide>),
    /// To say what suits in a group.
    Group(Box<Ballot>),
    /// To do something by hand.
    Task(Box<ToDo>),
    /// To agree to a time of a session, or to refuse it.
    Decision(Box<WaitingSession>),
}

/// One notice. It is marked read by a post to `/notices/{id}/read`.
#[derive(Clone, Debug)]
pub struct NoticeRow {
    /// Its id.
    pub id: String,
    /// What happened, in a sentence.
    pub words: String,
    /// The time it is about, if it is about one.
    pub when: Option<When>,
    /// The time that one came in place of.
    pub was: Option<When>,
    /// The page that shows it; may be empty.
    pub href: String,
    /// When it came: `today 11:20`.
    pub came: String,
    /// The same instant, RFC 3339.
    pub iso: String,
    /// Whether its reader has not taken note of it.
    pub is_unread: bool,
    /// What it asks.
    pub asks: Asks,
    /// Whether it is the first of the page that asks anything: it has the primary button.
    pub is_first: bool,
}

impl NoticeRow {
    fn sample(id: &str, words: &str, came: &str, is_unread: bool) -> Self {
        Self {
            id: id.to_owned(),
            words: words.to_owned(),
            when: None,
            was: None,
            href: "/meetings/mtg_0193".to_owned(),
            came: came.to_owned(),
            iso: sample::NOW.to_rfc3339(),
            is_unread,
            asks: Asks::Nothing,
            is_first: false,
        }
    }

    fn asked() -> [Self; 2] {
        [
            Self {
                asks: Asks::Approval(Box::new(ToDecide::sample())),
                href: "/approvals/apr_0193".to_owned(),
                ..Self::sample(
                    "ntc_08",
                    "Max, for Robin, asks you to decide: Pay 40 euros for the hall?",
                    "today 10:00",
                    true,
                )
            },
            Self {
                asks: Asks::Task(Box::new(ToDo::sample())),
                href: "/tasks/tsk_0193".to_owned(),
                ..Self::sample(
                    "ntc_09",
                    "Robin asks you: Send the score of the second movement.",
                    "today 09:40",
                    true,
                )
            },
        ]
    }

    fn several() -> Vec<Self> {
        let [approval, task] = Self::asked();
        vec![
            approval,
            task,
            Self {
                asks: Asks::Proposal(Box::new(OpenProposal::sample())),
                is_first: true,
                ..Self::sample("ntc_05", "Robin asks to move Practice session.", "today 12:55", true)
            },
            Self {
                asks: Asks::Connection(Box::new(Waiting::sample())),
                href: "/connections/con_0193".to_owned(),
                ..Self::sample("ntc_04", "Kim asks to connect with you.", "today 11:20", true)
            },
            Self {
                asks: Asks::Decision(Box::new(WaitingSession::sample(false))),
                href: "/sessions/ses_0193".to_owned(),
                ..Self::sample(
                    "ntc_06",
                    "Practice session with Robin waits for you to decide.",
                    "today 10:02",
                    true,
                )
            },
            Self {
                when: Some(sample::span(0, 14, 40, 45)),
                asks: Asks::Answer(Box::new(Unanswered::sample())),
                ..Self::sample(
                    "ntc_10",
                    "Your answer to Quarterly review with Sam is awaited.",
                    "today 09:30",
                    true,
                )
            },
            Self {
                when: Some(sample::new_time()),
                asks: Asks::Booking(Box::new(AskedFor::sample())),
                href: "/booking-links/bkl_0193".to_owned(),
                ..Self::sample("ntc_07", "Sam asks for a time with you: 30 minutes.", "today 11:02", true)
            },
            Self {
                when: Some(sample::new_time()),
                was: Some(sample::old_time()),
                ..Self::sample("ntc_03", "Practice session with Robin has moved.", "yesterday 20:10", true)
            },
            Self {
                when: Some(sample::old_time()),
                ..Self::sample("ntc_02", "Robin accepted Practice session.", "yesterday 18:02", false)
            },
            Self::sample(
                "ntc_01",
                "The invitation for your guest to Rehearsal with the whole ensemble did not arrive.",
                "18 Nov, 09:14",
                false,
            ),
        ]
    }
}

/// The list.
#[derive(Debug, Template)]
#[template(path = "notices/list.html")]
pub struct NoticeList {
    /// The frame.
    pub frame: Frame,
    /// Whether only the unread are shown.
    pub is_unread: bool,
    /// The notices of this page.
    pub rows: Vec<NoticeRow>,
    /// Field `ready` of the answers to invitations to connect.
    pub ready: Vec<Choice>,
    /// The newest place that was looked at: marking all read goes so far (`place`).
    pub newest: i64,
    /// The neighbours.
    pub pager: Pager,
}

impl Page for NoticeList {
    fn samples() -> Vec<(&'static str, Self)> {
        let frame = Frame { unread: 3, ..sample::frame("Notices", "/notices", Nav::Notices) };
        let pager = Pager { first: None, next: Some("/notices?before=12".to_owned()) };
        let list = Self {
            frame: frame.clone(),
            is_unread: false,
            rows: NoticeRow::several(),
            ready: ready("nothing"),
            newest: 17,
            pager,
        };
        let empty = Self {
            frame: Frame { unread: 0, ..frame },
            is_unread: false,
            rows: Vec::new(),
            ready: Vec::new(),
            newest: 0,
            pager: Pager::default(),
        };
        let none_unread = Self {
            frame: empty.frame.clone(),
            is_unread: true,
            rows: Vec::new(),
            ready: Vec::new(),
            newest: 0,
            pager: Pager::default(),
        };
        vec![("notices", list), ("notices-empty", empty), ("notices-none-unread", none_unread)]
    }
}

/// Whether one kind is mailed (field `mail.{kind}`).
#[derive(Clone, Debug)]
pub struct KindChoice {
    /// The kind, as the form sends it.
    pub kind: String,
    /// What it is called.
    pub words: String,
    /// What is to be said beside it; may be empty.
    pub hint: String,
    /// The choices.
    pub choices: Vec<Choice>,
}

/// Kinds that are about one thing.
#[derive(Clone, Debug)]
pub struct KindGroup {
    /// `Meetings`.
    pub words: String,
    /// What is chosen of them: `2 of 3 by mail`.
    pub chosen: String,
    /// Whether something in it is wrong.
    pub is_wrong: bool,
    /// The kinds.
    pub kinds: Vec<KindChoice>,
}

/// The choice, posted to `/settings/notices`: `mail.{kind}`, `quiet_from`, `quiet_until`, `digest_at`, `remind`.
#[derive(Debug, Template)]
#[template(path = "settings/notices.html")]
pub struct NoticeSettings {
    /// The frame.
    pub frame: Frame,
    /// The tabs.
    pub tabs: Tabs,
    /// Where mail goes.
    pub address: String,
    /// By what they are about, and kind.
    pub groups: Vec<KindGroup>,
    /// Quiet hours, `22:00`; empty: none.
    pub quiet_from: String,
    /// Until when, `07:00`; empty: none.
    pub quiet_until: String,
    /// When the digest comes, `08:00`.
    pub digest_at: String,
    /// How long before a meeting its reminder comes.
    pub remind: Vec<Choice>,
    /// What is wrong with it.
    pub errors: FieldErrors,
}

impl NoticeSettings {
    fn sample() -> Self {
        let choices = |chosen: &str| {
            [("at_once", "At once"), ("daily", "In the daily digest"), ("never", "Never")]
                .map(|(value, words)| Choice::new(value, words, "", value == chosen))
                .to_vec()
        };
        let kind = |kind: &str, words: &str, hint: &str, chosen: &str| KindChoice {
            kind: kind.to_owned(),
            words: words.to_owned(),
            hint: hint.to_owned(),
            choices: choices(chosen),
        };
        Self {
            frame: sample::frame("Notices by mail", "/settings/notices", Nav::Settings),
            tabs: Tabs(Tab::Notices),
            address: "alex@example.org".to_owned(),
            groups: vec![
                KindGroup {
                    words: "Connections".to_owned(),
                    chosen: "1 of 1 by mail".to_owned(),
                    is_wrong: false,
                    kinds: vec![kind("connection.invited", "Somebody asks to connect", "", "at_once")],
                },
                KindGroup {
                    words: "Meetings".to_owned(),
                    chosen: "1 of 2 by mail".to_owned(),
                    is_wrong: false,
                    kinds: vec![
                        kind(
                            "meeting.moved",
                            "A meeting has moved",
                            "The update is a mail of its own.",
                            "never",
                        ),
                        kind("meeting.answered", "Somebody answered an invitation of yours", "", "daily"),
                    ],
                },
            ],
            quiet_from: "22:00".to_owned(),
            quiet_until: "07:00".to_owned(),
            digest_at: "08:00".to_owned(),
            remind: vec![
                Choice::new("never", "Never", "", false),
                Choice::new("60", "1 hour before", "", true),
            ],
            errors: FieldErrors::none(),
        }
    }
}

impl Page for NoticeSettings {
    fn samples() -> Vec<(&'static str, Self)> {
        let mut wrong = Self { quiet_until: "22:00".to_owned(), ..Self::sample() };
        wrong.errors.add("quiet_until", "Quiet hours should leave some of the day, like 22:00 to 07:00.");
        vec![("notice-settings", Self::sample()), ("notice-settings-wrong", wrong)]
    }
}
