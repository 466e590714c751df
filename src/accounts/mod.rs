//! Accounts: users, how they sign in, and the tokens of their programs.
//!
//! There is no password: a single-use link goes to the address, and whoever opens it is signed in. Tables owned:
//! `users`, `sign_ins`, `tokens`.
//!
//! Accounts know no cookie and no header; the doors carry secrets in and out.

mod model;
mod sign_in;
mod sql;
#[cfg(test)]
mod tests;
mod token;

pub use model::{NewUser, Role, Scope, SignIn, Token, User};
pub use sign_in::{
    SIGN_IN_MS, SignedIn, Viewer, end_sign_in, join, last_seen, peek, request_sign_in, set_up, set_up_link,
    sign_in, sign_in_link, sign_ins, touch, viewer,
};
pub use token::{Caller, bearer, create_token, revoke_token, tokens};

use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::UserId;
use crate::base::text::{self, Address};
use crate::base::time::Zone;
use crate::journal::{self, Happening};
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

/// The account with this address, if there is one.
pub fn by_address(cx: &Cx<'_>, address: &Address) -> Result<Option<User>> {
    sql::user_by_address(cx, address)
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
        return Err(last_administrator());
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

/// Changes one's own name and zone.
pub fn change_profile(cx: &mut Cx<'_>, who: &Actor, name: &str, zone: Zone) -> Result<User> {
    let id = who.user().ok_or(Error::Unauthenticated("Sign in first."))?;
    sql::set_profile(cx, id, &text::name(name, NAME_CHARS_MAX), zone)?;
    journal::append(cx, who, &Happening::to("user.changed", &id))?;
    get(cx, id)
}

/// Erases the account of whoever holds `address`, with its sign-ins, links and tokens; says whether there was
/// one. Whoever calls has made sure that they hold the address. Not for the last administrator.
pub fn erase(cx: &mut Cx<'_>, who: &Actor, address: &Address) -> Result<bool> {
    let Some(user) = by_address(cx, address)? else { return Ok(false) };
    if is_last_administrator(cx, &user)? {
        return Err(last_administrator());
    }
    sql::delete_sign_ins(cx, user.id)?;
    sql::delete_tokens(cx, user.id)?;
    crate::links::erase_of_user(cx, user.id)?;
    sql::delete_user(cx, user.id)?;
    journal::forget(cx, &user.id)?;
    journal::append(cx, who, &Happening::to("user.erased", &user.id))?;
    Ok(true)
}

/// The account of whoever holds `address`, as a document to take away.
pub fn export(cx: &Cx<'_>, address: &Address) -> Result<Option<serde_json::Value>> {
    let Some(user) = by_address(cx, address)? else { return Ok(None) };
    let browsers: Vec<_> = sql::sign_ins(cx, user.id)?
        .iter()
        .map(|one| serde_json::json!({ "browser": one.agent, "since": one.created_at.to_rfc3339() }))
        .collect();
    let tokens: Vec<_> = sql::tokens_of(cx, user.id)?
        .iter()
        .map(|one| serde_json::json!({ "name": one.name, "since": one.created_at.to_rfc3339() }))
        .collect();
    Ok(Some(serde_json::json!({
        "name": user.name,
        "time_zone": user.zone.name(),
        "role": user.role.as_str(),
        "since": user.created_at.to_rfc3339(),
        "signed_in_with": browsers,
        "tokens": tokens,
    })))
}

fn is_last_administrator(cx: &Cx<'_>, user: &User) -> Result<bool> {
    Ok(user.role == Role::Admin
        && user.disabled_at.is_none()
        && administrators(cx)?.iter().all(|admin| admin.id == user.id))
}

fn last_administrator() -> Error {
    Error::refused("user.last-admin", "This is the last administrator; make another one first.")
}

fn admin_only(who: &Actor) -> Result<()> {
    if who.is_admin() { Ok(()) } else { Err(Error::denied("Only an administrator may do this.")) }
}

/// Deletes sign-ins that ended; gives how many.
pub fn delete_ended(cx: &Cx<'_>) -> Result<usize> {
    sql::delete_ended_sign_ins(cx)
}
