//! For whoever runs the house: roles, and who belongs to them.

use actix_web::http::StatusCode;
use actix_web::web::Path;

use super::admin::tabs;
use super::once;
use super::visit::{Answer, Posted, SignedIn, Visit, page, see_other};
use crate::accounts::{self, User};
use crate::agents::{self, Role};
use crate::base::error::{Error, Result};
use crate::base::id::{RoleId, UserId};
use crate::store::Cx;
use crate::web::view::admin::{Tab, Tabs};
use crate::web::view::parts::{Choice, FieldErrors, Nav};
use crate::web::view::roles::{RoleList, RolePage, RoleRow};

/// How many people of a role are named.
const NAMED: usize = 3;

fn path(id: RoleId) -> String {
    format!("/admin/roles/{id}")
}

/// What was typed of a new one.
struct Typed {
    name: String,
    about: String,
    once: String,
    errors: FieldErrors,
}

/// `GET /admin/roles`.
pub(super) async fn list(visit: Visit) -> Answer {
    let once = once::fresh(&visit);
    let typed = Typed { name: String::new(), about: String::new(), once, errors: FieldErrors::none() };
    listed(&visit, typed, StatusCode::OK).await
}

async fn listed(visit: &Visit, typed: Typed, status: StatusCode) -> Answer {
    visit.admin()?;
    let who = visit.actor();
    let read = visit
        .read(move |cx| Ok((tabs(cx, Tab::Roles)?, agents::roles(cx, &who)?, accounts::list(cx, &who)?)));
    let (tabs, roles, users) = read.await?;
    let row = |role: &Role| RoleRow {
        href: path(role.id),
        name: role.name.clone(),
        about: role.about.clone(),
        people: people(&users, &role.members),
    };
    let view = RoleList {
        frame: visit.frame("Roles", Nav::Admin),
        tabs,
        rows: roles.iter().map(row).collect(),
        name: typed.name,
        about: typed.about,
        once: typed.once,
        errors: typed.errors,
    };
    page(status, &view)
}

/// What an administrator knows somebody by.
fn name(user: &User) -> String {
    user.given_name().unwrap_or_else(|| user.address.as_str().to_owned())
}

/// `Ana, Ben and 3 others`, `Ana and Ben`, `nobody yet`.
fn people(users: &[User], members: &[UserId]) -> String {
    let mut names: Vec<String> = users.iter().filter(|user| members.contains(&user.id)).map(name).collect();
    names.sort_unstable();
    let more = names.len().saturating_sub(NAMED);
    // One more is as long as their name.
    let last = match more {
        0 | 1 => names.pop(),
        _ => {
            names.truncate(NAMED);
            Some(format!("{more} others"))
        }
    };
    match last {
        None => "nobody yet".to_owned(),
        Some(last) if names.is_empty() => last,
        Some(last) => format!("{} and {last}", names.join(", ")),
    }
}

/// What the room refuses, beside the field that it is about.
fn beside(error: &Error) -> Option<FieldErrors> {
    match error.code() {
        "role.name-taken" | "role.too-many" => Some(FieldErrors::one("name", error.to_string())),
        _ => FieldErrors::from_error(error),
    }
}

/// `POST /admin/roles`.
pub(super) async fn add(SignedIn(posted): SignedIn) -> Answer {
    posted.visit.admin()?;
    let (name, about) = (posted.fields.owned("name"), posted.fields.owned("about"));
    let once = once::of(&posted.fields);
    let typed =
        Typed { name: name.clone(), about: about.clone(), once: once.clone(), errors: FieldErrors::none() };
    let who = posted.visit.actor();
    let work = move |cx: &mut Cx<'_>| {
        once::act(cx, &who, "POST /admin/roles", &once, |cx| {
            let role = agents::add_role(cx, &who, &name, &about)?;
            Ok(format!("{}?done=role-added", path(role.id)))
        })
    };
    match posted.write(work).await {
        Ok(path) => Ok(see_other(&path)),
        Err(error) => {
            let errors = beside(&error).ok_or(error)?;
            listed(&posted.visit, Typed { errors, ..typed }, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

/// What is known of one.
struct Seen {
    tabs: Tabs,
    role: Role,
    users: Vec<User>,
}

async fn seen(visit: &Visit, id: RoleId) -> Result<Seen> {
    let who = visit.actor();
    let read = visit.read(move |cx| {
        let role = agents::role(cx, &who, id)?;
        Ok(Seen { tabs: tabs(cx, Tab::Roles)?, role, users: accounts::list(cx, &who)? })
    });
    read.await
}

/// The form, as it is typed.
struct Form {
    name: String,
    about: String,
    members: Vec<UserId>,
    errors: FieldErrors,
}

/// `GET /admin/roles/{id}`.
pub(super) async fn show(visit: Visit, id: Path<String>) -> Answer {
    visit.admin()?;
    let seen = seen(&visit, id.parse()?).await?;
    let role = seen.role.clone();
    let form =
        Form { name: role.name, about: role.about, members: role.members, errors: FieldErrors::none() };
    shown(&visit, seen, form, StatusCode::OK)
}

fn shown(visit: &Visit, seen: Seen, form: Form, status: StatusCode) -> Answer {
    let Seen { tabs, role, mut users } = seen;
    users.sort_by_cached_key(name);
    let choice = |user: &User| {
        let address = user.address.as_str();
        let hint =
            if user.disabled_at.is_some() { format!("{address}, disabled") } else { address.to_owned() };
        Choice::new(user.id.to_string(), name(user), hint, form.members.contains(&user.id))
    };
    let view = RolePage {
        frame: visit.frame(&role.name, Nav::Admin),
        tabs,
        path: path(role.id),
        title: role.name.clone(),
        people: people(&users, &role.members),
        members: users.iter().map(choice).collect(),
        name: form.name,
        about: form.about,
        errors: form.errors,
    };
    page(status, &view)
}

/// `POST /admin/roles/{id}`: saves, or removes it. Pressed again, it is gone already.
pub(super) async fn act(SignedIn(posted): SignedIn, id: Path<String>) -> Answer {
    posted.visit.admin()?;
    let (who, id): (_, RoleId) = (posted.visit.actor(), id.parse()?);
    match posted.fields.pressed() {
        "save" => save(&posted, id).await,
        "remove" => match posted.write(move |cx| agents::remove_role(cx, &who, id)).await {
            Ok(()) | Err(Error::NotFound(_)) => Ok(see_other("/admin/roles?done=role-removed")),
            Err(error) => Err(error.into()),
        },
        _ => Err(Error::invalid("do", "Press one of the buttons of the page.").into()),
    }
}

async fn save(posted: &Posted, id: RoleId) -> Answer {
    let form = Form {
        name: posted.fields.owned("name"),
        about: posted.fields.owned("about"),
        members: posted.fields.all("member").filter_map(|id| id.parse().ok()).collect(),
        errors: FieldErrors::none(),
    };
    let (who, name, about) = (posted.visit.actor(), form.name.clone(), form.about.clone());
    let members = form.members.clone();
    let saved = posted.write(move |cx| {
        agents::change_role(cx, &who, id, Some(&name), Some(&about))?;
        // Whoever left the house while the page was open is no reason to begin again.
        let mut there = members.clone();
        there.retain(|id| accounts::get(cx, *id).is_ok());
        agents::set_members(cx, &who, id, &there).map(drop)
    });
    match saved.await {
        Ok(()) => Ok(see_other(&format!("{}?done=saved", path(id)))),
        Err(error) => {
            let errors = beside(&error).ok_or(error)?;
            let seen = seen(&posted.visit, id).await?;
            shown(&posted.visit, seen, Form { errors, ..form }, StatusCode::UNPROCESSABLE_ENTITY)
        }
    }
}
