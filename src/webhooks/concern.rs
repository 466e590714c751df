//! Whom an entry of the journal concerns, and what may be said of it: its subject, and what its reader sees of it anyway.
//! Nothing that anybody wrote is in it, no name and no address: whoever wants more reads it over the API, as themselves.

use serde_json::{Map, Value, json};

use crate::accounts;
use crate::agents;
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, ApprovalId, ConnectionId, MeetingId, SessionId, TaskId, UserId};
use crate::groups;
use crate::journal::Entry;
use crate::meetings;
use crate::network;
use crate::sessions::{self, conversation};
use crate::store::Cx;
use crate::tasks::{self, approvals};

/// Somebody whom an entry concerns.
pub(super) struct Told {
    pub(super) user: UserId,
    /// What is said: an object.
    pub(super) data: Value,
}

impl Told {
    fn of(entry: &Entry, user: UserId) -> Self {
        Self { user, data: Value::Object(subject(entry)) }
    }

    fn with(mut self, field: &str, value: Value) -> Self {
        if let Value::Object(data) = &mut self.data {
            data.insert(field.to_owned(), value);
        }
        self
    }
}

/// What is said in any case.
fn subject(entry: &Entry) -> Map<String, Value> {
    let mut data = Map::new();
    data.insert("entry".to_owned(), json!(entry.id));
    data.insert("subject".to_owned(), json!(entry.subject));
    data
}

/// Whom an entry of a kind that can be chosen concerns.
pub(super) fn whose(cx: &Cx<'_>, entry: &Entry) -> Result<Vec<Told>> {
    match entry.kind.split('.').next() {
        Some("meeting" | "invitation" | "proposal") => meeting(cx, entry),
        Some("session") => session(cx, entry),
        Some("connection") => connection(cx, entry),
        Some("booking" | "source") => {
            Ok(user_in(entry.object.as_deref()).map(|user| Told::of(entry, user)).into_iter().collect())
        }
        Some("task") => task(cx, entry),
        Some("approval") => approval(cx, entry),
        Some("group") => group(cx, entry),
        Some("approval-rule") => {
            let told = |user| Told::of(entry, user).with("approval", json!(entry.text("approval")));
            Ok(user_in(entry.object.as_deref()).map(told).into_iter().collect())
        }
        Some("agent") => agent(cx, entry),
        Some("message" | "delivery") => delivery(cx, entry),
        Some("conversation") => conversation(cx, entry),
        _ => Ok(Vec::new()),
    }
}

/// Those of a conversation's members whom an entry is about, with their owners, as long as they are in it: of its beginning the
/// one who is named, and with the first of those whoever began it; of all else everybody.
fn members(cx: &Cx<'_>, entry: &Entry) -> Result<Vec<(AgentId, UserId)>> {
    let Some(Ok(id)) = entry.subject.as_deref().map(str::parse::<SessionId>) else { return Ok(Vec::new()) };
    let Some(one) = conversation::known(cx, id)? else { return Ok(Vec::new()) };
    let members: Vec<_> = one.present().filter_map(|member| Some((member.agent, member.user?))).collect();
    let named: Option<AgentId> = entry.object.as_deref().and_then(|id| id.parse().ok());
    let first = members.iter().map(|(agent, _)| *agent).find(|agent| *agent != one.initiator);
    let is_told = |agent: &AgentId| {
        entry.kind != "conversation.begun"
            || Some(*agent) == named
            || (*agent == one.initiator && named == first)
    };
    Ok(members.into_iter().filter(|(agent, _)| is_told(agent)).collect())
}

/// Everybody who is in it, with an agent of theirs or the one that the house plays for them.
fn conversation(cx: &Cx<'_>, entry: &Entry) -> Result<Vec<Told>> {
    let mut users: Vec<UserId> = members(cx, entry)?.into_iter().map(|(_, user)| user).collect();
    users.sort_unstable();
    users.dedup();
    let told = |user| {
        let one = Told::of(entry, user);
        if entry.object.is_some() { one.with("agent", json!(entry.object)) } else { one }
    };
    Ok(users.into_iter().map(told).collect())
}

/// Somebody, as they look at what is theirs.
pub(super) fn themselves(user: UserId, trace: &str) -> Actor {
    Actor::new(Who::User { id: user, admin: false }, Road::Worker, trace)
}

fn user_in(text: Option<&str>) -> Option<UserId> {
    text?.parse().ok()
}

/// What somebody sees; nothing where it is not theirs, or gone.
fn theirs<T>(seen: Result<T>) -> Result<Option<T>> {
    match seen {
        Ok(seen) => Ok(Some(seen)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Everybody at a meeting who has an account, and whoever made it. How others' answers and mails fare is for whoever
/// manages it; their own each may know.
fn meeting(cx: &Cx<'_>, entry: &Entry) -> Result<Vec<Told>> {
    let Some(Ok(id)) = entry.subject.as_deref().map(str::parse::<MeetingId>) else { return Ok(Vec::new()) };
    let Some(all) = theirs(meetings::see(cx, &Actor::house(&entry.trace), id))? else {
        return Ok(Vec::new());
    };
    let mut users: Vec<UserId> = all.meeting.owner.into_iter().collect();
    for one in all.meeting.participants.iter().filter(|one| !one.is_erased) {
        users.extend(accounts::by_address(cx, &one.address)?.map(|user| user.id));
    }
    users.sort_unstable();
    users.dedup();
    let mut told = Vec::new();
    for user in users {
        let Some(seen) = theirs(meetings::see(cx, &themselves(user, &entry.trace), id))? else { continue };
        let is_about_them = seen.me.is_some() && entry.object == seen.me.map(|me| me.to_string());
        let one = Told::of(entry, user).with("sequence", json!(entry.amount));
        let (family, _) = entry.kind.split_once('.').unwrap_or_default();
        match (entry.kind.as_str(), family) {
            ("meeting.soon", _) if entry.object.as_deref() != Some(&user.to_string()) => {}
            ("meeting.room-let-go", _) if !seen.may_manage => {}
            (_, "invitation") if seen.may_manage || is_about_them => {
                told.push(one.with("participant", json!(entry.object)));
            }
            (_, "invitation") => {}
            (_, "proposal") => told.push(one.with("proposal", json!(entry.text("proposal")))),
            _ => told.push(one),
        }
    }
    Ok(told)
}

/// Steps of a session concern all who are in it; all else the one whom the entry names.
fn session(cx: &Cx<'_>, entry: &Entry) -> Result<Vec<Told>> {
    let Some(Ok(id)) = entry.subject.as_deref().map(str::parse::<SessionId>) else { return Ok(Vec::new()) };
    let Some(named) = user_in(entry.object.as_deref()) else { return Ok(Vec::new()) };
    let Some(seen) = theirs(sessions::session(cx, &themselves(named, &entry.trace), id))? else {
        return Ok(Vec::new());
    };
    // A step says where it stands in the transcript.
    let Some(place) = entry.amount else { return Ok(vec![Told::of(entry, named)]) };
    let step = |party: &sessions::Party| Told::of(entry, party.user).with("place", json!(place));
    Ok(seen.parties.iter().map(step).collect())
}

/// Everybody whose task it is: whoever sent it, whoever is asked or is at it, and all of a role. That it fell back is between
/// somebody and their program.
fn task(cx: &Cx<'_>, entry: &Entry) -> Result<Vec<Told>> {
    if entry.kind == "task.fell-back" {
        let owner = user_in(entry.object.as_deref());
        return Ok(owner.map(|user| Told::of(entry, user)).into_iter().collect());
    }
    let Some(Ok(id)) = entry.subject.as_deref().map(str::parse::<TaskId>) else { return Ok(Vec::new()) };
    Ok(tasks::readers(cx, id)?.into_iter().map(|user| Told::of(entry, user)).collect())
}

/// Whoever asked for it, and whoever is to decide it. What others say before it is decided is for them all to read.
fn approval(cx: &Cx<'_>, entry: &Entry) -> Result<Vec<Told>> {
    let Some(Ok(id)) = entry.subject.as_deref().map(str::parse::<ApprovalId>) else { return Ok(Vec::new()) };
    Ok(approvals::readers(cx, id)?.into_iter().map(|user| Told::of(entry, user)).collect())
}

/// All who belong to it. Whoever is asked or reminded is told so alone, and of an answer that came too late whoever may read it
/// by now.
fn group(cx: &Cx<'_>, entry: &Entry) -> Result<Vec<Told>> {
    let Some(Ok(id)) = entry.subject.as_deref().map(str::parse::<SessionId>) else { return Ok(Vec::new()) };
    let about = user_in(entry.object.as_deref());
    let mut told = Vec::new();
    for user in groups::readers(cx, id)? {
        let is_told = match entry.kind.as_str() {
            "group.asked" | "group.reminded" => about == Some(user),
            "group.late" => reads_late(cx, user, id, entry)?,
            _ => true,
        };
        if !is_told {
            continue;
        }
        let one = Told::of(entry, user);
        told.push(match entry.kind.as_str() {
            "group.asked" | "group.reminded" | "group.round" => one.with("round", json!(entry.amount)),
            "group.answered" | "group.late" => {
                let revision = json!(entry.number_of("revision"));
                one.with("user", json!(about)).with("round", json!(entry.amount)).with("revision", revision)
            }
            "group.turn" | "group.skipped" | "group.left" => one.with("user", json!(about)),
            // Whoever is part of neither is told of no booking and no meeting.
            "group.booking" => {
                let is_party = match entry.object.as_deref().map(str::parse) {
                    Some(Ok(booking)) => sessions::is_party(cx, user, booking)?,
                    _ => false,
                };
                one.with("booking", json!(entry.object.as_deref().filter(|_| is_party)))
            }
            "group.closed" => {
                let outcome = json!(entry.text("outcome"));
                let is_at = match entry.text("meeting").map(str::parse) {
                    Some(Ok(meeting)) => sessions::is_at(cx, user, meeting)?,
                    _ => false,
                };
                let meeting = json!(entry.text("meeting").filter(|_| is_at));
                one.with("outcome", outcome).with("meeting", meeting)
            }
            _ => one,
        });
    }
    Ok(told)
}

/// Whether somebody may read the answer that an entry is about, which came too late.
fn reads_late(cx: &Cx<'_>, user: UserId, id: SessionId, entry: &Entry) -> Result<bool> {
    let Some(seen) = theirs(groups::group(cx, &themselves(user, &entry.trace), id))? else {
        return Ok(false);
    };
    let (by, revision) = (user_in(entry.object.as_deref()), entry.number_of("revision"));
    let is_it = |one: &groups::Answered| {
        (Some(one.user), Some(one.round), Some(one.revision)) == (by, entry.amount, revision)
    };
    Ok(seen.group.answers.iter().any(is_it))
}

/// Whoever did it, and the other side where the entry names it: who was blocked, or has blocked, is not named.
fn connection(cx: &Cx<'_>, entry: &Entry) -> Result<Vec<Told>> {
    let Some(Ok(id)) = entry.subject.as_deref().map(str::parse::<ConnectionId>) else {
        return Ok(Vec::new());
    };
    let mut told = Vec::new();
    for user in [user_in(Some(&entry.actor)), user_in(entry.object.as_deref())].into_iter().flatten() {
        if theirs(network::connection(cx, &themselves(user, &entry.trace), id))?.is_some() {
            told.push(Told::of(entry, user));
        }
    }
    Ok(told)
}

/// The owner of a program.
fn agent(cx: &Cx<'_>, entry: &Entry) -> Result<Vec<Told>> {
    let Some(Ok(id)) = entry.subject.as_deref().map(str::parse::<AgentId>) else { return Ok(Vec::new()) };
    let Some(user) = agents::owner_of(cx, id)? else { return Ok(Vec::new()) };
    let is_program = theirs(agents::registered(cx, &themselves(user, &entry.trace), id))?.is_some();
    Ok(if is_program { vec![Told::of(entry, user)] } else { Vec::new() })
}

/// Whoever the agent acts for whose inbox a message came to, or whose message it was.
fn delivery(cx: &Cx<'_>, entry: &Entry) -> Result<Vec<Told>> {
    let Some(Ok(id)) = entry.subject.as_deref().map(str::parse::<AgentId>) else { return Ok(Vec::new()) };
    let user = agents::owner_of(cx, id)?;
    let told = |user| Told::of(entry, user).with("delivery", json!(entry.object));
    Ok(user.map(told).into_iter().collect())
}

/// Whether an agent of somebody's may be told of what concerns them: one that acts for them of what it may know, every
/// other one of itself.
pub(super) fn may_know(cx: &Cx<'_>, user: UserId, id: AgentId, entry: &Entry) -> Result<bool> {
    let Some(one) = serving(cx, user, id)? else { return Ok(false) };
    let may = one.capabilities;
    Ok(match entry.kind.split('.').next() {
        Some("agent" | "message" | "delivery") => entry.subject == Some(id.to_string()),
        Some("conversation") => members(cx, entry)?.contains(&(id, user)),
        // A program reads all tasks and approvals of its owner's, and none of their rules.
        Some("task" | "approval") => true,
        Some("approval-rule") => false,
        _ if one.agent.kind != agents::Kind::Personal => false,
        Some("session" | "group") => may.schedule,
        Some("source") => may.calendar,
        _ => true,
    })
}

/// A program of somebody's that may do anything at all now.
pub(super) fn serving(cx: &Cx<'_>, user: UserId, id: AgentId) -> Result<Option<agents::Registered>> {
    if !cx.house().agents_enabled {
        return Ok(None);
    }
    let found = theirs(agents::registered(cx, &themselves(user, ""), id))?;
    Ok(found.filter(|one| one.agent.state == agents::State::Active))
}
