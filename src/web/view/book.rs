//! What a guest without an account sees: the times of a booking page, the form, and what became of it. No scripts are
//! needed: a length, a day's time and a zone are links and a form.

use askama::Template;

use super::parts::Choice;
use super::parts::FieldErrors;
use super::parts::Frame;
use super::parts::Page;
use super::parts::When;
use super::sample;

/// A time to pick.
#[derive(Clone, Debug)]
pub struct TimeLink {
    /// `10:30`; with its offset where a clock change makes it come twice.
    pub words: String,
    /// The same instant, RFC 3339.
    pub iso: String,
    /// The page with the form.
    pub href: String,
}

/// A day with its times.
#[derive(Clone, Debug)]
pub struct Day {
    /// `Wednesday 25 November 2026`.
    pub words: String,
    /// The times, in order.
    pub times: Vec<TimeLink>,
}

/// A length to choose: a link.
#[derive(Clone, Debug)]
pub struct LengthLink {
    /// `30 minutes`.
    pub words: String,
    /// The page with its times.
    pub href: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// What stands at the top of a booking page.
#[derive(Clone, Debug)]
pub struct Heading {
    /// What the meeting is called.
    pub title: String,
    /// With whom, within a sentence: `Alex`, `your host`.
    pub host: String,
    /// `by video`, or where.
    pub place: String,
    /// What it is about; may be empty.
    pub description: String,
    /// Whether the host confirms each request.
    pub by_hand: bool,
    /// Whether that is so because the host's calendar was not read lately.
    pub is_stale: bool,
}

impl Heading {
    fn sample() -> Self {
        Self {
            title: "30 minutes".to_owned(),
            host: "Alex".to_owned(),
            place: "by video".to_owned(),
            description: "For whatever is on your mind.".to_owned(),
            by_hand: false,
            is_stale: false,
        }
    }
}

/// A field that a page carries on without showing it.
pub type Hidden = (&'static str, String);

/// `/b/{name}`: the times.
#[derive(Debug, Template)]
#[template(path = "book/times.html")]
pub struct Times {
    /// The frame.
    pub frame: Frame,
    /// What it is.
    pub heading: Heading,
    /// The lengths, where there are several.
    pub lengths: Vec<LengthLink>,
    /// `Paris time, UTC+1`.
    pub zone_words: String,
    /// Field `zone`, to be changed by a form that gets this page again.
    pub zone: String,
    /// Whether nothing is known of the reader's zone, so that it is only the host's.
    pub is_guess: bool,
    /// The page's own path, without its query.
    pub path: String,
    /// What that form carries on.
    pub hidden: Vec<Hidden>,
    /// What is wrong with the zone; may be empty.
    pub zone_error: String,
    /// The days that have times, soonest first.
    pub days: Vec<Day>,
    /// Back to the first days, unless these are they.
    pub earlier: Option<String>,
    /// On to later days, if there are any.
    pub later: Option<String>,
}

fn bare() -> Frame {
    sample::bare("30 minutes with Alex", "/b/alex-30")
}

fn time(words: &str) -> TimeLink {
    TimeLink {
        words: words.to_owned(),
        iso: sample::NOW.to_rfc3339(),
        href: "/b/alex-30?length=30&start=2026-11-25T09:30:00Z".to_owned(),
    }
}

impl Day {
    /// Two days with times.
    pub(super) fn sample() -> Vec<Self> {
        let day = |words: &str, times: &[&str]| Self {
            words: words.to_owned(),
            times: times.iter().map(|words| time(words)).collect(),
        };
        vec![
            day("Tuesday 24 November 2026", &["09:00", "09:30", "10:00", "14:00", "14:30", "15:00", "16:30"]),
            day("Wednesday 25 November 2026", &["11:30"]),
        ]
    }
}

impl Page for Times {
    fn samples() -> Vec<(&'static str, Self)> {
        let full = Self {
            frame: bare(),
            heading: Heading::sample(),
            lengths: vec![
                LengthLink {
                    words: "30 minutes".to_owned(),
                    href: "/b/alex-30?length=30".to_owned(),
                    chosen: true,
                },
                LengthLink {
                    words: "60 minutes".to_owned(),
                    href: "/b/alex-30?length=60".to_owned(),
                    chosen: false,
                },
            ],
            zone_words: "Paris time, UTC+1".to_owned(),
            zone: "Europe/Paris".to_owned(),
            is_guess: true,
            path: "/b/alex-30".to_owned(),
            hidden: vec![("length", "30".to_owned())],
            zone_error: String::new(),
            days: Day::sample(),
            earlier: None,
            later: Some("/b/alex-30?length=30&from=2026-11-26".to_owned()),
        };
        let stale = Heading { by_hand: true, is_stale: true, ..Heading::sample() };
        let empty = Self {
            frame: bare(),
            heading: stale,
            lengths: Vec::new(),
            zone_words: "Paris time, UTC+1".to_owned(),
            zone: "Europe/Paris".to_owned(),
            is_guess: false,
            path: "/b/alex-30".to_owned(),
            hidden: Vec::new(),
            zone_error: "That is not a time zone. It should look like Europe/Paris.".to_owned(),
            days: Vec::new(),
            earlier: Some("/b/alex-30".to_owned()),
            later: None,
        };
        vec![("book", full), ("book-nothing-free", empty)]
    }
}

/// A question of the page, as a field.
#[derive(Clone, Debug)]
pub struct QuestionField {
    /// `answer-1`.
    pub field: String,
    /// The question.
    pub label: String,
    /// Whether it must be answered.
    pub required: bool,
    /// Whether the answer has several lines.
    pub long: bool,
    /// As typed.
    pub value: String,
}

/// `/b/{name}?start=…`: the form. Fields `name`, `email`, `answer-N`.
#[derive(Debug, Template)]
#[template(path = "book/form.html")]
pub struct BookForm {
    /// The frame.
    pub frame: Frame,
    /// What it is.
    pub heading: Heading,
    /// The time that was picked.
    pub when: When,
    /// Where the form is posted.
    pub action: String,
    /// What it carries on: `start`, `length`, `zone`, `k`.
    pub hidden: Vec<Hidden>,
    /// Back to the times.
    pub back: String,
    /// Field `name`, as typed.
    pub name: String,
    /// Field `email`, as typed.
    pub email: String,
    /// The questions.
    pub questions: Vec<QuestionField>,
    /// What is wrong.
    pub errors: FieldErrors,
}

impl Page for BookForm {
    fn samples() -> Vec<(&'static str, Self)> {
        let question = |number: usize, label: &str, required, long| QuestionField {
            field: format!("answer-{number}"),
            label: label.to_owned(),
            required,
            long,
            value: String::new(),
        };
        let form = |errors| Self {
            frame: bare(),
            heading: Heading::sample(),
            when: sample::new_time(),
            action: "/b/alex-30".to_owned(),
            hidden: vec![("start", "2026-11-25T10:30:00Z".to_owned()), ("length", "30".to_owned())],
            back: "/b/alex-30?length=30".to_owned(),
            name: "Robin".to_owned(),
            email: "robin at example".to_owned(),
            questions: vec![
                question(1, "What is it about?", true, true),
                question(2, "Which number can you be called at?", false, false),
            ],
            errors,
        };
        let wrong = FieldErrors::one("answer-1", "Please answer this.");
        vec![("book-form", form(FieldErrors::none())), ("book-form-wrong", form(wrong))]
    }
}

/// What became of a booking, or what is to be done now.
#[derive(Clone, Debug)]
pub enum Now {
    /// A letter is on its way.
    Look {
        /// Until when the time is held.
        until: String,
        /// Whether the host is asked once the guest has confirmed.
        by_hand: bool,
    },
    /// The letter's link was opened: `do` = `confirm`, `withdraw`. Until when the time is held.
    Confirm(String),
    /// It is booked.
    Booked,
    /// The host is asked: `do` = `withdraw`. Until when the time is held; empty where it cannot be taken back here.
    Waiting(String),
    /// The host said no.
    Declined,
    /// Nobody confirmed or decided in time.
    Expired,
    /// Somebody else has the time; the times nearest to it.
    Taken(Vec<Choice>),
    /// It was taken back.
    Withdrawn,
    /// The link is none of ours.
    Unknown,
    /// It is the host's own page.
    Own,
}

/// The page of one booking.
#[derive(Debug, Template)]
#[template(path = "book/now.html")]
pub struct BookNow {
    /// The frame.
    pub frame: Frame,
    /// What the meeting is called; empty where nothing is known.
    pub title: String,
    /// With whom, within a sentence.
    pub host: String,
    /// When; `None` where nothing is known.
    pub when: Option<When>,
    /// What is so.
    pub now: Now,
    /// Where the form is posted: this page's own path and query.
    pub action: String,
    /// The page with other times; empty where there is none.
    pub other_times: String,
}

impl BookNow {
    /// With whom, at the start of a sentence.
    pub fn host_first(&self) -> String {
        let mut chars = self.host.chars();
        chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
    }
}

impl Page for BookNow {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = |now| Self {
            frame: sample::bare("A time", "/booking?t=sample"),
            title: "30 minutes".to_owned(),
            host: "Alex".to_owned(),
            when: Some(sample::new_time()),
            now,
            action: "/booking?t=sample".to_owned(),
            other_times: "/b/alex-30".to_owned(),
        };
        let until = || "Fri 20 Nov, 13:30".to_owned();
        let near = vec![
            Choice::new("/b/alex-30?start=1", "Wed 25 Nov, 10:30", "", false),
            Choice::new("/b/alex-30?start=2", "Wed 25 Nov, 12:30", "", false),
        ];
        let unknown =
            Self { title: String::new(), when: None, other_times: String::new(), ..page(Now::Unknown) };
        vec![
            ("booking-look", page(Now::Look { until: until(), by_hand: false })),
            ("booking-look-by-hand", page(Now::Look { until: until(), by_hand: true })),
            ("booking-to-confirm", page(Now::Confirm(until()))),
            ("booking-booked", page(Now::Booked)),
            ("booking-waits", page(Now::Waiting(until()))),
            ("booking-said-no", page(Now::Declined)),
            ("booking-too-late", page(Now::Expired)),
            ("booking-taken", page(Now::Taken(near))),
            ("booking-withdrawn", page(Now::Withdrawn)),
            ("booking-unknown", unknown),
            ("booking-own", page(Now::Own)),
        ]
    }
}
