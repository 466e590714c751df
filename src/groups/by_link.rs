//! What the bearer of a mailed question can do: answer, and change what they said, without signing in.
//!
//! Looking changes nothing. A link is one person's and about one group; it acts as that person until the group closes, and
//! says afterwards what it came to.

use super::answer::{NewAnswer, answer};
use super::model::Group;
use super::see::{self, Seen};
use super::sql::groups as sql;
use crate::accounts::{self, User};
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{LinkId, SessionId};
use crate::links::{self, About, Purpose, Standing};
use crate::store::Cx;

/// A question as the bearer of its link sees it.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The group.
    pub seen: Seen,
    /// Who is asked.
    pub user: User,
    /// Whether the link still acts.
    pub standing: Standing,
    /// Whether what was said by it just now came too late to count.
    pub is_late: bool,
}

impl Opened {
    /// Whether there is something to answer by this link.
    pub fn is_open(&self) -> bool {
        self.standing == Standing::Live && self.seen.can.contains(&see::Verb::Answer)
    }
}

/// Makes the link of a letter that asks somebody. It ends with the group.
pub fn link(cx: &Cx<'_>, user: &User, group: &Group) -> Result<LinkId> {
    let about = About { user: Some(user.id), detail: Some(group.id.to_string()), ..About::default() };
    links::issue(cx, Purpose::Group, &user.address, &about, group.deadline)
}

fn reader(user: &User, trace: &str) -> Actor {
    Actor::new(Who::User { id: user.id, admin: false }, Road::Link, trace)
}

/// Opens a link. Changes nothing. What its account or its group is no more is no link.
pub fn open(cx: &Cx<'_>, secret: &str) -> Result<Opened> {
    let link = links::find(cx, Purpose::Group, secret)?;
    let unknown = |error: Error| match error {
        Error::NotFound(_) => Error::NotFound("link"),
        other => other,
    };
    let id: SessionId = link.about.detail.clone().unwrap_or_default().parse().map_err(unknown)?;
    let user = accounts::of_link(cx, &link)?;
    let seen = see::group(cx, &reader(&user, ""), id).map_err(unknown)?;
    let standing = link.standing(cx.now);
    Ok(Opened { seen, user, standing, is_late: false })
}

/// Whether a link is of somebody who belongs to its group no more: what they can be told is that, and nothing of the group.
pub fn is_left(cx: &Cx<'_>, secret: &str) -> Result<bool> {
    let found = || -> Result<bool> {
        let link = links::find(cx, Purpose::Group, secret)?;
        let user = accounts::of_link(cx, &link)?.id;
        let id: SessionId = link.about.detail.clone().unwrap_or_default().parse()?;
        let group = sql::group(cx, id)?.ok_or(Error::NotFound("link"))?;
        Ok(group.members.iter().any(|one| one.user == user && one.left_at.is_some()))
    };
    match found() {
        Err(Error::NotFound(_)) => Ok(false),
        found => found,
    }
}

/// Answers by a link, as the person it was mailed to.
pub fn answer_by_link(cx: &mut Cx<'_>, who: &Actor, secret: &str, new: &NewAnswer) -> Result<Opened> {
    let opened = open(cx, secret)?;
    if opened.standing != Standing::Live {
        return Err(Error::refused("link.expired", "This link has expired."));
    }
    let group = answer(cx, &reader(&opened.user, &who.trace), opened.seen.group.id, new)?;
    let said = group.answers.iter().rev().find(|one| one.user == opened.user.id);
    Ok(Opened { is_late: said.is_some_and(|one| one.is_late), ..open(cx, secret)? })
}
