//! Announcements: an administrator tells programs something at once, all of them or some. It is kept in the journal alone: those
//! that have a socket are told, whoever comes back is told as well, as long as it is of use, and whoever has none reads it.

use serde_json::json;

use super::meet::is_own;
use super::register::{registered, switched_off};
use super::registration::{Presence, Registered};
use super::socket_room::SocketRoom;
use crate::accounts;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, EntryId, UserId};
use crate::base::text;
use crate::base::time::{DAY, Timestamp};
use crate::journal::{self, Entry, Happening};
use crate::store::Cx;

/// The longest text, in characters.
const TEXT_CHARS_MAX: usize = 500;
/// What the journal calls one.
pub const ANNOUNCED: &str = "announcement.made";
/// How long it is told to whoever comes back, where it does not say itself until when it is of use, in milliseconds.
const TOLD_MS: i64 = 7 * DAY;
/// The most that is taken away of what one user's agents were told.
const EXPORTED_MAX: u32 = 1_000;
/// How far ahead work can be announced, in milliseconds.
const AHEAD_MS: i64 = 366 * DAY;

/// Something to be announced.
#[derive(Clone, Debug)]
pub struct NewAnnouncement {
    /// To whom: everybody, for maintenance, those of one status, or one user's.
    pub room: SocketRoom,
    /// What it says.
    pub text: String,
    /// When the house is worked on, if it is to be.
    pub starts_at: Option<Timestamp>,
    /// Until when.
    pub ends_at: Option<Timestamp>,
}

/// Something that was announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// Its id: that of its entry in the journal.
    pub id: EntryId,
    /// When.
    pub at: Timestamp,
    /// To whom.
    pub room: SocketRoom,
    /// What it says.
    pub text: String,
    /// When the house is worked on, if it is to be.
    pub starts_at: Option<Timestamp>,
    /// Until when.
    pub ends_at: Option<Timestamp>,
}

impl Announcement {
    /// Whether it is still of use at `now`: work that is over is none of anybody's, and what is a week old is no news.
    pub fn is_current(&self, now: Timestamp) -> bool {
        match self.ends_at {
            Some(ends_at) => now < ends_at,
            None => now.since(self.at) < TOLD_MS,
        }
    }

    /// Whether an agent stands in the room in which it was announced, as things are now.
    pub fn is_for(&self, cx: &Cx<'_>, itself: &Registered) -> bool {
        match self.room {
            SocketRoom::Broadcast | SocketRoom::Maintenance => true,
            SocketRoom::User(user) => itself.agent.user == Some(user),
            SocketRoom::Status(claimed) => itself.presence(cx.house(), cx.now) == Presence::There(claimed),
            SocketRoom::Agent(_) | SocketRoom::Network(_) | SocketRoom::Group(_) => false,
        }
    }

    fn of(entry: &Entry) -> Option<Self> {
        let time = |field| entry.number_of(field).map(Timestamp::from_ms);
        Some(Self {
            id: entry.id,
            at: entry.at(),
            room: SocketRoom::parse(entry.subject.as_deref()?)?,
            // What was erased says nothing any more.
            text: entry.text("text")?.to_owned(),
            starts_at: time("starts_at"),
            ends_at: time("ends_at"),
        })
    }
}

/// Announces something.
///
/// # Errors
/// `Denied` to whoever is no administrator; `agent.off`.
pub fn announce(cx: &mut Cx<'_>, who: &Actor, new: &NewAnnouncement) -> Result<Announcement> {
    may_announce(who)?;
    if !cx.house().agents_enabled {
        return Err(switched_off());
    }
    let said = text::paragraphs_within("text", &new.text, TEXT_CHARS_MAX)?;
    if said.is_empty() {
        return Err(Error::invalid("text", "Say something."));
    }
    check_room(cx, new.room)?;
    check_times(cx, new)?;
    let (starts, ends) = (new.starts_at.map(Timestamp::ms), new.ends_at.map(Timestamp::ms));
    let data = json!({ "text": said, "starts_at": starts, "ends_at": ends });
    let id = journal::append(cx, who, &Happening::to(ANNOUNCED, &new.room).data(&data))?;
    let NewAnnouncement { room, starts_at, ends_at, .. } = *new;
    Ok(Announcement { id, at: cx.now, room, text: said, starts_at, ends_at })
}

/// Whether somebody speaks for the house.
fn may_announce(who: &Actor) -> Result<()> {
    if who.is_admin() && who.is_person() {
        return Ok(());
    }
    Err(Error::denied("Only an administrator speaks for the house."))
}

fn check_room(cx: &Cx<'_>, room: SocketRoom) -> Result<()> {
    match room {
        SocketRoom::Broadcast | SocketRoom::Maintenance | SocketRoom::Status(_) => Ok(()),
        SocketRoom::User(user) => match accounts::get(cx, user) {
            Ok(_) => Ok(()),
            Err(Error::NotFound(_)) => Err(Error::invalid("room", "There is no such user.")),
            Err(error) => Err(error),
        },
        SocketRoom::Agent(_) | SocketRoom::Network(_) | SocketRoom::Group(_) => {
            let words = "Announce to ai_system_broadcast, ai_maintenance, ai_status_… or ai_user_….";
            Err(Error::invalid("room", words))
        }
    }
}

fn check_times(cx: &Cx<'_>, new: &NewAnnouncement) -> Result<()> {
    let given = [("starts_at", new.starts_at), ("ends_at", new.ends_at)];
    for (field, at) in given.into_iter().filter_map(|(field, at)| Some((field, at?))) {
        if new.room != SocketRoom::Maintenance {
            return Err(Error::invalid(
                field,
                "Only work on the house has times: announce it to ai_maintenance.",
            ));
        }
        if at > cx.now.plus(AHEAD_MS) {
            return Err(Error::invalid(field, "Work is announced a year ahead at most."));
        }
    }
    let begins = new.starts_at.map_or(cx.now, |at| at.max(cx.now));
    if new.ends_at.is_some_and(|ends_at| ends_at <= begins) {
        return Err(Error::invalid("ends_at", "The end must come after the start, and after now."));
    }
    Ok(())
}

/// Something that was announced, with its number in the journal.
pub type Numbered = (i64, Announcement);

/// What was announced after an entry of the journal, to anybody, oldest first, at most `limit`, each with its number; and the
/// number up to which was looked, if there was as much as that: for rooms that have settled who is told what.
pub fn announced(cx: &Cx<'_>, number: i64, limit: u32) -> Result<(Vec<Numbered>, Option<i64>)> {
    let entries = journal::of_kind_after(cx, ANNOUNCED, number, limit)?;
    let looked = entries.last().map(|entry| entry.number).filter(|_| entries.len() == limit as usize);
    let read = |entry: &Entry| Some((entry.number, Announcement::of(entry)?));
    Ok((entries.iter().filter_map(read).collect(), looked))
}

/// What was announced to an agent of the caller's after `since` and is of use still, oldest first, at most as much as lies in
/// `limit` announcements to anybody, each with its number; and where to go on. For programs that have no socket.
pub fn announced_to(
    cx: &Cx<'_>,
    who: &Actor,
    agent: AgentId,
    (since, limit): (i64, u32),
) -> Result<(Vec<Numbered>, i64)> {
    if !is_own(cx, who, agent)? {
        return Err(Error::NotFound("agent"));
    }
    let itself = registered(cx, who, agent)?;
    let (mut told, looked) = announced(cx, since, limit)?;
    // Beyond what there is nobody can have been. What says nothing any more is passed as well.
    let last = looked.or_else(|| told.last().map(|(number, _)| *number));
    let next = last.map_or(since.clamp(0, journal::head(cx)?), |number| number);
    told.retain(|(_, one)| one.is_current(cx.now) && one.is_for(cx, &itself));
    Ok((told, next))
}

/// What was announced lately, newest first, for administrators.
pub fn announcements(cx: &Cx<'_>, who: &Actor, limit: u32) -> Result<Vec<Announcement>> {
    may_announce(who)?;
    Ok(journal::newest(cx, ANNOUNCED, limit)?.iter().filter_map(Announcement::of).collect())
}

/// What was announced to one user's agents alone.
pub(super) fn export(cx: &Cx<'_>, user: UserId) -> Result<serde_json::Value> {
    let entries = journal::story(cx, &SocketRoom::User(user), EXPORTED_MAX)?;
    let all = entries.iter().filter_map(Announcement::of);
    Ok(all.map(|one| json!({ "at": one.at.to_rfc3339(), "text": one.text })).collect())
}

/// It goes with their account.
pub(super) fn forget(cx: &Cx<'_>, user: UserId) -> Result<()> {
    journal::forget(cx, &SocketRoom::User(user)).map(drop)
}
