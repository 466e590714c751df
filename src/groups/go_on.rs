//! Going on: who is asked next, what a round came to, and when nothing can change that any more.

use serde_json::json;

use super::model::{CandidateState, Group, Member, Mode, Silence, State, Subject};
use super::sql::{answers, groups as sql};
use super::tally::{self, Verdict};
use super::{book, due, end, house, reach, start, talk};
use crate::agents;
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, UserId};
use crate::base::time::{SECOND, Timestamp};
use crate::journal::{self, Happening};
use crate::sessions::work;
use crate::store::Cx;

/// Whoever began it, as whom the house goes on.
pub(super) fn initiator(group: &Group, trace: &str) -> Actor {
    Actor::new(Who::User { id: group.initiator, admin: false }, Road::Worker, trace)
}

/// Asks whoever is to answer now, and says by when.
pub(super) fn ask(cx: &mut Cx<'_>, who: &Actor, group: &mut Group) -> Result<()> {
    group.step_ends_at = step_end(cx.now, group);
    let asked: Vec<UserId> =
        group.members.iter().map(|one| one.user).filter(|user| group.waits_for(*user)).collect();
    let (mut programs, mut full) = (Vec::new(), Vec::new());
    for user in asked {
        let Some(at) = group.members.iter().position(|one| one.user == user) else { continue };
        let has_spoken = group.has_spoken(user);
        if let Some(one) = group.members.get_mut(at).filter(|one| one.asked_at.is_some()) {
            one.asked_at = None;
            sql::update_member(cx, group.id, one)?;
        }
        let one = group.members[at].clone();
        awaited(cx, who, group, &one)?;
        match one.agent.filter(|_| !has_spoken) {
            Some(agent) => {
                programs.push(agent);
                due::plan_stand_in(cx, &who.trace, group, &one)?;
                let is_asker = who.agent() == Some(agent);
                let is_full = !is_asker && work::is_full(cx, group.asks(), agent)?;
                if is_full {
                    full.push(agent);
                }
                // A program that sleeps finds it when it wakes, and one whose inbox is full does not: nobody waits for these alone.
                if is_full || !is_asker && !agents::is_there(cx, agent)? {
                    ask_person(cx, who, group, user)?;
                }
            }
            None if !has_spoken && house::may_answer(cx, group, &one)? => {
                house::plan(cx, &who.trace, group, user)?;
            }
            // Whoever begins it knows.
            None if who.user() == Some(user) => {}
            None => ask_person(cx, who, group, user)?,
        }
    }
    ask_programs(cx, who, group, "asked", (&programs, &full))?;
    due::plan_step(cx, &who.trace, group)
}

/// Asks whoever is to answer now, once it has begun: by their programs as far as these are still reached.
fn ask_next(cx: &mut Cx<'_>, trace: &str, group: &mut Group) -> Result<()> {
    let who = Actor::house(trace);
    reach::before_asking(cx, &who, group)?;
    ask(cx, &who, group)
}

/// Writes down that an answer of somebody's agent is awaited, be it given by them or by hand: for the figures, which read who
/// answered when, and never what.
pub(super) fn awaited(cx: &mut Cx<'_>, who: &Actor, group: &Group, one: &Member) -> Result<()> {
    let awaited = Happening::to("group.awaited", &group.id).with(&group.plays_for(one)).amount(group.round);
    journal::append(cx, who, &awaited).map(drop)
}

/// Writes down whose time to answer is over now without an answer. Who was not awaited any more, because the outcome is certain
/// or was taken back, was not silent.
pub(super) fn silent(cx: &mut Cx<'_>, trace: &str, group: &Group) -> Result<()> {
    let who = Actor::house(trace);
    group
        .missing()
        .into_iter()
        .filter(|one| group.waits_for(one.user))
        .try_for_each(|one| silent_one(cx, &who, group, group.plays_for(one)))
}

/// Writes down that the time of one agent to answer is over without an answer.
pub(super) fn silent_one(cx: &mut Cx<'_>, who: &Actor, group: &Group, agent: AgentId) -> Result<()> {
    let silent = Happening::to("group.silent", &group.id).with(&agent).amount(group.round);
    journal::append(cx, who, &silent).map(drop)
}

/// Asks programs, but those whose inboxes are full: all at once, or each with what it alone may read of what came before.
pub(super) fn ask_programs(
    cx: &mut Cx<'_>,
    who: &Actor,
    group: &Group,
    event: &str,
    (to, full): (&[AgentId], &[AgentId]),
) -> Result<()> {
    let is_first = group.mode != Mode::Sequential && group.round == 1;
    if to.is_empty() {
        return Ok(());
    }
    if is_first {
        return talk::ask(cx, who, group, event, (to, full));
    }
    to.iter().try_for_each(|one| talk::ask(cx, who, group, event, (std::slice::from_ref(one), full)))
}

/// Asks somebody themselves: in-app, live, and by mail.
pub(super) fn ask_person(cx: &mut Cx<'_>, who: &Actor, group: &mut Group, user: UserId) -> Result<()> {
    let Some(one) = group.members.iter_mut().find(|one| one.user == user) else { return Ok(()) };
    one.asked_at = Some(cx.now);
    sql::update_member(cx, group.id, one)?;
    let asked = Happening::to("group.asked", &group.id).with(&user).amount(group.round);
    journal::append(cx, who, &asked).map(drop)
}

/// When the round or the turn ends: a turn after its time, a round after its share of what is left.
fn step_end(now: Timestamp, group: &Group) -> Timestamp {
    let left = group.deadline.since(now).max(0);
    let share = match group.mode {
        Mode::Broadcast => left,
        Mode::Consensus => left / (group.rounds_max - group.round + 1).max(1),
        Mode::Sequential => group.turn_seconds * SECOND,
    };
    now.plus(share.min(left))
}

/// Somebody has answered, or changed what they said.
pub(super) fn answered(cx: &mut Cx<'_>, who: &Actor, group: &mut Group, user: UserId) -> Result<()> {
    if let Some(turn) = group.turn {
        let to: Vec<AgentId> = group
            .present()
            .filter(|one| one.user != user && one.position <= turn)
            .filter_map(|one| one.agent)
            .collect();
        if let Some(one) = group.answer_in(group.round, user).cloned() {
            talk::pass_on(cx, &who.trace, group, &one, &to)?;
        }
    }
    look(cx, &who.trace, group)
}

/// Looks whether it can close, or whose turn it is now.
pub(super) fn look(cx: &mut Cx<'_>, trace: &str, group: &mut Group) -> Result<()> {
    if !group.state.is_open() {
        return Ok(());
    }
    let missing = group.missing().len();
    if missing == 0 {
        return end_round(cx, trace, group);
    }
    let (_, places, ballots) = group.ballots();
    let may_close = group.open_until.is_none_or(|at| at <= cx.now);
    if may_close && tally::settled(group.rules, &places, &ballots, missing).is_some() {
        return end_round(cx, trace, group);
    }
    pass_turn(cx, trace, group)
}

/// Gives the turn to the next, where whoever has it answered, or belongs to it no more.
fn pass_turn(cx: &mut Cx<'_>, trace: &str, group: &mut Group) -> Result<()> {
    let Some(turn) = group.turn else { return Ok(()) };
    let next = group.missing().iter().map(|one| one.position).min();
    match next {
        Some(next) if next > turn => {
            group.turn = Some(next);
            let user = group.members.iter().find(|one| one.position == next).map(|one| one.user);
            let turned = Happening::to("group.turn", &group.id).amount(next);
            let turned = match user {
                Some(user) => turned.with(&user),
                None => turned,
            };
            journal::append(cx, &Actor::house(trace), &turned)?;
            ask_next(cx, trace, group)
        }
        _ => Ok(()),
    }
}

/// The time of a turn is over, and whoever had it was silent.
pub(super) fn skip(cx: &mut Cx<'_>, trace: &str, group: &mut Group) -> Result<()> {
    let Some(turn) = group.turn else { return Ok(()) };
    let silent = group.members.iter().find(|one| one.position == turn).cloned();
    let Some(silent) = silent else { return Ok(()) };
    self::silent(cx, trace, group)?;
    let skipped = Happening::to("group.skipped", &group.id).with(&silent.user).amount(turn);
    journal::append(cx, &Actor::house(trace), &skipped)?;
    if group.on_silence == Silence::Fail {
        return end::over(cx, trace, group, State::Timeout, Some("turn"));
    }
    if let Some(agent) = silent.agent.filter(|_| silent.left_at.is_none()) {
        talk::skipped(cx, trace, group, agent)?;
    }
    group.turn = Some(turn + 1);
    let next = group.missing().iter().map(|one| one.position).min();
    let Some(next) = next else { return end_round(cx, trace, group) };
    group.turn = Some(next);
    look(cx, trace, group)?;
    if group.state.is_open() && group.turn == Some(next) {
        ask_next(cx, trace, group)?;
    }
    Ok(())
}

/// What the answers came to when a round, or all of it, is at its end.
pub(super) fn end_round(cx: &mut Cx<'_>, trace: &str, group: &mut Group) -> Result<()> {
    let (ids, places, ballots) = group.ballots();
    if group.mode != Mode::Sequential {
        share(cx, trace, group)?;
    }
    match tally::verdict(group.rules, &places, &ballots) {
        Verdict::NoQuorum => end::over(cx, trace, group, State::NoQuorum, None),
        Verdict::Collected => end::over(cx, trace, group, State::Decided, None),
        Verdict::Lost => lost(cx, trace, group),
        Verdict::Won(first) if group.subject == Subject::Question => {
            group.chosen = Some(ids[first]);
            book::mark(cx, group, CandidateState::Chosen)?;
            end::over(cx, trace, group, State::Decided, None)
        }
        Verdict::Won(_) => book::book(cx, trace, group),
    }
}

/// Brings what was answered in a round to everybody else.
fn share(cx: &mut Cx<'_>, trace: &str, group: &Group) -> Result<()> {
    let answers: Vec<_> = group.counted().into_iter().cloned().collect();
    for one in &answers {
        let to = talk::programs(group, Some(one.user));
        if !to.is_empty() {
            talk::pass_on(cx, trace, group, one, &to)?;
        }
    }
    Ok(())
}

/// Nothing was decided: another round, where there is one left and something to vote on.
pub(super) fn lost(cx: &mut Cx<'_>, trace: &str, group: &mut Group) -> Result<()> {
    if group.round >= group.rounds_max || group.deadline <= cx.now {
        return end::over(cx, trace, group, State::Rejected, None);
    }
    let (ids, places, ballots) = group.ballots();
    let stay = tally::stay(&places, &tally::counts(places.len(), &ballots));
    let stay: Vec<_> = stay.into_iter().map(|at| ids[at]).collect();
    for one in group.candidates.iter_mut().filter(|one| one.state == CandidateState::Open) {
        let is_over = one.time.is_some_and(|(start, _)| start <= cx.now);
        if !stay.contains(&one.id) || is_over {
            one.state = CandidateState::Out;
            answers::set_candidate(cx, one.id, CandidateState::Out)?;
        }
    }
    add_times(cx, trace, group)?;
    if group.open_candidates().next().is_none() {
        return end::over(cx, trace, group, State::Rejected, None);
    }
    group.round += 1;
    group.state = State::Answering;
    // What came of an earlier round is no reason of what comes of this one.
    (group.chosen, group.reason) = (None, None);
    let data = json!({ "candidates": group.open_candidates().count() });
    let round = Happening::to("group.round", &group.id).amount(group.round).data(&data);
    journal::append(cx, &Actor::house(trace), &round)?;
    ask_next(cx, trace, group)
}

/// Adds times that suit everybody whose time may be seen, where all that there were are out and the house had looked for them.
fn add_times(cx: &mut Cx<'_>, trace: &str, group: &mut Group) -> Result<()> {
    let Some(want) = group.want.clone().filter(|_| group.open_candidates().next().is_none()) else {
        return Ok(());
    };
    let new = start::NewGroup {
        question: group.question.clone(),
        mode: group.mode,
        subject: group.subject,
        with: group.present().filter_map(|one| one.connection).collect(),
        candidates: Vec::new(),
        want: Some(want),
        quorum: None,
        threshold: None,
        deadline: None,
        open_until: None,
        rounds: None,
        turn_seconds: None,
        on_silence: None,
        conversation: group.conversation,
    };
    let tried: Vec<Timestamp> =
        group.candidates.iter().filter_map(|one| one.time).map(|(start, _)| start).collect();
    let found = match start::found(cx, &initiator(group, trace), &new, &tried) {
        // What may not be asked any more, or not now, is not found.
        Err(
            Error::Denied(_)
            | Error::Throttled { .. }
            | Error::Full { .. }
            | Error::Invalid { .. }
            | Error::NotFound(_),
        ) => Vec::new(),
        found => found?,
    };
    let most = start::CANDIDATES_MAX.saturating_sub(group.candidates.len());
    let found = &found[..found.len().min(most)];
    for one in start::numbered(cx, found, (group.round + 1, group.candidates.len())) {
        answers::insert_candidate(cx, group.id, &one)?;
        group.candidates.push(one);
    }
    Ok(())
}
