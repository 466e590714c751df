//! The ends of a group: decided or not, taken back; who leaves it; and what becomes of what is over.

use std::str::FromStr;

use serde_json::{Value, json};

use super::answer::may_act;
use super::model::{Group, State};
use super::sql::groups as sql;
use super::start::{self, person};
use super::tally::{self, Count};
use super::{book, due, go_on, reach, see, talk};
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, ConnectionId, SessionId, UserId};
use crate::journal::{self, Entry, Follower, Happening};
use crate::messages::Type;
use crate::sessions::Phase;
use crate::sessions::work;
use crate::store::Cx;

/// How many are deleted in one unit of work.
const MOST: u32 = 200;

/// A group, over or not.
pub(super) fn alive_or_over(cx: &Cx<'_>, id: SessionId) -> Result<Group> {
    sql::group(cx, id)?.ok_or(Error::NotFound("group"))
}

/// A group as it is, though the journal was not read yet: decided where its booking came to a meeting, and without those who are
/// members no more. What they said counts no more, at once.
pub(super) fn current(cx: &mut Cx<'_>, trace: &str, id: SessionId) -> Result<Group> {
    let mut group = alive_or_over(cx, id)?;
    if group.state.is_over() {
        return Ok(group);
    }
    if book::is_booked(cx, trace, &mut group)? {
        keep(cx, &mut group)?;
        return Ok(group);
    }
    let others: Vec<UserId> =
        group.present().filter(|one| one.connection.is_some()).map(|one| one.user).collect();
    for user in others {
        if !group.state.is_over() && !start::is_in_reach(cx, group.initiator, user)? {
            gone(cx, &Actor::house(trace), &mut group, user)?;
        }
    }
    Ok(group)
}

/// Keeps how a group stands, at its session as well.
pub(super) fn keep(cx: &Cx<'_>, group: &mut Group) -> Result<()> {
    sql::update(cx, group)?;
    work::stand(cx, group.id, group.state.phase(), group.state.as_str(), group.ended_at)
}

/// Ends it, and tells everybody what it came to. It is written by whoever keeps it.
pub(super) fn over(
    cx: &mut Cx<'_>,
    trace: &str,
    group: &mut Group,
    state: State,
    reason: Option<&str>,
) -> Result<()> {
    due::withdraw(cx, group)?;
    if state != State::Decided {
        group.chosen = None;
    }
    // What is booked was decided when the booking began: whoever has gone since has had their say.
    let was_counted = group.state == State::Booking && state == State::Decided && group.result.is_some();
    group.state = state;
    group.ended_at = Some(cx.now);
    if let Some(reason) = reason {
        group.reason = Some(reason.to_owned());
    } else if matches!(state, State::Decided | State::NoQuorum | State::Cancelled) {
        group.reason = None;
    }
    if !was_counted {
        group.result = Some(result(group));
    }
    let who = Actor::house(trace);
    let data = json!({
        "outcome": state.as_str(), "candidate": group.chosen, "reason": group.reason, "meeting": group.meeting,
        "result": group.result,
    });
    if state.phase() == Phase::Completed {
        journal::append(cx, &who, &Happening::to("group.completed", &group.id).amount(group.round))?;
    }
    journal::append(cx, &who, &Happening::to("group.closed", &group.id).amount(group.round).data(&data))?;
    let told = json!({ "outcome": state.as_str() });
    let present: Vec<UserId> = group.present().map(|one| one.user).collect();
    for user in present {
        journal::append(cx, &who, &Happening::to("group.ended", &group.id).with(&user).data(&told))?;
    }
    let is = match state {
        State::NoQuorum | State::Timeout => Type::GroupTimeout,
        _ => Type::GroupConsensus,
    };
    talk::ended(cx, trace, group, is)?;
    agents::part_all(cx, group.id)
}

/// What the answers came to, whatever it was enough for.
pub(super) fn result(group: &Group) -> Value {
    let answered = tally::small(group.counted().len());
    let candidates = group.candidates.iter().map(|one| {
        let Count { yes, if_need_be, no, abstain } = group.count_of(one);
        json!({ "id": one.id, "yes": yes, "if_need_be": if_need_be, "no": no, "abstain": abstain })
    });
    json!({
        "members": group.rules.members,
        "answered": answered,
        "participation": group.participation(),
        "quorum_reached": group.rules.is_quorum(answered),
        "candidates": candidates.collect::<Vec<_>>(),
    })
}

/// A group that the caller began, and that goes on.
fn begun(cx: &Cx<'_>, who: &Actor, id: SessionId) -> Result<Group> {
    let me = person(who)?;
    let group = alive_or_over(cx, id)?;
    group.member(me)?;
    is_begun_by(who, &group)?;
    if group.state.is_over() {
        return Err(Error::refused("group.over", "This is over."));
    }
    Ok(group)
}

fn is_begun_by(who: &Actor, group: &Group) -> Result<()> {
    if who.user() != Some(group.initiator) || who.agent().is_some_and(|agent| group.agent != Some(agent)) {
        return Err(Error::denied("Only whoever began it may do this."));
    }
    Ok(())
}

/// Refuses whoever may not say what its session is for: a program says it of what it began itself.
pub fn may_describe(cx: &Cx<'_>, who: &Actor, id: SessionId) -> Result<()> {
    is_begun_by(who, &alive_or_over(cx, id)?)
}

/// Closes it before its time: what is there counts. Only whoever began it may.
pub fn close(cx: &mut Cx<'_>, who: &Actor, id: SessionId) -> Result<Group> {
    begun(cx, who, id)?;
    let mut group = current(cx, &who.trace, id)?;
    if group.state.is_over() {
        // It was booked by then, or without those who have gone there was nothing left to decide.
        return see::with_names(cx, group);
    }
    is_not_booking(&group)?;
    group.deadline = cx.now;
    journal::append(cx, who, &Happening::to("group.shut", &group.id))?;
    go_on::end_round(cx, &who.trace, &mut group)?;
    keep(cx, &mut group)?;
    see::with_names(cx, group)
}

/// Takes it back. Only whoever began it may.
pub fn cancel(cx: &mut Cx<'_>, who: &Actor, id: SessionId) -> Result<Group> {
    let mut group = begun(cx, who, id)?;
    take_back(cx, who, &mut group)?;
    if group.state != State::Cancelled {
        return Err(is_booked());
    }
    see::with_names(cx, group)
}

/// Takes it back; what came to its meeting meanwhile is decided, and stays so.
fn take_back(cx: &mut Cx<'_>, who: &Actor, group: &mut Group) -> Result<()> {
    if !book::is_booked(cx, &who.trace, group)? {
        book::let_go(cx, &who.trace, group)?;
        over(cx, &who.trace, group, State::Cancelled, None)?;
    }
    keep(cx, group)
}

/// Refuses what would undo a meeting that there is.
fn is_booked() -> Error {
    let words =
        "This is over: the time is booked. Cancel the meeting, or do not come, where that is what you want.";
    Error::refused("group.over", words)
}

/// Refuses what would change what is being booked.
fn is_not_booking(group: &Group) -> Result<()> {
    if group.state == State::Booking {
        return Err(Error::refused("group.booking", "What was decided is being booked right now."));
    }
    Ok(())
}

/// Leaves it: whoever does counts as a member who has not answered. Not while a time is being booked, which counts on them:
/// that they refuse there.
///
/// # Errors
/// `session.not-played` and `session.decides` as for an answer; `group.initiator`; `group.booking`.
pub fn leave(cx: &mut Cx<'_>, who: &Actor, id: SessionId) -> Result<()> {
    let me = person(who)?;
    let mut group = alive_or_over(cx, id)?;
    let member = group.member(me)?.clone();
    may_act(who, &group, &member)?;
    if group.initiator == me {
        return Err(Error::refused("group.initiator", "Whoever began it does not leave it: take it back."));
    }
    if group.state.is_over() {
        return Err(Error::refused("group.over", "This is over."));
    }
    if book::is_booked(cx, &who.trace, &mut group)? {
        return Err(is_booked());
    }
    is_not_booking(&group)?;
    gone(cx, who, &mut group, me)
}

/// Somebody belongs to it no more.
pub(super) fn gone(cx: &mut Cx<'_>, who: &Actor, group: &mut Group, user: UserId) -> Result<()> {
    let Some(at) = group.members.iter().position(|one| one.user == user && one.left_at.is_none()) else {
        return Ok(());
    };
    group.members[at].left_at = Some(cx.now);
    sql::update_member(cx, group.id, &group.members[at])?;
    if let Some(agent) = group.members[at].agent {
        agents::part(cx, agent, group.id)?;
        work::withhold(cx, &Actor::house(&who.trace), group.id, agent)?;
    }
    journal::append(cx, who, &Happening::to("group.left", &group.id).with(&user))?;
    go_on::look(cx, &who.trace, group)?;
    keep(cx, group)
}

/// Takes out whoever is connected with the initiator no more, or whose account may not be used, asks the people whose program
/// is retired, shut out, reached no more, or blocks an agent of another member's, and goes on where a booking has ended.
pub const FOLLOWER: Follower = Follower { name: "groups", apply };

fn apply(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    let who = Actor::house("groups");
    let subject = entry.subject.as_deref();
    match entry.kind.as_str() {
        "connection.revoked" | "connection.blocked" | "connection.erased" => match parsed(subject) {
            Some(connection) => end_through(cx, &who, connection),
            None => Ok(()),
        },
        "agent.retired" | "agent.changed" => match parsed(subject) {
            Some(agent) => agent_changed(cx, &who, agent),
            None => Ok(()),
        },
        "agent.blocked" | "agent.unrelated" => {
            let both: Vec<AgentId> =
                parsed(subject).into_iter().chain(parsed(entry.object.as_deref())).collect();
            reach::look_again(cx, &who, &both)
        }
        "agent.shut-out" => match parsed(subject) {
            Some(agent) => agent_silenced(cx, &who, agent),
            None => Ok(()),
        },
        "user.disabled" => match parsed(subject) {
            Some(user) => end_of(cx, &who, user),
            None => Ok(()),
        },
        "session.confirmed" | "session.ended" => match parsed(subject) {
            Some(session) => book::booked(cx, &who, session),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

fn parsed<T: FromStr>(subject: Option<&str>) -> Option<T> {
    subject.and_then(|id| id.parse().ok())
}

fn end_through(cx: &mut Cx<'_>, who: &Actor, connection: ConnectionId) -> Result<()> {
    for (id, user) in sql::alive_through(cx, connection)? {
        if let Some(mut group) = sql::group(cx, id)? {
            gone(cx, who, &mut group, user)?;
        }
    }
    Ok(())
}

/// Ends somebody's part in everything that goes on: what they began is taken back, the rest goes on without them.
pub(super) fn end_of(cx: &mut Cx<'_>, who: &Actor, user: UserId) -> Result<()> {
    for id in sql::all_of(cx, user)? {
        let Some(mut group) = sql::group(cx, id)?.filter(|group| !group.state.is_over()) else { continue };
        if group.initiator == user {
            take_back(cx, who, &mut group)?;
        } else {
            gone(cx, who, &mut group, user)?;
        }
    }
    Ok(())
}

/// A program that is shut out cannot answer: its owner is asked as well.
fn agent_silenced(cx: &mut Cx<'_>, who: &Actor, agent: AgentId) -> Result<()> {
    for (id, user) in sql::alive_of_agent(cx, agent)? {
        let Some(mut group) = sql::group(cx, id)? else { continue };
        let is_asked = group.member(user).is_ok_and(|one| one.asked_at.is_some());
        if group.waits_for(user) && !is_asked {
            go_on::ask_person(cx, who, &mut group, user)?;
            keep(cx, &mut group)?;
        }
    }
    Ok(())
}

/// A program that acts no more, or is reached no more, is asked no more.
fn agent_changed(cx: &mut Cx<'_>, who: &Actor, agent: AgentId) -> Result<()> {
    if agents::is_active(cx, agent)? {
        return reach::look_again(cx, who, &[agent]);
    }
    for (id, user) in sql::alive_of_agent(cx, agent)? {
        let Some(mut group) = sql::group(cx, id)? else { continue };
        without_program(cx, who, &mut group, user)?;
        keep(cx, &mut group)?;
    }
    Ok(())
}

/// Somebody's program is asked no more: its owner is, where nobody has answered for them. Its own time to answer is over with that.
pub(super) fn without_program(cx: &mut Cx<'_>, who: &Actor, group: &mut Group, user: UserId) -> Result<()> {
    let Some(agent) = group.member(user)?.agent else { return Ok(()) };
    if group.waits_for(user) && group.plays_for(group.member(user)?) == agent {
        go_on::silent_one(cx, who, group, agent)?;
    }
    let_go(cx, who, group, user)?;
    let one = group.member(user)?.clone();
    if group.waits_for(user) {
        go_on::awaited(cx, who, group, &one)?;
    }
    if group.waits_for(user) && one.asked_at.is_none() {
        go_on::ask_person(cx, who, group, user)?;
    }
    Ok(())
}

/// Takes somebody's program out of a group, with what waits for it there.
pub(super) fn let_go(cx: &mut Cx<'_>, who: &Actor, group: &mut Group, user: UserId) -> Result<()> {
    let id = group.id;
    for one in group.members.iter_mut().filter(|one| one.user == user) {
        if let Some(agent) = one.agent.take() {
            sql::update_member(cx, id, one)?;
            agents::part(cx, agent, id)?;
            work::withhold(cx, &Actor::house(&who.trace), id, agent)?;
        }
    }
    Ok(())
}

/// Deletes what came to no meeting and was kept long enough: question, candidates, answers, transcript; gives how many. That
/// there was one, who decided, and what it came to, stays in the journal. What led to a meeting stays as long as that.
pub fn delete_ended(cx: &mut Cx<'_>) -> Result<usize> {
    let who = Actor::house("kept-groups");
    let ended = sql::ended_before(cx, cx.now.plus(-cx.house().task_retention_ms), MOST)?;
    for id in &ended {
        work::delete(cx, *id)?;
        sql::delete(cx, *id)?;
        journal::append(cx, &who, &Happening::to("group.erased", id))?;
    }
    Ok(ended.len())
}
