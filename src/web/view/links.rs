//! Links that no longer work, what comes after, and the reply that has to be confirmed. Never a dead end:
//! whoever holds a link can have a fresh one sent to the address it was bound to, which is not shown.

use askama::Template;

use super::parts::Frame;
use super::parts::Page;
use super::parts::When;
use super::sample;

/// Why a link does not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkTrouble {
    /// It acted once already.
    Used,
    /// Its time is over.
    Expired,
    /// It is none of ours, or cut short.
    Unknown,
}

/// The page of a link that does not work. One form with one button (`do` = `fresh`), posted to the
/// same path; none for a sign-in link, which leads to the sign-in page instead.
#[derive(Debug, Template)]
#[template(path = "links/trouble.html")]
pub struct LinkPage {
    /// The frame.
    pub frame: Frame,
    /// Why it does not work.
    pub trouble: LinkTrouble,
    /// Where the form is posted: this page's own path and query.
    pub action: String,
    /// `Request new time` on the link of an invitation, `Send me a fresh link` elsewhere.
    pub button: String,
    /// Whether it was a sign-in link.
    pub is_sign_in: bool,
}

impl Page for LinkPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = |trouble, title: &str, button: &str, is_sign_in| Self {
            frame: sample::bare(title, "/reschedule?r=sample"),
            trouble,
            action: "/reschedule?r=sample".to_owned(),
            button: button.to_owned(),
            is_sign_in,
        };
        vec![
            ("link-used", page(LinkTrouble::Used, "Link used", "Send me a fresh link", false)),
            ("link-expired", page(LinkTrouble::Expired, "Link expired", "Request new time", false)),
            ("link-unknown", page(LinkTrouble::Unknown, "Link not known", "Send me a fresh link", false)),
            ("link-sign-in", page(LinkTrouble::Expired, "Link expired", "", true)),
        ]
    }
}

/// After a fresh link was asked for: the same words, whether the link was ours or not.
#[derive(Debug, Template)]
#[template(path = "links/fresh.html")]
pub struct FreshSent {
    /// The frame.
    pub frame: Frame,
}

impl Page for FreshSent {
    fn samples() -> Vec<(&'static str, Self)> {
        vec![("link-fresh-sent", Self { frame: sample::bare("A fresh link", "/reschedule?r=sample") })]
    }
}

/// A reply that came without proof: it says something, and the participant confirms it by one button
/// (`do` = `confirm`).
#[derive(Debug, Template)]
#[template(path = "links/confirm.html")]
pub struct ConfirmReply {
    /// The frame.
    pub frame: Frame,
    /// Where the form is posted: this page's own path and query.
    pub action: String,
    /// The meeting's title.
    pub title: String,
    /// What the reply says, after "you": `declined`, `asked for a new time`.
    pub said: String,
    /// The time it is about.
    pub when: When,
    /// What will happen when it is confirmed.
    pub consequence: String,
}

impl Page for ConfirmReply {
    fn samples() -> Vec<(&'static str, Self)> {
        vec![(
            "confirm-reply",
            Self {
                frame: sample::bare("Is that so?", "/confirm?t=sample"),
                action: "/confirm?t=sample".to_owned(),
                title: "Practice session".to_owned(),
                said: "declined".to_owned(),
                when: sample::old_time(),
                consequence: "The meeting is then cancelled for both of you.".to_owned(),
            },
        )]
    }
}
