//! The pages that the links of a decision open, and the page after anything was done by a link.

use askama::Template;

use super::parts::Frame;
use super::parts::Page;
use super::parts::When;
use super::sample;

/// Which of the two links it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `/approve`.
    Approve,
    /// `/decline`.
    Decline,
}

/// `/approve?t=…` and `/decline?t=…` while there is something to decide. One form, one button.
#[derive(Debug, Template)]
#[template(path = "decide/decide.html")]
pub struct Decide {
    /// The frame.
    pub frame: Frame,
    /// Where the form is posted: this page's own path and query.
    pub action: String,
    /// Which link it was.
    pub verb: Verb,
    /// The meeting's title.
    pub title: String,
    /// Who asks, at the start of a sentence: `Robin`, `Your guest`.
    pub who: String,
    /// The time the meeting has.
    pub was: When,
    /// The time asked for.
    pub new: When,
    /// The proposer's words; may be empty.
    pub note: String,
    /// The other's local time, where they allow it; may be empty.
    pub other_time: String,
    /// What will happen, one sentence each.
    pub consequences: Vec<String>,
    /// Whether the page may post its own form once a person has it in view (`links.confirm = "auto"`).
    pub is_auto: bool,
}

impl Page for Decide {
    fn samples() -> Vec<(&'static str, Self)> {
        let approve = |is_auto| Self {
            frame: sample::bare("Approve a new time", "/approve?t=sample"),
            action: "/approve?t=sample".to_owned(),
            verb: Verb::Approve,
            title: "Practice session".to_owned(),
            who: "Robin".to_owned(),
            was: sample::old_time(),
            new: sample::new_time(),
            note: "A train later would help.".to_owned(),
            other_time: "Robin sees 10:30, Lisbon.".to_owned(),
            consequences: vec![
                "The meeting moves, in your calendar and in Robin’s.".to_owned(),
                "Both of you get an updated invitation.".to_owned(),
            ],
            is_auto,
        };
        let decline = Self {
            frame: sample::bare("Decline a new time", "/decline?t=sample"),
            action: "/decline?t=sample".to_owned(),
            verb: Verb::Decline,
            consequences: vec![
                "The meeting stays when it is.".to_owned(),
                "Robin is told, without reasons.".to_owned(),
            ],
            ..approve(false)
        };
        vec![("approve", approve(false)), ("approve-auto", approve(true)), ("decline", decline)]
    }
}

/// The same links when there is nothing left to decide.
#[derive(Debug, Template)]
#[template(path = "decide/settled.html")]
pub struct Settled {
    /// The frame.
    pub frame: Frame,
    /// `This was decided already`.
    pub heading: String,
    /// What became of it.
    pub lead: String,
    /// The meeting's title.
    pub title: String,
    /// The time the meeting has now; none if it is cancelled.
    pub when: Option<When>,
}

impl Settled {
    /// Somebody, perhaps the reader, decided before: `approved` or `declined`.
    pub fn decided(frame: Frame, title: String, decision: &str, when: Option<When>) -> Self {
        Self {
            frame,
            heading: "This was decided already".to_owned(),
            lead: format!("The new time was {decision} before. Nothing more has changed now."),
            title,
            when,
        }
    }

    /// A newer time took its place.
    pub fn superseded(frame: Frame, title: String, when: Option<When>) -> Self {
        Self {
            frame,
            heading: "Another time took its place".to_owned(),
            lead: "The meeting changed after this new time was asked for, so it can no longer be decided."
                .to_owned(),
            title,
            when,
        }
    }

    /// Its asker took it back.
    pub fn withdrawn(frame: Frame, title: String, when: Option<When>) -> Self {
        Self {
            frame,
            heading: "The request was taken back".to_owned(),
            lead: "Whoever asked for this new time no longer does. There is nothing to decide.".to_owned(),
            title,
            when,
        }
    }

    /// Nobody decided in time.
    pub fn expired(frame: Frame, title: String, when: Option<When>) -> Self {
        Self {
            frame,
            heading: "It is too late to decide this".to_owned(),
            lead: "Nobody decided in time, so the meeting stayed as it was. Whoever asked has been told."
                .to_owned(),
            title,
            when,
        }
    }

    /// The meeting is no more.
    pub fn cancelled(frame: Frame, title: String) -> Self {
        Self {
            frame,
            heading: "This meeting is cancelled".to_owned(),
            lead: "It was cancelled before the new time was decided. There is nothing to decide.".to_owned(),
            title,
            when: None,
        }
    }
}

impl Page for Settled {
    fn samples() -> Vec<(&'static str, Self)> {
        let frame = || sample::bare("A new time", "/approve?t=sample");
        let title = || "Practice session".to_owned();
        vec![
            ("settled", Self::decided(frame(), title(), "approved", Some(sample::new_time()))),
            ("settled-superseded", Self::superseded(frame(), title(), Some(sample::old_time()))),
            ("settled-withdrawn", Self::withdrawn(frame(), title(), Some(sample::old_time()))),
            ("settled-expired", Self::expired(frame(), title(), Some(sample::old_time()))),
            ("settled-cancelled", Self::cancelled(frame(), title())),
        ]
    }
}

/// What was just done by a link.
#[derive(Debug, Template)]
#[template(path = "decide/done.html")]
pub struct Done {
    /// The frame.
    pub frame: Frame,
    /// `The meeting has moved`.
    pub heading: String,
    /// What that means, in a sentence or two.
    pub lead: String,
    /// The meeting's title.
    pub title: String,
    /// The time that is struck through, if one is.
    pub was: Option<When>,
    /// The time that the reader should remember, if there is one.
    pub when: Option<When>,
    /// What comes next.
    pub next: Vec<String>,
}

impl Done {
    fn blank(frame: Frame, title: &str, heading: &str, lead: String) -> Self {
        Self {
            frame,
            heading: heading.to_owned(),
            lead,
            title: title.to_owned(),
            was: None,
            when: None,
            next: Vec::new(),
        }
    }

    /// Anything that was done by a link, in the words of whoever did it.
    pub fn of(frame: Frame, title: &str, (heading, lead): (&str, &str), when: Option<When>) -> Self {
        Self { when, ..Self::blank(frame, title, heading, lead.to_owned()) }
    }

    /// The invitation was answered; `partstat` as in the contract, `other` within a sentence.
    pub fn answered(frame: Frame, title: &str, other: &str, partstat: &str, when: When) -> Self {
        let (heading, lead) = match partstat {
            "accepted" => ("You accepted", format!("{other} can see that you are coming.")),
            "tentative" => ("You answered: perhaps", format!("{other} can see that you may come.")),
            _ => ("You declined", format!("{other} can see that you are not coming.")),
        };
        let mut done = Self::blank(frame, title, heading, sentence(&lead));
        done.next = vec![
            "The link in the invitation lets you change your answer.".to_owned(),
            "Your own calendar may still show the old answer; what is said here counts.".to_owned(),
        ];
        done.when = Some(when);
        done
    }

    /// The invitation was declined, and the meeting with it.
    pub fn declined_and_cancelled(frame: Frame, title: &str, when: When) -> Self {
        let mut done = Self::blank(
            frame,
            title,
            "You declined, and the meeting is cancelled",
            "Everybody is told by mail, and it leaves their calendars.".to_owned(),
        );
        done.was = Some(when);
        done
    }

    /// A new time was asked for.
    pub fn proposed(frame: Frame, title: &str, other: &str, was: When, new: When) -> Self {
        let mut done = Self::blank(
            frame,
            title,
            "Your request is on its way",
            sentence(&format!("{other} gets a mail with this time and decides. Until then nothing changes.")),
        );
        (done.was, done.when) = (Some(was), Some(new));
        done.next = vec!["You are told by mail, whatever is decided.".to_owned()];
        done
    }

    /// A new time was approved, and the meeting moved. `waits` says that others still have to approve.
    pub fn approved(frame: Frame, title: &str, was: When, new: When, waits: bool) -> Self {
        let (heading, lead) = if waits {
            ("You approved", "Others have to approve it too. The meeting moves when the last one has.")
        } else {
            ("The meeting has moved", "Everybody gets an updated invitation, and their calendars follow.")
        };
        let mut done = Self::blank(frame, title, heading, lead.to_owned());
        (done.was, done.when) = (Some(was), Some(new));
        done
    }

    /// A new time was declined; the meeting stays.
    pub fn declined(frame: Frame, title: &str, other: &str, when: When) -> Self {
        let lead =
            sentence(&format!("{other} is told that this time does not suit. The meeting stays when it is."));
        let mut done = Self::blank(frame, title, "The meeting stays", lead);
        done.when = Some(when);
        done
    }

    /// The reader took their own request back.
    pub fn withdrawn(frame: Frame, title: &str, other: &str, when: When) -> Self {
        let lead = format!("The request is taken back, and {other} is told. The meeting stays when it is.");
        let mut done = Self::blank(frame, title, "You took it back", lead);
        done.when = Some(when);
        done
    }
}

/// The same words as a sentence begins.
fn sentence(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

impl Page for Done {
    fn samples() -> Vec<(&'static str, Self)> {
        let frame = || sample::bare("Done", "/reschedule?r=sample");
        let title = "Practice session";
        let (old, new) = (sample::old_time, sample::new_time);
        vec![
            ("done-accepted", Self::answered(frame(), title, "your host", "accepted", old())),
            ("done-tentative", Self::answered(frame(), title, "Robin", "tentative", old())),
            ("done-declined", Self::answered(frame(), title, "Robin", "declined", old())),
            ("done-cancelled", Self::declined_and_cancelled(frame(), title, old())),
            ("done-proposed", Self::proposed(frame(), title, "Robin", old(), new())),
            ("done-approved", Self::approved(frame(), title, old(), new(), false)),
            ("done-approved-waits", Self::approved(frame(), title, old(), new(), true)),
            ("done-kept", Self::declined(frame(), title, "your guest", old())),
            ("done-withdrawn", Self::withdrawn(frame(), title, "Robin", old())),
        ]
    }
}
