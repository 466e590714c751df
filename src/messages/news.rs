//! What is new for an agent: messages that wait for it, and what became of what it sent. Read from the journal, whose numbers
//! rise and are never given twice, so that whoever was away goes on where they left off.

use super::claim::mine;
use super::model::Delivery;
use super::sql;
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::base::id::{AgentId, DeliveryId};
use crate::base::time::Timestamp;
use crate::journal::{self, Entry};
use crate::store::Cx;
use crate::worded;

worded! {
    /// What is new.
    NewsKind {
        /// A message is on its way to the agent.
        Message = "message",
        /// One of its own was handed over.
        Delivered = "delivered",
        /// It was dealt with.
        Processed = "processed",
        /// It was given up.
        Failed = "failed",
        /// Its time was over first.
        Expired = "expired",
        /// It could not be delivered.
        Dead = "dead",
    }
}

impl NewsKind {
    /// What an entry of the journal is to the agent that it is about.
    pub fn of(kind: &str) -> Option<Self> {
        match kind.split_once('.')? {
            ("message", _) => Some(Self::Message),
            ("delivery", word) => Self::parse(word).filter(|one| *one != Self::Message),
            _ => None,
        }
    }

    /// Whether it is about what the agent sent itself.
    pub fn is_receipt(self) -> bool {
        self != Self::Message
    }
}

/// Something new.
#[derive(Clone, Debug)]
pub struct News {
    /// Its place: rises, with gaps.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: NewsKind,
    /// Of which delivery.
    pub id: DeliveryId,
    /// The delivery as it stands now, as long as it is kept.
    pub delivery: Option<Delivery>,
}

/// What is new for an agent of the caller's after `since`, oldest first, and up to which number was looked: at most `limit`
/// entries of the journal, of which those that are no news are left out.
pub fn news(
    cx: &Cx<'_>,
    who: &Actor,
    agent: AgentId,
    (since, limit): (i64, u32),
    is_wanted: impl Fn(NewsKind) -> bool,
) -> Result<(Vec<News>, i64)> {
    mine(cx, who, agent)?;
    let entries = journal::story_after(cx, &agent, since, limit)?;
    // Beyond what there is nobody can have been.
    let looked = match entries.last() {
        Some(last) => last.number,
        None => since.clamp(0, journal::head(cx)?),
    };
    let mut found = Vec::new();
    for entry in &entries {
        if let Some((kind, id)) = read(entry).filter(|(kind, _)| is_wanted(*kind)) {
            let delivery = sql::delivery(cx, id)?;
            found.push(News { number: entry.number, at: entry.at(), kind, id, delivery });
        }
    }
    Ok((found, looked))
}

fn read(entry: &Entry) -> Option<(NewsKind, DeliveryId)> {
    Some((NewsKind::of(&entry.kind)?, entry.object.as_deref()?.parse().ok()?))
}
