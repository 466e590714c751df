//! What the pages around agents share: the row of tabs, and the rows of what was asked, be it to be done or to be decided.

use super::admin::TabLink;
use super::parts::Pill;
use super::sample;

/// The pages around agents, in the order of their tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// `/agents`.
    Agents,
    /// `/conversations`.
    Conversations,
    /// `/tasks`.
    Tasks,
    /// `/approvals`.
    Approvals,
    /// `/groups`.
    Groups,
    /// `/approvals/rules`.
    Rules,
    /// `/webhooks`.
    Webhooks,
    /// `/analytics`.
    Analytics,
}

/// The row of tabs.
#[derive(Clone, Copy, Debug)]
pub struct Tabs(pub Tab);

impl Tabs {
    /// The tabs, ready to print.
    pub fn links(self) -> Vec<TabLink> {
        [
            (Tab::Agents, "/agents", "Agents"),
            (Tab::Conversations, "/conversations", "Conversations"),
            (Tab::Tasks, "/tasks", "Tasks"),
            (Tab::Approvals, "/approvals", "Approvals"),
            (Tab::Groups, "/groups", "Groups"),
            (Tab::Rules, "/approvals/rules", "Rules"),
            (Tab::Webhooks, "/webhooks", "Webhooks"),
            (Tab::Analytics, "/analytics", "Figures"),
        ]
        .into_iter()
        .map(|(tab, href, words)| TabLink { href, words, is_here: tab == self.0, badge: 0 })
        .collect()
    }
}

/// A task or an approval in a list.
#[derive(Clone, Debug)]
pub struct AskedRow {
    /// Its page.
    pub href: String,
    /// What is asked, in one line.
    pub title: String,
    /// `from Robin`, `to Sam`, `asked of Front desk`.
    pub who: String,
    /// When something happened last: `today 11:20`.
    pub near: String,
    /// The same instant, RFC 3339.
    pub iso: String,
    /// How it stands.
    pub pill: Pill,
}

impl AskedRow {
    /// One that is made up.
    pub fn sample(href: &str, title: &str, who: &str, pill: Pill) -> Self {
        Self {
            href: href.to_owned(),
            title: title.to_owned(),
            who: who.to_owned(),
            near: "today 11:20".to_owned(),
            iso: sample::NOW.to_rfc3339(),
            pill,
        }
    }
}
