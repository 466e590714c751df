//! The steps of a task: who may take which, from which state, and what comes of it.

use serde_json::{Value, json};

use super::model::{State, Task, To, Verb};
use super::send::{fitting, person};
use super::sql::tasks as sql;
use super::types;
use super::{approvals, find_time, talk};
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{TaskId, UserId};
use crate::base::text;
use crate::journal::{self, Happening};
use crate::store::Cx;

/// The longest line that is said with a step, in characters.
pub const NOTE_CHARS_MAX: usize = 1_000;

/// A step of a task.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Takes it on.
    Take,
    /// Says how far it is: in a hundred, and in a line.
    Progress(Option<u32>, String),
    /// Asks whoever sent it.
    Ask(String),
    /// Answers what was asked.
    Answer(String),
    /// It is done, and what came of it.
    Complete(Value),
    /// It cannot be done, and why.
    Fail(String),
    /// Does not want to, and why.
    Reject(String),
    /// Takes it back, and why.
    Cancel(String),
}

impl Step {
    /// Which one it is.
    pub fn verb(&self) -> Verb {
        match self {
            Self::Take => Verb::Take,
            Self::Progress(..) => Verb::Progress,
            Self::Ask(_) => Verb::Ask,
            Self::Answer(_) => Verb::Answer,
            Self::Complete(_) => Verb::Complete,
            Self::Fail(_) => Verb::Fail,
            Self::Reject(_) => Verb::Reject,
            Self::Cancel(_) => Verb::Cancel,
        }
    }
}

/// What somebody is to a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// They sent it.
    Sender,
    /// They are asked, and nobody is at it.
    Asked,
    /// They are at it.
    Worker,
    /// They may read it: it is theirs by another program, or somebody of their role is at it.
    Reader,
}

/// What somebody is to a task: the most of what they are. `None`: it is none of theirs.
pub(super) fn part(cx: &Cx<'_>, who: &Actor, task: &Task) -> Result<Option<Part>> {
    let Some(me) = who.user() else { return Ok(None) };
    let is_mine = |agent| who.agent().is_none() || who.agent() == agent;
    // A program does not do itself what it asks of its owner.
    let sent_it = who.agent().is_some() && who.agent() == task.from_agent;
    if task.user == Some(me) && !sent_it {
        let is_asked = task.state == State::Submitted && (task.agent.is_none() || is_mine(task.agent));
        let is_at_it = task.state != State::Submitted && is_mine(task.agent);
        if is_asked || is_at_it {
            return Ok(Some(if is_asked { Part::Asked } else { Part::Worker }));
        }
    }
    if task.from == me {
        return Ok(Some(if is_mine(task.from_agent) { Part::Sender } else { Part::Reader }));
    }
    let is_of_role = match task.to {
        To::Role(role) => agents::is_in_role(cx, role, me)?,
        _ => false,
    };
    Ok(match (is_of_role, task.user) {
        (true, None) if task.state == State::Submitted => Some(Part::Asked),
        (true, _) => Some(Part::Reader),
        (false, Some(user)) if user == me => Some(Part::Reader),
        (false, _) => None,
    })
}

/// Both parts of whoever sent a task to themselves: a program's owner, who is asked by it.
fn may(part: Part, task: &Task, me: UserId, who: &Actor, verb: Verb) -> bool {
    let is_sender =
        part == Part::Sender || task.from == me && (who.agent().is_none() || who.agent() == task.from_agent);
    let is_to_role = matches!(task.to, To::Role(_));
    match verb {
        Verb::Answer | Verb::Cancel => is_sender,
        Verb::Take => part == Part::Asked,
        Verb::Reject => part == Part::Asked && !is_to_role,
        Verb::Progress | Verb::Ask | Verb::Complete | Verb::Fail => {
            matches!(part, Part::Asked | Part::Worker)
        }
    }
}

/// Whether a step has a place in a state.
const fn has_place(state: State, verb: Verb) -> bool {
    match verb {
        Verb::Take | Verb::Reject => matches!(state, State::Submitted),
        Verb::Progress | Verb::Ask => matches!(state, State::Submitted | State::Working),
        Verb::Answer => matches!(state, State::InputRequired),
        Verb::Complete => matches!(state, State::Submitted | State::Working | State::InputRequired),
        Verb::Fail | Verb::Cancel => !state.is_over(),
    }
}

/// The steps that somebody can take now.
pub fn steps(cx: &Cx<'_>, who: &Actor, task: &Task) -> Result<Vec<Verb>> {
    let (Some(part), Some(me)) = (part(cx, who, task)?, who.user()) else { return Ok(Vec::new()) };
    if !talk::hears(cx, who, task)? {
        return Ok(Vec::new());
    }
    let all = Verb::ALL.iter().copied();
    let state = task.state_at(cx.now);
    Ok(all.filter(|verb| has_place(state, *verb) && may(part, task, me, who, *verb)).collect())
}

/// A task of the caller's, to read.
pub(super) fn theirs(cx: &Cx<'_>, who: &Actor, id: TaskId) -> Result<(Task, Part)> {
    let task = sql::task(cx, id)?.ok_or(Error::NotFound("task"))?;
    let part = part(cx, who, &task)?.ok_or(Error::NotFound("task"))?;
    Ok((task, part))
}

/// Takes a step of a task, in the caller's name; `version`: only if it is still that one.
///
/// # Errors
/// `Throttled`, for what can be said again and again; `task.over`, but for the step that ended it; `task.taken` where somebody else
/// of the role was first; `task.revised`; `task.step` where it has no place now.
pub fn step(cx: &mut Cx<'_>, who: &Actor, id: TaskId, version: Option<i64>, step: &Step) -> Result<Task> {
    let me = person(who)?;
    let (mut task, part) = theirs(cx, who, id)?;
    let verb = step.verb();
    if is_done(&task, who, me, step) {
        return Ok(task);
    }
    let state = task.state_at(cx.now);
    if !state.is_over() && !talk::hears(cx, who, &task)? {
        return Err(Error::denied("This task is for the agent's owner to do."));
    }
    if part == Part::Reader && matches!(task.to, To::Role(_)) && task.from != me && !state.is_over() {
        return Err(Error::refused("task.taken", "Somebody else has taken it on."));
    }
    if !may(part, &task, me, who, verb) {
        return Err(Error::denied("This step of the task is not yours to take."));
    }
    if state.is_over() {
        return Err(Error::refused("task.over", format!("The task is over: {}.", state.as_str())));
    }
    if version.is_some_and(|version| version != task.version) {
        return Err(Error::refused("task.revised", "The task has changed meanwhile: look at it again."));
    }
    if !has_place(task.state, verb) {
        return Err(Error::refused("task.step", no_place(task.state)));
    }
    if task.state == State::Submitted && !matches!(verb, Verb::Cancel | Verb::Reject | Verb::Answer) {
        task.user = Some(me);
        task.agent = who.agent();
    }
    if verb == Verb::Cancel && !find_time::call_off(cx, who, &task)? {
        return Err(Error::refused(
            "task.over",
            "A time was found and booked meanwhile: cancel the meeting.",
        ));
    }
    let body = apply(cx, &mut task, step)?;
    // What can be said again and again is limited as messages are; what ends it, or takes it on, is said once.
    let full = match verb {
        Verb::Progress | Verb::Ask | Verb::Answer => talk::admit(cx, who, &task)?,
        _ => Vec::new(),
    };
    if task.state.is_over() {
        approvals::cancel_of_task(cx, who, task.id)?;
    }
    tell(cx, who, &task, verb)?;
    talk::say_but(cx, who, &task, (verb_word(verb), &body), &full)?;
    sql::update(cx, &mut task)?;
    talk::keep(cx, &task)?;
    Ok(task)
}

/// Whether a step was taken before by the same, and nothing came after it.
fn is_done(task: &Task, who: &Actor, me: UserId, step: &Step) -> bool {
    let is_worker = task.user == Some(me) && (who.agent().is_none() || who.agent() == task.agent);
    let is_sender = task.from == me && (who.agent().is_none() || who.agent() == task.from_agent);
    match step {
        Step::Take => is_worker && task.agent == who.agent() && task.state == State::Working,
        Step::Complete(result) => {
            is_worker && task.state == State::Completed && task.result.as_ref() == Some(result)
        }
        Step::Fail(_) => is_worker && task.state == State::Failed,
        Step::Reject(_) => is_worker && task.state == State::Rejected,
        Step::Cancel(_) => is_sender && task.state == State::Canceled,
        Step::Progress(..) | Step::Ask(_) | Step::Answer(_) => false,
    }
}

/// What a step makes of a task, and what is written of it in the transcript.
fn apply(cx: &Cx<'_>, task: &mut Task, step: &Step) -> Result<Value> {
    let line = |field: &'static str, said: &str| text::paragraphs_within(field, said, NOTE_CHARS_MAX);
    let needed = |field: &'static str, said: &str| {
        let said = line(field, said)?;
        if said.is_empty() { Err(Error::invalid(field, "Say it in words.")) } else { Ok(said) }
    };
    let body = match step {
        Step::Take => {
            task.state = State::Working;
            json!({})
        }
        Step::Progress(percent, said) => {
            if percent.is_some_and(|percent| percent > 100) {
                return Err(Error::invalid("percent", "This is from 0 to 100."));
            }
            task.state = State::Working;
            task.percent = percent.or(task.percent);
            task.note = line("note", said)?;
            json!({ "percent": task.percent, "note": task.note })
        }
        Step::Ask(said) => {
            task.state = State::InputRequired;
            task.note = needed("question", said)?;
            json!({ "question": task.note })
        }
        Step::Answer(said) => {
            task.state = State::Working;
            task.note = needed("answer", said)?;
            json!({ "answer": task.note })
        }
        Step::Complete(result) => {
            task.result = Some(fitting_result(cx, task, result)?);
            task.state = State::Completed;
            task.percent = Some(100);
            task.note.clear();
            json!({ "result": task.result })
        }
        Step::Fail(said) | Step::Reject(said) | Step::Cancel(said) => {
            task.state = match step {
                Step::Fail(_) => State::Failed,
                Step::Reject(_) => State::Rejected,
                _ => State::Canceled,
            };
            task.note =
                if matches!(step, Step::Fail(_)) { needed("reason", said)? } else { line("reason", said)? };
            json!({ "reason": task.note })
        }
    };
    Ok(body)
}

/// A result, where it fits what the type says of it. A type that was withdrawn since says nothing.
fn fitting_result(cx: &Cx<'_>, task: &Task, result: &Value) -> Result<Value> {
    let program = match (task.to, task.user) {
        (To::Agent(id), _) => Some(id),
        (To::User(_), Some(user)) => agents::plays_for(cx, user)?.map(|one| one.agent.id),
        _ => None,
    };
    let kind = match (types::named_by_house(&task.kind)?, program) {
        (Some(kind), _) => Some(kind),
        (None, Some(id)) => types::of_agent(cx, id, &task.kind)?,
        (None, None) => None,
    };
    let Some(kind) = kind else {
        return fitting("result", &super::schema::Schema::anything(), result.clone());
    };
    if task.kind == types::QUESTION {
        let choices = task.payload.get("choices").and_then(Value::as_array);
        if choices.is_some_and(|choices| !choices.contains(&result["answer"])) {
            return Err(Error::invalid("result.answer", "Answer with one of the choices."));
        }
    }
    let mut result = result.clone();
    for field in ["text", "answer"] {
        if kind.id.is_none()
            && let Some(Value::String(said)) = result.get_mut(field)
        {
            *said = text::blank_addresses(said);
        }
    }
    match &kind.result {
        Some(schema) => fitting("result", schema, result),
        None => fitting("result", &super::schema::Schema::anything(), result),
    }
}

/// Why a step has no place now.
fn no_place(state: State) -> &'static str {
    match state {
        State::InputRequired => "The task waits for an answer to what was asked about it: that comes first.",
        State::AuthRequired => "The task waits for an approval: that is to be decided first.",
        State::Working => "The task is worked on already: that has no place now.",
        _ => "Nobody has taken the task on yet: that comes first.",
    }
}

/// Tells the journal of a step, naming whoever is on the other side of it.
pub(super) fn tell(cx: &mut Cx<'_>, who: &Actor, task: &Task, verb: Verb) -> Result<()> {
    let kind = match verb {
        Verb::Take => "task.taken",
        Verb::Progress => "task.progress",
        Verb::Ask => "task.question",
        Verb::Answer => "task.answered",
        Verb::Complete => "task.completed",
        Verb::Fail => "task.failed",
        Verb::Reject => "task.rejected",
        Verb::Cancel => "task.canceled",
    };
    let data = json!({ "type": task.kind, "state": task.state.as_str() });
    let mut happening = Happening::to(kind, &task.id).amount(task.version + 1);
    let other = if matches!(verb, Verb::Answer | Verb::Cancel) { task.user } else { Some(task.from) };
    if let Some(other) = other {
        happening = happening.with(&other);
    }
    journal::append(cx, who, &happening.data(&data)).map(drop)
}

/// What a step is called in the transcript.
fn verb_word(verb: Verb) -> &'static str {
    match verb {
        Verb::Take => "taken",
        Verb::Progress => "progress",
        Verb::Ask => "question",
        Verb::Answer => "answer",
        Verb::Complete => "completed",
        Verb::Fail => "failed",
        Verb::Reject => "rejected",
        Verb::Cancel => "canceled",
    }
}
