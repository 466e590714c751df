//! The events of a socket, by name, and what belongs to each that the store tells of.
//!
//! One that has a `number` stands in the journal: with the last of them as `since` a new socket goes on after it, with
//! nothing skipped and nothing twice. Those without are said once, to whoever is there.
//!
//! Every one of them is said in a room, and names it in `room`. What is answered to one socket is said in none.

use serde_json::{Value, json};

use crate::agents::{Announcement, Presence, SocketRoom};
use crate::base::id::AgentId;
use crate::base::time::Timestamp;
use crate::messages::{Delivery, News, NewsKind, Type};

/// An agent comes.
pub const REGISTER: &str = "ai:register";
/// A sign of life.
pub const HEARTBEAT: &str = "ai:heartbeat";
/// An agent says how it stands.
pub const STATUS: &str = "ai:status_update";
/// A message is on its way to the agent; from it: say something.
pub const MESSAGE: &str = "ai:message";
/// One of its messages was handed over; from it: hand over what waits.
pub const DELIVERED: &str = "ai:message_delivered";
/// One of its messages was dealt with; from it: so was this one.
pub const PROCESSED: &str = "ai:message_processed";
/// An agent of the same conversation is about to say something.
pub const TYPING: &str = "ai:typing";
/// Something did not come about.
pub const ERROR: &str = "ai:error";
/// How the house's network is.
pub const NETWORK: &str = "ai:network_status";
/// The house is about to be worked on.
pub const MAINTENANCE: &str = "ai:maintenance";
/// A group is asked, or told how it goes on; from an agent: begin one.
pub const GROUP_BROADCAST: &str = "ai:group_broadcast";
/// What another member of a group answered; from an agent: what it answers.
pub const GROUP_RESPONSE: &str = "ai:group_response";
/// A group has come to its end.
pub const GROUP_CONSENSUS: &str = "ai:group_consensus";
/// The time of a group, or of a turn in it, was over first.
pub const GROUP_TIMEOUT: &str = "ai:group_timeout";

/// An event of what is new for an agent: its name, and what belongs to it.
pub fn of_news(agent: AgentId, news: &News) -> (&'static str, Value) {
    let one = news.delivery.as_ref();
    let mut data = json!({ "number": news.number, "at": news.at.to_rfc3339(), "delivery": news.id });
    let mut add = |name: &str, value: Value| data[name] = value;
    if let Some(one) = one {
        add("message", json!(one.message));
        add(if one.kind.is_of_group() { "group" } else { "conversation" }, json!(one.session));
    }
    let name = match news.kind {
        NewsKind::Message => {
            one.map(waiting).into_iter().flatten().for_each(|(name, value)| add(name, value));
            one.map_or(MESSAGE, |one| of_type(one.kind))
        }
        NewsKind::Delivered => DELIVERED,
        NewsKind::Processed => PROCESSED,
        NewsKind::Failed | NewsKind::Expired | NewsKind::Dead => {
            add("kind", json!(news.kind.as_str()));
            add("reason", json!(one.and_then(|one| one.reason.as_deref())));
            add("error", json!(one.and_then(|one| one.error.as_deref())));
            ERROR
        }
    };
    if let Some(one) = one.filter(|_| news.kind != NewsKind::Message) {
        data["to"] = json!(one.to);
    }
    data["room"] = json!(one.map_or(SocketRoom::Agent(agent), |one| room_of(agent, one)));
    (name, data)
}

/// What belongs to an event about how an agent stands, said in this room.
pub fn of_status(agent: AgentId, how: Presence, room: SocketRoom) -> Value {
    json!({ "agent": agent, "status": how.as_str(), "room": room })
}

/// In which room a message is told of: what a group says in that group's, and all else in its recipient's or its sender's own.
fn room_of(agent: AgentId, one: &Delivery) -> SocketRoom {
    if one.kind.is_of_group() { SocketRoom::Group(one.session) } else { SocketRoom::Agent(agent) }
}

/// Under which name a message is told of.
fn of_type(kind: Type) -> &'static str {
    match kind {
        Type::GroupBroadcast => GROUP_BROADCAST,
        Type::GroupResponse => GROUP_RESPONSE,
        Type::GroupConsensus => GROUP_CONSENSUS,
        Type::GroupTimeout => GROUP_TIMEOUT,
        _ => MESSAGE,
    }
}

/// An event of a message that may be had from now on, since its time has come or it was taken back from whoever had it: without
/// a number, for the journal says nothing of it.
pub fn of_due(one: &Delivery) -> (&'static str, Value) {
    let session = if one.kind.is_of_group() { "group" } else { "conversation" };
    let mut data = json!({ "delivery": one.id, "message": one.message, session: one.session });
    for (name, value) in waiting(one) {
        data[name] = value;
    }
    data["state"] = json!("queued");
    data["room"] = json!(room_of(one.to, one));
    (of_type(one.kind), data)
}

/// What is told of a message that waits: what it says is told to whoever takes it.
fn waiting(one: &Delivery) -> [(&'static str, Value); 5] {
    [
        ("due", json!(one.due_at.to_rfc3339())),
        ("from", json!(one.from)),
        ("type", json!(one.kind.as_str())),
        ("priority", json!(one.priority.as_str())),
        ("state", json!(one.state.as_str())),
    ]
}

/// An event of what an administrator announced.
pub fn of_announcement(number: i64, one: &Announcement) -> (&'static str, Value) {
    let mut data = json!({ "number": number, "at": one.at.to_rfc3339(), "announcement": one.id });
    let name = if one.room == SocketRoom::Maintenance {
        data["state"] = json!("announced");
        data["from"] = json!(one.starts_at.map(Timestamp::to_rfc3339));
        data["until"] = json!(one.ends_at.map(Timestamp::to_rfc3339));
        MAINTENANCE
    } else {
        data["status"] = json!("announced");
        NETWORK
    };
    data["text"] = json!(one.text);
    data["room"] = json!(one.room);
    (name, data)
}
