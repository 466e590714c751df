//! Whom a group still asks by their program: one that whoever began it reaches, and that blocks no agent of another member's. Of any
//! other its owner is asked.

use super::end::without_program;
use super::model::{Group, Member};
use super::sql::groups as sql;
use crate::agents::{self, Reach};
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::Result;
use crate::base::id::{AgentId, Id, UserId};
use crate::messages;
use crate::store::Cx;

/// Whether a member's program blocks an agent that may speak for another: it would hear only some of them.
pub(super) fn hears_all(cx: &Cx<'_>, members: &[Member], user: UserId, agent: AgentId) -> Result<bool> {
    let others = members.iter().filter(|one| one.user != user && one.left_at.is_none());
    let speak = others.flat_map(|one| one.agent.into_iter().chain([AgentId::from_uuid(one.user.uuid())]));
    Ok(!agents::blocks_any(cx, agent, &speak.collect::<Vec<_>>())?)
}

/// Whether a member's program may be asked as things are now. That of whoever began it is not asked by anybody.
fn may_be_asked(cx: &Cx<'_>, group: &Group, one: &Member, agent: AgentId) -> Result<bool> {
    if one.user == group.initiator {
        return Ok(true);
    }
    let user = group.initiator;
    let who = match group.agent {
        Some(id) if agents::is_active(cx, id)? => Who::Agent { id, user },
        _ => Who::User { id: user, admin: false },
    };
    let from = agents::speaking(cx, &Actor::new(who, Road::Worker, ""))?;
    Ok(messages::route(cx, &from, agent, Reach::Group)?.is_some()
        && hears_all(cx, &group.members, one.user, agent)?)
}

/// The members whose programs are to be asked no more.
fn unreached(cx: &Cx<'_>, group: &Group) -> Result<Vec<UserId>> {
    let mut unreached = Vec::new();
    for one in group.present() {
        if let Some(agent) = one.agent
            && !may_be_asked(cx, group, one, agent)?
        {
            unreached.push(one.user);
        }
    }
    Ok(unreached)
}

/// Lets those programs go that are not to be asked any more, before anybody is asked again: their owners are from now on.
pub(super) fn before_asking(cx: &mut Cx<'_>, who: &Actor, group: &mut Group) -> Result<()> {
    if !cx.house().agents_enabled {
        return Ok(());
    }
    for user in unreached(cx, group)? {
        super::end::let_go(cx, who, group, user)?;
    }
    Ok(())
}

/// Looks again at the groups that go on and in which one of these programs is asked: somebody blocks somebody, or is open to fewer.
pub(super) fn look_again(cx: &mut Cx<'_>, who: &Actor, programs: &[AgentId]) -> Result<()> {
    if !cx.house().agents_enabled {
        return Ok(());
    }
    let mut ids = Vec::new();
    for agent in programs {
        ids.extend(sql::alive_of_agent(cx, *agent)?.into_iter().map(|(id, _)| id));
    }
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        let Some(mut group) = sql::group(cx, id)? else { continue };
        for user in unreached(cx, &group)? {
            without_program(cx, who, &mut group, user)?;
            super::end::keep(cx, &mut group)?;
        }
    }
    Ok(())
}
