//! Booking in two phases: the time is held in all calendars concerned, then everything is checked again and committed; if
//! anything fails, what was held is let go, and the session says why.

use super::model::{Party, Proposal, ProposalState, Role, Session, Standing, State};
use super::say::{self, Refusal, Speaker};
use super::sql::{self, Underway};
use super::{common, hold};
use crate::accounts;
use crate::base::actor::{Actor, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{SessionId, SourceId};
use crate::base::time::MINUTE;
use crate::calendar::{self, HolderId};
use crate::meetings::{NewMeeting, Person};
use crate::network::{Place, Scope};
use crate::queue::{self, Leased, Work};
use crate::slots::{self, Check, Gathered, Limits};
use crate::store::Cx;

/// The queue's topic of bookings whose calendars are read again first.
pub const BOOKINGS: &str = "session-bookings";
/// How long a time is held between the two phases, in milliseconds.
const HELD_MS: i64 = MINUTE;
/// By when the second phase is given up, in milliseconds.
const GIVE_UP_MS: i64 = MINUTE * 3 / 4;

/// Whether everybody agrees to a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Agreed {
    All,
    NotYet,
}

pub(super) fn agreed(session: &Session, proposal: &Proposal) -> Agreed {
    if session.all_agree(proposal) { Agreed::All } else { Agreed::NotYet }
}

/// The first phase: holds the time for everybody whose agreement it needs. Whoever calls has checked it in the same unit of
/// work. Where nobody's time comes from elsewhere, the second phase follows at once.
pub(super) fn begin(
    cx: &mut Cx<'_>,
    who: &Actor,
    session: &mut Session,
    (proposal, speaker): (&Proposal, Speaker),
    gathered: &Gathered,
) -> Result<Option<Refusal>> {
    let subject = session.id.to_string();
    for party in session.required() {
        let holder = HolderId::User(party.user);
        calendar::hold(cx, holder, proposal.start, proposal.end, &subject, cx.now.plus(HELD_MS))?;
    }
    session.chosen = Some(proposal.id);
    session.state = State::Booking;
    let reserved = hold::reserve(cx, session, proposal)?;
    if reserved.is_none() && sources(cx, session)?.is_empty() {
        return finish(cx, who, session, proposal, gathered);
    }
    let underway = Underway {
        session: session.id,
        proposal: proposal.id,
        user: speaker.user,
        deadline: cx.now.plus(GIVE_UP_MS),
        reserved,
    };
    sql::insert_underway(cx, &underway)?;
    let payload = serde_json::json!({ "session": session.id });
    let work = Work::of(BOOKINGS, &who.trace, payload).keyed(format!("{} {}", session.id, session.version));
    queue::enqueue(cx, &work)?;
    sql::update(cx, session)?;
    Ok(None)
}

/// The sources of everybody whose agreement it needs that lie elsewhere and count.
fn sources(cx: &Cx<'_>, session: &Session) -> Result<Vec<SourceId>> {
    let mut found = Vec::new();
    for party in session.required() {
        found.extend(calendar::elsewhere(cx, HolderId::User(party.user))?);
    }
    Ok(found)
}

/// The session that a piece of work is about.
pub(super) fn session_of(lease: &Leased) -> Result<SessionId> {
    let id = lease.payload["session"].as_str().unwrap_or_default();
    id.parse().map_err(|_| Error::internal("a booking of no session"))
}

/// Which sources are to be read again between the two phases; none, if there is nothing to be booked any more.
pub fn to_read(cx: &Cx<'_>, lease: &Leased) -> Result<Vec<SourceId>> {
    let id = session_of(lease)?;
    match sql::session(cx, id)? {
        Some(session) if session.state == State::Booking => sources(cx, &session),
        _ => Ok(Vec::new()),
    }
}

/// The second phase, for the worker that has had the sources read again: everything is checked once more, and the meeting is
/// made, or what was held is let go. Where a source could not be read (`is_read`), nothing books by itself. Ends the work.
pub fn commit(cx: &mut Cx<'_>, lease: &Leased, is_read: bool) -> Result<()> {
    queue::done(cx, lease)?;
    let id = session_of(lease)?;
    let Some(mut session) = sql::session(cx, id)?.filter(|session| session.state == State::Booking) else {
        return Ok(());
    };
    let Some(underway) = sql::underway(cx, id)? else {
        return Err(Error::internal("a session is being booked, and nobody does it"));
    };
    let who = Actor::new(
        Who::User { id: underway.user, admin: false },
        crate::base::actor::Road::Worker,
        &lease.trace,
    );
    if underway.deadline <= cx.now {
        return undo(cx, &who, &mut session, "time-out");
    }
    let Some(cleared) = common::clear(cx, &who, &session, Scope::Propose)? else {
        return say::not_any_more(cx, &who, &mut session);
    };
    let gathered = common::gather(cx, &who, &session, &cleared)?;
    let proposal = session.proposals.iter().find(|one| one.id == underway.proposal).cloned();
    let proposal = proposal.ok_or_else(|| Error::internal("a booking of no proposal"))?;
    match gathered.check(proposal.start) {
        Check::Taken { .. } => undo(cx, &who, &mut session, "slot-taken"),
        Check::Free { is_stale }
            if (is_stale || !is_read) && !session.required().all(|party| party.is_sure_of(&proposal)) =>
        {
            let_go(cx, &mut session)?;
            say::ask_people(cx, &who, &mut session, &proposal, |party| !party.is_sure_of(&proposal))
        }
        Check::Free { .. } => finish(cx, &who, &mut session, &proposal, &gathered).map(drop),
    }
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
    let guests = session.parties.iter().filter(|party| {
        party.role == Role::Required || party.role == Role::Optional && optional.contains(&party.user)
    });
    let guests = guests.map(|party| person(cx, party)).collect::<Result<Vec<_>>>()?;
    let initiator = session.party(session.initiator)?;
    let new = NewMeeting {
        title: session.purpose.clone(),
        start: proposal.start,
        end: proposal.end,
        location: match place {
            Some(Place::Phone) => "By phone".to_owned(),
            Some(Place::InPerson) => "In person".to_owned(),
            Some(Place::Video) | None => String::new(),
        },
        video: place == Some(Place::Video) && !cx.house().video_url.is_empty(),
        description: String::new(),
        host: person(cx, initiator)?,
        guests,
        decline: None,
        approval: None,
    };
    let meeting = hold::create(cx, &common::initiator(session, who), session, &new)?;
    sql::delete_underway(cx, session.id)?;
    for one in &mut session.proposals {
        one.state = match one.state {
            _ if one.id == proposal.id => ProposalState::Chosen,
            ProposalState::Open => ProposalState::Withdrawn,
            state => state,
        };
    }
    session.state = State::Confirmed;
    session.meeting = Some(meeting.id);
    session.reason = None;
    let body = serde_json::json!({ "proposal": proposal.id, "meeting": meeting.id });
    common::write_down(cx, session, (None, false), "confirm", &body)?;
    common::keep(cx, who, session)?;
    common::tell(cx, who, "session.confirmed", session)?;
    Ok(None)
}

/// Who need not come, wants to, and is free.
fn free_optional(
    cx: &mut Cx<'_>,
    session: &Session,
    gathered: &Gathered,
    proposal: &Proposal,
) -> Result<Vec<crate::base::id::UserId>> {
    let mut free = Vec::new();
    for party in session.parties.iter().filter(|party| party.role == Role::Optional) {
        if party.standing == Standing::Declined {
            continue;
        }
        let time = slots::party(cx, party.user, Limits::default(), gathered.want.span, None)?;
        if matches!(slots::check_offer(&[time], &gathered.want, proposal.start), Check::Free { .. }) {
            free.push(party.user);
        }
    }
    Ok(free)
}

fn person(cx: &Cx<'_>, party: &Party) -> Result<Person> {
    let user = accounts::get(cx, party.user)?;
    Ok(Person { address: user.address.clone(), name: user.given_name(), zone: Some(user.zone) })
}

/// Lets go of what a session holds.
pub(super) fn let_go(cx: &Cx<'_>, session: &mut Session) -> Result<()> {
    calendar::release(cx, &session.id.to_string())?;
    hold::take_out(cx, session.id)?;
    sql::delete_underway(cx, session.id)?;
    session.chosen = None;
    Ok(())
}

/// Undoes the first phase: the time is refused, and the agents go on.
fn undo(cx: &mut Cx<'_>, who: &Actor, session: &mut Session, reason: &'static str) -> Result<()> {
    let proposal = session.chosen;
    let_go(cx, session)?;
    session.state = State::Negotiating;
    session.reason = Some(reason.to_owned());
    for one in session.proposals.iter_mut().filter(|one| Some(one.id) == proposal) {
        one.state = ProposalState::Refused;
    }
    for party in session.parties.iter_mut().filter(|party| party.standing != Standing::Declined) {
        (party.standing, party.proposal) = (Standing::Asked, None);
    }
    common::write_down(cx, session, (None, false), "error", &serde_json::json!({ "reason": reason }))?;
    common::tell(cx, who, "session.undone", session)?;
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
