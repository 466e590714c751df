//! Saying: every step of a session is a typed message. What is refused is refused as a value, since what was asked of
//! others on the way is kept.

use super::book::{self, Agreed};
use super::message::{Message, Slot, times};
use super::model::{Party, Proposal, ProposalState, Role, Session, Standing, State};
use super::see::me;
use super::{common, end, sql};
use crate::base::actor::{Actor, Road};
use crate::base::error::{Error, Result};
use crate::base::id::{ProposalId, SessionId, UserId};
use crate::base::time::Timestamp;
use crate::network::{self, Scope};
use crate::slots::{Check, Gathered};
use crate::store::Cx;

/// How many times the house proposes at once.
const FOUND: usize = 3;

/// Why a step was not taken, though it was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The stable code.
    pub code: &'static str,
    /// For people.
    pub message: String,
    /// Times that could be had instead, by time.
    pub alternatives: Vec<(Timestamp, Timestamp)>,
}

/// What became of a step: a value until the unit of work has committed.
#[derive(Clone, Debug)]
#[must_use]
pub struct Answer {
    /// How the session stands now.
    pub session: Session,
    /// Why nothing was done.
    pub refused: Option<Refusal>,
}

/// Who takes a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Speaker {
    pub(super) user: UserId,
    /// Whether the person does, and not the agent that the house plays for them.
    pub(super) by_person: bool,
}

/// Takes one step of a session, in the caller's name.
pub fn say(cx: &mut Cx<'_>, who: &Actor, id: SessionId, message: &Message) -> Result<Answer> {
    let speaker = Speaker { user: me(who)?, by_person: who.road != Road::Worker };
    let mut session = super::session(cx, who, id)?;
    let message = message.clone().cleaned()?;
    if !session.state.is_over() && session.expires_at <= cx.now {
        end::over(cx, who, &mut session, State::Expired, "time")?;
    }
    message.step().check(session.state)?;
    let had_to = common::deciding(&session);
    let refused = match &message {
        Message::Proposal { slots } => propose(cx, who, &mut session, speaker, slots, &message)?,
        Message::Counter { slots, .. } => {
            if slots.is_empty() {
                return Err(Error::invalid("slots", "A counter names at least one time."));
            }
            propose(cx, who, &mut session, speaker, slots, &message)?
        }
        Message::Accept { proposal } | Message::Confirm { proposal } => {
            accept(cx, who, &mut session, speaker, *proposal, &message)?
        }
        Message::Decline { proposal, .. } => {
            decline(cx, who, &mut session, speaker, *proposal, &message)?;
            None
        }
        Message::Cancel { .. } => {
            write(cx, &mut session, speaker, &message)?;
            book::let_go(cx, &mut session)?;
            end::over(cx, who, &mut session, State::Canceled, "canceled")?;
            None
        }
        Message::Note { .. } => {
            write(cx, &mut session, speaker, &message)?;
            sql::update(cx, &mut session)?;
            None
        }
    };
    common::tell_decided(cx, who, &session, &had_to)?;
    Ok(Answer { session, refused })
}

/// Adds what was said to the transcript.
fn write(cx: &Cx<'_>, session: &mut Session, speaker: Speaker, message: &Message) -> Result<()> {
    let mut body = serde_json::to_value(message).map_err(Error::internal)?;
    if let Some(fields) = body.as_object_mut() {
        fields.remove("type");
    }
    let kind = message.step().as_str();
    common::write_down(cx, session, (Some(speaker.user), speaker.by_person), kind, &body)
}

/// Names times. Whoever is asked to, names those that suit everybody as far as is known; without times the house finds them.
fn propose(
    cx: &mut Cx<'_>,
    who: &Actor,
    session: &mut Session,
    speaker: Speaker,
    slots: &[Slot],
    message: &Message,
) -> Result<Option<Refusal>> {
    if session.party(speaker.user)?.role == Role::Optional {
        return Err(Error::refused("session.optional", "Whoever need not come does not name times."));
    }
    let named = times(slots)?;
    let Some(cleared) = common::clear(cx, who, session, Scope::Propose)? else {
        return not_any_more(cx, who, session).map(|()| None);
    };
    let gathered = if speaker.user == session.initiator {
        common::gather_to_name(cx, who, session, &cleared)?
    } else {
        common::gather(cx, who, session, &cleared)?
    };
    let named = if named.is_empty() { found(session, &gathered) } else { named };
    for (start, end) in &named {
        if let Some(refusal) = unsuitable(session, &gathered, *start, *end)? {
            return Ok(Some(refusal));
        }
    }
    if named.is_empty() {
        end::over(cx, who, session, State::Canceled, "no-common-time")?;
        return Ok(None);
    }
    if session.rounds >= session.rounds_max {
        hand_over(cx, who, session, &gathered)?;
        return Ok(Some(Refusal {
            code: "session.rounds",
            message: "There were as many rounds as there may be. The people decide now.".to_owned(),
            alternatives: Vec::new(),
        }));
    }
    session.rounds += 1;
    for open in &mut session.proposals {
        if open.state == ProposalState::Open {
            open.state = ProposalState::Withdrawn;
        }
    }
    let mut slots = Vec::with_capacity(named.len());
    for (start, end) in named {
        let proposal = Proposal {
            id: cx.id(),
            round: session.rounds,
            author: speaker.user,
            start,
            end,
            state: ProposalState::Open,
        };
        sql::insert_proposal(cx, session.id, &proposal)?;
        slots.push(Slot::of(start, end));
        session.proposals.push(proposal);
    }
    for party in &mut session.parties {
        if party.standing != Standing::Declined {
            // Who names times themselves agrees to each of them.
            let is_theirs = speaker.by_person && party.user == speaker.user;
            party.standing = if is_theirs { Standing::Confirms } else { Standing::Asked };
            party.proposal = None;
        }
    }
    session.state = State::Negotiating;
    session.reason = None;
    let said = match message {
        Message::Counter { note, .. } => Message::Counter { slots, note: note.clone() },
        _ => Message::Proposal { slots },
    };
    write(cx, session, speaker, &said)?;
    common::keep(cx, who, session)?;
    Ok(None)
}

/// What the house would propose: the best times but for those that somebody refused already.
fn found(session: &Session, gathered: &Gathered) -> Vec<(Timestamp, Timestamp)> {
    let was_refused = |start: Timestamp| {
        session.proposals.iter().any(|one| one.state == ProposalState::Refused && one.start == start)
    };
    let mut wider = gathered.want.clone();
    wider.most = FOUND + session.proposals.len();
    let found = crate::slots::offer(&gathered.parties, &wider);
    let times = found.slots.iter().filter(|slot| !was_refused(slot.start));
    times.take(FOUND).map(|slot| (slot.start, slot.end)).collect()
}

/// Why a time cannot be named.
fn unsuitable(
    session: &Session,
    gathered: &Gathered,
    start: Timestamp,
    end: Timestamp,
) -> Result<Option<Refusal>> {
    if end.since(start) != common::length_ms(session) {
        let minutes = session.want.minutes;
        return Err(Error::invalid("slots", format!("This session is about {minutes} minutes.")));
    }
    let span = gathered.want.span;
    if start < span.from || end > span.to {
        return Err(Error::invalid("slots", "A time lies within what the session is about."));
    }
    match gathered.check(start) {
        Check::Free { .. } => Ok(None),
        Check::Taken { alternatives, .. } => Ok(Some(taken(&alternatives))),
    }
}

/// The refusal of a time that is not free, or not allowed: which of them is not told.
pub(super) fn taken(alternatives: &[crate::slots::Slot]) -> Refusal {
    Refusal {
        code: "session.slot-taken",
        message: "This time cannot be had, or not any more.".to_owned(),
        alternatives: alternatives.iter().map(|slot| (slot.start, slot.end)).collect(),
    }
}

/// Somebody does not let it any more: the session is over, and nobody is told whose doing it is.
pub(super) fn not_any_more(cx: &mut Cx<'_>, who: &Actor, session: &mut Session) -> Result<()> {
    book::let_go(cx, session)?;
    end::over(cx, who, session, State::Canceled, "revoked")
}

/// Agrees to a time. When all agree, it is booked.
fn accept(
    cx: &mut Cx<'_>,
    who: &Actor,
    session: &mut Session,
    speaker: Speaker,
    proposal: ProposalId,
    message: &Message,
) -> Result<Option<Refusal>> {
    let proposal = session.open_proposal(proposal)?.clone();
    let Some(cleared) = common::clear(cx, who, session, Scope::Propose)? else {
        return not_any_more(cx, who, session).map(|()| None);
    };
    let gathered = common::gather(cx, who, session, &cleared)?;
    let is_stale = match gathered.check(proposal.start) {
        Check::Free { is_stale } => is_stale,
        Check::Taken { alternatives, .. } => return Ok(Some(taken(&alternatives))),
    };
    let is_confirm = matches!(message, Message::Confirm { .. });
    let standing = if speaker.by_person {
        Standing::Confirms
    } else if !is_stale && may_book_alone(cx, who, session, speaker.user)? {
        Standing::Agrees
    } else {
        Standing::Decides
    };
    let party = session
        .parties
        .iter_mut()
        .find(|party| party.user == speaker.user)
        .ok_or(Error::NotFound("session"))?;
    if (party.standing, party.proposal) == (standing, Some(proposal.id)) && !is_confirm {
        return Ok(None);
    }
    (party.standing, party.proposal) = (standing, Some(proposal.id));
    write(cx, session, speaker, message)?;
    if standing == Standing::Decides {
        session.state = State::AwaitingConfirmation;
        common::tell_decision(cx, who, session, speaker.user)?;
        common::keep(cx, who, session)?;
        return Ok(None);
    }
    match book::agreed(session, &proposal) {
        Agreed::All if is_stale && !session.required().all(|party| party.is_sure_of(&proposal)) => {
            ask_people(cx, who, session, &proposal, |party| !party.is_sure_of(&proposal))?;
            Ok(None)
        }
        Agreed::All => book::begin(cx, who, session, (&proposal, speaker), &gathered),
        Agreed::NotYet if is_confirm => {
            common::keep(cx, who, session)?;
            Ok(Some(Refusal {
                code: "session.waiting",
                message: "Not everybody has agreed to this time yet.".to_owned(),
                alternatives: Vec::new(),
            }))
        }
        Agreed::NotYet => {
            common::keep(cx, who, session)?;
            Ok(None)
        }
    }
}

/// Whether somebody's agent may book by itself: whoever began the session asked for that; everybody else's grant to them
/// says so.
fn may_book_alone(cx: &mut Cx<'_>, who: &Actor, session: &Session, user: UserId) -> Result<bool> {
    if user == session.initiator {
        return Ok(true);
    }
    let Some(connection) = session.party(user)?.connection else { return Ok(false) };
    let asker = common::initiator(session, who);
    let verdict =
        network::ask_by_connection(cx, &asker, connection, Scope::BookAlone, "to book a meeting by itself")?;
    Ok(verdict.allowed().is_ok())
}

/// Lets people decide themselves about a time: those of whom it `must` be.
pub(super) fn ask_people(
    cx: &mut Cx<'_>,
    who: &Actor,
    session: &mut Session,
    proposal: &Proposal,
    must: impl Fn(&Party) -> bool,
) -> Result<()> {
    session.state = State::AwaitingConfirmation;
    let mut asked = Vec::new();
    for party in session.parties.iter_mut().filter(|party| party.role != Role::Optional && must(party)) {
        (party.standing, party.proposal) = (Standing::Decides, Some(proposal.id));
        asked.push(party.user);
    }
    for user in asked {
        common::tell_decision(cx, who, session, user)?;
    }
    common::keep(cx, who, session)
}

/// The agents had their rounds: the people decide among what is on the table.
fn hand_over(cx: &mut Cx<'_>, who: &Actor, session: &mut Session, gathered: &Gathered) -> Result<()> {
    session.state = State::AwaitingConfirmation;
    session.reason = Some("rounds".to_owned());
    let last =
        session.proposals.iter().filter(|one| one.state != ProposalState::Refused).map(|one| one.round).max();
    for proposal in &mut session.proposals {
        let is_last = Some(proposal.round) == last && proposal.state == ProposalState::Withdrawn;
        // What was taken off the table because it cannot be had any more stays off it.
        if is_last && matches!(gathered.check(proposal.start), Check::Free { .. }) {
            proposal.state = ProposalState::Open;
        }
    }
    for party in session.parties.iter_mut().filter(|party| party.role != Role::Optional) {
        party.standing = Standing::Decides;
        party.proposal = None;
    }
    let users: Vec<_> = session.required().map(|party| party.user).collect();
    common::write_down(cx, session, (None, false), "error", &serde_json::json!({ "reason": "rounds" }))?;
    for user in users {
        common::tell_decision(cx, who, session, user)?;
    }
    common::keep(cx, who, session)
}

/// Refuses a time, or all of it.
fn decline(
    cx: &mut Cx<'_>,
    who: &Actor,
    session: &mut Session,
    speaker: Speaker,
    proposal: Option<ProposalId>,
    message: &Message,
) -> Result<()> {
    let Some(id) = proposal else {
        write(cx, session, speaker, message)?;
        let is_required = session.party(speaker.user)?.role != Role::Optional;
        for party in session.parties.iter_mut().filter(|party| party.user == speaker.user) {
            (party.standing, party.proposal) = (Standing::Declined, None);
        }
        if is_required {
            return end::over(cx, who, session, State::Canceled, "declined");
        }
        return common::keep(cx, who, session);
    };
    session.open_proposal(id)?;
    write(cx, session, speaker, message)?;
    for proposal in session.proposals.iter_mut().filter(|proposal| proposal.id == id) {
        proposal.state = ProposalState::Refused;
    }
    for party in session.parties.iter_mut().filter(|party| party.proposal == Some(id)) {
        (party.standing, party.proposal) = (Standing::Asked, None);
    }
    if !session.parties.iter().any(|party| party.standing == Standing::Decides) {
        session.state = State::Negotiating;
    }
    common::keep(cx, who, session)
}
