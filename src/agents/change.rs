//! Rooms and things: added, changed and retired by administrators.

use super::model::{Agent, AgentChange, Kind, NewAgent, State, check, open_rules};
use super::register::{deactivate, reregister};
use super::registration::{RegistrationChange, Seen};
use super::sql::{self, registry};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::AgentId;
use crate::base::text;
use crate::calendar::{self, HolderId, SourceKind};
use crate::journal::{self, Happening};
use crate::store::Cx;

/// The most rooms and things of a house, those that are retired not counted.
pub const RESOURCES_MAX: usize = 500;
/// The longest name, in characters.
const NAME_CHARS_MAX: usize = 80;

/// Adds a room or a thing. Only an administrator may.
pub fn add(cx: &mut Cx<'_>, who: &Actor, new: &NewAgent) -> Result<Agent> {
    admin_only(who)?;
    let rules = new.rules.clone().unwrap_or_else(open_rules);
    check(&rules)?;
    let active = sql::resources(cx)?.into_iter().filter(|one| one.state == State::Active).count();
    if active >= RESOURCES_MAX {
        let words = format!("There are {RESOURCES_MAX} rooms and things already; retire one first.");
        return Err(Error::refused("agent.too-many", words));
    }
    let agent = Agent {
        id: cx.id(),
        kind: Kind::Resource,
        user: None,
        name: named(&new.name)?,
        zone: new.zone.unwrap_or(cx.house().zone),
        week: new.week.clone(),
        rules,
        state: State::Active,
        created_at: cx.now,
    };
    sql::insert_resource(cx, &agent)?;
    journal::append(cx, who, &Happening::to("agent.added", &agent.id))?;
    Ok(agent)
}

/// Changes a room or a thing; what is the same already is no change. Only an administrator may.
pub fn change(cx: &mut Cx<'_>, who: &Actor, id: AgentId, change: &AgentChange) -> Result<Agent> {
    let before = changeable(cx, who, id)?;
    if before.state == State::Retired {
        return Err(Error::refused("agent.retired", "This room or thing is retired; add a new one."));
    }
    let mut after = before.clone();
    if let Some(name) = &change.name {
        after.name = named(name)?;
    }
    after.zone = change.zone.unwrap_or(before.zone);
    if let Some(week) = &change.week {
        after.week.clone_from(week);
    }
    if let Some(rules) = &change.rules {
        check(rules)?;
        after.rules = rules.clone();
    }
    if after == before {
        return Ok(before);
    }
    sql::set_resource(cx, &after)?;
    if after.zone != before.zone {
        calendar::set_zone(cx, HolderId::Agent(id), after.zone)?;
    }
    journal::append(cx, who, &Happening::to("agent.changed", &id))?;
    Ok(after)
}

/// Retires a room or a thing: nobody is offered its time any more, and its calendars are not read. Again, it changes
/// nothing. Only an administrator may.
pub fn retire(cx: &mut Cx<'_>, who: &Actor, id: AgentId) -> Result<Agent> {
    let mut agent = changeable(cx, who, id)?;
    if agent.state == State::Retired {
        return Ok(agent);
    }
    for source in calendar::sources(cx, who, HolderId::Agent(id))? {
        if source.kind != SourceKind::House {
            calendar::remove(cx, who, source.id)?;
        }
    }
    if let Some(program) = registry::answering(cx, id)? {
        deactivate(cx, who, program)?;
    }
    agent.state = State::Retired;
    sql::set_resource(cx, &agent)?;
    journal::append(cx, who, &Happening::to("agent.retired", &id))?;
    Ok(agent)
}

/// Calls an agent something else, be it a room or a program.
pub fn rename(cx: &mut Cx<'_>, who: &Actor, id: AgentId, name: &str) -> Result<Seen> {
    let name = Some(name.to_owned());
    match super::get(cx, who, id)? {
        Seen::Program(_) => {
            let to = RegistrationChange { name, ..RegistrationChange::default() };
            reregister(cx, who, id, &to).map(Seen::Program)
        }
        Seen::House(_) => {
            change(cx, who, id, &AgentChange { name, ..AgentChange::default() }).map(Seen::House)
        }
    }
}

/// Retires an agent, be it a room or a program.
pub fn end(cx: &mut Cx<'_>, who: &Actor, id: AgentId) -> Result<Seen> {
    match super::get(cx, who, id)? {
        Seen::Program(_) => deactivate(cx, who, id).map(Seen::Program),
        Seen::House(_) => retire(cx, who, id).map(Seen::House),
    }
}

/// A resource, for an administrator. An agent of a person is not changed here: profile and grants are what it goes by.
fn changeable(cx: &Cx<'_>, who: &Actor, id: AgentId) -> Result<Agent> {
    admin_only(who)?;
    let agent = sql::agent(cx, id)?.ok_or(Error::NotFound("agent"))?;
    match agent.kind {
        Kind::Resource => Ok(agent),
        Kind::Builtin => {
            let words = "This agent acts for a person: change the profile, or the grants, instead.";
            Err(Error::refused("agent.builtin", words))
        }
        Kind::Personal | Kind::Service | Kind::Room => Err(Error::NotFound("agent")),
    }
}

fn named(name: &str) -> Result<String> {
    let name = text::name(name, NAME_CHARS_MAX);
    if name.is_empty() { Err(Error::invalid("name", "Say what people call it.")) } else { Ok(name) }
}

fn admin_only(who: &Actor) -> Result<()> {
    if who.is_admin() { Ok(()) } else { Err(Error::denied("Only an administrator may do this.")) }
}
