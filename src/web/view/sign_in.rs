//! Signing in by a mailed link, and the first start, where the first person becomes administrator.

use askama::Template;

use super::parts::FieldErrors;
use super::parts::Frame;
use super::parts::Page;
use super::sample;

/// The sign-in page: field `email`, posted to `/sign-in`.
#[derive(Debug, Template)]
#[template(path = "sign_in/ask.html")]
pub struct SignIn {
    /// The frame.
    pub frame: Frame,
    /// As typed.
    pub email: String,
    /// Where to go afterwards (hidden field `back`); may be empty.
    pub back: String,
    /// What is wrong.
    pub errors: FieldErrors,
}

impl Page for SignIn {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = |email: &str, errors| Self {
            frame: sample::bare("Sign in", "/sign-in"),
            email: email.to_owned(),
            back: "/meetings".to_owned(),
            errors,
        };
        let wrong = FieldErrors::one(
            "email",
            "This is not a mail address that can be written to, like ana@example.org.",
        );
        vec![("sign-in", page("", FieldErrors::none())), ("sign-in-wrong", page("alex at example", wrong))]
    }
}

/// After it was posted: the same for known and unknown addresses.
#[derive(Debug, Template)]
#[template(path = "sign_in/sent.html")]
pub struct SignInSent {
    /// The frame.
    pub frame: Frame,
    /// How long the link works: `15 minutes`.
    pub lives: String,
    /// Whether mails end in the mailroom, and where: `/mailroom`; may be empty.
    pub mailroom_href: String,
}

impl Page for SignInSent {
    fn samples() -> Vec<(&'static str, Self)> {
        vec![(
            "sign-in-sent",
            Self {
                frame: sample::bare("Sign in", "/sign-in"),
                lives: "15 minutes".to_owned(),
                mailroom_href: "/mailroom".to_owned(),
            },
        )]
    }
}

/// What a sign-in link opens: one button.
#[derive(Debug, Template)]
#[template(path = "sign_in/link.html")]
pub struct SignInLink {
    /// The frame.
    pub frame: Frame,
    /// Where the form is posted: this page's own path and query.
    pub action: String,
    /// Whom it signs in.
    pub name: String,
    /// Where to go afterwards (hidden field `back`); may be empty.
    pub back: String,
}

impl Page for SignInLink {
    fn samples() -> Vec<(&'static str, Self)> {
        vec![(
            "sign-in-link",
            Self {
                frame: sample::bare("Sign in", "/sign-in/link?t=sample"),
                action: "/sign-in/link?t=sample".to_owned(),
                name: "Alex".to_owned(),
                back: String::new(),
            },
        )]
    }
}

/// The first start: fields `name`, `email`, `zone`; posted to its own path and query.
#[derive(Debug, Template)]
#[template(path = "sign_in/set_up.html")]
pub struct SetUp {
    /// The frame.
    pub frame: Frame,
    /// Where the form is posted.
    pub action: String,
    /// Field `name`, as typed.
    pub name: String,
    /// Field `email`, as typed.
    pub email: String,
    /// Field `zone`, as typed.
    pub zone: String,
    /// What is wrong.
    pub errors: FieldErrors,
}

impl Page for SetUp {
    fn samples() -> Vec<(&'static str, Self)> {
        vec![(
            "set-up",
            Self {
                frame: sample::bare("The first person", "/set-up?t=sample"),
                action: "/set-up?t=sample".to_owned(),
                name: String::new(),
                email: String::new(),
                zone: "Europe/Paris".to_owned(),
                errors: FieldErrors::none(),
            },
        )]
    }
}
