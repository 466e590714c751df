//! How many steps of what goes on an agent may have brought to others: they count as messages do. What is taken by hand, and what
//! others have filled, keeps nobody from a step.

use super::admit::{admit_to_some, is_full, pass};
use crate::base::error::{Error, Result};
use crate::base::id::AgentId;
use crate::queue::Priority;
use crate::store::Cx;

/// Lets a step of `from` be brought to each of `to`, or says when to try again: gives those whose inboxes take no more, to which it
/// is not. A program has filled none of them alone (`is_program`); of a person, whose step is taken all the same, so much is
/// brought as fits.
///
/// # Errors
/// `Throttled`: too much at once, or too much of a program's that waits, altogether or in the inboxes where it would be told.
pub fn admit_step(cx: &Cx<'_>, from: AgentId, to: &[AgentId], is_program: bool) -> Result<Vec<AgentId>> {
    let many = i64::try_from(to.len().max(1)).unwrap_or(i64::MAX);
    if !is_program {
        let mut full = Vec::new();
        for agent in to {
            if is_full(cx, from, *agent)? {
                full.push(*agent);
            }
        }
        pass(cx, from, many, Priority::Medium)?;
        return Ok(full);
    }
    let mut full = admit_to_some(cx, from, to, Priority::Medium)?;
    if !to.is_empty() && full.len() == to.len() {
        let own = full.iter().position(|(_, refusal)| matches!(refusal, Error::Throttled { .. }));
        if let Some(at) = own {
            return Err(full.swap_remove(at).1);
        }
        // Nobody is told, by the fault of others: the step counts all the same.
        pass(cx, from, many, Priority::Medium)?;
    }
    Ok(full.into_iter().map(|(agent, _)| agent).collect())
}
