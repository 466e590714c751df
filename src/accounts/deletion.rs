//! Leaving: an account is erased seven days after that was asked for, and can be kept until then.
//!
//! What else belongs to a person lies in other rooms; `app::person` asks all of them.

use super::model::{Role, User};
use super::profile::WEEKDAYS;
use super::{administrators, by_address, get, sql};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::UserId;
use crate::base::text::Address;
use crate::base::time::{DAY, Timestamp};
use crate::journal::{self, Happening};
use crate::post::letter::{self, Draft, Says};
use crate::store::Cx;

/// How long somebody can change their mind, in milliseconds.
pub const GRACE_MS: i64 = 7 * DAY;

/// How many due deletions are looked at in one go.
const DUE_MAX: u32 = 50;
/// How much of an account's own story is taken away with it, in entries.
const STORY_MAX: u32 = 10_000;

/// Asks for an account's deletion; gives when it is due, as does a mail to its holder. Asked again, it stays due when it
/// was. One's own, or for an
/// administrator anybody's, and not the last administrator's.
pub fn ask_deletion(cx: &mut Cx<'_>, who: &Actor, id: UserId) -> Result<Timestamp> {
    let user = leaving(cx, who, id)?;
    if let Some(due) = user.deletion_due_at {
        return Ok(due);
    }
    if is_last_administrator(cx, &user)? {
        return Err(last_administrator());
    }
    let due = cx.now.plus(GRACE_MS);
    sql::set_deletion_due(cx, id, Some(due))?;
    tell(cx, who, user, due)?;
    journal::append(cx, who, &Happening::to("user.deletion_asked", &id))?;
    Ok(due)
}

/// Tells somebody by mail that their account is to be deleted: it may not have been them who asked.
fn tell(cx: &Cx<'_>, who: &Actor, user: User, due: Timestamp) -> Result<()> {
    let draft = Draft {
        name: user.given_name(),
        to: user.address,
        zone: user.zone,
        participant: None,
        unique_key: format!("leaving {} {}", user.id, due.ms()),
        says: Says::Leaving { user: user.id, due: due.ms() },
        in_reply_to: None,
        expires: Some(due),
        trace: who.trace.clone(),
    };
    letter::enqueue(cx, draft).map(drop)
}

/// Keeps an account that was to be deleted; one that was not stays as it is. One's own, or for an administrator
/// anybody's.
pub fn withdraw_deletion(cx: &mut Cx<'_>, who: &Actor, id: UserId) -> Result<()> {
    if leaving(cx, who, id)?.deletion_due_at.is_some() {
        sql::set_deletion_due(cx, id, None)?;
        journal::append(cx, who, &Happening::to("user.deletion_withdrawn", &id))?;
    }
    Ok(())
}

/// The account, if it is for `who` to say whether it stays.
fn leaving(cx: &Cx<'_>, who: &Actor, id: UserId) -> Result<User> {
    if who.user().is_none() && !who.is_admin() {
        return Err(Error::Unauthenticated("Sign in first."));
    }
    if who.user() != Some(id) && !who.is_admin() {
        return Err(Error::NotFound("user"));
    }
    get(cx, id)
}

/// Whose time to change their mind is over, longest first.
pub fn due_deletions(cx: &Cx<'_>) -> Result<Vec<UserId>> {
    sql::due_deletions(cx, DUE_MAX)
}

/// Erases the account of whoever holds `address`, with its profile, sign-ins, links and tokens; says whether there was
/// one. Whoever calls has made sure that they may. Not for the last administrator.
pub fn erase(cx: &mut Cx<'_>, who: &Actor, address: &Address) -> Result<bool> {
    let Some(user) = by_address(cx, address)? else { return Ok(false) };
    if is_last_administrator(cx, &user)? {
        return Err(last_administrator());
    }
    sql::delete_sign_ins(cx, user.id)?;
    sql::delete_tokens(cx, user.id)?;
    sql::delete_exceptions(cx, user.id)?;
    sql::delete_addresses(cx, user.id)?;
    crate::links::erase_of_user(cx, user.id)?;
    sql::delete_user(cx, user.id)?;
    journal::forget(cx, &user.id)?;
    journal::append(cx, who, &Happening::to("user.erased", &user.id))?;
    Ok(true)
}

/// The account of whoever holds `address`, as a document to take away; null, if they have none.
pub fn export(cx: &Cx<'_>, address: &Address) -> Result<serde_json::Value> {
    let Some(user) = by_address(cx, address)? else { return Ok(serde_json::Value::Null) };
    let browsers: Vec<_> = sql::sign_ins(cx, user.id)?
        .iter()
        .map(|one| serde_json::json!({ "browser": one.agent, "since": one.created_at.to_rfc3339() }))
        .collect();
    let tokens: Vec<_> = sql::tokens_of(cx, user.id)?
        .iter()
        .map(|one| serde_json::json!({ "name": one.name, "since": one.created_at.to_rfc3339() }))
        .collect();
    let story: Vec<_> = journal::story(cx, &user.id, STORY_MAX)?
        .iter()
        .map(|one| serde_json::json!({ "at": one.at().to_rfc3339(), "kind": one.kind, "road": one.road }))
        .collect();
    Ok(serde_json::json!({
        "id": user.id,
        "name": user.name,
        "time_zone": user.zone.name(),
        "role": user.role.as_str(),
        "since": user.created_at.to_rfc3339(),
        "deletion_due": user.deletion_due_at.map(Timestamp::to_rfc3339),
        "hours": hours(cx, user.id)?,
        "exceptions": exceptions(cx, user.id)?,
        "new_address": sql::address_change(cx, user.id)?.map(|(pending, _)| pending.address.as_str().to_owned()),
        "former_addresses": sql::former_addresses(cx, user.id)?.iter().map(Address::as_str).collect::<Vec<_>>(),
        "signed_in_with": browsers,
        "tokens": tokens,
        "story": story,
    }))
}

/// The week by its days' names; null, if none was said.
fn hours(cx: &Cx<'_>, id: UserId) -> Result<serde_json::Value> {
    let Some(week) = sql::week(cx, id)? else { return Ok(serde_json::Value::Null) };
    let days = WEEKDAYS.iter().zip(week.days()).map(|(day, windows)| ((*day).to_owned(), windows));
    days.map(|(day, windows)| Ok((day, serde_json::to_value(windows).map_err(Error::internal)?))).collect()
}

/// All exceptions that are kept, those behind too.
fn exceptions(cx: &Cx<'_>, id: UserId) -> Result<Vec<serde_json::Value>> {
    let all = sql::exceptions(cx, id, chrono::NaiveDate::default())?;
    let all = all.iter().map(
        |one| serde_json::json!({ "date": one.date.to_string(), "windows": one.windows, "words": one.words }),
    );
    Ok(all.collect())
}

/// Whether nobody would be left to run this house: neither one who is shut out nor one who is leaving counts.
pub fn is_last_administrator(cx: &Cx<'_>, user: &User) -> Result<bool> {
    let stays = |user: &User| {
        user.role == Role::Admin && user.disabled_at.is_none() && user.deletion_due_at.is_none()
    };
    Ok(stays(user) && administrators(cx)?.iter().all(|other| other.id == user.id || !stays(other)))
}

pub(super) fn last_administrator() -> Error {
    Error::refused("user.last-admin", "This is the last administrator; make another one first.")
}
