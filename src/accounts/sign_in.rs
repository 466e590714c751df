//! Signing in: a mailed link, used once, becomes a browser that is signed in.

use super::model::{NewUser, Role, SignIn, User};
use super::{get, insert, sql};
use crate::base::actor::{Actor, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{LinkId, SignInId, UserId};
use crate::base::secret::{Secret, base32};
use crate::base::text::{self, Address};
use crate::base::time::{DAY, HOUR, MINUTE, Timestamp, Zone};
use crate::journal::{self, Happening};
use crate::limits::{self, Budget};
use crate::links::{self, About, Purpose, Standing};
use crate::post::letter::{self, Draft, Says};
use crate::store::Cx;

/// How long a browser stays signed in, in milliseconds.
pub const SIGN_IN_MS: i64 = 30 * DAY;
/// How long a sign-in link acts, in milliseconds.
const LINK_MS: i64 = 30 * MINUTE;
/// How long a link from the command line acts, in milliseconds.
const OPERATOR_LINK_MS: i64 = 24 * HOUR;
/// How often one address may ask for a link.
const ASKING: Budget = Budget { name: "sign-in", most: 5, window_ms: HOUR };

/// Somebody asks for a sign-in link. The answer is the same whether the address is known or not, and so
/// is the work: a link is mailed only where there is an account.
pub fn request_sign_in(cx: &mut Cx<'_>, who: &Actor, address: &Address) -> Result<()> {
    // The limit is per address, so saying that it was reached would say nothing either; but a person who
    // asks again and again is better served by "look into your mailbox".
    if !limits::allows(cx, ASKING, &links::address_hash(cx, address), 1)? {
        return Ok(());
    }
    let Some(user) = sql::user_by_address(cx, address)?.filter(|user| user.disabled_at.is_none()) else {
        return Ok(());
    };
    let expires = cx.now.plus(LINK_MS);
    let link = issue(cx, &user, expires)?;
    let says = Says::SignIn { user: user.id, link, expires: expires.ms() };
    letter::enqueue(
        cx,
        Draft {
            to: user.address.clone(),
            name: user.given_name(),
            zone: user.zone,
            participant: None,
            unique_key: format!("sign-in {link}"),
            in_reply_to: None,
            expires: Some(expires),
            trace: who.trace.clone(),
            says,
        },
    )?;
    journal::append(cx, who, &Happening::to("sign-in.asked", &user.id))?;
    Ok(())
}

fn issue(cx: &Cx<'_>, user: &User, expires: crate::base::time::Timestamp) -> Result<LinkId> {
    let about = About { user: Some(user.id), ..About::default() };
    links::issue(cx, Purpose::SignIn, &user.address, &about, expires)
}

/// A link for the operator to hand over; acts for a day.
pub fn sign_in_link(cx: &mut Cx<'_>, who: &Actor, user: UserId) -> Result<LinkId> {
    super::admin_only(who)?;
    let user = get(cx, user)?;
    if user.disabled_at.is_some() {
        return Err(Error::refused("user.disabled", "This account is shut out; enable it first."));
    }
    let link = issue(cx, &user, cx.now.plus(OPERATOR_LINK_MS))?;
    journal::append(cx, who, &Happening::to("sign-in.link", &user.id))?;
    Ok(link)
}

/// Whose link this is, for the page with the button. Changes nothing.
pub fn peek(cx: &Cx<'_>, secret: &str) -> Result<User> {
    let link = links::find(cx, Purpose::SignIn, secret)?;
    let user = link.about.user.ok_or(Error::NotFound("link"))?;
    match link.standing(cx.now) {
        Standing::Live => get(cx, user).and_then(enabled),
        Standing::Used => Err(Error::refused("link.used", "This link was used already. Ask for a new one.")),
        Standing::Expired => Err(Error::refused("link.expired", "This link has expired. Ask for a new one.")),
    }
}

fn enabled(user: User) -> Result<User> {
    if user.disabled_at.is_some() { Err(Error::NotFound("link")) } else { Ok(user) }
}

/// A browser that has just been signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The account.
    pub user: User,
    /// What the browser keeps.
    pub secret: Secret,
}

/// Uses a sign-in link up. `agent` is what the browser says of itself.
pub fn sign_in(cx: &mut Cx<'_>, who: &Actor, secret: &str, agent: &str) -> Result<SignedIn> {
    let user = peek(cx, secret)?;
    let link = links::find(cx, Purpose::SignIn, secret)?;
    if !links::use_up(cx, link.id)? {
        return Err(Error::refused("link.used", "This link was used already. Ask for a new one."));
    }
    let actor = Actor { who: Who::User { id: user.id, admin: user.role == Role::Admin }, ..who.clone() };
    open(cx, &actor, user, agent)
}

fn open(cx: &mut Cx<'_>, who: &Actor, user: User, agent: &str) -> Result<SignedIn> {
    let secret = base32(&cx.chance().bytes::<20>());
    let sign_in = SignIn {
        id: cx.id(),
        agent: text::line(agent, 200),
        created_at: cx.now,
        seen_at: cx.now,
        expires_at: cx.now.plus(SIGN_IN_MS),
    };
    sql::insert_sign_in(cx, user.id, &sign_in, &cx.keys().lookup("sign-in", &secret))?;
    journal::append(cx, who, &Happening::to("sign-in.done", &user.id).with(&sign_in.id))?;
    Ok(SignedIn { user, secret: Secret::new(secret) })
}

/// The link by which the first person becomes administrator; only while nobody has an account.
pub fn set_up_link(cx: &mut Cx<'_>, who: &Actor) -> Result<LinkId> {
    if !sql::is_empty(cx)? {
        return Err(Error::refused("house.set-up", "This house has its administrator already."));
    }
    let organizer = cx.house().organizer.clone();
    let link = links::issue(cx, Purpose::SetUp, &organizer, &About::default(), cx.now.plus(DAY))?;
    journal::append(cx, who, &Happening::of("house.set-up-link"))?;
    Ok(link)
}

/// Makes the first administrator and signs them in.
pub fn set_up(
    cx: &mut Cx<'_>,
    who: &Actor,
    secret: &str,
    (address, name, zone): (&Address, &str, Zone),
    agent: &str,
) -> Result<SignedIn> {
    let link = links::find(cx, Purpose::SetUp, secret)?;
    if !sql::is_empty(cx)? || link.standing(cx.now) != Standing::Live || !links::use_up(cx, link.id)? {
        return Err(Error::refused(
            "house.set-up",
            "This house has its administrator already, or the link has expired.",
        ));
    }
    let new =
        NewUser { address: address.clone(), name: name.to_owned(), zone: Some(zone), role: Role::Admin };
    let user = insert(cx, who, &new)?;
    let actor = Actor { who: Who::User { id: user.id, admin: true }, ..who.clone() };
    open(cx, &actor, user, agent)
}

/// Makes the account of somebody who was invited and proved by a link that they hold `address`, and signs their
/// browser in. Whether the house takes such people in is for whoever calls.
pub fn join(
    cx: &mut Cx<'_>,
    who: &Actor,
    (address, name, zone): (&Address, &str, Zone),
    agent: &str,
) -> Result<SignedIn> {
    if text::line(name, 1).is_empty() {
        return Err(Error::invalid("name", "Say what others should call you."));
    }
    let new =
        NewUser { address: address.clone(), name: name.to_owned(), zone: Some(zone), role: Role::Member };
    let user = insert(cx, who, &new)?;
    let actor = Actor { who: Who::User { id: user.id, admin: false }, ..who.clone() };
    open(cx, &actor, user, agent)
}

/// Somebody looking at a page, signed in.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// The account.
    pub user: User,
    /// The browser.
    pub sign_in: SignInId,
}

impl Viewer {
    /// Who they are to the rooms.
    pub fn who(&self) -> Who {
        Who::User { id: self.user.id, admin: self.user.role == Role::Admin }
    }
}

/// Who is signed in with this secret, if anybody is. Changes nothing.
pub fn viewer(cx: &Cx<'_>, secret: &Secret) -> Result<Option<Viewer>> {
    let Some((user, sign_in)) = sql::sign_in(cx, &cx.keys().lookup("sign-in", secret.expose()))? else {
        return Ok(None);
    };
    if sign_in.expires_at <= cx.now {
        return Ok(None);
    }
    Ok(sql::user(cx, user)?
        .filter(|user| user.disabled_at.is_none())
        .map(|user| Viewer { user, sign_in: sign_in.id }))
}

/// Notes that a browser did something.
pub fn touch(cx: &Cx<'_>, sign_in: SignInId) -> Result<()> {
    sql::touch_sign_in(cx, sign_in)
}

/// The browsers one is signed in with.
pub fn sign_ins(cx: &Cx<'_>, who: &Actor) -> Result<Vec<SignIn>> {
    sql::sign_ins(cx, who.user().ok_or(Error::Unauthenticated("Sign in first."))?)
}

/// When somebody was last seen by any of their browsers. Only an administrator may ask.
pub fn last_seen(cx: &Cx<'_>, who: &Actor, user: UserId) -> Result<Option<Timestamp>> {
    super::admin_only(who)?;
    Ok(sql::sign_ins(cx, user)?.iter().map(|one| one.seen_at).max())
}

/// Ends a sign-in of one's own.
pub fn end_sign_in(cx: &mut Cx<'_>, who: &Actor, id: SignInId) -> Result<()> {
    let user = who.user().ok_or(Error::Unauthenticated("Sign in first."))?;
    if !sql::delete_sign_in(cx, user, id)? {
        return Err(Error::NotFound("sign-in"));
    }
    journal::append(cx, who, &Happening::to("sign-in.ended", &user).with(&id))?;
    Ok(())
}
