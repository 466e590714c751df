//! The wire: sockets and MIME, and nothing of what a message is for.
//!
//! Outgoing: [`Mail`] becomes bytes ([`DkimSigner`] signs them), [`Smtp`] hands them to a server.
//! Incoming: [`Imap`] fetches bytes, [`Arrived`] is what they say, [`Verifier`] and the trusted
//! `Authentication-Results` header say whether to believe the sender. It takes plain settings of its own
//! and knows no meeting, no store and no configuration.

mod compose;
mod dkim;
mod encode;
mod imap;
mod smtp;
mod tls;

pub use compose::{AutoSubmitted, CalendarPart, Mail, Party};
pub use dkim::{DkimRefusal, DkimSigner};
pub use imap::{
    Batch, Fetched, Folder, Imap, ImapCheck, ImapError, ImapSession, ImapSettings, KEYWORD, Woken,
};
pub use smtp::{SendError, Sent, Smtp, SmtpCheck, SmtpSettings};
pub use tls::{Security, Trouble};
