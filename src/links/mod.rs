//! Links: secrets that let their bearer do one thing without an account.
//!
//! A link is a row; its secret is derived from the row's id and a key outside the database, and looked up
//! by a keyed hash, so that neither the row nor a letter holds it. A link is bound to a purpose, to what it
//! is about, and to the address it was sent to. Table owned: `links`.
//!
//! Links do not know what acting on one means; the rooms do.

#[cfg(test)]
mod tests;

mod sql;

pub use sql::{
    delete_ended, erase, erase_of_user, replace, replace_of_user, replace_sign_in, use_up, use_up_proposal,
};

use crate::base::error::{Error, Result};
use crate::base::id::{Id, LinkId, MeetingId, ParticipantId, ProposalId, UserId};
use crate::base::text::Address;
use crate::base::time::Timestamp;
use crate::store::Cx;

/// What a link lets its bearer do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Answer an invitation, and ask for a new time once.
    Respond,
    /// Approve a proposal.
    Approve,
    /// Decline a proposal.
    Decline,
    /// Confirm a reply that came without proof.
    Confirm,
    /// See and erase what is stored about an address.
    AboutYou,
    /// Sign in.
    SignIn,
    /// Become the first administrator.
    SetUp,
    /// Accept or decline an invitation to connect.
    Connect,
    /// Confirm a booking, and take it back.
    Booking,
    /// Agree to a time of a session, or refuse it.
    Decide,
    /// Approve a booking that waits, or decline it.
    BookingDecide,
    /// Approve what is asked for, or refuse it.
    Approval,
    /// Answer what a group is asked.
    Group,
    /// Begin the session that a mailed line asked for.
    Wish,
    /// Show that a new address is one's own.
    Address,
}

impl Purpose {
    /// The word kept in the store; part of what the secret is derived from.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Respond => "respond",
            Self::Approve => "approve",
            Self::Decline => "decline",
            Self::Confirm => "confirm",
            Self::AboutYou => "about-you",
            Self::SignIn => "sign-in",
            Self::SetUp => "set-up",
            Self::Connect => "connect",
            Self::Booking => "booking",
            Self::Decide => "decide",
            Self::BookingDecide => "booking-decide",
            Self::Approval => "approval",
            Self::Group => "group",
            Self::Wish => "wish",
            Self::Address => "address",
        }
    }

    /// The path and query that come before the secret.
    fn path(self) -> &'static str {
        match self {
            Self::Respond => "/reschedule?r=",
            Self::Approve => "/approve?t=",
            Self::Decline => "/decline?t=",
            Self::Confirm => "/confirm?t=",
            Self::AboutYou => "/about-you?t=",
            Self::SignIn => "/sign-in/link?t=",
            Self::SetUp => "/set-up?t=",
            Self::Connect => "/connect?t=",
            Self::Booking => "/booking?t=",
            Self::Decide => "/decide?t=",
            Self::BookingDecide => "/booking/decide?t=",
            Self::Approval => "/approvals/decide?t=",
            Self::Group => "/answer?t=",
            Self::Wish => "/wish?t=",
            Self::Address => "/settings/address?t=",
        }
    }
}

/// What a link is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The meeting.
    pub meeting: Option<MeetingId>,
    /// Who may use it.
    pub participant: Option<ParticipantId>,
    /// The proposal it decides.
    pub proposal: Option<ProposalId>,
    /// The account it signs in.
    pub user: Option<UserId>,
    /// What else its page should know, such as a time to fill in; no secret.
    pub detail: Option<String>,
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its id.
    pub id: LinkId,
    /// The keyed hash of the address it is bound to.
    pub address_hash: String,
    /// What it is about.
    pub about: About,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was used up.
    pub used_at: Option<Timestamp>,
    /// When a newer one took its place.
    pub replaced_at: Option<Timestamp>,
}

/// Whether a link still acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It acts.
    Live,
    /// It acted already.
    Used,
    /// Its time is over, or a newer mail brought a newer one.
    Expired,
}

impl Link {
    /// Whether it still acts at `now`.
    pub fn standing(&self, now: Timestamp) -> Standing {
        if self.replaced_at.is_some() {
            Standing::Expired
        } else if self.used_at.is_some() {
            Standing::Used
        } else if self.expires_at <= now {
            Standing::Expired
        } else {
            Standing::Live
        }
    }
}

/// Makes a link for the holder of `address`, until `expires_at`.
pub fn issue(
    cx: &Cx<'_>,
    purpose: Purpose,
    address: &Address,
    about: &About,
    expires_at: Timestamp,
) -> Result<LinkId> {
    let id: LinkId = cx.id();
    let hash = secret_hash(cx, purpose, &secret(cx.keys(), purpose, id));
    sql::insert(cx, (id, purpose), &hash, &address_hash(cx, address), about, expires_at)?;
    Ok(id)
}

/// The keyed hash that an address is known by in `links`, `letters` and `suppressions`.
pub fn address_hash(cx: &Cx<'_>, address: &Address) -> String {
    cx.keys().lookup("address", &address.key())
}

/// The newest link for this purpose that a participant was sent, whether it still acts or not.
pub fn newest(cx: &Cx<'_>, purpose: Purpose, participant: ParticipantId) -> Result<Option<LinkId>> {
    sql::newest(cx, purpose, participant)
}

fn secret(keys: &crate::base::secret::Keys, purpose: Purpose, id: LinkId) -> String {
    keys.link_secret(purpose.as_str(), &id.uuid().simple().to_string())
}

fn secret_hash(cx: &Cx<'_>, purpose: Purpose, secret: &str) -> String {
    cx.keys().lookup(purpose.as_str(), secret)
}

/// The whole address of a link, for the mail that carries it.
pub fn url(keys: &crate::base::secret::Keys, public_url: &str, purpose: Purpose, id: LinkId) -> String {
    format!("{public_url}{}{}", purpose.path(), secret(keys, purpose, id))
}

/// Whether a link of ours still acts.
pub fn is_live(cx: &Cx<'_>, purpose: Purpose, id: LinkId) -> Result<bool> {
    match find(cx, purpose, &secret(cx.keys(), purpose, id)) {
        Ok(link) => Ok(link.standing(cx.now) == Standing::Live),
        Err(Error::NotFound(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The link with this secret, whether it still acts or not.
pub fn find(cx: &Cx<'_>, purpose: Purpose, secret: &str) -> Result<Link> {
    // Mail programs change case and add white space; the alphabet survives both.
    let secret: String = secret.trim().chars().take(64).map(|c| c.to_ascii_lowercase()).collect();
    let hash = secret_hash(cx, purpose, &secret);
    sql::by_hash(cx, &hash)?.ok_or(Error::NotFound("link"))
}
