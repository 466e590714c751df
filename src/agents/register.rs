//! Registering: a program of somebody's becomes an agent, is changed, and is retired. Its owner's alone, but that
//! administrators may retire any.

use serde_json::{Value, json};

use super::model::{Agent, Kind, State, open_rules};
use super::registration::{
    ABOUT_CHARS_MAX, Capabilities, Claimed, NAME_CHARS_MAX, NewRegistration, Presence, Registered,
    RegistrationChange,
};
use super::resource;
use super::sql::{keys, registry};
use crate::base::actor::{Actor, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, UserId};
use crate::base::secret::base32;
use crate::base::text;
use crate::base::time::{DAY, Timestamp};
use crate::journal::{self, Happening};
use crate::limits::{self, Budget};
use crate::store::Cx;

/// The most programs that one person has registered at once.
pub const REGISTERED_MAX: usize = 20;
/// How long a retired program is kept, and a key that was taken back, in milliseconds.
const KEPT_MS: i64 = 90 * DAY;
/// The most programs that are deleted in one go.
const SWEPT_MAX: u32 = 500;
/// How many a person registers a day, those that are retired again as well.
const REGISTRATIONS: Budget = Budget { name: "agent-registrations", most: 20, window_ms: DAY };
/// The longest part of a handle that is taken from the name, in characters.
const SLUG_CHARS_MAX: usize = 24;
/// How often a handle is tried: five characters of chance are seldom taken.
const HANDLES_TRIED: usize = 5;

/// Registers a program of the caller's.
///
/// Its handle is made of its name and a little chance, so that nobody learns from a refusal which handles there are.
///
/// # Errors
/// `agent.too-many`; `agent.plays` where another one plays for them, or answers for that room, already.
pub fn register(cx: &mut Cx<'_>, who: &Actor, new: &NewRegistration) -> Result<Registered> {
    let user = owner(cx, who)?;
    if !new.kind.is_registered() {
        return Err(Error::invalid("kind", "Register a personal agent, a service, or one for a room."));
    }
    let mine = registry::registered_of(cx, user)?;
    let active = || mine.iter().filter(|one| one.agent.state == State::Active);
    if active().count() >= REGISTERED_MAX {
        let words = format!("You have {REGISTERED_MAX} agents already; retire one first.");
        return Err(Error::refused("agent.too-many", words));
    }
    if new.kind == Kind::Personal && active().any(|one| one.agent.kind == Kind::Personal) {
        return Err(Error::refused(
            "agent.plays",
            "An agent of yours plays for you already; retire it first.",
        ));
    }
    let resource = answered_for(cx, who, new)?;
    let agent = Agent {
        id: cx.id(),
        kind: new.kind,
        user: Some(user),
        name: named(&new.name)?,
        zone: cx.house().zone,
        week: None,
        rules: open_rules(),
        state: State::Active,
        created_at: cx.now,
    };
    let mut one = Registered {
        handle: String::new(),
        about: about(&new.about),
        resource,
        capabilities: capable(cx, new.capabilities)?,
        preferences: new.preferences.clone().cleaned()?,
        is_direct: new.is_direct,
        is_group: new.is_group,
        is_discoverable: new.is_discoverable,
        claimed: Claimed::Online,
        lease_until: Timestamp::from_ms(0),
        active_at: None,
        engaged: 0,
        shut_out_until: None,
        shut_out_reason: None,
        agent,
    };
    limits::spend(cx, REGISTRATIONS, &user.to_string(), 1)?;
    registry::insert_agent(cx, &one.agent)?;
    for _ in 0..HANDLES_TRIED {
        one.handle = handle(&one.agent.name, &base32(&cx.chance().bytes::<4>())[..5]);
        if registry::insert_registration(cx, &one)? {
            let happening = Happening::to("agent.registered", &one.agent.id).with(&user);
            journal::append(cx, who, &happening.data(&allowed(&one)))?;
            return registered(cx, who, one.agent.id);
        }
    }
    Err(Error::internal("no handle is free"))
}

/// Changes a registration; what is the same already is no change.
pub fn reregister(
    cx: &mut Cx<'_>,
    who: &Actor,
    id: AgentId,
    change: &RegistrationChange,
) -> Result<Registered> {
    let before = owned(cx, who, id)?;
    if before.agent.state == State::Retired {
        return Err(Error::refused("agent.retired", "This agent is retired; register a new one."));
    }
    let mut after = before.clone();
    if let Some(name) = &change.name {
        after.agent.name = named(name)?;
    }
    if let Some(line) = &change.about {
        after.about = about(line);
    }
    if let Some(capabilities) = change.capabilities {
        after.capabilities = capable(cx, capabilities.over(before.capabilities))?;
    }
    if let Some(preferences) = &change.preferences {
        after.preferences = preferences.clone().over(before.preferences.clone()).cleaned()?;
    }
    after.is_direct = change.is_direct.unwrap_or(before.is_direct);
    after.is_group = change.is_group.unwrap_or(before.is_group);
    after.is_discoverable = change.is_discoverable.unwrap_or(before.is_discoverable);
    if after == before {
        return Ok(before);
    }
    registry::update(cx, &after)?;
    journal::append(cx, who, &Happening::to("agent.changed", &id).data(&allowed(&after)))?;
    Ok(after)
}

/// Retires a registered agent: its keys are taken back, and the built-in agent plays again. Twice is once.
pub fn deactivate(cx: &mut Cx<'_>, who: &Actor, id: AgentId) -> Result<Registered> {
    let mut one = registered(cx, who, id)?;
    if who.agent().is_some() {
        return Err(only_people());
    }
    if one.agent.state == State::Retired {
        return Ok(one);
    }
    one.agent.state = State::Retired;
    one.resource = None;
    registry::update(cx, &one)?;
    registry::end_lease(cx, id)?;
    keys::revoke_keys_of(cx, id)?;
    journal::append(cx, who, &Happening::to("agent.retired", &id))?;
    registered(cx, who, id)
}

/// Deletes programs and keys that were retired and taken back long ago; gives how many.
pub fn delete_ended(cx: &mut Cx<'_>) -> Result<usize> {
    let before = cx.now.plus(-KEPT_MS);
    let retired = registry::retired(cx, before, SWEPT_MAX)?;
    for id in &retired {
        delete(cx, *id)?;
    }
    Ok(retired.len() + keys::delete_revoked(cx, before)?)
}

/// Nothing is left of a program but what the journal says: whoever keeps something of it learns there that it is gone.
pub(super) fn delete(cx: &mut Cx<'_>, id: AgentId) -> Result<()> {
    registry::delete_registered(cx, id)?;
    journal::append(cx, &Actor::house("retention"), &Happening::to("agent.erased", &id)).map(drop)
}

/// A registered agent: one's own, oneself, or for administrators any.
pub fn registered(cx: &Cx<'_>, who: &Actor, id: AgentId) -> Result<Registered> {
    let found = registry::registered(cx, id)?.ok_or(Error::NotFound("agent"))?;
    let is_theirs = match who.who {
        // A program knows itself, and not what else its owner runs.
        Who::Agent { id: asks, .. } => asks == id,
        _ => found.agent.user.is_some() && found.agent.user == who.user() || who.is_admin(),
    };
    if is_theirs { Ok(found) } else { Err(Error::NotFound("agent")) }
}

/// The programs that somebody has registered, those that are retired as well.
pub fn registered_of(cx: &Cx<'_>, who: &Actor) -> Result<Vec<Registered>> {
    match (who.agent(), who.user()) {
        (Some(id), _) => Ok(vec![registered(cx, who, id)?]),
        (None, Some(user)) => registry::registered_of(cx, user),
        (None, None) => Ok(Vec::new()),
    }
}

/// The program that plays for a user in place of the built-in agent, if one does.
pub fn plays_for(cx: &Cx<'_>, user: UserId) -> Result<Option<Registered>> {
    if !cx.house().agents_enabled {
        return Ok(None);
    }
    Ok(registry::playing(cx, user)?.filter(|one| one.capabilities.schedule))
}

/// Whether an agent plays for its owner in place of the built-in one.
pub fn plays(cx: &Cx<'_>, id: AgentId) -> Result<bool> {
    let Some(user) = registry::registered(cx, id)?.and_then(|one| one.agent.user) else { return Ok(false) };
    Ok(plays_for(cx, user)?.is_some_and(|one| one.agent.id == id))
}

/// The program that answers for a room or thing, where it is there and may take part when times are arranged.
pub fn answers_for(cx: &Cx<'_>, resource: AgentId) -> Result<Option<AgentId>> {
    if !cx.house().agents_enabled {
        return Ok(None);
    }
    let Some(id) = registry::answering(cx, resource)? else { return Ok(None) };
    let one = registry::registered(cx, id)?.filter(|one| one.capabilities.schedule);
    Ok(one.filter(|one| one.presence(cx.house(), cx.now) != Presence::Offline).map(|_| id))
}

/// The program that answers for a room or thing, whether it is there just now or not.
pub fn program_of(cx: &Cx<'_>, resource: AgentId) -> Result<Option<AgentId>> {
    if cx.house().agents_enabled { registry::answering(cx, resource) } else { Ok(None) }
}

/// The room or thing that a program answers for, as long as it acts.
pub fn room_of(cx: &Cx<'_>, id: AgentId) -> Result<Option<AgentId>> {
    let found = if cx.house().agents_enabled { registry::registered(cx, id)? } else { None };
    Ok(found.and_then(|one| one.resource))
}

/// One's own, to be changed: by a person, and never by a program.
pub(super) fn owned(cx: &Cx<'_>, who: &Actor, id: AgentId) -> Result<Registered> {
    let user = owner(cx, who)?;
    registered(cx, who, id)
        .and_then(|one| if one.agent.user == Some(user) { Ok(one) } else { Err(Error::NotFound("agent")) })
}

/// Whoever registers agents: a person with an account, in a house that lets them.
fn owner(cx: &Cx<'_>, who: &Actor) -> Result<UserId> {
    if !cx.house().agents_enabled {
        return Err(switched_off());
    }
    match (who.agent(), who.user()) {
        (None, Some(user)) => Ok(user),
        (Some(_), _) => Err(only_people()),
        (None, None) => Err(Error::denied("An agent has an owner: act as a user.")),
    }
}

pub(super) fn switched_off() -> Error {
    Error::refused("agent.off", "Agents of one's own are switched off in this house.")
}

pub(super) fn only_people() -> Error {
    Error::denied("Only a person may do this: no program changes what programs may.")
}

/// The room or thing that the new one answers for, if it is that kind.
fn answered_for(cx: &Cx<'_>, who: &Actor, new: &NewRegistration) -> Result<Option<AgentId>> {
    match (new.kind, new.resource) {
        (Kind::Room, Some(id)) if who.is_admin() => {
            resource(cx, id).map_err(|error| match error {
                Error::NotFound(_) => Error::invalid("resource", "There is no such room or thing."),
                other => other,
            })?;
            if registry::answering(cx, id)?.is_some() {
                return Err(Error::refused(
                    "agent.plays",
                    "An agent answers for this room or thing already.",
                ));
            }
            Ok(Some(id))
        }
        (Kind::Room, Some(_)) => Err(Error::denied("Only an administrator says who answers for a room.")),
        (Kind::Room, None) => Err(Error::invalid("resource", "Say for which room or thing it answers.")),
        (_, Some(_)) => Err(Error::invalid("resource", "Only an agent of kind room answers for one.")),
        (_, None) => Ok(None),
    }
}

/// What the journal keeps of a registration: what the program may from then on, and who reaches it.
fn allowed(one: &Registered) -> Value {
    json!({
        "capabilities": one.capabilities,
        "privacy": one.preferences.privacy,
        "direct": one.is_direct,
        "group": one.is_group,
        "discoverable": one.is_discoverable,
    })
}

fn capable(cx: &Cx<'_>, capabilities: Capabilities) -> Result<Capabilities> {
    let most = cx.house().agent_conversations_max;
    if capabilities.conversations_max > most {
        let words = format!("An agent can be in {most} conversations at once at most.");
        return Err(Error::invalid("capabilities.conversations_max", words));
    }
    Ok(capabilities)
}

fn named(name: &str) -> Result<String> {
    let name = text::name(name, NAME_CHARS_MAX);
    if name.is_empty() { Err(Error::invalid("name", "Say what it is called.")) } else { Ok(name) }
}

fn about(line: &str) -> String {
    text::blank_addresses(&text::line(line, ABOUT_CHARS_MAX))
}

/// `maya-k3x9q`: what is left of the name in lower-case letters and digits, and a little chance.
fn handle(name: &str, chance: &str) -> String {
    let mut slug = String::new();
    for c in name.to_lowercase().chars() {
        match c {
            'a'..='z' | '0'..='9' => slug.push(c),
            _ if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
        if slug.len() >= SLUG_CHARS_MAX {
            break;
        }
    }
    let slug = slug.trim_matches('-');
    let slug = if slug.is_empty() { "agent" } else { slug };
    format!("{slug}-{chance}")
}

#[cfg(test)]
mod tests {
    use super::handle;

    #[test]
    fn a_handle_is_made_of_what_can_be_typed() {
        for (name, made) in [
            ("Maya", "maya-abcde"),
            ("  Max & Moritz!  ", "max-moritz-abcde"),
            ("日本", "agent-abcde"),
            ("a very long name for a small program", "a-very-long-name-for-a-s-abcde"),
        ] {
            assert_eq!(handle(name, "abcde"), made);
        }
    }
}
