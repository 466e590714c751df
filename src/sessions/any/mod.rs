//! What sessions of every kind have: a phase, a purpose, and what whoever began one keeps beside it.
//!
//! Whose a session is to see and to end, its kind knows; whoever calls here has settled it.

pub(super) mod sql;

use serde_json::{Value, json};

use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, SessionId, UserId};
use crate::base::text;
use crate::base::time::Timestamp;
use crate::journal::{self, Happening};
use crate::sessions::conversation;
use crate::sessions::model::Phase;
use crate::store::Cx;
use crate::worded;

/// The longest purpose, in characters.
const PURPOSE_CHARS_MAX: usize = 200;
/// The largest metadata, in bytes of JSON.
const METADATA_BYTES_MAX: usize = 4_096;

worded! {
    /// The kinds of sessions.
    Kind {
        /// Agents agree on a time.
        Scheduling = "scheduling",
        /// Agents say whatever they have to say.
        Conversation = "conversation",
        /// Work is done.
        Task = "task",
        /// A person decides something that belongs to no task.
        Approval = "approval",
        /// Several decide together.
        Group = "group",
    }
}

/// What a session of every kind has.
#[derive(Clone, Debug, PartialEq)]
pub struct Any {
    /// Its id.
    pub id: SessionId,
    /// Its kind.
    pub kind: Kind,
    /// How it stands, as every kind does.
    pub phase: Phase,
    /// How it stands, in its kind's words.
    pub state: String,
    /// What it is for; may be empty.
    pub purpose: String,
    /// What whoever began it keeps beside it: an object.
    pub metadata: Value,
    /// Who began it.
    pub initiator: UserId,
    /// The agent of theirs that did; `None`: they did themselves.
    pub by_agent: Option<AgentId>,
    /// Rises with every change.
    pub version: i64,
    /// Since when there is one.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// Since when it is over.
    pub ended_at: Option<Timestamp>,
}

/// What whoever began a session said that it is for, and keeps beside it; `None` of a session that somebody else began: for
/// what they take away.
pub fn kept(cx: &Cx<'_>, id: SessionId, by: UserId) -> Result<Option<Value>> {
    let one = sql::any(cx, id)?.filter(|one| one.initiator == by);
    Ok(one.map(|one| json!({ "purpose": one.purpose, "metadata": one.metadata })))
}

/// A session of any kind, for whoever has settled that it may be seen.
pub fn any(cx: &Cx<'_>, id: SessionId) -> Result<Any> {
    sql::any(cx, id)?.ok_or(Error::NotFound("session"))
}

/// Says what a session is for, or what is kept beside it; what is not given stays. Only whoever began it may: a
/// person also of what a program of theirs began, and a program of that alone.
pub fn describe(
    cx: &mut Cx<'_>,
    who: &Actor,
    id: SessionId,
    purpose: Option<&str>,
    metadata: Option<&Value>,
) -> Result<Any> {
    let before = any(cx, id)?;
    if purpose.is_none() && metadata.is_none() {
        return Ok(before);
    }
    if who.user() != Some(before.initiator) {
        return Err(Error::denied("Only whoever began a session says what it is for."));
    }
    if who.agent().is_some() && who.agent() != before.by_agent {
        return Err(Error::denied(
            "A program says what a session is for that it began itself, and of no other.",
        ));
    }
    if before.kind == Kind::Conversation && conversation::sql::is_erased(cx, id)? {
        let words = "What was said there is erased, and nothing is written down beside it any more.";
        return Err(Error::refused("conversation.over", words));
    }
    if metadata
        .is_some_and(|metadata| !metadata.is_object() || metadata.to_string().len() > METADATA_BYTES_MAX)
    {
        let words = format!("This is an object of {METADATA_BYTES_MAX} bytes of JSON at most.");
        return Err(Error::invalid("metadata", words));
    }
    let purpose = purpose.map(|line| text::line(line, PURPOSE_CHARS_MAX));
    let purpose = purpose.unwrap_or_else(|| before.purpose.clone());
    let metadata = metadata.cloned().unwrap_or_else(|| before.metadata.clone());
    if purpose == before.purpose && metadata == before.metadata {
        return Ok(before);
    }
    sql::describe(cx, id, &purpose, &metadata)?;
    let data = json!({ "kind": before.kind.as_str() });
    journal::append(cx, who, &Happening::to("session.described", &id).data(&data))?;
    any(cx, id)
}

/// What a change of phase is answered that the kind does not know.
pub fn no_transition(from: Phase, to: Phase) -> Error {
    let words = format!("A session that is {} does not become {} this way.", from.as_str(), to.as_str());
    Error::refused("session.transition", words)
}
