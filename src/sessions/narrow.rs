//! A grant that is changed in the middle of a session: what is on the table is looked at again at once, and what no longer
//! fits is taken off it.
//!
//! Nobody's calendar is looked at: only what the grants say, and the rooms. Everybody is told that a time cannot be had any
//! more; not whose doing it is, nor which condition it is about.

use super::model::{ProposalState, Session, Standing, State};
use super::view::{self, Leave};
use super::{Party, book, common, end, say, sql};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{ConnectionId, ProposalId};
use crate::network::{self, Scope};
use crate::slots::{Check, Gathered};
use crate::store::Cx;

/// Looks again at what goes on through a connection; gives how many sessions it has changed or ended.
pub(super) fn look_again(cx: &mut Cx<'_>, who: &Actor, connection: ConnectionId) -> Result<usize> {
    let mut changed = 0;
    for id in sql::alive_through(cx, connection)? {
        let Some(mut session) = sql::session(cx, id)? else { continue };
        let before = session.version;
        if network::still(cx, session.initiator, connection, Scope::Propose)?.is_some() {
            again(cx, who, &mut session, connection)?;
        } else {
            end::without(cx, who, &mut session, |party| party.connection == Some(connection))?;
        }
        changed += usize::from(session.version != before);
    }
    Ok(changed)
}

fn again(cx: &mut Cx<'_>, who: &Actor, session: &mut Session, connection: ConnectionId) -> Result<()> {
    let is_theirs = |party: &&Party| party.connection == Some(connection);
    let Some(party) = session.required().find(is_theirs).cloned() else { return Ok(()) };
    if session.open_proposals().next().is_none() {
        return Ok(());
    }
    let Some(gathered) = view::conditions(cx, session)? else {
        return say::not_any_more(cx, who, session);
    };
    let may_alone = view::leave_of(cx, session, &party)? == Some(Leave::Alone);
    let mut is_told = false;
    if session.state == State::Booking {
        let chosen = session.proposals.iter().find(|one| Some(one.id) == session.chosen).cloned();
        let chosen = chosen.ok_or_else(|| Error::internal("a booking of no proposal"))?;
        if !is_free(&gathered, &chosen) {
            let reason = if session.group.is_some() { "outside" } else { "slot-taken" };
            book::undo(cx, who, session, reason)?;
            is_told = true;
        } else if !may_alone && party.standing == Standing::Agrees {
            book::let_go(cx, who, session)?;
            let must = |party: &Party| party.connection == Some(connection);
            return say::ask_people(cx, who, session, (&chosen, "grant"), must);
        } else {
            return Ok(());
        }
    }
    let gone = gone(session, &gathered);
    let asks = (!may_alone).then_some(connection);
    take_off(cx, who, session, (&gone, is_told), asks)
}

/// What is on the table and cannot be had any more.
fn gone(session: &Session, gathered: &Gathered) -> Vec<ProposalId> {
    session.open_proposals().filter(|one| !is_free(gathered, one)).map(|one| one.id).collect()
}

fn is_free(gathered: &Gathered, proposal: &super::Proposal) -> bool {
    matches!(gathered.check(proposal.start), Check::Free { .. })
}

/// Takes off the table what cannot be had any more, and asks anew whoever had agreed to it, or whose agent agreed through
/// `asks` and may not any more.
fn take_off(
    cx: &mut Cx<'_>,
    who: &Actor,
    session: &mut Session,
    (gone, is_told): (&[ProposalId], bool),
    asks: Option<ConnectionId>,
) -> Result<()> {
    let had_to = common::deciding(session);
    for proposal in session.proposals.iter_mut().filter(|one| gone.contains(&one.id)) {
        proposal.state = ProposalState::Withdrawn;
    }
    let is_empty = session.open_proposals().next().is_none();
    let mut is_changed = !gone.is_empty();
    for party in session.parties.iter_mut().filter(|party| party.standing != Standing::Declined) {
        let had_agreed = party.proposal.is_some_and(|id| gone.contains(&id)) || is_empty;
        let may_not = party.standing == Standing::Agrees && asks.is_some() && party.connection == asks;
        if had_agreed || may_not {
            (party.standing, party.proposal) = (Standing::Asked, None);
            is_changed = true;
        }
    }
    if !is_changed {
        return Ok(());
    }
    if common::deciding(session).is_empty() {
        session.state = State::Negotiating;
    }
    if is_empty {
        // They had no chance: such a round does not count.
        session.rounds = (session.rounds - 1).max(0);
    }
    if !gone.is_empty() && !is_told {
        session.reason = Some("narrowed".to_owned());
        let body = serde_json::json!({ "reason": "narrowed" });
        common::write_down(cx, who, session, None, "error", &body)?;
        common::tell(cx, who, "session.narrowed", session)?;
    }
    common::tell_decided(cx, who, session, &had_to)?;
    common::keep(cx, who, session)
}
