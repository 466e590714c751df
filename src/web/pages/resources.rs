//! For whoever runs the house: its rooms and things, their rules in plain words, and their calendars.

use actix_web::http::StatusCode;
use actix_web::web::Path;

use super::admin::tabs;
use super::calendar::rows;
use super::conditions;
use super::sources::{self, Whose};
use super::visit::{Answer, Posted, SignedIn, Visit, ok, page, see_other};
use crate::agents::{self, Agent, AgentChange, NewAgent, State};
use crate::base::error::{Error, Result};
use crate::base::id::AgentId;
use crate::base::time::Zone;
use crate::calendar::{self, HolderId, Source};
use crate::meetings;
use crate::network;
use crate::store::Cx;
use crate::web::view::admin::{Tab, Tabs};
use crate::web::view::parts::{FieldErrors, Nav, Pill, Tone};
use crate::web::view::resources::{ResourceForm, ResourceList, ResourcePage, ResourceRow};

/// What was typed of a new one.
struct Typed {
    name: String,
    zone: String,
    errors: FieldErrors,
}

/// `GET /admin/resources`.
pub(super) async fn list(visit: Visit) -> Answer {
    let zone = visit.web.store.ground().house.zone.name().to_owned();
    listed(&visit, Typed { name: String::new(), zone, errors: FieldErrors::none() }, StatusCode::OK).await
}

async fn listed(visit: &Visit, typed: Typed, status: StatusCode) -> Answer {
    visit.admin()?;
    let who = visit.actor();
    let (tabs, mut all) = visit
        .read(move |cx| {
            let mut all = Vec::new();
            for agent in agents::resources(cx, &who)? {
                let sources = calendar::sources(cx, &who, HolderId::Agent(agent.id))?;
                all.push((agent, sources));
            }
            Ok((tabs(cx, Tab::Resources)?, all))
        })
        .await?;
    all.sort_by_key(|(agent, _)| agent.state == State::Retired);
    let view = ResourceList {
        frame: visit.frame("Rooms and things", Nav::Admin),
        tabs,
        rows: all.iter().map(|(agent, sources)| row(agent, sources)).collect(),
        name: typed.name,
        zone: typed.zone,
        errors: typed.errors,
    };
    page(status, &view)
}

fn path(id: AgentId) -> String {
    format!("/admin/resources/{id}")
}

fn row(agent: &Agent, sources: &[Source]) -> ResourceRow {
    ResourceRow {
        href: path(agent.id),
        name: agent.name.clone(),
        zone: agent.zone.name().to_owned(),
        rules: if agent.state == State::Retired { String::new() } else { rules(agent) },
        pill: pill(agent, sources),
    }
}

/// How it can be had, in a sentence.
fn rules(agent: &Agent) -> String {
    network::rules_sentence(&agent.rules, agent.week.is_some())
}

/// How it is: as the calendar of its that is worst off.
fn pill(agent: &Agent, sources: &[Source]) -> Pill {
    let elsewhere = || sources.iter().filter(|one| one.kind.is_outside() && one.is_read());
    match agent.state {
        State::Retired => Pill::new("retired", Tone::Plain),
        State::Active if elsewhere().next().is_none() => Pill::new("no calendar elsewhere", Tone::Plain),
        State::Active if elsewhere().any(|one| one.is_stale || one.is_unreadable()) => {
            Pill::new("a calendar cannot be read", Tone::No)
        }
        State::Active => Pill::new("up to date", Tone::Yes),
    }
}

/// `POST /admin/resources`.
pub(super) async fn add(SignedIn(posted): SignedIn) -> Answer {
    posted.visit.admin()?;
    let (name, zone) = (posted.fields.owned("name"), posted.fields.owned("zone"));
    let came_back = |errors| Typed { name: name.clone(), zone: zone.clone(), errors };
    let new = NewAgent { name: name.clone(), zone: Zone::parse(&zone), ..NewAgent::default() };
    let made = if new.zone.is_none() {
        Err(not_a_zone())
    } else {
        let who = posted.visit.actor();
        posted.write(move |cx| agents::add(cx, &who, &new)).await
    };
    match made {
        Ok(agent) => Ok(see_other(&format!("{}?done=resource-added", path(agent.id)))),
        Err(error) => {
            let errors = FieldErrors::from_error(&error).ok_or(error)?;
            listed(&posted.visit, came_back(errors), StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

fn not_a_zone() -> Error {
    Error::invalid("zone", "This is not a time zone. It should look like Europe/Paris.")
}

/// What is known of one of them.
struct Seen {
    tabs: Tabs,
    agent: Agent,
    sources: Vec<Source>,
    /// How many meetings ahead have it.
    ahead: usize,
}

async fn seen(visit: &Visit, id: AgentId) -> Result<Seen> {
    visit.admin()?;
    let who = visit.actor();
    let read = visit.read(move |cx| {
        let agent = agents::ever(cx, id)?.ok_or(Error::NotFound("page"))?;
        let sources = calendar::sources(cx, &who, HolderId::Agent(id))?;
        Ok(Seen { tabs: tabs(cx, Tab::Resources)?, agent, sources, ahead: meetings::ahead_in(cx, id)? })
    });
    read.await
}

/// What came back with the page.
#[derive(Default)]
struct Came {
    form: Option<ResourceForm>,
    preview: String,
}

/// `GET /admin/resources/{id}`.
pub(super) async fn show(visit: Visit, id: Path<String>) -> Answer {
    visit.admin()?;
    let seen = seen(&visit, id.parse()?).await?;
    shown(&visit, seen, Came::default(), StatusCode::OK)
}

fn shown(visit: &Visit, seen: Seen, came: Came, status: StatusCode) -> Answer {
    let Seen { tabs, agent, sources, ahead } = seen;
    let is_active = agent.state == State::Active;
    let retiring = match ahead {
        0 => "No meeting ahead has it.".to_owned(),
        1 => "One meeting ahead has it. It is let go of it, and the host is told.".to_owned(),
        many => format!("{many} meetings ahead have it. It is let go of them, and their hosts are told."),
    };
    let view = ResourcePage {
        frame: visit.frame(&agent.name, Nav::Admin),
        tabs,
        path: path(agent.id),
        name: agent.name.clone(),
        pill: pill(&agent, &sources),
        rules: rules(&agent),
        preview: came.preview,
        form: is_active.then(|| came.form.unwrap_or_else(|| form(&agent))),
        sources: rows(visit, HolderId::Agent(agent.id), &sources),
        retiring,
        id: agent.id.to_string(),
    };
    page(status, &view)
}

fn form(agent: &Agent) -> ResourceForm {
    let mut conditions = conditions::fields(&agent.rules);
    conditions.hours = agent.week.as_ref().map_or_else(String::new, conditions::hours_text);
    ResourceForm {
        name: agent.name.clone(),
        zone: agent.zone.name().to_owned(),
        conditions,
        errors: FieldErrors::none(),
    }
}

/// What the form says, or what is wrong with which field.
fn read(posted: &Posted) -> Result<AgentChange> {
    let fields = &posted.fields;
    let mut rules = conditions::read(fields)?;
    let week = rules.hours.take();
    rules.check()?;
    Ok(AgentChange {
        name: Some(fields.owned("name")),
        zone: Some(Zone::parse(fields.get("zone")).ok_or_else(not_a_zone)?),
        week: Some(week),
        rules: Some(rules),
    })
}

/// `POST /admin/resources/{id}`: saves, says what saving would mean, or retires.
pub(super) async fn act(SignedIn(posted): SignedIn, id: Path<String>) -> Answer {
    posted.visit.admin()?;
    let id: AgentId = id.parse()?;
    let seen = seen(&posted.visit, id).await?;
    let who = posted.visit.actor();
    match posted.fields.pressed() {
        "retire" => {
            posted.write(move |cx| agents::retire(cx, &who, id).map(drop)).await?;
            return Ok(see_other("/admin/resources?done=resource-retired"));
        }
        "save" | "preview" => {}
        _ => return Err(Error::invalid("do", "Press one of the buttons of the page.").into()),
    }
    let typed = |errors| ResourceForm {
        name: posted.fields.owned("name"),
        zone: posted.fields.owned("zone"),
        conditions: conditions::typed(&posted.fields, form(&seen.agent).conditions),
        errors,
    };
    let outcome = match read(&posted) {
        Ok(change) if posted.fields.pressed() == "preview" => {
            let has_hours = matches!(change.week, Some(Some(_)));
            let preview = network::rules_sentence(&change.rules.unwrap_or_default(), has_hours);
            let came = Came { form: Some(typed(FieldErrors::none())), preview };
            return shown(&posted.visit, seen, came, StatusCode::OK);
        }
        Ok(change) => posted.write(move |cx: &mut Cx<'_>| agents::change(cx, &who, id, &change)).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(_) => Ok(see_other(&format!("{}?done=saved", path(id)))),
        Err(error) => {
            let errors = FieldErrors::from_error(&error).ok_or(error)?;
            let came = Came { form: Some(typed(errors)), preview: String::new() };
            shown(&posted.visit, seen, came, StatusCode::UNPROCESSABLE_ENTITY)
        }
    }
}

/// Whose calendar is added: a room's, which must be there.
async fn whose(visit: &Visit, id: AgentId) -> Result<Whose> {
    let seen = seen(visit, id).await?;
    if seen.agent.state == State::Retired {
        return Err(Error::refused("agent.retired", "This room or thing is retired."));
    }
    Ok(Whose::of_room(&seen.agent))
}

/// `GET /admin/resources/{id}/calendars/new`.
pub(super) async fn new_calendar(visit: Visit, id: Path<String>) -> Answer {
    visit.admin()?;
    let whose = whose(&visit, id.parse()?).await?;
    ok(&sources::empty_form(&visit, &whose))
}

/// `POST /admin/resources/{id}/calendars`.
pub(super) async fn add_calendar(SignedIn(posted): SignedIn, id: Path<String>) -> Answer {
    posted.visit.admin()?;
    let whose = whose(&posted.visit, id.parse()?).await?;
    sources::add_for(&posted, &whose).await
}
