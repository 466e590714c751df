//! How content a person is with what an agent did for them, in something that is over.

use std::collections::BTreeSet;

use super::sql;
use super::tally::day;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, ApprovalId, Id, SessionId, UserId};
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
    let user = person(who)?;
    let rated = acted(cx, who, user, session)?;
    keep(cx, (who, user), (session, &rated), agent, score)
}

/// As [`rate`], of the program that asked for an approval: one of a task is rated by itself, as one of none. It stands under the
/// number of the approval, as a session's.
pub fn rate_approval(cx: &mut Cx<'_>, who: &Actor, id: ApprovalId, agent: AgentId, score: i64) -> Result<()> {
    let user = person(who)?;
    let rated = asked(cx, who, user, id)?;
    keep(cx, (who, user), (approvals::session_of(id), &rated), agent, score)
}

/// Who rates: a person.
fn person(who: &Actor) -> Result<UserId> {
    who.people_only()?;
    who.user().ok_or_else(|| Error::denied("People say how content they are."))
}

fn keep(
    cx: &mut Cx<'_>,
    (who, user): (&Actor, UserId),
    (session, rated): (SessionId, &Rated),
    agent: AgentId,
    score: i64,
) -> Result<()> {
    if !rated.agents.contains(&agent) {
        return Err(Error::NotFound("agent"));
    }
    if !rated.is_over {
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

/// An agent, and how the caller rated it; `None`: they have not.
pub type Said = (AgentId, Option<i64>);

/// The agents that did something for the caller in a session of theirs that is over, each with how they rated it.
pub fn rated(cx: &Cx<'_>, who: &Actor, session: SessionId) -> Result<Vec<Said>> {
    let Some(user) = who.user().filter(|_| who.agent().is_none()) else { return Ok(Vec::new()) };
    said(cx, user, session, acted(cx, who, user, session)?)
}

/// As [`rated`], of the program that asked for an approval.
pub fn rated_approval(cx: &Cx<'_>, who: &Actor, id: ApprovalId) -> Result<Vec<Said>> {
    let Some(user) = who.user().filter(|_| who.agent().is_none()) else { return Ok(Vec::new()) };
    said(cx, user, approvals::session_of(id), asked(cx, who, user, id)?)
}

fn said(cx: &Cx<'_>, user: UserId, session: SessionId, rated: Rated) -> Result<Vec<Said>> {
    let Rated { agents, is_over } = rated;
    let over = agents.into_iter().filter(|_| is_over);
    over.map(|agent| Ok((agent, sql::rating(cx, (session, agent, user))?))).collect()
}

/// What can be rated of something that has a session's number.
struct Rated {
    /// The agents that did something for whoever looks. What people did by hand nobody rates.
    agents: Vec<AgentId>,
    /// Whether it is over.
    is_over: bool,
}

/// What an approval has to be rated: what is asked of somebody is a program's work as well; whoever asked by themselves is none.
fn asked(cx: &Cx<'_>, who: &Actor, user: UserId, id: ApprovalId) -> Result<Rated> {
    let one = approvals::approval(cx, who, id)?;
    let was_asked = one.of == Of::User(user) || one.vote_of(user).is_some();
    let agents = one.from_agent.filter(|_| was_asked).into_iter().collect();
    Ok(Rated { agents, is_over: one.ended_at.is_some() })
}

/// The agents that did something for somebody in a session of theirs.
fn acted(cx: &Cx<'_>, who: &Actor, user: UserId, session: SessionId) -> Result<Rated> {
    let builtin = |user: UserId| AgentId::from_uuid(user.uuid());
    let any = any::any(cx, session)?;
    let agents = match any.kind {
        Kind::Scheduling => {
            let (said, _) = sessions::latest(cx, who, session)?;
            let mine = said.iter().filter(|one| one.author == Some(user) && !one.by_person);
            each_once(mine.map(|one| one.agent.unwrap_or(builtin(user))))
        }
        Kind::Conversation => {
            let one = conversation::conversation(cx, who, session)?;
            // How content people are with theirs is for the others to say.
            one.members.iter().filter(|one| one.user != Some(user)).map(|one| one.agent).collect()
        }
        // Whoever asked for it has something of it.
        Kind::Task => {
            let task = tasks::of_session(cx, who, session)?;
            let by_house = task.user.filter(|_| task.kind == tasks::FIND_TIME).map(builtin);
            task.agent.or(by_house).filter(|_| task.from == user).into_iter().collect()
        }
        Kind::Approval => return asked(cx, who, user, ApprovalId::from_uuid(session.uuid())),
        Kind::Group => {
            let group = groups::group(cx, who, session)?.group;
            let by_agents = group.answers.iter().filter(|one| !one.by_person);
            each_once(by_agents.map(|one| one.agent.unwrap_or(builtin(one.user))))
        }
    };
    Ok(Rated { agents, is_over: any.ended_at.is_some() })
}

fn each_once(agents: impl Iterator<Item = AgentId>) -> Vec<AgentId> {
    agents.collect::<BTreeSet<_>>().into_iter().collect()
}
