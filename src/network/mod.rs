//! Connections: who knows whom, and what each lets the other's agent know and do.
//!
//! Two users who accepted each other are *connected*. Each direction has a *grant* of its own, written by its grantor
//! alone; every use of it is a *question*, which spends from a budget and is listed to whom it was about ([`ask`]). What
//! somebody is shown of a connection is their own side of it ([`Connection`]): an invitation tells its inviter nothing
//! about the address it went to until it is accepted. Tables owned: `connections`, `blocks`, `grants`, `questions`.
//!
//! The network does not know what is in anybody's calendar, and books nothing: it says who may ask for what.
//!
//! To add a scope: its word in [`Scope`], its half-sentence in `sentence.rs`, and an `ask` where it is used.

mod about_you;
mod ask;
mod block;
pub mod by_link;
mod constraints;
mod decide;
mod end;
mod grant;
mod invite;
mod model;
mod readdress;
mod see;
mod sentence;
mod sql;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod town;

pub use about_you::{end_all, erase, export, of_address};
pub use ask::{About, Allowed, Verdict, Wanted, ask, ask_by_connection, ask_each, mutual, refusal, still};
pub use block::{block, unblock};
pub use constraints::{Constraints, Day, Length, Place};
pub use decide::{accept, decline};
pub use end::{delete_ended, end, end_overdue};
pub use grant::{Grant, Grants, NewGrant, Reveal, Scope, Usual, grants, set_grant};
pub use invite::{Invitation, invite};
pub use model::{Connection, Question, Side, State};
pub use readdress::readdress;
pub use see::{
    Between, Page, QuestionPage, are_blocked, are_connected, between, connected_with, connection,
    connections, questions, users_of,
};
pub use sentence::{Reading, rules_sentence, sentence};

use crate::accounts::{self, User};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::links;
use crate::store::Cx;

/// Whoever asks, and the hash that their address is known by.
struct Me {
    user: User,
    hash: String,
}

fn me(cx: &Cx<'_>, who: &Actor) -> Result<Me> {
    let id = who.user().ok_or_else(|| Error::denied("Connections are a person's own: act as a user."))?;
    let user = accounts::get(cx, id)?;
    let hash = links::address_hash(cx, &user.address);
    Ok(Me { user, hash })
}
