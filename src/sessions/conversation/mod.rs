//! Conversations: sessions in which agents say to each other whatever they have to say (`docs/messages.md`).
//!
//! One is begun by an agent with others that it reaches ([`begin`]); what is said in it ([`send`]) stands in its transcript,
//! sealed, and is brought to the others by deliveries. They take it from their inboxes ([`receive`]). It ends when it is closed
//! ([`close`]) or nothing is said for a while, and what was said is erased some days later.
//!
//! It knows no HTTP, nor by which road a message gets to anybody.

mod audience;
mod begin;
mod content;
mod end;
mod hold;
mod house;
mod model;
mod part;
mod receive;
mod reply;
mod rights;
mod see;
mod send;
pub(super) mod sql;
mod withhold;

pub use audience::{Companion, attending, audience, company, joined, known, presences};
pub use begin::{NewConversation, With, begin};
pub use content::{DATA_BYTES_MAX, NewMessage, TEXT_CHARS_MAX};
pub(super) use end::agent_changed;
pub use end::{close, delete_ended, erase_due, expire_silent};
pub(super) use hold::WITHHELD;
pub use hold::{hold, lets};
pub(super) use house::{due, is_due};
pub use model::{Conversation, Entry, Member, Request, Right, Rights, Shape};
pub(super) use part::erase;
pub use part::export;
pub use receive::{Received, may_hear, receive};
pub use reply::replies;
pub use rights::{may_share, set_rights};
pub use see::{Page, Told, conversation, conversations, told, transcript};
pub use send::{Sent, send};
pub(super) use withhold::{between_agents, through};
