//! Deciding: a vote of each who may, counted as those stand who may decide now; decided once.

use serde_json::json;

use super::ask::{end, end_because, filling, is_there};
use super::model::{Approval, ApprovalState, Choice, Of, Vote};
use super::see;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{ApprovalId, UserId};
use crate::base::text;
use crate::journal::{self, Happening};
use crate::store::Cx;
use crate::tasks::sql::approvals as sql;

/// The longest words with a vote, in characters.
pub(super) const NOTE_CHARS_MAX: usize = 1_000;
/// Why one was called off: fewer are left who may decide it than must say yes.
pub const TOO_FEW: &str = "too-few";

/// Who can decide now. Of a role nobody does who asks for it, or whose program does.
pub(super) fn electorate(cx: &Cx<'_>, of: Of, from: UserId) -> Result<Vec<UserId>> {
    match of {
        Of::User(user) => Ok(if is_there(cx, user)? { vec![user] } else { Vec::new() }),
        Of::Role(role) => Ok(filling(cx, role)?.into_iter().filter(|user| *user != from).collect()),
    }
}

/// Whether the caller may decide it, as things stand now: a person, and no program for them.
pub fn may_decide(cx: &Cx<'_>, who: &Actor, one: &Approval) -> Result<bool> {
    let Some(me) = who.user().filter(|_| who.agent().is_none()) else { return Ok(false) };
    Ok(one.state_at(cx.now) == ApprovalState::Pending && electorate(cx, one.of, one.from)?.contains(&me))
}

/// Says yes or no, in one's own name. Said again, it answers as it stands; said otherwise while it is pending, it counts
/// in place of what was said before.
///
/// # Errors
/// `approval.decided` once it is.
pub fn decide(cx: &mut Cx<'_>, who: &Actor, id: ApprovalId, choice: Choice, note: &str) -> Result<Approval> {
    who.people_only()?;
    let me = who.user().ok_or_else(|| Error::denied("People decide: act as a user."))?;
    let one = see::approval(cx, who, id)?;
    let note = text::paragraphs_within("note", note, NOTE_CHARS_MAX)?;
    let is_said =
        one.vote_of(me).is_some_and(|vote| vote.choice == choice && (note.is_empty() || vote.note == note));
    let state = one.state_at(cx.now);
    if state != ApprovalState::Pending {
        return if is_said { Ok(one) } else { Err(decided(state)) };
    }
    let may = electorate(cx, one.of, one.from)?;
    if may.len() < one.needed as usize {
        return Err(Error::refused("approval.decided", "Too few are left who could decide this: it ends."));
    }
    if is_said {
        // As many may count by now as are needed: whoever said so before may be of the role again.
        return settle(cx, who, one, &may);
    }
    if !may.contains(&me) {
        return Err(Error::denied(
            "Others decide this: nobody decides of a role what they, or a program of theirs, ask for.",
        ));
    }
    let name = one.vote_of(me).map(|vote| vote.name.clone()).unwrap_or_default();
    let road = who.road.as_str().to_owned();
    sql::set_vote(cx, id, &Vote { user: me, name, choice, note, road, at: cx.now, counts: true })?;
    let data = json!({ "choice": choice.as_str(), "kind": one.kind });
    journal::append(cx, who, &Happening::to("approval.voted", &id).with(&me).data(&data))?;
    let mut one = see::approval(cx, who, id)?;
    if outcome(&one, &may).is_none() {
        sql::update(cx, &mut one)?;
    }
    settle(cx, who, one, &may)
}

/// What the votes of those come to who may decide now; `None`: it stays open. Where too few are left for it nobody has refused
/// anything, and it is called off.
fn outcome(one: &Approval, may: &[UserId]) -> Option<ApprovalState> {
    let (needed, refused) = (one.needed as usize, one.count(Choice::Refuse));
    if one.count(Choice::Approve) >= needed {
        Some(ApprovalState::Approved)
    } else if may.len() < needed {
        Some(ApprovalState::Canceled)
    } else {
        (may.len() - refused.min(may.len()) < needed).then_some(ApprovalState::Refused)
    }
}

fn settle(cx: &mut Cx<'_>, who: &Actor, one: Approval, may: &[UserId]) -> Result<Approval> {
    match outcome(&one, may) {
        Some(ApprovalState::Canceled) => end_because(cx, who, one, ApprovalState::Canceled, Some(TOO_FEW)),
        Some(state) => end(cx, who, one, state),
        None => Ok(one),
    }
}

/// Counts again what waits, where others may decide it now than before.
pub(in crate::tasks) fn recount(cx: &mut Cx<'_>, who: &Actor, id: ApprovalId) -> Result<()> {
    let Some(one) = sql::approval(cx, id)? else { return Ok(()) };
    if one.state_at(cx.now) != ApprovalState::Pending {
        return Ok(());
    }
    let (one, may) = (see::with_counts(cx, one.clone())?, electorate(cx, one.of, one.from)?);
    settle(cx, who, one, &may).map(drop)
}

/// What a vote is answered that comes too late.
pub(super) fn decided(state: ApprovalState) -> Error {
    let words = match state {
        ApprovalState::Approved => "This was approved already.",
        ApprovalState::Refused => "This was refused already.",
        ApprovalState::Canceled => "This was taken back, or called off.",
        ApprovalState::Expired | ApprovalState::Pending => "It is too late to decide this.",
    };
    Error::refused("approval.decided", words)
}
