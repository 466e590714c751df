//! Another mail address: the new one is proven by a link that is mailed to it, and pressed by whoever is signed in; the old
//! one is told. What else goes by an address lies in other rooms; `app::address` asks them.

use super::model::User;
use super::profile::own;
use super::{get, sql};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{LinkId, UserId};
use crate::base::text::Address;
use crate::base::time::{DAY, Timestamp};
use crate::journal::{self, Happening};
use crate::limits::{self, Budget};
use crate::links::{self, About, Purpose, Standing};
use crate::post::letter::{self, Draft, Enqueued, Says};
use crate::store::Cx;

/// How long the link acts, in milliseconds.
const LINK_MS: i64 = DAY;
/// How often somebody may name an address.
const ASKING: Budget = Budget { name: "address-changes", most: 5, window_ms: DAY };

/// An address that waits to be proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingAddress {
    /// The address.
    pub address: Address,
    /// Until when its link acts.
    pub expires_at: Timestamp,
}

/// An address that is another now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readdressed {
    /// Whose.
    pub user: UserId,
    /// What it was.
    pub old: Address,
    /// What it is.
    pub new: Address,
}

/// What waits to be proven, of one's own.
pub fn pending_address(cx: &Cx<'_>, who: &Actor) -> Result<Option<PendingAddress>> {
    Ok(sql::address_change(cx, own(who)?)?.map(|(pending, _)| pending).filter(|one| one.expires_at > cx.now))
}

/// Asks for another address. The answer, and what is kept, is the same whether somebody else has it or not; the link is
/// mailed only where nobody has. An address asked for before is asked for no more.
pub fn ask_address(cx: &mut Cx<'_>, who: &Actor, address: &Address) -> Result<PendingAddress> {
    let user = get(cx, own(who)?)?;
    if address.mailbox_key() == cx.house().organizer.mailbox_key() {
        return Err(Error::invalid("email", "This is the organizer's own mailbox; give one of your own."));
    }
    if address.key() == user.address.key() {
        return Err(Error::invalid("email", "This is your address already."));
    }
    limits::spend(cx, ASKING, &user.id.to_string(), 1)?;
    end_pending(cx, user.id)?;
    let expires_at = cx.now.plus(LINK_MS);
    let is_free = sql::user_by_address(cx, address)?.is_none();
    let link = if is_free { write(cx, who, &user, address, expires_at)? } else { None };
    let pending = PendingAddress { address: address.clone(), expires_at };
    sql::set_address_change(cx, user.id, &pending, link)?;
    tell(cx, who, &user, (&user.address, false))?;
    journal::append(cx, who, &Happening::to("user.address_asked", &user.id))?;
    Ok(pending)
}

/// Mails the link; nothing, where the address asked never to be written to.
fn write(
    cx: &mut Cx<'_>,
    who: &Actor,
    user: &User,
    address: &Address,
    expires: Timestamp,
) -> Result<Option<LinkId>> {
    let about = About { user: Some(user.id), ..About::default() };
    let link = links::issue(cx, Purpose::Address, address, &about, expires)?;
    let draft = Draft {
        to: address.clone(),
        name: None,
        zone: user.zone,
        participant: None,
        unique_key: format!("address {link}"),
        in_reply_to: None,
        expires: Some(expires),
        trace: who.trace.clone(),
        says: Says::AddressConfirm { link, expires: expires.ms() },
    };
    let enqueued = letter::enqueue(cx, draft)?;
    Ok((!matches!(enqueued, Enqueued::Suppressed)).then_some(link))
}

/// Tells the old address that another was asked for, or that it is another now: it may not have been its holder.
fn tell(cx: &Cx<'_>, who: &Actor, user: &User, (old, is_done): (&Address, bool)) -> Result<()> {
    let draft = Draft {
        to: old.clone(),
        name: user.given_name(),
        zone: user.zone,
        participant: None,
        unique_key: format!("address-news {} {is_done} {}", user.id, cx.now.ms()),
        in_reply_to: None,
        expires: Some(cx.now.plus(7 * DAY)),
        trace: who.trace.clone(),
        says: Says::AddressNews { user: user.id, is_done },
    };
    letter::enqueue(cx, draft).map(drop)
}

/// Keeps the present address; where no other was asked for, nothing is done.
pub fn withdraw_address(cx: &mut Cx<'_>, who: &Actor) -> Result<()> {
    let user = own(who)?;
    if end_pending(cx, user)? {
        journal::append(cx, who, &Happening::to("user.address_withdrawn", &user))?;
    }
    Ok(())
}

/// Forgets what waits, and the way to it; says whether there was anything.
fn end_pending(cx: &Cx<'_>, user: UserId) -> Result<bool> {
    links::replace_of_user(cx, user, &[Purpose::Address])?;
    sql::delete_address_change(cx, user)
}

/// The address that a link proves, for the page with the button. It is for whoever is signed in as who asked, and for
/// nobody else. Changes nothing.
pub fn peek_address(cx: &Cx<'_>, who: &Actor, secret: &str) -> Result<Address> {
    let link = links::find(cx, Purpose::Address, secret)?;
    let user = own(who)?;
    if link.about.user != Some(user) {
        return Err(Error::NotFound("link"));
    }
    let (pending, asked) = match (link.standing(cx.now), sql::address_change(cx, user)?) {
        (Standing::Live, Some(found)) => found,
        (Standing::Used, _) => {
            return Err(Error::refused(
                "link.used",
                "This link was used already: the address is yours here.",
            ));
        }
        _ => {
            return Err(Error::refused(
                "link.expired",
                "This link has expired. Ask for a new one in Settings.",
            ));
        }
    };
    if asked != Some(link.id) {
        return Err(Error::NotFound("link"));
    }
    Ok(pending.address)
}

/// Takes the address that a link proves, and tells the old one. Links that lie in the old mailbox act no more. Taken
/// before, nothing is done, and nothing is given.
pub fn take_address(cx: &mut Cx<'_>, who: &Actor, secret: &str) -> Result<Option<Readdressed>> {
    let new = match peek_address(cx, who, secret) {
        Ok(new) => new,
        Err(Error::Refused { code: "link.used", .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let link = links::find(cx, Purpose::Address, secret)?;
    let user = get(cx, own(who)?)?;
    if sql::user_by_address(cx, &new)?.is_some() {
        return Err(Error::refused("user.exists", "There is an account with this address by now."));
    }
    links::use_up(cx, link.id)?;
    sql::delete_address_change(cx, user.id)?;
    sql::set_address(cx, user.id, &new)?;
    sql::add_former_address(cx, user.id, &user.address)?;
    links::replace_of_user(cx, user.id, &[Purpose::SignIn, Purpose::Decide])?;
    tell(cx, who, &user, (&user.address, true))?;
    journal::append(cx, who, &Happening::to("user.address_changed", &user.id))?;
    Ok(Some(Readdressed { user: user.id, old: user.address, new }))
}

/// The addresses that an account had and nobody else has by now.
pub fn former_addresses(cx: &Cx<'_>, user: UserId) -> Result<Vec<Address>> {
    let mut former = Vec::new();
    for address in sql::former_addresses(cx, user)? {
        if sql::user_by_address(cx, &address)?.is_none() {
            former.push(address);
        }
    }
    Ok(former)
}
