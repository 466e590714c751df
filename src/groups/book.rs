//! Booking what was decided, where it is a time: the best that reached the threshold, and where it cannot be had the next.

use super::model::{CandidateState, Group, State};
use super::sql::{answers, groups as sql};
use super::tally::{self, Vote};
use super::{end, go_on};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{CandidateId, SessionId};
use crate::base::time::HOUR;
use crate::journal::{self, Happening};
use crate::sessions::{self, Decided, Session, Voter};
use crate::store::Cx;

/// How long a booking has at least, where the group had all of its time for the decision, in milliseconds.
const AT_LEAST_MS: i64 = HOUR;

/// Books the best of what reached the threshold, or begins to. Where nothing of it can be had there is another round, or none.
pub(super) fn book(cx: &mut Cx<'_>, trace: &str, group: &mut Group) -> Result<()> {
    while let Some(id) = next(group) {
        let session = sessions::book_decided(cx, &Actor::house(trace), &decided(cx, group, id)?)?;
        (group.booking, group.chosen) = (Some(session.id), Some(id));
        let booking = Happening::to("group.booking", &group.id).with(&session.id);
        journal::append(cx, &Actor::house(trace), &booking)?;
        if !session.state.is_over() {
            group.result = Some(end::result(group));
            group.state = State::Booking;
            group.step_ends_at = session.expires_at;
            return Ok(());
        }
        if settle(cx, trace, group, &session)? {
            return Ok(());
        }
    }
    group.chosen = None;
    if group.reason.is_none() {
        // Something reached the threshold, and nothing of it was tried: whoever hosts it refused all of it.
        group.reason = Some("declined".to_owned());
    }
    match group.reason.as_deref() {
        Some("time") => end::over(cx, trace, group, State::Timeout, Some("time")),
        _ => go_on::lost(cx, trace, group),
    }
}

/// The best of what reached the threshold and can be tried: not what whoever began it, who hosts it, refused.
fn next(group: &Group) -> Option<CandidateId> {
    let (ids, places, ballots) = group.ballots();
    let counts = tally::counts(places.len(), &ballots);
    let order = tally::order(&places, &counts).into_iter();
    let mut reached = order.filter(|at| group.rules.reaches(counts[*at])).map(|at| ids[at]);
    let host = group.answer_in(group.round, group.initiator);
    reached.find(|id| host.is_none_or(|one| one.votes.get(id) != Some(&Vote::No)))
}

/// Says how the candidate stands that was chosen.
pub(super) fn mark(cx: &Cx<'_>, group: &mut Group, state: CandidateState) -> Result<()> {
    for one in group.candidates.iter_mut().filter(|one| Some(one.id) == group.chosen) {
        one.state = state;
        answers::set_candidate(cx, one.id, state)?;
    }
    Ok(())
}

/// Takes over how a booking ended: with a meeting it is decided. Else the time is out, and it says so by `false`.
fn settle(cx: &mut Cx<'_>, trace: &str, group: &mut Group, session: &Session) -> Result<bool> {
    let state = if session.meeting.is_some() { CandidateState::Chosen } else { CandidateState::Out };
    mark(cx, group, state)?;
    group.reason.clone_from(&session.reason);
    group.meeting = session.meeting;
    if session.meeting.is_some() {
        end::over(cx, trace, group, State::Decided, None)?;
    }
    Ok(session.meeting.is_some())
}

/// What is to be booked, and with whom: everybody who did not refuse it, each as what they said.
fn decided(cx: &Cx<'_>, group: &Group, id: CandidateId) -> Result<Decided> {
    let candidate = group.candidates.iter().find(|one| one.id == id);
    let time = candidate.and_then(|one| one.time);
    let time = time.ok_or_else(|| Error::internal("a group books what is no time"))?;
    let mut voters = Vec::new();
    for member in group.present() {
        let said = group.answer_in(group.round, member.user);
        let yes = match said.and_then(|one| one.votes.get(&id)) {
            Some(Vote::No) => continue,
            Some(Vote::Yes | Vote::IfNeedBe) => said.map(|one| one.by_person),
            Some(Vote::Abstain) | None => None,
        };
        voters.push(Voter { user: member.user, connection: member.connection, yes });
    }
    let want = group.want.clone().ok_or_else(|| Error::internal("a time that nobody wanted"))?;
    let minutes = u32::try_from(time.1.since(time.0) / crate::base::time::MINUTE).map_err(Error::internal)?;
    Ok(Decided {
        group: group.id,
        purpose: group.question.clone(),
        want: sessions::Want { minutes, ..want },
        time,
        conversation: group.conversation,
        voters,
        is_by_hand: group.agent.is_none(),
        until: group.deadline.max(cx.now.plus(AT_LEAST_MS)),
    })
}

/// The session that books what a group decided on, as it stands by now; `None`: there is none any more.
fn underway(cx: &Cx<'_>, trace: &str, group: &Group) -> Result<Option<Session>> {
    let Some(booking) = group.booking else { return Ok(None) };
    match sessions::session(cx, &go_on::initiator(group, trace), booking) {
        Ok(session) => Ok(Some(session)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Takes over that what is being booked came to its meeting, though the journal was not read yet: nobody takes that back here.
/// `true`: it did, and the group is decided, to be written by whoever keeps it.
pub(super) fn is_booked(cx: &mut Cx<'_>, trace: &str, group: &mut Group) -> Result<bool> {
    if group.state != State::Booking {
        return Ok(false);
    }
    match underway(cx, trace, group)?.filter(|session| session.meeting.is_some()) {
        Some(session) => settle(cx, trace, group, &session),
        None => Ok(false),
    }
}

/// A scheduling session is over: if it books what a group decided on, the group goes on from there.
pub(super) fn booked(cx: &mut Cx<'_>, who: &Actor, booking: SessionId) -> Result<()> {
    let Some(id) = sql::booked_by(cx, booking)? else { return Ok(()) };
    let Some(mut group) = sql::group(cx, id)?.filter(|group| group.state == State::Booking) else {
        return Ok(());
    };
    let session = match underway(cx, &who.trace, &group)? {
        Some(session) if session.state.is_over() => session,
        Some(_) => return Ok(()),
        None => {
            end::over(cx, &who.trace, &mut group, State::Rejected, Some("fault"))?;
            return end::keep(cx, &mut group);
        }
    };
    if !settle(cx, &who.trace, &mut group, &session)? {
        (group.state, group.result) = (State::Answering, None);
        book(cx, &who.trace, &mut group)?;
    }
    end::keep(cx, &mut group)
}

/// Lets go of what is being booked, and did not come to its meeting.
pub(super) fn let_go(cx: &mut Cx<'_>, trace: &str, group: &Group) -> Result<()> {
    let Some(booking) = group.booking.filter(|_| group.state == State::Booking) else { return Ok(()) };
    let cancel = sessions::Message::Cancel { note: String::new() };
    match sessions::say(cx, &go_on::initiator(group, trace), booking, &cancel) {
        Ok(_) | Err(Error::Refused { code: "session.over", .. } | Error::NotFound(_)) => Ok(()),
        Err(error) => Err(error),
    }
}
