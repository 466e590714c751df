//! The statements of connections, blocks, grants and questions.

use super::ask::{About, Known};
use super::constraints::Constraints;
use super::grant::{Grant, Reveal, Scope};
use super::model::{Pair, Question, State};
use super::see::Between;
use crate::base::error::{Error, Result};
use crate::base::id::{ConnectionId, QuestionId, UserId};
use crate::base::time::Timestamp;
use crate::store::{Cx, Row};
use crate::values;

const PAIR: &str = "c.id, c.inviter_id, c.inviter_hash, a.name AS inviter_name, c.invitee_id, b.name AS invitee_name,
    c.invitee_address, c.invitee_hash, c.state, c.silenced, c.declined_at, c.words, c.created_at, c.expires_at,
    c.connected_at, c.ended_at";
const NAMES: &str = "LEFT JOIN users a ON a.id = c.inviter_id LEFT JOIN users b ON b.id = c.invitee_id";

fn broken(what: &'static str) -> Error {
    Error::internal(format!("{what} is not one of ours"))
}

fn pair_row(row: &Row<'_>) -> Result<Pair> {
    let state: String = row.get("state")?;
    Ok(Pair {
        id: row.get("id")?,
        inviter: row.get("inviter_id")?,
        inviter_hash: row.get("inviter_hash")?,
        inviter_name: row.get("inviter_name")?,
        invitee: row.get("invitee_id")?,
        invitee_name: row.get("invitee_name")?,
        invitee_address: row.get("invitee_address")?,
        invitee_hash: row.get("invitee_hash")?,
        state: State::parse(&state).ok_or_else(|| broken("a connection's state"))?,
        silenced: row.get("silenced")?,
        declined_at: row.get("declined_at")?,
        words: row.get("words")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        connected_at: row.get("connected_at")?,
        ended_at: row.get("ended_at")?,
        is_blocked: row.get::<Option<ConnectionId>>("blocked")?.is_some(),
    })
}

pub(super) fn insert(cx: &Cx<'_>, pair: &Pair, pair_key: &str) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO connections (id, inviter_id, inviter_hash, invitee_id, invitee_address, invitee_hash, pair_key, state,
             silenced, words, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        values![
            pair.id,
            pair.inviter,
            pair.inviter_hash,
            pair.invitee,
            pair.invitee_address,
            pair.invitee_hash,
            pair_key,
            pair.state.as_str(),
            pair.silenced,
            pair.words,
            pair.created_at,
            pair.expires_at
        ],
    )
}

/// One connection; `me` is whose blocks are looked at.
pub(super) fn pair(cx: &Cx<'_>, id: ConnectionId, me: UserId) -> Result<Option<Pair>> {
    cx.db.one(
        &format!(
            "SELECT {PAIR}, x.connection_id AS blocked FROM connections c {NAMES}
             LEFT JOIN blocks x ON x.user_id = $2
                 AND x.address_hash = CASE WHEN c.inviter_id = $2 THEN c.invitee_hash ELSE c.inviter_hash END
             WHERE c.id = $1"
        ),
        values![id, me],
        pair_row,
    )
}

/// What there is between two addresses.
pub(super) fn live(cx: &Cx<'_>, pair_key: &str) -> Result<Option<Pair>> {
    cx.db.one(
        &format!(
            "SELECT {PAIR}, NULL AS blocked FROM connections c {NAMES}
             WHERE c.pair_key = $1 AND c.state IN ('invited', 'connected')"
        ),
        values![pair_key],
        pair_row,
    )
}

/// The connections that somebody asked for, newest first.
pub(super) fn sent(cx: &Cx<'_>, inviter: UserId, before: ConnectionId, limit: u32) -> Result<Vec<Pair>> {
    cx.db.all(
        &format!(
            "SELECT {PAIR}, x.connection_id AS blocked FROM connections c {NAMES}
             LEFT JOIN blocks x ON x.user_id = $1 AND x.address_hash = c.invitee_hash
             WHERE c.inviter_id = $1 AND c.id < $2 ORDER BY c.id DESC LIMIT $3"
        ),
        values![inviter, before, limit],
        pair_row,
    )
}

/// The connections that somebody was asked for, newest first, but those they are never shown.
pub(super) fn received(
    cx: &Cx<'_>,
    (me, hash): (UserId, &str),
    before: ConnectionId,
    limit: u32,
) -> Result<Vec<Pair>> {
    cx.db.all(
        &format!(
            "SELECT {PAIR}, x.connection_id AS blocked FROM connections c {NAMES}
             LEFT JOIN blocks x ON x.user_id = $1 AND x.address_hash = c.inviter_hash
             WHERE c.invitee_hash = $2 AND c.id < $3 AND c.silenced = 0 AND c.state <> 'withdrawn'
             ORDER BY c.id DESC LIMIT $4"
        ),
        values![me, hash, before, limit],
        pair_row,
    )
}

/// Invitations whose time is over.
pub(super) fn overdue(cx: &Cx<'_>, limit: u32) -> Result<Vec<Pair>> {
    cx.db.all(
        &format!(
            "SELECT {PAIR}, NULL AS blocked FROM connections c {NAMES}
             WHERE c.state = 'invited' AND c.expires_at <= $1 ORDER BY c.expires_at LIMIT $2"
        ),
        values![cx.now, limit],
        pair_row,
    )
}

pub(super) fn set_declined(cx: &Cx<'_>, id: ConnectionId) -> Result<()> {
    cx.db.change_one("UPDATE connections SET declined_at = $2 WHERE id = $1", values![id, cx.now])
}

pub(super) fn set_connected(cx: &Cx<'_>, id: ConnectionId, invitee: UserId) -> Result<()> {
    cx.db.change_one(
        "UPDATE connections SET state = 'connected', invitee_id = $2, invitee_address = NULL, silenced = 0,
             declined_at = NULL, connected_at = $3
         WHERE id = $1",
        values![id, invitee, cx.now],
    )
}

/// The invitation was accepted by an account with another address than it was sent to.
pub(super) fn set_invitee(cx: &Cx<'_>, id: ConnectionId, hash: &str, pair_key: &str) -> Result<()> {
    cx.db.change_one(
        "UPDATE connections SET invitee_hash = $2, pair_key = $3 WHERE id = $1",
        values![id, hash, pair_key],
    )
}

/// The inviter's address is another now.
pub(super) fn set_inviter_hash(cx: &Cx<'_>, id: ConnectionId, hash: &str, pair_key: &str) -> Result<()> {
    cx.db.change_one(
        "UPDATE connections SET inviter_hash = $2, pair_key = $3 WHERE id = $1",
        values![id, hash, pair_key],
    )
}

/// Whoever blocked one address has blocked the other too.
pub(super) fn copy_blocks(cx: &Cx<'_>, from: &str, to: &str) -> Result<()> {
    cx.db
        .execute(
            "INSERT INTO blocks (user_id, address_hash, connection_id, created_at)
             SELECT user_id, $2, connection_id, created_at FROM blocks WHERE address_hash = $1
             ON CONFLICT (user_id, address_hash) DO NOTHING",
            values![from, to],
        )
        .map(drop)
}

pub(super) fn set_ended(
    cx: &Cx<'_>,
    id: ConnectionId,
    state: State,
    by: Option<UserId>,
    at: Timestamp,
) -> Result<()> {
    cx.db.change_one(
        "UPDATE connections SET state = $2, invitee_address = NULL, ended_at = $3, ended_by = $4 WHERE id = $1",
        values![id, state.as_str(), at, by],
    )
}

/// What somebody asked for: each connection, and the hash of the address it was to.
pub(super) fn of_inviter(cx: &Cx<'_>, user: UserId) -> Result<Vec<(ConnectionId, String)>> {
    cx.db.all("SELECT id, invitee_hash FROM connections WHERE inviter_id = $1", values![user], |row| {
        Ok((row.get("id")?, row.get("invitee_hash")?))
    })
}

pub(super) fn ids_of_invitee(cx: &Cx<'_>, hash: &str) -> Result<Vec<ConnectionId>> {
    cx.db.all("SELECT id FROM connections WHERE invitee_hash = $1", values![hash], |row| row.get("id"))
}

pub(super) fn delete_pair(cx: &Cx<'_>, id: ConnectionId) -> Result<usize> {
    cx.db.execute("DELETE FROM connections WHERE id = $1", values![id])
}

pub(super) fn is_blocked(cx: &Cx<'_>, user: UserId, address_hash: &str) -> Result<bool> {
    let found = cx.db.one(
        "SELECT 1 AS found FROM blocks WHERE user_id = $1 AND address_hash = $2",
        values![user, address_hash],
        |row| row.get::<i64>("found"),
    )?;
    Ok(found.is_some())
}

/// Whether a pair is connected, and whether one of two users, each with what their address is known by, blocked the other.
pub(super) fn between(
    cx: &Cx<'_>,
    pair_key: &str,
    (one, ones): (UserId, &str),
    (other, others): (UserId, &str),
) -> Result<Between> {
    let found = cx.db.one(
        "SELECT (SELECT COUNT(*) FROM connections WHERE pair_key = $1 AND state IN ('invited', 'connected')
                 AND state = 'connected') AS connected,
             (SELECT COUNT(*) FROM blocks WHERE user_id = $2 AND address_hash = $3)
                 + (SELECT COUNT(*) FROM blocks WHERE user_id = $4 AND address_hash = $5) AS blocked",
        values![pair_key, one, others, other, ones],
        |row| Ok((row.get::<i64>("connected")? > 0, row.get::<i64>("blocked")? > 0)),
    )?;
    let (are_connected, are_blocked) = found.unwrap_or_default();
    Ok(Between { are_connected, are_blocked })
}

/// Says whether it is new.
pub(super) fn insert_block(cx: &Cx<'_>, user: UserId, address_hash: &str, id: ConnectionId) -> Result<bool> {
    let changed = cx.db.execute(
        "INSERT INTO blocks (user_id, address_hash, connection_id, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (user_id, address_hash) DO NOTHING",
        values![user, address_hash, id, cx.now],
    )?;
    Ok(changed == 1)
}

/// Says whether there was one.
pub(super) fn delete_block(cx: &Cx<'_>, user: UserId, address_hash: &str) -> Result<bool> {
    let changed = cx.db.execute(
        "DELETE FROM blocks WHERE user_id = $1 AND address_hash = $2",
        values![user, address_hash],
    )?;
    Ok(changed == 1)
}

pub(super) fn delete_blocks(cx: &Cx<'_>, user: UserId) -> Result<usize> {
    cx.db.execute("DELETE FROM blocks WHERE user_id = $1", values![user])
}

fn grant_of(
    (scopes, reveal, constraints): (&str, &str, &str),
    (ends_at, version, updated_at): (Option<Timestamp>, i64, Timestamp),
) -> Result<Grant> {
    let scopes = scopes
        .split_whitespace()
        .map(|word| Scope::parse(word).ok_or_else(|| broken("a scope")))
        .collect::<Result<_>>()?;
    let constraints: Constraints = serde_json::from_str(constraints).map_err(Error::internal)?;
    Ok(Grant {
        scopes,
        reveal: Reveal::parse(reveal).ok_or_else(|| broken("what a grant reveals"))?,
        constraints,
        ends_at,
        version,
        updated_at: Some(updated_at),
    })
}

fn grant_row(row: &Row<'_>) -> Result<Grant> {
    let text = |name| row.get::<String>(name);
    let (scopes, reveal, constraints) = (text("scopes")?, text("reveal")?, text("constraints")?);
    grant_of(
        (&scopes, &reveal, &constraints),
        (row.get("ends_at")?, row.get("version")?, row.get("updated_at")?),
    )
}

pub(super) fn grant(cx: &Cx<'_>, id: ConnectionId, grantor: UserId) -> Result<Option<Grant>> {
    cx.db.one(
        "SELECT scopes, reveal, constraints, ends_at, version, updated_at FROM grants
         WHERE connection_id = $1 AND grantor_id = $2",
        values![id, grantor],
        grant_row,
    )
}

pub(super) fn set_grant(cx: &Cx<'_>, id: ConnectionId, grantor: UserId, grant: &Grant) -> Result<()> {
    let scopes: Vec<&str> = grant.scopes.iter().map(|scope| scope.as_str()).collect();
    let constraints = serde_json::to_string(&grant.constraints).map_err(Error::internal)?;
    cx.db.change_one(
        "INSERT INTO grants (connection_id, grantor_id, scopes, reveal, constraints, ends_at, version, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (connection_id, grantor_id) DO UPDATE SET scopes = excluded.scopes, reveal = excluded.reveal,
             constraints = excluded.constraints, ends_at = excluded.ends_at, version = excluded.version,
             updated_at = excluded.updated_at",
        values![
            id,
            grantor,
            scopes.join(" "),
            grant.reveal.as_str(),
            constraints,
            grant.ends_at,
            grant.version,
            cx.now
        ],
    )
}

pub(super) fn delete_grants(cx: &Cx<'_>, id: ConnectionId) -> Result<usize> {
    cx.db.execute("DELETE FROM grants WHERE connection_id = $1", values![id])
}

pub(super) fn delete_grant(cx: &Cx<'_>, id: ConnectionId, grantor: UserId) -> Result<usize> {
    cx.db.execute("DELETE FROM grants WHERE connection_id = $1 AND grantor_id = $2", values![id, grantor])
}

/// The account on the other side of one's own connection.
pub(super) fn other_side(cx: &Cx<'_>, id: ConnectionId, me: UserId) -> Result<Option<UserId>> {
    let found = cx.db.one(
        "SELECT CASE WHEN inviter_id = $2 THEN invitee_id ELSE inviter_id END AS other FROM connections
         WHERE id = $1 AND (inviter_id = $2 OR invitee_id = $2)",
        values![id, me],
        |row| row.get::<Option<UserId>>("other"),
    )?;
    Ok(found.flatten())
}

/// The two accounts of a connection.
pub(super) fn users_of(cx: &Cx<'_>, id: ConnectionId) -> Result<Option<(UserId, UserId)>> {
    let found =
        cx.db.one("SELECT inviter_id, invitee_id FROM connections WHERE id = $1", values![id], |row| {
            Ok((row.get::<Option<UserId>>("inviter_id")?, row.get::<Option<UserId>>("invitee_id")?))
        })?;
    Ok(found.and_then(|(inviter, invitee)| inviter.zip(invitee)))
}

/// What is known of a question: one row, whether there is such a person, a connection, a grant, or none of them.
pub(super) fn known(cx: &Cx<'_>, me: UserId, subject: UserId) -> Result<Known> {
    let found = cx.db.one(
        "SELECT c.id AS connection_id, u.id AS subject_id, u.name, u.time_zone, g.scopes, g.reveal, g.constraints,
             g.ends_at, g.version, g.updated_at
         FROM users m
         LEFT JOIN connections s ON s.inviter_id = m.id AND s.invitee_id = $2 AND s.state = 'connected'
         LEFT JOIN connections r ON r.inviter_id = $2 AND r.invitee_id = m.id AND r.state = 'connected'
         LEFT JOIN connections c ON c.id = COALESCE(s.id, r.id)
         LEFT JOIN users u ON u.id = $2 AND u.disabled_at IS NULL
         LEFT JOIN grants g ON g.connection_id = c.id AND g.grantor_id = u.id
         WHERE m.id = $1",
        values![me, subject],
        known_row,
    )?;
    found.ok_or(Error::NotFound("user"))
}

fn known_row(row: &Row<'_>) -> Result<Known> {
    let about = match row.get::<Option<UserId>>("subject_id")? {
        Some(id) => Some(About { id, name: row.get("name")?, zone: row.get("time_zone")? }),
        None => None,
    };
    let grant = match row.get::<Option<String>>("scopes")? {
        Some(_) => Some(grant_row(row)?),
        None => None,
    };
    Ok(Known { connection: row.get("connection_id")?, about, grant })
}

/// A question to be kept.
pub(super) struct NewQuestion<'a> {
    pub(super) id: QuestionId,
    pub(super) connection: Option<ConnectionId>,
    pub(super) asker: UserId,
    pub(super) subject: UserId,
    pub(super) scope: Scope,
    pub(super) purpose: &'a str,
    pub(super) outcome: &'a str,
    pub(super) shown: &'a str,
    pub(super) trace: &'a str,
}

pub(super) fn insert_question(cx: &Cx<'_>, one: &NewQuestion<'_>) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO questions (id, connection_id, asker_id, subject_id, scope, purpose, outcome, shown, asked_at, trace)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        values![
            one.id,
            one.connection,
            one.asker,
            one.subject,
            one.scope.as_str(),
            one.purpose,
            one.outcome,
            one.shown,
            cx.now,
            one.trace
        ],
    )
}

pub(super) fn questions(
    cx: &Cx<'_>,
    subject: UserId,
    before: QuestionId,
    limit: u32,
) -> Result<Vec<Question>> {
    cx.db.all(
        "SELECT q.id, q.connection_id, u.name AS asker, q.scope, q.purpose, q.outcome, q.shown, q.asked_at, q.trace
         FROM questions q LEFT JOIN users u ON u.id = q.asker_id
         WHERE q.subject_id = $1 AND q.id < $2 ORDER BY q.id DESC LIMIT $3",
        values![subject, before, limit],
        |row| {
            let outcome: String = row.get("outcome")?;
            Ok(Question {
                id: row.get("id")?,
                connection: row.get("connection_id")?,
                asker: row.get::<Option<String>>("asker")?.filter(|name| !name.is_empty()),
                scope: row.get("scope")?,
                purpose: row.get("purpose")?,
                is_answered: outcome == "answered",
                shown: row.get("shown")?,
                asked_at: row.get("asked_at")?,
                trace: row.get("trace")?,
            })
        },
    )
}

/// What somebody's own agent asked of others, newest first: whom, for what, and whether it was answered; not what was
/// shown, which is the other's. Who it was about is told of those alone whom they were connected with then.
pub(super) fn asked_by(cx: &Cx<'_>, asker: UserId, limit: u32) -> Result<Vec<AskedOf>> {
    cx.db.all(
        "SELECT u.name AS subject, q.scope, q.purpose, q.outcome, q.asked_at FROM questions q
         LEFT JOIN users u ON u.id = q.subject_id AND q.connection_id IS NOT NULL
         WHERE q.asker_id = $1 ORDER BY q.id DESC LIMIT $2",
        values![asker, limit],
        |row| {
            Ok(AskedOf {
                name: row.get::<Option<String>>("subject")?.filter(|name| !name.is_empty()),
                scope: row.get("scope")?,
                purpose: row.get("purpose")?,
                outcome: row.get("outcome")?,
                asked_at: row.get("asked_at")?,
            })
        },
    )
}

/// A question that somebody's own agent asked.
pub(super) struct AskedOf {
    pub(super) name: Option<String>,
    pub(super) scope: String,
    pub(super) purpose: String,
    pub(super) outcome: String,
    pub(super) asked_at: Timestamp,
}

pub(super) fn delete_questions_before(cx: &Cx<'_>, before: Timestamp) -> Result<usize> {
    cx.db.execute("DELETE FROM questions WHERE asked_at < $1", values![before])
}

pub(super) fn delete_questions_about(cx: &Cx<'_>, subject: UserId) -> Result<usize> {
    cx.db.execute("DELETE FROM questions WHERE subject_id = $1", values![subject])
}

pub(super) fn forget_asker(cx: &Cx<'_>, asker: UserId) -> Result<usize> {
    cx.db.execute("UPDATE questions SET purpose = '' WHERE asker_id = $1 AND purpose <> ''", values![asker])
}
