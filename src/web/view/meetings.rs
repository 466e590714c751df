//! Meetings: the list, one meeting with its story, and the shapes that Home shows of them too.

use askama::Template;

use super::meeting_forms::BookForm;
use super::meeting_forms::MoveForm;
use super::parts::Frame;
use super::parts::Nav;
use super::parts::Page;
use super::parts::Pager;
use super::parts::Pill;
use super::parts::Tone;
use super::parts::When;
use super::sample;

/// One meeting in a list.
#[derive(Clone, Debug)]
pub struct MeetingRow {
    /// Its page.
    pub href: String,
    /// Its title.
    pub title: String,
    /// `with Robin`, `with Kim and 2 others`, `no guest yet`.
    pub with: String,
    /// When it is.
    pub when: When,
    /// What stands in place of the date where that reads better: `Today 15:40`; else empty.
    pub near: String,
    /// Its state for the reader.
    pub pill: Pill,
}

impl MeetingRow {
    pub(super) fn several() -> Vec<Self> {
        let row = |title: &str, with: &str, when: When, near: &str, pill: Pill| Self {
            href: "/meetings/mtg_0193".to_owned(),
            title: title.to_owned(),
            with: with.to_owned(),
            when,
            near: near.to_owned(),
            pill,
        };
        vec![
            row(
                "Quarterly review",
                "with Sam",
                sample::span(0, 14, 40, 45),
                "Today 15:40",
                Pill::partstat("accepted"),
            ),
            row(
                "Practice session",
                "with Robin",
                sample::old_time(),
                "",
                Pill::new("new time asked", Tone::Wait),
            ),
            row(
                "Design walk",
                "with Kim and 2 others",
                sample::span(6, 8, 0, 90),
                "",
                Pill::new("2 of 3 answered", Tone::Plain),
            ),
        ]
    }
}

/// A new time that waits for somebody.
#[derive(Clone, Debug)]
pub struct OpenProposal {
    /// The meeting's page.
    pub meeting_href: String,
    /// Where the decision is posted (`do`: `approve`, `decline`, or `withdraw` where it is the reader's own).
    pub action: String,
    /// The meeting's title.
    pub title: String,
    /// Who asks: a name, `Your host`, `Your guest`; or `You`.
    pub who: String,
    /// Whether the reader asked it.
    pub is_mine: bool,
    /// The time the meeting has.
    pub was: When,
    /// The time asked for.
    pub new: When,
    /// The proposer's words; may be empty.
    pub note: String,
    /// The other's local time, where they allow it: `Robin sees 11:30, Paris.`; may be empty.
    pub other_time: String,
    /// Until when it can be decided, and by whom: `Open until Sun 22 Nov, 11:20.`
    pub closes: String,
}

impl OpenProposal {
    pub(super) fn sample() -> Self {
        Self {
            meeting_href: "/meetings/mtg_0193".to_owned(),
            action: "/proposals/prp_0193".to_owned(),
            title: "Practice session".to_owned(),
            who: "Robin".to_owned(),
            is_mine: false,
            was: sample::old_time(),
            new: sample::new_time(),
            note: "A train later would help.".to_owned(),
            other_time: "Robin sees 10:30, Lisbon.".to_owned(),
            closes: "Open until Sun 22 Nov, 11:20.".to_owned(),
        }
    }
}

/// The list of meetings.
#[derive(Debug, Template)]
#[template(path = "meetings/list.html")]
pub struct MeetingList {
    /// The frame.
    pub frame: Frame,
    /// Whether the past is shown; else what is to come.
    pub is_past: bool,
    /// The meetings of this page.
    pub rows: Vec<MeetingRow>,
    /// The neighbours.
    pub pager: Pager,
}

impl Page for MeetingList {
    fn samples() -> Vec<(&'static str, Self)> {
        let frame = sample::frame("Meetings", "/meetings", Nav::Meetings);
        let pager = Pager { first: None, next: Some("/meetings?after=0193".to_owned()) };
        let later = Pager { first: Some("/meetings".to_owned()), next: None };
        vec![
            ("meetings", Self { frame: frame.clone(), is_past: false, rows: MeetingRow::several(), pager }),
            (
                "meetings-past",
                Self { frame: frame.clone(), is_past: true, rows: MeetingRow::several(), pager: later },
            ),
            ("meetings-empty", Self { frame, is_past: false, rows: Vec::new(), pager: Pager::default() }),
        ]
    }
}

/// One person at a meeting.
#[derive(Clone, Debug)]
pub struct Person {
    /// `You`, a name, `Your host`, `Your guest`.
    pub name: String,
    /// `host`, `guest`.
    pub role: String,
    /// Their answer.
    pub partstat: Pill,
    /// How their invitation fares, where the reader may know.
    pub delivery: Option<Pill>,
    /// What is wrong with it, without an address: `The mailbox does not exist (550 5.1.1).`; may be empty.
    pub trouble: String,
}

/// A room or thing of a meeting.
#[derive(Clone, Debug)]
pub struct RoomRow {
    /// What it is called.
    pub name: String,
    /// How it stands.
    pub pill: Pill,
    /// Why it is there no more, or that nobody can be sure; may be empty.
    pub words: String,
}

/// One line of what happened, newest first.
#[derive(Clone, Debug)]
pub struct StoryLine {
    /// `Robin asked for a new time`.
    pub what: String,
    /// By which road, and when: `by link, today 11:20`.
    pub how: String,
    /// The instant, RFC 3339.
    pub iso: String,
    /// Words that came with it; may be empty.
    pub note: String,
}

/// One meeting.
#[derive(Debug, Template)]
#[template(path = "meetings/show.html")]
pub struct MeetingPage {
    /// The frame.
    pub frame: Frame,
    /// The meeting's own path; its actions are posted below it (`/move`, `/cancel`, `/resend`, `/book`).
    pub path: String,
    /// Its title.
    pub title: String,
    /// Its state.
    pub status: Pill,
    /// Why it is cancelled, or that it is past; may be empty.
    pub notice: String,
    /// When it is.
    pub when: When,
    /// Where; may be empty.
    pub place: String,
    /// Whether the place is an address of the web that can be opened.
    pub place_is_link: bool,
    /// What it is about; may be empty.
    pub description: String,
    /// Who is at it, the reader first.
    pub people: Vec<Person>,
    /// Its rooms and things, with those it had.
    pub rooms: Vec<RoomRow>,
    /// `Neither of you sees the other’s address.`
    pub privacy: String,
    /// New times that wait.
    pub proposals: Vec<OpenProposal>,
    /// What happened, newest first.
    pub story: Vec<StoryLine>,
    /// What the rules are: `If anybody declines, the meeting is cancelled for everybody.`
    pub policies: Vec<String>,
    /// For somebody who looks closer: UID, SEQUENCE, id.
    pub facts: Vec<(String, String)>,
    /// To move it at once; where the reader may.
    pub moving: Option<MoveForm>,
    /// To name the guest; where the meeting is open and the reader may.
    pub booking: Option<BookForm>,
    /// Whether the reader may cancel it and send the invitations again.
    pub may_manage: bool,
    /// Whether nobody was invited yet, so that there is no invitation to send again.
    pub is_open: bool,
    /// How often this revision was sent again: a button pressed twice sends once.
    pub edition: i64,
    /// For somebody who may not move it: where they ask for a new time; may be empty.
    pub ask_href: String,
}

impl MeetingPage {
    fn story() -> Vec<StoryLine> {
        let line = |what: &str, how: &str, note: &str| StoryLine {
            what: what.to_owned(),
            how: how.to_owned(),
            iso: sample::NOW.to_rfc3339(),
            note: note.to_owned(),
        };
        vec![
            line("Robin asked for a new time", "by link, today 11:20", "A train later would help."),
            line("Robin accepted", "from the calendar, 18 Nov, 09:31", ""),
            line("You accepted", "from the calendar, 18 Nov, 09:20", ""),
            line("Invitations delivered", "18 Nov, 09:14", ""),
            line("You booked it", "on this page, 18 Nov, 09:14", ""),
        ]
    }

    fn sample() -> Self {
        let person = |name: &str, role: &str, partstat: &str| Person {
            name: name.to_owned(),
            role: role.to_owned(),
            partstat: Pill::partstat(partstat),
            delivery: Some(Pill::delivery("delivered")),
            trouble: String::new(),
        };
        Self {
            frame: sample::frame("Practice session", "/meetings/mtg_0193", Nav::Meetings),
            path: "/meetings/mtg_0193".to_owned(),
            title: "Practice session".to_owned(),
            status: Pill::status("scheduled"),
            notice: String::new(),
            when: sample::old_time(),
            place: "https://video.example.org/practice-0193".to_owned(),
            place_is_link: true,
            description: "Second movement, from the beginning.\nBring the pencil marks.".to_owned(),
            people: vec![person("You", "host", "accepted"), person("Robin", "guest", "accepted")],
            rooms: Vec::new(),
            privacy: "Neither of you sees the other’s address.".to_owned(),
            proposals: vec![OpenProposal::sample()],
            story: Self::story(),
            policies: vec![
                "If either of you declines, the meeting is cancelled for both.".to_owned(),
                "A new time needs the other’s approval.".to_owned(),
            ],
            facts: vec![
                ("UID".to_owned(), "0193f2a4c7d87e30@entente.example.org".to_owned()),
                ("SEQUENCE".to_owned(), "0".to_owned()),
            ],
            moving: Some(MoveForm::sample()),
            booking: None,
            may_manage: true,
            is_open: false,
            edition: 0,
            ask_href: String::new(),
        }
    }
}

impl Page for MeetingPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let mine = Self {
            proposals: vec![OpenProposal {
                who: "You".to_owned(),
                is_mine: true,
                other_time: String::new(),
                ..OpenProposal::sample()
            }],
            ..Self::sample()
        };
        let cancelled = Self {
            status: Pill::status("cancelled"),
            notice: "Cancelled today at 12:02, after Robin declined. Everybody was told.".to_owned(),
            proposals: Vec::new(),
            moving: None,
            may_manage: false,
            ..Self::sample()
        };
        let open = Self {
            status: Pill::status("open"),
            people: Self::sample().people.into_iter().take(1).collect(),
            privacy: "Your guest will not see your address, nor you theirs in anything that is mailed."
                .to_owned(),
            proposals: Vec::new(),
            story: Self::story().into_iter().skip(4).collect(),
            booking: Some(BookForm::sample()),
            is_open: true,
            ..Self::sample()
        };
        let room = |name: &str, pill: Pill, words: &str| RoomRow {
            name: name.to_owned(),
            pill,
            words: words.to_owned(),
        };
        let in_rooms = Self {
            place: "Blue Room".to_owned(),
            place_is_link: false,
            rooms: vec![
                room("Blue Room", Pill::new("accepted", Tone::Yes), ""),
                room(
                    "Projector",
                    Pill::new("let go", Tone::No),
                    "Projector was let go: it is taken at the new time.",
                ),
            ],
            proposals: Vec::new(),
            ..Self::sample()
        };
        let mut trouble = Self { proposals: Vec::new(), moving: None, may_manage: false, ..Self::sample() };
        "/meetings/mtg_0193/ask".clone_into(&mut trouble.ask_href);
        if let Some(robin) = trouble.people.get_mut(1) {
            robin.partstat = Pill::partstat("needs-action");
            robin.delivery = Some(Pill::delivery("bounced"));
            robin.trouble =
                String::from("The mailbox does not exist (550 5.1.1). Check the address and book again.");
        }
        vec![
            ("meeting", Self::sample()),
            ("meeting-mine", mine),
            ("meeting-cancelled", cancelled),
            ("meeting-open", open),
            ("meeting-trouble", trouble),
            ("meeting-rooms", in_rooms),
        ]
    }
}
