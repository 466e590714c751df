//! What the bearer of the link in an invitation's letter can do: accept, decline, make an account, have a fresh link.
//!
//! Looking changes nothing. The link proves that its bearer reads the mail of the address it was sent to; a bearer who
//! is signed in acts as the account they are signed in with, whatever its address.

use super::model::{Pair, State};
use super::{decide, end, invite, sql};
use crate::accounts::{self, SignedIn, User};
use crate::base::actor::{Actor, Who};
use crate::base::error::{Error, Result};
use crate::base::house::SignUp;
use crate::base::id::{ConnectionId, Id, UserId};
use crate::base::text::Address;
use crate::base::time::{HOUR, Timestamp, Zone};
use crate::journal::{self, Happening};
use crate::limits::{self, Budget};
use crate::links::{self, Link, Purpose, Standing};
use crate::store::Cx;

/// How often a fresh link to one invitation may be sent.
const FRESH: Budget = Budget { name: "fresh-link", most: 5, window_ms: HOUR };

/// What an invitation's link leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leads {
    /// It can be accepted by whoever looks: they are signed in, or the address has an account.
    Accept,
    /// An account is made with it.
    Join,
    /// It needs an account, which the administrator makes.
    Closed,
    /// It was accepted.
    Done,
    /// It is over, whatever ended it.
    Over,
    /// Whoever looks is signed in as the inviter.
    Own,
}

/// An invitation as the bearer of its link sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The connection.
    pub id: ConnectionId,
    /// Whether the link still acts.
    pub standing: Standing,
    /// What it leads to.
    pub leads: Leads,
    /// Who invites, if they gave a name.
    pub by: Option<String>,
    /// What they say.
    pub words: String,
    /// Until when it can be accepted.
    pub expires_at: Timestamp,
    /// Whether it was declined, as things stand.
    pub is_declined: bool,
    /// Who accepted it.
    pub accepted_by: Option<UserId>,
}

/// Opens a link, for a reader who is signed in as `viewer` or not at all. Changes nothing.
pub fn open(cx: &Cx<'_>, viewer: Option<UserId>, secret: &str) -> Result<Opened> {
    let (link, pair) = find(cx, secret)?;
    let leads = match pair.state {
        State::Connected => Leads::Done,
        State::Invited if pair.is_overdue(cx.now) => Leads::Over,
        State::Invited if viewer == Some(pair.inviter) => Leads::Own,
        State::Invited if viewer.is_some() || holder(cx, &pair)?.is_some() => Leads::Accept,
        State::Invited if cx.house().sign_up == SignUp::Invited => Leads::Join,
        State::Invited => Leads::Closed,
        _ => Leads::Over,
    };
    Ok(Opened {
        id: pair.id,
        standing: link.standing(cx.now),
        leads,
        by: pair.inviter_name.filter(|name| !name.is_empty()),
        words: pair.words,
        expires_at: pair.expires_at,
        is_declined: pair.declined_at.is_some(),
        accepted_by: pair.invitee.filter(|_| pair.state == State::Connected),
    })
}

fn find(cx: &Cx<'_>, secret: &str) -> Result<(Link, Pair)> {
    let link = links::find(cx, Purpose::Connect, secret)?;
    let id = invite::of_link(&link)?;
    let pair = sql::pair(cx, id, UserId::from_uuid(uuid::Uuid::nil()))?.ok_or(Error::NotFound("link"))?;
    Ok((link, pair))
}

/// The account of the address that was invited, if there is one by now.
fn holder(cx: &Cx<'_>, pair: &Pair) -> Result<Option<User>> {
    let Some(address) = &pair.invitee_address else { return Ok(None) };
    Ok(accounts::by_address(cx, address)?.filter(|user| user.disabled_at.is_none()))
}

/// The invitation of a link that acts now.
fn acting(cx: &Cx<'_>, secret: &str) -> Result<(Link, Pair)> {
    let (link, pair) = find(cx, secret)?;
    match link.standing(cx.now) {
        _ if pair.state != State::Invited || pair.is_overdue(cx.now) => {
            Err(Error::refused("connection.over", "This invitation is over. Ask to be invited again."))
        }
        Standing::Live => Ok((link, pair)),
        Standing::Used => Err(Error::refused("link.used", "This link was used already.")),
        Standing::Expired => Err(Error::refused("link.expired", "This link has expired.")),
    }
}

/// Accepts as the account that is signed in, else as that of the address. Accepting again, by whoever did, is answered
/// as the first time.
pub fn accept(cx: &mut Cx<'_>, who: &Actor, secret: &str) -> Result<ConnectionId> {
    let (link, pair) = find(cx, secret)?;
    if pair.state == State::Connected {
        return Ok(pair.id);
    }
    acting(cx, secret)?;
    let user = match who.user() {
        Some(id) => accounts::get(cx, id)?,
        None => holder(cx, &pair)?.ok_or_else(|| {
            Error::refused("connection.no-account", "To accept you need an account in this house.")
        })?,
    };
    connect(cx, who, &link, &pair, &user)
}

/// Makes the account of the invited address, accepts, and signs the browser in. `agent` is what it says of itself.
pub fn join(
    cx: &mut Cx<'_>,
    who: &Actor,
    secret: &str,
    (name, zone): (&str, Zone),
    agent: &str,
) -> Result<(ConnectionId, SignedIn)> {
    let (link, pair) = acting(cx, secret)?;
    if cx.house().sign_up == SignUp::Closed {
        return Err(Error::denied("In this house the administrator makes the accounts."));
    }
    let address: Address = pair.invitee_address.clone().ok_or(Error::NotFound("link"))?;
    let entered = accounts::join(cx, who, (&address, name, zone), agent)?;
    let id = connect(cx, who, &link, &pair, &entered.user)?;
    Ok((id, entered))
}

fn connect(cx: &mut Cx<'_>, who: &Actor, link: &Link, pair: &Pair, user: &User) -> Result<ConnectionId> {
    if user.id == pair.inviter {
        return Err(Error::refused("connection.own", "This is your own invitation."));
    }
    let who = Actor { who: Who::User { id: user.id, admin: false }, ..who.clone() };
    let hash = links::address_hash(cx, &user.address);
    if sql::is_blocked(cx, user.id, &pair.inviter_hash)? {
        return Err(Error::refused("connection.blocked", "You blocked this person. Lift the block first."));
    }
    let mut found = pair.clone();
    if hash != pair.invitee_hash {
        // Somebody who reads the mail of two addresses: what there is between the accounts already comes first.
        if let Some(other) = invite::live(cx, &pair.inviter_hash, &hash)? {
            sql::set_ended(cx, pair.id, State::Withdrawn, None, cx.now)?;
            super::grant::take_back(cx, pair)?;
            journal::append(cx, &who, &Happening::to("connection.withdrawn", &pair.id))?;
            if other.state == State::Connected {
                links::use_up(cx, link.id)?;
                return Ok(other.id);
            }
            found = other;
        } else {
            sql::set_invitee(cx, pair.id, &hash, &invite::pair_key(&pair.inviter_hash, &hash))?;
        }
    }
    links::use_up(cx, link.id)?;
    if found.inviter == user.id {
        // They had invited the inviter as well; the inviter's letter is the inviter's yes.
        let inviter = accounts::get(cx, pair.inviter)?;
        return decide::connect(cx, &who, &inviter, &found, None).map(|seen| seen.id);
    }
    decide::connect(cx, &who, user, &found, None).map(|seen| seen.id)
}

/// Declines; the inviter is not told. Until the invitation is over, its bearer may still change their mind.
pub fn decline(cx: &mut Cx<'_>, who: &Actor, secret: &str) -> Result<()> {
    let (_, pair) = acting(cx, secret)?;
    if pair.declined_at.is_none() {
        decide::refuse(cx, who, &pair)?;
    }
    Ok(())
}

/// Sends a fresh link to the address that was invited, while the invitation lives. The answer is the same whatever
/// the link was.
pub fn fresh(cx: &mut Cx<'_>, who: &Actor, secret: &str) -> Result<()> {
    let (_, pair) = match find(cx, secret) {
        Ok(found) => found,
        Err(Error::NotFound(_)) => {
            let data = serde_json::json!({ "purpose": Purpose::Connect.as_str() });
            return journal::append(cx, who, &Happening::of("link.invalid").data(&data)).map(drop);
        }
        Err(error) => return Err(error),
    };
    if pair.is_overdue(cx.now) {
        return end::expire(cx, &pair);
    }
    if pair.state != State::Invited || !limits::allows(cx, FRESH, &pair.id.to_string(), 1)? {
        return Ok(());
    }
    invite::write(cx, who, &pair)?;
    journal::append(cx, who, &Happening::to("connection.link-renewed", &pair.id)).map(drop)
}
