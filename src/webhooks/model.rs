//! The types of webhooks.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, EntryId, UserId, WebhookEventId, WebhookId};
use crate::base::secret::Secret;
use crate::base::time::Timestamp;
use crate::store::Cx;

/// Whether a webhook is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is.
    Active,
    /// Its owner does not want it for now.
    Paused,
    /// It did not answer for so long that it is left alone.
    Failing,
    /// It said that it is gone for good (410).
    Gone,
}

impl State {
    const ALL: [Self; 4] = [Self::Active, Self::Paused, Self::Failing, Self::Gone];

    /// The word of the store and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Failing => "failing",
            Self::Gone => "gone",
        }
    }

    /// From the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventState {
    /// It is still to be told.
    Waiting,
    /// The receiver has it.
    Delivered,
    /// The receiver wants no more of it.
    Failed,
    /// Its time was over before the receiver took it.
    Expired,
}

impl EventState {
    const ALL: [Self; 4] = [Self::Waiting, Self::Delivered, Self::Failed, Self::Expired];

    /// The word of the store and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Expired => "expired",
        }
    }

    /// From the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// Where events go, and what they are signed with. Kept sealed, printed as `***`: an address of a receiver may hold a
/// secret of its own.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Receiver {
    pub(super) url: Secret,
    pub(super) secret: Secret,
    /// What was signed with before, and until when it counts.
    pub(super) former: Option<(Secret, Timestamp)>,
}

#[derive(Serialize, Deserialize)]
struct Plain {
    url: String,
    secret: String,
    former: Option<(String, i64)>,
}

fn place(id: WebhookId) -> String {
    format!("webhook {id}")
}

impl Receiver {
    pub(super) fn seal(&self, cx: &Cx<'_>, id: WebhookId) -> Result<Vec<u8>> {
        let plain = Plain {
            url: self.url.expose().to_owned(),
            secret: self.secret.expose().to_owned(),
            former: self.former.as_ref().map(|(secret, until)| (secret.expose().to_owned(), until.ms())),
        };
        let text = serde_json::to_vec(&plain).map_err(Error::internal)?;
        Ok(cx.keys().seal(cx.chance(), &place(id), &text))
    }

    pub(super) fn open(cx: &Cx<'_>, id: WebhookId, sealed: &[u8]) -> Result<Self> {
        let text = cx.keys().open(&place(id), sealed)?;
        let plain: Plain = serde_json::from_slice(&text).map_err(Error::internal)?;
        let former = plain.former.map(|(secret, until)| (secret.into(), Timestamp::from_ms(until)));
        Ok(Self { url: plain.url.into(), secret: plain.secret.into(), former })
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receiver(***)")
    }
}

/// A webhook.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Whose it is.
    pub user: UserId,
    /// For which agent of theirs; their own, if for none.
    pub agent: Option<AgentId>,
    /// What it is told of: kinds, and families (`meeting.*`).
    pub kinds: Vec<String>,
    /// Whether it is told.
    pub state: State,
    /// Since when every attempt failed.
    pub failing_since: Option<Timestamp>,
    /// Since when there is one.
    pub created_at: Timestamp,
    pub(super) receiver: Receiver,
}

impl Webhook {
    /// Where events go. It may hold a secret of the receiver's: for its owner alone.
    pub fn url(&self) -> &str {
        self.receiver.url.expose()
    }

    /// The receiver's host: `hooks.example.org`.
    pub fn host(&self) -> &str {
        let rest = self.url().split_once("://").map_or("", |(_, rest)| rest);
        rest.split(['/', '?', '#']).next().unwrap_or_default()
    }

    /// Until when what was signed with before counts as well.
    pub fn former_until(&self) -> Option<Timestamp> {
        self.receiver.former.as_ref().map(|(_, until)| *until)
    }
}

/// Something that a webhook is told of.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its id, and the id that its receiver knows it by, however often it comes.
    pub id: WebhookEventId,
    /// Whom it is for.
    pub webhook: WebhookId,
    /// The journal's entry; none of a test.
    pub entry: Option<EntryId>,
    /// What happened.
    pub kind: String,
    /// What is said of it.
    pub data: serde_json::Value,
    /// When it happened.
    pub happened_at: Timestamp,
    /// What became of it.
    pub state: EventState,
    /// How often it was tried.
    pub attempts: i64,
    /// When it was last tried.
    pub tried_at: Option<Timestamp>,
    /// How the receiver answered last.
    pub status: Option<i64>,
    /// Why the last attempt came to nothing.
    pub error: Option<String>,
    /// Until when it is tried.
    pub expires_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// A page of events, newest first.
#[derive(Clone, Debug)]
pub struct Events {
    /// The events.
    pub events: Vec<Event>,
    /// Where the next page goes on, if there is one.
    pub next: Option<WebhookEventId>,
}

/// A webhook to be added. The door has seen to it that the address may be called.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    /// Where events go.
    pub url: Secret,
    /// What it is told of.
    pub kinds: Vec<String>,
    /// For which agent of its owner's.
    pub agent: Option<AgentId>,
}

/// What is to be another; what is not given stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Where events go.
    pub url: Option<Secret>,
    /// What it is told of.
    pub kinds: Option<Vec<String>>,
    /// Whether it is told at all.
    pub is_active: Option<bool>,
}
