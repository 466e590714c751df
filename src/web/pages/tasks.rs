//! Tasks of somebody who is signed in: what waits with its buttons, the lists, one with its story, and asking somebody.

use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use serde_json::{Value, json};

use super::approvals as approval_pages;
use super::once;
use super::rating;
use super::refused::refused;
use super::visit::{Answer, Posted, SignedIn, Visit, page, see_other};
use super::words;
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{ConnectionId, RoleId, TaskId, UserId};
use crate::base::time::{Timestamp, Zone};
use crate::network;
use crate::store::Cx;
use crate::tasks::approvals;
use crate::tasks::{self, Listing, Named, NewTask, People, State, Step, Task, To, Verb};
use crate::web::view::hub::{AskedRow, Tab, Tabs};
use crate::web::view::parts::{Choice, FieldErrors, Nav, Pager, Pill, Refused, Tone};
use crate::web::view::tasks::{AskForm, ByHand, TaskApproval, TaskLine, TaskList, TaskPage, ToDo};
use crate::web::view::watch::RatingForm;

/// How many tasks a page has.
const PAGE: u32 = 30;
/// How many connections can be chosen from.
const CONNECTIONS: u32 = 200;

/// Which part of the list.
#[derive(serde::Deserialize)]
pub(super) struct Part {
    #[serde(default)]
    sent: String,
    #[serde(default)]
    after: String,
}

/// The names that stand in some tasks.
pub(super) fn names(cx: &Cx<'_>, all: &[Task]) -> Result<People> {
    let (mut users, mut programs, mut roles) = (Vec::new(), Vec::new(), Vec::new());
    for task in all {
        users.extend([Some(task.from), task.user].into_iter().flatten());
        programs.extend([task.from_agent, task.agent].into_iter().flatten());
        match task.to {
            To::Agent(id) => programs.push(id),
            To::User(id) => users.push(id),
            To::Role(id) => roles.push(id),
        }
    }
    tasks::people(cx, &users, &programs, &roles)
}

/// `Robin`, `Max, for Robin,`, `you`, `Max, your program,`: within a sentence.
pub(super) fn called(
    people: &People,
    me: UserId,
    user: Option<UserId>,
    agent: Option<crate::base::id::AgentId>,
) -> String {
    let name = |user: UserId| match people.user(user) {
        "" => "somebody".to_owned(),
        name => name.to_owned(),
    };
    match (user, agent) {
        (Some(user), Some(agent)) if user == me => format!("{}, your program,", people.agent(agent)),
        (Some(user), Some(agent)) => format!("{}, for {},", people.agent(agent), name(user)),
        (Some(user), None) if user == me => "you".to_owned(),
        (Some(user), None) => name(user),
        (None, Some(agent)) => people.agent(agent).to_owned(),
        (None, None) => "somebody".to_owned(),
    }
}

/// Whom a task is addressed to, in a word or two.
fn addressee(people: &People, me: UserId, task: &Task) -> String {
    match task.to {
        To::Role(role) => people.role(role).to_owned(),
        To::User(user) => called(people, me, Some(user), None),
        To::Agent(agent) => called(people, me, task.user, Some(agent)).trim_end_matches(',').to_owned(),
    }
}

fn pill(task: &Task, is_mine: bool) -> Pill {
    match task.state {
        State::Submitted if is_mine => Pill::new("to do", Tone::Wait),
        State::Submitted => Pill::new("not taken on yet", Tone::Plain),
        State::Working => match task.percent {
            Some(percent) => Pill::new(format!("being done, {percent} %"), Tone::Plain),
            None => Pill::new("being done", Tone::Plain),
        },
        State::InputRequired => Pill::new("asks something", Tone::Wait),
        State::AuthRequired => Pill::new("waits for an approval", Tone::Wait),
        State::Completed => Pill::new("done", Tone::Yes),
        State::Failed => Pill::new("could not be done", Tone::No),
        State::Rejected => Pill::new("refused", Tone::No),
        State::Canceled => Pill::new("called off", Tone::Plain),
        State::Expired => Pill::new("not done in time", Tone::No),
    }
}

fn text_of(payload: &Value, name: &str) -> String {
    payload.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A task that waits for its reader, with what they can do about it.
pub(super) fn to_do(task: &Task, can: &[Verb], people: &People, me: UserId, zone: Zone) -> ToDo {
    let text = text_of(&task.payload, "text");
    let title = task.title();
    let choices = task.payload.get("choices").and_then(Value::as_array);
    let is_answer = task.state == State::InputRequired && can.contains(&Verb::Answer);
    let by_hand = match task.kind.as_str() {
        _ if is_answer => ByHand::Reply(task.note.clone()),
        _ if !can.contains(&Verb::Complete) => ByHand::Nothing,
        tasks::TODO => ByHand::Done,
        tasks::QUESTION => match choices {
            Some(all) => ByHand::Choose(all.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
            None => ByHand::Answer,
        },
        _ => ByHand::Nothing,
    };
    let who = if is_answer {
        format!("{} asks about", called(people, me, task.user, task.agent))
    } else {
        format!("{} asks you", called(people, me, Some(task.from), task.from_agent))
    };
    ToDo {
        action: format!("/tasks/{}", task.id),
        who: words::sentence(&who),
        text: if text.trim() == title { String::new() } else { text },
        title,
        url: text_of(&task.payload, "url"),
        by_hand,
        may_take: can.contains(&Verb::Take) && task.kind != tasks::QUESTION,
        may_reject: can.contains(&Verb::Reject),
        closes: format!("Until {}.", zone.short(task.due_at)),
    }
}

/// What waits for somebody, ready to show: for Home and the list.
pub(super) fn waiting(cx: &Cx<'_>, who: &Actor, zone: Zone, limit: u32) -> Result<Vec<ToDo>> {
    let Some(me) = who.user() else { return Ok(Vec::new()) };
    let all = tasks::waiting(cx, who, limit)?;
    let people = names(cx, &all)?;
    all.iter().map(|task| Ok(to_do(task, &tasks::steps(cx, who, task)?, &people, me, zone))).collect()
}

fn row(task: &Task, people: &People, me: UserId, (zone, now): (Zone, Timestamp), is_sent: bool) -> AskedRow {
    let from = called(people, me, Some(task.from), task.from_agent);
    let who = match task.to {
        _ if is_sent && task.from_agent.is_some() => {
            format!("from {} to {}", from, addressee(people, me, task))
        }
        _ if is_sent => format!("to {}", addressee(people, me, task)),
        To::Role(role) => format!("from {}, to {}", from.trim_end_matches(','), people.role(role)),
        _ => format!("from {}", from.trim_end_matches(',')),
    };
    AskedRow {
        href: format!("/tasks/{}", task.id),
        title: task.title(),
        who,
        near: words::near(zone, task.changed_at, now),
        iso: task.changed_at.to_rfc3339(),
        pill: pill(task, !is_sent),
    }
}

/// Whom somebody can ask: those they are connected with, themselves left out, and the roles.
fn askable(cx: &Cx<'_>, who: &Actor, chosen: &str) -> Result<Vec<Choice>> {
    let mut all = Vec::new();
    for one in network::connections(cx, who, None, CONNECTIONS)?.connections {
        if one.state == network::State::Connected {
            let id = one.id.to_string();
            let name = one.name.unwrap_or_else(|| "somebody without a name".to_owned());
            all.push(Choice::new(id.clone(), name, "", id == chosen));
        }
    }
    for role in agents::roles(cx, who)? {
        let id = role.id.to_string();
        let words = format!("{} (whoever of them is first)", role.name);
        all.push(Choice::new(id.clone(), words, "", id == chosen));
    }
    Ok(all)
}

/// What was typed to ask somebody.
#[derive(Clone, Default)]
struct Typed {
    to: String,
    kind: String,
    text: String,
    choices: String,
    once: String,
    errors: FieldErrors,
}

/// `GET /tasks`.
pub(super) async fn list(visit: Visit, part: Query<Part>) -> Answer {
    let typed = Typed { once: once::fresh(&visit), ..Typed::default() };
    listed(&visit, &part, typed, StatusCode::OK).await
}

async fn listed(visit: &Visit, part: &Part, typed: Typed, status: StatusCode) -> Answer {
    let (me, who, zone, now) = (visit.user()?.id, visit.actor(), visit.zone(None), visit.now);
    let is_sent = !part.sent.is_empty();
    let after = part.after.parse().ok();
    let chosen = typed.to.clone();
    let read = visit.read(move |cx| {
        let page =
            tasks::tasks(cx, &who, &Listing { sent: is_sent, after, limit: PAGE, ..Listing::default() })?;
        let people = names(cx, &page.tasks)?;
        let rows: Vec<_> =
            page.tasks.iter().map(|task| row(task, &people, me, (zone, now), is_sent)).collect();
        Ok((waiting(cx, &who, zone, PAGE)?, rows, page.next, askable(cx, &who, &chosen)?))
    });
    let (waiting, rows, next, to) = read.await?;
    let base = if is_sent { "/tasks?sent=1&" } else { "/tasks?" };
    let kind = |value: &str, words: &str| Choice::new(value, words, "", typed.kind == value);
    let form = (!to.is_empty()).then(|| AskForm {
        to,
        kinds: vec![kind(tasks::TODO, "Something to do"), kind(tasks::QUESTION, "A question")],
        text: typed.text.clone(),
        choices: typed.choices.clone(),
        once: typed.once.clone(),
        errors: typed.errors.clone(),
    });
    let view = TaskList {
        frame: visit.frame("Tasks", Nav::Agents),
        tabs: Tabs(Tab::Tasks),
        waiting,
        is_sent,
        rows,
        pager: Pager {
            first: after.map(|_| base.trim_end_matches(['?', '&']).to_owned()),
            next: next.map(|id| format!("{base}after={id}")),
        },
        form,
    };
    page(status, &view)
}

/// `POST /tasks`: asks somebody.
pub(super) async fn send(SignedIn(posted): SignedIn) -> Answer {
    let typed = Typed {
        to: posted.fields.owned("to"),
        kind: posted.fields.owned("type"),
        text: posted.fields.owned("text"),
        choices: posted.fields.owned("choices"),
        once: once::of(&posted.fields),
        errors: FieldErrors::none(),
    };
    let sent = match asked_for(&typed) {
        Ok(new) => {
            let (who, once) = (posted.visit.actor(), typed.once.clone());
            let work = move |cx: &mut Cx<'_>| {
                once::act(cx, &who, "POST /tasks", &once, |cx| {
                    let task = tasks::send(cx, &who, &new)?;
                    Ok(format!("/tasks/{}?done=task-sent", task.id))
                })
            };
            posted.write(work).await
        }
        Err(error) => Err(error),
    };
    match sent {
        Ok(path) => Ok(see_other(&path)),
        Err(error) => {
            let errors = beside(&error).ok_or(error)?;
            let part = Part { sent: String::new(), after: String::new() };
            listed(&posted.visit, &part, Typed { errors, ..typed }, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

/// What the room refuses, beside the field that it is about.
fn beside(error: &Error) -> Option<FieldErrors> {
    match error {
        Error::Invalid { field, message } => {
            let field = match field.as_ref() {
                "payload.text" => "text",
                other if other.starts_with("payload.choices") => "choices",
                other => other,
            };
            Some(FieldErrors::one(field, message.clone()))
        }
        Error::NotFound(_) => Some(FieldErrors::one("to", "Choose somebody of the list.")),
        _ => None,
    }
}

fn asked_for(typed: &Typed) -> Result<NewTask> {
    let to = match (typed.to.parse::<ConnectionId>(), typed.to.parse::<RoleId>()) {
        (Ok(connection), _) => Named::Connection(connection),
        (_, Ok(role)) => Named::Role(role),
        _ => return Err(Error::invalid("to", "Choose somebody of the list.")),
    };
    let text = typed.text.trim();
    if text.is_empty() {
        return Err(Error::invalid("text", "Say what you ask."));
    }
    let choices: Vec<&str> = typed.choices.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let kind = if typed.kind == tasks::QUESTION { tasks::QUESTION } else { tasks::TODO };
    let payload = if kind == tasks::QUESTION && !choices.is_empty() {
        json!({ "text": text, "choices": choices })
    } else {
        json!({ "text": text })
    };
    Ok(NewTask { kind: kind.to_owned(), to, payload, due_at: None, trace_flags: String::new() })
}

/// What is known of one.
struct Seen {
    task: Task,
    can: Vec<Verb>,
    people: People,
    approvals: Vec<TaskApproval>,
    story: Vec<TaskLine>,
    ratings: Vec<RatingForm>,
}

fn seen(cx: &Cx<'_>, who: &Actor, id: TaskId, me: UserId, (zone, now): (Zone, Timestamp)) -> Result<Seen> {
    let task = tasks::task(cx, who, id)?;
    let people = names(cx, std::slice::from_ref(&task))?;
    let can = tasks::steps(cx, who, &task)?;
    let asked = approvals::of_task(cx, who, id)?;
    let approvals = approval_pages::rows_of_task(cx, who, &asked, (me, zone, now))?;
    let story = super::task_words::story(cx, who, &task, me, (zone, now))?;
    let ratings = rating::forms(cx, who, task.session)?;
    Ok(Seen { task, can, people, approvals, story, ratings })
}

/// `GET /tasks/{id}`.
pub(super) async fn show(visit: Visit, id: Path<String>) -> Answer {
    visit.user()?;
    shown(&visit, id.parse()?, (Refused::default(), StatusCode::OK)).await
}

async fn shown(visit: &Visit, id: TaskId, (refused, status): (Refused, StatusCode)) -> Answer {
    let (me, who, zone, now) = (visit.user()?.id, visit.actor(), visit.zone(None), visit.now);
    let seen = visit.read(move |cx| seen(cx, &who, id, me, (zone, now))).await?;
    let (task, can) = (&seen.task, &seen.can);
    let does = [Verb::Answer, Verb::Complete].iter().any(|verb| can.contains(verb));
    let is_mine = task.user == Some(me) || can.contains(&Verb::Take);
    let text = text_of(&task.payload, "text");
    let is_plain = matches!(task.kind.as_str(), tasks::TODO | tasks::QUESTION);
    let result = task.result.as_ref();
    let said = result.and_then(|result| {
        ["text", "answer"].iter().find_map(|name| result.get(name)?.as_str().map(str::to_owned))
    });
    let view = TaskPage {
        frame: visit.frame(&task.title(), Nav::Agents),
        path: format!("/tasks/{id}"),
        title: task.title(),
        pill: pill(task, is_mine),
        lead: lead(task, &seen.people, me, zone, now),
        text: if text.trim() == task.title() { String::new() } else { text },
        url: text_of(&task.payload, "url"),
        payload: if is_plain { String::new() } else { pretty(&task.payload) },
        // What is asked back stands where it is answered.
        note: if can.contains(&Verb::Answer) { String::new() } else { task.note.clone() },
        result: said.or_else(|| result.filter(|_| !is_plain).map(pretty)).unwrap_or_default(),
        to_do: does.then(|| to_do(task, can, &seen.people, me, zone)),
        is_at_it: can.contains(&Verb::Progress) || can.contains(&Verb::Fail),
        may_cancel: can.contains(&Verb::Cancel),
        approvals: seen.approvals,
        story: seen.story,
        ratings: seen.ratings,
        is_alive: !task.state.is_over(),
        version: task.version,
        refused,
    };
    page(status, &view)
}

/// JSON, as people read it.
pub(super) fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// Who asks whom, and until when.
fn lead(task: &Task, people: &People, me: UserId, zone: Zone, now: Timestamp) -> String {
    let from = called(people, me, Some(task.from), task.from_agent);
    let asks = if from == "you" { "You asked".to_owned() } else { words::sentence(&format!("{from} asks")) };
    let whom = addressee(people, me, task);
    let until = match task.ended_at {
        Some(at) => format!("It ended {}.", words::near(zone, at, now)),
        None => format!("It waits until {}.", zone.short(task.due_at)),
    };
    format!("{asks} {whom}. {until}")
}

/// `POST /tasks/{id}`.
pub(super) async fn act(SignedIn(posted): SignedIn, id: Path<String>) -> Answer {
    let (id, who): (TaskId, _) = (id.parse()?, posted.visit.actor());
    if posted.fields.pressed() == "rate" {
        let task = posted.visit.read(move |cx| tasks::task(cx, &who, id)).await?;
        rating::rate(&posted, task.session).await?;
        return Ok(see_other(&format!("/tasks/{id}?done=rated")));
    }
    let did = async {
        let step = said(&posted, id).await?;
        posted.write(move |cx| tasks::step(cx, &who, id, None, &step).map(drop)).await
    };
    match did.await {
        Ok(()) => Ok(see_other(&format!("/tasks/{id}"))),
        Err(error) => shown(&posted.visit, id, refused(error, posted.fields.get("words"))?).await,
    }
}

/// The step that a button says.
async fn said(posted: &Posted, id: TaskId) -> Result<Step> {
    let words = posted.fields.owned("words");
    Ok(match posted.fields.pressed() {
        "take" => Step::Take,
        "done" => {
            let who = posted.visit.actor();
            let task = posted.visit.read(move |cx| tasks::task(cx, &who, id)).await?;
            let words = words.trim();
            Step::Complete(match task.kind.as_str() {
                tasks::QUESTION => json!({ "answer": words }),
                _ if words.is_empty() => json!({}),
                _ => json!({ "text": words }),
            })
        }
        "reply" => Step::Answer(words),
        "ask" => Step::Ask(words),
        "progress" => {
            let percent = Some(posted.fields.get("percent").trim()).filter(|typed| !typed.is_empty());
            let wrong = |_| Error::invalid("percent", "How far it is, is a number from 0 to 100.");
            Step::Progress(percent.map(str::parse).transpose().map_err(wrong)?, words)
        }
        "fail" => Step::Fail(words),
        "reject" => Step::Reject(words),
        "cancel" => Step::Cancel(words),
        _ => return Err(Error::invalid("do", "Press one of the buttons of the page.")),
    })
}
