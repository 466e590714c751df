//! What came in by mail, and what became of each message: for administrators.

use askama::Template;

use super::admin::Tab;
use super::admin::Tabs;
use super::parts::Choice;
use super::parts::Frame;
use super::parts::Nav;
use super::parts::Page;
use super::parts::Pager;
use super::parts::Pill;
use super::sample;

/// One message that came in.
#[derive(Clone, Debug)]
pub struct InboundRow {
    /// Its page.
    pub href: String,
    /// When it came.
    pub when: String,
    /// What it was: `REPLY, accepted`, `plain words`, `delivery report`.
    pub what: String,
    /// What became of it.
    pub outcome: Pill,
    /// Exactly why.
    pub reason: String,
    /// Its meeting; may be empty.
    pub meeting: String,
}

/// `/admin/inbound?outcome=…`.
#[derive(Debug, Template)]
#[template(path = "admin/inbound.html")]
pub struct InboundList {
    /// The frame.
    pub frame: Frame,
    /// The tabs.
    pub tabs: Tabs,
    /// Field `outcome` of the filter.
    pub outcomes: Vec<Choice>,
    /// The messages of this page, newest first.
    pub rows: Vec<InboundRow>,
    /// The neighbours.
    pub pager: Pager,
}

impl InboundList {
    const fn tabs() -> Tabs {
        Tabs { here: Tab::Inbound, dead: 1, alerts: 0 }
    }
}

impl Page for InboundList {
    fn samples() -> Vec<(&'static str, Self)> {
        let row = |when: &str, what: &str, outcome: &str, reason: &str, meeting: &str| InboundRow {
            href: "/admin/inbound/inb_0193".to_owned(),
            when: when.to_owned(),
            what: what.to_owned(),
            outcome: Pill::outcome(outcome),
            reason: reason.to_owned(),
            meeting: meeting.to_owned(),
        };
        let page = |rows| Self {
            frame: sample::admin_frame("What came in", "/admin/inbound", Nav::Admin),
            tabs: Self::tabs(),
            outcomes: vec![
                Choice::new("", "Everything", "", true),
                Choice::new("ignored", "ignored", "", false),
                Choice::new("rejected", "rejected", "", false),
            ],
            rows,
            pager: Pager { first: None, next: Some("/admin/inbound?after=0193".to_owned()) },
        };
        let rows = vec![
            row(
                "today 11:58",
                "REPLY, accepted",
                "applied",
                "The token names the guest.",
                "Practice session",
            ),
            row("today 11:40", "COUNTER", "proposal", "The host was asked.", "Practice session"),
            row(
                "today 11:02",
                "REPLY, accepted",
                "ignored",
                "The meeting is known, but the sender is none of its participants: a forwarded invitation.",
                "Design walk",
            ),
            row("today 10:47", "out of office", "auto_reply", "An automatic message is never answered.", ""),
            row(
                "today 10:12",
                "REPLY, declined",
                "needs_confirmation",
                "No token, and the sender is not authenticated.",
                "Quarterly review",
            ),
        ];
        let mut empty = page(Vec::new());
        empty.pager = Pager::default();
        vec![("admin-inbound", page(rows)), ("admin-inbound-empty", empty)]
    }
}

/// One message that came in, with all that is known of it.
#[derive(Debug, Template)]
#[template(path = "admin/inbound_one.html")]
pub struct InboundOne {
    /// The frame.
    pub frame: Frame,
    /// The tabs.
    pub tabs: Tabs,
    /// What it was.
    pub what: String,
    /// What became of it.
    pub outcome: Pill,
    /// Exactly why.
    pub reason: String,
    /// Its meeting's page; may be empty.
    pub meeting_href: String,
    /// How it came, Message-ID, UID, SEQUENCE, DTSTAMP, authentication.
    pub facts: Vec<(String, String)>,
    /// The message as it came; `None` once its time is over.
    pub raw: Option<String>,
    /// How long it is kept: `Kept until 20 December.`
    pub kept: String,
}

impl Page for InboundOne {
    fn samples() -> Vec<(&'static str, Self)> {
        let fact = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let page = |raw, kept: &str| Self {
            frame: sample::admin_frame("A message that came in", "/admin/inbound/inb_0193", Nav::Admin),
            tabs: InboundList::tabs(),
            what: "REPLY, accepted".to_owned(),
            outcome: Pill::outcome("applied"),
            reason: "The token in the address written to names the guest.".to_owned(),
            meeting_href: "/meetings/mtg_0193".to_owned(),
            facts: vec![
                fact("Came", "today 11:58, by IMAP, INBOX"),
                fact("Message-ID", "<4711@calendar.example.net>"),
                fact("UID", "0193f2a4c7d87e30@entente.example.org"),
                fact("SEQUENCE", "0"),
                fact("Authentication", "not needed: the token is right"),
            ],
            raw,
            kept: kept.to_owned(),
        };
        let raw = "From: Robin <robin@example.net>\r\nTo: scheduling+4q7m@example.org\r\nSubject: Accepted: Practice session\r\nContent-Type: text/calendar; method=REPLY\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n<script>alert(1)</script>\r\nEND:VCALENDAR\r\n".to_owned();
        vec![
            ("admin-inbound-one", page(Some(raw), "Kept until 20 December.")),
            ("admin-inbound-old", page(None, "The message itself was kept for 30 days and is gone.")),
        ]
    }
}
