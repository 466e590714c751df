//! Tasks and approvals: work that agents hand on, and what people decide (`docs/tasks.md`).
//!
//! A *task* is work that one agent asks of another, of a user, or of whoever fills a role ([`send`], [`step`]); its payload is
//! checked against its type ([`declare`]). An *approval* is a decision that a person must take ([`approvals::ask`],
//! [`approvals::decide`]): decided once, by votes or by a rule of whoever is asked. Tables owned: `task_types`, `tasks`,
//! `approvals`, `approval_votes`, `approval_rules`.
//!
//! It does not know by which road whoever is asked hears of it, nor what a type's result is good for.

pub mod approvals;
mod end;
mod fall;
mod find_time;
mod model;
mod part;
mod schema;
mod see;
mod send;
mod sql;
mod step;
mod talk;
#[cfg(test)]
mod tests;
mod types;

pub use end::{FOLLOWER, delete_ended, expire_overdue};
pub use fall::is_before_program;
pub use model::{State, Task, To, Verb};
pub use part::{erase, export, leave};
pub use schema::{BYTES_MAX, Misfit, Schema};
pub use see::{Listing, Page, People, all, of_session, people, readers, task, tasks, waiting};
pub use send::{Named, NewTask, send};
pub use step::{NOTE_CHARS_MAX, Step, step, steps};
pub use talk::{Said, latest, transcript};
pub use types::{
    FIND_TIME, NewType, QUESTION, TODO, TYPES_MAX, TaskType, declare, of_house, types, withdraw,
};

/// The queue's topic of what falls due: rules that decide later.
pub const TOPIC: &str = "tasks";
