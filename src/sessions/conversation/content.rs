//! What is said in a conversation: checked and made harmless before anything is done with it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::sql::Content;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, MessageId};
use crate::base::text;
use crate::base::time::{DAY, MINUTE, Timestamp};
use crate::messages::{NewAttachment, Type};
use crate::queue::Priority;

/// The longest text, in characters.
pub const TEXT_CHARS_MAX: usize = 5_000;
/// The largest data, in bytes of JSON.
pub const DATA_BYTES_MAX: usize = 16_384;
/// How deep data goes.
const DEPTH_MAX: usize = 16;
/// How far ahead a message can be sent, in milliseconds.
const AHEAD_MAX_MS: i64 = 90 * DAY;

/// Something to be said.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// What it is.
    pub kind: Type,
    /// In words.
    pub text: String,
    /// For programs: an object of JSON.
    pub data: Option<Value>,
    /// What it points to.
    pub attachments: Vec<NewAttachment>,
    /// Parts that are sealed for one recipient each (JWE).
    pub sealed: BTreeMap<AgentId, String>,
    /// The message that it answers.
    pub answers: Option<MessageId>,
    /// For whom; empty: for everybody else in the conversation.
    pub to: Vec<AgentId>,
    /// How urgent; as the conversation is, if not given.
    pub priority: Option<Priority>,
    /// Not to be delivered before.
    pub not_before: Option<Timestamp>,
    /// Of no use after.
    pub expires_at: Option<Timestamp>,
}

impl NewMessage {
    /// A message of plain data, for everybody else.
    pub(super) fn of(kind: Type, data: Value) -> Self {
        Self { data: Some(data), ..Self::words(kind, String::new(), None) }
    }

    /// Plain words for everybody else, which may answer a message.
    pub fn words(kind: Type, text: String, answers: Option<MessageId>) -> Self {
        Self {
            kind,
            text,
            data: None,
            attachments: Vec::new(),
            sealed: BTreeMap::new(),
            answers,
            to: Vec::new(),
            priority: None,
            not_before: None,
            expires_at: None,
        }
    }

    /// Its content made harmless: addresses blanked. What cannot be meant is refused by its field.
    pub(super) fn content(&self, now: Timestamp) -> Result<Content> {
        let text = text::paragraphs(&self.text, usize::MAX);
        if text.chars().count() > TEXT_CHARS_MAX {
            return Err(Error::invalid("text", format!("A text has {TEXT_CHARS_MAX} characters at most.")));
        }
        let data = self.data.as_ref().map(|data| harmless(data, 0)).transpose()?;
        if data.as_ref().is_some_and(|data| !data.is_object()) {
            return Err(Error::invalid("data", "This should be an object."));
        }
        if data.as_ref().is_some_and(|data| data.to_string().len() > DATA_BYTES_MAX) {
            return Err(Error::invalid("data", format!("Data has {DATA_BYTES_MAX} bytes of JSON at most.")));
        }
        if text.is_empty() && data.is_none() && self.sealed.is_empty() && self.attachments.is_empty() {
            return Err(Error::invalid(
                "text",
                "A message says something: text, data, sealed or attachments.",
            ));
        }
        if self.kind == Type::Response && self.answers.is_none() {
            return Err(Error::invalid("answers", "A response says which message it answers."));
        }
        self.check_times(now)?;
        Ok(Content { body: None, text, data, sealed: self.sealed.clone() })
    }

    fn check_times(&self, now: Timestamp) -> Result<()> {
        let begins = self.not_before.unwrap_or(now);
        if begins > now.plus(AHEAD_MAX_MS) {
            return Err(Error::invalid("not_before", "A message is sent 90 days ahead at most."));
        }
        match self.expires_at {
            Some(expires) if expires <= begins.max(now) => {
                Err(Error::invalid("expires_at", "It would be of no use before it could be delivered."))
            }
            Some(expires) if expires > now.plus(AHEAD_MAX_MS + MINUTE) => {
                Err(Error::invalid("expires_at", "A message waits 90 days at most."))
            }
            _ => Ok(()),
        }
    }
}

/// Data without addresses, and no deeper than can be looked through.
fn harmless(data: &Value, depth: usize) -> Result<Value> {
    if depth > DEPTH_MAX {
        return Err(Error::invalid("data", format!("Data goes {DEPTH_MAX} levels deep at most.")));
    }
    Ok(match data {
        Value::String(text) => Value::String(text::blank_addresses(text)),
        Value::Array(all) => {
            Value::Array(all.iter().map(|one| harmless(one, depth + 1)).collect::<Result<_>>()?)
        }
        Value::Object(fields) => {
            let field =
                |(name, one): (&String, &Value)| Ok((text::blank_addresses(name), harmless(one, depth + 1)?));
            Value::Object(fields.iter().map(field).collect::<Result<_>>()?)
        }
        other => other.clone(),
    })
}
