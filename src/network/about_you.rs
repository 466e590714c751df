//! What the network keeps of a person: ending it, taking it away as a document, and erasing it.

use super::model::Side;
use super::{Me, end, sql};
use crate::accounts;
use crate::base::actor::{Actor, Who};
use crate::base::error::Result;
use crate::base::id::{ConnectionId, Id, QuestionId, UserId};
use crate::base::text::Address;
use crate::journal::{self, Happening};
use crate::links;
use crate::post::letter;
use crate::store::Cx;

/// The most of each kind in one document.
const EXPORTED_MAX: u32 = 10_000;

/// Ends every connection of somebody who leaves, and takes back or declines every invitation; gives how many.
pub fn end_all(cx: &mut Cx<'_>, who: &Actor, user: UserId) -> Result<usize> {
    let user = accounts::get(cx, user)?;
    let hash = links::address_hash(cx, &user.address);
    let who = Actor { who: Who::User { id: user.id, admin: false }, ..who.clone() };
    let me = Me { user, hash };
    let mut ended = 0;
    for (pair, side) in both_sides(cx, &me)? {
        let Some(seen) = pair.seen_by(side, cx.now) else { continue };
        if end::end_pair(cx, &who, &me, &pair, &seen)? {
            ended += 1;
        }
    }
    Ok(ended)
}

fn both_sides(cx: &Cx<'_>, me: &Me) -> Result<Vec<(super::model::Pair, Side)>> {
    let newest = ConnectionId::from_uuid(uuid::Uuid::max());
    let sent = sql::sent(cx, me.user.id, newest, EXPORTED_MAX)?;
    let received = sql::received(cx, (me.user.id, &me.hash), newest, EXPORTED_MAX)?;
    let sent = sent.into_iter().map(|pair| (pair, Side::Inviter));
    Ok(sent.chain(received.into_iter().map(|pair| (pair, Side::Invitee))).collect())
}

/// Erases what is kept of whoever holds `address`, with or without an account; says whether there was anything. To be
/// called before the account itself is erased. The other side of a connection is told that it ended; that others asked
/// never to hear of this address stays, as a keyed hash.
pub fn erase(cx: &mut Cx<'_>, who: &Actor, address: &Address) -> Result<bool> {
    let hash = links::address_hash(cx, address);
    let user = accounts::by_address(cx, address)?.map(|user| user.id);
    if let Some(user) = user {
        end_all(cx, who, user)?;
    }
    let mut gone = sql::ids_of_invitee(cx, &hash)?;
    if let Some(user) = user {
        for (id, invitee_hash) in sql::of_inviter(cx, user)? {
            letter::forget_inviter(cx, &invitee_hash, user)?;
            gone.push(id);
        }
    }
    for id in &gone {
        sql::delete_grants(cx, *id)?;
        sql::delete_pair(cx, *id)?;
        journal::forget(cx, id)?;
        journal::append(cx, who, &Happening::to("connection.erased", id))?;
    }
    let mut erased = gone.len();
    if let Some(user) = user {
        erased += sql::delete_blocks(cx, user)? + sql::delete_questions_about(cx, user)?;
        // That somebody asked stays listed to whom they asked about, without what for.
        erased += sql::forget_asker(cx, user)?;
    }
    Ok(erased > 0)
}

/// What is kept of whoever holds `address`, as a document to take away.
pub fn export(cx: &Cx<'_>, address: &Address) -> Result<Option<serde_json::Value>> {
    let Some(user) = accounts::by_address(cx, address)? else { return Ok(None) };
    let me = Me { hash: links::address_hash(cx, address), user };
    let mut connections = Vec::new();
    for (pair, side) in both_sides(cx, &me)? {
        let Some(seen) = pair.seen_by(side, cx.now) else { continue };
        let grant = sql::grant(cx, pair.id, me.user.id)?.unwrap_or_default();
        connections.push(serde_json::json!({
            "id": seen.id,
            "invitation": seen.side.as_str(),
            "state": seen.state.as_str(),
            "with": seen.name,
            "invited_address": seen.address.as_ref().map(Address::as_str),
            "words": seen.words,
            "since": seen.created_at.to_rfc3339(),
            "blocked": seen.is_blocked,
            "you_allow": {
                "scopes": grant.scopes,
                "reveal": grant.reveal,
                "constraints": grant.constraints,
                "until": grant.ends_at.map(crate::base::time::Timestamp::to_rfc3339),
            },
        }));
    }
    let questions = sql::questions(cx, me.user.id, QuestionId::from_uuid(uuid::Uuid::max()), EXPORTED_MAX)?;
    let questions: Vec<_> = questions
        .iter()
        .map(|one| {
            serde_json::json!({
                "asked_by": one.asker,
                "scope": one.scope,
                "purpose": one.purpose,
                "shown": one.shown,
                "at": one.asked_at.to_rfc3339(),
            })
        })
        .collect();
    Ok(Some(serde_json::json!({ "connections": connections, "questions_about_you": questions })))
}
