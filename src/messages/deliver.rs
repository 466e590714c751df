//! Sending on its way: a delivery and the work that carries it, in the transaction of the message.

use super::end;
use super::model::{Delivery, State, Type};
use super::route::Road;
use super::sql;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, DeliveryId, Id, MessageId, SessionId};
use crate::base::time::Timestamp;
use crate::journal::{self, Happening};
use crate::queue::{self, Priority, Work};
use crate::store::Cx;
use crate::worded;

/// The queue's topic of what the house's own agents are to read.
pub const BUILTIN: &str = "agents";
/// What the payload of such work says.
const FIELD: &str = "delivery";

worded! {
    /// Why something is not delivered to an agent to which it is addressed.
    Undeliverable {
        /// It may not be.
        NotPermitted = "not_permitted",
        /// The agent's inbox takes no more of the sender's.
        InboxFull = "inbox_full",
    }
}

/// By which road something gets to an agent, or why it does not.
pub type Way = Result<Road, Undeliverable>;

/// A message for one agent.
#[derive(Clone, Copy, Debug)]
pub struct NewDelivery {
    /// The message.
    pub message: MessageId,
    /// In which session it is said.
    pub session: SessionId,
    /// Whose it is; `None`: the house's.
    pub from: Option<AgentId>,
    /// For whom.
    pub to: AgentId,
    /// By which road; or why by none: then it is dead at once.
    pub way: Way,
    /// What it is.
    pub kind: Type,
    /// How urgent.
    pub priority: Priority,
    /// Not to be handed over before; now, if not given. What is for later stands in no order with the rest.
    pub not_before: Option<Timestamp>,
    /// Of no use after.
    pub expires_at: Option<Timestamp>,
    /// Since when that was there which it answers, if it answers something of whom it is for.
    pub answers: Option<Timestamp>,
}

/// What the queue's topics of agents' inboxes have in common: what waits there waits for an agent to come, and for no worker.
pub const INBOXES: &str = "inbox";

/// The topic of what waits for an agent.
pub(super) fn inbox(agent: AgentId) -> String {
    format!("{INBOXES} {agent}")
}

/// Puts a message into an agent's inbox. Of one sender and one session they come in order.
pub fn deliver(cx: &mut Cx<'_>, who: &Actor, new: &NewDelivery) -> Result<Delivery> {
    let mut one = Delivery {
        id: cx.id(),
        message: new.message,
        session: new.session,
        from: new.from,
        to: new.to,
        kind: new.kind,
        priority: new.priority,
        state: State::Queued,
        reason: None,
        error: None,
        attempts: 0,
        created_at: cx.now,
        due_at: new.not_before.unwrap_or(cx.now),
        expires_at: new.expires_at,
        leased_until: None,
        ended_at: None,
    };
    let road = match new.way {
        Ok(road) => road,
        Err(why) => {
            sql::insert(cx, &one)?;
            end::finish(cx, &Actor::house(&who.trace), &mut one, State::Dead, Some(why.as_str()))?;
            return Ok(one);
        }
    };
    let work = match road {
        Road::Inbox => Work::of(inbox(new.to), &who.trace, serde_json::Value::Null),
        Road::Builtin => Work::of(BUILTIN, &who.trace, serde_json::json!({ FIELD: true })),
    };
    let mut work = work.priority(new.priority);
    match new.not_before {
        Some(at) => work = work.not_before(at),
        None => work = work.ordered(order(new)),
    }
    let id = queue::enqueue(cx, &work)?.ok_or_else(|| Error::internal("a delivery without a key is new"))?;
    one.id = DeliveryId::from_uuid(id.uuid());
    sql::insert(cx, &one)?;
    let mut happening = Happening::to(new.kind.happening(), &new.to).with(&one.id);
    // How long the answer took: figures are made of it.
    happening.amount = new.answers.map(|asked| cx.now.since(asked));
    journal::append(cx, who, &happening)?;
    Ok(one)
}

fn order(new: &NewDelivery) -> String {
    let from = new.from.map_or_else(|| "house".to_owned(), |from| from.to_string());
    format!("{} {from} {}", new.session, new.to)
}
