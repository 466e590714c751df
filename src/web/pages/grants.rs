//! One connection: what the reader lets the other's agent do, as a form and as a sentence.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use actix_web::web::Path;
use chrono::{Days, NaiveDate};

use super::conditions;
use super::connections::{self, pill, waiting};
use super::visit::{Answer, Posted, SignedIn, Visit, page, see_other};
use super::words;
use crate::base::error::{Error, Result};
use crate::base::id::ConnectionId;
use crate::base::time::{Timestamp, Zone};
use crate::network::{self, Connection, Grant, Grants, NewGrant, Reading, Reveal, Scope, Side, State, Usual};
use crate::web::form::Fields;
use crate::web::view::grants::{ConnectionPage, GrantForm, ready};
use crate::web::view::parts::{Choice, FieldErrors, Nav};

/// What came of the form.
struct Came {
    form: GrantForm,
    preview: String,
}

/// `GET /connections/{id}`.
pub(super) async fn show(visit: Visit, id: Path<String>) -> Answer {
    visit.user()?;
    let (seen, grants) = read(&visit, id.parse()?).await?;
    shown(&visit, &seen, &grants, None, StatusCode::OK)
}

async fn read(visit: &Visit, id: ConnectionId) -> Result<(Connection, Grants)> {
    let who = visit.actor();
    visit.read(move |cx| Ok((network::connection(cx, &who, id)?, network::grants(cx, &who, id)?))).await
}

fn shown(
    visit: &Visit,
    seen: &Connection,
    grants: &Grants,
    came: Option<Came>,
    status: StatusCode,
) -> Answer {
    let zone = visit.zone(None);
    let called = seen.called();
    let told = |grant: &Grant, reading| network::sentence(grant, reading, zone, visit.now);
    let is_live = seen.state.is_live();
    let knows_theirs = seen.state == State::Connected || seen.side == Side::Invitee && is_live;
    let (end_words, end_hint) = ending(seen, &called);
    let (form, preview) = match came {
        Some(came) => (Some(came.form), came.preview),
        None => (is_live.then(|| form(&grants.given, zone)), String::new()),
    };
    let name = connections::called(seen);
    page(
        status,
        &ConnectionPage {
            frame: visit.frame(&name, Nav::Connections),
            path: format!("/connections/{}", seen.id),
            pill: pill(seen),
            since: since(visit, seen),
            waiting: waiting(visit, seen),
            given_when: match (seen.state, seen.side) {
                (State::Invited, Side::Inviter) => "Once they accept:",
                (State::Invited, Side::Invitee) => "Once you accept:",
                _ => "Now:",
            }
            .to_owned(),
            given: if is_live { told(&grants.given, Reading::Grantor(&called)) } else { String::new() },
            preview,
            form,
            received: if knows_theirs {
                told(&grants.received, Reading::Grantee(&called))
            } else {
                String::new()
            },
            end_words,
            end_hint,
            until_rethought: if seen.state == State::Declined
                && !seen.is_blocked
                && visit.now < seen.expires_at
            {
                words::near(zone, seen.expires_at, visit.now)
            } else {
                String::new()
            },
            is_blocked: seen.is_blocked,
            name,
        },
    )
}

fn since(visit: &Visit, seen: &Connection) -> String {
    let near = |at| words::near(visit.zone(None), at, visit.now);
    match (seen.state, seen.connected_at, seen.ended_at) {
        (State::Invited, ..) if seen.side == Side::Inviter => format!(
            "Invited {}. They can accept until {}; what you let their agent do holds from then on.",
            near(seen.created_at),
            near(seen.expires_at)
        ),
        (State::Invited, ..) => {
            format!("They invited you {}, until {}.", near(seen.created_at), near(seen.expires_at))
        }
        (State::Connected, Some(at), _) => format!("Connected since {}.", near(at)),
        (_, _, Some(at)) => format!("Over since {}. Nothing is shared.", near(at)),
        _ => String::new(),
    }
}

fn ending(seen: &Connection, called: &str) -> (String, String) {
    match (seen.state, seen.side) {
        (State::Connected, _) => (
            "End the connection".to_owned(),
            format!(
                "What both of you allowed ends with it, and {called} is told. You can invite each other again."
            ),
        ),
        (State::Invited, Side::Inviter) => {
            ("Take the invitation back".to_owned(), "Its link no longer works then.".to_owned())
        }
        _ => (String::new(), String::new()),
    }
}

fn form(grant: &Grant, zone: Zone) -> GrantForm {
    let constraints = &grant.constraints;
    let choice = |value: &str, words: &str, chosen| Choice::new(value, words, "", chosen);
    let ready_was = ready_of(&grant.scopes);
    GrantForm {
        ready: ready_choices(ready_was),
        ready_was: ready_was.to_owned(),
        scopes: Scope::ALL
            .iter()
            .map(|scope| choice(scope.as_str(), scope_words(*scope), grant.scopes.contains(scope)))
            .collect(),
        reveal: vec![
            choice("slots", "Only which times would suit me", grant.reveal == Reveal::Slots),
            choice("busy", "When I am busy, never with what", grant.reveal == Reveal::Busy),
        ],
        conditions: conditions::fields(constraints),
        // The grant ends when its last day does.
        ends_at: grant.ends_at.map_or_else(String::new, |end| zone.date(end.plus(-1)).to_string()),
        version: grant.version,
        errors: FieldErrors::none(),
    }
}

/// What is allowed that is none of the usual sets.
const OWN: &str = "own";

fn ready_of(scopes: &BTreeSet<Scope>) -> &'static str {
    Usual::of(scopes).map_or(OWN, Usual::as_str)
}

fn ready_choices(chosen: &str) -> Vec<Choice> {
    let own = Choice::new(OWN, "As I choose one by one", "", chosen == OWN);
    ready(chosen).into_iter().chain([own]).collect()
}

/// What the form allows: a usual set that was chosen just now, else what is ticked. A set that had been chosen before and
/// whose ticks were then changed is that set no longer.
fn scopes_of(fields: &Fields) -> BTreeSet<Scope> {
    match Usual::parse(fields.get("ready")) {
        Some(usual) if usual.as_str() != fields.get("ready_was") => usual.scopes(),
        _ => fields.all("scope").filter_map(Scope::parse).collect(),
    }
}

fn scope_words(scope: Scope) -> &'static str {
    match scope {
        Scope::ProfileRead => "Read my name and time zone",
        Scope::AvailabilityRead => "Learn when I have time",
        Scope::Propose => "Propose times to me",
        Scope::BookConfirmed => "Book a meeting once I confirm it",
        Scope::BookAlone => "Book meetings by itself, without asking me",
    }
}

/// What the form says, or what is wrong with which field.
fn read_form(fields: &Fields, zone: Zone) -> Result<NewGrant> {
    Ok(NewGrant {
        scopes: scopes_of(fields),
        reveal: Reveal::parse(fields.get("reveal")).unwrap_or_default(),
        constraints: conditions::read(fields)?,
        ends_at: last_day(fields.get("ends_at"), zone)?,
        version: fields.get("version").parse().ok(),
    })
}

/// The instant at which the day after the last one begins.
fn last_day(text: &str, zone: Zone) -> Result<Option<Timestamp>> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let wrong = || Error::invalid("ends_at", "The day should look like 2026-12-31.");
    let date = NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").map_err(|_| wrong())?;
    let next = date.checked_add_days(Days::new(1)).ok_or_else(wrong)?;
    Ok(Some(zone.midnight(next)))
}

/// The form as it was typed, which may be more than can be read.
fn typed(fields: &Fields, present: &Grant, zone: Zone, errors: FieldErrors) -> GrantForm {
    let form = form(present, zone);
    let scopes = scopes_of(fields);
    let is_allowed = |one: &Choice| Scope::parse(&one.value).is_some_and(|scope| scopes.contains(&scope));
    GrantForm {
        ready: ready_choices(ready_of(&scopes)),
        ready_was: ready_of(&scopes).to_owned(),
        scopes: form.scopes.into_iter().map(|one| Choice { chosen: is_allowed(&one), ..one }).collect(),
        reveal: conditions::chosen(fields, "reveal", form.reveal),
        conditions: conditions::typed(fields, form.conditions),
        ends_at: fields.owned("ends_at"),
        version: fields.get("version").parse().unwrap_or(present.version),
        errors,
    }
}

/// `POST /connections/{id}/grants`: saves, or says what saving would mean.
pub(super) async fn set(SignedIn(posted): SignedIn, id: Path<String>) -> Answer {
    let id: ConnectionId = id.parse()?;
    let visit = &posted.visit;
    let (seen, grants) = read(visit, id).await?;
    let zone = visit.zone(None);
    let new = read_form(&posted.fields, zone).and_then(|new| new.check(visit.now).map(|()| new));
    let outcome = match new {
        Ok(new) if posted.fields.pressed() == "preview" => Ok(Some(new)),
        Ok(new) => save(&posted, id, new).await.map(|()| None),
        Err(error) => Err(error),
    };
    match outcome {
        Ok(None) => Ok(see_other(&format!("/connections/{id}?done=granted"))),
        Ok(Some(new)) => {
            let as_if = Grant {
                scopes: new.scopes,
                reveal: new.reveal,
                constraints: new.constraints,
                ends_at: new.ends_at,
                ..grants.given.clone()
            };
            let preview = network::sentence(&as_if, Reading::Grantor(&seen.called()), zone, visit.now);
            let form = typed(&posted.fields, &grants.given, zone, FieldErrors::none());
            shown(visit, &seen, &grants, Some(Came { form, preview }), StatusCode::OK)
        }
        Err(error) => {
            let Some(errors) = FieldErrors::from_error(&error) else { return Err(error.into()) };
            let form = typed(&posted.fields, &grants.given, zone, errors);
            let came = Came { form, preview: String::new() };
            shown(visit, &seen, &grants, Some(came), StatusCode::UNPROCESSABLE_ENTITY)
        }
    }
}

async fn save(posted: &Posted, id: ConnectionId, new: NewGrant) -> Result<()> {
    let who = posted.visit.actor();
    posted.write(move |cx| network::set_grant(cx, &who, id, &new).map(drop)).await
}
