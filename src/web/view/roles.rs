//! Roles, for whoever runs the house: named groups of people, and who belongs to one.

use askama::Template;

use super::admin::{Tab, Tabs};
use super::parts::Choice;
use super::parts::FieldErrors;
use super::parts::Frame;
use super::parts::Nav;
use super::parts::Page;
use super::sample;

/// One of them in the list.
#[derive(Clone, Debug)]
pub struct RoleRow {
    /// Its page.
    pub href: String,
    /// What it is called.
    pub name: String,
    /// What it is for; may be empty.
    pub about: String,
    /// `Ana, Ben and 3 others`, `nobody yet`.
    pub people: String,
}

/// `/admin/roles`. A new one is posted to it.
#[derive(Debug, Template)]
#[template(path = "admin/roles.html")]
pub struct RoleList {
    /// The frame.
    pub frame: Frame,
    /// The tabs.
    pub tabs: Tabs,
    /// All of them by name.
    pub rows: Vec<RoleRow>,
    /// Field `name`, as typed.
    pub name: String,
    /// Field `about`, as typed.
    pub about: String,
    /// Field `once`: so that the form adds one role.
    pub once: String,
    /// What is wrong.
    pub errors: FieldErrors,
}

impl RoleList {
    fn sample() -> Self {
        let row = |name: &str, about: &str, people: &str| RoleRow {
            href: "/admin/roles/rol_01".to_owned(),
            name: name.to_owned(),
            about: about.to_owned(),
            people: people.to_owned(),
        };
        Self {
            frame: sample::admin_frame("Roles", "/admin/roles", Nav::Admin),
            tabs: Tabs::sample(Tab::Roles),
            rows: vec![
                row("Front desk", "Answers for the big rooms", "Kim, Robin and Sam"),
                row("Travel", "", "nobody yet"),
            ],
            name: String::new(),
            about: String::new(),
            once: "5f2c".to_owned(),
            errors: FieldErrors::none(),
        }
    }
}

impl Page for RoleList {
    fn samples() -> Vec<(&'static str, Self)> {
        let errors = FieldErrors::one("name", "There is a role of this name already.");
        let wrong = Self { name: "Front desk".to_owned(), errors, ..Self::sample() };
        let empty = Self { rows: Vec::new(), ..Self::sample() };
        vec![("roles", Self::sample()), ("roles-empty", empty), ("roles-wrong", wrong)]
    }
}

/// `/admin/roles/{id}`. Posted to it (`do` = `save` or `remove`).
#[derive(Debug, Template)]
#[template(path = "admin/role.html")]
pub struct RolePage {
    /// The frame.
    pub frame: Frame,
    /// The tabs.
    pub tabs: Tabs,
    /// Its own path.
    pub path: String,
    /// What it is called.
    pub title: String,
    /// Who belongs to it, in words.
    pub people: String,
    /// Field `name`.
    pub name: String,
    /// Field `about`.
    pub about: String,
    /// Field `member`, several: the users of the house by name.
    pub members: Vec<Choice>,
    /// What is wrong.
    pub errors: FieldErrors,
}

impl RolePage {
    fn sample() -> Self {
        Self {
            frame: sample::admin_frame("Front desk", "/admin/roles/rol_01", Nav::Admin),
            tabs: Tabs::sample(Tab::Roles),
            path: "/admin/roles/rol_01".to_owned(),
            title: "Front desk".to_owned(),
            people: "Kim and Robin".to_owned(),
            name: "Front desk".to_owned(),
            about: "Answers for the big rooms".to_owned(),
            members: vec![
                Choice::new("usr_01", "Kim", "kim@example.org", true),
                Choice::new("usr_02", "Robin", "robin@example.org", true),
                Choice::new("usr_03", "Sam", "sam@example.org, disabled", false),
            ],
            errors: FieldErrors::none(),
        }
    }
}

impl Page for RolePage {
    fn samples() -> Vec<(&'static str, Self)> {
        let errors = FieldErrors::one("name", "Say what it is called.");
        vec![("role", Self::sample()), ("role-wrong", Self { name: String::new(), errors, ..Self::sample() })]
    }
}
