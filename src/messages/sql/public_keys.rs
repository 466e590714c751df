//! The statements of public keys.

use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, PublicKeyId};
use crate::messages::public_key::{NewPublicKey, PublicKey};
use crate::store::Cx;
use crate::values;

/// The keys of an agent that count, the oldest first.
pub(in crate::messages) fn current(cx: &Cx<'_>, agent: AgentId) -> Result<Vec<PublicKey>> {
    cx.db.all(
        "SELECT id, jwk, created_at FROM agent_public_keys WHERE agent_id = $1 AND retired_at IS NULL ORDER BY id",
        values![agent],
        |row| {
            let jwk: String = row.get("jwk")?;
            Ok(PublicKey {
                id: row.get("id")?,
                jwk: serde_json::from_str(&jwk).map_err(Error::internal)?,
                created_at: row.get("created_at")?,
            })
        },
    )
}

/// Says whether the name was free.
pub(in crate::messages) fn insert(
    cx: &Cx<'_>,
    id: PublicKeyId,
    agent: AgentId,
    key: &NewPublicKey,
) -> Result<bool> {
    let jwk = serde_json::to_string(key).map_err(Error::internal)?;
    let inserted = cx.db.execute(
        "INSERT INTO agent_public_keys (id, agent_id, kid, jwk, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (agent_id, kid) DO UPDATE SET retired_at = NULL
             WHERE agent_public_keys.jwk = excluded.jwk AND agent_public_keys.retired_at IS NOT NULL",
        values![id, agent, key.kid, jwk, cx.now],
    )?;
    Ok(inserted == 1)
}

pub(in crate::messages) fn retire(cx: &Cx<'_>, id: PublicKeyId) -> Result<()> {
    cx.db.change_one("UPDATE agent_public_keys SET retired_at = $2 WHERE id = $1", values![id, cx.now])
}

pub(in crate::messages) fn delete_of_agent(cx: &Cx<'_>, agent: AgentId) -> Result<usize> {
    cx.db.execute("DELETE FROM agent_public_keys WHERE agent_id = $1", values![agent])
}
