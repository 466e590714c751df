//! Beginning a conversation with agents that one reaches.

use super::model::{Conversation, Member, Request, Rights, Shape};
use super::sql;
use crate::agents::{self, Agent, Registered};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, ConnectionId, Id};
use crate::base::text;
use crate::base::time::DAY;
use crate::journal::{self, Happening};
use crate::messages;
use crate::network;
use crate::queue::Priority;
use crate::store::Cx;

/// The longest words about what it is about, in characters.
const TOPIC_CHARS_MAX: usize = 200;
/// The longest that what was said is kept, in days.
const KEEP_DAYS_MAX: u32 = 365;
/// The longest that an answer is waited for, in minutes: thirty days.
const ANSWER_MINUTES_MAX: u32 = 43_200;
/// After how long without a word a conversation is over, in milliseconds.
pub(super) const SILENCE_MS: i64 = 30 * DAY;

/// Somebody whom a conversation is to be with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum With {
    /// An agent.
    Agent(AgentId),
    /// Whoever acts for the other person of a connection: the program that plays for them, else their built-in agent.
    Person(ConnectionId),
}

/// A conversation to be begun.
#[derive(Clone, Debug)]
pub struct NewConversation {
    /// With whom.
    pub with: Vec<With>,
    /// Between whom; as many as there are, if not given: with one it is direct.
    pub shape: Option<Shape>,
    /// What it is about.
    pub request: Request,
    /// The same in words.
    pub topic: String,
    /// How urgent it is, from 1 to 5.
    pub urgency: u32,
    /// In how many minutes an answer to a request is expected.
    pub answer_minutes: Option<u32>,
    /// What may be shared.
    pub rights: Rights,
    /// For how many days after its end what was said is kept; what is usual, if not given.
    pub keep_days: Option<u32>,
}

/// Begins a conversation, as a program itself or as a person's built-in agent.
///
/// # Errors
/// `NotFound`, if one of the others is not reached, or is not there at all, by as many statements; `agent.conversations`, if
/// an agent is in too many already; `Throttled`.
pub fn begin(cx: &mut Cx<'_>, who: &Actor, new: &NewConversation) -> Result<Conversation> {
    let from = agents::speaking(cx, who)?;
    let shape = shape(cx, who, new)?;
    let with = named(cx, who, &new.with)?;
    check(&from, new, &with)?;
    messages::admit(cx, from.id, &[], Priority::Medium)?;
    let mut met = Vec::with_capacity(with.len());
    for id in &with {
        met.push(if shape == Shape::System {
            agents::any(cx, *id)?.filter(|one| one.state == agents::State::Active).map(|one| (one, false))
        } else {
            messages::route(cx, &from, *id, shape.reach())?.map(|route| {
                let is_full = route.to.is_full(cx.house());
                (route.to.agent, is_full)
            })
        });
    }
    // All of them were looked for: whoever is left out is the same whatever the reason.
    let met: Option<Vec<(Agent, bool)>> = met.into_iter().collect();
    let met = met.ok_or(Error::NotFound("agent"))?;
    let own = own_program(cx, who)?;
    if met.iter().any(|(_, is_full)| *is_full) || own.is_some_and(|one| one.is_full(cx.house())) {
        let words = "One of these agents is in as many conversations as it can be in at once.";
        return Err(Error::refused("agent.conversations", words));
    }
    let member = |agent: &Agent| Member {
        agent: agent.id,
        user: agent.user,
        name: agent.name.clone(),
        joined_at: cx.now,
        left_at: None,
    };
    let one = Conversation {
        id: cx.id(),
        shape,
        request: new.request,
        topic: text::blank_addresses(&text::line(&new.topic, TOPIC_CHARS_MAX)),
        initiator: from.id,
        urgency: new.urgency,
        answer_minutes: new.answer_minutes,
        rights: new.rights,
        keep_days: new.keep_days.unwrap_or(new.request.keep_days()),
        places: 0,
        reason: None,
        created_at: cx.now,
        expires_at: cx.now.plus(SILENCE_MS),
        ended_at: None,
        erase_at: None,
        members: [&from].into_iter().chain(met.iter().map(|(agent, _)| agent)).map(member).collect(),
    };
    let user = who.user().ok_or_else(|| Error::internal("an agent that speaks for nobody"))?;
    sql::insert(cx, &one, user)?;
    for agent in [&from].into_iter().chain(met.iter().map(|(agent, _)| agent)) {
        match agent.user {
            // It may still be to be made.
            Some(user) if agent.kind == agents::Kind::Builtin => agents::own(cx, user).map(drop)?,
            _ if agent.kind.is_registered() => agents::join(cx, agent.id, one.id)?,
            _ => {}
        }
    }
    for (agent, _) in &met {
        journal::append(cx, who, &Happening::to("conversation.begun", &one.id).with(&agent.id))?;
    }
    Ok(one)
}

/// The agents that are meant. A connection that is none, or no more, names nobody.
fn named(cx: &Cx<'_>, who: &Actor, with: &[With]) -> Result<Vec<AgentId>> {
    let agent = |one: &With| match one {
        With::Agent(id) => Ok(*id),
        With::Person(id) => {
            let nobody = || Error::NotFound("agent");
            let connection = network::connection(cx, who, *id).map_err(|_| nobody())?;
            let other = connection.other.filter(|_| connection.state == network::State::Connected);
            let other = other.ok_or_else(nobody)?;
            let program =
                agents::plays_for(cx, other)?.filter(|one| one.active_at.is_some() && one.is_direct);
            Ok(program.map_or(AgentId::from_uuid(other.uuid()), |one| one.agent.id))
        }
    };
    with.iter().map(agent).collect()
}

fn own_program(cx: &Cx<'_>, who: &Actor) -> Result<Option<Registered>> {
    who.agent().map(|id| agents::registered(cx, who, id)).transpose()
}

fn shape(cx: &Cx<'_>, who: &Actor, new: &NewConversation) -> Result<Shape> {
    let most = cx.house().group_max as usize;
    if new.with.is_empty() {
        return Err(Error::invalid("with", "Name at least one agent."));
    }
    if new.with.len() >= most {
        return Err(Error::invalid("with", format!("A conversation is among {most} agents at most.")));
    }
    let usual = if new.with.len() == 1 { Shape::Direct } else { Shape::Group };
    match new.shape {
        None => Ok(usual),
        Some(Shape::System) if who.is_admin() && who.is_person() => Ok(Shape::System),
        Some(Shape::System) => Err(Error::denied("Only an administrator speaks for the house.")),
        Some(Shape::Direct) if usual == Shape::Group => {
            Err(Error::invalid("shape", "With several agents it is a group."))
        }
        Some(shape) => Ok(shape),
    }
}

/// Refuses what cannot be meant, by the name of the field.
fn check(from: &Agent, new: &NewConversation, with: &[AgentId]) -> Result<()> {
    let mut all = with.to_vec();
    all.sort_unstable();
    all.dedup();
    if all.len() < with.len() || all.contains(&from.id) {
        return Err(Error::invalid("with", "Name every other agent once."));
    }
    if !(1..=5).contains(&new.urgency) {
        return Err(Error::invalid("urgency", "This is from 1, when nothing else waits, to 5, now."));
    }
    if new.answer_minutes.is_some_and(|minutes| !(1..=ANSWER_MINUTES_MAX).contains(&minutes)) {
        let words = format!("An answer is waited for from 1 to {ANSWER_MINUTES_MAX} minutes.");
        return Err(Error::invalid("answer_minutes", words));
    }
    if new.keep_days.is_some_and(|days| !(1..=KEEP_DAYS_MAX).contains(&days)) {
        let words = format!("What was said is kept from 1 to {KEEP_DAYS_MAX} days.");
        return Err(Error::invalid("keep_days", words));
    }
    Ok(())
}
