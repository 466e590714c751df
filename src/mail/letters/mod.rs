//! Letters: what the house writes to people, from frozen facts to a mail server's receipt.
//!
//! [`render`] makes the bytes of a letter, [`check`] looks at them once more, and the [`Outbox`] sends what waits
//! on the queue's topic of mail;
//! [`calendar_worker`] writes events into the calendars of those who chose one. What a letter says was decided by the room that enqueued it; the words are in
//! [`view`] and its templates.
//!
//! To add a kind of letter: its facts in `post::letter::Says`, its words in `view`, its arm in `words.rs`.

mod answers;
mod calendar;
pub mod check;
mod outbox;
pub mod probe;
mod render;
mod send;
pub mod view;
mod words;

pub use calendar::calendar_worker;
pub use outbox::{Outbox, Transport, smtp_settings};
pub use render::{Facts, Rendered, render};
pub use send::worker;
