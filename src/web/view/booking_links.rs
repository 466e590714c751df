//! Booking links of somebody who is signed in: the list with what waits, one of them, and the form.

use askama::Template;

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

/// A time that a guest asks for, decided by a post to `action` (`do` = `approve`, `decline` with `words`).
#[derive(Clone, Debug)]
pub struct AskedFor {
    /// `/bookings/bkg_…`.
    pub action: String,
    /// What the guest is called.
    pub who: String,
    /// What the meeting is to be called.
    pub title: String,
    /// When it is to be.
    pub when: When,
    /// What the guest said to the page's questions: the question and the answer.
    pub said: Vec<(String, String)>,
    /// Until when it can be decided: `The time is held until Sun 22 Nov, 11:20.`
    pub closes: String,
}

impl AskedFor {
    /// One that is made up.
    pub fn sample() -> Self {
        Self {
            action: "/bookings/bkg_0193".to_owned(),
            who: "Sam".to_owned(),
            title: "30 minutes".to_owned(),
            when: sample::new_time(),
            said: vec![("What is it about?".to_owned(), "The second movement.".to_owned())],
            closes: "The time is held until Sun 22 Nov, 11:20.".to_owned(),
        }
    }
}

/// A link in the list.
#[derive(Clone, Debug)]
pub struct LinkRow {
    /// Its id.
    pub id: String,
    /// What its meetings are called.
    pub title: String,
    /// The address to give away.
    pub address: String,
    /// `30 minutes, by video, booked at once`.
    pub facts: String,
    /// Whether it offers anything.
    pub is_active: bool,
    /// The same in a word.
    pub pill: Pill,
}

/// The list. A quick link is posted to it (`do` = `quick`).
#[derive(Debug, Template)]
#[template(path = "booking_links/list.html")]
pub struct BookingLinks {
    /// The frame.
    pub frame: Frame,
    /// What waits for the reader, soonest first.
    pub waiting: Vec<AskedFor>,
    /// The links, newest first.
    pub rows: Vec<LinkRow>,
}

impl LinkRow {
    fn sample(is_active: bool) -> Self {
        Self {
            id: "bkl_0193".to_owned(),
            title: "30 minutes".to_owned(),
            address: "https://entente.test/b/alex-30".to_owned(),
            facts: "30 minutes, by video, booked at once".to_owned(),
            is_active,
            pill: if is_active { Pill::new("on", Tone::Yes) } else { Pill::new("off", Tone::Plain) },
        }
    }
}

impl Page for BookingLinks {
    fn samples() -> Vec<(&'static str, Self)> {
        let frame = || sample::frame("Booking links", "/booking-links", Nav::Booking);
        let long = LinkRow {
            title: "A rehearsal of the whole ensemble".to_owned(),
            address: "https://entente.test/b/a-rehearsal-of-the-whole-ensemble".to_owned(),
            facts: "60 or 90 minutes, in person, you confirm each".to_owned(),
            ..LinkRow::sample(false)
        };
        let full = Self {
            frame: frame(),
            waiting: vec![AskedFor::sample()],
            rows: vec![LinkRow::sample(true), long],
        };
        let empty = Self { frame: frame(), waiting: Vec::new(), rows: Vec::new() };
        vec![("booking-links", full), ("booking-links-empty", empty)]
    }
}

/// A question of the form.
#[derive(Clone, Debug, Default)]
pub struct QuestionFields {
    /// Its number, from 1: part of the names of its fields.
    pub number: usize,
    /// Field `question-N`.
    pub label: String,
    /// Field `required-N`.
    pub required: bool,
    /// Field `long-N`.
    pub long: bool,
    /// What is wrong with it; empty if nothing is.
    pub error: String,
}

/// The form of a link, as typed.
#[derive(Clone, Debug, Default)]
pub struct LinkForm {
    /// Field `title`.
    pub title: String,
    /// Field `name`.
    pub name: String,
    /// What stands before the name in the address: `https://entente.test/b/`.
    pub stem: String,
    /// Field `description`.
    pub description: String,
    /// Field `lengths`: `30, 60`.
    pub lengths: String,
    /// Field `place`.
    pub places: Vec<Choice>,
    /// Field `place_words`.
    pub place_words: String,
    /// Field `resources`: the rooms and things it takes.
    pub rooms: Vec<Choice>,
    /// Field `confirmation`.
    pub confirmation: Vec<Choice>,
    /// Field `access`.
    pub access: Vec<Choice>,
    /// Field `hours`.
    pub hours: String,
    /// Field `notice_minutes`.
    pub notice: Vec<Choice>,
    /// Field `horizon_days`.
    pub horizon: Vec<Choice>,
    /// Field `buffer_before_minutes`.
    pub before: Vec<Choice>,
    /// Field `buffer_after_minutes`.
    pub after: Vec<Choice>,
    /// Field `step_minutes`.
    pub step: Vec<Choice>,
    /// Field `per_day`.
    pub per_day: String,
    /// Field `per_week`.
    pub per_week: String,
    /// The questions, and empty places for more.
    pub questions: Vec<QuestionFields>,
    /// Which version was looked at; 0 for a new link.
    pub version: i64,
    /// What is wrong with it.
    pub errors: FieldErrors,
}

impl LinkForm {
    fn sample() -> Self {
        let choice = |value: &str, words: &str, chosen| Choice::new(value, words, "", chosen);
        Self {
            title: "30 minutes".to_owned(),
            name: "alex-30".to_owned(),
            stem: "https://entente.test/b/".to_owned(),
            lengths: "30".to_owned(),
            places: vec![choice("video", "By video", true), choice("phone", "By phone", false)],
            rooms: vec![choice("agt_01", "Blue Room", false), choice("agt_02", "Projector", false)],
            confirmation: vec![
                choice("at_once", "Book at once", true),
                choice("by_hand", "Ask me each time", false),
            ],
            access: vec![
                choice("public", "Whoever has the address", true),
                choice("single_use", "Single-use addresses only", false),
            ],
            notice: vec![choice("240", "4 hours", true)],
            horizon: vec![choice("60", "60 days", true)],
            before: vec![choice("0", "nothing", true)],
            after: vec![choice("0", "nothing", true)],
            step: vec![choice("30", "30 minutes", true)],
            questions: (1..=5).map(|number| QuestionFields { number, ..QuestionFields::default() }).collect(),
            version: 1,
            ..Self::default()
        }
    }
}

/// The form of a new link, posted to `/booking-links`.
#[derive(Debug, Template)]
#[template(path = "booking_links/new.html")]
pub struct NewBookingLink {
    /// The frame.
    pub frame: Frame,
    /// The form.
    pub form: LinkForm,
}

impl Page for NewBookingLink {
    fn samples() -> Vec<(&'static str, Self)> {
        let frame = || sample::frame("A new booking link", "/booking-links/new", Nav::Booking);
        let mut wrong = LinkForm::sample();
        wrong.errors = FieldErrors::one("lengths", "A length is from 5 to 720 minutes.");
        "2".clone_into(&mut wrong.lengths);
        vec![
            ("booking-link-new", Self { frame: frame(), form: LinkForm::sample() }),
            ("booking-link-wrong", Self { frame: frame(), form: wrong }),
        ]
    }
}

/// What a guest asked for, in the list of a link.
#[derive(Clone, Debug)]
pub struct BookingRow {
    /// What the guest is called.
    pub who: String,
    /// When.
    pub when: When,
    /// How it stands.
    pub pill: Pill,
    /// The meeting's page; empty where there is none.
    pub href: String,
}

/// A single-use address in the list of a link; its secret is shown once.
#[derive(Clone, Debug)]
pub struct PassRow {
    /// For whom; may be empty.
    pub words: String,
    /// Since when and until when.
    pub when: String,
    /// How it stands.
    pub pill: Pill,
}

/// One link. Its form is posted to its own path: `do` = `save`, `pause`, `resume`, `remove`, `pass` (with `words`).
#[derive(Debug, Template)]
#[template(path = "booking_links/show.html")]
pub struct BookingLinkPage {
    /// The frame.
    pub frame: Frame,
    /// `/booking-links/bkl_…`.
    pub path: String,
    /// The link.
    pub row: LinkRow,
    /// A single-use address that was made just now.
    pub fresh: Option<String>,
    /// Whether it is opened by single-use addresses only.
    pub is_single_use: bool,
    /// The single-use addresses, newest first.
    pub passes: Vec<PassRow>,
    /// What waits for the reader here.
    pub waiting: Vec<AskedFor>,
    /// What guests asked for, latest first.
    pub bookings: Vec<BookingRow>,
    /// Links to the neighbours of this page.
    pub pager: Pager,
    /// The form.
    pub form: LinkForm,
}

impl Page for BookingLinkPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let booking = |who: &str, pill, href: &str| BookingRow {
            who: who.to_owned(),
            when: sample::old_time(),
            pill,
            href: href.to_owned(),
        };
        let page = |is_active| Self {
            frame: sample::frame("30 minutes", "/booking-links/bkl_0193", Nav::Booking),
            path: "/booking-links/bkl_0193".to_owned(),
            row: LinkRow::sample(is_active),
            fresh: None,
            is_single_use: false,
            passes: Vec::new(),
            waiting: Vec::new(),
            bookings: Vec::new(),
            pager: Pager::default(),
            form: LinkForm::sample(),
        };
        let full = Self {
            waiting: vec![AskedFor::sample()],
            bookings: vec![
                booking("Kim", Pill::new("booked", Tone::Yes), "/meetings/mtg_0193"),
                booking("Noor", Pill::new("declined", Tone::No), ""),
            ],
            pager: Pager { first: None, next: Some("/booking-links/bkl_0193?after=1".to_owned()) },
            ..page(true)
        };
        let single = Self {
            is_single_use: true,
            fresh: Some("https://entente.test/b/alex-30?k=sample".to_owned()),
            passes: vec![
                PassRow {
                    words: "For Kim".to_owned(),
                    when: "opens until 20 Dec, 13:00".to_owned(),
                    pill: Pill::new("not used yet", Tone::Plain),
                },
                PassRow {
                    words: String::new(),
                    when: "opened until 18 Nov, 13:00".to_owned(),
                    pill: Pill::new("used", Tone::Yes),
                },
            ],
            ..page(true)
        };
        vec![("booking-link", full), ("booking-link-off", page(false)), ("booking-link-single-use", single)]
    }
}

/// What the links of a mail that asks about a booking open while it waits. One form, one button.
#[derive(Debug, Template)]
#[template(path = "booking_links/decide.html")]
pub struct BookingDecide {
    /// The frame.
    pub frame: Frame,
    /// Where the form is posted: this page's own path and query.
    pub action: String,
    /// Whether it approves; else it declines.
    pub approves: bool,
    /// The guest's name.
    pub who: String,
    /// What the meeting is to be called.
    pub title: String,
    /// When it is to be.
    pub when: When,
    /// What the guest said to the questions: each question, and the answer.
    pub said: Vec<(String, String)>,
    /// What will happen, one sentence each.
    pub consequences: Vec<String>,
    /// Until when the time is held: `Sun 22 Nov, 11:20`.
    pub closes: String,
    /// Whether the page may post its own form once a person has it in view (`links.confirm = "auto"`).
    pub is_auto: bool,
    /// Why the last try was refused; may be empty.
    pub refused: String,
}

impl Page for BookingDecide {
    fn samples() -> Vec<(&'static str, Self)> {
        let approve = || Self {
            frame: sample::bare("Approve a booking", "/booking/decide?t=sample"),
            action: "/booking/decide?t=sample".to_owned(),
            approves: true,
            who: "Robin".to_owned(),
            title: "Practice session".to_owned(),
            when: sample::new_time(),
            said: vec![("Which piece?".to_owned(), "The second movement.".to_owned())],
            consequences: vec![
                "It is booked at once, if the time is still free.".to_owned(),
                "Each of you gets an invitation.".to_owned(),
            ],
            closes: "Sun 22 Nov, 11:20".to_owned(),
            is_auto: false,
            refused: String::new(),
        };
        let decline = Self {
            frame: sample::bare("Decline a booking", "/booking/decide?t=sample"),
            approves: false,
            said: Vec::new(),
            consequences: vec![
                "Nothing is booked, and the time is free again.".to_owned(),
                "Robin is told.".to_owned(),
            ],
            ..approve()
        };
        let refused =
            "Something else is in your calendar then by now. Decline, or make room first.".to_owned();
        let taken = Self { refused, ..approve() };
        vec![("booking-approve", approve()), ("booking-decline", decline), ("booking-approve-taken", taken)]
    }
}
