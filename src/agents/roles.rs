//! Roles: named groups of users that an administrator fills. Work and decisions may be addressed to one.

use super::sql::roles as sql;
use crate::accounts;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{RoleId, UserId};
use crate::base::text;
use crate::base::time::Timestamp;
use crate::journal::{self, Happening};
use crate::store::Cx;

/// The most roles of a house.
pub const ROLES_MAX: usize = 200;
/// The most members of a role.
pub const MEMBERS_MAX: usize = 500;
const NAME_CHARS_MAX: usize = 60;
const ABOUT_CHARS_MAX: usize = 300;

/// A named group of users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its id.
    pub id: RoleId,
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// Since when there is one.
    pub created_at: Timestamp,
    /// Who belongs to it.
    pub members: Vec<UserId>,
}

/// All roles, by name. Users of this house may know who belongs to which.
pub fn roles(cx: &Cx<'_>, who: &Actor) -> Result<Vec<Role>> {
    known(who)?;
    sql::roles(cx)
}

/// A role.
pub fn role(cx: &Cx<'_>, who: &Actor, id: RoleId) -> Result<Role> {
    known(who)?;
    sql::role(cx, id)?.ok_or(Error::NotFound("role"))
}

/// Adds a role with nobody in it. Only an administrator may.
pub fn add_role(cx: &mut Cx<'_>, who: &Actor, name: &str, about: &str) -> Result<Role> {
    admin_only(who)?;
    if sql::roles(cx)?.len() >= ROLES_MAX {
        return Err(Error::refused("role.too-many", format!("There are {ROLES_MAX} roles already.")));
    }
    let role = Role {
        id: cx.id(),
        name: named(name)?,
        about: text::line(about, ABOUT_CHARS_MAX),
        created_at: cx.now,
        members: Vec::new(),
    };
    if is_taken(cx, &role)? || !sql::insert_role(cx, &role)? {
        return Err(taken());
    }
    journal::append(cx, who, &Happening::to("role.added", &role.id))?;
    Ok(role)
}

/// Calls a role something else; what is not given stays. Only an administrator may.
pub fn change_role(
    cx: &mut Cx<'_>,
    who: &Actor,
    id: RoleId,
    name: Option<&str>,
    about: Option<&str>,
) -> Result<Role> {
    admin_only(who)?;
    let before = role(cx, who, id)?;
    let after = Role {
        name: name.map(named).transpose()?.unwrap_or_else(|| before.name.clone()),
        about: about.map_or_else(|| before.about.clone(), |line| text::line(line, ABOUT_CHARS_MAX)),
        ..before.clone()
    };
    if after == before {
        return Ok(before);
    }
    if is_taken(cx, &after)? {
        return Err(taken());
    }
    sql::update_role(cx, &after)?;
    journal::append(cx, who, &Happening::to("role.changed", &id))?;
    Ok(after)
}

/// Takes a role away; who was in it stays what they are. Only an administrator may.
pub fn remove_role(cx: &mut Cx<'_>, who: &Actor, id: RoleId) -> Result<()> {
    admin_only(who)?;
    role(cx, who, id)?;
    sql::delete_role(cx, id)?;
    journal::append(cx, who, &Happening::to("role.removed", &id)).map(drop)
}

/// Says who belongs to a role, all of them. Only an administrator may.
pub fn set_members(cx: &mut Cx<'_>, who: &Actor, id: RoleId, members: &[UserId]) -> Result<Role> {
    admin_only(who)?;
    let before = role(cx, who, id)?;
    let mut members = members.to_vec();
    members.sort_unstable();
    members.dedup();
    if members.len() > MEMBERS_MAX {
        return Err(Error::invalid("members", format!("A role has {MEMBERS_MAX} members at most.")));
    }
    for (at, member) in members.iter().enumerate() {
        let field = format!("members[{at}]");
        accounts::get(cx, *member).map_err(|error| match error {
            Error::NotFound(_) => Error::invalid(field, "There is no such user."),
            other => other,
        })?;
    }
    if members == before.members {
        return Ok(before);
    }
    sql::set_members(cx, id, &members)?;
    let many = i64::try_from(members.len()).unwrap_or(i64::MAX);
    journal::append(cx, who, &Happening::to("role.filled", &id).amount(many))?;
    for (kind, those, others) in
        [("role.member-added", &members, &before.members), ("role.member-removed", &before.members, &members)]
    {
        for member in those.iter().filter(|member| !others.contains(member)) {
            journal::append(cx, who, &Happening::to(kind, &id).with(member))?;
        }
    }
    Ok(Role { members, ..before })
}

/// Who belongs to a role, for rooms that have settled who is asking; nobody to one that is no more.
pub fn members(cx: &Cx<'_>, id: RoleId) -> Result<Vec<UserId>> {
    Ok(sql::role(cx, id)?.map(|role| role.members).unwrap_or_default())
}

/// Whether there is such a role, for rooms that have settled who is asking.
pub fn is_role(cx: &Cx<'_>, id: RoleId) -> Result<bool> {
    Ok(sql::role(cx, id)?.is_some())
}

/// Whether somebody belongs to a role.
pub fn is_in_role(cx: &Cx<'_>, id: RoleId, user: UserId) -> Result<bool> {
    Ok(members(cx, id)?.contains(&user))
}

/// The roles that somebody belongs to.
pub fn roles_of(cx: &Cx<'_>, user: UserId) -> Result<Vec<RoleId>> {
    Ok(sql::roles_of(cx, user)?.into_iter().map(|(id, _)| id).collect())
}

/// What a role is called, for rooms that have settled who is asking; empty: it is no more.
pub fn role_name(cx: &Cx<'_>, id: RoleId) -> Result<String> {
    Ok(sql::role(cx, id)?.map(|role| role.name).unwrap_or_default())
}

/// Whether somebody may still add roles: before they are answered again as they were.
pub fn may_fill(_: &Cx<'_>, who: &Actor) -> Result<()> {
    admin_only(who)
}

fn known(who: &Actor) -> Result<()> {
    if who.user().is_some() || who.is_admin() {
        return Ok(());
    }
    Err(Error::denied("Roles are known to users of this house."))
}

fn named(name: &str) -> Result<String> {
    let name = text::name(name, NAME_CHARS_MAX);
    if name.is_empty() { Err(Error::invalid("name", "Say what it is called.")) } else { Ok(name) }
}

/// Whether another role has this name, in whatever case: in a list nobody would tell them apart.
fn is_taken(cx: &Cx<'_>, role: &Role) -> Result<bool> {
    let name = role.name.to_lowercase();
    Ok(sql::roles(cx)?.iter().any(|one| one.id != role.id && one.name.to_lowercase() == name))
}

fn taken() -> Error {
    Error::refused("role.name-taken", "There is a role of this name already.")
}

fn admin_only(who: &Actor) -> Result<()> {
    if who.is_admin() {
        Ok(())
    } else {
        Err(Error::denied("Only an administrator may do this: by a token it takes the scope admin."))
    }
}
