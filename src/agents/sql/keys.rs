//! The statements of agents' keys, and of what the house signs with.

use crate::accounts::Scope;
use crate::agents::keys::Key;
use crate::agents::registration::Capabilities;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, AgentKeyId, SigningKeyId, UserId};
use crate::base::time::Timestamp;
use crate::store::{Cx, Fact, Row};
use crate::values;

const KEY: &str = "id, agent_id, name, scopes, created_at, used_at, revoked_at";

fn key_row(row: &Row<'_>) -> Result<Key> {
    let scopes: String = row.get("scopes")?;
    Ok(Key {
        id: row.get("id")?,
        agent: row.get("agent_id")?,
        name: row.get("name")?,
        scopes: scopes.split(',').filter_map(Scope::parse).collect(),
        created_at: row.get("created_at")?,
        used_at: row.get("used_at")?,
        revoked_at: row.get("revoked_at")?,
    })
}

pub(in crate::agents) fn insert_key(cx: &Cx<'_>, key: &Key, hash: &str) -> Result<()> {
    let scopes: Vec<_> = key.scopes.iter().map(|scope| scope.as_str()).collect();
    cx.db.change_one(
        "INSERT INTO agent_keys (id, agent_id, name, scopes, secret_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        values![key.id, key.agent, key.name, scopes.join(","), hash, key.created_at],
    )
}

pub(in crate::agents) fn key(cx: &Cx<'_>, id: AgentKeyId) -> Result<Option<Key>> {
    cx.db.one(&format!("SELECT {KEY} FROM agent_keys WHERE id = $1"), values![id], key_row)
}

/// What a token of a key stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::agents) struct Standing {
    pub(in crate::agents) agent: AgentId,
    pub(in crate::agents) user: UserId,
    /// What the key may be used for.
    pub(in crate::agents) scopes: Vec<Scope>,
    pub(in crate::agents) capabilities: Capabilities,
    /// Until when its agent is shut out, if it ever was.
    pub(in crate::agents) shut_out_until: Option<Timestamp>,
}

const STANDING: Fact =
    Fact { name: "agents.standing", tables: &["agent_keys", "agents", "registrations", "users"] };

/// The same, if the key was not taken back, and its agent and its owner act: one read, since every call of a program asks.
pub(in crate::agents) fn standing(cx: &Cx<'_>, id: AgentKeyId) -> Result<Option<Standing>> {
    cx.known(STANDING, values![id], |cx| read_standing(cx, id))
}

fn read_standing(cx: &Cx<'_>, id: AgentKeyId) -> Result<Option<Standing>> {
    cx.db.one(
        "SELECT k.agent_id, a.user_id, k.scopes, r.capabilities, r.shut_out_until FROM agent_keys k JOIN agents a ON a.id = k.agent_id
             JOIN registrations r ON r.agent_id = k.agent_id JOIN users u ON u.id = a.user_id
         WHERE k.id = $1 AND k.revoked_at IS NULL AND a.state = 'active' AND u.disabled_at IS NULL",
        values![id],
        |row| {
            let (agent, user) = (row.get("agent_id")?, row.get("user_id")?);
            let (scopes, capabilities): (String, String) = (row.get("scopes")?, row.get("capabilities")?);
            let scopes = scopes.split(',').filter_map(Scope::parse).collect();
            let capabilities = serde_json::from_str(&capabilities).map_err(Error::internal)?;
            let shut_out_until = row.get("shut_out_until")?;
            Ok(Standing { agent, user, scopes, capabilities, shut_out_until })
        },
    )
}

pub(in crate::agents) fn key_by_hash(cx: &Cx<'_>, hash: &str) -> Result<Option<Key>> {
    cx.db.one(&format!("SELECT {KEY} FROM agent_keys WHERE secret_hash = $1"), values![hash], key_row)
}

pub(in crate::agents) fn keys_of(cx: &Cx<'_>, agent: AgentId) -> Result<Vec<Key>> {
    cx.db.all(
        &format!("SELECT {KEY} FROM agent_keys WHERE agent_id = $1 ORDER BY id"),
        values![agent],
        key_row,
    )
}

pub(in crate::agents) fn set_used(cx: &Cx<'_>, id: AgentKeyId, at: Timestamp) -> Result<()> {
    cx.db.change_one("UPDATE agent_keys SET used_at = $2 WHERE id = $1", values![id, at])
}

pub(in crate::agents) fn revoke_key(cx: &Cx<'_>, id: AgentKeyId) -> Result<()> {
    cx.db.change_one("UPDATE agent_keys SET revoked_at = $2 WHERE id = $1", values![id, cx.now])
}

pub(in crate::agents) fn revoke_keys_of(cx: &Cx<'_>, agent: AgentId) -> Result<usize> {
    cx.db.execute(
        "UPDATE agent_keys SET revoked_at = $2 WHERE agent_id = $1 AND revoked_at IS NULL",
        values![agent, cx.now],
    )
}

pub(in crate::agents) fn delete_revoked(cx: &Cx<'_>, before: Timestamp) -> Result<usize> {
    cx.db.execute("DELETE FROM agent_keys WHERE revoked_at IS NOT NULL AND revoked_at < $1", values![before])
}

/// A key that the house signs with: its name, its public half, its sealed seed, since when, and since when no more.
pub(in crate::agents) struct SigningKey {
    pub(in crate::agents) id: SigningKeyId,
    pub(in crate::agents) public: Vec<u8>,
    pub(in crate::agents) sealed: Vec<u8>,
    pub(in crate::agents) created_at: Timestamp,
    pub(in crate::agents) retired_at: Option<Timestamp>,
}

const SIGNING_KEY: &str = "id, public, sealed, created_at, retired_at";

fn signing_row(row: &Row<'_>) -> Result<SigningKey> {
    Ok(SigningKey {
        id: row.get("id")?,
        public: row.get("public")?,
        sealed: row.get("sealed")?,
        created_at: row.get("created_at")?,
        retired_at: row.get("retired_at")?,
    })
}

/// The keys of the house, the newest first: there are two at most, but for a moment.
pub(in crate::agents) fn signing_keys(cx: &Cx<'_>) -> Result<Vec<SigningKey>> {
    let sql = format!("SELECT {SIGNING_KEY} FROM signing_keys ORDER BY created_at DESC");
    cx.db.all(&sql, &[], signing_row)
}

pub(in crate::agents) fn signing_key(cx: &Cx<'_>, id: SigningKeyId) -> Result<Option<SigningKey>> {
    let sql = format!("SELECT {SIGNING_KEY} FROM signing_keys WHERE id = $1");
    cx.db.one(&sql, values![id], signing_row)
}

pub(in crate::agents) fn insert_signing_key(cx: &Cx<'_>, key: &SigningKey) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO signing_keys (id, public, sealed, created_at) VALUES ($1, $2, $3, $4)",
        values![key.id, key.public, key.sealed, key.created_at],
    )
}

pub(in crate::agents) fn retire_signing_key(cx: &Cx<'_>, id: SigningKeyId) -> Result<()> {
    cx.db.change_one("UPDATE signing_keys SET retired_at = $2 WHERE id = $1", values![id, cx.now])
}

pub(in crate::agents) fn delete_signing_key(cx: &Cx<'_>, id: SigningKeyId) -> Result<()> {
    cx.db.change_one("DELETE FROM signing_keys WHERE id = $1", values![id])
}
