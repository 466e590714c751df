//! Booking in two phases: the time is held in all calendars concerned, those of rooms as well, then everything is checked again and committed; if
//! anything fails, what was held is let go, and the session says why.

use super::conversation::Right;
use super::model::{Party, Proposal, ProposalState, Role, Session, Standing, State};
use super::say::{self, Refusal, Speaker};
use super::sql::{self, Underway};
use super::view::{self, Leave};
use super::{answering, became, common, end, held, hold};
use crate::accounts;
use crate::base::actor::{Actor, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{SessionId, SourceId, UserId};
use crate::base::time::{MINUTE, Timestamp};
use crate::calendar::{self, HolderId};
use crate::meetings::{NewMeeting, Person};
use crate::network::{self, Place, Scope, Wanted};
use crate::queue::{self, Leased, Work};
use crate::slots::{self, Check, Gathered};
use crate::store::Cx;

/// The queue's topic of bookings whose calendars are read again first.
pub const BOOKINGS: &str = "session-bookings";
/// How long a time is held between the two phases, in milliseconds.
const HELD_MS: i64 = MINUTE;
/// By when the second phase is given up, in milliseconds.
const GIVE_UP_MS: i64 = MINUTE * 3 / 4;

/// The first phase, of a time that everybody agrees to: everybody's time is looked at, and held. `own` is what whoever took
/// the last step knows: a refusal names other times out of it, and no more. Where nobody's time comes from elsewhere, the
/// second phase follows at once.
pub(super) fn begin(
    cx: &mut Cx<'_>,
    who: &Actor,
    session: &mut Session,
    (proposal, speaker): (&Proposal, Speaker),
    own: &Gathered,
) -> Result<Option<Refusal>> {
    let Some(gathered) = view::all(cx, session)? else {
        return say::not_any_more(cx, who, session).map(|()| None);
    };
    match gathered.check(proposal.start) {
        Check::Taken { .. } => {
            let reason = why_taken(cx, session, proposal)?;
            session.chosen = Some(proposal.id);
            undo(cx, who, session, reason)?;
            // A group knows no other time than the one that it decided on.
            let near = if session.group.is_some() { Vec::new() } else { own.near(proposal.start) };
            return Ok(Some(Refusal::taken(&near)));
        }
        Check::Free { is_stale: true } if !session.required().all(|party| party.is_sure_of(proposal)) => {
            say::ask_people(cx, who, session, (proposal, "stale"), |party| !party.is_sure_of(proposal))?;
            return Ok(None);
        }
        Check::Free { .. } => {}
    }
    if is_decided_anew(cx, who, session, proposal)? {
        return Ok(None);
    }
    let subject = session.id.to_string();
    for holder in holders(cx, session)? {
        calendar::hold(cx, holder, proposal.start, proposal.end, &subject, cx.now.plus(HELD_MS))?;
    }
    session.chosen = Some(proposal.id);
    session.state = State::Booking;
    let (reserved, rooms) = (hold::reserve(cx, session, proposal)?, answering::to_ask(cx, session)?);
    if reserved.is_none() && rooms.is_empty() && sources(cx, session)?.is_empty() {
        return finish(cx, who, session, proposal, &gathered);
    }
    let underway = Underway {
        session: session.id,
        proposal: proposal.id,
        user: speaker.user,
        deadline: cx.now.plus(GIVE_UP_MS),
        reserved,
        rooms,
    };
    sql::insert_underway(cx, &underway)?;
    answering::ask(cx, who, session, (proposal, &underway.rooms))?;
    let answers_at = (!underway.rooms.is_empty()).then(|| cx.now.plus(answering::ANSWER_MS));
    go_on(cx, who, &underway, answers_at)?;
    sql::update(cx, session)?;
    Ok(None)
}

/// Puts the second phase on the queue: now, or once those had their time who are asked.
pub(super) fn go_on(
    cx: &Cx<'_>,
    who: &Actor,
    underway: &Underway,
    not_before: Option<Timestamp>,
) -> Result<()> {
    let payload = serde_json::json!({ "session": underway.session, DEADLINE: underway.deadline.ms() });
    let mut work = Work::of(BOOKINGS, &who.trace, payload).keyed(key_of(underway));
    work.not_before = not_before;
    queue::enqueue(cx, &work).map(drop)
}

/// Takes the second phase off the queue; says whether it waited there.
pub(super) fn call_off(cx: &Cx<'_>, underway: &Underway) -> Result<bool> {
    queue::withdraw(cx, BOOKINGS, &key_of(underway))
}

/// The key of a booking's work: each booking of a session has its own end.
fn key_of(underway: &Underway) -> String {
    format!("{} {}", underway.session, underway.deadline.ms())
}

/// Why a time cannot be had: a group is told whether it was for want of time, or because nobody may be met then.
fn why_taken(cx: &Cx<'_>, session: &Session, proposal: &Proposal) -> Result<&'static str> {
    if session.group.is_none() {
        return Ok("slot-taken");
    }
    let may = view::conditions(cx, session)?.map(|it| it.check(proposal.start));
    Ok(if matches!(may, Some(Check::Taken { .. })) { "outside" } else { "slot-taken" })
}

/// Whose time is held: of everybody whose agreement it needs, and of the rooms.
fn holders(cx: &Cx<'_>, session: &Session) -> Result<Vec<HolderId>> {
    let mut holders: Vec<HolderId> = session.required().map(|party| party.user.into()).collect();
    holders.extend(common::resources(cx, session)?.into_iter().map(HolderId::Agent));
    Ok(holders)
}

/// The sources of all of them that lie elsewhere and count.
fn sources(cx: &Cx<'_>, session: &Session) -> Result<Vec<SourceId>> {
    let mut found = Vec::new();
    for holder in holders(cx, session)? {
        found.extend(calendar::elsewhere(cx, holder)?);
    }
    Ok(found)
}

/// In the payload of a booking's work: which of its session's bookings it is.
const DEADLINE: &str = "deadline";

/// The session that a piece of work books, and how it does: `None`, if it is being booked no more, or another time is by now.
pub(super) fn booking_of(cx: &Cx<'_>, lease: &Leased) -> Result<Option<(Session, Underway)>> {
    let id = lease.payload["session"].as_str().unwrap_or_default();
    let id: SessionId = id.parse().map_err(|_| Error::internal("a booking of no session"))?;
    let session = sql::session(cx, id)?.filter(|session| session.state == State::Booking);
    let Some(session) = session else { return Ok(None) };
    let underway = sql::underway(cx, id)?
        .ok_or_else(|| Error::internal("a session is being booked, and nobody does it"))?;
    // What was put on the queue before the second phases were told apart says none.
    let is_it = lease.payload[DEADLINE].as_i64().is_none_or(|deadline| deadline == underway.deadline.ms());
    Ok(is_it.then_some((session, underway)))
}

/// Which sources are to be read again between the two phases; none, if there is nothing to be booked any more.
pub fn to_read(cx: &Cx<'_>, lease: &Leased) -> Result<Vec<SourceId>> {
    match booking_of(cx, lease)? {
        Some((session, _)) => sources(cx, &session),
        None => Ok(Vec::new()),
    }
}

/// The second phase, for the worker that has had the sources read again: everything is checked once more, and the meeting is
/// made, or what was held is let go. Where a source could not be read (`is_read`), nothing books by itself. Ends the work.
pub fn commit(cx: &mut Cx<'_>, lease: &Leased, is_read: bool) -> Result<()> {
    queue::done(cx, lease)?;
    let Some((mut session, underway)) = booking_of(cx, lease)? else { return Ok(()) };
    let who = Actor::new(
        Who::User { id: underway.user, admin: false },
        crate::base::actor::Road::Worker,
        &lease.trace,
    );
    if underway.deadline <= cx.now {
        return undo(cx, &who, &mut session, "time-out");
    }
    let Some(gathered) = view::all(cx, &session)? else {
        return say::not_any_more(cx, &who, &mut session);
    };
    let proposal = session.proposals.iter().find(|one| one.id == underway.proposal).cloned();
    let proposal = proposal.ok_or_else(|| Error::internal("a booking of no proposal"))?;
    match gathered.check(proposal.start) {
        Check::Taken { .. } => {
            let reason = why_taken(cx, &session, &proposal)?;
            undo(cx, &who, &mut session, reason)
        }
        Check::Free { is_stale }
            if (is_stale || !is_read) && !session.required().all(|party| party.is_sure_of(&proposal)) =>
        {
            let_go(cx, &who, &mut session)?;
            let must = |party: &Party| !party.is_sure_of(&proposal);
            say::ask_people(cx, &who, &mut session, (&proposal, "stale"), must)
        }
        Check::Free { .. } => {
            if is_decided_anew(cx, &who, &mut session, &proposal)? {
                return Ok(());
            }
            finish(cx, &who, &mut session, &proposal, &gathered).map(drop)
        }
    }
}

/// Lets those decide anew whose yes is not covered any more, by their grant or by the conversation that it began in; says whether there are any. What was held is let go.
fn is_decided_anew(cx: &mut Cx<'_>, who: &Actor, session: &mut Session, proposal: &Proposal) -> Result<bool> {
    let unlet = unlet(cx, session, proposal)?;
    if unlet.is_empty() {
        return Ok(false);
    }
    let_go(cx, who, session)?;
    let reason = if held::lets(cx, session, Right::Commitments)? { "grant" } else { "rights" };
    let must = |party: &Party| unlet.contains(&party.user);
    say::ask_people(cx, who, session, (proposal, reason), must)?;
    Ok(true)
}

/// Whose yes is not covered any more.
fn unlet(cx: &Cx<'_>, session: &Session, proposal: &Proposal) -> Result<Vec<UserId>> {
    let mut unlet = Vec::new();
    for party in session.required() {
        let covers = match view::leave_of(cx, session, party)? {
            Some(Leave::Alone) => true,
            Some(Leave::Confirmed) => party.is_sure_of(proposal),
            None => false,
        };
        if !covers {
            unlet.push(party.user);
        }
    }
    Ok(unlet)
}

/// Asks those who are booked, each in whoever began the session's name: they agreed, and read it in their log.
fn ask(cx: &mut Cx<'_>, who: &Actor, session: &Session, booked: &[&Party]) -> Result<()> {
    let asker = view::acting(who, session.initiator);
    for party in booked {
        let Some(connection) = party.connection else { continue };
        let scope = match view::booked_by(cx, session, connection)? {
            Some((Leave::Alone, _)) => Scope::BookAlone,
            _ => Scope::BookConfirmed,
        };
        let purpose = format!("to book “{}”", session.purpose);
        let wanted = Wanted { is_agreed: true, ..Wanted::of(scope, &purpose) };
        // What is answered was looked up in the same unit of work.
        let _ = network::ask_each(cx, &asker, &[connection], wanted)?;
    }
    Ok(())
}

/// The end of the second phase: the meeting is made, and what was held is its own time now.
fn finish(
    cx: &mut Cx<'_>,
    who: &Actor,
    session: &mut Session,
    proposal: &Proposal,
    gathered: &Gathered,
) -> Result<Option<Refusal>> {
    let place = gathered.want.place;
    let optional = free_optional(cx, session, gathered, proposal)?;
    calendar::release(cx, &session.id.to_string())?;
    let booked: Vec<&Party> = session
        .parties
        .iter()
        .filter(|party| {
            party.role == Role::Required || party.role == Role::Optional && optional.contains(&party.user)
        })
        .collect();
    ask(cx, who, session, &booked)?;
    let guests = booked.into_iter().map(|party| person(cx, party)).collect::<Result<Vec<_>>>()?;
    let initiator = session.party(session.initiator)?;
    let resources = common::resources(cx, session)?;
    let new = NewMeeting {
        title: session.purpose.clone(),
        start: proposal.start,
        end: proposal.end,
        location: match place {
            // Where they meet in a room, the room is the place.
            Some(Place::InPerson) if !resources.is_empty() => String::new(),
            Some(place) => place.location().to_owned(),
            None => String::new(),
        },
        video: place == Some(Place::Video) && !cx.house().video_url.is_empty(),
        description: String::new(),
        host: person(cx, initiator)?,
        guests,
        resources,
        decline: None,
        approval: None,
    };
    let meeting = hold::create(cx, &view::acting(who, session.initiator), session, &new)?;
    became::tell(cx, who, session, Some(&meeting))?;
    sql::delete_underway(cx, session.id)?;
    for one in &mut session.proposals {
        one.state = match one.state {
            _ if one.id == proposal.id => ProposalState::Chosen,
            ProposalState::Open => ProposalState::Withdrawn,
            state => state,
        };
    }
    // Whoever began it agreed to what their agent named, without a word.
    for party in session.parties.iter_mut().filter(|party| party.role == Role::Initiator) {
        if party.standing == Standing::Asked {
            (party.standing, party.proposal) = (Standing::Agrees, Some(proposal.id));
        }
    }
    session.state = State::Confirmed;
    session.meeting = Some(meeting.id);
    session.reason = None;
    let body = serde_json::json!({ "proposal": proposal.id, "meeting": meeting.id });
    common::write_down(cx, who, session, None, "confirm", &body)?;
    common::keep(cx, who, session)?;
    common::tell(cx, who, "session.confirmed", session)?;
    Ok(None)
}

/// Who need not come, and is booked all the same: whose agent may book by itself, or who said yes to this time, and who is
/// free within what they granted. Nobody is booked on a calendar that was not read lately but by their own word.
fn free_optional(
    cx: &Cx<'_>,
    session: &Session,
    gathered: &Gathered,
    proposal: &Proposal,
) -> Result<Vec<UserId>> {
    let mut free = Vec::new();
    for party in session.parties.iter().filter(|party| party.role == Role::Optional) {
        let is_sure = party.standing == Standing::Confirms && party.proposal == Some(proposal.id);
        match view::leave_of(cx, session, party)? {
            Some(_) if is_sure => {}
            Some(Leave::Alone) if party.standing != Standing::Declined => {}
            _ => continue,
        }
        let Some(time) = view::optional(cx, session, party, gathered.want.span)? else { continue };
        if let Check::Free { is_stale } = slots::check_offer(&[time], &gathered.want, proposal.start)
            && (is_sure || !is_stale)
        {
            free.push(party.user);
        }
    }
    Ok(free)
}

fn person(cx: &Cx<'_>, party: &Party) -> Result<Person> {
    let user = accounts::get(cx, party.user)?;
    Ok(Person { address: user.address.clone(), name: user.given_name(), zone: Some(user.zone) })
}

/// Lets go of what a session holds, and says so to the programs of rooms that were asked. Its second phase is nobody's to do any
/// more.
pub(super) fn let_go(cx: &mut Cx<'_>, who: &Actor, session: &mut Session) -> Result<()> {
    if let Some(underway) = sql::underway(cx, session.id)? {
        call_off(cx, &underway)?;
        became::tell(cx, who, session, None)?;
    }
    calendar::release(cx, &session.id.to_string())?;
    hold::take_out(cx, session.id)?;
    sql::delete_underway(cx, session.id)?;
    session.chosen = None;
    Ok(())
}

/// Takes off the table what cannot be had any more, so that nobody is asked about it; says whether there was such a time. By
/// whose doing is not told.
pub(super) fn clear_table(cx: &Cx<'_>, session: &mut Session) -> Result<bool> {
    let Some(all) = view::all(cx, session)? else { return Ok(false) };
    let mut is_changed = false;
    for one in session.proposals.iter_mut().filter(|one| one.state == ProposalState::Open) {
        if matches!(all.check(one.start), Check::Taken { .. }) {
            one.state = ProposalState::Refused;
            is_changed = true;
        }
    }
    session.ask_anew();
    Ok(is_changed)
}

/// Undoes the first phase: the time is refused, and the agents go on.
pub(super) fn undo(cx: &mut Cx<'_>, who: &Actor, session: &mut Session, reason: &'static str) -> Result<()> {
    let proposal = session.chosen;
    let time = session.proposals.iter().find(|one| Some(one.id) == proposal).cloned();
    let_go(cx, who, session)?;
    if session.group.is_some() {
        // The group takes another time, or none.
        for one in session.proposals.iter_mut().filter(|one| Some(one.id) == proposal) {
            one.state = ProposalState::Refused;
        }
        return end::over(cx, who, session, State::Canceled, reason);
    }
    session.state = State::Negotiating;
    session.reason = Some(reason.to_owned());
    for one in session.proposals.iter_mut().filter(|one| Some(one.id) == proposal) {
        one.state = ProposalState::Refused;
    }
    clear_table(cx, session)?;
    for party in session.parties.iter_mut().filter(|party| party.standing != Standing::Declined) {
        (party.standing, party.proposal) = (Standing::Asked, None);
    }
    common::write_down(cx, who, session, None, "error", &serde_json::json!({ "reason": reason }))?;
    common::tell_of(cx, who, "session.undone", session, time.as_ref())?;
    common::keep(cx, who, session)
}

/// Undoes what was left between the two phases too long, as after a crash; gives how many.
pub fn give_up(cx: &mut Cx<'_>) -> Result<usize> {
    let who = Actor::house("session-bookings");
    let left = sql::left_underway(cx, 100)?;
    for id in &left {
        match sql::session(cx, *id)? {
            Some(mut session) if session.state == State::Booking => {
                undo(cx, &who, &mut session, "time-out")?;
            }
            _ => {
                hold::take_out(cx, *id)?;
                sql::delete_underway(cx, *id)?;
            }
        }
    }
    Ok(left.len())
}
