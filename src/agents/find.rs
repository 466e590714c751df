//! Finding: only agents that want to be found, by whoever reaches them. One that is not to be found and one that there is
//! not are the same, by the same path.

use super::model::{Kind, State};
use super::register::{registered, registered_of};
use super::registration::{Capabilities, Presence, Registered, Relation};
use super::relations::{Reach, is_open_to, reaches, relations};
use super::sql::registry;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::AgentId;
use crate::network;
use crate::store::Cx;

/// The most connections that are looked through.
const CONNECTIONS_MAX: u32 = 500;

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
            presence: one.presence(cx.now),
        }
    }
}

/// The agent of this handle, if it wants to be found and is reached by the caller's.
pub fn find(cx: &Cx<'_>, who: &Actor, handle: &str) -> Result<Face> {
    let asking = asking(cx, who)?;
    let found = registry::by_handle(cx, handle.trim().trim_start_matches('@'))?;
    match found.filter(|one| one.is_discoverable) {
        Some(one) if is_seen(cx, &asking, &one)? => Ok(Face::of(&one, cx)),
        _ => Err(Error::NotFound("agent")),
    }
}

/// The agents of people who share something with the caller now, by name: of those that want to be found.
pub fn sharing(cx: &Cx<'_>, who: &Actor) -> Result<Vec<Face>> {
    let asking = asking(cx, who)?;
    let mut faces = Vec::new();
    for connection in network::connections(cx, who, None, CONNECTIONS_MAX)?.connections {
        let Some(other) = connection.other.filter(|_| connection.state == network::State::Connected) else {
            continue;
        };
        if network::grants(cx, who, connection.id)?.received.scopes.is_empty() {
            continue;
        }
        for one in registry::registered_of(cx, other)?.into_iter().filter(|one| one.is_discoverable) {
            if is_seen(cx, &asking, &one)? {
                faces.push(Face::of(&one, cx));
            }
        }
    }
    faces.sort_by(|one, other| one.name.cmp(&other.name).then(one.id.cmp(&other.id)));
    Ok(faces)
}

/// The lists of an agent of one's own, each entry with its face where it could be found: a block of one's own hides nobody
/// from whoever set it. Of the others there is no more than the id that was given.
pub fn listed(cx: &Cx<'_>, who: &Actor, id: AgentId) -> Result<Vec<(AgentId, Relation, Option<Face>)>> {
    let mine = registered(cx, who, id)?;
    let mut listed = Vec::new();
    for (other, relation) in relations(cx, who, id)? {
        let is_known = |one: &Registered| one.is_discoverable || one.agent.user == mine.agent.user;
        let one = registry::registered(cx, other)?.filter(is_known);
        let is_open = |one: &Registered, reach| is_open_to(cx, &mine, one, reach);
        let face = match one {
            Some(one) if is_open(&one, Reach::Direct)? || is_open(&one, Reach::Group)? => {
                Some(Face::of(&one, cx))
            }
            _ => None,
        };
        listed.push((other, relation, face));
    }
    Ok(listed)
}

/// With which of their agents somebody looks: a program with itself, a person with each that they run.
fn asking(cx: &Cx<'_>, who: &Actor) -> Result<Vec<Registered>> {
    match who.agent() {
        Some(id) => Ok(vec![registered(cx, who, id)?]),
        None if who.user().is_some() => registered_of(cx, who),
        None => Err(Error::denied("Agents are known to users of this house.")),
    }
}

fn is_seen(cx: &Cx<'_>, asking: &[Registered], one: &Registered) -> Result<bool> {
    for from in asking.iter().filter(|from| from.agent.state == State::Active) {
        if reaches(cx, from, one, Reach::Direct)? || reaches(cx, from, one, Reach::Group)? {
            return Ok(true);
        }
    }
    Ok(false)
}
