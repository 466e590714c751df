//! What the built-in agent answers by itself: to times alone, and only where the grant lets it book by itself. It says yes to
//! what is free, and no to what is not; where it cannot know, its user is asked.

use super::answer::{NewAnswer, give};
use super::model::{Group, Member, Subject};
use super::tally::Vote;
use super::{due, go_on};
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::Result;
use crate::base::id::UserId;
use crate::base::time::Zone;
use crate::network::{self, Allowed, Scope};
use crate::sessions::conversation::{self, Right};
use crate::slots::{self, Check, Span, Want};
use crate::store::Cx;

/// What lets it: the grant to whoever began it. In a conversation its yes and no tell of a calendar, and commit.
fn allowed(cx: &Cx<'_>, group: &Group, one: &Member) -> Result<Option<Allowed>> {
    if let Some(id) = group.conversation {
        for right in [Right::Calendar, Right::Commitments] {
            if !conversation::lets(cx, id, right)? {
                return Ok(None);
            }
        }
    }
    match one.connection.filter(|_| group.subject == Subject::Time) {
        Some(connection) => network::still(cx, group.initiator, connection, Scope::BookAlone),
        None => Ok(None),
    }
}

/// Whether the built-in agent answers for somebody.
pub(super) fn may_answer(cx: &Cx<'_>, group: &Group, one: &Member) -> Result<bool> {
    Ok(one.agent.is_none() && allowed(cx, group, one)?.is_some())
}

/// Lets it answer, soon.
pub(super) fn plan(cx: &Cx<'_>, trace: &str, group: &Group, user: UserId) -> Result<()> {
    due::plan_house(cx, trace, group, user)
}

/// Answers for somebody, in place of a program that was silent as well, or has them asked.
pub(super) fn answer(cx: &mut Cx<'_>, trace: &str, group: &mut Group, user: UserId) -> Result<()> {
    let found = group.present().find(|one| one.user == user).cloned();
    let Some(one) = found.filter(|_| group.waits_for(user)) else { return Ok(()) };
    let votes = match allowed(cx, group, &one)? {
        Some(allowed) => votes(cx, group, &allowed)?,
        None => None,
    };
    let Some(votes) = votes.filter(|_| !group.has_spoken(user)) else {
        let is_asked = one.asked_at.is_some();
        return if is_asked { Ok(()) } else { go_on::ask_person(cx, &Actor::house(trace), group, user) };
    };
    let who = Actor::new(Who::User { id: user, admin: false }, Road::Worker, trace);
    give(cx, &who, group, (&one, false), &NewAnswer { votes, ..NewAnswer::default() })
}

/// What it says to each time; `None`: it cannot know, for a calendar was not read lately.
fn votes(
    cx: &Cx<'_>,
    group: &Group,
    allowed: &Allowed,
) -> Result<Option<std::collections::BTreeMap<crate::base::id::CandidateId, Vote>>> {
    let mut votes = std::collections::BTreeMap::new();
    let place = group.want.as_ref().and_then(|want| want.place);
    for one in group.open_candidates() {
        let Some((from, to)) = one.time else { return Ok(None) };
        let span = Span { from, to };
        let party = slots::granted(cx, group.initiator, allowed, span, None)?;
        let mut want = Want::new(cx.now, Zone::UTC, to.since(from), span);
        want.place = place;
        let vote = match slots::check_offer(&[party], &want, from) {
            Check::Free { is_stale: true } => return Ok(None),
            Check::Free { is_stale: false } => Vote::Yes,
            Check::Taken { .. } => Vote::No,
        };
        votes.insert(one.id, vote);
    }
    Ok(Some(votes))
}
