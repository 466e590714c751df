//! What the sender of a message sees of its deliveries, and may still change.

use super::end::{finish, work};
use super::model::{Brought, Delivery, Inbox, State, Type};
use super::{admit, sql};
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, DeliveryId, MessageId, SessionId};
use crate::journal::{self, Happening};
use crate::queue::{self, Priority};
use crate::store::Cx;

/// A delivery of one's own sending.
pub fn delivery(cx: &Cx<'_>, who: &Actor, id: DeliveryId) -> Result<Delivery> {
    let gone = || Error::NotFound("delivery");
    let one = sql::delivery(cx, id)?.ok_or_else(gone)?;
    let from = one.from.ok_or_else(gone)?;
    if agents::is_own(cx, who, from)? { Ok(one) } else { Err(gone()) }
}

/// A delivery, for rooms that have settled who is asking.
pub fn get(cx: &Cx<'_>, id: DeliveryId) -> Result<Option<Delivery>> {
    sql::delivery(cx, id)
}

/// Whether something of one agent's was handed over to another in a session, for rooms that have settled who is asking.
pub fn has_written(cx: &Cx<'_>, session: SessionId, from: AgentId, to: AgentId) -> Result<bool> {
    sql::has_written(cx, session, from, to)
}

/// To which agents something was brought in a session, and what became of it, for rooms that have settled who is asking.
pub fn brought(cx: &Cx<'_>, session: SessionId) -> Result<Vec<Brought>> {
    sql::brought(cx, session)
}

/// Whether something of a session is, or was, on its way to an agent, for rooms that have settled who is asking.
pub fn is_known_to(cx: &Cx<'_>, session: SessionId, to: AgentId) -> Result<bool> {
    sql::is_known_to(cx, session, to)
}

/// The deliveries of a message, for rooms that have settled who is asking.
pub fn of_message(cx: &Cx<'_>, message: MessageId) -> Result<Vec<Delivery>> {
    sql::of_message(cx, message)
}

/// What an agent gets of a message, for rooms that have settled who is asking.
pub fn of_message_to(cx: &Cx<'_>, message: MessageId, to: AgentId) -> Result<Option<Delivery>> {
    Ok(sql::of_message(cx, message)?.into_iter().find(|one| one.to == to))
}

/// What is under way to an agent, or to all of them, for rooms that have settled who is asking.
pub fn inbox_of(cx: &Cx<'_>, agent: Option<AgentId>) -> Result<Inbox> {
    sql::inbox(cx, agent)
}

/// How much is handed over before it; 0: it is next. `None`: it does not wait.
pub fn position(cx: &Cx<'_>, one: &Delivery) -> Result<Option<i64>> {
    if one.state == State::Queued { queue::position(cx, work(one)).map(Some) } else { Ok(None) }
}

/// Makes a delivery that waits more or less urgent.
///
/// # Errors
/// `delivery.under-way`: it was handed over, or is over.
pub fn set_priority(cx: &mut Cx<'_>, who: &Actor, id: DeliveryId, priority: Priority) -> Result<Delivery> {
    let mut one = delivery(cx, who, id)?;
    if one.state != State::Queued || !queue::set_priority(cx, work(&one), priority)? {
        let words = "This message waits no more: it was handed over, or is over.";
        return Err(Error::refused("delivery.under-way", words));
    }
    // What is made urgent afterwards counts as what was sent so.
    if priority > one.priority {
        admit::pass(cx, one.from.ok_or(Error::NotFound("delivery"))?, 1, priority)?;
    }
    if priority != one.priority {
        one.priority = priority;
        sql::update(cx, &one)?;
        let sender = one.from.ok_or(Error::NotFound("delivery"))?;
        let happening = Happening::to("delivery.reprioritised", &sender).with(&one.id);
        journal::append(cx, who, &happening.amount(priority.level()))?;
    }
    Ok(one)
}

/// Takes back a delivery of one's own sending that waits: nobody is handed it any more. Twice is once.
///
/// # Errors
/// `delivery.under-way`: it was handed over, or is over. `Denied` for a step of a session, a task or a group, which stands.
pub fn withdraw(cx: &mut Cx<'_>, who: &Actor, id: DeliveryId) -> Result<Delivery> {
    let mut one = delivery(cx, who, id)?;
    if !matches!(one.kind, Type::Request | Type::Response | Type::Notification | Type::System) {
        return Err(Error::denied("A step of a session, a task or a group stands, and is not taken back."));
    }
    if one.state == State::Dead && one.reason.as_deref() == Some("withdrawn") {
        return Ok(one);
    }
    if one.state != State::Queued {
        let words = "This message waits no more: it was handed over, or is over.";
        return Err(Error::refused("delivery.under-way", words));
    }
    finish(cx, who, &mut one, State::Dead, Some("withdrawn"))?;
    Ok(one)
}
