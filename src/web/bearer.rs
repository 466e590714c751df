//! Bearer tokens (RFC 6750): who calls, and whether their token is for this. Users' programs send an API token, which is
//! looked up; agents send a signed one that they got for their key.
//!
//! A token is looked at before the body is read, and once more inside the transaction that acts on it: what was
//! taken back in between counts for nothing. A signature is checked once ([`super::checked`]); of a call that is nothing but
//! one transaction, a token whose signature is known is looked up in that transaction alone ([`Bearer::within`]).

use std::sync::Arc;

use actix_web::HttpMessage;

use super::Web;
use super::call::Call;
use super::strikes::Proven;
use crate::accounts::{self, Scope};
use crate::agents;
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::id::AgentId;
use crate::base::secret::{Secret, sha256};
use crate::store::Cx;

/// A caller that was found good when the call came in; clones go into transactions.
#[derive(Clone)]
pub struct Bearer {
    proof: Proof,
    trace: String,
    /// What the token of an agent must be for besides.
    of_agents: Option<Scope>,
}

#[derive(Clone)]
enum Proof {
    /// An API token, and what it is to be used for.
    Token(Secret, Scope),
    /// What the token of an agent says, its signature checked, and what it is to be used for; `None`: for what every agent
    /// may.
    Agent(Arc<agents::Claims>, Option<Scope>),
    /// A secret of the configuration, by its name.
    Configured(&'static str),
}

impl Proof {
    /// What was sent, if it can be anybody's at all.
    fn of(web: &Web, cx: &Cx<'_>, given: Secret, scope: Scope, of_agent: Option<Scope>) -> Result<Self> {
        if given.expose().starts_with(agents::KEY_PREFIX) {
            return Err(Error::Unauthenticated(
                "Exchange this key first: POST /api/v1/agents/token gives a token.",
            ));
        }
        // No API token has a dot, every signed one has two.
        if !given.expose().contains('.') {
            return Ok(Self::Token(given, scope));
        }
        let checked = &web.state.checked;
        if let Some(claims) = checked.known(given.expose()) {
            return Ok(Self::Agent(claims, of_agent));
        }
        let claims = Arc::new(agents::opened(cx, given.expose())?.ok_or_else(not_valid)?);
        checked.remember(given.expose(), claims.clone(), cx.now);
        Ok(Self::Agent(claims, of_agent))
    }
}

impl Bearer {
    /// The token of a call, if it is valid and may be used for `scope`.
    pub async fn of(call: &Call, scope: Scope) -> Result<Self> {
        Self::for_uses(call, scope, Some(scope)).await
    }

    /// The token of a call, if it is any valid one of an agent, or an API token that may be used for `scope`.
    pub async fn of_agent_or(call: &Call, scope: Scope) -> Result<Self> {
        Self::for_uses(call, scope, None).await
    }

    /// The same, if it is no agent's, or an agent's that may be used for `scope` as well: what its owner lets it do at all
    /// holds by every road.
    #[must_use]
    pub fn and_of_agents(self, scope: Scope) -> Self {
        Self { of_agents: Some(scope), ..self }
    }

    /// The token of a call that does nothing before the transaction which asks for [`Bearer::actor`]: of a token that was
    /// checked before, what it stands on is read there alone, and not twice. A body that cannot be read is told before a
    /// token that was taken back.
    pub async fn within(call: &Call, scope: Scope) -> Result<Self> {
        let Some(claims) = call.web.state.checked.known(call.token()?.expose()) else {
            return Self::of(call, scope).await;
        };
        call.request.extensions_mut().insert(Proven(claims.sub));
        let proof = Proof::Agent(claims, Some(scope));
        Ok(Self { proof, trace: call.trace.clone(), of_agents: None })
    }

    async fn for_uses(call: &Call, scope: Scope, of_agent: Option<Scope>) -> Result<Self> {
        let (given, trace, web) = (call.token()?, call.trace.clone(), call.web.clone());
        let read = call.web.store.read(move |cx| {
            let proof = Proof::of(&web, cx, given.clone(), scope, of_agent)?;
            let bearer = Self { proof, trace: trace.clone(), of_agents: None };
            let checked = bearer.actor(cx).map(drop);
            Ok((bearer, checked))
        });
        let (bearer, checked) = read.await?;
        // One that may not be used for this proved good all the same.
        if let (Some(agent), Ok(()) | Err(Error::Denied(_))) = (bearer.agent(), &checked) {
            call.request.extensions_mut().insert(Proven(agent));
        }
        checked.map(|()| bearer)
    }

    /// The token of an agent that comes over a socket, if it is valid and may be used for `scope`.
    pub async fn of_agent(web: &Web, trace: &str, given: Secret, scope: Scope) -> Result<Self> {
        let (trace, known) = (trace.to_owned(), web.clone());
        let read = web.store.read(move |cx| {
            let proof = Proof::of(&known, cx, given.clone(), scope, Some(scope))?;
            if !matches!(proof, Proof::Agent(..)) {
                return Err(Error::Unauthenticated(
                    "A socket is an agent's: send the token that it gets for its key (POST /api/v1/agents/token).",
                ));
            }
            let bearer = Self { proof, trace: trace.clone(), of_agents: None };
            bearer.actor(cx)?;
            Ok(bearer)
        });
        read.await
    }

    /// The same token of an agent, to be used for another scope; `None`: for what every agent may.
    #[must_use]
    pub fn used_for(&self, scope: Option<Scope>) -> Self {
        let proof = match &self.proof {
            Proof::Agent(claims, _) => Proof::Agent(claims.clone(), scope),
            other => other.clone(),
        };
        Self { proof, ..self.clone() }
    }

    /// Whose token it is, if it is an agent's.
    pub fn agent(&self) -> Option<AgentId> {
        match &self.proof {
            Proof::Agent(claims, _) => Some(claims.sub),
            _ => None,
        }
    }

    /// The holder of a secret of the configuration: a mail server that the operator let in.
    pub fn configured(call: &Call, name: &'static str) -> Self {
        Self { proof: Proof::Configured(name), trace: call.trace.clone(), of_agents: None }
    }

    /// What tells callers apart before anything is known of them. An agent is the same by every token of its.
    pub fn mark(&self) -> String {
        match &self.proof {
            Proof::Token(secret, _) => sha256(secret.expose().as_bytes()),
            Proof::Agent(claims, _) => claims.sub.to_string(),
            Proof::Configured(name) => (*name).to_owned(),
        }
    }

    /// Refuses what the caller's token may not be used for besides, as things stand in this transaction.
    pub fn may(&self, cx: &Cx<'_>, scope: Scope) -> Result<()> {
        let proof = match &self.proof {
            Proof::Token(secret, _) => Proof::Token(secret.clone(), scope),
            Proof::Agent(claims, _) => Proof::Agent(claims.clone(), Some(scope)),
            Proof::Configured(name) => Proof::Configured(name),
        };
        Self { proof, ..self.clone() }.actor(cx).map(drop)
    }

    /// Refuses to give on what the caller's own token may not be used for.
    pub fn gives(&self, cx: &Cx<'_>, scopes: &[Scope]) -> Result<()> {
        let own = match &self.proof {
            Proof::Token(secret, _) => accounts::bearer(cx, secret)?.ok_or_else(not_valid)?.scopes,
            Proof::Agent(claims, _) => agents::proven(cx, claims)?.ok_or_else(not_valid)?.scopes,
            Proof::Configured(_) => Vec::new(),
        };
        match scopes.iter().find(|scope| !own.contains(scope) && !own.contains(&Scope::Admin)) {
            Some(scope) => {
                let scope = scope.as_str();
                Err(Error::denied(format!(
                    "This token may not give on what it may not be used for: {scope}."
                )))
            }
            None => Ok(()),
        }
    }

    /// Who calls, by the name that their kept answers have, and who acts, as things stand in this transaction.
    pub fn actor(&self, cx: &Cx<'_>) -> Result<(String, Actor)> {
        let (name, who, scopes, scope) = match &self.proof {
            Proof::Token(secret, scope) => {
                let caller = accounts::bearer(cx, secret)?.ok_or_else(not_valid)?;
                (caller.token.to_string(), caller.who, caller.scopes, Some(*scope))
            }
            Proof::Agent(claims, scope) => {
                let caller = agents::proven(cx, claims)?.ok_or_else(not_valid)?;
                if let Some(scope) = self.of_agents {
                    may(caller.who, &caller.scopes, scope)?;
                }
                (claims.sub.to_string(), caller.who, caller.scopes, *scope)
            }
            Proof::Configured(name) => {
                return Ok(((*name).to_owned(), Actor::new(Who::House, Road::Api, self.trace.clone())));
            }
        };
        if let Some(scope) = scope {
            may(who, &scopes, scope)?;
        }
        Ok((name, Actor::new(who, Road::Api, self.trace.clone())))
    }
}

/// Refuses a use that the token is not for.
fn may(who: Who, scopes: &[Scope], scope: Scope) -> Result<()> {
    if !(scopes.contains(&scope) || scopes.contains(&Scope::Admin)) {
        let scope = scope.as_str();
        let of_agents = match who {
            Who::Agent { .. } => {
                " An agent's key needs this scope, and its owner must let the agent do this at all (its capabilities)."
            }
            _ => "",
        };
        let words = format!("This token may not be used for this: it lacks {scope}.{of_agents}");
        return Err(Error::denied(words));
    }
    let is_for_profile = matches!(scope, Scope::ProfileRead | Scope::ProfileWrite);
    if is_for_profile && !matches!(who, Who::User { .. } | Who::Agent { .. }) {
        return Err(Error::denied("This token acts for nobody, so it has no profile. Make one for a user."));
    }
    if scope.is_for_oneself() && who == Who::Anyone {
        return Err(Error::denied(
            "This token acts for nobody, so it has no meetings and no connections. Make one for a user, or with the scope admin.",
        ));
    }
    Ok(())
}

fn not_valid() -> Error {
    Error::Unauthenticated("This token is not valid, or no longer.")
}
