//! How content somebody is with what agents did for them in something that is over: a small form on its page.

use super::visit::Posted;
use crate::accounts;
use crate::agents;
use crate::analytics;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, Id, SessionId, UserId};
use crate::store::Cx;
use crate::web::view::parts::Choice;
use crate::web::view::watch::RatingForm;

/// What the choices mean, from 1 on.
const SCORES: [&str; 5] = ["Not at all", "A little", "So so", "Well", "Very well"];

/// The forms of a page: one for each agent that did something for the reader.
pub(super) fn forms(cx: &Cx<'_>, who: &Actor, session: SessionId) -> Result<Vec<RatingForm>> {
    let own = who.user().map(|user| AgentId::from_uuid(user.uuid()));
    let form = |(agent, score): (AgentId, Option<i64>)| {
        let said = score.and_then(|score| usize::try_from(score - 1).ok()).and_then(|at| SCORES.get(at));
        Ok(RatingForm {
            agent: agent.to_string(),
            name: called(cx, own, agent)?,
            said: said.map_or_else(String::new, |words| (*words).to_owned()),
            scores: (1..=analytics::SCORE_MAX)
                .zip(SCORES)
                .map(|(value, words)| Choice::new(value.to_string(), words, "", score == Some(value)))
                .collect(),
        })
    };
    analytics::rated(cx, who, session)?.into_iter().map(form).collect()
}

/// What an agent is called to its reader; a built-in one has no name of its own.
fn called(cx: &Cx<'_>, own: Option<AgentId>, agent: AgentId) -> Result<String> {
    if own == Some(agent) {
        return Ok("your built-in agent".to_owned());
    }
    let name = agents::name_of(cx, agent)?;
    if !name.is_empty() {
        return Ok(name);
    }
    // The built-in agent of a user has the user's number.
    match accounts::get(cx, UserId::from_uuid(agent.uuid())) {
        Ok(user) => Ok(match user.given_name() {
            Some(name) => format!("{name}’s built-in agent"),
            None => "somebody’s built-in agent".to_owned(),
        }),
        Err(Error::NotFound(_)) => Ok("an agent that is no more".to_owned()),
        Err(error) => Err(error),
    }
}

/// Keeps what was chosen (`do` = `rate`, `agent`, `score`).
pub(super) async fn rate(posted: &Posted, session: SessionId) -> Result<()> {
    let agent: AgentId = posted.fields.get("agent").parse()?;
    let score = posted.fields.get("score").parse::<i64>();
    let score = score.map_err(|_| Error::invalid("score", "Choose how content you are."))?;
    let who = posted.visit.actor();
    posted.write(move |cx| analytics::rate(cx, &who, session, agent, score)).await
}
