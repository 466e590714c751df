//! Plain words: tables of what is read, and of what is not.

mod helped;
mod mailed;
mod proposed;
mod wishes;

use crate::base::Timestamp;

/// An instant, or a test that cannot be right.
fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}
