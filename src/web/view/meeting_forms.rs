//! The forms of meetings: to book one, to move one, to name a guest. Values are what was typed, so
//! that a form comes back filled.

use askama::Template;

use super::parts::Choice;
use super::parts::FieldErrors;
use super::parts::Frame;
use super::parts::Nav;
use super::parts::Page;
use super::parts::When;
use super::sample;

/// One row for a guest: the fields `guest_name` and `guest_email`, repeated in order.
#[derive(Clone, Debug, Default)]
pub struct GuestRow {
    /// As typed.
    pub name: String,
    /// As typed.
    pub email: String,
}

/// The fields of a new meeting. Errors are found by field name; those of guests as `guests[0].email`.
#[derive(Clone, Debug, Default)]
pub struct MeetingForm {
    /// Field `title`.
    pub title: String,
    /// Field `date`: `2026-11-25`.
    pub date: String,
    /// Field `from`: `10:30`.
    pub from: String,
    /// Field `until`: `11:15`.
    pub until: String,
    /// Field `zone`: an IANA name.
    pub zone: String,
    /// Field `place`.
    pub place: String,
    /// Field `video` (`on`): a video place is made. `None` where the house has no template for one.
    pub video: Option<bool>,
    /// Field `description`.
    pub description: String,
    /// Field `resources`: the rooms and things that are needed.
    pub rooms: Vec<Choice>,
    /// Other times at which all of them can be had, each with what its button sends (`at`).
    pub other_times: Vec<(String, When)>,
    /// Rows for guests; empty ones are to be ignored.
    pub guests: Vec<GuestRow>,
    /// Field `decline`: `strict` or `soft`.
    pub decline: Vec<Choice>,
    /// Field `approval`: `everyone` or `host`.
    pub approval: Vec<Choice>,
    /// Hidden field `once`: however often the form is sent, it books one meeting.
    pub once: String,
    /// What is wrong with them.
    pub errors: FieldErrors,
}

impl MeetingForm {
    /// The two ways to take a decline, `chosen` among them.
    pub fn decline_choices(chosen: &str) -> Vec<Choice> {
        vec![
            Choice::new(
                "strict",
                "It is cancelled for everybody",
                "The usual way for two people.",
                chosen == "strict",
            ),
            Choice::new("soft", "It stays, and the answer is noted", "", chosen == "soft"),
        ]
    }

    /// The two ways to settle a new time, `chosen` among them.
    pub fn approval_choices(chosen: &str) -> Vec<Choice> {
        vec![
            Choice::new("everyone", "Everybody else approves it", "", chosen == "everyone"),
            Choice::new("host", "The host alone approves it", "", chosen == "host"),
        ]
    }

    fn sample() -> Self {
        Self {
            title: "Practice session".to_owned(),
            date: "2026-11-24".to_owned(),
            from: "15:00".to_owned(),
            until: "15:45".to_owned(),
            zone: "Europe/Paris".to_owned(),
            video: Some(true),
            rooms: vec![
                Choice::new("agt_01", "Blue Room", "", false),
                Choice::new("agt_02", "Projector", "", true),
            ],
            guests: vec![GuestRow::default(), GuestRow::default(), GuestRow::default()],
            decline: Self::decline_choices("strict"),
            approval: Self::approval_choices("everyone"),
            ..Self::default()
        }
    }
}

/// The page to book a meeting. Posted to `/meetings`; `do` is `book`, or `more` to be given more rows for guests.
#[derive(Debug, Template)]
#[template(path = "meetings/new.html")]
pub struct MeetingNew {
    /// The frame.
    pub frame: Frame,
    /// Its fields.
    pub form: MeetingForm,
}

impl Page for MeetingNew {
    fn samples() -> Vec<(&'static str, Self)> {
        let frame = sample::frame("Book a meeting", "/meetings/new", Nav::Meetings);
        let mut wrong = MeetingForm::sample();
        wrong.until = String::from("14:00");
        wrong.guests[0] = GuestRow { name: "Robin".to_owned(), email: "robin at example".to_owned() };
        wrong.errors.add("until", "The end is before the start.");
        wrong.errors.add(
            "guests[0].email",
            "This is not a mail address that can be written to, like ana@example.org.",
        );
        let mut taken = MeetingForm::sample();
        taken.errors.add("resources", "Projector: It is taken.");
        taken.other_times = vec![("1".to_owned(), sample::old_time()), ("2".to_owned(), sample::new_time())];
        vec![
            ("meeting-new-taken", Self { frame: frame.clone(), form: taken }),
            ("meeting-new", Self { frame: frame.clone(), form: MeetingForm::sample() }),
            ("meeting-new-wrong", Self { frame, form: wrong }),
        ]
    }
}

/// The fields that move a meeting at once; posted to `{meeting}/move`.
#[derive(Clone, Debug, Default)]
pub struct MoveForm {
    /// Field `date`.
    pub date: String,
    /// Field `from`.
    pub from: String,
    /// Field `until`.
    pub until: String,
    /// Field `until_date`, shown only where the meeting ends on another day of the reader's.
    pub until_date: Option<String>,
    /// Field `zone`, hidden: the zone in which the times were shown.
    pub zone: String,
    /// What is wrong with them.
    pub errors: FieldErrors,
}

impl MoveForm {
    pub(super) fn sample() -> Self {
        Self {
            date: "2026-11-24".to_owned(),
            from: "15:00".to_owned(),
            until: "15:45".to_owned(),
            until_date: None,
            zone: "Europe/Paris".to_owned(),
            errors: FieldErrors::none(),
        }
    }
}

/// The fields that name the guest of an open meeting; posted to `{meeting}/book`.
#[derive(Clone, Debug, Default)]
pub struct BookForm {
    /// Field `name`.
    pub name: String,
    /// Field `email`.
    pub email: String,
    /// What is wrong with them.
    pub errors: FieldErrors,
}

impl BookForm {
    pub(super) fn sample() -> Self {
        Self::default()
    }
}
