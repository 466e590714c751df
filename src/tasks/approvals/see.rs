//! Seeing approvals: theirs who ask, and theirs who can decide.

use super::decide::{electorate, may_decide};
use super::model::{Approval, ApprovalState, Of};
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{ApprovalId, Id, TaskId, UserId};
use crate::store::Cx;
use crate::tasks::see::WAITING_PAGES_MAX;
use crate::tasks::send;
use crate::tasks::sql::approvals as sql;
use crate::tasks::step;

/// Which approvals are listed.
#[derive(Clone, Debug, Default)]
pub struct ApprovalListing {
    /// What the caller asked for; else what they are to decide, or decided.
    pub asked: bool,
    /// In this state; `None`: in any.
    pub state: Option<ApprovalState>,
    /// Those after this one; `None`: from the newest.
    pub after: Option<ApprovalId>,
    /// How many.
    pub limit: u32,
}

/// A page of approvals.
#[derive(Clone, Debug)]
pub struct ApprovalPage {
    /// Newest first.
    pub approvals: Vec<Approval>,
    /// After which the next page begins; `None`: this was the last.
    pub next: Option<ApprovalId>,
}

/// Says of each vote whether it counts: while it is pending, only theirs who could decide now.
pub(super) fn with_counts(cx: &Cx<'_>, mut one: Approval) -> Result<Approval> {
    if one.state == ApprovalState::Pending && !one.votes.is_empty() {
        let may = electorate(cx, one.of, one.from)?;
        for vote in &mut one.votes {
            vote.counts = may.contains(&vote.user);
        }
    }
    Ok(one)
}

fn is_theirs(cx: &Cx<'_>, me: UserId, one: &Approval) -> Result<bool> {
    Ok(one.from == me
        || match one.of {
            Of::User(user) => user == me,
            Of::Role(role) => agents::is_in_role(cx, role, me)?,
        })
}

/// An approval that the caller asked for, or is to decide.
pub fn approval(cx: &Cx<'_>, who: &Actor, id: ApprovalId) -> Result<Approval> {
    let me = send::person(who)?;
    let one = sql::approval(cx, id)?.ok_or(Error::NotFound("approval"))?;
    if !is_theirs(cx, me, &one)? {
        return Err(Error::NotFound("approval"));
    }
    with_counts(cx, one)
}

/// The approvals that the caller asked for, or is to decide.
pub fn approvals(cx: &Cx<'_>, who: &Actor, listing: &ApprovalListing) -> Result<ApprovalPage> {
    let me = send::person(who)?;
    let before = listing.after.unwrap_or_else(|| ApprovalId::from_uuid(uuid::Uuid::max()));
    let at = (listing.state.map_or("", ApprovalState::as_str), before);
    let most = listing.limit + 1;
    let mut found = if listing.asked {
        sql::from(cx, me, at, most)?
    } else {
        let mut found = sql::of(cx, Of::User(me), at, most)?;
        for role in agents::roles_of(cx, me)? {
            found.extend(sql::of(cx, Of::Role(role), at, most)?);
        }
        found
    };
    found.sort_by_key(|one| std::cmp::Reverse(one.id));
    let is_more = found.len() > listing.limit as usize;
    found.truncate(listing.limit as usize);
    let next = found.last().filter(|_| is_more).map(|one| one.id);
    let approvals = found.into_iter().map(|one| with_counts(cx, one)).collect::<Result<_>>()?;
    Ok(ApprovalPage { approvals, next })
}

/// Everybody with an account who may read an approval: whoever asked for it, and whoever is to decide it. Nobody, where there is
/// none.
pub fn readers(cx: &Cx<'_>, id: ApprovalId) -> Result<Vec<UserId>> {
    let Some(one) = sql::approval(cx, id)? else { return Ok(Vec::new()) };
    let mut users = vec![one.from];
    match one.of {
        Of::User(user) => users.push(user),
        Of::Role(role) => users.extend(agents::members(cx, role)?),
    }
    users.sort_unstable();
    users.dedup();
    Ok(users)
}

/// The approvals of the caller's that belong to no task, asked for by them or of them, newest first: each has a session.
pub fn of_none(cx: &Cx<'_>, who: &Actor, after: Option<ApprovalId>, limit: u32) -> Result<ApprovalPage> {
    let listing = |asked| ApprovalListing { asked, state: None, after, limit };
    let (asked, decides) = (approvals(cx, who, &listing(true))?, approvals(cx, who, &listing(false))?);
    let is_more = asked.next.is_some() || decides.next.is_some();
    let mut found = asked.approvals;
    found.extend(decides.approvals);
    found.sort_by_key(|one| std::cmp::Reverse(one.id));
    found.dedup_by_key(|one| one.id);
    let is_more = is_more || found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| is_more).map(|one| one.id);
    found.retain(|one| one.task.is_none());
    Ok(ApprovalPage { approvals: found, next })
}

/// What waits for the caller to decide, and they have said nothing yet, newest first.
pub fn waiting(cx: &Cx<'_>, who: &Actor, limit: u32) -> Result<Vec<Approval>> {
    let me = send::person(who)?;
    let mut pending =
        ApprovalListing { state: Some(ApprovalState::Pending), limit, ..ApprovalListing::default() };
    let mut found = Vec::new();
    // What they have decided already, and still waits for others, is among it.
    for _ in 0..WAITING_PAGES_MAX {
        let page = approvals(cx, who, &pending)?;
        for one in page.approvals {
            if one.vote_of(me).is_none() && may_decide(cx, who, &one)? {
                found.push(one);
            }
        }
        pending.after = page.next;
        if pending.after.is_none() || found.len() >= limit as usize {
            break;
        }
    }
    found.truncate(limit as usize);
    Ok(found)
}

/// What a task of the caller's waited, or waits, for.
pub fn of_task(cx: &Cx<'_>, who: &Actor, task: TaskId) -> Result<Vec<Approval>> {
    step::theirs(cx, who, task)?;
    sql::of_task(cx, task)?.into_iter().map(|one| with_counts(cx, one)).collect()
}
