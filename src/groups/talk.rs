//! What is said in a group: entries of its session's transcript, sealed, and brought to the programs that are to know.

use serde_json::{Value, json};

use super::model::{Answered, Candidate, Group, LeftOut, Mode};
use super::see;
use crate::agents;
use crate::base::actor::{Actor, Who};
use crate::base::error::Result;
use crate::base::id::{AgentId, Id, UserId};
use crate::base::time::MINUTE;
use crate::messages::{self, Type};
use crate::sessions::Want;
use crate::sessions::work::{self, NewStep};
use crate::slots::Prefer;
use crate::store::Cx;

/// What a candidate is to a program.
pub(super) fn candidate(one: &Candidate) -> Value {
    json!({
        "id": one.id,
        "label": one.label,
        "start": one.time.map(|(start, _)| start.to_rfc3339()),
        "end": one.time.map(|(_, end)| end.to_rfc3339()),
    })
}

/// What an answer is to a program.
pub(super) fn answered(one: &Answered) -> Value {
    let votes: serde_json::Map<String, Value> =
        one.votes.iter().map(|(id, vote)| (id.to_string(), vote.as_str().into())).collect();
    json!({
        "user": one.user,
        "agent": one.agent,
        "round": one.round,
        "revision": one.revision,
        "votes": votes,
        "text": one.text,
        "by_person": one.by_person,
        "at": one.at.to_rfc3339(),
    })
}

/// How a group stands, in every message about it.
fn stands(group: &Group, event: &str) -> Value {
    json!({
        "event": event,
        "group": group.id,
        "mode": group.mode.as_str(),
        "subject": group.subject.as_str(),
        "state": group.state.as_str(),
        "round": group.round,
    })
}

fn with(mut all: Value, more: Value) -> Value {
    if let (Some(all), Value::Object(more)) = (all.as_object_mut(), more) {
        all.extend(more);
    }
    all
}

/// Says something in the name of whoever acts, or of the house, to these programs.
fn say(cx: &mut Cx<'_>, who: &Actor, group: &Group, is: Type, to: (&Value, &[AgentId])) -> Result<()> {
    say_but(cx, who, group, is, (to.0, to.1, &[]))
}

/// As [`say`], but that nothing is delivered to those whose inboxes are full: whoever began the group is told so.
fn say_but(
    cx: &mut Cx<'_>,
    who: &Actor,
    group: &Group,
    is: Type,
    (data, to, full): (&Value, &[AgentId], &[AgentId]),
) -> Result<()> {
    let author = match who.who {
        Who::House => None,
        _ => who.user(),
    };
    // Of what members answer each inbox takes as much as it has room for.
    let mut full = full.to_vec();
    if is == Type::GroupResponse {
        let from = who.agent().or_else(|| author.map(|user| AgentId::from_uuid(user.uuid())));
        for agent in to {
            if from.map(|from| messages::is_full(cx, from, *agent)).transpose()? == Some(true) {
                full.push(*agent);
            }
        }
    }
    let step = NewStep {
        session: group.id,
        author,
        agent: who.agent(),
        kind: is.as_str(),
        is,
        data,
        to,
        full: &full,
        asks: Some(group.asks()),
    };
    work::say(cx, who, &step)
}

/// Asks programs: in a broadcast and in each round all of them at once, else whoever has the turn, with what came before. Those
/// whose inboxes are `full` get nothing.
pub(super) fn ask(
    cx: &mut Cx<'_>,
    who: &Actor,
    group: &Group,
    event: &str,
    (to, full): (&[AgentId], &[AgentId]),
) -> Result<()> {
    let before: Vec<&Answered> = match group.mode {
        Mode::Sequential => group.counted(),
        _ => group.present().filter_map(|one| group.answer_in(group.round - 1, one.user)).collect(),
    };
    // What somebody may not be told of another's they get from nobody. What was said is put in when it is handed over.
    let shared = if to.len() == 1 { readable(cx, to[0], &before)? } else { Vec::new() };
    let shared: Vec<Value> = shared.into_iter().map(pointed_to).collect();
    let data = with(
        stands(group, event),
        json!({
            "question": group.question,
            "rounds": group.rounds_max,
            "candidates": group.open_candidates().map(candidate).collect::<Vec<_>>(),
            "answers": shared,
            "answer_by": group.step_ends_at.to_rfc3339(),
            "deadline": group.deadline.to_rfc3339(),
        }),
    );
    say_but(cx, who, group, Type::GroupBroadcast, (&data, to, full))
}

/// What an entry of the house says of an answer: whose it is, and none of its words, which are erased with theirs alone.
fn pointed_to(one: &Answered) -> Value {
    json!({ "user": one.user, "round": one.round, "revision": one.revision })
}

/// The answers that a program may read: of no agent that has blocked it, or is blocked, or whose owner is.
pub(super) fn readable<'a>(
    cx: &Cx<'_>,
    reader: AgentId,
    answers: &[&'a Answered],
) -> Result<Vec<&'a Answered>> {
    let Some(owner) = agents::owner_of(cx, reader)? else { return Ok(Vec::new()) };
    let mut shared = Vec::new();
    for one in answers {
        let by = one.agent.unwrap_or_else(|| AgentId::from_uuid(one.user.uuid()));
        if one.user == owner || !agents::are_blocked(cx, reader, by)? {
            shared.push(*one);
        }
    }
    Ok(shared)
}

/// Brings what a member answered to the programs of others, in that member's name.
pub(super) fn pass_on(
    cx: &mut Cx<'_>,
    trace: &str,
    group: &Group,
    one: &Answered,
    to: &[AgentId],
) -> Result<()> {
    let theirs =
        one.agent.map_or(Who::User { id: one.user, admin: false }, |id| Who::Agent { id, user: one.user });
    let who = Actor::new(theirs, crate::base::actor::Road::Worker, trace);
    let data = with(stands(group, "answer"), answered(one));
    say(cx, &who, group, Type::GroupResponse, (&data, to))
}

/// Writes down that somebody answered, for the transcript alone: others learn what they said when it is their turn to.
pub(super) fn note_answer(cx: &mut Cx<'_>, who: &Actor, group: &Group, one: &Answered) -> Result<()> {
    let data = with(stands(group, if one.is_late { "late" } else { "answered" }), answered(one));
    say(cx, who, group, Type::GroupResponse, (&data, &[]))
}

/// Tells all programs how it ended: those of members whom a meeting was booked without, that and why.
pub(super) fn ended(cx: &mut Cx<'_>, trace: &str, group: &Group, is: Type) -> Result<()> {
    let mut members = Vec::new();
    for one in group.present() {
        members.push((see::left_out(cx, group, one.user)?, one.agent));
    }
    for why in [None].into_iter().chain(LeftOut::ALL.iter().copied().map(Some)) {
        let theirs = || members.iter().filter(|(theirs, _)| *theirs == why);
        if why.is_some() && theirs().next().is_none() {
            continue;
        }
        let data = with(
            stands(group, "ended"),
            json!({
                "outcome": group.state.as_str(),
                "candidate": group.chosen,
                "meeting": group.meeting.filter(|_| why.is_none()),
                "left_out": why.map(LeftOut::as_str),
                "reason": group.reason,
                "result": group.result,
            }),
        );
        let to: Vec<AgentId> = theirs().filter_map(|(_, agent)| *agent).collect();
        say(cx, &Actor::house(trace), group, is, (&data, &to))?;
    }
    Ok(())
}

/// Tells a member's program that its turn is over.
pub(super) fn skipped(cx: &mut Cx<'_>, trace: &str, group: &Group, agent: AgentId) -> Result<()> {
    let data = stands(group, "skipped");
    say(cx, &Actor::house(trace), group, Type::GroupTimeout, (&data, &[agent]))
}

/// The programs of those who belong to it still, but one's.
pub(super) fn programs(group: &Group, but: Option<UserId>) -> Vec<AgentId> {
    group.present().filter(|one| Some(one.user) != but).filter_map(|one| one.agent).collect()
}

/// What is wanted of a time of which nothing is known but the candidates.
pub(super) fn plain_want(candidates: &[Candidate]) -> Want {
    let times = || candidates.iter().filter_map(|one| one.time);
    let length = times().next().map_or(0, |(start, end)| end.since(start));
    Want {
        minutes: u32::try_from(length / MINUTE).unwrap_or(0),
        from: times().map(|(start, _)| start.ms()).min().unwrap_or(0),
        to: times().map(|(_, end)| end.ms()).max().unwrap_or(0),
        days: Vec::new(),
        within: None,
        place: None,
        resources: Vec::new(),
        prefer: Prefer::default(),
    }
}
