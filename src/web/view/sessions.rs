//! Sessions: the list, one of them with its transcript and the actions in place, and the shapes that Home and notices show
//! of them too.

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
use super::watch::RatingForm;

/// One session in a list.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// Its page.
    pub href: String,
    /// What it is for: the meeting's title.
    pub title: String,
    /// `with Robin`, `with Kim and 2 others`.
    pub with: String,
    /// What was asked for: `45 minutes, 23 Nov to 27 Nov`.
    pub wanted: String,
    /// When it began: `today 11:20`.
    pub began: String,
    /// The same instant, RFC 3339.
    pub iso: String,
    /// Its state for the reader.
    pub pill: Pill,
}

/// The list of sessions.
#[derive(Debug, Template)]
#[template(path = "sessions/list.html")]
pub struct SessionList {
    /// The frame.
    pub frame: Frame,
    /// The sessions of this page, newest first.
    pub rows: Vec<SessionRow>,
    /// The neighbours.
    pub pager: Pager,
}

impl Page for SessionList {
    fn samples() -> Vec<(&'static str, Self)> {
        let row = |title: &str, with: &str, pill: Pill| SessionRow {
            href: "/sessions/ses_0193".to_owned(),
            title: title.to_owned(),
            with: with.to_owned(),
            wanted: "45 minutes, 23 Nov to 27 Nov".to_owned(),
            began: "today 11:20".to_owned(),
            iso: sample::NOW.to_rfc3339(),
            pill,
        };
        let frame = sample::frame("Sessions", "/sessions", Nav::Sessions);
        let rows = vec![
            row("Practice session", "with Robin", Pill::new("you decide", Tone::Wait)),
            row("Design walk", "with Kim and 2 others", Pill::new("agents at work", Tone::Plain)),
            row("Quarterly review", "with Sam", Pill::new("booked", Tone::Yes)),
            row("Rehearsal", "with Kim", Pill::new("no meeting", Tone::No)),
        ];
        let pager = Pager { first: None, next: Some("/sessions?before=ses_0193".to_owned()) };
        vec![
            ("sessions", Self { frame: frame.clone(), rows, pager }),
            ("sessions-empty", Self { frame, rows: Vec::new(), pager: Pager::default() }),
        ]
    }
}

/// A time on the table.
#[derive(Clone, Debug)]
pub struct OpenTime {
    /// What the form sends (`proposal`).
    pub id: String,
    /// When.
    pub when: When,
    /// How people stand to it: `Ana agrees. Your agent would take it.`; may be empty.
    pub said: String,
    /// Whether the reader agreed to it.
    pub is_agreed: bool,
}

impl OpenTime {
    fn samples() -> Vec<Self> {
        vec![
            Self {
                id: "prp_01".to_owned(),
                when: sample::new_time(),
                said: "Your agent named it: when you would rather meet. Robin agrees.".to_owned(),
                is_agreed: false,
            },
            Self {
                id: "prp_02".to_owned(),
                when: sample::span(6, 13, 0, 45),
                said: String::new(),
                is_agreed: false,
            },
        ]
    }
}

/// A session in which the reader must decide, with the decision in place.
#[derive(Clone, Debug)]
pub struct WaitingSession {
    /// Its page; decisions are posted to it (`do`: `agree`, `refuse`, `none`).
    pub path: String,
    /// What it is for.
    pub title: String,
    /// `with Robin`.
    pub with: String,
    /// The times to decide about.
    pub times: Vec<OpenTime>,
    /// Until when: `You can decide until Sun 22 Nov, 11:20.`
    pub closes: String,
}

impl WaitingSession {
    pub(super) fn sample(several: bool) -> Self {
        Self {
            path: "/sessions/ses_0193".to_owned(),
            title: "Practice session".to_owned(),
            with: "with Robin".to_owned(),
            times: OpenTime::samples().into_iter().take(if several { 2 } else { 1 }).collect(),
            closes: "You can decide until Sun 22 Nov, 11:20.".to_owned(),
        }
    }
}

/// Somebody who takes part.
#[derive(Clone, Debug)]
pub struct PartyRow {
    /// `You`, or a name.
    pub name: String,
    /// `asked first`, `needed`, `need not come`.
    pub role: String,
    /// How they stand.
    pub pill: Pill,
}

/// A time of the transcript.
#[derive(Clone, Debug)]
pub struct NamedTime {
    /// When.
    pub when: When,
    /// Why it was named: `when Ana would rather meet`; may be empty.
    pub why: String,
}

/// One entry of the transcript.
#[derive(Clone, Debug)]
pub struct SaidLine {
    /// `Your agent proposed these times`.
    pub what: String,
    /// The times it names.
    pub times: Vec<NamedTime>,
    /// Words that came with it; may be empty.
    pub note: String,
    /// When, in the reader's zone: `today 12:20`.
    pub near: String,
    /// The same in UTC: `11:20 UTC`; empty where that is the reader's zone.
    pub utc: String,
    /// The instant, RFC 3339.
    pub iso: String,
}

/// A day and an hour, as typed.
#[derive(Clone, Debug, Default)]
pub struct TypedTime {
    /// `2026-11-25`; may be empty.
    pub date: String,
    /// `10:30`; may be empty.
    pub from: String,
}

/// The form that names other times.
#[derive(Clone, Debug)]
pub struct ProposeForm {
    /// What stands in its rows.
    pub times: Vec<TypedTime>,
    /// How long a time is: `45 minutes each, in Paris time, UTC+1.`
    pub hint: String,
    /// The zone the times are read in.
    pub zone: String,
    /// What is wrong (`times`).
    pub errors: FieldErrors,
}

/// What was not done, and what could be had instead.
#[derive(Clone, Debug)]
pub struct Refused {
    /// Why, in a sentence.
    pub words: String,
    /// Times to name instead.
    pub alternatives: Vec<Instead>,
}

/// A time to name instead of one that cannot be had.
#[derive(Clone, Debug)]
pub struct Instead {
    /// What the form sends (`start`).
    pub start: String,
    /// When.
    pub when: When,
    /// Why it is offered: `when Ana would rather meet`; may be empty.
    pub why: String,
}

/// One session.
#[derive(Clone, Debug, Template)]
#[template(path = "sessions/show.html")]
#[expect(clippy::struct_excessive_bools, reason = "each says whether one part of the page is there")]
pub struct SessionPage {
    /// The frame.
    pub frame: Frame,
    /// Its own path, where its actions are posted.
    pub path: String,
    /// What it is for.
    pub title: String,
    /// Its state for the reader.
    pub pill: Pill,
    /// The same in a sentence or two, with what is asked of the reader.
    pub lead: String,
    /// What is wanted: `45 minutes, between 23 Nov and 27 Nov, from 10:00, by video.`
    pub wanted: String,
    /// What would be better: `You would rather meet on Tuesday.`; may be empty.
    pub better: String,
    /// What was just refused.
    pub refused: Option<Refused>,
    /// The time that is being booked, or was.
    pub chosen: Option<When>,
    /// The meeting it came to; may be empty.
    pub meeting_href: String,
    /// Who takes part, whoever asks first.
    pub parties: Vec<PartyRow>,
    /// The times on the table.
    pub times: Vec<OpenTime>,
    /// Whether the reader must decide.
    pub must_decide: bool,
    /// Whether the reader may decide about the times.
    pub may_decide: bool,
    /// Where the reader sees what of their own stood in the way; may be empty.
    pub why_href: String,
    /// The group decision that it books; may be empty.
    pub group_href: String,
    /// The conversation in which it began: its page and its title; none, where the reader's agents are in none.
    pub began_in: Option<(String, String)>,
    /// Whether the reader's agent agrees already: they need do nothing.
    pub agent_agrees: bool,
    /// Where the reader allows that a meeting is booked which they confirm, if they have not; else empty.
    pub not_granted: String,
    /// Until when; may be empty.
    pub closes: String,
    /// To name other times; where the reader may.
    pub propose: Option<ProposeForm>,
    /// How content the reader is with what agents did, once it is over.
    pub ratings: Vec<RatingForm>,
    /// Whether it goes on: something can be said, and it can be ended.
    pub is_alive: bool,
    /// Whether the reader need not come, and can only leave.
    pub is_optional: bool,
    /// Whether more was said before that.
    pub has_earlier: bool,
    /// The end of the transcript, newest first.
    pub said: Vec<SaidLine>,
    /// Rises when anything changes: an open page looks whether it has.
    pub version: i64,
    /// Whether it goes on by itself right now.
    pub is_busy: bool,
}

impl SessionPage {
    fn said() -> Vec<SaidLine> {
        let plain = |when: When| NamedTime { when, why: String::new() };
        let better = |when: When| NamedTime { when, why: "when you would rather meet".to_owned() };
        let line = |what: &str, times: Vec<NamedTime>, note: &str, near: &str, utc: &str| SaidLine {
            what: what.to_owned(),
            times,
            note: note.to_owned(),
            near: near.to_owned(),
            utc: utc.to_owned(),
            iso: sample::NOW.to_rfc3339(),
        };
        vec![
            line("Robin agreed to a time", vec![better(sample::new_time())], "", "today 12:41", "11:41 UTC"),
            line("Robin said something", Vec::new(), "Any of these is fine.", "today 12:40", "11:40 UTC"),
            line(
                "Your agent proposed times",
                vec![better(sample::new_time()), plain(sample::span(6, 13, 0, 45))],
                "",
                "today 12:20",
                "11:20 UTC",
            ),
        ]
    }

    fn sample() -> Self {
        let party = |name: &str, role: &str, pill: Pill| PartyRow {
            name: name.to_owned(),
            role: role.to_owned(),
            pill,
        };
        Self {
            frame: sample::frame("Practice session", "/sessions/ses_0193", Nav::Sessions),
            path: "/sessions/ses_0193".to_owned(),
            title: "Practice session".to_owned(),
            pill: Pill::new("you decide", Tone::Wait),
            lead: "Your agent found a time. It is booked when you agree to it.".to_owned(),
            wanted: "45 minutes, between 23 Nov and 27 Nov, from 10:00, by video.".to_owned(),
            better: "You would rather meet on Thursday, 09:00 to 12:00; other times are named where none of \
                     these can be had."
                .to_owned(),
            refused: None,
            chosen: None,
            meeting_href: String::new(),
            parties: vec![
                party("You", "asked first", Pill::new("must decide", Tone::Wait)),
                party("Robin", "needed", Pill::new("agrees", Tone::Yes)),
            ],
            times: OpenTime::samples(),
            must_decide: true,
            may_decide: true,
            why_href: String::new(),
            group_href: String::new(),
            began_in: Some(("/conversations/ses_01".to_owned(), "Before the concert".to_owned())),
            agent_agrees: false,
            not_granted: String::new(),
            closes: "You can decide until Sun 22 Nov, 11:20.".to_owned(),
            propose: Some(ProposeForm {
                times: vec![TypedTime::default(); 3],
                hint: "45 minutes each, in Paris time, UTC+1.".to_owned(),
                zone: "Europe/Paris".to_owned(),
                errors: FieldErrors::none(),
            }),
            ratings: Vec::new(),
            is_alive: true,
            is_optional: false,
            has_earlier: false,
            said: Self::said(),
            version: 4,
            is_busy: false,
        }
    }
}

impl Page for SessionPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let refused = Self {
            refused: Some(Refused {
                words: "This time cannot be had, or not any more.".to_owned(),
                alternatives: vec![
                    Instead {
                        start: "2026-11-26T13:00:00Z".to_owned(),
                        when: sample::span(6, 13, 0, 45),
                        why: "the day or the hour that you would rather have".to_owned(),
                    },
                    Instead {
                        start: "2026-11-26T14:00:00Z".to_owned(),
                        when: sample::span(6, 14, 0, 45),
                        why: String::new(),
                    },
                ],
            }),
            ..Self::sample()
        };
        let booking = Self {
            pill: Pill::new("is being booked", Tone::Wait),
            lead: "Everybody agreed. The calendars are read once more, then it is booked.".to_owned(),
            chosen: Some(sample::new_time()),
            times: Vec::new(),
            must_decide: false,
            may_decide: false,
            propose: None,
            is_busy: true,
            ..Self::sample()
        };
        let booked = Self {
            pill: Pill::new("booked", Tone::Yes),
            lead: "It is booked. Everybody gets an invitation of their own.".to_owned(),
            meeting_href: "/meetings/mtg_0193".to_owned(),
            ratings: vec![RatingForm::sample("your built-in agent")],
            is_alive: false,
            closes: String::new(),
            is_busy: false,
            ..booking.clone()
        };
        let over = Self {
            pill: Pill::new("no meeting", Tone::No),
            lead: "No time suits everybody within what was asked for.".to_owned(),
            chosen: None,
            meeting_href: String::new(),
            ..booked.clone()
        };
        vec![
            ("session", Self::sample()),
            ("session-refused", refused),
            ("session-booking", booking),
            ("session-booked", booked),
            ("session-over", over),
        ]
    }
}

/// What the link of a mailed decision opens while there is something to decide. One form, one button.
#[derive(Debug, Template)]
#[template(path = "sessions/decide.html")]
pub struct SessionDecide {
    /// The frame.
    pub frame: Frame,
    /// Where the form is posted: this page's own path and query.
    pub action: String,
    /// Whether it agrees; else it refuses.
    pub is_agreeing: bool,
    /// What it is for.
    pub title: String,
    /// `with Robin`.
    pub with: String,
    /// The time, if the link names one.
    pub when: Option<When>,
    /// What will happen, one sentence each.
    pub consequences: Vec<String>,
    /// Whether the page may post its own form once a person has it in view (`links.confirm = "auto"`).
    pub is_auto: bool,
    /// Why the last try was refused; may be empty.
    pub refused: String,
}

impl Page for SessionDecide {
    fn samples() -> Vec<(&'static str, Self)> {
        let agree = || Self {
            frame: sample::bare("Agree to a time", "/decide?t=sample"),
            action: "/decide?t=sample".to_owned(),
            is_agreeing: true,
            title: "Practice session".to_owned(),
            with: "with Robin".to_owned(),
            when: Some(sample::new_time()),
            consequences: vec!["It is booked as soon as everybody else has agreed as well.".to_owned()],
            is_auto: false,
            refused: String::new(),
        };
        let refuse = Self {
            frame: sample::bare("Refuse a time", "/decide?t=sample"),
            is_agreeing: false,
            consequences: vec!["The agents look for another time.".to_owned()],
            ..agree()
        };
        let none = Self {
            when: None,
            consequences: vec!["It ends without a meeting, and everybody is told.".to_owned()],
            is_agreeing: false,
            ..agree()
        };
        let taken = Self { refused: "This time cannot be had, or not any more.".to_owned(), ..agree() };
        vec![
            ("session-agree", agree()),
            ("session-refuse", refuse),
            ("session-refuse-all", none),
            ("session-agree-taken", taken),
        ]
    }
}
