//! The statements of accounts.

use chrono::NaiveDate;

use super::address::PendingAddress;
use super::hours::Exception;
use super::model::{Role, Scope, SignIn, Token, User};
use crate::base::error::{Error, Result};
use crate::base::hours::{Week, Window};
use crate::base::id::{LinkId, SignInId, TokenId, UserId};
use crate::base::text::Address;
use crate::base::time::{Timestamp, Zone};
use crate::store::{Cx, Row};
use crate::values;

const USER: &str = "role, id, address, name, time_zone, created_at, disabled_at, deletion_due_at";

fn user_row(row: &Row<'_>) -> Result<User> {
    let role: String = row.get("role")?;
    Ok(User {
        id: row.get("id")?,
        address: row.get("address")?,
        name: row.get("name")?,
        zone: row.get("time_zone")?,
        role: Role::parse(&role).ok_or_else(|| Error::internal("a role is not one of ours"))?,
        created_at: row.get("created_at")?,
        disabled_at: row.get("disabled_at")?,
        deletion_due_at: row.get("deletion_due_at")?,
    })
}

pub(super) fn insert_user(cx: &Cx<'_>, user: &User) -> Result<bool> {
    let changed = cx.db.execute(
        "INSERT INTO users (id, address, address_key, name, time_zone, role, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (address_key) DO NOTHING",
        values![user.id, user.address, user.address.key(), user.name, user.zone, user.role.as_str(), user.created_at],
    )?;
    Ok(changed == 1)
}

pub(super) fn user(cx: &Cx<'_>, id: UserId) -> Result<Option<User>> {
    cx.db.one(&format!("SELECT {USER} FROM users WHERE id = $1"), values![id], user_row)
}

pub(super) fn addresses_of(
    cx: &Cx<'_>,
    one: UserId,
    other: UserId,
) -> Result<(Option<Address>, Option<Address>)> {
    let found = cx.db.one(
        "SELECT (SELECT address FROM users WHERE id = $1) AS ones, (SELECT address FROM users WHERE id = $2) AS others",
        values![one, other],
        |row| Ok((row.get("ones")?, row.get("others")?)),
    )?;
    Ok(found.unwrap_or_default())
}

pub(super) fn user_by_address(cx: &Cx<'_>, address: &Address) -> Result<Option<User>> {
    cx.db.one(&format!("SELECT {USER} FROM users WHERE address_key = $1"), values![address.key()], user_row)
}

pub(super) fn users(cx: &Cx<'_>) -> Result<Vec<User>> {
    cx.db.all(&format!("SELECT {USER} FROM users ORDER BY id"), &[], user_row)
}

pub(super) fn users_of(cx: &Cx<'_>, role: Role) -> Result<Vec<User>> {
    cx.db.all(
        &format!("SELECT {USER} FROM users WHERE role = $1 ORDER BY id"),
        values![role.as_str()],
        user_row,
    )
}

pub(super) fn is_empty(cx: &Cx<'_>) -> Result<bool> {
    Ok(cx.db.one("SELECT 1 AS found FROM users LIMIT 1", &[], |row| row.get::<i64>("found"))?.is_none())
}

pub(super) fn set_disabled(cx: &Cx<'_>, id: UserId, at: Option<Timestamp>) -> Result<()> {
    match cx.db.execute("UPDATE users SET disabled_at = $2 WHERE id = $1", values![id, at])? {
        0 => Err(Error::NotFound("user")),
        _ => Ok(()),
    }
}

pub(super) fn set_profile(cx: &Cx<'_>, id: UserId, name: &str, zone: Zone) -> Result<()> {
    cx.db.change_one("UPDATE users SET name = $2, time_zone = $3 WHERE id = $1", values![id, name, zone])
}

/// The week that a user has said, if they have.
/// The zone of an account, and its week if it has said one.
pub(super) fn clock(cx: &Cx<'_>, id: UserId) -> Result<(Zone, Option<Week>)> {
    let found = cx.db.one("SELECT time_zone, week FROM users WHERE id = $1", values![id], |row| {
        Ok((row.get("time_zone")?, row.get::<Option<String>>("week")?))
    })?;
    let (zone, week) = found.ok_or(Error::NotFound("user"))?;
    let week = week.map(|text| serde_json::from_str(&text).map_err(Error::internal)).transpose()?;
    Ok((zone, week))
}

pub(super) fn week(cx: &Cx<'_>, id: UserId) -> Result<Option<Week>> {
    let week = cx.db.one("SELECT week FROM users WHERE id = $1", values![id], |row| row.get("week"))?;
    let week: Option<String> = week.ok_or(Error::NotFound("user"))?;
    week.map(|text| serde_json::from_str(&text).map_err(Error::internal)).transpose()
}

pub(super) fn set_week(cx: &Cx<'_>, id: UserId, week: Option<&Week>) -> Result<()> {
    let week = week.map(serde_json::to_string).transpose().map_err(Error::internal)?;
    cx.db.change_one("UPDATE users SET week = $2 WHERE id = $1", values![id, week])
}

/// As ISO 8601 writes a date: in this form later dates are later texts, up to the year 9999.
fn date_text(date: NaiveDate) -> String {
    date.format("%Y-%m-%d").to_string()
}

pub(super) fn set_exception(cx: &Cx<'_>, id: UserId, exception: &Exception) -> Result<()> {
    let windows = serde_json::to_string(&exception.windows).map_err(Error::internal)?;
    cx.db.change_one(
        "INSERT INTO hour_exceptions (user_id, date, windows, words) VALUES ($1, $2, $3, $4)
         ON CONFLICT (user_id, date) DO UPDATE SET windows = excluded.windows, words = excluded.words",
        values![id, date_text(exception.date), windows, exception.words],
    )
}

pub(super) fn delete_exception(cx: &Cx<'_>, id: UserId, date: NaiveDate) -> Result<bool> {
    let sql = "DELETE FROM hour_exceptions WHERE user_id = $1 AND date = $2";
    Ok(cx.db.execute(sql, values![id, date_text(date)])? == 1)
}

pub(super) fn exceptions(cx: &Cx<'_>, id: UserId, from: NaiveDate) -> Result<Vec<Exception>> {
    cx.db.all(
        "SELECT date, windows, words FROM hour_exceptions WHERE user_id = $1 AND date >= $2 ORDER BY date",
        values![id, date_text(from)],
        |row| {
            let (date, windows): (String, String) = (row.get("date")?, row.get("windows")?);
            let windows: Vec<Window> = serde_json::from_str(&windows).map_err(Error::internal)?;
            let date = NaiveDate::parse_from_str(&date, "%Y-%m-%d").map_err(Error::internal)?;
            Ok(Exception { date, windows, words: row.get("words")? })
        },
    )
}

pub(super) fn delete_exceptions(cx: &Cx<'_>, id: UserId) -> Result<usize> {
    cx.db.execute("DELETE FROM hour_exceptions WHERE user_id = $1", values![id])
}

pub(super) fn delete_exceptions_before(cx: &Cx<'_>, date: NaiveDate) -> Result<usize> {
    cx.db.execute("DELETE FROM hour_exceptions WHERE date < $1", values![date_text(date)])
}

pub(super) fn set_deletion_due(cx: &Cx<'_>, id: UserId, due: Option<Timestamp>) -> Result<()> {
    cx.db.change_one("UPDATE users SET deletion_due_at = $2 WHERE id = $1", values![id, due])
}

pub(super) fn due_deletions(cx: &Cx<'_>, limit: u32) -> Result<Vec<UserId>> {
    cx.db.all(
        "SELECT id FROM users WHERE deletion_due_at <= $1 ORDER BY deletion_due_at LIMIT $2",
        values![cx.now, limit],
        |row| row.get("id"),
    )
}

pub(super) fn insert_sign_in(cx: &Cx<'_>, user: UserId, sign_in: &SignIn, hash: &str) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO sign_ins (id, user_id, secret_hash, agent, created_at, seen_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![
            sign_in.id,
            user,
            hash,
            sign_in.agent,
            sign_in.created_at,
            sign_in.seen_at,
            sign_in.expires_at
        ],
    )
}

fn sign_in_row(row: &Row<'_>) -> Result<SignIn> {
    Ok(SignIn {
        id: row.get("id")?,
        agent: row.get("agent")?,
        created_at: row.get("created_at")?,
        seen_at: row.get("seen_at")?,
        expires_at: row.get("expires_at")?,
    })
}

pub(super) fn sign_in(cx: &Cx<'_>, hash: &str) -> Result<Option<(UserId, SignIn)>> {
    cx.db.one(
        "SELECT user_id, id, agent, created_at, seen_at, expires_at FROM sign_ins WHERE secret_hash = $1",
        values![hash],
        |row| Ok((row.get("user_id")?, sign_in_row(row)?)),
    )
}

pub(super) fn sign_ins(cx: &Cx<'_>, user: UserId) -> Result<Vec<SignIn>> {
    cx.db.all(
        "SELECT id, agent, created_at, seen_at, expires_at FROM sign_ins
         WHERE user_id = $1 AND expires_at > $2 ORDER BY created_at DESC",
        values![user, cx.now],
        sign_in_row,
    )
}

pub(super) fn touch_sign_in(cx: &Cx<'_>, id: SignInId) -> Result<()> {
    cx.db.execute("UPDATE sign_ins SET seen_at = $2 WHERE id = $1", values![id, cx.now]).map(drop)
}

pub(super) fn delete_sign_in(cx: &Cx<'_>, user: UserId, id: SignInId) -> Result<bool> {
    Ok(cx.db.execute("DELETE FROM sign_ins WHERE id = $1 AND user_id = $2", values![id, user])? == 1)
}

pub(super) fn delete_sign_ins(cx: &Cx<'_>, user: UserId) -> Result<usize> {
    cx.db.execute("DELETE FROM sign_ins WHERE user_id = $1", values![user])
}

pub(super) fn delete_ended_sign_ins(cx: &Cx<'_>) -> Result<usize> {
    cx.db.execute("DELETE FROM sign_ins WHERE expires_at < $1", values![cx.now])
}

pub(super) fn delete_tokens(cx: &Cx<'_>, user: UserId) -> Result<usize> {
    cx.db.execute("DELETE FROM tokens WHERE user_id = $1", values![user])
}

pub(super) fn set_address(cx: &Cx<'_>, id: UserId, address: &Address) -> Result<()> {
    cx.db.change_one(
        "UPDATE users SET address = $2, address_key = $3 WHERE id = $1",
        values![id, address, address.key()],
    )
}

/// What waits to be proven, with its link where one was mailed.
pub(super) fn address_change(cx: &Cx<'_>, user: UserId) -> Result<Option<(PendingAddress, Option<LinkId>)>> {
    cx.db.one(
        "SELECT address, link_id, expires_at FROM address_changes WHERE user_id = $1",
        values![user],
        |row| {
            let pending = PendingAddress { address: row.get("address")?, expires_at: row.get("expires_at")? };
            Ok((pending, row.get("link_id")?))
        },
    )
}

pub(super) fn set_address_change(
    cx: &Cx<'_>,
    user: UserId,
    pending: &PendingAddress,
    link: Option<LinkId>,
) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO address_changes (user_id, address, link_id, expires_at) VALUES ($1, $2, $3, $4)",
        values![user, pending.address, link, pending.expires_at],
    )
}

pub(super) fn delete_address_change(cx: &Cx<'_>, user: UserId) -> Result<bool> {
    Ok(cx.db.execute("DELETE FROM address_changes WHERE user_id = $1", values![user])? == 1)
}

pub(super) fn delete_ended_address_changes(cx: &Cx<'_>) -> Result<usize> {
    cx.db.execute("DELETE FROM address_changes WHERE expires_at < $1", values![cx.now])
}

pub(super) fn add_former_address(cx: &Cx<'_>, user: UserId, address: &Address) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO former_addresses (user_id, address_key, address, left_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (user_id, address_key) DO UPDATE SET left_at = excluded.left_at",
        values![user, address.key(), address, cx.now],
    )
}

pub(super) fn former_addresses(cx: &Cx<'_>, user: UserId) -> Result<Vec<Address>> {
    cx.db.all(
        "SELECT address FROM former_addresses WHERE user_id = $1 ORDER BY address_key",
        values![user],
        |row| row.get("address"),
    )
}

pub(super) fn delete_addresses(cx: &Cx<'_>, user: UserId) -> Result<usize> {
    let former = cx.db.execute("DELETE FROM former_addresses WHERE user_id = $1", values![user])?;
    Ok(former + usize::from(delete_address_change(cx, user)?))
}

pub(super) fn delete_user(cx: &Cx<'_>, id: UserId) -> Result<()> {
    cx.db.change_one("DELETE FROM users WHERE id = $1", values![id])
}

const TOKEN: &str = "id, user_id, name, scopes, created_at, revoked_at";

fn token_row(row: &Row<'_>) -> Result<Token> {
    let scopes: String = row.get("scopes")?;
    Ok(Token {
        id: row.get("id")?,
        user: row.get("user_id")?,
        name: row.get("name")?,
        scopes: scopes.split(',').filter_map(Scope::parse).collect(),
        created_at: row.get("created_at")?,
        revoked_at: row.get("revoked_at")?,
    })
}

pub(super) fn insert_token(cx: &Cx<'_>, token: &Token, hash: &str) -> Result<()> {
    let scopes: Vec<_> = token.scopes.iter().map(|scope| scope.as_str()).collect();
    cx.db.change_one(
        "INSERT INTO tokens (id, user_id, name, scopes, secret_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        values![token.id, token.user, token.name, scopes.join(","), hash, token.created_at],
    )
}

pub(super) fn token(cx: &Cx<'_>, hash: &str) -> Result<Option<Token>> {
    cx.db.one(&format!("SELECT {TOKEN} FROM tokens WHERE secret_hash = $1"), values![hash], token_row)
}

pub(super) fn token_by_id(cx: &Cx<'_>, id: TokenId) -> Result<Option<Token>> {
    cx.db.one(&format!("SELECT {TOKEN} FROM tokens WHERE id = $1"), values![id], token_row)
}

pub(super) fn tokens_of(cx: &Cx<'_>, user: UserId) -> Result<Vec<Token>> {
    let sql = format!("SELECT {TOKEN} FROM tokens WHERE user_id = $1 ORDER BY created_at DESC");
    cx.db.all(&sql, values![user], token_row)
}

pub(super) fn tokens(cx: &Cx<'_>) -> Result<Vec<Token>> {
    cx.db.all(&format!("SELECT {TOKEN} FROM tokens ORDER BY id"), &[], token_row)
}

pub(super) fn revoke_token(cx: &Cx<'_>, id: TokenId) -> Result<()> {
    cx.db.change_one("UPDATE tokens SET revoked_at = $2 WHERE id = $1", values![id, cx.now])
}

pub(super) fn revoke_tokens(cx: &Cx<'_>, user: UserId) -> Result<usize> {
    cx.db.execute(
        "UPDATE tokens SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL",
        values![user, cx.now],
    )
}
