//! Keys: what an agent proves itself with. Shown once, kept as a keyed hash, taken back at once.

use super::model::State;
use super::register::{only_people, owned, registered};
use super::registration::is_for_agents;
use super::sql;
use crate::accounts::Scope;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, AgentKeyId};
use crate::base::secret::{Secret, base32};
use crate::base::text;
use crate::base::time::{DAY, Timestamp};
use crate::journal::{self, Happening};
use crate::limits::{self, Budget};
use crate::store::Cx;

/// What every key begins with, so that one found where it should not be is known for what it is.
pub const PREFIX: &str = "eak_";
/// The most keys of an agent that are good at once.
pub const KEYS_MAX: usize = 10;
/// How many a person makes a day, those that are taken back again as well.
const KEYS: Budget = Budget { name: "agent-keys", most: 50, window_ms: DAY };
/// The longest name of a key, in characters.
const NAME_CHARS_MAX: usize = 80;
/// What the keyed hash of keys is made for.
pub(super) const PURPOSE: &str = "agent key";

/// A key; its secret was shown once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its id.
    pub id: AgentKeyId,
    /// Whose it is.
    pub agent: AgentId,
    /// What the owner calls it.
    pub name: String,
    /// What it may be used for, as far as the agent's capabilities leave it.
    pub scopes: Vec<Scope>,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last exchanged, to the day.
    pub used_at: Option<Timestamp>,
    /// Since when it may no longer.
    pub revoked_at: Option<Timestamp>,
}

/// Makes a key for an agent of one's own. A program makes none.
pub fn make_key(
    cx: &mut Cx<'_>,
    who: &Actor,
    id: AgentId,
    name: &str,
    scopes: &[Scope],
) -> Result<(Key, Secret)> {
    let one = owned(cx, who, id)?;
    if one.agent.state == State::Retired {
        return Err(Error::refused("agent.retired", "This agent is retired."));
    }
    if scopes.is_empty() {
        return Err(Error::invalid("scopes", "Choose what the key may be used for."));
    }
    if let Some(at) = scopes.iter().position(|scope| !is_for_agents(*scope)) {
        return Err(Error::invalid(format!("scopes[{at}]"), "This is not for programs."));
    }
    let name = text::line(name, NAME_CHARS_MAX);
    if name.is_empty() {
        return Err(Error::invalid("name", "Give the key a name, so that you know it again."));
    }
    let good = sql::keys::keys_of(cx, id)?.into_iter().filter(|key| key.revoked_at.is_none()).count();
    if good >= KEYS_MAX {
        let words = format!("This agent has {KEYS_MAX} keys already; take one back first.");
        return Err(Error::refused("agent.too-many-keys", words));
    }
    limits::spend(cx, KEYS, &who.who.to_string(), 1)?;
    let secret = format!("{PREFIX}{}", base32(&cx.chance().bytes::<20>()));
    let mut scopes = scopes.to_vec();
    scopes.sort_unstable();
    scopes.dedup();
    let key =
        Key { id: cx.id(), agent: id, name, scopes, created_at: cx.now, used_at: None, revoked_at: None };
    sql::keys::insert_key(cx, &key, &cx.keys().lookup(PURPOSE, &secret))?;
    let words: Vec<_> = key.scopes.iter().map(|scope| scope.as_str()).collect();
    let data = serde_json::json!({ "scopes": words });
    journal::append(cx, who, &Happening::to("agent.key-made", &id).with(&key.id).data(&data))?;
    Ok((key, Secret::new(secret)))
}

/// The keys of an agent, without their secrets, those that were taken back as well.
pub fn keys(cx: &Cx<'_>, who: &Actor, id: AgentId) -> Result<Vec<Key>> {
    registered(cx, who, id)?;
    sql::keys::keys_of(cx, id)
}

/// Takes a key back, at once, with every token that it was exchanged for. Twice is once.
pub fn revoke_key(cx: &mut Cx<'_>, who: &Actor, id: AgentId, key: AgentKeyId) -> Result<()> {
    // An administrator may end what a member's program does; and what leaked can be taken back where agents are switched off.
    let one = registered(cx, who, id)?;
    if who.agent().is_some() {
        return Err(only_people());
    }
    let key = sql::keys::key(cx, key)?.filter(|key| key.agent == one.agent.id);
    let key = key.ok_or(Error::NotFound("key"))?;
    if key.revoked_at.is_none() {
        sql::keys::revoke_key(cx, key.id)?;
        journal::append(cx, who, &Happening::to("agent.key-revoked", &id).with(&key.id))?;
    }
    Ok(())
}
