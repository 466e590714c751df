//! What all of the reader's agents did lately, at a glance.

use askama::Template;

use super::hub::{Tab, Tabs};
use super::parts::Frame;
use super::parts::Nav;
use super::parts::Page;
use super::parts::Pager;
use super::parts::Pill;
use super::parts::Tone;
use super::sample;

/// What one agent did.
#[derive(Clone, Debug)]
pub struct GlanceRow {
    /// The page of its figures.
    pub href: String,
    /// What it is called.
    pub name: String,
    /// Whether it is retired.
    pub is_retired: bool,
    /// Messages that came.
    pub received: i64,
    /// Messages that went out.
    pub sent: i64,
    /// What it began.
    pub began: i64,
    /// What came to its end.
    pub completed: i64,
    /// `96 %`, or `—`.
    pub success: String,
    /// `5 s`, or `—`.
    pub median: String,
    /// `4.5 of 5`, or `—`.
    pub content: String,
}

impl GlanceRow {
    /// That it is retired.
    pub fn pill(&self) -> Option<Pill> {
        self.is_retired.then(|| Pill::new("retired", Tone::Plain))
    }
}

/// `/analytics`.
#[derive(Debug, Template)]
#[template(path = "analytics/list.html")]
pub struct AnalyticsPage {
    /// The frame.
    pub frame: Frame,
    /// The tabs.
    pub tabs: Tabs,
    /// Which days these are.
    pub lead: String,
    /// That figures are still being computed; empty if they are not.
    pub behind: String,
    /// Whether agents are switched off in this house.
    pub is_off: bool,
    /// Whether none of them did anything.
    pub is_quiet: bool,
    /// The agents, in the order in which they were made.
    pub rows: Vec<GlanceRow>,
    /// The neighbours of this page.
    pub pager: Pager,
}

impl Page for AnalyticsPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let row = |name: &str, (received, sent): (i64, i64), is_retired: bool| GlanceRow {
            href: "/agents/agt_01/figures".to_owned(),
            name: name.to_owned(),
            is_retired,
            received,
            sent,
            began: 7,
            completed: 5,
            success: "96 %".to_owned(),
            median: "5 s".to_owned(),
            content: "4.5 of 5".to_owned(),
        };
        let page = |rows: Vec<GlanceRow>| Self {
            frame: sample::frame("Figures", "/analytics", Nav::Agents),
            tabs: Tabs(Tab::Analytics),
            lead: "From 22 October to 20 November 2026.".to_owned(),
            behind: String::new(),
            is_off: false,
            is_quiet: rows.is_empty(),
            rows,
            pager: Pager::default(),
        };
        let quiet = GlanceRow {
            began: 0,
            completed: 0,
            success: "—".to_owned(),
            median: "—".to_owned(),
            content: "—".to_owned(),
            ..row("Your built-in agent", (0, 0), false)
        };
        let many = Self {
            behind: "Figures are being computed: 1,200 entries of the journal are still to be read."
                .to_owned(),
            pager: Pager { first: None, next: Some("/analytics?after=agt_01".to_owned()) },
            ..page(vec![
                row("Your built-in agent", (12, 9), false),
                row("Maya, who looks after the practice rooms", (212, 180), false),
                row("Max", (0, 4), true),
            ])
        };
        let off = Self { is_off: true, lead: String::new(), ..page(Vec::new()) };
        vec![
            ("analytics", many),
            ("analytics-quiet", Self { is_quiet: true, ..page(vec![quiet]) }),
            ("analytics-off", off),
        ]
    }
}
