//! How content somebody is with what agents did for them in something that is over: a small form on its page.

use super::visit::Posted;
use crate::accounts;
use crate::agents;
use crate::analytics;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, ApprovalId, Id, SessionId, UserId};
use crate::store::Cx;
use crate::web::view::parts::Choice;
use crate::web::view::watch::RatingForm;

/// What the choices mean, from 1 on.
const SCORES: [&str; 5] = ["Not at all", "A little", "So so", "Well", "Very well"];

/// The forms of a page: one for each agent that did something for the reader.
pub(super) fn forms(cx: &Cx<'_>, who: &Actor, session: SessionId) -> Result<Vec<RatingForm>> {
    forms_of(cx, who, analytics::rated(cx, who, session)?)
}

/// The same of an approval: the program that asked for it.
pub(super) fn forms_of_approval(cx: &Cx<'_>, who: &Actor, id: ApprovalId) -> Result<Vec<RatingForm>> {
    forms_of(cx, who, analytics::rated_approval(cx, who, id)?)
}

/// What the reader said of the program that asked for an approval, in a word; empty: nothing yet. `None`: it is not theirs to
/// say, or not yet.
pub(super) fn said_of_approval(cx: &Cx<'_>, who: &Actor, id: ApprovalId) -> Result<Option<&'static str>> {
    let said = analytics::rated_approval(cx, who, id)?.pop();
    Ok(said.map(|(_, score)| score.map_or("", meaning)))
}

/// What a score means.
fn meaning(score: i64) -> &'static str {
    usize::try_from(score - 1).ok().and_then(|at| SCORES.get(at)).copied().unwrap_or_default()
}

fn forms_of(cx: &Cx<'_>, who: &Actor, said: Vec<analytics::Said>) -> Result<Vec<RatingForm>> {
    let own = who.user().map(|user| AgentId::from_uuid(user.uuid()));
    let form = |(agent, score): (AgentId, Option<i64>)| {
        Ok(RatingForm {
            agent: agent.to_string(),
            name: called(cx, own, agent)?,
            said: score.map_or("", meaning).to_owned(),
            scores: (1..=analytics::SCORE_MAX)
                .zip(SCORES)
                .map(|(value, words)| Choice::new(value.to_string(), words, "", score == Some(value)))
                .collect(),
        })
    };
    said.into_iter().map(form).collect()
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

/// What was chosen (`do` = `rate`, `agent`, `score`).
fn chosen(posted: &Posted) -> Result<(AgentId, i64)> {
    let agent: AgentId = posted.fields.get("agent").parse()?;
    let score = posted.fields.get("score").parse::<i64>();
    Ok((agent, score.map_err(|_| Error::invalid("score", "Choose how content you are."))?))
}

/// Keeps what was chosen.
pub(super) async fn rate(posted: &Posted, session: SessionId) -> Result<()> {
    let ((agent, score), who) = (chosen(posted)?, posted.visit.actor());
    posted.write(move |cx| analytics::rate(cx, &who, session, agent, score)).await
}

/// The same of an approval.
pub(super) async fn rate_approval(posted: &Posted, id: ApprovalId) -> Result<()> {
    let ((agent, score), who) = (chosen(posted)?, posted.visit.actor());
    posted.write(move |cx| analytics::rate_approval(cx, &who, id, agent, score)).await
}
