//! The statements of conversations.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::model::{Conversation, Entry, Member, Request, Rights, Shape};
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, MessageId, SessionId, UserId};
use crate::base::time::Timestamp;
use crate::store::{Cx, Fact, Row};
use crate::values;

/// Where what was said lies sealed.
const CONTENT: &str = "session_messages.content";
/// Where the topic of a conversation lies sealed.
const TOPIC: &str = "conversations.topic";

const COLUMNS: &str = "c.shape, c.request, c.rights, c.topic, s.id, c.agent_id, c.urgency, c.answer_minutes,
    c.keep_days, c.erase_at, s.reason, s.created_at, s.expires_at, s.ended_at";
/// How much was said.
const PLACES: &str =
    "(SELECT COALESCE(MAX(m.place), 0) FROM session_messages m WHERE m.session_id = c.session_id)";
const FROM: &str = "FROM conversations c JOIN sessions s ON s.id = c.session_id";

fn conversation_row(cx: &Cx<'_>, row: &Row<'_>) -> Result<Conversation> {
    let (shape, request, rights): (String, String, String) =
        (row.get("shape")?, row.get("request")?, row.get("rights")?);
    let topic: Option<Vec<u8>> = row.get("topic")?;
    let topic = topic.map(|sealed| cx.keys().open(TOPIC, &sealed)).transpose()?.unwrap_or_default();
    Ok(Conversation {
        id: row.get("id")?,
        shape: Shape::stored(&shape)?,
        request: Request::stored(&request)?,
        topic: String::from_utf8(topic).map_err(Error::internal)?,
        initiator: row.get("agent_id")?,
        urgency: row.get("urgency")?,
        answer_minutes: row.get("answer_minutes")?,
        rights: serde_json::from_str(&rights).map_err(Error::internal)?,
        keep_days: row.get("keep_days")?,
        erase_at: row.get("erase_at")?,
        reason: row.get("reason")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        ended_at: row.get("ended_at")?,
        places: row.get("places")?,
        members: Vec::new(),
    })
}

fn member_row(row: &Row<'_>) -> Result<Member> {
    Ok(Member {
        agent: row.get("agent_id")?,
        user: row.get("user_id")?,
        name: row.get::<Option<String>>("name")?.unwrap_or_default(),
        joined_at: row.get("joined_at")?,
        left_at: row.get("left_at")?,
    })
}

pub(super) fn insert(cx: &Cx<'_>, one: &Conversation, initiator: UserId) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO sessions (id, kind, phase, state, initiator_id, want, rounds, rounds_max, places, version,
             created_at, expires_at, by_agent_id)
         VALUES ($1, 'conversation', 'pending', 'open', $2, '{}', 0, 0, 0, 1, $3, $4, $5)",
        values![one.id, initiator, one.created_at, one.expires_at, one.initiator],
    )?;
    let topic = cx.keys().seal(cx.chance(), TOPIC, one.topic.as_bytes());
    cx.db.change_one(
        "INSERT INTO conversations (session_id, shape, request, agent_id, topic, urgency, answer_minutes, rights, keep_days)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        values![
            one.id,
            one.shape.as_str(),
            one.request.as_str(),
            one.initiator,
            topic,
            one.urgency,
            one.answer_minutes,
            written(one.rights)?,
            one.keep_days
        ],
    )?;
    for member in &one.members {
        cx.db.change_one(
            "INSERT INTO conversation_members (session_id, agent_id, user_id, joined_at) VALUES ($1, $2, $3, $4)",
            values![one.id, member.agent, member.user, member.joined_at],
        )?;
    }
    Ok(())
}

fn written(rights: Rights) -> Result<String> {
    serde_json::to_string(&rights).map_err(Error::internal)
}

/// A conversation with its members, whose names are left empty: for what shows none of them.
pub(super) fn nameless(cx: &Cx<'_>, id: SessionId) -> Result<Option<Conversation>> {
    let known = cx.known(NAMELESS, values![id], |cx| read_nameless(cx, id))?;
    let Some(mut one) = known else { return Ok(None) };
    let sql = "SELECT COALESCE(MAX(place), 0) AS places FROM session_messages WHERE session_id = $1";
    one.places = cx.db.one(sql, values![id], |row| row.get("places"))?.unwrap_or(0);
    Ok(Some(one))
}

const NAMELESS: Fact =
    Fact { name: "conversations.nameless", tables: &["conversations", "sessions", "conversation_members"] };

/// All of it but how much was said.
fn read_nameless(cx: &Cx<'_>, id: SessionId) -> Result<Option<Conversation>> {
    let sql = format!("SELECT {COLUMNS}, 0 AS places {FROM} WHERE c.session_id = $1");
    let Some(mut one) = cx.db.one(&sql, values![id], |row| conversation_row(cx, row))? else {
        return Ok(None);
    };
    one.members = cx.db.all(
        "SELECT agent_id, user_id, NULL AS name, joined_at, left_at FROM conversation_members
         WHERE session_id = $1 ORDER BY joined_at, agent_id",
        values![one.id],
        member_row,
    )?;
    Ok(Some(one))
}

/// A conversation with its members: two reads.
pub(super) fn conversation(cx: &Cx<'_>, id: SessionId) -> Result<Option<Conversation>> {
    let sql = format!("SELECT {COLUMNS}, {PLACES} AS places {FROM} WHERE c.session_id = $1");
    let found = cx.db.one(&sql, values![id], |row| conversation_row(cx, row))?;
    found.map(|one| with_members(cx, one)).transpose()
}

fn with_members(cx: &Cx<'_>, mut one: Conversation) -> Result<Conversation> {
    one.members = cx.db.all(
        "SELECT m.agent_id, m.user_id, CASE a.kind WHEN 'builtin' THEN u.name ELSE a.name END AS name, m.joined_at, m.left_at
         FROM conversation_members m LEFT JOIN agents a ON a.id = m.agent_id LEFT JOIN users u ON u.id = a.user_id
         WHERE m.session_id = $1 ORDER BY m.joined_at, m.agent_id",
        values![one.id],
        member_row,
    )?;
    Ok(one)
}

/// The conversations that somebody's agents are or were in, newest first.
pub(super) fn of_user(cx: &Cx<'_>, user: UserId, before: SessionId, limit: u32) -> Result<Vec<Conversation>> {
    let ids: Vec<SessionId> = cx.db.all(
        "SELECT DISTINCT session_id FROM conversation_members WHERE user_id = $1 AND session_id < $2
         ORDER BY session_id DESC LIMIT $3",
        values![user, before, limit],
        |row| row.get("session_id"),
    )?;
    all(cx, &ids)
}

/// The conversations that an agent is or was in, newest first.
pub(super) fn of_agent(
    cx: &Cx<'_>,
    agent: AgentId,
    before: SessionId,
    limit: u32,
) -> Result<Vec<Conversation>> {
    let ids: Vec<SessionId> = cx.db.all(
        "SELECT session_id FROM conversation_members WHERE agent_id = $1 AND session_id < $2
         ORDER BY session_id DESC LIMIT $3",
        values![agent, before, limit],
        |row| row.get("session_id"),
    )?;
    all(cx, &ids)
}

fn all(cx: &Cx<'_>, ids: &[SessionId]) -> Result<Vec<Conversation>> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(conversation(cx, *id)?);
    }
    Ok(found)
}

/// The conversation goes on, and until when if nothing more is said. Asked for where something of this changes, and not for
/// every message: the row lies at a place of its own, and `expires_at` has an index.
pub(super) fn goes_on(cx: &Cx<'_>, one: &Conversation) -> Result<()> {
    cx.db.change_one(
        "UPDATE sessions SET phase = 'active', expires_at = $2, version = version + 1 WHERE id = $1",
        values![one.id, one.expires_at],
    )
}

/// It is over.
pub(super) fn end(cx: &Cx<'_>, one: &Conversation, phase: &str) -> Result<()> {
    cx.db.change_one(
        "UPDATE sessions SET phase = $2, state = 'closed', reason = $3, ended_at = $4, version = version + 1 WHERE id = $1",
        values![one.id, phase, one.reason, one.ended_at],
    )?;
    cx.db.change_one(
        "UPDATE conversations SET erase_at = $2 WHERE session_id = $1",
        values![one.id, one.erase_at],
    )
}

pub(super) fn set_rights(cx: &Cx<'_>, id: SessionId, rights: Rights) -> Result<()> {
    cx.db.change_one(
        "UPDATE conversations SET rights = $2 WHERE session_id = $1",
        values![id, written(rights)?],
    )
}

/// What may be shared in a conversation; `None`: there is none.
pub(super) fn rights(cx: &Cx<'_>, id: SessionId) -> Result<Option<Rights>> {
    let found = cx.db.one("SELECT rights FROM conversations WHERE session_id = $1", values![id], |row| {
        row.get::<String>("rights")
    })?;
    found.map(|rights| serde_json::from_str(&rights).map_err(Error::internal)).transpose()
}

pub(super) fn leave(cx: &Cx<'_>, id: SessionId, agent: AgentId) -> Result<()> {
    cx.db.change_one(
        "UPDATE conversation_members SET left_at = $3 WHERE session_id = $1 AND agent_id = $2",
        values![id, agent, cx.now],
    )
}

/// The conversations that an agent is in and that go on.
pub(super) fn open_of(cx: &Cx<'_>, agent: AgentId) -> Result<Vec<SessionId>> {
    cx.db.all(
        "SELECT m.session_id FROM conversation_members m JOIN sessions s ON s.id = m.session_id
         WHERE m.agent_id = $1 AND m.left_at IS NULL AND s.ended_at IS NULL",
        values![agent],
        |row| row.get("session_id"),
    )
}

/// In how many conversations that go on a program is that this person began.
pub(super) fn begun_with(cx: &Cx<'_>, user: UserId, agent: AgentId) -> Result<i64> {
    let begun = cx.db.one(
        "SELECT COUNT(*) AS begun FROM agent_conversations a JOIN sessions s ON s.id = a.session_id
         WHERE a.agent_id = $1 AND s.initiator_id = $2",
        values![agent, user],
        |row| row.get("begun"),
    )?;
    Ok(begun.unwrap_or(0))
}

/// The conversations in which nothing was said for too long.
pub(super) fn silent(cx: &Cx<'_>, limit: u32) -> Result<Vec<SessionId>> {
    cx.db.all(
        "SELECT id FROM sessions WHERE ended_at IS NULL AND expires_at <= $1 AND kind = 'conversation'
         ORDER BY expires_at LIMIT $2",
        values![cx.now, limit],
        |row| row.get("id"),
    )
}

/// The conversations whose words are to be erased.
pub(super) fn to_erase(cx: &Cx<'_>, limit: u32) -> Result<Vec<SessionId>> {
    cx.db.all(
        "SELECT session_id FROM conversations WHERE erase_at IS NOT NULL AND erase_at <= $1 ORDER BY erase_at LIMIT $2",
        values![cx.now, limit],
        |row| row.get("session_id"),
    )
}

/// Erases what was said in a conversation; that it was said stays.
pub(super) fn erase_words(cx: &Cx<'_>, id: SessionId) -> Result<()> {
    cx.db.execute(
        "UPDATE session_messages SET content = NULL, erased_at = $2 WHERE session_id = $1 AND content IS NOT NULL",
        values![id, cx.now],
    )?;
    cx.db.change_one(
        "UPDATE sessions SET sealed_purpose = NULL, metadata = NULL WHERE id = $1",
        values![id],
    )?;
    cx.db.change_one(
        "UPDATE conversations SET topic = NULL, erase_at = NULL WHERE session_id = $1",
        values![id],
    )
}

/// Whether what was said in a conversation is erased.
pub(in crate::sessions) fn is_erased(cx: &Cx<'_>, id: SessionId) -> Result<bool> {
    let found = cx.db.one(
        "SELECT 1 AS one FROM conversations c JOIN sessions s ON s.id = c.session_id
         WHERE c.session_id = $1 AND c.erase_at IS NULL AND s.ended_at IS NOT NULL",
        values![id],
        |row| row.get::<i64>("one"),
    )?;
    Ok(found.is_some())
}

/// Erases what somebody's agents said, and what their conversations were about.
pub(super) fn forget_words(cx: &Cx<'_>, user: UserId) -> Result<()> {
    cx.db.execute(
        "UPDATE session_messages SET content = NULL, erased_at = $2 WHERE author_id = $1 AND content IS NOT NULL
             AND session_id IN (SELECT session_id FROM conversation_members WHERE user_id = $1)",
        values![user, cx.now],
    )?;
    cx.db.execute(
        "UPDATE conversations SET topic = NULL WHERE session_id IN
             (SELECT m.session_id FROM conversation_members m JOIN sessions s ON s.id = m.session_id
              WHERE m.user_id = $1 AND s.initiator_id = $1)",
        values![user],
    )?;
    Ok(())
}

/// Deletes conversations that ended before an instant and whose words are erased; gives how many.
pub(super) fn delete_before(cx: &Cx<'_>, before: Timestamp, limit: u32) -> Result<usize> {
    let ended: Vec<SessionId> = cx.db.all(
        "SELECT s.id FROM sessions s JOIN conversations c ON c.session_id = s.id
         WHERE s.ended_at IS NOT NULL AND s.ended_at < $1 AND c.erase_at IS NULL ORDER BY s.ended_at LIMIT $2",
        values![before, limit],
        |row| row.get("id"),
    )?;
    for id in &ended {
        for table in ["session_messages", "conversation_members", "conversations"] {
            cx.db.execute(&format!("DELETE FROM {table} WHERE session_id = $1"), values![*id])?;
        }
        cx.db.execute("DELETE FROM sessions WHERE id = $1", values![*id])?;
    }
    Ok(ended.len())
}

/// What lies sealed of a message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::sessions) struct Content {
    /// Of a step of a scheduling session: all that it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::sessions) body: Option<Value>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(in crate::sessions) text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::sessions) data: Option<Value>,
    /// Sealed parts, by whom they are for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(in crate::sessions) sealed: BTreeMap<AgentId, String>,
}

impl Content {
    /// As it lies in the store.
    pub(in crate::sessions) fn sealed(&self, cx: &Cx<'_>) -> Result<Vec<u8>> {
        let plain = serde_json::to_vec(self).map_err(Error::internal)?;
        Ok(cx.keys().seal(cx.chance(), CONTENT, &plain))
    }

    /// What [`Content::sealed`] made; `None`: it is erased.
    pub(in crate::sessions) fn opened(cx: &Cx<'_>, row: &Row<'_>) -> Result<Option<Self>> {
        let sealed: Option<Vec<u8>> = row.get("content")?;
        let open = |sealed: Vec<u8>| {
            serde_json::from_slice(&cx.keys().open(CONTENT, &sealed)?).map_err(Error::internal)
        };
        sealed.map(open).transpose()
    }
}

/// A new entry of a transcript.
pub(in crate::sessions) struct NewEntry<'a> {
    pub(in crate::sessions) id: MessageId,
    pub(in crate::sessions) session: SessionId,
    pub(in crate::sessions) place: i64,
    /// Which agent says it; `None`: the house.
    pub(in crate::sessions) from: Option<AgentId>,
    pub(in crate::sessions) author: Option<UserId>,
    pub(in crate::sessions) by_person: bool,
    pub(in crate::sessions) kind: &'a str,
    pub(in crate::sessions) answers: Option<MessageId>,
    pub(in crate::sessions) content: &'a Content,
}

pub(in crate::sessions) fn insert_entry(cx: &Cx<'_>, new: &NewEntry<'_>) -> Result<()> {
    let sealed = new.content.sealed(cx)?;
    cx.db.change_one(
        "INSERT INTO session_messages (id, session_id, place, author_id, by_person, type, created_at, agent_id, content,
             answers)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        values![
            new.id,
            new.session,
            new.place,
            new.author,
            new.by_person,
            new.kind,
            cx.now,
            new.from,
            sealed,
            new.answers
        ],
    )
}

const ENTRY: &str =
    "m.content, m.id, m.session_id, m.place, m.agent_id, m.author_id, m.by_person, m.type, m.answers,
    m.created_at, m.erased_at FROM session_messages m";

/// An entry without what it points to, and what is sealed in it.
pub(in crate::sessions) type Found = (Entry, BTreeMap<AgentId, String>);

pub(in crate::sessions) fn entry_row(cx: &Cx<'_>, row: &Row<'_>) -> Result<Found> {
    let (body, sealed) = match Content::opened(cx, row)? {
        Some(Content { body: Some(body), sealed, .. }) => (body, sealed),
        Some(Content { text, data, sealed, .. }) => {
            (serde_json::json!({ "text": text, "data": data }), sealed)
        }
        None => (serde_json::json!({}), BTreeMap::new()),
    };
    let entry = Entry {
        id: row.get("id")?,
        session: row.get("session_id")?,
        place: row.get("place")?,
        from: row.get("agent_id")?,
        author: row.get("author_id")?,
        by_person: row.get("by_person")?,
        kind: row.get("type")?,
        body,
        sealed: None,
        answers: row.get("answers")?,
        attachments: Vec::new(),
        at: row.get("created_at")?,
        erased_at: row.get("erased_at")?,
    };
    Ok((entry, sealed))
}

pub(super) fn entry(cx: &Cx<'_>, id: MessageId) -> Result<Option<Found>> {
    cx.db.one(&format!("SELECT {ENTRY} WHERE m.id = $1"), values![id], |row| entry_row(cx, row))
}

/// What an agent said in a conversation after a place, and what was handed over to it.
pub(super) fn entries_of_agent(
    cx: &Cx<'_>,
    id: SessionId,
    agent: AgentId,
    (after, limit): (i64, u32),
) -> Result<Vec<Found>> {
    let sql = format!(
        "SELECT {ENTRY} WHERE m.session_id = $1 AND m.place > $3 AND (m.agent_id = $2 OR EXISTS
             (SELECT 1 FROM deliveries d WHERE d.message_id = m.id AND d.to_id = $2 AND d.attempts > 0))
         ORDER BY m.place LIMIT $4"
    );
    cx.db.all(&sql, values![id, agent, after, limit], |row| entry_row(cx, row))
}

/// What somebody's agents said in a conversation after a place, and what was handed over to them.
pub(super) fn entries_of_user(
    cx: &Cx<'_>,
    id: SessionId,
    user: UserId,
    (after, limit): (i64, u32),
) -> Result<Vec<Found>> {
    let sql = format!(
        "SELECT {ENTRY} WHERE m.session_id = $1 AND m.place > $3 AND (m.author_id = $2 OR EXISTS
             (SELECT 1 FROM deliveries d JOIN conversation_members c
                  ON c.session_id = d.session_id AND c.agent_id = d.to_id
              WHERE d.message_id = m.id AND c.user_id = $2 AND d.attempts > 0))
         ORDER BY m.place LIMIT $4"
    );
    cx.db.all(&sql, values![id, user, after, limit], |row| entry_row(cx, row))
}

/// Whether an agent has said something in a conversation that answers a message: a program itself, or the person whom the house
/// plays for. That these were told is no answer of theirs.
pub(super) fn has_answered(cx: &Cx<'_>, id: SessionId, agent: AgentId, message: MessageId) -> Result<bool> {
    let answered = cx.db.one(
        "SELECT 1 AS answered FROM session_messages WHERE session_id = $1 AND agent_id = $2 AND answers = $3
             AND (by_person OR agent_id <> author_id) LIMIT 1",
        values![id, agent, message],
        |row| row.get::<i64>("answered"),
    )?;
    Ok(answered.is_some())
}
