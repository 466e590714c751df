//! Inviting: by address, whoever it is, with the same answer to all.

use super::grant::{self, NewGrant};
use super::model::{Connection, Pair, Side, State};
use super::{Me, decide, end, me, sql};
use crate::accounts;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::ConnectionId;
use crate::base::text::{self, Address};
use crate::base::time::DAY;
use crate::journal::{self, Happening};
use crate::limits::{self, Budget};
use crate::links::{self, About, Purpose};
use crate::post::letter::{self, Draft, Face, Says};
use crate::store::Cx;

/// The longest words to somebody who is invited, in characters.
const WORDS_CHARS_MAX: usize = 500;
/// How long the link in the letter acts, in milliseconds; a fresh one can be had while the invitation lives.
const LINK_MS: i64 = 7 * DAY;

/// Somebody to be invited.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Whom.
    pub address: Address,
    /// What to say to them; may be empty.
    pub words: String,
    /// What to let their agent do, from the moment they accept.
    pub grant: Option<NewGrant>,
}

/// Invites somebody to connect. An address with an account, one without, one that declined and one that does not want
/// to hear of the inviter are answered alike. The same address again gives the same connection; somebody who has
/// invited the inviter is accepted.
pub fn invite(cx: &mut Cx<'_>, who: &Actor, invitation: &Invitation) -> Result<Connection> {
    who.people_only()?;
    let me = me(cx, who)?;
    let theirs = checked(cx, &me, &invitation.address)?;
    if let Some(pair) = live(cx, &me.hash, &theirs)? {
        return again(cx, who, &me, &pair, invitation);
    }
    let budget =
        Budget { name: "invitations", most: i64::from(cx.house().invitations_per_day), window_ms: DAY };
    limits::spend(cx, budget, &me.user.id.to_string(), 1)?;
    let invitee = accounts::by_address(cx, &invitation.address)?;
    let silenced = match &invitee {
        Some(invitee) => sql::is_blocked(cx, invitee.id, &me.hash)?,
        None => false,
    };
    let pair = Pair {
        id: cx.id(),
        inviter: me.user.id,
        inviter_hash: me.hash.clone(),
        inviter_name: me.user.given_name(),
        invitee: invitee.as_ref().map(|user| user.id),
        invitee_name: None,
        invitee_address: Some(invitation.address.clone()),
        invitee_hash: theirs,
        state: State::Invited,
        silenced,
        declined_at: None,
        words: text::paragraphs(&invitation.words, WORDS_CHARS_MAX),
        created_at: cx.now,
        expires_at: cx.now.plus(cx.house().invitation_ms),
        connected_at: None,
        ended_at: None,
        is_blocked: false,
    };
    sql::insert(cx, &pair, &pair_key(&pair.inviter_hash, &pair.invitee_hash))?;
    let mut happening = Happening::to("connection.invited", &pair.id);
    if let Some(invitee) = pair.invitee.filter(|_| !silenced) {
        happening = happening.with(&invitee);
    }
    journal::append(cx, who, &happening)?;
    if let Some(grant) = &invitation.grant {
        grant::write(cx, who, (pair.id, me.user.id), grant)?;
    }
    if invitee.is_none() {
        write(cx, who, &pair)?;
    }
    seen(&pair, Side::Inviter, cx)
}

/// The hash of an address that may be invited.
fn checked(cx: &Cx<'_>, me: &Me, address: &Address) -> Result<String> {
    if address.mailbox_key() == me.user.address.mailbox_key() {
        return Err(Error::invalid("email", "This is your own address."));
    }
    if address.mailbox_key() == cx.house().organizer.mailbox_key() {
        return Err(Error::invalid("email", "This is the organizer's own mailbox, not a person's."));
    }
    let theirs = links::address_hash(cx, address);
    if sql::is_blocked(cx, me.user.id, &theirs)? {
        return Err(Error::refused("connection.blocked", "You blocked this person. Lift the block first."));
    }
    Ok(theirs)
}

/// What there is between two already; an invitation whose time is over is ended.
pub(super) fn live(cx: &mut Cx<'_>, one: &str, other: &str) -> Result<Option<Pair>> {
    let Some(pair) = sql::live(cx, &pair_key(one, other))? else { return Ok(None) };
    if pair.is_overdue(cx.now) {
        end::expire(cx, &pair)?;
        return Ok(None);
    }
    Ok(Some(pair))
}

/// Invites where there is something already.
fn again(cx: &mut Cx<'_>, who: &Actor, me: &Me, pair: &Pair, invitation: &Invitation) -> Result<Connection> {
    let side = if pair.inviter == me.user.id { Side::Inviter } else { Side::Invitee };
    if side == Side::Invitee && pair.state == State::Invited {
        return decide::connect(cx, who, &me.user, pair, invitation.grant.as_ref());
    }
    if let Some(grant) = &invitation.grant {
        grant::write(cx, who, (pair.id, me.user.id), grant)?;
    }
    seen(pair, side, cx)
}

pub(super) fn seen(pair: &Pair, side: Side, cx: &Cx<'_>) -> Result<Connection> {
    pair.seen_by(side, cx.now).ok_or(Error::NotFound("connection"))
}

/// What two addresses share, whichever of them invites.
pub(super) fn pair_key(one: &str, other: &str) -> String {
    let (first, second) = if one <= other { (one, other) } else { (other, one) };
    format!("{first} {second}")
}

/// Writes the letter to somebody without an account.
pub(super) fn write(cx: &mut Cx<'_>, who: &Actor, pair: &Pair) -> Result<()> {
    let Some(address) = &pair.invitee_address else { return Ok(()) };
    let expires = cx.now.plus(LINK_MS).min(pair.expires_at);
    let about = About { detail: Some(pair.id.to_string()), ..About::default() };
    let link = links::issue(cx, Purpose::Connect, address, &about, expires)?;
    let says = Says::Connect {
        inviter: pair.inviter,
        by: Face { name: pair.inviter_name.clone().filter(|name| !name.is_empty()), is_host: false },
        words: pair.words.clone(),
        link,
        expires: pair.expires_at.ms(),
    };
    let draft = Draft {
        to: address.clone(),
        name: None,
        zone: cx.house().zone,
        participant: None,
        unique_key: format!("connect {link}"),
        in_reply_to: None,
        expires: Some(pair.expires_at),
        trace: who.trace.clone(),
        says,
    };
    letter::enqueue(cx, draft).map(drop)
}

/// The connection that a link is about.
pub(super) fn of_link(link: &links::Link) -> Result<ConnectionId> {
    link.about.detail.as_deref().ok_or(Error::NotFound("link"))?.parse().map_err(|_| Error::NotFound("link"))
}
