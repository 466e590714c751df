//! Notices of tasks and approvals: somebody is asked to do or to decide something, and how it ended. Programs are told by other
//! roads: here it is for people.

use super::kind::Kind;
use super::learn::{self, Tidings};
use super::model::{Facts, Notice, Waits};
use super::sql;
use crate::accounts::{self, User};
use crate::agents;
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, ApprovalId, RoleId, TaskId, UserId};
use crate::base::text;
use crate::base::time::Timestamp;
use crate::journal::Entry;
use crate::post::letter::{Choices, Face, News, Says};
use crate::store::Cx;
use crate::tasks::approvals::{self, Approval, ApprovalState, Choice, Of};
use crate::tasks::{self, State, Task};

/// How much of what belongs to an approval a mail has, in characters.
const MAILED_CHARS_MAX: usize = 2_000;
/// The longest answer to choose from in a mail, in characters.
const ANSWER_CHARS_MAX: usize = 200;
/// Who acts where nobody does: as the journal has it.
const HOUSE: &str = "house";

fn as_person(user: UserId) -> Actor {
    Actor::new(Who::User { id: user, admin: false }, Road::Worker, "")
}

fn found<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn task_of(cx: &Cx<'_>, user: UserId, subject: &str) -> Result<Option<Task>> {
    let Ok(id) = subject.parse::<TaskId>() else { return Ok(None) };
    found(tasks::task(cx, &as_person(user), id))
}

fn approval_of(cx: &Cx<'_>, user: UserId, subject: &str) -> Result<Option<Approval>> {
    let Ok(id) = subject.parse::<ApprovalId>() else { return Ok(None) };
    found(approvals::approval(cx, &as_person(user), id))
}

/// Reads an entry about a task.
pub(super) fn learn_task(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    let Some(subject) = entry.subject.as_deref() else { return Ok(()) };
    let other = learn::user_in(entry.object.as_deref());
    match entry.kind.as_str() {
        "task.submitted" => asked(cx, entry, subject),
        "task.fell-back" => fell_back(cx, entry, subject),
        "task.taken" => learn::settle(cx, subject, None),
        "task.erased" => learn::gone(cx, subject),
        "task.question" => tell_sender(cx, entry, subject, other, (Kind::TaskQuestion, "question")),
        "task.answered" => {
            learn::settle(cx, subject, None)?;
            let Some(user) = other else { return Ok(()) };
            match task_of(cx, user, subject)? {
                Some(task) if task.agent.is_none() => {
                    tell(cx, entry, (Kind::TaskQuestion, user), subject, ("answer", None))
                }
                _ => Ok(()),
            }
        }
        "task.completed" | "task.failed" | "task.rejected" | "task.canceled" | "task.expired" => {
            learn::settle(cx, subject, None)?;
            let word = match entry.kind.trim_start_matches("task.") {
                // Nobody took it back: whom it was asked of is no more, or not connected any more.
                "canceled" if entry.actor == HOUSE => "called-off".to_owned(),
                word => word.to_owned(),
            };
            tell_sender(cx, entry, subject, other, (Kind::TaskEnded, &word))?;
            told_off(cx, entry, subject, other, &word)
        }
        _ => Ok(()),
    }
}

/// The person, or all of the role, that an entry names.
fn readers(cx: &Cx<'_>, entry: &Entry) -> Result<Vec<UserId>> {
    let object = entry.object.as_deref().unwrap_or_default();
    match (object.parse::<UserId>(), object.parse::<RoleId>()) {
        (Ok(user), _) => Ok(vec![user]),
        (_, Ok(role)) => agents::members(cx, role),
        _ => Ok(Vec::new()),
    }
}

/// Whoever is asked by hand: the person, or all of the role; not whoever asks.
fn asked(cx: &mut Cx<'_>, entry: &Entry, subject: &str) -> Result<()> {
    for user in readers(cx, entry)? {
        let Some(task) = task_of(cx, user, subject)? else { continue };
        let is_own = task.from == user && task.from_agent.is_none();
        // Once no program has it any more, that is told of itself.
        if task.state == State::Submitted && !is_own && !tasks::is_before_program(cx, &task)? {
            tell(cx, entry, (Kind::TaskAsked, user), subject, ("", Some(subject)))?;
        }
    }
    Ok(())
}

/// Whoever goes on without their program is asked as if they had been at once, as long as nobody else is at it.
fn fell_back(cx: &mut Cx<'_>, entry: &Entry, subject: &str) -> Result<()> {
    let Some(user) = learn::user_in(entry.object.as_deref()) else { return Ok(()) };
    let Some(task) = task_of(cx, user, subject)?.filter(|task| task.user == Some(user)) else {
        return Ok(());
    };
    let waits = match task.state {
        State::Submitted => true,
        // What nobody had taken on then somebody has taken on since.
        state => {
            !state.is_over() && task.agent.is_none() && entry.text("state") != Some(State::Submitted.as_str())
        }
    };
    if !waits {
        return Ok(());
    }
    let word = if task.from == user && task.from_agent.is_none() { "own" } else { "" };
    tell(cx, entry, (Kind::TaskAsked, user), subject, (word, Some(subject)))
}

/// The person who sent a task; a program is told by its inbox.
fn tell_sender(
    cx: &mut Cx<'_>,
    entry: &Entry,
    subject: &str,
    other: Option<UserId>,
    (kind, word): (Kind, &str),
) -> Result<()> {
    let Some(user) = other else { return Ok(()) };
    let Some(task) = task_of(cx, user, subject)? else { return Ok(()) };
    if task.from != user || task.from_agent.is_some() {
        return Ok(());
    }
    let matter = (kind == Kind::TaskQuestion).then_some(subject);
    tell(cx, entry, (kind, user), subject, (word, matter))
}

/// The person who is asked, or is at it, where it is taken back or out of time.
fn told_off(cx: &mut Cx<'_>, entry: &Entry, subject: &str, other: Option<UserId>, word: &str) -> Result<()> {
    if !matches!(word, "canceled" | "called-off" | "expired") {
        return Ok(());
    }
    // Of what the house ends the second party is the sender.
    let sender = other.map(|user| task_of(cx, user, subject)).transpose()?.flatten();
    let Some(worker) = sender.filter(|task| task.agent.is_none()).and_then(|task| task.user) else {
        return Ok(());
    };
    tell(cx, entry, (Kind::TaskEnded, worker), subject, (word, None))
}

/// Reads an entry about an approval.
pub(super) fn learn_approval(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    let Some(subject) = entry.subject.as_deref() else { return Ok(()) };
    let other = learn::user_in(entry.object.as_deref());
    match entry.kind.as_str() {
        "approval.asked" => to_decide(cx, entry, subject),
        "approval.voted" => learn::settle(cx, subject, other),
        "approval.approved" | "approval.refused" | "approval.expired" => {
            learn::settle(cx, subject, None)?;
            let Some(user) = other else { return Ok(()) };
            tell_asker(cx, entry, user, subject, entry.kind.trim_start_matches("approval."))
        }
        "approval.canceled" => {
            learn::settle(cx, subject, None)?;
            match other {
                Some(user) if entry.text("reason") == Some(approvals::TOO_FEW) => {
                    tell_asker(cx, entry, user, subject, approvals::TOO_FEW)
                }
                _ => Ok(()),
            }
        }
        "approval.erased" => learn::gone(cx, subject),
        "approval-rule.applied" => match (other, entry.text("approval")) {
            (Some(user), Some(approval)) => {
                let word = entry.text("decision").unwrap_or_default();
                tell(cx, entry, (Kind::ApprovalByRule, user), approval, (word, None))
            }
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Reads that somebody fills a role no more: what it is asked and they may not read any longer waits for them no more.
pub(super) fn learn_role(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    let Some(user) = learn::user_in(entry.object.as_deref()) else { return Ok(()) };
    for notice in sql::unread_since(cx, user, i64::MAX, Timestamp::from_ms(0))? {
        let is_asked = matches!(notice.subject.get(..4), Some("tsk_" | "apr_"));
        if is_asked && news(cx, &notice)?.is_none() {
            learn::put_away(cx, &notice)?;
        }
    }
    Ok(())
}

/// The person who asked for an approval; a program is told by its inbox.
fn tell_asker(cx: &mut Cx<'_>, entry: &Entry, user: UserId, subject: &str, word: &str) -> Result<()> {
    match approval_of(cx, user, subject)? {
        Some(one) if one.from == user && one.from_agent.is_none() => {
            tell(cx, entry, (Kind::ApprovalEnded, user), subject, (word, None))
        }
        _ => Ok(()),
    }
}

/// Everybody who may decide it.
fn to_decide(cx: &mut Cx<'_>, entry: &Entry, subject: &str) -> Result<()> {
    for user in readers(cx, entry)? {
        let Some(one) = approval_of(cx, user, subject)? else { continue };
        if approvals::may_decide(cx, &as_person(user), &one)? && one.vote_of(user).is_none() {
            tell(cx, entry, (Kind::ApprovalAsked, user), subject, ("", Some(subject)))?;
        }
    }
    Ok(())
}

/// Tells one person, if their account may be used.
fn tell(
    cx: &mut Cx<'_>,
    entry: &Entry,
    (kind, user): (Kind, UserId),
    subject: &str,
    (word, matter): (&str, Option<&str>),
) -> Result<()> {
    let Some(user) = found(accounts::get(cx, user))?.filter(|user| user.disabled_at.is_none()) else {
        return Ok(());
    };
    let facts = Facts { word: (!word.is_empty()).then(|| word.to_owned()), ..Facts::default() };
    let matter = matter.map(str::to_owned);
    learn::tell(cx, entry, &user, Tidings { kind, subject, matter, about: None, facts })
}

/// Who asks, as the reader knows them: by name, or as their own program.
fn asker(cx: &Cx<'_>, reader: UserId, from: UserId, agent: Option<AgentId>) -> Result<Face> {
    let name = found(accounts::get(cx, from))?.and_then(|user| user.given_name());
    let name = match agent {
        None => name,
        Some(id) if from == reader => Some(format!("{}, your program,", agents::name_of(cx, id)?)),
        Some(id) => {
            Some(format!("{}, for {},", agents::name_of(cx, id)?, name.as_deref().unwrap_or("somebody")))
        }
    };
    Ok(Face { name: Some(name.unwrap_or_else(|| "somebody".to_owned())), is_host: false })
}

/// What a notice of a task or an approval says to its reader; `None`: it is gone.
pub(super) fn news(cx: &Cx<'_>, notice: &Notice) -> Result<Option<News>> {
    let reader = notice.user;
    let (title, face, path) = if let Some(task) = task_of(cx, reader, &notice.subject)? {
        let face = match (notice.kind, task.user) {
            (Kind::TaskAsked, _) | (_, None) => asker(cx, reader, task.from, task.from_agent)?,
            (_, Some(user)) if user == reader => asker(cx, reader, task.from, task.from_agent)?,
            (_, Some(user)) => asker(cx, reader, user, task.agent)?,
        };
        (task.title(), face, format!("/tasks/{}", task.id))
    } else if let Some(one) = approval_of(cx, reader, &notice.subject)? {
        let face = asker(cx, reader, one.from, one.from_agent)?;
        (one.about, face, format!("/approvals/{}", one.id))
    } else {
        return Ok(None);
    };
    Ok(Some(News {
        kind: notice.kind.as_str().to_owned(),
        faces: vec![face],
        title,
        word: notice.facts.word.clone().unwrap_or_default(),
        path,
        ..News::default()
    }))
}

/// What a notice of a task or an approval asks of its reader now.
pub(super) fn waits(cx: &Cx<'_>, notice: &Notice) -> Result<Waits> {
    let who = as_person(notice.user);
    if let Some(one) = approval_of(cx, notice.user, &notice.subject)? {
        let may = approvals::may_decide(cx, &who, &one)? && one.vote_of(notice.user).is_none();
        return Ok(if may { Waits::Approval(Box::new(one)) } else { Waits::Nothing });
    }
    let Some(task) = task_of(cx, notice.user, &notice.subject)? else { return Ok(Waits::Nothing) };
    let can = tasks::steps(cx, &who, &task)?;
    let wanted = if notice.kind == Kind::TaskQuestion { tasks::Verb::Answer } else { tasks::Verb::Complete };
    Ok(if can.contains(&wanted) { Waits::Task(Box::new(task)) } else { Waits::Nothing })
}

/// The letter that asks for a decision, with its links; `None`: there is nothing to decide any more.
pub(super) fn letter(cx: &Cx<'_>, user: &User, notice: &Notice, news: &News) -> Result<Option<Says>> {
    let Some(one) = approval_of(cx, user.id, &notice.subject)? else { return Ok(None) };
    if !approvals::may_decide(cx, &as_person(user.id), &one)? {
        return Ok(None);
    }
    let links = approvals::approval_links(cx, user, &one)?;
    let rule = approvals::planned(cx, &as_person(user.id), &one)?;
    Ok(Some(Says::ApprovalAsk {
        user: user.id,
        approval: one.id,
        news: news.clone(),
        approve: links.approve,
        refuse: links.refuse,
        expires: one.due_at.ms(),
        rule: rule.map(|rule| (rule.decision == Choice::Approve, rule.at.ms())),
        payload: belongs(&one),
    }))
}

/// What belongs to an approval, as a person reads it in a mail: without addresses, and not all of it where that is much.
fn belongs(one: &Approval) -> String {
    let Some(payload) = &one.payload else { return String::new() };
    let whole = text::blank_addresses(&serde_json::to_string_pretty(payload).unwrap_or_default());
    if whole.chars().count() <= MAILED_CHARS_MAX {
        return whole;
    }
    let begins: String = whole.chars().take(MAILED_CHARS_MAX).collect();
    format!("{begins} …\n(There is more of it: all of it stands on its page.)")
}

/// What whoever is asked may answer, and by when; `None`: the notice asks them nothing.
pub(super) fn choices(cx: &Cx<'_>, user: &User, notice: &Notice) -> Result<Option<Choices>> {
    if notice.kind != Kind::TaskAsked {
        return Ok(None);
    }
    let task = task_of(cx, user.id, &notice.subject)?;
    Ok(task.map(|task| {
        let all = task.payload.get("choices").and_then(serde_json::Value::as_array).into_iter().flatten();
        let answers = all.filter_map(|one| one.as_str().map(|one| text::line(one, ANSWER_CHARS_MAX)));
        Choices { answers: answers.collect(), until: task.due_at.ms() }
    }))
}

/// Whether what a letter asks is over, and the addresses that must not stand in it.
pub fn is_settled(
    cx: &Cx<'_>,
    user: UserId,
    approval: ApprovalId,
) -> Result<(Vec<crate::base::text::Address>, bool)> {
    let Some(one) = approval_of(cx, user, &approval.to_string())? else { return Ok((Vec::new(), true)) };
    let mut others = vec![one.from];
    if let Of::Role(role) = one.of {
        others.extend(agents::members(cx, role)?);
    }
    let mut addresses = Vec::new();
    for other in others.into_iter().filter(|other| *other != user) {
        addresses.extend(found(accounts::get(cx, other))?.map(|user| user.address));
    }
    let is_over = one.state_at(cx.now) != ApprovalState::Pending || one.vote_of(user).is_some();
    Ok((addresses, is_over))
}

/// A sentence of a task or an approval; `None`: the notice is of something else.
pub(super) fn sentence(news: &News) -> Option<String> {
    let kind = Kind::parse(&news.kind)?;
    let who = news.faces.first().and_then(|face| face.name.as_deref()).unwrap_or("somebody");
    // Within a sentence a name has no comma behind it where nothing follows.
    let by = who.trim_end_matches(',');
    let title = news.title.trim_end_matches(['.', '?', '!', '…']);
    let whole = if news.title.ends_with(['.', '?', '!', '…']) {
        news.title.clone()
    } else {
        format!("{}.", news.title)
    };
    Some(match (kind, news.word.as_str()) {
        (Kind::TaskAsked, "own") => format!("What you asked of your program is yours to do: {whole}"),
        (Kind::TaskAsked, _) => format!("{who} asks you: {whole}"),
        (Kind::TaskQuestion, "answer") => format!("{who} answered about “{title}”."),
        (Kind::TaskQuestion, _) => format!("{who} asks something about “{title}”."),
        (Kind::TaskEnded, "completed") => format!("{by} did what was asked: {whole}"),
        (Kind::TaskEnded, "failed") => format!("{by} could not do it: {whole}"),
        (Kind::TaskEnded, "rejected") => format!("{by} does not want to: {whole}"),
        (Kind::TaskEnded, "expired") => format!("Nobody did it in time: {whole}"),
        (Kind::TaskEnded, "called-off") => format!("It was called off: {whole}"),
        (Kind::TaskEnded, _) => format!("It was taken back: {whole}"),
        (Kind::ApprovalAsked, _) => format!("{who} asks you to decide: {whole}"),
        (Kind::ApprovalEnded, "approved") => format!("It was approved: {whole}"),
        (Kind::ApprovalEnded, "refused") => format!("It was refused: {whole}"),
        (Kind::ApprovalEnded, approvals::TOO_FEW) => format!("Too few are left who could decide: {whole}"),
        (Kind::ApprovalEnded, _) => format!("Nobody decided in time: {whole}"),
        (Kind::ApprovalByRule, "refuse") => format!("A rule of yours refused what {who} asked: {whole}"),
        (Kind::ApprovalByRule, _) => format!("A rule of yours approved what {who} asked: {whole}"),
        _ => return None,
    })
}
