//! The mailroom: each person's mailbox as they would see it, and what their calendar program would do.

use askama::Template;

use super::parts::FieldErrors;
use super::parts::Frame;
use super::parts::Nav;
use super::parts::Page;
use super::parts::Pager;
use super::parts::Pill;
use super::parts::Tone;
use super::parts::When;
use super::sample;

/// One mailbox.
#[derive(Clone, Debug)]
pub struct MailboxRow {
    /// Its page.
    pub href: String,
    /// Whose it is: a name, or the address.
    pub name: String,
    /// Its address.
    pub address: String,
    /// How many messages lie in it.
    pub count: u64,
    /// The newest one's subject; may be empty.
    pub newest: String,
    /// When it came.
    pub when: String,
}

/// `/mailroom`.
#[derive(Debug, Template)]
#[template(path = "mailroom/rooms.html")]
pub struct Mailboxes {
    /// The frame.
    pub frame: Frame,
    /// The mailboxes, the newest mail first.
    pub rows: Vec<MailboxRow>,
    /// The neighbours.
    pub pager: Pager,
}

impl Page for Mailboxes {
    fn samples() -> Vec<(&'static str, Self)> {
        let row = |name: &str, count, newest: &str| MailboxRow {
            href: format!("/mailroom/{}@example.org", name.to_lowercase()),
            name: name.to_owned(),
            address: format!("{}@example.org", name.to_lowercase()),
            count,
            newest: newest.to_owned(),
            when: "today 11:20".to_owned(),
        };
        let page = |rows| Self {
            frame: sample::admin_frame("Mailroom", "/mailroom", Nav::Mailroom),
            rows,
            pager: Pager::default(),
        };
        let rows = vec![
            row("Alex", 2, "Approve new time for Practice session?"),
            row("Robin", 1, "Practice session — Invitation"),
        ];
        vec![("mailroom", page(rows)), ("mailroom-empty", page(Vec::new()))]
    }
}

/// One message in a mailbox.
#[derive(Clone, Debug)]
pub struct MessageRow {
    /// Its page.
    pub href: String,
    /// Its subject.
    pub subject: String,
    /// From whom, the name only.
    pub from: String,
    /// When it came.
    pub when: String,
    /// `invitation`, `update`, `cancelled`, `letter`.
    pub kind: Pill,
}

/// `/mailroom/{address}`.
#[derive(Debug, Template)]
#[template(path = "mailroom/mailbox.html")]
pub struct Mailbox {
    /// The frame.
    pub frame: Frame,
    /// Whose it is.
    pub name: String,
    /// Its address.
    pub address: String,
    /// The messages, newest first.
    pub rows: Vec<MessageRow>,
    /// The neighbours.
    pub pager: Pager,
}

impl Page for Mailbox {
    fn samples() -> Vec<(&'static str, Self)> {
        let row = |subject: &str, kind| MessageRow {
            href: "/mailroom/robin@example.org/mail_0193".to_owned(),
            subject: subject.to_owned(),
            from: "Alex via Entente".to_owned(),
            when: "today 11:20".to_owned(),
            kind,
        };
        let page = |rows| Self {
            frame: sample::admin_frame("Robin’s mailbox", "/mailroom/robin@example.org", Nav::Mailroom),
            name: "Robin".to_owned(),
            address: "robin@example.org".to_owned(),
            rows,
            pager: Pager::default(),
        };
        let rows = vec![
            row("Practice session — Updated Time", Pill::new("update", Tone::Wait)),
            row("Practice session — Invitation", Pill::new("invitation", Tone::Yes)),
        ];
        vec![("mailbox", page(rows)), ("mailbox-empty", page(Vec::new()))]
    }
}

/// What a calendar program shows of an invitation.
#[derive(Clone, Debug)]
pub struct CalendarCard {
    /// `Nov`.
    pub month: String,
    /// `24`.
    pub number: String,
    /// `Tue`.
    pub weekday: String,
    /// SUMMARY.
    pub title: String,
    /// When it is.
    pub when: When,
    /// LOCATION; may be empty.
    pub place: String,
    /// DESCRIPTION; may be empty.
    pub description: String,
    /// ORGANIZER, the name.
    pub organizer: String,
    /// The one ATTENDEE.
    pub attendee: String,
    /// What the calendar would do with it: `new`, `updated`, `removed`, `older than what is there`.
    pub effect: Pill,
    /// Whether it cancels.
    pub is_cancelled: bool,
    /// METHOD, SEQUENCE, UID, DTSTAMP.
    pub facts: Vec<(String, String)>,
}

/// What the last button led to.
#[derive(Clone, Debug)]
pub struct ActionOutcome {
    /// What was sent: `A REPLY, declined, was sent in Robin’s name.`
    pub sent: String,
    /// What became of it.
    pub outcome: Pill,
    /// Exactly why.
    pub reason: String,
}

/// The fields of the buttons that need some. All forms post to the message's own path; `do` is `accept`,
/// `tentative`, `decline`, `counter` (`date`, `from`, `until`, hidden `zone`), `words` (`text`), `bounce`
/// or `forward` (`stranger`).
#[derive(Clone, Debug, Default)]
pub struct ActionForm {
    /// Field `date`.
    pub date: String,
    /// Field `from`.
    pub from: String,
    /// Field `until`.
    pub until: String,
    /// Never there: a calendar program asks for a time on one day here.
    pub until_date: Option<String>,
    /// Hidden field `zone`.
    pub zone: String,
    /// Field `text`.
    pub text: String,
    /// Field `stranger`: the address that answers a forwarded invitation.
    pub stranger: String,
    /// What is wrong with them.
    pub errors: FieldErrors,
}

/// `/mailroom/{address}/{message}`.
#[derive(Debug, Template)]
#[template(path = "mailroom/message.html")]
pub struct Message {
    /// The frame.
    pub frame: Frame,
    /// Where its buttons post: its own path.
    pub path: String,
    /// Whose mailbox it lies in.
    pub mailbox: String,
    /// That mailbox's page.
    pub mailbox_href: String,
    /// Its subject.
    pub subject: String,
    /// From whom, as written.
    pub from: String,
    /// When it came.
    pub when: String,
    /// All headers, in order.
    pub headers: Vec<(String, String)>,
    /// The plain part.
    pub text: String,
    /// Where the HTML part is served, sandboxed; empty if there is none.
    pub html_href: String,
    /// The calendar part, if there is one.
    pub card: Option<CalendarCard>,
    /// The message as it was sent.
    pub raw: String,
    /// What the last button led to.
    pub outcome: Option<ActionOutcome>,
    /// The fields of its buttons.
    pub form: ActionForm,
}

impl Message {
    fn sample() -> Self {
        let fact = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let card = CalendarCard {
            month: "Nov".to_owned(),
            number: "24".to_owned(),
            weekday: "Tue".to_owned(),
            title: "Practice session".to_owned(),
            when: sample::old_time(),
            place: "https://video.example.org/practice-0193".to_owned(),
            description: "With Alex.\n\nRequest new time:\nhttp://localhost:8080/reschedule?r=sample"
                .to_owned(),
            organizer: "Alex via Entente".to_owned(),
            attendee: "robin@example.org".to_owned(),
            effect: Pill::new("new in the calendar", Tone::Yes),
            is_cancelled: false,
            facts: vec![
                fact("METHOD", "REQUEST"),
                fact("SEQUENCE", "0"),
                fact("UID", "0193f2a4c7d87e30@entente.example.org"),
            ],
        };
        Self {
            frame: sample::admin_frame("Practice session — Invitation", "/mailroom/robin@example.org/mail_0193", Nav::Mailroom),
            path: "/mailroom/robin@example.org/mail_0193".to_owned(),
            mailbox: "Robin".to_owned(),
            mailbox_href: "/mailroom/robin@example.org".to_owned(),
            subject: "Practice session — Invitation".to_owned(),
            from: "Alex via Entente <scheduling+4q7m@example.org>".to_owned(),
            when: "today 11:20".to_owned(),
            headers: vec![fact("To", "robin@example.org"), fact("Message-ID", "<0193@example.org>"), fact("Auto-Submitted", "auto-generated")],
            text: "Practice session with Alex.\n\nTuesday 24 November 2026, 15:00 – 15:45\nParis time, UTC+1 (14:00 – 14:45 UTC)\n\nRequest a new time: http://localhost:8080/reschedule?r=sample\n".to_owned(),
            html_href: "/mailroom/robin@example.org/mail_0193/html".to_owned(),
            card: Some(card),
            raw: "From: =?utf-8?q?Alex_via_Entente?= <scheduling+4q7m@example.org>\nTo: robin@example.org\nSubject: Practice session\n\n…".to_owned(),
            outcome: None,
            form: ActionForm {
                date: "2026-11-25".to_owned(),
                from: "11:30".to_owned(),
                until: "12:15".to_owned(),
                zone: "Europe/Paris".to_owned(),
                text: "Can we do 3pm on Tuesday?".to_owned(),
                stranger: "stranger@example.net".to_owned(),
                ..ActionForm::default()
            },
        }
    }
}

impl Page for Message {
    fn samples() -> Vec<(&'static str, Self)> {
        let mut declined = Self::sample();
        declined.outcome = Some(ActionOutcome {
            sent: "A REPLY, declined, was sent in Robin’s name.".to_owned(),
            outcome: Pill::outcome("applied"),
            reason: "The token names the guest. By the strict rule the meeting is cancelled for everybody."
                .to_owned(),
        });
        let mut cancelled = Self::sample();
        "Practice session — Cancelled".clone_into(&mut cancelled.subject);
        if let Some(card) = &mut cancelled.card {
            card.is_cancelled = true;
            card.effect = Pill::new("removed from the calendar", Tone::No);
        }
        let mut letter = Self { card: None, ..Self::sample() };
        "Approve new time for Practice session?".clone_into(&mut letter.subject);
        letter.html_href = String::new();
        vec![
            ("message", Self::sample()),
            ("message-outcome", declined),
            ("message-cancelled", cancelled),
            ("message-letter", letter),
        ]
    }
}
