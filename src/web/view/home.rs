//! Home: what needs the reader, with the decision in place, and what comes up; for a stranger, what
//! this house is.

use askama::Template;

use super::booking_links::AskedFor;
use super::meetings::MeetingRow;
use super::meetings::OpenProposal;
use super::parts::Frame;
use super::parts::Nav;
use super::parts::Page;
use super::sample;
use super::sessions::WaitingSession;

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
    /// The next meetings, soonest first.
    pub coming_up: Vec<MeetingRow>,
    /// Whether there are more of them than are shown.
    pub has_more: bool,
}

impl Page for Home {
    fn samples() -> Vec<(&'static str, Self)> {
        let frame = Frame { needs_me: 2, ..sample::admin_frame("Home", "/", Nav::Home) };
        let today = "Friday, 20 November".to_owned();
        let busy = Self {
            frame: frame.clone(),
            today: today.clone(),
            summary: "2 things need you. Your next meeting is in 40 minutes.".to_owned(),
            unreadable: vec![("/calendar/sources/src_01".to_owned(), "Work".to_owned())],
            decisions: vec![OpenProposal::sample()],
            bookings: vec![AskedFor::sample()],
            sessions: vec![WaitingSession::sample(true)],
            coming_up: MeetingRow::several(),
            has_more: true,
        };
        let empty = Self {
            frame: Frame { needs_me: 0, ..frame },
            today,
            summary: "Nothing needs you, and nothing is coming up.".to_owned(),
            unreadable: Vec::new(),
            decisions: Vec::new(),
            bookings: Vec::new(),
            sessions: Vec::new(),
            coming_up: Vec::new(),
            has_more: false,
        };
        vec![("home", busy), ("home-empty", empty)]
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
