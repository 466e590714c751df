//! Credentials: a key is exchanged for a signed token that lives for minutes (RFC 9068), and in every transaction that
//! acts on one, the rows count and not what the token says.

use serde::{Deserialize, Serialize};

use super::keys::PURPOSE;
use super::model::State;
use super::register::switched_off;
use super::registration::Registered;
use super::shut_out;
use super::sql::keys::{self as sql, SigningKey};
use super::sql::registry;
use crate::accounts::{self, Scope};
use crate::base::actor::Who;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, AgentKeyId, SigningKeyId};
use crate::base::jwt;
use crate::base::secret::Secret;
use crate::base::time::{DAY, HOUR, SECOND};
use crate::limits::{self, Budget};
use crate::store::Cx;

/// The media type of such a token, as its header says it (RFC 9068, 2.1).
const TYPE: &str = "at+jwt";
/// How often a key may be exchanged in an hour, at the least.
const EXCHANGES_MIN: i64 = 60;
/// How far another machine's clock may be off, in milliseconds.
const LEEWAY_MS: i64 = 60 * SECOND;

/// What a token says (RFC 9068, 2.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// This house.
    pub iss: String,
    /// For whom it is: this house as well.
    pub aud: String,
    /// The agent.
    pub sub: AgentId,
    /// The key that it was exchanged for.
    pub client_id: AgentKeyId,
    /// What it may be used for, with spaces between.
    pub scope: String,
    /// Since when, in seconds.
    pub iat: i64,
    /// Until when, in seconds.
    pub exp: i64,
    /// Its own id.
    pub jti: String,
}

/// A token that was made.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The token.
    pub token: Secret,
    /// How long it is good, in seconds.
    pub expires_in: i64,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
}

/// A program that calls with a good token.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The agent, for its owner.
    pub who: Who,
    /// What the token may be used for now.
    pub scopes: Vec<Scope>,
}

/// A key of the house, as others check signatures with it (RFC 7517, RFC 8037).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicKey {
    /// `OKP`.
    pub kty: &'static str,
    /// `Ed25519`.
    pub crv: &'static str,
    /// `EdDSA`.
    pub alg: &'static str,
    /// `sig`.
    #[serde(rename = "use")]
    pub usage: &'static str,
    /// Its name.
    pub kid: String,
    /// Its 32 bytes, base64url.
    pub x: String,
}

/// Exchanges a key for a token, for all that the key may or for less.
///
/// # Errors
/// `Unauthenticated` alike for whatever is wrong with the key; `agent.off` of a good one, where agents are switched off; `Invalid`
/// for a scope that it does not have; `Throttled` where it is exchanged again and again.
pub fn exchange(cx: &mut Cx<'_>, secret: &Secret, wanted: Option<&[Scope]>) -> Result<Issued> {
    let wrong = || Error::Unauthenticated("This key is not valid, or no longer.");
    let hash = cx.keys().lookup(PURPOSE, secret.expose());
    let key = sql::key_by_hash(cx, &hash)?.filter(|key| key.revoked_at.is_none()).ok_or_else(wrong)?;
    let one = good(cx, key.agent)?.ok_or_else(wrong)?;
    if !cx.house().agents_enabled {
        return Err(switched_off());
    }
    limits::spend(cx, exchanges(cx), &key.id.to_string(), 1)?;
    let may = |scope: &Scope| key.scopes.contains(scope) && one.capabilities.allow(*scope);
    let scopes: Vec<Scope> = match wanted {
        Some(wanted) => {
            if let Some(at) = wanted.iter().position(|scope| !may(scope)) {
                return Err(Error::invalid(format!("scopes[{at}]"), "This key may not be used for this."));
            }
            let mut wanted = wanted.to_vec();
            wanted.sort_unstable();
            wanted.dedup();
            wanted
        }
        None => key.scopes.iter().copied().filter(may).collect(),
    };
    // To the day: what is told of a key is whether it is in use.
    if key.used_at.is_none_or(|at| cx.now.since(at) > DAY) {
        sql::set_used(cx, key.id, cx.now)?;
    }
    let signing = signing_key(cx)?;
    let words: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
    let house = cx.house();
    let iat = cx.now.ms() / SECOND;
    let claims = Claims {
        iss: house.public_url.clone(),
        aud: house.public_url.clone(),
        sub: key.agent,
        client_id: key.id,
        scope: words.join(" "),
        iat,
        exp: iat + house.agent_token_ms / SECOND,
        jti: crate::base::secret::hex(&cx.chance().bytes::<16>()),
    };
    let token = jwt::sign(&seed(cx, &signing)?, &signing.id.to_string(), TYPE, &claims)?;
    Ok(Issued { token: Secret::new(token), expires_in: claims.exp - claims.iat, scopes })
}

/// How often a key may be exchanged: four times as often as its tokens end, so that a client that renews them early, and
/// one that restarts now and then, is not kept out however short they last.
fn exchanges(cx: &Cx<'_>) -> Budget {
    let most = (4 * HOUR / cx.house().agent_token_ms.max(1)).max(EXCHANGES_MIN);
    Budget { name: "agent-tokens", most, window_ms: HOUR }
}

/// What a token says, if this house signed it, for itself, and its time is not over. Whether it still counts is for
/// [`proven`] to say, in the transaction that acts on it.
pub fn opened(cx: &Cx<'_>, token: &str) -> Result<Option<Claims>> {
    let Some(unchecked) = jwt::open(token).filter(|one| one.typ == TYPE) else { return Ok(None) };
    let Ok(kid) = unchecked.kid.parse::<SigningKeyId>() else { return Ok(None) };
    let Some(key) = sql::signing_key(cx, kid)? else { return Ok(None) };
    let Some(claims) = unchecked.claims::<Claims>(&key.public) else { return Ok(None) };
    let is_ours = claims.iss == cx.house().public_url && claims.aud == cx.house().public_url;
    Ok((is_ours && is_in_time(cx, &claims)).then_some(claims))
}

fn is_in_time(cx: &Cx<'_>, claims: &Claims) -> bool {
    let now = cx.now.ms();
    now < claims.exp.saturating_mul(SECOND) && claims.iat.saturating_mul(SECOND) <= now + LEEWAY_MS
}

/// Who calls with a token that says this, as things stand now: whatever its agent or its key lost counts no more.
///
/// # Errors
/// `agent.off`, where agents are switched off: of a token that would count otherwise; `agent.shut-out`.
pub fn proven(cx: &Cx<'_>, claims: &Claims) -> Result<Option<Caller>> {
    if !is_in_time(cx, claims) {
        return Ok(None);
    }
    let Some(one) = sql::standing(cx, claims.client_id)?.filter(|one| one.agent == claims.sub) else {
        return Ok(None);
    };
    if !cx.house().agents_enabled {
        return Err(switched_off());
    }
    if let Some(until) = one.shut_out_until.filter(|until| *until > cx.now) {
        return Err(shut_out::refusal(until, cx.now));
    }
    let scopes = claims.scope.split(' ').filter_map(Scope::parse);
    let may = |scope: &Scope| one.scopes.contains(scope) && one.capabilities.allow(*scope);
    let scopes = scopes.filter(may).collect();
    Ok(Some(Caller { who: Who::Agent { id: one.agent, user: one.user }, scopes }))
}

/// An agent that acts, of an owner who may.
///
/// # Errors
/// `agent.shut-out`.
fn good(cx: &Cx<'_>, id: AgentId) -> Result<Option<Registered>> {
    let Some(one) = registry::registered(cx, id)?.filter(|one| one.agent.state == State::Active) else {
        return Ok(None);
    };
    let Some(user) = one.agent.user else { return Ok(None) };
    match accounts::get(cx, user) {
        Ok(owner) if owner.disabled_at.is_none() => match one.shut_out(cx.now) {
            Some((until, _)) => Err(shut_out::refusal(until, cx.now)),
            None => Ok(Some(one)),
        },
        Ok(_) | Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The keys that others check our signatures with, the newest first.
pub fn public_keys(cx: &Cx<'_>) -> Result<Vec<PublicKey>> {
    let keys = sql::signing_keys(cx)?.into_iter().map(|key| PublicKey {
        kty: "OKP",
        crv: "Ed25519",
        alg: "EdDSA",
        usage: "sig",
        kid: key.id.to_string(),
        x: jwt::encoded(&key.public),
    });
    Ok(keys.collect())
}

/// The key to sign with, made if there is none.
fn signing_key(cx: &Cx<'_>) -> Result<SigningKey> {
    match sql::signing_keys(cx)?.into_iter().find(|key| key.retired_at.is_none()) {
        Some(key) => Ok(key),
        None => new_signing_key(cx),
    }
}

fn new_signing_key(cx: &Cx<'_>) -> Result<SigningKey> {
    let (id, seed): (SigningKeyId, [u8; 32]) = (cx.id(), cx.chance().bytes());
    let key = SigningKey {
        id,
        public: jwt::public_key(&seed)?.to_vec(),
        sealed: cx.keys().seal(cx.chance(), &place(id), &seed),
        created_at: cx.now,
        retired_at: None,
    };
    sql::insert_signing_key(cx, &key)?;
    Ok(key)
}

fn place(id: SigningKeyId) -> String {
    format!("signing key {id}")
}

fn seed(cx: &Cx<'_>, key: &SigningKey) -> Result<[u8; 32]> {
    let opened = cx.keys().open(&place(key.id), &key.sealed)?;
    opened.try_into().map_err(|_| Error::internal("a signing key has the wrong length"))
}

/// Replaces the key that the house signs with when it is old, and forgets those whose tokens are all over. A job.
pub fn renew_signing_keys(cx: &Cx<'_>) -> Result<()> {
    let house = cx.house();
    for key in sql::signing_keys(cx)? {
        match key.retired_at {
            None if cx.now.since(key.created_at) >= house.agent_signing_ms => {
                sql::retire_signing_key(cx, key.id)?;
                new_signing_key(cx)?;
            }
            Some(at) if cx.now.since(at) > house.agent_token_ms + LEEWAY_MS => {
                sql::delete_signing_key(cx, key.id)?;
            }
            _ => {}
        }
    }
    Ok(())
}
