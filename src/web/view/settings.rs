//! The reader's own settings: who they are, where they are signed in, and the tokens of their programs.

use askama::Template;

use super::admin::TabLink;
use super::parts::Choice;
use super::parts::FieldErrors;
use super::parts::Flash;
use super::parts::Frame;
use super::parts::Nav;
use super::parts::Page;
use super::parts::Tone;
use super::sample;

/// The pages of settings, in the order of their tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// `/settings`.
    Profile,
    /// `/settings/hours`.
    Hours,
    /// `/settings/notices`.
    Notices,
    /// `/settings/account`.
    Account,
}

/// The row of tabs.
#[derive(Clone, Copy, Debug)]
pub struct Tabs(pub Tab);

impl Tabs {
    /// The tabs, ready to print.
    pub fn links(self) -> Vec<TabLink> {
        [
            (Tab::Profile, "/settings", "Profile"),
            (Tab::Hours, "/settings/hours", "Hours"),
            (Tab::Notices, "/settings/notices", "Notices"),
            (Tab::Account, "/settings/account", "Account"),
        ]
        .into_iter()
        .map(|(tab, href, words)| TabLink { href, words, is_here: tab == self.0, badge: 0 })
        .collect()
    }
}

/// A browser that is signed in. It is ended by a post to `/settings/sign-ins/{id}/end`.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Its id.
    pub id: String,
    /// `Firefox on Linux`.
    pub device: String,
    /// `since 18 Nov, 09:14`.
    pub since: String,
    /// `last seen today 11:52`.
    pub seen: String,
    /// Whether it is the one that reads this page.
    pub is_this: bool,
}

/// A token of a program. It is revoked by a post to `/settings/tokens/{id}/revoke`.
#[derive(Clone, Debug)]
pub struct ApiToken {
    /// Its id.
    pub id: String,
    /// What it was called.
    pub name: String,
    /// What it may do.
    pub scopes: String,
    /// When it was made.
    pub made: String,
}

/// The page. The profile (`name`, `zone`) is posted to `/settings`, a new token (`name`, `scope` repeated)
/// to `/settings/tokens`.
#[derive(Debug, Template)]
#[template(path = "settings/settings.html")]
pub struct Settings {
    /// The frame.
    pub frame: Frame,
    /// The tabs.
    pub tabs: Tabs,
    /// The reader's own address.
    pub address: String,
    /// Field `name` of the profile.
    pub name: String,
    /// Field `zone` of the profile.
    pub zone: String,
    /// What is wrong with the profile.
    pub errors: FieldErrors,
    /// Where the reader is signed in, this one first.
    pub sign_ins: Vec<SignedIn>,
    /// The tokens.
    pub tokens: Vec<ApiToken>,
    /// A token that was just made, shown this once.
    pub fresh_token: Option<String>,
    /// Field `name` of a new token, as typed.
    pub token_name: String,
    /// What a new token can be allowed (field `scope`).
    pub scopes: Vec<Choice>,
    /// What is wrong with the new token.
    pub token_errors: FieldErrors,
}

impl Settings {
    fn sample() -> Self {
        let scope = |value: &str, hint: &str| Choice::new(value, value, hint, false);
        let sign_in = |id: &str, device: &str, seen: &str, is_this| SignedIn {
            id: id.to_owned(),
            device: device.to_owned(),
            since: "since 18 Nov, 09:14".to_owned(),
            seen: seen.to_owned(),
            is_this,
        };
        Self {
            frame: sample::frame("Settings", "/settings", Nav::Settings),
            tabs: Tabs(Tab::Profile),
            address: "alex@example.org".to_owned(),
            name: "Alex".to_owned(),
            zone: "Europe/Paris".to_owned(),
            errors: FieldErrors::none(),
            sign_ins: vec![
                sign_in("ses_01", "Firefox on Linux", "now", true),
                sign_in("ses_02", "Safari on an iPhone", "yesterday 20:10", false),
            ],
            tokens: vec![ApiToken {
                id: "tok_01".to_owned(),
                name: "Booking script".to_owned(),
                scopes: "meetings:read, meetings:write".to_owned(),
                made: "12 Nov, 10:02".to_owned(),
            }],
            fresh_token: None,
            token_name: String::new(),
            scopes: vec![
                scope("meetings:read", "See your meetings and their story."),
                scope("meetings:write", "Book, move and cancel meetings that you host."),
                scope("inbound", "Hand in mail that arrived elsewhere."),
            ],
            token_errors: FieldErrors::none(),
        }
    }
}

impl Page for Settings {
    fn samples() -> Vec<(&'static str, Self)> {
        let mut made = Self::sample();
        made.fresh_token = Some("ent_4q7mzk2cy5xwt3hbd6nvr8fa1gjpse".to_owned());
        made.frame.flash = Some(Flash { tone: Tone::Yes, words: "The token is made.".to_owned() });
        let mut wrong = Self { tokens: Vec::new(), ..Self::sample() };
        wrong.errors.add("zone", "This is not a time zone. It should look like Europe/Paris.");
        wrong.token_errors.add("scope", "Choose at least one thing that it may do.");
        "Mars/Olympus".clone_into(&mut wrong.zone);
        vec![("settings", Self::sample()), ("settings-token", made), ("settings-wrong", wrong)]
    }
}
