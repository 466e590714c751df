//! For whoever runs the house: the queue, dead letters, what came in and what became of it, delivery
//! problems, users, alerts.

use askama::Template;

use super::bars::{Bar, Bars, Figure, Kind};
use super::parts::Choice;
use super::parts::FieldErrors;
use super::parts::Frame;
use super::parts::Nav;
use super::parts::Page;
use super::parts::Pager;
use super::parts::Pill;
use super::parts::Tone;
use super::sample;

/// The pages for administrators, in the order of their tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// `/admin`.
    Overview,
    /// `/admin/dead`.
    Dead,
    /// `/admin/inbound`.
    Inbound,
    /// `/admin/delivery`.
    Delivery,
    /// `/admin/users`.
    Users,
    /// `/admin/agents`.
    Agents,
    /// `/admin/roles`.
    Roles,
    /// `/admin/resources`.
    Resources,
    /// `/admin/alerts`.
    Alerts,
}

/// One tab as the templates print it.
#[derive(Clone, Debug)]
pub struct TabLink {
    /// Where it leads.
    pub href: &'static str,
    /// What it is called.
    pub words: &'static str,
    /// Whether the reader is there.
    pub is_here: bool,
    /// A number beside it; none if 0.
    pub badge: u64,
}

/// The row of tabs.
#[derive(Clone, Copy, Debug)]
pub struct Tabs {
    /// Where the reader is.
    pub here: Tab,
    /// Dead letters that wait.
    pub dead: u64,
    /// Alerts that are open.
    pub alerts: u64,
}

impl Tabs {
    /// The tabs, ready to print.
    pub fn links(&self) -> Vec<TabLink> {
        [
            (Tab::Overview, "/admin", "Overview", 0),
            (Tab::Dead, "/admin/dead", "Dead letters", self.dead),
            (Tab::Inbound, "/admin/inbound", "What came in", 0),
            (Tab::Delivery, "/admin/delivery", "Delivery", 0),
            (Tab::Users, "/admin/users", "Users", 0),
            (Tab::Agents, "/admin/agents", "Agents", 0),
            (Tab::Roles, "/admin/roles", "Roles", 0),
            (Tab::Resources, "/admin/resources", "Rooms and things", 0),
            (Tab::Alerts, "/admin/alerts", "Alerts", self.alerts),
        ]
        .into_iter()
        .map(|(tab, href, words, badge)| TabLink { href, words, is_here: tab == self.here, badge })
        .collect()
    }

    pub(super) const fn sample(here: Tab) -> Self {
        Self { here, dead: 1, alerts: 1 }
    }
}

/// One topic of the queue.
#[derive(Clone, Debug)]
pub struct Topic {
    /// `mail.letter`.
    pub name: String,
    /// How much of it waits.
    pub waiting: u64,
    /// How much of it is for later.
    pub planned: u64,
    /// How much is in hand.
    pub in_hand: u64,
    /// How much of what waits has failed before, and is tried again.
    pub retrying: u64,
    /// How long the oldest has waited: `4 s`, or `—`.
    pub oldest: String,
    /// How much of it lies among the dead letters.
    pub dead: u64,
}

/// `/admin`. A held queue is released by a post to `/admin/release`.
#[derive(Debug, Template)]
#[template(path = "admin/overview.html")]
pub struct Overview {
    /// The frame.
    pub frame: Frame,
    /// The tabs.
    pub tabs: Tabs,
    /// Why outgoing mail is held, and since when; empty if it is not.
    pub held: String,
    /// The few numbers that matter.
    pub figures: Vec<Figure>,
    /// The queue by topic.
    pub topics: Vec<Topic>,
    /// Who has not read all of the journal yet, and how much is still to be read.
    pub readers: Vec<(String, u64)>,
    /// Mail of the last days.
    pub mail: Bars,
    /// How the database is.
    pub database: Vec<(String, String)>,
    /// How mail goes.
    pub post: Vec<(String, String)>,
    /// How the house is set up: transport, sub-addresses, IMAP, version.
    pub facts: Vec<(String, Pill)>,
    /// How fresh all of this is: `read just now`.
    pub fresh: String,
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn sample_topic(name: &str, waiting: u64, planned: u64, oldest: &str) -> Topic {
    Topic {
        name: name.to_owned(),
        waiting,
        planned,
        in_hand: waiting / 2,
        retrying: waiting / 3,
        oldest: oldest.to_owned(),
        dead: waiting / 3,
    }
}

impl Page for Overview {
    fn samples() -> Vec<(&'static str, Self)> {
        let figure = |name: &str, value: &str, note: &str| Figure {
            name: name.to_owned(),
            value: value.to_owned(),
            note: note.to_owned(),
        };
        let bars = || {
            (7..21u64)
                .map(|day| Bar {
                    label: format!("{day} Nov"),
                    good: (day * 7) % 23 + 4,
                    bad: u64::from(day % 5 == 0),
                    more: String::new(),
                })
                .collect()
        };
        let page = |held: &str| Self {
            frame: sample::admin_frame("Admin", "/admin", Nav::Admin),
            tabs: Tabs::sample(Tab::Overview),
            held: held.to_owned(),
            figures: vec![
                figure("Mails waiting", "3", "the oldest is 4 s late"),
                figure("Jobs waiting", "0", ""),
                figure("Mails today", "26", "1 came back"),
                figure("Answers today", "19", "2 ignored"),
                figure("Meetings to come", "114", ""),
            ],
            topics: vec![sample_topic("mail.letter", 3, 0, "4 s"), sample_topic("jobs.periodic", 0, 5, "—")],
            readers: if held.is_empty() { Vec::new() } else { vec![("analytics".to_owned(), 8_120)] },
            mail: Bars {
                title: "Mails of the last 14 days".to_owned(),
                words: ("delivered".to_owned(), "came back".to_owned()),
                more: String::new(),
                kind: Kind::Stacked,
                bars: bars(),
                none: "Nothing yet. Mails that go out are drawn here, day by day.".to_owned(),
            },
            database: pairs(&[
                ("The file", "12.4 MiB"),
                ("The log beside it", "3.9 MiB"),
                ("Last copied", "today 04:00, by “entente backup”"),
                ("The journal", "held up to entry 8120, today 04:01"),
            ]),
            post: pairs(&[
                ("Last sent", "today 11:18"),
                ("Waiting", "3, the oldest for 4 s"),
                ("Failing", "2 could not be sent so far, since today 11:02"),
                ("Last came in", "today 11:19"),
                ("The mailbox", "cannot be read since today 11:19: the server hung up"),
            ]),
            facts: vec![
                ("Outgoing mail".to_owned(), Pill::new("smtp.example.org", Tone::Yes)),
                ("Incoming mail".to_owned(), Pill::new("IMAP, idle", Tone::Yes)),
                ("Sub-addresses".to_owned(), Pill::new("on, proven 12 Nov", Tone::Yes)),
            ],
            fresh: "Read just now.".to_owned(),
        };
        vec![
            ("admin", page("")),
            (
                "admin-held",
                page(
                    "This house was restored from a backup today at 09:12. 214 mails are held, so that old ones do not go out again.",
                ),
            ),
        ]
    }
}

/// One dead letter. It is retried or dropped by a post to `/admin/dead/{id}` (`do` = `retry` or `drop`).
#[derive(Clone, Debug)]
pub struct DeadRow {
    /// Its id.
    pub id: String,
    /// Its topic.
    pub topic: String,
    /// What it was: `Invitation, Practice session, to the guest`.
    pub what: String,
    /// Its meeting's page; may be empty.
    pub href: String,
    /// How often it was tried.
    pub tries: u64,
    /// The last thing that went wrong.
    pub error: String,
    /// When it was given up.
    pub when: String,
}

/// `/admin/dead`.
#[derive(Debug, Template)]
#[template(path = "admin/dead.html")]
pub struct Dead {
    /// The frame.
    pub frame: Frame,
    /// The tabs.
    pub tabs: Tabs,
    /// The dead letters of this page.
    pub rows: Vec<DeadRow>,
    /// The neighbours.
    pub pager: Pager,
}

impl Page for Dead {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = |rows| Self {
            frame: sample::admin_frame("Dead letters", "/admin/dead", Nav::Admin),
            tabs: Tabs::sample(Tab::Dead),
            rows,
            pager: Pager::default(),
        };
        let row = DeadRow {
            id: "job_0193".to_owned(),
            topic: "mail.letter".to_owned(),
            what: "Invitation to Practice session, for the guest".to_owned(),
            href: "/meetings/mtg_0193".to_owned(),
            tries: 11,
            error: "550 5.1.1 the mailbox does not exist".to_owned(),
            when: "today 09:31".to_owned(),
        };
        vec![("admin-dead", page(vec![row])), ("admin-dead-empty", page(Vec::new()))]
    }
}

/// An invitation that does not arrive.
#[derive(Clone, Debug)]
pub struct DeliveryRow {
    /// The meeting.
    pub title: String,
    /// Its page.
    pub href: String,
    /// For whom: `the guest, Robin`.
    pub whom: String,
    /// How it fares.
    pub state: Pill,
    /// What the other side said.
    pub detail: String,
    /// Since when.
    pub since: String,
}

/// `/admin/delivery`.
#[derive(Debug, Template)]
#[template(path = "admin/delivery.html")]
pub struct Delivery {
    /// The frame.
    pub frame: Frame,
    /// The tabs.
    pub tabs: Tabs,
    /// The invitations that do not arrive.
    pub rows: Vec<DeliveryRow>,
    /// The neighbours.
    pub pager: Pager,
}

impl Page for Delivery {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = |rows| Self {
            frame: sample::admin_frame("Delivery", "/admin/delivery", Nav::Admin),
            tabs: Tabs::sample(Tab::Delivery),
            rows,
            pager: Pager::default(),
        };
        let row = DeliveryRow {
            title: "Practice session".to_owned(),
            href: "/meetings/mtg_0193".to_owned(),
            whom: "the guest, Robin".to_owned(),
            state: Pill::delivery("bounced"),
            detail: "550 5.1.1 the mailbox does not exist".to_owned(),
            since: "today 09:31".to_owned(),
        };
        vec![("admin-delivery", page(vec![row])), ("admin-delivery-empty", page(Vec::new()))]
    }
}

/// One user. Ended by a post to `/admin/users/{id}` (`do` = `disable`, `enable` or `link`).
#[derive(Clone, Debug)]
pub struct UserRow {
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Their address.
    pub address: String,
    /// Their zone.
    pub zone: String,
    /// `member` or `administrator`.
    pub role: Pill,
    /// When they were last seen, or `never`.
    pub seen: String,
    /// Whether they may no longer sign in.
    pub is_disabled: bool,
    /// Whether it is the reader.
    pub is_you: bool,
}

/// `/admin/users`. A new one (`name`, `email`, `zone`, `role`) is posted to it.
#[derive(Debug, Template)]
#[template(path = "admin/users.html")]
pub struct Users {
    /// The frame.
    pub frame: Frame,
    /// The tabs.
    pub tabs: Tabs,
    /// The users of this page.
    pub rows: Vec<UserRow>,
    /// The neighbours.
    pub pager: Pager,
    /// Field `name`, as typed.
    pub name: String,
    /// Field `email`, as typed.
    pub email: String,
    /// Field `zone`, as typed.
    pub zone: String,
    /// Field `role`: `member` or `admin`.
    pub roles: Vec<Choice>,
    /// What is wrong.
    pub errors: FieldErrors,
    /// A sign-in link that was just made for somebody, shown this once.
    pub fresh_link: Option<String>,
}

impl Page for Users {
    fn samples() -> Vec<(&'static str, Self)> {
        let row = |id: &str, name: &str, role: &str, tone, is_disabled, is_you| UserRow {
            id: id.to_owned(),
            name: name.to_owned(),
            address: format!("{}@example.org", name.to_lowercase()),
            zone: "Europe/Paris".to_owned(),
            role: Pill::new(role, tone),
            seen: if is_you { "now" } else { "never" }.to_owned(),
            is_disabled,
            is_you,
        };
        let page = |fresh_link, errors| Self {
            frame: sample::admin_frame("Users", "/admin/users", Nav::Admin),
            tabs: Tabs::sample(Tab::Users),
            rows: vec![
                row("usr_01", "Alex", "administrator", Tone::Yes, false, true),
                row("usr_02", "Sam", "member", Tone::Plain, false, false),
                row("usr_03", "Kim", "disabled", Tone::No, true, false),
            ],
            pager: Pager::default(),
            name: String::new(),
            email: String::new(),
            zone: "Europe/Paris".to_owned(),
            roles: vec![
                Choice::new("member", "Member", "", true),
                Choice::new("admin", "Administrator", "", false),
            ],
            errors,
            fresh_link,
        };
        let link = Some("http://localhost:8080/sign-in/link?t=4q7mzk2cy5xwt3hbd6nv".to_owned());
        vec![
            ("admin-users", page(None, FieldErrors::none())),
            ("admin-users-link", page(link, FieldErrors::none())),
            (
                "admin-users-wrong",
                page(None, FieldErrors::one("email", "Somebody with this address is here already.")),
            ),
        ]
    }
}

/// One alert.
#[derive(Clone, Debug)]
pub struct AlertRow {
    /// What is wrong, in a sentence.
    pub what: String,
    /// What to do.
    pub cure: String,
    /// Since when, and until when.
    pub when: String,
    /// Whether it is open or over.
    pub state: Pill,
}

/// `/admin/alerts`.
#[derive(Debug, Template)]
#[template(path = "admin/alerts.html")]
pub struct Alerts {
    /// The frame.
    pub frame: Frame,
    /// The tabs.
    pub tabs: Tabs,
    /// The alerts: those that go on, then those that ended, newest first.
    pub rows: Vec<AlertRow>,
    /// The neighbours.
    pub pager: Pager,
}

impl Page for Alerts {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = |rows| Self {
            frame: sample::admin_frame("Alerts", "/admin/alerts", Nav::Admin),
            tabs: Tabs::sample(Tab::Alerts),
            rows,
            pager: Pager::default(),
        };
        let row = |what: &str, cure: &str, state| AlertRow {
            what: what.to_owned(),
            cure: cure.to_owned(),
            when: "since today 09:31".to_owned(),
            state,
        };
        let rows = vec![
            row(
                "7 of the last 40 mails came back.",
                "Look at Delivery: one domain refuses all of them.",
                Pill::new("open", Tone::No),
            ),
            row(
                "12 links in ten minutes were none of ours.",
                "Nothing to do, unless it goes on.",
                Pill::new("over", Tone::Plain),
            ),
        ];
        vec![("admin-alerts", page(rows)), ("admin-alerts-empty", page(Vec::new()))]
    }
}
