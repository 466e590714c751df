//! Who is waited for: of whom an agent is to say something, so that a session goes on. The API tells it, and by it the built-in
//! agent is woken and a program is stood in for.
//!
//! | on the table | it is for the agent |
//! |---|---|
//! | nothing, before a person decides | of whoever began it: it names times, where agents may |
//! | times | of everybody who has not answered somebody else's times, or a time of their own that somebody else agrees to. Whoever began it agrees to what their agent named without a word, unless they have the last word |
//! | | that agrees to another time than people lean to, or, once all have answered, than most agree to |
//!
//! Whoever need not come, whoever declined, and whoever decides or has agreed themselves is not waited for in this way: there an
//! agent changes nothing.

use super::conversation::Right;
use super::held;
use super::model::{Party, Role, Session, Standing, State};
use crate::base::error::Result;
use crate::base::id::{ProposalId, UserId};
use crate::store::Cx;

/// Of whom an agent can say something now that the session waits for. Where agents may not name times there is nobody, once
/// nothing is on the table: that is for people.
pub fn awaited(cx: &Cx<'_>, session: &Session) -> Result<Vec<UserId>> {
    if session.expires_at <= cx.now || is_for_people(cx, session)? {
        return Ok(Vec::new());
    }
    let awaited = session.parties.iter().filter(|party| session.awaits(party));
    Ok(awaited.map(|party| party.user).collect())
}

/// Whether it takes people to go on: nothing is on the table, and their agents may not name times where it began.
pub(super) fn is_for_people(cx: &Cx<'_>, session: &Session) -> Result<bool> {
    Ok(session.open_proposals().next().is_none() && !held::lets(cx, session, Right::Calendar)?)
}

impl Session {
    /// Whether it is for a party's agent to say something, if agents may name times here.
    pub(super) fn awaits(&self, party: &Party) -> bool {
        let goes_on = match self.state {
            State::Initiated | State::Negotiating | State::AwaitingConfirmation => true,
            State::Booking | State::Confirmed | State::Canceled | State::Expired | State::Error => false,
        };
        if !goes_on || party.role == Role::Optional {
            return false;
        }
        let is_empty = self.open_proposals().next().is_none();
        match party.standing {
            Standing::Asked if is_empty => {
                party.role == Role::Initiator && self.state != State::AwaitingConfirmation
            }
            Standing::Asked => self.is_to_answer(party),
            Standing::Agrees => self.gathers_at().is_some_and(|time| party.proposal != Some(time)),
            Standing::Confirms | Standing::Decides | Standing::Declined => false,
        }
    }

    /// Whether a party that has not answered has something to answer.
    fn is_to_answer(&self, party: &Party) -> bool {
        let agrees_unasked = party.role == Role::Initiator && !party.has_stepped_in;
        self.open_proposals().any(|time| {
            let is_agreed = |other: &Party| other.user != party.user && other.proposal == Some(time.id);
            time.author != party.user || !agrees_unasked && self.parties.iter().any(is_agreed)
        })
    }

    /// The time at which agents that agree to different ones come together: that which people lean to, else, once everybody has
    /// answered, that which most agree to, the best of these first. `None` as well where people are of several minds: no agent
    /// brings them together.
    fn gathers_at(&self) -> Option<ProposalId> {
        let is_said = |party: &Party| {
            matches!(party.standing, Standing::Confirms | Standing::Decides)
                && party.proposal.is_some_and(|id| self.open_proposal(id).is_ok())
        };
        if self.required().any(is_said) {
            return self.leaning();
        }
        if self.required().any(|party| party.standing == Standing::Asked && self.is_to_answer(party)) {
            return None;
        }
        let times: Vec<ProposalId> = self.open_proposals().map(|time| time.id).collect();
        // The last of the largest is the first on the table.
        times.into_iter().rev().max_by_key(|time| self.agreeing(*time))
    }

    /// How many agree to a time, or are asked about it.
    pub(super) fn agreeing(&self, time: ProposalId) -> usize {
        self.parties.iter().filter(|party| party.proposal == Some(time)).count()
    }

    /// The one time on the table that people have said yes to, else that they are asked about. `None`: there is none, or they are
    /// of several minds.
    pub(super) fn leaning(&self) -> Option<ProposalId> {
        let of = |standing: Standing| -> Vec<ProposalId> {
            let theirs = self.required().filter(|party| party.standing == standing);
            let open = theirs.filter_map(|party| party.proposal).filter(|id| self.open_proposal(*id).is_ok());
            open.collect()
        };
        let times =
            [Standing::Confirms, Standing::Decides].map(of).into_iter().find(|all| !all.is_empty())?;
        times.first().copied().filter(|first| times.iter().all(|time| time == first))
    }
}
