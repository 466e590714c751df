//! The reader's account: taking everything away, deleting it, and keeping it after all.

use askama::Template;

use super::parts::FieldErrors;
use super::parts::Frame;
use super::parts::Nav;
use super::parts::Page;
use super::sample;
use super::settings::Tab;
use super::settings::Tabs;

/// The page. Both buttons (`do`: `delete` with `sure`, `keep`) post to `/settings/account`.
#[derive(Debug, Template)]
#[template(path = "settings/account.html")]
pub struct AccountPage {
    /// The frame.
    pub frame: Frame,
    /// The tabs.
    pub tabs: Tabs,
    /// The reader's own address.
    pub address: String,
    /// When the account is deleted, if that was asked for: `Saturday 28 November 2026, 10:00`.
    pub due: Option<String>,
    /// Whether nobody else could run this house.
    pub is_last_administrator: bool,
    /// How many meetings ahead the reader hosts.
    pub hosted: usize,
    /// How many invitations to meetings ahead they have not declined.
    pub invited: usize,
    /// What is wrong with the form (`sure`).
    pub errors: FieldErrors,
}

impl AccountPage {
    fn sample() -> Self {
        Self {
            frame: sample::frame("Your account", "/settings/account", Nav::Settings),
            tabs: Tabs(Tab::Account),
            address: "alex@example.org".to_owned(),
            due: None,
            is_last_administrator: false,
            hosted: 2,
            invited: 1,
            errors: FieldErrors::none(),
        }
    }
}

impl Page for AccountPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let due = Some("Friday 27 November 2026, 13:00".to_owned());
        let leaving = Self { due, hosted: 0, invited: 0, ..Self::sample() };
        let nothing = Self { hosted: 0, invited: 0, ..Self::sample() };
        let last = Self { is_last_administrator: true, ..Self::sample() };
        let unsure = Self { errors: FieldErrors::one("sure", "Tick this box first."), ..Self::sample() };
        vec![
            ("account", Self::sample()),
            ("account-leaving", leaving),
            ("account-nothing-ahead", nothing),
            ("account-last-administrator", last),
            ("account-unsure", unsure),
        ]
    }
}
