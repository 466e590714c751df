//! The rooms and things of a meeting. Each answers by itself: it accepts where its rules and its time allow, refuses
//! where not, and is let go where the meeting moves to a time at which it cannot be had (`docs/slots.md`).
//!
//! It knows no rule of theirs: that is for `slots`.

use super::model::{Meeting, NewMeeting, Status};
use super::occupancy::Time;
use super::sql;
use super::write::{self, Sending};
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, UserId};
use crate::base::time::{DAY, Timestamp};
use crate::calendar::{self, Kind};
use crate::slots::{self, Asking, Barrier, Check, Limits, Span, Want, Why};
use crate::store::Cx;

/// How far around a time that cannot be had others are looked for, in milliseconds.
const AROUND_MS: i64 = 14 * DAY;

/// How a room or thing stands to a meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceState {
    /// It is there.
    Accepted,
    /// It is there as far as is known: its calendar was not read lately.
    Unsure,
    /// Not any more.
    LetGo,
}

impl ResourceState {
    /// The word of the store and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Unsure => "unsure",
            Self::LetGo => "let_go",
        }
    }

    /// From the word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Accepted, Self::Unsure, Self::LetGo].into_iter().find(|state| state.as_str() == word)
    }
}

/// A room or thing of a meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Which.
    pub id: AgentId,
    /// What it is called now.
    pub name: String,
    /// How it stands.
    pub state: ResourceState,
    /// Why it was let go: `taken`, `rules`, `retired`.
    pub reason: Option<String>,
    /// When it was let go.
    pub let_go_at: Option<Timestamp>,
}

impl Resource {
    /// Whether the meeting has it.
    pub fn is_there(&self) -> bool {
        self.state != ResourceState::LetGo
    }

    /// Why it is there no more: `Blue Room was let go: it is taken at the new time.`
    pub fn let_go_words(&self) -> String {
        let_go_words(&self.name, self.reason.as_deref().unwrap_or_default())
    }
}

/// Why a room or thing is no longer part of a meeting, by the stable word of the reason.
pub fn let_go_words(name: &str, reason: &str) -> String {
    let why = match reason {
        "taken" => "it is taken at the new time",
        "retired" => "it can no longer be had in this house",
        _ => "it cannot be had at the new time",
    };
    format!("{name} was let go: {why}.")
}

/// The answers of the rooms and things that a new meeting asks for. One that cannot be had refuses all.
pub(super) fn ask(cx: &Cx<'_>, new: &NewMeeting, asking: Asking) -> Result<Vec<Resource>> {
    let time = (new.start.whole_second(), new.end.whole_second());
    let mut answers: Vec<Resource> = Vec::with_capacity(new.resources.len());
    for agent in agents::named(cx, &new.resources)? {
        let is_stale = match slots::check_thing(cx, agent.id, time, asking, None)? {
            Check::Free { is_stale } => is_stale,
            Check::Taken { why, .. } => {
                let message = format!("{}: {}", agent.name, first_reason(&why));
                return Err(Error::refused("meeting.room-taken", message));
            }
        };
        let state = if is_stale { ResourceState::Unsure } else { ResourceState::Accepted };
        answers.push(Resource { id: agent.id, name: agent.name, state, reason: None, let_go_at: None });
    }
    Ok(answers)
}

/// What stands in the way first; a room has no secrets.
fn first_reason(why: &Why) -> &'static str {
    why.barriers.first().map_or("It cannot be had then.", Barrier::words)
}

/// Writes down what was answered.
pub(super) fn keep(cx: &Cx<'_>, meeting: &mut Meeting, answers: Vec<Resource>) -> Result<()> {
    for (position, resource) in answers.iter().enumerate() {
        sql::insert_resource(cx, meeting, position, resource)?;
    }
    meeting.resources = answers;
    Ok(())
}

/// Writes what a meeting takes now to the calendars of its rooms and things.
pub(super) fn note(cx: &Cx<'_>, meeting: &Meeting) -> Result<()> {
    for resource in &meeting.resources {
        calendar::occupy(cx, resource.id, meeting.id, time_of(meeting, resource.id))?;
    }
    Ok(())
}

/// When a meeting takes the time of a room or thing.
pub(super) fn time_of(meeting: &Meeting, agent: AgentId) -> Time {
    let has = |resource: &Resource| resource.id == agent && resource.is_there();
    let is_taken = meeting.status != Status::Cancelled && meeting.resources.iter().any(has);
    is_taken.then_some((meeting.start, meeting.end, Kind::Busy))
}

/// Asks the rooms and things of a meeting that has just moved whether they can be had at its new time; those that cannot
/// are let go. The people's time goes before theirs. Gives which.
pub(super) fn follow(cx: &Cx<'_>, moved: &mut Meeting) -> Result<Vec<Resource>> {
    let mut let_go = Vec::new();
    let own = moved.id.to_string();
    let time = (moved.start, moved.end);
    for at in 0..moved.resources.len() {
        let mut resource = moved.resources[at].clone();
        if resource.is_there() {
            answer_anew(cx, &mut resource, time, &own)?;
            if !resource.is_there() {
                let_go.push(resource.clone());
            }
        }
        sql::set_resource(cx, moved, &resource)?;
        moved.resources[at] = resource;
    }
    Ok(let_go)
}

fn answer_anew(cx: &Cx<'_>, resource: &mut Resource, time: (Timestamp, Timestamp), own: &str) -> Result<()> {
    let reason = match slots::check_thing(cx, resource.id, time, Asking::Now, Some(own)) {
        Ok(Check::Free { is_stale }) => {
            resource.state = if is_stale { ResourceState::Unsure } else { ResourceState::Accepted };
            return Ok(());
        }
        Ok(Check::Taken { why, .. }) => {
            let is_rule = why.barriers.first().is_some_and(|barrier| barrier.code() != "resource.taken");
            if is_rule { "rules" } else { "taken" }
        }
        Err(Error::NotFound(_)) => "retired",
        Err(error) => return Err(error),
    };
    go(cx, resource, reason);
    Ok(())
}

fn go(cx: &Cx<'_>, resource: &mut Resource, reason: &str) {
    resource.state = ResourceState::LetGo;
    resource.reason = Some(reason.to_owned());
    resource.let_go_at = Some(cx.now);
}

/// Tells the story of what was let go; the host's notice is learnt from it. Whoever moved the meeting, it is the room that
/// does not come along.
pub(super) fn tell(cx: &mut Cx<'_>, who: &Actor, meeting: &Meeting, let_go: &[Resource]) -> Result<()> {
    let house = Actor::house(&who.trace);
    for resource in let_go {
        let data =
            serde_json::json!({ "agent": resource.id, "name": resource.name, "reason": resource.reason });
        write::tell(cx, &house, "meeting.room-let-go", meeting, None, &data)?;
    }
    Ok(())
}

/// How many meetings ahead have a room or thing.
pub fn ahead_in(cx: &Cx<'_>, agent: AgentId) -> Result<usize> {
    let mut ahead = 0;
    for id in sql::meetings_with(cx, agent, cx.now.plus(-cx.house().length_max_ms))? {
        let meeting = super::load(cx, id)?;
        ahead += usize::from(meeting.status != Status::Cancelled && meeting.end > cx.now);
    }
    Ok(ahead)
}

/// A room or thing is no more: the meetings ahead are without it, and their hosts are told. Where it was the place,
/// everybody is sent the event anew.
pub(super) fn retired(cx: &mut Cx<'_>, agent: AgentId) -> Result<()> {
    let who = Actor::house("agents");
    // What has begun and is not over is still ahead; no meeting is longer than the house allows.
    for id in sql::meetings_with(cx, agent, cx.now.plus(-cx.house().length_max_ms))? {
        let mut meeting = super::load(cx, id)?;
        if meeting.status == Status::Cancelled || meeting.end <= cx.now {
            continue;
        }
        let was = meeting.place();
        for at in 0..meeting.resources.len() {
            if meeting.resources[at].id == agent {
                go(cx, &mut meeting.resources[at], "retired");
                let gone = meeting.resources[at].clone();
                sql::set_resource(cx, &meeting, &gone)?;
                tell(cx, &who, &meeting, &[gone])?;
            }
        }
        note(cx, &meeting)?;
        if meeting.status == Status::Scheduled && meeting.place() != was {
            meeting.edition = sql::next_edition(cx, id)?;
            write::send_all(cx, &who, &meeting, Sending::Update(meeting.start, meeting.end))?;
        }
    }
    Ok(())
}

/// The times nearest to that of a meeting which could not be made, at which all rooms and things it asked for can be had,
/// and whoever would make it is free: a few before, a few after.
pub fn room_times(
    cx: &Cx<'_>,
    owner: Option<UserId>,
    new: &NewMeeting,
) -> Result<Vec<(Timestamp, Timestamp)>> {
    let span = Span {
        from: new.start.plus(-AROUND_MS).max(cx.now),
        to: new.end.plus(AROUND_MS).max(cx.now.plus(1)),
    };
    let mut parties = slots::things(cx, &new.resources, span, None)?;
    let mut zone = new.host.zone.unwrap_or(cx.house().zone);
    if let Some(owner) = owner {
        let me = slots::party(cx, owner, Limits::default(), span, None)?;
        zone = me.zone;
        parties.push(me);
    }
    let want = Want::new(cx.now, zone, new.end.since(new.start), span);
    Ok(match slots::check_offer(&parties, &want, new.start) {
        Check::Taken { alternatives, .. } => alternatives.iter().map(|slot| (slot.start, slot.end)).collect(),
        Check::Free { .. } => Vec::new(),
    })
}
