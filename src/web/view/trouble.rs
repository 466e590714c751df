//! What a reader sees when something cannot be done: what happened, what was kept, what to do.

use askama::Template;

use super::parts::Frame;
use super::parts::Page;
use super::sample;

/// Any error, as a page.
#[derive(Debug, Template)]
#[template(path = "trouble/trouble.html")]
pub struct Trouble {
    /// The frame; its title is the heading.
    pub frame: Frame,
    /// The HTTP status.
    pub code: u16,
    /// What happened.
    pub happened: String,
    /// What was kept, or that nothing was changed.
    pub kept: String,
    /// What to do now.
    pub todo: String,
    /// By what an administrator finds it in the log; may be empty.
    pub reference: String,
    /// Where to sign in and come back from; empty where that would change nothing.
    pub sign_in_href: String,
}

impl Trouble {
    fn new(
        mut frame: Frame,
        code: u16,
        heading: &str,
        happened: impl Into<String>,
        kept: &str,
        todo: &str,
    ) -> Self {
        heading.clone_into(&mut frame.title);
        Self {
            frame,
            code,
            happened: happened.into(),
            kept: kept.to_owned(),
            todo: todo.to_owned(),
            reference: String::new(),
            sign_in_href: String::new(),
        }
    }

    /// 404: it is not there, or not the reader's to see.
    pub fn not_found(frame: Frame) -> Self {
        Self::new(
            frame,
            404,
            "Nothing is here",
            "There is no such page, or it is not yours to see. The two are not told apart.",
            "Nothing was changed.",
            "Check the address. If it came from a mail, open it once more from there.",
        )
    }

    /// 401: somebody has to sign in first. The frame's path is where they wanted to go.
    pub fn sign_in_first(frame: Frame) -> Self {
        let sign_in_href = format!("/sign-in?back={}", escaped(&frame.path));
        let page = Self::new(
            frame,
            401,
            "Sign in first",
            "This page belongs to somebody, and nobody is signed in here.",
            "Nothing was changed.",
            "Sign in by a mailed link, and you come back here.",
        );
        Self { sign_in_href, ..page }
    }

    /// 403: known, and not allowed.
    pub fn denied(frame: Frame, happened: impl Into<String>) -> Self {
        Self::new(
            frame,
            403,
            "This is not yours to do",
            happened,
            "Nothing was changed.",
            "If you think it should be, ask whoever runs this house.",
        )
    }

    /// 403: the form's token is too old, or not of this session.
    pub fn form_expired(frame: Frame) -> Self {
        Self::new(
            frame,
            403,
            "This form is too old",
            "It was opened in another session, or long ago, so it was not taken.",
            "Nothing was changed. Your browser still has what you typed when you go back.",
            "Go back, reload the page, and send it again.",
        )
    }

    /// 405: the path is right, the method is not.
    pub fn method(frame: Frame) -> Self {
        Self::new(
            frame,
            405,
            "This cannot be done here",
            "The address is right, but it does not take this kind of request.",
            "Nothing was changed.",
            "Open the page itself and use the button on it.",
        )
    }

    /// 400 or 422: what was sent cannot be read; `happened` says what it should be.
    pub fn invalid(frame: Frame, happened: impl Into<String>) -> Self {
        Self::new(
            frame,
            400,
            "That could not be read",
            happened,
            "Nothing was changed. Your browser still has what you typed when you go back.",
            "Go back, correct it, and send it again.",
        )
    }

    /// 409: a rule of the house refuses it; `happened` says which.
    pub fn refused(frame: Frame, happened: impl Into<String>) -> Self {
        Self::new(
            frame,
            409,
            "This is not possible now",
            happened,
            "Nothing was changed.",
            "Reload the page you came from: it shows how things are now.",
        )
    }

    /// 413: too much at once.
    pub fn too_large(frame: Frame) -> Self {
        Self::new(
            frame,
            413,
            "That is too much at once",
            "What you sent is larger than this house takes.",
            "Nothing of it was kept.",
            "Send less, or in parts.",
        )
    }

    /// 429: too often.
    pub fn throttled(frame: Frame, retry_after_s: u64) -> Self {
        let wait = match retry_after_s {
            0..=1 => "a second".to_owned(),
            2..=90 => format!("{retry_after_s} seconds"),
            _ => format!("{} minutes", retry_after_s.div_ceil(60)),
        };
        Self::new(
            frame,
            429,
            "One moment, please",
            format!("That was asked too often in a short time. It can be asked again in {wait}."),
            "What was done before stays done.",
            "Wait a little, then try once more.",
        )
    }

    /// 500: a fault of ours, by the reference under which it is logged.
    pub fn internal(frame: Frame, reference: String) -> Self {
        let mut page = Self::new(
            frame,
            500,
            "Something went wrong here",
            "The fault is ours, not yours. It is written down.",
            "Nothing was half done: either all of it happened, or none.",
            "Try once more. If it happens again, give the reference below to whoever runs this house.",
        );
        page.reference = reference;
        page
    }

    /// 507: the disk is full.
    pub fn storage_full(frame: Frame) -> Self {
        Self::new(
            frame,
            507,
            "There is no room left here",
            "The disk of this house is full, so what you asked for could not be written down.",
            "Nothing was changed. Your browser still has what you typed when you go back.",
            "Tell whoever runs this house: they have to make room. Then go back and send it again.",
        )
    }
}

/// A path and query as a value in a query (RFC 3986, 3.4).
fn escaped(path: &str) -> String {
    path.replace('%', "%25").replace('&', "%26").replace('+', "%2B").replace('#', "%23")
}

impl Page for Trouble {
    fn samples() -> Vec<(&'static str, Self)> {
        let frame = || sample::bare("", "/somewhere");
        vec![
            ("trouble-400", Self::invalid(frame(), "The day should look like 2026-11-25.")),
            ("trouble-401", Self::sign_in_first(frame())),
            ("trouble-403", Self::denied(frame(), "Only the host of a meeting may move it at once.")),
            ("trouble-403-form", Self::form_expired(frame())),
            ("trouble-404", Self::not_found(frame())),
            ("trouble-405", Self::method(frame())),
            ("trouble-409", Self::refused(frame(), "The meeting is cancelled.")),
            ("trouble-413", Self::too_large(frame())),
            ("trouble-429", Self::throttled(frame(), 240)),
            ("trouble-507", Self::storage_full(frame())),
            ("trouble-500", Self::internal(frame(), "7f3a 91c0".to_owned())),
        ]
    }
}
