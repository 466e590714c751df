//! API tokens: shown once, stored hashed, with scopes.

use super::model::{Scope, Token};
use super::sql;
use crate::base::actor::{Actor, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{TokenId, UserId};
use crate::base::secret::{Secret, base32};
use crate::base::text;
use crate::journal::{self, Happening};
use crate::store::Cx;

/// What every token begins with, so that one found where it should not be is known for what it is.
const PREFIX: &str = "ent_";

/// Makes a token that acts for `user`, or for the operator where there is none. A user makes tokens for
/// themselves and within what they may do; an administrator, for anybody.
pub fn create_token(
    cx: &mut Cx<'_>,
    who: &Actor,
    user: Option<UserId>,
    name: &str,
    scopes: &[Scope],
) -> Result<(Token, Secret)> {
    match user {
        Some(user) if who.user() == Some(user) || who.is_admin() => drop(super::get(cx, user)?),
        None if matches!(who.who, Who::Operator | Who::House) => {}
        _ => return Err(Error::denied("A token can be made for oneself only.")),
    }
    if scopes.is_empty() {
        return Err(Error::invalid("scope", "Choose what the token may be used for."));
    }
    if !who.is_admin() && !scopes.iter().all(|scope| scope.is_for_oneself()) {
        return Err(Error::denied("Only an administrator may make a token that may do this."));
    }
    let name = text::line(name, 80);
    if name.is_empty() {
        return Err(Error::invalid("name", "Give the token a name, so that you know it again."));
    }
    let secret = format!("{PREFIX}{}", base32(&cx.chance().bytes::<20>()));
    let mut scopes = scopes.to_vec();
    scopes.sort_unstable();
    scopes.dedup();
    let token = Token { id: cx.id(), user, name, scopes, created_at: cx.now, revoked_at: None };
    sql::insert_token(cx, &token, &cx.keys().lookup("token", &secret))?;
    let mut happening = Happening::to("token.created", &token.id);
    if let Some(user) = user {
        happening = happening.with(&user);
    }
    journal::append(cx, who, &happening)?;
    Ok((token, Secret::new(secret)))
}

/// A program that calls with a token.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The token.
    pub token: TokenId,
    /// For whom it acts.
    pub who: Who,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
}

impl Caller {
    /// Whether it may be used for this.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope) || self.scopes.contains(&Scope::Admin)
    }
}

/// Who calls with this token, if it is valid. A token without the scope `admin` acts for a member even
/// if its user is an administrator.
pub fn bearer(cx: &Cx<'_>, secret: &Secret) -> Result<Option<Caller>> {
    let Some(token) = sql::token(cx, &cx.keys().lookup("token", secret.expose()))? else { return Ok(None) };
    if token.revoked_at.is_some() {
        return Ok(None);
    }
    let admin = token.scopes.contains(&Scope::Admin);
    let who = match token.user {
        None if admin => Who::Operator,
        None => Who::Anyone,
        Some(id) => match sql::user(cx, id)?.filter(|user| user.disabled_at.is_none()) {
            Some(user) => Who::User { id, admin: admin && user.role == super::Role::Admin },
            None => return Ok(None),
        },
    };
    Ok(Some(Caller { token: token.id, who, scopes: token.scopes }))
}

/// One's own tokens; for the operator, all of them.
pub fn tokens(cx: &Cx<'_>, who: &Actor) -> Result<Vec<Token>> {
    match who.user() {
        Some(user) => sql::tokens_of(cx, user),
        None if who.is_admin() => sql::tokens(cx),
        None => Err(Error::Unauthenticated("Sign in first.")),
    }
}

/// Takes a token back, at once.
pub fn revoke_token(cx: &mut Cx<'_>, who: &Actor, id: TokenId) -> Result<()> {
    let token = sql::token_by_id(cx, id)?.ok_or(Error::NotFound("token"))?;
    if !(who.is_admin() || token.user.is_some() && token.user == who.user()) {
        return Err(Error::NotFound("token"));
    }
    if token.revoked_at.is_none() {
        sql::revoke_token(cx, id)?;
        journal::append(cx, who, &Happening::to("token.revoked", &id))?;
    }
    Ok(())
}
