//! Who acts for the reader: the built-in agent, and programs of their own, which are added here.

use actix_web::http::StatusCode;

use super::agent_form::{Said, conversations};
use super::once;
use super::visit::{Answer, Posted, SignedIn, Visit, ok, page, see_other};
use super::words;
use crate::agents::{self, Agent, Claimed, Kind, Presence, Registered, State};
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, Id};
use crate::base::time::MINUTE;
use crate::store::Cx;
use crate::web::view::agents::{AgentList, AgentNew, AgentRow};
use crate::web::view::hub::{Tab, Tabs};
use crate::web::view::parts::{FieldErrors, Nav, Pill, Tone};

/// What the built-in agent goes by.
const BUILT_IN: &str =
    "Always there. It goes by your calendars, your hours and what you allow each connection.";

/// The page of one.
pub(super) fn path(id: AgentId) -> String {
    format!("/agents/{id}")
}

/// Refuses where programs are switched off.
pub(super) fn switched_on(visit: &Visit) -> Result<()> {
    if visit.web.store.ground().house.agents_enabled {
        return Ok(());
    }
    Err(Error::refused("agent.off", "Agents of one’s own are switched off in this house."))
}

/// What one does for its owner.
pub(super) struct Part {
    /// Whether it is the one that plays for its owner.
    pub(super) plays: bool,
    /// What the room or thing is called that it answers for; empty if it answers for none.
    room: String,
}

/// What a registered agent does for its owner, now.
pub(super) fn part(cx: &Cx<'_>, one: &Registered) -> Result<Part> {
    let room = one.resource.map(|id| agents::ever(cx, id)).transpose()?.flatten();
    Ok(Part {
        plays: one.active_at.is_some() && agents::plays(cx, one.agent.id)?,
        room: room.map_or_else(String::new, |room| room.name),
    })
}

/// What one does, in a sentence or two for its owner; empty of one that is retired.
pub(super) fn sentence(one: &Registered, part: &Part) -> String {
    match one.agent.kind {
        _ if one.agent.state == State::Retired => String::new(),
        Kind::Room if part.room.is_empty() => "It answers for no room or thing.".to_owned(),
        Kind::Room => format!("It answers for {}.", part.room),
        Kind::Personal if part.plays => match one.preferences.stand_in_minutes {
            Some(minutes) => {
                let span = words::span(i64::from(minutes) * MINUTE);
                format!(
                    "It acts for you when times are arranged. Your built-in agent steps in where it has not answered for {span}."
                )
            }
            None => {
                "It acts for you when times are arranged, and your built-in agent never steps in.".to_owned()
            }
        },
        Kind::Personal if one.active_at.is_none() && one.capabilities.schedule => {
            "It acts for you from its first sign of life on; until then your built-in agent does.".to_owned()
        }
        Kind::Personal => {
            "It may not take part when times are arranged, so your built-in agent acts for you.".to_owned()
        }
        _ => "It offers something to other agents, and does not act for you.".to_owned(),
    }
}

/// Whether it plays, and whether it is there.
pub(super) fn pills(visit: &Visit, one: &Registered, plays: bool) -> Vec<Pill> {
    let (zone, now) = (visit.zone(None), visit.now);
    if one.agent.state == State::Retired {
        return vec![Pill::new("retired", Tone::Plain)];
    }
    if let Some((until, _)) = one.shut_out(now) {
        return vec![Pill::new(format!("shut out until {}", words::near(zone, until, now)), Tone::No)];
    }
    let there = match one.presence(&visit.web.store.ground().house, now) {
        Presence::There(Claimed::Online) => Pill::new("online", Tone::Yes),
        Presence::There(Claimed::Busy) => Pill::new("busy", Tone::Wait),
        Presence::There(Claimed::Away) => Pill::new("away", Tone::Wait),
        Presence::Offline if one.active_at.is_none() => Pill::new("not seen yet", Tone::Plain),
        Presence::Offline => {
            let since = words::near(zone, one.lease_until, now);
            Pill::new(format!("offline since {since}"), Tone::Plain)
        }
    };
    let plays = plays.then(|| Pill::new("acts for you", Tone::Yes));
    plays.into_iter().chain([there]).collect()
}

/// `GET /agents`.
pub(super) async fn list(visit: Visit) -> Answer {
    let me = visit.user()?.id;
    let who = visit.actor();
    let read = visit.read(move |cx| {
        let all = agents::registered_of(cx, &who)?.into_iter();
        all.map(|one| Ok((part(cx, &one)?, one))).collect::<Result<Vec<_>>>()
    });
    let mut all = read.await?;
    all.sort_by_key(|(part, one)| (one.agent.state == State::Retired, !part.plays));
    let is_off = switched_on(&visit).is_err();
    let row = |(part, one): &(Part, Registered)| AgentRow {
        href: path(one.agent.id),
        name: one.agent.name.clone(),
        about: one.about.clone(),
        part: sentence(one, part),
        pills: pills(&visit, one, part.plays),
    };
    let mut rows = vec![builtin(&all)];
    if !is_off {
        rows.extend(all.iter().map(row));
    }
    ok(&AgentList {
        frame: visit.frame("Agents", Nav::Agents),
        tabs: Tabs(Tab::Agents),
        is_off,
        is_kept: is_off && !all.is_empty(),
        rows,
        own: path(AgentId::from_uuid(me.uuid())),
    })
}

/// The agent that everybody has.
fn builtin(all: &[(Part, Registered)]) -> AgentRow {
    let playing = all.iter().find(|(part, _)| part.plays).map(|(_, one)| one);
    let (more, pill) = match playing {
        None => (String::new(), Pill::new("acts for you", Tone::Yes)),
        Some(one) => {
            let more = match one.preferences.stand_in_minutes {
                Some(_) => format!(" It steps in where {} does not answer in time.", one.agent.name),
                None => format!(" It leaves it to {} to answer.", one.agent.name),
            };
            (more, Pill::new("stands by", Tone::Plain))
        }
    };
    AgentRow {
        href: String::new(),
        name: "Your built-in agent".to_owned(),
        about: String::new(),
        part: format!("{BUILT_IN}{more}"),
        pills: vec![pill],
    }
}

/// The rooms and things that an administrator may have one answer for; `None` for everybody else.
async fn rooms(visit: &Visit) -> Result<Option<Vec<Agent>>> {
    if visit.admin().is_err() {
        return Ok(None);
    }
    let who = visit.actor();
    let all = visit.read(move |cx| agents::resources(cx, &who)).await?;
    Ok(Some(all.into_iter().filter(|one| one.state == State::Active).collect()))
}

async fn shown(visit: &Visit, said: Said, once: String, errors: FieldErrors, status: StatusCode) -> Answer {
    let rooms = rooms(visit).await?;
    let most = conversations(&visit.web.store.ground().house);
    let form = said.form_of_new(rooms.as_deref(), most, once, errors);
    page(status, &AgentNew { frame: visit.frame("Add an agent", Nav::Agents), form })
}

/// `GET /agents/new`.
pub(super) async fn new(visit: Visit) -> Answer {
    visit.user()?;
    switched_on(&visit)?;
    let once = once::fresh(&visit);
    shown(&visit, Said::at_first(), once, FieldErrors::none(), StatusCode::OK).await
}

/// `POST /agents`.
pub(super) async fn register(SignedIn(posted): SignedIn) -> Answer {
    let (said, form) = (Said::typed(&posted.fields), once::of(&posted.fields));
    match registered(&posted, &said, &form).await {
        Ok(path) => Ok(see_other(&path)),
        Err(error) => {
            let errors = beside(&error, &said).ok_or(error)?;
            shown(&posted.visit, said, form, errors, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

async fn registered(posted: &Posted, said: &Said, form: &str) -> Result<String> {
    let new = said.new_one()?;
    let (who, form) = (posted.visit.actor(), form.to_owned());
    let work = move |cx: &mut Cx<'_>| {
        once::act(cx, &who, "POST /agents", &form, |cx| {
            let one = agents::register(cx, &who, &new)?;
            Ok(format!("{}?done=agent-added", path(one.agent.id)))
        })
    };
    posted.write(work).await
}

/// What the room refuses, beside the field that it is about.
fn beside(error: &Error, said: &Said) -> Option<FieldErrors> {
    match error.code() {
        "agent.plays" if said.is_for_a_room() => Some(FieldErrors::one("resource", error.to_string())),
        "agent.plays" => {
            let words = "You have an agent that acts for you already; retire it first, or say that this one offers something.";
            Some(FieldErrors::one("kind", words))
        }
        "agent.too-many" => Some(FieldErrors::one("kind", error.to_string())),
        _ => FieldErrors::from_error(error),
    }
}
