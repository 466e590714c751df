//! Sending: a task is checked against its type, addressed to whoever may be asked, and put before them.

use serde_json::{Value, json};

use super::model::{State, Task, To};
use super::schema::{BYTES_MAX, Misfit, Schema};
use super::types::{self, FIND_TIME, QUESTION, TODO, TaskType};
use super::{find_time, sql::tasks as sql, talk};
use crate::accounts;
use crate::agents::{self, Reach};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, ConnectionId, Id, RoleId, UserId};
use crate::base::text;
use crate::base::time::{HOUR, MINUTE, Timestamp};
use crate::base::trace::Traceparent;
use crate::journal::{self, Happening};
use crate::limits::{self, Budget};
use crate::network;
use crate::sessions::work;
use crate::store::Cx;

/// How many tasks somebody, and their programs, may send in an hour.
const TASKS: Budget = Budget { name: "tasks", most: 300, window_ms: HOUR };

/// Whom somebody names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// A program.
    Agent(AgentId),
    /// A person: oneself, or somebody one is connected with.
    User(UserId),
    /// The other side of a connection of one's own.
    Connection(ConnectionId),
    /// Whoever fills a role.
    Role(RoleId),
}

/// A task to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct NewTask {
    /// What is asked for: a type of the house, or one that whoever is asked has declared.
    pub kind: String,
    /// Whom.
    pub to: Named,
    /// What is to be done, as the type's schema has it.
    pub payload: Value,
    /// When it expires; the house's longest, if not given.
    pub due_at: Option<Timestamp>,
    /// The flags of the caller's `traceparent`; empty: it sent none.
    pub trace_flags: String,
}

/// Who is asked, once it is settled that they may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) to: To,
    /// Through which connection; `None`: through none.
    pub(super) connection: Option<ConnectionId>,
    pub(super) user: Option<UserId>,
    pub(super) agent: Option<AgentId>,
}

/// Sends a task.
///
/// # Errors
/// What is not reached, not connected or not there is not found, whatever was asked for. A payload that does not fit its type
/// is refused by the field.
pub fn send(cx: &mut Cx<'_>, who: &Actor, new: &NewTask) -> Result<Task> {
    let me = person(who)?;
    let asked = asked(cx, who, me, new.to)?;
    let kind = kind_of(cx, who, asked, &new.kind)?;
    let payload = fitting("payload", &kind.payload, cleaned(&kind, &new.payload)?)?;
    is_web_address(&kind, &payload)?;
    let due_at = due(cx, new.due_at)?;
    limits::spend(cx, TASKS, &me.to_string(), 1)?;
    let mut task = Task {
        id: cx.id(),
        session: cx.id(),
        kind: kind.name,
        from: me,
        from_agent: who.agent(),
        to: asked.to,
        connection: asked.connection,
        user: asked.user,
        agent: asked.agent,
        payload,
        result: None,
        note: String::new(),
        state: State::Submitted,
        percent: None,
        about: None,
        trace: Traceparent::next(&who.trace, &new.trace_flags, cx.chance()).to_string(),
        version: 1,
        created_at: cx.now,
        changed_at: cx.now,
        due_at,
        ended_at: None,
        fell_at: None,
    };
    let to = talk::concerned(cx, Some(me), who.agent(), &task)?;
    let from = who.agent().unwrap_or(AgentId::from_uuid(me.uuid()));
    let full = work::admit(cx, from, &to, talk::asks_people(cx, &task)?)?;
    sql::insert(cx, &task)?;
    talk::open(cx, &task)?;
    let data = json!({ "type": task.kind, "from": task.from, "agent": task.from_agent });
    let happening = Happening::to("task.submitted", &task.id).with(&task.to.id());
    journal::append(cx, who, &happening.data(&data))?;
    talk::say_but(cx, who, &task, ("submitted", &json!({ "payload": task.payload })), &full)?;
    if task.kind == FIND_TIME {
        find_time::begin(cx, who, &mut task)?;
    }
    Ok(task)
}

/// Who acts: a person, or a program for one.
pub(super) fn person(who: &Actor) -> Result<UserId> {
    who.user().ok_or_else(|| Error::denied("Tasks are people's own: act as a user."))
}

/// Who is asked. One that may not be asked is not there.
pub(super) fn asked(cx: &Cx<'_>, who: &Actor, me: UserId, to: Named) -> Result<Asked> {
    match to {
        Named::Agent(id) => {
            let one = agents::reached(cx, who, id, Reach::Direct)?;
            let connection = match one.agent.user {
                Some(user) if user != me => through(cx, who, user)?,
                _ => None,
            };
            Ok(Asked { to: To::Agent(id), connection, user: one.agent.user, agent: Some(id) })
        }
        Named::User(id) => {
            let connection = if id == me { None } else { through(cx, who, id)? };
            let user = if id == me || connection.is_some() { accounts::get(cx, id).ok() } else { None };
            let user = user.filter(|user| user.disabled_at.is_none()).ok_or(Error::NotFound("user"))?;
            Ok(Asked { to: To::User(user.id), connection, user: Some(user.id), agent: None })
        }
        Named::Connection(id) => {
            let connection = network::connection(cx, who, id)?;
            let is_active = connection.state == network::State::Connected;
            let other = connection.other.filter(|_| is_active).ok_or(Error::NotFound("connection"))?;
            asked(cx, who, me, Named::User(other))
        }
        Named::Role(id) => {
            let role = agents::role(cx, who, id)?;
            if agents::members(cx, role.id)?.is_empty() {
                return Err(Error::invalid("to", "Nobody fills this role now: there is nobody to do it."));
            }
            Ok(Asked { to: To::Role(id), connection: None, user: None, agent: None })
        }
    }
}

/// What connects oneself with somebody, as long as neither has blocked the other.
fn through(cx: &Cx<'_>, who: &Actor, other: UserId) -> Result<Option<ConnectionId>> {
    let connection = match network::connected_with(cx, who, other) {
        Ok(connection) => connection.map(|one| one.id),
        Err(Error::NotFound(_)) => None,
        Err(error) => return Err(error),
    };
    let are_blocked = who.user().map(|me| network::are_blocked(cx, me, other)).transpose()?;
    Ok(connection.filter(|_| are_blocked == Some(false)))
}

/// The type of this name that whoever is asked takes. Of a program that the caller does not reach nothing is known.
fn kind_of(cx: &Cx<'_>, who: &Actor, asked: Asked, name: &str) -> Result<TaskType> {
    let unknown = || Error::invalid("type", "Whoever is asked takes no tasks of this type.");
    match asked.to {
        To::Agent(id) => types::of_agent(cx, id, name)?.ok_or_else(unknown),
        To::Role(_) if matches!(name, TODO | QUESTION) => types::named_by_house(name)?.ok_or_else(unknown),
        To::Role(_) => Err(unknown()),
        To::User(user) if name == FIND_TIME && Some(user) != who.user() => {
            Err(Error::invalid("to", "A time is found by one's own built-in agent: address it to yourself."))
        }
        To::User(user) => {
            if let Some(kind) = types::named_by_house(name)? {
                return Ok(kind);
            }
            let Some(program) = talk::playing(cx, who, user, false)? else { return Err(unknown()) };
            types::of_agent(cx, program.agent.id, name)?.ok_or_else(unknown)
        }
    }
}

/// What a person reads has no addresses in it; what they choose from neither, since their answer will have none.
fn cleaned(kind: &TaskType, payload: &Value) -> Result<Value> {
    let mut payload = payload.clone();
    if kind.id.is_some() {
        return Ok(payload);
    }
    if let Some(Value::String(said)) = payload.get_mut("text") {
        *said = text::blank_addresses(said);
    }
    let choices = payload.get_mut("choices").and_then(Value::as_array_mut).map(Vec::as_mut_slice);
    let choices = choices.unwrap_or_default();
    for choice in choices.iter_mut() {
        if let Value::String(said) = choice {
            *said = text::blank_addresses(said);
        }
    }
    let is_told_apart = choices.iter().enumerate().all(|(at, one)| !choices[..at].contains(one));
    if is_told_apart {
        Ok(payload)
    } else {
        let words = "Two choices are the same. Addresses are taken out of them: name people otherwise.";
        Err(Error::invalid("payload.choices", words))
    }
}

/// Refuses what a person would be asked to open, unless it leads to the web: a schema's `uri` may be anything.
fn is_web_address(kind: &TaskType, payload: &Value) -> Result<()> {
    let is_web = |url: &str| {
        url.split_once("://").is_some_and(|(scheme, rest)| {
            !rest.is_empty() && ["http", "https"].iter().any(|one| scheme.eq_ignore_ascii_case(one))
        })
    };
    match payload.get("url").and_then(Value::as_str).filter(|_| kind.id.is_none()) {
        Some(url) if !is_web(url) => {
            Err(Error::invalid("payload.url", "This should be an address like https://example.org/."))
        }
        _ => Ok(()),
    }
}

/// A value, where it fits its schema.
pub(super) fn fitting(root: &'static str, schema: &Schema, value: Value) -> Result<Value> {
    if value.to_string().len() > BYTES_MAX {
        return Err(Error::invalid(root, "This has 16 KiB at most."));
    }
    match schema.check(root, &value) {
        Ok(()) => Ok(value),
        Err(Misfit { at, says }) => Err(Error::invalid(at, says)),
    }
}

/// When something expires: within the house's longest time, and not before anybody could do it.
pub(super) fn due(cx: &Cx<'_>, wanted: Option<Timestamp>) -> Result<Timestamp> {
    let last = cx.now.plus(cx.house().task_ms);
    match wanted {
        None => Ok(last),
        Some(at) if at > last => {
            Err(Error::invalid("due", format!("It can wait until {} at most.", last.to_rfc3339())))
        }
        Some(at) if at < cx.now.plus(MINUTE) => {
            Err(Error::invalid("due", "That leaves nobody a minute for it."))
        }
        Some(at) => Ok(at),
    }
}
