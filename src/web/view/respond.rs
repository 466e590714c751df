//! The page an invitation's link opens: ask for a new time, or answer. It holds one form that posts
//! to its own path; `do` says which button was pressed.

use askama::Template;

use super::book::Day;
use super::meeting_forms::MoveForm;
use super::parts::FieldErrors;
use super::parts::Frame;
use super::parts::Page;
use super::parts::Pill;
use super::parts::When;
use super::sample;

/// What can be done on the page.
#[derive(Clone, Debug)]
pub enum RespondState {
    /// Everything: ask for a new time (`do` = `propose`), or answer (`accept`, `tentative`, `decline`).
    Open,
    /// The reader has asked already and waits: `do` = `withdraw`, or an answer.
    Waiting {
        /// The time they asked for.
        new: When,
        /// Until when it can be decided: `Robin can decide until Sun 22 Nov, 11:20.`
        closes: String,
    },
    /// The link was used up by a request that is decided: an answer, or a fresh link (`do` = `fresh`).
    Spent,
    /// Nothing: the meeting is cancelled; why, in general words.
    Cancelled(String),
    /// Nothing: the meeting is over.
    Past,
}

/// Times that can be offered for the new one.
#[derive(Clone, Debug, Default)]
pub struct Offers {
    /// Days with times that suit both: each is a button that fills the form (`do` = `pick:` and its start).
    pub days: Vec<Day>,
    /// Their starts, which the form brings back (field `offered`): so they are shown again, and nobody is asked anew.
    pub shown: String,
    /// Whether the reader may ask which times suit both (`do` = `times`).
    pub may_ask: bool,
    /// Whether a calendar was not read lately.
    pub is_stale: bool,
    /// Whether the reader has just asked, and there is none.
    pub none_found: bool,
}

/// `/reschedule?r=…`.
#[derive(Debug, Template)]
#[template(path = "respond/respond.html")]
pub struct Respond {
    /// The frame.
    pub frame: Frame,
    /// Where the form is posted: this page's own path and query.
    pub action: String,
    /// The meeting's title.
    pub title: String,
    /// The other side, within a sentence: `Robin`, `your host`, `your guest`, `the others`.
    pub other: String,
    /// The present time, in the reader's zone.
    pub when: When,
    /// What can be done.
    pub state: RespondState,
    /// Times that suit both, where both shared them.
    pub offers: Offers,
    /// The new time as typed. The note is in `note`.
    pub form: MoveForm,
    /// Field `note`, as typed.
    pub note: String,
    /// The reader's own answer so far.
    pub answer: Pill,
    /// What a decline leads to: `If you decline, the meeting is cancelled for both of you.`
    pub decline_words: String,
    /// Where the reader finds what is stored about them; may be empty.
    pub about_href: String,
}

impl Respond {
    /// Whether the reader waits for a decision on a time they asked for.
    fn is_waiting(&self) -> bool {
        matches!(self.state, RespondState::Waiting { .. })
    }

    fn sample(state: RespondState) -> Self {
        Self {
            frame: sample::bare("Request a new time", "/reschedule?r=sample"),
            action: "/reschedule?r=sample".to_owned(),
            title: "Practice session".to_owned(),
            other: "Robin".to_owned(),
            when: sample::old_time(),
            state,
            offers: Offers::default(),
            form: MoveForm::sample(),
            note: String::new(),
            answer: Pill::partstat("needs-action"),
            decline_words: "If you decline, the meeting is cancelled for both of you.".to_owned(),
            about_href: "/about-you?y=sample".to_owned(),
        }
    }
}

impl Page for Respond {
    fn samples() -> Vec<(&'static str, Self)> {
        let waiting = RespondState::Waiting {
            new: sample::new_time(),
            closes: "Robin can decide until Sun 22 Nov, 11:20.".to_owned(),
        };
        let mut wrong = Self::sample(RespondState::Open);
        wrong.form.errors = FieldErrors::one("date", "That day has passed. Choose one from today on.");
        "2026-11-02".clone_into(&mut wrong.form.date);
        "A train later would help.".clone_into(&mut wrong.note);
        let mut night = Self::sample(RespondState::Open);
        night.when = sample::span(4, 22, 30, 60);
        night.form.until_date = Some("2026-11-25".to_owned());
        let mut offered = Self::sample(RespondState::Open);
        offered.offers = Offers { days: Day::sample(), is_stale: true, ..Offers::default() };
        let mut may_ask = Self::sample(RespondState::Open);
        may_ask.offers.may_ask = true;
        let why = "Somebody could not come, and the meeting was cancelled for everybody.".to_owned();
        vec![
            ("respond", Self::sample(RespondState::Open)),
            ("respond-offered", offered),
            ("respond-may-ask", may_ask),
            ("respond-wrong", wrong),
            ("respond-overnight", night),
            ("respond-waiting", Self::sample(waiting)),
            ("respond-spent", Self::sample(RespondState::Spent)),
            ("respond-cancelled", Self::sample(RespondState::Cancelled(why))),
            ("respond-past", Self::sample(RespondState::Past)),
        ]
    }
}
