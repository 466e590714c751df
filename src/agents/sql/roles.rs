//! The statements of roles.

use crate::agents::roles::Role;
use crate::base::error::Result;
use crate::base::id::{RoleId, UserId};
use crate::store::{Cx, Row};
use crate::values;

fn role_row(row: &Row<'_>) -> Result<Role> {
    Ok(Role {
        id: row.get("id")?,
        name: row.get("name")?,
        about: row.get("about")?,
        created_at: row.get("created_at")?,
        members: Vec::new(),
    })
}

pub(in crate::agents) fn role(cx: &Cx<'_>, id: RoleId) -> Result<Option<Role>> {
    let found =
        cx.db.one("SELECT id, name, about, created_at FROM roles WHERE id = $1", values![id], role_row)?;
    found.map(|role| with_members(cx, role)).transpose()
}

pub(in crate::agents) fn roles(cx: &Cx<'_>) -> Result<Vec<Role>> {
    let roles = cx.db.all("SELECT id, name, about, created_at FROM roles ORDER BY name", &[], role_row)?;
    roles.into_iter().map(|role| with_members(cx, role)).collect()
}

fn with_members(cx: &Cx<'_>, role: Role) -> Result<Role> {
    let members = cx.db.all(
        "SELECT user_id FROM role_members WHERE role_id = $1 ORDER BY user_id",
        values![role.id],
        |row| row.get::<UserId>("user_id"),
    )?;
    Ok(Role { members, ..role })
}

/// Says whether the name was free.
pub(in crate::agents) fn insert_role(cx: &Cx<'_>, role: &Role) -> Result<bool> {
    let inserted = cx.db.execute(
        "INSERT INTO roles (id, name, about, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING",
        values![role.id, role.name, role.about, role.created_at],
    )?;
    Ok(inserted == 1)
}

pub(in crate::agents) fn update_role(cx: &Cx<'_>, role: &Role) -> Result<()> {
    cx.db.change_one(
        "UPDATE roles SET name = $2, about = $3 WHERE id = $1",
        values![role.id, role.name, role.about],
    )
}

pub(in crate::agents) fn delete_role(cx: &Cx<'_>, id: RoleId) -> Result<()> {
    cx.db.execute("DELETE FROM role_members WHERE role_id = $1", values![id])?;
    cx.db.change_one("DELETE FROM roles WHERE id = $1", values![id])
}

pub(in crate::agents) fn set_members(cx: &Cx<'_>, id: RoleId, members: &[UserId]) -> Result<()> {
    cx.db.execute("DELETE FROM role_members WHERE role_id = $1", values![id])?;
    for member in members {
        cx.db.change_one(
            "INSERT INTO role_members (role_id, user_id) VALUES ($1, $2)",
            values![id, *member],
        )?;
    }
    Ok(())
}

pub(in crate::agents) fn roles_of(cx: &Cx<'_>, user: UserId) -> Result<Vec<(RoleId, String)>> {
    cx.db.all(
        "SELECT r.id, r.name FROM role_members m JOIN roles r ON r.id = m.role_id WHERE m.user_id = $1 ORDER BY r.name",
        values![user],
        |row| Ok((row.get("id")?, row.get("name")?)),
    )
}

pub(in crate::agents) fn leave_roles(cx: &Cx<'_>, user: UserId) -> Result<usize> {
    cx.db.execute("DELETE FROM role_members WHERE user_id = $1", values![user])
}
