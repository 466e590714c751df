//! The reader's account: taking everything away, deleting it, and keeping it after all.

use askama::Template;

use super::parts::FieldErrors;
use super::parts::Frame;
use super::parts::Nav;
use super::parts::Page;
use super::sample;
use super::settings::Tab;
use super::settings::Tabs;

/// The page. Its buttons (`do`: `address` with `email`, `stay`; `delete` with `sure`, `keep`) post to `/settings/account`.
#[derive(Debug, Template)]
#[template(path = "settings/account.html")]
pub struct AccountPage {
    /// The frame.
    pub frame: Frame,
    /// The tabs.
    pub tabs: Tabs,
    /// The reader's own address.
    pub address: String,
    /// Another one that waits to be proven, and until when: `Saturday 28 November 2026, 10:00`.
    pub new_address: Option<(String, String)>,
    /// What was typed as another one.
    pub typed: String,
    /// When the account is deleted, if that was asked for: `Saturday 28 November 2026, 10:00`.
    pub due: Option<String>,
    /// Whether nobody else could run this house.
    pub is_last_administrator: bool,
    /// How many meetings ahead the reader hosts.
    pub hosted: usize,
    /// How many invitations to meetings ahead they have not declined.
    pub invited: usize,
    /// What is wrong with a form (`email`, `sure`).
    pub errors: FieldErrors,
}

impl AccountPage {
    fn sample() -> Self {
        Self {
            frame: sample::frame("Your account", "/settings/account", Nav::Settings),
            tabs: Tabs(Tab::Account),
            address: "alex@example.org".to_owned(),
            new_address: None,
            typed: String::new(),
            due: None,
            is_last_administrator: false,
            hosted: 2,
            invited: 1,
            errors: FieldErrors::none(),
        }
    }
}

/// The page of the link that shows a new address to be the reader's. Its button posts to `action`.
#[derive(Debug, Template)]
#[template(path = "settings/address.html")]
pub struct AddressPage {
    /// The frame.
    pub frame: Frame,
    /// Where the button posts.
    pub action: String,
    /// The address.
    pub address: String,
}

impl Page for AddressPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            frame: sample::frame("Your new address", "/settings/address", Nav::Settings),
            action: "/settings/address?t=sample".to_owned(),
            address: "alex@example.net".to_owned(),
        };
        vec![("address", page)]
    }
}

impl Page for AccountPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let due = Some("Friday 27 November 2026, 13:00".to_owned());
        let leaving = Self { due, hosted: 0, invited: 0, ..Self::sample() };
        let nothing = Self { hosted: 0, invited: 0, ..Self::sample() };
        let last = Self { is_last_administrator: true, ..Self::sample() };
        let unsure = Self { errors: FieldErrors::one("sure", "Tick this box first."), ..Self::sample() };
        let new = ("alex@example.net".to_owned(), "Saturday 21 November 2026, 13:00".to_owned());
        let waiting = Self { new_address: Some(new), ..Self::sample() };
        let typed = Self {
            errors: FieldErrors::one("email", "This is your address already."),
            typed: "alex@example.org".to_owned(),
            ..Self::sample()
        };
        vec![
            ("account", Self::sample()),
            ("account-new-address", waiting),
            ("account-same-address", typed),
            ("account-leaving", leaving),
            ("account-nothing-ahead", nothing),
            ("account-last-administrator", last),
            ("account-unsure", unsure),
        ]
    }
}
