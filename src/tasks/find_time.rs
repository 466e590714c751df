//! The type `find_time`: the built-in agent of whoever asks begins a scheduling session, and the task ends with it.

use serde::Deserialize;
use serde_json::json;

use super::end::over;
use super::model::{State, Task};
use super::sql::tasks as sql;
use super::talk;
use crate::base::actor::{Actor, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{ConnectionId, SessionId};
use crate::base::time::Timestamp;
use crate::journal::{self, Happening};
use crate::sessions::{self, Message};
use crate::slots::Prefer;
use crate::store::Cx;

/// The payload, as its schema has it.
#[derive(Deserialize)]
struct Wish {
    with: Vec<String>,
    #[serde(default)]
    purpose: String,
    #[serde(default)]
    minutes: u32,
    from: String,
    to: String,
    #[serde(default)]
    conversation: Option<String>,
}

/// Begins the session, in the name of whoever asks. Where it may not be begun the task has failed: what was asked is kept.
pub(super) fn begin(cx: &mut Cx<'_>, who: &Actor, task: &mut Task) -> Result<()> {
    let asked: Wish = serde_json::from_value(task.payload.clone()).map_err(Error::internal)?;
    let mut with = Vec::with_capacity(asked.with.len());
    for (at, id) in asked.with.iter().enumerate() {
        let field = format!("payload.with[{at}]");
        let id =
            id.parse::<ConnectionId>().map_err(|_| Error::invalid(field, "Name a connection: con_…."))?;
        with.push(id);
    }
    let at = |text: &str| Timestamp::parse_rfc3339(text).map_or(0, Timestamp::ms);
    let want = sessions::Want {
        minutes: asked.minutes,
        from: at(&asked.from),
        to: at(&asked.to),
        days: Vec::new(),
        within: None,
        place: None,
        resources: Vec::new(),
        prefer: Prefer::default(),
    };
    let unknown = |_| Error::NotFound("conversation");
    let conversation = asked.conversation.map(|id| id.parse().map_err(unknown)).transpose()?;
    let new = sessions::New { purpose: asked.purpose, with, optional: Vec::new(), want, conversation };
    let started = sessions::start(cx, who, &new)?;
    let Some(session) = started.session() else {
        return over(
            cx,
            who,
            task,
            State::Failed,
            "They do not let you arrange meetings with them, or are not there.",
        );
    };
    task.state = State::Working;
    task.about = Some(session.id);
    let data = json!({ "type": task.kind, "state": task.state.as_str() });
    let happening = Happening::to("task.taken", &task.id).with(&task.from).amount(task.version + 1);
    journal::append(cx, &Actor::house(&who.trace), &happening.data(&data))?;
    talk::say(cx, &Actor::house(&who.trace), task, "taken", &json!({ "session": session.id }))?;
    sql::update(cx, task)?;
    talk::keep(cx, task)
}

/// Calls off what was begun for a task, which ends. Says `false` where a time was found meanwhile: then the task has come to that.
pub(super) fn call_off(cx: &mut Cx<'_>, who: &Actor, task: &Task) -> Result<bool> {
    let Some(session) = task.about else { return Ok(true) };
    let asks = as_sender(who, task);
    let cancel = Message::Cancel { note: String::new() };
    match sessions::say(cx, &asks, session, &cancel) {
        Ok(_) | Err(Error::NotFound(_)) => Ok(true),
        Err(Error::Refused { .. }) => Ok(sessions::session(cx, &asks, session)?.meeting.is_none()),
        Err(error) => Err(error),
    }
}

/// Whoever sent a task, in person: the session is theirs, whichever program of theirs asked for the time.
fn as_sender(who: &Actor, task: &Task) -> Actor {
    Actor { who: Who::User { id: task.from, admin: false }, ..who.clone() }
}

/// Ends the tasks that wait for a session which is over.
pub(super) fn settle(cx: &mut Cx<'_>, who: &Actor, session: SessionId) -> Result<()> {
    for id in sql::about(cx, session)? {
        let Some(mut task) = sql::task(cx, id)?.filter(|task| !task.state.is_over()) else { continue };
        let found = match sessions::session(cx, &as_sender(who, &task), session) {
            Ok(found) => found,
            Err(Error::NotFound(_)) => continue,
            Err(error) => return Err(error),
        };
        match found.meeting {
            Some(meeting) => {
                task.result = Some(json!({ "meeting": meeting }));
                task.percent = Some(100);
                sql::belongs_to(cx, task.id, meeting)?;
                over(cx, who, &mut task, State::Completed, "")?;
            }
            None if found.state.is_over() => {
                over(cx, who, &mut task, State::Failed, found.reason.as_deref().unwrap_or_default())?;
            }
            None => {}
        }
    }
    Ok(())
}
