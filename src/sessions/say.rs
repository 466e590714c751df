//! Saying: every step of a session is a typed message. What is refused is refused as a value, since what was asked of
//! others on the way is kept.

use super::book;
use super::conversation::{self, Right};
use super::message::{Message, Slot, times};
use super::model::{Party, Proposal, ProposalState, Role, Session, Standing, State};
use super::see::me;
use super::state::Step;
use super::view::{self, Leave};
use super::{common, end, held, play, sql};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, Id, ProposalId, SessionId, UserId};
use crate::base::time::{HOUR, Timestamp};
use crate::limits::{self, Budget};
use crate::messages;
use crate::slots::{Check, Gathered, Reason};
use crate::store::Cx;

/// How many times the house names at once.
const NAMED: usize = 3;
/// How many notes somebody may write in an hour.
const NOTES: Budget = Budget { name: "session-notes", most: 60, window_ms: HOUR };

/// Why what was asked for did not come about, though it was understood. The session may have gone on because of it: its
/// transcript says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The stable code.
    pub code: &'static str,
    /// For people.
    pub message: String,
    /// Times that could be had instead as far as whoever asked may know: those first that are preferred, then by time.
    pub alternatives: Vec<Alternative>,
}

/// A time that could be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// From.
    pub start: Timestamp,
    /// To.
    pub end: Timestamp,
    /// Whether it is when whoever began the session would rather meet, or partly so.
    pub reason: Option<Reason>,
}

impl Refusal {
    fn of(code: &'static str, message: &str) -> Self {
        Self { code, message: message.to_owned(), alternatives: Vec::new() }
    }

    /// Of a time that is not free, or not allowed: by whose doing is not told.
    pub(super) fn taken(alternatives: &[crate::slots::Slot]) -> Self {
        let is_wished = |reason: &&Reason| matches!(reason, Reason::Preferred | Reason::PartlyPreferred);
        let alternatives = alternatives.iter().map(|slot| Alternative {
            start: slot.start,
            end: slot.end,
            reason: slot.reasons.iter().find(is_wished).copied(),
        });
        let alternatives = alternatives.collect();
        Self { alternatives, ..Self::of("session.slot-taken", "This time cannot be had, or not any more.") }
    }
}

/// What became of a step: a value until the unit of work has committed.
#[derive(Clone, Debug)]
#[must_use]
pub struct Answer {
    /// How the session stands now.
    pub session: Session,
    /// Why what was asked for did not come about.
    pub refused: Option<Refusal>,
}

/// Who takes a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Speaker {
    pub(super) user: UserId,
    /// Whether the person does, and not an agent for them.
    pub(super) by_person: bool,
    /// The program of theirs that does.
    pub(super) agent: Option<AgentId>,
}

impl Speaker {
    /// The agent that speaks: a person, and the agent that the house plays for them, are one here.
    pub(super) fn speaks(self) -> AgentId {
        self.agent.unwrap_or_else(|| AgentId::from_uuid(self.user.uuid()))
    }
}

/// Takes one step of a session, in the caller's name.
///
/// # Errors
/// `Throttled`: steps count as messages to the programs that are told of them, but for those that end it.
pub fn say(cx: &mut Cx<'_>, who: &Actor, id: SessionId, message: &Message) -> Result<Answer> {
    let speaker = Speaker { user: me(who)?, by_person: who.is_person(), agent: who.agent() };
    let mut session = super::session(cx, who, id)?;
    let message = message.clone().cleaned()?;
    play::may_speak(who, session.party(speaker.user)?, message.step())?;
    if !session.state.is_over() && session.expires_at <= cx.now {
        end::over(cx, who, &mut session, State::Expired, "time")?;
    }
    message.step().check(session.state)?;
    admit(cx, who, &session, (speaker, message.step()))?;
    let had_to = common::deciding(&session);
    let refused = match &message {
        Message::Proposal { slots } | Message::Counter { slots, .. } => {
            if slots.is_empty() && matches!(message, Message::Counter { .. }) {
                return Err(Error::invalid("slots", "A counter names at least one time."));
            }
            name_times(cx, who, &mut session, speaker, slots, &message)?
        }
        Message::Accept { proposal } | Message::Confirm { proposal } => {
            accept(cx, who, &mut session, speaker, *proposal, &message)?
        }
        Message::Decline { proposal, .. } => {
            decline(cx, who, &mut session, speaker, *proposal, &message)?;
            None
        }
        Message::Cancel { .. } => {
            if session.party(speaker.user)?.role == Role::Optional {
                let words = "Whoever need not come does not end it for the others: decline instead.";
                return Err(Error::refused("session.optional", words));
            }
            write(cx, who, &mut session, speaker, &message)?;
            book::let_go(cx, who, &mut session)?;
            end::over(cx, who, &mut session, State::Canceled, "canceled")?;
            None
        }
        Message::Note { .. } => {
            limits::spend(cx, NOTES, &speaker.user.to_string(), 1)?;
            write(cx, who, &mut session, speaker, &message)?;
            sql::update(cx, &mut session)?;
            None
        }
    };
    common::tell_decided(cx, who, &session, &had_to)?;
    Ok(Answer { session, refused })
}

/// Lets somebody, or their program, take one more step, or says when to try again. What the house's own agents do is bounded by the
/// rounds.
fn admit(cx: &Cx<'_>, who: &Actor, session: &Session, (speaker, step): (Speaker, Step)) -> Result<()> {
    let is_of_house = who.agent().is_none() && !who.is_person();
    if is_of_house || matches!(step, Step::Cancel | Step::Decline) {
        return Ok(());
    }
    let to = common::told(cx, session, Some(speaker))?;
    // Where no program is told it fills no inbox.
    if to.is_empty() {
        return Ok(());
    }
    messages::admit_step(cx, speaker.speaks(), &to, speaker.agent.is_some()).map(drop)
}

/// The house's agent of a party names other times than those on the table, as far as it may know; where there are none, it
/// declines, and where it may name none, its user is asked.
pub(super) fn counter(cx: &mut Cx<'_>, who: &Actor, session: &mut Session, user: UserId) -> Result<()> {
    let speaker = Speaker { user, by_person: false, agent: None };
    let had_to = common::deciding(session);
    if !held::lets(cx, session, Right::Calendar)? {
        return held::hand_over(cx, who, session, user);
    }
    let Some(gathered) = view::shared(cx, who, session, user)? else {
        return not_any_more(cx, who, session);
    };
    let is_new = |start: Timestamp| {
        !session.proposals.iter().any(|one| one.start == start && one.state != ProposalState::Open)
    };
    let named = best(session, &gathered, is_new);
    if named.is_empty() {
        let message = Message::Decline { proposal: None, note: String::new() };
        decline(cx, who, session, speaker, None, &message)?;
    } else {
        let message = Message::Counter { slots: Vec::new(), note: String::new() };
        put(cx, who, session, speaker, (&named, &gathered), &message)?;
    }
    common::tell_decided(cx, who, session, &had_to)
}

/// Adds what was said to the transcript, and to the journal that it was.
fn write(
    cx: &mut Cx<'_>,
    who: &Actor,
    session: &mut Session,
    speaker: Speaker,
    message: &Message,
) -> Result<()> {
    let mut body = serde_json::to_value(message).map_err(Error::internal)?;
    if let Some(fields) = body.as_object_mut() {
        fields.remove("type");
        if matches!(message, Message::Accept { .. } | Message::Confirm { .. }) {
            let standing = session.party(speaker.user)?.standing;
            fields.insert("standing".to_owned(), standing.as_str().into());
        }
    }
    let step = message.step();
    common::write_down(cx, who, session, Some(speaker), step.as_str(), &body)?;
    common::tell_step(cx, who, session, speaker, step)
}

/// Names times. Whoever is asked to, names those that suit everybody as far as they may know; without times the house finds
/// them.
fn name_times(
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
    if session.group.is_some() {
        let words = "A group decided on this time: agree to it, or refuse it.";
        return Err(Error::refused("session.decided", words));
    }
    if !speaker.by_person && !held::lets(cx, session, Right::Calendar)? {
        held::hand_over(cx, who, session, speaker.user)?;
        return Ok(Some(Refusal::of("conversation.rights", conversation::WITHHELD)));
    }
    let Some(gathered) = view::shared(cx, who, session, speaker.user)? else {
        return not_any_more(cx, who, session).map(|()| None);
    };
    let is_new = |start: Timestamp| {
        !session.proposals.iter().any(|one| one.start == start && one.state == ProposalState::Refused)
    };
    let named = if named.is_empty() { best(session, &gathered, is_new) } else { named };
    for (start, end) in &named {
        if let Some(refusal) = unsuitable(session, &gathered, *start, *end)? {
            return Ok(Some(refusal));
        }
    }
    if named.is_empty() {
        end::over(cx, who, session, State::Canceled, "no-common-time")?;
        return Ok(None);
    }
    // Rounds bound agents: the people may pick, or name others.
    if session.rounds >= session.rounds_max && !speaker.by_person {
        hand_over(cx, who, session)?;
        let words = "There were as many rounds as there may be. The people decide now.";
        return Ok(Some(Refusal::of("session.rounds", words)));
    }
    put(cx, who, session, speaker, (&named, &gathered), message)?;
    Ok(None)
}

/// Puts times on the table, in place of those that lay there.
fn put(
    cx: &mut Cx<'_>,
    who: &Actor,
    session: &mut Session,
    speaker: Speaker,
    (named, gathered): (&[(Timestamp, Timestamp)], &Gathered),
    message: &Message,
) -> Result<()> {
    session.rounds += 1;
    for open in session.proposals.iter_mut().filter(|one| one.state == ProposalState::Open) {
        open.state = ProposalState::Withdrawn;
    }
    let mut slots = Vec::with_capacity(named.len());
    for (start, end) in named {
        let proposal = Proposal {
            id: cx.id(),
            round: session.rounds,
            author: speaker.user,
            by_person: speaker.by_person,
            start: *start,
            end: *end,
            state: ProposalState::Open,
            reason: gathered.want.preference(*start),
        };
        sql::insert_proposal(cx, session.id, &proposal)?;
        slots.push(Slot::of(*start, *end));
        session.proposals.push(proposal);
    }
    for party in &mut session.parties {
        let is_theirs = speaker.by_person && party.user == speaker.user;
        party.has_stepped_in |= is_theirs;
        if party.standing != Standing::Declined {
            // Who names times themselves agrees to each of them.
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
    write(cx, who, session, speaker, &said)?;
    common::keep(cx, who, session)
}

/// The best times, of those whose start `is_new` lets through.
fn best(
    session: &Session,
    gathered: &Gathered,
    is_new: impl Fn(Timestamp) -> bool,
) -> Vec<(Timestamp, Timestamp)> {
    let mut wider = gathered.want.clone();
    wider.most = NAMED + session.proposals.len();
    let found = crate::slots::offer(&gathered.parties, &wider);
    let times = found.slots.iter().filter(|slot| is_new(slot.start));
    times.take(NAMED).map(|slot| (slot.start, slot.end)).collect()
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
        Check::Taken { alternatives, .. } => Ok(Some(Refusal::taken(&alternatives))),
    }
}

/// Somebody does not let it any more: the session is over, and nobody is told whose doing it is.
pub(super) fn not_any_more(cx: &mut Cx<'_>, who: &Actor, session: &mut Session) -> Result<()> {
    book::let_go(cx, who, session)?;
    end::over(cx, who, session, State::Canceled, "revoked")
}

/// A session as it will be if a person agrees: to what a group decided on their own yes is given outside of their hours as well.
fn as_said(session: &Session, speaker: Speaker) -> Session {
    let mut said = session.clone();
    let is_theirs = |party: &&mut Party| party.user == speaker.user && speaker.by_person;
    if let Some(party) = said.parties.iter_mut().find(is_theirs).filter(|_| session.group.is_some()) {
        party.standing = Standing::Confirms;
    }
    said
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
    let Some(own) = view::own(cx, &as_said(session, speaker), speaker.user)? else {
        return not_any_more(cx, who, session).map(|()| None);
    };
    let is_stale = match own.check(proposal.start) {
        Check::Free { is_stale } => is_stale,
        Check::Taken { .. } if session.group.is_some() => return Ok(Some(Refusal::taken(&[]))),
        Check::Taken { alternatives, .. } => return Ok(Some(Refusal::taken(&alternatives))),
    };
    let standing = match answers(cx, session, speaker, is_stale)? {
        Ok(standing) => standing,
        Err(refusal) => return Ok(Some(refusal)),
    };
    // Nobody is asked about a time that cannot be had.
    if standing == Standing::Decides
        && book::clear_table(cx, session)?
        && session.open_proposal(proposal.id).is_err()
    {
        if common::deciding(session).is_empty() {
            session.state = State::Negotiating;
        }
        common::remark(cx, who, session, "slot-taken")?;
        common::keep(cx, who, session)?;
        return Ok(None);
    }
    let known = session.party(speaker.user)?;
    let is_confirm = matches!(message, Message::Confirm { .. });
    if (known.standing, known.proposal) == (standing, Some(proposal.id)) && !is_confirm {
        return Ok(None);
    }
    let mut after = session.clone();
    for party in after.parties.iter_mut().filter(|party| party.user == speaker.user) {
        (party.standing, party.proposal) = (standing, Some(proposal.id));
    }
    if is_confirm && !after.all_agree(&proposal) {
        let words = "Not everybody has agreed to this time yet. Accept it, and it is booked once they have.";
        return Ok(Some(Refusal::of("session.waiting", words)));
    }
    *session = after;
    write(cx, who, session, speaker, message)?;
    if standing == Standing::Decides {
        session.state = State::AwaitingConfirmation;
        if is_stale {
            common::remark(cx, who, session, "stale")?;
        }
        common::tell_decision(cx, who, session, speaker.user)?;
        common::keep(cx, who, session)?;
        return Ok(None);
    }
    if session.all_agree(&proposal) {
        return book::begin(cx, who, session, (&proposal, speaker), &own);
    }
    common::keep(cx, who, session)?;
    Ok(None)
}

/// As what somebody's yes counts: their own word, where they let a meeting be booked that they confirm; their agent's, where
/// they let it book by itself, its calendar was read lately, and they have not taken it into their own hands.
fn answers(
    cx: &Cx<'_>,
    session: &Session,
    speaker: Speaker,
    is_stale: bool,
) -> Result<std::result::Result<Standing, Refusal>> {
    let party = session.party(speaker.user)?;
    let leave = view::leave_of(cx, session, party)?;
    Ok(match leave {
        None if speaker.by_person => Err(Refusal::of(
            "session.not-granted",
            "You let them propose times, and not book what you confirm. Allow that first, where you say what they may do.",
        )),
        _ if speaker.by_person => Ok(Standing::Confirms),
        Some(Leave::Alone) if !is_stale && !party.has_stepped_in => Ok(Standing::Agrees),
        _ => Ok(Standing::Decides),
    })
}

/// Lets people decide themselves about a time: those of whom it `must` be, for a reason that is a stable word.
pub(super) fn ask_people(
    cx: &mut Cx<'_>,
    who: &Actor,
    session: &mut Session,
    (proposal, reason): (&Proposal, &'static str),
    must: impl Fn(&Party) -> bool,
) -> Result<()> {
    session.state = State::AwaitingConfirmation;
    common::remark(cx, who, session, reason)?;
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
fn hand_over(cx: &mut Cx<'_>, who: &Actor, session: &mut Session) -> Result<()> {
    let Some(all) = view::all(cx, session)? else { return not_any_more(cx, who, session) };
    session.state = State::AwaitingConfirmation;
    let last =
        session.proposals.iter().filter(|one| one.state != ProposalState::Refused).map(|one| one.round).max();
    for proposal in &mut session.proposals {
        let is_last = Some(proposal.round) == last && proposal.state == ProposalState::Withdrawn;
        // What was taken off the table because it cannot be had any more stays off it.
        if is_last && matches!(all.check(proposal.start), Check::Free { .. }) {
            proposal.state = ProposalState::Open;
        }
    }
    for party in session.parties.iter_mut().filter(|party| party.role != Role::Optional) {
        party.standing = Standing::Decides;
        party.proposal = None;
    }
    let users: Vec<_> = session.required().map(|party| party.user).collect();
    common::remark(cx, who, session, "rounds")?;
    for user in users {
        common::tell_decision(cx, who, session, user)?;
    }
    common::keep(cx, who, session)
}

/// Refuses a time, or all of it. Whoever need not come does so for themselves alone.
fn decline(
    cx: &mut Cx<'_>,
    who: &Actor,
    session: &mut Session,
    speaker: Speaker,
    proposal: Option<ProposalId>,
    message: &Message,
) -> Result<()> {
    if let Some(id) = proposal {
        session.open_proposal(id)?;
    }
    write(cx, who, session, speaker, message)?;
    let is_required = session.party(speaker.user)?.role != Role::Optional;
    for party in session.parties.iter_mut().filter(|party| party.user == speaker.user) {
        party.has_stepped_in |= speaker.by_person;
        if proposal.is_none() || !is_required {
            (party.standing, party.proposal) = (Standing::Declined, None);
        }
    }
    match proposal {
        None if is_required => return end::over(cx, who, session, State::Canceled, "declined"),
        Some(id) if is_required => {
            for proposal in session.proposals.iter_mut().filter(|proposal| proposal.id == id) {
                proposal.state = ProposalState::Refused;
            }
            session.ask_anew();
            let is_empty = session.open_proposals().next().is_none();
            if is_empty && session.rounds >= session.rounds_max {
                // The agents had their rounds, and the people want none of what is left.
                return end::over(cx, who, session, State::Canceled, "no-common-time");
            }
            if !session.parties.iter().any(|party| party.standing == Standing::Decides) {
                session.state = State::Negotiating;
            }
        }
        _ => {}
    }
    common::keep(cx, who, session)
}
