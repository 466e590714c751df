//! The reader's calendar: a week of what is taken, the sources it comes from and how they are, and their forms.

use askama::Template;

use super::parts::FieldErrors;
use super::parts::Frame;
use super::parts::Nav;
use super::parts::Page;
use super::parts::Pill;
use super::parts::Tone;
use super::sample;

/// Part of a day, drawn: minutes of the wall clock from midnight.
#[derive(Clone, Copy, Debug)]
pub struct Bar {
    /// Where it begins.
    pub x: i64,
    /// How long it is.
    pub width: i64,
    /// `hours`, `busy`, `perhaps` or `held`.
    pub class: &'static str,
}

/// The same in words.
#[derive(Clone, Debug)]
pub struct TakenSpan {
    /// `09:30 – 10:15`, `all day`.
    pub words: String,
    /// `perhaps` or `held`; empty where it is certain.
    pub how: &'static str,
}

/// A day of the week that is shown.
#[derive(Clone, Debug)]
pub struct Day {
    /// `Monday`.
    pub name: String,
    /// `23 Nov`.
    pub date: String,
    /// Whether it is today.
    pub is_today: bool,
    /// Whether it is over, in the week that is not: it is folded away.
    pub is_folded: bool,
    /// What is drawn, in this order.
    pub bars: Vec<Bar>,
    /// Now, if it is today, in minutes from midnight.
    pub now: Option<i64>,
    /// What is taken.
    pub taken: Vec<TakenSpan>,
}

/// An hour above the days.
#[derive(Clone, Debug)]
pub struct Hour {
    /// `09`.
    pub words: String,
}

/// A source in the list.
#[derive(Clone, Debug)]
pub struct SourceRow {
    /// Its page; empty where there is none: no meeting was ever written to the house's own.
    pub href: String,
    /// What its holder calls it.
    pub name: String,
    /// `cloud.example.org`; empty for the house's own.
    pub server: String,
    /// How it is, in a word.
    pub pill: Pill,
    /// How fresh it is, and what is in it: `Read 3 minutes ago · 214 events`.
    pub words: String,
    /// What is wrong; may be empty.
    pub wrong: String,
    /// Whether meetings are written there.
    pub is_written: bool,
    /// Whether they could be.
    pub may_write: bool,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "calendar/week.html")]
pub struct Week {
    /// The frame.
    pub frame: Frame,
    /// `23 – 29 November 2026`.
    pub words: String,
    /// The week before, by its address.
    pub before: String,
    /// The week after.
    pub after: String,
    /// The present one, unless this is it.
    pub present: String,
    /// From which minute of the day on it is drawn.
    pub from: i64,
    /// How many minutes of it.
    pub length: i64,
    /// The hours above.
    pub hours: Vec<Hour>,
    /// The days, Monday first.
    pub days: Vec<Day>,
    /// Whether some of them are folded away.
    pub is_folded: bool,
    /// What is to be said of sources that were not read lately; may be empty.
    pub stale: String,
    /// What is to be said where nothing is known; may be empty.
    pub beyond: String,
    /// Where it comes from.
    pub sources: Vec<SourceRow>,
    /// Whether there is any but the house's own.
    pub has_own: bool,
    /// Where meetings go; empty where there is no choice.
    pub written: String,
}

/// The form of a new source (`do` = `ics`, `caldav`).
#[derive(Debug, Template)]
#[template(path = "calendar/new.html")]
pub struct NewSource {
    /// The frame.
    pub frame: Frame,
    /// Where it is posted.
    pub action: String,
    /// What it is for.
    pub lead: String,
    /// The page before, and what its link says.
    pub back: (String, String),
    /// Field `url` of the feed, as typed.
    pub feed: String,
    /// Field `name` of the feed, as typed.
    pub name: String,
    /// What is wrong with the feed.
    pub feed_errors: FieldErrors,
    /// Field `url` of the account, as typed.
    pub server: String,
    /// Field `username`, as typed.
    pub username: String,
    /// What is wrong with the account.
    pub server_errors: FieldErrors,
}

/// What was wrong with an event.
#[derive(Clone, Debug)]
pub struct FaultRow {
    /// The event's UID and the line it begins on.
    pub place: String,
    /// What is wrong, and what it counts as.
    pub words: String,
}

/// A source. Posted to itself (`do` = `save`, `write`, `read`, `renew`, `remove`).
#[derive(Debug, Template)]
#[template(path = "calendar/source.html")]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice or a fact of its own")]
pub struct SourcePage {
    /// The frame.
    pub frame: Frame,
    /// Where its forms are posted to.
    pub path: String,
    /// The page before, and what its link says.
    pub back: (String, String),
    /// Whose time its events take: `my time`.
    pub takes: String,
    /// What its holder calls it.
    pub called: String,
    /// Whether it is the house's own, of which nothing is to be chosen.
    pub is_house: bool,
    /// How it is, in a word.
    pub pill: Pill,
    /// Where it lies: `A feed at cloud.example.org`; of the house's own, what it is.
    pub lies: String,
    /// How fresh it is, as name and value.
    pub facts: Vec<(&'static str, String)>,
    /// What is wrong with it; may be empty.
    pub wrong: String,
    /// What that means and what to do; may be empty.
    pub advice: String,
    /// What was wrong with its events.
    pub faults: Vec<FaultRow>,
    /// How many more there were.
    pub more_faults: i64,
    /// Field `name`, as typed.
    pub name: String,
    /// Field `counts`.
    pub counts: bool,
    /// Field `writes`; `None` of one that can only be read.
    pub writes: Option<bool>,
    /// That a meeting could not be written there; may be empty.
    pub not_written: String,
    /// Whether it is read, so that it can be read now.
    pub is_read: bool,
    /// Field `username` of CalDAV; `None` for a feed, which has an address instead.
    pub username: Option<String>,
    /// Whether the house waits for a new password or address.
    pub is_refused: bool,
    /// What is wrong with what was typed.
    pub errors: FieldErrors,
}

fn bar(from: i64, until: i64, class: &'static str) -> Bar {
    Bar { x: from * 60, width: (until - from) * 60, class }
}

fn taken(words: &str, how: &'static str) -> TakenSpan {
    TakenSpan { words: words.to_owned(), how }
}

impl Week {
    fn sample() -> Self {
        let day = |name: &str, date: &str, bars: Vec<Bar>, taken: Vec<TakenSpan>| Day {
            name: name.to_owned(),
            date: date.to_owned(),
            is_today: false,
            is_folded: false,
            bars: std::iter::once(bar(9, 17, "hours")).chain(bars).collect(),
            now: None,
            taken,
        };
        let off =
            |name: &str, date: &str| Day { bars: Vec::new(), ..day(name, date, Vec::new(), Vec::new()) };
        let over = |day: Day| Day { is_folded: true, ..day };
        let busy = || vec![taken("09:00 – 11:00", ""), taken("15:00 – 16:00", "perhaps")];
        let bars = || vec![bar(9, 11, "busy"), bar(15, 16, "perhaps")];
        Self {
            frame: sample::frame("Calendar", "/calendar", Nav::Calendar),
            words: "16 – 22 November 2026".to_owned(),
            before: "/calendar?week=2026-11-09".to_owned(),
            after: "/calendar?week=2026-11-23".to_owned(),
            present: String::new(),
            from: 7 * 60,
            length: 13 * 60,
            hours: (7..20).map(|hour| Hour { words: format!("{hour:02}") }).collect(),
            days: vec![
                over(day("Monday", "16 Nov", bars(), busy())),
                over(day("Tuesday", "17 Nov", vec![bar(13, 17, "busy")], vec![taken("13:00 – 17:00", "")])),
                over(day("Wednesday", "18 Nov", Vec::new(), Vec::new())),
                over(day("Thursday", "19 Nov", vec![bar(0, 24, "busy")], vec![taken("all day", "")])),
                Day {
                    is_today: true,
                    now: Some(13 * 60),
                    ..day(
                        "Friday",
                        "20 Nov",
                        vec![bar(9, 10, "busy"), bar(14, 15, "held")],
                        vec![taken("09:00 – 10:00", ""), taken("14:00 – 15:00", "held")],
                    )
                },
                off("Saturday", "21 Nov"),
                off("Sunday", "22 Nov"),
            ],
            is_folded: true,
            stale: String::new(),
            beyond: String::new(),
            sources: vec![SourceRow::house(), SourceRow::read()],
            has_own: true,
            written: "Your meetings are written into “Work”; you get no invitations by mail.".to_owned(),
        }
    }
}

impl SourceRow {
    fn house() -> Self {
        Self {
            href: "/calendar/sources/src_00".to_owned(),
            name: "Meetings of this house".to_owned(),
            server: String::new(),
            pill: Pill::new("always up to date", Tone::Yes),
            words: "What you are booked for takes your time from that moment on. Checked against your meetings today 09:15 · 12 meetings"
                .to_owned(),
            wrong: String::new(),
            is_written: false,
            may_write: false,
        }
    }

    fn read() -> Self {
        Self {
            href: "/calendar/sources/src_01".to_owned(),
            name: "Work".to_owned(),
            server: "cloud.example.org".to_owned(),
            pill: Pill::new("up to date", Tone::Yes),
            words: "Read 3 minutes ago · 214 events, 12 of them take no time · 2 with a fault".to_owned(),
            wrong: String::new(),
            is_written: true,
            may_write: false,
        }
    }

    fn refused() -> Self {
        Self {
            name: "Home".to_owned(),
            pill: Pill::new("cannot be read", Tone::No),
            words: "Read yesterday 09:14 · 31 events".to_owned(),
            wrong: "The server does not accept the user name and password.".to_owned(),
            is_written: false,
            may_write: true,
            ..Self::read()
        }
    }
}

impl Page for Week {
    fn samples() -> Vec<(&'static str, Self)> {
        let wrong = Self {
            stale: "One calendar could not be read lately. What was last known of it still counts, but nothing is booked by itself on it."
                .to_owned(),
            sources: vec![SourceRow::house(), SourceRow::read(), SourceRow::refused()],
            present: "/calendar".to_owned(),
            ..Self::sample()
        };
        let empty = Self {
            days: Self::sample()
                .days
                .into_iter()
                .map(|day| Day { taken: Vec::new(), bars: Vec::new(), ..day })
                .collect(),
            sources: vec![SourceRow::house()],
            has_own: false,
            written: String::new(),
            beyond: "Nothing is known from 25 December 2027 on, so nothing is offered there.".to_owned(),
            ..Self::sample()
        };
        vec![("calendar", Self::sample()), ("calendar-wrong", wrong), ("calendar-empty", empty)]
    }
}

impl NewSource {
    fn sample() -> Self {
        Self {
            frame: sample::frame("Add a calendar", "/calendar/sources/new", Nav::Calendar),
            action: "/calendar/sources".to_owned(),
            lead: "Where you keep it already. It is read every few minutes for when you are busy, and for nothing else; if you wish, your meetings are written into it."
                .to_owned(),
            back: ("/calendar".to_owned(), "Back to your calendar".to_owned()),
            feed: String::new(),
            name: String::new(),
            feed_errors: FieldErrors::none(),
            server: String::new(),
            username: String::new(),
            server_errors: FieldErrors::none(),
        }
    }
}

impl Page for NewSource {
    fn samples() -> Vec<(&'static str, Self)> {
        let wrong = Self {
            server: "https://cloud.example.org".to_owned(),
            username: "alex".to_owned(),
            server_errors: FieldErrors::one(
                "password",
                "The server does not accept the user name and password.",
            ),
            ..Self::sample()
        };
        vec![("source-new", Self::sample()), ("source-new-wrong", wrong)]
    }
}

impl SourcePage {
    fn sample() -> Self {
        Self {
            frame: sample::frame("Work", "/calendar/sources/src_01", Nav::Calendar),
            path: "/calendar/sources/src_01".to_owned(),
            back: ("/calendar".to_owned(), "Back to your calendar".to_owned()),
            takes: "my time".to_owned(),
            called: "Work".to_owned(),
            is_house: false,
            pill: Pill::new("up to date", Tone::Yes),
            lies: "A calendar at cloud.example.org".to_owned(),
            facts: vec![
                ("Last read", "3 minutes ago".to_owned()),
                ("Read again", "in 12 minutes".to_owned()),
                ("Events", "214; 12 of them take no time".to_owned()),
                ("Known until", "25 December 2027".to_owned()),
            ],
            wrong: String::new(),
            advice: String::new(),
            faults: vec![
                FaultRow {
                    place: "3f1c@cloud.example.org, line 812".to_owned(),
                    words: "A zone “Customized Time Zone” is not known; it is read in your own.".to_owned(),
                },
                FaultRow {
                    place: "board-meeting, line 90".to_owned(),
                    words: "“FREQ=FORTNIGHTLY” is no rule; only its first time is counted.".to_owned(),
                },
            ],
            more_faults: 0,
            name: "Work".to_owned(),
            counts: true,
            writes: Some(true),
            not_written: String::new(),
            is_read: true,
            username: Some("alex".to_owned()),
            is_refused: false,
            errors: FieldErrors::none(),
        }
    }
}

impl Page for SourcePage {
    fn samples() -> Vec<(&'static str, Self)> {
        let refused = Self {
            pill: Pill::new("cannot be read", Tone::No),
            wrong: "The server does not accept the user name and password.".to_owned(),
            advice: "It is not tried again until you give a new password. Until then what was last known of it still counts, and nothing is booked by itself."
                .to_owned(),
            facts: vec![("Last read", "yesterday 09:14".to_owned()), ("Last tried", "2 hours ago".to_owned())],
            faults: Vec::new(),
            is_refused: true,
            not_written: "A meeting could not be written here (2 hours ago): The server does not let this user in. You got it by mail instead."
                .to_owned(),
            errors: FieldErrors::one("password", "Give the new password."),
            ..Self::sample()
        };
        let feed = Self {
            lies: "A feed at calendar.example.org".to_owned(),
            faults: Vec::new(),
            username: None,
            counts: false,
            writes: None,
            is_read: false,
            pill: Pill::new("does not count", Tone::Plain),
            facts: Vec::new(),
            ..Self::sample()
        };
        let house = Self {
            called: "Meetings of this house".to_owned(),
            is_house: true,
            pill: Pill::new("always up to date", Tone::Yes),
            lies: "What you are booked for takes your time from that moment on.".to_owned(),
            facts: vec![
                ("Last checked", "today 09:15".to_owned()),
                ("Checked again", "in 20 hours".to_owned()),
                ("Meetings", "12 meetings, 1 of them takes no time".to_owned()),
            ],
            faults: Vec::new(),
            username: None,
            writes: None,
            ..Self::sample()
        };
        vec![
            ("source", Self::sample()),
            ("source-refused", refused),
            ("source-feed", feed),
            ("source-house", house),
        ]
    }
}
