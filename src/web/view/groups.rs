//! Group decisions: what the reader is asked with others, with the ballot in place, and what came of it.

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
use super::parts::When;
use super::sample;
use super::watch::RatingForm;

/// One thing that is voted on.
#[derive(Clone, Debug)]
pub struct BallotRow {
    /// Its id: the field is `vote-` and this.
    pub id: String,
    /// What it is, in a line.
    pub words: String,
    /// Beneath it, of a time: its zone.
    pub note: String,
    /// What the reader said: `yes`, `if_need_be`, `no`, `abstain`, or nothing.
    pub vote: String,
}

/// A question that waits for the reader, or can be answered anew. Posted to `action`: `do` = `answer`, a `vote-…` each, `words`.
#[derive(Clone, Debug)]
pub struct Ballot {
    /// Where it is posted.
    pub action: String,
    /// `Robin asks you and 3 others`.
    pub who: String,
    /// What is asked.
    pub question: String,
    /// The page of it; empty where the reader came by a link.
    pub href: String,
    /// What is voted on; none: it is answered in words alone.
    pub rows: Vec<BallotRow>,
    /// What the reader wrote.
    pub words: String,
    /// Whether they have answered.
    pub has_answered: bool,
    /// Until when, and what happens then.
    pub closes: String,
    /// Which round it is of: field `round`.
    pub round: String,
}

impl Ballot {
    /// One that is made up.
    pub fn sample() -> Self {
        let row = |id: &str, words: &str, vote: &str| BallotRow {
            id: id.to_owned(),
            words: words.to_owned(),
            note: "Paris time, UTC+1".to_owned(),
            vote: vote.to_owned(),
        };
        Self {
            action: "/groups/ses_0193".to_owned(),
            who: "Robin asks you and 3 others".to_owned(),
            question: "When do we rehearse?".to_owned(),
            href: "/groups/ses_0193".to_owned(),
            rows: vec![
                row("cnd_01", "Tuesday 24 November 2026, 15:00 – 15:45", ""),
                row("cnd_02", "Wednesday 25 November 2026, 11:30 – 12:15", ""),
            ],
            words: String::new(),
            has_answered: false,
            closes: "Until Sun 22 Nov, 11:20. The time that enough of you agree to is booked.".to_owned(),
            round: "1".to_owned(),
        }
    }

    fn in_words() -> Self {
        Self {
            question: "What should we play?".to_owned(),
            rows: Vec::new(),
            closes: "Until Sun 22 Nov, 11:20.".to_owned(),
            ..Self::sample()
        }
    }

    fn answered() -> Self {
        let mut all = Self { has_answered: true, words: "The morning is best.".to_owned(), ..Self::sample() };
        for (row, vote) in all.rows.iter_mut().zip(["yes", "if_need_be"]) {
            vote.clone_into(&mut row.vote);
        }
        all
    }
}

/// A group in a list.
#[derive(Clone, Debug)]
pub struct GroupRow {
    /// Its page.
    pub href: String,
    /// What is asked.
    pub question: String,
    /// `Robin asks 4`.
    pub who: String,
    /// `today 11:20`.
    pub near: String,
    /// The same, for programs.
    pub iso: String,
    /// How it stands.
    pub pill: Pill,
}

/// `/groups`.
#[derive(Debug, Template)]
#[template(path = "groups/list.html")]
pub struct GroupList {
    /// The frame.
    pub frame: Frame,
    /// The tabs.
    pub tabs: Tabs,
    /// What waits for the reader.
    pub waiting: Vec<Ballot>,
    /// All of them.
    pub rows: Vec<GroupRow>,
    /// Where it goes on.
    pub pager: Pager,
}

impl Page for GroupList {
    fn samples() -> Vec<(&'static str, Self)> {
        let empty = || Self {
            frame: sample::frame("Groups", "/groups", Nav::Agents),
            tabs: Tabs(Tab::Groups),
            waiting: Vec::new(),
            rows: Vec::new(),
            pager: Pager::default(),
        };
        let row = |question: &str, who: &str, pill: Pill| GroupRow {
            href: "/groups/ses_0193".to_owned(),
            question: question.to_owned(),
            who: who.to_owned(),
            near: "today 11:20".to_owned(),
            iso: "2026-11-20T10:20:00Z".to_owned(),
            pill,
        };
        let full = Self {
            waiting: vec![Ballot::sample(), Ballot::in_words()],
            rows: vec![
                row("When do we rehearse?", "Robin asks 4", Pill::new("waits for you", Tone::Wait)),
                row("Which hall?", "you ask 3", Pill::new("decided", Tone::Yes)),
                row("Shall we go on tour?", "Kim asks 20", Pill::new("too few answered", Tone::No)),
            ],
            ..empty()
        };
        vec![("groups", full), ("groups-empty", empty())]
    }
}

/// What speaks against a time that the reader named.
#[derive(Clone, Debug)]
pub struct Against {
    /// Which, in a line; empty: it is about all of them.
    pub when: String,
    /// What, in sentences.
    pub says: String,
}

/// `/groups/new`. Posted to `/groups`; `warned` once the reader has seen what speaks against it.
#[derive(Debug, Template)]
#[template(path = "groups/new.html")]
pub struct GroupForm {
    /// The frame.
    pub frame: Frame,
    /// Field `question`.
    pub question: String,
    /// Field `subject`.
    pub subjects: Vec<Choice>,
    /// Field `with`: whom one is connected with.
    pub with: Vec<Choice>,
    /// Field `candidates`: one in a line.
    pub candidates: String,
    /// Field `from`: a date.
    pub from: String,
    /// Field `to`: a date.
    pub to: String,
    /// Field `minutes`.
    pub minutes: String,
    /// Field `mode`.
    pub modes: Vec<Choice>,
    /// Field `hours`: how long they have.
    pub hours: Vec<Choice>,
    /// Field `quorum`, in thousandths.
    pub quorums: Vec<Choice>,
    /// Field `threshold`, in thousandths.
    pub thresholds: Vec<Choice>,
    /// Which form it is.
    pub once: String,
    /// What speaks against the times, before anybody is asked.
    pub against: Vec<Against>,
    /// Of what it does: field `warned` of the button that begins all the same.
    pub warned: String,
    /// What is wrong.
    pub errors: FieldErrors,
}

impl Page for GroupForm {
    fn samples() -> Vec<(&'static str, Self)> {
        let choice = |value: &str, words: &str, hint: &str, chosen| Choice::new(value, words, hint, chosen);
        let form = || Self {
            frame: sample::frame("Decide together", "/groups/new", Nav::Agents),
            question: String::new(),
            subjects: vec![
                choice("time", "On a time, which is booked", "", true),
                choice("question", "On something else", "", false),
            ],
            with: vec![choice("con_01", "Robin", "", true), choice("con_02", "Sam", "", false)],
            candidates: String::new(),
            from: "2026-11-23".to_owned(),
            to: "2026-11-27".to_owned(),
            minutes: "60".to_owned(),
            modes: vec![
                choice("broadcast", "Everybody at once", "", true),
                choice("consensus", "In rounds, each with what the others said", "", false),
                choice("sequential", "One after the other, in the order of the list", "", false),
            ],
            hours: vec![choice("24", "A day", "", false), choice("72", "Three days", "", true)],
            quorums: vec![choice("500", "Half of them", "", true)],
            thresholds: vec![choice("700", "Seven in ten", "", true)],
            once: "sample".to_owned(),
            against: Vec::new(),
            warned: String::new(),
            errors: FieldErrors::none(),
        };
        let against = |when: &str, says: &str| Against { when: when.to_owned(), says: says.to_owned() };
        let warned = Self {
            question: "Rehearsal".to_owned(),
            candidates: "2026-11-24 15:00\n2026-11-28 20:00".to_owned(),
            against: vec![
                against(
                    "Tuesday 24 November 2026, 15:00 – 16:00",
                    "Your calendar is busy then. It does not suit Robin.",
                ),
                against(
                    "Saturday 28 November 2026, 20:00 – 21:00",
                    "It is outside your working hours. Maximiliane Featherstonehaugh-Cholmondeley does not let you propose this day.",
                ),
                against("", "A calendar of Robin’s was not read lately: something may be missing in it."),
            ],
            warned: "5f2c".to_owned(),
            ..form()
        };
        let wrong = Self {
            errors: FieldErrors::one("question", "Say what is to be decided."),
            candidates: "2026-11-24 15:00".to_owned(),
            ..form()
        };
        let nobody = Self { with: Vec::new(), ..form() };
        vec![
            ("group-new", form()),
            ("group-new-warned", warned),
            ("group-new-wrong", wrong),
            ("group-new-nobody", nobody),
        ]
    }
}

/// A candidate with its count.
#[derive(Clone, Debug)]
pub struct CountRow {
    /// What it is.
    pub words: String,
    /// Beneath it; may be empty.
    pub note: String,
    /// Yes, if need be, no, neither.
    pub counts: [u32; 4],
    /// What became of it; `None`: it is still voted on.
    pub pill: Option<Pill>,
}

impl CountRow {
    fn samples() -> Vec<Self> {
        let count = |words: &str, counts, pill| Self {
            words: words.to_owned(),
            note: "Paris time, UTC+1".to_owned(),
            counts,
            pill,
        };
        vec![
            count(
                "Tuesday 24 November 2026, 15:00 – 15:45",
                [2, 1, 0, 0],
                Some(Pill::new("chosen", Tone::Yes)),
            ),
            count("Wednesday 25 November 2026, 11:30 – 12:15", [1, 0, 2, 0], None),
            count(
                "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch, the large hall",
                [12, 3, 4, 1],
                Some(Pill::new("out", Tone::Plain)),
            ),
        ]
    }
}

/// Somebody who decides.
#[derive(Clone, Debug)]
pub struct MemberRow {
    /// `Robin`, `Max, for Robin`, `You`.
    pub who: String,
    /// How they stand.
    pub pill: Pill,
    /// What they wrote, as far as the reader may know; may be empty.
    pub words: String,
    /// `today 11:20, by the mailed link`; may be empty.
    pub when: String,
}

impl MemberRow {
    fn sample(who: &str, pill: Pill, words: &str) -> Self {
        Self {
            who: who.to_owned(),
            pill,
            words: words.to_owned(),
            when: if words.is_empty() { String::new() } else { "today 11:20, by the mailed link".to_owned() },
        }
    }
}

/// `/groups/{id}`. Posted to it: `do` = `answer`, `close`, `cancel`, `leave` or `rate`.
#[derive(Debug, Template)]
#[template(path = "groups/show.html")]
#[expect(clippy::struct_excessive_bools, reason = "each is a button, and each stands by itself")]
pub struct GroupPage {
    /// The frame.
    pub frame: Frame,
    /// Its own path.
    pub path: String,
    /// What is asked.
    pub question: String,
    /// How it stands.
    pub pill: Pill,
    /// Who asks, in which way, and until when; or what came of it.
    pub lead: String,
    /// What was decided, of a time.
    pub when: Option<When>,
    /// The meeting that it led to; may be empty.
    pub meeting_href: String,
    /// The booking that waits for somebody; may be empty.
    pub booking_href: String,
    /// The ballot, where the reader can answer.
    pub ballot: Option<Ballot>,
    /// Whether it waits for them.
    pub waits: bool,
    /// What is known of the count; nothing while it is secret.
    pub counts: Vec<CountRow>,
    /// Why it is not, in a sentence.
    pub counts_note: String,
    /// Who decides.
    pub members: Vec<MemberRow>,
    /// `3 of 5 have answered; 3 must.`
    pub share: String,
    /// By which numbers.
    pub rules: String,
    /// Whether the reader may close it.
    pub may_close: bool,
    /// Whether they may take it back.
    pub may_cancel: bool,
    /// Whether they may leave it.
    pub may_leave: bool,
    /// How content the reader is with what agents answered, once it is over (`do` = `rate`).
    pub ratings: Vec<RatingForm>,
    /// Why the last try was refused; may be empty.
    pub refused: String,
}

impl GroupPage {
    fn open() -> Self {
        let member = MemberRow::sample;
        Self {
            frame: sample::frame("When do we rehearse?", "/groups/ses_0193", Nav::Agents),
            path: "/groups/ses_0193".to_owned(),
            question: "When do we rehearse?".to_owned(),
            pill: Pill::new("waits for you", Tone::Wait),
            lead: "Robin asks you and 3 others, all at once. It closes Sun 22 Nov, 11:20, or as soon as nothing can change it any more.".to_owned(),
            when: None,
            meeting_href: String::new(),
            booking_href: String::new(),
            ballot: Some(Ballot::sample()),
            waits: true,
            counts: Vec::new(),
            counts_note: "What the others say is shown when it closes.".to_owned(),
            members: vec![
                member("Robin", Pill::new("answered", Tone::Yes), ""),
                member("Maximiliane Featherstonehaugh-Cholmondeley (a program answers)", Pill::new("answered", Tone::Yes), ""),
                member("You", Pill::new("asked", Tone::Wait), ""),
            ],
            share: "2 of 4 have answered; 2 must.".to_owned(),
            rules: "It takes a yes of 7 in 10 of those who say yes or no, and 2 yes at least, however many say neither."
                .to_owned(),
            may_close: false,
            may_cancel: false,
            may_leave: true,
            ratings: Vec::new(),
            refused: String::new(),
        }
    }
}

impl Page for GroupPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let (member, open) = (MemberRow::sample, Self::open);
        let closed = Self {
            pill: Pill::new("decided", Tone::Yes),
            lead: "It was decided, and is booked. 3 of 4 answered.".to_owned(),
            when: Some(sample::old_time()),
            meeting_href: "/meetings/mtg_0193".to_owned(),
            ballot: None,
            waits: false,
            counts: CountRow::samples(),
            counts_note: String::new(),
            members: vec![
                member("Robin", Pill::new("answered", Tone::Yes), "The afternoon is best."),
                member("Kim", Pill::new("left", Tone::Plain), ""),
                member("Sam", Pill::new("did not answer", Tone::No), ""),
            ],
            may_leave: false,
            ratings: vec![RatingForm::unsaid("Max")],
            ..open()
        };
        let own = Self {
            ballot: Some(Ballot::answered()),
            waits: false,
            pill: Pill::new("open", Tone::Plain),
            may_close: true,
            may_cancel: true,
            may_leave: false,
            refused: "It is somebody else’s turn: you are asked when it is yours.".to_owned(),
            ..open()
        };
        vec![("group", open()), ("group-decided", closed), ("group-own", own)]
    }
}

/// What the link of a mail that asks opens. One form, one button.
#[derive(Debug, Template)]
#[template(path = "groups/answer.html")]
pub struct AnswerPage {
    /// The frame.
    pub frame: Frame,
    /// The ballot.
    pub ballot: Ballot,
    /// What is said above it: that the answer was taken, or why not; may be empty.
    pub said: String,
    /// Whether that is a refusal.
    pub is_refused: bool,
}

impl Page for AnswerPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = |ballot: Ballot| Self {
            frame: sample::bare("Answer", "/answer?t=sample"),
            ballot: Ballot { action: "/answer?t=sample".to_owned(), href: String::new(), ..ballot },
            said: String::new(),
            is_refused: false,
        };
        let answered = Self {
            said: "Thank you, that is your answer now. You can change it here until it closes.".to_owned(),
            ..page(Ballot::answered())
        };
        vec![
            ("answer", page(Ballot::sample())),
            ("answer-given", answered),
            ("answer-words", page(Ballot::in_words())),
        ]
    }
}
