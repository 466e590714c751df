//! Accounts: users, their profiles and hours, how they sign in, the tokens of their programs, and how they leave.
//!
//! There is no password: a single-use link goes to the address, and whoever opens it is signed in. Tables owned:
//! `users`, `hour_exceptions`, `sign_ins`, `tokens`, `address_changes`, `former_addresses`.
//!
//! Accounts know no cookie and no header; the doors carry secrets in and out.

mod address;
mod deletion;
mod hours;
mod model;
mod profile;
mod sign_in;
mod sql;
#[cfg(test)]
mod tests;
mod token;

pub use address::{
    PendingAddress, Readdressed, ask_address, former_addresses, peek_address, pending_address, take_address,
    withdraw_address,
};
pub use deletion::{
    GRACE_MS, ask_deletion, due_deletions, erase, export, is_last_administrator, withdraw_deletion,
};
pub use hours::{EXCEPTIONS_MAX, Exception, drop_exception, hours_of, set_exception};
pub use model::{NewUser, Role, Scope, SignIn, Token, User};
pub use profile::{HoursChange, Profile, ProfileChange, WEEKDAYS, change_profile, profile};
pub use sign_in::{
    SIGN_IN_MS, SignedIn, Viewer, end_sign_in, join, last_seen, peek, request_sign_in, set_up, set_up_link,
    sign_in, sign_in_link, sign_ins, touch, viewer,
};
pub use token::{Caller, bearer, create_token, revoke_token, tokens};

use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::UserId;
use crate::base::text::{self, Address};
use crate::journal::{self, Happening};
use crate::links::{self, Link};
use crate::store::Cx;

/// The longest name, in characters.
const NAME_CHARS_MAX: usize = 80;

/// Makes an account. Only an administrator may.
pub fn add(cx: &mut Cx<'_>, who: &Actor, new: &NewUser) -> Result<User> {
    admin_only(who)?;
    insert(cx, who, new)
}

fn insert(cx: &mut Cx<'_>, who: &Actor, new: &NewUser) -> Result<User> {
    if new.address.mailbox_key() == cx.house().organizer.mailbox_key() {
        return Err(Error::invalid(
            "email",
            "This is the organizer's own mailbox; a person needs one of their own.",
        ));
    }
    let user = User {
        id: cx.id(),
        address: new.address.clone(),
        name: text::name(&new.name, NAME_CHARS_MAX),
        zone: new.zone.unwrap_or(cx.house().zone),
        role: new.role,
        created_at: cx.now,
        disabled_at: None,
        deletion_due_at: None,
    };
    if !sql::insert_user(cx, &user)? {
        return Err(Error::refused("user.exists", "There is an account with this address already."));
    }
    journal::append(cx, who, &Happening::to("user.added", &user.id))?;
    Ok(user)
}

/// An account.
pub fn get(cx: &Cx<'_>, id: UserId) -> Result<User> {
    sql::user(cx, id)?.ok_or(Error::NotFound("user"))
}

/// The addresses of two accounts, as far as there are such: one statement.
pub fn addresses_of(cx: &Cx<'_>, one: UserId, other: UserId) -> Result<(Option<Address>, Option<Address>)> {
    sql::addresses_of(cx, one, other)
}

/// The account with this address, if there is one.
pub fn by_address(cx: &Cx<'_>, address: &Address) -> Result<Option<User>> {
    sql::user_by_address(cx, address)
}

/// The account that a link was mailed to, as long as it may be used and has that address; else there is no such link.
pub fn of_link(cx: &Cx<'_>, link: &Link) -> Result<User> {
    let unknown = || Error::NotFound("link");
    let user = sql::user(cx, link.about.user.ok_or_else(unknown)?)?.ok_or_else(unknown)?;
    let is_theirs = links::address_hash(cx, &user.address) == link.address_hash;
    if is_theirs && user.disabled_at.is_none() { Ok(user) } else { Err(unknown()) }
}

/// All accounts, oldest first. Only an administrator may.
pub fn list(cx: &Cx<'_>, who: &Actor) -> Result<Vec<User>> {
    admin_only(who)?;
    sql::users(cx)
}

/// The addresses of all administrators who may sign in.
pub fn administrators(cx: &Cx<'_>) -> Result<Vec<User>> {
    Ok(sql::users_of(cx, Role::Admin)?.into_iter().filter(|user| user.disabled_at.is_none()).collect())
}

/// Whether nobody has an account yet.
pub fn is_empty(cx: &Cx<'_>) -> Result<bool> {
    sql::is_empty(cx)
}

/// Shuts an account out: its sign-ins and tokens end at once. Only an administrator may, and not for the
/// last administrator.
pub fn disable(cx: &mut Cx<'_>, who: &Actor, id: UserId) -> Result<User> {
    admin_only(who)?;
    let user = get(cx, id)?;
    if user.disabled_at.is_some() {
        return Ok(user);
    }
    if is_last_administrator(cx, &user)? {
        return Err(deletion::last_administrator());
    }
    sql::set_disabled(cx, id, Some(cx.now))?;
    sql::delete_sign_ins(cx, id)?;
    sql::revoke_tokens(cx, id)?;
    crate::links::replace_sign_in(cx, id)?;
    journal::append(cx, who, &Happening::to("user.disabled", &id))?;
    get(cx, id)
}

/// Lets an account in again. Only an administrator may.
pub fn enable(cx: &mut Cx<'_>, who: &Actor, id: UserId) -> Result<User> {
    admin_only(who)?;
    let user = get(cx, id)?;
    if user.disabled_at.is_none() {
        return Ok(user);
    }
    sql::set_disabled(cx, id, None)?;
    journal::append(cx, who, &Happening::to("user.enabled", &id))?;
    get(cx, id)
}

fn admin_only(who: &Actor) -> Result<()> {
    if who.is_admin() { Ok(()) } else { Err(Error::denied("Only an administrator may do this.")) }
}

/// Deletes sign-ins that ended, addresses that nobody has shown to be theirs, and exceptions of dates long past; gives how
/// many.
pub fn delete_ended(cx: &Cx<'_>) -> Result<usize> {
    Ok(sql::delete_ended_sign_ins(cx)? + sql::delete_ended_address_changes(cx)? + hours::delete_ended(cx)?)
}
