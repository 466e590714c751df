//! Asking: what is to be decided, of whom, by when; and taking it back.

use serde_json::{Value, json};

use super::model::{Approval, ApprovalState, Of};
use super::{decide, rules, see, tell};
use crate::accounts;
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{ApprovalId, ConnectionId, TaskId, UserId};
use crate::base::text;
use crate::base::time::{HOUR, Timestamp};
use crate::journal::{self, Happening};
use crate::limits::{self, Budget};
use crate::store::Cx;
use crate::tasks::model::{State, To};
use crate::tasks::schema::BYTES_MAX;
use crate::tasks::send::{self, Named};
use crate::tasks::sql::approvals as sql;
use crate::tasks::sql::tasks;
use crate::tasks::step::{self, Part};
use crate::tasks::talk;

/// How many approvals somebody, and their programs, may ask for in an hour.
const ASKED: Budget = Budget { name: "approvals", most: 120, window_ms: HOUR };
const ABOUT_CHARS_MAX: usize = 300;
const KIND_CHARS_MAX: usize = 60;

/// An approval to be asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct NewApproval {
    /// The task that waits for it, which the caller is at.
    pub task: Option<TaskId>,
    /// What sort of thing it is, as a word: `payment`, `calendar.share`.
    pub kind: String,
    /// What is asked, in a line that a person reads.
    pub about: String,
    /// What belongs to it, for programs.
    pub payload: Option<Value>,
    /// Who is to decide: a person, or a role.
    pub of: Named,
    /// How many must say yes; 1, if not given.
    pub needed: Option<u32>,
    /// By when; the house's longest, if not given.
    pub due_at: Option<Timestamp>,
}

/// A word that rules go by.
pub(super) fn kind(word: &str) -> Result<String> {
    let may_stand = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
    if word.is_empty() || word.len() > KIND_CHARS_MAX || !word.chars().all(may_stand) {
        let words = "A kind has lower-case letters, digits, dots, hyphens and underscores: 60 at most.";
        return Err(Error::invalid("kind", words));
    }
    Ok(word.to_owned())
}

/// Asks for an approval. A rule of whoever is asked may decide it at once, or later.
///
/// A program asks its owner as it asks anybody: that is for a person to decide, and never for itself.
pub fn ask(cx: &mut Cx<'_>, who: &Actor, new: &NewApproval) -> Result<Approval> {
    let me = send::person(who)?;
    let about = text::line_within("about", &new.about, ABOUT_CHARS_MAX)?;
    if about.is_empty() {
        return Err(Error::invalid("about", "Say in a line what is to be decided."));
    }
    if new.payload.as_ref().is_some_and(|payload| payload.to_string().len() > BYTES_MAX) {
        return Err(Error::invalid("payload", "This has 16 KiB at most."));
    }
    let task = new.task.map(|id| of_worker(cx, who, id)).transpose()?;
    let (of, connection) = deciders(cx, who, me, new.of)?;
    let needed = new.needed.unwrap_or(1);
    let most = decide::electorate(cx, of, me)?.len();
    if needed == 0 || needed as usize > most {
        let words = match most {
            0 => return Err(Error::invalid("of", "There is nobody there who could decide it.")),
            1 => "One can decide it.".to_owned(),
            most => format!("From 1 to {most} can be needed: as many as can decide it."),
        };
        return Err(Error::invalid("needed", words));
    }
    let due_at = send::due(cx, new.due_at)?;
    limits::spend(cx, ASKED, &me.to_string(), 1)?;
    let mut one = Approval {
        id: cx.id(),
        task: new.task,
        kind: kind(&new.kind)?,
        about,
        payload: new.payload.clone(),
        from: me,
        from_agent: who.agent(),
        of,
        connection,
        needed,
        state: ApprovalState::Pending,
        rule: None,
        version: 1,
        created_at: cx.now,
        due_at: task.as_ref().map_or(due_at, |task| due_at.min(task.due_at)),
        ended_at: None,
        votes: Vec::new(),
    };
    sql::insert(cx, &one)?;
    tell::open(cx, &one)?;
    let data = json!({ "kind": one.kind, "task": one.task, "needed": one.needed });
    let of_id = match of {
        Of::User(id) => id.to_string(),
        Of::Role(id) => id.to_string(),
    };
    journal::append(cx, who, &Happening::to("approval.asked", &one.id).with(&of_id).data(&data))?;
    if let Some(mut task) = task {
        let full = talk::admit(cx, who, &task)?;
        task.state = State::AuthRequired;
        let body = json!({ "approval": one.id, "about": one.about });
        talk::say_but(cx, who, &task, ("approval", &body), &full)?;
        tasks::update(cx, &mut task)?;
        talk::keep(cx, &task)?;
    }
    rules::apply(cx, who, &mut one)?;
    see::with_counts(cx, one)
}

/// Who is to decide: not oneself, but one's own owner where a program asks.
fn deciders(cx: &Cx<'_>, who: &Actor, me: UserId, named: Named) -> Result<(Of, Option<ConnectionId>)> {
    let asked = send::asked(cx, who, me, named)?;
    match asked.to {
        To::User(user) if user == me && who.agent().is_none() => {
            Err(Error::invalid("of", "Nobody asks themselves: decide it."))
        }
        To::User(user) => Ok((Of::User(user), asked.connection)),
        To::Role(role) => Ok((Of::Role(role), None)),
        To::Agent(_) => Err(Error::invalid("of", "People decide: name a user, a connection or a role.")),
    }
}

/// A task that the caller is at, and that can wait for an approval.
fn of_worker(cx: &Cx<'_>, who: &Actor, id: TaskId) -> Result<crate::tasks::Task> {
    let (task, part) = step::theirs(cx, who, id)?;
    if part != Part::Worker {
        return Err(Error::denied("Only whoever is at a task asks for its approvals: take it on first."));
    }
    match task.state_at(cx.now) {
        State::Working | State::InputRequired | State::AuthRequired => Ok(task),
        state => Err(Error::refused("task.over", format!("The task is over: {}.", state.as_str()))),
    }
}

/// Takes back what one asked for. Twice is once.
pub fn cancel(cx: &mut Cx<'_>, who: &Actor, id: ApprovalId) -> Result<Approval> {
    let one = see::approval(cx, who, id)?;
    let is_theirs = Some(one.from) == who.user() && (who.agent().is_none() || who.agent() == one.from_agent);
    if !is_theirs {
        return Err(Error::denied("Only whoever asked for it takes it back."));
    }
    match one.state_at(cx.now) {
        ApprovalState::Canceled => Ok(one),
        ApprovalState::Pending => end(cx, who, one, ApprovalState::Canceled),
        state => Err(decide::decided(state)),
    }
}

/// Ends an approval, tells the journal, and lets the task go on that waited for it.
pub(in crate::tasks) fn end(
    cx: &mut Cx<'_>,
    who: &Actor,
    one: Approval,
    state: ApprovalState,
) -> Result<Approval> {
    end_because(cx, who, one, state, None)
}

/// As [`end()`], with the reason that the house has for it.
pub(super) fn end_because(
    cx: &mut Cx<'_>,
    who: &Actor,
    mut one: Approval,
    state: ApprovalState,
    reason: Option<&'static str>,
) -> Result<Approval> {
    one.state = state;
    sql::update(cx, &mut one)?;
    rules::withdraw_work(cx, one.id)?;
    let kind = match state {
        ApprovalState::Approved => "approval.approved",
        ApprovalState::Refused => "approval.refused",
        ApprovalState::Expired => "approval.expired",
        ApprovalState::Canceled | ApprovalState::Pending => "approval.canceled",
    };
    let data = json!({ "kind": one.kind, "task": one.task, "rule": one.rule, "reason": reason });
    journal::append(cx, who, &Happening::to(kind, &one.id).with(&one.from).data(&data))?;
    match one.task {
        Some(id) => go_on(cx, who, &one, id)?,
        None => tell::ended(cx, who, &one)?,
    }
    Ok(one)
}

/// The task that waited goes on once nothing of it waits any more, however that was decided: whoever is at it decides how.
fn go_on(cx: &mut Cx<'_>, who: &Actor, one: &Approval, id: TaskId) -> Result<()> {
    let Some(mut task) = tasks::task(cx, id)?.filter(|task| !task.state.is_over()) else { return Ok(()) };
    let waits = sql::of_task(cx, id)?.iter().any(|other| other.state == ApprovalState::Pending);
    if task.state == State::AuthRequired && !waits {
        task.state = State::Working;
    }
    talk::say(cx, who, &task, "decided", &json!({ "approval": one.id, "decision": one.state.as_str() }))?;
    tasks::update(cx, &mut task)?;
    talk::keep(cx, &task)
}

/// Takes back what a task that is over waited for.
pub(in crate::tasks) fn cancel_of_task(cx: &mut Cx<'_>, who: &Actor, task: TaskId) -> Result<()> {
    for mut one in sql::of_task(cx, task)? {
        if one.state == ApprovalState::Pending {
            one.state = ApprovalState::Canceled;
            sql::update(cx, &mut one)?;
            rules::withdraw_work(cx, one.id)?;
            journal::append(cx, who, &Happening::to("approval.canceled", &one.id).with(&one.from))?;
        }
    }
    Ok(())
}

/// Whether an account is there and may be used.
pub(super) fn is_there(cx: &Cx<'_>, user: UserId) -> Result<bool> {
    match accounts::get(cx, user) {
        Ok(user) => Ok(user.disabled_at.is_none()),
        Err(Error::NotFound(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Who fills a role now, of those who may use their account.
pub(super) fn filling(cx: &Cx<'_>, role: crate::base::id::RoleId) -> Result<Vec<UserId>> {
    let mut there = Vec::new();
    for user in agents::members(cx, role)? {
        if is_there(cx, user)? {
            there.push(user);
        }
    }
    Ok(there)
}
