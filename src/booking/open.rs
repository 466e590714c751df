//! What somebody without an account sees of a link: what it offers, and which times are free.

use super::model::{BookingLink, LinkState};
use super::times::{self, Free, Time};
use super::{offer, sql};
use crate::accounts;
use crate::agents;
use crate::base::error::{Error, Result};
use crate::base::text::Address;
use crate::base::time::{DAY, Timestamp, Zone};
use crate::store::Cx;

/// How much can be asked for at once, in milliseconds.
const SPAN_MAX_MS: i64 = 62 * DAY;

/// Whose link it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Their name, if they gave one.
    pub name: Option<String>,
    /// Their zone: the clock that starts are laid on.
    pub zone: Zone,
    /// Where their mail goes: for the meeting, and for no guest's eyes.
    pub(super) address: Address,
}

impl Host {
    /// As a guest reads it within a sentence.
    pub fn words(&self) -> &str {
        self.name.as_deref().unwrap_or("your host")
    }
}

/// A link that is open to whoever asks.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The link.
    pub link: BookingLink,
    /// Whose.
    pub host: Host,
    /// What its rooms and things are called.
    pub rooms: Vec<String>,
    /// The single-use address it was opened with.
    pub(super) pass: Option<String>,
}

/// Opens a link by its name, with the secret of a single-use address where it needs one. Paused, removed, unknown and
/// used alike: not found.
pub fn open(cx: &Cx<'_>, name: &str, pass: Option<&str>) -> Result<Offer> {
    let gone = || Error::NotFound("page");
    let name: String = name.chars().take(80).collect::<String>().to_ascii_lowercase();
    let link =
        sql::link_by_name(cx, &name)?.filter(|link| link.state == LinkState::Active).ok_or_else(gone)?;
    let host = host_of(cx, &link)?;
    let mut opened_with = None;
    if link.needs_pass() {
        let key = offer::pass_key(cx, pass.ok_or_else(gone)?);
        let kept = sql::pass(cx, link.id, &key)?.filter(|kept| kept.expires_at > cx.now).ok_or_else(gone)?;
        if offer::counts(cx, kept.used_by)? {
            return Err(gone());
        }
        opened_with = Some(kept.id);
    }
    let rooms = agents::still_there(cx, &link.says.resources)?;
    let rooms = rooms.into_iter().map(|room| room.name).collect();
    Ok(Offer { link, host, rooms, pass: opened_with })
}

/// Who offers a link. Nobody who may not sign in, or is about to leave, offers anything.
pub(super) fn host_of(cx: &Cx<'_>, link: &BookingLink) -> Result<Host> {
    let user = accounts::get(cx, link.user)?;
    if user.disabled_at.is_some() || user.deletion_due_at.is_some() {
        return Err(Error::NotFound("page"));
    }
    Ok(Host { name: user.given_name(), zone: user.zone, address: user.address })
}

/// The times that are free at a link, for one of its lengths: starts alone, and nothing of why.
pub fn slots(cx: &Cx<'_>, offer: &Offer, minutes: u32, (from, to): (Timestamp, Timestamp)) -> Result<Free> {
    must_be_offered(&offer.link, minutes)?;
    let to = to.min(from.plus(SPAN_MAX_MS));
    times::free(cx, &offer.link, &offer.host, minutes, (from, to))
}

/// The free times nearest to one that is not: a few before, a few after.
pub fn near(cx: &Cx<'_>, offer: &Offer, minutes: u32, start: Timestamp) -> Result<Vec<Time>> {
    must_be_offered(&offer.link, minutes)?;
    times::near(cx, &offer.link, &offer.host, (minutes, start), &times::But::default())
}

/// Refuses a length that a link does not offer.
pub(super) fn must_be_offered(link: &BookingLink, minutes: u32) -> Result<()> {
    if link.says.lengths.contains(&minutes) {
        return Ok(());
    }
    let lengths: Vec<String> = link.says.lengths.iter().map(ToString::to_string).collect();
    Err(Error::invalid("length", format!("Here a meeting lasts {} minutes.", lengths.join(" or "))))
}
