//! Beginning a conversation with agents that one reaches.

use super::model::{Conversation, Member, Request, Rights, Shape};
use super::sql;
use crate::agents::{self, Agent, Registered};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, ConnectionId, Id, UserId};
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
    /// Whoever acts for the other person of a connection: the program that plays for them, if it has room for one more, else
    /// their built-in agent.
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
    let user = who.user().ok_or_else(|| Error::internal("an agent that speaks for nobody"))?;
    let shape = shape(cx, who, new)?;
    let with = named(cx, who, &new.with)?;
    check(&from, new, &with)?;
    messages::admit(cx, from.id, &[], Priority::Medium)?;
    let met = met(cx, (&from, user), &with, shape)?;
    let own = own_program(cx, who)?;
    if met.iter().any(|(_, is_full)| *is_full) || own.is_some_and(|one| one.is_full(cx.house())) {
        let words = "One of these agents is in as many conversations as it can be in at once, or in as many as you may begin with it.";
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
    sql::insert(cx, &one, user)?;
    for agent in [&from].into_iter().chain(met.iter().map(|(agent, _)| agent)) {
        match agent.user {
            // It may still be to be made.
            Some(user) if agent.kind == agents::Kind::Builtin => agents::own(cx, user).map(drop)?,
            // What the house tells is no company, and takes nobody's place.
            _ if agent.kind.is_registered() && shape != Shape::System => agents::join(cx, agent.id, one.id)?,
            _ => {}
        }
    }
    for (agent, _) in &met {
        journal::append(cx, who, &Happening::to("conversation.begun", &one.id).with(&agent.id))?;
    }
    Ok(one)
}

/// The agents that a conversation is to be with, and whether each is taken up already. All of them are looked for: whoever is
/// left out is the same whatever the reason.
fn met(
    cx: &Cx<'_>,
    (from, user): (&Agent, UserId),
    with: &[AgentId],
    shape: Shape,
) -> Result<Vec<(Agent, bool)>> {
    let mut met = Vec::with_capacity(with.len());
    for id in with {
        if shape == Shape::System {
            let there = agents::any(cx, *id)?.filter(|one| one.state == agents::State::Active);
            met.push(there.map(|one| (one, false)));
            continue;
        }
        met.push(match messages::route(cx, from, *id, shape.reach())? {
            Some(route) => {
                let is_taken_up = is_taken_up(cx, user, &route.to)?;
                Some((route.to.agent, is_taken_up))
            }
            None => None,
        });
    }
    met.into_iter().collect::<Option<_>>().ok_or(Error::NotFound("agent"))
}

/// Whether an agent takes part in as many conversations as it can, or in as many as one person may begin with it: not more than
/// half of them, so that nobody keeps all others from it.
fn is_taken_up(cx: &Cx<'_>, user: UserId, one: &Registered) -> Result<bool> {
    if one.is_full(cx.house()) {
        return Ok(true);
    }
    if !one.agent.kind.is_registered() || one.agent.user == Some(user) {
        return Ok(false);
    }
    let most = one.capabilities.conversations(cx.house());
    Ok(sql::begun_with(cx, user, one.agent.id)? >= i64::from(most.div_ceil(2)))
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
            // One that is in as many as it can be in leaves it to the built-in agent, as in sessions.
            let program = program.filter(|one| !one.is_full(cx.house()));
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
