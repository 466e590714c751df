//! Home: what needs the reader, with the decision in place, and what comes up; for a stranger, what
//! this house is.

use askama::Template;

use super::approvals::ToDecide;
use super::booking_links::AskedFor;
use super::connections::Waiting;
use super::grants::ready;
use super::groups::Ballot;
use super::meetings::MeetingRow;
use super::meetings::OpenProposal;
use super::parts::Choice;
use super::parts::Frame;
use super::parts::Nav;
use super::parts::Page;
use super::parts::When;
use super::sample;
use super::sessions::WaitingSession;
use super::tasks::{ByHand, ToDo};

/// Home of somebody who is signed in.
#[derive(Debug, Template)]
#[template(path = "home/home.html")]
pub struct Home {
    /// The frame.
    pub frame: Frame,
    /// `Friday, 20 November`.
    pub today: String,
    /// What stands below it: `One thing needs you. Your next meeting is in 40 minutes.`
    pub summary: String,
    /// Calendars of the reader's that cannot be read: the page of each, and what it is called.
    pub unreadable: Vec<(String, String)>,
    /// Proposals that wait for the reader.
    pub decisions: Vec<OpenProposal>,
    /// Times that guests ask for.
    pub bookings: Vec<AskedFor>,
    /// Sessions that wait for the reader.
    pub sessions: Vec<WaitingSession>,
    /// What waits for the reader to decide.
    pub approvals: Vec<ToDecide>,
    /// What the reader decides with others.
    pub groups: Vec<Ballot>,
    /// What the reader is asked to do.
    pub tasks: Vec<ToDo>,
    /// Invitations to connect.
    pub connections: Vec<Waiting>,
    /// Field `ready` of their answer.
    pub ready: Vec<Choice>,
    /// Invitations to meetings that the reader has not answered.
    pub unanswered: Vec<Unanswered>,
    /// Somebody whose time the line may ask for, by name; empty where the reader is connected with nobody.
    pub example: String,
    /// The next meetings, soonest first.
    pub coming_up: Vec<MeetingRow>,
    /// Whether there are more of them than are shown.
    pub has_more: bool,
}

/// An invitation that the reader has not answered, answered by a post to `action` (`do` = `accept`, `decline`).
#[derive(Clone, Debug)]
pub struct Unanswered {
    /// The meeting's page.
    pub href: String,
    /// Where the answer is posted; the page behind it takes any other.
    pub action: String,
    /// The meeting's title.
    pub title: String,
    /// `with Robin`.
    pub with: String,
    /// When it is.
    pub when: When,
}

impl Unanswered {
    pub(super) fn sample() -> Self {
        Self {
            href: "/meetings/mtg_0193".to_owned(),
            action: "/meetings/mtg_0193/ask".to_owned(),
            title: "Quarterly review".to_owned(),
            with: "with Sam".to_owned(),
            when: sample::span(0, 14, 40, 45),
        }
    }
}

/// What on Home has the one primary button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// A new time that was asked for.
    Decisions,
    /// A session.
    Sessions,
    /// Something to approve.
    Approvals,
    /// Something to decide with others.
    Groups,
    /// A guest's time.
    Bookings,
    /// Something to do.
    Tasks,
    /// An invitation to connect.
    Connections,
    /// An invitation to a meeting.
    Unanswered,
    /// The line that asks for a meeting.
    Line,
    /// The form that books one.
    Book,
}

impl Home {
    /// What comes first: what waits, in the order of the page, else what people come for.
    fn first(&self) -> First {
        let waits = [
            (self.decisions.is_empty(), First::Decisions),
            (self.sessions.is_empty(), First::Sessions),
            (self.approvals.is_empty(), First::Approvals),
            (self.groups.is_empty(), First::Groups),
            (self.bookings.is_empty(), First::Bookings),
            (self.tasks.is_empty(), First::Tasks),
            (self.connections.is_empty(), First::Connections),
            (self.unanswered.is_empty(), First::Unanswered),
            (self.example.is_empty(), First::Line),
        ];
        waits.into_iter().find(|(is_empty, _)| !is_empty).map_or(First::Book, |(_, first)| first)
    }
}

impl Page for Home {
    fn samples() -> Vec<(&'static str, Self)> {
        let frame = Frame { needs_me: 9, ..sample::admin_frame("Home", "/", Nav::Home) };
        let today = "Friday, 20 November".to_owned();
        let busy = Self {
            frame: frame.clone(),
            today: today.clone(),
            summary: "9 things need you. Your next meeting is in 40 minutes.".to_owned(),
            unreadable: vec![("/calendar/sources/src_01".to_owned(), "Work".to_owned())],
            decisions: vec![OpenProposal::sample()],
            bookings: vec![AskedFor::sample()],
            sessions: vec![WaitingSession::sample(true)],
            approvals: vec![ToDecide::sample()],
            groups: vec![Ballot::sample()],
            tasks: vec![ToDo::sample()],
            connections: vec![Waiting::sample()],
            ready: ready("nothing"),
            unanswered: vec![Unanswered::sample()],
            example: "Robin".to_owned(),
            coming_up: MeetingRow::several(),
            has_more: true,
        };
        let nothing = |summary: &str| Self {
            frame: Frame { needs_me: 0, ..frame.clone() },
            today: today.clone(),
            summary: summary.to_owned(),
            unreadable: Vec::new(),
            decisions: Vec::new(),
            bookings: Vec::new(),
            sessions: Vec::new(),
            approvals: Vec::new(),
            groups: Vec::new(),
            tasks: Vec::new(),
            connections: Vec::new(),
            ready: Vec::new(),
            unanswered: Vec::new(),
            example: String::new(),
            coming_up: Vec::new(),
            has_more: false,
        };
        let empty = nothing("Nothing needs you, and nothing is coming up.");
        let quiet = Self {
            example: "Robin".to_owned(),
            coming_up: MeetingRow::several(),
            ..nothing("Nothing needs you. Your next meeting is in 40 minutes.")
        };
        vec![("home", busy), ("home-quiet", quiet), ("home-empty", empty)]
    }
}

/// Home of somebody who is not signed in.
#[derive(Debug, Template)]
#[template(path = "home/welcome.html")]
pub struct Welcome {
    /// The frame.
    pub frame: Frame,
    /// Whether this is the demonstration, where the mailroom is open to everybody.
    pub is_demo: bool,
}

impl Page for Welcome {
    fn samples() -> Vec<(&'static str, Self)> {
        let frame = Frame { current: Nav::Home, ..sample::bare("Agree on a time", "/") };
        let demo = Frame { mailroom: true, ..frame.clone() };
        vec![
            ("welcome", Self { frame, is_demo: false }),
            ("welcome-demo", Self { frame: demo, is_demo: true }),
        ]
    }
}
