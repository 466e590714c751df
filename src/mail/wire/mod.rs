//! The wire: sockets and MIME, and nothing of what a message is for.
//!
//! Outgoing: [`Mail`] becomes bytes ([`DkimSigner`] signs them), [`Smtp`] hands them to a server.
//! Incoming: [`Imap`] fetches bytes, [`Arrived`] is what they say, [`Verifier`] and the trusted
//! `Authentication-Results` header ([`authentication()`]) say whether to believe the sender; [`Record`] is what DNS says of
//! a domain's own mail. It takes plain settings of its own and knows no meeting, no store and no configuration.

mod authentication;
mod compose;
mod dkim;
mod encode;
mod headers;
mod imap;
mod mime;
mod parse;
mod records;
mod report;
mod smtp;
mod tls;
mod tnef;
mod verify;

pub use authentication::{Authentication, Verdict, authentication};
pub use compose::{AutoSubmitted, CalendarPart, Mail, Party};
pub use dkim::{DkimRefusal, DkimSigner};
pub use headers::{Headers, ReturnPath};
pub use imap::{
    Batch, Fetched, Folder, Imap, ImapCheck, ImapError, ImapSession, ImapSettings, KEYWORD, Woken,
};
pub use mime::every_text;
pub use mime::html;
pub use parse::{Arrived, CalendarBody, Limits, Refusal};
pub use records::Record;
pub use report::{Bounce, BounceKind, Feedback, Receipt};
pub use smtp::{SendError, Sent, Smtp, SmtpCheck, SmtpSettings};
pub use tls::{Security, Trouble};
pub use tnef::{Tnef, TnefAnswer};
pub use verify::{Verified, Verifier};
