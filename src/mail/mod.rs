//! Mail: the wire (SMTP, IMAP, MIME) and the doors that stand on it.

pub mod inbound;
pub mod letters;
pub mod mailroom;
pub mod wire;
