//! How content a person is with what an agent did for them, in something that is over.

use std::collections::BTreeSet;

use super::sql;
use super::tally::day;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, Id, SessionId, UserId};
use crate::groups;
use crate::journal::{self, Happening};
use crate::sessions;
use crate::sessions::any::{self, Kind};
use crate::sessions::conversation;
use crate::store::Cx;
use crate::tasks;
use crate::tasks::approvals::{self, Of};

/// The best score; 1 is the worst.
pub const SCORE_MAX: i64 = 5;

/// Rates an agent, or changes what was said.
///
/// # Errors
/// `NotFound`, if the session is none of the caller's, or the agent did nothing for them in it; `rating.open`, while it goes on;
/// `Denied`, if a program asks.
pub fn rate(cx: &mut Cx<'_>, who: &Actor, session: SessionId, agent: AgentId, score: i64) -> Result<()> {
    who.people_only()?;
    let user = who.user().ok_or_else(|| Error::denied("People say how content they are."))?;
    if !acted(cx, who, user, session)?.contains(&agent) {
        return Err(Error::NotFound("agent"));
    }
    if any::any(cx, session)?.ended_at.is_none() {
        return Err(Error::refused("rating.open", "This still goes on: say it when it is over."));
    }
    if !(1..=SCORE_MAX).contains(&score) {
        return Err(Error::invalid("score", "This is from 1, not at all content, to 5."));
    }
    if sql::rating(cx, (session, agent, user))? == Some(score) {
        return Ok(());
    }
    sql::set_rating(cx, (session, agent, user), score, &day(cx.now), cx.now)?;
    let happening = Happening::to("agent.rated", &agent).with(&session).amount(score);
    journal::append(cx, who, &happening).map(drop)
}

/// The agents that did something for the caller in a session of theirs that is over, each with how they rated it.
pub fn rated(cx: &Cx<'_>, who: &Actor, session: SessionId) -> Result<Vec<(AgentId, Option<i64>)>> {
    let Some(user) = who.user().filter(|_| who.agent().is_none()) else { return Ok(Vec::new()) };
    let agents = acted(cx, who, user, session)?;
    if any::any(cx, session)?.ended_at.is_none() {
        return Ok(Vec::new());
    }
    agents.into_iter().map(|agent| Ok((agent, sql::rating(cx, (session, agent, user))?))).collect()
}

/// The agents that did something for somebody in a session of theirs. What people did by hand nobody rates.
fn acted(cx: &Cx<'_>, who: &Actor, user: UserId, session: SessionId) -> Result<Vec<AgentId>> {
    let builtin = |user: UserId| AgentId::from_uuid(user.uuid());
    match any::any(cx, session)?.kind {
        Kind::Scheduling => {
            let (said, _) = sessions::latest(cx, who, session)?;
            let mine = said.iter().filter(|one| one.author == Some(user) && !one.by_person);
            Ok(each_once(mine.map(|one| one.agent.unwrap_or(builtin(user)))))
        }
        Kind::Conversation => {
            let one = conversation::conversation(cx, who, session)?;
            // How content people are with theirs is for the others to say.
            Ok(one.members.iter().filter(|one| one.user != Some(user)).map(|one| one.agent).collect())
        }
        // Whoever asked for it has something of it.
        Kind::Task => {
            let task = tasks::of_session(cx, who, session)?;
            let by_house = task.user.filter(|_| task.kind == tasks::FIND_TIME).map(builtin);
            Ok(task.agent.or(by_house).filter(|_| task.from == user).into_iter().collect())
        }
        // What is asked of somebody is a program's work as well; whoever asked by themselves is none.
        Kind::Approval => {
            let one = approvals::of_session(cx, who, session)?;
            let was_asked = one.of == Of::User(user) || one.vote_of(user).is_some();
            Ok(one.from_agent.filter(|_| was_asked).into_iter().collect())
        }
        Kind::Group => {
            let group = groups::group(cx, who, session)?.group;
            let by_agents = group.answers.iter().filter(|one| !one.by_person);
            Ok(each_once(by_agents.map(|one| one.agent.unwrap_or(builtin(one.user)))))
        }
    }
}

fn each_once(agents: impl Iterator<Item = AgentId>) -> Vec<AgentId> {
    agents.collect::<BTreeSet<_>>().into_iter().collect()
}
