//! Groups: several decide together (`docs/groups.md`).
//!
//! A *group decision* has members fixed at its start ([`start`]), a mode, candidates, a deadline, and one outcome with
//! everybody's part in it. What the answers ([`answer`]) come to is counted in `tally.rs`, which is pure; `go_on.rs` takes it
//! from there: the next turn, another round, the end. A time that is decided on is booked through the two phases of a
//! scheduling session. Tables owned: `group_decisions`, `group_members`, `group_candidates`, `group_answers`.
//!
//! It does not know by which road a member hears of it, nor what a decision is good for that is no time.

mod answer;
mod book;
mod by_link;
mod due;
mod end;
mod go_on;
mod house;
mod model;
mod part;
mod reach;
mod said;
mod see;
mod sql;
mod start;
mod talk;
pub mod tally;
#[cfg(test)]
mod tests;
mod warn;
mod within;

pub use answer::{NewAnswer, TEXT_CHARS_MAX, answer};
pub use by_link::{Opened, answer_by_link, is_left, link, open};
pub use due::due;
pub use end::{FOLLOWER, cancel, close, delete_ended, leave, may_describe};
pub use model::{
    Answered, Candidate, CandidateState, Group, LeftOut, Member, Mode, Silence, State, Subject,
    why_not_booked,
};
pub use part::{erase, export, leave as leave_all};
pub use said::{transcript, with_answers};
pub use see::{Listing, Page, Seen, Verb, group, groups, readers, rooms, waiting};
pub use start::{Begun, CANDIDATES_MAX, LABEL_CHARS_MAX, NewCandidate, NewGroup, QUESTION_CHARS_MAX, start};
pub use warn::{Asked, Warning, Whose, ask_about_times, warnings};

/// The queue's topic of what falls due: turns, rounds, deadlines, reminders, and what the built-in agent answers.
pub const TOPIC: &str = "groups";
