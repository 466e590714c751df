//! What falls due: the end of a turn, of a round, of all of it; the reminder at half of the time; what the built-in agent
//! answers. Work of the queue, so that it survives a restart; each looks again whether it is still so, so that it acts once.

use std::collections::HashMap;

use serde_json::json;

use super::model::{Group, Member, Mode, Silence};
use super::sql::groups as sql;
use super::{end, go_on, house, tally};
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, SessionId, UserId};
use crate::base::time::{MINUTE, Timestamp};
use crate::journal::{self, Happening};
use crate::queue::{self, Leased, Work};
use crate::store::Cx;

/// Nobody is reminded of what they have less time for, in milliseconds.
const REMINDED_MS: i64 = 2 * MINUTE;

/// Which step of it: a round, or a turn in it.
fn step(group: &Group) -> String {
    format!("{} {}", group.round, group.turn.map_or_else(|| "-".to_owned(), |turn| turn.to_string()))
}

fn key(what: &str, group: &Group) -> String {
    match what {
        "deadline" | "open" => format!("{what} {}", group.id),
        _ => format!("{what} {} {}", group.id, step(group)),
    }
}

fn plan(cx: &Cx<'_>, trace: &str, group: &Group, what: &str, at: Timestamp) -> Result<()> {
    let payload = json!({ "what": what, "group": group.id, "step": step(group) });
    let work = Work::of(super::TOPIC, trace, payload).keyed(key(what, group)).not_before(at);
    queue::enqueue(cx, &work).map(drop)
}

/// Plans the end of all of it, and the end of the time in which only everybody's answer closes it.
pub(super) fn plan_deadline(cx: &Cx<'_>, trace: &str, group: &Group) -> Result<()> {
    plan(cx, trace, group, "deadline", group.deadline)?;
    group.open_until.map_or(Ok(()), |at| plan(cx, trace, group, "open", at))
}

/// Plans the end of a round or a turn that begins now, and the reminder at half of its time.
pub(super) fn plan_step(cx: &Cx<'_>, trace: &str, group: &Group) -> Result<()> {
    let left = group.step_ends_at.since(cx.now);
    if group.step_ends_at < group.deadline {
        plan(cx, trace, group, "step", group.step_ends_at)?;
    }
    if left >= REMINDED_MS {
        plan(cx, trace, group, "remind", cx.now.plus(left / 2))?;
    }
    Ok(())
}

/// Plans that the built-in agent of somebody answers.
pub(super) fn plan_house(cx: &Cx<'_>, trace: &str, group: &Group, user: UserId) -> Result<()> {
    plan_house_at(cx, trace, group, (user, None))
}

fn plan_house_at(
    cx: &Cx<'_>,
    trace: &str,
    group: &Group,
    (user, at): (UserId, Option<Timestamp>),
) -> Result<()> {
    let payload = json!({ "what": "house", "group": group.id, "step": step(group), "user": user });
    let key = format!("{} {user}", key("house", group));
    let work = Work::of(super::TOPIC, trace, payload).keyed(key);
    let work = match at {
        Some(at) => work.not_before(at),
        None => work,
    };
    queue::enqueue(cx, &work).map(drop)
}

/// Plans that somebody's program is not waited for any longer than its owner lets it be: the built-in agent answers then, or
/// they are asked.
pub(super) fn plan_stand_in(cx: &Cx<'_>, trace: &str, group: &Group, one: &Member) -> Result<()> {
    let program = agents::plays_for(cx, one.user)?.filter(|it| Some(it.agent.id) == one.agent);
    let minutes = program.and_then(|it| it.preferences.stand_in_minutes);
    let at = minutes.map(|minutes| cx.now.plus(i64::from(minutes) * MINUTE));
    match at.filter(|at| *at < group.step_ends_at) {
        Some(at) => plan_house_at(cx, trace, group, (one.user, Some(at))),
        None => Ok(()),
    }
}

/// It is over: nothing falls due any more.
pub(super) fn withdraw(cx: &Cx<'_>, group: &Group) -> Result<()> {
    for what in ["deadline", "open", "step", "remind"] {
        queue::withdraw(cx, super::TOPIC, &key(what, group))?;
    }
    Ok(())
}

/// Work of topic `groups` that fell due.
pub fn due(cx: &mut Cx<'_>, lease: &Leased) -> Result<()> {
    let said: HashMap<String, String> =
        serde_json::from_value(lease.payload.clone()).map_err(Error::internal)?;
    let text = |name: &str| said.get(name).map(String::as_str).unwrap_or_default();
    // The work goes first: the group would take it back, which is ours to end.
    queue::done(cx, lease)?;
    let id: SessionId = text("group").parse()?;
    if sql::group(cx, id)?.is_none_or(|group| !group.state.is_open()) {
        return Ok(());
    }
    let mut group = end::current(cx, &lease.trace, id)?;
    if !group.state.is_open() {
        return Ok(());
    }
    let is_now = text("step") == step(&group);
    match text("what") {
        "deadline" => deadline(cx, &lease.trace, &mut group)?,
        "open" => go_on::look(cx, &lease.trace, &mut group)?,
        "step" if is_now => step_over(cx, &lease.trace, &mut group)?,
        "remind" if is_now => remind(cx, &lease.trace, &mut group)?,
        "house" if is_now => house::answer(cx, &lease.trace, &mut group, text("user").parse()?)?,
        _ => return Ok(()),
    }
    end::keep(cx, &mut group)
}

fn deadline(cx: &mut Cx<'_>, trace: &str, group: &mut Group) -> Result<()> {
    if cx.now < group.deadline {
        return plan(cx, trace, group, "deadline", group.deadline);
    }
    // A turn that lasts until then ends with it: whoever has it is silent as well as anybody before them.
    if group.on_silence == Silence::Fail && group.turn.is_some() && !group.missing().is_empty() {
        return go_on::skip(cx, trace, group);
    }
    go_on::silent(cx, trace, group)?;
    go_on::end_round(cx, trace, group)
}

/// A turn is over with nobody's answer, or a round with whatever was said in it.
fn step_over(cx: &mut Cx<'_>, trace: &str, group: &mut Group) -> Result<()> {
    if cx.now < group.step_ends_at {
        return plan(cx, trace, group, "step", group.step_ends_at);
    }
    if group.mode == Mode::Sequential {
        return go_on::skip(cx, trace, group);
    }
    let answered = tally::small(group.counted().len());
    if group.rules.is_quorum(answered) {
        go_on::silent(cx, trace, group)?;
        return go_on::end_round(cx, trace, group);
    }
    // Too few for anything: they have the rest of the time for it.
    group.step_ends_at = group.deadline;
    Ok(())
}

/// Reminds whoever has not answered, once in each step. Whose program was silent so far is asked themselves.
fn remind(cx: &mut Cx<'_>, trace: &str, group: &mut Group) -> Result<()> {
    let who = Actor::house(trace);
    let silent: Vec<_> =
        group.missing().into_iter().filter(|one| group.waits_for(one.user)).cloned().collect();
    let mut programs: Vec<AgentId> = Vec::new();
    for one in &silent {
        if let Some(agent) = one.agent.filter(|_| !group.has_spoken(one.user)) {
            programs.push(agent);
            if one.asked_at.is_none() {
                go_on::ask_person(cx, &who, group, one.user)?;
                continue;
            }
        }
        let data = json!({ "word": "reminder" });
        let reminded = Happening::to("group.reminded", &group.id).with(&one.user).amount(group.round);
        journal::append(cx, &who, &reminded.data(&data))?;
    }
    // What the house says goes into a full inbox as well.
    go_on::ask_programs(cx, &who, group, "reminder", (&programs, &[]))
}
