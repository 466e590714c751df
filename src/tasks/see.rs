//! Seeing tasks: theirs who asked, theirs who are asked, and whose role is.

use std::collections::BTreeMap;

use super::fall;
use super::model::{State, Task, To};
use super::send::person;
use super::sql::tasks::{self as sql, Wanted};
use super::step::{self, Part, part};
use crate::accounts;
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, Id, RoleId, SessionId, TaskId, UserId};
use crate::store::Cx;

/// How many pages of what is open are looked through for what waits for a person.
pub(super) const WAITING_PAGES_MAX: u32 = 20;

/// Which tasks are listed.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// What the caller asked for; else what they, or a role of theirs, are asked.
    pub sent: bool,
    /// In this state; `None`: in any.
    pub state: Option<State>,
    /// Only what is not over.
    pub open: bool,
    /// Of this type; `None`: of any.
    pub kind: Option<String>,
    /// Those after this one; `None`: from the newest.
    pub after: Option<TaskId>,
    /// How many.
    pub limit: u32,
}

/// A page of tasks.
#[derive(Clone, Debug)]
pub struct Page {
    /// Newest first.
    pub tasks: Vec<Task>,
    /// After which the next page begins; `None`: this was the last.
    pub next: Option<TaskId>,
}

/// A task of the caller's.
pub fn task(cx: &Cx<'_>, who: &Actor, id: TaskId) -> Result<Task> {
    person(who)?;
    step::theirs(cx, who, id).map(|(task, _)| as_now(cx, task))
}

/// A task as it stands now, be it that nobody has noted yet that its time is over: to be shown, and never to be kept.
fn as_now(cx: &Cx<'_>, mut task: Task) -> Task {
    task.state = task.state_at(cx.now);
    task
}

/// The task of the caller's whose transcript a session has.
pub fn of_session(cx: &Cx<'_>, who: &Actor, session: SessionId) -> Result<Task> {
    let id = sql::of_session(cx, session)?.ok_or(Error::NotFound("task"))?;
    task(cx, who, id)
}

/// The caller's tasks, newest first.
pub fn tasks(cx: &Cx<'_>, who: &Actor, listing: &Listing) -> Result<Page> {
    let me = person(who)?;
    let wanted = Wanted {
        before: listing.after.unwrap_or_else(|| TaskId::from_uuid(uuid::Uuid::max())),
        limit: listing.limit + 1,
        state: listing.state.map_or("", State::as_str),
        kind: listing.kind.as_deref().unwrap_or_default(),
        is_open: listing.open,
    };
    let mut found = if listing.sent {
        sql::sent(cx, me, wanted)?
    } else {
        let mut found = sql::received(cx, me, wanted)?;
        for role in agents::roles_of(cx, me)? {
            found.extend(sql::to_role(cx, role, wanted)?);
        }
        found
    };
    found.sort_by_key(|task| std::cmp::Reverse(task.id));
    found.dedup_by_key(|task| task.id);
    let is_more = found.len() > listing.limit as usize;
    found.truncate(listing.limit as usize);
    let next = found.last().filter(|_| is_more).map(|task| task.id);
    let found = found.into_iter().map(|task| as_now(cx, task)).collect();
    Ok(Page { tasks: found, next })
}

/// The tasks that the caller sent, and those that they or a role of theirs are asked, newest first.
pub fn all(cx: &Cx<'_>, who: &Actor, after: Option<TaskId>, limit: u32) -> Result<Page> {
    let listing = |sent| Listing { sent, after, limit, ..Listing::default() };
    let (sent, received) = (tasks(cx, who, &listing(true))?, tasks(cx, who, &listing(false))?);
    let is_more = sent.next.is_some() || received.next.is_some();
    let mut found = sent.tasks;
    found.extend(received.tasks);
    found.sort_by_key(|task| std::cmp::Reverse(task.id));
    found.dedup_by_key(|task| task.id);
    let is_more = is_more || found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| is_more).map(|task| task.id);
    Ok(Page { tasks: found, next })
}

/// What waits for the caller themselves, newest first: what they are asked and no program does for them, and what they
/// sent that asks something back.
pub fn waiting(cx: &Cx<'_>, who: &Actor, limit: u32) -> Result<Vec<Task>> {
    let mut open = Listing { open: true, limit, ..Listing::default() };
    let mut found = Vec::new();
    // What their programs have to do is among it, and may be most of it.
    for _ in 0..WAITING_PAGES_MAX {
        let page = tasks(cx, who, &open)?;
        for task in page.tasks {
            let is_asked = part(cx, who, &task)? == Some(Part::Asked) && fall::is_by_hand(cx, &task)?;
            let is_at_it = task.state == State::Working && task.user == who.user() && task.agent.is_none();
            if is_asked || is_at_it && task.about.is_none() {
                found.push(task);
            }
        }
        open.after = page.next;
        if open.after.is_none() || found.len() >= limit as usize {
            break;
        }
    }
    found.truncate(limit as usize);
    let asks = Listing { sent: true, state: Some(State::InputRequired), limit, ..Listing::default() };
    found.extend(tasks(cx, who, &asks)?.tasks.into_iter().filter(|task| task.from_agent.is_none()));
    Ok(found)
}

/// Everybody with an account who may read a task: whoever sent it, whoever is asked or is at it, and all of a role. Nobody, where
/// there is none.
pub fn readers(cx: &Cx<'_>, id: TaskId) -> Result<Vec<UserId>> {
    let Some(task) = sql::task(cx, id)? else { return Ok(Vec::new()) };
    let mut users = vec![task.from];
    users.extend(task.user);
    if let To::Role(role) = task.to {
        users.extend(agents::members(cx, role)?);
    }
    users.sort_unstable();
    users.dedup();
    Ok(users)
}

/// Those who stand in some tasks or approvals, by name: for whoever may read them.
#[derive(Clone, Debug, Default)]
pub struct People {
    users: BTreeMap<UserId, String>,
    agents: BTreeMap<AgentId, String>,
    roles: BTreeMap<RoleId, String>,
}

impl People {
    /// The name of a user; empty: they gave none, or are here no more.
    pub fn user(&self, id: UserId) -> &str {
        self.users.get(&id).map_or("", String::as_str)
    }

    /// The name of a program; empty: it is no more.
    pub fn agent(&self, id: AgentId) -> &str {
        self.agents.get(&id).map_or("", String::as_str)
    }

    /// The name of a role; empty: it is no more.
    pub fn role(&self, id: RoleId) -> &str {
        self.roles.get(&id).map_or("", String::as_str)
    }
}

/// Looks up the names of some users, programs and roles.
pub fn people(cx: &Cx<'_>, users: &[UserId], programs: &[AgentId], roles: &[RoleId]) -> Result<People> {
    let mut people = People::default();
    for id in users {
        if !people.users.contains_key(id) {
            let name = match accounts::get(cx, *id) {
                Ok(user) => user.given_name().unwrap_or_default(),
                Err(Error::NotFound(_)) => String::new(),
                Err(error) => return Err(error),
            };
            people.users.insert(*id, name);
        }
    }
    for id in programs {
        people.agents.insert(*id, agents::name_of(cx, *id)?);
    }
    for id in roles {
        people.roles.insert(*id, agents::role_name(cx, *id)?);
    }
    Ok(people)
}
