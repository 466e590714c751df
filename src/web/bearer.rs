//! Bearer tokens (RFC 6750): who calls, and whether their token is for this.
//!
//! A token is looked at before the body is read, and once more inside the transaction that acts on it: what was
//! taken back in between counts for nothing.

use super::call::Call;
use crate::accounts::{self, Scope};
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::secret::{Secret, sha256};
use crate::store::Cx;

/// A caller that was found good when the call came in; clones go into transactions.
#[derive(Clone)]
pub struct Bearer {
    proof: Proof,
    trace: String,
}

#[derive(Clone)]
enum Proof {
    /// An API token, and what it is to be used for.
    Token(Secret, Scope),
    /// A secret of the configuration, by its name.
    Configured(&'static str),
}

impl Bearer {
    /// The token of a call, if it is valid and may be used for `scope`.
    pub async fn of(call: &Call, scope: Scope) -> Result<Self> {
        let bearer = Self { proof: Proof::Token(call.token()?, scope), trace: call.trace.clone() };
        let asked = bearer.clone();
        call.web.store.read(move |cx| asked.actor(cx).map(drop)).await?;
        Ok(bearer)
    }

    /// The holder of a secret of the configuration: a mail server that the operator let in.
    pub fn configured(call: &Call, name: &'static str) -> Self {
        Self { proof: Proof::Configured(name), trace: call.trace.clone() }
    }

    /// What tells callers apart before anything is known of them.
    pub fn mark(&self) -> String {
        match &self.proof {
            Proof::Token(secret, _) => sha256(secret.expose().as_bytes()),
            Proof::Configured(name) => (*name).to_owned(),
        }
    }

    /// Who calls, by the name that their kept answers have, and who acts, as things stand in this transaction.
    pub fn actor(&self, cx: &Cx<'_>) -> Result<(String, Actor)> {
        let (secret, scope) = match &self.proof {
            Proof::Token(secret, scope) => (secret, *scope),
            Proof::Configured(name) => {
                return Ok(((*name).to_owned(), Actor::new(Who::House, Road::Api, self.trace.clone())));
            }
        };
        let caller = accounts::bearer(cx, secret)?
            .ok_or(Error::Unauthenticated("This token is not valid, or no longer."))?;
        if !caller.may(scope) {
            let scope = scope.as_str();
            return Err(Error::denied(format!("This token may not be used for this: it lacks {scope}.")));
        }
        let is_for_profile = matches!(scope, Scope::ProfileRead | Scope::ProfileWrite);
        if is_for_profile && !matches!(caller.who, Who::User { .. }) {
            return Err(Error::denied(
                "This token acts for nobody, so it has no profile. Make one for a user.",
            ));
        }
        if scope.is_for_oneself() && caller.who == Who::Anyone {
            return Err(Error::denied(
                "This token acts for nobody, so it has no meetings and no connections. Make one for a user, or with the scope admin.",
            ));
        }
        Ok((caller.token.to_string(), Actor::new(caller.who, Road::Api, self.trace.clone())))
    }
}
