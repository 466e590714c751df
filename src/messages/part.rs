//! One person's part in messages: to take away, to erase.

use serde_json::{Value, json};

use super::sql;
use super::sql::{lanes, public_keys};
use crate::agents;
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::Result;
use crate::base::id::{AgentId, Id, UserId};
use crate::queue;
use crate::store::Cx;

/// The agents of somebody: the built-in one, and their programs.
fn agents_of(cx: &Cx<'_>, user: UserId) -> Result<Vec<AgentId>> {
    let themselves = Actor::new(Who::User { id: user, admin: false }, Road::Worker, "");
    let programs = agents::registered_of(cx, &themselves)?.into_iter().map(|one| one.agent.id);
    Ok([AgentId::from_uuid(user.uuid())].into_iter().chain(programs).collect())
}

/// What is stored of the messages of somebody's agents: which keys they published, and how much is under way. What they said
/// lies in the transcripts.
pub fn export(cx: &Cx<'_>, user: UserId) -> Result<Value> {
    let mut all = Vec::new();
    for agent in agents_of(cx, user)? {
        let keys = public_keys::current(cx, agent)?;
        all.push(json!({
            "agent": agent,
            "public_keys": keys.iter().map(|one| &one.jwk).collect::<Vec<_>>(),
            "waiting_for_it": lanes::waiting_for(cx, agent)?,
            "waiting_from_it": lanes::waiting_from(cx, agent)?,
        }));
    }
    Ok(Value::Array(all))
}

/// Takes everything on its way to and from somebody's agents away, and their keys. Their senders are told.
pub fn erase(cx: &mut Cx<'_>, who: &Actor, user: UserId) -> Result<()> {
    for agent in agents_of(cx, user)? {
        super::drop_of_agent(cx, who, agent)?;
        for one in sql::live_from(cx, agent)? {
            queue::drop_work(cx, super::end::work(&one))?;
        }
        sql::delete_of_agent(cx, agent)?;
        public_keys::delete_of_agent(cx, agent)?;
    }
    Ok(())
}
