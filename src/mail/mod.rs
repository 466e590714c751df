//! Mail: the wire (SMTP, IMAP, MIME) and the doors that stand on it.

pub mod letters;
pub mod wire;
