//! Finding: only agents that want to be found, by whoever reaches them. One that is not to be found and one that there is
//! not are the same, by the same path.

use super::model::{Agent, Kind, State};
use super::register::{registered, switched_off};
use super::registration::{Capabilities, Presence, Registered, Relation};
use super::relations::{Reach, hopeful, is_open_to, reaches, relations};
use super::sql::registry;
use super::{own, roles};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, RoleId, UserId};
use crate::network;
use crate::store::Cx;

/// The most connections that are looked through.
const CONNECTIONS_MAX: u32 = 500;

/// The most agents of a list.
const FACES_MAX: usize = 200;

/// What others see of an agent: nothing of whose it is but what that person shows themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Face {
    /// Its id.
    pub id: AgentId,
    /// What it is found by.
    pub handle: String,
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// How it writes.
    pub style: String,
    /// What it may.
    pub capabilities: Capabilities,
    /// Whether it is there.
    pub presence: Presence,
}

impl Face {
    fn of(one: &Registered, cx: &Cx<'_>) -> Self {
        Self {
            id: one.agent.id,
            handle: one.handle.clone(),
            kind: one.agent.kind,
            name: one.agent.name.clone(),
            about: one.about.clone(),
            style: one.preferences.style.clone(),
            capabilities: one.capabilities,
            presence: one.presence(cx.house(), cx.now),
        }
    }
}

/// The agent of this handle, if it wants to be found and the caller's reach it, and if it is there as `presence` says, where that
/// is given. Whether there is none, or it does not want to, takes as many statements.
pub fn find(cx: &Cx<'_>, who: &Actor, handle: &str, presence: Option<Presence>) -> Result<Face> {
    let asking = asking(cx, who)?;
    let handle = handle.trim().trim_start_matches('@').to_lowercase();
    let found = registry::by_handle(cx, &handle)?;
    let is_seen = is_seen(cx, &asking, found.as_ref(), &[Reach::Direct, Reach::Group])?;
    match found.filter(|one| is_seen && one.is_discoverable && is_so(cx, one, presence)) {
        Some(one) => Ok(Face::of(&one, cx)),
        None => Err(Error::NotFound("agent")),
    }
}

/// The agent of this id, if the caller's reach it in this way; wanting to be found is another matter. Whether there is none, or
/// it is not reached, takes as many statements.
pub fn reached(cx: &Cx<'_>, who: &Actor, id: AgentId, reach: Reach) -> Result<Registered> {
    let asking = asking(cx, who)?;
    let found = registry::registered(cx, id)?;
    let is_seen = is_seen(cx, &asking, found.as_ref(), &[reach])?;
    found.filter(|_| is_seen).ok_or(Error::NotFound("agent"))
}

/// The agents of people who share something with the caller now, by name: of those that want to be found, and of no other
/// `presence` than the one that is given.
pub fn sharing(cx: &Cx<'_>, who: &Actor, presence: Option<Presence>) -> Result<Vec<Face>> {
    let asking = &asking(cx, who)?;
    let mut faces = Vec::new();
    for connection in network::connections(cx, who, None, CONNECTIONS_MAX)?.connections {
        let Some(other) = connection.other.filter(|_| connection.state == network::State::Connected) else {
            continue;
        };
        if !network::grants(cx, who, connection.id)?.received.scopes.is_empty() {
            seen_of(cx, (asking, presence), other, &[Reach::Direct, Reach::Group], &mut faces)?;
        }
    }
    Ok(by_name(faces))
}

/// The agents that can be asked as a group, of the users of a role, by name: of those that want to be found, and of no other
/// `presence` than the one that is given.
pub fn in_role(cx: &Cx<'_>, who: &Actor, id: RoleId, presence: Option<Presence>) -> Result<Vec<Face>> {
    let asking = &asking(cx, who)?;
    let mut faces = Vec::new();
    for member in roles::role(cx, who, id)?.members {
        seen_of(cx, (asking, presence), member, &[Reach::Group], &mut faces)?;
    }
    Ok(by_name(faces))
}

/// The lists of an agent of one's own, each entry with its face where it could be found: a block of one's own hides nobody
/// from whoever set it. Of the others there is no more than the id that was given, by the same path.
pub fn listed(cx: &Cx<'_>, who: &Actor, id: AgentId) -> Result<Vec<(AgentId, Relation, Option<Face>)>> {
    let mine = registered(cx, who, id)?.agent;
    let mut listed = Vec::new();
    for (other, relation) in relations(cx, who, id)? {
        let one = registry::registered(cx, other)?;
        let is_open = is_open_to(cx, &mine, one.as_ref(), Reach::Direct)?
            | is_open_to(cx, &mine, one.as_ref(), Reach::Group)?;
        let is_found = |one: &Registered| is_open && (one.is_discoverable || one.agent.user == mine.user);
        listed.push((other, relation, one.filter(is_found).map(|one| Face::of(&one, cx))));
    }
    Ok(listed)
}

/// Adds those of an owner's that are seen. Unlike [`find`], which tells nobody whether there is one, it looks no further than it
/// must: whether the owners are connected is asked once, and the first way that reaches is enough.
fn seen_of(
    cx: &Cx<'_>,
    (asking, presence): (&[Agent], Option<Presence>),
    owner: UserId,
    reach: &[Reach],
    faces: &mut Vec<Face>,
) -> Result<()> {
    let programs = registry::registered_of(cx, owner)?.into_iter();
    let is_wanted = |one: &Registered| {
        one.is_discoverable && one.agent.state == State::Active && is_so(cx, one, presence)
    };
    let mut programs = programs.filter(is_wanted).peekable();
    let Some(me) = asking.first().and_then(|one| one.user).filter(|_| programs.peek().is_some()) else {
        return Ok(());
    };
    let are_connected = network::are_connected(cx, me, owner)?;
    for one in programs {
        if faces.len() >= FACES_MAX {
            return Ok(());
        }
        let asking = hopeful(cx, asking, &one, are_connected)?;
        if is_seen_by_one(cx, &asking, &one, reach)? {
            faces.push(Face::of(&one, cx));
        }
    }
    Ok(())
}

/// Whether it is there as it should be; anyhow, where nothing is said of that.
fn is_so(cx: &Cx<'_>, one: &Registered, presence: Option<Presence>) -> bool {
    presence.is_none_or(|wanted| one.presence(cx.house(), cx.now) == wanted)
}

fn by_name(mut faces: Vec<Face>) -> Vec<Face> {
    faces.sort_by(|one, other| one.name.cmp(&other.name).then(one.id.cmp(&other.id)));
    faces
}

/// With which of their agents somebody looks: a program as itself, a person with each that acts for them.
fn asking(cx: &Cx<'_>, who: &Actor) -> Result<Vec<Agent>> {
    if !cx.house().agents_enabled {
        return Err(switched_off());
    }
    if let Some(id) = who.agent() {
        return Ok(vec![registered(cx, who, id)?.agent]);
    }
    let Some(user) = who.user() else {
        return Err(Error::denied("Agents are known to users of this house."));
    };
    let programs = registry::registered_of(cx, user)?.into_iter().map(|one| one.agent);
    let builtin = own::to_be(cx, user)?;
    Ok([builtin].into_iter().chain(programs.filter(|one| one.state == State::Active)).collect())
}

/// Whether one of these reaches that one, in one of these ways.
fn is_seen(cx: &Cx<'_>, asking: &[Agent], one: Option<&Registered>, ways: &[Reach]) -> Result<bool> {
    let mut is_seen = false;
    for from in asking {
        for way in ways {
            is_seen |= reaches(cx, from, one, *way)?;
        }
    }
    Ok(is_seen)
}

/// As [`is_seen`], as soon as it is so.
fn is_seen_by_one(cx: &Cx<'_>, asking: &[&Agent], one: &Registered, ways: &[Reach]) -> Result<bool> {
    for from in asking {
        for way in ways {
            if reaches(cx, from, Some(one), *way)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
