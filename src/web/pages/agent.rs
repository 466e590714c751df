//! One program of the reader's: described, given keys, told whom to trust and block, and retired. An administrator takes
//! back the keys of somebody else's, and retires it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;

use super::agent_form::{Said, conversations};
use super::agent_limits;
use super::agents::{Part, part, path, pills, sentence, switched_on};
use super::once;
use super::visit::{Answer, Posted, SignedIn, Visit, page, see_other};
use super::watch;
use super::words;
use crate::accounts::{self, Scope};
use crate::agents::{self, Capabilities, Face, Key, Kind, Registered, Relation, State};
use crate::analytics::{self, Health};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, AgentKeyId};
use crate::base::time::{SECOND, Timestamp, Zone};
use crate::store::Cx;
use crate::web::view::agent::{AgentPage, FreshKey, KeyForm, KeyRow, ListedRow, Lists};
use crate::web::view::parts::{Choice, FieldErrors, Flash, Nav, Pill, Tone};

/// What is known of one.
struct Seen {
    one: Registered,
    part: Part,
    keys: Vec<Key>,
    /// Whom it trusts and blocks; empty where it is not the reader's.
    listed: Vec<(AgentId, Relation, Option<Face>)>,
    /// Whose it is, where it is not the reader's.
    owner: Option<String>,
    health: Health,
}

async fn seen(visit: &Visit, id: AgentId) -> Result<Seen> {
    let me = visit.user()?.id;
    switched_on(visit)?;
    let who = visit.actor();
    let read = visit.read(move |cx| {
        let one = agents::registered(cx, &who, id)?;
        let is_mine = one.agent.user == Some(me);
        let owner = match one.agent.user.filter(|_| !is_mine) {
            Some(user) => accounts::get(cx, user)?.given_name().or_else(|| Some("somebody else".to_owned())),
            None => None,
        };
        Ok(Seen {
            part: part(cx, &one)?,
            keys: agents::keys(cx, &who, id)?,
            listed: if is_mine { agents::listed(cx, &who, id)? } else { Vec::new() },
            owner,
            health: analytics::health(cx, &who, id)?,
            one,
        })
    });
    read.await
}

/// What is different from a page that was just opened.
#[derive(Default)]
struct Came {
    form: Option<(Said, FieldErrors)>,
    key: Option<(String, Vec<Scope>, String, FieldErrors)>,
    fresh: Option<String>,
    other: Option<(String, FieldErrors)>,
}

/// `GET /agents/{id}`.
pub(super) async fn show(visit: Visit, id: Path<String>) -> Answer {
    visit.user()?;
    let seen = seen(&visit, id.parse()?).await?;
    shown(&visit, &seen, Came::default(), StatusCode::OK)
}

fn shown(visit: &Visit, seen: &Seen, came: Came, status: StatusCode) -> Answer {
    let Seen { one, part, keys, owner, .. } = seen;
    let (zone, now) = (visit.zone(None), visit.now);
    let is_retired = one.agent.state == State::Retired;
    let is_changed_here = !is_retired && owner.is_none();
    let most = conversations(&visit.web.store.ground().house);
    let mut frame = visit.frame(&one.agent.name, Nav::Agents);
    if came.fresh.is_some() {
        frame.flash = Some(Flash { tone: Tone::Yes, words: "The key is made.".to_owned() });
    }
    let form = || {
        let (said, errors) = came.form.unwrap_or_else(|| (Said::of(one), FieldErrors::none()));
        said.form(one.agent.kind, most, errors)
    };
    let view = AgentPage {
        frame,
        path: path(one.agent.id),
        name: one.agent.name.clone(),
        pills: pills(visit, one, part.plays && owner.is_none()),
        lead: lead(seen),
        owner: owner.clone(),
        is_retired,
        fresh: came.fresh.map(|secret| fresh(visit, secret)),
        keys: keys.iter().filter(|key| key.revoked_at.is_none()).map(|key| row(key, zone, now)).collect(),
        key_form: is_changed_here.then(|| key_form(visit, seen, came.key)),
        form: is_changed_here.then(form),
        lists: is_changed_here.then(|| lists(seen, came.other)),
        shut_out: watch::shut_out_words(&seen.health, zone, now),
        may_let_in: visit.actor().is_admin(),
        health: if is_retired { Vec::new() } else { watch::health_facts(&seen.health, zone, now) },
        limits: if is_retired { Vec::new() } else { limits(visit, one) },
        facts: facts(visit, one),
        retiring: retiring(seen),
    };
    page(status, &view)
}

/// What it is, for whoever reads.
fn lead(seen: &Seen) -> String {
    match (&seen.owner, seen.one.agent.kind) {
        _ if seen.one.agent.state == State::Retired => {
            "It is retired: it acts for nobody any more.".to_owned()
        }
        (Some(owner), Kind::Personal) if seen.part.plays => {
            format!("It acts for {owner} when times are arranged.")
        }
        (Some(owner), Kind::Personal) => format!("It acts for {owner}."),
        (Some(_), Kind::Service) => "It offers something to other agents.".to_owned(),
        _ => sentence(&seen.one, &seen.part),
    }
}

/// A key that was just made, with a line that exchanges it.
fn fresh(visit: &Visit, secret: String) -> FreshKey {
    let house = &visit.web.store.ground().house.public_url;
    let curl = format!(
        "curl {house}/api/v1/agents/token -H 'Authorization: Bearer {secret}' -H 'Content-Type: application/json' -d '{{}}'"
    );
    FreshKey { secret, curl }
}

fn row(key: &Key, zone: Zone, now: Timestamp) -> KeyRow {
    KeyRow {
        id: key.id.to_string(),
        name: key.name.clone(),
        may: key.scopes.iter().map(|scope| words::sentence(scope.words_for_agents())).collect(),
        made: words::near(zone, key.created_at, now),
        used: key.used_at.map_or_else(|| "never".to_owned(), |at| words::day(zone, at, now)),
    }
}

/// What a key can be used for, in plain words, each with its name for programs.
fn scopes(capabilities: Capabilities, chosen: &[Scope]) -> Vec<Choice> {
    let all = Scope::ALL.into_iter().filter(|scope| agents::is_for_agents(*scope));
    all.map(|scope| {
        let name = scope.as_str();
        let hint = if capabilities.allow(scope) {
            name.to_owned()
        } else {
            format!("{name}, of no use as long as it may not do this")
        };
        Choice::new(name, words::sentence(scope.words_for_agents()), hint, chosen.contains(&scope))
    })
    .collect()
}

/// What a program needs that does what this one may.
fn usual(capabilities: Capabilities) -> Vec<Scope> {
    let all = [
        Scope::AgentsRead,
        Scope::CalendarRead,
        Scope::SessionsRead,
        Scope::SessionsWrite,
        Scope::MessagesRead,
        Scope::MessagesWrite,
        Scope::TasksRead,
        Scope::TasksWrite,
        Scope::MeetingsWrite,
    ];
    let mut needed: Vec<Scope> = all.into_iter().filter(|scope| capabilities.allow(*scope)).collect();
    needed.push(Scope::MeetingsRead);
    needed
}

fn key_form(visit: &Visit, seen: &Seen, came: Option<(String, Vec<Scope>, String, FieldErrors)>) -> KeyForm {
    let capabilities = seen.one.capabilities;
    let has_none = seen.keys.iter().all(|key| key.revoked_at.is_some());
    let (name, chosen, once, errors) =
        came.unwrap_or_else(|| (String::new(), usual(capabilities), once::fresh(visit), FieldErrors::none()));
    KeyForm {
        name,
        scopes: scopes(capabilities, &chosen),
        once,
        is_open: has_none || !errors.is_empty(),
        errors,
    }
}

fn lists(seen: &Seen, came: Option<(String, FieldErrors)>) -> Lists {
    let (other, errors) = came.unwrap_or_default();
    let row = |(id, relation, face): &(AgentId, Relation, Option<Face>)| ListedRow {
        id: id.to_string(),
        name: face.as_ref().map_or_else(|| id.to_string(), |face| face.name.clone()),
        handle: face.as_ref().map_or_else(String::new, |face| face.handle.clone()),
        pill: match relation {
            Relation::Trusted => Pill::new("trusted", Tone::Yes),
            Relation::Blocked => Pill::new("blocked", Tone::No),
        },
    };
    Lists { rows: seen.listed.iter().map(row).collect(), other, errors }
}

fn limits(visit: &Visit, one: &Registered) -> Vec<(String, String)> {
    agent_limits::facts(one, &visit.web.store.ground().house, &visit.web.state.strikes)
}

/// What whoever writes its program needs to know.
fn facts(visit: &Visit, one: &Registered) -> Vec<(String, String)> {
    let (zone, now) = (visit.zone(None), visit.now);
    let house = &visit.web.store.ground().house;
    let seconds = house.agent_heartbeat_ms / SECOND;
    let sign = match one.active_at {
        Some(at) => format!("The last was {}.", words::near(zone, at, now)),
        None => "None was seen yet.".to_owned(),
    };
    let fact = |name: &str, value: String| (name.to_owned(), value);
    let mut facts = vec![fact("Handle", one.handle.clone()), fact("Id", one.agent.id.to_string())];
    if one.agent.state == State::Active {
        facts.push(fact(
            "Signs of life",
            format!("{sign} It should give one every {seconds} seconds, and is offline after three without."),
        ));
        facts.push(fact("Takes its token at", format!("{}/api/v1/agents/token", house.public_url)));
    }
    facts.push(fact("Added", words::near(zone, one.agent.created_at, now)));
    facts
}

/// What follows from retiring it.
fn retiring(seen: &Seen) -> Vec<String> {
    let mut all = vec!["Its keys stop working at once, and so does what they were exchanged for.".to_owned()];
    match (&seen.owner, seen.one.agent.kind) {
        (None, Kind::Personal) => {
            all.push("Your built-in agent acts for you, also in what goes on now.".to_owned());
        }
        (Some(owner), Kind::Personal) => {
            all.push(format!("The built-in agent acts for {owner}, also in what goes on now."));
        }
        (_, Kind::Room) => all.push("The room or thing answers by its own rules.".to_owned()),
        _ => {}
    }
    all.push("Whoever trusts or blocks it keeps it on their lists, where it does nothing.".to_owned());
    all.push("This cannot be taken back. Another one can be added.".to_owned());
    all
}

/// `POST /agents/{id}`.
pub(super) async fn act(SignedIn(posted): SignedIn, id: Path<String>) -> Answer {
    let id: AgentId = id.parse()?;
    let seen = seen(&posted.visit, id).await?;
    match posted.fields.pressed() {
        "save" => save(&posted, &seen).await,
        "key" => make_key(&posted, &seen).await,
        "revoke" => revoke(&posted, id).await,
        "trust" => relate(&posted, &seen, Relation::Trusted).await,
        "block" => relate(&posted, &seen, Relation::Blocked).await,
        "forget" => forget(&posted, id).await,
        "retire" => retire(&posted, &seen).await,
        "let-in" => let_in(&posted, id).await,
        _ => Err(Error::invalid("do", "Press one of the buttons of the page.").into()),
    }
}

fn came_back(posted: &Posted, seen: &Seen, came: Came) -> Answer {
    shown(&posted.visit, seen, came, StatusCode::UNPROCESSABLE_ENTITY)
}

fn done(id: AgentId, word: &str) -> HttpResponse {
    see_other(&format!("{}?done={word}", path(id)))
}

async fn save(posted: &Posted, seen: &Seen) -> Answer {
    let said = Said::typed(&posted.fields);
    let (who, id) = (posted.visit.actor(), seen.one.agent.id);
    let saved = match said.change(seen.one.agent.kind) {
        Ok(change) => posted.write(move |cx| agents::reregister(cx, &who, id, &change).map(drop)).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(()) => Ok(done(id, "saved")),
        Err(error) => {
            let errors = FieldErrors::from_error(&error).ok_or(error)?;
            came_back(posted, seen, Came { form: Some((said, errors)), ..Came::default() })
        }
    }
}

/// Makes a key. The page shows it this once, so it is no redirect; a form that comes again makes no other.
async fn make_key(posted: &Posted, seen: &Seen) -> Answer {
    let (who, id) = (posted.visit.actor(), seen.one.agent.id);
    let name = posted.fields.owned("name");
    let chosen: Vec<Scope> = posted.fields.all("scopes").filter_map(Scope::parse).collect();
    let form = once::of(&posted.fields);
    let typed = (name.clone(), chosen.clone(), form.clone());
    let work = move |cx: &mut Cx<'_>| {
        let mut made = None;
        once::act(cx, &who, &format!("POST {}", path(id)), &form, |cx| {
            let (_, secret) = agents::make_key(cx, &who, id, &name, &chosen)?;
            made = Some(secret.expose().to_owned());
            Ok(path(id))
        })?;
        Ok(made)
    };
    match posted.write(work).await {
        Ok(None) => Ok(done(id, "agent-key-made")),
        Ok(fresh) => {
            let seen = self::seen(&posted.visit, id).await?;
            shown(&posted.visit, &seen, Came { fresh, ..Came::default() }, StatusCode::OK)
        }
        Err(error) => {
            let errors = beside_key(&error).ok_or(error)?;
            let (name, chosen, form) = typed;
            came_back(posted, seen, Came { key: Some((name, chosen, form, errors)), ..Came::default() })
        }
    }
}

/// What is wrong with a key, beside the field that it is about.
fn beside_key(error: &Error) -> Option<FieldErrors> {
    match error {
        Error::Refused { code: "agent.too-many-keys", message } => {
            Some(FieldErrors::one("name", message.clone()))
        }
        Error::Invalid { field, message } if field.starts_with("scopes") => {
            Some(FieldErrors::one("scopes", message.clone()))
        }
        _ => FieldErrors::from_error(error),
    }
}

async fn revoke(posted: &Posted, id: AgentId) -> Answer {
    let (who, key): (_, AgentKeyId) = (posted.visit.actor(), posted.fields.get("key").parse()?);
    posted.write(move |cx| agents::revoke_key(cx, &who, id, key)).await?;
    Ok(done(id, "agent-key-revoked"))
}

/// Trusts or blocks another one. By its id any is taken: the page says nothing of whether there is such an agent. By its
/// handle it has to be one that can be found.
async fn relate(posted: &Posted, seen: &Seen, relation: Relation) -> Answer {
    let (who, id, typed) = (posted.visit.actor(), seen.one.agent.id, posted.fields.owned("other"));
    let other = typed.clone();
    let related = posted.write(move |cx| {
        let other = meant(cx, &who, &other)?;
        agents::relate(cx, &who, id, other, relation)
    });
    match related.await {
        Ok(()) if relation == Relation::Trusted => Ok(done(id, "agent-trusted")),
        Ok(()) => Ok(done(id, "agent-blocked")),
        Err(error @ (Error::Invalid { .. } | Error::Refused { code: "agent.too-many-relations", .. })) => {
            let errors = FieldErrors::one("other", error.to_string());
            came_back(posted, seen, Came { other: Some((typed, errors)), ..Came::default() })
        }
        Err(error) => Err(error.into()),
    }
}

/// The agent that somebody means by a handle or an id.
fn meant(cx: &Cx<'_>, who: &Actor, typed: &str) -> Result<AgentId> {
    if let Ok(id) = typed.trim().parse() {
        return Ok(id);
    }
    let none = "No agent that yours can find has this handle. It may be that it does not want to be found: its owner can give you its id.";
    match agents::find(cx, who, &typed.trim().to_lowercase(), None) {
        Ok(face) => Ok(face.id),
        Err(Error::NotFound(_)) => Err(Error::invalid("other", none)),
        Err(error) => Err(error),
    }
}

async fn forget(posted: &Posted, id: AgentId) -> Answer {
    let (who, other): (_, AgentId) = (posted.visit.actor(), posted.fields.get("other").parse()?);
    posted.write(move |cx| agents::unrelate(cx, &who, id, other)).await?;
    Ok(done(id, "agent-unlisted"))
}

/// Where its form was: administrators have one in the list of all.
fn back(posted: &Posted, id: AgentId, word: &str) -> HttpResponse {
    match posted.fields.get("list") {
        "all" => see_other(&format!("/admin/agents?done={word}")),
        _ => done(id, word),
    }
}

/// An administrator lets it in that is shut out.
async fn let_in(posted: &Posted, id: AgentId) -> Answer {
    let who = posted.visit.actor();
    posted.write(move |cx| agents::let_in(cx, &who, id).map(drop)).await?;
    Ok(back(posted, id, "agent-let-in"))
}

async fn retire(posted: &Posted, seen: &Seen) -> Answer {
    let (who, id) = (posted.visit.actor(), seen.one.agent.id);
    posted.write(move |cx| agents::deactivate(cx, &who, id).map(drop)).await?;
    match (posted.fields.get("list"), &seen.owner) {
        ("all", _) | (_, Some(_)) => Ok(back(posted, id, "agent-retired")),
        _ => Ok(see_other("/agents?done=agent-retired")),
    }
}
