//! Deciding: a vote of each who may, counted as those stand who may decide now; decided once.

use serde_json::json;

use super::ask::{end, filling, is_there};
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
    let note = text::blank_addresses(&text::paragraphs(note, NOTE_CHARS_MAX));
    if one.vote_of(me).is_some_and(|vote| vote.choice == choice && (note.is_empty() || vote.note == note)) {
        return Ok(one);
    }
    let state = one.state_at(cx.now);
    if state != ApprovalState::Pending {
        return Err(decided(state));
    }
    let may = electorate(cx, one.of, one.from)?;
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
    let needed = one.needed as usize;
    if one.count(Choice::Approve) >= needed {
        return end(cx, who, one, ApprovalState::Approved);
    }
    if may.len() - one.count(Choice::Refuse).min(may.len()) < needed {
        return end(cx, who, one, ApprovalState::Refused);
    }
    sql::update(cx, &mut one)?;
    Ok(one)
}

/// What a vote is answered that comes too late.
pub(super) fn decided(state: ApprovalState) -> Error {
    let words = match state {
        ApprovalState::Approved => "This was approved already.",
        ApprovalState::Refused => "This was refused already.",
        ApprovalState::Canceled => "Whoever asked for this took it back.",
        ApprovalState::Expired | ApprovalState::Pending => "It is too late to decide this.",
    };
    Error::refused("approval.decided", words)
}
