//! Types of tasks: those that everybody can be asked, and those that a program declares.

use serde_json::{Value, json};

use super::schema::Schema;
use super::sql::types as sql;
use crate::agents::{self, Reach};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, TaskTypeId, UserId};
use crate::base::text;
use crate::base::time::Timestamp;
use crate::journal::{self, Happening};
use crate::store::Cx;

/// The most types that a program declares.
pub const TYPES_MAX: usize = 50;
const NAME_CHARS_MAX: usize = 60;
const ABOUT_CHARS_MAX: usize = 300;

/// A type of tasks: what it is sent, and what comes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskType {
    /// Its id; the house's own have none.
    pub id: Option<TaskTypeId>,
    /// What it is called.
    pub name: String,
    /// What it is for, in a line.
    pub about: String,
    /// What it is sent.
    pub payload: Schema,
    /// What comes of it; `None`: anything.
    pub result: Option<Schema>,
    /// Since when there is one.
    pub created_at: Option<Timestamp>,
}

/// A type to be declared.
#[derive(Clone, Debug)]
pub struct NewType {
    /// What it is for, in a line.
    pub about: String,
    /// What it is sent: a schema.
    pub payload: Value,
    /// What comes of it: a schema; `None`: anything.
    pub result: Option<Value>,
}

/// Something to be done, by hand or otherwise.
pub const TODO: &str = "todo";
/// Something to be answered.
pub const QUESTION: &str = "question";
/// A time to be found: by one's own built-in agent.
pub const FIND_TIME: &str = "find_time";

/// The types that everybody can be asked, with or without a program.
pub fn of_house() -> Result<Vec<TaskType>> {
    let text = json!({ "type": "string", "minLength": 1, "maxLength": 2_000 });
    let todo = json!({
        "type": "object", "required": ["text"], "additionalProperties": false,
        "properties": { "text": text, "url": { "type": "string", "format": "uri", "maxLength": 1_000 } },
    });
    let done = json!({
        "type": "object", "additionalProperties": false,
        "properties": { "text": { "type": "string", "maxLength": 2_000 } },
    });
    let question = json!({
        "type": "object", "required": ["text"], "additionalProperties": false,
        "properties": { "text": text, "choices": {
            "type": "array", "minItems": 2, "maxItems": 20,
            "items": { "type": "string", "minLength": 1, "maxLength": 200 },
        }},
    });
    let answer = json!({
        "type": "object", "required": ["answer"], "additionalProperties": false,
        "properties": { "answer": { "type": "string", "minLength": 1, "maxLength": 2_000 } },
    });
    let find_time = json!({
        "type": "object", "required": ["with", "from", "to"], "additionalProperties": false,
        "properties": {
            "with": { "type": "array", "minItems": 1, "maxItems": 19, "items": { "type": "string", "maxLength": 40 } },
            "purpose": { "type": "string", "maxLength": 200 },
            "minutes": { "type": "integer", "minimum": 5, "maximum": 1_440 },
            "from": { "type": "string", "format": "date-time" },
            "to": { "type": "string", "format": "date-time" },
            "conversation": { "type": "string", "maxLength": 40 },
        },
    });
    let found = json!({
        "type": "object", "required": ["meeting"], "additionalProperties": false,
        "properties": { "meeting": { "type": "string" } },
    });
    let one = |name: &str, about: &str, payload: Value, result: Value| -> Result<TaskType> {
        Ok(TaskType {
            id: None,
            name: name.to_owned(),
            about: about.to_owned(),
            payload: Schema::declared("payload", payload)?,
            result: Some(Schema::declared("result", result)?),
            created_at: None,
        })
    };
    Ok(vec![
        one(TODO, "Something to be done; the result may say a word about it.", todo, done)?,
        one(QUESTION, "Something to be answered, freely or by one of the choices.", question, answer)?,
        one(
            FIND_TIME,
            "One’s own built-in agent looks for a time; the result is the meeting.",
            find_time,
            found,
        )?,
    ])
}

/// The type of the house with this name.
pub(super) fn named_by_house(name: &str) -> Result<Option<TaskType>> {
    Ok(of_house()?.into_iter().find(|one| one.name == name))
}

/// The type with this name that a program takes.
pub(super) fn of_agent(cx: &Cx<'_>, agent: AgentId, name: &str) -> Result<Option<TaskType>> {
    sql::named(cx, agent, name)
}

/// What a program of the caller's takes, by name: declared anew, or as it is now. A program may say so of itself.
pub fn declare(cx: &mut Cx<'_>, who: &Actor, agent: AgentId, name: &str, new: &NewType) -> Result<TaskType> {
    own(cx, who, agent)?;
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
    if name.is_empty() || name.len() > NAME_CHARS_MAX || !name.chars().all(is_name) {
        let words = "A name has lower-case letters, digits, dots, hyphens and underscores: 60 at most.";
        return Err(Error::invalid("name", words));
    }
    if named_by_house(name)?.is_some() {
        return Err(Error::refused("task-type.house", "The house has a type of this name; pick another."));
    }
    let known = sql::of_agent(cx, agent)?;
    let before = known.iter().find(|one| one.name == name);
    if before.is_none() && known.len() >= TYPES_MAX {
        return Err(Error::refused("task-type.too-many", format!("It takes {TYPES_MAX} types at most.")));
    }
    let declared = TaskType {
        id: Some(before.and_then(|one| one.id).unwrap_or_else(|| cx.id())),
        name: name.to_owned(),
        about: text::line_within("about", &new.about, ABOUT_CHARS_MAX)?,
        payload: Schema::declared("payload", new.payload.clone())?,
        result: new.result.clone().map(|schema| Schema::declared("result", schema)).transpose()?,
        created_at: Some(before.and_then(|one| one.created_at).unwrap_or(cx.now)),
    };
    if before == Some(&declared) {
        return Ok(declared);
    }
    sql::set(cx, agent, &declared)?;
    let data = json!({ "name": name });
    journal::append(cx, who, &Happening::to("agent.task-type", &agent).data(&data))?;
    Ok(declared)
}

/// A program takes tasks of this type no more; those that there are go on. Twice is once.
pub fn withdraw(cx: &mut Cx<'_>, who: &Actor, agent: AgentId, name: &str) -> Result<()> {
    own(cx, who, agent)?;
    if sql::delete(cx, agent, name)? {
        let data = json!({ "name": name });
        journal::append(cx, who, &Happening::to("agent.task-type-withdrawn", &agent).data(&data))?;
    }
    Ok(())
}

/// What a program takes, by name: for whoever reaches it.
pub fn types(cx: &Cx<'_>, who: &Actor, agent: AgentId) -> Result<Vec<TaskType>> {
    if own(cx, who, agent).is_err() {
        agents::reached(cx, who, agent, Reach::Direct)?;
    }
    sql::of_agent(cx, agent)
}

/// One's own program, or oneself.
fn own(cx: &Cx<'_>, who: &Actor, agent: AgentId) -> Result<()> {
    let one = agents::registered(cx, who, agent)?.agent;
    if one.user.is_some() && one.user == who.user() { Ok(()) } else { Err(Error::NotFound("agent")) }
}

/// Takes away what the programs of somebody declared, and of programs that are no more.
pub(super) fn erase(cx: &Cx<'_>, user: UserId) -> Result<()> {
    sql::delete_of_user(cx, user).map(drop)
}
