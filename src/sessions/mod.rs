//! Sessions: bounded exchanges between agents, with a purpose, parties, a state, a time limit and a transcript
//! (`docs/sessions.md`).
//!
//! A *scheduling* session ends in a meeting, or in the reason why there is none. Every step of it ([`say`]) is a typed
//! message, checked in its own transaction against the state, the connection, the scope and every constraint of the
//! grants concerned; a time is booked in two phases ([`commit`]). The built-in agent ([`step`]) uses the same functions
//! as everybody else. Tables owned: `sessions`, `session_parties`, `session_messages`, `session_proposals`,
//! `session_bookings`, `conversations`, `conversation_members`. The other kind of session is a [`conversation`].
//!
//! It knows no HTTP and no mail, and reads and writes no calendar: what must be read again before a booking, and where its time is
//! held meanwhile, is told to whoever does ([`to_read`], [`to_hold`]).
//!
//! To add a type of message: its body in `message.rs`, its line in the table of `state.rs`, its arm in `say.rs`.

mod answering;
pub mod any;
mod awaited;
mod became;
mod book;
mod builtin;
mod by_link;
mod by_mail;
mod common;
pub mod conversation;
mod decided;
mod end;
mod held;
mod hold;
mod message;
mod model;
mod narrow;
mod part;
mod play;
mod room_words;
mod say;
mod see;
mod sql;
mod start;
mod state;
#[cfg(test)]
mod tests;
mod told;
mod view;
mod wish;
pub mod work;

pub use answering::{Answered, Verdict, answer_for_room};
pub use awaited::awaited;
pub use became::Became;
pub use book::{BOOKINGS, commit, give_up, to_read};
pub use builtin::{AGENTS, step};
pub use by_link::{DecisionLinks, Opened, Verb, decide, decision_links, open};
pub use by_mail::{HELPED, Heard, Help, Mail, Wished, begin, fresh_wish, hear, open_wish};
pub use decided::{Decided, Voter, book_decided, common_times, is_at, is_party};
pub use end::{FOLLOWER, delete_ended, end_through, expire_overdue, fail_dead};
pub use held::{Begun, began_in};
pub use hold::{Held, to_hold};
pub use message::{Message, NOTE_CHARS_MAX, SLOTS_MAX, Slot};
pub use model::{Party, Phase, Proposal, ProposalState, Role, Said, Session, Standing, State, Want};
pub use part::{erase, export, leave};
pub use play::{take_over, take_over_stranded};
pub use say::{Alternative, Answer, Refusal, say};
pub use see::{Page, Room, decide_by, latest, may_confirm, rooms, session, sessions, transcript, waiting};
pub use start::{New, PARTIES_MAX, Started, could_start, start};
pub use state::Step;
pub use told::{Asked, asked, better, better_days, fields};
pub use wish::{Preview, Reading, wish};
