//! Choosing rooms and things in the forms that ask for a meeting.

use super::visit::Visit;
use crate::agents::{self, Agent, State};
use crate::base::error::Result;
use crate::base::id::AgentId;
use crate::web::form::Fields;
use crate::web::view::parts::Choice;

/// The rooms and things that were ticked.
pub(super) fn typed(fields: &Fields) -> Vec<AgentId> {
    fields.all("resources").filter_map(|id| id.parse().ok()).collect()
}

/// Those that were ticked, as a form keeps them until the others are known ([`offered`]).
pub(super) fn ticked(ids: &[AgentId]) -> Vec<Choice> {
    ids.iter().map(|id| Choice::new(id.to_string(), "A room that can no longer be had", "", true)).collect()
}

/// All rooms and things that can be had, the ticked ones marked; one that was ticked and can no longer be had comes last.
pub(super) async fn offered(visit: &Visit, ticked: Vec<Choice>) -> Result<Vec<Choice>> {
    let who = visit.actor();
    let all = visit.read(move |cx| agents::resources(cx, &who)).await?;
    let there = |one: &&Agent| one.state == State::Active;
    let is_ticked = |id: &str| ticked.iter().any(|one| one.value == id);
    let mut choices: Vec<Choice> = all
        .iter()
        .filter(there)
        .map(|one| {
            let id = one.id.to_string();
            let chosen = is_ticked(&id);
            Choice::new(id, one.name.clone(), "", chosen)
        })
        .collect();
    let gone = ticked.into_iter().filter(|one| !choices.iter().any(|known| known.value == one.value));
    let gone: Vec<Choice> = gone.collect();
    choices.extend(gone);
    Ok(choices)
}
