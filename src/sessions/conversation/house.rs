//! What the house does of itself in a conversation: it puts a request before a user who has no program, and reminds whoever
//! owes an answer, once.

use super::content::NewMessage;
use super::model::Conversation;
use super::receive::is_permitted;
use super::send::{Sent, road, speak};
use super::sql;
use crate::agents;
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{DeliveryId, Id};
use crate::base::time::MINUTE;
use crate::journal::{self, Happening};
use crate::messages::{self, BUILTIN, Delivery, State, Type};
use crate::queue::{self, Leased, Work};
use crate::store::Cx;

/// What the payload of work says that is a message for an agent of the house.
const DELIVERY: &str = "delivery";
/// What it says that is a reminder: of which delivery.
const REMIND: &str = "remind";

/// Whether work of the house's agents is about a conversation.
pub(in crate::sessions) fn is_due(lease: &Leased) -> bool {
    lease.payload.get(DELIVERY).is_some() || lease.payload.get(REMIND).is_some()
}

/// Does such work.
pub(in crate::sessions) fn due(cx: &mut Cx<'_>, lease: &Leased) -> Result<()> {
    let Some(reminded) = lease.payload.get(REMIND) else {
        return read(cx, lease);
    };
    let id = reminded.as_str().unwrap_or_default().parse::<DeliveryId>();
    let id = id.map_err(|_| Error::internal("a reminder of nothing"))?;
    if let Some(one) = messages::get(cx, id)? {
        remind(cx, &lease.trace, &one)?;
    }
    queue::done(cx, lease)
}

/// A built-in agent reads a message: a request goes before its user, and its sender is told so.
fn read(cx: &mut Cx<'_>, lease: &Leased) -> Result<()> {
    let id = DeliveryId::from_uuid(lease.id.uuid());
    let Some(one) = messages::get(cx, id)? else { return queue::done(cx, lease) };
    let owner = agents::owner_of(cx, one.to)?;
    let permitted = is_permitted(cx, &one)?;
    let who = match owner {
        Some(user) => Actor::new(Who::User { id: user, admin: false }, Road::Worker, lease.trace.clone()),
        None => Actor::house(&lease.trace),
    };
    // It takes the work off the queue.
    let Some(one) = messages::answered(cx, &who, id, permitted)? else { return queue::done(cx, lease) };
    match owner {
        Some(user) if one.state == State::Delivered && one.kind != Type::System => {
            let happening = Happening::to("conversation.told", &one.session).with(&user);
            let kind = serde_json::json!({ "type": one.kind.as_str(), "message": one.message });
            journal::append(cx, &who, &happening.data(&kind))?;
            if one.kind == Type::Request { tell_back(cx, &who, &one) } else { Ok(()) }
        }
        _ => Ok(()),
    }
}

/// Tells whoever asked that a person was told.
fn tell_back(cx: &mut Cx<'_>, who: &Actor, one: &Delivery) -> Result<()> {
    let (Some(asker), Some(me)) = (one.from, agents::any(cx, one.to)?) else { return Ok(()) };
    let Some(mut conversation) = sql::conversation(cx, one.session)? else { return Ok(()) };
    if conversation.ended_at.is_some() || !conversation.has(asker) {
        return Ok(());
    }
    // Of one person to another nothing is said: they see it in the conversation.
    let Some(messages::Road::Inbox) = road(cx, &conversation, &me, asker)? else { return Ok(()) };
    let mut told = NewMessage::of(Type::Response, serde_json::json!({ "told": true }));
    told.answers = Some(one.message);
    let ways = [(asker, Ok(messages::Road::Inbox))];
    speak(cx, who, &mut conversation, (Some(&me), &ways), &told).map(drop)
}

/// Plans one reminder for each who is asked, program or person, where an answer is expected in time.
pub(super) fn remind_later(
    cx: &Cx<'_>,
    who: &Actor,
    one: &Conversation,
    new: &NewMessage,
    sent: &Sent,
) -> Result<()> {
    let (Some(minutes), Type::Request) = (one.answer_minutes, new.kind) else { return Ok(()) };
    for delivery in sent.deliveries.iter().filter(|delivery| !delivery.state.is_over()) {
        let at = delivery.due_at.plus(i64::from(minutes) * MINUTE);
        let work = Work::of(BUILTIN, &who.trace, serde_json::json!({ REMIND: delivery.id }));
        queue::enqueue(cx, &work.keyed(format!("{REMIND} {}", delivery.id)).not_before(at))?;
    }
    Ok(())
}

/// Reminds whoever owes an answer: nothing of theirs answers the message, and the conversation goes on.
fn remind(cx: &mut Cx<'_>, trace: &str, one: &Delivery) -> Result<()> {
    let Some(mut conversation) = sql::conversation(cx, one.session)? else { return Ok(()) };
    let is_owed = conversation.ended_at.is_none()
        && conversation.has(one.to)
        && matches!(one.state, State::Queued | State::Processing | State::Delivered)
        && !sql::has_answered(cx, one.session, one.to, one.message)?;
    let is_owed = is_owed && is_permitted(cx, one)?;
    let road = if is_owed { messages::road_of(cx, one.to)? } else { None };
    let house = Actor::house(trace);
    match (road, agents::owner_of(cx, one.to)?) {
        (Some(messages::Road::Inbox), _) => {
            let data = serde_json::json!({ "event": "reminder", "message": one.message });
            let ways = [(one.to, Ok(messages::Road::Inbox))];
            speak(cx, &house, &mut conversation, (None, &ways), &NewMessage::of(Type::System, data)).map(drop)
        }
        // A person reads no inbox: they get a notice.
        (Some(messages::Road::Builtin), Some(user)) if one.state == State::Delivered => {
            let data = serde_json::json!({ "message": one.message });
            let happening = Happening::to("conversation.awaited", &one.session).with(&user).data(&data);
            journal::append(cx, &house, &happening).map(drop)
        }
        _ => Ok(()),
    }
}
