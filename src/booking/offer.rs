//! What an owner does with their links: offer, change, remove, hand out single-use addresses, look.
//! Programs look, and publish nothing of their owner's time.

use super::model::{
    Access, Booking, BookingLink, BookingState, Confirmation, LinkChange, LinkState, NewLink, Pass, slug,
};
use super::{own, sql};
use crate::accounts;
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{BookingId, BookingLinkId, Id, UserId};
use crate::base::secret::{Secret, base32};
use crate::base::text;
use crate::base::time::{DAY, Timestamp};
use crate::journal::{self, Happening};
use crate::store::Cx;

/// How many links somebody can have that are not removed.
const LINKS_MAX: usize = 50;
/// How many single-use addresses of a link can be out at once.
const PASSES_MAX: usize = 200;
/// How long a single-use address opens, in milliseconds.
const PASS_MS: i64 = 30 * DAY;
/// The longest words about a single-use address, in characters.
const WORDS_CHARS_MAX: usize = 80;
/// How many bookings that wait are shown.
const WAITING_MAX: u32 = 200;

/// Offers a new link. Without a name it gets one made of its owner's name and its first length.
pub fn offer(cx: &mut Cx<'_>, who: &Actor, new: &NewLink) -> Result<BookingLink> {
    who.people_only()?;
    let user = own(who)?;
    let mut says = new.clone().checked()?;
    agents::named(cx, &says.resources)?;
    let present = sql::links_of(cx, user)?.iter().filter(|link| link.state != LinkState::Removed).count();
    if present >= LINKS_MAX {
        return Err(Error::refused(
            "booking.too-many-links",
            format!("You have {LINKS_MAX} links. Remove one that you do not need any more."),
        ));
    }
    if says.name.is_empty() {
        says.name = name_for(cx, user, &says)?;
    } else {
        must_be_free(cx, &says.name, None)?;
    }
    let link =
        BookingLink { id: cx.id(), user, says, state: LinkState::Active, version: 1, created_at: cx.now };
    sql::keep_link(cx, &link)?;
    journal::append(cx, who, &Happening::to("booking.link-offered", &link.id).with(&user))?;
    Ok(link)
}

/// A free name: `ana-30`, then `ana-30-2`.
fn name_for(cx: &Cx<'_>, user: UserId, says: &NewLink) -> Result<String> {
    let called = slug(&accounts::get(cx, user)?.name);
    let length = says.lengths.first().copied().unwrap_or_default();
    let stem = if called.is_empty() { format!("meet-{length}") } else { format!("{called}-{length}") };
    for number in 1..=1_000 {
        let name = if number == 1 { stem.clone() } else { format!("{stem}-{number}") };
        if sql::link_by_name(cx, &name)?.is_none() {
            return Ok(name);
        }
    }
    Err(Error::invalid("name", "Choose a name for the address."))
}

fn must_be_free(cx: &Cx<'_>, name: &str, except: Option<BookingLinkId>) -> Result<()> {
    match sql::link_by_name(cx, name)? {
        Some(other) if Some(other.id) != except => {
            Err(Error::invalid("name", "There is a page with this name already. Choose another."))
        }
        _ => Ok(()),
    }
}

/// Changes a link, pauses it, or lets it go on. What was asked for before stays as it is.
pub fn change(cx: &mut Cx<'_>, who: &Actor, id: BookingLinkId, change: LinkChange) -> Result<BookingLink> {
    who.people_only()?;
    let before = get(cx, who, id)?;
    if change.version.is_some_and(|version| version != before.version) {
        return Err(Error::refused(
            "booking.revised",
            "This link has just changed. Look at it again, then change it.",
        ));
    }
    let state = match change.active {
        Some(true) => LinkState::Active,
        Some(false) => LinkState::Paused,
        None => before.state,
    };
    let mut says = change.applied(&before.says).checked()?;
    if says.name.is_empty() {
        says.name.clone_from(&before.says.name);
    }
    if says.resources != before.says.resources {
        agents::named(cx, &says.resources)?;
    }
    must_be_free(cx, &says.name, Some(id))?;
    if says == before.says && state == before.state {
        return Ok(before);
    }
    let after = BookingLink { says, state, version: before.version + 1, ..before };
    sql::keep_link(cx, &after)?;
    let data = serde_json::json!({ "state": state.as_str(), "version": after.version });
    journal::append(cx, who, &Happening::to("booking.link-changed", &id).with(&after.user).data(&data))?;
    Ok(after)
}

/// Takes a link away for good: its name is free again, and what waits there is declined.
pub fn remove(cx: &mut Cx<'_>, who: &Actor, id: BookingLinkId) -> Result<()> {
    who.people_only()?;
    let link = get(cx, who, id)?;
    let gone = BookingLink { state: LinkState::Removed, version: link.version + 1, ..link };
    sql::keep_link(cx, &gone)?;
    super::decide::decline_open(cx, who, &gone)?;
    journal::append(cx, who, &Happening::to("booking.link-removed", &id).with(&gone.user)).map(drop)
}

/// One's own links that are not removed, newest first.
pub fn mine(cx: &Cx<'_>, who: &Actor) -> Result<Vec<BookingLink>> {
    let mut links = sql::links_of(cx, own(who)?)?;
    links.retain(|link| link.state != LinkState::Removed);
    links.reverse();
    Ok(links)
}

/// One of one's own links.
pub fn get(cx: &Cx<'_>, who: &Actor, id: BookingLinkId) -> Result<BookingLink> {
    let user = own(who)?;
    sql::link(cx, id)?
        .filter(|link| link.user == user && link.state != LinkState::Removed)
        .ok_or(Error::NotFound("booking link"))
}

/// Makes a single-use address of a link, and gives its secret, which is nowhere else. `words` are for the owner: for
/// whom it is.
pub fn pass(cx: &mut Cx<'_>, who: &Actor, id: BookingLinkId, words: &str) -> Result<(Secret, Timestamp)> {
    who.people_only()?;
    let link = get(cx, who, id)?;
    let out = sql::passes(cx, id, u32::try_from(PASSES_MAX).unwrap_or(u32::MAX))?;
    if out.iter().filter(|(pass, _)| pass.expires_at > cx.now).count() >= PASSES_MAX {
        return Err(Error::refused(
            "booking.too-many-passes",
            format!("{PASSES_MAX} single-use addresses of this link are out already."),
        ));
    }
    let secret = base32(&cx.chance().bytes::<20>());
    let row = cx.id::<BookingId>().uuid().simple().to_string();
    let expires_at = cx.now.plus(PASS_MS);
    let words = text::line(words, WORDS_CHARS_MAX);
    sql::insert_pass(cx, (&row, id, &pass_key(cx, &secret)), &words, expires_at)?;
    journal::append(cx, who, &Happening::to("booking.pass-made", &id).with(&link.user))?;
    Ok((Secret::new(secret), expires_at))
}

/// The keyed hash that a pass is looked up by.
pub(super) fn pass_key(cx: &Cx<'_>, secret: &str) -> String {
    let secret: String = secret.trim().chars().take(64).map(|c| c.to_ascii_lowercase()).collect();
    cx.keys().lookup("booking-pass", &secret)
}

/// The newest single-use addresses of a link, without their secrets.
pub fn passes(cx: &Cx<'_>, who: &Actor, id: BookingLinkId, limit: u32) -> Result<Vec<Pass>> {
    get(cx, who, id)?;
    let kept = sql::passes(cx, id, limit)?;
    kept.into_iter().map(|(pass, used_by)| Ok(Pass { is_used: counts(cx, used_by)?, ..pass })).collect()
}

/// Whether the booking that used a pass still counts.
pub(super) fn counts(cx: &Cx<'_>, used_by: Option<BookingId>) -> Result<bool> {
    let Some(booking) = used_by else { return Ok(false) };
    // A booking that is no longer kept came to its end.
    Ok(sql::booking(cx, booking)?.is_none_or(|booking| booking.counts_at(cx.now)))
}

/// A page of what guests asked for.
#[derive(Clone, Debug)]
pub struct Page {
    /// The bookings, latest start first.
    pub bookings: Vec<Booking>,
    /// Where the next page begins, if there is one.
    pub next: Option<(Timestamp, BookingId)>,
}

/// What guests asked for at one of one's own links.
pub fn bookings(
    cx: &Cx<'_>,
    who: &Actor,
    id: BookingLinkId,
    after: Option<(Timestamp, BookingId)>,
    limit: u32,
) -> Result<Page> {
    get(cx, who, id)?;
    let limit = limit.clamp(1, 200);
    let from = after.unwrap_or((Timestamp::MAX, BookingId::from_uuid(uuid::Uuid::max())));
    let mut bookings = sql::bookings_of_link(cx, id, from, limit + 1)?;
    let more = bookings.len() > limit as usize;
    bookings.truncate(limit as usize);
    let next = bookings.last().filter(|_| more).map(|last| (last.start, last.id));
    Ok(Page { bookings, next })
}

/// A booking with one of one's own links, and the link.
pub fn booking(cx: &Cx<'_>, who: &Actor, id: BookingId) -> Result<(Booking, BookingLink)> {
    let user = own(who)?;
    let booking =
        sql::booking(cx, id)?.filter(|booking| booking.user == user).ok_or(Error::NotFound("booking"))?;
    let link = sql::link(cx, booking.link)?.ok_or(Error::NotFound("booking"))?;
    Ok((booking, link))
}

/// What waits for one's own decision, soonest first, each with its link.
pub fn waiting(cx: &Cx<'_>, who: &Actor) -> Result<Vec<(Booking, BookingLink)>> {
    let waiting = sql::waiting(cx, own(who)?, WAITING_MAX)?;
    waiting
        .into_iter()
        .map(|booking| {
            let link = sql::link(cx, booking.link)?.ok_or(Error::NotFound("booking"))?;
            Ok((booking, link))
        })
        .collect()
}

impl BookingLink {
    /// Whether it needs a single-use address to be opened.
    pub fn needs_pass(&self) -> bool {
        self.says.access == Access::SingleUse
    }

    /// Whether its owner confirms each booking.
    pub fn is_by_hand(&self) -> bool {
        self.says.confirmation == Confirmation::ByHand
    }
}

impl BookingState {
    /// Whether nothing comes of it any more.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Declined | Self::Expired | Self::Withdrawn)
    }
}
