//! What an agent did, in figures and one by one; and everybody's agents, for administrators.

use askama::Template;

use super::admin::Tab;
use super::admin::Tabs;
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

/// The form that says how content the reader is with an agent, posted to the page of what is over (`do` = `rate`).
#[derive(Clone, Debug)]
pub struct RatingForm {
    /// Field `agent`.
    pub agent: String,
    /// What it is called.
    pub name: String,
    /// Field `score`: a number, and what it means.
    pub scores: Vec<Choice>,
    /// What the reader said before; empty: nothing yet.
    pub said: String,
}

impl RatingForm {
    /// One of which nothing was said yet.
    pub(super) fn unsaid(name: &str) -> Self {
        let mut form = Self { said: String::new(), ..Self::sample(name) };
        form.scores.iter_mut().for_each(|choice| choice.chosen = false);
        form
    }

    pub(super) fn sample(name: &str) -> Self {
        let score = |value: &str, words: &str| Choice::new(value, words, "", value == "4");
        Self {
            agent: "agt_01".to_owned(),
            name: name.to_owned(),
            said: "Well".to_owned(),
            scores: vec![
                score("1", "Not at all"),
                score("2", "A little"),
                score("3", "So so"),
                score("4", "Well"),
                score("5", "Very well"),
            ],
        }
    }
}

/// What it had with another agent.
#[derive(Clone, Debug)]
pub struct PairRow {
    /// What the other one is called.
    pub name: String,
    /// Messages that came.
    pub received: i64,
    /// Messages that went out.
    pub sent: i64,
    /// `96 %`, or `—`.
    pub success: String,
    /// `5 s`, or `—`.
    pub median: String,
}

/// What its program says of it.
#[derive(Clone, Debug)]
pub struct ReportedRow {
    /// What.
    pub name: String,
    /// How often.
    pub many: i64,
    /// In all.
    pub total: i64,
    /// The least.
    pub least: i64,
    /// The most.
    pub most: i64,
}

/// `/agents/{id}/figures`.
#[derive(Debug, Template)]
#[template(path = "agents/figures.html")]
pub struct FiguresPage {
    /// The frame.
    pub frame: Frame,
    /// Its own path.
    pub path: String,
    /// The agent's page.
    pub back: String,
    /// The page of what happened.
    pub activity: String,
    /// What the agent is called.
    pub name: String,
    /// Which days these are.
    pub lead: String,
    /// That figures are still being computed; empty if they are not.
    pub behind: String,
    /// The few numbers that matter.
    pub figures: Vec<Figure>,
    /// Fields `from` and `to`.
    pub from: String,
    /// The last day.
    pub to: String,
    /// What is wrong with the days that were asked for.
    pub errors: FieldErrors,
    /// What stands in place of drawings in which there would be nothing: a heading, and a line.
    pub nothing: Option<(String, String)>,
    /// The drawings.
    pub charts: Vec<Bars>,
    /// With whom.
    pub pairs: Vec<PairRow>,
    /// What went wrong: what, how often, when last.
    pub errors_by_kind: Vec<(String, i64, String)>,
    /// What it says of itself.
    pub reported: Vec<ReportedRow>,
}

impl FiguresPage {
    fn sample() -> Self {
        let figure = |name: &str, value: &str, note: &str| Figure {
            name: name.to_owned(),
            value: value.to_owned(),
            note: note.to_owned(),
        };
        Self {
            frame: sample::frame("What Maya did", "/agents/agt_01/figures", Nav::Agents),
            path: "/agents/agt_01/figures".to_owned(),
            back: "/agents/agt_01".to_owned(),
            activity: "/agents/agt_01/activity".to_owned(),
            name: "Maya".to_owned(),
            lead: "From 7 November to 20 November 2026.".to_owned(),
            behind: String::new(),
            figures: vec![
                figure("Messages", "212 came", "180 went out"),
                figure("Went well", "96 %", "of what ended"),
                figure("Answers", "within 5 s", "95 of 100 within 60 s"),
                figure("Content", "4.5 of 5", "by 12 ratings"),
            ],
            from: "2026-11-07".to_owned(),
            to: "2026-11-20".to_owned(),
            errors: FieldErrors::none(),
            nothing: Some((
                "Besides".to_owned(),
                "Nothing yet: what it began, what it answered in group decisions.".to_owned(),
            )),
            charts: sample_charts(),
            pairs: vec![PairRow {
                name: "Robin’s assistant".to_owned(),
                received: 40,
                sent: 38,
                success: "100 %".to_owned(),
                median: "5 s".to_owned(),
            }],
            errors_by_kind: vec![(
                "A message was not taken in time".to_owned(),
                3,
                "18 Nov, 09:14".to_owned(),
            )],
            reported: vec![ReportedRow {
                name: "tokens".to_owned(),
                many: 80,
                total: 96_400,
                least: 12,
                most: 4_096,
            }],
        }
    }
}

/// Drawings of every kind.
fn sample_charts() -> Vec<Bars> {
    let chart = |title: &str, words: (&str, &str), kind: Kind, step: u64| Bars {
        title: title.to_owned(),
        words: (words.0.to_owned(), words.1.to_owned()),
        more: String::new(),
        kind,
        bars: (1..=14_u64)
            .map(|day| Bar {
                label: format!("{} Nov", day + 6),
                good: day * step % 23,
                bad: match kind {
                    _ if words.1.is_empty() => 0,
                    Kind::Stacked => day % 5 / 3,
                    Kind::Beside | Kind::Each(_) => day * step % 23 + day % 4,
                },
                more: String::new(),
            })
            .collect(),
        none: String::new(),
    };
    let shares = Bars {
        more: "went well, of a hundred".to_owned(),
        ..chart("What ended", ("went well", "went wrong"), Kind::Stacked, 5)
    };
    vec![
        chart("Messages that came", ("came", ""), Kind::Stacked, 7),
        shares,
        chart(
            "Within how many seconds its answers came",
            ("seconds for half of them", "seconds for 95 of 100"),
            Kind::Each(0),
            3,
        ),
    ]
}

impl Page for FiguresPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let empty = Self {
            behind: "Figures are being computed: 1,200 entries of the journal are still to be read."
                .to_owned(),
            nothing: Some((
                "Day by day".to_owned(),
                "Nothing yet. What Maya is sent, begins and answers is drawn here, day by day.".to_owned(),
            )),
            charts: Vec::new(),
            figures: Vec::new(),
            pairs: Vec::new(),
            errors_by_kind: Vec::new(),
            reported: Vec::new(),
            errors: FieldErrors::one("from", "Ask for 366 days at most."),
            ..Self::sample()
        };
        vec![("agent-figures", Self::sample()), ("agent-figures-empty", empty)]
    }
}

/// Something that happened.
#[derive(Clone, Debug)]
pub struct ActivityRow {
    /// When: `18 Nov, 09:14`.
    pub near: String,
    /// The same for machines.
    pub iso: String,
    /// What, in plain words.
    pub what: String,
    /// Who did it.
    pub by: String,
    /// What it was about, as an id; may be empty.
    pub about: String,
}

/// `/agents/{id}/activity`.
#[derive(Debug, Template)]
#[template(path = "agents/activity.html")]
pub struct ActivityPage {
    /// The frame.
    pub frame: Frame,
    /// The agent's page.
    pub back: String,
    /// The page of its figures.
    pub figures: String,
    /// What the agent is called.
    pub name: String,
    /// Newest first.
    pub rows: Vec<ActivityRow>,
    /// The neighbours of this page.
    pub pager: Pager,
}

impl Page for ActivityPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let row = |near: &str, what: &str, by: &str, about: &str| ActivityRow {
            near: near.to_owned(),
            iso: sample::NOW.to_rfc3339(),
            what: what.to_owned(),
            by: by.to_owned(),
            about: about.to_owned(),
        };
        let all = Self {
            frame: sample::frame("What happened with Maya", "/agents/agt_01/activity", Nav::Agents),
            back: "/agents/agt_01".to_owned(),
            figures: "/agents/agt_01/figures".to_owned(),
            name: "Maya".to_owned(),
            rows: vec![
                row("today 12:41", "It dealt with a message", "itself", "dlv_01"),
                row("today 12:40", "A request came", "another agent", "dlv_01"),
            ],
            pager: Pager { first: None, next: Some("/agents/agt_01/activity?before=7".to_owned()) },
        };
        let none = Self {
            rows: Vec::new(),
            pager: Pager::default(),
            frame: sample::frame("What happened with Maya", "/agents/agt_01/activity", Nav::Agents),
            back: all.back.clone(),
            figures: all.figures.clone(),
            name: all.name.clone(),
        };
        vec![("agent-activity", all), ("agent-activity-empty", none)]
    }
}

/// A program in the list of all.
#[derive(Clone, Debug)]
pub struct EverybodysRow {
    /// Its page; empty where programs are switched off. It is let in and retired by a post there (`do` = `let-in` or `retire`,
    /// `list` = `all`).
    pub href: String,
    /// What it is called.
    pub name: String,
    /// Its handle.
    pub handle: String,
    /// Whose it is.
    pub owner: String,
    /// `personal`, `service`, `room`.
    pub kind: String,
    /// How it stands.
    pub pills: Vec<Pill>,
    /// When it last gave a sign of life.
    pub seen: String,
    /// Whether it is shut out.
    pub is_shut_out: bool,
    /// What follows from retiring it (`do` = `retire`), in a line; `None`: it is retired.
    pub retiring: Option<String>,
}

/// `/admin/agents`.
#[derive(Debug, Template)]
#[template(path = "admin/agents.html")]
pub struct EverybodysAgents {
    /// The frame.
    pub frame: Frame,
    /// The tabs.
    pub tabs: Tabs,
    /// Whether programs are switched off in this house.
    pub is_off: bool,
    /// In the order they were registered.
    pub rows: Vec<EverybodysRow>,
    /// The neighbours of this page.
    pub pager: Pager,
}

impl Page for EverybodysAgents {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = |rows: Vec<EverybodysRow>| Self {
            frame: sample::admin_frame("Everybody’s agents", "/admin/agents", Nav::Admin),
            tabs: Tabs::sample(Tab::Agents),
            is_off: false,
            rows,
            pager: Pager::default(),
        };
        let row = |name: &str, pill: Pill, is_shut_out: bool| {
            EverybodysRow {
            href: "/agents/agt_01".to_owned(),
            name: name.to_owned(),
            handle: "maya-k3x9q".to_owned(),
            owner: "Robin".to_owned(),
            kind: "personal".to_owned(),
            pills: vec![pill],
            seen: "today 12:40".to_owned(),
            is_shut_out,
            retiring: Some(
                "Its keys stop working at once, and Robin’s built-in agent acts in its place. This cannot be taken back."
                    .to_owned(),
            ),
        }
        };
        let all = vec![
            row("Maya", Pill::new("online", Tone::Yes), false),
            row("Max", Pill::new("shut out until today 14:00", Tone::No), true),
        ];
        vec![("admin-agents", page(all)), ("admin-agents-empty", page(Vec::new()))]
    }
}
