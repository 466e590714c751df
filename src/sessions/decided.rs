//! A time that a group decided on: booked by a session that the house begins, with those who did not refuse it as parties and
//! their yes as theirs. The two phases check grants and calendars once more; such a session knows no other time.

use super::conversation::Right;
use super::model::{Party, Proposal, ProposalState, Role, Session, Standing, State, Want};
use super::say::{self, Speaker};
use super::start::{self, New, party};
use super::{book, common, held, sql, view};
use crate::base::actor::{self, Actor, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{ConnectionId, MeetingId, SessionId, UserId};
use crate::base::time::Timestamp;
use crate::meetings;
use crate::network;
use crate::slots;
use crate::store::Cx;

/// Somebody who did not say no to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voter {
    /// Who.
    pub user: UserId,
    /// Through which connection with whoever began it; `None`: it is them.
    pub connection: Option<ConnectionId>,
    /// Whether they said yes, and whether they did so themselves; `None`: they said neither yes nor no, and are booked if
    /// their agent may do so by itself and they are free.
    pub yes: Option<bool>,
}

/// A time that a group decided on.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The group's session.
    pub group: SessionId,
    /// The meeting's title.
    pub purpose: String,
    /// What was wanted.
    pub want: Want,
    /// From when to when.
    pub time: (Timestamp, Timestamp),
    /// The conversation in which the group began.
    pub conversation: Option<SessionId>,
    /// Whoever began it first.
    pub voters: Vec<Voter>,
    /// Whether whoever began it did so themselves: then it is them who named the time.
    pub is_by_hand: bool,
    /// By when it must be booked.
    pub until: Timestamp,
}

/// Books what a group decided on, or begins to: the session says how it stands.
pub fn book_decided(cx: &mut Cx<'_>, who: &Actor, decided: &Decided) -> Result<Session> {
    let (start, end) = decided.time;
    let first = decided.voters.iter().find(|voter| voter.connection.is_none());
    let me = first.ok_or_else(|| Error::internal("a group's meeting without a host"))?.user;
    let proposal = Proposal {
        id: cx.id(),
        round: 1,
        author: me,
        by_person: decided.is_by_hand,
        start,
        end,
        state: ProposalState::Open,
        reason: None,
    };
    let mut want = decided.want.clone();
    (want.from, want.to) = (start.ms(), end.ms());
    let mut session = new_session(cx, me, &decided.purpose, want);
    session.conversation = decided.conversation;
    (session.group, session.state) = (Some(decided.group), State::Negotiating);
    session.expires_at = decided.until.min(start);
    for voter in &decided.voters {
        session.parties.push(stands(cx, voter)?);
    }
    sql::insert(cx, &session, None)?;
    sql::insert_proposal(cx, session.id, &proposal)?;
    for one in session.parties.iter_mut().filter(|one| one.has_agreed()) {
        one.proposal = Some(proposal.id);
    }
    session.rounds = 1;
    session.proposals.push(proposal.clone());
    let speaker = Speaker { user: me, by_person: decided.is_by_hand, agent: None };
    let body = serde_json::json!({ "slots": [super::Slot::of(start, end)] });
    common::write_down(cx, who, &mut session, Some(speaker), "proposal", &body)?;
    match view::own(cx, &session, me)? {
        Some(own) => {
            // A refusal has ended the session, which says why.
            let _ = book::begin(cx, who, &mut session, (&proposal, speaker), &own)?;
        }
        None => say::not_any_more(cx, who, &mut session)?,
    }
    sql::session(cx, session.id)?.ok_or_else(|| Error::internal("a session that was just begun"))
}

/// Whether somebody can see the meeting that was booked: they are at it.
pub fn is_at(cx: &Cx<'_>, user: UserId, meeting: MeetingId) -> Result<bool> {
    let who = Actor::new(Who::User { id: user, admin: false }, actor::Road::Worker, "");
    match meetings::see(cx, &who, meeting) {
        Ok(_) => Ok(true),
        Err(Error::NotFound(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether somebody is a party of the session that books it, or tried to.
pub fn is_party(cx: &Cx<'_>, user: UserId, booking: SessionId) -> Result<bool> {
    Ok(sql::session(cx, booking)?.is_some_and(|one| one.party(user).is_ok()))
}

/// Somebody as their answer in the group has them stand.
fn stands(cx: &Cx<'_>, voter: &Voter) -> Result<Party> {
    let role = match (voter.connection, voter.yes) {
        (None, _) => Role::Initiator,
        (Some(_), Some(_)) => Role::Required,
        (Some(_), None) => Role::Optional,
    };
    let standing = match voter.yes {
        Some(true) => Standing::Confirms,
        Some(false) => Standing::Agrees,
        // Whoever began it, and said neither yes nor no, goes by what the group decided.
        None if role == Role::Initiator => Standing::Agrees,
        None => Standing::Asked,
    };
    Ok(Party { standing, ..party(cx, voter.user, voter.connection, role)? })
}

fn new_session(cx: &Cx<'_>, me: UserId, purpose: &str, want: Want) -> Session {
    Session {
        id: cx.id(),
        state: State::Initiated,
        purpose: purpose.to_owned(),
        initiator: me,
        expires_at: Timestamp::from_ms(want.to),
        want,
        rounds: 0,
        rounds_max: 1,
        places: 0,
        chosen: None,
        group: None,
        conversation: None,
        meeting: None,
        reason: None,
        version: 1,
        created_at: cx.now,
        ended_at: None,
        parties: Vec::new(),
        proposals: Vec::new(),
    }
}

/// Times that suit everybody whose time the caller may see, the best first, and within what everybody lets be proposed: of
/// others' calendars nothing is known. None of those in `but`, which begin then, and none where the conversation that it is in lets
/// no agent look.
///
/// # Errors
/// The refusal, where somebody does not let times be proposed to them.
pub fn common_times(
    cx: &mut Cx<'_>,
    who: &Actor,
    new: &New,
    (but, most): (&[Timestamp], usize),
) -> Result<Vec<(Timestamp, Timestamp)>> {
    let me = super::see::me(who)?;
    start::check(cx, me, new)?;
    let mut session = new_session(cx, me, &new.purpose, new.want.clone());
    session.conversation = new.conversation;
    if !held::lets(cx, &session, Right::Calendar)? {
        return Ok(Vec::new());
    }
    session.parties.push(party(cx, me, None, Role::Initiator)?);
    for connection in &new.with {
        let allowed = network::still(cx, me, *connection, network::Scope::Propose)?;
        let allowed = allowed.ok_or_else(network::refusal)?;
        session.parties.push(party(cx, allowed.about.id, Some(*connection), Role::Required)?);
    }
    let gathered = view::shared(cx, who, &session, me)?.ok_or_else(network::refusal)?;
    let mut wider = gathered.want.clone();
    wider.most = most + but.len();
    let found = slots::offer(&gathered.parties, &wider);
    let is_new = |slot: &&slots::Slot| !but.contains(&slot.start);
    Ok(found.slots.iter().filter(is_new).take(most).map(|slot| (slot.start, slot.end)).collect())
}
