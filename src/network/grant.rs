//! Grants: what one side lets the other's agent know and do. Each direction is its grantor's alone to write.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::constraints::Constraints;
use super::model::{Connection, Pair, Side, State};
use super::{me, see, sql};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{ConnectionId, UserId};
use crate::base::time::Timestamp;
use crate::journal::{self, Happening};
use crate::store::Cx;
use crate::worded;

/// One thing that a grant allows. None includes another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
    /// Read name and zone.
    #[serde(rename = "profile.basic.read")]
    ProfileRead,
    /// Learn when there is time.
    #[serde(rename = "calendar.availability.read")]
    AvailabilityRead,
    /// Propose times.
    #[serde(rename = "calendar.events.propose")]
    Propose,
    /// Book what its person confirms.
    #[serde(rename = "calendar.events.write.confirm")]
    BookConfirmed,
    /// Book by itself.
    #[serde(rename = "calendar.events.write.auto")]
    BookAlone,
}

impl Scope {
    /// All of them, the least first.
    pub const ALL: [Self; 5] =
        [Self::ProfileRead, Self::AvailabilityRead, Self::Propose, Self::BookConfirmed, Self::BookAlone];

    /// The word of the API, of forms and of the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ProfileRead => "profile.basic.read",
            Self::AvailabilityRead => "calendar.availability.read",
            Self::Propose => "calendar.events.propose",
            Self::BookConfirmed => "calendar.events.write.confirm",
            Self::BookAlone => "calendar.events.write.auto",
        }
    }

    /// From its word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word)
    }
}

worded! {
    /// A usual set of what is allowed, for whoever would not choose one by one.
    Usual {
        /// Times are found and proposed; nothing is booked before its person confirms.
        AskFirst = "ask_first",
        /// Times are found and booked without asking.
        BookAlone = "book_alone",
        /// Nothing at all.
        Nothing = "nothing",
    }
}

impl Usual {
    /// What it allows.
    pub fn scopes(self) -> BTreeSet<Scope> {
        let asks = [Scope::AvailabilityRead, Scope::Propose, Scope::BookConfirmed];
        match self {
            Self::AskFirst => asks.into(),
            // Where a calendar could not be read nothing books alone, and its person is asked instead.
            Self::BookAlone => asks.into_iter().chain([Scope::BookAlone]).collect(),
            Self::Nothing => BTreeSet::new(),
        }
    }

    /// Which one these are, if they are one.
    pub fn of(scopes: &BTreeSet<Scope>) -> Option<Self> {
        Self::ALL.iter().copied().find(|usual| usual.scopes() == *scopes)
    }
}

/// How much of somebody's time is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reveal {
    /// Times that would do, and nothing else.
    #[default]
    Slots,
    /// When there is no time; never what fills it.
    Busy,
}

impl Reveal {
    /// The word of the API, of forms and of the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Slots => "slots",
            Self::Busy => "busy",
        }
    }

    /// From its word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Slots, Self::Busy].into_iter().find(|reveal| reveal.as_str() == word)
    }
}

/// What one side lets the other's agent know and do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    /// What is allowed.
    pub scopes: BTreeSet<Scope>,
    /// How much of one's time is shown.
    pub reveal: Reveal,
    /// Under which conditions.
    pub constraints: Constraints,
    /// Until when; `None`: as long as the connection is.
    pub ends_at: Option<Timestamp>,
    /// How often it was written; 0: never.
    pub version: i64,
    /// When it was last written.
    pub updated_at: Option<Timestamp>,
}

impl Grant {
    /// Whether it allows something at `now`.
    pub fn allows(&self, scope: Scope, now: Timestamp) -> bool {
        self.scopes.contains(&scope) && !self.has_ended(now)
    }

    /// The same with what is usual allowed, to be written: its conditions stay.
    pub fn with(&self, usual: Usual) -> NewGrant {
        NewGrant {
            scopes: usual.scopes(),
            reveal: self.reveal,
            constraints: self.constraints.clone(),
            ends_at: self.ends_at,
            version: None,
        }
    }

    /// Whether its end date has come.
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.ends_at.is_some_and(|end| end <= now)
    }
}

/// A grant to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewGrant {
    /// What is allowed.
    pub scopes: BTreeSet<Scope>,
    /// How much of one's time is shown.
    pub reveal: Reveal,
    /// Under which conditions.
    pub constraints: Constraints,
    /// Until when.
    pub ends_at: Option<Timestamp>,
    /// The version that was read before; another one by now refuses. `None`: whatever it is.
    pub version: Option<i64>,
}

impl NewGrant {
    /// Refuses what cannot be meant, by the name of the field.
    pub fn check(&self, now: Timestamp) -> Result<()> {
        self.constraints.check()?;
        if self.ends_at.is_some_and(|end| end <= now) {
            return Err(Error::invalid("ends_at", "The end should lie ahead."));
        }
        Ok(())
    }
}

/// Both directions of a connection, as one side sees them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// What this side lets the other's agent do.
    pub given: Grant,
    /// What the other side lets this one's agent do.
    pub received: Grant,
}

/// Both directions of a connection. What the invitee has written is told to the inviter once it counts.
pub fn grants(cx: &Cx<'_>, who: &Actor, id: ConnectionId) -> Result<Grants> {
    let me = me(cx, who)?;
    let (pair, seen) = see::mine(cx, &me, id)?;
    let given = sql::grant(cx, id, me.user.id)?.unwrap_or_default();
    let is_shown =
        seen.state == State::Connected || seen.side == Side::Invitee && seen.state == State::Invited;
    let received = match pair.other_user(seen.side) {
        Some(other) if is_shown => sql::grant(cx, id, other)?.unwrap_or_default(),
        _ => Grant::default(),
    };
    Ok(Grants { given, received })
}

/// Writes one's own direction, and no other. The same again changes nothing. A grant on an invitation takes effect
/// with the connection.
pub fn set_grant(cx: &mut Cx<'_>, who: &Actor, id: ConnectionId, new: &NewGrant) -> Result<Grant> {
    let me = me(cx, who)?;
    let (_, seen) = see::mine(cx, &me, id)?;
    must_be_live(&seen)?;
    write(cx, who, (id, me.user.id), new)
}

pub(super) fn must_be_live(seen: &Connection) -> Result<()> {
    if seen.state.is_live() {
        return Ok(());
    }
    Err(Error::refused("connection.over", "This connection is over; invite again to begin a new one."))
}

/// Writes the grant of `grantor`, who is sure to be one side of the connection.
pub(super) fn write(
    cx: &mut Cx<'_>,
    who: &Actor,
    (id, grantor): (ConnectionId, UserId),
    new: &NewGrant,
) -> Result<Grant> {
    who.people_only()?;
    new.check(cx.now)?;
    let present = sql::grant(cx, id, grantor)?.unwrap_or_default();
    if new.version.is_some_and(|version| version != present.version) {
        return Err(Error::refused(
            "grant.revised",
            "This grant was changed meanwhile. Read it again, then decide.",
        ));
    }
    let next = Grant {
        scopes: new.scopes.clone(),
        reveal: new.reveal,
        constraints: new.constraints.clone(),
        ends_at: new.ends_at,
        version: present.version,
        updated_at: present.updated_at,
    };
    if next == present && present.version > 0 {
        return Ok(present);
    }
    let next = Grant { version: present.version + 1, updated_at: Some(cx.now), ..next };
    sql::set_grant(cx, id, grantor, &next)?;
    let words: Vec<&str> = next.scopes.iter().map(|scope| scope.as_str()).collect();
    let data = serde_json::json!({ "scopes": words, "reveal": next.reveal.as_str() });
    journal::append(cx, who, &Happening::to("grant.changed", &id).amount(next.version).data(&data))?;
    Ok(next)
}

/// Takes the grants of a connection that is over.
pub(super) fn take_back(cx: &Cx<'_>, pair: &Pair) -> Result<()> {
    sql::delete_grants(cx, pair.id).map(drop)
}
