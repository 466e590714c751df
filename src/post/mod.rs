//! The post: what left the house and what came in, each with what became of it.
//!
//! A *letter* is a mail that is to leave, as frozen facts and without a secret ([`letter`]); the doors render
//! and send it. An *inbound message* is a mail that came in, kept with its outcome ([`inbound`]). Also here: who
//! asked never to be written to ([`suppress`]), how far the mailbox was read ([`cursor`]), and what the mailroom
//! holds while there is no mail server ([`mailroom`]). Tables owned: `letters`, `inbound_messages`, `suppressions`,
//! `mailbox_cursors`, `mailroom`, `facts`.
//!
//! The post does not know what a letter means to the room that wrote it, nor how mail is made or sent.

pub mod cursor;
pub mod fact;
mod facts;
pub mod inbound;
pub mod letter;
pub mod mailroom;
mod packed;
mod says;
mod sql;
pub mod suppress;
#[cfg(test)]
pub(crate) mod tests;

pub use letter::{Letter, TOPIC, enqueue};
